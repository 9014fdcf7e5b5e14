/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include <sys/socket.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/web/web_event.h"
#include "node/web/web_lane.h"
#include "node/web/web_part.h"

/* ---- who has one ------------------------------------------------------------------
 */

bool web_stream_is(const struct web_request *r)
{
    return r->row && strcmp(r->row->verb, "events") == 0;
}

int web_stream_admit(const struct web_request *r, struct err *e)
{
    const struct web_server *s = r->server;
    int own = 0;
    int all = 0;

    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        const struct web_request *other = s->conns[i].req;

        if (!other || !web_stream_is(other))
            continue;
        all++;
        own += web_session_same(other->token, r->token);
    }
    if (own >= WEB_EVENT_SESSION_MAX || all >= WEB_EVENT_ALL_MAX)
        return err_set(e, ERR_WEB_BUSY, "%d", WEB_EVENT_SESSION_MAX);
    return 0;
}

void web_stream_begin(struct web_request *r)
{
    r->event = mem_new(1, sizeof *r->event);
    web_event_init(r->event, clock_mono_ms());
    r->status = 200;
    r->ready = true;
}

void web_stream_free(struct web_request *r)
{
    if (r->event)
        web_event_clear(r->event);
    mem_free(r->event);
    r->event = NULL;
}

/* ---- what goes out ----------------------------------------------------------------
 */

static void wake(struct web_request *r)
{
    if (r->suspended && web_event_waits(r->event))
        web_server_resume(r);
}

ptrdiff_t web_stream_take(struct web_request *r, char *to, size_t room)
{
    size_t n = web_event_take(r->event, to, room, clock_mono_ms());

    if (n > 0)
        return (ptrdiff_t)n;
    return r->event->over ? -1 : 0;
}

void web_stream_tell(struct web_server *s, const char *topic, const struct jdoc *data)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++) {
        struct web_request *r = s->conns[i].req;

        if (!r || !r->event)
            continue;
        web_event_put_json(r->event, topic, data, clock_mono_ms());
        wake(r);
    }
}

void web_stream_changed(struct web_server *s)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].req && s->conns[i].req->event)
            s->conns[i].req->event->counts = true;
}

static void take_counts(struct web_request *r, const struct web_lane_answer *a)
{
    AUTO_JDOC struct jdoc *j = NULL;
    struct err ignored = ERR_INIT; /* asked again */

    if (a->status != 200 || jdoc_parse(a->body, a->len, &j, &ignored) < 0) {
        web_event_again(r->event);
        return;
    }
    web_event_put_json(r->event, "counts", j, clock_mono_ms());
    wake(r);
}

/* It ends with its session, and while the screen is locked there is none. */
static void turn_one(struct web_request *r)
{
    const struct web_session *session = web_request_session(r);
    int64_t now = clock_mono_ms();

    if (!session || session->locked)
        r->event->over = true;
    if (!web_event_beat(r->event, now)) {
        (void)shutdown(r->conn->fd,
                       SHUT_RDWR); /* libmicrohttpd sees it and cleans up */
        r->event->over = true;
    }
    wake(r);
    if (!r->call && web_event_ask(r->event, now))
        web_request_ask(r, "counts", r->args, take_counts);
}

void web_stream_turn(struct web_server *s)
{
    for (size_t i = 0; i < WEB_CONN_MAX; i++)
        if (s->conns[i].state == WEB_CONN_STREAM && s->conns[i].req->event)
            turn_one(s->conns[i].req);
}
