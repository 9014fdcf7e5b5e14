/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/lock.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"

#define POLL_MS    20
#define HOLDER_MAX 96

/* For the message only: who holds it is known to the kernel, not to this text. */
static void write_holder(int fd)
{
    char text[HOLDER_MAX];
    AUTO_STR struct str name = STR_INIT(HOLDER_MAX / 2);
    struct err ignored = ERR_INIT;
    int len = 0;

    if (fs_read_file("/proc/self/comm", &name, &ignored) < 0)
        str_reset(&name);
    if (name.len && name.p[name.len - 1] == '\n')
        name.p[name.len - 1] = '\0';
    len = snprintf(text, sizeof text, "%ld %s\n", (long)getpid(), str_text(&name));
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) < 0)
        return; /* nothing depends on it */
}

static void read_holder(int fd, char out[HOLDER_MAX])
{
    ssize_t n = pread(fd, out, HOLDER_MAX - 1, 0);

    out[n > 0 ? n : 0] = '\0';
    out[strcspn(out, "\n")] = '\0';
}

int lock_take(struct lock *l, const char *path, int64_t wait_ms, struct err *e)
{
    int64_t deadline = clock_mono_ms() + wait_ms;
    AUTO_FD int fd = fs_open(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0600, e);

    assert(l->fd < 0);
    if (fd < 0)
        return -1;
    for (;;) {
        struct flock want = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        char holder[HOLDER_MAX];

        if (fcntl(fd, F_OFD_SETLK, &want) == 0)
            break;
        if (errno != EAGAIN && errno != EACCES && errno != EINTR)
            return err_sys(e, ERR_OPEN, "%s", path);
        if (clock_mono_ms() >= deadline) {
            read_holder(fd, holder);
            return err_set(e, ERR_LOCKED, "%s: %s", path, holder);
        }
        clock_sleep_ms(POLL_MS);
    }
    write_holder(fd);
    l->fd = TAKE_FD(fd);
    return 0;
}

void lock_drop(struct lock *l)
{
    struct flock none = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

    /* Said aloud: a child between fork and exec still shares the open file. */
    if (l->fd >= 0)
        (void)fcntl(l->fd, F_OFD_SETLK, &none);
    fs_fd_auto(&l->fd);
}
