/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_keying.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_verify.h"
#include "node/record/item.h"
#include "node/record/sample.h"
#include "node/store/store_audit.h"
#include "node/store/store_item.h"
#include "node/store/store_keying.h"
#include "node/store/store_user.h"

/* ---- who --------------------------------------------------------------------------
 */

struct verifiers {
    const char *user; /* was it this one; NULL: not asked */
    bool found;
    char last[USER_NAME_MAX];
};

static int see_verifier(void *ctx, const struct store_audit *a, struct err *e)
{
    struct verifiers *v = ctx;

    (void)e;
    if (strcmp(a->act, "item.verify") != 0)
        return 0;
    v->found = v->found || (v->user && strcmp(a->actor, v->user) == 0);
    (void)snprintf(v->last, sizeof v->last, "%s", a->actor);
    return 0;
}

/* Whose the present value is: who wrote it, or who verified what was read. "": nobody
 * is known. */
static int author(struct flow *f, const char *item, const struct field_value *now,
                  char out[USER_NAME_MAX], struct err *e)
{
    struct verifiers v = {0};

    if (now && now->source == FIELD_CLERK) {
        (void)snprintf(out, USER_NAME_MAX, "%s", now->actor);
        return 0;
    }
    if (store_audit_each(f->store, item, see_verifier, &v, e) < 0)
        return -1;
    memcpy(out, v.last, USER_NAME_MAX);
    return 0;
}

static int author_now(struct flow *f, const struct store_keying *k,
                      char out[USER_NAME_MAX], struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};

    if (store_item_present(f->store, k->item, &present, e) < 0)
        return -1;
    return author(f, k->item, field_list_find(&present, k->field), out, e);
}

static bool same(const char *user, const char *other)
{
    return other[0] && strcmp(user, other) == 0;
}

/* The second person has not seen the value. */
static int may_second(struct flow *f, const struct store_keying *k, const char *user,
                      bool *out, struct err *e)
{
    struct verifiers v = {.user = user};
    char wrote[USER_NAME_MAX];

    if (author_now(f, k, wrote, e) < 0 ||
        store_audit_each(f->store, k->item, see_verifier, &v, e) < 0)
        return -1;
    *out = !v.found && !same(user, wrote) && !same(user, k->first_actor);
    return 0;
}

/* The third person gave neither answer. */
static int may_third(struct flow *f, const struct store_keying *k, const char *user,
                     bool *out, struct err *e)
{
    char wrote[USER_NAME_MAX];

    if (author_now(f, k, wrote, e) < 0)
        return -1;
    *out = !same(user, wrote) && !same(user, k->first_actor) &&
           !same(user, k->second_actor);
    return 0;
}

int flow_keying_may(struct flow *f, const struct store_keying *k, const char *user,
                    bool *out, struct err *e)
{
    return k->state == STORE_KEYING_DIFFERS ? may_third(f, k, user, out, e)
                                            : may_second(f, k, user, out, e);
}

struct sight {
    struct flow *f;
    const char *user;
    bool blind;
};

static int is_for(void *ctx, const struct store_keying *k, struct err *e)
{
    struct sight *s = ctx;

    if (k->state == STORE_KEYING_DIFFERS)
        return 0;
    return may_second(s->f, k, s->user, &s->blind, e) < 0 ? -1 : s->blind;
}

int flow_keying_blind(struct flow *f, const struct item *it, const char *user,
                      bool *out, struct err *e)
{
    struct store_keying_query q = {.item = it->name};
    struct sight s = {.f = f, .user = user};
    struct store_user u = {0};
    int known = store_user_get(f->store, user, &u, e);

    *out = false;
    if (known <= 0 || it->state == ITEM_RETURNED || role_may(u.role, ROLE_VERIFY) ||
        !role_may(u.role, ROLE_DESCRIBE))
        return known < 0 ? -1 : 0;
    if (store_keying_each(f->store, &q, is_for, &s, e) < 0)
        return -1;
    *out = s.blind;
    return 0;
}

int flow_keying_need_sight(struct flow *f, const char *item, const char *user,
                           struct err *e)
{
    struct item it = {0};
    bool blind = false;
    int rc = store_item_get(f->store, item, &it, e);

    if (rc <= 0 || flow_keying_blind(f, &it, user, &blind, e) < 0)
        return rc == 0 ? 0 : -1;
    return blind ? err_set(e, ERR_USER_RIGHT, "%s: second keying", item) : 0;
}

static int need_other(struct flow *f, const struct store_keying *k, const char *user,
                      struct err *e)
{
    bool fit = false;

    if (flow_keying_may(f, k, user, &fit, e) < 0)
        return -1;
    return fit ? 0 : err_set(e, ERR_KEYER, "%s %s", k->item, k->field);
}

/* ---- drawing ----------------------------------------------------------------------
 */

struct plan {
    struct flow *f;
    struct store_keying_draw draw;
    char (*names)[IDENT_NAME_MAX]; /* owned: of records */
    size_t name_count, name_cap;
    struct store_keying *fields; /* owned: what they are keyed for */
    size_t field_count, field_cap;
};

static void plan_clear(struct plan *p)
{
    for (size_t i = 0; i < p->field_count; i++)
        store_keying_clear(&p->fields[i]);
    mem_free(TAKE(p->fields));
    mem_free(TAKE(p->names));
}
#define AUTO_PLAN AUTO(plan_clear)

static int add_name(void *ctx, const char *item, struct err *e)
{
    struct plan *p = ctx;

    (void)e;
    if (p->name_count >= FLOW_KEYING_RECORDS_MAX)
        return 1;
    mem_grow(&p->names, &p->name_cap, p->name_count + 1, sizeof *p->names);
    (void)snprintf(p->names[p->name_count++], IDENT_NAME_MAX, "%s", item);
    return 0;
}

static int add_field(struct plan *p, const char *item, const struct field_value *v,
                     enum store_keying_why why, struct err *e)
{
    struct store_keying k = {.why = why, .first_mark = field_mark(v)};

    if (author(p->f, item, v, k.first_actor, e) < 0)
        return -1;
    (void)snprintf(k.item, sizeof k.item, "%s", item);
    (void)snprintf(k.field, sizeof k.field, "%s", v->name);
    k.first = mem_dup(v->value);
    mem_grow(&p->fields, &p->field_cap, p->field_count + 1, sizeof *p->fields);
    p->fields[p->field_count++] = k;
    return 0;
}

/* Did recognition ever doubt this field of the record? */
static bool was_doubted(const struct field_list *history, const char *field)
{
    for (size_t i = 0; i < history->count; i++)
        if (history->v[i].doubtful && strcmp(history->v[i].name, field) == 0)
            return true;
    return false;
}

static bool in_doubts(const struct jdoc *doubts, const char *field)
{
    for (size_t i = 0; i < jdoc_count(doubts); i++)
        if (strcmp(jdoc_text(jdoc_at(doubts, i), "field"), field) == 0)
            return true;
    return false;
}

static int plan_fields(struct plan *p, const char *item,
                       const struct field_list *present, const struct jdoc *doubts,
                       struct err *e)
{
    AUTO_FIELDS struct field_list history = {0};

    if (store_item_history(p->f->store, item, &history, e) < 0)
        return -1;
    for (size_t i = 0; i < present->count; i++) {
        const struct field_value *v = &present->v[i];

        if (!v->value[0] && field_mark(v) == FIELD_UNMARKED)
            continue;
        if (was_doubted(&history, v->name) || in_doubts(doubts, v->name)) {
            p->draw.doubtful++;
            if (add_field(p, item, v, STORE_KEYING_DOUBT, e) < 0)
                return -1;
            continue;
        }
        p->draw.fields++;
        if (!sample_takes(p->draw.seed, item, v->name, p->draw.rate))
            continue;
        p->draw.sampled++;
        if (add_field(p, item, v, STORE_KEYING_SAMPLE, e) < 0)
            return -1;
    }
    return 0;
}

/* 1: the record takes part, 0: a person still has to look at it first. */
static int plan_record(struct plan *p, const char *item, struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};
    AUTO_JDOC struct jdoc *doubts = NULL;
    struct item it = {0};

    if (store_item_need(p->f->store, item, &it, e) < 0 ||
        store_item_present(p->f->store, item, &present, e) < 0 ||
        flow_verify_doubts(p->f, item, &doubts, e) < 0)
        return -1;
    /* A rule that still complains of a verified record was looked at. */
    if (it.state != ITEM_VERIFIED && jdoc_count(doubts) > 0)
        return 0;
    p->draw.records++;
    return plan_fields(p, item, &present, doubts, e) < 0 ? -1 : 1;
}

/* Leaves in @names those that take part. */
static int plan_all(struct plan *p, struct err *e)
{
    size_t kept = 0;

    if (store_keying_fresh(p->f->store, p->draw.dossier, add_name, p, e) < 0)
        return -1;
    for (size_t i = 0; i < p->name_count; i++) {
        int rc = plan_record(p, p->names[i], e);

        if (rc < 0)
            return -1;
        if (rc > 0 && kept != i)
            memcpy(p->names[kept], p->names[i], IDENT_NAME_MAX);
        kept += rc > 0;
    }
    p->name_count = kept;
    return 0;
}

struct jdoc *flow_keying_draw_line(const struct store_keying_draw *d)
{
    struct jdoc *line = flow_line("draw");

    jdoc_set_int(line, "draw", d->id);
    jdoc_set_text(line, "dossier", d->dossier[0] ? d->dossier : NULL);
    jdoc_set_text(line, "seed", d->seed);
    jdoc_set_text(line, "head", d->head);
    jdoc_set_int(line, "rate", d->rate);
    jdoc_set_int(line, "records", d->records);
    jdoc_set_int(line, "fields", d->fields);
    jdoc_set_int(line, "doubtful", d->doubtful);
    jdoc_set_int(line, "sampled", d->sampled);
    jdoc_set_text(line, "actor", d->actor);
    jdoc_set_int(line, "at", d->at);
    return line;
}

static int write_plan(struct plan *p, struct err *e)
{
    struct store *s = p->f->store;
    AUTO_JDOC struct jdoc *detail = NULL;

    if (store_keying_draw(s, &p->draw, e) < 0)
        return -1;
    for (size_t i = 0; i < p->name_count; i++)
        if (store_keying_record(s, p->draw.id, p->names[i], e) < 0)
            return -1;
    for (size_t i = 0; i < p->field_count; i++) {
        p->fields[i].draw = p->draw.id;
        if (store_keying_add(s, &p->fields[i], e) < 0)
            return -1;
    }
    detail = flow_keying_draw_line(&p->draw);
    return store_audit_add(s, p->draw.actor, flow_via(p->f), "keying.draw",
                           p->draw.dossier, detail, p->draw.at, e);
}

static int find_rate(struct flow *f, int rate, int *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;

    *out = rate;
    if (rate >= 0)
        return rate > 100 ? err_set(e, ERR_USAGE, "%d %%", rate) : 0;
    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    *out = (int)conf_get_int(conf, "keying.rate");
    return 0;
}

static int begin_draw(struct flow *f, const char *dossier, int rate, const char *user,
                      struct store_keying_draw *d, struct err *e)
{
    int64_t rows = 0;
    bool loose = strcmp(dossier, "none") == 0;

    if (find_rate(f, rate, &d->rate, e) < 0 ||
        (!loose && flow_item_need_dossier(f, dossier, e) < 0) ||
        store_audit_head(f->store, &rows, d->head, e) < 0)
        return -1;
    (void)snprintf(d->dossier, sizeof d->dossier, "%s", loose ? "" : dossier);
    (void)snprintf(d->actor, sizeof d->actor, "%s", user);
    sample_seed(d->head, d->dossier, d->seed);
    d->at = clock_now();
    return 0;
}

int flow_keying_draw(struct flow *f, const char *dossier, int rate, const char *user,
                     const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_PLAN struct plan p = {.f = f};

    if (flow_need_commune(f, e) < 0 ||
        (user[0] && store_user_may(f->store, user, ROLE_VERIFY, e) < 0) ||
        store_begin(f->store, &txn, e) < 0 ||
        begin_draw(f, dossier, rate, user, &p.draw, e) < 0 || plan_all(&p, e) < 0)
        return -1;
    if (p.name_count > 0 && (write_plan(&p, e) < 0 || store_commit(&txn, e) < 0))
        return -1;
    flow_tell(to, flow_keying_draw_line(&p.draw));
    return 0;
}

/* ---- answering --------------------------------------------------------------------
 */

static int audit(struct flow *f, const struct flow_keying_answer *a, const char *act,
                 struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_array();

    jdoc_add_text(detail, a->field); /* the log of acts holds no data */
    return store_audit_add(f->store, a->user, flow_via(f), act, a->item, detail,
                           clock_now(), e);
}

static int need(struct flow *f, const struct flow_keying_answer *a,
                struct store_keying *k, struct err *e)
{
    struct item it = {0};
    int rc = store_item_need(f->store, a->item, &it, e) < 0
                 ? -1
                 : store_keying_get(f->store, a->item, a->field, k, e);

    return rc == 0 ? err_set(e, ERR_KEYING, "%s %s", a->item, a->field)
                   : (rc < 0 ? -1 : 0);
}

/* What a person answered, as a value of its field. @out: empty. */
static int clean(const struct flow_keying_answer *a, struct str *out, struct err *e)
{
    const char *why = a->why ? a->why : "";

    if (strlen(why) >= FIELD_REASON_MAX - 16)
        return err_set(e, ERR_LIMIT, "%s: why", a->field);
    if (a->mark == FIELD_ILLEGIBLE && !why[0])
        return err_set(e, ERR_WHY, "%s", a->field);
    return field_clean(a->field, a->mark || !a->value ? "" : a->value, out, e);
}

static bool as_first(const struct store_keying *k)
{
    return k->first_mark == k->final_mark && sample_equal(k->first, k->final);
}

static void end(struct store_keying *k, enum store_keying_state state,
                const char *value, enum field_mark mark)
{
    mem_free(TAKE(k->final));
    k->final = mem_dup(value);
    k->final_mark = mark;
    k->state = state;
    k->wrong = !as_first(k);
}

/* Write a value as a person's. What is verified stays so: the person who keyed looked.
 */
static int write_value(struct flow *f, const struct store_keying *k, const char *user,
                       const char *value, enum field_mark mark, struct err *e)
{
    char reason[FIELD_REASON_MAX];
    struct item it = {0};
    struct field_value v = {.name = (char *)(uintptr_t)k->field,
                            .value = (char *)(uintptr_t)value,
                            .reason = reason,
                            .actor = (char *)(uintptr_t)user,
                            .source = FIELD_CLERK,
                            .confidence = 100,
                            .at = clock_now()};
    bool written = false;

    (void)snprintf(reason, sizeof reason, "%s%s%s",
                   mark ? field_mark_name(mark) : "second-keying",
                   mark && k->second_why[0] ? ": " : "", mark ? k->second_why : "");
    if (store_item_need(f->store, k->item, &it, e) < 0 ||
        (it.state != ITEM_VERIFIED &&
         store_item_act(f->store, k->item, ITEM_SET, NULL, e) < 0) ||
        store_item_field(f->store, k->item, &v, &written, e) < 0)
        return -1;
    if (it.state == ITEM_SEALED && it.level == ITEM_LEVEL_VERIFIED)
        return store_item_act(f->store, k->item, ITEM_VERIFY, NULL, e);
    return 0;
}

/* What was only read becomes a person's value. On a sealed record it is safe already.
 */
static int lock_value(struct flow *f, const struct store_keying *k, const char *user,
                      struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};
    const struct field_value *v = NULL;
    struct item it = {0};

    if (store_item_need(f->store, k->item, &it, e) < 0 ||
        store_item_present(f->store, k->item, &present, e) < 0)
        return -1;
    v = field_list_find(&present, k->field);
    if (!v || v->source == FIELD_CLERK || it.state == ITEM_SEALED)
        return 0;
    return write_value(f, k, user, v->value, FIELD_UNMARKED, e);
}

/* A value that changed since it was keyed twice begins anew. */
static int begin_anew(struct flow *f, const struct flow_keying_answer *a,
                      struct store_keying *k, struct err *e)
{
    struct store_keying next = {.draw = k->draw, .why = STORE_KEYING_CHANGED};
    int rc = 0;

    memcpy(next.item, k->item, sizeof next.item);
    memcpy(next.field, k->field, sizeof next.field);
    next.first = k->now;
    next.first_mark = k->now_mark;
    if (author_now(f, k, next.first_actor, e) < 0 ||
        store_keying_add(f->store, &next, e) < 0)
        return -1;
    store_keying_clear(k);
    *k = (struct store_keying){0};
    rc = store_keying_get(f->store, a->item, a->field, k, e);
    return rc == 1 ? 0 : rc < 0 ? -1 : err_set(e, ERR_KEYING, "%s", a->item);
}

static int take_second(struct flow *f, const struct flow_keying_answer *a,
                       struct store_keying *k, const char *value, struct err *e)
{
    mem_free(TAKE(k->second));
    mem_free(TAKE(k->second_why));
    k->second = mem_dup(value);
    k->second_why = mem_dup(a->why && a->mark ? a->why : "");
    k->second_mark = a->mark;
    (void)snprintf(k->second_actor, sizeof k->second_actor, "%s", a->user);
    k->second_at = clock_now();
    if (k->second_mark == k->now_mark && sample_equal(value, k->now)) {
        end(k, STORE_KEYING_AGREED, k->now, k->now_mark);
        if (lock_value(f, k, a->user, e) < 0)
            return -1;
    } else {
        k->state = STORE_KEYING_DIFFERS;
    }
    return store_keying_write(f->store, k, e);
}

int flow_keying_second(struct flow *f, const struct flow_keying_answer *a,
                       const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_KEYING struct store_keying k = {0};
    AUTO_STR struct str value = STR_INIT(FIELD_VALUE_MAX);
    struct jdoc *line = NULL;

    if (store_user_may(f->store, a->user, ROLE_DESCRIBE, e) < 0 ||
        store_begin(f->store, &txn, e) < 0 || need(f, a, &k, e) < 0)
        return -1;
    if (k.state != STORE_KEYING_OPEN && !store_keying_stale(&k))
        return err_set(e, ERR_KEYING, "%s %s", a->item, a->field);
    if (need_other(f, &k, a->user, e) < 0 || clean(a, &value, e) < 0 ||
        (k.state != STORE_KEYING_OPEN && begin_anew(f, a, &k, e) < 0) ||
        take_second(f, a, &k, str_text(&value), e) < 0 ||
        audit(f, a, "keying.second", e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    line = flow_line("keyed");
    jdoc_set_text(line, "item", a->item);
    jdoc_set_text(line, "field", a->field);
    flow_tell(to, line);
    return 0;
}

/* ---- settling ---------------------------------------------------------------------
 */

static int take_third(struct flow *f, const struct flow_keying_answer *a,
                      enum flow_keying_take take, struct store_keying *k, struct err *e)
{
    AUTO_STR struct str value = STR_INIT(FIELD_VALUE_MAX);
    enum field_mark mark = take == FLOW_KEYING_FIRST    ? k->now_mark
                           : take == FLOW_KEYING_SECOND ? k->second_mark
                                                        : a->mark;

    if (take == FLOW_KEYING_OTHER) {
        if (clean(a, &value, e) < 0)
            return -1;
        mem_free(TAKE(k->second_why));
        k->second_why = mem_dup(a->why && a->mark ? a->why : "");
    } else {
        str_add(&value, take == FLOW_KEYING_FIRST ? k->now : k->second);
    }
    end(k, STORE_KEYING_SETTLED, str_text(&value), mark);
    (void)snprintf(k->approver, sizeof k->approver, "%s", a->user);
    k->settled_at = clock_now();
    if (mark == k->now_mark && strcmp(k->final, k->now) == 0)
        return lock_value(f, k, a->user, e);
    return write_value(f, k, a->user, k->final, mark, e);
}

int flow_keying_settle(struct flow *f, const struct flow_keying_answer *a,
                       enum flow_keying_take take, const struct flow_listener *to,
                       struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_KEYING struct store_keying k = {0};
    struct jdoc *line = NULL;
    struct item it = {0};

    if (store_user_may(f->store, a->user, ROLE_VERIFY, e) < 0 ||
        store_begin(f->store, &txn, e) < 0 || need(f, a, &k, e) < 0)
        return -1;
    if (k.state != STORE_KEYING_DIFFERS)
        return err_set(e, ERR_KEYING, "%s %s", a->item, a->field);
    if (need_other(f, &k, a->user, e) < 0 || take_third(f, a, take, &k, e) < 0 ||
        store_keying_write(f->store, &k, e) < 0 ||
        audit(f, a, "keying.settle", e) < 0 ||
        store_item_need(f->store, a->item, &it, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    line = flow_line("settled");
    jdoc_set_text(line, "item", a->item);
    jdoc_set_text(line, "field", a->field);
    jdoc_set_text(line, "value", k.final);
    jdoc_set_text(line, "state", item_state_name(it.state));
    flow_tell(to, line);
    return 0;
}

static int one_waits(void *ctx, const struct store_keying *k, struct err *e)
{
    bool *out = ctx;

    (void)k;
    (void)e;
    *out = true;
    return 1;
}

int flow_keying_ended(struct flow *f, const char *item, bool *out, struct err *e)
{
    struct store_keying_query q = {.item = item};
    bool waits = false;
    int drawn = store_keying_drawn(f->store, item, e);

    if (drawn < 0 || store_keying_each(f->store, &q, one_waits, &waits, e) < 0)
        return -1;
    *out = drawn > 0 && !waits;
    return 0;
}

int flow_keying_rule(const struct flow *f, enum flow_keying_rule *out, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    const char *word = NULL;

    if (conf_load(f->home.path, &conf, e) < 0)
        return -1;
    word = conf_get(conf, "seal.keying");
    *out = strcmp(word, "need") == 0   ? FLOW_KEYING_NEED
           : strcmp(word, "tell") == 0 ? FLOW_KEYING_TELL
                                       : FLOW_KEYING_OFF;
    return 0;
}
