/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_G4_H
#define SOHOA_OCR_G4_H

#include "node/base/auto.h"

struct Pix;
struct err;
struct str;

/**
 * g4_write - append a picture of black and white as CCITT group 4 (T.6) data, one
 * strip: what a PDF takes with /CCITTFaxDecode, K -1, BlackIs1 as TIFF writes it
 * (false: 0 is black).
 * @pix: borrowed, 1 bit, 1 is black. Through libtiff, in memory.
 * Return: 0, or -1 and @e: ERR_LIMIT (beyond out->max), ERR_MEMORY.
 */
MUST_CHECK int g4_write(struct Pix *pix, struct str *out, struct err *e);

#endif
