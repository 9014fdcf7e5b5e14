/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/dots.h"

#include "tests/unit/unit.h"

#include "tests/unit/ruled.h"

/* @count dots of 3 × 3 pixels, eight apart. */
static void dot_row(struct Pix *p, int x, int y, int count)
{
    for (int i = 0; i < count; i++)
        ruled_bar(p, x + i * 8, y + i % 2, 3, 3);
}

static void find(struct Pix *p, struct dots *d)
{
    struct err e = ERR_INIT;

    unit_ok(dots_find(p, RULED_GROUND, d, &e), &e);
}

static struct Pix *erase(struct Pix *p, const struct dots *d)
{
    struct Pix *made = NULL;
    struct err e = ERR_INIT;

    unit_ok(dots_erase(p, d, RULED_GROUND, &made, &e), &e);
    return made;
}

static void test_dots__rows_go_and_letters_stay(void **state)
{
    AUTO_DOTS struct dots d = {0};
    struct Pix *p = ruled_page(700, 300), *clean = NULL;

    (void)state;
    ruled_word(p, 50, 100, 80, 20);
    dot_row(p, 150, 117, 12);
    ruled_bar(p, 150 + 12 * 8, 100, 40, 19);   /* letters on the dots */
    dot_row(p, 150 + 18 * 8, 117, 2);          /* the row goes on behind them */
    ruled_bar(p, 150 + 21 * 8 + 4, 117, 3, 3); /* not at its pitch */
    find(p, &d);
    assert_int_equal(d.rows, 1);
    assert_int_equal(d.count, 14);
    clean = erase(p, &d);
    for (int x = 149; x < 150 + 12 * 8 - 3; x++)
        for (int y = 116; y < 122; y++)
            assert_int_equal(ruled_grey(clean, x, y), RULED_GROUND);
    assert_int_equal(ruled_grey(clean, 150 + 18 * 8 + 1, 118), RULED_GROUND);
    assert_int_equal(ruled_grey(clean, 150 + 21 * 8 + 5, 118), 20);
    assert_int_equal(ruled_grey(clean, 150 + 12 * 8 + 10, 110), 20);
    assert_int_equal(ruled_grey(clean, 51, 110), 20);
    assert_int_equal(ruled_grey(p, 151, 118), 20); /* the page given is as it was */
    pixDestroy(&clean);
    pixDestroy(&p);
}

static void test_dots__a_colon_before_them_stays(void **state)
{
    AUTO_DOTS struct dots d = {0};
    struct Pix *p = ruled_page(700, 300), *clean = NULL;

    (void)state;
    ruled_bar(p, 142, 107, 3, 3);
    ruled_bar(p, 142, 117, 3, 3);
    dot_row(p, 150, 117, 12);
    find(p, &d);
    assert_int_equal(d.count, 12);
    clean = erase(p, &d);
    assert_int_equal(ruled_grey(clean, 143, 118), 20);
    assert_int_equal(ruled_grey(clean, 143, 108), 20);
    pixDestroy(&clean);
    pixDestroy(&p);
}

static void test_dots__what_is_no_row_is_left_alone(void **state)
{
    AUTO_DOTS struct dots d = {0};
    struct Pix *p = ruled_page(700, 500);

    (void)state;
    dot_row(p, 50, 50, 3);  /* an ellipsis */
    dot_row(p, 150, 50, 7); /* too few */
    for (int i = 0, x = 50; i < 20; i++, x += 6 + i * 5 % 9)
        ruled_bar(p, x, 100, 3, 3); /* at no pitch */
    for (int i = 0; i < 20; i++)
        ruled_bar(p, 50 + i * 14, 150, 10, 3); /* dashes */
    for (int i = 0; i < 20; i++)
        ruled_bar(p, 50 + i * 8, 200 + i * 3, 3, 3); /* not on a line */
    for (int i = 0; i < 12; i++)
        ruled_bar(p, 50 + i * 8, 300, i % 2 ? 2 : 6, i % 2 ? 2 : 6); /* of two sizes */
    find(p, &d);
    assert_int_equal(d.rows, 0);
    assert_int_equal(d.count, 0);
    pixDestroy(&p);
}

/* A screened picture. */
static void test_dots__too_many_specks_are_left_alone(void **state)
{
    AUTO_DOTS struct dots d = {0};
    struct Pix *p = ruled_page(800, 800);

    (void)state;
    for (int y = 4; y + 4 < 800; y += 8)
        dot_row(p, 4, y, 98);
    find(p, &d);
    assert_int_equal(d.count, 0);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dots__rows_go_and_letters_stay),
        cmocka_unit_test(test_dots__a_colon_before_them_stays),
        cmocka_unit_test(test_dots__what_is_no_row_is_left_alone),
        cmocka_unit_test(test_dots__too_many_specks_are_left_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
