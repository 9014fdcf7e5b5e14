/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_gap.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/record/dossier.h"
#include "node/store/sql.h"
#include "node/store/store_dossier.h"

/*
 * Numbers are looked at series by series: the volumes of a (unit, kind, year), or one
 * volume where numbers begin anew in each. Entries come sorted, so that one walk finds
 * what is missing and what is doubled.
 */
struct volume {
    int64_t id;
    char name[IDENT_NAME_MAX];
    int number;
    int64_t from, to; /* as declared, widened by its entries; 0: not known */
    int64_t closed;   /* entries counted at closing, -1: open */
    int64_t entries;
};

struct entry {
    int64_t number;
    char suffix[REGNO_SUFFIX_MAX];
    int year;
    int64_t dossier; /* 0: loose */
};

struct range {
    int64_t from, to;
};

struct series {
    char unit_code[UNIT_CODE_MAX], unit_from[UNIT_DATE_MAX];
    char kind[KIND_NAME_MAX];
    int year;
    struct volume *volumes; /* owned */
    size_t volume_count, volume_cap;
    struct entry *entries; /* owned, by number and suffix */
    size_t entry_count, entry_cap;
    struct range *explained; /* owned, by from */
    size_t explained_count, explained_cap;
};

struct walk {
    const char *only; /* dossier, NULL: all */
    store_gap_fn *each;
    void *ctx;
    int64_t found;
    bool stopped;
};

static void series_clear(struct series *r)
{
    mem_free(r->volumes);
    mem_free(r->entries);
    mem_free(r->explained);
    memset(r, 0, sizeof *r);
}

/* ---- loading ----------------------------------------------------------------------
 */

static int add_volume(struct series *r, const struct sql *q, struct err *e)
{
    struct volume *v = NULL;

    mem_grow(&r->volumes, &r->volume_cap, r->volume_count + 1, sizeof *r->volumes);
    v = &r->volumes[r->volume_count++];
    v->id = sql_int(q, 0);
    v->number = (int)sql_int(q, 2);
    v->from = sql_int(q, 3);
    v->to = sql_int(q, 4);
    v->closed = sql_int(q, 5);
    return sql_copy(q, 1, v->name, sizeof v->name, e);
}

static int add_entry(struct series *r, const struct sql *q, struct err *e)
{
    struct entry *n = NULL;

    mem_grow(&r->entries, &r->entry_cap, r->entry_count + 1, sizeof *r->entries);
    n = &r->entries[r->entry_count++];
    n->number = sql_int(q, 0);
    n->year = (int)sql_int(q, 2);
    n->dossier = sql_int(q, 3);
    for (size_t i = 0; i < r->volume_count; i++) {
        struct volume *v = &r->volumes[i];

        if (v->id != n->dossier)
            continue;
        v->from = v->from == 0 || v->from <= n->number ? v->from : n->number;
        v->to = v->to >= n->number ? v->to : n->number;
    }
    return sql_copy(q, 1, n->suffix, sizeof n->suffix, e);
}

/* All items of a volume, also those without a number yet. */
static int count_entries(struct store *s, struct series *r, struct err *e)
{
    for (size_t i = 0; i < r->volume_count; i++) {
        AUTO_SQL struct sql q = SQL_INIT;
        int rc = 0;

        if (SQL(s, &q, "SELECT items FROM tally WHERE dossier = ?1", e) < 0)
            return -1;
        sql_bind_int(&q, 1, r->volumes[i].id);
        rc = sql_step(&q, e);
        if (rc < 0)
            return -1;
        r->volumes[i].entries = rc ? sql_int(&q, 0) : 0;
    }
    return 0;
}

static int load_explained(struct store *s, struct series *r, struct err *e)
{
    for (size_t i = 0; i < r->volume_count; i++) {
        AUTO_SQL struct sql q = SQL_INIT;
        int rc = 0;

        if (SQL(s, &q,
                "SELECT from_no, to_no FROM dossier_gap WHERE dossier = ?1"
                " ORDER BY from_no",
                e) < 0)
            return -1;
        sql_bind_int(&q, 1, r->volumes[i].id);
        while ((rc = sql_step(&q, e)) > 0) {
            mem_grow(&r->explained, &r->explained_cap, r->explained_count + 1,
                     sizeof *r->explained);
            r->explained[r->explained_count++] =
                (struct range){sql_int(&q, 0), sql_int(&q, 1)};
        }
        if (rc < 0)
            return -1;
    }
    return 0;
}

static int load_year(struct store *s, struct series *r, struct err *e)
{
    AUTO_SQL struct sql volumes = SQL_INIT;
    AUTO_SQL struct sql entries = SQL_INIT;
    int rc = 0;

    if (SQL(s, &volumes,
            "SELECT id, name, volume, from_no, to_no, closed FROM dossier"
            " WHERE kind = 'register' AND series = 'year' AND unit_code = ?1"
            " AND unit_from = ?2 AND record = ?3 AND year = ?4 ORDER BY volume, id",
            e) < 0 ||
        SQL(s, &entries,
            "SELECT i.number, i.suffix, ?4, coalesce(i.dossier, 0), i.id"
            " FROM item i LEFT JOIN dossier d ON d.id = i.dossier"
            " WHERE i.unit_code = ?1 AND i.unit_from = ?2 AND i.kind = ?3"
            " AND i.number_year = ?4 AND i.number IS NOT NULL"
            " AND coalesce(d.series, 'year') = 'year'"
            " UNION ALL SELECT i.number, i.suffix, ?4, i.dossier, i.id"
            " FROM dossier d CROSS JOIN item i ON i.dossier = d.id"
            " WHERE d.year = ?4 AND d.series = 'year'"
            " AND i.unit_code = ?1 AND i.unit_from = ?2 AND i.kind = ?3"
            " AND i.number_year = 0 AND i.number IS NOT NULL"
            " ORDER BY 1, 2, 5",
            e) < 0)
        return -1;
    for (int pass = 0; pass < 2; pass++) {
        struct sql *q = pass == 0 ? &volumes : &entries;

        sql_bind_text(q, 1, r->unit_code);
        sql_bind_text(q, 2, r->unit_from);
        sql_bind_text(q, 3, r->kind);
        sql_bind_int(q, 4, r->year);
        while ((rc = sql_step(q, e)) > 0)
            if ((pass == 0 ? add_volume(r, q, e) : add_entry(r, q, e)) < 0)
                return -1;
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Most volumes have each number once, from the first to the last: one look at the index
 * tells. */
static int is_whole(struct store *s, const struct volume *v, bool *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t n = 0;
    int64_t first = 0;
    int64_t last = 0;

    if (SQL(s, &q,
            "SELECT count(*), count(DISTINCT number), min(number), max(number),"
            " max(suffix) FROM item WHERE dossier = ?1 AND number IS NOT NULL",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, v->id);
    if (sql_step(&q, e) < 0)
        return -1;
    n = sql_int(&q, 0);
    first = sql_int(&q, 2);
    last = sql_int(&q, 3);
    *out = n > 0 && sql_int(&q, 1) == n && last - first + 1 == n &&
           (v->from == 0 ? first == 1 : first <= v->from) && last >= v->to &&
           !sql_text(&q, 4)[0];
    return 0;
}

static int load_volume(struct store *s, struct series *r, int64_t id, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, name, volume, from_no, to_no, closed FROM dossier WHERE id = "
            "?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    rc = sql_step(&q, e);
    return rc <= 0 ? -1 : add_volume(r, &q, e);
}

static int load_entries(struct store *s, struct series *r, int64_t id, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT number, suffix, number_year, dossier FROM item"
            " WHERE dossier = ?1 AND number IS NOT NULL ORDER BY number, suffix, id",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    while ((rc = sql_step(&q, e)) > 0)
        if (add_entry(r, &q, e) < 0)
            return -1;
    return rc < 0 ? -1 : 0;
}

/* ---- telling ----------------------------------------------------------------------
 */

static int tell(struct walk *w, const struct series *r, const struct volume *v,
                struct store_gap *g, struct err *e)
{
    int rc = 0;

    if (w->only && (!v || strcmp(w->only, v->name) != 0))
        return 0;
    (void)snprintf(g->dossier, sizeof g->dossier, "%s", v ? v->name : "");
    (void)snprintf(g->unit_code, sizeof g->unit_code, "%s", r->unit_code);
    (void)snprintf(g->unit_from, sizeof g->unit_from, "%s", r->unit_from);
    (void)snprintf(g->kind, sizeof g->kind, "%s", r->kind);
    g->year = r->year;
    g->volume = v ? v->number : 0;
    w->found++;
    rc = w->each ? w->each(w->ctx, g, e) : 0;
    w->stopped = rc > 0;
    return rc < 0 ? -1 : 0;
}

static bool covers(const struct volume *v, int64_t n)
{
    return (v->from == 0 || n >= v->from) && (v->to == 0 || n <= v->to);
}

static const struct volume *volume_of(const struct series *r, int64_t n)
{
    for (size_t i = 0; i < r->volume_count; i++)
        if (covers(&r->volumes[i], n))
            return &r->volumes[i];
    return NULL;
}

/* Last number from @n to @to that belongs to the same volume as @n. */
static int64_t volume_end(const struct series *r, const struct volume *v, int64_t n,
                          int64_t to)
{
    if (v)
        return v->to && v->to < to ? v->to : to;
    for (size_t i = 0; i < r->volume_count; i++)
        if (r->volumes[i].from > n && r->volumes[i].from <= to)
            to = r->volumes[i].from - 1;
    return to;
}

/* Missing @from to @to, all of it unexplained: one finding a volume. */
static int missing_run(struct walk *w, const struct series *r, int64_t from, int64_t to,
                       struct err *e)
{
    while (from <= to && !w->stopped) {
        const struct volume *v = volume_of(r, from);
        struct store_gap g = {
            .type = STORE_GAP_MISSING, .from = from, .to = volume_end(r, v, from, to)};

        if (tell(w, r, v, &g, e) < 0)
            return -1;
        from = g.to + 1;
    }
    return 0;
}

/* Missing @from to @to: what somebody explained is taken out. */
static int missing(struct walk *w, const struct series *r, int64_t from, int64_t to,
                   struct err *e)
{
    while (from <= to) {
        int64_t end = to;
        int64_t next = to + 1;

        for (size_t i = 0; i < r->explained_count; i++) {
            const struct range *x = &r->explained[i];

            if (x->from <= from && x->to >= from) {
                end = from - 1; /* begins explained */
                next = x->to + 1;
                break;
            }
            if (x->from > from && x->from <= end) {
                end = x->from - 1;
                next = x->from;
            }
        }
        if (missing_run(w, r, from, end, e) < 0)
            return -1;
        from = next;
    }
    return 0;
}

static bool same(const struct entry *a, const struct entry *b)
{
    return a->number == b->number && strcmp(a->suffix, b->suffix) == 0;
}

static const struct volume *volume_by_id(const struct series *r, int64_t id)
{
    for (size_t i = 0; i < r->volume_count; i++)
        if (r->volumes[i].id == id)
            return &r->volumes[i];
    return NULL;
}

static int doubled(struct walk *w, const struct series *r, struct err *e)
{
    size_t i = 0;

    while (i < r->entry_count && !w->stopped) {
        const struct entry *first = &r->entries[i];
        const struct volume *v = volume_by_id(r, first->dossier);
        struct store_gap g = {.type = STORE_GAP_DOUBLE, .items = 1};

        g.number.number = first->number;
        g.number.year = first->year ? first->year : r->year;
        (void)snprintf(g.number.suffix, sizeof g.number.suffix, "%s", first->suffix);
        for (i++; i < r->entry_count && same(first, &r->entries[i]); i++) {
            const struct volume *other = volume_by_id(r, r->entries[i].dossier);

            g.items++;
            if (w->only && other && strcmp(other->name, w->only) == 0)
                v = other;
        }
        if (g.items > 1 && tell(w, r, v, &g, e) < 0)
            return -1;
    }
    return 0;
}

static int counted(struct walk *w, const struct series *r, struct err *e)
{
    for (size_t i = 0; i < r->volume_count && !w->stopped; i++) {
        const struct volume *v = &r->volumes[i];
        struct store_gap g = {
            .type = STORE_GAP_COUNT, .from = v->closed, .to = v->entries};

        if (v->closed >= 0 && v->closed != v->entries && tell(w, r, v, &g, e) < 0)
            return -1;
    }
    return 0;
}

static int look(struct walk *w, const struct series *r, int64_t first, struct err *e)
{
    int64_t next = first;
    int64_t last = 0;

    for (size_t i = 0; i < r->volume_count; i++)
        last = r->volumes[i].to > last ? r->volumes[i].to : last;
    for (size_t i = 0; i < r->entry_count; i++) {
        const struct entry *n = &r->entries[i];

        last = n->number > last ? n->number : last;
        if (n->suffix[0] || n->number < next)
            continue; /* 22bis is not 22; a doubled one was seen */
        if (missing(w, r, next, n->number - 1, e) < 0)
            return -1;
        next = n->number + 1;
    }
    if (missing(w, r, next, last, e) < 0 || doubled(w, r, e) < 0)
        return -1;
    return counted(w, r, e);
}

/* ---- all series -------------------------------------------------------------------
 */

static int look_year(struct store *s, struct walk *w, struct series *r, struct err *e)
{
    if (load_year(s, r, e) < 0 || load_explained(s, r, e) < 0 ||
        count_entries(s, r, e) < 0)
        return -1;
    return look(w, r, 1, e);
}

static int look_volume(struct store *s, struct walk *w, struct series *r, int64_t id,
                       struct err *e)
{
    bool whole = false;

    if (load_volume(s, r, id, e) < 0 || count_entries(s, r, e) < 0 ||
        is_whole(s, &r->volumes[0], &whole, e) < 0)
        return -1;
    if (whole)
        return counted(w, r, e);
    if (load_entries(s, r, id, e) < 0 || load_explained(s, r, e) < 0)
        return -1;
    return look(w, r, r->volumes[0].from ? r->volumes[0].from : 1, e);
}

/* The series that have volumes; one row each, of all or of the register @only: what is
 * told of a register stands in its own series. Collected first: one walk of rows at a
 * time keeps statements simple. */
struct head {
    struct series key;
    int64_t volume; /* 0: a series by year */
};

static int heads(struct store *s, const char *only, struct head **out, size_t *count,
                 struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_MEM struct head *all = NULL;
    size_t cap = 0;
    size_t n = 0;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT DISTINCT unit_code, unit_from, record, year,"
            " CASE series WHEN 'volume' THEN id ELSE 0 END AS one FROM dossier"
            " WHERE kind = 'register' AND (?1 IS NULL OR name = ?1)"
            " ORDER BY unit_code, unit_from, record, year, one",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, only);
    while ((rc = sql_step(&q, e)) > 0) {
        struct series *key = NULL;

        mem_grow(&all, &cap, n + 1, sizeof *all);
        key = &all[n].key;
        key->year = (int)sql_int(&q, 3);
        all[n++].volume = sql_int(&q, 4);
        if (sql_copy(&q, 0, key->unit_code, sizeof key->unit_code, e) < 0 ||
            sql_copy(&q, 1, key->unit_from, sizeof key->unit_from, e) < 0 ||
            sql_copy(&q, 2, key->kind, sizeof key->kind, e) < 0)
            return -1;
    }
    if (rc < 0)
        return -1;
    *out = TAKE(all);
    *count = n;
    return 0;
}

int64_t store_gap_each(struct store *s, const char *dossier, store_gap_fn *each,
                       void *ctx, struct err *e)
{
    struct walk w = {.only = dossier, .each = each, .ctx = ctx};
    AUTO_MEM struct head *all = NULL;
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    size_t count = 0;
    int rc = 0;

    if (dossier) {
        rc = store_dossier_get(s, dossier, &d, e);
        if (rc <= 0)
            return rc < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", dossier);
    }
    rc = heads(s, dossier, &all, &count, e);
    for (size_t i = 0; rc == 0 && i < count && !w.stopped; i++) {
        struct series *r = &all[i].key;

        rc = all[i].volume ? look_volume(s, &w, r, all[i].volume, e)
                           : look_year(s, &w, r, e);
        series_clear(r);
    }
    return rc < 0 ? -1 : w.found;
}
