/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_grid.h"

#include "node/store/sql.h"
#include "node/store/store_migrate.h"
#include "tests/unit/store_help.h"

static void check(struct store *s, int64_t page, const char *wanted)
{
    AUTO_STR struct str out = STR_INIT(STORE_GRID_MAX);
    struct err e = ERR_INIT;
    int rc = store_grid_get(s, page, &out, &e);

    unit_ok(rc, &e);
    assert_string_equal(rc == 1 ? str_text(&out) : "absent", wanted);
}

static void test_store_grid__is_replaced_and_forgotten(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *long_one = mem_new(STORE_GRID_MAX + 2, 1);
    struct err e = ERR_INIT;
    struct page p, other;
    struct item it;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    other = help_page(s, it.name, "two");
    check(s, p.id, "absent");
    unit_ok(store_grid_put(s, p.id, "[1]", &e), &e);
    unit_ok(store_grid_put(s, p.id, "[2]", &e), &e);
    check(s, p.id, "[2]");
    check(s, other.id, "absent");
    memset(long_one, 'x', STORE_GRID_MAX + 1);
    unit_fails(store_grid_put(s, p.id, long_one, &e), ERR_LIMIT, &e);
    check(s, p.id, "[2]");
    long_one[STORE_GRID_MAX] = '\0';
    unit_ok(store_grid_put(s, p.id, long_one, &e), &e);
    check(s, p.id, long_one);
    unit_ok(store_grid_put(s, p.id, "", &e), &e);
    unit_ok(store_grid_put(s, p.id, NULL, &e), &e);
    check(s, p.id, "absent");
    err_clear(&e);
    assert_int_equal(store_grid_put(s, 4711, "[1]", &e), -1); /* no such page */
}

/* A store of the schema before has no such table: the step brings it. */
static void test_store_grid__an_older_store_gets_it(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    struct page p;
    int version = 0;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        p = help_page(s, help_item(s, "document", "").name, "one");
        unit_ok(store_commit(&t, &e), &e);
    }
    help_older(s->db, 4);
    unit_ok(store_migrate_run(s, store_migrate_newest(), &e), &e);
    unit_ok(store_migrate_version(s, &version, &e), &e);
    assert_int_equal(version, store_migrate_newest());
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_grid_put(s, p.id, "[3]", &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    check(s, p.id, "[3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_grid__is_replaced_and_forgotten),
        unit_case(test_store_grid__an_older_store_gets_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
