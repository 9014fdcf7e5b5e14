/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_RATE_H
#define SOHOA_STORE_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/store/store_target.h"

struct err;
struct store;

/*
 * Figures. The table of counts (unit at creation, kind, month) is kept by triggers on
 * items; each item counts once, by its newest received revision, in the month of its
 * first receipt by the province's time at +07:00. store_rate_check() counts anew and
 * must agree.
 *
 * At an upper tier the counts lie in each commune's catalogue; province.db holds a copy
 * (store_rate_copy) beside the targets, and rates are computed there.
 */
struct store_count {
    char unit_code[UNIT_CODE_MAX];
    char unit_from[UNIT_DATE_MAX];
    char kind[KIND_NAME_MAX];
    int month; /* YYYYMM at +07:00 */
    enum store_indicator indicator;
    int64_t n;
    int64_t unverified; /* of n; only for received */
};
typedef int store_count_fn(void *ctx, const struct store_count *c, struct err *e);
MUST_CHECK int store_rate_counts(struct store *s, store_count_fn *each, void *ctx,
                                 struct err *e);
/** store_rate_check - recount from the items. ERR_SUMMARY when a figure differs. */
MUST_CHECK int store_rate_check(struct store *s, struct err *e);
/** store_rate_rebuild - write the counts anew from the items. Transaction. */
MUST_CHECK int store_rate_rebuild(struct store *s, struct err *e);
/**
 * store_rate_copy - replace in @to everything that came from the catalogue @from of
 * commune @source ("24133-2025-07-01"). Transaction on @to.
 */
MUST_CHECK int store_rate_copy(struct store *to, const char *source, struct store *from,
                               struct err *e);

enum store_rate_by { STORE_BY_CELL, STORE_BY_UNIT, STORE_BY_KIND, STORE_BY_PERIOD };

struct store_rate_query {
    enum store_indicator indicator;
    const char *period; /* NULL: the coarsest periods that have targets; none: years */
    const char *unit_code, *unit_from; /* NULL: all units */
    enum store_rate_by by;
};

/*
 * One row, or the total. Denominators are never guessed: what has no target is counted
 * in a row of its own (denominator -1) and in `untargeted` of the total, never in a
 * rate.
 */
struct store_rate {
    char unit_code[UNIT_CODE_MAX], unit_from[UNIT_DATE_MAX]; /* "": all */
    char unit_name[UNIT_NAME_MAX];
    char kind[KIND_NAME_MAX];      /* "": all */
    char period[STORE_PERIOD_MAX]; /* "": all */
    int64_t numerator;
    int64_t unverified;  /* of the numerator */
    int64_t denominator; /* -1: no target set; 0 is no target either */
    int64_t percent_100; /* target in hundredths of a percent, -1: none or mixed */
    int64_t untargeted;  /* total only */
};
typedef int store_rate_fn(void *ctx, const struct store_rate *r, struct err *e);
/** store_rate_each - rows in order of unit, kind, period. @total: may be NULL. */
MUST_CHECK int store_rate_each(struct store *s, const struct store_rate_query *q,
                               store_rate_fn *each, void *ctx, struct store_rate *total,
                               struct err *e);

#define STORE_RATE_TEXT_MAX 64
/** store_rate_percent - "43.09", rounded half up; false when there is no denominator.
 */
bool store_rate_percent(const struct store_rate *r, char out[STORE_RATE_TEXT_MAX]);
/** store_rate_text - "234/543 = 43.09%"; false when there is no denominator. */
bool store_rate_text(const struct store_rate *r, char out[STORE_RATE_TEXT_MAX]);

#endif
