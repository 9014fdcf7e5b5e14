/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/orient.h"

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/result.h"
#include "ocr/tess.h"

#define INK_LEAST   2000 /* pixels: with less there are no lines to compare */
#define SIDE_LEAST  8    /* pixels: of a quarter of it something must be left */
#define STRIP_SHARE 0.16 /* of the height, that is read */
#define STRIP_PX    120  /* at least */
#define STRIP_IN    0.04 /* of the height that is left out above and below */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

int orient_turn(struct Pix *pix, int quarters, struct Pix **out, struct err *e)
{
    struct Pix *made = pixRotateOrth(pix, quarters);

    if (!made)
        return err_set(e, ERR_MEMORY, "orient");
    *out = made;
    return 0;
}

/* Line profiles, level against upright, at a quarter of the size. */
static int lines_of(struct Pix *ink, double *level, struct err *e)
{
    AUTO(pix_auto) struct Pix *small = pixReduceRankBinaryCascade(ink, 1, 1, 0, 0);
    AUTO(pix_auto) struct Pix *turned = small ? pixRotateOrth(small, 1) : NULL;
    l_float32 across = 0, along = 0;

    if (!turned || pixFindDifferentialSquareSum(small, &across) != 0 ||
        pixFindDifferentialSquareSum(turned, &along) != 0)
        return err_set(e, ERR_MEMORY, "orient");
    *level = along > 0 ? across / along : 1;
    return 0;
}

/* Of @turns, the way up and its opposite, the one that ascenders say; both if they say
 * nothing. */
static int up_of(struct Pix *ink, unsigned turns, struct orient_seen *out,
                 struct err *e)
{
    AUTO(pix_auto) struct Pix *turned = pixRotateOrth(ink, turns & ORIENT_0 ? 0 : 1);
    l_float32 up = 0;

    if (!turned)
        return err_set(e, ERR_MEMORY, "orient");
    out->turns = turns;
    if (pixUpDownDetect(turned, &up, 0, 0, 0) != 0)
        return 0; /* too few letters */
    out->up = up;
    if (up >= (l_float32)ORIENT_UP)
        out->turns = turns & (ORIENT_0 | ORIENT_90);
    else if (up <= -(l_float32)ORIENT_UP)
        out->turns = turns & (ORIENT_180 | ORIENT_270);
    return 0;
}

int orient_look(struct Pix *pix, int threshold, struct orient_seen *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *ink = pixThresholdToBinary(pix, threshold);
    l_int32 count = 0;

    *out = (struct orient_seen){.turns = ORIENT_ALL, .level = 1, .reason = "blank"};
    if (!ink || pixCountPixels(ink, &count, NULL) != 0)
        return err_set(e, ERR_MEMORY, "orient");
    if (count < INK_LEAST)
        return 0;
    if (pixGetWidth(ink) < SIDE_LEAST || pixGetHeight(ink) < SIDE_LEAST) {
        *out = (struct orient_seen){.turns = ORIENT_0, .level = 1, .reason = "narrow"};
        return 0;
    }
    out->reason = "unclear";
    if (lines_of(ink, &out->level, e) < 0)
        return -1;
    if (out->level >= ORIENT_LEVEL && up_of(ink, ORIENT_0 | ORIENT_180, out, e) < 0)
        return -1;
    if (out->level <= ORIENT_ERECT && up_of(ink, ORIENT_90 | ORIENT_270, out, e) < 0)
        return -1;
    if (out->turns == ORIENT_0)
        out->reason = "upright";
    else if (out->turns == ORIENT_180)
        out->reason = "head-down";
    else if (!(out->turns & ORIENT_0))
        out->reason = "on-side";
    return 0;
}

/* ---- proof ----------------------------------------------------------------------- */

/* The strip with most ink. owned, or NULL. */
static struct Pix *densest(struct Pix *pix, int threshold)
{
    AUTO(pix_auto) struct Pix *ink = pixThresholdToBinary(pix, threshold);
    struct Numa *rows = ink ? pixCountPixelsByRow(ink, NULL) : NULL;
    int w = pixGetWidth(pix), h = pixGetHeight(pix), margin = (int)(h * STRIP_IN);
    int high = (int)(h * STRIP_SHARE) > STRIP_PX ? (int)(h * STRIP_SHARE) : STRIP_PX;
    double sum = 0, most = -1;
    int at = 0;
    struct Box *box = NULL;
    struct Pix *strip = NULL;

    if (!rows)
        return NULL;
    high = high < h ? high : h;
    for (int y = margin; y < h - margin; y++) {
        l_int32 in = 0, out = 0;

        (void)numaGetIValue(rows, y, &in);
        if (y - high >= margin)
            (void)numaGetIValue(rows, y - high, &out);
        sum += in - out;
        if (sum > most) {
            most = sum;
            at = y - high + 1;
        }
    }
    numaDestroy(&rows);
    at = at > h - high ? h - high : at;
    box = boxCreate(0, at > 0 ? at : 0, w, high);
    strip = pixClipRectangle(pix, box, NULL);
    boxDestroy(&box);
    return strip;
}

/* Letters of words that are read well; single ones are easily read in anything. */
static int read_well(const struct result *r)
{
    size_t sum = 0;

    for (size_t i = 0; i < r->word_count; i++)
        if (r->words[i].confidence >= ORIENT_GOOD && r->words[i].len > 1)
            sum += r->words[i].len;
    return (int)sum;
}

static int read_strip(struct tess *t, struct Pix *pix, int dpi, int threshold,
                      int quarters, int *letters, struct err *e)
{
    AUTO(pix_auto) struct Pix *turned = NULL;
    AUTO(pix_auto) struct Pix *strip = NULL;
    AUTO_RESULT struct result r = {0};
    struct tess_area all = {.mode = TESS_BLOCK}; /* layout would turn lines itself */

    if (orient_turn(pix, quarters, &turned, e) < 0)
        return -1;
    strip = densest(turned, threshold);
    if (!strip)
        return err_set(e, ERR_MEMORY, "orient");
    all.w = pixGetWidth(strip);
    all.h = pixGetHeight(strip);
    if (tess_read(t, strip, dpi, TESS_OTSU, &all, 1, NULL, &r, e) < 0)
        return -1;
    *letters = read_well(&r);
    return 0;
}

int orient_prove(struct tess *t, struct Pix *pix, int dpi, int threshold,
                 unsigned turns, int *quarters, int letters[4], struct err *e)
{
    int best = 0;
    bool clear = true;

    for (int q = 0; q < 4; q++) {
        letters[q] = 0;
        if (turns & (1U << q) &&
            read_strip(t, pix, dpi, threshold, q, &letters[q], e) < 0)
            return -1;
        if (letters[q] > letters[best])
            best = q;
    }
    clear = letters[best] >= ORIENT_READ;
    for (int q = 0; q < 4; q++)
        clear = clear && (q == best || letters[best] >= ORIENT_BEST * letters[q]);
    *quarters = clear ? best : 0;
    return 0;
}
