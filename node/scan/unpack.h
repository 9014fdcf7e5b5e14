/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_UNPACK_H
#define SOHOA_SCAN_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/archive.h"
#include "node/base/auto.h"
#include "node/base/err.h"

/*
 * An archive read by a worker (scan_worker.h). The parent writes each member into a
 * temporary file of its own choosing, so a member's name is never a path.
 */
#define UNPACK_ADDRESS_BYTES ((uint64_t)1024 << 20) /* RLIMIT_AS */
#define UNPACK_CPU_S         60                     /* for each UNPACK_CPU_BYTES */
#define UNPACK_CPU_BYTES     ((uint64_t)512 << 20)
#define UNPACK_WALL_MS       60000 /* without a message */

enum unpack_event {
    UNPACK_MEMBER, /* a member begins: kind and name */
    UNPACK_DATA,   /* bytes of it */
    UNPACK_END,    /* it is complete */
    UNPACK_BAD     /* it cannot be had: why */
};

struct unpack_step {
    enum unpack_event event;
    enum archive_kind kind;
    const char *name; /* bytes, NUL-ended, no NUL inside; view until the next step */
    const char *data; /* view until the next step */
    size_t len;
    struct err why; /* of UNPACK_BAD; a member whose name is not allowed comes as BAD
                     * without a MEMBER before */
};

struct unpack;

/**
 * unpack_open - start the worker on the archive behind @fd (borrowed until
 * unpack_close(); its position is moved).
 * @size: bytes of the archive. @member_max: a member above is BAD with
 *        ERR_INPUT_TOO_LARGE.
 * @program: worker program of a test, NULL: this one.
 * Return: 0, or -1 and @e: ERR_WORKER_START.
 */
MUST_CHECK int unpack_open(int fd, const char *name, uint64_t size, uint64_t member_max,
                           const char *program, struct unpack **out, struct err *e);
void unpack_close(struct unpack *u);
void unpack_auto(struct unpack **u);
#define AUTO_UNPACK AUTO(unpack_auto)

/**
 * unpack_next - the next step.
 * Return: 1 and *@s, 0 at the end of the archive, -1 and @e: ERR_ARCHIVE_* of the
 * archive as a whole (a worker that crashed: ERR_ARCHIVE_DAMAGED; that was stopped:
 * ERR_ARCHIVE_BOMB), ERR_WORKER_PROTOCOL.
 */
MUST_CHECK int unpack_next(struct unpack *u, struct unpack_step *s, struct err *e);

#endif
