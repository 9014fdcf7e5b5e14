/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/flow_help.h"

#include <unistd.h>

#include "node/base/clock.h"
#include "node/flow/flow_reading.h"

static const struct flow_reading_query EVERYTHING = {.since = 0};

static char *log_path(const struct node *n)
{
    AUTO_MEM char *folder = home_place(&n->f.home, FLOW_READING_FOLDER);
    AUTO_LIST struct fs_list names = {0};
    struct err e = ERR_INIT;

    unit_ok(fs_list(folder, &names, &e), &e);
    for (size_t i = 0; i < names.count; i++)
        if (str_ends(names.names[i], ".jsonl"))
            return fs_path(folder, names.names[i]);
    fail_msg("nothing was written");
    return NULL;
}

static struct flow_reading_sum list(struct node *n, const struct flow_reading_query *q)
{
    struct flow_reading_sum sum;
    struct err e = ERR_INIT;

    jdoc_free(n->lines);
    n->lines = jdoc_array();
    unit_ok(flow_reading_list(&n->f, q, &n->to, &sum, &e), &e);
    return sum;
}

static struct item new_item(struct node *n, enum item_state state)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;

    unit_ok(store_begin(n->f.store, &t, &e), &e);
    it = help_item(n->f.store, "birth", "");
    unit_ok(store_item_act(n->f.store, it.name, ITEM_RECOGNIZE, NULL, &e), &e);
    if (state == ITEM_VERIFIED)
        unit_ok(store_item_act(n->f.store, it.name, ITEM_VERIFY, NULL, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    return it;
}

static void test_reading__work_needs_no_words(void **state)
{
    struct node *n = *state;
    struct item it = new_item(n, ITEM_RECOGNIZED);
    struct err e = ERR_INIT;

    n->f.user = "lan";
    unit_ok(flow_reading_record(&n->f, it.name, "", &e), &e);
    unit_ok(flow_reading_record(&n->f, it.name, "", &e), &e); /* the same: once */
    assert_int_equal(list(n, &EVERYTHING).rows, 1);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 0), "user"), "lan");
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 0), "subject"), it.name);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 0), "purpose"), "work");
}

static void test_reading__verified_needs_a_purpose(void **state)
{
    struct node *n = *state;
    struct item it = new_item(n, ITEM_VERIFIED);
    struct err e = ERR_INIT;

    n->f.user = "lan";
    assert_int_equal(flow_reading_record(&n->f, it.name, "", &e), -1);
    assert_int_equal(e.code, ERR_READING_PURPOSE);
    assert_int_equal(list(n, &EVERYTHING).all, 0);
    unit_ok(flow_reading_record(&n->f, it.name, "copy", &e), &e);
    /* Its pictures, just then, are of the same look; another user's are not. */
    unit_ok(flow_reading_record(&n->f, it.name, "", &e), &e);
    n->f.user = "minh";
    assert_int_equal(flow_reading_record(&n->f, it.name, "", &e), -1);
    assert_int_equal(list(n, &EVERYTHING).rows, 1);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 0), "purpose"), "copy");
}

static void test_reading__search_needs_a_purpose(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;
    struct flow_reading_query lan = {.user = "lan"};
    char many[1000];

    n->f.user = "lan";
    assert_int_equal(flow_reading_search(&n->f, "nguyễn", "", &e), -1);
    assert_int_equal(e.code, ERR_READING_PURPOSE);
    unit_ok(flow_reading_search(&n->f, "nguyễn", "citizen: 12/2026", &e), &e);
    n->f.user = "minh";
    unit_ok(flow_reading_search(&n->f, "nguyễn", "check", &e), &e);
    assert_int_equal(list(n, &lan).rows, 1);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 0), "purpose"), "citizen: 12/2026");
    memset(many, 'a', sizeof many);
    memcpy(many + 399, "ễ", 3); /* cut between letters */
    many[sizeof many - 1] = '\0';
    unit_ok(flow_reading_search(&n->f, many, "check", &e), &e);
    assert_int_equal(list(n, &EVERYTHING).rows, 3);
    assert_int_equal(strlen(jdoc_text(jdoc_at(n->lines, 2), "subject")), 399);
    /* Only the program says that it is work. */
    assert_int_equal(flow_reading_search(&n->f, "x", "work", &e), -1);
    memset(many, 'p', FLOW_READING_PURPOSE_MAX);
    many[FLOW_READING_PURPOSE_MAX] = '\0';
    assert_int_equal(flow_reading_search(&n->f, "x", many, &e), -1);
    assert_int_equal(e.code, ERR_READING_PURPOSE);
}

static void test_reading__changed_or_removed_lines_are_found(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;
    AUTO_MEM char *path = NULL;
    AUTO_STR struct str text = STR_INIT(100000);
    const char *second = NULL;

    n->f.user = "lan";
    unit_ok(flow_reading_search(&n->f, "một", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "hai", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "ba", "check", &e), &e);
    assert_int_equal(list(n, &EVERYTHING).broken, 0);
    path = log_path(n);
    unit_ok(fs_read_file(path, &text, &e), &e);
    second = strchr(str_text(&text), '\n') + 1;
    /* Without the first line. */
    unit_ok(fs_write_file(path, second, strlen(second), &e), &e);
    assert_int_equal(list(n, &EVERYTHING).broken, 1);
    assert_true(jdoc_bool(jdoc_at(n->lines, 0), "broken", false));
    /* Another user in the first line. */
    *strstr(text.p, "lan") = 'm';
    unit_ok(fs_write_file(path, text.p, text.len, &e), &e);
    assert_int_equal(list(n, &EVERYTHING).broken, 1);
    assert_true(jdoc_bool(jdoc_at(n->lines, 1), "broken", false));
}

static void test_reading__torn_line_breaks_nothing(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;
    struct flow_reading_sum sum;
    AUTO_MEM char *path = NULL;
    AUTO_STR struct str text = STR_INIT(100000);

    n->f.user = "lan";
    unit_ok(flow_reading_search(&n->f, "một", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "hai", "check", &e), &e);
    path = log_path(n);
    unit_ok(fs_read_file(path, &text, &e), &e);
    unit_ok(fs_write_file(path, text.p, text.len - 20, &e), &e); /* the power went */
    unit_ok(flow_reading_search(&n->f, "ba", "check", &e), &e);
    sum = list(n, &EVERYTHING);
    assert_int_equal(sum.all, 3);
    assert_int_equal(sum.torn, 1);
    assert_int_equal(sum.rows, 2);
    assert_int_equal(sum.broken, 0);
}

/* The file of the looks becomes that of another month, @text in it. */
static void as_month(const struct node *n, const char *month, const char *text,
                     size_t len)
{
    AUTO_MEM char *path = log_path(n);
    AUTO_MEM char *folder = home_place(&n->f.home, FLOW_READING_FOLDER);
    AUTO_MEM char *other = fs_pathf(folder, "%s.jsonl", month);
    struct err e = ERR_INIT;

    unit_ok(fs_unlink(path, &e), &e);
    unit_ok(fs_write_file(other, text, len, &e), &e);
}

static void test_reading__a_clock_set_back_goes_on_and_is_told(void **state)
{
    static const char AHEAD[] =
        "{\"act\":\"search\",\"at\":4099999999,\"prev\":"
        "\"00000000000000000000000000000000"
        "00000000000000000000000000000000\",\"purpose\":\"check\",\"subject\":\"x\","
        "\"user\":\"lan\"}\n";
    struct node *n = *state;
    struct err e = ERR_INIT;
    struct flow_reading_sum sum;

    n->f.user = "lan";
    unit_ok(flow_reading_search(&n->f, "một", "check", &e), &e);
    as_month(n, "2099-12", AHEAD, strlen(AHEAD));
    unit_ok(flow_reading_search(&n->f, "hai", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "ba", "check", &e), &e);
    sum = list(n, &EVERYTHING);
    assert_int_equal(sum.all, 3);
    assert_int_equal(sum.broken, 0);
    assert_int_equal(sum.back, 1);
}

static void test_reading__torn_at_the_end_of_a_month(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;
    struct flow_reading_sum sum;
    AUTO_MEM char *path = NULL;
    AUTO_STR struct str text = STR_INIT(100000);

    n->f.user = "lan";
    unit_ok(flow_reading_search(&n->f, "một", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "hai", "check", &e), &e);
    path = log_path(n);
    unit_ok(fs_read_file(path, &text, &e), &e);
    as_month(n, "2020-01", text.p, text.len - 20);
    unit_ok(flow_reading_search(&n->f, "ba", "check", &e), &e);
    unit_ok(flow_reading_search(&n->f, "bốn", "check", &e), &e);
    sum = list(n, &EVERYTHING);
    assert_int_equal(sum.all, 4);
    assert_int_equal(sum.torn, 1);
    assert_int_equal(sum.broken, 0);
    assert_int_equal(sum.back, 0);
}

static void test_reading__a_large_month_is_listed(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;
    struct flow_reading_sum sum;
    AUTO_MEM char *path = NULL;

    n->f.user = "lan";
    unit_ok(flow_reading_search(&n->f, "một", "check", &e), &e);
    path = log_path(n);
    assert_int_equal(truncate(path, 70 << 20), 0); /* what comes is no line of ours */
    unit_ok(flow_reading_search(&n->f, "hai", "check", &e), &e);
    sum = list(n, &EVERYTHING);
    assert_int_equal(sum.rows, 2);
    assert_true(sum.torn > 0);
}

static void test_reading__what_a_page_asks_for_itself_is_no_look(void **state)
{
    struct node *n = *state;
    struct item work = new_item(n, ITEM_RECOGNIZED);
    struct item done = new_item(n, ITEM_VERIFIED);
    struct err e = ERR_INIT;

    n->f.user = "lan";
    /* What is finished: nothing, until a person has looked; then no second line. */
    unit_fails(flow_reading_record(&n->f, done.name, FLOW_READING_AUTO, &e),
               ERR_READING_PURPOSE, &e);
    unit_fails(flow_reading_search(&n->f, "x", FLOW_READING_AUTO, &e),
               ERR_READING_PURPOSE, &e);
    unit_ok(flow_reading_record(&n->f, done.name, "copy", &e), &e);
    unit_ok(flow_reading_record(&n->f, done.name, FLOW_READING_AUTO, &e), &e);
    assert_int_equal(list(n, &EVERYTHING).all, 1);
    /* What is worked on: noted as it is; a person's look is noted behind it. */
    unit_ok(flow_reading_record(&n->f, work.name, FLOW_READING_AUTO, &e), &e);
    unit_ok(flow_reading_record(&n->f, work.name, FLOW_READING_AUTO, &e), &e);
    assert_int_equal(list(n, &EVERYTHING).all, 2);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 1), "purpose"), "auto");
    unit_ok(flow_reading_record(&n->f, work.name, "", &e), &e);
    assert_int_equal(list(n, &EVERYTHING).all, 3);
    assert_string_equal(jdoc_text(jdoc_at(n->lines, 2), "purpose"), "work");
}

static void test_reading__absent_record_is_not_noted(void **state)
{
    struct node *n = *state;
    struct err e = ERR_INIT;

    unit_ok(flow_reading_record(&n->f, "0000-1", "", &e), &e);
    assert_int_equal(list(n, &EVERYTHING).all, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_reading__work_needs_no_words, node_set_up,
                                        node_tear_down),
        cmocka_unit_test_setup_teardown(test_reading__verified_needs_a_purpose,
                                        node_set_up, node_tear_down),
        cmocka_unit_test_setup_teardown(test_reading__search_needs_a_purpose,
                                        node_set_up, node_tear_down),
        cmocka_unit_test_setup_teardown(
            test_reading__changed_or_removed_lines_are_found, node_set_up,
            node_tear_down),
        node_case(test_reading__a_clock_set_back_goes_on_and_is_told),
        node_case(test_reading__torn_at_the_end_of_a_month),
        node_case(test_reading__what_a_page_asks_for_itself_is_no_look),
        node_case(test_reading__a_large_month_is_listed),
        cmocka_unit_test_setup_teardown(test_reading__torn_line_breaks_nothing,
                                        node_set_up, node_tear_down),
        cmocka_unit_test_setup_teardown(test_reading__absent_record_is_not_noted,
                                        node_set_up, node_tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
