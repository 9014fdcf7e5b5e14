/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/rpush.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "sync/bundle.h"
#include "sync/dropbox.h"
#include "sync/gate.h"
#include "sync/line.h"
#include "sync/pack.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"
#include "sync/upload.h"

#define STALE_MAX 3
#define CHAIN_MAX ((size_t)1000000)
#define OUT_MAX   ((size_t)1 << 20)
#define USED_MAX  ((size_t)64 << 20) /* all lists of open ones together */
#define OPEN_MAX  ((size_t)10000)    /* requests in a drop box without answer */

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

/* Over a line: the smaller, the sooner the last one is committed. */
static const struct rpush_limits LINE_LIMITS = {
    .commits = RPUSH_COMMITS_MAX,
    .objects = RPUSH_OBJECTS_MAX,
    .bytes = RPUSH_LINE_BYTES,
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
                  const struct rpush_limits *max, const struct request_tick *t,
                  struct rpush_request *out, struct err *e)
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

        if (t)
            t->tick(t->ctx);
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

static int fit(const char *home, struct rpush_request *q, struct err *e)
{
    AUTO_MEM char *path = fs_pathf(home, "spool/out/%s", q->id);

    (void)snprintf(q->path, sizeof q->path, "%s", path);
    if (q->size > RPUSH_REQUEST_MAX)
        return err_set(e, ERR_BUNDLE_SIZE, "request %s", q->id);
    return 0;
}

static int write_request(struct repo *r, const char *home, const char *ref,
                         struct rpush_request *q, struct err *e)
{
    AUTO_MEM char *folder = spool(home);

    if (request_write(r, ref, q->old, q->new, folder, NULL, q->id, &q->size, e) < 0)
        return -1;
    return fit(home, q, e);
}

/* The ids in the marker of a chain, as they follow each other. */
#define MARKED_MAX 2

struct marks {
    char ids[MARKED_MAX][HASH_HEX];
    size_t count;
};

static int read_marks(const char *mark, struct marks *out, struct err *e)
{
    AUTO_STR struct str text = STR_INIT((size_t)MARKED_MAX * (HASH_HEX + 1));
    char *rest = NULL;

    out->count = 0;
    if (!fs_exists(mark))
        return 0;
    if (fs_read_file(mark, &text, e) < 0)
        return -1;
    for (char *w = text.len ? strtok_r(text.p, "\n", &rest) : NULL;
         w && out->count < MARKED_MAX; w = strtok_r(NULL, "\n", &rest))
        if (hash_is_hex(w, HASH_HEX - 1))
            memcpy(out->ids[out->count++], w, HASH_HEX);
    return 0;
}

/* None: the marker goes. */
static int write_marks(const char *mark, const struct marks *m, struct err *e)
{
    AUTO_STR struct str text = STR_INIT((size_t)MARKED_MAX * (HASH_HEX + 1));

    if (m->count == 0)
        return fs_unlink(mark, e);
    for (size_t i = 0; i < m->count; i++)
        str_addf(&text, "%s%s", i ? "\n" : "", m->ids[i]);
    return fs_write_file(mark, text.p, text.len, e);
}

/* The first @n marked requests are of no more use. */
static int drop_marks(const char *home, const char *mark, struct marks *m, size_t n,
                      struct err *e)
{
    struct marks left = {.count = m->count - n};

    for (size_t i = 0; i < left.count; i++)
        memcpy(left.ids[i], m->ids[n + i], HASH_HEX);
    if (n > 0 && write_marks(mark, &left, e) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        AUTO_MEM char *file = fs_pathf(home, "spool/out/%s", m->ids[i]);

        if (fs_unlink(file, e) < 0)
            return -1;
    }
    *m = left;
    return 0;
}

/* 1: the request @id leads on from @base, within the limits, and is whole. */
static int leads_on(struct repo *r, const char *home, const struct names_chain *chain,
                    const char *id, const char *base, const struct rpush_limits *max,
                    struct rpush_request *out, struct err *e)
{
    uint64_t objects = 0;
    int rc = look_at(r, home, id, chain, out, &objects, e);

    if (rc != 1)
        return rc;
    return strcmp(out->old, base) == 0 && objects <= (uint64_t)max->objects
               ? is_whole(out, e)
               : 0;
}

/*
 * The request that the marker of a chain names, when it is still the next one after
 * @base. Those that are not (a run was killed after their answer was heard), or that
 * the gate would refuse for their size, go. 1, 0, -1.
 */
static int marked(struct repo *r, const char *home, const struct names_chain *chain,
                  const char *mark, const char *base, const struct rpush_limits *max,
                  struct rpush_request *out, struct err *e)
{
    struct marks m;

    if (read_marks(mark, &m, e) < 0)
        return -1;
    for (size_t i = 0; i < m.count; i++) {
        int rc = leads_on(r, home, chain, m.ids[i], base, max, out, e);

        if (rc < 0)
            return -1;
        if (rc == 1)
            return drop_marks(home, mark, &m, i, e) < 0 ? -1 : 1;
    }
    if (drop_marks(home, mark, &m, m.count, e) < 0)
        return -1;
    return fs_unlink(mark, e); /* also one that names none */
}

/* The request after @q, which is on its way: the second that the marker names. 1, 0,
 * -1.
 */
static int build_after(struct repo *r, const char *home, const struct rpush_request *q,
                       const struct request_tick *t, struct rpush_request *out,
                       struct err *e)
{
    AUTO_MEM char *mark = marker(home, &q->chain);
    AUTO_MEM char *folder = spool(home);
    struct rpush_request next = {.size = 0};
    char ref[NAMES_REF_MAX];
    struct marks m;
    int rc = read_marks(mark, &m, e);

    if (rc == 0 && m.count == 2)
        rc = leads_on(r, home, &q->chain, m.ids[1], q->new, &LINE_LIMITS, out, e);
    if (rc != 0)
        return rc;
    rc = choose(r, &q->chain, q->new, &LINE_LIMITS, t, &next, e);
    if (rc <= 0)
        return rc;
    names_ref(q->chain.node, q->chain.epoch, q->chain.cls, ref);
    if (request_write_while(r, ref, next.old, next.new, folder, t, next.id, &next.size,
                            e) < 0 ||
        fit(home, &next, e) < 0)
        return -1;
    memcpy(m.ids[0], q->id, HASH_HEX);
    memcpy(m.ids[1], next.id, HASH_HEX);
    m.count = 2;
    if (write_marks(mark, &m, e) < 0)
        return -1;
    next.fresh = true;
    *out = next;
    return 1;
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
    rc = choose(r, chain, base, max, NULL, &q, e);
    if (rc <= 0)
        return rc;
    if (write_request(r, home, ref, &q, e) < 0 ||
        fs_write_file(mark, q.id, strlen(q.id), e) < 0)
        return -1;
    q.fresh = true;
    *out = q;
    return 1;
}

/* ---- one request
 * ------------------------------------------------------------------------- */

struct single {
    rpush_told *told;
    void *ctx;
    struct receive_answer *answer;
};

static int single_told(void *ctx, enum rpush_event what, const struct rpush_request *q,
                       int64_t have, const struct receive_answer *answer, struct err *e)
{
    const struct single *s = ctx;

    return s->told ? s->told(s->ctx, what, q, have, answer, e) : 0;
}

static int single_answered(void *ctx, const struct rpush_request *q,
                           const struct receive_answer *a, struct err *e)
{
    const struct single *s = ctx;

    (void)q;
    (void)e;
    *s->answer = *a;
    return 1;
}

int rpush_send(const struct line *l, const struct rpush_request *q, rpush_told *told,
               void *ctx, struct receive_answer *answer, struct rpush_sum *sum,
               struct err *e)
{
    struct single s = {.told = told, .ctx = ctx, .answer = answer};
    bool older = false;
    const struct upload_opts o = {.l = l,
                                  .told = single_told,
                                  .answered = single_answered,
                                  .ctx = &s,
                                  .sum = sum,
                                  .older = &older};

    return upload_run(&o, q, e);
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
    bool older;                 /* the door knows no `put` */
    struct rpush_request ready; /* made before anything was asked; size 0: none */
    enum bundle_class cls;      /* of what is being sent */
    int64_t looked_at;          /* clock_mono_ms() */
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
    struct marks m;
    size_t n = 0;

    if (read_marks(mark, &m, e) < 0)
        return -1;
    while (n < m.count && strcmp(m.ids[n], q->id) != 0)
        n++;
    if (n < m.count && drop_marks(run->home, mark, &m, n + 1, e) < 0)
        return -1;
    return fs_unlink(q->path, e);
}

static int heard(struct run *run, enum rpush_event what, const struct rpush_request *q,
                 const struct receive_answer *a, struct err *e)
{
    return run->told ? run->told(run->ctx, what, q, q->size, a, e) : 0;
}

/* Number of the last bundle up to @commit; 0: none. */
static int seq_of(struct run *run, const char *commit, int64_t *seq, struct err *e)
{
    AUTO_MANIFEST struct manifest m = MANIFEST_INIT;
    char sha256[HASH_HEX], parent[NAMES_OID_MAX];

    *seq = 0;
    if (!commit[0])
        return 0;
    if (bundle_read(run->r, commit, &m, sha256, parent, e) < 0)
        return -1;
    *seq = m.seq;
    return 0;
}

/* Its chain is elsewhere than this request begins. When it is shorter than it was, the
 * tier above was put back from an older disk: nobody may believe any more that it has
 * what came after. */
static int go_back(struct run *run, const struct rpush_request *q, const char *tip,
                   struct err *e)
{
    struct rpush_request lost = {.chain = q->chain};
    char up[NAMES_REF_MAX], was[NAMES_OID_MAX] = "";
    int64_t here = 0;

    names_upstream_ref(q->chain.node, q->chain.epoch, q->chain.cls, up);
    if (repo_ref(run->r, up, was, e) < 0 || set_upstream(run, &q->chain, tip, e) < 0 ||
        seq_of(run, was, &lost.last_seq, e) < 0 || seq_of(run, tip, &here, e) < 0)
        return -1;
    lost.first_seq = here + 1;
    return here < lost.last_seq ? heard(run, RPUSH_LOST, &lost, NULL, e) : 0;
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
        if (go_back(run, q, a->tip, e) < 0 || forget(run, q, e) < 0)
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

static int on_answer(void *ctx, const struct rpush_request *q,
                     const struct receive_answer *a, struct err *e)
{
    struct run *run = ctx;
    enum bundle_class cls = q->chain.cls;
    int rc;

    if (a->result == RECEIVE_STALE && ++run->stale[cls] > STALE_MAX)
        return err_set(e, ERR_UPSTREAM, "%s", a->ref);
    rc = take_result(run, q, a, e);
    run->resting[cls] = rc == 0;
    return rc < 0 ? -1 : a->result == RECEIVE_ACCEPTED;
}

static int on_more(void *ctx, const struct rpush_request *q,
                   const struct request_tick *t, struct rpush_request *out,
                   struct err *e)
{
    struct run *run = ctx;

    return build_after(run->r, run->home, q, t, out, e);
}

/* The next requests of a class. */
static int send_class(struct run *run, enum bundle_class cls, struct err *e)
{
    const struct upload_opts o = {.l = run->l,
                                  .told = on_send,
                                  .more = on_more,
                                  .answered = on_answer,
                                  .ctx = run,
                                  .sum = run->sum,
                                  .older = &run->older};
    struct names_chain chain = chain_of(run, cls);
    struct rpush_request q;
    struct err why = ERR_INIT;
    int rc = 1;

    if (run->ready.size > 0 && run->ready.chain.cls == cls)
        q = run->ready;
    else
        rc = rpush_build_within(run->r, run->home, &chain, &LINE_LIMITS, &q, e);
    run->ready.size = 0;
    if (rc < 0)
        return -1;
    if (rc == 0) {
        run->resting[cls] = true;
        return 0;
    }
    run->cls = cls;
    run->paused = false;
    if (upload_run(&o, &q, &why) < 0 && !run->paused) { /* its bytes stay upstream */
        *e = why;
        return -1;
    }
    return 0;
}

/* The first request, while the connection is being made. */
static int make_ready(struct run *run, struct err *e)
{
    struct rpush_state s = {.sending = true}; /* nothing is to be asked yet */
    enum bundle_class cls;
    int rc = look(run, &s, e) < 0 ? -1 : ask_next(run, &s, &cls, e);
    struct names_chain chain;

    if (rc <= 0)
        return rc;
    chain = chain_of(run, (int)cls);
    rc = rpush_build_within(run->r, run->home, &chain, &LINE_LIMITS, &run->ready, e);
    return rc < 0 ? -1 : 0;
}

static int run_line(struct run *run, struct err *e)
{
    if (make_ready(run, e) < 0)
        return -1;
    for (;;) {
        struct rpush_state s = {.sending = false};
        enum bundle_class cls;
        int rc = look(run, &s, e) < 0 ? -1 : ask_next(run, &s, &cls, e);

        if (rc <= 0)
            return rc;
        if (send_class(run, cls, e) < 0)
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
        int rc = choose(run->r, chain, base, &LIMITS, NULL, &q, e);

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
    if (rest || !c->put || c->kept[chain->cls])
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
