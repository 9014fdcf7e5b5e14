/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_heir.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/sign.h"
#include "node/store/store_audit.h"
#include "sync/ask.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/manifest.h"
#include "sync/names.h"
#include "sync/pull.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/statement.h"

struct heir {
    const struct flow_heir *h;
    const char *program;
    struct enrol own, above;
    struct repo *repo;
    bool changed;
};

static void heir_clear(struct heir *r)
{
    enrol_clear(&r->own);
    enrol_clear(&r->above);
    repo_close(r->repo);
}

/* ---- what the tier above says -----------------------------------------------------
 */

static const char *const REFS[] = {NAMES_KEYS_REF, NAMES_STATEMENTS_REF};

static int fetch(struct heir *r, const char *name, const char *path, struct err *e)
{
    if (repo_create(path, REPO_TRANSPORT, e) < 0)
        return -1;
    return ask_fetch(r->h->line, name, path, REFS, ARRAY_LEN(REFS), r->h->moved, NULL,
                     e);
}

/* 1 and r->above, 0 it has none yet, -1. */
static int hear(struct heir *r, const char *name, const char *node, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(r->h->f->home.path, "spool/above/%s.git", node);
    AUTO_MEM char *folder = fs_dirname(path);
    int rc;

    if (fs_mkdirs(folder, e) < 0)
        return -1;
    if (fetch(r, name, path, e) < 0) {
        if (e->code == ERR_GATE_READ) { /* it has nothing of this commune yet */
            err_clear(e);
            return 0;
        }
        if (e->code != ERR_REF_MOVED)
            return -1;
        /* Its disk is an older one, and it wrote on: what it says now is checked
         * anew, and takes nothing back here. */
        err_clear(e);
        if (fs_remove_tree(path, e) < 0 || fetch(r, name, path, e) < 0)
            return -1;
    }
    if (repo_open(path, &r->repo, e) < 0)
        return -1;
    rc = enrol_published(r->repo, r->h->trusted, &r->above, e);
    if (rc <= 0)
        return rc;
    return statement_check(r->repo, r->h->trusted, &r->above, NULL, e) < 0 ? -1 : 1;
}

/* ---- chains that ended ------------------------------------------------------------
 */

static int64_t stated_end(const struct enrol_node *n, const struct names_chain *c)
{
    for (size_t i = 0; i < n->closed_count; i++)
        if (n->closed[i].epoch == c->epoch && n->closed[i].cls == c->cls)
            return n->closed[i].seq;
    return 0;
}

/* The bundle of that number below @tip; "" for 0. */
static int find_seq(struct repo *repo, const char *tip, int64_t seq,
                    char out[NAMES_OID_MAX], int64_t *at, struct err *e)
{
    (void)snprintf(out, NAMES_OID_MAX, "%s", tip);
    *at = 0;
    while (out[0]) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];

        if (bundle_read(repo, out, &m, sha256, parent, e) < 0)
            return -1;
        *at = *at ? *at : m.seq;
        if (m.seq <= seq)
            return 0;
        memcpy(out, parent, sizeof parent);
    }
    return 0;
}

/* What the old key brought here and not above goes nowhere. It stays below refs/left,
 * for people. 1 there was some, 0, -1. */
static int cut_chain(struct repo *repo, const struct pull_chain *c, int64_t end,
                     struct err *e)
{
    AUTO_MEM char *left =
        mem_printf("refs/left/%s/%lld/%s", c->name.node, (long long)c->name.epoch,
                   names_class(c->name.cls));
    char ref[NAMES_REF_MAX], to[NAMES_OID_MAX], was[NAMES_OID_MAX] = "";
    int64_t last;

    if (find_seq(repo, c->tip, end, to, &last, e) < 0)
        return -1;
    if (last <= end)
        return 0;
    names_ref(c->name.node, c->name.epoch, c->name.cls, ref);
    if (repo_ref(repo, left, was, e) < 0 ||
        (strcmp(was, c->tip) != 0 && repo_ref_move(repo, left, was, c->tip, e) < 0))
        return -1;
    if ((to[0] ? repo_ref_move(repo, ref, c->tip, to, e)
               : repo_ref_drop(repo, ref, c->tip, e)) < 0)
        return -1;
    return 1;
}

/* The catalogue is made again by the next ingest, from what the chains hold. */
static int drop_catalog(const struct home *home, const struct enrol_place *p,
                        struct err *e)
{
    static const char *const FILES[] = {"catalog.db", "catalog.db-wal",
                                        "catalog.db-shm"};
    AUTO_MEM char *folder = home_commune(home, p->code, p->valid_from);

    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        AUTO_MEM char *path = fs_path(folder, FILES[i]);

        if (fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

/* Chains of keys before end where the tier above stated, here too. May be repeated. */
static int cut_chains(struct heir *r, const struct enrol_node *here,
                      const struct enrol_node *there, struct err *e)
{
    struct enrol_place p = enrol_home(here);
    AUTO_MEM char *path = enrol_repository(r->h->f->home.path, p.code, p.valid_from);
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_REPO struct repo *repo = NULL;
    AUTO_MEM struct pull_chain *all = NULL;
    size_t count = 0;
    bool cut = false;

    if (flow_lock(r->h->f, "ingest.lock", &lock, e) < 0 ||
        repo_open(path, &repo, e) < 0 || pull_chains(repo, &all, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        int rc;

        if (strcmp(all[i].name.node, here->node) != 0 ||
            all[i].name.epoch >= enrol_key_epoch(there))
            continue;
        rc = cut_chain(repo, &all[i], stated_end(there, &all[i].name), e);
        if (rc < 0 || refusal_drop(r->h->f->home.path, &all[i].name, e) < 0)
            return -1;
        cut = cut || rc == 1;
    }
    return cut ? drop_catalog(&r->h->f->home, &p, e) : 0;
}

/* ---- doing the same here ----------------------------------------------------------
 */

static int note(struct heir *r, const char *act, const char *node, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = r->h->f->store;

    if (store_begin(s, &txn, e) < 0 ||
        store_audit_add(s, "", "system", act, node, NULL, clock_now(), e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static bool same_key(const struct sign_public *a, const struct sign_public *b)
{
    return memcmp(a->key, b->key, sizeof a->key) == 0;
}

/* All keys that are known here stand there as well, from the same epochs on. */
static bool goes_on(const struct enrol_node *here, const struct enrol_node *there)
{
    if (!same_key(&here->key, &there->key) || here->key_count > there->key_count)
        return false;
    for (size_t k = 0; k < here->key_count; k++)
        if (here->keys[k].epoch != there->keys[k].epoch ||
            !same_key(&here->keys[k].key, &there->keys[k].key))
            return false;
    return true;
}

static int take_key(struct heir *r, const struct enrol_node *here,
                    const struct enrol_node *there, const struct enrol_key *k,
                    struct err *e)
{
    const char *node = here->node;
    const struct enrol_change c = {.node = node,
                                   .key = &k->key,
                                   .epoch = k->epoch,
                                   .request = k->request,
                                   .sig = k->sig};
    char fingerprint[SIGN_FINGERPRINT_MAX];
    struct jdoc *line = NULL;

    /* Once more, since its chains end further back now. */
    if (enrol_node_key(r->h->f->home.path, r->program, &c, e) < 0 ||
        cut_chains(r, here, there, e) < 0 ||
        enrol_node_key(r->h->f->home.path, r->program, &c, e) < 0 ||
        note(r, k->request ? "node.rotate" : "node.replace", node, e) < 0)
        return -1;
    sign_fingerprint(&k->key, fingerprint);
    line = flow_line("key");
    jdoc_set_text(line, "node", node);
    jdoc_set_int(line, "epoch", k->epoch);
    jdoc_set_text(line, "fingerprint", fingerprint);
    flow_tell(r->h->to, line);
    r->changed = true;
    return 0;
}

static int take_revocation(struct heir *r, const char *node, struct err *e)
{
    struct jdoc *line = NULL;

    if (enrol_node_revoke(r->h->f->home.path, r->program, node, e) < 0 ||
        note(r, "node.revoke", node, e) < 0)
        return -1;
    line = flow_line("key");
    jdoc_set_text(line, "node", node);
    jdoc_set_bool(line, "revoked", true);
    flow_tell(r->h->to, line);
    r->changed = true;
    return 0;
}

static int take_row(struct heir *r, const struct enrol_node *here,
                    const struct enrol_node *there, struct err *e)
{
    if (here->revoked)
        return 0;
    if (!goes_on(here, there))
        return err_set(e, ERR_ENROL, "node %s", here->node);
    if (here->key_count && cut_chains(r, here, there, e) < 0)
        return -1; /* a run that was cut off */
    for (size_t k = here->key_count; k < there->key_count; k++)
        if (take_key(r, here, there, &there->keys[k], e) < 0)
            return -1;
    return there->revoked ? take_revocation(r, here->node, e) : 0;
}

/* One commune that cannot be followed does not keep the others waiting. */
static int take_all(struct heir *r, struct err *e)
{
    const struct home *home = &r->h->f->home;

    for (size_t i = 0; i < r->own.count; i++) {
        const struct enrol_node *here = &r->own.nodes[i];
        const struct enrol_node *there = enrol_find(&r->above, here->node);
        struct err why = ERR_INIT;

        if (here->relay && strcmp(here->role, "commune") == 0 && there &&
            take_row(r, here, there, &why) < 0)
            log_error(home->path, "relay", &why);
    }
    if (r->changed && statement_update(home->path, &home->key, clock_now(), e) < 0)
        return -1;
    for (size_t i = 0; i < r->own.count; i++) {
        const struct enrol_node *there = enrol_find(&r->above, r->own.nodes[i].node);

        if (r->own.nodes[i].relay && there &&
            statement_hand_on(home->path, r->repo, r->h->trusted, there, e) < 0)
            return -1;
    }
    return 0;
}

int flow_heir(const struct flow_heir *h, const char *name, const char *node,
              bool *changed, struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    AUTO(heir_clear) struct heir r = {.h = h, .program = program};
    int rc;

    if (!program || enrol_load(h->f->home.path, &r.own, e) < 0)
        return -1;
    rc = hear(&r, name, node, e);
    if (rc < 0 && (e->code == ERR_SIGNATURE || e->code == ERR_ENROL)) {
        log_error(h->f->home.path, "relay", e);
        err_clear(e);
        return 1;
    }
    if (rc <= 0)
        return rc;
    rc = take_all(&r, e);
    *changed = r.changed;
    return rc < 0 ? -1 : 1;
}
