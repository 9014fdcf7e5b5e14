/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_backup.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/store/object.h"
#include "node/store/sql.h"

#define MANIFEST     "BACKUP.json"
#define FILES        "files"
#define OBJECTS      "objects"
#define SCHEMA       1
#define SCHEMA_PARTS 2 /* one with parts: an older program would leave them out */
#define FILE_MAX     ((uint64_t)1 << 42)
#define DEPTH_MAX    8 /* transport.git/refs/sohoa/<node>/<epoch>/<class> is six deep */
#define PATH_BYTES   1024

static int damaged(struct err *e, const char *what)
{
    return err_set(e, ERR_BACKUP_DAMAGED, "%s", what);
}

/* ---- a database file that no store uses ---------------------------------------------
 */

static void bare_close(struct store *s)
{
    sql_close_all(s);
    (void)sqlite3_close(s->db);
    mem_free(TAKE(s->path));
}

static int bare_open(struct store *s, const char *path, int flags, struct err *e)
{
    int rc = 0;

    s->path = mem_dup(path);
    s->suspect_path = NULL;
    s->suspect = true; /* its errors are its own: no store is marked for them */
    rc = sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);
    if (rc != SQLITE_OK)
        return sql_fail(s, rc, e);
    (void)sqlite3_extended_result_codes(s->db, 1);
    return 0;
}

/* A consistent copy of the live database into the file @path, which is empty. */
static int copy_database(struct store *s, const char *path, struct err *e)
{
    AUTO(bare_close) struct store copy = {.db = NULL};
    sqlite3_backup *b = NULL;
    int rc = 0;

    if (bare_open(&copy, path, SQLITE_OPEN_READWRITE, e) < 0)
        return -1;
    b = sqlite3_backup_init(copy.db, "main", s->db, "main");
    if (!b)
        return sql_fail(&copy, SQLITE_ERROR, e);
    (void)sqlite3_backup_step(b, -1); /* finish tells its error */
    rc = sqlite3_backup_finish(b);
    if (rc != SQLITE_OK)
        return sql_fail(&copy, rc, e);
    return sql_exec(&copy, "PRAGMA journal_mode = DELETE", e); /* one file, no log */
}

/* ---- create -------------------------------------------------------------------------
 */

struct creating {
    const char *home, *dest;
    char *area;         /* of the backup. owned */
    const char *source; /* object folder of the store */
    struct jdoc *files; /* of the manifest */
    const char *const *parts;
    struct store_backup *out;
};

static void creating_clear(struct creating *c)
{
    mem_free(TAKE(c->area));
}

static void list_file(struct creating *c, const char *name, const char *hex,
                      uint64_t size, const char *role)
{
    struct jdoc *f = jdoc_object();

    jdoc_set_text(f, "path", name);
    jdoc_set_text(f, "role", role);
    jdoc_set_text(f, "sha256", hex);
    jdoc_set_int(f, "size", (int64_t)size);
    jdoc_add(c->files, f);
    c->out->files++;
    c->out->bytes += size;
}

/* A finished temporary file gets its hash as name: the backup before stays whole until
 * the new manifest is written. */
static int keep_tmp(struct creating *c, struct fs_tmp *t, const char *name,
                    const char *role, struct err *e)
{
    char hex[HASH_HEX];
    uint64_t size = 0;
    AUTO_MEM char *path = NULL;

    if (hash_file(t->path, hex, &size, e) < 0)
        return -1;
    path = fs_pathf(c->dest, FILES "/%s", hex);
    if (fs_tmp_commit(t, path, e) < 0)
        return -1;
    list_file(c, name, hex, size, role);
    return 0;
}

/* 1: the backup before has the very bytes of @fd, which then stands anywhere; 0; -1. */
static int had_before(struct creating *c, int fd, const char *name, struct err *e)
{
    AUTO_MEM char *path = NULL;
    struct err ignored = ERR_INIT; /* what cannot be read there is copied again */
    char hex[HASH_HEX], there[HASH_HEX];
    uint64_t size = 0;

    if (hash_fd(fd, name, hex, &size, e) < 0)
        return -1;
    path = fs_pathf(c->dest, FILES "/%s", hex);
    if (!fs_exists(path) || hash_file(path, there, NULL, &ignored) < 0 ||
        strcmp(hex, there) != 0)
        return 0;
    list_file(c, name, hex, size, "file");
    return 1;
}

static int add_file(struct creating *c, const char *name, struct err *e)
{
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    AUTO_MEM char *path = fs_path(c->home, name);
    uint64_t copied = 0;
    int rc = 0;
    AUTO_FD int fd = fs_open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0, e);

    if (fd < 0)
        return -1;
    rc = had_before(c, fd, name, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (fs_tmp_open(&t, c->dest, e) < 0 ||
        fs_copy(fd, name, &t, FILE_MAX, NULL, &copied, e) < 0)
        return -1;
    return keep_tmp(c, &t, name, "file", e);
}

/* What somebody is writing, or was when it was killed. */
static bool is_unfinished(const char *name)
{
    return str_starts(name, FS_TMP_PREFIX) || str_starts(name, "tmp_") ||
           str_ends(name, ".lock");
}

static int add_extra(struct creating *c, const char *name, int depth, struct err *e)
{
    AUTO_MEM char *path = fs_path(c->home, name);
    AUTO_LIST struct fs_list l = {.names = NULL};
    struct stat st;

    if (lstat(path, &st) < 0)
        return 0; /* absent ones are left out */
    if (S_ISREG(st.st_mode))
        return add_file(c, name, e);
    if (!S_ISDIR(st.st_mode))
        return 0;
    if (depth >= DEPTH_MAX) /* what is left out silently is missed too late */
        return err_set(e, ERR_LIMIT, "%s", name);
    if (fs_list(path, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *below = fs_path(name, l.names[i]);

        if (!is_unfinished(l.names[i]) && add_extra(c, below, depth + 1, e) < 0)
            return -1;
    }
    return 0;
}

static int add_database(struct creating *c, struct store *s, char **copy, struct err *e)
{
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    const char *hex = NULL;

    if (fs_tmp_open(&t, c->dest, e) < 0 || copy_database(s, t.path, e) < 0 ||
        keep_tmp(c, &t, fs_basename(s->path), "database", e) < 0)
        return -1;
    hex = jdoc_text(jdoc_at(c->files, jdoc_count(c->files) - 1), "sha256");
    *copy = fs_pathf(c->dest, FILES "/%s", hex);
    return 0;
}

static int add_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct creating *c = ctx;
    struct err why = ERR_INIT;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;
    AUTO_FD int fd = -1;

    c->out->objects++;
    c->out->bytes += o->size;
    if (object_has(c->area, o->hex) &&
        object_verify(c->area, o->hex, &size, &why) == 0 && size == o->size)
        return 0;
    fd = object_open(c->source, o->hex, true, NULL, e);
    if (fd < 0 ||
        object_put_fd(c->area, fd, o->hex, FILE_MAX, hex, &size, &existed, e) < 0)
        return -1;
    if (strcmp(hex, o->hex) != 0)
        return err_set(e, ERR_OBJECT_HASH, "%s", o->hex);
    c->out->objects_added++;
    c->out->bytes_added += size;
    return 0;
}

static int add_objects(struct creating *c, const char *copy, struct err *e)
{
    AUTO(bare_close) struct store bare = {.db = NULL};

    if (!c->source)
        return 0;
    if (object_area_create(c->area, e) < 0 ||
        bare_open(&bare, copy, SQLITE_OPEN_READONLY, e) < 0)
        return -1;
    return store_object_list(&bare, add_object, c, e);
}

/* The sum over everything else in the manifest, so that no digit in it can change. */
static void sum_of(const struct jdoc *o, char hex[HASH_HEX])
{
    AUTO_STR struct str text = STR_INIT(STR_JSON_MAX);

    jdoc_print(o, &text);
    hash_bytes(str_text(&text), text.len, hex);
}

static struct jdoc *names_of_parts(const struct creating *c)
{
    struct jdoc *list = jdoc_array();

    for (const char *const *p = c->parts; *p; p++)
        jdoc_add_text(list, *p);
    return list;
}

static int write_manifest(struct creating *c, struct err *e)
{
    AUTO_JDOC struct jdoc *o = jdoc_object();
    AUTO_JDOC struct jdoc *whole = jdoc_object();
    AUTO_MEM char *path = fs_path(c->dest, MANIFEST);
    char hex[HASH_HEX];

    jdoc_set_int(o, "at", c->out->at);
    jdoc_set_int(o, "bytes", (int64_t)c->out->bytes);
    jdoc_set(o, "files", jdoc_copy(c->files));
    jdoc_set_int(o, "objects", c->out->objects);
    jdoc_set_int(o, "schema", c->parts ? SCHEMA_PARTS : SCHEMA);
    if (c->parts)
        jdoc_set(o, "parts", names_of_parts(c));
    jdoc_set_bool(o, "with_objects", c->source != NULL);
    sum_of(o, hex);
    jdoc_set(whole, "backup", jdoc_copy(o));
    jdoc_set_text(whole, "sha256", hex);
    return jdoc_write_file(path, whole, e);
}

/* Files of the backup before that the new manifest does not name. */
static int drop_old_files(struct creating *c, struct err *e)
{
    AUTO_MEM char *dir = fs_path(c->dest, FILES);
    AUTO_LIST struct fs_list l = {.names = NULL};

    if (fs_list(dir, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(dir, l.names[i]);
        bool used = false;

        for (size_t k = 0; k < jdoc_count(c->files) && !used; k++)
            used = strcmp(jdoc_text(jdoc_at(c->files, k), "sha256"), l.names[i]) == 0;
        if (!used && hash_is_hex(l.names[i], HASH_HEX - 1) && fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

static int add_list(struct creating *c, const char *const *names, struct err *e)
{
    for (; names && *names; names++)
        if (add_extra(c, *names, 0, e) < 0)
            return -1;
    return 0;
}

static int create(struct creating *c, struct store *s,
                  const struct store_backup_extra *x, struct err *e)
{
    AUTO_MEM char *dir = fs_path(c->dest, FILES);
    AUTO_MEM char *copy = NULL;

    if (fs_mkdirs(dir, e) < 0 || fs_sweep(c->dest, e) < 0 ||
        add_database(c, s, &copy, e) < 0 || add_list(c, x->same, e) < 0)
        return -1;
    if (x->copied)
        x->copied(x->ctx);
    if (add_list(c, x->later, e) < 0 || add_objects(c, copy, e) < 0 ||
        write_manifest(c, e) < 0)
        return -1;
    return drop_old_files(c, e);
}

int store_backup_create(struct store *s, const struct store_backup_extra *extra,
                        const char *dest, struct store_backup *out, struct err *e)
{
    AUTO_JDOC struct jdoc *files = jdoc_array();
    AUTO(creating_clear)
    struct creating c = {.home = extra->home,
                         .dest = dest,
                         .area = fs_path(dest, OBJECTS),
                         .source = s->objects,
                         .files = files,
                         .parts = extra->parts,
                         .out = out};

    assert(!s->in_txn);
    *out = (struct store_backup){.at = clock_now()};
    if (create(&c, s, extra, e) < 0)
        return err_push(e, "%s", dest);
    return 0;
}

/* ---- verify -------------------------------------------------------------------------
 */

/* A path in a manifest stays below the folder it is put into. */
static bool path_safe(const char *path)
{
    if (!path || !path[0] || path[0] == '/' || strlen(path) >= PATH_BYTES)
        return false;
    for (const char *p = path; *p;) {
        size_t len = strcspn(p, "/");

        if (len == 0 || (len == 1 && p[0] == '.') ||
            (len == 2 && p[0] == '.' && p[1] == '.'))
            return false;
        p += len;
        if (*p == '/' && !*++p)
            return false;
    }
    return true;
}

static int read_manifest(const char *dest, struct jdoc **out, struct err *e)
{
    AUTO_MEM char *path = fs_path(dest, MANIFEST);
    AUTO_JDOC struct jdoc *whole = NULL;
    struct err why = ERR_INIT;
    const struct jdoc *o = NULL;
    const char *sum = NULL;
    char hex[HASH_HEX];
    int64_t schema = 0;

    if (jdoc_read_file(path, &whole, &why) < 0) {
        if (why.code == ERR_NOT_FOUND)
            return err_set(e, ERR_BACKUP_ABSENT, "%s", dest);
        return damaged(e, MANIFEST);
    }
    o = jdoc_get(whole, "backup");
    sum = jdoc_text(whole, "sha256");
    if (!jdoc_is_object(o) || !sum)
        return damaged(e, MANIFEST);
    sum_of(o, hex);
    if (strcmp(hex, sum) != 0 || !jdoc_int(o, "schema", SCHEMA, SCHEMA_PARTS, &schema))
        return damaged(e, MANIFEST);
    *out = jdoc_copy(o);
    return 0;
}

static int verify_file(const char *dest, const struct jdoc *f, struct store_backup *out,
                       struct err *e)
{
    const char *name = jdoc_text(f, "path");
    const char *sha = jdoc_text(f, "sha256");
    AUTO_MEM char *path = NULL;
    struct err why = ERR_INIT;
    char hex[HASH_HEX];
    uint64_t size = 0;
    int64_t want = 0;

    if (!path_safe(name) || !sha || !hash_is_hex(sha, HASH_HEX - 1) ||
        !jdoc_int(f, "size", 0, INT64_MAX, &want))
        return damaged(e, MANIFEST);
    path = fs_pathf(dest, FILES "/%s", sha);
    if (hash_file(path, hex, &size, &why) < 0 || strcmp(hex, sha) != 0 ||
        size != (uint64_t)want)
        return damaged(e, name);
    out->files++;
    out->bytes += size;
    return 0;
}

static const struct jdoc *database_of(const struct jdoc *manifest)
{
    const struct jdoc *files = jdoc_get(manifest, "files");

    for (size_t i = 0; i < jdoc_count(files); i++) {
        const char *role = jdoc_text(jdoc_at(files, i), "role");

        if (role && strcmp(role, "database") == 0)
            return jdoc_at(files, i);
    }
    return NULL;
}

struct verifying {
    const char *area;
    struct store_backup *out;
};

static int verify_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct verifying *v = ctx;
    struct err why = ERR_INIT;
    uint64_t size = 0;

    if (object_verify(v->area, o->hex, &size, &why) < 0 || size != o->size)
        return damaged(e, o->hex);
    v->out->objects++;
    v->out->bytes += size;
    return 0;
}

/* Each object of the database of the backup, in the backup's own folder. */
static int each_object(const char *dest, const struct jdoc *manifest,
                       store_object_fn *each, void *ctx, struct err *e)
{
    AUTO(bare_close) struct store bare = {.db = NULL};
    const struct jdoc *db = database_of(manifest);
    AUTO_MEM char *path = NULL;

    if (!db)
        return damaged(e, MANIFEST);
    path = fs_pathf(dest, FILES "/%s", jdoc_text(db, "sha256"));
    if (bare_open(&bare, path, SQLITE_OPEN_READONLY, e) < 0)
        return -1;
    return store_object_list(&bare, each, ctx, e);
}

static int verify(const char *dest, const struct jdoc *manifest,
                  struct store_backup *out, struct err *e)
{
    AUTO_MEM char *area = fs_path(dest, OBJECTS);
    struct verifying v = {.area = area, .out = out};
    const struct jdoc *files = jdoc_get(manifest, "files");
    int64_t objects = 0;

    *out = (struct store_backup){.at = 0};
    if (!jdoc_int(manifest, "at", 0, INT64_MAX, &out->at) ||
        !jdoc_int(manifest, "objects", 0, INT64_MAX, &objects))
        return damaged(e, MANIFEST);
    for (size_t i = 0; i < jdoc_count(files); i++) {
        if (verify_file(dest, jdoc_at(files, i), out, e) < 0)
            return -1;
    }
    if (jdoc_bool(manifest, "with_objects", false) &&
        each_object(dest, manifest, verify_object, &v, e) < 0)
        return -1;
    if (out->objects != objects)
        return damaged(e, "count of objects");
    return 0;
}

/* Each part of a backup; a part has none of its own. */
typedef int part_fn(void *ctx, const char *name, const struct jdoc *manifest,
                    const char *dest, struct err *e);

static int each_part(const char *dest, const struct jdoc *manifest, part_fn *each,
                     void *ctx, struct err *e)
{
    const struct jdoc *parts = jdoc_get(manifest, "parts");

    for (size_t i = 0; i < jdoc_count(parts); i++) {
        const char *name = jdoc_text_at(parts, i);
        AUTO_JDOC struct jdoc *inner = NULL;
        AUTO_MEM char *path = NULL;
        struct err why = ERR_INIT;

        if (!path_safe(name))
            return damaged(e, MANIFEST);
        path = fs_path(dest, name);
        if (read_manifest(path, &inner, &why) < 0 || jdoc_get(inner, "parts"))
            return damaged(e, name);
        if (each(ctx, name, inner, path, e) < 0)
            return err_push(e, "%s", name);
    }
    return 0;
}

static void add_sum(struct store_backup *all, const struct store_backup *one)
{
    all->files += one->files;
    all->objects += one->objects;
    all->bytes += one->bytes;
    all->objects_added += one->objects_added;
    all->bytes_added += one->bytes_added;
}

static int verify_part(void *ctx, const char *name, const struct jdoc *manifest,
                       const char *dest, struct err *e)
{
    struct store_backup one;

    (void)name;
    if (verify(dest, manifest, &one, e) < 0)
        return -1;
    add_sum(ctx, &one);
    return 0;
}

static int verify_all(const char *dest, const struct jdoc *manifest,
                      struct store_backup *out, struct err *e)
{
    struct store_backup parts = {.at = 0};

    if (each_part(dest, manifest, verify_part, &parts, e) < 0 ||
        verify(dest, manifest, out, e) < 0)
        return -1;
    add_sum(out, &parts);
    return 0;
}

int store_backup_verify(const char *dest, struct store_backup *out, struct err *e)
{
    AUTO_JDOC struct jdoc *manifest = NULL;

    if (read_manifest(dest, &manifest, e) < 0)
        return -1;
    return verify_all(dest, manifest, out, e);
}

/* ---- restore ------------------------------------------------------------------------
 */

struct restoring {
    const char *from, *to; /* object folders */
};

static int restore_object(void *ctx, const struct store_object *o, struct err *e)
{
    struct restoring *r = ctx;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;
    AUTO_FD int fd = object_open(r->from, o->hex, false, NULL, e);

    if (fd < 0 ||
        object_put_fd(r->to, fd, o->hex, FILE_MAX, hex, &size, &existed, e) < 0)
        return -1;
    if (strcmp(hex, o->hex) != 0)
        return damaged(e, o->hex);
    return object_verify(r->to, o->hex, NULL, e);
}

static int restore_file(const char *dest, const char *home, const struct jdoc *f,
                        struct err *e)
{
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    const char *sha = jdoc_text(f, "sha256");
    AUTO_MEM char *from = fs_pathf(dest, FILES "/%s", sha);
    AUTO_MEM char *to = fs_path(home, jdoc_text(f, "path"));
    AUTO_MEM char *dir = fs_dirname(to);
    uint64_t copied = 0;
    char hex[HASH_HEX];
    AUTO_FD int fd = fs_open(from, O_RDONLY | O_NOFOLLOW, 0, e);

    if (fd < 0 || fs_mkdirs(dir, e) < 0 || fs_tmp_open(&t, dir, e) < 0 ||
        fs_copy(fd, sha, &t, FILE_MAX, NULL, &copied, e) < 0 ||
        fs_tmp_commit(&t, to, e) < 0 || hash_file(to, hex, NULL, e) < 0)
        return -1;
    return strcmp(hex, sha) == 0 ? 0 : damaged(e, jdoc_text(f, "path"));
}

static int need_empty(const char *home, struct err *e)
{
    AUTO_LIST struct fs_list l = {.names = NULL};

    if (!fs_exists(home))
        return fs_mkdirs(home, e);
    if (fs_list(home, &l, e) < 0)
        return -1;
    return l.count == 0 ? 0 : err_set(e, ERR_HOME_EXISTS, "%s", home);
}

static int restore_all(const char *dest, const char *home, const struct jdoc *manifest,
                       struct err *e)
{
    AUTO_MEM char *from = fs_path(dest, OBJECTS);
    AUTO_MEM char *to = fs_path(home, OBJECTS);
    struct restoring r = {.from = from, .to = to};
    const struct jdoc *files = jdoc_get(manifest, "files");

    if (jdoc_bool(manifest, "with_objects", false) &&
        (object_area_create(to, e) < 0 ||
         each_object(dest, manifest, restore_object, &r, e) < 0))
        return -1;
    /* The extra file that was named first comes last: it makes the home count. */
    for (size_t k = 0; k < jdoc_count(files); k++) {
        size_t i = k == 0 ? 0 : jdoc_count(files) - k;

        if (restore_file(dest, home, jdoc_at(files, i), e) < 0)
            return -1;
    }
    return 0;
}

static int restore_part(void *ctx, const char *name, const struct jdoc *manifest,
                        const char *dest, struct err *e)
{
    const char *home = ctx;
    AUTO_MEM char *below = fs_path(home, name);

    return fs_mkdirs(below, e) < 0 ? -1 : restore_all(dest, below, manifest, e);
}

int store_backup_restore(const char *dest, const char *home, struct store_backup *out,
                         struct err *e)
{
    AUTO_JDOC struct jdoc *manifest = NULL;
    AUTO_MEM char *top = mem_dup(home);

    if (read_manifest(dest, &manifest, e) < 0 ||
        verify_all(dest, manifest, out, e) < 0 || need_empty(home, e) < 0 ||
        each_part(dest, manifest, restore_part, top, e) < 0 ||
        restore_all(dest, home, manifest, e) < 0)
        return -1;
    out->objects_added = out->objects;
    out->bytes_added = out->bytes;
    return 0;
}
