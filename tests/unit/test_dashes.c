/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/dashes.h"

#include "tests/unit/unit.h"

#include "ocr/result.h"
#include "tests/unit/ruled.h"

/* @count dashes of 10 × 3 pixels at a pitch of 16, not quite in line. */
static void type_dashes(struct Pix *p, int x, int y, int count)
{
    for (int i = 0; i < count; i++)
        ruled_bar(p, x + i * 16, y + i * 7 % 3, 10, 3);
}

static size_t find(struct Pix *p, struct dashes *d)
{
    struct err e = ERR_INIT;

    unit_ok(dashes_find(p, RULED_GROUND, d, &e), &e);
    return d->count;
}

static void test_dashes__a_row_is_found_and_counted(void **state)
{
    struct Pix *p = ruled_page(600, 300), *clean = NULL;
    struct dashes d = {0};
    struct err e = ERR_INIT;

    (void)state;
    ruled_word(p, 100, 80, 200, 20);
    type_dashes(p, 100, 120, 13);
    ruled_word(p, 330, 112, 80, 20); /* beside */
    assert_int_equal(find(p, &d), 1);
    assert_int_equal(d.rows[0].count, 13);
    assert_int_equal(d.rows[0].x, 100);
    assert_int_equal(d.rows[0].w, 12 * 16 + 10);
    unit_ok(dashes_erase(p, &d, RULED_GROUND, &clean, &e), &e);
    for (int x = 90; x < 320; x++)
        for (int y = 112; y < 135; y++)
            assert_int_equal(ruled_grey(clean, x, y), RULED_GROUND);
    assert_int_equal(ruled_grey(clean, 331, 122), 20);
    assert_int_equal(ruled_grey(clean, 101, 85), 20);
    assert_int_equal(ruled_grey(p, 101, 121), 20); /* the page given is as it was */
    pixDestroy(&clean);
    pixDestroy(&p);
}

static void test_dashes__other_rows_are_left_alone(void **state)
{
    struct Pix *p = ruled_page(800, 700);
    struct dashes d = {0};

    (void)state;
    ruled_word(p, 100, 40, 300, 20);
    type_dashes(p, 100, 100, 4);  /* too few */
    type_dashes(p, 100, 150, 12); /* "=====" */
    type_dashes(p, 100, 155, 12);
    type_dashes(p, 100, 200, 12); /* struck through */
    ruled_bar(p, 180, 192, 3, 20);
    ruled_bar(p, 100, 250, 300, 3);         /* a rule */
    for (int i = 0, x = 100; i < 12; i++) { /* pieces of a broken rule */
        ruled_bar(p, x, 300, 6 + i * 11 % 23, 3);
        x += 6 + i * 11 % 23 + 4;
    }
    for (int i = 0; i < 20; i++)
        ruled_bar(p, 100 + i * 9, 350, 4, 4); /* dots */
    assert_int_equal(find(p, &d), 0);
    pixDestroy(&p);
}

/* Three lines of two words, 30 pixels high. */
static void page_of(struct result *r, const char *text, size_t words)
{
    const char *at = text;

    *r = (struct result){.width_px = 600,
                         .height_px = 400,
                         .confidence = 80,
                         .text = mem_dup(text),
                         .skew_reason = mem_dup("")};
    r->words = mem_new(words, sizeof *r->words);
    r->word_count = words;
    for (size_t i = 0; i < words; i++) {
        r->words[i] = (struct result_word){.start = (size_t)(at - text),
                                           .len = strcspn(at, " \n"),
                                           .x = i % 2 ? 300 : 50,
                                           .y = 50 + (int)(i / 2) * 60,
                                           .w = 200,
                                           .h = 30,
                                           .confidence = 80,
                                           .line = (int)(i / 2),
                                           .block = (int)(i / 4)};
        at += strcspn(at, " \n");
        at += strspn(at, " \n");
    }
}

static void test_dashes__become_a_word_below_their_line(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct dashes d = {.count = 1, .rows = {{320, 90, 120, 4, 6}}};
    struct err e = ERR_INIT;

    (void)state;
    page_of(&r, "a b\nc d\n\ne f", 6);
    r.choices = mem_new(2, sizeof *r.choices);
    r.choice_count = 2;
    r.choices[0] = (struct result_choice){.word = 1, .other = mem_dup("x")};
    r.choices[1] = (struct result_choice){.word = 4, .other = mem_dup("y")};
    unit_ok(dashes_put(&d, &r, &e), &e);
    assert_string_equal(r.text, "a b\n------\nc d\n\ne f");
    unit_ok(result_check(&r, &e), &e);
    assert_int_equal(r.words[2].x, 320);
    assert_int_equal(r.words[2].line, 1);
    assert_int_equal(r.words[2].confidence, DASHES_CONFIDENCE);
    assert_int_equal(r.words[3].line, 2);
    assert_int_equal(r.words[6].block, 1);
    assert_int_equal(r.choices[0].word, 1);
    assert_int_equal(r.choices[1].word, 5);
}

static void test_dashes__stand_by_height_when_nothing_is_above(void **state)
{
    struct dashes d = {.count = 2, .rows = {{520, 260, 60, 4, 5}, {100, 20, 60, 4, 5}}};
    AUTO_RESULT struct result r = {0};
    AUTO_RESULT struct result empty = {0};
    struct err e = ERR_INIT;

    (void)state;
    page_of(&r, "a b\nc d", 4);
    unit_ok(dashes_put(&d, &r, &e), &e);
    assert_string_equal(r.text, "-----\na b\nc d\n-----");
    unit_ok(result_check(&r, &e), &e);
    page_of(&empty, "", 0);
    d.count = 1;
    unit_ok(dashes_put(&d, &empty, &e), &e);
    assert_string_equal(empty.text, "-----");
    unit_ok(result_check(&empty, &e), &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dashes__a_row_is_found_and_counted),
        cmocka_unit_test(test_dashes__other_rows_are_left_alone),
        cmocka_unit_test(test_dashes__become_a_word_below_their_line),
        cmocka_unit_test(test_dashes__stand_by_height_when_nothing_is_above),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
