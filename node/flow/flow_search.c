/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_report.h"
#include "node/store/store_search.h"

struct hit {
    struct jdoc *line; /* owned */
    bool exact;
    int64_t score;
    size_t order;
};

struct finding {
    const char *query;
    struct store_search_opts opts;
    const char *unit; /* of the catalogue asked now */
    struct hit *hits; /* owned */
    size_t count, cap;
};

static int take_hit(void *ctx, const struct store_hit *h, struct err *e)
{
    struct finding *all = ctx;
    AUTO_STR struct str snippet = STR_INIT(STORE_SEARCH_SNIPPET);
    struct jdoc *line = NULL;

    if (store_search_snippet(h, &snippet, e) < 0)
        return -1;
    line = flow_line("hit");
    jdoc_set_text(line, "item", h->item);
    jdoc_set_text(line, "page", h->page[0] ? h->page : NULL);
    jdoc_set_int(line, "seq", h->seq);
    jdoc_set_text(line, "unit", all->unit);
    jdoc_set_int(line, "score", h->score);
    jdoc_set_bool(line, "exact", h->exact);
    jdoc_set_bool(line, "field", h->field);
    jdoc_set_text(line, "snippet", str_text(&snippet));
    mem_grow(&all->hits, &all->cap, all->count + 1, sizeof *all->hits);
    all->hits[all->count] = (struct hit){
        .line = line, .exact = h->exact, .score = h->score, .order = all->count};
    all->count++;
    return 0;
}

static int ask(void *ctx, struct store *catalog, const char *unit_code, struct err *e)
{
    struct finding *all = ctx;

    all->unit = unit_code;
    return store_search(catalog, all->query, &all->opts, take_hit, all, e) < 0 ? -1 : 0;
}

/* Exact first, then score; equal ones as they came. */
static int better(const void *a, const void *b)
{
    const struct hit *x = a;
    const struct hit *y = b;

    if (x->exact != y->exact)
        return x->exact ? -1 : 1;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    return x->order < y->order ? -1 : 1;
}

int flow_search(struct flow *f, const char *query, int64_t limit, const char *unit,
                const struct flow_listener *to, struct err *e)
{
    int64_t start = clock_mono_ms();
    struct finding all = {
        .query = query,
        .opts = {.limit = limit, .mark_begin = "«", .mark_end = "»"},
    };
    int rc = flow_report_catalogs(f, unit, ask, &all, e);
    int64_t told = 0;
    struct jdoc *line = NULL;

    if (rc == 0 && all.count > 1)
        qsort(all.hits, all.count, sizeof *all.hits, better);
    for (size_t i = 0; i < all.count; i++) {
        if (rc == 0 && told < limit) {
            flow_tell(to, all.hits[i].line);
            told++;
        } else {
            jdoc_free(all.hits[i].line);
        }
    }
    mem_free(all.hits);
    if (rc < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "hits", told);
    jdoc_set_int(line, "ms", clock_mono_ms() - start);
    flow_tell(to, line);
    return 0;
}
