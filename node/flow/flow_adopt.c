/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_adopt.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_seal.h"
#include "node/flow/flow_take.h"
#include "node/record/card.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_ingest.h"
#include "sync/ask.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/pull.h"
#include "sync/repo.h"
#include "sync/rpush.h"

#define FACT_AHEAD "sync.ahead" /* "1" from the fetch until all is taken */

/* A record that gives way to the one that was sealed and lost here. */
struct yield {
    char item[IDENT_NAME_MAX];
    int64_t rev;
};

struct adopt {
    struct flow *f;
    struct repo *repo;
    const struct flow_listener *to;
    struct enrol keys;
    struct yield *yields; /* owned */
    size_t count, cap;
    int64_t counter; /* of the newest bundle */
};

static void adopt_clear(struct adopt *a)
{
    mem_free(a->yields);
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

static int mark(struct adopt *a, const char *value, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(a->f->store, &txn, e) < 0 ||
        store_fact_set(a->f->store, FACT_AHEAD, value, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* ---- looking, before anything is taken --------------------------------------------
 */

static int second_history(struct err *e, const char *what)
{
    err_set(e, ERR_UPSTREAM_AHEAD, "%s", what);
    return err_detail(e, "%s", "other work was done here since");
}

static int fetch(struct adopt *a, const struct line *l, struct err *e)
{
    AUTO_MEM char *chains = mem_printf("refs/sohoa/%s/", a->f->home.node);
    AUTO_MEM char *unit =
        mem_printf("%s-%s", a->f->home.unit_code, a->f->home.unit_valid_from);
    const char *refs[] = {chains};
    struct rpush_sum moved = {0};

    if (ask_fetch(l, unit, repo_path(a->repo), refs, 1, &moved, NULL, e) == 0)
        return 0;
    return e->code == ERR_REF_MOVED ? second_history(e, chains) : -1;
}

static int look_at_card(struct adopt *a, const struct pulled *p, const char *text,
                        size_t len, struct err *e)
{
    AUTO_CARD struct card card = {0};
    struct yield *y = NULL;
    int rc = 0;

    if (card_parse(text, len, &card, e) < 0)
        return -1;
    rc = store_ingest_meets(a->f->store, &card, p->m.clock, e);
    if (rc != STORE_MEETS_OLDER)
        return rc == STORE_MEETS_OTHER
                   ? second_history(e, card.type == CARD_ITEM ? card.item.name
                                                              : card.dossier.name)
                   : rc;
    mem_grow(&a->yields, &a->cap, a->count + 1, sizeof *a->yields);
    y = &a->yields[a->count++];
    (void)snprintf(y->item, sizeof y->item, "%s", card.item.name);
    y->rev = card.item.rev - 1;
    return 0;
}

static int into_memory(void *ctx, const void *data, size_t len, struct err *e)
{
    struct str *text = ctx;

    str_add_mem(text, data, len);
    return str_check(text, "meta.jsonl", e);
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

static int give_way(struct adopt *a, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(a->f->store, &txn, e) < 0)
        return -1;
    for (size_t i = 0; i < a->count; i++)
        if (store_ingest_yield(a->f->store, a->yields[i].item, a->yields[i].rev, e) < 0)
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

/* The fact goes with the last of it. */
static int finish(struct adopt *a, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = a->f->store;

    if (store_begin(s, &txn, e) < 0 || store_ingest_own(s, a->f->home.node, e) < 0 ||
        store_counter_least(s, STORE_COUNTER_BUNDLE, a->counter, e) < 0 ||
        store_fact_set(s, FACT_AHEAD, "0", e) < 0 ||
        store_audit_add(s, "", "cli", "sync.adopt", a->f->home.node, NULL, clock_now(),
                        e) < 0)
        return -1;
    return store_commit(&txn, e);
}

int flow_adopt(struct flow *f, struct repo *r, const struct line *line,
               const struct flow_listener *to, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(adopt_clear)
    struct adopt a = {
        .f = f, .repo = r, .to = to, .keys = {.nodes = &f->home.self, .count = 1}};
    int begun = 0;

    if (flow_lock(f, "seal.lock", &lock, e) < 0)
        return -1;
    begun = flow_adopt_begun(f, e);
    /* What was sealed here last may not be in the ledger yet: it is no stranger. */
    if (begun < 0 ||
        (begun == 0 && (flow_seal_catch_up(f, r, e) < 0 || mark(&a, "1", e) < 0)))
        return -1;
    if (fetch(&a, line, e) < 0 || look(&a, e) < 0 || take(&a, e) < 0)
        return -1;
    return finish(&a, e);
}
