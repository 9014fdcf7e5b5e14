/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "node/base/hash.h"

static const char EMPTY[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char ABC[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char MILLION_A[] =
    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void test_hash__known_answers(void **state)
{
    AUTO_HASH struct hash *h = hash_new();
    char hex[HASH_HEX];

    (void)state;
    hash_bytes("", 0, hex);
    assert_string_equal(hex, EMPTY);
    hash_bytes("abc", 3, hex);
    assert_string_equal(hex, ABC);
    for (int i = 0; i < 100000; i++)
        hash_add(h, "aaaaaaaaaa", 10);
    hash_end(h, hex);
    assert_string_equal(hex, MILLION_A);
    hash_free(NULL);
}

static void test_hash__files_and_descriptors(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f");
    AUTO_MEM char *link = fs_path(*state, "l");
    AUTO_MEM char *text = mem_new(1000001, 1);
    char hex[HASH_HEX];
    uint64_t size = 0;
    struct err e = ERR_INIT;
    AUTO_FD int fd = -1;

    memset(text, 'a', 1000000);
    unit_ok(fs_write_file(path, text, 1000000, &e), &e);
    unit_ok(hash_file(path, hex, &size, &e), &e);
    assert_string_equal(hex, MILLION_A);
    assert_int_equal(size, 1000000);
    unit_ok(hash_file(path, hex, NULL, &e), &e);
    /* From the present position. */
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(lseek(fd, 1000000, SEEK_SET), 1000000);
    unit_ok(hash_fd(fd, "f", hex, &size, &e), &e);
    assert_string_equal(hex, EMPTY);
    assert_int_equal(size, 0);
    unit_fails(hash_fd(-1, "f", hex, &size, &e), ERR_READ, &e);
    unit_fails(hash_file("/nonexistent", hex, &size, &e), ERR_NOT_FOUND, &e);
    assert_int_equal(symlink(path, link), 0);
    unit_fails(hash_file(link, hex, &size, &e), ERR_OPEN, &e);
}

static void test_hash__hex_there_and_back(void **state)
{
    unsigned char raw[256];
    unsigned char back[256];
    char hex[513];

    (void)state;
    for (size_t i = 0; i < sizeof raw; i++)
        raw[i] = (unsigned char)i;
    hash_hex(raw, sizeof raw, hex);
    assert_int_equal(strlen(hex), 512);
    assert_true(hash_unhex(hex, back, sizeof back));
    assert_memory_equal(raw, back, sizeof raw);
}

static void test_hash__only_lower_case_digits(void **state)
{
    unsigned char raw[2] = {1, 2};

    (void)state;
    assert_true(hash_is_hex("00ff", 4));
    assert_true(hash_is_hex("", 0));
    assert_false(hash_is_hex("00fF", 4));
    assert_false(hash_is_hex("00fg", 4));
    assert_false(hash_is_hex("00f", 4));
    assert_false(hash_is_hex("00fff", 4));
    assert_false(hash_is_hex("00f/", 4));
    assert_false(hash_is_hex("00f:", 4));
    assert_false(hash_is_hex("00f`", 4));
    assert_false(hash_unhex("0A0b", raw, 2));
    assert_int_equal(raw[0], 1); /* untouched */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hash__known_answers),
        unit_case(test_hash__files_and_descriptors),
        cmocka_unit_test(test_hash__hex_there_and_back),
        cmocka_unit_test(test_hash__only_lower_case_digits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
