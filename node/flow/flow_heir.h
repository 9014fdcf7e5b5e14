/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_HEIR_H
#define SOHOA_FLOW_FLOW_HEIR_H

#include <stdbool.h>

#include "node/flow/flow.h"

struct line;
struct rpush_sum;
struct sign_public;

/*
 * At a hub: keys of communes that are handed on, as the tier above has stated them. Its
 * list and statements are fetched, verified by its key, and what is new in them is done
 * here as by hand: another key from its epoch on, a right that was taken away. The hub
 * states it to its own readers, signed by itself; the commune's enrolment file gets the
 * statements of the tier above, which is the one that it trusts. What the old key had
 * brought here and not above is cut off (it stays below refs/left): the commune seals
 * it again. A catalogue that had it is made again by the next ingest.
 *
 *      HOME/spool/above/<node>.git    the list and the statements, no more
 */
struct flow_heir {
    struct flow *f;                    /* kept */
    const struct flow_listener *to;    /* kept */
    const struct line *line;           /* the way up. kept */
    const struct sign_public *trusted; /* the key of the tier above. kept */
    struct rpush_sum *moved;           /* added to. kept */
};

/**
 * flow_heir - @name: as what the tier above is asked for the repository of @node: a
 * unit or the node. Tells lines "key": node, epoch, fingerprint, or node and revoked.
 * @changed: set when a row was changed. What is not signed by @trusted, or contradicts
 * what was stated before, changes nothing and is logged: bundles and receipts go on.
 * Return: 1 it was heard, 0 there is nothing under that name, or -1 and @e: those of
 * ask_fetch(), disk errors.
 */
MUST_CHECK int flow_heir(const struct flow_heir *h, const char *name, const char *node,
                         bool *changed, struct err *e);

#endif
