/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_reseal.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_page.h"
#include "node/flow/flow_seal.h"
#include "node/flow/flow_seal_part.h"
#include "node/store/object.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/manifest.h"
#include "sync/pull.h"
#include "sync/repo.h"

struct reseal {
    struct seal s;
    struct enrol keys;
    const struct flow_listener *to;
    struct store_bundle *rows; /* owned: what is to be done */
    size_t count, cap;
};

static void reseal_clear(struct reseal *r)
{
    repo_close(r->s.repo);
    mem_free(r->rows);
}

static int note_row(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct reseal *r = ctx;

    (void)e;
    mem_grow(&r->rows, &r->cap, r->count + 1, sizeof *r->rows);
    r->rows[r->count++] = *b;
    return 0;
}

/* ---- one bundle -------------------------------------------------------------------
 */

static int into_memory(void *ctx, const void *data, size_t len, struct err *e)
{
    struct str *text = ctx;

    str_add_mem(text, data, len);
    return str_check(text, "object", e);
}

static int into_tmp(void *ctx, const void *data, size_t len, struct err *e)
{
    return fs_tmp_write(ctx, data, len, e);
}

static int take_bytes(struct reseal *r, const struct pulled *p, size_t index,
                      struct load *l, struct err *e)
{
    AUTO_STR struct str text = STR_INIT((size_t)BUNDLE_WHOLE_MAX);
    const struct manifest_object *was = &p->m.objects[index];
    struct manifest_object *o = NULL;

    if (pull_object(r->s.repo, p, index, into_memory, &text, e) < 0)
        return -1;
    o = flow_seal_load_bytes(l, &text, was->type, was->role);
    memcpy(o->item, was->item, sizeof o->item);
    memcpy(o->page, was->page, sizeof o->page);
    return 0;
}

static char *aside(const struct reseal *r, const char *hex)
{
    return fs_pathf(r->s.f->home.path, "spool/%s.again", hex);
}

/* From the object area; a picture that was made anew since lies in the bundle alone. */
static int take_file(struct reseal *r, const struct pulled *p, size_t index,
                     struct load *l, struct err *e)
{
    const struct manifest_object *was = &p->m.objects[index];
    AUTO_MEM char *path = object_path(store_objects(r->s.f->store), was->sha256);
    AUTO_MEM char *spool = home_place(&r->s.f->home, "spool");
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    struct manifest_object *o = NULL;

    if (!fs_exists(path)) {
        mem_free(path);
        path = aside(r, was->sha256);
        if (fs_tmp_open(&tmp, spool, e) < 0 ||
            pull_object(r->s.repo, p, index, into_tmp, &tmp, e) < 0 ||
            fs_tmp_commit(&tmp, path, e) < 0)
            return -1;
    }
    o = flow_seal_load_file(l, TAKE(path), was->size, was->type, was->role);
    memcpy(o->sha256, was->sha256, sizeof o->sha256);
    memcpy(o->item, was->item, sizeof o->item);
    memcpy(o->page, was->page, sizeof o->page);
    return 0;
}

static bool is_file(const struct manifest_object *o)
{
    return strcmp(o->role, ROLE_META) != 0 &&
           strcmp(o->role, FLOW_PAGE_ROLE_TEXT) != 0 &&
           strcmp(o->role, FLOW_PAGE_ROLE_BOXES) != 0;
}

/* 1 it is in the new epoch already, when an earlier call was cut off. */
static int was_done(struct reseal *r, const struct pulled *p,
                    const struct manifest_object *o, struct err *e)
{
    const struct home *h = &r->s.f->home;

    if (strcmp(o->role, ROLE_META) != 0)
        return store_bundle_has_object_in(r->s.f->store, h->node, h->epoch,
                                          names_class(p->m.cls),
                                          o->page[0] ? o->page : o->sha256, e);
    for (size_t i = 0; i < p->m.item_count; i++) {
        int rc = store_bundle_has_rev_in(r->s.f->store, h->node, h->epoch,
                                         p->m.items[i].item, p->m.items[i].rev, e);

        if (rc != 1)
            return rc;
    }
    return p->m.item_count > 0;
}

static int load(struct reseal *r, const struct pulled *p, struct load *l, struct err *e)
{
    for (size_t i = 0; i < p->m.object_count; i++) {
        const struct manifest_object *o = &p->m.objects[i];
        int rc = 0;

        if (!manifest_object_ends(o))
            continue; /* the bundle after this one has the rest, and is to be done */
        rc = was_done(r, p, o, e);
        if (rc == 0)
            rc = is_file(o) ? take_file(r, p, i, l, e) : take_bytes(r, p, i, l, e);
        if (rc < 0)
            return -1;
    }
    for (size_t i = 0; i < p->m.item_count; i++)
        *flow_seal_load_item(l) = p->m.items[i];
    l->verified = p->m.level == LEVEL_VERIFIED;
    l->like = &p->m;
    return 0;
}

static int sweep(struct reseal *r, const struct load *l, struct err *e)
{
    for (size_t i = 0; i < l->count; i++) {
        AUTO_MEM char *path = aside(r, l->objects[i].sha256);

        if (fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

static int forget(struct reseal *r, const struct store_bundle *b, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = r->s.f->store;
    struct jdoc *line = NULL;

    if (store_begin(s, &txn, e) < 0 || store_bundle_drop(s, b->id, e) < 0 ||
        store_audit_add(s, "", "system", "bundle.reseal", b->manifest, NULL,
                        clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    line = flow_line("resealed");
    jdoc_set_text(line, "bundle", b->manifest);
    jdoc_set_text(line, "class", b->class);
    jdoc_set_int(line, "epoch", b->epoch);
    jdoc_set_int(line, "seq", b->seq);
    flow_tell(r->to, line);
    return 0;
}

static int pull_row(struct reseal *r, const struct store_bundle *b,
                    enum bundle_class cls, struct pulled *out, struct err *e)
{
    struct pull_chain chain = {.name = {.epoch = b->epoch, .cls = cls}};
    AUTO_PULL struct pull *walk = NULL;
    int rc;

    (void)snprintf(chain.name.node, sizeof chain.name.node, "%s", b->node);
    if (!names_is_oid(b->commit))
        return err_set(e, ERR_STORE_DAMAGED, "bundle.commit_id");
    memcpy(chain.tip, b->commit, sizeof chain.tip);
    if (pull_open(r->s.repo, &r->keys, &chain, b->seq - 1, NULL, &walk, e) < 0)
        return -1;
    rc = pull_next(walk, out, e);
    if (rc == 0 || (rc == 1 && strcmp(out->sha256, b->manifest) != 0))
        return err_set(e, ERR_BUNDLE_DAMAGED, "bundle %s", b->manifest);
    return rc < 0 ? -1 : 0;
}

static int again(struct reseal *r, const struct store_bundle *b, struct err *e)
{
    AUTO_PULLED struct pulled p = {0};
    AUTO(flow_seal_load_clear) struct load l = {.verified = true};
    enum bundle_class cls;

    if (!names_class_parse(b->class, &cls))
        return err_set(e, ERR_STORE_DAMAGED, "bundle.class");
    if (pull_row(r, b, cls, &p, e) < 0 || load(r, &p, &l, e) < 0 ||
        flow_seal_write(&r->s, cls, &l, e) < 0 || sweep(r, &l, e) < 0)
        return err_push(e, "%s %lld", b->class, (long long)b->seq);
    return forget(r, b, e);
}

/* ---- chains that are over ---------------------------------------------------------
 */

/* Back to the last bundle that the ledger has: what came after is sealed anew. */
static int end_chain(struct reseal *r, const struct pull_chain *c, struct err *e)
{
    struct store_bundle head = {0};
    char ref[NAMES_REF_MAX];
    int rc = store_bundle_head(r->s.f->store, c->name.node, c->name.epoch,
                               names_class(c->name.cls), &head, e);

    if (rc < 0 || (rc == 1 && strcmp(head.commit, c->tip) == 0))
        return rc < 0 ? -1 : 0;
    names_ref(c->name.node, c->name.epoch, c->name.cls, ref);
    if (rc == 0)
        return repo_ref_drop(r->s.repo, ref, c->tip, e);
    rc = repo_is_ancestor(r->s.repo, head.commit, c->tip, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_BUNDLE_CHAIN, "%s", ref);
    return repo_ref_move(r->s.repo, ref, c->tip, head.commit, e);
}

static int end_chains(struct reseal *r, struct err *e)
{
    const struct home *h = &r->s.f->home;
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (pull_chains(r->s.repo, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (strcmp(chains[i].name.node, h->node) == 0 &&
            chains[i].name.epoch < h->epoch && end_chain(r, &chains[i], e) < 0)
            return -1;
    return 0;
}

/* ---- the whole --------------------------------------------------------------------
 */

static int find_rows(struct reseal *r, struct err *e)
{
    const struct home *h = &r->s.f->home;

    return store_bundle_stranded(r->s.f->store, h->node, h->epoch, note_row, r, e);
}

int flow_reseal_due(struct flow *f, struct err *e)
{
    AUTO(reseal_clear) struct reseal r = {.s = {.f = f}};

    if (f->home.epoch == 1)
        return 0;
    return find_rows(&r, e) < 0 ? -1 : r.count > 0;
}

int flow_reseal(struct flow *f, const struct flow_listener *to, int64_t *count,
                struct err *e)
{
    struct flow_seal_sum sum = {0};
    AUTO(reseal_clear)
    struct reseal r = {.s = {.f = f, .sum = &sum},
                       .keys = {.nodes = &f->home.self, .count = 1},
                       .to = to};

    *count = 0;
    if (f->home.epoch == 1)
        return 0;
    if (flow_seal_open(&r.s, e) < 0 || flow_seal_catch_up(f, r.s.repo, e) < 0 ||
        find_rows(&r, e) < 0)
        return -1;
    for (size_t i = 0; i < r.count; i++)
        if (again(&r, &r.rows[i], e) < 0)
            return -1;
    *count = (int64_t)r.count;
    return end_chains(&r, e);
}
