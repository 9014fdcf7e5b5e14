/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_scan.h"
#include "node/web/api_verbs.h"

/* Takes nothing. Rows as `scan devices --json`: those that answer now. */
int api_scan_devices(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "device"};
    struct flow_listener to = api_listener(&lines);
    int64_t count = 0;

    (void)c;
    if (flow_scan_devices(&to, &count, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes nothing. Rows as `scan stack --json`: one, or none. */
int api_scan_stack(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "stack"};
    struct flow_listener to = api_listener(&lines);

    if (flow_scan_stack(c->flow, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes nothing. {"dropped"} pictures. */
int api_scan_drop(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    int64_t count = 0;

    if (flow_scan_drop(c->flow, &count, e) < 0)
        return -1;
    jdoc_set_int(j, "dropped", count);
    api_json(r, j);
    return 0;
}
