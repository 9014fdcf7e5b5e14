/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/card.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/record/regno.h"

#define UNIT_TEXT_MAX (UNIT_CODE_MAX + UNIT_DATE_MAX)
#define TIME_MAX      INT64_C(253402300799) /* end of the year 9999 */

void card_init(struct card *c, enum card_type type)
{
    *c = (struct card){.type = type, .dossier = DOSSIER_INIT};
}

void card_clear(struct card *c)
{
    field_list_clear(&c->fields);
    mem_free(TAKE(c->pages));
    mem_free(TAKE(c->gaps));
    mem_free(TAKE(c->source));
    dossier_clear(&c->dossier);
    c->page_count = c->page_cap = c->gap_count = c->gap_cap = 0;
}

void card_add_page(struct card *c, const char *page)
{
    mem_grow(&c->pages, &c->page_cap, c->page_count + 1, sizeof *c->pages);
    (void)snprintf(c->pages[c->page_count++], IDENT_PAGE_MAX, "%s", page);
}

void card_add_gap(struct card *c, const struct dossier_gap *gap)
{
    mem_grow(&c->gaps, &c->gap_cap, c->gap_count + 1, sizeof *c->gaps);
    c->gaps[c->gap_count++] = *gap;
}

/* ---- print ------------------------------------------------------------------------
 */

static void set_unit(struct jdoc *o, const char *code, const char *from)
{
    char text[UNIT_TEXT_MAX];

    (void)snprintf(text, sizeof text, "%s/%s", code, from);
    jdoc_set_text(o, "unit", text);
}

static struct jdoc *print_fields(const struct field_list *l)
{
    struct jdoc *o = jdoc_object();

    for (size_t i = 0; i < l->count; i++) {
        const struct field_value *v = &l->v[i];
        struct jdoc *a = NULL;

        if (!v->value[0])
            continue;
        if (v->source == FIELD_CLERK) {
            jdoc_set_text(o, v->name, v->value);
            continue;
        }
        a = jdoc_array();
        jdoc_add_text(a, v->value);
        jdoc_add_int(a, v->confidence);
        if (v->doubtful)
            jdoc_add_text(a, v->reason[0] ? v->reason : "doubtful");
        jdoc_set(o, v->name, a);
    }
    return o;
}

static void print_item(const struct card *c, struct jdoc *o)
{
    const struct item *it = &c->item;
    struct jdoc *pages = jdoc_array();

    for (size_t i = 0; i < c->page_count; i++)
        jdoc_add_text(pages, c->pages[i]);
    jdoc_set_int(o, "created", it->created);
    if (it->dossier[0])
        jdoc_set_text(o, "dossier", it->dossier);
    jdoc_set(o, "fields", print_fields(&c->fields));
    jdoc_set_text(o, "item", it->name);
    jdoc_set_text(o, "kind", it->kind);
    jdoc_set_text(o, "level", item_level_name(it->level));
    jdoc_set(o, "pages", pages);
    jdoc_set_int(o, "rev", it->rev);
    if (it->rev > 1)
        jdoc_set_int(o, "supersedes", it->supersedes);
    set_unit(o, it->unit_code, it->unit_from);
}

static void print_dossier(const struct card *c, struct jdoc *o)
{
    const struct dossier *d = &c->dossier;

    jdoc_set_int(o, "created", d->created);
    jdoc_set_text(o, "dossier", d->name);
    if (d->closed_count >= 0)
        jdoc_set_int(o, "closed", d->closed_count);
    if (d->from)
        jdoc_set_int(o, "from", d->from);
    if (c->gap_count > 0) {
        struct jdoc *gaps = jdoc_array();

        for (size_t i = 0; i < c->gap_count; i++) {
            struct jdoc *one = jdoc_array();

            jdoc_add_int(one, c->gaps[i].from);
            jdoc_add_int(one, c->gaps[i].to);
            jdoc_add_text(one, dossier_why_name(c->gaps[i].why));
            jdoc_add(gaps, one);
        }
        jdoc_set(o, "gaps", gaps);
    }
    jdoc_set_text(o, "kind", dossier_kind_name(d->kind));
    if (d->record[0])
        jdoc_set_text(o, "record", d->record);
    jdoc_set_int(o, "rev", d->rev);
    jdoc_set_text(o, "series", dossier_series_name(d->series));
    jdoc_set_text(o, "title", d->title);
    if (d->to)
        jdoc_set_int(o, "to", d->to);
    set_unit(o, d->unit_code, d->unit_from);
    if (d->volume)
        jdoc_set_int(o, "volume", d->volume);
    if (d->year)
        jdoc_set_int(o, "year", d->year);
}

void card_print(const struct card *c, struct str *out)
{
    AUTO_JDOC struct jdoc *o = jdoc_object();

    if (c->type == CARD_ITEM)
        print_item(c, o);
    else
        print_dossier(c, o);
    jdoc_print(o, out);
}

/* ---- parse ------------------------------------------------------------------------
 */

static int bad(struct err *e, const char *key)
{
    return err_set(e, ERR_CARD, "%s", key);
}

static bool take_unit(const struct jdoc *o, char code[UNIT_CODE_MAX],
                      char from[UNIT_DATE_MAX])
{
    char text[UNIT_TEXT_MAX];
    char *slash = NULL;

    if (!jdoc_take_text(o, "unit", text, sizeof text))
        return false;
    slash = strchr(text, '/');
    if (!slash)
        return false;
    *slash = '\0';
    if (!unit_code_valid(text) || !unit_date_valid(slash + 1))
        return false;
    memcpy(code, text, strlen(text) + 1);
    memcpy(from, slash + 1, UNIT_DATE_MAX);
    return true;
}

/* An optional number: absent leaves @out as it is. */
static bool take_int(const struct jdoc *o, const char *key, int64_t min, int64_t max,
                     int64_t *out)
{
    return !jdoc_get(o, key) || jdoc_int(o, key, min, max, out);
}

static int parse_field(struct card *c, const char *name, const struct jdoc *all,
                       struct err *e)
{
    AUTO_STR struct str clean = STR_INIT(FIELD_VALUE_MAX);
    const struct jdoc *v = jdoc_get(all, name);
    const char *text = jdoc_text(all, name);
    const char *reason = "";
    enum field_source source = FIELD_CLERK;
    int64_t confidence = 100;

    if (!field_find(name))
        return 0; /* of a newer program: stays in the source */
    if (!text) {
        size_t n = jdoc_is_array(v) ? jdoc_count(v) : 0;

        text = jdoc_text_at(v, 0);
        source = FIELD_OCR;
        if ((n != 2 && n != 3) || !text || !jdoc_int_at(v, 1, 0, 100, &confidence))
            return bad(e, name);
        if (n == 3) {
            reason = jdoc_text_at(v, 2);
            if (!reason || !reason[0] || strlen(reason) >= FIELD_REASON_MAX)
                return bad(e, name);
        }
    }
    if (!text[0] || field_clean(name, text, &clean, e) < 0 ||
        strcmp(str_text(&clean), text) != 0)
        return bad(e, name);
    (void)field_list_add(&c->fields, name, text, source, (int)confidence,
                         reason[0] != '\0', reason);
    return 0;
}

static int parse_item(const struct jdoc *o, struct card *c, struct err *e)
{
    struct item *it = &c->item;
    const struct jdoc *fields = jdoc_get(o, "fields");
    const struct jdoc *pages = jdoc_get(o, "pages");
    const char *level = jdoc_text(o, "level");
    const struct kind *kind = NULL;

    if (!jdoc_take_text(o, "item", it->name, sizeof it->name) ||
        !ident_is_item(it->name))
        return bad(e, "item");
    if (jdoc_get(o, "dossier") &&
        (!jdoc_take_text(o, "dossier", it->dossier, sizeof it->dossier) ||
         !ident_is_dossier(it->dossier)))
        return bad(e, "dossier");
    if (!jdoc_take_text(o, "kind", it->kind, sizeof it->kind))
        return bad(e, "kind");
    kind = kind_find(it->kind);
    if (!kind)
        return bad(e, "kind");
    if (!level || !item_level_find(level, &it->level) || it->level == ITEM_LEVEL_NONE)
        return bad(e, "level");
    if (!jdoc_int(o, "created", 0, TIME_MAX, &it->created))
        return bad(e, "created");
    if (!jdoc_int(o, "rev", 1, INT32_MAX, &it->rev) ||
        !take_int(o, "supersedes", 1, it->rev - 1, &it->supersedes) ||
        (it->rev == 1) != (it->supersedes == 0))
        return bad(e, "rev");
    if (!take_unit(o, it->unit_code, it->unit_from))
        return bad(e, "unit");
    if (!jdoc_is_object(fields) || jdoc_count(fields) > FIELD_COUNT_MAX)
        return bad(e, "fields");
    if (!jdoc_is_array(pages) || jdoc_count(pages) > CARD_PAGES_MAX)
        return bad(e, "pages");
    for (size_t i = 0; i < jdoc_count(fields); i++) {
        if (parse_field(c, jdoc_key(fields, i), fields, e) < 0)
            return -1;
    }
    for (size_t i = 0; i < jdoc_count(pages); i++) {
        const char *page = jdoc_text_at(pages, i);

        if (!page || !ident_is_page(page))
            return bad(e, "pages");
        card_add_page(c, page);
    }
    it->state = ITEM_SEALED;
    it->sealed_rev = it->rev;
    return 0;
}

static int parse_gaps(const struct jdoc *gaps, struct card *c, struct err *e)
{
    if (!gaps)
        return 0;
    if (!jdoc_is_array(gaps) || jdoc_count(gaps) < 1 ||
        jdoc_count(gaps) > CARD_GAPS_MAX)
        return bad(e, "gaps");
    for (size_t i = 0; i < jdoc_count(gaps); i++) {
        const struct jdoc *one = jdoc_at(gaps, i);
        const char *why = jdoc_text_at(one, 2);
        struct dossier_gap gap = {.from = 0};

        if (!jdoc_is_array(one) || jdoc_count(one) != 3 || !why ||
            !jdoc_int_at(one, 0, 1, REGNO_NUMBER_MAX, &gap.from) ||
            !jdoc_int_at(one, 1, gap.from, REGNO_NUMBER_MAX, &gap.to) ||
            !dossier_why_find(why, &gap.why))
            return bad(e, "gaps");
        card_add_gap(c, &gap);
    }
    return 0;
}

static int parse_dossier(const struct jdoc *o, struct card *c, struct err *e)
{
    struct dossier *d = &c->dossier;
    const char *kind = jdoc_text(o, "kind");
    const char *series = jdoc_text(o, "series");
    int64_t year = 0;
    int64_t volume = 0;
    struct err why = ERR_INIT;

    if (!jdoc_take_text(o, "dossier", d->name, sizeof d->name) ||
        !ident_is_dossier(d->name))
        return bad(e, "dossier");
    if (!kind || !dossier_kind_find(kind, &d->kind))
        return bad(e, "kind");
    if (!series || !dossier_series_find(series, &d->series))
        return bad(e, "series");
    if (jdoc_get(o, "record") &&
        !jdoc_take_text(o, "record", d->record, sizeof d->record))
        return bad(e, "record");
    if (!jdoc_int(o, "created", 0, TIME_MAX, &d->created) ||
        !jdoc_int(o, "rev", 1, INT32_MAX, &d->rev))
        return bad(e, "rev");
    if (!take_int(o, "closed", 0, REGNO_NUMBER_MAX, &d->closed_count) ||
        !take_int(o, "from", 1, REGNO_NUMBER_MAX, &d->from) ||
        !take_int(o, "to", 1, REGNO_NUMBER_MAX, &d->to) ||
        !take_int(o, "volume", 1, DOSSIER_VOLUME_MAX, &volume) ||
        !take_int(o, "year", 1800, 2200, &year))
        return bad(e, "numbers");
    d->year = (int)year;
    d->volume = (int)volume;
    if (!take_unit(o, d->unit_code, d->unit_from))
        return bad(e, "unit");
    d->title = mem_dup(jdoc_text(o, "title"));
    if (dossier_check(d, &why) < 0)
        return bad(e, why.subject);
    return parse_gaps(jdoc_get(o, "gaps"), c, e);
}

int card_parse(const char *text, size_t len, struct card *out, struct err *e)
{
    AUTO_JDOC struct jdoc *o = NULL;
    AUTO_STR struct str again = STR_INIT(CARD_BYTES_MAX);
    struct err why = ERR_INIT;
    bool item = false;

    card_init(out, CARD_ITEM);
    if (len == 0 || len > CARD_BYTES_MAX)
        return bad(e, "size");
    if (jdoc_parse(text, len, &o, &why) < 0 || !jdoc_is_object(o))
        return bad(e, "JSON");
    item = jdoc_get(o, "item") != NULL;
    out->type = item ? CARD_ITEM : CARD_DOSSIER;
    if ((item ? parse_item(o, out, e) : parse_dossier(o, out, e)) < 0)
        return -1;
    jdoc_print(o, &again);
    if (again.over || again.len != len || memcmp(str_text(&again), text, len) != 0)
        return bad(e, "not canonical");
    out->source = str_take(&again);
    return 0;
}
