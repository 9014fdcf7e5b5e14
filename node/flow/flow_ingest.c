/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_ingest.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_copy.h"
#include "node/flow/flow_first.h"
#include "node/flow/flow_return.h"
#include "node/flow/flow_unit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_ingest.h"
#include "node/store/store_picture.h"
#include "node/store/store_rate.h"
#include "sync/ask.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/pull.h"
#include "sync/receipt.h"
#include "sync/receive.h"
#include "sync/repo.h"
#include "sync/rpush.h"
#include "sync/statement.h"

struct ingest {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_take_sum *sum;
    struct flow_copy copy;
    int64_t copies; /* of the commune at hand, that receipts may tell */
};

static void ingest_clear(struct ingest *in)
{
    flow_copy_clear(&in->copy);
}

/* ---- receipts ---------------------------------------------------------------------
 */

/* Bundles that are in and whose receipt is missing or tells another count of copies. */
struct owed {
    struct store_bundle *rows; /* owned */
    size_t count, cap;
};

static int take_owed(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct owed *o = ctx;

    (void)e;
    mem_grow(&o->rows, &o->cap, o->count + 1, sizeof *o->rows);
    o->rows[o->count++] = *b;
    return 0;
}

static int fill_receipt(struct ingest *in, struct store *catalog,
                        const struct store_bundle *b, struct receipt *r, struct err *e)
{
    struct store_ingest_counts n = {0};

    if (store_ingest_count(catalog, b, &n, e) < 0)
        return -1;
    if (!names_class_parse(b->class, &r->cls))
        return err_set(e, ERR_RECEIPT, "%s", b->class);
    if (strlen(b->commit) >= sizeof r->commit)
        return err_set(e, ERR_RECEIPT, "%s", b->commit);
    r->type = RECEIPT_OK;
    r->epoch = b->epoch;
    r->seq = b->seq;
    r->items = n.items;
    r->objects = b->objects;
    r->bytes = b->bytes;
    r->copies = in->copies;
    r->time = b->accepted_at;
    (void)snprintf(r->node, sizeof r->node, "%s", b->node);
    (void)snprintf(r->manifest_sha256, sizeof r->manifest_sha256, "%s", b->manifest);
    memcpy(r->commit, b->commit, strlen(b->commit) + 1);
    (void)snprintf(r->issuer, sizeof r->issuer, "%s", in->f->home.node);
    return 0;
}

static void tell_receipt(struct ingest *in, const struct receipt *r)
{
    struct jdoc *line = flow_line("receipt");

    jdoc_set_text(line, "node", r->node);
    jdoc_set_text(line, "class", names_class(r->cls));
    jdoc_set_int(line, "epoch", r->epoch);
    jdoc_set_int(line, "seq", r->seq);
    jdoc_set_text(line, "bundle", r->manifest_sha256);
    jdoc_set_int(line, "items", r->items);
    jdoc_set_int(line, "copies", r->copies);
    jdoc_set_int(line, "time", r->time);
    flow_tell(in->to, line);
    in->sum->receipts++;
}

static int mark_durable(struct store *catalog, const struct store_bundle *rows,
                        size_t count, int64_t copies, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(catalog, &txn, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (store_ingest_durable(catalog, &rows[i], rows[i].accepted_at, copies, e) < 0)
            return -1;
    return store_commit(&txn, e);
}

/* At most RECEIPT_COMMIT bundles of one node: receipts first, then the ledger. */
static int answer(struct ingest *in, struct store *catalog, struct repo *repo,
                  const struct store_bundle *rows, size_t count, struct err *e)
{
    AUTO_MEM struct receipt *list = mem_new(count + 1, sizeof *list);
    char tip[NAMES_OID_MAX];

    if (count == 0)
        return 0;
    for (size_t i = 0; i < count; i++)
        if (fill_receipt(in, catalog, &rows[i], &list[i], e) < 0)
            return -1;
    if (receipt_write(repo, list, count, &in->f->home.key, tip, e) < 0 ||
        mark_durable(catalog, rows, count, in->copies, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        tell_receipt(in, &list[i]);
    return 0;
}

/* Of what is handed on only the tier above gives receipts. */
static bool is_ours(const struct enrol *keys, const char *node)
{
    const struct enrol_node *n = enrol_find(keys, node);

    return !n || !n->relay;
}

/* RECEIPT_COMMIT at a time, however many there are. */
static int answer_node(struct ingest *in, struct store *catalog, struct repo *repo,
                       const char *node, struct err *e)
{
    struct owed some = {0};
    int rc = 0;

    do {
        some.count = 0;
        rc = store_bundle_owed(catalog, node, in->copies, RECEIPT_COMMIT, take_owed,
                               &some, e);
        if (rc >= 0)
            rc = answer(in, catalog, repo, some.rows, some.count, e);
    } while (rc >= 0 && some.count == RECEIPT_COMMIT && !stop_requested());
    mem_free(some.rows);
    return rc < 0 ? -1 : 0;
}

static int answer_all(struct ingest *in, struct store *catalog, struct repo *repo,
                      const struct enrol *keys, const char *code,
                      const char *valid_from, struct err *e)
{
    if (in->copies == 0)
        return 0; /* the second copy is not there: they stay accepted */
    for (size_t i = 0; i < keys->count; i++) {
        struct enrol_place p = enrol_home(&keys->nodes[i]);

        if (strcmp(p.code, code) == 0 && strcmp(p.valid_from, valid_from) == 0 &&
            is_ours(keys, keys->nodes[i].node) &&
            answer_node(in, catalog, repo, keys->nodes[i].node, e) < 0)
            return -1;
    }
    return 0;
}

static int on_receipt(void *ctx, const struct receipt *r, const char *text, size_t len,
                      const char *sig, struct err *e)
{
    struct store *catalog = ctx;
    struct store_bundle b = {0};
    int found = 0;

    (void)text;
    (void)len;
    (void)sig;
    if (r->type != RECEIPT_OK)
        return flow_return_take(catalog, r, e);
    found =
        store_bundle_at(catalog, r->node, r->epoch, names_class(r->cls), r->seq, &b, e);
    if (found <= 0)
        return found;
    if (strcmp(b.manifest, r->manifest_sha256) != 0)
        return err_set(e, ERR_RECEIPT, "%s %lld", b.class, (long long)b.seq);
    if (b.state == STORE_BUNDLE_DURABLE && b.copies == r->copies)
        return 0;
    return store_ingest_durable(catalog, &b, r->time, r->copies, e);
}

/* Receipts by @trusted make bundles durable. @relayed: only those of nodes whose
 * bundles are handed on. */
static int read_receipts(struct store *catalog, struct repo *repo,
                         const struct enrol *keys, const struct sign_public *trusted,
                         bool relayed, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(catalog, &txn, e) < 0)
        return -1;
    for (size_t i = 0; i < keys->count; i++) {
        char ref[NAMES_REF_MAX];
        char tip[NAMES_OID_MAX];
        int found = 0;

        /* A reader at a hub does not know the key of the tier above that one. */
        if (relayed == is_ours(keys, keys->nodes[i].node))
            continue;
        names_receipt_ref(keys->nodes[i].node, ref);
        found = repo_ref(repo, ref, tip, e);
        if (found < 0 ||
            (found == 1 && receipt_read(repo, keys->nodes[i].node, trusted, "",
                                        on_receipt, catalog, tip, e) < 0))
            return -1;
    }
    return store_commit(&txn, e);
}

/* What was handed on: the catalogue counts it by the receipts that came home. */
static int hear_above(struct ingest *in, struct store *catalog, struct repo *repo,
                      const struct enrol *keys, struct err *e)
{
    struct sign_public trusted;
    int rc = enrol_upstream(in->f->home.path, &trusted, e);

    return rc <= 0 ? rc : read_receipts(catalog, repo, keys, &trusted, true, e);
}

/* ---- one commune ------------------------------------------------------------------
 */

static int copy_figures(struct ingest *in, const char *code, const char *valid_from,
                        struct store *catalog, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *source = mem_printf("%s-%s", code, valid_from);

    if (store_begin(in->f->store, &txn, e) < 0 ||
        store_rate_copy(in->f->store, source, catalog, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static bool is_of(const struct enrol_node *n, const char *code, const char *valid_from)
{
    struct enrol_place p = enrol_home(n);

    return strcmp(n->role, "commune") == 0 && strcmp(p.code, code) == 0 &&
           strcmp(p.valid_from, valid_from) == 0;
}

/* What readers asked for goes the way of receipts. */
static int sign_wishes(struct ingest *in, struct store *catalog, struct repo *repo,
                       const struct enrol *keys, const char *code,
                       const char *valid_from, struct err *e)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct enrol_node *n = &keys->nodes[i];

        if (is_of(n, code, valid_from) &&
            flow_first_sign(in->f, catalog, repo, n, e) < 0)
            return -1;
    }
    return 0;
}

/* What was sent back stands in the catalogue, also in one that was made anew. */
static int recall_returns(struct ingest *in, struct store *catalog, struct repo *repo,
                          const struct enrol *keys, const char *code,
                          const char *valid_from, struct err *e)
{
    for (size_t i = 0; i < keys->count; i++) {
        const struct enrol_node *n = &keys->nodes[i];

        if (is_of(n, code, valid_from) && !n->relay &&
            flow_return_recall(in->f, catalog, repo, n, e) < 0)
            return -1;
    }
    return 0;
}

static int ingest_commune(struct ingest *in, const struct enrol *keys, const char *code,
                          const char *valid_from, struct err *e)
{
    AUTO_MEM char *path = enrol_repository(in->f->home.path, code, valid_from);
    AUTO_REPO struct repo *repo = NULL;
    AUTO_STORE struct store *catalog = NULL;

    if (repo_open(path, &repo, e) < 0 ||
        flow_take_catalog(&in->f->home, code, valid_from, &catalog, e) < 0 ||
        flow_take(catalog, repo, keys, in->to, in->sum, e) < 0)
        return -1;
    in->copies = flow_copy_commune(&in->copy, repo, code, valid_from, in->to);
    if (sign_wishes(in, catalog, repo, keys, code, valid_from, e) < 0)
        return -1;
    /* The list first: a statement that is ahead of it would contradict it. */
    if (answer_all(in, catalog, repo, keys, code, valid_from, e) < 0 ||
        recall_returns(in, catalog, repo, keys, code, valid_from, e) < 0 ||
        hear_above(in, catalog, repo, keys, e) < 0 ||
        copy_figures(in, code, valid_from, catalog, e) < 0 ||
        enrol_publish(in->f->home.path, repo, &in->f->home.key, clock_now(), e) < 0 ||
        statement_publish(in->f->home.path, repo, &in->f->home.key, clock_now(), e) < 0)
        return -1;
    /* The receipts and the list of nodes follow, when the disk is there. */
    if (in->copies > 0)
        in->copies = flow_copy_commune(&in->copy, repo, code, valid_from, in->to);
    return 0;
}

static int tell_inbox(void *ctx, const char *node, const struct receive_answer *a,
                      struct err *e)
{
    struct ingest *in = ctx;
    struct jdoc *line = NULL;

    (void)e;
    if (a->result == RECEIVE_ACCEPTED)
        return 0;
    line = flow_line("refused");
    jdoc_set_text(line, "node", node);
    jdoc_set_text(line, "ref", a->ref);
    jdoc_set_text(line, "code", a->code);
    jdoc_set_text(line, "vi", a->vi);
    jdoc_set_text(line, "en", a->en);
    jdoc_set_text(line, "detail", a->detail);
    flow_tell(in->to, line);
    in->sum->refused++;
    return 0;
}

static bool seen_before(const struct enrol *keys, size_t i)
{
    struct enrol_place here = enrol_home(&keys->nodes[i]);

    for (size_t k = 0; k < i; k++) {
        struct enrol_place p = enrol_home(&keys->nodes[k]);

        if (strcmp(keys->nodes[k].role, "commune") == 0 &&
            strcmp(p.code, here.code) == 0 &&
            strcmp(p.valid_from, here.valid_from) == 0)
            return true;
    }
    return false;
}

/* A damaged commune does not keep the others waiting. */
static void tell_failed(struct ingest *in, const struct enrol_place *p,
                        const struct err *why)
{
    struct jdoc *line = flow_line("failed");

    jdoc_set_text(line, "unit", p->code);
    jdoc_set_text(line, "valid_from", p->valid_from);
    flow_line_why(line, why->code);
    jdoc_set_text(line, "detail", why->subject);
    flow_tell(in->to, line);
    in->sum->failed++;
}

int flow_ingest(struct flow *f, const struct flow_listener *to,
                struct flow_take_sum *sum, struct err *e)
{
    AUTO(ingest_clear) struct ingest in = {.f = f, .to = to, .sum = sum};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_ENROL struct enrol keys = ENROL_INIT;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        flow_unit_publish(f, e) < 0 || flow_copy_begin(f, &in.copy, e) < 0 ||
        statement_update(f->home.path, &f->home.key, clock_now(), e) < 0 ||
        receive_inbox(f->home.path, tell_inbox, &in, e) < 0 ||
        enrol_load(f->home.path, &keys, e) < 0)
        return -1;
    for (size_t i = 0; i < keys.count && !stop_requested(); i++) {
        struct enrol_place p = enrol_home(&keys.nodes[i]);
        struct err why = ERR_INIT;

        if (strcmp(keys.nodes[i].role, "commune") != 0 || seen_before(&keys, i))
            continue; /* several nodes of one commune share its repository */
        if (ingest_commune(&in, &keys, p.code, p.valid_from, &why) == 0)
            continue;
        if (flow_take_stops_all(&why)) {
            *e = why;
            return err_push(e, "%s-%s", p.code, p.valid_from);
        }
        tell_failed(&in, &p, &why);
    }
    if (flow_copy_end(f, &in.copy, e) < 0)
        return -1;
    sum->uncopied = in.copy.failed;
    /* Receipts made now are what waits in the drop box. */
    if (receive_inbox(f->home.path, tell_inbox, &in, e) < 0 ||
        receive_sweep(f->home.path, e) < 0)
        return -1;
    return store_checkpoint(f->store, e);
}

/* ---- the reader -------------------------------------------------------------------
 */

struct puller {
    struct ingest in;
    struct line line;
    struct sign_public trusted;
    const struct flow_pull_opts *opts;
    struct rpush_sum moved;
};

static int fetch(struct puller *p, const char *unit, const char *path, struct err *e)
{
    static const char *const SMALL[] = {NAMES_KEYS_REF, NAMES_STATEMENTS_REF,
                                        "refs/receipts/", "refs/sohoa/*/*/meta",
                                        "refs/sohoa/*/*/text"};
    static const char *const PICTURES[] = {"refs/sohoa/*/*/thumb",
                                           "refs/sohoa/*/*/page"};

    if (ask_fetch(&p->line, unit, path, SMALL, ARRAY_LEN(SMALL), &p->moved, NULL, e) <
        0)
        return -1;
    return p->opts->pages ? ask_fetch(&p->line, unit, path, PICTURES,
                                      ARRAY_LEN(PICTURES), &p->moved, NULL, e)
                          : 0;
}

/* Pages of which there is no picture in layers are looked at in the files they came
 * from. */
static int fetch_masters(struct puller *p, const char *unit, const char *path,
                         struct repo *repo, const struct enrol *keys,
                         struct store *catalog, struct err *e)
{
    static const char *const MASTERS[] = {"refs/sohoa/*/*/master"};
    int64_t lacking = 0;

    if (!p->opts->pages || store_picture_lacking(catalog, &lacking, e) < 0)
        return p->opts->pages ? -1 : 0;
    if (lacking == 0)
        return 0;
    if (ask_fetch(&p->line, unit, path, MASTERS, ARRAY_LEN(MASTERS), &p->moved, NULL,
                  e) < 0)
        return -1;
    return flow_take(catalog, repo, keys, p->in.to, p->in.sum, e);
}

static int pull_unit(struct puller *p, const char *unit, struct err *e)
{
    char code[NAMES_CODE_MAX];
    char from[NAMES_DATE_MAX];
    AUTO_ENROL struct enrol keys = ENROL_INIT;
    AUTO_REPO struct repo *repo = NULL;
    AUTO_STORE struct store *catalog = NULL;
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *path = NULL;
    int found = 0;

    if (!names_unit_parse(unit, code, from))
        return err_set(e, ERR_UPSTREAM, "%s", unit);
    dir = home_commune(&p->in.f->home, code, from);
    path = enrol_repository(p->in.f->home.path, code, from);
    if (fs_mkdirs(dir, e) < 0 || repo_create(path, REPO_TRANSPORT, e) < 0 ||
        fetch(p, unit, path, e) < 0 || repo_open(path, &repo, e) < 0)
        return -1;
    found = enrol_published(repo, &p->trusted, &keys, e);
    if (found <= 0)
        return found; /* nothing was ingested there yet */
    if (statement_check(repo, &p->trusted, &keys, NULL, e) < 0 ||
        flow_take_catalog(&p->in.f->home, code, from, &catalog, e) < 0 ||
        flow_take(catalog, repo, &keys, p->in.to, p->in.sum, e) < 0 ||
        fetch_masters(p, unit, path, repo, &keys, catalog, e) < 0 ||
        read_receipts(catalog, repo, &keys, &p->trusted, false, e) < 0)
        return -1;
    return copy_figures(&p->in, code, from, catalog, e);
}

struct units {
    char (*names)[NAMES_UNIT_MAX]; /* owned */
    size_t count, cap;
};

static int take_unit(void *ctx, const char *unit, struct err *e)
{
    struct units *u = ctx;
    size_t len = strlen(unit);

    if (u->count == ASK_UNITS_MAX || len >= NAMES_UNIT_MAX)
        return err_set(e, ERR_UPSTREAM, "%s", unit);
    mem_grow(&u->names, &u->cap, u->count + 1, sizeof *u->names);
    memcpy(u->names[u->count++], unit, len + 1);
    return 0;
}

static bool asked_for(const struct flow_pull_opts *opts, const char *unit)
{
    size_t code = strcspn(unit, "-");

    for (size_t i = 0; i < opts->count; i++)
        if (strcmp(opts->units[i], unit) == 0 ||
            (strlen(opts->units[i]) == code &&
             strncmp(opts->units[i], unit, code) == 0))
            return true;
    return opts->count == 0;
}

/* Its bundles came here first, and its repository is that of our own door. */
static bool is_handed_on(const struct enrol *own, const char *unit)
{
    for (size_t i = 0; i < own->count; i++) {
        struct enrol_place p = enrol_home(&own->nodes[i]);
        AUTO_MEM char *name = mem_printf("%s-%s", p.code, p.valid_from);

        if (!is_ours(own, own->nodes[i].node) && strcmp(name, unit) == 0)
            return true;
    }
    return false;
}

/* Over the line that @p has. */
static int pull_all(struct puller *p, struct err *e)
{
    AUTO_ENROL struct enrol own = ENROL_INIT;
    struct flow *f = p->in.f;
    struct units units = {0};
    int rc;

    if (enrol_load(f->home.path, &own, e) < 0)
        return -1;
    rc = enrol_upstream(f->home.path, &p->trusted, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    rc = ask_list(&p->line, take_unit, &units, e);
    for (size_t i = 0; rc >= 0 && i < units.count && !stop_requested(); i++)
        if (asked_for(p->opts, units.names[i]) && !is_handed_on(&own, units.names[i]))
            rc = pull_unit(p, units.names[i], e);
    mem_free(units.names);
    return rc < 0 ? -1 : store_checkpoint(f->store, e);
}

int flow_ingest_pull(struct flow *f, const struct flow_pull_opts *opts,
                     const struct flow_listener *to, struct flow_take_sum *sum,
                     struct err *e)
{
    struct puller p = {.in = {.f = f, .to = to, .sum = sum}, .opts = opts};
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        flow_upstream(f, &p.line, e) < 0)
        return -1;
    master_open(&master, f->home.path, -1);
    p.line.master = p.line.https ? NULL : &master;
    return pull_all(&p, e);
}

int flow_ingest_box(struct flow *f, const char *folder, const struct flow_listener *to,
                    struct flow_take_sum *sum, struct err *e)
{
    static const struct flow_pull_opts ALL = {.pages = true};
    struct puller p = {.in = {.f = f, .to = to, .sum = sum}, .opts = &ALL};
    AUTO_LOCK struct lock lock = LOCK_INIT;

    if (flow_need_upper(f, e) < 0 || flow_lock(f, "ingest.lock", &lock, e) < 0 ||
        line_parse(f->home.path, folder, &p.line, e) < 0)
        return -1;
    return pull_all(&p, e);
}
