/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/upright.h"

#include <math.h>
#include <string.h>

#include "node/base/mem.h"
#include "ocr/result.h"

#define SAME_PX 1.5

static bool to_map(const struct result_upright *u, struct map *m)
{
    double quad[8];

    for (size_t i = 0; i < ARRAY_LEN(quad); i++)
        quad[i] = (double)u->corner[i] / RESULT_CORNER_UNIT;
    return map_quad(m, quad, u->width_px, u->height_px);
}

void upright_note(const struct map *map, double scale, int32_t pix_w, int32_t pix_h,
                  int32_t width, int32_t height, struct result_upright *out)
{
    struct result_upright made = {.width_px = (int32_t)lround(pix_w / scale),
                                  .height_px = (int32_t)lround(pix_h / scale)};
    double off = 0;

    *out = (struct result_upright){0};
    for (int i = 0; i < 4; i++) {
        bool right = i == 1 || i == 2, below = i > 1;
        double x = 0, y = 0;

        map_point(map, right ? pix_w : 0, below ? pix_h : 0, &x, &y);
        if (!(fabs(x) * RESULT_CORNER_UNIT < UPRIGHT_CORNER_MAX &&
              fabs(y) * RESULT_CORNER_UNIT < UPRIGHT_CORNER_MAX))
            return;
        off = fmax(off,
                   fmax(fabs(x - (right ? width : 0)), fabs(y - (below ? height : 0))));
        made.corner[i * 2] = (int32_t)lround(x * RESULT_CORNER_UNIT);
        made.corner[i * 2 + 1] = (int32_t)lround(y * RESULT_CORNER_UNIT);
    }
    if (off > SAME_PX && made.width_px > 0 && upright_check(&made))
        *out = made;
}

bool upright_check(const struct result_upright *u)
{
    static const struct result_upright none;
    struct map m;

    if (u->width_px == 0)
        return memcmp(u, &none, sizeof none) == 0;
    return u->width_px > 0 && u->height_px > 0 && to_map(u, &m);
}

void upright_open(const struct result *r, struct upright *out)
{
    struct map back;
    struct result *page = NULL;

    *out = (struct upright){.r = r};
    if (r->upright.width_px == 0 || !to_map(&r->upright, &out->map) ||
        !map_inverse(&out->map, &back))
        return;
    page = mem_new(1, sizeof *page);
    *page = *r;
    page->width_px = r->upright.width_px;
    page->height_px = r->upright.height_px;
    page->upright = (struct result_upright){0};
    page->skew_deg = 0;
    page->words = mem_new(r->word_count, sizeof *page->words);
    for (size_t i = 0; i < r->word_count; i++) {
        struct result_word *w = &page->words[i];

        *w = r->words[i];
        map_unbox(&out->map, &back, page->width_px, page->height_px, &w->x, &w->y,
                  &w->w, &w->h);
    }
    out->page = page;
}

const struct result *upright_page(const struct upright *u)
{
    return u->page ? u->page : u->r;
}

void upright_back(const struct upright *u, int32_t *x, int32_t *y, int32_t *w,
                  int32_t *h)
{
    if (u->page)
        map_box(&u->map, u->r->width_px, u->r->height_px, x, y, w, h);
}

void upright_close(struct upright *u)
{
    if (u->page)
        mem_free(u->page->words);
    mem_free(u->page);
    *u = (struct upright){0};
}
