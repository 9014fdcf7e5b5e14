/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_tls.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "node/base/tlscert.h"
#include "node/web/web_tls_pump.h"

#define SEND_MS 20 /* two descriptors are smaller than what its socket takes */
#define SPACE   ((uint64_t)512 << 20)
#define FILES   (2 * WEB_TLS_PUMP_MAX + 16)

struct web_tls {
    char *home, *node, *address; /* owned */
    struct proc proc;
    struct msg_part part;
    bool ready;
    char fingerprint[TLSCERT_HEX];
    int64_t deadline_ms; /* until it is ready */
    int64_t again_ms;    /* not started before */
};

struct web_tls *web_tls_new(const char *home, const char *node, const char *address)
{
    struct web_tls *t = mem_new(1, sizeof *t);

    t->home = mem_dup(home);
    t->node = mem_dup(node);
    t->address = mem_dup(address);
    t->proc = (struct proc)PROC_INIT;
    t->part = (struct msg_part)MSG_PART_INIT;
    return t;
}

static void stop(struct web_tls *t)
{
    proc_clear(&t->proc);
    t->proc = (struct proc)PROC_INIT;
    msg_part_clear(&t->part);
    t->ready = false;
}

void web_tls_free(struct web_tls *t)
{
    if (!t)
        return;
    stop(t);
    mem_free(t->home);
    mem_free(t->node);
    mem_free(t->address);
    mem_free(t);
}

static void lose(struct web_tls *t, const struct err *why)
{
    log_error(t->home, "serve tls", why);
    stop(t);
    t->again_ms = clock_mono_ms() + WEB_TLS_AGAIN_MS;
}

static int begin(struct web_tls *t, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct proc_opts o = {.limits = {.address_bytes = SPACE, .files = FILES}};
    int64_t now = clock_mono_ms();

    jdoc_set_text(j, "home", t->home);
    jdoc_set_text(j, "node", t->node);
    jdoc_set_text(j, "address", t->address);
    jdoc_print(j, &text);
    t->deadline_ms = now + WEB_TLS_START_MS;
    if (proc_start_worker("tls", &o, &t->proc, e) < 0)
        return -1;
    return msg_send(t->proc.sock, WEB_TLS_OPEN, str_text(&text), text.len, -1,
                    now + SEND_MS, e);
}

/* Return: 1 it has become ready, 0 not yet, -1. */
static int hear(struct web_tls *t, struct err *e)
{
    AUTO_MSG struct msg m = MSG_INIT;
    int rc = msg_take(t->proc.sock, &t->part, STR_LINE_MAX, &m, e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return !t->ready && clock_mono_ms() > t->deadline_ms
                   ? err_set(e, ERR_TIMEOUT, "tls")
                   : 0;
    if (!t->ready && m.type == WEB_TLS_FAILED)
        return msg_read_error(&m, e);
    if (t->ready || m.type != WEB_TLS_READY || m.len != TLSCERT_HEX - 1)
        return err_set(e, ERR_WORKER_PROTOCOL, "tls");
    (void)snprintf(t->fingerprint, sizeof t->fingerprint, "%.*s", (int)m.len, m.data);
    t->ready = true;
    return 1;
}

int web_tls_start(struct web_tls *t, struct err *e)
{
    int rc = begin(t, e);

    while (rc == 0) {
        struct pollfd p = {.fd = t->proc.sock, .events = POLLIN};

        (void)poll(&p, 1, WEB_TLS_AGAIN_MS);
        rc = hear(t, e);
    }
    if (rc < 0)
        stop(t);
    return rc < 0 ? -1 : 0;
}

bool web_tls_ready(const struct web_tls *t)
{
    struct pollfd p = {.fd = t->proc.sock, .events = POLLOUT};

    return t->ready && poll(&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

const char *web_tls_fingerprint(const struct web_tls *t)
{
    return t->fingerprint;
}

short web_tls_events(const struct web_tls *t)
{
    return t->ready && !web_tls_ready(t) ? POLLIN | POLLOUT : POLLIN;
}

int web_tls_give(struct web_tls *t, int wire, int *plain, struct err *e)
{
    int64_t until = clock_mono_ms() + SEND_MS;
    int ends[2];
    int rc = 0;

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) < 0)
        return err_sys(e, ERR_INTERNAL, "socketpair");
    if (msg_send(t->proc.sock, WEB_TLS_WIRE, "", 0, wire, until, e) < 0 ||
        msg_send(t->proc.sock, WEB_TLS_PLAIN, "", 0, ends[1], until, e) < 0)
        rc = -1;
    fs_fd_auto(&ends[1]);
    if (rc < 0) {
        fs_fd_auto(&ends[0]);
        lose(t, e);
        return -1;
    }
    *plain = ends[0];
    return 0;
}

int web_tls_fd(const struct web_tls *t)
{
    return t->proc.pid > 0 ? t->proc.sock : -1;
}

void web_tls_turn(struct web_tls *t)
{
    struct err e = ERR_INIT;

    if (t->proc.pid <= 0) {
        if (clock_mono_ms() >= t->again_ms && begin(t, &e) < 0)
            lose(t, &e);
    } else if (hear(t, &e) < 0) {
        lose(t, &e);
    }
}
