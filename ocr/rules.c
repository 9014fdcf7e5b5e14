/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/rules.h"

#include <math.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"

#define INK_PERCENT  75    /* of the ground: a thin rule is grey */
#define EDGE_PERCENT 90    /* of the ground: its blurred edge, which goes as well */
#define RUN_MAX      16    /* pixels across a rule that are looked at on either side */
#define SLACK        2     /* pixels that a rule may be thicker in one place */
#define LEAN         0.03  /* of its length that a rule may rise: 1.7 degrees */
#define LEAN_UPRIGHT 0.06  /* more: of a photographed sheet, uprights run together */
#define WAVE         0.004 /* of its length that it may swing */
#define SLIP         2     /* pixels of either that say nothing */
#define REACH        8 /* pixels between the end of a rule and another that it meets */
#define END          8 /* pixels at the end of a rule that tell where it lies */
#define CROSSING     5 /* pixels around a crossing of rules that go as well */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void boxes_auto(struct Boxa **b)
{
    boxaDestroy(b);
}

static void pieces_auto(struct Pixa **p)
{
    pixaDestroy(p);
}

void rules_clear(struct rules *r)
{
    mem_free(r->level);
    mem_free(r->upright);
    pixDestroy(&r->level_mask);
    pixDestroy(&r->upright_mask);
    *r = (struct rules){0};
}

/* ---- finding ------------------------------------------------------------------- */

/* Long runs of ink in one direction, with the gaps between them closed. NULL: no
 * memory. */
static struct Pix *long_runs(struct Pix *ink, bool upright)
{
    AUTO(pix_auto) struct Pix *runs = NULL;

    runs = upright ? pixOpenBrickDwa(NULL, ink, 1, RULES_RUN_UPRIGHT)
                   : pixOpenBrickDwa(NULL, ink, RULES_RUN, 1);
    if (!runs)
        return NULL;
    return upright ? pixCloseBrickDwa(NULL, runs, 1, RULES_GAP_UPRIGHT)
                   : pixCloseBrickDwa(NULL, runs, RULES_GAP, 1);
}

/* Mean row (or column) of the ink of @piece in the END columns (rows) from @at on. */
static double place(struct Pix *piece, bool upright, int at)
{
    int w = pixGetWidth(piece), h = pixGetHeight(piece);
    int from = at < 0 ? 0 : at, to = from + END;
    int64_t sum = 0, count = 0;

    to = to > (upright ? h : w) ? (upright ? h : w) : to;
    for (int along = from; along < to; along++)
        for (int across = 0; across < (upright ? w : h); across++) {
            l_uint32 bit = 0;

            (void)pixGetPixel(piece, upright ? across : along, upright ? along : across,
                              &bit);
            sum += bit ? across : 0;
            count += bit;
        }
    return count ? (double)sum / (double)count : (upright ? w : h) / 2.0;
}

/* A component of the mask as a rule. False: too thick, askew or bent. */
static bool measure(struct Pix *piece, struct Box *box, bool upright,
                    struct rules_line *out)
{
    l_int32 x = 0, y = 0, w = 0, h = 0, count = 0;
    double middle = 0;
    int length = 0;

    if (boxGetGeometry(box, &x, &y, &w, &h) != 0 ||
        pixCountPixels(piece, &count, NULL) != 0)
        return false;
    length = upright ? h : w;
    if (count > length * RULES_THICK)
        return false;
    *out = (struct rules_line){.x = x, .y = y, .w = w, .h = h};
    out->from = (upright ? x : y) + place(piece, upright, 0);
    out->to = (upright ? x : y) + place(piece, upright, length - END);
    middle = (upright ? x : y) + place(piece, upright, (length - END) / 2);
    return fabs(out->to - out->from) <=
               SLIP + length * (upright ? LEAN_UPRIGHT : LEAN) &&
           fabs(middle - (out->from + out->to) / 2) <= SLIP + length * WAVE;
}

/* The components of @mask that may be rules. */
static int list(struct Pix *mask, bool upright, struct rules_line **lines,
                size_t *count, struct err *e)
{
    AUTO(pieces_auto) struct Pixa *pieces = NULL;
    AUTO(boxes_auto) struct Boxa *boxes = pixConnComp(mask, &pieces, 8);
    l_int32 n = boxes ? boxaGetCount(boxes) : 0;

    if (!boxes)
        return err_set(e, ERR_MEMORY, "rules");
    if (n > RULES_RUNS_MAX)
        return 0;
    *lines = mem_new((size_t)n + 1, sizeof **lines);
    for (l_int32 i = 0; i < n; i++) {
        struct Box *box = boxaGetBox(boxes, i, L_CLONE);
        struct Pix *piece = pixaGetPix(pieces, i, L_CLONE);

        if (measure(piece, box, upright, &(*lines)[*count]))
            ++*count;
        boxDestroy(&box);
        pixDestroy(&piece);
    }
    return 0;
}

static bool is_long(const struct rules_line *l)
{
    return l->w >= RULES_LENGTH || l->h >= RULES_LENGTH;
}

/* Does one of the long @lines pass (@x, @y)? */
static bool passes(const struct rules_line *lines, size_t count, double x, double y)
{
    for (size_t i = 0; i < count; i++) {
        const struct rules_line *l = &lines[i];

        if (is_long(l) && x >= l->x - REACH && x <= l->x + l->w + REACH &&
            y >= l->y - REACH && y <= l->y + l->h + REACH)
            return true;
    }
    return false;
}

/* Those that are long, or go from one long rule to another. Return: how many. */
static size_t keep(struct rules_line *lines, const bool *good, size_t count)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++)
        if (good[i])
            lines[kept++] = lines[i];
    return kept;
}

static void drop_short(struct rules *r)
{
    AUTO_MEM bool *level = mem_new(r->level_count + 1, sizeof *level);
    AUTO_MEM bool *upright = mem_new(r->upright_count + 1, sizeof *upright);

    for (size_t i = 0; i < r->level_count; i++) {
        const struct rules_line *l = &r->level[i];

        level[i] =
            is_long(l) || (passes(r->upright, r->upright_count, l->x, l->from) &&
                           passes(r->upright, r->upright_count, l->x + l->w, l->to));
    }
    for (size_t i = 0; i < r->upright_count; i++) {
        const struct rules_line *l = &r->upright[i];

        upright[i] =
            is_long(l) || (passes(r->level, r->level_count, l->from, l->y) &&
                           passes(r->level, r->level_count, l->to, l->y + l->h));
    }
    r->level_count = keep(r->level, level, r->level_count);
    r->upright_count = keep(r->upright, upright, r->upright_count);
}

int rules_find(struct Pix *pix, int ground, struct rules *out, struct err *e)
{
    AUTO_RULES struct rules r = {0};
    AUTO(pix_auto)
    struct Pix *ink = pixThresholdToBinary(pix, ground * INK_PERCENT / 100);

    if (ink)
        r.level_mask = long_runs(ink, false);
    if (r.level_mask)
        r.upright_mask = long_runs(ink, true);
    if (!r.upright_mask)
        return err_set(e, ERR_MEMORY, "rules");
    if (list(r.level_mask, false, &r.level, &r.level_count, e) < 0 ||
        list(r.upright_mask, true, &r.upright, &r.upright_count, e) < 0)
        return -1;
    drop_short(&r);
    *out = r;
    r = (struct rules){0};
    return 0;
}

/* ---- erasing ------------------------------------------------------------------- */

/* A picture that is walked across the rules: along them for uprights as well. */
struct brush {
    l_uint32 **rows;
    int w, h;
    bool upright;
    l_uint8 ground;
    int edge; /* grey level */
};

static int grey(const struct brush *b, int along, int across)
{
    return b->upright ? GET_DATA_BYTE(b->rows[along], across)
                      : GET_DATA_BYTE(b->rows[across], along);
}

static void paint(const struct brush *b, int along, int across)
{
    if (b->upright)
        SET_DATA_BYTE(b->rows[along], across, b->ground);
    else
        SET_DATA_BYTE(b->rows[across], along, b->ground);
}

/* The ink across a rule, from @from up to and with @to. */
struct run {
    int from, to;
};

static struct run run_at(const struct brush *b, int along, int across)
{
    struct run run = {across, across};
    int end = b->upright ? b->w : b->h;

    while (run.from > 0 && across - run.from <= RUN_MAX &&
           grey(b, along, run.from - 1) < b->edge)
        run.from--;
    while (run.to + 1 < end && run.to - across <= RUN_MAX &&
           grey(b, along, run.to + 1) < b->edge)
        run.to++;
    return run;
}

/* The point of the rule at @along; -1: none. */
static int point(const struct brush *b, struct Pix *mask, const struct rules_line *l,
                 int along)
{
    int first = b->upright ? l->x : l->y, count = b->upright ? l->w : l->h;

    for (int across = first; across < first + count; across++) {
        l_uint32 bit = 0;

        (void)pixGetPixel(mask, b->upright ? across : along,
                          b->upright ? along : across, &bit);
        if (bit)
            return across;
    }
    return -1;
}

/* How much ink lies across the rule in most places. */
static int usual_run(const struct brush *b, struct Pix *mask,
                     const struct rules_line *l)
{
    int count[2 * RUN_MAX + 4] = {0}, all = 0, sum = 0, i = 0;
    int first = b->upright ? l->y : l->x, length = b->upright ? l->h : l->w;

    for (int along = first; along < first + length; along += 4) {
        int across = point(b, mask, l, along);

        if (across >= 0) {
            struct run run = run_at(b, along, across);

            count[run.to - run.from + 1]++;
            all++;
        }
    }
    while (i < 2 * RUN_MAX + 3 && (sum += count[i]) * 2 < all)
        i++;
    return i;
}

static void wipe(struct brush *b, struct Pix *mask, const struct rules_line *l,
                 bool upright)
{
    int first = upright ? l->y : l->x, length = upright ? l->h : l->w, most = 0;

    b->upright = upright;
    most = usual_run(b, mask, l) + SLACK;
    for (int along = first; along < first + length; along++) {
        int across = point(b, mask, l, along);
        struct run run = {0};

        if (across < 0)
            continue;
        run = run_at(b, along, across);
        if (run.to - run.from < most)
            for (int k = run.from; k <= run.to; k++)
                paint(b, along, k);
    }
}

/* Where rules cross, neither is thin. */
static void wipe_crossing(const struct brush *b, const struct rules_line *level,
                          const struct rules_line *upright)
{
    int x = 0, y = 0;

    if (level->x > upright->x + upright->w || upright->x > level->x + level->w ||
        level->y > upright->y + upright->h || upright->y > level->y + level->h)
        return;
    x = (int)lround((upright->from + upright->to) / 2);
    y = (int)lround(level->from +
                    (level->to - level->from) * (x - level->x) / level->w);
    x = (int)lround(upright->from +
                    (upright->to - upright->from) * (y - upright->y) / upright->h);
    for (int k = y - CROSSING; k <= y + CROSSING; k++)
        for (int i = x - CROSSING; i <= x + CROSSING; i++)
            if (k >= 0 && k < b->h && i >= 0 && i < b->w)
                paint(b, i, k);
}

int rules_erase(struct Pix *pix, const struct rules *r, int ground, struct Pix **out,
                struct err *e)
{
    AUTO(pix_auto) struct Pix *made = pixCopy(NULL, pix);
    struct brush b = {.w = pixGetWidth(pix),
                      .h = pixGetHeight(pix),
                      .ground = (l_uint8)num_clamp(ground, 0, 255),
                      .edge = ground * EDGE_PERCENT / 100};

    if (!made)
        return err_set(e, ERR_MEMORY, "rules");
    b.rows = mem_new((size_t)b.h, sizeof *b.rows);
    for (int y = 0; y < b.h; y++)
        b.rows[y] = pixGetData(made) + (size_t)y * (size_t)pixGetWpl(made);
    for (size_t i = 0; i < r->level_count; i++)
        wipe(&b, r->level_mask, &r->level[i], false);
    for (size_t i = 0; i < r->upright_count; i++)
        wipe(&b, r->upright_mask, &r->upright[i], true);
    b.upright = false;
    for (size_t i = 0; i < r->level_count; i++)
        for (size_t k = 0; k < r->upright_count; k++)
            wipe_crossing(&b, &r->level[i], &r->upright[k]);
    mem_free(b.rows);
    *out = TAKE(made);
    return 0;
}
