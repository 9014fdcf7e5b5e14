/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/self.h"

#include "node/base/str.h"
#include "sync/enrol.h"
#include "tests/unit/sync_help.h"

static void put_key(const char *home, const struct sign_public *key)
{
    AUTO_MEM char *folder = fs_path(home, "keys");
    AUTO_MEM char *path = fs_path(folder, "node.pub");
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    struct err e = ERR_INIT;

    sign_public_line(key, "x", &line);
    OK(fs_mkdirs(folder, &e));
    OK(fs_write_file(path, line.p, line.len, &e));
}

static void make_row(struct node *n, const struct sign_public *later,
                     struct enrol_node *out)
{
    self_from_key(&n->key.pub, out);
    (void)snprintf(out->unit_code, sizeof out->unit_code, "01234");
    (void)snprintf(out->unit_valid_from, sizeof out->unit_valid_from, "2025-07-01");
    (void)snprintf(out->role, sizeof out->role, "commune");
    out->keys = mem_new(1, sizeof *out->keys);
    out->keys[0] = (struct enrol_key){.epoch = 2, .key = *later};
    out->key_count = 1;
}

static void test_self__follows_from_the_first_key(void **state)
{
    AUTO_ENROL_ROW struct enrol_node self = {.revoked = false};
    char name[NAMES_NODE_MAX];
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    FAILS(self_load(n.dir, &self, fe), ERR_NOT_FOUND);
    put_key(n.dir, &n.key.pub);
    OK(self_load(n.dir, &self, &e));
    assert_string_equal(self.node, n.name);
    assert_true(self.any_unit);
    OK(self_name(n.dir, name, &e));
    assert_string_equal(name, n.name);
    assert_true(enrol_valid_at(&self, 7, CLASS_META, 7));
    node_clear(&n);
}

static void test_self__keeps_its_name_with_another_key(void **state)
{
    AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};
    AUTO_ENROL_ROW struct enrol_node self = {.revoked = false};
    AUTO_MEM char *saved = NULL;
    AUTO_MEM char *history = NULL;
    AUTO_MEM char *other = help_folder();
    AUTO_MEM char *keys = fs_path(other, "keys");
    struct sign_secret later;
    char name[NAMES_NODE_MAX];
    struct node n;
    struct err e = ERR_INIT;

    (void)state;
    node_init(&n);
    OK(sign_generate(&later, &e));
    put_key(n.dir, &later.pub);
    make_row(&n, &later.pub, &row);
    OK(self_save(n.dir, &row, &e));
    OK(self_name(n.dir, name, &e));
    assert_string_equal(name, n.name);
    assert_int_equal(self_history(n.dir, &self, &e), 1);
    assert_true(self.any_unit);
    assert_memory_equal(enrol_key_at(&self, 1)->key, n.key.pub.key, 32);
    assert_memory_equal(enrol_key_at(&self, 2)->key, later.pub.key, 32);
    /* It goes along with a saved key, and only then. */
    saved = fs_path(n.dir, "keys/node");
    OK(fs_mkdirs(keys, &e));
    assert_int_equal(self_copy(saved, other, &e), 1);
    OK(self_name(other, name, &e));
    assert_string_equal(name, n.name);
    history = fs_path(n.dir, "keys/history.json");
    OK(fs_write_file(history, "{}", 2, &e));
    FAILS(self_name(n.dir, name, fe), ERR_ENROL);
    FAILS(self_copy(saved, other, fe), ERR_ENROL);
    OK(fs_unlink(history, &e));
    assert_int_equal(self_copy(saved, other, &e), 0);
    OK(fs_remove_tree(other, &e));
    node_clear(&n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_self__follows_from_the_first_key),
        cmocka_unit_test(test_self__keeps_its_name_with_another_key),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
