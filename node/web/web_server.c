/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_server.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <microhttpd.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/flow/flow_cert.h"
#include "node/flow/home.h"
#include "node/web/web_auto.h"
#include "node/web/web_event.h"
#include "node/web/web_job.h"
#include "node/web/web_lane.h"
#include "node/web/web_listen.h"
#include "node/web/web_part.h"
#include "node/web/web_phone.h"
#include "node/web/web_static.h"
#include "node/web/web_tls.h"
#include "node/web/web_upload.h"

#define SWEEP_MS     250  /* how often times and floors are looked at */
#define END_MS       5000 /* for what is being changed to come to its end */
#define MEMORY       ((size_t)48 << 10) /* of libmicrohttpd for one connection */
#define STREAM_BLOCK ((size_t)8 << 10)  /* of one stream of events */
#define FDS_MAX      (5 + WEB_LANE_PROCS + WEB_JOB_MAX + WEB_UPLOAD_MAX)

/* ---- answers ----------------------------------------------------------------------
 */

static void add_header(struct MHD_Response *m, const char *name, const char *value)
{
    /* Fails only without memory: then the connection is closed, see queue(). */
    (void)MHD_add_response_header(m, name, value);
}

static void add_headers(struct MHD_Response *m, const struct web_request *r)
{
    const char *value = NULL;
    const char *name = NULL;

    for (size_t i = 0; (name = web_guard_header(i, &value)); i++)
        add_header(m, name, value);
    if (r->cookie[0])
        add_header(m, "Set-Cookie", r->cookie);
    if (r->wait_s > 0) {
        char text[16];

        (void)snprintf(text, sizeof text, "%d", r->wait_s);
        add_header(m, "Retry-After", text);
    }
}

static struct MHD_Response *static_response(struct web_request *r)
{
    const struct web_asset *a = r->asset;
    bool gzip = r->head.gzip && a->gzip;
    struct MHD_Response *m = NULL;

    const unsigned char *bytes = gzip ? a->gzip : a->raw;
    size_t len = gzip ? a->gzip_len : a->raw_len;

    if (strcmp(r->head.etag, a->etag) == 0) {
        r->status = 304;
        len = 0;
    }
    /* Neither copied nor changed, though the parameter does not say so. */
    m = MHD_create_response_from_buffer(len, (void *)(uintptr_t)bytes,
                                        MHD_RESPMEM_PERSISTENT);
    if (!m)
        return NULL;
    add_header(m, "Content-Type", a->type);
    add_header(m, "ETag", a->etag);
    add_header(m, "Vary", "Accept-Encoding");
    if (gzip && r->status != 304)
        add_header(m, "Content-Encoding", "gzip");
    add_header(m, "Cache-Control",
               a->immutable ? "public, max-age=31536000, immutable" : "no-cache");
    return m;
}

static struct MHD_Response *api_response(struct web_request *r)
{
    size_t len = r->reply.len;
    char *body = str_take(&r->reply);
    struct MHD_Response *m = NULL;

    m = MHD_create_response_from_buffer_with_free_callback(len, body, mem_free);
    if (!m) {
        mem_free(body);
        return NULL;
    }
    add_header(m, "Content-Type", r->type);
    add_header(m, "Cache-Control", "no-store");
    return m;
}

/* ---- events -----------------------------------------------------------------------
 */

/* Nothing to send: the connection sleeps until there is. */
static ssize_t read_stream(void *cls, uint64_t pos, char *to, size_t room)
{
    struct web_request *r = cls;
    ptrdiff_t n = web_stream_take(r, to, room);

    (void)pos;
    if (n < 0)
        return MHD_CONTENT_READER_END_OF_STREAM;
    if (n == 0) {
        r->suspended = true;
        MHD_suspend_connection(r->mhd);
    }
    return n;
}

static struct MHD_Response *stream_response(struct web_request *r)
{
    struct MHD_Response *m = MHD_create_response_from_callback(
        MHD_SIZE_UNKNOWN, STREAM_BLOCK, read_stream, r, NULL);

    if (!m)
        return NULL;
    add_header(m, "Content-Type", WEB_EVENT_TYPE);
    add_header(m, "Cache-Control", "no-store");
    return m;
}

static enum MHD_Result queue(struct MHD_Connection *mhd, struct web_request *r)
{
    struct MHD_Response *m = r->asset   ? static_response(r)
                             : r->event ? stream_response(r)
                                        : api_response(r);
    enum MHD_Result rc = MHD_NO;

    if (!m)
        return MHD_NO; /* no memory: the connection is closed */
    add_headers(m, r);
    web_conn_enter(r->conn, r->event ? WEB_CONN_STREAM : WEB_CONN_SEND);
    rc = MHD_queue_response(mhd, (unsigned)r->status, m);
    MHD_destroy_response(m);
    return rc;
}

/* ---- what libmicrohttpd calls ------------------------------------------------------
 */

static struct web_request *request_of(struct web_server *s, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct web_conn *c = info ? web_conn_find(s, info->connect_fd) : NULL;

    return c ? c->req : NULL;
}

/* Takes of the body what can be taken; the rest waits, in the kernel and with who sends
 * it. That time is ours and not counted as slowness. */
static void take(struct web_request *r, const char *data, size_t *len)
{
    size_t taken = web_request_take(r, data, *len);

    r->conn->taken += taken;
    *len -= taken;
    if (*len == 0)
        return;
    web_conn_enter(r->conn, WEB_CONN_WORK);
    r->suspended = true;
    MHD_suspend_connection(r->mhd);
}

/* The head was judged before libmicrohttpd saw it: what it says of it is not used. */
static enum MHD_Result on_request(void *cls, struct MHD_Connection *mhd,
                                  const char *url, const char *method,
                                  const char *version, const char *data, size_t *len,
                                  void **con_cls)
{
    struct web_request *r = *con_cls;

    (void)url;
    (void)method;
    (void)version;
    if (!r) {
        r = request_of(cls, mhd);
        *con_cls = r;
        if (r)
            r->mhd = mhd;
        return r ? MHD_YES : MHD_NO;
    }
    if (*len > 0) {
        take(r, data, len);
        return MHD_YES;
    }
    if (!r->begun) {
        web_conn_enter(r->conn, WEB_CONN_WORK);
        web_request_begin(r);
    }
    if (r->ready)
        return queue(mhd, r);
    r->suspended = true;
    MHD_suspend_connection(mhd);
    return MHD_YES;
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **socket_cls,
                          enum MHD_ConnectionNotificationCode code)
{
    struct web_request *r = request_of(cls, mhd);

    (void)socket_cls;
    if (code == MHD_CONNECTION_NOTIFY_CLOSED && r)
        web_conn_free(r->conn);
}

void web_server_resume(struct web_request *r)
{
    r->suspended = false;
    if (!r->begun)
        web_conn_enter(r->conn, WEB_CONN_BODY);
    MHD_resume_connection(r->mhd);
}

bool web_server_add(struct web_server *s, struct web_conn *c)
{
    struct sockaddr_storage a = {0};
    socklen_t len = sizeof a;

    if (getpeername(c->wire >= 0 ? c->wire : c->fd, (struct sockaddr *)&a, &len) < 0) {
        fs_fd_auto(&c->fd);
        return false;
    }
    /* Closes it when it fails. */
    return MHD_add_connection(s->daemon, c->fd, (struct sockaddr *)&a, len) == MHD_YES;
}

static int start_daemon(struct web_server *s, struct err *e)
{
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME, 0, NULL,
        NULL, on_request, s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)WEB_CONN_MAX, MHD_OPTION_END);
    return s->daemon ? 0 : err_set(e, ERR_INTERNAL, "libmicrohttpd");
}

/* ---- beginning --------------------------------------------------------------------
 */

struct first {
    bool answered;
    int64_t users;
    struct err why;
};

static void take_first(void *to, const struct web_lane_answer *a)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct first *f = to;
    const char *code = NULL;

    f->answered = true;
    f->users = -1;
    if (jdoc_parse(a->body, a->len, &j, &f->why) < 0)
        return;
    if (a->status == 200 && jdoc_int(j, "users", 0, INT64_MAX, &f->users))
        return;
    code = jdoc_text(jdoc_get(j, "error"), "code");
    (void)err_set(&f->why,
                  code && err_code_find(code) ? err_code_find(code) : ERR_INTERNAL,
                  "%s", "");
}

static void wait_lanes(const struct web_lanes *w)
{
    struct pollfd p[WEB_LANE_PROCS];
    int fds[WEB_LANE_PROCS];
    size_t n = web_lane_fds(w, fds);

    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    (void)poll(p, n, SWEEP_MS);
}

/* The store opens, and is there anybody? Nobody is served before. */
static int ask_first(struct web_server *s, struct err *e)
{
    AUTO_JDOC struct jdoc *args = jdoc_object();
    struct first f = {.answered = false};

    if (web_lane_ask(s->lanes, api_row("node"), "", args, take_first, &f, NULL, e) < 0)
        return -1;
    while (!f.answered) {
        web_lane_turn(s->lanes);
        if (!f.answered)
            wait_lanes(s->lanes);
    }
    if (f.users < 0) {
        *e = f.why;
        return -1;
    }
    return f.users == 0 ? web_session_random(s->setup, e) : 0;
}

static int tell_ready(const struct web_server_opts *o, const struct web_server *s,
                      struct err *e)
{
    struct web_server_place place = {.setup = s->setup[0] != '\0'};
    struct tlscert cert = {.count = 0};
    AUTO_MEM char *url = mem_printf("http://%s/%s%s", s->guard.hosts[0],
                                    place.setup ? "#" : "", s->setup);

    place.url = url;
    place.lan = s->urls;
    if (s->tls && flow_cert_facts(o->home, &cert, e) < 0)
        return -1;
    place.cert = s->tls ? &cert : NULL;
    if (o->ready)
        o->ready(o->to, &place);
    return 0;
}

/* ---- loop -------------------------------------------------------------------------
 */

static size_t collect(const struct web_server *s, int mhd_fd, struct pollfd *p)
{
    int fds[WEB_LANE_PROCS];
    int pipes[WEB_JOB_MAX];
    size_t lanes = web_lane_fds(s->lanes, fds);
    size_t jobs = web_job_fds(s->jobs, pipes);
    size_t n = 0;

    p[n++] = (struct pollfd){.fd = mhd_fd, .events = POLLIN};
    p[n++] = (struct pollfd){.fd = s->epoll_fd, .events = POLLIN};
    if (s->listen_fd >= 0 && web_conn_has_room(s))
        p[n++] = (struct pollfd){.fd = s->listen_fd, .events = POLLIN};
    if (s->lan_fd >= 0 && web_tls_ready(s->tls) && web_conn_has_room(s))
        p[n++] = (struct pollfd){.fd = s->lan_fd, .events = POLLIN};
    if (s->tls)
        p[n++] =
            (struct pollfd){.fd = web_tls_fd(s->tls), .events = web_tls_events(s->tls)};
    for (size_t i = 0; i < lanes; i++)
        p[n++] = (struct pollfd){.fd = fds[i], .events = POLLIN};
    for (size_t i = 0; i < jobs; i++)
        p[n++] = (struct pollfd){.fd = pipes[i], .events = POLLIN};
    n += web_upload_fds(s->uploads, p + n);
    return n;
}

/* Whether the settings want it, and there is somewhere to send to. */
static void look_at_settings(struct web_server *s, int64_t now_ms)
{
    AUTO_CONF struct conf *conf = NULL;
    struct err why = ERR_INIT; /* a broken file: every command says so */

    if (s->settings_ms > 0 && now_ms - s->settings_ms < WEB_AUTO_LOOK_MS)
        return;
    s->settings_ms = now_ms;
    s->sends = s->commune && conf_load(s->home, &conf, &why) == 0 &&
               strcmp(conf_get(conf, "sync.auto"), "on") == 0 &&
               conf_get(conf, "upstream.url")[0] != '\0';
}

static void send_by_itself(struct web_server *s)
{
    int64_t now_ms = clock_mono_ms();
    AUTO_JDOC struct jdoc *job = NULL;
    struct err why = ERR_INIT; /* one runs, or nothing can begin: looked at again */

    look_at_settings(s, now_ms);
    if (!s->sends || stop_requested() || !web_auto_due(&s->automatic, now_ms))
        return;
    web_auto_later(&s->automatic, now_ms);
    if (web_job_start(s->jobs, "sync", "", NULL, ROLE_ADMIN, &job, &why) == 0)
        log_event(s->home, "serve sends by itself");
}

static int turn(struct web_server *s, int mhd_fd, int64_t *swept_ms, struct err *e)
{
    struct pollfd p[FDS_MAX];
    size_t n = collect(s, mhd_fd, p);
    MHD_UNSIGNED_LONG_LONG more_ms = SWEEP_MS;

    if (MHD_get_timeout(s->daemon, &more_ms) != MHD_YES || more_ms > SWEEP_MS)
        more_ms = SWEEP_MS;
    if (poll(p, n, (int)more_ms) < 0 && errno != EINTR)
        return err_sys(e, ERR_INTERNAL, "poll");
    if (s->tls)
        web_tls_turn(s->tls);
    web_conn_turn(s);
    web_lane_turn(s->lanes);
    web_job_turn(s->jobs);
    web_upload_turn(s->uploads);
    if (MHD_run(s->daemon) != MHD_YES)
        return err_set(e, ERR_INTERNAL, "libmicrohttpd");
    /* What it has just begun goes off at once. */
    web_lane_turn(s->lanes);
    if (clock_mono_ms() - *swept_ms > SWEEP_MS) {
        web_conn_sweep(s);
        web_pair_turn(s);
        web_stream_turn(s);
        send_by_itself(s);
        *swept_ms = clock_mono_ms();
    }
    return 0;
}

static bool at_work(const struct web_server *s)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].state == WEB_CONN_WORK || s->conns[i].state == WEB_CONN_SEND)
            return true;
    return web_lane_busy(s->lanes) || web_job_busy(s->jobs);
}

static int loop(struct web_server *s, struct err *e)
{
    const union MHD_DaemonInfo *info =
        MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    int64_t swept_ms = 0;
    int64_t end_ms = 0;

    if (!info)
        return err_set(e, ERR_INTERNAL, "libmicrohttpd");
    while (!stop_requested())
        if (turn(s, info->epoll_fd, &swept_ms, e) < 0)
            return -1;
    /* Nobody new; what is begun ends. */
    fs_fd_auto(&s->listen_fd);
    fs_fd_auto(&s->lan_fd);
    web_conn_close(s);
    web_job_end(s->jobs);
    end_ms = clock_mono_ms() + END_MS;
    while (at_work(s) && clock_mono_ms() < end_ms)
        if (turn(s, info->epoll_fd, &swept_ms, e) < 0)
            return -1;
    return 0;
}

static void end(struct web_server *s)
{
    web_conn_close(s);
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].req && s->conns[i].req->suspended)
            web_server_resume(s->conns[i].req);
    if (s->daemon)
        MHD_stop_daemon(s->daemon); /* closes the rest, which frees their requests */
    web_job_table_free(s->jobs); /* what did not stop in time dies: all is resumable */
    web_upload_table_free(s->uploads);
    web_lane_free(s->lanes);
    web_tls_free(s->tls);
    web_session_table_free(s->sessions);
    web_phone_table_free(s->phones);
    fs_fd_auto(&s->listen_fd);
    fs_fd_auto(&s->lan_fd);
    fs_fd_auto(&s->epoll_fd);
    mem_wipe(s->setup, sizeof s->setup);
}
#define AUTO_SERVER AUTO(end)

static void hear_job(void *to, const char *topic, const struct jdoc *data)
{
    struct web_server *s = to;

    if (strcmp(topic, "job") == 0)
        web_auto_hear(&s->automatic, data, clock_mono_ms());
    web_stream_tell(to, topic, data);
    web_stream_changed(to);
    web_pair_hear(to, topic, data);
}

/* Where others find it: the address it listens at, or all of IPv4 that this computer
 * has ([::] takes those as well); then by name. */
static void add_urls(struct web_server *s, const char *address,
                     char (*names)[TLSCERT_NAME_MAX], size_t count, int port)
{
    size_t n = 0;

    if (address[0])
        web_listen_host(address, port, WEB_LISTEN_HTTPS, s->urls[n++]);
    for (size_t i = 0; i < count; i++) {
        bool is_name = strspn(names[i], "0123456789.") != strlen(names[i]);

        if (is_name)
            web_guard_add_name(&s->guard, names[i], port);
        else if (!address[0] && n < WEB_SERVER_URLS - 1)
            web_listen_host(names[i], port, WEB_LISTEN_HTTPS, s->urls[n++]);
    }
}

/* The door for others: nothing of it without a certificate. */
static int begin_lan(struct web_server *s, const struct web_server_opts *o,
                     const char *node, struct err *e)
{
    char names[TLSCERT_NAMES_MAX][TLSCERT_NAME_MAX];
    char address[WEB_LISTEN_HOST_MAX];
    size_t count = flow_cert_names(names, TLSCERT_NAMES_MAX);
    int port = 0;

    if (web_listen_address(o->lan, address, e) < 0 ||
        web_listen_lan(o->lan, &s->lan_fd, &port, e) < 0)
        return -1;
    s->tls = web_tls_new(o->home, node, address);
    if (web_tls_start(s->tls, e) < 0)
        return -1;
    add_urls(s, address, names, count, port);
    return 0;
}

static int begin(struct web_server *s, const struct web_server_opts *o,
                 const char *node, struct err *e)
{
    const struct web_job_listener listener = {.event = hear_job, .to = s};
    int port = 0;

    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        s->conns[i].fd = s->conns[i].wire = -1;
    s->home = o->home;
    if (web_listen_plain(o->listen ? o->listen : WEB_SERVER_LISTEN, &s->listen_fd,
                         &port, e) < 0)
        return -1;
    web_guard_init(&s->guard, port);
    if (o->lan && begin_lan(s, o, node, e) < 0)
        return -1;
    s->sessions = web_session_table();
    s->phones = web_phone_table();
    s->lanes = web_lane_new(o->home, 0);
    s->jobs = web_job_table(o->home);
    web_job_listen(s->jobs, &listener);
    web_auto_init(&s->automatic, clock_mono_ms());
    s->uploads = web_upload_table(o->home);
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll_fd < 0)
        return err_sys(e, ERR_INTERNAL, "epoll");
    return start_daemon(s, e) < 0 || ask_first(s, e) < 0 ? -1 : 0;
}

int web_server_run(const struct web_server_opts *o, struct err *e)
{
    AUTO_HOME struct home home = {0};
    AUTO_LOCK struct lock service = LOCK_INIT;
    AUTO_MEM char *lock_path = fs_path(o->home, "service.lock");
    AUTO_SERVER struct web_server s = {.home = NULL};
    int rc = 0;

    s.listen_fd = s.lan_fd = s.epoll_fd = -1;
    if (home_open(o->home, &home, e) < 0)
        return -1;
    s.commune = !home_is_upper(&home);
    if (lock_take(&service, lock_path, 0, e) < 0 || begin(&s, o, home.node, e) < 0)
        return -1;
    log_event(o->home, "serve begins");
    if (tell_ready(o, &s, e) < 0)
        return -1;
    rc = loop(&s, e);
    log_event(o->home, "serve ends");
    return rc;
}
