/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_model.h"

#include "tests/unit/lstm_vie.h"

#define DATA_DIR "/usr/share/tesseract-ocr/5/tessdata"

/* Tries to read exactly @len bytes, in memory of just that size. */
static int try_bytes(const void *data, size_t len, struct err *e)
{
    AUTO_LSTM_MODEL struct lstm_model *m = NULL;
    AUTO_MEM char *tight = mem_new(len ? len : 1, 1);

    memcpy(tight, data, len);
    return lstm_model_read(tight, len, &m, e);
}

static uint64_t part_at(const struct lstm_vie *v, size_t part)
{
    uint64_t at = 0;

    memcpy(&at, v->bytes.p + 4 + part * 8, 8);
    return at;
}

static void refused(const void *data, size_t len, const char *why)
{
    struct err e = ERR_INIT;

    unit_fails(try_bytes(data, len, &e), ERR_OCR_MODEL, &e);
    if (why)
        assert_string_equal(e.detail, why);
}

static void test_lstm_model__reads_the_vietnamese_model(void **state)
{
    const struct lstm_vie *v = *state;
    const struct lstm_model *m = v->model;
    char hex[HASH_HEX] = "";

    hash_bytes(v->bytes.p, v->bytes.len, hex);
    assert_string_equal(m->sha256, hex);
    assert_int_equal(m->codes, 269);
    assert_int_equal(m->null_code, 268);
    assert_int_equal(m->down.units, 48);
    assert_int_equal(m->last.units, 192);
    assert_int_equal(m->last.inputs, 96 + 192);
    assert_string_equal(m->letters[LSTM_MODEL_SPACE].text, " ");
    assert_true(m->letters[lstm_vie_letter(m, "7")].digit);
    assert_false(m->letters[lstm_vie_letter(m, "ệ")].digit);
    assert_int_equal(m->code_letter[lstm_vie_code(m, "Đ")], lstm_vie_letter(m, "Đ"));
    assert_int_equal(m->code_letter[m->null_code], LSTM_MODEL_NONE);
}

static void
test_lstm_model__reads_english_and_refuses_what_finds_directions(void **state)
{
    AUTO_STR struct str eng = STR_INIT(TESS_MODEL_MAX);
    AUTO_STR struct str osd = STR_INIT(TESS_MODEL_MAX);
    struct err e = ERR_INIT;

    (void)state;
    if (fs_read_file(DATA_DIR "/eng.traineddata", &eng, &e) < 0 ||
        fs_read_file(DATA_DIR "/osd.traineddata", &osd, &e) < 0)
        skip();
    unit_ok(try_bytes(eng.p, eng.len, &e), &e);
    refused(osd.p, osd.len, "a part is missing");
}

static void test_lstm_model__refuses_a_model_that_was_cut_off(void **state)
{
    const struct lstm_vie *v = *state;

    for (size_t len = 0; len < 200; len++)
        refused(v->bytes.p, len, NULL);
    for (size_t part = 17; part < 23; part++) {
        size_t at = (size_t)part_at(v, part);

        for (size_t len = at - 3; len < at + 40; len++)
            refused(v->bytes.p, len, NULL);
    }
    refused(v->bytes.p, (size_t)part_at(v, 23) / 2, NULL);
}

static void test_lstm_model__refuses_parts_outside(void **state)
{
    struct lstm_vie *v = *state;
    static const uint64_t WRONG[] = {0,         4,          100000000,
                                     INT64_MAX, UINT64_MAX, UINT64_MAX - 1};

    for (size_t part = 17; part < 23; part++)
        for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
            uint64_t was = part_at(v, part);

            memcpy(v->bytes.p + 4 + part * 8, &WRONG[i], 8);
            refused(v->bytes.p, v->bytes.len, NULL);
            memcpy(v->bytes.p + 4 + part * 8, &was, 8);
        }
}

/* Every byte of the network's head, and of the heads of the others, turned round. */
static void test_lstm_model__refuses_other_sizes(void **state)
{
    struct lstm_vie *v = *state;
    struct err e = ERR_INIT;
    static const struct {
        size_t part, from, to;
        const char *why;
    } SIZES[] = {
        {17, 39, 53, "layers of another shape"}, /* count and type of the first */
        {18, 0, 10, NULL}, /* dictionaries: mark, letters, edges */
        {19, 0, 10, "head of a dictionary"},
        {20, 0, 10, "head of a dictionary"},
        {21, 0, 1, NULL},
        {22, 0, 4, "count of codes"},
        {22, 5, 9, "letters of several codes"},
    };

    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++)
        for (size_t b = SIZES[i].from; b < SIZES[i].to; b++) {
            char *at = v->bytes.p + part_at(v, SIZES[i].part) + b;

            *at = (char)~*at;
            refused(v->bytes.p, v->bytes.len, SIZES[i].why);
            *at = (char)~*at;
        }
    unit_ok(try_bytes(v->bytes.p, v->bytes.len, &e), &e);
}

static void test_lstm_model__refuses_edges_that_lead_out(void **state)
{
    struct lstm_vie *v = *state;
    uint64_t at = part_at(v, 19) + 10, last = part_at(v, 20) - 8, edge = 0, was = 0;

    memcpy(&was, v->bytes.p + at, 8);
    edge = was | (uint64_t)1 << 62;
    memcpy(v->bytes.p + at, &edge, 8);
    refused(v->bytes.p, v->bytes.len, "an edge that leads out of its dictionary");
    memcpy(v->bytes.p + at, &was, 8);
    memcpy(&was, v->bytes.p + last, 8);
    edge = was & ~((uint64_t)1 << v->model->words.letter_bits);
    memcpy(v->bytes.p + last, &edge, 8);
    refused(v->bytes.p, v->bytes.len, "a dictionary without end");
    memcpy(v->bytes.p + last, &was, 8);
}

static void test_lstm_model__refuses_a_scale_that_is_no_number(void **state)
{
    struct lstm_vie *v = *state;
    /* The last matrix's last scale stands before rates, description and numbers. */
    size_t at = (size_t)part_at(v, 18) - (4 + 8 * 4) - (4 + 49) - 28 - 8;
    unsigned char was[8] = {0}, nan[8] = {0, 0, 0, 0, 0, 0, 0xf8, 0x7f};

    memcpy(was, v->bytes.p + at, 8);
    memcpy(v->bytes.p + at, nan, 8);
    refused(v->bytes.p, v->bytes.len, "layers of another shape");
    memcpy(v->bytes.p + at, was, 8);
}

static void test_lstm_model__refuses_scripts_without_spaces(void **state)
{
    struct lstm_vie *v = *state;
    char *at = v->bytes.p + part_at(v, 21), *latin = strstr(at, "Latin 168");

    assert_non_null(latin);
    memcpy(latin, "Thai  168", 9);
    refused(v->bytes.p, v->bytes.len, "a letter that is not known");
    memcpy(latin, "Latin 168", 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm_model__reads_the_vietnamese_model),
        cmocka_unit_test(
            test_lstm_model__reads_english_and_refuses_what_finds_directions),
        cmocka_unit_test(test_lstm_model__refuses_a_model_that_was_cut_off),
        cmocka_unit_test(test_lstm_model__refuses_parts_outside),
        cmocka_unit_test(test_lstm_model__refuses_other_sizes),
        cmocka_unit_test(test_lstm_model__refuses_edges_that_lead_out),
        cmocka_unit_test(test_lstm_model__refuses_a_scale_that_is_no_number),
        cmocka_unit_test(test_lstm_model__refuses_scripts_without_spaces),
    };

    return cmocka_run_group_tests(tests, lstm_vie_open, lstm_vie_close);
}
