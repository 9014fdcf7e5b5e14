/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/sql.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"

int sql_fail(struct store *s, int rc, struct err *e)
{
    int primary = rc & 0xFF;
    const char *text = sqlite3_errmsg(s->db);

    if (primary == SQLITE_FULL)
        (void)err_set(e, ERR_DISK_FULL, "%s", s->path);
    else if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED)
        (void)err_set(e, ERR_LOCKED, "%s", s->path);
    else if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
        (void)err_set(e, ERR_STORE_DAMAGED, "%s", s->path);
    else if (rc == SQLITE_IOERR_FSYNC || rc == SQLITE_IOERR_DIR_FSYNC)
        (void)err_set(e, ERR_DISK_SYNC, "%s", s->path);
    else if (primary == SQLITE_IOERR)
        (void)err_set(e, ERR_WRITE, "%s", s->path);
    else if (primary == SQLITE_NOMEM)
        (void)err_set(e, ERR_MEMORY, "%s", s->path);
    else if (primary == SQLITE_CANTOPEN || primary == SQLITE_PERM ||
             primary == SQLITE_READONLY || primary == SQLITE_AUTH)
        (void)err_set(e, ERR_DENIED, "%s", s->path);
    else
        (void)err_set(e, ERR_STORE, "%s", s->path);
    (void)err_detail(e, "SQLite %d: %s", rc, text);
    if (e->code == ERR_DISK_SYNC)
        (void)store_note(s, e);
    return -1;
}

int sql_damaged(struct err *e, const char *what)
{
    return err_set(e, ERR_STORE_DAMAGED, "%s", what);
}

int sql_open(struct store *s, struct sql *q, const char *literal, struct err *e)
{
    struct sql_slot *slot = NULL;
    sqlite3_stmt *st = NULL;
    int rc = SQLITE_OK;

    assert(!q->s);
    for (size_t i = 0; i < s->slot_count; i++) {
        if (s->slots[i].text != literal)
            continue;
        if (!s->slots[i].busy) {
            s->slots[i].busy = true;
            *q = (struct sql){.s = s, .st = s->slots[i].st, .slot = i + 1};
            return 0;
        }
        slot = &s->slots[i];
        break;
    }
    rc = sqlite3_prepare_v3(s->db, literal, -1, slot ? 0 : SQLITE_PREPARE_PERSISTENT,
                            &st, NULL);
    if (rc != SQLITE_OK) {
        (void)sql_fail(s, rc, e);
        return err_detail(e, "%.80s", literal);
    }
    *q = (struct sql){.s = s, .st = st};
    if (!slot) {
        mem_grow(&s->slots, &s->slot_cap, s->slot_count + 1, sizeof *s->slots);
        s->slots[s->slot_count++] =
            (struct sql_slot){.text = literal, .st = st, .busy = true};
        q->slot = s->slot_count;
    }
    return 0;
}

void sql_end(struct sql *q)
{
    if (!q->s)
        return;
    if (q->slot) {
        (void)sqlite3_reset(q->st); /* its error was told by the step */
        (void)sqlite3_clear_bindings(q->st);
        q->s->slots[q->slot - 1].busy = false;
    } else {
        (void)sqlite3_finalize(q->st);
    }
    *q = (struct sql)SQL_INIT;
}

void sql_close_all(struct store *s)
{
    for (size_t i = 0; i < s->slot_count; i++) {
        assert(!s->slots[i].busy);
        (void)sqlite3_finalize(s->slots[i].st);
    }
    mem_free(TAKE(s->slots));
    s->slot_count = s->slot_cap = 0;
}

static void bound(struct sql *q, int rc)
{
    if (q->bind_rc == SQLITE_OK)
        q->bind_rc = rc;
}

void sql_bind_int(struct sql *q, int at, int64_t v)
{
    bound(q, sqlite3_bind_int64(q->st, at, v));
}

void sql_bind_text_len(struct sql *q, int at, const char *v, size_t len)
{
    bound(q, sqlite3_bind_text64(q->st, at, v, len, SQLITE_TRANSIENT, SQLITE_UTF8));
}

void sql_bind_text(struct sql *q, int at, const char *v)
{
    if (v)
        sql_bind_text_len(q, at, v, strlen(v));
    else
        sql_bind_null(q, at);
}

void sql_bind_blob(struct sql *q, int at, const void *v, size_t len)
{
    if (len == 0)
        bound(q, sqlite3_bind_zeroblob(q->st, at, 0));
    else
        bound(q, sqlite3_bind_blob64(q->st, at, v, len, SQLITE_TRANSIENT));
}

void sql_bind_null(struct sql *q, int at)
{
    bound(q, sqlite3_bind_null(q->st, at));
}

int sql_step(struct sql *q, struct err *e)
{
    int rc = q->bind_rc;

    /* "PRAGMA journal_mode" counts as writing, also when it only asks. */
    assert(sqlite3_stmt_readonly(q->st) || q->s->in_txn ||
           sqlite3_strnicmp(sqlite3_sql(q->st), "PRAGMA", 6) == 0);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q->st);
    if (rc == SQLITE_ROW)
        return 1;
    if (rc == SQLITE_DONE)
        return 0;
    (void)sql_fail(q->s, rc, e);
    return err_detail(e, "%.80s", sqlite3_sql(q->st));
}

int sql_run(struct sql *q, struct err *e)
{
    int rc = 1;

    while (rc > 0)
        rc = sql_step(q, e);
    return rc;
}

void sql_again(struct sql *q)
{
    (void)sqlite3_reset(q->st);
}

int64_t sql_int(const struct sql *q, int column)
{
    return sqlite3_column_int64(q->st, column);
}

const char *sql_text(const struct sql *q, int column)
{
    const char *text = (const char *)sqlite3_column_text(q->st, column);

    return text ? text : "";
}

int sql_copy(const struct sql *q, int column, char *out, size_t max, struct err *e)
{
    const char *text = sql_text(q, column);
    size_t len = strlen(text);

    if (len >= max)
        return sql_damaged(e, sqlite3_column_name(q->st, column));
    memcpy(out, text, len + 1);
    return 0;
}

const void *sql_blob(const struct sql *q, int column, size_t *len)
{
    const void *p = sqlite3_column_blob(q->st, column);

    *len = (size_t)sqlite3_column_bytes(q->st, column);
    return p ? p : "";
}

int sql_exec(struct store *s, const char *text, struct err *e)
{
    int rc = sqlite3_exec(s->db, text, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : sql_fail(s, rc, e);
}

int sql_id(struct sql *q, const char *name, int64_t *out, struct err *e)
{
    int rc = 0;

    sql_bind_text(q, 1, name);
    rc = sql_step(q, e);
    if (rc > 0)
        *out = sql_int(q, 0);
    return rc;
}

void sql_drop_object(struct store *s, const char *hex)
{
    assert(s->in_txn);
    mem_grow(&s->dropped, &s->dropped_cap, s->dropped_count + 1, sizeof *s->dropped);
    (void)snprintf(s->dropped[s->dropped_count++], HASH_HEX, "%s", hex);
}
