/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_WINDOW_H
#define SOHOA_SYNC_WINDOW_H

#include <stdbool.h>
#include <stdint.h>

/*
 * How many bytes of an upload may be under way: sent, and not yet told as arrived by
 * the other end. ssh and the kernel would take more than a megabyte into their buffers;
 * all of it would be sent twice after a cut, the progress shown would be a lie, and
 * what is more urgent would stand behind it.
 *
 * The window is what the line carries in WINDOW_MS, more than any round trip with a
 * packet lost in it and the RECEIVE_TELL_MS of the other end take. The rate is the best
 * of the last seconds (as BBR takes it: a lost packet must not make the line look worse
 * than it is).
 *
 * On a line of 8 Mbit/s, 150 ms and 1 % loss that is too small as long as only the
 * words of the other end count: each lost packet holds back those behind it for a round
 * trip, and again on the way back, so that a third of the line stays empty. Where our
 * kernel can be asked what the other one has acknowledged and what still waits in this
 * one (wire.h, window_reached()), there are three bounds instead:
 *
 *   - WINDOW_UNSENT bytes that never left this machine, more on a fast line (what goes
 *     in WINDOW_WAIT_MS: each look costs more than the bytes do) or when we are late
 *     (what goes in twice the longest time between two looks): TCP finds by itself how
 *     much the line holds, all beyond it would only stand in front of what is more
 *     urgent;
 *   - WINDOW_OPEN not acknowledged, and nothing more while no acknowledgement comes.
 * Most of the time it is far less; it has to have room for what arrived behind a lost
 * packet. After a cut that is lost;
 *   - WINDOW_AHEAD more not yet told by the other end: what its kernel has, it reads
 * even when the connection breaks.
 *
 * A line that was silent and then went on with the same connection (patience.h) loses
 * nothing in its cuts: there it is WINDOW_SAFE, until a connection ends otherwise. So
 * it is as long as BBR is in its startup: held back there it never believes that the
 * line is full, and goes on filling the queues of the line at three times its rate.
 *
 * An older door tells every 256 KiB only: after WINDOW_QUIET_MS without a word the
 * window is WINDOW_MAX, and when the steps turn out to be so large it is larger by one.
 */
#define WINDOW_MIN      ((int64_t)32 << 10)
#define WINDOW_START    ((int64_t)64 << 10)
#define WINDOW_MAX      ((int64_t)256 << 10)
#define WINDOW_OPEN     ((int64_t)304 << 10) /* with those that never left */
#define WINDOW_SAFE     ((int64_t)1024 << 10)
#define WINDOW_AHEAD    ((int64_t)160 << 10)
#define WINDOW_UNSENT   ((int64_t)48 << 10)
#define WINDOW_LEAST    ((int64_t)16 << 10) /* less is worth no wake-up */
#define WINDOW_STEP     ((int64_t)96 << 10) /* larger steps are those of an older door */
#define WINDOW_MS       2000
#define WINDOW_QUIET_MS 2000
#define WINDOW_WAIT_MS  120 /* of the line: what may stand before it */
#define WINDOW_RATES    8
#define WINDOW_LOOK_MIN 15
#define WINDOW_LOOK_MAX 200

struct window {
    int64_t size;                /* bytes that may be under way */
    int64_t have, have_ms;       /* what was told last, and when */
    int64_t reached;             /* what is through to the other kernel */
    int64_t unsent;              /* what has not left ours; -1: neither is known */
    int64_t looked_ms, gap_ms;   /* when that was, and how long between two looks */
    bool told;                   /* anything */
    int64_t step;                /* the smallest from one word to the next; -1 */
    int64_t base, base_ms;       /* where the rate is measured from */
    int64_t rates[WINDOW_RATES]; /* bytes a second, the last ones */
    int rate_count;
    bool wide; /* WINDOW_SAFE, not WINDOW_OPEN */
};

/** window_init - a new connection, from byte 0. Bytes of requests that follow each
 * other on it are counted through. Times are clock_mono_ms(). */
void window_init(struct window *w, int64_t now_ms);
/** window_have - the other end told that it has all bytes before @have. */
void window_have(struct window *w, int64_t have, int64_t now_ms);
/** window_jump - the same of bytes that did not go up just now: they say nothing of the
 * line's rate. */
void window_jump(struct window *w, int64_t have, int64_t now_ms);
/** window_widen - whether connections of this line live on after a cut, or the kernel
 * is still finding out how much the line carries. */
void window_widen(struct window *w, bool wide);
/** window_reached - the other kernel has all bytes before @reached, and the last
 * @unsent ones have not left this one. */
void window_reached(struct window *w, int64_t reached, int64_t unsent, int64_t now_ms);
/** window_look_ms - how long until it is worth looking again at what is through: half
 * of what has not left this machine is gone then, or twice WINDOW_LEAST is through when
 * that is more, at the mean of the last rates; and the longer when the other end is
 * silent, an eighth of that. WINDOW_LOOK_MIN … WINDOW_LOOK_MAX. */
int64_t window_look_ms(const struct window *w, int64_t now_ms);
/** window_room - how many bytes from @at on may be sent now; 0: none. */
int64_t window_room(const struct window *w, int64_t at, int64_t now_ms);
/** window_piece - the same of @rest bytes that are left; 0 also when it is less than
 * WINDOW_LEAST and not all of them. That only where the kernels tell what is through:
 * another end says nothing more until it has got some more. */
int64_t window_piece(const struct window *w, int64_t at, int64_t rest, int64_t now_ms);

#endif
