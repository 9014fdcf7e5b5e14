/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/entries.h"

#include "tests/unit/unit.h"

#include "ocr/doubt.h"
#include "ocr/grid.h"
#include "ocr/result.h"
#include "ocr/tables.h"

#define CELL 100 /* pixels, both ways */
#define SURE 95

/* A table of @rows rows: texts by row and column, NULL: covered by the cell left of it,
 * "^": by the one above, "": empty, "~": ink that was not read. */
static void make(struct result *r, const char *const *texts, int rows, int columns)
{
    struct tables_cell *cells = mem_new((size_t)(rows * columns), sizeof *cells);
    struct tables_table table = {0, 0, columns * CELL, rows * CELL, 0, 0};
    struct tables t = {.p = &table, .count = 1, .cells = cells};
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    *r = (struct result){.width_px = 2000, .height_px = 2000};
    r->words = mem_new(200, sizeof *r->words);
    r->skew_reason = mem_dup("");
    for (int i = 0; i < rows * columns; i++) {
        struct tables_cell c = {.x = i % columns * CELL,
                                .y = i / columns * CELL,
                                .row = i / columns,
                                .column = i % columns,
                                .rows = 1,
                                .columns = 1};
        const char *word = texts[i];

        if (!word || strcmp(word, "^") == 0)
            continue;
        while (c.column + c.columns < columns && !texts[i + c.columns])
            c.columns++;
        while (c.row + c.rows < rows && texts[i + c.rows * columns] &&
               strcmp(texts[i + c.rows * columns], "^") == 0)
            c.rows++;
        c.w = c.columns * CELL;
        c.h = c.rows * CELL;
        c.ink = word[0] != '\0';
        cells[t.cell_count++] = c;
        for (size_t at = 0; word[0] && strcmp(word, "~") != 0; word += at) {
            word += strspn(word, " ");
            at = strcspn(word, " ");
            if (at == 0)
                break;
            if (text.len > 0)
                str_add_char(&text, ' ');
            r->words[r->word_count++] = (struct result_word){.start = text.len,
                                                             .len = at,
                                                             .x = c.x + 10,
                                                             .y = c.y + 10,
                                                             .w = 50,
                                                             .h = 20,
                                                             .confidence = SURE};
            str_add_mem(&text, word, at);
        }
    }
    table.count = t.cell_count;
    r->text = mem_dup(str_text(&text));
    grid_take(&t, r);
    mem_free(cells);
}

static void entries(const struct result *r, struct entries *out)
{
    AUTO_DOUBTS struct doubts d = {0};

    doubt_find(r, &d);
    entries_read(r, &d, 0, out);
}

static void test_entries__columns_are_named_by_the_first_row(void **state)
{
    static const char *const TEXTS[] = {
        "Số", "Họ và tên",  "Ghi chú",        //
        "01", "Hà Thị Nga", "",               //
        "02", "Y Bliu",     "đã cấp bản sao", //
        "03", "~",          "",
    };
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 4, 3);
    entries(&r, &t);
    assert_int_equal(t.head, 1);
    assert_string_equal(t.names[0], "Số");
    assert_string_equal(t.names[1], "Họ và tên");
    assert_string_equal(t.names[2], "Ghi chú");
    assert_string_equal(entries_at(&t, 1, 1)->text, "Hà Thị Nga");
    assert_int_equal(entries_at(&t, 1, 1)->confidence, SURE);
    assert_string_equal(entries_at(&t, 1, 1)->reason, "");
    assert_string_equal(entries_at(&t, 1, 2)->text, "");
    assert_false(entries_at(&t, 1, 2)->strip);
    /* Ink in which nothing was read. */
    assert_true(entries_at(&t, 3, 1)->strip);
    assert_string_equal(entries_at(&t, 3, 1)->reason, "unreadable");
    assert_string_equal(entries_at(&t, 3, 1)->text, "");
}

static void test_entries__a_row_of_numbers_belongs_to_the_heading(void **state)
{
    static const char *const TEXTS[] = {
        "Họ tên", "Dân tộc", "Ghi chú", //
        "(1)",    "(2)",     "(3)",     //
        "Y Bliu", "Ê Đê",    "",
    };
    static const char *const TWICE[] = {
        "Họ tên", "Dân tộc", "Ghi chú", //
        "1",      "1",       "2",       //
        "Y Bliu", "Ê Đê",    "",
    };
    AUTO_RESULT struct result r = {0}, twice = {0};
    AUTO_ENTRIES struct entries t = {0}, u = {0};

    (void)state;
    make(&r, TEXTS, 3, 3);
    entries(&r, &t);
    assert_int_equal(t.head, 2);
    assert_string_equal(t.names[2], "Ghi chú");
    /* Each number only once; what has figures in most rows is a column of figures. */
    make(&twice, TWICE, 3, 3);
    entries(&twice, &u);
    assert_int_equal(u.head, 0);
}

static void test_entries__a_heading_may_be_two_rows_high(void **state)
{
    static const char *const TEXTS[] = {
        "Số", "Cha",    NULL,       //
        "^",  "Họ tên", "Năm sinh", //
        "01", "Y Bliu", "1970",     //
        "02", "Y Kông", "1971",
    };
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 4, 3);
    entries(&r, &t);
    assert_int_equal(t.head, 2);
    assert_string_equal(t.names[0], "Số");
    assert_string_equal(t.names[1], "Cha / Họ tên");
    assert_string_equal(t.names[2], "Cha / Năm sinh");
    assert_string_equal(entries_at(&t, 2, 2)->text, "1970");
}

static void test_entries__refuse_a_heading_that_is_not_sure(void **state)
{
    static const struct {
        const char *texts[6];
    } BAD[] = {
        {{"Số 1", "Họ tên", "01", "Y Bliu", "02", "Y Kông"}},     /* a number in it */
        {{"Số", "", "01", "Y Bliu", "02", "Y Kông"}},             /* not named */
        {{"Số", "~", "01", "Y Bliu", "02", "Y Kông"}},            /* not read */
        {{"Tên", "Tên", "01", "Y Bliu", "02", "Y Kông"}},         /* not to be told */
        {{"Họ tên", "Xã", "Y Nam", "Y Bliu", "Y Duy", "Y Kông"}}, /* as the rest */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_RESULT struct result r = {0};
        AUTO_ENTRIES struct entries t = {0};

        make(&r, BAD[i].texts, 3, 2);
        entries(&r, &t);
        assert_int_equal(t.head, 0);
        assert_string_equal(t.names[0], "");
        assert_string_equal(t.names[1], "");
        assert_string_equal(entries_at(&t, 1, 1)->text, "Y Bliu");
    }
}

static void test_entries__what_is_not_sure_is_doubtful(void **state)
{
    static const char *const TEXTS[] = {
        "Số", "Họ tên", "Xã", //
        "01", "Y Bliu", "Ea Tul",
    };
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 2, 3);
    r.words[6].confidence = 75; /* Bliu */
    r.words[7].confidence = r.words[8].confidence = 61;
    entries(&r, &t);
    assert_string_equal(entries_at(&t, 1, 1)->text, "Y Bliu");
    assert_int_equal(entries_at(&t, 1, 1)->confidence, (SURE + 75) / 2);
    assert_string_equal(entries_at(&t, 1, 1)->reason, "low-confidence");
    assert_false(entries_at(&t, 1, 1)->strip);
    /* As handwriting reads. */
    assert_true(entries_at(&t, 1, 2)->strip);
    assert_string_equal(entries_at(&t, 1, 2)->reason, "handwritten");
    assert_string_equal(entries_at(&t, 1, 2)->text, "");
    assert_int_equal(entries_at(&t, 1, 2)->confidence, 61);
}

static void test_entries__a_word_with_another_reading_is_doubtful(void **state)
{
    static const char *const TEXTS[] = {"Số", "Họ tên", "01", "Đinh Văn"};
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 2, 2);
    r.choices = mem_new(1, sizeof *r.choices);
    r.choices[0] = (struct result_choice){.word = 4, .other = mem_dup("Đình")};
    r.choice_count = 1;
    entries(&r, &t);
    assert_string_equal(entries_at(&t, 1, 1)->reason, "chosen");
    assert_string_equal(entries_at(&t, 1, 0)->reason, "");
}

/* A number that was read in two ways is marked with a confidence of its own. */
static void test_entries__a_number_read_in_two_ways_stays(void **state)
{
    static const char *const TEXTS[] = {"Số", "Họ tên", "01/2003", "Y Bliu"};
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 2, 2);
    r.words[3].confidence = 50;
    entries(&r, &t);
    assert_string_equal(entries_at(&t, 1, 0)->text, "01/2003");
    assert_false(entries_at(&t, 1, 0)->strip);
    assert_string_equal(entries_at(&t, 1, 0)->reason, "two-readings");
}

static void test_entries__a_cell_of_several_rows_is_doubtful(void **state)
{
    static const char *const TEXTS[] = {
        "Số", "Họ tên", "Xã",     //
        "01", "Y Bliu", "Ea Tul", //
        "02", "Y Kông", "^",      //
        "03", "Y Nam",  "Ea Kly",
    };
    AUTO_RESULT struct result r = {0};
    AUTO_ENTRIES struct entries t = {0};

    (void)state;
    make(&r, TEXTS, 4, 3);
    entries(&r, &t);
    assert_int_equal(t.head, 1);
    assert_ptr_equal(entries_at(&t, 1, 2), entries_at(&t, 2, 2));
    assert_string_equal(entries_at(&t, 2, 2)->reason, "merged");
    assert_string_equal(entries_at(&t, 3, 2)->reason, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_entries__columns_are_named_by_the_first_row),
        unit_case(test_entries__a_row_of_numbers_belongs_to_the_heading),
        unit_case(test_entries__a_heading_may_be_two_rows_high),
        unit_case(test_entries__refuse_a_heading_that_is_not_sure),
        unit_case(test_entries__what_is_not_sure_is_doubtful),
        unit_case(test_entries__a_word_with_another_reading_is_doubtful),
        unit_case(test_entries__a_number_read_in_two_ways_stays),
        unit_case(test_entries__a_cell_of_several_rows_is_doubtful),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
