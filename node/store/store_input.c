/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_input.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/store/sql.h"

static const char *const statuses[] = {"stored", "duplicate", "refused", "waiting"};
static const char *const helds[] = {"file", "row", "released", "removed"};

const char *store_input_status_name(enum store_input_status st)
{
    assert((size_t)st < ARRAY_LEN(statuses));
    return statuses[st];
}

const char *store_input_held_name(enum store_held h)
{
    assert((size_t)h < ARRAY_LEN(helds));
    return helds[h];
}

static int find(const char *const *names, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(names[i], name) == 0)
            return (int)i;
    }
    return -1;
}

int store_input_add(struct store *s, struct store_input *in, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (in->path_len > STORE_INPUT_PATH_MAX)
        return err_set(e, ERR_LIMIT, "path of %zu bytes", in->path_len);
    if (SQL(s, &q,
            "INSERT INTO input (path, sha, size, status, code, at)"
            " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            e) < 0)
        return -1;
    sql_bind_blob(&q, 1, in->path, in->path_len);
    sql_bind_text(&q, 2, in->sha);
    sql_bind_int(&q, 3, (int64_t)in->size);
    sql_bind_text(&q, 4, store_input_status_name(in->status));
    sql_bind_text(&q, 5, in->code);
    sql_bind_int(&q, 6, in->at);
    if (sql_run(&q, e) < 0)
        return -1;
    in->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

int store_input_offered(struct store *s, const char *sha, const char *path,
                        size_t path_len, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "SELECT 1 FROM input WHERE sha = ?1 AND path = ?2 LIMIT 1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, sha);
    sql_bind_blob(&q, 2, path, path_len);
    return sql_step(&q, e);
}

int store_input_coded(struct store *s, const char *sha, const char *code, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "SELECT 1 FROM input WHERE sha = ?1 AND code = ?2 LIMIT 1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, sha);
    sql_bind_text(&q, 2, code);
    return sql_step(&q, e);
}

int store_input_link(struct store *s, int64_t input, const char *item, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO input_item SELECT ?1, id FROM item WHERE name = ?2"
            " ON CONFLICT DO NOTHING",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, input);
    sql_bind_text(&q, 2, item);
    return sql_run(&q, e);
}

int store_input_items(struct store *s, int64_t input, store_input_item_fn *each,
                      void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT item.name FROM input_item i JOIN item ON item.id = i.item"
            " WHERE i.input = ?1 ORDER BY item.id",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, input);
    while ((rc = sql_step(&q, e)) > 0) {
        rc = each(ctx, sql_text(&q, 0), e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_input_each(struct store *s, store_input_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, path, sha, size, status, code, at FROM input ORDER BY id",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_input in = {.id = sql_int(&q, 0),
                                 .size = (uint64_t)sql_int(&q, 3),
                                 .at = sql_int(&q, 6)};
        int st = find(statuses, ARRAY_LEN(statuses), sql_text(&q, 4));

        in.path = sql_blob(&q, 1, &in.path_len);
        if (sql_copy(&q, 2, in.sha, sizeof in.sha, e) < 0 ||
            sql_copy(&q, 5, in.code, sizeof in.code, e) < 0)
            return -1;
        if (st < 0)
            return sql_damaged(e, "input.status");
        in.status = (enum store_input_status)st;
        rc = each(ctx, &in, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

/* ---- quarantine -------------------------------------------------------------------
 */

/* The row of the same content (or, without content, the same path) and reason. */
static int find_held(struct store *s, const struct store_quarantine *in, int64_t *id,
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id FROM quarantine WHERE sha = ?1 AND code = ?2 AND page = ?3"
            " AND (?1 <> '' OR page <> '' OR path = ?4) AND state IN ('file', 'row')"
            " LIMIT 1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, in->sha);
    sql_bind_text(&q, 2, in->code);
    sql_bind_text(&q, 3, in->page);
    sql_bind_blob(&q, 4, in->path, in->path_len);
    rc = sql_step(&q, e);
    if (rc > 0)
        *id = sql_int(&q, 0);
    return rc;
}

int store_input_quarantine(struct store *s, struct store_quarantine *in, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    if (in->path_len > STORE_INPUT_PATH_MAX)
        return err_set(e, ERR_LIMIT, "path of %zu bytes", in->path_len);
    rc = find_held(s, in, &in->id, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (SQL(s, &q,
            "INSERT INTO quarantine (path, sha, size, code, detail, state, page, actor,"
            " at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            e) < 0)
        return -1;
    sql_bind_blob(&q, 1, in->path, in->path_len);
    sql_bind_text(&q, 2, in->sha);
    sql_bind_int(&q, 3, (int64_t)in->size);
    sql_bind_text(&q, 4, in->code);
    sql_bind_text(&q, 5, in->detail ? in->detail : "");
    sql_bind_text(&q, 6, store_input_held_name(in->state));
    sql_bind_text(&q, 7, in->page);
    sql_bind_text(&q, 8, in->actor);
    sql_bind_int(&q, 9, in->at);
    if (sql_run(&q, e) < 0)
        return -1;
    in->id = sqlite3_last_insert_rowid(s->db);
    return 0;
}

static int read_held(const struct sql *q, struct store_quarantine *out, struct err *e)
{
    int state = find(helds, ARRAY_LEN(helds), sql_text(q, 6));

    *out = (struct store_quarantine){.id = sql_int(q, 0),
                                     .size = (uint64_t)sql_int(q, 3),
                                     .detail = sql_text(q, 5),
                                     .at = sql_int(q, 9)};
    out->path = sql_blob(q, 1, &out->path_len);
    if (sql_copy(q, 2, out->sha, sizeof out->sha, e) < 0 ||
        sql_copy(q, 4, out->code, sizeof out->code, e) < 0 ||
        sql_copy(q, 7, out->page, sizeof out->page, e) < 0 ||
        sql_copy(q, 8, out->actor, sizeof out->actor, e) < 0)
        return -1;
    if (state < 0)
        return sql_damaged(e, "quarantine.state");
    out->state = (enum store_held)state;
    return 0;
}

int store_input_quarantine_each(struct store *s, int64_t id, store_quarantine_fn *each,
                                void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q,
            "SELECT id, path, sha, size, code, detail, state, page, actor, at"
            " FROM quarantine WHERE ?1 = 0 OR id = ?1 ORDER BY id",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_quarantine held;

        if (read_held(&q, &held, e) < 0)
            return -1;
        rc = each(ctx, &held, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_input_quarantine_set(struct store *s, int64_t id, enum store_held state,
                               const char *actor, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &q,
            "UPDATE quarantine SET state = ?2, actor = ?3 WHERE id = ?1 RETURNING 1",
            e) < 0)
        return -1;
    sql_bind_int(&q, 1, id);
    sql_bind_text(&q, 2, store_input_held_name(state));
    sql_bind_text(&q, 3, actor);
    rc = sql_step(&q, e);
    if (rc == 0)
        return err_set(e, ERR_QUARANTINE_ABSENT, "%" PRId64, id);
    return rc < 0 ? -1 : sql_run(&q, e);
}

int store_input_quarantine_bytes(struct store *s, uint64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    /* One file may be held for several reasons. */
    if (SQL(s, &q,
            "SELECT coalesce(sum(size), 0) FROM (SELECT DISTINCT sha, size"
            " FROM quarantine WHERE state = 'file')",
            e) < 0 ||
        sql_step(&q, e) < 0)
        return -1;
    *out = (uint64_t)sql_int(&q, 0);
    return 0;
}
