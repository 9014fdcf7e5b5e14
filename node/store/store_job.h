/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_JOB_H
#define SOHOA_STORE_JOB_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct store;

/*
 * Queue of recognition. Key of a job: page, pipeline version, model hash. A job is
 * claimed in one short transaction (a lease) and finished in the same commit as its
 * result, so an expired or doubled lease is harmless.
 *
 * The lease ends when its time is over on the boot clock, when the computer was started
 * again since, or when the owner's process is gone: after kill -9 the next run goes on
 * at once, and an interruption is not counted as an attempt. It is longer than a page
 * may take, so nobody has to extend it.
 */
#define STORE_JOB_ATTEMPTS_MAX 2
#ifdef SOHOA_SANITIZER
#define STORE_JOB_LEASE_S 1500 /* as a page may take longer there */
#else
#define STORE_JOB_LEASE_S 300
#endif
#define STORE_JOB_OWNER_MAX 96
#define STORE_JOB_KEY_MAX   65

struct store_job {
    int64_t id;
    int64_t page; /* row of the page */
    int attempts; /* failed ones before */
};

/** store_job_owner - "<boot id>/<pid>/<start time>" of this process. */
void store_job_owner(char out[STORE_JOB_OWNER_MAX]);

/** store_job_add - queue a page. A job of the same key that is there: queued again when
 * it was done or failed and @again, else left. Transaction. */
MUST_CHECK int store_job_add(struct store *s, int64_t page, const char *pipeline,
                             const char *model, bool again, int64_t now, struct err *e);
/** store_job_retarget - queued jobs of another pipeline or model take the present key:
 * import does not know the model. Transaction. */
MUST_CHECK int store_job_retarget(struct store *s, const char *pipeline,
                                  const char *model, struct err *e);
/**
 * store_job_claim - lease up to @max queued jobs, oldest first, in a transaction of its
 * own; leases that ended are taken over. @count: jobs in @out.
 */
MUST_CHECK int store_job_claim(struct store *s, const char *owner, int64_t max,
                               struct store_job *out, int64_t *count, struct err *e);
/** store_job_done - finished; the result is written in the same transaction before.
 * Return: 1, or 0 when somebody else has finished it (then roll back), -1. */
MUST_CHECK int store_job_done(struct store *s, int64_t job, const char *owner,
                              struct err *e);
/**
 * store_job_failed - one attempt failed with @code ("SH-…").
 * @final: true when it was the last: the caller then marks the page failed and makes
 * the quarantine row in the same transaction. Transaction.
 */
MUST_CHECK int store_job_failed(struct store *s, int64_t job, const char *owner,
                                const char *code, bool *final, struct err *e);
/** store_job_release - give it back unfinished (stopped by the user). Transaction. */
MUST_CHECK int store_job_release(struct store *s, int64_t job, const char *owner,
                                 struct err *e);

struct store_job_counts {
    int64_t queued, leased, done, failed;
};
MUST_CHECK int store_job_count(struct store *s, struct store_job_counts *out,
                               struct err *e);

#endif
