/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store.h"

#include <assert.h>
#include <fcntl.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/store/fold.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_check.h"
#include "node/store/store_migrate.h"

#define HEADER_LEN 100
#define APP_ID_AT  68
#define VERSION_AT 60
#define BUSY_MS    5000
#define SUSPECT_TEXT                                                                   \
    "The disk failed to keep data. Everything is verified at the next start.\n"

/* ---- suspect ----------------------------------------------------------------------
 */

int store_note(struct store *s, const struct err *e)
{
    struct err ignored = ERR_INIT;

    if (e->code != ERR_DISK_SYNC || s->suspect)
        return -1;
    s->suspect = true;
    /* The disk that failed may fail again: the flag in memory holds all the same. */
    if (fs_write_file(s->suspect_path, SUSPECT_TEXT, strlen(SUSPECT_TEXT), &ignored) <
        0)
        s->suspect = true;
    return -1;
}

bool store_suspect(const struct store *s)
{
    return s->suspect || fs_exists(s->suspect_path);
}

/* ---- open -------------------------------------------------------------------------
 */

static uint32_t big_endian(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* Look at the file before SQLite does, so that a foreign or newer one is not touched.
 * @version: of the schema, 0 for an empty file. */
static int peek(const char *path, bool *empty, int *version, struct err *e)
{
    unsigned char h[HEADER_LEN];
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW | O_NOCTTY, 0, e);
    size_t have = 0;

    if (fd < 0)
        return -1;
    while (have < sizeof h) {
        ssize_t n = fs_read_some(fd, h + have, sizeof h - have, path, e);

        if (n < 0)
            return -1;
        if (n == 0)
            break;
        have += (size_t)n;
    }
    *empty = have == 0;
    *version = 0;
    if (have == 0)
        return 0;
    if (have < sizeof h || memcmp(h, "SQLite format 3", 16) != 0)
        return err_set(e, ERR_STORE_FOREIGN, "%s", path);
    *version = (int)big_endian(h + VERSION_AT);
    /* 0 and 0: made by us and cut off before the first commit */
    if (big_endian(h + APP_ID_AT) != STORE_APPLICATION_ID &&
        (big_endian(h + APP_ID_AT) != 0 || *version != 0))
        return err_set(e, ERR_STORE_FOREIGN, "%s", path);
    return 0;
}

static int create_file(const char *path, struct err *e)
{
    AUTO_MEM char *dir = fs_dirname(path);
    AUTO_FD int fd = -1;

    if (fs_mkdirs(dir, e) < 0)
        return -1;
    fd = fs_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, e);
    return fd < 0 ? -1 : fs_sync_dir(dir, e);
}

static int db_config(struct store *s, struct err *e)
{
    static const struct {
        int op, want;
    } settings[] = {
        {SQLITE_DBCONFIG_DEFENSIVE, 1},
        {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
        {SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1},
        {SQLITE_DBCONFIG_ENABLE_FKEY, 1},
        {SQLITE_DBCONFIG_ENABLE_LOAD_EXTENSION, 0},
        {SQLITE_DBCONFIG_DQS_DML, 0},
        {SQLITE_DBCONFIG_DQS_DDL, 0},
    };

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        int is = -1;
        int rc = sqlite3_db_config(s->db, settings[i].op, settings[i].want, &is);

        if (rc != SQLITE_OK || is != settings[i].want)
            return err_set(e, ERR_STORE, "setting %d", settings[i].op);
    }
    return 0;
}

static int read_back(struct store *s, struct sql *q, const char *want, struct err *e)
{
    if (sql_step(q, e) != 1)
        return e->code ? -1 : err_set(e, ERR_STORE, "%s", sqlite3_sql(q->st));
    if (strcmp(sql_text(q, 0), want) != 0) {
        (void)err_set(e, ERR_STORE, "%s", s->path);
        return err_detail(e, "%s is %s, not %s", sqlite3_sql(q->st), sql_text(q, 0),
                          want);
    }
    sql_end(q);
    return 0;
}

static int set_pragmas(struct store *s, struct err *e)
{
    return sql_exec(s,
                    "PRAGMA busy_timeout = 5000;"
                    "PRAGMA trusted_schema = OFF;"
                    "PRAGMA cell_size_check = ON;"
                    "PRAGMA mmap_size = 0;"
                    "PRAGMA secure_delete = ON;"
                    "PRAGMA temp_store = MEMORY;"
                    "PRAGMA cache_size = -16384;"
                    "PRAGMA foreign_keys = ON;"
                    "PRAGMA journal_mode = WAL;"
                    "PRAGMA synchronous = FULL;"
                    "PRAGMA wal_autocheckpoint = 0",
                    e);
}

static int check_pragmas(struct store *s, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    if (SQL(s, &q, "PRAGMA journal_mode", e) < 0 || read_back(s, &q, "wal", e) < 0 ||
        SQL(s, &q, "PRAGMA synchronous", e) < 0 || read_back(s, &q, "2", e) < 0 ||
        SQL(s, &q, "PRAGMA foreign_keys", e) < 0 || read_back(s, &q, "1", e) < 0 ||
        SQL(s, &q, "PRAGMA trusted_schema", e) < 0 || read_back(s, &q, "0", e) < 0 ||
        SQL(s, &q, "PRAGMA cell_size_check", e) < 0 || read_back(s, &q, "1", e) < 0 ||
        SQL(s, &q, "PRAGMA secure_delete", e) < 0 || read_back(s, &q, "1", e) < 0 ||
        SQL(s, &q, "PRAGMA busy_timeout", e) < 0 || read_back(s, &q, "5000", e) < 0 ||
        SQL(s, &q, "PRAGMA wal_autocheckpoint", e) < 0)
        return -1;
    return read_back(s, &q, "0", e);
}

/* All under the lock: connect (SQLite recovers the log here), settings, schema. */
static int connect_db(struct store *s, enum store_mode mode, struct err *e)
{
    int newest = store_migrate_newest();
    int version = 0;
    int rc = sqlite3_open_v2(
        s->path, &s->db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, NULL);

    if (rc != SQLITE_OK) {
        if (!s->db)
            return err_set(e, ERR_MEMORY, "%s", s->path);
        return sql_fail(s, rc, e);
    }
    (void)sqlite3_extended_result_codes(s->db, 1);
    if (sqlite3_busy_timeout(s->db, BUSY_MS) != SQLITE_OK)
        return sql_fail(s, SQLITE_ERROR, e);
    if (db_config(s, e) < 0 || fold_register(s->fold, s->db, e) < 0 ||
        set_pragmas(s, e) < 0 || check_pragmas(s, e) < 0 ||
        store_migrate_version(s, &version, e) < 0)
        return -1;
    if (version > newest)
        return err_set(e, ERR_STORE_NEWER, "%s: %d", s->path, version);
    if (version < newest && mode == STORE_READ)
        return err_set(e, ERR_STORE_OLDER, "%s: %d", s->path, version);
    if (version == 0 && mode != STORE_CREATE)
        return err_set(e, ERR_STORE_ABSENT, "%s", s->path);
    if (version < newest) {
        if (store_migrate_run(s, newest, e) < 0)
            return -1;
        rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL,
                                       NULL);
        if (rc != SQLITE_OK && (rc & 0xFF) != SQLITE_BUSY)
            return sql_fail(s, rc, e);
    }
    if (mode == STORE_READ)
        return sql_exec(s, "PRAGMA query_only = ON", e);
    return 0;
}

/* After a failed sync nothing is believed: everything is read again. Damaged objects
 * are marked and named by fsck; a damaged database stops the work here. */
static int clear_suspect(struct store *s, struct err *e)
{
    struct store_check found = {.objects = 0};

    s->healing = true;
    if (store_check(s, true, NULL, NULL, &found, e) < 0)
        return -1;
    if (found.broken > 0)
        return err_set(e, ERR_STORE_DAMAGED, "%s", s->path);
    if (store_check_repair(s, e) < 0 || fs_unlink(s->suspect_path, e) < 0)
        return -1;
    s->healing = s->suspect = false;
    return 0;
}

static struct store *new_store(const struct store_place *place)
{
    struct store *s = mem_new(1, sizeof *s);
    AUTO_MEM char *dir = fs_dirname(place->lock);

    s->path = mem_dup(place->db);
    s->objects = mem_dup(place->objects);
    s->lock_path = mem_dup(place->lock);
    s->suspect_path = fs_path(dir, STORE_SUSPECT_FILE);
    s->lock = (struct lock)LOCK_INIT;
    s->fold = fold_new();
    return s;
}

static int open_locked(struct store *s, enum store_mode mode, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    bool empty = true;
    int version = 0;

    if (mode == STORE_CREATE) {
        AUTO_MEM char *dir = fs_dirname(s->lock_path);

        if (fs_mkdirs(dir, e) < 0)
            return -1;
    } else if (!fs_exists(s->path)) {
        return err_set(e, ERR_STORE_ABSENT, "%s", s->path);
    }
    if (lock_take(&lock, s->lock_path, LOCK_WAIT_MS, e) < 0)
        return -1;
    if (fs_exists(s->path) && peek(s->path, &empty, &version, e) < 0)
        return -1;
    if (version > store_migrate_newest())
        return err_set(e, ERR_STORE_NEWER, "%s: %d", s->path, version);
    if (mode == STORE_CREATE) {
        if (s->objects && object_area_create(s->objects, e) < 0)
            return -1;
        if (empty && create_file(s->path, e) < 0)
            return -1;
    } else if (empty) {
        return err_set(e, ERR_STORE_ABSENT, "%s", s->path);
    }
    return connect_db(s, mode, e);
}

int store_open(const struct store_place *place, enum store_mode mode,
               struct store **out, struct err *e)
{
    AUTO_STORE struct store *s = new_store(place);

    if (open_locked(s, mode, e) < 0)
        return -1;
    s->read_only = mode == STORE_READ;
    if (fs_exists(s->suspect_path)) {
        s->suspect = true;
        if ((mode == STORE_WRITE || mode == STORE_CREATE) && clear_suspect(s, e) < 0)
            return -1;
    }
    *out = TAKE(s);
    return 0;
}

void store_close(struct store *s)
{
    if (!s)
        return;
    if (s->in_txn) {
        struct store_txn t = {.store = s};

        store_rollback(&t);
    }
    sql_close_all(s);
    if (s->db) {
        int rc = sqlite3_close(s->db);

        assert(rc == SQLITE_OK);
    }
    lock_drop(&s->lock);
    fold_free(s->fold);
    mem_free(s->added);
    mem_free(s->dropped);
    mem_free(s->path);
    mem_free(s->objects);
    mem_free(s->lock_path);
    mem_free(s->suspect_path);
    mem_free(s);
}

void store_auto(struct store **s)
{
    store_close(*s);
}

const char *store_objects(const struct store *s)
{
    return s->objects;
}

const char *store_path(const struct store *s)
{
    return s->path;
}

/* ---- transactions -----------------------------------------------------------------
 */

bool store_in_txn(const struct store *s)
{
    return s->in_txn;
}

int store_begin(struct store *s, struct store_txn *t, struct err *e)
{
    assert(!t->store);
    assert(!s->in_txn);
    if (s->read_only)
        return err_set(e, ERR_DENIED, "%s", s->path);
    if (!s->healing && store_suspect(s)) {
        s->suspect = true;
        return err_set(e, ERR_STORE_SUSPECT, "%s", s->path);
    }
    if (lock_take(&s->lock, s->lock_path, LOCK_WAIT_MS, e) < 0)
        return -1;
    if (sql_exec(s, "BEGIN IMMEDIATE", e) < 0) {
        lock_drop(&s->lock);
        return -1;
    }
    s->in_txn = true;
    s->added_count = 0;
    t->store = s;
    return 0;
}

/* Objects whose rows came with this transaction: there, of the right size, and masters
 * with the right bytes. Stated when they were put, and once more before it counts. */
static int check_added(struct store *s, struct err *e)
{
    for (size_t i = 0; i < s->added_count; i++) {
        const struct sql_added *a = &s->added[i];
        uint64_t size = 0;

        if (a->master) {
            if (object_verify(s->objects, a->hex, &size, e) < 0)
                return -1;
        } else {
            AUTO_FD int fd = object_open(s->objects, a->hex, false, &size, e);

            if (fd < 0)
                return -1;
        }
        if (size != a->size)
            return err_set(e, ERR_OBJECT_HASH, "%s", a->hex);
    }
    return 0;
}

static void finish(struct store_txn *t)
{
    struct store *s = t->store;

    s->in_txn = false;
    s->added_count = s->dropped_count = 0;
    t->store = NULL;
    lock_drop(&s->lock);
}

/* Files whose rows went with this transaction. One that cannot be removed is listed by
 * the next check as unreferenced. */
static void drop_files(struct store *s)
{
    for (size_t i = 0; i < s->dropped_count; i++) {
        struct store_object o;
        struct err ignored = ERR_INIT;

        if (store_object_get(s, s->dropped[i], &o, &ignored) == 0 &&
            object_remove(s->objects, s->dropped[i], &ignored) < 0)
            err_clear(&ignored);
    }
}

/* The log must not grow without end when nobody makes checkpoints; the lock is held. */
static void keep_log_short(struct store *s)
{
    int pages = 0;

    (void)sqlite3_wal_checkpoint_v2(
        s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, &pages,
        NULL); /* best effort: the data is safe in the log */
}

static int log_pages(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    *(int *)ctx = pages;
    return SQLITE_OK;
}

int store_commit(struct store_txn *t, struct err *e)
{
    struct store *s = t->store;
    int pages = 0;
    int rc = SQLITE_OK;

    assert(s);
    if (check_added(s, e) < 0) {
        store_rollback(t);
        return -1;
    }
    (void)sqlite3_wal_hook(s->db, log_pages, &pages);
    rc = sqlite3_exec(s->db, "COMMIT", NULL, NULL, NULL);
    (void)sqlite3_wal_hook(s->db, NULL, NULL);
    if (rc != SQLITE_OK) {
        (void)sql_fail(s, rc, e);
        if ((rc & 0xFF) == SQLITE_IOERR) {
            struct err sync = {.code = ERR_DISK_SYNC};

            (void)store_note(s, &sync); /* no way to know what the disk has now */
        }
        store_rollback(t);
        return -1;
    }
    if (pages > STORE_WAL_PAGES_MAX)
        keep_log_short(s);
    drop_files(s);
    finish(t);
    return 0;
}

void store_rollback(struct store_txn *t)
{
    if (!t->store)
        return;
    if (!sqlite3_get_autocommit(t->store->db)) {
        struct err ignored = ERR_INIT;

        /* A rollback only forgets; what it cannot forget, recovery does. */
        if (sql_exec(t->store, "ROLLBACK", &ignored) < 0)
            err_clear(&ignored);
    }
    finish(t);
}

int store_still_begin(struct store *s, struct store_still *t, struct err *e)
{
    assert(!t->store);
    assert(!s->in_txn);
    if (sql_exec(s, "BEGIN", e) < 0)
        return -1;
    t->store = s;
    return 0;
}

void store_still_end(struct store_still *t)
{
    struct err ignored = ERR_INIT; /* nothing was written */

    if (!t->store)
        return;
    if (!sqlite3_get_autocommit(t->store->db) &&
        sql_exec(t->store, "ROLLBACK", &ignored) < 0)
        err_clear(&ignored);
    t->store = NULL;
}

int store_checkpoint(struct store *s, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    int rc = SQLITE_OK;

    assert(!s->in_txn);
    if (!s->healing && store_suspect(s))
        return err_set(e, ERR_STORE_SUSPECT, "%s", s->path);
    if (lock_take(&lock, s->lock_path, LOCK_WAIT_MS, e) < 0)
        return -1;
    rc = sqlite3_wal_checkpoint_v2(s->db, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
    if (rc == SQLITE_OK ||
        (rc & 0xFF) == SQLITE_BUSY) /* a reader: the next one does it */
        return 0;
    (void)sql_fail(s, rc, e);
    if ((rc & 0xFF) == SQLITE_IOERR) {
        struct err sync = {.code = ERR_DISK_SYNC};

        (void)store_note(s, &sync);
    }
    return -1;
}

/* ---- small things -----------------------------------------------------------------
 */

int store_counter(struct store *s, const char *name, int64_t *out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO counter VALUES (?1, 1)"
            " ON CONFLICT DO UPDATE SET value = value + 1 RETURNING value",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    if (sql_step(&q, e) != 1)
        return e->code ? -1 : sql_damaged(e, name);
    *out = sql_int(&q, 0);
    return sql_run(&q, e);
}

int store_counter_least(struct store *s, const char *name, int64_t value, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO counter VALUES (?1, ?2)"
            " ON CONFLICT DO UPDATE SET value = max(value, excluded.value)",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, name);
    sql_bind_int(&q, 2, value);
    return sql_run(&q, e);
}

int store_fact_set(struct store *s, const char *key, const char *value, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;

    assert(s->in_txn);
    if (SQL(s, &q,
            "INSERT INTO fact VALUES (?1, ?2)"
            " ON CONFLICT DO UPDATE SET value = excluded.value",
            e) < 0)
        return -1;
    sql_bind_text(&q, 1, key);
    sql_bind_text(&q, 2, value);
    return sql_run(&q, e);
}

int store_fact_get(struct store *s, const char *key, char **out, struct err *e)
{
    AUTO_SQL struct sql q = SQL_INIT;
    int rc = 0;

    *out = NULL;
    if (SQL(s, &q, "SELECT value FROM fact WHERE key = ?1", e) < 0)
        return -1;
    sql_bind_text(&q, 1, key);
    rc = sql_step(&q, e);
    if (rc > 0)
        *out = mem_dup(sql_text(&q, 0));
    return rc;
}
