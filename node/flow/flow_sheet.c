/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_sheet.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/record/item.h"
#include "node/record/role.h"
#include "node/store/store_audit.h"
#include "node/store/store_item.h"
#include "node/store/store_past.h"
#include "node/store/store_user.h"

int flow_sheet_find(struct flow *f, const char *name, struct page *out, struct err *e)
{
    int found = ident_is_page(name) ? store_page_get(f->store, name, out, e)
                                    : store_page_find(f->store, name, out, e);

    if (found == 0)
        return err_set(e, ERR_PAGE_ABSENT, "%.16s", name);
    return found < 0 ? -1 : 0;
}

int flow_sheet_open(struct flow *f, const char *item, struct err *e)
{
    struct item it;

    if (store_item_need(f->store, item, &it, e) < 0)
        return -1;
    if (it.state != ITEM_VERIFIED && it.state != ITEM_RETURNED &&
        it.state != ITEM_SEALED)
        return 0;
    return store_item_act(f->store, item, ITEM_SET, NULL, e);
}

static int may(struct flow *f, const char *user, struct err *e)
{
    if (flow_need_commune(f, e) < 0)
        return -1;
    return user[0] ? store_user_may(f->store, user, ROLE_CAPTURE, e) : 0;
}

/* A present one, as it is in this transaction. */
static int need(struct flow *f, const char *name, struct page *out, struct err *e)
{
    if (flow_sheet_find(f, name, out, e) < 0)
        return -1;
    return out->past ? err_set(e, ERR_PAGE_PAST, "%.16s", out->name) : 0;
}

static int audit(struct flow *f, const char *user, const char *act, const char *item,
                 const struct jdoc *detail, struct err *e)
{
    return store_audit_add(f->store, user, flow_via(f), act, item, detail, clock_now(),
                           e);
}

static struct jdoc *line_of(const struct page *p)
{
    struct jdoc *line = flow_line("page");

    jdoc_set_text(line, "page", p->name);
    jdoc_set_text(line, "item", p->item);
    jdoc_set_int(line, "seq", p->seq);
    return line;
}

/* ---- two sides --------------------------------------------------------------------
 */

struct side {
    int64_t seq;
    bool found;
    struct page page;
};

static int is_side(void *ctx, const struct page *p, struct err *e)
{
    struct side *s = ctx;

    (void)e;
    if (p->seq != s->seq)
        return 0;
    s->page = *p;
    s->found = true;
    return 1;
}

/* The page it changes places with. */
static int other_side(struct flow *f, const struct page *p, const char *with,
                      struct page *out, struct err *e)
{
    struct side s = {.seq = p->seq % 2 ? p->seq + 1 : p->seq - 1};

    if (with) {
        if (need(f, with, out, e) < 0)
            return -1;
        s.found = strcmp(out->item, p->item) == 0 && out->id != p->id;
    } else {
        if (store_page_of_item(f->store, p->item, is_side, &s, e) < 0)
            return -1;
        *out = s.page;
    }
    return s.found ? 0 : err_set(e, ERR_PAGE_ALONE, "%.16s", p->name);
}

int flow_sheet_swap(struct flow *f, const char *page, const char *with,
                    const char *user, const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    struct page a, b;
    int64_t seq = 0;

    if (may(f, user, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        need(f, page, &a, e) < 0 || other_side(f, &a, with, &b, e) < 0)
        return -1;
    jdoc_set_text(detail, "page", a.name);
    jdoc_set_text(detail, "with", b.name);
    if (flow_sheet_open(f, a.item, e) < 0 || store_past_swap(f->store, &a, &b, e) < 0 ||
        audit(f, user, "page.swap", a.item, detail, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    seq = a.seq;
    a.seq = b.seq;
    b.seq = seq;
    flow_tell(to, line_of(&a));
    flow_tell(to, line_of(&b));
    return 0;
}

/* ---- let be -----------------------------------------------------------------------
 */

int flow_sheet_keep(struct flow *f, const char *page, bool kept, const char *user,
                    const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    struct jdoc *line = NULL;
    struct page p;

    if (may(f, user, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        need(f, page, &p, e) < 0)
        return -1;
    jdoc_set_text(detail, "page", p.name);
    jdoc_set_bool(detail, "kept", kept);
    if (store_past_keep(f->store, p.id, kept, e) < 0 ||
        audit(f, user, "page.keep", p.item, detail, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    line = line_of(&p);
    jdoc_set_bool(line, "kept", kept);
    flow_tell(to, line);
    return 0;
}
