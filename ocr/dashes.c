/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/dashes.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "ocr/prep.h"
#include "ocr/result.h"

/* Pixels at about 170 dpi. */
#define INK_PERCENT 75 /* of the ground */
#define GAP         20 /* between two marks, at most */
#define BAR         50 /* a shorter row is none */
#define HIGH        8  /* a mark, at most */
#define ROUND       4  /* rows above and below that must be free */
#define SPECK       2  /* a mark no longer than this is none */
#define EDGE        2  /* pixels of blurred edge that are painted over as well */
#define MARKS_MAX   200
#define SLIP        4 /* pixels: a mark may stand higher or lower by as much */
#define ALIKE_PART  3 /* lengths and pitches may differ by a third */

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void boxes_auto(struct Boxa **b)
{
    boxaDestroy(b);
}

static void box_auto(struct Box **b)
{
    boxDestroy(b);
}

/* ---- finding ------------------------------------------------------------------- */

/* A mark of a row. */
struct mark {
    int x, y, w, h;
};

static int from_left(const void *a, const void *b)
{
    return ((const struct mark *)a)->x - ((const struct mark *)b)->x;
}

static int by_value(const void *a, const void *b)
{
    return *(const int *)a - *(const int *)b;
}

static int median(int *values, size_t count)
{
    qsort(values, count, sizeof *values, by_value);
    return values[count / 2];
}

static bool alike(int a, int usual)
{
    return abs(a - usual) * ALIKE_PART <= usual + ALIKE_PART;
}

/* Is @m a dash, with nothing touching the rows above and below? */
static bool is_dash(const struct mark *m, int high)
{
    return m->y > 0 && m->y + m->h < high && m->h <= HIGH && m->w >= m->h + m->h / 2;
}

/* The marks of @part from the left, without specks. Return: how many. */
static size_t marks_of(struct Pix *part, struct mark *marks)
{
    AUTO(boxes_auto) struct Boxa *boxes = pixConnCompBB(part, 8);
    int n = boxes ? boxaGetCount(boxes) : 0;
    size_t count = 0;

    if (n > MARKS_MAX)
        return 0;
    for (int i = 0; i < n; i++) {
        struct mark m = {0};

        if (boxaGetBoxGeometry(boxes, i, &m.x, &m.y, &m.w, &m.h) == 0 &&
            (m.w > SPECK || m.h > SPECK))
            marks[count++] = m;
    }
    qsort(marks, count, sizeof *marks, from_left);
    return count;
}

/* The dashes that go on from the middle of @marks. Return: how many, from @first on. */
static size_t chain(const struct mark *marks, size_t count, int middle, int high,
                    size_t *first)
{
    size_t from = 0, to = 0;

    while (from + 1 < count && marks[from + 1].x <= middle)
        from++;
    if (count == 0 || !is_dash(&marks[from], high))
        return 0;
    to = from;
    while (from > 0 && is_dash(&marks[from - 1], high) &&
           marks[from].x - marks[from - 1].x - marks[from - 1].w <= GAP)
        from--;
    while (to + 1 < count && is_dash(&marks[to + 1], high) &&
           marks[to + 1].x - marks[to].x - marks[to].w <= GAP)
        to++;
    *first = from;
    return to - from + 1;
}

/* One length, one pitch, one line. */
static bool regular(const struct mark *m, size_t count)
{
    int width[MARKS_MAX] = {0}, pitch[MARKS_MAX] = {0}, usual_width = 0,
        usual_pitch = 0;

    for (size_t i = 0; i < count; i++) {
        width[i] = m[i].w;
        pitch[i] = i > 0 ? m[i].x - m[i - 1].x : 0;
    }
    usual_width = median(width, count);
    usual_pitch = median(pitch + 1, count - 1);
    for (size_t i = 0; i < count; i++) {
        int slip = i > 0 ? (2 * m[i].y + m[i].h) - (2 * m[i - 1].y + m[i - 1].h) : 0;

        if (!alike(m[i].w, usual_width) || abs(slip) > 2 * SLIP ||
            (i > 0 && !alike(m[i].x - m[i - 1].x, usual_pitch)))
            return false;
    }
    return true;
}

/* A bar in @ink. Its ends may be longer: where marks stand unevenly they drop out of
 * the bar. Something else in its own length, and it is none. */
static bool look_at(struct Pix *ink, int x, int y, int w, int h, struct dashes_row *out)
{
    AUTO(box_auto)
    struct Box *box = boxCreate(x - BAR, y - ROUND, w + 2 * BAR, h + 2 * ROUND);
    AUTO(box_auto) struct Box *clipped = NULL;
    AUTO(pix_auto)
    struct Pix *part = box ? pixClipRectangle(ink, box, &clipped) : NULL;
    struct mark all[MARKS_MAX] = {0}, *marks = all, *last = NULL;
    size_t first = 0, count = part ? marks_of(part, all) : 0;
    int top = INT32_MAX, bottom = 0;

    if (!part || !clipped)
        return false;
    x -= clipped->x;
    count = chain(all, count, x + w / 2, pixGetHeight(part), &first);
    if (count < DASHES_LEAST)
        return false;
    marks = all + first;
    last = marks + count - 1;
    if (marks[0].x > x + GAP || last->x + last->w < x + w - GAP ||
        !regular(marks, count))
        return false;
    for (size_t i = 0; i < count; i++) {
        top = marks[i].y < top ? marks[i].y : top;
        bottom = marks[i].y + marks[i].h > bottom ? marks[i].y + marks[i].h : bottom;
    }
    *out = (struct dashes_row){
        .x = clipped->x + marks[0].x,
        .y = clipped->y + top,
        .w = last->x + last->w - marks[0].x,
        .h = bottom - top,
        .count = (int)count,
    };
    return true;
}

/* Gaps closed, then what is long. NULL: no memory. */
static struct Pix *bars_of(struct Pix *ink)
{
    AUTO(pix_auto) struct Pix *closed = pixCloseBrickDwa(NULL, ink, GAP, 1);

    return closed ? pixOpenBrickDwa(NULL, closed, BAR, 1) : NULL;
}

int dashes_find(struct Pix *pix, int ground, struct dashes *out, struct err *e)
{
    AUTO(pix_auto)
    struct Pix *ink = pixThresholdToBinary(pix, ground * INK_PERCENT / 100);
    AUTO(pix_auto) struct Pix *bars = ink ? bars_of(ink) : NULL;
    AUTO(boxes_auto) struct Boxa *boxes = bars ? pixConnCompBB(bars, 8) : NULL;
    int n = boxes ? boxaGetCount(boxes) : 0;

    *out = (struct dashes){0};
    if (!boxes)
        return err_set(e, ERR_MEMORY, "dashes");
    for (int i = 0; i < n && out->count < DASHES_MAX; i++) {
        l_int32 x = 0, y = 0, w = 0, h = 0;

        if (boxaGetBoxGeometry(boxes, i, &x, &y, &w, &h) == 0 && h <= HIGH + SLIP &&
            look_at(ink, x, y, w, h, &out->rows[out->count]))
            out->count++;
    }
    return 0;
}

int dashes_erase(struct Pix *pix, const struct dashes *d, int ground, struct Pix **out,
                 struct err *e)
{
    AUTO(pix_auto) struct Pix *made = pixCopy(NULL, pix);

    if (!made)
        return err_set(e, ERR_MEMORY, "dashes");
    for (size_t i = 0; i < d->count; i++) {
        const struct dashes_row *r = &d->rows[i];

        if (prep_blot(made, r->x - EDGE, r->y - EDGE, r->w + 2 * EDGE, r->h + 2 * EDGE,
                      ground, e) < 0)
            return -1;
    }
    *out = TAKE(made);
    return 0;
}

/* ---- into the text -------------------------------------------------------------- */

/* The word before which the row stands: the line above it is over. */
static size_t place_of(const struct dashes_row *d, const struct result *r)
{
    size_t above = r->word_count, i = 0;
    int lowest = -1, middle = d->y + d->h / 2;

    for (i = 0; i < r->word_count; i++) {
        const struct result_word *w = &r->words[i];
        int bottom = w->y + w->h;

        if (w->y + w->h / 2 < middle && w->x < d->x + d->w && d->x < w->x + w->w &&
            bottom >= lowest) {
            lowest = bottom;
            above = i;
        }
    }
    if (above < r->word_count) {
        for (i = above; i < r->word_count && r->words[i].line == r->words[above].line;)
            i++;
        return i;
    }
    for (i = 0; i < r->word_count && r->words[i].y < middle;)
        i++;
    while (i > 0 && i < r->word_count && r->words[i].line == r->words[i - 1].line)
        i--;
    return i;
}

static int put(const struct dashes_row *d, struct result *r, struct err *e)
{
    AUTO_STR struct str hyphens = STR_INIT(STR_LINE_MAX);
    size_t at = place_of(d, r);
    struct result_word word = {
        .x = d->x, .y = d->y, .w = d->w, .h = d->h, .confidence = DASHES_CONFIDENCE};
    struct result row = {.words = &word, .word_count = 1};

    for (int i = 0; i < d->count; i++)
        str_add_char(&hyphens, '-');
    word.len = hyphens.len;
    row.text = hyphens.p; /* borrowed */
    return result_insert(r, at, at > 0 ? at - 1 : 0, true, &row, 0, 1, e);
}

int dashes_put(const struct dashes *d, struct result *r, struct err *e)
{
    for (size_t i = 0; i < d->count && r->word_count < RESULT_WORDS_MAX; i++)
        if (put(&d->rows[i], r, e) < 0)
            return -1;
    return 0;
}
