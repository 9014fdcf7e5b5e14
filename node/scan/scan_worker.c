/* SPDX-License-Identifier: Apache-2.0 */
#include "node/scan/scan_worker.h"

#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include "node/base/archive.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "node/base/sandbox.h"

#define OPEN_MAX     ((size_t)256)
#define MEMBER_BYTES (1 + ARCHIVE_NAME_MAX)

struct serve {
    struct archive_in *a;
    uint64_t member_max;
    char *buf; /* SCAN_WORKER_DATA_MAX */
};

static int send_member(const struct archive_member *m, struct err *e)
{
    char text[MEMBER_BYTES];
    size_t len = m->name_len < ARCHIVE_NAME_MAX ? m->name_len : ARCHIVE_NAME_MAX;

    text[0] = m->kind == ARCHIVE_FILE     ? SCAN_WORKER_FILE
              : m->kind == ARCHIVE_FOLDER ? SCAN_WORKER_FOLDER
                                          : SCAN_WORKER_OTHER;
    memcpy(text + 1, m->name, len);
    return msg_send(PROC_WORKER_FD, SCAN_WORKER_MEMBER, text, 1 + len, -1, 0, e);
}

static int send_bad(const struct err *why, struct err *e)
{
    return msg_send_error(PROC_WORKER_FD, SCAN_WORKER_BAD, why, 0, e);
}

/* Bytes of the present member. Return: 0, or -1 when the parent is gone. @why: of the
 * member, when it cannot be had. */
static int send_data(struct serve *s, const struct archive_member *m, struct err *why,
                     struct err *e)
{
    uint64_t sum = 0;

    if (m->size_known && m->size > s->member_max) {
        (void)err_set(why, ERR_INPUT_TOO_LARGE, "member");
        return send_bad(why, e);
    }
    for (;;) {
        ssize_t n = archive_read(s->a, s->buf, SCAN_WORKER_DATA_MAX, why);

        if (n < 0)
            return send_bad(why, e);
        if (n == 0)
            return msg_send(PROC_WORKER_FD, SCAN_WORKER_END, NULL, 0, -1, 0, e);
        sum += (uint64_t)n;
        if (sum > s->member_max) {
            (void)err_set(why, ERR_INPUT_TOO_LARGE, "member");
            return send_bad(why, e);
        }
        if (msg_send(PROC_WORKER_FD, SCAN_WORKER_DATA, s->buf, (size_t)n, -1, 0, e) < 0)
            return -1;
    }
}

/* All members. Return: 0 the archive was told to its end or to its fault, -1. */
static int serve_members(struct serve *s, struct err *e)
{
    for (;;) {
        struct archive_member m = {0};
        struct err why = ERR_INIT;
        int rc = archive_next(s->a, &m, &why);

        if (rc == 0)
            return msg_send(PROC_WORKER_FD, SCAN_WORKER_DONE, NULL, 0, -1, 0, e);
        if (rc < 0 && !archive_can_go_on(s->a))
            return msg_send_error(PROC_WORKER_FD, SCAN_WORKER_FAIL, &why, 0, e);
        if (rc < 0) {
            if (send_bad(&why, e) < 0)
                return -1;
            continue;
        }
        if (send_member(&m, e) < 0)
            return -1;
        if (m.kind == ARCHIVE_FILE && send_data(s, &m, &why, e) < 0)
            return -1;
        /* What ends the whole archive is told of the whole, too. */
        if (!archive_can_go_on(s->a) && why.code != ERR_NONE)
            return msg_send_error(PROC_WORKER_FD, SCAN_WORKER_FAIL, &why, 0, e);
    }
}

static int serve_archive(const struct msg *m, struct err *e)
{
    AUTO_JDOC struct jdoc *ask = NULL;
    AUTO_ARCHIVE struct archive_in *a = NULL;
    AUTO_MEM char *buf = mem_new(SCAN_WORKER_DATA_MAX, 1);
    struct serve s = {.buf = buf};
    struct err why = ERR_INIT;
    int64_t size = 0;
    int64_t member_max = 0;

    if (jdoc_parse(m->data, m->len, &ask, e) < 0)
        return -1;
    if (!jdoc_int(ask, "size", 0, INT64_MAX, &size) ||
        !jdoc_int(ask, "member_max", 0, INT64_MAX, &member_max))
        return err_set(e, ERR_WORKER_PROTOCOL, "scan");
    s.member_max = (uint64_t)member_max;
    if (archive_open_fd(m->fd, "archive", (uint64_t)size, &a, &why) < 0)
        return msg_send_error(PROC_WORKER_FD, SCAN_WORKER_FAIL, &why, 0, e);
    s.a = a;
    return serve_members(&s, e);
}

int scan_worker_main(void)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;

    if (sandbox_enter(SANDBOX_PURE, NULL, 0, &e) < 0)
        return EXIT_FAILED;
    if (msg_recv(PROC_WORKER_FD, &m, OPEN_MAX, true, 0, &e) != 1 ||
        m.type != SCAN_WORKER_OPEN || m.fd < 0)
        return EXIT_FAILED;
    return serve_archive(&m, &e) < 0 ? EXIT_FAILED : EXIT_DONE;
}
