/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/grid.h"

#include "tests/unit/unit.h"

#include "node/base/jdoc.h"
#include "ocr/result.h"
#include "ocr/tables.h"

/* Four cells of 100 × 40 from (100, 100) on; the lower two are one. */
static struct tables_cell CELLS[] = {
    {.x = 100, .y = 100, .w = 100, .h = 40, .rows = 1, .columns = 1, .ink = true},
    {.x = 200,
     .y = 100,
     .w = 100,
     .h = 40,
     .column = 1,
     .rows = 1,
     .columns = 1,
     .ink = true},
    {.x = 100, .y = 140, .w = 200, .h = 40, .row = 1, .rows = 1, .columns = 2},
};
static struct tables_table TABLE = {100, 100, 200, 80, 0, 3};
static const struct tables TABLES = {
    .p = &TABLE, .count = 1, .cells = CELLS, .cell_count = 3};

/* "above one two three": "two" stands in the second cell, the others in the first. */
static void read(struct result *r)
{
    static const struct result_word WORDS[] = {
        {.start = 0, .len = 5, .x = 100, .y = 50, .w = 40, .h = 20, .confidence = 90},
        {.start = 6, .len = 3, .x = 110, .y = 110, .w = 30, .h = 20, .confidence = 80},
        {.start = 10, .len = 3, .x = 195, .y = 110, .w = 40, .h = 20, .confidence = 70},
        {.start = 14, .len = 5, .x = 150, .y = 110, .w = 30, .h = 20, .confidence = 60},
    };

    *r = (struct result){.width_px = 500, .height_px = 400, .confidence = 75};
    r->text = mem_dup("above one two three");
    r->skew_reason = mem_dup("");
    r->words = mem_new(4, sizeof *r->words);
    memcpy(r->words, WORDS, sizeof WORDS);
    r->word_count = 4;
}

static void taken(struct result *r)
{
    read(r);
    grid_take(&TABLES, r);
}

static void test_grid__a_word_is_in_the_cell_of_its_middle(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;

    (void)state;
    taken(&r);
    unit_ok(result_check(&r, &e), &e);
    assert_int_equal(r.grid.count, 1);
    assert_int_equal(r.grid.p[0].rows, 2);
    assert_int_equal(r.grid.p[0].columns, 2);
    assert_int_equal(r.grid.cells[0].count, 2);
    assert_int_equal(r.grid.words[r.grid.cells[0].first], 1);
    assert_int_equal(r.grid.words[r.grid.cells[0].first + 1], 3);
    assert_int_equal(r.grid.cells[1].count, 1);
    assert_int_equal(r.grid.words[r.grid.cells[1].first], 2);
    assert_int_equal(r.grid.cells[2].count, 0);
    assert_true(r.grid.cells[0].ink);
    assert_false(r.grid.cells[2].ink);
    /* Words that moved. */
    r.words[0].y = 150;
    grid_again(&r);
    assert_int_equal(r.grid.cells[2].count, 1);
    unit_ok(result_check(&r, &e), &e);
}

static void test_grid__comes_through_a_message(void **state)
{
    AUTO_RESULT struct result r = {0};
    AUTO_RESULT struct result back = {0};
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    (void)state;
    taken(&r);
    j = result_to_jdoc(&r);
    unit_ok(result_from_jdoc(j, &back, &e), &e);
    assert_int_equal(back.grid.count, 1);
    assert_int_equal(back.grid.cell_count, 3);
    assert_memory_equal(back.grid.p, r.grid.p, sizeof *r.grid.p);
    for (size_t i = 0; i < 3; i++) {
        const struct grid_cell *a = &r.grid.cells[i], *b = &back.grid.cells[i];

        assert_int_equal(a->x, b->x);
        assert_int_equal(a->y, b->y);
        assert_int_equal(a->w, b->w);
        assert_int_equal(a->h, b->h);
        assert_int_equal(a->row, b->row);
        assert_int_equal(a->column, b->column);
        assert_int_equal(a->columns, b->columns);
        assert_int_equal(a->ink, b->ink);
        assert_int_equal(a->count, b->count);
        assert_memory_equal(&r.grid.words[a->first], &back.grid.words[b->first],
                            a->count * sizeof *r.grid.words);
    }
}

static void test_grid__of_another_page_comes_after(void **state)
{
    AUTO_RESULT struct result r = {0};
    AUTO_RESULT struct result more = {0};
    struct err e = ERR_INIT;

    (void)state;
    taken(&r);
    taken(&more);
    unit_ok(result_append(&r, &more, &e), &e);
    unit_ok(result_check(&r, &e), &e);
    assert_int_equal(r.grid.count, 2);
    assert_int_equal(r.grid.p[1].first, 3);
    assert_int_equal(r.grid.cells[4].count, 1);
    assert_int_equal(r.grid.words[r.grid.cells[4].first], 6);
    assert_int_equal(more.grid.count, 0);
}

/* What a worker or a database might say. */
static void test_grid__refuses_what_cannot_be(void **state)
{
    static const char *const BAD[] = {
        "{}",
        "[1]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"cells\":[[0,0,1,1,0,0,9,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":999,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[{\"row\":0}]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,0,1,0,0,9,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,201,0,0,9,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[200,0,1,1,0,0,9,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,501,9,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1,4,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1,0,5]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1,2,1,1,1]]}]",
        "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":[[0,0,1,1,0,0,9,9,1,1,1],"
        "[0,1,1,1,0,0,9,9,1,1,1]]}]",
    };
    static const char GOOD[] = "[{\"x\":0,\"y\":0,\"w\":9,\"h\":9,\"cells\":"
                               "[[0,0,1,1,0,0,9,9,1,1,2],[0,1,1,1,0,0,9,9,1,3,1]]}]";
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i <= ARRAY_LEN(BAD); i++) {
        const char *text = i < ARRAY_LEN(BAD) ? BAD[i] : GOOD;
        AUTO_RESULT struct result r = {0};
        AUTO_JDOC struct jdoc *j = NULL;

        read(&r);
        err_clear(&e);
        unit_ok(jdoc_parse(text, strlen(text), &j, &e), &e);
        if (i < ARRAY_LEN(BAD)) {
            unit_fails(grid_from_jdoc(j, &r, &e), ERR_WORKER_PROTOCOL, &e);
            assert_int_equal(r.grid.count, 0);
        } else {
            unit_ok(grid_from_jdoc(j, &r, &e), &e);
            assert_int_equal(r.grid.p[0].columns, 2);
        }
    }
}

static void test_grid__has_not_more_cells_than_a_page_may(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;
    struct tables_cell *cells = mem_new(GRID_CELLS_MAX, sizeof *cells);
    struct tables_table table = {100, 100, 200, 80, 0, GRID_CELLS_MAX};
    struct tables all = {
        .p = &table, .count = 1, .cells = cells, .cell_count = GRID_CELLS_MAX};

    (void)state;
    for (size_t i = 0; i < GRID_CELLS_MAX; i++) {
        cells[i] = CELLS[0];
        cells[i].row = (int)i / 100;
        cells[i].column = (int)i % 100;
    }
    read(&r);
    grid_take(&all, &r);
    unit_ok(result_check(&r, &e), &e);
    {
        AUTO_RESULT struct result more = {0};

        taken(&more);
        unit_ok(result_append(&r, &more, &e), &e);
    }
    assert_int_equal(r.grid.count, 1);
    unit_ok(result_check(&r, &e), &e);
    mem_free(cells);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_grid__a_word_is_in_the_cell_of_its_middle),
        unit_case(test_grid__comes_through_a_message),
        unit_case(test_grid__of_another_page_comes_after),
        unit_case(test_grid__refuses_what_cannot_be),
        unit_case(test_grid__has_not_more_cells_than_a_page_may),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
