/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/log.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define EVENT_MAX 1024

/* One older file is kept; renaming a log needs no durability. */
static void rotate(const char *path)
{
    AUTO_MEM char *old = mem_printf("%s.1", path);
    struct stat st;
    struct err ignored = ERR_INIT;

    if (stat(path, &st) == 0 && st.st_size > LOG_BYTES_MAX &&
        fs_rename(path, old, &ignored) < 0)
        return; /* the log goes on in the long file */
}

void log_event(const char *home, const char *fmt, ...)
{
    AUTO_MEM char *path = fs_path(home, "log/sohoa.log");
    struct err ignored = ERR_INIT; /* a full disk must not stop the work that logs it */
    char event[EVENT_MAX];
    char when[CLOCK_ISO_MAX];
    AUTO_STR struct str line = STR_INIT((size_t)EVENT_MAX * 8);
    AUTO_FD int fd = -1;
    va_list ap;

    va_start(ap, fmt);
    (void)vsnprintf(event, sizeof event, fmt, ap);
    va_end(ap);
    clock_iso(clock_now(), when);
    str_addf(&line, "%s %ld ", when, (long)getpid());
    utf8_safe(event, strlen(event), &line); /* one event stays one line */
    str_add_char(&line, '\n');
    rotate(path);
    fd = fs_open(path, O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, 0600, &ignored);
    if (fd >= 0 && write(fd, str_text(&line), line.len) < 0)
        return;
}

void log_error(const char *home, const char *where, const struct err *e)
{
    log_event(home, "%s %s %s", where, err_code_name(e->code), e->detail);
}
