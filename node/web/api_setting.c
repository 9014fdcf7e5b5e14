/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_setting.h"
#include "node/web/api_verbs.h"

/* Takes nothing. Rows: flow_setting_list(). */
int api_setting_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows};
    struct flow_listener to = api_listener(&lines);

    if (flow_setting_list(c->flow, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Body: {"KEY":"VALUE" or null (the default again),…}, written one by one in the order
 * of their names; the first that is refused ends it and is named. Answers all rows. */
int api_setting_put(const struct api_call *c, struct api_reply *r, struct err *e)
{
    const struct jdoc *body = api_body(c);

    if (jdoc_count(body) == 0)
        return err_set(e, ERR_WEB_FIELD, "key");
    for (size_t i = 0; i < jdoc_count(body); i++) {
        const char *key = jdoc_key(body, i);
        const char *value = jdoc_text(body, key);

        if (!value && !jdoc_is_null(jdoc_get(body, key)))
            return err_set(e, ERR_WEB_FIELD, "%s", key);
        if (flow_setting_put(c->flow, key, value, e) < 0)
            return -1;
    }
    return api_setting_list(c, r, e);
}
