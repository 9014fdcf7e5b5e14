/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_FACET_H
#define SOHOA_FLOW_FLOW_FACET_H

#include <stdint.h>

#include "node/flow/flow.h"

/* What is looked for on a node of a commune. */
struct flow_facet_query {
    const char *text;
    const char *kind, *state, *unit; /* NULL: any */
    int year;                        /* 0: any */
    int64_t limit;                   /* hits told, 1 to FLOW_FACET_HITS_MAX */
};
#define FLOW_FACET_HITS_MAX  200
#define FLOW_FACET_BOXES_MAX 40 /* of one hit */

/**
 * flow_facet_search - search with counts by kind, year, state and unit.
 * Tells lines "hit" as flow_search() does, with "kind", "state", "number", "title",
 * "dossier" and snippet  [["text",true|false],…] true: what was found boxes
 * [{"x","y","w","h"}] words of the page that were looked for, pixels as captured; none
 * for a hit in fields then "summary": "hits" (all that fit), "ms",
 * "facets":{"kind":{"birth":3},"year":{…}, "state":{…},"unit":{…}}. Facets count
 * records among the first STORE_SEARCH_LIMIT_MAX hits, each by all choices but its own,
 * so that another value of the same facet can be chosen. ERR_ROLE (not a commune),
 * ERR_SEARCH, ERR_USAGE (no such kind or state).
 */
MUST_CHECK int flow_facet_search(struct flow *f, const struct flow_facet_query *q,
                                 const struct flow_listener *to, struct err *e);

#endif
