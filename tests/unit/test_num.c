/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/num.h"

static void test_num__parse(void **state)
{
    static const struct {
        const char *text;
        int64_t min;
        int64_t max;
        bool good;
        int64_t value;
    } CASES[] = {
        {"0", 0, 10, true, 0},
        {"-0", 0, 10, true, 0},
        {"007", 0, 10, true, 7},
        {"10", 0, 10, true, 10},
        {"11", 0, 10, false, 0},
        {"-1", 0, 10, false, 0},
        {"-1", -1, 10, true, -1},
        {"9223372036854775807", 0, INT64_MAX, true, INT64_MAX},
        {"-9223372036854775808", INT64_MIN, 0, true, INT64_MIN},
        {"9223372036854775808", 0, INT64_MAX, false, 0},
        {"-9223372036854775809", INT64_MIN, 0, false, 0},
        {"99999999999999999999999", 0, INT64_MAX, false, 0},
        {"", 0, 10, false, 0},
        {"-", -10, 10, false, 0},
        {"--1", -10, 10, false, 0},
        {"+1", 0, 10, false, 0},
        {" 1", 0, 10, false, 0},
        {"1 ", 0, 10, false, 0},
        {"1.0", 0, 10, false, 0},
        {"1e1", 0, 10, false, 0},
        {"0x1", 0, 10, false, 0},
        {"\xD9\xA1", 0, 10, false, 0}, /* an Arabic digit */
        {"a", 0, 10, false, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        int64_t v = 12345;
        bool good = num_parse(CASES[i].text, CASES[i].min, CASES[i].max, &v);

        if (good != CASES[i].good || v != (good ? CASES[i].value : 12345))
            fail_msg("\"%s\": %d %lld", CASES[i].text, (int)good, (long long)v);
    }
}

static void test_num__checked_arithmetic(void **state)
{
    uint64_t v = 0;

    (void)state;
    assert_true(num_add(UINT64_MAX - 1, 1, &v));
    assert_true(v == UINT64_MAX);
    assert_false(num_add(UINT64_MAX, 1, &v));
    assert_true(num_mul(UINT64_C(1) << 32, (UINT64_C(1) << 32) - 1, &v));
    assert_false(num_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &v));
    assert_true(num_mul(0, UINT64_MAX, &v));
    assert_true(v == 0);
}

static void test_num__clamp(void **state)
{
    (void)state;
    assert_int_equal(num_clamp(5, 1, 10), 5);
    assert_int_equal(num_clamp(-5, 1, 10), 1);
    assert_int_equal(num_clamp(50, 1, 10), 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_num__parse),
        cmocka_unit_test(test_num__checked_arithmetic),
        cmocka_unit_test(test_num__clamp),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
