/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RESTORE_H
#define SOHOA_FLOW_FLOW_RESTORE_H

#include "node/flow/flow.h"

struct flow_restore_opts {
    const char *url;      /* of the tier above: ssh://…, https://…, a drop box; or a
                             courier file that it wrote, absolute */
    const char *key_file; /* the node's secret key, as saved from HOME/keys/node */
    const char *join_file; /* its enrolment file; NULL: see below */
    const char *replaces;  /* the node whose key is lost; then no key_file: see below */
};

/**
 * flow_restore - make a lost commune node again from what the tier above has of it.
 * @path: absolute; absent or a folder without a node.
 *
 * Whom to trust (host keys, the key of the receipts) comes from the enrolment file, or
 * from known_hosts and upstream.pub beside the saved key. The node's chains and
 * receipts are fetched class by class, so that a cut loses one class at most; every
 * byte is read, hashed and verified on its way into the new database, and each chain
 * is walked from its first bundle. Numbers of items and bundles go on behind the
 * highest that upstream knows. The node goes on in a new epoch, which closes the old
 * one: a disk of before that turns up again can add nothing. node.json is written last;
 * a restore that was cut off is begun anew and keeps what was fetched.
 *
 * By a drop box it takes two calls: the first asks (ERR_RESTORE_LATER), the tier above
 * lays everything out with its next ingest, the second takes it, when it is complete.
 *
 * By a courier file that the tier above wrote with all chains (flow_courier.h) it is
 * one call. The node then goes on with the address in its enrolment file, or with none.
 *
 * When the key is lost as well, @opts->replaces says which node it was. A new key is
 * made in HOME/keys, once, and the tier above is to be asked to let it take the place
 * of the lost one (ERR_RESTORE_KEY, a line "ask": node, key). The enrolment file that
 * it then makes carries its signed statement and which key the node had in which epoch:
 * each chain is verified with that key, and must end where the statement says. Name,
 * records and their numbers stay.
 *
 * What upstream has not got is not restored: records that were never accepted there,
 * users, settings, quarantine, audit.
 * Tells lines "bundle", "receipt" and "summary": node unit epoch items pages bundles
 * receipts, chain ("verified").
 * Return: 0, or -1 and @e: ERR_HOME_EXISTS, ERR_KEY, ERR_JOIN, ERR_UPSTREAM_KEY_UNSET,
 * ERR_RESTORE_KEY, ERR_URL, ERR_RESTORE_LATER (nothing, or not all, lies in the drop
 * box or the courier file; nothing was founded), ERR_GATE_READ (upstream has nothing of
 * this node), ERR_BUNDLE_DAMAGED (lines "refused" say which chain), those of
 * ask_fetch() and flow_courier_unpack().
 */
MUST_CHECK int flow_restore(const char *path, const struct flow_restore_opts *opts,
                            const struct flow_listener *to, struct err *e);

#endif
