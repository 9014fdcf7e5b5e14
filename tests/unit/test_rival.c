/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/rival.h"

#include "tests/unit/unit.h"

#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/doubt.h"
#include "ocr/result.h"
#include "ocr/second.h"

#define SURE 96

/* One sign of a word might have been another. */
struct offer {
    size_t sign; /* from 0 */
    unsigned cp;
    int cost;
};

struct page {
    struct result r;
    struct alts a;
};

static void page_clear(struct page *p)
{
    result_clear(&p->r);
    alts_clear(&p->a);
}
#define AUTO_PAGE AUTO(page_clear)

/* A page of the one word, for whose signs @offers stand (cost 0 ends them). */
static void page_make(struct page *p, const char *text, const struct offer *offers)
{
    const char *at = text;

    p->r = (struct result){.width_px = 100,
                           .height_px = 100,
                           .confidence = SURE,
                           .text = mem_dup(text),
                           .skew_reason = mem_dup(""),
                           .words = mem_new(1, sizeof *p->r.words),
                           .word_count = 1};
    p->r.words[0] =
        (struct result_word){.len = strlen(text), .w = 1, .h = 1, .confidence = SURE};
    alts_add_word(&p->a);
    for (size_t left = strlen(text), i = 0; left > 0; i++) {
        alts_add_sign(&p->a, utf8_next(&at, &left));
        for (size_t k = 0; offers[k].cost; k++)
            if (offers[k].sign == i)
                alts_add_other(&p->a, offers[k].cp, offers[k].cost);
    }
}

/* @other is noted beside @text, which stays, and a person is told. */
static void noted(const char *text, const struct offer *offers, const char *other)
{
    AUTO_PAGE struct page p = {0};
    AUTO_DOUBTS struct doubts d = {0};
    struct err e = ERR_INIT;

    page_make(&p, text, offers);
    if (rival_find(&p.r, &p.a) != 1 || p.r.choice_count != 1)
        fail_msg("%s: nothing noted", text);
    unit_ok(result_check(&p.r, &e), &e);
    assert_string_equal(p.r.text, text);
    assert_string_equal(p.r.choices[0].other, other);
    assert_false(p.r.choices[0].changed);
    assert_int_equal(p.r.confidence, p.r.words[0].confidence);
    doubt_find(&p.r, &d);
    assert_int_equal(d.count, 1);
}

static void stands(const char *text, const struct offer *offers)
{
    AUTO_PAGE struct page p = {0};

    page_make(&p, text, offers);
    if (rival_find(&p.r, &p.a) != 0)
        fail_msg("%s: noted as %s", text,
                 p.r.choice_count ? p.r.choices[0].other : "nothing");
    assert_int_equal(p.r.words[0].confidence, SURE);
    assert_int_equal(p.r.choice_count, 0);
}

static void test_rival__a_sign_that_lost_a_stroke(void **state)
{
    static const struct offer near[] = {{3, '7', RIVAL_TWIN - 1}, {3, '4', 300}, {0}};
    static const struct offer far[] = {{3, '7', RIVAL_TWIN}, {3, '4', 300}, {0}};
    static const struct offer letter[] = {{7, 0x110, RIVAL_TWIN - 1}, {0}};
    static const struct offer kind[] = {{4, 'Q', RIVAL_TWIN - 1}, {0}};
    static const struct offer first[] = {{0, 0x110, 1}, {0}};
    static const struct offer back[] = {{3, '1', RIVAL_TWIN - 1}, {0}};

    (void)state;
    noted("22/1/1996;", near, "22/7/1996;");
    stands("22/1/1996;", far);
    stands("22/7/1996;", back);
    noted("78/NQ-HDND", letter, "78/NQ-HĐND");
    noted("29/NO-HĐND", kind, "29/NQ-HĐND");
    stands("Dung", first); /* no notation */
}

static void test_rival__any_digit_that_is_nearer(void **state)
{
    static const struct offer near[] = {
        {1, '6', RIVAL_DIGIT - 1}, {1, '9', RIVAL_DIGIT}, {2, 'O', 1}, {0}};
    static const struct offer far[] = {{1, '6', RIVAL_DIGIT}, {2, 'O', 1}, {0}};
    static const struct offer below[] = {{0, '3', -20}, {0}};

    (void)state;
    noted("281", near, "261");
    stands("281", far);
    noted("2", below, "3"); /* alone the other was liked better */
}

static void test_rival__a_short_word_that_may_be_a_number(void **state)
{
    static const struct offer all[] = {
        {0, '7', RIVAL_EACH - 1}, {1, '1', RIVAL_EACH - 1}, {0}};
    static const struct offer some[] = {{1, '5', RIVAL_LETTER - 1}, {0}};
    static const struct offer far[] = {{0, '7', RIVAL_EACH}, {0}};
    static const struct offer first[] = {{0, '7', RIVAL_LETTER}, {0}};

    (void)state;
    noted("T;", all, "7;");
    noted("Tz", all, "71");
    noted("Bì", some, "B5");
    stands("T;", far);
    stands("TX;", first); /* X can be none, and T is not near enough */
    stands("Bìn", some);  /* three letters: each must be one */
}

static void test_rival__not_for_l_and_longer_words(void **state)
{
    static const struct offer one[] = {{0, '1', 10}, {2, '1', 10}, {0}};
    static const struct offer all[] = {
        {0, '7', 10}, {1, '1', 10}, {2, '0', 10}, {3, '4', 10}, {0}};

    (void)state;
    stands("l", one);
    stands("I;", one);
    stands("TizA", all);
}

static void test_rival__keeps_a_reading_that_is_noted(void **state)
{
    static const struct offer near[] = {{0, '7', 10}, {0}};
    AUTO_PAGE struct page p = {0};

    (void)state;
    page_make(&p, "1/2020", near);
    result_note(&p.r, 0, "I/2020", true);
    assert_int_equal(rival_find(&p.r, &p.a), 1);
    assert_int_equal(p.r.choice_count, 1);
    assert_string_equal(p.r.choices[0].other, "I/2020");
    assert_int_equal(p.r.words[0].confidence, SECOND_DIFFER);
}

static void test_rival__nothing_known_nothing_said(void **state)
{
    AUTO_PAGE struct page p = {0};

    (void)state;
    page_make(&p, "12", (struct offer[]){{0}});
    alts_drop_word(&p.a);
    assert_int_equal(rival_find(&p.r, &p.a), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rival__a_sign_that_lost_a_stroke),
        cmocka_unit_test(test_rival__any_digit_that_is_nearer),
        cmocka_unit_test(test_rival__a_short_word_that_may_be_a_number),
        cmocka_unit_test(test_rival__not_for_l_and_longer_words),
        cmocka_unit_test(test_rival__keeps_a_reading_that_is_noted),
        cmocka_unit_test(test_rival__nothing_known_nothing_said),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
