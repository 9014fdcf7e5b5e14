/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/border.h"

#include "tests/unit/unit.h"

#include <allheaders.h>

/* A5 at 150 dpi, sides that four does not divide. */
#define W      875
#define H      1241
#define DPI    150
#define GROUND 240
#define MM(x)  ((int)((x)*DPI / 25.4))

static struct Pix *page(void)
{
    struct Pix *p = pixCreate(W, H, 8);

    assert_non_null(p);
    assert_int_equal(pixSetAllGray(p, GROUND), 0);
    return p;
}

static void dark(struct Pix *p, int x, int y, int w, int h)
{
    for (int b = y; b < y + h; b++)
        for (int a = x; a < x + w; a++)
            (void)pixSetPixel(p, a, b, 20);
}

/* Strokes as wide as those of letters. */
static void text(struct Pix *p, int x, int y, int w, int h)
{
    for (int a = x; a + 3 <= x + w; a += 9)
        dark(p, a, y, 3, h);
}

static void disc(struct Pix *p, int cx, int cy, int r)
{
    for (int y = -r; y <= r; y++)
        for (int x = -r; x <= r; x++)
            if (x * x + y * y <= r * r)
                (void)pixSetPixel(p, cx + x, cy + y, 20);
}

static int level(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    assert_int_equal(pixGetPixel(p, x, y, &v), 0);
    return (int)v;
}

static void cleaned(struct Pix *p, struct Pix **out, struct border_found *how)
{
    struct err e = ERR_INIT;

    unit_ok(border_clean(p, DPI, GROUND, out, how, &e), &e);
}

static void left_alone(struct Pix *p, const char *reason)
{
    struct border_found how = {0};
    struct Pix *made = NULL;

    cleaned(p, &made, &how);
    assert_null(made);
    assert_int_equal(how.strips + how.holes, 0);
    assert_string_equal(how.reason, reason);
    pixDestroy(&p);
}

static void test_border__paints_over_black_strips(void **state)
{
    struct Pix *p = page(), *made = NULL;
    struct border_found how = {0};

    (void)state;
    dark(p, W - MM(6), 0, MM(6), H); /* to the very last column */
    dark(p, 0, H - MM(4), W, MM(4)); /* and row: an L */
    text(p, MM(20), MM(30), MM(80), MM(3));
    cleaned(p, &made, &how);
    assert_non_null(made);
    assert_int_equal(how.strips, 1);
    assert_string_equal(how.reason, "painted");
    assert_int_equal(pixGetWidth(made), W);
    assert_int_equal(pixGetHeight(made), H);
    for (int y = 0; y < H; y += 3)
        for (int x = W - MM(7); x < W; x++)
            assert_int_equal(level(made, x, y), GROUND);
    for (int x = 0; x < W; x++)
        assert_int_equal(level(made, x, H - 1), GROUND);
    /* What is written stays to the pixel, and so does the page that was given. */
    for (int x = MM(20); x < MM(100); x++)
        assert_int_equal(level(made, x, MM(31)), level(p, x, MM(31)));
    assert_int_equal(level(p, W - 1, 5), 20);
    pixDestroy(&made);
    pixDestroy(&p);
}

static void test_border__paints_over_punch_holes(void **state)
{
    struct Pix *p = page(), *made = NULL;
    struct border_found how = {0};

    (void)state;
    disc(p, MM(12), MM(60), MM(3));
    disc(p, MM(12), MM(140), MM(3));
    cleaned(p, &made, &how);
    assert_non_null(made);
    assert_int_equal(how.holes, 2);
    assert_int_equal(level(made, MM(12), MM(60)), GROUND);
    assert_int_equal(level(made, MM(12) - MM(3) + 1, MM(60)), GROUND);
    pixDestroy(&made);
    pixDestroy(&p);
}

static void test_border__leaves_what_is_no_border(void **state)
{
    struct Pix *p = page();

    (void)state;
    left_alone(pixCopy(NULL, p), "clear");
    text(p, 0, MM(30), W, MM(3));      /* text cut off by the edge */
    dark(p, 0, MM(80), W, 2);          /* a rule from edge to edge */
    dark(p, 0, MM(120), MM(5), MM(5)); /* a letter, large and bold, at the edge */
    left_alone(p, "clear");
    p = page();
    disc(p, W / 2, H / 2, MM(3));          /* in the middle of a page */
    disc(p, MM(14), MM(60), MM(1));        /* a full stop */
    dark(p, MM(8), MM(100), MM(6), MM(6)); /* a square */
    left_alone(p, "clear");
}

static void test_border__refuses_when_text_is_near_or_it_is_deep(void **state)
{
    struct Pix *p = page();
    struct border_found how = {0};
    struct Pix *made = NULL;

    (void)state;
    dark(p, 0, 0, MM(30), H); /* a picture, or half of the page in the dark */
    left_alone(p, "refused");
    p = page();
    dark(p, 0, 0, MM(6), H);
    text(p, MM(6), MM(20), MM(2), H - MM(40)); /* up to the strip, along all of it */
    for (int y = MM(20); y < H - MM(20); y += 9)
        dark(p, MM(6), y, MM(3), 4);
    left_alone(p, "refused");
    /* A rule that ends in it is no reason. */
    p = page();
    dark(p, 0, 0, MM(6), H);
    dark(p, MM(6), MM(50), MM(60), 2);
    cleaned(p, &made, &how);
    assert_int_equal(how.strips, 1);
    assert_int_equal(level(made, MM(40), MM(50)), 20);
    pixDestroy(&made);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_border__paints_over_black_strips),
        cmocka_unit_test(test_border__paints_over_punch_holes),
        cmocka_unit_test(test_border__leaves_what_is_no_border),
        cmocka_unit_test(test_border__refuses_when_text_is_near_or_it_is_deep),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
