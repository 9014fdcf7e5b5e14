/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_PAST_H
#define SOHOA_STORE_PAST_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/store/store_page.h"

struct err;
struct store;

/*
 * The order of the pages of a record, and the pages that are past: another picture took
 * their place. A past page keeps its row, file, pictures and text; it is in no card, no
 * count, no search. All of these in a transaction of the caller.
 */

/** store_past_shelve - the page becomes past: its place is free, its text leaves the
 * index, it no longer waits to be read. ERR_PAGE_PAST when it is already. */
MUST_CHECK int store_past_shelve(struct store *s, const struct page *p, struct err *e);

/** store_past_restore - a past page comes back at @seq, which must be free: with its
 * text, or @anew to be read again (the caller queues it). ERR_PAGE_PAST when it is
 * present. */
MUST_CHECK int store_past_restore(struct store *s, const struct page *p, int64_t seq,
                                  bool anew, struct err *e);

/** store_past_move - a past page that no sealed card names comes back as a page of
 * another record @item, at @seq, which must be free there (0: after the last), to be
 * read again (the caller queues it). ERR_PAGE_PAST when it is present. */
MUST_CHECK int store_past_move(struct store *s, const struct page *p, const char *item,
                               int64_t seq, struct err *e);

/** store_past_text - the text a past page had. 1 found, 0 it had none, -1. */
MUST_CHECK int store_past_text(struct store *s, const struct page *p,
                               struct store_text *out, struct err *e);

/** store_past_room - pages of @item from @seq on move @count places back. */
MUST_CHECK int store_past_room(struct store *s, const char *item, int64_t seq,
                               int64_t count, struct err *e);

/** store_past_swap - two present pages of one record change places. */
MUST_CHECK int store_past_swap(struct store *s, const struct page *a,
                               const struct page *b, struct err *e);

/** store_past_keep - a person has looked: what was found wrong with the picture is let
 * be (or, @kept false, holds again). */
MUST_CHECK int store_past_keep(struct store *s, int64_t page, bool kept, struct err *e);

/** store_past_each - past pages of @item, oldest first. @p->seq is where it stood. */
MUST_CHECK int store_past_each(struct store *s, const char *item, store_page_fn *each,
                               void *ctx, struct err *e);

/** store_past_sealed - does a sealed card of its record name this page? 1, 0, -1. */
MUST_CHECK int store_past_sealed(struct store *s, const struct page *p, struct err *e);

/**
 * store_past_arrange - pages of the record with row @item follow its newest card, for
 * what was taken in: a page that only older cards name is past, one that the newest
 * names again is back, and they stand in its order. Pages that no card names yet stay
 * behind these. Nothing is touched while the record has fewer than two revisions.
 */
MUST_CHECK int store_past_arrange(struct store *s, int64_t item, struct err *e);

#endif
