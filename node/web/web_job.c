/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/media.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/proc_dying.h"
#include "node/base/str.h"
#include "node/flow/flow_upload.h"

#define OPTIONS_MAX  20
#define VALUE_MAX    200
#define NUMBER_MAX   100000
#define READS_MAX    16 /* of one pipe in one turn */
#define NAME_MAX_JOB 24
#define UPLOADS      "uploads"
#define MEDIUM       "medium"
#define SECOND_MS    1000
#define COUNT_MAX    INT64_C(1000000000)

/* What may be asked for: nothing else gets onto a command line. An option goes as one
 * word "--name=value", so that no value can be taken for an option. */
static const struct {
    const char *kind;
    const char *words[2];
    enum role_act may;
    bool low; /* yields to the clerk */
    enum {
        OPERANDS_NONE,
        OPERANDS_UPLOADS, /* needs "uploads": numbers */
        OPERANDS_MEDIUM   /* needs "medium": a stick that is plugged in (media.h) */
    } operands;
    const char *counts; /* lines of this type make "done"; NULL: of any type */
    const char *options[OPTIONS_MAX];
} KINDS[] = {
    {"scan",
     {"scan", "run"},
     ROLE_CAPTURE,
     false,
     OPERANDS_NONE,
     "scanned",
     {"device", "source", "mode", "dpi", "size", "pages", "dossier", "kind", "per-file",
      "expect", "why", "user", "replace", "after", "before", "go-on", "keep-open",
      "backs"}},
    {"scan-finish",
     {"scan", "finish"},
     ROLE_CAPTURE,
     false,
     OPERANDS_NONE,
     NULL,
     {"replace", "after", "before", "at-end", "why"}},
    {"import",
     {"import", "--uploads"},
     ROLE_CAPTURE,
     false,
     OPERANDS_UPLOADS,
     NULL,
     {"dossier", "kind", "per-file", "expect", "why", "user", "replace", "after",
      "before"}},
    {"ocr",
     {"ocr", "run"},
     ROLE_CAPTURE,
     true,
     OPERANDS_NONE,
     NULL,
     {"limit", "duplex"}},
    {"seal", {"bundle", "seal"}, ROLE_SEAL, false, OPERANDS_NONE, NULL, {"unverified"}},
    {"sync", {"sync", "run"}, ROLE_SEAL, false, OPERANDS_NONE, NULL, {NULL}},
    {"courier-write",
     {"courier", "write"},
     ROLE_SEAL,
     false,
     OPERANDS_MEDIUM,
     NULL,
     {NULL}},
    {"courier-read",
     {"courier", "read"},
     ROLE_SEAL,
     false,
     OPERANDS_MEDIUM,
     NULL,
     {NULL}},
};

struct job {
    int64_t id; /* 0: free */
    size_t kind;
    struct proc proc;
    bool runs, asked; /* asked: to stop */
    int exit;
    int64_t done, total; /* total 0: not told */
    int64_t begun_ms;
    bool news;       /* since the listener heard of it */
    struct str line; /* begun */
    struct jdoc *rows[WEB_JOB_ROWS_MAX];
    size_t first, count;
    struct jdoc *summary; /* or the error */
};

struct web_jobs {
    char *home;
    int64_t last_id;
    struct web_job_listener listener;
    struct job all[WEB_JOB_MAX];
};

struct web_jobs *web_job_table(const char *home)
{
    struct web_jobs *t = mem_new(1, sizeof *t);

    t->home = mem_dup(home);
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        t->all[i].proc = (struct proc)PROC_INIT;
    return t;
}

static void forget(struct job *j)
{
    proc_dying_add(NULL, &j->proc); /* one that ended was reaped; else serve ends */
    for (size_t i = 0; i < WEB_JOB_ROWS_MAX; i++)
        jdoc_free(j->rows[i]);
    jdoc_free(j->summary);
    str_clear(&j->line);
    *j = (struct job){.proc = PROC_INIT};
}

void web_job_table_free(struct web_jobs *t)
{
    if (!t)
        return;
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        forget(&t->all[i]);
    mem_free(t->home);
    mem_free(t);
}

/* ---- telling ----------------------------------------------------------------------
 */

static const char *state_of(const struct job *j)
{
    if (j->runs)
        return "running";
    if (j->asked)
        return "stopped";
    return j->exit == EXIT_DONE || j->exit == EXIT_PARTLY ? "done" : "failed";
}

static void set_left(struct jdoc *o, const struct job *j)
{
    if (j->total > 0)
        jdoc_set_int(o, "total", j->total);
    else
        jdoc_set_null(o, "total");
    if (j->runs && j->done > 0 && j->total >= j->done)
        jdoc_set_int(o, "left_s",
                     (clock_mono_ms() - j->begun_ms) * (j->total - j->done) / j->done /
                         SECOND_MS);
    else
        jdoc_set_null(o, "left_s");
}

static struct jdoc *tell(const struct job *j, bool rows)
{
    struct jdoc *o = jdoc_object();
    char name[NAME_MAX_JOB];

    (void)snprintf(name, sizeof name, "j%lld", (long long)j->id);
    jdoc_set_text(o, "job", name);
    jdoc_set_text(o, "kind", KINDS[j->kind].kind);
    jdoc_set_text(o, "state", state_of(j));
    if (j->runs)
        jdoc_set_null(o, "exit");
    else
        jdoc_set_int(o, "exit", j->exit);
    jdoc_set_int(o, "done", j->done);
    set_left(o, j);
    if (rows) {
        struct jdoc *a = jdoc_array();

        for (size_t i = 0; i < j->count; i++)
            jdoc_add(a, jdoc_copy(j->rows[(j->first + i) % WEB_JOB_ROWS_MAX]));
        jdoc_set(o, "rows", a);
    }
    if (j->summary)
        jdoc_set(o, "summary", jdoc_copy(j->summary));
    else
        jdoc_set_null(o, "summary");
    return o;
}

static const struct job *find(const struct web_jobs *t, const char *name)
{
    char own[NAME_MAX_JOB];

    for (size_t i = 0; i < WEB_JOB_MAX; i++) {
        (void)snprintf(own, sizeof own, "j%lld", (long long)t->all[i].id);
        if (t->all[i].id && strcmp(own, name) == 0)
            return &t->all[i];
    }
    return NULL;
}

int web_job_show(const struct web_jobs *t, const char *name, struct jdoc **out,
                 struct err *e)
{
    const struct job *j = find(t, name);

    if (!j)
        return err_set(e, ERR_NOT_FOUND, "%.40s", name);
    *out = tell(j, true);
    return 0;
}

struct jdoc *web_job_list(const struct web_jobs *t)
{
    struct jdoc *rows = jdoc_array();

    for (int64_t id = t->last_id; id > 0 && id > t->last_id - 4 * WEB_JOB_MAX; id--)
        for (size_t i = 0; i < WEB_JOB_MAX; i++)
            if (t->all[i].id == id)
                jdoc_add(rows, tell(&t->all[i], false));
    return rows;
}

/* ---- beginning --------------------------------------------------------------------
 */

static bool is_option(size_t kind, const char *name)
{
    for (size_t i = 0; i < OPTIONS_MAX && KINDS[kind].options[i]; i++)
        if (strcmp(KINDS[kind].options[i], name) == 0)
            return true;
    return false;
}

static bool is_operand(size_t kind, const char *name)
{
    return (KINDS[kind].operands == OPERANDS_UPLOADS && strcmp(name, UPLOADS) == 0) ||
           (KINDS[kind].operands == OPERANDS_MEDIUM && strcmp(name, MEDIUM) == 0);
}

/* "--name=value" of each key, after @argv[*n]. The words are owned by @words. */
static int add_options(size_t kind, const struct jdoc *args, char *words[OPTIONS_MAX],
                       const char **argv, size_t *n, struct err *e)
{
    const char *key = NULL;

    for (size_t i = 0; (key = jdoc_key(args, i)); i++) {
        const char *text = jdoc_text(args, key);
        int64_t number = 0;

        if (is_operand(kind, key))
            continue;
        if (i == OPTIONS_MAX || !is_option(kind, key))
            return err_set(e, ERR_WEB_FIELD, "%.40s", key);
        if (text && strlen(text) > 0 && strlen(text) <= VALUE_MAX)
            words[i] = mem_printf("--%s=%s", key, text);
        else if (jdoc_int(args, key, 0, NUMBER_MAX, &number))
            words[i] = mem_printf("--%s=%lld", key, (long long)number);
        else if (jdoc_bool(args, key, false))
            words[i] = mem_printf("--%s", key);
        else
            return err_set(e, ERR_WEB_FIELD, "%s", key);
        argv[(*n)++] = words[i];
    }
    return 0;
}

/* The numbers behind "--". Their form is known: none can be taken for anything else. */
static int add_uploads(size_t kind, const struct jdoc *args, const char **argv,
                       size_t *n, struct err *e)
{
    const struct jdoc *list = jdoc_get(args, UPLOADS);
    size_t count = jdoc_is_array(list) ? jdoc_count(list) : 0;

    if (KINDS[kind].operands != OPERANDS_UPLOADS)
        return 0;
    if (count == 0 || count > WEB_JOB_UPLOADS_MAX)
        return err_set(e, ERR_WEB_FIELD, UPLOADS);
    argv[(*n)++] = "--";
    for (size_t i = 0; i < count; i++) {
        const char *id = jdoc_text_at(list, i);

        if (!id || !hash_is_hex(id, FLOW_UPLOAD_ID - 1))
            return err_set(e, ERR_WEB_FIELD, UPLOADS);
        argv[(*n)++] = id;
    }
    return 0;
}

/* Where the stick is: the page names it, the kernel says the place. */
static int add_medium(size_t kind, const struct jdoc *args, struct media *m,
                      const char **argv, size_t *n, struct err *e)
{
    const char *id = jdoc_text(args, MEDIUM);

    if (KINDS[kind].operands != OPERANDS_MEDIUM)
        return 0;
    if (!id)
        return err_set(e, ERR_WEB_FIELD, MEDIUM);
    if (media_find(id, m, e) < 0)
        return -1;
    argv[(*n)++] = "--";
    argv[(*n)++] = m->path;
    return 0;
}

static int begin(struct web_jobs *t, struct job *j, const char *user,
                 const struct jdoc *args, struct err *e)
{
    AUTO_MEM char *actor = mem_printf("SOHOA_ACTOR=%s", user);
    const char *const tell[] = {"SOHOA_PROGRESS=1", actor, NULL};
    AUTO_MEM char *program = fs_program(e);
    char *words[OPTIONS_MAX] = {NULL};
    const char *argv[OPTIONS_MAX + WEB_JOB_UPLOADS_MAX + 8] = {program,
                                                               "-C",
                                                               t->home,
                                                               "--json",
                                                               KINDS[j->kind].words[0],
                                                               KINDS[j->kind].words[1]};
    struct proc_opts o = {.argv = argv,
                          .env = tell,
                          .out = PROC_PIPE,
                          .low_priority = KINDS[j->kind].low};
    struct media medium;
    size_t n = 6;
    int rc = program ? add_options(j->kind, args, words, argv, &n, e) : -1;

    if (rc == 0)
        rc = add_uploads(j->kind, args, argv, &n, e);
    if (rc == 0)
        rc = add_medium(j->kind, args, &medium, argv, &n, e);
    if (rc == 0)
        rc = proc_start(&o, &j->proc, e);
    for (size_t i = 0; i < OPTIONS_MAX; i++)
        mem_free(words[i]);
    if (rc == 0 && fcntl(j->proc.out, F_SETFL, O_NONBLOCK) < 0)
        return err_sys(e, ERR_INTERNAL, "pipe");
    return rc;
}

static struct job *free_place(struct web_jobs *t)
{
    struct job *oldest = NULL;

    for (size_t i = 0; i < WEB_JOB_MAX; i++) {
        struct job *j = &t->all[i];

        if (!j->id)
            return j;
        if (!j->runs && (!oldest || j->id < oldest->id))
            oldest = j;
    }
    if (oldest)
        forget(oldest);
    return oldest;
}

int web_job_start(struct web_jobs *t, const char *kind, const char *user,
                  const struct jdoc *args, enum role role, struct jdoc **out,
                  struct err *e)
{
    struct job *j = NULL;
    size_t k = 0;

    while (k < ARRAY_LEN(KINDS) && strcmp(KINDS[k].kind, kind) != 0)
        k++;
    if (k == ARRAY_LEN(KINDS))
        return err_set(e, ERR_WEB_FIELD, "kind");
    if (!role_may(role, KINDS[k].may))
        return err_set(e, ERR_USER_RIGHT, "%s", kind);
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        if (t->all[i].runs && t->all[i].kind == k)
            return err_set(e, ERR_WEB_JOB, "%s", kind);
    j = free_place(t);
    if (!j)
        return err_set(e, ERR_WEB_BUSY, "%s", kind);
    j->kind = k;
    j->line = (struct str)STR_INIT(WEB_JOB_LINE_MAX);
    if (begin(t, j, user, args, e) < 0) {
        forget(j);
        return -1;
    }
    j->id = ++t->last_id;
    j->runs = true;
    j->news = true;
    j->begun_ms = clock_mono_ms();
    log_event(t->home, "serve job %s begins", kind);
    *out = tell(j, true);
    return 0;
}

/* ---- running ----------------------------------------------------------------------
 */

static void hear(const struct web_jobs *t, const char *topic, const struct jdoc *data)
{
    if (t->listener.event)
        t->listener.event(t->listener.to, topic, data);
}

void web_job_listen(struct web_jobs *t, const struct web_job_listener *to)
{
    t->listener = *to;
}

static void tell_news(const struct web_jobs *t, struct job *j)
{
    AUTO_JDOC struct jdoc *o = NULL;

    if (!j->news)
        return;
    j->news = false;
    o = tell(j, false);
    hear(t, "job", o);
}

/* A line "progress" that says how far it has come. */
static bool take_progress(struct job *j, const struct jdoc *o)
{
    int64_t done = 0;
    int64_t total = 0;

    if (KINDS[j->kind].counts || !jdoc_int(o, "done", 0, COUNT_MAX, &done) ||
        !jdoc_int(o, "total", 1, COUNT_MAX, &total))
        return false;
    j->done = done;
    j->total = total;
    return true;
}

static bool is_refused(const struct jdoc *o)
{
    const char *status = jdoc_text(o, "status");

    return status && strcmp(status, "refused") == 0;
}

/* Room for one more row: the oldest goes that is not about a file that was refused. */
static void make_room(struct job *j)
{
    size_t gone = 0;

    if (j->count < WEB_JOB_ROWS_MAX)
        return;
    while (gone < j->count && is_refused(j->rows[(j->first + gone) % WEB_JOB_ROWS_MAX]))
        gone++;
    if (gone == j->count)
        gone = 0;
    jdoc_free(j->rows[(j->first + gone) % WEB_JOB_ROWS_MAX]);
    for (; gone > 0; gone--)
        j->rows[(j->first + gone) % WEB_JOB_ROWS_MAX] =
            j->rows[(j->first + gone - 1) % WEB_JOB_ROWS_MAX];
    j->rows[j->first] = NULL;
    j->first = (j->first + 1) % WEB_JOB_ROWS_MAX;
    j->count--;
}

/* Whether such a line is one more of what the job is asked for. */
static bool counts(const struct job *j, const char *type)
{
    const char *own = KINDS[j->kind].counts;

    return own ? strcmp(type, own) == 0
               : j->total == 0 && strcmp(type, "progress") != 0;
}

static void take_line(const struct web_jobs *t, struct job *j)
{
    struct jdoc *o = NULL;
    struct err ignored = ERR_INIT; /* a line that is none is not shown */
    const char *type = NULL;

    if (j->line.over || jdoc_parse(str_text(&j->line), j->line.len, &o, &ignored) < 0)
        return;
    type = jdoc_text(o, "type");
    j->news = true;
    if (type && strcmp(type, "progress") == 0 && take_progress(j, o)) {
        jdoc_free(o);
        return;
    }
    if (type && (strcmp(type, "input") == 0 || strcmp(type, "page") == 0))
        hear(t, "page", o);
    if (type && (strcmp(type, "summary") == 0 || strcmp(type, "error") == 0)) {
        jdoc_free(j->summary);
        j->summary = o;
        return;
    }
    if (type && counts(j, type))
        j->done++;
    make_room(j);
    j->rows[(j->first + j->count++) % WEB_JOB_ROWS_MAX] = o;
}

static void take_bytes(const struct web_jobs *t, struct job *j, const char *bytes,
                       size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            str_add_char(&j->line, bytes[i]);
            continue;
        }
        take_line(t, j);
        str_clear(&j->line);
        j->line = (struct str)STR_INIT(WEB_JOB_LINE_MAX);
    }
}

/* Return: whether its pipe has come to its end. */
static bool take_output(const struct web_jobs *t, struct job *j)
{
    char bytes[8192];

    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = read(j->proc.out, bytes, sizeof bytes);

        if (n > 0)
            take_bytes(t, j, bytes, (size_t)n);
        else if (n == 0 || (errno != EAGAIN && errno != EINTR))
            return true;
        else
            return false;
    }
    return false;
}

static void look_at(struct web_jobs *t, struct job *j)
{
    struct proc_exit how = {.status = 0};
    struct err e = ERR_INIT;
    int rc = 0;

    if (j->proc.out >= 0 && take_output(t, j))
        fs_fd_auto(&j->proc.out);
    if (j->proc.out >= 0)
        return;
    rc = proc_wait(&j->proc, 1, &how, &e); /* a time long past: no waiting */
    if (rc == 0)
        return;
    j->exit = rc < 0 || how.signaled ? EXIT_FAILED : how.status;
    j->runs = false;
    j->news = true;
    log_event(t->home, "serve job %s ends %d", KINDS[j->kind].kind, j->exit);
}

void web_job_turn(struct web_jobs *t)
{
    for (size_t i = 0; i < WEB_JOB_MAX; i++) {
        if (t->all[i].runs)
            look_at(t, &t->all[i]);
        if (t->all[i].id)
            tell_news(t, &t->all[i]);
    }
}

size_t web_job_fds(const struct web_jobs *t, int fds[WEB_JOB_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        if (t->all[i].runs && t->all[i].proc.out >= 0)
            fds[n++] = t->all[i].proc.out;
    return n;
}

/* ---- ending -----------------------------------------------------------------------
 */

static void ask_to_stop(struct job *j)
{
    if (!j->runs)
        return;
    j->asked = true;
    (void)kill(j->proc.pid, SIGTERM); /* gone already: then it has ended */
}

int web_job_stop(struct web_jobs *t, const char *name, struct jdoc **out, struct err *e)
{
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        if (&t->all[i] == find(t, name))
            ask_to_stop(&t->all[i]);
    return web_job_show(t, name, out, e);
}

void web_job_end(struct web_jobs *t)
{
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        ask_to_stop(&t->all[i]);
}

bool web_job_busy(const struct web_jobs *t)
{
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        if (t->all[i].runs)
            return true;
    return false;
}
