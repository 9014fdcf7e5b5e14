/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_picture.h"

#include "tests/unit/store_help.h"

#include "node/store/object.h"

static void put(struct store *s, const char *page, const char *role, const char *text,
                char hex[HASH_HEX])
{
    struct err e = ERR_INIT;
    bool existed = false;

    unit_ok(store_object_put_mem(s, text, strlen(text), hex, &existed, &e), &e);
    unit_ok(
        store_object_add(s, hex, strlen(text), "application/pdf", STORE_PICTURE, &e),
        &e);
    unit_ok(store_picture_put(s, page, role, hex, &e), &e);
}

static void test_store_picture__a_new_one_takes_the_place(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    char first[HASH_HEX], second[HASH_HEX], found[HASH_HEX];
    int64_t lacking = -1;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    assert_int_equal(store_picture_get(s, p.name, STORE_PICTURE_PAGE, found, &e), 0);
    put(s, p.name, STORE_PICTURE_PAGE, "first", first);
    put(s, p.name, STORE_PICTURE_PAGE, "second", second);
    unit_ok(store_commit(&t, &e), &e);
    assert_int_equal(store_picture_get(s, p.name, STORE_PICTURE_PAGE, found, &e), 1);
    assert_string_equal(found, second);
    assert_false(object_has(store_objects(s), first)); /* nothing needs it any more */
    assert_true(object_has(store_objects(s), second));
    unit_ok(store_picture_lacking(s, &lacking, &e), &e);
    assert_int_equal(lacking, 0); /* it is not clear yet */
}

static void test_store_picture__one_of_two_pages_stays(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page p, q;
    char hex[HASH_HEX], found[HASH_HEX];

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    q = help_page(s, it.name, "two");
    put(s, p.name, STORE_PICTURE_THUMB, "alike", hex);
    put(s, q.name, STORE_PICTURE_THUMB, "alike", hex);
    unit_ok(store_picture_drop(s, p.name, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    assert_int_equal(store_picture_get(s, p.name, STORE_PICTURE_THUMB, found, &e), 0);
    assert_int_equal(store_picture_get(s, q.name, STORE_PICTURE_THUMB, found, &e), 1);
    assert_true(object_has(store_objects(s), hex));
}

static void test_store_picture__a_held_page_keeps_none(void **state)
{
    static const struct store_reading CLEAR = {.state = PAGE_RECOGNIZED,
                                               .gate = PAGE_CLEAR,
                                               .text = "a",
                                               .words = 1,
                                               .pipeline = "p",
                                               .model = "m",
                                               .boxes = "",
                                               .code = ""};
    static const struct store_reading HELD = {
        .state = PAGE_RECOGNIZED, .gate = PAGE_HELD, .code = "SH-HELD"};
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    char hex[HASH_HEX], found[HASH_HEX];
    int64_t lacking = -1;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    unit_ok(store_page_reading(s, p.id, &CLEAR, &e), &e);
    unit_ok(store_picture_lacking(s, &lacking, &e), &e);
    assert_int_equal(lacking, 1);
    put(s, p.name, STORE_PICTURE_PAGE, "seen", hex);
    unit_ok(store_picture_lacking(s, &lacking, &e), &e);
    assert_int_equal(lacking, 0);
    unit_ok(store_page_reading(s, p.id, &HELD, &e), &e);
    unit_ok(store_commit(&t, &e), &e);
    assert_int_equal(store_picture_get(s, p.name, STORE_PICTURE_PAGE, found, &e), 0);
    assert_false(object_has(store_objects(s), hex));
}

#define store_case(f) cmocka_unit_test_setup_teardown(f, unit_folder, unit_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        store_case(test_store_picture__a_new_one_takes_the_place),
        store_case(test_store_picture__one_of_two_pages_stays),
        store_case(test_store_picture__a_held_page_keeps_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
