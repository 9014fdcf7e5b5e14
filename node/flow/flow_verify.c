/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_verify.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_keying.h"
#include "node/record/entry.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/reason.h"
#include "node/record/regno.h"
#include "node/record/validate.h"
#include "node/store/store_audit.h"
#include "node/store/store_box.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_return.h"
#include "node/store/store_unit.h"
#include "node/store/store_user.h"
#include "ocr/result.h"
#include "ocr/surname.h"
#include "ocr/syllable.h"

#define BY_HAND_PART 4 /* less than a quarter of the needed fields was read */
#define CHOICES_MAX  9 /* of one field: more than a person looks through */

/* ---- what is known beside the record ----------------------------------------------
 */

static enum validate_surname surname(const char *word)
{
    char key[SYLLABLE_KEY_MAX];

    if (!syllable_key(word, strlen(word), key))
        return VALIDATE_KNOWN; /* of another language: no list of ours has it */
    if (surname_misread(key))
        return VALIDATE_MARKS;
    return surname_known(key) ? VALIDATE_KNOWN : VALIDATE_UNKNOWN;
}

/* Names of units, folded, each between two line breaks. */
struct units {
    struct str names;
    bool former; /* the table has units that are no more */
};

static int add_unit(void *ctx, const struct unit *u, struct err *e)
{
    struct units *all = ctx;

    (void)e;
    str_add_char(&all->names, '\n');
    utf8_fold(u->name, strlen(u->name), &all->names);
    all->former = all->former || u->valid_to[0];
    return 0;
}

/* A text says a unit when it has the name of one: "UBND xã Ea Kar" has "ea kar", the
 * name in the table with or without its kind. */
static bool known_place(void *ctx, const char *text)
{
    const struct units *all = ctx;
    AUTO_STR struct str key = STR_INIT(FIELD_VALUE_MAX);
    const char *at = str_text(&all->names);

    utf8_fold(text, strlen(text), &key);
    while (*at) {
        size_t len = 0;
        AUTO_MEM char *name = NULL;

        at += *at == '\n';
        len = strcspn(at, "\n");
        name = mem_printf("%.*s", (int)len, at);
        if (len > 0 && strstr(str_text(&key), name))
            return true;
        at += len;
    }
    return false;
}

/* What many records are looked at with. */
struct known {
    struct units units;
    struct dossier dossier; /* of the last record */
    char today[HOME_DATE_MAX];
};

static void known_clear(struct known *k)
{
    str_clear(&k->units.names);
    dossier_clear(&k->dossier);
}
#define AUTO_KNOWN AUTO(known_clear)
#define KNOWN_INIT                                                                     \
    {                                                                                  \
        .units = {.names = STR_INIT(STR_FILE_MAX)}, .dossier = DOSSIER_INIT            \
    }

static int know(struct flow *f, struct known *k, struct err *e)
{
    flow_today(k->today);
    return store_unit_each(f->store, NULL, add_unit, &k->units, e) < 0 ? -1 : 0;
}

/* Books of before 2025 name units that a table of today's does not have: it is asked
 * only when it goes back further. */
static int look(struct flow *f, struct known *k, const struct item *it,
                const struct field_list *present, struct validate_list *out,
                struct err *e)
{
    struct validate_ask ask = {
        .kind = it->kind, .today = k->today, .surname = surname, .ctx = &k->units};

    if (it->dossier[0] && strcmp(it->dossier, k->dossier.name) != 0) {
        dossier_clear(&k->dossier);
        k->dossier = (struct dossier)DOSSIER_INIT;
        if (store_dossier_get(f->store, it->dossier, &k->dossier, e) < 0)
            return -1;
    }
    if (it->dossier[0]) {
        ask.year = k->dossier.year;
        ask.from = k->dossier.from;
        ask.to = k->dossier.to;
    }
    ask.place = k->units.former ? known_place : NULL;
    validate_fields(present, &ask, out);
    return 0;
}

/* ---- what is told -----------------------------------------------------------------
 */

static struct jdoc *both(const char *msgid)
{
    struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "vi", i18n_text_in(LANG_VI, msgid));
    jdoc_set_text(j, "en", i18n_text_in(LANG_EN, msgid));
    return j;
}

static void add_why(struct jdoc *list, const char *code, const char *msgid)
{
    struct jdoc *j = both(msgid);

    jdoc_set_text(j, "code", code);
    jdoc_add(list, j);
}

struct jdoc *flow_verify_field(const char *name)
{
    static const char *const TYPES[] = {[FIELD_TEXT] = "text",
                                        [FIELD_NUMBER] = "number",
                                        [FIELD_DATE] = "date",
                                        [FIELD_REGNO] = "regno",
                                        [FIELD_LIFE] = "life"};
    const struct field_def *def = field_find(name);
    struct jdoc *one = jdoc_object();

    jdoc_set_text(one, "field", def->name);
    jdoc_set(one, "label", both(def->label));
    if (def->group)
        jdoc_set(one, "group", both(def->group));
    else
        jdoc_set_null(one, "group");
    jdoc_set_text(one, "type", TYPES[def->type]);
    jdoc_set_int(one, "chars", def->chars_max);
    return one;
}

static struct jdoc *form_jdoc(const char *kind)
{
    struct jdoc *all = jdoc_array();
    size_t count = 0;
    const struct entry_field *form = entry_of(kind, &count);

    for (size_t i = 0; i < count; i++) {
        struct jdoc *one = flow_verify_field(form[i].name);

        jdoc_set_bool(one, "must", form[i].must);
        jdoc_add(all, one);
    }
    return all;
}

/* @field: NULL: of all fields. */
static struct jdoc *warnings_jdoc(const struct validate_list *found, const char *field)
{
    struct jdoc *all = jdoc_array();

    for (size_t i = 0; i < found->count; i++) {
        struct jdoc *one = NULL;

        if (field && strcmp(found->v[i].field, field) != 0)
            continue;
        one = both(found->v[i].text);
        jdoc_set_text(one, "field", found->v[i].field);
        jdoc_set_text(one, "code", found->v[i].code);
        jdoc_add(all, one);
    }
    return all;
}

/* Why one field must be looked at; an empty array: it need not. A clerk who wrote a
 * value has looked, whatever recognition thought; rules are told all the same. */
static struct jdoc *why_jdoc(const char *field, const struct field_list *present,
                             const struct validate_list *found)
{
    const struct field_value *v = field_list_find(present, field);
    struct jdoc *why = jdoc_array();

    if (v && v->source == FIELD_OCR && v->doubtful) {
        const char *label = reason_label(v->reason);

        add_why(why, v->reason, label ? label : reason_label("low-confidence"));
    }
    for (size_t i = 0; i < found->count; i++)
        if (found->v[i].doubt && strcmp(found->v[i].field, field) == 0)
            add_why(why, found->v[i].code, found->v[i].text);
    return why;
}

/* Takes the reasons of @field into @doubts, when there are any. */
static void add_doubt(struct jdoc *doubts, const char *field,
                      const struct field_list *present,
                      const struct validate_list *found)
{
    struct jdoc *why = why_jdoc(field, present, found);
    struct jdoc *one = NULL;

    if (jdoc_count(why) == 0) {
        jdoc_free(why);
        return;
    }
    one = jdoc_object();
    jdoc_set_text(one, "field", field);
    jdoc_set(one, "why", why);
    jdoc_add(doubts, one);
}

static bool in_form(const struct entry_field *form, size_t count, const char *field)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(form[i].name, field) == 0)
            return true;
    return false;
}

static struct jdoc *doubts_jdoc(const char *kind, const struct field_list *present,
                                const struct validate_list *found)
{
    struct jdoc *doubts = jdoc_array();
    size_t count = 0;
    const struct entry_field *form = entry_of(kind, &count);

    for (size_t i = 0; i < count; i++)
        add_doubt(doubts, form[i].name, present, found);
    for (size_t i = 0; i < present->count; i++)
        if (!in_form(form, count, present->v[i].name))
            add_doubt(doubts, present->v[i].name, present, found);
    return doubts;
}

/* @present and the count of its doubtful fields. */
static int count_doubts(struct flow *f, struct known *k, const struct item *it,
                        struct field_list *present, int64_t *out, struct err *e)
{
    AUTO_VALIDATE struct validate_list found = {0};
    AUTO_JDOC struct jdoc *doubts = NULL;

    if (store_item_present(f->store, it->name, present, e) < 0 ||
        look(f, k, it, present, &found, e) < 0)
        return -1;
    doubts = doubts_jdoc(it->kind, present, &found);
    *out = (int64_t)jdoc_count(doubts);
    return 0;
}

int flow_verify_doubtful(struct flow *f, const char *item, int64_t *out, struct err *e)
{
    AUTO_KNOWN struct known known = KNOWN_INIT;
    AUTO_FIELDS struct field_list present = {0};
    struct item it = {0};

    if (know(f, &known, e) < 0 || store_item_need(f->store, item, &it, e) < 0)
        return -1;
    return count_doubts(f, &known, &it, &present, out, e);
}

int flow_verify_doubts(struct flow *f, const char *item, struct jdoc **out,
                       struct err *e)
{
    AUTO_KNOWN struct known known = KNOWN_INIT;
    AUTO_FIELDS struct field_list present = {0};
    AUTO_VALIDATE struct validate_list found = {0};
    struct item it = {0};

    if (know(f, &known, e) < 0 || store_item_need(f->store, item, &it, e) < 0 ||
        store_item_present(f->store, item, &present, e) < 0 ||
        look(f, &known, &it, &present, &found, e) < 0)
        return -1;
    *out = doubts_jdoc(it.kind, &present, &found);
    return 0;
}

/* ---- why it came back -------------------------------------------------------------
 */

static int see_return(void *ctx, const struct store_audit *a, struct err *e)
{
    struct jdoc **last = ctx;
    AUTO_JDOC struct jdoc *detail = NULL;

    if (strcmp(a->act, "item.return") != 0)
        return 0;
    if (jdoc_parse(a->detail, strlen(a->detail), &detail, e) < 0)
        return -1;
    jdoc_free(*last);
    *last = jdoc_object();
    jdoc_set_text(*last, "why", jdoc_text(detail, "why"));
    jdoc_set_text(*last, "actor", a->actor);
    jdoc_set_text(*last, "via", a->via);
    jdoc_set_int(*last, "at", a->at);
    return 0;
}

static int see_above(void *ctx, const struct store_return *r, struct err *e)
{
    struct jdoc *above = jdoc_object();

    (void)e;
    jdoc_set_text(above, "why", r->why);
    jdoc_set_int(above, "rev", r->rev);
    jdoc_set_int(above, "at", r->at);
    jdoc_set(ctx, "above", above);
    return 0;
}

/* Of a record that was sent back: who did, and why. From above: until it is answered.
 */
static int add_return(struct flow *f, const struct item *it, struct jdoc *line,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *last = NULL;

    if (it->sealed_rev > 0 &&
        store_return_each(f->store, it->name, true, see_above, line, e) < 0)
        return -1;
    if (it->state != ITEM_RETURNED)
        return 0;
    if (store_audit_each(f->store, it->name, see_return, &last, e) < 0)
        return -1;
    if (last)
        jdoc_set(line, "returned", TAKE(last));
    return 0;
}

/* ---- list -------------------------------------------------------------------------
 */

struct listing {
    struct flow *f;
    struct known *known;
    const struct flow_verify_query *q;
    const struct flow_listener *to;
    char *next; /* IDENT_NAME_MAX */
    int64_t told, looked;
};

static struct jdoc *row_line(const struct item *it, const struct field_list *present,
                             int64_t doubtful)
{
    const struct kind *kind = kind_find(it->kind);
    struct jdoc *line = flow_line("item");
    char number[REGNO_TEXT_MAX];

    item_number_print(it, number);
    jdoc_set_text(line, "item", it->name);
    jdoc_set_text(line, "dossier", it->dossier[0] ? it->dossier : NULL);
    jdoc_set_text(line, "kind", it->kind);
    jdoc_set_text(line, "state", item_state_name(it->state));
    jdoc_set_int(line, "rev", it->rev);
    jdoc_set_int(line, "pages", it->pages);
    jdoc_set_text(line, "number", number[0] ? number : NULL);
    jdoc_set_text(line, "title",
                  kind ? field_list_text(present, kind->title_field) : "");
    jdoc_set_int(line, "doubtful", doubtful);
    return line;
}

/* Was so little read that a person fills in the whole form? What persons wrote does not
 * count: a record stays in the queue until it is through. */
static bool by_hand(const struct item *it, const struct field_list *present)
{
    const struct kind *kind = kind_find(it->kind);
    size_t count = 0;
    size_t must = 0;
    size_t read = 0;
    const struct entry_field *form = entry_of(it->kind, &count);

    for (size_t i = 0; i < count; i++) {
        const struct field_value *v = field_list_find(present, form[i].name);

        must += form[i].must;
        read += v && v->source == FIELD_OCR && v->value[0] && !v->doubtful;
    }
    return kind && kind->register_entry && read * BY_HAND_PART < must;
}

static int list_one(void *ctx, const struct item *it, struct err *e)
{
    struct listing *l = ctx;
    AUTO_FIELDS struct field_list present = {0};
    struct jdoc *line = NULL;
    int64_t doubtful = 0;
    bool blind = false;

    if (l->told == l->q->limit || l->looked == FLOW_VERIFY_LOOKED_MAX)
        return 1; /* there is one more: next stays */
    l->looked++;
    if (l->q->user && flow_keying_blind(l->f, it, l->q->user, &blind, e) < 0)
        return -1;
    if (count_doubts(l->f, l->known, it, &present, &doubtful, e) < 0)
        return -1;
    memcpy(l->next, it->name, IDENT_NAME_MAX);
    if (blind || ((l->q->doubtful || l->q->keying) && doubtful == 0))
        return 0;
    if (l->q->keying && !by_hand(it, &present))
        return 0;
    l->told++;
    line = row_line(it, &present, doubtful);
    if (add_return(l->f, it, line, e) < 0) {
        jdoc_free(line);
        return -1;
    }
    flow_tell(l->to, line);
    return 0;
}

static int list_returned(void *ctx, const struct store_return *r, struct err *e)
{
    struct listing *l = ctx;
    struct item it = {0};

    return store_item_need(l->f->store, r->item, &it, e) < 0 ? -1 : list_one(l, &it, e);
}

int flow_verify_above(struct flow *f, const char *user, const struct flow_listener *to,
                      struct err *e)
{
    AUTO_KNOWN struct known known = KNOWN_INIT;
    const struct flow_verify_query q = {.user = user, .limit = FLOW_VERIFY_LOOKED_MAX};
    char next[IDENT_NAME_MAX] = "";
    struct listing l = {.f = f, .known = &known, .q = &q, .to = to, .next = next};

    if (know(f, &known, e) < 0)
        return -1;
    return store_return_each(f->store, NULL, true, list_returned, &l, e);
}

int flow_verify_list(struct flow *f, const struct flow_verify_query *q,
                     const struct flow_listener *to, char next[IDENT_NAME_MAX],
                     struct err *e)
{
    AUTO_KNOWN struct known known = KNOWN_INIT;
    struct store_item_query all = {
        .dossier = q->dossier, .kind = q->kind, .state = q->state, .newest = q->newest};
    struct listing l = {.f = f, .known = &known, .q = q, .to = to, .next = next};
    struct item after = {0};

    next[0] = '\0';
    if (q->dossier && flow_item_need_dossier(f, q->dossier, e) < 0)
        return -1;
    if (q->after && store_item_need(f->store, q->after, &after, e) < 0)
        return -1;
    all.after = after.id;
    if (know(f, &known, e) < 0 || store_item_each(f->store, &all, list_one, &l, e) < 0)
        return -1;
    if (l.told < q->limit && l.looked < FLOW_VERIFY_LOOKED_MAX)
        next[0] = '\0';
    return 0;
}

/* ---- choices ----------------------------------------------------------------------
 */

/* Other readings of fields, page by page. */
struct choosing {
    struct flow *f;
    const struct field_list *present;
    const struct jdoc *boxes;
    struct jdoc *choices; /* {"FIELD":[…]} */
};

static void add_choice(struct jdoc *choices, const char *field, const char *text,
                       const char *present)
{
    struct jdoc *list = NULL;
    const struct jdoc *had = jdoc_get(choices, field);
    size_t count = jdoc_count(had);

    if (!text[0] || strcmp(text, present) == 0 || count >= CHOICES_MAX)
        return;
    for (size_t i = 0; i < count; i++)
        if (strcmp(jdoc_text_at(had, i), text) == 0)
            return;
    list = had ? jdoc_copy(had) : jdoc_array();
    jdoc_add_text(list, text);
    jdoc_set(choices, field, list);
}

/* Does the middle of a word lie in a box of this page? */
static bool inside(const struct jdoc *box, const char *page,
                   const struct result_word *w)
{
    const char *on = jdoc_text(box, "page");
    int64_t at[4] = {0};
    int64_t x = w->x + w->w / 2;
    int64_t y = w->y + w->h / 2;

    return on && strcmp(on, page) == 0 && jdoc_int(box, "x", 0, INT32_MAX, &at[0]) &&
           jdoc_int(box, "y", 0, INT32_MAX, &at[1]) &&
           jdoc_int(box, "w", 1, INT32_MAX, &at[2]) &&
           jdoc_int(box, "h", 1, INT32_MAX, &at[3]) && x >= at[0] &&
           x < at[0] + at[2] && y >= at[1] && y < at[1] + at[3];
}

/* The value with the word read otherwise; NULL: the word does not stand in it. */
static char *with_other(const char *value, const char *word, const char *other)
{
    const char *at = word[0] ? strstr(value, word) : NULL;

    return at ? mem_printf("%.*s%s%s", (int)(at - value), value, other,
                           at + strlen(word))
              : NULL;
}

static void choose(struct choosing *c, const char *page, const struct result *r,
                   const struct result_choice *choice)
{
    const struct result_word *w = &r->words[choice->word];
    AUTO_MEM char *word = mem_printf("%.*s", (int)w->len, r->text + w->start);

    for (size_t i = 0; i < c->present->count; i++) {
        const struct field_value *v = &c->present->v[i];
        AUTO_MEM char *text = NULL;

        if (!inside(jdoc_get(c->boxes, v->name), page, w))
            continue;
        text = with_other(v->value, word, choice->other);
        if (text)
            add_choice(c->choices, v->name, text, v->value);
    }
}

static int choose_page(void *ctx, const struct page *p, struct err *e)
{
    struct choosing *c = ctx;
    AUTO_TEXT struct store_text text = {0};
    AUTO_RESULT struct result r = {0};
    struct err damaged = ERR_INIT; /* found by fsck, not here */
    int found = store_page_text(c->f->store, p->id, &text, e);

    if (found <= 0 || text.boxes.len == 0)
        return found < 0 ? -1 : 0;
    if (result_unpack(text.text, str_text(&text.boxes), text.boxes.len, &r, &damaged) <
        0) {
        err_clear(&damaged);
        return 0;
    }
    for (size_t i = 0; i < r.choice_count; i++)
        choose(c, p->name, &r, &r.choices[i]);
    return 0;
}

/* What stood there before is a choice, too: newest first. */
static int choose_history(struct choosing *c, const char *item, struct err *e)
{
    AUTO_FIELDS struct field_list all = {0};

    if (store_item_history(c->f->store, item, &all, e) < 0)
        return -1;
    for (size_t i = all.count; i > 0; i--) {
        const struct field_value *v = &all.v[i - 1];

        add_choice(c->choices, v->name, v->value, field_list_text(c->present, v->name));
    }
    return 0;
}

/* ---- boxes ------------------------------------------------------------------------
 */

struct boxing {
    struct flow *f;
    struct jdoc *boxes; /* {"FIELD":{…}} */
};

static int add_box(void *ctx, const struct store_box *b, struct err *e)
{
    struct boxing *all = ctx;
    struct jdoc *one = NULL;
    struct page p = {0};

    if (store_page_by_id(all->f->store, b->page, &p, e) < 0)
        return -1;
    one = jdoc_object();
    jdoc_set_text(one, "page", p.name);
    jdoc_set_int(one, "seq", b->seq);
    jdoc_set_int(one, "x", b->x);
    jdoc_set_int(one, "y", b->y);
    jdoc_set_int(one, "w", b->w);
    jdoc_set_int(one, "h", b->h);
    jdoc_set_bool(one, "strip", b->strip);
    jdoc_set(all->boxes, b->name, one);
    return 0;
}

int flow_verify_boxes(struct flow *f, const char *item, struct jdoc **out,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *boxes = jdoc_object();
    struct boxing all = {.f = f, .boxes = boxes};

    if (store_box_each(f->store, item, add_box, &all, e) < 0)
        return -1;
    *out = TAKE(boxes);
    return 0;
}

static struct jdoc *locked_jdoc(const struct field_list *present)
{
    struct jdoc *all = jdoc_array();

    for (size_t i = 0; i < present->count; i++)
        if (present->v[i].source == FIELD_CLERK)
            jdoc_add_text(all, present->v[i].name);
    return all;
}

/* "illegible: ink faded" → "ink faded" */
static const char *mark_why(const struct field_value *v)
{
    const char *colon = strchr(v->reason, ':');

    return colon ? colon + 1 + (colon[1] == ' ') : "";
}

static struct jdoc *marks_jdoc(const struct field_list *present)
{
    struct jdoc *all = jdoc_object();

    for (size_t i = 0; i < present->count; i++) {
        const struct field_value *v = &present->v[i];
        enum field_mark mark = field_mark(v);
        struct jdoc *one = NULL;

        if (mark == FIELD_UNMARKED)
            continue;
        one = jdoc_object();
        jdoc_set_text(one, "mark", field_mark_name(mark));
        jdoc_set_text(one, "why", mark_why(v));
        jdoc_set(all, v->name, one);
    }
    return all;
}

/* What no person wrote and does not fit is doubtful as if it were read badly. */
static void mark_fields(struct jdoc *line, const struct jdoc *doubts)
{
    struct jdoc *fields = jdoc_copy(jdoc_get(line, "fields"));

    for (size_t i = 0; i < jdoc_count(doubts); i++) {
        const struct jdoc *one = jdoc_at(doubts, i);
        const char *name = jdoc_text(one, "field");
        const char *why = jdoc_text(jdoc_at(jdoc_get(one, "why"), 0), "code");
        const char *source = jdoc_text(jdoc_get(fields, name), "source");
        struct jdoc *field = NULL;

        if (source && strcmp(source, field_source_name(FIELD_CLERK)) == 0)
            continue;
        field = source ? jdoc_copy(jdoc_get(fields, name)) : jdoc_object();
        if (!source)
            jdoc_set_text(field, "value", "");
        jdoc_set_bool(field, "doubtful", true);
        jdoc_set_text(field, "reason", why);
        jdoc_set(fields, name, field);
    }
    jdoc_set(line, "fields", fields);
}

/* Why a sealed record is corrected: the reason of the first change since. */
static int add_correction(struct flow *f, const struct item *it, struct jdoc *line,
                          struct err *e)
{
    AUTO_FIELDS struct field_list all = {0};
    struct jdoc *one = NULL;

    if (it->sealed_rev == 0 || it->rev <= it->sealed_rev)
        return 0;
    if (store_item_history(f->store, it->name, &all, e) < 0)
        return -1;
    one = jdoc_object();
    jdoc_set_int(one, "rev", it->rev);
    jdoc_set_null(one, "why");
    for (size_t i = 0; i < all.count; i++) {
        const struct field_value *v = &all.v[i];

        if (v->rev != it->rev || v->source != FIELD_CLERK || !v->reason[0])
            continue;
        jdoc_set_text(one, "why", v->reason);
        jdoc_set_text(one, "actor", v->actor);
        break;
    }
    jdoc_set(line, "correction", one);
    return 0;
}

/* ---- showing ----------------------------------------------------------------------
 */

static int add_all(struct flow *f, const struct item *it, struct jdoc *line,
                   struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};
    AUTO_VALIDATE struct validate_list found = {0};
    AUTO_KNOWN struct known known = KNOWN_INIT;
    AUTO_JDOC struct jdoc *boxes = NULL;
    AUTO_JDOC struct jdoc *choices = jdoc_object();
    struct choosing choosing = {.f = f, .present = &present, .choices = choices};
    char prev[IDENT_NAME_MAX];
    char next[IDENT_NAME_MAX];

    if (know(f, &known, e) < 0 ||
        store_item_present(f->store, it->name, &present, e) < 0 ||
        look(f, &known, it, &present, &found, e) < 0 ||
        flow_verify_boxes(f, it->name, &boxes, e) < 0)
        return -1;
    choosing.boxes = boxes;
    if (store_page_of_item(f->store, it->name, choose_page, &choosing, e) < 0 ||
        choose_history(&choosing, it->name, e) < 0 ||
        store_item_beside(f->store, it->name, prev, next, e) < 0)
        return -1;
    if (add_return(f, it, line, e) < 0 || add_correction(f, it, line, e) < 0)
        return -1;
    jdoc_set(line, "form", form_jdoc(it->kind));
    jdoc_set(line, "doubts", doubts_jdoc(it->kind, &present, &found));
    mark_fields(line, jdoc_get(line, "doubts"));
    jdoc_set(line, "warnings", warnings_jdoc(&found, NULL));
    jdoc_set(line, "boxes", TAKE(boxes));
    jdoc_set(line, "choices", TAKE(choices));
    jdoc_set(line, "locked", locked_jdoc(&present));
    jdoc_set(line, "marks", marks_jdoc(&present));
    jdoc_set_text(line, "prev", prev[0] ? prev : NULL);
    jdoc_set_text(line, "next", next[0] ? next : NULL);
    return 0;
}

int flow_verify_show(struct flow *f, const char *item, struct jdoc **out, struct err *e)
{
    AUTO_JDOC struct jdoc *line = NULL;
    struct item it = {0};

    if (store_item_need(f->store, item, &it, e) < 0 ||
        flow_item_whole(f, item, &line, e) < 0 || add_all(f, &it, line, e) < 0)
        return -1;
    *out = TAKE(line);
    return 0;
}

int flow_verify_tell(struct flow *f, const char *item, const struct flow_listener *to,
                     struct err *e)
{
    struct jdoc *line = NULL;

    if (flow_verify_show(f, item, &line, e) < 0)
        return -1;
    flow_tell(to, line);
    return 0;
}

/* ---- changing ---------------------------------------------------------------------
 */

/* The log of acts holds no data: the name of the field only. */
static int audit(struct flow *f, const char *user, const char *act, const char *item,
                 const char *field, struct err *e)
{
    AUTO_JDOC struct jdoc *detail = jdoc_array();

    if (field)
        jdoc_add_text(detail, field);
    return store_audit_add(f->store, user, flow_via(f), act, item, detail, clock_now(),
                           e);
}

static int need_seen(struct flow *f, const struct flow_verify_change *c, struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};
    AUTO_STR struct str seen = STR_INIT(FIELD_VALUE_MAX);

    if (!c->seen)
        return 0;
    if (store_item_present(f->store, c->item, &present, e) < 0)
        return -1;
    utf8_nfc(c->seen, strlen(c->seen), &seen);
    if (strcmp(str_text(&seen), field_list_text(&present, c->field)) != 0)
        return err_set(e, ERR_FIELD_SEEN, "%s %s", c->item, c->field);
    return 0;
}

/* The reason that stands beside the value in the history. */
static int reason_of(const struct flow_verify_change *c, bool sealed,
                     char out[FIELD_REASON_MAX], struct err *e)
{
    const char *why = c->why ? c->why : "";
    const char *mark = field_mark_name(c->mark);
    int n = 0;

    if (!why[0] && (sealed || c->mark == FIELD_ILLEGIBLE))
        return err_set(e, ERR_WHY, "%s", c->field);
    if (!utf8_valid(why, strlen(why)))
        return err_set(e, ERR_WHY, "%s", c->field);
    n = snprintf(out, FIELD_REASON_MAX, "%s%s%s", mark, mark[0] && why[0] ? ": " : "",
                 why);
    if (n < 0 || n >= FIELD_REASON_MAX)
        return err_set(e, ERR_LIMIT, "%s: why", c->field);
    return 0;
}

static int write_change(struct flow *f, const struct flow_verify_change *c,
                        struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    char reason[FIELD_REASON_MAX];
    struct item it = {0};
    struct field_value v = {
        .name = (char *)(uintptr_t)c->field, /* read only by the store */
        .value = (char *)(uintptr_t)(c->value ? c->value : ""),
        .reason = reason,
        .actor = (char *)(uintptr_t)c->user,
        .source = FIELD_CLERK,
        .confidence = 100,
        .at = clock_now(),
    };
    bool written = false;

    if (store_begin(f->store, &txn, e) < 0 ||
        store_item_need(f->store, c->item, &it, e) < 0 || need_seen(f, c, e) < 0 ||
        reason_of(c, it.state == ITEM_SEALED, reason, e) < 0 ||
        store_item_act(f->store, c->item, ITEM_SET, NULL, e) < 0 ||
        store_item_field(f->store, c->item, &v, &written, e) < 0)
        return -1;
    if (!written)
        return 0; /* it stands there already: nothing is opened anew for it */
    if (audit(f, c->user, c->mark ? "item.mark" : "item.set", c->item, c->field, e) < 0)
        return -1;
    return store_commit(&txn, e);
}

static int tell_field(struct flow *f, const char *item, const char *field,
                      const struct flow_listener *to, struct err *e)
{
    AUTO_FIELDS struct field_list present = {0};
    AUTO_VALIDATE struct validate_list found = {0};
    AUTO_KNOWN struct known known = KNOWN_INIT;
    const struct field_value *v = NULL;
    struct jdoc *line = NULL;
    struct item it = {0};

    if (know(f, &known, e) < 0 || store_item_need(f->store, item, &it, e) < 0 ||
        store_item_present(f->store, item, &present, e) < 0 ||
        look(f, &known, &it, &present, &found, e) < 0)
        return -1;
    v = field_list_find(&present, field);
    line = flow_line("field");
    jdoc_set_text(line, "item", item);
    jdoc_set_text(line, "field", field);
    jdoc_set_text(line, "value", v ? v->value : "");
    jdoc_set_text(line, "source", v ? field_source_name(v->source) : NULL);
    jdoc_set_bool(line, "doubtful", v && v->doubtful);
    jdoc_set_text(line, "mark",
                  v && field_mark(v) ? field_mark_name(field_mark(v)) : NULL);
    jdoc_set_text(line, "state", item_state_name(it.state));
    jdoc_set(line, "warnings", warnings_jdoc(&found, field));
    flow_tell(to, line);
    return 0;
}

static int may(struct flow *f, const char *user, struct err *e)
{
    return user[0] ? store_user_may(f->store, user, ROLE_DESCRIBE, e) : 0;
}

int flow_verify_change(struct flow *f, const struct flow_verify_change *c,
                       const struct flow_listener *to, struct err *e)
{
    if (may(f, c->user, e) < 0 || write_change(f, c, e) < 0)
        return -1;
    return tell_field(f, c->item, c->field, to, e);
}

/* Was it verified or returned by @user, and nothing done to it since? */
static int decided_by(struct flow *f, const char *item, const char *user,
                      enum item_state state, struct err *e)
{
    char act[STORE_AUDIT_WORD_MAX];
    char actor[STORE_AUDIT_WORD_MAX];
    int rc = 0;

    if (state != ITEM_VERIFIED && state != ITEM_RETURNED)
        return 0;
    rc = store_audit_last(f->store, item, act, actor, e);
    if (rc <= 0)
        return rc;
    return strcmp(actor, user) == 0 &&
           (strcmp(act, "item.verify") == 0 || strcmp(act, "item.return") == 0);
}

int flow_verify_undo(struct flow *f, const char *item, const char *user,
                     const struct flow_listener *to, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_FIELDS struct field_list present = {0};
    char field[FIELD_NAME_MAX] = "";
    struct jdoc *line = NULL;
    struct item it = {0};
    int rc = 0;

    if (may(f, user, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        store_item_need(f->store, item, &it, e) < 0)
        return -1;
    if (it.state == ITEM_SEALED)
        return err_set(e, ERR_UNDO, "%s", item);
    rc = decided_by(f, item, user, it.state, e);
    if (rc == 0 && it.state == ITEM_VERIFIED)
        return err_set(e, ERR_UNDO, "%s", item); /* somebody else relies on it */
    if (rc == 0) {
        rc = store_item_undo(f->store, item, user, field, e);
        if (rc == 0)
            return err_set(e, ERR_UNDO, "%s", item);
    }
    if (rc < 0 || store_item_act(f->store, item, ITEM_SET, &it, e) < 0 ||
        audit(f, user, "item.undo", item, field[0] ? field : NULL, e) < 0 ||
        store_item_present(f->store, item, &present, e) < 0 ||
        store_commit(&txn, e) < 0)
        return -1;
    line = flow_line("undo");
    jdoc_set_text(line, "item", item);
    jdoc_set_text(line, "field", field[0] ? field : NULL);
    jdoc_set_text(line, "value", field[0] ? field_list_text(&present, field) : NULL);
    jdoc_set_text(line, "state", item_state_name(it.state));
    flow_tell(to, line);
    return 0;
}
