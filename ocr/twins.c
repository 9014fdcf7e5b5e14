/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/twins.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/docdate.h"
#include "ocr/kinds.h"
#include "ocr/result.h"
#include "ocr/second.h"
#include "ocr/syllable.h"

#define STROKE_D     0x110
#define ETH          0xD0
#define SIGNS_MAX    64 /* of a word that is looked at */
#define NUMBER_MAX   5  /* digits of a document's number */
#define YEAR_FIRST   1900
#define YEAR_LAST    2099
#define YEAR_SIGNS   "0123456789lI|Oo"
#define CODE_MAX     16    /* bytes of a kind's abbreviation */
#define FIRST_OTHERS 0x370 /* Greek, then Cyrillic up to here: */
#define LAST_OTHERS  0x52F

struct texts {
    char **p; /* one a word; NULL: as it was. owned */
    size_t count;
};

static void texts_auto(struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->p[i]);
    mem_free(t->p);
}

/* ---- letters -----------------------------------------------------------------------
 */

struct twin {
    unsigned cp;
    char latin;
};

/* Capitals and small letters that have the same form in usual print. */
static const struct twin TWINS[] = {
    {0x391, 'A'}, {0x392, 'B'}, {0x395, 'E'}, {0x396, 'Z'}, {0x397, 'H'}, {0x399, 'I'},
    {0x39A, 'K'}, {0x39C, 'M'}, {0x39D, 'N'}, {0x39F, 'O'}, {0x3A1, 'P'}, {0x3A4, 'T'},
    {0x3A5, 'Y'}, {0x3A7, 'X'}, {0x3BF, 'o'}, {0x405, 'S'}, {0x406, 'I'}, {0x408, 'J'},
    {0x410, 'A'}, {0x412, 'B'}, {0x415, 'E'}, {0x41A, 'K'}, {0x41C, 'M'}, {0x41D, 'H'},
    {0x41E, 'O'}, {0x420, 'P'}, {0x421, 'C'}, {0x422, 'T'}, {0x425, 'X'}, {0x430, 'a'},
    {0x435, 'e'}, {0x43E, 'o'}, {0x440, 'p'}, {0x441, 'c'}, {0x443, 'y'}, {0x445, 'x'},
    {0x455, 's'}, {0x456, 'i'}, {0x458, 'j'},
};

static unsigned latin_of(unsigned cp)
{
    for (size_t i = 0; i < ARRAY_LEN(TWINS); i++)
        if (TWINS[i].cp == cp)
            return (unsigned)TWINS[i].latin;
    return 0;
}

/* A word that is Latin but for twins. */
static bool is_latin(const char *p, size_t left)
{
    bool latin = false;

    while (left > 0) {
        struct syllable_letter l = {0};
        unsigned cp = utf8_next(&p, &left);

        if (cp >= FIRST_OTHERS && cp <= LAST_OTHERS && !latin_of(cp))
            return false;
        latin = latin || syllable_letter(cp, &l);
    }
    return latin;
}

static unsigned one_form(unsigned cp, bool latin)
{
    unsigned other = latin ? latin_of(cp) : 0;

    if (cp == ETH)
        return STROKE_D;
    if (cp == 0x2044 || cp == 0x2215)
        return '/';
    return other ? other : cp;
}

/* Another form of a word. @out: its signs. Return: it has one. */
static bool reform(const char *text, size_t len, struct str *out)
{
    bool latin = is_latin(text, len), other = false;
    unsigned before = 0;

    for (size_t left = len; left > 0;) {
        unsigned cp = utf8_next(&text, &left);
        unsigned form = one_form(cp, latin);
        bool twice =
            (cp == ETH && before == STROKE_D) || (cp == STROKE_D && before == ETH);

        other = other || form != cp;
        if (!twice)
            utf8_put(out, form);
        before = cp;
    }
    return other;
}

/* The signs of word @i become those of @text; one that went stays in nobody's word.
 * When they are not as many as they should be, nothing is known of it any more. */
static void follow(struct alts *a, size_t i, const char *text)
{
    struct alts_word *w = &a->words[i];
    size_t left = strlen(text), n = 0;

    for (; left > 0 && n < w->count; n++)
        a->signs[w->first + n].cp = utf8_next(&text, &left);
    if (left > 0 || n < w->count)
        w->count = 0;
}

int twins_letters(struct result *r, struct alts *alts, size_t *count, struct err *e)
{
    AUTO(texts_auto) struct texts texts = {0};

    *count = 0;
    texts.p = mem_new(r->word_count, sizeof *texts.p);
    for (; texts.count < r->word_count; texts.count++) {
        const struct result_word *w = &r->words[texts.count];
        AUTO_STR struct str form = STR_INIT(RESULT_TEXT_MAX);

        if (!reform(r->text + w->start, w->len, &form))
            continue;
        texts.p[texts.count] = str_take(&form);
        (*count)++;
    }
    if (*count == 0)
        return 0;
    if (result_retext(r, texts.p, e) < 0)
        return -1;
    for (size_t i = 0; alts && i < r->word_count; i++)
        if (texts.p[i])
            follow(alts, i, texts.p[i]);
    return 0;
}

/* ---- digits ------------------------------------------------------------------------
 */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* The digit that a letter may be, 0: none. A digit is itself. */
static char digit_of(char c)
{
    if (is_digit(c))
        return c;
    if (c && strchr("lI|", c))
        return '1';
    return c == 'O' || c == 'o' ? '0' : 0;
}

/* How many signs from @at on are digits or may be; they become digits in @to. */
static size_t number_at(const char *at, char *to, bool *digit)
{
    size_t n = 0;

    *digit = false;
    for (; digit_of(at[n]); n++) {
        to[n] = digit_of(at[n]);
        *digit = *digit || is_digit(at[n]);
    }
    return n;
}

static int value_of(const char *digits, size_t n)
{
    int value = 0;

    for (size_t i = 0; i < n; i++)
        value = value * 10 + (digits[i] - '0');
    return value;
}

static bool is_year(const char *digits, size_t n)
{
    int year = n == 4 ? value_of(digits, n) : 0;

    return year >= YEAR_FIRST && year <= YEAR_LAST;
}

/* @at begins with a kind's abbreviation as it is written, and something follows it. A
 * 0 for the Q of QĐ is set right. */
static bool is_kind(char *at)
{
    char code[CODE_MAX] = "";
    size_t n = strcspn(at, "-/");
    const struct kinds_kind *kind = NULL;

    if (n == 0 || n >= sizeof code || at[n] == '\0' || at[n + 1] == '\0')
        return false;
    memcpy(code, at, n);
    if (strcmp(code, "0Đ") == 0)
        code[0] = 'Q';
    kind = kinds_by_code(code);
    if (!kind || strcmp(kind->code, code) != 0)
        return false;
    at[0] = code[0];
    return true;
}

/* "l2/2019", "O5/QĐ-UBND", "5/2O19/0Đ-TTg". */
static bool set_notation(char *text)
{
    bool digit = false;
    size_t n = number_at(text, text, &digit);
    char *rest = text + n;

    if (n == 0 || n > NUMBER_MAX || !digit || *rest != '/')
        return false;
    rest++;
    n = strspn(rest, YEAR_SIGNS);
    if (n == 4) {
        (void)number_at(rest, rest, &digit);
        if (!digit || !is_year(rest, n) || (rest[n] && rest[n] != '/'))
            return false;
        if (rest[n] == '\0')
            return true;
        rest += n + 1;
    }
    return is_kind(rest);
}

static bool set_date(char *text)
{
    int v[3] = {0};

    for (char *p = text; *p; p++)
        *p = digit_of(*p) ? digit_of(*p) : *p;
    return docdate_numeric(text, strlen(text), v) &&
           clock_date_valid(v[2], v[1], v[0]) && v[2] >= YEAR_FIRST &&
           v[2] <= YEAR_LAST;
}

/* One letter of four: two say too little. */
static bool set_year(char *text)
{
    size_t digits = 0;
    bool digit = false;

    for (const char *p = text; *p; p++)
        digits += is_digit(*p);
    return digits == 3 && strlen(text) == 4 && number_at(text, text, &digit) == 4 &&
           is_year(text, 4);
}

/* The word with digits where it has letters for them; NULL: nothing is to be changed.
 * owned */
static char *with_digits(const char *text, size_t len)
{
    static bool (*const ways[])(char *) = {set_notation, set_date, set_year};
    size_t from = 0, to = len;
    bool digit = false;

    if (len > RESULT_OTHER_MAX)
        return NULL;
    while (from < to && strchr("(\"'[", text[from]))
        from++;
    while (to > from && strchr(".,;:)\"']", text[to - 1]))
        to--;
    for (size_t i = from; i < to; i++)
        digit = digit || is_digit(text[i]);
    if (!digit)
        return NULL;
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        AUTO_MEM char *core = mem_printf("%.*s", (int)(to - from), text + from);

        if (ways[i](core))
            return memcmp(core, text + from, to - from) == 0
                       ? NULL
                       : mem_printf("%.*s%s%.*s", (int)from, text, core,
                                    (int)(len - to), text + to);
    }
    return NULL;
}

/* What stands there goes among the other readings. */
static void note_reading(struct result *r, size_t i)
{
    const struct result_word *w = &r->words[i];
    AUTO_MEM char *text = mem_printf("%.*s", (int)w->len, r->text + w->start);

    result_note(r, i, text, true);
}

int twins_digits(struct result *r, size_t *count, struct err *e)
{
    AUTO(texts_auto) struct texts texts = {0};

    *count = 0;
    texts.p = mem_new(r->word_count, sizeof *texts.p);
    for (; texts.count < r->word_count; texts.count++) {
        struct result_word *w = &r->words[texts.count];
        AUTO_MEM char *text = with_digits(r->text + w->start, w->len);

        if (!text || result_has_choice(r, texts.count))
            continue;
        texts.p[texts.count] = TAKE(text);
        note_reading(r, texts.count);
        w->confidence = (int)num_clamp(w->confidence, 0, SECOND_DIFFER);
        (*count)++;
    }
    return *count == 0 ? 0 : result_retext(r, texts.p, e);
}
