/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/get.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/fetch.h"
#include "sync/line.h"
#include "sync/receive.h"
#include "sync/rpush.h"

#define CHUNK      ((size_t)1 << 16)
#define WORD_MAX   ((size_t)128)
#define BACKOFF_MS 200
#define FREE_MIN   ((uint64_t)64 << 20)

struct get {
    const struct line *l;
    const char *unit;
    const char *sha256;
    const char *path;
    struct rpush_sum *sum;
    int fd;
    bool progress; /* bytes came on this connection */
};

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "get");
    return err_detail(e, "%.100s", line);
}

/* "size <all of it>". */
static int hear_size(struct get *g, struct proc *ssh, int64_t *size, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    int64_t patience = g->l->idle_ms < FETCH_START_MS ? FETCH_START_MS : g->l->idle_ms;
    int rc = line_text(ssh->out, &line, patience, e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_LINE, "%s", "line closed");
    g->sum->bytes_down += (int64_t)line.len + 1;
    if (strcmp(str_text(&line), "bad SH-OBJECT-MISSING") == 0)
        return err_set(e, ERR_OBJECT_MISSING, "%s", g->sha256);
    if (receive_bad(str_text(&line), e) != ERR_NONE)
        return -1;
    if (!str_starts(str_text(&line), "size ") ||
        !num_parse(line.p + 5, 0, GET_BYTES_MAX, size))
        return nonsense(e, str_text(&line));
    return 0;
}

static int check_room(const struct get *g, int64_t size, struct err *e)
{
    AUTO_MEM char *folder = fs_dirname(g->path);
    uint64_t free_bytes, all_bytes;

    if (fs_free_bytes(folder, &free_bytes, &all_bytes, e) < 0)
        return -1;
    /* Once here and once where it will lie. */
    if (free_bytes < (uint64_t)size * 2 + FREE_MIN)
        return err_set(e, ERR_DISK_FULL, "%s", folder);
    return 0;
}

static int take_bytes(struct get *g, struct proc *ssh, int64_t have, int64_t size,
                      struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);

    while (have < size) {
        size_t want = size - have < (int64_t)CHUNK ? (size_t)(size - have) : CHUNK;
        size_t got = 0;
        int rc = line_read(ssh->out, buf, want, g->l->idle_ms, &got, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_LINE, "%s", "line closed");
        if (fs_write_all(g->fd, buf, got, g->path, e) < 0)
            return -1;
        g->progress = true;
        g->sum->bytes_down += (int64_t)got;
        have += (int64_t)got;
    }
    return 0;
}

/* Other bytes than the name says: begun anew next time. */
static int check_whole(struct get *g, struct err *e)
{
    char hex[HASH_HEX];

    if (lseek(g->fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "%s", g->path);
    if (hash_fd(g->fd, g->path, hex, NULL, e) < 0)
        return -1;
    if (strcmp(hex, g->sha256) == 0)
        return 0;
    if (ftruncate(g->fd, 0) < 0)
        return err_sys(e, ERR_WRITE, "%s", g->path);
    return nonsense(e, "its bytes have another SHA-256");
}

static int converse(struct get *g, struct proc *ssh, int64_t have, struct err *e)
{
    int64_t size;

    if (hear_size(g, ssh, &size, e) < 0)
        return -1;
    if (have > size) {
        if (ftruncate(g->fd, 0) < 0)
            return err_sys(e, ERR_WRITE, "%s", g->path);
        return nonsense(e, "shorter than what came of it");
    }
    if (check_room(g, size, e) < 0 || take_bytes(g, ssh, have, size, e) < 0)
        return -1;
    return check_whole(g, e);
}

/* One connection. 1 done, 0 cut (and @e says how), -1 for good. */
static int attempt(struct get *g, struct err *e)
{
    AUTO_PROC struct proc ssh = PROC_INIT;
    AUTO_MEM char *command = NULL;
    struct err why = ERR_INIT;
    struct stat st;

    g->progress = false;
    if (fstat(g->fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", g->path);
    command = mem_printf("get %s %s %lld", g->unit, g->sha256, (long long)st.st_size);
    if (line_start(g->l, command, &ssh, e) < 0)
        return e->code == ERR_LINE && !stop_requested() ? 0 : -1;
    if (converse(g, &ssh, st.st_size, &why) == 0)
        return 1;
    if (why.code != ERR_LINE || stop_requested()) {
        *e = why;
        return -1;
    }
    line_failed(g->l, &ssh, e);
    return e->code == ERR_LINE ? 0 : -1;
}

static int try_often(struct get *g, struct err *e)
{
    int tries = 0;

    for (;;) {
        struct err why = ERR_INIT;
        int rc = attempt(g, &why);

        if (rc == 1)
            return 0;
        tries = g->progress ? 1 : tries + 1;
        if (rc < 0 || tries >= GET_TRIES || stop_requested()) {
            *e = why;
            return -1;
        }
        stop_sleep_ms(BACKOFF_MS << (tries - 1));
    }
}

int get_object(const struct line *l, const char *unit, const char *sha256, char **path,
               struct rpush_sum *sum, struct err *e)
{
    AUTO_MEM char *folder = fs_path(l->home, "spool/get");
    AUTO_MEM char *part = fs_pathf(folder, "%s.part", sha256);
    AUTO_FD int fd = -1;
    struct get g = {.l = l, .unit = unit, .sha256 = sha256, .path = part, .sum = sum};

    if (l->folder)
        return err_set(e, ERR_URL, "%s", l->path);
    if (fs_mkdirs(folder, e) < 0)
        return -1;
    fd = fs_open(part, O_RDWR | O_CREAT | O_NOFOLLOW | O_APPEND, 0600, e);
    if (fd < 0)
        return -1;
    g.fd = fd;
    if (try_often(&g, e) < 0)
        return -1;
    *path = TAKE(part);
    return 0;
}

int get_forget(const char *path, struct err *e)
{
    return fs_unlink(path, e);
}
