/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_AUTO_H
#define SOHOA_WEB_WEB_AUTO_H

#include <stdbool.h>
#include <stdint.h>

struct jdoc;

/*
 * When serve sends by itself: soon after something was sealed, again and again while
 * something waits or has no receipt yet, and now and then to hear what the tier above
 * has to say. A line that is down is tried after longer and longer times. Whether it
 * may be sent at this hour, and how much, "sync run" decides (plan.h).
 *
 * Only times are kept here; web_server.c looks at the settings and begins the job.
 * Times are clock_mono_ms().
 */
#define WEB_AUTO_FIRST_MS  INT64_C(60000)   /* after serve began */
#define WEB_AUTO_SEALED_MS INT64_C(10000)   /* after a sealing: the next may follow */
#define WEB_AUTO_OPEN_MS   INT64_C(300000)  /* something waits, or has no receipt */
#define WEB_AUTO_CALM_MS   INT64_C(1800000) /* the tier above has all */
#define WEB_AUTO_DOWN_MS   INT64_C(60000) /* the line failed; twice that the next … */
#define WEB_AUTO_LATEST_MS INT64_C(900000) /* … time, up to this */
#define WEB_AUTO_LOOK_MS   INT64_C(10000)  /* it could not be begun; look again */

struct web_auto {
    int64_t next_ms;
    int failures; /* in a row */
};

void web_auto_init(struct web_auto *a, int64_t now_ms);
/** web_auto_due - whether the next run is to begin. */
bool web_auto_due(const struct web_auto *a, int64_t now_ms);
/** web_auto_later - it could not be begun now. */
void web_auto_later(struct web_auto *a, int64_t now_ms);
/** web_auto_hear - what web_job.h tells of a job: when one that seals or sends has
 * ended, whoever began it, the time of the next run is another one. */
void web_auto_hear(struct web_auto *a, const struct jdoc *job, int64_t now_ms);
/** web_auto_left_s - how long until the next run, seconds, rounded up. */
int64_t web_auto_left_s(const struct web_auto *a, int64_t now_ms);

#endif
