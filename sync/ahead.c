/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ahead.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "sync/line.h"
#include "sync/names.h"

#define END ".\n"

int ahead_begin(struct ahead *a, const struct line *l, const char *unit,
                const char *ref, struct err *e)
{
    AUTO_MEM char *command = mem_printf("since %s %s", unit, ref);

    ahead_clear(a);
    return line_start(l, command, &a->ssh, e);
}

bool ahead_begun(const struct ahead *a)
{
    return a->ssh.pid > 0;
}

void ahead_clear(struct ahead *a)
{
    proc_clear(&a->ssh);
    a->ssh = (struct proc)PROC_INIT;
    str_clear(&a->text);
}

/* "<tip> <ref>" or nothing, then ".". */
static enum ahead_found judge(const char *text, const char *have)
{
    char tip[NAMES_OID_MAX];

    if (strcmp(text, END) == 0)
        return AHEAD_SAME;
    (void)snprintf(tip, sizeof tip, "%.*s", (int)(NAMES_OID_MAX - 1), text);
    if (!names_is_oid(tip) || text[NAMES_OID_MAX - 1] != ' ')
        return AHEAD_FAILED;
    return strcmp(tip, have) == 0 ? AHEAD_SAME : AHEAD_NEW;
}

static enum ahead_found read_some(struct ahead *a, const char *have)
{
    for (;;) {
        char *room = str_room(&a->text, 512);
        ssize_t n = room ? read(a->ssh.out, room, 512) : 0;

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return AHEAD_WAITS;
        if (n <= 0)
            return AHEAD_FAILED;
        str_used(&a->text, (size_t)n);
        if (strcmp(str_text(&a->text), END) == 0 ||
            strstr(str_text(&a->text), "\n" END))
            return judge(str_text(&a->text), have);
    }
}

enum ahead_found ahead_look(struct ahead *a, const char *have)
{
    enum ahead_found found = read_some(a, have);

    if (found != AHEAD_WAITS)
        ahead_clear(a);
    return found;
}
