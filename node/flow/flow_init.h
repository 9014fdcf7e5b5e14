/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_INIT_H
#define SOHOA_FLOW_FLOW_INIT_H

#include "node/flow/flow.h"

/**
 * flow_init - make a node: folders, key, database, transport repository; node.json
 * last, so that a creation that was cut off is begun anew.
 * @url: upstream, NULL: none. Tells one line "summary". ERR_HOME_EXISTS, ERR_USAGE.
 */
MUST_CHECK int flow_init(const char *path, enum home_role role, const char *code,
                         const char *valid_from, const char *name, const char *url,
                         const struct flow_listener *to, struct err *e);

/**
 * flow_init_join - take an enrolment file from the tier above: unit, upstream, its host
 * keys, its receipt key and the table of units. On a home that is there the file must
 * be for its key (ERR_JOIN); on none, a new commune node is made of its unit, whose key
 * the tier above has still to enrol.
 */
MUST_CHECK int flow_init_join(const char *path, const char *file,
                              const struct flow_listener *to, struct err *e);

#endif
