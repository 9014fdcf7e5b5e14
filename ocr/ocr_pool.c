/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "ocr/ocr_body.h"

#define WATCH_MS  250 /* how often time and memory of busy readers are looked at */
#define START_MAX 3   /* attempts to get a reader up for one page */

struct slot {
    void *reader; /* NULL: none */
    bool busy;
    struct ocr_job job; /* fd, verso.fd: duplicates of our own */
    int starts;         /* for this page */
};

struct ocr_pool {
    struct ocr_opts opts;
    const struct ocr_body *body;
    char model[HASH_HEX];
    struct slot slots[OCR_WORKERS_MAX];
};

/* ---- life ---------------------------------------------------------------------- */

static int cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);

    return n < 1 ? 1 : n > OCR_WORKERS_MAX ? OCR_WORKERS_MAX : (int)n;
}

/* What is shipped reads in worker processes only. Sanitizer and coverage builds can be
 * told to read in this process, where leaks are looked for and lines are counted. */
static const struct ocr_body *usual_body(void)
{
#if defined(SOHOA_SANITIZER) || defined(SOHOA_COVERAGE)
    if (getenv("SOHOA_OCR_DIRECT"))
        return &ocr_direct_body;
#endif
    return &ocr_client_body;
}

int ocr_pool_open(const struct ocr_opts *opts, struct ocr_pool **out, struct err *e)
{
    AUTO_OCR_POOL struct ocr_pool *p = mem_new(1, sizeof *p);
    struct ocr_opts *o = &p->opts;

    if (opts)
        *o = *opts;
    if (o->workers < 1)
        o->workers = cores();
    if (o->workers > OCR_WORKERS_MAX)
        o->workers = OCR_WORKERS_MAX;
    if (o->wall_ms <= 0)
        o->wall_ms = OCR_WALL_MS_MAX;
    if (o->asleep_ms <= 0)
        o->asleep_ms = OCR_ASLEEP_MS_MAX;
    if (o->cpu_s == 0)
        o->cpu_s = OCR_CPU_S_MAX;
    if (o->pages_per_worker < 1)
        o->pages_per_worker = OCR_PAGES_MAX;
    p->body = o->body ? o->body : usual_body();
    for (int i = 0; i < OCR_WORKERS_MAX; i++)
        p->slots[i].job.fd = p->slots[i].job.verso.fd = -1;
    if (ocr_model_sha256(p->model, NULL, e) < 0)
        return -1;
    *out = TAKE(p);
    return 0;
}

static void drop_reader(struct ocr_pool *p, struct slot *s)
{
    if (s->reader)
        p->body->stop(s->reader);
    s->reader = NULL;
}

void ocr_pool_close(struct ocr_pool *p)
{
    if (!p)
        return;
    for (int i = 0; i < OCR_WORKERS_MAX; i++) {
        drop_reader(p, &p->slots[i]);
        fs_fd_auto(&p->slots[i].job.fd);
        fs_fd_auto(&p->slots[i].job.verso.fd);
    }
    mem_free(p);
}

void ocr_pool_auto(struct ocr_pool **p)
{
    ocr_pool_close(*p);
    *p = NULL;
}

int ocr_pool_busy(const struct ocr_pool *p)
{
    int n = 0;

    for (int i = 0; i < p->opts.workers; i++)
        n += p->slots[i].busy;
    return n;
}

int ocr_pool_room(const struct ocr_pool *p)
{
    return p->opts.workers - ocr_pool_busy(p);
}

/* ---- pages --------------------------------------------------------------------- */

/* Get a reader for the page of this slot and hand it over. A reader that died at rest
 * (killed from outside) shows only now, so a failed hand-over is tried afresh. */
static int begin(struct ocr_pool *p, struct slot *s, struct err *e)
{
    if (s->reader && p->body->worn(s->reader))
        drop_reader(p, s);
    while (s->starts < START_MAX) {
        struct err why = ERR_INIT;

        s->starts++;
        if (!s->reader && p->body->start(&p->opts, p->model, &s->reader, e) < 0)
            return -1;
        if (p->body->send(s->reader, &s->job, &why) == 0)
            return 0;
        drop_reader(p, s);
    }
    return err_set(e, ERR_WORKER_START, "reading program");
}

static struct slot *free_slot(struct ocr_pool *p)
{
    struct slot *found = NULL;

    for (int i = 0; i < p->opts.workers; i++) {
        struct slot *s = &p->slots[i];

        if (!s->busy && (!found || (!found->reader && s->reader)))
            found = s; /* one that has its model loaded is better */
    }
    return found;
}

static void end_page(struct slot *s)
{
    fs_fd_auto(&s->job.fd);
    fs_fd_auto(&s->job.verso.fd);
    s->busy = false;
    s->starts = 0;
}

int ocr_pool_submit(struct ocr_pool *p, const struct ocr_job *job, struct err *e)
{
    struct slot *s = free_slot(p);

    assert(s != NULL);
    s->job = *job;
    s->job.verso.fd = -1;
    s->job.fd = fcntl(job->fd, F_DUPFD_CLOEXEC, 0);
    if (job->duplex)
        s->job.verso.fd = fcntl(job->verso.fd, F_DUPFD_CLOEXEC, 0);
    if (s->job.fd < 0 || (job->duplex && s->job.verso.fd < 0)) {
        (void)err_sys(e, ERR_READ, "page");
        end_page(s);
        return -1;
    }
    s->busy = true;
    if (begin(p, s, e) < 0) {
        end_page(s);
        return -1;
    }
    return 0;
}

/* What take() said, as an answer. Return: 1 answered, 0 none, -1. */
static int answer(struct ocr_pool *p, struct slot *s, enum ocr_take got,
                  struct result *r, struct ocr_pictures *made, const struct err *why,
                  struct ocr_done *out, struct err *e)
{
    if (got == OCR_TAKE_WAIT)
        return 0;
    if (got == OCR_TAKE_BROKEN) {
        drop_reader(p, s);
        if (why->code == ERR_WORKER_START && s->starts < START_MAX)
            return begin(p, s, e); /* killed while it started, perhaps */
        *e = *why;
        end_page(s);
        return -1;
    }
    *out = (struct ocr_done){.id = s->job.id,
                             .failed = got != OCR_TAKE_RESULT,
                             .worker_lost = got == OCR_TAKE_LOST,
                             .why = *why,
                             .result = *r,
                             .pictures = *made};
    *r = (struct result){0};
    *made = (struct ocr_pictures){0};
    if (got == OCR_TAKE_LOST)
        drop_reader(p, s);
    end_page(s);
    return 1;
}

/* One look at a slot. @ready: its socket has news, or it has none. */
static int look_at(struct ocr_pool *p, struct slot *s, bool ready, struct ocr_done *out,
                   struct err *e)
{
    AUTO_RESULT struct result r = {0};
    AUTO_PICTURES struct ocr_pictures made = {0};
    struct err why = ERR_INIT;
    enum ocr_take got = OCR_TAKE_WAIT;

    if (ready)
        got = p->body->take(s->reader, &r, &made, &why);
    else if (p->body->expired(s->reader, &why))
        got = OCR_TAKE_LOST;
    return answer(p, s, got, &r, &made, &why, out, e);
}

/* Wait for news of any busy slot, at most @wait_ms; fills @ready. */
static void wait_for_news(struct ocr_pool *p, int64_t wait_ms,
                          bool ready[OCR_WORKERS_MAX])
{
    struct pollfd fds[OCR_WORKERS_MAX];
    int of_slot[OCR_WORKERS_MAX];
    nfds_t n = 0;

    for (int i = 0; i < p->opts.workers; i++) {
        const struct slot *s = &p->slots[i];
        int sock = s->busy ? p->body->socket(s->reader) : -1;

        ready[i] = s->busy && sock < 0;
        if (ready[i])
            wait_ms = 0;
        if (sock < 0)
            continue;
        of_slot[n] = i;
        fds[n++] = (struct pollfd){.fd = sock, .events = POLLIN};
    }
    /* Interrupted: no news; the caller looks at the clock and comes back. */
    if (poll(fds, n, (int)wait_ms) <= 0)
        return;
    for (nfds_t i = 0; i < n; i++)
        ready[of_slot[i]] = fds[i].revents != 0;
}

int ocr_pool_poll(struct ocr_pool *p, int64_t wait_ms, struct ocr_done *out,
                  struct err *e)
{
    int64_t end_ms = clock_mono_ms() + wait_ms;

    while (ocr_pool_busy(p) > 0) {
        bool ready[OCR_WORKERS_MAX] = {false};
        int64_t left_ms = end_ms - clock_mono_ms();

        if (left_ms < 0)
            left_ms = 0;
        wait_for_news(p, left_ms < WATCH_MS ? left_ms : WATCH_MS, ready);
        for (int i = 0; i < p->opts.workers; i++) {
            struct slot *s = &p->slots[i];
            int rc = s->busy ? look_at(p, s, ready[i], out, e) : 0;

            if (rc != 0)
                return rc;
        }
        if (clock_mono_ms() >= end_ms)
            break;
    }
    return 0;
}
