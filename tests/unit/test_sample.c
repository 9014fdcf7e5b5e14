/* SPDX-License-Identifier: Apache-2.0 */
/* The sample nobody chose, and what it says of the rest. */
#include "tests/unit/unit.h"

#include "node/record/sample.h"

#define HEAD "00000000000000000000000000000000000000000000000000000000000000aa"

static void test_sample__seed_and_choice_can_be_computed_again(void **state)
{
    char seed[HASH_HEX];
    char again[HASH_HEX];
    char other[HASH_HEX];
    char by_hand[HASH_HEX];
    static const char TEXT[] = "sohoa-sample\n" HEAD "\n00112233-d1\n";

    (void)state;
    sample_seed(HEAD, "00112233-d1", seed);
    sample_seed(HEAD, "00112233-d1", again);
    sample_seed(HEAD, "00112233-d2", other);
    hash_bytes(TEXT, sizeof TEXT - 1, by_hand);
    assert_string_equal(seed, again);
    assert_string_equal(seed, by_hand);
    assert_string_not_equal(seed, other);
    for (int rate = 0; rate <= 100; rate += 10)
        assert_int_equal(sample_takes(seed, "00112233-1", "so", rate),
                         sample_takes(seed, "00112233-1", "so", rate));
}

/* A larger share holds the smaller one, and each has about its size. */
static void test_sample__takes_the_share_that_was_asked_for(void **state)
{
    static const struct {
        int rate, least, most;
    } SHARES[] = {{0, 0, 0}, {5, 60, 140}, {50, 900, 1100}, {100, 2000, 2000}};
    char seed[HASH_HEX];

    (void)state;
    sample_seed(HEAD, "", seed);
    for (size_t i = 0; i < ARRAY_LEN(SHARES); i++) {
        int taken = 0;

        for (int n = 0; n < 2000; n++) {
            char item[24];

            (void)snprintf(item, sizeof item, "00112233-%d", n);
            taken += sample_takes(seed, item, "nksHoTen", SHARES[i].rate);
            if (sample_takes(seed, item, "so", 5))
                assert_true(sample_takes(seed, item, "so", 50));
        }
        assert_in_range(taken, SHARES[i].least, SHARES[i].most);
    }
}

/* Bounds of Wilson's formula to hundredths of a percent, rounded outwards; 0 of 10 and
 * 10 of 10 as they stand in tables of it (0 to 27.75 %, 72.25 to 100 %). */
static void test_sample__bounds_are_those_of_wilson(void **state)
{
    static const struct {
        int64_t wrong, counted;
        int share, low, high;
    } CASES[] = {
        {0, 1, 0, 0, 7935},        {1, 1, 10000, 2065, 10000},
        {0, 10, 0, 0, 2776},       {10, 10, 10000, 7224, 10000},
        {1, 10, 1000, 178, 4042},  {5, 10, 5000, 2365, 7635},
        {3, 240, 125, 42, 362},    {0, 500, 0, 0, 77},
        {50, 1000, 500, 381, 654},
    };
    struct sample_share s;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        assert_true(sample_wilson(CASES[i].wrong, CASES[i].counted, &s));
        assert_int_equal(s.share, CASES[i].share);
        assert_int_equal(s.low, CASES[i].low);
        assert_int_equal(s.high, CASES[i].high);
    }
}

static void test_sample__says_nothing_of_an_empty_sample(void **state)
{
    struct sample_share s = {.share = -7};

    (void)state;
    assert_false(sample_wilson(0, 0, &s));
    assert_false(sample_wilson(1, 0, &s));
    assert_false(sample_wilson(2, 1, &s));
    assert_false(sample_wilson(-1, 1, &s));
    assert_int_equal(s.share, -7);
}

static void test_sample__answers_are_equal_but_for_spaces_and_composing(void **state)
{
    (void)state;
    assert_true(sample_equal("Nguyễn Thị", "  Nguyễn   Thị "));
    assert_true(sample_equal("Nguye\xCC\x82\xCC\x83n", "Nguyễn")); /* NFD */
    assert_true(sample_equal("", "  "));
    assert_false(sample_equal("Nguyễn", "Nguyên"));
    assert_false(sample_equal("NGUYỄN", "Nguyễn"));
    assert_false(sample_equal("Thị Hà", "ThịHà"));
    assert_false(sample_equal("", "a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_sample__seed_and_choice_can_be_computed_again),
        unit_case(test_sample__takes_the_share_that_was_asked_for),
        unit_case(test_sample__bounds_are_those_of_wilson),
        unit_case(test_sample__says_nothing_of_an_empty_sample),
        unit_case(test_sample__answers_are_equal_but_for_spaces_and_composing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
