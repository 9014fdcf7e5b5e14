/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/map.h"

#include <math.h>

#include "tests/unit/unit.h"

static void at(const struct map *m, double x, double y, double ox, double oy)
{
    double px = NAN, py = NAN;

    map_point(m, x, y, &px, &py);
    if (!(fabs(px - ox) < 1e-6 && fabs(py - oy) < 1e-6))
        fail_msg("(%g, %g) is (%g, %g), not (%g, %g)", x, y, px, py, ox, oy);
}

static void test_map__simple_steps(void **state)
{
    struct map m;

    (void)state;
    map_none(&m);
    at(&m, 3, 4, 3, 4);
    map_scaled(&m, 2, 0.5);
    at(&m, 10, 10, 5, 20);
    map_cut(&m, 100, 50);
    at(&m, 1, 2, 101, 52);
}

/* Corners of a picture of 30 × 20 after 0 to 3 quarters, clockwise. */
static void test_map__quarter_turns(void **state)
{
    struct map m;

    (void)state;
    map_quarters(&m, 0, 30, 20);
    at(&m, 0, 0, 0, 0);
    map_quarters(&m, 1, 30, 20); /* its top left was the bottom left */
    at(&m, 0, 0, 0, 20);
    at(&m, 20, 0, 0, 0);
    at(&m, 20, 30, 30, 0);
    map_quarters(&m, 2, 30, 20);
    at(&m, 0, 0, 30, 20);
    at(&m, 30, 20, 0, 0);
    map_quarters(&m, 3, 30, 20); /* its top left was the top right */
    at(&m, 0, 0, 30, 0);
    at(&m, 20, 0, 30, 20);
}

static void test_map__turned_about_a_point(void **state)
{
    struct map m;

    (void)state;
    map_turned(&m, M_PI / 2, 2, 3, 10, 10);
    at(&m, 10, 10, 8, 7);  /* the centre stays, without the padding */
    at(&m, 10, 12, 10, 7); /* below it came what was right of it */
}

static void test_map__quadrilateral(void **state)
{
    static const double QUAD[8] = {10, 20, 110, 30, 120, 230, 5, 220};
    static const double FLAT_QUAD[8] = {0, 0, 10, 0, 20, 0, 0, 10};
    struct map m;

    (void)state;
    assert_true(map_quad(&m, QUAD, 100, 200));
    at(&m, 0, 0, 10, 20);
    at(&m, 100, 0, 110, 30);
    at(&m, 100, 200, 120, 230);
    at(&m, 0, 200, 5, 220);
    map_none(&m);
    assert_false(map_quad(&m, FLAT_QUAD, 100, 200));
    at(&m, 7, 8, 7, 8);
}

/* Steps one after the other are one map: first the last one, back to the first. */
static void test_map__steps_in_a_row(void **state)
{
    struct map whole, step;

    (void)state;
    map_cut(&whole, 100, 0);
    map_scaled(&step, 0.5, 0.5);
    map_after(&whole, &step);
    map_quarters(&step, 1, 40, 30);
    map_after(&whole, &step);
    at(&whole, 0, 0, 100, 60); /* (0, 30) of the scaled one */
}

static void test_map__boxes_stay_on_the_page(void **state)
{
    struct map m;
    int32_t x = 10, y = 10, w = 20, h = 5;

    (void)state;
    map_quarters(&m, 1, 100, 50);
    map_box(&m, 100, 50, &x, &y, &w, &h);
    assert_int_equal(x, 10);
    assert_int_equal(y, 20);
    assert_int_equal(w, 5);
    assert_int_equal(h, 20);
    map_cut(&m, -1000, 90);
    map_box(&m, 100, 50, &x, &y, &w, &h);
    assert_int_equal(x, 0);
    assert_int_equal(w, 1);
    assert_int_equal(y, 49);
    assert_int_equal(h, 1);
}

static void test_map__the_way_back(void **state)
{
    static const double QUAD[] = {40, 30, 160, 50, 180, 280, 30, 260};
    struct map m, back, none = {{1, 0, 0, 2, 0, 0, 0, 0, 1}};

    (void)state;
    assert_true(map_quad(&m, QUAD, 100, 140));
    assert_true(map_inverse(&m, &back));
    at(&back, 40, 30, 0, 0);
    at(&back, 180, 280, 100, 140);
    map_after(&m, &back);
    at(&m, 17, 23, 17, 23);
    map_none(&back);
    assert_false(map_inverse(&none, &back));
    at(&back, 1, 2, 1, 2);
}

/* Turned by little, the box around it tells the small one; by an eighth it does not,
 * and none is invented: it grows. */
static void test_map__a_box_out_of_the_one_around_it(void **state)
{
    static const double DEG[] = {3, 10, 45, 87, 180};
    struct map m, back;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(DEG); i++) {
        int32_t x = 1000, y = 900, w = 200, h = 30;

        map_turned(&m, DEG[i] * M_PI / 180, 0, 0, 1000, 1000);
        assert_true(map_inverse(&m, &back));
        map_box(&m, 2000, 2000, &x, &y, &w, &h);
        map_unbox(&m, &back, 2000, 2000, &x, &y, &w, &h);
        if (DEG[i] == 45) {
            assert_in_range(w, 201, 240);
            assert_in_range(h, 201, 240);
            continue;
        }
        assert_in_range(x, 998, 1002);
        assert_in_range(y, 898, 902);
        assert_in_range(w, 198, 202);
        assert_in_range(h, 28, 32);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map__simple_steps),
        cmocka_unit_test(test_map__quarter_turns),
        cmocka_unit_test(test_map__turned_about_a_point),
        cmocka_unit_test(test_map__quadrilateral),
        cmocka_unit_test(test_map__steps_in_a_row),
        cmocka_unit_test(test_map__boxes_stay_on_the_page),
        cmocka_unit_test(test_map__the_way_back),
        cmocka_unit_test(test_map__a_box_out_of_the_one_around_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
