/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_prune.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

/* ---- what is known of a master ----------------------------------------------------
 */

static int read_file(const struct sql *q, struct store_prune_file *out, struct err *e)
{
    *out = (struct store_prune_file){.size = (uint64_t)sql_int(q, 1),
                                     .damaged = sql_int(q, 3) != 0,
                                     .bundles = sql_int(q, 4),
                                     .undurable = sql_int(q, 5),
                                     .copies = sql_int(q, 6),
                                     .durable_at = sql_int(q, 7),
                                     .pages = sql_int(q, 8),
                                     .open = sql_int(q, 9),
                                     .unpictured = sql_int(q, 10),
                                     .waiting = sql_int(q, 11)};
    if (sql_copy(q, 0, out->hex, sizeof out->hex, e) < 0)
        return -1;
    return sql_copy(q, 2, out->media, sizeof out->media, e);
}

/* A large master lies in parts in several bundles of its chain: all up to the one in
 * which it ends must be durable, and in as many copies. */
int store_prune_next(struct store *s, const char *after, int64_t limit,
                     store_prune_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT o.hex, o.size, o.media, o.damaged,"
            " (SELECT count(*) FROM bundle_object x JOIN bundle b ON b.id = x.bundle"
            "  WHERE x.hex = o.hex AND b.class = 'master'),"
            " (SELECT count(*) FROM bundle_object x JOIN bundle b ON b.id = x.bundle"
            "  JOIN bundle c ON c.node = b.node AND c.epoch = b.epoch"
            "   AND c.class = b.class AND c.seq <= b.seq"
            "  WHERE x.hex = o.hex AND b.class = 'master' AND c.state <> 'durable'),"
            " (SELECT coalesce(min(c.copies), 0) FROM bundle_object x"
            "  JOIN bundle b ON b.id = x.bundle"
            "  JOIN bundle c ON c.node = b.node AND c.epoch = b.epoch"
            "   AND c.class = b.class AND c.seq <= b.seq"
            "  WHERE x.hex = o.hex AND b.class = 'master'),"
            " (SELECT coalesce(max(b.durable_at), 0) FROM bundle_object x"
            "  JOIN bundle b ON b.id = x.bundle"
            "  WHERE x.hex = o.hex AND b.class = 'master'),"
            " (SELECT count(*) FROM page p WHERE p.master = o.hex),"
            " (SELECT count(*) FROM page p JOIN item i ON i.id = p.item"
            "  WHERE p.master = o.hex AND (p.gate <> 'clear' OR i.state <> 'sealed'"
            "   OR i.sealed_rev <> i.rev)),"
            " (SELECT count(*) FROM page p WHERE p.master = o.hex AND NOT EXISTS"
            "  (SELECT 1 FROM picture c JOIN object k ON k.hex = c.hex"
            "   WHERE c.page = p.name AND c.role = 'page' AND k.damaged = 0)),"
            " (SELECT count(*) FROM page p JOIN job j ON j.page = p.id"
            "  WHERE p.master = o.hex AND j.state IN ('queued', 'leased'))"
            " FROM object o WHERE o.role = 'master' AND o.hex > ?1"
            " ORDER BY o.hex LIMIT ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, after);
    sql_bind_int(&q, 2, limit);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_prune_file p;

        if (read_file(&q, &p, e) < 0)
            return -1;
        rc = each(ctx, &p, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}

int store_prune_bundles(struct store *s, const char *hex, store_bundle_fn *each,
                        void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT b.manifest FROM bundle_object x JOIN bundle b ON b.id = x.bundle"
            " WHERE x.hex = ?1 AND b.class = 'master' ORDER BY b.id",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_bundle b;

        if (store_bundle_get(s, sql_text(&q, 0), &b, e) <= 0)
            return -1;
        rc = each(ctx, &b, e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}

int store_prune_newest(struct store *s, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q,
            "SELECT coalesce(max(province_at), 0) FROM receipt WHERE type = 'receipt'",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = sql_int(&q, 0);
    return 0;
}

/* ---- away and back ----------------------------------------------------------------
 */

int store_prune_away(struct store *s, const struct store_prune_file *p, int64_t at,
                     struct err *e)
{
    AUTO_SQL struct sql add = SQL_INIT;
    AUTO_SQL struct sql drop = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &add,
            "INSERT OR REPLACE INTO away (hex, size, media, at)"
            " VALUES (?1, ?2, ?3, ?4)",
            e) < 0 ||
        SQL(s, &drop, "DELETE FROM object WHERE hex = ?1 AND role = 'master'", e) < 0)
        return -1;
    sql_bind_text(&add, 1, p->hex);
    sql_bind_int(&add, 2, (int64_t)p->size);
    sql_bind_text(&add, 3, p->media);
    sql_bind_int(&add, 4, at);
    sql_bind_text(&drop, 1, p->hex);
    if (sql_run(&add, e) < 0 || sql_run(&drop, e) < 0)
        return -1;
    sql_drop_object(s, p->hex);
    return 0;
}

int store_prune_is_away(struct store *s, const char *hex, struct store_prune_file *out,
                        struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT size, media FROM away WHERE hex = ?1"
            " AND NOT EXISTS (SELECT 1 FROM object WHERE hex = ?1)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    *out = (struct store_prune_file){.size = (uint64_t)sql_int(&q, 0)};
    (void)snprintf(out->hex, sizeof out->hex, "%s", hex);
    return sql_copy(&q, 1, out->media, sizeof out->media, e) < 0 ? -1 : 1;
}

int store_prune_back(struct store *s, const char *hex, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "DELETE FROM away WHERE hex = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    return sql_run(&q, e);
}

/* ---- doubt ------------------------------------------------------------------------
 */

int store_prune_doubt(struct store *s, const char *manifest, int64_t at, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE bundle SET state = 'accepted', code = ?2, accepted_at = ?3,"
            " durable_at = 0 WHERE manifest = ?1 AND state = 'durable'",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    sql_bind_text(&q, 2, STORE_UNPROVEN);
    sql_bind_int(&q, 3, at);
    return sql_run(&q, e);
}

int store_prune_proven(struct store *s, const char *manifest, int64_t durable_at,
                       struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE bundle SET state = 'durable', code = '', durable_at = ?3"
            " WHERE manifest = ?1 AND state = 'accepted' AND code = ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    sql_bind_text(&q, 2, STORE_UNPROVEN);
    sql_bind_int(&q, 3, durable_at);
    return sql_run(&q, e);
}

int store_prune_objects(struct store *s, const char *manifest, int64_t limit,
                        store_prune_hex *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT o.hex FROM bundle b JOIN bundle_object x ON x.bundle = b.id"
            " JOIN object o ON o.hex = x.hex"
            " WHERE b.class = 'master' AND o.role = 'master' AND o.damaged = 0"
            " AND CASE WHEN ?1 IS NULL THEN b.state = 'durable' ELSE b.manifest = ?1"
            " END ORDER BY random() LIMIT ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, manifest);
    sql_bind_int(&q, 2, limit);
    while ((rc = sql_step(&q, e)) > 0) {
        rc = each(ctx, sql_text(&q, 0), e);
        if (rc != 0)
            break;
    }
    return rc < 0 ? -1 : 0;
}
