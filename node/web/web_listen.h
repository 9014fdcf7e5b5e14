/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_LISTEN_H
#define SOHOA_WEB_WEB_LISTEN_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#include "node/base/auto.h"

struct err;

/*
 * Where the server listens: "127.0.0.1:8420" for this computer, plain; "all:8443",
 * "192.168.1.5:8443", "[fd00::5]", "[::]:443" for others, behind TLS.
 */
#define WEB_LISTEN_LAN_PORT 8443 /* when none is given */
#define WEB_LISTEN_HOST_MAX 64   /* "[address]:port" or "name:port" */
#define WEB_LISTEN_ALL      "all"

/** web_listen_plain - @text: a loopback address with its port. @fd: owned. Return: 0,
 * or -1 and @e: ERR_WEB_ADDRESS, ERR_WEB_PORT (taken). */
MUST_CHECK int web_listen_plain(const char *text, int *fd, int *port, struct err *e);

/** web_listen_lan - @text: any address of this computer. Return: as above;
 * ERR_WEB_LAN instead of ERR_WEB_ADDRESS, also when this computer has not got it. */
MUST_CHECK int web_listen_lan(const char *text, int *fd, int *port, struct err *e);

/** web_listen_address - the address that @text names, as a certificate has it; "": all.
 * Return: as web_listen_lan(). */
MUST_CHECK int web_listen_address(const char *text, char out[WEB_LISTEN_HOST_MAX],
                                  struct err *e);

/** web_listen_text - an address without its port: "192.168.1.5", "fd00::5". */
void web_listen_text(const struct sockaddr_storage *a, char *out, size_t room);

/** web_listen_host - as a browser says it in Host: "192.168.1.5:8443", "[fd00::5]". */
void web_listen_host(const char *name, int port, int usual,
                     char out[WEB_LISTEN_HOST_MAX]);

/** web_listen_port - of an address. */
int web_listen_port(const struct sockaddr_storage *a);

#define WEB_LISTEN_HTTP  80
#define WEB_LISTEN_HTTPS 443

#endif
