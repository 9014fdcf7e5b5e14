/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_KEY_H
#define SOHOA_FLOW_FLOW_KEY_H

#include "node/flow/flow.h"

/*
 * Another key for a commune node, on purpose. Three steps, one file each way:
 *
 *   flow_key_rotate()   here: a new key in HOME/keys/next, and a request for it that
 * the key of now has signed; that one goes on working meanwhile flow_node_rotate()  at
 * the tier above: takes the request, states it (statement.h) flow_key_take()     here:
 * with the enrolment file that came back, the new key is the node's from its epoch on
 *
 * Between the last two the tier above lets nobody in. What was sealed before and did
 * not arrive is sealed again with the new key.
 */

/**
 * flow_key_rotate - write a request for another key. Again: for the same one.
 * @path: of the request. Tells "summary": node, epoch, fingerprint (of the new key),
 * file. ERR_ROLE, disk errors.
 */
MUST_CHECK int flow_key_rotate(struct flow *f, const char *path,
                               const struct flow_listener *to, struct err *e);

/**
 * flow_key_take - the tier above has taken it: @path is the enrolment file that says
 * so. Its statement must be signed by the key that this node trusts already. Again:
 * what was cut off goes on. Tells lines "resealed" and "summary": node, epoch,
 * fingerprint, resealed. Return: 0, or -1 and @e: ERR_JOIN (of another node),
 * ERR_KEY_LATER (it does not speak of the key in HOME/keys/next),
 * ERR_UPSTREAM_KEY_UNSET, ERR_ENROL, ERR_SIGNATURE, those of flow_reseal().
 */
MUST_CHECK int flow_key_take(struct flow *f, const char *path,
                             const struct flow_listener *to, struct err *e);

#endif
