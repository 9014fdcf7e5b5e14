/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "node/base/str.h"
#include "node/scan/source.h"

#define BYTES(text) (text), sizeof(text) - 1

static bool complete(const char *path, const void *data, size_t len,
                     enum sniff_kind kind)
{
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    unit_ok(fs_write_file(path, data, len, &e), &e);
    fd = fs_open(path, 0, 0, &e);
    assert_true(fd >= 0);
    return source_complete(fd, len, kind);
}

/* Each whole file is complete, and no shorter begin of it is. */
static void test_source__no_begin_of_a_file_is_complete(void **state)
{
    static const struct {
        enum sniff_kind kind;
        const char *bytes;
        size_t len;
    } FILES[] = {
        {SNIFF_PNG, BYTES("\x89PNG\r\n\x1A\n\0\0\0\1IHDRxsums\0\0\0\0IENDsums")},
        {SNIFF_JPEG,
         BYTES(
             "\xFF\xD8\xFF\xE0\0\4ab\xFF\xFF\xDA\0\2data\xFF\0more\xFF\xD0x\xFF\xD9")},
        {SNIFF_JPEG, /* two scans */
         BYTES("\xFF\xD8\xFF\xDA\0\2one\xFF\xC4\0\3t\xFF\xDA\0\2two\xFF\xD9")},
        {SNIFF_TIFF, BYTES("II*\0\x08\0\0\0\1\0abcdefghijkl\x1A\0\0\0\0\0\0\0\0\0")},
        {SNIFF_TIFF, BYTES("MM\0*\0\0\0\x08\0\1abcdefghijkl\0\0\0\0")},
        {SNIFF_TIFF,
         BYTES("II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")},
        {SNIFF_HEIC, BYTES("\0\0\0\x0C"
                           "ftypheic\0\0\0\x0Ametaxx\0\0\0\x0Cmdatdata")},
        {SNIFF_JP2, BYTES("\0\0\0\x0C"
                          "jP  \r\n\x87\n\0\0\0\x0Ajp2hxx\0\0\0\1jp2c"
                          "\0\0\0\0\0\0\0\x12xx")},
        {SNIFF_JP2, BYTES("\xFF\x4F\xFF\x51 some data\xFF\xD9")},
        {SNIFF_PDF, BYTES("%PDF-1.4\n1 0 obj\nstartxref\n0\n%%EOF")},
        {SNIFF_ZIP, BYTES("PK\3\4stuffPK\1\2stuffPK\5\6")},
    };
    AUTO_MEM char *path = fs_path(*state, "f");

    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        assert_true(complete(path, FILES[i].bytes, FILES[i].len, FILES[i].kind));
        for (size_t len = 8; len < FILES[i].len; len++)
            if (complete(path, FILES[i].bytes, len, FILES[i].kind))
                fail_msg("file %zu is complete with %zu of %zu bytes", i, len,
                         FILES[i].len);
    }
}

static void test_source__takes_what_comes_after_the_end(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");

    /* phones add their own data after EOI, printers zeros after %%EOF */
    assert_true(
        complete(path, BYTES("\xFF\xD8\xFF\xDA\0\2x\xFF\xD9SEFT..."), SNIFF_JPEG));
    assert_true(complete(path, BYTES("%PDF-1.4 %%EOF\r\n\0\0\0\0"), SNIFF_PDF));
    assert_true(complete(path, BYTES("anything"), SNIFF_PACKED));
    assert_true(complete(path,
                         BYTES("\0\0\0\x08"
                               "meta\0\0\0\x08mdat\x7F\0\0\0more"),
                         SNIFF_HEIC));
    assert_false(complete(path, BYTES("\0\0\0\x04meta"), SNIFF_HEIC));
    assert_true(complete(path, BYTES("\0\0\0\0mdat"), SNIFF_HEIC));
    /* directories that bite their tail, and a file that is none, end too */
    assert_true(complete(path,
                         BYTES("II*\0\x08\0\0\0\1\0abcdefghijkl\x08\0\0\0\0\0\0\0\0\0"),
                         SNIFF_TIFF));
    assert_false(complete(path, BYTES("II*\0\0\0\0\0abcd"), SNIFF_TIFF));
    assert_false(complete(path,
                          BYTES("II*\0\x08\0\0\0\xFF\xFF"
                                "abcdefghijkl"),
                          SNIFF_TIFF));
    assert_true(complete(path, BYTES("\xFF\xD8 no marker"), SNIFF_JPEG));
    assert_false(complete(path, BYTES("\xFF\xD8"), SNIFF_JPEG));
}

static void test_source__a_tar_ends_with_zeros(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    AUTO_MEM char *blocks = mem_new(2048, 1);

    blocks[0] = 'a';
    assert_true(complete(path, blocks, 2048, SNIFF_TAR));
    blocks[2047] = 'z';
    assert_false(complete(path, blocks, 2048, SNIFF_TAR));
    assert_false(complete(path, blocks, 100, SNIFF_TAR));
}

static void set_age(const char *path, int64_t age_s)
{
    struct timespec t[2];

    (void)clock_gettime(CLOCK_REALTIME, &t[0]);
    t[0].tv_sec -= age_s;
    t[1] = t[0];
    assert_int_equal(utimensat(AT_FDCWD, path, t, 0), 0);
}

static void test_source__a_still_file_is_judged_as_it_is(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f.png");
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, BYTES("\x89PNG\r\n\x1A\n\0\0\0\1IHDR"), &e), &e);
    for (int i = 0; i < 3; i++) {
        AUTO_SOURCE struct source s = SOURCE_INIT;

        set_age(path, i == 0 ? 1 : i == 1 ? SOURCE_STILL_S + 5 : -3600);
        unit_ok(source_open(path, &s, &e), &e);
        assert_int_equal(s.kind, SNIFF_PNG);
        assert_int_equal(s.complete, i == 1);
    }
}

static void test_source__sees_a_change_under_its_hands(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f.gz");
    AUTO_MEM char *other = fs_path(*state, "g.gz");
    AUTO_SOURCE struct source s = SOURCE_INIT;
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, BYTES("\x1F\x8B\x08 data"), &e), &e);
    unit_ok(source_open(path, &s, &e), &e);
    assert_true(s.complete);
    assert_true(source_unchanged(&s, path));
    set_age(path, 10);
    assert_false(source_unchanged(&s, path));
    source_clear(&s);
    unit_ok(source_open(path, &s, &e), &e);
    assert_int_equal(truncate(path, 20), 0);
    assert_false(source_unchanged(&s, path));
    source_clear(&s);
    unit_ok(source_open(path, &s, &e), &e);
    unit_ok(fs_write_file(other, BYTES("\x1F\x8B\x08 other"), &e), &e);
    unit_ok(fs_rename(other, path, &e), &e);
    assert_false(source_unchanged(&s, path));
    unit_ok(fs_unlink(path, &e), &e);
    assert_false(source_unchanged(&s, path));
}

static void test_source__refuses_by_kind_and_size(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f.jpg");
    AUTO_SOURCE struct source s = SOURCE_INIT;
    AUTO_SOURCE struct source t = SOURCE_INIT;
    AUTO_FD int fd = -1;
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(path, BYTES("GIF89a"), &e), &e);
    unit_fails(source_open(path, &s, &e), ERR_TYPE_GIF, &e);
    assert_true(s.fd >= 0); /* for the quarantine */
    fd = fs_open(path, 0, 0, &e);
    unit_fails(source_of_fd(TAKE_FD(fd), "member", &t, &e), ERR_TYPE_GIF, &e);
    source_clear(&s);
    source_clear(&t);
    unit_ok(fs_write_file(path, "", 0, &e), &e);
    unit_fails(source_open(path, &s, &e), ERR_INPUT_EMPTY, &e);
    assert_int_equal(s.fd, -1);
    fd = fs_open(path, 0, 0, &e);
    unit_fails(source_of_fd(TAKE_FD(fd), "member", &t, &e), ERR_INPUT_EMPTY, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_source__no_begin_of_a_file_is_complete),
        unit_case(test_source__takes_what_comes_after_the_end),
        unit_case(test_source__a_tar_ends_with_zeros),
        unit_case(test_source__a_still_file_is_judged_as_it_is),
        unit_case(test_source__sees_a_change_under_its_hands),
        unit_case(test_source__refuses_by_kind_and_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
