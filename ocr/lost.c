/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lost.h"

#include <assert.h>
#include <stdlib.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/result.h"
#include "ocr/tess.h"

/* Pixels at about 170 dpi. */
#define INK_PERCENT   66 /* of the ground */
#define WORD_MARGIN_X 7  /* around a word: its commas, a letter cut off its box */
#define WORD_MARGIN_Y 4  /* its marks */
#define JOIN_X        15 /* letters and words of a line become one */
#define JOIN_Y        5  /* letters and their marks */
#define EDGE          20 /* what touches the edge of the sheet is none of its text */
#define HIGH_LEAST    50 /* percent of the usual height of a word */
#define HIGH_MOST     230
#define WIDE_LEAST    80 /* percent of its height */
#define INK_LEAST     8  /* percent of its box */
#define INK_MOST      60
#define SIGN_WIDE     100 /* percent of the usual height: no sign is wider on the mean */
#define WORDS_MIN     5   /* with fewer there is no usual height */
#define PAD           6

#define SAME_LINE 60 /* percent of the lower one's height that two boxes share */
#define REACH     6  /* usual heights between the words of a line */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void boxa_auto(struct Boxa **b)
{
    boxaDestroy(b);
}

static void box_auto(struct Box **b)
{
    boxDestroy(b);
}

static int by_size(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* The median of the heights of words; 0: too few. */
static int32_t usual_height(const struct result *r)
{
    AUTO_MEM int32_t *heights = mem_new(r->word_count, sizeof *heights);

    if (r->word_count < WORDS_MIN)
        return 0;
    for (size_t i = 0; i < r->word_count; i++)
        heights[i] = r->words[i].h;
    qsort(heights, r->word_count, sizeof *heights, by_size);
    return heights[r->word_count / 2];
}

/* See the header. */
static bool hopeless(const struct result *r, const struct result_word *w, int32_t usual)
{
    const char *p = r->text + w->start;
    int64_t signs = 0;

    if (w->confidence >= LOST_HOPELESS)
        return false;
    for (size_t left = w->len; left > 0; signs++)
        (void)utf8_next(&p, &left);
    return w->w * INT64_C(100) > signs * usual * SIGN_WIDE;
}

/* ---- ink without words --------------------------------------------------------------
 */

/* Where words were read becomes paper. */
static void erase_words(struct Pix *ink, const struct result *r, int32_t usual)
{
    for (size_t i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];

        if (hopeless(r, w, usual))
            continue;
        (void)pixRasterop(ink, w->x - WORD_MARGIN_X, w->y - WORD_MARGIN_Y,
                          w->w + 2 * WORD_MARGIN_X, w->h + 2 * WORD_MARGIN_Y, PIX_CLR,
                          NULL, 0, 0);
    }
}

/* Is this box of joined ink as large and as dense as a line of text? */
static bool like_text(struct Pix *ink, const struct tess_area *a, int32_t usual)
{
    AUTO(box_auto) struct Box *box = boxCreate(a->x, a->y, a->w, a->h);
    AUTO(pix_auto) struct Pix *part = NULL;
    l_int32 count = 0;

    if (a->h * 100 < usual * HIGH_LEAST || a->h * 100 > usual * HIGH_MOST ||
        a->w * 100 < a->h * WIDE_LEAST || a->x < EDGE || a->y < EDGE ||
        a->x + a->w > pixGetWidth(ink) - EDGE || a->y + a->h > pixGetHeight(ink) - EDGE)
        return false;
    part = box ? pixClipRectangle(ink, box, NULL) : NULL;
    if (!part || pixCountPixels(part, &count, NULL) != 0)
        return false;
    return (int64_t)count * 100 >= (int64_t)a->w * a->h * INK_LEAST &&
           (int64_t)count * 100 <= (int64_t)a->w * a->h * INK_MOST;
}

static struct tess_area area_of(struct Boxa *boxes, int i)
{
    l_int32 x = 0, y = 0, w = 0, h = 0;

    (void)boxaGetBoxGeometry(boxes, i, &x, &y, &w, &h);
    return (struct tess_area){.x = x, .y = y, .w = w, .h = h, .mode = TESS_LINE};
}

int lost_find(struct Pix *pix, int ground, const struct result *r,
              struct tess_area **areas, size_t *count, struct err *e)
{
    int32_t usual = usual_height(r);
    AUTO(pix_auto) struct Pix *ink = NULL;
    AUTO(pix_auto) struct Pix *joined = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    AUTO_MEM struct tess_area *found = mem_new(LOST_AREAS_MAX, sizeof *found);
    size_t n = 0;

    *areas = NULL;
    *count = 0;
    if (usual == 0)
        return 0;
    ink = pixThresholdToBinary(pix, ground * INK_PERCENT / 100);
    if (ink)
        erase_words(ink, r, usual);
    joined = ink ? pixCloseBrick(NULL, ink, JOIN_X, JOIN_Y) : NULL;
    boxes = joined ? pixConnCompBB(joined, 8) : NULL;
    if (!boxes)
        return err_set(e, ERR_MEMORY, "lost lines");
    for (int i = 0; i < boxaGetCount(boxes); i++) {
        struct tess_area a = area_of(boxes, i);

        if (!like_text(ink, &a, usual))
            continue;
        if (n == LOST_AREAS_MAX)
            return 0;
        found[n++] = (struct tess_area){.x = a.x - PAD,
                                        .y = a.y - PAD,
                                        .w = a.w + 2 * PAD,
                                        .h = a.h + 2 * PAD,
                                        .mode = TESS_LINE};
    }
    *areas = n > 0 ? TAKE(found) : NULL;
    *count = n;
    return 0;
}

/* ---- their place --------------------------------------------------------------------
 */

struct line {
    size_t first, end; /* words */
    int32_t left, top, right, bottom;
};

static struct line line_at(const struct result *r, size_t first)
{
    const struct result_word *w = &r->words[first];
    struct line l = {first, first, w->x, w->y, w->x + w->w, w->y + w->h};

    for (; l.end < r->word_count && r->words[l.end].line == w->line; l.end++) {
        const struct result_word *v = &r->words[l.end];

        l.left = v->x < l.left ? v->x : l.left;
        l.top = v->y < l.top ? v->y : l.top;
        l.right = v->x + v->w > l.right ? v->x + v->w : l.right;
        l.bottom = v->y + v->h > l.bottom ? v->y + v->h : l.bottom;
    }
    return l;
}

static bool continues(const struct line *l, const struct line *of, int32_t usual)
{
    int32_t top = l->top > of->top ? l->top : of->top;
    int32_t bottom = l->bottom < of->bottom ? l->bottom : of->bottom;
    int32_t high = l->bottom - l->top < of->bottom - of->top ? l->bottom - l->top
                                                             : of->bottom - of->top;
    int32_t gap = l->left > of->right   ? l->left - of->right
                  : of->left > l->right ? of->left - l->right
                                        : 0;

    return (bottom - top) * 100 >= high * SAME_LINE && gap <= usual * REACH;
}

struct place {
    size_t at, like; /* as result_insert() takes them */
    bool own;
};

static struct place in_line(const struct result *r, const struct line *of,
                            const struct line *l)
{
    size_t at = of->first;

    while (at < of->end && r->words[at].x < l->left)
        at++;
    return (struct place){at, at > of->first ? at - 1 : at, false};
}

static struct place place_of(const struct result *r, const struct line *l,
                             int32_t usual)
{
    int32_t middle = (l->top + l->bottom) / 2, above = -1, below = INT32_MAX;
    size_t last = r->word_count, after = 0, before = last;

    for (size_t i = 0; i < last;) {
        struct line of = line_at(r, i);

        i = of.end;
        if (continues(l, &of, usual))
            return in_line(r, &of, l);
        if (of.right < l->left || of.left > l->right)
            continue;
        if (of.bottom <= middle && of.bottom > above) {
            above = of.bottom;
            after = of.end;
        }
        if (of.top >= middle && of.top < below) {
            below = of.top;
            before = of.first;
        }
    }
    if (after > 0)
        return (struct place){after, after - 1, true};
    return (struct place){before, before < last ? before : before - 1, true};
}

/* ---- what is taken ------------------------------------------------------------------
 */

static size_t letters(const struct result *r, const struct result_word *w)
{
    const char *p = r->text + w->start;
    size_t count = 0;

    for (size_t left = w->len; left > 0;)
        count += utf8_is_letter_or_digit(utf8_next(&p, &left));
    return count;
}

static bool sure(const struct result *found, const struct line *l)
{
    int64_t sum = 0;
    size_t count = 0;

    for (size_t i = l->first; i < l->end; i++) {
        const struct result_word *w = &found->words[i];

        if (w->confidence < LOST_SURE_WORD)
            return false;
        sum += w->confidence;
        count += letters(found, w);
    }
    return count >= LOST_LETTERS && sum >= LOST_SURE * (int64_t)(l->end - l->first);
}

/* Hopeless words of which at least half the width stands in the line. */
static void drop_under(const struct result *r, const struct line *l, int32_t usual,
                       bool *drop)
{
    for (size_t i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];
        int32_t middle = w->y + w->h / 2;
        int32_t left = w->x > l->left ? w->x : l->left;
        int32_t right = w->x + w->w < l->right ? w->x + w->w : l->right;

        if (middle > l->top && middle < l->bottom && (right - left) * 2 >= w->w &&
            hopeless(r, w, usual))
            drop[i] = true;
    }
}

/* Not the whole page: a place is found beside other words. */
static int clear_places(const struct result *found, struct result *r, struct alts *alts,
                        int32_t usual, struct err *e)
{
    AUTO_MEM bool *drop = mem_new(r->word_count, sizeof *drop);
    size_t dropped = 0;

    for (size_t i = 0; i < found->word_count;) {
        struct line l = line_at(found, i);

        i = l.end;
        if (sure(found, &l))
            drop_under(r, &l, usual, drop);
    }
    for (size_t i = 0; i < r->word_count; i++)
        dropped += drop[i];
    if (dropped == 0 || dropped == r->word_count)
        return 0;
    if (alts)
        alts_remove(alts, drop);
    return result_remove(r, drop, e);
}

int lost_take(const struct result *found, struct result *r, struct alts *alts,
              size_t *taken, struct err *e)
{
    int32_t usual = usual_height(r);

    assert(r->word_count > 0); /* else nothing was lost */
    *taken = 0;
    if (clear_places(found, r, alts, usual, e) < 0)
        return -1;
    for (size_t i = 0; i < found->word_count;) {
        struct line l = line_at(found, i);
        struct place at = {0};

        i = l.end;
        if (!sure(found, &l))
            continue;
        if (r->word_count + (l.end - l.first) > RESULT_WORDS_MAX)
            return 0;
        at = place_of(r, &l, usual);
        if (result_insert(r, at.at, at.like, at.own, found, l.first, l.end - l.first,
                          e) < 0)
            return -1;
        if (alts)
            alts_insert(alts, at.at, l.end - l.first);
        *taken += l.end - l.first;
    }
    return 0;
}
