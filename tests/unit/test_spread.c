/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/spread.h"

#include <math.h>

#include "ocr/map.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

/* Two A4 pages at 120 dpi, drawn: bars for words. */
#define DPI    120
#define WIDTH  1984
#define HEIGHT 1403
#define MIDDLE (WIDTH / 2)
#define PAPER  235

static struct Pix *blank(int w, int h)
{
    struct Pix *p = pixCreate(w, h, 8);

    assert_non_null(p);
    assert_int_equal(pixSetAllGray(p, PAPER), 0);
    return p;
}

static void bar(struct Pix *p, int x, int y, int w, int h)
{
    for (int k = 0; k < h; k++)
        for (int i = 0; i < w; i++)
            (void)pixSetPixel(p, x + i, y + k, 40);
}

/* Lines of text between @x0 and @x1, falling by @lean as they go on. */
static void text(struct Pix *p, int x0, int x1, int y0, int y1, double lean)
{
    int n = 0;

    for (int y = y0; y < y1; y += 24)
        for (int x = x0 + y % 7; x < x1 - 6; x += 6 + (n * n + y) % 4, n++)
            if (n % 9 != 8 && n % 31 != 30)
                bar(p, x, y + (int)lround(lean * (x - x0)), 3, 10);
}

/* The dark of a fold: deep and narrow, and more at the top than below. */
static void fold(struct Pix *p, double at, double lean)
{
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double d = (x - at - lean * (y - HEIGHT / 2.0)) / 35;
            double light = 1 - (0.5 - 0.15 * y / HEIGHT) * exp(-d * d);
            l_uint32 v = 0;

            (void)pixGetPixel(p, x, y, &v);
            (void)pixSetPixel(p, x, y, (l_uint32)(v * light));
        }
}

static const char *look(struct Pix *p, struct spread *s)
{
    struct err e = ERR_INIT;

    unit_ok(spread_find(p, DPI, s, &e), &e);
    assert_int_equal(s->found, strcmp(s->reason, "shadow") == 0 ||
                                   strcmp(s->reason, "margins") == 0);
    return s->reason;
}

/* Its pages lean apart, its fold leans as well and lies beside the middle. */
static struct Pix *book(double at, double lean)
{
    struct Pix *p = blank(WIDTH, HEIGHT);

    text(p, 110, (int)at - 90, 120, HEIGHT - 150, 0.014);
    text(p, (int)at + 90, WIDTH - 110, 130, HEIGHT - 120, -0.016);
    fold(p, at, lean);
    return p;
}

static void test_spread__finds_the_fold_of_a_book(void **state)
{
    static const double AT[] = {MIDDLE, MIDDLE + 95, MIDDLE - 60};
    static const double LEAN[] = {0, 0.03, -0.02};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(AT); i++) {
        struct Pix *p = book(AT[i], LEAN[i]);
        struct spread s;

        assert_string_equal(look(p, &s), "shadow");
        assert_true(fabs(s.x - AT[i]) < 8);
        assert_true(fabs(s.lean - LEAN[i]) < 0.012);
        assert_true(s.dip > 0.1);
        pixDestroy(&p);
    }
}

static void test_spread__finds_two_sheets_side_by_side(void **state)
{
    struct Pix *p = blank(WIDTH, HEIGHT);
    struct spread s;

    (void)state;
    text(p, 110, MIDDLE - 70, 120, HEIGHT - 150, 0);
    text(p, MIDDLE + 80, WIDTH - 110, 130, HEIGHT - 120, 0.01);
    assert_string_equal(look(p, &s), "margins");
    assert_true(fabs(s.x - MIDDLE) < 70);
    pixDestroy(&p);
}

/* Each half holds its own text and nothing of the other; its map leads back. */
static void test_spread__cuts_along_the_fold(void **state)
{
    struct Pix *p = book(MIDDLE, 0.03);
    struct spread s;
    struct err e = ERR_INIT;

    (void)state;
    bar(p, 1500, 700, 40, 40);
    bar(p, 400, 700, 40, 40);
    assert_string_equal(look(p, &s), "shadow");
    for (int half = 0; half < 2; half++) {
        struct Pix *made = NULL;
        struct map map;
        double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
        l_uint32 v = 0;

        unit_ok(spread_cut(p, DPI, &s, half, &made, &map, &e), &e);
        assert_int_equal(pixGetHeight(made), HEIGHT);
        assert_in_range(pixGetWidth(made), MIDDLE, MIDDLE + 40);
        map_point(&map, 0, 0, &x0, &y0);
        map_point(&map, 1, 1, &x1, &y1);
        assert_true(x1 - x0 == 1 && y0 == 0 && y1 == 1);
        (void)pixGetPixel(made, (half ? 1520 : 420) - (int)x0, 720, &v);
        assert_int_equal(v, 40);
        /* At the top the fold lies 21 pixels left of its middle, below it right. */
        (void)pixGetPixel(made, MIDDLE - (int)x0 + (half ? -10 : 10),
                          half ? HEIGHT - 5 : 5, &v);
        assert_true(v > 200);
        pixDestroy(&made);
    }
    pixDestroy(&p);
}

/* A landscape register: a table of ten columns, one rule just in the middle. */
static void table(struct Pix *p, bool level, bool upright, int pad)
{
    for (int y = 150; y < HEIGHT - 100; y += 60)
        if (level)
            bar(p, 92, y, 1800, 2);
    for (int i = 0; i <= 10; i++) {
        if (upright)
            bar(p, 92 + i * 180, 150, 2, HEIGHT - 250);
        if (i < 10)
            text(p, 92 + i * 180 + pad, 92 + (i + 1) * 180 - pad, 175, HEIGHT - 100, 0);
    }
}

static void test_spread__leaves_registers_whole(void **state)
{
    struct spread s;

    (void)state;
    for (int kind = 0; kind < 8; kind++) {
        struct Pix *p = blank(WIDTH, HEIGHT);

        table(p, kind & 1, kind & 2, kind & 4 ? 50 : 20);
        (void)look(p, &s);
        assert_false(s.found || (kind & 1 && strcmp(s.reason, "no-gap") != 0));
        fold(p, MIDDLE, 0); /* folded once, or in the shadow of something */
        if (kind & 1)
            assert_string_equal(look(p, &s), "no-gap");
        pixDestroy(&p);
    }
}

static void test_spread__refuses_with_a_reason(void **state)
{
    struct Pix *p = blank(HEIGHT, WIDTH), *q = NULL;
    struct spread s;

    (void)state;
    text(p, 110, HEIGHT - 110, 120, WIDTH / 2 - 70, 0);
    text(p, 110, HEIGHT - 110, WIDTH / 2 + 80, WIDTH - 120, 0);
    assert_string_equal(look(p, &s), "not-wide");
    q = pixRotateOrth(p, 1); /* a page that lies on its side, with a gap */
    assert_string_equal(look(q, &s), "not-level");
    pixDestroy(&p);
    pixDestroy(&q);
    p = blank(500, 300);
    assert_string_equal(look(p, &s), "too-small");
    pixDestroy(&p);
    p = blank(WIDTH, HEIGHT);
    fold(p, MIDDLE, 0);
    assert_string_equal(look(p, &s), "half-empty");
    text(p, 110, MIDDLE - 90, 120, HEIGHT - 150, 0);
    assert_string_equal(look(p, &s), "half-empty");
    text(p, MIDDLE + 90, WIDTH - 110, 120, HEIGHT - 150, 0);
    assert_string_equal(look(p, &s), "shadow");
    text(p, MIDDLE - 200, MIDDLE + 200, 80, 100, 0); /* a heading across */
    assert_string_equal(look(p, &s), "no-gap");
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spread__finds_the_fold_of_a_book),
        cmocka_unit_test(test_spread__finds_two_sheets_side_by_side),
        cmocka_unit_test(test_spread__cuts_along_the_fold),
        cmocka_unit_test(test_spread__leaves_registers_whole),
        cmocka_unit_test(test_spread__refuses_with_a_reason),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
