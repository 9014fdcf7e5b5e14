/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SPREAD_H
#define SOHOA_OCR_SPREAD_H

#include <stdbool.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct map;

/*
 * An open book or register, both pages in one picture: where it is cut in two, so that
 * each page is straightened by itself and lines are not read across the gutter.
 *
 * A gutter is a band near the middle, as high as the picture and leaning by 3° at most,
 * into which nothing reaches: no letter, and no rule of a table that goes on beyond it.
 * The fold itself may be a dark line in its middle. It lies in the shadow of the fold,
 * or it is as wide as the margins of two pages; a gap between two columns is neither.
 * Ink is what is darker than all around within 2.5 mm (black top-hat), so that shadow
 * is none. Where there is doubt the picture stays whole: cut through, a table is lost;
 * uncut, a book is read by layout, as before.
 *
 * Cannot find: books that lie across, and gutters into which writing runs.
 */
#define SPREAD_WIDE 1.2 /* width to height, at least */

struct spread {
    bool found;
    const char *reason; /* static: shadow, margins; not-wide, too-small, no-gap,
                         * no-gutter, half-empty, not-level */
    double x, lean;     /* the gutter: x + lean × (y - half the height), pixels */
    double gap_mm;      /* that is free on both sides of it together */
    double dip;         /* how much darker the paper is there, 0 to 1 */
};

/**
 * spread_find - @pix: borrowed, 8-bit grey, upright, 100 to 300 dpi.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int spread_find(struct Pix *pix, int dpi, struct spread *out, struct err *e);

/**
 * spread_cut - one page of it.
 * @half: 0 left, 1 right. What lies beyond the fold becomes paper.
 * @out: owned, pixDestroy(). @map: from it to @pix.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int spread_cut(struct Pix *pix, int dpi, const struct spread *s, int half,
                          struct Pix **out, struct map *map, struct err *e);

#endif
