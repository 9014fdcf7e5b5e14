/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DARK_H
#define SOHOA_OCR_DARK_H

#include <stddef.h>

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * How dark a picture is against the paper around: 0 as the paper, 255 black. Two
 * pictures in uneven light, of yellowed paper, by different scanners, can be compared.
 */
#define DARK_PIXELS_MAX ((size_t)40000000)

struct dark {
    int w, h;
    double per_mm;    /* pixels */
    unsigned char *p; /* owned, dark_clear(): rows of w */
};

/**
 * dark_of - @pix: borrowed, 8-bit grey, a tile of the paper (5 mm) at least.
 * The ground of a tile is what three of four of its pixels do not exceed; a tile full
 * of ink takes it from its neighbours.
 * @out: owned, dark_clear(). Return: 0, or -1 and @e: ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK int dark_of(struct Pix *pix, int dpi, struct dark *out, struct err *e);
void dark_clear(struct dark *d);
#define AUTO_DARK AUTO(dark_clear)

/** dark_rank - the darkness that @percent of all pixels do not exceed. */
int dark_rank(const struct dark *d, double percent);

/**
 * dark_ink - which pixels are of @level or darker or within @reach of such a one.
 * Return: owned, mem_free(): 1 or 0 for each pixel; NULL and @e: ERR_MEMORY.
 */
unsigned char *dark_ink(const struct dark *d, int level, int reach, struct err *e);

#endif
