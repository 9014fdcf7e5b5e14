/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tables.h"

#include "tests/unit/unit.h"

#include "ocr/rules.h"

/* Rules as they would be found, without a picture. */
struct sketch {
    struct rules_line level[80], upright[80];
    struct rules r;
};

static void level(struct sketch *s, int x, int y, int w, double rise)
{
    s->level[s->r.level_count++] =
        (struct rules_line){.x = x, .y = y, .w = w, .h = 2, .from = y, .to = y + rise};
}

static void upright(struct sketch *s, int x, int y, int h)
{
    s->upright[s->r.upright_count++] =
        (struct rules_line){.x = x, .y = y, .w = 2, .h = h, .from = x, .to = x};
}

static void grid(struct sketch *s, int columns, int rows, int w, int h)
{
    for (int i = 0; i <= rows; i++)
        level(s, 100, 100 + i * h, columns * w, 0);
    for (int i = 0; i <= columns; i++)
        upright(s, 100 + i * w, 100, rows * h);
}

static void find(struct sketch *s, struct tables *t)
{
    s->r.level = s->level;
    s->r.upright = s->upright;
    tables_find(&s->r, 1400, 2000, t);
}

static void refused(struct sketch *s, const char *reason)
{
    AUTO_TABLES struct tables t = {0};

    find(s, &t);
    assert_string_equal(t.reason, reason);
    assert_int_equal(t.count, 0);
    assert_int_equal(t.cell_count, 0);
}

static void test_tables__cells_stand_row_by_row(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    grid(&s, 3, 2, 200, 60);
    find(&s, &t);
    assert_string_equal(t.reason, "found");
    assert_int_equal(t.count, 1);
    assert_int_equal(t.p[0].count, 6);
    for (int i = 0; i < 6; i++) {
        const struct tables_cell *c = &t.cells[i];

        assert_int_equal(c->row, i / 3);
        assert_int_equal(c->column, i % 3);
        assert_in_range(c->x, 100 + i % 3 * 200 + 1, 100 + i % 3 * 200 + 5);
        assert_in_range(c->y, 100 + i / 3 * 60 + 1, 100 + i / 3 * 60 + 5);
        assert_in_range(c->w, 190, 200);
        assert_in_range(c->h, 50, 60);
    }
}

static void test_tables__cells_may_span_others(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    for (int i = 0; i <= 3; i++)
        level(&s, 100, 100 + i * 60, 600, 0);
    upright(&s, 100, 100, 180);
    upright(&s, 300, 160, 120); /* not in the first row */
    upright(&s, 500, 100, 180);
    upright(&s, 700, 100, 180);
    find(&s, &t);
    assert_int_equal(t.cell_count, 8);
    assert_int_equal(t.cells[0].columns, 2);
    assert_in_range(t.cells[0].w, 390, 400);
    assert_int_equal(t.cells[1].column, 2);
    assert_int_equal(t.cells[2].row, 1);
}

/* Open at the left and right, as lists are printed. */
static void test_tables__open_sides_end_with_the_rules(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    for (int i = 0; i <= 4; i++)
        level(&s, 100, 100 + i * 60, 600, 0);
    upright(&s, 300, 100, 240);
    upright(&s, 500, 100, 240);
    find(&s, &t);
    assert_int_equal(t.cell_count, 12);
    assert_in_range(t.cells[0].x, 100, 104);
    assert_in_range(t.cells[2].x + t.cells[2].w, 694, 701);
}

static void test_tables__leaning_rules_make_leaning_rows(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    for (int i = 0; i <= 2; i++)
        level(&s, 100, 100 + i * 60, 1000, 20);
    for (int i = 0; i <= 2; i++)
        upright(&s, 100 + i * 500, 100 + i * 10, 120);
    find(&s, &t);
    assert_int_equal(t.cell_count, 4);
    assert_in_range(t.cells[1].y - t.cells[0].y, 8, 12);
}

static void test_tables__broken_and_double_rules_are_one(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    grid(&s, 2, 2, 200, 60);
    level(&s, 100, 104, 400, 0); /* double at the top */
    s.level[1].w = 190;          /* the middle one in two pieces */
    level(&s, 310, 160, 190, 0);
    find(&s, &t);
    assert_int_equal(t.cell_count, 4);
    assert_in_range(t.cells[0].y, 105, 109);
}

static void test_tables__two_on_a_page_keep_their_order(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};

    (void)state;
    for (int i = 0; i <= 2; i++)
        level(&s, 100, 900 + i * 60, 400, 0);
    for (int i = 0; i <= 2; i++)
        upright(&s, 100 + i * 200, 900, 120);
    grid(&s, 2, 3, 200, 60);
    find(&s, &t);
    assert_int_equal(t.count, 2);
    assert_in_range(t.p[0].y, 95, 105);
    assert_int_equal(t.p[0].count, 6);
    assert_int_equal(t.p[1].count, 4);
    assert_in_range(t.cells[t.p[1].first].y, 900, 906);
}

static void test_tables__what_is_none_is_refused(void **state)
{
    struct sketch line = {0}, frame = {0}, stamp = {0}, loose = {0}, boxes = {0};
    struct sketch nothing = {0};

    (void)state;
    refused(&nothing, "none");
    level(&line, 100, 100, 600, 0);
    refused(&line, "frame");
    grid(&frame, 1, 1, 900, 1200);
    refused(&frame, "frame");
    /* Of an incoming stamp: a headline, and two boxes below. */
    level(&stamp, 100, 100, 300, 0);
    level(&stamp, 100, 140, 300, 0);
    level(&stamp, 100, 280, 300, 0);
    upright(&stamp, 100, 100, 180);
    upright(&stamp, 210, 140, 140);
    upright(&stamp, 400, 100, 180);
    refused(&stamp, "few");
    for (int i = 0; i < 6; i++) {
        level(&loose, 100 + i * 100, 100 + i * 60, 110, 0);
        upright(&loose, 200 + i * 100, 100 + i * 60, 70);
    }
    refused(&loose, "loose");
    grid(&boxes, 12, 2, 24, 28);
    refused(&boxes, "small");
}

static void test_tables__a_cell_is_always_a_rectangle(void **state)
{
    AUTO_TABLES struct tables t = {0};
    struct sketch s = {0};
    int boxes = 0;

    (void)state;
    grid(&s, 6, 6, 200, 60);
    s.upright[1].y = 160; /* a corner of three boxes loses two walls */
    s.upright[1].h = 300;
    s.level[1].x = 300;
    s.level[1].w = 1000;
    find(&s, &t);
    assert_string_equal(t.reason, "found");
    for (size_t i = 0; i < t.cell_count; i++)
        boxes += t.cells[i].rows * t.cells[i].columns;
    assert_int_equal(boxes, 36);
    assert_int_equal(t.cell_count, 35);
    assert_int_equal(t.cells[0].columns, 2);
    assert_int_equal(t.cells[0].rows, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables__cells_stand_row_by_row),
        cmocka_unit_test(test_tables__cells_may_span_others),
        cmocka_unit_test(test_tables__open_sides_end_with_the_rules),
        cmocka_unit_test(test_tables__leaning_rules_make_leaning_rows),
        cmocka_unit_test(test_tables__broken_and_double_rules_are_one),
        cmocka_unit_test(test_tables__two_on_a_page_keep_their_order),
        cmocka_unit_test(test_tables__what_is_none_is_refused),
        cmocka_unit_test(test_tables__a_cell_is_always_a_rectangle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
