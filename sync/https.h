/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_HTTPS_H
#define SOHOA_SYNC_HTTPS_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

/*
 * The line where nothing but port 443 passes. `sohoa worker https` stands in the place
 * of ssh: what its parent says to the door on descriptor 0 it carries in requests of
 * HTTP, what the door says comes out of descriptor 1. So all that is true of the spool
 * protocol (README.md) is true of it: bytes go on where they broke, each request is
 * answered exactly once.
 *
 * It has the sockets it needs and no file, no program and no other right; the node's
 * key and whom to trust it reads before it locks itself. TLS and HTTP are libcurl's.
 * The other end must have the public key that HOME/keys/known_hosts names (tlspin.h).
 * A proxy is taken from https_proxy in the environment.
 */
#define HTTPS_PIECE_MIN ((size_t)16 << 10)
#define HTTPS_PIECE_MAX ((size_t)256 << 10) /* of a request file, in one request */
#define HTTPS_PIECE_MS  1500                /* as much as goes in this time */
#define HTTPS_IDLE_S    40                  /* silent so long: the line is dead */

/**
 * https_worker_main - say @command at https://@host:@port@path.
 * Descriptor 2 gets "SH-LINE…: why" when the line failed.
 * Return: exit code.
 */
int https_worker_main(const char *home, const char *host, const char *port,
                      const char *path, const char *command);

#endif
