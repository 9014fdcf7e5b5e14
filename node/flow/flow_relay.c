/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_relay.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_first.h"
#include "node/flow/flow_heir.h"
#include "node/flow/flow_sync.h"
#include "node/flow/flow_take.h"
#include "node/store/store_bundle.h"
#include "sync/ask.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/plan.h"
#include "sync/receipt.h"
#include "sync/refusal.h"
#include "sync/relay.h"
#include "sync/repo.h"
#include "sync/rpush.h"

struct hub {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_relay_sum *sum;
    struct enrol keys;
    bool *failed; /* owned; of each row: nothing more in this run */
    struct line line;
    struct plan_rules rules;
    struct sign_public trusted;
    struct rpush_sum moved;
    int64_t day, before; /* bytes that went up on that day before this run */
    /* onto a stick */
    flow_relay_put *put;
    void *put_ctx;
    bool put_failed; /* the stick, not a commune */
};

static void hub_clear(struct hub *h)
{
    enrol_clear(&h->keys);
    mem_free(h->failed);
}

static bool is_relayed(const struct enrol_node *n)
{
    return n->relay && strcmp(n->role, "commune") == 0;
}

static char *repository(const struct hub *h, const struct enrol_node *n)
{
    struct enrol_place p = enrol_home(n);

    return enrol_repository(h->f->home.path, p.code, p.valid_from);
}

/* The tier above may have the commune under another unit than we: over a line it is
 * asked by its name. A folder has units only. */
static char *name_above(const struct hub *h, const struct enrol_node *n)
{
    struct enrol_place p = enrol_home(n);

    return h->line.folder ? mem_printf("%s-%s", p.code, p.valid_from)
                          : mem_dup(n->node);
}

/* ---- one commune: errors of its own -----------------------------------------------
 */

/* Would the next commune fare better? */
static bool ends_run(const struct err *e)
{
    return e->code == ERR_LINE || e->code == ERR_LINE_KEY || e->code == ERR_LINE_HOST ||
           e->code == ERR_UPSTREAM_LATER || flow_take_stops_all(e);
}

static int give_up(struct hub *h, size_t i, const struct err *why, struct err *e)
{
    const struct enrol_node *n = &h->keys.nodes[i];
    struct jdoc *line = NULL;

    if (ends_run(why) || stop_requested()) {
        *e = *why;
        return -1;
    }
    line = flow_line("failed");
    jdoc_set_text(line, "node", n->node);
    jdoc_set_text(line, "unit", n->unit_code);
    jdoc_set_text(line, "valid_from", n->unit_valid_from);
    flow_line_why(line, why->code);
    jdoc_set_text(line, "detail", why->subject);
    flow_tell(h->to, line);
    h->failed[i] = true;
    h->sum->failed++;
    return 0;
}

/* ---- receipts ---------------------------------------------------------------------
 */

static int on_receipt(void *ctx, const struct receipt *r, const char *text, size_t len,
                      const char *sig, struct err *e)
{
    struct hub *h = ctx;

    (void)text;
    (void)len;
    (void)sig;
    (void)e;
    flow_tell(h->to, flow_sync_receipt_line(r));
    h->sum->receipts++;
    return 0;
}

/* Those that came since the last run, verified; the mark moves when all are good. */
static int read_receipts(struct hub *h, struct repo *r, const char *node, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *fact = mem_printf("relay.%s", node);
    AUTO_MEM char *after = NULL;
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    int rc;

    names_receipt_ref(node, ref);
    rc = repo_ref(r, ref, tip, e);
    if (rc <= 0)
        return rc;
    if (store_begin(h->f->store, &txn, e) < 0 ||
        store_fact_get(h->f->store, fact, &after, e) < 0)
        return -1;
    if (after && strcmp(after, tip) == 0)
        return 0;
    rc = repo_is_ancestor(r, after ? after : "", tip, e);
    if (rc < 0)
        return -1;
    if (rc == 0) /* others than were read: all of them */
        mem_free(TAKE(after));
    if (receipt_read(r, node, &h->trusted, after ? after : "", on_receipt, h, tip, e) <
            0 ||
        store_fact_set(h->f->store, fact, tip, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* A tier above that was put back from an older disk has written others since. */
static int fetch_receipts(struct hub *h, const struct enrol_node *n, struct repo *r,
                          struct err *e)
{
    AUTO_MEM char *name = name_above(h, n);
    char ref[NAMES_REF_MAX];
    const char *refs[] = {ref};

    names_receipt_ref(n->node, ref);
    if (ask_fetch(&h->line, name, repo_path(r), refs, 1, &h->moved, NULL, e) == 0)
        return 0;
    if (e->code != ERR_REF_MOVED)
        return -1;
    err_clear(e);
    if (receipt_set_aside(r, n->node, e) < 0)
        return -1;
    return ask_fetch(&h->line, name, repo_path(r), refs, 1, &h->moved, NULL, e);
}

static int bring_home(struct hub *h, const struct enrol_node *n, struct err *e)
{
    AUTO_MEM char *path = repository(h, n);
    AUTO_REPO struct repo *r = NULL;
    struct err why = ERR_INIT;

    if (repo_open(path, &r, e) < 0)
        return -1;
    if (fetch_receipts(h, n, r, &why) < 0 &&
        why.code != ERR_GATE_READ) { /* it has nothing of this commune yet */
        *e = why;
        return -1;
    }
    return read_receipts(h, r, n->node, e);
}

/* A commune whose right was taken is not known by its name any more, but its unit is;
 * and the tier above may have it under another unit. */
static int hear_keys_of(struct hub *h, const struct enrol_node *n, bool *changed,
                        struct err *e)
{
    const struct flow_heir heir = {.f = h->f,
                                   .to = h->to,
                                   .line = &h->line,
                                   .trusted = &h->trusted,
                                   .moved = &h->moved};
    struct enrol_place p = enrol_home(n);
    AUTO_MEM char *unit = mem_printf("%s-%s", p.code, p.valid_from);
    int rc = flow_heir(&heir, unit, n->node, changed, e);

    return rc != 0 || h->line.folder ? rc
                                     : flow_heir(&heir, n->node, n->node, changed, e);
}

/* What the tier above stated about keys counts here from now on. The same stands in all
 * its repositories: the first one that it shows is enough. */
static int hear_keys(struct hub *h, struct err *e)
{
    bool changed = false;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < h->keys.count; i++)
        if (is_relayed(&h->keys.nodes[i]))
            rc = hear_keys_of(h, &h->keys.nodes[i], &changed, e);
    if (rc < 0 || !changed)
        return rc < 0 ? -1 : 0;
    enrol_clear(&h->keys);
    return enrol_load(h->f->home.path, &h->keys, e);
}

static int hear_all(struct hub *h, struct err *e)
{
    if (!h->line.folder && !plan_hours_in(&h->rules.window, clock_now()))
        return 0;
    if (hear_keys(h, e) < 0)
        return -1;
    for (size_t i = 0; i < h->keys.count && !stop_requested(); i++) {
        const struct enrol_node *n = &h->keys.nodes[i];
        struct err why = ERR_INIT;

        if (is_relayed(n) &&
            (bring_home(h, n, &why) < 0 ||
             flow_first_relay(h->f, &h->line, n->node, &h->moved, &why) < 0) &&
            give_up(h, i, &why, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- handing on -------------------------------------------------------------------
 */

static const char *event_name(enum rpush_event what)
{
    switch (what) {
    case RPUSH_WRITTEN:
        return "sent";
    case RPUSH_ACCEPTED:
        return "accepted";
    case RPUSH_REFUSED:
        return "refused";
    case RPUSH_LOST:
        return "lost";
    case RPUSH_BEGIN:
    case RPUSH_PROGRESS:
    case RPUSH_TURN:
    default:
        return "sending";
    }
}

static int note_day(struct hub *h, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(h->f->store, &txn, e) < 0 ||
        flow_sync_day_set(h->f, h->day, h->before + h->moved.bytes_up, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* The commune will ask for it. */
static int note_answer(struct hub *h, enum rpush_event what,
                       const struct rpush_request *q,
                       const struct receive_answer *answer, struct err *e)
{
    struct refusal r = {
        .chain = q->chain, .first_seq = q->first_seq, .last_seq = q->last_seq};

    if (what == RPUSH_ACCEPTED)
        return refusal_drop(h->f->home.path, &q->chain, e);
    if (what != RPUSH_REFUSED || !answer)
        return 0;
    (void)snprintf(r.code, sizeof r.code, "%s", answer->code);
    return refusal_set(h->f->home.path, &r, e);
}

static struct jdoc *progress(enum rpush_event what, const struct rpush_request *q,
                             int64_t have)
{
    struct jdoc *line = flow_line("progress");

    jdoc_set_text(line, "node", q->chain.node);
    jdoc_set_text(line, "class", names_class(q->chain.cls));
    jdoc_set_int(line, "first_seq", q->first_seq);
    jdoc_set_int(line, "last_seq", q->last_seq);
    jdoc_set_int(line, "bytes", have);
    jdoc_set_int(line, "size", q->size);
    jdoc_set_text(line, "state", event_name(what));
    return line;
}

void flow_relay_sent(const struct flow_listener *to, const struct rpush_request *q)
{
    flow_tell(to, progress(RPUSH_WRITTEN, q, q->size));
}

static int on_push(void *ctx, enum rpush_event what, const struct rpush_request *q,
                   int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct hub *h = ctx;
    struct jdoc *line = NULL;

    if ((what == RPUSH_ACCEPTED && note_day(h, e) < 0) ||
        note_answer(h, what, q, answer, e) < 0)
        return -1;
    line = progress(what, q, have);
    if (what == RPUSH_REFUSED && answer) {
        jdoc_set_text(line, "code", answer->code);
        jdoc_set_text(line, "vi", answer->vi);
        jdoc_set_text(line, "en", answer->en);
    }
    flow_tell(h->to, line);
    return stop_requested() ? err_set(e, ERR_LINE, "stopped") : 0;
}

/* What went up another way, or was lost here, comes back: forward only. */
static int take_back(struct hub *h, const struct enrol_node *n, struct err *e)
{
    AUTO_MEM char *path = repository(h, n);
    AUTO_MEM char *name = name_above(h, n);
    AUTO_MEM char *chains = mem_printf("refs/sohoa/%s/", n->node);
    const char *refs[] = {chains};

    if (e->code != ERR_UPSTREAM_AHEAD || h->line.folder)
        return -1;
    err_clear(e);
    return ask_fetch(&h->line, name, path, refs, 1, &h->moved, NULL, e);
}

static int hand_on(struct hub *h, const struct enrol_node *n, enum bundle_class cls,
                   struct err *e)
{
    AUTO_MEM char *path = repository(h, n);
    AUTO_REPO struct repo *r = NULL;
    AUTO_REPO struct repo *again = NULL;
    struct relay relay = {.line = &h->line,
                          .rules = &h->rules,
                          .before = h->before,
                          .over = enrol_key_epoch(n),
                          .told = on_push,
                          .ctx = h,
                          .sum = &h->moved};

    if (repo_open(path, &r, e) < 0)
        return -1;
    if (relay_send(&relay, r, n->node, cls, e) == 0)
        return 0;
    if (take_back(h, n, e) < 0)
        return -1;
    return repo_open(path, &again, e) < 0 ? -1
                                          : relay_send(&relay, again, n->node, cls, e);
}

static int send_all(struct hub *h, struct err *e)
{
    for (int cls = 0; cls < CLASS_COUNT; cls++)
        for (size_t i = 0; i < h->keys.count && !stop_requested(); i++) {
            struct err why = ERR_INIT;

            if (is_relayed(&h->keys.nodes[i]) && !h->failed[i] &&
                hand_on(h, &h->keys.nodes[i], (enum bundle_class)cls, &why) < 0 &&
                give_up(h, i, &why, e) < 0)
                return -1;
        }
    return 0;
}

/* ---- where things stand -----------------------------------------------------------
 */

struct standing {
    const char *node;
    struct flow_relay_sum one;
    char code[40]; /* of a refusal */
};

static int add_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct standing *s = ctx;

    (void)e;
    if (strcmp(b->node, s->node) != 0)
        return 0;
    s->one.durable += b->state == STORE_BUNDLE_DURABLE;
    return 0;
}

static int add_refused(void *ctx, const struct refusal *r, struct err *e)
{
    struct standing *s = ctx;

    (void)e;
    s->one.refused += r->last_seq - r->first_seq + 1;
    memcpy(s->code, r->code, sizeof s->code);
    return 0;
}

/* Of all that came in: what the tier above lacks, what it has proven, and the rest. */
static int look_at(struct hub *h, const struct enrol_node *n, struct standing *s,
                   struct err *e)
{
    AUTO_MEM char *path = repository(h, n);
    AUTO_REPO struct repo *r = NULL;
    AUTO_STORE struct store *catalog = NULL;
    struct enrol_place p = enrol_home(n);
    int64_t all;

    if (repo_open(path, &r, e) < 0 ||
        relay_lacks(r, n->node, enrol_key_epoch(n), &s->one.waiting, &all, e) < 0 ||
        flow_take_catalog(&h->f->home, p.code, p.valid_from, &catalog, e) < 0 ||
        store_bundle_each(catalog, -1, add_bundle, s, e) < 0 ||
        refusal_each(h->f->home.path, n->node, add_refused, s, e) < 0)
        return -1;
    s->one.accepted = all - s->one.waiting - s->one.durable;
    s->one.waiting -= s->one.refused < s->one.waiting ? s->one.refused : s->one.waiting;
    return 0;
}

static void tell_standing(struct hub *h, const struct enrol_node *n,
                          const struct standing *s)
{
    struct jdoc *line = flow_line("relayed");

    jdoc_set_text(line, "node", n->node);
    jdoc_set_text(line, "unit", n->unit_code);
    jdoc_set_text(line, "valid_from", n->unit_valid_from);
    jdoc_set_int(line, "waiting", s->one.waiting);
    jdoc_set_int(line, "accepted", s->one.accepted);
    jdoc_set_int(line, "durable", s->one.durable);
    jdoc_set_int(line, "refused", s->one.refused);
    if (s->code[0])
        flow_line_why(line, err_code_find(s->code));
    flow_tell(h->to, line);
}

int flow_relay_status(struct flow *f, const struct flow_listener *to,
                      struct flow_relay_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(hub_clear) struct hub h = {.f = f, .to = to, .sum = sum};

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        enrol_load(f->home.path, &h.keys, e) < 0)
        return -1;
    for (size_t i = 0; i < h.keys.count; i++) {
        const struct enrol_node *n = &h.keys.nodes[i];
        struct standing s = {.node = n->node};

        if (!is_relayed(n))
            continue;
        if (look_at(&h, n, &s, e) < 0)
            return -1;
        tell_standing(&h, n, &s);
        sum->nodes++;
        sum->waiting += s.one.waiting;
        sum->accepted += s.one.accepted;
        sum->durable += s.one.durable;
        sum->refused += s.one.refused;
    }
    return 0;
}

/* ---- the run ----------------------------------------------------------------------
 */

static int count(struct hub *h, struct err *e)
{
    for (size_t i = 0; i < h->keys.count; i++) {
        const struct enrol_node *n = &h->keys.nodes[i];
        AUTO_MEM char *path = repository(h, n);
        AUTO_REPO struct repo *r = NULL;
        int64_t lacks;

        if (!is_relayed(n))
            continue;
        if (repo_open(path, &r, e) < 0 ||
            relay_lacks(r, n->node, enrol_key_epoch(n), &lacks, NULL, e) < 0)
            return -1;
        h->sum->waiting += lacks;
    }
    h->sum->pushed = h->moved.bundles;
    h->sum->refused = h->moved.refused;
    h->sum->bytes_up = h->moved.bytes_up;
    h->sum->bytes_down = h->moved.bytes_down;
    return 0;
}

/* Whose bundles are handed on, and whose receipts count. */
static int open_nodes(struct hub *h, struct err *e)
{
    int rc;

    if (enrol_load(h->f->home.path, &h->keys, e) < 0)
        return -1;
    for (size_t i = 0; i < h->keys.count; i++)
        h->sum->nodes += is_relayed(&h->keys.nodes[i]);
    h->failed = mem_new(h->keys.count + 1, sizeof *h->failed);
    if (flow_sync_day(h->f, h->day, &h->before, e) < 0)
        return -1;
    rc = enrol_upstream(h->f->home.path, &h->trusted, e);
    if (rc == 0)
        return err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    return rc < 0 ? -1 : 0;
}

static int open_hub(struct hub *h, struct err *e)
{
    if (open_nodes(h, e) < 0)
        return -1;
    if (h->sum->nodes == 0) /* nothing of its own goes up from here */
        return err_set(e, ERR_ROLE, "%s", home_role_name(h->f->home.role));
    if (flow_upstream(h->f, &h->line, e) < 0 || flow_sync_rules(h->f, &h->rules, e) < 0)
        return -1;
    h->rules.folder = h->line.folder;
    return 0;
}

int flow_relay(struct flow *f, const struct flow_listener *to,
               struct flow_relay_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;
    AUTO(hub_clear)
    struct hub h = {.f = f, .to = to, .sum = sum, .day = plan_day(clock_now())};
    struct err ignored = ERR_INIT; /* counts beside an error are a courtesy */
    int rc;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        open_hub(&h, e) < 0)
        return -1;
    master_open(&master, f->home.path, 0);
    h.line.master = h.line.https ? NULL : &master;
    rc = hear_all(&h, e) < 0 ? -1 : send_all(&h, e);
    if (note_day(&h, rc == 0 ? e : &ignored) < 0 && rc == 0)
        return -1;
    if (count(&h, rc == 0 ? e : &ignored) < 0 && rc == 0)
        return -1;
    return rc == 0 ? store_checkpoint(f->store, e) : -1;
}

/* ---- by a stick -------------------------------------------------------------------
 */

static int put_noted(void *ctx, const char *node, const struct rpush_request *q,
                     struct err *e)
{
    struct hub *h = ctx;
    int rc = h->put(h->put_ctx, node, q, e);

    h->put_failed = rc < 0;
    return rc;
}

/* One class of all communes. 1, 0 no more fits, -1. */
static int carry_class(struct hub *h, const struct rpush_carrier *c,
                       enum bundle_class cls, struct err *e)
{
    int rc = 1;

    for (size_t i = 0; rc == 1 && i < h->keys.count; i++) {
        const struct enrol_node *n = &h->keys.nodes[i];
        AUTO_MEM char *path = repository(h, n);
        AUTO_REPO struct repo *r = NULL;
        struct err why = ERR_INIT;

        if (!is_relayed(n) || h->failed[i])
            continue;
        rc = repo_open(path, &r, &why) < 0
                 ? -1
                 : relay_carry(r, h->f->home.path, n->node, enrol_key_epoch(n), cls, c,
                               NULL, NULL, &h->moved, &why);
        if (rc < 0 && h->put_failed)
            *e = why;
        else if (rc < 0)
            rc = give_up(h, i, &why, e) < 0 ? -1 : 1;
    }
    return rc;
}

int flow_relay_carry(struct flow *f, bool masters_stay, flow_relay_put *put, void *ctx,
                     const struct flow_listener *to, struct flow_relay_sum *sum,
                     struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(hub_clear)
    struct hub h = {.f = f,
                    .to = to,
                    .sum = sum,
                    .day = plan_day(clock_now()),
                    .put = put,
                    .put_ctx = ctx};
    struct rpush_carrier c = {.put = put_noted, .ctx = &h, .whole = true};
    int rc = 1;

    c.kept[CLASS_MASTER] = masters_stay;
    if (flow_need_upper(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        open_nodes(&h, e) < 0)
        return -1;
    for (int cls = 0; rc == 1 && cls < CLASS_COUNT; cls++)
        rc = carry_class(&h, &c, (enum bundle_class)cls, e);
    return rc < 0 || count(&h, e) < 0 ? -1 : rc;
}

/* Answers are to us, who carried: not to the commune. */
static int box_answer(void *ctx, const char *node, const char *id,
                      struct receive_answer *out, struct err *e)
{
    struct hub *h = ctx;

    (void)node;
    return dropbox_answer(&h->line, h->f->home.node, id, out, e);
}

static int hear_box(struct hub *h, const struct enrol_node *n, struct err *e)
{
    const struct rpush_carrier c = {.answer = box_answer, .ctx = h};
    AUTO_MEM char *path = repository(h, n);
    AUTO_MEM char *name = name_above(h, n);
    AUTO_MEM char *chains = mem_printf("refs/sohoa/%s/", n->node);
    const char *refs[] = {chains};
    AUTO_REPO struct repo *r = NULL;
    AUTO_REPO struct repo *again = NULL;

    if (repo_open(path, &r, e) < 0)
        return -1;
    if (relay_hear(r, h->f->home.path, n->node, &c, on_push, h, &h->moved, e) == 0)
        return bring_home(h, n, e);
    if (e->code != ERR_UPSTREAM_AHEAD)
        return -1;
    /* What went up another way: as far as it came along. */
    err_clear(e);
    if (ask_fetch(&h->line, name, path, refs, 1, &h->moved, NULL, e) < 0 ||
        repo_open(path, &again, e) < 0 ||
        relay_hear(again, h->f->home.path, n->node, &c, on_push, h, &h->moved, e) < 0)
        return -1;
    return bring_home(h, n, e);
}

int flow_relay_box(struct flow *f, const char *folder, const struct flow_listener *to,
                   struct flow_relay_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO(hub_clear)
    struct hub h = {.f = f, .to = to, .sum = sum, .day = plan_day(clock_now())};

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        open_nodes(&h, e) < 0 || line_parse(f->home.path, folder, &h.line, e) < 0 ||
        hear_keys(&h, e) < 0)
        return -1;
    for (size_t i = 0; i < h.keys.count && !stop_requested(); i++) {
        struct err why = ERR_INIT;

        if (is_relayed(&h.keys.nodes[i]) && hear_box(&h, &h.keys.nodes[i], &why) < 0 &&
            give_up(&h, i, &why, e) < 0)
            return -1;
    }
    return count(&h, e) < 0 ? -1 : store_checkpoint(f->store, e);
}
