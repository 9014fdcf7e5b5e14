/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/slip.h"

static const unsigned char KEY[SLIP_KEY_LEN] = "an office's own secret";
static const unsigned char OTHER[SLIP_KEY_LEN] = "another office's secret";

static struct slip of(const char *dossier, const char *number)
{
    struct slip s = {.dossier = ""};

    (void)snprintf(s.dossier, sizeof s.dossier, "%s", dossier);
    assert_true(!number[0] || regno_parse(number, &s.number));
    return s;
}

static void test_slip__what_is_printed_is_read(void **state)
{
    static const char *const NUMBERS[] = {"22/2003", "22bis/2003", "7", ""};
    char text[SLIP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NUMBERS); i++) {
        struct slip s = of("1f3c07aa-d3", NUMBERS[i]);
        struct slip back = {.dossier = ""};

        slip_print(&s, KEY, text);
        assert_int_equal(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:/-"),
                         strlen(text));
        assert_true(slip_parse(text, KEY, &back));
        assert_string_equal(back.dossier, s.dossier);
        assert_int_equal(back.number.number, s.number.number);
        assert_string_equal(back.number.suffix, s.number.suffix);
        assert_int_equal(back.number.year, s.number.year);
    }
}

static void test_slip__the_longest_one_fits(void **state)
{
    struct slip s = {.dossier = "1f3c07aa-d999999999999",
                     .number = {.number = REGNO_NUMBER_MAX, .year = 2200}};
    struct slip back = {.dossier = ""};
    char text[SLIP_TEXT_MAX];

    (void)state;
    (void)snprintf(s.number.suffix, sizeof s.number.suffix, "abcdefgh");
    slip_print(&s, KEY, text);
    assert_true(slip_parse(text, KEY, &back));
    assert_string_equal(back.number.suffix, "abcdefgh");
}

static void test_slip__no_strangers_code_is_believed(void **state)
{
    static const char *const NONE[] = {"",
                                       "SOHOA1:",
                                       "SOHOA1::",
                                       "SOHOA1:1F3C07AA-D3:22/2003",
                                       "SOHOA1:1F3C07AA-D3:22/2003:AAAAAAAAAAAAAAAA",
                                       "https://example.org/",
                                       "SOHOA2:1F3C07AA-D3:22/2003:AAAAAAAAAAAAAAAA"};
    struct slip s = of("1f3c07aa-d3", "22/2003");
    struct slip back = {.dossier = "untouched"};
    char text[SLIP_TEXT_MAX];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NONE); i++)
        assert_false(slip_parse(NONE[i], KEY, &back));
    slip_print(&s, OTHER, text);
    assert_false(slip_parse(text, KEY, &back));
    slip_print(&s, KEY, text);
    for (size_t i = 0; i < strlen(text); i++) {
        char was = text[i];

        text[i] = (char)(was == 'A' ? 'B' : 'A');
        assert_false(slip_parse(text, KEY, &back));
        text[i] = was;
    }
    text[strlen(text) - 1] = '\0';
    assert_false(slip_parse(text, KEY, &back));
    assert_string_equal(back.dossier, "untouched");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_slip__what_is_printed_is_read),
        unit_case(test_slip__the_longest_one_fits),
        unit_case(test_slip__no_strangers_code_is_believed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
