/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_SEARCH_DOC_H
#define SOHOA_STORE_SEARCH_DOC_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct store;
struct store_reading;

/*
 * Texts and the index over them, always changed together in one transaction: the index
 * is external content, so the old text must be told before it goes (a trigger may not
 * do it: trusted_schema is off).
 */

/** search_doc_put - text and boxes of a clear page, in place of the former ones. */
MUST_CHECK int search_doc_put(struct store *s, int64_t item, int64_t page,
                              const struct store_reading *r, struct err *e);
/** search_doc_fields - text of an item's fields; "" removes it. */
MUST_CHECK int search_doc_fields(struct store *s, int64_t item, const char *body,
                                 struct err *e);
/** search_doc_remove - the page's text and its index entry; absent is fine. */
MUST_CHECK int search_doc_remove(struct store *s, int64_t page, struct err *e);

#endif
