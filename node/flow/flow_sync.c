/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_sync.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/flow/flow_adopt.h"
#include "node/flow/flow_first.h"
#include "node/flow/flow_prune.h"
#include "node/flow/flow_reseal.h"
#include "node/flow/flow_return.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_prune.h"
#include "sync/ahead.h"
#include "sync/ask.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/names.h"
#include "sync/plan.h"
#include "sync/pull.h"
#include "sync/receipt.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/rpush.h"

#define HEAR_AGAIN_MS INT64_C(600000) /* a run of hours hears what is asked for */
#define HEAR_SOON_MS  INT64_C(60000)  /* what was just sent has no receipt yet */

#define GATE_REF     "SH-GATE-REF"
#define FACT_TIP     "receipts.tip" /* commit up to which receipts are kept */
#define FACT_DAY     "sync.day"     /* "<day> <bytes>": what went up on it */
#define FACT_TROUBLE "sync.trouble" /* "<since> <code>": why the line failed */
#define FACT_RELAY   "sync.relay"   /* "1": what we call only hands on what we send */
#define FACT_LOOKED  "sync.looked"  /* a refused request that no newer epoch explains */
#define FACT_SKEW    "clock.skew"   /* seconds by which our clock is wrong at least */

struct sync {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_sync_sum *sum;
    struct repo *repo;
    struct line line;
    struct plan_rules rules;
    int64_t warm_s;
    struct rpush_sum moved;
    int64_t day, before;   /* bytes that went up on that day before this run */
    bool heard;            /* receipts were asked for in this run */
    int64_t heard_ms;      /* when, clock_mono_ms() */
    bool sealed;           /* and something that was asked for was sealed since */
    struct ahead ahead;    /* the same asked while something goes up */
    bool aheadless;        /* which did not work */
    bool going;            /* something does */
    bool served;           /* and what was wanted first before that was sealed */
    bool owed;             /* and something was accepted since */
    bool owed_meta;        /* records among it */
    char ousted[HASH_HEX]; /* request of our epoch that the gate does not take */
    int64_t skew;          /* as these receipts show, seconds; ahead is positive */
    struct err late;       /* why receipts could not be taken; sending goes on */
};

/* ---- rules and figures of the day -------------------------------------------------
 */

static enum plan_masters masters_word(const char *word)
{
    static const char *const words[] = {"always", "night", "stick", "never"};

    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        if (strcmp(word, words[i]) == 0)
            return (enum plan_masters)i;
    return PLAN_MASTERS_ALWAYS; /* conf knows no other */
}

static int load_rules(const struct flow *f, struct plan_rules *out, int64_t *warm_s,
                      struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    struct plan_rules r = {.folder = false};

    if (conf_load(f->home.path, &conf, e) < 0 ||
        plan_hours_parse(conf_get(conf, "sync.night"), &r.night, e) < 0 ||
        plan_hours_parse(conf_get(conf, "sync.window"), &r.window, e) < 0)
        return -1;
    r.masters = masters_word(conf_get(conf, "sync.masters"));
    r.daily_bytes = conf_get_int(conf, "sync.daily_mib") << 20;
    if (warm_s)
        *warm_s = conf_get_int(conf, "sync.warm_s");
    *out = r;
    return 0;
}

int flow_sync_rules(const struct flow *f, struct plan_rules *out, struct err *e)
{
    return load_rules(f, out, NULL, e);
}

/* "<number> <rest>" of a fact. False: there is none. @rest: view into @text. */
static bool split_fact(char *text, int64_t *number, char **rest)
{
    char *space = text ? strchr(text, ' ') : NULL;

    if (!space)
        return false;
    *space = '\0';
    *rest = space + 1;
    return num_parse(text, 0, INT64_MAX, number);
}

int flow_sync_day(const struct flow *f, int64_t day, int64_t *bytes, struct err *e)
{
    AUTO_MEM char *text = NULL;
    char *rest;
    int64_t noted, n;

    *bytes = 0;
    if (store_fact_get(f->store, FACT_DAY, &text, e) < 0)
        return -1;
    if (split_fact(text, &noted, &rest) && noted == day &&
        num_parse(rest, 0, INT64_MAX, &n))
        *bytes = n;
    return 0;
}

int flow_sync_today(const struct flow *f, int64_t *bytes, struct err *e)
{
    return flow_sync_day(f, plan_day(clock_now()), bytes, e);
}

/* What went up today. A run that goes on over midnight begins anew. */
static int64_t today(struct sync *s)
{
    int64_t day = plan_day(clock_now());

    if (day != s->day) {
        s->day = day;
        s->before = -s->moved.bytes_up;
    }
    return s->before + s->moved.bytes_up;
}

int flow_sync_day_set(const struct flow *f, int64_t day, int64_t bytes, struct err *e)
{
    AUTO_MEM char *text = mem_printf("%lld %lld", (long long)day, (long long)bytes);

    return store_fact_set(f->store, FACT_DAY, text, e);
}

/* Within a transaction. */
static int note_day(struct sync *s, struct err *e)
{
    int64_t bytes = today(s);

    return flow_sync_day_set(s->f, s->day, bytes, e);
}

static bool is_line_down(enum err_code code)
{
    return code == ERR_LINE || code == ERR_LINE_KEY || code == ERR_LINE_HOST;
}

static bool is_trouble(enum err_code code)
{
    return is_line_down(code) || code == ERR_UPSTREAM_LATER;
}

/* The code of what went wrong with the line; of a trouble at the other end that one. */
static const char *trouble_code(const struct err *why)
{
    const char *said = strstr(why->subject, "SH-");

    return why->code == ERR_UPSTREAM_LATER && said ? said : err_code_name(why->code);
}

/* The same trouble again keeps its beginning. @why: NULL: all went well. */
static int note_trouble(struct sync *s, const struct err *why, struct err *e)
{
    AUTO_MEM char *was = NULL;
    AUTO_MEM char *text = NULL;
    char *rest;
    int64_t since = clock_now(), before;

    if (store_fact_get(s->f->store, FACT_TROUBLE, &was, e) < 0)
        return -1;
    if (!why)
        return store_fact_set(s->f->store, FACT_TROUBLE, "", e);
    if (split_fact(was, &before, &rest) && strcmp(rest, trouble_code(why)) == 0)
        since = before;
    text = mem_printf("%lld %s", (long long)since, trouble_code(why));
    return store_fact_set(s->f->store, FACT_TROUBLE, text, e);
}

/* How the run ended: for `sync status`, which makes no call. */
static int note_end(struct sync *s, const struct err *why, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    const struct err *bad = why && is_trouble(why->code) ? why : NULL;
    bool used = s->line.folder || s->moved.bytes_down > 0;

    if (store_begin(s->f->store, &txn, e) < 0 || note_day(s, e) < 0)
        return -1;
    /* Told to stop, or not used at all: says nothing about the line. */
    if (!stop_requested() && (bad || used) && note_trouble(s, bad, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* ---- the ledger -------------------------------------------------------------------
 */

static int add_count(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct flow_sync_sum *sum = ctx;

    (void)e;
    sum->durable += b->state == STORE_BUNDLE_DURABLE;
    sum->doubted += strcmp(b->code, STORE_UNPROVEN) == 0;
    sum->accepted += b->state == STORE_BUNDLE_ACCEPTED;
    if (b->state == STORE_BUNDLE_ACCEPTED &&
        (!sum->accepted_since || b->accepted_at < sum->accepted_since))
        sum->accepted_since = b->accepted_at;
    sum->refused += b->state == STORE_BUNDLE_REFUSED;
    sum->waiting += b->state == STORE_BUNDLE_SEALED || b->state == STORE_BUNDLE_SENT;
    return 0;
}

int flow_sync_status(struct flow *f, struct flow_sync_sum *sum, struct err *e)
{
    sum->durable = sum->accepted = sum->refused = sum->waiting = 0;
    sum->accepted_since = sum->doubted = 0;
    return store_bundle_each(f->store, -1, add_count, sum, e) < 0 ? -1 : 0;
}

/* ---- why something waits ----------------------------------------------------------
 */

/* What waits of one class. */
struct queue {
    int64_t bundles, bytes;
    int64_t since; /* when the oldest was sealed */
    int64_t boxed; /* of them in a drop box */
};

struct queues {
    struct queue of[CLASS_COUNT];
};

static int add_waiting(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct queues *all = ctx;
    enum bundle_class cls;
    struct queue *q;

    (void)e;
    if ((b->state != STORE_BUNDLE_SEALED && b->state != STORE_BUNDLE_SENT) ||
        !names_class_parse(b->class, &cls))
        return 0;
    q = &all->of[cls];
    if (q->bundles++ == 0 || b->sealed_at < q->since)
        q->since = b->sealed_at;
    q->bytes += b->bytes;
    q->boxed += b->state == STORE_BUNDLE_SENT;
    return 0;
}

static const char *trouble_name(const char *code)
{
    if (strcmp(code, err_code_name(ERR_LINE)) == 0)
        return "line";
    return strcmp(code, err_code_name(ERR_DISK_FULL)) == 0 ? "full" : "upstream";
}

/* Rules first: no line would change what they say. Then what befell the last run. */
static void tell_reason(struct jdoc *line, const struct plan_rules *rules,
                        enum bundle_class cls, const struct queue *q, int64_t sent,
                        bool relay, char *trouble)
{
    int64_t until = 0, since = 0;
    char *code = NULL;
    enum plan_reason why = plan_may(rules, cls, clock_now(), sent, &until);

    jdoc_set_int(line, "since", q->since);
    if (why != PLAN_FREE) {
        jdoc_set_text(line, "reason", plan_reason_name(why));
        if (until)
            jdoc_set_int(line, "until", until);
    } else if (q->boxed == q->bundles) {
        jdoc_set_text(line, "reason", relay ? "relay" : "box");
    } else if (split_fact(trouble, &since, &code)) {
        jdoc_set_text(line, "reason", trouble_name(code));
        jdoc_set_text(line, "code", code);
        jdoc_set_int(line, "since", since);
    } else {
        jdoc_set_text(line, "reason", "run");
    }
}

static int tell_queue(struct flow *f, const struct flow_listener *to,
                      const struct plan_rules *rules, enum bundle_class cls,
                      const struct queue *q, struct err *e)
{
    AUTO_MEM char *trouble = NULL;
    AUTO_MEM char *relay = NULL;
    struct jdoc *line = NULL;
    int64_t sent;

    if (flow_sync_day(f, plan_day(clock_now()), &sent, e) < 0 ||
        store_fact_get(f->store, FACT_TROUBLE, &trouble, e) < 0 ||
        store_fact_get(f->store, FACT_RELAY, &relay, e) < 0)
        return -1;
    line = flow_line("waiting");
    jdoc_set_text(line, "class", names_class(cls));
    jdoc_set_int(line, "bundles", q->bundles);
    jdoc_set_int(line, "bytes", q->bytes);
    tell_reason(line, rules, cls, q, sent, !rules->folder && relay && relay[0],
                trouble);
    flow_tell(to, line);
    return 0;
}

int flow_sync_waiting(struct flow *f, const struct flow_listener *to, struct err *e)
{
    struct queues all = {.of = {{0}}};
    struct plan_rules rules;
    struct line line;
    struct err unset = ERR_INIT; /* no address yet: rules of a line are shown */

    if (load_rules(f, &rules, NULL, e) < 0 ||
        store_bundle_each(f->store, -1, add_waiting, &all, e) < 0)
        return -1;
    rules.folder = flow_upstream(f, &line, &unset) == 0 && line.folder;
    for (int i = 0; i < CLASS_COUNT; i++)
        if (all.of[i].bundles &&
            tell_queue(f, to, &rules, (enum bundle_class)i, &all.of[i], e) < 0)
            return -1;
    return flow_first_open(f, to, e);
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
    return note_day(s, e) < 0 ? -1 : store_commit(&txn, e);
}

/* The tier above has these no more. */
static int lose(struct sync *s, const struct rpush_request *q, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *line = NULL;

    if (store_begin(s->f->store, &txn, e) < 0)
        return -1;
    for (int64_t seq = q->first_seq; seq <= q->last_seq; seq++) {
        struct store_bundle b;
        int found = store_bundle_at(s->f->store, q->chain.node, q->chain.epoch,
                                    names_class(q->chain.cls), seq, &b, e);

        if (found < 0 ||
            (found == 1 && store_bundle_unsent(s->f->store, b.manifest, e) < 0))
            return -1;
    }
    if (store_commit(&txn, e) < 0)
        return -1;
    line = flow_line("lost");
    jdoc_set_text(line, "class", names_class(q->chain.cls));
    jdoc_set_int(line, "first_seq", q->first_seq);
    jdoc_set_int(line, "last_seq", q->last_seq);
    flow_tell(s->to, line);
    return 0;
}

static int note_relay(struct sync *s, bool relay, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *was = NULL;
    const char *now = relay ? "1" : "";

    if (store_fact_get(s->f->store, FACT_RELAY, &was, e) < 0)
        return -1;
    if (strcmp(was ? was : "", now) == 0)
        return 0;
    if (store_begin(s->f->store, &txn, e) < 0 ||
        store_fact_set(s->f->store, FACT_RELAY, now, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* A hub that only hands it on says so: then it is on its way, no more. */
static int taken(struct sync *s, const struct rpush_request *q,
                 const struct receive_answer *answer, struct jdoc *line, struct err *e)
{
    bool relay = answer && answer->relay;

    jdoc_set_text(line, "state", relay ? "sent" : "accepted");
    if (note_relay(s, relay, e) < 0)
        return -1;
    s->owed = s->owed || !relay;
    s->owed_meta = s->owed_meta || (!relay && q->chain.cls == CLASS_META);
    return move(s, q, relay ? STORE_BUNDLE_SENT : STORE_BUNDLE_ACCEPTED, NULL, e);
}

static int on_push(void *ctx, enum rpush_event what, const struct rpush_request *q,
                   int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct sync *s = ctx;
    struct jdoc *line = NULL;
    int rc = 0;

    if (what == RPUSH_LOST)
        return lose(s, q, e);
    line = flow_line("progress");
    jdoc_set_text(line, "class", names_class(q->chain.cls));
    jdoc_set_int(line, "first_seq", q->first_seq);
    jdoc_set_int(line, "last_seq", q->last_seq);
    jdoc_set_int(line, "bytes", have);
    jdoc_set_int(line, "size", q->size);
    switch (what) {
    case RPUSH_BEGIN:
    case RPUSH_PROGRESS:
    case RPUSH_TURN: /* not told to us */
    case RPUSH_LOST:
        jdoc_set_text(line, "state", "sending");
        break;
    case RPUSH_WRITTEN:
        jdoc_set_text(line, "state", "sent");
        rc = move(s, q, STORE_BUNDLE_SENT, NULL, e);
        break;
    case RPUSH_ACCEPTED:
        rc = taken(s, q, answer, line, e);
        break;
    case RPUSH_REFUSED:
        jdoc_set_text(line, "state", "refused");
        jdoc_set_text(line, "code", answer ? answer->code : "");
        jdoc_set_text(line, "vi", answer ? answer->vi : "");
        jdoc_set_text(line, "en", answer ? answer->en : "");
        if (answer && strcmp(answer->code, GATE_REF) == 0)
            memcpy(s->ousted, q->id, sizeof s->ousted);
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

struct jdoc *flow_sync_receipt_line(const struct receipt *r)
{
    struct jdoc *line = flow_line("receipt");

    jdoc_set_text(line, "kind", receipt_type_name(r->type));
    jdoc_set_text(line, "node", r->node);
    jdoc_set_int(line, "number", r->number);
    if (r->type == RECEIPT_OK || r->type == RECEIPT_REFUSAL) {
        jdoc_set_int(line, "epoch", r->epoch);
        jdoc_set_text(line, "class", names_class(r->cls));
        jdoc_set_int(line, "seq", r->seq);
        jdoc_set_text(line, "bundle", r->manifest_sha256);
        jdoc_set_int(line, "items", r->items);
        jdoc_set_int(line, "objects", r->objects);
        jdoc_set_int(line, "copies", r->copies);
    } else {
        jdoc_set_text(line, "item", r->item);
        jdoc_set_int(line, "rev", r->rev);
        jdoc_set_text(line, "text", r->text);
    }
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

/* Sealed after it was taken in, or taken in later than now: then one of the two clocks
 * is wrong by so much at least. Nothing is ever ordered by them. */
static void compare_clocks(struct sync *s, const struct receipt *r, int64_t sealed_at)
{
    int64_t ahead = sealed_at - r->time;
    int64_t behind = r->time - clock_now();

    if (ahead > FLOW_SYNC_SKEW_S && ahead > s->skew)
        s->skew = ahead;
    else if (behind > FLOW_SYNC_SKEW_S && behind > -s->skew && s->skew <= 0)
        s->skew = -behind;
}

static int note_skew(struct sync *s, struct err *e)
{
    AUTO_MEM char *text = mem_printf("%lld", (long long)s->skew);

    return store_fact_set(s->f->store, FACT_SKEW, text, e);
}

int flow_sync_skew(struct flow *f, int64_t *seconds, struct err *e)
{
    AUTO_MEM char *text = NULL;

    *seconds = 0;
    if (store_fact_get(f->store, FACT_SKEW, &text, e) < 0)
        return -1;
    if (text && !num_parse(text, INT64_MIN, INT64_MAX, seconds))
        *seconds = 0;
    return 0;
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
    compare_clocks(s, r, b.sealed_at);
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
    if (r->type == RECEIPT_REQUEST && flow_first_note(s->f, r, e) < 0)
        return -1;
    if (r->type == RECEIPT_RETURN && flow_return_note(s->f, r, s->to, e) < 0)
        return -1;
    flow_tell(s->to, flow_sync_receipt_line(r));
    return 0;
}

/* Where the tier above is, as the receipts of now prove it: what came after is sent
 * again, or it says that it has it. */
static int put_back(struct sync *s, struct err *e)
{
    const struct home *h = &s->f->home;

    for (int cls = 0; cls < CLASS_COUNT; cls++) {
        struct store_bundle b = {0};
        char up[NAMES_REF_MAX], now[NAMES_OID_MAX] = "";
        int rc = store_bundle_proven(s->f->store, h->node, h->epoch,
                                     names_class((enum bundle_class)cls), &b, e);

        names_upstream_ref(h->node, h->epoch, (enum bundle_class)cls, up);
        if (rc < 0 || repo_ref(s->repo, up, now, e) < 0)
            return -1;
        if (strcmp(now, b.commit) == 0 || !now[0])
            continue;
        if ((rc == 0 ? repo_ref_drop(s->repo, up, now, e)
                     : repo_ref_move(s->repo, up, now, b.commit, e)) < 0)
            return -1;
    }
    return 0;
}

/* Are the receipts of now other ones than were read? Then only they count. */
static int begin_anew(struct sync *s, char **after, const char *tip, struct err *e)
{
    int rc = repo_is_ancestor(s->repo, *after ? *after : "", tip, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    mem_free(TAKE(*after));
    if (store_bundle_withdraw(s->f->store, s->f->home.node, e) < 0 ||
        store_audit_add(s->f->store, "", "system", "receipt.anew", tip, NULL,
                        clock_now(), e) < 0)
        return -1;
    return 1;
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
    s->skew = 0;
    rc = begin_anew(s, &after, tip, e);
    if (rc < 0)
        return -1;
    if (receipt_read(s->repo, s->f->home.node, &key, after ? after : "", on_receipt, s,
                     tip, e) < 0 ||
        store_fact_set(s->f->store, FACT_TIP, tip, e) < 0 || note_skew(s, e) < 0 ||
        store_audit_add(s->f->store, flow_user(s->f), flow_via(s->f), "receipt.take",
                        tip, NULL, clock_now(), e) < 0 ||
        (rc == 1 && put_back(s, e) < 0))
        return -1;
    return store_commit(&txn, e);
}

/* The tier above never rewrites receipts; one that was put back from an older disk
 * writes others than it did. Those are fetched in place of ours. */
static int fetch_receipts(struct sync *s, struct rpush_sum *moved, struct err *e)
{
    const struct home *h = &s->f->home;
    AUTO_MEM char *unit = mem_printf("%s-%s", h->unit_code, h->unit_valid_from);
    char ref[NAMES_REF_MAX];
    const char *refs[] = {ref};

    names_receipt_ref(h->node, ref);
    if (ask_fetch(&s->line, unit, repo_path(s->repo), refs, 1, moved, NULL, e) == 0)
        return 0;
    if (e->code != ERR_REF_MOVED)
        return -1;
    err_clear(e);
    if (receipt_set_aside(s->repo, h->node, e) < 0)
        return -1;
    return ask_fetch(&s->line, unit, repo_path(s->repo), refs, 1, moved, NULL, e);
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
    if (flow_upstream(s->f, &s->line, e) < 0 ||
        load_rules(s->f, &s->rules, &s->warm_s, e) < 0)
        return -1;
    s->rules.folder = s->line.folder;
    s->day = plan_day(clock_now());
    return flow_sync_day(s->f, s->day, &s->before, e);
}

/* Upstream has bundles that this disk has lost: they come back first. */
static int take_back(struct sync *s, struct err *e)
{
    if (e->code != ERR_UPSTREAM_AHEAD)
        return -1;
    err_clear(e);
    return flow_adopt(s->f, s->repo, &s->line, s->to, e);
}

/* What is wanted first is sealed now, and goes next. */
static int serve_wishes(struct sync *s, struct err *e)
{
    int rc = flow_first_serve(s->f, &s->line, &s->rules, today(s), s->to, &s->moved, e);

    s->sealed = s->sealed || rc == 1;
    return rc < 0 ? -1 : 0;
}

/* A line that fails, or a disk that is an older copy, ends the run; what else is wrong
 * with receipts must not hold back what is to be sent, and is told at the end. */
static int put_off(struct sync *s, const struct err *why, struct err *e)
{
    if (is_line_down(why->code) || why->code == ERR_UPSTREAM_AHEAD ||
        stop_requested()) {
        *e = *why;
        return -1;
    }
    if (s->late.code == ERR_NONE)
        s->late = *why;
    return 0;
}

/* Fetch and take receipts. */
static int hear_receipts(struct sync *s, struct err *e)
{
    struct err why = ERR_INIT;

    s->heard = true;
    s->heard_ms = clock_mono_ms();
    s->owed = s->owed_meta = false;
    if (fetch_receipts(s, &s->moved, &why) == 0 && take_receipts(s, &why) == 0 &&
        serve_wishes(s, &why) == 0)
        return 0;
    return put_off(s, &why, e);
}

/* What was wanted before this run, and may go now. */
static int serve_known(struct sync *s, struct err *e)
{
    struct err why = ERR_INIT;

    if (s->served)
        return 0;
    s->served = true;
    return serve_wishes(s, &why) == 0 ? 0 : put_off(s, &why, e);
}

static int receipt_tip(struct sync *s, char tip[NAMES_OID_MAX], struct err *e)
{
    char ref[NAMES_REF_MAX];

    tip[0] = '\0';
    names_receipt_ref(s->f->home.node, ref);
    return repo_ref(s->repo, ref, tip, e) < 0 ? -1 : 0;
}

/* Ask for receipts without waiting. */
static void ask_ahead(struct sync *s)
{
    char ref[NAMES_REF_MAX];
    AUTO_MEM char *unit =
        mem_printf("%s-%s", s->f->home.unit_code, s->f->home.unit_valid_from);
    struct err ignored = ERR_INIT; /* who asks as ever is told the same */

    names_receipt_ref(s->f->home.node, ref);
    s->aheadless = s->aheadless || !s->line.master ||
                   ahead_begin(&s->ahead, &s->line, unit, ref, &ignored) < 0;
    s->heard_ms = clock_mono_ms();
    if (!s->aheadless)
        s->owed_meta = false; /* at the end it is asked again */
}

/* The answer may be here. What cannot be had while something goes up is asked for when
 * nothing does; only a disk that is an older copy ends the run. */
static int hear_ahead(struct sync *s, struct err *e)
{
    char tip[NAMES_OID_MAX];
    enum ahead_found found;
    struct err why = ERR_INIT;

    if (!ahead_begun(&s->ahead))
        return 0;
    if (receipt_tip(s, tip, e) < 0)
        return -1;
    found = ahead_look(&s->ahead, tip);
    s->aheadless = s->aheadless || found == AHEAD_FAILED;
    s->heard = s->heard || found == AHEAD_SAME;
    if (found != AHEAD_NEW || hear_receipts(s, &why) == 0)
        return 0;
    if (why.code == ERR_UPSTREAM_AHEAD) {
        *e = why;
        return -1;
    }
    s->heard = false;
    return 0;
}

/* @busy: there is something to be sent. It begins first, then they are asked for. */
static int hear_in_time(struct sync *s, const struct rpush_state *st, bool busy,
                        struct err *e)
{
    bool due = false;

    if (hear_ahead(s, e) < 0)
        return -1;
    due = !s->heard || s->owed_meta || clock_mono_ms() - s->heard_ms > HEAR_AGAIN_MS;
    if (!due || s->line.folder || st->waiting[CLASS_META] ||
        !plan_hours_in(&s->rules.window, clock_now()) || ahead_begun(&s->ahead))
        return 0;
    if (st->sending && s->going)
        ask_ahead(s);
    if (st->sending)
        return 0;
    return busy && s->line.master && !s->aheadless ? serve_known(s, e)
                                                   : hear_receipts(s, e);
}

/*
 * Receipts come before all that is large, and again when records were accepted. A
 * record that waits goes even before them: each call is a handshake, which on a slow
 * line takes longer than the record. What is large does not wait for them either: they
 * are asked for, and it begins.
 */
static int on_next(void *ctx, const struct rpush_state *st, enum bundle_class *cls,
                   struct err *e)
{
    struct sync *s = ctx;
    bool waiting[CLASS_COUNT];
    bool busy = plan_next(&s->rules, st->waiting, clock_now(), today(s), cls);

    if (hear_in_time(s, st, busy, e) < 0)
        return -1;
    memcpy(waiting, st->waiting, sizeof waiting);
    /* @st is older than what was sealed just now. */
    waiting[CLASS_THUMB] = waiting[CLASS_THUMB] || (s->sealed && !s->line.folder);
    busy = plan_next(&s->rules, waiting, clock_now(), today(s), cls);
    if (!st->sending) {
        s->sealed = false;
        s->going = busy;
    }
    return busy;
}

/* The hub's word on what the province refused: as that of the door itself. */
static int on_refused(void *ctx, const struct refusal *r, struct err *e)
{
    struct sync *s = ctx;
    struct rpush_request q = {
        .chain = r->chain, .first_seq = r->first_seq, .last_seq = r->last_seq};
    struct jdoc *line = NULL;

    if (move(s, &q, STORE_BUNDLE_REFUSED, r->code, e) < 0)
        return -1;
    line = flow_line("progress");
    jdoc_set_text(line, "class", names_class(r->chain.cls));
    jdoc_set_int(line, "first_seq", r->first_seq);
    jdoc_set_int(line, "last_seq", r->last_seq);
    jdoc_set_text(line, "state", "refused");
    flow_line_why(line, err_code_find(r->code));
    flow_tell(s->to, line);
    return 0;
}

/* What went to a hub may have been refused further up. */
static int hear_refusals(struct sync *s, struct err *e)
{
    AUTO_MEM char *relay = NULL;

    if (store_fact_get(s->f->store, FACT_RELAY, &relay, e) < 0)
        return -1;
    if (!s->heard || !relay || strcmp(relay, "1") != 0)
        return 0;
    return refusal_ask(&s->line, s->f->home.node, on_refused, s, &s->moved, e);
}

static int send_all(struct sync *s, struct err *e)
{
    int rc = rpush_run(s->repo, &s->line, s->f->home.node, s->f->home.epoch, on_next,
                       on_push, s, &s->moved, e);

    if (rc == 0)
        rc = hear_ahead(s, e);
    ahead_clear(&s->ahead);
    return rc;
}

static int note_looked(struct sync *s, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (dropbox_thank(&s->line, s->f->home.node, e) < 0 ||
        store_begin(s->f->store, &txn, e) < 0 ||
        store_fact_set(s->f->store, FACT_LOOKED, s->ousted, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* Refused for its place: does another disk of this node go on in a newer epoch? Then
 * all of that is to be taken back first. Else the refusal stands. */
static int look_for_newer(struct sync *s, struct err *e)
{
    AUTO_MEM struct pull_chain *all = NULL;
    AUTO_MEM char *looked = NULL;
    size_t count = 0;

    if (store_fact_get(s->f->store, FACT_LOOKED, &looked, e) < 0)
        return -1;
    /* A folder has the same answer each time, and asking fills it with all chains. */
    if (s->line.folder && looked && strcmp(looked, s->ousted) == 0)
        return 0;
    if (flow_adopt_fetch(s->f, s->repo, &s->line, &s->moved, e) < 0 ||
        pull_chains(s->repo, &all, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (all[i].name.epoch > s->f->home.epoch)
            return err_set(e, ERR_UPSTREAM_AHEAD, "epoch %lld",
                           (long long)all[i].name.epoch);
    return s->line.folder ? note_looked(s, e) : 0;
}

/* A folder that has to be waited for does not keep receipts waiting. */
static int weigh_refusal(struct sync *s, struct err *e)
{
    struct err why = ERR_INIT;

    if (look_for_newer(s, &why) == 0)
        return 0;
    if (why.code != ERR_AHEAD_LATER) {
        *e = why;
        return -1;
    }
    if (s->late.code == ERR_NONE)
        s->late = why;
    return 0;
}

static int push_and_hear(struct sync *s, struct err *e)
{
    bool open = s->line.folder || plan_hours_in(&s->rules.window, clock_now());

    s->ousted[0] = '\0';
    if (send_all(s, e) < 0 || (s->ousted[0] && weigh_refusal(s, e) < 0))
        return -1;
    if (!open ||
        (s->heard && (!s->owed || clock_mono_ms() - s->heard_ms < HEAR_SOON_MS)))
        return 0;
    if (hear_receipts(s, e) < 0)
        return -1;
    return s->sealed ? send_all(s, e) : 0;
}

/* What an epoch that is over left behind is sealed again first. */
static int seal_again(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    int64_t count = 0;
    int due = flow_reseal_due(f, e);

    if (due <= 0)
        return due;
    if (flow_lock(f, "seal.lock", &lock, e) < 0)
        return -1;
    return flow_reseal(f, to, &count, e);
}

static int run(struct sync *s, struct err *e)
{
    int begun = flow_adopt_begun(s->f, e);
    int rc;

    if (begun < 0 || seal_again(s->f, s->to, e) < 0)
        return -1;
    rc = begun ? err_set(e, ERR_UPSTREAM_AHEAD, "%s", s->f->home.node)
               : push_and_hear(s, e);
    if (rc < 0 && take_back(s, e) == 0) {
        s->heard = false;
        rc = push_and_hear(s, e);
    }
    if (rc == 0)
        rc = hear_refusals(s, e);
    if (rc == 0 && !s->line.folder && s->heard)
        rc = flow_prune_weekly(s->f, &s->line, s->to, e);
    s->sum->pushed += s->moved.bundles;
    s->sum->bytes_up += s->moved.bytes_up;
    s->sum->bytes_down += s->moved.bytes_down;
    if (rc == 0 && s->late.code != ERR_NONE) {
        *e = s->late;
        rc = -1;
    }
    return rc;
}

int flow_sync(struct flow *f, const struct flow_listener *to, struct flow_sync_sum *sum,
              struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;
    struct sync s = {.f = f, .to = to, .sum = sum, .ahead = AHEAD_INIT};
    AUTO_MEM char *path = home_place(&f->home, "transport.git");
    struct err ignored = ERR_INIT; /* counts beside an error are a courtesy */
    int rc = 0;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        open_line(&s, e) < 0)
        return -1;
    master_open(&master, f->home.path, s.warm_s);
    s.line.master = s.line.https ? NULL : &master;
    if (s.line.master && !s.line.folder && plan_hours_in(&s.rules.window, clock_now()))
        master_begin(&master, &s.line); /* the handshake takes longer than our part */
    rc = repo_open(path, &s.repo, e);
    if (rc == 0)
        rc = run(&s, e);
    repo_close(s.repo);
    if (note_end(&s, rc == 0 ? NULL : e, rc == 0 ? e : &ignored) < 0 && rc == 0)
        return -1;
    if (flow_sync_status(f, sum, rc == 0 ? e : &ignored) < 0)
        return -1;
    return rc == 0 ? store_checkpoint(f->store, e) : -1;
}

/* ---- by a stick -------------------------------------------------------------------
 */

int flow_sync_sent(struct flow *f, const struct flow_listener *to,
                   const struct rpush_request *q, struct err *e)
{
    struct sync s = {.f = f, .to = to};

    return on_push(&s, RPUSH_WRITTEN, q, q->size, NULL, e);
}

static int box_answer(void *ctx, const char *node, const char *id,
                      struct receive_answer *out, struct err *e)
{
    return dropbox_answer(ctx, node, id, out, e);
}

static int hear(struct sync *s, struct err *e)
{
    const struct home *h = &s->f->home;
    const struct rpush_carrier c = {.answer = box_answer, .ctx = &s->line};
    struct rpush_sum moved = {0};

    s->ousted[0] = '\0';
    if (rpush_carry(s->repo, h->path, h->node, h->epoch, &c, on_push, s, &moved, e) <
            0 ||
        (s->ousted[0] && weigh_refusal(s, e) < 0) || fetch_receipts(s, &moved, e) < 0)
        return -1;
    s->sum->pushed += moved.bundles;
    if (take_receipts(s, e) < 0 ||
        refusal_ask(&s->line, h->node, on_refused, s, &moved, e) < 0 ||
        load_rules(s->f, &s->rules, NULL, e) < 0)
        return -1;
    s->rules.folder = true; /* what is sealed for it goes with the next stick */
    return serve_wishes(s, e);
}

int flow_sync_box(struct flow *f, const char *folder, const struct flow_listener *to,
                  struct flow_sync_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct sync s = {.f = f, .to = to, .sum = sum};
    AUTO_MEM char *path = home_place(&f->home, "transport.git");
    struct err ignored = ERR_INIT; /* counts beside an error are a courtesy */
    int begun, rc;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        line_parse(f->home.path, folder, &s.line, e) < 0 ||
        repo_open(path, &s.repo, e) < 0)
        return -1;
    begun = flow_adopt_begun(f, e);
    rc = begun < 0    ? -1
         : begun == 1 ? err_set(e, ERR_UPSTREAM_AHEAD, "%s", f->home.node)
                      : hear(&s, e);
    if (rc < 0 && take_back(&s, e) == 0)
        rc = hear(&s, e);
    repo_close(s.repo);
    if (rc == 0 && s.late.code != ERR_NONE) {
        *e = s.late;
        rc = -1;
    }
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
    flow_tell(ctx, flow_sync_receipt_line(&r));
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
    flow_tell(to, flow_sync_receipt_line(&r));
    return 0;
}
