/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/fetch.h"

#include <git2/sys/transport.h>
#include <stdio.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "sync/line.h"
#include "sync/receive.h"
#include "sync/repo.h"
#include "sync/repo_git.h"
#include "sync/request.h"

#define CHUNK_MAX INT64_C(1048576)
#define WORD_MAX  ((size_t)128)

/* libgit2 wants the advertisement as http has it: a comment packet, and two flushes. */
static const char service[] = "001e# service=git-upload-pack\n0000";

struct link { /* what all streams of one fetch share */
    const struct fetch_job *job;
    struct fetch_sum *sum;
    struct err e; /* libgit2 only carries a number up */
};

/* Getting through to the other end takes its time on a bad line; once it has answered,
 * silence means that the line is dead. */
static int64_t patience(const struct link *k)
{
    return k->sum->bytes_down == 0 && k->job->idle_ms < FETCH_START_MS
               ? FETCH_START_MS
               : k->job->idle_ms;
}

static int beat(struct link *k, bool on_disk)
{
    return k->job->beat ? k->job->beat(k->job->ctx, on_disk, &k->e) : 0;
}

struct subtransport {
    git_smart_subtransport base;
    struct link *link;
};

/* One exchange: a request, then its answer in chunks. */
struct stream {
    git_smart_subtransport_stream base;
    struct link *link;
    size_t service_left; /* of the comment packet, to be given first */
    int64_t chunk_left;
    bool ended;
};

static int other_end_said(struct link *k, const char *line)
{
    if (receive_bad(line, &k->e) == ERR_NONE)
        err_set(&k->e, ERR_UPSTREAM, "%s", line);
    return -1;
}

/* The next "<n>\n"; 0 is the end of this answer. */
static int next_chunk(struct stream *s)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    struct link *k = s->link;
    int rc = line_text(k->job->in, &line, patience(k), &k->e);

    if (rc < 0)
        return -1;
    if (rc == 0)
        return err_set(&k->e, ERR_LINE, "%s", "line closed");
    k->sum->bytes_down += (int64_t)line.len + 1;
    if (!num_parse(str_text(&line), 0, CHUNK_MAX, &s->chunk_left))
        return other_end_said(k, str_text(&line));
    s->ended = s->chunk_left == 0;
    return 0;
}

static int stream_read(git_smart_subtransport_stream *base, char *buffer, size_t size,
                       size_t *got)
{
    struct stream *s = (struct stream *)base;
    struct link *k = s->link;
    int rc;

    *got = 0;
    if (s->service_left > 0) {
        *got = size < s->service_left ? size : s->service_left;
        memcpy(buffer, service + (sizeof service - 1 - s->service_left), *got);
        s->service_left -= *got;
        return 0;
    }
    if (s->ended || (s->chunk_left == 0 && next_chunk(s) < 0))
        return s->ended ? 0 : -1;
    if (s->ended)
        return 0;
    if ((int64_t)size > s->chunk_left)
        size = (size_t)s->chunk_left;
    rc = line_read(k->job->in, buffer, size, k->job->idle_ms, got, &k->e);
    if (rc == 0)
        err_set(&k->e, ERR_LINE, "%s", "line closed");
    if (rc <= 0)
        return -1;
    s->chunk_left -= (int64_t)*got;
    k->sum->bytes_down += (int64_t)*got;
    return beat(k, false);
}

/* Who does not listen any more may have said why before. */
static int not_heard(struct link *k)
{
    AUTO_STR struct str line = STR_INIT(WORD_MAX);
    struct err ignored = ERR_INIT;

    if (line_text(k->job->in, &line, k->job->idle_ms, &ignored) == 1 &&
        str_starts(str_text(&line), "bad "))
        return other_end_said(k, str_text(&line));
    return -1;
}

static int send_bytes(struct link *k, const void *data, size_t len)
{
    if (line_write(k->job->out, data, len, k->job->idle_ms, &k->e) < 0)
        return not_heard(k);
    k->sum->bytes_up += (int64_t)len;
    return 0;
}

static int stream_write(git_smart_subtransport_stream *base, const char *buffer,
                        size_t len)
{
    struct stream *s = (struct stream *)base;
    char head[40];
    int n = snprintf(head, sizeof head, "rpc %zu\n", len);

    if (send_bytes(s->link, head, (size_t)n) < 0)
        return -1;
    return send_bytes(s->link, buffer, len);
}

static void stream_free(git_smart_subtransport_stream *base)
{
    struct stream *s = (struct stream *)base;
    char scratch[4096];
    size_t got = 1;

    /* What is left of an answer must not be taken for the next one. */
    while (!s->ended && s->chunk_left > 0 && s->link->e.code == ERR_NONE && got > 0)
        if (stream_read(base, scratch, sizeof scratch, &got) < 0)
            break;
    if (!s->ended && s->link->e.code == ERR_NONE)
        (void)next_chunk(s);
    mem_free(s);
}

static int sub_action(git_smart_subtransport_stream **out, git_smart_subtransport *base,
                      const char *url, git_smart_service_t action)
{
    struct subtransport *t = (struct subtransport *)base;
    struct stream *s;

    (void)url;
    if (action != GIT_SERVICE_UPLOADPACK_LS && action != GIT_SERVICE_UPLOADPACK)
        return err_set(&t->link->e, ERR_INTERNAL, "%s", "service");
    if (action == GIT_SERVICE_UPLOADPACK_LS && send_bytes(t->link, "ls\n", 3) < 0)
        return -1;
    s = mem_new(1, sizeof *s);
    s->base.subtransport = base;
    s->base.read = stream_read;
    s->base.write = stream_write;
    s->base.free = stream_free;
    s->link = t->link;
    if (action == GIT_SERVICE_UPLOADPACK_LS)
        s->service_left = sizeof service - 1;
    *out = &s->base;
    return 0;
}

static int sub_close(git_smart_subtransport *base)
{
    (void)base;
    return 0;
}

static void sub_free(git_smart_subtransport *base)
{
    mem_free(base);
}

static int make_subtransport(git_smart_subtransport **out, git_transport *owner,
                             void *ctx)
{
    struct subtransport *t = mem_new(1, sizeof *t);

    (void)owner;
    t->base.action = sub_action;
    t->base.close = sub_close;
    t->base.free = sub_free;
    t->link = ctx;
    *out = &t->base;
    return 0;
}

static int make_transport(git_transport **out, git_remote *owner, void *ctx)
{
    git_smart_subtransport_definition def = {
        .callback = make_subtransport, .rpc = 1, .param = ctx};

    return git_transport_smart(out, owner, &def);
}

/* ---- which refs
 * ---------------------------------------------------------------------- */

struct specs {
    char **list;
    size_t count, cap;
    char (*tips)[NAMES_OID_MAX];
    size_t tip_cap;
};

static void specs_clear(struct specs *s)
{
    for (size_t i = 0; i < s->count; i++)
        mem_free(s->list[i]);
    mem_free(s->list);
    mem_free(s->tips);
}

static int choose(git_remote *remote, const struct fetch_job *job, struct specs *s,
                  struct err *e)
{
    const git_remote_head **heads;
    size_t count;

    if (git_remote_ls(&heads, &count, remote) < 0)
        return repo_fail(e, "refs");
    if (count > FETCH_REFS_MAX)
        return err_set(e, ERR_UPSTREAM, "%zu refs", count);
    for (size_t i = 0; i < count; i++) {
        if (!names_ref_wanted(job->refs, job->ref_count, heads[i]->name) ||
            strlen(heads[i]->name) >= NAMES_REF_MAX)
            continue;
        mem_grow(&s->tips, &s->tip_cap, s->count + 1, sizeof *s->tips);
        mem_grow(&s->list, &s->cap, s->count + 1, sizeof *s->list);
        repo_hex(&heads[i]->oid, s->tips[s->count]);
        s->list[s->count++] = mem_dup(heads[i]->name);
    }
    return 0;
}

static int move_refs(const struct fetch_job *job, const struct specs *s,
                     struct fetch_sum *sum, struct err *e)
{
    struct err first = ERR_INIT;

    for (size_t i = 0; i < s->count; i++) {
        struct err why = ERR_INIT;
        int rc = request_forward(job->repo, s->list[i], s->tips[i], &why);

        /* One ref that was rewritten upstream does not hold back the others. */
        if (rc < 0 && first.code == ERR_NONE)
            first = why;
        if (rc == 1)
            sum->moved++;
    }
    if (first.code != ERR_NONE) {
        *e = first;
        return -1;
    }
    return 0;
}

/* While objects come and after the last one, when the pack is made whole. */
static int on_progress(const git_indexer_progress *p, void *ctx)
{
    return beat(ctx, p->total_objects > 0 && p->received_objects == p->total_objects);
}

static void remote_auto(git_remote **r)
{
    git_remote_free(*r);
}

/* libgit2 returns a number; why is in the link when it was the line. */
static int failed(struct link *k, struct err *e)
{
    if (k->e.code != ERR_NONE) {
        *e = k->e;
        return -1;
    }
    return repo_fail(e, "fetch");
}

int fetch_run(const struct fetch_job *job, struct fetch_sum *sum, struct err *e)
{
    struct link k = {.job = job, .sum = sum, .e = ERR_INIT};
    AUTO(specs_clear) struct specs s = {.list = NULL};
    AUTO(remote_auto) git_remote *remote = NULL;
    git_fetch_options o;
    git_strarray list;

    if (git_fetch_options_init(&o, GIT_FETCH_OPTIONS_VERSION) < 0)
        return repo_fail(e, "fetch");
    o.callbacks.transport = make_transport;
    o.callbacks.transfer_progress = on_progress;
    o.callbacks.payload = &k;
    o.download_tags = GIT_REMOTE_DOWNLOAD_TAGS_NONE;
    o.update_fetchhead = 0;
    if (git_remote_create_anonymous(&remote, repo_git(job->repo), "sohoa://upstream/") <
        0)
        return repo_fail(e, "fetch");
    if (git_remote_connect(remote, GIT_DIRECTION_FETCH, &o.callbacks, NULL, NULL) < 0)
        return failed(&k, e);
    if (choose(remote, job, &s, e) < 0)
        return -1;
    if (s.count == 0)
        return 0;
    list.strings = s.list;
    list.count = s.count;
    if (git_remote_download(remote, &list, &o) < 0)
        return failed(&k, e);
    if (git_odb_refresh(repo_odb(job->repo)) < 0)
        return repo_fail(e, "fetch");
    if (beat(&k, true) < 0)
        return failed(&k, e);
    return move_refs(job, &s, sum, e);
}
