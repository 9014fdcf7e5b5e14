/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tables.h"

#include <math.h>
#include <stdlib.h>

#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/rules.h"

/* Pixels at about 170 dpi. */
#define JOIN_PASSES 64  /* a chain of more tables that hang together is none */
#define REACH       8   /* rules that end so near one another meet */
#define SAME_LINE   9   /* rules so near are one line, or a double one */
#define LONG        200 /* a rule of this length tells the slope */
#define BEYOND      24  /* rules that run so far beyond the last line end at one more */
#define INSET       2   /* between a rule and the inside of a cell */
#define CELL_WIDE   34  /* a narrower one holds no word */
#define CELL_HIGH   16
#define WALL        0.5  /* part of a side that must be ruled to divide two boxes */
#define WALL_FAINT  0.15 /* the same where a cell would be no rectangle otherwise */
#define WALLS       0.4  /* part of all sides that is ruled */
#define LINES_MAX   200
#define NOT_THERE   SIZE_MAX

/* A line of a grid: rules of one direction in one place. */
struct line {
    double at;        /* where it lies, at the beginning of the group */
    double low, high; /* of double lines: the first and the last */
};

/* Rules that meet one another. */
struct group {
    const struct rules *r;
    const size_t *level_of, *upright_of; /* the group of each rule */
    size_t number;
    double x, y, right, bottom;
    double slope, lean; /* of the level ones, y by x; of the uprights, x by y */
    struct line levels[LINES_MAX], uprights[LINES_MAX];
    size_t level_count, upright_count;
};

/* The boxes of a grid and what they belong to. */
struct grid {
    size_t rows, columns;
    double *right, *below; /* part of the side that is ruled, box by box. owned */
    size_t *cell;          /* the first box of the cell. owned */
    double wall;           /* sides of a smaller part divide nothing */
};

static void grid_auto(struct grid *g)
{
    mem_free(g->right);
    mem_free(g->below);
    mem_free(g->cell);
}

void tables_clear(struct tables *t)
{
    mem_free(t->p);
    mem_free(t->cells);
    *t = (struct tables){0};
}

/* ---- groups -------------------------------------------------------------------- */

static bool meet(const struct rules_line *a, const struct rules_line *b)
{
    return a->x <= b->x + b->w + REACH && b->x <= a->x + a->w + REACH &&
           a->y <= b->y + b->h + REACH && b->y <= a->y + a->h + REACH;
}

/* The group of each rule: the number of its first level rule. Groups grow together
 * until nothing changes. */
static void join(const struct rules *r, size_t *level_of, size_t *upright_of)
{
    bool changed = true;

    for (size_t i = 0; i < r->level_count; i++)
        level_of[i] = i;
    for (size_t k = 0; k < r->upright_count; k++)
        upright_of[k] = NOT_THERE;
    for (int pass = 0; changed && pass < JOIN_PASSES; pass++) {
        changed = false;
        for (size_t i = 0; i < r->level_count; i++)
            for (size_t k = 0; k < r->upright_count; k++) {
                size_t least =
                    level_of[i] < upright_of[k] ? level_of[i] : upright_of[k];

                if ((level_of[i] == least && upright_of[k] == least) ||
                    !meet(&r->level[i], &r->upright[k]))
                    continue;
                level_of[i] = upright_of[k] = least;
                changed = true;
            }
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Median slope of the long rules among @lines. */
static double slope_of(const struct rules_line *lines, const size_t *of, size_t count,
                       size_t number, bool upright)
{
    AUTO_MEM double *slopes = mem_new(count + 1, sizeof *slopes);
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        int length = upright ? lines[i].h : lines[i].w;

        if (of[i] == number && length >= LONG)
            slopes[n++] = (lines[i].to - lines[i].from) / length;
    }
    if (n == 0)
        return 0;
    qsort(slopes, n, sizeof *slopes, by_value);
    return slopes[n / 2];
}

static void measure(struct group *g)
{
    const struct rules *r = g->r;

    g->x = g->y = INFINITY;
    g->right = g->bottom = 0;
    for (size_t k = 0; k < r->level_count + r->upright_count; k++) {
        const struct rules_line *l =
            k < r->level_count ? &r->level[k] : &r->upright[k - r->level_count];
        size_t of =
            k < r->level_count ? g->level_of[k] : g->upright_of[k - r->level_count];

        if (of != g->number)
            continue;
        g->x = fmin(g->x, l->x);
        g->y = fmin(g->y, l->y);
        g->right = fmax(g->right, l->x + l->w);
        g->bottom = fmax(g->bottom, l->y + l->h);
    }
    g->slope = slope_of(r->level, g->level_of, r->level_count, g->number, false);
    g->lean = slope_of(r->upright, g->upright_of, r->upright_count, g->number, true);
}

/* Where a rule lies when the group is made level. */
static double level_at(const struct group *g, const struct rules_line *l)
{
    return (l->from + l->to) / 2 - g->slope * (l->x + l->w / 2.0 - g->x);
}

static double upright_at(const struct group *g, const struct rules_line *l)
{
    return (l->from + l->to) / 2 - g->lean * (l->y + l->h / 2.0 - g->y);
}

/* ---- lines --------------------------------------------------------------------- */

/* Sorted places become lines. Return: how many; LINES_MAX + 1: too many. */
static size_t gather(const double *places, size_t count, struct line *lines)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (n > 0 && places[i] - lines[n - 1].high <= SAME_LINE) {
            lines[n - 1].high = places[i];
            lines[n - 1].at = (lines[n - 1].low + places[i]) / 2;
            continue;
        }
        if (n == LINES_MAX)
            return LINES_MAX + 1;
        lines[n++] =
            (struct line){.at = places[i], .low = places[i], .high = places[i]};
    }
    return n;
}

/* One more line at an open side. */
static void close_sides(struct line *lines, size_t *count, double from, double to)
{
    struct line first = {from, from, from}, last = {to, to, to};

    if (*count > 0 && *count < LINES_MAX && lines[0].at - from > BEYOND) {
        for (size_t i = *count; i > 0; i--)
            lines[i] = lines[i - 1];
        lines[0] = first;
        ++*count;
    }
    if (*count > 0 && *count < LINES_MAX && to - lines[*count - 1].at > BEYOND)
        lines[(*count)++] = last;
}

/* False: too many. */
static bool make_lines(struct group *g)
{
    const struct rules *r = g->r;
    AUTO_MEM double *places =
        mem_new(r->level_count + r->upright_count + 1, sizeof *places);
    double left = INFINITY, right = 0, top = INFINITY, bottom = 0;
    size_t n = 0;

    for (size_t i = 0; i < r->level_count; i++)
        if (g->level_of[i] == g->number) {
            const struct rules_line *l = &r->level[i];

            places[n++] = level_at(g, l);
            left = fmin(left, l->x);
            right = fmax(right, l->x + l->w);
        }
    qsort(places, n, sizeof *places, by_value);
    g->level_count = gather(places, n, g->levels);
    n = 0;
    for (size_t i = 0; i < r->upright_count; i++)
        if (g->upright_of[i] == g->number) {
            const struct rules_line *l = &r->upright[i];

            places[n++] = upright_at(g, l);
            top = fmin(top, l->y);
            bottom = fmax(bottom, l->y + l->h);
        }
    qsort(places, n, sizeof *places, by_value);
    g->upright_count = gather(places, n, g->uprights);
    if (g->level_count > LINES_MAX || g->upright_count > LINES_MAX)
        return false;
    close_sides(g->levels, &g->level_count, top, bottom);
    close_sides(g->uprights, &g->upright_count, left, right);
    return true;
}

/* ---- cells --------------------------------------------------------------------- */

/* Length of the part of @from to @to that a rule from @a to @b covers. */
static double shared(double from, double to, double a, double b)
{
    double low = fmax(from, a), high = fmin(to, b);

    return high > low ? high - low : 0;
}

/* Part of the side of a box that is ruled: the upright line @line from level line
 * @row to the next, or the level line @line from upright line @row to the next. */
static double ruled(const struct group *g, bool upright, size_t line, size_t row)
{
    const struct rules_line *lines = upright ? g->r->upright : g->r->level;
    const size_t *of = upright ? g->upright_of : g->level_of;
    size_t count = upright ? g->r->upright_count : g->r->level_count;
    const struct line *ours = upright ? &g->uprights[line] : &g->levels[line];
    const struct line *ends = upright ? &g->levels[row] : &g->uprights[row];
    double shift = upright ? g->slope * (ours->at - g->x) : g->lean * (ours->at - g->y);
    double from = ends[0].at + shift, to = ends[1].at + shift, sum = 0;

    for (size_t i = 0; i < count; i++) {
        const struct rules_line *l = &lines[i];
        double at = 0;

        if (of[i] != g->number)
            continue;
        at = upright ? upright_at(g, l) : level_at(g, l);
        if (at >= ours->low && at <= ours->high)
            sum += upright ? shared(from, to, l->y, l->y + l->h)
                           : shared(from, to, l->x, l->x + l->w);
    }
    return fmin(1, sum / fmax(1, to - from));
}

static void make_grid(const struct group *g, struct grid *out)
{
    size_t n = 0;

    out->rows = g->level_count - 1;
    out->columns = g->upright_count - 1;
    out->wall = WALL;
    n = out->rows * out->columns;
    out->right = mem_new(n, sizeof *out->right);
    out->below = mem_new(n, sizeof *out->below);
    out->cell = mem_new(n, sizeof *out->cell);
    for (size_t i = 0; i < n; i++) {
        out->right[i] = ruled(g, true, i % out->columns + 1, i / out->columns);
        out->below[i] = ruled(g, false, i / out->columns + 1, i % out->columns);
    }
}

static double mean(const double *p, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += p[i];
    return sum / (double)n;
}

/* Boxes without a wall between them get the number of the first of them. */
static void flood(struct grid *g)
{
    size_t n = g->rows * g->columns;
    bool changed = true;

    for (size_t i = 0; i < n; i++)
        g->cell[i] = i;
    while (changed) {
        changed = false;
        for (size_t i = 0; i < 2 * n; i++) {
            size_t a = i / 2, b = i % 2 ? a + g->columns : a + 1, least = 0;

            if ((i % 2 ? b >= n : b % g->columns == 0) ||
                (i % 2 ? g->below[a] : g->right[a]) >= g->wall ||
                g->cell[a] == g->cell[b])
                continue;
            least = g->cell[a] < g->cell[b] ? g->cell[a] : g->cell[b];
            g->cell[a] = g->cell[b] = least;
            changed = true;
        }
    }
}

/* What the cell that begins at @first spans. False: it is no rectangle. */
static bool span(const struct grid *g, size_t first, size_t *rows, size_t *columns)
{
    size_t left = g->columns, right = 0, bottom = 0, count = 0;

    for (size_t i = first; i < g->rows * g->columns; i++)
        if (g->cell[i] == first) {
            left = i % g->columns < left ? i % g->columns : left;
            right = i % g->columns > right ? i % g->columns : right;
            bottom = i / g->columns;
            count++;
        }
    *rows = bottom - first / g->columns + 1;
    *columns = right - left + 1;
    return count == *rows * *columns;
}

/* Where the walls leave a cell that is no rectangle, faint walls count as well. Return:
 * boxes in such cells, after that. */
static size_t settle(struct grid *g)
{
    size_t n = g->rows * g->columns, odd = 0;

    for (int round = 0; round < 2; round++) {
        odd = 0;
        flood(g);
        for (size_t i = 0; i < n; i++) {
            size_t rows = 0, columns = 0;

            odd += !span(g, g->cell[i], &rows, &columns);
        }
        if (odd == 0)
            return 0;
        g->wall = WALL_FAINT;
    }
    /* Boxes leave the cell from its end until the rest is a rectangle. */
    for (size_t i = n; i-- > 0;) {
        size_t rows = 0, columns = 0, first = g->cell[i];

        if (first != i && !span(g, first, &rows, &columns))
            g->cell[i] = i;
    }
    return odd;
}

/* The inside of the boxes from @row and @column on. */
static struct tables_cell inside(const struct group *g, size_t row, size_t column,
                                 size_t rows, size_t columns)
{
    const struct line *left = &g->uprights[column], *right = &left[columns];
    const struct line *top = &g->levels[row], *bottom = &top[rows];
    double drop = g->slope * ((left->at + right->at) / 2 - g->x);
    double lean = g->lean * ((top->at + bottom->at) / 2 - g->y);
    int x = (int)lround(left->high + lean) + INSET,
        y = (int)lround(top->high + drop) + INSET;
    int x1 = (int)lround(right->low + lean) - INSET;
    int y1 = (int)lround(bottom->low + drop) - INSET;

    return (struct tables_cell){.x = x,
                                .y = y,
                                .w = x1 - x + 1,
                                .h = y1 - y + 1,
                                .row = (int)row,
                                .column = (int)column,
                                .rows = (int)rows,
                                .columns = (int)columns};
}

static void fit(struct tables_cell *c, int width, int height)
{
    int right = (int)num_clamp((int64_t)c->x + c->w, 1, width);
    int bottom = (int)num_clamp((int64_t)c->y + c->h, 1, height);

    c->x = (int)num_clamp(c->x, 0, right - 1);
    c->y = (int)num_clamp(c->y, 0, bottom - 1);
    c->w = right - c->x;
    c->h = bottom - c->y;
}

/* The cells of @grid, appended. Return: how many are large enough for a word. */
static size_t add_cells(const struct group *g, const struct grid *grid, int width,
                        int height, struct tables *out)
{
    size_t n = grid->rows * grid->columns, wide = 0;

    for (size_t i = 0; i < n; i++) {
        size_t rows = 0, columns = 0;
        struct tables_cell c = {0};

        if (grid->cell[i] != i)
            continue;
        (void)span(grid, i, &rows, &columns);
        c = inside(g, i / grid->columns, i % grid->columns, rows, columns);
        fit(&c, width, height);
        wide += c.w >= CELL_WIDE && c.h >= CELL_HIGH;
        out->cells[out->cell_count++] = c;
    }
    return wide;
}

/* ---- tables -------------------------------------------------------------------- */

/* The group as a table. Return: "found", or why it is none; then nothing is added. */
static const char *consider(struct group *g, int width, int height, struct tables *out)
{
    AUTO(grid_auto) struct grid grid = {0};
    size_t first = out->cell_count, count = 0, wide = 0, odd = 0;

    if (!make_lines(g))
        return "many";
    if (g->level_count < 3 || g->upright_count < 3)
        return "frame";
    if ((g->level_count - 1) * (g->upright_count - 1) > TABLES_CELLS_MAX - first)
        return "many";
    make_grid(g, &grid);
    if (mean(grid.right, grid.rows * grid.columns) < WALLS ||
        mean(grid.below, grid.rows * grid.columns) < WALLS)
        return "loose";
    odd = settle(&grid);
    wide = add_cells(g, &grid, width, height, out);
    count = out->cell_count - first;
    out->cell_count = first;
    if (odd * 4 > grid.rows * grid.columns)
        return "odd";
    if (count < TABLES_CELLS_LEAST)
        return "few";
    if (wide * 2 < count)
        return "small";
    out->cell_count += count;
    out->p[out->count++] = (struct tables_table){.x = (int32_t)g->x,
                                                 .y = (int32_t)g->y,
                                                 .w = (int32_t)(g->right - g->x),
                                                 .h = (int32_t)(g->bottom - g->y),
                                                 .first = first,
                                                 .count = count};
    return "found";
}

static int from_above(const void *a, const void *b)
{
    const struct tables_table *x = a, *y = b;

    return x->y != y->y ? (x->y < y->y ? -1 : 1) : (x->x > y->x) - (x->x < y->x);
}

void tables_find(const struct rules *r, int width, int height, struct tables *out)
{
    AUTO_MEM size_t *level_of = mem_new(r->level_count + 1, sizeof *level_of);
    AUTO_MEM size_t *upright_of = mem_new(r->upright_count + 1, sizeof *upright_of);
    AUTO_MEM struct group *g = mem_new(1, sizeof *g);
    double largest = 0;

    *out = (struct tables){.reason = "none"};
    out->cells = mem_new(TABLES_CELLS_MAX, sizeof *out->cells);
    out->p = mem_new(r->level_count + 1, sizeof *out->p);
    join(r, level_of, upright_of);
    for (size_t i = 0; i < r->level_count; i++) {
        const char *reason = NULL;

        if (level_of[i] != i)
            continue;
        *g = (struct group){
            .r = r, .level_of = level_of, .upright_of = upright_of, .number = i};
        measure(g);
        if ((g->right - g->x) * (g->bottom - g->y) == 0)
            continue;
        reason = consider(g, width, height, out);
        if (out->count == 0 && (g->right - g->x) * (g->bottom - g->y) > largest) {
            largest = (g->right - g->x) * (g->bottom - g->y);
            out->reason = reason;
        }
    }
    if (out->count > 0)
        out->reason = "found";
    qsort(out->p, out->count, sizeof *out->p, from_above);
}
