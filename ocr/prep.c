/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/prep.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "ocr/shrink.h"

/* Sheets in inches. */
#define A4_SHORT    8.27
#define A6_SHORT    4.13
#define A2_SHORT    16.54
#define CUTTING_DPI 150  /* who says so much means it, even of a small cutting */
#define SIZE_SLIP   0.20 /* torn, trimmed or laid askew: a fifth either way */
#define DPI_SLIP    0.015
#define USUAL_DPI   300 /* A3 at 150, A5 at 300: the same pixels; the latter */

/* Ground. */
#define TILE        48 /* pixels */
#define TILE_STEP   2  /* every other pixel and row is looked at */
#define GROUND_RANK 75 /* of a hundred pixels of a tile, by lightness */
#define EVEN_LEVEL  205
#define EVEN_SPREAD 26

/* pixBackgroundNorm: tile, foreground threshold, least background pixels, goal. */
#define NORM_TILE_X 10
#define NORM_TILE_Y 15
#define NORM_INK    60
#define NORM_COUNT  40
#define NORM_GOAL   200
#define NORM_SMOOTH 2

#define AREA_BELOW 0.7

#define INK_BELOW_GROUND 60 /* darker than the ground by this is ink */
#define INK_MARGIN       0.03

/* ---- resolution ---------------------------------------------------------------- */

static const struct {
    double small, large;                                            /* inches */
} SHEETS[] = {{A4_SHORT, 11.69}, {11.69, 16.54}, {5.83, A4_SHORT}}; /* A4, A3, A5 */

static bool usual_dpi(double dpi)
{
    static const int USUAL[] = {100, 150, 200, 240, 300, 400, 600};

    for (size_t i = 0; i < ARRAY_LEN(USUAL); i++)
        if (fabs(dpi - USUAL[i]) <= USUAL[i] * DPI_SLIP)
            return true;
    return false;
}

int prep_dpi(const struct image_page *page, int hint)
{
    double best = 0;
    double small = page->width_px < page->height_px ? page->width_px : page->height_px;
    double large = page->width_px < page->height_px ? page->height_px : page->width_px;

    if (hint >= IMAGE_DPI_MIN && hint <= IMAGE_DPI_MAX)
        return hint;
    if (page->dpi > 0 && small / page->dpi <= A2_SHORT * (1 + SIZE_SLIP) &&
        (page->dpi >= CUTTING_DPI || small / page->dpi >= A6_SHORT * (1 - SIZE_SLIP)))
        return page->dpi;
    for (size_t i = 0; i < ARRAY_LEN(SHEETS); i++) {
        double dpi = small / SHEETS[i].small;

        if (!usual_dpi(dpi) || fabs(large / SHEETS[i].large - dpi) > dpi * 2 * DPI_SLIP)
            continue;
        if (i == 0)
            return (int)lround(dpi); /* A4 before all others */
        if (fabs(log(dpi / USUAL_DPI)) < fabs(log(best / USUAL_DPI)))
            best = dpi;
    }
    if (best > 0)
        return (int)lround(best);
    return (int)lround(fmin(fmax(small / A4_SHORT, IMAGE_DPI_MIN), IMAGE_DPI_MAX));
}

/* ---- ground -------------------------------------------------------------------- */

int prep_level(const uint32_t hist[256], uint32_t count)
{
    uint32_t seen = 0;
    int level = 0;

    for (; level < 255; level++) {
        seen += hist[level];
        if (seen > count)
            break;
    }
    return level;
}

/* Grey level that @rank of a hundred counted pixels do not exceed. */
static int at_rank(const uint32_t hist[256], uint32_t all, uint32_t rank)
{
    uint32_t least = (uint32_t)(((uint64_t)all * rank + 99) / 100);

    return prep_level(hist, least > 0 ? least - 1 : 0);
}

static int tile_level(struct Pix *pix, int x0, int y0, int x1, int y1)
{
    uint32_t hist[256] = {0}, all = 0;

    for (int y = y0; y < y1; y += TILE_STEP) {
        l_uint32 *line = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);

        for (int x = x0; x < x1; x += TILE_STEP) {
            hist[GET_DATA_BYTE(line, x)]++;
            all++;
        }
    }
    return at_rank(hist, all, GROUND_RANK);
}

void prep_ground(struct Pix *pix, struct prep_ground *out)
{
    int width = pixGetWidth(pix), height = pixGetHeight(pix);
    uint32_t hist[256] = {0}, tiles = 0;

    for (int y = 0; y < height; y += TILE) {
        for (int x = 0; x < width; x += TILE) {
            int x1 = x + TILE < width ? x + TILE : width;
            int y1 = y + TILE < height ? y + TILE : height;

            hist[tile_level(pix, x, y, x1, y1)]++;
            tiles++;
        }
    }
    out->level = at_rank(hist, tiles, 50);
    out->spread = at_rank(hist, tiles, 95) - at_rank(hist, tiles, 5);
    out->even = out->level >= EVEN_LEVEL && out->spread <= EVEN_SPREAD;
}

/* ---- steps --------------------------------------------------------------------- */

static int given(struct Pix *pix, struct Pix **out, const char *step, struct err *e)
{
    if (!pix)
        return err_set(e, ERR_MEMORY, "%s", step);
    *out = pix;
    return 0;
}

int prep_normalize(struct Pix *pix, struct Pix **out, struct err *e)
{
    struct Pix *made =
        pixBackgroundNorm(pix, NULL, NULL, NORM_TILE_X, NORM_TILE_Y, NORM_INK,
                          NORM_COUNT, NORM_GOAL, NORM_SMOOTH, NORM_SMOOTH);

    /* It refuses pictures smaller than a few tiles: those stay as they are. */
    return given(made ? made : pixCopy(NULL, pix), out, "normalize", e);
}

int prep_scale(struct Pix *pix, double factor, struct Pix **out, struct err *e)
{
    l_float32 f = (l_float32)factor;

    /* Interpolation blurs and leptonica sharpens after it; the mean of areas, which it
     * takes below AREA_BELOW, does not. Halves it makes fast itself. */
    if (factor < AREA_BELOW && f > SHRINK_MIN && f != 0.5F && f != 0.25F &&
        f != 0.125F && pixGetDepth(pix) == 8)
        return shrink(pix, f, out, e);
    return given(factor < AREA_BELOW ? pixScaleGeneral(pix, f, f, 0, 0)
                                     : pixScale(pix, f, f),
                 out, "scale", e);
}

int prep_blot(struct Pix *pix, int x, int y, int w, int h, int ground, struct err *e)
{
    struct Box *box = boxCreate(x, y, w, h);
    int rc = box ? pixSetInRectArbitrary(pix, box, (l_uint32)ground) : -1;

    boxDestroy(&box);
    return rc == 0 ? 0 : err_set(e, ERR_MEMORY, "blot");
}

int prep_median(struct Pix *pix, struct Pix **out, struct err *e)
{
    struct Pix *made = pixMedianFilter(pix, 3, 3);

    return given(made ? made : pixCopy(NULL, pix), out, "median", e);
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

int prep_ink_ppm(struct Pix *pix, int ground_level)
{
    int width = pixGetWidth(pix), height = pixGetHeight(pix);
    int mx = (int)(width * INK_MARGIN), my = (int)(height * INK_MARGIN);
    int level = ground_level - INK_BELOW_GROUND;
    AUTO(pix_auto) struct Pix *inner = NULL;
    AUTO(pix_auto) struct Pix *ink = NULL;
    AUTO(pix_auto) struct Pix *half = NULL;
    struct Box *box = boxCreate(mx, my, width - 2 * mx, height - 2 * my);
    l_int32 count = 0;

    inner = pixClipRectangle(pix, box, NULL);
    boxDestroy(&box);
    ink = inner ? pixThresholdToBinary(inner, level > 1 ? level : 1) : NULL;
    half = ink ? pixReduceRankBinary2(ink, 3, NULL) : NULL; /* 3 of 4: no specks */
    if (!half || pixCountPixels(half, &count, NULL) != 0)
        return 0;
    return (int)((int64_t)count * 4000000 / ((int64_t)width * height));
}
