/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm.h"

#include <allheaders.h>

#include "ocr/lstm_c.h"
#include "ocr/lstm_line.h"
#include "ocr/lstm_net.h"
#include "tests/unit/lstm_vie.h"

#define RIM 6

/* A line in leptonica's own letters, cut out closely. */
static struct Pix *written(const char *text)
{
    L_BMF *bmf = bmfCreate(NULL, 20);
    struct Pix *pix = NULL;
    l_int32 overflow = 0, width = 0;

    assert_non_null(bmf);
    bmfGetStringWidth(bmf, text, &width);
    pix = pixCreate(width + 2 * RIM, 48, 8);
    pixSetAll(pix);
    pixSetTextline(pix, bmf, text, 0, RIM, 36, NULL, &overflow);
    bmfDestroy(&bmf);
    return pix;
}

static void test_lstm__reads_alike_in_all_ways(void **state)
{
    const struct lstm_vie *v = *state;
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    struct Pix *pix = written("Ngan hang 123");

    assert_true(lstm_has(LSTM_C) && lstm_has(LSTM_BEST));
    for (int p = LSTM_BEST; p <= LSTM_VNNI; p++) {
        AUTO_LSTM struct lstm *l = NULL;
        const struct lstm_line *line = NULL;
        struct err e = ERR_INIT;

        if (!lstm_has((enum lstm_path)p))
            continue;
        unit_ok(lstm_open(v->bytes.p, v->bytes.len, (enum lstm_path)p, &l, &e), &e);
        assert_string_equal(lstm_sha256(l), v->model->sha256);
        line = lstm_read(l, pix, &e);
        assert_non_null(line);
        assert_true(line->word_count > 0 && line->sign_count > 0);
        if (text.len == 0)
            str_add(&text, str_text(&line->text));
        assert_string_equal(str_text(&line->text), str_text(&text));
        for (int i = 0; i < line->word_count; i++) {
            const struct lstm_word *w = &line->words[i];

            assert_true(w->confidence >= 0 && w->confidence <= 100);
            assert_true(w->count > 0 && w->first + w->count <= line->sign_count);
            assert_true(w->start + w->len <= line->text.len);
            assert_true(w->x >= 0 && w->w > 0 && w->x + w->w <= pixGetWidth(pix) + 1);
            assert_true(i == 0 || w->x >= line->words[i - 1].x);
        }
    }
    pixDestroy(&pix);
}

static void test_lstm__counts_the_columns_it_read(void **state)
{
    const struct lstm_vie *v = *state;
    AUTO_LSTM struct lstm *l = NULL;
    struct Pix *pix = pixCreate(300, 50, 8);
    const struct lstm_line *line = NULL;
    struct err e = ERR_INIT;

    pixSetAll(pix);
    unit_ok(lstm_open(v->bytes.p, v->bytes.len, LSTM_BEST, &l, &e), &e);
    line = lstm_read(l, pix, &e);
    assert_non_null(line);
    assert_int_equal(lstm_columns(l), 300 * 36 / 50 / 3);
    pixDestroy(&pix);
}

static void test_lstm__refuses_what_is_no_line(void **state)
{
    const struct lstm_vie *v = *state;
    AUTO_LSTM struct lstm *l = NULL;
    static const struct {
        int w, h, d;
        enum err_code code;
    } CASES[] = {
        {100, 40, 1, ERR_OCR_FAILED},
        {100, 36, 32, ERR_OCR_FAILED},
        {2, 36, 8, ERR_LIMIT},
        {10000, 9, 8, ERR_LIMIT},
    };
    struct err e = ERR_INIT;

    unit_ok(lstm_open(v->bytes.p, v->bytes.len, LSTM_BEST, &l, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct Pix *pix = pixCreate(CASES[i].w, CASES[i].h, CASES[i].d);

        err_clear(&e);
        assert_null(lstm_read(l, pix, &e));
        assert_int_equal(e.code, CASES[i].code);
        pixDestroy(&pix);
    }
    unit_fails(lstm_open("", 0, LSTM_BEST, &l, &e), ERR_OCR_MODEL, &e);
}

static void test_lstm__ink_is_made_black_and_paper_white(void **state)
{
    const struct lstm_vie *v = *state;
    struct lstm_net *net = lstm_net_new(v->model, lstm_c_kernel());
    struct Pix *pix = pixCreate(60, 36, 8);
    const int8_t *p = NULL;
    struct err e = ERR_INIT;

    for (int x = 0; x < 60; x++)
        for (int y = 0; y < 36; y++)
            pixSetPixel(pix, x, y, x % 4 == 1 ? 90 : 180);
    pixSetPixel(pix, 30, 0, 135);
    pixSetPixel(pix, 30, 1, 255);
    unit_ok(lstm_line_fill(pix, net, &e), &e);
    p = lstm_net_picture(net, 60, &e);
    /* Percentiles lie one above their level: 91 and 180.5 of 15 and 14 places. */
    assert_in_range(p[1 * LSTM_NET_STRIDE + 1 + 20] + 127, 0, 2);
    assert_in_range(p[2 * LSTM_NET_STRIDE + 1 + 20], 124, 127);
    assert_in_range(p[30 * LSTM_NET_STRIDE + 1 + 0] + 10, 5, 15);
    assert_int_equal(p[30 * LSTM_NET_STRIDE + 1 + 1], 127);
    pixDestroy(&pix);
    lstm_net_free(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm__reads_alike_in_all_ways),
        cmocka_unit_test(test_lstm__counts_the_columns_it_read),
        cmocka_unit_test(test_lstm__refuses_what_is_no_line),
        cmocka_unit_test(test_lstm__ink_is_made_black_and_paper_white),
    };

    return cmocka_run_group_tests(tests, lstm_vie_open, lstm_vie_close);
}
