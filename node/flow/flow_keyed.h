/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_KEYED_H
#define SOHOA_FLOW_FLOW_KEYED_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"

struct jdoc;

/* What waits for a second or third person (flow_keying.h), and what came of it. */

enum flow_keyed_what {
    FLOW_KEYED_SECOND, /* waits for a second person */
    FLOW_KEYED_THIRD,  /* two answers differ */
    FLOW_KEYED_ALL     /* both, and what is done */
};

struct flow_keyed_query {
    enum flow_keyed_what what;
    const char *dossier; /* NULL: all; "none": loose ones. ERR_DOSSIER_ABSENT */
    const char *item;    /* only this one; NULL: all. ERR_ITEM_ABSENT */
    const char *field;   /* only this one; NULL: all */
    const char *user;    /* only what this user may do; NULL: whoever */
    bool places;         /* where to look alone: no answers at all */
    int64_t limit;       /* rows; 0: all */
};

/**
 * flow_keyed_list - a line "keying" each, in order of records:
 *   item, dossier (null: loose), kind, form (flow_verify_field()), why (doubt, sample,
 *   changed), state (open, differs, agreed, settled), pages [{"page","seq","width_px",
 *   "height_px"}], box (null: not known where it stands)
 *   what differs or is done also has first, second {"value","mark","actor","why"};
 *   what is done final {"value","mark"}, approver (null: nobody had to), wrong
 * What waits for a second person never has the first answer, whoever asks.
 * A last line "summary": "second" and "third", how many wait in all, whoever for, and
 * "fresh": records that are in no draw yet.
 */
MUST_CHECK int flow_keyed_list(struct flow *f, const struct flow_keyed_query *q,
                               const struct flow_listener *to, struct err *e);

/**
 * flow_keyed_report - a line "draw" each (flow_keying_draw()), then a line "residual"
 * for each dossier that was drawn from: "dossier", "sampled", "removed", "counted" (m),
 * "wrong" (n), "undecided", "rate", "low", "high" (texts in percent, 95 %; null when m
 * is 0; the bounds hold however a third person decides the undecided), "text" ("3/240 =
 * 1.25% (0.42-3.62%)"), "doubtful", "doubtful_wrong", "open", "differs". @dossier:
 * NULL: all.
 */
MUST_CHECK int flow_keyed_report(struct flow *f, const char *dossier,
                                 const struct flow_listener *to, struct err *e);

/** flow_keyed_residuals - its lines "residual" alone. */
MUST_CHECK int flow_keyed_residuals(struct flow *f, const char *dossier,
                                    const struct flow_listener *to, struct err *e);

/** flow_keyed_residual - the line "residual" of one. @out: owned; NULL: no draw. */
MUST_CHECK int flow_keyed_residual(struct flow *f, const char *dossier,
                                   struct jdoc **out, struct err *e);

/** flow_keyed_history - lines "keying" of a record: field, why, state, "at" and, when
 * it is done, the answers. */
MUST_CHECK int flow_keyed_history(struct flow *f, const char *item,
                                  const struct flow_listener *to, struct err *e);

#endif
