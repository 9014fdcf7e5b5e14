/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/result.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "node/base/deflate.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"

#define TEXT "QUYẾT ĐỊNH\n\nĐiều 1"

static struct result sample(void)
{
    static const struct result_word WORDS[] = {
        {0, 7, 300, 40, 90, 20, 96, 0, 0},
        {8, 7, 400, 41, 88, 20, 91, 0, 0},
        {17, 7, 120, 200, 60, 18, 100, 1, 1},
        {25, 1, 190, 200, 8, 18, 0, 1, 1},
    };
    struct result r = {.width_px = 1654,
                       .height_px = 2339,
                       .dpi = 200,
                       .confidence = 71,
                       .skew_deg = -0.731,
                       .skew_reason = mem_dup("measured"),
                       .text = mem_dup(TEXT),
                       .words = mem_new(4, sizeof *r.words),
                       .word_count = 4,
                       .cpu_ms = 900,
                       .wall_ms = 950,
                       .peak_kib = 70000};

    memcpy(r.words, WORDS, sizeof WORDS);
    return r;
}

static struct result sample_with_choices(void)
{
    struct result r = sample();

    r.choices = mem_new(2, sizeof *r.choices);
    r.choices[0] = (struct result_choice){0, true, mem_dup("QUYÉT"), 131, 342};
    r.choices[1] = (struct result_choice){2, false, mem_dup("Điểu"), 300, 310};
    r.choice_count = 2;
    return r;
}

/* Read after a quarter turn. */
static struct result sample_turned(void)
{
    struct result r = sample_with_choices();

    r.upright = (struct result_upright){
        2339, 1654, {0, 2339 * 16, 0, 0, 1654 * 16, 0, 1654 * 16, 2339 * 16 - 3}};
    return r;
}

static void assert_same(const struct result *a, const struct result *b)
{
    assert_int_equal(a->width_px, b->width_px);
    assert_int_equal(a->height_px, b->height_px);
    assert_int_equal(a->dpi, b->dpi);
    assert_int_equal(a->blank, b->blank);
    assert_int_equal(a->confidence, b->confidence);
    assert_true(a->skew_deg - b->skew_deg < 0.001 && b->skew_deg - a->skew_deg < 0.001);
    assert_string_equal(a->skew_reason, b->skew_reason);
    assert_string_equal(a->text, b->text);
    assert_int_equal(a->word_count, b->word_count);
    for (size_t i = 0; i < a->word_count; i++) {
        assert_int_equal(a->words[i].start, b->words[i].start);
        assert_int_equal(a->words[i].len, b->words[i].len);
        assert_int_equal(a->words[i].x, b->words[i].x);
        assert_int_equal(a->words[i].y, b->words[i].y);
        assert_int_equal(a->words[i].w, b->words[i].w);
        assert_int_equal(a->words[i].h, b->words[i].h);
        assert_int_equal(a->words[i].confidence, b->words[i].confidence);
        assert_int_equal(a->words[i].line, b->words[i].line);
        assert_int_equal(a->words[i].block, b->words[i].block);
    }
    assert_memory_equal(&a->upright, &b->upright, sizeof a->upright);
    assert_int_equal(a->choice_count, b->choice_count);
    for (size_t i = 0; i < a->choice_count; i++) {
        assert_int_equal(a->choices[i].word, b->choices[i].word);
        assert_int_equal(a->choices[i].changed, b->choices[i].changed);
        assert_string_equal(a->choices[i].other, b->choices[i].other);
        assert_int_equal(a->choices[i].score, b->choices[i].score);
        assert_int_equal(a->choices[i].score_other, b->choices[i].score_other);
    }
}

static void test_result__blob_gives_the_same_words_again(void **state)
{
    AUTO_RESULT struct result r = sample();
    AUTO_RESULT struct result back = {0};
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str again = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(result_unpack(TEXT, blob.p, blob.len, &back, &e), 0);
    assert_same(&r, &back);
    back.cpu_ms = 17; /* times are not part of it */
    result_pack(&back, &again);
    assert_int_equal(again.len, blob.len);
    assert_memory_equal(again.p, blob.p, blob.len);
}

static void test_result__choices_come_back(void **state)
{
    AUTO_RESULT struct result r = sample_with_choices();
    AUTO_RESULT struct result back = {0};
    AUTO_RESULT struct result told = {0};
    AUTO_JDOC struct jdoc *j = result_to_jdoc(&r);
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(result_unpack(TEXT, blob.p, blob.len, &back, &e), 0);
    assert_same(&r, &back);
    assert_int_equal(result_from_jdoc(j, &told, &e), 0);
    assert_same(&r, &told);
}

static void test_result__how_it_was_laid_comes_back(void **state)
{
    AUTO_RESULT struct result r = sample_turned();
    AUTO_RESULT struct result back = {0};
    AUTO_RESULT struct result told = {0};
    AUTO_JDOC struct jdoc *j = result_to_jdoc(&r);
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(result_unpack(TEXT, blob.p, blob.len, &back, &e), 0);
    assert_same(&r, &back);
    assert_int_equal(result_from_jdoc(j, &told, &e), 0);
    assert_same(&r, &told);
    /* Not ten numbers, or a page that lies nowhere. */
    for (int i = 0; i < 2; i++) {
        AUTO_RESULT struct result bad = {0};
        struct jdoc *numbers = jdoc_array();

        for (int k = 0; k < (i ? 10 : 9); k++)
            jdoc_add_int(numbers, 5);
        jdoc_set(j, "upright", numbers);
        assert_int_equal(result_from_jdoc(j, &bad, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
}

/* A page without choices is stored as before they were known: version 1. */
static void test_result__blob_without_choices_is_version_1(void **state)
{
    AUTO_RESULT struct result plain = sample();
    AUTO_RESULT struct result with = sample_with_choices();
    AUTO_STR struct str a = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str b = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str raw_a = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str raw_b = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&plain, &a);
    result_pack(&with, &b);
    assert_int_equal(deflate_unpack(a.p, a.len, &raw_a, &e), 0);
    assert_int_equal(deflate_unpack(b.p, b.len, &raw_b, &e), 0);
    assert_int_equal(raw_a.p[0], 1);
    assert_int_equal(raw_b.p[0], 2);
    assert_memory_equal(raw_a.p + 1, raw_b.p + 1, raw_a.len - 1);
}

static void test_result__broken_choices_are_refused(void **state)
{
    static const struct result_choice BAD[] = {
        {4, true, (char *)(uintptr_t) "a", 0, 0},
        {2, true, (char *)(uintptr_t) "a", 0, 0}, /* not rising */
        {3, true, (char *)(uintptr_t) "", 0, 0},
        {3, true, (char *)(uintptr_t) "a b", 0, 0},
        {3, true, (char *)(uintptr_t) "a\x01", 0, 0},
        {3, true, (char *)(uintptr_t) "e\xcc\x82", 0, 0}, /* not NFC */
        {3, true, (char *)(uintptr_t) "a", -1, 0},
        {3, true, (char *)(uintptr_t) "a", 0, RESULT_SCORE_MAX + 1},
        {3, true, NULL, 0, 0},
    };
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_RESULT struct result r = sample_with_choices();

        mem_free(r.choices[1].other);
        r.choices[1].other = NULL;
        r.choices[0].word = 2;
        r.choices[1] = BAD[i];
        r.choices[1].other = BAD[i].other ? mem_dup(BAD[i].other) : NULL;
        assert_int_equal(result_check(&r, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
}

/* As for the words: whatever is done to one byte, reading ends in an answer. */
static void test_result__damaged_choices_never_give_a_bad_result(void **state)
{
    AUTO_RESULT struct result r = sample_turned();
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str raw = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(deflate_unpack(blob.p, blob.len, &raw, &e), 0);
    for (size_t i = 0; i < raw.len; i++)
        for (int v = 0; v < 256; v++) {
            AUTO_STR struct str bad = STR_INIT(STR_JSON_MAX);
            AUTO_RESULT struct result back = {0};
            char was = raw.p[i];

            raw.p[i] = (char)v;
            deflate_pack(raw.p, raw.len, &bad);
            raw.p[i] = was;
            if (result_unpack(TEXT, bad.p, bad.len, &back, &e) == 0)
                assert_int_equal(result_check(&back, &e), 0);
        }
    for (size_t len = 0; len < raw.len; len++) {
        AUTO_STR struct str bad = STR_INIT(STR_JSON_MAX);
        AUTO_RESULT struct result back = {0};

        deflate_pack(raw.p, len, &bad);
        assert_int_equal(result_unpack(TEXT, bad.p, bad.len, &back, &e), -1);
    }
}

static void test_result__retext_moves_what_comes_after(void **state)
{
    AUTO_RESULT struct result r = sample();
    char *texts[4] = {NULL, (char *)(uintptr_t) "ĐỊNH!", NULL, NULL};
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(result_retext(&r, texts, &e), 0);
    assert_string_equal(r.text, "QUYẾT ĐỊNH!\n\nĐiều 1");
    assert_int_equal(result_check(&r, &e), 0);
    assert_int_equal(r.confidence, (96 + 91 + 100 + 0) / 4);
}

static void test_result__append_counts_on(void **state)
{
    AUTO_RESULT struct result r = sample_with_choices();
    AUTO_RESULT struct result more = sample_with_choices();
    AUTO_RESULT struct result none = {.blank = true, .text = mem_dup("")};
    struct err e = ERR_INIT;

    (void)state;
    more.words[0].confidence = 0;
    assert_int_equal(result_append(&r, &more, &e), 0);
    assert_string_equal(r.text, TEXT "\n\n" TEXT);
    assert_int_equal(r.word_count, 8);
    assert_int_equal(r.words[4].line, 2);
    assert_int_equal(r.words[7].line, 3);
    assert_int_equal(r.words[4].block, 2);
    assert_int_equal(r.words[7].block, 3);
    assert_int_equal(r.confidence, (2 * (96 + 91 + 100) - 96) / 8);
    assert_int_equal(r.choice_count, 4);
    assert_int_equal(r.choices[3].word, 6);
    assert_string_equal(r.choices[3].other, "Điểu");
    assert_int_equal(result_check(&r, &e), 0);
    assert_int_equal(more.word_count, 0);
    assert_null(more.text);
    /* Nothing after something, something after nothing. */
    assert_int_equal(result_append(&r, &none, &e), 0);
    assert_int_equal(r.word_count, 8);
    assert_false(r.blank);
    none = (struct result){.blank = true, .text = mem_dup("")};
    assert_int_equal(result_append(&none, &r, &e), 0);
    assert_false(none.blank);
    assert_string_equal(none.text, TEXT "\n\n" TEXT);
    assert_int_equal(none.words[7].line, 3);
}

static void test_result__append_keeps_the_limit(void **state)
{
    AUTO_RESULT struct result r = sample();
    AUTO_RESULT struct result more = sample();
    struct err e = ERR_INIT;

    (void)state;
    more.word_count = RESULT_WORDS_MAX - 3; /* looked at before any word is */
    assert_int_equal(result_append(&r, &more, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    assert_int_equal(r.word_count, 4);
    assert_string_equal(r.text, TEXT);
    more.word_count = 4;
}

static void test_result__blob_with_another_text_is_refused(void **state)
{
    static const char *const TEXTS[] = {"QUYẾT ĐỊNH\n\nĐiều", TEXT " 2", "",
                                        "QUYẾT ĐỊNH\n\nĐiều 1\x01"};
    AUTO_RESULT struct result r = sample();
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);

    (void)state;
    result_pack(&r, &blob);
    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++) {
        AUTO_RESULT struct result back = {0};
        struct err e = ERR_INIT;

        assert_int_equal(result_unpack(TEXTS[i], blob.p, blob.len, &back, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
        assert_null(back.text);
    }
}

/* Whatever is done to one byte of the raw blob, reading it ends in an answer. */
static void test_result__damaged_blob_never_gives_a_bad_result(void **state)
{
    AUTO_RESULT struct result r = sample();
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    AUTO_STR struct str raw = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(deflate_unpack(blob.p, blob.len, &raw, &e), 0);
    for (size_t i = 0; i < raw.len; i++) {
        for (int v = 0; v < 256; v += 5) {
            AUTO_STR struct str bad = STR_INIT(STR_JSON_MAX);
            AUTO_RESULT struct result back = {0};
            char was = raw.p[i];

            raw.p[i] = (char)v;
            deflate_pack(raw.p, raw.len, &bad);
            raw.p[i] = was;
            if (result_unpack(TEXT, bad.p, bad.len, &back, &e) == 0)
                assert_int_equal(result_check(&back, &e), 0);
            else
                assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
        }
    }
    for (size_t len = 0; len < raw.len; len++) {
        AUTO_STR struct str bad = STR_INIT(STR_JSON_MAX);
        AUTO_RESULT struct result back = {0};

        deflate_pack(raw.p, len, &bad);
        assert_int_equal(result_unpack(TEXT, bad.p, bad.len, &back, &e), -1);
    }
    for (size_t len = 0; len < blob.len; len++) {
        AUTO_RESULT struct result back = {0};

        assert_int_equal(result_unpack(TEXT, blob.p, len, &back, &e), -1);
    }
}

static void test_result__message_gives_the_same_words_again(void **state)
{
    AUTO_RESULT struct result r = sample();
    AUTO_RESULT struct result back = {0};
    AUTO_JDOC struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    (void)state;
    r.stamp = 2;
    r.advice = 5;
    j = result_to_jdoc(&r);
    assert_int_equal(result_from_jdoc(j, &back, &e), 0);
    assert_same(&r, &back);
    assert_int_equal(back.stamp, 2);
    assert_int_equal(back.advice, 5);
    assert_int_equal(back.cpu_ms, 900);
    assert_int_equal(back.wall_ms, 950);
    assert_int_equal(back.peak_kib, 70000);
}

static void test_result__message_with_a_bad_field_is_refused(void **state)
{
    static const struct {
        const char *key;
        int64_t number;
        const char *text;
    } BAD[] = {
        {"width_px", 0, NULL},
        {"width_px", 200, NULL},
        {"height_px", 2000000, NULL},
        {"height_px", 100, NULL},
        {"dpi", -1, NULL},
        {"confidence", 101, NULL},
        {"skew_mdeg", 360001, NULL},
        {"cpu_ms", -5, NULL},
        {"wall_ms", INT64_MAX, NULL},
        {"text", 0, "QUYẾT"},
        {"stamp", 4, NULL},
        {"advice", 64, NULL},
        {"text", 0, "a b c d e"},
        {"text", 0, "a b\tc d"},
        {"words", 3, NULL},
        {"text", 7, NULL},
        {"skew_reason", 1, NULL},
        {"choices", 1, NULL},
        {"steps", 1, NULL},
    };
    AUTO_RESULT struct result r = sample();

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_JDOC struct jdoc *j = result_to_jdoc(&r);
        AUTO_RESULT struct result back = {0};
        struct err e = ERR_INIT;

        if (BAD[i].text)
            jdoc_set_text(j, BAD[i].key, BAD[i].text);
        else
            jdoc_set_int(j, BAD[i].key, BAD[i].number);
        assert_int_equal(result_from_jdoc(j, &back, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
}

static void test_result__check_refuses_each_broken_invariant(void **state)
{
    (void)state;
    for (int i = 0; i < 16; i++) {
        AUTO_RESULT struct result r = sample();
        struct err e = ERR_INIT;

        assert_int_equal(result_check(&r, &e), 0);
        switch (i) {
        case 0:
            r.words[1].w = 0;
            break;
        case 1:
            r.words[1].h = -1;
            break;
        case 2:
            r.words[1].x = -1;
            break;
        case 3:
            r.words[1].x = 1654 - 88 + 1;
            break;
        case 4:
            r.words[1].y = 2339;
            break;
        case 5:
            r.words[3].confidence = 101;
            break;
        case 6:
            r.words[3].line = 0;
            break;
        case 7:
            r.words[3].block = 0;
            break;
        case 8:
            r.words[0].block = 1;
            break;
        case 9:
            r.words[2].len = 6;
            break;
        case 10:
            r.words[2].start = 18;
            break;
        case 11:
            r.word_count = 3;
            break;
        case 12:
            r.words[3].y = INT32_MAX;
            break;
        case 13:
            r.skew_deg = 1e300 * 1e300;
            break;
        case 14:
            memcpy(r.text, "e\xCC\x81YYYY", 7); /* not composed */
            break;
        case 15:
            r.text[1] = '\xFF';
            break;
        default:
            break;
        }
        assert_int_equal(result_check(&r, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
}

static void test_result__a_page_without_words_is_fine(void **state)
{
    AUTO_RESULT struct result r = {.width_px = 10,
                                   .height_px = 10,
                                   .blank = true,
                                   .skew_reason = mem_dup("blank"),
                                   .text = mem_dup("")};
    AUTO_RESULT struct result back = {0};
    AUTO_STR struct str blob = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    (void)state;
    result_pack(&r, &blob);
    assert_int_equal(result_unpack("", blob.p, blob.len, &back, &e), 0);
    assert_true(back.blank);
    assert_int_equal(back.word_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_result__blob_gives_the_same_words_again),
        cmocka_unit_test(test_result__choices_come_back),
        cmocka_unit_test(test_result__how_it_was_laid_comes_back),
        cmocka_unit_test(test_result__blob_without_choices_is_version_1),
        cmocka_unit_test(test_result__broken_choices_are_refused),
        cmocka_unit_test(test_result__damaged_choices_never_give_a_bad_result),
        cmocka_unit_test(test_result__retext_moves_what_comes_after),
        cmocka_unit_test(test_result__append_counts_on),
        cmocka_unit_test(test_result__append_keeps_the_limit),
        cmocka_unit_test(test_result__blob_with_another_text_is_refused),
        cmocka_unit_test(test_result__damaged_blob_never_gives_a_bad_result),
        cmocka_unit_test(test_result__message_gives_the_same_words_again),
        cmocka_unit_test(test_result__message_with_a_bad_field_is_refused),
        cmocka_unit_test(test_result__check_refuses_each_broken_invariant),
        cmocka_unit_test(test_result__a_page_without_words_is_fine),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
