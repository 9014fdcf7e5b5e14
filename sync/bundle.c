/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/bundle.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/sign.h"
#include "node/base/str.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define FILE_MANIFEST "manifest.json"
#define FILE_META     "meta.jsonl"
#define DIR_OBJECTS   "obj"
#define TREE_BYTES    ((size_t)8 << 20)
#define LEAF_MAX      (HASH_HEX + 8) /* <64 hex>.<4 digits> */
#define MESSAGE_MAX   1024

/* ---- cutting ----------------------------------------------------------------------
 */

static bool is_meta(const struct manifest_object *o)
{
    return strcmp(o->role, ROLE_META) == 0;
}

int bundle_plan(const struct manifest_object *objects, size_t count, int64_t max_bytes,
                struct bundle_cut **cuts, size_t *cut_count, struct err *e)
{
    AUTO_MEM struct bundle_cut *list = NULL;
    struct bundle_cut now = {.first = 0};
    size_t n = 0, cap = 0;
    int64_t room = max_bytes;

    assert(max_bytes >= BUNDLE_WHOLE_MAX && max_bytes <= BUNDLE_BYTES_MAX);
    for (size_t i = 0; i < count; i++) {
        int64_t parts = manifest_parts_of(objects[i].size, objects[i].role);
        int64_t steps = parts ? parts : 1;

        if (objects[i].size < 0 ||
            objects[i].size >
                (is_meta(&objects[i]) ? MANIFEST_META_MAX : MANIFEST_OBJECT_BYTES))
            return err_set(e, ERR_BUNDLE_SIZE, "object %s", objects[i].sha256);
        for (int64_t k = 0; k < steps; k++) {
            int64_t size =
                parts ? manifest_part_size(objects[i].size, k) : objects[i].size;
            bool full = now.end - now.first >= MANIFEST_OBJECTS_MAX;

            /* a meta object may be larger than a small test limit: alone it passes */
            if (now.end > now.first && (size > room || full)) {
                mem_grow(&list, &cap, n + 1, sizeof *list);
                list[n++] = now;
                now = (struct bundle_cut){.first = i, .end = i, .first_part = k};
                room = max_bytes;
            }
            room -= size;
            now.end = i + 1;
            now.end_part = k + 1 < steps ? k + 1 : 0;
        }
    }
    mem_grow(&list, &cap, n + 1, sizeof *list);
    list[n++] = now;
    *cuts = TAKE(list);
    *cut_count = n;
    return 0;
}

void bundle_take(struct manifest *m, const struct manifest_object *objects,
                 const struct bundle_cut *cut)
{
    for (size_t i = cut->first; i < cut->end; i++) {
        struct manifest_object *o = manifest_add_object(m);
        int64_t parts = manifest_parts_of(objects[i].size, objects[i].role);
        int64_t from = i == cut->first ? cut->first_part : 0;
        int64_t to = i + 1 == cut->end && cut->end_part ? cut->end_part : parts;

        *o = objects[i];
        o->parts = NULL;
        o->part_count = 0;
        if (parts == 0)
            continue;
        o->part_count = (size_t)(to - from);
        o->parts = mem_new(o->part_count, sizeof *o->parts);
        for (size_t k = 0; k < o->part_count; k++) {
            o->parts[k].n = from + (int64_t)k;
            o->parts[k].size = manifest_part_size(o->size, o->parts[k].n);
        }
    }
}

/* ---- leaves: what the tree holds below obj/ -----------------------------------------
 */

struct leaf {
    char name[LEAF_MAX];
    char git[NAMES_OID_MAX];
    char sha256[HASH_HEX];
    int64_t size;
};

struct leaves {
    struct leaf *list;
    size_t count, cap;
    const struct manifest_object *meta; /* view into the manifest, NULL: none */
};

static void leaves_clear(struct leaves *l)
{
    mem_free(l->list);
}

static int leaf_order(const void *a, const void *b)
{
    const struct leaf *x = a;
    const struct leaf *y = b;

    return strcmp(x->name, y->name);
}

static void add_leaf(struct leaves *l, const char *object, int64_t part,
                     const char *git, const char *sha256, int64_t size)
{
    struct leaf *f;

    mem_grow(&l->list, &l->cap, l->count + 1, sizeof *l->list);
    f = &l->list[l->count++];
    *f = (struct leaf){.size = size};
    if (part < 0)
        (void)snprintf(f->name, sizeof f->name, "%s", object);
    else
        (void)snprintf(f->name, sizeof f->name, "%s.%04lld", object, (long long)part);
    (void)snprintf(f->git, sizeof f->git, "%s", git);
    (void)snprintf(f->sha256, sizeof f->sha256, "%s", sha256);
}

/* The leaves of a manifest in tree order; an object that is listed twice is one leaf,
 * and both rows must say the same of it. */
static int list_leaves(const struct manifest *m, struct leaves *l, struct err *e)
{
    size_t kept = 0;

    for (size_t i = 0; i < m->object_count; i++) {
        const struct manifest_object *o = &m->objects[i];

        if (is_meta(o))
            l->meta = o;
        else if (o->part_count == 0)
            add_leaf(l, o->sha256, -1, o->git, o->sha256, o->size);
        for (size_t k = 0; k < o->part_count; k++)
            add_leaf(l, o->sha256, o->parts[k].n, o->parts[k].git, o->parts[k].sha256,
                     o->parts[k].size);
    }
    if (l->count)
        qsort(l->list, l->count, sizeof *l->list, leaf_order);
    for (size_t i = 0; i < l->count; i++) {
        const struct leaf *f = &l->list[i];
        const struct leaf *last = kept ? &l->list[kept - 1] : NULL;

        if (last && strcmp(last->name, f->name) == 0) {
            if (strcmp(last->git, f->git) != 0 ||
                strcmp(last->sha256, f->sha256) != 0 || last->size != f->size) {
                err_set(e, ERR_MANIFEST, "manifest");
                return err_detail(e, "object %s twice, not alike", f->name);
            }
            continue;
        }
        l->list[kept++] = *f;
    }
    l->count = kept;
    return 0;
}

/* ---- the commit's words
 * -------------------------------------------------------------- */

static void message_of(const struct manifest *m, const char *sha256, struct str *out)
{
    str_addf(out, "sohoa %s %lld/%lld\n\n", names_class(m->cls), (long long)m->epoch,
             (long long)m->seq);
    str_addf(out, "Node: %s\n", m->node);
    str_addf(out, "Epoch: %lld\n", (long long)m->epoch);
    str_addf(out, "Class: %s\n", names_class(m->cls));
    str_addf(out, "Seq: %lld\n", (long long)m->seq);
    str_addf(out, "Manifest-SHA256: %s\n", sha256);
    if (m->prev[0])
        str_addf(out, "Prev-Manifest-SHA256: %s\n", m->prev);
}

/* ---- writing
 * -------------------------------------------------------------------------- */

struct writing {
    struct repo *r;
    struct manifest *m;
    const struct sign_secret *key;
    char *slice; /* room for one blob */
    size_t slice_room;
};

static void writing_clear(struct writing *w)
{
    mem_free(w->slice);
}

static int damaged(struct err *e, const char *object, const char *what)
{
    err_set(e, ERR_BUNDLE_DAMAGED, "object %s", object);
    return err_detail(e, "%s", what);
}

struct reader {
    int fd; /* -1: memory */
    const char *name;
    const char *data;
    size_t left; /* of memory */
};

/* Exactly @len bytes; fewer is damage. */
static int reader_take(struct reader *in, void *buf, size_t len, const char *object,
                       struct err *e)
{
    char *p = buf;

    if (in->fd < 0) {
        if (in->left < len)
            return damaged(e, object, "too short");
        if (len)
            memcpy(buf, in->data, len);
        in->data += len;
        in->left -= len;
        return 0;
    }
    while (len > 0) {
        ssize_t n = fs_read_some(in->fd, p, len, in->name, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return damaged(e, object, "too short");
        p += n;
        len -= (size_t)n;
    }
    return 0;
}

static int reader_ends(struct reader *in, const char *object, struct err *e)
{
    char c;
    ssize_t n = in->fd < 0 ? (in->left > 0) : fs_read_some(in->fd, &c, 1, in->name, e);

    if (n < 0)
        return -1;
    return n == 0 ? 0 : damaged(e, object, "too long");
}

static int write_slice(struct writing *w, size_t len, char git[NAMES_OID_MAX],
                       struct err *e)
{
    git_oid oid;

    if (repo_write(w->r, w->slice, len, GIT_OBJECT_BLOB, &oid, e) < 0)
        return -1;
    repo_hex(&oid, git);
    return 0;
}

/* Read an object whole, in slices of a part's size when it is cut; write what this
 * bundle takes of it; compare the whole with its name. */
static int write_object(struct writing *w, struct manifest_object *o, struct reader *in,
                        struct err *e)
{
    AUTO_HASH struct hash *whole = hash_new();
    int64_t parts = manifest_parts_of(o->size, o->role);
    char hex[HASH_HEX];

    for (int64_t k = 0; k < (parts ? parts : 1); k++) {
        size_t len = (size_t)(parts ? manifest_part_size(o->size, k) : o->size);
        struct manifest_part *part = NULL;

        assert(len <= w->slice_room);
        if (reader_take(in, w->slice, len, o->sha256, e) < 0)
            return -1;
        hash_add(whole, w->slice, len);
        if (parts && o->part_count && k >= o->parts[0].n &&
            k < o->parts[0].n + (int64_t)o->part_count)
            part = &o->parts[k - o->parts[0].n];
        if (part) {
            hash_bytes(w->slice, len, part->sha256);
            if (write_slice(w, len, part->git, e) < 0)
                return -1;
        } else if (!parts && write_slice(w, len, o->git, e) < 0) {
            return -1;
        }
    }
    hash_end(whole, hex);
    if (reader_ends(in, o->sha256, e) < 0)
        return -1;
    return strcmp(hex, o->sha256) == 0 ? 0 : damaged(e, o->sha256, "other content");
}

static int write_objects(struct writing *w, const struct bundle_source *sources,
                         struct err *e)
{
    for (size_t i = 0; i < w->m->object_count; i++) {
        const struct bundle_source *s = &sources[i];
        struct reader in = {.fd = -1, .data = s->data, .left = s->len};
        AUTO_FD int fd = -1;

        if (s->path) {
            fd = fs_open(s->path, O_RDONLY | O_NOFOLLOW, 0, e);
            if (fd < 0)
                return -1;
            in.fd = fd;
            in.name = s->path;
        }
        if (write_object(w, &w->m->objects[i], &in, e) < 0)
            return -1;
    }
    return 0;
}

static int tree_add(git_treebuilder *t, const char *name, const char *git, bool dir,
                    struct err *e)
{
    git_oid oid = repo_oid(git);

    if (git_treebuilder_insert(NULL, t, name, &oid,
                               dir ? GIT_FILEMODE_TREE : GIT_FILEMODE_BLOB) < 0)
        return repo_fail(e, "tree");
    return 0;
}

static int tree_end(git_treebuilder *t, char git[NAMES_OID_MAX], struct err *e)
{
    git_oid oid;

    if (git_treebuilder_write(&oid, t) < 0)
        return repo_fail(e, "tree");
    repo_hex(&oid, git);
    return 0;
}

/* obj/xx for the leaves from @i that begin with the same two digits. */
static int write_fan(struct writing *w, const struct leaves *l, size_t *i,
                     git_treebuilder *objects, struct err *e)
{
    REPO_AUTO_BUILDER git_treebuilder *t = NULL;
    char fan[3] = {l->list[*i].name[0], l->list[*i].name[1], '\0'};
    char git[NAMES_OID_MAX];

    if (git_treebuilder_new(&t, repo_git(w->r), NULL) < 0)
        return repo_fail(e, "tree");
    for (; *i < l->count && memcmp(l->list[*i].name, fan, 2) == 0; (*i)++)
        if (tree_add(t, l->list[*i].name, l->list[*i].git, false, e) < 0)
            return -1;
    if (tree_end(t, git, e) < 0)
        return -1;
    return tree_add(objects, fan, git, true, e);
}

static int write_tree(struct writing *w, const char *manifest_git,
                      char git[NAMES_OID_MAX], struct err *e)
{
    AUTO(leaves_clear) struct leaves l = {.list = NULL};
    REPO_AUTO_BUILDER git_treebuilder *root = NULL;
    REPO_AUTO_BUILDER git_treebuilder *objects = NULL;
    char sub[NAMES_OID_MAX];

    if (list_leaves(w->m, &l, e) < 0)
        return -1;
    if (git_treebuilder_new(&root, repo_git(w->r), NULL) < 0 ||
        git_treebuilder_new(&objects, repo_git(w->r), NULL) < 0)
        return repo_fail(e, "tree");
    for (size_t i = 0; i < l.count;)
        if (write_fan(w, &l, &i, objects, e) < 0)
            return -1;
    if (l.count && (tree_end(objects, sub, e) < 0 ||
                    tree_add(root, DIR_OBJECTS, sub, true, e) < 0))
        return -1;
    if (l.meta && tree_add(root, FILE_META, l.meta->git, false, e) < 0)
        return -1;
    if (tree_add(root, FILE_MANIFEST, manifest_git, false, e) < 0)
        return -1;
    return tree_end(root, git, e);
}

/* Everything written is read again through a fresh handle: what the library keeps in
 * memory proves nothing about the disk. */
static int prove(struct writing *w, struct bundle_made *made, struct err *e)
{
    AUTO_REPO struct repo *again = NULL;
    char sha256[HASH_HEX], now[NAMES_OID_MAX];
    int rc;

    if (repo_open(repo_path(w->r), &again, e) < 0 ||
        bundle_verify_by(again, made->commit, w->m->node, &w->key->pub, NULL, sha256,
                         e) < 0)
        return -1;
    if (strcmp(sha256, made->sha256) != 0)
        return err_set(e, ERR_BUNDLE_DAMAGED, "bundle %s", made->sha256);
    rc = repo_ref(again, made->ref, now, e);
    if (rc < 0)
        return -1;
    if (rc == 0 || strcmp(now, made->commit) != 0)
        return err_set(e, ERR_REF_MOVED, "%s", made->ref);
    return 0;
}

/* Where the chain stands: 1 when its tip is this very bundle, 0 when this one may
 * follow, -1. */
static int chain_state(struct writing *w, const char *ref, const char *sha256,
                       char tip[NAMES_OID_MAX], struct err *e)
{
    AUTO_MANIFEST struct manifest prev = MANIFEST_INIT;
    char prev_sha256[HASH_HEX], parent[NAMES_OID_MAX];
    int rc = repo_ref(w->r, ref, tip, e);

    if (rc < 0)
        return -1;
    if (rc == 0) {
        tip[0] = '\0';
        return manifest_check_next(NULL, NULL, w->m, e);
    }
    if (bundle_read(w->r, tip, &prev, prev_sha256, parent, e) < 0)
        return -1;
    if (strcmp(prev_sha256, sha256) == 0)
        return 1;
    return manifest_check_next(&prev, prev_sha256, w->m, e);
}

static int write_commit(struct writing *w, const char *tree, const char *parent,
                        const char *sha256, char commit[NAMES_OID_MAX], struct err *e)
{
    AUTO_STR struct str message = STR_INIT(MESSAGE_MAX);
    struct repo_commit c = {.time = w->m->clock};

    message_of(w->m, sha256, &message);
    if (str_check(&message, "message", e) < 0)
        return -1;
    (void)snprintf(c.tree, sizeof c.tree, "%s", tree);
    (void)snprintf(c.parent, sizeof c.parent, "%s", parent);
    (void)snprintf(c.author, sizeof c.author, "%s", w->m->node);
    c.message = message.p;
    return repo_commit_write(w->r, &c, w->key, commit, e);
}

static int write_all(struct writing *w, const struct bundle_source *sources,
                     struct bundle_made *made, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(MANIFEST_BYTES_MAX);
    char tip[NAMES_OID_MAX], tree[NAMES_OID_MAX], manifest_git[NAMES_OID_MAX];
    git_oid oid;
    int state;

    if (write_objects(w, sources, e) < 0 ||
        manifest_print(w->m, &text, made->sha256, e) < 0)
        return -1;
    made->bytes = manifest_bytes(w->m);
    names_ref(w->m->node, w->m->epoch, w->m->cls, made->ref);
    state = chain_state(w, made->ref, made->sha256, tip, e);
    if (state < 0)
        return -1;
    made->existed = state == 1;
    if (state == 1) {
        memcpy(made->commit, tip, sizeof made->commit);
        return prove(w, made, e);
    }
    if (repo_write(w->r, text.p, text.len, GIT_OBJECT_BLOB, &oid, e) < 0)
        return -1;
    repo_hex(&oid, manifest_git);
    if (write_tree(w, manifest_git, tree, e) < 0 ||
        write_commit(w, tree, tip, made->sha256, made->commit, e) < 0 ||
        repo_ref_move(w->r, made->ref, tip, made->commit, e) < 0)
        return -1;
    return prove(w, made, e);
}

int bundle_write(struct repo *r, struct manifest *m,
                 const struct bundle_source *sources, const struct sign_secret *key,
                 struct bundle_made *made, struct err *e)
{
    char node[SIGN_NODE_HEX];

    sign_node(&key->pub, node);
    if (strcmp(node, m->node) != 0)
        return err_set(e, ERR_KEY, "node %s", m->node);
    return bundle_write_by(r, m, sources, key, made, e);
}

int bundle_write_by(struct repo *r, struct manifest *m,
                    const struct bundle_source *sources, const struct sign_secret *key,
                    struct bundle_made *made, struct err *e)
{
    AUTO(writing_clear) struct writing w = {.r = r, .m = m, .key = key};
    struct bundle_made done = {.bytes = 0};

    w.slice_room = (size_t)BUNDLE_WHOLE_MAX;
    for (size_t i = 0; i < m->object_count; i++) {
        const struct manifest_object *o = &m->objects[i];

        if (o->size < 0 ||
            o->size > (is_meta(o) ? MANIFEST_META_MAX : MANIFEST_OBJECT_BYTES) ||
            (manifest_parts_of(o->size, o->role) > 0) != (o->part_count > 0)) {
            err_set(e, ERR_MANIFEST, "manifest");
            return err_detail(e, "object %zu: size or parts", i);
        }
        if (is_meta(o))
            w.slice_room = (size_t)MANIFEST_META_MAX;
    }
    if (manifest_bytes(m) > BUNDLE_BYTES_MAX)
        return err_set(e, ERR_BUNDLE_SIZE, "bundle %lld", (long long)m->seq);
    w.slice = mem_try(w.slice_room, 1, w.slice_room, e);
    if (!w.slice || write_all(&w, sources, &done, e) < 0)
        return err_push(e, "bundle %s %lld", names_class(m->cls), (long long)m->seq);
    *made = done;
    return 0;
}

/* ---- checking
 * -------------------------------------------------------------------------- */

static int misshapen(struct err *e, const char *commit, const char *what)
{
    err_set(e, ERR_BUNDLE_FORM, "bundle in commit %s", commit);
    return err_detail(e, "%s", what);
}

/* A commit taken apart as far as its manifest. */
struct looked {
    char tree[NAMES_OID_MAX];
    char parent[NAMES_OID_MAX];
    struct str plain, armor; /* what is signed, the signature */
    char manifest_git[NAMES_OID_MAX];
    char meta_git[NAMES_OID_MAX];    /* "": no meta.jsonl */
    char objects_git[NAMES_OID_MAX]; /* "": no obj */
    struct manifest m;
    char sha256[HASH_HEX];
};

#define LOOKED_INIT                                                                    \
    {                                                                                  \
        .plain = STR_INIT(REPO_COMMIT_MAX), .armor = STR_INIT(REPO_COMMIT_MAX),        \
        .m = MANIFEST_INIT                                                             \
    }

static void looked_clear(struct looked *k)
{
    str_clear(&k->plain);
    str_clear(&k->armor);
    manifest_clear(&k->m);
}

static int look_root(struct repo *r, const char *commit, struct looked *k,
                     struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    git_oid oid = repo_oid(k->tree);
    struct repo_entry entry;
    const char *p, *end, *last = NULL;
    int rc;

    if (repo_object(r, &oid, GIT_OBJECT_TREE, TREE_BYTES, ERR_BUNDLE_FORM, &o, e) < 0)
        return -1;
    p = git_odb_object_data(o);
    end = p + git_odb_object_size(o);
    while ((rc = repo_tree_next(&p, end, &last, &entry, e)) == 1) {
        if (!entry.dir && strcmp(entry.name, FILE_MANIFEST) == 0)
            repo_hex(&entry.oid, k->manifest_git);
        else if (!entry.dir && strcmp(entry.name, FILE_META) == 0)
            repo_hex(&entry.oid, k->meta_git);
        else if (entry.dir && strcmp(entry.name, DIR_OBJECTS) == 0)
            repo_hex(&entry.oid, k->objects_git);
        else
            return misshapen(e, commit, "an entry that no bundle has");
    }
    if (rc < 0)
        return -1;
    return k->manifest_git[0] ? 0 : misshapen(e, commit, "no manifest.json");
}

static int look_manifest(struct repo *r, const char *commit, struct looked *k,
                         struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    git_oid oid = repo_oid(k->manifest_git);

    if (repo_object(r, &oid, GIT_OBJECT_BLOB, MANIFEST_BYTES_MAX, ERR_BUNDLE_SIZE, &o,
                    e) < 0)
        return -1;
    if (manifest_parse(git_odb_object_data(o), git_odb_object_size(o), &k->m, k->sha256,
                       e) < 0)
        return err_push(e, "commit %s", commit);
    return 0;
}

/* The commit's text has no freedom: it is what the manifest says, byte for byte. */
static int look_text(const char *commit, const struct looked *k, struct err *e)
{
    AUTO_STR struct str message = STR_INIT(MESSAGE_MAX);
    AUTO_STR struct str want = STR_INIT(REPO_COMMIT_MAX);
    struct repo_commit c = {.time = k->m.clock};

    message_of(&k->m, k->sha256, &message);
    memcpy(c.tree, k->tree, sizeof c.tree);
    memcpy(c.parent, k->parent, sizeof c.parent);
    memcpy(c.author, k->m.node, sizeof c.author);
    c.message = str_text(&message);
    repo_commit_text(&c, &want);
    if (message.over || want.over || want.len != k->plain.len ||
        memcmp(want.p, k->plain.p, want.len) != 0)
        return misshapen(e, commit, "the commit does not say what its manifest says");
    if ((k->m.seq == 1) != (k->parent[0] == '\0'))
        return misshapen(e, commit, "parent");
    return 0;
}

static int look(struct repo *r, const char *commit, struct looked *k, struct err *e)
{
    if (!names_is_oid(commit))
        return misshapen(e, "?", "name");
    if (repo_commit_look(r, commit, k->tree, k->parent, &k->plain, &k->armor, e) < 0 ||
        look_root(r, commit, k, e) < 0 || look_manifest(r, commit, k, e) < 0)
        return -1;
    return look_text(commit, k, e);
}

static int check_leaf(struct repo *r, const struct leaf *f, const git_oid *oid,
                      struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    char hex[NAMES_OID_MAX], sha256[HASH_HEX];

    repo_hex(oid, hex);
    if (strcmp(hex, f->git) != 0)
        return damaged(e, f->name, "another git object");
    if (repo_object(r, oid, GIT_OBJECT_BLOB, (size_t)f->size, ERR_BUNDLE_DAMAGED, &o,
                    e) < 0)
        return -1;
    if (git_odb_object_size(o) != (size_t)f->size)
        return damaged(e, f->name, "size");
    hash_bytes(git_odb_object_data(o), git_odb_object_size(o), sha256);
    return strcmp(sha256, f->sha256) == 0 ? 0 : damaged(e, f->name, "SHA-256");
}

/* obj/xx: its files are the next leaves, one for one. */
static int check_fan(struct repo *r, const char *commit, const struct repo_entry *fan,
                     const struct leaves *l, size_t *i, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    struct repo_entry entry;
    const char *p, *end, *last = NULL;
    size_t before = *i;
    int rc;

    if (!fan->dir || !hash_is_hex(fan->name, 2))
        return misshapen(e, commit, "obj holds something else");
    if (repo_object(r, &fan->oid, GIT_OBJECT_TREE, TREE_BYTES, ERR_BUNDLE_FORM, &o, e) <
        0)
        return -1;
    p = git_odb_object_data(o);
    end = p + git_odb_object_size(o);
    while ((rc = repo_tree_next(&p, end, &last, &entry, e)) == 1) {
        if (entry.dir || *i >= l->count || strcmp(entry.name, l->list[*i].name) != 0 ||
            memcmp(entry.name, fan->name, 2) != 0)
            return misshapen(e, commit, "files and manifest differ");
        if (check_leaf(r, &l->list[*i], &entry.oid, e) < 0)
            return -1;
        (*i)++;
    }
    if (rc < 0)
        return -1;
    return *i > before ? 0 : misshapen(e, commit, "an empty folder");
}

static int check_objects(struct repo *r, const char *commit, const struct looked *k,
                         const struct leaves *l, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    struct repo_entry entry;
    const char *p, *end, *last = NULL;
    git_oid oid;
    size_t i = 0;
    int rc;

    if ((l->count > 0) != (k->objects_git[0] != '\0'))
        return misshapen(e, commit, "files and manifest differ");
    if (l->count == 0)
        return 0;
    oid = repo_oid(k->objects_git);
    if (repo_object(r, &oid, GIT_OBJECT_TREE, TREE_BYTES, ERR_BUNDLE_FORM, &o, e) < 0)
        return -1;
    p = git_odb_object_data(o);
    end = p + git_odb_object_size(o);
    while ((rc = repo_tree_next(&p, end, &last, &entry, e)) == 1)
        if (check_fan(r, commit, &entry, l, &i, e) < 0)
            return -1;
    if (rc < 0)
        return -1;
    return i == l->count ? 0 : misshapen(e, commit, "files and manifest differ");
}

static int check_meta(struct repo *r, const char *commit, const struct looked *k,
                      const struct leaves *l, struct err *e)
{
    struct leaf f = {.name = FILE_META};
    git_oid oid;

    if ((l->meta != NULL) != (k->meta_git[0] != '\0'))
        return misshapen(e, commit, "meta.jsonl and manifest differ");
    if (!l->meta)
        return 0;
    memcpy(f.git, l->meta->git, sizeof f.git);
    memcpy(f.sha256, l->meta->sha256, sizeof f.sha256);
    f.size = l->meta->size;
    oid = repo_oid(k->meta_git);
    return check_leaf(r, &f, &oid, e);
}

int bundle_verify(struct repo *r, const char *commit, const struct sign_public *key,
                  struct manifest *out, char sha256[HASH_HEX], struct err *e)
{
    char node[SIGN_NODE_HEX];

    sign_node(key, node);
    return bundle_verify_by(r, commit, node, key, out, sha256, e);
}

int bundle_verify_by(struct repo *r, const char *commit, const char *node,
                     const struct sign_public *key, struct manifest *out,
                     char sha256[HASH_HEX], struct err *e)
{
    AUTO(looked_clear) struct looked k = LOOKED_INIT;
    AUTO(leaves_clear) struct leaves l = {.list = NULL};

    if (look(r, commit, &k, e) < 0)
        return -1;
    if (strcmp(node, k.m.node) != 0)
        return err_set(e, ERR_SIGNATURE, "commit %s", commit);
    if (sign_verify(key, "git", k.plain.p, k.plain.len, str_text(&k.armor), e) < 0)
        return err_push(e, "commit %s", commit);
    if (list_leaves(&k.m, &l, e) < 0 || check_meta(r, commit, &k, &l, e) < 0 ||
        check_objects(r, commit, &k, &l, e) < 0)
        return -1;
    if (sha256)
        memcpy(sha256, k.sha256, HASH_HEX);
    if (out) {
        *out = k.m;
        k.m = (struct manifest)MANIFEST_INIT; /* given away */
    }
    return 0;
}

int bundle_read(struct repo *r, const char *commit, struct manifest *out,
                char sha256[HASH_HEX], char parent[NAMES_OID_MAX], struct err *e)
{
    AUTO(looked_clear) struct looked k = LOOKED_INIT;

    if (look(r, commit, &k, e) < 0)
        return -1;
    memcpy(sha256, k.sha256, HASH_HEX);
    memcpy(parent, k.parent, NAMES_OID_MAX);
    *out = k.m;
    k.m = (struct manifest)MANIFEST_INIT; /* given away */
    return 0;
}

static int walk_tree(struct repo *r, const char *tree, bool down, bundle_each_oid *each,
                     void *ctx, struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    git_oid oid = repo_oid(tree);
    struct repo_entry entry;
    const char *p, *end, *last = NULL;
    char hex[NAMES_OID_MAX];
    int rc;

    if (each(ctx, tree, e) < 0 ||
        repo_object(r, &oid, GIT_OBJECT_TREE, TREE_BYTES, ERR_BUNDLE_FORM, &o, e) < 0)
        return -1;
    p = git_odb_object_data(o);
    end = p + git_odb_object_size(o);
    while ((rc = repo_tree_next(&p, end, &last, &entry, e)) == 1) {
        repo_hex(&entry.oid, hex);
        if (!entry.dir && each(ctx, hex, e) < 0)
            return -1;
        if (entry.dir && !down)
            return misshapen(e, tree, "too deep");
        if (entry.dir && walk_tree(r, hex, false, each, ctx, e) < 0)
            return -1;
    }
    return rc;
}

int bundle_walk(struct repo *r, const char *commit, bundle_each_oid *each, void *ctx,
                struct err *e)
{
    AUTO(looked_clear) struct looked k = LOOKED_INIT;

    if (look(r, commit, &k, e) < 0)
        return -1;
    if (each(ctx, commit, e) < 0 || each(ctx, k.tree, e) < 0 ||
        each(ctx, k.manifest_git, e) < 0 ||
        (k.meta_git[0] && each(ctx, k.meta_git, e) < 0))
        return -1;
    return k.objects_git[0] ? walk_tree(r, k.objects_git, true, each, ctx, e) : 0;
}

int bundle_find(struct repo *r, const char *tip, int64_t seq,
                char commit[NAMES_OID_MAX], struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX], at[NAMES_OID_MAX];

    if (bundle_read(r, tip, &m, sha256, parent, e) < 0)
        return -1;
    if (seq < 1 || seq > m.seq)
        return 0;
    memcpy(at, tip, sizeof at);
    for (int64_t n = m.seq; n > seq; n--) {
        AUTO_STR struct str plain = STR_INIT(REPO_COMMIT_MAX);
        AUTO_STR struct str armor = STR_INIT(REPO_COMMIT_MAX);
        char tree[NAMES_OID_MAX];

        if (repo_commit_look(r, at, tree, parent, &plain, &armor, e) < 0)
            return -1;
        if (!parent[0])
            return err_set(e, ERR_BUNDLE_CHAIN, "commit %s", at);
        memcpy(at, parent, sizeof at);
    }
    memcpy(commit, at, sizeof at);
    return 1;
}
