/* SPDX-License-Identifier: Apache-2.0 */
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
#include "node/web/web_listen.h"
#include "node/web/web_part.h"
#include "node/web/web_tls.h"

#define ACCEPT_MAX 64 /* in one turn */
#define DRAIN_MAX  16 /* reads of what a refused one still sends, in one turn */
#define SECOND_MS  1000

/* Bytes of the body that came, or that the other end has acknowledged: the kernel
 * counts those, also behind TLS. What comes is counted without TLS, which can be made
 * to be mostly padding. */
static uint64_t bytes_of(const struct web_conn *c)
{
    struct tcp_info info = {0};
    socklen_t len = sizeof info;

    if (c->state != WEB_CONN_SEND)
        return c->taken;
    if (getsockopt(c->wire >= 0 ? c->wire : c->fd, IPPROTO_TCP, TCP_INFO, &info, &len) <
        0)
        return 0;
    return info.tcpi_bytes_acked;
}

const char *web_conn_lan(const struct web_conn *c)
{
    return c->wire >= 0 ? c->local : NULL;
}

void web_conn_enter(struct web_conn *c, enum web_conn_state state)
{
    c->state = state;
    c->since_ms = clock_mono_ms();
    c->bytes = bytes_of(c);
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
    fs_fd_auto(&c->wire);
    *c = (struct web_conn){.fd = -1, .wire = -1};
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
        return c->req->token[0] || c->req->phone ? 0 : 1;
    case WEB_CONN_FREE:
    case WEB_CONN_WORK:
    case WEB_CONN_SEND:
    case WEB_CONN_STREAM:
    default:
        return 0;
    }
}

/* Those that have shown nothing, of one address: of many the oldest goes before the
 * only one of another. */
static int crowd(const struct web_server *s, const struct web_conn *c)
{
    int n = 0;

    if (c->state != WEB_CONN_HEAD)
        return 0;
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        n += s->conns[i].state == WEB_CONN_HEAD &&
             strcmp(s->conns[i].address, c->address) == 0;
    return n;
}

/* Whether @a goes before @b. */
static bool goes_first(const struct web_server *s, const struct web_conn *a,
                       const struct web_conn *b)
{
    if (rank(a) != rank(b))
        return rank(a) > rank(b);
    if (crowd(s, a) != crowd(s, b))
        return crowd(s, a) > crowd(s, b);
    return a->since_ms < b->since_ms;
}

/* One that is free, else the one that goes first; NULL: all are at work. */
static struct web_conn *find_place(struct web_server *s)
{
    struct web_conn *worst = NULL;

    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        struct web_conn *c = &s->conns[i];

        if (c->state == WEB_CONN_FREE)
            return c;
        if (rank(c) > 0 && (!worst || goes_first(s, c, worst)))
            worst = c;
    }
    return worst;
}

static struct web_conn *free_place(struct web_server *s)
{
    struct web_conn *worst = find_place(s);

    /* Its head may have come since it was looked at: in a crowd many a millisecond. */
    while (worst && worst->state == WEB_CONN_HEAD) {
        look(s, worst);
        if (worst->state == WEB_CONN_HEAD)
            break;
        worst = find_place(s);
    }
    if (!worst || worst->state == WEB_CONN_FREE)
        return worst;
    if (worst->state == WEB_CONN_BODY) {
        /* libmicrohttpd sees its end in this turn and gives the place back. */
        (void)shutdown(worst->fd, SHUT_RDWR);
        return NULL;
    }
    drop(worst);
    return worst;
}

/* Gives the socket to the process that ends TLS; what is read is its other end. */
static int take_tls(struct web_server *s, struct web_conn *c, int fd)
{
    struct sockaddr_storage local = {0};
    socklen_t len = sizeof local;
    struct err e = ERR_INIT; /* told in the log by web_tls.c */
    char name[WEB_LISTEN_HOST_MAX];
    int one = 1;

    c->wire = fd;
    if (getsockname(fd, (struct sockaddr *)&local, &len) < 0 ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) < 0 ||
        web_tls_give(s->tls, fd, &c->fd, &e) < 0)
        return -1;
    web_listen_text(&local, name, sizeof name);
    web_listen_host(name, web_listen_port(&local), WEB_LISTEN_HTTPS, c->local);
    return 0;
}

/* Return: false when nobody else waits. */
static bool accept_one(struct web_server *s, int listen_fd, bool tls)
{
    struct epoll_event ev = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET};
    struct sockaddr_storage from = {0};
    socklen_t len = sizeof from;
    struct web_conn *c = free_place(s);
    int fd = -1;

    if (!c)
        return false; /* all are at work: the next one waits before the door */
    fd = accept4(listen_fd, (struct sockaddr *)&from, &len,
                 SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0)
        return errno == ECONNABORTED || errno == EINTR;
    web_listen_text(&from, c->address, sizeof c->address);
    if (tls && take_tls(s, c, fd) < 0) {
        web_conn_free(c);
        return false;
    }
    if (!tls)
        c->fd = fd;
    ev.data.ptr = c;
    web_conn_enter(c, WEB_CONN_HEAD);
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, c->fd, &ev) < 0)
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

static bool somebody_waits(const struct web_server *s, int listen_fd)
{
    struct pollfd p = {.fd = listen_fd, .events = POLLIN};

    return listen_fd >= 0 && web_conn_has_room(s) && poll(&p, 1, 0) == 1;
}

static void accept_all(struct web_server *s, int listen_fd, bool tls)
{
    for (int i = 0; i < ACCEPT_MAX && somebody_waits(s, listen_fd); i++)
        if ((tls && !web_tls_ready(s->tls)) || !accept_one(s, listen_fd, tls))
            break;
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
    accept_all(s, s->listen_fd, false);
    if (s->tls)
        accept_all(s, s->lan_fd, true);
}

/* ---- time and floor ---------------------------------------------------------------
 */

static bool too_slow(const struct web_conn *c, int64_t age_ms)
{
    uint64_t moved = bytes_of(c) - c->bytes;

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
