/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/regno.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/num.h"

#define YEAR_MIN 1800
#define YEAR_MAX 2200

static const char *skip_spaces(const char *p)
{
    while (*p == ' ' || *p == '\t')
        p++;
    return p;
}

/* Digits at @p, at most @max, moved over. */
static bool digits(const char **p, int64_t max, int64_t *out)
{
    int64_t n = 0;
    const char *start = *p;

    for (; isdigit((unsigned char)**p); (*p)++) {
        n = n * 10 + (**p - '0');
        if (n > max)
            return false;
    }
    *out = n;
    return *p > start;
}

bool regno_parse(const char *text, struct regno *out)
{
    struct regno r = {.number = 0};
    const char *p = skip_spaces(text);
    size_t len = 0;
    int64_t year = 0;

    if (!digits(&p, REGNO_NUMBER_MAX, &r.number))
        return false;
    p = skip_spaces(p);
    for (; isalpha((unsigned char)*p); p++) {
        if (len + 1 >= REGNO_SUFFIX_MAX)
            return false;
        r.suffix[len++] = (char)tolower((unsigned char)*p);
    }
    p = skip_spaces(p);
    if (*p == '/') {
        p = skip_spaces(p + 1);
        if (!digits(&p, YEAR_MAX, &year) || year < YEAR_MIN)
            return false;
        r.year = (int)year;
        p = skip_spaces(p);
    }
    if (*p)
        return false;
    *out = r;
    return true;
}

void regno_print(const struct regno *r, char out[REGNO_TEXT_MAX])
{
    int len = snprintf(out, REGNO_TEXT_MAX, "%" PRId64 "%s", r->number, r->suffix);

    assert(len > 0);
    if (r->year)
        (void)snprintf(out + len, REGNO_TEXT_MAX - (size_t)len, "/%d", r->year);
}

bool regno_range(const char *text, int64_t *from, int64_t *to)
{
    const char *p = text;
    int64_t a = 0;
    int64_t b = 0;

    if (!digits(&p, REGNO_NUMBER_MAX, &a))
        return false;
    b = a;
    if (*p == '-') {
        p++;
        if (!digits(&p, REGNO_NUMBER_MAX, &b))
            return false;
    }
    if (*p || a < 1 || b < a)
        return false;
    *from = a;
    *to = b;
    return true;
}
