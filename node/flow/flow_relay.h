/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RELAY_H
#define SOHOA_FLOW_FLOW_RELAY_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct flow_relay_sum {
    int64_t nodes;    /* communes whose bundles are handed on */
    int64_t pushed;   /* bundles that the tier above took in this run */
    int64_t receipts; /* brought home in this run */
    int64_t waiting;  /* bundles that the tier above has not got */
    int64_t refused;  /* requests that it refused in this run */
    int64_t accepted; /* flow_relay_status(): it took them, no receipt is here yet */
    int64_t durable;  /* flow_relay_status(): proven by its receipts */
    int64_t failed;   /* communes for which nothing could be done */
    int64_t bytes_up, bytes_down;
};

/**
 * flow_relay - at a hub: bring home the receipts of the communes enrolled with --relay,
 * then hand on what they sent, records of all first (settings of flow_sync() hold).
 * Receipts are verified with the key of the tier above before they count; the commune
 * fetches them from here. A commune that cannot be served now is a line "failed"; what
 * the tier above has and this disk has lost is taken back first.
 * Tells lines "progress" (with node), "receipt" and "failed".
 * Return: 0, or -1 and @e: ERR_ROLE (no commune is relayed here), ERR_LINE (*@sum is
 * set all the same), ERR_LINE_KEY, ERR_LINE_HOST, ERR_UPSTREAM_UNSET,
 * ERR_UPSTREAM_KEY_UNSET, store and disk errors.
 */
MUST_CHECK int flow_relay(struct flow *f, const struct flow_listener *to,
                          struct flow_relay_sum *sum, struct err *e);

/**
 * flow_relay_carry - the same by a stick: what the tier above has not answered of all
 * communes, records of all first. Nothing of it counts as sent before the stick was
 * read back: then flow_relay_sent() tells it.
 * @put: as struct rpush_carrier has it, with @ctx. @masters_stay: no input files.
 * @sum: nodes, waiting, failed.
 * Return: 1, 0 not all fitted, -1 and @e: what @put says, store and disk errors.
 */
struct rpush_request;
typedef int flow_relay_put(void *ctx, const char *node, const struct rpush_request *q,
                           struct err *e);
MUST_CHECK int flow_relay_carry(struct flow *f, bool masters_stay, flow_relay_put *put,
                                void *ctx, const struct flow_listener *to,
                                struct flow_relay_sum *sum, struct err *e);
void flow_relay_sent(const struct flow_listener *to, const struct rpush_request *q);

/**
 * flow_relay_box - answers and receipts to what was carried, out of the drop box
 * @folder. Lines and @sum as flow_relay(). No commune is relayed: nothing happens.
 */
MUST_CHECK int flow_relay_box(struct flow *f, const char *folder,
                              const struct flow_listener *to,
                              struct flow_relay_sum *sum, struct err *e);

/**
 * flow_relay_status - where what was handed on stands; no call is made. A line
 * "relayed" for each commune: node, unit, valid_from, waiting, accepted, durable,
 * refused (code and why of the last one). @sum: nodes and these four, in bundles.
 * Receipts that came home count once ingest has read them. ERR_ROLE, ERR_LOCKED, store
 * errors.
 */
MUST_CHECK int flow_relay_status(struct flow *f, const struct flow_listener *to,
                                 struct flow_relay_sum *sum, struct err *e);

#endif
