/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/capture.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/image.h"
#include "ocr/prep.h"

#define MM_PER_INCH 25.4
#define TILE        (IMAGE_BAND_ROWS - 1) /* pixels */
#define TILE_SKIP   3                     /* of so many tiles one is looked at */

/* A tile with print: so much ink, so much contrast. */
#define INK_MIN    0.03
#define INK_MAX    0.45
#define PRINT_MIN  40  /* contrast of print that tells something about edges */
#define TILES_MIN  20  /* fewer: too little print to judge */
#define STEEP_RANK 980 /* of a thousand steps of a tile, by steepness */
#define SHARP_RANK                                                                     \
    70               /* of a hundred tiles, by their edges: the sharper part counts    \
                      */
#define FAINT_MIN 14 /* less contrast: an empty page, not a faint one */
#define INK_RANK  95 /* of a hundred tiles, by their contrast */
#define PAGE_RANK 90 /* the same, for print that is more than a spot */
#define RULE      4  /* so many times steeper in one direction */

#define BURNT       253
#define BURNT_FLAT  4   /* levels from the lighter to the darker part of such a tile */
#define BURNT_PAPER 236 /* paper as light as this burns out all over: no glare */
#define NEAR        6   /* tiles */
#define GLARE_MIN   20  /* thousandths of the page */
#define GLARE_MAX   500

#define CUT_DEEP_MM  0.5  /* from the side inwards */
#define CUT_PIECE_MM 5.0  /* longer pieces are rules, margins, shadows */
#define CUT_LIGHT    0.6  /* of a side that is paper */
#define PAPER_SPREAD 40   /* below the paper of most of the page */
#define CUT_FAR_MM   12.0 /* there must be more ink */
#define CUT_LINES    5    /* pieces at the left or right: lines of text in the bands */
#define CUT_LETTERS  14   /* pieces at the top or bottom: letters of a line */

struct tile {
    int light, dark; /* grey levels: paper and ink in it */
    int steep;       /* largest step between neighbours, nearly */
    double ink;      /* part that is nearer to dark than to light */
};

struct tiles {
    struct tile *p; /* owned */
    int across, down;
};

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void tiles_auto(struct tiles *t)
{
    mem_free(t->p);
}

/* ---- tiles ----------------------------------------------------------------------- */

static const l_uint32 *row_of(struct Pix *p, int y)
{
    return pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);
}

static int level_at(const uint32_t *hist, int all, int rank, int of)
{
    return prep_level(hist, (uint32_t)((int64_t)all * rank / of));
}

static struct tile look_at_tile(struct Pix *grey, int x0, int y0)
{
    uint32_t hist[256] = {0}, across[256] = {0}, down[256] = {0};
    struct tile t = {0};
    int all = 0, ink = 0, other = 0;

    for (int y = y0; y < y0 + TILE; y += 2) {
        const l_uint32 *row = row_of(grey, y), *next = row_of(grey, y + 1);

        for (int x = x0; x < x0 + TILE; x++) {
            int v = GET_DATA_BYTE(row, x), right = GET_DATA_BYTE(row, x + 1),
                below = GET_DATA_BYTE(next, x);

            hist[v]++;
            all++;
            across[abs(v - right)]++;
            down[abs(v - below)]++;
        }
    }
    t.light = level_at(hist, all, 90, 100);
    t.dark = level_at(hist, all, 2, 100);
    /* A hand that shook blurs one direction only; a rule has edges in one only. */
    t.steep = level_at(across, all, STEEP_RANK, 1000);
    other = level_at(down, all, STEEP_RANK, 1000);
    if (t.steep > RULE * other || other > RULE * t.steep)
        t.steep = 0;
    else
        t.steep = other < t.steep ? other : t.steep;
    for (int v = 0; v < (t.light + t.dark) / 2; v++)
        ink += (int)hist[v];
    t.ink = (double)ink / all;
    return t;
}

/* Every TILE_SKIPth tile of each band. */
static void look_at_tiles(struct Pix *bands, struct tiles *t)
{
    t->across = (pixGetWidth(bands) - 1) / TILE / TILE_SKIP;
    t->down = pixGetHeight(bands) / IMAGE_BAND_ROWS;
    t->p = mem_new((size_t)t->across * (size_t)t->down, sizeof *t->p);
    for (int j = 0; j < t->down; j++)
        for (int i = 0; i < t->across; i++)
            t->p[j * t->across + i] =
                look_at_tile(bands, i * TILE * TILE_SKIP, j * IMAGE_BAND_ROWS);
}

/* Value that @rank of a hundred tiles do not exceed, of what @of gives (-1: not that
 * one). Return: how many tiles were asked. */
static int rank_of(const struct tiles *t, int (*of)(const struct tile *), int rank,
                   int *out)
{
    uint32_t hist[256] = {0};
    int count = 0;

    for (int i = 0; i < t->across * t->down; i++) {
        int v = of(&t->p[i]);

        if (v < 0)
            continue;
        hist[num_clamp(v, 0, 255)]++;
        count++;
    }
    *out = count ? level_at(hist, count, rank, 100) : 0;
    return count;
}

static int light_of(const struct tile *t)
{
    return t->light;
}

static int contrast_of(const struct tile *t)
{
    return t->light - t->dark;
}

/* Contrast over steepness, in sixteenths of a pixel. */
static int edge_of(const struct tile *t)
{
    int contrast = t->light - t->dark;

    if (contrast < PRINT_MIN || t->ink < INK_MIN || t->ink > INK_MAX || t->steep < 1)
        return -1;
    return contrast * 16 / t->steep;
}

/* ---- advice ---------------------------------------------------------------------- */

static void judge_edges(const struct tiles *t, struct capture *c)
{
    int edge = 0;

    if (rank_of(t, edge_of, 100 - SHARP_RANK, &edge) < TILES_MIN)
        return;
    c->edge_px = edge / 16.0;
    c->edge_mm = c->edge_px * MM_PER_INCH / c->dpi;
    if (c->edge_mm > CAPTURE_EDGE_MM && c->edge_px > CAPTURE_EDGE_PX)
        c->advice |= CAPTURE_BLUR;
}

static void judge_light(const struct tiles *t, struct capture *c)
{
    int most = 0;

    if (rank_of(t, light_of, 50, &c->paper) == 0)
        return;
    (void)rank_of(t, contrast_of, INK_RANK, &c->contrast);
    (void)rank_of(t, contrast_of, PAGE_RANK, &most);
    if (c->paper < CAPTURE_DARK)
        c->advice |= CAPTURE_DARK_PAPER;
    else if (most >= FAINT_MIN && c->contrast < CAPTURE_FAINT)
        c->advice |= CAPTURE_FAINT_INK;
}

static bool has_print(const struct tile *t)
{
    return t->light - t->dark >= PRINT_MIN && t->ink >= INK_MIN && t->ink <= INK_MAX;
}

/* Print in the column or row of tiles from (x, y) on, step by step, within NEAR. */
static bool print_from(const struct tiles *t, int x, int y, int dx, int dy)
{
    for (int i = 0; i < NEAR; i++, x += dx, y += dy) {
        if (x < 0 || y < 0 || x >= t->across || y >= t->down)
            return false;
        if (has_print(&t->p[y * t->across + x]))
            return true;
    }
    return false;
}

/* A hole in print: print on all four sides of its middle. */
static bool in_print(const struct tiles *t, int x, int y, int w, int h)
{
    int cx = x + w / 2, cy = y + h / 2;

    return print_from(t, x - 1, cy, -1, 0) && print_from(t, x + w, cy, 1, 0) &&
           print_from(t, cx, y - 1, 0, -1) && print_from(t, cx, y + h, 0, 1);
}

/* Burnt-out tiles that hang together within print. */
static void judge_glare(const struct tiles *t, struct capture *c)
{
    AUTO(pix_auto) struct Pix *map = NULL;
    struct Boxa *boxes = NULL;
    struct Pixa *parts = NULL;

    if (c->paper == 0 || c->paper >= BURNT_PAPER)
        return;
    map = pixCreate(t->across, t->down, 1);
    for (int i = 0; map && i < t->across * t->down; i++)
        if (t->p[i].light >= BURNT && t->p[i].light - t->p[i].dark <= BURNT_FLAT)
            (void)pixSetPixel(map, i % t->across, i / t->across, 1);
    boxes = map ? pixConnComp(map, &parts, 4) : NULL;
    for (int i = 0; boxes && i < boxaGetCount(boxes); i++) {
        AUTO(pix_auto) struct Pix *part = pixaGetPix(parts, i, L_CLONE);
        l_int32 x = 0, y = 0, w = 0, h = 0, count = 0;

        (void)boxaGetBoxGeometry(boxes, i, &x, &y, &w, &h);
        (void)pixCountPixels(part, &count, NULL);
        if (in_print(t, x, y, w, h) && count * 1000 / (t->across * t->down) > c->glare)
            c->glare = count * 1000 / (t->across * t->down);
    }
    boxaDestroy(&boxes);
    pixaDestroy(&parts);
    if (c->glare >= GLARE_MIN && c->glare <= GLARE_MAX)
        c->advice |= CAPTURE_GLARE;
}

/* Grey level at place @along of a side, @deep inwards; sides: left, right, top,
 * bottom. */
static int at_side(struct Pix *p, int side, int along, int deep)
{
    int x = side == 0 ? deep : side == 1 ? pixGetWidth(p) - 1 - deep : along;
    int y = side == 2 ? deep : side == 3 ? pixGetHeight(p) - 1 - deep : along;

    return GET_DATA_BYTE(row_of(p, y), x);
}

/* A place of a side: ink through the whole strip, and more ink further in? */
static bool runs_out(struct Pix *p, int side, int along, int deep, int far, int level)
{
    bool more = false;

    for (int d = 0; d < deep; d++)
        if (at_side(p, side, along, d) >= level)
            return false;
    for (int d = far / 4; d < far && !more; d++)
        more = at_side(p, side, along, d) < level;
    return more;
}

static int pieces_at(struct Pix *p, int side, const struct capture *c, int level)
{
    int length = side < 2 ? pixGetHeight(p) : pixGetWidth(p);
    int height = pixGetHeight(p);
    int room = side < 2                   ? pixGetWidth(p)
               : height < IMAGE_BAND_ROWS ? height
                                          : IMAGE_BAND_ROWS;
    double per_mm = c->dpi / MM_PER_INCH;
    int deep = (int)num_clamp((int64_t)fmax(2, CUT_DEEP_MM * per_mm), 1, room);
    int far = (int)num_clamp((int64_t)(CUT_FAR_MM * per_mm), deep, room);
    int most = (int)(CUT_PIECE_MM * per_mm);
    int pieces = 0, run = 0, light = 0;

    for (int i = 0; i < length; i++) {
        bool ink = runs_out(p, side, i, deep, far, level);

        light += at_side(p, side, i, 0) >= c->paper - PAPER_SPREAD;
        if ((!ink || i == length - 1) && run > 0)
            pieces += run >= 2 && run <= most;
        run = ink ? run + 1 : 0;
    }
    /* A dark band, or what lies around the sheet of a photo. */
    return light < length * CUT_LIGHT ? 0 : pieces;
}

static void judge_sides(struct Pix *p, struct capture *c)
{
    int level = c->paper - c->contrast / 2;

    if (c->contrast < PRINT_MIN || pixGetWidth(p) < 8 * TILE)
        return;
    for (int side = 0; side < 4; side++) {
        int pieces = pieces_at(p, side, c, level);

        c->cut = pieces > c->cut ? pieces : c->cut;
        if (pieces >= (side < 2 ? CUT_LINES : CUT_LETTERS))
            c->advice |= CAPTURE_CUT;
    }
}

void capture_look(const struct image_page *page, struct Pix *bands, struct capture *out)
{
    AUTO(tiles_auto) struct tiles t = {0};

    *out = (struct capture){.dpi = prep_dpi(page, 0)};
    if (out->dpi < CAPTURE_DPI_LOW)
        out->advice |= CAPTURE_LOW_DPI;
    if (!bands)
        return;
    look_at_tiles(bands, &t);
    judge_light(&t, out);
    judge_edges(&t, out);
    judge_glare(&t, out);
    judge_sides(bands, out);
}

/* ---- words ----------------------------------------------------------------------- */

const char *capture_keyword(unsigned one)
{
    static const char *const WORDS[] = {"blur", "cut", "dark", "faint", "dpi", "glare"};

    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (one == 1U << i)
            return WORDS[i];
    return NULL;
}

struct jdoc *capture_jdoc(unsigned advice)
{
    struct jdoc *all = jdoc_array();

    for (unsigned one = 1; one <= CAPTURE_ALL; one <<= 1)
        if (advice & one)
            jdoc_add_text(all, capture_keyword(one));
    return all;
}
