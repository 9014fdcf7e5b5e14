/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/grid.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "ocr/result.h"
#include "ocr/tables.h"

#define SIDE_MAX     INT64_C(1000000) /* pixels */
#define CELL_NUMBERS 9                /* before the words of a cell */
#define NOWHERE      SIZE_MAX

_Static_assert((TABLES_CELLS_MAX) <= (GRID_CELLS_MAX), "all tables of a page fit");

void grid_clear(struct grid *g)
{
    mem_free(g->p);
    mem_free(g->cells);
    mem_free(g->words);
    *g = (struct grid){0};
}

/* ---- words --------------------------------------------------------------------- */

static bool inside(int32_t x, int32_t y, int32_t w, int32_t h, double at_x, double at_y)
{
    return at_x >= x && at_x < (double)x + w && at_y >= y && at_y < (double)y + h;
}

/* The cell in which the middle of @w lies. NOWHERE: none. */
static size_t cell_of(const struct grid *g, const struct result_word *w)
{
    double x = w->x + w->w / 2.0, y = w->y + w->h / 2.0;

    for (size_t i = 0; i < g->count; i++) {
        const struct grid_table *t = &g->p[i];

        if (!inside(t->x, t->y, t->w, t->h, x, y))
            continue;
        for (size_t k = t->first; k < t->first + t->count; k++) {
            const struct grid_cell *c = &g->cells[k];

            if (inside(c->x, c->y, c->w, c->h, x, y))
                return k;
        }
    }
    return NOWHERE;
}

void grid_again(struct result *r)
{
    struct grid *g = &r->grid;
    AUTO_MEM size_t *of = mem_new(r->word_count + 1, sizeof *of);
    size_t at = 0;

    for (size_t k = 0; k < g->cell_count; k++)
        g->cells[k].count = 0;
    for (size_t i = 0; i < r->word_count; i++) {
        of[i] = cell_of(g, &r->words[i]);
        if (of[i] != NOWHERE)
            g->cells[of[i]].count++;
    }
    for (size_t k = 0; k < g->cell_count; k++) {
        g->cells[k].first = at;
        at += g->cells[k].count;
        g->cells[k].count = 0;
    }
    mem_free(g->words);
    g->words = mem_new(at + 1, sizeof *g->words);
    g->word_count = at;
    for (size_t i = 0; i < r->word_count; i++)
        if (of[i] != NOWHERE) {
            struct grid_cell *c = &g->cells[of[i]];

            g->words[c->first + c->count++] = i;
        }
}

/* ---- taking -------------------------------------------------------------------- */

/* How many rows and columns its cells make. */
static void measure(const struct grid *g, struct grid_table *t)
{
    t->rows = t->columns = 0;
    for (size_t k = t->first; k < t->first + t->count; k++) {
        const struct grid_cell *c = &g->cells[k];

        t->rows = c->row + c->rows > t->rows ? c->row + c->rows : t->rows;
        t->columns =
            c->column + c->columns > t->columns ? c->column + c->columns : t->columns;
    }
}

void grid_take(const struct tables *tables, struct result *r)
{
    struct grid *g = &r->grid;

    g->p = mem_new(tables->count + 1, sizeof *g->p);
    g->cells = mem_new(tables->cell_count + 1, sizeof *g->cells);
    for (size_t i = 0; i < tables->count; i++) {
        const struct tables_table *from = &tables->p[i];
        struct grid_table t = {.x = from->x,
                               .y = from->y,
                               .w = from->w,
                               .h = from->h,
                               .first = g->cell_count,
                               .count = from->count};

        for (size_t k = from->first; k < from->first + from->count; k++) {
            const struct tables_cell *c = &tables->cells[k];

            g->cells[g->cell_count++] = (struct grid_cell){.x = c->x,
                                                           .y = c->y,
                                                           .w = c->w,
                                                           .h = c->h,
                                                           .row = c->row,
                                                           .column = c->column,
                                                           .rows = c->rows,
                                                           .columns = c->columns,
                                                           .ink = c->ink};
        }
        measure(g, &t);
        g->p[g->count++] = t;
    }
    grid_again(r);
}

void grid_append(struct grid *g, struct grid *more, size_t words)
{
    size_t cap = g->count, cells = g->cell_count, numbers = g->word_count;

    mem_grow(&g->p, &cap, g->count + more->count, sizeof *g->p);
    cap = cells;
    mem_grow(&g->cells, &cap, cells + more->cell_count, sizeof *g->cells);
    cap = numbers;
    mem_grow(&g->words, &cap, numbers + more->word_count, sizeof *g->words);
    for (size_t i = 0; i < more->word_count; i++)
        g->words[numbers + i] = more->words[i] + words;
    g->word_count += more->word_count;
    for (size_t i = 0; i < more->count; i++) {
        struct grid_table t = more->p[i];

        if (g->cell_count + t.count > GRID_CELLS_MAX)
            break;
        t.first += cells;
        for (size_t k = 0; k < t.count; k++) {
            struct grid_cell c = more->cells[more->p[i].first + k];

            c.first += numbers;
            g->cells[t.first + k] = c;
        }
        g->cell_count += t.count;
        g->p[g->count++] = t;
    }
    grid_clear(more);
}

/* ---- checking ------------------------------------------------------------------ */

static bool on_page(const struct result *r, int32_t x, int32_t y, int32_t w, int32_t h)
{
    return x >= 0 && y >= 0 && w >= 1 && h >= 1 && x <= r->width_px - w &&
           y <= r->height_px - h;
}

static bool cell_holds(const struct result *r, const struct grid_cell *c, bool *used)
{
    size_t least = 0;

    if (!on_page(r, c->x, c->y, c->w, c->h) || c->row < 0 || c->column < 0 ||
        c->rows < 1 || c->columns < 1 || c->row > GRID_SIDE_MAX - c->rows ||
        c->column > GRID_SIDE_MAX - c->columns || c->first > r->grid.word_count ||
        c->count > r->grid.word_count - c->first)
        return false;
    for (size_t i = 0; i < c->count; i++) {
        size_t n = r->grid.words[c->first + i];

        if (n >= r->word_count || n < least || used[n])
            return false;
        used[n] = true;
        least = n + 1;
    }
    return true;
}

int grid_check(const struct result *r, struct err *e)
{
    const struct grid *g = &r->grid;
    AUTO_MEM bool *used = mem_new(r->word_count + 1, sizeof *used);
    size_t at = 0;

    if (g->cell_count > GRID_CELLS_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "cells of a page");
    for (size_t i = 0; i < g->count; i++) {
        const struct grid_table *t = &g->p[i];

        if (!on_page(r, t->x, t->y, t->w, t->h) || t->count == 0 || t->first != at ||
            t->count > g->cell_count - at)
            return err_set(e, ERR_WORKER_PROTOCOL, "table %zu", i);
        at += t->count;
    }
    for (size_t k = 0; k < g->cell_count; k++)
        if (!cell_holds(r, &g->cells[k], used))
            return err_set(e, ERR_WORKER_PROTOCOL, "cell %zu", k);
    return 0;
}

/* ---- message ------------------------------------------------------------------- */

static struct jdoc *cell_to(const struct grid *g, const struct grid_cell *c)
{
    struct jdoc *a = jdoc_array();
    const int64_t head[CELL_NUMBERS] = {c->row, c->column, c->rows, c->columns, c->x,
                                        c->y,   c->w,      c->h,    c->ink};

    for (size_t i = 0; i < CELL_NUMBERS; i++)
        jdoc_add_int(a, head[i]);
    for (size_t i = 0, n = 0; i < c->count; i += n) {
        const size_t *word = &g->words[c->first + i];

        for (n = 1; i + n < c->count && word[n] == word[0] + n; n++)
            ;
        jdoc_add_int(a, (int64_t)word[0]);
        jdoc_add_int(a, (int64_t)n);
    }
    return a;
}

struct jdoc *grid_to_jdoc(const struct grid *g)
{
    struct jdoc *all = jdoc_array();

    for (size_t i = 0; i < g->count; i++) {
        const struct grid_table *t = &g->p[i];
        struct jdoc *one = jdoc_object(), *cells = jdoc_array();

        jdoc_set_int(one, "x", t->x);
        jdoc_set_int(one, "y", t->y);
        jdoc_set_int(one, "w", t->w);
        jdoc_set_int(one, "h", t->h);
        for (size_t k = t->first; k < t->first + t->count; k++)
            jdoc_add(cells, cell_to(g, &g->cells[k]));
        jdoc_set(one, "cells", cells);
        jdoc_add(all, one);
    }
    return all;
}

/* Room for @cells and @words, which the message has at most. */
static bool room_for(const struct jdoc *j, const struct result *r, struct grid *g)
{
    size_t cells = 0;

    for (size_t i = 0; i < jdoc_count(j); i++) {
        size_t n = jdoc_count(jdoc_get(jdoc_at(j, i), "cells"));

        cells += n;
        if (n == 0 || cells > GRID_CELLS_MAX)
            return false;
    }
    g->p = mem_new(jdoc_count(j) + 1, sizeof *g->p);
    g->cells = mem_new(cells + 1, sizeof *g->cells);
    g->words = mem_new(r->word_count + 1, sizeof *g->words);
    return true;
}

static bool words_from(const struct jdoc *a, const struct result *r, struct grid *g,
                       struct grid_cell *c)
{
    c->first = g->word_count;
    for (size_t i = CELL_NUMBERS; i < jdoc_count(a); i += 2) {
        int64_t from = 0, n = 0;

        if (!jdoc_int_at(a, i, 0, RESULT_WORDS_MAX, &from) ||
            !jdoc_int_at(a, i + 1, 1, RESULT_WORDS_MAX, &n) ||
            (size_t)n > r->word_count - g->word_count)
            return false;
        for (int64_t k = 0; k < n; k++)
            g->words[g->word_count++] = (size_t)(from + k);
    }
    c->count = g->word_count - c->first;
    return true;
}

static bool cell_from(const struct jdoc *a, const struct result *r, struct grid *g)
{
    struct grid_cell *c = &g->cells[g->cell_count++];
    int64_t v[CELL_NUMBERS];

    if (!jdoc_is_array(a))
        return false;
    for (size_t i = 0; i < CELL_NUMBERS; i++)
        if (!jdoc_int_at(a, i, 0, SIDE_MAX, &v[i]))
            return false;
    *c = (struct grid_cell){.row = (int)v[0],
                            .column = (int)v[1],
                            .rows = (int)v[2],
                            .columns = (int)v[3],
                            .x = (int32_t)v[4],
                            .y = (int32_t)v[5],
                            .w = (int32_t)v[6],
                            .h = (int32_t)v[7],
                            .ink = v[8] != 0};
    return words_from(a, r, g, c);
}

static bool table_from(const struct jdoc *one, const struct result *r, struct grid *g)
{
    const struct jdoc *cells = jdoc_get(one, "cells");
    struct grid_table *t = &g->p[g->count++];
    int64_t x = 0, y = 0, w = 0, h = 0;

    if (!jdoc_is_array(cells) || !jdoc_int(one, "x", 0, SIDE_MAX, &x) ||
        !jdoc_int(one, "y", 0, SIDE_MAX, &y) || !jdoc_int(one, "w", 1, SIDE_MAX, &w) ||
        !jdoc_int(one, "h", 1, SIDE_MAX, &h))
        return false;
    *t = (struct grid_table){.x = (int32_t)x,
                             .y = (int32_t)y,
                             .w = (int32_t)w,
                             .h = (int32_t)h,
                             .first = g->cell_count,
                             .count = jdoc_count(cells)};
    for (size_t i = 0; i < t->count; i++)
        if (!cell_from(jdoc_at(cells, i), r, g))
            return false;
    measure(g, t);
    return true;
}

int grid_from_jdoc(const struct jdoc *j, struct result *r, struct err *e)
{
    bool good = jdoc_is_array(j) && room_for(j, r, &r->grid);

    for (size_t i = 0; good && i < jdoc_count(j); i++)
        good = table_from(jdoc_at(j, i), r, &r->grid);
    if (good && grid_check(r, e) == 0)
        return 0;
    grid_clear(&r->grid);
    return good ? -1 : err_set(e, ERR_WORKER_PROTOCOL, "tables of a page");
}
