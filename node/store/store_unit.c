/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_unit.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

static int read_unit(const struct sql *q, struct unit *out, struct err *e)
{
    if (sql_copy(q, 0, out->code, sizeof out->code, e) < 0 ||
        sql_copy(q, 1, out->valid_from, sizeof out->valid_from, e) < 0 ||
        sql_copy(q, 2, out->name, sizeof out->name, e) < 0 ||
        sql_copy(q, 3, out->kind, sizeof out->kind, e) < 0 ||
        sql_copy(q, 4, out->parent, sizeof out->parent, e) < 0 ||
        sql_copy(q, 5, out->valid_to, sizeof out->valid_to, e) < 0)
        return -1;
    return sql_copy(q, 6, out->successors, sizeof out->successors, e);
}

static bool same(const struct unit *a, const struct unit *b)
{
    return strcmp(a->name, b->name) == 0 && strcmp(a->kind, b->kind) == 0 &&
           strcmp(a->parent, b->parent) == 0 && strcmp(a->valid_to, b->valid_to) == 0 &&
           strcmp(a->successors, b->successors) == 0;
}

int store_unit_put(struct store *s, const struct unit *u, int *changed, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct unit old;
    int had = 0;

    assert(s->in_txn);
    if (unit_check(u, e) < 0)
        return -1;
    had = store_unit_get(s, u->code, u->valid_from, &old, e);
    if (had < 0)
        return -1;
    if (changed)
        *changed = !had ? 1 : same(&old, u) ? 0 : 2;
    if (SQL(s, &q, "INSERT OR REPLACE INTO unit VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, u->code);
    sql_bind_text(&q, 2, u->valid_from);
    sql_bind_text(&q, 3, u->name);
    sql_bind_text(&q, 4, u->kind);
    sql_bind_text(&q, 5, u->parent);
    sql_bind_text(&q, 6, u->valid_to);
    sql_bind_text(&q, 7, u->successors);
    return sql_run(&q, e);
}

int store_unit_get(struct store *s, const char *code, const char *valid_from,
                   struct unit *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT code, valid_from, name, kind, parent, valid_to, successors FROM "
            "unit"
            " WHERE code = ?1 AND valid_from = ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, code);
    sql_bind_text(&q, 2, valid_from);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_unit(&q, out, e) < 0 ? -1 : 1;
}

int store_unit_resolve(struct store *s, const char *text, const char *today,
                       struct unit *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct unit u = {.code = ""};
    int rc = 0;

    if (!unit_split(text, u.code, u.valid_from))
        return err_set(e, ERR_UNIT, "%s", text);
    if (u.valid_from[0]) {
        rc = store_unit_get(s, u.code, u.valid_from, &u, e);
        if (rc >= 0)
            *out = u;
        return rc;
    }
    /* ISO dates compare as text. */
    if (SQL(s, &q,
            "SELECT code, valid_from, name, kind, parent, valid_to, successors FROM "
            "unit"
            " WHERE code = ?1 AND valid_from <= ?2 AND (valid_to = '' OR valid_to >= "
            "?2)"
            " ORDER BY valid_from DESC LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, u.code);
    sql_bind_text(&q, 2, today);
    rc = sql_step(&q, e);
    if (rc < 0 || (rc > 0 && read_unit(&q, &u, e) < 0))
        return -1;
    if (rc == 0)
        (void)snprintf(u.valid_from, sizeof u.valid_from, "%s", UNIT_FROM_DEFAULT);
    *out = u;
    return rc;
}

int store_unit_name(struct store *s, const char *code, const char *valid_from,
                    char out[UNIT_NAME_MAX], struct err *e)
{
    struct unit u;
    int rc = store_unit_get(s, code, valid_from, &u, e);

    if (rc < 0)
        return -1;
    (void)snprintf(out, UNIT_NAME_MAX, "%s", rc ? u.name : code);
    return 0;
}

int store_unit_each(struct store *s, const char *parent, store_unit_fn *each, void *ctx,
                    struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT code, valid_from, name, kind, parent, valid_to, successors FROM "
            "unit"
            " WHERE ?1 IS NULL OR parent = ?1 ORDER BY code, valid_from",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, parent);
    while ((rc = sql_step(&q, e)) > 0) {
        struct unit u;

        if (read_unit(&q, &u, e) < 0)
            return -1;
        rc = each(ctx, &u, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}
