/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/blue.h"

#include <allheaders.h>

#include "tests/unit/unit.h"

/* A page of A4 at 100 dpi with lines of print, in colours. */
#define WIDE   827
#define HIGH   1169
#define PAPER  0xF0ECE400u
#define BLACK  0x24242400u
#define BLUE   0x3040B000u
#define VIOLET 0x7038B000u
#define RED    0xC8203000u

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static struct Pix *page(void)
{
    struct Pix *p = pixCreate(WIDE, HIGH, 32);

    assert_non_null(p);
    (void)pixSetAllArbitrary(p, PAPER);
    return p;
}

/* Ink prints over ink: each channel takes what both let through. */
static void dab(struct Pix *p, int x, int y, l_uint32 ink)
{
    l_uint32 was = 0, now = 0;

    (void)pixGetPixel(p, x, y, &was);
    for (int shift = 8; shift < 32; shift += 8) {
        l_uint32 a = was >> shift & 0xFF, b = ink >> shift & 0xFF;

        now |= (a < b ? a : b) << shift;
    }
    (void)pixSetPixel(p, x, y, now);
}

/* Strokes that stand beside each other, as letters do. */
static void line(struct Pix *p, int x, int y, int wide, l_uint32 ink)
{
    for (int i = 0; i < wide; i++)
        for (int j = 0; j < 10 && i % 6 < 2; j++)
            dab(p, x + i, y + j, ink);
}

/* A ring of 36 mm with rays in it. */
static void seal(struct Pix *p, int cx, int cy, l_uint32 ink)
{
    for (int y = -71; y <= 71; y++)
        for (int x = -71; x <= 71; x++) {
            int d2 = x * x + y * y;

            if (d2 <= 71 * 71 && (d2 >= 67 * 67 || (x + y) % 9 == 0))
                dab(p, cx + x, cy + y, ink);
        }
}

static int places(struct Pix *p)
{
    struct blue b;
    struct err e = ERR_INIT;

    unit_ok(blue_find(p, WIDE * 3, HIGH * 3, 300, &b, &e), &e);
    return b.count;
}

static void test_blue__a_seal_over_print_is_a_place(void **state)
{
    static const l_uint32 INKS[] = {BLUE, VIOLET};
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(INKS); i++) {
        AUTO(pix_auto) struct Pix *p = page();
        struct blue b;

        for (int y = 0; y < 6; y++)
            line(p, 100, 520 + y * 25, 600, BLACK);
        seal(p, 400, 600, INKS[i]);
        unit_ok(blue_find(p, WIDE * 3, HIGH * 3, 300, &b, &e), &e);
        assert_int_equal(b.count, 1);
        assert_in_range(b.place[0].x, (400 - 71 - 12) * 3, (400 - 71) * 3);
        assert_in_range(b.place[0].y, (600 - 71 - 12) * 3, (600 - 71) * 3);
        assert_in_range(b.place[0].w, 143 * 3, (143 + 24) * 3);
        assert_in_range(b.place[0].h, 143 * 3, (143 + 24) * 3);
        assert_true(b.area_mm2 > 100);
    }
}

static void test_blue__other_blue_is_no_place(void **state)
{
    (void)state;
    {
        AUTO(pix_auto) struct Pix *p = page(); /* nothing blue, a red seal */

        line(p, 100, 600, 600, BLACK);
        seal(p, 400, 600, RED);
        assert_int_equal(places(p), 0);
    }
    {
        AUTO(pix_auto) struct Pix *p = page(); /* typed in blue */

        for (int y = 0; y < 30; y++)
            line(p, 100, 100 + y * 25, 600, BLUE);
        assert_int_equal(places(p), 0);
    }
    {
        AUTO(pix_auto) struct Pix *p = page(); /* a seal with no print under it */

        line(p, 100, 100, 600, BLACK);
        seal(p, 400, 600, BLUE);
        assert_int_equal(places(p), 0);
    }
    {
        AUTO(pix_auto) struct Pix *p = page(); /* bluish paper */

        (void)pixSetAllArbitrary(p, 0xC0C8F000u);
        line(p, 100, 600, 600, BLACK);
        assert_int_equal(places(p), 0);
    }
}

static void test_blue__without_colours_it_fails(void **state)
{
    AUTO(pix_auto) struct Pix *grey = pixCreate(10, 10, 8);
    struct blue b;
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(blue_find(grey, 10, 10, 100, &b, &e), -1);
    assert_int_equal(e.code, ERR_OCR_FAILED);
    assert_int_equal(blue_find(NULL, 10, 10, 100, &b, &e), -1);
    assert_int_equal(b.count, 0);
}

static int level(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    (void)pixGetPixel(p, x, y, &v);
    return (int)v;
}

/* Within the place blue becomes paper and black stays; outside nothing is changed. */
static void test_blue__its_place_is_mixed_in(void **state)
{
    AUTO(pix_auto) struct Pix *red = pixCreate(200, 100, 8);
    AUTO(pix_auto) struct Pix *light = pixCreate(200, 100, 8);
    AUTO(pix_auto) struct Pix *other = pixCreate(200, 99, 8);
    AUTO(pix_auto) struct Pix *out = NULL;
    struct blue b = {.count = 1, .place[0] = {.x = 40, .y = 40, .w = 200, .h = 100}};

    (void)state;
    (void)pixSetAllArbitrary(red, 236);
    (void)pixSetAllArbitrary(light, 240);
    for (int x = 0; x < 200; x++) {
        (void)pixSetPixel(red, x, 30, 48); /* blue ink */
        (void)pixSetPixel(light, x, 30, 176);
        (void)pixSetPixel(red, x, 50, 36); /* black ink */
        (void)pixSetPixel(light, x, 50, 38);
    }
    (void)pixSetPixel(red, 60, 30, 30); /* black under blue */
    (void)pixSetPixel(light, 60, 30, 40);
    out = blue_mix(red, light, 400, &b);
    assert_non_null(out);
    assert_true(level(out, 30, 30) > 230);
    assert_true(level(out, 60, 30) < 60);
    assert_true(level(out, 30, 50) < 45);
    assert_int_equal(level(out, 10, 30), 48);  /* left of the place */
    assert_int_equal(level(out, 150, 30), 48); /* right of it */
    assert_int_equal(level(red, 30, 30), 48);
    assert_null(blue_mix(red, other, 400, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blue__a_seal_over_print_is_a_place),
        cmocka_unit_test(test_blue__other_blue_is_no_place),
        cmocka_unit_test(test_blue__without_colours_it_fails),
        cmocka_unit_test(test_blue__its_place_is_mixed_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
