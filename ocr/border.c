/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/border.h"

#include <stdbool.h>

#include <allheaders.h>

#include "node/base/err.h"

#define SMALLER   4   /* times */
#define DENSE     3   /* of four pixels */
#define DARK      0.5 /* of the ground: black, not merely shaded */
#define MM        25.4
#define ROUND_MIN 0.68 /* of its square that a disc fills: 0.785 */
#define ROUND_MAX 0.90
#define SQUARE    0.22 /* sides of a hole may differ by */
#define SPOTS_MAX 2000

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void pixa_auto(struct Pixa **p)
{
    pixaDestroy(p);
}

/* The page at a quarter of its size: where it is dark throughout, and where there is
 * any ink. Its edge is continued so that no row is lost. */
struct small {
    struct Pix *dense, *ink; /* owned */
    double px_mm;
};

static void small_auto(struct small *s)
{
    pixDestroy(&s->dense);
    pixDestroy(&s->ink);
}

static struct Pix *continued(struct Pix *pix, int threshold)
{
    int right = (SMALLER - pixGetWidth(pix) % SMALLER) % SMALLER;
    int below = (SMALLER - pixGetHeight(pix) % SMALLER) % SMALLER;
    AUTO(pix_auto) struct Pix *dark = pixThresholdToBinary(pix, threshold);

    if (!dark || (right == 0 && below == 0))
        return dark ? pixClone(dark) : NULL;
    return pixAddContinuedBorder(dark, 0, right, 0, below);
}

static int small_make(struct Pix *pix, int dpi, int ground, struct small *s,
                      struct err *e)
{
    AUTO(pix_auto) struct Pix *dark = continued(pix, (int)(ground * DARK));

    s->px_mm = dpi / MM / SMALLER;
    s->dense = dark ? pixReduceRankBinaryCascade(dark, DENSE, DENSE, 0, 0) : NULL;
    s->ink = dark ? pixReduceRankBinaryCascade(dark, 1, 1, 0, 0) : NULL;
    return s->dense && s->ink ? 0 : err_set(e, ERR_MEMORY, "border");
}

/* ---- what a spot is
 * ------------------------------------------------------------------
 */

struct spot {
    struct Pix *pix; /* borrowed: itself alone */
    int x, y, w, h;
    int count; /* of its pixels */
};

/* Does any part of it lie further from every edge than strips do? */
static bool reaches_in(const struct small *s, const struct spot *p)
{
    int deep = (int)(BORDER_DEEP_MM * s->px_mm);
    int w = pixGetWidth(s->dense) - 2 * deep, h = pixGetHeight(s->dense) - 2 * deep;
    struct Box *inner = NULL;
    struct Pix *part = NULL;
    l_int32 none = 1;

    if (w <= 0 || h <= 0)
        return true;
    inner = boxCreate(deep - p->x, deep - p->y, w, h);
    part = pixClipRectangle(p->pix, inner, NULL);
    if (part)
        (void)pixZero(part, &none);
    pixDestroy(&part);
    boxDestroy(&inner);
    return none == 0;
}

static bool at_edge(const struct small *s, const struct spot *p)
{
    return p->x <= 1 || p->y <= 1 || p->x + p->w >= pixGetWidth(s->dense) - 1 ||
           p->y + p->h >= pixGetHeight(s->dense) - 1;
}

static bool is_strip(const struct small *s, const struct spot *p)
{
    int longer = p->w > p->h ? p->w : p->h;

    return at_edge(s, p) && longer >= BORDER_LONG_MM * s->px_mm;
}

static bool is_hole(const struct small *s, const struct spot *p)
{
    double side = (p->w + p->h) / 2.0, full = p->count / (double)(p->w * p->h);
    double in = BORDER_HOLE_IN * s->px_mm;
    int differ = p->w > p->h ? p->w - p->h : p->h - p->w;

    if (side < BORDER_HOLE_MIN * s->px_mm || side > BORDER_HOLE_MAX * s->px_mm ||
        differ > side * SQUARE || full < ROUND_MIN || full > ROUND_MAX)
        return false;
    return p->x + p->w <= in || p->y + p->h <= in ||
           p->x >= pixGetWidth(s->dense) - in || p->y >= pixGetHeight(s->dense) - in;
}

/* @p, one pixel larger all round, into a picture of the page's (small) size: owned. */
static struct Pix *grown(const struct small *s, const struct spot *p, int by)
{
    struct Pix *all = pixCreateTemplate(s->dense);
    struct Pix *large = NULL;

    if (!all || pixRasterop(all, p->x, p->y, p->w, p->h, PIX_SRC, p->pix, 0, 0) != 0) {
        pixDestroy(&all);
        return NULL;
    }
    large = pixDilateBrick(NULL, all, 2 * by + 1, 2 * by + 1);
    pixDestroy(&all);
    return large;
}

/* Ink that comes near: of the pixels one step outside of what would be painted, the
 * share that are ink. A rule that ends in a strip is little, a line of text is not. */
static int text_near(const struct small *s, const struct spot *p, struct Pix *paint,
                     bool *near, struct err *e)
{
    AUTO(pix_auto) struct Pix *ring = grown(s, p, 2);
    l_int32 all = 0, ink = 0;

    if (!ring || !pixSubtract(ring, ring, paint) ||
        pixCountPixels(ring, &all, NULL) != 0 || !pixAnd(ring, ring, s->ink) ||
        pixCountPixels(ring, &ink, NULL) != 0)
        return err_set(e, ERR_MEMORY, "border");
    *near = ink > all * BORDER_NEAR;
    return 0;
}

/* ---- painting
 * ------------------------------------------------------------------------
 */

static int take_spot(const struct small *s, const struct spot *p, struct Pix *mask,
                     struct border_found *how, struct err *e)
{
    bool strip = is_strip(s, p), near = false;
    AUTO(pix_auto) struct Pix *paint = NULL;

    if (!strip && !is_hole(s, p))
        return 0;
    if (strip && reaches_in(s, p)) {
        how->refused++;
        return 0;
    }
    paint = grown(s, p, 1);
    if (!paint)
        return err_set(e, ERR_MEMORY, "border");
    if (text_near(s, p, paint, &near, e) < 0)
        return -1;
    if (near) {
        how->refused++;
        return 0;
    }
    if (!pixOr(mask, mask, paint))
        return err_set(e, ERR_MEMORY, "border");
    how->strips += strip;
    how->holes += !strip;
    return 0;
}

static int take_all(const struct small *s, struct Pix *mask, struct border_found *how,
                    struct err *e)
{
    AUTO(pixa_auto) struct Pixa *parts = NULL;
    struct Boxa *boxes = pixConnComp(s->dense, &parts, 8);
    int rc = 0;

    boxaDestroy(&boxes);
    if (!parts)
        return err_set(e, ERR_MEMORY, "border");
    for (int i = 0; rc == 0 && i < pixaGetCount(parts) && i < SPOTS_MAX; i++) {
        struct spot p = {.pix = pixaGetPix(parts, i, L_CLONE)};
        l_int32 count = 0;

        (void)pixaGetBoxGeometry(parts, i, &p.x, &p.y, &p.w, &p.h);
        (void)pixCountPixels(p.pix, &count, NULL);
        p.count = count;
        rc = take_spot(s, &p, mask, how, e);
        pixDestroy(&p.pix);
    }
    return rc;
}

int border_clean(struct Pix *pix, int dpi, int ground, struct Pix **out,
                 struct border_found *how, struct err *e)
{
    AUTO(small_auto) struct small s = {0};
    AUTO(pix_auto) struct Pix *mask = NULL;
    AUTO(pix_auto) struct Pix *large = NULL;
    AUTO(pix_auto) struct Pix *made = NULL;

    *out = NULL;
    *how = (struct border_found){.reason = "clear"};
    if (small_make(pix, dpi, ground, &s, e) < 0)
        return -1;
    mask = pixCreateTemplate(s.dense);
    if (!mask)
        return err_set(e, ERR_MEMORY, "border");
    if (take_all(&s, mask, how, e) < 0)
        return -1;
    if (how->refused > 0)
        how->reason = "refused";
    if (how->strips + how->holes == 0)
        return 0;
    large = pixExpandReplicate(mask, SMALLER);
    made = pixCopy(NULL, pix);
    if (!large || !made || pixSetMasked(made, large, (l_uint32)ground) != 0)
        return err_set(e, ERR_MEMORY, "border");
    how->reason = "painted";
    *out = pixClone(made);
    return 0;
}
