/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_keyed.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_keying.h"
#include "node/flow/flow_verify.h"
#include "node/record/item.h"
#include "node/record/sample.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_keying.h"
#include "node/store/store_page.h"

#define SHARE_MAX 24

/* ---- what waits -------------------------------------------------------------------
 */

struct listing {
    struct flow *f;
    const struct flow_keyed_query *q;
    const struct flow_listener *to;
    struct item it;     /* of the last row */
    struct jdoc *pages; /* of it. owned */
    struct jdoc *boxes; /* of it. owned */
    int64_t told, second, third;
};

static void listing_clear(struct listing *l)
{
    jdoc_free(TAKE(l->pages));
    jdoc_free(TAKE(l->boxes));
}
#define AUTO_LISTING AUTO(listing_clear)

static int add_page(void *ctx, const struct page *p, struct err *e)
{
    struct jdoc *one = NULL;

    (void)e;
    if (p->gate == PAGE_HELD)
        return 0; /* shown to nobody */
    one = jdoc_object();
    jdoc_set_text(one, "page", p->name);
    jdoc_set_int(one, "seq", p->seq);
    jdoc_set_int(one, "width_px", p->width_px);
    jdoc_set_int(one, "height_px", p->height_px);
    jdoc_add(ctx, one);
    return 0;
}

/* What all rows of a record share is looked up once. */
static int know_record(struct listing *l, const char *item, struct err *e)
{
    if (l->pages && strcmp(l->it.name, item) == 0)
        return 0;
    listing_clear(l);
    l->pages = jdoc_array();
    if (store_item_need(l->f->store, item, &l->it, e) < 0 ||
        store_page_of_item(l->f->store, item, add_page, l->pages, e) < 0)
        return -1;
    return flow_verify_boxes(l->f, item, &l->boxes, e);
}

static struct jdoc *answer(const char *value, enum field_mark mark, const char *actor)
{
    struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "value", value);
    jdoc_set_text(j, "mark", mark ? field_mark_name(mark) : NULL);
    jdoc_set_text(j, "actor", actor && actor[0] ? actor : NULL);
    return j;
}

static void add_answers(struct jdoc *line, const struct store_keying *k)
{
    bool ended = k->state >= STORE_KEYING_AGREED;
    /* What stands there now is what the third person decides about. */
    struct jdoc *first = ended ? answer(k->first, k->first_mark, k->first_actor)
                               : answer(k->now, k->now_mark, k->first_actor);
    struct jdoc *second = answer(k->second, k->second_mark, k->second_actor);

    jdoc_set_text(second, "why", k->second_why[0] ? k->second_why : NULL);
    jdoc_set(line, "first", first);
    jdoc_set(line, "second", second);
    if (!ended)
        return;
    jdoc_set(line, "final", answer(k->final, k->final_mark, NULL));
    jdoc_set_text(line, "approver", k->approver[0] ? k->approver : NULL);
    jdoc_set_bool(line, "wrong", k->wrong == 1);
}

static struct jdoc *row(struct listing *l, const struct store_keying *k)
{
    struct jdoc *line = flow_line("keying");
    const struct jdoc *box = jdoc_get(l->boxes, k->field);
    bool stale = store_keying_stale(k);

    jdoc_set_text(line, "item", k->item);
    jdoc_set_text(line, "dossier", k->dossier[0] ? k->dossier : NULL);
    jdoc_set_text(line, "kind", l->it.kind);
    jdoc_set(line, "form", flow_verify_field(k->field));
    jdoc_set_text(line, "why",
                  store_keying_why_name(stale ? STORE_KEYING_CHANGED : k->why));
    jdoc_set_text(line, "state",
                  store_keying_state_name(stale ? STORE_KEYING_OPEN : k->state));
    jdoc_set(line, "pages", jdoc_copy(l->pages));
    if (box)
        jdoc_set(line, "box", jdoc_copy(box));
    else
        jdoc_set_null(line, "box");
    if (k->state != STORE_KEYING_OPEN && !stale && !l->q->places)
        add_answers(line, k);
    return line;
}

/* 1: to be told, 0: not, -1. */
static int asked_for(struct listing *l, const struct store_keying *k, struct err *e)
{
    bool second = k->state == STORE_KEYING_OPEN || store_keying_stale(k);
    bool third = k->state == STORE_KEYING_DIFFERS;
    bool fit = true;

    if (l->q->field && strcmp(l->q->field, k->field) != 0)
        return 0;
    l->second += k->present && second;
    l->third += k->present && third;
    if ((l->q->what == FLOW_KEYED_SECOND && !second) ||
        (l->q->what == FLOW_KEYED_THIRD && !third) ||
        (l->q->limit > 0 && l->told >= l->q->limit))
        return 0;
    if (l->q->user && flow_keying_may(l->f, k, l->q->user, &fit, e) < 0)
        return -1;
    return fit;
}

static int tell_row(void *ctx, const struct store_keying *k, struct err *e)
{
    struct listing *l = ctx;
    int rc = asked_for(l, k, e);

    if (rc <= 0)
        return rc;
    if (know_record(l, k->item, e) < 0)
        return -1;
    l->told++;
    flow_tell(l->to, row(l, k));
    return 0;
}

static int count_name(void *ctx, const char *item, struct err *e)
{
    int64_t *n = ctx;

    (void)item;
    (void)e;
    ++*n;
    return 0;
}

struct fresh {
    struct flow *f;
    int64_t n;
};

static int count_fresh(void *ctx, const struct dossier *d, struct err *e)
{
    struct fresh *fresh = ctx;

    return store_keying_fresh(fresh->f->store, d->name, count_name, &fresh->n, e);
}

/* "none" and NULL as the store has them. */
static int find_dossier(struct flow *f, const char *dossier, const char **out,
                        struct err *e)
{
    *out = dossier;
    if (!dossier)
        return 0;
    if (strcmp(dossier, "none") == 0) {
        *out = "";
        return 0;
    }
    return flow_item_need_dossier(f, dossier, e);
}

int flow_keyed_list(struct flow *f, const struct flow_keyed_query *q,
                    const struct flow_listener *to, struct err *e)
{
    AUTO_LISTING struct listing l = {.f = f, .q = q, .to = to};
    struct store_keying_query all = {.item = q->item,
                                     .ended = q->what == FLOW_KEYED_ALL};
    struct fresh fresh = {.f = f};
    struct jdoc *sum = NULL;
    struct item it = {0};

    if (find_dossier(f, q->dossier, &all.dossier, e) < 0 ||
        (q->item && store_item_need(f->store, q->item, &it, e) < 0) ||
        store_keying_each(f->store, &all, tell_row, &l, e) < 0)
        return -1;
    if (all.dossier &&
        store_keying_fresh(f->store, all.dossier, count_name, &fresh.n, e) < 0)
        return -1;
    if (!all.dossier &&
        (store_keying_fresh(f->store, "", count_name, &fresh.n, e) < 0 ||
         store_dossier_each(f->store, count_fresh, &fresh, e) < 0))
        return -1;
    sum = flow_line("summary");
    jdoc_set_int(sum, "second", l.second);
    jdoc_set_int(sum, "third", l.third);
    jdoc_set_int(sum, "fresh", fresh.n);
    flow_tell(to, sum);
    return 0;
}

/* ---- what came of it --------------------------------------------------------------
 */

static void percent(int hundredths, char out[SHARE_MAX])
{
    (void)snprintf(out, SHARE_MAX, "%d.%02d", hundredths / 100, hundredths % 100);
}

/* Equal answers are known at once, others only when a third person decided: until then
 * the bounds hold both ways that he may decide. */
static bool find_share(const struct store_keying_count *c, struct sample_share *out)
{
    struct sample_share none = {0};
    struct sample_share all = {0};
    int64_t m = c->counted + c->undecided;

    if (!sample_wilson(c->wrong, c->counted, out) ||
        !sample_wilson(c->wrong, m, &none) ||
        !sample_wilson(c->wrong + c->undecided, m, &all))
        return false;
    out->low = none.low;
    out->high = all.high;
    return true;
}

static void add_share(struct jdoc *line, const struct store_keying_count *c)
{
    struct sample_share share = {0};
    char rate[SHARE_MAX];
    char low[SHARE_MAX];
    char high[SHARE_MAX];
    bool known = find_share(c, &share);
    AUTO_MEM char *text = NULL;

    if (known) {
        percent(share.share, rate);
        percent(share.low, low);
        percent(share.high, high);
        text = mem_printf("%" PRId64 "/%" PRId64 " = %s%% (%s-%s%%)", c->wrong,
                          c->counted, rate, low, high);
    }
    jdoc_set_text(line, "rate", known ? rate : NULL);
    jdoc_set_text(line, "low", known ? low : NULL);
    jdoc_set_text(line, "high", known ? high : NULL);
    jdoc_set_text(line, "text", text);
}

static struct jdoc *residual_line(const struct store_keying_count *c)
{
    struct jdoc *line = flow_line("residual");

    jdoc_set_text(line, "dossier", c->dossier[0] ? c->dossier : NULL);
    jdoc_set_int(line, "sampled", c->sampled);
    jdoc_set_int(line, "removed", c->removed);
    jdoc_set_int(line, "counted", c->counted);
    jdoc_set_int(line, "wrong", c->wrong);
    jdoc_set_int(line, "undecided", c->undecided);
    add_share(line, c);
    jdoc_set_int(line, "doubtful", c->doubtful);
    jdoc_set_int(line, "doubtful_wrong", c->doubtful_wrong);
    jdoc_set_int(line, "open", c->open);
    jdoc_set_int(line, "differs", c->differs);
    return line;
}

static int tell_draw(void *ctx, const struct store_keying_draw *d, struct err *e)
{
    (void)e;
    flow_tell(ctx, flow_keying_draw_line(d));
    return 0;
}

static int tell_count(void *ctx, const struct store_keying_count *c, struct err *e)
{
    (void)e;
    flow_tell(ctx, residual_line(c));
    return 0;
}

int flow_keyed_residuals(struct flow *f, const char *dossier,
                         const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    return store_keying_counts(f->store, dossier, tell_count, &copy, e) < 0 ? -1 : 0;
}

int flow_keyed_report(struct flow *f, const char *dossier,
                      const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;
    const char *name = NULL;

    if (find_dossier(f, dossier, &name, e) < 0 ||
        store_keying_draws(f->store, name, tell_draw, &copy, e) < 0)
        return -1;
    return flow_keyed_residuals(f, name, to, e);
}

static int keep_count(void *ctx, const struct store_keying_count *c, struct err *e)
{
    struct jdoc **out = ctx;

    (void)e;
    *out = residual_line(c);
    return 1;
}

int flow_keyed_residual(struct flow *f, const char *dossier, struct jdoc **out,
                        struct err *e)
{
    *out = NULL;
    return store_keying_counts(f->store, dossier, keep_count, out, e) < 0 ? -1 : 0;
}

static int tell_keying(void *ctx, const struct store_keying *k, struct err *e)
{
    struct jdoc *line = flow_line("keying");

    (void)e;
    jdoc_set_text(line, "field", k->field);
    jdoc_set_text(line, "why", store_keying_why_name(k->why));
    jdoc_set_text(line, "state", store_keying_state_name(k->state));
    jdoc_set_int(line, "draw", k->draw);
    jdoc_set_int(line, "at", k->settled_at ? k->settled_at : k->second_at);
    if (k->state >= STORE_KEYING_AGREED)
        add_answers(line, k);
    flow_tell(ctx, line);
    return 0;
}

int flow_keyed_history(struct flow *f, const char *item, const struct flow_listener *to,
                       struct err *e)
{
    struct store_keying_query q = {.item = item, .ended = true};
    struct flow_listener copy = *to;

    return store_keying_each(f->store, &q, tell_keying, &copy, e) < 0 ? -1 : 0;
}
