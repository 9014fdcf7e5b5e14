/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/sync_worker.h"

#include <signal.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "sync/fetch.h"
#include "sync/repo.h"

#define START_MS    120000 /* a parent that dies closes the socket anyway */
#define SEND_MS     10000
#define REFS_MAX    64
#define ADDRESS_MAX ((uint64_t)2 << 30)
#define CPU_S       600 /* the parent gives more while there is progress */
#define BEAT_MS     1000
#define DISK_MS     INT64_C(600000)
#define MARGIN_MS   5000
#define FILES       256
#define PACK_BYTES  ((uint64_t)64 << 30)

struct job {
    struct jdoc *doc;
    const char *refs[REFS_MAX];
    struct fetch_job fetch;
    int in, out;
    int64_t beat_at; /* when the last one went, 0: none yet */
    bool on_disk;    /* and said so */
};

int64_t sync_worker_wait(int64_t idle_ms, enum sync_worker_phase phase)
{
    if (phase == SYNC_WORKER_DISK)
        return DISK_MS;
    if (phase == SYNC_WORKER_STARTS && idle_ms < FETCH_START_MS)
        idle_ms = FETCH_START_MS;
    return idle_ms * 2 + MARGIN_MS;
}

/* Tell the parent that there is progress, now and then and when the phase changes. */
static int beat(void *ctx, bool on_disk, struct err *e)
{
    struct job *j = ctx;
    AUTO_JDOC struct jdoc *line = NULL;
    AUTO_STR struct str text = STR_INIT(256);
    int64_t now = clock_mono_ms();

    if (j->beat_at && now - j->beat_at < BEAT_MS && on_disk == j->on_disk)
        return 0;
    j->beat_at = now;
    j->on_disk = on_disk;
    line = jdoc_object();
    jdoc_set_int(line, "wait_ms",
                 sync_worker_wait(j->fetch.idle_ms,
                                  on_disk ? SYNC_WORKER_DISK : SYNC_WORKER_LINE));
    jdoc_print(line, &text);
    return msg_send(PROC_WORKER_FD, SYNC_WORKER_BEAT, text.p, text.len, -1,
                    now + SEND_MS, e);
}

static void job_clear(struct job *j)
{
    repo_close(j->fetch.repo);
    jdoc_free(j->doc);
    fs_fd_auto(&j->in);
    fs_fd_auto(&j->out);
}

static int take_fd(uint32_t type, int *fd, struct err *e)
{
    AUTO_MSG struct msg m = MSG_INIT;

    if (msg_recv(PROC_WORKER_FD, &m, 0, true, clock_mono_ms() + START_MS, e) != 1)
        return err_set(e, ERR_WORKER_PROTOCOL, "descriptor");
    if (m.type != type || m.fd < 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "descriptor");
    *fd = TAKE_FD(m.fd);
    return 0;
}

static int take_job(struct job *j, const char **path, struct err *e)
{
    AUTO_MSG struct msg m = MSG_INIT;
    const struct jdoc *refs;

    if (msg_recv(PROC_WORKER_FD, &m, SYNC_WORKER_JOB_MAX, false,
                 clock_mono_ms() + START_MS, e) != 1 ||
        m.type != SYNC_WORKER_JOB)
        return err_set(e, ERR_WORKER_PROTOCOL, "job");
    if (jdoc_parse(m.data, m.len, &j->doc, e) < 0)
        return -1;
    refs = jdoc_get(j->doc, "refs");
    *path = jdoc_text(j->doc, "repo");
    if (!*path ||
        !jdoc_int(j->doc, "idle_ms", 1, SYNC_WORKER_IDLE_MAX, &j->fetch.idle_ms) ||
        jdoc_count(refs) == 0 || jdoc_count(refs) > REFS_MAX)
        return err_set(e, ERR_WORKER_PROTOCOL, "job");
    for (size_t i = 0; i < jdoc_count(refs); i++) {
        j->refs[i] = jdoc_text_at(refs, i);
        if (!j->refs[i])
            return err_set(e, ERR_WORKER_PROTOCOL, "job");
    }
    j->fetch.refs = j->refs;
    j->fetch.ref_count = jdoc_count(refs);
    if (take_fd(SYNC_WORKER_FROM, &j->in, e) < 0)
        return -1;
    return take_fd(SYNC_WORKER_TO, &j->out, e);
}

static int work(struct job *j, struct fetch_sum *sum, struct err *e)
{
    static const struct sandbox_limits limits = {.address_bytes = ADDRESS_MAX,
                                                 .cpu_s = CPU_S,
                                                 .files = FILES,
                                                 .file_bytes = PACK_BYTES};
    const char *path = NULL;

    if (take_job(j, &path, e) < 0 || repo_open(path, &j->fetch.repo, e) < 0 ||
        sandbox_limits_set(&limits, e) < 0)
        return -1;
    {
        const struct sandbox_path paths[] = {
            {repo_path(j->fetch.repo), SANDBOX_READ | SANDBOX_WRITE}};

        if (sandbox_enter(SANDBOX_FILES, paths, ARRAY_LEN(paths), e) < 0)
            return -1;
    }
    j->fetch.in = j->in;
    j->fetch.out = j->out;
    j->fetch.beat = beat;
    j->fetch.ctx = j;
    return fetch_run(&j->fetch, sum, e);
}

int sync_worker_main(void)
{
    AUTO(job_clear) struct job j = {.in = -1, .out = -1};
    AUTO_JDOC struct jdoc *done = jdoc_object();
    AUTO_STR struct str text = STR_INIT(1024);
    struct fetch_sum sum = {.moved = 0};
    struct err e = ERR_INIT;
    struct err ignored = ERR_INIT;
    int rc;

    (void)signal(SIGPIPE, SIG_IGN); /* an ssh that is gone is an error, not our end */
    rc = work(&j, &sum, &e);

    if (rc < 0)
        return msg_send_error(PROC_WORKER_FD, SYNC_WORKER_FAILED, &e,
                              clock_mono_ms() + SEND_MS, &ignored) < 0
                   ? 2
                   : 1;
    jdoc_set_int(done, "bytes_down", sum.bytes_down);
    jdoc_set_int(done, "bytes_up", sum.bytes_up);
    jdoc_set_int(done, "moved", (int64_t)sum.moved);
    jdoc_print(done, &text);
    return msg_send(PROC_WORKER_FD, SYNC_WORKER_DONE, text.p, text.len, -1,
                    clock_mono_ms() + SEND_MS, &ignored) < 0
               ? 2
               : 0;
}
