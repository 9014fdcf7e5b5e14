/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/mirror.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/names.h"
#include "sync/repo.h"

#define FILE_MAX ((uint64_t)1 << 42)
#define PACKS    "objects/pack"

char *mirror_place(const char *folder, const char *code, const char *valid_from)
{
    return fs_pathf(folder, "communes/%s-%s/repo.git", code, valid_from);
}

/* ---- files ------------------------------------------------------------------------
 */

struct walk {
    struct repo *from;
    const char *to;
    struct mirror_sum *sum;
    mirror_differs *each; /* for a check */
    void *ctx;
};

/* Dropped from memory first, so that it is the disk that answers. */
static int hash_on_disk(int fd, const char *path, char hex[HASH_HEX], struct err *e)
{
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return hash_file(path, hex, NULL, e);
}

static int copy_file(struct walk *w, const char *name, struct err *e)
{
    AUTO_MEM char *source = fs_path(repo_path(w->from), name);
    AUTO_MEM char *dest = fs_path(w->to, name);
    AUTO_MEM char *dir = fs_dirname(dest);
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    AUTO_HASH struct hash *h = hash_new();
    char want[HASH_HEX], got[HASH_HEX];
    uint64_t bytes = 0;
    AUTO_FD int fd = fs_open(source, O_RDONLY | O_NOFOLLOW, 0, e);

    if (fd < 0 || fs_tmp_open(&t, dir, e) < 0 ||
        fs_copy(fd, name, &t, FILE_MAX, h, &bytes, e) < 0 ||
        fs_sync(t.fd, dest, e) < 0 || hash_on_disk(t.fd, t.path, got, e) < 0)
        return -1;
    hash_end(h, want);
    if (strcmp(got, want) != 0) {
        err_set(e, ERR_COPY, "%s", dest);
        return err_detail(e, "it reads back otherwise");
    }
    if (fs_tmp_commit(&t, dest, e) < 0)
        return -1;
    w->sum->files++;
    w->sum->bytes += (int64_t)bytes;
    return 0;
}

/* Names of packs and objects say what is in them: one that is there whole stays. */
static bool is_there(const struct walk *w, const char *name)
{
    AUTO_MEM char *source = fs_path(repo_path(w->from), name);
    AUTO_MEM char *dest = fs_path(w->to, name);
    struct stat a, b;

    return stat(source, &a) == 0 && lstat(dest, &b) == 0 && S_ISREG(b.st_mode) &&
           a.st_size == b.st_size;
}

static int take_file(struct walk *w, const char *name, struct err *e)
{
    return is_there(w, name) ? 0 : copy_file(w, name, e);
}

static int compare_file(struct walk *w, const char *name, struct err *e)
{
    AUTO_MEM char *source = fs_path(repo_path(w->from), name);
    AUTO_MEM char *dest = fs_path(w->to, name);
    char here[HASH_HEX], there[HASH_HEX] = "";
    struct err why = ERR_INIT;
    AUTO_FD int fd = fs_open(dest, O_RDONLY | O_NOFOLLOW, 0, &why);

    if (hash_file(source, here, NULL, e) < 0)
        return -1;
    if (fd >= 0 && hash_on_disk(fd, dest, there, &why) == 0 && strcmp(here, there) == 0)
        return 0;
    return w->each(w->ctx, name, e);
}

/* A pack counts once its index is there: packs go first. Everything else in the folder
 * (an index over many packs, marks, what killed writers left) can be made anew. */
static bool is_wanted(const char *name, bool packs, bool indexes)
{
    if (!str_starts(name, "pack-"))
        return !packs && !indexes && hash_is_hex(name, 38);
    return (packs && str_ends(name, ".pack")) || (indexes && str_ends(name, ".idx"));
}

typedef int visit_fn(struct walk *w, const char *name, struct err *e);

static int each_in(struct walk *w, const char *folder, bool packs, bool indexes,
                   visit_fn *visit, struct err *e)
{
    AUTO_MEM char *path = fs_path(repo_path(w->from), folder);
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(path))
        return 0; /* git removes folders that are empty */
    if (fs_list(path, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *name = fs_path(folder, l.names[i]);

        if (is_wanted(l.names[i], packs, indexes) && visit(w, name, e) < 0)
            return -1;
    }
    return 0;
}

static int each_object_file(struct walk *w, visit_fn *visit, struct err *e)
{
    if (each_in(w, PACKS, true, false, visit, e) < 0 ||
        each_in(w, PACKS, false, true, visit, e) < 0)
        return -1;
    for (unsigned i = 0; i < 256; i++) {
        char folder[16];

        (void)snprintf(folder, sizeof folder, "objects/%02x", i);
        if (each_in(w, folder, false, false, visit, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- refs -------------------------------------------------------------------------
 */

struct tip {
    char ref[NAMES_REF_MAX];
    char oid[NAMES_OID_MAX];
};

struct tips {
    struct tip *rows; /* owned */
    size_t count, cap;
};

static void tips_clear(struct tips *t)
{
    mem_free(t->rows);
}
#define AUTO_TIPS AUTO(tips_clear)

static int add_tip(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct tips *t = ctx;

    if (strlen(ref) >= NAMES_REF_MAX || strlen(oid) >= NAMES_OID_MAX)
        return err_set(e, ERR_REPO, "%s", ref);
    mem_grow(&t->rows, &t->cap, t->count + 1, sizeof *t->rows);
    memcpy(t->rows[t->count].ref, ref, strlen(ref) + 1);
    memcpy(t->rows[t->count].oid, oid, strlen(oid) + 1);
    t->count++;
    return 0;
}

/* 1: the copy has all of them; 0; -1. */
static int has_all(struct repo *copy, const struct tips *t, struct err *e)
{
    for (size_t i = 0; i < t->count; i++) {
        char at[NAMES_OID_MAX];
        int rc = repo_ref(copy, t->rows[i].ref, at, e);

        if (rc < 0)
            return -1;
        if (rc == 0 || strcmp(at, t->rows[i].oid) != 0)
            return 0;
    }
    return 1;
}

static int move_ref(struct walk *w, struct repo *copy, const struct tip *t,
                    struct err *e)
{
    char at[NAMES_OID_MAX] = "";
    int rc = repo_ref(copy, t->ref, at, e);

    if (rc < 0)
        return -1;
    if (strcmp(at, t->oid) == 0)
        return 0;
    rc = repo_is_ancestor(w->from, at, t->oid, e);
    if (rc < 0)
        return -1;
    if (rc == 0) { /* an older disk was put in the place of this one */
        err_set(e, ERR_COPY, "%s", t->ref);
        return err_detail(e, "the copy has what this disk has not");
    }
    return repo_ref_move(copy, t->ref, at, t->oid, e);
}

static bool is_made(const char *to)
{
    AUTO_MEM char *head = fs_path(to, "HEAD");

    return fs_exists(head);
}

/* The refs as they were before the first file was looked at. */
static int move_refs(struct walk *w, const struct tips *t, struct err *e)
{
    AUTO_REPO struct repo *copy = NULL;

    if (repo_open(w->to, &copy, e) < 0)
        return -1;
    for (size_t i = 0; i < t->count; i++)
        if (move_ref(w, copy, &t->rows[i], e) < 0)
            return -1;
    return repo_sweep(copy, REPO_LITTER_NONE, e);
}

/* ---- the copy ---------------------------------------------------------------------
 */

static int is_current(const char *to, const struct tips *t, struct err *e)
{
    AUTO_REPO struct repo *copy = NULL;

    if (!is_made(to))
        return 0;
    return repo_open(to, &copy, e) < 0 ? -1 : has_all(copy, t, e);
}

static int make(const char *to, struct err *e)
{
    return is_made(to) ? 0 : repo_create(to, REPO_ARCHIVE, e);
}

int mirror_update(struct repo *from, const char *to, struct mirror_sum *sum,
                  struct err *e)
{
    AUTO_TIPS struct tips tips = {0};
    struct walk w = {.from = from, .to = to, .sum = sum};
    int rc = repo_refs(from, "refs/", add_tip, &tips, e);

    if (rc < 0)
        return -1;
    rc = is_current(to, &tips, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    if (make(to, e) < 0 || each_object_file(&w, take_file, e) < 0)
        return -1;
    return move_refs(&w, &tips, e);
}

/* A file of the copy that the repository has no longer. An index goes before its pack:
 * half of a pair is passed over by git. */
static int drop_in(struct walk *w, const char *folder, bool packs, bool indexes,
                   int64_t *removed, struct err *e)
{
    AUTO_MEM char *path = fs_path(w->to, folder);
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(path))
        return 0;
    if (fs_list(path, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *here = fs_pathf(repo_path(w->from), "%s/%s", folder, l.names[i]);
        AUTO_MEM char *there = fs_path(path, l.names[i]);

        if (!is_wanted(l.names[i], packs, indexes) || fs_exists(here))
            continue;
        if (fs_unlink(there, e) < 0)
            return -1;
        (*removed)++;
    }
    return 0;
}

static int drop_replaced(struct walk *w, int64_t *removed, struct err *e)
{
    if (drop_in(w, PACKS, false, true, removed, e) < 0 ||
        drop_in(w, PACKS, true, false, removed, e) < 0)
        return -1;
    for (unsigned i = 0; i < 256; i++) {
        char folder[16];

        (void)snprintf(folder, sizeof folder, "objects/%02x", i);
        if (drop_in(w, folder, false, false, removed, e) < 0)
            return -1;
    }
    return 0;
}

int mirror_tidy(struct repo *from, const char *to, struct mirror_sum *sum,
                int64_t *removed, struct err *e)
{
    struct walk w = {.from = from, .to = to, .sum = sum};
    int64_t gone = 0;
    int rc;

    if (mirror_update(from, to, sum, e) < 0 || each_object_file(&w, take_file, e) < 0)
        return -1;
    rc = mirror_holds(from, to, "refs/", e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_COPY, "%s", to);
    if (drop_replaced(&w, &gone, e) < 0)
        return -1;
    if (removed)
        *removed = gone;
    return 0;
}

int mirror_holds(struct repo *from, const char *to, const char *prefix, struct err *e)
{
    AUTO_TIPS struct tips tips = {0};

    if (repo_refs(from, prefix, add_tip, &tips, e) < 0)
        return -1;
    return is_current(to, &tips, e);
}

int mirror_check(struct repo *from, const char *to, mirror_differs *each, void *ctx,
                 struct err *e)
{
    struct walk w = {.from = from, .to = to, .each = each, .ctx = ctx};

    return each_object_file(&w, compare_file, e);
}
