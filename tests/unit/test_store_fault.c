/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Storing a page while the disk fails, at every point in turn, once and from then on:
 * what was reported as saved is there afterwards, nothing is there by half, and a plain
 * start is all the mending it needs.
 *
 * Our own calls fail by injection points (SOHOA_FAULT builds), SQLite's by a VFS that
 * stands before the real one.
 */
#include "tests/unit/store_help.h"

#include <errno.h>

#include "node/base/fault.h"
#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_check.h"

/* ---- a VFS that fails
 * ---------------------------------------------------------------- */

enum { FAIL_WRITE = 1, FAIL_SYNC = 2, FAIL_TRUNCATE = 4 };

static struct {
    long nth, count;
    int kinds, code;
    bool sticky;
    sqlite3_vfs *real;
} disk;

struct shim {
    sqlite3_file base;
    sqlite3_file *real;
};

static sqlite3_file *inner(sqlite3_file *f)
{
    return ((struct shim *)f)->real;
}

static bool fails(int kind)
{
    if (!(disk.kinds & kind) || disk.nth == 0)
        return false;
    disk.count++;
    return disk.count == disk.nth || (disk.sticky && disk.count > disk.nth);
}

static int x_close(sqlite3_file *f)
{
    return inner(f)->pMethods ? inner(f)->pMethods->xClose(inner(f)) : SQLITE_OK;
}
static int x_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
    return inner(f)->pMethods->xRead(inner(f), p, n, at);
}
static int x_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
    if (fails(FAIL_WRITE))
        return disk.code ? disk.code : SQLITE_IOERR_WRITE;
    return inner(f)->pMethods->xWrite(inner(f), p, n, at);
}
static int x_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    if (fails(FAIL_TRUNCATE))
        return SQLITE_IOERR_TRUNCATE;
    return inner(f)->pMethods->xTruncate(inner(f), size);
}
static int x_sync(sqlite3_file *f, int flags)
{
    if (fails(FAIL_SYNC))
        return SQLITE_IOERR_FSYNC;
    return inner(f)->pMethods->xSync(inner(f), flags);
}
static int x_size(sqlite3_file *f, sqlite3_int64 *size)
{
    return inner(f)->pMethods->xFileSize(inner(f), size);
}
static int x_lock(sqlite3_file *f, int l)
{
    return inner(f)->pMethods->xLock(inner(f), l);
}
static int x_unlock(sqlite3_file *f, int l)
{
    return inner(f)->pMethods->xUnlock(inner(f), l);
}
static int x_reserved(sqlite3_file *f, int *out)
{
    return inner(f)->pMethods->xCheckReservedLock(inner(f), out);
}
static int x_control(sqlite3_file *f, int op, void *arg)
{
    return inner(f)->pMethods->xFileControl(inner(f), op, arg);
}
static int x_sector(sqlite3_file *f)
{
    return inner(f)->pMethods->xSectorSize(inner(f));
}
static int x_traits(sqlite3_file *f)
{
    return inner(f)->pMethods->xDeviceCharacteristics(inner(f));
}
static int x_shm_map(sqlite3_file *f, int page, int size, int extend, void volatile **p)
{
    return inner(f)->pMethods->xShmMap(inner(f), page, size, extend, p);
}
static int x_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
    return inner(f)->pMethods->xShmLock(inner(f), offset, n, flags);
}
static void x_shm_barrier(sqlite3_file *f)
{
    inner(f)->pMethods->xShmBarrier(inner(f));
}
static int x_shm_unmap(sqlite3_file *f, int del)
{
    return inner(f)->pMethods->xShmUnmap(inner(f), del);
}

static const sqlite3_io_methods methods = {.iVersion = 2,
                                           .xClose = x_close,
                                           .xRead = x_read,
                                           .xWrite = x_write,
                                           .xTruncate = x_truncate,
                                           .xSync = x_sync,
                                           .xFileSize = x_size,
                                           .xLock = x_lock,
                                           .xUnlock = x_unlock,
                                           .xCheckReservedLock = x_reserved,
                                           .xFileControl = x_control,
                                           .xSectorSize = x_sector,
                                           .xDeviceCharacteristics = x_traits,
                                           .xShmMap = x_shm_map,
                                           .xShmLock = x_shm_lock,
                                           .xShmBarrier = x_shm_barrier,
                                           .xShmUnmap = x_shm_unmap};

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
                  int *out)
{
    struct shim *s = (struct shim *)f;
    int rc = SQLITE_OK;

    (void)vfs;
    s->real = (sqlite3_file *)(s + 1);
    rc = disk.real->xOpen(disk.real, name, s->real, flags, out);
    s->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
    return rc;
}

static sqlite3_vfs shim_vfs;

static int install(void **state)
{
    (void)state;
    disk.real = sqlite3_vfs_find(NULL);
    shim_vfs = *disk.real;
    shim_vfs.zName = "failing";
    shim_vfs.pNext = NULL;
    shim_vfs.szOsFile = (int)sizeof(struct shim) + disk.real->szOsFile;
    shim_vfs.xOpen = x_open;
    return sqlite3_vfs_register(&shim_vfs, 1);
}

static void disk_plan(int kinds, long nth, bool sticky, int code)
{
    disk.kinds = kinds;
    disk.nth = nth;
    disk.count = 0;
    disk.sticky = sticky;
    disk.code = code;
}

/* ---- one page
 * --------------------------------------------------------------------------
 */

/* Store the page whose picture is @bytes. True: it was reported as saved. */
static bool save(const char *dir, const char *bytes)
{
    AUTO_STORE struct store *s = NULL;
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct item it = help_new_item("document", "");
    struct page p = {.media = "image/png"};
    struct store_reading r = {.state = PAGE_RECOGNIZED,
                              .gate = PAGE_CLEAR,
                              .text = "Quyết định",
                              .boxes = "b",
                              .boxes_len = 1,
                              .code = ""};
    struct err e = ERR_INIT;
    bool existed = false;

    if (help_open(dir, STORE_WRITE, &s, &e) < 0 ||
        store_object_put_mem(s, bytes, strlen(bytes), p.master, &existed, &e) < 0)
        return false;
    if (store_begin(s, &t, &e) < 0 || store_item_add(s, HELP_NODE, &it, &e) < 0 ||
        store_object_add(s, p.master, strlen(bytes), "image/png", STORE_MASTER, &e) < 0)
        return false;
    memcpy(p.name, p.master, sizeof p.name);
    memcpy(p.item, it.name, sizeof p.item);
    if (store_page_add(s, HELP_NODE, &p, &e) < 0 ||
        store_page_reading(s, p.id, &r, &e) < 0 || store_commit(&t, &e) < 0)
        return false;
    /* what comes after "saved" may fail too, and takes nothing back */
    if (store_checkpoint(s, &e) < 0)
        err_clear(&e);
    return true;
}

/* A plain start, nothing else: is the page there, whole? */
static void verify(const char *dir, const char *bytes, bool saved, long n)
{
    AUTO_STORE struct store *s = NULL;
    AUTO_TEXT struct store_text text = {.text = NULL};
    struct store_check out;
    struct page p;
    struct err e = ERR_INIT;
    char hex[HASH_HEX];
    int there = 0;

    if (help_open(dir, STORE_WRITE, &s, &e) < 0)
        fail_msg("point %ld: no plain start: %s %s %s", n, err_code_name(e.code),
                 e.subject, e.detail);
    hash_bytes(bytes, strlen(bytes), hex);
    there = store_page_get(s, hex, &p, &e);
    if (saved && there != 1)
        fail_msg("point %ld: reported as saved, but lost", n);
    if (there == 1) {
        unit_ok(object_verify(store_objects(s), hex, NULL, &e), &e);
        assert_int_equal(store_page_text(s, p.id, &text, &e), 1);
    }
    assert_false(store_suspect(s));
    unit_ok(store_check(s, true, NULL, NULL, &out, &e), &e);
    assert_int_equal(out.faults, 0);
}

static void make(void **state)
{
    struct store *s = help_store(state);

    store_close(s);
}

/* ---- sweeps
 * ----------------------------------------------------------------------------
 */

static long sweep_disk(const char *dir, int kinds, bool sticky, int code, int *refused)
{
    for (long n = 1; n < 1000; n++) {
        char bytes[80];
        bool saved = false;

        (void)snprintf(bytes, sizeof bytes, "picture %d %d %d %ld", kinds, sticky, code,
                       n);
        disk_plan(kinds, n, sticky, code);
        saved = save(dir, bytes);
        if (disk.count < n) { /* nothing failed any more */
            assert_true(saved);
            disk_plan(0, 0, false, 0);
            return n - 1;
        }
        disk_plan(0, 0, false, 0);
        *refused += !saved;
        verify(dir, bytes, saved, n);
    }
    fail_msg("no end");
    return 0;
}

static void test_store_fault__sqlite_cannot_write_or_sync(void **state)
{
    static const struct {
        int kinds;
        int code;
        bool sticky;
    } sweeps[] = {
        {FAIL_WRITE, SQLITE_IOERR_WRITE, false},
        {FAIL_WRITE, SQLITE_FULL, true},
        {FAIL_SYNC, 0, false},
        {FAIL_SYNC, 0, true},
        {FAIL_TRUNCATE, 0, true},
        {FAIL_WRITE | FAIL_SYNC | FAIL_TRUNCATE, 0, true},
    };

    make(state);
    for (size_t i = 0; i < ARRAY_LEN(sweeps); i++) {
        int refused = 0;
        long points = sweep_disk(*state, sweeps[i].kinds, sweeps[i].sticky,
                                 sweeps[i].code, &refused);

        print_message("# kinds %d code %d sticky %d: %ld points, %d refused\n",
                      sweeps[i].kinds, sweeps[i].code, sweeps[i].sticky, points,
                      refused);
        if (sweeps[i].kinds != FAIL_TRUNCATE)
            assert_true(refused > 0);
    }
}

#ifdef SOHOA_FAULT
static void test_store_fault__our_own_calls_fail(void **state)
{
    static const struct {
        int error;
        bool sticky;
    } sweeps[] = {{EIO, false}, {EIO, true}, {ENOSPC, true}};

    make(state);
    for (size_t k = 0; k < ARRAY_LEN(sweeps); k++) {
        bool sticky = sweeps[k].sticky;
        int error = sweeps[k].error;
        int refused = 0;
        long n = 1;

        for (; n < 1000; n++) {
            char bytes[80];
            char plan[80];
            bool saved = false;
            bool hit = false;

            (void)snprintf(bytes, sizeof bytes, "own %d %d %ld", error, sticky, n);
            (void)snprintf(plan, sizeof plan, "any:%ld%s:%d", n,
                           sticky ? ":sticky" : "", error);
            fault_set(plan);
            saved = save(*state, bytes);
            hit = fault_count(FAULT_KIND_COUNT) >= n;
            fault_set(NULL);
            verify(*state, bytes, saved, n);
            if (!hit) {
                assert_true(saved);
                break;
            }
            refused += !saved;
        }
        print_message("# errno %d sticky %d: %ld points, %d refused\n", error, sticky,
                      n - 1, refused);
        assert_true(n > 5 && refused > 3);
    }
}

static void test_store_fault__a_failed_object_sync_makes_it_suspect(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    char hex[HASH_HEX];
    bool existed = false;

    fault_set("sync:1");
    unit_fails(store_object_put_mem(s, "x", 1, hex, &existed, &e), ERR_DISK_SYNC, &e);
    fault_set(NULL);
    assert_true(store_suspect(s));
    unit_fails(store_begin(s, &t, &e), ERR_STORE_SUSPECT, &e);
    store_close(TAKE(s));
    unit_ok(help_open(*state, STORE_WRITE, &s, &e), &e);
    assert_false(store_suspect(s));
}
#else
static void test_store_fault__our_own_calls_fail(void **state)
{
    (void)state;
    skip(); /* no injection points in this build */
}

static void test_store_fault__a_failed_object_sync_makes_it_suspect(void **state)
{
    (void)state;
    skip();
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_fault__sqlite_cannot_write_or_sync),
        unit_case(test_store_fault__our_own_calls_fail),
        unit_case(test_store_fault__a_failed_object_sync_makes_it_suspect),
    };

    return cmocka_run_group_tests(tests, install, NULL);
}
