/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "node/base/str.h"
#include "node/base/tlsend.h"
#include "node/flow/flow_cert.h"
#include "node/web/web_tls.h"
#include "node/web/web_tls_pump.h"

#define TAKE_MAX 64   /* connections in one turn */
#define WHOLE_MS 1000 /* serve sends its messages in one piece */

/* The last moment that files are there. */
static int open_end(struct tlsend **out, struct tlscert *facts, struct err *e)
{
    AUTO_MSG struct msg m = MSG_INIT;
    AUTO_JDOC struct jdoc *j = NULL;
    AUTO_STR struct str key = STR_INIT(STR_PATH_MAX);
    AUTO_STR struct str pem = STR_INIT(STR_PATH_MAX);
    const char *home = NULL;
    const char *node = NULL;
    const char *address = NULL;

    if (msg_recv(PROC_WORKER_FD, &m, STR_LINE_MAX, false, 0, e) != 1 ||
        m.type != WEB_TLS_OPEN || jdoc_parse(m.data, m.len, &j, e) < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "tls");
    home = jdoc_text(j, "home");
    node = jdoc_text(j, "node");
    address = jdoc_text(j, "address");
    if (!home || !node || !address)
        return err_set(e, ERR_WORKER_PROTOCOL, "tls");
    if (flow_cert_ensure(home, node, address, e) < 0 ||
        flow_cert_facts(home, facts, e) < 0)
        return -1;
    str_addf(&key, "%s/%s", home, FLOW_CERT_KEY);
    str_addf(&pem, "%s/%s", home, FLOW_CERT_PEM);
    *out = tlsend_new(str_text(&key), str_text(&pem), e);
    return *out ? sandbox_enter(SANDBOX_PURE, NULL, 0, e) : -1;
}

static bool more_comes(void)
{
    struct pollfd fd = {.fd = PROC_WORKER_FD, .events = POLLIN};

    return poll(&fd, 1, 0) == 1;
}

/* One connection in two messages. Return: 1, 0 serve is gone, -1. */
static int take(struct web_tls_pump *p, struct err *e)
{
    AUTO_MSG struct msg wire = MSG_INIT;
    AUTO_MSG struct msg plain = MSG_INIT;
    int64_t until = clock_mono_ms() + WHOLE_MS;
    int rc = msg_recv(PROC_WORKER_FD, &wire, 0, true, until, e);

    if (rc <= 0)
        return rc;
    rc = msg_recv(PROC_WORKER_FD, &plain, 0, true, until, e);
    if (rc <= 0)
        return rc;
    if (wire.type != WEB_TLS_WIRE || plain.type != WEB_TLS_PLAIN || wire.fd < 0 ||
        plain.fd < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "tls");
    web_tls_pump_add(p, TAKE_FD(wire.fd), TAKE_FD(plain.fd), clock_mono_ms());
    return 1;
}

static int serve(struct web_tls_pump *p, struct err *e)
{
    struct pollfd fds[WEB_TLS_PUMP_FDS + 1];

    for (;;) {
        size_t n = web_tls_pump_fds(p, fds);
        int rc = 1;

        fds[n] = (struct pollfd){.fd = PROC_WORKER_FD, .events = POLLIN};
        if (poll(fds, n + 1, web_tls_pump_wait(p)) < 0) {
            if (errno != EINTR)
                return err_sys(e, ERR_INTERNAL, "poll");
            continue;
        }
        web_tls_pump_turn(p, fds, clock_mono_ms());
        for (int i = 0; i < TAKE_MAX && rc > 0 && more_comes(); i++)
            rc = take(p, e);
        if (rc <= 0)
            return rc;
    }
}

int web_tls_worker_main(void)
{
    struct tlsend *t = NULL;
    struct web_tls_pump *p = NULL;
    struct tlscert facts = {.count = 0};
    struct err e = ERR_INIT;
    int rc = open_end(&t, &facts, &e);

    if (rc < 0) {
        struct err lost = ERR_INIT; /* then serve sees only that it ended */

        if (msg_send_error(PROC_WORKER_FD, WEB_TLS_FAILED, &e, 0, &lost) < 0)
            rc = EXIT_FAILED;
        tlsend_free(t);
        return EXIT_FAILED;
    }
    p = web_tls_pump_new(t);
    rc = msg_send(PROC_WORKER_FD, WEB_TLS_READY, facts.fingerprint,
                  strlen(facts.fingerprint), -1, 0, &e);
    if (rc == 0)
        rc = serve(p, &e);
    web_tls_pump_free(p);
    tlsend_free(t);
    return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}
