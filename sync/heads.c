/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/heads.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/repo.h"

void heads_clear(struct heads *h)
{
    mem_free(h->rows);
    *h = (struct heads){.rows = NULL};
}

void heads_add(struct heads *h, const char *ref, const char *tip)
{
    struct heads_row row = {.closed = false};

    if (strlen(ref) >= sizeof row.ref || strlen(tip) >= sizeof row.tip)
        return;
    (void)snprintf(row.ref, sizeof row.ref, "%s", ref);
    (void)snprintf(row.tip, sizeof row.tip, "%s", tip);
    mem_grow(&h->rows, &h->cap, h->count + 1, sizeof *h->rows);
    h->rows[h->count++] = row;
}

static int by_name(const void *a, const void *b)
{
    const struct heads_row *x = a;
    const struct heads_row *y = b;

    return strcmp(x->ref, y->ref);
}

/* Rows of one node stand together: refs/sohoa/<node>/…. The highest epoch from @i on;
 * @end: where the next node begins. */
static int64_t newest(const struct heads *h, size_t i, size_t *end)
{
    struct names_chain first, chain;
    int64_t epoch = 0;

    if (!names_ref_parse(h->rows[i].ref, &first)) {
        *end = i + 1;
        return 0;
    }
    for (*end = i; *end < h->count && names_ref_parse(h->rows[*end].ref, &chain) &&
                   strcmp(chain.node, first.node) == 0;
         ++*end)
        epoch = chain.epoch > epoch ? chain.epoch : epoch;
    return epoch;
}

void heads_close(struct heads *h)
{
    if (h->count)
        qsort(h->rows, h->count, sizeof *h->rows, by_name);
    for (size_t i = 0, end; i < h->count; i = end) {
        int64_t epoch = newest(h, i, &end);
        struct names_chain chain;

        for (size_t k = i; k < end; k++)
            h->rows[k].closed =
                names_ref_parse(h->rows[k].ref, &chain) && chain.epoch < epoch;
    }
}

struct wanted {
    struct heads *h;
    const char *const *refs;
    size_t count;
};

static int take(void *ctx, const char *ref, const char *oid, struct err *e)
{
    const struct wanted *w = ctx;

    (void)e;
    if (names_ref_wanted(w->refs, w->count, ref))
        heads_add(w->h, ref, oid);
    return 0;
}

int heads_load(struct repo *r, const char *const *refs, size_t count, struct heads *out,
               struct err *e)
{
    struct wanted w = {.h = out, .refs = refs, .count = count};

    if (repo_refs(r, "refs/", take, &w, e) < 0)
        return -1;
    heads_close(out);
    return 0;
}

void heads_sum(const struct heads *h, bool closed, char out[HASH_HEX])
{
    AUTO_HASH struct hash *sum = hash_new();

    for (size_t i = 0; i < h->count; i++) {
        const struct heads_row *row = &h->rows[i];

        if (closed && !row->closed)
            continue;
        hash_add(sum, row->tip, strlen(row->tip));
        hash_add(sum, " ", 1);
        hash_add(sum, row->ref, strlen(row->ref));
        hash_add(sum, "\n", 1);
    }
    hash_end(sum, out);
}

void heads_print(const struct heads *h, bool open, struct str *out)
{
    for (size_t i = 0; i < h->count; i++)
        if (!open || !h->rows[i].closed)
            str_addf(out, "%s %s\n", h->rows[i].tip, h->rows[i].ref);
}
