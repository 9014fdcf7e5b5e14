/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/web/web_lane.h"
#include "node/web/web_part.h"

#define SECOND_MS 1000

bool web_login_while_locked(const char *verb)
{
    return strcmp(verb, "session-unlock") == 0 || strcmp(verb, "session-logout") == 0;
}

/* Over TLS the browser itself sees to it that no other place has set it. */
const char *web_login_cookie(const struct web_conn *c)
{
    return web_conn_lan(c) ? "__Host-sohoa" : "sohoa";
}

static void set_cookie(struct web_request *r, const char *value, const char *more)
{
    (void)snprintf(r->cookie, sizeof r->cookie,
                   "%s=%s; Path=/; %sHttpOnly; SameSite=Strict%s",
                   web_login_cookie(r->conn), value,
                   web_conn_lan(r->conn) ? "Secure; " : "", more);
}

/* ---- what a session looks like ----------------------------------------------------
 */

/* The node's facts came: with them, who is there. */
static void say_session(struct web_request *r, const struct web_lane_answer *a)
{
    const struct web_session *s = web_request_session(r);
    AUTO_JDOC struct jdoc *node = NULL;
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct err e = ERR_INIT;
    int64_t users = 0;

    if (a->status != 200) {
        web_request_say(r, a->status, a->type, a->body, a->len);
        return;
    }
    if (jdoc_parse(a->body, a->len, &node, &e) < 0 ||
        !jdoc_int(node, "users", 0, INT64_MAX, &users)) {
        (void)err_set(&e, ERR_WORKER_PROTOCOL, "node");
        web_request_say_error(r, &e);
        return;
    }
    if (s) {
        struct jdoc *user = jdoc_object();

        jdoc_set_text(user, "name", s->user);
        jdoc_set_text(user, "role", role_name(s->role));
        jdoc_set(j, "user", user);
    } else {
        jdoc_set_null(j, "user");
    }
    jdoc_set_text(j, "csrf", s ? s->csrf : NULL);
    jdoc_set_bool(j, "locked", s && s->locked);
    jdoc_set_bool(j, "setup", users == 0);
    jdoc_set(j, "unit", jdoc_copy(jdoc_get(node, "unit")));
    jdoc_set_text(j, "node", jdoc_text(node, "node"));
    jdoc_set_text(j, "role", jdoc_text(node, "role"));
    jdoc_set_text(j, "version", SOHOA_VERSION);
    jdoc_set_text(j, "lang", jdoc_text(node, "lang"));
    web_request_say_json(r, 200, j);
}

static void ask_node(struct web_request *r)
{
    web_request_ask(r, "node", r->args, say_session);
}

/* ---- in ---------------------------------------------------------------------------
 */

static bool unlocks(const struct web_request *r)
{
    return r->row && strcmp(r->row->verb, "session-unlock") == 0;
}

static enum web_session_way way_of(const struct web_request *r)
{
    if (unlocks(r))
        return WEB_SESSION_UNLOCK;
    return web_conn_lan(r->conn) ? WEB_SESSION_LAN : WEB_SESSION_LOOPBACK;
}

/* Names and passwords stay in the request's own buffers only as long as it lives. */
static void begin_session(struct web_request *r, const struct web_lane_answer *a)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct web_session *s = web_request_session(r);
    struct err e = ERR_INIT;
    const char *user = NULL;
    const char *role_text = NULL;
    enum role role = ROLE_CLERK;

    if (jdoc_parse(a->body, a->len, &j, &e) == 0) {
        user = jdoc_text(j, "user");
        role_text = jdoc_text(j, "role");
    }
    if (!user || !role_text || !role_find(role_text, &role)) {
        (void)err_set(&e, ERR_WORKER_PROTOCOL, "login");
        web_request_say_error(r, &e);
        return;
    }
    web_session_right(r->server->sessions, way_of(r), unlocks(r) ? r->token : user,
                      r->conn->address);
    if (s)
        web_session_end(s); /* a new token with each password */
    if (web_session_begin(r->server->sessions, user, role, clock_mono_ms(), &s, &e) <
        0) {
        web_request_say_error(r, &e);
        return;
    }
    (void)snprintf(r->token, sizeof r->token, "%s", s->token);
    set_cookie(r, s->token, "");
    log_event(r->server->home, "serve login");
    ask_node(r);
}

static void setup_done(struct web_request *r, const struct web_lane_answer *a)
{
    if (a->status != 200) {
        web_request_say(r, a->status, a->type, a->body, a->len);
        return;
    }
    mem_wipe(r->server->setup, sizeof r->server->setup); /* it was for once */
    begin_session(r, a);
}

static void login_done(struct web_request *r, const struct web_lane_answer *a)
{
    const char *user = jdoc_text(jdoc_get(r->args, API_BODY), "user");

    if (a->status == 200) {
        begin_session(r, a);
        return;
    }
    /* An unlocking names nobody: its session does. */
    web_session_wrong(r->server->sessions, way_of(r),
                      unlocks(r) || !user ? r->token : user, r->conn->address,
                      clock_mono_ms());
    web_request_say(r, a->status, a->type, a->body, a->len);
}

/* Asks for a check of @user and the password of the body, when no delay is due. */
static void check_password(struct web_request *r, const char *user)
{
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct jdoc *body = jdoc_object();
    const char *password = jdoc_text(jdoc_get(r->args, API_BODY), "password");
    struct err e = ERR_INIT;
    int64_t wait_ms = 0;

    jdoc_set_text(body, "user", user);
    jdoc_set_text(body, "password", password ? password : "");
    jdoc_set(args, API_BODY, body);
    wait_ms =
        web_session_try(r->server->sessions, way_of(r), unlocks(r) ? r->token : user,
                        r->conn->address, clock_mono_ms());
    if (wait_ms > 0) {
        r->wait_s = (int)((wait_ms + SECOND_MS - 1) / SECOND_MS);
        (void)err_set(&e, ERR_WEB_LOCKOUT, "%d s", r->wait_s);
        web_request_say_error(r, &e);
        return;
    }
    web_request_ask(r, "login", args, login_done);
}

static void login(struct web_request *r)
{
    const char *user = jdoc_text(jdoc_get(r->args, API_BODY), "user");
    struct err e = ERR_INIT;

    if (!user || !role_user_valid(user)) {
        (void)err_set(&e, user ? ERR_WEB_PASSWORD : ERR_WEB_FIELD, "%s",
                      user ? "" : "user");
        web_request_say_error(r, &e);
        return;
    }
    check_password(r, user);
}

/* ---- the first user ---------------------------------------------------------------
 */

static void setup(struct web_request *r)
{
    const char *token = jdoc_text(jdoc_get(r->args, API_BODY), "token");
    struct err e = ERR_INIT;

    if (!r->server->setup[0] || !token || !web_session_same(r->server->setup, token)) {
        (void)err_set(&e, ERR_WEB_SETUP, "%s", "token");
        web_request_say_error(r, &e);
        return;
    }
    web_request_ask(r, "setup", r->args, setup_done);
}

/* ---- out --------------------------------------------------------------------------
 */

static void logout(struct web_request *r)
{
    struct web_session *s = web_request_session(r);

    if (s) {
        web_pair_end_user(r->server, s->user);
        web_session_end(s);
    }
    r->token[0] = '\0';
    set_cookie(r, "", "; Max-Age=0");
    ask_node(r);
}

static void lock(struct web_request *r)
{
    struct web_session *s = web_request_session(r);

    if (s)
        s->locked = true;
    ask_node(r);
}

void web_login_run(struct web_request *r)
{
    static const struct {
        const char *verb;
        void (*run)(struct web_request *r);
    } VERBS[] = {{"session", ask_node},
                 {"session-login", login},
                 {"session-logout", logout},
                 {"session-lock", lock},
                 {"session-setup", setup}};
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(VERBS); i++)
        if (strcmp(r->row->verb, VERBS[i].verb) == 0) {
            VERBS[i].run(r);
            return;
        }
    if (strcmp(r->row->verb, "session-unlock") == 0) {
        check_password(r, r->user);
        return;
    }
    (void)err_set(&e, ERR_INTERNAL, "%s", r->row->verb);
    web_request_say_error(r, &e);
}
