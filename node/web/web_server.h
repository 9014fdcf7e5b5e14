/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_SERVER_H
#define SOHOA_WEB_WEB_SERVER_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "node/web/web_listen.h"

struct err;
struct tlscert;

/*
 * The web server: libmicrohttpd in a loop of our own, no threads. The loop never opens
 * the database and does nothing that takes longer than a blink: what does is asked of
 * worker processes (web_lane.h) or is a command of its own.
 */
#define WEB_SERVER_LISTEN "127.0.0.1:8420" /* unless told otherwise */

#define WEB_SERVER_URLS 8 /* and the "" that ends them */

/* Where it is reached. All borrowed. */
struct web_server_place {
    const char *url; /* on this computer; with the token of the first user */
    bool setup;      /* nobody can log in yet: the first user is made under it */
    const char (*lan)[WEB_LISTEN_HOST_MAX]; /* "192.168.1.5:8443"; "" ends */
    const struct tlscert *cert;             /* NULL: others cannot come in */
};

struct web_server_opts {
    const char *home;   /* borrowed */
    const char *listen; /* ADDR:PORT, port 0: any free one; NULL: WEB_SERVER_LISTEN */
    const char *lan;    /* NULL: this computer alone; else as web_listen.h reads it */
    /* Told once, when it listens. */
    void (*ready)(void *to, const struct web_server_place *p);
    void *to;
};

/**
 * web_server_run - serve until a signal asks to stop (stop.h).
 * Holds HOME/service.lock. Others come in over TLS alone. Return: 0, or -1 and @e:
 * ERR_NO_NODE, ERR_LOCKED (another one serves), ERR_WEB_ADDRESS (not a loopback
 * address), ERR_WEB_PORT (taken), and what opening the store says.
 */
MUST_CHECK int web_server_run(const struct web_server_opts *o, struct err *e);

#endif
