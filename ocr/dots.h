/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DOTS_H
#define SOHOA_OCR_DOTS_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * Rows of dots, as printed forms have them where something is to be filled in. They say
 * nothing; under what was typed or written on them they make lines that recognition
 * loses or reads as anything. They are painted over before reading, dot by dot.
 *
 * A row is a chain of DOTS_LEAST or more specks of one size, at one pitch, on one line:
 * three dots at the end of a sentence stay. From the ends of a chain it goes on over
 * gaps, where letters stand on the dots, to such dots as lie at its pitch; a full stop
 * that was typed lies there once in two or three. Dots that touch a letter stay.
 */
#define DOTS_LEAST 8
#define DOTS_SIDE  6    /* pixels at about 170 dpi, of a dot at most */
#define DOTS_PITCH 16   /* pixels, at most */
#define DOTS_GAP   12   /* pitches that letters may cover */
#define DOTS_MAX   6000 /* specks of a page; with more nothing is looked for */

struct dots_box {
    int32_t x, y, w, h;
};

struct dots {
    struct dots_box *p; /* one a dot. owned */
    size_t count;
    size_t rows;
};

void dots_clear(struct dots *d);
#define AUTO_DOTS AUTO(dots_clear)

/**
 * dots_find - the dots of all rows of a page.
 * @pix: borrowed, 8-bit grey, deskewed, about PREP_DPI. @ground: its grey level.
 * @out: owned, dots_clear(). Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int dots_find(struct Pix *pix, int ground, struct dots *out, struct err *e);

/**
 * dots_erase - the page without them. @out: owned, pixDestroy().
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int dots_erase(struct Pix *pix, const struct dots *d, int ground,
                          struct Pix **out, struct err *e);

#endif
