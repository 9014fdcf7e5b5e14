/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_MSG_H
#define SOHOA_BASE_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Framed messages between a parent and its worker over a stream socketpair.
 *
 *      4 bytes  magic "SHm1"
 *      4 bytes  type, host order (both ends are the same program)
 *      8 bytes  length of the payload, at most what the receiver allows
 *      payload
 *
 * A message may carry one descriptor (SCM_RIGHTS), parent to worker only: a receiver
 * that did not ask for one closes it and fails. Every field is checked on receipt as if
 * it came from outside.
 */
#define MSG_PAYLOAD_MAX ((size_t)32 << 20)

struct msg {
    uint32_t type;
    char *data; /* owned, NUL-terminated beyond len */
    size_t len;
    int fd; /* owned, -1: none */
};

#define MSG_INIT                                                                       \
    {                                                                                  \
        .fd = -1                                                                       \
    }
void msg_clear(struct msg *m);
#define AUTO_MSG AUTO(msg_clear)

/**
 * msg_send - one message, complete, before @deadline_ms (clock_mono_ms; 0: no limit).
 * @fd: borrowed; -1: none. Never raises SIGPIPE.
 * Return: 0, or -1 and @e: ERR_WORKER_GONE, ERR_TIMEOUT, ERR_LIMIT.
 */
MUST_CHECK int msg_send(int sock, uint32_t type, const void *data, size_t len, int fd,
                        int64_t deadline_ms, struct err *e);

/**
 * msg_send_parts - @data in messages of at most MSG_PART_MAX bytes each; none when it
 * is empty. As msg_send().
 */
#define MSG_PART_MAX ((size_t)1 << 20)
MUST_CHECK int msg_send_parts(int sock, uint32_t type, const void *data, size_t len,
                              int64_t deadline_ms, struct err *e);

/**
 * msg_recv - one message with at most @max bytes of payload.
 * @want_fd: whether a descriptor may come.
 * Return: 1 and *@m; 0 when the other end closed between messages; -1 and @e:
 * ERR_TIMEOUT, ERR_WORKER_GONE (closed inside a message), ERR_WORKER_PROTOCOL.
 */
MUST_CHECK int msg_recv(int sock, struct msg *m, size_t max, bool want_fd,
                        int64_t deadline_ms, struct err *e);

/**
 * struct msg_part, msg_take - a message that arrives bit by bit, for a loop that may
 * not wait: whatever is there is taken, no more. No descriptor may come along. Return:
 * 1 it is whole and moved to *@m, 0 not yet, -1 and @e: ERR_WORKER_GONE (also when the
 * other end closed between messages), ERR_WORKER_PROTOCOL.
 */
struct msg_part {
    unsigned char head[16];
    size_t got; /* bytes of head and payload so far */
    struct msg m;
};
#define MSG_PART_INIT                                                                  \
    {                                                                                  \
        .m = MSG_INIT                                                                  \
    }
MUST_CHECK int msg_take(int sock, struct msg_part *p, size_t max, struct msg *m,
                        struct err *e);
void msg_part_clear(struct msg_part *p);

/**
 * msg_send_error, msg_read_error - an error as a message (code name, subject, detail,
 * errno). The reader checks it like anything else: an unknown code is ERR_INTERNAL.
 */
MUST_CHECK int msg_send_error(int sock, uint32_t type, const struct err *what,
                              int64_t deadline_ms, struct err *e);
int msg_read_error(const struct msg *m, struct err *e); /* Return: -1, for return */

#endif
