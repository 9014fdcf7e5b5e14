/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_UPLOAD_H
#define SOHOA_WEB_WEB_UPLOAD_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct jdoc;
struct pollfd;

/*
 * Files that come in. Writing and syncing may take long, so each upload has a process
 * of its own ("sohoa worker upload"); serve only passes bytes on, as many as the
 * process takes, and of the disk the process reaches the spool of uploads alone
 * (Landlock, seccomp). Conversation on its socket: OPEN with
 * {"home","name","user","bytes","beside"},
 * then exactly so many raw bytes, then KEPT with {"upload","bytes","sha256"} or FAIL
 * with the reason (as soon as there is one). When serve closes its end before all bytes
 * are there, the process removes what it has and ends.
 */
#define WEB_UPLOAD_MAX     3               /* at a time */
#define WEB_UPLOAD_DISK_MS INT64_C(60000)  /* the process takes nothing: it is ended */
#define WEB_UPLOAD_SYNC_MS INT64_C(300000) /* all is there: until it is on the disk */
#define WEB_UPLOAD_END_MS  INT64_C(5000)   /* to clean up */
#define WEB_UPLOAD_OPEN    1
#define WEB_UPLOAD_KEPT    2
#define WEB_UPLOAD_FAIL    3

struct web_uploads;

struct web_upload_user {
    /* The end, once. @kept: borrowed, NULL: it failed, @why says how. */
    void (*done)(void *to, const struct jdoc *kept, const struct err *why);
    /* It takes more, after web_upload_feed() did not take all. */
    void (*more)(void *to);
    void *to;
};

struct web_uploads *web_upload_table(const char *home); /* @home: copied. owned */
void web_upload_table_free(struct web_uploads *t);

/**
 * web_upload_start - @bytes will come, of a file called @name, from the user @who.
 * @upload: its number. Return: 0, or -1 and @e: ERR_WEB_FIELD (name), ERR_WEB_SIZE,
 * ERR_WEB_BUSY, ERR_WORKER_START.
 */
MUST_CHECK int web_upload_start(struct web_uploads *t, const char *name,
                                const char *who, int64_t bytes,
                                const struct web_upload_user *user, int64_t *upload,
                                struct err *e);

/** web_upload_feed - pass on bytes, without waiting. Return: how many were taken; all
 * of an upload that has ended. */
size_t web_upload_feed(struct web_uploads *t, int64_t upload, const char *data,
                       size_t len);

/** web_upload_give_up - nobody wants it any more: what is there of it is removed. */
void web_upload_give_up(struct web_uploads *t, int64_t upload);

/** web_upload_fds - what to wait for. @p: room for WEB_UPLOAD_MAX. */
size_t web_upload_fds(const struct web_uploads *t, struct pollfd *p);
void web_upload_turn(struct web_uploads *t);

/** web_upload_worker_main - "sohoa worker upload". */
int web_upload_worker_main(void);

#endif
