/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/master.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/dial.h"
#include "sync/line.h"

#define TICK_MS 20
#define NAME    "up-"
#define END     ".sock"

/* ---- where its socket lies --------------------------------------------------------
 */

/* Sockets of runs that are no more. */
static void sweep(const char *folder)
{
    AUTO_LIST struct fs_list l = {0};
    struct err ignored = ERR_INIT; /* litter of a few bytes */

    if (fs_list(folder, &l, &ignored) < 0)
        return;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        AUTO_MEM char *number = NULL;
        int64_t pid;

        if (!str_starts(l.names[i], NAME) || !str_ends(l.names[i], END))
            continue;
        number =
            mem_printf("%.*s", (int)(strlen(l.names[i]) - strlen(NAME) - strlen(END)),
                       l.names[i] + strlen(NAME));
        if (num_parse(number, 1, 1 << 30, &pid) && kill((pid_t)pid, 0) < 0 &&
            errno == ESRCH && fs_unlink(path, &ignored) < 0)
            err_clear(&ignored);
    }
}

/* Short enough, and nothing in it that ssh would take for more than a name. */
static bool name_ok(const char *path)
{
    return strlen(path) <= MASTER_NAME_MAX && !strpbrk(path, "%\"'\\ \t\n$~{");
}

static bool only_ours(const char *folder)
{
    struct stat st;

    return lstat(folder, &st) == 0 && S_ISDIR(st.st_mode) && st.st_uid == geteuid() &&
           (st.st_mode & 077) == 0;
}

static void choose_place(struct master *m)
{
    AUTO_MEM char *folder = fs_path(m->home, "run");
    AUTO_MEM char *path = mem_printf("%s/" NAME "%d" END, folder, (int)getpid());
    AUTO_MEM char *user = mem_printf("/run/user/%d", (int)geteuid());
    AUTO_MEM char *other = NULL;
    struct err ignored = ERR_INIT; /* without a place there is no master */
    char hex[HASH_HEX];

    hash_bytes(m->home, strlen(m->home), hex);
    other = mem_printf("%s/sohoa-%.8s-%d" END, user, hex, (int)getpid());
    if (name_ok(path) && fs_mkdirs(folder, &ignored) == 0 && only_ours(folder)) {
        sweep(folder);
        (void)snprintf(m->path, sizeof m->path, "%s", path);
    } else if (name_ok(other) && only_ours(user)) {
        (void)snprintf(m->path, sizeof m->path, "%s", other);
    }
}

void master_open(struct master *m, const char *home)
{
    *m = (struct master)MASTER_INIT;
    m->home = home;
}

/* ---- its life ---------------------------------------------------------------------
 */

static void end(struct master *m)
{
    struct err ignored = ERR_INIT; /* the next one removes it, or says that it cannot */

    proc_clear(&m->ssh);
    m->ssh = (struct proc)PROC_INIT;
    if (m->path[0] && fs_unlink(m->path, &ignored) < 0)
        err_clear(&ignored);
}

void master_close(struct master *m)
{
    struct err ignored = ERR_INIT; /* it is learned again */

    if (m->looked && patience_save(&m->patience, m->home, &ignored) < 0)
        err_clear(&ignored);
    if (m->ssh.pid > 0)
        end(m);
}

void master_doubt(struct master *m, struct str *words)
{
    struct proc_exit how;

    if (m->ssh.pid <= 0)
        return;
    proc_kill(&m->ssh, &how);
    if (words)
        line_words(&m->ssh, words);
    end(m);
}

static bool runs(struct master *m)
{
    struct proc_exit how;
    struct err ignored = ERR_INIT;

    if (m->ssh.pid <= 0)
        return false;
    if (fs_exists(m->path) && proc_wait(&m->ssh, clock_mono_ms(), &how, &ignored) == 0)
        return true;
    end(m);
    return false;
}

/* It ended instead of being there. 0: only because no socket can be had here. */
static int not_there(struct master *m, const struct proc_exit *how, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(LINE_WORDS_MAX);
    struct err why = ERR_INIT;

    line_words(&m->ssh, &words);
    line_why(how, &words, &why);
    end(m);
    if (why.code == ERR_LINE &&
        (strstr(why.detail, "unix_listener") || strstr(why.detail, "ControlPath") ||
         strstr(why.detail, "ControlSocket") || strstr(why.detail, "mux"))) {
        m->path[0] = '\0';
        return 0;
    }
    *e = why;
    return -1;
}

/* 1 it can be joined, 0 connect without it, -1. */
static int wait_until_there(struct master *m, struct err *e)
{
    int64_t deadline = clock_mono_ms() + MASTER_START_MS;

    while (!fs_exists(m->path)) {
        struct proc_exit how;
        int rc = proc_wait(&m->ssh, clock_mono_ms() + TICK_MS, &how, e);

        if (rc < 0)
            return -1;
        if (rc == 1)
            return not_there(m, &how, e);
        if (stop_requested() || clock_mono_ms() > deadline) {
            end(m);
            return err_set(e, ERR_LINE, "%s",
                           stop_requested() ? "stopped" : "no connection");
        }
    }
    return 1;
}

int master_ready(struct master *m, const struct line *l, const char **path,
                 struct err *e)
{
    int rc = 1;

    *path = NULL;
    if (!m->looked) {
        choose_place(m);
        patience_load(&m->patience, m->home);
        m->dial = dial_may(l);
        m->looked = true;
    }
    if (!m->path[0])
        return 0;
    if (!runs(m)) {
        if (fs_unlink(m->path, e) < 0 || line_start_master(l, m->path, &m->ssh, e) < 0)
            return -1;
        rc = wait_until_there(m, e);
    }
    if (rc == 1)
        *path = m->path;
    return rc < 0 ? -1 : 0;
}
