/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/pdf_content.h"

#include "tests/unit/unit.h"

static const double BOX[4] = {0, 0, 595, 842};

static void test_pdf_content__one_picture(void **state)
{
    static const char *const CASES[] = {
        "q 595 0 0 842 0 0 cm /Im0 Do Q",
        "595 0 0 842 0 0 cm\n/Im0 Do\n",
        "q 0.24 0 0 0.24 0 0 cm q 2479.1667 0 0 3508.3333 0 0 cm /Im0 Do Q Q",
        "0 0 595 842 re W n q 595 0 0 842 0 0 cm /Im0 Do Q",
        /* y counted from above */
        "1 0 0 -1 0 842 cm 0 0 595 842 re W n 595 0 0 -842 0 842 cm /a0 gs /Im0 Do",
        "% a (note\nq 595 0 0 842 0 0 cm /Im0 Do Q BT 3 Tr (a\\)b) Tj ET",
        "q 595 0 0 842 0 0 cm /Im0 Do Q BT 3 Tr /F 12 Tf [(x) -20 <0041>] TJ ET",
        "/Artifact <</MCID 0 /S (x)>> BDC q 595 0 0 842 0 0 cm /Im0 Do Q EMC",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct pdf_content c;

        if (!pdf_content_read(CASES[i], strlen(CASES[i]), BOX, &c))
            fail_msg("case %zu: %s", i, c.reason);
        assert_string_equal(c.image, "/Im0");
        assert_in_range(c.matrix[0], 594, 596);
        assert_in_range(c.matrix[3], 841, 843);
    }
}

static void test_pdf_content__anything_more_is_refused(void **state)
{
    static const struct {
        const char *text, *reason;
    } CASES[] = {
        {"", "no-picture"},
        {"q 595 0 0 842 0 0 cm Q", "no-picture"},
        {"/A Do /B Do", "several-pictures"},
        {"/A Do BT (seen) Tj ET", "text"},
        {"/A Do BT 3 Tr (not) Tj 0 Tr (seen) Tj ET", "text"},
        {"q BT 3 Tr ET Q /A Do BT (seen) Tj ET", "text"},
        {"/A Do 0 0 10 10 re f", "drawing"},
        {"/A Do 0 0 m 10 10 l S", "drawing"},
        {"/A gs /B gs /C gs /D gs /E gs /A Do", "drawing"},
        {"1 0 0 -1 0 842 cm 0 0 300 842 re W n /A Do", "clip"},
        {"1 0 0 -1 0 842 cm 0 300 595 842 re W n /A Do", "clip"},
        {"/A Do /P sh", "drawing"},
        {"BI /W 1 /H 1 ID x EI", "drawing"},
        {"0 0 100 100 re W n /A Do", "clip"},
        {"0 0 m 9 9 l W n /A Do", "drawing"},
        {"W n /A Do", "clip"},
        {"Q /A Do", "depth"},
        {"1 0 0 cm /A Do", "matrix"},
        {"(unfinished /A Do", "no-picture"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct pdf_content c;

        assert_false(pdf_content_read(CASES[i].text, strlen(CASES[i].text), BOX, &c));
        assert_string_equal(c.reason, CASES[i].reason);
    }
}

static void test_pdf_content__names_the_states_that_are_set(void **state)
{
    static const char TEXT[] = "/A gs q /B gs Q /A gs /Im0 Do";
    struct pdf_content c;

    (void)state;
    assert_true(pdf_content_read(TEXT, strlen(TEXT), BOX, &c));
    assert_int_equal(c.state_count, 2);
    assert_string_equal(c.states[0], "/A");
    assert_string_equal(c.states[1], "/B");
}

static void test_pdf_content__depth_and_length_end(void **state)
{
    AUTO_MEM char *deep = mem_new(200001, 1);
    struct pdf_content c;

    (void)state;
    for (int i = 0; i < 100000; i++)
        memcpy(deep + 2 * i, "q ", 2);
    assert_false(pdf_content_read(deep, 200000, BOX, &c));
    assert_string_equal(c.reason, "depth");
    memset(deep, '/', 200000);
    assert_false(pdf_content_read(deep, 200000, BOX, &c));
    memset(deep, '\0', 200000);
    assert_false(pdf_content_read(deep, 200000, BOX, &c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pdf_content__one_picture),
        cmocka_unit_test(test_pdf_content__anything_more_is_refused),
        cmocka_unit_test(test_pdf_content__names_the_states_that_are_set),
        cmocka_unit_test(test_pdf_content__depth_and_length_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
