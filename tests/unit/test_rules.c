/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/rules.h"

#include "tests/unit/unit.h"

#include "tests/unit/ruled.h"

static void find(struct Pix *p, struct rules *r)
{
    struct err e = ERR_INIT;

    unit_ok(rules_find(p, RULED_GROUND, r, &e), &e);
}

static struct Pix *erase(struct Pix *p, const struct rules *r)
{
    struct Pix *made = NULL;
    struct err e = ERR_INIT;

    unit_ok(rules_erase(p, r, RULED_GROUND, &made, &e), &e);
    return made;
}

static void test_rules__long_thin_lines_are_found(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(800, 600);

    (void)state;
    ruled_bar(p, 100, 200, 500, 2);
    ruled_bar(p, 300, 50, 2, 400);
    ruled_bar(p, 100, 500, 60, 2);   /* too short */
    ruled_bar(p, 100, 540, 500, 20); /* a bar */
    ruled_word(p, 100, 300, 60, 22);
    find(p, &r);
    assert_int_equal(r.level_count, 1);
    assert_int_equal(r.upright_count, 1);
    assert_int_equal(r.level[0].x, 100);
    assert_int_equal(r.level[0].w, 500);
    assert_in_range(r.level[0].from * 10, 2000, 2010);
    assert_in_range(r.upright[0].to * 10, 3000, 3010);
    pixDestroy(&p);
}

static void test_rules__gaps_and_leaning_are_followed(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(1000, 300);

    (void)state;
    for (int x = 50; x < 950; x++)
        if (x % 200 > 15)
            ruled_bar(p, x, 100 + x / 120, 1, 2);
    find(p, &r);
    assert_int_equal(r.level_count, 1);
    assert_in_range(r.level[0].w, 890, 900);
    assert_in_range((r.level[0].to - r.level[0].from) * 10, 60, 80);
    pixDestroy(&p);
}

static void test_rules__erasing_leaves_letters_whole(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(600, 400);
    struct Pix *clean = NULL;

    (void)state;
    ruled_grid(p, 100, 100, 2, 2, 150, 100);
    ruled_bar(p, 160, 180, 4, 40);  /* a stroke across the middle rule */
    ruled_bar(p, 120, 140, 20, 15); /* a letter in a cell */
    find(p, &r);
    clean = erase(p, &r);
    assert_int_equal(ruled_grey(p, 200, 200), 20); /* the page given is as it was */
    for (int x = 95; x < 410; x++)
        for (int y = 95; y < 310; y++) {
            bool stroke = x >= 160 && x < 164 && y >= 180 && y < 220;
            bool letter = x >= 120 && x < 140 && y >= 140 && y < 155;

            assert_int_equal(ruled_grey(clean, x, y),
                             stroke || letter ? 20 : RULED_GROUND);
        }
    pixDestroy(&clean);
    pixDestroy(&p);
}

/* The side of a low row: shorter than any rule that stands alone. */
static void test_rules__short_ones_count_between_long_ones(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(800, 600);

    (void)state;
    ruled_bar(p, 100, 200, 500, 2);
    ruled_bar(p, 100, 250, 500, 2);
    ruled_bar(p, 300, 200, 2, 50);
    ruled_bar(p, 400, 212, 2, 30); /* a letter */
    find(p, &r);
    assert_int_equal(r.level_count, 2);
    assert_int_equal(r.upright_count, 1);
    assert_int_equal(r.upright[0].x, 300);
    pixDestroy(&p);
}

/* Strokes of a signature, the ring of a seal. */
static void test_rules__bent_and_leaning_strokes_are_none(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(800, 600);

    (void)state;
    for (int x = 0; x < 150; x++) {
        ruled_bar(p, 100 + x, 100 + x / 10, 1, 4);
        ruled_bar(p, 400 + x, 300 + (x - 75) * (x - 75) / 400, 1, 4);
    }
    find(p, &r);
    assert_int_equal(r.level_count, 0);
    pixDestroy(&p);
}

static void test_rules__a_page_without_any_is_no_error(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(300, 200);
    struct Pix *clean = NULL;
    l_int32 same = 0;

    (void)state;
    ruled_word(p, 20, 20, 60, 20);
    find(p, &r);
    assert_int_equal(r.level_count + r.upright_count, 0);
    clean = erase(p, &r);
    assert_int_equal(pixEqual(p, clean, &same), 0);
    assert_int_equal(same, 1);
    pixDestroy(&clean);
    pixDestroy(&p);
}

/* Hatching is a picture. */
static void test_rules__too_many_are_none(void **state)
{
    AUTO_RULES struct rules r = {0};
    struct Pix *p = ruled_page(900, 1100);

    (void)state;
    for (int y = 2; y + 1 < 1100; y += 3)
        for (int x = 5; x < 800; x += 200)
            ruled_bar(p, x, y, 150, 1);
    find(p, &r);
    assert_int_equal(r.level_count, 0);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules__long_thin_lines_are_found),
        cmocka_unit_test(test_rules__gaps_and_leaning_are_followed),
        cmocka_unit_test(test_rules__erasing_leaves_letters_whole),
        cmocka_unit_test(test_rules__short_ones_count_between_long_ones),
        cmocka_unit_test(test_rules__bent_and_leaning_strokes_are_none),
        cmocka_unit_test(test_rules__a_page_without_any_is_no_error),
        cmocka_unit_test(test_rules__too_many_are_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
