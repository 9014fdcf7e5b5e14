/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_held.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_notes.h"
#include "node/record/role.h"
#include "node/store/object.h"
#include "node/store/store_audit.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_page.h"
#include "node/store/store_user.h"
#include "ocr/ocr.h"

#define NAME_MIN 8 /* digits of a page's name that a person must give */

struct telling {
    struct flow *f;
    const struct flow_listener *to;
};

static int tell_page(void *ctx, const struct page *p, struct err *e)
{
    const struct telling *t = ctx;
    AUTO_MEM char *file = object_path(store_objects(t->f->store), p->master);
    struct jdoc *line = flow_line("page");
    int rc = 0;

    jdoc_set_text(line, "page", p->name);
    jdoc_set_text(line, "item", p->item);
    jdoc_set_int(line, "seq", p->seq);
    jdoc_set_text(line, "state", page_state_name(p->state));
    jdoc_set_text(line, "gate", page_gate_name(p->gate));
    jdoc_set_text(line, "code", p->code[0] ? p->code : NULL);
    jdoc_set_text(line, "file", file);
    jdoc_set_int(line, "index", p->index);
    rc = flow_notes_tell(t->f, p, line, e);
    flow_tell(t->to, line);
    return rc;
}

static int tell_item(void *ctx, const struct item *it, struct err *e)
{
    const struct telling *t = ctx;

    return store_page_of_item(t->f->store, it->name, tell_page, ctx, e);
}

int flow_held_list(struct flow *f, bool held, const struct flow_listener *to,
                   struct err *e)
{
    struct telling t = {.f = f, .to = to};
    const struct store_item_query q = {.state = -1};
    int rc = held ? store_page_held(f->store, tell_page, &t, e)
                  : store_item_each(f->store, &q, tell_item, &t, e);

    return rc < 0 ? -1 : 0;
}

/* The held page that @text names, for a user who may decide. In the transaction. */
static int need_held(struct flow *f, const char *text, const char *user,
                     struct page *out, struct err *e)
{
    int found = 0;

    if (store_user_may(f->store, user, ROLE_ADMINISTER, e) < 0)
        return -1;
    found = strlen(text) < NAME_MIN ? 0 : store_page_find(f->store, text, out, e);
    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_PAGE_ABSENT, "%s", text);
    return out->gate == PAGE_HELD ? 0 : err_set(e, ERR_PAGE_NOT_HELD, "%s", text);
}

/* Names the item, the count and the reason; never what stood on the page. */
static int note(struct flow *f, const char *act, const char *user, const char *item,
                int64_t pages, const char *why, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();

    jdoc_set_int(detail, "pages", pages);
    jdoc_set_text(detail, "why", why);
    return store_audit_add(f->store, user, "cli", act, item, detail, clock_now(), e);
}

int flow_held_release(struct flow *f, const char *page, const char *user,
                      const char *why, const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct telling t = {.f = f, .to = to};
    char model[OCR_MODEL_HEX];
    struct page p = {0};

    if (ocr_model_sha256(model, NULL, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        need_held(f, page, user, &p, e) < 0 ||
        store_page_gate(f->store, p.id, PAGE_CLEAR, e) < 0 ||
        /* A past page is in no search: it is read when it comes back. */
        (!p.past && store_job_add(f->store, p.id, ocr_pipeline_version(), model, true,
                                  clock_now(), e) < 0) ||
        note(f, "page.release", user, p.item, 1, why, e) < 0 ||
        store_page_by_id(f->store, p.id, &p, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    return tell_page(&t, &p, e);
}

struct file {
    struct store *store;
    int64_t pages;
};

static int count_page(void *ctx, const struct page *p, struct err *e)
{
    struct file *file = ctx;

    (void)p;
    (void)e;
    file->pages++;
    return 0;
}

static int purge_page(void *ctx, const struct page *p, struct err *e)
{
    struct file *file = ctx;
    char object[IDENT_PAGE_MAX];

    /* One that was not held itself goes as part of the file. */
    return store_page_gate(file->store, p->id, PAGE_HELD, e) < 0
               ? -1
               : store_page_purge(file->store, p->id, object, e);
}

int flow_held_purge(struct flow *f, const char *page, bool whole_file, const char *user,
                    const char *why, const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct file file = {.store = f->store};
    struct page p = {0};
    struct item it = {0};
    struct jdoc *line = NULL;

    if (store_begin(f->store, &txn, e) < 0 || need_held(f, page, user, &p, e) < 0 ||
        store_item_need(f->store, p.item, &it, e) < 0)
        return -1;
    if (it.sealed_rev > 0)
        return err_set(e, ERR_ITEM_SEALED, "%s", p.item);
    if (store_page_of_master(f->store, p.master, count_page, &file, e) < 0)
        return -1;
    if (file.pages > 1 && !whole_file)
        return err_set(e, ERR_PAGE_SHARED, "%s: %lld", p.item, (long long)file.pages);
    if (store_page_of_master(f->store, p.master, purge_page, &file, e) < 0 ||
        note(f, "page.purge", user, p.item, file.pages, why, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    /* What the log of the database still holds of it goes as well. */
    if (store_checkpoint(f->store, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_text(line, "item", p.item);
    jdoc_set_int(line, "purged", file.pages);
    flow_tell(to, line);
    return 0;
}
