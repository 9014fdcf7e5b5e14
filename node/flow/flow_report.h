/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_REPORT_H
#define SOHOA_FLOW_FLOW_REPORT_H

#include <stdint.h>

#include "node/flow/flow.h"
#include "node/store/store_rate.h"

/** flow_report_targets - read targets (CSV: unit,indicator,kind,period,denominator
 * [,target_percent]). Whole file or nothing; bad lines are named. Tells "summary": rows
 * added changed. ERR_CSV. */
MUST_CHECK int flow_report_targets(struct flow *f, const char *path,
                                   const struct flow_listener *to, struct err *e);
/** flow_report_target_list - a line "target" each. */
MUST_CHECK int flow_report_target_list(struct flow *f, const struct flow_listener *to,
                                       struct err *e);

/**
 * flow_report_rates - a line "rate" each, then the total as "summary". No denominator:
 * "rate" is null and "text" says how many were counted.
 */
MUST_CHECK int flow_report_rates(struct flow *f, const struct store_rate_query *q,
                                 const struct flow_listener *to, struct err *e);

/**
 * flow_report_gaps - lines "gap", "duplicate" and "count", then "summary".
 * @dossier: NULL for all. @unit: at an upper tier, code of one commune, NULL: all.
 * @found: how many. ERR_DOSSIER_ABSENT when no catalogue has the dossier,
 * ERR_UNIT_ABSENT.
 */
MUST_CHECK int flow_report_gaps(struct flow *f, const char *dossier, const char *unit,
                                const struct flow_listener *to, int64_t *found,
                                struct err *e);

/**
 * flow_report_catalogs - call @each with the catalogue of every commune of an upper
 * tier (or with the node's own store). Returns of @each: 0 go on, -1 and @e.
 * @unit: "CODE" or "CODE-YYYY-MM-DD", only this one. ERR_UNIT_ABSENT when it is neither
 * here nor in the table of units; one of the table that sent nothing yet is no error.
 */
typedef int flow_report_each(void *ctx, struct store *catalog, const char *unit_code,
                             struct err *e);
MUST_CHECK int flow_report_catalogs(struct flow *f, const char *unit,
                                    flow_report_each *each, void *ctx, struct err *e);

#endif
