/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_AHEAD_H
#define SOHOA_SYNC_AHEAD_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "node/base/proc.h"
#include "node/base/str.h"

struct err;
struct line;

/*
 * "Is there anything new of this ref?", asked without waiting for the answer: the first
 * words of `since` (README.md) on a channel of their own, while scans go up on another.
 * By ssh the call takes two round trips and the start of a process, a second on a bad
 * line in which nothing else would move. What is new is then fetched as ever (ask.h).
 */
#define AHEAD_TEXT_MAX ((size_t)4096)

enum ahead_found {
    AHEAD_WAITS, /* no answer yet */
    AHEAD_SAME,  /* nothing that is not here */
    AHEAD_NEW,
    AHEAD_FAILED, /* not to be known this way: ask as ever */
};

struct ahead {
    struct proc ssh; /* pid 0: nothing is asked */
    struct str text; /* what came */
};

#define AHEAD_INIT                                                                     \
    {                                                                                  \
        .ssh = PROC_INIT, .text = STR_INIT(AHEAD_TEXT_MAX)                             \
    }

/** ahead_begin - ask the other end of @l for @ref of @unit, one ref by its whole name.
 * Return: 0, or -1 and @e: as line_start(). */
MUST_CHECK int ahead_begin(struct ahead *a, const struct line *l, const char *unit,
                           const char *ref, struct err *e);
/** ahead_begun - whether a question is open. */
bool ahead_begun(const struct ahead *a);
/** ahead_look - what came of it; never waits. @have: the tip here, "" none. Any other
 * answer than AHEAD_WAITS ends the question. */
enum ahead_found ahead_look(struct ahead *a, const char *have);
/** ahead_clear - a second time does nothing. */
void ahead_clear(struct ahead *a);
#define AUTO_AHEAD AUTO(ahead_clear)

#endif
