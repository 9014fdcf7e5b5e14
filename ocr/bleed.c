/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/bleed.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/behind.h"
#include "ocr/dark.h"

#define INK_RANK      99.0 /* of a hundred pixels: the darkest are ink, whatever else */
#define INK_SHARE     0.5  /* of that darkness: the page's own ink, or, when bold ink */
#define INK_HIGHER    0.8  /* shines through so much, of that */
#define INK_LEAST     24   /* as dark at least: paper has grain */
#define REACH_MM      0.3  /* of ink beyond its edge: blur of the scan */
#define BLURS         6    /* times (1 2 1) / 4 that are tried */
#define STEP          3    /* of pixels and rows, for sums */
#define BEHIND_MIN    8    /* darkness: less is grain of the back */
#define AREA_MM       30.0 /* of one place with a k of its own */
#define AREA_SWING    0.5  /* it may differ so much from that of the page */
#define AREA_COUNT    400  /* pixels with ink behind, for a half-way sure k */
#define RULE_W_MM     12.0 /* ink behind that is wider or higher than a word is a rule */
#define RULE_H_MM     9.0
#define WORD_MM       12.0 /* side of a place where words behind are looked for */
#define WORD_COUNT    100  /* pixels of paper there */
#define WORD_POWER    150  /* variance of the darkness behind: there are words */
#define WORD_THROUGH  0.6  /* of k: they do shine through */
#define WORDS_LEAST   10   /* places; with fewer nothing can be said */
#define WORDS_MISSING 0.15 /* of them may have no sign of the words behind */
#define ROUNDS        2    /* the page's ink is seen better once the bleed is gone */

/* A page and what lies behind it. */
struct work {
    struct dark front;
    unsigned char *behind; /* owned: darkness, as behind_take() */
    unsigned char *ink;    /* owned: as dark_ink() */
    struct Pix *rules; /* owned: long ink behind, of half the size; NULL: none yet */
    double k;
    int cols, rows, area; /* places and their side in pixels */
    float *local;         /* owned: k of each place */
};

static void work_clear(struct work *w)
{
    dark_clear(&w->front);
    mem_free(w->behind);
    mem_free(w->ink);
    mem_free(w->local);
    pixDestroy(&w->rules);
}

/* ---- both sides apart ---------------------------------------------------------- */

/* Ink behind for each darkness of the page (high byte) and of its back (low byte). */
#define TABLE 65536

/* Both scans are ink of this side × what comes through of the other's: solved by going
 * to and fro, which settles fast because k is well below 1. */
static void unmix(double page, double back, double k, double *own, double *behind)
{
    *own = page;
    *behind = back;
    for (int i = 0; i < 3; i++) {
        *behind = fmax(1 - (1 - back) / (1 - k * *own), 0);
        *own = fmax(1 - (1 - page) / (1 - k * *behind), 0);
    }
}

static void fill_table(double k, unsigned char *behind)
{
    for (int i = 0; i < TABLE; i++) {
        double own = 0, ink = 0;

        unmix((i >> 8) / 255.0, (i & 255) / 255.0, k, &own, &ink);
        behind[i] = (i & 255) < BEHIND_MIN ? 0 : (unsigned char)(fmin(ink, 1) * 255);
    }
}

/* ---- how much comes through ---------------------------------------------------- */

struct sums {
    double n, x, y, xx, xy, yy;
};

static void sums_add(struct sums *s, double x, double y)
{
    s->n++;
    s->x += x;
    s->y += y;
    s->xx += x * x;
    s->xy += x * y;
    s->yy += y * y;
}

static void sums_join(struct sums *s, const struct sums *more)
{
    s->n += more->n;
    s->x += more->x;
    s->y += more->y;
    s->xx += more->xx;
    s->xy += more->xy;
    s->yy += more->yy;
}

static double spread_x(const struct sums *s)
{
    return s->n > 0 ? s->xx - s->x * s->x / s->n : 0;
}

static double slope(const struct sums *s)
{
    double v = spread_x(s);

    return v > 0 ? (s->xy - s->x * s->y / s->n) / v : 0;
}

/* Share of the page's unrest that the back explains. */
static double explained(const struct sums *s)
{
    double v = spread_x(s), u = s->n > 0 ? s->yy - s->y * s->y / s->n : 0;
    double c = s->n > 0 ? s->xy - s->x * s->y / s->n : 0;

    return v > 0 && u > 0 && c > 0 ? c * c / v / u : 0;
}

static bool on_rule(const struct work *w, int x, int y)
{
    int rx = x / 2, ry = y / 2;

    if (!w->rules || rx >= pixGetWidth(w->rules) || ry >= pixGetHeight(w->rules))
        return false;
    return GET_DATA_BIT(pixGetData(w->rules) + (size_t)ry * (size_t)pixGetWpl(w->rules),
                        rx);
}

/* Paper of one place: ink behind against darkness of the page. */
static struct sums look_at(const struct work *w, int col, int row)
{
    struct sums s = {0};
    int x1 = (col + 1) * w->area < w->front.w ? (col + 1) * w->area : w->front.w;
    int y1 = (row + 1) * w->area < w->front.h ? (row + 1) * w->area : w->front.h;

    for (int y = row * w->area; y < y1; y += STEP)
        for (int x = col * w->area; x < x1; x += STEP) {
            size_t i = (size_t)y * (size_t)w->front.w + (size_t)x;

            if (!w->ink[i] && !on_rule(w, x, y))
                sums_add(&s, w->behind[i], w->front.p[i]);
        }
    return s;
}

/* Each place's own mean of the page is what it is; only the slopes count. */
static struct sums look_all(const struct work *w, struct sums *places)
{
    struct sums all = {0};

    for (int i = 0; i < w->cols * w->rows; i++) {
        struct sums s = look_at(w, i % w->cols, i / w->cols), own = s;

        if (s.n < 1)
            continue;
        own.x = own.y = 0;
        own.xx = spread_x(&s);
        own.xy = s.xy - s.x * s.y / s.n;
        own.yy = s.yy - s.y * s.y / s.n;
        if (places)
            places[i] = own;
        sums_join(&all, &own);
    }
    return all;
}

static void measure(struct work *w)
{
    struct sums *places = mem_new((size_t)(w->cols * w->rows), sizeof *places);
    struct sums all = look_all(w, places);
    double usual = all.n > 0 ? all.xx / all.n : 0;

    w->k = fmin(fmax(slope(&all), 0), BLEED_MOST);
    for (int i = 0; i < w->cols * w->rows; i++) {
        /* As if the whole page's slope had been seen AREA_COUNT times as well. */
        double weight = AREA_COUNT * usual;
        double k = (places[i].xy + weight * w->k) / fmax(places[i].xx + weight, 1);

        k = fmin(fmax(k, w->k * (1 - AREA_SWING)), w->k * (1 + AREA_SWING));
        w->local[i] = (float)fmin(k, BLEED_MOST);
    }
    mem_free(places);
}

/* ---- blur ---------------------------------------------------------------------- */

static void box_row(unsigned char *p, int w, int n, unsigned char *copy)
{
    int sum = 0;

    memcpy(copy, p, (size_t)w);
    for (int x = -n; x < w; x++) {
        sum += x + n < w ? copy[x + n] : 0;
        sum -= x - n - 1 >= 0 ? copy[x - n - 1] : 0;
        if (x >= 0)
            p[x] = (unsigned char)(sum / (2 * n + 1));
    }
}

/* Three rows, or columns, become one: (1 2 1) / 4, in place. */
static int soften(struct work *w, struct err *e)
{
    size_t width = (size_t)w->front.w;
    AUTO_MEM unsigned char *above = mem_try(width, 1, DARK_PIXELS_MAX, e);
    AUTO_MEM unsigned char *here = mem_try(width, 1, DARK_PIXELS_MAX, e);

    if (!above || !here)
        return -1;
    for (int y = 0; y < w->front.h; y++) {
        unsigned char *row = w->behind + (size_t)y * width;

        box_row(row, w->front.w, 1, here);
        memcpy(here, row, width);
        if (y == 0)
            memcpy(above, row, width);
        for (size_t x = 0; y + 1 < w->front.h && x < width; x++)
            row[x] = (unsigned char)((above[x] + 2 * here[x] + row[x + width] + 2) / 4);
        memcpy(above, here, width);
    }
    return 0;
}

/* Blur what lies behind until it explains the page no better. */
static int blur(struct work *w, struct err *e)
{
    size_t n = (size_t)w->front.w * (size_t)w->front.h;
    AUTO_MEM unsigned char *before = mem_try(n, 1, DARK_PIXELS_MAX, e);
    struct sums all = look_all(w, NULL);
    double best = explained(&all);

    if (!before)
        return -1;
    for (int i = 0; i < BLURS; i++) {
        memcpy(before, w->behind, n);
        if (soften(w, e) < 0)
            return -1;
        all = look_all(w, NULL);
        if (explained(&all) <= best) {
            memcpy(w->behind, before, n);
            return 0;
        }
        best = explained(&all);
    }
    return 0;
}

/* ---- taking it off ------------------------------------------------------------- */

/* k at pixel (x, y), between the middles of places. */
static double local_at(const struct work *w, int x, int y)
{
    double u = fmin(fmax((double)x / w->area - 0.5, 0), w->cols - 1);
    double v = fmin(fmax((double)y / w->area - 0.5, 0), w->rows - 1);
    int i = (int)u, j = (int)v;
    int i1 = i + 1 < w->cols ? i + 1 : i, j1 = j + 1 < w->rows ? j + 1 : j;
    double fu = u - i, fv = v - j;

    return (w->local[j * w->cols + i] * (1 - fu) + w->local[j * w->cols + i1] * fu) *
               (1 - fv) +
           (w->local[j1 * w->cols + i] * (1 - fu) + w->local[j1 * w->cols + i1] * fu) *
               fv;
}

/* What is left of light after ink of darkness q / 255, 16.16 fixed point, inverted. */
static void fill_gains(unsigned gains[256])
{
    for (int q = 0; q < 256; q++)
        gains[q] = (unsigned)(65536.0 * 255 / (255 - (q < 200 ? q : 200)));
}

#define SPAN 32 /* pixels of a row with one k */

/* Pixels @x to @end of a row, of which @row is the place of the first. */
static void lighten_span(const struct work *w, size_t row, int x, int end, int k,
                         const unsigned char *table, const unsigned gains[256],
                         l_uint32 *line)
{
    for (; x < end; x++) {
        size_t i = row + (size_t)x;
        int ink = table[w->front.p[i] << 8 | w->behind[i]];
        unsigned v = 0;

        if (ink == 0)
            continue;
        v = (GET_DATA_BYTE(line, x) * gains[k * ink >> 8]) >> 16;
        SET_DATA_BYTE(line, x, (l_uint8)(v > 255 ? 255 : v));
    }
}

static void lighten_row(const struct work *w, int y, const unsigned char *table,
                        const unsigned gains[256], l_uint32 *line)
{
    for (int x = 0; x < w->front.w; x += SPAN)
        lighten_span(w, (size_t)y * (size_t)w->front.w, x,
                     x + SPAN < w->front.w ? x + SPAN : w->front.w,
                     (int)(256 * local_at(w, x + SPAN / 2, y)), table, gains, line);
}

static int lighten(const struct work *w, struct Pix *pix, struct Pix **out,
                   struct err *e)
{
    unsigned gains[256];
    AUTO_MEM unsigned char *table = mem_new(TABLE, 1);
    struct Pix *made = pixCopy(NULL, pix);

    if (!made)
        return err_set(e, ERR_MEMORY, "bleed");
    fill_gains(gains);
    fill_table(w->k, table);
    for (int y = 0; y < w->front.h; y++)
        lighten_row(w, y, table, gains,
                    pixGetData(made) + (size_t)y * (size_t)pixGetWpl(made));
    *out = made;
    return 0;
}

/* Which pixels are the page's own ink, seen without what shines through. */
static int find_ink(struct work *w, int level, struct err *e)
{
    AUTO_DARK struct dark own = {
        .w = w->front.w, .h = w->front.h, .per_mm = w->front.per_mm};
    size_t n = (size_t)own.w * (size_t)own.h;
    AUTO_MEM unsigned char *table = mem_new(TABLE, 1);
    int reach = (int)lround(REACH_MM * own.per_mm);

    own.p = mem_try(n, 1, DARK_PIXELS_MAX, e);
    if (!own.p)
        return -1;
    fill_table(w->k, table);
    for (size_t i = 0; i < n; i++) {
        int left =
            w->front.p[i] - (int)(w->k * table[w->front.p[i] << 8 | w->behind[i]]);

        own.p[i] = (unsigned char)(left < 0 ? 0 : left);
    }
    mem_free(w->ink);
    w->ink = dark_ink(&own, level, reach, e);
    return w->ink ? 0 : -1;
}

static int ink_level(const struct dark *front, double share)
{
    int level = (int)(share * dark_rank(front, INK_RANK));

    return level > INK_LEAST ? level : INK_LEAST;
}

/* ---- the step ------------------------------------------------------------------ */

/* Return: 1 laid behind, 0 refused, -1. */
static int lay_behind(struct work *w, struct Pix *verso, int verso_dpi,
                      struct bleed_found *how, struct err *e)
{
    AUTO_DARK struct dark back = {0};
    AUTO_BEHIND struct behind at = {0};
    int rc = 0;

    if (dark_of(verso, verso_dpi, &back, e) < 0)
        return -1;
    for (int i = 0; rc == 0 && i < 2; i++) {
        mem_free(w->ink);
        w->ink = dark_ink(&w->front, ink_level(&w->front, i ? INK_HIGHER : INK_SHARE),
                          (int)lround(REACH_MM * w->front.per_mm), e);
        if (!w->ink)
            return -1;
        rc = behind_find(&w->front, w->ink, &back, &at, e);
        how->tiles = at.tiles;
        how->agreed = at.agreed;
    }
    if (rc <= 0)
        return rc;
    w->behind = behind_take(&at, &w->front, &back, e);
    return w->behind ? 1 : -1;
}

/* What lies behind in one bit and half the size: any ink of four pixels. */
static struct Pix *halved(const struct work *w, int level)
{
    struct Pix *p = pixCreate(w->front.w / 2, w->front.h / 2, 1);

    for (int y = 0; p && y < pixGetHeight(p); y++) {
        const unsigned char *row = w->behind + (size_t)y * 2 * (size_t)w->front.w;
        l_uint32 *line = pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);

        for (int x = 0; x < pixGetWidth(p); x++)
            if (row[2 * x] >= level || row[2 * x + 1] >= level ||
                row[w->front.w + 2 * x] >= level ||
                row[w->front.w + 2 * x + 1] >= level)
                SET_DATA_BIT(line, x);
    }
    return p;
}

static int find_rules(struct work *w, struct err *e)
{
    struct dark behind = w->front;
    struct Pix *all = NULL, *words = NULL, *rules = NULL;
    double per_mm = w->front.per_mm / 2;

    behind.p = w->behind;
    all = halved(w, ink_level(&behind, INK_SHARE));
    words = all ? pixSelectBySize(all, (l_int32)(RULE_W_MM * per_mm),
                                  (l_int32)(RULE_H_MM * per_mm), 8, L_SELECT_IF_BOTH,
                                  L_SELECT_IF_LTE, NULL)
                : NULL;
    rules = words ? pixSubtract(NULL, all, words) : NULL;
    w->rules = rules ? pixDilateBrick(NULL, rules, 3, 3) : NULL;
    pixDestroy(&all);
    pixDestroy(&words);
    pixDestroy(&rules);
    return w->rules ? 0 : err_set(e, ERR_MEMORY, "bleed");
}

static void set_areas(struct work *w, double side_mm)
{
    w->area = (int)lround(side_mm * w->front.per_mm);
    w->cols = (w->front.w + w->area - 1) / w->area;
    w->rows = (w->front.h + w->area - 1) / w->area;
}

/* Two sheets of one printed form have their rules and labels in common, not what was
 * filled in: of the back of another sheet some words shine through nowhere. */
static int same_words(struct work *w, bool *same, struct err *e)
{
    int tell = 0, missing = 0;

    if (find_rules(w, e) < 0)
        return -1;
    set_areas(w, WORD_MM);
    for (int i = 0; i < w->cols * w->rows; i++) {
        struct sums s = look_at(w, i % w->cols, i / w->cols);

        if (s.n < WORD_COUNT || spread_x(&s) / s.n < WORD_POWER)
            continue;
        tell++;
        missing += slope(&s) < WORD_THROUGH * w->k;
    }
    set_areas(w, AREA_MM);
    *same = tell < WORDS_LEAST || missing <= WORDS_MISSING * tell;
    return 0;
}

static int find_through(struct work *w, struct err *e)
{
    set_areas(w, AREA_MM);
    w->local = mem_new((size_t)(w->cols * w->rows), sizeof *w->local);
    if (blur(w, e) < 0)
        return -1;
    measure(w);
    for (int i = 1; i < ROUNDS && w->k >= BLEED_LEAST; i++) {
        if (find_ink(w, ink_level(&w->front, INK_SHARE), e) < 0)
            return -1;
        measure(w);
    }
    return 0;
}

static bool too_large(struct Pix *p)
{
    return (size_t)pixGetWidth(p) * (size_t)pixGetHeight(p) > DARK_PIXELS_MAX;
}

int bleed_remove(struct Pix *pix, int dpi, struct Pix *verso, int verso_dpi,
                 struct Pix **out, struct bleed_found *how, struct err *e)
{
    AUTO(work_clear) struct work w = {0};
    bool same = false;
    int rc = 0;

    *out = NULL;
    *how = (struct bleed_found){.reason = "too-large"};
    if (too_large(pix) || too_large(verso))
        return 0;
    if (dark_of(pix, dpi, &w.front, e) < 0)
        return -1;
    rc = lay_behind(&w, verso, verso_dpi, how, e);
    how->reason = "no-match";
    if (rc <= 0)
        return rc;
    if (find_through(&w, e) < 0)
        return -1;
    how->through = w.k;
    how->reason = "nothing-through";
    if (w.k < BLEED_LEAST)
        return 0;
    if (same_words(&w, &same, e) < 0)
        return -1;
    how->reason = same ? "removed" : "other-words";
    return same ? lighten(&w, pix, out, e) : 0;
}
