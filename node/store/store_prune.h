/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_PRUNE_H
#define SOHOA_STORE_PRUNE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/store/store_bundle.h"

struct err;
struct store;

/*
 * Masters that may leave this disk, those that have left it, and bundles of which the
 * tier above could not prove that it has them. What may go is decided above
 * (flow_prune.h); here is what the store knows.
 */
#define STORE_UNPROVEN "SH-UNPROVEN" /* code of a bundle in doubt */

/** struct store_prune_file - what the store knows of one master. */
struct store_prune_file {
    char hex[HASH_HEX];
    uint64_t size;
    char media[40];
    bool damaged;
    int64_t bundles;    /* sealed ones that carry it */
    int64_t undurable;  /* bundles of their chains up to them without a receipt */
    int64_t copies;     /* fewest that any of those has by its newest receipt */
    int64_t durable_at; /* of the last of them, province's time */
    int64_t pages;      /* made of it */
    int64_t open;       /* of those: held, or of an item that is not sealed as it is */
    int64_t unpictured; /* of those: without a picture "page" here */
    int64_t waiting;    /* of those: to be recognized yet */
};

/** store_prune_next - masters that lie here, in order of their names, after @after ("":
 * from the first), at most @limit. @each: with all that is known of it. */
typedef int store_prune_fn(void *ctx, const struct store_prune_file *p, struct err *e);
MUST_CHECK int store_prune_next(struct store *s, const char *after, int64_t limit,
                                store_prune_fn *each, void *ctx, struct err *e);

/** store_prune_bundles - the bundles of class master that carry @hex. */
MUST_CHECK int store_prune_bundles(struct store *s, const char *hex,
                                   store_bundle_fn *each, void *ctx, struct err *e);

/** store_prune_newest - time of the newest receipt by the province's clock; 0: none. */
MUST_CHECK int store_prune_newest(struct store *s, int64_t *out, struct err *e);

/** store_prune_away - the file of @p goes once the transaction is committed; its row
 * stays as one of those that are away. Transaction. */
MUST_CHECK int store_prune_away(struct store *s, const struct store_prune_file *p,
                                int64_t at, struct err *e);

/** store_prune_is_away - 1 and size and media, 0, -1. */
MUST_CHECK int store_prune_is_away(struct store *s, const char *hex,
                                   struct store_prune_file *out, struct err *e);

/** store_prune_back - its bytes lie here again (the object has its row). Transaction.
 */
MUST_CHECK int store_prune_back(struct store *s, const char *hex, struct err *e);

/** store_prune_doubt - a durable bundle is accepted again, with the code
 * STORE_UNPROVEN; no receipt makes it durable as long as it is in doubt. Transaction.
 */
MUST_CHECK int store_prune_doubt(struct store *s, const char *manifest, int64_t at,
                                 struct err *e);

/** store_prune_proven - the doubt is over: durable again since @durable_at (the time of
 * its receipt). Transaction. */
MUST_CHECK int store_prune_proven(struct store *s, const char *manifest,
                                  int64_t durable_at, struct err *e);

/** store_prune_objects - masters of @manifest that lie here, at most @limit; NULL: one
 * by chance of all durable bundles. */
typedef int store_prune_hex(void *ctx, const char *hex, struct err *e);
MUST_CHECK int store_prune_objects(struct store *s, const char *manifest, int64_t limit,
                                   store_prune_hex *each, void *ctx, struct err *e);

#endif
