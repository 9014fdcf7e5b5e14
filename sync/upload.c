/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/upload.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/request.h"
#include "sync/window.h"
#include "sync/wire.h"

#define CHUNK      ((size_t)1 << 16)
#define DEPTH      2
#define START_MS   INT64_C(45000)
#define TOLD_BYTES ((int64_t)256 << 10)
#define TOLD_MS    INT64_C(1000)
#define SLACK_MS   INT64_C(1000) /* timers of ssh and the kernel are not exact */
#define WORD_MAX   ((size_t)128)
#define BACKOFF_MS 200
#define TICK_MS    500
#define HURRY_MS   1000                 /* silent for so long: is the line cut? */
#define PUMP_MS    5                    /* between two looks while one is made */
#define EARLY      ((int64_t)256 << 10) /* a channel takes a round trip to open */
#define SPEAKS_MS  (3 * LINE_SPARE_MS)  /* a door that commits says so every 5 s */

/* One request and its channel. */
struct upload {
    struct rpush_request q;
    struct receive_answer answer;
    struct proc ssh;          /* pid 0: not open */
    int fd;                   /* the request */
    int64_t base;             /* where its first byte is in the row of all */
    int64_t at;               /* next byte to send; -1: not told from where yet */
    int64_t have;             /* what upstream said last */
    int64_t most;             /* and in all attempts; -1: nothing yet */
    int64_t told_at, told_ms; /* of what our caller was told last */
    struct str in;            /* bytes that came and are not looked at yet */
    int64_t expect;           /* bytes of the answer to come; -1: a line */
    bool opened;              /* in any attempt: the door may have some of it */
    bool eager;               /* bytes are sent before it said from where */
    bool heard;               /* it said anything */
    bool done;
    bool deaf;  /* it reads no more */
    bool again; /* it has some after all: the channel is opened anew, and it is asked */
};

struct pipe {
    const struct upload_opts *o;
    struct upload *up[DEPTH]; /* oldest first */
    int count;
    bool last;             /* nothing comes after them */
    bool older;            /* the door knows no `put` */
    bool downgraded;       /* it said so just now */
    bool alone;            /* and will not have a second one now */
    struct upload *broken; /* whose channel ended first */
    bool moved;            /* upstream has more than when this attempt began */
    bool heard;            /* it said anything in this attempt */
    enum err_code said;    /* by a "bad" line */
    char token[RECEIVE_TOKEN_HEX + 1];
    struct window window;
    struct wire wire; /* of this connection */
    int64_t given;    /* bytes that ssh got on it */
    bool hurried;     /* it was silent for a while once */
    bool held;        /* it is silent now: nothing more is given */
    int64_t quiet_since;
    int64_t word_ms;  /* when it said anything last */
    int64_t lost_ms;  /* when a silent connection was given up; 0: it was not */
    int64_t spare_ms; /* a spare connection is begun then */
    int64_t pumped_ms;
    int trouble; /* what a look during the making of a request found: as step() */
    struct err why;
};

static void upload_free(struct upload *u)
{
    if (!u)
        return;
    proc_clear(&u->ssh);
    fs_fd_auto(&u->fd);
    str_clear(&u->in);
    mem_free(u);
}

static void pipe_clear(struct pipe *p)
{
    for (int i = 0; i < p->count; i++)
        upload_free(p->up[i]);
    p->count = 0;
    p->broken = NULL;
}

static void close_channel(struct upload *u)
{
    proc_clear(&u->ssh);
    u->ssh = (struct proc)PROC_INIT;
    u->at = -1;
    u->have = 0;
    u->expect = -1;
    u->heard = u->deaf = u->again = u->done = false;
    str_reset(&u->in);
}

static int tell(struct pipe *p, const struct upload *u, enum rpush_event what,
                struct err *e)
{
    return p->o->told ? p->o->told(p->o->ctx, what, &u->q, u->have, NULL, e) : 0;
}

/* The window needs a word every moment, people do not. */
static int tell_progress(struct pipe *p, struct upload *u, struct err *e)
{
    int64_t now = clock_mono_ms();

    if (u->heard && u->have - u->told_at < TOLD_BYTES && now - u->told_ms < TOLD_MS)
        return 0;
    u->told_at = u->have;
    u->told_ms = now;
    return tell(p, u, RPUSH_PROGRESS, e);
}

/* ---- what the door says -----------------------------------------------------------
 */

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "push");
    return err_detail(e, "%.100s", line);
}

static int take_have(struct pipe *p, struct upload *u, int64_t n, struct err *e)
{
    int64_t now = clock_mono_ms();
    bool first = !u->heard;
    int rc;

    if (u->eager && first && n > 0) {
        u->again = true;
        return 0;
    }
    p->moved = p->moved || (!first && n > u->have) || (u->most >= 0 && n > u->most);
    if (u->at < 0)
        u->at = n;
    u->most = n > u->most ? n : u->most;
    u->have = n;
    if (first && n > 0)
        window_jump(&p->window, u->base + n, now);
    else
        window_have(&p->window, u->base + n, now);
    rc = tell_progress(p, u, e);
    u->heard = true;
    return rc;
}

static int take_line(struct pipe *p, struct upload *u, const char *line, struct err *e)
{
    enum err_code said;
    int64_t n;

    if (strcmp(line, "wait") == 0)
        return 0;
    if (str_starts(line, "have ") && num_parse(line + 5, 0, u->q.size, &n))
        return take_have(p, u, n, e);
    if (str_starts(line, "done ") &&
        num_parse(line + 5, 1, (int64_t)RECEIVE_ANSWER_MAX, &n)) {
        u->expect = n;
        return 0;
    }
    said = receive_bad(line, e);
    if (said == ERR_NONE)
        return nonsense(e, line);
    if (said == ERR_GATE_VERB && !p->older)
        p->older = p->downgraded = true;
    p->said = said;
    return -1;
}

static int take_answer(struct pipe *p, struct upload *u, struct err *e)
{
    struct err why = ERR_INIT;

    if (receive_answer_parse(u->in.p, (size_t)u->expect, &u->answer, &why) < 0 ||
        strcmp(u->answer.id, u->q.id) != 0)
        return nonsense(e, "answer");
    u->done = p->moved = true;
    return 0;
}

/* Lines and the answer, as far as they are complete. */
static int digest(struct pipe *p, struct upload *u, struct err *e)
{
    while (!u->done && !u->again) {
        char *lf;
        size_t used;

        if (u->expect >= 0)
            return u->in.len < (size_t)u->expect ? 0 : take_answer(p, u, e);
        lf = u->in.len ? memchr(u->in.p, '\n', u->in.len) : NULL;
        if (!lf)
            return u->in.len > WORD_MAX ? nonsense(e, "a long line") : 0;
        *lf = '\0';
        used = (size_t)(lf + 1 - u->in.p);
        if (take_line(p, u, u->in.p, e) < 0)
            return -1;
        memmove(u->in.p, lf + 1, u->in.len - used + 1);
        u->in.len -= used;
    }
    return 0;
}

/* ---- how long this line may be silent (patience.h) --------------------------------
 */

/* The next byte to send, in the row of all. */
static int64_t sent_to(const struct pipe *p)
{
    int64_t at = 0;

    for (int i = 0; i < p->count; i++)
        if (p->up[i]->at > 0)
            at = p->up[i]->base + p->up[i]->at;
    return at;
}

static bool under_way(const struct pipe *p)
{
    return p->heard && sent_to(p) > p->window.have;
}

static void note_word(struct pipe *p)
{
    struct master *m = p->o->l->master;
    int64_t now = clock_mono_ms();

    if (m && p->lost_ms > 0 && now - p->lost_ms > PATIENCE_BACK_MS)
        patience_away(&m->patience);
    if (m && under_way(p))
        patience_recovered(&m->patience, now - p->word_ms);
    if (m)
        master_calm(m);
    p->lost_ms = 0;
    p->word_ms = now;
    p->heard = true;
}

static void note_cut(struct pipe *p)
{
    struct master *m = p->o->l->master;
    int64_t now = clock_mono_ms();

    if (m && p->lost_ms > 0)
        patience_away(&m->patience);
    p->lost_ms = 0;
    if (p->window.unsent > 0) /* ssh had it, the line has not carried it */
        p->o->sum->bytes_up -= p->window.unsent;
    if (m && p->heard)
        patience_broke(&m->patience);
    if (m && p->heard && now - p->word_ms >= m->patience.dead_ms - SLACK_MS) {
        patience_gave_up(&m->patience, now - p->word_ms);
        p->lost_ms = now;
    }
}

/* Getting through to the other end takes its time on a bad line; after that silence
 * means that the line is dead. */
static int64_t patience(const struct pipe *p)
{
    int64_t idle_ms = p->o->l->idle_ms;

    return !p->heard && idle_ms < START_MS ? START_MS : idle_ms;
}

/* Another connection is there and this one is still silent. */
static bool spare_is_there(struct pipe *p, int64_t silent_ms)
{
    struct master *m = p->o->l->master;
    int64_t limit = m ? patience_spare_ms(&m->patience, p->spare_ms) : 0;

    if (!under_way(p))
        limit += SPEAKS_MS - LINE_SPARE_MS;
    if (!m || silent_ms < master_quiet_ms(m, limit) || !master_spare(m, p->o->l))
        return false;
    p->spare_ms *= 2; /* unless that brings more, it was only the door that is slow */
    return true;
}

/* ---- bytes ------------------------------------------------------------------------
 */

/* 1 bytes came, 0 the channel is closed, -1. */
static int receive_some(struct pipe *p, struct upload *u, struct err *e)
{
    char buf[4096];
    ssize_t n = read(u->ssh.out, buf, sizeof buf);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : 0;
    if (n == 0)
        return 0;
    note_word(p);
    p->o->sum->bytes_down += n;
    str_add_mem(&u->in, buf, (size_t)n);
    if (str_check(&u->in, "push", e) < 0)
        return nonsense(e, "too much");
    return digest(p, u, e) < 0 ? -1 : 1;
}

/* The same of the @i-th. What the door has against the second is no reason to leave the
 * first: it is offered again by itself. */
static int hear(struct pipe *p, int i, struct err *e)
{
    struct upload *u = p->up[i];
    struct err why = ERR_INIT;
    int rc = receive_some(p, u, &why);

    if (rc < 0 && i > 0 && p->said != ERR_NONE) {
        close_channel(u);
        u->eager = false;
        p->alone = true;
        p->said = ERR_NONE;
        return 1;
    }
    if (rc == 0)
        p->broken = u;
    if (rc < 0)
        *e = why;
    return rc;
}

/* How many bytes of @u go now. */
static int64_t room_for(const struct pipe *p, const struct upload *u)
{
    return window_piece(&p->window, u->base + u->at, u->q.size - u->at,
                        clock_mono_ms());
}

static bool all_sent(const struct upload *u)
{
    return u->done || u->at >= u->q.size;
}

/* The pages go from the file to ssh's pipe as they are, nothing is copied here. */
static int send_some(struct pipe *p, struct upload *u, struct err *e)
{
    int64_t room = room_for(p, u);
    off_t at = (off_t)u->at;
    ssize_t sent;

    if (room == 0 || all_sent(u)) /* asked before the wait: otherwise since then */
        return 1;
    sent = splice(u->fd, &at, u->ssh.in, NULL,
                  room < (int64_t)CHUNK ? (size_t)room : CHUNK, SPLICE_F_NONBLOCK);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    if (sent < 0 && errno == EPIPE) {
        u->deaf = true; /* but it may have said why before */
        return 1;
    }
    if (sent <= 0)
        return err_sys(e, ERR_READ, "%s", u->q.path);
    u->at += sent;
    p->given += sent;
    p->o->sum->bytes_up += sent;
    return 1;
}

/* Whose bytes go now. NULL: nobody's. */
static struct upload *sender(const struct pipe *p)
{
    for (int i = 0; i < p->count; i++) {
        struct upload *u = p->up[i];

        if (all_sent(u))
            continue;
        return u->ssh.pid > 0 && u->at >= 0 && !u->deaf && !p->held &&
                       room_for(p, u) > 0
                   ? u
                   : NULL;
    }
    return NULL;
}

/* What is through says more than what was told, but comes without a word. */
static bool look_at_wire(struct pipe *p)
{
    struct wire_seen s;

    p->held = false;
    if (!wire_look(&p->wire, p->given, &s))
        return false;
    p->held = s.quiet; /* what would go now is lost if this is a cut */
    window_widen(&p->window, s.opening || patience_lasts(&p->o->l->master->patience));
    window_reached(&p->window, sent_to(p) - s.open, s.unsent, clock_mono_ms());
    return true;
}

/* Move bytes both ways. 1, 0 the line failed, -1. */
static int step(struct pipe *p, int wait_ms, struct err *e)
{
    bool wire = look_at_wire(p);
    struct upload *from = sender(p);
    struct pollfd fds[DEPTH + 1];
    int64_t look_ms = window_look_ms(&p->window, clock_mono_ms()), silent_ms;
    int rc;

    for (int i = 0; i < DEPTH; i++)
        fds[i] = (struct pollfd){
            .fd = i < p->count && p->up[i]->ssh.pid > 0 ? p->up[i]->ssh.out : -1,
            .events = POLLIN};
    fds[DEPTH] = (struct pollfd){.fd = from ? from->ssh.in : -1, .events = POLLOUT};
    if (wire && !from && p->window.have < sent_to(p) && wait_ms > look_ms)
        wait_ms = (int)look_ms;
    rc = poll(fds, DEPTH + 1, wait_ms);
    if (rc < 0 && errno != EINTR)
        return err_sys(e, ERR_LINE, "line");
    silent_ms = clock_mono_ms() - p->quiet_since;
    if (rc <= 0 && silent_ms > HURRY_MS && !p->hurried) {
        p->hurried = true;
        wire_hurry(&p->wire);
    }
    if (rc <= 0)
        return silent_ms > patience(p) || spare_is_there(p, silent_ms) ? 0 : 1;
    rc = 1;
    for (int i = 0; rc == 1 && i < p->count; i++)
        if (fds[i].revents && !p->up[i]->done)
            rc = hear(p, i, e);
    if (rc == 1 && from && fds[DEPTH].revents && !from->done && !from->again)
        rc = send_some(p, from, e);
    p->quiet_since = clock_mono_ms();
    return rc;
}

/* ---- one channel ------------------------------------------------------------------
 */

static int open_channel(struct pipe *p, struct upload *u, struct err *e)
{
    AUTO_MEM char *command =
        mem_printf("%s %s %s %lld%s%s", p->older ? "push" : "put", u->q.id,
                   names_class(u->q.chain.cls), (long long)u->q.size,
                   p->older ? "" : " ", p->older ? "" : p->token);

    if (line_start(p->o->l, command, &u->ssh, e) < 0)
        return -1;
    u->opened = true;
    if (u->eager)
        u->at = 0;
    return 0;
}

static int add(struct pipe *p, const struct rpush_request *q, struct err *e)
{
    AUTO_FD int fd = fs_open(q->path, O_RDONLY | O_NOFOLLOW, 0, e);
    struct upload *u = NULL;

    if (fd < 0)
        return -1;
    u = mem_new(1, sizeof *u);
    *u = (struct upload){.q = *q,
                         .ssh = PROC_INIT,
                         .fd = TAKE_FD(fd),
                         .at = -1,
                         .most = -1,
                         .expect = -1,
                         .eager = q->fresh,
                         .in = STR_INIT(RECEIVE_ANSWER_MAX * 2)};
    if (p->count > 0)
        u->base = p->up[p->count - 1]->base + p->up[p->count - 1]->q.size;
    p->up[p->count++] = u;
    return tell(p, u, RPUSH_BEGIN, e);
}

/* ---- one connection ---------------------------------------------------------------
 */

static void on_tick(void *ctx)
{
    struct pipe *p = ctx;
    int64_t now = clock_mono_ms();

    if (p->trouble != 1 || now - p->pumped_ms < PUMP_MS)
        return;
    p->pumped_ms = now;
    p->trouble = step(p, 0, &p->why);
}

/* Nothing can be sent this moment: the next request is made. 1, 0 the line failed
 * meanwhile, -1. */
static int make_next(struct pipe *p, struct err *e)
{
    const struct request_tick t = {.tick = on_tick, .ctx = p};
    struct rpush_request q;
    int rc;

    p->trouble = 1;
    rc = p->o->more(p->o->ctx, &p->up[0]->q, &t, &q, e);
    p->last = rc == 0;
    if (rc < 0 || (rc == 1 && add(p, &q, e) < 0))
        return -1;
    if (p->trouble < 0)
        *e = p->why;
    return p->trouble;
}

static bool wants_next(const struct pipe *p)
{
    return p->o->more && !p->last && p->count == 1 && !sender(p) &&
           p->up[0]->ssh.pid > 0 && !p->up[0]->done;
}

/* Open what can be opened: the second one a little before the first is through. */
static int open_channels(struct pipe *p, struct err *e)
{
    for (int i = 0; i < p->count; i++) {
        struct upload *u = p->up[i];

        if (u->again) {
            close_channel(u);
            u->eager = false;
        }
        if (i > 0 && (p->older || p->alone || p->up[0]->at < 0 ||
                      p->up[0]->q.size - p->up[0]->at > EARLY))
            return 0;
        if (u->ssh.pid <= 0 && open_channel(p, u, e) < 0)
            return -1;
        if (p->wire.fd < 0 && p->o->l->master)
            wire_init(&p->wire, master_tcp(p->o->l->master));
    }
    return 0;
}

/* The oldest is answered. 1 go on, 0 all is done, -1. */
static int finish(struct pipe *p, struct err *e)
{
    struct upload *u = p->up[0];
    int64_t end = u->base + u->q.size, now = clock_mono_ms();
    int rc = p->o->answered(p->o->ctx, &u->q, &u->answer, e);

    if (p->window.have < end && u->at >= u->q.size)
        window_have(&p->window, end, now); /* an older door does not say so */
    else if (p->window.have < end)
        window_jump(&p->window, end, now);
    if (p->broken == u)
        p->broken = NULL;
    p->up[0] = p->up[1];
    p->up[1] = NULL;
    p->count--;
    upload_free(u);
    if (rc <= 0)
        pipe_clear(p);
    return rc;
}

/* Until all are answered. 1, 0 the line failed (and @e says how when it is known), -1.
 */
static int converse(struct pipe *p, struct err *e)
{
    p->quiet_since = clock_mono_ms();
    while (p->count > 0) {
        int rc = open_channels(p, e);

        if (rc < 0)
            return e->code == ERR_LINE && !stop_requested() ? 0 : -1;
        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (tell(p, p->up[0], RPUSH_TURN, e) < 0)
            return -1;
        rc = wants_next(p) ? make_next(p, e) : step(p, TICK_MS, e);
        while (rc == 1 && p->count > 0 && p->up[0]->done)
            if (finish(p, e) < 0)
                rc = -1;
        if (rc <= 0)
            return rc;
    }
    return 1;
}

static int make_token(struct pipe *p, struct err *e)
{
    unsigned char noise[RECEIVE_TOKEN_HEX / 2];

    if (getrandom(noise, sizeof noise, 0) != (ssize_t)sizeof noise)
        return err_sys(e, ERR_LINE, "token");
    hash_hex(noise, sizeof noise, p->token);
    return 0;
}

static int begin(struct pipe *p, struct err *e)
{
    for (int i = 0; i < p->count; i++) {
        p->up[i]->eager = p->up[i]->eager && (!p->up[i]->opened || p->downgraded);
        close_channel(p->up[i]);
    }
    p->downgraded = p->moved = p->heard = p->alone = false;
    wire_init(&p->wire, -1);
    p->given = 0;
    p->hurried = p->held = false;
    p->said = ERR_NONE;
    p->broken = NULL;
    window_jump(&p->window, p->up[0]->base, clock_mono_ms());
    return make_token(p, e);
}

/* Why the connection ended: what ssh says, of a channel that is open. */
static void say_why(struct pipe *p, struct err *e)
{
    struct upload *u = p->broken && p->broken->ssh.pid > 0 ? p->broken : NULL;

    for (int i = 0; !u && i < p->count; i++)
        if (p->up[i]->ssh.pid > 0)
            u = p->up[i];
    if (u)
        line_failed(p->o->l, &u->ssh, e);
    else
        err_set(e, ERR_LINE, "%s", "line closed");
}

/* One connection. 1 answered, 0 cut (and @e says how), -1 for good. */
static int attempt(struct pipe *p, struct err *e)
{
    struct err why = ERR_INIT;
    int rc = begin(p, e) < 0 ? -1 : converse(p, &why);

    if (rc == 0)
        note_cut(p);
    if (rc == 0 && why.code == ERR_NONE)
        say_why(p, &why);
    if (rc == 0 && why.code != ERR_LINE)
        rc = -1;
    if (rc <= 0 && why.code != ERR_NONE)
        *e = why;
    return rc;
}

/* What upstream says about itself today may be otherwise in a moment. */
static bool worth_another_try(enum err_code code)
{
    return code == ERR_GATE_FORM || code == ERR_LOCKED || code == ERR_TIMEOUT ||
           code == ERR_WORKER_START;
}

int upload_run(const struct upload_opts *o, const struct rpush_request *first,
               struct err *e)
{
    AUTO(pipe_clear)
    struct pipe p = {.o = o, .older = *o->older, .spare_ms = LINE_SPARE_MS};
    int tries = 0;

    window_init(&p.window, clock_mono_ms());
    if (add(&p, first, e) < 0)
        return -1;
    for (;;) {
        struct err why = ERR_INIT;
        int rc = attempt(&p, &why);

        *o->older = p.older;
        if (rc == 1)
            return 0;
        if (p.downgraded)
            continue;
        if (p.moved) {
            tries = 0;
            p.spare_ms = LINE_SPARE_MS;
        }
        if ((rc < 0 && !worth_another_try(p.said ? p.said : why.code)) ||
            ++tries >= RPUSH_TRIES || stop_requested()) {
            *e = why;
            return -1;
        }
        stop_sleep_ms(BACKOFF_MS << (tries - 1));
    }
}
