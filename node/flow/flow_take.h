/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_TAKE_H
#define SOHOA_FLOW_FLOW_TAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct enrol;
struct err;
struct repo;
struct store;

/*
 * Taking bundles of one commune's repository into its catalogue: what ingest (the upper
 * tier) and pull (a district) have in common.
 */
struct flow_take_sum {
    int64_t bundles, items, pages, receipts, refused;
    int64_t failed; /* communes that could not be looked at */
    bool uncopied;  /* the second copy is wanted and not complete */
};

/**
 * flow_take_catalog - open (make, when absent) the catalogue of a commune.
 * @out: owned, store_close().
 */
MUST_CHECK int flow_take_catalog(const struct home *h, const char *code,
                                 const char *valid_from, struct store **out,
                                 struct err *e);

/**
 * flow_take - take in all bundles of @repo that @catalog has not got.
 * Every byte is read and hashed again, masters go to the object area (synced and read
 * back), cards and texts to the database; one bundle is one commit, and doing it again
 * changes nothing. A chain that breaks a rule stops there and is told as a line
 * "refused"; the others go on.
 * @keys: whose signatures count.
 */
MUST_CHECK int flow_take(struct store *catalog, struct repo *repo,
                         const struct enrol *keys, const struct flow_listener *to,
                         struct flow_take_sum *sum, struct err *e);

/**
 * flow_take_key - what an object is known by in the ledger of bundles: a picture by the
 * page that it shows, a file by its name; in a chain that is not of its kind
 * (flow_seal_first()) "<role>:<sha256>", since a file of one page has that page's name.
 */
struct manifest;
struct manifest_object;
#define FLOW_TAKE_KEY_MAX 100
void flow_take_key(const struct manifest *m, const struct manifest_object *o,
                   char out[FLOW_TAKE_KEY_MAX]);

/** flow_take_stops_all - does @e speak against this machine (disk, memory, lock) and
 * not against one chain or commune? Then nothing else is worth a try. */
bool flow_take_stops_all(const struct err *e);

#endif
