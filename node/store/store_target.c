/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_target.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

static const char *const INDICATORS[] = {
    [STORE_RECEIVED] = "received",
    [STORE_VERIFIED] = "verified",
    [STORE_SCANNED] = "scanned",
};

const char *store_target_indicator_name(enum store_indicator i)
{
    return INDICATORS[i];
}

bool store_target_indicator_find(const char *name, enum store_indicator *out)
{
    for (size_t i = 0; i < ARRAY_LEN(INDICATORS); i++)
        if (strcmp(name, INDICATORS[i]) == 0) {
            *out = (enum store_indicator)i;
            return true;
        }
    return false;
}

bool store_target_period(const char *period, int *first, int *last)
{
    size_t n = strlen(period);
    int year = 0;
    int month = 0;

    if (n < 4)
        return false;
    for (size_t i = 0; i < 4; i++) {
        if (!isdigit((unsigned char)period[i]))
            return false;
        year = year * 10 + (period[i] - '0');
    }
    if (year < 1900 || year > 2200)
        return false;
    if (n == 4) {
        *first = year * 100 + 1;
        *last = year * 100 + 12;
        return true;
    }
    if (n == 7 && period[4] == '-' && period[5] == 'Q' && period[6] >= '1' &&
        period[6] <= '4') {
        month = (period[6] - '1') * 3 + 1;
        *first = year * 100 + month;
        *last = year * 100 + month + 2;
        return true;
    }
    if (n != 7 || period[4] != '-' || !isdigit((unsigned char)period[5]) ||
        !isdigit((unsigned char)period[6]))
        return false;
    month = (period[5] - '0') * 10 + (period[6] - '0');
    if (month < 1 || month > 12)
        return false;
    *first = *last = year * 100 + month;
    return true;
}

static int read_target(const struct sql *q, struct store_target *out, struct err *e)
{
    memset(out, 0, sizeof *out);
    out->denominator = sql_int(q, 5);
    out->percent_100 = sql_int(q, 6);
    if (sql_copy(q, 0, out->unit_code, sizeof out->unit_code, e) < 0 ||
        sql_copy(q, 1, out->unit_from, sizeof out->unit_from, e) < 0 ||
        sql_copy(q, 3, out->kind, sizeof out->kind, e) < 0 ||
        sql_copy(q, 4, out->period, sizeof out->period, e) < 0)
        return -1;
    return store_target_indicator_find(sql_text(q, 2), &out->indicator)
               ? 0
               : sql_damaged(e, "target.indicator");
}

static void bind_key(struct sql *q, const struct store_target *t)
{
    sql_bind_text(q, 1, t->unit_code);
    sql_bind_text(q, 2, t->unit_from);
    sql_bind_text(q, 3, INDICATORS[t->indicator]);
    sql_bind_text(q, 4, t->kind);
    sql_bind_text(q, 5, t->period);
}

/* The value that is there: 1 and *@out, 0 none, -1. */
static int present(struct store *s, const struct store_target *t,
                   struct store_target *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT unit_code, unit_from, indicator, kind, period, denominator,"
            " percent_100 FROM target WHERE unit_code = ?1 AND unit_from = ?2"
            " AND indicator = ?3 AND kind = ?4 AND period = ?5",
            e) < 0)
        return -1;
    bind_key(&q, t);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_target(&q, out, e) < 0 ? -1 : 1;
}

static int remember(struct store *s, const struct store_target *t, const char *actor,
                    int64_t now, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "INSERT INTO target_history (unit_code, unit_from, indicator, kind, period,"
            " denominator, percent_100, actor, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            e) < 0)
        return -1;
    bind_key(&q, t);
    sql_bind_int(&q, 6, t->denominator);
    sql_bind_int(&q, 7, t->percent_100);
    sql_bind_text(&q, 8, actor);
    sql_bind_int(&q, 9, now);
    return sql_run(&q, e);
}

int store_target_put(struct store *s, const struct store_target *t, const char *actor,
                     int64_t now, int *changed, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct store_target old;
    int first = 0;
    int last = 0;
    int there = 0;

    assert(s->in_txn);
    if (!unit_code_valid(t->unit_code) || !unit_date_valid(t->unit_from) ||
        (t->kind[0] && !kind_find(t->kind)) ||
        !store_target_period(t->period, &first, &last) || t->denominator < 0 ||
        t->percent_100 < -1 || t->percent_100 > 10000)
        return err_set(e, ERR_TARGET, "%s %s", t->unit_code, t->period);
    there = present(s, t, &old, e);
    if (there < 0)
        return -1;
    *changed = there == 0 ? 1
               : old.denominator != t->denominator || old.percent_100 != t->percent_100
                   ? 2
                   : 0;
    if (*changed == 0)
        return 0;
    if (remember(s, t, actor, now, e) < 0 ||
        SQL(s, &q,
            "INSERT INTO target (unit_code, unit_from, indicator, kind, period,"
            " denominator, percent_100) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)"
            " ON CONFLICT DO UPDATE SET denominator = excluded.denominator,"
            " percent_100 = excluded.percent_100",
            e) < 0)
        return -1;
    bind_key(&q, t);
    sql_bind_int(&q, 6, t->denominator);
    sql_bind_int(&q, 7, t->percent_100);
    return sql_run(&q, e);
}

int store_target_each(struct store *s, store_target_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT unit_code, unit_from, indicator, kind, period, denominator,"
            " percent_100 FROM target"
            " ORDER BY unit_code, unit_from, indicator, kind, period",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_target t;

        if (read_target(&q, &t, e) < 0)
            return -1;
        rc = each(ctx, &t, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}
