/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_item.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_keyed.h"
#include "node/flow/flow_notes.h"
#include "node/flow/flow_tables.h"
#include "node/record/role.h"
#include "node/store/store_audit.h"
#include "node/store/store_box.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_past.h"
#include "node/store/store_user.h"
#include "ocr/doubt.h"
#include "ocr/result.h"

/* ---- showing ----------------------------------------------------------------------
 */

static void set_or_null(struct jdoc *j, const char *key, const char *text)
{
    jdoc_set_text(j, key, text[0] ? text : NULL);
}

static void describe(struct jdoc *line, const struct item *it)
{
    jdoc_set_text(line, "item", it->name);
    set_or_null(line, "dossier", it->dossier);
    jdoc_set_text(line, "kind", it->kind);
    jdoc_set_text(line, "state", item_state_name(it->state));
    jdoc_set_int(line, "rev", it->rev);
    jdoc_set_int(line, "sealed_rev", it->sealed_rev);
    jdoc_set_text(line, "unit", it->unit_code);
    if (item_count_open(it))
        jdoc_set_bool(line, "count_differs", true);
}

static int tell_item(void *ctx, const struct item *it, struct err *e)
{
    struct jdoc *line = flow_line("item");

    (void)e;
    describe(line, it);
    jdoc_set_int(line, "pages", it->pages);
    flow_tell(ctx, line);
    return 0;
}

int flow_item_need_dossier(struct flow *f, const char *dossier, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    int found = store_dossier_get(f->store, dossier, &d, e);

    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", dossier);
    return 0;
}

int flow_item_list(struct flow *f, const struct store_item_query *q,
                   const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    if (q->dossier && q->dossier[0] && flow_item_need_dossier(f, q->dossier, e) < 0)
        return -1;
    return store_item_each(f->store, q, tell_item, &copy, e) < 0 ? -1 : 0;
}

struct showing {
    struct flow *f;
    bool notes;         /* how the reading came about, too */
    struct jdoc *pages; /* owned */
    struct str text;
};

static char *word_of(const struct result *r, size_t i)
{
    return mem_printf("%.*s", (int)r->words[i].len, r->text + r->words[i].start);
}

/* Words that have a second reading, with both scores. */
static struct jdoc *choices_jdoc(const struct result *r)
{
    struct jdoc *all = jdoc_array();

    for (size_t i = 0; i < r->choice_count; i++) {
        const struct result_choice *c = &r->choices[i];
        struct jdoc *one = jdoc_object();
        AUTO_MEM char *word = word_of(r, c->word);

        jdoc_set_int(one, "n", (int64_t)c->word);
        jdoc_set_text(one, "word", word);
        jdoc_set_text(one, "other", c->other);
        jdoc_set_bool(one, "changed", c->changed);
        jdoc_set_int(one, "score", c->score);
        jdoc_set_int(one, "score_other", c->score_other);
        jdoc_add(all, one);
    }
    return all;
}

/* Words a person should look at, and why. */
static struct jdoc *doubts_jdoc(const struct result *r)
{
    AUTO_DOUBTS struct doubts d = {0};
    struct jdoc *all = jdoc_array();

    doubt_find(r, &d);
    for (size_t i = 0; i < d.count; i++) {
        struct jdoc *one = jdoc_object();
        AUTO_MEM char *word = word_of(r, d.p[i].word);

        jdoc_set_int(one, "n", (int64_t)d.p[i].word);
        jdoc_set_text(one, "word", word);
        jdoc_set_text(one, "reason", d.p[i].reason);
        jdoc_add(all, one);
    }
    return all;
}

/* Boxes that cannot be read have nothing to tell: damage is found by fsck, not here. */
static int add_words(struct showing *s, const struct page *p, struct jdoc *row,
                     const struct store_text *text, struct err *e)
{
    AUTO_RESULT struct result r = {0};
    struct err damaged = ERR_INIT;

    if (text->boxes.len > 0 && result_unpack(text->text, str_text(&text->boxes),
                                             text->boxes.len, &r, &damaged) < 0)
        err_clear(&damaged);
    else if (flow_tables_get(s->f, p, &r, e) < 0)
        return -1;
    jdoc_set(row, "choices", choices_jdoc(&r));
    jdoc_set(row, "doubts", doubts_jdoc(&r));
    jdoc_set(row, "tables", flow_tables_jdoc(&r));
    return 0;
}

static int add_page(void *ctx, const struct page *p, struct err *e)
{
    struct showing *s = ctx;
    AUTO_TEXT struct store_text text = {0};
    struct jdoc *row = jdoc_object();
    int found = store_page_text(s->f->store, p->id, &text, e);

    jdoc_set_text(row, "page", p->name);
    jdoc_set_int(row, "seq", p->seq);
    jdoc_set_text(row, "master", p->master);
    jdoc_set_int(row, "index", p->index);
    jdoc_set_text(row, "state", page_state_name(p->state));
    jdoc_set_text(row, "gate", page_gate_name(p->gate));
    jdoc_set_int(row, "width_px", p->width_px);
    jdoc_set_int(row, "height_px", p->height_px);
    jdoc_set_int(row, "dpi", p->dpi);
    jdoc_set_int(row, "confidence", p->confidence);
    jdoc_set_text(row, "text", found == 1 ? text.text : NULL);
    if (found == 1 && add_words(s, p, row, &text, e) < 0)
        found = -1;
    if (p->layer[0])
        jdoc_set_text(row, "layer", p->layer);
    if (p->is_signed)
        jdoc_set_bool(row, "signed", true);
    if (p->code[0])
        jdoc_set_text(row, "code", p->code);
    if (p->kept)
        jdoc_set_bool(row, "kept", true);
    jdoc_add(s->pages, row);
    if (found < 0 || (s->notes && flow_notes_tell(s->f, p, row, e) < 0))
        return -1;
    if (found == 1) {
        if (s->text.len)
            str_add(&s->text, "\n\n");
        str_add(&s->text, text.text);
    }
    return 0;
}

static struct jdoc *fields_jdoc(const struct field_list *fields)
{
    struct jdoc *all = jdoc_object();

    for (size_t i = 0; i < fields->count; i++) {
        const struct field_value *v = &fields->v[i];
        struct jdoc *one = jdoc_object();

        jdoc_set_text(one, "value", v->value);
        jdoc_set_text(one, "source", field_source_name(v->source));
        jdoc_set_int(one, "confidence", v->confidence);
        jdoc_set_bool(one, "doubtful", v->doubtful);
        if (v->reason[0])
            jdoc_set_text(one, "reason", v->reason);
        jdoc_set(all, v->name, one);
    }
    return all;
}

static int add_box(void *ctx, const struct store_box *b, struct err *e)
{
    struct jdoc *one = jdoc_object();

    (void)e;
    jdoc_set_text(one, "field", b->name);
    jdoc_set_text(one, "kind", b->strip ? "strip" : "text");
    jdoc_set_int(one, "page", b->seq);
    jdoc_set_int(one, "x", b->x);
    jdoc_set_int(one, "y", b->y);
    jdoc_set_int(one, "w", b->w);
    jdoc_set_int(one, "h", b->h);
    jdoc_add(ctx, one);
    return 0;
}

static int add_past(void *ctx, const struct page *p, struct err *e)
{
    struct jdoc *one = jdoc_object();

    (void)e;
    jdoc_set_text(one, "page", p->name);
    jdoc_set_int(one, "seq", p->seq);
    jdoc_set_text(one, "gate", page_gate_name(p->gate));
    jdoc_add(ctx, one);
    return 0;
}

/* Pictures whose place another one took. */
static int set_past(struct flow *f, const char *item, struct jdoc *line, struct err *e)
{
    struct jdoc *past = jdoc_array();
    int rc = store_past_each(f->store, item, add_past, past, e);

    if (jdoc_count(past) > 0)
        jdoc_set(line, "past", past);
    else
        jdoc_free(past);
    return rc;
}

static int item_jdoc(struct flow *f, const char *item, bool notes, struct jdoc **out,
                     struct err *e)
{
    struct showing s = {.f = f, .notes = notes, .text = STR_INIT(STR_FILE_MAX)};
    AUTO_FIELDS struct field_list fields = {0};
    AUTO_JDOC struct jdoc *line = flow_line("item");
    AUTO_JDOC struct jdoc *boxes = jdoc_array();
    struct item it = {0};

    if (store_item_need(f->store, item, &it, e) < 0 ||
        store_item_fields(f->store, item, &fields, e) < 0 ||
        store_box_each(f->store, item, add_box, boxes, e) < 0)
        return -1;
    describe(line, &it);
    s.pages = jdoc_array();
    if (store_page_of_item(f->store, item, add_page, &s, e) < 0) {
        jdoc_free(s.pages);
        str_clear(&s.text);
        return -1;
    }
    jdoc_set(line, "pages", s.pages);
    if (notes && set_past(f, item, line, e) < 0) {
        str_clear(&s.text);
        return -1;
    }
    jdoc_set(line, "fields", fields_jdoc(&fields));
    jdoc_set(line, "boxes", TAKE(boxes));
    jdoc_set_text(line, "text", str_text(&s.text));
    str_clear(&s.text);
    *out = TAKE(line);
    return 0;
}

int flow_item_jdoc(struct flow *f, const char *item, struct jdoc **out, struct err *e)
{
    return item_jdoc(f, item, false, out, e);
}

int flow_item_whole(struct flow *f, const char *item, struct jdoc **out, struct err *e)
{
    return item_jdoc(f, item, true, out, e);
}

int flow_item_show(struct flow *f, const char *item, const struct flow_listener *to,
                   struct err *e)
{
    struct jdoc *line = NULL;

    if (item_jdoc(f, item, true, &line, e) < 0)
        return -1;
    flow_tell(to, line);
    return 0;
}

static int tell_one(struct flow *f, const char *item, const struct flow_listener *to,
                    struct err *e)
{
    struct flow_listener copy = *to;
    struct item it = {0};

    return store_item_need(f->store, item, &it, e) < 0 ? -1 : tell_item(&copy, &it, e);
}

/* ---- changing ---------------------------------------------------------------------
 */

static int may(struct flow *f, const char *user, enum role_act act, struct err *e)
{
    return user[0] ? store_user_may(f->store, user, act, e) : 0;
}

static int audit(struct flow *f, const char *user, const char *act, const char *subject,
                 struct jdoc *detail, struct err *e)
{
    int rc = store_audit_add(f->store, user, flow_via(f), act, subject, detail,
                             clock_now(), e);

    jdoc_free(detail);
    return rc;
}

static int set_field(struct flow *f, const char *item, const char *user,
                     const char *name, const char *value, struct err *e)
{
    struct field_value v = {
        .name = (char *)(uintptr_t)name, /* read only by the store */
        .value = (char *)(uintptr_t)value,
        .reason = (char *)(uintptr_t) "",
        .actor = (char *)(uintptr_t)user,
        .source = FIELD_CLERK,
        .confidence = 100,
        .at = clock_now(),
    };
    bool written = false;

    return store_item_field(f->store, item, &v, &written, e);
}

/* One NAME=VALUE. @described: a field was set, the state moves with the first one. */
static int set_pair(struct flow *f, const char *item, const char *user,
                    const char *pair, bool *described, struct err *e)
{
    const char *equals = strchr(pair, '=');
    AUTO_MEM char *name = mem_dup(pair);

    if (!equals || equals == pair)
        return err_set(e, ERR_USAGE, "%s", pair);
    name[equals - pair] = '\0';
    if (strcmp(name, "dossier") == 0)
        return store_item_move(f->store, item, equals + 1, e);
    if (strcmp(name, "kind") == 0)
        return store_item_kind(f->store, item, equals + 1, e);
    if (strcmp(name, "expect") == 0)
        return store_item_expect(f->store, item, equals + 1, e);
    if (!*described && store_item_act(f->store, item, ITEM_SET, NULL, e) < 0)
        return -1;
    *described = true;
    return set_field(f, item, user, name, equals + 1, e);
}

int flow_item_set(struct flow *f, const char *item, const char *user,
                  const char *const *pairs, size_t count,
                  const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *names = jdoc_array();
    bool described = false;
    struct item it = {0};
    int rc = 0;

    if (may(f, user, ROLE_DESCRIBE, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        store_item_need(f->store, item, &it, e) < 0)
        rc = -1;
    for (size_t i = 0; rc == 0 && i < count; i++) {
        AUTO_MEM char *name = mem_dup(pairs[i]);

        rc = set_pair(f, item, user, pairs[i], &described, e);
        name[strcspn(name, "=")] = '\0';
        jdoc_add_text(names, name); /* names only: the log of acts holds no data */
    }
    if (rc < 0) {
        jdoc_free(names);
        return -1;
    }
    if (audit(f, user, "item.set", item, names, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    return tell_one(f, item, to, e);
}

/* Nobody has seen what a page that waits to be read will say. */
static int need_read(void *ctx, const struct page *p, struct err *e)
{
    const char *item = ctx;

    return p->state == PAGE_CAPTURED ? err_set(e, ERR_ITEM_STATE, "%s", item) : 0;
}

int flow_item_verify(struct flow *f, const char *item, const char *user,
                     const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct item it = {0};

    if (store_user_may(f->store, user, ROLE_VERIFY, e) < 0 ||
        store_begin(f->store, &txn, e) < 0 ||
        store_item_need(f->store, item, &it, e) < 0)
        return -1;
    /* What stands verified in a bundle is not verified once more: nothing would differ.
     */
    if (it.state == ITEM_SEALED && it.level == ITEM_LEVEL_VERIFIED &&
        it.sealed_rev == it.rev)
        return tell_one(f, item, to, e);
    if (store_page_of_item(f->store, item, need_read, it.name, e) < 0 ||
        store_item_act(f->store, item, ITEM_VERIFY, NULL, e) < 0 ||
        audit(f, user, "item.verify", item, NULL, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    return tell_one(f, item, to, e);
}

int flow_item_return(struct flow *f, const char *item, const char *user,
                     const char *why, const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *detail = jdoc_object();

    jdoc_set_text(detail, "why", why);
    if (may(f, user, ROLE_VERIFY, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        store_item_act(f->store, item, ITEM_RETURN, NULL, e) < 0) {
        jdoc_free(detail);
        return -1;
    }
    if (audit(f, user, "item.return", item, detail, e) < 0 || store_commit(&txn, e) < 0)
        return -1;
    return tell_one(f, item, to, e);
}

/* ---- history ----------------------------------------------------------------------
 */

static int tell_event(void *ctx, const struct store_audit *a, struct err *e)
{
    struct jdoc *line = flow_line("event");
    struct jdoc *detail = NULL;

    jdoc_set_int(line, "seq", a->seq);
    jdoc_set_int(line, "at", a->at);
    jdoc_set_text(line, "act", a->act);
    jdoc_set_text(line, "actor", a->actor);
    jdoc_set_text(line, "via", a->via);
    if (jdoc_parse(a->detail, strlen(a->detail), &detail, e) < 0) {
        jdoc_free(line);
        return -1;
    }
    jdoc_set(line, "detail", detail);
    flow_tell(ctx, line);
    return 0;
}

static int tell_revision(void *ctx, const struct store_revision *r, struct err *e)
{
    struct jdoc *line = flow_line("revision");

    (void)e;
    jdoc_set_int(line, "rev", r->rev);
    jdoc_set_text(line, "level", item_level_name(r->level));
    jdoc_set_int(line, "at", r->at);
    jdoc_set_int(line, "receipt_at", r->receipt_at);
    flow_tell(ctx, line);
    return 0;
}

int flow_item_history(struct flow *f, const char *item, const struct flow_listener *to,
                      struct err *e)
{
    AUTO_FIELDS struct field_list values = {0};
    struct flow_listener copy = *to;
    struct item it = {0};

    if (store_item_need(f->store, item, &it, e) < 0 ||
        store_audit_each(f->store, item, tell_event, &copy, e) < 0 ||
        store_item_history(f->store, item, &values, e) < 0)
        return -1;
    for (size_t i = 0; i < values.count; i++) {
        struct jdoc *line = flow_line("value");

        jdoc_set_text(line, "field", values.v[i].name);
        jdoc_set_text(line, "value", values.v[i].value);
        jdoc_set_text(line, "source", field_source_name(values.v[i].source));
        jdoc_set_text(line, "actor", values.v[i].actor);
        jdoc_set_int(line, "rev", values.v[i].rev);
        jdoc_set_int(line, "at", values.v[i].at);
        jdoc_set_bool(line, "doubtful", values.v[i].doubtful);
        if (values.v[i].reason[0])
            jdoc_set_text(line, "reason", values.v[i].reason);
        if (values.v[i].undone)
            jdoc_set_bool(line, "undone", true);
        flow_tell(to, line);
    }
    if (flow_keyed_history(f, item, to, e) < 0)
        return -1;
    return store_item_revisions(f->store, item, tell_revision, &copy, e) < 0 ? -1 : 0;
}

/* ---- dossiers ---------------------------------------------------------------------
 */

static struct jdoc *dossier_line(const struct dossier *d)
{
    struct jdoc *line = flow_line("dossier");

    jdoc_set_text(line, "dossier", d->name);
    jdoc_set_text(line, "kind", dossier_kind_name(d->kind));
    jdoc_set_text(line, "title", d->title);
    if (d->kind == DOSSIER_REGISTER) {
        jdoc_set_text(line, "register", d->record);
        jdoc_set_int(line, "year", d->year);
        jdoc_set_int(line, "volume", d->volume);
        jdoc_set_int(line, "from", d->from);
        jdoc_set_int(line, "to", d->to);
        jdoc_set_text(line, "series", dossier_series_name(d->series));
    }
    if (d->closed_count >= 0)
        jdoc_set_int(line, "closed_count", d->closed_count);
    else
        jdoc_set_null(line, "closed_count");
    jdoc_set_int(line, "items", d->items);
    return line;
}

static int tell_dossier(void *ctx, const struct dossier *d, struct err *e)
{
    (void)e;
    flow_tell(ctx, dossier_line(d));
    return 0;
}

int flow_item_dossier_jdoc(struct flow *f, const char *dossier, struct jdoc **out,
                           struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    int found = store_dossier_get(f->store, dossier, &d, e);

    if (found <= 0)
        return found < 0 ? -1 : err_set(e, ERR_DOSSIER_ABSENT, "%s", dossier);
    *out = dossier_line(&d);
    return 0;
}

static int tell_dossier_named(struct flow *f, const char *name,
                              const struct flow_listener *to, struct err *e)
{
    struct jdoc *line = NULL;

    if (flow_item_dossier_jdoc(f, name, &line, e) < 0)
        return -1;
    flow_tell(to, line);
    return 0;
}

int flow_item_dossier_add(struct flow *f, struct dossier *d,
                          const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (flow_need_commune(f, e) < 0)
        return -1;
    d->created = clock_now();
    (void)snprintf(d->unit_code, sizeof d->unit_code, "%s", f->home.unit_code);
    (void)snprintf(d->unit_from, sizeof d->unit_from, "%s", f->home.unit_valid_from);
    if (store_begin(f->store, &txn, e) < 0 ||
        store_dossier_add(f->store, f->home.node, d, e) < 0 ||
        audit(f, flow_user(f), "dossier.add", d->name, NULL, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return tell_dossier_named(f, d->name, to, e);
}

int flow_item_dossier_list(struct flow *f, const struct flow_listener *to,
                           struct err *e)
{
    struct flow_listener copy = *to;

    return store_dossier_each(f->store, tell_dossier, &copy, e) < 0 ? -1 : 0;
}

int flow_item_dossier_change(struct flow *f, const char *dossier, const char *title,
                             int64_t from, int64_t last, const struct flow_listener *to,
                             struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_dossier_change(f->store, dossier, title, from, last, e) < 0 ||
        audit(f, flow_user(f), "dossier.change", dossier, NULL, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return tell_dossier_named(f, dossier, to, e);
}

int flow_item_dossier_close(struct flow *f, const char *dossier, int64_t count,
                            const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *detail = jdoc_object();

    jdoc_set_int(detail, "count", count);
    if (store_begin(f->store, &txn, e) < 0 ||
        store_dossier_close(f->store, dossier, count, e) < 0) {
        jdoc_free(detail);
        return -1;
    }
    if (audit(f, flow_user(f), "dossier.close", dossier, detail, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return tell_dossier_named(f, dossier, to, e);
}

int flow_item_dossier_gap(struct flow *f, const char *dossier, int64_t from,
                          int64_t to_number, enum dossier_why why,
                          const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct jdoc *detail = jdoc_object();

    jdoc_set_int(detail, "from", from);
    jdoc_set_int(detail, "to", to_number);
    jdoc_set_text(detail, "why", dossier_why_name(why));
    if (store_begin(f->store, &txn, e) < 0 ||
        store_dossier_gap(f->store, dossier, from, to_number, why, flow_user(f),
                          clock_now(), e) < 0) {
        jdoc_free(detail);
        return -1;
    }
    if (audit(f, flow_user(f), "dossier.gap", dossier, detail, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    return tell_dossier_named(f, dossier, to, e);
}
