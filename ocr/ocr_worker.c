/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"
#include "ocr/chain.h"
#include "ocr/image.h"
#include "ocr/ocr_body.h"
#include "ocr/tess.h"

/* The other end of ocr_client.c: load the model, lock the door, read pages. */

static int send_jdoc(enum ocr_msg type, const struct jdoc *j, struct err *e)
{
    AUTO_STR struct str s = STR_INIT(OCR_MSG_RESULT_MAX);

    jdoc_print(j, &s);
    if (str_check(&s, "answer", e) < 0)
        return -1;
    return msg_send(PROC_WORKER_FD, type, s.p, s.len, -1, 0, e);
}

static int send_picture(enum ocr_msg type, const struct str *s, struct err *e)
{
    return s->len > 0 ? msg_send(PROC_WORKER_FD, type, s->p, s->len, -1, 0, e) : 0;
}

/* One that does not arrive is missed by nobody but who explains. */
static void send_watch(void *ctx, const char *name, const struct str *png)
{
    AUTO_STR struct str s = STR_INIT(OCR_WATCH_BYTES_MAX + STEP_NAME_MAX + 1);
    struct err ignored = ERR_INIT;

    if (++*(int *)ctx > OCR_WATCH_MAX)
        return;
    str_add(&s, name);
    str_add_char(&s, '\0');
    str_add_mem(&s, png->p, png->len);
    if (msg_send(PROC_WORKER_FD, OCR_MSG_WATCH, s.p, s.len, -1, 0, &ignored) < 0)
        err_clear(&ignored);
}

static int say_ready(const struct tess *t, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    jdoc_set_text(j, "model", tess_model_sha256(t));
    return send_jdoc(OCR_MSG_READY, j, e);
}

#ifdef SOHOA_FAULT
/* SOHOA_OCR_FAULT=crash|hang|eat|exit:WIDTH in test builds: what happens to a page so
 * many pixels wide. */
static void test_fault(const struct result *r)
{
    const char *wish = getenv("SOHOA_OCR_FAULT");
    const char *width = wish ? strchr(wish, ':') : NULL;

    if (!width || strtol(width + 1, NULL, 10) != r->width_px)
        return;
    if (strncmp(wish, "crash", 5) == 0)
        abort();
    if (strncmp(wish, "exit", 4) == 0)
        _exit(EXIT_DONE);
    for (;;)
        if (strncmp(wish, "eat", 3) == 0)
            memset(mem_new(1 << 20, 1), 1, 1 << 20);
}
#endif

/* "index", "dpi", "rendered" of a picture. */
static int read_side(const struct jdoc *ask, int fd, struct ocr_side *out,
                     struct err *e)
{
    int64_t index = 0, dpi = 0;

    if (!jdoc_int(ask, "index", 0, INT32_MAX, &index) ||
        !jdoc_int(ask, "dpi", 0, IMAGE_DPI_MAX, &dpi))
        return err_set(e, ERR_WORKER_PROTOCOL, "page");
    *out = (struct ocr_side){.fd = fd,
                             .index = (int)index,
                             .dpi = (int)dpi,
                             .rendered = jdoc_bool(ask, "rendered", false)};
    return 0;
}

/* The other side, which came before its page, if it did. */
static int read_verso(const struct msg *m, struct ocr_job *job, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;

    if (m->fd < 0)
        return 0;
    job->duplex = true;
    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    return read_side(ask, m->fd, &job->verso, e);
}

/* @verso: fd -1: none. */
static int serve_page(struct tess *t, const struct msg *m, const struct msg *verso,
                      struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    AUTO_JDOC struct jdoc *answer = NULL;
    AUTO_RESULT struct result r = {0};
    AUTO_PICTURES struct ocr_pictures made = {0};
    AUTO_RESULT struct result layer = {0};
    struct err why = ERR_INIT;
    struct ocr_job job = {.fd = m->fd};
    int sent = 0;
    struct ocr_watch watch = {.picture = send_watch, .ctx = &sent};
    struct ocr_side page = {0};

    if (jdoc_parse(m->data, m->len, &ask, e) < 0 ||
        read_side(ask, m->fd, &page, e) < 0 || read_verso(verso, &job, e) < 0)
        return -1;
    job.index = page.index;
    job.dpi = page.dpi;
    job.rendered = page.rendered;
    job.plain = jdoc_bool(ask, "plain", false);
    job.tesseract = jdoc_bool(ask, "tesseract", false);
    job.pictures = jdoc_bool(ask, "pictures", false);
    job.scanned = jdoc_bool(ask, "scanned", false);
    if (jdoc_get(ask, "layer")) {
        if (result_from_jdoc(jdoc_get(ask, "layer"), &layer, e) < 0)
            return -1;
        job.layer = &layer;
    }
    if (jdoc_bool(ask, "watch", false))
        job.watch = &watch;
    if (chain_read(t, &job, &r, job.pictures ? &made : NULL, &why) < 0)
        return msg_send_error(PROC_WORKER_FD, OCR_MSG_FAILED, &why, 0, e);
#ifdef SOHOA_FAULT
    test_fault(&r);
#endif
    if (send_picture(OCR_MSG_LAYERS, &made.page, e) < 0 ||
        send_picture(OCR_MSG_THUMB, &made.thumb, e) < 0)
        return -1;
    answer = result_to_jdoc(&r);
    return send_jdoc(OCR_MSG_RESULT, answer, e);
}

/* A message with its descriptor. Return: 1, 0 the end, -1. */
static int receive(struct msg *m, struct err *e)
{
    int rc = msg_recv(PROC_WORKER_FD, m, OCR_MSG_RESULT_MAX, true, 0, e);

    return rc == 1 && m->fd < 0 ? err_set(e, ERR_WORKER_PROTOCOL, "no file") : rc;
}

int ocr_worker_main(void)
{
    AUTO_TESS struct tess *t = NULL;
    struct err e = ERR_INIT;

    if (tess_open(&t, &e) < 0 || sandbox_enter(SANDBOX_PURE, NULL, 0, &e) < 0) {
        struct err why = e;

        return msg_send_error(PROC_WORKER_FD, OCR_MSG_BROKEN, &why, 0, &e) < 0
                   ? EXIT_PARTLY
                   : EXIT_FAILED;
    }
    if (say_ready(t, &e) < 0)
        return EXIT_FAILED;
    for (;;) {
        AUTO_MSG struct msg m = MSG_INIT;
        AUTO_MSG struct msg verso = MSG_INIT;
        int rc = receive(&m, &e);

        if (rc == 1 && m.type == OCR_MSG_VERSO) {
            verso = m;
            m = (struct msg)MSG_INIT;
            rc = receive(&m, &e) == 1 ? 1 : -1;
        }
        if (rc == 0)
            return EXIT_DONE;
        if (rc < 0 || m.type != OCR_MSG_PAGE || serve_page(t, &m, &verso, &e) < 0)
            return EXIT_FAILED;
    }
}
