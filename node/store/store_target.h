/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_TARGET_H
#define SOHOA_STORE_TARGET_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/kind.h"
#include "node/record/unit.h"

struct err;
struct store;

/* Indicators: distinct items with a durable receipt; of those, sealed as verified;
 * items scanned here, by import date. */
enum store_indicator { STORE_RECEIVED, STORE_VERIFIED, STORE_SCANNED };
const char *store_target_indicator_name(enum store_indicator i);
bool store_target_indicator_find(const char *name, enum store_indicator *out);

#define STORE_PERIOD_MAX 8 /* "2026", "2026-Q4", "2026-11" and NUL */

/** store_target_period - months of a period as YYYYMM, first and last. False: none. */
bool store_target_period(const char *period, int *first, int *last);

struct store_target {
    char unit_code[UNIT_CODE_MAX];
    char unit_from[UNIT_DATE_MAX];
    enum store_indicator indicator;
    char kind[KIND_NAME_MAX]; /* "" (in files: empty or "all"): all kinds together */
    char period[STORE_PERIOD_MAX];
    int64_t denominator;
    int64_t percent_100; /* 8050 = 80.50 %; -1: none */
};

/** store_target_put - set one; the old value stays in the history. Transaction.
 * @changed: 1 new, 2 changed, 0 the same. */
MUST_CHECK int store_target_put(struct store *s, const struct store_target *t,
                                const char *actor, int64_t now, int *changed,
                                struct err *e);
typedef int store_target_fn(void *ctx, const struct store_target *t, struct err *e);
MUST_CHECK int store_target_each(struct store *s, store_target_fn *each, void *ctx,
                                 struct err *e);

#endif
