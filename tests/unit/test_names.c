/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/names.h"

#include "tests/unit/sync_help.h"

#define NODE "0123456789abcdef0123456789abcdef"

static void test_names__refs_go_there_and_back(void **state)
{
    struct names_chain c;
    char ref[NAMES_REF_MAX];

    (void)state;
    for (int cls = 0; cls < CLASS_COUNT; cls++) {
        names_ref(NODE, 17, (enum bundle_class)cls, ref);
        assert_true(names_ref_parse(ref, &c));
        assert_string_equal(c.node, NODE);
        assert_int_equal(c.epoch, 17);
        assert_int_equal(c.cls, cls);
    }
    names_ref(NODE, 1, CLASS_META, ref);
    assert_string_equal(ref, "refs/sohoa/" NODE "/1/meta");
    names_upstream_ref(NODE, 1, CLASS_TEXT, ref);
    assert_string_equal(ref, "refs/upstream/" NODE "/1/text");
    names_receipt_ref(NODE, ref);
    assert_string_equal(ref, "refs/receipts/" NODE);
}

static void test_names__other_refs_are_refused(void **state)
{
    static const char *const bad[] = {
        "",
        "refs/heads/main",
        "refs/sohoa/",
        "refs/sohoa/" NODE,
        "refs/sohoa/" NODE "/",
        "refs/sohoa/" NODE "/0/meta",
        "refs/sohoa/" NODE "/01/meta",
        "refs/sohoa/" NODE "/-1/meta",
        "refs/sohoa/" NODE "/10000/meta",
        "refs/sohoa/" NODE "/99999999999999999999/meta",
        "refs/sohoa/" NODE "/1/meta/",
        "refs/sohoa/" NODE "/1/META",
        "refs/sohoa/" NODE "/1/meta\n",
        "refs/sohoa/" NODE "/1/..",
        "refs/sohoa/" NODE "//meta",
        "refs/sohoa/0123456789ABCDEF0123456789abcdef/1/meta",
        "refs/sohoa/0123456789abcdef0123456789abcde/1/meta",
        "refs/sohoa/../" NODE "/1/meta",
        "refs/receipts/" NODE,
    };
    struct names_chain c;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        assert_false(names_ref_parse(bad[i], &c));
    assert_false(names_ref_parse(NULL, &c));
}

static void test_names__items_units_dates(void **state)
{
    static const char *const items[] = {"01234567-1", "abcdef01-d12",
                                        "00000000-999999999999999999"};
    static const char *const not_items[] = {"",
                                            "01234567-",
                                            "01234567-01",
                                            "01234567-0",
                                            "0123456-1",
                                            "01234567_1",
                                            "01234567-d",
                                            "01234567-x",
                                            "g1234567-1",
                                            "01234567-1 ",
                                            "01234567-9999999999999999999"};
    char code[NAMES_CODE_MAX], from[NAMES_DATE_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(items); i++)
        assert_true(names_is_item(items[i]));
    for (size_t i = 0; i < ARRAY_LEN(not_items); i++)
        assert_false(names_is_item(not_items[i]));
    assert_true(names_unit_parse("01234-2025-07-01", code, from));
    assert_string_equal(code, "01234");
    assert_string_equal(from, "2025-07-01");
    assert_false(names_unit_parse("01234", code, from));
    assert_false(names_unit_parse("-2025-07-01", code, from));
    assert_false(names_unit_parse("x-2025-07-01", code, from));
    assert_false(names_unit_parse("01234-2025-13-01", code, from));
    assert_false(names_unit_parse("1234567890123456-2025-07-01", code, from));
    assert_false(names_unit_parse(NULL, code, from));
    assert_true(names_is_date("2024-02-29"));
    assert_false(names_is_date("2025-02-29"));
    assert_false(names_is_date("2025/02/20"));
    assert_false(names_is_date("2025-02-2"));
    assert_false(names_is_code("123456789012345678"));
}

static void test_names__tokens(void **state)
{
    (void)state;
    assert_true(names_is_token("a-9", 3));
    assert_false(names_is_token("a-99", 3));
    assert_false(names_is_token("", 3));
    assert_false(names_is_token("A", 3));
    assert_false(names_is_token(NULL, 3));
    assert_true(names_is_ascii("a b~", 4));
    assert_false(names_is_ascii("a\tb", 4));
    assert_false(names_is_ascii("", 4));
    assert_false(names_is_ascii("\x7f", 4));
    assert_false(names_is_ascii(NULL, 4));
    assert_false(names_is_ascii("abcde", 4));
}

static void test_names__wanted_refs(void **state)
{
    static const char *const REFS[] = {"refs/sohoa-keys/list", "refs/receipts/",
                                       "refs/sohoa/*/*/meta"};
    static const char *const GOOD[] = {"refs/sohoa-keys/list", "refs/receipts/0a",
                                       "refs/sohoa/0a/1/meta"};
    static const char *const BAD[] = {"refs/sohoa/0a/1/master",
                                      "refs/sohoa/0a/1/1/meta", "refs/sohoa-keys/list2",
                                      "refs/receipts", ""};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        assert_true(names_ref_wanted(REFS, ARRAY_LEN(REFS), GOOD[i]));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_false(names_ref_wanted(REFS, ARRAY_LEN(REFS), BAD[i]));
    assert_false(names_ref_wanted(NULL, 0, "refs/receipts/0a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names__refs_go_there_and_back),
        cmocka_unit_test(test_names__other_refs_are_refused),
        cmocka_unit_test(test_names__items_units_dates),
        cmocka_unit_test(test_names__tokens),
        cmocka_unit_test(test_names__wanted_refs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
