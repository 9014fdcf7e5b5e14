/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/conf.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/password.h"
#include "node/flow/flow_node.h"
#include "node/store/store_unit.h"
#include "node/store/store_user.h"
#include "node/web/api_verbs.h"

/*
 * What serve asks for itself: no path leads here. Passwords come in, a role goes out;
 * a hash never leaves this process.
 */

/* Costs what a check costs: who asks must not learn by the time whether a name exists.
 */
static void spend_a_check(const char *password)
{
    char hash[PASSWORD_HASH_MAX] = "";
    struct err ignored = ERR_INIT; /* too short or long costs nothing, and is no name */

    if (password_hash(password, hash, &ignored) == 0)
        mem_wipe(hash, sizeof hash);
}

/* {"user","password"} → {"user","role"}. ERR_WEB_PASSWORD whatever is not right. */
int api_login_check(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct store_user u = {0};
    const char *user = NULL;
    const char *password = NULL;
    int rc = 0;

    if (api_body_text(c, "user", &user, e) < 0 ||
        api_body_text(c, "password", &password, e) < 0)
        return -1;
    rc = store_user_get(c->flow->store, user, &u, e);
    if (rc < 0)
        return -1;
    if (rc == 0 || !u.active || !u.password[0]) {
        spend_a_check(password);
        return err_set(e, ERR_WEB_PASSWORD, "%s", "");
    }
    if (!password_check(password, u.password))
        return err_set(e, ERR_WEB_PASSWORD, "%s", "");
    jdoc_set_text(j, "user", u.name);
    jdoc_set_text(j, "role", role_name(u.role));
    api_json(r, j);
    return 0;
}

/* {"user","password"} → {"user","role"}: the first user, an administrator. */
int api_login_setup(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    const char *user = NULL;
    const char *password = NULL;

    if (api_body_text(c, "user", &user, e) < 0 ||
        api_body_text(c, "password", &password, e) < 0 ||
        flow_node_user_first(c->flow, user, password, e) < 0)
        return -1;
    jdoc_set_text(j, "user", user);
    jdoc_set_text(j, "role", role_name(ROLE_ADMIN));
    api_json(r, j);
    return 0;
}

static int count_user(void *ctx, const struct store_user *u, struct err *e)
{
    int64_t *n = ctx;

    (void)u;
    (void)e;
    ++*n;
    return 0;
}

/* → {"users":N,"unit":{"code","name"},"node","role","lang"}: what the first page has to
 * know. */
int api_login_node(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    const struct home *h = &c->flow->home;
    struct jdoc *unit = NULL;
    char name[UNIT_NAME_MAX] = "";
    AUTO_CONF struct conf *conf = NULL;
    int64_t users = 0;

    if (conf_load(h->path, &conf, e) < 0 ||
        store_user_each(c->flow->store, count_user, &users, e) < 0 ||
        store_unit_name(c->flow->store, h->unit_code, h->unit_valid_from, name, e) < 0)
        return -1;
    unit = jdoc_object();
    jdoc_set_text(unit, "code", h->unit_code);
    jdoc_set_text(unit, "name", name);
    jdoc_set_int(j, "users", users);
    jdoc_set(j, "unit", unit);
    jdoc_set_text(j, "node", h->node);
    jdoc_set_text(j, "lang", conf_get(conf, "lang"));
    jdoc_set_text(j, "role", home_role_name(h->role));
    api_json(r, j);
    return 0;
}
