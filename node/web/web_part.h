/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_PART_H
#define SOHOA_WEB_WEB_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/str.h"
#include "node/web/api.h"
#include "node/web/web_auto.h"
#include "node/web/web_guard.h"
#include "node/web/web_head.h"
#include "node/web/web_server.h"
#include "node/web/web_session.h"

struct MHD_Connection;
struct MHD_Daemon;
struct err;
struct jdoc;
struct web_asset;
struct web_event;
struct web_lane_answer;
struct web_jobs;
struct web_lanes;
struct web_phones;
struct web_tls;
struct web_uploads;

/*
 * Inside of the server: what its files share (web_server.c loop, web_conn.c
 * connections, web_request.c one request, web_login.c sessions).
 *
 * One request a connection, every answer closes it: on the loopback a connection costs
 * less than the doubt where a request ends. A connection belongs to web_conn.c until
 * its head is whole and good, then to libmicrohttpd, which reads the body and writes
 * the answer.
 */
#define WEB_CONN_MAX       64
#define WEB_CONN_HEAD_MS   10000 /* for the whole head */
#define WEB_CONN_FLOOR_MS  10000 /* from then on … */
#define WEB_CONN_FLOOR     1024  /* … so many bytes a second, up and down */
#define WEB_CONN_TELL_MS   60000 /* between two lines of the log about refusals */
#define WEB_CONN_LINGER_MS 1000  /* for the other end to read a refusal */

enum web_conn_state {
    WEB_CONN_FREE,
    WEB_CONN_HEAD,   /* its head is coming */
    WEB_CONN_LINGER, /* refused; closed when the other end has read why */
    WEB_CONN_BODY,   /* with libmicrohttpd: the body is coming */
    WEB_CONN_WORK,   /* the body is there, the answer is being made */
    WEB_CONN_SEND,   /* the answer goes out */
    WEB_CONN_STREAM, /* events, for as long as the page is open */
};

struct web_conn {
    enum web_conn_state state;
    int fd;           /* ours up to WEB_CONN_LINGER, then libmicrohttpd's */
    int wire;         /* behind TLS: the socket itself, ours to the end; else -1 */
    int64_t since_ms; /* of this state */
    uint64_t bytes;   /* of taken, or acknowledged, when the state began */
    uint64_t taken;   /* bytes of the body so far */
    char address[48];
    char local[WEB_LISTEN_HOST_MAX]; /* where it came in over TLS, as Host says it */
    struct web_request *req;         /* owned; NULL up to WEB_CONN_LINGER */
};

struct web_request {
    struct web_server *server;
    struct web_conn *conn;
    struct MHD_Connection *mhd; /* once it is handed over */
    struct web_head head;
    const struct api_row *row; /* NULL: static file */
    const struct web_asset *asset;
    struct jdoc *args;           /* owned */
    char token[WEB_SESSION_HEX]; /* of its session, "": none */
    char user[USER_NAME_MAX];
    struct str body;
    int64_t call;   /* in a lane, 0: none */
    int64_t upload; /* its body goes on to this one, 0: no */
    int64_t phone;  /* it is a picture of this one, 0: no */
    void (*done)(struct web_request *r, const struct web_lane_answer *a); /* of it */
    bool suspended, begun;
    struct web_event *event; /* owned; a stream of events, NULL: none */
    /* The answer. */
    bool ready;
    int status;
    char type[64];
    struct str reply;
    char cookie[160]; /* Set-Cookie, "": none */
    int wait_s;       /* Retry-After, 0: none */
};

struct web_server {
    const char *home; /* borrowed */
    struct web_guard guard;
    struct web_sessions *sessions;
    struct web_lanes *lanes;
    struct web_jobs *jobs;
    struct web_auto automatic; /* when it sends by itself */
    bool sends;                /* … if at all: by role and settings, looked at then */
    bool commune;
    int64_t settings_ms; /* when */
    struct web_phones *phones;
    int64_t phones_next_ms; /* their pictures are not taken in before */
    struct web_uploads *uploads;
    struct web_tls *tls; /* NULL: only this computer comes in */
    struct MHD_Daemon *daemon;
    int listen_fd, epoll_fd; /* epoll: connections whose head is coming */
    int lan_fd;              /* -1: none */
    char urls[WEB_SERVER_URLS][WEB_LISTEN_HOST_MAX]; /* of it, as Host; "" ends */
    struct web_conn conns[WEB_CONN_MAX];
    int64_t refused, told_ms;    /* since the log was told so, and when */
    char setup[WEB_SESSION_HEX]; /* the one-time token, "": there is a user */
};

/* ---- web_conn.c -------------------------------------------------------------------
 */

/** web_conn_turn - accept, read heads, refuse or hand over. web_conn_sweep - end what
 * takes too long or is too slow. web_conn_close - all that are not handed over. */
void web_conn_turn(struct web_server *s);
void web_conn_sweep(struct web_server *s);
void web_conn_close(struct web_server *s);
/** web_conn_has_room - whether another one can be let in. */
bool web_conn_has_room(const struct web_server *s);
/** web_conn_lan - where it came in over TLS; NULL: on the loopback, plain. view */
const char *web_conn_lan(const struct web_conn *c);

/** web_conn_enter - another state from now on. */
void web_conn_enter(struct web_conn *c, enum web_conn_state state);
/** web_conn_find - the one of this descriptor; NULL. */
struct web_conn *web_conn_find(struct web_server *s, int fd);
/** web_conn_free - libmicrohttpd has closed it. */
void web_conn_free(struct web_conn *c);

/* ---- web_request.c ----------------------------------------------------------------
 */

/**
 * web_request_new - judge a head: guard, route, session, right, CSRF, length.
 * @head: taken on success. @out: owned, web_request_free(). ERR_WEB_*, ERR_USER_RIGHT.
 */
MUST_CHECK int web_request_new(struct web_server *s, struct web_conn *c,
                               struct web_head *head, struct web_request **out,
                               struct err *e);
void web_request_free(struct web_request *r);
/** web_request_take - bytes of the body. Return: how many were taken; the rest has to
 * wait until web_server_resume(). web_request_begin - it is there. */
size_t web_request_take(struct web_request *r, const char *data, size_t len);
void web_request_begin(struct web_request *r);
/** web_request_ask - put a call of this request into a lane; its answer goes to @done,
 * NULL: it is the answer of the request. */
void web_request_ask(struct web_request *r, const char *verb, const struct jdoc *args,
                     void (*done)(struct web_request *r,
                                  const struct web_lane_answer *a));
/** The answer is there. @body: copied. */
void web_request_say(struct web_request *r, int status, const char *type,
                     const char *body, size_t len);
void web_request_say_json(struct web_request *r, int status, const struct jdoc *j);
void web_request_say_error(struct web_request *r, const struct err *why);
/** web_request_session - its session as it is now; NULL: none. view. */
struct web_session *web_request_session(const struct web_request *r);

/* ---- web_stream.c -----------------------------------------------------------------
 */

/** web_stream_is - whether it asks for events. web_stream_admit - ERR_WEB_BUSY: there
 * are enough. web_stream_begin - its answer begins. web_stream_free - it is gone. */
bool web_stream_is(const struct web_request *r);
MUST_CHECK int web_stream_admit(const struct web_request *r, struct err *e);
void web_stream_begin(struct web_request *r);
void web_stream_free(struct web_request *r);
/** web_stream_take - what goes out now. Return: bytes, 0 nothing is there, -1 it is
 * over. */
ptrdiff_t web_stream_take(struct web_request *r, char *to, size_t room);
/** web_stream_tell - an event to all. web_stream_changed - the counts may be others.
 * web_stream_turn - signs of life, counts, ends. */
void web_stream_tell(struct web_server *s, const char *topic, const struct jdoc *data);
void web_stream_changed(struct web_server *s);
void web_stream_turn(struct web_server *s);

/* ---- web_pair.c -------------------------------------------------------------------
 */

/** web_pair_admit - is it a phone's (web_phone.h), and may a phone do that? Its cookie
 * closes all other routes to who has not logged in, also when it is none any more.
 * Return: 1 a picture of a phone, 0 it is not about phones, -1 and @e: ERR_USER_RIGHT,
 * ERR_WEB_PHONE, ERR_WEB_FIELD (no picture), ERR_WEB_SIZE, ERR_WEB_BUSY. */
MUST_CHECK int web_pair_admit(struct web_request *r, struct err *e);
/** web_pair_run - the verbs "phone…". */
void web_pair_run(struct web_request *r);
/** web_pair_took - its picture is on the disk. ERR_WEB_PHONE: it was ended meanwhile.
 */
MUST_CHECK int web_pair_took(struct web_request *r, const struct jdoc *kept,
                             struct err *e);
/** web_pair_end_user - the phones of somebody who logged out, or may not any more. */
void web_pair_end_user(struct web_server *s, const char *user);
/** web_pair_hear - what the jobs tell (web_job.h). web_pair_turn - begins to take in
 * what is here. */
void web_pair_hear(struct web_server *s, const char *topic, const struct jdoc *data);
void web_pair_turn(struct web_server *s);

/* ---- web_login.c ------------------------------------------------------------------
 */

/** web_login_run - the verbs "session…": log in, out, lock, unlock, first user. */
void web_login_run(struct web_request *r);
/** web_login_while_locked - whether the verb works while the screen is locked. */
bool web_login_while_locked(const char *verb);
/** web_login_cookie - the name of the session's cookie. static. */
const char *web_login_cookie(const struct web_conn *c);

/* ---- web_server.c -----------------------------------------------------------------
 */

/** web_server_add - hand a connection over to libmicrohttpd. False: it did not take it
 * (and has closed it). */
bool web_server_add(struct web_server *s, struct web_conn *c);
/** web_server_resume - the answer of a request that waited is there, or there is room
 * for more of its body. */
void web_server_resume(struct web_request *r);

#endif
