/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/cells.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

#define NEAR_LEN_MAX  64
#define GAP_REAL      0.8  /* of the line's height: columns are apart */
#define BORDER_BEFORE 0.12 /* of the page's width: where the gap is looked for */
#define BORDER_BEHIND 0.07
#define SAME_ROW      0.5 /* overlap of the lower height */
#define PI            3.14159265358979323846

struct cells_count cells_count(const char *text, size_t len)
{
    struct cells_count n = {0};
    AUTO_STR struct str low = STR_INIT(STR_LINE_MAX);
    const char *l;
    size_t low_len;

    utf8_lower(text, len, &low);
    l = str_text(&low);
    low_len = low.len;
    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);
        unsigned lower = low_len > 0 ? utf8_next(&l, &low_len) : cp;

        if (cp >= '0' && cp <= '9') {
            n.digits++;
        } else if (utf8_is_letter_or_digit(cp)) {
            if (n.letters == 0)
                n.first_capital = cp != lower;
            n.letters++;
            n.capitals += cp != lower;
        } else {
            n.others++;
        }
    }
    return n;
}

bool cells_near(const char *a, const char *b, size_t max)
{
    size_t row[NEAR_LEN_MAX + 1];
    size_t la = strlen(a);
    size_t lb = strlen(b);

    if (la > NEAR_LEN_MAX || lb > NEAR_LEN_MAX || la > lb + max || lb > la + max)
        return false;
    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[lb] <= max;
}

/* ---- reading ------------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static void line_measure(const struct cells *c, struct cells_line *l)
{
    int32_t mids[CELLS_LINE_WORDS_MAX];
    int32_t right = 0;
    int32_t bottom = 0;

    for (size_t i = 0; i < l->count; i++) {
        const struct cells_word *w = &c->words[l->word[i]];

        l->x = i == 0 || w->x < l->x ? w->x : l->x;
        l->y = i == 0 || w->y < l->y ? w->y : l->y;
        right = i == 0 || w->x + w->w > right ? w->x + w->w : right;
        bottom = i == 0 || w->y + w->h > bottom ? w->y + w->h : bottom;
        mids[i] = w->y + w->h / 2;
    }
    if (l->count == 0)
        return;
    l->w = right - l->x;
    l->h = bottom - l->y;
    qsort(mids, l->count, sizeof mids[0], by_number);
    l->mid = mids[l->count / 2];
}

static int by_mid(const void *a, const void *b)
{
    const struct cells_line *x = a;
    const struct cells_line *y = b;

    if (x->mid != y->mid)
        return x->mid < y->mid ? -1 : 1;
    return (x->x > y->x) - (x->x < y->x);
}

/* A word of the result, upright. False: nothing to read in it. */
static bool word_read(struct cells *c, size_t index, struct cells_word *out)
{
    const struct result_word *w = &c->r->words[index];
    const char *text = c->r->text + w->start;
    double slope = tan(c->r->skew_deg * PI / 180.0);
    double mid_x = w->x + w->w / 2.0;
    double mid_y = w->y + w->h / 2.0;

    *out = (struct cells_word){.index = index, .w = w->w, .h = w->h};
    out->x = w->x - (int32_t)lround(mid_y * slope);
    out->y = w->y + (int32_t)lround(mid_x * slope);
    out->conf = w->confidence;
    out->n = cells_count(text, w->len);
    if (out->n.letters + out->n.digits == 0 && !(w->len == 1 && strchr("-/&", text[0])))
        return false;
    out->fold = c->folds.len;
    utf8_fold(text, w->len, &c->folds);
    str_add_char(&c->folds, '\0');
    return !c->folds.over;
}

void cells_read(const struct result *r, double share, struct cells *out)
{
    struct cells_line *l = NULL;
    int line = -1;

    *out = (struct cells){.r = r, .folds = STR_INIT(STR_LINE_MAX)};
    doubt_find(r, &out->doubts);
    out->words = mem_new(CELLS_WORDS_MAX, sizeof *out->words);
    out->lines = mem_new(CELLS_LINES_MAX, sizeof *out->lines);
    out->parts = mem_new(CELLS_LINES_MAX, sizeof *out->parts);
    for (size_t i = 0; i < r->word_count && out->word_count < CELLS_WORDS_MAX; i++) {
        struct cells_word w;

        if (r->words[i].y > share * r->height_px || !word_read(out, i, &w))
            continue;
        if (!l || r->words[i].line != line || l->count == CELLS_LINE_WORDS_MAX) {
            if (out->line_count == CELLS_LINES_MAX)
                break;
            l = &out->lines[out->line_count++];
            line = r->words[i].line;
        }
        out->words[out->word_count] = w;
        l->word[l->count++] = out->word_count++;
    }
    for (size_t i = 0; i < out->line_count; i++)
        line_measure(out, &out->lines[i]);
    if (out->line_count > 1)
        qsort(out->lines, out->line_count, sizeof *out->lines, by_mid);
}

void cells_clear(struct cells *c)
{
    mem_free(c->words);
    mem_free(c->lines);
    mem_free(c->parts);
    str_clear(&c->folds);
    doubt_clear(&c->doubts);
    *c = (struct cells){0};
}

/* ---- cutting ------------------------------------------------------------------ */

/* Where to cut @l: the widest gap near the border; *@touching when there is none and
 * only the words' places decide. Return: words on the left. */
static size_t cut_of(const struct cells *c, const struct cells_line *l, int32_t border,
                     bool *touching)
{
    double from = border - BORDER_BEFORE * c->r->width_px;
    double to = border + BORDER_BEHIND * c->r->width_px;
    double best = 0;
    size_t cut = 0;
    size_t left = 0;
    int32_t height = c->words[l->word[0]].h;

    for (size_t i = 0; i < l->count; i++) {
        const struct cells_word *w = &c->words[l->word[i]];
        const struct cells_word *p = i > 0 ? &c->words[l->word[i - 1]] : NULL;

        left += w->x + w->w / 2 < border;
        height = w->h > height ? w->h : height;
        if (p && w->x >= from && p->x + p->w <= to) {
            double gap = w->x - (p->x + p->w);

            if (gap > best) {
                best = gap;
                cut = i;
            }
        }
    }
    *touching = false;
    if (best >= GAP_REAL * height)
        return cut;
    /* One cell that reaches a little over the border. */
    if (l->x >= from && l->x + l->w / 2 > border)
        return 0;
    if (l->x + l->w <= to && l->x + l->w / 2 < border)
        return l->count;
    if (left > 0 && left < l->count)
        *touching = true;
    return left;
}

static void part_add(struct cells *c, const struct cells_line *l, size_t from,
                     size_t to, enum cells_side side, bool touching)
{
    struct cells_line *p;

    if (from >= to || c->part_count == CELLS_LINES_MAX)
        return;
    p = &c->parts[c->part_count++];
    *p = (struct cells_line){.side = side, .touching = touching, .count = to - from};
    memcpy(p->word, l->word + from, (to - from) * sizeof p->word[0]);
    line_measure(c, p);
}

/* Two parts of one cell in one row that were read as two lines. */
static bool same_row(const struct cells_line *a, const struct cells_line *b)
{
    int32_t top = a->y > b->y ? a->y : b->y;
    int32_t a_end = a->y + a->h;
    int32_t b_end = b->y + b->h;
    int32_t bottom = a_end < b_end ? a_end : b_end;
    int32_t low = a->h < b->h ? a->h : b->h;
    int32_t over_x = (a->x + a->w < b->x + b->w ? a->x + a->w : b->x + b->w) -
                     (a->x > b->x ? a->x : b->x);

    return a->side == b->side && bottom - top > SAME_ROW * low && over_x < low &&
           abs(a->mid - b->mid) < low;
}

static void part_join(struct cells *c, struct cells_line *a, const struct cells_line *b)
{
    for (size_t i = 0; i < b->count && a->count < CELLS_LINE_WORDS_MAX; i++) {
        size_t at = a->count;

        while (at > 0 && c->words[a->word[at - 1]].x > c->words[b->word[i]].x) {
            a->word[at] = a->word[at - 1];
            at--;
        }
        a->word[at] = b->word[i];
        a->count++;
    }
    a->touching |= b->touching;
    line_measure(c, a);
}

void cells_split(struct cells *c, int32_t border, int32_t top, int32_t bottom)
{
    size_t kept = 0;

    c->part_count = 0;
    for (size_t i = 0; i < c->line_count; i++) {
        const struct cells_line *l = &c->lines[i];
        bool touching = false;
        size_t cut;

        if (l->mid < top || l->mid > bottom || l->count == 0)
            continue;
        cut = cut_of(c, l, border, &touching);
        part_add(c, l, 0, cut, CELLS_LEFT, touching);
        part_add(c, l, cut, l->count, CELLS_RIGHT, touching);
    }
    for (size_t i = 0; i < c->part_count; i++) {
        bool joined = false;

        for (size_t k = 0; k < kept && !joined; k++) {
            if (same_row(&c->parts[k], &c->parts[i])) {
                struct cells_line b = c->parts[i];

                part_join(c, &c->parts[k], &b);
                joined = true;
            }
        }
        if (!joined)
            c->parts[kept++] = c->parts[i];
    }
    c->part_count = kept;
    if (kept > 1)
        qsort(c->parts, kept, sizeof *c->parts, by_mid);
}

/* ---- asking ------------------------------------------------------------------- */

const struct cells_word *cells_word(const struct cells *c, const struct cells_line *l,
                                    size_t i)
{
    return &c->words[l->word[i]];
}

const char *cells_fold(const struct cells *c, const struct cells_line *l, size_t i)
{
    return str_text(&c->folds) + c->words[l->word[i]].fold;
}

void cells_line_fold(const struct cells *c, const struct cells_line *l, struct str *out)
{
    for (size_t i = 0; i < l->count; i++) {
        size_t before = out->len;

        for (const char *f = cells_fold(c, l, i); *f; f++) {
            bool known = (*f >= 'a' && *f <= 'z') || (*f >= '0' && *f <= '9');

            if (known && out->len == before && before > 0)
                str_add_char(out, ' ');
            if (known)
                str_add_char(out, *f);
        }
    }
}

void cells_line_text(const struct cells *c, const struct cells_line *l, size_t from,
                     size_t to, struct str *out)
{
    for (size_t i = from; i < to && i < l->count; i++) {
        const struct result_word *w = &c->r->words[cells_word(c, l, i)->index];
        const char *text = c->r->text + w->start;
        size_t len = w->len;

        while (len > 0 && strchr("_|", *text)) {
            text++;
            len--;
        }
        while (len > 0 && strchr("_|", text[len - 1]))
            len--;
        if (out->len > 0 && len > 0)
            str_add_char(out, ' ');
        str_add_mem(out, text, len);
    }
}

bool cells_line_caps(const struct cells *c, const struct cells_line *l)
{
    size_t letters = 0;
    size_t capitals = 0;

    for (size_t i = 0; i < l->count; i++) {
        letters += cells_word(c, l, i)->n.letters;
        capitals += cells_word(c, l, i)->n.capitals;
    }
    return letters >= 2 && capitals * 5 >= letters * 4;
}

size_t cells_line_letters(const struct cells *c, const struct cells_line *l)
{
    size_t letters = 0;

    for (size_t i = 0; i < l->count; i++)
        letters += cells_word(c, l, i)->n.letters;
    return letters;
}

int cells_line_conf(const struct cells *c, const struct cells_line *l)
{
    int sum = 0;

    for (size_t i = 0; i < l->count; i++)
        sum += cells_word(c, l, i)->conf;
    return l->count > 0 ? sum / (int)l->count : 0;
}

void cells_range(const struct cells *c, const struct cells_line *l, size_t from,
                 size_t to, struct cells_line *out)
{
    struct cells_line part = {.side = l->side, .touching = l->touching};

    part.count = to - from;
    memcpy(part.word, l->word + from, part.count * sizeof part.word[0]);
    line_measure(c, &part);
    *out = part;
}

double cells_gap(const struct cells *c, const struct cells_line *l, size_t i)
{
    const struct cells_word *a = cells_word(c, l, i - 1);
    const struct cells_word *b = cells_word(c, l, i);
    int32_t h = a->h > b->h ? a->h : b->h;

    return (double)(b->x - (a->x + a->w)) / (h > 0 ? h : 1);
}

void cells_trim(const struct cells *c, struct cells_line *l)
{
    size_t from = 0;
    size_t to = l->count;

    while (from < to && cells_word(c, l, from)->n.letters == 0 &&
           cells_word(c, l, from)->n.digits == 0)
        from++;
    while (to > from && cells_word(c, l, to - 1)->n.letters == 0 &&
           cells_word(c, l, to - 1)->n.digits == 0)
        to--;
    memmove(l->word, l->word + from, (to - from) * sizeof l->word[0]);
    l->count = to - from;
    line_measure(c, l);
}
