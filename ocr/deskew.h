/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DESKEW_H
#define SOHOA_OCR_DESKEW_H

#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct map;

/*
 * Turning a page upright when its skew can be measured. Refusing is the ordinary
 * outcome of everything that is not a page of text lines, and its reason is kept.
 */
#define DESKEW_DEG_MIN 0.1 /* less is not worth the resampling */
#define DESKEW_DEG_NEAR                                                                \
    6.5 /* the first search goes to 7: at its edge nothing is sure */
#define DESKEW_DEG_MAX    15.0 /* the second, when the first found nothing, to 18 */
#define DESKEW_CONFIDENCE 3.0  /* score at the best angle against the worst */

struct deskew_found {
    double angle_deg;   /* to turn by, clockwise positive; 0: leave it */
    double confidence;  /* 0 and up */
    const char *reason; /* static: measured, straight, unsure, too-far, blank */
};

/**
 * deskew_find - measure the skew.
 * @pix: borrowed, 8-bit grey, 100 to 300 dpi. @threshold: darker is ink.
 * Method: leptonica skew.c, differential square sum of line profiles, at a quarter
 * and half of the size. What lies further askew is looked for at an eighth, and
 * believed only when the picture, turned by it, has clearer lines than before and the
 * first search finds it straight. Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int deskew_find(struct Pix *pix, int threshold, struct deskew_found *out,
                           struct err *e);

/**
 * deskew_turn - turn by @angle_deg with room added so that no corner is lost.
 * @out: owned, pixDestroy(). @map: from it to @pix.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int deskew_turn(struct Pix *pix, double angle_deg, struct Pix **out,
                           struct map *map, struct err *e);

#endif
