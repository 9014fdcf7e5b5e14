/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/sample.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/record/field.h"

#define TAKEN_DIGITS 8 /* of a hash: 32 bits */

static void add_line(struct hash *h, const char *text)
{
    hash_add(h, text, strlen(text));
    hash_add(h, "\n", 1);
}

void sample_seed(const char head[HASH_HEX], const char *dossier, char seed[HASH_HEX])
{
    AUTO_HASH struct hash *h = hash_new();

    add_line(h, "sohoa-sample");
    add_line(h, head);
    add_line(h, dossier);
    hash_end(h, seed);
}

static uint64_t digit(char c)
{
    return (uint64_t)(c <= '9' ? c - '0' : c - 'a' + 10);
}

bool sample_takes(const char seed[HASH_HEX], const char *item, const char *field,
                  int rate)
{
    AUTO_HASH struct hash *h = hash_new();
    char hex[HASH_HEX];
    uint64_t drawn = 0;

    assert(rate >= 0 && rate <= 100);
    add_line(h, seed);
    add_line(h, item);
    add_line(h, field);
    hash_end(h, hex);
    for (size_t i = 0; i < TAKEN_DIGITS; i++)
        drawn = drawn * 16 + digit(hex[i]);
    return drawn * 100 < ((uint64_t)rate << 32);
}

bool sample_wilson(int64_t wrong, int64_t counted, struct sample_share *out)
{
    static const double Z = 1.959964; /* 95 % of a normal distribution, both sides */
    double m = (double)counted;
    double p = 0;
    double middle = 0;
    double half = 0;
    double below = 0;
    double above = 0;

    if (counted <= 0 || wrong < 0 || wrong > counted)
        return false;
    p = (double)wrong / m;
    middle = p + Z * Z / (2 * m);
    half = Z * sqrt(p * (1 - p) / m + Z * Z / (4 * m * m));
    below = wrong == 0 ? 0 : floor(10000 * (middle - half) / (1 + Z * Z / m));
    above = wrong == counted ? 10000 : ceil(10000 * (middle + half) / (1 + Z * Z / m));
    out->share = (int)lround(10000 * p);
    out->low = (int)below;
    out->high = (int)above;
    return true;
}

/* One space where there were several, none at the ends. */
static void squeeze(const char *text, struct str *out)
{
    AUTO_STR struct str nfc = STR_INIT(FIELD_VALUE_MAX);
    const char *at = NULL;

    utf8_nfc(text, strlen(text), &nfc);
    at = str_text(&nfc);
    at += strspn(at, " ");
    while (*at) {
        size_t len = strcspn(at, " ");

        str_add_mem(out, at, len);
        at += len;
        at += strspn(at, " ");
        if (*at)
            str_add_char(out, ' ');
    }
}

bool sample_equal(const char *a, const char *b)
{
    AUTO_STR struct str one = STR_INIT(FIELD_VALUE_MAX);
    AUTO_STR struct str two = STR_INIT(FIELD_VALUE_MAX);

    squeeze(a, &one);
    squeeze(b, &two);
    return strcmp(str_text(&one), str_text(&two)) == 0;
}
