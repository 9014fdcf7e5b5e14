/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import_part.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_sheet.h"
#include "node/record/item.h"
#include "node/record/role.h"
#include "node/store/store_audit.h"
#include "node/store/store_item.h"
#include "node/store/store_job.h"
#include "node/store/store_past.h"
#include "node/store/store_user.h"
#include "ocr/ocr.h"

/* ---- which page -------------------------------------------------------------------
 */

static int present(const struct page *p, struct err *e)
{
    return p->past ? err_set(e, ERR_PAGE_PAST, "%.16s", p->name) : 0;
}

int flow_import_place_find(struct flow *f, const struct flow_import_opts *o,
                           struct page *out, struct err *e)
{
    if (flow_need_commune(f, e) < 0)
        return -1;
    if (o->actor && o->actor[0] &&
        store_user_may(f->store, o->actor, ROLE_CAPTURE, e) < 0)
        return -1;
    return flow_sheet_find(f, o->page, out, e) < 0 ? -1 : present(out, e);
}

/* As it is now, in the transaction: another command may have been quicker. */
static int look_again(struct call *c, struct err *e)
{
    int found = store_page_by_id(c->f->store, c->at.id, &c->at, e);

    if (found == 0)
        return err_set(e, ERR_PAGE_ABSENT, "%.16s", c->at.name);
    return found < 0 ? -1 : present(&c->at, e);
}

int flow_import_place_fits(const struct call *c, const struct input *in, struct err *e)
{
    if (c->opts->place == FLOW_IMPORT_REPLACE && (c->placed > 0 || in->page_count != 1))
        return err_set(e, ERR_PAGE_ONE, "%s", in->path);
    return 0;
}

/* ---- making room ------------------------------------------------------------------
 */

static bool replaces(const struct call *c)
{
    return c->opts->place == FLOW_IMPORT_REPLACE;
}

static int64_t seq_of(const struct call *c)
{
    return c->at.seq + (c->behind ? 1 : 0);
}

/* Where the name of the first page is kept that a call placed before another one. */
static char *before_fact(const struct call *c)
{
    return mem_printf(FLOW_IMPORT_BEFORE_FACT "%s", c->aim);
}

static int note_begun(struct call *c, const struct input *in, struct err *e)
{
    AUTO_MEM char *fact = before_fact(c);

    if (c->opts->place != FLOW_IMPORT_BEFORE || c->placed > 0)
        return 0;
    return store_fact_set(c->f->store, fact, in->pages[0].name, e);
}

int flow_import_place_end(struct call *c, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_MEM char *fact = before_fact(c);

    if (c->opts->place != FLOW_IMPORT_BEFORE || c->sum->waiting > 0)
        return 0;
    if (store_begin(c->f->store, &txn, e) < 0 ||
        store_fact_set(c->f->store, fact, "", e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int note(struct call *c, const char *page, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    const struct flow_import_opts *o = c->opts;

    jdoc_set_text(detail, "page", page);
    jdoc_set_int(detail, "seq", seq_of(c));
    if (replaces(c))
        jdoc_set_text(detail, "past", c->at.name);
    if (o->why)
        jdoc_set_text(detail, "why", o->why);
    return store_audit_add(c->f->store, o->actor ? o->actor : "",
                           o->via ? o->via : "system",
                           replaces(c) ? "page.replace" : "page.insert", c->at.item,
                           detail, clock_now(), e);
}

int flow_import_place_make(struct call *c, struct input *in, char item[IDENT_NAME_MAX],
                           struct err *e)
{
    struct store *s = c->f->store;
    int rc = 0;

    if (look_again(c, e) < 0 || flow_sheet_open(c->f, c->at.item, e) < 0)
        return -1;
    memcpy(item, c->at.item, IDENT_NAME_MAX);
    rc = replaces(c) ? store_past_shelve(s, &c->at, e)
                     : store_past_room(s, item, seq_of(c), (int64_t)in->page_count, e);
    for (size_t i = 0; i < in->page_count; i++)
        in->pages[i].seq = seq_of(c) + (int64_t)i;
    for (size_t i = 0; rc == 0 && i < in->page_count; i++)
        rc = note(c, in->pages[i].name, e);
    return rc < 0 ? -1 : note_begun(c, in, e);
}

void flow_import_place_done(struct call *c, const struct input *in)
{
    c->placed++;
    if (replaces(c))
        return;
    c->at = in->pages[in->page_count - 1];
    c->behind = true;
}

void flow_import_place_line(const struct call *c, const struct page *p,
                            struct jdoc *line)
{
    jdoc_set_text(line, "place", replaces(c) ? "replace" : "insert");
    jdoc_set_int(line, "seq", p ? p->seq : c->at.seq);
    if (replaces(c))
        jdoc_set_text(line, "past", c->at.name);
}

/* ---- a picture that is stored already ---------------------------------------------
 */

static int bring_back(struct call *c, struct input *in, const struct page *old,
                      const struct known *k, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *s = c->f->store;
    char hex[HASH_HEX];
    bool existed = false;

    if (store_object_put_tmp(s, &in->tmp, in->sha, hex, &in->size, &existed, e) < 0 ||
        store_begin(s, &txn, e) < 0 || look_again(c, e) < 0 ||
        flow_import_past_file(c, in, e) < 0 ||
        flow_sheet_open(c->f, c->at.item, e) < 0 ||
        store_past_shelve(s, &c->at, e) < 0 ||
        store_past_restore(s, old, c->at.seq, true, e) < 0 ||
        store_job_add(s, old->id, ocr_pipeline_version(), "", true, clock_now(), e) <
            0 ||
        note(c, old->name, e) < 0 || flow_import_linked(c, in, old->item, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    c->placed++;
    flow_import_back(c, in, k);
    return 0;
}

/*
 * A call that was cut off is run again: what it placed stands where this file would
 * go. @first: its first page. 1, 0, -1.
 */
static int stands_there(struct call *c, const struct page *first, const struct known *k,
                        struct err *e)
{
    AUTO_MEM char *fact = NULL;
    AUTO_MEM char *begun = NULL;
    struct page last;

    if (first->past || strcmp(first->item, c->at.item) != 0)
        return 0;
    if (c->placed > 0 || c->behind)
        return first->seq == seq_of(c);
    /* Before a page: the first one that was placed is known by name. */
    fact = before_fact(c);
    if (store_fact_get(c->f->store, fact, &begun, e) < 0)
        return -1;
    if (!begun || strcmp(begun, first->name) != 0)
        return 0;
    if (store_page_get(c->f->store, k->pages[k->page_count - 1], &last, e) < 0)
        return -1;
    return last.seq < c->at.seq;
}

static int leave(struct call *c, struct input *in, const struct page *first,
                 const struct known *k, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_page_get(c->f->store, k->pages[k->page_count - 1], &c->at, e) < 0 ||
        store_begin(c->f->store, &txn, e) < 0 ||
        flow_import_linked(c, in, first->item, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    c->placed++;
    c->behind = true;
    flow_import_back(c, in, k);
    return 0;
}

int flow_import_place_known(struct call *c, struct input *in, const struct known *k,
                            struct err *e)
{
    struct err why = ERR_INIT;
    struct page old;
    int stands = 0;

    if (store_page_get(c->f->store, k->pages[0], &old, e) <= 0)
        return e->code ? -1 : err_set(e, ERR_PAGE_ABSENT, "%.16s", k->pages[0]);
    if (replaces(c) && c->placed == 0 && k->page_count == 1 && old.past &&
        strcmp(old.item, c->at.item) == 0)
        return bring_back(c, in, &old, k, e);
    stands = replaces(c) ? 0 : stands_there(c, &old, k, e);
    if (stands < 0)
        return -1;
    if (stands == 1)
        return leave(c, in, &old, k, e);
    (void)err_set(&why, ERR_PAGE_ELSEWHERE, "%.16s", old.name);
    return flow_import_refused(c, in, &why, NULL, e);
}
