/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/docnumber.h"

#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

/* Confidences below which recognition itself is in doubt. */
#define SURE_NUMBER   85 /* digits that stand alone */
#define SURE_GLUED    45 /* digits in one word with the notation: Đ pulls it down */
#define SURE_NOTATION 80
#define SURE_BACKED   60 /* the notation when kind or issuer say the same */

/* Where the text behind "Số" begins. Return: true, word and byte in it. */
static bool so_find(const struct head *h, const struct cells_line *l, size_t *word,
                    size_t *skip)
{
    for (size_t i = 0; i < l->count && i < 3; i++) {
        const struct cells_word *w = cells_word(&h->c, l, i);
        const char *f = cells_fold(&h->c, l, i);
        const char *raw = h->c.r->text + h->c.r->words[w->index].start;
        size_t left = h->c.r->words[w->index].len;
        bool so = f[0] == 's' && (f[1] == 'o' || f[1] == '0' || f[1] == '6');
        bool sign = so && f[2] != '\0' && strchr(":.;,", f[2]);

        /* "số 79/QĐ-UBND" with a small s belongs to a sentence. */
        if (so && !(f[2] >= 'a' && f[2] <= 'z') &&
            (sign || (f[1] == 'o' && w->n.first_capital))) {
            const char *p = raw;

            utf8_next(&p, &left);
            if (left > 0)
                utf8_next(&p, &left);
            *word = i;
            *skip = (size_t)(p - raw);
            return true;
        }
        if (w->n.letters + w->n.digits > 2 && w->conf >= 50)
            return false;
    }
    return false;
}

/* Where the notation begins behind digits without a sign between: "120QĐ-UBND",
 * "97UBND-VP": a kind's abbreviation, or an agency's before a dash. */
static const char *code_behind_digits(const char *text)
{
    const char *p = text;
    char code[16] = "";
    size_t n;
    struct cells_count count;

    while (head_is_digit(*p))
        p++;
    n = strcspn(p, "-/");
    if (p == text || n == 0 || n >= sizeof code || p[n] == '\0')
        return NULL;
    memcpy(code, p, n);
    count = cells_count(code, n);
    if (kinds_by_code(code) ||
        (p[n] == '-' && count.capitals >= 3 && count.capitals == count.letters))
        return p;
    return NULL;
}

/* Split "05/CT-UBND", "12-QĐ/TU", "35/2025/TT-BXD". Return: length of the number, and
 * where the notation begins; NULL: there is none. */
static size_t number_split(const char *text, const char **notation, bool *loose)
{
    const char *slash = strchr(text, '/');
    const char *dash = strchr(text, '-');
    size_t digits = strspn(text, "0123456789");

    *loose = false;
    if (dash && (!slash || dash < slash) && digits > 0 && text + digits == dash &&
        head_is_letter(dash[1])) {
        *notation = dash + 1;
        return digits;
    }
    if (slash) {
        const char *code = code_behind_digits(text);

        if (code && code < slash) {
            *loose = true;
            *notation = code;
            return (size_t)(code - text);
        }
        *notation = slash + 1;
        return (size_t)(slash - text);
    }
    *notation = code_behind_digits(text);
    *loose = true;
    return *notation ? (size_t)(*notation - text) : strlen(text);
}

/* Bytes of what fills a blank: full stops and … (U+2026). */
#define FILL "._\xE2\x80\xA6"

/* Judge the number as read. */
static void number_judge(struct docnumber *n, const char *read)
{
    AUTO_STR struct str tidy = STR_INIT(HEAD_FLAT_MAX);
    struct cells_count count;
    const char *last;

    head_trim(&tidy, read);
    count = cells_count(str_text(&tidy), tidy.len);
    if (tidy.len == 0 || strspn(str_text(&tidy), FILL) == tidy.len) {
        n->value_reason = "blank";
        return;
    }
    if (count.digits == 0 || count.others > 0 || count.digits + count.letters > 11) {
        n->value_reason = "unreadable";
        return;
    }
    memcpy(n->value, str_text(&tidy), tidy.len + 1);
    last = n->value + tidy.len - 1;
    if (count.letters == 0) {
        head_doubt(&n->value_reason, count.digits > 6, "pattern-loose");
    } else if (count.letters == 1 && head_is_letter(*last) &&
               tidy.len == count.digits + 1) {
        /* 12a is a number of its own; l, I, O, S … may be a digit. */
        head_doubt(&n->value_reason, strchr("lIiOoSsBbZzgqGTJ", *last) != NULL,
                   "digit-letter-mix");
    } else if (!str_ends(n->value, "bis") || count.letters != 3) {
        head_doubt(&n->value_reason, true, "digit-letter-mix");
    }
}

/* The notation's words: on while a sign joins them. */
static void notation_take(struct head *h, const struct cells_line *l,
                          const struct head_flat *f, size_t from, struct docnumber *n)
{
    AUTO_STR struct str read = STR_INIT(HEAD_FLAT_MAX);
    AUTO_STR struct str tidy = STR_INIT(HEAD_FLAT_MAX);
    size_t word = f->word[from];
    unsigned before = 0;
    const char *p;
    size_t left;

    for (size_t i = from; i < f->len; i++) {
        if (f->word[i] != word) {
            bool joins = strchr("-/.&", f->text[i - 1]) || strchr("-/&", f->text[i]);

            if (!joins)
                break;
            word = f->word[i];
        }
        str_add_char(&read, f->text[i]);
    }
    for (size_t w = f->word[from]; w <= word; w++)
        head_box_add(&n->notation_box, &h->c, cells_word(&h->c, l, w));
    p = str_text(&read);
    left = read.len;
    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);
        bool eth = cp == 0xD0;

        cp = eth ? 0x110 : cp;
        if (cp == 0x110 && before == 0x110) {
            n->stuttered = true;
            continue;
        }
        before = cp;
        utf8_put(&tidy, cp);
    }
    str_reset(&read);
    head_trim(&read, str_text(&tidy));
    memcpy(n->notation, str_text(&read), read.len + 1);
}

/* Is it a notation at all? Two letters, the first a capital, or a year before them. */
static bool notation_valid(const char *text)
{
    struct cells_count n = cells_count(text, strlen(text));

    return n.letters >= 2 && n.capitals * 2 >= n.letters && strlen(text) <= 60;
}

/* One line of the left cell as number and notation. */
static bool number_read(struct head *h, const struct cells_line *l, struct docnumber *n)
{
    struct head_flat f = {.len = 0};
    size_t word = 0;
    size_t skip = 0;
    bool so = so_find(h, l, &word, &skip);
    const char *notation = NULL;
    const char *start;
    size_t len;
    char read[HEAD_FLAT_MAX + 1] = "";

    *n = (struct docnumber){.value_reason = HEAD_SURE, .notation_reason = HEAD_SURE};
    for (size_t i = word; i < l->count; i++) {
        const struct result_word *w = &h->c.r->words[cells_word(&h->c, l, i)->index];
        size_t from = i == word ? skip : 0;

        head_flat_add(&f, h->c.r->text + w->start + from, w->len - from, i);
    }
    start = f.text + strspn(f.text, ":.,;_ '\"`");
    len = number_split(start, &notation, &n->loose);
    if (notation)
        notation_take(h, l, &f, (size_t)(notation - f.text), n);
    if (!notation_valid(n->notation)) {
        n->notation[0] = '\0';
        notation = NULL;
    }
    /* Without "Số" only "12/QĐ-UBND" with a known kind is a number line. */
    if (!so) {
        char code[HEAD_FLAT_MAX + 1] = "";
        size_t c = strcspn(n->notation, "-/");

        memcpy(code, n->notation, c);
        if (!notation || len == 0 || len > 6 || !kinds_by_code(code) ||
            strspn(start, "0123456789") < len)
            return false;
    }
    if (!notation && strspn(start, "0123456789") == 0)
        return false;
    memcpy(read, start, len);
    number_judge(n, read);
    n->alone = len > 0;
    for (size_t i = (size_t)(start - f.text); i < (size_t)(start - f.text) + len; i++) {
        const struct cells_word *w = cells_word(&h->c, l, f.word[i]);

        if (i > 0 && n->value_box.count > 0 && f.word[i] == f.word[i - 1])
            continue;
        head_box_add(&n->value_box, &h->c, w);
        n->alone &= w->n.letters == 0;
        n->height = w->h > n->height ? w->h : n->height;
    }
    /* The sign behind it is in another word: only then its height is its own. */
    if (notation && n->value_box.count > 0 && len > 0) {
        size_t last = (size_t)(start - f.text) + len - 1;

        n->alone &= f.word[last] != f.word[(size_t)(notation - f.text)];
    }
    if (n->value_box.count == 0)
        n->value_box = n->notation_box;
    head_doubt(&n->value_reason, n->loose || !so, "pattern-loose");
    head_doubt(&n->notation_reason, n->loose || !so, "pattern-loose");
    return true;
}

/* How sure the digits are: by confidence, and by height beside the printed year. */
void docnumber_doubt(const struct head *h, struct docnumber *n, int year)
{
    double high = h->digit_height > 0 ? (double)n->height / h->digit_height : 1;

    if (n->value[0] == '\0')
        return;
    if (n->alone) {
        head_doubt(&n->value_reason, high > HEAD_HEIGHT_HIGH || high < HEAD_HEIGHT_LOW,
                   "handwritten");
        head_doubt(&n->value_reason, n->value_box.conf_min < SURE_NUMBER,
                   "low-confidence");
        /* Nothing to compare with: a number filled in later stays in head_doubt. */
        head_doubt(&n->value_reason, h->digit_height == 0 && n->value_box.conf_min < 95,
                   "low-confidence");
    } else {
        head_doubt(&n->value_reason, high > HEAD_GLUED_HIGH, "handwritten");
        head_doubt(&n->value_reason, n->value_box.conf_min < SURE_GLUED,
                   "low-confidence");
    }
    head_doubt(&n->value_reason, strlen(n->value) == 1 && (year == 0 || year >= 2005),
               "not-zero-padded");
}

/* The first number line with a notation; first those outside of a stamp. */
bool docnumber_find(struct head *h, struct docnumber *n)
{
    struct docnumber other;

    for (int stamped = 0; stamped < 2 && !h->number_line; stamped++) {
        for (size_t i = 0; i < h->c.part_count && !h->number_line; i++) {
            const struct cells_line *l = &h->c.parts[i];

            if (l->side != CELLS_LEFT || l->mid < h->title_mid ||
                head_in_stamp(h, l) != (stamped == 1))
                continue;
            /* Without a notation it is a stamp's or a register's. */
            if (number_read(h, l, n) && n->notation[0] != '\0')
                h->number_line = l;
        }
    }
    if (!h->number_line)
        return false;
    for (size_t i = 0; i < h->c.part_count; i++) {
        const struct cells_line *l = &h->c.parts[i];

        if (l->side != CELLS_LEFT || l == h->number_line || l->mid < h->title_mid ||
            head_in_stamp(h, l) || !number_read(h, l, &other) || !other.notation[0] ||
            !other.value[0] || strcmp(other.value, n->value) == 0)
            continue;
        head_doubt(&n->value_reason, true, "two-candidates");
        head_doubt(&n->notation_reason, strcmp(other.notation, n->notation) != 0,
                   "two-candidates");
    }
    return true;
}

/* ---- beside kind and issuer --------------------------------------------------- */

/* First letters of a name, folded; "UBND TỈNH" and "ỦY BAN NHÂN DÂN TỈNH" alike. */
static void initials(const char *name, bool with_va, struct str *out)
{
    static const char *const whole[] = {"ubnd", "hdnd", "mttq", "ubmttq", "vp", "bch"};
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str word = STR_INIT(STR_LINE_MAX);

    utf8_fold(name, strlen(name), &fold);
    str_add_char(&fold, ' ');
    for (const char *p = str_text(&fold); *p; p++) {
        bool digits = word.len > 0 && head_is_digit(str_text(&word)[0]);
        bool abbreviation = false;

        if ((*p >= 'a' && *p <= 'z') || head_is_digit(*p)) {
            str_add_char(&word, *p);
            continue;
        }
        for (size_t i = 0; i < ARRAY_LEN(whole); i++)
            abbreviation |= strcmp(str_text(&word), whole[i]) == 0;
        if (word.len > 0 && (with_va || strcmp(str_text(&word), "va") != 0))
            str_add_mem(out, str_text(&word), digits || abbreviation ? word.len : 1);
        str_reset(&word);
    }
}

static bool part_of_issuer(const char *part, const char *name)
{
    for (int with_va = 0; with_va < 2; with_va++) {
        AUTO_STR struct str letters = STR_INIT(STR_LINE_MAX);

        initials(name, with_va == 1, &letters);
        if (str_starts(str_text(&letters), part))
            return true;
    }
    return false;
}

struct docnumber_backing docnumber_backing(const char *notation, const char *name,
                                           const char *parent)
{
    struct docnumber_backing b = {0};
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    const char *p = notation;
    size_t year = strspn(p, "0123456789");

    if (year == 4 && p[4] == '/')
        p += 5;
    for (bool first = true; *p; first = false) {
        size_t n = strcspn(p, "-/");
        AUTO_STR struct str part = STR_INIT(STR_LINE_MAX);

        str_add_mem(&part, p, n);
        if (first)
            b.kind = kinds_by_code(str_text(&part));
        str_reset(&fold);
        utf8_fold(str_text(&part), part.len, &fold);
        if (fold.len >= 2 && (!first || !b.kind))
            b.issuer |= part_of_issuer(str_text(&fold), name) ||
                        (parent[0] && part_of_issuer(str_text(&fold), parent));
        p += n;
        p += *p != '\0';
    }
    return b;
}

void docnumber_notation_doubt(struct docnumber *n, const struct docnumber_backing *b,
                              const struct kinds_kind *kind)
{
    struct cells_count count = cells_count(n->notation, strlen(n->notation));
    bool same_kind = b->kind && kind && b->kind == kind;
    bool backed = same_kind || b->issuer;
    int sure = same_kind && b->issuer ? 0 : backed ? SURE_BACKED : SURE_NOTATION;
    bool year = strspn(n->notation, "0123456789") == 4 && n->notation[4] == '/';
    const char *code = n->notation + (year ? 5 : 0);
    size_t code_len = strcspn(code, "-/");
    bool code_exact = same_kind && strlen(kind->code) == code_len &&
                      strncmp(code, kind->code, code_len) == 0;

    head_doubt(&n->notation_reason,
               strspn(n->notation, "-/&.") > 0 || count.others > 6 ||
                   strpbrk(n->notation, "|()[]{}<>*+=?!\"'") != NULL,
               "pattern-loose");
    head_doubt(&n->notation_reason, n->stuttered && !code_exact && !b->issuer,
               "pattern-loose");
    head_doubt(&n->notation_reason, same_kind && !code_exact, "pattern-loose");
    head_doubt(&n->notation_reason, b->kind && kind && b->kind != kind, "kind-differs");
    head_doubt(&n->notation_reason, kind && kind->code && !b->kind, "pattern-loose");
    head_doubt(&n->notation_reason, n->notation_box.conf_min < sure, "low-confidence");
}
