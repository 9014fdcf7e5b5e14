/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/blue.h"

#include <math.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/num.h"

#define MM_PER_INCH 25.4
#define BLUE_PAPER  22   /* above the paper's own tint */
#define BLUE_PART   0.16 /* of its brightness: blue in the shade */
#define AREA_MIN    25.0 /* mm² of blue: less is no seal over text */
#define JOIN_X_MM   2.2  /* parts nearer than this are one region */
#define JOIN_Y_MM   1.2
#define SIDE_MIN_MM 20.0
#define SIDE_MAX_MM 120.0
#define BLACK_PART  0.65  /* of the paper's lightest channel: below it is black ink */
#define UNDER_MIN   0.004 /* of a place's box: black ink under the blue */
#define MARGIN_MM   1.5
#define LIFT_MAX    100

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void pixa_auto(struct Pixa **p)
{
    pixaDestroy(p);
}

static void boxa_auto(struct Boxa **p)
{
    boxaDestroy(p);
}

static const l_uint32 *row_of(struct Pix *p, int y)
{
    return pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);
}

static int blueness(l_uint32 pixel)
{
    int r = (int)(pixel >> L_RED_SHIFT & 0xFF),
        g = (int)(pixel >> L_GREEN_SHIFT & 0xFF),
        b = (int)(pixel >> L_BLUE_SHIFT & 0xFF);
    int rest = r > g ? (r + g) / 2 : g; /* violet has red in it, purple has more */

    return b > rest ? b - rest : 0;
}

static int lightest(l_uint32 pixel)
{
    int r = (int)(pixel >> L_RED_SHIFT & 0xFF),
        g = (int)(pixel >> L_GREEN_SHIFT & 0xFF),
        b = (int)(pixel >> L_BLUE_SHIFT & 0xFF);
    int more = r > g ? r : g;

    return b > more ? b : more;
}

/* Of the paper: the middle one of all pixels. */
struct paper {
    int blue, light;
};

static int middle(const uint32_t hist[256], uint32_t all)
{
    uint32_t seen = 0;

    for (int i = 0; i < 256; i++) {
        seen += hist[i];
        if (seen * 2 > all)
            return i;
    }
    return 255;
}

static struct paper paper_of(struct Pix *p)
{
    uint32_t blue[256] = {0}, light[256] = {0}, all = 0;

    for (int y = 0; y < pixGetHeight(p); y += 3) {
        const l_uint32 *row = row_of(p, y);

        for (int x = 0; x < pixGetWidth(p); x += 3, all++) {
            blue[blueness(row[x])]++;
            light[lightest(row[x])]++;
        }
    }
    return (struct paper){middle(blue, all), middle(light, all)};
}

static bool is_blue(l_uint32 pixel, const struct paper *paper)
{
    int blue = blueness(pixel);

    return blue >= BLUE_MIN && blue >= paper->blue + BLUE_PAPER &&
           blue >= paper->blue + lightest(pixel) * BLUE_PART;
}

/* Return: pixels that are blue. @out: NULL: only count. */
static int64_t mark(struct Pix *p, const struct paper *paper, struct Pix *out)
{
    int64_t count = 0;

    for (int y = 0; y < pixGetHeight(p); y++) {
        const l_uint32 *row = row_of(p, y);

        for (int x = 0; x < pixGetWidth(p); x++)
            if (is_blue(row[x], paper)) {
                count++;
                if (out)
                    (void)pixSetPixel(out, x, y, 1);
            }
    }
    return count;
}

/* Black ink within the region @part, whose corner lies at @x, @y. */
static int64_t black_under(struct Pix *small, struct Pix *part, int x, int y,
                           const struct paper *paper)
{
    int64_t count = 0;

    for (int j = 0; j < pixGetHeight(part); j++) {
        const l_uint32 *in = row_of(part, j), *row = row_of(small, y + j);

        for (int i = 0; i < pixGetWidth(part); i++)
            count +=
                GET_DATA_BIT(in, i) && lightest(row[x + i]) < paper->light * BLACK_PART;
    }
    return count;
}

static void add_place(struct blue *b, const int box[4], double k, double margin,
                      int32_t width_px, int32_t height_px)
{
    struct blue_place *p = &b->place[b->count++];

    p->x = (int32_t)num_clamp(lround(box[0] * k - margin), 0, width_px - 1);
    p->y = (int32_t)num_clamp(lround(box[1] * k - margin), 0, height_px - 1);
    p->w = (int32_t)num_clamp(lround(box[2] * k + 2 * margin), 1, width_px - p->x);
    p->h = (int32_t)num_clamp(lround(box[3] * k + 2 * margin), 1, height_px - p->y);
}

int blue_find(struct Pix *small, int32_t width_px, int32_t height_px, int dpi,
              struct blue *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *mask = NULL;
    AUTO(pixa_auto) struct Pixa *parts = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    struct paper paper = {0};
    double k = 0, mm = 0;

    *out = (struct blue){0};
    if (!small || pixGetDepth(small) != 32)
        return err_set(e, ERR_OCR_FAILED, "colours");
    k = (double)width_px / pixGetWidth(small);
    mm = dpi / k / MM_PER_INCH;
    paper = paper_of(small);
    out->area_mm2 = (int)((double)mark(small, &paper, NULL) / (mm * mm));
    if (out->area_mm2 < AREA_MIN)
        return 0;
    mask = pixCreate(pixGetWidth(small), pixGetHeight(small), 1);
    if (!mask)
        return err_set(e, ERR_MEMORY, "colours");
    (void)mark(small, &paper, mask);
    if (!pixCloseSafeBrick(mask, mask, (int)fmax(1, round(JOIN_X_MM * mm)),
                           (int)fmax(1, round(JOIN_Y_MM * mm))) ||
        !(boxes = pixConnComp(mask, &parts, 8)))
        return err_set(e, ERR_MEMORY, "colours");
    for (int i = 0; i < boxaGetCount(boxes) && out->count < BLUE_PLACES_MAX; i++) {
        AUTO(pix_auto) struct Pix *part = NULL;
        int b[4] = {0};

        (void)boxaGetBoxGeometry(boxes, i, &b[0], &b[1], &b[2], &b[3]);
        if (fmin(b[2], b[3]) < SIDE_MIN_MM * mm || fmax(b[2], b[3]) > SIDE_MAX_MM * mm)
            continue;
        part = pixaGetPix(parts, i, L_CLONE);
        if ((double)black_under(small, part, b[0], b[1], &paper) >=
            (double)b[2] * b[3] * UNDER_MIN)
            add_place(out, b, k, MARGIN_MM * mm * k, width_px, height_px);
    }
    return 0;
}

/* A place in both channels. */
struct pair {
    struct Pix *red, *light, *out;
    int x, y, w, h;
};

static int grey(struct Pix *p, int x, int y)
{
    return GET_DATA_BYTE(row_of(p, y), x);
}

/* The middle level of the lightest channel, which is paper, and how much lighter than
 * that of the blue ink the paper is, in percent of what red takes from the ink. */
static void levels_of(const struct pair *p, int *paper, int *lift)
{
    uint32_t light[256] = {0}, lifts[256] = {0}, all = 0, blue = 0;

    for (int y = p->y; y < p->y + p->h; y++)
        for (int x = p->x; x < p->x + p->w; x++, all++)
            light[grey(p->light, x, y)]++;
    *paper = middle(light, all);
    for (int y = p->y; y < p->y + p->h; y++)
        for (int x = p->x; x < p->x + p->w; x++) {
            int level = grey(p->light, x, y), diff = level - grey(p->red, x, y);

            if (diff < BLUE_MIN)
                continue;
            lifts[num_clamp((*paper - level) * 100 / diff, 0, LIFT_MAX)]++;
            blue++;
        }
    *lift = blue ? middle(lifts, blue) : 0;
}

/* Ink fades by as much as it is blue: black, where the channels are the same, stays. */
static void fade(const struct pair *p)
{
    int paper = 0, lift = 0;

    levels_of(p, &paper, &lift);
    for (int y = p->y; y < p->y + p->h; y++) {
        l_uint32 *to = pixGetData(p->out) + (size_t)y * (size_t)pixGetWpl(p->out);

        for (int x = p->x; x < p->x + p->w; x++) {
            int level = grey(p->light, x, y), diff = level - grey(p->red, x, y);
            int lifted = level + diff * lift / 100;

            if (diff > 0 && lifted > paper)
                lifted = level > paper ? level : paper;
            SET_DATA_BYTE(to, x, (l_uint8)lifted);
        }
    }
}

struct Pix *blue_mix(struct Pix *red, struct Pix *light, int32_t width_px,
                     const struct blue *b)
{
    struct Pix *out = NULL;
    int wide = pixGetWidth(red), high = pixGetHeight(red);
    double k = (double)wide / width_px;

    if (pixGetWidth(light) != wide || pixGetHeight(light) != high)
        return NULL;
    out = pixCopy(NULL, red);
    for (int i = 0; out && i < b->count; i++) {
        const struct blue_place *place = &b->place[i];
        struct pair p = {.red = red, .light = light, .out = out};

        p.x = (int)num_clamp((int64_t)(place->x * k), 0, wide - 1);
        p.y = (int)num_clamp((int64_t)(place->y * k), 0, high - 1);
        p.w = (int)num_clamp((int64_t)ceil(place->w * k), 1, wide - p.x);
        p.h = (int)num_clamp((int64_t)ceil(place->h * k), 1, high - p.y);
        fade(&p);
    }
    return out;
}
