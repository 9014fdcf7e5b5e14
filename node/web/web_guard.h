/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_GUARD_H
#define SOHOA_WEB_WEB_GUARD_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/web/web_listen.h"

struct err;
struct str;
struct web_head;

/*
 * Who may talk to us at all, judged from the head alone (README.md has the table), and
 * what every answer says besides its content.
 */
#define WEB_GUARD_NAMES 8

struct web_guard {
    char hosts[4][WEB_LISTEN_HOST_MAX];               /* what Host may be; "" ends */
    char names[WEB_GUARD_NAMES][WEB_LISTEN_HOST_MAX]; /* over TLS, besides addresses */
};

/** web_guard_init - for a server on loopback at @port. */
void web_guard_init(struct web_guard *g, int port);

/** web_guard_add_name - a name of this computer by which others reach it at @port. */
void web_guard_add_name(struct web_guard *g, const char *name, int port);

/**
 * web_guard_check - Host, Origin, Sec-Fetch-Site.
 * @lan: over TLS: the address that the connection came in at, as Host says it; NULL: on
 * the loopback, without TLS.
 * Host is one of ours (a page under a name that was rebound to us is not): on the
 * loopback what was printed; over TLS @lan, which no foreign page can be called, or a
 * name of this computer. A change
 * comes from our own page: Origin is ours, Sec-Fetch-Site "same-origin" when it is
 * there. Data is not fetched by pages of others either; opening the page itself by a
 * link from elsewhere is fine.
 * Return: 0, or -1 and @e: ERR_WEB_ORIGIN.
 */
MUST_CHECK int web_guard_check(const struct web_guard *g, const struct web_head *h,
                               const char *lan, struct err *e);

/** web_guard_is_api - the address is one of data, not of the page. */
bool web_guard_is_api(const struct web_head *h);

/** web_guard_header - the @i-th header of every answer; NULL beyond the last. static.
 */
const char *web_guard_header(size_t i, const char **value);

/** web_guard_refusal - a whole answer for who is not let in. @wait_s: Retry-After, 0:
 * none. */
void web_guard_refusal(const struct err *why, bool body, int wait_s, struct str *out);

#endif
