/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/plan.h"

#include "tests/unit/sync_help.h"

/* 2026-11-30 00:00 at +07:00. */
#define MIDNIGHT    INT64_C(1795971600)
#define CLOCK(h, m) (MIDNIGHT + (h)*3600 + (m)*60)
#define DAY         86400

static struct plan_hours hours(const char *text)
{
    struct plan_hours h;
    struct err e = ERR_INIT;

    OK(plan_hours_parse(text, &h, &e));
    return h;
}

static void test_plan__hours_go_over_midnight(void **state)
{
    static const struct {
        const char *hours;
        int h, m;
        bool in;
    } cases[] = {
        {"18:00-06:00", 17, 59, false},
        {"18:00-06:00", 18, 0, true},
        {"18:00-06:00", 23, 59, true},
        {"18:00-06:00", 0, 0, true},
        {"18:00-06:00", 5, 59, true},
        {"18:00-06:00", 6, 0, false},
        {"18:00-06:00", 12, 0, false},
        {"07:30-17:00", 7, 29, false},
        {"07:30-17:00", 7, 30, true},
        {"07:30-17:00", 16, 59, true},
        {"07:30-17:00", 17, 0, false},
        {"", 0, 0, true},
        {"", 13, 0, true},
        {"09:00-09:00", 3, 0, true},
        {"22:00-00:00", 23, 30, true},
        {"22:00-00:00", 0, 0, false},
        {"00:00-04:00", 0, 0, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct plan_hours h = hours(cases[i].hours);

        assert_int_equal(plan_hours_in(&h, CLOCK(cases[i].h, cases[i].m)), cases[i].in);
        assert_int_equal(plan_hours_in(&h, CLOCK(cases[i].h, cases[i].m) + 59),
                         cases[i].in);
    }
}

static void test_plan__other_hours_are_refused(void **state)
{
    static const char *const bad[] = {"18-06",        "18:00",       "18:00-06:0",
                                      "24:00-06:00",  "18:60-06:00", "18:00 06:00",
                                      "18:00-06:000", "-1:00-06:00", "18:-1-06:00",
                                      "aa:bb-cc:dd",  "18:00-06:xx", " 8:00-06:00"};
    struct plan_hours h;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        FAILS(plan_hours_parse(bad[i], &h, fe), ERR_CONFIG);
}

static void test_plan__masters_obey_their_rule(void **state)
{
    static const struct {
        enum plan_masters masters;
        bool folder;
        int hour;
        enum plan_reason why;
        int64_t until; /* seconds after midnight */
    } cases[] = {
        {PLAN_MASTERS_ALWAYS, false, 12, PLAN_FREE, 0},
        {PLAN_MASTERS_NIGHT, false, 12, PLAN_NIGHT, 18 * 3600},
        {PLAN_MASTERS_NIGHT, false, 18, PLAN_FREE, 0},
        {PLAN_MASTERS_NIGHT, false, 3, PLAN_FREE, 0},
        {PLAN_MASTERS_NIGHT, true, 12, PLAN_FREE, 0},
        {PLAN_MASTERS_STICK, false, 3, PLAN_STICK, 0},
        {PLAN_MASTERS_STICK, true, 12, PLAN_FREE, 0},
        {PLAN_MASTERS_NEVER, false, 12, PLAN_KEPT, 0},
        {PLAN_MASTERS_NEVER, true, 12, PLAN_KEPT, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct plan_rules r = {.folder = cases[i].folder,
                               .masters = cases[i].masters,
                               .night = hours("18:00-06:00")};
        int64_t until = -1;

        assert_int_equal(plan_may(&r, CLASS_MASTER, CLOCK(cases[i].hour, 0), 0, &until),
                         cases[i].why);
        assert_int_equal(until, cases[i].until ? MIDNIGHT + cases[i].until : 0);
        /* nothing else is held by it */
        for (int cls = CLASS_META; cls < CLASS_MASTER; cls++)
            assert_int_equal(
                plan_may(&r, (enum bundle_class)cls, CLOCK(cases[i].hour, 0), 0, NULL),
                PLAN_FREE);
    }
}

static void test_plan__window_holds_all(void **state)
{
    struct plan_rules r = {.window = hours("07:00-17:00")};
    int64_t until = 0;

    (void)state;
    for (int cls = 0; cls < CLASS_COUNT; cls++) {
        assert_int_equal(plan_may(&r, (enum bundle_class)cls, CLOCK(18, 30), 0, &until),
                         PLAN_WINDOW);
        assert_int_equal(until, MIDNIGHT + DAY + 7 * 3600); /* tomorrow */
        assert_int_equal(plan_may(&r, (enum bundle_class)cls, CLOCK(1, 0), 0, &until),
                         PLAN_WINDOW);
        assert_int_equal(until, MIDNIGHT + 7 * 3600);
        assert_int_equal(plan_may(&r, (enum bundle_class)cls, CLOCK(7, 0), 0, &until),
                         PLAN_FREE);
        assert_int_equal(until, 0);
    }
    r.folder = true;
    assert_int_equal(plan_may(&r, CLASS_META, CLOCK(18, 30), 0, NULL), PLAN_FREE);
}

static void test_plan__cap_lets_records_through(void **state)
{
    struct plan_rules r = {.daily_bytes = 1000};
    int64_t until = 0;

    (void)state;
    assert_int_equal(plan_may(&r, CLASS_TEXT, CLOCK(9, 0), 999, NULL), PLAN_FREE);
    assert_int_equal(plan_may(&r, CLASS_TEXT, CLOCK(9, 0), 1000, &until), PLAN_CAP);
    assert_int_equal(until, MIDNIGHT + DAY);
    assert_int_equal(plan_may(&r, CLASS_META, CLOCK(9, 0), 5000, NULL), PLAN_FREE);
    r.daily_bytes = 0; /* no limit */
    assert_int_equal(plan_may(&r, CLASS_PAGE, CLOCK(9, 0), INT64_MAX, NULL), PLAN_FREE);
    assert_int_equal(plan_day(MIDNIGHT) - plan_day(MIDNIGHT - 1), 1);
    assert_int_equal(plan_day(MIDNIGHT), plan_day(MIDNIGHT + DAY - 1));
}

static void test_plan__the_first_that_may_goes(void **state)
{
    struct plan_rules r = {.masters = PLAN_MASTERS_NIGHT,
                           .night = hours("18:00-06:00"),
                           .daily_bytes = 1000};
    const bool none[CLASS_COUNT] = {false};
    const bool all[CLASS_COUNT] = {true, true, true, true, true};
    const bool large[CLASS_COUNT] = {[CLASS_PAGE] = true, [CLASS_MASTER] = true};
    const bool master[CLASS_COUNT] = {[CLASS_MASTER] = true};
    enum bundle_class cls = CLASS_COUNT;

    (void)state;
    assert_false(plan_next(&r, none, CLOCK(20, 0), 0, &cls));
    assert_true(plan_next(&r, all, CLOCK(20, 0), 0, &cls));
    assert_int_equal(cls, CLASS_META);
    assert_true(plan_next(&r, large, CLOCK(20, 0), 0, &cls));
    assert_int_equal(cls, CLASS_PAGE);
    assert_false(plan_next(&r, large, CLOCK(20, 0), 1000, &cls));
    assert_false(plan_next(&r, master, CLOCK(12, 0), 0, &cls));
    assert_true(plan_next(&r, master, CLOCK(20, 0), 0, &cls));
    assert_int_equal(cls, CLASS_MASTER);
}

static void test_plan__every_reason_has_a_name(void **state)
{
    (void)state;
    assert_string_equal(plan_reason_name(PLAN_FREE), "");
    assert_string_equal(plan_reason_name(PLAN_WINDOW), "window");
    assert_string_equal(plan_reason_name(PLAN_NIGHT), "night");
    assert_string_equal(plan_reason_name(PLAN_CAP), "cap");
    assert_string_equal(plan_reason_name(PLAN_STICK), "stick");
    assert_string_equal(plan_reason_name(PLAN_KEPT), "kept");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan__hours_go_over_midnight),
        cmocka_unit_test(test_plan__other_hours_are_refused),
        cmocka_unit_test(test_plan__masters_obey_their_rule),
        cmocka_unit_test(test_plan__window_holds_all),
        cmocka_unit_test(test_plan__cap_lets_records_through),
        cmocka_unit_test(test_plan__the_first_that_may_goes),
        cmocka_unit_test(test_plan__every_reason_has_a_name),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
