/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/fault.h"

#ifdef SOHOA_FAULT

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const NAMES[FAULT_KIND_COUNT] = {
    [FAULT_ALLOC] = "alloc",   [FAULT_OPEN] = "open",   [FAULT_READ] = "read",
    [FAULT_WRITE] = "write",   [FAULT_SYNC] = "sync",   [FAULT_RENAME] = "rename",
    [FAULT_UNLINK] = "unlink", [FAULT_MKDIR] = "mkdir",
};

/* Test builds only: which call fails, and how many there were. */
static struct {
    bool ready;
    int kind; /* FAULT_KIND_COUNT: any, -1: none */
    long nth;
    bool sticky;
    bool kill;
    int error;
    long count[FAULT_KIND_COUNT + 1];
} plan = {.kind = -1};

static void write_log(void)
{
    const char *path = getenv("SOHOA_FAULT_LOG");
    char line[256];
    size_t used = 0;
    int fd = -1;

    if (!path)
        return;
    for (int i = 0; i <= FAULT_KIND_COUNT; i++) {
        const char *name = i < FAULT_KIND_COUNT ? NAMES[i] : "any";
        int n = snprintf(line + used, sizeof line - used, "%s=%ld%c", name,
                         plan.count[i], i < FAULT_KIND_COUNT ? ' ' : '\n');

        if (n > 0)
            used += (size_t)n;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0)
        return;
    if (write(fd, line, used) < 0)
        (void)fprintf(stderr, "fault log: %s\n", path);
    (void)close(fd);
}

/* call:n[:sticky][:kill][:errno] */
static void read_plan(const char *text)
{
    char copy[64];
    char *part = NULL;
    char *rest = copy;

    if (!text || strlen(text) >= sizeof copy)
        return;
    memcpy(copy, text, strlen(text) + 1);
    part = strsep(&rest, ":");
    for (int i = 0; i < FAULT_KIND_COUNT; i++)
        if (strcmp(part, NAMES[i]) == 0)
            plan.kind = i;
    if (strcmp(part, "any") == 0)
        plan.kind = FAULT_KIND_COUNT;
    part = strsep(&rest, ":");
    plan.nth = part ? strtol(part, NULL, 10) : 1;
    while ((part = strsep(&rest, ":")))
        if (strcmp(part, "sticky") == 0)
            plan.sticky = true;
        else if (strcmp(part, "kill") == 0)
            plan.kill = true;
        else
            plan.error = (int)strtol(part, NULL, 10);
}

static void make_ready(void)
{
    if (plan.ready)
        return;
    plan.ready = true;
    plan.error = EIO;
    (void)atexit(write_log);
    read_plan(getenv("SOHOA_FAULT"));
}

void fault_set(const char *text)
{
    make_ready();
    memset(&plan, 0, sizeof plan);
    plan.ready = true;
    plan.kind = -1;
    plan.error = EIO;
    read_plan(text);
}

long fault_count(enum fault_kind kind)
{
    return plan.count[kind];
}

bool fault_hit(enum fault_kind kind)
{
    long n = 0;

    make_ready();
    plan.count[kind]++;
    if (kind != FAULT_ALLOC)
        plan.count[FAULT_KIND_COUNT]++;
    if (plan.kind == (int)kind)
        n = plan.count[kind];
    else if (plan.kind == FAULT_KIND_COUNT && kind != FAULT_ALLOC)
        n = plan.count[FAULT_KIND_COUNT];
    if (n == 0 || n < plan.nth || (n > plan.nth && !plan.sticky))
        return false;
    if (plan.kill)
        (void)kill(getpid(), SIGKILL);
    errno = plan.error;
    return true;
}

#else

/* An empty translation unit is not C; ordinary builds have no injection points. */
typedef int fault_unused;

#endif
