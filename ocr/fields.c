/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/fields.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/cells.h"
#include "ocr/kinds.h"
#include "ocr/result.h"

#define HEAD_SHARE    0.70 /* of the page: what may belong to a header */
#define TITLE_SHARE   0.40 /* of the page: above it the title stands */
#define BORDER_BLIND  0.42 /* of the width: border when no title was found */
#define HEIGHT_LOW    0.85 /* digits printed in one go are so high beside the year's */
#define HEIGHT_HIGH   1.14
#define GLUED_HIGH    1.50 /* the same when an accent or a tail is in the word */
#define SUBJECT_LINES 10
#define OFF_CENTRE    0.022
#define TEXT_MAX      FIELDS_VALUE_MAX

/* Confidences below which recognition itself is in doubt. */
#define SURE_NUMBER   85 /* digits that stand alone */
#define SURE_GLUED    45 /* digits in one word with the notation: Đ pulls it down */
#define SURE_DAY      80
#define SURE_NOTATION 80
#define SURE_BACKED   60 /* the notation when kind or issuer say the same */
#define SURE_ABSTRACT 80 /* any word of an abstract */
#define SURE_TEXT     60 /* a word of a name */

static const char *const NO_REASON = "";

/* Words a value came from. */
struct box {
    size_t count;
    int32_t x, y, right, bottom;
    int conf_sum, conf_min;
};

/* The header of one page while it is being read. */
struct head {
    struct cells c;
    size_t page;
    int this_year;
    bool titled; /* national title, motto or the Party's title stands there */
    bool party;
    int32_t border, top, title_mid, unit;
    int32_t text_left, text_right; /* 0: not known */
    int32_t bottom;                /* where the two cells end */
    const struct cells_line *kind_line;
    const struct cells_line *kinh_gui;
    const struct kinds_kind *kind;
    enum kinds_match kind_match;
    size_t kind_words; /* of kind_line that are the kind; the rest is abstract */
    const struct cells_line *number_line;
    const struct cells_line *date_line;
    int32_t digit_height; /* of the printed year; 0: not known */
};

static void head_clear(struct head *h)
{
    cells_clear(&h->c);
}
#define AUTO_HEAD AUTO(head_clear)

/* ---- values ------------------------------------------------------------------- */

static void box_add(struct box *b, const struct cells *c, const struct cells_word *cw)
{
    const struct result_word *w = &c->r->words[cw->index];

    if (b->count == 0) {
        *b = (struct box){.x = w->x, .y = w->y, .conf_min = 100};
        b->right = w->x + w->w;
        b->bottom = w->y + w->h;
    }
    b->x = w->x < b->x ? w->x : b->x;
    b->y = w->y < b->y ? w->y : b->y;
    b->right = w->x + w->w > b->right ? w->x + w->w : b->right;
    b->bottom = w->y + w->h > b->bottom ? w->y + w->h : b->bottom;
    b->conf_sum += w->confidence;
    b->conf_min = w->confidence < b->conf_min ? w->confidence : b->conf_min;
    b->count++;
}

static int box_mean(const struct box *b)
{
    return b->count > 0 ? b->conf_sum / (int)b->count : 0;
}

static void field_add(struct fields *f, const struct head *h, const char *name,
                      const char *value, const struct box *b, int confidence,
                      const char *reason)
{
    AUTO_STR struct str nfc = STR_INIT(TEXT_MAX);
    struct field *to;

    if (f->count == FIELDS_MAX)
        return;
    utf8_nfc(value, strlen(value), &nfc);
    to = &f->item[f->count++];
    *to = (struct field){.name = name, .value = mem_dup(str_text(&nfc))};
    to->confidence = (int)num_clamp(confidence, 0, 100);
    to->reason = reason;
    if (*reason == '\0' && h->page > 0)
        to->reason = "not-first-page";
    to->doubtful = *to->reason != '\0';
    to->page = h->page;
    if (b->count > 0) {
        to->x = b->x;
        to->y = b->y;
        to->w = b->right - b->x;
        to->h = b->bottom - b->y;
    }
}

/* The first reason is kept: rules are asked in the order of what helps a clerk most. */
static void doubt(const char **reason, bool when, const char *why)
{
    if (when && **reason == '\0')
        *reason = why;
}

/* Append without the punctuation at both ends. */
static void add_trimmed(struct str *out, const char *text)
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

static bool line_begins(const struct cells *c, const struct cells_line *l,
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

static void kind_find(struct head *h)
{
    for (size_t i = 0; i < h->c.line_count; i++) {
        struct cells_line *l = &h->c.lines[i];
        struct cells_line tidy = *l;
        AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
        const char *rest = "";

        if (l->count == 0 || l->mid < h->title_mid)
            continue;
        if (line_begins(&h->c, l, "can cu"))
            return;
        if (line_begins(&h->c, l, "kinh gui") || line_begins(&h->c, l, "kinh goi")) {
            h->kinh_gui = l;
            return;
        }
        drop_scraps(&h->c, &tidy);
        if (!cells_line_caps(&h->c, &tidy) || !is_centred(&h->c, &tidy))
            continue;
        cells_line_fold(&h->c, &tidy, &fold);
        h->kind_match = kinds_find(str_text(&fold), &h->kind, &rest);
        if (h->kind_match != KINDS_NO && str_starts(rest, "den")) {
            h->kind_match = KINDS_NO; /* the stamp CÔNG VĂN ĐẾN */
            h->kind = NULL;
        }
        if (h->kind_match == KINDS_NO)
            continue;
        h->kind_words = words_in(&h->c, &tidy, rest);
        *l = tidy;
        h->kind_line = l;
        return;
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

/* ---- number and notation ------------------------------------------------------ */

#define FLAT_MAX 400

/* Words of a line without the spaces, each byte knowing its word. */
struct flat {
    char text[FLAT_MAX + 1];
    uint8_t word[FLAT_MAX + 1];
    size_t len;
};

static void flat_add(struct flat *f, const char *text, size_t len, size_t word)
{
    for (size_t i = 0; i < len && f->len < FLAT_MAX; i++) {
        f->text[f->len] = text[i];
        f->word[f->len++] = (uint8_t)word;
    }
    f->text[f->len] = '\0';
}

struct number {
    char value[FLAT_MAX + 1];    /* digits as read; "" blank or unreadable */
    char notation[FLAT_MAX + 1]; /* "" when there is none */
    struct box value_box, notation_box;
    const char *value_reason, *notation_reason;
    bool alone;     /* words with its digits hold nothing else */
    int32_t height; /* of those words */
    bool loose;     /* the separating sign is missing */
    bool stuttered; /* Đ read twice */
};

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

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c) /* also any byte of a letter beyond ASCII */
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

/* Where the notation begins behind digits without a sign between: "120QĐ-UBND". */
static const char *code_behind_digits(const char *text)
{
    const char *p = text;

    while (is_digit(*p))
        p++;
    if (p == text || !is_letter(*p))
        return NULL;
    for (size_t n = 1; n <= 6 && p[n]; n++) {
        char code[8] = "";

        memcpy(code, p, n);
        if ((p[n] == '-' || p[n] == '/') && kinds_by_code(code))
            return p;
    }
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
        is_letter(dash[1])) {
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
static void number_judge(struct number *n, const char *read)
{
    AUTO_STR struct str tidy = STR_INIT(FLAT_MAX);
    struct cells_count count;
    const char *last;

    add_trimmed(&tidy, read);
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
        doubt(&n->value_reason, count.digits > 6, "pattern-loose");
    } else if (count.letters == 1 && is_letter(*last) && tidy.len == count.digits + 1) {
        /* 12a is a number of its own; l, I, O, S … may be a digit. */
        doubt(&n->value_reason, strchr("lIiOoSsBbZzgqGTJ", *last) != NULL,
              "digit-letter-mix");
    } else if (!str_ends(n->value, "bis") || count.letters != 3) {
        doubt(&n->value_reason, true, "digit-letter-mix");
    }
}

/* The notation's words: on while a sign joins them. */
static void notation_take(struct head *h, const struct cells_line *l,
                          const struct flat *f, size_t from, struct number *n)
{
    AUTO_STR struct str read = STR_INIT(FLAT_MAX);
    AUTO_STR struct str tidy = STR_INIT(FLAT_MAX);
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
        box_add(&n->notation_box, &h->c, cells_word(&h->c, l, w));
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
    add_trimmed(&read, str_text(&tidy));
    memcpy(n->notation, str_text(&read), read.len + 1);
}

/* Is it a notation at all? Two letters, the first a capital, or a year before them. */
static bool notation_valid(const char *text)
{
    struct cells_count n = cells_count(text, strlen(text));

    return n.letters >= 2 && n.capitals * 2 >= n.letters && strlen(text) <= 60;
}

/* One line of the left cell as number and notation. */
static bool number_read(struct head *h, const struct cells_line *l, struct number *n)
{
    struct flat f = {.len = 0};
    size_t word = 0;
    size_t skip = 0;
    bool so = so_find(h, l, &word, &skip);
    const char *notation = NULL;
    const char *start;
    size_t len;
    char read[FLAT_MAX + 1] = "";

    *n = (struct number){.value_reason = NO_REASON, .notation_reason = NO_REASON};
    for (size_t i = word; i < l->count; i++) {
        const struct result_word *w = &h->c.r->words[cells_word(&h->c, l, i)->index];
        size_t from = i == word ? skip : 0;

        flat_add(&f, h->c.r->text + w->start + from, w->len - from, i);
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
        char code[FLAT_MAX + 1] = "";
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
        box_add(&n->value_box, &h->c, w);
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
    doubt(&n->value_reason, n->loose || !so, "pattern-loose");
    doubt(&n->notation_reason, n->loose || !so, "pattern-loose");
    return true;
}

/* How sure the digits are: by confidence, and by height beside the printed year. */
static void number_doubt(const struct head *h, struct number *n, int year)
{
    double high = h->digit_height > 0 ? (double)n->height / h->digit_height : 1;

    if (n->value[0] == '\0')
        return;
    if (n->alone) {
        doubt(&n->value_reason, high > HEIGHT_HIGH || high < HEIGHT_LOW, "handwritten");
        doubt(&n->value_reason, n->value_box.conf_min < SURE_NUMBER, "low-confidence");
        /* Nothing to compare with: a number filled in later stays in doubt. */
        doubt(&n->value_reason, h->digit_height == 0 && n->value_box.conf_min < 95,
              "low-confidence");
    } else {
        doubt(&n->value_reason, high > GLUED_HIGH, "handwritten");
        doubt(&n->value_reason, n->value_box.conf_min < SURE_GLUED, "low-confidence");
    }
    doubt(&n->value_reason, strlen(n->value) == 1 && (year == 0 || year >= 2005),
          "not-zero-padded");
}

/*
 * Does the line lie in an incoming stamp? The word ĐẾN in capitals, and beside or below
 * it, within some lines, a line that begins with Số, Ngày, Chuyển or Lưu.
 */
static bool in_stamp(const struct head *h, const struct cells_line *l)
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

/* The first number line with a notation; first those outside of a stamp. */
static bool number_find(struct head *h, struct number *n)
{
    struct number other;

    for (int stamped = 0; stamped < 2 && !h->number_line; stamped++) {
        for (size_t i = 0; i < h->c.part_count && !h->number_line; i++) {
            const struct cells_line *l = &h->c.parts[i];

            if (l->side != CELLS_LEFT || l->mid < h->title_mid ||
                in_stamp(h, l) != (stamped == 1))
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
            in_stamp(h, l) || !number_read(h, l, &other) || !other.notation[0] ||
            !other.value[0] || strcmp(other.value, n->value) == 0)
            continue;
        doubt(&n->value_reason, true, "two-candidates");
        doubt(&n->notation_reason, strcmp(other.notation, n->notation) != 0,
              "two-candidates");
    }
    return true;
}

/* ---- date and place ----------------------------------------------------------- */

struct date {
    int year, month, day; /* 0: not known */
    const char *reason, *place_reason;
    struct box box, place_box;
    char place[FLAT_MAX + 1];
    int32_t digit_height;
};

/* Folded letters, digits and date signs of a line; '?' for any other sign, '.' for
 * what fills a blank. */
static void flat_folded(const struct head *h, const struct cells_line *l,
                        struct flat *f)
{
    for (size_t i = 0; i < l->count; i++) {
        const char *p = cells_fold(&h->c, l, i);
        size_t left = strlen(p);

        while (left > 0) {
            unsigned cp = utf8_next(&p, &left);
            bool plain = (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') ||
                         (cp < 0x80 && strchr("/,.-:", (int)cp));
            char c = plain ? (char)cp : cp == '_' || cp == 0x2026 ? '.' : '?';

            flat_add(f, &c, 1, i);
        }
    }
}

/* Place of @word in [from, to), one letter may differ. @last: the last one. Exact ones
 * go first. Return: position or FLAT_MAX. */
static size_t word_at(const struct flat *f, const char *word, size_t from, size_t to,
                      bool last)
{
    size_t n = strlen(word);
    size_t loose = FLAT_MAX;
    size_t exact = FLAT_MAX;

    for (size_t i = from; i + n <= to; i++) {
        size_t wrong = 0;

        for (size_t k = 0; k < n; k++)
            wrong += f->text[i + k] != word[k];
        if (wrong == 0 && (last || exact == FLAT_MAX))
            exact = i;
        if (wrong == 1 && !is_digit(f->text[i]) && (last || loose == FLAT_MAX))
            loose = i;
    }
    return exact != FLAT_MAX ? exact : loose;
}

/* A day, month or year between two words. Return: its value; 0 and a reason. */
static int part_value(const struct flat *f, size_t from, size_t to, size_t digits_max,
                      const char **reason)
{
    int value = 0;
    size_t digits = 0;
    size_t letters = 0;

    while (from < to && strchr(".,:-/", f->text[from]))
        from++;
    while (to > from && strchr(".,:-/", f->text[to - 1]))
        to--;
    if (from == to) {
        doubt(reason, true, "blank");
        return 0;
    }
    for (size_t i = from; i < to; i++) {
        if (is_digit(f->text[i])) {
            digits++;
            value = digits <= digits_max ? value * 10 + (f->text[i] - '0') : value;
        } else if (f->text[i] >= 'a' && f->text[i] <= 'z') {
            letters++;
        } else {
            digits = digits_max + 1;
        }
    }
    if (digits > 0 && digits <= digits_max && letters == 0) {
        doubt(reason, value == 0, "implausible-date"); /* a digit of it is lost */
        return value;
    }
    doubt(reason, digits > 0 && digits <= digits_max, "digit-letter-mix");
    doubt(reason, true, "unreadable");
    return 0;
}

static int month_days(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Words of [from, to): into the box; unsure or unlike printed ones into the reason. */
static void part_doubt(const struct head *h, const struct cells_line *l,
                       const struct flat *f, size_t from, size_t to, struct date *d)
{
    for (size_t i = from; i < to; i++) {
        const struct cells_word *w = cells_word(&h->c, l, f->word[i]);
        double high = d->digit_height > 0 ? (double)w->h / d->digit_height : 1;
        bool alone = w->n.letters == 0 && w->n.others == 0;

        if (!is_digit(f->text[i]) || (i > from && f->word[i] == f->word[i - 1]))
            continue;
        box_add(&d->box, &h->c, w);
        doubt(&d->reason, alone && (high > HEIGHT_HIGH || high < HEIGHT_LOW),
              "handwritten");
        doubt(&d->reason, !alone && high > GLUED_HIGH, "handwritten");
        doubt(&d->reason, w->conf < SURE_DAY, "low-confidence");
    }
}

/* Height of the printed digits: the year's, if it is a word of its own. */
static void digit_height(const struct head *h, const struct cells_line *l,
                         const struct flat *f, size_t from, struct date *d)
{
    const struct cells_word *w;

    if (from >= f->len)
        return;
    w = cells_word(&h->c, l, f->word[from]);
    if (w->n.digits == 4 && w->n.letters == 0)
        d->digit_height = w->h;
}

static void date_check(const struct head *h, struct date *d, bool day_padded,
                       bool month_padded)
{
    int last_year = h->this_year > 0 ? h->this_year : 2200;

    if (d->year != 0 && (d->year < 1900 || d->year > last_year)) {
        d->reason = "implausible-date";
        d->year = d->year < 1000 ? 0 : d->year;
    }
    if (d->month > 12) {
        d->reason = "implausible-date";
        d->month = 0;
    }
    if (d->month > 0 && d->day > month_days(d->month, d->year)) {
        d->reason = "implausible-date";
        d->day = 0;
    }
    /* Before 2005 nobody was told to write 05. */
    doubt(&d->reason,
          d->year >= 2005 && ((d->day > 0 && !day_padded) ||
                              (d->month > 0 && d->month < 3 && !month_padded)),
          "not-zero-padded");
    if (d->month == 0)
        d->day = 0;
}

static bool padded(const struct flat *f, size_t from, size_t to)
{
    size_t digits = 0;

    for (size_t i = from; i < to; i++)
        digits += is_digit(f->text[i]);
    return digits >= 2;
}

/* Behind "ngày": 5/9/1987, 05.09.1987. */
static bool date_numeric(const struct head *h, const struct cells_line *l,
                         const struct flat *f, size_t from, struct date *d)
{
    int value[3] = {0};
    size_t at[4] = {from, from, from, from};
    size_t part = 0;
    size_t digits = 0;
    size_t i = from;

    for (; i < f->len && part < 3; i++) {
        if (is_digit(f->text[i])) {
            value[part] = value[part] * 10 + (f->text[i] - '0');
            if (++digits > 4)
                return false;
        } else if (digits > 0 && strchr("/.-", f->text[i])) {
            part++;
            at[part] = i + 1;
            digits = 0;
        } else if (digits == 0 && part == 0 && strchr(".:,", f->text[i])) {
            continue;
        } else {
            break;
        }
    }
    if (part != 2 || digits != 4)
        return false;
    d->day = value[0];
    d->month = value[1];
    d->year = value[2];
    part_doubt(h, l, f, from, i, d);
    doubt(&d->reason, d->day == 0 || d->month == 0, "implausible-date");
    date_check(h, d, padded(f, at[0], at[1]), padded(f, at[1], at[2]));
    return true;
}

/* What stands before "ngày" in the line. */
static void place_take(const struct head *h, const struct cells_line *l,
                       const struct flat *f, size_t end, struct date *d)
{
    AUTO_STR struct str text = STR_INIT(FLAT_MAX);
    AUTO_STR struct str tidy = STR_INIT(FLAT_MAX);
    size_t to = end < f->len ? f->word[end] : l->count;
    size_t from = 0;

    while (from < to && !cells_word(&h->c, l, from)->n.first_capital)
        from++;
    for (size_t i = from; i < to; i++)
        box_add(&d->place_box, &h->c, cells_word(&h->c, l, i));
    cells_line_text(&h->c, l, from, to, &text);
    if (end < f->len && end > 0 && f->word[end] == f->word[end - 1]) {
        /* "Lắk,ngày": the beginning of a word that holds both. */
        const struct result_word *w = &h->c.r->words[cells_word(&h->c, l, to)->index];
        const char *p = h->c.r->text + w->start;
        const char *start = p;
        size_t left = w->len;
        size_t first = end;

        while (first > 0 && f->word[first - 1] == f->word[end])
            first--;
        for (size_t i = first; i < end && left > 0; i++)
            utf8_next(&p, &left);
        if (text.len > 0)
            str_add_char(&text, ' ');
        str_add_mem(&text, start, (size_t)(p - start));
        box_add(&d->place_box, &h->c, cells_word(&h->c, l, to));
    }
    add_trimmed(&tidy, str_text(&text));
    memcpy(d->place, str_text(&tidy), tidy.len + 1);
}

/* One line as place and date. Return: true when it is a date line. */
static bool date_read(const struct head *h, const struct cells_line *l, struct date *d)
{
    struct flat f = {.len = 0};
    size_t thang, nam, ngay, year_at;
    const char *year_reason = NO_REASON;
    const char *reason = NO_REASON;

    *d = (struct date){.reason = NO_REASON, .place_reason = NO_REASON};
    flat_folded(h, l, &f);
    thang = word_at(&f, "thang", 0, f.len, true);
    if (thang == FLAT_MAX) {
        ngay = word_at(&f, "ngay", 0, f.len, true);
        if (ngay == FLAT_MAX || !date_numeric(h, l, &f, ngay + 4, d))
            return false;
        place_take(h, l, &f, ngay, d);
        return d->place[0] != '\0';
    }
    nam = word_at(&f, "nam", thang + 5, f.len, true);
    ngay = word_at(&f, "ngay", 0, thang, true);
    year_at = nam != FLAT_MAX ? nam + 3 : f.len;
    if (nam == FLAT_MAX) {
        /* "tháng 9/1987", or năm misread: four digits at the end */
        size_t digits = 0;

        while (digits < 4 && f.len > digits && is_digit(f.text[f.len - 1 - digits]))
            digits++;
        if (digits < 4)
            return false;
        year_at = f.len - 4;
        nam = year_at;
        while (nam > thang + 5 && (f.text[nam - 1] == '/' || f.text[nam - 1] == '?' ||
                                   is_letter(f.text[nam - 1])))
            nam--;
        doubt(&reason, f.text[year_at - 1] != '/', "pattern-loose");
    }
    digit_height(h, l, &f, year_at, d);
    d->year = part_value(&f, year_at, f.len, 4, &year_reason);
    if (d->year == 0 && is_digit(f.text[year_at])) {
        /* Scraps behind the year. */
        size_t digits = strspn(f.text + year_at, "0123456789");

        if (digits == 4)
            d->year = part_value(&f, year_at, year_at + 4, 4, &reason);
    }
    doubt(&reason, d->year == 0, year_reason);
    d->month = part_value(&f, thang + 5, nam, 2, &reason);
    if (ngay != FLAT_MAX)
        d->day = part_value(&f, ngay + 4, thang, 2, &reason);
    else
        doubt(&reason, thang > 0 && f.text[thang - 1] != ',', "pattern-loose");
    d->reason = reason;
    if (ngay != FLAT_MAX && d->day > 0)
        part_doubt(h, l, &f, ngay + 4, thang, d);
    if (d->month > 0)
        part_doubt(h, l, &f, thang + 5, nam, d);
    part_doubt(h, l, &f, year_at, f.len, d);
    if (d->box.count == 0)
        box_add(&d->box, &h->c, cells_word(&h->c, l, f.word[thang]));
    place_take(h, l, &f, ngay != FLAT_MAX ? ngay : thang, d);
    date_check(h, d, ngay != FLAT_MAX && padded(&f, ngay + 4, thang),
               padded(&f, thang + 5, nam));
    if (d->year == 0)
        d->month = d->day = 0;
    return true;
}

/* What stands before "Ngày" in a stamp: nothing, or ĐẾN itself. */
static bool is_stamp_word(const char *place)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(place, strlen(place), &fold);
    return fold.len == 0 || str_ends(str_text(&fold), "den");
}

static bool date_find(struct head *h, struct date *d)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < h->c.part_count; i++) {
            const struct cells_line *l = &h->c.parts[i];

            if ((pass == 0) != (l->side == CELLS_RIGHT) || l->mid <= h->title_mid)
                continue;
            /* A stamp's date has no place before it. */
            if (!date_read(h, l, d) || (pass == 1 && d->place[0] == '\0') ||
                (in_stamp(h, l) && is_stamp_word(d->place)))
                continue;
            h->date_line = l;
            h->digit_height = d->digit_height;
            return true;
        }
    }
    return false;
}

/* ---- issuer ------------------------------------------------------------------- */

struct organ {
    char name[TEXT_MAX + 1], parent[TEXT_MAX + 1];
    struct box box, parent_box;
    const char *reason, *parent_reason;
};

/* Words of a left part that can belong to a name: capitals, or digits among them. */
static void name_words(const struct head *h, const struct cells_line *l,
                       struct cells_line *out)
{
    *out = *l;
    out->count = 0;
    for (size_t i = 0; i < l->count; i++) {
        const struct cells_word *w = cells_word(&h->c, l, i);
        bool capital = w->n.letters > 0 && w->n.capitals * 3 >= w->n.letters * 2;
        bool sign = w->n.letters == 0 && (out->count > 0);

        if (capital || (sign && w->conf >= SURE_TEXT))
            out->word[out->count++] = l->word[i];
    }
    cells_trim(&h->c, out);
}

/* Does a line go on with the name above it though an agency's word begins it? */
static bool goes_on(const char *above, const char *line)
{
    size_t n = strlen(above);

    if (n == 0)
        return true;
    if (above[n - 1] == '-' || above[n - 1] == ',')
        return true;
    return str_ends(above, " va") || str_ends(above, " cua") ||
           (str_ends(above, " xa") && str_starts(line, "hoi"));
}

static void organ_line(const struct head *h, struct organ *o,
                       const struct cells_line *l, struct str *above)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str text = STR_INIT(TEXT_MAX);
    bool own_level = kinds_level(str_text(&fold)) > 0;

    cells_line_fold(&h->c, l, &fold);
    own_level = kinds_level(str_text(&fold)) > 0;
    if (o->name[0] != '\0' && kinds_is_agency(str_text(&fold)) &&
        !goes_on(str_text(above), str_text(&fold))) {
        /* What stood above was the parent (or the parent's parent). */
        if (o->parent[0] == '\0')
            memcpy(o->parent, o->name, sizeof o->parent);
        else
            doubt(&o->reason, true, "two-agencies");
        o->parent_box = o->box;
        o->parent_reason = o->reason;
        o->name[0] = '\0';
        o->box = (struct box){0};
        o->reason = NO_REASON;
        str_reset(above);
    } else if (o->name[0] != '\0' && own_level) {
        /* "UBND HUYỆN A / XÃ B": a level below another one in the same name. */
        for (const char *p = str_text(above); (p = strchr(p, ' ')) != NULL; p++)
            doubt(&o->reason, kinds_level(p + 1) > 0, "two-agencies");
    }
    str_add(&text, o->name);
    cells_line_text(&h->c, l, 0, l->count, &text);
    if (text.over)
        return;
    for (size_t i = 0; i < l->count; i++)
        box_add(&o->box, &h->c, cells_word(&h->c, l, i));
    doubt(&o->reason, l->touching, "columns-touch");
    memcpy(o->name, str_text(&text), text.len + 1);
    if (above->len > 0)
        str_add_char(above, ' ');
    str_add(above, str_text(&fold));
}

static void name_doubt(const char *name, const struct box *b, const char **reason)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(name, strlen(name), &fold);
    doubt(reason, b->conf_min < SURE_TEXT, "low-confidence");
    doubt(reason, !kinds_marks(name, true), "pattern-loose");
    doubt(reason, !kinds_is_agency(str_text(&fold)), "pattern-loose");
}

static bool organ_find(const struct head *h, struct organ *o)
{
    AUTO_STR struct str above = STR_INIT(STR_LINE_MAX);
    int32_t end = h->number_line ? h->number_line->mid - h->number_line->h / 2
                                 : h->title_mid + 5 * h->unit;

    *o = (struct organ){.reason = NO_REASON, .parent_reason = NO_REASON};
    for (size_t i = 0; i < h->c.part_count; i++) {
        const struct cells_line *l = &h->c.parts[i];
        struct cells_line tidy;

        if (l->side != CELLS_LEFT || l->mid >= end || l->mid < h->top)
            continue;
        if (h->date_line && l->mid > h->date_line->mid)
            continue;
        name_words(h, l, &tidy);
        if (tidy.count == 0 || !cells_line_caps(&h->c, &tidy) ||
            tidy.count * 2 < l->count || cells_line_conf(&h->c, &tidy) < 35)
            continue;
        organ_line(h, o, &tidy, &above);
    }
    if (o->name[0] == '\0')
        return false;
    name_doubt(o->name, &o->box, &o->reason);
    if (o->parent[0] != '\0')
        name_doubt(o->parent, &o->parent_box, &o->parent_reason);
    return true;
}

/* The place of the date often stands in the issuer's name too: the same letters with
 * other marks are two readings of one name, of which one is wrong. */
static void place_beside_organ(struct date *d, struct organ *o)
{
    AUTO_STR struct str place = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str place_tone = STR_INIT(STR_LINE_MAX);

    utf8_fold(d->place, strlen(d->place), &place);
    utf8_tone(d->place, strlen(d->place), &place_tone);
    for (int parent = 0; parent < 2 && place.len >= 3; parent++) {
        const char *name = parent ? o->parent : o->name;
        AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
        AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);

        utf8_fold(name, strlen(name), &fold);
        utf8_tone(name, strlen(name), &tone);
        if (!strstr(str_text(&fold), str_text(&place)) ||
            strstr(str_text(&tone), str_text(&place_tone)))
            continue;
        doubt(parent ? &o->parent_reason : &o->reason, true, "two-candidates");
        doubt(&d->place_reason, true, "two-candidates");
    }
}

/* ---- notation beside kind and issuer ------------------------------------------ */

/* First letters of a name, folded; "UBND TỈNH" and "ỦY BAN NHÂN DÂN TỈNH" alike. */
static void initials(const char *name, bool with_va, struct str *out)
{
    static const char *const whole[] = {"ubnd", "hdnd", "mttq", "ubmttq", "vp", "bch"};
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str word = STR_INIT(STR_LINE_MAX);

    utf8_fold(name, strlen(name), &fold);
    str_add_char(&fold, ' ');
    for (const char *p = str_text(&fold); *p; p++) {
        bool digits = word.len > 0 && is_digit(str_text(&word)[0]);
        bool abbreviation = false;

        if ((*p >= 'a' && *p <= 'z') || is_digit(*p)) {
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

/* What kind and issuer say about the notation. */
struct backing {
    const struct kinds_kind *kind; /* of its own abbreviation; NULL: none known */
    bool issuer;
};

static struct backing notation_backing(const char *notation, const struct organ *o)
{
    struct backing b = {0};
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
            b.issuer |= part_of_issuer(str_text(&fold), o->name) ||
                        (o->parent[0] && part_of_issuer(str_text(&fold), o->parent));
        p += n;
        p += *p != '\0';
    }
    return b;
}

static void notation_doubt(struct number *n, const struct backing *b,
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

    doubt(&n->notation_reason,
          strspn(n->notation, "-/&.") > 0 || count.others > 6 ||
              strpbrk(n->notation, "|()[]{}<>*+=?!\"'") != NULL,
          "pattern-loose");
    doubt(&n->notation_reason, n->stuttered && !code_exact && !b->issuer,
          "pattern-loose");
    doubt(&n->notation_reason, same_kind && !code_exact, "pattern-loose");
    doubt(&n->notation_reason, b->kind && kind && b->kind != kind, "kind-differs");
    doubt(&n->notation_reason, n->notation_box.conf_min < sure, "low-confidence");
}

/* ---- abstract ----------------------------------------------------------------- */

struct subject {
    struct str text;
    struct box box;
    const char *reason;
};

static void subject_clear(struct subject *s)
{
    str_clear(&s->text);
}
#define AUTO_SUBJECT AUTO(subject_clear)

static void subject_add(const struct head *h, struct subject *s,
                        const struct cells_line *l, size_t from)
{
    for (size_t i = from; i < l->count; i++)
        box_add(&s->box, &h->c, cells_word(&h->c, l, i));
    cells_line_text(&h->c, l, from, l->count, &s->text);
    doubt(&s->reason, l->touching && l->side == CELLS_LEFT, "columns-touch");
}

/* Words a body or an addressee begins with. */
static bool begins_body(const struct head *h, const struct cells_line *l)
{
    static const char *const starts[] = {"can cu",   "kinh gui",       "kinh goi",
                                         "xet",      "thuc hien nghi", "dieu 1",
                                         "noi nhan", "kinh thua"};

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (line_begins(&h->c, l, starts[i]))
            return true;
    }
    return false;
}

static int by_number(const void *a, const void *b)
{
    int32_t x = *(const int32_t *)a;
    int32_t y = *(const int32_t *)b;

    return (x > y) - (x < y);
}

static double apart(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* Offset of the line's middle from the kind's or the text's, in parts of the page's
 * width. A paragraph that begins with an indent is 0.03 off. */
static double off_centre(const struct head *h, const struct cells_line *l)
{
    double mid = l->x + l->w / 2.0;
    double kind = apart(mid, h->kind_line->x + h->kind_line->w / 2.0);
    double text = apart(mid, (h->text_left + h->text_right) / 2.0);

    return (h->text_right > 0 && text < kind ? text : kind) / h->c.r->width_px;
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

static void subject_under_kind(const struct head *h, struct subject *s)
{
    int32_t last = h->kind_line->mid;
    int32_t pitch = 0;
    size_t lines = 0;
    bool caps = true;
    bool kind_long = h->kind_words < h->kind_line->count;

    if (kind_long && !line_begins(&h->c, h->kind_line, "quyet dinh cua")) {
        subject_add(h, s, h->kind_line, h->kind_words);
        lines++;
    }
    for (size_t i = 0; i < h->c.line_count && lines < SUBJECT_LINES; i++) {
        struct cells_line l = h->c.lines[i];
        int32_t gap = l.mid - last;
        bool line_caps;

        if (l.mid <= h->kind_line->mid + h->kind_line->h / 2)
            continue;
        cells_trim(&h->c, &l);
        if (l.count == 0 || (l.count == 1 && cells_word(&h->c, &l, 0)->conf < 50 &&
                             cells_word(&h->c, &l, 0)->n.letters < 3))
            continue; /* a rule or a stain */
        if (gap < h->unit / 2)
            continue; /* scraps in the same row */
        if (lines == 0 ? gap > h->unit * 4
                       : gap > (pitch > 0 ? pitch * 8 / 5 : h->unit * 5 / 2))
            break;
        line_caps = cells_line_caps(&h->c, &l);
        if (begins_body(h, &l) || (lines > 0 && line_caps && !caps))
            break;
        if (off_centre(h, &l) > OFF_CENTRE) {
            /* A paragraph begins with a capital; else part of a line is hidden. */
            if (lines == 0 || cells_word(&h->c, &l, 0)->n.first_capital ||
                cells_word(&h->c, &l, 0)->n.letters == 0)
                break;
            doubt(&s->reason, true, "pattern-loose");
        }
        caps = lines == 0 ? line_caps : caps && line_caps;
        subject_add(h, s, &l, 0);
        if (lines > 0 && (pitch == 0 || gap < pitch))
            pitch = gap < h->unit ? h->unit : gap;
        last = l.mid;
        lines++;
    }
}

/* "V/v", "v/v", "V/V", "Về việc". Return: it is where the abstract of a letter begins.
 */
static bool begins_letter(const struct head *h, const struct cells_line *l)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    if (line_begins(&h->c, l, "ve viec"))
        return !l->touching;
    cells_line_text(&h->c, l, 0, l->count, &text);
    return (text.p && strncmp(text.p, "V/", 2) == 0) ||
           str_starts(str_text(&text), "v/");
}

static void subject_of_letter(const struct head *h, struct subject *s)
{
    int32_t last = 0;
    int32_t pitch = 0;
    bool begun = false;

    for (size_t i = 0; i < h->c.part_count; i++) {
        struct cells_line l = h->c.parts[i];
        int32_t gap = l.mid - last;

        if (l.side != CELLS_LEFT || !h->number_line || l.mid <= h->number_line->mid)
            continue;
        cells_trim(&h->c, &l);
        if (l.count == 0)
            continue;
        if (!begun && !begins_letter(h, &l))
            continue;
        if (begun &&
            (begins_body(h, &l) || gap > (pitch > 0 ? pitch * 8 / 5 : h->unit * 5 / 2)))
            break;
        if (begun && gap < h->unit / 3)
            continue;
        subject_add(h, s, &l, 0);
        if (begun && (pitch == 0 || gap < pitch))
            pitch = gap < h->unit ? h->unit : gap;
        last = l.mid;
        begun = true;
    }
}

/* ---- all together ------------------------------------------------------------- */

static void add_kind(struct fields *f, const struct head *h, const struct backing *b,
                     bool letter, const struct box *number)
{
    const char *reason = NO_REASON;
    struct box box = {0};

    if (h->kind) {
        for (size_t i = 0; i < h->kind_words && i < h->kind_line->count; i++)
            box_add(&box, &h->c, cells_word(&h->c, h->kind_line, i));
        doubt(&reason, b->kind && b->kind != h->kind, "kind-differs");
        doubt(&reason, h->kind_match == KINDS_LOOSE && b->kind != h->kind,
              "pattern-loose");
        field_add(f, h, FIELDS_KIND, h->kind->name, &box, box_mean(&box), reason);
    } else if (b->kind && b->issuer) {
        field_add(f, h, FIELDS_KIND, b->kind->name, number, number->conf_min,
                  b->kind == kinds_letter() ? NO_REASON : "from-notation");
    } else if (letter && !b->kind) {
        field_add(f, h, FIELDS_KIND, kinds_letter()->name, number, number->conf_min,
                  NO_REASON);
    }
}

static void add_number(struct fields *f, const struct head *h, const struct number *n)
{
    field_add(f, h, FIELDS_NUMBER, n->value, &n->value_box,
              n->value[0] ? n->value_box.conf_min : 0, n->value_reason);
    if (n->notation[0])
        field_add(f, h, FIELDS_NOTATION, n->notation, &n->notation_box,
                  n->notation_box.conf_min, n->notation_reason);
}

static void add_date(struct fields *f, const struct head *h, struct date *d)
{
    char iso[40] = "";

    if (d->day > 0)
        snprintf(iso, sizeof iso, "%04d-%02d-%02d", d->year, d->month, d->day);
    else if (d->month > 0)
        snprintf(iso, sizeof iso, "%04d-%02d", d->year, d->month);
    else if (d->year > 0)
        snprintf(iso, sizeof iso, "%04d", d->year);
    field_add(f, h, FIELDS_DATE, iso, &d->box, iso[0] ? d->box.conf_min : 0, d->reason);
    if (d->place[0] == '\0')
        return;
    doubt(&d->place_reason, d->place_box.conf_min < SURE_TEXT, "low-confidence");
    doubt(&d->place_reason, h->date_line->touching, "columns-touch");
    field_add(f, h, FIELDS_PLACE, d->place, &d->place_box, box_mean(&d->place_box),
              d->place_reason);
}

static void add_organ(struct fields *f, const struct head *h, const struct organ *o)
{
    field_add(f, h, FIELDS_ORGAN, o->name, &o->box, box_mean(&o->box), o->reason);
    if (o->parent[0])
        field_add(f, h, FIELDS_PARENT, o->parent, &o->parent_box,
                  box_mean(&o->parent_box), o->parent_reason);
}

static void add_subject(struct fields *f, const struct head *h, struct subject *s)
{
    AUTO_STR struct str tidy = STR_INIT(TEXT_MAX);

    if (s->box.count == 0)
        return;
    add_trimmed(&tidy, str_text(&s->text));
    if (tidy.len == 0)
        return;
    /* One word badly read in a long abstract is enough. */
    doubt(&s->reason, s->box.conf_min < SURE_ABSTRACT, "low-confidence");
    doubt(&s->reason, !kinds_marks(str_text(&tidy), false), "pattern-loose");
    doubt(&s->reason,
          !cells_count(str_text(&tidy), tidy.len).first_capital &&
              !str_starts(str_text(&tidy), "v/v"),
          "pattern-loose");
    field_add(f, h, FIELDS_SUBJECT, str_text(&tidy), &s->box, box_mean(&s->box),
              s->reason);
}

/* The header of one page. Return: true when there is one. */
static bool page_read(const struct result *r, size_t page, int this_year,
                      struct fields *out)
{
    AUTO_HEAD struct head h = {.page = page, .this_year = this_year};
    AUTO_SUBJECT struct subject s = {.text = STR_INIT(TEXT_MAX), .reason = NO_REASON};
    struct number n;
    struct date d;
    struct organ o;
    struct backing b = {0};
    bool number, date, organ, letter;

    cells_read(r, HEAD_SHARE, &h.c);
    title_find(&h);
    kind_find(&h);
    text_find(&h);
    bottom_find(&h);
    cells_split(&h.c, h.border, h.top, h.bottom);
    number = number_find(&h, &n);
    date = date_find(&h, &d);
    if (!(h.titled ? number || h.kind != NULL : number && date))
        return false;
    organ = organ_find(&h, &o);
    if (date && organ)
        place_beside_organ(&d, &o);
    if (h.kind)
        subject_under_kind(&h, &s);
    else
        subject_of_letter(&h, &s);
    letter = number && (s.box.count > 0 || h.kinh_gui != NULL);
    if (number) {
        b = notation_backing(n.notation, &o);
        number_doubt(&h, &n, date ? d.year : 0);
        notation_doubt(&n, &b, h.kind);
        add_number(out, &h, &n);
    }
    if (date)
        add_date(out, &h, &d);
    if (organ)
        add_organ(out, &h, &o);
    add_kind(out, &h, &b, letter, number ? &n.notation_box : &(struct box){0});
    add_subject(out, &h, &s);
    return true;
}

void fields_find(const struct result *const *pages, size_t count, int this_year,
                 struct fields *out)
{
    *out = (struct fields){0};
    for (size_t i = 0; i < count && i < FIELDS_PAGES_MAX; i++) {
        if (pages[i] && pages[i]->word_count > 0 && pages[i]->width_px > 0 &&
            page_read(pages[i], i, this_year, out))
            return;
    }
}

void fields_clear(struct fields *f)
{
    for (size_t i = 0; i < f->count; i++)
        mem_free(f->item[i].value);
    *f = (struct fields){0};
}

const struct field *fields_get(const struct fields *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->item[i].name, name) == 0)
            return &f->item[i];
    }
    return NULL;
}

struct jdoc *fields_to_jdoc(const struct fields *f)
{
    struct jdoc *all = jdoc_object();

    for (size_t i = 0; i < f->count; i++) {
        const struct field *from = &f->item[i];
        struct jdoc *j = jdoc_object();

        jdoc_set_text(j, "value", from->value);
        jdoc_set_text(j, "source", FIELDS_SOURCE);
        jdoc_set_int(j, "confidence", from->confidence);
        jdoc_set_bool(j, "doubtful", from->doubtful);
        jdoc_set_text(j, "reason", from->reason);
        jdoc_set_int(j, "page", (int64_t)from->page);
        jdoc_set_int(j, "x", from->x);
        jdoc_set_int(j, "y", from->y);
        jdoc_set_int(j, "w", from->w);
        jdoc_set_int(j, "h", from->h);
        jdoc_set(all, from->name, j);
    }
    return all;
}
