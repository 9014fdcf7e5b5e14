/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/hash.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "ocr/image.h"
#include "ocr/ocr_body.h"

/* One worker process, seen from the parent. It reads untrusted bytes, so nothing it
 * says is believed unchecked, and it is killed rather than asked to stop. */
#define SEND_MS 10000 /* it reads its next page at once, or is stuck */
#define RECV_MS 10000 /* from the first byte of a message to the last */
#define DIE_MS  2000  /* from its last word to its end */
#define FILES   16    /* descriptors: socket, page, and what libraries keep */

struct ocr_client {
    struct ocr_opts opts;
    char model[HASH_HEX];
    struct proc proc;
    bool ready;
    int pages;
    bool wanted;                   /* pictures, of the page under way */
    const struct ocr_watch *watch; /* of the page under way, or NULL */
    int watched;                   /* pictures it has seen */
    struct ocr_pictures made;      /* came before their page's result */
    int64_t deadline_ms;           /* of the page under way */
    int64_t awake_ms;              /* when it was last seen to work */
    uint64_t cpu_ms;               /* what it had used then */
};

static void client_stop(void *self)
{
    struct ocr_client *c = self;
    struct err ignored = ERR_INIT; /* what does not end by itself is killed */

    if (c->deadline_ms == 0 && c->proc.pid > 0) {
        fs_fd_auto(&c->proc.sock); /* it ends when its parent hangs up */
        if (proc_wait(&c->proc, clock_mono_ms() + DIE_MS, NULL, &ignored) != 1)
            proc_kill(&c->proc, NULL);
    }
    proc_clear(&c->proc);
    ocr_pictures_clear(&c->made);
    mem_free(c);
}

static int client_start(const struct ocr_opts *o, const char *model, void **self,
                        struct err *e)
{
    struct ocr_client *c = mem_new(1, sizeof *c);
    struct proc_opts p = {
        .program = o->program,
        .low_priority = o->low_priority,
        .limits = {.address_bytes = OCR_ADDRESS_BYTES,
                   .cpu_s = o->cpu_s,
                   .files = FILES,
                   .no_file_writes = true},
    };

    c->opts = *o;
    c->proc = (struct proc)PROC_INIT;
    memcpy(c->model, model, sizeof c->model);
    if (proc_start_worker("ocr", &p, &c->proc, e) < 0) {
        mem_free(c);
        return -1;
    }
    *self = c;
    return 0;
}

static int send_verso(const struct ocr_client *c, const struct ocr_side *v,
                      int64_t deadline_ms, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str s = STR_INIT(OCR_MSG_RESULT_MAX);

    jdoc_set_int(j, "index", v->index);
    jdoc_set_int(j, "dpi", v->dpi);
    jdoc_set_bool(j, "rendered", v->rendered);
    jdoc_print(j, &s);
    if (str_check(&s, "verso", e) < 0)
        return -1;
    return msg_send(c->proc.sock, OCR_MSG_VERSO, s.p, s.len, v->fd, deadline_ms, e);
}

static int client_send(void *self, const struct ocr_job *job, struct err *e)
{
    struct ocr_client *c = self;
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_STR struct str s = STR_INIT(OCR_MSG_RESULT_MAX);
    int64_t now_ms = clock_mono_ms();

    jdoc_set_int(j, "index", job->index);
    jdoc_set_int(j, "dpi", job->dpi);
    jdoc_set_bool(j, "rendered", job->rendered);
    jdoc_set_bool(j, "plain", job->plain);
    jdoc_set_bool(j, "tesseract", job->tesseract);
    jdoc_set_bool(j, "pictures", job->pictures);
    jdoc_set_bool(j, "scanned", job->scanned);
    jdoc_set_bool(j, "watch", job->watch != NULL);
    if (job->layer)
        jdoc_set(j, "layer", result_to_jdoc(job->layer));
    jdoc_print(j, &s);
    c->deadline_ms = now_ms + c->opts.wall_ms;
    c->awake_ms = now_ms;
    c->wanted = job->pictures;
    c->watch = job->watch;
    c->watched = 0;
    ocr_pictures_clear(&c->made);
    if (str_check(&s, "page", e) < 0 || proc_add_cpu(&c->proc, c->opts.cpu_s, e) < 0)
        return -1;
    if (job->duplex && send_verso(c, &job->verso, now_ms + SEND_MS, e) < 0)
        return -1;
    return msg_send(c->proc.sock, OCR_MSG_PAGE, s.p, s.len, job->fd, now_ms + SEND_MS,
                    e);
}

static int client_socket(const void *self)
{
    return ((const struct ocr_client *)self)->proc.sock;
}

/* ---- what it says -------------------------------------------------------------- */

/* The end of the worker in the middle of a page. */
static enum ocr_take lost(struct ocr_client *c, struct err *e)
{
    struct proc_exit how = {0};
    struct err why = ERR_INIT;

    if (proc_wait(&c->proc, clock_mono_ms() + DIE_MS, &how, &why) != 1)
        proc_kill(&c->proc, &how);
    if (!c->ready) {
        (void)err_set(e, ERR_WORKER_START, "reading program");
        (void)err_detail(e, "%s %d before it was ready",
                         how.signaled ? "signal" : "exit", how.status);
        return OCR_TAKE_BROKEN;
    }
    if (how.signaled && how.status == SIGXCPU)
        (void)err_set(e, ERR_OCR_TIMEOUT, "processor time");
    else
        (void)err_set(e, ERR_OCR_CRASH, "reading program");
    (void)err_detail(e, "%s %d, %llu KiB at most", how.signaled ? "signal" : "exit",
                     how.status, (unsigned long long)how.peak_kib);
    return OCR_TAKE_LOST;
}

/* It broke the rules: it may have been taken over by what it reads. */
static enum ocr_take not_allowed(struct ocr_client *c, struct err *e)
{
    struct err why = *e;

    proc_kill(&c->proc, NULL);
    (void)err_set(e, ERR_OCR_CRASH, "reading program");
    (void)err_detail(e, "%s: %s", err_code_name(why.code), why.subject);
    return OCR_TAKE_LOST;
}

static enum ocr_take take_ready(struct ocr_client *c, const struct msg *m,
                                struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    const char *model = NULL;

    if (c->ready)
        return err_set(e, ERR_WORKER_PROTOCOL, "ready twice"), not_allowed(c, e);
    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return not_allowed(c, e);
    model = jdoc_text(j, "model");
    if (!model || strcmp(model, c->model) != 0) {
        (void)err_set(e, ERR_OCR_MODEL, "the model changed meanwhile");
        return OCR_TAKE_BROKEN;
    }
    c->ready = true;
    return OCR_TAKE_WAIT;
}

/* Errors a page may cause; everything else it says is just "not read". */
static void believe_failure(struct err *e)
{
    switch ((int)e->code) {
    case ERR_INPUT_TYPE:
    case ERR_INPUT_TOO_LARGE:
    case ERR_INPUT_NOT_REGULAR:
    case ERR_IMAGE_DAMAGED:
    case ERR_IMAGE_SIZE:
    case ERR_IMAGE_BOMB:
    case ERR_IMAGE_FORMAT:
    case ERR_OCR_FAILED:
    case ERR_MEMORY:
    case ERR_LIMIT:
    case ERR_READ:
        break;
    default:
        e->code = ERR_OCR_FAILED;
        break;
    }
}

static enum ocr_take take_result(struct ocr_client *c, const struct msg *m,
                                 struct result *out, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;

    if (jdoc_parse(m->data, m->len, &j, e) < 0 || result_from_jdoc(j, out, e) < 0)
        return not_allowed(c, e);
    return OCR_TAKE_RESULT;
}

static bool begins(const struct msg *m, const char *head, size_t len)
{
    return m->len >= len && memcmp(m->data, head, len) == 0;
}

/* A picture of the page under way: its kind and size are all that is looked at. */
static enum ocr_take take_picture(struct ocr_client *c, const struct msg *m,
                                  struct err *e)
{
    bool page = m->type == OCR_MSG_LAYERS;
    struct str *to = page ? &c->made.page : &c->made.thumb;

    if (!c->wanted || to->len > 0 ||
        (page ? !begins(m, "%PDF-", 5) : !begins(m, "\xFF\xD8\xFF", 3)))
        return err_set(e, ERR_WORKER_PROTOCOL, "picture"), not_allowed(c, e);
    to->max = page ? OCR_PAGE_PICTURE_MAX : OCR_THUMB_MAX;
    str_add_mem(to, m->data, m->len);
    if (str_check(to, "picture", e) < 0)
        return not_allowed(c, e);
    return OCR_TAKE_WAIT;
}

static enum ocr_take take_watch(struct ocr_client *c, const struct msg *m,
                                struct err *e)
{
    AUTO_STR struct str png = STR_INIT(OCR_WATCH_BYTES_MAX);
    const char *name = m->data;
    size_t len = strnlen(name, m->len);

    if (!c->watch || c->watched >= OCR_WATCH_MAX || len == 0 || len > STEP_NAME_MAX ||
        len == m->len || strspn(name, "abcdefghijklmnopqrstuvwxyz-") != len ||
        m->len - len - 1 < 8 || memcmp(name + len + 1, "\x89PNG\r\n\x1A\n", 8) != 0)
        return err_set(e, ERR_WORKER_PROTOCOL, "picture of a step"), not_allowed(c, e);
    str_add_mem(&png, name + len + 1, m->len - len - 1);
    if (str_check(&png, "picture of a step", e) < 0)
        return not_allowed(c, e);
    c->watched++;
    c->watch->picture(c->watch->ctx, name, &png);
    return OCR_TAKE_WAIT;
}

static enum ocr_take client_take(void *self, struct result *out,
                                 struct ocr_pictures *made, struct err *e)
{
    struct ocr_client *c = self;
    AUTO_MSG struct msg m = MSG_INIT;
    enum ocr_take got = OCR_TAKE_WAIT;
    int rc = msg_recv(c->proc.sock, &m, OCR_MSG_RESULT_MAX, false,
                      clock_mono_ms() + RECV_MS, e);

    if (rc < 0 && (e->code == ERR_WORKER_PROTOCOL || e->code == ERR_TIMEOUT))
        return not_allowed(c, e);
    if (rc <= 0)
        return lost(c, e);
    if (m.type == OCR_MSG_BROKEN && !c->ready) {
        (void)msg_read_error(&m, e);
        return OCR_TAKE_BROKEN;
    }
    if (m.type == OCR_MSG_READY)
        return take_ready(c, &m, e);
    if (c->ready && (m.type == OCR_MSG_LAYERS || m.type == OCR_MSG_THUMB))
        return take_picture(c, &m, e);
    if (c->ready && m.type == OCR_MSG_WATCH)
        return take_watch(c, &m, e);
    if (!c->ready || (m.type != OCR_MSG_RESULT && m.type != OCR_MSG_FAILED))
        return err_set(e, ERR_WORKER_PROTOCOL, "message %u", m.type), not_allowed(c, e);
    if (m.type == OCR_MSG_RESULT) {
        got = take_result(c, &m, out, e);
        if (got == OCR_TAKE_RESULT) {
            *made = c->made;
            c->made = (struct ocr_pictures){0};
        }
    } else {
        (void)msg_read_error(&m, e);
        believe_failure(e);
        got = OCR_TAKE_FAILED;
    }
    c->deadline_ms = 0;
    c->pages++;
    return got;
}

/* ---- limits -------------------------------------------------------------------- */

/* Has it slept too long over the page? Waiting for a processor is not sleeping: the
 * clerk's own work goes first. */
static bool overslept(struct ocr_client *c, const struct proc_use *use, int64_t now_ms)
{
    if (use->runs || use->cpu_ms != c->cpu_ms) {
        c->awake_ms = now_ms;
        c->cpu_ms = use->cpu_ms;
    }
    return now_ms - c->awake_ms >= c->opts.asleep_ms;
}

static bool client_expired(void *self, struct err *e)
{
    struct ocr_client *c = self;
    struct err ignored = ERR_INIT; /* a worker that is gone is found by its socket */
    struct proc_use use = {0};
    int64_t now_ms = clock_mono_ms();

    if (now_ms >= c->deadline_ms) {
        (void)err_set(e, ERR_OCR_TIMEOUT, "%lld s",
                      (long long)(c->opts.wall_ms / 1000));
    } else if (proc_usage(&c->proc, &use, &ignored) < 0) {
        return false;
    } else if (use.rss_kib > OCR_RSS_KIB_MAX) {
        (void)err_set(e, ERR_OCR_CRASH, "memory");
        (void)err_detail(e, "%llu KiB", (unsigned long long)use.rss_kib);
    } else if (overslept(c, &use, now_ms)) {
        (void)err_set(e, ERR_OCR_TIMEOUT, "%lld s",
                      (long long)(c->opts.asleep_ms / 1000));
        (void)err_detail(e, "asleep");
    } else {
        return false;
    }
    proc_kill(&c->proc, NULL);
    return true;
}

static bool client_worn(void *self)
{
    struct ocr_client *c = self;
    struct err ignored = ERR_INIT; /* gone: worn as well */
    struct proc_use use = {0};

    return c->pages >= c->opts.pages_per_worker ||
           proc_usage(&c->proc, &use, &ignored) < 0 || use.rss_kib > OCR_RSS_KIB_RENEW;
}

const struct ocr_body ocr_client_body = {
    .start = client_start,
    .stop = client_stop,
    .send = client_send,
    .socket = client_socket,
    .take = client_take,
    .expired = client_expired,
    .worn = client_worn,
};
