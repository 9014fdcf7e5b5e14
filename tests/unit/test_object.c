/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "node/base/hash.h"
#include "node/store/object.h"

/* sha256 of "hello" */
#define HELLO "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"

static char *area(void **state)
{
    char *path = fs_path(*state, "objects");
    struct err e = ERR_INIT;

    unit_ok(object_area_create(path, &e), &e);
    unit_ok(object_area_create(path, &e), &e); /* again: fine */
    return path;
}

static void test_object__lies_under_its_hash(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_MEM char *want = fs_path(dir, "2c/" HELLO);
    AUTO_MEM char *path = object_path(dir, HELLO);
    AUTO_STR struct str text = STR_INIT(100);
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    uint64_t size = 0;
    bool existed = true;

    assert_string_equal(path, want);
    assert_false(object_has(dir, HELLO));
    unit_ok(object_put_mem(dir, "hello", 5, hex, &existed, &e), &e);
    assert_string_equal(hex, HELLO);
    assert_false(existed);
    assert_true(object_has(dir, HELLO));
    unit_ok(object_put_mem(dir, "hello", 5, hex, &existed, &e), &e);
    assert_true(existed);
    unit_ok(object_read(dir, HELLO, &text, &e), &e);
    assert_string_equal(str_text(&text), "hello");
    unit_ok(object_verify(dir, HELLO, &size, &e), &e);
    assert_int_equal(size, 5);
    unit_ok(object_remove(dir, HELLO, &e), &e);
    unit_ok(object_remove(dir, HELLO, &e), &e);
    unit_fails(object_verify(dir, HELLO, NULL, &e), ERR_OBJECT_MISSING, &e);
}

static void test_object__streams_a_file_within_its_limit(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_MEM char *src = fs_path(*state, "src");
    AUTO_FD int fd = -1;
    AUTO_FD int again = -1;
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    uint64_t size = 0;
    bool existed = true;
    char c = 0;

    unit_ok(fs_write_file(src, "hello", 5, &e), &e);
    fd = fs_open(src, O_RDONLY, 0, &e);
    unit_fails(object_put_fd(dir, fd, "src", 4, hex, &size, &existed, &e),
               ERR_INPUT_TOO_LARGE, &e);
    assert_false(object_has(dir, HELLO));
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    unit_ok(object_put_fd(dir, fd, "src", 5, hex, &size, &existed, &e), &e);
    assert_string_equal(hex, HELLO);
    assert_int_equal(size, 5);
    again = object_open(dir, HELLO, true, &size, &e);
    assert_true(again >= 0);
    assert_int_equal(read(again, &c, 1), 1); /* stands at the beginning */
    assert_int_equal(c, 'h');
}

static void test_object__takes_a_temporary_file_only_with_the_right_bytes(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_TMP struct fs_tmp t = FS_TMP_INIT;
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    uint64_t size = 0;
    bool existed = true;
    static const char other[] =
        "0000000000000000000000000000000000000000000000000000000000000000";

    unit_ok(fs_tmp_open(&t, dir, &e), &e);
    unit_ok(fs_tmp_write(&t, "hello", 5, &e), &e);
    unit_fails(object_put_tmp(dir, &t, other, hex, &size, &existed, &e),
               ERR_OBJECT_HASH, &e);
    assert_false(object_has(dir, HELLO));
    unit_ok(object_put_tmp(dir, &t, HELLO, hex, &size, &existed, &e), &e);
    assert_int_equal(size, 5);
    assert_false(existed);
}

static void test_object__a_damaged_one_is_found_and_made_good(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_MEM char *path = object_path(dir, HELLO);
    AUTO_STR struct str text = STR_INIT(100);
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    bool existed = true;

    unit_ok(object_put_mem(dir, "hello", 5, hex, &existed, &e), &e);
    for (int byte = 0; byte < 5; byte++) {
        for (int bit = 0; bit < 8; bit++) {
            char bad[] = "hello";

            bad[byte] = (char)(bad[byte] ^ (1 << bit));
            unit_ok(fs_write_file(path, bad, 5, &e), &e);
            unit_fails(object_verify(dir, HELLO, NULL, &e), ERR_OBJECT_HASH, &e);
        }
    }
    unit_fails(object_read(dir, HELLO, &text, &e), ERR_OBJECT_HASH, &e);
    unit_fails(object_open(dir, HELLO, true, NULL, &e), ERR_OBJECT_HASH, &e);
    unit_ok(fs_write_file(path, "hell", 4, &e), &e);
    unit_fails(object_verify(dir, HELLO, NULL, &e), ERR_OBJECT_HASH, &e);
    unit_ok(object_put_mem(dir, "hello", 5, hex, &existed, &e), &e);
    assert_false(existed);
    unit_ok(object_verify(dir, HELLO, NULL, &e), &e);
}

static void test_object__a_link_is_no_object(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_MEM char *path = object_path(dir, HELLO);
    AUTO_MEM char *src = fs_path(*state, "src");
    struct err e = ERR_INIT;

    unit_ok(fs_write_file(src, "hello", 5, &e), &e);
    assert_int_equal(symlink(src, path), 0);
    err_clear(&e);
    assert_int_equal(object_open(dir, HELLO, false, NULL, &e), -1);
    assert_int_equal(fs_unlink(path, &e), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    unit_fails(object_open(dir, HELLO, false, NULL, &e), ERR_OBJECT_HASH, &e);
}

struct seen {
    int objects, strangers;
    int stop_at;
};

static int see(void *ctx, const char *hex, const char *path, uint64_t size,
               struct err *e)
{
    struct seen *s = ctx;

    (void)size;
    (void)e;
    assert_non_null(path);
    s->objects += hex != NULL;
    s->strangers += hex == NULL;
    return s->stop_at && s->objects + s->strangers >= s->stop_at;
}

static void test_object__lists_objects_and_strangers(void **state)
{
    AUTO_MEM char *dir = area(state);
    AUTO_MEM char *stranger = fs_path(dir, "00/readme");
    AUTO_MEM char *moved = fs_path(dir, "01/" HELLO);
    AUTO_MEM char *left = fs_path(dir, FS_TMP_PREFIX "0011");
    struct seen s = {0};
    char hex[HASH_HEX];
    struct err e = ERR_INIT;
    bool existed = false;

    for (int i = 0; i < 20; i++)
        unit_ok(object_put_mem(dir, &i, sizeof i, hex, &existed, &e), &e);
    unit_ok(fs_write_file(stranger, "x", 1, &e), &e);
    unit_ok(fs_write_file(moved, "hello", 5, &e), &e); /* in the wrong folder */
    unit_ok(fs_write_file(left, "x", 1, &e), &e);
    unit_ok(object_each(dir, see, &s, &e), &e);
    assert_int_equal(s.objects, 20);
    assert_int_equal(s.strangers, 3);
    unit_ok(object_area_sweep(dir, &e), &e);
    assert_false(fs_exists(left));
    s = (struct seen){.stop_at = 5};
    unit_ok(object_each(dir, see, &s, &e), &e);
    assert_int_equal(s.objects + s.strangers, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_object__lies_under_its_hash),
        unit_case(test_object__streams_a_file_within_its_limit),
        unit_case(test_object__takes_a_temporary_file_only_with_the_right_bytes),
        unit_case(test_object__a_damaged_one_is_found_and_made_good),
        unit_case(test_object__a_link_is_no_object),
        unit_case(test_object__lists_objects_and_strangers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
