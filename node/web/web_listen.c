/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/num.h"

#define BACKLOG  128 /* connections that the kernel keeps before the door */
#define PORT_MAX 65535

/* ---- reading ----------------------------------------------------------------------
 */

/* "HOST:PORT" and, with @otherwise, "HOST" alone. IPv6 stands in brackets. */
static bool split(const char *text, int otherwise, char host[WEB_LISTEN_HOST_MAX],
                  int64_t *port)
{
    const char *colon = strrchr(text, ':');
    size_t len = 0;

    if (colon && strchr(colon, ']'))
        colon = NULL; /* one of the address itself */
    len = colon ? (size_t)(colon - text) : strlen(text);
    if (len == 0 || len >= WEB_LISTEN_HOST_MAX)
        return false;
    (void)snprintf(host, WEB_LISTEN_HOST_MAX, "%.*s", (int)len, text);
    *port = otherwise;
    return colon ? num_parse(colon + 1, 0, PORT_MAX, port) : otherwise > 0;
}

static bool address_of(const char *host, int64_t port, struct sockaddr_storage *out,
                       socklen_t *len)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *)out;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)out;
    char plain[WEB_LISTEN_HOST_MAX];

    *out = (struct sockaddr_storage){0};
    if (host[0] == '[') {
        (void)snprintf(plain, sizeof plain, "%.*s", (int)strcspn(host + 1, "]"),
                       host + 1);
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *len = sizeof *v6;
        return host[strlen(host) - 1] == ']' &&
               inet_pton(AF_INET6, plain, &v6->sin6_addr) == 1;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    *len = sizeof *v4;
    return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static bool is_v4(const struct sockaddr_storage *a, struct in_addr *v4)
{
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)a;

    if (a->ss_family == AF_INET) {
        *v4 = ((const struct sockaddr_in *)a)->sin_addr;
        return true;
    }
    /* [::] takes IPv4 as well, in this clothing. */
    if (!IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
        return false;
    memcpy(v4, &v6->sin6_addr.s6_addr[12], sizeof *v4);
    return true;
}

void web_listen_text(const struct sockaddr_storage *a, char *out, size_t room)
{
    struct in_addr v4;

    out[0] = '\0';
    if (is_v4(a, &v4))
        (void)inet_ntop(AF_INET, &v4, out, (socklen_t)room);
    else
        (void)inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)a)->sin6_addr, out,
                        (socklen_t)room);
}

int web_listen_port(const struct sockaddr_storage *a)
{
    return a->ss_family == AF_INET ? ntohs(((const struct sockaddr_in *)a)->sin_port)
                                   : ntohs(((const struct sockaddr_in6 *)a)->sin6_port);
}

void web_listen_host(const char *name, int port, int usual,
                     char out[WEB_LISTEN_HOST_MAX])
{
    bool v6 = strchr(name, ':') != NULL;
    char tail[16] = "";

    if (port != usual)
        (void)snprintf(tail, sizeof tail, ":%d", port);
    (void)snprintf(out, WEB_LISTEN_HOST_MAX, "%s%.45s%s%s", v6 ? "[" : "", name,
                   v6 ? "]" : "", tail);
}

/* ---- listening --------------------------------------------------------------------
 */

/* @other: when it is no address of this computer. */
static int listen_at(const char *text, const struct sockaddr_storage *at, socklen_t len,
                     enum err_code other, int *out, int *port, struct err *e)
{
    AUTO_FD int fd =
        socket(at->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct sockaddr_storage got = {0};
    socklen_t got_len = sizeof got;
    int one = 1;
    int off = 0;

    if (fd < 0 && errno == EAFNOSUPPORT)
        return err_sys(e, other, "%.100s", text);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) < 0 ||
        (at->ss_family == AF_INET6 &&
         setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off) < 0))
        return err_sys(e, ERR_INTERNAL, "socket");
    if (bind(fd, (const struct sockaddr *)at, len) < 0 || listen(fd, BACKLOG) < 0)
        return err_sys(e, errno == EADDRINUSE ? ERR_WEB_PORT : other, "%.100s", text);
    if (getsockname(fd, (struct sockaddr *)&got, &got_len) < 0)
        return err_sys(e, ERR_INTERNAL, "socket");
    *port = web_listen_port(&got);
    *out = TAKE_FD(fd);
    return 0;
}

int web_listen_plain(const char *text, int *fd, int *port, struct err *e)
{
    struct in6_addr own = IN6ADDR_LOOPBACK_INIT;
    struct sockaddr_storage a;
    char host[WEB_LISTEN_HOST_MAX];
    socklen_t len = 0;
    int64_t wanted = 0;
    bool fine = split(text, 0, host, &wanted);

    if (fine && strcmp(host, "localhost") == 0)
        (void)snprintf(host, sizeof host, "127.0.0.1");
    if (!fine || !address_of(host, wanted, &a, &len) ||
        (a.ss_family == AF_INET
             ? ((struct sockaddr_in *)&a)->sin_addr.s_addr != htonl(INADDR_LOOPBACK)
             : !IN6_ARE_ADDR_EQUAL(&((struct sockaddr_in6 *)&a)->sin6_addr, &own)))
        return err_set(e, ERR_WEB_ADDRESS, "%.100s", text);
    return listen_at(text, &a, len, ERR_WEB_ADDRESS, fd, port, e);
}

static int parse_lan(const char *text, struct sockaddr_storage *a, socklen_t *len,
                     struct err *e)
{
    char host[WEB_LISTEN_HOST_MAX];
    int64_t port = 0;
    bool fine = split(text, WEB_LISTEN_LAN_PORT, host, &port);

    if (fine && strcmp(host, WEB_LISTEN_ALL) == 0)
        (void)snprintf(host, sizeof host, "0.0.0.0");
    return fine && address_of(host, port, a, len)
               ? 0
               : err_set(e, ERR_WEB_LAN, "%.100s", text);
}

int web_listen_lan(const char *text, int *fd, int *port, struct err *e)
{
    struct sockaddr_storage a;
    socklen_t len = 0;

    return parse_lan(text, &a, &len, e) < 0
               ? -1
               : listen_at(text, &a, len, ERR_WEB_LAN, fd, port, e);
}

int web_listen_address(const char *text, char out[WEB_LISTEN_HOST_MAX], struct err *e)
{
    struct sockaddr_storage a;
    socklen_t len = 0;

    if (parse_lan(text, &a, &len, e) < 0)
        return -1;
    web_listen_text(&a, out, WEB_LISTEN_HOST_MAX);
    if (strcmp(out, "0.0.0.0") == 0 || strcmp(out, "::") == 0)
        out[0] = '\0';
    return 0;
}
