/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/second.h"

#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

#include "ocr/result.h"
#include "ocr/tess.h"

#define DPI 180

struct reading {
    struct tess *tess;
    struct Pix *pix;
    struct result r;
};

static int set_up(void **state)
{
    struct reading *g = mem_new(1, sizeof *g);
    struct Pix *p = letter_draw(1);
    struct err e = ERR_INIT;

    g->pix = pixScale(p, 0.6F, 0.6F);
    pixDestroy(&p);
    *state = g;
    return tess_open(&g->tess, &e) < 0 || tess_read(g->tess, g->pix, DPI, TESS_OTSU,
                                                    NULL, 0, NULL, &g->r, &e) < 0
               ? -1
               : 0;
}

static int tear_down(void **state)
{
    struct reading *g = *state;

    pixDestroy(&g->pix);
    result_clear(&g->r);
    tess_close(g->tess);
    mem_free(g);
    return 0;
}

/* The word of the first reading that reads @text; it must be there once. */
static size_t find(const struct result *r, const char *text)
{
    for (size_t i = 0; i < r->word_count; i++)
        if (r->words[i].len == strlen(text) &&
            memcmp(r->text + r->words[i].start, text, strlen(text)) == 0)
            return i;
    fail_msg("no word %s in %s", text, r->text);
    return 0;
}

/* As if the first reading had misread one word without being sure. */
static void misread(struct result *r, size_t i, const char *as, int confidence)
{
    assert_int_equal(strlen(as), r->words[i].len);
    memcpy(r->text + r->words[i].start, as, strlen(as));
    r->words[i].confidence = confidence;
}

static void all_sure(struct result *r)
{
    for (size_t i = 0; i < r->word_count; i++)
        r->words[i].confidence = 97;
}

static void test_second__takes_the_surer_word(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "qhonq", 20);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    unit_ok(result_check(&g->r, &e), &e);
    assert_int_equal(find(&g->r, "phong"), i);
    assert_true(g->r.words[i].confidence > 20);
}

static void test_second__sure_lines_are_left_alone(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "qhonq", SECOND_BELOW);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    assert_int_equal(find(&g->r, "qhonq"), i);
    assert_int_equal(g->r.words[i].confidence, SECOND_BELOW);
}

static void test_second__numbers_are_never_replaced(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "2024");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "2094", 70);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    assert_int_equal(find(&g->r, "2094"), i);
    assert_int_equal(g->r.words[i].confidence, SECOND_DIFFER); /* a person looks */
}

/* However sure the first reading was; and what both read alike stays trusted. */
static void test_second__sure_numbers_are_read_twice(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "2024");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    assert_true(g->r.words[i].confidence >= 97);
    misread(&g->r, i, "2094", 97);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    assert_int_equal(find(&g->r, "2094"), i);
    assert_int_equal(g->r.words[i].confidence, SECOND_DIFFER);
}

/* The letter again, with a date of one digit for the day in a line below it. */
static void read_dated(struct reading *g)
{
    struct Pix *p = letter_draw(1), *half = NULL;
    struct L_Bmf *font = bmfCreate(NULL, 16);
    l_int32 width = 0, over = 0;
    struct err e = ERR_INIT;

    (void)pixSetTextline(p, font, "Da gui ngay 1/12/2018 cho cac phong ban", 0x10, 300,
                         400 + 130 * (int)LETTER_COUNT, &width, &over);
    bmfDestroy(&font);
    half = pixScale(p, 0.6F, 0.6F);
    pixDestroy(&p);
    pixDestroy(&g->pix);
    result_clear(&g->r);
    g->pix = half;
    unit_ok(tess_read(g->tess, half, DPI, TESS_OTSU, NULL, 0, NULL, &g->r, &e), &e);
}

/* Between two whole dates only the kind of the signs may differ, not their places:
 * 1/12/2018 is not 11/2/2018, though the digits are the same. */
static void test_second__dates_are_the_same_in_their_groups(void **state)
{
    static const struct {
        const char *as;
        bool trusted;
    } CASES[] = {{"1/12/2018", true}, {"1.12.2018", true}, {"11/2/2018", false}};
    struct reading *g = *state;
    struct err e = ERR_INIT;

    for (size_t k = 0; k < ARRAY_LEN(CASES); k++) {
        size_t i = 0;

        read_dated(g);
        i = find(&g->r, "1/12/2018");
        all_sure(&g->r);
        misread(&g->r, i, CASES[k].as, 97);
        unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
        assert_int_equal(find(&g->r, CASES[k].as), i);
        if (CASES[k].trusted)
            assert_true(g->r.words[i].confidence >= 97);
        else
            assert_int_equal(g->r.words[i].confidence, SECOND_DIFFER);
    }
}

static void test_second__what_was_not_read_twice_is_not_trusted(void **state)
{
    struct reading *g = *state;
    size_t number = find(&g->r, "2024"), word = find(&g->r, "phong");

    all_sure(&g->r);
    second_distrust(&g->r);
    assert_int_equal(g->r.words[number].confidence, SECOND_DIFFER);
    assert_int_equal(g->r.words[word].confidence, 97);
    assert_true(g->r.confidence < 97);
}

static void test_second__what_a_number_is(void **state)
{
    static const char *const numbers[] = {"7",     "12/QĐ-UBND", "QĐ-UBND",
                                          "NQ/TW", "4a",         "(ND-CP)"};
    static const char *const words[] = {"phòng", "e-mail", "Hà-Nội", "và/hoặc",
                                        "-",     "A.B",    "-UBND"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
        assert_true(second_is_number(numbers[i], strlen(numbers[i])));
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        assert_false(second_is_number(words[i], strlen(words[i])));
}

static void test_second__text_is_made_anew_in_its_lines(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong"), words = g->r.word_count;
    struct err e = ERR_INIT;

    all_sure(&g->r);
    /* Shorter than what stands there: every word behind moves. */
    memmove(g->r.text + g->r.words[i].start + 1,
            g->r.text + g->r.words[i].start + g->r.words[i].len,
            strlen(g->r.text + g->r.words[i].start + g->r.words[i].len) + 1);
    for (size_t k = i + 1; k < words; k++)
        g->r.words[k].start -= g->r.words[i].len - 1;
    g->r.words[i].len = 1;
    g->r.words[i].confidence = 0;
    unit_ok(result_check(&g->r, &e), &e);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    unit_ok(result_check(&g->r, &e), &e);
    assert_int_equal(g->r.word_count, words);
    assert_int_equal(find(&g->r, "phong"), i);
    assert_true(letter_found(g->r.text) >= 80);
}

static void test_second__symbols_alone_are_no_doubt(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "-----", 10);
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    assert_int_equal(find(&g->r, "-----"), i);
}

static void test_second__settled_words_stay(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong");
    bool *settled = mem_new(g->r.word_count, sizeof *settled);
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "qhonq", 20);
    settled[i] = true;
    unit_ok(second_reading(g->tess, g->pix, DPI, settled, &g->r, &e), &e);
    assert_int_equal(find(&g->r, "qhonq"), i);
    mem_free(settled);
}

/* What was noted of a word goes when another reading takes its place. */
static void test_second__drops_the_note_of_a_replaced_word(void **state)
{
    struct reading *g = *state;
    size_t i = find(&g->r, "phong"), k = find(&g->r, "2024");
    struct err e = ERR_INIT;

    all_sure(&g->r);
    misread(&g->r, i, "qhonq", 20);
    g->r.choices = mem_new(2, sizeof *g->r.choices);
    g->r.choices[0] = (struct result_choice){.word = i, .other = mem_dup("qh0nq")};
    g->r.choices[1] = (struct result_choice){.word = k, .other = mem_dup("2O24")};
    g->r.choice_count = 2;
    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &g->r, &e), &e);
    unit_ok(result_check(&g->r, &e), &e);
    assert_int_equal(g->r.choice_count, 1);
    assert_int_equal(g->r.choices[0].word, k);
}

static void test_second__page_without_words(void **state)
{
    struct reading *g = *state;
    struct result r = {.width_px = 10, .height_px = 10};
    struct err e = ERR_INIT;

    unit_ok(second_reading(g->tess, g->pix, DPI, NULL, &r, &e), &e);
    assert_null(r.text);
}

#define second_case(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        second_case(test_second__takes_the_surer_word),
        second_case(test_second__sure_lines_are_left_alone),
        second_case(test_second__numbers_are_never_replaced),
        second_case(test_second__sure_numbers_are_read_twice),
        second_case(test_second__dates_are_the_same_in_their_groups),
        second_case(test_second__what_was_not_read_twice_is_not_trusted),
        second_case(test_second__what_a_number_is),
        second_case(test_second__text_is_made_anew_in_its_lines),
        second_case(test_second__symbols_alone_are_no_doubt),
        second_case(test_second__settled_words_stay),
        second_case(test_second__drops_the_note_of_a_replaced_word),
        second_case(test_second__page_without_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
