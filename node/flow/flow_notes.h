/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_NOTES_H
#define SOHOA_FLOW_FLOW_NOTES_H

#include "node/flow/flow.h"

struct jdoc;
struct page;
struct result;

/**
 * flow_notes_keep - the steps of a reading, in the transaction that stores it.
 * Return: 0, or -1 and @e: ERR_LIMIT, store errors.
 */
MUST_CHECK int flow_notes_keep(struct flow *f, const struct page *p,
                               const struct result *r, struct err *e);

/** flow_notes_advise - what was wrong with the picture of @p, in the transaction that
 * adds it. @advice: taken; array of keywords, none are noted when it is empty. */
MUST_CHECK int flow_notes_advise(struct flow *f, const struct page *p,
                                 struct jdoc *advice, struct err *e);

/** flow_notes_tell - what was noted of @p: "steps" and "advice" of @row, where there
 * are. */
MUST_CHECK int flow_notes_tell(struct flow *f, const struct page *p, struct jdoc *row,
                               struct err *e);

#endif
