/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/ngram.h"

#include "tests/unit/unit.h"

#include "ocr/syllable.h"

static int id(const char *text)
{
    char key[SYLLABLE_KEY_MAX];

    return syllable_key(text, strlen(text), key) ? ngram_find(key) : ngram_find(text);
}

static void test_ngram__finds_syllables_and_marks_of_text(void **state)
{
    (void)state;
    assert_true(id("quyết") >= 0);
    assert_true(id("sung") >= 0);
    assert_true(id(NGRAM_BREAK) >= 0);
    assert_true(id(NGRAM_NUMBER) >= 0);
    assert_true(id("quyết") != id("quyệt"));
    assert_int_equal(ngram_find(""), NGRAM_UNKNOWN);
    assert_int_equal(ngram_find("zzz"), NGRAM_UNKNOWN);
    assert_int_equal(ngram_find("~"), NGRAM_UNKNOWN); /* behind the last */
}

/* The table says of common pairs what everybody who reads Vietnamese would. */
static void test_ngram__what_follows_is_cheaper_than_what_does_not(void **state)
{
    static const char *const ROWS[][3] = {
        {"bổ", "sung", "sùng"},  {"sửa", "đổi", "đồi"},      {"quyết", "định", "đính"},
        {"chính", "phủ", "phú"}, {"thẩm", "quyền", "quyên"}, {"nhân", "dân", "dần"},
        {"thủ", "tục", "túc"},   {"hành", "chính", "chinh"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        if (ngram_cost(id(ROWS[i][0]), id(ROWS[i][1])) + NGRAM_NAT * 2 >
            ngram_cost(id(ROWS[i][0]), id(ROWS[i][2])))
            fail_msg("%s: %s against %s", ROWS[i][0], ROWS[i][1], ROWS[i][2]);
}

static void test_ngram__unknown_syllables_cost_most(void **state)
{
    (void)state;
    assert_int_equal(ngram_alone(NGRAM_UNKNOWN), NGRAM_COST_MOST);
    assert_int_equal(ngram_cost(id("và"), NGRAM_UNKNOWN), NGRAM_COST_MOST);
    assert_int_equal(ngram_cost(NGRAM_UNKNOWN, NGRAM_UNKNOWN), NGRAM_COST_MOST);
    assert_int_equal(ngram_cost(NGRAM_UNKNOWN, id("và")), ngram_alone(id("và")));
}

static void test_ngram__knows_names_of_places(void **state)
{
    (void)state;
    assert_true(ngram_is_name(id("Cà"), id("Mau")));
    assert_true(ngram_is_name(id("Lào"), id("Cai")));
    assert_true(ngram_is_name(id("Hòa"), id("Phú")));
    assert_true(ngram_is_name(id("Krông"), id("Bông")));
    assert_false(ngram_is_name(id("Cả"), id("Mau")));
    assert_false(ngram_is_name(NGRAM_UNKNOWN, id("Mau")));
    assert_false(ngram_is_name(id("Cà"), NGRAM_UNKNOWN));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ngram__finds_syllables_and_marks_of_text),
        cmocka_unit_test(test_ngram__what_follows_is_cheaper_than_what_does_not),
        cmocka_unit_test(test_ngram__unknown_syllables_cost_most),
        cmocka_unit_test(test_ngram__knows_names_of_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
