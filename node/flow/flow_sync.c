/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_sync.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_adopt.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "sync/ask.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/receipt.h"
#include "sync/repo.h"
#include "sync/rpush.h"

#define FACT_TIP "receipts.tip" /* commit up to which receipts are kept */

struct sync {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_sync_sum *sum;
    struct repo *repo;
    struct line line;
};

/* ---- the ledger -------------------------------------------------------------------
 */

static int add_count(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct flow_sync_sum *sum = ctx;

    (void)e;
    sum->durable += b->state == STORE_BUNDLE_DURABLE;
    sum->accepted += b->state == STORE_BUNDLE_ACCEPTED;
    sum->refused += b->state == STORE_BUNDLE_REFUSED;
    sum->waiting += b->state == STORE_BUNDLE_SEALED || b->state == STORE_BUNDLE_SENT;
    return 0;
}

int flow_sync_status(struct flow *f, struct flow_sync_sum *sum, struct err *e)
{
    sum->durable = sum->accepted = sum->refused = sum->waiting = 0;
    return store_bundle_each(f->store, -1, add_count, sum, e) < 0 ? -1 : 0;
}

static int tell_plan(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct jdoc *line = NULL;

    (void)e;
    if (b->state != STORE_BUNDLE_SEALED && b->state != STORE_BUNDLE_SENT)
        return 0;
    line = flow_line("plan");
    jdoc_set_text(line, "bundle", b->manifest);
    jdoc_set_text(line, "class", b->class);
    jdoc_set_int(line, "seq", b->seq);
    jdoc_set_int(line, "bytes", b->bytes);
    jdoc_set_text(line, "state", store_bundle_state_name(b->state));
    flow_tell(ctx, line);
    return 0;
}

int flow_sync_plan(struct flow *f, const struct flow_listener *to,
                   struct flow_sync_sum *sum, struct err *e)
{
    struct flow_listener copy = *to;

    if (flow_sync_status(f, sum, e) < 0)
        return -1;
    return store_bundle_each(f->store, -1, tell_plan, &copy, e) < 0 ? -1 : 0;
}

/* Bundles first_seq … last_seq of a chain move to @state, in one commit. */
static int move(struct sync *s, const struct rpush_request *q,
                enum store_bundle_state state, const char *code, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(s->f->store, &txn, e) < 0)
        return -1;
    for (int64_t seq = q->first_seq; seq <= q->last_seq; seq++) {
        struct store_bundle b = {0};
        int found = store_bundle_at(s->f->store, q->chain.node, q->chain.epoch,
                                    names_class(q->chain.cls), seq, &b, e);

        if (found < 0 ||
            (found == 1 && store_bundle_state(s->f->store, b.manifest, state,
                                              clock_now(), code, e) < 0))
            return -1;
    }
    return store_commit(&txn, e);
}

static int on_push(void *ctx, enum rpush_event what, const struct rpush_request *q,
                   int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct sync *s = ctx;
    struct jdoc *line = flow_line("progress");
    int rc = 0;

    jdoc_set_text(line, "class", names_class(q->chain.cls));
    jdoc_set_int(line, "first_seq", q->first_seq);
    jdoc_set_int(line, "last_seq", q->last_seq);
    jdoc_set_int(line, "bytes", have);
    jdoc_set_int(line, "size", q->size);
    switch (what) {
    case RPUSH_BEGIN:
    case RPUSH_PROGRESS:
        jdoc_set_text(line, "state", "sending");
        break;
    case RPUSH_WRITTEN:
        jdoc_set_text(line, "state", "sent");
        rc = move(s, q, STORE_BUNDLE_SENT, NULL, e);
        break;
    case RPUSH_ACCEPTED:
        jdoc_set_text(line, "state", "accepted");
        rc = move(s, q, STORE_BUNDLE_ACCEPTED, NULL, e);
        break;
    case RPUSH_REFUSED:
        jdoc_set_text(line, "state", "refused");
        jdoc_set_text(line, "code", answer ? answer->code : "");
        jdoc_set_text(line, "vi", answer ? answer->vi : "");
        jdoc_set_text(line, "en", answer ? answer->en : "");
        rc = move(s, q, STORE_BUNDLE_REFUSED, answer ? answer->code : NULL, e);
        break;
    }
    if (rc < 0) { /* not kept: not told */
        jdoc_free(line);
        return -1;
    }
    flow_tell(s->to, line);
    return stop_requested() ? err_set(e, ERR_LINE, "stopped") : 0;
}

/* ---- receipts ---------------------------------------------------------------------
 */

static struct jdoc *receipt_line(const struct receipt *r)
{
    struct jdoc *line = flow_line("receipt");

    jdoc_set_text(line, "kind", receipt_type_name(r->type));
    jdoc_set_text(line, "node", r->node);
    jdoc_set_int(line, "epoch", r->epoch);
    jdoc_set_text(line, "class", names_class(r->cls));
    jdoc_set_int(line, "seq", r->seq);
    jdoc_set_text(line, "bundle", r->manifest_sha256);
    jdoc_set_int(line, "items", r->items);
    jdoc_set_int(line, "objects", r->objects);
    jdoc_set_int(line, "copies", r->copies);
    jdoc_set_int(line, "time", r->time);
    jdoc_set_text(line, "issuer", r->issuer);
    return line;
}

static int keep_receipt(struct sync *s, const struct receipt *r, const char *text,
                        size_t len, const char *sig, struct err *e)
{
    struct store_receipt row = {
        .epoch = r->epoch,
        .seq = r->seq,
        .province_at = r->time,
        .copies = r->copies,
        .body = text,
        .body_len = len,
        .signature = sig,
        .at = clock_now(),
    };

    (void)snprintf(row.type, sizeof row.type, "%s", receipt_type_name(r->type));
    (void)snprintf(row.node, sizeof row.node, "%s", r->node);
    (void)snprintf(row.class, sizeof row.class, "%s", names_class(r->cls));
    (void)snprintf(row.manifest, sizeof row.manifest, "%s", r->manifest_sha256);
    return store_bundle_receipt(s->f->store, &row, e) < 0 ? -1 : 0;
}

/* The receipt must speak of the very bundle that was sealed here. */
static int apply_receipt(struct sync *s, const struct receipt *r, struct err *e)
{
    struct store_bundle b = {0};
    int found = store_bundle_at(s->f->store, r->node, r->epoch, names_class(r->cls),
                                r->seq, &b, e);

    if (found < 0)
        return -1;
    if (found == 0) /* upstream has what this disk has lost */
        return err_set(e, ERR_UPSTREAM_AHEAD, "%s %lld", names_class(r->cls),
                       (long long)r->seq);
    if (strcmp(b.manifest, r->manifest_sha256) != 0 ||
        strcmp(b.commit, r->commit) != 0 || b.objects != r->objects)
        return err_set(e, ERR_RECEIPT, "%s %lld", names_class(r->cls),
                       (long long)r->seq);
    return store_bundle_state(s->f->store, b.manifest,
                              r->type == RECEIPT_OK ? STORE_BUNDLE_DURABLE
                                                    : STORE_BUNDLE_REFUSED,
                              r->time, r->type == RECEIPT_OK ? NULL : r->code, e);
}

static int on_receipt(void *ctx, const struct receipt *r, const char *text, size_t len,
                      const char *sig, struct err *e)
{
    struct sync *s = ctx;

    if (keep_receipt(s, r, text, len, sig, e) < 0)
        return -1;
    if ((r->type == RECEIPT_OK || r->type == RECEIPT_REFUSAL) &&
        apply_receipt(s, r, e) < 0)
        return -1;
    flow_tell(s->to, receipt_line(r));
    return 0;
}

/* All new receipts and the mark up to where they were read: one commit. */
static int take_receipts(struct sync *s, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *after = NULL;
    struct sign_public key;
    char ref[NAMES_REF_MAX];
    char tip[NAMES_OID_MAX];
    int rc = enrol_upstream(s->f->home.path, &key, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    names_receipt_ref(s->f->home.node, ref);
    rc = repo_ref(s->repo, ref, tip, e);
    if (rc <= 0)
        return rc; /* none yet */
    if (store_begin(s->f->store, &txn, e) < 0 ||
        store_fact_get(s->f->store, FACT_TIP, &after, e) < 0)
        return -1;
    if (after && strcmp(after, tip) == 0)
        return 0;
    if (receipt_read(s->repo, s->f->home.node, &key, after ? after : "", on_receipt, s,
                     tip, e) < 0 ||
        store_fact_set(s->f->store, FACT_TIP, tip, e) < 0 ||
        store_audit_add(s->f->store, "", "cli", "receipt.take", tip, NULL, clock_now(),
                        e) < 0)
        return -1;
    return store_commit(&txn, e);
}

int flow_sync_take(struct flow *f, struct repo *r, const struct flow_listener *to,
                   struct err *e)
{
    struct sync s = {.f = f, .to = to, .repo = r};

    return take_receipts(&s, e);
}

/* ---- the run ----------------------------------------------------------------------
 */

static int open_line(struct sync *s, struct err *e)
{
    return flow_upstream(s->f, &s->line, e);
}

static int push(struct sync *s, struct rpush_sum *moved, struct err *e)
{
    return rpush_run(s->repo, &s->line, s->f->home.node, s->f->home.epoch, on_push, s,
                     moved, e);
}

/* Upstream has bundles that this disk has lost: they come back first. A folder cannot
 * be asked for them. */
static int take_back(struct sync *s, struct err *e)
{
    if (e->code != ERR_UPSTREAM_AHEAD || s->line.folder)
        return -1;
    err_clear(e);
    return flow_adopt(s->f, s->repo, &s->line, s->to, e);
}

static int push_all(struct sync *s, struct rpush_sum *moved, struct err *e)
{
    int begun = flow_adopt_begun(s->f, e);

    if (begun < 0)
        return -1;
    if (begun == 0 && push(s, moved, e) == 0)
        return 0;
    if (begun == 1)
        err_set(e, ERR_UPSTREAM_AHEAD, "%s", s->f->home.node);
    return take_back(s, e) < 0 ? -1 : push(s, moved, e);
}

static int run(struct sync *s, struct err *e)
{
    struct rpush_sum moved = {0};
    char ref[NAMES_REF_MAX];
    const char *refs[] = {ref};
    AUTO_MEM char *unit =
        mem_printf("%s-%s", s->f->home.unit_code, s->f->home.unit_valid_from);
    int rc = push_all(s, &moved, e);

    names_receipt_ref(s->f->home.node, ref);
    if (rc == 0)
        rc = ask_fetch(&s->line, unit, repo_path(s->repo), refs, 1, &moved, NULL, e);
    s->sum->pushed += moved.bundles;
    s->sum->bytes_up += moved.bytes_up;
    s->sum->bytes_down += moved.bytes_down;
    if (rc < 0 || take_receipts(s, e) == 0)
        return rc;
    return take_back(s, e) < 0 ? -1 : take_receipts(s, e);
}

int flow_sync(struct flow *f, const struct flow_listener *to, struct flow_sync_sum *sum,
              struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct sync s = {.f = f, .to = to, .sum = sum};
    AUTO_MEM char *path = home_place(&f->home, "transport.git");
    struct err ignored = ERR_INIT; /* counts beside an error are a courtesy */
    int rc = 0;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        open_line(&s, e) < 0)
        return -1;
    rc = repo_open(path, &s.repo, e);
    if (rc == 0)
        rc = run(&s, e);
    repo_close(s.repo);
    if (flow_sync_status(f, sum, rc == 0 ? e : &ignored) < 0)
        return -1;
    return rc == 0 ? store_checkpoint(f->store, e) : -1;
}

static int count_unit(void *ctx, const char *unit, struct err *e)
{
    int64_t *n = ctx;

    (void)unit;
    (void)e;
    (*n)++;
    return 0;
}

int flow_sync_call(struct flow *f, int64_t *units, struct err *e)
{
    struct sync s = {.f = f};

    *units = 0;
    if (open_line(&s, e) < 0)
        return -1;
    return ask_list(&s.line, count_unit, units, e);
}

static int tell_receipt(void *ctx, const struct store_receipt *row, struct err *e)
{
    struct receipt r = {0};

    if (receipt_parse(row->body, row->body_len, &r, NULL, e) < 0)
        return -1;
    flow_tell(ctx, receipt_line(&r));
    return 0;
}

int flow_sync_receipts(struct flow *f, const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    return store_bundle_receipts(f->store, NULL, tell_receipt, &copy, e) < 0 ? -1 : 0;
}

int flow_sync_check_receipt(struct flow *f, const char *path,
                            const struct flow_listener *to, struct err *e)
{
    struct receipt r = {0};
    struct sign_public key;
    int rc = enrol_upstream(f->home.path, &key, e);

    if (rc < 0)
        return -1;
    if (rc == 0 && home_is_upper(&f->home))
        key = f->home.key.pub; /* the issuer itself */
    else if (rc == 0)
        return err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    if (receipt_verify_file(path, &key, &r, e) < 0)
        return -1;
    flow_tell(to, receipt_line(&r));
    return 0;
}
