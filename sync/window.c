/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/window.h"

#define RATE_MS       200 /* a rate over less says little */
#define SECOND_MS     1000
#define GAP_FORGOTTEN 16 /* a late look counts for some time */
#define SILENT_PART   8  /* of a silence may go by unseen when it ends */

void window_init(struct window *w, int64_t now_ms)
{
    *w = (struct window){.size = WINDOW_START,
                         .have_ms = now_ms,
                         .looked_ms = now_ms,
                         .step = -1,
                         .unsent = -1};
}

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int rates_known(const struct window *w)
{
    return w->rate_count < WINDOW_RATES ? w->rate_count : WINDOW_RATES;
}

static int64_t best_rate(const struct window *w)
{
    int64_t best = 0;

    for (int i = 0; i < rates_known(w); i++)
        if (w->rates[i] > best)
            best = w->rates[i];
    return best;
}

static int64_t mean_rate(const struct window *w)
{
    int64_t sum = 0;

    for (int i = 0; i < rates_known(w); i++)
        sum += w->rates[i];
    return sum > 0 ? sum / rates_known(w) : 0;
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
    w->unsent = -1;
    w->looked_ms = now_ms;
    w->gap_ms = 0;
    w->base_ms = w->have_ms = now_ms;
    w->told = true;
}

void window_widen(struct window *w, bool wide)
{
    w->wide = wide;
}

void window_reached(struct window *w, int64_t reached, int64_t unsent, int64_t now_ms)
{
    int64_t gap = now_ms - w->looked_ms;

    w->gap_ms = gap > w->gap_ms ? gap : w->gap_ms - (w->gap_ms - gap) / GAP_FORGOTTEN;
    w->looked_ms = now_ms;
    w->reached = reached;
    w->unsent = unsent;
}

int64_t window_look_ms(const struct window *w, int64_t now_ms)
{
    int64_t rate = mean_rate(w), silent_ms = now_ms - w->have_ms;
    int64_t bytes = w->unsent / 2 > 2 * WINDOW_LEAST ? w->unsent / 2 : 2 * WINDOW_LEAST;
    int64_t ms = rate > 0 && w->unsent >= 0 ? bytes * SECOND_MS / rate : 0;

    ms = silent_ms / SILENT_PART > ms ? silent_ms / SILENT_PART : ms;
    return ms < WINDOW_LOOK_MIN ? WINDOW_LOOK_MIN : least(ms, WINDOW_LOOK_MAX);
}

/* What the other end told is all that is known. */
static int64_t room_told(const struct window *w, int64_t at, int64_t now_ms)
{
    int64_t size = w->size;

    if (size < WINDOW_MAX && (w->step < 0 || w->step > WINDOW_STEP) &&
        now_ms - w->have_ms > WINDOW_QUIET_MS)
        size = WINDOW_MAX;
    return w->have + size - at;
}

/* Enough for the time until it is looked at again. */
static int64_t unsent_max(const struct window *w)
{
    int64_t ms = w->gap_ms * 2 > WINDOW_WAIT_MS ? w->gap_ms * 2 : WINDOW_WAIT_MS;
    int64_t n = best_rate(w) * ms / SECOND_MS;

    return n < WINDOW_UNSENT ? WINDOW_UNSENT : least(n, WINDOW_MAX);
}

static int64_t room_seen(const struct window *w, int64_t at)
{
    int64_t reached = w->reached > w->have ? w->reached : w->have;
    int64_t size = w->wide ? WINDOW_SAFE : WINDOW_OPEN;

    return least(least(reached + size - at, w->have + size + WINDOW_AHEAD - at),
                 unsent_max(w) - w->unsent);
}

static bool is_seen(const struct window *w)
{
    return w->unsent >= 0 && w->step <= WINDOW_STEP;
}

int64_t window_room(const struct window *w, int64_t at, int64_t now_ms)
{
    int64_t room = is_seen(w) ? room_seen(w, at) : room_told(w, at, now_ms);

    return room > 0 ? room : 0;
}

int64_t window_piece(const struct window *w, int64_t at, int64_t rest, int64_t now_ms)
{
    int64_t room = window_room(w, at, now_ms);

    if (room >= rest)
        return rest;
    return is_seen(w) && room < WINDOW_LEAST ? 0 : room;
}
