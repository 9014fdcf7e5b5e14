/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_TLS_PUMP_H
#define SOHOA_WEB_WEB_TLS_PUMP_H

#include <poll.h>
#include <stddef.h>
#include <stdint.h>

struct tlsend;

/*
 * Bytes from sockets with TLS to socketpairs without, and back; inside of the worker
 * (web_tls.h). What is on its way is at most WEB_TLS_PUMP_BYTES each way and
 * connection: who does not read is not read from.
 *
 * serve keeps the time of what is alive. Here it is kept for what serve does not see: a
 * handshake, and the rest of an answer that serve has finished.
 */
#define WEB_TLS_PUMP_MAX       96    /* connections; serve has at most 64 at a time */
#define WEB_TLS_PUMP_BYTES     16384 /* one record of TLS */
#define WEB_TLS_PUMP_GREET_MS  10000 /* for the handshake */
#define WEB_TLS_PUMP_FLOOR_MS  10000 /* serve has finished: from then on … */
#define WEB_TLS_PUMP_FLOOR     1024  /* … so many bytes a second */
#define WEB_TLS_PUMP_LINGER_MS 2000  /* for the other end to read the last of it */

#define WEB_TLS_PUMP_FDS ((size_t)2 * WEB_TLS_PUMP_MAX)

struct web_tls_pump;

/** web_tls_pump_new - @t: kept. owned, web_tls_pump_free(). */
struct web_tls_pump *web_tls_pump_new(struct tlsend *t);
void web_tls_pump_free(struct web_tls_pump *p);

/** web_tls_pump_add - a connection. @wire, @plain: taken, O_NONBLOCK. In
 * a full table one that serve has finished goes, else the oldest without a handshake.
 */
void web_tls_pump_add(struct web_tls_pump *p, int wire, int plain, int64_t now_ms);

/** web_tls_pump_fds - what to wait for. @out: room for WEB_TLS_PUMP_FDS. Return: how
 * many; some are -1. */
size_t web_tls_pump_fds(struct web_tls_pump *p, struct pollfd *out);

/** web_tls_pump_turn - move what can be moved. @fds: as filled, with what poll() says.
 */
void web_tls_pump_turn(struct web_tls_pump *p, const struct pollfd *fds,
                       int64_t now_ms);

/** web_tls_pump_wait - how long poll() may sleep, milliseconds; -1: for ever. */
int web_tls_pump_wait(const struct web_tls_pump *p);

/** web_tls_pump_count - connections there are. */
size_t web_tls_pump_count(const struct web_tls_pump *p);

#endif
