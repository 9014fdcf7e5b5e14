/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_join.h"

#include <assert.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "node/base/str.h"
#include "ocr/ocr.h"
#include "ocr/pdf_out.h"

#define SMALL_MAX ((size_t)8192)
#define FILES     16

enum join_msg { MSG_BEGIN = 1, MSG_PAGE, MSG_END, MSG_DATA, MSG_DONE, MSG_FAIL };

/* ---- the worker ---------------------------------------------------------------- */

struct joining {
    struct pdf_out *pdf;
    struct str *parts; /* owned: libqpdf reads them until the end */
    size_t count, cap;
};

static void joining_clear(struct joining *j)
{
    pdf_out_free(j->pdf);
    for (size_t i = 0; i < j->count; i++)
        str_clear(&j->parts[i]);
    mem_free(j->parts);
    *j = (struct joining){0};
}

static int begin(struct joining *j, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    const char *title = NULL;

    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    title = jdoc_text(ask, "title");
    if (!title || j->pdf)
        return err_set(e, ERR_WORKER_PROTOCOL, "pdf");
    j->pdf = pdf_out_new(title);
    return 0;
}

static int add_part(struct joining *j, const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    struct str *part = NULL;
    int64_t size = 0;

    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    if (!j->pdf || j->count == PDF_JOIN_PAGES_MAX ||
        !jdoc_int(ask, "size", 1, OCR_PAGE_PICTURE_MAX, &size))
        return err_set(e, ERR_WORKER_PROTOCOL, "pdf");
    mem_grow(&j->parts, &j->cap, j->count + 1, sizeof *j->parts);
    part = &j->parts[j->count++];
    *part = (struct str)STR_INIT((size_t)size);
    while (part->len < (size_t)size) {
        char *to = str_room(part, (size_t)size - part->len);
        ssize_t n =
            to ? fs_read_some(m->fd, to, (size_t)size - part->len, "page", e) : -1;

        if (n < 0)
            return -1;
        if (n == 0)
            return err_set(e, ERR_PDF_DAMAGED, "page %zu", j->count);
        str_used(part, (size_t)n);
    }
    return pdf_out_add(j->pdf, part->p, part->len, "page", e);
}

static int answer(struct joining *j, struct err *why, struct err *e)
{
    AUTO_STR struct str out = STR_INIT(PDF_JOIN_BYTES_MAX);

    if (!j->pdf || pdf_out_write(j->pdf, &out, why) < 0)
        return msg_send_error(PROC_WORKER_FD, MSG_FAIL, why, 0, e);
    if (msg_send_parts(PROC_WORKER_FD, MSG_DATA, out.p, out.len, 0, e) < 0)
        return -1;
    return msg_send(PROC_WORKER_FD, MSG_DONE, NULL, 0, -1, 0, e);
}

/* Messages until END. The first error is told then, so that the parent is not cut off
 * while it still sends. */
static int serve(struct joining *j, struct err *e)
{
    struct err why = ERR_INIT;

    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_recv(PROC_WORKER_FD, &m, SMALL_MAX, true, 0, e);

        if (rc <= 0)
            return -1;
        if (m.type == MSG_END)
            return why.code != ERR_NONE
                       ? msg_send_error(PROC_WORKER_FD, MSG_FAIL, &why, 0, e)
                       : answer(j, &why, e);
        if (m.type != MSG_BEGIN && (m.type != MSG_PAGE || m.fd < 0))
            return err_set(e, ERR_WORKER_PROTOCOL, "message %u", m.type);
        if (why.code == ERR_NONE)
            rc = m.type == MSG_BEGIN ? begin(j, &m, &why) : add_part(j, &m, &why);
    }
}

int pdf_join_worker_main(void)
{
    AUTO(joining_clear) struct joining j = {0};
    struct err e = ERR_INIT;

    if (sandbox_enter(SANDBOX_PURE, NULL, 0, &e) < 0)
        return EXIT_FAILED;
    return serve(&j, &e) < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- the parent ---------------------------------------------------------------- */

static int ask(struct proc *worker, const char *title,
               const struct pdf_join_part *parts, size_t count, int64_t deadline_ms,
               struct err *e)
{
    AUTO_JDOC struct jdoc *head = jdoc_object();
    AUTO_STR struct str text = STR_INIT(SMALL_MAX);

    jdoc_set_text(head, "title", title);
    jdoc_print(head, &text);
    if (str_check(&text, "title", e) < 0 ||
        msg_send(worker->sock, MSG_BEGIN, text.p, text.len, -1, deadline_ms, e) < 0)
        return -1;
    for (size_t i = 0; i < count; i++) {
        AUTO_MEM char *size =
            mem_printf("{\"size\":%llu}", (unsigned long long)parts[i].size);

        if (msg_send(worker->sock, MSG_PAGE, size, strlen(size), parts[i].fd,
                     deadline_ms, e) < 0)
            return -1;
    }
    return msg_send(worker->sock, MSG_END, NULL, 0, -1, deadline_ms, e);
}

static int take(struct proc *worker, int64_t deadline_ms, struct str *out,
                struct err *e)
{
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        int rc = msg_recv(worker->sock, &m, MSG_PART_MAX, false, deadline_ms, e);

        if (rc < 0)
            return -1;
        if (rc == 0)
            return err_set(e, ERR_WORKER_GONE, "pdf");
        if (m.type == MSG_DONE)
            return str_check(out, "PDF", e);
        if (m.type == MSG_FAIL) {
            (void)msg_read_error(&m, e);
            if (e->code != ERR_LIMIT && e->code != ERR_MEMORY)
                e->code = ERR_PDF_DAMAGED; /* its word is not taken for more */
            return -1;
        }
        if (m.type != MSG_DATA)
            return err_set(e, ERR_WORKER_PROTOCOL, "message %u", m.type);
        str_add_mem(out, m.data, m.len);
        if (out->over)
            return str_check(out, "PDF", e);
    }
}

int pdf_join(const char *title, const struct pdf_join_part *parts, size_t count,
             struct str *out, struct err *e)
{
    struct proc_opts o = {
        .limits = {.address_bytes = PDF_JOIN_ADDRESS_BYTES,
                   .cpu_s = PDF_JOIN_CPU_S,
                   .files = FILES,
                   .no_file_writes = true},
    };
    struct proc worker = PROC_INIT;
    int64_t deadline_ms = clock_mono_ms() + PDF_JOIN_WALL_MS;
    int rc = 0;

    assert(count <= PDF_JOIN_PAGES_MAX);
    if (proc_start_worker("pdf", &o, &worker, e) < 0)
        return -1;
    rc = ask(&worker, title, parts, count, deadline_ms, e);
    if (rc == 0)
        rc = take(&worker, deadline_ms, out, e);
    if (rc < 0)
        proc_kill(&worker, NULL);
    proc_clear(&worker);
    return rc;
}
