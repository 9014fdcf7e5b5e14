/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/steps.h"

#include <string.h>

#include "node/base/jdoc.h"
#include "tests/unit/unit.h"

static void test_steps__there_and_back(void **state)
{
    AUTO_STEPS struct steps s = {0};
    AUTO_STEPS struct steps back = {0};
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    (void)state;
    steps_begin(&s);
    steps_add(&s, "deskew", true, 84, "angle %.2f", 0.42);
    steps_add(&s, "spread", false, 140, "narrow");
    steps_add(&s, "deskew", false, -1, "straight");
    j = steps_to_jdoc(&s);
    unit_ok(steps_from_jdoc(j, &back, &e), &e);
    assert_int_equal(back.count, 3);
    assert_string_equal(back.p[0].why, "angle 0.42");
    assert_true(back.p[0].done && !back.p[1].done);
    assert_int_equal(back.p[0].sure, 84);
    assert_int_equal(back.p[1].sure, 100);
    assert_int_equal(back.p[0].cpu_ms, s.p[0].cpu_ms);
    assert_int_equal(back.p[2].sure, 0);
    assert_string_equal(steps_find(&back, "deskew")->why, "straight");
    assert_null(steps_find(&back, "quad"));
}

static void test_steps__are_bounded(void **state)
{
    AUTO_STEPS struct steps s = {0};
    char longer[STEP_WHY_MAX + 50];

    (void)state;
    memset(longer, 'x', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    for (int i = 0; i < STEPS_MAX + 5; i++)
        steps_add(&s, "scale", true, 1, "%s", longer);
    assert_int_equal(s.count, STEPS_MAX);
    assert_int_equal(strlen(s.p[0].why), STEP_WHY_MAX);
}

static void test_steps__what_comes_from_outside_is_checked(void **state)
{
    static const char *BAD[] = {
        "{}",
        "[1]",
        "[{\"step\":\"a\",\"done\":true,\"sure\":101,\"why\":\"\",\"cpu_ms\":1}]",
        "[{\"step\":\"\",\"done\":true,\"sure\":1,\"why\":\"\",\"cpu_ms\":1}]",
        "[{\"step\":\"A b\",\"done\":true,\"sure\":1,\"why\":\"\",\"cpu_ms\":1}]",
        "[{\"step\":\"a\",\"done\":true,\"sure\":1,\"why\":\"a\\nb\",\"cpu_ms\":1}]",
        "[{\"step\":\"a\",\"done\":true,\"sure\":1,\"cpu_ms\":1}]",
        "[{\"step\":\"a\",\"done\":true,\"sure\":1,\"why\":\"\",\"cpu_ms\":-1}]",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_JDOC struct jdoc *j = NULL;
        AUTO_STEPS struct steps s = {0};
        struct err e = ERR_INIT;

        unit_ok(jdoc_parse(BAD[i], strlen(BAD[i]), &j, &e), &e);
        assert_int_equal(steps_from_jdoc(j, &s, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
        assert_int_equal(s.count, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps__there_and_back),
        cmocka_unit_test(test_steps__are_bounded),
        cmocka_unit_test(test_steps__what_comes_from_outside_is_checked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
