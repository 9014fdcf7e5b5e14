/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_tls_pump.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>

#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/tlsend.h"

#define SWEEP_MS  250
#define TURNS_MAX 16 /* of one connection before the next one has its turn */
#define SECOND_MS 1000

/* What a browser gets that was told http:// instead of https://. Nothing of the request
 * comes back. */
#define PLAIN_HTTP                                                                     \
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"          \
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n"                   \
    "Connection: close\r\n\r\n"                                                        \
    "Write https:// before the address.\n"                                             \
    "H\u00e3y vi\u1ebft https:// tr\u01b0\u1edbc \u0111\u1ecba ch\u1ec9.\n"

enum state {
    FREE,
    GREET,  /* the handshake */
    OPEN,   /* bytes both ways */
    LINGER, /* all is said; waiting for the other end to close */
};

struct flow {
    char *bytes; /* WEB_TLS_PUMP_BYTES, owned */
    size_t at, len;
};

struct conn {
    enum state state;
    int wire, plain;
    short wire_wants, plain_wants; /* events of poll() */
    struct tlsend_conn *tls;       /* owned */
    struct flow up, down;          /* up: to serve */
    bool looked;                   /* at its first byte */
    bool wire_over, told;          /* no more comes from there; serve knows */
    bool plain_over;               /* serve has finished, all is read */
    bool hung;                     /* serve has closed it */
    bool deaf;                     /* serve takes nothing any more */
    bool again;                    /* had its turns and could go on */
    int64_t since_ms;              /* GREET, hung or plain_over, LINGER */
    int64_t sent;                  /* since hung or plain_over */
};

struct web_tls_pump {
    struct tlsend *t;
    struct conn conns[WEB_TLS_PUMP_MAX];
};

struct web_tls_pump *web_tls_pump_new(struct tlsend *t)
{
    struct web_tls_pump *p = mem_new(1, sizeof *p);

    p->t = t;
    return p;
}

static void drop(struct conn *c)
{
    if (c->state == FREE)
        return;
    tlsend_close(c->tls);
    fs_fd_auto(&c->wire);
    fs_fd_auto(&c->plain);
    mem_wipe(c->up.bytes, WEB_TLS_PUMP_BYTES);
    mem_wipe(c->down.bytes, WEB_TLS_PUMP_BYTES);
    mem_free(c->up.bytes);
    mem_free(c->down.bytes);
    *c = (struct conn){.state = FREE};
}

void web_tls_pump_free(struct web_tls_pump *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++)
        drop(&p->conns[i]);
    mem_free(p);
}

size_t web_tls_pump_count(const struct web_tls_pump *p)
{
    size_t n = 0;

    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++)
        n += p->conns[i].state != FREE;
    return n;
}

/* ---- coming -----------------------------------------------------------------------
 */

/* How gladly it is given up for another one. */
static int rank(const struct conn *c)
{
    if (c->state == LINGER)
        return 3;
    if (c->hung)
        return 2;
    return c->state == GREET ? 1 : 0;
}

static struct conn *place(struct web_tls_pump *p)
{
    struct conn *worst = NULL;

    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++) {
        struct conn *c = &p->conns[i];

        if (c->state == FREE)
            return c;
        if (rank(c) > 0 && (!worst || rank(c) > rank(worst) ||
                            (rank(c) == rank(worst) && c->since_ms < worst->since_ms)))
            worst = c;
    }
    if (worst)
        drop(worst);
    return worst;
}

void web_tls_pump_add(struct web_tls_pump *p, int wire, int plain, int64_t now_ms)
{
    struct conn *c = place(p);
    struct tlsend_conn *tls = c ? tlsend_open(p->t, wire) : NULL;

    if (!tls) {
        fs_fd_auto(&wire);
        fs_fd_auto(&plain);
        return;
    }
    *c = (struct conn){.state = GREET,
                       .wire = wire,
                       .plain = plain,
                       .tls = tls,
                       .wire_wants = POLLIN,
                       .since_ms = now_ms};
    c->up.bytes = mem_new(1, WEB_TLS_PUMP_BYTES);
    c->down.bytes = mem_new(1, WEB_TLS_PUMP_BYTES);
}

/* ---- moving -----------------------------------------------------------------------
 */

static bool later(ssize_t n)
{
    return n < 0 && (errno == EAGAIN || errno == EINTR);
}

/* Nothing more is said: the other end may read it, then it is closed. */
static void linger(struct conn *c, int64_t now_ms)
{
    (void)shutdown(c->wire, SHUT_WR); /* the other end may be gone */
    c->state = LINGER;
    c->since_ms = now_ms;
    c->wire_wants = POLLIN;
    c->plain_wants = 0;
}

/* The first byte of TLS is 22 (handshake). A letter is a browser told http://. */
static void look(struct conn *c, int64_t now_ms)
{
    unsigned char first = 0;
    ssize_t n = recv(c->wire, &first, 1, MSG_DONTWAIT | MSG_PEEK);

    if (later(n))
        return;
    if (n <= 0) {
        drop(c);
        return;
    }
    c->looked = true;
    if (first < 'A' || first > 'Z')
        return;
    if (send(c->wire, PLAIN_HTTP, strlen(PLAIN_HTTP), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        drop(c);
    else
        linger(c, now_ms);
}

/* @rc of tlsend_*: what to wait for. Return: false: it is broken. */
static bool wants(struct conn *c, ssize_t rc)
{
    if (rc == TLSEND_READABLE)
        c->wire_wants |= POLLIN;
    else if (rc == TLSEND_WRITABLE)
        c->wire_wants |= POLLOUT;
    return rc == TLSEND_READABLE || rc == TLSEND_WRITABLE;
}

static void greet(struct conn *c)
{
    int rc = tlsend_greet(c->tls);

    if (rc == 1)
        c->state = OPEN;
    else if (!wants(c, rc))
        drop(c);
}

/* Return: whether something moved. The connection may be dropped. */
static bool read_wire(struct conn *c)
{
    ssize_t n = tlsend_read(c->tls, c->up.bytes, WEB_TLS_PUMP_BYTES);

    if (n > 0) {
        c->up.at = 0;
        c->up.len = c->deaf ? 0 : (size_t)n;
        return true;
    }
    if (n == TLSEND_OVER) {
        c->wire_over = true;
        return true;
    }
    if (!wants(c, n))
        drop(c);
    return false;
}

static bool move_up(struct conn *c)
{
    bool moved = false;

    if (c->up.len == 0 && !c->wire_over)
        moved = read_wire(c);
    if (c->state != OPEN)
        return false;
    if (c->up.len > 0) {
        ssize_t n = send(c->plain, c->up.bytes + c->up.at, c->up.len,
                         MSG_DONTWAIT | MSG_NOSIGNAL);

        if (later(n)) {
            c->plain_wants |= POLLOUT;
        } else if (n < 0) {
            c->deaf = true;
            c->up.len = 0;
        } else {
            c->up.at += (size_t)n;
            c->up.len -= (size_t)n;
            moved = true;
        }
    }
    if (c->wire_over && c->up.len == 0 && !c->told) {
        (void)shutdown(c->plain, SHUT_WR); /* serve may have closed it */
        c->told = true;
    }
    return moved;
}

/* The time of what is left runs from now on. */
static void hang(struct conn *c, int64_t now_ms)
{
    if (c->hung)
        return;
    c->hung = true;
    c->since_ms = now_ms;
}

static bool read_plain(struct conn *c, int64_t now_ms)
{
    ssize_t n = recv(c->plain, c->down.bytes, WEB_TLS_PUMP_BYTES, MSG_DONTWAIT);

    if (later(n)) {
        c->plain_wants |= POLLIN;
        return false;
    }
    c->down.at = 0;
    c->down.len = n > 0 ? (size_t)n : 0;
    if (n <= 0) {
        c->plain_over = true;
        hang(c, now_ms);
    }
    return true;
}

static bool move_down(struct conn *c, int64_t now_ms)
{
    bool moved = false;

    if (c->down.len == 0 && !c->plain_over)
        moved = read_plain(c, now_ms);
    if (c->down.len > 0) {
        ssize_t n = tlsend_write(c->tls, c->down.bytes + c->down.at, c->down.len);

        if (n > 0) {
            c->down.at += (size_t)n;
            c->down.len -= (size_t)n;
            c->sent += c->hung ? n : 0;
            moved = true;
        } else if (!wants(c, n)) {
            drop(c);
            return false;
        }
    }
    if (c->plain_over && c->down.len == 0 && !wants(c, tlsend_bye(c->tls)))
        linger(c, now_ms);
    return moved;
}

/* What still comes is thrown away, so that the kernel does not answer it with a reset
 * that takes our last bytes along. */
static void drain(struct conn *c)
{
    ssize_t n = 0;

    for (int i = 0; i < TURNS_MAX; i++) {
        n = recv(c->wire, c->up.bytes, WEB_TLS_PUMP_BYTES, MSG_DONTWAIT);
        if (n <= 0)
            break;
    }
    if (n == 0 || (n < 0 && !later(n)))
        drop(c);
}

static void step(struct conn *c, int64_t now_ms)
{
    bool moved = true;

    c->again = false;
    if (c->state == LINGER) {
        drain(c);
        return;
    }
    c->wire_wants = c->plain_wants = 0;
    if (c->state == GREET && !c->looked) {
        c->wire_wants = POLLIN;
        look(c, now_ms);
        if (c->state != GREET || !c->looked)
            return;
        c->wire_wants = 0;
    }
    if (c->state == GREET)
        greet(c);
    for (int i = 0; c->state == OPEN && moved && i < TURNS_MAX; i++) {
        c->wire_wants = c->plain_wants = 0;
        moved = move_up(c);
        if (c->state == OPEN)
            moved = move_down(c, now_ms) || moved;
    }
    c->again = c->state == OPEN && moved;
}

/* ---- the turn ---------------------------------------------------------------------
 */

size_t web_tls_pump_fds(struct web_tls_pump *p, struct pollfd *out)
{
    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++) {
        const struct conn *c = &p->conns[i];
        bool there = c->state != FREE;

        out[2 * i] = (struct pollfd){.fd = there && c->wire_wants ? c->wire : -1,
                                     .events = c->wire_wants};
        /* That serve has closed it is told also when nothing else is wanted. */
        out[2 * i + 1] =
            (struct pollfd){.fd = there && (c->plain_wants || !c->hung) ? c->plain : -1,
                            .events = c->plain_wants};
    }
    return WEB_TLS_PUMP_FDS;
}

static bool too_long(const struct conn *c, int64_t now_ms)
{
    int64_t age_ms = now_ms - c->since_ms;

    if (c->state == GREET)
        return age_ms > WEB_TLS_PUMP_GREET_MS;
    if (c->state == LINGER)
        return age_ms > WEB_TLS_PUMP_LINGER_MS;
    return c->hung && age_ms > WEB_TLS_PUMP_FLOOR_MS &&
           c->sent < age_ms / SECOND_MS * WEB_TLS_PUMP_FLOOR;
}

void web_tls_pump_turn(struct web_tls_pump *p, const struct pollfd *fds, int64_t now_ms)
{
    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++) {
        struct conn *c = &p->conns[i];

        if (c->state == FREE)
            continue;
        if (fds[2 * i + 1].revents & (POLLHUP | POLLERR)) {
            hang(c, now_ms);
            if (c->state == GREET) /* serve does not want to wait for it any longer */
                drop(c);
        }
        if (c->state != FREE &&
            (c->again || fds[2 * i].revents || fds[2 * i + 1].revents))
            step(c, now_ms);
        if (c->state != FREE && too_long(c, now_ms))
            drop(c);
    }
}

int web_tls_pump_wait(const struct web_tls_pump *p)
{
    int wait_ms = -1;

    for (size_t i = 0; i < WEB_TLS_PUMP_MAX; i++) {
        if (p->conns[i].state != FREE && p->conns[i].again)
            return 0;
        if (p->conns[i].state != FREE)
            wait_ms = SWEEP_MS;
    }
    return wait_ms;
}
