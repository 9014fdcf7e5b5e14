/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_PAPER_H
#define SOHOA_TOOLS_PAPER_H

#include <stddef.h>

#include "tests/tools/pages/draw.h"

enum level { LEVEL_CLEAN, LEVEL_MODERATE, LEVEL_HARD, LEVEL_PHONE };

/* An 8-bit RGB picture, rows packed. */
struct picture {
    unsigned char *rgb; /* owned, mem_free() */
    int width;
    int height;
    int dpi;
};

/* paper_skew - the largest turn of a page at that level, degrees. */
double paper_skew(enum level level);

/*
 * paper_scan - what a scanner would see of @s: faded ink on tinted paper, uneven light,
 * the other side shining through, dust, blur and noise, as much as @level says.
 * @other: what is printed on the other side, NULL: nothing. It shines through mirrored,
 * blurred by the paper, turned and moved as two scans of a sheet are against each
 * other.
 */
struct picture paper_scan(const struct sheet *s, const struct sheet *other,
                          enum level level, int dpi, struct rng *r);
/* picture_turn - by 90 degrees, clockwise. */
void picture_turn(struct picture *p);
/*
 * picture_spread - both as the open pages of a book: side by side, paper rolling into a
 * fold that lies in the dark. @right may be less high. Return: owned, picture_clear().
 */
struct picture picture_spread(const struct picture *left, const struct picture *right);
void picture_clear(struct picture *p);

#endif
