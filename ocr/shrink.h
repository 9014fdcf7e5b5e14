/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SHRINK_H
#define SOHOA_OCR_SHRINK_H

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * A picture made smaller: each pixel the mean of the area below it, in sixteenths of a
 * pixel, to the bit as leptonica's pixScaleAreaMap(), in a quarter of its time: rows
 * are summed first, all columns at once, then columns.
 */
#define SHRINK_MIN 0.08F /* of a factor: below, sums do not fit */

/**
 * shrink - @pix: 8-bit grey, borrowed. @factor: SHRINK_MIN up to below 0.7.
 * @out: owned. Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int shrink(struct Pix *pix, float factor, struct Pix **out, struct err *e);

#endif
