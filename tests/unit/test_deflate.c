/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/deflate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"

static void test_deflate__gives_the_bytes_again(void **state)
{
    AUTO_STR struct str packed = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str back = STR_INIT(STR_FILE_MAX);
    AUTO_MEM char *data = mem_new(300000, 1);
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < 300000; i++)
        data[i] = (char)((i * i) >> 7);
    deflate_pack(data, 300000, &packed);
    assert_false(packed.over);
    assert_int_equal(deflate_unpack(packed.p, packed.len, &back, &e), 0);
    assert_int_equal(back.len, 300000);
    assert_memory_equal(back.p, data, 300000);
}

static void test_deflate__a_bomb_ends_at_the_limit(void **state)
{
    AUTO_STR struct str packed = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str back = STR_INIT(100000);
    AUTO_MEM char *data = mem_new(2000000, 1);
    struct err e = ERR_INIT;

    (void)state;
    deflate_pack(data, 2000000, &packed);
    assert_int_equal(deflate_unpack(packed.p, packed.len, &back, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
}

static void test_deflate__damage_and_rest_are_refused(void **state)
{
    AUTO_STR struct str packed = STR_INIT(1000);
    struct err e = ERR_INIT;

    (void)state;
    deflate_pack("những trang sổ", strlen("những trang sổ"), &packed);
    for (size_t len = 0; len < packed.len; len++) {
        AUTO_STR struct str back = STR_INIT(1000);

        assert_int_equal(deflate_unpack(packed.p, len, &back, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
    for (size_t i = 0; i < packed.len; i++) {
        AUTO_STR struct str back = STR_INIT(1000);

        packed.p[i] ^= 0x10;
        assert_int_equal(deflate_unpack(packed.p, packed.len, &back, &e), -1);
        packed.p[i] ^= 0x10;
    }
    str_add_char(&packed, 'x');
    {
        AUTO_STR struct str back = STR_INIT(1000);

        assert_int_equal(deflate_unpack(packed.p, packed.len, &back, &e), -1);
        assert_int_equal(e.code, ERR_WORKER_PROTOCOL);
    }
}

static void test_deflate__no_room_sets_over(void **state)
{
    AUTO_STR struct str packed = STR_INIT(5);

    (void)state;
    deflate_pack("abcdefgh", 8, &packed);
    assert_true(packed.over);
    assert_int_equal(packed.len, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_deflate__gives_the_bytes_again),
        cmocka_unit_test(test_deflate__a_bomb_ends_at_the_limit),
        cmocka_unit_test(test_deflate__damage_and_rest_are_refused),
        cmocka_unit_test(test_deflate__no_room_sets_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
