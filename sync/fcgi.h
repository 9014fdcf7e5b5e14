/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_FCGI_H
#define SOHOA_SYNC_FCGI_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct str;

/*
 * The door behind a web server (nginx) by FastCGI, where only port 443 passes: what
 * sshd is for the other way in. It finds out who asks (ticket.h) and then runs the very
 * same forced command, `sohoa receive <node>`, with the words of the request: so gate,
 * spool, answers and rights are the same, and a request begun over one way goes on over
 * the other.
 *
 * `sohoa receive --fcgi SOCKET` keeps a few workers that answer one request after the
 * other on that socket. Whoever reaches the socket can do no more than whoever reaches
 * the web server. Sizes, times and the number of a node's requests are bounded:
 *
 *      HOME/run/https/secret     what tickets are sealed with, new at each start
 *      HOME/run/https/used/      highest number of each ticket, for an hour
 *      HOME/run/https/calls/     one lock for each request of a node at a time
 */
#define FCGI_WORKERS     16
#define FCGI_WORKERS_MAX 64
#define FCGI_CALLS       200                /* of one worker; then a fresh one */
#define FCGI_NODE_CALLS  6                  /* of one node at the same time */
#define FCGI_BODY_MAX    ((int64_t)1 << 20) /* a piece of a request file */
#define FCGI_WORDS_MAX   ((int64_t)4096)    /* of any other request */
#define FCGI_BODY_S      30                 /* a body may take so long, */
#define FCGI_BODY_RATE   4096               /* and a second for each of these bytes */

/**
 * fcgi_serve - serve until told to stop.
 * @home: absolute path of the upper home. @path: of the socket; made anew.
 * @workers: 1 to FCGI_WORKERS_MAX.
 * Return: 0, or -1 and @e: ERR_LOCKED (it is served already), ERR_USAGE (path too
 * long), ERR_OPEN, disk errors.
 */
MUST_CHECK int fcgi_serve(const char *home, const char *path, int workers,
                          struct err *e);

/** fcgi_worker_main - `sohoa worker fcgi HOME`, the socket on descriptor 0. Return:
 * exit code. */
int fcgi_worker_main(const char *home);

/** fcgi_nginx_config - append nginx's block. All paths absolute. */
void fcgi_nginx_config(const char *path, const char *certificate, const char *key,
                       struct str *out);

#endif
