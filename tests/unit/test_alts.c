/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/alts.h"

#include "tests/unit/unit.h"

static void test_alts__keeps_words_signs_and_others_apart(void **state)
{
    AUTO_ALTS struct alts a = {0};

    (void)state;
    alts_add_word(&a);
    alts_add_sign(&a, 'a');
    alts_add_other(&a, 0xE1, 12);
    alts_add_other(&a, 0xE0, 40);
    alts_add_sign(&a, 'n');
    alts_add_word(&a);
    alts_add_sign(&a, 'b');
    alts_add_other(&a, 'h', -3);
    assert_int_equal(a.word_count, 2);
    assert_int_equal(a.words[0].count, 2);
    assert_int_equal(a.signs[0].count, 2);
    assert_int_equal(a.signs[1].count, 0);
    assert_int_equal(a.words[1].first, 2);
    assert_int_equal(a.others[a.signs[2].first].cp, 'h');
    assert_int_equal(a.others[a.signs[2].first].cost, -3);
}

static void test_alts__a_dropped_word_leaves_nothing(void **state)
{
    AUTO_ALTS struct alts a = {0};

    (void)state;
    alts_add_word(&a);
    alts_add_sign(&a, 'a');
    alts_add_other(&a, 'o', 1);
    alts_add_word(&a);
    alts_add_sign(&a, 'b');
    alts_add_other(&a, 'h', 1);
    alts_drop_word(&a);
    alts_drop_word(&a); /* once more does nothing */
    assert_int_equal(a.word_count, 2);
    assert_int_equal(a.words[1].count, 0);
    assert_int_equal(a.sign_count, 1);
    assert_int_equal(a.other_count, 1);
    alts_add_word(&a);
    alts_add_sign(&a, 'c');
    assert_int_equal(a.signs[a.words[2].first].cp, 'c');
}

static void test_alts__too_many_are_left_out(void **state)
{
    AUTO_ALTS struct alts a = {0};

    (void)state;
    alts_add_word(&a);
    alts_add_sign(&a, 'a');
    for (size_t i = 0; i < ALTS_OTHERS_MAX + 10; i++)
        alts_add_other(&a, 'b', 0);
    assert_int_equal(a.other_count, ALTS_OTHERS_MAX);
    assert_int_equal(a.signs[0].count, ALTS_OTHERS_MAX);
}

static void test_alts__removed_words_are_none_any_longer(void **state)
{
    static const bool drop[] = {true, false, true};
    AUTO_ALTS struct alts a = {0};

    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        alts_add_word(&a);
        alts_add_sign(&a, 'a' + i);
    }
    alts_remove(&a, drop);
    assert_int_equal(a.word_count, 1);
    assert_int_equal(a.signs[a.words[0].first].cp, 'b');
}

static void test_alts__nothing_is_known_of_inserted_words(void **state)
{
    AUTO_ALTS struct alts a = {0};

    (void)state;
    alts_add_word(&a);
    alts_add_sign(&a, 'a');
    alts_add_word(&a);
    alts_add_sign(&a, 'b');
    alts_insert(&a, 1, 2);
    assert_int_equal(a.word_count, 4);
    assert_int_equal(a.words[1].count, 0);
    assert_int_equal(a.words[2].count, 0);
    assert_int_equal(a.signs[a.words[0].first].cp, 'a');
    assert_int_equal(a.signs[a.words[3].first].cp, 'b');
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alts__keeps_words_signs_and_others_apart),
        cmocka_unit_test(test_alts__a_dropped_word_leaves_nothing),
        cmocka_unit_test(test_alts__removed_words_are_none_any_longer),
        cmocka_unit_test(test_alts__nothing_is_known_of_inserted_words),
        cmocka_unit_test(test_alts__too_many_are_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
