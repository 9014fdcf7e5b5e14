/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_route.h"

#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/web/web_head.h"

#define NAME_MAX_BYTES 32

/* One part of a path and of a pattern: from @at to the next slash. */
static size_t part_len(const char *at)
{
    return strcspn(at, "/");
}

/* @args NULL: only whether it fits. The path is checked already (web_head.h). */
static bool fits(const char *pattern, const char *path, struct jdoc *args)
{
    while (*pattern == '/' && *path == '/') {
        size_t p = part_len(++pattern);
        size_t n = part_len(++path);

        if (*pattern == ':' && args) {
            AUTO_STR struct str plain = STR_INIT(WEB_HEAD_URI_MAX);
            char name[NAME_MAX_BYTES];

            (void)snprintf(name, sizeof name, "%.*s", (int)p - 1, pattern + 1);
            if (!web_head_unescape(path, n, false, &plain))
                return false;
            jdoc_set_text(args, name, str_text(&plain));
        } else if (*pattern != ':' && (p != n || strncmp(pattern, path, n) != 0)) {
            return false;
        }
        pattern += p;
        path += n;
    }
    return !*pattern && !*path;
}

static bool name_good(const char *text, size_t len)
{
    if (len == 0 || len >= NAME_MAX_BYTES ||
        (len == strlen(API_BODY) && strncmp(text, API_BODY, len) == 0))
        return false;
    for (size_t i = 0; i < len; i++)
        if ((text[i] < 'a' || text[i] > 'z') && text[i] != '_')
            return false;
    return true;
}

static int take_query(const char *query, struct jdoc *args, struct err *e)
{
    size_t count = 0;

    for (const char *at = query; *at;) {
        AUTO_STR struct str value = STR_INIT(WEB_HEAD_URI_MAX);
        size_t len = strcspn(at, "&");
        size_t n = strcspn(at, "=&");
        char name[NAME_MAX_BYTES];

        if (n >= len || !name_good(at, n) || ++count > WEB_ROUTE_QUERY_MAX ||
            !web_head_unescape(at + n + 1, len - n - 1, true, &value))
            return err_set(e, ERR_WEB_REQUEST, "query");
        (void)snprintf(name, sizeof name, "%.*s", (int)n, at);
        if (jdoc_get(args, name))
            return err_set(e, ERR_WEB_REQUEST, "query: %s twice", name);
        jdoc_set_text(args, name, str_text(&value));
        at += len;
        at += *at == '&';
    }
    return 0;
}

int web_route_find(const struct web_head *h, const struct api_row **row,
                   struct jdoc *args, struct err *e)
{
    const char *method = web_head_method(h->method == WEB_HEAD ? WEB_GET : h->method);
    const char *path = h->path + strlen(WEB_ROUTE_ROOT);
    size_t count = 0;
    const struct api_row *rows = api_table(&count);
    bool known = false;

    if (!str_starts(h->path, WEB_ROUTE_ROOT "/"))
        return err_set(e, ERR_WEB_ROUTE, "%.200s", h->path);
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].path || !fits(rows[i].path, path, NULL))
            continue;
        known = true;
        if (strcmp(rows[i].method, method) != 0)
            continue;
        if (!fits(rows[i].path, path, args))
            return err_set(e, ERR_WEB_REQUEST, "path");
        *row = &rows[i];
        return take_query(h->query, args, e);
    }
    return err_set(e, known ? ERR_WEB_METHOD : ERR_WEB_ROUTE, "%.200s", h->path);
}
