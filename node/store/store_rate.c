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

/* ---- counts -----------------------------------------------------------------------
 */

static int read_count(const struct sql *q, struct store_count *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->month = (int)sql_int(q, 3);
    out->n = sql_int(q, 5);
    out->unverified = sql_int(q, 6);
    if (sql_copy(q, 0, out->unit_code, sizeof out->unit_code, e) < 0 ||
        sql_copy(q, 1, out->unit_from, sizeof out->unit_from, e) < 0 ||
        sql_copy(q, 2, out->kind, sizeof out->kind, e) < 0)
        return -1;
    return store_target_indicator_find(sql_text(q, 4), &out->indicator)
               ? 0
               : sql_damaged(e, "summary.indicator");
}

int store_rate_counts(struct store *s, store_count_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT unit_code, unit_from, kind, month, indicator, sum(n),"
            " sum(unverified) FROM summary GROUP BY 1, 2, 3, 4, 5"
            " HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4, 5",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_count c;

        if (read_count(&q, &c, e) < 0)
            return -1;
        rc = each(ctx, &c, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}

/* The same figures counted anew from the items; the one definition of what counts. */
#define RECOUNT                                                                        \
    "SELECT '' AS source, unit_code, unit_from, kind, scanned_month AS month,"         \
    " 'scanned' AS indicator, count(*) AS n, 0 AS unverified"                          \
    " FROM item WHERE scanned_month > 0 GROUP BY unit_code, unit_from, kind, month"    \
    " UNION ALL "                                                                      \
    "SELECT '', unit_code, unit_from, kind, receipt_month, 'received', count(*),"      \
    " sum(receipt_level <> 'verified')"                                                \
    " FROM item WHERE receipt_month > 0 GROUP BY 2, 3, 4, 5"                           \
    " UNION ALL "                                                                      \
    "SELECT '', unit_code, unit_from, kind, receipt_month, 'verified',"                \
    " sum(receipt_level = 'verified'), 0"                                              \
    " FROM item WHERE receipt_month > 0 GROUP BY 2, 3, 4, 5"

int store_rate_check(struct store *s, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "WITH anew AS (" RECOUNT "), kept AS (SELECT source, unit_code, unit_from,"
            " kind, month, indicator, n, unverified FROM summary WHERE source = '')"
            " SELECT unit_code, kind, month, indicator FROM"
            " (SELECT * FROM (SELECT * FROM anew EXCEPT SELECT * FROM kept)"
            " WHERE n <> 0 UNION ALL"
            " SELECT * FROM (SELECT * FROM kept EXCEPT SELECT * FROM anew)"
            " WHERE n <> 0) LIMIT 1",
            e) < 0)
        return -1;
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return err_set(e, ERR_SUMMARY, "%s %s %s %s", sql_text(&q, 0), sql_text(&q, 1),
                   sql_text(&q, 2), sql_text(&q, 3));
}

int store_rate_rebuild(struct store *s, struct err *e)
{
    AUTO_SQL struct sql drop = SQL_INIT;
    AUTO_SQL struct sql make = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &drop, "DELETE FROM summary WHERE source = ''", e) < 0 ||
        sql_run(&drop, e) < 0 ||
        SQL(s, &make,
            "INSERT INTO summary (source, unit_code, unit_from, kind, month, indicator,"
            " n, unverified) " RECOUNT,
            e) < 0)
        return -1;
    return sql_run(&make, e);
}

int store_rate_copy(struct store *to, const char *source, struct store *from,
                    struct err *e)
{
    AUTO_SQL struct sql drop = SQL_INIT;
    AUTO_SQL struct sql read = SQL_INIT;
    AUTO_SQL struct sql write = SQL_INIT;
    int rc = 0;

    assert(to->in_txn && source[0]);
    if (SQL(to, &drop, "DELETE FROM summary WHERE source = ?1", e) < 0)
        return -1;
    sql_bind_text(&drop, 1, source);
    if (sql_run(&drop, e) < 0 ||
        SQL(from, &read,
            "SELECT unit_code, unit_from, kind, month, indicator, n, unverified"
            " FROM summary WHERE source = '' AND n <> 0",
            e) < 0 ||
        SQL(to, &write,
            "INSERT INTO summary (source, unit_code, unit_from, kind, month, indicator,"
            " n, unverified) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            e) < 0)
        return -1;
    while ((rc = sql_step(&read, e)) > 0) {
        sql_bind_text(&write, 1, source);
        sql_bind_text(&write, 2, sql_text(&read, 0));
        sql_bind_text(&write, 3, sql_text(&read, 1));
        sql_bind_text(&write, 4, sql_text(&read, 2));
        sql_bind_int(&write, 5, sql_int(&read, 3));
        sql_bind_text(&write, 6, sql_text(&read, 4));
        sql_bind_int(&write, 7, sql_int(&read, 5));
        sql_bind_int(&write, 8, sql_int(&read, 6));
        if (sql_run(&write, e) < 0)
            return -1;
        sql_again(&write);
    }
    return rc < 0 ? -1 : 0;
}

/* ---- rates ------------------------------------------------------------------------
 */

/*
 * The smallest figure: what was counted of one unit, kind and period against its
 * target. A target for all kinds together (kind "") stands for the unit as a whole;
 * where kinds have targets of their own, rates by kind use those.
 */
struct figures {
    struct store *s;
    const struct store_rate_query *q;
    struct store_target *targets; /* owned, of this indicator */
    size_t target_count, target_cap;
    struct store_count *counts; /* owned, of this indicator */
    size_t count_count, count_cap;
    char (*periods)[STORE_PERIOD_MAX]; /* owned */
    size_t period_count, period_cap;
    struct store_rate *cells; /* owned */
    size_t cell_count, cell_cap;
};

static void figures_clear(struct figures *f)
{
    mem_free(f->targets);
    mem_free(f->counts);
    mem_free(f->periods);
    mem_free(f->cells);
}

static bool asked(const struct figures *f, const char *code, const char *from)
{
    return !f->q->unit_code ||
           (strcmp(f->q->unit_code, code) == 0 &&
            (!f->q->unit_from || strcmp(f->q->unit_from, from) == 0));
}

static int take_target(void *ctx, const struct store_target *t, struct err *e)
{
    struct figures *f = ctx;

    (void)e;
    if (t->indicator != f->q->indicator || !asked(f, t->unit_code, t->unit_from))
        return 0;
    mem_grow(&f->targets, &f->target_cap, f->target_count + 1, sizeof *f->targets);
    f->targets[f->target_count++] = *t;
    return 0;
}

static int take_count(void *ctx, const struct store_count *c, struct err *e)
{
    struct figures *f = ctx;

    (void)e;
    if (c->indicator != f->q->indicator || !asked(f, c->unit_code, c->unit_from))
        return 0;
    mem_grow(&f->counts, &f->count_cap, f->count_count + 1, sizeof *f->counts);
    f->counts[f->count_count++] = *c;
    return 0;
}

static void add_period(struct figures *f, const char *period)
{
    for (size_t i = 0; i < f->period_count; i++)
        if (strcmp(f->periods[i], period) == 0)
            return;
    mem_grow(&f->periods, &f->period_cap, f->period_count + 1, sizeof *f->periods);
    (void)snprintf(f->periods[f->period_count++], STORE_PERIOD_MAX, "%s", period);
}

/* 4: a year, 6: a quarter (it has a Q), 7: a month. */
static int fineness(const char *period)
{
    return strlen(period) == 4 ? 4 : strchr(period, 'Q') ? 6 : 7;
}

static void choose_periods(struct figures *f)
{
    int coarsest = 8;

    if (f->q->period) {
        add_period(f, f->q->period);
        return;
    }
    for (size_t i = 0; i < f->target_count; i++)
        if (fineness(f->targets[i].period) < coarsest)
            coarsest = fineness(f->targets[i].period);
    for (size_t i = 0; i < f->target_count; i++)
        if (fineness(f->targets[i].period) == coarsest)
            add_period(f, f->targets[i].period);
    for (size_t i = 0; f->target_count == 0 && i < f->count_count; i++) {
        char year[STORE_PERIOD_MAX];

        (void)snprintf(year, sizeof year, "%04d", f->counts[i].month / 100 % 10000);
        add_period(f, year);
    }
}

static struct store_rate *add_cell(struct figures *f, const char *code,
                                   const char *from, const char *kind,
                                   const char *period)
{
    struct store_rate *r = NULL;

    mem_grow(&f->cells, &f->cell_cap, f->cell_count + 1, sizeof *f->cells);
    r = &f->cells[f->cell_count++];
    memset(r, 0, sizeof *r);
    r->denominator = r->percent_100 = -1;
    (void)snprintf(r->unit_code, sizeof r->unit_code, "%s", code);
    (void)snprintf(r->unit_from, sizeof r->unit_from, "%s", from);
    (void)snprintf(r->kind, sizeof r->kind, "%s", kind);
    (void)snprintf(r->period, sizeof r->period, "%s", period);
    return r;
}

static const struct store_target *target_of(const struct figures *f, const char *code,
                                            const char *from, const char *kind,
                                            const char *period)
{
    for (size_t i = 0; i < f->target_count; i++) {
        const struct store_target *t = &f->targets[i];

        if (strcmp(t->unit_code, code) == 0 && strcmp(t->unit_from, from) == 0 &&
            strcmp(t->period, period) == 0 && (!kind || strcmp(t->kind, kind) == 0))
            return t;
    }
    return NULL;
}

/* @kind NULL: all kinds. */
static void count_into(const struct figures *f, struct store_rate *r, const char *kind)
{
    int first = 0;
    int last = 0;

    if (!store_target_period(r->period, &first, &last))
        return;
    for (size_t i = 0; i < f->count_count; i++) {
        const struct store_count *c = &f->counts[i];

        if (c->month < first || c->month > last ||
            strcmp(c->unit_code, r->unit_code) != 0 ||
            strcmp(c->unit_from, r->unit_from) != 0 ||
            (kind && strcmp(c->kind, kind) != 0))
            continue;
        r->numerator += c->n;
        r->unverified += c->unverified;
    }
}

static void set_target(struct store_rate *r, const struct store_target *t)
{
    if (!t || t->denominator == 0)
        return;
    r->denominator = t->denominator;
    r->percent_100 = t->percent_100;
}

/* Kinds with a target or a count in this unit and period, one cell each. */
static void kind_cells(struct figures *f, const char *code, const char *from,
                       const char *period)
{
    const struct kind *k = NULL;

    for (size_t i = 0; (k = kind_at(i)); i++) {
        const struct store_target *t = target_of(f, code, from, k->name, period);
        struct store_rate *r = add_cell(f, code, from, k->name, period);

        set_target(r, t);
        count_into(f, r, k->name);
        if (!t && r->numerator == 0)
            f->cell_count--;
    }
}

static bool kinds_have_targets(const struct figures *f, const char *code,
                               const char *from, const char *period)
{
    const struct kind *k = NULL;

    for (size_t i = 0; (k = kind_at(i)); i++)
        if (target_of(f, code, from, k->name, period))
            return true;
    return false;
}

static void unit_cells(struct figures *f, const char *code, const char *from)
{
    bool by_kind = f->q->by == STORE_BY_KIND || f->q->by == STORE_BY_CELL;

    for (size_t i = 0; i < f->period_count; i++) {
        const char *period = f->periods[i];
        const struct store_target *all = target_of(f, code, from, "", period);

        if (!all || (by_kind && kinds_have_targets(f, code, from, period))) {
            kind_cells(f, code, from, period);
        } else {
            struct store_rate *r = add_cell(f, code, from, "", period);

            set_target(r, all);
            count_into(f, r, NULL);
        }
    }
}

static bool unit_done(const struct figures *f, const char *code, const char *from)
{
    for (size_t i = 0; i < f->cell_count; i++)
        if (strcmp(f->cells[i].unit_code, code) == 0 &&
            strcmp(f->cells[i].unit_from, from) == 0)
            return true;
    return false;
}

static void make_cells(struct figures *f)
{
    for (size_t i = 0; i < f->target_count; i++)
        if (!unit_done(f, f->targets[i].unit_code, f->targets[i].unit_from))
            unit_cells(f, f->targets[i].unit_code, f->targets[i].unit_from);
    for (size_t i = 0; i < f->count_count; i++)
        if (!unit_done(f, f->counts[i].unit_code, f->counts[i].unit_from))
            unit_cells(f, f->counts[i].unit_code, f->counts[i].unit_from);
}

/* ---- grouping ---------------------------------------------------------------------
 */

static int by_key(const void *a, const void *b)
{
    const struct store_rate *x = a;
    const struct store_rate *y = b;
    int rc = strcmp(x->unit_code, y->unit_code);

    if (rc == 0)
        rc = strcmp(x->unit_from, y->unit_from);
    if (rc == 0)
        rc = strcmp(x->kind, y->kind);
    if (rc == 0)
        rc = strcmp(x->period, y->period);
    /* With a target before without. */
    return rc ? rc : (x->denominator < 0) - (y->denominator < 0);
}

/* What a row of this kind of report does not tell apart is blanked. */
static void blank(struct store_rate *r, enum store_rate_by by)
{
    if (by == STORE_BY_KIND || by == STORE_BY_PERIOD)
        r->unit_code[0] = r->unit_from[0] = '\0';
    if (by == STORE_BY_UNIT || by == STORE_BY_PERIOD)
        r->kind[0] = '\0';
    if (by == STORE_BY_UNIT || by == STORE_BY_KIND)
        r->period[0] = '\0';
}

static void add(struct store_rate *sum, const struct store_rate *r)
{
    sum->numerator += r->numerator;
    sum->unverified += r->unverified;
    if (r->denominator >= 0)
        sum->denominator += r->denominator;
    if (sum->percent_100 != r->percent_100)
        sum->percent_100 = -1;
}

static int tell(struct figures *f, struct store_rate *r, store_rate_fn *each, void *ctx,
                struct err *e)
{
    if (!r->period[0] && f->q->period)
        (void)snprintf(r->period, sizeof r->period, "%.7s", f->q->period);
    if (r->unit_code[0] &&
        store_unit_name(f->s, r->unit_code, r->unit_from, r->unit_name, e) < 0)
        return -1;
    return each ? each(ctx, r, e) : 0;
}

static int tell_groups(struct figures *f, store_rate_fn *each, void *ctx, struct err *e)
{
    size_t i = 0;

    for (size_t k = 0; k < f->cell_count; k++)
        blank(&f->cells[k], f->q->by);
    if (f->cell_count > 1)
        qsort(f->cells, f->cell_count, sizeof *f->cells, by_key);
    while (i < f->cell_count) {
        struct store_rate row = f->cells[i++];
        int rc = 0;

        while (i < f->cell_count && by_key(&f->cells[i], &row) == 0)
            add(&row, &f->cells[i++]);
        rc = tell(f, &row, each, ctx, e);
        if (rc != 0)
            return rc;
    }
    return 0;
}

static void sum_up(const struct figures *f, struct store_rate *total)
{
    bool any = false;

    memset(total, 0, sizeof *total);
    total->denominator = total->percent_100 = -1;
    for (size_t i = 0; i < f->cell_count; i++) {
        const struct store_rate *r = &f->cells[i];

        if (r->denominator < 0) {
            total->untargeted += r->numerator;
            continue;
        }
        if (!any) {
            total->denominator = 0;
            total->percent_100 = r->percent_100;
        }
        any = true;
        add(total, r);
    }
    if (!any)
        total->numerator = total->untargeted;
}

int store_rate_each(struct store *s, const struct store_rate_query *q,
                    store_rate_fn *each, void *ctx, struct store_rate *total,
                    struct err *e)
{
    struct figures f = {.s = s, .q = q};
    int rc = store_target_each(s, take_target, &f, e);

    if (rc == 0)
        rc = store_rate_counts(s, take_count, &f, e);
    if (rc == 0) {
        choose_periods(&f);
        make_cells(&f);
        if (total)
            sum_up(&f, total);
        rc = tell_groups(&f, each, ctx, e);
    }
    figures_clear(&f);
    return rc < 0 ? -1 : 0;
}

/* ---- as text ----------------------------------------------------------------------
 */

__extension__ typedef __int128 wide; /* products of two 64-bit counts */

bool store_rate_percent(const struct store_rate *r, char out[STORE_RATE_TEXT_MAX])
{
    wide hundredths = 0;

    if (r->denominator <= 0)
        return false;
    /* Half up: 2·n·10000 + m over 2·m, in whole numbers. */
    hundredths =
        ((wide)r->numerator * 20000 + r->denominator) / ((wide)r->denominator * 2);
    (void)snprintf(out, STORE_RATE_TEXT_MAX, "%" PRId64 ".%02d",
                   (int64_t)(hundredths / 100), (int)(hundredths % 100));
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
