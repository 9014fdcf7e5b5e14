/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_PATIENCE_H
#define SOHOA_SYNC_PATIENCE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * How long a line may be silent before its connection is taken for dead, learned on
 * this very line. Too short kills connections that an outage would have given back; too
 * long waits for one that a router has forgotten.
 *
 *   - Silences that ended on the same connection say how long outages are: twice the
 *     ninth longest of ten is waited.
 *   - A connection that was given up was waited for too long: half of it next time, as
 *     long as no silence of this line is known to have ended by itself.
 *   - But when the next connection did not get through soon either, the line itself was
 *     away and giving up gained nothing: twice of what was waited.
 *
 * HOME/run/link.json keeps it between runs; without one, or with a damaged one, it
 * begins with PATIENCE_DEFAULT_MS.
 */
#define PATIENCE_DEFAULT_MS INT64_C(30000)
#define PATIENCE_MIN_MS     INT64_C(6000)
#define PATIENCE_MAX_MS     INT64_C(60000)
#define PATIENCE_NOTED_MS   INT64_C(2000) /* shorter silences say nothing */
#define PATIENCE_BACK_MS    INT64_C(8000) /* a new connection within this: at once */
#define PATIENCE_SLACK_MS   INT64_C(1000) /* until the kernel has asked again */
#define PATIENCE_KEPT       10

struct patience {
    int64_t dead_ms;                  /* after so long a connection is dead */
    int64_t recovered[PATIENCE_KEPT]; /* silences that ended, ms; the last ones */
    int count;                        /* of them, at most PATIENCE_KEPT */
    int64_t before_ms;                /* dead_ms when one was given up; 0: none was */
    bool broken;                      /* the last cut ended the connection */
    bool changed;                     /* since it was loaded */
};

void patience_init(struct patience *p);
/** patience_recovered - a silence of @ms ended on the same connection. */
void patience_recovered(struct patience *p, int64_t ms);
/** patience_gave_up - a connection that was silent for @ms was given up. */
void patience_gave_up(struct patience *p, int64_t ms);
/** patience_away - after that no new one got through within PATIENCE_BACK_MS. */
void patience_away(struct patience *p);

/** patience_broke - a connection on which bytes were under way ended, however. */
void patience_broke(struct patience *p);
/** patience_lasts - as far as is known, cuts of this line end no connection. */
bool patience_lasts(const struct patience *p);
/** patience_spare_ms - silent for so long another connection is worth making beside
 * this one: @usual_ms, but on a line whose connections last not before its usual
 * silences are over (a handshake costs more than a megabyte does). */
int64_t patience_spare_ms(const struct patience *p, int64_t usual_ms);

/** patience_load - what was learned in @home. */
void patience_load(struct patience *p, const char *home);
/** patience_save - keep it when it changed. Return: 0, or -1 and @e: disk errors. */
MUST_CHECK int patience_save(struct patience *p, const char *home, struct err *e);

#endif
