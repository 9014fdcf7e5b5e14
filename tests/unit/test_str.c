/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/str.h"

static void test_str__grows_up_to_its_maximum(void **state)
{
    AUTO_STR struct str s = STR_INIT(10);
    struct err e = ERR_INIT;

    (void)state;
    assert_string_equal(str_text(&s), "");
    str_add(&s, "01234");
    str_add_char(&s, '5');
    str_addf(&s, "%d", 6789);
    assert_int_equal(s.len, 10);
    assert_string_equal(str_text(&s), "0123456789");
    unit_ok(str_check(&s, "s", &e), &e);
    str_add(&s, "");
    assert_false(s.over);
    str_add_char(&s, 'x');
    assert_true(s.over);
    assert_string_equal(str_text(&s), "0123456789");
    unit_fails(str_check(&s, "s", &e), ERR_LIMIT, &e);
    /* Once over, nothing more is taken, so that a gap is never hidden. */
    str_reset(&s);
    str_add(&s, "01234567890");
    str_add(&s, "a");
    str_addf(&s, "%s", "b");
    assert_string_equal(str_text(&s), "");
    str_reset(&s);
    str_add(&s, "a");
    assert_string_equal(str_text(&s), "a");
}

static void test_str__long_formats_are_whole(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    (void)state;
    str_addf(&s, "%0*d", 5000, 7);
    assert_int_equal(s.len, 5000);
    assert_int_equal(s.p[4999], '7');
    assert_int_equal(s.p[0], '0');
}

static void test_str__bytes_with_nul(void **state)
{
    AUTO_STR struct str s = STR_INIT(100);

    (void)state;
    str_add_mem(&s, "a\0b", 3);
    str_add_mem(&s, NULL, 0);
    assert_int_equal(s.len, 3);
    assert_memory_equal(s.p, "a\0b", 4);
}

static void test_str__room_is_for_a_read_call(void **state)
{
    AUTO_STR struct str s = STR_INIT(8);
    char *at = str_room(&s, 8);

    (void)state;
    assert_non_null(at);
    memcpy(at, "abc", 3);
    str_used(&s, 3);
    assert_string_equal(s.p, "abc");
    assert_non_null(str_room(&s, 5));
    assert_null(str_room(&s, 6));
    assert_true(s.over);
    assert_null(str_room(&s, 1));
    str_reset(&s);
    assert_null(str_room(&s, SIZE_MAX));
}

static void test_str__take_and_clear(void **state)
{
    struct str s = STR_INIT(8);
    AUTO_MEM char *none = str_take(&s);
    AUTO_MEM char *abc = NULL;

    (void)state;
    assert_string_equal(none, "");
    str_add(&s, "abc");
    abc = str_take(&s);
    assert_string_equal(abc, "abc");
    assert_null(s.p);
    assert_int_equal(s.max, 8);
    str_add(&s, "d");
    str_clear(&s);
    str_clear(&s);
    assert_int_equal(s.max, 8);
    assert_int_equal(s.len, 0);
}

static void test_str__starts_and_ends(void **state)
{
    (void)state;
    assert_true(str_starts("hồ sơ", "hồ"));
    assert_true(str_starts("x", ""));
    assert_false(str_starts("h", "hồ"));
    assert_true(str_ends("a.pdf", ".pdf"));
    assert_true(str_ends("a", ""));
    assert_false(str_ends("pdf", ".pdf"));
    assert_false(str_ends("a.pdfx", ".pdf"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_str__grows_up_to_its_maximum),
        cmocka_unit_test(test_str__long_formats_are_whole),
        cmocka_unit_test(test_str__bytes_with_nul),
        cmocka_unit_test(test_str__room_is_for_a_read_call),
        cmocka_unit_test(test_str__take_and_clear),
        cmocka_unit_test(test_str__starts_and_ends),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
