/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <errno.h>

#include "node/base/utf8.h"

static void test_err__set_and_detail(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(err_set(&e, ERR_READ, "page %d of item %s", 12, "0045"), -1);
    assert_int_equal(e.code, ERR_READ);
    assert_int_equal(e.sys_errno, 0);
    assert_string_equal(e.subject, "page 12 of item 0045");
    assert_string_equal(e.detail, "");
    assert_int_equal(err_detail(&e, "one"), -1);
    assert_int_equal(err_detail(&e, "two %d", 2), -1);
    assert_string_equal(e.detail, "one; two 2");
    (void)err_set(&e, ERR_WRITE, "x");
    assert_string_equal(e.detail, "");
    err_clear(&e);
    assert_int_equal(e.code, ERR_NONE);
}

static void test_err__push_adds_the_place_above(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    (void)err_set(&e, ERR_READ, "page 3");
    assert_int_equal(err_push(&e, "item %s", "a1"), -1);
    assert_int_equal(err_push(&e, "dossier 7"), -1);
    assert_string_equal(e.subject, "dossier 7: item a1: page 3");
    assert_int_equal(e.code, ERR_READ);
    (void)err_set(&e, ERR_READ, "%s", "");
    (void)err_push(&e, "above");
    assert_string_equal(e.subject, "above");
    /* A place made of the subject itself. */
    (void)err_push(&e, "(%s)", e.subject);
    assert_string_equal(e.subject, "(above): above");
}

static void test_err__arguments_may_lie_in_it(void **state)
{
    struct err e = ERR_INIT;

    (void)state;
    (void)err_set(&e, ERR_READ, "first");
    (void)err_set(&e, ERR_WRITE, "after %s", e.subject);
    assert_string_equal(e.subject, "after first");
    errno = EIO;
    (void)err_sys(&e, ERR_WRITE, "again %s", e.subject);
    assert_string_equal(e.subject, "again after first");
}

static void test_err__system_errors_that_a_clerk_mends_differently(void **state)
{
    static const struct {
        int number;
        enum err_code given;
        enum err_code wanted;
    } CASES[] = {
        {EIO, ERR_WRITE, ERR_WRITE},        {ENOENT, ERR_OPEN, ERR_OPEN},
        {ENOSPC, ERR_WRITE, ERR_DISK_FULL}, {EDQUOT, ERR_OPEN, ERR_DISK_FULL},
        {ENOMEM, ERR_OPEN, ERR_MEMORY},     {EACCES, ERR_OPEN, ERR_DENIED},
        {EPERM, ERR_WRITE, ERR_DENIED},     {99999, ERR_READ, ERR_READ},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct err e = ERR_INIT;
        AUTO_MEM char *start = mem_printf("errno %d", CASES[i].number);

        errno = CASES[i].number;
        assert_int_equal(err_sys(&e, CASES[i].given, "f"), -1);
        assert_int_equal(e.code, CASES[i].wanted);
        assert_int_equal(e.sys_errno, CASES[i].number);
        assert_true(str_starts(e.detail, start));
    }
}

static void test_err__long_texts_end_at_a_letter(void **state)
{
    /* Letters of one to four bytes, from every offset. */
    static const char *const LETTERS[] = {"a", "đ", "ệ", "\xF0\x9D\x84\x9E"};

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(LETTERS); k++)
        for (int offset = 0; offset < 5; offset++) {
            AUTO_STR struct str s = STR_INIT(10000);
            struct err e = ERR_INIT;

            for (int i = 0; i < offset; i++)
                str_add_char(&s, 'x');
            while (s.len < ERR_DETAIL_MAX + 10)
                str_add(&s, LETTERS[k]);
            (void)err_set(&e, ERR_READ, "%s", s.p);
            assert_true(utf8_valid(e.subject, strlen(e.subject)));
            assert_true(strlen(e.subject) >= ERR_SUBJECT_MAX - 4);
            (void)err_detail(&e, "%s", s.p);
            (void)err_detail(&e, "%s", s.p);
            assert_true(utf8_valid(e.detail, strlen(e.detail)));
            assert_true(strlen(e.detail) >= ERR_DETAIL_MAX - 4);
            (void)err_push(&e, "%s", "place");
            assert_true(utf8_valid(e.subject, strlen(e.subject)));
        }
}

static void test_err__every_code_has_a_name_and_three_sentences(void **state)
{
    (void)state;
    for (int i = 1; i < ERR_CODE_COUNT; i++) {
        enum err_code code = (enum err_code)i;
        const char *name = err_code_name(code);
        const char *texts[] = {err_code_what(code), err_code_safe(code),
                               err_code_todo(code)};

        assert_true(str_starts(name, "SH-") && strlen(name) > 4);
        assert_int_equal(strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"),
                         strlen(name));
        /* Names are found again, so none is there twice. */
        assert_int_equal(err_code_find(name), code);
        assert_in_range(err_code_exit(code), 1, 130);
        for (size_t k = 0; k < ARRAY_LEN(texts); k++)
            if (strlen(texts[k]) < 10 || !strchr(".;", texts[k][strlen(texts[k]) - 1]))
                fail_msg("%s: \"%s\"", name, texts[k]);
    }
    assert_int_equal(err_code_find("SH-NO-SUCH-CODE"), ERR_NONE);
    assert_int_equal(err_code_find(""), ERR_NONE);
    assert_string_equal(err_code_name((enum err_code)100000),
                        err_code_name(ERR_INTERNAL));
    assert_int_equal(err_code_exit(ERR_NONE), EXIT_DONE);
}

static void test_err__exit_codes_are_for_ever(void **state)
{
    (void)state;
    assert_int_equal(err_code_exit(ERR_USAGE), 2);
    assert_int_equal(err_code_exit(ERR_INPUT_TYPE), 3);
    assert_int_equal(err_code_exit(ERR_NO_NODE), 10);
    assert_int_equal(err_code_exit(ERR_LOCKED), 11);
    assert_int_equal(err_code_exit(ERR_SIGNATURE), 12);
    assert_int_equal(err_code_exit(ERR_READ), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_err__set_and_detail),
        cmocka_unit_test(test_err__push_adds_the_place_above),
        cmocka_unit_test(test_err__arguments_may_lie_in_it),
        cmocka_unit_test(test_err__system_errors_that_a_clerk_mends_differently),
        cmocka_unit_test(test_err__long_texts_end_at_a_letter),
        cmocka_unit_test(test_err__every_code_has_a_name_and_three_sentences),
        cmocka_unit_test(test_err__exit_codes_are_for_ever),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
