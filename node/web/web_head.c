/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_head.h"

#include <string.h>
#include <strings.h>

#include "node/base/err.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

static const char *const METHODS[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

static int bad(struct err *e, const char *what)
{
    return err_set(e, ERR_WEB_REQUEST, "%s", what);
}

const char *web_head_method(enum web_method m)
{
    return METHODS[m];
}

bool web_head_changes(const struct web_head *h)
{
    return h->method != WEB_GET && h->method != WEB_HEAD;
}

void web_head_clear(struct web_head *h)
{
    mem_free(h->text);
    *h = (struct web_head){.text = NULL};
}

/* ---- bytes ------------------------------------------------------------------------
 */

int web_head_whole(const char *bytes, size_t len, size_t *head, struct err *e)
{
    for (size_t i = 0; i < len && i < WEB_HEAD_MAX; i++) {
        unsigned char c = (unsigned char)bytes[i];

        if (c == '\n' && (i == 0 || bytes[i - 1] != '\r'))
            return bad(e, "a line that ends in LF alone");
        if (i > 0 && bytes[i - 1] == '\r' && c != '\n')
            return bad(e, "CR within a line");
        if ((c < ' ' && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
            return bad(e, "a control character");
        if (c == '\n' && i == 1)
            return bad(e, "an empty line first");
        if (c == '\n' && i >= 3 && bytes[i - 2] == '\n') {
            *head = i + 1;
            return 1;
        }
    }
    return len >= WEB_HEAD_MAX ? err_set(e, ERR_WEB_HEADERS, "%zu", len) : 0;
}

static bool is_token(const char *text)
{
    if (!text[0])
        return false;
    for (; *text; text++) {
        bool letter = (*text >= 'a' && *text <= 'z') || (*text >= 'A' && *text <= 'Z');

        if (!letter && !(*text >= '0' && *text <= '9') &&
            !strchr("!#$%&'*+-.^_`|~", *text))
            return false;
    }
    return true;
}

static int digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool web_head_unescape(const char *text, size_t len, bool plus, struct str *out)
{
    size_t from = out->len;

    for (size_t i = 0; i < len; i++) {
        int c = (unsigned char)text[i];

        if (c == '%') {
            int hi = len - i > 2 ? digit(text[i + 1]) : -1;
            int lo = len - i > 2 ? digit(text[i + 2]) : -1;

            if (hi < 0 || lo < 0)
                return false;
            c = hi * 16 + lo;
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        if (c < ' ' || c == 0x7f)
            return false;
        str_add_char(out, (char)c);
    }
    return !out->over && utf8_valid(str_text(out) + from, out->len - from);
}

/* ---- request line -----------------------------------------------------------------
 */

/* Characters that may stand in a target as they are (RFC 3986). */
static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c && strchr("-._~!$&'()*+,;=:@/?%", c));
}

/* One part of a path between slashes. */
static bool part_good(const char *part, size_t len)
{
    AUTO_STR struct str plain = STR_INIT(WEB_HEAD_URI_MAX);

    if (!web_head_unescape(part, len, false, &plain))
        return false;
    return plain.len > 0 && strcmp(plain.p, ".") != 0 && strcmp(plain.p, "..") != 0 &&
           !strchr(plain.p, '/') && !strchr(plain.p, '\\');
}

static bool path_good(const char *path)
{
    if (path[0] != '/')
        return false;
    for (const char *at = path + 1; *at;) {
        size_t len = strcspn(at, "/");

        if (!part_good(at, len))
            return false;
        at += len;
        if (*at == '/' && !at[1])
            return false; /* one form of each address */
        at += *at == '/';
    }
    return true;
}

static int parse_target(char *target, struct web_head *h, struct err *e)
{
    AUTO_STR struct str plain = STR_INIT(WEB_HEAD_URI_MAX);
    char *query = strchr(target, '?');

    if (strlen(target) > WEB_HEAD_URI_MAX)
        return err_set(e, ERR_WEB_HEADERS, "address");
    for (const char *c = target; *c; c++)
        if (!is_plain(*c))
            return bad(e, "a character of the address");
    h->path = target;
    h->query = "";
    if (query) {
        *query = '\0';
        h->query = query + 1;
    }
    if (!path_good(h->path) ||
        !web_head_unescape(h->query, strlen(h->query), true, &plain))
        return bad(e, "address");
    return 0;
}

static int parse_line(char *line, struct web_head *h, struct err *e)
{
    char *target = strchr(line, ' ');
    char *version = target ? strchr(target + 1, ' ') : NULL;
    size_t m = 0;

    if (!target || !version || strcmp(version + 1, "HTTP/1.1") != 0)
        return bad(e, "request line");
    *target++ = *version = '\0';
    while (m < ARRAY_LEN(METHODS) && strcmp(line, METHODS[m]) != 0)
        m++;
    if (m == ARRAY_LEN(METHODS))
        return is_token(line) ? err_set(e, ERR_WEB_METHOD, "%s", "")
                              : bad(e, "request line");
    h->method = (enum web_method)m;
    return parse_target(target, h, e);
}

/* ---- fields -----------------------------------------------------------------------
 */

struct fields {
    size_t count;
    bool length; /* seen */
};

/* A field that may stand once only. */
static int once(const char **slot, const char *value, struct err *e)
{
    if (*slot)
        return bad(e, "a field twice");
    *slot = value;
    return 0;
}

static int parse_length(struct web_head *h, struct fields *f, const char *value,
                        struct err *e)
{
    if (f->length || value[0] == '-' ||
        !num_parse(value, 0, WEB_HEAD_LENGTH_MAX, &h->length))
        return bad(e, "Content-Length");
    f->length = true;
    return 0;
}

static int parse_field(struct web_head *h, struct fields *f, const char *name,
                       const char *value, struct err *e)
{
    const struct {
        const char *name;
        const char **slot;
    } TEXTS[] = {{"Host", &h->host},           {"Origin", &h->origin},
                 {"Sec-Fetch-Site", &h->site}, {"Cookie", &h->cookie},
                 {"X-Sohoa-Csrf", &h->csrf},   {"Content-Type", &h->type},
                 {"If-None-Match", &h->etag}};

    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        if (strcasecmp(name, TEXTS[i].name) == 0)
            return once(TEXTS[i].slot, value, e);
    if (strcasecmp(name, "Content-Length") == 0)
        return parse_length(h, f, value, e);
    if (strcasecmp(name, "Transfer-Encoding") == 0 ||
        strcasecmp(name, "Content-Encoding") == 0 || strcasecmp(name, "Upgrade") == 0)
        return bad(e, name);
    if (strcasecmp(name, "Accept-Encoding") == 0)
        h->gzip = strstr(value, "gzip") != NULL;
    if (strcasecmp(name, "X-Sohoa-Auto") == 0)
        h->by_itself = true; /* whatever it says: it only takes away */
    if (strcasecmp(name, "Expect") == 0) {
        h->waits = strcasecmp(value, "100-continue") == 0;
        return h->waits ? 0 : bad(e, name);
    }
    return 0;
}

static int split_field(char *line, struct web_head *h, struct fields *f, struct err *e)
{
    char *colon = strchr(line, ':');
    char *value = colon ? colon + 1 : NULL;
    size_t len = 0;

    if (++f->count > WEB_HEAD_FIELDS)
        return err_set(e, ERR_WEB_HEADERS, "%d", WEB_HEAD_FIELDS);
    if (!colon)
        return bad(e, "a field without a colon");
    *colon = '\0';
    if (!is_token(line)) /* also a folded line and a space before the colon */
        return bad(e, "the name of a field");
    value += strspn(value, " \t");
    len = strlen(value);
    while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
        value[--len] = '\0';
    return parse_field(h, f, line, value, e);
}

/* Absent is "". */
static void settle(struct web_head *h)
{
    const char **const all[] = {&h->host, &h->origin, &h->site, &h->cookie,
                                &h->csrf, &h->type,   &h->etag};

    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        if (!*all[i])
            *all[i] = "";
}

static int check_whole(const struct web_head *h, struct err *e)
{
    bool carries =
        h->method == WEB_POST || h->method == WEB_PUT || h->method == WEB_PATCH;

    if (!h->host[0])
        return bad(e, "Host");
    if (!carries && h->length > 0)
        return bad(e, "a body");
    return 0;
}

int web_head_parse(const char *bytes, size_t len, struct web_head *out, struct err *e)
{
    AUTO_HEAD struct web_head h = {.text = NULL};
    struct fields f = {.count = 0};
    char *line = NULL;

    h.text = mem_new(len + 1, 1);
    memcpy(h.text, bytes, len);
    for (line = h.text; *line;) {
        char *end = strstr(line, "\r\n");
        int rc = 0;

        if (!end)
            return bad(e, "a line");
        *end = '\0';
        if (!line[0])
            break;
        rc = line == h.text ? parse_line(line, &h, e) : split_field(line, &h, &f, e);
        if (rc < 0)
            return -1;
        line = end + 2;
    }
    settle(&h);
    if (!h.path)
        return bad(e, "request line");
    if (check_whole(&h, e) < 0)
        return -1;
    *out = h;
    h.text = NULL;
    return 0;
}

bool web_head_cookie(const struct web_head *h, const char *name, size_t digits,
                     char *out)
{
    size_t n = strlen(name);
    bool found = false;

    for (const char *at = h->cookie; *at;) {
        size_t len = strcspn(at, ";");

        if (len > n && strncmp(at, name, n) == 0 && at[n] == '=') {
            if (found || len - n - 1 != digits)
                return false;
            memcpy(out, at + n + 1, digits);
            out[digits] = '\0';
            found = true;
        }
        at += len;
        at += strspn(at, "; ");
    }
    return found && hash_is_hex(out, digits);
}
