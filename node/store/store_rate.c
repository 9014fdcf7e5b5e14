/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_rate.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/store/sql.h"
#include "node/store/store_unit.h"

/* ---- the table of counts ------------------------------------------------------------
 */

int store_rate_counts(struct store *s, store_count_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT unit_code, unit_from, kind, month, indicator, n, unverified"
            " FROM summary WHERE source = '' AND n > 0"
            " ORDER BY unit_code, unit_from, kind, month, indicator",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_count c = {.month = (int)sql_int(&q, 3),
                                .n = sql_int(&q, 5),
                                .unverified = sql_int(&q, 6)};

        if (sql_copy(&q, 0, c.unit_code, sizeof c.unit_code, e) < 0 ||
            sql_copy(&q, 1, c.unit_from, sizeof c.unit_from, e) < 0 ||
            sql_copy(&q, 2, c.kind, sizeof c.kind, e) < 0)
            return -1;
        if (!store_target_indicator_find(sql_text(&q, 4), &c.indicator))
            return sql_damaged(e, "summary.indicator");
        rc = each(ctx, &c, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

/* Counted anew from the items, both ways: what differs is a row of the result. */
int store_rate_check(struct store *s, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "WITH fresh AS ("
            " SELECT unit_code, unit_from, kind, scanned_month AS month,"
            "  'scanned' AS indicator, count(*) AS n, 0 AS unverified FROM item"
            "  WHERE scanned_month > 0 GROUP BY 1, 2, 3, 4"
            " UNION ALL SELECT unit_code, unit_from, kind, receipt_month, 'received',"
            "  count(*), sum(receipt_level <> 'verified') FROM item"
            "  WHERE receipt_month > 0 GROUP BY 1, 2, 3, 4"
            " UNION ALL SELECT unit_code, unit_from, kind, receipt_month, 'verified',"
            "  sum(receipt_level = 'verified'), 0 FROM item"
            "  WHERE receipt_month > 0 GROUP BY 1, 2, 3, 4),"
            " kept AS (SELECT unit_code, unit_from, kind, month, indicator, n, "
            "unverified"
            "  FROM summary WHERE source = '')"
            " SELECT unit_code, kind, month, indicator FROM"
            " (SELECT * FROM fresh WHERE n > 0 EXCEPT SELECT * FROM kept)"
            " UNION ALL SELECT unit_code, kind, month, indicator FROM"
            " (SELECT * FROM kept WHERE n <> 0 EXCEPT SELECT * FROM fresh) LIMIT 1",
            e) < 0)
        return -1;
    rc = sql_step(&q, e);
    if (rc > 0)
        return err_set(e, ERR_SUMMARY, "%s %s %" PRId64 " %s", sql_text(&q, 0),
                       sql_text(&q, 1), sql_int(&q, 2), sql_text(&q, 3));
    return rc;
}

int store_rate_rebuild(struct store *s, struct err *e)
{
    assert(s->in_txn);
    return sql_exec(
        s,
        "DELETE FROM summary WHERE source = '';"
        "INSERT INTO summary SELECT '', unit_code, unit_from, kind, scanned_month,"
        " 'scanned', count(*), 0 FROM item WHERE scanned_month > 0"
        " GROUP BY unit_code, unit_from, kind, scanned_month;"
        "INSERT INTO summary SELECT '', unit_code, unit_from, kind, receipt_month,"
        " 'received', count(*), sum(receipt_level <> 'verified') FROM item"
        " WHERE receipt_month > 0 GROUP BY unit_code, unit_from, kind, receipt_month;"
        "INSERT INTO summary SELECT '', unit_code, unit_from, kind, receipt_month,"
        " 'verified', sum(receipt_level = 'verified'), 0 FROM item"
        " WHERE receipt_month > 0 GROUP BY unit_code, unit_from, kind, receipt_month",
        e);
}

struct copying {
    struct store *to;
    const char *source;
};

static int copy_count(void *ctx, const struct store_count *c, struct err *e)
{
    struct copying *x = ctx;
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(x->to, &q, "INSERT INTO summary VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, x->source);
    sql_bind_text(&q, 2, c->unit_code);
    sql_bind_text(&q, 3, c->unit_from);
    sql_bind_text(&q, 4, c->kind);
    sql_bind_int(&q, 5, c->month);
    sql_bind_text(&q, 6, store_target_indicator_name(c->indicator));
    sql_bind_int(&q, 7, c->n);
    sql_bind_int(&q, 8, c->unverified);
    return sql_run(&q, e);
}

int store_rate_copy(struct store *to, const char *source, struct store *from,
                    struct err *e)
{
    struct copying x = {.to = to, .source = source};
    AUTO_SQL struct sql q = SQL_INIT;

    assert(to->in_txn);
    assert(source[0]);
    if (SQL(to, &q, "DELETE FROM summary WHERE source = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, source);
    if (sql_run(&q, e) < 0)
        return -1;
    return store_rate_counts(from, copy_count, &x, e);
}

/* ---- rates ------------------------------------------------------------------------
 */

enum grain { GRAIN_YEAR, GRAIN_QUARTER, GRAIN_MONTH };

/* One cell: a target, or counts that have none. */
struct cells {
    struct store_rate *v;
    bool *covered; /* counted in the cell of all kinds already */
    size_t count, cap;
    size_t targets; /* the first so many have one; in order of key */
    enum grain grain;
    const char *period; /* the only one, NULL: all of the grain */
};

static void cells_clear(struct cells *c)
{
    mem_free(TAKE(c->v));
    mem_free(TAKE(c->covered));
}

static enum grain grain_of(const char *period)
{
    return strlen(period) == 4 ? GRAIN_YEAR
           : period[5] == 'Q'  ? GRAIN_QUARTER
                               : GRAIN_MONTH;
}

static void period_of(enum grain g, int month, char out[STORE_PERIOD_MAX])
{
    int year = month / 100 % 10000;
    int m = month % 100;
    char text[24];

    if (g == GRAIN_YEAR)
        (void)snprintf(text, sizeof text, "%04d", year);
    else if (g == GRAIN_QUARTER)
        (void)snprintf(text, sizeof text, "%04d-Q%d", year, (m + 2) / 3);
    else
        (void)snprintf(text, sizeof text, "%04d-%02d", year, m);
    (void)snprintf(out, STORE_PERIOD_MAX, "%.7s", text);
}

static int by_key(const void *a, const void *b)
{
    const struct store_rate *x = a;
    const struct store_rate *y = b;
    int d = strcmp(x->unit_code, y->unit_code);

    if (d == 0)
        d = strcmp(x->unit_from, y->unit_from);
    if (d == 0)
        d = strcmp(x->kind, y->kind);
    return d ? d : strcmp(x->period, y->period);
}

/* The same, what has a target before what has none. */
static int by_row(const void *a, const void *b)
{
    const struct store_rate *x = a;
    const struct store_rate *y = b;
    int d = by_key(a, b);

    return d ? d : (x->denominator < 0) - (y->denominator < 0);
}

static int choose_grain(struct store *s, const struct store_rate_query *query,
                        struct cells *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    c->period = query->period;
    if (query->period) {
        c->grain = grain_of(query->period);
        return 0;
    }
    /* A year, its quarters and its months are never added up together. */
    if (SQL(s, &q,
            "SELECT period FROM target WHERE indicator = ?1"
            " ORDER BY length(period), substr(period, 6, 1) <> 'Q' LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, store_target_indicator_name(query->indicator));
    rc = sql_step(&q, e);
    if (rc > 0)
        c->grain = grain_of(sql_text(&q, 0));
    return rc < 0 ? -1 : 0;
}

static struct store_rate *add_cell(struct cells *c)
{
    mem_grow(&c->v, &c->cap, c->count + 1, sizeof *c->v);
    c->v[c->count] =
        (struct store_rate){.denominator = -1, .percent_100 = -1, .untargeted = 0};
    return &c->v[c->count++];
}

static int load_targets(struct store *s, const struct store_rate_query *query,
                        struct cells *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT unit_code, unit_from, kind, period, denominator, percent_100"
            " FROM target WHERE indicator = ?1 AND (?2 IS NULL OR period = ?2)"
            " AND (?3 IS NULL OR unit_code = ?3) AND (?4 IS NULL OR unit_from = ?4)"
            " ORDER BY unit_code, unit_from, kind, period",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, store_target_indicator_name(query->indicator));
    sql_bind_text(&q, 2, query->period);
    sql_bind_text(&q, 3, query->unit_code);
    sql_bind_text(&q, 4, query->unit_from);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_rate *r = NULL;

        if (grain_of(sql_text(&q, 3)) != c->grain)
            continue;
        r = add_cell(c);
        r->denominator = sql_int(&q, 4) > 0 ? sql_int(&q, 4) : -1; /* 0 is none */
        r->percent_100 = r->denominator > 0 ? sql_int(&q, 5) : -1;
        if (sql_copy(&q, 0, r->unit_code, sizeof r->unit_code, e) < 0 ||
            sql_copy(&q, 1, r->unit_from, sizeof r->unit_from, e) < 0 ||
            sql_copy(&q, 2, r->kind, sizeof r->kind, e) < 0 ||
            sql_copy(&q, 3, r->period, sizeof r->period, e) < 0)
            return -1;
    }
    c->targets = c->count;
    return rc;
}

static struct store_rate *find_target(struct cells *c, const struct store_rate *key)
{
    if (c->targets == 0)
        return NULL;
    return bsearch(key, c->v, c->targets, sizeof *c->v, by_key);
}

/* Counts of one unit, kind and month into their cells: that of the kind, that of all
 * kinds, else one without a target. */
static void put_count(struct cells *c, const struct store_rate *key, int64_t n,
                      int64_t unverified)
{
    struct store_rate all = *key;
    struct store_rate *own = find_target(c, key);
    struct store_rate *sum = NULL;

    all.kind[0] = '\0';
    sum = key->kind[0] ? find_target(c, &all) : NULL;
    if (own) {
        own->numerator += n;
        own->unverified += unverified;
    }
    if (sum) {
        sum->numerator += n;
        sum->unverified += unverified;
    }
    if (own || sum)
        return;
    if (c->count == c->targets || by_key(&c->v[c->count - 1], key) != 0) {
        struct store_rate *fresh = add_cell(c);

        *fresh = *key;
        fresh->denominator = fresh->percent_100 = -1;
    }
    c->v[c->count - 1].numerator += n;
    c->v[c->count - 1].unverified += unverified;
}

static int load_counts(struct store *s, const struct store_rate_query *query,
                       struct cells *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int first = 0;
    int last = 999999;
    int rc = 0;

    if (query->period && !store_target_period(query->period, &first, &last))
        return err_set(e, ERR_TARGET, "%s", query->period);
    if (SQL(s, &q,
            "SELECT unit_code, unit_from, kind, month, sum(n), sum(unverified)"
            " FROM summary WHERE indicator = ?1 AND month BETWEEN ?2 AND ?3"
            " AND (?4 IS NULL OR unit_code = ?4) AND (?5 IS NULL OR unit_from = ?5)"
            " GROUP BY unit_code, unit_from, kind, month HAVING sum(n) > 0"
            " ORDER BY unit_code, unit_from, kind, month",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, store_target_indicator_name(query->indicator));
    sql_bind_int(&q, 2, first);
    sql_bind_int(&q, 3, last);
    sql_bind_text(&q, 4, query->unit_code);
    sql_bind_text(&q, 5, query->unit_from);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_rate key = {.numerator = 0};

        if (sql_copy(&q, 0, key.unit_code, sizeof key.unit_code, e) < 0 ||
            sql_copy(&q, 1, key.unit_from, sizeof key.unit_from, e) < 0 ||
            sql_copy(&q, 2, key.kind, sizeof key.kind, e) < 0)
            return -1;
        period_of(c->grain, (int)sql_int(&q, 3), key.period);
        put_count(c, &key, sql_int(&q, 4), sql_int(&q, 5));
    }
    return rc;
}

/* A kind's own cell beside a target of all kinds is left out of sums. */
static void mark_covered(struct cells *c)
{
    c->covered = mem_new(c->count + 1, sizeof *c->covered);
    for (size_t i = 0; i < c->count; i++) {
        struct store_rate all = c->v[i];

        all.kind[0] = '\0';
        c->covered[i] = c->v[i].kind[0] && find_target(c, &all);
    }
}

static void add_up(struct store_rate *sum, const struct store_rate *cell)
{
    sum->numerator += cell->numerator;
    sum->unverified += cell->unverified;
    if (cell->denominator > 0)
        sum->denominator += cell->denominator;
    if (sum->percent_100 != cell->percent_100)
        sum->percent_100 = -1;
}

static void group_key(struct store_rate *r, enum store_rate_by by)
{
    if (by != STORE_BY_UNIT)
        r->unit_code[0] = r->unit_from[0] = '\0';
    if (by != STORE_BY_KIND)
        r->kind[0] = '\0';
    if (by != STORE_BY_PERIOD)
        r->period[0] = '\0';
}

/* Sums of cells by unit, kind or period, in order; what has no target in rows of its
 * own. */
static void group(const struct cells *c, enum store_rate_by by, struct cells *out)
{
    struct cells keys = {.v = NULL};

    for (size_t i = 0; i < c->count; i++) {
        struct store_rate *r = NULL;

        if (c->covered[i] && by != STORE_BY_KIND)
            continue;
        r = add_cell(&keys);
        *r = c->v[i];
        group_key(r, by);
    }
    if (keys.count > 0)
        qsort(keys.v, keys.count, sizeof *keys.v, by_row);
    for (size_t i = 0; i < keys.count; i++) {
        if (out->count == 0 || by_row(&out->v[out->count - 1], &keys.v[i]) != 0)
            *add_cell(out) = keys.v[i];
        else
            add_up(&out->v[out->count - 1], &keys.v[i]);
    }
    cells_clear(&keys);
}

static void sum_up(const struct cells *c, struct store_rate *total)
{
    bool any = false;

    *total = (struct store_rate){.denominator = -1, .percent_100 = -1};
    for (size_t i = 0; i < c->count; i++) {
        const struct store_rate *r = &c->v[i];

        if (c->covered[i])
            continue;
        if (r->denominator < 0) {
            total->untargeted += r->numerator;
            continue;
        }
        if (!any) {
            total->denominator = 0;
            total->percent_100 = r->percent_100;
        }
        any = true;
        add_up(total, r);
    }
    if (!any)
        total->numerator = total->untargeted;
}

static int give(struct store *s, const struct store_rate_query *q,
                const struct cells *c, store_rate_fn *each, void *ctx, struct err *e)
{
    for (size_t i = 0; i < c->count; i++) {
        struct store_rate r = c->v[i];
        int rc = 0;

        if (!r.period[0] && q->period)
            (void)snprintf(r.period, sizeof r.period, "%.7s", q->period);
        if (r.unit_code[0] &&
            store_unit_name(s, r.unit_code, r.unit_from, r.unit_name, e) < 0)
            return -1;
        rc = each(ctx, &r, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return 0;
}

int store_rate_each(struct store *s, const struct store_rate_query *q,
                    store_rate_fn *each, void *ctx, struct store_rate *total,
                    struct err *e)
{
    AUTO(cells_clear) struct cells cells = {.v = NULL};
    AUTO(cells_clear) struct cells groups = {.v = NULL};

    if (choose_grain(s, q, &cells, e) < 0 || load_targets(s, q, &cells, e) < 0 ||
        load_counts(s, q, &cells, e) < 0)
        return -1;
    mark_covered(&cells);
    if (total)
        sum_up(&cells, total);
    if (q->by != STORE_BY_CELL) {
        group(&cells, q->by, &groups);
        return give(s, q, &groups, each, ctx, e);
    }
    if (cells.count > 0)
        qsort(cells.v, cells.count, sizeof *cells.v, by_row);
    return give(s, q, &cells, each, ctx, e);
}

bool store_rate_percent(const struct store_rate *r, char out[STORE_RATE_TEXT_MAX])
{
    int64_t d = r->denominator;
    int64_t hundredths = 0;

    if (d <= 0)
        return false;
    hundredths = (r->numerator * 20000 + d) / (2 * d); /* half up */
    (void)snprintf(out, STORE_RATE_TEXT_MAX, "%" PRId64 ".%02" PRId64, hundredths / 100,
                   hundredths % 100);
    return true;
}

bool store_rate_text(const struct store_rate *r, char out[STORE_RATE_TEXT_MAX])
{
    char percent[STORE_RATE_TEXT_MAX];

    if (!store_rate_percent(r, percent))
        return false;
    (void)snprintf(out, STORE_RATE_TEXT_MAX, "%" PRId64 "/%" PRId64 " = %.20s%%",
                   r->numerator, r->denominator, percent);
    return true;
}
