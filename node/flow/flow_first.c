/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_first.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_seal.h"
#include "node/store/object.h"
#include "node/store/store.h"
#include "node/store/store_page.h"
#include "node/store/store_picture.h"
#include "sync/enrol.h"
#include "sync/first.h"
#include "sync/line.h"
#include "sync/plan.h"
#include "sync/receipt.h"
#include "sync/repo.h"

#define FACT_OPEN "first.open" /* lines "<item> <want> <page or -> <state> <since>" */

/* ---- the commune: what it was asked for -------------------------------------------
 */

struct wish {
    struct first first; /* state: as it was told above */
    char page[HASH_HEX];
};

struct wishes {
    struct wish *rows; /* owned */
    size_t count, cap;
};

static void wishes_clear(struct wishes *w)
{
    mem_free(w->rows);
}

static bool take_wish(char *line, struct wish *out)
{
    char *words[5], *rest = NULL;
    size_t n = 0;

    for (char *w = strtok_r(line, " ", &rest); w && n < ARRAY_LEN(words);
         w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    if (n != ARRAY_LEN(words) || !names_is_item(words[0]) ||
        !first_want_parse(words[1], &out->first.want) ||
        !first_state_parse(words[3], &out->first.state) ||
        !num_parse(words[4], 0, INT64_MAX, &out->first.since))
        return false;
    (void)snprintf(out->first.item, sizeof out->first.item, "%s", words[0]);
    if (hash_is_hex(words[2], HASH_HEX - 1))
        memcpy(out->page, words[2], HASH_HEX);
    return true;
}

static int load(struct flow *f, struct wishes *out, struct err *e)
{
    AUTO_MEM char *text = NULL;
    char *rest = NULL;

    if (store_fact_get(f->store, FACT_OPEN, &text, e) < 0)
        return -1;
    for (char *line = text ? strtok_r(text, "\n", &rest) : NULL; line;
         line = strtok_r(NULL, "\n", &rest)) {
        struct wish w = {.page = ""};

        if (!take_wish(line, &w))
            continue;
        memcpy(w.first.node, f->home.node, sizeof w.first.node);
        mem_grow(&out->rows, &out->cap, out->count + 1, sizeof *out->rows);
        out->rows[out->count++] = w;
    }
    return 0;
}

/* Transaction. */
static int save(struct flow *f, const struct wishes *w, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);

    for (size_t i = 0; i < w->count; i++) {
        const struct wish *x = &w->rows[i];

        str_addf(&text, "%s %s %s %s %lld\n", x->first.item,
                 first_want_name(x->first.want), x->page[0] ? x->page : "-",
                 first_state_name(x->first.state), (long long)x->first.since);
    }
    if (str_check(&text, FACT_OPEN, e) < 0)
        return -1;
    return store_fact_set(f->store, FACT_OPEN, str_text(&text), e);
}

static bool same_wish(const struct wish *a, const struct wish *b)
{
    return a->first.want == b->first.want &&
           strcmp(a->first.item, b->first.item) == 0 && strcmp(a->page, b->page) == 0;
}

int flow_first_note(struct flow *f, const struct receipt *r, struct err *e)
{
    AUTO(wishes_clear) struct wishes all = {.rows = NULL};
    struct wish w = {.first = {.state = FIRST_SIGNED, .since = clock_now()}};
    size_t at = 0;

    if (!r->item[0])
        return 0;
    if (!first_want_parse(r->code, &w.first.want))
        w.first.want = FIRST_PAGE;
    (void)snprintf(w.first.item, sizeof w.first.item, "%s", r->item);
    memcpy(w.page, r->page, sizeof w.page);
    if (load(f, &all, e) < 0)
        return -1;
    while (at < all.count && !same_wish(&all.rows[at], &w))
        at++;
    if (at == all.count && all.count >= FIRST_OPEN_MAX)
        return 0; /* nobody above asks for so many at once */
    if (at == all.count) {
        mem_grow(&all.rows, &all.cap, all.count + 1, sizeof *all.rows);
        all.count++;
    }
    all.rows[at] = w;
    return save(f, &all, e);
}

/* ---- the commune: obeying ---------------------------------------------------------
 */

static struct jdoc *first_line(const struct first *f)
{
    struct jdoc *line = flow_line("first");

    jdoc_set_text(line, "item", f->item);
    jdoc_set_text(line, "want", first_want_name(f->want));
    jdoc_set_text(line, "state", first_state_name(f->state));
    jdoc_set_int(line, "since", f->since);
    return line;
}

/* What holds it: @small the class it goes in, @large the input files. */
static enum first_state state_of(const struct flow_seal_first *s,
                                 enum plan_reason small, enum plan_reason large)
{
    if (s->absent)
        return FIRST_ABSENT;
    if (!s->held)
        return small == PLAN_FREE ? FIRST_SENDING : FIRST_LATER;
    switch (large) {
    case PLAN_NIGHT:
        return FIRST_NIGHT;
    case PLAN_STICK:
        return FIRST_STICK;
    case PLAN_KEPT:
        return FIRST_KEPT;
    case PLAN_FREE:
    case PLAN_WINDOW:
    case PLAN_CAP:
    default:
        return FIRST_LATER;
    }
}

/* A tier that is older, or that has forgotten, is not told; the files go all the same.
 */
static int tell_above(const struct line *l, const struct first *f,
                      struct rpush_sum *sum, struct err *e)
{
    struct err why = ERR_INIT;

    if (!l || l->folder || first_going(l, f, sum, &why) == 0 ||
        why.code == ERR_GATE_VERB || why.code == ERR_GATE_READ ||
        why.code == ERR_ITEM_ABSENT)
        return 0;
    *e = why;
    return -1;
}

static bool is_over(enum first_state s)
{
    return s == FIRST_SENDING || s == FIRST_ABSENT;
}

/* Told or not, what was sealed is on its way: the list says how far we are. */
static int answer_wishes(struct flow *f, const struct line *l, struct wishes *all,
                         const struct flow_seal_first *sealed, enum plan_reason small,
                         enum plan_reason large, const struct flow_listener *to,
                         struct rpush_sum *sum, struct err *e)
{
    struct wishes left = {.rows = all->rows}; /* in place */
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err cut = ERR_INIT;

    for (size_t i = 0; i < all->count; i++) {
        struct wish w = all->rows[i];
        enum first_state was = w.first.state;

        w.first.state = state_of(&sealed[i], small, large);
        if (cut.code != ERR_NONE ||
            (w.first.state != was && tell_above(l, &w.first, sum, &cut) < 0)) {
            left.rows[left.count++] = all->rows[i]; /* told next time */
            continue;
        }
        if (w.first.state != was) {
            w.first.since = clock_now();
            flow_tell(to, first_line(&w.first));
        }
        if (!is_over(w.first.state))
            left.rows[left.count++] = w;
    }
    if (store_begin(f->store, &txn, e) < 0 || save(f, &left, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    if (cut.code == ERR_NONE)
        return 0;
    *e = cut;
    return -1;
}

int flow_first_serve(struct flow *f, const struct line *l,
                     const struct plan_rules *rules, int64_t today,
                     const struct flow_listener *to, struct rpush_sum *sum,
                     struct err *e)
{
    AUTO(wishes_clear) struct wishes all = {.rows = NULL};
    AUTO_MEM struct flow_seal_first *list = NULL;
    enum plan_reason small = plan_may(rules, CLASS_THUMB, clock_now(), today, NULL);
    enum plan_reason large = plan_may(rules, CLASS_MASTER, clock_now(), today, NULL);
    struct flow_seal_sum made = {0};
    struct err busy = ERR_INIT;

    if (load(f, &all, e) < 0)
        return -1;
    if (all.count == 0)
        return 0;
    list = mem_new(all.count, sizeof *list);
    for (size_t i = 0; i < all.count; i++)
        list[i] = (struct flow_seal_first){
            .item = all.rows[i].first.item,
            .page = all.rows[i].page,
            .master = all.rows[i].first.want == FIRST_MASTER,
        };
    if (flow_seal_first(f, list, all.count, large == PLAN_FREE, to, &made, &busy) < 0) {
        if (busy.code == ERR_LOCKED)
            return 0;
        *e = busy;
        return -1;
    }
    return answer_wishes(f, l, &all, list, small, large, to, sum, e) < 0
               ? -1
               : made.bundles > 0;
}

int flow_first_open(struct flow *f, const struct flow_listener *to, struct err *e)
{
    AUTO(wishes_clear) struct wishes all = {.rows = NULL};

    if (load(f, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++)
        flow_tell(to, first_line(&all.rows[i].first));
    return 0;
}

/* ---- an upper tier ----------------------------------------------------------------
 */

struct signing {
    struct flow *f;
    struct store *catalog;
    const struct enrol_node *n;
    struct first *open; /* owned */
    size_t count, cap;
    enum first_want want; /* of the record at hand */
    size_t pages, lacking;
};

static void signing_clear(struct signing *s)
{
    mem_free(s->open);
}

static int count_page(void *ctx, const struct page *p, struct err *e)
{
    struct signing *s = ctx;
    char hex[HASH_HEX];
    int found = s->want == FIRST_PAGE
                    ? store_picture_get(s->catalog, p->name, STORE_PICTURE_PAGE, hex, e)
                    : 0;

    if (found < 0)
        return -1;
    s->pages++;
    s->lacking += found == 0 && !object_has(store_objects(s->catalog), p->master);
    return 0;
}

/* What came meanwhile needs no word any more. */
static int take_open(void *ctx, const struct first *f, struct err *e)
{
    struct signing *s = ctx;

    s->want = f->want;
    s->pages = s->lacking = 0;
    if (store_page_of_item(s->catalog, f->item, count_page, s, e) < 0)
        return -1;
    if (s->pages > 0 && s->lacking == 0)
        return first_drop(s->f->home.path, f, e);
    if (f->state != FIRST_ASKED)
        return 0;
    mem_grow(&s->open, &s->cap, s->count + 1, sizeof *s->open);
    s->open[s->count++] = *f;
    return 0;
}

static int sign_open(struct signing *s, struct repo *repo, struct err *e)
{
    AUTO_MEM struct receipt *list = mem_new(s->count, sizeof *list);
    char tip[NAMES_OID_MAX];

    for (size_t i = 0; i < s->count; i++) {
        struct receipt *r = &list[i];

        r->type = RECEIPT_REQUEST;
        r->time = s->open[i].since;
        (void)snprintf(r->node, sizeof r->node, "%s", s->n->node);
        (void)snprintf(r->issuer, sizeof r->issuer, "%s", s->f->home.node);
        (void)snprintf(r->item, sizeof r->item, "%s", s->open[i].item);
        (void)snprintf(r->code, sizeof r->code, "%s", first_want_name(s->open[i].want));
    }
    if (receipt_write(repo, list, s->count, &s->f->home.key, tip, e) < 0)
        return -1;
    for (size_t i = 0; i < s->count; i++) {
        struct first now = s->open[i];
        int there = first_get(s->f->home.path, &now, e);

        if (there < 0)
            return -1;
        if (there == 0 || now.state != FIRST_ASKED)
            continue; /* the node was quicker */
        now.state = FIRST_SIGNED;
        now.since = clock_now();
        if (first_set(s->f->home.path, &now, e) < 0)
            return -1;
    }
    return 0;
}

int flow_first_sign(struct flow *f, struct store *catalog, struct repo *repo,
                    const struct enrol_node *n, struct err *e)
{
    AUTO(signing_clear) struct signing s = {.f = f, .catalog = catalog, .n = n};

    if (first_each(f->home.path, n->node, clock_now(), take_open, &s, e) < 0)
        return -1;
    return s.count && !n->relay ? sign_open(&s, repo, e) : 0;
}

/* ---- a hub ------------------------------------------------------------------------
 */

struct relaying {
    struct flow *f;
    const struct line *l;
    struct rpush_sum *sum;
};

static int relay_one(void *ctx, const struct first *f, struct err *e)
{
    const struct relaying *r = ctx;
    struct first now = *f;
    struct err why = ERR_INIT;
    int rc;

    if (f->up)
        return 0;
    rc = f->state == FIRST_ASKED ? first_request(r->l, f->node, &now, r->sum, &why)
                                 : first_going(r->l, f, r->sum, &why);
    if (rc == 0) {
        now.up = true;
        return first_set(r->f->home.path, &now, e);
    }
    if (why.code == ERR_ITEM_ABSENT || why.code == ERR_GATE_READ ||
        why.code == ERR_GATE_VERB)
        return 0;
    *e = why;
    return -1;
}

int flow_first_relay(struct flow *f, const struct line *l, const char *node,
                     struct rpush_sum *sum, struct err *e)
{
    struct relaying r = {.f = f, .l = l, .sum = sum};

    return l->folder ? 0
                     : first_each(f->home.path, node, clock_now(), relay_one, &r, e);
}
