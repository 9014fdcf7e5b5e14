/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_MASK_H
#define SOHOA_OCR_MASK_H

#include "node/base/auto.h"

struct Pix;
struct err;

/**
 * mask_find - which pixels of a page are ink: text, rules, signatures; not seals.
 * @grey:  borrowed, 8 bits, the red channel: red seals are light in it.
 * @small: borrowed, 32 bits, the same page reduced (struct image_shot).
 * @dpi:   of @grey.
 * @out:   owned, pixDestroy(): 1 bit, as large as @grey, 1 is ink.
 *
 * Method: each tile gives the level of its ground (75th of a hundred pixels) and of its
 * ink (2nd of a hundred); half way between, interpolated from tile to tile, is the
 * border. A tile without contrast asks its neighbours; one whose contrast is red has no
 * ink. Then each pixel goes with the majority of its 3 × 3, and what nowhere holds a
 * 2 × 2 square is a speck (from 250 dpi on; below, only single pixels go).
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int mask_find(struct Pix *grey, struct Pix *small, int dpi, struct Pix **out,
                         struct err *e);

#endif
