/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_DIAL_H
#define SOHOA_SYNC_DIAL_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct line;

/*
 * ssh's TCP connection, made by us, so that not one byte more is copied. In the process
 * that becomes ssh, before it does (dial_before(), "ProxyCommand=-": the connection is
 * its input and output); where those are taken, or ssh does not say where it leads to,
 * by `sohoa worker dial HOST PORT DEAD_MS` as its ProxyCommand, which hands the socket
 * over (ProxyUseFdpass). What ssh has no option for is set before the first packet:
 *
 *      TCP_CONGESTION      bbr, where the kernel lets us: at 1 % loss its default gets
 *                          a third of the line through
 *      TCP_USER_TIMEOUT    after so long without an answer the connection is dead
 *      TCP_NOTSENT_LOWAT   64 KiB wait in the kernel instead of a megabyte: what ssh
 *                          has to say in between does not stand behind it
 *      SO_KEEPALIVE
 *
 * All but the connection itself are wishes. Each second another attempt is begun beside
 * the last one, over all addresses of the host: when a line comes back after an outage
 * nobody waits for the kernel, which asks again after 1, 3, 7, 15 s.
 */
#define DIAL_AGAIN_MS    INT64_C(1000)
#define DIAL_NOTSENT     (64 << 10)
#define DIAL_DEAD_MIN    INT64_C(1000)
#define DIAL_DEAD_MAX    INT64_C(600000)
#define DIAL_CC_MAX      16
#define DIAL_HOST_MAX    256
#define DIAL_PORT_MAX    8
#define DIAL_CIPHERS_MAX 512

/** Where ssh would connect to, by its configuration. */
struct dial_place {
    char host[DIAL_HOST_MAX]; /* "": it did not say */
    char port[DIAL_PORT_MAX];
    char ciphers[DIAL_CIPHERS_MAX]; /* "": it did not say */
};

/** dial_may - whether ssh's configuration leaves the way to the other end to us: no
 * ProxyCommand, ProxyJump, BindAddress or address family of its own. Asks `ssh -G`.
 * @where: the ciphers also when it does not. */
bool dial_may(const struct line *l, struct dial_place *where);

/** What dial_before() needs. */
struct dial_start {
    const struct dial_place *where;
    int64_t dead_ms; /* DIAL_DEAD_MIN … DIAL_DEAD_MAX */
};
/** dial_before - connect, and be it on descriptors 0 and 1; shown on 2 as
 * dial_worker_main() does. @start: struct dial_start. For proc_opts.before.
 * Return: 0, or an exit code; why it failed stands on descriptor 2. */
int dial_before(void *start);

/** dial_command - what stands behind ProxyCommand=. owned, mem_free(); NULL: this
 * program's path has characters that a shell would not leave alone. */
char *dial_command(int64_t dead_ms);

/** dial_options - set the options above on a TCP socket before it connects. */
void dial_options(int fd, int64_t dead_ms);

/** dial_congestion - what a connection would run, one of ours that @asks or any other;
 * "" when it cannot be known. */
void dial_congestion(bool asks, char cc[DIAL_CC_MAX]);

/** dial_shown - the connection that a worker whose descriptor 2 is the other end of
 * @from has shown. Never waits. owned, close(); -1: none. An empty line of @from is
 * read then, which comes before all that ssh says. */
int dial_shown(int from);

/**
 * dial_worker_main - connect and pass the socket over descriptor 1; over descriptor 2
 * as well when that is a socket of its own kind: ssh's maker sees by it how much of
 * what it sent is through (wire.h).
 * Return: exit code; why it failed stands on descriptor 2.
 */
int dial_worker_main(const char *host, const char *port, const char *dead_ms);

#endif
