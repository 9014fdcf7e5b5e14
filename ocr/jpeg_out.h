/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_JPEG_OUT_H
#define SOHOA_OCR_JPEG_OUT_H

#include <stdbool.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct str;

/**
 * jpeg_out_write - append a picture as baseline or progressive JPEG (whichever
 * libjpeg makes smaller: progressive), colour halved in both directions.
 * @pix: borrowed, 8-bit grey or 32-bit colour. @quality: 1 to 100.
 * @grey: colour is left out. @dpi: 0: not told.
 * Return: 0, or -1 and @e: ERR_LIMIT (beyond out->max), ERR_MEMORY, ERR_INTERNAL.
 */
MUST_CHECK int jpeg_out_write(struct Pix *pix, int quality, bool grey, int dpi,
                              struct str *out, struct err *e);

#endif
