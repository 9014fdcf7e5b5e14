/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/syllable.h"

#include "tests/unit/unit.h"

static void test_syllable__keys_are_vni_with_the_tone_last(void **state)
{
    static const char *const PAIRS[][2] = {
        {"quyết", "quye6t1"},
        {"QUYẾT", "quye6t1"},
        {"Đổi", "d9o6i3"},
        {"ước", "u7o7c1"},
        {"nghiêng", "nghie6ng"},
        {"Ắt", "a8t1"},
        {"hoà", "hoa2"},
        {"hòa", "hoa2"},
        {"Thuỵ", "thuy5"},
        {"Krông", "kro6ng"},
        {"y", "y"},
        {"ã", "a4"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PAIRS); i++) {
        char key[SYLLABLE_KEY_MAX];

        assert_true(syllable_key(PAIRS[i][0], strlen(PAIRS[i][0]), key));
        assert_string_equal(key, PAIRS[i][1]);
    }
}

static void test_syllable__what_is_no_syllable_has_no_key(void **state)
{
    static const char *const BAD[] = {
        "",   "H'Mông",        "12",   "a1",        "và/hoặc", "niño", "öl",
        "áà", "aaaaaaaaaaaaa", "\xff", "e\xcc\x82",
    };
    char key[SYLLABLE_KEY_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_false(syllable_key(BAD[i], strlen(BAD[i]), key));
}

static void test_syllable__longest_key_fits(void **state)
{
    unsigned cps[12];
    char key[SYLLABLE_KEY_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cps); i++)
        cps[i] = 0x1B0; /* ư: two signs of a key each */
    for (size_t n = 1; n <= ARRAY_LEN(cps); n++)
        if (syllable_key_of(cps, n, key))
            assert_int_equal(strlen(key), 2 * n);
    assert_false(syllable_key_of(cps, 0, key));
}

static void test_syllable__letters_know_their_parts(void **state)
{
    struct syllable_letter l = {0};

    (void)state;
    assert_true(syllable_letter(0x1EBE, &l)); /* Ế */
    assert_int_equal(l.base, 'e');
    assert_int_equal(l.shape, '6');
    assert_int_equal(l.tone, '1');
    assert_true(l.upper);
    assert_true(syllable_letter('w', &l));
    assert_false(l.upper);
    assert_int_equal(l.shape, 0);
    assert_false(syllable_letter('-', &l));
    assert_false(syllable_letter(0xE4, &l)); /* ä */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_syllable__keys_are_vni_with_the_tone_last),
        cmocka_unit_test(test_syllable__what_is_no_syllable_has_no_key),
        cmocka_unit_test(test_syllable__longest_key_fits),
        cmocka_unit_test(test_syllable__letters_know_their_parts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
