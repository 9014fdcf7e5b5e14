/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/flow/flow_ready.h"
#include "node/web/api_verbs.h"

/* Takes nothing. {"rows":[…],"next":null,"ready","open"}: flow_ready_seal(). */
int api_seal_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_JDOC struct jdoc *all = jdoc_array();
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = all};
    struct flow_listener to = api_listener(&lines);
    int64_t n = 0;

    if (flow_ready_seal(c->flow, &to, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(all); i++) {
        const struct jdoc *line = jdoc_at(all, i);

        if (strcmp(jdoc_text(line, "type"), "missing") == 0)
            jdoc_add(rows, jdoc_copy(line));
        if (jdoc_int(line, "ready", 0, INT64_MAX, &n))
            jdoc_set_int(j, "ready", n);
        if (jdoc_int(line, "open", 0, INT64_MAX, &n))
            jdoc_set_int(j, "open", n);
    }
    jdoc_set(j, "rows", TAKE(rows));
    jdoc_set_null(j, "next");
    api_json(r, j);
    return 0;
}
