/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_adopt.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/flow/flow_seal.h"
#include "node/flow/flow_take.h"
#include "node/record/card.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_ingest.h"
#include "sync/ask.h"
#include "sync/bundle.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/pull.h"
#include "sync/repo.h"
#include "sync/rpush.h"

#define FACT_AHEAD "sync.ahead" /* "1" from the fetch until all is taken */
#define FACT_FORK  "sync.fork"  /* "1" meanwhile: two disks were at work */
#define FACT_OPEN  "sync.open"  /* what is to be sealed once more then: a name a line */

/* What becomes of a record here when the one from above comes. */
struct meeting {
    char name[IDENT_NAME_MAX];
    enum store_meets what;
    int64_t rev; /* the highest above */
};

struct adopt {
    struct flow *f;
    struct repo *repo;
    const struct flow_listener *to;
    struct enrol keys;
    struct meeting *met; /* owned */
    size_t count, cap;
    struct meeting *open; /* owned: what was sealed here and is to be once more */
    size_t open_count, open_cap;
    int64_t counter;         /* of the newest bundle */
    int64_t epoch;           /* the newest one above */
    int64_t items, dossiers; /* the highest numbers given above */
};

static void adopt_clear(struct adopt *a)
{
    mem_free(a->met);
    mem_free(a->open);
}

/* ---- the fact ---------------------------------------------------------------------
 */

int flow_adopt_begun(struct flow *f, struct err *e)
{
    AUTO_MEM char *value = NULL;
    int rc = store_fact_get(f->store, FACT_AHEAD, &value, e);

    if (rc <= 0)
        return rc;
    return strcmp(value, "1") == 0;
}

static int forked(struct flow *f, struct err *e)
{
    AUTO_MEM char *value = NULL;
    int rc = store_fact_get(f->store, FACT_FORK, &value, e);

    if (rc <= 0)
        return rc;
    return strcmp(value, "1") == 0;
}

static int mark(struct adopt *a, const char *value, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(a->f->store, &txn, e) < 0 ||
        store_fact_set(a->f->store, FACT_AHEAD, value, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* Under which unit they lie: a folder has them when they were asked for and the tier
 * above has laid them out. */
static int find_unit(struct flow *f, const struct line *l, char unit[NAMES_UNIT_MAX],
                     struct err *e)
{
    int rc = 1;

    (void)snprintf(unit, NAMES_UNIT_MAX, "%s-%s", f->home.unit_code,
                   f->home.unit_valid_from);
    if (l->folder)
        rc = dropbox_want_back(l, f->home.node, e) < 0
                 ? -1
                 : dropbox_offered(l, f->home.node, unit, e);
    return rc == 0 ? err_set(e, ERR_AHEAD_LATER, "%s", l->path) : rc < 0 ? -1 : 0;
}

int flow_adopt_fetch(struct flow *f, struct repo *r, const struct line *l,
                     struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM char *chains = mem_printf("refs/sohoa/%s/", f->home.node);
    const char *refs[] = {chains};
    char unit[NAMES_UNIT_MAX];
    int rc = 1;

    if (find_unit(f, l, unit, e) < 0 ||
        ask_fetch(l, unit, repo_path(r), refs, 1, sum, NULL, e) < 0)
        return -1;
    /* In a folder a file may be missing: half a set must not be taken for all of it. */
    if (l->folder)
        rc = dropbox_came_back(l, f->home.node, r, e);
    return rc == 0 ? err_set(e, ERR_AHEAD_LATER, "%s", l->path) : rc < 0 ? -1 : 0;
}

static int fetch(struct adopt *a, const struct line *l, struct err *e)
{
    struct rpush_sum moved = {0};

    return flow_adopt_fetch(a->f, a->repo, l, &moved, e);
}

/* ---- two disks --------------------------------------------------------------------
 */

/* The chain stops where the ledger does: what was sealed after that is open again. Its
 * commits stay below refs/left. */
static int set_back(struct adopt *a, enum bundle_class cls, struct err *e)
{
    const struct home *h = &a->f->home;
    struct store_bundle head = {0};
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX], was[NAMES_OID_MAX] = "";
    AUTO_MEM char *left = mem_printf("refs/left/%s/%lld/%s", h->node,
                                     (long long)h->epoch, names_class(cls));
    int rc;

    names_ref(h->node, h->epoch, cls, ref);
    rc = repo_ref(a->repo, ref, tip, e);
    if (rc <= 0)
        return rc;
    rc = store_bundle_head(a->f->store, h->node, h->epoch, names_class(cls), &head, e);
    if (rc < 0 || (rc == 1 && strcmp(head.commit, tip) == 0))
        return rc < 0 ? -1 : 0;
    if (repo_ref(a->repo, left, was, e) < 0 ||
        (strcmp(was, tip) != 0 && repo_ref_move(a->repo, left, was, tip, e) < 0))
        return -1;
    return rc == 0 ? repo_ref_drop(a->repo, ref, tip, e)
                   : repo_ref_move(a->repo, ref, tip, head.commit, e);
}

static int note_open(void *ctx, const char *item, struct err *e)
{
    struct adopt *a = ctx;

    (void)e;
    mem_grow(&a->open, &a->open_cap, a->open_count + 1, sizeof *a->open);
    (void)snprintf(a->open[a->open_count++].name, sizeof a->open->name, "%s", item);
    return 0;
}

/* Transaction: a run that is cut off here, or has to wait for a folder, goes on with
 * the same. */
static int save_open(struct adopt *a, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);

    for (size_t i = 0; i < a->open_count; i++)
        str_addf(&text, "%s\n", a->open[i].name);
    if (str_check(&text, FACT_OPEN, e) < 0)
        return -1;
    return store_fact_set(a->f->store, FACT_OPEN, str_text(&text), e);
}

static int load_open(struct adopt *a, struct err *e)
{
    AUTO_MEM char *text = NULL;
    char *rest = NULL;
    char *name = NULL;

    if (store_fact_get(a->f->store, FACT_OPEN, &text, e) < 0)
        return -1;
    rest = text;
    while (rest && (name = strsep(&rest, "\n")))
        if (name[0] && note_open(a, name, e) < 0)
            return -1;
    return 0;
}

static int part(struct adopt *a, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct flow *f = a->f;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_ingest_unseal(f->store, f->home.node, f->home.epoch, note_open, a, e) <
            0 ||
        save_open(a, e) < 0 || store_fact_set(f->store, FACT_FORK, "1", e) < 0 ||
        store_audit_add(f->store, "", "system", "sync.fork", f->home.node, NULL,
                        clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    for (int cls = 0; cls < CLASS_COUNT; cls++)
        if (set_back(a, (enum bundle_class)cls, e) < 0)
            return -1;
    return 0;
}

static int is_older(struct adopt *a, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (pull_chains(a->repo, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (chains[i].name.epoch > a->f->home.epoch)
            return 1;
    return 0;
}

/* Chains only go forward: one that went on otherwise here must be set back first. Part
 * of it may have been done by a call that was cut off. */
static int fetch_all(struct adopt *a, const struct line *l, struct err *e)
{
    int fork = forked(a->f, e);
    int older;

    if (fork < 0 || (fork == 1 && part(a, e) < 0))
        return -1;
    if (fetch(a, l, e) < 0) {
        if (e->code != ERR_REF_MOVED || fork == 1)
            return -1;
        err_clear(e);
        return part(a, e) < 0 ? -1 : fetch(a, l, e);
    }
    older = is_older(a, e);
    if (older <= 0 || fork == 1)
        return older < 0 ? -1 : 0;
    return part(a, e);
}

/* ---- looking, before anything is taken --------------------------------------------
 */

/* The number in a name: "1f3c07aa-17", "1f3c07aa-d3". */
static void note_number(struct adopt *a, const struct card *c)
{
    const char *name = c->type == CARD_ITEM ? c->item.name : c->dossier.name;
    int64_t *most = c->type == CARD_ITEM ? &a->items : &a->dossiers;
    const char *dash = strchr(name, '-');
    int64_t n;

    if (dash && num_parse(dash + (c->type == CARD_ITEM ? 1 : 2), 0, INT64_MAX, &n) &&
        n > *most)
        *most = n;
}

static struct meeting *find_meeting(struct adopt *a, const char *name)
{
    for (size_t i = 0; i < a->count; i++)
        if (strcmp(a->met[i].name, name) == 0)
            return &a->met[i];
    return NULL;
}

static int into_memory(void *ctx, const void *data, size_t len, struct err *e)
{
    struct str *text = ctx;

    str_add_mem(text, data, len);
    return str_check(text, "meta.jsonl", e);
}

static int look_at_card(struct adopt *a, const struct pulled *p, const char *text,
                        size_t len, struct err *e)
{
    AUTO_CARD struct card card = {0};
    const char *name = NULL;
    int64_t rev = 0;
    struct meeting *m = NULL;
    int rc = 0;

    if (card_parse(text, len, &card, e) < 0)
        return -1;
    name = card.type == CARD_ITEM ? card.item.name : card.dossier.name;
    rev = card.type == CARD_ITEM ? card.item.rev : card.dossier.rev;
    note_number(a, &card);
    m = find_meeting(a, name);
    if (m && m->what != STORE_MEETS_OLDER) {
        m->rev = rev > m->rev ? rev : m->rev;
        return 0;
    }
    rc = store_ingest_meets(a->f->store, &card, p->m.clock, e);
    if (rc <= STORE_MEETS_NOTHING)
        return rc;
    mem_grow(&a->met, &a->cap, a->count + 1, sizeof *a->met);
    m = &a->met[a->count++];
    *m = (struct meeting){.what = (enum store_meets)rc, .rev = rev};
    (void)snprintf(m->name, sizeof m->name, "%s", name);
    return 0;
}

static int look_at_bundle(struct adopt *a, const struct pulled *p, struct err *e)
{
    for (size_t i = 0; i < p->m.object_count; i++) {
        AUTO_STR struct str text = STR_INIT((size_t)MANIFEST_META_MAX);
        const char *at = NULL;

        if (strcmp(p->m.objects[i].role, ROLE_META) != 0)
            continue;
        if (pull_object(a->repo, p, i, into_memory, &text, e) < 0)
            return -1;
        for (at = str_text(&text); *at;) {
            size_t len = strcspn(at, "\n");

            if (look_at_card(a, p, at, len, e) < 0)
                return -1;
            at += len + (at[len] == '\n');
        }
    }
    return 0;
}

static int look_at_chain(struct adopt *a, const struct pull_chain *chain, struct err *e)
{
    AUTO_PULL struct pull *walk = NULL;
    AUTO_MANIFEST struct manifest tip = MANIFEST_INIT;
    struct store_bundle head = {0};
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];

    if (bundle_read(a->repo, chain->tip, &tip, sha256, parent, e) < 0 ||
        store_bundle_head(a->f->store, chain->name.node, chain->name.epoch,
                          names_class(chain->name.cls), &head, e) < 0)
        return -1;
    if (tip.counter > a->counter)
        a->counter = tip.counter;
    if (tip.epoch > a->epoch)
        a->epoch = tip.epoch;
    if (strcmp(head.commit, chain->tip) == 0 || chain->name.cls != CLASS_META)
        return 0;
    if (pull_open(a->repo, &a->keys, chain, head.seq, head.seq ? head.manifest : NULL,
                  &walk, e) < 0)
        return -1;
    for (;;) {
        AUTO_PULLED struct pulled p = {0};
        int rc = pull_next(walk, &p, e);

        if (rc <= 0)
            return rc;
        if (look_at_bundle(a, &p, e) < 0)
            return -1;
    }
}

static int look(struct adopt *a, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (pull_chains(a->repo, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (look_at_chain(a, &chains[i], e) < 0)
            return -1;
    return 0;
}

/* ---- taking -----------------------------------------------------------------------
 */

static int rename_one(struct adopt *a, const struct meeting *m, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    struct store *s = a->f->store;
    char name[IDENT_NAME_MAX];
    struct jdoc *line = NULL;

    if (store_ingest_rename(s, a->f->home.node, m->name, name, e) < 0)
        return -1;
    jdoc_set_text(detail, "was", m->name);
    if (store_audit_add(s, "", "system", "rename", name, detail, clock_now(), e) < 0)
        return -1;
    line = flow_line("renamed");
    jdoc_set_text(line, ident_is_dossier(name) ? "dossier" : "item", name);
    jdoc_set_text(line, "was", m->name);
    flow_tell(a->to, line);
    for (size_t i = 0; i < a->open_count; i++)
        if (strcmp(a->open[i].name, m->name) == 0)
            memcpy(a->open[i].name, name, sizeof name);
    return 0;
}

static int give_way(struct adopt *a, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = a->f->store;

    if (store_begin(s, &txn, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_ITEM, a->items, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_DOSSIER, a->dossiers, e) < 0)
        return -1;
    for (size_t i = 0; i < a->count; i++) {
        const struct meeting *m = &a->met[i];
        int rc =
            m->what == STORE_MEETS_OLDER ? store_ingest_yield(s, m->name, m->rev - 1, e)
            : m->what == STORE_MEETS_NEWER ? store_ingest_above(s, m->name, m->rev, e)
                                           : rename_one(a, m, e);

        if (rc < 0)
            return -1;
    }
    if (save_open(a, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int take(struct adopt *a, struct err *e)
{
    struct flow_take_sum sum = {0};

    if (give_way(a, e) < 0 ||
        flow_take(a->f->store, a->repo, &a->keys, a->to, &sum, e) < 0)
        return -1;
    if (stop_requested())
        return err_set(e, ERR_LINE, "%s", "stopped");
    return sum.refused ? err_set(e, ERR_UPSTREAM_AHEAD, "%s", a->f->home.node) : 0;
}

/* Of two disks each goes on in an epoch of its own; the other one is told by that. */
static int next_epoch(struct adopt *a, struct err *e)
{
    struct home *h = &a->f->home;
    struct jdoc *line = NULL;
    int fork = forked(a->f, e);

    if (fork <= 0)
        return fork;
    if (home_set_epoch(h, (a->epoch > h->epoch ? a->epoch : h->epoch) + 1, e) < 0)
        return -1;
    line = flow_line("fork");
    jdoc_set_int(line, "epoch", h->epoch);
    flow_tell(a->to, line);
    return 0;
}

/* The facts go with the last of it. */
static int finish(struct adopt *a, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = a->f->store;

    if (next_epoch(a, e) < 0)
        return -1;
    if (store_begin(s, &txn, e) < 0 || store_ingest_own(s, a->f->home.node, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_BUNDLE, a->counter, e) < 0 ||
        store_fact_set(s, FACT_AHEAD, "0", e) < 0 ||
        store_fact_set(s, FACT_FORK, "0", e) < 0 ||
        store_audit_add(s, "", "cli", "sync.adopt", a->f->home.node, NULL, clock_now(),
                        e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int take_back(struct adopt *a, const struct line *line, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    char unit[NAMES_UNIT_MAX];
    int begun = 0;

    if (flow_lock(a->f, "seal.lock", &lock, e) < 0)
        return -1;
    begun = flow_adopt_begun(a->f, e);
    /* While a folder is waited for, sealing goes on. */
    if (begun == 0 && find_unit(a->f, line, unit, e) < 0)
        return -1;
    /* What was sealed here last may not be in the ledger yet: it is no stranger. */
    if (begun < 0 || (begun == 0 && (flow_seal_catch_up(a->f, a->repo, e) < 0 ||
                                     mark(a, "1", e) < 0)))
        return -1;
    if (load_open(a, e) < 0 || fetch_all(a, line, e) < 0 || look(a, e) < 0 ||
        take(a, e) < 0)
        return -1;
    if (line->folder && dropbox_thank(line, a->f->home.node, e) < 0)
        return -1;
    return finish(a, e);
}

/* At once, so that it arrives with this run. */
static int seal_open(struct adopt *a, struct err *e)
{
    AUTO_MEM const char **names = mem_new(a->open_count + 1, sizeof *names);
    struct flow_seal_opts opts = {
        .items = names, .count = a->open_count, .unverified = true};
    struct flow_seal_sum sum = {0};
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (a->open_count == 0)
        return 0;
    for (size_t i = 0; i < a->open_count; i++)
        names[i] = a->open[i].name;
    if (flow_seal(a->f, &opts, a->to, &sum, e) < 0)
        return -1;
    a->open_count = 0;
    if (store_begin(a->f->store, &txn, e) < 0 || save_open(a, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

int flow_adopt(struct flow *f, struct repo *r, const struct line *line,
               const struct flow_listener *to, struct err *e)
{
    AUTO(adopt_clear)
    struct adopt a = {
        .f = f, .repo = r, .to = to, .keys = {.nodes = &f->home.self, .count = 1}};

    return take_back(&a, line, e) < 0 ? -1 : seal_open(&a, e);
}
