/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_ADOPT_H
#define SOHOA_FLOW_FLOW_ADOPT_H

#include <stdbool.h>

#include "node/flow/flow.h"

struct line;
struct repo;
struct rpush_sum;

/**
 * flow_adopt - the tier above has bundles of this node that this disk has not: it is an
 * older copy (a backup that was put back). Take them back, never the other way round.
 *
 * Own chains are fetched. Then every card is looked at before one is taken: a record
 * that is not here comes in; one that is here and not sealed, the same (made in the
 * same second) and not changed by a clerk after that bundle was sealed, gives way.
 *
 * Two disks: when this one has sealed otherwise since, or another one has begun a newer
 * epoch, both were at work (a backup beside the node, a copied disk). What is above
 * stays as it is. What was sealed here and did not arrive is taken back to be sealed
 * again; a record that both changed goes on here as the revision above theirs, with
 * what it says here; another record under a name that was given there gets a new one.
 * Then this disk goes on in an epoch of its own, which tells the other one the same.
 * Nothing is lost, overwritten or twice.
 *
 * By a folder they are asked for, and come with the next ingest above (dropbox.h):
 * until they lie there nothing changes here, and sealing goes on.
 *
 * Numbers go on behind the highest. That it was begun is a fact in the store
 * (flow_adopt_begun()); until it is done nothing is sealed, and every sync goes on with
 * it.
 * @r: the transport repository. @line: the way up.
 * Tells lines "bundle", "renamed" (item or dossier, was) and, of two disks, "fork"
 * (epoch). Return: 0, or -1 and @e: ERR_UPSTREAM_AHEAD (a chain here could not be
 * taken), those of flow_adopt_fetch(), store and disk errors.
 */
MUST_CHECK int flow_adopt(struct flow *f, struct repo *r, const struct line *line,
                          const struct flow_listener *to, struct err *e);

/**
 * flow_adopt_fetch - fetch what the tier above has of our own chains into @r.
 * @sum: bytes added. Return: 0, or -1 and @e: ERR_AHEAD_LATER (a folder in which they
 * do not all lie yet; they were asked for), ERR_REF_MOVED (a chain went on otherwise
 * here), those of ask_fetch().
 */
MUST_CHECK int flow_adopt_fetch(struct flow *f, struct repo *r, const struct line *line,
                                struct rpush_sum *sum, struct err *e);

/** flow_adopt_begun - 1: a run was cut off in the middle, 0, -1. */
MUST_CHECK int flow_adopt_begun(struct flow *f, struct err *e);

#endif
