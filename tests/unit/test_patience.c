/* SPDX-License-Identifier: Apache-2.0 */
#include "sync/patience.h"

#include "sync/line.h"
#include "tests/unit/sync_help.h"

#define S INT64_C(1000)

static void test_patience__begins_as_told(void **state)
{
    struct patience p;

    (void)state;
    patience_init(&p);
    assert_int_equal(p.dead_ms, PATIENCE_DEFAULT_MS);
    assert_int_equal(p.dead_ms, LINE_DEAD_MS);
    patience_recovered(&p, PATIENCE_NOTED_MS - 1);
    patience_gave_up(&p, PATIENCE_NOTED_MS - 1);
    patience_away(&p); /* of nothing */
    assert_false(p.changed);
}

static void test_patience__waits_for_twice_the_usual_outage(void **state)
{
    static const struct {
        int64_t silences[12];
        int64_t dead_ms;
    } cases[] = {
        {{5 * S}, 10 * S},
        {{5 * S, 7 * S}, 14 * S},
        {{2 * S}, PATIENCE_MIN_MS},
        {{90 * S}, PATIENCE_MAX_MS},
        {{5 * S, 5 * S, 5 * S, 5 * S, 50 * S, 5 * S, 5 * S, 5 * S, 5 * S, 6 * S},
         12 * S},
        /* the long one was before the last ten */
        {{50 * S, 5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 5 * S, 6 * S},
         10 * S},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct patience p;

        patience_init(&p);
        for (int k = 0; cases[i].silences[k]; k++)
            patience_recovered(&p, cases[i].silences[k]);
        assert_int_equal(p.dead_ms, cases[i].dead_ms);
        assert_true(p.changed);
    }
}

static void test_patience__does_not_wait_for_what_never_comes(void **state)
{
    static const int64_t want[] = {15 * S, 7500, PATIENCE_MIN_MS, PATIENCE_MIN_MS};
    struct patience p;

    (void)state;
    patience_init(&p);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        patience_gave_up(&p, p.dead_ms);
        assert_int_equal(p.dead_ms, want[i]);
    }
    patience_away(&p); /* now the line itself was away */
    assert_int_equal(p.dead_ms, 12 * S);
    patience_away(&p); /* once for each */
    assert_int_equal(p.dead_ms, 12 * S);
    patience_gave_up(&p, p.dead_ms);
    patience_away(&p);
    assert_int_equal(p.dead_ms, 24 * S);
    patience_recovered(&p, 8 * S);
    patience_gave_up(&p, p.dead_ms); /* here some come back: not halved */
    assert_int_equal(p.dead_ms, 16 * S);
    for (int i = 0; i < 5; i++) {
        patience_gave_up(&p, p.dead_ms);
        patience_away(&p);
    }
    assert_int_equal(p.dead_ms, PATIENCE_MAX_MS);
}

static void test_patience__is_kept(void **state)
{
    static const char *const damaged[] = {"", "{", "{\"dead_ms\":1}", "[]",
                                          "{\"dead_ms\":999999999}"};
    AUTO_MEM char *home = help_folder();
    AUTO_MEM char *path = fs_path(home, "run/link.json");
    struct patience p, q;
    struct err e = ERR_INIT;

    (void)state;
    patience_init(&p);
    OK(patience_save(&p, home, &e));
    assert_false(fs_exists(path)); /* nothing was learned */
    patience_recovered(&p, 5 * S);
    patience_recovered(&p, 8 * S);
    OK(patience_save(&p, home, &e));
    assert_false(p.changed);
    patience_load(&q, home);
    assert_int_equal(q.dead_ms, 16 * S);
    assert_int_equal(q.count, 2);
    assert_int_equal(q.recovered[0], 5 * S);
    assert_int_equal(q.recovered[1], 8 * S);
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        OK(fs_write_file(path, damaged[i], strlen(damaged[i]), &e));
        patience_load(&q, home);
        assert_int_equal(q.dead_ms, PATIENCE_DEFAULT_MS);
        assert_int_equal(q.count, 0);
    }
    OK(fs_remove_tree(home, &e));
}

static void test_patience__knows_lines_whose_connections_last(void **state)
{
    AUTO_MEM char *home = help_folder();
    struct patience p, q;
    struct err e = ERR_INIT;

    (void)state;
    patience_init(&p);
    assert_false(patience_lasts(&p)); /* nothing is known */
    patience_recovered(&p, 5 * S);
    assert_true(patience_lasts(&p));
    patience_broke(&p);
    assert_false(patience_lasts(&p));
    OK(patience_save(&p, home, &e));
    patience_load(&q, home);
    assert_int_equal(q.count, 1);
    assert_false(patience_lasts(&q));
    patience_recovered(&q, 6 * S);
    OK(patience_save(&q, home, &e));
    patience_load(&p, home);
    assert_true(patience_lasts(&p));
    OK(fs_remove_tree(home, &e));
}

/* Where connections last, another one is not made in each outage. */
static void test_patience__makes_no_spare_one_for_nothing(void **state)
{
    struct patience p;

    (void)state;
    patience_init(&p);
    assert_int_equal(patience_spare_ms(&p, LINE_SPARE_MS), LINE_SPARE_MS);
    patience_recovered(&p, 5 * S);
    assert_int_equal(patience_spare_ms(&p, LINE_SPARE_MS), 5 * S + PATIENCE_SLACK_MS);
    assert_int_equal(patience_spare_ms(&p, 12 * S), 12 * S);
    patience_broke(&p);
    assert_int_equal(patience_spare_ms(&p, LINE_SPARE_MS), LINE_SPARE_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_patience__begins_as_told),
        cmocka_unit_test(test_patience__waits_for_twice_the_usual_outage),
        cmocka_unit_test(test_patience__does_not_wait_for_what_never_comes),
        cmocka_unit_test(test_patience__makes_no_spare_one_for_nothing),
        cmocka_unit_test(test_patience__is_kept),
        cmocka_unit_test(test_patience__knows_lines_whose_connections_last),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
