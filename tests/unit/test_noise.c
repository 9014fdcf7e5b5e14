/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/noise.h"

#include "tests/unit/sheet.h"
#include "tests/unit/unit.h"

#include "ocr/alts.h"

/* A page of text; words of it are 26 pixels high. */
static void page(struct sheet *s)
{
    sheet_init(s);
    sheet_line(s, 200, 300, "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015;");
    sheet_line(s, 200, 360, "Xét đề nghị của Trưởng phòng Tư pháp huyện,");
}

static void box(struct sheet *s, int w, int h, int confidence)
{
    struct result_word *last = &s->r.words[s->r.word_count - 1];

    last->w = w;
    last->h = h;
    last->confidence = confidence;
}

struct mark {
    const char *text;
    int w, h, confidence;
    bool goes; /* alone in its line */
};

static const struct mark MARKS[] = {
    {"„", 6, 7, 25, true}, /* specks */
    {":", 3, 3, 1, true},
    {"`", 5, 5, 24, true},
    {".", 6, 6, 55, true},
    {"~¬", 9, 9, 30, true},
    {")", 4, 6, 0, true}, /* no such bracket, bar, letter */
    {"|", 2, 6, 20, true},
    {"ầ", 4, 4, 28, true},
    {"—_—=", 300, 7, 6, true}, /* rules */
    {"_——", 90, 6, 22, true},
    {".__,", 60, 6, 1, true},
    {"—", 200, 5, 30, true},
    {"\\", 110, 113, 78, true}, /* too large */
    {"|", 6, 57, 28, true},
    {"s.", 42, 68, 0, true},
    {"uan", 9, 9, 0, true}, /* words no print has */
    {"JJJđẾg", 285, 90, 0, true},
    /* What may be text. */
    {"uan", 9, 9, 50, false},
    {"uan", 30, 11, 0, false},
    {"7uan", 9, 9, 0, false},
    {"TỜ", 200, 90, 50, false},
    {"JJJđẾg", 140, 50, 0, false},
    {"-", 10, 4, 8, false},
    {"–", 20, 4, 8, false},
    {"+", 10, 10, 8, false},
    {"•", 8, 8, 8, false},
    {"...", 20, 4, 8, false},
    {"……", 80, 4, 8, false},
    {"7", 4, 4, 0, false},
    {"1.", 90, 90, 0, false},
    {"ở", 16, 26, 0, false},
    {"Y", 18, 26, 10, false},
    {"T", 18, 20, 10, false},
    {"½", 5, 5, 20, false},
    {"\"", 10, 8, 50, false}, /* as above */
    {"„", 6, 7, 61, false},
    {"&", 18, 24, 20, false},
    {")", 8, 26, 20, false},
    {"\\", 110, 113, 85, false},
    {"s.", 42, 68, 60, false},
    {"—_—=", 300, 7, 70, false},
};

static void test_noise__marks_and_what_may_be_text(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(MARKS); i++) {
        const struct mark *m = &MARKS[i];
        AUTO_SHEET struct sheet s;
        bool drop[64] = {false};
        size_t count = 0;

        page(&s);
        sheet_line(&s, 200, 420, m->text);
        box(&s, m->w, m->h, m->confidence);
        count = noise_find(&s.r, drop);
        if (count != (m->goes ? 1U : 0U) || drop[s.r.word_count - 1] != m->goes)
            fail_msg("%s %dx%d of %d: %zu go", m->text, m->w, m->h, m->confidence,
                     count);
    }
}

/* Small signs beside a word belong to it; what no sign can be goes even there. */
static void test_noise__beside_a_word(void **state)
{
    bool drop[64] = {false};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(MARKS) && MARKS[i].goes; i++) {
        const struct mark *m = &MARKS[i];
        bool small = m->w < 13 && m->h < 13;
        bool misfit = strchr(")|", *m->text) || strcmp(m->text, "ầ") == 0 ||
                      strcmp(m->text, "uan") == 0;
        bool letter = strcmp(m->text, "s.") == 0 || strcmp(m->text, "JJJđẾg") == 0;
        AUTO_SHEET struct sheet s;

        page(&s);
        sheet_line(&s, 200, 420, "quận");
        sheet_more(&s, 200 + 4 * SHEET_CHAR + 10, 420, m->text);
        box(&s, m->w, m->h, m->confidence);
        (void)noise_find(&s.r, drop);
        if (drop[s.r.word_count - 1] != ((!small || misfit) && !letter))
            fail_msg("%s beside a word", m->text);
    }
}

static void test_noise__few_words_tell_nothing(void **state)
{
    AUTO_SHEET struct sheet s;
    bool drop[8] = {false};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "Căn cứ „");
    box(&s, 6, 7, 10);
    assert_int_equal(noise_find(&s.r, drop), 0);
}

/* What is usual is so near by: small print has small signs. */
static void test_noise__beside_small_print(void **state)
{
    AUTO_SHEET struct sheet s;
    bool drop[128] = {false};

    (void)state;
    page(&s);
    for (int i = 0; i < 5; i++)
        sheet_line(
            &s, 200, 420 + i * 30,
            "ghi{9,90} chú{9,90} của{9,90} người{9,90} nhận{9,90} hồ{9,90} sơ{9,90}");
    sheet_line(&s, 200, 600, ")");
    box(&s, 3, 9, 10);
    assert_int_equal(noise_find(&s.r, drop), 0);
}

static void test_noise__leaves_text_and_alternatives_in_step(void **state)
{
    struct err e = ERR_INIT;
    AUTO_ALTS struct alts a = {0};
    AUTO_RESULT struct result r = {0};
    AUTO_SHEET struct sheet s;
    size_t count = 0;

    (void)state;
    page(&s);
    sheet_line(&s, 200, 420, "„");
    box(&s, 6, 7, 25);
    sheet_line(&s, 200, 480, "Công bố");
    r = s.r;
    r.text = mem_dup(s.text.p);
    s.r.words = NULL;
    s.r.word_count = 0;
    s.r.skew_reason = NULL;
    for (size_t i = 0; i < r.word_count; i++) {
        alts_add_word(&a);
        alts_add_sign(&a, (unsigned)i);
    }
    unit_ok(noise_remove(&r, &a, &count, &e), &e);
    assert_int_equal(count, 1);
    unit_ok(result_check(&r, &e), &e);
    assert_string_equal(r.text,
                        "Căn cứ Luật Tổ chức chính quyền địa phương năm 2015;\n\n"
                        "Xét đề nghị của Trưởng phòng Tư pháp huyện,\n\nCông bố");
    assert_int_equal(a.word_count, r.word_count);
    assert_int_equal(a.signs[a.words[r.word_count - 1].first].cp, r.word_count);
    unit_ok(noise_remove(&r, &a, &count, &e), &e);
    assert_int_equal(count, 0);
}

static void test_noise__page_without_words(void **state)
{
    struct err e = ERR_INIT;
    struct result r = {0};
    size_t count = 1;

    (void)state;
    unit_ok(noise_remove(&r, NULL, &count, &e), &e);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise__marks_and_what_may_be_text),
        cmocka_unit_test(test_noise__beside_a_word),
        cmocka_unit_test(test_noise__few_words_tell_nothing),
        cmocka_unit_test(test_noise__beside_small_print),
        cmocka_unit_test(test_noise__leaves_text_and_alternatives_in_step),
        cmocka_unit_test(test_noise__page_without_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
