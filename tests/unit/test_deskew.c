/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/deskew.h"

#include <math.h>

#include "ocr/map.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

/* A page of "text lines": bars of many lengths, as words, of which some rows end early.
 */
static struct Pix *make_lines(int w, int h)
{
    struct Pix *p = pixCreate(w, h, 8);
    unsigned dice = 1;

    assert_non_null(p);
    assert_int_equal(pixSetAllGray(p, 255), 0);
    for (int y = 100; y < h - 120; y += 40) {
        for (int x = 80, end = 80; x < w - 80; x = end + 14) {
            dice = dice * 1103515245U + 12345U;
            end = x + 16 + (int)(dice >> 16) % 90;
            if (dice >> 28 == 0)
                break;
            for (int k = 0; k < 12 * (end - x); k++)
                (void)pixSetPixel(p, x + k / 12, y + k % 12, 0);
        }
    }
    return p;
}

static struct Pix *turned_lines(double deg)
{
    struct Pix *p = make_lines(1000, 1400);
    struct Pix *q = pixRotateAMGray(p, (l_float32)(deg * M_PI / 180), 255);

    assert_non_null(q);
    pixDestroy(&p);
    return q;
}

static void test_deskew__finds_the_angle_to_turn_by(void **state)
{
    static const double ANGLES[] = {-14, -9, -6.8, -5, -2, -0.7, 0.4, 1.3, 4, 7.5, 12};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ANGLES); i++) {
        struct deskew_found found = {0};
        struct Pix *p = turned_lines(ANGLES[i]);
        struct err e = ERR_INIT;

        unit_ok(deskew_find(p, 128, &found, &e), &e);
        assert_string_equal(found.reason, "measured");
        assert_true(fabs(found.angle_deg + ANGLES[i]) < 0.12);
        assert_true(found.confidence >= DESKEW_CONFIDENCE);
        pixDestroy(&p);
    }
}

static void test_deskew__refuses_with_a_reason(void **state)
{
    struct deskew_found found = {0};
    struct Pix *p = make_lines(1000, 1400);
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(deskew_find(p, 128, &found, &e), &e);
    assert_string_equal(found.reason, "straight");
    assert_true(found.angle_deg == 0);
    assert_int_equal(pixSetAllGray(p, 255), 0);
    unit_ok(deskew_find(p, 128, &found, &e), &e);
    assert_string_equal(found.reason, "blank");
    /* A disc has no lines. */
    for (int y = 0; y < 1400; y++)
        for (int x = 0; x < 1000; x++)
            if ((x - 500) * (x - 500) + (y - 700) * (y - 700) < 300 * 300)
                (void)pixSetPixel(p, x, y, 0);
    unit_ok(deskew_find(p, 128, &found, &e), &e);
    assert_string_equal(found.reason, "unsure");
    assert_true(found.angle_deg == 0);
    pixDestroy(&p);
}

/* Beyond the limit, upright lines and lines of two directions: never a wrong turn. */
static void test_deskew__a_large_angle_must_be_proved(void **state)
{
    static const double ANGLES[] = {17, -16.5, 33, 45, 78};
    struct deskew_found found = {0};
    struct err e = ERR_INIT;
    struct Pix *p = NULL, *q = NULL;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ANGLES); i++) {
        p = turned_lines(ANGLES[i]);
        unit_ok(deskew_find(p, 128, &found, &e), &e);
        if (found.angle_deg != 0)
            fail_msg("turned by %.2f at %.1f", found.angle_deg, ANGLES[i]);
        assert_true(strcmp(found.reason, "measured") != 0);
        pixDestroy(&p);
    }
    p = make_lines(1000, 1400);
    q = pixRotate90(p, 1);
    unit_ok(deskew_find(q, 128, &found, &e), &e);
    assert_true(found.angle_deg == 0);
    pixDestroy(&q);
    q = turned_lines(10);
    pixDestroy(&p);
    p = turned_lines(-10);
    assert_non_null(pixAddGray(p, p, q));
    unit_ok(deskew_find(p, 128, &found, &e), &e);
    assert_true(fabs(found.angle_deg) < 0.2 || fabs(fabs(found.angle_deg) - 10) < 0.2);
    pixDestroy(&p);
    pixDestroy(&q);
}

/* The corners of a mark come back to where they were, and nothing is cut off. */
static void test_deskew__turn_and_back(void **state)
{
    static const double ANGLES[] = {-4, 0.5, 6, 14};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ANGLES); i++) {
        struct Pix *p = pixCreate(400, 600, 8), *q = NULL;
        struct map map;
        struct err e = ERR_INIT;
        double sx = 0, sy = 0, n = 0, x = 0, y = 0;

        assert_int_equal(pixSetAllGray(p, 255), 0);
        for (int k = 0; k < 64; k++) /* 8 × 8 in the corner */
            (void)pixSetPixel(p, k % 8, k / 8, 0);
        unit_ok(deskew_turn(p, ANGLES[i], &q, &map, &e), &e);
        for (int b = 0; b < pixGetHeight(q); b++) {
            for (int a = 0; a < pixGetWidth(q); a++) {
                l_uint32 v = 255;

                (void)pixGetPixel(q, a, b, &v);
                sx += a * (255.0 - v);
                sy += b * (255.0 - v);
                n += 255.0 - v;
            }
        }
        assert_true(n > 0.9 * 64 * 255);
        map_point(&map, sx / n, sy / n, &x, &y);
        assert_true(fabs(x - 3.5) < 0.6 && fabs(y - 3.5) < 0.6);
        pixDestroy(&p);
        pixDestroy(&q);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deskew__finds_the_angle_to_turn_by),
        cmocka_unit_test(test_deskew__refuses_with_a_reason),
        cmocka_unit_test(test_deskew__a_large_angle_must_be_proved),
        cmocka_unit_test(test_deskew__turn_and_back),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
