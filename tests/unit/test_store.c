/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/base/lock.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_backup.h"
#include "node/store/store_bundle.h"
#include "node/store/store_check.h"
#include "node/store/store_dossier.h"
#include "node/store/store_gap.h"
#include "node/store/store_ingest.h"
#include "node/store/store_input.h"
#include "node/store/store_job.h"
#include "node/store/store_migrate.h"
#include "node/store/store_notes.h"
#include "node/store/store_rate.h"
#include "node/store/store_search.h"
#include "node/store/store_target.h"
#include "node/store/store_unit.h"
#include "node/store/store_user.h"

static int64_t number(struct store *s, const char *text)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;

    assert_int_equal(sqlite3_prepare_v2(s->db, text, -1, &st, NULL), SQLITE_OK);
    if (sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* ---- opening ----------------------------------------------------------------------
 */

static void test_store__is_made_private_and_opened_again(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *db = fs_path(*state, "sohoa.db");
    AUTO_MEM char *wal = fs_path(*state, "sohoa.db-wal");
    AUTO_MEM char *last = fs_path(*state, "objects/ff");
    struct err e = ERR_INIT;
    struct stat st;
    int version = 0;

    assert_int_equal(stat(db, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(stat(last, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0700);
    assert_int_equal(number(s, "PRAGMA application_id"), STORE_APPLICATION_ID);
    unit_ok(store_migrate_version(s, &version, &e), &e);
    assert_int_equal(version, store_migrate_newest());
    assert_string_equal(store_path(s), db);
    store_close(TAKE(s));
    if (fs_exists(wal)) {
        assert_int_equal(stat(wal, &st), 0);
        assert_int_equal(st.st_mode & 0777, 0600);
    }
    unit_ok(help_open(*state, STORE_CREATE, &s, &e), &e);
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e);
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_READ, &s, &e), &e);
}

static void test_store__settings_are_as_promised(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    static const struct {
        const char *pragma;
        int64_t want;
    } settings[] = {
        {"PRAGMA synchronous", 2},     {"PRAGMA foreign_keys", 1},
        {"PRAGMA trusted_schema", 0},  {"PRAGMA cell_size_check", 1},
        {"PRAGMA mmap_size", 0},       {"PRAGMA secure_delete", 1},
        {"PRAGMA busy_timeout", 5000}, {"PRAGMA wal_autocheckpoint", 0},
        {"PRAGMA page_size", 4096},
    };
    int is = 0;

    for (size_t i = 0; i < ARRAY_LEN(settings); i++) {
        int64_t got = number(s, settings[i].pragma);

        /* mmap_size gives no row when SQLite was built without it */
        assert_true(got == settings[i].want || got == -1);
    }
    assert_int_equal(sqlite3_db_config(s->db, SQLITE_DBCONFIG_DEFENSIVE, -1, &is), 0);
    assert_int_equal(is, 1);
    assert_int_equal(
        sqlite3_db_config(s->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, -1, &is), 0);
    assert_int_equal(is, 1);
}

static void test_store__absent_empty_and_foreign_files_are_told_apart(void **state)
{
    AUTO_MEM char *db = fs_path(*state, "sohoa.db");
    struct store *s = NULL;
    struct err e = ERR_INIT;
    sqlite3 *other = NULL;

    unit_fails(help_open(*state, STORE_WRITE, &s, &e), ERR_STORE_ABSENT, &e);
    unit_fails(help_open(*state, STORE_READ, &s, &e), ERR_STORE_ABSENT, &e);
    unit_ok(fs_write_file(db, "", 0, &e), &e);
    unit_fails(help_open(*state, STORE_WRITE, &s, &e), ERR_STORE_ABSENT, &e);
    unit_ok(fs_write_file(db, "nonsense", 8, &e), &e);
    unit_fails(help_open(*state, STORE_CREATE, &s, &e), ERR_STORE_FOREIGN, &e);
    unit_ok(fs_unlink(db, &e), &e);
    assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
    assert_int_equal(sqlite3_exec(other,
                                  "PRAGMA application_id = 7; CREATE TABLE t (x)", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(other);
    unit_fails(help_open(*state, STORE_CREATE, &s, &e), ERR_STORE_FOREIGN, &e);
    assert_null(s);
}

static void test_store__a_newer_schema_is_refused_untouched(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *db = fs_path(*state, "sohoa.db");
    char before[HASH_HEX];
    char after[HASH_HEX];
    struct err e = ERR_INIT;
    sqlite3 *other = NULL;

    store_close(TAKE(s));
    assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "PRAGMA user_version = 9999", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(other); /* moves the log into the file */
    unit_ok(hash_file(db, before, NULL, &e), &e);
    unit_fails(help_open(*state, STORE_WRITE, &s, &e), ERR_STORE_NEWER, &e);
    unit_fails(help_open(*state, STORE_CREATE, &s, &e), ERR_STORE_NEWER, &e);
    unit_fails(help_open(*state, STORE_READ, &s, &e), ERR_STORE_NEWER, &e);
    unit_fails(help_open(*state, STORE_REPAIR, &s, &e), ERR_STORE_NEWER, &e);
    unit_ok(hash_file(db, after, NULL, &e), &e);
    assert_string_equal(before, after);
}

static void test_store__an_older_schema_is_brought_up_or_not_read(void **state)
{
    AUTO_MEM char *db = fs_path(*state, "sohoa.db");
    AUTO_STORE struct store *s = NULL;
    struct err e = ERR_INIT;
    sqlite3 *other = NULL;

    /* a creation that was cut off before its first commit */
    assert_int_equal(sqlite3_open(db, &other), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(other, "PRAGMA journal_mode = WAL; VACUUM", NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(other);
    unit_fails(help_open(*state, STORE_READ, &s, &e), ERR_STORE_OLDER, &e);
    unit_fails(help_open(*state, STORE_WRITE, &s, &e), ERR_STORE_ABSENT, &e);
    unit_ok(help_open(*state, STORE_CREATE, &s, &e), &e);
    assert_int_equal(number(s, "PRAGMA user_version"), store_migrate_newest());
}

/* ---- every statement --------------------------------------------------------------
 */

extern const char *const __start_sohoa_sql[];
extern const char *const __stop_sohoa_sql[];

static void test_store__every_statement_prepares(void **state)
{
    /* Named so that all files of the module are linked in. */
    void (*const linked[])(void) = {
        (void (*)(void))store_audit_add,    (void (*)(void))store_backup_create,
        (void (*)(void))store_bundle_add,   (void (*)(void))store_check,
        (void (*)(void))store_dossier_add,  (void (*)(void))store_gap_each,
        (void (*)(void))store_ingest_begin, (void (*)(void))store_input_add,
        (void (*)(void))store_item_add,     (void (*)(void))store_job_add,
        (void (*)(void))store_object_add,   (void (*)(void))store_page_add,
        (void (*)(void))store_rate_each,    (void (*)(void))store_search,
        (void (*)(void))store_target_put,   (void (*)(void))store_unit_put,
        (void (*)(void))store_user_add,
    };
    AUTO_STORE struct store *s = help_store(state);
    size_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(linked); i++)
        assert_non_null(linked[i]);
    for (const char *const *p = __start_sohoa_sql; p < __stop_sohoa_sql; p++) {
        sqlite3_stmt *st = NULL;

        if (!*p) /* padding of a sanitizer build */
            continue;
        if (sqlite3_prepare_v2(s->db, *p, -1, &st, NULL) != SQLITE_OK)
            fail_msg("%s: %s", *p, sqlite3_errmsg(s->db));
        sqlite3_finalize(st);
        n++;
    }
    print_message("# %zu statements\n", n);
    assert_true(n > 100);
}

/* ---- transactions -----------------------------------------------------------------
 */

static void test_store__what_is_not_committed_is_not_there(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    int64_t n = 0;
    char *value = NULL;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        assert_true(store_in_txn(s));
        unit_ok(store_counter(s, "item", &n, &e), &e);
        assert_int_equal(n, 1);
        unit_ok(store_fact_set(s, "a", "1", &e), &e);
    }
    assert_false(store_in_txn(s));
    assert_int_equal(store_fact_get(s, "a", &value, &e), 0);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_counter(s, "item", &n, &e), &e);
        unit_ok(store_counter(s, "item", &n, &e), &e);
        assert_int_equal(n, 2);
        unit_ok(store_fact_set(s, "a", "1", &e), &e);
        unit_ok(store_fact_set(s, "a", "2", &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_int_equal(store_fact_get(s, "a", &value, &e), 1);
    assert_string_equal(value, "2");
    mem_free(value);
}

static void test_store__an_open_transaction_goes_with_the_store(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    char *value = NULL;

    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_fact_set(s, "a", "1", &e), &e);
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e);
    assert_int_equal(store_fact_get(s, "a", &value, &e), 0);
}

static void test_store__readers_do_not_write(void **state)
{
    AUTO_STORE struct store *made = help_store(state);
    AUTO_STORE struct store *s = NULL;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(help_open(*state, STORE_READ, &s, &e), &e);
    unit_fails(store_begin(s, &t, &e), ERR_DENIED, &e);
    assert_int_equal(sqlite3_exec(s->db, "DELETE FROM unit", NULL, NULL, NULL),
                     SQLITE_READONLY);
}

static void test_store__a_killed_writer_leaves_nothing(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    char *value = NULL;
    int fds[2];
    pid_t child = 0;
    int status = 0;
    char c = 0;

    store_close(TAKE(s));
    assert_int_equal(pipe(fds), 0);
    child = fork();
    if (child == 0) {
        struct store *mine = NULL;
        struct store_txn t = STORE_TXN_INIT;

        if (help_open(*state, STORE_WRITE, &mine, &e) < 0 ||
            store_begin(mine, &t, &e) < 0 || store_fact_set(mine, "a", "1", &e) < 0 ||
            write(fds[1], "x", 1) != 1)
            _exit(1);
        for (;;)
            pause();
    }
    close(fds[1]);
    assert_int_equal(read(fds[0], &c, 1), 1);
    close(fds[0]);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e); /* the lock went with it */
    assert_int_equal(store_fact_get(s, "a", &value, &e), 0);
}

static void test_store__two_processes_wait_for_each_other(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    pid_t children[4];
    int64_t n = 0;

    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        children[i] = fork();
        if (children[i] == 0) {
            struct store *mine = NULL;

            if (help_open(*state, STORE_WRITE, &mine, &e) < 0)
                _exit(1);
            for (int k = 0; k < 25; k++) {
                AUTO_TXN struct store_txn t = STORE_TXN_INIT;

                if (store_begin(mine, &t, &e) < 0 ||
                    store_counter(mine, "n", &n, &e) < 0 || store_commit(&t, &e) < 0)
                    _exit(2);
                if (k % 10 == 0 && store_checkpoint(mine, &e) < 0)
                    _exit(3);
            }
            _exit(0);
        }
    }
    for (size_t i = 0; i < ARRAY_LEN(children); i++) {
        int status = -1;

        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    assert_int_equal(number(s, "SELECT value FROM counter WHERE name = 'n'"), 100);
    assert_int_equal(number(s, "PRAGMA integrity_check"), 0); /* "ok" as a number */
}

static void test_store__holds_its_lock_while_it_writes(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *path = fs_path(*state, "lock");
    AUTO_LOCK struct lock l = LOCK_INIT;
    struct err e = ERR_INIT;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(lock_take(&l, path, 0, &e), &e); /* reading needs none */
        lock_drop(&l);
        unit_ok(store_begin(s, &t, &e), &e);
        unit_fails(lock_take(&l, path, 0, &e), ERR_LOCKED, &e);
    }
    unit_ok(lock_take(&l, path, 0, &e), &e);
}

static void test_store__the_log_is_moved_by_checkpoints_only(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *wal = fs_path(*state, "sohoa.db-wal");
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct stat st;

    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_fact_set(s, "a", "1", &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    store_close(TAKE(s));
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size > 0);
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e);
    unit_ok(store_checkpoint(s, &e), &e);
    assert_int_equal(stat(wal, &st), 0);
    assert_int_equal(st.st_size, 0);
}

static void test_store__a_long_log_is_shortened_by_itself(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *big = mem_new(1 << 20, 1);
    AUTO_MEM char *wal = fs_path(*state, "sohoa.db-wal");
    struct err e = ERR_INIT;
    struct stat st;

    memset(big, 'x', (1 << 20) - 1);
    for (int i = 0; i < 40; i++) {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        char key[16];

        (void)snprintf(key, sizeof key, "k%d", i % 4);
        big[0] = (char)('a' + i % 26);
        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_fact_set(s, key, big, &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_int_equal(stat(wal, &st), 0);
    assert_true(st.st_size < (off_t)30 << 20); /* of 40 MiB written */
}

/* ---- objects of a transaction ------------------------------------------------------
 */

static void test_store__a_commit_reads_its_masters_again(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    bool existed = false;

    unit_ok(store_object_put_mem(s, "hello", 5, hex, &existed, &e), &e);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        AUTO_MEM char *path = object_path(store_objects(s), hex);

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_object_add(s, hex, 5, "text/plain", STORE_MASTER, &e), &e);
        unit_ok(fs_write_file(path, "hellO", 5, &e), &e);
        unit_fails(store_commit(&t, &e), ERR_OBJECT_HASH, &e);
        assert_false(store_in_txn(s));
    }
    assert_int_equal(number(s, "SELECT count(*) FROM object"), 0);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(object_remove(store_objects(s), hex, &e), &e);
        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_object_add(s, hex, 5, "text/plain", STORE_OTHER, &e), &e);
        unit_fails(store_commit(&t, &e), ERR_OBJECT_MISSING, &e);
    }
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        /* the good bytes again: the file is made good, the commit goes through */
        unit_ok(store_object_put_mem(s, "hello", 5, hex, &existed, &e), &e);
        assert_false(existed);
        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_object_add(s, hex, 5, "text/plain", STORE_MASTER, &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_int_equal(number(s, "SELECT count(*) FROM object"), 1);
}

/* ---- a disk that fails --------------------------------------------------------------
 */

static void test_store__a_failed_commit_makes_it_suspect(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *mark = fs_path(*state, STORE_SUSPECT_FILE);
    AUTO_MEM char *big = mem_new(1 << 20, 1);
    struct rlimit old;
    struct rlimit small = {.rlim_cur = 64 << 10, .rlim_max = RLIM_INFINITY};
    struct err e = ERR_INIT;
    char hex[HASH_HEX];
    bool existed = false;

    memset(big, 'x', (1 << 20) - 1);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    small.rlim_max = old.rlim_max;
    (void)signal(SIGXFSZ, SIG_IGN);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_fact_set(s, "a", big, &e), &e);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
        err_clear(&e);
        assert_int_equal(store_commit(&t, &e), -1); /* EFBIG: an I/O error to SQLite */
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    }
    assert_true(store_suspect(s));
    assert_true(fs_exists(mark));
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_fails(store_begin(s, &t, &e), ERR_STORE_SUSPECT, &e);
        unit_fails(store_checkpoint(s, &e), ERR_STORE_SUSPECT, &e);
        unit_fails(store_object_put_mem(s, "x", 1, hex, &existed, &e),
                   ERR_STORE_SUSPECT, &e);
    }
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_READ, &s, &e), &e); /* reading goes on */
    assert_true(store_suspect(s));
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e); /* all was verified */
    assert_false(store_suspect(s));
    assert_false(fs_exists(mark));
    assert_int_equal(number(s, "SELECT count(*) FROM fact WHERE key = 'a'"), 0);
}

static void test_store__another_process_sees_that_it_is_suspect(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *mark = fs_path(*state, STORE_SUSPECT_FILE);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(mark, "x", 1, &e), &e);
    unit_fails(store_begin(s, &t, &e), ERR_STORE_SUSPECT, &e);
}

static void test_store__verifying_marks_what_is_damaged(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *mark = fs_path(*state, STORE_SUSPECT_FILE);
    AUTO_MEM char *path = NULL;
    struct store_object o;
    struct err e = ERR_INIT;
    char hex[HASH_HEX];

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        struct item it = {.name = ""};

        unit_ok(store_begin(s, &t, &e), &e);
        it = help_item(s, "document", "");
        memcpy(hex, help_page(s, it.name, "picture").master, sizeof hex);
        unit_ok(store_commit(&t, &e), &e);
    }
    path = object_path(store_objects(s), hex);
    store_close(TAKE(s));
    unit_ok(fs_write_file(path, "pictur3", 7, &e), &e);
    unit_ok(fs_write_file(mark, "x", 1, &e), &e);
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e); /* it starts by itself */
    assert_int_equal(store_object_get(s, hex, &o, &e), 1);
    assert_true(o.damaged);
}

static void test_store__a_full_disk_heals_by_itself(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *big = mem_new(1 << 20, 1);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    /* SQLite's own limit stands for the disk: SQLITE_FULL either way */
    memset(big, 'x', (1 << 20) - 1);
    assert_true(number(s, "PRAGMA max_page_count = 1") > 0);
    unit_ok(store_begin(s, &t, &e), &e);
    unit_fails(store_fact_set(s, "a", big, &e), ERR_DISK_FULL, &e);
    store_rollback(&t);
    assert_false(store_suspect(s));
    assert_true(number(s, "PRAGMA max_page_count = 100000") > 0);
    unit_ok(store_begin(s, &t, &e), &e);
    unit_ok(store_fact_set(s, "a", big, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
}

static void test_store__a_damaged_database_is_not_written(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_MEM char *db = fs_path(*state, "sohoa.db");
    AUTO_MEM char *mark = fs_path(*state, STORE_SUSPECT_FILE);
    AUTO_STR struct str bytes = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    unit_ok(store_checkpoint(s, &e), &e);
    store_close(TAKE(s));
    unit_ok(fs_read_file(db, &bytes, &e), &e);
    memset(bytes.p + 5 * 4096, 0xA5, 4096 * 20); /* pages after the schema */
    unit_ok(fs_write_file(db, bytes.p, bytes.len, &e), &e);
    unit_ok(fs_write_file(mark, "x", 1, &e), &e);
    assert_int_equal(help_open(*state, STORE_WRITE, &s, &e), -1);
    assert_string_equal(err_code_name(e.code), err_code_name(ERR_STORE_DAMAGED));
    assert_true(fs_exists(mark));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store__is_made_private_and_opened_again),
        unit_case(test_store__settings_are_as_promised),
        unit_case(test_store__absent_empty_and_foreign_files_are_told_apart),
        unit_case(test_store__a_newer_schema_is_refused_untouched),
        unit_case(test_store__an_older_schema_is_brought_up_or_not_read),
        unit_case(test_store__every_statement_prepares),
        unit_case(test_store__what_is_not_committed_is_not_there),
        unit_case(test_store__an_open_transaction_goes_with_the_store),
        unit_case(test_store__readers_do_not_write),
        unit_case(test_store__a_killed_writer_leaves_nothing),
        unit_case(test_store__two_processes_wait_for_each_other),
        unit_case(test_store__holds_its_lock_while_it_writes),
        unit_case(test_store__the_log_is_moved_by_checkpoints_only),
        unit_case(test_store__a_long_log_is_shortened_by_itself),
        unit_case(test_store__a_commit_reads_its_masters_again),
        unit_case(test_store__a_failed_commit_makes_it_suspect),
        unit_case(test_store__another_process_sees_that_it_is_suspect),
        unit_case(test_store__verifying_marks_what_is_damaged),
        unit_case(test_store__a_full_disk_heals_by_itself),
        unit_case(test_store__a_damaged_database_is_not_written),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
