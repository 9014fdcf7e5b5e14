/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_return.h"

#include <assert.h>

#include "node/base/err.h"
#include "node/store/sql.h"

int store_return_add(struct store *s, const struct store_return *r, struct err *e)
{
    AUTO_SQL struct sql find = SQL_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    int64_t item = 0;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &find, "SELECT id FROM item WHERE name = ?1 AND rev > 0", e) < 0)
        return -1;
    rc = sql_id(&find, r->item, &item, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_ITEM_ABSENT, "%s", r->item);
    if (SQL(s, &q,
            "INSERT INTO item_return (item, rev, why, issuer, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, item);
    sql_bind_int(&q, 2, r->rev);
    sql_bind_text(&q, 3, r->why);
    sql_bind_text(&q, 4, r->issuer);
    sql_bind_int(&q, 5, r->at);
    return sql_run(&q, e) < 0 ? -1 : sqlite3_changes(s->db);
}

int store_return_each(struct store *s, const char *item, bool open,
                      store_return_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT i.name, r.rev, r.why, r.issuer, r.at,"
            " CASE WHEN i.sealed_rev > r.rev THEN i.sealed_rev ELSE 0 END"
            " FROM item_return r JOIN item i ON i.id = r.item"
            " WHERE (?1 IS NULL OR i.name = ?1) AND (NOT ?2 OR i.sealed_rev <= r.rev)"
            " ORDER BY r.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, item);
    sql_bind_int(&q, 2, open);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_return r = {.rev = sql_int(&q, 1),
                                 .why = sql_text(&q, 2),
                                 .issuer = sql_text(&q, 3),
                                 .at = sql_int(&q, 4),
                                 .answer = sql_int(&q, 5)};

        if (sql_copy(&q, 0, r.item, sizeof r.item, e) < 0)
            return -1;
        rc = each(ctx, &r, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_return_count(struct store *s, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT count(DISTINCT r.item) FROM item_return r"
            " JOIN item i ON i.id = r.item WHERE i.sealed_rev <= r.rev",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}
