/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/store/object.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_job.h"

static int count_page(void *ctx, const struct page *p, struct err *e)
{
    (void)e;
    assert_int_equal(p->seq, ++*(int *)ctx);
    return 0;
}

static int first_page(void *ctx, const struct page *p, struct err *e)
{
    (void)e;
    *(struct page *)ctx = *p;
    return 1;
}

static void test_store_page__is_stored_once(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    struct page again;
    int n = 0;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    (void)help_page(s, it.name, "two");
    again = p;
    unit_fails(store_page_add(s, HELP_NODE, &again, &e), ERR_PAGE_EXISTS, &e);
    again.dpi = -1;
    unit_fails(store_page_add(s, HELP_NODE, &again, &e), ERR_PAGE, &e);
    again = p;
    (void)snprintf(again.item, sizeof again.item, "00112233-99");
    unit_fails(store_page_add(s, HELP_NODE, &again, &e), ERR_ITEM_ABSENT, &e);
    assert_int_equal(store_page_get(s, p.name, &again, &e), 1);
    assert_int_equal(again.state, PAGE_CAPTURED);
    assert_int_equal(again.gate, PAGE_UNCHECKED);
    assert_string_equal(again.item, it.name);
    assert_int_equal(store_page_by_id(s, p.id, &again, &e), 1);
    assert_string_equal(again.name, p.name);
    assert_int_equal(store_page_by_id(s, 99, &again, &e), 0);
    assert_int_equal(store_page_get(s, it.name, &again, &e), 0);
    unit_ok(store_page_of_item(s, it.name, count_page, &n, &e), &e);
    assert_int_equal(n, 2);
    unit_ok(store_page_of_master(s, p.master, first_page, &again, &e), &e);
    assert_int_equal(again.id, p.id);
}

static void test_store_page__only_a_clear_page_has_a_text(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_TEXT struct store_text text = {.text = NULL};
    struct store_reading held = {.state = PAGE_RECOGNIZED,
                                 .gate = PAGE_HELD,
                                 .text = "TỐI MẬT",
                                 .code = "SH-HELD"};
    struct store_reading blank = {.state = PAGE_BLANK, .gate = PAGE_CLEAR, .text = ""};
    struct store_page_counts counts;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    assert_int_equal(store_page_text(s, p.id, &text, &e), 0);
    help_read(s, p.id, "văn bản");
    assert_int_equal(store_page_text(s, p.id, &text, &e), 1);
    assert_string_equal(text.text, "văn bản");
    assert_int_equal(text.boxes.len, 5);
    assert_memory_equal(text.boxes.p, "boxes", 5);
    assert_int_equal(text.words, 3);
    assert_int_equal(text.confidence, 88);
    assert_string_equal(text.pipeline, "1");
    store_page_text_clear(&text);
    assert_int_equal(store_page_by_id(s, p.id, &p, &e), 1);
    assert_int_equal(p.width_px, 2480);
    assert_int_equal(p.dpi, 300);

    unit_ok(store_page_reading(s, p.id, &held, &e), &e);
    assert_int_equal(store_page_text(s, p.id, &text, &e), 0);
    assert_int_equal(store_page_by_id(s, p.id, &p, &e), 1);
    assert_int_equal(p.width_px, 2480); /* what the reading did not know stays */
    assert_string_equal(p.code, "SH-HELD");
    unit_ok(store_page_count(s, &counts, &e), &e);
    assert_int_equal(counts.held, 1);
    unit_ok(store_page_reading(s, p.id, &blank, &e), &e);
    assert_int_equal(store_page_text(s, p.id, &text, &e), 0);
    unit_ok(store_page_count(s, &counts, &e), &e);
    assert_int_equal(counts.blank, 1);
    assert_int_equal(counts.held, 0);
    unit_fails(store_page_reading(s, 99, &blank, &e), ERR_PAGE_ABSENT, &e);
    unit_fails(store_page_gate(s, 99, PAGE_CLEAR, &e), ERR_PAGE_ABSENT, &e);
    unit_ok(store_page_gate(s, p.id, PAGE_CLEAR, &e), &e);
    assert_int_equal(store_page_by_id(s, p.id, &p, &e), 1);
    assert_int_equal(p.state, PAGE_BLANK); /* it was not held: nothing to read again */
    unit_ok(store_page_reading(s, p.id, &held, &e), &e);
    unit_ok(store_page_gate(s, p.id, PAGE_CLEAR, &e), &e);
    assert_int_equal(store_page_by_id(s, p.id, &p, &e), 1);
    assert_int_equal(p.state, PAGE_CAPTURED);
    assert_int_equal(p.gate, PAGE_CLEAR);
    assert_string_equal(p.code, "SH-HELD");
}

static void test_store_page__a_held_page_is_purged_for_good(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    struct page found;
    char object[IDENT_PAGE_MAX];
    int held = 0;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        it = help_item(s, "document", "");
        p = help_page(s, it.name, "secret");
        help_read(s, p.id, "mật");
        unit_ok(store_job_add(s, p.id, "1", "m", false, HELP_NOW, &e), &e);
        unit_fails(store_page_purge(s, p.id, object, &e), ERR_PAGE_NOT_HELD, &e);
        unit_ok(store_page_gate(s, p.id, PAGE_HELD, &e), &e);
        assert_int_equal(store_page_find(s, "00000000ffff", &found, &e), 0);
        assert_int_equal(store_page_find(s, "", &found, &e), 1);
        assert_string_equal(found.name, p.name);
        unit_ok(store_page_held(s, count_page, &held, &e), &e);
        assert_int_equal(held, 1);
        unit_ok(store_commit(&t, &e), &e);
    }
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_page_purge(s, p.id, object, &e), &e);
    } /* rolled back: the file must still be there */
    assert_true(object_has(store_objects(s), p.master));
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_page_purge(s, p.id, object, &e), &e);
        assert_string_equal(object, p.master);
        unit_fails(store_page_purge(s, p.id, object, &e), ERR_PAGE_ABSENT, &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_false(object_has(store_objects(s), p.master));
    assert_int_equal(store_page_by_id(s, p.id, &p, &e), 0);
}

static void test_store_page__a_master_that_others_need_stays(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    struct page second;
    char object[IDENT_PAGE_MAX];

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "file of two");
    second = p;
    second.index = 1;
    second.seq = 0;
    ident_page(p.master, 1, false, second.name);
    unit_ok(store_page_add(s, HELP_NODE, &second, &e), &e);
    unit_ok(store_page_gate(s, p.id, PAGE_HELD, &e), &e);
    unit_ok(store_page_purge(s, p.id, object, &e), &e);
    assert_string_equal(object, "");
    unit_ok(store_commit(&t, &e), &e);
    assert_true(object_has(store_objects(s), p.master));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_page__is_stored_once),
        unit_case(test_store_page__only_a_clear_page_has_a_text),
        unit_case(test_store_page__a_held_page_is_purged_for_good),
        unit_case(test_store_page__a_master_that_others_need_stays),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
