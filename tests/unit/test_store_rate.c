/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/store/sql.h"
#include "node/store/store_rate.h"
#include "node/store/store_unit.h"

static void begin(struct store *s, struct store_txn *t)
{
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, t, &e), &e);
}

static void sql(struct store *s, const char *text)
{
    if (sqlite3_exec(s->db, text, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", text, sqlite3_errmsg(s->db));
}

static void target(struct store *s, const char *unit, const char *kind,
                   const char *period, int64_t denominator, int64_t percent_100)
{
    struct store_target t = {.denominator = denominator, .percent_100 = percent_100};
    struct err e = ERR_INIT;
    int changed = 0;

    (void)snprintf(t.unit_code, sizeof t.unit_code, "%s", unit);
    (void)snprintf(t.unit_from, sizeof t.unit_from, "%s", HELP_FROM);
    (void)snprintf(t.kind, sizeof t.kind, "%s", kind);
    (void)snprintf(t.period, sizeof t.period, "%s", period);
    unit_ok(store_target_put(s, &t, "admin", HELP_NOW, &changed, &e), &e);
}

/* @n received items of a unit, kind and month, @verified of them verified. */
static void received(struct store *s, const char *unit, const char *kind, int month,
                     int n, int verified)
{
    for (int i = 0; i < n; i++) {
        char *text = sqlite3_mprintf(
            "INSERT INTO item (name, node, kind, state, rev, supersedes, unit_code,"
            " unit_from, created, expected, expect_why, receipt_at, receipt_month,"
            " receipt_rev, receipt_level) VALUES ('%q-%q-%d-%d', 'n', '%q', 'sealed', "
            "1,"
            " 0, '%q', '%q', 0, 0, '', 1, %d, 1, '%q')",
            unit, kind, month, i, kind, unit, HELP_FROM, month,
            i < verified ? "verified" : "recognized");

        sql(s, text);
        sqlite3_free(text);
    }
}

struct rows {
    char text[4000];
};

static int tell(void *ctx, const struct store_rate *r, struct err *e)
{
    struct rows *x = ctx;
    size_t len = strlen(x->text);

    (void)e;
    (void)snprintf(x->text + len, sizeof x->text - len, "%s/%s/%s %d(%d)/%d ",
                   r->unit_code, r->kind, r->period, (int)r->numerator,
                   (int)r->unverified, (int)r->denominator);
    return 0;
}

static struct rows rates(struct store *s, enum store_rate_by by, const char *period,
                         struct store_rate *total)
{
    struct store_rate_query q = {.by = by, .period = period};
    struct rows x = {.text = ""};
    struct err e = ERR_INIT;

    unit_ok(store_rate_each(s, &q, tell, &x, total, &e), &e);
    return x;
}

static void test_store_rate__as_in_the_report_of_the_province(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_rate total;
    struct unit u = {.code = "1",
                     .valid_from = HELP_FROM,
                     .name = "Phú Thịnh",
                     .parent = "66",
                     .kind = "xã"};
    char text[STORE_RATE_TEXT_MAX];
    struct err e = ERR_INIT;

    begin(s, &t);
    unit_ok(store_unit_put(s, &u, NULL, &e), &e);
    target(s, "1", "birth", "2026", 543, 8050);
    received(s, "1", "birth", 202601, 200, 150);
    received(s, "1", "birth", 202612, 34, 34);
    received(s, "1", "birth", 202512, 7, 0); /* another year */
    received(s, "1", "death", 202603, 5, 5); /* no target */
    assert_string_equal(rates(s, STORE_BY_CELL, "2026", &total).text,
                        "1/birth/2026 234(50)/543 1/death/2026 5(0)/-1 ");
    assert_int_equal(total.untargeted, 5);
    assert_int_equal(total.percent_100, 8050);
    assert_true(store_rate_text(&total, text));
    assert_string_equal(text, "234/543 = 43.09%");
    assert_true(store_rate_percent(&total, text));
    assert_string_equal(text, "43.09");
    assert_string_equal(rates(s, STORE_BY_UNIT, "2026", NULL).text,
                        "1//2026 234(50)/543 1//2026 5(0)/-1 ");
    assert_string_equal(rates(s, STORE_BY_KIND, "2026", NULL).text,
                        "/birth/2026 234(50)/543 /death/2026 5(0)/-1 ");
    assert_string_equal(rates(s, STORE_BY_PERIOD, NULL, NULL).text,
                        "//2025 7(7)/-1 //2026 234(50)/543 //2026 5(0)/-1 ");
    unit_ok(store_rate_check(s, &e), &e);
}

static void test_store_rate__no_target_is_no_rate(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_rate total;
    char text[STORE_RATE_TEXT_MAX] = "";

    begin(s, &t);
    assert_string_equal(rates(s, STORE_BY_CELL, NULL, &total).text, "");
    assert_false(store_rate_text(&total, text));
    received(s, "1", "birth", 202601, 2, 2);
    target(s, "1", "birth", "2026", 0, -1); /* none is none, never 100 % */
    assert_string_equal(rates(s, STORE_BY_CELL, "2026", &total).text,
                        "1/birth/2026 2(0)/-1 ");
    assert_int_equal(total.denominator, -1);
    assert_int_equal(total.numerator, 2);
    assert_false(store_rate_text(&total, text));
    assert_false(store_rate_percent(&total, text));
}

static void test_store_rate__periods_are_never_added_together(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_rate total;
    struct rows x = {.text = ""};
    struct store_rate_query bad = {.period = "2026-Q5"};
    struct err e = ERR_INIT;

    begin(s, &t);
    received(s, "1", "birth", 202609, 1, 1);
    received(s, "1", "birth", 202610, 2, 2);
    received(s, "1", "birth", 202612, 3, 3);
    target(s, "1", "birth", "2026-Q4", 10, -1);
    target(s, "1", "birth", "2026-12", 5, -1);
    assert_string_equal(rates(s, STORE_BY_CELL, NULL, &total).text,
                        "1/birth/2026-Q3 1(0)/-1 1/birth/2026-Q4 5(0)/10 ");
    assert_int_equal(total.denominator, 10);
    assert_string_equal(rates(s, STORE_BY_CELL, "2026-12", &total).text,
                        "1/birth/2026-12 3(0)/5 ");
    target(s, "1", "birth", "2026", 100, -1);
    assert_string_equal(rates(s, STORE_BY_CELL, NULL, &total).text,
                        "1/birth/2026 6(0)/100 ");
    unit_fails(store_rate_each(s, &bad, tell, &x, NULL, &e), ERR_TARGET, &e);
}

static void test_store_rate__a_target_of_all_kinds_counts_all(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_rate total;

    begin(s, &t);
    received(s, "1", "birth", 202601, 4, 4);
    received(s, "1", "death", 202601, 3, 1);
    received(s, "2", "birth", 202601, 2, 2);
    target(s, "1", "", "2026", 10, -1);
    target(s, "1", "birth", "2026", 5, -1);
    target(s, "2", "birth", "2026", 5, -1);
    assert_string_equal(rates(s, STORE_BY_CELL, "2026", &total).text,
                        "1//2026 7(2)/10 1/birth/2026 4(0)/5 2/birth/2026 2(0)/5 ");
    assert_int_equal(total.numerator, 9); /* nothing counted twice */
    assert_int_equal(total.denominator, 15);
    assert_int_equal(total.untargeted, 0);
    assert_string_equal(rates(s, STORE_BY_UNIT, "2026", NULL).text,
                        "1//2026 7(2)/10 2//2026 2(0)/5 ");
}

static void test_store_rate__rounds_half_up(void **state)
{
    static const struct {
        int64_t n, d;
        const char *text;
    } table[] = {
        {0, 5, "0.00"},
        {1, 3, "33.33"},
        {2, 3, "66.67"},
        {1, 8, "12.50"},
        {1, 16, "6.25"},
        {1, 32, "3.13"},
        {5, 5, "100.00"},
        {7, 5, "140.00"},
        {642806, 1443893, "44.52"},
        {694611, 694611, "100.00"},
        {1, 20000, "0.01"},
        {1, 20001, "0.00"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct store_rate r = {.numerator = table[i].n, .denominator = table[i].d};
        char text[STORE_RATE_TEXT_MAX];

        assert_true(store_rate_percent(&r, text));
        assert_string_equal(text, table[i].text);
    }
}

/* Whatever happens to items, the counts kept by triggers are those counted anew. */
static void test_store_rate__counts_follow_every_change(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    static const char *const changes[] = {
        "UPDATE item SET kind = 'death' WHERE id %% 7 = %d",
        "UPDATE item SET unit_code = '2' WHERE id %% 5 = %d",
        "UPDATE item SET receipt_level = 'verified' WHERE id %% 3 = %d",
        "UPDATE item SET receipt_level = 'recognized' WHERE id %% 11 = %d",
        "UPDATE item SET receipt_month = 202607 WHERE id %% 13 = %d",
        "UPDATE item SET receipt_month = 0 WHERE id %% 17 = %d",
        "UPDATE item SET scanned_month = 202601 WHERE id %% 2 = %d",
        "UPDATE item SET scanned_month = 0 WHERE id %% 19 = %d",
        "UPDATE item SET state = 'described' WHERE id %% 3 = %d",
        "DELETE FROM item WHERE id %% 23 = %d",
    };
    struct err e = ERR_INIT;

    begin(s, &t);
    received(s, "1", "birth", 202601, 100, 40);
    received(s, "1", "birth", 202602, 50, 50);
    for (int k = 0; k < 3; k++) {
        for (size_t i = 0; i < ARRAY_LEN(changes); i++) {
            char *text = sqlite3_mprintf(changes[i], k);

            sql(s, text);
            if (store_rate_check(s, &e) < 0)
                fail_msg("%s: %s", text, e.subject);
            sqlite3_free(text);
        }
    }
    sql(s, "UPDATE summary SET n = n + 1 WHERE indicator = 'received'");
    unit_fails(store_rate_check(s, &e), ERR_SUMMARY, &e);
    unit_ok(store_rate_rebuild(s, &e), &e);
    unit_ok(store_rate_check(s, &e), &e);
    sql(s, "INSERT INTO summary VALUES ('', '9', '2025-07-01', 'birth', 202601,"
           " 'received', 1, 0)");
    unit_fails(store_rate_check(s, &e), ERR_SUMMARY, &e);
}

static int count_one(void *ctx, const struct store_count *c, struct err *e)
{
    (void)c;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static void test_store_rate__a_province_copies_the_counts_of_its_communes(void **state)
{
    AUTO_MEM char *a = fs_path(*state, "a");
    AUTO_MEM char *b = fs_path(*state, "b");
    AUTO_STORE struct store *from = NULL;
    AUTO_STORE struct store *to = NULL;
    struct store_rate total;
    struct err e = ERR_INIT;
    int n = 0;

    unit_ok(help_open(a, STORE_CREATE, &from, &e), &e);
    unit_ok(help_open(b, STORE_CREATE, &to, &e), &e);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        begin(from, &t);
        received(from, "1", "birth", 202601, 5, 3);
        unit_ok(store_commit(&t, &e), &e);
    }
    for (int i = 0; i < 2; i++) {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        begin(to, &t);
        unit_ok(store_rate_copy(to, "1-2025-07-01", from, &e), &e);
        if (i == 0)
            unit_ok(store_rate_copy(to, "2-2025-07-01", from, &e), &e);
        target(to, "1", "birth", "2026", 20, -1);
        unit_ok(store_commit(&t, &e), &e);
    }
    (void)rates(to, STORE_BY_CELL, "2026", &total);
    assert_int_equal(total.numerator, 10);
    assert_int_equal(total.unverified, 4);
    unit_ok(store_rate_check(to, &e), &e); /* copies are not its own items */
    unit_ok(store_rate_counts(from, count_one, &n, &e), &e);
    assert_int_equal(n, 2);
}

/* ---- targets -----------------------------------------------------------------------
 */

static int last_target(void *ctx, const struct store_target *t, struct err *e)
{
    (void)e;
    *(struct store_target *)ctx = *t;
    return 0;
}

static void test_store_target__is_checked_and_keeps_its_history(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_target good = {.unit_code = "24133",
                                .unit_from = HELP_FROM,
                                .indicator = STORE_VERIFIED,
                                .kind = "birth",
                                .period = "2026-Q4",
                                .denominator = 543,
                                .percent_100 = 8000};
    struct store_target t = good;
    struct err e = ERR_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    int changed = -1;

    begin(s, &txn);
    unit_ok(store_target_put(s, &t, "A", 1, &changed, &e), &e);
    assert_int_equal(changed, 1);
    unit_ok(store_target_put(s, &t, "A", 2, &changed, &e), &e);
    assert_int_equal(changed, 0);
    t.denominator = 544;
    unit_ok(store_target_put(s, &t, "A", 3, &changed, &e), &e);
    assert_int_equal(changed, 2);
    unit_ok(SQL(s, &q, "SELECT count(*) FROM target_history", &e), &e);
    assert_int_equal(sql_step(&q, &e), 1);
    assert_int_equal(sql_int(&q, 0), 2);
    unit_ok(store_target_each(s, last_target, &t, &e), &e);
    assert_int_equal(t.denominator, 544);
    assert_int_equal(t.indicator, STORE_VERIFIED);
    t = good;
    t.unit_code[0] = 'x';
    unit_fails(store_target_put(s, &t, "A", 1, &changed, &e), ERR_TARGET, &e);
    t = good;
    t.kind[0] = 'x';
    unit_fails(store_target_put(s, &t, "A", 1, &changed, &e), ERR_TARGET, &e);
    t = good;
    t.period[5] = 'P';
    unit_fails(store_target_put(s, &t, "A", 1, &changed, &e), ERR_TARGET, &e);
    t = good;
    t.denominator = -1;
    unit_fails(store_target_put(s, &t, "A", 1, &changed, &e), ERR_TARGET, &e);
    t = good;
    t.percent_100 = 10001;
    unit_fails(store_target_put(s, &t, "A", 1, &changed, &e), ERR_TARGET, &e);
}

static void test_store_target__periods(void **state)
{
    static const struct {
        const char *text;
        int first, last;
    } table[] = {
        {"2026", 202601, 202612},
        {"2026-Q1", 202601, 202603},
        {"2026-Q4", 202610, 202612},
        {"2026-11", 202611, 202611},
        {"", 0, 0},
        {"26", 0, 0},
        {"2026-Q5", 0, 0},
        {"2026-Q0", 0, 0},
        {"2026-13", 0, 0},
        {"2026-00", 0, 0},
        {"2026-1", 0, 0},
        {"2026/11", 0, 0},
        {"1800", 0, 0},
        {"2026-1x", 0, 0},
        {"x026", 0, 0},
        {"2026-Q44", 0, 0},
    };
    enum store_indicator i = STORE_SCANNED;

    (void)state;
    for (size_t k = 0; k < ARRAY_LEN(table); k++) {
        int first = 0;
        int last = 0;

        assert_int_equal(store_target_period(table[k].text, &first, &last),
                         table[k].first != 0);
        assert_int_equal(first, table[k].first);
        assert_int_equal(last, table[k].last);
    }
    assert_true(store_target_indicator_find("received", &i));
    assert_string_equal(store_target_indicator_name(i), "received");
    assert_false(store_target_indicator_find("sent", &i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_rate__as_in_the_report_of_the_province),
        unit_case(test_store_rate__no_target_is_no_rate),
        unit_case(test_store_rate__periods_are_never_added_together),
        unit_case(test_store_rate__a_target_of_all_kinds_counts_all),
        cmocka_unit_test(test_store_rate__rounds_half_up),
        unit_case(test_store_rate__counts_follow_every_change),
        unit_case(test_store_rate__a_province_copies_the_counts_of_its_communes),
        unit_case(test_store_target__is_checked_and_keeps_its_history),
        cmocka_unit_test(test_store_target__periods),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
