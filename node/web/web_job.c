/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_job.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/log.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/str.h"

#define OPTIONS_MAX  20
#define VALUE_MAX    200
#define NUMBER_MAX   100000
#define READS_MAX    16 /* of one pipe in one turn */
#define NAME_MAX_JOB 24

/* What may be asked for: nothing else gets onto a command line. An option goes as one
 * word "--name=value", so that no value can be taken for an option. */
static const struct {
    const char *kind;
    const char *words[2];
    enum role_act may;
    bool low; /* yields to the clerk */
    const char *options[OPTIONS_MAX];
} KINDS[] = {
    {"scan",
     {"scan", "run"},
     ROLE_CAPTURE,
     false,
     {"device", "source", "mode", "dpi", "size", "pages", "dossier", "kind", "per-file",
      "expect", "why", "user", "replace", "after", "before", "go-on", "keep-open", "backs"}},
    {"scan-finish", {"scan", "finish"}, ROLE_CAPTURE, false, {NULL}},
    {"ocr", {"ocr", "run"}, ROLE_CAPTURE, true, {"limit", "duplex"}},
    {"seal", {"bundle", "seal"}, ROLE_SEAL, false, {"unverified"}},
    {"sync", {"sync", "run"}, ROLE_SEAL, false, {NULL}},
};

struct job {
    int64_t id; /* 0: free */
    size_t kind;
    struct proc proc;
    bool runs, asked; /* asked: to stop */
    int exit;
    int64_t done;
    struct str line; /* begun */
    struct jdoc *rows[WEB_JOB_ROWS_MAX];
    size_t first, count;
    struct jdoc *summary; /* or the error */
};

struct web_jobs {
    char *home;
    int64_t last_id;
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
    proc_clear(&j->proc);
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
    jdoc_set_null(o, "total"); /* the commands do not tell it beforehand */
    jdoc_set_null(o, "left_s");
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

/* "--name=value" of each key, after @argv[*n]. The words are owned by @words. */
static int add_options(size_t kind, const struct jdoc *args, char *words[OPTIONS_MAX],
                       const char **argv, size_t *n, struct err *e)
{
    const char *key = NULL;

    for (size_t i = 0; (key = jdoc_key(args, i)); i++) {
        const char *text = jdoc_text(args, key);
        int64_t number = 0;

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

static int begin(struct web_jobs *t, struct job *j, const struct jdoc *args,
                 struct err *e)
{
    AUTO_MEM char *program = fs_program(e);
    char *words[OPTIONS_MAX] = {NULL};
    const char *argv[OPTIONS_MAX + 8] = {program,
                                         "-C",
                                         t->home,
                                         "--json",
                                         KINDS[j->kind].words[0],
                                         KINDS[j->kind].words[1]};
    struct proc_opts o = {
        .argv = argv, .out = PROC_PIPE, .low_priority = KINDS[j->kind].low};
    size_t n = 6;
    int rc = program ? add_options(j->kind, args, words, argv, &n, e) : -1;

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

int web_job_start(struct web_jobs *t, const char *kind, const struct jdoc *args,
                  enum role role, struct jdoc **out, struct err *e)
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
    if (begin(t, j, args, e) < 0) {
        forget(j);
        return -1;
    }
    j->id = ++t->last_id;
    j->runs = true;
    log_event(t->home, "serve job %s begins", kind);
    *out = tell(j, true);
    return 0;
}

/* ---- running ----------------------------------------------------------------------
 */

static void take_line(struct job *j)
{
    struct jdoc *o = NULL;
    struct err ignored = ERR_INIT; /* a line that is none is not shown */
    const char *type = NULL;

    if (j->line.over || jdoc_parse(str_text(&j->line), j->line.len, &o, &ignored) < 0)
        return;
    type = jdoc_text(o, "type");
    if (type && (strcmp(type, "summary") == 0 || strcmp(type, "error") == 0)) {
        jdoc_free(j->summary);
        j->summary = o;
        return;
    }
    if (type && strcmp(type, "progress") != 0)
        j->done++;
    if (j->count == WEB_JOB_ROWS_MAX) {
        jdoc_free(j->rows[j->first]);
        j->rows[j->first] = o;
        j->first = (j->first + 1) % WEB_JOB_ROWS_MAX;
    } else {
        j->rows[(j->first + j->count++) % WEB_JOB_ROWS_MAX] = o;
    }
}

static void take_bytes(struct job *j, const char *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (bytes[i] != '\n') {
            str_add_char(&j->line, bytes[i]);
            continue;
        }
        take_line(j);
        str_clear(&j->line);
        j->line = (struct str)STR_INIT(WEB_JOB_LINE_MAX);
    }
}

/* Return: whether its pipe has come to its end. */
static bool take_output(struct job *j)
{
    char bytes[8192];

    for (int i = 0; i < READS_MAX; i++) {
        ssize_t n = read(j->proc.out, bytes, sizeof bytes);

        if (n > 0)
            take_bytes(j, bytes, (size_t)n);
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

    if (j->proc.out >= 0 && take_output(j))
        fs_fd_auto(&j->proc.out);
    if (j->proc.out >= 0)
        return;
    rc = proc_wait(&j->proc, 1, &how, &e); /* a time long past: no waiting */
    if (rc == 0)
        return;
    j->exit = rc < 0 || how.signaled ? EXIT_FAILED : how.status;
    j->runs = false;
    log_event(t->home, "serve job %s ends %d", KINDS[j->kind].kind, j->exit);
}

void web_job_turn(struct web_jobs *t)
{
    for (size_t i = 0; i < WEB_JOB_MAX; i++)
        if (t->all[i].runs)
            look_at(t, &t->all[i]);
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
