/* SPDX-License-Identifier: Apache-2.0 */
#include "node/web/web_event.h"

#include <string.h>

#include "node/base/jdoc.h"
#include "node/web/api.h"

void web_event_init(struct web_event *v, int64_t now_ms)
{
    *v = (struct web_event){.out = STR_INIT(WEB_EVENT_ROOM),
                            .counts = true,
                            .beat_ms = now_ms,
                            .taken_ms = now_ms};
}

void web_event_clear(struct web_event *v)
{
    str_clear(&v->out);
    *v = (struct web_event){.over = true};
}

static void empty(struct web_event *v)
{
    str_clear(&v->out);
    v->out = (struct str)STR_INIT(WEB_EVENT_ROOM);
    v->at = 0;
}

static void put(struct web_event *v, const char *text, int64_t now_ms)
{
    if (v->over)
        return;
    if (!web_event_waits(v))
        v->taken_ms = now_ms; /* from now on somebody has to take it */
    str_add(&v->out, text);
    v->beat_ms = now_ms;
    if (!v->out.over)
        return;
    empty(v);
    v->over = true;
}

void web_event_put(struct web_event *v, const char *topic, const char *data,
                   int64_t now_ms)
{
    AUTO_STR struct str text = STR_INIT(WEB_EVENT_ROOM);

    str_addf(&text, "event: %s\ndata: %s\n\n", topic, data);
    if (!text.over)
        put(v, str_text(&text), now_ms);
}

void web_event_put_json(struct web_event *v, const char *topic, const struct jdoc *data,
                        int64_t now_ms)
{
    AUTO_STR struct str text = STR_INIT(WEB_EVENT_ROOM);

    jdoc_print(data, &text);
    if (!text.over)
        web_event_put(v, topic, str_text(&text), now_ms);
}

bool web_event_beat(struct web_event *v, int64_t now_ms)
{
    if (web_event_waits(v) && now_ms - v->taken_ms > WEB_EVENT_STUCK_MS)
        return false;
    if (now_ms - v->beat_ms >= WEB_EVENT_BEAT_MS)
        put(v, ":\n\n", now_ms);
    return true;
}

size_t web_event_take(struct web_event *v, char *to, size_t room, int64_t now_ms)
{
    size_t n = v->out.len - v->at;

    if (n > room)
        n = room;
    if (n == 0)
        return 0;
    memcpy(to, v->out.p + v->at, n);
    v->at += n;
    v->taken_ms = now_ms;
    if (v->at == v->out.len)
        empty(v);
    return n;
}

bool web_event_waits(const struct web_event *v)
{
    return v->over || v->out.len > v->at;
}

bool web_event_ask(struct web_event *v, int64_t now_ms)
{
    if (!v->counts || v->over ||
        (v->asked_ms && now_ms - v->asked_ms < WEB_EVENT_COUNTS_MS))
        return false;
    v->counts = false;
    v->asked_ms = now_ms;
    return true;
}

void web_event_again(struct web_event *v)
{
    v->counts = true;
}
