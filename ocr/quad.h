/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_QUAD_H
#define SOHOA_OCR_QUAD_H

#include <stdbool.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct map;

/*
 * A sheet that was photographed on something darker: found, and cut out upright and
 * without perspective. What fills its picture (a scan) is left alone, and telling so
 * costs next to nothing.
 *
 * Method: not by one level of grey, for a shadow makes paper darker than a lit desk,
 * but by edges that are light inside and dark outside, which a shadow leaves as they
 * are. In a small picture, ink closed over, each of the four sides has its own Hough
 * transform; of all quadrilaterals of their best lines the largest whose sides are
 * edges nearly everywhere, and nowhere go on beyond its corners, is the sheet: a
 * shadow's edge across it is left by sides that go on. Sides are then fitted anew in
 * the picture as it came.
 */
#define QUAD_AREA_MIN   0.12 /* of the picture */
#define QUAD_ASPECT_MAX 2.2  /* long side to short */
#define QUAD_A4_MIN     1.20 /* from here ... */
#define QUAD_A4_MAX     1.65 /* ... to there in perspective: taken for an A sheet */
#define QUAD_EDGE_MIN   0.80 /* of each side that is an edge */

struct quad_found {
    bool found;
    double at[8];       /* pixels: x, y of top left, top right, bottom right and left */
    double short_px;    /* means of opposite sides, the shorter ones ... */
    double long_px;     /* ... and the longer ones */
    bool a_sheet;       /* its sides are like those of A4 */
    int sure;           /* the weakest side, of a hundred */
    const char *reason; /* static: found, light-frame, small, no-edges, no-sheet */
};

/**
 * quad_find - is there a sheet that does not fill its picture?
 * @pix: borrowed, 8-bit grey.
 * Return: 0, found or not, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int quad_find(struct Pix *pix, struct quad_found *out, struct err *e);

/** quad_dpi - pixels of the photo to an inch of the sheet, its short side that of A4.
 */
double quad_dpi(const struct quad_found *q);

/**
 * quad_cut - the sheet alone, its short side A4's at @dpi.
 * Between pixels linear, of four places where the photo is much finer; a corner that is
 * not in the photo is white.
 * @out: owned, pixDestroy(). @map: from it to @pix.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int quad_cut(struct Pix *pix, const struct quad_found *q, int dpi,
                        struct Pix **out, struct map *map, struct err *e);

#endif
