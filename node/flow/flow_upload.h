/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_UPLOAD_H
#define SOHOA_FLOW_FLOW_UPLOAD_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;

/*
 * Files that came in by the web page and wait to be imported.
 *
 *   HOME/spool/uploads/<id>        its bytes, whole and synced, or not there at all
 *   HOME/spool/uploads/<id>.name   what it was called where it came from, and behind
 *                                  a LF who sent it
 *
 * <id> is random and ours: nothing of the name becomes part of a path. What import has
 * stored or refused is removed by it (flow_import.h); the rest goes after a day. Only
 * who sent it can take it in.
 */
#define FLOW_UPLOAD_ID       33                  /* 32 lower-case hex digits and NUL */
#define FLOW_UPLOAD_MAX      ((uint64_t)1 << 30) /* bytes: the largest single file */
#define FLOW_UPLOAD_NAME_MAX 200                 /* bytes of a name */
#define FLOW_UPLOAD_KEEP_S   INT64_C(86400)
#define FLOW_UPLOAD_ALL_MAX  ((uint64_t)8 << 30) /* bytes: all that waits together */

/* What comes. */
struct flow_upload_ask {
    const char *name; /* what it is called where it comes from */
    const char *user; /* who sends it; "": nobody in particular */
    uint64_t bytes;
    uint64_t beside; /* bytes that others, who send just now, still have to send */
};

struct flow_upload {
    char id[FLOW_UPLOAD_ID];
    char sha[HASH_HEX];
    uint64_t bytes;
};

/** flow_upload_name_good - UTF-8 is the caller's; one component, no control characters,
 * neither "." nor "..", at most FLOW_UPLOAD_NAME_MAX bytes. */
bool flow_upload_name_good(const char *name);

/** flow_upload_folder - where they lie, made when it is not there. owned. NULL and @e.
 */
MUST_CHECK char *flow_upload_folder(const char *home, struct err *e);

/**
 * flow_upload_take - exactly @ask->bytes from @fd become an upload.
 * Nothing outside flow_upload_folder() is touched: it may be all that can be reached.
 * Sweeps first (flow_upload_sweep()). Before a byte is read there must be room for all
 * of them, for what others are sending, and for what import keeps free; and all that
 * waits together stays below FLOW_UPLOAD_ALL_MAX. Cut off: nothing is left.
 * @home: its folder, absolute. Return: 0, or -1 and @e: ERR_WEB_FIELD (name),
 * ERR_WEB_SIZE, ERR_WEB_BUSY, ERR_DISK_FULL, ERR_WORKER_GONE (fewer came), disk
 * errors.
 */
MUST_CHECK int flow_upload_take(const char *home, const struct flow_upload_ask *ask,
                                int fd, struct flow_upload *out, struct err *e);

/** flow_upload_path - of its bytes. owned. NULL and @e: ERR_NOT_FOUND (no such upload,
 * no such form of an id). */
MUST_CHECK char *flow_upload_path(const char *home, const char *id, struct err *e);
/** flow_upload_name - as it was given. @user: who asks, NULL: whoever has the computer.
 * owned. NULL and @e: ERR_NOT_FOUND also when another user sent it. */
MUST_CHECK char *flow_upload_name(const char *home, const char *id, const char *user,
                                  struct err *e);

/** flow_upload_drop - remove one; one that is absent is fine. */
MUST_CHECK int flow_upload_drop(const char *home, const char *id, struct err *e);

/** flow_upload_sweep - remove halves that nobody writes any more, and what is older
 * than FLOW_UPLOAD_KEEP_S. */
MUST_CHECK int flow_upload_sweep(const char *home, struct err *e);

#endif
