/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_lane.h"

#include <assert.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/proc_dying.h"
#include "node/web/api_worker.h"

#define SEND_MS                                                                        \
    20 /* a call is smaller than what the socket of an idle process takes              \
        */
#define FILES_MAX  64
#define SPACE_MAX  ((uint64_t)1 << 30) /* address space of one process */
#define STATUS_MIN 200
#define STATUS_MAX 599

static const struct {
    const char *kind; /* sohoa worker KIND */
    int64_t wait_ms;
} LANES[API_LANES] = {
    [API_QUERY] = {"query", WEB_LANE_QUERY_MS},
    [API_ACT] = {"act", WEB_LANE_ACT_MS},
    [API_AUTH] = {"auth", WEB_LANE_AUTH_MS},
};

struct call {
    int64_t id;
    bool slow;
    char *frame; /* owned */
    size_t len;
    web_lane_fn *done; /* NULL: given up */
    void *to;
};

enum state { GONE, STARTING, IDLE, BUSY };

struct worker {
    enum api_lane lane;
    bool quick; /* takes no slow calls */
    enum state state;
    struct proc proc;
    struct msg_part part;
    struct call call;    /* under BUSY */
    int64_t deadline_ms; /* of STARTING and BUSY; of IDLE: when it is let go */
};

struct queue {
    struct call *calls[WEB_LANE_QUEUE_MAX];
    size_t count;          /* the oldest first */
    int64_t not_before_ms; /* it did not start: wait so long */
};

struct web_lanes {
    char *home;
    int64_t wait_ms; /* 0: as LANES says */
    int64_t last_id;
    struct proc_dying dying;
    struct worker workers[WEB_LANE_PROCS];
    struct queue queues[API_LANES];
};

struct web_lanes *web_lane_new(const char *home, int64_t wait_ms)
{
    static const enum api_lane OF[WEB_LANE_PROCS] = {API_QUERY, API_QUERY, API_ACT,
                                                     API_AUTH};
    struct web_lanes *w = mem_new(1, sizeof *w);

    w->home = mem_dup(home);
    w->wait_ms = wait_ms;
    for (size_t i = 0; i < WEB_LANE_PROCS; i++)
        w->workers[i] = (struct worker){
            .lane = OF[i], .quick = i == 0, .proc = PROC_INIT, .part = MSG_PART_INIT};
    return w;
}

/* ---- calls ------------------------------------------------------------------------
 */

static void call_clear(struct call *c)
{
    if (c->frame)
        mem_wipe(c->frame, c->len); /* a password may stand in it */
    mem_free(c->frame);
    *c = (struct call){.id = 0};
}

static void say(struct call *c, const struct web_lane_answer *a)
{
    if (c->done)
        c->done(c->to, a);
    c->done = NULL;
}

static void say_error(struct call *c, const struct err *why)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    api_error(why, &text);
    say(c, &(struct web_lane_answer){.status = api_status(why->code),
                                     .type = API_JSON,
                                     .body = str_text(&text),
                                     .len = text.len});
}

static struct call *take(struct queue *q, size_t at)
{
    struct call *c = q->calls[at];

    assert(at < q->count);
    q->count--;
    memmove(&q->calls[at], &q->calls[at + 1], (q->count - at) * sizeof *q->calls);
    return c;
}

static bool may_take(const struct worker *p, const struct call *c)
{
    return !p->quick || !c->slow;
}

/* The call that @p takes next; NULL: none of those that wait. */
static struct call *next_for(const struct queue *q, const struct worker *p, size_t *at)
{
    for (*at = 0; *at < q->count; ++*at)
        if (may_take(p, q->calls[*at]))
            return q->calls[*at];
    return NULL;
}

static void free_call(struct call *c)
{
    call_clear(c);
    mem_free(c);
}

static void fail_queue(struct queue *q, const struct err *why)
{
    while (q->count > 0) {
        struct call *c = take(q, 0);

        say_error(c, why);
        free_call(c);
    }
}

int web_lane_ask(struct web_lanes *w, const struct api_row *row, const char *user,
                 const struct jdoc *args, web_lane_fn *done, void *to, int64_t *id,
                 struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(API_WORKER_CALL_MAX);
    struct queue *q = &w->queues[row->lane];
    struct call *c = NULL;

    assert(row->lane < API_LANES);
    if (q->count == WEB_LANE_QUEUE_MAX)
        return err_set(e, ERR_WEB_BUSY, "%s", row->verb);
    jdoc_set_int(j, "id", w->last_id + 1);
    jdoc_set_text(j, "verb", row->verb);
    jdoc_set_text(j, "user", user);
    jdoc_set(j, "args", jdoc_copy(args));
    jdoc_print(j, &text);
    if (str_check(&text, row->verb, e) < 0)
        return -1;
    c = mem_new(1, sizeof *c);
    *c = (struct call){.id = ++w->last_id,
                       .slow = api_slow(row->verb),
                       .len = text.len,
                       .done = done,
                       .to = to};
    c->frame = str_take(&text);
    q->calls[q->count++] = c;
    if (id)
        *id = c->id;
    return 0;
}

void web_lane_give_up(struct web_lanes *w, int64_t id)
{
    for (size_t i = 0; i < WEB_LANE_PROCS; i++)
        if (w->workers[i].state == BUSY && w->workers[i].call.id == id)
            w->workers[i].call.done = NULL;
    for (size_t l = 0; l < API_LANES; l++)
        for (size_t i = 0; i < w->queues[l].count; i++) {
            struct call *c = w->queues[l].calls[i];

            if (c->id == id)
                c->done = NULL;
        }
}

/* ---- processes --------------------------------------------------------------------
 */

static void stop(struct web_lanes *w, struct worker *p)
{
    proc_dying_add(&w->dying,
                   &p->proc); /* it may hang in the disk: the loop does not */
    msg_part_clear(&p->part);
    call_clear(&p->call);
    p->state = GONE;
}

void web_lane_free(struct web_lanes *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < WEB_LANE_PROCS; i++)
        stop(w, &w->workers[i]);
    for (size_t l = 0; l < API_LANES; l++)
        while (w->queues[l].count > 0)
            free_call(take(&w->queues[l], 0));
    mem_free(w->home);
    mem_free(w);
}

void web_lane_auto(struct web_lanes **w)
{
    web_lane_free(*w);
    *w = NULL;
}

/* It is of no use any more: who waits for it hears @why. */
static void lose(struct web_lanes *w, struct worker *p, const struct err *why)
{
    log_error(w->home, "serve worker", why);
    if (p->state == STARTING) {
        w->queues[p->lane].not_before_ms = clock_mono_ms() + WEB_LANE_AGAIN_MS;
        fail_queue(&w->queues[p->lane], why);
    } else if (p->state == BUSY) {
        say_error(&p->call, why);
    }
    stop(w, p);
}

static int start(struct web_lanes *w, struct worker *p, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct proc_opts o = {.limits = {.address_bytes = SPACE_MAX, .files = FILES_MAX}};
    int64_t now = clock_mono_ms();

    p->state = STARTING;
    p->deadline_ms = now + (w->wait_ms ? w->wait_ms : WEB_LANE_START_MS);
    jdoc_set_text(j, "home", w->home);
    jdoc_print(j, &text);
    if (proc_start_worker(LANES[p->lane].kind, &o, &p->proc, e) < 0)
        return -1;
    return msg_send(p->proc.sock, API_WORKER_OPEN, str_text(&text), text.len, -1,
                    now + SEND_MS, e);
}

static int give(const struct web_lanes *w, struct worker *p, struct call *c,
                struct err *e)
{
    p->call = *c;
    *c = (struct call){.id = 0};
    p->state = BUSY;
    p->deadline_ms =
        clock_mono_ms() + (w->wait_ms ? w->wait_ms : LANES[p->lane].wait_ms);
    return msg_send(p->proc.sock, API_WORKER_CALL, p->call.frame, p->call.len, -1,
                    clock_mono_ms() + SEND_MS, e);
}

/* ---- answers ----------------------------------------------------------------------
 */

static int take_answer(struct worker *p, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *head = NULL;
    const char *end = m->len ? memchr(m->data, '\n', m->len) : NULL;
    struct web_lane_answer a = {.status = 0};
    int64_t status = 0;
    int64_t id = 0;

    if (p->state != BUSY || m->type != API_WORKER_ANSWER || !end ||
        jdoc_parse(m->data, (size_t)(end - m->data), &head, e) < 0 ||
        !jdoc_int(head, "id", 1, INT64_MAX, &id) || id != p->call.id ||
        !jdoc_int(head, "status", STATUS_MIN, STATUS_MAX, &status))
        return err_set(e, ERR_WORKER_PROTOCOL, "%s", LANES[p->lane].kind);
    a.status = (int)status;
    a.type = jdoc_text(head, "type");
    a.body = end + 1;
    a.len = m->len - (size_t)(a.body - m->data);
    if (!a.type)
        return err_set(e, ERR_WORKER_PROTOCOL, "%s", LANES[p->lane].kind);
    say(&p->call, &a);
    call_clear(&p->call);
    return 0;
}

/* Messages of a process, as many as are there. */
static int take_messages(struct worker *p, struct err *e)
{
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_take(p->proc.sock, &p->part, API_WORKER_ANSWER_MAX, &m, e);

        if (rc <= 0)
            return rc;
        if (p->state == STARTING && m.type == API_WORKER_FAILED)
            return msg_read_error(&m, e);
        if (p->state == STARTING && m.type != API_WORKER_READY)
            return err_set(e, ERR_WORKER_PROTOCOL, "%s", LANES[p->lane].kind);
        if (p->state != STARTING && take_answer(p, &m, e) < 0)
            return -1;
        p->state = IDLE;
        p->deadline_ms = clock_mono_ms() + WEB_LANE_IDLE_MS;
    }
}

static int turn_one(struct web_lanes *w, struct worker *p, struct err *e)
{
    struct queue *q = &w->queues[p->lane];
    int64_t now = clock_mono_ms();
    size_t at = 0;

    if (p->state != GONE && take_messages(p, e) < 0)
        return -1;
    if (p->state == IDLE && now > p->deadline_ms && !next_for(q, p, &at))
        stop(w, p);
    if ((p->state == STARTING || p->state == BUSY) && now > p->deadline_ms)
        return err_set(e, ERR_TIMEOUT, "%s", LANES[p->lane].kind);
    while (p->state == IDLE && next_for(q, p, &at)) {
        struct call *c = take(q, at);
        int rc = c->done ? give(w, p, c, e) : 0; /* given up: nobody waits */

        free_call(c);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* Another process of the lane that may take @c is free, or soon is. */
static bool has_free(const struct web_lanes *w, enum api_lane lane,
                     const struct call *c)
{
    for (size_t i = 0; i < WEB_LANE_PROCS; i++) {
        const struct worker *p = &w->workers[i];

        if (p->lane == lane && (p->state == STARTING || p->state == IDLE) &&
            may_take(p, c))
            return true;
    }
    return false;
}

/* A process for what waits, when all that there are have work. */
static void start_more(struct web_lanes *w, enum api_lane lane)
{
    const struct queue *q = &w->queues[lane];

    if (clock_mono_ms() < q->not_before_ms)
        return;
    for (size_t i = 0; i < WEB_LANE_PROCS; i++) {
        struct worker *p = &w->workers[i];
        size_t at = 0;
        const struct call *c =
            p->lane == lane && p->state == GONE ? next_for(q, p, &at) : NULL;
        struct err e = ERR_INIT;

        if (!c || has_free(w, lane, c))
            continue;
        if (start(w, p, &e) < 0)
            lose(w, p, &e);
        return;
    }
}

void web_lane_turn(struct web_lanes *w)
{
    proc_dying_reap(&w->dying);
    for (size_t i = 0; i < WEB_LANE_PROCS; i++) {
        struct err e = ERR_INIT;

        if (turn_one(w, &w->workers[i], &e) < 0)
            lose(w, &w->workers[i], &e);
    }
    for (unsigned l = 0; l < API_LANES; l++)
        start_more(w, (enum api_lane)l);
}

size_t web_lane_fds(const struct web_lanes *w, int fds[WEB_LANE_PROCS])
{
    size_t n = 0;

    for (size_t i = 0; i < WEB_LANE_PROCS; i++)
        if (w->workers[i].state != GONE)
            fds[n++] = w->workers[i].proc.sock;
    return n;
}

bool web_lane_busy(const struct web_lanes *w)
{
    for (size_t i = 0; i < WEB_LANE_PROCS; i++)
        if (w->workers[i].lane == API_ACT && w->workers[i].state == BUSY)
            return true;
    return w->queues[API_ACT].count > 0;
}
