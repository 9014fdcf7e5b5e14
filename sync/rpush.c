/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rpush.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/bundle.h"
#include "sync/dropbox.h"
#include "sync/gate.h"
#include "sync/line.h"
#include "sync/master.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"
#include "sync/window.h"

#define CHUNK      ((size_t)1 << 16)
#define START_MS   INT64_C(45000)
#define STALE_MAX  3
#define TOLD_BYTES ((int64_t)256 << 10)
#define SLACK_MS   INT64_C(1000) /* timers of ssh and the kernel are not exact */
#define TOLD_MS    INT64_C(1000)
#define WORD_MAX   ((size_t)128)
#define BACKOFF_MS 200
#define CHAIN_MAX  ((size_t)1000000)
#define OUT_MAX    ((size_t)1 << 20)
#define USED_MAX   ((size_t)64 << 20) /* all lists of open ones together */
#define OPEN_MAX   ((size_t)10000)    /* requests in a drop box without answer */

/* ---- building
 * -------------------------------------------------------------------------- */

static char *spool(const char *home)
{
    return fs_path(home, "spool/out");
}

static char *marker(const char *home, const struct names_chain *c)
{
    return fs_pathf(home, "spool/out/%s-%lld-%s", c->node, (long long)c->epoch,
                    names_class(c->cls));
}

static const struct rpush_limits LIMITS = {
    .commits = RPUSH_COMMITS_MAX,
    .objects = RPUSH_OBJECTS_MAX,
    .bytes = BUNDLE_BYTES_MAX,
};

/* One bundle always fits, so what was sealed can be sent. */
static_assert(RPUSH_OBJECTS_MAX <= GATE_OBJECTS_MAX &&
                  MANIFEST_OBJECTS_MAX + 1000 <= RPUSH_OBJECTS_MAX &&
                  RPUSH_COMMITS_MAX <= GATE_COMMITS_MAX &&
                  2 * BUNDLE_BYTES_MAX <= GATE_INFLATED_MAX,
              "a request within our limits passes the gate");

static bool within(const struct manifest_cost *c, const struct rpush_limits *max)
{
    return c->objects <= max->objects && c->bytes <= max->bytes;
}

/* The next bundles of the chain after @base, as many as one request takes. 0: none. */
static int choose(struct repo *r, const struct names_chain *chain, const char *base,
                  const struct rpush_limits *max, struct rpush_request *out,
                  struct err *e)
{
    AUTO_MEM char(*commits)[NAMES_OID_MAX] = NULL;
    char ref[NAMES_REF_MAX], tip[NAMES_OID_MAX];
    struct manifest_cost cost = {.objects = 0};
    size_t count = 0;
    int64_t taken = 0;
    int rc;

    names_ref(chain->node, chain->epoch, chain->cls, ref);
    rc = repo_ref(r, ref, tip, e);
    if (rc <= 0 || strcmp(tip, base) == 0)
        return rc < 0 ? -1 : 0;
    rc = repo_chain(r, tip, base, CHAIN_MAX, &commits, &count, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_UPSTREAM_AHEAD, "%s", ref);
    for (size_t i = count; i-- > 0 && taken < max->commits; taken++) {
        AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
        char sha256[HASH_HEX], parent[NAMES_OID_MAX];

        if (bundle_read(r, commits[i], &m, sha256, parent, e) < 0)
            return -1;
        manifest_cost(&m, &cost);
        if (taken > 0 && !within(&cost, max))
            break;
        if (taken == 0)
            out->first_seq = m.seq;
        out->last_seq = m.seq;
        memcpy(out->new, commits[i], sizeof out->new);
    }
    out->chain = *chain;
    (void)snprintf(out->old, sizeof out->old, "%s", base);
    return 1;
}

/* Fill in what a request file says of itself. 1, 0 not there or not what it should be.
 */
static int look_at(struct repo *r, const char *home, const char *id,
                   const struct names_chain *chain, struct rpush_request *out,
                   uint64_t *objects, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(home, "spool/out/%s", id);
    AUTO_MANIFEST struct manifest first = MANIFEST_INIT;
    AUTO_MANIFEST struct manifest last = MANIFEST_INIT;
    struct pack_command cmd;
    struct names_chain of;
    struct err ignored = ERR_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];
    struct stat st;
    AUTO_FD int fd = -1;

    if (!hash_is_hex(id, HASH_HEX - 1) || !fs_exists(path))
        return 0;
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (pack_read_command(fd, path, &cmd, &ignored) < 0 ||
        !names_ref_parse(cmd.ref, &of) || strcmp(of.node, chain->node) != 0 ||
        of.epoch != chain->epoch || of.cls != chain->cls ||
        pack_count(fd, path, cmd.pack_at, objects, &ignored) < 0 ||
        bundle_read(r, cmd.new, &last, sha256, parent, &ignored) < 0)
        return 0;
    out->first_seq = 1;
    if (strcmp(cmd.old, PACK_ZERO) != 0) {
        if (bundle_read(r, cmd.old, &first, sha256, parent, &ignored) < 0)
            return 0;
        out->first_seq = first.seq + 1;
    }
    memcpy(out->id, id, HASH_HEX);
    out->size = st.st_size;
    (void)snprintf(out->path, sizeof out->path, "%s", path);
    out->chain = *chain;
    (void)snprintf(out->old, sizeof out->old, "%s",
                   strcmp(cmd.old, PACK_ZERO) == 0 ? "" : cmd.old);
    memcpy(out->new, cmd.new, sizeof out->new);
    out->last_seq = last.seq;
    out->fresh = false;
    return 1;
}

/* A file that changed on the disk would be refused for ever: it is made anew. */
static int is_whole(const struct rpush_request *q, struct err *e)
{
    char hex[HASH_HEX];

    if (hash_file(q->path, hex, NULL, e) < 0)
        return -1;
    return strcmp(hex, q->id) == 0;
}

/* Requests that no marker and no list of open ones names: of runs that were killed. */
static int sweep_spool(const char *home, struct err *e)
{
    AUTO_MEM char *folder = spool(home);
    AUTO_STR struct str used = STR_INIT(USED_MAX);
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(folder))
        return 0;
    if (fs_sweep(folder, e) < 0 || fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (!hash_is_hex(l.names[i], HASH_HEX - 1) && fs_read_file(path, &used, e) < 0)
            return -1;
    }
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (hash_is_hex(l.names[i], HASH_HEX - 1) &&
            !strstr(str_text(&used), l.names[i]) && fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

static int write_request(struct repo *r, const char *home, const char *ref,
                         struct rpush_request *q, struct err *e)
{
    AUTO_MEM char *folder = spool(home);

    if (request_write(r, ref, q->old, q->new, folder, NULL, q->id, &q->size, e) < 0)
        return -1;
    (void)snprintf(q->path, sizeof q->path, "%s/%s", folder, q->id);
    if (q->size > RPUSH_REQUEST_MAX)
        return err_set(e, ERR_BUNDLE_SIZE, "request %s", q->id);
    return 0;
}

/*
 * The request that the marker of a chain names, when it is still the next one after
 * @base. One that is not (a run was killed after its answer was heard), or that the
 * gate would refuse for its size, goes. 1, 0, -1.
 */
static int marked(struct repo *r, const char *home, const struct names_chain *chain,
                  const char *mark, const char *base, const struct rpush_limits *max,
                  struct rpush_request *out, struct err *e)
{
    uint64_t objects = 0;
    AUTO_STR struct str id = STR_INIT(HASH_HEX + 1);
    AUTO_MEM char *file = NULL;
    int rc;

    if (!fs_exists(mark))
        return 0;
    if (fs_read_file(mark, &id, e) < 0)
        return -1;
    rc = look_at(r, home, str_text(&id), chain, out, &objects, e);
    if (rc == 1)
        rc = strcmp(out->old, base) == 0 && objects <= (uint64_t)max->objects
                 ? is_whole(out, e)
                 : 0;
    if (rc != 0)
        return rc;
    if (hash_is_hex(str_text(&id), HASH_HEX - 1))
        file = fs_pathf(home, "spool/out/%s", str_text(&id));
    return fs_unlink(mark, e) < 0 || (file && fs_unlink(file, e) < 0) ? -1 : 0;
}

int rpush_build(struct repo *r, const char *home, const struct names_chain *chain,
                struct rpush_request *out, struct err *e)
{
    return rpush_build_within(r, home, chain, NULL, out, e);
}

int rpush_build_within(struct repo *r, const char *home,
                       const struct names_chain *chain, const struct rpush_limits *max,
                       struct rpush_request *out, struct err *e)
{
    AUTO_MEM char *mark = marker(home, chain);
    struct rpush_request q = {.size = 0};
    char base[NAMES_OID_MAX] = "", ref[NAMES_REF_MAX], up[NAMES_REF_MAX];
    int rc;

    names_ref(chain->node, chain->epoch, chain->cls, ref);
    names_upstream_ref(chain->node, chain->epoch, chain->cls, up);
    if (repo_ref(r, up, base, e) < 0)
        return -1;
    max = max ? max : &LIMITS;
    rc = marked(r, home, chain, mark, base, max, out, e);
    if (rc != 0)
        return rc;
    rc = choose(r, chain, base, max, &q, e);
    if (rc <= 0)
        return rc;
    if (write_request(r, home, ref, &q, e) < 0 ||
        fs_write_file(mark, q.id, strlen(q.id), e) < 0)
        return -1;
    q.fresh = true;
    *out = q;
    return 1;
}

/* ---- one upload
 * ------------------------------------------------------------------------- */

struct upload {
    const struct line *l;
    const struct rpush_request *q;
    rpush_told *told;
    void *ctx;
    struct rpush_sum *sum;
    struct receive_answer *answer;
    struct proc ssh;
    int fd;                   /* the request */
    int64_t at;               /* next byte to send; -1: not told from where yet */
    int64_t have;             /* what upstream said last */
    int64_t most;             /* and in all attempts; -1: nothing yet */
    int64_t told_at, told_ms; /* of what our caller was told last */
    struct window window;
    struct str in;   /* bytes that came and are not looked at yet */
    int64_t expect;  /* bytes of the answer to come; -1: a line */
    int64_t word_ms; /* when it said anything last */
    int64_t lost_ms; /* when a silent connection was given up; 0: it was not */
    bool eager;      /* bytes are sent before it said from where */
    bool heard;      /* it said anything */
    bool done;
    bool deaf;          /* it reads no more */
    bool again;         /* this attempt ended for no fault of the line */
    bool moved;         /* upstream has more than when this attempt began */
    enum err_code said; /* by a "bad" line */
};

static void upload_clear(struct upload *u)
{
    proc_clear(&u->ssh);
    fs_fd_auto(&u->fd);
    str_clear(&u->in);
}

static int tell(struct upload *u, enum rpush_event what, int64_t have, struct err *e)
{
    return u->told ? u->told(u->ctx, what, u->q, have, NULL, e) : 0;
}

/* The window needs a word every moment, people do not. */
static int tell_progress(struct upload *u, int64_t have, struct err *e)
{
    int64_t now = clock_mono_ms();

    if (u->heard && have - u->told_at < TOLD_BYTES && now - u->told_ms < TOLD_MS)
        return 0;
    u->heard = true;
    u->told_at = have;
    u->told_ms = now;
    return tell(u, RPUSH_PROGRESS, have, e);
}

static int nonsense(struct err *e, const char *line)
{
    err_set(e, ERR_UPSTREAM, "push");
    return err_detail(e, "%.100s", line);
}

static int take_line(struct upload *u, const char *line, struct err *e)
{
    int64_t n;

    if (strcmp(line, "wait") == 0)
        return 0;
    if (str_starts(line, "have ") && num_parse(line + 5, 0, u->q->size, &n)) {
        if (u->eager && !u->heard && n > 0) {
            u->again = true; /* it has some after all: begin anew, and ask */
            return err_set(e, ERR_LINE, "%s", "begun already");
        }
        if ((u->heard && n > u->have) || (u->most >= 0 && n > u->most))
            u->moved = true;
        if (u->at < 0)
            u->at = n;
        u->most = n > u->most ? n : u->most;
        u->have = n;
        window_have(&u->window, n, clock_mono_ms());
        return tell_progress(u, n, e);
    }
    if (str_starts(line, "done ") &&
        num_parse(line + 5, 1, (int64_t)RECEIVE_ANSWER_MAX, &n)) {
        u->expect = n;
        return 0;
    }
    u->said = receive_bad(line, e);
    return u->said == ERR_NONE ? nonsense(e, line) : -1;
}

static int take_answer(struct upload *u, struct err *e)
{
    struct err why = ERR_INIT;

    if (receive_answer_parse(u->in.p, (size_t)u->expect, u->answer, &why) < 0 ||
        strcmp(u->answer->id, u->q->id) != 0)
        return nonsense(e, "answer");
    u->done = true;
    return 0;
}

/* Lines and the answer, as far as they are complete. */
static int digest(struct upload *u, struct err *e)
{
    while (!u->done) {
        char *lf;
        size_t used;

        if (u->expect >= 0)
            return u->in.len < (size_t)u->expect ? 0 : take_answer(u, e);
        lf = u->in.len ? memchr(u->in.p, '\n', u->in.len) : NULL;
        if (!lf)
            return u->in.len > WORD_MAX ? nonsense(e, "a long line") : 0;
        *lf = '\0';
        used = (size_t)(lf + 1 - u->in.p);
        if (take_line(u, u->in.p, e) < 0)
            return -1;
        memmove(u->in.p, lf + 1, u->in.len - used + 1);
        u->in.len -= used;
    }
    return 0;
}

/* ---- how long this line may be silent (patience.h) ---- */

static void note_word(struct upload *u)
{
    struct patience *p = u->l->master ? &u->l->master->patience : NULL;
    int64_t now = clock_mono_ms();

    if (p && u->lost_ms > 0 && now - u->lost_ms > PATIENCE_BACK_MS)
        patience_away(p);
    if (p && u->heard && u->at > u->have)
        patience_recovered(p, now - u->word_ms);
    u->lost_ms = 0;
    u->word_ms = now;
}

static void note_cut(struct upload *u)
{
    struct patience *p = u->l->master ? &u->l->master->patience : NULL;
    int64_t now = clock_mono_ms();

    if (p && u->lost_ms > 0)
        patience_away(p);
    u->lost_ms = 0;
    if (p && u->heard && now - u->word_ms >= p->dead_ms - SLACK_MS) {
        patience_gave_up(p, now - u->word_ms);
        u->lost_ms = now;
    }
}

/* 1 bytes came, 0 the line is closed, -1. */
static int receive_some(struct upload *u, struct err *e)
{
    char buf[4096];
    ssize_t n = read(u->ssh.out, buf, sizeof buf);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? 1 : 0;
    if (n == 0)
        return 0;
    note_word(u);
    u->sum->bytes_down += n;
    str_add_mem(&u->in, buf, (size_t)n);
    if (str_check(&u->in, "push", e) < 0)
        return nonsense(e, "too much");
    return digest(u, e) < 0 ? -1 : 1;
}

static int send_some(struct upload *u, struct err *e)
{
    char buf[CHUNK];
    int64_t room = window_room(&u->window, u->at, clock_mono_ms());
    ssize_t n =
        pread(u->fd, buf, room < (int64_t)CHUNK ? (size_t)room : CHUNK, (off_t)u->at);
    ssize_t sent;

    if (n <= 0)
        return err_sys(e, ERR_READ, "%s", u->q->path);
    sent = write(u->ssh.in, buf, (size_t)n);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR))
        return 1;
    if (sent < 0) {
        u->deaf = true; /* but it may have said why before */
        return 1;
    }
    u->at += sent;
    u->sum->bytes_up += sent;
    return 1;
}

/* Getting through to the other end takes its time on a bad line; after that silence
 * means that the line is dead. */
static int64_t patience(const struct upload *u)
{
    return !u->heard && u->l->idle_ms < START_MS ? START_MS : u->l->idle_ms;
}

/* Move bytes both ways until the answer is there. 1 done, 0 the line failed, -1. */
static int converse(struct upload *u, struct err *e)
{
    int64_t quiet_since = clock_mono_ms();

    while (!u->done) {
        bool sending = u->at >= 0 && u->at < u->q->size && !u->deaf &&
                       window_room(&u->window, u->at, clock_mono_ms()) > 0;
        struct pollfd fds[2] = {{.fd = u->ssh.out, .events = POLLIN},
                                {.fd = sending ? u->ssh.in : -1, .events = POLLOUT}};
        int rc = poll(fds, 2, 500);

        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (tell(u, RPUSH_TURN, u->have, e) < 0)
            return -1;
        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_LINE, "line");
        if (rc <= 0 && clock_mono_ms() - quiet_since > patience(u))
            return 0;
        if (rc <= 0)
            continue;
        quiet_since = clock_mono_ms();
        rc = fds[0].revents ? receive_some(u, e) : 1;
        if (rc == 1 && !u->done && fds[1].revents)
            rc = send_some(u, e);
        if (rc <= 0)
            return rc;
    }
    return 1;
}

/* One connection. 1 answered, 0 cut (and @e says how), -1 for good. */
static int attempt(struct upload *u, struct err *e)
{
    AUTO_MEM char *command =
        mem_printf("push %s %s %lld", u->q->id, names_class(u->q->chain.cls),
                   (long long)u->q->size);
    int rc;

    u->at = u->eager ? 0 : -1;
    u->have = 0;
    u->expect = -1;
    u->heard = false;
    u->again = false;
    u->moved = false;
    u->deaf = false;
    u->said = ERR_NONE;
    window_init(&u->window, clock_mono_ms());
    str_reset(&u->in);
    if (line_start(u->l, command, &u->ssh, e) < 0) {
        note_cut(u);
        return e->code == ERR_LINE ? 0 : -1;
    }
    rc = converse(u, e);
    if (rc == 0) {
        note_cut(u);
        line_failed(u->l, &u->ssh, e);
        rc = e->code == ERR_LINE ? 0 : -1;
    }
    proc_clear(&u->ssh);
    u->ssh = (struct proc)PROC_INIT;
    return rc;
}

/* What upstream says about itself today may be otherwise in a moment. */
static bool worth_another_try(enum err_code code)
{
    return code == ERR_GATE_FORM || code == ERR_LOCKED || code == ERR_TIMEOUT ||
           code == ERR_WORKER_START;
}

int rpush_send(const struct line *l, const struct rpush_request *q, rpush_told *told,
               void *ctx, struct receive_answer *answer, struct rpush_sum *sum,
               struct err *e)
{
    AUTO(upload_clear)
    struct upload u = {.l = l,
                       .q = q,
                       .told = told,
                       .ctx = ctx,
                       .sum = sum,
                       .answer = answer,
                       .most = -1,
                       .eager = q->fresh,
                       .ssh = PROC_INIT,
                       .in = STR_INIT(RECEIVE_ANSWER_MAX * 2),
                       .fd = fs_open(q->path, O_RDONLY | O_NOFOLLOW, 0, e)};
    int tries = 0;

    if (u.fd < 0 || tell(&u, RPUSH_BEGIN, 0, e) < 0)
        return -1;
    for (;;) {
        struct err why = ERR_INIT;
        int rc = attempt(&u, &why);

        if (rc == 1)
            return 0;
        u.eager = false;
        if (u.again)
            continue;
        if (u.moved)
            tries = 0;
        if ((rc < 0 && !worth_another_try(u.said ? u.said : why.code)) ||
            ++tries >= RPUSH_TRIES || stop_requested()) {
            *e = why;
            return -1;
        }
        stop_sleep_ms(BACKOFF_MS << (tries - 1));
    }
}

/* ---- a whole run
 * ------------------------------------------------------------------------ */

struct run {
    struct repo *r;
    const char *home;
    const struct line *l; /* NULL: requests are carried */
    const char *node;
    int64_t epoch;
    rpush_next *next;
    rpush_told *told;
    void *ctx;
    struct rpush_sum *sum;
    bool resting[CLASS_COUNT];
    int stale[CLASS_COUNT];
    enum bundle_class cls; /* of what is being sent */
    int64_t looked_at;     /* clock_mono_ms() */
    bool paused;
};

static struct names_chain chain_of(const struct run *run, int cls)
{
    struct names_chain c = {.epoch = run->epoch, .cls = (enum bundle_class)cls};

    (void)snprintf(c.node, sizeof c.node, "%s", run->node);
    return c;
}

/* refs/upstream says what upstream said. @tip "": it has nothing. */
static int set_upstream(struct run *run, const struct names_chain *chain,
                        const char *tip, struct err *e)
{
    char ref[NAMES_REF_MAX], up[NAMES_REF_MAX];
    char now[NAMES_OID_MAX] = "", local[NAMES_OID_MAX] = "";
    int rc;

    names_ref(chain->node, chain->epoch, chain->cls, ref);
    names_upstream_ref(chain->node, chain->epoch, chain->cls, up);
    if (repo_ref(run->r, up, now, e) < 0 || repo_ref(run->r, ref, local, e) < 0)
        return -1;
    if (strcmp(now, tip) == 0)
        return 0;
    if (!tip[0]) {
        if (git_reference_remove(repo_git(run->r), up) < 0)
            return repo_fail(e, "%s", up);
        return 0;
    }
    rc = repo_is_ancestor(run->r, tip, local, e);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(e, ERR_UPSTREAM_AHEAD, "%s", ref);
    return repo_ref_move(run->r, up, now, tip, e);
}

static int forget(const struct run *run, const struct rpush_request *q, struct err *e)
{
    AUTO_MEM char *mark = marker(run->home, &q->chain);

    return fs_unlink(mark, e) < 0 || fs_unlink(q->path, e) < 0 ? -1 : 0;
}

static int heard(struct run *run, enum rpush_event what, const struct rpush_request *q,
                 const struct receive_answer *a, struct err *e)
{
    return run->told ? run->told(run->ctx, what, q, q->size, a, e) : 0;
}

/* 1: go on with this chain; 0: it rests; -1. */
static int take_result(struct run *run, const struct rpush_request *q,
                       const struct receive_answer *a, struct err *e)
{
    switch (a->result) {
    case RECEIVE_ACCEPTED:
        /* Upstream may be further than this request: it was asked about an old one. */
        if (set_upstream(run, &q->chain, a->tip[0] ? a->tip : q->new, e) < 0 ||
            forget(run, q, e) < 0)
            return -1;
        run->sum->requests++;
        run->sum->bundles += q->last_seq - q->first_seq + 1;
        return heard(run, RPUSH_ACCEPTED, q, a, e) < 0 ? -1 : 1;
    case RECEIVE_STALE:
        if (set_upstream(run, &q->chain, a->tip, e) < 0 || forget(run, q, e) < 0)
            return -1;
        return 1;
    case RECEIVE_REFUSED:
    default:
        run->sum->refused++;
        return heard(run, RPUSH_REFUSED, q, a, e);
    }
}

/* Which classes have a tip that upstream has not got? */
static int look(struct run *run, struct rpush_state *s, struct err *e)
{
    run->looked_at = clock_mono_ms();
    for (int i = 0; i < CLASS_COUNT; i++) {
        char ref[NAMES_REF_MAX], up[NAMES_REF_MAX];
        char tip[NAMES_OID_MAX] = "", there[NAMES_OID_MAX] = "";

        names_ref(run->node, run->epoch, (enum bundle_class)i, ref);
        names_upstream_ref(run->node, run->epoch, (enum bundle_class)i, up);
        if (repo_ref(run->r, ref, tip, e) < 0 || repo_ref(run->r, up, there, e) < 0)
            return -1;
        s->waiting[i] = !run->resting[i] && tip[0] && strcmp(tip, there) != 0;
    }
    return 0;
}

/*
 * Markers of chains of which upstream has all: a run that heard so was killed before it
 * forgot the request. Where more waits, marked() finds the same when it looks.
 */
static int forget_heard(struct run *run, struct err *e)
{
    struct rpush_state s = {.sending = false};

    if (look(run, &s, e) < 0)
        return -1;
    for (int i = 0; i < CLASS_COUNT; i++) {
        struct names_chain chain = chain_of(run, (enum bundle_class)i);
        AUTO_MEM char *mark = marker(run->home, &chain);

        if (!s.waiting[i] && fs_unlink(mark, e) < 0)
            return -1;
    }
    return 0;
}

static int ask_next(struct run *run, const struct rpush_state *s,
                    enum bundle_class *cls, struct err *e)
{
    if (run->next)
        return run->next(run->ctx, s, cls, e);
    for (int i = 0; i < CLASS_COUNT; i++)
        if (s->waiting[i]) {
            *cls = (enum bundle_class)i;
            return 1;
        }
    return 0;
}

/* May what is under way go on? A record that was sealed since it began goes first. */
static int take_turn(struct run *run, struct err *e)
{
    struct rpush_state s = {.sending = true};
    enum bundle_class cls = run->cls;
    int rc;

    if (clock_mono_ms() - run->looked_at < RPUSH_LOOK_MS)
        return 0;
    if (look(run, &s, e) < 0)
        return -1;
    rc = ask_next(run, &s, &cls, e);
    if (rc < 0 || (rc == 1 && cls == run->cls))
        return rc < 0 ? -1 : 0;
    run->paused = true;
    return err_set(e, ERR_LINE, "%s", "paused");
}

static int on_send(void *ctx, enum rpush_event what, const struct rpush_request *q,
                   int64_t have, const struct receive_answer *answer, struct err *e)
{
    struct run *run = ctx;

    if (what == RPUSH_TURN)
        return take_turn(run, e);
    return run->told ? run->told(run->ctx, what, q, have, answer, e) : 0;
}

/* The next request of a class. */
static int send_one(struct run *run, enum bundle_class cls, struct err *e)
{
    struct names_chain chain = chain_of(run, cls);
    struct rpush_request q;
    struct receive_answer a;
    struct err why = ERR_INIT;
    int rc = rpush_build(run->r, run->home, &chain, &q, e);

    if (rc < 0)
        return -1;
    if (rc == 0) {
        run->resting[cls] = true;
        return 0;
    }
    run->cls = cls;
    run->paused = false;
    if (rpush_send(run->l, &q, on_send, run, &a, run->sum, &why) < 0) {
        if (run->paused)
            return 0; /* its bytes stay with upstream */
        *e = why;
        return -1;
    }
    if (a.result == RECEIVE_STALE && ++run->stale[cls] > STALE_MAX)
        return err_set(e, ERR_UPSTREAM, "%s", a.ref);
    rc = take_result(run, &q, &a, e);
    run->resting[cls] = rc == 0;
    return rc < 0 ? -1 : 0;
}

static int run_line(struct run *run, struct err *e)
{
    for (;;) {
        struct rpush_state s = {.sending = false};
        enum bundle_class cls;
        int rc = look(run, &s, e) < 0 ? -1 : ask_next(run, &s, &cls, e);

        if (rc <= 0)
            return rc;
        if (send_one(run, cls, e) < 0)
            return -1;
    }
}

/* ---- the same carried: a drop box, a stick
 * ------------------------------------------------------------- */

/* Requests of one chain that are on their way without a line, oldest first: one id a
 * line. */
static char *open_path(const char *home, const struct names_chain *c)
{
    return fs_pathf(home, "spool/out/%s-%lld-%s.open", c->node, (long long)c->epoch,
                    names_class(c->cls));
}

struct open_list {
    char (*ids)[HASH_HEX];
    size_t count, cap;
};

static void open_clear(struct open_list *o)
{
    mem_free(o->ids);
}

static int open_load(const char *path, struct open_list *o, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(OUT_MAX);
    const char *p;

    if (!fs_exists(path))
        return 0;
    if (fs_read_file(path, &text, e) < 0)
        return -1;
    for (p = str_text(&text); strlen(p) >= HASH_HEX && o->count < OPEN_MAX;
         p += HASH_HEX) {
        mem_grow(&o->ids, &o->cap, o->count + 1, sizeof *o->ids);
        memcpy(o->ids[o->count], p, HASH_HEX - 1);
        o->ids[o->count++][HASH_HEX - 1] = '\0';
    }
    return 0;
}

static int open_save(const char *path, const struct open_list *o, size_t from,
                     struct err *e)
{
    AUTO_STR struct str text = STR_INIT(OUT_MAX);

    for (size_t i = from; i < o->count; i++)
        str_addf(&text, "%s\n", o->ids[i]);
    if (text.len == 0)
        return fs_unlink(path, e);
    if (str_check(&text, path, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

/* Hear what became of the oldest ones. @rest: the chain was refused. */
static int hear_answers(struct run *run, const struct names_chain *chain,
                        const struct rpush_carrier *c, struct open_list *o,
                        const char *path, bool *rest, struct err *e)
{
    size_t i = 0;

    for (; c->answer && i < o->count; i++) {
        struct rpush_request q = {.size = 0};
        struct receive_answer a;
        uint64_t objects;
        int there = look_at(run->r, run->home, o->ids[i], chain, &q, &objects, e);
        int rc;

        if (there < 0)
            return -1;
        rc = c->answer(c->ctx, chain->node, o->ids[i], &a, e);
        if (rc < 0)
            return -1;
        if (rc == 0 || there == 0)
            break;
        rc = take_result(run, &q, &a, e);
        if (rc < 0)
            return -1;
        if (rc == 0 || a.result == RECEIVE_STALE) {
            *rest = rc == 0;
            o->count = rc == 0 ? o->count : i; /* stale: what follows is void too */
            break;
        }
    }
    if (open_save(path, o, i, e) < 0)
        return -1;
    o->count -= i;
    if (i > 0)
        memmove(o->ids, o->ids + i, o->count * sizeof *o->ids);
    return 0;
}

/* Requests that upstream got by another way (the line was there for a while) go from
 * the list. @up: what it has. */
static int drop_passed(struct run *run, const struct names_chain *chain,
                       struct open_list *o, const char *path, const char *up,
                       struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];
    size_t i = 0;

    if (o->count == 0 || !up[0])
        return 0;
    if (bundle_read(run->r, up, &m, sha256, parent, e) < 0)
        return -1;
    for (; i < o->count; i++) {
        struct rpush_request q = {.size = 0};
        uint64_t objects;
        int there = look_at(run->r, run->home, o->ids[i], chain, &q, &objects, e);

        if (there < 0)
            return -1;
        if (there == 0 || q.last_seq > m.seq)
            break;
    }
    if (i == 0)
        return 0;
    o->count -= i;
    memmove(o->ids, o->ids + i, o->count * sizeof *o->ids);
    return open_save(path, o, 0, e);
}

/* What is unanswered still: on this stick as well? @base: commit after which to go on,
 * where upstream is at first. 1, 0 no more fits, -1. */
static int put_again(struct run *run, const struct names_chain *chain,
                     const struct rpush_carrier *c, struct open_list *o,
                     const char *path, char base[NAMES_OID_MAX], struct err *e)
{
    if (drop_passed(run, chain, o, path, base, e) < 0)
        return -1;
    for (size_t i = 0; i < o->count; i++) {
        struct rpush_request q = {.size = 0};
        uint64_t objects;
        int there = look_at(run->r, run->home, o->ids[i], chain, &q, &objects, e);
        int rc;

        if (there == 1)
            there = strcmp(q.old, base) == 0;
        if (there == 1 && c->whole)
            there = is_whole(&q, e);
        if (there < 0)
            return -1;
        if (there == 0) { /* gone, damaged or void: built anew from what is known */
            o->count = i;
            return open_save(path, o, 0, e) < 0 ? -1 : 1;
        }
        rc = c->put(c->ctx, chain->node, &q, e);
        if (rc <= 0)
            return rc;
        memcpy(base, q.new, NAMES_OID_MAX);
    }
    return 1;
}

/* The next bundles of the chain after @base, as requests. 1, 0 no more fits, -1. */
static int put_new(struct run *run, const struct names_chain *chain,
                   const struct rpush_carrier *c, struct open_list *o, const char *path,
                   char base[NAMES_OID_MAX], struct err *e)
{
    char ref[NAMES_REF_MAX];

    names_ref(chain->node, chain->epoch, chain->cls, ref);
    for (size_t first = o->count; o->count - first < OPEN_MAX;) {
        struct rpush_request q = {.size = 0};
        int rc = choose(run->r, chain, base, &LIMITS, &q, e);

        if (rc <= 0)
            return rc < 0 ? -1 : 1;
        if (write_request(run->r, run->home, ref, &q, e) < 0)
            return -1;
        mem_grow(&o->ids, &o->cap, o->count + 1, sizeof *o->ids);
        memcpy(o->ids[o->count++], q.id, HASH_HEX);
        if (heard(run, RPUSH_BEGIN, &q, NULL, e) < 0 || open_save(path, o, 0, e) < 0)
            return -1;
        rc = c->put(c->ctx, chain->node, &q, e);
        if (rc <= 0)
            return rc;
        if (heard(run, RPUSH_WRITTEN, &q, NULL, e) < 0)
            return -1;
        run->sum->bytes_up += q.size;
        memcpy(base, q.new, sizeof q.new);
    }
    return 1;
}

/* 1, 0 no more fits, -1. */
static int carry_chain(struct run *run, const struct names_chain *chain,
                       const struct rpush_carrier *c, struct err *e)
{
    AUTO(open_clear) struct open_list o = {.ids = NULL};
    AUTO_MEM char *path = open_path(run->home, chain);
    char base[NAMES_OID_MAX] = "", up[NAMES_REF_MAX];
    bool rest = false;
    int rc;

    names_upstream_ref(chain->node, chain->epoch, chain->cls, up);
    if (open_load(path, &o, e) < 0 ||
        hear_answers(run, chain, c, &o, path, &rest, e) < 0)
        return -1;
    if (rest || !c->put)
        return 1;
    if (repo_ref(run->r, up, base, e) < 0)
        return -1;
    rc = put_again(run, chain, c, &o, path, base, e);
    return rc <= 0 ? rc : put_new(run, chain, c, &o, path, base, e);
}

int rpush_carry(struct repo *r, const char *home, const char *node, int64_t epoch,
                const struct rpush_carrier *c, rpush_told *told, void *ctx,
                struct rpush_sum *sum, struct err *e)
{
    struct run run = {.r = r, .home = home, .told = told, .ctx = ctx, .sum = sum};
    int rc = 1;

    if (repo_sweep(r, REPO_LITTER_PACKS, e) < 0 || sweep_spool(home, e) < 0)
        return -1;
    for (int cls = 0; rc == 1 && cls < CLASS_COUNT; cls++) {
        struct names_chain chain = {.epoch = epoch, .cls = (enum bundle_class)cls};

        (void)snprintf(chain.node, sizeof chain.node, "%s", node);
        rc = carry_chain(&run, &chain, c, e);
    }
    return rc;
}

static int box_answer(void *ctx, const char *node, const char *id,
                      struct receive_answer *out, struct err *e)
{
    return dropbox_answer(ctx, node, id, out, e);
}

static int box_put(void *ctx, const char *node, const struct rpush_request *q,
                   struct err *e)
{
    return dropbox_put(ctx, node, q, e) < 0 ? -1 : 1;
}

/* Class by class: a box takes all at once, and nobody waits at its other end. */
static int run_box(struct run *run, struct err *e)
{
    struct line box = *run->l;
    const struct rpush_carrier c = {.answer = box_answer, .put = box_put, .ctx = &box};

    for (int i = 0; i < CLASS_COUNT; i++) {
        struct names_chain chain = chain_of(run, i);
        struct rpush_state s = {.sending = false};
        enum bundle_class cls;
        int rc;

        s.waiting[i] = true;
        rc = ask_next(run, &s, &cls, e);
        if (rc < 0 || (rc == 1 && carry_chain(run, &chain, &c, e) < 0))
            return -1;
    }
    return 0;
}

int rpush_run(struct repo *r, const struct line *l, const char *node, int64_t epoch,
              rpush_next *next, rpush_told *told, void *ctx, struct rpush_sum *sum,
              struct err *e)
{
    struct run run = {.r = r,
                      .home = l->home,
                      .l = l,
                      .node = node,
                      .epoch = epoch,
                      .next = next,
                      .told = told,
                      .ctx = ctx,
                      .sum = sum};

    if (l->folder && !fs_is_dir(l->path))
        return err_set(e, ERR_LINE, "%s", l->path);
    if (repo_sweep(r, REPO_LITTER_PACKS, e) < 0 || forget_heard(&run, e) < 0 ||
        sweep_spool(l->home, e) < 0)
        return -1;
    return l->folder ? run_box(&run, e) : run_line(&run, e);
}
