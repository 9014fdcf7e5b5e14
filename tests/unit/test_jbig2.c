/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/jbig2.h"

#include <string.h>

#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/proc.h"
#include "node/base/str.h"
#include "tests/unit/unit.h"

#include <allheaders.h>

/* What jbig2dec, a program of others, makes of it: the pixels must be the same. */
static struct Pix *decoded(const char *dir, const struct str *coded)
{
    AUTO_MEM char *in = fs_path(dir, "mask.jb2");
    AUTO_STR struct str pbm = STR_INIT(1 << 20);
    const char *const argv[] = {"jbig2dec", "-q", "-e", "-t", "pbm",
                                "-o",       "-",  in,   NULL};
    struct proc_opts o = {.argv = argv};
    struct proc_exit how = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(in, coded->p, coded->len, &e), &e);
    unit_ok(proc_run(&o, &pbm, 20000, &how, &e), &e);
    assert_false(how.signaled);
    assert_int_equal(how.status, 0);
    str_add_mem(&pbm, "            ", 12); /* leptonica looks at as many */
    return pixReadMem((const l_uint8 *)pbm.p, pbm.len);
}

static void round_trip(const char *dir, struct Pix *p)
{
    AUTO_STR struct str coded = STR_INIT(1 << 20);
    struct err e = ERR_INIT;
    struct Pix *back = NULL;
    l_int32 same = 0;

    unit_ok(jbig2_write(p, &coded, &e), &e);
    back = decoded(dir, &coded);
    assert_non_null(back);
    assert_int_equal(pixGetWidth(back), pixGetWidth(p));
    assert_int_equal(pixGetHeight(back), pixGetHeight(p));
    (void)pixEqual(p, back, &same);
    assert_int_equal(same, 1);
    pixDestroy(&back);
}

/* Pixels set with a chance of @of_256, from a seed. */
static struct Pix *grain(int w, int h, uint32_t of_256, uint32_t seed)
{
    struct Pix *p = pixCreate(w, h, 1);

    for (int i = 0; i < w * h; i++) {
        seed = seed * 1664525 + 1013904223;
        if (seed >> 24 < of_256)
            (void)pixSetPixel(p, i % w, i / w, 1);
    }
    return p;
}

static void test_jbig2__grain_comes_back_bit_for_bit(void **state)
{
    static const int SIZES[][2] = {{1, 1},  {3, 2},    {8, 8},    {31, 5},
                                   {32, 9}, {33, 100}, {257, 64}, {700, 900}};
    static const uint32_t CHANCES[] = {0, 1, 20, 128, 250, 256};

    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++) {
        for (size_t k = 0; k < ARRAY_LEN(CHANCES); k++) {
            struct Pix *p =
                grain(SIZES[i][0], SIZES[i][1], CHANCES[k], (uint32_t)(i * 31 + k));

            round_trip(*state, p);
            pixDestroy(&p);
        }
    }
}

/* Letters: runs of white between bars, rows that are as the row before. */
static void test_jbig2__bars_come_back_bit_for_bit(void **state)
{
    struct Pix *p = pixCreate(1240, 1754, 1);

    for (int y = 100; y < 1700; y += 40)
        for (int x = 90; x < 1150; x++)
            for (int k = 0; k < 14 && x % 17 > 5; k++)
                (void)pixSetPixel(p, x, y + k + x % 3, 1);
    for (int y = 0; y < 1754; y++) /* the last column, the last row */
        (void)pixSetPixel(p, 1239, y, 1);
    for (int x = 0; x < 1240; x++)
        (void)pixSetPixel(p, x, 1753, 1);
    round_trip(*state, p);
    pixDestroy(&p);
}

static void test_jbig2__stops_at_its_limit(void **state)
{
    AUTO_STR struct str coded = STR_INIT(100);
    struct Pix *p = grain(400, 400, 128, 5);
    struct err e = ERR_INIT;

    (void)state;
    assert_int_equal(jbig2_write(p, &coded, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
    pixDestroy(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_jbig2__grain_comes_back_bit_for_bit),
        unit_case(test_jbig2__bars_come_back_bit_for_bit),
        cmocka_unit_test(test_jbig2__stops_at_its_limit),
    };

    (void)setMsgSeverity(L_SEVERITY_NONE);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
