/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/upright.h"

#include <math.h>
#include <stdlib.h>

#include "node/base/mem.h"
#include "ocr/result.h"
#include "tests/unit/unit.h"

#define WIDE 1700
#define HIGH 2200

/* A word of the upright page goes to the page as captured and comes back. */
static void to_and_fro(const struct map *map, int32_t width, int32_t height)
{
    static const int32_t BOXES[][4] = {
        {300, 180, 300, 26}, {1400, 1900, 60, 24}, {800, 1000, 14, 30}};
    struct result_word words[ARRAY_LEN(BOXES)];
    struct result r = {.width_px = width,
                       .height_px = height,
                       .skew_deg = 2,
                       .words = words,
                       .word_count = ARRAY_LEN(BOXES)};
    AUTO_UPRIGHT struct upright u = {0};

    upright_note(map, 1, WIDE, HIGH, width, height, &r.upright);
    assert_true(upright_check(&r.upright));
    for (size_t i = 0; i < ARRAY_LEN(BOXES); i++) {
        const int32_t *b = BOXES[i];
        struct result_word w = {.x = b[0], .y = b[1], .w = b[2], .h = b[3]};

        map_box(map, width, height, &w.x, &w.y, &w.w, &w.h);
        words[i] = w;
    }
    upright_open(&r, &u);
    assert_int_equal(upright_page(&u)->width_px, WIDE);
    assert_int_equal(upright_page(&u)->height_px, HIGH);
    assert_true(upright_page(&u)->skew_deg == 0);
    for (size_t i = 0; i < ARRAY_LEN(BOXES); i++) {
        struct result_word w = upright_page(&u)->words[i];

        assert_in_range(abs(w.x - BOXES[i][0]), 0, 2);
        assert_in_range(abs(w.y - BOXES[i][1]), 0, 2);
        assert_in_range(abs(w.w - BOXES[i][2]), 0, 2);
        assert_in_range(abs(w.h - BOXES[i][3]), 0, 2);
        upright_back(&u, &w.x, &w.y, &w.w, &w.h);
        assert_in_range(abs(w.x - words[i].x), 0, 3);
        assert_in_range(abs(w.y - words[i].y), 0, 3);
        assert_in_range(abs(w.w - words[i].w), 0, 4);
        assert_in_range(abs(w.h - words[i].h), 0, 4);
    }
}

static void test_upright__words_lie_as_they_were_read(void **state)
{
    static const double QUAD[] = {420, 330, 2000, 480, 2200, 2900, 300, 2600};
    struct map m;

    (void)state;
    for (int quarters = 1; quarters < 4; quarters++) {
        bool aside = quarters != 2;

        map_quarters(&m, quarters, aside ? HIGH : WIDE, aside ? WIDE : HIGH);
        to_and_fro(&m, aside ? HIGH : WIDE, aside ? WIDE : HIGH);
    }
    map_turned(&m, 3 * M_PI / 180, 60, 50, WIDE / 2.0, HIGH / 2.0);
    to_and_fro(&m, WIDE, HIGH);
    assert_true(map_quad(&m, QUAD, WIDE, HIGH));
    to_and_fro(&m, 2500, 3200);
}

static void test_upright__of_the_page_s_resolution(void **state)
{
    struct result_upright u;
    struct map m, turned;

    (void)state;
    map_scaled(&m, 0.5, 0.5);
    map_quarters(&turned, 1, 1100, 850);
    map_after(&m, &turned);
    upright_note(&m, 0.5, 850, 1100, 2200, 1700, &u);
    assert_int_equal(u.width_px, 1700);
    assert_int_equal(u.height_px, 2200);
    assert_int_equal(u.corner[0], 0);
    assert_int_equal(u.corner[1], 1700 * RESULT_CORNER_UNIT);
}

static void test_upright__nothing_is_kept_of_a_page_read_as_captured(void **state)
{
    struct result_word w = {.x = 5, .y = 6, .w = 7, .h = 8};
    struct result r = {
        .width_px = WIDE, .height_px = HIGH, .words = &w, .word_count = 1};
    AUTO_UPRIGHT struct upright u = {0};
    struct map m;

    (void)state;
    map_scaled(&m, 0.5, 0.5);
    upright_note(&m, 0.5, WIDE / 2, HIGH / 2, WIDE, HIGH, &r.upright);
    assert_int_equal(r.upright.width_px, 0);
    assert_true(upright_check(&r.upright));
    upright_open(&r, &u);
    assert_ptr_equal(upright_page(&u), &r);
    upright_back(&u, &w.x, &w.y, &w.w, &w.h);
    assert_int_equal(w.x, 5);
    assert_int_equal(w.h, 8);
}

static void test_upright__what_lies_nowhere_is_refused(void **state)
{
    struct result_upright u = {.corner = {1}};
    struct map m;

    (void)state;
    assert_false(upright_check(&u)); /* corners of no page */
    u = (struct result_upright){.width_px = 10, .height_px = 10};
    assert_false(upright_check(&u)); /* four corners in one */
    u = (struct result_upright){10, -10, {0, 0, 160, 0, 160, 160, 0, 160}};
    assert_false(upright_check(&u));
    u.height_px = 10;
    assert_true(upright_check(&u));
    u.corner[4] = 10; /* a bow */
    u.corner[5] = 10;
    assert_false(upright_check(&u));
    /* A corner beyond all bounds: not kept. */
    map_cut(&m, 1e9, 0);
    upright_note(&m, 1, WIDE, HIGH, WIDE, HIGH, &u);
    assert_int_equal(u.width_px, 0);
    assert_true(upright_check(&u));
    /* Nor one that could be noted, but not be stored. */
    map_cut(&m, 1e6 + 1, 0);
    upright_note(&m, 1, WIDE, HIGH, WIDE, HIGH, &u);
    assert_int_equal(u.width_px, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upright__words_lie_as_they_were_read),
        cmocka_unit_test(test_upright__of_the_page_s_resolution),
        cmocka_unit_test(test_upright__nothing_is_kept_of_a_page_read_as_captured),
        cmocka_unit_test(test_upright__what_lies_nowhere_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
