/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/quad.h"

#include <math.h>

#include "node/base/mem.h"
#include "ocr/map.h"
#include "ocr/prep.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

#define PAGE_W  840
#define PAGE_H  1188
#define PHOTO_W 900
#define PHOTO_H 1200
#define PAPER   235

/* A page of bars like words, so that lines of them end in white. */
static int paper_at(double x, double y)
{
    int col = (int)x / 60, row = (int)y / 40;

    if (x < 90 || y < 120 || x > PAGE_W - 90 || y > PAGE_H - 160)
        return PAPER;
    return fmod(x, 60) < 44 && fmod(y, 40) < 14 && (col + row) % 7 ? 40 : PAPER;
}

/* What a photo is of: where the sheet's corners are, and how it is lit. */
struct scene {
    double quad[8];
    int desk;
    double shade;                      /* light in the shadow */
    double shade_x, shade_y, shade_at; /* shadow where x * X + y * Y > AT */
};

/* The inverse of map_quad() by Newton's steps, from a place nearby: independent of how
 * it is computed there. */
static void on_paper(const struct map *m, double px, double py, double *x, double *y)
{
    for (int i = 0; i < 8; i++) {
        double ax = 0, ay = 0, bx = 0, by = 0, cx = 0, cy = 0, det = 0;

        map_point(m, *x, *y, &ax, &ay);
        map_point(m, *x + 1, *y, &bx, &by);
        map_point(m, *x, *y + 1, &cx, &cy);
        bx -= ax;
        by -= ay;
        cx -= ax;
        cy -= ay;
        det = bx * cy - cx * by;
        *x += ((px - ax) * cy - cx * (py - ay)) / det;
        *y += (bx * (py - ay) - (px - ax) * by) / det;
    }
}

static struct Pix *photo_of(const struct scene *s)
{
    struct Pix *p = pixCreate(PHOTO_W, PHOTO_H, 8);
    struct map m;

    assert_non_null(p);
    assert_true(map_quad(&m, s->quad, PAGE_W, PAGE_H));
    for (int y = 0; y < PHOTO_H; y++) {
        double u = PAGE_W / 2.0, v = PAGE_H / 2.0;

        for (int x = 0; x < PHOTO_W; x++) {
            double level = s->desk + (x / 5 + y / 9) % 5;

            on_paper(&m, x + 0.5, y + 0.5, &u, &v);
            if (u >= 0 && v >= 0 && u < PAGE_W && v < PAGE_H)
                level = paper_at(u, v);
            if (s->shade > 0 && x * s->shade_x + y * s->shade_y > s->shade_at)
                level *= s->shade;
            (void)pixSetPixel(p, x, y, (l_uint32)level);
        }
    }
    return p;
}

#define LAID                                                                           \
    {                                                                                  \
        120, 95, 770, 130, 822, 1080, 70, 1105                                         \
    }

static void corners_are(const struct quad_found *q, const double quad[8])
{
    for (int i = 0; i < 8; i++)
        if (fabs(q->at[i] - quad[i]) > 5)
            fail_msg("corner %d at %.1f, not %.1f", i, q->at[i], quad[i]);
}

static void test_quad__finds_a_sheet_on_a_desk(void **state)
{
    static const struct scene SCENES[] = {
        {LAID, 90, 0, 0, 0, 0},
        {LAID, 170, 0, 0, 0, 0},
        /* In the shadow paper is darker than the lit desk. */
        {LAID, 150, 0.55, 0, 1, 620},
        {LAID, 120, 0.6, 1, 0.7, 800},
        {{60, 180, 700, 60, 840, 1000, 190, 1130}, 60, 0.7, 1, 0, 450},
        {{160, 300, 760, 300, 760, 1140, 160, 1140}, 110, 0, 0, 0, 0},
        /* Small; and a corner that is not in the photo. */
        {{280, 390, 600, 390, 600, 840, 280, 840}, 110, 0, 0, 0, 0},
        {{60, -25, 800, 40, 840, 1100, 30, 1080}, 110, 0, 0, 0, 0},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(SCENES); i++) {
        struct Pix *p = photo_of(&SCENES[i]);
        struct quad_found q = {0};
        struct err e = ERR_INIT;

        unit_ok(quad_find(p, &q, &e), &e);
        assert_string_equal(q.reason, "found");
        assert_true(q.found && q.a_sheet && q.sure >= 80);
        corners_are(&q, SCENES[i].quad);
        pixDestroy(&p);
    }
}

static void refused(struct Pix *p, const char *reason)
{
    struct quad_found q = {.found = true};
    struct err e = ERR_INIT;

    unit_ok(quad_find(p, &q, &e), &e);
    assert_false(q.found);
    assert_string_equal(q.reason, reason);
    pixDestroy(&p);
}

static void test_quad__leaves_scans_alone(void **state)
{
    struct scene whole = {
        {-1, -1, PHOTO_W + 1, -1, PHOTO_W + 1, PHOTO_H + 1, -1, PHOTO_H + 1},
        0,
        0,
        0,
        0,
        0};
    struct Pix *p = photo_of(&whole);

    (void)state;
    refused(pixCopy(NULL, p), "light-frame");
    /* A scanner's black strip at one side is no desk. */
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < 60; x++)
            (void)pixSetPixel(p, x, y, 20);
    refused(p, "no-edges");
}

/* A shadow across a scan, parallel to its sides, is dark in all of its frame. */
static void test_quad__takes_no_shadow_for_a_side(void **state)
{
    struct scene s = {
        {-1, -1, PHOTO_W + 1, -1, PHOTO_W + 1, PHOTO_H + 1, -1, PHOTO_H + 1},
        0,
        0.6,
        0,
        1,
        700};

    (void)state;
    refused(photo_of(&s), "no-edges");
    /* The sheet's lower end hangs out of the picture: three sides are there, and a
     * shadow where the fourth could be. */
    s = (struct scene){{120, 95, 770, 130, 822, 1580, 70, 1605}, 90, 0.6, 0, 1, 900};
    refused(photo_of(&s), "no-sheet");
}

static void test_quad__refuses_what_is_no_sheet(void **state)
{
    struct Pix *p = pixCreate(PHOTO_W, PHOTO_H, 8);

    (void)state;
    refused(pixScale(p, 0.4F, 0.4F), "small");
    refused(pixCopy(NULL, p), "no-edges");
    /* A light disc. */
    for (int y = 0; y < PHOTO_H; y++)
        for (int x = 0; x < PHOTO_W; x++)
            if ((x - 450) * (x - 450) + (y - 600) * (y - 600) < 400 * 400)
                (void)pixSetPixel(p, x, y, 230);
    refused(p, "no-sheet");
}

/* A sheet of another shape keeps it. */
static void test_quad__other_shapes_are_no_a_sheet(void **state)
{
    struct scene s = {{100, 300, 800, 300, 800, 1010, 100, 1010}, 80, 0, 0, 0, 0};
    struct Pix *p = photo_of(&s), *made = NULL;
    struct quad_found q = {0};
    struct map map;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(quad_find(p, &q, &e), &e);
    assert_true(q.found && !q.a_sheet);
    unit_ok(quad_cut(p, &q, 100, &made, &map, &e), &e);
    assert_int_equal(pixGetWidth(made), 827);
    assert_true(abs(pixGetHeight(made) - 827 * 710 / 700) < 8);
    pixDestroy(&made);
    pixDestroy(&p);
}

/* Words in the cut sheet lie where words lay in the photo. */
static void cut_and_compare(const struct scene *s, int dpi)
{
    struct Pix *p = photo_of(s), *made = NULL;
    struct quad_found q = {0};
    struct map map, truth;
    struct err e = ERR_INIT;
    double worst = 0;
    int w = 0, h = 0;

    assert_true(map_quad(&truth, s->quad, PAGE_W, PAGE_H));
    unit_ok(quad_find(p, &q, &e), &e);
    assert_true(q.found);
    unit_ok(quad_cut(p, &q, dpi, &made, &map, &e), &e);
    w = pixGetWidth(made);
    h = pixGetHeight(made);
    for (int i = 0; i < 400; i++) {
        double x = w * (0.05 + 0.9 * (i % 20) / 20), y = h * (0.05 + 0.9 * i / 400);
        double px = 0, py = 0, u = PAGE_W / 2.0, v = PAGE_H / 2.0;
        l_uint32 level = 0;

        /* By its map the place lies on the sheet where its share of the sheet is ... */
        map_point(&map, x, y, &px, &py);
        on_paper(&truth, px, py, &u, &v);
        worst = fmax(worst, fabs(u / PAGE_W - x / w));
        worst = fmax(worst, fabs(v / PAGE_H - y / h));
        /* ... and it has the level of the photo there. */
        assert_int_equal(pixGetPixel(made, (int)x, (int)y, &level), 0);
        if (paper_at(u - 5, v - 5) == paper_at(u + 5, v + 5) &&
            paper_at(u - 5, v + 5) == paper_at(u + 5, v - 5) &&
            paper_at(u, v) == paper_at(u + 5, v + 5))
            assert_true(abs((int)level - paper_at(u, v)) < 30);
    }
    assert_true(worst < 0.006);
    assert_int_equal(w < h ? w : h, (int)lround(8.27 * dpi));
    pixDestroy(&made);
    pixDestroy(&p);
}

static void test_quad__a_corner_not_in_the_photo_is_white(void **state)
{
    static const struct scene S = {
        {60, -25, 800, 40, 840, 1100, 30, 1080}, 110, 0, 0, 0, 0};
    struct Pix *p = photo_of(&S), *made = NULL;
    struct quad_found q = {0};
    struct map map;
    struct err e = ERR_INIT;
    l_uint32 level = 0;

    (void)state;
    unit_ok(quad_find(p, &q, &e), &e);
    assert_true(q.found);
    unit_ok(quad_cut(p, &q, 100, &made, &map, &e), &e);
    assert_int_equal(pixGetPixel(made, 3, 3, &level), 0);
    assert_int_equal(level, 255);
    assert_int_equal(pixGetPixel(made, pixGetWidth(made) - 30, 30, &level), 0);
    assert_int_equal(level, PAPER);
    pixDestroy(&made);
    pixDestroy(&p);
}

static void test_quad__cut_places_find_back(void **state)
{
    static const struct scene S = {LAID, 90, 0, 0, 0, 0};

    (void)state;
    cut_and_compare(&S, 170); /* larger than in the photo */
    cut_and_compare(&S, 40);  /* four places a pixel */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_quad__finds_a_sheet_on_a_desk),
        cmocka_unit_test(test_quad__leaves_scans_alone),
        cmocka_unit_test(test_quad__takes_no_shadow_for_a_side),
        cmocka_unit_test(test_quad__refuses_what_is_no_sheet),
        cmocka_unit_test(test_quad__other_shapes_are_no_a_sheet),
        cmocka_unit_test(test_quad__a_corner_not_in_the_photo_is_white),
        cmocka_unit_test(test_quad__cut_places_find_back),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
