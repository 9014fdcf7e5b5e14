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
        number[strspn(number, "0123456789")] = '\0';
        if (num_parse(number, 1, 1 << 30, &pid) && kill((pid_t)pid, 0) < 0 &&
            errno == ESRCH && fs_unlink(path, &ignored) < 0)
            err_clear(&ignored);
    }
}

/* Short enough, and nothing in it that ssh would take for more than a name. */
static bool name_ok(const char *path)
{
    return strlen(path) + strlen("-1234567890b" END) <= MASTER_NAME_MAX &&
           !strpbrk(path, "%\"'\\ \t\n$~{");
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
    AUTO_MEM char *user = mem_printf("/run/user/%d", (int)geteuid());
    AUTO_MEM char *path = fs_path(folder, "up");
    AUTO_MEM char *other = NULL;
    const char *place = NULL;
    struct err ignored = ERR_INIT; /* without a place there is no master */
    char hex[HASH_HEX];
    int pid = (int)getpid();

    hash_bytes(m->home, strlen(m->home), hex);
    other = mem_printf("%s/sohoa-%.8s", user, hex);
    if (name_ok(path) && fs_mkdirs(folder, &ignored) == 0 && only_ours(folder)) {
        sweep(folder);
        place = path;
    } else if (name_ok(other) && only_ours(user)) {
        place = other;
    }
    if (!place)
        return;
    if (m->warm_s > 0)
        (void)snprintf(m->link.path, sizeof m->link.path, "%s" END, place);
    else
        (void)snprintf(m->link.path, sizeof m->link.path, "%s-%d" END, place, pid);
    (void)snprintf(m->spare.path, sizeof m->spare.path, "%s-%db" END, place, pid);
}

void master_open(struct master *m, const char *home, int64_t warm_s)
{
    *m = (struct master)MASTER_INIT;
    m->home = home;
    m->warm_s = warm_s;
}

/* ---- its life ---------------------------------------------------------------------
 */

static bool begun(const struct master_link *k)
{
    return k->ssh.pid > 0 || k->warm.pid > 0;
}

static void end(struct master *m, struct master_link *k)
{
    struct err ignored = ERR_INIT; /* the next one removes it, or says that it cannot */

    if (k->warm.pid > 0)
        warm_end(m->home, &k->warm);
    proc_clear(&k->ssh);
    k->ssh = (struct proc)PROC_INIT;
    fs_fd_auto(&k->tcp);
    k->tcp = -1;
    k->there = false;
    if (k->path[0] && fs_unlink(k->path, &ignored) < 0)
        err_clear(&ignored);
}

void master_close(struct master *m)
{
    struct err ignored = ERR_INIT; /* it is learned again */

    if (m->looked && patience_save(&m->patience, m->home, &ignored) < 0)
        err_clear(&ignored);
    if (begun(&m->spare))
        end(m, &m->spare);
    if (m->link.warm.pid > 0 && !m->unproven)
        warm_clear(&m->link.warm);
    else if (begun(&m->link))
        end(m, &m->link);
}

void master_doubt(struct master *m, struct str *words)
{
    struct master_link was;
    struct proc_exit how;

    m->unproven = false;
    if (!begun(&m->link))
        return;
    if (m->link.ssh.pid > 0)
        proc_kill(&m->link.ssh, &how);
    if (words)
        line_words(&m->link.ssh, words);
    end(m, &m->link);
    if (begun(&m->spare)) {
        was = m->link;
        m->link = m->spare;
        m->spare = was;
    }
}

/* Not ended, and its socket is not gone. One that is still being made counts. */
static bool runs(struct master *m, struct master_link *k)
{
    struct proc_exit how;
    struct err ignored = ERR_INIT;

    if (!begun(k) || !k->there)
        return begun(k);
    if (fs_exists(k->path) &&
        (k->warm.pid > 0 ? warm_runs(&k->warm)
                         : proc_wait(&k->ssh, clock_mono_ms(), &how, &ignored) == 0))
        return true;
    end(m, k);
    return false;
}

/* ssh ended instead of being there. 0: only because no socket can be had here. */
static int not_there(struct master *m, struct master_link *k,
                     const struct proc_exit *how, struct err *e)
{
    AUTO_STR struct str words = STR_INIT(LINE_WORDS_MAX);
    struct err why = ERR_INIT;

    line_words(&k->ssh, &words);
    line_why(how, &words, &why);
    end(m, k);
    if (why.code == ERR_LINE &&
        (strstr(why.detail, "unix_listener") || strstr(why.detail, "ControlPath") ||
         strstr(why.detail, "ControlSocket") || strstr(why.detail, "mux"))) {
        k->path[0] = '\0';
        return 0;
    }
    *e = why;
    return -1;
}

/* Its socket is there: then so is its connection, which the dial has shown. */
static void arrive(struct master_link *k)
{
    if (!k->there)
        k->tcp = dial_shown(k->ssh.err);
    k->there = true;
}

/* ssh ended: the one that stays has gone on by itself. As wait_until_there(). */
static int after_start(struct master *m, const struct line *l, struct master_link *k,
                       const struct proc_exit *how, struct err *e)
{
    struct err why = ERR_INIT;

    if (m->warm_s <= 0 || how->signaled || how->status != 0 || !fs_exists(k->path))
        return not_there(m, k, how, e);
    arrive(k);
    proc_clear(&k->ssh);
    k->ssh = (struct proc)PROC_INIT;
    if (warm_keep(l, k->path, &k->warm, &why) < 0) {
        end(m, k); /* without its socket nobody joins it, and it ends by itself */
        return 0;
    }
    return 1;
}

/* 1 it can be joined, 0 connect without it, -1. */
static int wait_until_there(struct master *m, const struct line *l,
                            struct master_link *k, struct err *e)
{
    int64_t deadline = clock_mono_ms() + MASTER_START_MS;

    while (!k->there) {
        struct proc_exit how;
        int rc = proc_wait(&k->ssh, clock_mono_ms() + TICK_MS, &how, e);

        if (rc < 0)
            return -1;
        if (rc == 1)
            return after_start(m, l, k, &how, e);
        if (!k->stays && fs_exists(k->path))
            arrive(k);
        if (!k->there && (stop_requested() || clock_mono_ms() > deadline)) {
            end(m, k);
            return err_set(e, ERR_LINE, "%s",
                           stop_requested() ? "stopped" : "no connection");
        }
    }
    return 1;
}

static int start(struct master_link *k, const struct line *l, int64_t warm_s,
                 struct err *e)
{
    k->stays = warm_s > 0;
    return fs_unlink(k->path, e) < 0
               ? -1
               : line_start_master(l, k->path, warm_s, &k->ssh, e);
}

/* One that an earlier run left: used, or ended when it is not wanted any more. */
static void look_for_warm(struct master *m, const struct line *l)
{
    if (m->warm_s < 0)
        return;
    if (m->warm_s > 0 && m->link.path[0]) {
        m->link.there = m->unproven = warm_find(l, m->link.path, &m->link.warm);
    } else {
        struct warm old = WARM_INIT;

        (void)warm_find(l, "", &old);
    }
}

static void look(struct master *m, const struct line *l)
{
    if (m->looked)
        return;
    choose_place(m);
    patience_load(&m->patience, m->home);
    look_for_warm(m, l);
    m->dial = dial_may(l, &m->place);
    m->looked = true;
}

int master_ready(struct master *m, const struct line *l, const char **path,
                 struct err *e)
{
    int rc;

    *path = NULL;
    look(m, l);
    if (!m->link.path[0])
        return 0;
    if (!runs(m, &m->link)) {
        m->unproven = false; /* the one that was left may have died just now */
        if (start(&m->link, l, m->warm_s, e) < 0)
            return -1;
    }
    rc = wait_until_there(m, l, &m->link, e);
    if (rc == 1)
        *path = m->link.path;
    return rc < 0 ? -1 : 0;
}

int master_tcp(const struct master *m)
{
    return m->link.there ? m->link.tcp : -1;
}

void master_begin(struct master *m, const struct line *l)
{
    struct err ignored = ERR_INIT;

    look(m, l);
    if (m->link.path[0] && !runs(m, &m->link) &&
        start(&m->link, l, m->warm_s, &ignored) < 0)
        err_clear(&ignored);
}

/* ---- a spare one ------------------------------------------------------------------
 */

bool master_spare(struct master *m, const struct line *l)
{
    struct master_link *k = &m->spare;
    struct proc_exit how;
    struct err ignored = ERR_INIT; /* the first one may still speak, or end itself */

    if (!begun(&m->link) || !k->path[0])
        return false;
    if (!begun(k) && start(k, l, 0, &ignored) < 0)
        return false;
    if (fs_exists(k->path))
        arrive(k);
    if (k->there || proc_wait(&k->ssh, clock_mono_ms(), &how, &ignored) == 0)
        return k->there;
    end(m, k); /* it did not get through: tried again */
    return false;
}

void master_calm(struct master *m)
{
    m->unproven = false;
    if (begun(&m->spare))
        end(m, &m->spare);
}

int64_t master_quiet_ms(const struct master *m, int64_t usual_ms)
{
    return m->unproven && usual_ms > LINE_SPARE_MS ? LINE_SPARE_MS : usual_ms;
}
