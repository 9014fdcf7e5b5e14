/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/sheet.h"

#include <math.h>

#include <allheaders.h>

#include "ocr/result.h"
#include "ocr/upright.h"
#include "ocr/watch.h"

void sheet_begin(struct sheet *s, struct Pix *pix, const struct image_page *page,
                 int dpi, double scale)
{
    *s = (struct sheet){.pix = pix, .page = *page, .dpi = dpi, .scale = scale};
    map_scaled(&s->map, scale, scale);
}

void sheet_retouch(struct sheet *s, struct Pix *made)
{
    pixDestroy(&s->pix);
    s->pix = made;
}

void sheet_replace(struct sheet *s, struct Pix *made, const struct map *step)
{
    sheet_retouch(s, made);
    map_after(&s->map, step);
}

void sheet_show(const struct sheet *s, const char *name)
{
    watch_show(s->watch, name, s->pix);
}

int sheet_pix_dpi(const struct sheet *s)
{
    return (int)lround(s->dpi * s->scale);
}

void sheet_boxes_back(const struct sheet *s, struct result *r)
{
    for (size_t i = 0; i < r->word_count; i++) {
        struct result_word *w = &r->words[i];

        map_box(&s->map, s->page.width_px, s->page.height_px, &w->x, &w->y, &w->w,
                &w->h);
    }
    for (size_t i = 0; i < r->grid.count; i++) {
        struct grid_table *t = &r->grid.p[i];

        map_box(&s->map, s->page.width_px, s->page.height_px, &t->x, &t->y, &t->w,
                &t->h);
    }
    for (size_t i = 0; i < r->grid.cell_count; i++) {
        struct grid_cell *c = &r->grid.cells[i];

        map_box(&s->map, s->page.width_px, s->page.height_px, &c->x, &c->y, &c->w,
                &c->h);
    }
    upright_note(&s->map, s->scale, pixGetWidth(s->pix), pixGetHeight(s->pix),
                 s->page.width_px, s->page.height_px, &r->upright);
}

void sheet_clear(struct sheet *s)
{
    pixDestroy(&s->pix);
}
