/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/clock.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#define LOCAL_OFFSET_S (7 * 3600)
#define TIME_MIN_S     (-INT64_C(62135596800)) /* 0001-01-01 */
#define TIME_MAX_S     INT64_C(253402300799)   /* 9999-12-31 */
/* 2026-11-01: no node of this program ran before. */
#define BUILD_EPOCH_S 1793491200

int64_t clock_now(void)
{
    return (int64_t)time(NULL);
}

int64_t clock_mono_ms(void)
{
    struct timespec ts = {0};

    (void)clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void clock_sleep_ms(int64_t ms)
{
    struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = (ms % 1000) * 1000000};

    while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
        ;
}

void clock_iso(int64_t utc_s, char out[CLOCK_ISO_MAX])
{
    time_t t = (time_t)utc_s;
    struct tm tm = {0};

    if (!gmtime_r(&t, &tm) ||
        strftime(out, CLOCK_ISO_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
        (void)snprintf(out, CLOCK_ISO_MAX, "%lld", (long long)utc_s);
}

/* Numbers from outside may stand at the edge. */
static time_t local(int64_t utc_s)
{
    int64_t t = 0;

    return (time_t)(__builtin_add_overflow(utc_s, LOCAL_OFFSET_S, &t) ? utc_s : t);
}

void clock_local(int64_t utc_s, char out[CLOCK_ISO_MAX])
{
    time_t t = local(utc_s);
    struct tm tm = {0};

    if (!gmtime_r(&t, &tm) || strftime(out, CLOCK_ISO_MAX, "%Y-%m-%d %H:%M", &tm) == 0)
        (void)snprintf(out, CLOCK_ISO_MAX, "%lld", (long long)utc_s);
}

void clock_local_date(int64_t utc_s, int *year, int *month, int *day)
{
    /* Years have four digits: the calendar's own numbers stay far from their ends. */
    time_t t = local(utc_s < TIME_MIN_S   ? TIME_MIN_S
                     : utc_s > TIME_MAX_S ? TIME_MAX_S
                                          : utc_s);
    struct tm tm = {0};

    (void)gmtime_r(&t, &tm);
    *year = tm.tm_year + 1900;
    *month = tm.tm_mon + 1;
    *day = tm.tm_mday;
}

bool clock_plausible(int64_t utc_s)
{
    return utc_s >= BUILD_EPOCH_S;
}

bool clock_date_valid(int year, int month, int day)
{
    static const int DAYS[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (year < 1800 || year > 2200 || month < 1 || month > 12 || day < 1)
        return false;
    return day <= DAYS[month - 1] + (month == 2 && leap ? 1 : 0);
}
