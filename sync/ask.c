/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/ask.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/dropbox.h"
#include "sync/line.h"
#include "sync/names.h"
#include "sync/receive.h"
#include "sync/rpush.h"
#include "sync/self.h"
#include "sync/since.h"
#include "sync/sync_worker.h"

#define WORD_MAX ((size_t)128)
#define TICK_MS  500  /* how late a wish to stop may be seen */
#define TAIL_MS  4000 /* of a message that has begun */
#define MORE_S   600  /* processor time between two words of the worker */

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "list");
    return err_detail(e, "%.100s", line);
}

/* The outbox folder is named by who we are. */
static int outbox_units(const struct line *l, struct fs_list *out, char **folder,
                        struct err *e)
{
    char node[NAMES_NODE_MAX];

    if (!fs_is_dir(l->path))
        return err_set(e, ERR_LINE, "%s", l->path);
    if (self_name(l->home, node, e) < 0)
        return -1;
    *folder = fs_pathf(l->path, "outbox/%s", node);
    return fs_is_dir(*folder) ? fs_list(*folder, out, e) : 0;
}

/* A district shows by its inbox folder that it wants its outbox filled. */
static int show_up(const struct line *l, struct err *e)
{
    char node[NAMES_NODE_MAX];
    AUTO_MEM char *inbox = NULL;

    if (self_name(l->home, node, e) < 0)
        return -1;
    inbox = fs_pathf(l->path, "inbox/%s", node);
    return fs_mkdirs(inbox, e);
}

static int list_folder(const struct line *l, ask_each_unit *each, void *ctx,
                       struct err *e)
{
    AUTO_LIST struct fs_list units = {0};
    AUTO_MEM char *folder = NULL;
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    if (outbox_units(l, &units, &folder, e) < 0 || show_up(l, e) < 0)
        return -1;
    for (size_t i = 0; i < units.count; i++)
        if (names_unit_parse(units.names[i], code, from) &&
            each(ctx, units.names[i], e) < 0)
            return -1;
    return 0;
}

/* ssh to whom @p belongs failed, unless the error says more. */
static int line_error(const struct line *l, struct proc *p, struct err *e)
{
    struct err why = ERR_INIT;

    if (e->code != ERR_LINE || stop_requested())
        return -1;
    line_failed(l, p, &why);
    *e = why;
    return -1;
}

static int list_units(struct proc *p, const struct line *l, ask_each_unit *each,
                      void *ctx, struct err *e)
{
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    for (size_t n = 0; n <= ASK_UNITS_MAX; n++) {
        AUTO_STR struct str line = STR_INIT(WORD_MAX);
        int rc = line_text(p->out, &line, l->idle_ms, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_LINE, "%s", "line closed");
        if (strcmp(str_text(&line), ".") == 0)
            return 0;
        if (receive_bad(str_text(&line), e) != ERR_NONE)
            return -1;
        if (!names_unit_parse(str_text(&line), code, from))
            return nonsense(e, str_text(&line));
        if (each(ctx, line.p, e) < 0)
            return -1;
    }
    return nonsense(e, "too many units");
}

int ask_list(const struct line *l, ask_each_unit *each, void *ctx, struct err *e)
{
    AUTO_PROC struct proc p = PROC_INIT;

    if (l->folder)
        return list_folder(l, each, ctx, e);
    if (line_start(l, "list", &p, e) < 0)
        return -1;
    if (list_units(&p, l, each, ctx, e) < 0)
        return line_error(l, &p, e);
    return 0;
}

static int fetch_folder(const struct line *l, const char *unit, const char *path,
                        const char *const *refs, size_t ref_count, size_t *moved,
                        struct err *e)
{
    AUTO_LIST struct fs_list units = {0};
    AUTO_MEM char *folder = NULL;
    AUTO_MEM char *found = NULL;
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    if (outbox_units(l, &units, &folder, e) < 0)
        return -1;
    for (size_t i = 0; i < units.count; i++)
        if (names_unit_parse(units.names[i], code, from) &&
            (strcmp(units.names[i], unit) == 0 || strcmp(code, unit) == 0)) {
            mem_free(TAKE(found)); /* in order of dates: the last is the newest */
            found = fs_path(folder, units.names[i]);
        }
    if (!found) { /* nothing was put out for us yet */
        if (moved)
            *moved = 0;
        return 0;
    }
    return dropbox_import(found, path, refs, ref_count, moved, e);
}

static int send_job(struct proc *w, const struct line *l, const char *path,
                    const char *const *refs, size_t ref_count, const struct proc *ssh,
                    struct err *e)
{
    AUTO_JDOC struct jdoc *job = jdoc_object();
    AUTO_STR struct str text = STR_INIT(SYNC_WORKER_JOB_MAX);
    struct jdoc *list = jdoc_array();
    int64_t deadline = clock_mono_ms() + 10000;

    for (size_t i = 0; i < ref_count; i++)
        jdoc_add_text(list, refs[i]);
    jdoc_set(job, "refs", list);
    jdoc_set_text(job, "repo", path);
    jdoc_set_int(job, "idle_ms", l->idle_ms);
    jdoc_print(job, &text);
    if (str_check(&text, "job", e) < 0 ||
        msg_send(w->sock, SYNC_WORKER_JOB, text.p, text.len, -1, deadline, e) < 0 ||
        msg_send(w->sock, SYNC_WORKER_FROM, NULL, 0, ssh->out, deadline, e) < 0)
        return -1;
    return msg_send(w->sock, SYNC_WORKER_TO, NULL, 0, ssh->in, deadline, e);
}

/* The next message of the worker, which has to come within @wait_ms: as msg_recv(). */
static int next_word(struct proc *w, int64_t wait_ms, struct msg *m, struct err *e)
{
    int64_t until = clock_mono_ms() + wait_ms;

    for (;;) {
        struct pollfd fd = {.fd = w->sock, .events = POLLIN};
        int rc = poll(&fd, 1, TICK_MS);

        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_WORKER_GONE, "sync");
        if (rc > 0)
            return msg_recv(w->sock, m, SYNC_WORKER_JOB_MAX, false,
                            clock_mono_ms() + TAIL_MS, e);
        if (clock_mono_ms() > until) {
            err_set(e, ERR_TIMEOUT, "%s", "sync");
            return err_detail(e, "no progress for %lld ms", (long long)wait_ms);
        }
    }
}

/* "I am here": how long the worker may be silent from now on. */
static int take_beat(struct proc *w, const struct msg *m, int64_t *wait_ms,
                     struct err *e)
{
    AUTO_JDOC struct jdoc *beat = NULL;
    struct err ignored = ERR_INIT; /* who is gone already says so by its message */

    if (jdoc_parse(m->data, m->len, &beat, e) < 0 ||
        !jdoc_int(beat, "wait_ms", 1, SYNC_WORKER_WAIT_MAX, wait_ms))
        return err_set(e, ERR_WORKER_PROTOCOL, "%s", "sync");
    if (proc_add_cpu(w, MORE_S, &ignored) < 0)
        err_clear(&ignored);
    return 0;
}

static int take_done(const struct msg *m, struct rpush_sum *sum, size_t *moved,
                     struct err *e)
{
    AUTO_JDOC struct jdoc *done = NULL;
    int64_t up, down, refs;

    if (m->type == SYNC_WORKER_FAILED)
        return msg_read_error(m, e);
    if (m->type != SYNC_WORKER_DONE || jdoc_parse(m->data, m->len, &done, e) < 0 ||
        !jdoc_int(done, "bytes_up", 0, INT64_MAX, &up) ||
        !jdoc_int(done, "bytes_down", 0, INT64_MAX, &down) ||
        !jdoc_int(done, "moved", 0, 1 << 20, &refs))
        return err_set(e, ERR_WORKER_PROTOCOL, "%s", "sync");
    sum->bytes_up += up;
    sum->bytes_down += down;
    if (moved)
        *moved = (size_t)refs;
    return 0;
}

/* Until the worker is done. It may take days, but not be silent for long: each of its
 * words says when the next one comes at the latest. */
static int hear_worker(struct proc *w, int64_t idle_ms, struct rpush_sum *sum,
                       size_t *moved, struct err *e)
{
    int64_t wait_ms = sync_worker_wait(idle_ms, SYNC_WORKER_STARTS);

    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = next_word(w, wait_ms, &m, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_WORKER_GONE, "%s", "sync");
        if (m.type != SYNC_WORKER_BEAT)
            return take_done(&m, sum, moved, e);
        if (take_beat(w, &m, &wait_ms, e) < 0)
            return -1;
    }
}

/* The job could not be given: what the worker said before it went is the reason. */
static int last_words(struct proc *w, int64_t idle_ms, struct err *e)
{
    struct err why = ERR_INIT;
    struct rpush_sum sum = {.requests = 0};

    if (hear_worker(w, idle_ms, &sum, NULL, &why) < 0 && why.code != ERR_WORKER_GONE)
        *e = why;
    return -1;
}

/* The way of provinces that are older than the verb `since`: all or nothing. */
static int fetch_git(const struct line *l, const char *unit, const char *path,
                     const char *const *refs, size_t ref_count, struct rpush_sum *sum,
                     size_t *moved, struct err *e)
{
    AUTO_MEM char *command = mem_printf("fetch %s", unit);
    AUTO_MEM char *place = fs_absolute(path);
    AUTO_PROC struct proc ssh = PROC_INIT;
    AUTO_PROC struct proc worker = PROC_INIT;

    /* The worker last: it waits for its job, and ssh may be slow to start. */
    if (line_start(l, command, &ssh, e) < 0 ||
        proc_start_worker("sync", NULL, &worker, e) < 0)
        return -1;
    if (send_job(&worker, l, place, refs, ref_count, &ssh, e) < 0)
        return last_words(&worker, l->idle_ms, e);
    /* The worker's copies are the only ones now: a dead ssh is the end of its file. */
    fs_fd_auto(&ssh.in);
    fs_fd_auto(&ssh.out);
    ssh.in = ssh.out = -1;
    if (hear_worker(&worker, l->idle_ms, sum, moved, e) < 0)
        return line_error(l, &ssh, e);
    return 0;
}

int ask_fetch(const struct line *l, const char *unit, const char *path,
              const char *const *refs, size_t ref_count, struct rpush_sum *sum,
              size_t *moved, struct err *e)
{
    int rc;

    if (l->folder)
        return fetch_folder(l, unit, path, refs, ref_count, moved, e);
    rc = since_fetch(l, unit, path, refs, ref_count, sum, moved, e);
    if (rc != 0)
        return rc < 0 ? -1 : 0;
    return fetch_git(l, unit, path, refs, ref_count, sum, moved, e);
}
