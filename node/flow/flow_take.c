/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_take.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_page.h"
#include "node/record/card.h"
#include "node/store/object.h"
#include "node/store/store_bundle.h"
#include "node/store/store_ingest.h"
#include "node/store/store_picture.h"
#include "sync/enrol.h"
#include "sync/pull.h"
#include "sync/repo.h"

struct take {
    struct store *catalog;
    struct repo *repo;
    const struct flow_listener *to;
    struct flow_take_sum *sum;
};

int flow_take_catalog(const struct home *h, const char *code, const char *valid_from,
                      struct store **out, struct err *e)
{
    AUTO_MEM char *dir = home_commune(h, code, valid_from);
    AUTO_MEM char *db = fs_path(dir, "catalog.db");
    AUTO_MEM char *objects = fs_path(dir, "objects");
    AUTO_MEM char *lock = fs_path(dir, "lock");
    struct store_place place = {.db = db, .objects = objects, .lock = lock};

    if (fs_mkdirs(dir, e) < 0 || store_open(&place, STORE_CREATE, out, e) < 0)
        return -1;
    return object_area_sweep(objects, e);
}

/* ---- objects: files first ---------------------------------------------------------
 */

static int into_tmp(void *ctx, const void *data, size_t len, struct err *e)
{
    return fs_tmp_write(ctx, data, len, e);
}

static int into_memory(void *ctx, const void *data, size_t len, struct err *e)
{
    struct str *text = ctx;

    str_add_mem(text, data, len);
    return str_check(text, "object", e);
}

/* The whole file: synced, read back and hashed before its row is written. */
static int store_file(struct take *t, const struct pulled *p, size_t index,
                      struct err *e)
{
    AUTO_TMP struct fs_tmp tmp = FS_TMP_INIT;
    char hex[HASH_HEX];
    uint64_t size = 0;
    bool existed = false;

    if (fs_tmp_open(&tmp, store_objects(t->catalog), e) < 0 ||
        pull_object(t->repo, p, index, into_tmp, &tmp, e) < 0)
        return store_note(t->catalog, e);
    return store_object_put_tmp(t->catalog, &tmp, p->m.objects[index].sha256, hex,
                                &size, &existed, e);
}

static bool is_picture(const struct manifest_object *o)
{
    return strcmp(o->role, STORE_PICTURE_PAGE) == 0 ||
           strcmp(o->role, STORE_PICTURE_THUMB) == 0;
}

static bool is_file(const struct manifest_object *o)
{
    return strcmp(o->role, FLOW_PAGE_ROLE_MASTER) == 0 || is_picture(o);
}

static int store_files(struct take *t, const struct pulled *p, struct err *e)
{
    for (size_t i = 0; i < p->m.object_count; i++)
        if (is_file(&p->m.objects[i]) && manifest_object_ends(&p->m.objects[i]) &&
            store_file(t, p, i, e) < 0)
            return -1;
    return 0;
}

/* ---- rows: one commit a bundle ----------------------------------------------------
 */

static int take_cards(struct take *t, const struct store_bundle *b,
                      const struct pulled *p, size_t index, struct err *e)
{
    AUTO_STR struct str text = STR_INIT((size_t)MANIFEST_META_MAX);
    const char *at = NULL;

    if (pull_object(t->repo, p, index, into_memory, &text, e) < 0)
        return -1;
    for (at = str_text(&text); *at;) {
        AUTO_CARD struct card card = {0};
        size_t len = strcspn(at, "\n");

        if (card_parse(at, len, &card, e) < 0 ||
            store_ingest_card(t->catalog, b, &card, e) < 0)
            return -1;
        at += len + (at[len] == '\n');
    }
    return 0;
}

/* The boxes of a page follow its text in the manifest, when it has any. */
static int take_text(struct take *t, const struct store_bundle *b,
                     const struct pulled *p, size_t index, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_STR struct str boxes = STR_INIT(STR_TEXT_MAX);
    AUTO_FLOW_PAGE struct flow_page page = {0};
    const struct manifest_object *o = &p->m.objects[index];
    struct store_reading reading = {
        .gate = PAGE_CLEAR, .code = "", .now = b->sealed_at};

    if (pull_object(t->repo, p, index, into_memory, &text, e) < 0 ||
        flow_page_parse(str_text(&text), text.len, &page, e) < 0)
        return -1;
    if (strcmp(page.page.name, o->page) != 0 || strcmp(page.page.item, o->item) != 0)
        return err_set(e, ERR_PAGE, "%s", o->page);
    if (index + 1 < p->m.object_count &&
        strcmp(p->m.objects[index + 1].role, FLOW_PAGE_ROLE_BOXES) == 0 &&
        strcmp(p->m.objects[index + 1].page, o->page) == 0 &&
        pull_object(t->repo, p, index + 1, into_memory, &boxes, e) < 0)
        return -1;
    reading.state = page.page.state;
    reading.width_px = page.page.width_px;
    reading.height_px = page.page.height_px;
    reading.dpi = page.page.dpi;
    reading.confidence = page.page.confidence;
    reading.text = page.has_text ? page.text.text : NULL;
    reading.words = page.text.words;
    reading.boxes = str_text(&boxes);
    reading.boxes_len = boxes.len;
    reading.pipeline = page.has_text ? page.text.pipeline : "";
    reading.model = page.has_text ? page.text.model : "";
    return store_ingest_text(t->catalog, b, &page.page, &reading, e);
}

void flow_take_key(const struct manifest *m, const struct manifest_object *o,
                   char out[FLOW_TAKE_KEY_MAX])
{
    if (strcmp(o->role, names_class(m->cls)) != 0)
        (void)snprintf(out, FLOW_TAKE_KEY_MAX, "%s:%s", o->role, o->sha256);
    else
        (void)snprintf(out, FLOW_TAKE_KEY_MAX, "%s", o->page[0] ? o->page : o->sha256);
}

static int take_file_row(struct take *t, const struct store_bundle *b,
                         const struct pulled *p, size_t index, struct err *e)
{
    const struct manifest_object *o = &p->m.objects[index];
    bool picture = is_picture(o);
    char key[FLOW_TAKE_KEY_MAX];

    flow_take_key(&p->m, o, key);
    if (store_object_add(t->catalog, o->sha256, (uint64_t)o->size, o->type,
                         picture ? STORE_PICTURE : STORE_MASTER, e) < 0)
        return -1;
    if (!picture)
        return store_bundle_object(t->catalog, b, key, e);
    if (!hash_is_hex(o->page, HASH_HEX - 1))
        return err_set(e, ERR_PAGE, "picture of no page");
    if (store_picture_put(t->catalog, o->page, o->role, o->sha256, e) < 0)
        return -1;
    return store_bundle_object(t->catalog, b, key, e);
}

static int take_rows(struct take *t, const struct store_bundle *b,
                     const struct pulled *p, struct err *e)
{
    for (size_t i = 0; i < p->m.object_count; i++) {
        const struct manifest_object *o = &p->m.objects[i];
        int rc = 0;

        if (!manifest_object_ends(o))
            continue;
        if (strcmp(o->role, ROLE_META) == 0)
            rc = take_cards(t, b, p, i, e);
        else if (strcmp(o->role, FLOW_PAGE_ROLE_TEXT) == 0)
            rc = take_text(t, b, p, i, e);
        else if (is_file(o))
            rc = take_file_row(t, b, p, i, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

static void fill_bundle(const struct pulled *p, struct store_bundle *b)
{
    b->epoch = p->m.epoch;
    b->seq = p->m.seq;
    b->state = STORE_BUNDLE_ACCEPTED;
    b->level =
        p->m.level == LEVEL_VERIFIED ? ITEM_LEVEL_VERIFIED : ITEM_LEVEL_RECOGNIZED;
    b->objects = (int64_t)p->m.object_count;
    b->bytes = manifest_bytes(&p->m);
    b->sealed_at = p->m.clock;
    b->accepted_at = clock_now(); /* the time that its receipt will tell */
    (void)snprintf(b->node, sizeof b->node, "%s", p->m.node);
    (void)snprintf(b->class, sizeof b->class, "%s", names_class(p->m.cls));
    (void)snprintf(b->manifest, sizeof b->manifest, "%s", p->sha256);
    (void)snprintf(b->prev, sizeof b->prev, "%s", p->m.prev);
    (void)snprintf(b->commit, sizeof b->commit, "%s", p->commit);
    (void)snprintf(b->audit_head, sizeof b->audit_head, "%s", p->m.audit_head);
}

static void tell_taken(struct take *t, const struct store_bundle *b,
                       const struct store_ingest_counts *n)
{
    struct jdoc *line = flow_line("bundle");

    jdoc_set_text(line, "bundle", b->manifest);
    jdoc_set_text(line, "commit", b->commit);
    jdoc_set_text(line, "node", b->node);
    jdoc_set_text(line, "class", b->class);
    jdoc_set_int(line, "epoch", b->epoch);
    jdoc_set_int(line, "seq", b->seq);
    jdoc_set_int(line, "items", n->items);
    jdoc_set_int(line, "pages", n->pages);
    jdoc_set_text(line, "state", "accepted");
    flow_tell(t->to, line);
}

static int take_bundle(struct take *t, const struct pulled *p, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_bundle b = {0};
    struct store_ingest_counts n = {0};
    int fresh = 0;

    fill_bundle(p, &b);
    if (store_files(t, p, e) < 0 || store_begin(t->catalog, &txn, e) < 0)
        return -1;
    fresh = store_ingest_begin(t->catalog, &b, e);
    if (fresh <= 0)
        return fresh;
    if (take_rows(t, &b, p, e) < 0 || store_ingest_count(t->catalog, &b, &n, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    t->sum->bundles++;
    /* Each once: cards bring records, texts bring pages; files follow both. */
    if (p->m.cls == CLASS_META)
        t->sum->items += n.items;
    else if (p->m.cls == CLASS_TEXT)
        t->sum->pages += n.pages;
    tell_taken(t, &b, &n);
    return 0;
}

static int take_chain(struct take *t, const struct enrol *keys,
                      const struct pull_chain *chain, struct err *e)
{
    AUTO_PULL struct pull *walk = NULL;
    struct store_bundle head = {0};

    if (store_bundle_head(t->catalog, chain->name.node, chain->name.epoch,
                          names_class(chain->name.cls), &head, e) < 0)
        return -1;
    if (strcmp(head.commit, chain->tip) == 0)
        return 0;
    if (pull_open(t->repo, keys, chain, head.seq, head.seq ? head.manifest : NULL,
                  &walk, e) < 0)
        return -1;
    while (!stop_requested()) {
        AUTO_PULLED struct pulled p = {0};
        int rc = pull_next(walk, &p, e);

        if (rc <= 0)
            return rc;
        if (take_bundle(t, &p, e) < 0)
            return err_push(e, "%s %s %lld", p.m.node, names_class(p.m.cls),
                            (long long)p.m.seq);
    }
    return 0;
}

bool flow_take_stops_all(const struct err *e)
{
    return e->code == ERR_DISK_FULL || e->code == ERR_DISK_SYNC ||
           e->code == ERR_LOCKED || e->code == ERR_STORE_SUSPECT ||
           e->code == ERR_MEMORY;
}

static void tell_refused(struct take *t, const struct pull_chain *chain,
                         const struct err *why)
{
    struct jdoc *line = flow_line("refused");

    jdoc_set_text(line, "node", chain->name.node);
    jdoc_set_int(line, "epoch", chain->name.epoch);
    jdoc_set_text(line, "class", names_class(chain->name.cls));
    flow_line_why(line, why->code);
    jdoc_set_text(line, "detail", why->subject);
    flow_tell(t->to, line);
    t->sum->refused++;
}

int flow_take(struct store *catalog, struct repo *repo, const struct enrol *keys,
              const struct flow_listener *to, struct flow_take_sum *sum, struct err *e)
{
    struct take t = {.catalog = catalog, .repo = repo, .to = to, .sum = sum};
    AUTO_MEM struct pull_chain *chains = NULL;
    size_t count = 0;

    if (pull_chains(repo, &chains, &count, e) < 0)
        return -1;
    for (size_t i = 0; i < count && !stop_requested(); i++) {
        struct err why = ERR_INIT;

        if (take_chain(&t, keys, &chains[i], &why) == 0)
            continue;
        if (flow_take_stops_all(&why)) {
            *e = why;
            return -1;
        }
        tell_refused(&t, &chains[i], &why);
    }
    return store_checkpoint(catalog, e);
}
