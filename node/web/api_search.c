/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/num.h"
#include "node/flow/flow_facet.h"
#include "node/web/api_verbs.h"

#define HITS 20

static const char *or_null(const char *text)
{
    return text[0] ? text : NULL;
}

/* Takes q, kind?, year?, state?, unit?, limit? (to 200). Answers {"rows","next":null,
 * "facets","hits","ms"}: flow_facet_search(). */
int api_search_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *all = jdoc_array();
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = all};
    struct flow_listener to = api_listener(&lines);
    struct flow_facet_query q = {.text = api_arg(c, "q"),
                                 .kind = or_null(api_arg(c, "kind")),
                                 .state = or_null(api_arg(c, "state")),
                                 .unit = or_null(api_arg(c, "unit")),
                                 .limit = HITS};
    const struct jdoc *sum = NULL;
    int64_t year = 0;
    int64_t n = 0;

    if (api_arg(c, "year")[0] && !num_parse(api_arg(c, "year"), 1800, 2200, &year))
        return err_set(e, ERR_WEB_FIELD, "year");
    if (api_arg(c, "limit")[0] &&
        !num_parse(api_arg(c, "limit"), 1, FLOW_FACET_HITS_MAX, &q.limit))
        return err_set(e, ERR_WEB_FIELD, "limit");
    q.year = (int)year;
    if (flow_facet_search(c->flow, &q, &to, e) < 0)
        return -1;
    for (size_t i = 0; i + 1 < jdoc_count(all); i++)
        jdoc_add(rows, jdoc_copy(jdoc_at(all, i)));
    sum = jdoc_at(all, jdoc_count(all) - 1);
    jdoc_set(j, "rows", TAKE(rows));
    jdoc_set_null(j, "next");
    jdoc_set(j, "facets", jdoc_copy(jdoc_get(sum, "facets")));
    if (jdoc_int(sum, "hits", 0, INT64_MAX, &n))
        jdoc_set_int(j, "hits", n);
    if (jdoc_int(sum, "ms", 0, INT64_MAX, &n))
        jdoc_set_int(j, "ms", n);
    api_json(r, j);
    return 0;
}
