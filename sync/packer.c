/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/packer.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/deflate.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define CHUNK      ((size_t)1 << 16)
#define DEPTH_MAX  16
#define HEAD_MAX   32 /* "commit 12345678": type and size in front of a loose object */
#define SHRUNK_PCT 97

/* ---- which objects ----------------------------------------------------------------
 */

struct list {
    git_oid *ids;
    size_t count, cap;
};

static void list_clear(struct list *l)
{
    mem_free(l->ids);
}

static int add(struct list *l, const git_oid *id, struct err *e)
{
    if (l->count == PACKER_OBJECTS_MAX)
        return err_set(e, ERR_LIMIT, "%s", "objects of a pack");
    mem_grow(&l->ids, &l->cap, l->count + 1, sizeof *l->ids);
    l->ids[l->count++] = *id;
    return 0;
}

static void tree_auto(git_tree **t)
{
    git_tree_free(*t);
}

static void commit_auto(git_commit **c)
{
    git_commit_free(*c);
}

static int add_tree(struct list *l, git_repository *g, const git_oid *id,
                    const git_oid *was, int depth, struct err *e);

/* What is at the same place with the same name as in @was is there already. */
static int add_entry(struct list *l, git_repository *g, const git_tree_entry *entry,
                     const git_tree *was, int depth, struct err *e)
{
    const git_tree_entry *before =
        was ? git_tree_entry_byname(was, git_tree_entry_name(entry)) : NULL;
    const git_oid *id = git_tree_entry_id(entry);

    if (before && git_oid_equal(git_tree_entry_id(before), id))
        return 0;
    if (git_tree_entry_type(entry) != GIT_OBJECT_TREE)
        return add(l, id, e);
    if (before && git_tree_entry_type(before) != GIT_OBJECT_TREE)
        before = NULL;
    return add_tree(l, g, id, before ? git_tree_entry_id(before) : NULL, depth - 1, e);
}

static int add_tree(struct list *l, git_repository *g, const git_oid *id,
                    const git_oid *was, int depth, struct err *e)
{
    AUTO(tree_auto) git_tree *tree = NULL;
    AUTO(tree_auto) git_tree *old = NULL;

    if (depth == 0)
        return err_set(e, ERR_LIMIT, "%s", "depth of a tree");
    if (git_tree_lookup(&tree, g, id) < 0 || (was && git_tree_lookup(&old, g, was) < 0))
        return repo_fail(e, "request");
    if (add(l, id, e) < 0)
        return -1;
    for (size_t i = 0; i < git_tree_entrycount(tree); i++)
        if (add_entry(l, g, git_tree_entry_byindex(tree, i), old, depth, e) < 0)
            return -1;
    return 0;
}

static int add_commit(struct list *l, git_repository *g, const git_oid *id,
                      struct err *e)
{
    AUTO(commit_auto) git_commit *c = NULL;
    AUTO(commit_auto) git_commit *parent = NULL;
    const git_oid *tree, *was = NULL;

    if (git_commit_lookup(&c, g, id) < 0 ||
        (git_commit_parentcount(c) > 0 && git_commit_parent(&parent, c, 0) < 0))
        return repo_fail(e, "request");
    tree = git_commit_tree_id(c);
    was = parent ? git_commit_tree_id(parent) : NULL;
    if (add(l, id, e) < 0)
        return -1;
    return was && git_oid_equal(tree, was) ? 0
                                           : add_tree(l, g, tree, was, DEPTH_MAX, e);
}

static int order(const void *a, const void *b)
{
    return git_oid_cmp(a, b);
}

/* A pack has no object twice. */
static void sort_out(struct list *l)
{
    size_t n = 0;

    if (l->count == 0)
        return;
    qsort(l->ids, l->count, sizeof *l->ids, order);
    for (size_t i = 1; i < l->count; i++)
        if (!git_oid_equal(&l->ids[i], &l->ids[n]))
            l->ids[++n] = l->ids[i];
    l->count = n + 1;
}

static int find_all(struct list *l, struct repo *r, const char *old, const char *new,
                    struct err *e)
{
    REPO_AUTO_WALK git_revwalk *walk = NULL;
    git_oid to = repo_oid(new), from, id;
    int rc;

    if (git_revwalk_new(&walk, repo_git(r)) < 0 || git_revwalk_push(walk, &to) < 0)
        return repo_fail(e, "request");
    if (old[0]) {
        from = repo_oid(old);
        if (git_revwalk_hide(walk, &from) < 0)
            return repo_fail(e, "request");
    }
    while ((rc = git_revwalk_next(&id, walk)) == 0)
        if (add_commit(l, repo_git(r), &id, e) < 0)
            return -1;
    if (rc != GIT_ITEROVER)
        return repo_fail(e, "request");
    sort_out(l);
    return 0;
}

/* ---- the pack ---------------------------------------------------------------------
 */

struct packer {
    struct repo *r;
    packer_sink *sink;
    void *ctx;
    struct hash *sum; /* of the pack */
    struct deflate_in *in;
    struct deflate_out *small, *stored;
    struct hash *name; /* of the object; view */
    unsigned char *buf;
};

static void packer_clear(struct packer *p)
{
    hash_free(p->sum);
    deflate_in_free(p->in);
    deflate_out_free(p->small);
    deflate_out_free(p->stored);
    mem_free(p->buf);
}

static int put(struct packer *p, const void *data, size_t len, struct err *e)
{
    hash_add(p->sum, data, len);
    return p->sink(p->ctx, data, len, e);
}

static int put_head(struct packer *p, git_object_t type, uint64_t size, struct err *e)
{
    unsigned char head[16];
    size_t n = 0;
    unsigned c = (unsigned)type << 4 | (unsigned)(size & 15);

    for (size >>= 4; size > 0; size >>= 7) {
        head[n++] = (unsigned char)(c | 0x80);
        c = (unsigned)(size & 0x7f);
    }
    head[n++] = (unsigned char)c;
    return put(p, head, n, e);
}

static int put_some(struct packer *p, struct deflate_out *to, const void *data,
                    size_t len, bool last, struct err *e)
{
    const void *out;
    size_t made;

    deflate_out_add(to, data, len, last);
    for (;;) {
        deflate_out_step(to, &out, &made);
        if (made == 0)
            return 0;
        if (put(p, out, made, e) < 0)
            return -1;
    }
}

static int damaged(struct err *e, const git_oid *id)
{
    char hex[NAMES_OID_MAX];

    repo_hex(id, hex);
    return err_set(e, ERR_BUNDLE_DAMAGED, "object %s", hex);
}

/* One that lies in a pack: whole. The library proves its name. */
static int put_packed(struct packer *p, const git_oid *id, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;

    if (git_odb_read(&o, repo_odb(p->r), id) < 0)
        return repo_fail(e, "request");
    deflate_out_reset(p->small);
    if (put_head(p, git_odb_object_type(o), git_odb_object_size(o), e) < 0)
        return -1;
    return put_some(p, p->small, git_odb_object_data(o), git_odb_object_size(o), true,
                    e);
}

/* ---- a loose object: its file is one zlib stream of "<type> <size>" NUL <bytes> ----
 */

struct loose {
    int fd;
    const git_oid *id;
    uint64_t stored; /* bytes of the file */
    git_object_t type;
    uint64_t size, done;
    struct deflate_out *to;
};

/* 1 and @used: how long the head is; 0: it is none. */
static int read_head(const char *text, size_t len, struct loose *o, size_t *used)
{
    char head[HEAD_MAX], *space;
    const char *end = memchr(text, '\0', len < HEAD_MAX ? len : HEAD_MAX);
    int64_t size;

    if (!end)
        return 0;
    memcpy(head, text, (size_t)(end - text) + 1);
    space = strchr(head, ' ');
    if (!space || !num_parse(space + 1, 0, INT64_MAX, &size))
        return 0;
    *space = '\0';
    o->type = git_object_string2type(head);
    o->size = (uint64_t)size;
    *used = (size_t)(end - text) + 1;
    return o->type == GIT_OBJECT_COMMIT || o->type == GIT_OBJECT_TREE ||
           o->type == GIT_OBJECT_BLOB;
}

/* What came out of the file: the head, then the object. */
static int put_piece(struct packer *p, struct loose *o, const char *data, size_t len,
                     struct err *e)
{
    size_t used = 0;

    hash_add(p->name, data, len);
    if (!o->to) {
        if (!read_head(data, len, o, &used))
            return damaged(e, o->id);
        o->to = o->stored >= o->size / 100 * SHRUNK_PCT ? p->stored : p->small;
        deflate_out_reset(o->to);
        if (put_head(p, o->type, o->size, e) < 0)
            return -1;
    }
    o->done += len - used;
    if (o->done > o->size)
        return damaged(e, o->id);
    return put_some(p, o->to, data + used, len - used, false, e);
}

/* 1 the stream ended, 0 it goes on, -1. */
static int put_read(struct packer *p, struct loose *o, size_t len, struct err *e)
{
    size_t at = 0;

    while (at < len) {
        size_t used = 0, made = 0;
        int rc = deflate_in_step(p->in, p->buf + at, len - at, &used, &made);

        if (rc < 0 || (rc == 0 && used == 0 && made == 0))
            return damaged(e, o->id);
        if (made > 0 && put_piece(p, o, deflate_in_view(p->in), made, e) < 0)
            return -1;
        if (rc == 1)
            return 1;
        at += used;
    }
    return 0;
}

static int put_stream(struct packer *p, struct loose *o, const char *path,
                      struct err *e)
{
    int rc = 0;

    while (rc == 0) {
        ssize_t n = fs_read_some(o->fd, p->buf, CHUNK, path, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return damaged(e, o->id);
        rc = put_read(p, o, (size_t)n, e);
    }
    return rc < 0 ? -1 : 0;
}

static int put_loose(struct packer *p, struct loose *o, const char *path, struct err *e)
{
    AUTO_HASH struct hash *name = hash_new_git();
    git_oid is;
    struct stat st;

    if (fstat(o->fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    o->stored = (uint64_t)st.st_size;
    p->name = name;
    deflate_in_reset(p->in);
    if (put_stream(p, o, path, e) < 0)
        return -1;
    hash_end_git(name, is.id);
    if (!o->to || o->done != o->size || !git_oid_equal(&is, o->id))
        return damaged(e, o->id);
    return put_some(p, o->to, "", 0, true, e);
}

static int put_object(struct packer *p, const git_oid *id, struct err *e)
{
    char hex[NAMES_OID_MAX];
    AUTO_MEM char *path = NULL;
    struct loose o = {.id = id};
    struct err none = ERR_INIT; /* then it lies in a pack, or the library says why */
    AUTO_FD int fd = -1;

    repo_hex(id, hex);
    path = mem_printf("%sobjects/%.2s/%s", repo_path(p->r), hex, hex + 2);
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, &none);
    if (fd < 0)
        return put_packed(p, id, e);
    o.fd = fd;
    return put_loose(p, &o, path, e);
}

static int put_all(struct packer *p, const struct list *l, struct err *e)
{
    unsigned char head[12] = {'P', 'A', 'C', 'K', 0, 0, 0, 2};
    unsigned char sum[HASH_GIT_LEN];

    for (size_t i = 0; i < 4; i++)
        head[8 + i] = (unsigned char)(l->count >> (24 - 8 * i) & 255);
    if (put(p, head, sizeof head, e) < 0)
        return -1;
    for (size_t i = 0; i < l->count; i++)
        if (put_object(p, &l->ids[i], e) < 0)
            return -1;
    hash_end_git(p->sum, sum);
    return p->sink(p->ctx, sum, sizeof sum, e);
}

int packer_write(struct repo *r, const char *old, const char *new, packer_sink *sink,
                 void *ctx, struct err *e)
{
    AUTO(list_clear) struct list l = {.ids = NULL};
    AUTO(packer_clear)
    struct packer p = {.r = r,
                       .sink = sink,
                       .ctx = ctx,
                       .sum = hash_new_git(),
                       .in = deflate_in_new(),
                       .small = deflate_out_new(true),
                       .stored = deflate_out_new(false),
                       .buf = mem_new(1, CHUNK)};

    return find_all(&l, r, old, new, e) < 0 ? -1 : put_all(&p, &l, e);
}
