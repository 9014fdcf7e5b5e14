/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include <allheaders.h>

#include "node/base/mem.h"
#include "ocr/image_part.h"

#define STEP_MAX 128 /* a column of 255 times that many fits 16 bits */

void image_small_clear(struct image_small *s)
{
    mem_free(s->sums);
    mem_free(s->rgb);
    pixDestroy(&s->pix);
    *s = (struct image_small){0};
}

int image_small_begin(struct image_small *s, int32_t width, int32_t rows,
                      int32_t small_width, struct err *e)
{
    size_t bytes = (size_t)width * 3;

    s->step = small_width > 0 ? width / small_width : 1;
    s->step = s->step < 1 ? 1 : s->step > STEP_MAX ? STEP_MAX : s->step;
    s->width = (width + s->step - 1) / s->step;
    s->height = (rows + s->step - 1) / s->step;
    s->sums = mem_try(bytes, sizeof *s->sums, bytes * sizeof *s->sums, e);
    s->rgb = s->sums ? mem_try(bytes, 1, bytes, e) : NULL;
    if (!s->rgb)
        return -1;
    s->pix = pixCreateNoInit(s->width, s->height, 32);
    return s->pix ? 0 : err_set(e, ERR_MEMORY, "small picture");
}

/* The squares that end with this row. @high: rows in them. */
static void finish_row(struct image_small *s, int32_t width, int32_t at, int high)
{
    uint32_t *out = pixGetData(s->pix) + (size_t)at * (size_t)pixGetWpl(s->pix);

    for (int32_t i = 0; i < s->width; i++) {
        int32_t left = i * s->step;
        int wide = width - left < s->step ? width - left : s->step;
        const uint16_t *p = s->sums + (size_t)left * 3;
        uint32_t r = 0, g = 0, b = 0, n = (uint32_t)(wide * high);

        for (int k = 0; k < wide; k++, p += 3) {
            r += p[0];
            g += p[1];
            b += p[2];
        }
        out[i] = (r + n / 2) / n << 24 | (g + n / 2) / n << 16 | (b + n / 2) / n << 8;
    }
}

void image_small_row(struct image_small *s, const unsigned char *rgb, int32_t width,
                     int32_t y, int32_t rows)
{
    size_t bytes = (size_t)width * 3;
    uint16_t *sums = s->sums;

    for (size_t i = 0; i < bytes; i++)
        sums[i] = (uint16_t)(sums[i] + rgb[i]);
    if ((y + 1) % s->step != 0 && y + 1 != rows)
        return;
    finish_row(s, width, y / s->step, y % s->step + 1);
    memset(sums, 0, bytes * sizeof *sums);
}
