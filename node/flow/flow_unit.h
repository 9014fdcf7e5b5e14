/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_UNIT_H
#define SOHOA_FLOW_FLOW_UNIT_H

#include "node/flow/flow.h"
#include "node/record/unit.h"

/**
 * flow_unit_import - read a table of units (CSV: code, name, kind, parent, valid_from,
 * valid_to, successors; all but code and name may be absent). Whole file or nothing.
 * Tells one line "summary": rows added changed. ERR_CSV names the bad lines.
 */
MUST_CHECK int flow_unit_import(struct flow *f, const char *path,
                                const struct flow_listener *to, struct err *e);

/**
 * flow_unit_publish - at an upper tier: tell the door which unit lies below which
 * (enrol_units_set()), so that a district reads new units of its own at once. After
 * every change of the table, and whenever bundles are taken in. Else nothing.
 */
MUST_CHECK int flow_unit_publish(struct flow *f, struct err *e);

/** flow_unit_take - the table that came with an enrolment file. */
MUST_CHECK int flow_unit_take(struct flow *f, const struct jdoc *units, struct err *e);

/** flow_unit_table - all units as such a table. owned, jdoc_free(). */
MUST_CHECK int flow_unit_table(struct flow *f, struct jdoc **out, struct err *e);

/** flow_unit_list - one line "unit" each. */
MUST_CHECK int flow_unit_list(struct flow *f, const struct flow_listener *to,
                              struct err *e);

/** flow_unit_resolve - "CODE" or "CODE-YYYY-MM-DD" to the full key, today's when only a
 * code is given. */
MUST_CHECK int flow_unit_resolve(struct flow *f, const char *text, struct unit *out,
                                 struct err *e);

#endif
