/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/repo.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/lock.h"
#include "node/base/mem.h"
#include "node/base/sign.h"
#include "node/base/str.h"
#include "sync/repo_git.h"

#define REF_DEPTH    6 /* refs/sohoa/<node>/<epoch>/<class> */
#define CACHE_BYTES  ((ssize_t)8 << 20)
#define WINDOW_BYTES ((size_t)4 << 20)
#define MAPPED_BYTES ((size_t)16 << 20) /* counts in the resident set */

struct repo {
    git_repository *git;
    git_odb *odb;
    char *path;
};

/* pack.deltaCacheSize is what libgit2 1.5 takes for its big file threshold: above it no
 * delta is tried. At 1 none ever is: pictures do not shrink by it, and the gate takes
 * whole objects only. */
static const char transport_config[] = "[core]\n"
                                       "\trepositoryformatversion = 0\n"
                                       "\tfilemode = true\n"
                                       "\tbare = true\n"
                                       "\tbigFileThreshold = 1\n"
                                       "[pack]\n"
                                       "\tdeltaCacheSize = 1\n"
                                       "\twindow = 0\n"
                                       "[gc]\n"
                                       "\tauto = 0\n";

static const char archive_config[] = "[core]\n"
                                     "\trepositoryformatversion = 0\n"
                                     "\tfilemode = true\n"
                                     "\tbare = true\n"
                                     "\tfsync = all\n"
                                     "\tbigFileThreshold = 64k\n"
                                     "[pack]\n"
                                     "\tdeltaCacheSize = 1\n"
                                     "\twindow = 0\n"
                                     "[receive]\n"
                                     "\tfsckObjects = true\n"
                                     "\tdenyNonFastForwards = true\n"
                                     "\tdenyDeletes = true\n"
                                     "\tunpackLimit = 1\n"
                                     "\tmaxInputSize = 512m\n"
                                     "\tautogc = false\n"
                                     "[gc]\n"
                                     "\tauto = 0\n";

/* `sohoa receive` says where the gate is and who knocks; git alone opens nothing. */
static const char hook[] =
    "#!/bin/sh\n"
    "exec \"${SOHOA_GATE_PROGRAM:?only sohoa receive may push here}\" worker gate\n";

/* ---- libgit2's handles and errors -------------------------------------------------
 */

git_repository *repo_git(struct repo *r)
{
    return r->git;
}

git_odb *repo_odb(struct repo *r)
{
    return r->odb;
}

const char *repo_path(const struct repo *r)
{
    return r->path;
}

int repo_fail(struct err *e, const char *fmt, ...)
{
    const git_error *last = git_error_last();
    const char *words = last && last->message ? last->message : "no detail";
    enum err_code code = ERR_REPO;
    char what[ERR_SUBJECT_MAX];
    va_list ap;

    va_start(ap, fmt);
    if (vsnprintf(what, sizeof what, fmt, ap) < 0)
        what[0] = '\0';
    va_end(ap);
    if (strstr(words, strerror(ENOSPC)) || strstr(words, strerror(EDQUOT)))
        code = ERR_DISK_FULL;
    err_set(e, code, "%s", what);
    return err_detail(e, "git: %s", words);
}

git_oid repo_oid(const char *hex)
{
    git_oid oid;
    int rc = git_oid_fromstr(&oid, hex);

    assert(rc == 0);
    return oid;
}

void repo_hex(const git_oid *oid, char out[NAMES_OID_MAX])
{
    git_oid_tostr(out, NAMES_OID_MAX, oid);
}

void repo_object_auto(git_odb_object **o)
{
    git_odb_object_free(*o);
}

void repo_builder_auto(git_treebuilder **t)
{
    git_treebuilder_free(*t);
}

void repo_walk_auto(git_revwalk **w)
{
    git_revwalk_free(*w);
}

/* ---- making and opening -----------------------------------------------------------
 */

static int write_hook(const char *path, struct err *e)
{
    AUTO_MEM char *folder = fs_path(path, "hooks");
    AUTO_MEM char *name = fs_path(folder, "pre-receive");
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;

    if (fs_mkdir(folder, e) < 0 || fs_tmp_open(&t, folder, e) < 0 ||
        fs_tmp_write(&t, hook, sizeof hook - 1, e) < 0)
        return -1;
    if (fchmod(t.fd, 0700) < 0)
        return err_sys(e, ERR_WRITE, "%s", name);
    return fs_tmp_commit(&t, name, e);
}

int repo_gate(const char *path, struct err *e)
{
    AUTO_MEM char *name = fs_path(path, "hooks/pre-receive");
    AUTO_STR struct str is = STR_INIT(STR_LINE_MAX);
    struct err ignored = ERR_INIT; /* one that cannot be read is written anew */

    if (fs_read_file(name, &is, &ignored) == 0 && is.len == sizeof hook - 1 &&
        memcmp(is.p, hook, is.len) == 0 && access(name, X_OK) == 0)
        return 0;
    if (write_hook(path, e) < 0)
        return -1;
    return access(name, X_OK) == 0 ? 0 : err_sys(e, ERR_REPO, "%s", name);
}

/* libgit2 does not sync the parent of a new fan-out folder: make them all beforehand.
 */
static int make_folders(const char *path, struct err *e)
{
    static const char *const names[] = {"objects",    "objects/info", "objects/pack",
                                        "refs",       "refs/heads",   "refs/tags",
                                        "refs/sohoa", "info"};
    AUTO_MEM char *objects = fs_path(path, "objects");

    if (fs_mkdirs(path, e) < 0)
        return -1;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_MEM char *p = fs_path(path, names[i]);

        if (fs_mkdir(p, e) < 0)
            return -1;
    }
    return fs_mkdir_many(objects, 256, e);
}

int repo_create(const char *path, enum repo_kind kind, struct err *e)
{
    static const char head[] = "ref: refs/heads/main\n";
    const char *text = kind == REPO_ARCHIVE ? archive_config : transport_config;
    AUTO_MEM char *config = fs_path(path, "config");
    AUTO_MEM char *head_path = fs_path(path, "HEAD");

    if (make_folders(path, e) < 0 || fs_write_file(config, text, strlen(text), e) < 0)
        return -1;
    if (kind == REPO_ARCHIVE && write_hook(path, e) < 0)
        return -1;
    if (fs_exists(head_path))
        return 0;
    return fs_write_file(head_path, head, sizeof head - 1, e); /* last: now it is one */
}

static int library_start(struct err *e)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL, GIT_CONFIG_LEVEL_PROGRAMDATA};

    if (git_libgit2_init() < 0)
        return repo_fail(e, "libgit2");
    for (size_t i = 0; i < ARRAY_LEN(levels); i++)
        if (git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "") < 0)
            return repo_fail(e, "libgit2");
    if (git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_ENABLE_STRICT_SYMBOLIC_REF_CREATION, 1) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, CACHE_BYTES) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_SIZE, WINDOW_BYTES) < 0 ||
        git_libgit2_opts(GIT_OPT_SET_MWINDOW_MAPPED_LIMIT, MAPPED_BYTES) < 0)
        return repo_fail(e, "libgit2");
    return 0;
}

static int open_with(const char *path, unsigned flags, struct repo **out, struct err *e)
{
    AUTO_REPO struct repo *r = NULL;

    if (library_start(e) < 0)
        return -1;
    r = mem_new(1, sizeof *r);
    if (git_repository_open_ext(&r->git, path, flags, NULL) < 0)
        return repo_fail(e, "%s", path ? path : "repository of the hook");
    if (git_repository_odb(&r->odb, r->git) < 0)
        return repo_fail(e, "%s", path ? path : "repository of the hook");
    r->path = mem_dup(git_repository_path(r->git));
    *out = TAKE(r);
    return 0;
}

int repo_open(const char *path, struct repo **out, struct err *e)
{
    return open_with(path,
                     GIT_REPOSITORY_OPEN_NO_SEARCH | GIT_REPOSITORY_OPEN_BARE |
                         GIT_REPOSITORY_OPEN_NO_DOTGIT,
                     out, e);
}

int repo_open_env(struct repo **out, struct err *e)
{
    return open_with(NULL, GIT_REPOSITORY_OPEN_FROM_ENV, out, e);
}

void repo_close(struct repo *r)
{
    if (!r)
        return;
    git_odb_free(r->odb);
    git_repository_free(r->git);
    mem_free(r->path);
    mem_free(r);
    git_libgit2_shutdown();
}

void repo_auto(struct repo **r)
{
    repo_close(*r);
}

/* ---- litter ------------------------------------------------------------------------
 */

/* What a killed writer leaves: of libgit2, of git index-pack, of git receive-pack. */
static bool is_litter(const char *name)
{
    return str_starts(name, "tmp_") || str_starts(name, "pack_git2_") ||
           str_starts(name, ".tmp-");
}

static bool is_own_litter(const char *name, enum repo_litter own)
{
    return (own == REPO_LITTER_LOOSE && str_starts(name, "tmp_object_git2_")) ||
           (own == REPO_LITTER_PACKS && str_starts(name, "pack_git2_"));
}

static int sweep_folder(const char *folder, enum repo_litter own, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        struct stat st;

        if (!is_litter(l.names[i]) || lstat(path, &st) < 0 ||
            (!is_own_litter(l.names[i], own) &&
             st.st_mtime > clock_now() - REPO_LITTER_S))
            continue;
        if ((S_ISDIR(st.st_mode) ? fs_remove_tree(path, e) : fs_unlink(path, e)) < 0)
            return -1;
    }
    return 0;
}

/* git's own lock is a file that stays when its maker is killed. Ours is the kernel's:
 * whoever holds it knows that <ref>.lock has nobody left. */
static int lock_refs(const struct repo *r, struct lock *lock, struct err *e)
{
    AUTO_MEM char *path = fs_path(r->path, "sohoa.lock");

    return lock_take(lock, path, LOCK_WAIT_MS, e);
}

/*
 * libgit2 links a new ref to its place and then removes the lock file: killed in
 * between both are there. Whoever holds our lock knows that nobody is about it.
 */
static int sweep_ref_locks(const char *folder, int depth, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (depth == 0 || !fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (fs_is_dir(path) ? sweep_ref_locks(path, depth - 1, e) < 0
                            : str_ends(l.names[i], ".lock") && fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

static int sweep_refs(const struct repo *r, struct err *e)
{
    AUTO_MEM char *refs = fs_path(r->path, "refs");
    AUTO_LOCK struct lock lock = LOCK_INIT;

    return lock_refs(r, &lock, e) < 0 ? -1 : sweep_ref_locks(refs, REF_DEPTH, e);
}

int repo_sweep(struct repo *r, enum repo_litter own, struct err *e)
{
    AUTO_MEM char *objects = fs_path(r->path, "objects");
    AUTO_MEM char *pack = fs_path(objects, "pack");
    AUTO_MEM char *gate = fs_path(r->path, "hooks/pre-receive");

    if (fs_exists(gate)) /* an archive: a push by git may be under way at any time */
        own = REPO_LITTER_NONE;

    /* Ours beside the objects: those that somebody writes now are held and stay. */
    if (fs_sweep(r->path, e) < 0 || (own != REPO_LITTER_NONE && sweep_refs(r, e) < 0) ||
        sweep_folder(objects, own, e) < 0 || sweep_folder(pack, own, e) < 0)
        return -1;
    for (unsigned i = 0; i < 256; i++) {
        AUTO_MEM char *fan = fs_pathf(objects, "%02x", i);

        if (sweep_folder(fan, own, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- refs -------------------------------------------------------------------------
 */

int repo_ref(struct repo *r, const char *ref, char oid[NAMES_OID_MAX], struct err *e)
{
    git_oid id;
    int rc = git_reference_name_to_id(&id, r->git, ref);

    if (rc == GIT_ENOTFOUND)
        return 0;
    if (rc < 0)
        return repo_fail(e, "%s", ref);
    repo_hex(&id, oid);
    return 1;
}

/* All folders from that of @ref up to "refs": a new chain makes new folders. */
static int sync_folders(const struct repo *r, const char *ref, struct err *e)
{
    AUTO_MEM char *path = fs_path(r->path, ref);

    for (;;) {
        char *cut = strrchr(path, '/');

        assert(cut);
        *cut = '\0';
        if (fs_sync_dir(path, e) < 0)
            return -1;
        if (strcmp(fs_basename(path), "refs") == 0)
            return 0;
    }
}

static int drop_stale(const struct repo *r, const char *ref, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(r->path, "%s.lock", ref);

    return fs_unlink(path, e);
}

int repo_ref_move(struct repo *r, const char *ref, const char *old, const char *new,
                  struct err *e)
{
    bool fresh = !old || !old[0];
    git_oid to = repo_oid(new);
    git_oid from = {{0}};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    git_reference *made = NULL;
    char now[NAMES_OID_MAX];
    int rc = 0;

    if (!fresh)
        from = repo_oid(old);
    if (lock_refs(r, &lock, e) < 0)
        return -1;
    rc = git_reference_create_matching(&made, r->git, ref, &to, !fresh,
                                       fresh ? NULL : &from, NULL);
    if (rc == GIT_ELOCKED && drop_stale(r, ref, e) < 0)
        return -1;
    if (rc == GIT_ELOCKED)
        rc = git_reference_create_matching(&made, r->git, ref, &to, !fresh,
                                           fresh ? NULL : &from, NULL);
    git_reference_free(made);
    if (rc == GIT_EMODIFIED || rc == GIT_EEXISTS || rc == GIT_ELOCKED)
        return err_set(e, ERR_REF_MOVED, "%s", ref);
    if (rc < 0)
        return repo_fail(e, "%s", ref);
    if (sync_folders(r, ref, e) < 0)
        return -1;
    rc = repo_ref(r, ref, now, e);
    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(now, new) != 0)
        return err_set(e, ERR_REF_MOVED, "%s", ref);
    return 0;
}

int repo_ref_drop(struct repo *r, const char *ref, const char *old, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    char now[NAMES_OID_MAX];
    int rc;

    if (lock_refs(r, &lock, e) < 0)
        return -1;
    rc = repo_ref(r, ref, now, e);
    if (rc <= 0)
        return rc;
    if (strcmp(now, old) != 0)
        return err_set(e, ERR_REF_MOVED, "%s", ref);
    if (git_reference_remove(r->git, ref) < 0)
        return repo_fail(e, "%s", ref);
    return sync_folders(r, ref, e);
}

struct ref_row {
    char *name;
    char oid[NAMES_OID_MAX];
};

struct ref_rows {
    struct ref_row *rows;
    size_t count, cap;
};

static void ref_rows_clear(struct ref_rows *l)
{
    for (size_t i = 0; i < l->count; i++)
        mem_free(l->rows[i].name);
    mem_free(l->rows);
}

static int by_name(const void *a, const void *b)
{
    const struct ref_row *x = a;
    const struct ref_row *y = b;

    return strcmp(x->name, y->name);
}

static int collect_refs(struct repo *r, const char *prefix, struct ref_rows *out,
                        struct err *e)
{
    git_reference_iterator *it = NULL;
    git_reference *ref = NULL;
    int rc = git_reference_iterator_new(&it, r->git);

    while (rc == 0 && out->count <= REPO_REFS_MAX &&
           (rc = git_reference_next(&ref, it)) == 0) {
        const char *name = git_reference_name(ref);
        const git_oid *oid = git_reference_target(ref);

        if (oid && str_starts(name, prefix)) {
            mem_grow(&out->rows, &out->cap, out->count + 1, sizeof *out->rows);
            out->rows[out->count].name = mem_dup(name);
            repo_hex(oid, out->rows[out->count].oid);
            out->count++;
        }
        git_reference_free(ref);
    }
    git_reference_iterator_free(it);
    if (out->count > REPO_REFS_MAX)
        return err_set(e, ERR_LIMIT, "%s", prefix);
    return rc == GIT_ITEROVER ? 0 : repo_fail(e, "refs");
}

int repo_refs(struct repo *r, const char *prefix, repo_each_ref *each, void *ctx,
              struct err *e)
{
    AUTO(ref_rows_clear) struct ref_rows l = {0};

    if (collect_refs(r, prefix, &l, e) < 0)
        return -1;
    if (l.count)
        qsort(l.rows, l.count, sizeof *l.rows, by_name);
    for (size_t i = 0; i < l.count; i++)
        if (each(ctx, l.rows[i].name, l.rows[i].oid, e) < 0)
            return -1;
    return 0;
}

int repo_is_ancestor(struct repo *r, const char *old, const char *tip, struct err *e)
{
    git_oid a, b;
    int rc;

    if (!old[0] || strcmp(old, tip) == 0)
        return 1;
    a = repo_oid(old);
    b = repo_oid(tip);
    if (!git_odb_exists(r->odb, &a))
        return 0;
    rc = git_graph_descendant_of(r->git, &b, &a);
    return rc < 0 ? repo_fail(e, "chain of %s", tip) : rc;
}

/* ---- objects ----------------------------------------------------------------------
 */

int repo_object(struct repo *r, const git_oid *oid, git_object_t want, size_t max,
                enum err_code code, git_odb_object **out, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    char hex[NAMES_OID_MAX];
    git_object_t type;
    size_t len;

    repo_hex(oid, hex);
    if (git_odb_read_header(&len, &type, r->odb, oid) < 0) {
        repo_fail(e, "object %s", hex);
        e->code = ERR_BUNDLE_DAMAGED;
        return -1;
    }
    if (type != want || len > max) {
        err_set(e, code, "object %s", hex);
        return err_detail(e, "type %d, %zu bytes", (int)type, len);
    }
    if (git_odb_read(&o, r->odb, oid) < 0) {
        repo_fail(e, "object %s", hex);
        e->code = ERR_BUNDLE_DAMAGED;
        return -1;
    }
    if (git_odb_object_size(o) != len || git_odb_object_type(o) != want)
        return err_set(e, ERR_BUNDLE_DAMAGED, "object %s", hex);
    *out = TAKE(o);
    return 0;
}

int repo_write(struct repo *r, const void *data, size_t len, git_object_t type,
               git_oid *out, struct err *e)
{
    if (git_odb_write(out, r->odb, len ? data : "", len, type) < 0)
        return repo_fail(e, "%s", r->path);
    return 0;
}

/* ---- trees ------------------------------------------------------------------------
 */

static bool name_allowed(const char *name, size_t len)
{
    if (len < 1 || len > 100)
        return false;
    for (size_t i = 0; i < len; i++)
        if (!((name[i] >= 'a' && name[i] <= 'z') ||
              (name[i] >= '0' && name[i] <= '9') || name[i] == '.' || name[i] == '_' ||
              name[i] == '-'))
            return false;
    return !(len == 1 && name[0] == '.') && !(len == 2 && memcmp(name, "..", 2) == 0);
}

int repo_tree_next(const char **p, const char *end, const char **last,
                   struct repo_entry *out, struct err *e)
{
    static const char file_mode[] = "100644 ";
    static const char dir_mode[] = "40000 ";
    size_t left = (size_t)(end - *p);
    const char *name = *p;
    size_t len;
    bool dir = false;

    if (left == 0)
        return 0;
    if (left > sizeof file_mode && memcmp(name, file_mode, sizeof file_mode - 1) == 0) {
        name += sizeof file_mode - 1;
    } else if (left > sizeof dir_mode &&
               memcmp(name, dir_mode, sizeof dir_mode - 1) == 0) {
        name += sizeof dir_mode - 1;
        dir = true;
    } else {
        err_set(e, ERR_BUNDLE_FORM, "tree");
        return err_detail(e, "a mode that is not allowed");
    }
    left = (size_t)(end - name);
    len = strnlen(name, left);
    if (left - len < 1 + GIT_OID_RAWSZ || !name_allowed(name, len)) {
        err_set(e, ERR_BUNDLE_FORM, "tree");
        return err_detail(e, "a name that is not allowed");
    }
    /* Names of ours never are a prefix of one another plus '/', so plain byte order is
     * git's order too. */
    if (*last && strcmp(*last, name) >= 0) {
        err_set(e, ERR_BUNDLE_FORM, "tree");
        return err_detail(e, "names not in order");
    }
    out->dir = dir;
    out->name = name;
    git_oid_fromraw(&out->oid, (const unsigned char *)name + len + 1);
    *last = name;
    *p = name + len + 1 + GIT_OID_RAWSZ;
    return 1;
}

int repo_blob(struct repo *r, const git_oid *oid, struct str *out, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;

    if (repo_object(r, oid, GIT_OBJECT_BLOB, out->max - out->len, ERR_BUNDLE_SIZE, &o,
                    e) < 0)
        return -1;
    str_add_mem(out, git_odb_object_data(o), git_odb_object_size(o));
    return str_check(out, "blob", e);
}

static int file_order(const void *a, const void *b)
{
    const struct repo_file *x = a;
    const struct repo_file *y = b;

    return strcmp(x->path, y->path);
}

#define TREE_DEPTH_MAX 8

/* The tree of @files, whose paths all begin with the same @skip bytes. */
static int write_level(struct repo *r, const struct repo_file *files, size_t count,
                       size_t skip, int depth, git_oid *out, struct err *e)
{
    REPO_AUTO_BUILDER git_treebuilder *t = NULL;

    if (depth > TREE_DEPTH_MAX)
        return err_set(e, ERR_INTERNAL, "tree too deep");
    if (git_treebuilder_new(&t, r->git, NULL) < 0)
        return repo_fail(e, "tree");
    for (size_t i = 0; i < count;) {
        const char *name = files[i].path + skip;
        size_t len = strcspn(name, "/");
        AUTO_STR struct str part = STR_INIT(STR_PATH_MAX);
        size_t same = 1;
        git_oid oid;

        str_add_mem(&part, name, len);
        if (name[len] == '\0') {
            if (repo_write(r, files[i].data, files[i].len, GIT_OBJECT_BLOB, &oid, e) <
                0)
                return -1;
        } else {
            while (i + same < count &&
                   strncmp(files[i + same].path + skip, name, len + 1) == 0)
                same++;
            if (write_level(r, files + i, same, skip + len + 1, depth + 1, &oid, e) < 0)
                return -1;
        }
        if (git_treebuilder_insert(NULL, t, str_text(&part), &oid,
                                   name[len] ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB) <
            0)
            return repo_fail(e, "tree");
        i += same;
    }
    return git_treebuilder_write(out, t) < 0 ? repo_fail(e, "tree") : 0;
}

int repo_tree_write(struct repo *r, struct repo_file *files, size_t count,
                    char tree[NAMES_OID_MAX], struct err *e)
{
    git_oid oid;

    if (count)
        qsort(files, count, sizeof *files, file_order);
    if (write_level(r, files, count, 0, 0, &oid, e) < 0)
        return -1;
    repo_hex(&oid, tree);
    return 0;
}

struct tree_walk {
    struct repo *r;
    size_t left;
    repo_each_file *each;
    void *ctx;
    struct str path;
};

static void tree_walk_clear(struct tree_walk *w)
{
    str_clear(&w->path);
}

static int walk_level(struct tree_walk *w, const git_oid *tree, int depth,
                      struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    struct repo_entry entry;
    const char *p, *end, *last = NULL;
    size_t before = w->path.len;
    int rc;

    if (depth > TREE_DEPTH_MAX)
        return err_set(e, ERR_BUNDLE_FORM, "tree too deep");
    if (repo_object(w->r, tree, GIT_OBJECT_TREE, (size_t)8 << 20, ERR_BUNDLE_FORM, &o,
                    e) < 0)
        return -1;
    p = git_odb_object_data(o);
    end = p + git_odb_object_size(o);
    while ((rc = repo_tree_next(&p, end, &last, &entry, e)) == 1) {
        if (w->left == 0)
            return err_set(e, ERR_BUNDLE_FORM, "too many files");
        w->left--;
        str_addf(&w->path, "%s%s", before ? "/" : "", entry.name);
        if (str_check(&w->path, "tree", e) < 0)
            return -1;
        rc = entry.dir ? walk_level(w, &entry.oid, depth + 1, e)
                       : w->each(w->ctx, w->path.p, &entry.oid, e);
        if (rc < 0)
            return -1;
        w->path.len = before;
        w->path.p[before] = '\0';
    }
    return rc;
}

int repo_tree_each(struct repo *r, const char *tree, size_t files_max,
                   repo_each_file *each, void *ctx, struct err *e)
{
    AUTO(tree_walk_clear)
    struct tree_walk w = {
        .r = r, .left = files_max, .each = each, .ctx = ctx, .path = STR_INIT(1024)};
    git_oid oid = repo_oid(tree);

    return walk_level(&w, &oid, 0, e);
}

/* ---- signed commits ----------------------------------------------------------------
 */

void repo_commit_text(const struct repo_commit *c, struct str *out)
{
    str_addf(out, "tree %s\n", c->tree);
    if (c->parent[0])
        str_addf(out, "parent %s\n", c->parent);
    str_addf(out, "author sohoa <%s@sohoa.invalid> %lld +0000\n", c->author,
             (long long)c->time);
    str_addf(out, "committer sohoa <%s@sohoa.invalid> %lld +0000\n", c->author,
             (long long)c->time);
    str_addf(out, "\n%s", c->message);
}

struct commit_parts {
    git_signature *who;
    git_tree *tree;
    git_commit *parent;
    git_buf text;
};

static void commit_parts_clear(struct commit_parts *p)
{
    git_signature_free(p->who);
    git_tree_free(p->tree);
    git_commit_free(p->parent);
    git_buf_dispose(&p->text);
}

/* The unsigned commit as libgit2 makes it; it must be what repo_commit_text() says. */
static int commit_buffer(struct repo *r, const struct repo_commit *c, struct str *out,
                         struct err *e)
{
    AUTO(commit_parts_clear) struct commit_parts p = {.who = NULL};
    AUTO_STR struct str want = STR_INIT(REPO_COMMIT_MAX);
    git_oid tree = repo_oid(c->tree);
    char mail[NAMES_NODE_MAX + 16];
    const git_commit *parents[1];

    (void)snprintf(mail, sizeof mail, "%s@sohoa.invalid", c->author);
    if (git_signature_new(&p.who, "sohoa", mail, c->time, 0) < 0 ||
        git_tree_lookup(&p.tree, r->git, &tree) < 0)
        return repo_fail(e, "tree %s", c->tree);
    if (c->parent[0]) {
        git_oid parent = repo_oid(c->parent);

        if (git_commit_lookup(&p.parent, r->git, &parent) < 0)
            return repo_fail(e, "commit %s", c->parent);
    }
    parents[0] = p.parent;
    if (git_commit_create_buffer(&p.text, r->git, p.who, p.who, NULL, c->message,
                                 p.tree, p.parent ? 1 : 0, parents) < 0)
        return repo_fail(e, "commit");
    repo_commit_text(c, &want);
    if (want.over || want.len != p.text.size ||
        memcmp(want.p, p.text.ptr, want.len) != 0)
        return err_set(e, ERR_INTERNAL, "commit text");
    str_add_mem(out, p.text.ptr, p.text.size);
    return str_check(out, "commit", e);
}

int repo_commit_write(struct repo *r, const struct repo_commit *c,
                      const struct sign_secret *key, char out[NAMES_OID_MAX],
                      struct err *e)
{
    AUTO_STR struct str plain = STR_INIT(REPO_COMMIT_MAX);
    AUTO_STR struct str armor = STR_INIT(REPO_COMMIT_MAX);
    AUTO_STR struct str text = STR_INIT(REPO_COMMIT_MAX);
    const char *head_end = NULL;
    git_oid oid;

    if (commit_buffer(r, c, &plain, e) < 0)
        return -1;
    sign_sshsig(key, "git", plain.p, plain.len, &armor);
    while (armor.len && armor.p[armor.len - 1] == '\n')
        armor.p[--armor.len] = '\0';
    head_end = strstr(plain.p, "\n\n");
    assert(head_end && armor.len);
    str_add_mem(&text, plain.p, (size_t)(head_end + 1 - plain.p));
    str_add(&text, "gpgsig ");
    for (const char *p = armor.p; *p; p++) {
        str_add_char(&text, *p);
        if (*p == '\n')
            str_add_char(&text, ' ');
    }
    str_add(&text, "\n");
    str_add(&text, head_end + 1);
    if (str_check(&text, "commit", e) < 0 ||
        repo_write(r, text.p, text.len, GIT_OBJECT_COMMIT, &oid, e) < 0)
        return -1;
    repo_hex(&oid, out);
    return 0;
}

static int commit_bad(struct err *e, const char *commit, const char *what)
{
    err_set(e, ERR_BUNDLE_FORM, "commit %s", commit);
    return err_detail(e, "%s", what);
}

/* "word <40 hex>\n" at *@p. */
static bool take_id(const char **p, const char *word, char out[NAMES_OID_MAX])
{
    size_t n = strlen(word);

    if (strncmp(*p, word, n) != 0 || strnlen(*p, n + 41) < n + 41 ||
        (*p)[n + 40] != '\n')
        return false;
    memcpy(out, *p + n, 40);
    out[40] = '\0';
    if (!names_is_oid(out))
        return false;
    *p += n + 41;
    return true;
}

int repo_commit_look(struct repo *r, const char *commit, char tree[NAMES_OID_MAX],
                     char parent[NAMES_OID_MAX], struct str *plain, struct str *armor,
                     struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    git_oid oid = repo_oid(commit);
    const char *text, *p, *sig, *sig_end;
    size_t len;

    if (repo_object(r, &oid, GIT_OBJECT_COMMIT, REPO_COMMIT_MAX, ERR_BUNDLE_FORM, &o,
                    e) < 0)
        return -1;
    text = git_odb_object_data(o); /* libgit2 ends it with a NUL */
    len = git_odb_object_size(o);
    if (strnlen(text, len) != len)
        return commit_bad(e, commit, "NUL");
    p = text;
    if (!take_id(&p, "tree ", tree))
        return commit_bad(e, commit, "tree");
    parent[0] = '\0';
    if (strncmp(p, "parent ", 7) == 0 && !take_id(&p, "parent ", parent))
        return commit_bad(e, commit, "parent");
    if (strncmp(p, "parent ", 7) == 0)
        return commit_bad(e, commit, "more than one parent");
    sig = strstr(p, "\ngpgsig ");
    sig_end = sig ? sig + 1 : NULL;
    if (!sig || sig > strstr(p, "\n\n")) {
        err_set(e, ERR_SIGNATURE, "commit %s", commit);
        return err_detail(e, "not signed");
    }
    str_add_mem(plain, text, (size_t)(sig + 1 - text));
    for (sig_end += 7;; sig_end++) {
        const char *line_end = strchr(sig_end, '\n');

        if (!line_end)
            return commit_bad(e, commit, "signature");
        str_add_mem(armor, sig_end, (size_t)(line_end + 1 - sig_end));
        sig_end = line_end + 1;
        if (*sig_end != ' ')
            break;
    }
    if (*sig_end != '\n')
        return commit_bad(e, commit, "signature is not the last header");
    str_add(plain, sig_end);
    if (str_check(plain, "commit", e) < 0 || str_check(armor, "signature", e) < 0)
        return -1;
    return 0;
}

int repo_commit_verify(struct repo *r, const char *commit,
                       const struct sign_public *key, char tree[NAMES_OID_MAX],
                       char parent[NAMES_OID_MAX], struct err *e)
{
    AUTO_STR struct str plain = STR_INIT(REPO_COMMIT_MAX);
    AUTO_STR struct str armor = STR_INIT(REPO_COMMIT_MAX);

    if (repo_commit_look(r, commit, tree, parent, &plain, &armor, e) < 0)
        return -1;
    if (sign_verify(key, "git", plain.p, plain.len, str_text(&armor), e) < 0)
        return err_push(e, "commit %s", commit);
    return 0;
}

int repo_chain(struct repo *r, const char *tip, const char *stop, size_t max,
               char (**out)[NAMES_OID_MAX], size_t *count, struct err *e)
{
    AUTO_MEM char(*list)[NAMES_OID_MAX] = NULL;
    char at[NAMES_OID_MAX];
    size_t n = 0, cap = 0;

    (void)snprintf(at, sizeof at, "%s", tip);
    while (at[0] && strcmp(at, stop) != 0) {
        AUTO_STR struct str plain = STR_INIT(REPO_COMMIT_MAX);
        AUTO_STR struct str armor = STR_INIT(REPO_COMMIT_MAX);
        char tree[NAMES_OID_MAX], parent[NAMES_OID_MAX];

        if (n >= max)
            return err_set(e, ERR_LIMIT, "chain of %s", tip);
        if (repo_commit_look(r, at, tree, parent, &plain, &armor, e) < 0)
            return -1;
        mem_grow(&list, &cap, n + 1, sizeof *list);
        memcpy(list[n++], at, sizeof at);
        memcpy(at, parent, sizeof at);
    }
    *out = TAKE(list);
    *count = n;
    return strcmp(at, stop) == 0;
}
