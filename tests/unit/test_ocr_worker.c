/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/map.h"
#include "ocr/ocr.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/letter.h"
#include "tests/unit/unit.h"

#include <jpeglib.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "ocr/ocr_body.h"
#include "ocr/steps.h"

/*
 * The pool over both bodies. This program is its own worker ("worker ocr"); with
 * TEST_OCR_FAKE it behaves as that says instead, after a true hello.
 */
#define FAKE    "TEST_OCR_FAKE"
#define WAIT_MS 60000

/* ---- pictures -------------------------------------------------------------------- */

static int put_file(const char *dir, const char *name, const void *data, size_t len)
{
    AUTO_MEM char *path = fs_path(dir, name);
    struct err e = ERR_INIT;
    int fd = -1;

    unit_ok(fs_write_file(path, data, len, &e), &e);
    fd = fs_open(path, O_RDONLY, 0, &e);
    assert_true(fd >= 0);
    return fd;
}

static int put_letter(const char *dir, const char *name, int format, double factor)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *p = letter_draw(1);
    struct Pix *q = pixScale(p, (l_float32)factor, (l_float32)factor);

    letter_write(q, format, (int)(LETTER_DPI * factor), &s);
    pixDestroy(&p);
    pixDestroy(&q);
    return put_file(dir, name, s.p, s.len);
}

/* A true JPEG of 99 scans and 25 megapixels: within the limits, but long to decode. */
static int put_slow(const char *dir)
{
    static const jpeg_scan_info FIRST = {1, {0}, 0, 0, 0, 1};
    jpeg_scan_info scans[99];
    struct jpeg_compress_struct c = {0};
    struct jpeg_error_mgr errors;
    unsigned char *data = NULL;
    unsigned long len = 0;
    AUTO_MEM unsigned char *row = mem_new(5000, 1);
    JSAMPROW rows[1] = {row};
    int fd = -1, n = 1;

    c.err = jpeg_std_error(&errors);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &data, &len);
    c.image_width = c.image_height = 5000;
    c.input_components = 1;
    c.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    scans[0] = FIRST;
    for (int k = 1; k < 64; k++)
        scans[n++] = (jpeg_scan_info){1, {0}, k, k, 0, 1};
    scans[n++] = (jpeg_scan_info){1, {0}, 0, 0, 1, 0};
    for (int k = 1; n < 99; k++)
        scans[n++] = (jpeg_scan_info){1, {0}, k, k, 1, 0};
    c.scan_info = scans;
    c.num_scans = n;
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < 5000; y++) {
        memset(row, y & 255, 5000);
        (void)jpeg_write_scanlines(&c, rows, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    fd = put_file(dir, "slow.jpg", data, len);
    free(data);
    return fd;
}

/* ---- driving --------------------------------------------------------------------- */

static struct ocr_pool *open_pool(const struct ocr_opts *o)
{
    struct ocr_pool *p = NULL;
    struct err e = ERR_INIT;

    unit_ok(ocr_pool_open(o, &p, &e), &e);
    return p;
}

static void submit(struct ocr_pool *p, int64_t id, int fd)
{
    struct err e = ERR_INIT;

    unit_ok(ocr_pool_submit(p, &(struct ocr_job){.id = id, .fd = fd}, &e), &e);
}

static void next(struct ocr_pool *p, struct ocr_done *d)
{
    struct err e = ERR_INIT;
    int rc = 0;

    ocr_done_clear(d);
    rc = ocr_pool_poll(p, WAIT_MS, d, &e);
    if (rc != 1)
        fail_msg("poll: %d %s %s %s", rc, err_code_name(e.code), e.subject, e.detail);
}

static void one(struct ocr_pool *p, int fd, struct ocr_done *d)
{
    submit(p, 7, fd);
    next(p, d);
    assert_int_equal(d->id, 7);
    assert_int_equal(ocr_pool_busy(p), 0);
}

static void assert_letter(const struct ocr_done *d, int width)
{
    struct err e = ERR_INIT;

    if (d->failed)
        fail_msg("%s %s %s", err_code_name(d->why.code), d->why.subject, d->why.detail);
    unit_ok(result_check(&d->result, &e), &e);
    assert_int_equal(d->result.width_px, width);
    assert_true(letter_found(d->result.text) >= 80);
    /* The first word lies where it was drawn, in pixels of the file. */
    assert_in_range(d->result.words[0].x, width * 0.11, width * 0.13);
}

/* ---- cases over either body ------------------------------------------------------ */

static void read_letters(const char *dir, const struct ocr_body *body)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 2, .body = body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    int fds[] = {
        put_letter(dir, "a.jpg", IFF_JFIF_JPEG, 1),
        put_letter(dir, "b.png", IFF_PNG, 0.5),
        put_letter(dir, "c.tif", IFF_TIFF_ZIP, 0.667),
    };
    static const int WIDTHS[] = {2480, 1240, 1654};
    unsigned seen = 0;

    assert_int_equal(ocr_pool_room(p), 2);
    submit(p, 0, fds[0]);
    submit(p, 1, fds[1]);
    assert_int_equal(ocr_pool_room(p), 0);
    for (int i = 0; i < 3; i++) {
        next(p, &d);
        assert_in_range(d.id, 0, 2);
        assert_letter(&d, WIDTHS[d.id]);
        seen |= 1U << d.id;
        if (i == 0)
            submit(p, 2, fds[2]);
    }
    assert_int_equal(seen, 7);
    for (int i = 0; i < 3; i++)
        (void)close(fds[i]);
}

static void test_ocr_worker__reads_letters(void **state)
{
    read_letters(*state, NULL);
}

static void test_ocr_direct__reads_letters(void **state)
{
    read_letters(*state, &ocr_direct_body);
}

/* The other side comes along, belongs to its page alone, and never costs a page. */
static void sides(const char *dir, const struct ocr_body *body)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    int page = put_letter(dir, "front.png", IFF_PNG, 0.5);
    int bad = put_file(dir, "bad.jpg", "\xFF\xD8\xFF\xE0\x00\x04xx\xFF\xD9", 10);
    const struct {
        struct ocr_side verso;
        const char *why;
    } CASES[] = {{{.fd = page}, "no-match"}, /* the same page is not its own back */
                 {{.fd = bad}, "verso-unreadable"},
                 {{.fd = page, .index = 1}, "verso-unreadable"}};
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct ocr_job job = {
            .id = 3, .fd = page, .duplex = true, .verso = CASES[i].verso};
        const struct step *step = NULL;

        unit_ok(ocr_pool_submit(p, &job, &e), &e);
        next(p, &d);
        assert_letter(&d, 1240);
        step = steps_find(&d.result.steps, "bleed");
        assert_non_null(step);
        assert_false(step->done);
        assert_ptr_equal(strstr(step->why, CASES[i].why), step->why);
    }
    submit(p, 7, page);
    next(p, &d);
    assert_letter(&d, 1240);
    assert_null(steps_find(&d.result.steps, "bleed"));
    (void)close(page);
    (void)close(bad);
}

static void test_ocr_worker__other_side_comes_along(void **state)
{
    sides(*state, NULL);
}

static void test_ocr_direct__other_side_comes_along(void **state)
{
    sides(*state, &ocr_direct_body);
}

static void bad_pages(const char *dir, const struct ocr_body *body)
{
    static const struct {
        const char *name, *data;
        size_t len;
        enum err_code code;
    } CASES[] = {
        {"a.pdf", "%PDF-1.7\n", 9, ERR_INPUT_TYPE},
        {"a.jpg", "\xFF\xD8\xFF\xE0\x00\x04xx\xFF\xD9", 10, ERR_IMAGE_DAMAGED},
        {"a.png",
         "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\x7F\xFF\xFF\xFF\x7F\xFF\xFF\xFF\x08\0\0\0\0"
         "\0\0\0\0",
         33, ERR_IMAGE_SIZE},
        {"a.ppm", "P5 2 1 255\nab", 13, ERR_INPUT_TYPE}, /* not from our renderer */
    };
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int good = put_letter(dir, "good.png", IFF_PNG, 0.5);

    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_FD int fd = put_file(dir, CASES[i].name, CASES[i].data, CASES[i].len);

        one(p, fd, &d);
        assert_true(d.failed);
        assert_false(d.worker_lost);
        assert_string_equal(err_code_name(d.why.code), err_code_name(CASES[i].code));
    }
    one(p, good, &d);
    assert_letter(&d, 1240);
}

static void test_ocr_worker__bad_pages_cost_no_worker(void **state)
{
    bad_pages(*state, NULL);
}

static void test_ocr_direct__bad_pages(void **state)
{
    bad_pages(*state, &ocr_direct_body);
}

static void blank_and_rendered(const char *dir, const struct ocr_body *body)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    str_add(&s, "P5 850 1100 255\n");
    for (int i = 0; i < 850 * 1100; i++)
        str_add_char(&s, (char)245);
    fd = put_file(dir, "page.pgm", s.p, s.len);
    unit_ok(
        ocr_pool_submit(
            p, &(struct ocr_job){.id = 1, .fd = fd, .dpi = 100, .rendered = true}, &e),
        &e);
    next(p, &d);
    assert_false(d.failed);
    assert_true(d.result.blank);
    assert_int_equal(d.result.dpi, 100);
    assert_int_equal(d.result.width_px, 850);
    assert_string_equal(d.result.text, "");
    assert_string_equal(d.result.skew_reason, "blank");
}

static void test_ocr_worker__blank_page_is_marked(void **state)
{
    blank_and_rendered(*state, NULL);
}

static void test_ocr_direct__blank_page_is_marked(void **state)
{
    blank_and_rendered(*state, &ocr_direct_body);
}

/* ---- pictures derived of a page -------------------------------------------------- */

static void submit_drawn(struct ocr_pool *p, int fd)
{
    struct err e = ERR_INIT;

    unit_ok(
        ocr_pool_submit(p, &(struct ocr_job){.id = 9, .fd = fd, .pictures = true}, &e),
        &e);
}

static void drawn(const char *dir, const struct ocr_body *body)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(dir, "page.jpg", IFF_JFIF_JPEG, 1);
    const struct ocr_pictures *made = &d.pictures;

    submit_drawn(p, fd);
    next(p, &d);
    assert_letter(&d, 2480);
    assert_in_range(made->page.len, 1000, OCR_PAGE_PICTURE_MAX);
    assert_memory_equal(made->page.p, "%PDF-", 5);
    assert_in_range(made->thumb.len, 200, OCR_THUMB_MAX);
    assert_memory_equal(made->thumb.p, "\xFF\xD8\xFF", 3);
    /* The next page, for which none are asked, has none. */
    one(p, fd, &d);
    assert_letter(&d, 2480);
    assert_int_equal(made->page.len, 0);
    assert_int_equal(made->thumb.len, 0);
}

static void test_ocr_worker__pictures_when_they_are_asked_for(void **state)
{
    drawn(*state, NULL);
}

static void test_ocr_direct__pictures_when_they_are_asked_for(void **state)
{
    drawn(*state, &ocr_direct_body);
}

/* A skewed page: its angle is told, and its boxes are those of the page as it lies. */
static void test_ocr_direct__skew_is_undone_and_boxes_come_back(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = &ocr_direct_body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *drawn = letter_draw(4);
    struct Pix *turned = pixRotateAMGray(drawn, (l_float32)(3 * 3.14159265 / 180), 245);
    const struct result_word *first = NULL;
    AUTO_FD int fd = -1;

    letter_write(turned, IFF_PNG, LETTER_DPI, &s);
    pixDestroy(&drawn);
    pixDestroy(&turned);
    fd = put_file(*state, "skew.png", s.p, s.len);
    one(p, fd, &d);
    assert_false(d.failed);
    assert_string_equal(d.result.skew_reason, "measured");
    assert_true(d.result.skew_deg < -2.7 && d.result.skew_deg > -3.3);
    assert_true(letter_found(d.result.text) >= 80);
    /* Drawn at (300, 360); turned clockwise about (1240, 1754) by 3 degrees that is
     * (374, 313) or so. */
    first = &d.result.words[0];
    assert_in_range(first->x, 350, 400);
    assert_in_range(first->y, 270, 345);
}

/* On its side: read upright, and boxes are those of the page as it lies. */
static void test_ocr_direct__a_turned_page_is_read_upright(void **state)
{
    for (int quarters = 1; quarters < 4; quarters++) {
        AUTO_OCR_POOL struct ocr_pool *p =
            open_pool(&(struct ocr_opts){.workers = 1, .body = &ocr_direct_body});
        AUTO_OCR_DONE struct ocr_done d = {0};
        AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
        struct Pix *drawn = letter_draw(4), *turned = pixRotateOrth(drawn, quarters);
        const struct result_word *w = NULL;
        AUTO_FD int fd = -1;

        letter_write(turned, IFF_PNG, LETTER_DPI, &s);
        pixDestroy(&drawn);
        pixDestroy(&turned);
        fd = put_file(*state, "turned.png", s.p, s.len);
        one(p, fd, &d);
        assert_false(d.failed);
        assert_true(letter_found(d.result.text) >= 80);
        assert_int_equal(d.result.width_px, quarters == 2 ? LETTER_W : LETTER_H);
        /* The upper left corner of the first word, drawn at (300, 360). */
        w = &d.result.words[0];
        if (quarters == 1) {
            assert_in_range(w->x + w->w, LETTER_H - 360 - 25, LETTER_H - 360 + 25);
            assert_in_range(w->y, 275, 325);
        } else if (quarters == 2) {
            assert_in_range(w->x + w->w, LETTER_W - 325, LETTER_W - 275);
            assert_in_range(w->y + w->h, LETTER_H - 385, LETTER_H - 335);
        } else {
            assert_in_range(w->x, 335, 385);
            assert_in_range(w->y + w->h, LETTER_W - 325, LETTER_W - 275);
        }
    }
}

/* The letter on a desk, in perspective. */
static struct Pix *photographed(const double quad[8])
{
    static const double CORNERS[] = {0,        0,        LETTER_W, 0,
                                     LETTER_W, LETTER_H, 0,        LETTER_H};
    struct Pix *drawn = letter_draw(4), *photo = NULL;
    struct Pta *from = ptaCreate(4), *to = ptaCreate(4);

    for (int i = 0; i < 4; i++) {
        (void)ptaAddPt(from, (l_float32)CORNERS[i * 2], (l_float32)CORNERS[i * 2 + 1]);
        (void)ptaAddPt(to, (l_float32)quad[i * 2], (l_float32)quad[i * 2 + 1]);
    }
    photo = pixProjectivePtaGray(drawn, to, from, 90);
    assert_non_null(photo);
    ptaDestroy(&from);
    ptaDestroy(&to);
    pixDestroy(&drawn);
    return photo;
}

static void test_ocr_direct__boxes_of_a_photo_come_back(void **state)
{
    static const double QUAD[] = {260, 200, 2300, 330, 2420, 3300, 120, 3200};
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = &ocr_direct_body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *photo = photographed(QUAD);
    const struct step *quad = NULL;
    struct map map;
    double x = 0, y = 0;
    AUTO_FD int fd = -1;

    assert_true(map_quad(&map, QUAD, LETTER_W, LETTER_H));
    letter_write(photo, IFF_JFIF_JPEG, 72, &s);
    pixDestroy(&photo);
    fd = put_file(*state, "photo.jpg", s.p, s.len);
    one(p, fd, &d);
    assert_false(d.failed);
    quad = steps_find(&d.result.steps, "quad");
    assert_true(quad && quad->done);
    assert_true(letter_found(d.result.text) >= 80);
    /* The first word, drawn at (300, 360); the last line begins at the same x. */
    map_point(&map, 300, 360, &x, &y);
    assert_true(abs(d.result.words[0].x - (int)x) < 25);
    assert_true(abs(d.result.words[0].y - (int)y) < 25);
    for (size_t i = 1; i < d.result.word_count; i++) {
        const struct result_word *w = &d.result.words[i];

        if (w->line == w[-1].line)
            continue;
        map_point(&map, 300, 360 + w->line * 130.0, &x, &y);
        assert_true(abs(w->x - (int)x) < 30);
        assert_true(abs(w->y - (int)y) < 45);
    }
    assert_in_range(d.result.dpi, 250, 290);
}

/* Uneven ground and grain: normalized, and read once more when it reads badly. */
static void test_ocr_direct__bad_paper_is_read_twice(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .body = &ocr_direct_body});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *drawn = letter_draw(2);
    struct Pix *q = pixScale(drawn, 0.6F, 0.6F);
    uint32_t seed = 12345;
    AUTO_FD int fd = -1;

    for (int y = 0; y < pixGetHeight(q); y++) {
        for (int x = 0; x < pixGetWidth(q); x++) {
            l_uint32 v = 0;
            int dark = 0;

            (void)pixGetPixel(q, x, y, &v);
            seed = seed * 1664525U + 1013904223U;
            dark = (int)v * (100 - x * 60 / pixGetWidth(q)) / 100 +
                   (int)(seed >> 24) % 90 - 45;
            (void)pixSetPixel(q, x, y,
                              (l_uint32)(dark < 0     ? 0
                                         : dark > 255 ? 255
                                                      : dark));
        }
    }
    letter_write(q, IFF_PNG, 180, &s);
    pixDestroy(&drawn);
    pixDestroy(&q);
    fd = put_file(*state, "bad.png", s.p, s.len);
    one(p, fd, &d);
    assert_false(d.failed);
    assert_true(d.result.word_count > 20);
}

/* A page in red ink, which the red channel does not show. */
static void test_ocr_worker__red_text_is_read(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct Pix *grey = letter_draw(2);
    struct Pix *red = pixConvertTo32(grey);
    AUTO_FD int fd = -1;

    for (int y = 0; y < pixGetHeight(red); y++) {
        l_uint32 *row = pixGetData(red) + (size_t)y * (size_t)pixGetWpl(red);

        for (int x = 0; x < pixGetWidth(red); x++)
            row[x] |= 0xF5000000; /* ink: red 245, green and blue as they were */
    }
    letter_write(red, IFF_PNG, LETTER_DPI, &s);
    pixDestroy(&grey);
    pixDestroy(&red);
    fd = put_file(*state, "red.png", s.p, s.len);
    one(p, fd, &d);
    assert_letter(&d, LETTER_W);
    assert_non_null(steps_find(&d.result.steps, "red-text"));
    assert_true(steps_find(&d.result.steps, "red-text")->done);
    assert_int_equal(d.result.stamp, 0);
}

/* ---- a worker that misbehaves ---------------------------------------------------- */

static void fake(const char *how)
{
    assert_int_equal(setenv(FAKE, how, 1), 0);
}

static void lose(const char *dir, const char *how, const struct ocr_opts *o,
                 enum err_code code)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(o);
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(dir, "page.png", IFF_PNG, 0.5);

    fake(how);
    one(p, fd, &d);
    assert_true(d.failed);
    assert_true(d.worker_lost);
    assert_string_equal(err_code_name(d.why.code), err_code_name(code));
    /* A fresh worker takes its place. */
    assert_int_equal(unsetenv(FAKE), 0);
    one(p, fd, &d);
    assert_letter(&d, 1240);
}

static void test_ocr_worker__crash_costs_one_page(void **state)
{
    lose(*state, "crash", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

static void test_ocr_worker__silent_end_costs_one_page(void **state)
{
    lose(*state, "exit", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

static void test_ocr_worker__lies_cost_one_page(void **state)
{
    static const char *const LIES[] = {"junk", "ready", "type", "box", "magic"};

    for (size_t i = 0; i < ARRAY_LEN(LIES); i++)
        lose(*state, LIES[i], &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

/* Pictures of another kind, beyond their size, twice, or that nobody asked for. */
static void test_ocr_worker__pictures_that_lie_cost_one_page(void **state)
{
    static const char *const LIES[] = {"draw-other", "draw-large", "draw-twice"};

    for (size_t i = 0; i < ARRAY_LEN(LIES); i++) {
        AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
        AUTO_OCR_DONE struct ocr_done d = {0};
        AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

        fake(LIES[i]);
        submit_drawn(p, fd);
        next(p, &d);
        assert_true(d.failed && d.worker_lost);
        assert_string_equal(err_code_name(d.why.code), "SH-OCR-CRASH");
        assert_int_equal(d.pictures.page.len + d.pictures.thumb.len, 0);
    }
    lose(*state, "draw", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

struct watched {
    int count;
    char last[32];
};

static void see(void *ctx, const char *name, const struct str *png)
{
    struct watched *w = ctx;

    w->count++;
    (void)snprintf(w->last, sizeof w->last, "%s", name);
    assert_memory_equal(png->p, "\x89PNG", 4);
}

/* Steps are shown to who asks; a worker that shows them unasked, without end, under a
 * name that is a path, or as another kind of file is stopped. */
static void test_ocr_worker__steps_are_watched_within_limits(void **state)
{
    static const char *const LIES[] = {"watch-name", "watch-kind", "watch-many"};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    for (size_t i = 0; i <= ARRAY_LEN(LIES); i++) {
        AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
        AUTO_OCR_DONE struct ocr_done d = {0};
        struct watched seen = {0};
        struct ocr_watch watch = {.picture = see, .ctx = &seen};
        struct ocr_job job = {.id = 9, .fd = fd, .watch = &watch};
        struct err e = ERR_INIT;

        if (i < ARRAY_LEN(LIES))
            fake(LIES[i]);
        else
            assert_int_equal(unsetenv(FAKE), 0);
        unit_ok(ocr_pool_submit(p, &job, &e), &e);
        next(p, &d);
        assert_int_equal(d.failed && d.worker_lost, i < ARRAY_LEN(LIES));
        if (i < ARRAY_LEN(LIES)) {
            assert_int_equal(seen.count,
                             strcmp(LIES[i], "watch-many") == 0 ? OCR_WATCH_MAX : 0);
        } else {
            assert_true(seen.count >= 3);
            assert_string_equal(seen.last, "words");
        }
    }
    lose(*state, "watch", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

/* What came before a page failed is not taken for the next page's. */
static void test_ocr_worker__pictures_stay_with_their_page(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("draw-first"); /* and that page fails */
    submit_drawn(p, fd);
    next(p, &d);
    assert_true(d.failed && !d.worker_lost);
    assert_int_equal(d.pictures.page.len, 0);
    submit_drawn(p, fd);
    next(p, &d);
    assert_false(d.failed);
    assert_int_equal(d.result.width_px, 2); /* the same worker */
    assert_int_equal(d.pictures.page.len, 0);
}

/* Nothing counts that is said before the hello, nor a hello that cannot be read. */
static void test_ocr_worker__lies_instead_of_a_hello(void **state)
{
    lose(*state, "unasked", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
    lose(*state, "mumble", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

static void test_ocr_worker__growing_without_end_is_ended(void **state)
{
    lose(*state, "grow", &(struct ocr_opts){.workers = 1}, ERR_OCR_CRASH);
}

static void test_ocr_worker__hang_ends_at_the_deadline(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .wall_ms = 500});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);
    int64_t before_ms = clock_mono_ms();

    fake("hang");
    one(p, fd, &d);
    assert_true(d.worker_lost);
    assert_string_equal(err_code_name(d.why.code), "SH-OCR-TIMEOUT");
    assert_true(clock_mono_ms() - before_ms >= 500);
}

static void test_ocr_worker__sleeping_over_a_page_is_ended(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .asleep_ms = 500});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);
    int64_t before_ms = clock_mono_ms();

    fake("hang");
    one(p, fd, &d);
    assert_true(d.worker_lost);
    assert_string_equal(err_code_name(d.why.code), "SH-OCR-TIMEOUT");
    assert_true(clock_mono_ms() - before_ms >= 500);
    assert_true(clock_mono_ms() - before_ms < OCR_ASLEEP_MS_MAX);
}

/* Waiting for a processor, or on it, is not sleeping. */
static void test_ocr_worker__work_is_not_sleep(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .cpu_s = 2, .asleep_ms = 900});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("burn");
    one(p, fd, &d);
    assert_true(d.worker_lost);
    assert_string_equal(d.why.subject, "processor time");
}

static void test_ocr_worker__burning_processor_time_is_ended(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .cpu_s = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("burn");
    one(p, fd, &d);
    assert_true(d.worker_lost);
    assert_string_equal(err_code_name(d.why.code), "SH-OCR-TIMEOUT");
}

static void test_ocr_worker__page_error_it_cannot_know_is_not_believed(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("diskfull");
    one(p, fd, &d);
    assert_true(d.failed);
    assert_false(d.worker_lost);
    assert_string_equal(err_code_name(d.why.code), "SH-OCR-FAILED");
}

static void broken(const char *dir, const char *how, enum err_code code)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(dir, "page.png", IFF_PNG, 0.5);
    struct err e = ERR_INIT;

    fake(how);
    submit(p, 1, fd);
    unit_fails(ocr_pool_poll(p, WAIT_MS, &d, &e), code, &e);
    assert_int_equal(ocr_pool_busy(p), 0);
}

static void test_ocr_worker__one_that_never_starts_blames_no_page(void **state)
{
    broken(*state, "early", ERR_WORKER_START);
    broken(*state, "sandbox", ERR_SANDBOX);
    broken(*state, "model", ERR_OCR_MODEL);
}

static void test_ocr_worker__program_that_is_not_there(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .program = "/nonexistent/sohoa"});
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);
    struct err e = ERR_INIT;

    unit_fails(ocr_pool_submit(p, &(struct ocr_job){.fd = fd}, &e), ERR_WORKER_START,
               &e);
    assert_int_equal(ocr_pool_room(p), 1);
}

/* A worker killed from outside between two pages is replaced without a word. */
static void test_ocr_worker__killed_at_rest_is_replaced(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("once"); /* answers, then goes */
    one(p, fd, &d);
    assert_false(d.failed);
    assert_int_equal(unsetenv(FAKE), 0);
    clock_sleep_ms(100);
    submit(p, 7, fd);
    next(p, &d);
    assert_letter(&d, 1240);
}

static void test_ocr_worker__is_replaced_after_its_pages(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .pages_per_worker = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("count"); /* tells its own age as the page's width */
    for (int i = 0; i < 3; i++) {
        one(p, fd, &d);
        assert_false(d.failed);
        assert_int_equal(d.result.width_px, 1);
    }
}

static void test_ocr_worker__same_worker_for_many_pages(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 1});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);

    fake("count");
    for (int i = 0; i < 3; i++) {
        one(p, fd, &d);
        assert_int_equal(d.result.width_px, i + 1);
    }
}

static void test_ocr_worker__bomb_is_cut_by_its_limits(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p =
        open_pool(&(struct ocr_opts){.workers = 1, .cpu_s = 1, .wall_ms = 20000});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_slow(*state);
    AUTO_FD int good = put_letter(*state, "good.png", IFF_PNG, 0.3);

    one(p, fd, &d);
    /* A very fast machine may get through it; then it is a blank sheet. */
    if (d.failed)
        assert_string_equal(err_code_name(d.why.code), "SH-OCR-TIMEOUT");
    one(p, good, &d);
    assert_false(d.failed && !d.worker_lost);
}

static void test_ocr_pool__nothing_under_way(void **state)
{
    AUTO_OCR_POOL struct ocr_pool *p = open_pool(NULL);
    AUTO_OCR_DONE struct ocr_done d = {0};
    struct err e = ERR_INIT;
    int64_t before_ms = clock_mono_ms();

    (void)state;
    assert_true(ocr_pool_room(p) >= 1);
    assert_int_equal(ocr_pool_poll(p, 5000, &d, &e), 0);
    assert_true(clock_mono_ms() - before_ms < 1000);
    ocr_pool_close(NULL);
}

static void test_ocr_pool__close_ends_what_runs(void **state)
{
    struct ocr_pool *p = open_pool(&(struct ocr_opts){.workers = 2});
    AUTO_OCR_DONE struct ocr_done d = {0};
    AUTO_FD int fd = put_letter(*state, "page.png", IFF_PNG, 0.5);
    struct err e = ERR_INIT;

    fake("hang");
    submit(p, 1, fd);
    submit(p, 2, fd);
    assert_int_equal(ocr_pool_poll(p, 0, &d, &e), 0);
    ocr_pool_close(p);
}

/* ---- the fake worker ------------------------------------------------------------- */

static void say(uint32_t type, const struct jdoc *j)
{
    AUTO_STR struct str s = STR_INIT(STR_JSON_MAX);
    struct err e = ERR_INIT;

    jdoc_print(j, &s);
    if (msg_send(PROC_WORKER_FD, type, s.p, s.len, -1, 0, &e) < 0)
        _exit(1);
}

static void say_result(int width)
{
    AUTO_RESULT struct result r = {.width_px = width,
                                   .height_px = 1,
                                   .text = mem_dup(""),
                                   .skew_reason = mem_dup("")};
    AUTO_JDOC struct jdoc *j = result_to_jdoc(&r);

    say(OCR_MSG_RESULT, j);
}

static void say_page(const char *head, size_t len)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    str_add(&s, head);
    while (s.len < len)
        str_add_char(&s, ' ');
    if (msg_send(PROC_WORKER_FD, OCR_MSG_LAYERS, s.p, s.len, -1, 0, &e) < 0)
        _exit(1);
}

/* Pictures, right or wrong, and then a true answer. */
static void draw(const char *how, int age)
{
    struct err why = ERR_INIT, e = ERR_INIT;
    bool first = strcmp(how, "draw-first") == 0;

    if (!first || age == 1)
        say_page(strcmp(how, "draw-other") == 0 ? "GIF89a" : "%PDF-1.7",
                 strcmp(how, "draw-large") == 0 ? OCR_PAGE_PICTURE_MAX + 1 : 100);
    if (strcmp(how, "draw-twice") == 0)
        say_page("%PDF-1.7", 100);
    if (!first || age > 1)
        return say_result(age);
    (void)err_set(&why, ERR_OCR_FAILED, "so it says");
    if (msg_send_error(PROC_WORKER_FD, OCR_MSG_FAILED, &why, 0, &e) < 0)
        _exit(1);
}

/* Pictures of steps, right or wrong, and then a true answer. */
static void show(const char *how, int age)
{
    const char *name = strcmp(how, "watch-name") == 0 ? "../x" : "decode";
    const char *kind =
        strcmp(how, "watch-kind") == 0 ? "GIF89a--" : "\x89PNG\r\n\x1A\n";
    int count = strcmp(how, "watch-many") == 0 ? OCR_WATCH_MAX + 1 : 1;

    for (int i = 0; i < count; i++) {
        AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);
        struct err e = ERR_INIT;

        str_add(&s, name);
        str_add_char(&s, '\0');
        str_add_mem(&s, kind, 8);
        if (msg_send(PROC_WORKER_FD, OCR_MSG_WATCH, s.p, s.len, -1, 0, &e) < 0)
            _exit(1);
    }
    say_result(age);
}

static void misbehave(const char *how, int age)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();
    struct err why = ERR_INIT, e = ERR_INIT;

    if (strncmp(how, "draw", 4) == 0) {
        draw(how, age);
    } else if (strncmp(how, "watch", 5) == 0) {
        show(how, age);
    } else if (strcmp(how, "crash") == 0) {
        (void)raise(SIGKILL);
    } else if (strcmp(how, "exit") == 0) {
        _exit(0);
    } else if (strcmp(how, "hang") == 0) {
        for (;;)
            (void)pause();
    } else if (strcmp(how, "burn") == 0) {
        for (volatile unsigned n = 0;; n++)
            ;
    } else if (strcmp(how, "grow") == 0) {
        size_t len = (size_t)(OCR_RSS_KIB_MAX + (64 << 10)) << 10;
        char *p =
            mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (p == MAP_FAILED)
            _exit(9);
        memset(p, 1, len);
        for (;;)
            (void)pause();
    } else if (strcmp(how, "junk") == 0) {
        say(OCR_MSG_RESULT, j);
    } else if (strcmp(how, "ready") == 0) {
        say(OCR_MSG_READY, j);
    } else if (strcmp(how, "type") == 0) {
        say(77, j);
    } else if (strcmp(how, "magic") == 0) {
        (void)!write(PROC_WORKER_FD, "a message with another head altogether", 38);
    } else if (strcmp(how, "box") == 0) {
        jdoc_set_int(j, "width_px", -1);
        say(OCR_MSG_RESULT, j);
    } else if (strcmp(how, "diskfull") == 0) {
        (void)err_set(&why, ERR_DISK_FULL, "so it says");
        if (msg_send_error(PROC_WORKER_FD, OCR_MSG_FAILED, &why, 0, &e) < 0)
            _exit(1);
    } else {
        say_result(age);
        if (strcmp(how, "once") == 0)
            _exit(0);
    }
}

static int fake_worker(const char *how)
{
    AUTO_JDOC struct jdoc *hello = jdoc_object();
    char model[OCR_MODEL_HEX] = "";
    struct err e = ERR_INIT, why = ERR_INIT;

    if (strcmp(how, "early") == 0)
        return 5;
    if (strcmp(how, "sandbox") == 0) {
        (void)err_set(&why, ERR_SANDBOX, "seccomp");
        return msg_send_error(PROC_WORKER_FD, OCR_MSG_BROKEN, &why, 0, &e) < 0;
    }
    if (strcmp(how, "unasked") == 0)
        say_result(1);
    if (strcmp(how, "mumble") == 0 &&
        msg_send(PROC_WORKER_FD, OCR_MSG_READY, "{", 1, -1, 0, &e) < 0)
        return 1;
    if (ocr_model_sha256(model, NULL, &e) < 0)
        return 1;
    if (strcmp(how, "model") == 0)
        model[0] = model[0] == '0' ? '1' : '0';
    jdoc_set_text(hello, "model", model);
    say(OCR_MSG_READY, hello);
    for (int age = 1;; age++) {
        AUTO_MSG struct msg m = MSG_INIT;

        if (msg_recv(PROC_WORKER_FD, &m, OCR_MSG_RESULT_MAX, true, 0, &e) <= 0)
            return 0;
        misbehave(how, age);
    }
}

static int remove_all(void **state)
{
    return unsetenv(FAKE) != 0 ? -1 : unit_remove(state);
}

#define pool_case(f) cmocka_unit_test_setup_teardown(f, unit_folder, remove_all)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        pool_case(test_ocr_worker__reads_letters),
        pool_case(test_ocr_direct__reads_letters),
        pool_case(test_ocr_worker__bad_pages_cost_no_worker),
        pool_case(test_ocr_direct__bad_pages),
        pool_case(test_ocr_worker__other_side_comes_along),
        pool_case(test_ocr_direct__other_side_comes_along),
        pool_case(test_ocr_worker__blank_page_is_marked),
        pool_case(test_ocr_direct__blank_page_is_marked),
        pool_case(test_ocr_worker__pictures_when_they_are_asked_for),
        pool_case(test_ocr_direct__pictures_when_they_are_asked_for),
        pool_case(test_ocr_direct__skew_is_undone_and_boxes_come_back),
        pool_case(test_ocr_direct__a_turned_page_is_read_upright),
        pool_case(test_ocr_direct__boxes_of_a_photo_come_back),
        pool_case(test_ocr_direct__bad_paper_is_read_twice),
        pool_case(test_ocr_worker__crash_costs_one_page),
        pool_case(test_ocr_worker__silent_end_costs_one_page),
        pool_case(test_ocr_worker__lies_cost_one_page),
        pool_case(test_ocr_worker__pictures_that_lie_cost_one_page),
        pool_case(test_ocr_worker__red_text_is_read),
        pool_case(test_ocr_worker__steps_are_watched_within_limits),
        pool_case(test_ocr_worker__pictures_stay_with_their_page),
        pool_case(test_ocr_worker__lies_instead_of_a_hello),
        pool_case(test_ocr_worker__growing_without_end_is_ended),
        pool_case(test_ocr_worker__hang_ends_at_the_deadline),
        pool_case(test_ocr_worker__sleeping_over_a_page_is_ended),
        pool_case(test_ocr_worker__work_is_not_sleep),
        pool_case(test_ocr_worker__burning_processor_time_is_ended),
        pool_case(test_ocr_worker__page_error_it_cannot_know_is_not_believed),
        pool_case(test_ocr_worker__one_that_never_starts_blames_no_page),
        pool_case(test_ocr_worker__program_that_is_not_there),
        pool_case(test_ocr_worker__killed_at_rest_is_replaced),
        pool_case(test_ocr_worker__is_replaced_after_its_pages),
        pool_case(test_ocr_worker__same_worker_for_many_pages),
        pool_case(test_ocr_worker__bomb_is_cut_by_its_limits),
        pool_case(test_ocr_pool__nothing_under_way),
        pool_case(test_ocr_pool__close_ends_what_runs),
    };
    const char *how = getenv(FAKE);

    if (argc > 2 && strcmp(argv[1], "worker") == 0)
        proc_exit_worker(how ? fake_worker(how) : ocr_worker_main());
    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
