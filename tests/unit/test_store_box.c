/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_box.h"

#include "tests/unit/store_help.h"

static int tell(void *ctx, const struct store_box *b, struct err *e)
{
    char *out = ctx;

    (void)e;
    (void)snprintf(out + strlen(out), 400 - strlen(out), "%s %s %d/%d/%d/%d/%d; ",
                   b->name, b->strip ? "strip" : "text", (int)b->seq, b->x, b->y, b->w,
                   b->h);
    return 0;
}

static int refuse(void *ctx, const struct store_box *b, struct err *e)
{
    (void)ctx;
    return err_set(e, ERR_INTERNAL, "%s", b->name);
}

static void test_store_box__stays_until_it_is_read_anew(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it, other;
    struct page p;
    struct store_box b = {.name = "Subject", .x = 1, .y = 2, .w = 3, .h = 4};
    char out[400] = "";

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    other = help_item(s, "document", "");
    p = help_page(s, it.name, "one");
    b.page = p.id;
    unit_ok(store_box_add(s, it.name, &b, &e), &e);
    (void)snprintf(b.name, sizeof b.name, "IssuedDate");
    unit_ok(store_box_add(s, it.name, &b, &e), &e);
    b.strip = true;
    b.x = 0;
    unit_ok(store_box_add(s, it.name, &b, &e), &e);
    unit_ok(store_box_each(s, it.name, tell, out, &e), &e);
    assert_string_equal(out, "IssuedDate strip 1/0/2/3/4; Subject text 1/1/2/3/4; ");
    unit_fails(store_box_each(s, it.name, refuse, NULL, &e), ERR_INTERNAL, &e);
    out[0] = '\0';
    unit_ok(store_box_each(s, other.name, tell, out, &e), &e);
    assert_string_equal(out, "");
    unit_ok(store_box_clear(s, it.name, &e), &e);
    unit_ok(store_box_each(s, it.name, tell, out, &e), &e);
    assert_string_equal(out, "");
    unit_fails(store_box_add(s, "00112233-9", &b, &e), ERR_ITEM_ABSENT, &e);
    unit_fails(store_box_clear(s, "00112233-9", &e), ERR_ITEM_ABSENT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_box__stays_until_it_is_read_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
