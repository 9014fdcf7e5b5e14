/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/flow/flow_sync.h"
#include "node/store/store_bundle.h"
#include "node/store/store_dossier.h"
#include "node/store/store_item.h"
#include "node/store/store_page.h"
#include "node/store/store_return.h"
#include "node/web/api_verbs.h"

static int count_dossier(void *ctx, const struct dossier *d, struct err *e)
{
    int64_t *n = ctx;

    (void)d;
    (void)e;
    ++*n;
    return 0;
}

static int set_pages(struct jdoc *j, struct store *s, struct err *e)
{
    struct store_page_counts n = {0};
    struct jdoc *pages = NULL;

    if (store_page_count(s, &n, e) < 0)
        return -1;
    pages = jdoc_object();
    jdoc_set_int(pages, "queued", n.captured);
    jdoc_set_int(pages, "recognized", n.recognized + n.blank);
    jdoc_set_int(pages, "failed", n.failed);
    jdoc_set_int(pages, "held", n.held);
    jdoc_set(j, "pages", pages);
    return 0;
}

static int set_receipt(struct jdoc *j, struct store *s, struct err *e)
{
    struct store_receipt r = {0};
    int rc = store_bundle_receipt_last(s, &r, e);
    struct jdoc *last = NULL;

    if (rc < 0)
        return -1;
    if (rc == 0) {
        jdoc_set_null(j, "last_receipt");
        return 0;
    }
    last = jdoc_object();
    jdoc_set_int(last, "clock", r.province_at);
    jdoc_set_int(last, "number", r.seq);
    jdoc_set_text(last, "class", r.class);
    jdoc_set(j, "last_receipt", last);
    return 0;
}

/* Why the first of what waits does: records stand before all else. */
static int set_why(struct jdoc *j, struct flow *f, bool waits, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "waiting", .max = 1};
    struct flow_listener to = api_listener(&lines);

    if (waits && flow_sync_waiting(f, &to, e) < 0)
        return -1;
    jdoc_set_text(j, "why_waiting", jdoc_text(jdoc_at(rows, 0), "code"));
    jdoc_set_text(j, "reason", jdoc_text(jdoc_at(rows, 0), "reason"));
    return 0;
}

/* Of what the tier above sent back and is not answered. */
static int set_returns(struct jdoc *j, struct store *s, struct err *e)
{
    int64_t n = 0;

    if (store_return_count(s, &n, e) < 0)
        return -1;
    jdoc_set_int(j, "returned", n);
    return 0;
}

/* Takes nothing. Each record stands in at most one of going, waiting, received. */
int api_counts_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct store *s = c->flow->store;
    struct store_item_tally n = {0};
    int64_t dossiers = 0;

    if (store_item_tally(s, &n, e) < 0 ||
        store_dossier_each(s, count_dossier, &dossiers, e) < 0)
        return -1;
    jdoc_set_int(j, "saved", n.all);
    jdoc_set_int(j, "waiting", n.waiting);
    jdoc_set_int(j, "going", n.going);
    jdoc_set_int(j, "received", n.received);
    jdoc_set_int(j, "review", n.review);
    if (set_pages(j, s, e) < 0 || set_returns(j, s, e) < 0)
        return -1;
    jdoc_set_int(j, "dossiers", dossiers);
    if (set_receipt(j, s, e) < 0 ||
        set_why(j, c->flow, n.waiting > 0 && !home_is_upper(&c->flow->home), e) < 0)
        return -1;
    api_json(r, j);
    return 0;
}
