/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/doubt.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/cells.h"
#include "ocr/digits.h"
#include "ocr/docdate.h"
#include "ocr/kinds.h"
#include "ocr/ngram.h"
#include "ocr/result.h"
#include "ocr/second.h"
#include "ocr/syllable.h"

#define LETTERS_MAX 12 /* of a word that can be a syllable */
#define BESIDE      3  /* words: so far a name of another language reaches */
#define CORE_MAX    64
#define SHORT       3 /* letters */

/* What a word is made of, without the signs at its ends. */
struct shape {
    const char *text; /* view */
    size_t len;
    size_t letters, capitals, digits, signs;
    bool marked;                /* a letter with a Vietnamese mark */
    bool breve;                 /* a letter that only languages of the highlands have */
    bool foreign;               /* a letter that none of ours has */
    bool fjwz;                  /* Latin, but in no Vietnamese syllable */
    bool tones;                 /* two tones */
    char key[SYLLABLE_KEY_MAX]; /* "" no key */
};

/* Letters of Ê Đê, M'nông, Gia Rai, Ba Na, K'ho and others, as they are written: Ĕ ĕ Ĭ
 * ĭ Ŏ ŏ Ŭ ŭ Č č Ñ ñ Ƀ ƀ, and combining breve, acute and grave. */
static bool is_breve(unsigned cp)
{
    static const uint_least32_t letters[] = U"ĔĕĬĭŎŏŬŭČčÑñɃƀÇçĈĉ";

    if (cp == 0x306 || cp == 0x301 || cp == 0x300)
        return true;
    for (size_t i = 0; letters[i]; i++)
        if (letters[i] == cp)
            return true;
    return false;
}

static bool is_sign_inside(unsigned cp)
{
    return cp == '\'' || cp == 0x2019 || cp == 0x2BC || cp == 0x2BB || cp == '`';
}

static void shape_of(const struct result *r, size_t i, struct shape *s)
{
    const char *p = r->text + r->words[i].start, *end = p + r->words[i].len;
    const char *first = NULL, *last = NULL;
    char tone = 0;

    *s = (struct shape){.text = p};
    /* The core: from the first letter or digit to the last one. */
    for (size_t left = (size_t)(end - p); left > 0;) {
        const char *at = p;
        unsigned cp = utf8_next(&p, &left);

        if (!utf8_is_letter_or_digit(cp) && !utf8_is_mark(cp))
            continue;
        first = first ? first : at;
        last = p;
    }
    if (!first)
        return;
    s->text = first;
    s->len = (size_t)(last - first);
    p = first;
    for (size_t left = s->len; left > 0;) {
        struct syllable_letter l = {0};
        unsigned cp = utf8_next(&p, &left);

        if (cp >= '0' && cp <= '9') {
            s->digits++;
        } else if (syllable_letter(cp, &l)) {
            s->letters++;
            s->capitals += l.upper;
            s->marked |= cp >= 0x80;
            s->fjwz |= strchr("fjwz", l.base) != NULL;
            s->tones |= tone && l.tone;
            tone = l.tone ? l.tone : tone;
        } else if (is_breve(cp)) {
            s->breve = true;
            s->letters++;
        } else if (cp >= 0xB2 && cp <= 0xBE) {
            s->signs++; /* m², ½ */
        } else if (utf8_is_letter_or_digit(cp)) {
            s->foreign = true;
            s->letters++;
        } else {
            s->signs++;
        }
    }
    if (!syllable_key(s->text, s->len, s->key))
        s->key[0] = '\0';
}

/* ---- names of other languages -------------------------------------------------- */

static bool has_sign_inside(const struct shape *s)
{
    const char *p = s->text;
    size_t left = s->len;

    while (left > 0)
        if (is_sign_inside(utf8_next(&p, &left)))
            return true;
    return false;
}

/* A word that a name of the highlands has and Vietnamese has not. */
static bool is_other(const struct shape *s)
{
    if (s->letters == 0 || s->digits > 0)
        return false;
    if (s->breve || has_sign_inside(s))
        return true;
    if (s->capitals == 0)
        return false;
    if (s->letters == 1)
        return strchr("YAU", *s->text) != NULL; /* Y Blô, A Thui */
    /* KSOR and Ayun, but not UBND. */
    return s->key[0] && !syllable_like(s->key) && strpbrk(s->key, "aeiouy") != NULL;
}

static bool beside_other(const struct shape *all, size_t count, const struct result *r,
                         size_t i)
{
    size_t from = i > BESIDE ? i - BESIDE : 0;
    size_t to = i + BESIDE < count ? i + BESIDE : count - 1;

    for (size_t k = from; k <= to; k++)
        if (k != i && r->words[k].line == r->words[i].line && is_other(&all[k]))
            return true;
    return false;
}

static bool in_place_name(const struct shape *all, size_t count, size_t i)
{
    int id = ngram_find(all[i].key);

    return (i > 0 && ngram_is_name(ngram_find(all[i - 1].key), id)) ||
           (i + 1 < count && ngram_is_name(id, ngram_find(all[i + 1].key)));
}

/* ---- the questions ------------------------------------------------------------- */

static bool no_syllable(const struct result *r, const struct shape *all, size_t count,
                        size_t i)
{
    const struct shape *s = &all[i];

    if (s->letters < 2 || s->digits > 0 || s->signs > 0 || s->breve || s->foreign)
        return false;
    if (s->capitals > 0 &&
        (!s->marked || beside_other(all, count, r, i) || in_place_name(all, count, i)))
        return false;
    if (s->tones)
        return true;
    return s->key[0] && syllable_like(s->key) && !syllable_spelled(s->key) &&
           ngram_find(s->key) == NGRAM_UNKNOWN;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Also any byte of a letter beyond ASCII. */
static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80;
}

/* Letters that digits are taken for, in one run with digits: 2O19, l2; and a digit
 * within a word: H'M1lô. */
static bool mixed(const struct shape *s)
{
    size_t digits = 0, alike = 0, others = 0;

    for (size_t i = 0; i <= s->len; i++) {
        char c = i < s->len ? s->text[i] : '/';

        /* 7ở; but 2.000đ */
        if (i > 0 && is_digit(s->text[i - 1]) && (unsigned char)c >= 0x80 &&
            memcmp(s->text + i, "\xC4\x91", 2) != 0 &&
            memcmp(s->text + i, "\xC4\x90", 2) != 0 && (unsigned char)c != 0xC2 &&
            (unsigned char)c != 0xE2)
            return true;
        if (i > 0 && i + 1 < s->len && is_digit(c) && is_letter(s->text[i - 1]) &&
            is_letter(s->text[i + 1]))
            return true;
        if (is_digit(c)) {
            digits++;
        } else if (c && strchr("lIOoSsBZ", c)) {
            alike++;
        } else if (c && strchr("/-.,:()", c)) {
            if (digits > 0 && alike > 0 && others == 0)
                return true;
            digits = alike = others = 0;
        } else {
            others++;
        }
    }
    return false;
}

static bool ends_in_bis(const struct shape *s)
{
    return s->len > 3 && memcmp(s->text + s->len - 3, "bis", 3) == 0;
}

/* Words that ran into a number: "19tháng", "NĐ-CPngày07/8/2017". */
static bool glued(const struct shape *s)
{
    const char *p = s->text;
    size_t left = s->len, small = 0;
    bool after_digit = false, after_capitals = false;
    size_t capitals = 0;

    for (;;) {
        struct syllable_letter l = {0};
        unsigned cp = left > 0 ? utf8_next(&p, &left) : 0;
        bool digit = cp >= '0' && cp <= '9';
        bool letter = !digit && syllable_letter(cp, &l);

        if (letter && !l.upper) {
            small++;
            continue;
        }
        /* 22bis, 50kg and 3m2 are usual. */
        if (small > 3 || (small == 3 && (digit || after_capitals)) ||
            (small == 3 && after_digit && !ends_in_bis(s)))
            return true;
        if (cp == 0)
            return false;
        small = 0;
        capitals = letter ? capitals + 1 : 0;
        after_digit = digit;
        after_capitals = capitals > 1;
    }
}

/* "16/NO-HĐND": what stands behind the number is neither a kind's abbreviation nor as
 * long as an agency's. "QD" for "QĐ" is no abbreviation either. */
static bool odd_notation(const struct shape *s)
{
    static const char *const others[] = {"QH", "TW", "UB",  "VP", "TU", "HU", "ĐU",
                                         "CP", "SY", "TrS", "XN", "GP", "CK", "HS"};
    const char *p = s->text, *end = s->text + s->len;
    char code[16] = "";
    size_t n = 0, letters = 0;
    const struct kinds_kind *kind = NULL;

    while (p < end && is_digit(*p))
        p++;
    if (p == s->text || p == end)
        return false;
    /* "7NĐ-CP": the stroke is lost. */
    if (is_letter(*p)) {
        struct cells_count glued_on = cells_count(p, (size_t)(end - p));
        const char *dash = memchr(p, '-', (size_t)(end - p));

        return dash && glued_on.capitals >= 3 &&
               cells_count(p, (size_t)(dash - p)).capitals >= 2;
    }
    if (*p != '/')
        return false;
    p++;
    if (end - p > 5 && is_digit(p[0]) && is_digit(p[1]) && is_digit(p[2]) &&
        is_digit(p[3]) && p[4] == '/')
        p += 5;
    while (p + n < end && is_letter(p[n]) && n + 1 < sizeof code) {
        code[n] = p[n];
        n++;
    }
    if (n == 0 || p + n == end || (p[n] != '-' && p[n] != '/'))
        return false;
    letters = cells_count(code, n).letters;
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (strcmp(others[i], code) == 0)
            return false;
    kind = kinds_by_code(code);
    return kind ? strcmp(kind->code, code) != 0 : letters < 3;
}

/* Signs recognition gives for others: Ð for Đ, the stroke of a fraction for /, @
 * before &. */
static bool odd_sign(const struct shape *s)
{
    const char *p = s->text;
    size_t left = s->len;
    unsigned before = 0;

    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);

        if (cp == 0xD0 || cp == 0x2044 || cp == '@' || (cp == '/' && before == '/'))
            return true;
        before = cp;
    }
    return false;
}

/* "31/02/2019" and the like. False also when it is no date at all. */
static bool bad_date(const struct shape *s)
{
    int v[3] = {0};

    return docdate_numeric(s->text, s->len, v) && !clock_date_valid(v[2], v[1], v[0]);
}

static int small_number(const struct shape *s)
{
    int value = 0;

    if (s->len == 0 || s->len > 2 || s->digits != s->len)
        return -1;
    for (size_t i = 0; i < s->len; i++)
        value = value * 10 + (s->text[i] - '0');
    return value;
}

static bool is_word(const struct shape *s, const char *key)
{
    return strcmp(s->key, key) == 0;
}

/* "ngày 32 tháng 13". */
static bool bad_day(const struct shape *all, size_t count, size_t i)
{
    int n = small_number(&all[i]);

    if (n < 0 || i == 0)
        return false;
    if (is_word(&all[i - 1], "thang1"))
        return n == 0 || n > 12;
    return is_word(&all[i - 1], "ngay2") && i + 1 < count &&
           is_word(&all[i + 1], "thang1") && (n == 0 || n > 31);
}

static const char *why(const struct result *r, const struct shape *all, size_t i)
{
    const struct result_word *w = &r->words[i];
    const struct shape *s = &all[i];

    if (s->len == 0)
        return NULL;
    if (second_is_number(r->text + w->start, w->len)) {
        if (w->confidence < DOUBT_NUMBER)
            return "two-readings";
        if (bad_date(s) || bad_day(all, r->word_count, i))
            return "implausible-date";
        if (odd_sign(s) || s->foreign)
            return "foreign-letter";
        if (odd_notation(s))
            return "unknown-notation";
        return mixed(s) || glued(s) ? "digit-letter-mix" : NULL;
    }
    if (w->confidence < (s->letters <= SHORT ? DOUBT_SHORT : DOUBT_WORD))
        return "low-confidence";
    if (s->foreign || (s->fjwz && s->marked && s->capitals == 0))
        return "foreign-letter";
    return no_syllable(r, all, r->word_count, i) ? "no-syllable" : NULL;
}

void doubt_find(const struct result *r, struct doubts *out)
{
    AUTO_MEM struct shape *all = mem_new(r->word_count, sizeof *all);
    AUTO_MEM const char **digits = mem_new(r->word_count, sizeof *digits);

    digits_find(r, digits);
    *out = (struct doubts){0};
    for (size_t i = 0; i < r->word_count; i++)
        shape_of(r, i, &all[i]);
    for (size_t i = 0; i < r->word_count; i++) {
        const char *reason = why(r, all, i);

        reason = reason ? reason : digits[i];
        if (!reason)
            continue;
        mem_grow(&out->p, &out->cap, out->count + 1, sizeof *out->p);
        out->p[out->count++] = (struct doubt){i, reason};
    }
}

void doubt_clear(struct doubts *d)
{
    mem_free(d->p);
    *d = (struct doubts){0};
}

const char *doubt_reason(const struct doubts *d, size_t word)
{
    size_t low = 0, high = d->count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (d->p[middle].word == word)
            return d->p[middle].reason;
        if (d->p[middle].word < word)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}
