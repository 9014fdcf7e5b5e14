/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <sys/stat.h>

#include "node/base/hash.h"
#include "node/flow/home.h"
#include "sync/self.h"

static int found(const char *path, enum home_role role, struct home *h, struct err *e)
{
    if (home_prepare(path, role, "24175", NULL, "Xã Ea Kao", h, e) < 0)
        return -1;
    return home_found(h, e);
}

static void test_home__is_read_back_as_it_was_made(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "a/b/home");
    AUTO_HOME struct home made = {0};
    AUTO_HOME struct home read = {0};
    struct err e = ERR_INIT;

    unit_ok(found(path, HOME_PROVINCE, &made, &e), &e);
    unit_ok(home_open(path, &read, &e), &e);
    assert_string_equal(read.node, made.node);
    assert_true(hash_is_hex(read.node, 32));
    assert_int_equal(read.role, HOME_PROVINCE);
    assert_string_equal(read.unit_code, "24175");
    assert_string_equal(read.unit_valid_from, UNIT_VALID_FROM_DEFAULT);
    assert_string_equal(read.name, "Xã Ea Kao");
    assert_int_equal(read.epoch, 1);
    assert_memory_equal(&read.key, &made.key, sizeof read.key);
    assert_true(home_is_upper(&read));
    unit_ok(home_set_epoch(&read, 2, &e), &e);
    home_clear(&made);
    unit_ok(home_open(path, &made, &e), &e);
    assert_int_equal(made.epoch, 2);
}

static void test_home__counts_only_when_it_was_founded(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "home");
    AUTO_HOME struct home cut = {0};
    AUTO_HOME struct home again = {0};
    AUTO_HOME struct home none = {0};
    struct err e = ERR_INIT;

    unit_ok(home_prepare(path, HOME_COMMUNE, "1", "2020-01-01", NULL, &cut, &e), &e);
    unit_fails(home_open(path, &none, &e), ERR_NO_NODE, &e);
    unit_ok(found(path, HOME_COMMUNE, &again, &e), &e);
    assert_string_not_equal(cut.node, again.node);
    unit_fails(home_prepare(path, HOME_COMMUNE, "1", NULL, NULL, &none, &e),
               ERR_HOME_EXISTS, &e);
}

static void test_home__refuses_what_is_no_unit(void **state)
{
    static const struct {
        const char *code, *from;
    } BAD[] = {
        {"", NULL},           {"12a", NULL},       {"1234567890123456", NULL},
        {"1", "2025-02-30"},  {"1", "2025-7-01"},  {"1", "01/07/2025"},
        {"1", "2025-07-01x"}, {"../../etc", NULL},
    };
    AUTO_MEM char *path = fs_path(*state, "home");
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        AUTO_HOME struct home h = {0};

        unit_fails(
            home_prepare(path, HOME_COMMUNE, BAD[i].code, BAD[i].from, NULL, &h, &e),
            ERR_USAGE, &e);
    }
    assert_false(fs_exists(path));
}

static void test_home__refuses_an_identity_of_another_key(void **state)
{
    AUTO_MEM char *one = fs_path(*state, "one");
    AUTO_MEM char *two = fs_path(*state, "two");
    AUTO_MEM char *key = fs_path(one, "keys/node");
    AUTO_MEM char *other = fs_path(two, "keys/node");
    AUTO_HOME struct home a = {0};
    AUTO_HOME struct home b = {0};
    AUTO_HOME struct home read = {0};
    struct err e = ERR_INIT;

    unit_ok(found(one, HOME_COMMUNE, &a, &e), &e);
    unit_ok(found(two, HOME_COMMUNE, &b, &e), &e);
    unit_ok(fs_rename(other, key, &e), &e);
    unit_fails(home_open(one, &read, &e), ERR_JSON, &e);
    unit_fails(home_open(two, &read, &e), ERR_NOT_FOUND, &e);
}

/* A change of key, whole and cut off after any of its steps. */
static void test_home__changes_its_key_and_keeps_its_name(void **state)
{
    for (int cut = 0; cut < 3; cut++) {
        AUTO_MEM char *name = mem_printf("home%d", cut);
        AUTO_MEM char *path = fs_path(*state, name);
        AUTO_MEM char *next = fs_path(path, HOME_KEY_NEXT);
        AUTO_MEM char *node = fs_path(path, "keys/node");
        AUTO_MEM char *public = fs_path(path, "keys/node.pub");
        AUTO_HOME struct home h = {0};
        AUTO_HOME struct home read = {0};
        AUTO_ENROL_ROW struct enrol_node row = {.revoked = false};
        struct sign_secret key;
        struct sign_public now;
        struct err e = ERR_INIT;

        unit_ok(found(path, HOME_COMMUNE, &h, &e), &e);
        unit_ok(sign_generate(&key, &e), &e);
        unit_ok(sign_write_secret(next, &key, "next", &e), &e);
        row = h.self;
        (void)snprintf(row.role, sizeof row.role, "commune");
        (void)snprintf(row.unit_code, sizeof row.unit_code, "24175");
        (void)snprintf(row.unit_valid_from, sizeof row.unit_valid_from, "2025-07-01");
        row.keys = mem_new(1, sizeof *row.keys);
        row.keys[0] = (struct enrol_key){.epoch = 3, .key = key.pub};
        row.key_count = 1;
        if (cut == 0)
            unit_ok(home_take_key(&h, &row, &e), &e);
        else
            unit_ok(self_save(path, &row, &e), &e);
        if (cut == 2)
            unit_ok(fs_rename(next, node, &e), &e);
        unit_ok(home_open(path, &read, &e), &e);
        assert_string_equal(read.node, h.node);
        assert_int_equal(read.epoch, 3);
        assert_memory_equal(read.key.pub.key, key.pub.key, sizeof key.pub.key);
        assert_memory_equal(enrol_key_at(&read.self, 2)->key, row.key.key, 32);
        assert_false(fs_exists(next));
        if (cut < 2) {
            unit_ok(sign_read_public(public, &now, &e), &e);
            assert_memory_equal(now.key, key.pub.key, sizeof now.key);
        }
        /* Another key than the newest is none of ours. */
        home_clear(&read);
        unit_ok(sign_generate(&key, &e), &e);
        unit_ok(sign_write_secret(node, &key, "x", &e), &e);
        unit_fails(home_open(path, &read, &e), ERR_KEY, &e);
    }
}

static void test_home__names_its_places(void **state)
{
    struct home h = {.path = (char *)(uintptr_t) "/h", .role = HOME_COMMUNE};
    AUTO_MEM char *db = home_database(&h);
    AUTO_MEM char *commune = home_commune(&h, "24175", "2025-07-01");
    AUTO_MEM char *upper = NULL;
    enum home_role role = HOME_COMMUNE;

    (void)state;
    assert_string_equal(db, "/h/sohoa.db");
    assert_string_equal(commune, "/h/communes/24175-2025-07-01");
    h.role = HOME_DISTRICT;
    upper = home_database(&h);
    assert_string_equal(upper, "/h/province.db");
    assert_true(home_role_parse("district", &role));
    assert_int_equal(role, HOME_DISTRICT);
    assert_false(home_role_parse("village", &role));
    assert_string_equal(home_role_name(HOME_PROVINCE), "province");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_home__is_read_back_as_it_was_made),
        unit_case(test_home__counts_only_when_it_was_founded),
        unit_case(test_home__refuses_what_is_no_unit),
        unit_case(test_home__refuses_an_identity_of_another_key),
        unit_case(test_home__changes_its_key_and_keeps_its_name),
        cmocka_unit_test(test_home__names_its_places),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
