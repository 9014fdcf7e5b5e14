/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/part.h"

#include "tests/unit/unit.h"

#include "ocr/tables.h"
#include "ocr/tess.h"
#include "tests/unit/ruled.h"

/* A table of 2 × 2 cells at (100, 300), without its rules. */
static const struct tables_cell CELLS[] = {
    {.x = 103, .y = 303, .w = 190, .h = 90, .row = 0, .column = 0},
    {.x = 303, .y = 303, .w = 190, .h = 90, .row = 0, .column = 1},
    {.x = 103, .y = 403, .w = 190, .h = 90, .row = 1, .column = 0},
    {.x = 303, .y = 403, .w = 190, .h = 90, .row = 1, .column = 1},
};

static void divide(struct Pix *p, struct tess_area **areas, size_t *count)
{
    struct tables_table table = {100, 300, 400, 200, 0, 4};
    struct tables_cell cells[4] = {CELLS[0], CELLS[1], CELLS[2], CELLS[3]};
    struct tables t = {.p = &table, .count = 1, .cells = cells, .cell_count = 4};
    struct err e = ERR_INIT;

    unit_ok(part_divide(p, RULED_GROUND, &t, areas, count, &e), &e);
}

static void test_part__areas_follow_the_reading_order(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 0;

    (void)state;
    ruled_word(p, 200, 100, 200, 20); /* above: a paragraph */
    ruled_word(p, 200, 140, 200, 20);
    ruled_word(p, 200, 180, 200, 20);
    ruled_word(p, 110, 320, 60, 18); /* one line */
    ruled_word(p, 310, 310, 60, 18); /* two lines */
    ruled_word(p, 310, 340, 60, 18);
    ruled_word(p, 110, 420, 60, 18);
    ruled_word(p, 600, 400, 80, 18); /* beside */
    ruled_word(p, 300, 700, 80, 18); /* a line alone below */
    divide(p, &a, &n);
    assert_int_equal(n, 7);
    assert_int_equal(a[0].mode, TESS_PAGE);
    assert_in_range(a[0].y + a[0].h, 200, 300);
    assert_int_equal(a[1].mode, TESS_LINE);
    assert_in_range(a[1].x, 103, 110);
    assert_in_range(a[1].x + a[1].w, 170, 190);
    assert_in_range(a[1].y, 303, 320);
    assert_int_equal(a[2].mode, TESS_LINE);
    assert_in_range(a[2].x, 303, 310);
    assert_in_range(a[2].y + a[2].h, 328, 340);
    assert_int_equal(a[3].mode, TESS_LINE);
    assert_in_range(a[3].y, 328, 340);
    assert_int_equal(a[4].mode, TESS_LINE);
    assert_in_range(a[4].y, 403, 420);
    assert_in_range(a[5].x, 500, 600);
    assert_in_range(a[6].y, 600, 700);
    assert_int_equal(a[6].mode, TESS_LINE);
    /* A row is one block. */
    assert_false(a[0].goes_on);
    assert_false(a[1].goes_on);
    assert_true(a[2].goes_on);
    assert_true(a[3].goes_on);
    assert_false(a[4].goes_on);
    assert_false(a[5].goes_on);
    pixDestroy(&p);
}

/* Whether a cell was read or not: something is written in it. A speck is nothing. */
static void test_part__the_ink_of_a_cell_is_noted(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct tables_table table = {100, 300, 400, 200, 0, 4};
    struct tables_cell cells[4] = {CELLS[0], CELLS[1], CELLS[2], CELLS[3]};
    struct tables t = {.p = &table, .count = 1, .cells = cells, .cell_count = 4};
    struct Pix *p = ruled_page(800, 900);
    struct err e = ERR_INIT;
    size_t n = 0;

    (void)state;
    ruled_word(p, 310, 310, 60, 18);
    ruled_bar(p, 120, 420, 3, 3);
    unit_ok(part_divide(p, RULED_GROUND, &t, &a, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_false(cells[0].ink);
    assert_true(cells[1].ink);
    assert_false(cells[2].ink);
    assert_false(cells[3].ink);
    pixDestroy(&p);
}

/* Small letters 12 high, a line every 20, marks and tails between, so that no row is
 * without ink; the second line is short. */
static void test_part__lines_that_nearly_touch_are_two(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 0;

    (void)state;
    ruled_word(p, 110, 320, 170, 12);
    ruled_word(p, 110, 340, 50, 12);
    ruled_bar(p, 150, 332, 3, 4); /* a tail */
    ruled_bar(p, 130, 335, 4, 5); /* a mark */
    divide(p, &a, &n);
    assert_int_equal(n, 2);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(a[i].mode, TESS_LINE);
    assert_in_range(a[0].y + a[0].h, 332, 338);
    assert_in_range(a[1].y, 332, 338);
    assert_in_range(a[0].x + a[0].w, 280, 290);
    assert_in_range(a[1].x + a[1].w, 160, 170);
    pixDestroy(&p);
}

/* Large capitals with marks above and below, rules of strokes at head and foot. */
static void test_part__marks_are_not_a_line_of_their_own(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 0;

    (void)state;
    ruled_word(p, 110, 330, 170, 18);
    for (int x = 112; x < 270; x += 20)
        ruled_bar(p, x, 320, 9, 5); /* marks above, over every letter */
    ruled_bar(p, 150, 351, 4, 4);   /* a dot below */
    divide(p, &a, &n);
    assert_int_equal(n, 1);
    assert_in_range(a[0].y, 310, 320);
    assert_in_range(a[0].y + a[0].h, 355, 365);
    pixDestroy(&p);
}

static void test_part__where_no_ink_is_nothing_is_read(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 1;

    (void)state;
    ruled_bar(p, 150, 350, 2, 2); /* a speck */
    divide(p, &a, &n);
    assert_int_equal(n, 0);
    pixDestroy(&p);
}

static void test_part__a_speck_does_not_widen_an_area(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 0;

    (void)state;
    ruled_word(p, 110, 320, 60, 18);
    ruled_bar(p, 270, 380, 3, 3);
    divide(p, &a, &n);
    assert_int_equal(n, 1);
    assert_in_range(a[0].x + a[0].w, 170, 180);
    assert_in_range(a[0].y + a[0].h, 338, 350);
    assert_int_equal(a[0].mode, TESS_LINE);
    pixDestroy(&p);
}

/* One wide cell of a page with nothing else. */
static void test_part__wide_prose_is_left_to_layout(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(900, 900);
    struct tables_table table = {100, 300, 700, 400, 0, 1};
    struct tables_cell cell = {.x = 103, .y = 303, .w = 690, .h = 390};
    struct tables t = {.p = &table, .count = 1, .cells = &cell, .cell_count = 1};
    struct err e = ERR_INIT;
    size_t n = 0;

    (void)state;
    for (int y = 320; y < 620; y += 40)
        ruled_word(p, 110, y, 660, 20);
    unit_ok(part_divide(p, RULED_GROUND, &t, &a, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_int_equal(a[0].mode, TESS_PAGE);
    pixDestroy(&p);
}

static void test_part__a_turned_page_is_not_divided(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 1;

    (void)state;
    for (int i = 0; i < 80; i += 7)
        ruled_bar(p, 150, 305 + i, 20, 3);
    divide(p, &a, &n);
    assert_int_equal(n, 0);
    assert_null(a);
    pixDestroy(&p);
}

static void test_part__the_edge_of_the_paper_is_not_read(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    size_t n = 0;

    (void)state;
    ruled_word(p, 110, 320, 60, 18);
    ruled_bar(p, 790, 300, 8, 200);
    divide(p, &a, &n);
    assert_int_equal(n, 1);
    pixDestroy(&p);
}

/* Tables side by side, the right one lower and shorter; words above and below it. */
static void test_part__all_around_a_shorter_table_is_read(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    struct tables_table two[2] = {{50, 100, 300, 600, 0, 1},
                                  {450, 300, 300, 200, 1, 1}};
    struct tables_cell cells[2] = {{.x = 53, .y = 103, .w = 290, .h = 590},
                                   {.x = 453, .y = 303, .w = 290, .h = 190}};
    struct tables t = {.p = two, .count = 2, .cells = cells, .cell_count = 2};
    struct err e = ERR_INIT;
    size_t n = 0, above = 0, below = 0;

    (void)state;
    ruled_word(p, 60, 320, 60, 18);
    ruled_word(p, 460, 320, 60, 18);
    ruled_word(p, 500, 180, 90, 18);
    ruled_word(p, 500, 600, 90, 18);
    unit_ok(part_divide(p, RULED_GROUND, &t, &a, &n, &e), &e);
    assert_int_equal(n, 4);
    for (size_t i = 0; i < n; i++) {
        above += a[i].x > 450 && a[i].y < 200 && a[i].y + a[i].h > 190;
        below += a[i].x > 450 && a[i].y > 550;
    }
    assert_int_equal(above, 1);
    assert_int_equal(below, 1);
    pixDestroy(&p);
}

static void test_part__tables_that_overlap_leave_the_page_whole(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    struct tables_table two[2] = {{50, 100, 300, 600, 0, 1},
                                  {340, 100, 300, 200, 1, 1}};
    struct tables_cell cells[2] = {{.x = 53, .y = 103, .w = 290, .h = 590},
                                   {.x = 343, .y = 103, .w = 290, .h = 190}};
    struct tables t = {.p = two, .count = 2, .cells = cells, .cell_count = 2};
    struct err e = ERR_INIT;
    size_t n = 1;

    (void)state;
    ruled_word(p, 60, 320, 60, 18);
    ruled_word(p, 460, 120, 60, 18);
    unit_ok(part_divide(p, RULED_GROUND, &t, &a, &n, &e), &e);
    assert_int_equal(n, 0);
    pixDestroy(&p);
}

static void test_part__without_tables_the_page_is_whole(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = ruled_page(800, 900);
    struct tables none = {.reason = "none"};
    struct err e = ERR_INIT;
    size_t n = 1;

    (void)state;
    ruled_word(p, 110, 320, 60, 18);
    unit_ok(part_divide(p, RULED_GROUND, &none, &a, &n, &e), &e);
    assert_null(a);
    assert_int_equal(n, 0);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part__areas_follow_the_reading_order),
        cmocka_unit_test(test_part__the_ink_of_a_cell_is_noted),
        cmocka_unit_test(test_part__lines_that_nearly_touch_are_two),
        cmocka_unit_test(test_part__marks_are_not_a_line_of_their_own),
        cmocka_unit_test(test_part__where_no_ink_is_nothing_is_read),
        cmocka_unit_test(test_part__a_speck_does_not_widen_an_area),
        cmocka_unit_test(test_part__wide_prose_is_left_to_layout),
        cmocka_unit_test(test_part__a_turned_page_is_not_divided),
        cmocka_unit_test(test_part__the_edge_of_the_paper_is_not_read),
        cmocka_unit_test(test_part__all_around_a_shorter_table_is_read),
        cmocka_unit_test(test_part__tables_that_overlap_leave_the_page_whole),
        cmocka_unit_test(test_part__without_tables_the_page_is_whole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
