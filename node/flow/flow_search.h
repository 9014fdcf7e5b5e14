/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SEARCH_H
#define SOHOA_FLOW_FLOW_SEARCH_H

#include <stdint.h>

#include "node/flow/flow.h"

/**
 * flow_search - a line "hit" each, exact spelling first, then "summary" with hits and
 * ms. At an upper tier over the catalogues of all communes, or of @unit alone.
 * @limit: 1 to 1000. What was found stands between « and » in the snippet.
 */
MUST_CHECK int flow_search(struct flow *f, const char *query, int64_t limit,
                           const char *unit, const struct flow_listener *to,
                           struct err *e);

#endif
