/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/inspect.h"

#include <assert.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/types.h>

#include <allheaders.h>

#include "node/base/clock.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "ocr/capture.h"

#define MSG_MAX  ((size_t)4096)
#define WATCH_MS 100 /* how often the memory of a busy worker is looked at */

enum inspect_msg { MSG_FILE = 1, MSG_KIND, MSG_PAGE, MSG_BAD, MSG_FAIL };

struct inspect {
    struct inspect_opts opts;
    struct proc worker;
    int files; /* seen by this worker */
};

void inspect_result_clear(struct inspect_result *r)
{
    mem_free(r->pages);
    *r = (struct inspect_result){0};
}

/* ---- the worker ---------------------------------------------------------- */

static int send_jdoc(int sock, uint32_t type, const struct jdoc *j, struct err *e)
{
    AUTO_STR struct str s = STR_INIT(MSG_MAX);

    jdoc_print(j, &s);
    return msg_send(sock, type, s.p, s.len, -1, 0, e);
}

/* The slip on it, when there is one. A page that cannot be decoded once more has none.
 */
static void look_for_code(struct image *im, int index, struct qr *codes,
                          struct inspect_page *out)
{
    const struct image_want want = {.channel = IMAGE_LUMA,
                                    .width_min_px = QR_WIDTH_MAX / 2};
    AUTO_SHOT struct image_shot shot = {0};
    struct err ignored = ERR_INIT;

    if (codes && image_decode(im, index, &want, &shot, &ignored) == 0 && shot.pix &&
        qr_find(codes, shot.pix, INSPECT_CODE, out->code))
        out->alone = qr_alone(codes, shot.pix);
}

static int look_at_page(struct image *im, int index, struct qr *codes,
                        struct inspect_page *out, struct err *e)
{
    struct image_page page = {0};
    struct capture found = {0};
    struct Pix *bands = NULL;

    if (image_page_get(im, index, &page, e) < 0 ||
        image_verify_bands(im, index, &bands, e) < 0)
        return -1;
    capture_look(&page, bands, &found);
    pixDestroy(&bands);
    *out = (struct inspect_page){.width_px = page.width_px,
                                 .height_px = page.height_px,
                                 .dpi = page.dpi,
                                 .advice = found.advice};
    look_for_code(im, index, codes, out);
    return 0;
}

static int tell_page(int sock, struct image *im, int index, struct qr *codes,
                     struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct inspect_page page = {0};
    struct err why = ERR_INIT;

    if (look_at_page(im, index, codes, &page, &why) < 0)
        return msg_send_error(sock, MSG_BAD, &why, 0, e);
    jdoc_set_int(j, "page", index);
    jdoc_set_int(j, "width", page.width_px);
    jdoc_set_int(j, "height", page.height_px);
    jdoc_set_int(j, "dpi", page.dpi);
    jdoc_set_int(j, "advice", page.advice);
    jdoc_set_text(j, "code", page.code);
    jdoc_set_bool(j, "alone", page.alone);
    return send_jdoc(sock, MSG_PAGE, j, e);
}

static int serve_file(int sock, const struct msg *m, struct qr *codes, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    AUTO_JDOC struct jdoc *kind = jdoc_object();
    AUTO_IMAGE struct image *im = NULL;
    struct err why = ERR_INIT;
    int64_t from = 0;

    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    if (!jdoc_int(ask, "from", 0, INT32_MAX, &from))
        return err_set(e, ERR_WORKER_PROTOCOL, "inspect");
    if (image_open_fd(m->fd, IMAGE_KINDS_INPUT, &im, &why) < 0)
        return msg_send_error(sock, MSG_FAIL, &why, 0, e);
    jdoc_set_int(kind, "kind", image_kind_of(im));
    jdoc_set_int(kind, "pages", image_page_count(im));
    if (send_jdoc(sock, MSG_KIND, kind, e) < 0)
        return -1;
    for (int i = (int)from; i < image_page_count(im); i++)
        if (tell_page(sock, im, i, codes, e) < 0)
            return -1;
    return 0;
}

static int serve(struct qr *codes)
{
    struct err e = ERR_INIT;

    if (sandbox_enter(SANDBOX_PURE, NULL, 0, &e) < 0)
        return EXIT_FAILED;
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_recv(PROC_WORKER_FD, &m, MSG_MAX, true, 0, &e);

        if (rc == 0)
            return EXIT_DONE;
        if (rc < 0 || m.type != MSG_FILE || m.fd < 0 ||
            serve_file(PROC_WORKER_FD, &m, codes, &e) < 0)
            return EXIT_FAILED;
    }
}

int inspect_worker_main(void)
{
    return serve(NULL);
}

/* The library is there before the door is shut. */
int inspect_codes_worker_main(void)
{
    AUTO_QR struct qr *codes = qr_open();

    return serve(codes);
}

/* ---- the parent ---------------------------------------------------------- */

struct inspect *inspect_new(const struct inspect_opts *opts)
{
    struct inspect *in = mem_new(1, sizeof *in);

    if (opts)
        in->opts = *opts;
    if (in->opts.wall_ms == 0)
        in->opts.wall_ms = INSPECT_WALL_MS;
    if (in->opts.cpu_s == 0)
        in->opts.cpu_s = INSPECT_CPU_S;
    in->worker = (struct proc)PROC_INIT;
    return in;
}

static void stop_worker(struct inspect *in)
{
    proc_clear(&in->worker);
    in->worker = (struct proc)PROC_INIT;
    in->files = 0;
}

void inspect_free(struct inspect *in)
{
    if (!in)
        return;
    stop_worker(in);
    mem_free(in);
}

void inspect_auto(struct inspect **in)
{
    inspect_free(*in);
}

int inspect_pid(const struct inspect *in)
{
    return (int)in->worker.pid;
}

static int start_worker(struct inspect *in, struct err *e)
{
    struct proc_opts o = {
        .program = in->opts.program,
        .limits =
            {
                .address_bytes = INSPECT_ADDRESS_BYTES,
                .cpu_s = in->opts.cpu_s,
                .files = 16,
                .no_file_writes = true,
            },
    };

    if (in->worker.pid > 0 && in->files < INSPECT_FILES_MAX)
        return 0;
    stop_worker(in);
    return proc_start_worker(in->opts.codes ? "inspect-codes" : "inspect", &o,
                             &in->worker, e);
}

/* What a page costs when its worker was lost over it. */
static enum err_code lost_code(const struct proc_exit *how, bool killed)
{
    /* Processor time, our own or the kernel's kill, no memory left: a bomb; else the
     * decoder broke down, as it does on damaged files. */
    if (killed || (how->signaled && (how->status == SIGXCPU || how->status == SIGKILL ||
                                     how->status == SIGABRT)))
        return ERR_IMAGE_BOMB;
    return ERR_IMAGE_DAMAGED;
}

/*
 * The next message, with an eye on memory and time.
 * Return: 1 and *@m; 0 the worker is lost, *@code says what that means for the page;
 * -1.
 */
static int next_message(struct inspect *in, struct msg *m, enum err_code *code,
                        struct err *e)
{
    int64_t deadline_ms = clock_mono_ms() + in->opts.wall_ms;
    struct err why = ERR_INIT;
    struct proc_exit how = {0};
    bool killed = true;

    for (;;) {
        struct pollfd p = {.fd = in->worker.sock, .events = POLLIN};
        struct proc_use use = {0};

        if (poll(&p, 1, WATCH_MS) > 0) {
            int rc = msg_recv(in->worker.sock, m, MSG_MAX, false, deadline_ms, &why);

            if (rc > 0)
                return 1;
            if (rc < 0 && why.code == ERR_WORKER_PROTOCOL) {
                stop_worker(in);
                *e = why;
                return -1;
            }
            /* It closed its end: it is dying by itself. */
            killed = proc_wait(&in->worker, clock_mono_ms() + 1000, &how, &why) != 1;
            break;
        }
        if (clock_mono_ms() >= deadline_ms)
            break;
        if (proc_usage(&in->worker, &use, &why) == 0 &&
            use.rss_kib > INSPECT_RSS_KIB_MAX)
            break;
    }
    *code = lost_code(&how, killed);
    stop_worker(in);
    return 0;
}

/* What a worker may say of a file. It reads untrusted bytes: its word is not taken for
 * errors of ours, and out of memory in there is the file's doing. */
static void read_why(const struct msg *m, struct err *why)
{
    (void)msg_read_error(m, why);
    switch ((int)why->code) {
    case ERR_INPUT_TYPE:
    case ERR_INPUT_TOO_LARGE:
    case ERR_IMAGE_DAMAGED:
    case ERR_IMAGE_SIZE:
    case ERR_IMAGE_BOMB:
    case ERR_IMAGE_FORMAT:
    case ERR_READ:
        break;
    case ERR_MEMORY:
        why->code = ERR_IMAGE_BOMB;
        break;
    default:
        why->code = ERR_IMAGE_DAMAGED;
        break;
    }
}

struct look {
    struct inspect_result result;
    struct err file_why;
    struct err first_why; /* of the first bad page */
    size_t at;            /* page the worker is at */
    bool opened;
};

static int take_kind(struct look *l, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    int64_t kind = 0;
    int64_t pages = 0;

    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return -1;
    if (!jdoc_int(j, "kind", IMAGE_JPEG, IMAGE_KINDS_INPUT, &kind) ||
        !(kind & IMAGE_KINDS_INPUT) || (kind & (kind - 1)) ||
        !jdoc_int(j, "pages", 1, IMAGE_TIFF_PAGES_MAX + 1, &pages))
        return err_set(e, ERR_WORKER_PROTOCOL, "inspect: kind");
    if (l->opened)
        return (size_t)pages == l->result.count
                   ? 0
                   : err_set(e, ERR_WORKER_PROTOCOL, "inspect: pages");
    l->opened = true;
    l->result.kind = (enum image_kind)kind;
    l->result.count = (size_t)pages;
    l->result.pages = mem_new(l->result.count, sizeof *l->result.pages);
    return 0;
}

static int take_page(struct look *l, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct inspect_page *out = NULL;
    const char *code = NULL;
    int64_t page = 0;
    int64_t w = 0;
    int64_t h = 0;
    int64_t dpi = 0;
    int64_t advice = 0;

    if (jdoc_parse(m->data, m->len, &j, e) < 0)
        return -1;
    if (!jdoc_int(j, "page", (int64_t)l->at, (int64_t)l->at, &page) ||
        !jdoc_int(j, "width", 1, IMAGE_SIDE_MAX, &w) ||
        !jdoc_int(j, "height", 1, IMAGE_SIDE_MAX, &h) ||
        !jdoc_int(j, "dpi", 0, IMAGE_DPI_MAX, &dpi) ||
        !jdoc_int(j, "advice", 0, CAPTURE_ALL, &advice))
        return err_set(e, ERR_WORKER_PROTOCOL, "inspect: page");
    code = jdoc_text(j, "code");
    if (!code || strlen(code) >= sizeof out->code)
        return err_set(e, ERR_WORKER_PROTOCOL, "inspect: code");
    out = &l->result.pages[l->at++];
    *out = (struct inspect_page){
        .width_px = (int32_t)w,
        .height_px = (int32_t)h,
        .dpi = (int)dpi,
        .advice = (unsigned)advice,
        .alone = jdoc_bool(j, "alone", false),
    };
    memcpy(out->code, code, strlen(code) + 1);
    l->result.good++;
    return 0;
}

static void note_bad(struct look *l, const struct err *why)
{
    if (l->first_why.code == ERR_NONE)
        l->first_why = *why;
    l->result.pages[l->at++].bad = why->code;
}

/* One message. Return: 0, or -1 and @e when it is not allowed here. */
static int take(struct look *l, const struct msg *m, struct err *e)
{
    struct err why = ERR_INIT;

    switch (m->type) {
    case MSG_KIND:
        return take_kind(l, m, e);
    case MSG_PAGE:
        if (!l->opened || l->at >= l->result.count)
            break;
        return take_page(l, m, e);
    case MSG_BAD:
        if (!l->opened || l->at >= l->result.count)
            break;
        read_why(m, &why);
        note_bad(l, &why);
        return 0;
    case MSG_FAIL:
        read_why(m, &l->file_why);
        return 0;
    default:
        break;
    }
    return err_set(e, ERR_WORKER_PROTOCOL, "inspect: message %u", (unsigned)m->type);
}

static int ask(struct inspect *in, int fd, size_t from, struct err *e)
{
    AUTO_MEM char *text = mem_printf("{\"from\":%zu}", from);
    int rc = 0;

    if (start_worker(in, e) < 0)
        return -1;
    in->files++;
    rc = msg_send(in->worker.sock, MSG_FILE, text, strlen(text), fd,
                  clock_mono_ms() + in->opts.wall_ms, e);
    if (rc < 0)
        stop_worker(in);
    return rc;
}

/* Until all is told. Return: 0; 1 the worker was lost at page look->at; -1. */
static int listen_to(struct inspect *in, struct look *l, enum err_code *code,
                     struct err *e)
{
    struct err ignored = ERR_INIT; /* one that has just died is found by its message */

    while (l->file_why.code == ERR_NONE && (!l->opened || l->at < l->result.count)) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = 0;

        if (proc_add_cpu(&in->worker, in->opts.cpu_s, &ignored) < 0)
            err_clear(&ignored);
        rc = next_message(in, &m, code, e);
        if (rc <= 0)
            return rc == 0 ? 1 : -1;
        if (take(l, &m, e) < 0) {
            stop_worker(in);
            return -1;
        }
    }
    return 0;
}

/* The verdict on the file. */
static int judge(struct look *l, const char *name, struct inspect_result *out,
                 struct err *e)
{
    const struct err *why = l->file_why.code != ERR_NONE ? &l->file_why : &l->first_why;

    if (l->file_why.code != ERR_NONE || l->result.good == 0) {
        inspect_result_clear(&l->result);
        (void)err_set(e, why->code, "%s", name);
        return why->detail[0] ? err_detail(e, "%s", why->detail) : -1;
    }
    *out = l->result;
    l->result = (struct inspect_result){0};
    return 0;
}

int inspect_file(struct inspect *in, int fd, const char *name,
                 struct inspect_result *out, struct err *e)
{
    struct look l = {0};
    int lost = 0;
    int rc = 1;

    while (rc == 1) {
        enum err_code code = ERR_NONE;
        struct err why = ERR_INIT;

        rc = ask(in, fd, l.at, e) < 0 ? -1 : listen_to(in, &l, &code, e);
        if (rc != 1)
            break;
        lost++;
        (void)err_set(&why, code, "%s", name);
        (void)err_detail(&why, "worker lost at page %zu", l.at + 1);
        if (!l.opened)
            l.file_why = why;
        else
            note_bad(&l, &why);
        /* A file that costs one worker after another is not looked at further. */
        while (lost >= INSPECT_LOST_MAX && l.opened && l.at < l.result.count)
            note_bad(&l, &why);
        if (l.file_why.code != ERR_NONE || l.at >= l.result.count)
            rc = 0;
    }
    if (rc < 0) {
        inspect_result_clear(&l.result);
        return -1;
    }
    return judge(&l, name, out, e);
}

int inspect_direct(int fd, const char *name, struct inspect_result *out, struct err *e)
{
    AUTO_IMAGE struct image *im = NULL;
    struct look l = {0};

    if (image_open_fd(fd, IMAGE_KINDS_INPUT, &im, &l.file_why) == 0) {
        l.opened = true;
        l.result.kind = image_kind_of(im);
        l.result.count = (size_t)image_page_count(im);
        l.result.pages = mem_new(l.result.count, sizeof *l.result.pages);
        while (l.at < l.result.count) {
            struct err why = ERR_INIT;

            if (look_at_page(im, (int)l.at, NULL, &l.result.pages[l.at], &why) < 0) {
                note_bad(&l, &why);
                continue;
            }
            l.at++;
            l.result.good++;
        }
    }
    return judge(&l, name, out, e);
}
