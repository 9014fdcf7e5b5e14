/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_reading.h"
#include "node/web/web_event.h"
#include "node/web/web_job.h"
#include "node/web/web_lane.h"
#include "node/web/web_part.h"
#include "node/web/web_route.h"
#include "node/web/web_static.h"
#include "node/web/web_upload.h"

/* The page asks these by itself: they do not show that somebody is there. */
static const char *const BY_ITSELF[] = {"session", "counts", "events",
                                        "jobs",    "job",    "phones"};

/* ---- judging ----------------------------------------------------------------------
 */

struct web_session *web_request_session(const struct web_request *r)
{
    return web_session_find(r->server->sessions, r->token, clock_mono_ms());
}

static bool by_itself(const char *verb)
{
    for (size_t i = 0; i < ARRAY_LEN(BY_ITSELF); i++)
        if (strcmp(verb, BY_ITSELF[i]) == 0)
            return true;
    return false;
}

/* A small picture comes with a list, also when the list comes by itself. */
static bool is_thumb(const struct web_request *r)
{
    int64_t width = 0;

    return strcmp(r->row->verb, "page.picture") == 0 && jdoc_text(r->args, "width") &&
           num_parse(jdoc_text(r->args, "width"), 1, FLOW_READING_THUMB_PX, &width);
}

/* Did a person cause it? Whoever says no gets less for it, never more. */
static bool by_a_person(struct web_request *r)
{
    if (r->head.by_itself)
        jdoc_set_text(r->args, FLOW_READING_AUTO, "1");
    return !jdoc_text(r->args, FLOW_READING_AUTO) && !by_itself(r->row->verb) &&
           !is_thumb(r);
}

/* Session, lock, right and token of a verb that needs them. */
static int admit_user(struct web_request *r, struct err *e)
{
    struct web_session *s = web_request_session(r);

    if (!s)
        return err_set(e, ERR_WEB_SESSION, "%s", "");
    if (web_head_changes(&r->head) && !web_session_same(s->csrf, r->head.csrf))
        return err_set(e, ERR_WEB_ORIGIN, "X-Sohoa-Csrf");
    if (s->locked && !web_login_while_locked(r->row->verb))
        return err_set(e, ERR_WEB_ASLEEP, "%s", "");
    if (!role_may(s->role, r->row->may))
        return err_set(e, ERR_USER_RIGHT, "%s", s->user);
    (void)snprintf(r->user, sizeof r->user, "%s", s->user);
    if (by_a_person(r) && !s->locked)
        s->used_ms = clock_mono_ms();
    return 0;
}

static bool is_json(const char *type)
{
    size_t len = strlen(API_JSON);

    return strncasecmp(type, API_JSON, len) == 0 &&
           (!type[len] || type[len] == ';' || type[len] == ' ');
}

/* ---- uploads ----------------------------------------------------------------------
 */

static void upload_done(void *to, const struct jdoc *kept, const struct err *why)
{
    struct web_request *r = to;
    struct err e = ERR_INIT;

    r->upload = 0;
    if (!kept)
        web_request_say_error(r, why);
    else if (r->phone && web_pair_took(r, kept, &e) < 0)
        web_request_say_error(r, &e);
    else
        web_request_say_json(r, 200, kept);
}

static void upload_more(void *to)
{
    struct web_request *r = to;

    if (r->suspended)
        web_server_resume(r);
}

static bool is_upload(const struct web_request *r)
{
    return r->row && strcmp(r->row->verb, "upload") == 0;
}

static int start_upload(struct web_request *r, struct err *e)
{
    struct web_upload_user user = {.done = upload_done, .more = upload_more, .to = r};

    return web_upload_start(r->server->uploads, jdoc_text(r->args, "name"), r->user,
                            r->head.length, &user, &r->upload, e);
}

/* ---- bodies -----------------------------------------------------------------------
 */

static int admit_body(const struct web_request *r, struct err *e)
{
    if (r->head.length > (int64_t)API_ARGS_MAX)
        return err_set(e, ERR_WEB_SIZE, "%zu", API_ARGS_MAX);
    if (r->head.length > 0 && !is_json(r->head.type))
        return err_set(e, ERR_WEB_REQUEST, "Content-Type");
    return 0;
}

static int admit_api(struct web_request *r, struct err *e)
{
    int phone = 0;

    if (web_route_find(&r->head, &r->row, r->args, e) < 0)
        return -1;
    phone = web_pair_admit(r, e);
    if (phone < 0 || (phone == 0 && !r->row->open && admit_user(r, e) < 0))
        return -1;
    if (web_stream_is(r) && web_stream_admit(r, e) < 0)
        return -1;
    return is_upload(r) ? start_upload(r, e) : admit_body(r, e);
}

static int admit(struct web_request *r, struct err *e)
{
    if (web_guard_check(&r->server->guard, &r->head, web_conn_lan(r->conn), e) < 0)
        return -1;
    if (!web_head_cookie(&r->head, web_login_cookie(r->conn), WEB_SESSION_HEX - 1,
                         r->token) ||
        !web_request_session(r))
        r->token[0] = '\0';
    if (web_guard_is_api(&r->head))
        return admit_api(r, e);
    r->asset = web_static_find(r->head.path);
    if (!r->asset)
        return err_set(e, ERR_WEB_ROUTE, "%.200s", r->head.path);
    if (web_head_changes(&r->head))
        return err_set(e, ERR_WEB_METHOD, "%.200s", r->head.path);
    return 0;
}

int web_request_new(struct web_server *s, struct web_conn *c, struct web_head *head,
                    struct web_request **out, struct err *e)
{
    struct web_request *r = mem_new(1, sizeof *r);

    r->server = s;
    r->conn = c;
    r->head = *head;
    r->args = jdoc_object();
    r->body = (struct str)STR_INIT(API_ARGS_MAX);
    r->reply = (struct str)STR_INIT(API_BODY_MAX);
    if (admit(r, e) < 0) {
        r->head = (struct web_head){.text = NULL}; /* stays the caller's */
        web_request_free(r);
        return -1;
    }
    *head = (struct web_head){.text = NULL};
    *out = r;
    return 0;
}

void web_request_free(struct web_request *r)
{
    if (!r)
        return;
    if (r->call)
        web_lane_give_up(r->server->lanes, r->call);
    if (r->upload)
        web_upload_give_up(r->server->uploads, r->upload);
    web_stream_free(r);
    if (r->body.p)
        mem_wipe(r->body.p, r->body.len); /* a password may stand in it */
    str_clear(&r->body);
    str_clear(&r->reply);
    jdoc_free(r->args);
    web_head_clear(&r->head);
    mem_wipe(r, sizeof *r);
    mem_free(r);
}

/* ---- answering --------------------------------------------------------------------
 */

void web_request_say(struct web_request *r, int status, const char *type,
                     const char *body, size_t len)
{
    assert(!r->ready);
    r->status = status;
    (void)snprintf(r->type, sizeof r->type, "%s", type);
    str_add_mem(&r->reply, body, len);
    r->ready = true;
    if (r->suspended)
        web_server_resume(r);
}

void web_request_say_json(struct web_request *r, int status, const struct jdoc *j)
{
    AUTO_STR struct str text = STR_INIT(API_BODY_MAX);

    jdoc_print_line(j, &text);
    web_request_say(r, status, API_JSON, str_text(&text), text.len);
}

void web_request_say_error(struct web_request *r, const struct err *why)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    api_error(why, &text);
    web_request_say(r, api_status(why->code), API_JSON, str_text(&text), text.len);
}

/* ---- lanes ------------------------------------------------------------------------
 */

static void say_answer(struct web_request *r, const struct web_lane_answer *a)
{
    web_request_say(r, a->status, a->type, a->body, a->len);
}

static void take_answer(void *to, const struct web_lane_answer *a)
{
    struct web_request *r = to;
    void (*done)(struct web_request *, const struct web_lane_answer *) = r->done;

    r->call = 0;
    r->done = NULL;
    if (r->row->lane == API_ACT)
        web_stream_changed(r->server);
    /* Another task, another password or none: the user logs in anew. */
    if (a->status == 200 && strcmp(r->row->verb, "user.change") == 0 &&
        jdoc_text(r->args, "user")) {
        web_session_end_user(r->server->sessions, jdoc_text(r->args, "user"));
        web_pair_end_user(r->server, jdoc_text(r->args, "user"));
    }
    done(r, a);
}

void web_request_ask(struct web_request *r, const char *verb, const struct jdoc *args,
                     void (*done)(struct web_request *r,
                                  const struct web_lane_answer *a))
{
    struct err e = ERR_INIT;

    r->done = done ? done : say_answer;
    if (web_lane_ask(r->server->lanes, api_row(verb), r->user, args, take_answer, r,
                     &r->call, &e) == 0)
        return;
    if (r->event)
        web_event_again(r->event); /* the lane is full: a stream asks later */
    else
        web_request_say_error(r, &e);
}

/* ---- the body ---------------------------------------------------------------------
 */

size_t web_request_take(struct web_request *r, const char *data, size_t len)
{
    if (r->upload)
        return web_upload_feed(r->server->uploads, r->upload, data, len);
    if (!is_upload(r)) /* else it has failed: what still comes is of no use */
        str_add_mem(&r->body, data, len);
    return len;
}

static int parse_body(struct web_request *r, struct err *e)
{
    struct jdoc *j = NULL;

    if (r->body.len == 0)
        return 0;
    if (jdoc_parse(str_text(&r->body), r->body.len, &j, e) < 0)
        return err_set(e, ERR_WEB_REQUEST, "JSON");
    if (!jdoc_is_object(j)) {
        jdoc_free(j);
        return err_set(e, ERR_WEB_REQUEST, "JSON");
    }
    jdoc_set(r->args, API_BODY, j);
    return 0;
}

/* ---- jobs -------------------------------------------------------------------------
 */

static int start_job(struct web_request *r, struct jdoc **out, struct err *e)
{
    const struct web_session *s = web_request_session(r);
    const struct jdoc *body = jdoc_get(r->args, API_BODY);
    const char *kind = jdoc_text(body, "kind");
    const struct jdoc *asked = jdoc_get(body, "args");
    AUTO_JDOC struct jdoc *args =
        jdoc_is_object(asked) ? jdoc_copy(asked) : jdoc_object();

    if (!s)
        return err_set(e, ERR_WEB_SESSION, "%s", "");
    if (!kind)
        return err_set(e, ERR_WEB_FIELD, "kind");
    if (asked && !jdoc_is_object(asked) && !jdoc_is_null(asked))
        return err_set(e, ERR_WEB_FIELD, "args");
    /* Who works stands in the history of the record, whatever the page says. */
    if (strcmp(kind, "scan") == 0 || strcmp(kind, "import") == 0)
        jdoc_set_text(args, "user", s->user);
    return web_job_start(r->server->jobs, kind, s->user, args, s->role, out, e);
}

/* In how many seconds it sends by itself; null: it does not. */
static void set_automatic(const struct web_server *s, struct jdoc *out)
{
    if (s->sends)
        jdoc_set_int(out, "sync_in_s", web_auto_left_s(&s->automatic, clock_mono_ms()));
    else
        jdoc_set_null(out, "sync_in_s");
}

static int do_job(struct web_request *r, struct jdoc **out, struct err *e)
{
    struct web_jobs *t = r->server->jobs;
    const char *verb = r->row->verb;
    const char *job = jdoc_text(r->args, "job");

    if (strcmp(verb, "job-start") == 0)
        return start_job(r, out, e);
    if (strcmp(verb, "job-stop") == 0)
        return web_job_stop(t, job, out, e);
    if (strcmp(verb, "job") == 0)
        return web_job_show(t, job, out, e);
    *out = jdoc_object();
    jdoc_set(*out, "rows", web_job_list(t));
    jdoc_set_null(*out, "next");
    set_automatic(r->server, *out);
    return 0;
}

static void run_job(struct web_request *r)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    if (do_job(r, &j, &e) < 0)
        web_request_say_error(r, &e);
    else
        web_request_say_json(r, 200, j);
}

void web_request_begin(struct web_request *r)
{
    struct err e = ERR_INIT;

    r->begun = true;
    if (web_stream_is(r)) {
        web_stream_begin(r);
        return;
    }
    if (is_upload(r))
        return; /* its answer comes by itself, or is there */
    if (r->asset) {
        r->ready = true;
        r->status = 200;
        return;
    }
    if (str_check(&r->body, "body", &e) < 0 || parse_body(r, &e) < 0) {
        web_request_say_error(r, &e);
        return;
    }
    if (r->row->lane == API_LOOP && str_starts(r->row->verb, "job"))
        run_job(r);
    else if (r->row->lane == API_LOOP && str_starts(r->row->verb, "phone"))
        web_pair_run(r);
    else if (r->row->lane == API_LOOP)
        web_login_run(r);
    else
        web_request_ask(r, r->row->verb, r->args, NULL);
}
