/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_notes.h"

#include "node/store/sql.h"
#include "node/store/store_migrate.h"
#include "tests/unit/store_help.h"

static char *noted(struct store *s, int64_t page, enum store_notes_kind kind)
{
    AUTO_STR struct str out = STR_INIT(STORE_NOTES_MAX);
    struct err e = ERR_INIT;
    int rc = store_notes_get(s, page, kind, &out, &e);

    if (rc < 0)
        unit_ok(rc, &e);
    return mem_dup(rc == 1 ? str_text(&out) : "absent");
}

static void check(struct store *s, int64_t page, enum store_notes_kind kind,
                  const char *wanted)
{
    AUTO_MEM char *got = noted(s, page, kind);

    assert_string_equal(got, wanted);
}

static void test_store_notes__are_replaced_each_by_its_kind(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *long_one = mem_new(STORE_NOTES_MAX + 2, 1);
    struct err e = ERR_INIT;
    struct page p, other;
    struct item it;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    other = help_page(s, it.name, "two");
    check(s, p.id, STORE_NOTES_STEPS, "absent");
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_STEPS, "[1]", &e), &e);
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_ADVICE, "[\"blur\"]", &e), &e);
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_STEPS, "[2]", &e), &e);
    check(s, p.id, STORE_NOTES_STEPS, "[2]");
    check(s, p.id, STORE_NOTES_ADVICE, "[\"blur\"]");
    check(s, other.id, STORE_NOTES_STEPS, "absent");
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_ADVICE, "", &e), &e);
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_ADVICE, NULL, &e), &e);
    check(s, p.id, STORE_NOTES_ADVICE, "absent");
    memset(long_one, 'x', STORE_NOTES_MAX + 1);
    unit_fails(store_notes_put(s, p.id, STORE_NOTES_STEPS, long_one, &e), ERR_LIMIT,
               &e);
    check(s, p.id, STORE_NOTES_STEPS, "[2]");
    long_one[STORE_NOTES_MAX] = '\0';
    unit_ok(store_notes_put(s, p.id, STORE_NOTES_STEPS, long_one, &e), &e);
    check(s, p.id, STORE_NOTES_STEPS, long_one);
}

static void test_store_notes__of_a_page_that_is_not_there_are_refused(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    assert_int_equal(store_notes_put(s, 4711, STORE_NOTES_STEPS, "[1]", &e), -1);
}

/* A store of the schema before has no such table: the step brings it, and what was
 * there stays. */
static void test_store_notes__an_older_store_gets_them(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    struct page p;
    struct item it;
    int version = 0;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        it = help_item(s, "document", "");
        p = help_page(s, it.name, "one");
        unit_ok(store_commit(&t, &e), &e);
    }
    help_older(s->db, 3);
    unit_ok(store_migrate_run(s, store_migrate_newest(), &e), &e);
    unit_ok(store_migrate_version(s, &version, &e), &e);
    assert_int_equal(version, store_migrate_newest());
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_notes_put(s, p.id, STORE_NOTES_STEPS, "[3]", &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    check(s, p.id, STORE_NOTES_STEPS, "[3]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_notes__are_replaced_each_by_its_kind),
        unit_case(test_store_notes__of_a_page_that_is_not_there_are_refused),
        unit_case(test_store_notes__an_older_store_gets_them),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
