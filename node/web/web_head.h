/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_HEAD_H
#define SOHOA_WEB_WEB_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct str;

/*
 * The head of a request, request line and fields, read from the raw bytes before
 * libmicrohttpd sees them: that library takes two Content-Length fields, a bare LF, any
 * method, and a path cut at %00. What is read here is what counts; the library answers
 * and counts the body.
 *
 *     METHOD SP /path[?query] SP HTTP/1.1 CRLF
 *     name: value CRLF …
 *     CRLF
 *
 * Refused: a line that does not end in CRLF, control characters, a folded field, white
 * space before the colon, anything but origin form, a path with an empty, "." or ".."
 * part, a wrong or forbidden escape (%00, controls, %2F, %5C), text that is not UTF-8,
 * no Host or two, two Content-Length, any Transfer-Encoding, a body where none belongs.
 */
#define WEB_HEAD_MAX        ((size_t)16384) /* bytes in all */
#define WEB_HEAD_URI_MAX    ((size_t)2048)
#define WEB_HEAD_FIELDS     64
#define WEB_HEAD_LENGTH_MAX (INT64_C(1) << 40)

enum web_method { WEB_GET, WEB_HEAD, WEB_POST, WEB_PUT, WEB_PATCH, WEB_DELETE };

/* All texts are views into text. "" when the field is absent. */
struct web_head {
    char *text; /* owned */
    enum web_method method;
    const char *path;  /* as sent, escaped: "/api/v1/items/a%C3%A1" */
    const char *query; /* as sent, without "?" */
    const char *host, *origin, *site, *cookie, *csrf, *type;
    bool gzip;        /* takes compressed answers */
    bool waits;       /* Expect: 100-continue */
    bool by_itself;   /* X-Sohoa-Auto: the page asks, no person caused it */
    const char *etag; /* If-None-Match */
    int64_t length;   /* of the body; 0: none */
};

/**
 * web_head_whole - is the head there already?
 * Return: 1 and its length, 0 not yet, -1 and @e: ERR_WEB_REQUEST, ERR_WEB_HEADERS (too
 * long): what is there can never become a good one.
 */
MUST_CHECK int web_head_whole(const char *bytes, size_t len, size_t *head,
                              struct err *e);

/**
 * web_head_parse - read a whole head.
 * @bytes: @len as web_head_whole() found it; copied. @out: web_head_clear().
 * Return: 0, or -1 and @e: ERR_WEB_REQUEST, ERR_WEB_HEADERS, ERR_WEB_METHOD.
 */
MUST_CHECK int web_head_parse(const char *bytes, size_t len, struct web_head *out,
                              struct err *e);
void web_head_clear(struct web_head *h);
#define AUTO_HEAD AUTO(web_head_clear)

const char *web_head_method(enum web_method m);

/** web_head_changes - whether the method may change something. */
bool web_head_changes(const struct web_head *h);

/**
 * web_head_unescape - append a part of a path or query, unescaped.
 * @plus: '+' is a space (query). Return: false when it is not well escaped, holds a
 * control character or is not UTF-8.
 */
MUST_CHECK bool web_head_unescape(const char *text, size_t len, bool plus,
                                  struct str *out);

/** web_head_cookie - the value of cookie @name among h->cookie. Return: false: none, or
 * two of that name, or not exactly @digits lower-case hex digits. */
MUST_CHECK bool web_head_cookie(const struct web_head *h, const char *name,
                                size_t digits, char *out);

#endif
