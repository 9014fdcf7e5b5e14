/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_TLS_H
#define SOHOA_WEB_WEB_TLS_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;

/*
 * TLS ends in a process of its own ("sohoa worker tls"), locked up before the first
 * byte comes: the key of the certificate is known there and nowhere else, and what an
 * attacker could break in the library is not where sessions and the store are. serve
 * accepts, keeps the socket for what the kernel counts, and gives it away together with
 * one end of a socketpair; from the other end it reads plain bytes, as on the loopback.
 *
 *   serve → worker   WEB_TLS_OPEN    {"home","node","address"}, once
 *   worker → serve   WEB_TLS_READY   the fingerprint of the certificate, or
 *                                    WEB_TLS_FAILED (an error) and end
 *   serve → worker   WEB_TLS_WIRE    an accepted socket comes along
 *   serve → worker   WEB_TLS_PLAIN   its socketpair comes along, always next
 *
 * The worker makes the certificate when it has to (flow_cert.h).
 */
enum { WEB_TLS_OPEN = 1, WEB_TLS_READY, WEB_TLS_FAILED, WEB_TLS_WIRE, WEB_TLS_PLAIN };

#define WEB_TLS_START_MS 15000
#define WEB_TLS_AGAIN_MS 1000 /* before one that died is started again */

struct web_tls;

/** web_tls_new - no process yet. @node: 32 hex digits; @address: a further name for the
 * certificate, "": none. All copied. owned, web_tls_free(). */
struct web_tls *web_tls_new(const char *home, const char *node, const char *address);
void web_tls_free(struct web_tls *t);

/** web_tls_start - start it and wait until the certificate is there. Return: 0, or -1
 * and @e: what the worker said, ERR_WORKER_START, ERR_TIMEOUT. */
MUST_CHECK int web_tls_start(struct web_tls *t, struct err *e);

/** web_tls_ready - it takes connections. false: it died and begins again, or has not
 * yet looked at those it was given: the next one waits before the door. */
bool web_tls_ready(const struct web_tls *t);

/** web_tls_fingerprint - SHA-256 of the certificate, lower-case hex; "": not ready yet.
 * view. */
const char *web_tls_fingerprint(const struct web_tls *t);

/** web_tls_give - let it serve a connection.
 * @wire: borrowed; the worker has it as well from now on. @plain: owned. Return: 0, or
 * -1 and @e: it is gone, and begins again by web_tls_turn(). */
MUST_CHECK int web_tls_give(struct web_tls *t, int wire, int *plain, struct err *e);

/** web_tls_fd, web_tls_events - what to wait for; -1: nothing. web_tls_turn - its end,
 * its beginning. */
int web_tls_fd(const struct web_tls *t);
short web_tls_events(const struct web_tls *t);
void web_tls_turn(struct web_tls *t);

/** web_tls_worker_main - "sohoa worker tls". */
int web_tls_worker_main(void);

#endif
