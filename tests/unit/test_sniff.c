/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/scan/sniff.h"

#define BYTES(text) (text), sizeof(text) - 1

static void test_sniff__tells_kinds_by_first_bytes(void **state)
{
    static const struct {
        const char *bytes;
        size_t len;
        enum sniff_kind kind;
    } CASES[] = {
        {BYTES("\xFF\xD8\xFF\xE0"), SNIFF_JPEG},
        {BYTES("\x89PNG\r\n\x1A\n...."), SNIFF_PNG},
        {BYTES("II*\0\x08\0\0\0"), SNIFF_TIFF},
        {BYTES("MM\0*\0\0\0\x08"), SNIFF_TIFF},
        {BYTES("II+\0"), SNIFF_TIFF},
        {BYTES("%PDF-1.4\n"), SNIFF_PDF},
        {BYTES("junk before\n%PDF-1.7"), SNIFF_PDF},
        {BYTES("PK\3\4...."), SNIFF_ZIP},
        {BYTES("PK\5\6"), SNIFF_ZIP},
        {BYTES("PK\7\10PK\3\4"), SNIFF_ZIP},
        {BYTES("\x5A\x2A\x4D\x18\4\0\0\0"), SNIFF_PACKED},
        {BYTES("\x1F\x8B\x08"), SNIFF_PACKED},
        {BYTES("\x1F\x9D\x90"), SNIFF_PACKED},
        {BYTES("BZh91AY"), SNIFF_PACKED},
        {BYTES("\xFD\x37zXZ\0"), SNIFF_PACKED},
        {BYTES("\x28\xB5\x2F\xFD"), SNIFF_PACKED},
        {BYTES("\0\0\0\x18"
               "ftypheic\0\0\0\0"),
         SNIFF_HEIC},
        {BYTES("\0\0\0\x1C"
               "ftypavif\0\0\0\0"),
         SNIFF_AVIF},
        {BYTES("\0\0\0\x1C"
               "ftypmp42\0\0\0\0"),
         SNIFF_UNKNOWN},
        {BYTES("RIFF\1\2\3\4WEBPVP8 "), SNIFF_WEBP},
        {BYTES("RIFF\1\2\3\4WAVEfmt "), SNIFF_UNKNOWN},
        {BYTES("BM\1\2\3\4\0\0\0\0\x36\0\0\0\x28\0\0\0"), SNIFF_BMP},
        {BYTES("BM is how this text begins"), SNIFF_UNKNOWN},
        {BYTES("GIF89a"), SNIFF_GIF},
        {BYTES("\0\0\0\x0CjP  \r\n"), SNIFF_JP2},
        {BYTES("\xFF\x4F\xFF\x51\0"), SNIFF_JP2},
        {BYTES("AT&TFORM"), SNIFF_DJVU},
        {BYTES("\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1"), SNIFF_OFFICE},
        {BYTES("{\\rtf1"), SNIFF_OFFICE},
        {BYTES("7z\xBC\xAF\x27\x1C"), SNIFF_OTHER_ARCHIVE},
        {BYTES("Rar!\x1A\x07\x01"), SNIFF_OTHER_ARCHIVE},
        {BYTES("\x20\x8A-lh5-\1\2"), SNIFF_OTHER_ARCHIVE},
        {BYTES("MZ\x90"), SNIFF_UNKNOWN},
        {BYTES(""), SNIFF_UNKNOWN},
        {BYTES("\xFF\xD8"), SNIFF_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        enum sniff_kind got = sniff_bytes(CASES[i].bytes, CASES[i].len);

        if (got != CASES[i].kind)
            print_error("case %zu: %s\n", i, sniff_name(got));
        assert_int_equal(got, CASES[i].kind);
    }
}

/* Old tars have no magic, only a sum over their header. */
static void test_sniff__knows_a_tar_without_magic(void **state)
{
    unsigned char block[512] = "scan.png";
    unsigned sum = 0;

    (void)state;
    memcpy(block + 100, "0000644", 7);
    memset(block + 148, ' ', 8);
    for (size_t i = 0; i < sizeof block; i++)
        sum += block[i];
    (void)snprintf((char *)block + 148, 8, "%06o", sum);
    assert_int_equal(sniff_bytes(block, sizeof block), SNIFF_TAR);
    block[0]++;
    assert_int_equal(sniff_bytes(block, sizeof block), SNIFF_UNKNOWN);
    memset(block, 0, sizeof block);
    assert_int_equal(sniff_bytes(block, sizeof block), SNIFF_UNKNOWN);
}

static enum sniff_kind of_file(const struct str *bytes)
{
    struct err e = ERR_INIT;
    enum sniff_kind kind = SNIFF_UNKNOWN;
    AUTO_MEM char *path =
        mem_printf("%s/sniff.bin", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    AUTO_FD int fd = -1;

    assert_int_equal(fs_write_file(path, bytes->p, bytes->len, &e), 0);
    fd = fs_open(path, 0, 0, &e);
    assert_true(fd >= 0);
    assert_int_equal(sniff_fd(fd, bytes->len, "x", &kind, &e), 0);
    assert_int_equal(lseek(fd, 0, SEEK_CUR), 0);
    assert_int_equal(fs_unlink(path, &e), 0);
    return kind;
}

static void le(struct str *s, unsigned long v, int bytes)
{
    for (int i = 0; i < bytes; i++)
        str_add_char(s, (char)(v >> (8 * i)));
}

/* A zip of empty stored members. */
static void zip_of(struct str *s, const char *const *names, size_t count)
{
    size_t dir = 0;

    for (size_t i = 0; i < count; i++) {
        str_add_mem(s, "PK\3\4", 4);
        le(s, 20, 2);
        for (int z = 0; z < 10; z++)
            le(s, 0, 2);
        le(s, strlen(names[i]), 2);
        le(s, 0, 2);
        str_add(s, names[i]);
    }
    dir = s->len;
    for (size_t i = 0; i < count; i++) {
        str_add_mem(s, "PK\1\2", 4);
        for (int z = 0; z < 12; z++)
            le(s, 0, 2);
        le(s, strlen(names[i]), 2);
        for (int z = 0; z < 8; z++)
            le(s, 0, 2);
        str_add(s, names[i]);
    }
    le(s, 0x06054b50, 4);
    le(s, 0, 4);
    le(s, count, 2);
    le(s, count, 2);
    le(s, s->len - dir, 4);
    le(s, dir, 4);
    le(s, 0, 2);
}

static void test_sniff__tells_office_documents_from_zips(void **state)
{
    static const char *const PLAIN[] = {"a.png", "word/b.png"};
    static const char *const DOCX[] = {"docProps/app.xml", "word/document.xml"};
    static const char *const XLSX[] = {"[Content_Types].xml"};
    static const char *const ODT[] = {"mimetype", "content.xml"};
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    (void)state;
    zip_of(&s, PLAIN, 2);
    assert_int_equal(of_file(&s), SNIFF_ZIP);
    str_reset(&s);
    zip_of(&s, DOCX, 2);
    assert_int_equal(of_file(&s), SNIFF_OFFICE);
    str_reset(&s);
    zip_of(&s, XLSX, 1);
    assert_int_equal(of_file(&s), SNIFF_OFFICE);
    str_reset(&s);
    zip_of(&s, ODT, 2);
    assert_int_equal(of_file(&s), SNIFF_OFFICE);
}

/* Directory offset beyond the file, names longer than what is there, no end record. */
static void test_sniff__survives_lying_zip_directories(void **state)
{
    static const char *const DOCX[] = {"a", "word/document.xml"};
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    (void)state;
    zip_of(&s, DOCX, 2);
    memset(s.p + s.len - 6, 0xFF, 4);
    assert_int_equal(of_file(&s), SNIFF_ZIP);
    str_reset(&s);
    zip_of(&s, DOCX, 2);
    for (size_t cut = 1; cut < s.len - 4; cut++) {
        AUTO_STR struct str part = STR_INIT(STR_LINE_MAX);
        enum sniff_kind kind = SNIFF_UNKNOWN;

        str_add_mem(&part, s.p, s.len - cut);
        kind = of_file(&part);
        assert_true(kind == SNIFF_ZIP || kind == SNIFF_UNKNOWN);
    }
    for (size_t i = 4; i < s.len; i++) {
        AUTO_STR struct str part = STR_INIT(STR_LINE_MAX);

        str_add_mem(&part, s.p, s.len);
        part.p[i] = (char)0xFF;
        assert_true(of_file(&part) == SNIFF_ZIP || of_file(&part) == SNIFF_OFFICE);
    }
}

static void test_sniff__gives_each_refused_kind_its_code(void **state)
{
    (void)state;
    for (int k = 0; k < SNIFF_KIND_COUNT; k++) {
        enum sniff_kind kind = (enum sniff_kind)k;

        assert_true(sniff_limit(kind) >= SNIFF_FILE_MAX);
        assert_true(sniff_name(kind)[0] != '\0');
        assert_int_equal(sniff_is_taken(kind), sniff_error(kind) == ERR_NONE);
        if (sniff_is_picture(kind) || sniff_is_archive(kind))
            assert_true(sniff_is_taken(kind));
        for (int other = k + 1; other < SNIFF_KIND_COUNT; other++)
            if (!sniff_is_taken(kind))
                assert_int_not_equal(sniff_error(kind),
                                     sniff_error((enum sniff_kind)other));
    }
    assert_int_equal(sniff_error(SNIFF_KIND_COUNT), ERR_INPUT_TYPE);
    assert_string_equal(sniff_name(SNIFF_KIND_COUNT), "unknown");
    assert_int_equal(sniff_limit(SNIFF_PDF), SNIFF_LARGE_MAX);
    assert_int_equal(sniff_limit(SNIFF_JPEG), SNIFF_FILE_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sniff__tells_kinds_by_first_bytes),
        cmocka_unit_test(test_sniff__knows_a_tar_without_magic),
        cmocka_unit_test(test_sniff__tells_office_documents_from_zips),
        cmocka_unit_test(test_sniff__survives_lying_zip_directories),
        cmocka_unit_test(test_sniff__gives_each_refused_kind_its_code),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
