/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RESEAL_H
#define SOHOA_FLOW_FLOW_RESEAL_H

#include <stdint.h>

#include "node/flow/flow.h"

struct repo;

/**
 * flow_reseal - what was sealed in an epoch that is over and did not arrive there is
 * sealed again in the epoch of now: the same record cards, byte for byte, under the
 * same names and revisions, the same texts and files. So it arrives once, whatever may
 * still come by a stick. The bundles of before go from the ledger when theirs are in
 * it, and their chains end where the tier above has them.
 *
 * May be cut off anywhere and begun again; when nothing is left to be done it costs a
 * look at the ledger. The caller has "seal.lock". Tells a line "resealed" for each
 * bundle: bundle (its name before), class, epoch, seq.
 * @count: how many there were.
 * Return: 0, or -1 and @e: those of bundle_write() and pull_next().
 */
MUST_CHECK int flow_reseal(struct flow *f, const struct flow_listener *to,
                           int64_t *count, struct err *e);

/** flow_reseal_due - is there anything to be done? Takes no lock. 1, 0, -1. */
MUST_CHECK int flow_reseal_due(struct flow *f, struct err *e);

#endif
