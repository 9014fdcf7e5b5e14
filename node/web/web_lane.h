/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_LANE_H
#define SOHOA_WEB_WEB_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/web/api.h"

struct err;
struct jdoc;

/*
 * The lanes seen from serve: worker processes (api_worker.h), a queue before each lane,
 * a time limit for each call. Nothing here waits: a call is put down, its answer comes
 * by a callback out of web_lane_turn(). A process is started when its first call comes;
 * one that dies, answers nonsense or takes too long is replaced, and its call is
 * answered with an error.
 *
 * Of the processes of API_QUERY the first is kept for short calls: neither the next
 * record nor a search waits behind a picture. Slow ones (api_slow()) are answered by
 * the second, one after another: it alone holds decoded pages, and has them for the
 * next strip.
 */
#define WEB_LANE_QUERIES   2  /* processes of API_QUERY; one of each other lane */
#define WEB_LANE_PROCS     4  /* of all lanes */
#define WEB_LANE_QUEUE_MAX 64 /* calls that wait before one lane */
#define WEB_LANE_START_MS                                                              \
    15000 /* until a process is ready: it may wait for the lock                        \
           */
#define WEB_LANE_QUERY_MS 10000
#define WEB_LANE_ACT_MS   60000 /* a change may wait for the lock of another command */
#define WEB_LANE_AUTH_MS  15000
#define WEB_LANE_AGAIN_MS 1000 /* before a lane that did not start is tried again */
#define WEB_LANE_IDLE_MS  INT64_C(300000) /* then a process is let go */

struct web_lane_answer {
    int status;       /* HTTP status */
    const char *type; /* media type. view */
    const char *body; /* view, valid during the call */
    size_t len;
};
typedef void web_lane_fn(void *to, const struct web_lane_answer *a);

struct web_lanes;

/** web_lane_new - no process yet. @home: copied. @wait_ms: for each call and start; 0:
 * as above. owned, web_lane_free(). */
struct web_lanes *web_lane_new(const char *home, int64_t wait_ms);
void web_lane_free(struct web_lanes *w);
void web_lane_auto(struct web_lanes **w);
#define AUTO_LANES AUTO(web_lane_auto)

/**
 * web_lane_ask - put down a call.
 * @row:  of api_table(), not API_LOOP. @user: "" for nobody. @args: borrowed, an
 * object.
 * @done: called once, later, with @to, unless the call is given up before.
 * @call: its number, for web_lane_give_up().
 * Return: 0, or -1 and @e: ERR_WEB_BUSY (the queue is full), ERR_LIMIT.
 */
MUST_CHECK int web_lane_ask(struct web_lanes *w, const struct api_row *row,
                            const char *user, const struct jdoc *args,
                            web_lane_fn *done, void *to, int64_t *call, struct err *e);

/** web_lane_give_up - nobody wants the answer: a call that waits is dropped, one that
 * runs goes on (a change is finished) and its answer is thrown away. */
void web_lane_give_up(struct web_lanes *w, int64_t call);

/** web_lane_fds - sockets to watch for reading. @fds: room for WEB_LANE_PROCS.
 * Return: how many. They change with each turn. */
size_t web_lane_fds(const struct web_lanes *w, int fds[WEB_LANE_PROCS]);

/** web_lane_turn - take what came, start what waits, end what takes too long. */
void web_lane_turn(struct web_lanes *w);

/** web_lane_busy - whether a change is being made. For the end of serve. */
bool web_lane_busy(const struct web_lanes *w);

#endif
