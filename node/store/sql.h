/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_SQL_H
#define SOHOA_STORE_SQL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sqlite3.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/base/lock.h"
#include "node/store/store.h"

struct err;
struct fold;

/*
 * Inside of the store module: the connection, and statements.
 *
 * A statement is one literal beside the function that runs it:
 *
 *     AUTO_SQL struct sql q = SQL_INIT;
 *     if (SQL(s, &q, "SELECT name FROM item WHERE id = ?1", e) < 0)
 *         return -1;
 *     sql_bind_int(&q, 1, id);
 *     if (sql_step(&q, e) < 0) ...
 *
 * It is prepared once per connection and kept. All literals also stand in the section
 * "sohoa_sql", so that a test can prepare every one of them against a fresh and against
 * an upgraded database.
 */
struct sql_slot {
    const char *text; /* identity of the statement */
    sqlite3_stmt *st;
    bool busy;
};

struct sql_added { /* object whose row this transaction added */
    char hex[HASH_HEX];
    uint64_t size;
    bool master;
};

struct store {
    sqlite3 *db;
    char *path, *objects, *lock_path, *suspect_path;
    bool read_only, suspect, in_txn;
    bool healing; /* the check after a failed sync writes what it found */
    struct lock lock;
    struct fold *fold;
    struct sql_slot *slots;
    size_t slot_count, slot_cap;
    struct sql_added *added;
    size_t added_count, added_cap;
    char (*dropped)[HASH_HEX]; /* files to go once the transaction is committed */
    size_t dropped_count, dropped_cap;
};

struct sql {
    struct store *s;
    sqlite3_stmt *st;
    size_t slot; /* index + 1 of the kept statement, 0: this one's own */
    int bind_rc;
};
#define SQL_INIT                                                                       \
    {                                                                                  \
        .s = NULL                                                                      \
    }
#define AUTO_SQL AUTO(sql_end)

#define SQL(s, q, literal, e)                                                          \
    ({                                                                                 \
        static const char *const sql_literal_                                          \
            __attribute__((section("sohoa_sql"), used)) = (literal);                   \
        sql_open((s), (q), sql_literal_, (e));                                         \
    })

MUST_CHECK int sql_open(struct store *s, struct sql *q, const char *literal,
                        struct err *e);
void sql_end(struct sql *q);

void sql_bind_int(struct sql *q, int at, int64_t v);
void sql_bind_text(struct sql *q, int at, const char *v); /* copied; NULL: null */
void sql_bind_text_len(struct sql *q, int at, const char *v, size_t len);
void sql_bind_blob(struct sql *q, int at, const void *v, size_t len);
void sql_bind_null(struct sql *q, int at);

/** sql_step - Return: 1 a row, 0 no more, -1. */
MUST_CHECK int sql_step(struct sql *q, struct err *e);
/** sql_run - to the end, rows not looked at. Return: 0 or -1. */
MUST_CHECK int sql_run(struct sql *q, struct err *e);
/** sql_again - ready to bind and step once more. */
void sql_again(struct sql *q);

int64_t sql_int(const struct sql *q, int column);
const char *sql_text(const struct sql *q, int column); /* never NULL. view */
/** sql_copy - text of a column to a buffer. ERR_STORE_DAMAGED when it does not fit. */
MUST_CHECK int sql_copy(const struct sql *q, int column, char *out, size_t max,
                        struct err *e);
const void *sql_blob(const struct sql *q, int column, size_t *len); /* view */

/** sql_fail - translate the connection's last error @rc. Return: -1. */
int sql_fail(struct store *s, int rc, struct err *e);
/** sql_damaged - the database says something that we never write. Return: -1. */
int sql_damaged(struct err *e, const char *what);
/** sql_exec - several statements of a fixed text (migrations, pragmas). */
MUST_CHECK int sql_exec(struct store *s, const char *text, struct err *e);
/** sql_drop_object - remove the file after the commit, unless a row names it again. */
void sql_drop_object(struct store *s, const char *hex);
/** sql_close_all - finalize all kept statements. */
void sql_close_all(struct store *s);

/** sql_id - SELECT of one integer by one text: 1 found, 0 absent, -1. */
MUST_CHECK int sql_id(struct sql *q, const char *name, int64_t *out, struct err *e);

#endif
