/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_FETCH_H
#define SOHOA_SYNC_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct repo;

/*
 * libgit2's fetch over two descriptors: a smart subtransport, stateless, that speaks
 * the framed protocol of `receive fetch` (README.md). Runs in the worker.
 */
/** fetch_beat - called at each progress. @on_disk: all bytes came, now they are indexed
 * and synced. Return: 0, or -1 and @e to stop. */
typedef int fetch_beat(void *ctx, bool on_disk, struct err *e);

#define FETCH_START_MS INT64_C(45000) /* for ssh to get through, if not idle_ms */

struct fetch_job {
    struct repo *repo;
    int in, out; /* from and to ssh */
    int64_t idle_ms;
    const char *const *refs; /* names, or prefixes that end in '/' */
    size_t ref_count;
    fetch_beat *beat; /* may be NULL */
    void *ctx;
};

struct fetch_sum {
    int64_t bytes_up, bytes_down;
    size_t moved;
};

#define FETCH_REFS_MAX ((size_t)20000)

/** fetch_run - ERR_LINE, ERR_UPSTREAM, ERR_REPO, ERR_REF_MOVED, or what the other end
 * said ("bad SH-…"). */
MUST_CHECK int fetch_run(const struct fetch_job *job, struct fetch_sum *sum,
                         struct err *e);

#endif
