/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/head.h"

#include <stdlib.h>
#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

#define HEAD_SHARE   0.70 /* of the page: what may belong to a header */
#define TITLE_SHARE  0.40 /* of the page: above it the title stands */
#define GAP_WIDE     2.0  /* of the height: another thing begins on the line */
#define BORDER_BLIND 0.42 /* of the width: border when no title was found */

void head_clear(struct head *h)
{
    cells_clear(&h->c);
}

void head_box_doubt(const struct head_box *b, const char **reason)
{
    head_doubt(reason, b->doubt != NULL, b->doubt);
    head_doubt(reason, b->chosen, "chosen");
}

void head_box_add(struct head_box *b, const struct cells *c,
                  const struct cells_word *cw)
{
    const struct result_word *w = &c->r->words[cw->index];

    if (b->count == 0) {
        *b = (struct head_box){.x = w->x, .y = w->y, .conf_min = 100};
        b->right = w->x + w->w;
        b->bottom = w->y + w->h;
    }
    b->x = w->x < b->x ? w->x : b->x;
    b->y = w->y < b->y ? w->y : b->y;
    b->right = w->x + w->w > b->right ? w->x + w->w : b->right;
    b->bottom = w->y + w->h > b->bottom ? w->y + w->h : b->bottom;
    b->conf_sum += w->confidence;
    b->conf_min = w->confidence < b->conf_min ? w->confidence : b->conf_min;
    b->chosen = b->chosen || result_has_choice(c->r, cw->index);
    b->doubt = b->doubt ? b->doubt : doubt_reason(&c->doubts, cw->index);
    b->count++;
}

int head_box_mean(const struct head_box *b)
{
    return b->count > 0 ? b->conf_sum / (int)b->count : 0;
}

/* The first reason is kept: rules are asked in the order of what helps a clerk most. */
void head_doubt(const char **reason, bool when, const char *why)
{
    if (when && **reason == '\0')
        *reason = why;
}

/* Append without the punctuation at both ends. */
void head_trim(struct str *out, const char *text)
{
    static const char scraps[] = " .,:;_-'\"`~|*()[]";
    size_t len = strlen(text);

    while (len > 0 && strchr(scraps, *text)) {
        text++;
        len--;
    }
    while (len > 0 && strchr(scraps, text[len - 1]))
        len--;
    str_add_mem(out, text, len);
}

void head_flat_add(struct head_flat *f, const char *text, size_t len, size_t word)
{
    for (size_t i = 0; i < len && f->len < HEAD_FLAT_MAX; i++) {
        f->text[f->len] = text[i];
        f->word[f->len++] = (uint8_t)word;
    }
    f->text[f->len] = '\0';
}

/* ---- title -------------------------------------------------------------------- */

static const char *const title_words[] = {"cong", "hoa",   "xa",   "hoi",
                                          "chu",  "nghia", "viet", "nam"};
static const char *const motto_words[] = {"doc", "lap", "tu", "do", "hanh", "phuc"};
static const char *const party_words[] = {"dang", "cong", "san", "viet", "nam"};

struct found {
    size_t hits;
    int32_t left, right; /* where the whole phrase begins and ends */
};

static bool is_word(const char *fold, const char *want)
{
    return cells_near(fold, want, strlen(want) >= 4 ? 1 : 0);
}

static size_t letters_of(const char *const *words, size_t from, size_t to)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        n += strlen(words[i]) + 1;
    return n;
}

/* The phrase in a line, some of its words misread or lost. */
static struct found phrase_find(const struct cells *c, const struct cells_line *l,
                                const char *const *words, size_t count)
{
    struct found best = {0};

    for (size_t i = 0; i < l->count; i++) {
        size_t next = 0;
        size_t first = count;
        size_t hits = 0;
        size_t last = 0;
        size_t misses = 0;
        size_t last_word = i;

        while (next < count && !is_word(cells_fold(c, l, i), words[next]))
            next++;
        first = next;
        for (size_t j = i; j < l->count && next < count && misses < 3; j++) {
            const char *f = cells_fold(c, l, j);

            if (cells_word(c, l, j)->n.letters == 0)
                continue;
            if (next + 1 < count && !is_word(f, words[next]) &&
                is_word(f, words[next + 1]))
                next++;
            if (is_word(f, words[next])) {
                hits++;
                last = next;
                last_word = j;
            } else {
                misses++;
            }
            next++;
        }
        if (hits > best.hits) {
            const struct cells_word *a = cells_word(c, l, i);
            const struct cells_word *z = cells_word(c, l, last_word);
            double span = z->x + z->w - a->x;
            double per = span / (double)letters_of(words, first, last + 1);

            best.hits = hits;
            best.left = a->x - (int32_t)(per * (double)letters_of(words, 0, first));
            best.right = z->x + z->w +
                         (int32_t)(per * (double)letters_of(words, last + 1, count));
        }
    }
    return best;
}

static int32_t height_of(const struct cells *c, const struct cells_line *l)
{
    int32_t sum = 0;

    for (size_t i = 0; i < l->count; i++)
        sum += cells_word(c, l, i)->h;
    return l->count > 0 ? sum / (int32_t)l->count : 1;
}

static void title_find(struct head *h)
{
    const struct cells_line *motto = NULL;
    struct found at_motto = {0};

    h->border = (int32_t)(BORDER_BLIND * h->c.r->width_px);
    h->unit = h->c.r->height_px / 100 + 1;
    for (size_t i = 0; i < h->c.line_count; i++) {
        const struct cells_line *l = &h->c.lines[i];
        struct found t = phrase_find(&h->c, l, title_words, ARRAY_LEN(title_words));
        struct found p = phrase_find(&h->c, l, party_words, ARRAY_LEN(party_words));
        struct found m = phrase_find(&h->c, l, motto_words, ARRAY_LEN(motto_words));

        if (l->mid > TITLE_SHARE * h->c.r->height_px)
            break;
        if (m.hits >= 4 && !motto) {
            motto = l;
            at_motto = m;
        }
        if (t.hits < 4 && p.hits < 4)
            continue;
        if (!cells_line_caps(&h->c, l))
            continue;
        h->titled = true;
        h->party = t.hits < 4;
        h->border = (h->party ? p.left : t.left) - height_of(&h->c, l) / 4;
        h->unit = height_of(&h->c, l);
        h->title_mid = l->mid;
        h->top = l->mid - h->unit * 3 / 2;
        return;
    }
    if (!motto)
        return;
    h->titled = true;
    h->unit = height_of(&h->c, motto);
    /* The title is about 1.7 times as long as the motto and centred above it. */
    h->border = (at_motto.left + at_motto.right) / 2 -
                (at_motto.right - at_motto.left) * 85 / 100;
    h->title_mid = motto->mid - h->unit * 3 / 2;
    h->top = motto->mid - h->unit * 4;
}

/* ---- kind --------------------------------------------------------------------- */

bool head_line_begins(const struct cells *c, const struct cells_line *l,
                      const char *what)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    size_t n = strlen(what);

    cells_line_fold(c, l, &fold);
    return strncmp(str_text(&fold), what, n) == 0 &&
           (str_text(&fold)[n] == '\0' || str_text(&fold)[n] == ' ');
}

static bool is_centred(const struct cells *c, const struct cells_line *l)
{
    double mid = (l->x + l->w / 2.0) / c->r->width_px;

    return mid > 0.33 && mid < 0.70;
}

/* Scraps at the ends of a line: single unsure signs a rule or a stain was read as. */
static void drop_scraps(const struct cells *c, struct cells_line *l)
{
    cells_trim(c, l);
    while (l->count > 1) {
        const struct cells_word *w = cells_word(c, l, l->count - 1);

        if (w->n.letters + w->n.digits > 2 || w->conf >= 50)
            break;
        l->count--;
    }
    while (l->count > 1) {
        const struct cells_word *w = cells_word(c, l, 0);

        if (w->n.letters + w->n.digits > 2 || w->conf >= 50)
            break;
        memmove(l->word, l->word + 1, (l->count - 1) * sizeof l->word[0]);
        l->count--;
    }
    cells_trim(c, l);
}

/* How many words of @l give the folded kind. */
static size_t words_in(const struct cells *c, const struct cells_line *l,
                       const char *rest)
{
    size_t behind = strlen(rest);

    for (size_t n = l->count; n > 0; n--) {
        struct cells_line tail = {.count = l->count - n};
        AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

        memcpy(tail.word, l->word + n, tail.count * sizeof tail.word[0]);
        cells_line_fold(c, &tail, &fold);
        if (fold.len >= behind)
            return n;
    }
    return l->count;
}

/* The word behind the widest gap of a line. Return: 0 when no gap is wide. */
static size_t widest_gap(const struct cells *c, const struct cells_line *l)
{
    double widest = GAP_WIDE;
    size_t cut = 0;

    for (size_t i = 1; i < l->count; i++) {
        double gap = cells_gap(c, l, i);

        if (gap > widest) {
            widest = gap;
            cut = i;
        }
    }
    return cut;
}

/* Is @tidy, a part of @l, a kind? It takes the place of the line. */
static bool kind_in(struct head *h, struct cells_line *l, struct cells_line *tidy)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    const struct kinds_kind *kind = NULL;
    enum kinds_match match;
    const char *rest = "";

    drop_scraps(&h->c, tidy);
    if (!cells_line_caps(&h->c, tidy) || !is_centred(&h->c, tidy))
        return false;
    cells_line_fold(&h->c, tidy, &fold);
    match = kinds_find(str_text(&fold), &kind, &rest);
    if (match == KINDS_NO || str_starts(rest, "den")) /* the stamp CÔNG VĂN ĐẾN */
        return false;
    h->kind = kind;
    h->kind_match = match;
    h->kind_words = words_in(&h->c, tidy, rest);
    *l = *tidy;
    h->kind_line = l;
    return true;
}

static void kind_find(struct head *h)
{
    for (size_t i = 0; i < h->c.line_count; i++) {
        struct cells_line *l = &h->c.lines[i];
        struct cells_line tidy = *l;
        size_t cut;

        if (l->count == 0 || l->mid < h->title_mid)
            continue;
        if (head_line_begins(&h->c, l, "can cu"))
            return;
        if (head_line_begins(&h->c, l, "kinh gui") ||
            head_line_begins(&h->c, l, "kinh goi")) {
            h->kinh_gui = l;
            return;
        }
        /* The whole line, else what is behind its widest gap: a stamp or a stain may
         * have been read into the same line. */
        if (kind_in(h, l, &tidy))
            return;
        cut = widest_gap(&h->c, l);
        if (cut > 0) {
            cells_range(&h->c, l, cut, l->count, &tidy);
            if (kind_in(h, l, &tidy))
                return;
        }
    }
}

/* Where the cells end: above the kind or the addressee. */
static void bottom_find(struct head *h)
{
    const struct cells_line *below = h->kind_line ? h->kind_line : h->kinh_gui;

    h->bottom = h->title_mid + (int32_t)(0.35 * h->c.r->height_px);
    if (below)
        h->bottom = below->mid - below->h / 3;
}

/* ---- cells -------------------------------------------------------------------- */

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

/* Left and right end of the text: of most lines longer than half of the page. */
static void text_find(struct head *h)
{
    int32_t lefts[CELLS_LINES_MAX];
    int32_t rights[CELLS_LINES_MAX];
    size_t n = 0;

    for (size_t i = 0; i < h->c.line_count; i++) {
        const struct cells_line *l = &h->c.lines[i];

        if (l->w * 2 < h->c.r->width_px || l->mid <= h->title_mid + 3 * h->unit)
            continue;
        lefts[n] = l->x;
        rights[n++] = l->x + l->w;
    }
    if (n < 4)
        return;
    qsort(lefts, n, sizeof lefts[0], by_number);
    qsort(rights, n, sizeof rights[0], by_number);
    h->text_left = lefts[n / 5];
    h->text_right = rights[n - 1 - n / 5];
}

/*
 * Does the line lie in an incoming stamp? The word ĐẾN in capitals, and beside or below
 * it, within some lines, a line that begins with Số, Ngày, Chuyển or Lưu.
 */
bool head_in_stamp(const struct head *h, const struct cells_line *l)
{
    for (size_t i = 0; i < h->c.word_count; i++) {
        const struct cells_word *w = &h->c.words[i];
        const char *f = str_text(&h->c.folds) + w->fold;
        int32_t down = l->mid - (w->y + w->h / 2);
        int32_t aside = l->x - w->x;
        double reach = 0.25 * h->c.r->width_px;

        if (strncmp(f, "den", 3) != 0 || w->n.letters != 3 || w->n.capitals != 3)
            continue;
        if (down > -4 * h->unit && down < 6 * h->unit && aside > -reach &&
            aside < reach)
            return true;
    }
    return false;
}

void head_read(const struct result *r, size_t page, int this_year, struct head *out)
{
    *out = (struct head){.page = page, .this_year = this_year};
    cells_read(r, HEAD_SHARE, &out->c);
    title_find(out);
    kind_find(out);
    text_find(out);
    bottom_find(out);
    cells_split(&out->c, out->border, out->top, out->bottom);
}
