/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PREP_H
#define SOHOA_OCR_PREP_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/image.h"

struct Pix;
struct err;

/* Steps before recognition; each takes a picture of 8-bit grey and gives a new one.
 * None of them decides about the record: the master stays as captured. */

#define PREP_DPI 170 /* what recognition works at */

/**
 * prep_dpi - resolution of a page.
 * @hint: what the caller knows, 0 nothing.
 *
 * Taken is the hint, then what the file says when it makes a sheet between A6 and A2
 * (or a smaller cutting at a scanner's resolution), then the sheet among A4, A3 and A5
 * that gives a usual scanner resolution within 1.5 %, then A4 for the shorter side
 * (photographs and cut-outs).
 */
int prep_dpi(const struct image_page *page, int hint);

/** What the ground of a page looks like, in grey levels of tiles. */
struct prep_ground {
    int level;  /* of most tiles */
    int spread; /* from the darker to the lighter tiles, 5th to 95th of a hundred */
    bool even;  /* light enough and everywhere alike: nothing to normalize */
};
void prep_ground(struct Pix *pix, struct prep_ground *out);

/**
 * prep_level - the lowest grey level that more than @count of the pixels counted in
 * @hist do not exceed; 255 when there are no more.
 */
int prep_level(const uint32_t hist[256], uint32_t count);

/**
 * prep_normalize - make the ground even (shadow, yellowed paper, bleed-through).
 * Method: leptonica adaptmap.c, pixBackgroundNorm: the ground of each tile from its
 * light pixels, smoothed, every pixel multiplied so that it becomes 200.
 * @out: owned, pixDestroy(). Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int prep_normalize(struct Pix *pix, struct Pix **out, struct err *e);

/**
 * prep_scale - to another resolution. @factor: 1 copies.
 * @out: owned, pixDestroy(). Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int prep_scale(struct Pix *pix, double factor, struct Pix **out,
                          struct err *e);

/**
 * prep_blot - a rectangle becomes ground, in place; what lies outside @pix is left out.
 * @pix: 8-bit grey. Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int prep_blot(struct Pix *pix, int x, int y, int w, int h, int ground,
                         struct err *e);

/** prep_median - 3 × 3 median, against grain. As prep_scale(). */
MUST_CHECK int prep_median(struct Pix *pix, struct Pix **out, struct err *e);

/**
 * prep_ink_ppm - dark pixels in a million, specks and a margin of 3 % left out.
 * @pix: borrowed, about PREP_DPI.
 */
int prep_ink_ppm(struct Pix *pix, int ground_level);

#endif
