/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/have.h"

#include "sync/heads.h"
#include "tests/unit/sync_help.h"

#define UNIT  "01234-2025-07-01"
#define OTHER "01235-2025-07-01"
#define NODE  "0123456789abcdef0123456789abcdef"
#define OID                                                                            \
    "5d2c00000000000000000000000000000000"                                             \
    "91ab"

static void keep(const char *home, const char *text)
{
    AUTO_MEM char *path = fs_pathf(home, HAVE_KEPT, NODE);
    AUTO_MEM char *folder = fs_dirname(path);
    struct err e = ERR_INIT;

    OK(fs_mkdirs(folder, &e));
    OK(fs_write_file(path, text, strlen(text), &e));
}

static void test_have__says_what_lies_in_each_unit(void **state)
{
    char meta[HASH_HEX] = "", ref[NAMES_REF_MAX];
    AUTO_MEM char *dir = NULL;
    AUTO_MEM char *repo = NULL;
    AUTO_MEM char *file = NULL;
    AUTO_MEM char *folder = NULL;
    AUTO_MEM char *kept = NULL;
    AUTO_HAVE struct have have = HAVE_INIT;
    AUTO_HEADS struct heads heads = {.rows = NULL};
    AUTO_HEADS struct heads none = {.rows = NULL};
    AUTO_REPO struct repo *r = NULL;
    struct bundle_made made;
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    dir = fs_path(n.dir, "communes/" UNIT);
    repo = fs_path(dir, "repo.git");
    kept = fs_pathf(n.dir, HAVE_KEPT, NODE);
    folder = fs_dirname(kept);
    file = fs_path(n.dir, "have");
    OK(have_write(n.dir, file, &e)); /* no commune at all */
    OK(fs_mkdirs(dir, &e));
    OK(repo_create(repo, REPO_TRANSPORT, &e));
    OK(repo_open(repo, &r, &e));
    help_bundle(&n, r, CLASS_META, 1, meta, &made);
    OK(have_write(n.dir, file, &e));
    OK(have_load(n.dir, NODE, &have, &e));
    assert_int_equal(have.text.len, 0); /* it never told */
    OK(fs_mkdirs(folder, &e));
    OK(fs_rename(file, kept, &e));
    OK(have_load(n.dir, NODE, &have, &e));
    have_unit(&have, UNIT, &heads);
    have_unit(&have, OTHER, &none);
    names_ref(n.name, 1, CLASS_META, ref);
    assert_int_equal(heads.count, 1);
    assert_string_equal(have_tip(&heads, ref), made.commit);
    names_ref(n.name, 1, CLASS_TEXT, ref);
    assert_string_equal(have_tip(&heads, ref), "");
    assert_int_equal(none.count, 0);
    node_clear(&n);
}

static void test_have__what_says_nothing_is_passed_over(void **state)
{
    static const char text[] =
        OID " refs/receipts/a\n" /* of no unit */
            "unit " UNIT "\n"
            "\n"
            "5d2c refs/receipts/b\n"
            "5D2C000000000000000000000000000000000000 refs/x\n" OID "\n" OID
            " refs/receipts/c\n"
            "unit " OTHER "\n" OID " refs/receipts/d\n"
            "unit " UNIT "\n" OID " refs/receipts/e";
    AUTO_MEM char *dir = help_folder();
    AUTO_MEM char *lines = mem_new(1, 5000);
    struct err e = ERR_INIT;

    (void)state;
    for (int i = 0; i < 2; i++) {
        AUTO_HAVE struct have have = HAVE_INIT;
        AUTO_HEADS struct heads heads = {.rows = NULL};

        memset(lines, 'x', 4999); /* and a line without end */
        if (i == 0)
            keep(dir, text);
        else
            keep(dir, lines);
        OK(have_load(dir, NODE, &have, &e));
        have_unit(&have, UNIT, &heads);
        assert_int_equal(heads.count, i == 0 ? 2 : 0);
        assert_string_equal(have_tip(&heads, "refs/receipts/c"), i == 0 ? OID : "");
        assert_string_equal(have_tip(&heads, "refs/receipts/e"), i == 0 ? OID : "");
    }
    OK(fs_remove_tree(dir, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_have__says_what_lies_in_each_unit),
        cmocka_unit_test(test_have__what_says_nothing_is_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
