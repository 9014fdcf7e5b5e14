/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tiff_out.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/unit/unit.h"

#include <allheaders.h>

#include "node/base/str.h"

#define WIDTH 150

/* A byte of the picture at that place: no two rows are alike. */
static unsigned char sample(size_t x, size_t y)
{
    return (unsigned char)(x * 3 + y * 7 + (x * y) % 5);
}

/* @height rows in pieces of @some, read again by leptonica. */
static struct Pix *round_trip(const char *folder, int channels, int bits, int height,
                              int some, size_t *bytes)
{
    AUTO_MEM char *path = fs_path(folder, "a.tif");
    const struct tiff_out_opts o = {.width_px = WIDTH,
                                    .channels = channels,
                                    .bits = bits,
                                    .dpi = 300,
                                    .device = "test:0",
                                    .note = "a/0001.tif"};
    size_t row = bits == 1 ? (WIDTH + 7) / 8 : (size_t)(WIDTH * channels);
    AUTO_MEM unsigned char *data = mem_new(row * (size_t)height, 1);
    AUTO_FD int fd = -1;
    struct tiff_out *t = NULL;
    struct err e = ERR_INIT;
    struct stat st;
    struct Pix *pix = NULL;

    for (size_t y = 0; y < (size_t)height; y++)
        for (size_t x = 0; x < row; x++)
            data[y * row + x] = sample(x, y);
    fd = fs_open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600, &e);
    assert_true(fd >= 0);
    unit_ok(tiff_out_open(fd, path, &o, &t, &e), &e);
    for (int y = 0; y < height; y += some) {
        int n = height - y < some ? height - y : some;

        unit_ok(tiff_out_rows(t, data + row * (size_t)y, row * (size_t)n, &e), &e);
    }
    unit_ok(tiff_out_close(t, &e), &e);
    assert_int_equal(fstat(fd, &st), 0);
    *bytes = (size_t)st.st_size;
    pix = pixRead(path);
    assert_non_null(pix);
    assert_int_equal(pixGetWidth(pix), WIDTH);
    assert_int_equal(pixGetHeight(pix), height);
    assert_int_equal(pixGetXRes(pix), 300);
    return pix;
}

static void test_tiff_out__keeps_every_sample(void **state)
{
    size_t bytes = 0;
    struct Pix *grey = round_trip(*state, 1, 8, 200, 7, &bytes);
    struct Pix *color = round_trip(*state, 3, 8, 131, 131, &bytes);
    struct Pix *bw = round_trip(*state, 1, 1, 64, 1, &bytes);

    for (int y = 0; y < 200; y += 13)
        for (int x = 0; x < WIDTH; x += 11) {
            l_uint32 v = 0;

            assert_int_equal(pixGetPixel(grey, x, y, &v), 0);
            assert_int_equal(v, sample((size_t)x, (size_t)y));
        }
    for (int y = 0; y < 131; y += 13)
        for (int x = 0; x < WIDTH; x += 11) {
            l_int32 r = 0, g = 0, b = 0;

            assert_int_equal(pixGetRGBPixel(color, x, y, &r, &g, &b), 0);
            assert_int_equal(r, sample((size_t)x * 3, (size_t)y));
            assert_int_equal(g, sample((size_t)x * 3 + 1, (size_t)y));
            assert_int_equal(b, sample((size_t)x * 3 + 2, (size_t)y));
        }
    for (int y = 0; y < 64; y++)
        for (int x = 0; x < WIDTH; x++) {
            l_uint32 v = 0;

            assert_int_equal(pixGetPixel(bw, x, y, &v), 0);
            assert_int_equal(v, sample((size_t)x / 8, (size_t)y) >> (7 - x % 8) & 1);
        }
    pixDestroy(&grey);
    pixDestroy(&color);
    pixDestroy(&bw);
}

static void test_tiff_out__without_a_row_there_is_no_picture(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "b.tif");
    const struct tiff_out_opts o = {
        .width_px = WIDTH, .channels = 1, .bits = 8, .dpi = 300};
    AUTO_FD int fd = -1;
    struct tiff_out *t = NULL;
    struct err e = ERR_INIT;

    fd = fs_open(path, O_WRONLY | O_CREAT, 0600, &e);
    unit_ok(tiff_out_open(fd, path, &o, &t, &e), &e);
    unit_fails(tiff_out_close(t, &e), ERR_INTERNAL, &e);
}

static void test_tiff_out__says_when_it_cannot_write(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "c.tif");
    const struct tiff_out_opts o = {
        .width_px = WIDTH, .channels = 1, .bits = 8, .dpi = 300};
    AUTO_MEM unsigned char *data = mem_new(WIDTH * 64, 1);
    AUTO_FD int fd = -1;
    AUTO_FD int deaf = -1;
    AUTO_TIFF_OUT struct tiff_out *t = NULL;
    AUTO_TIFF_OUT struct tiff_out *none = NULL;
    struct rlimit was, small;
    struct err e = ERR_INIT;

    fd = fs_open(path, O_WRONLY | O_CREAT, 0600, &e);
    deaf = fs_open(path, O_RDONLY, 0, &e);
    unit_fails(tiff_out_open(deaf, path, &o, &none, &e), ERR_WRITE, &e);
    unit_ok(tiff_out_open(fd, path, &o, &t, &e), &e);
    for (size_t i = 0, noise = 1; i < (size_t)WIDTH * 64; i++) {
        noise = (noise * 1103515245 + 12345) & 0x7FFFFFFF;
        data[i] = (unsigned char)(noise >> 16);
    }
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
    small = (struct rlimit){1000, was.rlim_max};
    (void)signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    unit_fails(tiff_out_rows(t, data, (size_t)WIDTH * 64, &e), ERR_WRITE, &e);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
}

static void test_tiff_out__no_more_rows_than_any_page_has(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "d.tif");
    const struct tiff_out_opts o = {
        .width_px = 8, .channels = 1, .bits = 1, .dpi = 300};
    AUTO_MEM unsigned char *data = mem_new(32768, 1);
    AUTO_FD int fd = -1;
    AUTO_TIFF_OUT struct tiff_out *t = NULL;
    struct err e = ERR_INIT;

    fd = fs_open(path, O_WRONLY | O_CREAT, 0600, &e);
    unit_ok(tiff_out_open(fd, path, &o, &t, &e), &e);
    unit_ok(tiff_out_rows(t, data, 32767, &e), &e);
    unit_fails(tiff_out_rows(t, data, 1, &e), ERR_LIMIT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_tiff_out__keeps_every_sample),
        unit_case(test_tiff_out__without_a_row_there_is_no_picture),
        unit_case(test_tiff_out__says_when_it_cannot_write),
        unit_case(test_tiff_out__no_more_rows_than_any_page_has),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
