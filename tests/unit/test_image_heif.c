/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/image.h"

#include <allheaders.h>
#include <libheif/heif.h>

#include "node/base/str.h"
#include "tests/unit/unit.h"

/* HEIC files are coded here with libheif's own encoder (x265). */

#ifdef SOHOA_SANITIZER
/* The encoder of the tests is not what is tested. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:x265";
}
#endif

#define W 160
#define H 96

/* ---- making files ---------------------------------------------------------------- */

static void fine(struct heif_error err)
{
    if (err.code != heif_error_Ok)
        fail_msg("libheif: %s", err.message);
}

/* White; the left upper quarter black, the right lower one red. */
static struct heif_image *drawn(int w, int h)
{
    struct heif_image *im = NULL;
    uint8_t *p = NULL;
    int stride = 0;

    fine(
        heif_image_create(w, h, heif_colorspace_RGB, heif_chroma_interleaved_RGB, &im));
    fine(heif_image_add_plane(im, heif_channel_interleaved, w, h, 8));
    p = heif_image_get_plane(im, heif_channel_interleaved, &stride);
    for (int y = 0; y < h; y++)
        for (int x = 0; x < w; x++) {
            bool black = x < w / 2 && y < h / 2, red = x >= w / 2 && y >= h / 2;

            p[y * stride + 3 * x] = black ? 0 : 255;
            p[y * stride + 3 * x + 1] = p[y * stride + 3 * x + 2] =
                black || red ? 0 : 255;
        }
    return im;
}

static struct heif_error on_write(struct heif_context *c, const void *data, size_t size,
                                  void *to)
{
    (void)c;
    str_add_mem(to, data, size);
    return (struct heif_error){heif_error_Ok, heif_suberror_Unspecified, ""};
}

struct plan {
    int w, h;
    enum heif_orientation turn; /* 0: none */
    bool exif;                  /* 300 dpi and a turn of its own */
    int second_w, second_h;     /* another picture after it; 0: none */
    bool second_first;          /* that is the main one */
    bool second_exif;           /* it says 300 dpi */
    int third_w, third_h;       /* one more; 0: none */
};

/* Orientation 6, 300 pixels an inch. */
static const char EXIF[] = "MM\0*\0\0\0\10\0\3"
                           "\1\x12\0\3\0\0\0\1\0\6\0\0"
                           "\1\x1A\0\5\0\0\0\1\0\0\0\x32"
                           "\1\x28\0\3\0\0\0\1\0\2\0\0"
                           "\0\0\0\0"
                           "\0\0\1\x2C\0\0\0\1";

static struct heif_image_handle *coded(struct heif_context *c, int w, int h,
                                       enum heif_orientation turn)
{
    struct heif_encoding_options *o = heif_encoding_options_alloc();
    struct heif_encoder *enc = NULL;
    struct heif_image_handle *handle = NULL;
    struct heif_image *im = drawn(w, h);

    fine(heif_context_get_encoder_for_format(c, heif_compression_HEVC, &enc));
    fine(heif_encoder_set_lossy_quality(enc, 90));
    if (turn)
        o->image_orientation = turn;
    fine(heif_context_encode_image(c, im, enc, o, &handle));
    heif_encoder_release(enc);
    heif_image_release(im);
    heif_encoding_options_free(o);
    return handle;
}

static void make(const struct plan *plan, struct str *out)
{
    struct heif_writer writer = {.writer_api_version = 1, .write = on_write};
    struct heif_context *c = heif_context_alloc();
    struct heif_image_handle *one = coded(c, plan->w, plan->h, plan->turn);
    struct heif_image_handle *two = NULL;

    if (plan->exif)
        fine(heif_context_add_exif_metadata(c, one, EXIF, sizeof EXIF - 1));
    if (plan->second_w) {
        two = coded(c, plan->second_w, plan->second_h, 0);
        if (plan->second_first)
            fine(heif_context_set_primary_image(c, two));
        if (plan->second_exif)
            fine(heif_context_add_exif_metadata(c, two, EXIF, sizeof EXIF - 1));
    }
    if (plan->third_w)
        heif_image_handle_release(coded(c, plan->third_w, plan->third_h, 0));
    fine(heif_context_write(c, &writer, out));
    heif_image_handle_release(one);
    if (two)
        heif_image_handle_release(two);
    heif_context_free(c);
}

/* ---- what the tests ask ---------------------------------------------------------- */

static int grey_at(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    assert_int_equal(pixGetPixel(p, x, y, &v), 0);
    return (int)v;
}

/* The place of the black quarter: 0 left upper, 1 right upper, 2 left lower, 3. */
static int black_quarter(struct Pix *p)
{
    int w = pixGetWidth(p), h = pixGetHeight(p), found = -1;

    for (int i = 0; i < 4; i++)
        if (grey_at(p, i % 2 ? w * 3 / 4 : w / 4, i / 2 ? h * 3 / 4 : h / 4) < 60) {
            assert_int_equal(found, -1);
            found = i;
        }
    return found;
}

static struct image *opened(const struct str *s)
{
    struct image *im = NULL;
    struct err e = ERR_INIT;

    unit_ok(image_open_mem(s->p, s->len, IMAGE_KINDS_INPUT, &im, &e), &e);
    return im;
}

/* Whether any error stands between the file and a whole picture. */
static enum err_code trouble(const char *p, size_t len)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct err e = ERR_INIT;

    if (image_open_mem(p, len, IMAGE_KINDS_INPUT, &im, &e) == 0 &&
        image_decode(im, 0, NULL, &shot, &e) == 0)
        return ERR_NONE;
    return e.code;
}

/* Every @from becomes @to, as long as it. Return: how many. */
static int replace(struct str *s, const char *from, const char *to, size_t len)
{
    int n = 0;

    for (char *p = s->p; (p = memmem(p, s->len - (size_t)(p - s->p), from, len)); n++)
        memcpy(p, to, len);
    return n;
}

/* ---- cases ----------------------------------------------------------------------- */

static void test_image_heif__gives_red_and_colours(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_RED, .small_width_px = W / 4};
    struct image_page page = {0};
    struct err e = ERR_INIT;
    l_int32 r = 0, g = 0, b = 0;

    (void)state;
    make(&(struct plan){.w = W, .h = H}, &s);
    assert_int_equal(image_sniff(s.p, s.len), IMAGE_HEIF);
    im = opened(&s);
    assert_int_equal(image_kind_of(im), IMAGE_HEIF);
    assert_int_equal(image_page_count(im), 1);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.width_px, W);
    assert_int_equal(page.height_px, H);
    assert_int_equal(page.orientation, 1);
    assert_int_equal(page.dpi, 0);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    assert_int_equal(pixGetWidth(shot.pix), W);
    assert_int_equal(black_quarter(shot.pix), 0);
    assert_true(grey_at(shot.pix, W * 3 / 4, H * 3 / 4) > 220);
    assert_true(shot.color);
    pixGetRGBPixel(shot.small, W / 4 * 3 / 4, H / 4 * 3 / 4, &r, &g, &b);
    assert_true(r > 220 && g < 40 && b < 40);
    unit_ok(image_verify(im, 0, &e), &e);
}

static void test_image_heif__luma_is_dark_where_red_is_light(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_LUMA};
    struct err e = ERR_INIT;

    (void)state;
    make(&(struct plan){.w = W, .h = H}, &s);
    im = opened(&s);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    assert_in_range(grey_at(shot.pix, W * 3 / 4, H * 3 / 4), 60, 95);
}

/* Where the black quarter goes, and nothing of it is done a second time for EXIF. */
static void test_image_heif__is_turned_once(void **state)
{
    static const int QUARTER[] = {0, 0, 1, 3, 2, 0, 1, 3, 2};

    (void)state;
    for (int turn = 1; turn <= 8; turn++)
        for (int exif = 0; exif < 2; exif++) {
            AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
            AUTO_IMAGE struct image *im = NULL;
            AUTO_SHOT struct image_shot shot = {0};
            struct image_page page = {0};
            struct err e = ERR_INIT;

            make(&(struct plan){.w = W,
                                .h = H,
                                .turn = (enum heif_orientation)turn,
                                .exif = exif == 1},
                 &s);
            im = opened(&s);
            unit_ok(image_page_get(im, 0, &page, &e), &e);
            assert_int_equal(page.width_px, turn >= 5 ? H : W);
            assert_int_equal(page.height_px, turn >= 5 ? W : H);
            assert_int_equal(page.dpi, exif ? 300 : 0);
            unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
            assert_int_equal(pixGetWidth(shot.pix), page.width_px);
            assert_int_equal(pixGetHeight(shot.pix), page.height_px);
            assert_int_equal(black_quarter(shot.pix), QUARTER[turn]);
        }
}

/* An odd size is kept as a grid of one tile that is larger than the picture. */
static void test_image_heif__odd_sizes(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct err e = ERR_INIT;

    (void)state;
    make(&(struct plan){.w = W + 1, .h = H + 1}, &s);
    im = opened(&s);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    assert_int_equal(pixGetWidth(shot.pix), W + 1);
    assert_int_equal(pixGetHeight(shot.pix), H + 1);
    assert_int_equal(black_quarter(shot.pix), 0);
}

static void test_image_heif__bare_ground_is_white(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct err e = ERR_INIT;

    (void)state;
#ifdef SOHOA_SANITIZER
    skip(); /* its allocator is another */
#endif
    make(&(struct plan){.w = W + 1, .h = H + 1}, &s);
    /* The grid says it is 401 × 97, as do its properties: the tile covers less. */
    assert_int_equal(replace(&s, "\0\0\0\xA1\0\0\0\x61", "\0\0\1\x91\0\0\0\x61", 8), 1);
    assert_int_equal(replace(&s, "\0\xA1\0\x61", "\1\x91\0\x61", 4), 1);
    im = opened(&s);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    for (int x = W + 8; x < 401; x += 10)
        assert_true(grey_at(shot.pix, x, H / 2) > 250);
}

static void test_image_heif__pictures_of_one_rank_are_pages(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str other = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_IMAGE struct image *small = NULL;
    struct image_page page = {0};
    struct err e = ERR_INIT;

    (void)state;
    make(
        &(struct plan){
            .w = W, .h = H, .second_w = 128, .second_h = H, .second_first = true},
        &s);
    im = opened(&s);
    assert_int_equal(image_page_count(im), 2);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.width_px, 128); /* the main one, wherever it stands */
    unit_ok(image_page_get(im, 1, &page, &e), &e);
    assert_int_equal(page.width_px, W);
    unit_ok(image_verify(im, 1, &e), &e);
    make(&(struct plan){.w = W, .h = H, .second_w = W / 2, .second_h = H}, &other);
    small = opened(&other);
    assert_int_equal(image_page_count(small), 1);
}

/* What a preview says of itself is not said of the page after it. */
static void test_image_heif__a_preview_leaves_nothing_behind(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct err e = ERR_INIT;

    (void)state;
    make(&(struct plan){.w = W,
                        .h = H,
                        .second_w = W / 2,
                        .second_h = H,
                        .second_exif = true,
                        .third_w = W,
                        .third_h = H},
         &s);
    im = opened(&s);
    assert_int_equal(image_page_count(im), 2);
    unit_ok(image_page_get(im, 1, &page, &e), &e);
    assert_int_equal(page.width_px, W);
    assert_int_equal(page.dpi, 0);
}

static void test_image_heif__cut_off_anywhere(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

    (void)state;
    make(&(struct plan){.w = W, .h = H}, &s);
    assert_int_equal(trouble(s.p, s.len), ERR_NONE);
    for (size_t i = 1; i < 60; i++) {
        size_t len = s.len * i / 60;
        AUTO_MEM char *part = mem_new(len, 1); /* so that ASan sees its end */
        enum err_code code = ERR_NONE;

        memcpy(part, s.p, len);
        code = trouble(part, len);
        assert_true(code == ERR_IMAGE_DAMAGED || code == ERR_IMAGE_FORMAT ||
                    (len < 12 && code == ERR_INPUT_TYPE));
    }
}

static void test_image_heif__flipped_bytes_do_no_harm(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    uint32_t at = 12345;

    (void)state;
    make(&(struct plan){.w = W + 1, .h = H + 1, .exif = true}, &s);
    for (int i = 0; i < 150; i++) {
        size_t where = 0;
        char was = 0;

        at = at * 1664525 + 1013904223;
        /* Two of three among the boxes, which come first. */
        where = at % (i % 3 ? 700 : (uint32_t)s.len);
        was = s.p[where];
        s.p[where] = (char)(was ^ (1 << (at >> 28) % 8) ^ (i % 2 ? 0x7F : 0));
        (void)trouble(s.p, s.len);
        s.p[where] = was;
    }
    assert_int_equal(trouble(s.p, s.len), ERR_NONE);
}

static void test_image_heif__sizes_that_lie(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

    (void)state;
    make(&(struct plan){.w = W, .h = H}, &s);
    assert_true(replace(&s, "\0\0\0\xA0\0\0\0\x60", "\0\0\x75\x30\0\0\x75\x30", 8) > 0);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_SIZE); /* 30000 × 30000 */
    replace(&s, "\0\0\x75\x30\0\0\x75\x30", "\0\0\x80\0\0\0\0\1", 8);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_SIZE); /* one side */
    replace(&s, "\0\0\x80\0\0\0\0\1", "\0\0\1\0\0\0\1\0", 8);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
    replace(&s, "\0\0\1\0\0\0\1\0", "\0\0\0\0\0\0\0\0", 8);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
}

static void test_image_heif__other_codes_are_refused(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

    (void)state;
    make(&(struct plan){.w = W, .h = H}, &s);
    assert_int_equal(replace(&s, "hvc1", "av01", 4), 1);
    assert_int_equal(replace(&s, "hvcC", "av1C", 4), 1);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_FORMAT);
    assert_int_equal(replace(&s, "av01", "abcd", 4), 1);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_heif__gives_red_and_colours),
        cmocka_unit_test(test_image_heif__luma_is_dark_where_red_is_light),
        cmocka_unit_test(test_image_heif__is_turned_once),
        cmocka_unit_test(test_image_heif__odd_sizes),
        cmocka_unit_test(test_image_heif__bare_ground_is_white),
        cmocka_unit_test(test_image_heif__pictures_of_one_rank_are_pages),
        cmocka_unit_test(test_image_heif__a_preview_leaves_nothing_behind),
        cmocka_unit_test(test_image_heif__cut_off_anywhere),
        cmocka_unit_test(test_image_heif__flipped_bytes_do_no_harm),
        cmocka_unit_test(test_image_heif__sizes_that_lie),
        cmocka_unit_test(test_image_heif__other_codes_are_refused),
    };

    return cmocka_run_group_tests_name("image_heif", tests, NULL, NULL);
}
