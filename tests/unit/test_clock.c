/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <time.h>

#include "node/base/clock.h"

static void test_clock__now_is_now(void **state)
{
    int64_t before = (int64_t)time(NULL);
    int64_t now = clock_now();

    (void)state;
    assert_in_range(now, before, before + 2);
}

static void test_clock__the_monotonic_one_runs(void **state)
{
    int64_t start = clock_mono_ms();

    (void)state;
    clock_sleep_ms(20);
    assert_in_range(clock_mono_ms() - start, 20, 2000);
    clock_sleep_ms(0);
    clock_sleep_ms(-5);
}

static void test_clock__forms(void **state)
{
    static const struct {
        int64_t utc_s;
        const char *iso;
        const char *local;
        int year, month, day;
    } CASES[] = {
        {0, "1970-01-01T00:00:00Z", "1970-01-01 07:00", 1970, 1, 1},
        {1795500260, "2026-11-24T06:04:20Z", "2026-11-24 13:04", 2026, 11, 24},
        {1767200399, "2025-12-31T16:59:59Z", "2025-12-31 23:59", 2025, 12, 31},
        {1767200400, "2025-12-31T17:00:00Z", "2026-01-01 00:00", 2026, 1, 1},
        {1709164800, "2024-02-29T00:00:00Z", "2024-02-29 07:00", 2024, 2, 29},
        {2147483648, "2038-01-19T03:14:08Z", "2038-01-19 10:14", 2038, 1, 19},
        {-1, "1969-12-31T23:59:59Z", "1970-01-01 06:59", 1970, 1, 1},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char text[CLOCK_ISO_MAX];
        int y = 0;
        int m = 0;
        int d = 0;

        clock_iso(CASES[i].utc_s, text);
        assert_string_equal(text, CASES[i].iso);
        clock_local(CASES[i].utc_s, text);
        assert_string_equal(text, CASES[i].local);
        clock_local_date(CASES[i].utc_s, &y, &m, &d);
        assert_int_equal(y, CASES[i].year);
        assert_int_equal(m, CASES[i].month);
        assert_int_equal(d, CASES[i].day);
    }
}

static void test_clock__absurd_times_do_no_harm(void **state)
{
    static const int64_t TIMES[] = {INT64_MAX, INT64_MIN, INT64_MAX - 3600,
                                    INT64_C(67767976233532799),
                                    INT64_C(99999999999999)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(TIMES); i++) {
        char text[CLOCK_ISO_MAX];
        int y = 0;
        int m = 0;
        int d = 0;

        clock_iso(TIMES[i], text);
        assert_true(strlen(text) > 0);
        clock_local(TIMES[i], text);
        assert_true(strlen(text) > 0);
        clock_local_date(TIMES[i], &y, &m, &d);
    }
}

static void test_clock__plausible_from_the_build_on(void **state)
{
    (void)state;
    assert_false(clock_plausible(0));
    assert_false(clock_plausible(1793491199));
    assert_true(clock_plausible(1793491200)); /* 2026-11-01 */
    assert_true(clock_plausible(clock_now()));
}

static void test_clock__dates(void **state)
{
    static const struct {
        int y, m, d;
        bool valid;
    } CASES[] = {
        {2026, 11, 24, true},  {2026, 2, 28, true},  {2026, 2, 29, false},
        {2024, 2, 29, true},   {1900, 2, 29, false}, {2000, 2, 29, true},
        {2026, 4, 31, false},  {2026, 12, 31, true}, {2026, 13, 1, false},
        {2026, 0, 1, false},   {2026, 1, 0, false},  {2026, 1, -1, false},
        {1799, 12, 31, false}, {1800, 1, 1, true},   {2200, 12, 31, true},
        {2201, 1, 1, false},   {2026, 1, 32, false}, {-5, 1, 1, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        if (clock_date_valid(CASES[i].y, CASES[i].m, CASES[i].d) != CASES[i].valid)
            fail_msg("%d-%d-%d", CASES[i].y, CASES[i].m, CASES[i].d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock__now_is_now),
        cmocka_unit_test(test_clock__the_monotonic_one_runs),
        cmocka_unit_test(test_clock__forms),
        cmocka_unit_test(test_clock__absurd_times_do_no_harm),
        cmocka_unit_test(test_clock__plausible_from_the_build_on),
        cmocka_unit_test(test_clock__dates),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
