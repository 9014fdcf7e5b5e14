/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_ready.h"

#include <string.h>

#include "node/base/err.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_keyed.h"
#include "node/flow/flow_keying.h"
#include "node/store/store_gap.h"
#include "node/store/store_item.h"
#include "node/store/store_keying.h"
#include "node/store/store_ready.h"

static const struct reason {
    const char *code, *text;
    bool blocks;
    bool keying;
} reasons[] = {
    {"unread", N_("Pages wait to be read."), true, false},
    {"failed", N_("Pages could not be read: scan them again."), true, false},
    {"held", N_("Pages are held: an administrator decides."), true, false},
    {"counted", N_("Another count of pages than expected: say why."), true, false},
    {"review", N_("Records are not verified yet."), true, false},
    {"returned", N_("Records were sent back for correction."), true, false},
    {"undrawn", N_("Records are not drawn for second keying yet."), false, true},
    {"second", N_("Fields wait to be keyed by a second person."), false, true},
    {"third", N_("Two answers differ: a third person decides."), false, true},
    {"gap", N_("Numbers are missing: find them, or explain the gap."), false, false},
    {"duplicate", N_("A number stands on several records."), false, false},
    {"closing", N_("The closing count of the book and its entries differ."), false,
     false},
};

/* ---- gathering --------------------------------------------------------------------
 */

struct gathering {
    struct flow *f;
    enum flow_keying_rule keying;
    const char *only;  /* dossier; NULL: all */
    struct jdoc *rows; /* array of lines "missing" */
    struct jdoc *gaps; /* {"DOSSIER":{"gap":n,…}} */
    int64_t ready, open;
};

/* Second keying holds records back only where it is needed. */
static bool blocks(const struct gathering *g, const struct reason *r)
{
    return r->blocks || (r->keying && g->keying == FLOW_KEYING_NEED);
}

static struct jdoc *row_of(const struct gathering *g, const char *dossier,
                           const char *code, int64_t count)
{
    struct jdoc *row = flow_line("missing");

    jdoc_set_text(row, "dossier", dossier[0] ? dossier : NULL);
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
        if (strcmp(reasons[i].code, code) != 0)
            continue;
        jdoc_set_text(row, "code", code);
        jdoc_set_text(row, "vi", i18n_text_in(LANG_VI, reasons[i].text));
        jdoc_set_text(row, "en", i18n_text_in(LANG_EN, reasons[i].text));
        jdoc_set_bool(row, "blocks", blocks(g, &reasons[i]));
    }
    jdoc_set_int(row, "count", count);
    return row;
}

static void add_row(struct gathering *g, const char *dossier, const char *code,
                    int64_t count)
{
    if (count > 0)
        jdoc_add(g->rows, row_of(g, dossier, code, count));
}

static int count_name(void *ctx, const char *item, struct err *e)
{
    int64_t *n = ctx;

    (void)item;
    (void)e;
    ++*n;
    return 0;
}

static int add_waiting(void *ctx, const struct store_keying_count *c, struct err *e)
{
    struct gathering *g = ctx;

    (void)e;
    add_row(g, c->dossier, "second", c->open);
    add_row(g, c->dossier, "third", c->differs);
    return 0;
}

static int add_keying(struct gathering *g, const char *dossier, struct err *e)
{
    int64_t undrawn = 0;

    if (g->keying == FLOW_KEYING_OFF)
        return 0;
    if (store_keying_fresh(g->f->store, dossier, count_name, &undrawn, e) < 0)
        return -1;
    add_row(g, dossier, "undrawn", undrawn);
    return store_keying_counts(g->f->store, dossier, add_waiting, g, e) < 0 ? -1 : 0;
}

static int add_ready(void *ctx, const struct store_ready *r, struct err *e)
{
    struct gathering *g = ctx;

    g->ready += r->ready;
    g->open += r->open;
    add_row(g, r->dossier, "unread", r->unread);
    add_row(g, r->dossier, "failed", r->failed);
    add_row(g, r->dossier, "held", r->held);
    add_row(g, r->dossier, "counted", r->counted);
    add_row(g, r->dossier, "review", r->review);
    add_row(g, r->dossier, "returned", r->returned);
    return add_keying(g, r->dossier, e);
}

static int add_gap(void *ctx, const struct store_gap *gap, struct err *e)
{
    static const char *const CODES[] = {[STORE_GAP_MISSING] = "gap",
                                        [STORE_GAP_DOUBLE] = "duplicate",
                                        [STORE_GAP_COUNT] = "closing"};
    struct gathering *g = ctx;
    struct jdoc *of = NULL;
    int64_t n = 0;
    int64_t more = 1;

    (void)e;
    if (gap->type == STORE_GAP_MISSING)
        more = gap->to - gap->from + 1;
    else if (gap->type == STORE_GAP_COUNT)
        more = gap->to > gap->from ? gap->to - gap->from : gap->from - gap->to;
    of = jdoc_get(g->gaps, gap->dossier) ? jdoc_copy(jdoc_get(g->gaps, gap->dossier))
                                         : jdoc_object();
    (void)jdoc_int(of, CODES[gap->type], 0, INT64_MAX, &n);
    jdoc_set_int(of, CODES[gap->type], n + more);
    jdoc_set(g->gaps, gap->dossier, of);
    return 0;
}

/* Where second keying is needed, a record may be sealed only when its is through. */
static int count_ended(void *ctx, const struct item *it, struct err *e)
{
    struct gathering *g = ctx;
    bool ended = false;

    if (g->only && strcmp(g->only, it->dossier) != 0)
        return 0;
    if (flow_keying_ended(g->f, it->name, &ended, e) < 0)
        return -1;
    g->ready += ended;
    return 0;
}

static int recount(struct gathering *g, struct err *e)
{
    if (g->keying != FLOW_KEYING_NEED)
        return 0;
    g->ready = 0;
    return store_item_sealable(g->f->store, false, count_ended, g, e) < 0 ? -1 : 0;
}

static int gather(struct flow *f, struct gathering *g, struct err *e)
{
    g->f = f;
    if (flow_keying_rule(f, &g->keying, e) < 0 ||
        store_ready_each(f->store, g->only, add_ready, g, e) < 0 || recount(g, e) < 0 ||
        store_gap_each(f->store, g->only, add_gap, g, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(g->gaps); i++) {
        const char *dossier = jdoc_key(g->gaps, i);

        for (size_t k = 0; k < ARRAY_LEN(reasons); k++) {
            int64_t n = 0;

            if (jdoc_int(jdoc_get(g->gaps, dossier), reasons[k].code, 1, INT64_MAX, &n))
                add_row(g, dossier, reasons[k].code, n);
        }
    }
    return 0;
}

/* ---- telling ----------------------------------------------------------------------
 */

int flow_ready_seal(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    AUTO_JDOC struct jdoc *gaps = jdoc_object();
    struct gathering g = {.rows = rows, .gaps = gaps};
    struct jdoc *sum = NULL;

    if (flow_need_commune(f, e) < 0 || gather(f, &g, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(rows); i++)
        flow_tell(to, jdoc_copy(jdoc_at(rows, i)));
    if (g.keying != FLOW_KEYING_OFF && flow_keyed_residuals(f, NULL, to, e) < 0)
        return -1;
    sum = flow_line("summary");
    jdoc_set_int(sum, "ready", g.ready);
    jdoc_set_int(sum, "open", g.open);
    flow_tell(to, sum);
    return 0;
}

int flow_ready_dossier(struct flow *f, const char *dossier,
                       const struct flow_listener *to, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    AUTO_JDOC struct jdoc *gaps = jdoc_object();
    AUTO_JDOC struct jdoc *line = NULL;
    AUTO_JDOC struct jdoc *residual = NULL;
    struct gathering g = {.only = dossier, .rows = rows, .gaps = gaps};
    int64_t next = 0;

    if (flow_item_dossier_jdoc(f, dossier, &line, e) < 0 ||
        store_ready_next(f->store, dossier, &next, e) < 0 || gather(f, &g, e) < 0 ||
        flow_keyed_residual(f, dossier, &residual, e) < 0)
        return -1;
    if (next)
        jdoc_set_int(line, "next", next);
    else
        jdoc_set_null(line, "next");
    jdoc_set_int(line, "ready", g.ready);
    jdoc_set(line, "missing", TAKE(rows));
    if (residual)
        jdoc_set(line, "residual", TAKE(residual));
    else
        jdoc_set_null(line, "residual");
    flow_tell(to, TAKE(line));
    return 0;
}
