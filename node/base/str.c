/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/str.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"

void str_clear(struct str *s)
{
    mem_free(s->p);
    *s = (struct str){.max = s->max};
}

void str_auto(struct str *s)
{
    str_clear(s);
}

void str_reset(struct str *s)
{
    s->len = 0;
    s->over = false;
    if (s->p)
        s->p[0] = '\0';
}

char *str_room(struct str *s, size_t len)
{
    size_t need = 0;

    if (s->over || __builtin_add_overflow(s->len, len, &need) || need > s->max) {
        s->over = true;
        return NULL;
    }
    mem_grow(&s->p, &s->cap, need + 1, 1);
    return s->p + s->len;
}

void str_used(struct str *s, size_t len)
{
    assert(s->len + len < s->cap);
    s->len += len;
    s->p[s->len] = '\0';
}

void str_add_mem(struct str *s, const void *data, size_t len)
{
    char *at = str_room(s, len);

    if (!at)
        return;
    if (len)
        memcpy(at, data, len);
    str_used(s, len);
}

void str_add(struct str *s, const char *text)
{
    str_add_mem(s, text, strlen(text));
}

void str_add_char(struct str *s, char c)
{
    str_add_mem(s, &c, 1);
}

void str_addf(struct str *s, const char *fmt, ...)
{
    va_list ap;
    int len = 0;
    char *at = NULL;

    va_start(ap, fmt);
    len = vsnprintf(NULL, 0, fmt, ap);
    va_end(ap);
    assert(len >= 0);
    at = str_room(s, (size_t)len);
    if (!at)
        return;
    va_start(ap, fmt);
    (void)vsnprintf(at, (size_t)len + 1, fmt, ap);
    va_end(ap);
    str_used(s, (size_t)len);
}

const char *str_text(const struct str *s)
{
    return s->p ? s->p : "";
}

char *str_take(struct str *s)
{
    char *p = s->p ? s->p : mem_dup("");

    *s = (struct str){.max = s->max};
    return p;
}

int str_check(const struct str *s, const char *what, struct err *e)
{
    if (s->over)
        return err_set(e, ERR_LIMIT, "%s: more than %zu bytes", what, s->max);
    return 0;
}

bool str_starts(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

bool str_ends(const char *text, const char *end)
{
    size_t n = strlen(text);
    size_t m = strlen(end);

    return n >= m && memcmp(text + n - m, end, m) == 0;
}
