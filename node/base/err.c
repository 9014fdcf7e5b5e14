/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct err_row {
    const char *name;
    int exit_code;
    const char *what;
    const char *safe;
    const char *todo;
};

static const struct err_row ROWS[ERR_CODE_COUNT] = {
    [ERR_NONE] = {"", EXIT_DONE, "", "", ""},
#define N_(text) text
#define ERR(name, text, exit_code, what, safe, todo)                                   \
    [ERR_##name] = {"SH-" text, exit_code, what, safe, todo},
#include "node/base/err_table.h"
#undef ERR
#undef N_
};

/* A text that was cut in the middle of a letter ends before that letter: it is shown to
 * people and sent as JSON. */
static void end_at_letter(char *text)
{
    size_t len = strlen(text);
    size_t tail = 0; /* continuation bytes at the end */
    size_t need = 0; /* those that the byte before them asks for */
    unsigned char lead = 0;

    while (tail < len && tail < 3 &&
           ((unsigned char)text[len - 1 - tail] & 0xC0) == 0x80)
        tail++;
    if (tail == len)
        return;
    lead = (unsigned char)text[len - 1 - tail];
    need = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (need > tail)
        text[len - 1 - tail] = '\0';
}

PRINTF(3, 0)
static void format(char *out, size_t size, const char *fmt, va_list ap)
{
    int n = vsnprintf(out, size, fmt, ap);

    if (n < 0)
        out[0] = '\0';
    if (n >= (int)size)
        end_at_letter(out);
}

static void append(char *out, size_t size, const char *joint, const char *text)
{
    size_t used = strlen(out);
    int n = snprintf(out + used, size - used, "%s%s", used ? joint : "", text);

    if (n >= (int)(size - used))
        end_at_letter(out);
}

int err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
    char subject[ERR_SUBJECT_MAX]; /* the arguments may lie in @e itself */
    va_list ap;

    va_start(ap, fmt);
    format(subject, sizeof subject, fmt, ap);
    va_end(ap);
    memset(e, 0, sizeof *e);
    e->code = code;
    memcpy(e->subject, subject, sizeof subject);
    return -1;
}

int err_sys(struct err *e, enum err_code code, const char *fmt, ...)
{
    int saved = errno;
    const char *meaning = strerrordesc_np(saved);
    char subject[ERR_SUBJECT_MAX];
    va_list ap;

    va_start(ap, fmt);
    format(subject, sizeof subject, fmt, ap);
    va_end(ap);
    memset(e, 0, sizeof *e);
    e->sys_errno = saved;
    if (saved == ENOSPC || saved == EDQUOT)
        code = ERR_DISK_FULL;
    else if (saved == ENOMEM)
        code = ERR_MEMORY;
    else if (saved == EACCES || saved == EPERM)
        code = ERR_DENIED;
    e->code = code;
    memcpy(e->subject, subject, sizeof subject);
    (void)snprintf(e->detail, sizeof e->detail, "errno %d", saved);
    if (meaning)
        append(e->detail, sizeof e->detail, " ", meaning);
    return -1;
}

int err_detail(struct err *e, const char *fmt, ...)
{
    char text[ERR_DETAIL_MAX];
    va_list ap;

    va_start(ap, fmt);
    format(text, sizeof text, fmt, ap);
    va_end(ap);
    append(e->detail, sizeof e->detail, "; ", text);
    return -1;
}

int err_push(struct err *e, const char *fmt, ...)
{
    char place[ERR_SUBJECT_MAX];
    char below[ERR_SUBJECT_MAX];
    va_list ap;

    va_start(ap, fmt);
    format(place, sizeof place, fmt, ap);
    va_end(ap);
    memcpy(below, e->subject, sizeof below);
    memcpy(e->subject, place, sizeof place);
    if (below[0])
        append(e->subject, sizeof e->subject, ": ", below);
    return -1;
}

void err_clear(struct err *e)
{
    memset(e, 0, sizeof *e);
}

static const struct err_row *row(enum err_code code)
{
    return &ROWS[code < ERR_CODE_COUNT ? code : ERR_INTERNAL];
}

const char *err_code_name(enum err_code code)
{
    return row(code)->name;
}

int err_code_exit(enum err_code code)
{
    return row(code)->exit_code;
}

const char *err_code_what(enum err_code code)
{
    return row(code)->what;
}

const char *err_code_safe(enum err_code code)
{
    return row(code)->safe;
}

const char *err_code_todo(enum err_code code)
{
    return row(code)->todo;
}

enum err_code err_code_find(const char *name)
{
    for (int i = 1; i < ERR_CODE_COUNT; i++)
        if (strcmp(ROWS[i].name, name) == 0)
            return (enum err_code)i;
    return ERR_NONE;
}
