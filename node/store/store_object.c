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

int store_object_put_fd(struct store *s, int fd, const char *name, uint64_t max_bytes,
                        char hex[HASH_HEX], uint64_t *size, bool *existed,
                        struct err *e)
{
    if (store_suspect(s))
        return err_set(e, ERR_STORE_SUSPECT, "%s", s->path);
    return noted(
        s, object_put_fd(s->objects, fd, name, max_bytes, hex, size, existed, e), e);
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

/* ---- parts ------------------------------------------------------------------------
 */

int store_object_part(struct store *s, const char *whole, int64_t seq, int64_t count,
                      const char *part, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO object_part VALUES (?1, ?2, ?3, ?4)"
            " ON CONFLICT DO UPDATE SET total = excluded.total, part = excluded.part",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, whole);
    sql_bind_int(&q, 2, seq);
    sql_bind_int(&q, 3, count);
    sql_bind_text(&q, 4, part);
    return sql_run(&q, e);
}

static int append_part(struct store *s, const char *part, struct fs_tmp *t,
                       struct err *e)
{
    uint64_t copied = 0;
    AUTO_FD int fd = object_open(s->objects, part, true, NULL, e);

    if (fd < 0)
        return -1;
    return fs_copy(fd, part, t, OBJECT_BYTES_MAX, NULL, &copied, e);
}

/* Parts that no other object is waiting for. */
static int drop_parts(struct store *s, const char *whole, struct err *e)
{
    AUTO_SQL struct sql rows = SQL_INIT;
    AUTO_SQL struct sql objects = SQL_INIT;
    int rc = 0;

    if (SQL(s, &rows, "DELETE FROM object_part WHERE whole = ?1", e) < 0 ||
        SQL(s, &objects,
            "DELETE FROM object WHERE role = 'part'"
            " AND hex NOT IN (SELECT part FROM object_part) RETURNING hex",
            e) < 0)
        return -1;
    sql_bind_text(&rows, 1, whole);
    if (sql_run(&rows, e) < 0)
        return -1;
    while ((rc = sql_step(&objects, e)) > 0)
        sql_drop_object(s, sql_text(&objects, 0));
    return rc;
}

int store_object_join(struct store *s, const char *whole, const char *media,
                      enum store_role role, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;
    int64_t have = 0;
    int64_t total = -1;
    int rc = 0;

    assert(s->in_txn);
    if (SQL(s, &q,
            "SELECT part, seq, total, count(*) OVER () FROM object_part"
            " WHERE whole = ?1 ORDER BY seq",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, whole);
    while ((rc = sql_step(&q, e)) > 0) {
        if (total < 0) {
            total = sql_int(&q, 2);
            if (sql_int(&q, 3) < total)
                return 0;
            if (fs_tmp_open(&t, s->objects, e) < 0)
                return -1;
        }
        if (sql_int(&q, 1) != have || sql_int(&q, 2) != total)
            return err_set(e, ERR_OBJECT_HASH, "%s: part %" PRId64, whole, have);
        have++;
        if (append_part(s, sql_text(&q, 0), &t, e) < 0)
            return -1;
    }
    if (rc < 0 || total < 0)
        return rc;
    sql_end(&q);
    if (store_object_put_tmp(s, &t, whole, hex, &size, &existed, e) < 0 ||
        store_object_add(s, whole, size, media, role, e) < 0 ||
        drop_parts(s, whole, e) < 0)
        return -1;
    return 1;
}
