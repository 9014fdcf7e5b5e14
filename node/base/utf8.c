/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/utf8.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwidth.h>

#include "node/base/mem.h"

#define REPLACEMENT 0xFFFDu

bool utf8_valid(const char *text, size_t len)
{
    return u8_check((const uint8_t *)text, len) == NULL && !memchr(text, 0, len);
}

unsigned utf8_next(const char **text, size_t *len)
{
    ucs4_t cp = 0;
    int n = u8_mbtoucr(&cp, (const uint8_t *)*text, *len);

    if (n <= 0) {
        n = 1;
        cp = REPLACEMENT;
    }
    *text += n;
    *len -= (size_t)n;
    return cp;
}

void utf8_put(struct str *out, unsigned cp)
{
    uint8_t buf[6];
    int n = u8_uctomb(buf, cp, sizeof buf);

    if (n > 0)
        str_add_mem(out, buf, (size_t)n);
}

bool utf8_is_letter_or_digit(unsigned cp)
{
    return uc_is_general_category_withtable(cp,
                                            UC_CATEGORY_MASK_L | UC_CATEGORY_MASK_N);
}

bool utf8_is_mark(unsigned cp)
{
    return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_M);
}

int utf8_columns(const char *text, size_t len)
{
    return u8_width((const uint8_t *)text, len, "UTF-8");
}

static bool is_control(unsigned cp)
{
    return cp < 0x20 || (cp >= 0x7F && cp < 0xA0);
}

/* Bidi overrides, joiners, byte order marks, soft hyphens: general category Cf. */
static bool is_invisible(unsigned cp)
{
    return uc_is_general_category_withtable(cp, UC_CATEGORY_MASK_Cf);
}

/* Well-formed, without control characters but TAB and LF. */
static void clean(const char *text, size_t len, struct str *out)
{
    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        if (!is_control(cp) || cp == '\t' || cp == '\n')
            utf8_put(out, cp);
    }
}

/* Cleaned and normalized; libunistring's buffer is freed here. */
static void normalized(uninorm_t form, const char *text, size_t len, struct str *out)
{
    AUTO_STR struct str tidy = STR_INIT(out->max);
    uint8_t *done = NULL;
    size_t done_len = 0;

    clean(text, len, &tidy);
    if (tidy.over) {
        out->over = true;
        return;
    }
    done =
        u8_normalize(form, (const uint8_t *)str_text(&tidy), tidy.len, NULL, &done_len);
    if (!done)
        abort();
    str_add_mem(out, done, done_len);
    free(done);
}

void utf8_nfc(const char *text, size_t len, struct str *out)
{
    normalized(UNINORM_NFC, text, len, out);
}

void utf8_lower(const char *text, size_t len, struct str *out)
{
    AUTO_STR struct str nfc = STR_INIT(out->max);
    const char *p = NULL;
    size_t left = 0;

    utf8_nfc(text, len, &nfc);
    out->over = out->over || nfc.over;
    p = str_text(&nfc);
    left = nfc.len;
    while (left > 0)
        utf8_put(out, uc_tolower(utf8_next(&p, &left)));
}

static bool is_apostrophe(unsigned cp)
{
    return cp == 0x2018 || cp == 0x2019 || cp == 0x02BB || cp == 0x02BC || cp == '`' ||
           cp == 0x00B4;
}

static unsigned fold_one(unsigned cp)
{
    if (cp == 0x0111 || cp == 0x0110 || cp == 0x00F0 || cp == 0x00D0)
        return 'd';
    if (is_apostrophe(cp))
        return '\'';
    return uc_tolower(cp);
}

void utf8_fold(const char *text, size_t len, struct str *out)
{
    AUTO_STR struct str nfd =
        STR_INIT(out->max < SIZE_MAX / 4 ? out->max * 4 : out->max);
    const char *p = NULL;
    size_t left = 0;
    const size_t start = out->len;
    bool space = false;

    normalized(UNINORM_NFD, text, len, &nfd);
    out->over = out->over || nfd.over;
    p = str_text(&nfd);
    left = nfd.len;
    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);

        if (utf8_is_mark(cp) || is_invisible(cp))
            continue;
        if (uc_is_property_white_space(cp)) {
            space = true;
            continue;
        }
        if (space && out->len > start)
            str_add_char(out, ' ');
        space = false;
        utf8_put(out, fold_one(cp));
    }
}

/* oà → òa and the like. The new place (first vowel) is taken when nothing follows the
 * pair in the syllable; with a final consonant both norms agree already. */
static const struct {
    const char *from;
    const char *to;
} TONE[] = {
    {"oà", "òa"}, {"oá", "óa"}, {"oả", "ỏa"}, {"oã", "õa"}, {"oạ", "ọa"},
    {"oè", "òe"}, {"oé", "óe"}, {"oẻ", "ỏe"}, {"oẽ", "õe"}, {"oẹ", "ọe"},
    {"uỳ", "ùy"}, {"uý", "úy"}, {"uỷ", "ủy"}, {"uỹ", "ũy"}, {"uỵ", "ụy"},
};

/* The syllable goes on after @p? Then the tone stands where every norm puts it. */
static bool syllable_goes_on(const char *p, size_t len)
{
    return len > 0 && utf8_is_letter_or_digit(utf8_next(&p, &len));
}

void utf8_tone(const char *text, size_t len, struct str *out)
{
    AUTO_STR struct str low = STR_INIT(out->max);
    const char *p = NULL;
    size_t left = 0;
    char before = ' ';

    utf8_lower(text, len, &low);
    out->over = out->over || low.over;
    p = str_text(&low);
    left = low.len;
    while (left > 0) {
        const char *start = p;
        bool moved = false;

        for (size_t i = 0; i < ARRAY_LEN(TONE) && !moved; i++) {
            size_t n = strlen(TONE[i].from);

            /* "quý": the u belongs to the consonant. */
            if (left < n || memcmp(p, TONE[i].from, n) != 0 || before == 'q' ||
                syllable_goes_on(p + n, left - n))
                continue;
            str_add(out, TONE[i].to);
            p += n;
            left -= n;
            moved = true;
        }
        if (!moved) {
            (void)utf8_next(&p, &left);
            str_add_mem(out, start, (size_t)(p - start));
        }
        before = *start;
    }
}

void utf8_safe(const char *text, size_t len, struct str *out)
{
    while (len > 0) {
        const char *start = text;
        ucs4_t cp = 0;
        int n = u8_mbtoucr(&cp, (const uint8_t *)text, len);

        if (n <= 0) {
            str_addf(out, "\\x%02x", (unsigned)(unsigned char)*text);
            n = 1;
        } else if (is_control(cp)) {
            str_addf(out, "\\x%02x", (unsigned)cp);
        } else if (is_invisible(cp) || cp == 0x2028 || cp == 0x2029) {
            str_addf(out, "\\u{%x}", (unsigned)cp);
        } else {
            str_add_mem(out, start, (size_t)n);
        }
        text += n;
        len -= (size_t)n;
    }
}
