/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/dossier.h"

#include <assert.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "node/record/regno.h"

static const char *const kinds[] = {"file", "register"};
static const char *const series[] = {"year", "volume"};
static const char *const whys[] = {"cancelled", "torn", "blank", "other-book"};

static int find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

void dossier_clear(struct dossier *d)
{
    mem_free(TAKE(d->title));
}

const char *dossier_kind_name(enum dossier_kind k)
{
    assert((size_t)k < ARRAY_LEN(kinds));
    return kinds[k];
}

bool dossier_kind_find(const char *name, enum dossier_kind *out)
{
    int i = find(kinds, ARRAY_LEN(kinds), name);

    if (i >= 0)
        *out = (enum dossier_kind)i;
    return i >= 0;
}

const char *dossier_series_name(enum dossier_series s)
{
    assert((size_t)s < ARRAY_LEN(series));
    return series[s];
}

bool dossier_series_find(const char *name, enum dossier_series *out)
{
    int i = find(series, ARRAY_LEN(series), name);

    if (i >= 0)
        *out = (enum dossier_series)i;
    return i >= 0;
}

const char *dossier_why_name(enum dossier_why w)
{
    assert((size_t)w < ARRAY_LEN(whys));
    return whys[w];
}

bool dossier_why_find(const char *name, enum dossier_why *out)
{
    int i = find(whys, ARRAY_LEN(whys), name);

    if (i >= 0)
        *out = (enum dossier_why)i;
    return i >= 0;
}

static size_t chars(const char *text)
{
    size_t left = strlen(text);
    size_t n = 0;

    for (; left > 0; n++)
        (void)utf8_next(&text, &left);
    return n;
}

static const char *wrong(const struct dossier *d)
{
    bool is_register = d->kind == DOSSIER_REGISTER;

    if (!d->title || !d->title[0] || !utf8_valid(d->title, strlen(d->title)) ||
        chars(d->title) > DOSSIER_TITLE_CHARS)
        return "title";
    if (is_register ? !kind_find(d->record) : d->record[0] != '\0')
        return "kind of record";
    if (d->year != 0 && (d->year < 1800 || d->year > 2200))
        return "year";
    if (is_register && d->year == 0)
        return "year";
    if (d->volume < 0 || d->volume > DOSSIER_VOLUME_MAX)
        return "volume";
    if (d->from < 0 || d->from > REGNO_NUMBER_MAX || d->to < 0 ||
        d->to > REGNO_NUMBER_MAX || (d->to && d->from > d->to))
        return "first and last number";
    if (!is_register && (d->from || d->to))
        return "first and last number";
    if (d->closed_count < -1 || d->closed_count > REGNO_NUMBER_MAX)
        return "count at closing";
    if (!unit_code_valid(d->unit_code) || !unit_date_valid(d->unit_from))
        return "unit";
    if (d->rev < 1)
        return "rev";
    return NULL;
}

int dossier_check(const struct dossier *d, struct err *e)
{
    const char *what = wrong(d);

    if (what)
        return err_set(e, ERR_DOSSIER, "%s", what);
    return 0;
}
