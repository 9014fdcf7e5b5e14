/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_dossier.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/record/card.h"
#include "node/record/regno.h"
#include "node/store/sql.h"

/* What read_dossier() reads, in its order. */
#define DOSSIER_SELECT                                                                 \
    "SELECT id, name, kind, title, record, year, volume, from_no, to_no, series,"      \
    " closed, unit_code, unit_from, created, rev,"                                     \
    " coalesce((SELECT items FROM tally WHERE tally.dossier = dossier.id), 0)"         \
    " FROM dossier"

static int read_dossier(const struct sql *q, struct dossier *out, struct err *e)
{
    *out = (struct dossier)DOSSIER_INIT;
    out->id = sql_int(q, 0);
    out->year = (int)sql_int(q, 5);
    out->volume = (int)sql_int(q, 6);
    out->from = sql_int(q, 7);
    out->to = sql_int(q, 8);
    out->closed_count = sql_int(q, 10);
    out->created = sql_int(q, 13);
    out->rev = sql_int(q, 14);
    out->items = sql_int(q, 15);
    if (sql_copy(q, 1, out->name, sizeof out->name, e) < 0 ||
        sql_copy(q, 4, out->record, sizeof out->record, e) < 0 ||
        sql_copy(q, 11, out->unit_code, sizeof out->unit_code, e) < 0 ||
        sql_copy(q, 12, out->unit_from, sizeof out->unit_from, e) < 0)
        return -1;
    if (!dossier_kind_find(sql_text(q, 2), &out->kind) ||
        !dossier_series_find(sql_text(q, 9), &out->series))
        return sql_damaged(e, "dossier.kind");
    out->title = mem_dup(sql_text(q, 3));
    return 0;
}

static int same_volume(struct store *s, const struct dossier *d, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (d->kind != DOSSIER_REGISTER)
        return 0;
    if (SQL(s, &q,
            "SELECT name FROM dossier WHERE unit_code = ?1 AND unit_from = ?2"
            " AND record = ?3 AND year = ?4 AND volume = ?5 AND kind = 'register'",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, d->unit_code);
    sql_bind_text(&q, 2, d->unit_from);
    sql_bind_text(&q, 3, d->record);
    sql_bind_int(&q, 4, d->year);
    sql_bind_int(&q, 5, d->volume);
    rc = sql_step(&q, e);
    if (rc > 0)
        return err_set(e, ERR_DOSSIER_EXISTS, "%s", sql_text(&q, 0));
    return rc;
}

int store_dossier_add(struct store *s, const char *node, struct dossier *d,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t n = 0;

    assert(s->in_txn);
    d->rev = 1;
    if (dossier_check(d, e) < 0 || same_volume(s, d, e) < 0 ||
        store_counter(s, STORE_COUNTER_DOSSIER, &n, e) < 0)
        return -1;
    ident_dossier(node, n, d->name);
    if (SQL(s, &q,
            "INSERT INTO dossier (name, kind, title, record, year, volume, from_no,"
            " to_no, series, closed, unit_code, unit_from, created, rev)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, 1)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, d->name);
    sql_bind_text(&q, 2, dossier_kind_name(d->kind));
    sql_bind_text(&q, 3, d->title);
    sql_bind_text(&q, 4, d->record);
    sql_bind_int(&q, 5, d->year);
    sql_bind_int(&q, 6, d->volume);
    sql_bind_int(&q, 7, d->from);
    sql_bind_int(&q, 8, d->to);
    sql_bind_text(&q, 9, dossier_series_name(d->series));
    sql_bind_int(&q, 10, d->closed_count);
    sql_bind_text(&q, 11, d->unit_code);
    sql_bind_text(&q, 12, d->unit_from);
    sql_bind_int(&q, 13, d->created);
    if (sql_run(&q, e) < 0)
        return -1;
    d->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

int store_dossier_get(struct store *s, const char *name, struct dossier *out,
                      struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, DOSSIER_SELECT " WHERE name = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_dossier(&q, out, e) < 0 ? -1 : 1;
}

static int need(struct store *s, const char *name, struct dossier *out, struct err *e)
{
    int rc = store_dossier_get(s, name, out, e);

    return rc == 0 ? err_set(e, ERR_DOSSIER_ABSENT, "%s", name) : rc < 0 ? -1 : 0;
}

int store_dossier_each(struct store *s, store_dossier_fn *each, void *ctx,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, DOSSIER_SELECT " ORDER BY id", e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        AUTO_DOSSIER struct dossier d = DOSSIER_INIT;

        if (read_dossier(&q, &d, e) < 0)
            return -1;
        rc = each(ctx, &d, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_dossier_change(struct store *s, const char *name, const char *title,
                         int64_t from, int64_t to, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (need(s, name, &d, e) < 0)
        return -1;
    if (title) {
        mem_free(d.title);
        d.title = mem_dup(title);
    }
    d.from = from < 0 ? d.from : from;
    d.to = to < 0 ? d.to : to;
    if (dossier_check(&d, e) < 0 ||
        SQL(s, &q,
            "UPDATE dossier SET title = ?2, from_no = ?3, to_no = ?4, rev = rev + 1"
            " WHERE id = ?1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, d.id);
    sql_bind_text(&q, 2, d.title);
    sql_bind_int(&q, 3, d.from);
    sql_bind_int(&q, 4, d.to);
    return sql_run(&q, e);
}

int store_dossier_close(struct store *s, const char *name, int64_t count, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (need(s, name, &d, e) < 0)
        return -1;
    if (d.closed_count >= 0)
        return err_set(e, ERR_DOSSIER_CLOSED, "%s", name);
    if (count < 0 || count > REGNO_NUMBER_MAX)
        return err_set(e, ERR_DOSSIER, "count at closing");
    if (SQL(s, &q, "UPDATE dossier SET closed = ?2, rev = rev + 1 WHERE id = ?1", e) <
        0)
        return -1;
    sql_bind_int(&q, 1, d.id);
    sql_bind_int(&q, 2, count);
    return sql_run(&q, e);
}

int store_dossier_gap(struct store *s, const char *name, int64_t from, int64_t to,
                      enum dossier_why why, const char *actor, int64_t now,
                      struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_SQL struct sql rev = SQL_INIT;

    assert(s->in_txn);
    if (need(s, name, &d, e) < 0)
        return -1;
    if (d.kind != DOSSIER_REGISTER || from < 1 || to < from || to > REGNO_NUMBER_MAX)
        return err_set(e, ERR_DOSSIER, "%s: %" PRId64 "-%" PRId64, name, from, to);
    if (SQL(s, &q,
            "INSERT INTO dossier_gap (dossier, from_no, to_no, why, actor, at)"
            " SELECT ?1, ?2, ?3, ?4, ?5, ?6 WHERE NOT EXISTS (SELECT 1 FROM dossier_gap"
            " WHERE dossier = ?1 AND from_no = ?2 AND to_no = ?3 AND why = ?4)",
            e) < 0 ||
        SQL(s, &rev, "UPDATE dossier SET rev = rev + changes() WHERE id = ?1", e) < 0)
        return -1;
    sql_bind_int(&q, 1, d.id);
    sql_bind_int(&q, 2, from);
    sql_bind_int(&q, 3, to);
    sql_bind_text(&q, 4, dossier_why_name(why));
    sql_bind_text(&q, 5, actor);
    sql_bind_int(&q, 6, now);
    if (sql_run(&q, e) < 0)
        return -1;
    sql_bind_int(&rev, 1, d.id);
    return sql_run(&rev, e);
}

static int add_gaps(struct store *s, int64_t id, struct card *c, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT from_no, to_no, why FROM dossier_gap WHERE dossier = ?1"
            " ORDER BY from_no, to_no, why LIMIT 1000",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    while ((rc = sql_step(&q, e)) > 0) {
        struct dossier_gap gap = {.from = sql_int(&q, 0), .to = sql_int(&q, 1)};

        if (!dossier_why_find(sql_text(&q, 2), &gap.why))
            return sql_damaged(e, "dossier_gap.why");
        card_add_gap(c, &gap);
    }
    return rc;
}

int store_dossier_card(struct store *s, const char *name, struct card *out,
                       struct err *e)
{
    card_init(out, CARD_DOSSIER);
    if (need(s, name, &out->dossier, e) < 0)
        return -1;
    return add_gaps(s, out->dossier.id, out, e);
}

int store_dossier_unsealed(struct store *s, store_dossier_name_fn *each, void *ctx,
                           struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT name FROM dossier WHERE sealed_rev < rev ORDER BY id", e) <
        0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        rc = each(ctx, sql_text(&q, 0), e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_dossier_sealed(struct store *s, const char *name, int64_t rev, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE dossier SET sealed_rev = ?2 WHERE name = ?1 AND sealed_rev < ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_int(&q, 2, rev);
    return sql_run(&q, e);
}
