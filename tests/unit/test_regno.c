/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/regno.h"

static void test_regno__reads_what_people_write(void **state)
{
    static const struct {
        const char *text;
        int64_t number;
        const char *suffix;
        int year;
        const char *print;
    } good[] = {
        {"22", 22, "", 0, "22"},
        {"022/2003", 22, "", 2003, "22/2003"},
        {"22bis/2003", 22, "bis", 2003, "22bis/2003"},
        {"12A/1998", 12, "a", 1998, "12a/1998"},
        {" 12 a / 1998 ", 12, "a", 1998, "12a/1998"},
        {"0", 0, "", 0, "0"},
        {"9999999", 9999999, "", 0, "9999999"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        struct regno r = {.number = -1};
        char out[REGNO_TEXT_MAX];

        assert_true(regno_parse(good[i].text, &r));
        assert_int_equal(r.number, good[i].number);
        assert_string_equal(r.suffix, good[i].suffix);
        assert_int_equal(r.year, good[i].year);
        regno_print(&r, out);
        assert_string_equal(out, good[i].print);
    }
}

static void test_regno__leaves_the_rest_alone(void **state)
{
    static const char *const bad[] = {
        "",         "a",     "bis/2003", "22/03",       "22/", "22/2301",  "22/1799",
        "22/2003x", "22-23", "10000000", "22abcdefghi", "-1",  "22//2003", "22bis bis"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        struct regno r = {.number = 77};

        assert_false(regno_parse(bad[i], &r));
        assert_int_equal(r.number, 77);
    }
}

static void test_regno__ranges(void **state)
{
    int64_t from = 0;
    int64_t to = 0;

    (void)state;
    assert_true(regno_range("14", &from, &to));
    assert_int_equal(from, 14);
    assert_int_equal(to, 14);
    assert_true(regno_range("14-17", &from, &to));
    assert_int_equal(to, 17);
    assert_false(regno_range("17-14", &from, &to));
    assert_false(regno_range("0-3", &from, &to));
    assert_false(regno_range("3-", &from, &to));
    assert_false(regno_range("", &from, &to));
    assert_false(regno_range("1-2-3", &from, &to));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_regno__reads_what_people_write),
        cmocka_unit_test(test_regno__leaves_the_rest_alone),
        cmocka_unit_test(test_regno__ranges),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
