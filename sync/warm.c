/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/warm.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "sync/line.h"

#define FILE_NAME "run/up.json"
#define CHECK_MS  3000
#define END_MS    1000
#define PIDS_MAX  (1 << 30)
#define WORDS     "Master running (pid="

/* ---- whom it talks to -------------------------------------------------------------
 */

static void add_file(struct hash *h, const char *home, const char *name)
{
    AUTO_MEM char *path = fs_path(home, name);
    struct err ignored = ERR_INIT; /* none is another one than any */
    char hex[HASH_HEX] = "";

    if (fs_exists(path) && hash_file(path, hex, NULL, &ignored) < 0)
        hex[0] = '\0';
    hash_add(h, hex, sizeof hex);
}

static void whom(const struct line *l, char hex[HASH_HEX])
{
    AUTO_HASH struct hash *h = hash_new();
    const char *config = getenv("SOHOA_SSH_CONFIG");

    hash_add(h, l->host, sizeof l->host);
    hash_add(h, l->user, sizeof l->user);
    hash_add(h, l->port, sizeof l->port);
    add_file(h, l->home, "keys/node");
    add_file(h, l->home, "keys/known_hosts");
    if (config)
        hash_add(h, config, strlen(config));
    hash_end(h, hex);
}

/* ---- the process ------------------------------------------------------------------
 */

/* Pids are used again: ours has its socket in its command line, or in the title that
 * ssh gives itself. */
static bool is_master(pid_t pid, const char *path)
{
    AUTO_MEM char *name = mem_printf("/proc/%d/cmdline", (int)pid);
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    struct err ignored = ERR_INIT; /* it is gone */

    if (fs_read_file(name, &text, &ignored) < 0)
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (text.p[i] == '\0')
            text.p[i] = ' ';
    return strstr(str_text(&text), path) != NULL;
}

/* Hold on to it before looking at it. */
static bool hold(pid_t pid, const char *path, struct warm *out)
{
    AUTO_FD int fd = pidfd_open(pid, 0);

    if (fd < 0 || !is_master(pid, path))
        return false;
    out->pid = pid;
    out->pidfd = TAKE_FD(fd);
    (void)snprintf(out->path, sizeof out->path, "%s", path);
    return true;
}

bool warm_runs(const struct warm *w)
{
    struct pollfd p = {.fd = w->pidfd, .events = POLLIN};

    return w->pid > 0 && poll(&p, 1, 0) == 0;
}

void warm_clear(struct warm *w)
{
    fs_fd_auto(&w->pidfd);
    w->pid = 0;
    w->path[0] = '\0';
}

void warm_end(const char *home, struct warm *w)
{
    AUTO_MEM char *file = fs_path(home, FILE_NAME);
    struct pollfd p = {.fd = w->pidfd, .events = POLLIN};
    struct err ignored = ERR_INIT; /* then the next run ends nobody by it */

    if (w->pid > 0 && pidfd_send_signal(w->pidfd, SIGKILL, NULL, 0) == 0)
        (void)poll(&p, 1, END_MS);
    if (w->path[0] && fs_unlink(w->path, &ignored) < 0)
        err_clear(&ignored);
    if (fs_unlink(file, &ignored) < 0)
        err_clear(&ignored);
    warm_clear(w);
}

/* ---- what is written down ---------------------------------------------------------
 */

/* @right: it is the one for @l. True: it runs. */
static bool load(const struct line *l, const char *path, struct warm *out, bool *right)
{
    AUTO_MEM char *file = fs_path(l->home, FILE_NAME);
    AUTO_JDOC struct jdoc *j = NULL;
    const char *was, *to;
    struct err ignored = ERR_INIT; /* a damaged one is none */
    char hex[HASH_HEX];
    int64_t pid;

    if (!fs_exists(file) || jdoc_read_file(file, &j, &ignored) < 0 ||
        !jdoc_int(j, "pid", 2, PIDS_MAX, &pid))
        return false;
    was = jdoc_text(j, "path");
    to = jdoc_text(j, "to");
    if (!was || !to || !was[0] || strlen(was) >= sizeof out->path)
        return false;
    (void)snprintf(out->path, sizeof out->path, "%s", was);
    if (!hold((pid_t)pid, was, out))
        return false;
    whom(l, hex);
    *right = strcmp(to, hex) == 0 && strcmp(was, path) == 0 && fs_exists(path);
    return true;
}

bool warm_find(const struct line *l, const char *path, struct warm *out)
{
    bool right = false;

    if (load(l, path, out, &right) && right)
        return true;
    warm_end(l->home, out);
    return false;
}

/* What ssh says of its master: its pid. */
static int ask_pid(const struct line *l, const char *path, pid_t *pid, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(LINE_WORDS_MAX);
    AUTO_PROC struct proc p = PROC_INIT;
    struct proc_exit how;
    char *number;
    int64_t n;

    if (line_ask_master(l, path, &p, e) < 0)
        return -1;
    if (proc_wait(&p, clock_mono_ms() + CHECK_MS, &how, e) != 1)
        return err_set(e, ERR_LINE, "ssh -O check");
    line_words(&p, &words);
    number = words.len ? strstr(words.p, WORDS) : NULL;
    if (number) {
        number += strlen(WORDS);
        number[strspn(number, "0123456789")] = '\0';
    }
    if (!number || !num_parse(number, 2, PIDS_MAX, &n)) {
        err_set(e, ERR_LINE, "ssh -O check");
        return err_detail(e, "%s", str_text(&words));
    }
    *pid = (pid_t)n;
    return 0;
}

int warm_keep(const struct line *l, const char *path, struct warm *out, struct err *e)
{
    AUTO_MEM char *file = fs_path(l->home, FILE_NAME);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    char hex[HASH_HEX];
    pid_t pid;

    if (ask_pid(l, path, &pid, e) < 0)
        return -1;
    if (!hold(pid, path, out))
        return err_set(e, ERR_LINE, "ssh");
    whom(l, hex);
    jdoc_set_int(j, "pid", pid);
    jdoc_set_text(j, "path", path);
    jdoc_set_text(j, "to", hex);
    return jdoc_write_file(file, j, e);
}
