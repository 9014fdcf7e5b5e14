/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_TLSEND_H
#define SOHOA_BASE_TLSEND_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "node/base/auto.h"

struct err;

/*
 * The server's end of TLS connections over sockets that do not wait (O_NONBLOCK).
 * TLS 1.3, and 1.2 with forward secrecy and authenticated encryption only; no
 * resumption (the key of the certificate is the only secret that lives longer than a
 * connection), no renegotiation, no compression; the only protocol inside is HTTP/1.1.
 */
struct tlsend;      /* key, certificate, rules */
struct tlsend_conn; /* one connection */

/** tlsend_new - reads both files; they may be unreachable afterwards. owned,
 * tlsend_free(). ERR_KEY. */
MUST_CHECK struct tlsend *tlsend_new(const char *key_path, const char *cert_path,
                                     struct err *e);
void tlsend_free(struct tlsend *t);

/** tlsend_open - on an accepted socket. @fd: kept, not closed.
 * owned, tlsend_close(). NULL: no memory. */
struct tlsend_conn *tlsend_open(struct tlsend *t, int fd);
void tlsend_close(struct tlsend_conn *c);

/* What a call says when it moves no bytes. */
#define TLSEND_OVER     0    /* the other end has said goodbye, or is gone */
#define TLSEND_CANNOT   (-1) /* broken: close it */
#define TLSEND_READABLE (-2) /* call again when the socket can be read … */
#define TLSEND_WRITABLE (-3) /* … written */

/** tlsend_greet - the handshake. Return: 1 done, or one of the above. */
int tlsend_greet(struct tlsend_conn *c);
/** tlsend_read, tlsend_write - Return: bytes, at least 1, or one of the above. A write
 * that has to be called again is called with the same bytes. */
ssize_t tlsend_read(struct tlsend_conn *c, void *to, size_t room);
ssize_t tlsend_write(struct tlsend_conn *c, const void *from, size_t len);
/** tlsend_bye - say goodbye. Return: 1 said, or one of the above. */
int tlsend_bye(struct tlsend_conn *c);

#endif
