/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/mrc.h"

#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

#include "ocr/image.h"
#include "ocr/mask.h"

#define STEP   3 /* a small pixel is so many large ones */
#define SEAL_X 1500
#define SEAL_Y 2400
#define SEAL_R 180

struct page {
    struct Pix *grey, *small;
};

static void page_clear(struct page *p)
{
    pixDestroy(&p->grey);
    pixDestroy(&p->small);
}
#define AUTO_PAGE AUTO(page_clear)

/* The letter in @ink with a red ring below it, through a colour PPM and our decoder. */
static struct page page_make(unsigned ink, bool seal)
{
    struct page out = {0};
    struct Pix *grey = letter_draw(2), *color = pixConvert8To32(grey);
    AUTO_STR struct str file = STR_INIT((size_t)64 << 20);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_RED, .small_width_px = LETTER_W / STEP};
    struct err e = ERR_INIT;

    str_addf(&file, "P6\n%d %d\n255\n", LETTER_W, LETTER_H);
    for (int y = 0; y < LETTER_H; y++)
        for (int x = 0; x < LETTER_W; x++) {
            l_uint32 v = 0;
            int dx = x - SEAL_X, dy = y - SEAL_Y, d = dx * dx + dy * dy;

            (void)pixGetPixel(color, x, y, &v);
            if (v >> 24 < 0x80)
                v = ink << 8;
            if (seal && d < SEAL_R * SEAL_R && d > (SEAL_R - 20) * (SEAL_R - 20))
                v = 0xD0202000;
            str_add_char(&file, (char)(v >> 24));
            str_add_char(&file, (char)(v >> 16));
            str_add_char(&file, (char)(v >> 8));
        }
    pixDestroy(&grey);
    pixDestroy(&color);
    unit_ok(image_open_mem(file.p, file.len, IMAGE_PNM, &im, &e), &e);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    out = (struct page){.grey = TAKE(shot.pix), .small = TAKE(shot.small)};
    return out;
}

static struct mrc_source source(const struct page *p, bool color)
{
    return (struct mrc_source){.grey = p->grey,
                               .small = p->small,
                               .color = color,
                               .width_px = LETTER_W,
                               .height_px = LETTER_H,
                               .dpi = LETTER_DPI};
}

/* A JPEG of ours, decoded. */
static struct Pix *decoded(const struct mrc_layer *l)
{
    struct Pix *p = pixReadMem((const l_uint8 *)l->bytes.p, l->bytes.len);

    assert_non_null(p);
    assert_int_equal(pixGetWidth(p), l->width);
    assert_int_equal(pixGetHeight(p), l->height);
    return p;
}

static void rgb_at(struct Pix *p, int x, int y, int rgb[3])
{
    assert_int_equal(pixGetRGBPixel(p, x, y, &rgb[0], &rgb[1], &rgb[2]), 0);
}

static void test_mrc__small_picture_is_the_mean(void **state)
{
    AUTO_PAGE struct page p = page_make(0x101010, true);
    int rgb[3];

    (void)state;
    assert_int_equal(pixGetWidth(p.small), (LETTER_W + STEP - 1) / STEP);
    assert_int_equal(pixGetHeight(p.small), (LETTER_H + STEP - 1) / STEP);
    rgb_at(p.small, 10, 10, rgb);
    assert_int_equal(rgb[0], 245);
    rgb_at(p.small, SEAL_X / STEP, (SEAL_Y - SEAL_R + 10) / STEP, rgb);
    assert_in_range(rgb[0], 0xC8, 0xD8);
    assert_in_range(rgb[1], 0x10, 0x40);
}

static void test_mask__is_ink_and_no_seal(void **state)
{
    AUTO_PAGE struct page p = page_make(0x101010, true);
    struct Pix *mask = NULL;
    struct err e = ERR_INIT;
    l_int32 wrong = 0, ink = 0;

    (void)state;
    unit_ok(mask_find(p.grey, p.small, LETTER_DPI, &mask, &e), &e);
    for (int y = 0; y < LETTER_H; y++)
        for (int x = 0; x < LETTER_W; x++) {
            l_uint32 grey = 0, bit = 0;

            (void)pixGetPixel(p.grey, x, y, &grey);
            (void)pixGetPixel(mask, x, y, &bit);
            ink += grey < 100;
            wrong += bit != (grey < 100);
        }
    assert_true(ink > 10000);
    assert_true(wrong * 50 < ink); /* edges may differ by a pixel here and there */
    pixDestroy(&mask);
}

static void test_mask__specks_go_and_dots_stay(void **state)
{
    struct Pix *grey = letter_draw(1), *small = NULL, *mask = NULL;
    struct err e = ERR_INIT;
    l_uint32 bit = 1;

    (void)state;
    (void)pixSetPixel(grey, 2000, 3000, 0); /* one pixel of dust */
    for (int i = 0; i < 16; i++)            /* a dot below a vowel: 4 × 4 */
        (void)pixSetPixel(grey, 1000 + i % 4, 3000 + i / 4, 0);
    small = pixScaleAreaMap(grey, 1.0F / STEP, 1.0F / STEP);
    pixDestroy(&small);
    small = pixCreate(LETTER_W / STEP, LETTER_H / STEP, 32);
    (void)pixSetAll(small);
    unit_ok(mask_find(grey, small, LETTER_DPI, &mask, &e), &e);
    (void)pixGetPixel(mask, 2000, 3000, &bit);
    assert_int_equal(bit, 0);
    (void)pixGetPixel(mask, 1001, 3001, &bit);
    assert_int_equal(bit, 1);
    pixDestroy(&grey);
    pixDestroy(&small);
    pixDestroy(&mask);
}

static void test_mrc__ground_has_seal_and_no_ink(void **state)
{
    AUTO_PAGE struct page p = page_make(0x101010, true);
    AUTO_MRC struct mrc m = {0};
    struct mrc_source from = source(&p, true);
    struct Pix *ground = NULL;
    struct err e = ERR_INIT;
    int rgb[3], dark = 0;

    (void)state;
    unit_ok(mrc_make(&from, &m, &e), &e);
    assert_int_equal(m.mask.width, LETTER_W);
    assert_int_equal(m.mask.height, LETTER_H);
    assert_int_equal(m.ink.height, 0); /* black alone: no layer of colours */
    assert_true(m.ink_rgb[0] < 60 && m.ink_rgb[1] < 60 && m.ink_rgb[2] < 60);
    assert_true(m.mask.bytes.len + m.ground.bytes.len < (size_t)40 << 10);
    ground = decoded(&m.ground);
    rgb_at(ground, SEAL_X / STEP, (SEAL_Y - SEAL_R + 10) / STEP, rgb);
    assert_true(rgb[0] - rgb[1] > 100); /* red still */
    for (int y = 400 / STEP; y < 2100 / STEP; y++)
        for (int x = 0; x < pixGetWidth(ground); x++) {
            rgb_at(ground, x, y, rgb);
            dark += rgb[1] < 215;
        }
    assert_int_equal(dark, 0); /* where text was, paper goes on */
    pixDestroy(&ground);
}

static void test_mrc__blue_ink_stays_blue(void **state)
{
    AUTO_PAGE struct page p = page_make(0x1020C0, false);
    AUTO_MRC struct mrc m = {0};
    struct mrc_source from = source(&p, true);
    struct Pix *ink = NULL;
    struct err e = ERR_INIT;
    int rgb[3];

    (void)state;
    unit_ok(mrc_make(&from, &m, &e), &e);
    assert_true(m.ink.height > 0);
    ink = decoded(&m.ink);
    rgb_at(ink, 400 / STEP / 4, 400 / STEP / 4, rgb);
    assert_true(rgb[2] - rgb[0] > 100);
    pixDestroy(&ink);
}

static void test_mrc__noise_beyond_the_mask_is_one_jpeg(void **state)
{
    struct Pix *grey = pixCreate(LETTER_W, LETTER_H, 8);
    struct Pix *small = pixCreate(LETTER_W / STEP, LETTER_H / STEP, 32);
    struct mrc_source from = {.grey = grey,
                              .small = small,
                              .width_px = LETTER_W,
                              .height_px = LETTER_H,
                              .dpi = LETTER_DPI};
    AUTO_MRC struct mrc m = {0};
    struct err e = ERR_INIT;
    uint32_t seed = 1;

    (void)state;
    for (int i = 0; i < LETTER_W * LETTER_H / 4; i++) { /* dots of 2 × 2: a halftone */
        seed = seed * 1664525 + 1013904223;
        for (int k = 0; k < 4; k++)
            (void)pixSetPixel(grey, i % (LETTER_W / 2) * 2 + k % 2,
                              i / (LETTER_W / 2) * 2 + k / 2,
                              seed >> 31 == 0 ? 10 : 240);
    }
    unit_ok(mrc_make(&from, &m, &e), &e);
    assert_int_equal(m.mask.height, 0);
    assert_int_equal(m.mask.bytes.len, 0);
    assert_true(m.ground.grey);
    assert_true(m.ground.bytes.len > 0);
    pixDestroy(&grey);
    pixDestroy(&small);
}

static void test_mrc__thumb_keeps_its_size(void **state)
{
    AUTO_PAGE struct page p = page_make(0x101010, true);
    struct mrc_source from = source(&p, true);
    AUTO_STR struct str thumb = STR_INIT(MRC_THUMB_MAX);
    struct mrc_layer l = {.width = MRC_THUMB_PX * LETTER_W / LETTER_H,
                          .height = MRC_THUMB_PX};
    struct Pix *pix = NULL;
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(mrc_thumb(&from, &thumb, &e), &e);
    assert_in_range(thumb.len, 1000, MRC_THUMB_MAX);
    pix = pixReadMem((const l_uint8 *)thumb.p, thumb.len);
    assert_non_null(pix);
    assert_in_range(pixGetWidth(pix), l.width - 1, l.width + 1);
    assert_in_range(pixGetHeight(pix), l.height - 1, l.height + 1);
    pixDestroy(&pix);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mrc__small_picture_is_the_mean),
        cmocka_unit_test(test_mask__is_ink_and_no_seal),
        cmocka_unit_test(test_mask__specks_go_and_dots_stay),
        cmocka_unit_test(test_mrc__ground_has_seal_and_no_ink),
        cmocka_unit_test(test_mrc__blue_ink_stays_blue),
        cmocka_unit_test(test_mrc__noise_beyond_the_mask_is_one_jpeg),
        cmocka_unit_test(test_mrc__thumb_keeps_its_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
