/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/capture.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "ocr/image.h"
#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

/* A page as a file would be looked at at import. @p: taken. */
static unsigned look(struct Pix *p, int dpi, struct capture *out)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct Pix *bands = NULL;
    struct err e = ERR_INIT;

    letter_write(p, IFF_PNG, dpi, &s);
    pixDestroy(&p);
    unit_ok(image_open_mem(s.p, s.len, IMAGE_KINDS_INPUT, &im, &e), &e);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    unit_ok(image_verify_bands(im, 0, &bands, &e), &e);
    capture_look(&page, bands, out);
    pixDestroy(&bands);
    return out->advice;
}

/* Every level becomes @low + level * (@high - @low) / 255. */
static struct Pix *between(struct Pix *p, int low, int high)
{
    for (int y = 0; y < pixGetHeight(p); y++) {
        l_uint32 *row = pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);

        for (int x = 0; x < pixGetWidth(p); x++)
            SET_DATA_BYTE(row, x,
                          (l_uint8)(low + GET_DATA_BYTE(row, x) * (high - low) / 255));
    }
    return p;
}

static struct Pix *blurred(int reach)
{
    struct Pix *p = letter_draw(3);
    struct Pix *q = pixBlockconv(p, reach, reach);

    pixDestroy(&p);
    return q;
}

static struct Pix *clipped(int x, int y, int w, int h)
{
    struct Pix *p = letter_draw(3);
    struct Box *box = boxCreate(x, y, w, h);
    struct Pix *q = pixClipRectangle(p, box, NULL);

    boxDestroy(&box);
    pixDestroy(&p);
    return q;
}

static void test_capture__leaves_good_pages(void **state)
{
    struct capture c;
    struct Pix *blank = pixCreate(LETTER_W, LETTER_H, 8);

    (void)state;
    assert_int_equal(look(letter_draw(3), LETTER_DPI, &c), 0);
    assert_int_equal(c.dpi, LETTER_DPI);
    assert_in_range(c.paper, 240, 250);
    assert_true(c.edge_mm > 0.02 && c.edge_mm < CAPTURE_EDGE_MM);
    assert_int_equal(look(between(letter_draw(3), 60, 180), LETTER_DPI, &c), 0);
    assert_int_equal(look(blurred(1), LETTER_DPI, &c), 0);
    (void)pixSetAllGray(blank, 240);
    assert_int_equal(look(blank, LETTER_DPI, &c), 0);
}

static void test_capture__sees_blur(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(look(blurred(7), LETTER_DPI, &c), CAPTURE_BLUR);
    assert_true(c.edge_mm > CAPTURE_EDGE_MM);
}

static void test_capture__sees_bad_light(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(look(between(letter_draw(3), 0, 70), LETTER_DPI, &c),
                     CAPTURE_DARK_PAPER);
    assert_int_equal(look(between(letter_draw(3), 215, 240), LETTER_DPI, &c),
                     CAPTURE_FAINT_INK);
    assert_in_range(c.contrast, 15, CAPTURE_FAINT - 1);
}

static void test_capture__sees_few_pixels(void **state)
{
    struct capture c;
    struct Pix *p = letter_draw(3);
    struct Pix *small = pixScaleAreaMap(p, 0.3f, 0.3f);

    (void)state;
    pixDestroy(&p);
    assert_int_equal(look(small, 90, &c) & CAPTURE_LOW_DPI, CAPTURE_LOW_DPI);
    assert_int_equal(c.dpi, 90);
    /* Black and white: nothing else is asked. */
    p = letter_draw(3);
    small = pixThresholdToBinary(p, 128);
    pixDestroy(&p);
    assert_int_equal(look(small, LETTER_DPI, &c), 0);
    assert_int_equal(c.paper, 0);
}

static void test_capture__sees_writing_that_runs_out(void **state)
{
    struct capture c;

    (void)state;
    assert_int_equal(look(clipped(462, 0, LETTER_W - 462, LETTER_H), LETTER_DPI, &c) &
                         CAPTURE_CUT,
                     CAPTURE_CUT);
    assert_int_equal(
        look(clipped(0, 0, LETTER_W, 410 + 5 * 130), LETTER_DPI, &c) & CAPTURE_CUT, 0);
}

static void test_capture__sees_light_that_shines_back(void **state)
{
    struct capture c;
    struct Pix *p = between(letter_draw(4), 0, 200);

    (void)state;
    for (int y = 0; y < pixGetHeight(p); y++)
        for (int x = 0; x < pixGetWidth(p); x++)
            if (hypot(x - 900, y - 1800) < 380)
                (void)pixSetPixel(p, x, y, 255);
    assert_int_equal(look(p, LETTER_DPI, &c), CAPTURE_GLARE);
    assert_true(c.glare > 20);
    /* In the margin it hides nothing. */
    p = between(letter_draw(2), 0, 200);
    for (int y = 2400; y < 3400; y++)
        for (int x = 600; x < 1900; x++)
            (void)pixSetPixel(p, x, y, 255);
    assert_int_equal(look(p, LETTER_DPI, &c), 0);
}

/* So few rows at so many dots that half a millimetre is more than there is. */
static void test_capture__low_pictures_stay_within_their_rows(void **state)
{
    static const int HEIGHTS[] = {1, 2, 31, 33, 40, 64, 66};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(HEIGHTS); i++) {
        struct Pix *p = pixCreate(700, HEIGHTS[i], 8);
        struct capture c = {0};

        (void)pixSetAllArbitrary(p, 240);
        for (int x = 0; x < 700; x++)
            for (int y = 0; y < HEIGHTS[i] && x % 20 < 10; y++)
                (void)pixSetPixel(p, x, y, 10);
        (void)look(p, 2400, &c);
        assert_false(c.advice & CAPTURE_LOW_DPI);
    }
}

static void test_capture__names_its_advice(void **state)
{
    AUTO_JDOC struct jdoc *j = capture_jdoc(CAPTURE_BLUR | CAPTURE_GLARE);

    (void)state;
    assert_int_equal(jdoc_count(j), 2);
    assert_string_equal(jdoc_text_at(j, 0), "blur");
    assert_string_equal(jdoc_text_at(j, 1), "glare");
    assert_string_equal(capture_keyword(CAPTURE_LOW_DPI), "dpi");
    assert_null(capture_keyword(64));
    assert_null(capture_keyword(3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_capture__leaves_good_pages),
        cmocka_unit_test(test_capture__sees_blur),
        cmocka_unit_test(test_capture__sees_bad_light),
        cmocka_unit_test(test_capture__sees_few_pixels),
        cmocka_unit_test(test_capture__sees_writing_that_runs_out),
        cmocka_unit_test(test_capture__sees_light_that_shines_back),
        cmocka_unit_test(test_capture__low_pictures_stay_within_their_rows),
        cmocka_unit_test(test_capture__names_its_advice),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
