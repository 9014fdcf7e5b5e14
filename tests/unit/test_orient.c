/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/orient.h"

#include "ocr/tess.h"
#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

#define DARK 150

static int open_tess(void **state)
{
    struct err e = ERR_INIT;

    return tess_open((struct tess **)state, &e);
}

static int close_tess(void **state)
{
    tess_close(*state);
    return 0;
}

static struct Pix *letter_at(int quarters)
{
    struct Pix *p = letter_draw(1), *small = pixScale(p, 0.57F, 0.57F);
    struct Pix *q = pixRotateOrth(small, quarters);

    pixDestroy(&p);
    pixDestroy(&small);
    assert_non_null(q);
    return q;
}

/* What must be among the turns that are left, and what must not. */
static void test_orient__looks_at_lines_and_ascenders(void **state)
{
    static const unsigned UNDO[] = {ORIENT_0, ORIENT_270, ORIENT_180, ORIENT_90};

    (void)state;
    for (int q = 0; q < 4; q++) {
        struct Pix *p = letter_at(q);
        struct orient_seen seen = {0};
        struct err e = ERR_INIT;

        unit_ok(orient_look(p, DARK, &seen, &e), &e);
        assert_true(seen.turns & UNDO[q]);
        assert_false(seen.turns & UNDO[q ^ 1]);
        assert_true(q % 2 == 0 ? seen.level > ORIENT_LEVEL : seen.level < ORIENT_ERECT);
        if (q % 2 == 1)
            assert_string_equal(seen.reason, "on-side");
        pixDestroy(&p);
    }
}

static void test_orient__a_rule_is_left_as_it_is(void **state)
{
    struct Pix *p = pixCreate(3, 3000, 8);
    struct orient_seen seen = {0};
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(orient_look(p, 128, &seen, &e), &e);
    assert_int_equal(seen.turns, ORIENT_0);
    assert_string_equal(seen.reason, "narrow");
    pixDestroy(&p);
}

static void test_orient__says_nothing_of_a_page_without_lines(void **state)
{
    struct Pix *p = pixCreate(1000, 1400, 8);
    struct orient_seen seen = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(pixSetAllGray(p, 250), 0);
    unit_ok(orient_look(p, DARK, &seen, &e), &e);
    assert_string_equal(seen.reason, "blank");
    assert_int_equal(seen.turns, ORIENT_ALL);
    for (int y = 200; y < 700; y++)
        for (int x = 200; x < 700; x++)
            (void)pixSetPixel(p, x, y, 20);
    unit_ok(orient_look(p, DARK, &seen, &e), &e);
    assert_string_equal(seen.reason, "unclear");
    assert_int_equal(seen.turns, ORIENT_ALL);
    pixDestroy(&p);
}

static void test_orient__reading_proves_the_turn(void **state)
{
    for (int q = 0; q < 4; q++) {
        struct Pix *p = letter_at(q), *made = NULL;
        int quarters = -1, letters[4] = {-1, -1, -1, -1};
        struct err e = ERR_INIT;

        unit_ok(orient_prove(*state, p, 170, DARK, ORIENT_ALL, &quarters, letters, &e),
                &e);
        assert_int_equal(quarters, (4 - q) % 4);
        assert_true(letters[quarters] >= ORIENT_READ);
        unit_ok(orient_turn(p, quarters, &made, &e), &e);
        assert_int_equal(pixGetWidth(made) < pixGetHeight(made), 1);
        pixDestroy(&made);
        pixDestroy(&p);
    }
}

static void test_orient__without_proof_nothing_is_turned(void **state)
{
    struct Pix *p = letter_at(2);
    int quarters = -1, letters[4] = {-1, -1, -1, -1};
    struct err e = ERR_INIT;

    /* The right way is not among those that were asked for. */
    unit_ok(orient_prove(*state, p, 170, DARK, ORIENT_0 | ORIENT_90 | ORIENT_270,
                         &quarters, letters, &e),
            &e);
    assert_int_equal(quarters, 0);
    assert_int_equal(letters[2], 0);
    assert_int_equal(pixSetAllGray(p, 250), 0);
    unit_ok(orient_prove(*state, p, 170, DARK, ORIENT_ALL, &quarters, letters, &e), &e);
    assert_int_equal(quarters, 0);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_orient__looks_at_lines_and_ascenders),
        cmocka_unit_test(test_orient__a_rule_is_left_as_it_is),
        cmocka_unit_test(test_orient__says_nothing_of_a_page_without_lines),
        cmocka_unit_test(test_orient__reading_proves_the_turn),
        cmocka_unit_test(test_orient__without_proof_nothing_is_turned),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, open_tess, close_tess);
}
