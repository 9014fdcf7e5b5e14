/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store.h"

static const char *const roles[] = {"master", "picture", "part", "other"};

static int noted(struct store *s, int rc, struct err *e)
{
    return rc < 0 ? store_note(s, e) : rc;
}

int store_object_put_mem(struct store *s, const void *data, size_t len,
                         char hex[HASH_HEX], bool *existed, struct err *e)
{
    if (store_suspect(s))
        return err_set(e, ERR_STORE_SUSPECT, "%s", s->path);
    return noted(s, object_put_mem(s->objects, data, len, hex, existed, e), e);
}

int store_object_put_tmp(struct store *s, struct fs_tmp *t, const char *want,
                         char hex[HASH_HEX], uint64_t *size, bool *existed,
                         struct err *e)
{
    if (store_suspect(s))
        return err_set(e, ERR_STORE_SUSPECT, "%s", s->path);
    return noted(s, object_put_tmp(s->objects, t, want, hex, size, existed, e), e);
}

int store_object_add(struct store *s, const char *hex, uint64_t size, const char *media,
                     enum store_role role, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    struct sql_added *a = NULL;

    assert(s->in_txn);
    assert(s->objects);
    if (SQL(s, &q,
            "INSERT INTO object (hex, size, media, role) VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT DO UPDATE SET damaged = 0, media = excluded.media,"
            " role = CASE WHEN role IN ('part', 'other') THEN excluded.role"
            " ELSE role END WHERE size = excluded.size",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    sql_bind_int(&q, 2, (int64_t)size);
    sql_bind_text(&q, 3, media);
    sql_bind_text(&q, 4, roles[role]);
    if (sql_run(&q, e) < 0)
        return -1;
    mem_grow(&s->added, &s->added_cap, s->added_count + 1, sizeof *s->added);
    a = &s->added[s->added_count++];
    (void)snprintf(a->hex, sizeof a->hex, "%s", hex);
    a->size = size;
    a->master = role == STORE_MASTER;
    return 0;
}

static int read_object(const struct sql *q, struct store_object *out, struct err *e)
{
    const char *role = sql_text(q, 3);

    *out = (struct store_object){.size = (uint64_t)sql_int(q, 1)};
    if (sql_copy(q, 0, out->hex, sizeof out->hex, e) < 0 ||
        sql_copy(q, 2, out->media, sizeof out->media, e) < 0)
        return -1;
    out->damaged = sql_int(q, 4) != 0;
    for (size_t i = 0; i < ARRAY_LEN(roles); i++) {
        if (strcmp(roles[i], role) == 0) {
            out->role = (enum store_role)i;
            return 0;
        }
    }
    return sql_damaged(e, "object.role");
}

int store_object_get(struct store *s, const char *hex, struct store_object *out,
                     struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT hex, size, media, role, damaged FROM object WHERE hex = ?1",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    rc = sql_step(&q, e);
    if (rc <= 0)
        return rc;
    return read_object(&q, out, e) < 0 ? -1 : 1;
}

int store_object_list(struct store *s, store_object_fn *each, void *ctx, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    if (SQL(s, &q, "SELECT hex, size, media, role, damaged FROM object ORDER BY hex",
            e) < 0)
        return -1;
    while ((rc = sql_step(&q, e)) > 0) {
        struct store_object o;

        if (read_object(&q, &o, e) < 0)
            return -1;
        rc = each(ctx, &o, e);
        if (rc != 0)
            return rc < 0 ? -1 : 0;
    }
    return rc;
}

int store_object_mark(struct store *s, const char *hex, bool damaged, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q, "UPDATE object SET damaged = ?2 WHERE hex = ?1 AND damaged <> ?2",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, hex);
    sql_bind_int(&q, 2, damaged);
    return sql_run(&q, e);
}
