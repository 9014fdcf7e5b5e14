/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/bleed.h"

#include <math.h>

#include "node/base/mem.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

/*
 * Two sides of a sheet, drawn: rows of words of chance lengths. What lies behind is
 * turned and moved against the scan of the back, as two scans of a sheet are.
 */
#define DPI     150
#define WIDTH   1000
#define HEIGHT  1300
#define PAPER   230
#define OWN_INK 0.75 /* of light that ink keeps back */
#define MARGIN  90

struct side {
    unsigned char *ink; /* owned: 1 ink */
};

static unsigned next(unsigned *dice)
{
    *dice = *dice * 1664525U + 1013904223U;
    return *dice >> 16;
}

/* Lines of words: strokes of 3 pixels with gaps. */
static void draw(struct side *s, unsigned dice, int top, int pitch)
{
    s->ink = mem_new(WIDTH, HEIGHT);
    for (int y = top; y < HEIGHT - MARGIN; y += pitch) {
        int x = MARGIN, end = WIDTH - MARGIN - (int)(next(&dice) % 300);

        while (x < end) {
            int word = 20 + (int)(next(&dice) % 60);

            for (int i = x; i < x + word && i < end; i += 5 + (int)(next(&dice) % 5))
                for (int k = 0; k < 14; k++)
                    for (int j = 0; j < 3; j++)
                        if (next(&dice) % 8 > 0)
                            s->ink[(size_t)(y + k) * WIDTH + (size_t)(i + j)] = 1;
            x += word + 12;
        }
    }
}

static bool ink_at(const struct side *s, double x, double y)
{
    return x >= 0 && y >= 0 && x < WIDTH && y < HEIGHT &&
           s->ink[(size_t)y * WIDTH + (size_t)x];
}

/* How one scan lies behind the other. */
struct lie {
    double through, turn_deg, dx, dy;
};

/* The same, seen from the other side: mirroring undoes itself, and so does the turn. */
static struct lie from_behind(const struct lie *l)
{
    double t = l->turn_deg * M_PI / 180, mx = -l->dx, my = l->dy;

    return (struct lie){l->through, l->turn_deg, -(mx * cos(t) + my * sin(t)),
                        -(-mx * sin(t) + my * cos(t))};
}

/* Ink of @other that lies behind pixel (x, y). */
static bool behind(const struct side *other, int x, int y, const struct lie *l)
{
    double t = l->turn_deg * M_PI / 180, u = x - WIDTH / 2.0 - l->dx,
           v = y - HEIGHT / 2.0 - l->dy;

    return ink_at(other, WIDTH / 2.0 - (u * cos(t) + v * sin(t)),
                  HEIGHT / 2.0 - u * sin(t) + v * cos(t));
}

static struct Pix *scan(const struct side *own, const struct side *other,
                        const struct lie *l)
{
    struct Pix *p = pixCreate(WIDTH, HEIGHT, 8);
    unsigned dice = 5;

    assert_non_null(p);
    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            double light = PAPER * (1.0 - 0.1 * x / WIDTH);

            if (own && ink_at(own, x, y))
                light *= 1 - OWN_INK;
            if (other && behind(other, x, y, l))
                light *= 1 - l->through * OWN_INK;
            (void)pixSetPixel(p, x, y, (l_uint32)light + next(&dice) % 9);
        }
    return p;
}

/* Mean grey where @of has ink and where neither side has any, as @mirror lies. */
static double mean_at(struct Pix *p, const struct side *own, const struct side *other,
                      bool ink_behind, const struct lie *l)
{
    double sum = 0, n = 0;

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            l_uint32 v = 0;

            if (ink_at(own, x, y) || behind(other, x, y, l) != ink_behind)
                continue;
            (void)pixGetPixel(p, x, y, &v);
            sum += v / (1.0 - 0.1 * x / WIDTH);
            n++;
        }
    return n > 0 ? sum / n : 0;
}

static double ink_mean(struct Pix *p, const struct side *own)
{
    double sum = 0, n = 0;

    for (int y = 0; y < HEIGHT; y++)
        for (int x = 0; x < WIDTH; x++) {
            l_uint32 v = 0;

            if (!ink_at(own, x, y))
                continue;
            (void)pixGetPixel(p, x, y, &v);
            sum += v;
            n++;
        }
    return n > 0 ? sum / n : 0;
}

struct sheet {
    struct side front, back;
    struct Pix *front_scan, *back_scan;
};

static void sheet_draw(struct sheet *s, const struct lie *l)
{
    struct lie back = from_behind(l);

    draw(&s->front, 1, MARGIN, 37);
    draw(&s->back, 2, MARGIN, 41);
    s->front_scan = scan(&s->front, &s->back, l);
    s->back_scan = scan(&s->back, &s->front, &back);
}

static void sheet_clear(struct sheet *s)
{
    mem_free(s->front.ink);
    mem_free(s->back.ink);
    pixDestroy(&s->front_scan);
    pixDestroy(&s->back_scan);
}

static const struct lie ASKEW = {0.4, 1, 4, -4};

/* ---- cases ----------------------------------------------------------------------- */

static void test_bleed__takes_off_what_shines_through(void **state)
{
    static const struct lie CASES[] = {
        {0.4, 0, 0, 0}, {0.4, 1.7, 9, -9}, {0.25, -3.2, -14, 20}, {0.6, 4.9, 5, 2}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        const struct lie *l = &CASES[i];
        struct sheet s = {0};
        struct Pix *made = NULL;
        struct bleed_found how = {0};
        struct err e = ERR_INIT;
        double paper = 0, dark = 0, left = 0;

        sheet_draw(&s, l);
        unit_ok(bleed_remove(s.front_scan, DPI, s.back_scan, DPI, &made, &how, &e), &e);
        assert_string_equal(how.reason, "removed");
        assert_non_null(made);
        assert_true(how.agreed > how.tiles / 2);
        assert_true(fabs(how.through - l->through) < 0.12);
        paper = mean_at(made, &s.front, &s.back, false, l);
        dark = mean_at(s.front_scan, &s.front, &s.back, true, l);
        left = mean_at(made, &s.front, &s.back, true, l);
        assert_true(paper - dark > 30);
        assert_true(fabs(paper - left) < (paper - dark) / 4);
        /* The page's own letters stay as dark as they were. */
        assert_true(ink_mean(made, &s.front) < ink_mean(s.front_scan, &s.front) + 12);
        pixDestroy(&made);
        sheet_clear(&s);
    }
}

/* Another scanner, another resolution, and paper that the scanner pulled. */
static void test_bleed__sides_of_different_scans(void **state)
{
    struct sheet s = {0};
    struct Pix *made = NULL, *larger = NULL;
    struct bleed_found how = {0};
    struct err e = ERR_INIT;

    (void)state;
    sheet_draw(&s, &ASKEW);
    larger =
        pixScale(s.back_scan, 1.334F, 1.340F); /* 200 dpi, half a per cent longer */
    unit_ok(bleed_remove(s.front_scan, DPI, larger, 200, &made, &how, &e), &e);
    assert_string_equal(how.reason, "removed");
    assert_int_equal(pixGetWidth(made), WIDTH);
    pixDestroy(&made);
    pixDestroy(&larger);
    sheet_clear(&s);
}

/* Nothing is changed when the back does not belong to the page. */
static void refused(struct Pix *front, struct Pix *back, const char *reason)
{
    struct Pix *made = NULL;
    struct bleed_found how = {0};
    struct err e = ERR_INIT;

    unit_ok(bleed_remove(front, DPI, back, DPI, &made, &how, &e), &e);
    assert_string_equal(how.reason, reason);
    assert_null(made);
}

static void test_bleed__refuses_the_back_of_another_sheet(void **state)
{
    (void)state;
    for (unsigned seed = 10; seed < 14; seed++) {
        struct sheet s = {0};
        struct side stranger = {0};
        struct Pix *back = NULL;

        sheet_draw(&s, &ASKEW);
        draw(&stranger, seed, MARGIN,
             37 + (int)seed % 3 * 2); /* also with the same lines */
        back = scan(&stranger, NULL, NULL);
        refused(s.front_scan, back, "no-match");
        pixDestroy(&back);
        mem_free(stranger.ink);
        sheet_clear(&s);
    }
}

/* A ruled form: 5 columns, a row every 30 pixels. */
static void rule(struct side *s)
{
    for (int y = MARGIN - 8; y < HEIGHT - MARGIN; y += 30)
        for (int x = MARGIN; x < WIDTH - MARGIN; x++)
            s->ink[(size_t)y * WIDTH + (size_t)x] =
                s->ink[(size_t)(y + 1) * WIDTH + (size_t)x] = 1;
    for (int x = MARGIN; x < WIDTH - MARGIN; x += 160)
        for (int y = MARGIN; y < HEIGHT - MARGIN; y++)
            s->ink[(size_t)y * WIDTH + (size_t)x] =
                s->ink[(size_t)y * WIDTH + (size_t)x + 1] = 1;
}

/* Pages of one register: the rules are where they were on the true back. */
static void test_bleed__refuses_another_sheet_of_the_same_form(void **state)
{
    struct side front = {0}, back = {0}, stranger = {0};
    struct lie turned = from_behind(&ASKEW);
    struct Pix *front_scan = NULL, *back_scan = NULL, *made = NULL;
    struct bleed_found how = {0};
    struct err e = ERR_INIT;

    (void)state;
    draw(&front, 1, MARGIN, 60);
    draw(&back, 2, MARGIN + 30, 60);
    draw(&stranger, 3, MARGIN + 30, 60);
    rule(&front);
    rule(&back);
    rule(&stranger);
    front_scan = scan(&front, &back, &ASKEW);
    back_scan = scan(&stranger, &front, &turned);
    refused(front_scan, back_scan, "other-words");
    pixDestroy(&back_scan);
    back_scan = scan(&back, &front, &turned);
    unit_ok(bleed_remove(front_scan, DPI, back_scan, DPI, &made, &how, &e), &e);
    assert_string_equal(how.reason, "removed");
    pixDestroy(&made);
    pixDestroy(&front_scan);
    pixDestroy(&back_scan);
    mem_free(front.ink);
    mem_free(back.ink);
    mem_free(stranger.ink);
}

static void test_bleed__refuses_what_does_not_shine_through(void **state)
{
    struct sheet s = {0};
    struct Pix *blank = NULL;

    (void)state;
    sheet_draw(&s, &(struct lie){0});
    refused(s.front_scan, s.back_scan, "no-match");
    blank = scan(NULL, NULL, NULL);
    refused(s.front_scan, blank, "no-match"); /* the back is empty */
    refused(blank, s.back_scan, "no-match");
    /* Not turned over but shown as it is, upside down, or the page itself. */
    pixDestroy(&blank);
    sheet_clear(&s);
    sheet_draw(&s, &(struct lie){.through = 0.4});
    blank = pixFlipLR(NULL, s.back_scan);
    refused(s.front_scan, blank, "no-match");
    pixDestroy(&blank);
    blank = pixRotate180(NULL, s.back_scan);
    refused(s.front_scan, blank, "no-match");
    refused(s.front_scan, s.front_scan, "no-match");
    pixDestroy(&blank);
    sheet_clear(&s);
}

static void test_bleed__refuses_scraps(void **state)
{
    struct Pix *scrap = pixCreate(60, 40, 8);

    (void)state;
    assert_int_equal(pixSetAllGray(scrap, 200), 0);
    refused(scrap, scrap, "no-match");
    pixDestroy(&scrap);
    scrap = pixCreate(3, 2000, 8);
    refused(scrap, scrap, "no-match");
    pixDestroy(&scrap);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bleed__takes_off_what_shines_through),
        cmocka_unit_test(test_bleed__sides_of_different_scans),
        cmocka_unit_test(test_bleed__refuses_the_back_of_another_sheet),
        cmocka_unit_test(test_bleed__refuses_another_sheet_of_the_same_form),
        cmocka_unit_test(test_bleed__refuses_what_does_not_shine_through),
        cmocka_unit_test(test_bleed__refuses_scraps),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
