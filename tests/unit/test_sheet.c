/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/sheet.h"

#include "node/base/mem.h"
#include "ocr/result.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

static const struct image_page PAGE = {.width_px = 2000, .height_px = 3000, .dpi = 240};

static void begin(struct sheet *s, double scale)
{
    sheet_begin(s, pixCreate((int)(2000 * scale), (int)(3000 * scale), 8), &PAGE, 240,
                scale);
}

/* One word, put at a box of the sheet's picture and brought back. */
static void box_is(const struct sheet *s, const int32_t in[4], const int32_t out[4])
{
    struct result_word w = {.x = in[0], .y = in[1], .w = in[2], .h = in[3]};
    struct result r = {.words = &w, .word_count = 1};

    sheet_boxes_back(s, &r);
    assert_int_equal(w.x, out[0]);
    assert_int_equal(w.y, out[1]);
    assert_int_equal(w.w, out[2]);
    assert_int_equal(w.h, out[3]);
}

static void test_sheet__boxes_of_a_reduced_page_come_back(void **state)
{
    AUTO_SHEET struct sheet s = {0};

    (void)state;
    begin(&s, 0.5);
    assert_int_equal(sheet_pix_dpi(&s), 120);
    box_is(&s, (int32_t[]){10, 20, 30, 40}, (int32_t[]){20, 40, 60, 80});
    /* Retouched: every pixel in the same place. */
    sheet_retouch(&s, pixCreate(1000, 1500, 8));
    box_is(&s, (int32_t[]){10, 20, 30, 40}, (int32_t[]){20, 40, 60, 80});
}

/* Cut out of the page, scaled, turned by a quarter: undone in the other order. */
static void test_sheet__steps_are_undone_from_the_last(void **state)
{
    AUTO_SHEET struct sheet s = {0};
    struct map map;

    (void)state;
    begin(&s, 0.5);
    map_cut(&map, 100, 200);
    sheet_replace(&s, pixCreate(400, 600, 8), &map);
    map_scaled(&map, 2, 2);
    sheet_replace(&s, pixCreate(800, 1200, 8), &map);
    map_quarters(&map, 1, 800, 1200);
    sheet_replace(&s, pixCreate(1200, 800, 8), &map);
    /* In the turned picture right is up: 50 from its right edge, 20 from its top are
     * (20, 50) before; then (10, 25), (110, 225), (220, 450). */
    box_is(&s, (int32_t[]){1200 - 50 - 40, 20, 40, 80}, (int32_t[]){220, 450, 80, 40});
}

static void test_sheet__a_sheet_in_perspective(void **state)
{
    static const double QUAD[] = {400, 300, 1600, 500, 1800, 2800, 300, 2600};
    AUTO_SHEET struct sheet s = {0};
    struct map map;
    struct result_word w = {.x = 0, .y = 0, .w = 1000, .h = 1400};
    struct result r = {.words = &w, .word_count = 1};

    (void)state;
    begin(&s, 1);
    assert_true(map_quad(&map, QUAD, 1000, 1400));
    sheet_replace(&s, pixCreate(1000, 1400, 8), &map);
    /* The whole of it is the upright box around the four corners. */
    sheet_boxes_back(&s, &r);
    assert_int_equal(w.x, 300);
    assert_int_equal(w.y, 300);
    assert_int_equal(w.w, 1500);
    assert_int_equal(w.h, 2500);
}

/* How it was laid is kept, unless it was not moved at all. */
static void test_sheet__the_upright_page_is_kept(void **state)
{
    AUTO_SHEET struct sheet s = {0};
    struct result r = {0};
    struct map map;

    (void)state;
    begin(&s, 0.5);
    sheet_boxes_back(&s, &r);
    assert_int_equal(r.upright.width_px, 0);
    map_quarters(&map, 3, 1000, 1500);
    sheet_replace(&s, pixCreate(1500, 1000, 8), &map);
    sheet_boxes_back(&s, &r);
    assert_int_equal(r.upright.width_px, 3000);
    assert_int_equal(r.upright.height_px, 2000);
    assert_int_equal(r.upright.corner[0], 2000 * RESULT_CORNER_UNIT);
    assert_int_equal(r.upright.corner[1], 0);
}

static void test_sheet__boxes_stay_on_the_page(void **state)
{
    AUTO_SHEET struct sheet s = {0};

    (void)state;
    begin(&s, 1);
    box_is(&s, (int32_t[]){-40, 2990, 100, 100}, (int32_t[]){0, 2990, 60, 10});
    sheet_clear(&s);
    sheet_clear(&s);
    assert_null(s.pix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sheet__boxes_of_a_reduced_page_come_back),
        cmocka_unit_test(test_sheet__steps_are_undone_from_the_last),
        cmocka_unit_test(test_sheet__a_sheet_in_perspective),
        cmocka_unit_test(test_sheet__the_upright_page_is_kept),
        cmocka_unit_test(test_sheet__boxes_stay_on_the_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
