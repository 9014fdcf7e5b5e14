/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_JOB_H
#define SOHOA_WEB_WEB_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/role.h"

struct err;
struct jdoc;

/*
 * Long work: the program's own commands with --json as children, never a second
 * implementation. One of a kind at a time. Each line that a command prints becomes a
 * row of its job. Nothing here waits; everything is kept in memory alone: what a
 * command did is in the store.
 */
#define WEB_JOB_MAX         16  /* kept: the ended that is oldest makes room */
#define WEB_JOB_ROWS_MAX    200 /* last lines of each */
#define WEB_JOB_UPLOADS_MAX 500 /* of one import */
#define WEB_JOB_LINE_MAX    ((size_t)64 << 10) /* bytes of one line */

struct web_jobs;

struct web_jobs *web_job_table(const char *home); /* @home: copied. owned */
void web_job_table_free(struct web_jobs *t);      /* kills what still runs */

/**
 * web_job_start - begin "scan", "scan-finish", "import", "ocr", "seal", "sync",
 * "courier-write" or "courier-read".
 * @args: NULL or an object; each key of it is an option of the kind's table, its value
 * a text of at most 200 bytes, an integer, or true. An import needs "uploads" as well,
 * an array of their numbers (flow_upload.h); a courier "medium", the id of a stick that
 * is plugged in (media.h): no path comes from outside.
 * @out: the job as web_job_show() tells it. owned. Return: 0, or -1 and @e:
 * ERR_WEB_FIELD (kind, option or value), ERR_USER_RIGHT, ERR_WEB_JOB (one of the kind
 * runs), ERR_MEDIUM_ABSENT, ERR_WEB_BUSY, ERR_WORKER_START.
 */
MUST_CHECK int web_job_start(struct web_jobs *t, const char *kind, const char *user,
                             const struct jdoc *args, enum role role, struct jdoc **out,
                             struct err *e);

/** web_job_stop - ask it to stop: it finishes what is begun. ERR_NOT_FOUND. */
MUST_CHECK int web_job_stop(struct web_jobs *t, const char *job, struct jdoc **out,
                            struct err *e);

/** web_job_show -
 * {"job","kind","state","exit","done","total","left_s","rows","summary"}; state:
 * running, done, failed, stopped. total: of what done counts, from the lines "progress"
 * {"done","total"} of the command; null: not told. left_s:
 * seconds, as fast as up to now; null: not known. @out: owned. ERR_NOT_FOUND.
 */
MUST_CHECK int web_job_show(const struct web_jobs *t, const char *job,
                            struct jdoc **out, struct err *e);
/** web_job_list - all, the newest first, without their rows. owned. */
struct jdoc *web_job_list(const struct web_jobs *t);

/** web_job_listen - who hears of what the jobs do: "job" with what web_job_list() tells
 * of one, when it begins, gets on or ends; "page" with a line that a command printed
 * of an input or a page. */
struct web_job_listener {
    void (*event)(void *to, const char *topic, const struct jdoc *data);
    void *to;
};
void web_job_listen(struct web_jobs *t, const struct web_job_listener *to);

/** web_job_fds - pipes to watch for reading. @fds: room for WEB_JOB_MAX. */
size_t web_job_fds(const struct web_jobs *t, int fds[WEB_JOB_MAX]);
/** web_job_turn - take what was printed, notice who has ended. */
void web_job_turn(struct web_jobs *t);
/** web_job_end - ask all to stop. web_job_busy - whether one still runs. */
void web_job_end(struct web_jobs *t);
bool web_job_busy(const struct web_jobs *t);

#endif
