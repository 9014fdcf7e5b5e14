/* SPDX-License-Identifier: Apache-2.0 */
#include "node/store/store_return.h"

#include "node/store/store_bundle.h"
#include "tests/unit/store_help.h"

#define ABOVE "ffeeddccbbaa99887766554433221100"

static struct store_return back(const char *item, int64_t rev, const char *why)
{
    struct store_return r = {.rev = rev, .why = why, .issuer = ABOVE, .at = HELP_NOW};

    (void)snprintf(r.item, sizeof r.item, "%s", item);
    return r;
}

/* As if a bundle with this revision had been sealed. */
static void seal(struct store *s, const char *item, int64_t rev)
{
    struct store_bundle b = {.epoch = 1, .seq = rev, .sealed_at = HELP_NOW};
    struct err e = ERR_INIT;

    (void)snprintf(b.node, sizeof b.node, "%s", HELP_NODE);
    (void)snprintf(b.class, sizeof b.class, "meta");
    (void)snprintf(b.manifest, sizeof b.manifest, "%064d", (int)rev);
    (void)snprintf(b.commit, sizeof b.commit, "%040d", (int)rev);
    (void)snprintf(b.audit_head, sizeof b.audit_head, "%064d", 0);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    unit_ok(store_bundle_item(s, &b, item, rev, ITEM_LEVEL_VERIFIED, "{}", &e), &e);
}

static int keep(void *ctx, const struct store_return *r, struct err *e)
{
    char *out = ctx;
    size_t len = strlen(out);

    (void)e;
    assert_string_equal(r->issuer, ABOVE);
    (void)snprintf(out + len, 400 - len, "%s/%d/%s/%d ", r->item, (int)r->rev, r->why,
                   (int)r->answer);
    return 0;
}

static void test_store_return__is_noted_once_and_answered_by_a_newer_seal(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it, other;
    struct store_return r;
    char want[400], got[400] = "";
    int64_t n = -1;

    unit_ok(store_begin(s, &txn, &e), &e);
    it = help_item(s, "document", "");
    other = help_item(s, "document", "");
    seal(s, it.name, 1);
    r = back(it.name, 1, "thiếu trang sau");
    assert_int_equal(store_return_add(s, &r, &e), 1);
    r.why = "lời khác";
    assert_int_equal(store_return_add(s, &r, &e), 0);
    unit_ok(store_return_count(s, &n, &e), &e);
    assert_int_equal(n, 1);
    unit_ok(store_return_each(s, NULL, true, keep, got, &e), &e);
    (void)snprintf(want, sizeof want, "%s/1/thiếu trang sau/0 ", it.name);
    assert_string_equal(got, want);
    got[0] = '\0';
    unit_ok(store_return_each(s, other.name, false, keep, got, &e), &e);
    assert_string_equal(got, "");

    seal(s, it.name, 2); /* the answer */
    unit_ok(store_return_count(s, &n, &e), &e);
    assert_int_equal(n, 0);
    unit_ok(store_return_each(s, NULL, true, keep, got, &e), &e);
    assert_string_equal(got, "");
    r = back(it.name, 2, "vẫn thiếu");
    assert_int_equal(store_return_add(s, &r, &e), 1);
    unit_ok(store_return_each(s, it.name, false, keep, got, &e), &e);
    (void)snprintf(want, sizeof want, "%s/1/thiếu trang sau/2 %s/2/vẫn thiếu/0 ",
                   it.name, it.name);
    assert_string_equal(got, want);
    unit_ok(store_commit(&txn, &e), &e);
}

static void test_store_return__of_a_record_that_is_not_here_is_refused(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct store_return r = back("00112233-77", 1, "thiếu");

    unit_ok(store_begin(s, &txn, &e), &e);
    assert_int_equal(store_return_add(s, &r, &e), -1);
    assert_int_equal(e.code, ERR_ITEM_ABSENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_return__is_noted_once_and_answered_by_a_newer_seal),
        unit_case(test_store_return__of_a_record_that_is_not_here_is_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
