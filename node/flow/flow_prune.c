/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_prune.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/store/object.h"
#include "node/store/store_audit.h"
#include "node/store/store_prune.h"
#include "sync/bundle.h"
#include "sync/challenge.h"
#include "sync/enrol.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/pull.h"
#include "sync/receipt.h"
#include "sync/repo.h"

#define DAY_S      INT64_C(86400)
#define SILENT_S   (31 * DAY_S) /* how far our clock may be ahead of the last receipt */
#define WEEK_S     (7 * DAY_S)
#define DOUBT_MAX  INT64_C(100000) /* files of one bundle */
#define FACT_ASKED "challenge.at"
#define FACT_RELAY "sync.relay" /* "1": a relay takes what we send */

/* ---- the rule ---------------------------------------------------------------------
 */

static const char *const WHY[] = {
    [FLOW_PRUNE_FREE] = "free",         [FLOW_PRUNE_NEVER] = "never",
    [FLOW_PRUNE_SUSPECT] = "suspect",   [FLOW_PRUNE_DAMAGED] = "damaged",
    [FLOW_PRUNE_OPEN] = "open",         [FLOW_PRUNE_PICTURE] = "picture",
    [FLOW_PRUNE_RECEIPT] = "receipt",   [FLOW_PRUNE_COPIES] = "copies",
    [FLOW_PRUNE_YOUNG] = "young",       [FLOW_PRUNE_ASK] = "ask",
    [FLOW_PRUNE_UNPROVEN] = "unproven",
};

const char *flow_prune_why_name(enum flow_prune_why why)
{
    return WHY[why];
}

static enum flow_prune_why before_asking(const struct flow_prune_rules *r,
                                         const struct flow_prune_facts *f)
{
    if (r->days < 1)
        return FLOW_PRUNE_NEVER;
    if (f->suspect)
        return FLOW_PRUNE_SUSPECT;
    if (f->damaged)
        return FLOW_PRUNE_DAMAGED;
    if (f->open)
        return FLOW_PRUNE_OPEN;
    if (f->unpictured)
        return FLOW_PRUNE_PICTURE;
    if (!f->received || !f->verified || f->durable_at < 1)
        return FLOW_PRUNE_RECEIPT;
    if (f->copies < r->copies)
        return FLOW_PRUNE_COPIES;
    if (r->now < f->durable_at || (r->now - f->durable_at) / DAY_S < r->days)
        return FLOW_PRUNE_YOUNG;
    return r->can_ask ? FLOW_PRUNE_FREE : FLOW_PRUNE_ASK;
}

enum flow_prune_why flow_prune_may(const struct flow_prune_rules *r,
                                   const struct flow_prune_facts *f)
{
    enum flow_prune_why why = before_asking(r, f);

    if (why != FLOW_PRUNE_FREE)
        return why;
    if (!f->proven)
        return FLOW_PRUNE_UNPROVEN;
    return f->proven_copies < r->copies ? FLOW_PRUNE_COPIES : FLOW_PRUNE_FREE;
}

/* ---- receipts again ---------------------------------------------------------------
 */

struct proving {
    struct flow *f;
    const struct flow_listener *to;
    struct flow_prune_sum *sum;
    flow_prune_ask *ask;
    void *ctx;
    struct sign_public key; /* whose receipts count */
};

/* The newest receipt of one bundle. */
struct newest {
    const struct proving *p;
    const struct store_bundle *b;
    bool good;
    int64_t copies;
};

static int check_receipt(void *ctx, const struct store_receipt *row, struct err *e)
{
    struct newest *n = ctx;
    struct receipt r = {0};
    struct err why = ERR_INIT; /* what does not verify counts as none */

    (void)e;
    n->good = sign_verify(&n->p->key, RECEIPT_SPACE, row->body, row->body_len,
                          row->signature, &why) == 0 &&
              receipt_parse(row->body, row->body_len, &r, NULL, &why) == 0 &&
              r.type == RECEIPT_OK && r.seq == n->b->seq && r.epoch == n->b->epoch &&
              strcmp(r.node, n->b->node) == 0 &&
              strcmp(r.manifest_sha256, n->b->manifest) == 0 &&
              strcmp(r.commit, n->b->commit) == 0;
    n->copies = n->good ? r.copies : 0;
    return 0;
}

struct verifying {
    const struct proving *p;
    bool all;
    int64_t copies; /* fewest */
};

static int verify_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct verifying *v = ctx;
    struct newest n = {.p = v->p, .b = b};

    if (store_bundle_receipts(v->p->f->store, b->manifest, check_receipt, &n, e) < 0)
        return -1;
    v->all = v->all && n.good;
    if (n.copies < v->copies)
        v->copies = n.copies;
    return 0;
}

static int facts_of(const struct proving *p, const struct store_prune_file *file,
                    struct flow_prune_facts *out, struct err *e)
{
    struct verifying v = {.p = p, .all = true, .copies = file->copies};

    if (store_prune_bundles(p->f->store, file->hex, verify_bundle, &v, e) < 0)
        return -1;
    *out = (struct flow_prune_facts){
        .suspect = store_suspect(p->f->store),
        .damaged = file->damaged,
        .open = file->open > 0 || file->waiting > 0 || file->pages == 0,
        .unpictured = file->unpictured > 0,
        .received = file->bundles > 0 && file->undurable == 0,
        .verified = v.all,
        .copies = v.copies,
        .durable_at = file->durable_at,
    };
    return 0;
}

/* ---- asking -----------------------------------------------------------------------
 */

/* 1 proven, 0 not, 2 the file here is not whole, -1. */
static int ask_for(struct proving *p, const char *hex, int64_t *copies, struct err *e)
{
    struct err why = ERR_INIT;
    AUTO_FD int fd = object_open(store_objects(p->f->store), hex, true, NULL, &why);

    if (fd < 0 && (why.code == ERR_OBJECT_MISSING || why.code == ERR_OBJECT_HASH))
        return 2;
    if (fd < 0) {
        *e = why;
        return -1;
    }
    return p->ask(p->ctx, hex, fd, copies, e);
}

static void tell_doubt(struct proving *p, const struct store_bundle *b, const char *hex,
                       bool over)
{
    struct jdoc *line = flow_line("doubt");

    jdoc_set_text(line, "bundle", b->manifest);
    jdoc_set_text(line, "class", b->class);
    jdoc_set_int(line, "seq", b->seq);
    jdoc_set_text(line, "sha256", hex);
    jdoc_set_bool(line, "over", over);
    if (!over)
        flow_line_why(line, ERR_UNPROVEN);
    flow_tell(p->to, line);
    p->sum->doubts += !over;
    p->sum->settled += over;
}

struct doubting {
    struct proving *p;
    const char *hex;
    bool tell; /* after the commit */
};

static int doubt_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct doubting *d = ctx;

    if (b->state != STORE_BUNDLE_DURABLE)
        return 0;
    if (d->tell) {
        tell_doubt(d->p, b, d->hex, false);
        return 0;
    }
    return store_prune_doubt(d->p->f->store, b->manifest, clock_now(), e);
}

/* What carries the file is accepted again, in one commit with the row that says why. */
static int doubt(struct proving *p, const char *hex, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct doubting d = {.p = p, .hex = hex, .tell = true};

    if (store_prune_bundles(p->f->store, hex, doubt_bundle, &d, e) < 0)
        return -1;
    d.tell = false;
    if (store_begin(p->f->store, &txn, e) < 0 ||
        store_prune_bundles(p->f->store, hex, doubt_bundle, &d, e) < 0 ||
        store_audit_add(p->f->store, "", "system", "prove.fail", hex, NULL, clock_now(),
                        e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* ---- going ------------------------------------------------------------------------
 */

static void tell_file(struct proving *p, const struct store_prune_file *file, bool gone)
{
    struct jdoc *line = flow_line("file");

    jdoc_set_text(line, "sha256", file->hex);
    jdoc_set_int(line, "bytes", (int64_t)file->size);
    jdoc_set_bool(line, "gone", gone);
    flow_tell(p->to, line);
    p->sum->files++;
    p->sum->bytes += (int64_t)file->size;
}

static int let_go(struct proving *p, const struct store_prune_file *file, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    int64_t now = clock_now();

    if (store_begin(p->f->store, &txn, e) < 0 ||
        store_prune_away(p->f->store, file, now, e) < 0 ||
        store_audit_add(p->f->store, "", "system", "prune", file->hex, NULL, now, e) <
            0)
        return -1;
    return store_commit(&txn, e);
}

static int consider(struct proving *p, const struct flow_prune_rules *r, bool dry,
                    const struct store_prune_file *file, struct err *e)
{
    struct flow_prune_facts facts;
    enum flow_prune_why why;
    int rc;

    if (facts_of(p, file, &facts, e) < 0)
        return -1;
    why = before_asking(r, &facts);
    if (why == FLOW_PRUNE_FREE && dry) {
        tell_file(p, file, false);
        return 0;
    }
    if (why == FLOW_PRUNE_FREE) {
        rc = ask_for(p, file->hex, &facts.proven_copies, e);
        if (rc < 0 || (rc == 0 && doubt(p, file->hex, e) < 0))
            return -1;
        facts.proven = rc == 1;
        facts.damaged = rc == 2;
        why = flow_prune_may(r, &facts);
    }
    if (why != FLOW_PRUNE_FREE) {
        p->sum->kept[why]++;
        return 0;
    }
    if (let_go(p, file, e) < 0)
        return -1;
    tell_file(p, file, true);
    return 0;
}

struct next {
    struct store_prune_file file;
    bool found;
};

static int take_next(void *ctx, const struct store_prune_file *p, struct err *e)
{
    struct next *n = ctx;

    (void)e;
    n->file = *p;
    n->found = true;
    return 0;
}

int flow_prune_files(struct flow *f, const struct flow_prune_rules *r, bool dry,
                     flow_prune_ask *ask, void *ctx, const struct flow_listener *to,
                     struct flow_prune_sum *sum, struct err *e)
{
    struct proving p = {.f = f, .to = to, .sum = sum, .ask = ask, .ctx = ctx};
    char after[HASH_HEX] = "";
    int rc = enrol_upstream(f->home.path, &p.key, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    /* One at a time: what became of the last may speak against the next. */
    while (!stop_requested()) {
        struct next n = {.found = false};

        if (store_prune_next(f->store, after, 1, take_next, &n, e) < 0)
            return -1;
        if (!n.found)
            return 0;
        if (consider(&p, r, dry, &n.file, e) < 0)
            return -1;
        memcpy(after, n.file.hex, sizeof after);
    }
    return 0;
}

/* ---- by chance, and what is in doubt ----------------------------------------------
 */

struct hexes {
    char (*rows)[HASH_HEX]; /* owned */
    size_t count, cap;
};

static void hexes_clear(struct hexes *n)
{
    mem_free(n->rows);
}

static int add_name(void *ctx, const char *hex, struct err *e)
{
    struct hexes *n = ctx;

    if (strlen(hex) >= HASH_HEX)
        return err_set(e, ERR_STORE_DAMAGED, "object.hex");
    mem_grow(&n->rows, &n->cap, n->count + 1, sizeof *n->rows);
    memcpy(n->rows[n->count++], hex, strlen(hex) + 1);
    return 0;
}

static int add_doubted(void *ctx, const struct store_bundle *b, struct err *e)
{
    return strcmp(b->code, STORE_UNPROVEN) == 0 ? add_name(ctx, b->manifest, e) : 0;
}

/* 1: all files of the bundle that lie here are proven, one at least; 0; -1. */
static int prove_bundle(struct proving *p, const char *manifest, struct err *e)
{
    AUTO(hexes_clear) struct hexes files = {0};

    if (store_prune_objects(p->f->store, manifest, DOUBT_MAX, add_name, &files, e) < 0)
        return -1;
    for (size_t i = 0; i < files.count; i++) {
        int64_t copies = 0;
        int rc = ask_for(p, files.rows[i], &copies, e);

        if (rc != 1)
            return rc < 0 ? -1 : 0;
    }
    return files.count > 0;
}

static int settle(struct proving *p, const char *manifest, struct err *e)
{
    struct store_bundle b = {0};
    struct newest n = {.p = p, .b = &b};
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    int rc = prove_bundle(p, manifest, e);

    if (rc <= 0)
        return rc;
    rc = store_bundle_get(p->f->store, manifest, &b, e);
    if (rc <= 0)
        return rc;
    if (store_bundle_receipts(p->f->store, manifest, check_receipt, &n, e) < 0)
        return -1;
    if (!n.good)
        return 0;
    if (store_begin(p->f->store, &txn, e) < 0 ||
        store_prune_proven(p->f->store, manifest, b.accepted_at, e) < 0 ||
        store_audit_add(p->f->store, "", "system", "prove.good", manifest, NULL,
                        clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    tell_doubt(p, &b, "", true);
    return 0;
}

static int by_chance(struct proving *p, struct err *e)
{
    AUTO(hexes_clear) struct hexes one = {0};
    int64_t copies = 0;
    int rc;

    if (store_prune_objects(p->f->store, NULL, 1, add_name, &one, e) < 0)
        return -1;
    if (one.count == 0)
        return 0;
    rc = ask_for(p, one.rows[0], &copies, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return doubt(p, one.rows[0], e);
}

int flow_prune_challenge(struct flow *f, flow_prune_ask *ask, void *ctx,
                         const struct flow_listener *to, struct flow_prune_sum *sum,
                         struct err *e)
{
    struct proving p = {.f = f, .to = to, .sum = sum, .ask = ask, .ctx = ctx};
    AUTO(hexes_clear) struct hexes doubted = {0};
    int rc = enrol_upstream(f->home.path, &p.key, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    if (store_bundle_each(f->store, STORE_BUNDLE_ACCEPTED, add_doubted, &doubted, e) <
        0)
        return -1;
    for (size_t i = 0; i < doubted.count && !stop_requested(); i++)
        if (settle(&p, doubted.rows[i], e) < 0)
            return -1;
    return by_chance(&p, e);
}

/* ---- over the line ----------------------------------------------------------------
 */

/* Who is asked: the tier whose receipts count, through a hub or not. */
struct way {
    struct line line;
    struct sign_public key;
    struct challenge_way w;
};

static int ask_line(void *ctx, const char *hex, int fd, int64_t *copies, struct err *e)
{
    const struct way *way = ctx;

    return challenge_ask(&way->w, hex, fd, copies, e);
}

static int open_way(struct flow *f, const struct line *l, struct way *out,
                    struct err *e)
{
    AUTO_MEM char *relay = NULL;
    int rc = enrol_upstream(f->home.path, &out->key, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_UPSTREAM_KEY_UNSET, "keys/upstream.pub");
    rc = store_fact_get(f->store, FACT_RELAY, &relay, e);
    if (rc < 0)
        return -1;
    out->line = *l;
    out->w = (struct challenge_way){.l = &out->line,
                                    .node = f->home.node,
                                    .key = &out->key,
                                    .relayed = rc == 1 && strcmp(relay, "1") == 0};
    return 0;
}

static int note_asked(struct flow *f, int64_t now, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *text = mem_printf("%lld", (long long)now);

    if (store_begin(f->store, &txn, e) < 0 ||
        store_fact_set(f->store, FACT_ASKED, text, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

/* A door, or a hub before it, that does not know the question: nothing is known. */
static bool is_older(const struct err *e)
{
    return e->code == ERR_GATE_VERB || e->code == ERR_GATE_READ;
}

int flow_prune_weekly(struct flow *f, const struct line *l,
                      const struct flow_listener *to, struct err *e)
{
    struct flow_prune_sum sum = {0};
    AUTO_MEM char *text = NULL;
    struct way way;
    struct err why = ERR_INIT;
    int64_t last = 0, now = clock_now();
    int rc;

    if (l->folder)
        return 0;
    if (open_way(f, l, &way, e) < 0)
        return -1;
    rc = store_fact_get(f->store, FACT_ASKED, &text, e);
    if (rc < 0)
        return -1;
    if (rc == 1 && num_parse(text, 0, INT64_MAX, &last) && now >= last &&
        now - last < WEEK_S)
        return 0;
    /* The first week is one of getting to know each other. */
    if (rc == 1 && flow_prune_challenge(f, ask_line, &way, to, &sum, &why) < 0 &&
        !is_older(&why)) {
        *e = why;
        return -1;
    }
    return note_asked(f, now, e);
}

static int rules_of(struct flow *f, struct flow_prune_rules *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    int64_t newest = 0;

    if (conf_load(f->home.path, &conf, e) < 0 ||
        store_prune_newest(f->store, &newest, e) < 0)
        return -1;
    *out = (struct flow_prune_rules){
        .days = conf_get_int(conf, "keep.masters_days"),
        .copies = conf_get_int(conf, "keep.copies"),
        .now = clock_now(),
    };
    /* A clock that runs ahead must not make receipts old. */
    if (out->now > newest + SILENT_S)
        out->now = newest + SILENT_S;
    return 0;
}

static void tell_sum(const struct flow_prune_sum *sum, bool dry,
                     const struct flow_listener *to)
{
    struct jdoc *line = flow_line("summary");
    struct jdoc *kept = jdoc_object();

    jdoc_set_int(line, "files", sum->files);
    jdoc_set_int(line, "bytes", sum->bytes);
    jdoc_set_bool(line, "dry", dry);
    jdoc_set_int(line, "doubts", sum->doubts);
    jdoc_set_int(line, "settled", sum->settled);
    for (int i = FLOW_PRUNE_NEVER; i < FLOW_PRUNE_REASONS; i++)
        if (sum->kept[i])
            jdoc_set_int(kept, WHY[i], sum->kept[i]);
    jdoc_set(line, "kept", kept);
    flow_tell(to, line);
}

int flow_prune(struct flow *f, bool dry, const struct flow_listener *to,
               struct flow_prune_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    AUTO_MASTER struct master master = MASTER_INIT;
    struct flow_prune_rules rules;
    struct way way;
    struct line line;
    struct err why = ERR_INIT;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "sync.lock", &lock, e) < 0 ||
        flow_upstream(f, &line, e) < 0 || rules_of(f, &rules, e) < 0 ||
        open_way(f, &line, &way, e) < 0)
        return -1;
    rules.can_ask = !line.folder;
    master_open(&master, f->home.path, -1);
    way.line.master = line.https ? NULL : &master;
    if (!dry && rules.can_ask && rules.days > 0 &&
        flow_prune_challenge(f, ask_line, &way, to, sum, &why) < 0) {
        if (!is_older(&why)) {
            *e = why;
            return -1;
        }
        rules.can_ask = false;
    }
    if (flow_prune_files(f, &rules, dry, ask_line, &way, to, sum, e) < 0)
        return -1;
    tell_sum(sum, dry, to);
    return store_checkpoint(f->store, e);
}

/* ---- and back ---------------------------------------------------------------------
 */

struct back {
    struct flow *f;
    const char *hex;
    bool done;
};

static int into_tmp(void *ctx, const void *data, size_t len, struct err *e)
{
    return fs_tmp_write(ctx, data, len, e);
}

static int write_back(struct back *k, struct repo *r, const struct pulled *p,
                      size_t index, struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = k->f->store;
    struct store_prune_file file;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;

    if (fs_tmp_open(&tmp, store_objects(s), e) < 0 ||
        pull_object(r, p, index, into_tmp, &tmp, e) < 0)
        return store_note(s, e);
    if (store_object_put_tmp(s, &tmp, k->hex, hex, &size, &existed, e) < 0 ||
        store_begin(s, &txn, e) < 0)
        return -1;
    if (store_prune_is_away(s, k->hex, &file, e) <= 0)
        return e->code == ERR_NONE ? 0 : -1; /* somebody else was quicker */
    if (store_object_add(s, k->hex, size, file.media, STORE_MASTER, e) < 0 ||
        store_prune_back(s, k->hex, e) < 0 ||
        store_audit_add(s, "", "system", "prune.back", k->hex, NULL, clock_now(), e) <
            0)
        return -1;
    return store_commit(&txn, e);
}

static int from_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    struct back *k = ctx;
    AUTO_MEM char *path = home_place(&k->f->home, "transport.git");
    AUTO_REPO struct repo *r = NULL;
    AUTO_PULLED struct pulled p = {0};

    if (strlen(b->commit) >= sizeof p.commit)
        return err_set(e, ERR_STORE_DAMAGED, "bundle.commit_id");
    if (repo_open(path, &r, e) < 0 ||
        bundle_verify_by(r, b->commit, b->node,
                         enrol_key_at(&k->f->home.self, b->epoch), &p.m, p.sha256,
                         e) < 0)
        return -1;
    memcpy(p.commit, b->commit, strlen(b->commit) + 1);
    for (size_t i = 0; i < p.m.object_count && !k->done; i++) {
        if (strcmp(p.m.objects[i].sha256, k->hex) != 0 ||
            !manifest_object_ends(&p.m.objects[i]))
            continue;
        if (write_back(k, r, &p, i, e) < 0)
            return -1;
        k->done = true;
    }
    return k->done;
}

int flow_prune_need(struct flow *f, const char *hex, struct err *e)
{
    struct back k = {.f = f, .hex = hex};
    struct store_prune_file file;
    int rc = store_prune_is_away(f->store, hex, &file, e);

    if (rc <= 0)
        return rc;
    if (store_prune_bundles(f->store, hex, from_bundle, &k, e) < 0)
        return -1;
    return k.done ? 0 : err_set(e, ERR_OBJECT_MISSING, "%s", hex);
}
