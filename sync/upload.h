/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_UPLOAD_H
#define SOHOA_SYNC_UPLOAD_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "sync/rpush.h"

struct err;
struct line;
struct request_tick;

/*
 * Requests of one chain on their way up a line, one after the other without a gap:
 * while the door commits one the bytes of the next go, and while those go the one after
 * is made. Two are under way at most. README.md has the words (put, push).
 *
 * After a cut all begins again with the oldest that has no answer, each at the byte
 * that the door has of it. A door that knows no `put` gets them one by one.
 *
 * A line that is silent for LINE_SPARE_MS while bytes are under way gets a second
 * connection beside the first (master.h); the first that speaks is used.
 */
struct upload_opts {
    const struct line *l;
    rpush_told *told; /* may be NULL */
    /* The request after @q, made while that is sent; @t has to be called meanwhile.
     * 1 and *@out, 0 there is none, -1. NULL: none. */
    int (*more)(void *ctx, const struct rpush_request *q, const struct request_tick *t,
                struct rpush_request *out, struct err *e);
    /* What became of @q. 1 go on, 0 what follows it is void, -1. */
    int (*answered)(void *ctx, const struct rpush_request *q,
                    const struct receive_answer *a, struct err *e);
    void *ctx; /* of all three */
    struct rpush_sum *sum;
    bool *older; /* the door knows no `put`: kept from one call to the next */
};

/**
 * upload_run - send @first and what follows it: resumes, asks again, tries again after
 * a cut while there is progress. Return: 0 all are answered, or -1 and @e: as
 * rpush_send(), and what the functions of
 * @o say.
 */
MUST_CHECK int upload_run(const struct upload_opts *o,
                          const struct rpush_request *first, struct err *e);

#endif
