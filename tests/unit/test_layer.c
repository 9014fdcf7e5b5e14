/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/layer.h"

#include "tests/unit/unit.h"

#include "ocr/result.h"

#define PAGE                                                                           \
    "<!DOCTYPE html><html><head><title>a < b</title></head><body><doc>\n"              \
    "  <page width=\"595.20\" height=\"841.92\">\n"
#define WORD(x, y, text)                                                               \
    "<word xMin=\"" #x "\" yMin=\"" #y "\" xMax=\"" #x "9.5\" yMax=\"" #y "2\">" text  \
    "</word>\n"
#define TWO_BLOCKS                                                                     \
    PAGE "<flow><block xMin=\"1\"><line xMin=\"1\">" WORD(10, 20, "Quyết")             \
        WORD(15, 20, "định") "</line><line xMin=\"1\">" WORD(10, 30, "số")             \
            WORD(15, 30, "12&amp;3") "</line></block><block xMin=\"1\"><line "         \
                                     "xMin=\"1\">" WORD(                               \
                                         10, 50,                                       \
                                         "xã") "</line></block></flow></page></doc>"

static void test_layer__words_lines_and_blocks(void **state)
{
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(layer_parse(TWO_BLOCKS, sizeof TWO_BLOCKS - 1, &r, &e), 1);
    unit_ok(result_check(&r, &e), &e);
    assert_string_equal(r.text, "Quyết định\nsố 12&3\n\nxã");
    assert_int_equal(r.width_px, 59520);
    assert_int_equal(r.height_px, 84192);
    assert_int_equal(r.words[1].x, 1500);
    assert_int_equal(r.words[1].y, 2000);
    assert_int_equal(r.words[1].w, (159.5 - 15) * 100);
    assert_int_equal(r.words[4].line, 2);
    assert_int_equal(r.words[4].block, 1);
}

static void test_layer__letters_are_composed(void **state)
{
    static const char TEXT[] =
        PAGE "<line x>" WORD(1, 1, "a\xCC\x82\xCC\x81n") "</page>";
    AUTO_RESULT struct result r = {0};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(layer_parse(TEXT, sizeof TEXT - 1, &r, &e), 1);
    assert_string_equal(r.text, "ấn");
}

static void test_layer__what_is_not_of_that_form(void **state)
{
    static const struct {
        const char *text;
        int want;
    } CASES[] = {
        {"", -1},
        {"<doc></doc>", -1},
        {WORD(1, 1, "before its page"), -1},
        {PAGE, 0},
        {PAGE WORD(1, 1, "&lt;") "</page>", 1},
        {PAGE WORD(1, 1, "  ") "</page>", 0},
        {PAGE "<word xMin=\"1\">no box</word>", -1},
        {PAGE "<word xMin=\"nan\" yMin=\"1\" xMax=\"2\" yMax=\"2\">x</word>", -1},
        {PAGE "<word xMin=\"1\" yMin=\"1\" xMax=\"2\" yMax=\"2\">no end", -1},
        {PAGE PAGE, -1},
        {"<page width=\"1e9\" height=\"10\">", -1},
        {"<page width=\"-5\" height=\"10\">", -1},
        {PAGE WORD(1, 1, "\xFF\xFE") "</page>", 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_RESULT struct result r = {0};
        struct err e = ERR_INIT;

        if (layer_parse(CASES[i].text, strlen(CASES[i].text), &r, &e) != CASES[i].want)
            fail_msg("case %zu", i);
    }
}

static void test_layer__agreement_is_of_words(void **state)
{
    static const struct {
        const char *a, *b;
        int want;
    } CASES[] = {
        {"", "", 0},
        {"một hai ba", "ba, hai; MỘT.", 100},
        {"một hai ba bốn", "một hai ba năm", 75},
        {"QUYẾT ĐỊNH của tỉnh", "QUYET DINH cua tinh", 0},
        {"một hai", "một hai ba bốn năm sáu", 50},
        {"12/2025", "2025 12", 100},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(layer_agreement(CASES[i].a, CASES[i].b), CASES[i].want);
}

/* Words of one line, ten pixels each. */
static struct result reading(const char *text, int32_t width)
{
    struct result r = {.width_px = width,
                       .height_px = width,
                       .confidence = 80,
                       .text = mem_dup(text),
                       .skew_reason = mem_dup("")};
    size_t at = 0;

    r.words = mem_new(64, sizeof *r.words);
    while (text[at]) {
        size_t len = strcspn(text + at, " ");

        r.words[r.word_count] = (struct result_word){
            .start = at, .len = len, .w = 10, .h = 10, .confidence = 80};
        r.words[r.word_count].x = 12 * (int32_t)r.word_count;
        r.word_count++;
        at += len + (text[at + len] == ' ');
    }
    return r;
}

#define OURS "Ủy ban nhân dân xã báo cáo kết quả công tác quý ba năm 2024 gôm 118 hồ sơ"
#define THEIR                                                                          \
    "Ủy ban nhân dân xã báo cáo kết quả công tác quý ba năm 2024 gồm 113 hồ sơ"
#define BARE "Uy ban nhan dan xa bao cao ket qua cong tac quy ba nam 2024 gom 118 ho so"

static void test_layer__one_that_agrees_takes_the_place(void **state)
{
    AUTO_RESULT struct result ours = reading(OURS, 1000);
    AUTO_RESULT struct result theirs = reading(THEIR, 2000);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(layer_choose(&ours, &theirs, false), LAYER_USED);
    unit_ok(result_check(&ours, &e), &e);
    assert_string_equal(ours.text, THEIR);
    assert_int_equal(ours.words[1].x, 6); /* in our pixels */
    assert_int_equal(ours.words[0].confidence, LAYER_CONFIDENCE);
    assert_int_equal(ours.words[14].confidence, LAYER_CONFIDENCE); /* 2024, both */
    assert_int_equal(ours.words[16].confidence, LAYER_DOUBT);      /* 113 or 118 */
}

static void test_layer__one_without_marks_is_refused(void **state)
{
    AUTO_RESULT struct result ours = reading(OURS, 1000);
    AUTO_RESULT struct result theirs = reading(BARE, 1000);

    (void)state;
    assert_int_equal(layer_choose(&ours, &theirs, false), LAYER_REFUSED);
    assert_string_equal(ours.text, OURS);
}

static void test_layer__another_reading_of_a_scan_is_refused(void **state)
{
    AUTO_RESULT struct result ours = reading(OURS, 1000);
    AUTO_RESULT struct result theirs = reading(THEIR, 1000);

    (void)state;
    assert_int_equal(layer_choose(&ours, &theirs, true), LAYER_REFUSED);
}

static void test_layer__a_stamp_that_was_read_is_not_lost(void **state)
{
    AUTO_RESULT struct result ours = reading("MẬT", 1000);
    AUTO_RESULT struct result theirs = reading("MẬT", 1000);

    (void)state;
    assert_int_equal(layer_choose(&ours, &theirs, false), LAYER_REFUSED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_layer__words_lines_and_blocks),
        cmocka_unit_test(test_layer__letters_are_composed),
        cmocka_unit_test(test_layer__what_is_not_of_that_form),
        cmocka_unit_test(test_layer__agreement_is_of_words),
        cmocka_unit_test(test_layer__one_that_agrees_takes_the_place),
        cmocka_unit_test(test_layer__one_without_marks_is_refused),
        cmocka_unit_test(test_layer__another_reading_of_a_scan_is_refused),
        cmocka_unit_test(test_layer__a_stamp_that_was_read_is_not_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
