/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import_part.h"

#include <string.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/store/store_audit.h"
#include "node/store/store_input.h"
#include "node/store/store_item.h"
#include "node/store/store_past.h"
#include "node/store/store_prune.h"

/* ---- does it become a page elsewhere? ---------------------------------------------
 */

/* Meant for another record than the one whose past page it is: not the same file of the
 * same folder once more. 1, 0, -1. */
static int is_meant(struct call *c, const struct input *in, const struct page *old,
                    struct err *e)
{
    const char *dossier = c->opts->dossier ? c->opts->dossier : "";
    size_t len = strlen(in->path);
    struct item it;
    int seen = 0;

    if (c->opts->place == FLOW_IMPORT_REPLACE)
        return strcmp(old->item, c->at.item) != 0; /* else it comes back */
    if (c->opts->place != FLOW_IMPORT_NEW)
        return 1;
    if (store_item_need(c->f->store, old->item, &it, e) < 0)
        return -1;
    if (flow_import_slip_holds(c))
        dossier = c->slip->slip.dossier;
    if (strcmp(it.dossier, dossier) != 0)
        return 1;
    if (len > STORE_INPUT_PATH_MAX)
        len = STORE_INPUT_PATH_MAX;
    seen = store_input_offered(c->f->store, in->sha, in->path, len, e);
    return seen < 0 ? -1 : !seen;
}

int flow_import_past_is(struct call *c, const struct input *in, const struct known *k,
                        bool *refuse, struct err *e)
{
    bool sealed = false;
    struct page old = {.past = false};

    *refuse = false;
    for (size_t i = 0; i < k->page_count; i++) {
        int rc = store_page_get(c->f->store, k->pages[i], &old, e);

        if (rc <= 0 || !old.past)
            return rc < 0 ? -1 : 0;
        rc = store_past_sealed(c->f->store, &old, e);
        if (rc < 0)
            return -1;
        sealed = sealed || (rc == 1 && !(c->opts->place != FLOW_IMPORT_NEW &&
                                         strcmp(old.item, c->at.item) == 0));
    }
    if (k->page_count == 0)
        return 0;
    switch (is_meant(c, in, &old, e)) {
    case 0:
        return 0;
    case 1:
        /* What the tier above has as a page of one record stays that record's. */
        *refuse = sealed;
        return !sealed;
    default:
        return -1;
    }
}

/* ---- it does ----------------------------------------------------------------------
 */

int flow_import_past_file(struct call *c, const struct input *in, struct err *e)
{
    if (store_object_add(c->f->store, in->sha, in->size,
                         flow_import_media(in->source.kind), STORE_MASTER, e) < 0)
        return -1;
    return store_prune_back(c->f->store, in->sha, e);
}

static int note(struct call *c, const struct page *old, const char *item, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    const struct flow_import_opts *o = c->opts;

    jdoc_set_text(detail, "page", old->name);
    jdoc_set_text(detail, "to", item);
    return store_audit_add(c->f->store, o->actor ? o->actor : "",
                           o->via ? o->via : "system", "page.move", old->item, detail,
                           clock_now(), e);
}

int flow_import_past_page(struct call *c, struct page *p, struct err *e)
{
    struct page old;

    if (store_page_get(c->f->store, p->name, &old, e) <= 0)
        return e->code ? -1 : err_set(e, ERR_PAGE_ABSENT, "%.16s", p->name);
    if ((strcmp(old.item, p->item) != 0 && note(c, &old, p->item, e) < 0) ||
        store_past_move(c->f->store, &old, p->item, p->seq, e) < 0)
        return -1;
    p->id = old.id;
    if (p->seq == 0 && store_page_get(c->f->store, p->name, &old, e) == 1)
        p->seq = old.seq;
    return p->seq > 0 ? 0 : -1;
}
