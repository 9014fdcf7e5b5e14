/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tess_net.h"

#include <allheaders.h>
#include <tesseract/capi.h>

#include "tests/unit/letter.h"
#include "tests/unit/lstm_vie.h"
#include "tests/unit/unit.h"

#include "ocr/alts.h"
#include "ocr/lstm.h"
#include "ocr/result.h"

/* Tesseract by itself, without what ocr/tess.c does. */
static TessBaseAPI *plain_tesseract(const struct lstm_vie *v)
{
    TessBaseAPI *api = TessBaseAPICreate();

    assert_int_equal(TessBaseAPISetVariable(api, "debug_file", "/dev/null"), 1);
    assert_int_equal(TessBaseAPIInit5(api, v->bytes.p, (int)v->bytes.len, "vie",
                                      OEM_LSTM_ONLY, NULL, 0, NULL, NULL, 0, 0),
                     0);
    assert_int_equal(TessBaseAPISetVariable(api, "tessedit_do_invert", "0"), 1);
    return api;
}

static struct Pix *small_letter(void)
{
    struct Pix *p = letter_draw(1), *q = pixScale(p, 0.6F, 0.6F);

    pixDestroy(&p);
    assert_non_null(q);
    return q;
}

/* hOCR has the text, all places and how sure each word is. */
static char *read_hocr(TessBaseAPI *api, struct tess_net *n, struct Pix *p)
{
    char *text = NULL, *own = NULL;

    TessBaseAPISetImage2(api, p);
    tess_net_use(n);
    assert_int_equal(TessBaseAPIRecognize(api, NULL), 0);
    tess_net_use(NULL);
    text = TessBaseAPIGetHOCRText(api, 0);
    assert_non_null(text);
    own = mem_dup(text);
    TessDeleteText(text);
    return own;
}

static void test_tess_net__reads_to_the_bit_as_tesseract(void **state)
{
    const struct lstm_vie *v = *state;
    TessBaseAPI *api = plain_tesseract(v);
    struct Pix *p = small_letter();
    struct tess_net *n = NULL;
    struct err e = ERR_INIT;

    unit_ok(tess_net_open(v->bytes.p, v->bytes.len, &n, &e), &e);
    assert_int_equal(tess_net_lines(n), 0);
    {
        AUTO_MEM char *ours = read_hocr(api, n, p);
        AUTO_MEM char *theirs = NULL;

        assert_true(tess_net_lines(n) >= 6);
        theirs = read_hocr(api, NULL, p);
        assert_string_equal(ours, theirs);
        assert_true(strlen(ours) > 4000);
    }
    tess_net_close(n);
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    pixDestroy(&p);
}

/* Lines of Tesseract's after ours, and after ours is closed while it serves. */
static void test_tess_net__lets_tesseract_read_again(void **state)
{
    const struct lstm_vie *v = *state;
    TessBaseAPI *api = plain_tesseract(v);
    struct Pix *p = small_letter();
    struct tess_net *n = NULL;
    struct err e = ERR_INIT;
    int64_t before = 0;

    unit_ok(tess_net_open(v->bytes.p, v->bytes.len, &n, &e), &e);
    mem_free(read_hocr(api, n, p));
    before = tess_net_lines(n);
    mem_free(read_hocr(api, NULL, p));
    assert_int_equal(tess_net_lines(n), before);
    tess_net_use(n);
    tess_net_close(n);
    TessBaseAPISetImage2(api, p);
    assert_int_equal(TessBaseAPIRecognize(api, NULL), 0);
    TessBaseAPIEnd(api);
    TessBaseAPIDelete(api);
    pixDestroy(&p);
}

/* The whole of it as ocr/tess.c uses it: words, boxes, sureness and alternatives. */
static void test_tess_net__alternatives_are_the_same(void **state)
{
    AUTO_TESS struct tess *t = NULL;
    AUTO_RESULT struct result ours = {0};
    AUTO_RESULT struct result theirs = {0};
    AUTO_ALTS struct alts a = {0};
    AUTO_ALTS struct alts b = {0};
    struct Pix *p = small_letter();
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(tess_open(&t, &e), &e);
    assert_string_not_equal(tess_network(t), "Tesseract");
    unit_ok(tess_read(t, p, 180, TESS_OTSU, NULL, 0, &a, &ours, &e), &e);
    tess_set_theirs(t, true);
    assert_string_equal(tess_network(t), "Tesseract");
    unit_ok(tess_read(t, p, 180, TESS_OTSU, NULL, 0, &b, &theirs, &e), &e);
    assert_string_equal(ours.text, theirs.text);
    assert_int_equal(ours.word_count, theirs.word_count);
    assert_memory_equal(ours.words, theirs.words, ours.word_count * sizeof *ours.words);
    assert_true(a.other_count > 100);
    assert_int_equal(a.other_count, b.other_count);
    for (size_t i = 0; i < a.other_count; i++) {
        assert_int_equal(a.others[i].cp, b.others[i].cp);
        assert_int_equal(a.others[i].cost, b.others[i].cost);
    }
    pixDestroy(&p);
}

static void test_tess_net__refuses_another_model(void **state)
{
    const struct lstm_vie *v = *state;
    struct tess_net *n = NULL;
    struct err e = ERR_INIT;

    unit_fails(tess_net_open(v->bytes.p, 1000, &n, &e), ERR_OCR_MODEL, &e);
    assert_null(n);
}

static void test_tess_net__refuses_another_height(void **state)
{
    const struct lstm_vie *v = *state;
    AUTO_LSTM struct lstm *l = NULL;
    struct Pix *p = pixCreate(200, LSTM_MODEL_HEIGHT + 1, 8);
    struct err e = ERR_INIT;
    struct lstm_beam *b = NULL;
    int columns = 7;

    unit_ok(lstm_open(v->bytes.p, v->bytes.len, LSTM_BEST, &l, &e), &e);
    unit_fails(lstm_search(l, p, &b, &columns, &e), ERR_OCR_FAILED, &e);
    assert_int_equal(columns, 7);
    pixDestroy(&p);
    p = pixCreate(200, LSTM_MODEL_HEIGHT, 8);
    unit_ok(lstm_search(l, p, &b, &columns, &e), &e);
    assert_int_equal(columns, 66);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tess_net__reads_to_the_bit_as_tesseract),
        cmocka_unit_test(test_tess_net__lets_tesseract_read_again),
        cmocka_unit_test(test_tess_net__alternatives_are_the_same),
        cmocka_unit_test(test_tess_net__refuses_another_model),
        cmocka_unit_test(test_tess_net__refuses_another_height),
    };

    return cmocka_run_group_tests(tests, lstm_vie_open, lstm_vie_close);
}
