/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/dark.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/prep.h"

#define MM_OF_INCH   25.4
#define TILE_MM      5.0
#define GROUND_RANK  75   /* of a hundred pixels of a tile, by lightness */
#define NEIGHBOUR    0.85 /* no ground is darker than this much of the lightest around */
#define STEP         2    /* every other pixel and row is looked at */
#define GROUND_LEAST 16

/* ---- ground -------------------------------------------------------------------- */

struct ground {
    int tile, cols, rows;
    float *at; /* owned */
};

static void ground_clear(struct ground *g)
{
    mem_free(g->at);
}

static float level_of(struct Pix *pix, int x0, int y0, int tile)
{
    uint32_t hist[256] = {0}, all = 0;
    int x1 = x0 + tile < pixGetWidth(pix) ? x0 + tile : pixGetWidth(pix);
    int y1 = y0 + tile < pixGetHeight(pix) ? y0 + tile : pixGetHeight(pix);

    for (int y = y0; y < y1; y += STEP) {
        const l_uint32 *line = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);

        for (int x = x0; x < x1; x += STEP) {
            hist[GET_DATA_BYTE(line, x)]++;
            all++;
        }
    }
    return (float)prep_level(hist, all * GROUND_RANK / 100);
}

/* The lightest tile around (col, row). */
static float lightest(const struct ground *g, int col, int row)
{
    float best = GROUND_LEAST;

    for (int y = row > 0 ? row - 1 : 0; y <= row + 1 && y < g->rows; y++)
        for (int x = col > 0 ? col - 1 : 0; x <= col + 1 && x < g->cols; x++)
            best = fmaxf(best, g->at[y * g->cols + x]);
    return best;
}

static int ground_of(struct Pix *pix, int tile, struct ground *g, struct err *e)
{
    size_t n = 0;
    float *raw = NULL;

    g->tile = tile;
    g->cols = (pixGetWidth(pix) + tile - 1) / tile;
    g->rows = (pixGetHeight(pix) + tile - 1) / tile;
    n = (size_t)g->cols * (size_t)g->rows;
    raw = mem_try(n, sizeof *raw, DARK_PIXELS_MAX * sizeof *raw, e);
    g->at = raw;
    if (!raw)
        return -1;
    for (int i = 0; i < (int)n; i++)
        raw[i] = level_of(pix, i % g->cols * tile, i / g->cols * tile, tile);
    g->at = mem_new(n, sizeof *raw);
    for (int i = 0; i < (int)n; i++) {
        struct ground before = *g;

        before.at = raw;
        g->at[i] = fmaxf(raw[i], (float)NEIGHBOUR *
                                     lightest(&before, i % g->cols, i / g->cols));
    }
    mem_free(raw);
    return 0;
}

/* Where between two tile centres pixel @x lies: the first of them, and how far on. */
static int between(int x, int tile, int count, float *on)
{
    float at = ((float)x + 0.5F) / (float)tile - 0.5F;
    int first = at < 0 ? 0 : (int)at;

    if (first >= count - 1) {
        *on = 0;
        return count - 1;
    }
    *on = at < 0 ? 0 : at - (float)first;
    return first;
}

/* 255 / ground along row @y. */
static void row_of(const struct ground *g, int y, float *column, int w, float *out)
{
    float on = 0;
    int top = between(y, g->tile, g->rows, &on);
    const float *a = g->at + (size_t)top * (size_t)g->cols;
    const float *b = top + 1 < g->rows ? a + g->cols : a;

    for (int i = 0; i < g->cols; i++)
        column[i] = a[i] + (b[i] - a[i]) * on;
    for (int x = 0; x < w; x++) {
        int left = between(x, g->tile, g->cols, &on);
        float next = left + 1 < g->cols ? column[left + 1] : column[left];

        out[x] = 255 / (column[left] + (next - column[left]) * on);
    }
}

/* ---- darkness ------------------------------------------------------------------ */

int dark_of(struct Pix *pix, int dpi, struct dark *out, struct err *e)
{
    AUTO(ground_clear) struct ground g = {0};
    AUTO_DARK struct dark d = {
        .w = pixGetWidth(pix), .h = pixGetHeight(pix), .per_mm = dpi / MM_OF_INCH};
    AUTO_MEM float *row = mem_new((size_t)d.w, sizeof *row);
    AUTO_MEM float *column = NULL;
    int tile = (int)lround(TILE_MM * d.per_mm);

    d.p = mem_try((size_t)d.w, (size_t)d.h, DARK_PIXELS_MAX, e);
    if (!d.p || ground_of(pix, tile < 4 ? 4 : tile, &g, e) < 0)
        return -1;
    column = mem_new((size_t)g.cols, sizeof *column);
    for (int y = 0; y < d.h; y++) {
        const l_uint32 *line = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);
        unsigned char *to = d.p + (size_t)y * (size_t)d.w;

        row_of(&g, y, column, d.w, row);
        for (int x = 0; x < d.w; x++) {
            int v = 255 - (int)((float)GET_DATA_BYTE(line, x) * row[x]);

            to[x] = (unsigned char)(v < 0 ? 0 : v);
        }
    }
    *out = d;
    d.p = NULL;
    return 0;
}

void dark_clear(struct dark *d)
{
    mem_free(d->p);
    d->p = NULL;
}

int dark_rank(const struct dark *d, double percent)
{
    uint32_t hist[256] = {0}, all = 0;

    for (int y = 0; y < d->h; y += STEP) {
        const unsigned char *row = d->p + (size_t)y * (size_t)d->w;

        for (int x = 0; x < d->w; x += STEP) {
            hist[row[x]]++;
            all++;
        }
    }
    return prep_level(hist, (uint32_t)(all * percent / 100));
}

unsigned char *dark_ink(const struct dark *d, int level, int reach, struct err *e)
{
    size_t w = (size_t)d->w;
    unsigned char *wide = mem_try(w, (size_t)d->h, DARK_PIXELS_MAX, e);
    AUTO_MEM unsigned char *flat = mem_try(w, (size_t)d->h, DARK_PIXELS_MAX, e);

    if (!wide || !flat) {
        mem_free(wide);
        return NULL;
    }
    for (int y = 0; y < d->h; y++) {
        const unsigned char *row = d->p + (size_t)y * w;
        int until = -1; /* the last pixel that ink reaches */

        for (int x = 0; x < d->w + reach; x++) {
            if (x < d->w && row[x] >= level)
                until = x + 2 * reach;
            if (x >= reach)
                flat[(size_t)y * w + (size_t)(x - reach)] = x <= until;
        }
    }
    for (int y = 0; y < d->h; y++) {
        unsigned char *to = wide + (size_t)y * w;

        for (int k = -reach; k <= reach; k++) {
            const unsigned char *from = flat + (ptrdiff_t)w * (y + k);

            if (y + k < 0 || y + k >= d->h)
                continue;
            for (size_t x = 0; x < w; x++)
                to[x] |= from[x];
        }
    }
    return wide;
}
