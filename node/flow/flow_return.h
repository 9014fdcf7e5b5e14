/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RETURN_H
#define SOHOA_FLOW_FLOW_RETURN_H

#include <stdbool.h>

#include "node/flow/flow.h"

struct enrol_node;
struct receipt;
struct repo;
struct sign_public;
struct store;

/*
 * "Sent back from above": the tier whose receipts count says of one sealed revision
 * that it has to be corrected, and why. It goes down as a signed receipt (receipt.h,
 * RECEIPT_RETURN); the commune opens a new revision, which answers it once it is
 * sealed. Nobody else can send back what a commune sealed: only that key is trusted.
 */

/* ---- the tier above ---------------------------------------------------------------
 */

/**
 * flow_return_send - sign that @item is sent back, as it was taken in here last.
 * @user: who does it, with the right to verify; "" on the command line.
 * @why:  1 to RECEIPT_TEXT_MAX bytes.
 * Tells a line "return" as flow_return_list() does, with "new": false when this
 * revision was sent back before and nothing was written.
 * Return: 0, or -1 and @e: ERR_ROLE (a commune), ERR_ITEM_ABSENT, ERR_RETURN_TIER (a
 * hub or a reader), ERR_GATE_NODE (its right was taken), ERR_WHY, ERR_LIMIT,
 * ERR_USER_*, ERR_LOCKED.
 */
MUST_CHECK int flow_return_send(struct flow *f, const char *item, const char *user,
                                const char *why, const struct flow_listener *to,
                                struct err *e);

/** flow_return_take - a verified receipt that was read: a return goes into @catalog,
 * other types are passed over, and so are records that are not there. Transaction. */
MUST_CHECK int flow_return_take(struct store *catalog, const struct receipt *r,
                                struct err *e);

/** flow_return_recall - what we sent back of @n stands in @catalog again: after a kill
 * between the receipt and its row, and when the catalogue was made anew. */
MUST_CHECK int flow_return_recall(struct flow *f, struct store *catalog,
                                  struct repo *repo, const struct enrol_node *n,
                                  struct err *e);

/* ---- the commune ------------------------------------------------------------------
 */

/**
 * flow_return_note - @r, verified, sends a record back: it is returned, with the reason
 * in its history. Once for each revision; what was corrected and sealed since stays as
 * it is. Tells a line "return" with "state" absent, answered or open. Transaction.
 */
MUST_CHECK int flow_return_note(struct flow *f, const struct receipt *r,
                                const struct flow_listener *to, struct err *e);

/* ---- both -------------------------------------------------------------------------
 */

/**
 * flow_return_list - a line "return" each, oldest first of each commune: "item",
 * "unit", "rev", "why", "at", "issuer", "state" open or answered, "answer" (the
 * revision that answers it, null). @open: only those that are not answered.
 */
MUST_CHECK int flow_return_list(struct flow *f, bool open,
                                const struct flow_listener *to, struct err *e);

#endif
