/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/relay.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/mem.h"
#include "sync/bundle.h"
#include "sync/plan.h"
#include "sync/pull.h"
#include "sync/repo.h"

struct run {
    const struct relay *l;
    enum bundle_class upto;
    bool held; /* something waits that may go later */
};

/* "never" and "by stick alone" will not change by waiting. */
static bool is_late(const struct relay *l, enum bundle_class cls, int64_t today)
{
    enum plan_reason why = plan_may(l->rules, cls, clock_now(), today, NULL);

    return why != PLAN_FREE && why != PLAN_STICK && why != PLAN_KEPT;
}

static int on_next(void *ctx, const struct rpush_state *s, enum bundle_class *cls,
                   struct err *e)
{
    struct run *run = ctx;
    bool waiting[CLASS_COUNT] = {false};
    int64_t today = run->l->before + run->l->sum->bytes_up;

    (void)e;
    for (int i = 0; i <= (int)run->upto; i++)
        waiting[i] = s->waiting[i];
    if (plan_next(run->l->rules, waiting, clock_now(), today, cls))
        return 1;
    for (int i = 0; i <= (int)run->upto; i++)
        run->held = run->held || (waiting[i] && is_late(run->l, i, today));
    return 0;
}

static int on_told(void *ctx, enum rpush_event what, const struct rpush_request *q,
                   int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct run *run = ctx;

    return run->l->told ? run->l->told(run->l->ctx, what, q, have, answer, e) : 0;
}

/* The next epoch of @node after @after among @chains, which are in order. 0: none. */
static int64_t epoch_after(const struct pull_chain *chains, size_t count,
                           const char *node, int64_t after)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(chains[i].name.node, node) == 0 && chains[i].name.epoch > after)
            return chains[i].name.epoch;
    return 0;
}

int relay_send(const struct relay *l, struct repo *r, const char *node,
               enum bundle_class upto, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;
    int64_t at, next;

    if (pull_chains(r, &chains, &count, e) < 0)
        return -1;
    for (at = epoch_after(chains, count, node, 0); at; at = next) {
        struct run run = {.l = l, .upto = upto};

        next = epoch_after(chains, count, node, at);
        if (at < l->over)
            continue;
        if (next)
            run.upto = CLASS_MASTER;
        if (rpush_run(r, l->line, node, at, on_next, on_told, &run, l->sum, e) < 0)
            return -1;
        if (run.held)
            return 0;
    }
    return 0;
}

int relay_carry(struct repo *r, const char *home, const char *node, int64_t over,
                enum bundle_class cls, const struct rpush_carrier *c, rpush_told *told,
                void *ctx, struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;
    int64_t at, next;
    int rc = 1;

    if (pull_chains(r, &chains, &count, e) < 0)
        return -1;
    for (at = epoch_after(chains, count, node, 0); rc == 1 && at; at = next) {
        struct rpush_carrier one = *c;

        next = epoch_after(chains, count, node, at);
        if (at < over || (next && cls != CLASS_META))
            continue; /* ended, or went with the first */
        for (int i = 0; !next && i < CLASS_COUNT; i++)
            one.kept[i] = one.kept[i] || i != (int)cls;
        rc = rpush_carry(r, home, node, at, &one, told, ctx, sum, e);
    }
    return rc;
}

int relay_hear(struct repo *r, const char *home, const char *node,
               const struct rpush_carrier *c, rpush_told *told, void *ctx,
               struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (pull_chains(r, &chains, &count, e) < 0)
        return -1;
    for (int64_t at = epoch_after(chains, count, node, 0); at;
         at = epoch_after(chains, count, node, at))
        if (rpush_carry(r, home, node, at, c, told, ctx, sum, e) < 0)
            return -1;
    return 0;
}

/* Number of the last bundle that @ref points at; 0 when there is none. */
static int last_seq(struct repo *r, const char *ref, int64_t *seq, struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    char tip[NAMES_OID_MAX], sha256[HASH_HEX], parent[NAMES_OID_MAX];
    int rc = repo_ref(r, ref, tip, e);

    *seq = 0;
    if (rc <= 0)
        return rc;
    if (bundle_read(r, tip, &m, sha256, parent, e) < 0)
        return -1;
    *seq = m.seq;
    return 0;
}

int relay_lacks(struct repo *r, const char *node, int64_t over, int64_t *count,
                int64_t *all, struct err *e)
{
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t n = 0;

    *count = 0;
    if (all)
        *all = 0;
    if (pull_chains(r, &chains, &n, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        const struct names_chain *c = &chains[i].name;
        char ref[NAMES_REF_MAX], up[NAMES_REF_MAX];
        int64_t here, there;

        if (strcmp(c->node, node) != 0)
            continue;
        names_ref(c->node, c->epoch, c->cls, ref);
        names_upstream_ref(c->node, c->epoch, c->cls, up);
        if (last_seq(r, ref, &here, e) < 0 || last_seq(r, up, &there, e) < 0)
            return -1;
        if (c->epoch < over)
            here = there;
        if (all)
            *all += here;
        if (here > there)
            *count += here - there;
    }
    return 0;
}
