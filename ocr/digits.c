/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/digits.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/result.h"
#include "ocr/syllable.h"

#define CORE_MAX   64
#define STROKE_D   0x110
#define STROKE_D_S 0x111
#define UNSURE     80 /* a short word read with less may be a digit */
#define INDENT     2  /* heights: items of a list begin that near to each other */
#define VALUE_MAX  100000

/* A word of the page; signs at its ends are part of it. */
struct word {
    const char *p; /* view */
    size_t len;
    const struct result_word *w;
    bool digit;
};

struct page {
    struct word *p;
    size_t count;
    const char **why;
};

static bool is_digit(unsigned cp)
{
    return cp >= '0' && cp <= '9';
}

static bool is_capital(unsigned cp)
{
    struct syllable_letter l = {0};

    return syllable_letter(cp, &l) && l.upper;
}

static bool is_letter(unsigned cp)
{
    return !is_digit(cp) && utf8_is_letter_or_digit(cp);
}

static unsigned first_sign(const struct word *w)
{
    const char *p = w->p;
    size_t left = w->len;

    return left ? utf8_next(&p, &left) : 0;
}

static unsigned last_sign(const struct word *w)
{
    const char *p = w->p;
    unsigned cp = 0;

    for (size_t left = w->len; left > 0;)
        cp = utf8_next(&p, &left);
    return cp;
}

static bool same_line(const struct page *g, size_t a, size_t b)
{
    return a < g->count && b < g->count && g->p[a].w->line == g->p[b].w->line;
}

static void set(struct page *g, size_t i, const char *why)
{
    if (!g->why[i])
        g->why[i] = why;
}

/* ---- cut in two --------------------------------------------------------------------
 */

/* White space between two words, in heights of the larger. */
static double gap(const struct result_word *a, const struct result_word *b)
{
    int h = a->h > b->h ? a->h : b->h;

    return h > 0 ? (double)(b->x - a->x - a->w) / h : 100;
}

static bool is_cut(const struct word *a, const struct word *b)
{
    unsigned end = last_sign(a), begin = first_sign(b);
    double apart = gap(a->w, b->w);

    if (is_digit(end) && is_digit(begin))
        return apart < DIGITS_CUT_GAP;
    if (a->digit && (end == '-' || end == '/'))
        return apart < DIGITS_CODE_GAP && (is_capital(begin) || is_digit(begin));
    /* "12 /QĐ-UBND" leaves room for the number on purpose. */
    if (a->digit && begin == '-' && b->len > 1 && is_capital(end))
        return apart < DIGITS_CODE_GAP;
    return false;
}

static void find_cut(struct page *g, size_t i)
{
    if (!same_line(g, i, i + 1) || !is_cut(&g->p[i], &g->p[i + 1]))
        return;
    set(g, i, "cut-number");
    set(g, i + 1, "cut-number");
}

/* ---- signs and letters within ------------------------------------------------------
 */

static bool is_odd_beside(unsigned cp)
{
    static const char ascii[] = "#$@^~\\{}<>=";
    static const uint_least32_t others[] = U"§«»¡¿£€¥©®¬¢¦¤¶";

    if (cp && cp < 0x80)
        return strchr(ascii, (int)cp) != NULL;
    for (size_t i = 0; others[i]; i++)
        if (others[i] == cp)
            return true;
    return false;
}

static bool is_separator(unsigned cp)
{
    return cp == '.' || cp == ',' || cp == ':' || cp == '/' || cp == ';';
}

/* Signs in an order that no number has. */
static bool has_odd_signs(const struct word *w)
{
    const char *p = w->p;
    unsigned two = 0, one = 0; /* the signs before */
    int open = 0;

    for (size_t left = w->len; left > 0;) {
        unsigned cp = utf8_next(&p, &left);

        open += (cp == '[') - (cp == ']');
        if ((is_digit(one) && open < 0) || (is_digit(cp) && is_odd_beside(one)) ||
            (is_digit(one) && is_odd_beside(cp)) || (is_digit(cp) && one == '%') ||
            (cp == '%' && one && !is_digit(one)) ||
            (is_digit(cp) && is_separator(one) && (two == 0 || is_separator(two))))
            return true;
        two = one;
        one = cp;
    }
    return one == '/' && is_digit(two);
}

/* "377/0Đ-BGDĐT", "7/Q0Đ": a digit in the midst of capitals; but 12/3A is a house. */
static bool has_digit_in_code(const struct word *w)
{
    const char *p = w->p;
    unsigned two = 0, one = 0;

    for (size_t left = w->len; left > 0;) {
        unsigned cp = utf8_next(&p, &left);

        if (is_capital(cp) && ((is_digit(one) && is_capital(two)) ||
                               (one == '0' && (two == '/' || two == '-'))))
            return true;
        two = one;
        one = cp;
    }
    return false;
}

/* The same for a word without a digit: a sign that stands for one. */
static bool is_odd_alone(const struct word *w)
{
    const char *p = w->p;

    for (size_t left = w->len; left > 0;) {
        unsigned cp = utf8_next(&p, &left);

        if (cp == 0xA7) /* § */
            return true;
    }
    return false;
}

/* A number that ran into a word, by a letter that no unit and no number begins or ends
 * with, or by a colon: "Số251", "02năm", "Số:106". */
static bool is_run_in(const struct word *w)
{
    const char *p = w->p;
    unsigned two = 0, one = 0;

    for (size_t left = w->len; left > 0;) {
        unsigned cp = utf8_next(&p, &left);
        bool marked = is_letter(one) && one >= 0x80 && one != STROKE_D &&
                      one != STROKE_D_S && one != 0xD0;

        if (is_digit(cp) && (marked || (one == ':' && is_letter(two))))
            return true;
        two = one;
        one = cp;
    }
    return false;
}

/* ---- where a number must be --------------------------------------------------------
 */

/* The word without the signs around it, as a key; "": none. */
static void key_of(const struct word *w, char key[SYLLABLE_KEY_MAX])
{
    const char *p = w->p, *first = NULL, *last = NULL;

    key[0] = '\0';
    for (size_t left = w->len; left > 0;) {
        const char *at = p;
        unsigned cp = utf8_next(&p, &left);

        if (!utf8_is_letter_or_digit(cp))
            continue;
        first = first ? first : at;
        last = p;
    }
    if (first && !syllable_key(first, (size_t)(last - first), key))
        key[0] = '\0';
}

static bool is_key(const struct page *g, size_t i, const char *key)
{
    char mine[SYLLABLE_KEY_MAX];

    if (i >= g->count)
        return false;
    key_of(&g->p[i], mine);
    return strcmp(mine, key) == 0;
}

static bool is_number(const struct page *g, size_t i)
{
    return i < g->count && g->p[i].digit;
}

static size_t letters_of(const struct word *w)
{
    const char *p = w->p;
    size_t n = 0;

    for (size_t left = w->len; left > 0; n++)
        (void)utf8_next(&p, &left);
    return n;
}

/* "ngày 07 tháng ồ năm 2017", "ngày 07 tháng năm 2017", with the number lost on either
 * side of "tháng". Months have names as well (giêng, chạp). */
static void find_date(struct page *g, size_t i)
{
    size_t after = i + 1;

    if (!is_key(g, i, "thang1"))
        return;
    if (is_number(g, i + 1) && i > 1 && !is_number(g, i - 1) &&
        is_key(g, i - 2, "ngay2") && letters_of(&g->p[i - 1]) <= 2)
        set(g, i - 1, "digit-letter-mix");
    if (i < 2 || !is_number(g, i - 1) || !is_key(g, i - 2, "ngay2"))
        return;
    if (is_key(g, after, "na8m") && is_number(g, i + 2)) {
        set(g, i, "lost-number");
        set(g, after, "lost-number");
    } else if (after < g->count && !is_number(g, after) && is_key(g, i + 2, "na8m") &&
               (letters_of(&g->p[after]) <= 2 || g->p[after].w->confidence < UNSURE)) {
        set(g, after, "digit-letter-mix");
    }
}

/* "Điều I.", "Bước l:": what is counted so is counted with digits. */
static void find_counted(struct page *g, size_t i)
{
    static const char *const counted[] = {"d9ie6u2", "bu7o7c1", "khoan3", "trang",
                                          "ngay2",   "thang1",  "na8m",   "thu7a3"};
    const struct word *w = &g->p[i + 1];
    size_t n = w->len;

    while (n > 0 && strchr(".,:;)", w->p[n - 1]))
        n--;
    if (n != 1 || !strchr("Il|!", w->p[0]))
        return;
    for (size_t k = 0; k < sizeof counted / sizeof *counted; k++)
        if (is_key(g, i, counted[k]))
            set(g, i + 1, "digit-letter-mix");
}

/* A stroke alone on a line, where pages have their number. */
static void find_stroke(struct page *g, size_t i)
{
    if ((i == 0 || !same_line(g, i - 1, i)) && !same_line(g, i, i + 1) &&
        g->p[i].len == 1 && strchr("Il|![]", g->p[i].p[0]))
        set(g, i, "digit-letter-mix");
}

/* ---- rows --------------------------------------------------------------------------
 */

/* What a line begins with: a value and what follows it, "3" and "." or "/2003". */
struct item {
    size_t word;
    int value;
    const char *tail; /* view */
    size_t tail_len;
};

static bool item_of(const struct page *g, size_t i, struct item *out)
{
    const struct word *w = &g->p[i];
    size_t n = 0;
    int value = 0;

    while (n < w->len && is_digit((unsigned char)w->p[n]) && value < VALUE_MAX)
        value = value * 10 + (w->p[n++] - '0');
    *out = (struct item){i, n ? value : -1, w->p + n, w->len - n};
    return w->digit;
}

static bool same_tail(const struct item *a, const struct item *b)
{
    return a->value >= 0 && b->value >= 0 && a->tail_len == b->tail_len &&
           a->tail_len > 0 && memcmp(a->tail, b->tail, a->tail_len) == 0;
}

static bool same_column(const struct page *g, const struct item *a,
                        const struct item *b)
{
    const struct result_word *v = g->p[a->word].w, *w = g->p[b->word].w;

    return abs(v->x - w->x) <= INDENT * v->h;
}

/* Three that begin lines one after another, of which the outer two go on. */
static void find_rows(struct page *g)
{
    struct item row[3] = {0};
    size_t n = 0;

    for (size_t i = 0; i < g->count; i++) {
        if ((i > 0 && same_line(g, i - 1, i)) || !g->p[i].digit)
            continue;
        row[0] = row[1];
        row[1] = row[2];
        (void)item_of(g, i, &row[2]);
        if (++n >= 3 && same_tail(&row[0], &row[2]) &&
            row[2].value == row[0].value + 2 && row[1].value != row[0].value + 1 &&
            same_column(g, &row[0], &row[1]) && same_column(g, &row[1], &row[2]))
            set(g, row[1].word, "out-of-row");
    }
}

/* ---- widths ------------------------------------------------------------------------
 */

static bool is_all_digits(const struct word *w)
{
    for (size_t i = 0; i < w->len; i++)
        if (!is_digit((unsigned char)w->p[i]))
            return false;
    return w->len >= 2 && w->w->h > 0;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

/* Of one digit, in heights. */
static double width_of(const struct word *w)
{
    return (double)w->w->w / (double)w->len / w->w->h;
}

static void find_widths(struct page *g)
{
    AUTO_MEM double *widths = mem_new(g->count, sizeof *widths);
    AUTO_MEM double *heights = mem_new(g->count, sizeof *heights);
    size_t n = 0;
    double usual = 0, high = 0;

    for (size_t i = 0; i < g->count; i++)
        if (is_all_digits(&g->p[i])) {
            widths[n] = width_of(&g->p[i]);
            heights[n++] = g->p[i].w->h;
        }
    if (n < DIGITS_WIDTHS_MIN)
        return;
    qsort(widths, n, sizeof *widths, rising);
    qsort(heights, n, sizeof *heights, rising);
    usual = widths[n / 2];
    high = heights[n / 2];
    for (size_t i = 0; i < g->count; i++) {
        const struct word *w = &g->p[i];

        /* Taller boxes hold more than the digits, smaller print is another size. */
        if (!is_all_digits(w) || w->w->h > high * DIGITS_HEIGHT ||
            w->w->h < high / DIGITS_HEIGHT)
            continue;
        if (width_of(w) < usual * DIGITS_WIDTH_MIN ||
            width_of(w) > usual * DIGITS_WIDTH_MAX)
            set(g, i, "odd-width");
    }
}

void digits_find(const struct result *r, const char **why)
{
    struct page g = {.count = r->word_count, .why = why};
    AUTO_MEM struct word *words = mem_new(r->word_count, sizeof *words);

    g.p = words;
    for (size_t i = 0; i < g.count; i++) {
        const struct result_word *w = &r->words[i];

        words[i] = (struct word){.p = r->text + w->start, .len = w->len, .w = w};
        for (size_t k = 0; k < w->len; k++)
            words[i].digit |= is_digit((unsigned char)words[i].p[k]);
    }
    for (size_t i = 0; i < g.count; i++) {
        if (words[i].digit ? has_odd_signs(&words[i]) : is_odd_alone(&words[i]))
            set(&g, i, "odd-sign");
        if (words[i].digit && (is_run_in(&words[i]) || has_digit_in_code(&words[i])))
            set(&g, i, "digit-letter-mix");
        if (i + 1 < g.count)
            find_counted(&g, i);
        find_stroke(&g, i);
        find_cut(&g, i);
        find_date(&g, i);
    }
    find_rows(&g);
    find_widths(&g);
}
