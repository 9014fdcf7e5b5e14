/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_TALLY_H
#define SOHOA_STORE_TALLY_H

#include "node/base/auto.h"

struct err;
struct store;

/*
 * Counts that are kept by triggers on items and pages (schema step 11): of each dossier
 * for store_item_tally(), store_ready_each() and the number of its records, of pages
 * for store_page_count(), and of its pages in each item. Reading them costs a row a
 * dossier, however many records there are.
 */

/** store_tally_check - count anew from items and pages. ERR_SUMMARY when what is kept
 * differs. */
MUST_CHECK int store_tally_check(struct store *s, struct err *e);
/** store_tally_rebuild - write it anew from items and pages. Transaction. */
MUST_CHECK int store_tally_rebuild(struct store *s, struct err *e);

#endif
