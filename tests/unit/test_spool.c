/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/spool.h"

#include "tests/unit/unit.h"

static void test_spool__keeps_one_beginning_and_what_is_none(void **state)
{
    static const char *const names[] = {"aa.part", "bb.part", "cc.answer", "lock"};
    AUTO_MEM char *keep = fs_path(*state, "bb.part");
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_MEM char *path = fs_path(*state, names[i]);

        unit_ok(fs_write_file(path, "x", 1, &e), &e);
    }
    unit_ok(spool_keep(*state, keep, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        AUTO_MEM char *path = fs_path(*state, names[i]);

        assert_int_equal(fs_exists(path), i > 0);
    }
    unit_ok(fs_unlink(keep, &e), &e);
    unit_ok(spool_keep(*state, keep, &e), &e); /* one that is still to come */
    assert_false(fs_exists(keep));
}

static void test_spool__says_when_there_is_no_room(void **state)
{
    uint64_t free_bytes = 0, all_bytes = 0;
    struct err e = ERR_INIT;

    unit_ok(fs_free_bytes(*state, &free_bytes, &all_bytes, &e), &e);
    unit_ok(spool_room(*state, "spool", 1, &e), &e);
    unit_fails(spool_room(*state, "spool", (int64_t)(free_bytes / 2), &e),
               ERR_DISK_FULL, &e);
    assert_string_equal(e.subject, "spool");
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        unit_case(test_spool__keeps_one_beginning_and_what_is_none),
        unit_case(test_spool__says_when_there_is_no_room),
    };

    return cmocka_run_group_tests(cases, NULL, NULL);
}
