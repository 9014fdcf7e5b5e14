/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_WEB_WEB_EVENT_H
#define SOHOA_WEB_WEB_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/str.h"

struct jdoc;

/*
 * One stream of server-sent events (text/event-stream), without HTTP: what is still to
 * be sent of it. An event is
 *
 *     event: <topic> LF data: <JSON in one line> LF LF
 *
 * and a sign of life the comment ":" LF LF. A reader that takes too little loses its
 * stream, not single events: it opens another one and asks for everything anew.
 */
#define WEB_EVENT_SESSION_MAX 4  /* streams of one session */
#define WEB_EVENT_ALL_MAX     24 /* of all: connections stay for the rest */
#define WEB_EVENT_ROOM        ((size_t)256 << 10) /* bytes not taken yet */
#define WEB_EVENT_BEAT_MS     INT64_C(15000)
#define WEB_EVENT_STUCK_MS    INT64_C(45000) /* nothing taken, something there */
#define WEB_EVENT_COUNTS_MS   INT64_C(1000)  /* between two questions for the counts */
#define WEB_EVENT_TYPE        "text/event-stream"

struct web_event {
    struct str out; /* still to be sent, from at on */
    size_t at;
    bool counts;      /* they may have changed since they were asked for */
    bool over;        /* it ends once out is sent */
    int64_t beat_ms;  /* last put */
    int64_t taken_ms; /* last taken, or nothing to take */
    int64_t asked_ms; /* for the counts, 0: never */
};

/** web_event_init - @now_ms: clock_mono_ms(), as below. */
void web_event_init(struct web_event *v, int64_t now_ms);
void web_event_clear(struct web_event *v);

/** web_event_put - one event. @data: JSON text without line ends. Too much is waiting:
 * the stream is over and what waits is thrown away. */
void web_event_put(struct web_event *v, const char *topic, const char *data,
                   int64_t now_ms);
void web_event_put_json(struct web_event *v, const char *topic, const struct jdoc *data,
                        int64_t now_ms);

/** web_event_beat - a sign of life when it is due. Return: false: nobody takes what
 * waits, the stream is of no use. */
bool web_event_beat(struct web_event *v, int64_t now_ms);

/** web_event_take - move up to @room bytes out. Return: how many; 0: none there. */
size_t web_event_take(struct web_event *v, char *to, size_t room, int64_t now_ms);
/** web_event_waits - whether there is something to take, or it is over. */
bool web_event_waits(const struct web_event *v);

/** web_event_ask - whether the counts are to be asked for now; then they count as
 * asked. */
bool web_event_ask(struct web_event *v, int64_t now_ms);
/** web_event_again - that question was not answered: it is asked once more, after
 * WEB_EVENT_COUNTS_MS. */
void web_event_again(struct web_event *v);

#endif
