/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/flow/flow_qr.h"
#include "node/web/web_job.h"
#include "node/web/web_lane.h"
#include "node/web/web_part.h"
#include "node/web/web_phone.h"
#include "node/web/web_tls.h"

#define COOKIE   "__Host-sohoa-phone"
#define PAUSE_MS 1500 /* between two imports: people's own come in between */
#define LIFE_S   (WEB_PHONE_LIFE_MS / 1000)
#define ID_MAX   INT64_C(1000000000)

/* Who may see them asks for them: not everybody who hears events may. */
static void changed(struct web_server *s)
{
    AUTO_JDOC struct jdoc *nothing = jdoc_object();

    web_stream_tell(s, "phones", nothing);
}

static void set_cookie(struct web_request *r, const char *value, int64_t age_s)
{
    (void)snprintf(r->cookie, sizeof r->cookie,
                   COOKIE
                   "=%s; Path=/; Secure; HttpOnly; SameSite=Strict; Max-Age=%lld",
                   value, (long long)age_s);
}

/* The cookie as it is sent; "": none, or not over TLS, where alone it is one. */
static void cookie_of(const struct web_request *r, char out[WEB_SESSION_HEX])
{
    if (!web_conn_lan(r->conn) ||
        !web_head_cookie(&r->head, COOKIE, WEB_SESSION_HEX - 1, out))
        out[0] = '\0';
}

static struct web_phone *phone_of(const struct web_request *r)
{
    char cookie[WEB_SESSION_HEX];

    cookie_of(r, cookie);
    return web_phone_find(r->server->phones, cookie, clock_mono_ms());
}

/* ---- rights -----------------------------------------------------------------------
 */

static int admit_picture(struct web_request *r, const struct web_phone *p,
                         struct err *e)
{
    if (!role_may(p->role, r->row->may))
        return err_set(e, ERR_USER_RIGHT, "%s", p->user);
    if (strncasecmp(r->head.type, "image/", strlen("image/")) != 0)
        return err_set(e, ERR_WEB_FIELD, "Content-Type");
    if (r->head.length > WEB_PHONE_PICTURE_MAX)
        return err_set(e, ERR_WEB_SIZE, "%lld", (long long)WEB_PHONE_PICTURE_MAX);
    if (!web_phone_room(p))
        return err_set(e, ERR_WEB_BUSY, "%d", WEB_PHONE_PICTURES);
    r->phone = p->id;
    (void)snprintf(r->user, sizeof r->user, "%s", p->user);
    return 1;
}

int web_pair_admit(struct web_request *r, struct err *e)
{
    const struct web_phone *p = phone_of(r);
    char cookie[WEB_SESSION_HEX];

    if (p && strcmp(r->row->verb, "upload") == 0 &&
        web_session_same(p->csrf, r->head.csrf))
        return admit_picture(r, p, e);
    cookie_of(r, cookie);
    if (r->token[0] || !cookie[0])
        return 0; /* somebody who has logged in, or nobody at all */
    if (!web_phone_may(r->row->verb))
        return err_set(e, ERR_USER_RIGHT, "%s", r->row->verb);
    return r->row->open ? 0 : err_set(e, ERR_WEB_PHONE, "%s", "");
}

/* ---- what a phone asks ------------------------------------------------------------
 */

static int show(struct web_request *r, const struct web_phone *p, struct jdoc **out,
                struct err *e)
{
    if (!p) {
        char cookie[WEB_SESSION_HEX];

        cookie_of(r, cookie);
        if (cookie[0])
            set_cookie(r, "", 0);
        return err_set(e, ERR_WEB_PHONE, "%s", "");
    }
    *out = web_phone_show(p, clock_mono_ms());
    return 0;
}

static int self(struct web_request *r, struct jdoc **out, struct err *e)
{
    return show(r, phone_of(r), out, e);
}

static int pair(struct web_request *r, struct jdoc **out, struct err *e)
{
    const char *token = jdoc_text(jdoc_get(r->args, API_BODY), "token");
    struct web_phone *before = phone_of(r);
    struct web_phone *p = NULL;

    if (!web_conn_lan(r->conn))
        return err_set(e, ERR_WEB_PHONE, "TLS");
    if (!token)
        return err_set(e, ERR_WEB_FIELD, "token");
    if (web_phone_pair(r->server->phones, token, clock_mono_ms(), &p, e) < 0)
        return -1;
    if (before) /* the same phone, for another register */
        web_phone_end(before);
    set_cookie(r, p->cookie, LIFE_S);
    log_event(r->server->home, "serve phone begins");
    changed(r->server);
    return show(r, p, out, e);
}

static int leave(struct web_request *r, struct jdoc **out, struct err *e)
{
    struct web_phone *p = phone_of(r);

    if (p && !web_session_same(p->csrf, r->head.csrf))
        return err_set(e, ERR_WEB_ORIGIN, "X-Sohoa-Csrf");
    set_cookie(r, "", 0);
    if (p) {
        web_phone_end(p);
        log_event(r->server->home, "serve phone ends");
        changed(r->server);
    }
    *out = jdoc_object();
    return 0;
}

/* ---- what people ask --------------------------------------------------------------
 */

static int list(struct web_request *r, struct jdoc **out, struct err *e)
{
    const struct web_server *s = r->server;
    struct jdoc *j = jdoc_object();
    struct jdoc *lan = jdoc_array();

    (void)e;
    for (size_t i = 0; s->urls[i][0]; i++)
        jdoc_add_text(lan, s->urls[i]);
    jdoc_set(j, "lan", lan);
    jdoc_set_text(j, "fingerprint", s->tls ? web_tls_fingerprint(s->tls) : NULL);
    jdoc_set(j, "rows", web_phone_list(s->phones, clock_mono_ms()));
    *out = j;
    return 0;
}

/* What it was sending is broken off: nothing of it stays. */
static void cut(struct web_server *s, int64_t phone)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        const struct web_request *other = s->conns[i].req;

        if (other && other->phone == phone && other->upload)
            (void)shutdown(s->conns[i].fd, SHUT_RDWR); /* libmicrohttpd cleans up */
    }
}

static int stop(struct web_request *r, struct jdoc **out, struct err *e)
{
    struct web_server *s = r->server;
    const char *text = jdoc_text(r->args, "phone");
    int64_t id = 0;
    struct web_phone *p = NULL;

    if (text && num_parse(text, 1, ID_MAX, &id))
        p = web_phone_by_id(s->phones, id, clock_mono_ms());
    if (!p)
        return err_set(e, ERR_NOT_FOUND, "%.40s", text ? text : "");
    web_phone_end(p);
    cut(s, id);
    log_event(s->home, "serve phone ends");
    changed(s);
    return list(r, out, e);
}

void web_pair_end_user(struct web_server *s, const char *user)
{
    if (web_phone_end_user(s->phones, user))
        changed(s);
}

/* ---- an offer ---------------------------------------------------------------------
 */

/* Where the phone comes in: the address that is asked for, else the first. */
static const char *address(const struct web_server *s, const char *asked)
{
    for (size_t i = 0; s->urls[i][0]; i++)
        if (!asked || strcmp(s->urls[i], asked) == 0)
            return s->urls[i];
    return NULL;
}

static int make_offer(struct web_request *r, const struct web_lane_answer *a,
                      struct jdoc **out, struct err *e)
{
    AUTO_JDOC struct jdoc *d = NULL;
    AUTO_STR struct str url = STR_INIT(STR_LINE_MAX);
    const struct web_session *s = web_request_session(r);
    const char *at =
        address(r->server, jdoc_text(jdoc_get(r->args, API_BODY), "address"));
    struct web_phone_place place = {.user = r->user};
    struct web_phone *p = NULL;
    struct jdoc *cells = NULL;
    struct jdoc *j = NULL;
    int64_t closed = 0;

    if (!s || !at)
        return err_set(e, s ? ERR_WEB_FIELD : ERR_WEB_SESSION, "address");
    if (jdoc_parse(a->body, a->len, &d, e) < 0)
        return -1;
    place.role = s->role;
    place.dossier = jdoc_text(d, "dossier");
    place.title = jdoc_text(d, "title");
    place.kind = jdoc_text(d, "register");
    if (!place.dossier || !place.title)
        return err_set(e, ERR_WORKER_PROTOCOL, "dossier");
    if (jdoc_int(d, "closed_count", 0, INT64_MAX, &closed))
        return err_set(e, ERR_DOSSIER_CLOSED, "%s", place.dossier);
    if (web_phone_offer(r->server->phones, &place, clock_mono_ms(), &p, e) < 0)
        return -1;
    str_addf(&url, "https://%s/phone#%s", at, p->token);
    if (flow_qr_cells(str_text(&url), false, &cells, e) < 0) {
        web_phone_end(p);
        return -1;
    }
    j = jdoc_object();
    jdoc_set_int(j, "phone", p->id);
    jdoc_set_text(j, "url", str_text(&url));
    jdoc_set(j, "cells", cells);
    jdoc_set_int(j, "left_s", WEB_PHONE_TOKEN_MS / 1000);
    *out = j;
    return 0;
}

static void offer_done(struct web_request *r, const struct web_lane_answer *a)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    if (a->status != 200) {
        web_request_say(r, a->status, a->type, a->body, a->len);
        return;
    }
    if (make_offer(r, a, &j, &e) < 0) {
        web_request_say_error(r, &e);
        return;
    }
    changed(r->server);
    web_request_say_json(r, 200, j);
}

/* The register is asked for first: it must be there, and open. */
static void offer(struct web_request *r)
{
    const char *dossier = jdoc_text(jdoc_get(r->args, API_BODY), "dossier");
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct err e = ERR_INIT;

    if (!r->server->tls || !dossier) {
        (void)err_set(&e, dossier ? ERR_WEB_LAN_OFF : ERR_WEB_FIELD, "%s",
                      dossier ? "" : "dossier");
        web_request_say_error(r, &e);
        return;
    }
    jdoc_set_text(args, "dossier", dossier);
    web_request_ask(r, "dossier", args, offer_done);
}

void web_pair_run(struct web_request *r)
{
    static const struct {
        const char *verb;
        int (*run)(struct web_request *r, struct jdoc **out, struct err *e);
    } VERBS[] = {{"phone", self},
                 {"phone.pair", pair},
                 {"phone.leave", leave},
                 {"phones", list},
                 {"phones.end", stop}};
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;
    bool known = false;
    int rc = -1;

    if (strcmp(r->row->verb, "phones.offer") == 0) {
        offer(r);
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(VERBS) && !known; i++) {
        known = strcmp(r->row->verb, VERBS[i].verb) == 0;
        if (known)
            rc = VERBS[i].run(r, &j, &e);
    }
    if (!known)
        (void)err_set(&e, ERR_INTERNAL, "%s", r->row->verb);
    if (rc < 0)
        web_request_say_error(r, &e);
    else
        web_request_say_json(r, 200, j);
}

/* ---- pictures ---------------------------------------------------------------------
 */

int web_pair_took(struct web_request *r, const struct jdoc *kept, struct err *e)
{
    struct web_phone *p = web_phone_by_id(r->server->phones, r->phone, clock_mono_ms());
    const char *upload = jdoc_text(kept, "upload");

    if (!p || !upload)
        return err_set(e, ERR_WEB_PHONE, "%s", "");
    web_phone_here(p, upload);
    changed(r->server);
    return 0;
}

void web_pair_hear(struct web_server *s, const char *topic, const struct jdoc *data)
{
    bool is_job = strcmp(topic, "job") == 0;

    if (is_job && strcmp(jdoc_text(data, "state"), "running") != 0)
        s->phones_next_ms = clock_mono_ms() + PAUSE_MS;
    if (is_job ? web_phone_job(s->phones, data) : web_phone_line(s->phones, data))
        changed(s);
}

void web_pair_turn(struct web_server *s)
{
    AUTO_JDOC struct jdoc *args = NULL;
    AUTO_JDOC struct jdoc *job = NULL;
    int64_t now = clock_mono_ms();
    struct web_phone *p = web_phone_waits(s->phones, now);
    struct err e = ERR_INIT;

    if (web_phone_news(s->phones))
        changed(s);
    if (!p || now < s->phones_next_ms)
        return;
    args = web_phone_args(p);
    if (web_job_start(s->jobs, "import", p->user, args, p->role, &job, &e) == 0) {
        web_phone_taking(p, jdoc_text(job, "job"));
    } else if (e.code != ERR_WEB_JOB && e.code != ERR_WEB_BUSY) {
        web_phone_failed(p, &e);
        changed(s);
    }
}
