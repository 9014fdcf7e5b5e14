/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_JBIG2_H
#define SOHOA_OCR_JBIG2_H

#include "node/base/auto.h"

struct Pix;
struct err;
struct str;

/**
 * jbig2_write - append a picture of black and white as JBIG2: page information and one
 * generic region, what a PDF takes with /JBIG2Decode.
 * @pix: borrowed, 1 bit, 1 is black.
 *
 * Lossless, pixel by pixel: the symbol and refinement modes, which may put one letter
 * in the place of another, are not in here.
 * Method: ITU-T T.88 (2000): 6.2 generic region, template 0 with its usual adaptive
 * pixels and typical prediction; annex E, the MQ coder.
 * Return: 0, or -1 and @e: ERR_LIMIT (beyond out->max).
 */
MUST_CHECK int jbig2_write(struct Pix *pix, struct str *out, struct err *e);

#endif
