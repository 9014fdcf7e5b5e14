/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_DOCTOR_H
#define SOHOA_FLOW_FLOW_DOCTOR_H

#include <stdint.h>

#include "node/flow/flow.h"

/**
 * flow_doctor - look at this machine, this home and the way up; a line "check" each:
 *   name, ok, warning (ok but not well), found (what was seen), mend (what to do; vi
 * and en), then "summary" with node, fingerprint, role, unit, checks, failed, warnings.
 * The way up is proven by a real call; an upper tier proves its own door by serving one
 * session of each enrolled node over a pipe.
 * @failed: checks that must be mended. Return: 0, -1 only when there is no node at all.
 */
MUST_CHECK int flow_doctor(const char *path, const struct flow_listener *to,
                           int64_t *failed, struct err *e);

#endif
