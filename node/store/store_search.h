/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_SEARCH_H
#define SOHOA_STORE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"
#include "node/record/item.h"
#include "node/record/kind.h"
#include "node/record/unit.h"

struct err;
struct store;
struct str;

/*
 * Full-text search over page texts and over the fields of items, without regard to
 * marks (quyet dinh finds Quyết định, dak lak finds Đắk Lắk) and normal form. Hits that
 * have the words exactly as typed come first; hoà and hòa count as the same spelling.
 *
 * Query: words (all must be there), "a phrase", prefix*. Anything else is a separator:
 * no query is an error, a query without a word has no hits.
 *
 * Two stages: the newest STORE_SEARCH_CANDIDATES rows of the index are looked at, then
 * ordered by exactness and rank. A common word never costs more than that.
 */
#define STORE_SEARCH_CANDIDATES 2000
#define STORE_SEARCH_LIMIT_MAX  1000
#define STORE_SEARCH_QUERY_MAX  1000 /* bytes */
#define STORE_SEARCH_TERMS_MAX  32
#define STORE_SEARCH_SNIPPET    ((size_t)64 << 10) /* room for one */

struct store_search_opts {
    int64_t limit;          /* hits, 1 to STORE_SEARCH_LIMIT_MAX */
    const char *mark_begin; /* put around what was found in the snippet; "" for none */
    const char *mark_end;
    int snippet_chars; /* about so many; 0: 160 */
};

struct store_hit_text;

struct store_hit {
    char item[IDENT_NAME_MAX];
    char page[IDENT_PAGE_MAX]; /* of a hit in fields: first page of the item, or "" */
    int64_t seq;               /* of the page in the item */
    bool field;                /* found in the fields, not on the page */
    bool exact;                /* the words exactly as typed */
    int64_t score;             /* higher is better */
    /* of the item */
    char kind[KIND_NAME_MAX];
    char unit_code[UNIT_CODE_MAX];
    enum item_state state;
    int number_year;
    struct store_hit_text *text; /* for store_search_snippet() */
};
typedef int store_hit_fn(void *ctx, const struct store_hit *h, struct err *e);

/** store_search - best first. Return: number of hits given, or -1. */
MUST_CHECK int64_t store_search(struct store *s, const char *query,
                                const struct store_search_opts *opts,
                                store_hit_fn *each, void *ctx, struct err *e);

/** store_search_snippet - what was found and what stands round it, line breaks as
 * spaces. Asked only for what is shown: it costs reading the text. @out: filled. To be
 * called while the hit is given. */
MUST_CHECK int store_search_snippet(const struct store_hit *h, struct str *out,
                                    struct err *e);

/** store_search_check - the index agrees with the texts. ERR_INDEX when it does not. */
MUST_CHECK int store_search_check(struct store *s, struct err *e);
/** store_search_rebuild - make the index anew from the texts. Transaction. */
MUST_CHECK int store_search_rebuild(struct store *s, struct err *e);
/** store_search_fields - (re)write the index row of an item's fields; done by
 * store_item_field(), here for rebuild. Transaction. */
MUST_CHECK int store_search_fields(struct store *s, const char *item, struct err *e);

#endif
