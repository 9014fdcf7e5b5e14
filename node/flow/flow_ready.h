/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_READY_H
#define SOHOA_FLOW_FLOW_READY_H

#include "node/flow/flow.h"

/**
 * flow_ready_seal - what is missing before everything can be sealed: a line "missing"
 * for each dossier and reason: "dossier" (null: loose records), "code", "vi", "en",
 * "count", "blocks" (true: those records are not sealed before; false: told, nothing is
 * kept back). Where seal.keying asks for it, also a line "residual" (flow_keyed.h) for
 * each dossier that was drawn from. Then "summary": "ready", records that may be sealed
 * now, and "open", all that are not sealed.
 *
 * Codes: unread, failed, held, counted (another count of pages than expected), review
 * (not verified), returned; where seal.keying is tell or need (then they block):
 * undrawn (records), second, third (fields that wait for a person); of registers: gap
 * (numbers, not explained), duplicate, closing (entries differ from the closing count;
 * count: by how many).
 */
MUST_CHECK int flow_ready_seal(struct flow *f, const struct flow_listener *to,
                               struct err *e);

/**
 * flow_ready_dossier - one line "dossier" as flow_item_dossier_list() has it, with
 * "next" (the number that follows, null: no register) and "missing": the rows above of
 * this dossier alone, and "residual" (null: nothing was drawn). ERR_DOSSIER_ABSENT.
 */
MUST_CHECK int flow_ready_dossier(struct flow *f, const char *dossier,
                                  const struct flow_listener *to, struct err *e);

#endif
