/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_guard.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/str.h"
#include "node/web/api.h"
#include "node/web/web_head.h"
#include "node/web/web_listen.h"

#define API_ROOT  "/api/"
#define HTTP_PORT 80

static const struct {
    const char *name;
    const char *value;
} HEADERS[] = {
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
     "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; "
     "frame-ancestors 'none'"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", "camera=(), geolocation=(), microphone=()"},
    {"Connection", "close"},
};

void web_guard_init(struct web_guard *g, int port)
{
    *g = (struct web_guard){.hosts = {""}};
    (void)snprintf(g->hosts[0], WEB_LISTEN_HOST_MAX, "127.0.0.1:%d", port);
    (void)snprintf(g->hosts[1], WEB_LISTEN_HOST_MAX, "localhost:%d", port);
    (void)snprintf(g->hosts[2], WEB_LISTEN_HOST_MAX, "[::1]:%d", port);
    if (port == HTTP_PORT) /* browsers leave it out */
        for (size_t i = 0; i < ARRAY_LEN(g->hosts); i++)
            g->hosts[i][strlen(g->hosts[i]) - (g->hosts[i][0] ? strlen(":80") : 0)] =
                '\0';
}

bool web_guard_is_api(const struct web_head *h)
{
    return str_starts(h->path, API_ROOT);
}

void web_guard_add_name(struct web_guard *g, const char *name, int port)
{
    for (size_t i = 0; i < WEB_GUARD_NAMES; i++)
        if (!g->names[i][0]) {
            web_listen_host(name, port, WEB_LISTEN_HTTPS, g->names[i]);
            return;
        }
}

static bool is_ours(const struct web_guard *g, const char *host, const char *lan)
{
    if (lan && strcmp(lan, host) == 0)
        return true;
    for (size_t i = 0; lan && i < ARRAY_LEN(g->names) && g->names[i][0]; i++)
        if (strcmp(g->names[i], host) == 0)
            return true;
    for (size_t i = 0; !lan && i < ARRAY_LEN(g->hosts) && g->hosts[i][0]; i++)
        if (strcmp(g->hosts[i], host) == 0)
            return true;
    return false;
}

int web_guard_check(const struct web_guard *g, const struct web_head *h,
                    const char *lan, struct err *e)
{
    const char *scheme = lan ? "https://" : "http://";
    bool changes = web_head_changes(h);

    if (!is_ours(g, h->host, lan))
        return err_set(e, ERR_WEB_ORIGIN, "Host");
    if (h->origin[0] || changes)
        if (!str_starts(h->origin, scheme) ||
            strcmp(h->origin + strlen(scheme), h->host) != 0)
            return err_set(e, ERR_WEB_ORIGIN, "Origin");
    if (h->site[0] && strcmp(h->site, "same-origin") != 0 &&
        (changes || (web_guard_is_api(h) && strcmp(h->site, "none") != 0)))
        return err_set(e, ERR_WEB_ORIGIN, "Sec-Fetch-Site");
    return 0;
}

const char *web_guard_header(size_t i, const char **value)
{
    if (i >= ARRAY_LEN(HEADERS))
        return NULL;
    *value = HEADERS[i].value;
    return HEADERS[i].name;
}

static const char *reason(int status)
{
    static const struct {
        int status;
        const char *words;
    } WORDS[] = {{400, "Bad Request"},
                 {401, "Unauthorized"},
                 {403, "Forbidden"},
                 {404, "Not Found"},
                 {405, "Method Not Allowed"},
                 {408, "Request Timeout"},
                 {413, "Content Too Large"},
                 {422, "Unprocessable Content"},
                 {423, "Locked"},
                 {429, "Too Many Requests"},
                 {431, "Request Header Fields Too Large"},
                 {503, "Service Unavailable"}};

    for (size_t i = 0; i < ARRAY_LEN(WORDS); i++)
        if (WORDS[i].status == status)
            return WORDS[i].words;
    return "Error";
}

void web_guard_refusal(const struct err *why, bool body, int wait_s, struct str *out)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    int status = api_status(why->code);
    const char *value = NULL;

    api_error(why, &text);
    str_addf(out,
             "HTTP/1.1 %d %s\r\nContent-Type: " API_JSON
             "\r\nCache-Control: no-store\r\nContent-Length: %zu\r\n",
             status, reason(status), text.len);
    for (size_t i = 0; web_guard_header(i, &value); i++)
        str_addf(out, "%s: %s\r\n", web_guard_header(i, &value), value);
    if (status == 405)
        str_add(out, "Allow: GET, HEAD, POST, PUT, PATCH, DELETE\r\n");
    if (wait_s > 0)
        str_addf(out, "Retry-After: %d\r\n", wait_s);
    str_add(out, "\r\n");
    if (body)
        str_add(out, str_text(&text));
}
