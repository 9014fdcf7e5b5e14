/* SPDX-License-Identifier: Apache-2.0 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <linux/tcp.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/log.h"
#include "node/web/web_part.h"

#define ACCEPT_MAX 64 /* in one turn */
#define DRAIN_MAX  16 /* reads of what a refused one still sends, in one turn */
#define SECOND_MS  1000

/* Bytes that a connection has received, or that the other end has acknowledged. The
 * kernel counts: libmicrohttpd tells nothing before a request is whole. */
static uint64_t bytes_of(int fd, bool sent)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
        return 0;
    return sent ? info.tcpi_bytes_acked : info.tcpi_bytes_received;
}

void web_conn_enter(struct web_conn *c, enum web_conn_state state)
{
    c->state = state;
    c->since_ms = clock_mono_ms();
    c->bytes = bytes_of(c->fd, state == WEB_CONN_SEND);
}

struct web_conn *web_conn_find(struct web_server *s, int fd)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].state > WEB_CONN_LINGER && s->conns[i].fd == fd)
            return &s->conns[i];
    return NULL;
}

void web_conn_free(struct web_conn *c)
{
    web_request_free(c->req);
    *c = (struct web_conn){.fd = -1};
}

/* One that is still ours: closing takes it out of epoll. */
static void drop(struct web_conn *c)
{
    fs_fd_auto(&c->fd);
    web_conn_free(c);
}

void web_conn_close(struct web_server *s)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].state == WEB_CONN_HEAD || s->conns[i].state == WEB_CONN_LINGER)
            drop(&s->conns[i]);
}

/* ---- refusing ---------------------------------------------------------------------
 */

/* What is still unread would have the kernel cut the answer off: it is read away first,
 * and once more until the other end closes. */
static void drain(struct web_conn *c)
{
    char away[4096];

    for (int i = 0; i < DRAIN_MAX; i++) {
        ssize_t n = recv(c->fd, away, sizeof away, MSG_DONTWAIT);

        if (n > 0)
            continue;
        if (c->state == WEB_CONN_LINGER && (n == 0 || errno != EAGAIN))
            drop(c);
        return;
    }
}

static void refuse(struct web_server *s, struct web_conn *c, const struct err *why,
                   bool body)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    web_guard_refusal(why, body, 0, &text);
    drain(c);
    /* The buffer of a fresh socket takes it whole; who does not read gets nothing. */
    if (send(c->fd, str_text(&text), text.len, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ||
        shutdown(c->fd, SHUT_WR) < 0) {
        drop(c);
        return;
    }
    s->refused++;
    web_conn_enter(c, WEB_CONN_LINGER);
}

/* ---- heads ------------------------------------------------------------------------
 */

static void hand_over(struct web_server *s, struct web_conn *c, struct web_request *req)
{
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, c->fd, NULL) < 0) {
        web_request_free(req);
        drop(c);
        return;
    }
    c->req = req;
    web_conn_enter(c, WEB_CONN_BODY);
    if (!web_server_add(s, c))
        web_conn_free(c);
}

/* Looks at what is there without taking it: libmicrohttpd reads it again. */
static void look(struct web_server *s, struct web_conn *c)
{
    char bytes[WEB_HEAD_MAX];
    ssize_t n = recv(c->fd, bytes, sizeof bytes, MSG_DONTWAIT | MSG_PEEK);
    AUTO_HEAD struct web_head head = {.text = NULL};
    struct web_request *req = NULL;
    struct err e = ERR_INIT;
    size_t len = 0;
    int rc = 0;

    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    rc = web_head_whole(bytes, (size_t)n, &len, &e);
    if (rc == 0)
        return;
    if (rc < 0 || web_head_parse(bytes, len, &head, &e) < 0 ||
        web_request_new(s, c, &head, &req, &e) < 0)
        refuse(s, c, &e, !head.path || head.method != WEB_HEAD);
    else
        hand_over(s, c, req);
}

/* ---- accepting --------------------------------------------------------------------
 */

/* How gladly a connection is given up for another one: those that have shown nothing
 * first, then bodies of people who have not logged in; never one at work. */
static int rank(const struct web_conn *c)
{
    switch (c->state) {
    case WEB_CONN_LINGER:
        return 3;
    case WEB_CONN_HEAD:
        return 2;
    case WEB_CONN_BODY:
        return c->req->token[0] ? 0 : 1;
    case WEB_CONN_FREE:
    case WEB_CONN_WORK:
    case WEB_CONN_SEND:
    case WEB_CONN_STREAM:
    default:
        return 0;
    }
}

static struct web_conn *free_place(struct web_server *s)
{
    struct web_conn *worst = NULL;

    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        struct web_conn *c = &s->conns[i];

        if (c->state == WEB_CONN_FREE)
            return c;
        if (rank(c) > 0 && (!worst || rank(c) > rank(worst) ||
                            (rank(c) == rank(worst) && c->since_ms < worst->since_ms)))
            worst = c;
    }
    if (!worst)
        return NULL;
    if (worst->state == WEB_CONN_BODY) {
        /* libmicrohttpd sees its end in this turn and gives the place back. */
        (void)shutdown(worst->fd, SHUT_RDWR);
        return NULL;
    }
    drop(worst);
    return worst;
}

static void set_address(struct web_conn *c, const struct sockaddr_storage *a)
{
    if (a->ss_family == AF_INET)
        (void)inet_ntop(AF_INET, &((const struct sockaddr_in *)a)->sin_addr, c->address,
                        sizeof c->address);
    else
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr,
                        c->address, sizeof c->address);
}

/* Return: false when nobody else waits. */
static bool accept_one(struct web_server *s)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof from;
    struct web_conn *c = free_place(s);
    int fd = -1;

    if (!c)
        return false; /* all are at work: the next one waits before the door */
    fd = accept4(s->listen_fd, (struct sockaddr *)&from, &len,
                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    c->fd = fd;
    set_address(c, &from);
    ev.data.ptr = c;
    web_conn_enter(c, WEB_CONN_HEAD);
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0)
        drop(c);
    else
        look(s, c);
    return true;
}

bool web_conn_has_room(const struct web_server *s)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].state == WEB_CONN_FREE || rank(&s->conns[i]) > 0)
            return true;
    return false;
}

static bool somebody_waits(const struct web_server *s)
{
    struct pollfd p = {.fd = s->listen_fd, .events = POLLIN};

    return web_conn_has_room(s) && poll(&p, 1, 0) == 1;
}

void web_conn_turn(struct web_server *s)
{
    struct epoll_event evs[WEB_CONN_MAX];
    int n = epoll_wait(s->epoll_fd, evs, WEB_CONN_MAX, 0);

    for (int i = 0; i < n; i++) {
        struct web_conn *c = evs[i].data.ptr;

        if (c->state == WEB_CONN_HEAD)
            look(s, c);
        else if (c->state == WEB_CONN_LINGER)
            drain(c);
    }
    for (int i = 0; i < ACCEPT_MAX && somebody_waits(s); i++)
        if (!accept_one(s))
            break;
}

/* ---- time and floor ---------------------------------------------------------------
 */

static bool too_slow(const struct web_conn *c, int64_t age_ms)
{
    bool sends = c->state == WEB_CONN_SEND;
    uint64_t moved = bytes_of(c->fd, sends) - c->bytes;

    return age_ms > WEB_CONN_FLOOR_MS &&
           moved < (uint64_t)(age_ms / SECOND_MS) * WEB_CONN_FLOOR;
}

/* One line a minute, however many knock. */
static void tell_refused(struct web_server *s, int64_t now)
{
    if (s->refused == 0 || now - s->told_ms < WEB_CONN_TELL_MS)
        return;
    log_event(s->home, "serve refused %lld", (long long)s->refused);
    s->refused = 0;
    s->told_ms = now;
}

void web_conn_sweep(struct web_server *s)
{
    int64_t now = clock_mono_ms();

    tell_refused(s, now);

    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        struct web_conn *c = &s->conns[i];
        int64_t age_ms = now - c->since_ms;
        struct err e = ERR_INIT;

        if (c->state == WEB_CONN_HEAD && age_ms > WEB_CONN_HEAD_MS) {
            (void)err_set(&e, ERR_WEB_SLOW, "%s", "");
            refuse(s, c, &e, true);
        } else if (c->state == WEB_CONN_LINGER && age_ms > WEB_CONN_LINGER_MS) {
            drop(c);
        } else if ((c->state == WEB_CONN_BODY || c->state == WEB_CONN_SEND) &&
                   too_slow(c, age_ms)) {
            /* libmicrohttpd sees an error and cleans up. */
            (void)shutdown(c->fd, SHUT_RDWR);
        }
    }
}
