/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/spread.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/map.h"
#include "ocr/prep.h"

#define MM_OF_INCH   25.4
#define SIDE_LEAST   200  /* pixels of the halved picture */
#define LETTER_MM    2.5  /* dark things narrower than that are ink */
#define INK          24   /* grey levels below what is around */
#define MIDDLE       0.12 /* of the width the gutter may lie beside the middle */
#define EDGE         0.05 /* of the height above and below is not looked at */
#define LEAN_MOST    0.052
#define LEAN_STEP    0.004
#define FOLD_MM      2.0  /* half of what the fold may darken */
#define FREE_MM      4.0  /* on either side of it nothing may stand */
#define DUST         0.02 /* ink in them: that of one rule is more; pixels a row */
#define ROW_INK      0.01 /* of all rows: a column with more ink ends the gap */
#define GAP_MOST_MM  40.0
#define GAP_WORTH    0.3  /* grey levels that a wider gap is worth, a millimetre */
#define WIDE_GAP_MM  18.0 /* the margins of two pages */
#define COLUMN_SHARE 0.5  /* of its width another gap has at most */
#define BESIDE_MM    22.0 /* there the paper is as light as anywhere */
#define BESIDE_W_MM  6.0
#define PARTS        12 /* of the height */
#define PARTS_DARK   9  /* of them in the shadow of the fold */
#define DIP          0.06
#define BAND_MM      5.0 /* rows of text: so high, and so many in each half */
#define BANDS_LEAST  5
#define BAND_INK_MM  6.0  /* ink in a band, pixels times their width */
#define STRIP_MM     25.0 /* lines that lean stay lines within so much */
#define LEVEL        1.3  /* unrest from row to row against that between columns */

struct look {
    struct Pix *grey; /* owned: of half the size */
    struct Pix *ink;  /* owned: black top-hat of it */
    int32_t *dark;    /* owned: where ink is, row by row: x of each */
    size_t *rows;     /* owned: where each row begins in it, and its end */
    int w, h;
    double per_mm;
};

static void look_clear(struct look *l)
{
    pixDestroy(&l->grey);
    pixDestroy(&l->ink);
    mem_free(l->dark);
    mem_free(l->rows);
}

static unsigned at(struct Pix *p, int x, int y)
{
    const l_uint32 *line = pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);

    return GET_DATA_BYTE(line, x);
}

/* Looked for once: columns are counted for many leans. */
static void find_dark(struct look *l)
{
    size_t n = 0;

    l->rows = mem_new((size_t)l->h + 1, sizeof *l->rows);
    for (int y = 0; y < l->h; y++)
        for (int x = 0; x < l->w; x++)
            n += at(l->ink, x, y) >= INK;
    l->dark = mem_new(n + 1, sizeof *l->dark);
    n = 0;
    for (int y = 0; y < l->h; y++) {
        l->rows[y] = n;
        for (int x = 0; x < l->w; x++)
            if (at(l->ink, x, y) >= INK)
                l->dark[n++] = x;
    }
    l->rows[l->h] = n;
}

static int look_at(struct Pix *pix, int dpi, struct look *l, struct err *e)
{
    struct Pix *closed = NULL;
    int size = 0;

    l->grey = pixScaleAreaMap2(pix);
    l->per_mm = dpi / MM_OF_INCH / 2;
    size = (int)(LETTER_MM * l->per_mm) | 1;
    closed = l->grey ? pixCloseGray(l->grey, size, size) : NULL;
    l->ink = closed ? pixSubtractGray(NULL, closed, l->grey) : NULL;
    pixDestroy(&closed);
    if (!l->ink)
        return err_set(e, ERR_MEMORY, "spread");
    l->w = pixGetWidth(l->grey);
    l->h = pixGetHeight(l->grey);
    find_dark(l);
    return 0;
}

/* ---- the gap ------------------------------------------------------------------- */

/* Ink of each column that leans by @lean; a column is known by where it crosses the
 * middle row. */
static void columns(const struct look *l, double lean, int *ink)
{
    int top = (int)(l->h * EDGE), bottom = l->h - top;

    memset(ink, 0, (size_t)l->w * sizeof *ink);
    for (int y = top; y < bottom; y++) {
        int off = (int)lround(lean * (y - l->h / 2.0));

        for (size_t i = l->rows[y]; i < l->rows[y + 1]; i++) {
            int x = l->dark[i] - off;

            if (x >= 0 && x < l->w)
                ink[x]++;
        }
    }
}

static int sum_of(const int *ink, int from, int to)
{
    int sum = 0;

    for (int x = from; x < to; x++)
        sum += ink[x];
    return sum;
}

/* Free columns on both sides of the fold at @x. */
static double gap_of(const struct look *l, const int *ink, int x)
{
    int fold = (int)(FOLD_MM * l->per_mm), most = (int)(GAP_MOST_MM / 2 * l->per_mm);
    int left = fold, right = fold;

    while (left < most && ink[x - left] <= ROW_INK * l->h)
        left++;
    while (right < most && ink[x + right] <= ROW_INK * l->h)
        right++;
    return (left < right ? left : right) * 2 / l->per_mm;
}

/* How light it is along a line. */
static double lightness(const struct look *l, double lean, int x, int reach)
{
    double sum = 0;
    int n = 0;

    for (int y = (int)(l->h * EDGE); y < l->h * (1 - EDGE); y += 4)
        for (int k = -reach; k <= reach; k += 2, n++)
            sum += at(l->grey, x + (int)lround(lean * (y - l->h / 2.0)) + k, y);
    return n > 0 ? sum / n : 255;
}

/* The free line that lies darkest or, without a shadow, in the middle of the widest
 * gap. */
static bool find_gap(const struct look *l, struct spread *out)
{
    AUTO_MEM int *ink = mem_new((size_t)l->w, sizeof *ink);
    int fold = (int)(FOLD_MM * l->per_mm), beside = (int)(FREE_MM * l->per_mm);
    int from = (int)(l->w * (0.5 - MIDDLE)), to = (int)(l->w * (0.5 + MIDDLE));
    double best = 256;

    for (double lean = -LEAN_MOST; lean <= LEAN_MOST; lean += LEAN_STEP) {
        columns(l, lean, ink);
        for (int x = from; x < to; x++) {
            double gap = 0, light = 0;

            if (sum_of(ink, x - fold - beside, x - fold) > DUST * l->h ||
                sum_of(ink, x + fold + 1, x + fold + beside + 1) > DUST * l->h)
                continue;
            gap = gap_of(l, ink, x);
            light = lightness(l, lean, x, 2) - GAP_WORTH * gap;
            if (light >= best)
                continue;
            best = light;
            out->x = x;
            out->lean = lean;
            out->gap_mm = gap;
        }
    }
    return best < 256;
}

/* ---- is it a gutter ------------------------------------------------------------ */

/* The light paper of a box: three of four of its pixels are not lighter. */
static int paper(const struct look *l, int x0, int x1, int y0, int y1)
{
    uint32_t hist[256] = {0}, all = 0;

    for (int y = y0; y < y1; y += 2)
        for (int x = x0 < 0 ? 0 : x0; x < x1 && x < l->w; x++, all++)
            hist[at(l->grey, x, y)]++;
    return prep_level(hist, all * 3 / 4);
}

/* How much darker the paper is at the fold, in most parts of the height. */
static double shadow(const struct look *l, const struct spread *s)
{
    double dips[PARTS];
    int half = (int)(BESIDE_W_MM / 2 * l->per_mm), far = (int)(BESIDE_MM * l->per_mm);

    for (int i = 0; i < PARTS; i++) {
        int y0 = i * l->h / PARTS, y1 = (i + 1) * l->h / PARTS;
        int x = (int)(s->x + s->lean * ((y0 + y1) / 2.0 - l->h / 2.0));
        int here = paper(l, x - half / 2, x + half / 2 + 1, y0, y1);
        int left = paper(l, x - far - half, x - far + half, y0, y1);
        int right = paper(l, x + far - half, x + far + half, y0, y1);

        dips[i] = 1 - 2.0 * here / (left + right > 0 ? left + right : 1);
    }
    for (int i = 1; i < PARTS; i++)
        for (int k = i; k > 0 && dips[k] > dips[k - 1]; k--) {
            double d = dips[k];

            dips[k] = dips[k - 1];
            dips[k - 1] = d;
        }
    return dips[PARTS_DARK - 1];
}

/* Bands of the height in which that half has text. */
static int bands(const struct look *l, int from, int to)
{
    int high = (int)(BAND_MM * l->per_mm), n = 0;
    double least = BAND_INK_MM * l->per_mm;

    for (int y0 = 0; y0 + high <= l->h; y0 += high) {
        int ink = 0;

        for (int y = y0; y < y0 + high; y++)
            for (int x = from; x < to; x++)
                ink += at(l->ink, x, y) >= INK;
        n += ink >= least;
    }
    return n;
}

/* Sum of squared steps of ink along @n rows (or columns, @turned) of strips between
 * @from and @to: high across lines of text, low along them. */
static double unrest(const struct look *l, int from, int to, bool turned)
{
    int strip = (int)(STRIP_MM * l->per_mm);
    int a0 = turned ? 0 : from, a1 = turned ? l->h : to;
    int b0 = turned ? from : 0, b1 = turned ? to : l->h;
    double sum = 0;

    for (int a = a0; a + strip <= a1; a += strip) {
        double before = 0;

        for (int b = b0; b < b1; b++) {
            double ink = 0;

            for (int k = a; k < a + strip; k++)
                ink += (turned ? at(l->ink, b, k) : at(l->ink, k, b)) >= INK;
            if (b > b0)
                sum += (ink - before) * (ink - before);
            before = ink;
        }
    }
    return sum;
}

/* Do lines of text run level in that half? Else it is a page that lies on its side. */
static bool level(const struct look *l, int from, int to)
{
    return unrest(l, from, to, false) >= LEVEL * unrest(l, from, to, true);
}

static bool rule_in_gap(const struct look *l, const struct spread *s)
{
    int fold = (int)(FOLD_MM * l->per_mm), rows = 0;

    for (int y = 0; y < l->h; y++) {
        int x = (int)(s->x + s->lean * (y - l->h / 2.0));
        bool dark = false;

        for (int k = -fold; k <= fold; k++)
            dark = dark || at(l->ink, x + k, y) >= INK;
        rows += dark;
    }
    return rows > l->h * 3 / 10;
}

/* The widest free run of columns between the first and the last with ink. */
static int widest_run(const struct look *l, const int *ink, int from, int to)
{
    int run = 0, widest = 0;

    while (from < to && ink[from] <= ROW_INK * l->h)
        from++;
    while (to > from && ink[to - 1] <= ROW_INK * l->h)
        to--;
    for (int x = from; x < to; x++) {
        run = ink[x] <= ROW_INK * l->h ? run + 1 : 0;
        widest = run > widest ? run : widest;
    }
    return widest;
}

/* Has either half gaps that are nearly as wide? Then the gap is one between columns. */
static bool columns_beside(const struct look *l, const struct spread *s)
{
    AUTO_MEM int *ink = mem_new((size_t)l->w, sizeof *ink);
    double least = s->gap_mm * COLUMN_SHARE * l->per_mm;

    columns(l, s->lean, ink);
    return widest_run(l, ink, 0, (int)s->x) > least ||
           widest_run(l, ink, (int)s->x, l->w) > least;
}

static const char *judge(const struct look *l, struct spread *s)
{
    int margin = (int)(FOLD_MM * l->per_mm);

    s->dip = shadow(l, s);
    if (s->dip < DIP &&
        (s->gap_mm < WIDE_GAP_MM || rule_in_gap(l, s) || columns_beside(l, s)))
        return "no-gutter";
    if (bands(l, 0, (int)s->x - margin) < BANDS_LEAST ||
        bands(l, (int)s->x + margin, l->w) < BANDS_LEAST)
        return "half-empty";
    if (s->dip < DIP &&
        (!level(l, 0, (int)s->x - margin) || !level(l, (int)s->x + margin, l->w)))
        return "not-level";
    s->found = true;
    return s->dip >= DIP ? "shadow" : "margins";
}

int spread_find(struct Pix *pix, int dpi, struct spread *out, struct err *e)
{
    AUTO(look_clear) struct look l = {0};

    *out = (struct spread){.reason = "not-wide"};
    if (pixGetWidth(pix) < SPREAD_WIDE * pixGetHeight(pix))
        return 0;
    out->reason = "too-small";
    if (pixGetHeight(pix) < 2 * SIDE_LEAST)
        return 0;
    if (look_at(pix, dpi, &l, e) < 0)
        return -1;
    out->reason = "no-gap";
    if (l.w / 4.0 < (GAP_MOST_MM + BESIDE_MM) * l.per_mm) {
        out->reason = "too-small";
        return 0;
    }
    if (find_gap(&l, out))
        out->reason = judge(&l, out);
    out->x *= 2;
    return 0;
}

/* ---- cutting ------------------------------------------------------------------- */

int spread_cut(struct Pix *pix, int dpi, const struct spread *s, int half,
               struct Pix **out, struct map *map, struct err *e)
{
    int w = pixGetWidth(pix), h = pixGetHeight(pix);
    int slack = (int)ceil(fabs(s->lean) * h / 2),
        fold = (int)(FOLD_MM * dpi / MM_OF_INCH);
    int from = half ? (int)s->x - slack : 0, to = half ? w : (int)s->x + slack;
    struct prep_ground ground;
    struct Box *box = NULL;
    struct Pix *made = NULL;

    from = from < 0 ? 0 : from;
    to = to > w ? w : to;
    box = boxCreate(from, 0, to - from, h);
    made = box ? pixClipRectangle(pix, box, NULL) : NULL;
    boxDestroy(&box);
    if (!made)
        return err_set(e, ERR_MEMORY, "spread");
    prep_ground(made, &ground);
    for (int y = 0; y < h; y++) {
        l_uint32 *line = pixGetData(made) + (size_t)y * (size_t)pixGetWpl(made);
        int x = (int)(s->x + s->lean * (y - h / 2.0)) - from;
        int x0 = half ? 0 : x - fold, x1 = half ? x + fold : to - from;

        for (int k = x0 < 0 ? 0 : x0; k < x1 && k < to - from; k++)
            SET_DATA_BYTE(line, k, (l_uint8)ground.level);
    }
    map_cut(map, from, 0);
    *out = made;
    return 0;
}
