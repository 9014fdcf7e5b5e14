/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include <allheaders.h>
#include <jpeglib.h>

#include "node/base/deflate.h"
#include "node/base/str.h"

/* ---- pictures made here ---------------------------------------------------------- */

/* A page of @w × @h: light ground, a dark bar on the left, a red square at the right
 * top. */
static struct Pix *make_rgb(int w, int h)
{
    struct Pix *p = pixCreate(w, h, 32);

    assert_non_null(p);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++) {
            bool red = x >= w * 3 / 4 && y < h / 4;
            bool bar = x < w / 8;

            (void)pixSetRGBPixel(p, x, y,
                                 red   ? 220
                                 : bar ? 10
                                       : 240,
                                 red   ? 20
                                 : bar ? 10
                                       : 240,
                                 red   ? 30
                                 : bar ? 10
                                       : 240);
        }
    }
    return p;
}

static void keep(struct str *out, l_uint8 *data, size_t len)
{
    str_add_mem(out, data, len);
    lept_free(data);
    assert_false(out->over);
}

static void write_as(struct Pix *taken, int format, struct str *out)
{
    l_uint8 *data = NULL;
    size_t len = 0;

    assert_int_equal(pixWriteMem(&data, &len, taken, format), 0);
    keep(out, data, len);
    pixDestroy(&taken);
}

struct jpeg_wish {
    int w, h, components, dpi;
    bool progressive, cmyk;
    const unsigned char *exif;
    unsigned exif_len;
};

static void make_jpeg(const struct jpeg_wish *wish, struct str *out)
{
    struct jpeg_compress_struct c = {0};
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long len = 0;
    AUTO_MEM unsigned char *row = mem_new((size_t)wish->w, 4);
    JSAMPROW rows[1] = {row};

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &len);
    c.image_width = (JDIMENSION)wish->w;
    c.image_height = (JDIMENSION)wish->h;
    c.input_components = wish->cmyk ? 4 : wish->components;
    c.in_color_space = wish->cmyk              ? JCS_CMYK
                       : wish->components == 1 ? JCS_GRAYSCALE
                                               : JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 95, TRUE);
    if (wish->dpi) {
        c.density_unit = 1;
        c.X_density = c.Y_density = (UINT16)wish->dpi;
    }
    if (wish->progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    if (wish->exif)
        jpeg_write_marker(&c, JPEG_APP0 + 1, wish->exif, wish->exif_len);
    for (int y = 0; y < wish->h; y++) {
        for (int x = 0; x < wish->w; x++) {
            bool bar = x < wish->w / 8;
            bool red = x >= wish->w * 3 / 4 && y < wish->h / 4;

            for (int i = 0; i < c.input_components; i++)
                row[x * c.input_components + i] = (unsigned char)(bar   ? 10
                                                                  : red ? (i ? 20 : 220)
                                                                        : 240);
            if (wish->cmyk) /* inverted, as Adobe writes it: 255 is no ink */
                row[x * 4 + 3] = 255;
        }
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    str_add_mem(out, data, len);
    free(data);
}

static void add16(struct str *s, unsigned v)
{
    str_add_char(s, (char)(v & 255));
    str_add_char(s, (char)(v >> 8));
}

static void add32(struct str *s, uint32_t v)
{
    add16(s, v & 0xFFFF);
    add16(s, v >> 16);
}

static void tag(struct str *s, unsigned id, unsigned type, uint32_t count, uint32_t v)
{
    add16(s, id);
    add16(s, type);
    add32(s, count);
    if (type == 3 && count == 1) {
        add16(s, v);
        add16(s, 0);
    } else {
        add32(s, v);
    }
}

/* A directory of a grey 8 × 4 picture at the end of @s; its strip lies at @strip_at.
 * Return: where the number of the next directory stands. */
static size_t tiff_page(struct str *s, uint32_t w, uint32_t h, uint32_t samples,
                        uint32_t strips, uint32_t strip_at, uint32_t strip_bytes)
{
    add16(s, 9);
    tag(s, 256, 4, 1, w);
    tag(s, 257, 4, 1, h);
    tag(s, 258, 3, 1, 8);
    tag(s, 259, 3, 1, 1);
    tag(s, 262, 3, 1, 1);
    tag(s, 273, 4, strips, strip_at);
    tag(s, 277, 3, 1, samples);
    tag(s, 278, 4, 1, h);
    tag(s, 279, 4, strips, strip_bytes);
    add32(s, 0);
    return s->len - 4;
}

static void set32(struct str *s, size_t at, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        s->p[at + (size_t)i] = (char)(v >> (8 * i));
}

/* Header and one strip of 8 × 4 bytes of grey 77; the first directory comes next. */
static void tiff_begin(struct str *s)
{
    str_add_mem(s, "II*\0", 4);
    add32(s, 8 + 32);
    for (int i = 0; i < 32; i++)
        str_add_char(s, 77);
}

/* ---- what the tests ask ---------------------------------------------------------- */

static int grey_at(struct Pix *p, int x, int y)
{
    l_uint32 v = 0;

    assert_int_equal(pixGetPixel(p, x, y, &v), 0);
    return (int)v;
}

static struct image *open_ok(const struct str *s)
{
    struct image *im = NULL;
    struct err e = ERR_INIT;

    unit_ok(image_open_mem(s->p, s->len, IMAGE_KINDS_INPUT, &im, &e), &e);
    return im;
}

static void assert_refused(const struct str *s, enum err_code code)
{
    AUTO_IMAGE struct image *im = NULL;
    struct err e = ERR_INIT;

    unit_fails(image_open_mem(s->p, s->len, IMAGE_KINDS_INPUT, &im, &e), code, &e);
    assert_null(im);
}

static void decode_ok(const struct str *s, const struct image_want *want,
                      struct image_shot *shot)
{
    AUTO_IMAGE struct image *im = open_ok(s);
    struct err e = ERR_INIT;

    unit_ok(image_decode(im, 0, want, shot, &e), &e);
    unit_ok(image_verify(im, 0, &e), &e);
}

static void assert_undecodable(const struct str *s)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct err e = ERR_INIT;

    if (image_open_mem(s->p, s->len, IMAGE_KINDS_INPUT, &im, &e) == 0) {
        unit_fails(image_decode(im, 0, NULL, &shot, &e), ERR_IMAGE_DAMAGED, &e);
        unit_fails(image_verify(im, 0, &e), ERR_IMAGE_DAMAGED, &e);
    }
    assert_int_equal(e.code, ERR_IMAGE_DAMAGED);
}

/* ---- kinds ----------------------------------------------------------------------- */

static void test_image__kind_by_first_bytes(void **state)
{
    (void)state;
    assert_int_equal(image_sniff("\xFF\xD8\xFF\xE0", 4), IMAGE_JPEG);
    assert_int_equal(image_sniff("\x89PNG\r\n\x1A\n", 8), IMAGE_PNG);
    assert_int_equal(image_sniff("II*\0....", 8), IMAGE_TIFF);
    assert_int_equal(image_sniff("MM\0+....", 8), IMAGE_TIFF);
    assert_int_equal(image_sniff("P5 3 3 255\n", 11), IMAGE_PNM);
    assert_int_equal(image_sniff("P7\n", 3), IMAGE_NONE);
    assert_int_equal(image_sniff("%PDF-1.7", 8), IMAGE_NONE);
    assert_int_equal(image_sniff("", 0), IMAGE_NONE);
}

static void test_image__kind_not_asked_for_is_refused(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct err e = ERR_INIT;

    (void)state;
    str_add(&s, "P5 2 1 255\nab");
    assert_refused(&s, ERR_INPUT_TYPE);
    unit_ok(image_open_mem(s.p, s.len, IMAGE_PNM, &im, &e), &e);
}

/* ---- JPEG ------------------------------------------------------------------------ */

static void test_image__jpeg_gives_red_upright(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_SHOT struct image_shot red = {0};
    AUTO_SHOT struct image_shot luma = {0};
    AUTO_SHOT struct image_shot light = {0};
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct err e = ERR_INIT;

    (void)state;
    make_jpeg(&(struct jpeg_wish){.w = 320, .h = 480, .components = 3, .dpi = 300}, &s);
    im = open_ok(&s);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(image_kind_of(im), IMAGE_JPEG);
    assert_int_equal(image_page_count(im), 1);
    assert_int_equal(page.width_px, 320);
    assert_int_equal(page.height_px, 480);
    assert_int_equal(page.dpi, 300);
    decode_ok(&s, NULL, &red);
    assert_int_equal(pixGetWidth(red.pix), 320);
    assert_true(red.color);
    assert_true(grey_at(red.pix, 10, 240) < 30);
    assert_in_range(grey_at(red.pix, 160, 240), 230, 250);
    assert_in_range(grey_at(red.pix, 300, 40), 205, 235); /* the seal is nearly gone */
    decode_ok(&s, &(struct image_want){.channel = IMAGE_LUMA}, &luma);
    assert_in_range(grey_at(luma.pix, 300, 40), 60, 110);
    decode_ok(&s, &(struct image_want){.channel = IMAGE_LIGHT}, &light);
    assert_in_range(grey_at(light.pix, 300, 40), 205, 235);
    assert_true(grey_at(light.pix, 10, 240) < 30);
}

static void test_image__jpeg_shrinks_while_decoding(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_SHOT struct image_shot shot = {0};

    (void)state;
    make_jpeg(&(struct jpeg_wish){.w = 801, .h = 403, .components = 3}, &s);
    decode_ok(&s, &(struct image_want){.width_min_px = 201}, &shot);
    assert_int_equal(pixGetWidth(shot.pix), 401);
    assert_true(shot.scale > 0.49 && shot.scale < 0.51);
    assert_true(grey_at(shot.pix, 10, 100) < 30);
    image_shot_clear(&shot);
    decode_ok(&s, &(struct image_want){.width_min_px = 534}, &shot);
    assert_int_equal(pixGetWidth(shot.pix), 801);
    image_shot_clear(&shot);
    decode_ok(&s, &(struct image_want){.width_min_px = 5000}, &shot);
    assert_int_equal(pixGetWidth(shot.pix), 801);
}

static void test_image__jpeg_varieties(void **state)
{
    static const struct jpeg_wish WISHES[] = {
        {.w = 97, .h = 64, .components = 1},
        {.w = 97, .h = 64, .components = 3, .progressive = true},
        {.w = 97, .h = 64, .components = 1, .progressive = true},
        {.w = 97, .h = 64, .cmyk = true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WISHES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_SHOT struct image_shot shot = {0};

        make_jpeg(&WISHES[i], &s);
        decode_ok(&s, NULL, &shot);
        assert_true(grey_at(shot.pix, 3, 32) < 40);
        assert_true(grey_at(shot.pix, 50, 32) > 220);
    }
}

/* All eight orientations of EXIF bring the same pixel to its place. */
static void test_image__exif_orientation_is_undone(void **state)
{
    /* Where the dark bar (left in the file) is to be seen. */
    static const char SIDE[] = "LRRLTTBB";

    (void)state;
    for (int o = 1; o <= 8; o++) {
        unsigned char exif[] = "Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0"
                               "\0\0\0\0\0\0\0";
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_SHOT struct image_shot shot = {0};
        AUTO_IMAGE struct image *im = NULL;
        struct image_page page = {0};
        struct err e = ERR_INIT;
        int w = 0, h = 0;

        exif[25] = (unsigned char)o;
        make_jpeg(&(struct jpeg_wish){.w = 160,
                                      .h = 96,
                                      .components = 3,
                                      .exif = exif,
                                      .exif_len = sizeof exif - 1},
                  &s);
        im = open_ok(&s);
        unit_ok(image_page_get(im, 0, &page, &e), &e);
        assert_int_equal(page.orientation, o);
        assert_int_equal(page.width_px, o < 5 ? 160 : 96);
        unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
        w = pixGetWidth(shot.pix);
        h = pixGetHeight(shot.pix);
        assert_int_equal(w, page.width_px);
        assert_int_equal(h, page.height_px);
        assert_true((grey_at(shot.pix, 4, h / 2) < 60) == (SIDE[o - 1] == 'L'));
        assert_true((grey_at(shot.pix, w - 5, h / 2) < 60) == (SIDE[o - 1] == 'R'));
        assert_true((grey_at(shot.pix, w / 2, 4) < 60) == (SIDE[o - 1] == 'T'));
        assert_true((grey_at(shot.pix, w / 2, h - 5) < 60) == (SIDE[o - 1] == 'B'));
    }
}

static void test_image__exif_resolution_and_nonsense(void **state)
{
    /* Little-endian: orientation 99, x resolution 200/1, unit inch. */
    static const unsigned char GOOD[] = "Exif\0\0II*\0\x08\0\0\0\x03\0"
                                        "\x12\x01\x03\0\x01\0\0\0\x63\0\0\0"
                                        "\x1A\x01\x05\0\x01\0\0\0\x32\0\0\0"
                                        "\x28\x01\x03\0\x01\0\0\0\x02\0\0\0"
                                        "\0\0\0\0\xC8\0\0\0\x01\0\0";
    static const unsigned char WILD[] =
        "Exif\0\0II*\0\xF0\xFF\xFF\xFF\xFF\xFF\x12\x01\x03\0\x01\0\0\0\x06\0\0";
    const struct {
        const unsigned char *exif;
        unsigned len;
        int dpi;
    } CASES[] = {{GOOD, sizeof GOOD, 200}, {WILD, sizeof WILD, 0}, {GOOD, 20, 0}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_IMAGE struct image *im = NULL;
        struct image_page page = {0};
        struct err e = ERR_INIT;

        make_jpeg(&(struct jpeg_wish){.w = 16,
                                      .h = 16,
                                      .components = 1,
                                      .exif = CASES[i].exif,
                                      .exif_len = CASES[i].len},
                  &s);
        im = open_ok(&s);
        unit_ok(image_page_get(im, 0, &page, &e), &e);
        assert_int_equal(page.orientation, 1);
        assert_int_equal(page.dpi, CASES[i].dpi);
    }
}

static void test_image__jpeg_cut_anywhere_is_damaged(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    size_t len = 0;

    (void)state;
    make_jpeg(&(struct jpeg_wish){.w = 160, .h = 96, .components = 3}, &s);
    len = s.len;
    for (s.len = 3; s.len < len; s.len += 7)
        assert_undecodable(&s);
}

/* The end marker is there, the data before it is not. */
static void test_image__jpeg_half_a_page_is_never_given_out(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

    (void)state;
    make_jpeg(&(struct jpeg_wish){.w = 640, .h = 480, .components = 3}, &s);
    s.len = s.len * 2 / 3;
    str_add_mem(&s, "\xFF\xD9", 2);
    assert_undecodable(&s);
}

static void test_image__jpeg_frames_out_of_limits(void **state)
{
    static const struct {
        size_t at; /* behind the frame marker */
        unsigned value;
        size_t bytes;
        enum err_code code;
    } CASES[] = {
        {2, 12, 1, ERR_IMAGE_FORMAT},   /* 12 bits */
        {3, 0, 2, ERR_IMAGE_FORMAT},    /* height comes later (DNL) */
        {5, 0, 2, ERR_IMAGE_DAMAGED},   /* no width */
        {3, 0xFFFF, 2, ERR_IMAGE_SIZE}, /* 65,535 high */
        {7, 255, 1, ERR_IMAGE_FORMAT},  /* 255 components */
        {0, 4, 2, ERR_IMAGE_DAMAGED},   /* a frame of 4 bytes */
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        char *frame = NULL;

        make_jpeg(&(struct jpeg_wish){.w = 64, .h = 64, .components = 1}, &s);
        frame = memmem(s.p, s.len, "\xFF\xC0", 2);
        assert_non_null(frame);
        frame += 2 + CASES[i].at;
        for (size_t k = 0; k < CASES[i].bytes; k++)
            frame[k] = (char)(CASES[i].value >> (8 * (CASES[i].bytes - 1 - k)));
        assert_refused(&s, CASES[i].code);
    }
}

static void test_image__jpeg_scan_bomb_is_refused(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str bomb = STR_INIT(STR_FILE_MAX);
    char *scan = NULL;
    size_t head = 0;

    (void)state;
    make_jpeg(
        &(struct jpeg_wish){.w = 64, .h = 64, .components = 1, .progressive = true},
        &s);
    scan = memmem(s.p, s.len, "\xFF\xDA", 2);
    assert_non_null(scan);
    head = (size_t)(scan - s.p);
    str_add_mem(&bomb, s.p, s.len - 2);
    for (int i = 0; i < 100; i++)
        str_add_mem(&bomb, s.p + head, s.len - 2 - head);
    str_add_mem(&bomb, "\xFF\xD9", 2);
    assert_refused(&bomb, ERR_IMAGE_BOMB);
}

static void test_image__jpeg_structure_must_hold(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
    } CASES[] = {
        {"\xFF\xD8\xFF\xD9", 4},                    /* nothing in it */
        {"\xFF\xD8\xFF\xD8\xFF\xD9", 6},            /* starts twice */
        {"\xFF\xD8\xFF\xE0\x00\x01\xFF\xD9", 8},    /* segment of one byte */
        {"\xFF\xD8\xFF\xE0\xFF\xFFxx\xFF\xD9", 10}, /* segment beyond the end */
        {"\xFF\xD8\xFF\xDA\x00\x02\xFF\xD9", 8},    /* scan before the frame */
        {"\xFF\xD8\xFF\xE5\x00\x02xx", 8},          /* no marker where one must be */
        {"\xFF\xD8\xFF", 3},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(100);

        str_add_mem(&s, CASES[i].bytes, CASES[i].len);
        assert_refused(&s, ERR_IMAGE_DAMAGED);
    }
}

/* ---- PNG ------------------------------------------------------------------------- */

static void test_image__png_varieties(void **state)
{
    static const int DEPTHS[] = {1, 2, 4, 8, 16, 32};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(DEPTHS); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_SHOT struct image_shot shot = {0};
        struct Pix *rgb = make_rgb(80, 60);
        struct Pix *p = NULL;

        if (DEPTHS[i] == 32) {
            p = rgb;
        } else {
            struct Pix *grey = pixConvertRGBToGray(rgb, 0, 0, 0);

            pixDestroy(&rgb);
            p = DEPTHS[i] == 1    ? pixThresholdToBinary(grey, 128)
                : DEPTHS[i] == 2  ? pixThresholdTo2bpp(grey, 4, 0)
                : DEPTHS[i] == 4  ? pixThresholdTo4bpp(grey, 16, 0)
                : DEPTHS[i] == 16 ? pixConvert8To16(grey, 8)
                                  : pixClone(grey);
            pixDestroy(&grey);
        }
        pixSetResolution(p, 300, 300);
        write_as(p, IFF_PNG, &s);
        decode_ok(&s, NULL, &shot);
        assert_int_equal(pixGetWidth(shot.pix), 80);
        assert_true(grey_at(shot.pix, 4, 30) < 70);
        assert_true(grey_at(shot.pix, 40, 30) > 180);
    }
}

static void test_image__png_alpha_lies_over_white(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_SHOT struct image_shot shot = {0};
    struct Pix *p = pixCreate(20, 20, 32);

    (void)state;
    pixSetSpp(p, 4);
    for (int y = 0; y < 20; y++)
        for (int x = 10; x < 20; x++)
            (void)pixSetPixel(p, x, y, 0x000000FF); /* black, not transparent */
    write_as(p, IFF_PNG, &s);
    decode_ok(&s, NULL, &shot);
    assert_true(grey_at(shot.pix, 4, 10) > 250);
    assert_true(grey_at(shot.pix, 15, 10) < 5);
}

static void test_image__png_resolution(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct Pix *p = make_rgb(30, 30);
    struct err e = ERR_INIT;

    (void)state;
    pixSetResolution(p, 200, 200);
    write_as(p, IFF_PNG, &s);
    im = open_ok(&s);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.dpi, 200);
    assert_int_equal(page.samples, 3);
}

static void test_image__png_damage_is_found(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    char *data = NULL;
    size_t len = 0;

    (void)state;
    write_as(make_rgb(200, 200), IFF_PNG, &s);
    len = s.len;
    for (s.len = 9; s.len < len; s.len += 11)
        assert_refused(&s, ERR_IMAGE_DAMAGED);
    s.len = len;
    data = memmem(s.p, s.len, "IDAT", 4);
    assert_non_null(data);
    data[20] ^= 1;
    assert_undecodable(&s);
    data[20] ^= 1;
    s.p[len - 1] ^= 1; /* checksum of the end */
    assert_undecodable(&s);
    s.p[len - 1] ^= 1;
    data[0] = '\n';
    assert_refused(&s, ERR_IMAGE_DAMAGED);
}

static void png_chunk(struct str *s, const char *name, const void *data, uint32_t len)
{
    for (int i = 3; i >= 0; i--)
        str_add_char(s, (char)(len >> (8 * i)));
    str_add_mem(s, name, 4);
    str_add_mem(s, data, len);
    str_add_mem(s, "\0\0\0\0", 4); /* the walk does not look at checksums */
}

static void png_begin(struct str *s, uint32_t w, uint32_t h, unsigned bits,
                      unsigned color)
{
    unsigned char head[13] = {0};

    str_add_mem(s, "\x89PNG\r\n\x1A\n", 8);
    for (int i = 0; i < 4; i++) {
        head[i] = (unsigned char)(w >> (24 - 8 * i));
        head[4 + i] = (unsigned char)(h >> (24 - 8 * i));
    }
    head[8] = (unsigned char)bits;
    head[9] = (unsigned char)color;
    png_chunk(s, "IHDR", head, sizeof head);
}

static void test_image__png_heads_out_of_limits(void **state)
{
    static const struct {
        uint32_t w, h;
        unsigned bits, color;
        enum err_code code;
    } CASES[] = {
        {0x7FFFFFFF, 0x7FFFFFFF, 8, 2, ERR_IMAGE_SIZE},
        {50000, 50000, 1, 0, ERR_IMAGE_SIZE},
        {32768, 1, 8, 0, ERR_IMAGE_SIZE},
        {12000, 10001, 8, 0, ERR_IMAGE_SIZE},  /* 120.012 megapixels */
        {10000, 10000, 16, 6, ERR_IMAGE_SIZE}, /* 800 MB decoded */
        {0, 10, 8, 0, ERR_IMAGE_DAMAGED},
        {10, 10, 3, 0, ERR_IMAGE_DAMAGED},
        {10, 10, 16, 3, ERR_IMAGE_DAMAGED},
        {10, 10, 8, 5, ERR_IMAGE_DAMAGED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(1000);

        png_begin(&s, CASES[i].w, CASES[i].h, CASES[i].bits, CASES[i].color);
        png_chunk(&s, "IDAT", "xx", 2);
        png_chunk(&s, "IEND", "", 0);
        assert_refused(&s, CASES[i].code);
    }
}

static void test_image__png_a3_at_600_dpi_passes_the_limits(void **state)
{
    AUTO_STR struct str s = STR_INIT(1000);
    AUTO_IMAGE struct image *im = NULL;

    (void)state;
    png_begin(&s, 7016, 9921, 8, 2);
    png_chunk(&s, "IDAT", "xx", 2);
    png_chunk(&s, "IEND", "", 0);
    im = open_ok(&s);
    assert_non_null(im);
}

static void test_image__png_with_too_much_beside_it_is_refused(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *text = mem_new(3 << 20, 1);

    (void)state;
    png_begin(&s, 10, 10, 8, 0);
    for (int i = 0; i < 3; i++)
        png_chunk(&s, "tEXt", text, 3 << 20);
    png_chunk(&s, "IDAT", "xx", 2);
    png_chunk(&s, "IEND", "", 0);
    assert_refused(&s, ERR_IMAGE_BOMB);
}

/* Notes that unpack to more than may stand beside a picture; small ones are fine. */
static void test_image__png_with_a_note_that_explodes_is_refused(void **state)
{
    static const struct {
        const char *chunk, *head;
        size_t len;
        bool packed;
    } NOTES[] = {
        {"zTXt", "Comment\0\0", 9, true},
        {"iCCP", "sRGB\0\0", 6, true},
        {"iTXt", "Title\0\1\0vi\0Ten\0", 15, true},
        {"iTXt", "Title\0\0\0vi\0Ten\0", 15, false},
        {"zTXt", "no end", 6, false},
    };
    AUTO_STR struct str packed = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *zeros = mem_new(9 << 20, 1);
    AUTO_MEM unsigned char *rows = mem_new(10 * 11, 1);

    (void)state;
    for (size_t size = 9 << 20; size > 0; size = size > 1000 ? 1000 : 0) {
        str_reset(&packed);
        deflate_pack(zeros, size, &packed);
        for (size_t i = 0; i < ARRAY_LEN(NOTES); i++) {
            AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
            AUTO_STR struct str note = STR_INIT(STR_FILE_MAX);
            AUTO_STR struct str data = STR_INIT(STR_FILE_MAX);
            AUTO_IMAGE struct image *im = NULL;
            struct err e = ERR_INIT;

            str_add_mem(&note, NOTES[i].head, NOTES[i].len);
            str_add_mem(&note, packed.p, packed.len);
            deflate_pack(rows, 10 * 11, &data);
            png_begin(&s, 10, 10, 8, 0);
            png_chunk(&s, NOTES[i].chunk, note.p, (uint32_t)note.len);
            png_chunk(&s, "IDAT", data.p, (uint32_t)data.len);
            png_chunk(&s, "IEND", "", 0);
            if (size > 1000 && NOTES[i].packed) {
                assert_refused(&s, ERR_IMAGE_BOMB);
                continue;
            }
            unit_ok(image_open_mem(s.p, s.len, IMAGE_KINDS_INPUT, &im, &e), &e);
        }
    }
}

static void test_image__png_without_picture_or_in_disorder(void **state)
{
    AUTO_STR struct str none = STR_INIT(1000);
    AUTO_STR struct str twice = STR_INIT(1000);
    AUTO_STR struct str late = STR_INIT(1000);

    (void)state;
    png_begin(&none, 10, 10, 8, 0);
    png_chunk(&none, "IEND", "", 0);
    assert_refused(&none, ERR_IMAGE_DAMAGED);
    png_begin(&twice, 10, 10, 8, 0);
    png_chunk(&twice, "IHDR", "1234567890123", 13);
    assert_refused(&twice, ERR_IMAGE_DAMAGED);
    str_add_mem(&late, "\x89PNG\r\n\x1A\n", 8);
    png_chunk(&late, "IDAT", "xx", 2);
    assert_refused(&late, ERR_IMAGE_DAMAGED);
}

/* Interlaced pictures are read as a whole; made by hand from a plain one is not
 * possible, so a one-pixel picture has to do: all seven passes, one of them filled. */
static void test_image__png_interlaced(void **state)
{
    static const unsigned char FILE_BYTES[] = {
        0x89, 'P',  'N',  'G',  '\r', '\n', 0x1A, '\n', 0,    0,    0,   13,  'I', 'H',
        'D',  'R',  0,    0,    0,    1,    0,    0,    0,    1,    8,   0,   0,   0,
        1,    0x4D, 0x79, 0xAB, 0xC3, 0,    0,    0,    10,   'I',  'D', 'A', 'T', 0x78,
        0x9C, 0x63, 0x70, 0x05, 0x00, 0x00, 0x43, 0x00, 0x42, 0,    0,   0,   0,   0,
        0,    0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};
    AUTO_STR struct str s = STR_INIT(1000);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct err e = ERR_INIT;

    (void)state;
    str_add_mem(&s, FILE_BYTES, sizeof FILE_BYTES);
    im = open_ok(&s);
    /* Its checksums are not right: refused, by the path of interlaced pictures. */
    unit_fails(image_decode(im, 0, NULL, &shot, &e), ERR_IMAGE_DAMAGED, &e);
}

/* ---- TIFF ------------------------------------------------------------------------ */

static void test_image__tiff_varieties(void **state)
{
    static const struct {
        int depth, format;
    } CASES[] = {{1, IFF_TIFF_G4},  {1, IFF_TIFF_PACKBITS}, {8, IFF_TIFF_LZW},
                 {8, IFF_TIFF_ZIP}, {32, IFF_TIFF_LZW},     {32, IFF_TIFF_JPEG},
                 {4, IFF_TIFF}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        AUTO_SHOT struct image_shot shot = {0};
        AUTO_IMAGE struct image *im = NULL;
        struct image_page page = {0};
        struct err e = ERR_INIT;
        struct Pix *rgb = make_rgb(160, 120);
        struct Pix *grey = pixConvertRGBToGray(rgb, 0, 0, 0);
        struct Pix *p = CASES[i].depth == 1    ? pixThresholdToBinary(grey, 128)
                        : CASES[i].depth == 4  ? pixThresholdTo4bpp(grey, 16, 0)
                        : CASES[i].depth == 32 ? pixClone(rgb)
                                               : pixClone(grey);

        pixDestroy(&rgb);
        pixDestroy(&grey);
        pixSetResolution(p, 300, 300);
        write_as(p, CASES[i].format, &s);
        im = open_ok(&s);
        unit_ok(image_page_get(im, 0, &page, &e), &e);
        assert_int_equal(page.dpi, 300);
        decode_ok(&s, NULL, &shot);
        assert_true(grey_at(shot.pix, 8, 60) < 60);
        assert_true(grey_at(shot.pix, 80, 60) > 220);
    }
}

static void test_image__tiff_pages_stand_for_themselves(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_page page = {0};
    struct err e = ERR_INIT;
    size_t next = 0;

    (void)state;
    tiff_begin(&s);
    next = tiff_page(&s, 8, 4, 1, 1, 8, 32);
    set32(&s, next, (uint32_t)s.len);
    next = tiff_page(&s, 8, 4, 1, 1, 100000, 32); /* strip past the end */
    set32(&s, next, (uint32_t)s.len);
    (void)tiff_page(&s, 4, 8, 1, 1, 8, 32);
    im = open_ok(&s);
    assert_int_equal(image_page_count(im), 3);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    assert_int_equal(grey_at(shot.pix, 7, 3), 77);
    unit_fails(image_page_get(im, 1, &page, &e), ERR_IMAGE_DAMAGED, &e);
    unit_fails(image_verify(im, 1, &e), ERR_IMAGE_DAMAGED, &e);
    unit_ok(image_page_get(im, 2, &page, &e), &e);
    assert_int_equal(page.height_px, 8);
    unit_ok(image_verify(im, 2, &e), &e);
    unit_fails(image_page_get(im, 3, &page, &e), ERR_IMAGE_DAMAGED, &e);
    unit_fails(image_page_get(im, -1, &page, &e), ERR_IMAGE_DAMAGED, &e);
}

/* @height rows, each of one level; @depth 1 or 8. The bands that come with the whole
 * page are the same. */
static struct Pix *bands_of(int height, int depth)
{
    const struct image_want want = {.channel = IMAGE_RED, .bands = true};
    AUTO_SHOT struct image_shot shot = {0};
    l_int32 same = 0;
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct Pix *p = pixCreate(40, height, depth), *bands = NULL;
    l_uint8 *data = NULL;
    size_t len = 0;
    struct err e = ERR_INIT;

    for (int y = 0; depth == 8 && y < height; y++)
        for (int x = 0; x < 40; x++)
            (void)pixSetPixel(p, x, y, (l_uint32)(y % 251));
    assert_int_equal(pixWriteMemPng(&data, &len, p, 0), 0);
    str_add_mem(&s, data, len);
    lept_free(data);
    pixDestroy(&p);
    im = open_ok(&s);
    unit_ok(image_verify_bands(im, 0, &bands, &e), &e);
    unit_ok(image_decode(im, 0, &want, &shot, &e), &e);
    assert_int_equal(shot.bands != NULL, bands != NULL);
    assert_true(!bands || (pixEqual(bands, shot.bands, &same) == 0 && same));
    return bands;
}

static void test_image__bands_are_rows_of_the_page(void **state)
{
    static const int FIRST[] = {0, 128, 256, 400 - IMAGE_BAND_ROWS};
    struct Pix *p = bands_of(400, 8);

    (void)state;
    assert_non_null(p);
    assert_int_equal(pixGetWidth(p), 40);
    assert_int_equal(pixGetHeight(p), 4 * IMAGE_BAND_ROWS);
    for (int i = 0; i < pixGetHeight(p); i++) {
        int y = FIRST[i / IMAGE_BAND_ROWS] + i % IMAGE_BAND_ROWS;

        assert_int_equal(grey_at(p, 17, i), y % 251);
    }
    pixDestroy(&p);
    /* The last band does not overlap the one before. */
    p = bands_of(128 + 2 * IMAGE_BAND_ROWS - 1, 8);
    assert_int_equal(pixGetHeight(p), 2 * IMAGE_BAND_ROWS);
    pixDestroy(&p);
    assert_null(bands_of(IMAGE_BAND_ROWS - 1, 8));
    assert_null(bands_of(400, 1));
}

/* A grey JPEG of many bands and its rows, decoded wholly. */
static struct Pix *jpeg_of_bands(struct str *s)
{
    AUTO_IMAGE struct image *im = NULL;
    struct image_shot shot = {0};
    struct err e = ERR_INIT;

    make_jpeg(&(struct jpeg_wish){.w = 640, .h = 1000, .components = 1}, s);
    im = open_ok(s);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    return shot.pix;
}

static void test_image__rows_between_bands_of_jpeg_are_skipped(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct Pix *all = jpeg_of_bands(&s), *bands = NULL;
    struct err e = ERR_INIT;

    (void)state;
    im = open_ok(&s);
    unit_ok(image_verify_bands(im, 0, &bands, &e), &e);
    assert_int_equal(pixGetHeight(bands), 9 * IMAGE_BAND_ROWS);
    for (int i = 0; i < pixGetHeight(bands); i++) {
        int band = i / IMAGE_BAND_ROWS;
        int first = band < 8 ? band * IMAGE_BAND_EVERY : 1000 - IMAGE_BAND_ROWS;

        for (int x = 0; x < 640; x += 7)
            assert_int_equal(grey_at(bands, x, i),
                             grey_at(all, x, first + i % IMAGE_BAND_ROWS));
    }
    pixDestroy(&all);
    pixDestroy(&bands);
}

/* Rows that are skipped are still read: an end of the picture amid them is damage. */
static void test_image__damage_between_bands_is_found(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *all = jpeg_of_bands(&s), *bands = NULL;

    (void)state;
    pixDestroy(&all);
    for (size_t at = s.len / 4; at + 64 < s.len; at += s.len / 40 + 1) {
        AUTO_IMAGE struct image *im = NULL;
        char was[2] = {s.p[at], s.p[at + 1]};
        struct err e = ERR_INIT;

        s.p[at] = '\xFF';
        s.p[at + 1] = '\xD9';
        im = open_ok(&s);
        unit_fails(image_verify_bands(im, 0, &bands, &e), ERR_IMAGE_DAMAGED, &e);
        assert_null(bands);
        unit_fails(image_verify(im, 0, &e), ERR_IMAGE_DAMAGED, &e);
        memcpy(s.p + at, was, 2);
    }
}

static void test_image__tiff_circle_ends(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    struct image_page page = {0};
    struct err e = ERR_INIT;
    size_t next = 0;

    (void)state;
    tiff_begin(&s);
    next = tiff_page(&s, 8, 4, 1, 1, 8, 32);
    set32(&s, next, 40);
    im = open_ok(&s);
    assert_int_equal(image_page_count(im), 2);
    unit_ok(image_verify(im, 0, &e), &e);
    unit_fails(image_page_get(im, 1, &page, &e), ERR_IMAGE_DAMAGED, &e);
}

static void test_image__tiff_of_too_many_pages_is_refused(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    size_t next = 0;

    (void)state;
    tiff_begin(&s);
    for (int i = 0; i <= IMAGE_TIFF_PAGES_MAX; i++) {
        if (next)
            set32(&s, next, (uint32_t)s.len);
        next = tiff_page(&s, 8, 4, 1, 1, 8, 32);
    }
    assert_refused(&s, ERR_IMAGE_BOMB);
}

static void test_image__tiff_out_of_limits(void **state)
{
    static const struct {
        uint32_t w, h, samples, strips;
        enum err_code code;
    } CASES[] = {
        {70000, 10, 1, 1, ERR_IMAGE_SIZE},  {30000, 30000, 1, 1, ERR_IMAGE_SIZE},
        {8, 4, 65529, 1, ERR_IMAGE_FORMAT}, {8, 4, 1, 70000, ERR_IMAGE_BOMB},
        {0, 4, 1, 1, ERR_IMAGE_DAMAGED},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);

        tiff_begin(&s);
        (void)tiff_page(&s, CASES[i].w, CASES[i].h, CASES[i].samples, CASES[i].strips,
                        8, 32);
        assert_refused(&s, CASES[i].code);
    }
}

static void test_image__tiff_structure_must_hold(void **state)
{
    AUTO_STR struct str none = STR_INIT(1000);
    AUTO_STR struct str far = STR_INIT(1000);
    AUTO_STR struct str empty = STR_INIT(1000);
    AUTO_STR struct str cut = STR_INIT(1000);

    (void)state;
    str_add_mem(&none, "II*\0\0\0\0\0", 8);
    assert_refused(&none, ERR_IMAGE_DAMAGED);
    str_add_mem(&far, "MM\0*\x7F\xFF\xFF\xFF", 8);
    assert_refused(&far, ERR_IMAGE_DAMAGED);
    str_add_mem(&empty, "II*\0\x08\0\0\0\0\0\0\0\0\0", 14);
    assert_refused(&empty, ERR_IMAGE_DAMAGED);
    tiff_begin(&cut);
    (void)tiff_page(&cut, 8, 4, 1, 1, 8, 32);
    cut.len -= 30;
    assert_refused(&cut, ERR_IMAGE_DAMAGED);
}

static void test_image__bigtiff(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_SHOT struct image_shot shot = {0};

    (void)state;
    str_add_mem(&s, "II+\0\x08\0\0\0", 8);
    add32(&s, 16 + 32);
    add32(&s, 0);
    for (int i = 0; i < 32; i++)
        str_add_char(&s, 77);
    add32(&s, 9);
    add32(&s, 0);
    for (int i = 0; i < 9; i++) {
        static const unsigned IDS[] = {256, 257, 258, 259, 262, 273, 277, 278, 279};
        static const unsigned VALUES[] = {8, 4, 8, 1, 1, 16, 1, 4, 32};

        add16(&s, IDS[i]);
        add16(&s, 4);
        add32(&s, 1);
        add32(&s, 0);
        add32(&s, VALUES[i]);
        add32(&s, 0);
    }
    add32(&s, 0);
    add32(&s, 0);
    decode_ok(&s, NULL, &shot);
    assert_int_equal(grey_at(shot.pix, 3, 2), 77);
}

static void test_image__tiff_orientation(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    struct image_page page = {0};
    struct err e = ERR_INIT;

    (void)state;
    tiff_begin(&s);
    s.p[8] = 1; /* top left pixel is dark */
    (void)tiff_page(&s, 8, 4, 1, 1, 8, 32);
    s.p[s.len - 4 - 12 * 3] = 0x12; /* SamplesPerPixel gives way to Orientation */
    s.p[s.len - 4 - 12 * 3 + 8] = 6;
    im = open_ok(&s);
    unit_ok(image_page_get(im, 0, &page, &e), &e);
    assert_int_equal(page.orientation, 6);
    assert_int_equal(page.width_px, 4);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    assert_int_equal(grey_at(shot.pix, 3, 0), 1);
}

/* ---- PNM, descriptors ------------------------------------------------------------ */

static void test_image__pnm_of_our_renderer(void **state)
{
    static const struct {
        const char *file;
        size_t len;
        int left, right;
    } CASES[] = {
        {"P5 2 1 255\n\x0A\xF0", 13, 10, 240},
        {"P6\n2 1\n255\n\x0A\x01\x01\xF0\x02\x02", 17, 10, 240},
        {"P4\n2 1\n\x80", 8, 0, 255},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_IMAGE struct image *im = NULL;
        AUTO_SHOT struct image_shot shot = {0};
        struct err e = ERR_INIT;

        unit_ok(image_open_mem(CASES[i].file, CASES[i].len, IMAGE_PNM, &im, &e), &e);
        unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
        assert_int_equal(grey_at(shot.pix, 0, 0), CASES[i].left);
        assert_int_equal(grey_at(shot.pix, 1, 0), CASES[i].right);
        image_auto(&im);
        unit_fails(image_open_mem(CASES[i].file, CASES[i].len - 1, IMAGE_PNM, &im, &e),
                   ERR_IMAGE_DAMAGED, &e);
    }
    {
        static const char *const BAD[] = {"P5 2 255\nab", "P5 2 1 65535\nabcd",
                                          "P6 40000 1 255\n", "P5 x 1 255\na"};

        for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
            AUTO_IMAGE struct image *im = NULL;
            struct err e = ERR_INIT;

            assert_int_equal(image_open_mem(BAD[i], strlen(BAD[i]), IMAGE_PNM, &im, &e),
                             -1);
        }
    }
}

static void test_image__descriptor_is_left_as_it_is(void **state)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *path = fs_path(*state, "page.png");
    AUTO_IMAGE struct image *im = NULL;
    AUTO_SHOT struct image_shot shot = {0};
    AUTO_FD int fd = -1;
    struct err e = ERR_INIT;

    write_as(make_rgb(40, 40), IFF_PNG, &s);
    unit_ok(fs_write_file(path, s.p, s.len, &e), &e);
    fd = fs_open(path, O_RDONLY, 0, &e);
    assert_true(fd >= 0);
    assert_int_equal(lseek(fd, 5, SEEK_SET), 5);
    unit_ok(image_open_fd(fd, IMAGE_KINDS_INPUT, &im, &e), &e);
    unit_ok(image_decode(im, 0, NULL, &shot, &e), &e);
    image_auto(&im);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 5);
}

static void test_image__what_is_no_file_is_refused(void **state)
{
    AUTO_IMAGE struct image *im = NULL;
    AUTO_STR struct str s = STR_INIT(1000);
    struct err e = ERR_INIT;
    int ends[2] = {-1, -1};

    (void)state;
    assert_int_equal(pipe(ends), 0);
    unit_fails(image_open_fd(ends[0], IMAGE_KINDS_INPUT, &im, &e),
               ERR_INPUT_NOT_REGULAR, &e);
    assert_int_equal(close(ends[0]) + close(ends[1]), 0);
    unit_fails(image_open_fd(-1, IMAGE_KINDS_INPUT, &im, &e), ERR_READ, &e);
    str_add(&s, "hello");
    assert_refused(&s, ERR_INPUT_TYPE);
    unit_fails(image_open_mem("", 0, IMAGE_KINDS_INPUT, &im, &e), ERR_INPUT_TYPE, &e);
}

/* Whatever byte is changed: an answer, and never a picture of another size. */
static void test_image__changed_bytes_end_in_an_answer(void **state)
{
    struct str files[3] = {STR_INIT(STR_FILE_MAX), STR_INIT(STR_FILE_MAX),
                           STR_INIT(STR_FILE_MAX)};

    (void)state;
    make_jpeg(&(struct jpeg_wish){.w = 48, .h = 32, .components = 3}, &files[0]);
    write_as(make_rgb(48, 32), IFF_PNG, &files[1]);
    write_as(make_rgb(48, 32), IFF_TIFF_ZIP, &files[2]);
    for (size_t f = 0; f < 3; f++) {
        for (size_t i = 0; i < files[f].len; i++) {
            AUTO_IMAGE struct image *im = NULL;
            AUTO_SHOT struct image_shot shot = {0};
            struct image_page page = {0};
            struct err e = ERR_INIT;
            char was = files[f].p[i];

            files[f].p[i] = (char)(was ^ (1 << (i % 8)));
            if (image_open_mem(files[f].p, files[f].len, IMAGE_KINDS_INPUT, &im, &e) ==
                    0 &&
                image_page_get(im, 0, &page, &e) == 0 &&
                (uint64_t)page.width_px * (uint64_t)page.height_px < 1000000 &&
                image_decode(im, 0, NULL, &shot, &e) == 0)
                assert_int_equal(pixGetWidth(shot.pix), page.width_px);
            files[f].p[i] = was;
        }
    }
    for (size_t f = 0; f < 3; f++)
        str_clear(&files[f]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_image__kind_by_first_bytes),
        cmocka_unit_test(test_image__kind_not_asked_for_is_refused),
        cmocka_unit_test(test_image__jpeg_gives_red_upright),
        cmocka_unit_test(test_image__jpeg_shrinks_while_decoding),
        cmocka_unit_test(test_image__jpeg_varieties),
        cmocka_unit_test(test_image__exif_orientation_is_undone),
        cmocka_unit_test(test_image__exif_resolution_and_nonsense),
        cmocka_unit_test(test_image__jpeg_cut_anywhere_is_damaged),
        cmocka_unit_test(test_image__jpeg_half_a_page_is_never_given_out),
        cmocka_unit_test(test_image__jpeg_frames_out_of_limits),
        cmocka_unit_test(test_image__jpeg_scan_bomb_is_refused),
        cmocka_unit_test(test_image__jpeg_structure_must_hold),
        cmocka_unit_test(test_image__png_varieties),
        cmocka_unit_test(test_image__png_alpha_lies_over_white),
        cmocka_unit_test(test_image__png_resolution),
        cmocka_unit_test(test_image__png_damage_is_found),
        cmocka_unit_test(test_image__png_heads_out_of_limits),
        cmocka_unit_test(test_image__png_a3_at_600_dpi_passes_the_limits),
        cmocka_unit_test(test_image__png_with_too_much_beside_it_is_refused),
        cmocka_unit_test(test_image__png_with_a_note_that_explodes_is_refused),
        cmocka_unit_test(test_image__png_without_picture_or_in_disorder),
        cmocka_unit_test(test_image__png_interlaced),
        cmocka_unit_test(test_image__tiff_varieties),
        cmocka_unit_test(test_image__tiff_pages_stand_for_themselves),
        cmocka_unit_test(test_image__bands_are_rows_of_the_page),
        cmocka_unit_test(test_image__rows_between_bands_of_jpeg_are_skipped),
        cmocka_unit_test(test_image__damage_between_bands_is_found),
        cmocka_unit_test(test_image__tiff_circle_ends),
        cmocka_unit_test(test_image__tiff_of_too_many_pages_is_refused),
        cmocka_unit_test(test_image__tiff_out_of_limits),
        cmocka_unit_test(test_image__tiff_structure_must_hold),
        cmocka_unit_test(test_image__bigtiff),
        cmocka_unit_test(test_image__tiff_orientation),
        cmocka_unit_test(test_image__pnm_of_our_renderer),
        unit_case(test_image__descriptor_is_left_as_it_is),
        cmocka_unit_test(test_image__what_is_no_file_is_refused),
        cmocka_unit_test(test_image__changed_bytes_end_in_an_answer),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
