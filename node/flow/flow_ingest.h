/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_INGEST_H
#define SOHOA_FLOW_FLOW_INGEST_H

#include <stdbool.h>
#include <stddef.h>

#include "node/flow/flow.h"
#include "node/flow/flow_take.h"

/**
 * flow_ingest - at an upper tier: take in what nodes sent, answer with receipts.
 *
 * Which unit lies below which is told to the door first (flow_unit_publish()).
 * Per commune: inbox of the drop box through the gate; bundles into the catalogue; for
 * each bundle that is in but has no receipt yet, one receipt, signed, on
 * refs/receipts/<node>; then the bundle is durable and its items count. The receipt
 * tells the time of the commit that took the bundle in, so that a repeat after a crash
 * gives the same receipt. With a second copy (flow_copy.h) the receipt is written after
 * that, and says 2 copies; while it cannot be made, bundles stay accepted. When it is
 * set up or given up later, bundles get another receipt that says so.
 * Last the figures of the commune are copied to province.db.
 * Bundles of nodes that are relayed get no receipt here: those of the tier above make
 * them durable, when flow_relay() has brought them home.
 * Tells lines "bundle", "receipt", "refused" and, for a commune whose repository or
 * catalogue cannot be used, "failed"; the others go on. May be repeated at will.
 */
MUST_CHECK int flow_ingest(struct flow *f, const struct flow_listener *to,
                           struct flow_take_sum *sum, struct err *e);

struct flow_pull_opts {
    const char *const *units; /* codes; count 0: all that may be read */
    size_t count;
    bool pages; /* page pictures and masters too */
};

/**
 * flow_ingest_pull - at a district: fetch what this node may read and take it in the
 * same way; signatures are checked with the upper tier's signed list of nodes, and only
 * its receipts make a bundle count. Units of nodes that are relayed here are left out:
 * their bundles came by here.
 */
MUST_CHECK int flow_ingest_pull(struct flow *f, const struct flow_pull_opts *opts,
                                const struct flow_listener *to,
                                struct flow_take_sum *sum, struct err *e);

/**
 * flow_ingest_box - the same out of the drop box @folder: all that lies there for this
 * node. For what came by a stick.
 */
MUST_CHECK int flow_ingest_box(struct flow *f, const char *folder,
                               const struct flow_listener *to,
                               struct flow_take_sum *sum, struct err *e);

#endif
