/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_BLUE_H
#define SOHOA_OCR_BLUE_H

#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * Seals and stamps in blue or violet ink over text. Recognition works on the red
 * channel, where they are as dark as print. In the lightest of the three channels they
 * fade and what is black stays; so would blue handwriting, blue print and signatures
 * fade, which must not: only the places of such seals are taken from there, and what is
 * left of the seal's ink is lifted to paper by as much as it is blue.
 *
 *      blue    what is bluer than the paper by BLUE_MIN; touching parts are one region
 *      place   a region of 20 to 120 mm both ways with black ink under it: lines of
 * blue text are lower, a signature has little print under its strokes, a blue cover is
 * larger
 *
 * Cannot see: seals that fade into black, and those that hang together with a page of
 * blue writing.
 */
#define BLUE_MIN        34 /* levels: blue above the larger of red and green */
#define BLUE_PLACES_MAX 6

struct blue_place {
    int32_t x, y, w, h; /* pixels of the page as shown, with a margin */
};

struct blue {
    struct blue_place place[BLUE_PLACES_MAX];
    int count;
    int area_mm2; /* of blue ink, all over the page */
};

/**
 * blue_find - in the small colour picture of a page; a page without blue costs no more
 * than one look at its pixels.
 * @small: borrowed, 32 bits. @width_px, @height_px, @dpi: of the page as shown.
 * @out: set; no place when there is none.
 * Return: 0, or -1 and @e: ERR_OCR_FAILED (no colour picture), ERR_MEMORY.
 */
MUST_CHECK int blue_find(struct Pix *small, int32_t width_px, int32_t height_px,
                         int dpi, struct blue *out, struct err *e);

/**
 * blue_mix - @red, the places of @b as @light has them, without their blue.
 * @red, @light: borrowed; 8 bits, of one size: the same page in two channels.
 * Return: owned, NULL: no memory, or two sizes.
 */
struct Pix *blue_mix(struct Pix *red, struct Pix *light, int32_t width_px,
                     const struct blue *b);

#endif
