/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/base/jdoc.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"

#define ROWS 12

static struct store *filled(void **state)
{
    struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_JDOC struct jdoc *detail = jdoc_object();
    struct err e = ERR_INIT;

    jdoc_set_text(detail, "field", "Subject");
    unit_ok(store_begin(s, &t, &e), &e);
    for (int i = 0; i < ROWS; i++)
        unit_ok(store_audit_add(s, i % 2 ? "Nguyễn A" : "", "cli", "item.set",
                                i % 3 ? "00112233-1" : "00112233-2",
                                i % 4 ? detail : NULL, HELP_NOW + i, &e),
                &e);
    unit_ok(store_commit(&t, &e), &e);
    return s;
}

static int count_row(void *ctx, const struct store_audit *a, struct err *e)
{
    (void)e;
    assert_true(a->seq > 0);
    ++*(int *)ctx;
    return 0;
}

static void test_store_audit__chain_is_whole(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct err e = ERR_INIT;
    char head[HASH_HEX];
    int64_t rows = 0;
    int64_t seq = 0;
    int n = 0;

    unit_ok(store_audit_verify(s, &rows, &e), &e);
    assert_int_equal(rows, ROWS);
    unit_ok(store_audit_head(s, &seq, head, &e), &e);
    assert_int_equal(seq, ROWS);
    unit_ok(store_audit_each(s, NULL, count_row, &n, &e), &e);
    assert_int_equal(n, ROWS);
    n = 0;
    unit_ok(store_audit_each(s, "00112233-2", count_row, &n, &e), &e);
    assert_int_equal(n, ROWS / 3);
}

static void test_store_audit__an_empty_chain_is_whole(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    char head[HASH_HEX];
    int64_t rows = 7;

    unit_ok(store_audit_verify(s, &rows, &e), &e);
    assert_int_equal(rows, 0);
    unit_ok(store_audit_head(s, &rows, head, &e), &e);
    assert_int_equal(strspn(head, "0"), 64);
}

static void test_store_audit__rows_cannot_be_changed_by_sql(void **state)
{
    AUTO_STORE struct store *s = filled(state);

    assert_int_equal(sqlite3_exec(s->db, "UPDATE audit SET actor = 'x'", 0, 0, 0),
                     SQLITE_CONSTRAINT_TRIGGER);
    assert_int_equal(sqlite3_exec(s->db, "DELETE FROM audit WHERE seq = 3", 0, 0, 0),
                     SQLITE_CONSTRAINT_TRIGGER);
}

/* With the triggers gone, as somebody with a tool would do it: every edit is found. */
static void test_store_audit__every_edit_is_found(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    static const char *const edits[] = {
        "UPDATE audit SET at = at + 1 WHERE seq = %d",
        "UPDATE audit SET actor = actor || 'x' WHERE seq = %d",
        "UPDATE audit SET actor = actor || char(1) WHERE seq = %d",
        "UPDATE audit SET via = 'web' WHERE seq = %d",
        "UPDATE audit SET act = 'item.get' WHERE seq = %d",
        "UPDATE audit SET subject = '00112233-9' WHERE seq = %d",
        "UPDATE audit SET detail = '{\"a\":1}' WHERE seq = %d",
        "UPDATE audit SET hash = replace(hash, substr(hash, 1, 1),"
        " CASE substr(hash, 1, 1) WHEN 'a' THEN 'b' ELSE 'a' END) WHERE seq = %d",
        "DELETE FROM audit WHERE seq = %d",
        "UPDATE audit SET seq = seq + 100 WHERE seq = %d",
        "INSERT INTO audit SELECT 100 + seq, at, actor, via, act, subject, detail, hash"
        " FROM audit WHERE seq = %d",
        "UPDATE audit SET seq = -seq WHERE seq = %d",
        "DELETE FROM audit WHERE seq >= %d", /* the end cut off */
    };
    struct err e = ERR_INIT;
    int64_t rows = 0;
    int tried = 0;

    assert_int_equal(sqlite3_exec(s->db,
                                  "DROP TRIGGER audit_no_update;"
                                  "DROP TRIGGER audit_no_delete",
                                  0, 0, 0),
                     SQLITE_OK);
    for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
        for (int row = 1; row <= ROWS; row++) {
            char *text = sqlite3_mprintf(edits[i], row);

            assert_int_equal(sqlite3_exec(s->db, "SAVEPOINT x", 0, 0, 0), SQLITE_OK);
            assert_int_equal(sqlite3_exec(s->db, text, 0, 0, 0), SQLITE_OK);
            err_clear(&e);
            if (store_audit_verify(s, &rows, &e) == 0)
                fail_msg("not found: %s", text);
            assert_string_equal(err_code_name(e.code), err_code_name(ERR_AUDIT));
            assert_int_equal(sqlite3_exec(s->db, "ROLLBACK TO x; RELEASE x", 0, 0, 0),
                             SQLITE_OK);
            sqlite3_free(text);
            tried++;
        }
    }
    /* two rows changed places */
    assert_int_equal(sqlite3_exec(s->db,
                                  "UPDATE audit SET seq = 99 WHERE seq = 2;"
                                  "UPDATE audit SET seq = 2 WHERE seq = 3;"
                                  "UPDATE audit SET seq = 3 WHERE seq = 99",
                                  0, 0, 0),
                     SQLITE_OK);
    unit_fails(store_audit_verify(s, &rows, &e), ERR_AUDIT, &e);
    print_message("# %d of %d edits found\n", tried + 1, tried + 1);
}

/* Whoever cuts off the end and mends the head on record meets the sealed bundles. */
static void test_store_audit__sealed_bundles_hold_the_end(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct store_bundle b = {.epoch = 1, .seq = 1, .sealed_at = 1};
    struct err e = ERR_INIT;
    int64_t rows = 0;
    int64_t seq = 0;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        (void)snprintf(b.node, sizeof b.node, "%s", HELP_NODE);
        (void)snprintf(b.class, sizeof b.class, "meta");
        (void)snprintf(b.manifest, sizeof b.manifest, "%064d", 1);
        unit_ok(store_audit_head(s, &seq, b.audit_head, &e), &e);
        unit_ok(store_bundle_add(s, &b, &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    unit_ok(store_audit_verify(s, &rows, &e), &e);
    assert_int_equal(
        sqlite3_exec(s->db,
                     "DROP TRIGGER audit_no_delete; DELETE FROM audit WHERE seq = 12;"
                     "UPDATE fact SET value = (SELECT '11 ' || hash FROM audit"
                     " WHERE seq = 11) WHERE key = 'audit.head'",
                     0, 0, 0),
        SQLITE_OK);
    unit_fails(store_audit_verify(s, &rows, &e), ERR_AUDIT, &e);
    assert_non_null(strstr(e.subject, "bundle"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_audit__chain_is_whole),
        unit_case(test_store_audit__an_empty_chain_is_whole),
        unit_case(test_store_audit__rows_cannot_be_changed_by_sql),
        unit_case(test_store_audit__every_edit_is_found),
        unit_case(test_store_audit__sealed_bundles_hold_the_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
