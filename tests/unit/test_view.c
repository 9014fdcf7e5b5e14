/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of pages from the locked worker. This program is its own worker (main). */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <allheaders.h>

#include "node/base/proc.h"
#include "ocr/view.h"

#define WIDTH  1000
#define HEIGHT 1400

/* A white page with a red square at 100,200 of 300 by 150 pixels, as PNG. */
static int page_file(const char *dir, const char *name)
{
    AUTO_MEM char *path = fs_path(dir, name);
    struct Pix *pix = pixCreate(WIDTH, HEIGHT, 32);
    struct Box *box = boxCreate(100, 200, 300, 150);
    struct err e = ERR_INIT;
    int fd = -1;

    pixSetAllArbitrary(pix, 0xffffff00);
    pixSetInRectArbitrary(pix, box, 0xff000000);
    assert_int_equal(pixWrite(path, pix, IFF_PNG), 0);
    boxDestroy(&box);
    pixDestroy(&pix);
    fd = fs_open(path, O_RDONLY, 0, &e);
    assert_true(fd >= 0);
    return fd;
}

static void load(struct view *v, const char *dir, const char *key)
{
    AUTO_FD int fd = page_file(dir, key);
    struct view_picture p = {.key = key, .fd = fd};
    struct err e = ERR_INIT;

    unit_ok(view_load(v, &p, &e), &e);
}

/* The piece as a picture. */
static struct Pix *cut(struct view *v, const char *key, const struct view_piece *p)
{
    AUTO_STR struct str jpeg = STR_INIT(VIEW_BYTES_MAX);
    struct err e = ERR_INIT;
    struct Pix *pix = NULL;

    unit_ok(view_cut(v, key, p, &jpeg, &e), &e);
    pix = pixReadMem((const unsigned char *)jpeg.p, jpeg.len);
    assert_non_null(pix);
    return pix;
}

/* Is the pixel red (seal ink), or white? */
static bool red(struct Pix *pix, int x, int y)
{
    int r = 0, g = 0, b = 0;

    assert_int_equal(pixGetRGBPixel(pix, x, y, &r, &g, &b), 0);
    return r > 180 && g < 80 && b < 80;
}

static void test_view__pieces_are_cut_and_sized(void **state)
{
    struct view *v = view_new();
    struct Pix *pix = NULL;

    assert_false(view_has(v, "a"));
    load(v, *state, "a");
    assert_true(view_has(v, "a"));
    pix = cut(v, "a", &(struct view_piece){.width_px = 500});
    assert_int_equal(pixGetWidth(pix), 500);
    assert_int_equal(pixGetHeight(pix), 700);
    assert_true(red(pix, 100, 120));
    assert_false(red(pix, 10, 10));
    pixDestroy(&pix);
    /* the square alone, never larger than it is */
    pix = cut(v, "a",
              &(struct view_piece){.x = 100,
                                   .y = 200,
                                   .w = 300,
                                   .h = 150,
                                   .page_w = WIDTH,
                                   .page_h = HEIGHT,
                                   .width_px = 4000});
    assert_int_equal(pixGetWidth(pix), 300);
    assert_int_equal(pixGetHeight(pix), 150);
    assert_true(red(pix, 150, 75));
    pixDestroy(&pix);
    /* pixels of a page said to be twice as large; what lies outside is cut off */
    pix = cut(v, "a",
              &(struct view_piece){.x = 1800,
                                   .y = 2600,
                                   .w = 1000,
                                   .h = 1000,
                                   .page_w = 2 * WIDTH,
                                   .page_h = 2 * HEIGHT,
                                   .width_px = 400});
    assert_int_equal(pixGetWidth(pix), 100);
    assert_int_equal(pixGetHeight(pix), 100);
    pixDestroy(&pix);
    view_free(v);
}

static void test_view__the_last_pages_are_kept(void **state)
{
    struct view *v = view_new();
    struct view_piece all = {.width_px = 100};
    AUTO_STR struct str jpeg = STR_INIT(VIEW_BYTES_MAX);
    struct err e = ERR_INIT;
    struct Pix *pix = NULL;

    load(v, *state, "a");
    load(v, *state, "b");
    pix = cut(v, "a", &all); /* used: b goes first */
    pixDestroy(&pix);
    load(v, *state, "c");
    assert_true(view_has(v, "a"));
    assert_false(view_has(v, "b"));
    pix = cut(v, "a", &all);
    pixDestroy(&pix);
    pix = cut(v, "c", &all);
    pixDestroy(&pix);
    unit_fails(view_cut(v, "b", &all, &jpeg, &e), ERR_NOT_FOUND, &e);
    view_free(v);
}

static void test_view__what_does_not_fit_is_refused_and_the_worker_goes_on(void **state)
{
    static const struct view_piece bad[] = {
        {.x = WIDTH, .w = 5, .h = 5, .page_w = WIDTH, .page_h = HEIGHT, .width_px = 9},
        {.x = -5, .w = 5, .h = 5, .page_w = WIDTH, .page_h = HEIGHT, .width_px = 9},
        {.w = 5, .h = 5, .width_px = 9},
        {.width_px = 0},
        {.width_px = VIEW_SIDE_MAX + 1},
    };
    struct view *v = view_new();
    AUTO_STR struct str jpeg = STR_INIT(VIEW_BYTES_MAX);
    AUTO_MEM char *path = fs_path(*state, "odd");
    struct err e = ERR_INIT;
    struct Pix *pix = NULL;

    load(v, *state, "a");
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        unit_fails(view_cut(v, "a", &bad[i], &jpeg, &e), ERR_LIMIT, &e);
    unit_ok(fs_write_file(path, "no picture", 10, &e), &e);
    {
        AUTO_FD int fd = fs_open(path, O_RDONLY, 0, &e);
        struct view_picture p = {.key = "odd", .fd = fd};

        unit_fails(view_load(v, &p, &e), ERR_INPUT_TYPE, &e);
        p.index = 3;
        unit_fails(view_load(v, &p, &e), ERR_INPUT_TYPE, &e);
        p.key = "";
        unit_fails(view_load(v, &p, &e), ERR_LIMIT, &e);
    }
    assert_false(view_has(v, "odd"));
    pix = cut(v, "a", &(struct view_piece){.width_px = 100});
    pixDestroy(&pix);
    view_free(v);
    view_free(NULL);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_view__pieces_are_cut_and_sized),
        unit_case(test_view__the_last_pages_are_kept),
        unit_case(test_view__what_does_not_fit_is_refused_and_the_worker_goes_on),
    };

    if (argc == 3 && strcmp(argv[1], "worker") == 0) {
        (void)signal(SIGPIPE, SIG_IGN);
        proc_exit_worker(view_worker_main());
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
