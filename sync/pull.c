/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/pull.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/repo.h"
#include "sync/repo_git.h"

#define CHAIN_MAX ((size_t)1000000)

/* ---- chains
 * --------------------------------------------------------------------------- */

struct chains {
    struct pull_chain *list;
    size_t count, cap;
};

static void chains_clear(struct chains *c)
{
    mem_free(c->list);
}

static int add_chain(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct chains *c = ctx;
    struct pull_chain *p;

    (void)e;
    mem_grow(&c->list, &c->cap, c->count + 1, sizeof *c->list);
    p = &c->list[c->count];
    if (!names_ref_parse(ref, &p->name))
        return 0; /* not one of ours: no bundle, no matter */
    (void)snprintf(p->tip, sizeof p->tip, "%s", oid);
    c->count++;
    return 0;
}

static int chain_order(const void *a, const void *b)
{
    const struct pull_chain *x = a;
    const struct pull_chain *y = b;
    int rc = strcmp(x->name.node, y->name.node);

    if (rc == 0)
        rc = (x->name.epoch > y->name.epoch) - (x->name.epoch < y->name.epoch);
    if (rc == 0)
        rc = (x->name.cls > y->name.cls) - (x->name.cls < y->name.cls);
    return rc;
}

int pull_chains(struct repo *r, struct pull_chain **out, size_t *count, struct err *e)
{
    AUTO(chains_clear) struct chains c = {.list = NULL};

    if (repo_refs(r, "refs/sohoa/", add_chain, &c, e) < 0)
        return -1;
    if (c.count)
        qsort(c.list, c.count, sizeof *c.list, chain_order);
    *out = TAKE(c.list);
    *count = c.count;
    return 0;
}

/* ---- one chain
 * -------------------------------------------------------------------------- */

struct pull {
    struct repo *r;
    const struct enrol_node *node;
    struct names_chain chain;
    char (*commits)[NAMES_OID_MAX]; /* newest first */
    size_t left;                    /* commits that are still to come */
    bool have_last;
    struct manifest last;
    char last_sha256[HASH_HEX];
    size_t unit; /* of the node's row: where the chain is */
};

void pull_bundle_clear(struct pulled *p)
{
    manifest_clear(&p->m);
}

void pull_close(struct pull *p)
{
    if (!p)
        return;
    manifest_clear(&p->last);
    mem_free(p->commits);
    mem_free(p);
}

void pull_auto(struct pull **p)
{
    pull_close(*p);
}

static int off(struct err *e, const struct pull_chain *c, const char *what)
{
    err_set(e, ERR_BUNDLE_CHAIN, "%s %lld", names_class(c->name.cls),
            (long long)c->name.epoch);
    return err_detail(e, "node %s: %s", c->name.node, what);
}

/* The bundle up to which the caller has taken the chain: what follows links to it. */
static int find_start(struct pull *p, const struct pull_chain *c, int64_t after_seq,
                      const char *after_sha256, char stop[NAMES_OID_MAX], struct err *e)
{
    char parent[NAMES_OID_MAX];
    int rc;

    if (after_seq == 0)
        return 0;
    rc = bundle_find(p->r, c->tip, after_seq, stop, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return off(e, c, "is shorter than it was");
    if (bundle_read(p->r, stop, &p->last, p->last_sha256, parent, e) < 0)
        return -1;
    if (after_sha256 && strcmp(after_sha256, p->last_sha256) != 0)
        return off(e, c, "is not the chain it was");
    if (p->last.seq != after_seq)
        return off(e, c, "sequence number");
    (void)enrol_unit_at(p->node, p->last.unit_code, p->last.unit_valid_from, &p->unit);
    p->have_last = true;
    return 0;
}

int pull_open(struct repo *r, const struct enrol *keys, const struct pull_chain *chain,
              int64_t after_seq, const char *after_sha256, struct pull **out,
              struct err *e)
{
    AUTO_PULL struct pull *p = mem_new(1, sizeof *p);
    char stop[NAMES_OID_MAX] = "";

    p->r = r;
    p->chain = chain->name;
    p->last = (struct manifest)MANIFEST_INIT;
    p->node = enrol_find(keys, chain->name.node);
    if (!p->node)
        return err_set(e, ERR_GATE_NODE, "node %s", chain->name.node);
    if (find_start(p, chain, after_seq, after_sha256, stop, e) < 0)
        return -1;
    if (repo_chain(r, chain->tip, stop, CHAIN_MAX, &p->commits, &p->left, e) < 0)
        return -1;
    *out = TAKE(p);
    return 0;
}

int pull_next(struct pull *p, struct pulled *out, struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest again = MANIFEST_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];
    const char *commit;

    if (p->left == 0)
        return 0;
    commit = p->commits[p->left - 1];
    if (bundle_verify_by(p->r, commit, p->node->node,
                         enrol_key_at(p->node, p->chain.epoch), &m, sha256, e) < 0 ||
        manifest_check_next(p->have_last ? &p->last : NULL, p->last_sha256, &m, e) < 0)
        return err_push(e, "commit %s", commit);
    if (strcmp(m.node, p->chain.node) != 0 || m.epoch != p->chain.epoch ||
        m.cls != p->chain.cls ||
        !enrol_unit_at(p->node, m.unit_code, m.unit_valid_from, &p->unit))
        return err_set(e, ERR_BUNDLE_CHAIN, "commit %s", commit);
    if (!enrol_valid_at(p->node, m.epoch, m.cls, m.seq))
        return err_set(e, ERR_GATE_NODE, "node %s", m.node);
    /* One copy stays here to judge the next one by. */
    if (bundle_read(p->r, commit, &again, sha256, parent, e) < 0)
        return -1;
    manifest_clear(&p->last);
    p->last = again;
    again = (struct manifest)MANIFEST_INIT; /* given away */
    memcpy(p->last_sha256, sha256, sizeof p->last_sha256);
    p->have_last = true;
    (void)snprintf(out->commit, sizeof out->commit, "%s", commit);
    memcpy(out->sha256, sha256, sizeof out->sha256);
    out->m = m;
    m = (struct manifest)MANIFEST_INIT; /* given away */
    p->left--;
    return 1;
}

/* ---- objects
 * ------------------------------------------------------------------------------ */

struct flow_out {
    pull_write *write;
    void *ctx;
    struct hash *whole;
    int64_t bytes;
};

static void flow_out_clear(struct flow_out *f)
{
    hash_free(f->whole);
}

static int spoiled(struct err *e, const char *object, const char *what)
{
    err_set(e, ERR_BUNDLE_DAMAGED, "object %s", object);
    return err_detail(e, "%s", what);
}

static int send_blob(struct repo *r, const char *git, int64_t size, struct flow_out *f,
                     struct err *e)
{
    REPO_AUTO_OBJECT git_odb_object *o = NULL;
    git_oid oid = repo_oid(git);

    if (repo_object(r, &oid, GIT_OBJECT_BLOB, (size_t)size, ERR_BUNDLE_DAMAGED, &o, e) <
        0)
        return -1;
    if (git_odb_object_size(o) != (size_t)size)
        return spoiled(e, git, "size");
    hash_add(f->whole, git_odb_object_data(o), (size_t)size);
    f->bytes += size;
    return f->write(f->ctx, git_odb_object_data(o), (size_t)size, e);
}

static int send_parts(struct repo *r, const struct manifest_object *o,
                      struct flow_out *f, struct err *e)
{
    for (size_t i = 0; i < o->part_count; i++)
        if (send_blob(r, o->parts[i].git, o->parts[i].size, f, e) < 0)
            return -1;
    return 0;
}

/* The bundles before @b that hold the earlier parts, newest first. */
static int find_parts(struct repo *r, const struct pulled *b,
                      const struct manifest_object *o, char (**list)[NAMES_OID_MAX],
                      size_t *count, struct err *e)
{
    AUTO_MEM char(*found)[NAMES_OID_MAX] = NULL;
    char at[NAMES_OID_MAX], parent[NAMES_OID_MAX], sha256[HASH_HEX];
    int64_t need = o->parts[0].n;
    size_t n = 0, cap = 0;

    {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;

        if (bundle_read(r, b->commit, &m, sha256, at, e) < 0)
            return -1;
    }
    while (need > 0) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        const struct manifest_object *last;

        if (!at[0] || bundle_read(r, at, &m, sha256, parent, e) < 0)
            return at[0] ? -1 : spoiled(e, o->sha256, "parts are missing");
        last = m.object_count ? &m.objects[m.object_count - 1] : NULL;
        if (!last || strcmp(last->sha256, o->sha256) != 0 || last->part_count == 0 ||
            last->parts[last->part_count - 1].n + 1 != need)
            return spoiled(e, o->sha256, "parts are missing");
        mem_grow(&found, &cap, n + 1, sizeof *found);
        memcpy(found[n++], at, sizeof at);
        need = last->parts[0].n;
        memcpy(at, parent, sizeof at);
    }
    *list = TAKE(found);
    *count = n;
    return 0;
}

static int send_all(struct repo *r, const struct pulled *b,
                    const struct manifest_object *o, struct flow_out *f, struct err *e)
{
    AUTO_MEM char(*earlier)[NAMES_OID_MAX] = NULL;
    size_t count = 0;

    if (o->part_count == 0)
        return send_blob(r, o->git, o->size, f, e);
    if (find_parts(r, b, o, &earlier, &count, e) < 0)
        return -1;
    for (size_t i = count; i-- > 0;) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];

        if (bundle_read(r, earlier[i], &m, sha256, parent, e) < 0 ||
            send_parts(r, &m.objects[m.object_count - 1], f, e) < 0)
            return -1;
    }
    return send_parts(r, o, f, e);
}

int pull_object(struct repo *r, const struct pulled *b, size_t index, pull_write *write,
                void *ctx, struct err *e)
{
    AUTO(flow_out_clear)
    struct flow_out f = {.write = write, .ctx = ctx, .whole = hash_new()};
    const struct manifest_object *o;
    char hex[HASH_HEX];

    if (index >= b->m.object_count || !manifest_object_ends(&b->m.objects[index]))
        return err_set(e, ERR_INTERNAL, "object %zu", index);
    o = &b->m.objects[index];
    if (send_all(r, b, o, &f, e) < 0)
        return -1;
    hash_end(f.whole, hex);
    if (f.bytes != o->size || strcmp(hex, o->sha256) != 0)
        return spoiled(e, o->sha256, "SHA-256 of the whole");
    return 0;
}
