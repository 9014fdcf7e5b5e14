/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_seal.h"
#include "node/flow/flow_keying.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_adopt.h"
#include "node/flow/flow_keying.h"
#include "node/flow/flow_page.h"
#include "node/flow/flow_reseal.h"
#include "node/flow/flow_seal_part.h"
#include "node/flow/flow_take.h"
#include "node/record/card.h"
#include "node/store/object.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_past.h"
#include "node/store/store_picture.h"
#include "ocr/ocr.h"
#include "sync/bundle.h"
#include "sync/enrol.h"
#include "sync/manifest.h"
#include "sync/pull.h"
#include "sync/repo.h"

#define CARDS_MAX 5000 /* record cards in one meta bundle */
#define PROGRAM   "sohoa " SOHOA_VERSION

/* The classes that are sealed here, in the order of sealing: a record is listed before
 * its text and its master, so that a cut leaves less above, never a stranger. */
static const enum bundle_class CLASSES[] = {CLASS_META, CLASS_TEXT, CLASS_THUMB,
                                            CLASS_PAGE, CLASS_MASTER};

/* ---- the ledger, written from the repository --------------------------------------
 */

struct memory {
    struct str text;
};

static int into_memory(void *ctx, const void *data, size_t len, struct err *e)
{
    struct memory *m = ctx;

    str_add_mem(&m->text, data, len);
    return str_check(&m->text, "meta.jsonl", e);
}

/*
 * A bundle holds a record as it stood when its card was made. Whoever went on with it
 * before the ledger knew (another command beside this one, or after a cut) has begun
 * its next revision. @now: the state it is in.
 */
static int is_overtaken(struct seal *s, const struct card *sealed, const char *text,
                        enum item_state *now, bool *out, struct err *e)
{
    AUTO_CARD struct card here = {0};
    AUTO_STR struct str line = STR_INIT(CARD_BYTES_MAX);

    if (store_item_card(s->f->store, sealed->item.name, sealed->item.level, &here, e) <
        0)
        return -1;
    card_print(&here, &line);
    if (str_check(&line, sealed->item.name, e) < 0)
        return -1;
    *now = here.item.state;
    *out = here.item.rev == sealed->item.rev &&
           (strcmp(str_text(&line), text) != 0 || *now == ITEM_RETURNED ||
            (*now == ITEM_VERIFIED && sealed->item.level != ITEM_LEVEL_VERIFIED));
    return 0;
}

static int go_on(struct seal *s, const char *item, enum item_state state, struct err *e)
{
    if (store_item_act(s->f->store, item, ITEM_SET, NULL, e) < 0)
        return -1;
    if (state == ITEM_VERIFIED)
        return store_item_act(s->f->store, item, ITEM_VERIFY, NULL, e);
    return state == ITEM_RETURNED
               ? store_item_act(s->f->store, item, ITEM_RETURN, NULL, e)
               : 0;
}

static int note_card(struct seal *s, const struct store_bundle *b, const char *line,
                     size_t len, struct err *e)
{
    AUTO_CARD struct card card = {0};
    AUTO_MEM char *text = mem_new(len + 1, 1);
    enum item_state now = ITEM_SEALED;
    bool overtaken = false;

    memcpy(text, line, len);
    if (card_parse(text, len, &card, e) < 0)
        return -1;
    if (card.type == CARD_DOSSIER)
        return store_dossier_sealed(s->f->store, card.dossier.name, card.dossier.rev,
                                    e);
    if (is_overtaken(s, &card, text, &now, &overtaken, e) < 0 ||
        store_bundle_item(s->f->store, b, card.item.name, card.item.rev,
                          card.item.level, text, e) < 0)
        return -1;
    s->sum->items++;
    return overtaken ? go_on(s, card.item.name, now, e) : 0;
}

static int note_cards(struct seal *s, const struct store_bundle *b,
                      const struct pulled *p, size_t index, struct err *e)
{
    struct memory m = {.text = STR_INIT((size_t)MANIFEST_META_MAX)};
    const char *at = NULL;
    int rc = pull_object(s->repo, p, index, into_memory, &m, e);

    at = str_text(&m.text);
    while (rc == 0 && *at) {
        size_t len = strcspn(at, "\n");

        rc = note_card(s, b, at, len, e);
        at += len + (at[len] == '\n');
    }
    str_clear(&m.text);
    return rc;
}

static int note_object(struct seal *s, const struct store_bundle *b,
                       const struct manifest *m, const struct manifest_object *o,
                       struct err *e)
{
    char key[FLOW_TAKE_KEY_MAX];

    flow_take_key(m, o, key);
    return store_bundle_object(s->f->store, b, key, e);
}

static int note_objects(struct seal *s, const struct store_bundle *b,
                        const struct pulled *p, struct err *e)
{
    for (size_t i = 0; i < p->m.object_count; i++) {
        const struct manifest_object *o = &p->m.objects[i];
        int rc = 0;

        if (!manifest_object_ends(o))
            continue;
        if (strcmp(o->role, ROLE_META) == 0)
            rc = note_cards(s, b, p, i, e);
        else if (strcmp(o->role, FLOW_PAGE_ROLE_BOXES) != 0)
            rc = note_object(s, b, &p->m, o, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void tell_bundle(const struct flow_listener *to, const struct store_bundle *b)
{
    struct jdoc *line = flow_line("bundle");

    jdoc_set_text(line, "bundle", b->manifest);
    jdoc_set_text(line, "commit", b->commit);
    jdoc_set_text(line, "class", b->class);
    jdoc_set_int(line, "epoch", b->epoch);
    jdoc_set_int(line, "seq", b->seq);
    jdoc_set_int(line, "objects", b->objects);
    jdoc_set_int(line, "bytes", b->bytes);
    jdoc_set_text(line, "level", item_level_name(b->level));
    jdoc_set_text(line, "state", store_bundle_state_name(b->state));
    if (b->code[0])
        jdoc_set_text(line, "code", b->code);
    flow_tell(to, line);
}

static int note_bundle(struct seal *s, const struct pulled *p, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_bundle b = {
        .epoch = p->m.epoch,
        .seq = p->m.seq,
        .state = STORE_BUNDLE_SEALED,
        .level =
            p->m.level == LEVEL_VERIFIED ? ITEM_LEVEL_VERIFIED : ITEM_LEVEL_RECOGNIZED,
        .objects = (int64_t)p->m.object_count,
        .bytes = manifest_bytes(&p->m),
        .sealed_at = p->m.clock,
    };

    (void)snprintf(b.node, sizeof b.node, "%s", p->m.node);
    (void)snprintf(b.class, sizeof b.class, "%s", names_class(p->m.cls));
    (void)snprintf(b.manifest, sizeof b.manifest, "%s", p->sha256);
    (void)snprintf(b.prev, sizeof b.prev, "%s", p->m.prev);
    (void)snprintf(b.commit, sizeof b.commit, "%s", p->commit);
    (void)snprintf(b.audit_head, sizeof b.audit_head, "%s", p->m.audit_head);
    if (store_begin(s->f->store, &txn, e) < 0 ||
        store_bundle_add(s->f->store, &b, e) < 0 || note_objects(s, &b, p, e) < 0 ||
        store_audit_add(s->f->store, flow_user(s->f), flow_via(s->f), "bundle.seal",
                        b.manifest, NULL, clock_now(), e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    s->sum->bundles++;
    s->sum->objects += b.objects;
    s->sum->bytes += b.bytes;
    tell_bundle(s->to, &b);
    return 0;
}

/*
 * Bring the ledger up to what the repository holds of one class. Every bundle is read
 * and verified again on the way.
 */
static int adopt(struct seal *s, enum bundle_class cls, struct err *e)
{
    struct store_bundle head = {0};
    struct pull_chain chain = {.name = {.epoch = s->f->home.epoch, .cls = cls}};
    struct enrol keys = {.nodes = &s->f->home.self, .count = 1};
    AUTO_PULL struct pull *walk = NULL;
    char ref[NAMES_REF_MAX];
    int rc = 0;

    names_ref(s->f->home.node, s->f->home.epoch, cls, ref);
    rc = repo_ref(s->repo, ref, chain.tip, e);
    if (rc <= 0)
        return rc;
    if (store_bundle_head(s->f->store, s->f->home.node, s->f->home.epoch,
                          names_class(cls), &head, e) < 0)
        return -1;
    if (strcmp(head.commit, chain.tip) == 0)
        return 0;
    (void)snprintf(chain.name.node, sizeof chain.name.node, "%s", s->f->home.node);
    if (pull_open(s->repo, &keys, &chain, head.seq, head.seq ? head.manifest : NULL,
                  &walk, e) < 0)
        return -1;
    for (;;) {
        AUTO_PULLED struct pulled p = {0};

        rc = pull_next(walk, &p, e);
        if (rc <= 0)
            return rc;
        if (note_bundle(s, &p, e) < 0)
            return -1;
    }
}

/* ---- making bundles ---------------------------------------------------------------
 */

void flow_seal_load_clear(struct load *l)
{
    for (size_t i = 0; i < l->memory_count; i++)
        mem_free(l->memory[i]);
    mem_free(l->memory);
    mem_free(l->objects);
    mem_free(l->sources);
    mem_free(l->items);
    *l = (struct load){0};
}

static char *remember(struct load *l, char *taken)
{
    mem_grow(&l->memory, &l->memory_cap, l->memory_count + 1, sizeof *l->memory);
    l->memory[l->memory_count++] = taken;
    return taken;
}

static struct manifest_object *load_add(struct load *l,
                                        const struct bundle_source *from, int64_t size,
                                        const char *type, const char *role)
{
    struct manifest_object *o = NULL;

    mem_grow(&l->objects, &l->object_cap, l->count + 1, sizeof *l->objects);
    mem_grow(&l->sources, &l->source_cap, l->count + 1, sizeof *l->sources);
    o = &l->objects[l->count];
    l->sources[l->count++] = *from;
    o->size = size;
    (void)snprintf(o->type, sizeof o->type, "%s", type);
    (void)snprintf(o->role, sizeof o->role, "%s", role);
    return o;
}

struct manifest_object *flow_seal_load_bytes(struct load *l, struct str *taken,
                                             const char *type, const char *role)
{
    size_t len = taken->len;
    char *p = remember(l, str_take(taken));
    struct bundle_source from = {.data = p, .len = len};
    struct manifest_object *o = load_add(l, &from, (int64_t)len, type, role);

    hash_bytes(p, len, o->sha256);
    return o;
}

struct manifest_object *flow_seal_load_file(struct load *l, char *path, int64_t size,
                                            const char *type, const char *role)
{
    struct bundle_source from = {.path = remember(l, path)};

    return load_add(l, &from, size, type, role);
}

struct manifest_item *flow_seal_load_item(struct load *l)
{
    mem_grow(&l->items, &l->item_cap, l->item_count + 1, sizeof *l->items);
    return &l->items[l->item_count++];
}

/* With what pages are read here: the model, the chain, and who runs the network. */
static int find_reader(struct seal *s, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_MEM char *detail = NULL;
    const char *network = NULL;

    if (conf_load(s->f->home.path, &conf, e) < 0 ||
        ocr_model_sha256(s->model, NULL, e) < 0)
        return -1;
    network = strcmp(conf_get(conf, "ocr.recognizer"), "tesseract") == 0
                  ? "Tesseract"
                  : ocr_network(&detail);
    (void)snprintf(s->pipeline, sizeof s->pipeline, "%s, network %s",
                   ocr_pipeline_version(), network);
    return 0;
}

static int start_manifest(struct seal *s, enum bundle_class cls, const struct load *l,
                          struct manifest *m, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_bundle head = {0};
    int64_t rows = 0;

    if (store_bundle_head(s->f->store, s->f->home.node, s->f->home.epoch,
                          names_class(cls), &head, e) < 0 ||
        store_begin(s->f->store, &txn, e) < 0 ||
        store_counter(s->f->store, STORE_COUNTER_BUNDLE, &m->counter, e) < 0 ||
        store_commit(&txn, e) < 0 ||
        store_audit_head(s->f->store, &rows, m->audit_head, e) < 0)
        return -1;
    if (rows == 0)
        m->audit_head[0] = '\0';
    m->epoch = s->f->home.epoch;
    m->cls = cls;
    m->seq = head.seq + 1;
    m->level = l->verified ? LEVEL_VERIFIED : LEVEL_RECOGNIZED;
    m->clock = clock_now();
    (void)snprintf(m->node, sizeof m->node, "%s", s->f->home.node);
    (void)snprintf(m->prev, sizeof m->prev, "%s", head.manifest);
    (void)snprintf(m->unit_code, sizeof m->unit_code, "%s", s->f->home.unit_code);
    (void)snprintf(m->unit_valid_from, sizeof m->unit_valid_from, "%s",
                   s->f->home.unit_valid_from);
    (void)snprintf(m->program, sizeof m->program, "%s", PROGRAM);
    (void)snprintf(m->pipeline_version, sizeof m->pipeline_version, "%s",
                   l->like ? l->like->pipeline_version : s->pipeline);
    (void)snprintf(m->model_sha256, sizeof m->model_sha256, "%s",
                   l->like ? l->like->model_sha256 : s->model);
    return 0;
}

/* One bundle a cut; the ledger follows each at once. */
int flow_seal_write(struct seal *s, enum bundle_class cls, const struct load *l,
                    struct err *e)
{
    AUTO_MEM struct bundle_cut *cuts = NULL;
    size_t count = 0;

    if (l->count == 0)
        return 0;
    if (bundle_plan(l->objects, l->count, BUNDLE_BYTES_MAX, &cuts, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        struct bundle_made made = {0};

        if (start_manifest(s, cls, l, &m, e) < 0)
            return -1;
        for (size_t k = 0; i == 0 && k < l->item_count; k++)
            *manifest_add_item(&m) = l->items[k];
        bundle_take(&m, l->objects, &cuts[i]);
        if (bundle_write_by(s->repo, &m, l->sources + cuts[i].first, &s->f->home.key,
                            &made, e) < 0 ||
            adopt(s, cls, e) < 0)
            return -1;
    }
    return 0;
}

/* ---- meta: record cards -----------------------------------------------------------
 */

struct cards {
    struct seal *s;
    const struct flow_seal_opts *opts;
    struct load load;
    struct str text;
    size_t lines;
};

static int flush_cards(struct cards *c, struct err *e)
{
    int rc = 0;

    if (c->lines == 0)
        return 0;
    (void)flow_seal_load_bytes(&c->load, &c->text, "application/jsonl", ROLE_META);
    rc = flow_seal_write(c->s, CLASS_META, &c->load, e);
    flow_seal_load_clear(&c->load);
    c->load.verified = true;
    c->lines = 0;
    return rc;
}

static int add_line(struct cards *c, const struct card *card, struct err *e)
{
    card_print(card, &c->text);
    str_add_char(&c->text, '\n');
    c->lines++;
    return str_check(&c->text, "meta.jsonl", e);
}

static bool wanted(const struct flow_seal_opts *opts, const char *item)
{
    for (size_t i = 0; i < opts->count; i++)
        if (strcmp(opts->items[i], item) == 0)
            return true;
    return opts->count == 0;
}

/* Names first: sealing changes the very rows that the query walks over. */
struct names {
    struct item *rows; /* owned */
    size_t count, cap;
};

static int take_item(void *ctx, const struct item *it, struct err *e)
{
    struct names *n = ctx;

    (void)e;
    mem_grow(&n->rows, &n->cap, n->count + 1, sizeof *n->rows);
    n->rows[n->count++] = *it;
    return 0;
}

static int add_item(struct cards *c, const struct item *it, struct err *e)
{
    AUTO_CARD struct card card = {0};
    enum item_level level =
        it->state == ITEM_VERIFIED ? ITEM_LEVEL_VERIFIED : ITEM_LEVEL_RECOGNIZED;
    struct manifest_item *row = NULL;

    if (store_item_card(c->s->f->store, it->name, level, &card, e) < 0 ||
        add_line(c, &card, e) < 0)
        return -1;
    row = flow_seal_load_item(&c->load);
    (void)snprintf(row->item, sizeof row->item, "%s", it->name);
    row->rev = it->rev;
    row->supersedes = it->supersedes;
    (void)snprintf(row->state, sizeof row->state, "%s", item_level_name(level));
    if (level != ITEM_LEVEL_VERIFIED)
        c->load.verified = false;
    return c->lines >= CARDS_MAX ? flush_cards(c, e) : 0;
}

/* Where seal.keying needs it, a record waits until its second keying is through. */
static int may_go(struct flow *f, const char *item, bool *out, struct err *e)
{
    enum flow_keying_rule rule = FLOW_KEYING_OFF;

    *out = true;
    if (flow_keying_rule(f, &rule, e) < 0)
        return -1;
    return rule == FLOW_KEYING_NEED ? flow_keying_ended(f, item, out, e) : 0;
}

static int add_wanted(struct cards *c, const struct item *it, struct err *e)
{
    bool go = false;

    if (!wanted(c->opts, it->name))
        return 0;
    if (may_go(c->s->f, it->name, &go, e) < 0)
        return -1;
    return go ? add_item(c, it, e) : 0;
}

static int add_items(struct cards *c, struct err *e)
{
    struct names all = {0};
    int rc =
        store_item_sealable(c->s->f->store, c->opts->unverified, take_item, &all, e);

    for (size_t i = 0; rc >= 0 && i < all.count; i++)
        rc = add_wanted(c, &all.rows[i], e);
    mem_free(all.rows);
    return rc < 0 ? -1 : 0;
}

struct dossier_names {
    char (*names)[IDENT_NAME_MAX]; /* owned */
    size_t count, cap;
};

static int take_dossier(void *ctx, const char *name, struct err *e)
{
    struct dossier_names *n = ctx;

    (void)e;
    mem_grow(&n->names, &n->cap, n->count + 1, sizeof *n->names);
    (void)snprintf(n->names[n->count++], IDENT_NAME_MAX, "%s", name);
    return 0;
}

static int add_dossiers(struct cards *c, struct err *e)
{
    struct dossier_names all = {0};
    int rc = store_dossier_unsealed(c->s->f->store, take_dossier, &all, e);

    for (size_t i = 0; rc >= 0 && i < all.count; i++) {
        AUTO_CARD struct card card = {0};

        rc = store_dossier_card(c->s->f->store, all.names[i], &card, e);
        if (rc >= 0)
            rc = add_line(c, &card, e);
        if (rc >= 0 && c->lines >= CARDS_MAX)
            rc = flush_cards(c, e);
    }
    mem_free(all.names);
    return rc < 0 ? -1 : 0;
}

static int seal_meta(struct seal *s, const struct flow_seal_opts *opts, struct err *e)
{
    struct cards c = {
        .s = s,
        .opts = opts,
        .load = {.verified = true},
        .text = STR_INIT((size_t)MANIFEST_META_MAX),
    };
    int rc = add_dossiers(&c, e);

    if (rc == 0)
        rc = add_items(&c, e);
    if (rc == 0)
        rc = flush_cards(&c, e);
    flow_seal_load_clear(&c.load);
    str_clear(&c.text);
    return rc;
}

/* ---- text and masters of what is sealed -------------------------------------------
 */

struct pages {
    struct seal *s;
    enum bundle_class cls;
    struct load load;
    int64_t bytes;
    bool open; /* the record goes on in a revision that is not sealed */
};

static int flush_pages(struct pages *p, struct err *e)
{
    int rc = flow_seal_write(p->s, p->cls, &p->load, e);

    flow_seal_load_clear(&p->load);
    p->load.verified = true;
    p->bytes = 0;
    return rc;
}

static int add_text(struct pages *all, const struct page *p, struct err *e)
{
    AUTO_TEXT struct store_text text = {0};
    AUTO_STR struct str body = STR_INIT(FLOW_PAGE_BYTES_MAX);
    struct manifest_object *o = NULL;
    int found = p->past ? store_past_text(all->s->f->store, p, &text, e)
                        : store_page_text(all->s->f->store, p->id, &text, e);

    if (found < 0)
        return -1;
    flow_page_print(p, found == 1 ? &text : NULL, &body);
    if (str_check(&body, p->name, e) < 0)
        return -1;
    all->bytes += (int64_t)body.len;
    o = flow_seal_load_bytes(&all->load, &body, FLOW_PAGE_TYPE, FLOW_PAGE_ROLE_TEXT);
    (void)snprintf(o->item, sizeof o->item, "%s", p->item);
    (void)snprintf(o->page, sizeof o->page, "%s", p->name);
    if (found == 1 && text.boxes.len > 0) {
        all->bytes += (int64_t)text.boxes.len;
        o = flow_seal_load_bytes(&all->load, &text.boxes, FLOW_PAGE_BOXES_TYPE,
                                 FLOW_PAGE_ROLE_BOXES);
        (void)snprintf(o->item, sizeof o->item, "%s", p->item);
        (void)snprintf(o->page, sizeof o->page, "%s", p->name);
    }
    return 0;
}

static int add_master(struct pages *all, const struct page *p, struct err *e)
{
    struct store_object row = {0};
    struct manifest_object *o = NULL;

    for (size_t i = 0; i < all->load.count; i++)
        if (strcmp(all->load.objects[i].sha256, p->master) == 0)
            return 0; /* another page of the same file */
    if (store_object_get(all->s->f->store, p->master, &row, e) <= 0)
        return -1;
    o = flow_seal_load_file(&all->load,
                            object_path(store_objects(all->s->f->store), p->master),
                            (int64_t)row.size, row.media, FLOW_PAGE_ROLE_MASTER);
    (void)snprintf(o->sha256, sizeof o->sha256, "%s", p->master);
    (void)snprintf(o->item, sizeof o->item, "%s", p->item);
    all->bytes += (int64_t)row.size;
    return 0;
}

/* A picture derived of the page, when there is one. */
static int add_picture(struct pages *all, const struct page *p, const char *role,
                       struct err *e)
{
    struct store *store = all->s->f->store;
    struct store_object row = {0};
    struct manifest_object *o = NULL;
    char hex[HASH_HEX] = "";
    int found = store_picture_get(store, p->name, role, hex, e);

    if (found <= 0)
        return found;
    if (store_object_get(store, hex, &row, e) <= 0)
        return -1;
    o = flow_seal_load_file(&all->load, object_path(store_objects(store), hex),
                            (int64_t)row.size, row.media, role);
    (void)snprintf(o->sha256, sizeof o->sha256, "%s", hex);
    (void)snprintf(o->item, sizeof o->item, "%s", p->item);
    (void)snprintf(o->page, sizeof o->page, "%s", p->name);
    all->bytes += (int64_t)row.size;
    return 0;
}

static int add_page(void *ctx, const struct page *p, struct err *e)
{
    struct pages *all = ctx;
    bool file = all->cls == CLASS_MASTER;
    int there = 0;

    if (p->gate != PAGE_CLEAR)
        return 0;
    /* A page that came since the seal waits for the seal of its own revision; one that
     * went since then still goes up, as its sealed card says. */
    there = all->open || p->past ? store_past_sealed(all->s->f->store, p, e) : 1;
    if (there != 1)
        return there;
    there = store_bundle_has_object(all->s->f->store, names_class(all->cls),
                                    file ? p->master : p->name, e);
    if (there != 0)
        return there < 0 ? -1 : 0;
    if (file)
        return add_master(all, p, e);
    if (all->cls == CLASS_TEXT)
        return add_text(all, p, e);
    return add_picture(
        all, p, all->cls == CLASS_PAGE ? STORE_PICTURE_PAGE : STORE_PICTURE_THUMB, e);
}

static int seal_pages(struct seal *s, enum bundle_class cls, struct err *e)
{
    struct names all = {0};
    struct pages p = {.s = s, .cls = cls, .load = {.verified = true}};
    struct store_item_query sealed = {.state = -1};
    int rc = store_item_each(s->f->store, &sealed, take_item, &all, e);

    for (size_t i = 0; rc >= 0 && i < all.count; i++) {
        if (all.rows[i].sealed_rev == 0)
            continue;
        if (all.rows[i].level != ITEM_LEVEL_VERIFIED)
            p.load.verified = false;
        p.open = all.rows[i].sealed_rev < all.rows[i].rev;
        rc = store_page_of_item(s->f->store, all.rows[i].name, add_page, &p, e);
        if (rc >= 0)
            rc = store_past_each(s->f->store, all.rows[i].name, add_page, &p, e);
        if (rc >= 0 && p.bytes >= BUNDLE_BYTES_MAX)
            rc = flush_pages(&p, e);
    }
    if (rc >= 0)
        rc = flush_pages(&p, e);
    flow_seal_load_clear(&p.load);
    mem_free(all.rows);
    return rc < 0 ? -1 : 0;
}

/* ---- what was asked for from above ------------------------------------------------
 */

struct asking {
    struct pages all;
    struct flow_seal_first *what;
    bool masters;
};

/* 1: upstream has it already, or it was sealed to go first before; 0; -1. @key: in the
 * chain of its kind. */
static int is_sent(struct store *store, enum bundle_class cls, const char *key,
                   const char *hex, struct err *e)
{
    struct manifest m = {.cls = CLASS_THUMB};
    struct manifest_object o = {.size = 0};
    char first[FLOW_TAKE_KEY_MAX];
    int rc = store_bundle_taken(store, names_class(cls), key, e);

    (void)snprintf(o.role, sizeof o.role, "%s",
                   names_class(cls)); /* roles are called so */
    (void)snprintf(o.sha256, sizeof o.sha256, "%s", hex);
    flow_take_key(&m, &o, first);
    return rc != 0 ? rc
                   : store_bundle_has_object(store, names_class(CLASS_THUMB), first, e);
}

static int first_master(struct asking *a, const struct page *p, struct err *e)
{
    struct store *store = a->all.s->f->store;
    int sent = is_sent(store, CLASS_MASTER, p->master, p->master, e);

    if (sent != 0)
        return sent < 0 ? -1 : 0;
    if (!object_has(store_objects(store), p->master))
        return 0; /* it left this disk because upstream has it */
    if (!a->masters) {
        a->what->held = true;
        return 0;
    }
    return add_master(&a->all, p, e);
}

/* The small picture comes along where it is not there yet: rows go by the page. */
static int first_picture(struct asking *a, const struct page *p, const char *hex,
                         struct err *e)
{
    struct store *store = a->all.s->f->store;
    int sent = is_sent(store, CLASS_PAGE, p->name, hex, e);
    int small = store_bundle_has_object(store, names_class(CLASS_THUMB), p->name, e);

    if (sent < 0 || small < 0)
        return -1;
    if (small == 0 && add_picture(&a->all, p, STORE_PICTURE_THUMB, e) < 0)
        return -1;
    return sent == 1 ? 0 : add_picture(&a->all, p, STORE_PICTURE_PAGE, e);
}

static int first_page(void *ctx, const struct page *p, struct err *e)
{
    struct asking *a = ctx;
    char hex[HASH_HEX];
    int found = p->past ? store_past_sealed(a->all.s->f->store, p, e) : 1;

    if (found != 1)
        return found;
    if (p->gate != PAGE_CLEAR ||
        (a->what->page[0] && strcmp(a->what->page, p->name) != 0))
        return 0;
    a->what->absent = false;
    found = 0;
    if (!a->what->master)
        found =
            store_picture_get(a->all.s->f->store, p->name, STORE_PICTURE_PAGE, hex, e);
    if (found < 0)
        return -1;
    return found == 1 ? first_picture(a, p, hex, e) : first_master(a, p, e);
}

static int first_item(struct asking *a, struct err *e)
{
    struct store *store = a->all.s->f->store;
    struct item it;
    int found = store_item_get(store, a->what->item, &it, e);

    a->what->absent = true;
    a->what->held = false;
    if (found <= 0 || it.sealed_rev == 0)
        return found < 0 ? -1 : 0;
    if (it.level != ITEM_LEVEL_VERIFIED)
        a->all.load.verified = false;
    if (store_page_of_item(store, a->what->item, first_page, a, e) < 0 ||
        store_past_each(store, a->what->item, first_page, a, e) < 0)
        return -1;
    return flush_pages(&a->all, e);
}

/* ---- the whole --------------------------------------------------------------------
 */

static int check_named(struct seal *s, const struct flow_seal_opts *opts, struct err *e)
{
    for (size_t i = 0; i < opts->count; i++) {
        struct item it = {0};
        bool go = false;

        if (store_item_need(s->f->store, opts->items[i], &it, e) < 0 ||
            may_go(s->f, opts->items[i], &go, e) < 0)
            return -1;
        if (it.state != ITEM_SEALED && !go)
            return err_set(e, ERR_ITEM_STATE, "%s: second keying", opts->items[i]);
        if (it.state != ITEM_SEALED &&
            store_item_why_not(s->f->store, opts->items[i], opts->unverified, e) < 0)
            return -1;
    }
    return 0;
}

int flow_seal_open(struct seal *s, struct err *e)
{
    AUTO_MEM char *path = home_place(&s->f->home, "transport.git");

    /* Made anew or completed when something is missing: it can always be rebuilt. */
    if (repo_create(path, REPO_TRANSPORT, e) < 0)
        return -1;
    return repo_open(path, &s->repo, e);
}

int flow_seal_catch_up(struct flow *f, struct repo *r, struct err *e)
{
    struct flow_seal_sum sum = {0};
    struct seal s = {.f = f, .sum = &sum, .repo = r};

    for (size_t i = 0; i < ARRAY_LEN(CLASSES); i++)
        if (adopt(&s, CLASSES[i], e) < 0)
            return -1;
    return 0;
}

/* Not while this disk is an old copy that takes back what it lost. */
static int need_whole(struct flow *f, struct err *e)
{
    int rc = flow_adopt_begun(f, e);

    return rc <= 0 ? rc : err_set(e, ERR_UPSTREAM_AHEAD, "%s", f->home.node);
}

int flow_seal(struct flow *f, const struct flow_seal_opts *opts,
              const struct flow_listener *to, struct flow_seal_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct seal s = {.f = f, .to = to, .sum = sum};
    int64_t resealed = 0;
    int rc = 0;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "seal.lock", &lock, e) < 0 ||
        need_whole(f, e) < 0 || flow_reseal(f, to, &resealed, e) < 0 ||
        find_reader(&s, e) < 0 || flow_seal_open(&s, e) < 0)
        return -1;
    rc = repo_sweep(s.repo, REPO_LITTER_LOOSE, e);
    for (size_t i = 0; rc == 0 && i < ARRAY_LEN(CLASSES); i++)
        rc = adopt(&s, CLASSES[i], e);
    if (rc == 0)
        rc = check_named(&s, opts, e);
    if (rc == 0)
        rc = seal_meta(&s, opts, e);
    for (size_t i = 1; rc == 0 && i < ARRAY_LEN(CLASSES); i++)
        rc = seal_pages(&s, CLASSES[i], e);
    if (rc == 0)
        rc = store_checkpoint(f->store, e);
    repo_close(s.repo);
    return rc;
}

int flow_seal_first(struct flow *f, struct flow_seal_first *list, size_t count,
                    bool masters, const struct flow_listener *to,
                    struct flow_seal_sum *sum, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct seal s = {.f = f, .to = to, .sum = sum};
    struct asking a = {.all = {.s = &s, .cls = CLASS_THUMB, .load = {.verified = true}},
                       .masters = masters};
    int rc = 0;

    if (flow_need_commune(f, e) < 0 || flow_lock(f, "seal.lock", &lock, e) < 0 ||
        need_whole(f, e) < 0 || find_reader(&s, e) < 0 || flow_seal_open(&s, e) < 0)
        return -1;
    rc = adopt(&s, CLASS_THUMB, e);
    for (size_t i = 0; rc == 0 && i < count; i++) {
        a.what = &list[i];
        rc = first_item(&a, e);
    }
    flow_seal_load_clear(&a.all.load);
    repo_close(s.repo);
    return rc;
}

static int tell_row(void *ctx, const struct store_bundle *b, struct err *e)
{
    (void)e;
    tell_bundle(ctx, b);
    return 0;
}

int flow_seal_list(struct flow *f, const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    return store_bundle_each(f->store, -1, tell_row, &copy, e) < 0 ? -1 : 0;
}

int flow_seal_verify(struct flow *f, const char *name, const struct flow_listener *to,
                     struct err *e)
{
    struct seal s = {.f = f};
    struct store_bundle b = {0};
    char sha256[HASH_HEX];
    int rc = store_bundle_find(f->store, name, &b, e);

    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_BUNDLE_ABSENT, "%s", name);
    if (flow_seal_open(&s, e) < 0)
        return -1;
    rc = bundle_verify_by(s.repo, b.commit, b.node,
                          enrol_key_at(&f->home.self, b.epoch), NULL, sha256, e);
    repo_close(s.repo);
    if (rc < 0)
        return -1;
    if (strcmp(sha256, b.manifest) != 0)
        return err_set(e, ERR_BUNDLE_DAMAGED, "%s", name);
    tell_bundle(to, &b);
    return 0;
}
