/* SPDX-License-Identifier: Apache-2.0 */
/* hOCR, ALTO and the runs of words that both are written from. */
#include "ocr/alto.h"

#include "tests/unit/unit.h"

#include "node/base/str.h"
#include "ocr/hocr.h"
#include "ocr/result.h"
#include "ocr/spans.h"

#define NAME "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static struct result sample(void)
{
    static const struct result_word WORDS[] = {
        {0, 3, 100, 50, 60, 20, 96, 0, 0},
        {4, 4, 170, 52, 50, 22, 5, 0, 0},
        {9, 1, 100, 90, 10, 20, 100, 1, 0},
        {12, 2, 400, 200, 30, 20, 70, 2, 1},
    };
    struct result r = {.width_px = 1000,
                       .height_px = 800,
                       .dpi = 200,
                       .confidence = 68,
                       .text = mem_dup("A&B \"<x>\nD\n\nxy"),
                       .skew_reason = mem_dup(""),
                       .words = mem_new(4, sizeof *r.words),
                       .word_count = 4};

    memcpy(r.words, WORDS, sizeof WORDS);
    return r;
}

static void test_spans__runs_and_their_boxes(void **state)
{
    AUTO_RESULT struct result r = sample();
    struct spans_box b;

    (void)state;
    assert_int_equal(spans_block(&r, 0, &b), 3);
    assert_int_equal(b.x, 100);
    assert_int_equal(b.y, 50);
    assert_int_equal(b.w, 120);
    assert_int_equal(b.h, 60);
    assert_int_equal(spans_line(&r, 0, &b), 2);
    assert_int_equal(b.h, 24);
    assert_int_equal(spans_line(&r, 2, NULL), 1);
    assert_int_equal(spans_block(&r, 3, NULL), 1);
}

static void test_spans__xml_has_no_markup_of_the_text(void **state)
{
    static const char TEXT[] = "a<b>&\"'\x01\x1F đ\xEF\xBF\xBE";
    AUTO_STR struct str s = STR_INIT(1000);

    (void)state;
    spans_add_xml(&s, TEXT, sizeof TEXT - 1);
    assert_string_equal(str_text(&s), "a&lt;b&gt;&amp;&quot;&apos; đ");
}

static size_t times(const struct str *s, const char *what)
{
    size_t n = 0;

    for (const char *p = str_text(s); (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void test_hocr__every_word_with_box_and_confidence(void **state)
{
    AUTO_RESULT struct result r = sample();
    AUTO_STR struct str s = STR_INIT(100000);

    (void)state;
    hocr_begin(&s, "item", "chain");
    hocr_page(&s, NAME, 1, &r);
    hocr_page(&s, NAME, 2, &r);
    hocr_end(&s);
    assert_int_equal(times(&s, "ocrx_word\" "), 8);
    assert_int_equal(times(&s, "class=\"ocr_line\""), 6);
    assert_int_equal(times(&s, "class=\"ocr_carea\""), 4);
    assert_non_null(strstr(str_text(&s), "bbox 170 52 220 74; x_wconf 5\">"
                                         "&quot;&lt;x&gt;</span>"));
    assert_non_null(strstr(str_text(&s), "bbox 0 0 1000 800; ppageno 1; scan_res 200 "
                                         "200"));
    assert_int_equal(times(&s, "id=\"word_1_0\""), 1);
    assert_int_equal(times(&s, "id=\"word_2_0\""), 1);
}

static void test_alto__words_lines_blocks_and_spaces(void **state)
{
    static const char *const NAMES[] = {NAME};
    AUTO_RESULT struct result r = sample();
    AUTO_STR struct str s = STR_INIT(100000);

    (void)state;
    alto_begin(&s, "item", NAMES, 1, "chain");
    alto_page(&s, 1, &r);
    alto_end(&s);
    assert_int_equal(times(&s, "<String "), 4);
    assert_int_equal(times(&s, "<SP "), 1);
    assert_int_equal(times(&s, "<TextLine "), 3);
    assert_int_equal(times(&s, "<TextBlock "), 2);
    assert_non_null(strstr(str_text(&s),
                           "<String ID=\"p1_w1\" HPOS=\"170\" VPOS=\"52\" WIDTH=\"50\" "
                           "HEIGHT=\"22\" WC=\"0.05\" CONTENT=\"&quot;&lt;x&gt;\"/>"));
    assert_non_null(strstr(str_text(&s), "WC=\"1.00\""));
    assert_non_null(
        strstr(str_text(&s), "<SP HPOS=\"160\" VPOS=\"50\" WIDTH=\"10\"/>"));
    assert_non_null(strstr(str_text(&s), "PC=\"0.68\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spans__runs_and_their_boxes),
        cmocka_unit_test(test_spans__xml_has_no_markup_of_the_text),
        cmocka_unit_test(test_hocr__every_word_with_box_and_confidence),
        cmocka_unit_test(test_alto__words_lines_blocks_and_spaces),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
