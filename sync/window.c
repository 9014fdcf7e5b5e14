/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/window.h"

#define RATE_MS   200 /* a rate over less says little */
#define SECOND_MS 1000

void window_init(struct window *w, int64_t now_ms)
{
    *w = (struct window){.size = WINDOW_START, .have_ms = now_ms, .step = -1};
}

static int64_t best_rate(const struct window *w)
{
    int n = w->rate_count < WINDOW_RATES ? w->rate_count : WINDOW_RATES;
    int64_t best = 0;

    for (int i = 0; i < n; i++)
        if (w->rates[i] > best)
            best = w->rates[i];
    return best;
}

static void measure(struct window *w, int64_t have, int64_t now_ms)
{
    int64_t took = now_ms - w->base_ms;

    if (took < RATE_MS)
        return;
    w->rates[w->rate_count % WINDOW_RATES] = (have - w->base) * SECOND_MS / took;
    w->rate_count++;
    w->base = have;
    w->base_ms = now_ms;
}

static void resize(struct window *w)
{
    int64_t rate = best_rate(w);

    if (rate > 0)
        w->size = rate < WINDOW_MAX * SECOND_MS / WINDOW_MS
                      ? rate * WINDOW_MS / SECOND_MS
                      : WINDOW_MAX;
    if (w->size < WINDOW_MIN)
        w->size = WINDOW_MIN;
    if (w->step > WINDOW_STEP)
        w->size = WINDOW_MAX + w->step;
}

void window_have(struct window *w, int64_t have, int64_t now_ms)
{
    int64_t step = have - w->have;

    if (!w->told) {
        w->base = have;
        w->base_ms = now_ms;
    } else if (step > 0) {
        if (w->step < 0 || step < w->step)
            w->step = step;
        measure(w, have, now_ms);
    }
    w->told = true;
    w->have = have;
    w->have_ms = now_ms;
    resize(w);
}

void window_jump(struct window *w, int64_t have, int64_t now_ms)
{
    w->base = w->have = have;
    w->base_ms = w->have_ms = now_ms;
    w->told = true;
}

int64_t window_room(const struct window *w, int64_t at, int64_t now_ms)
{
    int64_t size = w->size, room;

    if (size < WINDOW_MAX && (w->step < 0 || w->step > WINDOW_STEP) &&
        now_ms - w->have_ms > WINDOW_QUIET_MS)
        size = WINDOW_MAX;
    room = w->have + size - at;
    return room > 0 ? room : 0;
}
