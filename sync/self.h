/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_SELF_H
#define SOHOA_SYNC_SELF_H

#include "node/base/auto.h"
#include "node/base/sign.h"
#include "sync/names.h"

struct enrol_node;
struct err;

/*
 * Who a node is: its name, and which key signs in which epoch.
 *
 * As long as it has its first key, all follows from HOME/keys/node.pub. After a change
 * HOME/keys/history.json holds its row as the tier above told it (enrol.h, "keys"),
 * beside the key, so that who saves the folder has both:
 *
 *   {"row":{…},"schema":1,"type":"history"}
 */

/**
 * self_load - the node's own row; any unit counts, and all of its chains.
 * @out: owned, enrol_row_clear(). Return: 0, or -1 and @e: ERR_KEY, ERR_ENROL.
 */
MUST_CHECK int self_load(const char *home, struct enrol_node *out, struct err *e);
/** self_history - the same, of a node whose key was changed. 1, 0 it never was, -1. */
MUST_CHECK int self_history(const char *home, struct enrol_node *out, struct err *e);
/** self_from_key - the same for a node that has its first key. */
void self_from_key(const struct sign_public *key, struct enrol_node *out);
/** self_name - its name alone. */
MUST_CHECK int self_name(const char *home, char out[NAMES_NODE_MAX], struct err *e);
/** self_save - @row from now on. Of a restore: before its key counts for anything. */
MUST_CHECK int self_save(const char *home, const struct enrol_node *row, struct err *e);

/**
 * self_copy - take along the history that lies beside the saved key @key_file, when
 * there is one. Return: 1, 0 none, -1.
 */
MUST_CHECK int self_copy(const char *key_file, const char *home, struct err *e);

#endif
