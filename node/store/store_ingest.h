/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_INGEST_H
#define SOHOA_STORE_INGEST_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/card.h"
#include "node/store/store_bundle.h"
#include "node/store/store_page.h"

struct err;
struct store;

/*
 * Taking in verified bundles at an upper tier (and at a district that pulls). One
 * bundle = one transaction: store_ingest_begin(), its cards, texts and pages, commit.
 * Doing it again changes nothing.
 */

/**
 * store_ingest_begin - note the bundle (state accepted). Transaction.
 * Return: 1 go on; 0 it was taken in before, nothing to do; -1 and @e:
 * ERR_INGEST_ORDER (seq does not follow), ERR_INGEST_FORK (same key, another manifest).
 */
MUST_CHECK int store_ingest_begin(struct store *s, struct store_bundle *b,
                                  struct err *e);

/** store_ingest_card - an item or dossier card of a meta bundle. An older revision than
 * the one that is there is kept as history only. ERR_INGEST_OWNER when the record
 * belongs to another node, ERR_CARD. Transaction. */
MUST_CHECK int store_ingest_card(struct store *s, const struct store_bundle *b,
                                 const struct card *c, struct err *e);

/**
 * store_ingest_text - text and boxes of a page. The item need not be there yet.
 * @p: name, item, seq, master, index, media, sizes. @r: state, confidence, text, boxes,
 * pipeline, model. Transaction.
 */
MUST_CHECK int store_ingest_text(struct store *s, const struct store_bundle *b,
                                 const struct page *p, const struct store_reading *r,
                                 struct err *e);

/**
 * store_ingest_durable - the objects were read back after fsync and the receipt is
 * about to be signed: state durable, province's time on its items. @copies: as the
 * receipt says. Transaction.
 */
MUST_CHECK int store_ingest_durable(struct store *s, const struct store_bundle *b,
                                    int64_t province_at, int64_t copies, struct err *e);

struct store_ingest_counts {
    int64_t items, pages, objects;
};
/** store_ingest_count - what the bundle brought, for its receipt. */
MUST_CHECK int store_ingest_count(struct store *s, const struct store_bundle *b,
                                  struct store_ingest_counts *out, struct err *e);

/** store_ingest_count_all - items with a revision, pages and objects of the store. */
MUST_CHECK int store_ingest_count_all(struct store *s, struct store_ingest_counts *out,
                                      struct err *e);

/*
 * store_ingest_meets - what a card of this very node, sealed at @sealed_at and lost
 * here, would meet: nothing (or an older revision, or itself); the same record, not
 * sealed here and not changed by a clerk since, which may yield; the same, with other
 * work done on it here; or another record that got the same name.
 * Return: one of these, or -1 and @e.
 */
enum store_meets {
    STORE_MEETS_NOTHING,
    STORE_MEETS_OLDER,
    STORE_MEETS_NEWER,
    STORE_MEETS_OTHER
};
MUST_CHECK int store_ingest_meets(struct store *s, const struct card *c,
                                  int64_t sealed_at, struct err *e);

/** store_ingest_yield - @item steps back to @rev, so that the card of the next revision
 * is shown. Its values stay in the history. Transaction. */
MUST_CHECK int store_ingest_yield(struct store *s, const char *item, int64_t rev,
                                  struct err *e);

/** store_ingest_above - the item or dossier @name goes on as a revision above @rev,
 * with all that it says here; it is to be sealed (again). Transaction. */
MUST_CHECK int store_ingest_above(struct store *s, const char *name, int64_t rev,
                                  struct err *e);

/** store_ingest_rename - the item or dossier @name gets a name of @node that was not
 * given before: @out. Transaction. */
MUST_CHECK int store_ingest_rename(struct store *s, const char *node, const char *name,
                                   char out[IDENT_NAME_MAX], struct err *e);

/**
 * store_ingest_unseal - bundles of @node and @epoch that the tier above has not
 * accepted are forgotten, and the records in them are to be sealed once more: those
 * that were sealed as they are now are as before it. Transaction.
 * @each: the name of each such item.
 */
typedef int store_unsealed_fn(void *ctx, const char *item, struct err *e);
MUST_CHECK int store_ingest_unseal(struct store *s, const char *node, int64_t epoch,
                                   store_unsealed_fn *each, void *ctx, struct err *e);

/**
 * store_ingest_own - what was taken in is the store's own (restore of a node): its
 * items and dossiers go on counting behind the highest, and items count as scanned in
 * the month in which they were made. Again: nothing. Transaction.
 */
MUST_CHECK int store_ingest_own(struct store *s, const char *node, struct err *e);

#endif
