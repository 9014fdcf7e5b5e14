/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_RULED_H
#define SOHOA_TESTS_RULED_H

/* Pages with rules, drawn black on a light ground. */

#include <allheaders.h>

#define RULED_GROUND 240

static inline struct Pix *ruled_page(int w, int h)
{
    struct Pix *p = pixCreate(w, h, 8);

    assert_non_null(p);
    assert_int_equal(pixSetAllArbitrary(p, RULED_GROUND), 0);
    return p;
}

static inline void ruled_bar(struct Pix *p, int x, int y, int w, int h)
{
    for (int k = 0; k < h; k++)
        for (int i = 0; i < w; i++)
            (void)pixSetPixel(p, x + i, y + k, 20);
}

/* A grid of @columns × @rows boxes of @w × @h pixels, its rules two pixels wide. */
static inline void ruled_grid(struct Pix *p, int x, int y, int columns, int rows, int w,
                              int h)
{
    for (int i = 0; i <= columns; i++)
        ruled_bar(p, x + i * w, y, 2, rows * h + 2);
    for (int i = 0; i <= rows; i++)
        ruled_bar(p, x, y + i * h, columns * w + 2, 2);
}

/* Something that looks like a word: strokes of @h pixels. */
static inline void ruled_word(struct Pix *p, int x, int y, int w, int h)
{
    for (int i = 0; i + 3 <= w; i += 7)
        ruled_bar(p, x + i, y, 3, h);
    ruled_bar(p, x, y + h / 2, w, 2);
}

static inline int ruled_grey(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    assert_int_equal(pixGetPixel(p, x, y, &v), 0);
    return (int)v;
}

#endif
