/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_import_part.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/flow/flow_slip.h"
#include "node/record/dossier.h"
#include "node/record/item.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"

int flow_import_slip_open(struct call *c, struct err *e)
{
    int found = 0;

    c->slip = c->opts->slip ? c->opts->slip : &c->own_slip;
    if (c->opts->place != FLOW_IMPORT_NEW)
        return 0;
    found = flow_slip_key(c->f, false, c->slip_key, e);
    c->slips = found == 1; /* the search costs as much as all else together */
    return found < 0 ? -1 : 0;
}

bool flow_import_slip_is(const struct call *c, const struct input *in, struct slip *out)
{
    return c->slips && in->page_count == 1 && in->code[0] &&
           slip_parse(in->code, c->slip_key, out);
}

/* What comes next belongs there. */
static int turn_to(struct call *c, const struct slip *s, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct flow_import_slip *to = c->slip;
    int found = store_dossier_get(c->f->store, s->dossier, &d, e);

    if (found < 0)
        return -1;
    if (found == 0)
        return err_set(e, ERR_DOSSIER_ABSENT, "%s", s->dossier);
    if (d.closed_count >= 0)
        return err_set(e, ERR_DOSSIER_CLOSED, "%s", s->dossier);
    /* Both sides of one slip, or the same one twice: nothing begins anew. */
    if (strcmp(to->slip.dossier, s->dossier) == 0 &&
        to->slip.number.number == s->number.number &&
        strcmp(to->slip.number.suffix, s->number.suffix) == 0 && !to->item[0])
        return 0;
    *to = (struct flow_import_slip){.slip = *s};
    (void)snprintf(to->kind, sizeof to->kind, "%s",
                   d.kind == DOSSIER_REGISTER ? d.record : "document");
    return 0;
}

int flow_import_slip_take(struct call *c, struct input *in, const struct slip *s,
                          struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store *store = c->f->store;
    struct err why = ERR_INIT;
    char hex[HASH_HEX];
    bool existed = false;

    if (turn_to(c, s, &why) < 0) {
        *c->slip = (struct flow_import_slip){.kind = ""};
        if (why.code == ERR_DOSSIER_ABSENT || why.code == ERR_DOSSIER_CLOSED)
            return flow_import_refused(c, in, &why, NULL, e);
        *e = why;
        return -1;
    }
    if (store_object_put_tmp(store, &in->tmp, in->sha, hex, &in->size, &existed, e) <
            0 ||
        store_begin(store, &txn, e) < 0 ||
        store_object_add(store, in->sha, in->size, flow_import_media(in->source.kind),
                         STORE_MASTER, e) < 0 ||
        flow_import_slip_row(c, in, s->dossier, existed, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    flow_import_slip_tell(c, in, s, existed);
    return 0;
}

static const struct flow_import_notice PAGE = {
    "SH-SLIP-PAGE",
    N_("A slip was seen, and there is more on this picture than the slip."),
    N_("The slip holds, and the picture was stored as a page."),
    N_("Look at the picture: when nothing but a slip is on it, scan the sheet that "
       "should be there in its place.")};
static const struct flow_import_notice STRANGE = {
    "SH-SLIP-STRANGE", N_("A slip was seen that this computer did not print."),
    N_("It was not followed; the picture was stored as a page."),
    N_("Look where the pages behind it went, print the slip here and scan these sheets "
       "once more where needed.")};

const struct flow_import_notice *flow_import_slip_page(void)
{
    return &PAGE;
}

int flow_import_slip_bear(struct call *c, struct input *in, bool ours,
                          const struct slip *s, struct err *e)
{
    struct err why = ERR_INIT;

    in->seen = &STRANGE;
    if (!ours)
        return 0;
    in->seen = &PAGE;
    in->bears = true;
    in->slip = *s;
    if (turn_to(c, s, &why) == 0)
        return 0;
    *c->slip = (struct flow_import_slip){.kind = ""};
    in->bears = false;
    in->seen = NULL;
    in->notice = why.code;
    if (why.code == ERR_DOSSIER_ABSENT || why.code == ERR_DOSSIER_CLOSED)
        return 0;
    *e = why;
    return -1;
}

bool flow_import_slip_holds(const struct call *c)
{
    return c->slip->slip.dossier[0] != '\0';
}

bool flow_import_slip_goes_on(const struct call *c)
{
    return flow_import_slip_holds(c) && c->slip->item[0] &&
           (c->slip->slip.number.number > 0 || c->opts->per_page);
}

int flow_import_slip_number(struct call *c, const char *item, struct err *e)
{
    const struct kind *kind = kind_find(c->slip->kind);
    char number[REGNO_TEXT_MAX];
    struct field_value v = {
        .value = number,
        .reason = (char *)(uintptr_t) "",
        .actor = (char *)(uintptr_t)(c->opts->actor ? c->opts->actor : ""),
        .source = FIELD_CLERK,
        .confidence = 100,
        .at = clock_now()};
    bool written = false;

    if (c->slip->slip.number.number == 0 || !kind || !kind->number_field)
        return 0;
    regno_print(&c->slip->slip.number, number);
    v.name = (char *)(uintptr_t)kind->number_field; /* read only by the store */
    return store_item_field(c->f->store, item, &v, &written, e);
}

int flow_import_slip_resume(struct call *c, const char *item, struct err *e)
{
    struct item it;
    int found = 0;

    if (!flow_import_slip_holds(c) || c->slip->item[0] ||
        c->slip->slip.number.number == 0)
        return 0;
    found = store_item_get(c->f->store, item, &it, e);
    if (found <= 0)
        return found;
    if (it.sealed_rev == 0 && strcmp(it.dossier, c->slip->slip.dossier) == 0 &&
        it.number == c->slip->slip.number.number &&
        strcmp(it.suffix, c->slip->slip.number.suffix) == 0)
        flow_import_slip_filled(c, item);
    return 0;
}

void flow_import_slip_filled(struct call *c, const char *item)
{
    if (flow_import_slip_holds(c))
        (void)snprintf(c->slip->item, sizeof c->slip->item, "%s", item);
}
