/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_FIRST_H
#define SOHOA_FLOW_FLOW_FIRST_H

#include <stdint.h>

#include "node/flow/flow.h"

struct enrol_node;
struct line;
struct plan_rules;
struct receipt;
struct repo;
struct rpush_sum;
struct store;

/*
 * "Send this one first": a reader above wants the pictures of one record before what
 * waits. The wish is noted at the door (sync/first.h), signed by ingest, and obeyed by
 * the commune with its next run.
 */

/* ---- the commune ----------------------------------------------------------------- */

/** flow_first_note - @r asks for something (RECEIPT_REQUEST): it is kept until it was
 * served. Transaction. */
MUST_CHECK int flow_first_note(struct flow *f, const struct receipt *r, struct err *e);

/**
 * flow_first_serve - seal what is asked for so that it goes next (flow_seal_first()),
 * and say so above.
 * @l:     the way up; NULL, or a folder: nobody can be told.
 * @rules: what may go now, with @today bytes sent. @sum: bytes added.
 * Tells lines "first" (item, want, state). While somebody seals, it waits for the next
 * call. Return: 1 something was sealed, 0 nothing, -1 and @e.
 */
MUST_CHECK int flow_first_serve(struct flow *f, const struct line *l,
                                const struct plan_rules *rules, int64_t today,
                                const struct flow_listener *to, struct rpush_sum *sum,
                                struct err *e);

/** flow_first_open - a line "first" for each that is not served yet: item, want, state,
 * since. */
MUST_CHECK int flow_first_open(struct flow *f, const struct flow_listener *to,
                               struct err *e);

/* ---- an upper tier --------------------------------------------------------------- */

/**
 * flow_first_sign - what was asked of @n: that which is here by now is forgotten, the
 * rest is signed on its receipts, unless @n is relayed: then the tier above does so.
 * @catalog, @repo: of its commune.
 */
MUST_CHECK int flow_first_sign(struct flow *f, struct store *catalog, struct repo *repo,
                               const struct enrol_node *n, struct err *e);

/** flow_first_relay - at a hub: tell the tier above what was asked of @node, and what
 * @node said. What that does not know yet is told next time. */
MUST_CHECK int flow_first_relay(struct flow *f, const struct line *l, const char *node,
                                struct rpush_sum *sum, struct err *e);

#endif
