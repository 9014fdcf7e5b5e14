/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SYNC_H
#define SOHOA_FLOW_FLOW_SYNC_H

#include <stdint.h>

#include "node/flow/flow.h"

struct flow_sync_sum {
    int64_t pushed;         /* bundles that upstream took in this run */
    int64_t accepted;       /* in all: taken, receipt not here yet */
    int64_t accepted_since; /* the oldest of them; 0: none */
    int64_t doubted;        /* of those: had a receipt, could not be proven since */
    int64_t durable;        /* in all: proven by a verified receipt */
    int64_t refused;        /* in all */
    int64_t waiting;        /* in all: sealed or sent, not taken by the province */
    int64_t bytes_up, bytes_down;
};

/**
 * flow_sync - fetch and verify receipts, send what is missing upstream and may go now
 * (settings sync.masters, sync.night, sync.window, sync.daily_mib), fetch again. What
 * is sealed during the run goes with it, records before all else.
 * Only a receipt whose signature, chain and manifest hash hold makes a bundle durable.
 * When upstream has bundles of this node that this disk has lost (an older copy was put
 * back), they are taken back first: flow_adopt().
 * What a hub takes that hands it on counts as sent, until the receipt from above is
 * here. Tells lines "progress" and "receipt". Return: 0, or -1 and @e: ERR_LINE (75:
 * the line is down; *@sum is set all the same), ERR_LINE_KEY, ERR_LINE_HOST,
 * ERR_UPSTREAM_UNSET, ERR_RECEIPT, ERR_SIGNATURE.
 */
MUST_CHECK int flow_sync(struct flow *f, const struct flow_listener *to,
                         struct flow_sync_sum *sum, struct err *e);

/** flow_sync_take - verify and keep the receipts that are in @r already; no call is
 * made. Errors as above. */
struct repo;
MUST_CHECK int flow_sync_take(struct flow *f, struct repo *r,
                              const struct flow_listener *to, struct err *e);

/**
 * flow_sync_box - answers and receipts that lie in the drop box @folder; nothing is put
 * there. For what came by a stick. With the node's own chains in it, what this disk has
 * not is taken back (flow_adopt()). Lines and errors as flow_sync().
 */
MUST_CHECK int flow_sync_box(struct flow *f, const char *folder,
                             const struct flow_listener *to, struct flow_sync_sum *sum,
                             struct err *e);

/** flow_sync_rules - what may go up when, as configured. ERR_CONFIG. */
struct plan_rules;
MUST_CHECK int flow_sync_rules(const struct flow *f, struct plan_rules *out,
                               struct err *e);

/** flow_sync_day - bytes that went up on @day (plan_day()), as far as they were noted.
 * flow_sync_day_set - note them. Transaction. */
MUST_CHECK int flow_sync_day(const struct flow *f, int64_t day, int64_t *bytes,
                             struct err *e);
MUST_CHECK int flow_sync_day_set(const struct flow *f, int64_t day, int64_t bytes,
                                 struct err *e);

/** flow_sync_today - the same of today. */
MUST_CHECK int flow_sync_today(const struct flow *f, int64_t *bytes, struct err *e);

/** flow_sync_receipt_line - the line "receipt". owned, jdoc_free(). */
struct receipt;
struct jdoc *flow_sync_receipt_line(const struct receipt *r);

/** flow_sync_sent - bundles of @q are on their way without a line: state "sent".
 * Tells the line "progress". */
struct rpush_request;
MUST_CHECK int flow_sync_sent(struct flow *f, const struct flow_listener *to,
                              const struct rpush_request *q, struct err *e);

/** flow_sync_status - the counts of the ledger alone; no call is made. */
MUST_CHECK int flow_sync_status(struct flow *f, struct flow_sync_sum *sum,
                                struct err *e);

/**
 * flow_sync_waiting - what waits and why, a line "waiting" for each class: class,
 * bundles, bytes, reason, since, and until when the time is known at which it goes.
 * Reasons: "window", "night", "cap", "stick", "kept" (plan.h: by the settings), "box"
 * (lies in the drop box, not taken in yet), "relay" (at a hub, no receipt of the
 * province yet), "line" (no line since), "full" (upstream's disk), "upstream" (code
 * says what), "run" (goes with the next run). Nothing is called: from the ledger and
 * the end of the last run alone.
 */
MUST_CHECK int flow_sync_waiting(struct flow *f, const struct flow_listener *to,
                                 struct err *e);

/**
 * flow_sync_skew - by how much this computer's clock and that of the tier above differ
 * at least, as the newest receipts show: ours is ahead (> 0), behind (< 0), or nothing
 * is known against it (0, also below FLOW_SYNC_SKEW_S). Nothing depends on it but
 * dates.
 */
#define FLOW_SYNC_SKEW_S INT64_C(600)
MUST_CHECK int flow_sync_skew(struct flow *f, int64_t *seconds, struct err *e);

/** flow_sync_plan - a line "plan" for each bundle that the next run would send. */
MUST_CHECK int flow_sync_plan(struct flow *f, const struct flow_listener *to,
                              struct flow_sync_sum *sum, struct err *e);

/** flow_sync_receipts - a line "receipt" for each that is kept. */
MUST_CHECK int flow_sync_receipts(struct flow *f, const struct flow_listener *to,
                                  struct err *e);

/** flow_sync_check_receipt - verify a receipt file and its signature. Tells its line.
 */
MUST_CHECK int flow_sync_check_receipt(struct flow *f, const char *path,
                                       const struct flow_listener *to, struct err *e);

/**
 * flow_sync_call - a real call upstream ("list"), for doctor: proves address, host key,
 * login and enrolment. @units: how many repositories answered.
 */
MUST_CHECK int flow_sync_call(struct flow *f, int64_t *units, struct err *e);

#endif
