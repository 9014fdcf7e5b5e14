/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/stamps.h"

#include <math.h>

#include <allheaders.h>

#include "ocr/tess.h"
#include "tests/unit/unit.h"

/* A page of A4 at 300 dpi, on which stamps are drawn with leptonica's own font. */
#define DPI   300
#define WIDE  2480
#define HIGH  3508
#define RED   0xC8101800u
#define BLACK 0x20202000u
#define PAPER 0xF4F0E800u
#define MM    (DPI / 25.4)

struct drawn {
    struct Pix *page;  /* owned, 32 bits */
    struct Pix *small; /* owned */
    bool fails;        /* the sharper picture cannot be had */
    int asked;         /* how often it was asked for */
};

static void drawn_auto(struct drawn *d)
{
    pixDestroy(&d->page);
    pixDestroy(&d->small);
}

static int sharper(void *ctx, struct Pix **out, struct err *e)
{
    struct drawn *d = ctx;

    d->asked++;
    if (d->fails)
        return err_set(e, ERR_IMAGE_DAMAGED, "page 1");
    *out = pixClone(d->page);
    return 0;
}

static void begin(struct drawn *d)
{
    d->page = pixCreate(WIDE, HIGH, 32);
    assert_non_null(d->page);
    (void)pixSetAllArbitrary(d->page, PAPER);
}

/* Everything of @from that is not paper, turned by @deg about its middle, onto the
 * page. */
static void lay(struct drawn *d, struct Pix *from, int x, int y, double deg)
{
    struct Pix *turned = pixRotate(from, (l_float32)(deg * M_PI / 180),
                                   L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0, 0);

    for (int j = 0; j < pixGetHeight(turned); j++)
        for (int i = 0; i < pixGetWidth(turned); i++) {
            l_uint32 v = 0;

            (void)pixGetPixel(turned, i, j, &v);
            if ((v >> 16 & 0xFF) < 0xB0)
                (void)pixSetPixel(d->page, x + i, y + j, v);
        }
    pixDestroy(&turned);
}

/* A box of @wide_mm by @high_mm with @word, as tall as the font is. */
static void stamp(struct drawn *d, const char *word, double wide_mm, double high_mm,
                  l_uint32 ink, int x, int y, double deg)
{
    int wide = (int)(wide_mm * MM), high = (int)(high_mm * MM), pad = 60;
    struct Pix *p = pixCreate(wide + 2 * pad, high + 2 * pad, 32);
    struct Box *box = boxCreate(pad, pad, wide, high);
    struct L_Bmf *font = bmfCreate(NULL, 20);
    l_int32 used = 0, over = 0;

    (void)pixSetAllArbitrary(p, 0xFFFFFF00u);
    (void)pixRenderBoxArb(p, box, 6, (l_uint8)(ink >> 24), (l_uint8)(ink >> 16),
                          (l_uint8)(ink >> 8));
    if (word) {
        l_int32 text_wide = 0;

        (void)bmfGetStringWidth(font, word, &text_wide);
        (void)pixSetTextline(p, font, word, ink, pad + (wide - text_wide) / 2,
                             pad + high / 2 + 22, &used, &over);
    }
    lay(d, p, x - pad, y - pad, deg);
    boxDestroy(&box);
    bmfDestroy(&font);
    pixDestroy(&p);
}

/* A ring with letters in it, as red seals are. */
static void seal(struct drawn *d, int cx, int cy, double across_mm)
{
    double radius = across_mm * MM / 2;

    for (int y = cy - (int)radius; y <= cy + (int)radius; y++)
        for (int x = cx - (int)radius; x <= cx + (int)radius; x++) {
            double r = hypot(x - cx, y - cy);

            if (r <= radius && (r >= radius - 10 || r <= radius / 4))
                (void)pixSetPixel(d->page, x, y, RED);
        }
}

static void find(struct drawn *d, struct stamps *out)
{
    AUTO_TESS struct tess *t = NULL;
    struct stamps_page page = {
        .width_px = WIDE, .dpi = DPI, .sharper = sharper, .ctx = d};
    struct err e = ERR_INIT;

    unit_ok(tess_open(&t, &e), &e);
    pixDestroy(&d->small);
    d->small = pixScaleAreaMap(d->page, (l_float32)STAMPS_DPI / DPI,
                               (l_float32)STAMPS_DPI / DPI);
    page.small = d->small;
    unit_ok(stamps_find(t, &page, out, &e), &e);
}

static void test_stamps__finds_the_word_in_a_box(void **state)
{
    static const struct {
        const char *word;
        double wide_mm;
        l_uint32 ink;
        double deg;
        enum secrecy_grade grade;
    } CASES[] = {
        {"MAT", 20, RED, 0, SECRECY_MAT},
        {"MAT", 20, RED, 9, SECRECY_MAT},
        {"MAT", 20, BLACK, 0, SECRECY_MAT},
        {"TOI MAT", 32, RED, -7, SECRECY_TOI_MAT},
        {"TUYET MAT", 40, BLACK, 5, SECRECY_TUYET_MAT},
        {"MAT", 20, RED, 180, SECRECY_MAT},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO(drawn_auto) struct drawn d = {0};
        struct stamps found = {0};

        begin(&d);
        stamp(&d, CASES[i].word, CASES[i].wide_mm, 10, CASES[i].ink, 400, 700,
              CASES[i].deg);
        find(&d, &found);
        if (found.grade != CASES[i].grade)
            fail_msg("case %zu: %s", i, stamps_name(found.grade));
        assert_int_equal(found.red, CASES[i].ink == RED);
        /* The box lies where it was drawn. */
        assert_true(
            abs(found.x + found.w / 2 - (400 + (int)(CASES[i].wide_mm * MM / 2))) < 20);
        assert_true(abs(found.y + found.h / 2 - (700 + (int)(5 * MM))) < 20);
        assert_int_equal(d.asked, 1);
    }
}

static void test_stamps__leaves_other_stamps_and_seals(void **state)
{
    AUTO(drawn_auto) struct drawn d = {0};
    struct stamps found = {0};

    (void)state;
    begin(&d);
    stamp(&d, "KHAN", 30, 10, RED, 400, 700, 0);
    stamp(&d, "HOA TOC", 30, 10, BLACK, 400, 1000, 4);
    stamp(&d, NULL, 40, 12, BLACK, 400, 1300, 0);
    seal(&d, 1700, 2600, 36);
    find(&d, &found);
    assert_int_equal(found.grade, SECRECY_NONE);
    assert_int_equal(found.places, 3);
    assert_int_equal(found.seals, 1);
    assert_string_equal(stamps_name(found.grade), "none");
}

static void test_stamps__a_page_without_any_costs_no_second_look(void **state)
{
    AUTO(drawn_auto) struct drawn d = {.fails = true};
    struct stamps found = {.grade = SECRECY_MAT};

    (void)state;
    begin(&d);
    /* Too small, too large, and a rule alone. */
    stamp(&d, NULL, 4, 3, BLACK, 300, 300, 0);
    stamp(&d, NULL, 120, 60, BLACK, 300, 600, 0);
    stamp(&d, NULL, 60, 0.2, BLACK, 300, 2000, 0);
    seal(&d, 1700, 2600, 36);
    find(&d, &found);
    assert_int_equal(found.grade, SECRECY_NONE);
    assert_int_equal(d.asked, 0);
}

static void test_stamps__a_place_that_cannot_be_looked_at_is_an_error(void **state)
{
    AUTO(drawn_auto) struct drawn d = {.fails = true};
    AUTO_TESS struct tess *t = NULL;
    struct stamps_page page = {
        .width_px = WIDE, .dpi = DPI, .sharper = sharper, .ctx = &d};
    struct stamps found = {.grade = SECRECY_TOI_MAT};
    struct err e = ERR_INIT;

    (void)state;
    begin(&d);
    stamp(&d, "MAT", 20, 10, RED, 400, 700, 0);
    d.small = pixScaleAreaMap(d.page, (l_float32)STAMPS_DPI / DPI,
                              (l_float32)STAMPS_DPI / DPI);
    unit_ok(tess_open(&t, &e), &e);
    assert_int_equal(stamps_find(t, &page, &found, &e), -1);
    assert_int_equal(e.code, ERR_OCR_FAILED); /* no picture */
    err_clear(&e);
    page.small = d.small;
    assert_int_equal(stamps_find(t, &page, &found, &e), -1);
    assert_int_equal(e.code, ERR_IMAGE_DAMAGED);
    assert_int_equal(found.grade, SECRECY_TOI_MAT); /* not touched */
}

static void test_stamps__red_lines_are_measured(void **state)
{
    AUTO(drawn_auto) struct drawn d = {0};
    struct L_Bmf *font = bmfCreate(NULL, 16);
    struct stamps found = {0};
    l_int32 used = 0, over = 0;

    (void)state;
    begin(&d);
    for (int i = 0; i < 3; i++)
        (void)pixSetTextline(d.page, font, "Ban nay gui cho cac phong ban trong xa",
                             RED, 300, 800 + i * 130, &used, &over);
    bmfDestroy(&font);
    find(&d, &found);
    assert_int_equal(found.grade, SECRECY_NONE);
    assert_true(found.red_mm >= 3 * 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamps__finds_the_word_in_a_box),
        cmocka_unit_test(test_stamps__leaves_other_stamps_and_seals),
        cmocka_unit_test(test_stamps__a_page_without_any_costs_no_second_look),
        cmocka_unit_test(test_stamps__a_place_that_cannot_be_looked_at_is_an_error),
        cmocka_unit_test(test_stamps__red_lines_are_measured),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
