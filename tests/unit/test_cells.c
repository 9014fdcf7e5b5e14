/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ocr/cells.h"
#include "tests/unit/sheet.h"

static void text_of(const struct cells *c, const struct cells_line *l, const char *want)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    cells_line_text(c, l, 0, l->count, &text);
    assert_string_equal(str_text(&text), want);
}

static void test_cells__counts_letters(void **state)
{
    struct cells_count n = cells_count("Đắk-12", strlen("Đắk-12"));

    (void)state;
    assert_int_equal(n.letters, 3);
    assert_int_equal(n.capitals, 1);
    assert_int_equal(n.digits, 2);
    assert_int_equal(n.others, 1);
    assert_true(n.first_capital);
    assert_false(cells_count("", 0).first_capital);
}

static void test_cells__near_is_edit_distance(void **state)
{
    char long_text[100];

    (void)state;
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[99] = '\0';
    assert_true(cells_near("hoa", "hoa", 0));
    assert_false(cells_near("hoa", "hoi", 0));
    assert_true(cells_near("hoa", "hoi", 1));
    assert_true(cells_near("nghia", "ngia", 1));
    assert_true(cells_near("", "ab", 2));
    assert_false(cells_near("ab", "cd", 1));
    assert_false(cells_near(long_text, long_text, 1));
}

static void test_cells__cuts_at_the_widest_gap_near_the_border(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_CELLS struct cells c = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 100, "Số:");
    sheet_more(&s, 420, 100, "/QĐ-UBND");
    sheet_more(&s, 690, 100, "Ea Yông, ngày");
    sheet_line(&s, 250, 1800, "below");
    cells_read(&s.r, 0.7, &c);
    assert_int_equal(c.line_count, 1);
    cells_split(&c, 720, 0, 1000);
    assert_int_equal(c.part_count, 2);
    text_of(&c, &c.parts[0], "Số: /QĐ-UBND");
    text_of(&c, &c.parts[1], "Ea Yông, ngày");
    assert_int_equal(c.parts[0].side, CELLS_LEFT);
    assert_int_equal(c.parts[1].side, CELLS_RIGHT);
    assert_false(c.parts[0].touching);
}

static void test_cells__joins_one_row_read_as_two_lines(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_CELLS struct cells c = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 420, 104, "/QĐ-UBND");
    sheet_line(&s, 250, 100, "Số: 12");
    sheet_line(&s, 250, 150, "V/v");
    cells_read(&s.r, 0.7, &c);
    cells_split(&c, 720, 0, 1000);
    assert_int_equal(c.part_count, 2);
    text_of(&c, &c.parts[0], "Số: 12 /QĐ-UBND");
    text_of(&c, &c.parts[1], "V/v");
}

static void test_cells__drops_rules_and_trims_scraps(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_CELLS struct cells c = {0};
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 100, "— - QUYẾT ĐỊNH: - ¬");
    sheet_line(&s, 250, 150, "____");
    cells_read(&s.r, 0.7, &c);
    assert_int_equal(c.line_count, 1);
    text_of(&c, &c.lines[0], "- QUYẾT ĐỊNH: -");
    cells_trim(&c, &c.lines[0]);
    text_of(&c, &c.lines[0], "QUYẾT ĐỊNH:");
    cells_line_fold(&c, &c.lines[0], &fold);
    assert_string_equal(str_text(&fold), "quyet dinh");
    assert_true(cells_line_caps(&c, &c.lines[0]));
    assert_int_equal(cells_line_conf(&c, &c.lines[0]), SHEET_CONF);
}

static void test_cells__keeps_its_limits(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_CELLS struct cells c = {0};

    (void)state;
    sheet_init(&s);
    for (int i = 0; i < 3 * CELLS_LINES_MAX; i++)
        sheet_line(&s, 100, 20 + i,
                   "a b c d e f g h i j k l m n o p q r s t u v w x y "
                   "z a b c d e f g h i j k l m n o p q r s t u v w");
    cells_read(&s.r, 1.0, &c);
    assert_true(c.word_count <= CELLS_WORDS_MAX);
    assert_true(c.line_count <= CELLS_LINES_MAX);
    cells_split(&c, 720, 0, SHEET_H);
    assert_true(c.part_count <= CELLS_LINES_MAX);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cells__counts_letters),
        cmocka_unit_test(test_cells__near_is_edit_distance),
        cmocka_unit_test(test_cells__cuts_at_the_widest_gap_near_the_border),
        cmocka_unit_test(test_cells__joins_one_row_read_as_two_lines),
        cmocka_unit_test(test_cells__drops_rules_and_trims_scraps),
        cmocka_unit_test(test_cells__keeps_its_limits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
