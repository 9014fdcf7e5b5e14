/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_MAINTAIN_H
#define SOHOA_FLOW_FLOW_MAINTAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

/** flow_maintain_committing - is a request of this node being handed to git right now?
 * The mark alone may be one of a session that was killed. */
bool flow_maintain_committing(const struct home *h, const char *node);

struct flow_maintain_sum {
    int64_t communes;
    int64_t busy;   /* of them: a node was being served; next time */
    int64_t faults; /* of them: something is missing; nothing of its copy was removed */
    int64_t packs_before, packs_after;
};

/**
 * flow_maintain - care of an upper tier's repositories, for a nightly timer.
 *
 * Per commune, while nothing is taken in for it: single objects and small packs are
 * rolled up into larger ones (each pack at least twice the one before: every byte is
 * written again few times, however long it lies there), one index over all packs, what
 * killed writers left is swept, and every object that a ref leads to is looked for.
 * Then the second copy gets the new packs, and loses those that they replace. Nodes may
 * send meanwhile; a commune whose node is at this moment handing over a request is left
 * for the next time. Tells "repository" for each commune (unit, packs_before,
 * packs_after, state: done, busy, fault), then "summary". Holds maintain.lock.
 * ERR_ROLE, ERR_REPO.
 */
MUST_CHECK int flow_maintain(struct flow *f, const struct flow_listener *to,
                             struct flow_maintain_sum *sum, struct err *e);

#endif
