/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/shrink.h"

#include <allheaders.h>

#include "tests/unit/unit.h"

static struct Pix *noise(int w, int h, unsigned seed)
{
    struct Pix *p = pixCreate(w, h, 8);

    assert_non_null(p);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            seed = seed * 1103515245U + 12345U;
            /* Black and white as well: sums at their limit. */
            (void)pixSetPixel(p, x, y,
                              seed % 3 == 0   ? 255
                              : seed % 3 == 1 ? 0
                                              : seed >> 24);
        }
    return p;
}

static void test_shrink__is_leptonicas_mean_of_areas(void **state)
{
    static const float FACTORS[] = {0.0801F,  0.11F,  0.17F,   0.2F,         0.3F,
                                    1 / 3.0F, 0.425F, 0.5667F, 170 / 400.0F, 0.6999F};

    (void)state;
    for (unsigned i = 0; i < 60; i++) {
        struct Pix *p = noise(20 + (int)(i * 37 % 200), 20 + (int)(i * 53 % 190), i);
        float f = FACTORS[i % ARRAY_LEN(FACTORS)];
        struct Pix *theirs = pixScaleAreaMap(p, f, f), *ours = NULL;
        struct err e = ERR_INIT;
        l_int32 same = 0;

        unit_ok(shrink(p, f, &ours, &e), &e);
        assert_non_null(theirs);
        assert_int_equal(pixEqual(ours, theirs, &same), 0);
        assert_int_equal(same, 1);
        pixDestroy(&p);
        pixDestroy(&ours);
        pixDestroy(&theirs);
    }
}

/* The whitest picture stays white: the largest sums. */
static void test_shrink__white_stays_white(void **state)
{
    struct Pix *p = pixCreate(900, 900, 8), *ours = NULL;
    struct err e = ERR_INIT;
    l_uint32 v = 0;

    (void)state;
    (void)pixSetAllArbitrary(p, 255);
    unit_ok(shrink(p, SHRINK_MIN, &ours, &e), &e);
    for (int i = 0; i < pixGetWidth(ours); i++) {
        (void)pixGetPixel(ours, i, 5, &v);
        assert_int_equal(v, 255);
    }
    pixDestroy(&p);
    pixDestroy(&ours);
}

static void test_shrink__refuses_nothing_left(void **state)
{
    struct Pix *p = pixCreate(4, 4, 8), *ours = NULL;
    struct err e = ERR_INIT;

    (void)state;
    unit_fails(shrink(p, 0.1F, &ours, &e), ERR_MEMORY, &e);
    assert_null(ours);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shrink__is_leptonicas_mean_of_areas),
        cmocka_unit_test(test_shrink__white_stays_white),
        cmocka_unit_test(test_shrink__refuses_nothing_left),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
