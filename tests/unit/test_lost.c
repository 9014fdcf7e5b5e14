/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lost.h"

#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"
#include "tests/unit/unit.h"

#include "ocr/alts.h"
#include "ocr/result.h"
#include "ocr/tess.h"
#include "tests/unit/ruled.h"

struct put {
    const char *text;
    int x, y, w, line, block, confidence;
};

#define HIGH 14

static struct result make(const struct put *words, size_t count)
{
    AUTO_STR struct str text = STR_INIT(4096);
    struct result r = {.width_px = 800,
                       .height_px = 600,
                       .skew_reason = mem_dup(""),
                       .words = mem_new(count, sizeof *r.words),
                       .word_count = count};

    for (size_t i = 0; i < count; i++) {
        const struct put *w = &words[i];

        if (i > 0)
            str_add(&text, w->block != w[-1].block ? "\n\n"
                           : w->line != w[-1].line ? "\n"
                                                   : " ");
        r.words[i] = (struct result_word){.start = text.len,
                                          .len = strlen(w->text),
                                          .x = w->x,
                                          .y = w->y,
                                          .w = w->w,
                                          .h = HIGH,
                                          .confidence = w->confidence,
                                          .line = w->line,
                                          .block = w->block};
        str_add(&text, w->text);
    }
    r.text = text.p ? str_take(&text) : mem_dup("");
    return r;
}

/* Two columns: two lines on the left, one on the right. */
static const struct put PAGE[] = {
    {"một", 100, 100, 60, 0, 0, 95}, {"hai", 180, 100, 60, 0, 0, 95},
    {"ba", 100, 130, 60, 1, 0, 95},  {"bốn", 180, 130, 60, 1, 0, 95},
    {"năm", 500, 100, 60, 2, 1, 95}, {"sáu", 580, 100, 60, 2, 1, 95},
};

static struct Pix *page(void)
{
    struct Pix *p = ruled_page(800, 600);

    for (size_t i = 0; i < ARRAY_LEN(PAGE); i++)
        ruled_word(p, PAGE[i].x, PAGE[i].y, PAGE[i].w, HIGH);
    return p;
}

static void look(struct Pix *p, struct tess_area **areas, size_t *count)
{
    AUTO_RESULT struct result r = make(PAGE, ARRAY_LEN(PAGE));
    struct err e = ERR_INIT;

    unit_ok(lost_find(p, RULED_GROUND, &r, areas, count, &e), &e);
}

static void test_lost__ink_of_a_line_without_words_is_found(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = page();
    size_t n = 0;

    (void)state;
    look(p, &a, &n);
    assert_int_equal(n, 0); /* every word was read */
    ruled_word(p, 100, 160, 40, HIGH);
    look(p, &a, &n);
    assert_int_equal(n, 1);
    assert_int_equal(a[0].mode, TESS_LINE);
    assert_in_range(a[0].x, 90, 100);
    assert_in_range(a[0].x + a[0].w, 138, 150);
    assert_in_range(a[0].y, 150, 160);
    pixDestroy(&p);
}

static void test_lost__what_is_no_text_is_left_alone(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = page();
    size_t n = 1;

    (void)state;
    ruled_bar(p, 100, 200, 3, 3);    /* a speck */
    ruled_bar(p, 100, 230, 300, 2);  /* a rule */
    ruled_bar(p, 100, 260, 60, 16);  /* a blot */
    ruled_bar(p, 100, 300, 2, 150);  /* an upright rule */
    ruled_word(p, 200, 320, 90, 60); /* far too large */
    ruled_word(p, 0, 500, 60, HIGH); /* at the edge of the sheet */
    look(p, &a, &n);
    assert_int_equal(n, 0);
    pixDestroy(&p);
}

static void test_lost__too_much_is_no_lost_line(void **state)
{
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = page();
    size_t n = 1;

    (void)state;
    for (int i = 0; i <= LOST_AREAS_MAX; i++)
        ruled_word(p, 100 + i % 5 * 120, 200 + i / 5 * 40, 60, HIGH);
    look(p, &a, &n);
    assert_int_equal(n, 0);
    assert_null(a);
    pixDestroy(&p);
}

static void take(const struct put *found, size_t count, const char *text)
{
    AUTO_RESULT struct result r = make(PAGE, ARRAY_LEN(PAGE));
    AUTO_RESULT struct result f = make(found, count);
    AUTO_ALTS struct alts alts = {0};
    struct err e = ERR_INIT;
    size_t taken = 0;

    for (size_t i = 0; i < r.word_count; i++)
        alts_add_word(&alts);
    unit_ok(lost_take(&f, &r, &alts, &taken, &e), &e);
    assert_string_equal(r.text, text);
    assert_int_equal(r.word_count, ARRAY_LEN(PAGE) + taken);
    assert_int_equal(alts.word_count, r.word_count);
    unit_ok(result_check(&r, &e), &e);
}

static void test_lost__a_line_finds_its_place(void **state)
{
    static const struct put BELOW[] = {{"cũ.", 100, 160, 40, 0, 0, 90}};
    static const struct put ABOVE[] = {{"trên", 500, 60, 40, 0, 0, 90}};
    static const struct put BETWEEN[] = {{"giữa", 100, 115, 40, 0, 0, 90},
                                         {"dòng", 150, 115, 40, 0, 0, 90}};

    (void)state;
    take(BELOW, 1, "một hai\nba bốn\ncũ.\n\nnăm sáu");
    take(ABOVE, 1, "một hai\nba bốn\n\ntrên\nnăm sáu");
    take(BETWEEN, 2, "một hai\ngiữa dòng\nba bốn\n\nnăm sáu");
}

/* A small line that was read as the beginning of the large one beside it. */
static const struct put HOPELESS[] = {
    {"một", 100, 100, 60, 0, 0, 95},   {"hai", 180, 100, 60, 0, 0, 95},
    {"\"`.", 100, 130, 120, 1, 0, 30}, {"năm", 500, 130, 60, 1, 0, 95},
    {"sáu", 580, 130, 60, 1, 0, 95},
};

/* What becomes of HOPELESS when its third word has @w. */
static void take_again(struct put w, const char *text)
{
    static const struct put FOUND[] = {{"như", 100, 130, 50, 0, 0, 90},
                                       {"trên", 160, 130, 60, 0, 0, 90}};
    struct put words[ARRAY_LEN(HOPELESS)];
    AUTO_RESULT struct result f = make(FOUND, ARRAY_LEN(FOUND));
    AUTO_RESULT struct result r = {0};
    AUTO_ALTS struct alts alts = {0};
    struct err e = ERR_INIT;
    size_t taken = 0;

    memcpy(words, HOPELESS, sizeof words);
    words[2] = w;
    r = make(words, ARRAY_LEN(words));
    for (size_t i = 0; i < r.word_count; i++)
        alts_add_word(&alts);
    unit_ok(lost_take(&f, &r, &alts, &taken, &e), &e);
    assert_string_equal(r.text, text);
    assert_int_equal(alts.word_count, r.word_count);
    unit_ok(result_check(&r, &e), &e);
}

static void test_lost__a_hopeless_word_is_read_by_itself(void **state)
{
    AUTO_RESULT struct result r = make(HOPELESS, ARRAY_LEN(HOPELESS));
    AUTO_MEM struct tess_area *a = NULL;
    struct Pix *p = pixCreate(800, 600, 8);
    struct err e = ERR_INIT;
    size_t n = 0;

    (void)state;
    (void)pixSetAllArbitrary(p, 240);
    for (size_t i = 0; i < ARRAY_LEN(HOPELESS); i++)
        ruled_word(p, HOPELESS[i].x, HOPELESS[i].y, HOPELESS[i].w, HIGH);
    unit_ok(lost_find(p, 240, &r, &a, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_in_range(a[0].x, 90, 100);
    assert_in_range(a[0].x + a[0].w, 220, 230);
    pixDestroy(&p);
    take_again(HOPELESS[2], "một hai\nnhư trên\nnăm sáu");
}

static void test_lost__words_that_may_be_right_stay(void **state)
{
    (void)state;
    /* sure; as many signs as fit; elsewhere */
    take_again((struct put){"\"`.", 100, 130, 120, 1, 0, LOST_HOPELESS},
               "một hai\nnhư trên \"`. năm sáu");
    take_again((struct put){"nhmttrcng", 100, 130, 120, 1, 0, 30},
               "một hai\nnhư trên nhmttrcng năm sáu");
    take_again((struct put){"\"`.", 100, 160, 120, 1, 0, 30},
               "một hai\nnhư trên \"`. năm sáu");
}

static void test_lost__a_word_continues_its_line(void **state)
{
    static const struct put END[] = {{"cuối", 260, 131, 40, 0, 0, 90}};
    static const struct put HEAD[] = {{"đầu", 40, 101, 40, 0, 0, 90}};

    (void)state;
    take(END, 1, "một hai\nba bốn cuối\n\nnăm sáu");
    take(HEAD, 1, "đầu một hai\nba bốn\n\nnăm sáu");
}

static void test_lost__what_is_not_sure_is_not_taken(void **state)
{
    static const struct put UNSURE[] = {{"cũ.", 100, 160, 40, 0, 0, LOST_SURE - 1}};
    static const struct put ONE_BAD[] = {
        {"của", 100, 160, 40, 0, 0, 99},
        {"xã", 150, 160, 40, 0, 0, LOST_SURE_WORD - 1}};
    static const struct put SIGNS[] = {{"..,", 100, 160, 40, 0, 0, 99}};

    (void)state;
    take(UNSURE, 1, "một hai\nba bốn\n\nnăm sáu");
    take(ONE_BAD, 2, "một hai\nba bốn\n\nnăm sáu");
    take(SIGNS, 1, "một hai\nba bốn\n\nnăm sáu");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lost__ink_of_a_line_without_words_is_found),
        cmocka_unit_test(test_lost__what_is_no_text_is_left_alone),
        cmocka_unit_test(test_lost__too_much_is_no_lost_line),
        cmocka_unit_test(test_lost__a_line_finds_its_place),
        cmocka_unit_test(test_lost__a_hopeless_word_is_read_by_itself),
        cmocka_unit_test(test_lost__words_that_may_be_right_stay),
        cmocka_unit_test(test_lost__a_word_continues_its_line),
        cmocka_unit_test(test_lost__what_is_not_sure_is_not_taken),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
