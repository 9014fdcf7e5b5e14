/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SEAL_H
#define SOHOA_FLOW_FLOW_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct flow_seal_opts {
    const char *const *items; /* only these; count 0: all that may be sealed */
    size_t count;
    bool unverified;
};

struct flow_seal_sum {
    int64_t bundles, items, objects;
    int64_t bytes;
};

/**
 * flow_seal - seal what may be sealed.
 *
 * Three chains: `meta` carries record cards, `text` the text and boxes of their pages,
 * `master` the files they came from. A bundle is written and verified in the transport
 * repository first; the ledger is then written from what is really there, by the same
 * code that after a crash finds a bundle the ledger does not know. So a sealed bundle
 * is never lost and never doubled, and "sealed" is told only when both are durable.
 *
 * Tells a line "bundle" each. ERR_ITEM_* when a named item may not be sealed;
 * ERR_UPSTREAM_AHEAD while bundles of before are being taken back (flow_adopt()).
 */
MUST_CHECK int flow_seal(struct flow *f, const struct flow_seal_opts *opts,
                         const struct flow_listener *to, struct flow_seal_sum *sum,
                         struct err *e);

/** flow_seal_catch_up - bring the ledger up to what the repository holds of this node
 * (flow_seal() does so first). The caller has "seal.lock". */
struct repo;
MUST_CHECK int flow_seal_catch_up(struct flow *f, struct repo *r, struct err *e);

/* One record whose pictures were asked for from above. */
struct flow_seal_first {
    const char *item;
    const char *page; /* its name; "": all pages */
    bool master; /* the input files; else the pictures in layers, where there are */
    bool absent; /* out: nothing of it may be sent: not sealed, or no such page */
    bool held;   /* out: input files would be needed, and may not go now */
};

/**
 * flow_seal_first - seal what was asked for so that it overtakes what is sealed
 * already: as bundles of the class "thumb", which goes before all other pictures. A
 * chain cannot be reordered, and an object may be listed twice. What upstream has taken
 * in, or what was sealed so before, is not sealed again.
 * @masters: input files may go now.
 * Return: 0, or -1 and @e: ERR_LOCKED (a sealing is under way: try later), as
 * flow_seal().
 */
MUST_CHECK int flow_seal_first(struct flow *f, struct flow_seal_first *list,
                               size_t count, bool masters,
                               const struct flow_listener *to,
                               struct flow_seal_sum *sum, struct err *e);

/** flow_seal_list - a line "bundle" for each sealed one, with its state. */
MUST_CHECK int flow_seal_list(struct flow *f, const struct flow_listener *to,
                              struct err *e);

/** flow_seal_verify - read one bundle byte by byte. @name: SHA-256 of its manifest,
 * or its first digits, 8 or more. Tells its line. ERR_BUNDLE_ABSENT,
 * ERR_BUNDLE_AMBIGUOUS, and what bundle_verify() finds. */
MUST_CHECK int flow_seal_verify(struct flow *f, const char *name,
                                const struct flow_listener *to, struct err *e);

#endif
