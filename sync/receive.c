/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/receive.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/lock.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/num.h"
#include "node/base/proc.h"
#include "node/base/sign.h"
#include "node/base/stop.h"
#include "node/base/str.h"
#include "sync/challenge.h"
#include "sync/dropbox.h"
#include "sync/enrol.h"
#include "sync/first_door.h"
#include "sync/gate.h"
#include "sync/heads.h"
#include "sync/line.h"
#include "sync/mirror.h"
#include "sync/pack.h"
#include "sync/quota.h"
#include "sync/refusal.h"
#include "sync/repo.h"
#include "sync/rpush.h"
#include "sync/spool.h"
#include "sync/step.h"

#define TICK_MS     5000 /* "wait" lines keep the other end patient */
#define WORDS_MAX   ((size_t)16 << 10)
#define REPORT_MAX  ((size_t)64 << 10)
#define RPC_MAX     ((size_t)4 << 20)
#define CHUNK       ((size_t)1 << 16)
#define HEADS_MAX   ((size_t)4 << 20)
#define ROUNDS_MAX  1000000
#define STEP_KEPT_S INT64_C(86400)
#define COMMAND_MAX 512
#define SEEING_MAX  16 /* patterns of `since` */
#define GIT_ADDRESS ((uint64_t)2 << 30)
#define GIT_FILE    ((uint64_t)1 << 30)
#define STOP_MS     500 /* how late a wish to stop may be seen */
#define PLACE_MS    200 /* a session that was ended has let its lock go */
/* Of upload-pack and its child, which copies stored bytes: some TB. What hangs is ended
 * by its silence long before. */
#define FETCH_CPU_S 86400

extern char **environ;

/* ---- answers
 * ------------------------------------------------------------------------- */

static const char *const result_names[] = {"accepted", "refused", "stale"};

int receive_answer_print(const struct receive_answer *a, struct str *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "type", "answer");
    jdoc_set_text(j, "result", result_names[a->result]);
    jdoc_set_text(j, "id", a->id);
    jdoc_set_text(j, "ref", a->ref);
    jdoc_set_text(j, "tip", a->tip[0] ? a->tip : NULL);
    jdoc_set_text(j, "code", a->code[0] ? a->code : NULL);
    jdoc_set_text(j, "vi", a->vi[0] ? a->vi : NULL);
    jdoc_set_text(j, "en", a->en[0] ? a->en : NULL);
    jdoc_set_text(j, "detail", a->detail[0] ? a->detail : NULL);
    if (a->relay)
        jdoc_set_bool(j, "relay", true);
    jdoc_print(j, out);
    str_add_char(out, '\n');
    return str_check(out, "answer", e);
}

static bool take_text(const struct jdoc *j, const char *key, char *out, size_t room)
{
    const char *text = jdoc_text(j, key);

    if (text && strlen(text) >= room)
        return false;
    (void)snprintf(out, room, "%s", text ? text : "");
    return true;
}

int receive_answer_parse(const char *text, size_t len, struct receive_answer *out,
                         struct err *e)
{
    struct receive_answer a = {.result = RECEIVE_REFUSED};
    AUTO_JDOC struct jdoc *j = NULL;
    const char *result;
    size_t i = 0;

    if (jdoc_parse_canonical(text, len, &j, e) < 0)
        return -1;
    result = jdoc_text(j, "result");
    while (result && i < ARRAY_LEN(result_names) &&
           strcmp(result, result_names[i]) != 0)
        i++;
    if (!result || i == ARRAY_LEN(result_names) ||
        !take_text(j, "id", a.id, sizeof a.id) || !hash_is_hex(a.id, HASH_HEX - 1) ||
        !take_text(j, "ref", a.ref, sizeof a.ref) ||
        !take_text(j, "tip", a.tip, sizeof a.tip) ||
        (a.tip[0] && !names_is_oid(a.tip)) ||
        !take_text(j, "code", a.code, sizeof a.code) ||
        !take_text(j, "vi", a.vi, sizeof a.vi) ||
        !take_text(j, "en", a.en, sizeof a.en) ||
        !take_text(j, "detail", a.detail, sizeof a.detail))
        return err_set(e, ERR_JSON, "answer");
    a.result = (enum receive_result)i;
    a.relay = jdoc_bool(j, "relay", false);
    *out = a;
    return 0;
}

static bool is_about_us(enum err_code code)
{
    switch ((int)code) {
    case ERR_GATE_NODE:
    case ERR_GATE_REF:
    case ERR_GATE_FORM:
    case ERR_GATE_LIMIT:
    case ERR_GATE_VERB:
    case ERR_GATE_READ:
        return true;
    default:
        return false;
    }
}

enum err_code receive_bad(const char *line, struct err *e)
{
    enum err_code code = str_starts(line, "bad ") ? err_code_find(line + 4) : ERR_NONE;

    if (code == ERR_NONE)
        return ERR_NONE;
    if (is_about_us(code))
        (void)err_set(e, code, "%s", "upstream");
    else
        (void)err_set(e, ERR_UPSTREAM_LATER, "upstream: %s", err_code_name(code));
    return code;
}

void receive_say_why(struct receive_answer *a, const struct err *why)
{
    a->result = RECEIVE_REFUSED;
    (void)snprintf(a->code, sizeof a->code, "%s", err_code_name(why->code));
    (void)snprintf(a->en, sizeof a->en, "%s",
                   i18n_text_in(LANG_EN, err_code_what(why->code)));
    (void)snprintf(a->vi, sizeof a->vi, "%s",
                   i18n_text_in(LANG_VI, err_code_what(why->code)));
    (void)snprintf(a->detail, sizeof a->detail, "%.200s; %.280s", why->subject,
                   why->detail);
}

/* ---- who, and where
 * ------------------------------------------------------------------- */

struct door {
    const char *home;
    const char *node;
    struct enrol all;
    const struct enrol_node *row;
};

static void door_clear(struct door *d)
{
    enrol_clear(&d->all);
}

static int door_open(struct door *d, struct err *e)
{
    if (!names_is_node(d->node))
        return err_set(e, ERR_GATE_NODE, "node");
    if (enrol_load(d->home, &d->all, e) < 0)
        return -1;
    d->row = enrol_find(&d->all, d->node);
    if (!d->row || d->row->revoked)
        return err_set(e, ERR_GATE_NODE, "node %s", d->node);
    return 0;
}

/* Where the bundles of a node lie: in the repository of the unit that it began with. */
static char *home_repository(const char *home, const struct enrol_node *n)
{
    struct enrol_place p = enrol_home(n);

    return enrol_repository(home, p.code, p.valid_from);
}

static char *spool_folder(const struct door *d, enum bundle_class cls)
{
    return fs_pathf(d->home, "spool/in/%s/%s", d->node, names_class(cls));
}

/* ---- stock git
 * ------------------------------------------------------------------------ */

/* What the login session brought along must not steer git. */
static void clean_environment(void)
{
    for (size_t i = 0; environ[i];) {
        size_t len = strcspn(environ[i], "=");
        AUTO_STR struct str name = STR_INIT(STR_LINE_MAX);

        str_add_mem(&name, environ[i], len);
        if (str_starts(str_text(&name), "GIT_") && unsetenv(str_text(&name)) == 0)
            continue; /* the list moved up */
        i++;
    }
}

typedef int tick_fn(void *ctx, struct err *e);

struct git_run {
    struct proc p;
    struct str report; /* stdout */
    struct str words;  /* stderr */
    bool told;         /* the gate said why */
    struct err why;
};

static void git_run_clear(struct git_run *g)
{
    proc_clear(&g->p);
    str_clear(&g->report);
    str_clear(&g->words);
}

#define GIT_RUN_INIT                                                                   \
    {                                                                                  \
        .p = PROC_INIT, .report = STR_INIT(REPORT_MAX), .words = STR_INIT(WORDS_MAX)   \
    }

/* Append what is there; beyond the maximum it is read and dropped. Return: false at the
 * end. */
static bool drain(int fd, struct str *out)
{
    char buf[4096];
    ssize_t n = read(fd, buf, sizeof buf);

    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    if (n > 0 && (size_t)n <= out->max - out->len)
        str_add_mem(out, buf, (size_t)n);
    return n > 0;
}

/* Both outputs to their ends, with a tick for whoever waits at the other end. */
static int git_listen(struct git_run *g, int64_t deadline, tick_fn *tick, void *ctx,
                      struct err *e)
{
    bool out = true, words = true;

    while (out || words) {
        struct pollfd fds[2] = {{.fd = out ? g->p.out : -1, .events = POLLIN},
                                {.fd = words ? g->p.err : -1, .events = POLLIN}};
        int rc = poll(fds, 2, TICK_MS);

        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_REPO, "git");
        if (rc == 0 && tick && tick(ctx, e) < 0)
            return -1;
        if (clock_mono_ms() > deadline)
            return err_set(e, ERR_TIMEOUT, "git");
        if (rc > 0 && fds[0].revents)
            out = drain(g->p.out, &g->report);
        if (rc > 0 && fds[1].revents)
            words = drain(g->p.err, &g->words);
    }
    return 0;
}

/* @author: whose refs it may touch. */
static int git_receive_pack(const struct door *d, const char *author, const char *repo,
                            int request, struct git_run *g, tick_fn *tick, void *ctx,
                            struct proc_exit *how, struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    AUTO_MEM char *program_env =
        mem_printf("SOHOA_GATE_PROGRAM=%s", program ? program : "");
    AUTO_MEM char *home_env = mem_printf("SOHOA_GATE_HOME=%s", d->home);
    AUTO_MEM char *node_env = mem_printf("SOHOA_GATE_NODE=%s", d->node);
    AUTO_MEM char *mine = mem_printf("receive.hideRefs=!refs/sohoa/%s", author);
    const char *const env[] = {program_env,
                               home_env,
                               node_env,
                               "GIT_CONFIG_NOSYSTEM=1",
                               "GIT_CONFIG_GLOBAL=/dev/null",
                               "GIT_TERMINAL_PROMPT=0",
                               "LC_ALL=C",
                               NULL};
    const char *const argv[] = {"git",
                                "-c",
                                "core.fsync=all",
                                "-c",
                                "receive.fsckObjects=true",
                                "-c",
                                "receive.denyNonFastForwards=true",
                                "-c",
                                "receive.denyDeletes=true",
                                "-c",
                                "receive.unpackLimit=1",
                                "-c",
                                "receive.autogc=false",
                                "-c",
                                "gc.auto=0",
                                "-c",
                                "pack.threads=1",
                                "-c",
                                "receive.hideRefs=refs",
                                "-c",
                                mine,
                                "receive-pack",
                                "--stateless-rpc",
                                repo,
                                NULL};
    const struct proc_opts o = {
        .argv = argv,
        .env = env,
        .in = PROC_FD,
        .in_fd = request,
        .out = PROC_PIPE,
        .err = PROC_PIPE,
        .socket = true,
        .limits = {.address_bytes = GIT_ADDRESS, .cpu_s = 600, .file_bytes = GIT_FILE}};
    int64_t deadline = clock_mono_ms() + RECEIVE_GIT_MS;
    AUTO_MSG struct msg m = MSG_INIT;
    struct err ignored = ERR_INIT;

    if (!program)
        return -1;
    if (lseek(request, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "request");
    if (proc_start(&o, &g->p, e) < 0 || git_listen(g, deadline, tick, ctx, e) < 0)
        return -1;
    if (proc_wait(&g->p, deadline, how, e) != 1)
        return err_set(e, ERR_TIMEOUT, "git receive-pack");
    /* All that held the other end of the socket is gone: it is a message or the end. */
    if (msg_recv(g->p.sock, &m, WORDS_MAX, false, clock_mono_ms() + 1000, &ignored) ==
            1 &&
        m.type == GATE_MSG_REFUSED) {
        g->told = true;
        msg_read_error(&m, &g->why);
    }
    return 0;
}

/* ---- one request
 * ----------------------------------------------------------------------- */

/* Reasons that will be the same tomorrow. */
static bool for_good(enum err_code code)
{
    switch ((int)code) {
    case ERR_MANIFEST:
    case ERR_BUNDLE_FORM:
    case ERR_BUNDLE_CHAIN:
    case ERR_BUNDLE_DAMAGED:
    case ERR_BUNDLE_SIZE:
    case ERR_SIGNATURE:
    case ERR_GATE_REF:
    case ERR_GATE_FORM:
    case ERR_GATE_LIMIT:
        return true;
    default:
        return false;
    }
}

/* git itself did not want the pack. Its own checks are about content; anything else
 * (disk, memory) is told from its words and can be tried again. */
static int git_refused(const struct git_run *g, struct err *e)
{
    const char *words = str_text(&g->words);
    enum err_code code = ERR_REPO;

    if (strstr(words, "No space left") || strstr(words, "Disk quota"))
        code = ERR_DISK_FULL;
    else if (strstr(words, "fsck error") || strstr(words, "error in object") ||
             strstr(words, "error in packed object") ||
             strstr(words, "pack is corrupted") ||
             strstr(words, "missing necessary objects") ||
             strstr(words, "unresolved delta") ||
             strstr(words, "did not receive expected object"))
        code = ERR_GATE_FORM;
    err_set(e, code, "git receive-pack");
    return err_detail(e, "%.200s; %.200s", words, str_text(&g->report));
}

struct intake {
    const struct door *d;
    const struct enrol_node *author; /* whose bundles they are */
    enum bundle_class cls;
    int fd;           /* the request, complete and hashed */
    const char *name; /* for messages */
    char *repo;
    struct pack_command cmd;
    const enum bundle_class *only; /* NULL: any. Whose lock a session holds */
    struct receive_answer *a;
    tick_fn *tick;
    void *ctx;
};

static void intake_clear(struct intake *t)
{
    mem_free(t->repo);
}

static int where_is(const struct intake *t, char tip[NAMES_OID_MAX], struct err *e)
{
    AUTO_REPO struct repo *r = NULL;
    int rc;

    tip[0] = '\0';
    if (repo_open(t->repo, &r, e) < 0)
        return -1;
    rc = repo_ref(r, t->cmd.ref, tip, e);
    return rc < 0 ? -1 : 0;
}

/* 1: the answer is known without git; 0: git has to be asked; -1. */
static int before_git(struct intake *t, struct err *e)
{
    struct pack_found found;

    if (where_is(t, t->a->tip, e) < 0)
        return -1;
    if (strcmp(t->a->tip, t->cmd.new) == 0) {
        t->a->result = RECEIVE_ACCEPTED; /* taken before the answer was lost */
        return 1;
    }
    if (strcmp(t->a->tip[0] ? t->a->tip : PACK_ZERO, t->cmd.old) != 0) {
        t->a->result = RECEIVE_STALE;
        return 1;
    }
    return pack_check(t->fd, t->name, t->cmd.pack_at, &found, e);
}

static int through_git(struct intake *t, struct err *e)
{
    AUTO(git_run_clear) struct git_run g = GIT_RUN_INIT;
    AUTO_MEM char *stale = fs_pathf(t->repo, "%s.lock", t->cmd.ref);
    struct proc_exit how = {.status = 0};

    /* We hold the lock of this chain: a lock file of git that lies here has nobody
     * left. */
    if (fs_unlink(stale, e) < 0 || repo_gate(t->repo, e) < 0 ||
        git_receive_pack(t->d, t->author->node, t->repo, t->fd, &g, t->tick, t->ctx,
                         &how, e) < 0 ||
        where_is(t, t->a->tip, e) < 0)
        return -1;
    if (strcmp(t->a->tip, t->cmd.new) == 0) {
        t->a->result = RECEIVE_ACCEPTED;
        return 0;
    }
    if (g.told) {
        *e = g.why;
        return -1;
    }
    if (strcmp(t->a->tip[0] ? t->a->tip : PACK_ZERO, t->cmd.old) != 0) {
        t->a->result = RECEIVE_STALE; /* another session was quicker */
        return 0;
    }
    return git_refused(&g, e);
}

static int within_quota(const struct intake *t, struct err *e)
{
    struct stat st;

    if (fstat(t->fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", t->name);
    return quota_check(t->d->home, t->repo, st.st_size, e);
}

/* Whose chain it is, and whether this node may bring what goes onto it. */
static int find_author(struct intake *t, const struct names_chain *chain, struct err *e)
{
    const struct enrol_node *row = t->d->row;

    if (strcmp(chain->node, row->node) != 0 && strcmp(row->role, "commune") == 0)
        return err_set(e, ERR_GATE_REF, "%s", t->cmd.ref);
    t->author = enrol_author(&t->d->all, row, chain->node);
    return t->author ? 0 : err_set(e, ERR_GATE_NODE, "node %s", chain->node);
}

/* A commune's own session and that of a relay may come at once: one commits. */
static int lock_chain(const struct intake *t, struct lock *lock, struct err *e)
{
    AUTO_MEM char *folder =
        fs_pathf(t->d->home, "spool/in/%s/%s", t->author->node, names_class(t->cls));
    AUTO_MEM char *path = fs_path(folder, "chain");

    return fs_mkdirs(folder, e) < 0 ? -1 : lock_take(lock, path, LOCK_WAIT_MS, e);
}

static int decide(struct intake *t, enum bundle_class *cls, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    struct names_chain chain;
    int rc;

    if (pack_read_command(t->fd, t->name, &t->cmd, e) < 0)
        return -1;
    memcpy(t->a->ref, t->cmd.ref, sizeof t->a->ref);
    if (!names_ref_parse(t->cmd.ref, &chain) || (t->only && chain.cls != *t->only))
        return err_set(e, ERR_GATE_REF, "%s", t->cmd.ref);
    if (find_author(t, &chain, e) < 0)
        return -1;
    *cls = t->cls = chain.cls;
    if (strcmp(t->cmd.new, PACK_ZERO) == 0)
        return err_set(e, ERR_GATE_REF, "%s", t->cmd.ref);
    t->repo = home_repository(t->d->home, t->author);
    if (lock_chain(t, &lock, e) < 0)
        return -1;
    rc = before_git(t, e);
    if (rc == 0)
        rc = within_quota(t, e) < 0 ? -1 : through_git(t, e);
    t->a->relay = t->author->relay && t->a->result == RECEIVE_ACCEPTED;
    return rc < 0 ? -1 : 0;
}

static char *answer_path(const struct door *d, enum bundle_class cls, const char *id)
{
    return fs_pathf(d->home, "spool/in/%s/%s/%s.answer", d->node, names_class(cls), id);
}

/* What was taken must be here still: a repository that was put back from an older disk
 * has less than the answers beside it say. 1, 0, -1. */
static int still_has(const struct door *d, const struct receive_answer *a,
                     struct err *e)
{
    AUTO_MEM char *path = NULL;
    AUTO_REPO struct repo *r = NULL;
    const struct enrol_node *author = NULL;
    struct names_chain chain;
    char now[NAMES_OID_MAX];
    int rc;

    if (a->result != RECEIVE_ACCEPTED)
        return 1;
    if (names_ref_parse(a->ref, &chain))
        author = enrol_find(&d->all, chain.node);
    if (!author || !names_is_oid(a->tip))
        return 0;
    path = home_repository(d->home, author);
    if (repo_open(path, &r, e) < 0)
        return -1;
    rc = repo_ref(r, a->ref, now, e);
    return rc <= 0 ? rc : repo_is_ancestor(r, a->tip, now, e);
}

/* 1: kept from before. */
static int kept_answer(const struct door *d, enum bundle_class cls, const char *id,
                       struct receive_answer *a, struct err *e)
{
    AUTO_MEM char *path = answer_path(d, cls, id);
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);
    struct receive_answer was = {.result = RECEIVE_REFUSED};
    struct err ignored = ERR_INIT;
    struct stat st;
    int rc;

    if (stat(path, &st) < 0)
        return 0;
    if (fs_read_file(path, &text, e) < 0)
        return -1;
    /* A damaged answer is no answer: the request is looked at again. So is one that was
     * refused, after a day: its cause may have been here and be mended. */
    if (receive_answer_parse(str_text(&text), text.len, &was, &ignored) < 0 ||
        strcmp(was.id, id) != 0 ||
        (was.result == RECEIVE_REFUSED &&
         st.st_mtime < clock_now() - RECEIVE_REFUSAL_S))
        return 0;
    rc = still_has(d, &was, e);
    if (rc == 1)
        *a = was;
    return rc;
}

static int keep_answer(const struct door *d, enum bundle_class cls,
                       const struct receive_answer *a, struct err *e)
{
    AUTO_MEM char *folder = spool_folder(d, cls);
    AUTO_MEM char *path = answer_path(d, cls, a->id);
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);

    if (a->result == RECEIVE_STALE)
        return 0; /* true today only */
    if (receive_answer_print(a, &text, e) < 0 || fs_mkdirs(folder, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

/* Take a complete request. @fd: its bytes are @id. @only: the class it was announced
 * for, NULL: none was. The answer is kept before it is given. */
static int take_request(const struct door *d, int fd, const char *name, const char *id,
                        const enum bundle_class *only, tick_fn *tick, void *ctx,
                        struct receive_answer *out, struct err *e)
{
    struct receive_answer a = {.result = RECEIVE_REFUSED};
    AUTO(intake_clear)
    struct intake t = {.d = d,
                       .fd = fd,
                       .name = name,
                       .only = only,
                       .a = &a,
                       .tick = tick,
                       .ctx = ctx};
    enum bundle_class cls = only ? *only : CLASS_META;
    struct err why = ERR_INIT;

    (void)snprintf(a.id, sizeof a.id, "%s", id);
    if (decide(&t, &cls, &why) < 0) {
        if (!for_good(why.code)) {
            *e = why;
            return -1;
        }
        receive_say_why(&a, &why);
        log_error(d->home, "receive", &why);
    }
    if (keep_answer(d, cls, &a, e) < 0)
        return -1;
    *out = a;
    return 0;
}

/* One at a time for a node and class, a session over the line included. 1 and @cls, 0:
 * the request names none and will be refused before it touches anything, -1. */
static int lock_class(const struct door *d, int fd, const char *name, struct lock *lock,
                      enum bundle_class *cls, struct err *e)
{
    struct pack_command cmd;
    struct names_chain chain;
    struct err ignored = ERR_INIT;
    AUTO_MEM char *folder = NULL;
    AUTO_MEM char *path = NULL;

    if (pack_read_command(fd, name, &cmd, &ignored) < 0 ||
        !names_ref_parse(cmd.ref, &chain))
        return 0;
    folder = spool_folder(d, chain.cls);
    path = fs_path(folder, "lock");
    *cls = chain.cls;
    if (fs_mkdirs(folder, e) < 0)
        return -1;
    return lock_take(lock, path, LOCK_WAIT_MS, e) < 0 ? -1 : 1;
}

/* 1: an answer from before, of whichever class. */
static int kept_of_any(const struct door *d, const char *id, struct receive_answer *a,
                       struct err *e)
{
    for (int k = 0; k < CLASS_COUNT; k++) {
        int rc = kept_answer(d, (enum bundle_class)k, id, a, e);

        if (rc != 0)
            return rc;
    }
    return 0;
}

/* A file whose bytes are @id. */
static int take_file(const struct door *d, int fd, const char *path, const char *id,
                     struct receive_answer *answer, struct err *e)
{
    AUTO_LOCK struct lock lock = LOCK_INIT;
    enum bundle_class cls = CLASS_META;
    int rc = kept_of_any(d, id, answer, e);

    if (rc != 0)
        return rc < 0 ? -1 : 0;
    /* The file lies where others may write: it stays with the class that is locked. */
    rc = lock_class(d, fd, fs_basename(path), &lock, &cls, e);
    if (rc < 0)
        return -1;
    return take_request(d, fd, fs_basename(path), id, rc ? &cls : NULL, NULL, NULL,
                        answer, e);
}

int receive_request(const char *home, const char *node, const char *path,
                    struct receive_answer *answer, struct err *e)
{
    AUTO(door_clear) struct door d = {.home = home, .node = node};
    char id[HASH_HEX];
    struct stat st;
    AUTO_FD int fd = -1;

    clean_environment();
    if (door_open(&d, e) < 0)
        return -1;
    fd = fs_open_input(path, (uint64_t)RPUSH_REQUEST_MAX, &st, e);
    if (fd < 0 || hash_fd(fd, path, id, NULL, e) < 0)
        return -1;
    return take_file(&d, fd, path, id, answer, e);
}

int receive_hashed(const char *home, const char *node, const char *path, const char *id,
                   struct receive_answer *answer, struct err *e)
{
    AUTO(door_clear) struct door d = {.home = home, .node = node};
    struct stat st;
    AUTO_FD int fd = -1;

    clean_environment();
    if (door_open(&d, e) < 0)
        return -1;
    fd = fs_open_input(path, (uint64_t)RPUSH_REQUEST_MAX, &st, e);
    return fd < 0 ? -1 : take_file(&d, fd, path, id, answer, e);
}

int receive_kept(const char *home, const char *node, const char *id,
                 struct receive_answer *answer, struct err *e)
{
    AUTO(door_clear) struct door d = {.home = home, .node = node};

    return door_open(&d, e) < 0 ? -1 : kept_of_any(&d, id, answer, e);
}

/* ---- a session: push
 * ------------------------------------------------------------------- */

struct session {
    struct door d;
    int in, out;
    const char *id;    /* of the request that is pushed */
    const char *token; /* of its connection; "": the sender has none */
    struct lock next;  /* held while its bytes come */
    struct lock lock;  /* and while it is committed */
    char *folder;
    char *state;            /* there while a request is being committed */
    bool piece;             /* the rest comes with other sessions */
    first_catalog *catalog; /* NULL: none */
};

static void session_clear(struct session *s)
{
    lock_drop(&s->next);
    lock_drop(&s->lock);
    door_clear(&s->d);
    mem_free(s->folder);
    mem_free(s->state);
}

static int say(struct session *s, const char *text)
{
    struct err ignored = ERR_INIT; /* who no longer listens will ask again */

    return line_write(s->out, text, strlen(text), RECEIVE_IDLE_MS, &ignored);
}

static int say_number(struct session *s, const char *word, int64_t n, struct err *e)
{
    char text[64];
    int len = snprintf(text, sizeof text, "%s %lld\n", word, (long long)n);

    return line_write(s->out, text, (size_t)len, RECEIVE_IDLE_MS, e);
}

static int say_answer(struct session *s, const struct receive_answer *a, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);

    if (receive_answer_print(a, &text, e) < 0 ||
        say_number(s, "done", (int64_t)text.len, e) < 0)
        return -1;
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

static int tick_wait(void *ctx, struct err *e)
{
    struct session *s = ctx;

    /* The other end may be gone: what was begun is finished all the same. */
    (void)e;
    (void)say(s, "wait\n");
    return 0;
}

/* Is @pid a receive session of this very node? */
static bool is_our_session(const struct session *s, int64_t pid)
{
    AUTO_MEM char *path = mem_printf("/proc/%lld/cmdline", (long long)pid);
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct err ignored = ERR_INIT;
    bool verb = false, node = false;

    if (fs_read_file(path, &text, &ignored) < 0)
        return false;
    for (size_t i = 0; i < text.len; i += strlen(text.p + i) + 1) {
        verb = verb || strcmp(text.p + i, "receive") == 0;
        node = node || strcmp(text.p + i, s->d.node) == 0;
    }
    return verb && node;
}

/* Pids are used again: what is looked at is what is killed. */
static void end_session(const struct session *s, int64_t pid)
{
    AUTO_FD int fd = pidfd_open((pid_t)pid, 0);

    if (fd >= 0 && is_our_session(s, pid))
        (void)pidfd_send_signal(fd, SIGKILL, NULL, 0);
}

/* What stands in the file of a lock: "<pid> <token or -> <id>". */
struct holder {
    struct str text;
    const char *words[3]; /* views into it; "" when it says less */
};

static void holder_clear(struct holder *h)
{
    str_clear(&h->text);
}

static void read_holder(const char *path, struct holder *h)
{
    struct err ignored = ERR_INIT; /* as if it said nothing */
    char *rest = NULL;
    const char *w = NULL;

    if (fs_exists(path) && fs_read_file(path, &h->text, &ignored) == 0 && h->text.p)
        w = strtok_r(h->text.p, " \n", &rest);
    for (size_t i = 0; i < ARRAY_LEN(h->words); i++) {
        h->words[i] = w ? w : "";
        w = w ? strtok_r(NULL, " \n", &rest) : NULL;
    }
}

/* For others of this node; nothing breaks when it cannot be written. */
static void write_holder(const struct session *s, const struct lock *l)
{
    AUTO_MEM char *text =
        mem_printf("%ld %s %s\n", (long)getpid(), s->token[0] ? s->token : "-", s->id);
    struct err ignored = ERR_INIT;

    if (ftruncate(l->fd, 0) == 0 && lseek(l->fd, 0, SEEK_SET) == 0 &&
        fs_write_all(l->fd, text, strlen(text), "lock", &ignored) < 0)
        err_clear(&ignored);
}

/* Of another connection than ours, and not committing: its sender is gone. One that has
 * not said who it is has come this very moment. */
static void end_stale(const struct session *s, const char *path)
{
    AUTO(holder_clear) struct holder h = {.text = STR_INIT(256)};
    int64_t pid;

    read_holder(path, &h);
    if (h.words[2][0] && (!s->token[0] || strcmp(h.words[1], s->token) != 0) &&
        num_parse(h.words[0], 2, 1 << 30, &pid))
        end_session(s, pid);
}

/*
 * One session a node and class takes bytes ("next"), one commits ("lock"), so that the
 * bytes of a request come in while the one before it is committed. After a cut an old
 * session may live on for long: the newest wins, unless the old one has all it needs
 * and is committing. Sessions of one connection wait for each other.
 */
static int take_place(struct session *s, struct lock *l, const char *name,
                      struct err *e)
{
    AUTO_MEM char *path = fs_path(s->folder, name);
    int64_t deadline = clock_mono_ms() + RECEIVE_GIT_MS;
    int64_t said = clock_mono_ms();
    struct err why = ERR_INIT;

    while (lock_take(l, path, 0, &why) < 0) {
        if (why.code != ERR_LOCKED || clock_mono_ms() > deadline) {
            *e = why;
            return -1;
        }
        err_clear(&why);
        if (l == &s->next || !fs_exists(s->state))
            end_stale(s, path);
        if (clock_mono_ms() - said >= TICK_MS) {
            said = clock_mono_ms();
            (void)say(s, "wait\n");
        }
        if (lock_take(l, path, PLACE_MS, &why) == 0)
            break;
        err_clear(&why);
    }
    write_holder(s, l);
    return 0;
}

/* Of the beginnings of requests but @keep: the one that was written to last. */
static void newest_part(const struct session *s, const struct fs_list *l,
                        const char *keep, char name[NAME_MAX + 1])
{
    struct timespec last = {.tv_sec = 0};

    name[0] = '\0';
    for (size_t i = 0; i < l->count; i++) {
        AUTO_MEM char *path = fs_path(s->folder, l->names[i]);
        struct stat st;

        if (!str_ends(l->names[i], ".part") || strcmp(path, keep) == 0 ||
            lstat(path, &st) < 0 || st.st_mtim.tv_sec < last.tv_sec ||
            (st.st_mtim.tv_sec == last.tv_sec && st.st_mtim.tv_nsec < last.tv_nsec))
            continue;
        last = st.st_mtim;
        (void)snprintf(name, NAME_MAX + 1, "%s", l->names[i]);
    }
}

/* Beginnings of other requests are dropped, but for the one that is being committed and
 * the last one: two are under way at a time, and both are asked for again after a cut.
 */
static int drop_others(const struct session *s, const char *keep, struct err *e)
{
    AUTO_MEM char *lock = fs_path(s->folder, "lock");
    AUTO(holder_clear) struct holder h = {.text = STR_INIT(256)};
    AUTO_MEM char *before = NULL;
    AUTO_LIST struct fs_list l = {0};
    char newest[NAME_MAX + 1];

    read_holder(lock, &h);
    before = mem_printf("%s.part", h.words[2]);
    if (fs_list(s->folder, &l, e) < 0)
        return -1;
    newest_part(s, &l, keep, newest);
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(s->folder, l.names[i]);

        if (str_ends(l.names[i], ".part") && strcmp(path, keep) != 0 &&
            strcmp(l.names[i], before) != 0 && strcmp(l.names[i], newest) != 0 &&
            fs_unlink(path, e) < 0)
            return -1;
    }
    return 0;
}

/* The bytes that are there already. */
static int hash_part(int fd, const char *path, int64_t have, struct hash *h,
                     struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);

    for (int64_t at = 0; at < have;) {
        size_t want = have - at < (int64_t)CHUNK ? (size_t)(have - at) : CHUNK;
        ssize_t n = pread(fd, buf, want, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_sys(e, ERR_READ, "%s", path);
        hash_add(h, buf, (size_t)n);
        at += n;
    }
    return 0;
}

/* The rest of it comes with another session. */
static int line_closed(struct session *s, int64_t have, struct err *e)
{
    if (s->piece && say_number(s, "have", have, e) < 0)
        return -1;
    return err_set(e, ERR_LINE, "%s", "line closed");
}

/* Bytes from the line into the spool, from where it stopped. @h: all of them. */
static int take_bytes(struct session *s, int fd, const char *path, int64_t have,
                      int64_t size, struct hash *h, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    int64_t told = have, told_ms = clock_mono_ms();

    /* Pieces come by many sessions: the last one reads all of them, once. */
    if (say_number(s, "have", have, e) < 0 ||
        (!s->piece && hash_part(fd, path, have, h, e) < 0))
        return -1;
    while (have < size) {
        size_t want = size - have < (int64_t)CHUNK ? (size_t)(size - have) : CHUNK;
        size_t got = 0;
        int rc = line_read(s->in, buf, want, RECEIVE_IDLE_MS, &got, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return line_closed(s, have, e);
        if (fs_write_all(fd, buf, got, path, e) < 0)
            return -1;
        if (!s->piece)
            hash_add(h, buf, got);
        have += (int64_t)got;
        if (have == size || have - told >= RECEIVE_TELL_BYTES ||
            clock_mono_ms() - told_ms >= RECEIVE_TELL_MS) {
            told = have;
            told_ms = clock_mono_ms();
            if (say_number(s, "have", have, e) < 0)
                return -1;
        }
    }
    return s->piece ? hash_part(fd, path, size, h, e) : 0;
}

/* All bytes are there: are they what was announced? Then it is its turn. */
static int commit_part(struct session *s, int fd, const char *path, struct hash *h,
                       enum bundle_class cls, struct receive_answer *a, struct err *e)
{
    char hex[HASH_HEX];
    int rc;

    hash_end(h, hex);
    if (strcmp(hex, s->id) != 0) {
        /* Begun anew next time. */
        if (fs_unlink(path, e) < 0)
            return -1;
        err_set(e, ERR_GATE_FORM, "request %s", s->id);
        return err_detail(e, "its bytes have another SHA-256");
    }
    if (take_place(s, &s->lock, "lock", e) < 0 || fs_write_file(s->state, "", 0, e) < 0)
        return -1;
    lock_drop(&s->next);
    rc = kept_answer(&s->d, cls, s->id, a, e); /* by an older session meanwhile? */
    if (rc != 0)
        return rc < 0 || fs_unlink(s->state, e) < 0 ? -1 : fs_unlink(path, e);
    if (fs_sync(fd, path, e) < 0 ||
        take_request(&s->d, fd, s->id, s->id, &cls, tick_wait, s, a, e) < 0 ||
        fs_unlink(s->state, e) < 0)
        return -1;
    return fs_unlink(path, e);
}

static int take_part(struct session *s, const char *path, enum bundle_class cls,
                     int64_t size, struct receive_answer *a, struct err *e)
{
    AUTO_FD int fd = fs_open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_APPEND, 0600, e);
    AUTO_HASH struct hash *h = hash_new();
    struct stat st;

    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (st.st_size > size && ftruncate(fd, 0) < 0)
        return err_sys(e, ERR_WRITE, "%s", path);
    if (take_bytes(s, fd, path, st.st_size > size ? 0 : st.st_size, size, h, e) < 0)
        return -1;
    return commit_part(s, fd, path, h, cls, a, e);
}

static int serve_push(struct session *s, enum bundle_class cls, int64_t size,
                      struct err *e)
{
    struct receive_answer a;
    AUTO_MEM char *repo = home_repository(s->d.home, s->d.row);
    AUTO_MEM char *path = NULL;
    int rc;

    s->folder = spool_folder(&s->d, cls);
    s->state = fs_path(s->folder, "committing");
    path = fs_pathf(s->folder, "%s.part", s->id);
    if (fs_mkdirs(s->folder, e) < 0 || take_place(s, &s->next, "next", e) < 0)
        return -1;
    rc = kept_answer(&s->d, cls, s->id, &a, e);
    if (rc < 0)
        return -1;
    if (rc == 0 &&
        (drop_others(s, path, e) < 0 || spool_room(s->folder, "spool", size, e) < 0 ||
         quota_check(s->d.home, repo, size, e) < 0 ||
         take_part(s, path, cls, size, &a, e) < 0))
        return -1;
    return say_answer(s, &a, e);
}

/* ---- a session: fetch and list
 * ----------------------------------------------------------- */

/* A commune asks by the unit that it has, or had before it heard of a change. */
static int find_own(const struct door *d, const char *text, char **repo, struct err *e)
{
    char code[NAMES_CODE_MAX];

    (void)snprintf(code, sizeof code, "%.*s", (int)strcspn(text, "-"), text);
    if (!enrol_had_unit(d->row, code))
        return err_set(e, ERR_GATE_READ, "unit %s", text);
    *repo = home_repository(d->home, d->row);
    return 0;
}

/* A relay asks by the commune: only we know with which unit it began here. */
static int find_node(const struct door *d, const char *node, char **repo, struct err *e)
{
    const struct enrol_node *author = enrol_author(&d->all, d->row, node);

    if (!author)
        return err_set(e, ERR_GATE_READ, "node %s", node);
    *repo = home_repository(d->home, author);
    return fs_exists(*repo) ? 0 : err_set(e, ERR_GATE_READ, "node %s", node);
}

/* The newest repository of a code that this node may read, or the one it names. */
static int find_unit(const struct door *d, const char *text, char **repo, struct err *e)
{
    AUTO_MEM char *top = fs_path(d->home, "communes");
    AUTO_LIST struct fs_list l = {0};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];
    AUTO_MEM char *found = NULL;

    if (names_is_node(text))
        return find_node(d, text, repo, e);
    if (strcmp(d->row->role, "commune") == 0)
        return find_own(d, text, repo, e);
    if (fs_exists(top) && fs_list(top, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        if (!names_unit_parse(l.names[i], code, from) ||
            (strcmp(l.names[i], text) != 0 && strcmp(code, text) != 0) ||
            !enrol_may_read(&d->all, d->row, code, from))
            continue;
        mem_free(TAKE(found)); /* in order of dates: the last is the newest */
        found = enrol_repository(d->home, code, from);
    }
    if (!found || !fs_exists(found))
        return err_set(e, ERR_GATE_READ, "unit %s", text);
    *repo = TAKE(found);
    return 0;
}

/* Everything a node may not see is hidden from git itself. */
static void visible_refs(const struct door *d, struct str *one, struct str *two)
{
    if (strcmp(d->row->role, "commune") == 0) {
        str_addf(one, "uploadpack.hideRefs=!refs/sohoa/%s", d->node);
        str_addf(two, "uploadpack.hideRefs=!refs/receipts/%s", d->node);
    } else {
        /* A reader needs all there is: bundles, receipts, the list of keys. */
        str_add(one, "uploadpack.hideRefs=!refs");
        str_add(two, "uploadpack.hideRefs=!refs/sohoa-keys");
    }
}

/* Until git says something or ends. It keeps the line alive every 5 s by itself. */
static int git_speaks(int fd, struct err *e)
{
    int64_t deadline = clock_mono_ms() + RECEIVE_GIT_MS;

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int rc = poll(&p, 1, STOP_MS);

        if (stop_requested())
            return err_set(e, ERR_LINE, "%s", "stopped");
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return err_sys(e, ERR_REPO, "git upload-pack");
        if (clock_mono_ms() > deadline)
            return err_set(e, ERR_TIMEOUT, "git upload-pack");
    }
}

/* Copy what git says as chunks "<n>\n<bytes>", then "0\n". */
static int chunk_out(struct session *s, struct proc *p, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    struct proc_exit how = {.status = 0};
    char head[32];

    for (;;) {
        ssize_t n;
        int len;

        if (git_speaks(p->out, e) < 0)
            return -1;
        n = fs_read_some(p->out, buf, CHUNK, "git upload-pack", e);
        if (n < 0)
            return -1;
        if (n == 0)
            break;
        len = snprintf(head, sizeof head, "%zd\n", n);
        if (line_write(s->out, head, (size_t)len, RECEIVE_IDLE_MS, e) < 0 ||
            line_write(s->out, buf, (size_t)n, RECEIVE_IDLE_MS, e) < 0)
            return -1;
    }
    if (proc_wait(p, clock_mono_ms() + RECEIVE_GIT_MS, &how, e) != 1)
        return err_set(e, ERR_TIMEOUT, "git upload-pack");
    if (how.signaled || how.status != 0) {
        err_set(e, ERR_REPO, "git upload-pack");
        return err_detail(e, "ended with %d", how.status);
    }
    return line_write(s->out, "0\n", 2, RECEIVE_IDLE_MS, e);
}

static int upload_pack(struct session *s, const char *repo, int request, struct err *e)
{
    AUTO_STR struct str one = STR_INIT(256);
    AUTO_STR struct str two = STR_INIT(256);
    AUTO_PROC struct proc p = PROC_INIT;
    const char *const env[] = {"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
                               "GIT_TERMINAL_PROMPT=0", "LC_ALL=C", NULL};
    const char *argv[20] = {"git",
                            "-c",
                            "uploadpack.hideRefs=refs",
                            "-c",
                            "",
                            "-c",
                            "",
                            "-c",
                            "pack.threads=1",
                            "-c",
                            "uploadpack.allowFilter=false",
                            "upload-pack",
                            "--stateless-rpc"};
    struct proc_opts o = {.argv = argv,
                          .env = env,
                          .in = request < 0 ? PROC_NULL : PROC_FD,
                          .in_fd = request,
                          .out = PROC_PIPE,
                          .err = PROC_NULL,
                          .limits = {.address_bytes = GIT_ADDRESS,
                                     .cpu_s = FETCH_CPU_S,
                                     .no_file_writes = true}};
    size_t n = 13;

    visible_refs(&s->d, &one, &two);
    argv[4] = str_text(&one);
    argv[6] = str_text(&two);
    if (request < 0)
        argv[n++] = "--advertise-refs";
    argv[n] = repo;
    if (proc_start(&o, &p, e) < 0)
        return -1;
    return chunk_out(s, &p, e);
}

/* "rpc <len>\n" and the bytes, through a file in memory: git reads it as it likes. */
static int serve_rpc(struct session *s, const char *repo, int64_t len, struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    AUTO_FD int fd = memfd_create("request", MFD_CLOEXEC);

    if (fd < 0)
        return err_sys(e, ERR_MEMORY, "request");
    while (len > 0) {
        size_t got = 0;
        int rc = line_read(s->in, buf, len < (int64_t)CHUNK ? (size_t)len : CHUNK,
                           RECEIVE_IDLE_MS, &got, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_LINE, "%s", "line closed");
        if (fs_write_all(fd, buf, got, "request", e) < 0)
            return -1;
        len -= (int64_t)got;
    }
    if (lseek(fd, 0, SEEK_SET) < 0)
        return err_sys(e, ERR_READ, "request");
    return upload_pack(s, repo, fd, e);
}

static int serve_fetch(struct session *s, const char *unit, struct err *e)
{
    AUTO_MEM char *repo = NULL;

    if (find_unit(&s->d, unit, &repo, e) < 0)
        return -1;
    for (int rounds = 0; rounds < 1000; rounds++) {
        AUTO_STR struct str line = STR_INIT(64);
        int64_t len;
        int rc = line_text(s->in, &line, RECEIVE_IDLE_MS, e);

        if (rc <= 0)
            return rc;
        if (strcmp(str_text(&line), "ls") == 0)
            rc = upload_pack(s, repo, -1, e);
        else if (str_starts(str_text(&line), "rpc ") &&
                 num_parse(str_text(&line) + 4, 1, (int64_t)RPC_MAX, &len))
            rc = serve_rpc(s, repo, len, e);
        else
            rc = err_set(e, ERR_GATE_VERB, "%s", str_text(&line));
        if (rc < 0)
            return -1;
    }
    return err_set(e, ERR_GATE_LIMIT, "%s", "rounds");
}

/* ---- a session: since
 * ------------------------------------------------------------------- */

/* What visible_refs() says to git. */
static bool may_see(const struct door *d, const char *ref)
{
    AUTO_MEM char *own = mem_printf("refs/sohoa/%s/", d->node);
    char receipts[NAMES_REF_MAX];

    names_receipt_ref(d->node, receipts);
    if (strcmp(d->row->role, "commune") == 0)
        return str_starts(ref, own) || strcmp(ref, receipts) == 0;
    return str_starts(ref, "refs/sohoa/") || str_starts(ref, "refs/receipts/") ||
           strcmp(ref, NAMES_KEYS_REF) == 0 || strcmp(ref, NAMES_STATEMENTS_REF) == 0;
}

/* What a reader wants to see, and what it has of it. */
struct seeing {
    const struct door *d;
    const char *refs[SEEING_MAX]; /* names or patterns; count 0: all */
    size_t count;
    const char *all, *closed; /* sums of heads.h; NULL: it says nothing */
    struct heads heads;
};

static void seeing_clear(struct seeing *s)
{
    heads_clear(&s->heads);
}

static int add_head(void *ctx, const char *ref, const char *oid, struct err *e)
{
    struct seeing *s = ctx;

    (void)e;
    if (may_see(s->d, ref) &&
        (s->count == 0 || names_ref_wanted(s->refs, s->count, ref)))
        heads_add(&s->heads, ref, oid);
    return 0;
}

static bool has(const struct seeing *s, const char *sum, bool closed)
{
    char mine[HASH_HEX];

    heads_sum(&s->heads, closed, mine);
    return sum && strcmp(sum, mine) == 0;
}

/* Nothing to who has all of it; without closed chains to who has those. */
static int say_heads(struct session *s, struct repo *r, struct seeing *what,
                     struct err *e)
{
    AUTO_STR struct str text = STR_INIT(HEADS_MAX);

    if (repo_refs(r, "refs/", add_head, what, e) < 0)
        return -1;
    heads_close(&what->heads);
    if (!has(what, what->all, false))
        heads_print(&what->heads, has(what, what->closed, true), &text);
    str_add(&text, ".\n");
    if (str_check(&text, "refs", e) < 0)
        return -1;
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

/* "from <offset>", then the bytes of the step from there. */
static int send_step(struct session *s, const struct step *step, struct err *e)
{
    AUTO_STR struct str line = STR_INIT(64);
    AUTO_MEM char *buf = mem_new(1, CHUNK);
    AUTO_FD int fd = fs_open(step->path, O_RDONLY | O_NOFOLLOW, 0, e);
    int64_t at;
    int rc;

    if (fd < 0)
        return -1;
    rc = line_text(s->in, &line, RECEIVE_IDLE_MS, e);
    if (rc <= 0)
        return rc < 0 ? -1 : err_set(e, ERR_LINE, "%s", "line closed");
    if (!str_starts(str_text(&line), "from ") ||
        !num_parse(str_text(&line) + 5, 0, step->size, &at))
        return err_set(e, ERR_GATE_VERB, "%s", str_text(&line));
    while (at < step->size) {
        ssize_t n = pread(fd, buf, CHUNK, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return err_sys(e, ERR_READ, "%s", step->path);
        if (line_write(s->out, buf, (size_t)n, RECEIVE_IDLE_MS, e) < 0)
            return -1;
        at += n;
    }
    return 0;
}

static int serve_step(struct session *s, struct repo *r, const char *ref,
                      const char *old, struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(s->d.home, "spool/back/%s", s->d.node);
    AUTO_MEM char *text = NULL;
    struct step step;
    struct err why = ERR_INIT;
    int rc =
        step_make(r, ref, strcmp(old, PACK_ZERO) == 0 ? "" : old, folder, &step, &why);

    if (rc < 0 && why.code != ERR_REF_MOVED) {
        *e = why;
        return -1;
    }
    text = rc == 1 ? mem_printf("new %s %lld\n", step.id, (long long)step.size)
                   : mem_dup(rc == 0 ? "same\n" : "moved\n");
    if (line_write(s->out, text, strlen(text), RECEIVE_IDLE_MS, e) < 0)
        return -1;
    return rc == 1 ? send_step(s, &step, e) : 0;
}

/* "step <ref> <what the reader has, or zeros>". */
static int take_words(struct session *s, struct repo *r, char *text, struct err *e)
{
    char *ref = str_starts(text, "step ") ? text + 5 : NULL;
    char *space = ref ? strchr(ref, ' ') : NULL;

    if (!space || !names_is_oid(space + 1))
        return err_set(e, ERR_GATE_VERB, "%.60s", text);
    *space = '\0';
    if (strlen(ref) >= NAMES_REF_MAX || !may_see(&s->d, ref))
        return err_set(e, ERR_GATE_READ, "%.60s", ref);
    return serve_step(s, r, ref, space + 1, e);
}

/* @words: unit, patterns with commas between, two sums; those at the end may be NULL.
 */
static int serve_since(struct session *s, char *const words[4], struct err *e)
{
    AUTO(seeing_clear)
    struct seeing what = {.d = &s->d, .all = words[2], .closed = words[3]};
    char *rest = NULL;
    AUTO_MEM char *path = NULL;
    AUTO_REPO struct repo *r = NULL;
    char none[] = "";

    for (char *w = words[1] ? strtok_r(words[1], ",", &rest) : NULL; w;
         w = strtok_r(NULL, ",", &rest)) {
        if (what.count == SEEING_MAX)
            return err_set(e, ERR_GATE_VERB, "%s", "since");
        what.refs[what.count++] = w;
    }
    if (find_unit(&s->d, words[0], &path, e) < 0 || repo_open(path, &r, e) < 0 ||
        say_heads(s, r, &what, e) < 0)
        return -1;
    for (int rounds = 0; rounds < ROUNDS_MAX; rounds++) {
        AUTO_STR struct str line = STR_INIT(256);
        int rc = line_text(s->in, &line, RECEIVE_IDLE_MS, e);

        if (rc <= 0)
            return rc;
        if (take_words(s, r, line.len ? line.p : none, e) < 0)
            return -1;
    }
    return err_set(e, ERR_GATE_LIMIT, "%s", "rounds");
}

/* ---- a session: get
 * ------------------------------------------------------------------- */

static int send_rest(struct session *s, int fd, const char *path, int64_t at,
                     struct err *e)
{
    AUTO_MEM char *buf = mem_new(1, CHUNK);

    for (;;) {
        ssize_t n = pread(fd, buf, CHUNK, (off_t)at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return err_sys(e, ERR_READ, "%s", path);
        if (n == 0)
            return 0;
        if (line_write(s->out, buf, (size_t)n, RECEIVE_IDLE_MS, e) < 0)
            return -1;
        at += n;
    }
}

/* Only what was taken in lies there. Whoever may not read the unit is told the same
 * whether it is there or not. */
static int serve_get(struct session *s, const char *unit, const char *sha256,
                     int64_t at, struct err *e)
{
    AUTO_MEM char *repo = NULL;
    AUTO_MEM char *folder = NULL;
    AUTO_MEM char *path = NULL;
    struct stat st;
    AUTO_FD int fd = -1;

    if (strcmp(s->d.row->role, "commune") == 0)
        return err_set(e, ERR_GATE_READ, "unit %s", unit); /* others share its unit */
    if (find_unit(&s->d, unit, &repo, e) < 0)
        return -1;
    folder = fs_dirname(repo);
    path = fs_pathf(folder, "objects/%.2s/%s", sha256, sha256);
    if (!fs_exists(path))
        return err_set(e, ERR_OBJECT_MISSING, "%s", sha256);
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, e);
    if (fd < 0)
        return -1;
    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "%s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_OBJECT_MISSING, "%s", sha256);
    if (say_number(s, "size", (int64_t)st.st_size, e) < 0)
        return -1;
    return send_rest(s, fd, path, at, e);
}

/* ---- a session: prove
 * ------------------------------------------------------------------- */

struct proving {
    struct session *s;
    int64_t told_ms;
};

static int tick_prove(void *ctx, struct err *e)
{
    struct proving *p = ctx;

    if (stop_requested())
        return err_set(e, ERR_LINE, "%s", "stopped");
    if (clock_mono_ms() - p->told_ms < TICK_MS)
        return 0;
    p->told_ms = clock_mono_ms();
    return line_write(p->s->out, "wait\n", 5, RECEIVE_IDLE_MS, e);
}

/* In how many places the chains of this node lie up to their tips. */
static int64_t copies_now(const char *home_path, const struct enrol_node *n)
{
    struct enrol_place home = enrol_home(n);
    AUTO_MEM char *path = home_repository(home_path, n);
    AUTO_MEM char *chains = mem_printf("refs/sohoa/%s/", n->node);
    AUTO_MEM char *place = NULL;
    AUTO_CONF struct conf *conf = NULL;
    AUTO_REPO struct repo *r = NULL;
    struct err ignored = ERR_INIT; /* a copy that cannot be looked at is none */

    if (conf_load(home_path, &conf, &ignored) < 0 || !conf_get(conf, "copy.folder")[0])
        return 1;
    place = mirror_place(conf_get(conf, "copy.folder"), home.code, home.valid_from);
    if (repo_open(path, &r, &ignored) < 0)
        return 1;
    return mirror_holds(r, place, chains, &ignored) == 1 ? 2 : 1;
}

/* Who only hands on cannot speak for who keeps: it asks there. */
static int prove_above(struct session *s, const struct challenge *c, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    struct line l;

    if (conf_load(s->d.home, &conf, e) < 0)
        return -1;
    if (!conf_get(conf, "upstream.url")[0])
        return err_set(e, ERR_GATE_READ, "%.60s", c->hex);
    if (line_parse(s->d.home, conf_get(conf, "upstream.url"), &l, e) < 0)
        return -1;
    return challenge_relay(&l, c, s->out, e);
}

static int say_proof(struct session *s, const struct enrol_node *author,
                     const struct challenge *c, const char *proof, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_MEM char *path = fs_path(s->d.home, "keys/node");
    int64_t copies = copies_now(s->d.home, author);
    AUTO_SECRET struct sign_secret key = {0};

    if (author == s->d.row) {
        str_addf(&text, "proof %s %lld\n", proof, (long long)copies);
    } else {
        if (sign_read_secret(path, &key, e) < 0)
            return -1;
        challenge_sign(c, proof, copies, &key, &text);
    }
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

/* The file itself is read, each time. One a session: whoever asks for many pays for as
 * many. @node: whom a relay asks for; NULL: who asks. */
static int serve_prove(struct session *s, const char *hex, const char *nonce,
                       const char *node, struct err *e)
{
    const struct enrol_node *author =
        enrol_author(&s->d.all, s->d.row, node ? node : s->d.node);
    const struct challenge c = {
        .node = author ? author->node : "", .hex = hex, .nonce = nonce};
    AUTO_MEM char *repo = NULL;
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *path = NULL;
    struct proving p = {.s = s, .told_ms = clock_mono_ms()};
    char proof[HASH_HEX];
    struct err why = ERR_INIT;
    AUTO_FD int fd = -1;

    if (!author)
        return err_set(e, ERR_GATE_READ, "%.60s", hex);
    if (author->relay)
        return prove_above(s, &c, e);
    repo = home_repository(s->d.home, author);
    dir = fs_dirname(repo);
    path = fs_pathf(dir, "objects/%.2s/%s", hex, hex);
    fd = fs_open(path, O_RDONLY | O_NOFOLLOW, 0, &why);
    if (fd < 0 && why.code != ERR_NOT_FOUND) {
        *e = why;
        return -1;
    }
    if (fd < 0)
        return line_write(s->out, "absent\n", 7, RECEIVE_IDLE_MS, e);
    if (challenge_proof(fd, hex, nonce, tick_prove, &p, proof, e) < 0)
        return -1;
    return say_proof(s, author, &c, proof, e);
}

/* ---- a session: what shall come first
 * ------------------------------------------------------------------- */

/* The door to the records of @unit, as far as this node may read it. @dir: owned. */
static int open_first(const struct session *s, const char *unit, struct first_door *out,
                      char **dir, struct err *e)
{
    AUTO_MEM char *repo = NULL;

    if (strcmp(s->d.row->role, "commune") == 0)
        return err_set(e, ERR_GATE_READ, "unit %s", unit); /* others share its unit */
    if (find_unit(&s->d, unit, &repo, e) < 0)
        return -1;
    *dir = fs_dirname(repo);
    *out = (struct first_door){.home = s->d.home,
                               .dir = *dir,
                               .all = &s->d.all,
                               .catalog = s->catalog,
                               .now = clock_now()};
    return 0;
}

static int serve_find(struct session *s, const char *unit, const char *item,
                      struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    AUTO_MEM char *dir = NULL;
    struct first_door door;

    if (open_first(s, unit, &door, &dir, e) < 0 ||
        first_door_find(&door, item, &text, e) < 0)
        return -1;
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

static int serve_first(struct session *s, const char *unit, const char *item,
                       enum first_want want, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_MEM char *dir = NULL;
    struct first_door door;

    if (open_first(s, unit, &door, &dir, e) < 0 ||
        first_door_ask(&door, item, want, &text, e) < 0)
        return -1;
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

/* The commune itself, or who relays for it. */
static int serve_going(struct session *s, char *const words[5], struct err *e)
{
    const struct enrol_node *author =
        names_is_node(words[1]) ? enrol_author(&s->d.all, s->d.row, words[1]) : NULL;
    struct first_door door = {.home = s->d.home, .all = &s->d.all, .now = clock_now()};
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    enum first_want want;
    enum first_state state;

    if (!author)
        return err_set(e, ERR_GATE_READ, "node %.60s", words[1]);
    if (!first_want_parse(words[3], &want) || !first_state_parse(words[4], &state) ||
        state == FIRST_ASKED || state == FIRST_SIGNED)
        return err_set(e, ERR_GATE_VERB, "%.60s", words[4]);
    if (first_door_going(&door, author, words[2], want, state, &text, e) < 0)
        return -1;
    return line_write(s->out, text.p, text.len, RECEIVE_IDLE_MS, e);
}

static int add_refusal(void *ctx, const struct refusal *r, struct err *e)
{
    (void)e;
    refusal_print(r, ctx);
    return 0;
}

/* What the tier above this one refused of the commune that asks. */
static int serve_refused(struct session *s, struct err *e)
{
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);

    if (refusal_each(s->d.home, s->d.node, add_refusal, &out, e) < 0)
        return -1;
    str_add(&out, ".\n");
    if (str_check(&out, "refused", e) < 0)
        return -1;
    return line_write(s->out, out.p, out.len, RECEIVE_IDLE_MS, e);
}

static int serve_list(struct session *s, struct err *e)
{
    AUTO_MEM char *top = fs_path(s->d.home, "communes");
    AUTO_LIST struct fs_list l = {0};
    AUTO_STR struct str out = STR_INIT(STR_TEXT_MAX);
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    if (fs_exists(top) && fs_list(top, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++)
        if (names_unit_parse(l.names[i], code, from) &&
            enrol_may_read(&s->d.all, s->d.row, code, from))
            str_addf(&out, "%s\n", l.names[i]);
    str_add(&out, ".\n");
    if (str_check(&out, "list", e) < 0)
        return -1;
    return line_write(s->out, out.p, out.len, RECEIVE_IDLE_MS, e);
}

/* ---- a session
 * ----------------------------------------------------------------------------- */

static int serve(struct session *s, const char *command, struct err *e)
{
    char text[COMMAND_MAX], *words[5] = {NULL}, *rest = NULL;
    enum bundle_class cls;
    enum first_want want;
    size_t n = 0;
    int64_t size;

    if (!command || strlen(command) >= sizeof text)
        return err_set(e, ERR_GATE_VERB, "%s", "no command");
    (void)snprintf(text, sizeof text, "%s", command);
    for (char *w = strtok_r(text, " ", &rest); w && n < ARRAY_LEN(words);
         w = strtok_r(NULL, " ", &rest))
        words[n++] = w;
    if (((n == 4 && strcmp(words[0], "push") == 0) ||
         (n == 5 && strcmp(words[0], "put") == 0 &&
          hash_is_hex(words[4], RECEIVE_TOKEN_HEX))) &&
        hash_is_hex(words[1], HASH_HEX - 1) && names_class_parse(words[2], &cls) &&
        num_parse(words[3], 1, RPUSH_REQUEST_MAX, &size)) {
        s->id = words[1];
        s->token = n == 5 ? words[4] : "";
        return serve_push(s, cls, size, e);
    }
    if (n == 2 && strcmp(words[0], "fetch") == 0)
        return serve_fetch(s, words[1], e);
    if ((n == 2 || n == 3 ||
         (n == 5 && hash_is_hex(words[3], HASH_HEX - 1) &&
          hash_is_hex(words[4], HASH_HEX - 1))) &&
        strcmp(words[0], "since") == 0)
        return serve_since(s, words + 1, e);
    if (n == 4 && strcmp(words[0], "get") == 0 && hash_is_hex(words[2], HASH_HEX - 1) &&
        num_parse(words[3], 0, INT64_MAX, &size))
        return serve_get(s, words[1], words[2], size, e);
    if ((n == 3 || (n == 4 && names_is_node(words[3]))) &&
        strcmp(words[0], "prove") == 0 && hash_is_hex(words[1], HASH_HEX - 1) &&
        hash_is_hex(words[2], HASH_HEX - 1))
        return serve_prove(s, words[1], words[2], n == 4 ? words[3] : NULL, e);
    if (n == 1 && strcmp(words[0], "list") == 0)
        return serve_list(s, e);
    if (n == 1 && strcmp(words[0], "refused") == 0)
        return serve_refused(s, e);
    if (n == 3 && strcmp(words[0], "find") == 0 && names_is_item(words[2]))
        return serve_find(s, words[1], words[2], e);
    if (n == 4 && strcmp(words[0], "first") == 0 && names_is_item(words[2]) &&
        first_want_parse(words[3], &want))
        return serve_first(s, words[1], words[2], want, e);
    if (n == 5 && strcmp(words[0], "going") == 0 && names_is_item(words[2]))
        return serve_going(s, words, e);
    return err_set(e, ERR_GATE_VERB, "%.60s", command);
}

static int serve_session(struct session *s, const char *command, struct err *e)
{
    AUTO_STR struct str bad = STR_INIT(1024);

    clean_environment();
    if (door_open(&s->d, e) == 0 && serve(s, command, e) == 0)
        return 0;
    if (e->code != ERR_LINE || !s->piece)
        log_error(s->d.home, "receive", e);
    if (e->code != ERR_LINE) {
        str_addf(&bad, "bad %s\n", err_code_name(e->code));
        (void)say(s, str_text(&bad));
    }
    return -1;
}

int receive_session(const char *home, const char *node, const char *command,
                    first_catalog *catalog, int in, int out, struct err *e)
{
    AUTO(session_clear)
    struct session s = {.d = {.home = home, .node = node},
                        .in = in,
                        .out = out,
                        .catalog = catalog,
                        .next = LOCK_INIT,
                        .lock = LOCK_INIT};

    return serve_session(&s, command, e);
}

int receive_piece(const char *home, const char *node, const char *command,
                  first_catalog *catalog, int in, int out, struct err *e)
{
    AUTO(session_clear)
    struct session s = {.d = {.home = home, .node = node},
                        .in = in,
                        .out = out,
                        .catalog = catalog,
                        .next = LOCK_INIT,
                        .lock = LOCK_INIT,
                        .piece = true};

    return serve_session(&s, command, e);
}

/* ---- drop box
 * ------------------------------------------------------------------------------- */

int receive_put_answer(const char *home, const char *node,
                       const struct receive_answer *a, struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(home, "outbox/%s", node);
    AUTO_MEM char *path = fs_pathf(folder, "%s.answer", a->id);
    AUTO_STR struct str text = STR_INIT(RECEIVE_ANSWER_MAX);

    if (fs_mkdirs(folder, e) < 0 || receive_answer_print(a, &text, e) < 0)
        return -1;
    return fs_write_file(path, text.p, text.len, e);
}

struct inbox {
    const char *home;
    const char *node;
    receive_each *each;
    void *ctx;
    bool last; /* no more passes: a stale one is answered as it is */
    size_t accepted;
};

static int inbox_file(struct inbox *b, const char *path, struct err *e)
{
    struct receive_answer a;
    struct err why = ERR_INIT;

    if (receive_request(b->home, b->node, path, &a, &why) < 0) {
        /* One file that cannot be taken now does not stop the others. */
        log_error(b->home, "inbox", &why);
        return why.code == ERR_DISK_FULL || why.code == ERR_DISK_SYNC ? (*e = why, -1)
                                                                      : 0;
    }
    if (a.result == RECEIVE_STALE && !b->last)
        return 0;
    b->accepted += a.result == RECEIVE_ACCEPTED;
    if (receive_put_answer(b->home, b->node, &a, e) < 0 ||
        (b->each && b->each(b->ctx, b->node, &a, e) < 0))
        return -1;
    return fs_unlink(path, e);
}

static int inbox_pass(struct inbox *b, const char *folder, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (str_ends(l.names[i], ".req") && inbox_file(b, path, e) < 0)
            return -1;
    }
    return 0;
}

/* Requests have names without order, so a later one may come first: passes go on while
 * one was accepted. */
static int inbox_node(struct inbox *b, struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(b->home, "inbox/%s", b->node);
    size_t before;

    do {
        before = b->accepted;
        if (inbox_pass(b, folder, e) < 0)
            return -1;
    } while (b->accepted > before);
    b->last = true;
    return inbox_pass(b, folder, e);
}

/* What a node put there after its right was taken: refused for good, and said so. Only
 * named, never unpacked. */
static int refuse_file(struct inbox *b, const char *path, struct err *e)
{
    struct receive_answer a = {.result = RECEIVE_REFUSED};
    struct pack_command cmd;
    struct stat st;
    struct err why = ERR_INIT;
    AUTO_FD int fd = fs_open_input(path, (uint64_t)RPUSH_REQUEST_MAX, &st, &why);

    if (fd < 0 || hash_fd(fd, path, a.id, NULL, &why) < 0) {
        log_error(b->home, "inbox", &why);
        return 0;
    }
    if (lseek(fd, 0, SEEK_SET) == 0 && pack_read_command(fd, path, &cmd, &why) == 0)
        memcpy(a.ref, cmd.ref, sizeof a.ref);
    err_clear(&why);
    (void)err_set(&why, ERR_GATE_NODE, "node %s", b->node);
    receive_say_why(&a, &why);
    if (receive_put_answer(b->home, b->node, &a, e) < 0 ||
        (b->each && b->each(b->ctx, b->node, &a, e) < 0))
        return -1;
    return fs_unlink(path, e);
}

static int refuse_node(struct inbox *b, struct err *e)
{
    AUTO_MEM char *folder = fs_pathf(b->home, "inbox/%s", b->node);
    AUTO_LIST struct fs_list l = {0};

    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);

        if (str_ends(l.names[i], ".req") && refuse_file(b, path, e) < 0)
            return -1;
    }
    return 0;
}

/* @path: the repository; @unit: the name under which the node asks for it. @own: its
 * own chains, which it wants back; NULL: it does not. */
static int export_unit(const char *home, const struct enrol_node *n, const char *path,
                       const char *unit, const char *own, struct err *e)
{
    AUTO_MEM char *box = fs_pathf(home, "outbox/%s", n->node);
    AUTO_MEM char *folder = fs_pathf(home, "outbox/%s/%s", n->node, unit);
    AUTO_REPO struct repo *r = NULL;
    char receipts[NAMES_REF_MAX];
    const char *refs[4] = {receipts};
    size_t count = 1;

    names_receipt_ref(n->node, receipts);
    if (own)
        refs[count++] = own;
    if (strcmp(n->role, "district") == 0) {
        refs[0] = "refs/sohoa/";
        refs[1] = NAMES_KEYS_REF;
        refs[2] = "refs/receipts/";     /* its figures count from receipts as well */
        refs[3] = NAMES_STATEMENTS_REF; /* after the list that it speaks of */
        count = 4;
    }
    if (!fs_exists(path))
        return 0;
    if (repo_open(path, &r, e) < 0 || fs_mkdirs(folder, e) < 0)
        return -1;
    if (dropbox_export(r, folder, refs, count, e) < 0)
        return -1;
    return own ? dropbox_offer(r, box, unit, own, e) : 0;
}

/* A commune whose unit was changed looks under the new name once it has heard of it. */
static int export_own(const char *home, const struct enrol_node *n, struct err *e)
{
    AUTO_MEM char *path = home_repository(home, n);
    AUTO_MEM char *now = mem_printf("%s-%s", n->unit_code, n->unit_valid_from);
    AUTO_MEM char *wish = fs_pathf(home, "inbox/%s/" DROPBOX_WANT, n->node);
    AUTO_MEM char *box = fs_pathf(home, "outbox/%s", n->node);
    AUTO_MEM char *own = mem_printf("refs/sohoa/%s/", n->node);
    bool wanted = fs_exists(wish);

    if ((!wanted && fs_is_dir(box) && dropbox_offer(NULL, box, now, own, e) < 0) ||
        refusal_put_out(home, n->node, e) < 0)
        return -1;
    for (size_t i = 0; i < n->former_count; i++) {
        AUTO_MEM char *was =
            mem_printf("%s-%s", n->former[i].code, n->former[i].valid_from);

        if (export_unit(home, n, path, was, NULL, e) < 0)
            return -1;
    }
    return export_unit(home, n, path, now, wanted ? own : NULL, e);
}

/* Only for nodes that have a drop box: an inbox folder shows it. */
static int export_node(const char *home, const struct enrol *all,
                       const struct enrol_node *n, struct err *e)
{
    AUTO_MEM char *inbox = fs_pathf(home, "inbox/%s", n->node);
    AUTO_MEM char *top = fs_path(home, "communes");
    AUTO_LIST struct fs_list l = {0};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    if (n->revoked || !fs_is_dir(inbox) || !fs_exists(top))
        return 0;
    if (strcmp(n->role, "commune") == 0)
        return export_own(home, n, e);
    if (fs_list(top, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_pathf(top, "%s/repo.git", l.names[i]);

        if (names_unit_parse(l.names[i], code, from) &&
            enrol_may_read(all, n, code, from) &&
            export_unit(home, n, path, l.names[i], NULL, e) < 0)
            return -1;
    }
    return 0;
}

int receive_outbox(const char *home, const char *node, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    AUTO_MEM char *inbox = fs_pathf(home, "inbox/%s", node);
    const struct enrol_node *n;

    if (enrol_load(home, &all, e) < 0)
        return -1;
    n = enrol_find(&all, node);
    if (!n || n->revoked)
        return err_set(e, ERR_GATE_NODE, "node %s", node);
    return fs_mkdirs(inbox, e) < 0 ? -1 : export_node(home, &all, n, e);
}

int receive_inbox(const char *home, receive_each *each, void *ctx, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;

    if (enrol_load(home, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        struct inbox b = {
            .home = home, .node = all.nodes[i].node, .each = each, .ctx = ctx};
        AUTO_MEM char *folder = fs_pathf(home, "inbox/%s", b.node);

        if (fs_is_dir(folder) &&
            (all.nodes[i].revoked ? refuse_node(&b, e) : inbox_node(&b, e)) < 0)
            return -1;
        if (export_node(home, &all, &all.nodes[i], e) < 0)
            return -1;
    }
    return 0;
}

/* ---- cleaning
 * -------------------------------------------------------------------------------- */

/* Remove entries of @folder that are older than @age_s and end or begin as told. */
static int sweep_old(const char *folder, const char *start, const char *end,
                     int64_t age_s, struct err *e)
{
    AUTO_LIST struct fs_list l = {0};

    if (!fs_is_dir(folder))
        return 0;
    if (fs_list(folder, &l, e) < 0)
        return -1;
    for (size_t i = 0; i < l.count; i++) {
        AUTO_MEM char *path = fs_path(folder, l.names[i]);
        struct stat st;

        if (!str_starts(l.names[i], start) || !str_ends(l.names[i], end) ||
            lstat(path, &st) < 0 || st.st_mtime > clock_now() - age_s)
            continue;
        if ((S_ISDIR(st.st_mode) ? fs_remove_tree(path, e) : fs_unlink(path, e)) < 0)
            return -1;
    }
    return 0;
}

/* Temporary files of killed commands; those that are being written stay. */
static int sweep_killed(const char *folder, struct err *e)
{
    return fs_is_dir(folder) ? fs_sweep(folder, e) : 0;
}

static int sweep_lists(const char *home, struct err *e)
{
    AUTO_MEM char *lists = fs_path(home, "ssh");
    AUTO_MEM char *joins = fs_path(home, "enrol");

    return sweep_killed(lists, e) < 0 ? -1 : sweep_killed(joins, e);
}

int receive_sweep(const char *home, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;

    if (enrol_load(home, &all, e) < 0 || sweep_lists(home, e) < 0)
        return -1;
    for (size_t i = 0; i < all.count; i++) {
        const struct enrol_node *n = &all.nodes[i];
        AUTO_MEM char *repo = home_repository(home, n);
        AUTO_MEM char *outbox = fs_pathf(home, "outbox/%s", n->node);
        AUTO_MEM char *back = fs_pathf(home, "spool/back/%s", n->node);
        AUTO_MEM char *parked = fs_pathf(home, RECEIVE_PARKED, n->node);
        AUTO_REPO struct repo *r = NULL;

        if (fs_exists(repo) &&
            (repo_open(repo, &r, e) < 0 || repo_sweep(r, REPO_LITTER_NONE, e) < 0))
            return -1;
        if (sweep_killed(outbox, e) < 0 || sweep_killed(back, e) < 0 ||
            sweep_old(back, "", "", STEP_KEPT_S, e) < 0 ||
            sweep_old(outbox, "", ".answer", RECEIVE_ANSWER_DAYS * INT64_C(86400), e) <
                0)
            return -1;
        if (sweep_killed(parked, e) < 0 ||
            sweep_old(parked, "", ".req", RECEIVE_ANSWER_DAYS * INT64_C(86400), e) < 0)
            return -1;
        for (int cls = 0; cls < CLASS_COUNT; cls++) {
            AUTO_MEM char *folder = fs_pathf(home, "spool/in/%s/%s", n->node,
                                             names_class((enum bundle_class)cls));

            if (sweep_killed(folder, e) < 0 ||
                sweep_old(folder, "", ".answer", RECEIVE_ANSWER_DAYS * INT64_C(86400),
                          e) < 0 ||
                sweep_old(folder, "", ".part", 7 * INT64_C(86400), e) < 0)
                return -1;
        }
    }
    return 0;
}
