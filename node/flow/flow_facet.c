/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_facet.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "node/record/field.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/regno.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_search.h"
#include "ocr/result.h"

#define MARK_BEGIN "\x02" /* in no text: utf8_nfc() drops them */
#define MARK_END   "\x03"
#define VALUE_MAX  32

enum facet { BY_KIND, BY_YEAR, BY_STATE, BY_UNIT, FACETS };
static const char *const names[FACETS] = {"kind", "year", "state", "unit"};

/* Values of a facet in the order they were met. */
struct facet_counts {
    struct facet_count {
        char value[VALUE_MAX];
        int64_t n;
    } * v; /* owned */
    size_t count, cap;
};

struct finding {
    struct flow *f;
    const struct flow_facet_query *q;
    const struct flow_listener *to;
    struct facet_counts facets[FACETS];
    struct jdoc *counted; /* records that were counted, each once */
    struct jdoc *words;   /* folded words looked for; "abc*" a beginning */
    int64_t hits;
};

static void finding_clear(struct finding *all)
{
    for (int i = 0; i < FACETS; i++)
        mem_free(TAKE(all->facets[i].v));
}

/* ---- facets -----------------------------------------------------------------------
 */

static void values_of(const struct store_hit *h, char out[FACETS][VALUE_MAX])
{
    (void)snprintf(out[BY_KIND], VALUE_MAX, "%s", h->kind);
    (void)snprintf(out[BY_YEAR], VALUE_MAX, "%d", h->number_year);
    (void)snprintf(out[BY_STATE], VALUE_MAX, "%s", item_state_name(h->state));
    (void)snprintf(out[BY_UNIT], VALUE_MAX, "%s", h->unit_code);
}

/* Is it what was chosen in facet @i? */
static bool chosen(const struct flow_facet_query *q, const struct store_hit *h, int i)
{
    switch ((enum facet)i) {
    case BY_KIND:
        return !q->kind || strcmp(q->kind, h->kind) == 0;
    case BY_YEAR:
        return !q->year || q->year == h->number_year;
    case BY_STATE:
        return !q->state || strcmp(q->state, item_state_name(h->state)) == 0;
    case BY_UNIT:
        return !q->unit || strcmp(q->unit, h->unit_code) == 0;
    case FACETS:
        break;
    }
    return true;
}

static void count_one(struct facet_counts *c, const char *value)
{
    size_t i = 0;

    while (i < c->count && strcmp(c->v[i].value, value) != 0)
        i++;
    if (i == c->count) {
        mem_grow(&c->v, &c->cap, c->count + 1, sizeof *c->v);
        c->v[c->count] = (struct facet_count){.n = 0};
        (void)snprintf(c->v[c->count++].value, VALUE_MAX, "%s", value);
    }
    c->v[i].n++;
}

static struct jdoc *facets_jdoc(const struct finding *all)
{
    struct jdoc *j = jdoc_object();

    for (int i = 0; i < FACETS; i++) {
        struct jdoc *one = jdoc_object();

        for (size_t k = 0; k < all->facets[i].count; k++)
            jdoc_set_int(one, all->facets[i].v[k].value, all->facets[i].v[k].n);
        jdoc_set(j, names[i], one);
    }
    return j;
}

/* Return: it fits all that was chosen. */
static bool count(struct finding *all, const struct store_hit *h)
{
    bool fits[FACETS];
    char value[FACETS][VALUE_MAX];
    int misses = 0;
    bool again = jdoc_get(all->counted, h->item) != NULL;

    for (int i = 0; i < FACETS; i++) {
        fits[i] = chosen(all->q, h, i);
        misses += !fits[i];
    }
    values_of(h, value);
    for (int i = 0; i < FACETS && !again; i++)
        if (misses == 0 || (misses == 1 && !fits[i]))
            if (i != BY_YEAR || h->number_year)
                count_one(&all->facets[i], value[i]);
    jdoc_set_bool(all->counted, h->item, true);
    return misses == 0;
}

/* ---- snippet and boxes ------------------------------------------------------------
 */

static void add_piece(struct jdoc *list, const char *text, size_t len, bool found)
{
    struct jdoc *pair = NULL;
    AUTO_MEM char *copy = mem_printf("%.*s", (int)len, text);

    if (len == 0)
        return;
    pair = jdoc_array();
    jdoc_add_text(pair, copy);
    jdoc_add_bool(pair, found);
    jdoc_add(list, pair);
}

static struct jdoc *snippet_jdoc(const char *text)
{
    struct jdoc *list = jdoc_array();
    bool found = false;

    while (*text) {
        size_t len = strcspn(text, MARK_BEGIN MARK_END);

        add_piece(list, text, len, found);
        text += len;
        if (*text)
            found = *text++ == MARK_BEGIN[0];
    }
    return list;
}

/* Folded, without signs at its ends. */
static char *bare(const char *text, size_t len)
{
    AUTO_STR struct str key = STR_INIT(STR_LINE_MAX);
    const char *p = NULL;
    size_t n = 0;

    utf8_fold(text, len, &key);
    p = str_text(&key);
    n = key.len;
    while (n > 0 && (unsigned char)p[n - 1] < 128 && !isalnum((unsigned char)p[n - 1]))
        n--;
    while (n > 0 && (unsigned char)p[0] < 128 && !isalnum((unsigned char)p[0])) {
        p++;
        n--;
    }
    return mem_printf("%.*s", (int)n, p);
}

static struct jdoc *words_of(const char *query)
{
    struct jdoc *all = jdoc_array();

    while (*query) {
        size_t len = strcspn(query, " \t\n\"");
        bool prefix = len > 0 && query[len - 1] == '*';
        AUTO_MEM char *key = bare(query, len);
        AUTO_MEM char *entry = mem_printf("%s%s", key, prefix ? "*" : "");

        if (key[0])
            jdoc_add_text(all, entry);
        query += len + (query[len] != '\0');
    }
    return all;
}

static bool looked_for(const struct jdoc *words, const char *key)
{
    for (size_t i = 0; i < jdoc_count(words); i++) {
        const char *word = jdoc_text_at(words, i);
        size_t len = strlen(word);

        if (word[len - 1] == '*' ? strncmp(key, word, len - 1) == 0
                                 : strcmp(key, word) == 0)
            return true;
    }
    return false;
}

static void add_box(struct jdoc *boxes, const struct result_word *w)
{
    struct jdoc *one = jdoc_object();

    jdoc_set_int(one, "x", w->x);
    jdoc_set_int(one, "y", w->y);
    jdoc_set_int(one, "w", w->w);
    jdoc_set_int(one, "h", w->h);
    jdoc_add(boxes, one);
}

static int add_boxes(struct finding *all, const char *page, struct jdoc *boxes,
                     struct err *e)
{
    AUTO_TEXT struct store_text text = {0};
    AUTO_RESULT struct result r = {0};
    struct err damaged = ERR_INIT; /* found by fsck, not here */
    struct page p = {0};
    int found = store_page_get(all->f->store, page, &p, e);

    if (found > 0)
        found = store_page_text(all->f->store, p.id, &text, e);
    if (found <= 0 || text.boxes.len == 0)
        return found < 0 ? -1 : 0;
    if (result_unpack(text.text, str_text(&text.boxes), text.boxes.len, &r, &damaged) <
        0) {
        err_clear(&damaged);
        return 0;
    }
    for (size_t i = 0; i < r.word_count && jdoc_count(boxes) < FLOW_FACET_BOXES_MAX;
         i++) {
        AUTO_MEM char *key = bare(r.text + r.words[i].start, r.words[i].len);

        if (key[0] && looked_for(all->words, key))
            add_box(boxes, &r.words[i]);
    }
    return 0;
}

/* ---- hits -------------------------------------------------------------------------
 */

static int tell_hit(struct finding *all, const struct store_hit *h, struct err *e)
{
    AUTO_STR struct str snippet = STR_INIT(STORE_SEARCH_SNIPPET);
    AUTO_JDOC struct jdoc *boxes = jdoc_array();
    AUTO_FIELDS struct field_list fields = {0};
    const struct kind *kind = kind_find(h->kind);
    char number[REGNO_TEXT_MAX];
    struct jdoc *line = NULL;
    struct item it = {0};

    if (store_item_need(all->f->store, h->item, &it, e) < 0 ||
        store_search_snippet(h, &snippet, e) < 0)
        return -1;
    if (!h->field && add_boxes(all, h->page, boxes, e) < 0)
        return -1;
    if (store_item_fields(all->f->store, h->item, &fields, e) < 0)
        return -1;
    line = flow_line("hit");
    item_number_print(&it, number);
    jdoc_set_text(line, "item", h->item);
    jdoc_set_text(line, "dossier", it.dossier[0] ? it.dossier : NULL);
    jdoc_set_text(line, "kind", it.kind);
    jdoc_set_text(line, "state", item_state_name(it.state));
    jdoc_set_text(line, "number", number[0] ? number : NULL);
    jdoc_set_text(line, "title",
                  kind ? field_list_text(&fields, kind->title_field) : "");
    jdoc_set_text(line, "unit", it.unit_code);
    jdoc_set_text(line, "page", h->page[0] ? h->page : NULL);
    jdoc_set_int(line, "seq", h->seq);
    jdoc_set_bool(line, "exact", h->exact);
    jdoc_set_bool(line, "field", h->field);
    jdoc_set(line, "snippet", snippet_jdoc(str_text(&snippet)));
    jdoc_set(line, "boxes", TAKE(boxes));
    flow_tell(all->to, line);
    return 0;
}

static int take_hit(void *ctx, const struct store_hit *h, struct err *e)
{
    struct finding *all = ctx;

    if (!count(all, h))
        return 0;
    all->hits++;
    return all->hits <= all->q->limit ? tell_hit(all, h, e) : 0;
}

int flow_facet_search(struct flow *f, const struct flow_facet_query *q,
                      const struct flow_listener *to, struct err *e)
{
    AUTO_JDOC struct jdoc *counted = jdoc_object();
    AUTO_JDOC struct jdoc *words = words_of(q->text);
    AUTO(finding_clear)
    struct finding all = {.f = f, .q = q, .to = to, .counted = counted, .words = words};
    struct store_search_opts opts = {.limit = STORE_SEARCH_LIMIT_MAX,
                                     .mark_begin = MARK_BEGIN,
                                     .mark_end = MARK_END};
    int64_t start_ms = clock_mono_ms();
    enum item_state state = ITEM_CAPTURED;
    struct jdoc *line = NULL;

    if (flow_need_commune(f, e) < 0)
        return -1;
    if (q->kind && !kind_find(q->kind))
        return err_set(e, ERR_USAGE, "kind %s", q->kind);
    if (q->state && !item_state_find(q->state, &state))
        return err_set(e, ERR_USAGE, "state %s", q->state);
    if (store_search(f->store, q->text, &opts, take_hit, &all, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "hits", all.hits);
    jdoc_set_int(line, "ms", clock_mono_ms() - start_ms);
    jdoc_set(line, "facets", facets_jdoc(&all));
    flow_tell(to, line);
    return 0;
}
