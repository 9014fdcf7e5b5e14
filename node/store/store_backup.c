/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/store/object.h"
#include "node/store/sql.h"

#define LIST_NAME  "BACKUP.json"
#define SCHEMA     1
#define COPY_PAGES 1024
#define BUSY_MS    20
#define FILE_MAX   ((uint64_t)1 << 40)
#define DEPTH_MAX  8

/* ---- the list ---------------------------------------------------------------------
 */

/* One file of the backup beside the objects: hashed as it lies there. */
static int list_file(struct jdoc *files, const char *dest, const char *name,
                     struct store_backup *sum, struct err *e)
{
    AUTO_MEM char *path = fs_path(dest, name);
    struct jdoc *row = NULL;
    char hex[HASH_HEX];
    uint64_t size = 0;

    if (hash_file(path, hex, &size, e) < 0)
        return -1;
    row = jdoc_object();
    jdoc_set_text(row, "name", name);
    jdoc_set_text(row, "sha256", hex);
    jdoc_set_int(row, "size", (int64_t)size);
    jdoc_add(files, row);
    sum->files++;
    sum->bytes += size;
    return 0;
}

static int write_list(const char *dest, struct jdoc *files, const char *database,
                      const struct store_backup *sum, struct err *e)
{
    AUTO_JDOC struct jdoc *list = jdoc_object();
    AUTO_MEM char *path = fs_path(dest, LIST_NAME);

    jdoc_set_int(list, "schema", SCHEMA);
    jdoc_set_int(list, "at", sum->at);
    jdoc_set_text(list, "database", database);
    jdoc_set_int(list, "objects", sum->objects);
    jdoc_set_int(list, "bytes", (int64_t)sum->bytes);
    jdoc_set(list, "files", jdoc_copy(files));
    return jdoc_write_file(path, list, e);
}

/* ---- making one -------------------------------------------------------------------
 */

/* By SQLite's backup API into a temporary file: a consistent copy while work goes on.
 */
static int copy_database(struct store *s, const char *dest, struct err *e)
{
    AUTO_MEM char *part = fs_path(dest, FS_TMP_PREFIX "database");
    AUTO_MEM char *path = fs_path(dest, fs_basename(s->path));
    AUTO_FD int fd = -1;
    sqlite3 *to = NULL;
    sqlite3_backup *copy = NULL;
    int rc = SQLITE_OK;

    if (fs_unlink(part, e) < 0)
        return -1;
    rc = sqlite3_open_v2(part, &to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL);
    if (rc == SQLITE_OK)
        copy = sqlite3_backup_init(to, "main", s->db, "main");
    while (copy && (rc = sqlite3_backup_step(copy, COPY_PAGES)) != SQLITE_DONE) {
        if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
            clock_sleep_ms(BUSY_MS);
        else if (rc != SQLITE_OK)
            break;
    }
    if (copy && sqlite3_backup_finish(copy) == SQLITE_OK && rc == SQLITE_DONE)
        rc = sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL);
    else if (rc == SQLITE_DONE || rc == SQLITE_OK)
        rc = SQLITE_ERROR;
    (void)sqlite3_close(to);
    if (rc != SQLITE_OK) {
        (void)err_set(e, rc == SQLITE_FULL ? ERR_DISK_FULL : ERR_BACKUP, "%s", path);
        return err_detail(e, "SQLite %d", rc);
    }
    fd = fs_open(part, O_RDWR, 0, e);
    if (fd < 0 || fs_sync(fd, part, e) < 0)
        return -1;
    return fs_rename(part, path, e);
}

struct copying {
    const char *from, *to; /* object areas */
    struct store_backup *sum;
};

/* What is there already is compared, not trusted; a damaged copy is made good. */
static int copy_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct copying *c = ctx;
    struct err why = ERR_INIT;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;

    if (!object_has(c->to, o->hex) || object_verify(c->to, o->hex, NULL, &why) < 0) {
        AUTO_FD int fd = object_open(c->from, o->hex, true, NULL, e);

        if (fd < 0 ||
            object_put_fd(c->to, fd, o->hex, FILE_MAX, hex, &size, &existed, e) < 0 ||
            object_verify(c->to, o->hex, NULL, e) < 0)
            return -1;
        c->sum->objects_added++;
        c->sum->bytes_added += o->size;
    }
    c->sum->objects++;
    c->sum->bytes += o->size;
    return 0;
}

static int copy_file(const char *from, const char *to, struct err *e)
{
    AUTO_MEM char *dir = fs_dirname(to);
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_FD int fd = fs_open(from, O_RDONLY | O_NOFOLLOW, 0, e);
    uint64_t copied = 0;

    if (fd < 0 || fs_mkdirs(dir, e) < 0 || fs_tmp_open(&tmp, dir, e) < 0 ||
        fs_copy(fd, from, &tmp, FILE_MAX, NULL, &copied, e) < 0)
        return -1;
    return fs_tmp_commit(&tmp, to, e);
}

/* @name below @home: a file, or a folder of small files. Absent: left out. */
static int copy_extra(const char *home, const char *dest, const char *name, int depth,
                      struct jdoc *files, struct store_backup *sum, struct err *e)
{
    AUTO_MEM char *from = fs_path(home, name);
    AUTO_MEM char *to = fs_path(dest, name);
    AUTO_LIST struct fs_list list = {0};

    if (!fs_exists(from))
        return 0;
    if (!fs_is_dir(from))
        return copy_file(from, to, e) < 0 ? -1 : list_file(files, dest, name, sum, e);
    if (depth > DEPTH_MAX)
        return err_set(e, ERR_LIMIT, "%s", name);
    if (fs_list(from, &list, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        AUTO_MEM char *below = fs_path(name, list.names[i]);

        if (!str_starts(list.names[i], FS_TMP_PREFIX) &&
            copy_extra(home, dest, below, depth + 1, files, sum, e) < 0)
            return -1;
    }
    return 0;
}

int store_backup_create(struct store *s, const char *home, const char *const *extra,
                        const char *dest, struct store_backup *out, struct err *e)
{
    AUTO_JDOC struct jdoc *files = jdoc_array();
    AUTO_MEM char *area = fs_path(dest, "objects");
    struct store_backup sum = {.at = clock_now()};
    struct copying c = {.from = s->objects, .to = area, .sum = &sum};

    if (fs_mkdirs(dest, e) < 0 || fs_check_home(dest, e) < 0)
        return -1;
    /* The database first: objects made after it are not named in it. */
    if (copy_database(s, dest, e) < 0 ||
        list_file(files, dest, fs_basename(s->path), &sum, e) < 0)
        return -1;
    if (s->objects && (object_area_create(area, e) < 0 ||
                       store_object_list(s, copy_object, &c, e) < 0))
        return -1;
    for (; *extra; extra++)
        if (copy_extra(home, dest, *extra, 0, files, &sum, e) < 0)
            return -1;
    if (write_list(dest, files, fs_basename(s->path), &sum, e) < 0)
        return -1;
    *out = sum;
    return 0;
}

/* ---- checking one -----------------------------------------------------------------
 */

static int damaged(const char *what, struct err *e)
{
    return err_set(e, ERR_BACKUP_DAMAGED, "%s", what);
}

/* A name from the list: relative, without a way up. */
static bool name_ok(const char *name)
{
    return name[0] && name[0] != '/' && !strstr(name, "..") &&
           strlen(name) < STR_PATH_MAX / 2;
}

static int check_file(const char *dest, const struct jdoc *row, struct err *e)
{
    const char *name = jdoc_text(row, "name");
    const char *sha = jdoc_text(row, "sha256");
    AUTO_MEM char *path = NULL;
    char hex[HASH_HEX];
    struct err why = ERR_INIT;

    if (!name || !name_ok(name) || !sha)
        return damaged(LIST_NAME, e);
    path = fs_path(dest, name);
    if (hash_file(path, hex, NULL, &why) < 0 || strcmp(hex, sha) != 0)
        return damaged(name, e);
    return 0;
}

/* Every object that the copied database names, read and hashed. */
static int check_objects(const char *dest, const char *database,
                         struct store_backup *sum, struct err *e)
{
    AUTO_MEM char *path = fs_path(dest, database);
    AUTO_MEM char *area = fs_path(dest, "objects");
    sqlite3 *db = NULL;
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL);
    int failed = 0;

    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(db, "SELECT hex, size FROM object ORDER BY hex", -1,
                                &st, NULL);
    while (!failed && rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        const char *hex = (const char *)sqlite3_column_text(st, 0);
        struct err why = ERR_INIT;
        uint64_t size = 0;

        rc = SQLITE_OK;
        if (!hex || !hash_is_hex(hex, HASH_HEX - 1) ||
            object_verify(area, hex, &size, &why) < 0)
            failed = damaged(hex ? hex : "object", e);
        sum->objects++;
        sum->bytes += size;
    }
    (void)sqlite3_finalize(st);
    (void)sqlite3_close(db);
    if (failed)
        return -1;
    return rc == SQLITE_DONE ? 0 : damaged(database, e);
}

int store_backup_verify(const char *dest, struct store_backup *out, struct err *e)
{
    AUTO_MEM char *path = fs_path(dest, LIST_NAME);
    AUTO_JDOC struct jdoc *list = NULL;
    struct store_backup sum = {0};
    const struct jdoc *files = NULL;
    const char *database = NULL;
    struct err why = ERR_INIT;
    int64_t objects = 0;
    int64_t schema = 0;

    if (!fs_exists(path))
        return err_set(e, ERR_BACKUP_ABSENT, "%s", dest);
    if (jdoc_read_file(path, &list, &why) < 0)
        return damaged(LIST_NAME, e);
    files = jdoc_get(list, "files");
    database = jdoc_text(list, "database");
    if (!jdoc_int(list, "schema", SCHEMA, SCHEMA, &schema) ||
        !jdoc_int(list, "at", 0, INT64_MAX, &sum.at) ||
        !jdoc_int(list, "objects", 0, INT64_MAX, &objects) || !database ||
        !name_ok(database) || !jdoc_is_array(files))
        return damaged(LIST_NAME, e);
    for (size_t i = 0; i < jdoc_count(files); i++) {
        int64_t size = 0;

        if (check_file(dest, jdoc_at(files, i), e) < 0)
            return -1;
        if (jdoc_int(jdoc_at(files, i), "size", 0, INT64_MAX, &size))
            sum.bytes += (uint64_t)size;
        sum.files++;
    }
    if (check_objects(dest, database, &sum, e) < 0)
        return -1;
    if (sum.objects != objects)
        return damaged("objects", e);
    *out = sum;
    return 0;
}

/* ---- bringing it back -------------------------------------------------------------
 */

static int restore_object(void *ctx, const char *hex, const char *path, uint64_t size,
                          struct err *e)
{
    const char *area = ctx;
    AUTO_FD int fd = -1;
    char made[HASH_HEX];
    bool existed = false;

    (void)size;
    if (!hex)
        return 0; /* a stranger in the folder */
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    if (fd < 0 || object_put_fd(area, fd, path, FILE_MAX, made, &size, &existed, e) < 0)
        return -1;
    return strcmp(made, hex) == 0 ? object_verify(area, hex, NULL, e) : damaged(hex, e);
}

static int home_is_free(const char *home, struct err *e)
{
    AUTO_LIST struct fs_list list = {0};

    if (!fs_exists(home))
        return 0;
    if (fs_list(home, &list, e) < 0)
        return -1;
    return list.count == 0 ? 0 : err_set(e, ERR_HOME_EXISTS, "%s", home);
}

/* Files in order of the list, the identity of the node last: it makes the home count.
 */
static int restore_files(const char *dest, const char *home, const struct jdoc *files,
                         struct err *e)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < jdoc_count(files); i++) {
            const char *name = jdoc_text(jdoc_at(files, i), "name");
            AUTO_MEM char *from = fs_path(dest, name);
            AUTO_MEM char *to = fs_path(home, name);

            if ((strcmp(name, "node.json") == 0) != (pass == 1))
                continue;
            if (copy_file(from, to, e) < 0 ||
                check_file(home, jdoc_at(files, i), e) < 0)
                return -1;
        }
    }
    return 0;
}

int store_backup_restore(const char *dest, const char *home, struct store_backup *out,
                         struct err *e)
{
    AUTO_MEM char *path = fs_path(dest, LIST_NAME);
    AUTO_MEM char *from = fs_path(dest, "objects");
    AUTO_MEM char *area = fs_path(home, "objects");
    AUTO_JDOC struct jdoc *list = NULL;

    if (home_is_free(home, e) < 0 || store_backup_verify(dest, out, e) < 0 ||
        jdoc_read_file(path, &list, e) < 0 || fs_mkdirs(home, e) < 0 ||
        fs_check_home(home, e) < 0)
        return -1;
    if (fs_is_dir(from) && (object_area_create(area, e) < 0 ||
                            object_each(from, restore_object, area, e) < 0))
        return -1;
    return restore_files(dest, home, jdoc_get(list, "files"), e);
}
