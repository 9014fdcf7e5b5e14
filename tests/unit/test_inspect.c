/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/msg.h"
#include "node/base/proc.h"
#include "ocr/inspect.h"

#define FAKE "TEST_INSPECT_FAKE" /* how the worker of a test behaves */

struct place {
    char *dir;
    struct inspect *in;
};

static int make_place(void **state)
{
    struct place *p = mem_new(1, sizeof *p);
    const char *tmp = getenv("TMPDIR");
    struct inspect_opts o = {.wall_ms = 20000};

    p->dir = mem_printf("%s/inspect.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(p->dir));
    p->in = inspect_new(&o);
    *state = p;
    return 0;
}

static int drop_place(void **state)
{
    struct place *p = *state;
    struct err e = ERR_INIT;

    assert_int_equal(unsetenv(FAKE), 0);
    inspect_free(p->in);
    assert_int_equal(fs_remove_tree(p->dir, &e), 0);
    mem_free(p->dir);
    mem_free(p);
    return 0;
}

/* ---- files --------------------------------------------------------------- */

static void make_png(const char *path, int w, int h)
{
    FILE *f = fopen(path, "wb");
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    unsigned char *row = mem_new((size_t)w, 1);

    assert_non_null(f);
    png_init_io(png, f);
    png_set_IHDR(png, info, (unsigned)w, (unsigned)h, 8, PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, 11811, 11811, PNG_RESOLUTION_METER);
    png_write_info(png, info);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++)
            row[x] = (unsigned char)(x * 7 + y * 13);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    mem_free(row);
    assert_int_equal(fclose(f), 0);
}

static void make_jpeg(const char *path, int w, int h)
{
    FILE *f = fopen(path, "wb");
    struct jpeg_compress_struct c;
    struct jpeg_error_mgr jerr;
    unsigned char *row = mem_new((size_t)w, 1);

    assert_non_null(f);
    c.err = jpeg_std_error(&jerr);
    jpeg_create_compress(&c);
    jpeg_stdio_dest(&c, f);
    c.image_width = (JDIMENSION)w;
    c.image_height = (JDIMENSION)h;
    c.input_components = 1;
    c.in_color_space = JCS_GRAYSCALE;
    jpeg_set_defaults(&c);
    jpeg_start_compress(&c, TRUE);
    for (int y = 0; y < h; y++) {
        for (int x = 0; x < w; x++)
            row[x] = (unsigned char)(x * y);
        (void)jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    mem_free(row);
    assert_int_equal(fclose(f), 0);
}

static uint32_t le(const char *p, int bytes)
{
    uint32_t v = 0;

    for (int i = bytes; i-- > 0;)
        v = v << 8 | (unsigned char)p[i];
    return v;
}

/* Strip offset (tag 273) of directory @page far past the end; little-endian files. */
static void break_strip(const char *path, int page)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    uint32_t at = 0;
    uint32_t count = 0;

    assert_int_equal(fs_read_file(path, &s, &e), 0);
    at = le(s.p + 4, 4);
    while (page-- > 0)
        at = le(s.p + at + 2 + 12 * le(s.p + at, 2), 4);
    count = le(s.p + at, 2);
    for (uint32_t i = 0; i < count; i++)
        if (le(s.p + at + 2 + 12 * i, 2) == 273)
            memcpy(s.p + at + 2 + 12 * i + 8, "\0\0\0\x40", 4);
    assert_int_equal(fs_write_file(path, s.p, s.len, &e), 0);
}

/* @bad: page whose strip lies past the end of the file, -1: none. */
static void make_tiff(const char *path, int pages, int bad)
{
    TIFF *t = TIFFOpen(path, "w");
    unsigned char row[64];

    assert_non_null(t);
    memset(row, 0x55, sizeof row);
    for (int i = 0; i < pages; i++) {
        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, 64);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, 16);
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 8);
        TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, 16);
        TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
        for (uint32_t y = 0; y < 16; y++)
            assert_int_equal(TIFFWriteScanline(t, row, y, 0), 1);
        assert_int_equal(TIFFWriteDirectory(t), 1);
    }
    TIFFClose(t);
    if (bad >= 0)
        break_strip(path, bad);
}

static int look(struct place *p, const char *path, struct inspect_result *r,
                struct err *e)
{
    AUTO_FD int fd = fs_open(path, 0, 0, e);

    assert_true(fd >= 0);
    return inspect_file(p->in, fd, "scan", r, e);
}

static void cut(const char *from, const char *to, size_t keep)
{
    AUTO_STR struct str s = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    assert_int_equal(fs_read_file(from, &s, &e), 0);
    assert_true(keep < s.len);
    assert_int_equal(fs_write_file(to, s.p, keep, &e), 0);
}

static off_t size_of(const char *path)
{
    struct stat st;

    assert_int_equal(stat(path, &st), 0);
    return st.st_size;
}

/* ---- cases --------------------------------------------------------------- */

static void test_inspect__good_files_come_with_size_and_dpi(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *png = fs_path(p->dir, "a.png");
    AUTO_MEM char *jpeg = fs_path(p->dir, "a.jpg");
    AUTO_INSPECT_RESULT struct inspect_result a = {0};
    AUTO_INSPECT_RESULT struct inspect_result b = {0};
    struct err e = ERR_INIT;
    int pid = 0;

    make_png(png, 640, 480);
    make_jpeg(jpeg, 320, 200);
    assert_int_equal(look(p, png, &a, &e), 0);
    pid = inspect_pid(p->in);
    assert_true(pid > 0);
    assert_int_equal(a.kind, IMAGE_PNG);
    assert_int_equal(a.count, 1);
    assert_int_equal(a.pages[0].width_px, 640);
    assert_int_equal(a.pages[0].height_px, 480);
    assert_int_equal(a.pages[0].dpi, 300);
    assert_int_equal(look(p, jpeg, &b, &e), 0);
    assert_int_equal(b.kind, IMAGE_JPEG);
    assert_int_equal(b.good, 1);
    assert_int_equal(inspect_pid(p->in), pid); /* the same worker */
}

static void test_inspect__refuses_cut_files_and_goes_on(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *png = fs_path(p->dir, "a.png");
    AUTO_MEM char *jpeg = fs_path(p->dir, "a.jpg");
    AUTO_MEM char *part = fs_path(p->dir, "part");
    AUTO_MEM char *text = fs_path(p->dir, "text");
    AUTO_INSPECT_RESULT struct inspect_result r = {0};
    struct err e = ERR_INIT;

    make_png(png, 640, 480);
    make_jpeg(jpeg, 640, 480);
    cut(png, part, (size_t)size_of(png) / 2);
    assert_int_equal(look(p, part, &r, &e), -1);
    assert_int_equal(e.code, ERR_IMAGE_DAMAGED);
    assert_non_null(strstr(e.subject, "scan"));
    cut(jpeg, part, (size_t)size_of(jpeg) / 2);
    err_clear(&e);
    assert_int_equal(look(p, part, &r, &e), -1);
    assert_int_equal(e.code, ERR_IMAGE_DAMAGED);
    assert_int_equal(fs_write_file(text, "hello", 5, &e), 0);
    err_clear(&e);
    assert_int_equal(look(p, text, &r, &e), -1);
    assert_int_equal(e.code, ERR_INPUT_TYPE);
    assert_int_equal(look(p, png, &r, &e), 0);
    assert_int_equal(r.good, 1);
}

static void test_inspect__names_the_bad_page_and_keeps_the_others(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *tiff = fs_path(p->dir, "a.tif");
    AUTO_INSPECT_RESULT struct inspect_result r = {0};
    AUTO_INSPECT_RESULT struct inspect_result d = {0};
    AUTO_FD int fd = -1;
    struct err e = ERR_INIT;

    make_tiff(tiff, 3, 1);
    assert_int_equal(look(p, tiff, &r, &e), 0);
    assert_int_equal(r.kind, IMAGE_TIFF);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.good, 2);
    assert_int_equal(r.pages[0].bad, ERR_NONE);
    assert_int_equal(r.pages[1].bad, ERR_IMAGE_DAMAGED);
    assert_int_equal(r.pages[2].bad, ERR_NONE);
    fd = fs_open(tiff, 0, 0, &e);
    assert_int_equal(inspect_direct(fd, "scan", &d, &e), 0);
    assert_int_equal(d.count, 3);
    assert_int_equal(d.good, 2);
    assert_int_equal(d.pages[1].bad, ERR_IMAGE_DAMAGED);
    make_tiff(tiff, 1, 0);
    inspect_result_clear(&r);
    assert_int_equal(look(p, tiff, &r, &e), -1);
    assert_int_equal(e.code, ERR_IMAGE_DAMAGED);
}

/* The worker of these tests is this program with FAKE set. */
static int fake(const char *how)
{
    AUTO_MSG struct msg m = MSG_INIT;
    struct err e = ERR_INIT;
    const char *kind = "{\"kind\":4,\"pages\":5}";
    const char *page = "{\"page\":9,\"width\":1,\"height\":1,\"dpi\":0}";

    if (msg_recv(PROC_WORKER_FD, &m, 4096, true, 0, &e) != 1)
        return 1;
    if (strcmp(how, "hang") == 0)
        pause();
    if (strcmp(how, "crash") == 0)
        raise(SIGSEGV);
    if (strcmp(how, "grow") == 0) {
        size_t len = (size_t)1200 << 20;
        char *p = malloc(len);

        if (p)
            memset(p, 1, len);
        pause();
    }
    if (strcmp(how, "talk") == 0)
        return msg_send(PROC_WORKER_FD, 99, "x", 1, -1, 0, &e);
    if (msg_send(PROC_WORKER_FD, 2, kind, strlen(kind), -1, 0, &e) < 0)
        return 1;
    if (strcmp(how, "wrong") == 0)
        return msg_send(PROC_WORKER_FD, 3, page, strlen(page), -1, 0, &e);
    if (strcmp(how, "lie") == 0) {
        struct err why = ERR_INIT;

        (void)err_set(&why, ERR_DISK_SYNC, "no");
        for (int i = 0; i < 5; i++)
            if (msg_send_error(PROC_WORKER_FD, 4, &why, 0, &e) < 0)
                return 1;
        pause();
    }
    raise(SIGSEGV); /* "pages": at each page */
    return 0;
}

static enum err_code faked(struct place *p, const char *how, int64_t wall_ms)
{
    AUTO_MEM char *png = fs_path(p->dir, "a.png");
    AUTO_INSPECT_RESULT struct inspect_result r = {0};
    struct inspect_opts o = {.wall_ms = wall_ms};
    struct err e = ERR_INIT;
    int rc = 0;

    make_png(png, 8, 8);
    assert_int_equal(setenv(FAKE, how, 1), 0);
    inspect_free(p->in);
    p->in = inspect_new(&o);
    rc = look(p, png, &r, &e);
    assert_int_equal(unsetenv(FAKE), 0);
    assert_int_equal(rc, -1);
    assert_int_equal(inspect_pid(p->in),
                     strcmp(how, "lie") == 0 ? inspect_pid(p->in) : 0);
    inspect_free(p->in);
    p->in = inspect_new(NULL);
    assert_int_equal(look(p, png, &r, &e), 0); /* the next file works */
    return e.code;
}

static void test_inspect__a_lost_worker_costs_its_file_only(void **state)
{
    struct place *p = *state;
    int64_t start = clock_mono_ms();

    assert_int_equal(faked(p, "hang", 200), ERR_IMAGE_BOMB);
    assert_int_equal(faked(p, "crash", 5000), ERR_IMAGE_DAMAGED);
    assert_int_equal(faked(p, "pages", 5000), ERR_IMAGE_DAMAGED);
    assert_true(clock_mono_ms() - start < 60000);
}

static void test_inspect__a_growing_worker_is_stopped(void **state)
{
#ifdef SOHOA_SANITIZER
    (void)state;
    skip(); /* its memory is not ours to measure */
#else
    assert_int_equal(faked(*state, "grow", 20000), ERR_IMAGE_BOMB);
#endif
}

static void test_inspect__a_worker_that_lies_is_not_believed(void **state)
{
    struct place *p = *state;

    assert_int_equal(faked(p, "talk", 5000), ERR_WORKER_PROTOCOL);
    assert_int_equal(faked(p, "wrong", 5000), ERR_WORKER_PROTOCOL);
    assert_int_equal(faked(p, "lie", 5000), ERR_IMAGE_DAMAGED);
}

static void test_inspect__without_a_program_it_says_so(void **state)
{
    struct place *p = *state;
    AUTO_MEM char *png = fs_path(p->dir, "a.png");
    AUTO_INSPECT_RESULT struct inspect_result r = {0};
    struct inspect_opts o = {.program = "/nonexistent/sohoa"};
    struct err e = ERR_INIT;

    make_png(png, 8, 8);
    inspect_free(p->in);
    p->in = inspect_new(&o);
    assert_int_equal(look(p, png, &r, &e), -1);
    assert_int_equal(e.code, ERR_WORKER_START);
}

int main(int argc, char **argv)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_place, drop_place)
    const struct CMUnitTest tests[] = {
        TEST(test_inspect__good_files_come_with_size_and_dpi),
        TEST(test_inspect__refuses_cut_files_and_goes_on),
        TEST(test_inspect__names_the_bad_page_and_keeps_the_others),
        TEST(test_inspect__a_lost_worker_costs_its_file_only),
        TEST(test_inspect__a_growing_worker_is_stopped),
        TEST(test_inspect__a_worker_that_lies_is_not_believed),
        TEST(test_inspect__without_a_program_it_says_so),
    };

    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        const char *how = getenv(FAKE);

        proc_exit_worker(how ? fake(how) : inspect_worker_main());
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
