/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/image.h"

#include <allheaders.h>
#include <openjpeg.h>

#include "node/base/str.h"
#include "ocr/pdf_in.h"
#include "tests/unit/unit.h"

#define W 160
#define H 96

/* ---- making files ---------------------------------------------------------------- */

struct plan {
    int w, h, samples; /* 1 to 4 */
    int bits;          /* 0: 8 */
    int tile;          /* side, 0: one tile */
    int levels;        /* 0: four */
    bool bare;         /* without boxes */
    OPJ_COLOR_SPACE space;
};

struct sink {
    struct str *s;
    size_t at;
};

static OPJ_SIZE_T on_write(void *p, OPJ_SIZE_T len, void *of)
{
    struct sink *k = of;
    size_t over = k->s->len - k->at < len ? k->s->len - k->at : len;

    if (over > 0)
        memcpy(k->s->p + k->at, p, over);
    str_add_mem(k->s, (char *)p + over, len - over);
    k->at += len;
    return len;
}

static OPJ_BOOL on_seek(OPJ_OFF_T at, void *of)
{
    struct sink *k = of;

    while (k->s->len < (size_t)at)
        str_add_char(k->s, 0);
    k->at = (size_t)at;
    return OPJ_TRUE;
}

static OPJ_OFF_T on_skip(OPJ_OFF_T n, void *of)
{
    struct sink *k = of;

    return on_seek((OPJ_OFF_T)k->at + n, of) ? n : -1;
}

/* White; the left upper quarter black, the right lower one red. */
static opj_image_t *drawn(const struct plan *plan)
{
    opj_image_cmptparm_t c[4] = {{0}};
    int bits = plan->bits ? plan->bits : 8, white = (1 << bits) - 1;
    opj_image_t *im = NULL;

    for (int i = 0; i < plan->samples; i++)
        c[i] = (opj_image_cmptparm_t){.dx = 1,
                                      .dy = 1,
                                      .w = (OPJ_UINT32)plan->w,
                                      .h = (OPJ_UINT32)plan->h,
                                      .prec = (OPJ_UINT32)bits};
    im = opj_image_create((OPJ_UINT32)plan->samples, c, plan->space);
    im->x1 = (OPJ_UINT32)plan->w;
    im->y1 = (OPJ_UINT32)plan->h;
    for (int i = 0; i < plan->samples; i++)
        for (int y = 0; y < plan->h; y++)
            for (int x = 0; x < plan->w; x++) {
                bool black = x < plan->w / 2 && y < plan->h / 2;
                bool red = x >= plan->w / 2 && y >= plan->h / 2;

                im->comps[i].data[y * plan->w + x] =
                    black || (red && i > 0) ? 0 : white;
            }
    return im;
}

static void make(const struct plan *plan, struct str *out)
{
    opj_codec_t *c = opj_create_compress(plan->bare ? OPJ_CODEC_J2K : OPJ_CODEC_JP2);
    opj_stream_t *stream = opj_stream_create(1 << 16, OPJ_FALSE);
    opj_image_t *im = drawn(plan);
    struct sink sink = {.s = out};
    opj_cparameters_t p;

    opj_set_default_encoder_parameters(&p);
    p.tcp_numlayers = 1;
    p.cp_disto_alloc = 1;
    p.numresolution = plan->levels ? plan->levels : 5;
    p.tcp_mct = plan->samples >= 3;
    if (plan->tile) {
        p.tile_size_on = OPJ_TRUE;
        p.cp_tdx = p.cp_tdy = plan->tile;
    }
    opj_stream_set_write_function(stream, on_write);
    opj_stream_set_seek_function(stream, on_seek);
    opj_stream_set_skip_function(stream, on_skip);
    opj_stream_set_user_data(stream, &sink, NULL);
    assert_true(opj_setup_encoder(c, &p, im) && opj_start_compress(c, im, stream) &&
                opj_encode(c, stream) && opj_end_compress(c, stream));
    opj_stream_destroy(stream);
    opj_destroy_codec(c);
    opj_image_destroy(im);
}

/* ---- what the tests ask ---------------------------------------------------------- */

static const struct plan PLAIN = {
    .w = W, .h = H, .samples = 3, .space = OPJ_CLRSPC_SRGB};

static int grey_at(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    assert_int_equal(pixGetPixel(p, x, y, &v), 0);
    return (int)v;
}

static void assert_quarters(struct Pix *p, bool red)
{
    int w = pixGetWidth(p), h = pixGetHeight(p);

    assert_true(grey_at(p, w / 4, h / 4) < 20);
    assert_true(grey_at(p, w * 3 / 4, h / 4) > 235);
    assert_true(grey_at(p, w / 4, h * 3 / 4) > 235);
    if (red)
        assert_true(grey_at(p, w * 3 / 4, h * 3 / 4) > 235);
}

static struct image *opened(const struct str *s)
{
    struct image *im = NULL;
    struct err e = ERR_INIT;

    unit_ok(image_open_mem(s->p, s->len, IMAGE_KINDS_INPUT, &im, &e), &e);
    return im;
}

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

static char *find(struct str *s, const char *what, size_t len)
{
    char *p = memmem(s->p, s->len, what, len);

    assert_non_null(p);
    return p;
}

static void be32(char *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (char)(v >> (24 - 8 * i));
}

/* Place of the size (SIZ) marker; the width stands 6 bytes on. */
static char *size_of(struct str *s)
{
    return find(s, "\xFF\x4F\xFF\x51", 4) + 2;
}

/* ---- cases ----------------------------------------------------------------------- */

static void test_image_jp2__gives_red_and_colours(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_want want = {.channel = IMAGE_RED, .small_width_px = W / 4};
    struct image_page page = {0};
    struct err e = ERR_INIT;
    l_int32 r = 0, g = 0, b = 0;

    (void)state;
    make(&PLAIN, &s);
    assert_int_equal(image_sniff(s.p, s.len), IMAGE_JP2);
    im = opened(&s);
    assert_int_equal(image_kind_of(im), IMAGE_JP2);
    assert_int_equal(image_page_count(im), 1);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.width_px, W);
    assert_int_equal(page.height_px, H);
    assert_int_equal(page.samples, 3);
    assert_int_equal(page.dpi, 0);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    assert_quarters(shot.pix, true);
    assert_true(shot.color);
    pixGetRGBPixel(shot.small, W / 4 * 3 / 4, H / 4 * 3 / 4, &r, &g, &b);
    assert_true(r > 235 && g < 20 && b < 20);
    unit_ok(image_verify(im, 0, &e), &e);
}

static void test_image_jp2__all_varieties(void **state)
{
    static const struct plan PLANS[] = {
        {.w = W, .h = H, .samples = 1, .space = OPJ_CLRSPC_GRAY},
        {.w = W, .h = H, .samples = 1, .bits = 1, .space = OPJ_CLRSPC_GRAY},
        {.w = W, .h = H, .samples = 1, .bits = 16, .space = OPJ_CLRSPC_GRAY},
        {.w = W, .h = H, .samples = 3, .bits = 12, .space = OPJ_CLRSPC_SRGB},
        {.w = W, .h = H, .samples = 3, .bare = true},
        {.w = W, .h = H, .samples = 3, .tile = 50, .space = OPJ_CLRSPC_SRGB},
        {.w = W + 1, .h = H + 1, .samples = 3, .tile = 64, .bare = true},
        {.w = W, .h = H, .samples = 4, .space = OPJ_CLRSPC_SRGB},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PLANS); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_IMAGE struct image *im = NULL;
        AUTO_SHOT struct image_shot shot = {0};
        struct err e = ERR_INIT;

        make(&PLANS[i], &s);
        im = opened(&s);
        unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
        assert_int_equal(pixGetWidth(shot.pix), PLANS[i].w);
        assert_int_equal(pixGetHeight(shot.pix), PLANS[i].h);
        assert_quarters(shot.pix, true);
    }
}

/* Nobody says what a fourth component is. */
static void test_image_jp2__colours_that_are_not_told(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

    (void)state;
    make(&(struct plan){.w = W, .h = H, .samples = 4, .bare = true}, &s);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_FORMAT);
}

static void test_image_jp2__halves_while_decoding(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str flat = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_IMAGE struct image *one = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    AUTO_SHOT struct image_shot full = {0};
    struct image_want want = {.channel = IMAGE_RED, .width_min_px = W / 4};
    struct err e = ERR_INIT;

    (void)state;
    make(&(struct plan){.w = W + 1, .h = H + 1, .samples = 3, .tile = 64}, &s);
    im = opened(&s);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    assert_int_equal(pixGetWidth(shot.pix), W / 4 + 1);
    assert_int_equal(pixGetHeight(shot.pix), H / 4 + 1);
    assert_quarters(shot.pix, true);
    assert_true(shot.scale > 0.25 && shot.scale < 0.26);
    /* Without smaller levels there is nothing to take. */
    make(&(struct plan){.w = W, .h = H, .samples = 3, .levels = 1}, &flat);
    one = opened(&flat);
    unit_ok(image_decode(one, 0, &want, &full, &e), &e);
    assert_int_equal(pixGetWidth(full.pix), W);
}

/* jp2h with a resolution: 11811 pixels a metre. */
static void test_image_jp2__resolution(void **state)
{
    static const char RES[] = "\0\0\0\x1A"
                              "res \0\0\0\x12"
                              "resc\x2E\x23\0\1\x2E\x23\0\1\0";
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str with = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct err e = ERR_INIT;
    char *box = NULL, *stream = NULL;

    (void)state;
    make(&PLAIN, &s);
    box = find(&s, "jp2h", 4) - 4;
    stream = find(&s, "jp2c", 4) - 4;
    be32(box, (uint32_t)(stream - box) + sizeof RES);
    str_add_mem(&with, s.p, (size_t)(stream - s.p));
    str_add_mem(&with, RES, sizeof RES);
    str_add_mem(&with, stream, s.len - (size_t)(stream - s.p));
    im = opened(&with);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.dpi, 300);
    unit_ok(image_verify(im, 0, &e), &e);
}

static void test_image_jp2__cut_off_anywhere(void **state)
{
    (void)state;
    for (int bare = 0; bare < 2; bare++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        struct plan plan = PLAIN;

        plan.bare = bare;
        plan.tile = bare ? 50 : 0;
        make(&plan, &s);
        for (size_t i = 1; i < 60; i++) {
            size_t len = i == 59 ? s.len - 1 : s.len * i / 60;
            AUTO_MEM char *part = mem_new(len, 1);
            enum err_code code = ERR_NONE;

            memcpy(part, s.p, len);
            code = trouble(part, len);
            assert_true(code == ERR_IMAGE_DAMAGED ||
                        (len < 12 && code == ERR_INPUT_TYPE));
        }
    }
}

static void test_image_jp2__flipped_bytes_do_no_harm(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct plan plan = PLAIN;
    uint32_t at = 4321;

    (void)state;
    plan.tile = 64;
    make(&plan, &s);
    for (int i = 0; i < 150; i++) {
        size_t where = 0;
        char was = 0;

        at = at * 1664525 + 1013904223;
        where = at % (i % 3 ? 250 : (uint32_t)s.len);
        was = s.p[where];
        s.p[where] = (char)(was ^ (1 << (at >> 28) % 8) ^ (i % 2 ? 0x7F : 0));
        (void)trouble(s.p, s.len);
        s.p[where] = was;
    }
    assert_int_equal(trouble(s.p, s.len), ERR_NONE);
}

static void test_image_jp2__sizes_that_lie(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    char *siz = NULL;

    (void)state;
    make(&PLAIN, &s);
    siz = size_of(&s);
    be32(siz + 6, 30000); /* width and height, of one tile */
    be32(siz + 10, 30000);
    be32(siz + 22, 30000);
    be32(siz + 26, 30000);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_SIZE);
    be32(siz + 6, 3000);
    be32(siz + 10, 3000);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
    be32(siz + 22, 1); /* tiles of a pixel */
    be32(siz + 26, 1);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_BOMB);
    be32(siz + 22, 0);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
    be32(siz + 22, 3000);
    be32(siz + 26, 3000);
    be32(siz + 6, 0);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
}

/* Too large for memory, and no smaller level to take instead. */
static void test_image_jp2__large_without_levels(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct plan plan = PLAIN;
    char *siz = NULL;

    (void)state;
    plan.levels = 1;
    make(&plan, &s);
    siz = size_of(&s);
    be32(siz + 6, 8000);
    be32(siz + 10, 8000);
    be32(siz + 22, 8000);
    be32(siz + 26, 8000);
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_SIZE);
}

static void test_image_jp2__missing_tile_and_layers(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct plan plan = PLAIN;
    char *sot = NULL, *cod = NULL;

    (void)state;
    plan.tile = 100; /* two */
    make(&plan, &s);
    sot = find(&s, "\xFF\x90\0\x0A\0\1", 6);
    sot[5] = 0; /* the second is the first again */
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_DAMAGED);
    sot[5] = 1;
    assert_int_equal(trouble(s.p, s.len), ERR_NONE);
    cod = find(&s, "\xFF\x52\0\x0C", 4);
    cod[6] = 0x40;
    assert_int_equal(trouble(s.p, s.len), ERR_IMAGE_BOMB);
}

/* A page of a PDF that is one picture. @more: what its dictionary says besides. */
static void make_pdf(const struct str *jp2, int w, const char *more, struct str *out)
{
    static const char PAINT[] = "q 160 0 0 96 0 0 cm /I Do Q";

    str_add(out, "%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n"
                 "2 0 obj\n<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n"
                 "3 0 obj\n<</Type/Page/Parent 2 0 R/MediaBox[0 0 160 96]"
                 "/Contents 4 0 R/Resources<</XObject<</I 5 0 R>>>>>>\nendobj\n");
    str_addf(out, "4 0 obj\n<</Length %zu>>stream\n%s\nendstream\nendobj\n",
             sizeof PAINT - 1, PAINT);
    str_addf(out,
             "5 0 obj\n<</Type/XObject/Subtype/Image/Width %d/Height %d%s"
             "/Filter/JPXDecode/Length %zu>>stream\n",
             w, H, more, jp2->len);
    str_add_mem(out, jp2->p, jp2->len);
    str_add(out, "\nendstream\nendobj\ntrailer<</Size 6/Root 1 0 R>>\n%%EOF\n");
}

static void test_image_jp2__page_of_a_pdf_comes_out_as_it_is(void **state)
{
    static const struct {
        int samples, w;
        const char *more, *reason;
    } CASES[] = {
        {3, W, "/ColorSpace/DeviceRGB/BitsPerComponent 8", ""},
        {3, W, "", ""},
        {1, W, "/ColorSpace/DeviceGray", ""},
        {4, W, "/ColorSpace/DeviceRGB", "colours"},
        {3, W + 1, "", "colours"}, /* of another size */
        {3, W, "/ColorSpace/DeviceCMYK", "colours"},
        {3, W, "/SMaskInData 1", "mask"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_STR struct str pdf = STR_INIT(STR_FILE_MAX);
        AUTO_STR struct str bytes = STR_INIT(STR_FILE_MAX);
        struct plan plan = PLAIN;
        struct pdf_in in = {0};
        struct err e = ERR_INIT;

        plan.samples = CASES[i].samples;
        plan.space = plan.samples == 1 ? OPJ_CLRSPC_GRAY : OPJ_CLRSPC_SRGB;
        make(&plan, &s);
        make_pdf(&s, CASES[i].w, CASES[i].more, &pdf);
        unit_ok(pdf_in_direct(pdf.p, pdf.len, 0, &in, &bytes, &e), &e);
        assert_string_equal(in.reason, CASES[i].reason);
        assert_int_equal(in.whole, !CASES[i].reason[0]);
        assert_int_equal(bytes.len, in.whole ? s.len : 0);
        if (in.whole)
            assert_memory_equal(bytes.p, s.p, s.len);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image_jp2__gives_red_and_colours),
        cmocka_unit_test(test_image_jp2__all_varieties),
        cmocka_unit_test(test_image_jp2__colours_that_are_not_told),
        cmocka_unit_test(test_image_jp2__halves_while_decoding),
        cmocka_unit_test(test_image_jp2__resolution),
        cmocka_unit_test(test_image_jp2__cut_off_anywhere),
        cmocka_unit_test(test_image_jp2__flipped_bytes_do_no_harm),
        cmocka_unit_test(test_image_jp2__sizes_that_lie),
        cmocka_unit_test(test_image_jp2__large_without_levels),
        cmocka_unit_test(test_image_jp2__missing_tile_and_layers),
        cmocka_unit_test(test_image_jp2__page_of_a_pdf_comes_out_as_it_is),
    };

    return cmocka_run_group_tests_name("image_jp2", tests, NULL, NULL);
}
