/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/prep.h"

#include "tests/unit/unit.h"

#include <allheaders.h>

static struct Pix *grey(int w, int h, int level)
{
    struct Pix *p = pixCreate(w, h, 8);

    assert_non_null(p);
    assert_int_equal(pixSetAllGray(p, level), 0);
    return p;
}

static void dark_box(struct Pix *p, int x, int y, int w, int h, int level)
{
    for (int j = y; j < y + h; j++)
        for (int i = x; i < x + w; i++)
            (void)pixSetPixel(p, i, j, (l_uint32)level);
}

static void test_prep__resolution_from_hint_file_and_sheet(void **state)
{
    static const struct {
        int w, h, file, hint, wanted;
    } CASES[] = {
        {2480, 3508, 300, 0, 300},   /* the file is right */
        {2480, 3508, 300, 250, 250}, /* the caller knows better */
        {2480, 3508, 0, 5, 300},     /* a hint that cannot be */
        {2480, 3508, 72, 0, 300},    /* 34 inches wide: not believed */
        {1654, 2339, 0, 0, 200},     /* A4 */
        {2339, 1654, 0, 0, 200},     /* A4 across */
        {3307, 4677, 0, 0, 400},     /* A4 at 400, not A3 at 283 */
        {3508, 4961, 0, 0, 300},     /* A3 at 300 */
        {1748, 2480, 0, 0, 300},     /* A5 at 300 */
        {3000, 4000, 0, 0, 363},     /* a photograph: taken as A4 */
        {640, 480, 200, 0, 200},     /* a cutting that says it was scanned */
        {640, 480, 72, 0, 72},       /* a sheet of 6.7 inches */
        {300, 200, 72, 0, 36},       /* neither sheet nor scan */
        {1, 1, 0, 0, 36},
        {32767, 32767, 0, 0, 2400},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct image_page page = {
            .width_px = CASES[i].w, .height_px = CASES[i].h, .dpi = CASES[i].file};

        assert_int_equal(prep_dpi(&page, CASES[i].hint), CASES[i].wanted);
    }
}

static void test_prep__ground_white_yellow_and_shadowed(void **state)
{
    struct prep_ground g = {0};
    struct Pix *p = grey(600, 800, 250);

    (void)state;
    dark_box(p, 100, 100, 300, 20, 30); /* a line of text does not count */
    prep_ground(p, &g);
    assert_true(g.even);
    assert_int_equal(g.level, 250);
    for (int x = 0; x < 600; x++)
        dark_box(p, x, 0, 1, 800, 250 - x / 4);
    prep_ground(p, &g);
    assert_false(g.even);
    assert_true(g.spread > 100);
    pixDestroy(&p);
    p = grey(600, 800, 160);
    prep_ground(p, &g);
    assert_false(g.even);
    assert_int_equal(g.spread, 0);
    pixDestroy(&p);
}

static void test_prep__normalize_evens_a_shadow(void **state)
{
    struct prep_ground g = {0};
    struct Pix *p = grey(600, 800, 250), *made = NULL;
    struct err e = ERR_INIT;
    l_uint32 ink = 0;

    (void)state;
    for (int x = 0; x < 600; x++)
        dark_box(p, x, 0, 1, 800, 250 - x / 4);
    dark_box(p, 400, 300, 60, 6, 20);
    unit_ok(prep_normalize(p, &made, &e), &e);
    prep_ground(made, &g);
    assert_in_range(g.level, 190, 210);
    assert_true(g.spread < 12);
    assert_int_equal(pixGetPixel(made, 430, 302, &ink), 0);
    assert_true(ink < 60);
    pixDestroy(&p);
    pixDestroy(&made);
}

static void test_prep__normalize_leaves_what_is_too_small(void **state)
{
    struct Pix *p = grey(5, 5, 99), *made = NULL;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(prep_normalize(p, &made, &e), &e);
    assert_int_equal(pixGetWidth(made), 5);
    pixDestroy(&made);
    unit_ok(prep_median(p, &made, &e), &e);
    assert_int_equal(pixGetWidth(made), 5);
    pixDestroy(&made);
    pixDestroy(&p);
}

static void test_prep__scale_and_median(void **state)
{
    struct Pix *p = grey(300, 400, 240), *half = NULL, *clean = NULL;
    struct err e = ERR_INIT;
    l_uint32 v = 0;

    (void)state;
    dark_box(p, 50, 50, 1, 1, 0); /* a grain */
    unit_ok(prep_median(p, &clean, &e), &e);
    assert_int_equal(pixGetPixel(clean, 50, 50, &v), 0);
    assert_int_equal(v, 240);
    unit_ok(prep_scale(p, 0.5, &half, &e), &e);
    assert_int_equal(pixGetWidth(half), 150);
    assert_int_equal(pixGetHeight(half), 200);
    pixDestroy(&p);
    pixDestroy(&half);
    pixDestroy(&clean);
}

static void test_prep__scale_beyond_reason_is_an_error(void **state)
{
    struct Pix *p = grey(30, 40, 240), *made = NULL;
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(prep_scale(p, -1, &made, &e), ERR_MEMORY, &e);
    assert_null(made);
    pixDestroy(&p);
}

static void test_prep__ink_counts_words_not_specks_or_margins(void **state)
{
    struct Pix *p = grey(1000, 1400, 250);

    (void)state;
    assert_int_equal(prep_ink_ppm(p, 250), 0);
    for (int i = 0; i < 50; i++)
        dark_box(p, 100 + 16 * i, 200 + 20 * i, 1, 1, 0); /* dust */
    assert_int_equal(prep_ink_ppm(p, 250), 0);
    dark_box(p, 0, 0, 25, 1400, 0); /* shadow of the edge */
    assert_int_equal(prep_ink_ppm(p, 250), 0);
    dark_box(p, 300, 300, 100, 14, 20); /* a word */
    assert_in_range(prep_ink_ppm(p, 250), 800, 1100);
    pixDestroy(&p);
    p = grey(1, 1, 250);
    assert_int_equal(prep_ink_ppm(p, 250), 0);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prep__resolution_from_hint_file_and_sheet),
        cmocka_unit_test(test_prep__ground_white_yellow_and_shadowed),
        cmocka_unit_test(test_prep__normalize_evens_a_shadow),
        cmocka_unit_test(test_prep__normalize_leaves_what_is_too_small),
        cmocka_unit_test(test_prep__scale_and_median),
        cmocka_unit_test(test_prep__scale_beyond_reason_is_an_error),
        cmocka_unit_test(test_prep__ink_counts_words_not_specks_or_margins),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
