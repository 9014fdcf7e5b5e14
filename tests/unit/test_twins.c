/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/twins.h"

#include "tests/unit/unit.h"

#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/result.h"
#include "ocr/second.h"

/* A page of one line, read with confidence 90. */
static void page(const char *text, struct result *r)
{
    size_t cap = 0;

    *r = (struct result){.width_px = 100,
                         .height_px = 100,
                         .confidence = 90,
                         .text = mem_dup(text),
                         .skew_reason = mem_dup("")};
    for (size_t i = 0; text[i];) {
        size_t n = strcspn(text + i, " ");

        mem_grow(&r->words, &cap, r->word_count + 1, sizeof *r->words);
        r->words[r->word_count++] = (struct result_word){
            .start = i, .len = n, .w = 1, .h = 1, .confidence = 90};
        i += n;
        i += text[i] != '\0';
    }
}

static void letters_become(const char *text, const char *wanted, size_t words)
{
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;
    size_t count = 99;

    page(text, &r);
    unit_ok(twins_letters(&r, NULL, &count, &e), &e);
    unit_ok(result_check(&r, &e), &e);
    assert_string_equal(r.text, wanted);
    assert_int_equal(count, words);
    for (size_t i = 0; i < r.word_count; i++)
        assert_int_equal(r.words[i].confidence, 90);
    assert_int_equal(r.choice_count, 0);
}

static void test_twins__letters_have_one_form(void **state)
{
    (void)state;
    letters_become("12/QÐ-UBND Ðiều 57⁄2024/TT-BYT 1∕2",
                   "12/QĐ-UBND Điều 57/2024/TT-BYT 1/2", 4);
    letters_become("3955/QĐÐ-BVHTT QÐĐ-BTP", "3955/QĐ-BVHTT QĐ-BTP", 2);
    letters_become("QĐĐ-BTP ĐĐ o 0 l 1 đ ð", "QĐĐ-BTP ĐĐ o 0 l 1 đ ð", 0);
}

static void test_twins__other_scripts_only_in_latin_words(void **state)
{
    (void)state;
    letters_become("UВND nhаn Ηà", "UBND nhan Hà", 3); /* В, а, Η of other scripts */
    letters_become("Привет СССР α5 хе кг", "Привет СССР α5 хе кг", 0);
    letters_become("nhаж", "nhаж", 0);
}

static void test_twins__alternatives_stay_in_step(void **state)
{
    AUTO_RESULT struct result r = {0};
    AUTO_ALTS struct alts a = {0};
    struct err e = ERR_INIT;
    const char *p = NULL;
    size_t count = 0;

    (void)state;
    page("Ðiều QĐÐ-x 5", &r);
    p = r.text;
    for (size_t i = 0; i < r.word_count; i++) {
        alts_add_word(&a);
        p = r.text + r.words[i].start;
        for (size_t left = r.words[i].len; left > 0;)
            alts_add_sign(&a, utf8_next(&p, &left));
    }
    unit_ok(twins_letters(&r, &a, &count, &e), &e);
    assert_string_equal(r.text, "Điều QĐ-x 5");
    assert_int_equal(a.signs[a.words[0].first].cp, 0x110);
    assert_int_equal(a.words[0].count, 4);
    assert_int_equal(a.words[1].count, 0); /* one sign went: not known any more */
    assert_int_equal(a.words[2].count, 1);
}

struct wanted {
    const char *text, *digits;
};

static void test_twins__digits_where_nothing_else_can_be(void **state)
{
    static const struct wanted w[] = {
        {"l2/2019", "12/2019"},
        {"(O5/QĐ-UBND);", "(05/QĐ-UBND);"},
        {"5/2O19/TT-BTP", "5/2019/TT-BTP"},
        {"7/0Đ-TTg", "7/QĐ-TTg"},
        {"l5/9/2019,", "15/9/2019,"},
        {"2O19", "2019"},
        {"1I.12.20l9", "11.12.2019"},
        {"26|/QĐ-UBND", "261/QĐ-UBND"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(w); i++) {
        AUTO_RESULT struct result r = {0};
        struct err e = ERR_INIT;
        size_t count = 0;

        page(w[i].text, &r);
        unit_ok(twins_digits(&r, &count, &e), &e);
        unit_ok(result_check(&r, &e), &e);
        assert_string_equal(r.text, w[i].digits);
        assert_int_equal(count, 1);
        /* Never silently: flagged, and the first reading is kept. */
        assert_int_equal(r.words[0].confidence, SECOND_DIFFER);
        assert_int_equal(r.confidence, SECOND_DIFFER);
        assert_int_equal(r.choice_count, 1);
        assert_true(r.choices[0].changed);
        assert_string_equal(r.choices[0].other, w[i].text);
    }
}

static void test_twins__what_may_be_something_else_stays(void **state)
{
    static const char *const texts[] = {
        "l2",         "2OI9",       "OO19",     "3O19",      "l2/XYZ-UBND",
        "O5/qđ-ubnd", "lO/QĐ-UBND", "5/0D-TTg", "7/Q0Đ-TTg", "7/OĐ-TTg",
        "32/l/2019",  "l/2/19",     "A1/2019",  "12/2019",   "12/QĐ-UBND",
        "15/9/2019",  "2019",       "lOl",      "IO/2",      "123456l/2019",
        "12/0Đ-",     "O5/QĐ",      "",         "1o giờ",    "l2/2019x",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_RESULT struct result r = {0};
        struct err e = ERR_INIT;
        size_t count = 9;

        page(texts[i], &r);
        unit_ok(twins_digits(&r, &count, &e), &e);
        if (count != 0 || strcmp(r.text, texts[i]) != 0)
            fail_msg("%s became %s", texts[i], r.text);
        assert_int_equal(r.choice_count, 0);
    }
}

static void test_twins__choices_keep_their_order(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;
    size_t count = 0;

    (void)state;
    page("đỗi l2/2019 bổ 2O19 sung", &r);
    r.choices = mem_new(2, sizeof *r.choices);
    r.choices[0] = (struct result_choice){.word = 0, .other = mem_dup("đổi")};
    r.choices[1] = (struct result_choice){.word = 2, .other = mem_dup("bỗ")};
    r.choice_count = 2;
    unit_ok(twins_digits(&r, &count, &e), &e);
    unit_ok(result_check(&r, &e), &e);
    assert_string_equal(r.text, "đỗi 12/2019 bổ 2019 sung");
    assert_int_equal(r.choice_count, 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(r.choices[i].word, i);
    assert_string_equal(r.choices[3].other, "2O19");
}

static void test_twins__page_without_words(void **state)
{
    struct err e = ERR_INIT;
    struct result r = {0};
    size_t count = 9;

    (void)state;
    unit_ok(twins_letters(&r, NULL, &count, &e), &e);
    assert_int_equal(count, 0);
    unit_ok(twins_digits(&r, &count, &e), &e);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_twins__letters_have_one_form),
        cmocka_unit_test(test_twins__other_scripts_only_in_latin_words),
        cmocka_unit_test(test_twins__alternatives_stay_in_step),
        cmocka_unit_test(test_twins__digits_where_nothing_else_can_be),
        cmocka_unit_test(test_twins__what_may_be_something_else_stays),
        cmocka_unit_test(test_twins__choices_keep_their_order),
        cmocka_unit_test(test_twins__page_without_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
