/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/field.h"

static void test_field__every_definition_is_whole(void **state)
{
    const struct field_def *d = NULL;

    (void)state;
    for (size_t i = 0; (d = field_at(i)) != NULL; i++) {
        assert_true(d->name[0] && d->label[0]);
        assert_true(d->chars_max > 0 && d->chars_max <= 1000);
        assert_true(strlen(d->name) < FIELD_NAME_MAX);
        assert_ptr_equal(field_find(d->name), d); /* no name twice */
    }
    assert_non_null(field_find("CodeNumber"));
    assert_non_null(field_find("meHoTen"));
    assert_null(field_find("codenumber"));
    assert_null(field_find(""));
}

static void test_field__values_are_tidied(void **state)
{
    static const struct {
        const char *name, *in, *out;
    } good[] = {
        {"Subject", "  V/v  sao \t\n", "V/v  sao"},
        {"Subject", "Quye\xcc\x82\xcc\x81t", "Quyết"}, /* NFD to NFC */
        {"Subject", "", ""},
        {"Subject", "   ", ""},
        {"IssuedDate", "1987", "1987"},
        {"IssuedDate", "1987-09", "1987-09"},
        {"IssuedDate", "2024-02-29", "2024-02-29"},
        {"PageAmount", "12", "12"},
        {"so", "22bis/2003", "22bis/2003"},
        {"nksNgaySinh", "25 tuổi", "25 tuổi"},
        {"nksNgaySinh", "1987-09-05", "1987-09-05"},
        {"Subject",
         "a\x01"
         "b",
         "ab"},
    };
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        AUTO_STR struct str s = STR_INIT(FIELD_VALUE_MAX);

        unit_ok(field_clean(good[i].name, good[i].in, &s, &e), &e);
        assert_string_equal(str_text(&s), good[i].out);
    }
}

static void test_field__values_that_do_not_fit_are_refused(void **state)
{
    static const struct {
        const char *name, *in;
    } bad[] = {
        {"IssuedDate", "05/09/1987"},   {"IssuedDate", "1987-13"},
        {"IssuedDate", "2023-02-29"},   {"IssuedDate", "87"},
        {"IssuedDate", "1700-01-01"},   {"PageAmount", "zwölf"},
        {"PageAmount", "-1"},           {"PageAmount", "12345"},
        {"CodeNumber", "123456789012"}, {"so", "không"},
        {"nksNgaySinh", "5/9/1987"},    {"Subject", "\xff"},
    };
    char longest[1600];
    AUTO_STR struct str s = STR_INIT(FIELD_VALUE_MAX);
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        unit_fails(field_clean(bad[i].name, bad[i].in, &s, &e), ERR_FIELD_VALUE, &e);
    /* 500 characters, not bytes */
    for (size_t i = 0; i < 500; i++)
        memcpy(longest + 3 * i, "ế", 3);
    longest[1500] = '\0';
    unit_ok(field_clean("Subject", longest, &s, &e), &e);
    memcpy(longest + 1500, "x", 2);
    unit_fails(field_clean("Subject", longest, &s, &e), ERR_FIELD_VALUE, &e);
}

static void test_field__an_unknown_name_gets_a_suggestion(void **state)
{
    AUTO_STR struct str s = STR_INIT(100);
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(field_clean("CodeNumbr", "1", &s, &e), ERR_FIELD_NAME, &e);
    assert_non_null(strstr(e.detail, "CodeNumber"));
    unit_fails(field_clean("zzzzzzzz", "1", &s, &e), ERR_FIELD_NAME, &e);
    assert_string_equal(e.detail, "");
    assert_string_equal(field_near("subject"), "Subject");
    assert_string_equal(field_near("mehoten"), "meHoTen");
    assert_null(field_near("qqqqqqqqqqqq"));
}

static void test_field__dates_know_their_year(void **state)
{
    (void)state;
    assert_int_equal(field_year("1987-09"), 1987);
    assert_int_equal(field_year("25 tuổi"), 0);
    assert_true(field_date_valid("1987"));
    assert_false(field_date_valid("1987-9"));
    assert_false(field_date_valid("1987/09"));
}

static void test_field__lists_give_the_newest(void **state)
{
    AUTO_FIELDS struct field_list l = {.v = NULL};
    enum field_source source = FIELD_OCR;

    (void)state;
    (void)field_list_add(&l, "so", "1", FIELD_OCR, 40, true, "low");
    (void)field_list_add(&l, "so", "2", FIELD_CLERK, 100, false, NULL);
    assert_string_equal(field_list_text(&l, "so"), "2");
    assert_string_equal(field_list_text(&l, "quyenSo"), "");
    assert_null(field_list_find(&l, "quyenSo"));
    assert_string_equal(field_source_name(FIELD_CLERK), "clerk");
    assert_true(field_source_find("clerk", &source));
    assert_int_equal(source, FIELD_CLERK);
    assert_false(field_source_find("someone", &source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_field__every_definition_is_whole),
        cmocka_unit_test(test_field__values_are_tidied),
        cmocka_unit_test(test_field__values_that_do_not_fit_are_refused),
        cmocka_unit_test(test_field__an_unknown_name_gets_a_suggestion),
        cmocka_unit_test(test_field__dates_know_their_year),
        cmocka_unit_test(test_field__lists_give_the_newest),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
