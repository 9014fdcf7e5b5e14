/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_CLOCK_H
#define SOHOA_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Time. Wall time is a note, never an order: order is by sequence. Deadlines run on the
 * monotonic clock. Stored times are seconds UTC; people see +07:00.
 */
#define CLOCK_ISO_MAX 32

int64_t clock_now(void);     /* seconds UTC since 1970 */
int64_t clock_mono_ms(void); /* CLOCK_BOOTTIME in milliseconds */
void clock_sleep_ms(int64_t ms);

/** clock_iso - "2026-11-24T06:04:20Z". */
void clock_iso(int64_t utc_s, char out[CLOCK_ISO_MAX]);
/** clock_local - "2026-11-24 13:04" at +07:00, for people. */
void clock_local(int64_t utc_s, char out[CLOCK_ISO_MAX]);
/** clock_local_date - year, month 1-12, day 1-31 at +07:00. */
void clock_local_date(int64_t utc_s, int *year, int *month, int *day);
/** clock_plausible - not before the program's own build date. */
bool clock_plausible(int64_t utc_s);
/** clock_date_valid - a day of the Gregorian calendar, years 1800 to 2200. */
bool clock_date_valid(int year, int month, int day);

#endif
