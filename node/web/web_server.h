/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_SERVER_H
#define SOHOA_WEB_WEB_SERVER_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;

/*
 * The web server: libmicrohttpd in a loop of our own, no threads. The loop never opens
 * the database and does nothing that takes longer than a blink: what does is asked of
 * worker processes (web_lane.h) or is a command of its own.
 */
#define WEB_SERVER_LISTEN "127.0.0.1:8420" /* unless told otherwise */

struct web_server_opts {
    const char *home;   /* borrowed */
    const char *listen; /* ADDR:PORT, port 0: any free one; NULL: WEB_SERVER_LISTEN */
    /* Told once, when it listens. @setup: nobody can log in yet, the first user is made
     * under this address. */
    void (*ready)(void *to, const char *url, bool setup);
    void *to;
};

/**
 * web_server_run - serve until a signal asks to stop (stop.h).
 * Holds HOME/service.lock. Return: 0, or -1 and @e: ERR_NO_NODE, ERR_LOCKED (another
 * one serves), ERR_WEB_ADDRESS (not a loopback address), ERR_WEB_PORT (taken), and what
 * opening the store says.
 */
MUST_CHECK int web_server_run(const struct web_server_opts *o, struct err *e);

#endif
