/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_PAGE_H
#define SOHOA_STORE_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "node/record/page.h"

struct err;
struct store;

/**
 * store_page_add - a page of @p->item. The object of its master must have its row.
 * @p->seq 0: after the last page of the item. State captured, gate unchecked.
 * @node: whose page it is (a page is stored once a node).
 * Return: 0, or -1 and @e: ERR_PAGE, ERR_PAGE_EXISTS, ERR_ITEM_ABSENT. Transaction.
 */
MUST_CHECK int store_page_add(struct store *s, const char *node, struct page *p,
                              struct err *e);
/** store_page_get - the (first) page of that name. 1 found, 0 absent, -1. */
MUST_CHECK int store_page_get(struct store *s, const char *name, struct page *out,
                              struct err *e);
MUST_CHECK int store_page_by_id(struct store *s, int64_t id, struct page *out,
                                struct err *e);
typedef int store_page_fn(void *ctx, const struct page *p, struct err *e);
/** store_page_of_item - its pages in order, without past ones (store_past.h). */
MUST_CHECK int store_page_of_item(struct store *s, const char *item,
                                  store_page_fn *each, void *ctx, struct err *e);
/** store_page_of_master - pages made of one file, in order of index, also past ones. */
MUST_CHECK int store_page_of_master(struct store *s, const char *master,
                                    store_page_fn *each, void *ctx, struct err *e);

/* What recognition of a page gives to the store. */
struct store_reading {
    enum page_state state;            /* recognized, blank or failed */
    enum page_gate gate;              /* clear or held */
    int64_t width_px, height_px, dpi; /* 0: as it was */
    int confidence;
    const char *text;  /* NFC. borrowed; not kept when held */
    const void *boxes; /* result_pack(). borrowed */
    size_t boxes_len;
    int64_t words;
    const char *layer;    /* "", "used", "refused"; NULL: as "" */
    bool is_signed;       /* the master carries a digital signature */
    const char *pipeline; /* version of the chain */
    const char *model;    /* SHA-256 of the model */
    const char *code;     /* "SH-…" why failed or held, "" */
    int64_t now;
};
/**
 * store_page_reading - write it: the page's state and gate, and when clear its text,
 * boxes and index entry. A reading made again replaces the former. Transaction.
 */
MUST_CHECK int store_page_reading(struct store *s, int64_t page,
                                  const struct store_reading *r, struct err *e);
/** store_page_gate - a person decides: clear or held. Held: text and index entry go.
 * A held page that is cleared waits to be read (captured), queued by the caller; its
 * code stays and says that the decision is a person's. Transaction. */
MUST_CHECK int store_page_gate(struct store *s, int64_t page, enum page_gate gate,
                               struct err *e);

struct store_text {
    char *text; /* owned */
    struct str boxes;
    int64_t words;
    int confidence;
    char *pipeline; /* owned */
    char *model;    /* owned */
};
void store_page_text_clear(struct store_text *t);
#define AUTO_TEXT AUTO(store_page_text_clear)
/** store_page_text - 1 found, 0 none (held, failed, not yet read), -1. */
MUST_CHECK int store_page_text(struct store *s, int64_t page, struct store_text *out,
                               struct err *e);

/**
 * store_page_purge - delete a held page for good: rows, and with the commit its master
 * unless another page is made of it. @object: the master when it goes, else "".
 * ERR_PAGE_NOT_HELD. The caller leaves a count in the audit chain. Transaction.
 */
MUST_CHECK int store_page_purge(struct store *s, int64_t page,
                                char object[IDENT_PAGE_MAX], struct err *e);
/** store_page_held - all held pages, oldest first. */
MUST_CHECK int store_page_held(struct store *s, store_page_fn *each, void *ctx,
                               struct err *e);
/** store_page_find - the one page whose name begins with @text. 1, 0 none or several,
 * -1. */
MUST_CHECK int store_page_find(struct store *s, const char *text, struct page *out,
                               struct err *e);

struct store_page_counts {
    int64_t captured, recognized, blank, failed, held;
};
MUST_CHECK int store_page_count(struct store *s, struct store_page_counts *out,
                                struct err *e);

#endif
