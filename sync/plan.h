/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_PLAN_H
#define SOHOA_SYNC_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct err;

/*
 * What may go up a line now, and why something has to wait. Pure: the caller gives what
 * waits, the time and what was sent today; nothing is read or asked here. A drop box
 * is no line: hours and cap do not count for it.
 *
 * Hours are those of the province's clock, +07:00, which knows no summer time.
 */
enum plan_masters {
    PLAN_MASTERS_ALWAYS,
    PLAN_MASTERS_NIGHT, /* within the night hours */
    PLAN_MASTERS_STICK, /* by a drop box alone */
    PLAN_MASTERS_NEVER  /* they stay here */
};

/* Minutes of a day, @from up to but not @to, over midnight when @to is not after it.
 * Equal: the whole day. */
struct plan_hours {
    int from, to;
};

/** plan_hours_parse - "18:00-06:00"; "": the whole day. ERR_CONFIG. */
MUST_CHECK int plan_hours_parse(const char *text, struct plan_hours *out,
                                struct err *e);

/** plan_hours_in - is @now (seconds UTC) within? */
bool plan_hours_in(const struct plan_hours *h, int64_t now);

struct plan_rules {
    bool folder; /* a drop box: only PLAN_MASTERS_NEVER counts */
    enum plan_masters masters;
    struct plan_hours night, window;
    int64_t daily_bytes; /* most that goes up on one day; 0: no limit */
};

enum plan_reason {
    PLAN_FREE,   /* nothing holds it */
    PLAN_WINDOW, /* the line may not be used at this hour */
    PLAN_NIGHT,  /* masters go at night */
    PLAN_CAP,    /* as much was sent today as may be */
    PLAN_STICK,  /* masters go by a stick */
    PLAN_KEPT    /* masters stay here */
};

/** plan_reason_name - "", "window", "night", "cap", "stick", "kept". view, static. */
const char *plan_reason_name(enum plan_reason why);

/**
 * plan_may - may bundles of @cls go up now?
 * Records (meta) are few bytes: the cap does not hold them.
 * @today: bytes that went up since midnight.
 * @until: when to look again, seconds UTC; 0: time alone changes nothing. May be NULL.
 * Return: PLAN_FREE, or what holds it.
 */
enum plan_reason plan_may(const struct plan_rules *r, enum bundle_class cls,
                          int64_t now, int64_t today, int64_t *until);

/** plan_next - the first class that waits and may go: true and *@cls. */
bool plan_next(const struct plan_rules *r, const bool waiting[CLASS_COUNT], int64_t now,
               int64_t today, enum bundle_class *cls);

/** plan_day - number of the day of @now at +07:00. */
int64_t plan_day(int64_t now);

#endif
