/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/flow/flow_node.h"
#include "node/web/api_verbs.h"

/* Takes nothing. Rows as `user list --json`. */
int api_user_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "user"};
    struct flow_listener to = api_listener(&lines);

    if (flow_node_user_list(c->flow, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Body: user, role, password. Answers the row. */
int api_user_add(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "user"};
    struct flow_listener to = api_listener(&lines);
    const char *name = NULL;
    const char *role = NULL;
    const char *password = NULL;
    enum role known = ROLE_CLERK;

    if (api_body_text(c, "user", &name, e) < 0 ||
        api_body_text(c, "role", &role, e) < 0 ||
        api_body_text(c, "password", &password, e) < 0)
        return -1;
    if (!role_find(role, &known))
        return err_set(e, ERR_WEB_FIELD, "role");
    if (flow_node_user_add(c->flow, name, role, password, &to, e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

/* Takes :user; body: role?, password?, active? (true or false). Answers the row. */
int api_user_change(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "user"};
    struct flow_listener to = api_listener(&lines);
    const struct jdoc *body = api_body(c);
    struct flow_node_user_change what = {.name = api_arg(c, "user"),
                                         .role = jdoc_text(body, "role"),
                                         .password = jdoc_text(body, "password"),
                                         .active = -1};
    enum role known = ROLE_CLERK;

    if (what.role && !role_find(what.role, &known))
        return err_set(e, ERR_WEB_FIELD, "role");
    if (jdoc_get(body, "active")) /* what is no truth value is not taken for one */
        what.active = jdoc_bool(body, "active", false);
    if (jdoc_get(body, "active") &&
        jdoc_bool(body, "active", false) != jdoc_bool(body, "active", true))
        return err_set(e, ERR_WEB_FIELD, "active");
    if (flow_node_user_change(c->flow, &what, &to, e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}
