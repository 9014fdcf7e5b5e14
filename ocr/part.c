/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/part.h"

#include <limits.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/tables.h"
#include "ocr/tess.h"

/* Pixels at about 170 dpi. */
#define INK_PERCENT 66 /* of the ground */
#define INK_LEAST   14 /* pixels of ink: a hyphen; with less there is no sign */
#define APART_DOWN                                                                     \
    8 /* rows between a speck and a line, not between letter and mark                  \
       */
#define APART_ACROSS                                                                   \
    20               /* columns between a speck and a word, not between two signs      \
                      */
#define ROW_LEAST 2  /* pixels of ink in a row that is part of a line */
#define LINE_HIGH 48 /* a line of the largest letters, with its marks */
#define LINE_SURE 26 /* what is no higher is one line */
/* Layout finds the lines of wide prose better, also where they are not quite straight;
 * narrow columns it loses. */
#define PROSE_WIDE 450
#define PROSE_HIGH 150
#define SHADOW     10 /* so many times as high as wide is the edge of the paper */
#define STRIP_WIDE 40 /* beside a table: narrower is its shadow or a hole */

struct area_list {
    struct Pix *ink; /* 1 bit. owned */
    struct tess_area *p;
    size_t count, cap;
    int level, turned; /* lines by the way they run */
    bool odd;          /* some part of the page would not be read */
};

static void area_list_auto(struct area_list *l)
{
    pixDestroy(&l->ink);
    mem_free(l->p);
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void box_auto(struct Box **b)
{
    boxDestroy(b);
}

static void numa_auto(struct Numa **n)
{
    numaDestroy(n);
}

static void ints_auto(l_int32 **p)
{
    lept_free(*p);
}

/* From the first row (or column) with ink to behind the last. Pieces that lie @apart
 * from the rest and hold no more than a speck are left out. */
struct extent {
    int from, to; /* from -1: no ink */
};

static struct extent extent_of(const int *sums, int n, int apart)
{
    struct extent all = {-1, 0};
    int from = -1, to = 0, ink = 0;

    for (int i = 0; i <= n; i++) {
        if (i < n && sums[i] > 0) {
            ink = from < 0 ? sums[i] : ink + sums[i];
            from = from < 0 ? i : from;
            to = i + 1;
            continue;
        }
        if (from < 0 || (i < n && i - to < apart))
            continue;
        if (ink >= INK_LEAST) {
            all.from = all.from < 0 ? from : all.from;
            all.to = to;
        }
        from = -1;
    }
    return all;
}

/* ---- lines close together ----------------------------------------------------------
 */

/*
 * Layout takes two short lines that nearly touch for one. Where small letters stand the
 * rows are dense, between two lines they are sparse: only marks and tails are there.
 */
#define SMOOTH_ROWS 2  /* on either side of a row */
#define NEAR_ROWS   8  /* a row is measured against these on either side */
#define DENSE       45 /* percent of the densest row near */
#define DENSE_ROWS  4  /* in a row: small letters, not a mark */
#define SPARSE      25 /* percent of the weaker of two lines, somewhere between */
#define PITCH_LEAST 14 /* rows from one line to the next */
#define CELL_LINES  12
#define MIDDLE_ROWS 2 /* a cut off the middle by a row costs a pixel by so many */

struct zone {
    int from, to, peak; /* rows where small letters are */
};

static int densest(const int *sums, int from, int to)
{
    int most = 0;

    for (int y = from; y < to; y++)
        most = sums[y] > most ? sums[y] : most;
    return most;
}

/* The sparsest row between two zones, rather in the middle. */
static int sparsest(const int *sums, const struct zone *a, const struct zone *b)
{
    int middle = (a->to + b->from) / 2, best = middle, least = INT_MAX;

    for (int y = a->to; y < b->from; y++) {
        int off = y < middle ? middle - y : y - middle;
        int cost = sums[y] * MIDDLE_ROWS + off;

        if (cost < least) {
            least = cost;
            best = y;
        }
    }
    return best;
}

static struct zone joined(const struct zone *a, const struct zone *b)
{
    return (struct zone){a->from, b->to, a->peak > b->peak ? a->peak : b->peak};
}

/* Is @b another line than @a? */
static bool apart(const int *sums, const struct zone *a, const struct zone *b)
{
    int weaker = a->peak < b->peak ? a->peak : b->peak;

    return b->from + b->to - a->from - a->to >= 2 * PITCH_LEAST && b->from > a->to &&
           2 * (a->to - a->from) >= b->to - b->from &&
           sums[sparsest(sums, a, b)] * 100 <= weaker * SPARSE;
}

/* The mean around each row: strokes along the head and the foot of letters are denser
 * than what is between. owned, mem_free() */
static int *smooth(const int *sums, int n)
{
    int *mean = mem_new((size_t)n, sizeof *mean);

    for (int y = 0; y < n; y++) {
        int sum = 0;

        for (int i = y - SMOOTH_ROWS; i <= y + SMOOTH_ROWS; i++)
            sum += i >= 0 && i < n ? sums[i] : 0;
        mean[y] = sum / (2 * SMOOTH_ROWS + 1);
    }
    return mean;
}

/* Where @n rows are to be cut into lines. Return: number of cuts, at most CELL_LINES.
 */
static int find_cuts(const int *sums, int n, int cuts[CELL_LINES])
{
    AUTO_MEM int *mean = smooth(sums, n);
    struct zone last = {0};
    int count = 0, from = -1;

    for (int y = 0; y <= n; y++) {
        int low = y - NEAR_ROWS > 0 ? y - NEAR_ROWS : 0;
        int high = y + NEAR_ROWS < n ? y + NEAR_ROWS + 1 : n;
        bool dense =
            y < n && mean[y] > 0 && mean[y] * 100 >= densest(mean, low, high) * DENSE;
        struct zone z = {from, y, 0};

        if (dense) {
            from = from < 0 ? y : from;
            continue;
        }
        if (from < 0 || y - from < DENSE_ROWS) {
            from = -1;
            continue;
        }
        z.peak = densest(mean, z.from, z.to);
        from = -1;
        if (last.to > 0 && 2 * (z.to - z.from) < last.to - last.from)
            continue; /* marks over large letters */
        if (last.to > 0 && apart(sums, &last, &z) && count < CELL_LINES) {
            cuts[count++] = sparsest(sums, &last, &z);
            last = z;
        } else {
            last = last.to > 0 ? joined(&last, &z) : z;
        }
    }
    return count;
}

/* A line by its height, or by being in one piece: the marks of its letters are no more
 * than a row apart. */
static bool one_line(const int *sums, struct extent rows)
{
    int blank = 0;

    if (rows.to - rows.from <= LINE_SURE)
        return true;
    if (rows.to - rows.from > LINE_HIGH)
        return false;
    for (int y = rows.from; y < rows.to; y++) {
        blank = sums[y] >= ROW_LEAST ? 0 : blank + 1;
        if (blank > 1)
            return false;
    }
    return true;
}

/* @a becomes what is around its ink. False: there is none. */
static bool shrink(struct area_list *l, struct tess_area *a)
{
    AUTO(box_auto) struct Box *box = boxCreate(a->x, a->y, a->w, a->h);
    AUTO(pix_auto) struct Pix *part = box ? pixClipRectangle(l->ink, box, NULL) : NULL;
    AUTO(numa_auto) struct Numa *rows = part ? pixCountByRow(part, NULL) : NULL;
    AUTO(numa_auto) struct Numa *columns = part ? pixCountByColumn(part, NULL) : NULL;
    AUTO(ints_auto) l_int32 *row_sums = rows ? numaGetIArray(rows) : NULL;
    AUTO(ints_auto) l_int32 *column_sums = columns ? numaGetIArray(columns) : NULL;
    int right = a->x + a->w, bottom = a->y + a->h, x = a->x, y = a->y;
    struct extent down = {0}, across = {0};

    if (!row_sums || !column_sums)
        return false;
    down = extent_of(row_sums, numaGetCount(rows), APART_DOWN);
    across = extent_of(column_sums, numaGetCount(columns), APART_ACROSS);
    if (down.from < 0 || across.from < 0)
        return false;
    a->mode = one_line(row_sums, down) ? TESS_LINE : TESS_BLOCK;
    a->x = (int)num_clamp((int64_t)x + across.from - PART_PAD, x, right);
    a->y = (int)num_clamp((int64_t)y + down.from - PART_PAD, y, bottom);
    a->w = (int)num_clamp((int64_t)x + across.to + PART_PAD, 0, right) - a->x;
    a->h = (int)num_clamp((int64_t)y + down.to + PART_PAD, 0, bottom) - a->y;
    return true;
}

static void add(struct area_list *l, struct tess_area a)
{
    if (l->count >= TESS_AREAS_MAX) {
        l->odd = true;
        return;
    }
    mem_grow(&l->p, &l->cap, l->count + 1, sizeof *l->p);
    l->p[l->count++] = a;
}

/* What stands outside tables. Layout loses a line that stands alone. */
static void add_rest(struct area_list *l, int x, int y, int right, int bottom)
{
    struct tess_area a = {.x = x, .y = y, .w = right - x, .h = bottom - y};

    if (a.w < 1 || a.h < 1 || !shrink(l, &a) ||
        (a.h > a.w * SHADOW &&
         (a.x < STRIP_WIDE || a.x + a.w > pixGetWidth(l->ink) - STRIP_WIDE)))
        return;
    a.mode = a.mode == TESS_LINE ? TESS_LINE : TESS_PAGE;
    add(l, a);
}

/* Cut a cell into its lines. False: it is one, or what is cut are no lines. */
static bool add_lines(struct area_list *l, const struct tess_area *cell)
{
    AUTO(box_auto) struct Box *box = boxCreate(cell->x, cell->y, cell->w, cell->h);
    AUTO(pix_auto) struct Pix *part = box ? pixClipRectangle(l->ink, box, NULL) : NULL;
    AUTO(numa_auto) struct Numa *rows = part ? pixCountByRow(part, NULL) : NULL;
    AUTO(ints_auto) l_int32 *sums = rows ? numaGetIArray(rows) : NULL;
    int cuts[CELL_LINES + 1];
    int count = sums ? find_cuts(sums, cell->h, cuts) : 0;

    if (count == 0 || count >= CELL_LINES)
        return false;
    cuts[count] = cell->h;
    for (int i = 0; i <= count; i++)
        if (cuts[i] - (i > 0 ? cuts[i - 1] : 0) > LINE_HIGH + PART_PAD)
            return false;
    for (int i = 0; i <= count; i++) {
        int top = i > 0 ? cuts[i - 1] : 0;
        struct tess_area a = *cell;

        a.y = cell->y + top;
        a.h = cuts[i] - top;
        a.goes_on = cell->goes_on || i > 0;
        if (shrink(l, &a)) {
            a.mode = TESS_LINE;
            add(l, a);
        }
    }
    return true;
}

static void add_cells(struct area_list *l, struct tables *t,
                      const struct tables_table *table)
{
    int row = -1;

    for (size_t i = table->first; i < table->first + table->count; i++) {
        struct tables_cell *c = &t->cells[i];
        struct tess_area a = {.x = c->x, .y = c->y, .w = c->w, .h = c->h};

        c->ink = shrink(l, &a);
        if (!c->ink)
            continue;
        if (a.w >= PROSE_WIDE && a.h >= PROSE_HIGH)
            a.mode = TESS_PAGE;
        l->level += a.h <= LINE_HIGH && a.w >= 2 * a.h;
        l->turned += a.w <= LINE_HIGH && a.h >= 2 * a.w;
        a.goes_on = row == c->row;
        row = c->row;
        if (a.mode == TESS_PAGE || !add_lines(l, &a))
            add(l, a);
    }
}

/* The tables from @first on that lie side by side. Return: the first that does not. */
static size_t band(const struct tables *t, size_t first, int *bottom)
{
    size_t i = first;

    *bottom = t->p[first].y;
    for (; i < t->count && (i == first || t->p[i].y < *bottom); i++)
        if (t->p[i].y + t->p[i].h > *bottom)
            *bottom = t->p[i].y + t->p[i].h;
    return i;
}

/* The tables from @from up to but without @to, from the left, and what is beside. */
static void add_band(struct area_list *l, struct tables *t, size_t from, size_t to,
                     int bottom)
{
    int top = t->p[from].y, at = 0, width = pixGetWidth(l->ink);

    for (size_t n = from; n < to; n++) {
        size_t next = to;

        for (size_t i = from; i < to; i++)
            if (t->p[i].x >= at && (next == to || t->p[i].x < t->p[next].x))
                next = i;
        if (next == to) { /* one within another */
            l->odd = true;
            return;
        }
        if (t->p[next].x - at >= STRIP_WIDE)
            add_rest(l, at, top, t->p[next].x, bottom);
        at = t->p[next].x + t->p[next].w;
        add_rest(l, t->p[next].x, top, at, t->p[next].y);
        add_cells(l, t, &t->p[next]);
        add_rest(l, t->p[next].x, t->p[next].y + t->p[next].h, at, bottom);
    }
    if (width - at >= STRIP_WIDE)
        add_rest(l, at, top, width, bottom);
}

int part_divide(struct Pix *pix, int ground, struct tables *tables,
                struct tess_area **areas, size_t *count, struct err *e)
{
    AUTO(area_list_auto) struct area_list l = {0};
    int y = 0;

    *areas = NULL;
    *count = 0;
    if (tables->count == 0)
        return 0;
    l.ink = pixThresholdToBinary(pix, ground * INK_PERCENT / 100);
    if (!l.ink)
        return err_set(e, ERR_MEMORY, "tables");
    for (size_t i = 0, next = 0; i < tables->count; i = next) {
        int bottom = 0;

        next = band(tables, i, &bottom);
        add_rest(&l, 0, y, pixGetWidth(pix), tables->p[i].y);
        add_band(&l, tables, i, next, bottom);
        y = bottom;
    }
    add_rest(&l, 0, y, pixGetWidth(pix), pixGetHeight(pix));
    if (l.turned > l.level || l.odd)
        return 0;
    *areas = TAKE(l.p);
    *count = l.count;
    return 0;
}
