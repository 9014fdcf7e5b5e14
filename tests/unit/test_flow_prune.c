/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_prune.h"

#include "node/base/hash.h"
#include "node/base/sign.h"
#include "node/base/str.h"
#include "node/store/object.h"
#include "node/store/store_bundle.h"
#include "node/store/store_picture.h"
#include "node/store/store_prune.h"
#include "sync/challenge.h"
#include "sync/enrol.h"
#include "sync/receipt.h"
#include "tests/unit/store_help.h"

#define DAY INT64_C(86400)
#define OID "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

/* ---- the rule ---------------------------------------------------------------------
 */

/* Everything that may be missing, one bit each. */
enum {
    NO_SETTING = 1 << 0,
    SUSPECT = 1 << 1,
    DAMAGED = 1 << 2,
    OPEN = 1 << 3,
    UNPICTURED = 1 << 4,
    UNRECEIVED = 1 << 5,
    UNVERIFIED = 1 << 6,
    ONE_COPY = 1 << 7,
    YOUNG = 1 << 8,
    NO_LINE = 1 << 9,
    UNPROVEN = 1 << 10,
    ONE_COPY_NOW = 1 << 11,
    ALL = 1 << 12
};

static void test_flow_prune__i02_any_missing_condition_keeps_a_file(void **state)
{
    (void)state;
    for (int miss = 0; miss < ALL; miss++) {
        struct flow_prune_rules r = {.days = miss & NO_SETTING ? 0 : 30,
                                     .copies = 2,
                                     .now = HELP_NOW,
                                     .can_ask = !(miss & NO_LINE)};
        struct flow_prune_facts f = {
            .suspect = miss & SUSPECT,
            .damaged = miss & DAMAGED,
            .open = miss & OPEN,
            .unpictured = miss & UNPICTURED,
            .received = !(miss & UNRECEIVED),
            .verified = !(miss & UNVERIFIED),
            .copies = miss & ONE_COPY ? 1 : 2,
            .durable_at = HELP_NOW - (miss & YOUNG ? 30 * DAY - 1 : 30 * DAY),
            .proven = !(miss & UNPROVEN),
            .proven_copies = miss & ONE_COPY_NOW ? 1 : 2};

        assert_int_equal(flow_prune_may(&r, &f) == FLOW_PRUNE_FREE, miss == 0);
    }
}

static void test_flow_prune__i02_a_clock_tells_nothing(void **state)
{
    struct flow_prune_rules r = {
        .days = 30, .copies = 2, .now = HELP_NOW, .can_ask = true};
    struct flow_prune_facts f = {.received = true,
                                 .verified = true,
                                 .copies = 2,
                                 .durable_at = HELP_NOW + DAY,
                                 .proven = true,
                                 .proven_copies = 2};

    (void)state;
    assert_int_equal(flow_prune_may(&r, &f), FLOW_PRUNE_YOUNG);
    f.durable_at = 0;
    assert_int_equal(flow_prune_may(&r, &f), FLOW_PRUNE_RECEIPT);
}

/* ---- with a store -----------------------------------------------------------------
 */

struct world {
    struct flow f;
    struct sign_secret province;
    struct page page;
    struct store_bundle bundle;
    char picture[HASH_HEX];
    int64_t copies; /* that the tier above says it has */
    int says;       /* 1 the truth, 0 another proof */
    int asked;
};

static int ask(void *ctx, const char *hex, int fd, int64_t *copies, struct err *e)
{
    struct world *w = ctx;
    char nonce[HASH_HEX], proof[HASH_HEX];

    unit_ok(challenge_nonce(nonce, e), e);
    unit_ok(challenge_proof(fd, hex, nonce, NULL, NULL, proof, e), e);
    w->asked++;
    *copies = w->copies;
    return w->says;
}

/* A receipt of @key for the bundle. */
static void receive(struct world *w, const struct sign_secret *key, int64_t copies,
                    int64_t number)
{
    struct receipt r = {.type = RECEIPT_OK,
                        .epoch = 1,
                        .cls = CLASS_MASTER,
                        .seq = 1,
                        .objects = 1,
                        .copies = copies,
                        .time = HELP_NOW - 40 * DAY,
                        .number = number};
    AUTO_STR struct str text = STR_INIT(RECEIPT_BYTES_MAX);
    AUTO_STR struct str sig = STR_INIT(RECEIPT_BYTES_MAX);
    struct store_receipt row = {.type = "receipt",
                                .class = "master",
                                .epoch = 1,
                                .seq = 1,
                                .copies = copies,
                                .province_at = HELP_NOW - 40 * DAY};
    char sha[HASH_HEX];
    struct err e = ERR_INIT;

    sign_node(&key->pub, r.issuer);
    (void)snprintf(r.node, sizeof r.node, "%s", HELP_NODE);
    (void)snprintf(r.manifest_sha256, sizeof r.manifest_sha256, "%s",
                   w->bundle.manifest);
    (void)snprintf(r.commit, sizeof r.commit, "%s", OID);
    if (number > 1)
        memset(r.previous, 'b', sizeof r.previous - 1);
    unit_ok(receipt_print(&r, &text, sha, &e), &e);
    sign_sshsig(key, RECEIPT_SPACE, text.p, text.len, &sig);
    (void)snprintf(row.node, sizeof row.node, "%s", HELP_NODE);
    (void)snprintf(row.manifest, sizeof row.manifest, "%s", w->bundle.manifest);
    row.body = text.p;
    row.body_len = text.len;
    row.signature = str_text(&sig);
    unit_ok(store_bundle_receipt(w->f.store, &row, &e), &e);
}

static void seal(struct world *w, struct item *it)
{
    struct store *s = w->f.store;
    struct store_bundle meta = {.epoch = 1, .seq = 1, .level = ITEM_LEVEL_VERIFIED};
    struct err e = ERR_INIT;

    (void)snprintf(meta.node, sizeof meta.node, "%s", HELP_NODE);
    (void)snprintf(meta.class, sizeof meta.class, "meta");
    memset(meta.manifest, 'c', sizeof meta.manifest - 1);
    memset(meta.audit_head, '0', sizeof meta.audit_head - 1);
    (void)snprintf(meta.commit, sizeof meta.commit, "%s", OID);
    unit_ok(store_bundle_add(s, &meta, &e), &e);
    unit_ok(
        store_bundle_item(s, &meta, it->name, it->rev, ITEM_LEVEL_VERIFIED, "{}", &e),
        &e);
    w->bundle = meta;
    (void)snprintf(w->bundle.class, sizeof w->bundle.class, "master");
    memset(w->bundle.manifest, 'd', sizeof w->bundle.manifest - 1);
    unit_ok(store_bundle_add(s, &w->bundle, &e), &e);
    unit_ok(store_bundle_object(s, &w->bundle, w->page.master, &e), &e);
}

static void world_init(struct world *w, void **state)
{
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *keys = fs_path(*state, "keys");
    struct err e = ERR_INIT;
    struct item it;
    bool existed = false;

    *w = (struct world){.copies = 2, .says = 1};
    w->f.store = help_store(state);
    w->f.home.path = mem_dup(*state);
    unit_ok(fs_mkdir(keys, &e), &e);
    unit_ok(sign_generate(&w->province, &e), &e);
    unit_ok(enrol_trust_upstream(*state, &w->province.pub, &e), &e);
    unit_ok(store_begin(w->f.store, &t, &e), &e);
    it = help_item(w->f.store, "document", "");
    w->page = help_page(w->f.store, it.name, "the scan");
    help_read(w->f.store, w->page.id, "van ban");
    unit_ok(store_object_put_mem(w->f.store, "layers", 6, w->picture, &existed, &e),
            &e);
    unit_ok(store_object_add(w->f.store, w->picture, 6, STORE_PICTURE_PAGE_MEDIA,
                             STORE_PICTURE, &e),
            &e);
    unit_ok(
        store_picture_put(w->f.store, w->page.name, STORE_PICTURE_PAGE, w->picture, &e),
        &e);
    seal(w, &it);
    receive(w, &w->province, 2, 1);
    unit_ok(store_bundle_state(w->f.store, w->bundle.manifest, STORE_BUNDLE_DURABLE,
                               HELP_NOW - 40 * DAY, NULL, &e),
            &e);
    unit_ok(store_commit(&t, &e), &e);
}

static void world_clear(struct world *w)
{
    store_close(w->f.store);
    mem_free(w->f.home.path);
}

static const struct flow_prune_rules RULES = {
    .days = 30, .copies = 2, .now = HELP_NOW, .can_ask = true};

static bool is_here(const struct world *w)
{
    return object_has(store_objects(w->f.store), w->page.master);
}

static void prune(struct world *w, const struct flow_prune_rules *r, bool dry,
                  struct flow_prune_sum *sum)
{
    struct err e = ERR_INIT;

    *sum = (struct flow_prune_sum){0};
    unit_ok(flow_prune_files(&w->f, r, dry, ask, w, NULL, sum, &e), &e);
}

static enum store_bundle_state bundle_state(struct world *w)
{
    struct store_bundle b;
    struct err e = ERR_INIT;

    assert_int_equal(store_bundle_get(w->f.store, w->bundle.manifest, &b, &e), 1);
    return b.state;
}

static void test_flow_prune__i02_goes_when_all_is_proven(void **state)
{
    struct world w;
    struct flow_prune_sum sum;
    struct store_prune_file away;
    struct err e = ERR_INIT;

    world_init(&w, state);
    prune(&w, &RULES, true, &sum);
    assert_int_equal(sum.files, 1);
    assert_int_equal(w.asked, 0);
    assert_true(is_here(&w)); /* a dry run removes nothing */
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.files, 1);
    assert_int_equal(w.asked, 1);
    assert_false(is_here(&w));
    assert_true(object_has(store_objects(w.f.store), w.picture));
    assert_int_equal(store_prune_is_away(w.f.store, w.page.master, &away, &e), 1);
    assert_string_equal(away.media, "image/png");
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.files, 0);
    world_clear(&w);
}

static void test_flow_prune__i02_stays_by_the_default(void **state)
{
    struct world w;
    struct flow_prune_sum sum;
    struct flow_prune_rules r = RULES;

    world_init(&w, state);
    r.days = 0;
    prune(&w, &r, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_NEVER], 1);
    r.days = 41;
    prune(&w, &r, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_YOUNG], 1);
    r = RULES;
    r.can_ask = false;
    prune(&w, &r, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_ASK], 1);
    assert_int_equal(w.asked, 0);
    assert_true(is_here(&w));
    world_clear(&w);
}

static void test_flow_prune__i02_needs_a_receipt_of_the_trusted_key(void **state)
{
    AUTO_MEM char *trusted = fs_path(*state, "keys/upstream.pub");
    struct world w;
    struct flow_prune_sum sum;
    struct sign_secret other;
    struct err e = ERR_INIT;

    world_init(&w, state);
    unit_ok(sign_generate(&other, &e), &e);
    unit_ok(fs_unlink(trusted, &e), &e);
    unit_ok(enrol_trust_upstream(*state, &other.pub, &e), &e);
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_RECEIPT], 1);
    assert_true(is_here(&w));
    unit_ok(fs_unlink(trusted, &e), &e);
    unit_fails(flow_prune_files(&w.f, &RULES, false, ask, &w, NULL, &sum, &e),
               ERR_UPSTREAM_KEY_UNSET, &e);
    assert_true(is_here(&w));
    world_clear(&w);
}

/* The newest receipt says that a copy was given up. */
static void test_flow_prune__i02_the_newest_receipt_counts(void **state)
{
    struct world w;
    struct flow_prune_sum sum;
    struct err e = ERR_INIT;

    world_init(&w, state);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(w.f.store, &t, &e), &e);
        receive(&w, &w.province, 1, 2);
        unit_ok(store_commit(&t, &e), &e);
    }
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_COPIES], 1);
    assert_true(is_here(&w));
    world_clear(&w);
}

static void test_flow_prune__i02_a_lie_takes_durable_back(void **state)
{
    struct world w;
    struct flow_prune_sum sum = {0};
    struct err e = ERR_INIT;

    world_init(&w, state);
    w.says = 0;
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.doubts, 1);
    assert_int_equal(sum.kept[FLOW_PRUNE_UNPROVEN], 1);
    assert_true(is_here(&w));
    assert_int_equal(bundle_state(&w), STORE_BUNDLE_ACCEPTED);
    { /* a receipt alone does not end it */
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(w.f.store, &t, &e), &e);
        receive(&w, &w.province, 2, 2);
        unit_ok(store_bundle_state(w.f.store, w.bundle.manifest, STORE_BUNDLE_DURABLE,
                                   HELP_NOW, NULL, &e),
                &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_int_equal(bundle_state(&w), STORE_BUNDLE_ACCEPTED);
    w.says = 1;
    prune(&w, &RULES, false, &sum);
    assert_int_equal(sum.kept[FLOW_PRUNE_RECEIPT], 1); /* still in doubt */
    assert_true(is_here(&w));
    sum = (struct flow_prune_sum){0};
    unit_ok(flow_prune_challenge(&w.f, ask, &w, NULL, &sum, &e), &e);
    assert_int_equal(sum.settled, 1);
    assert_int_equal(bundle_state(&w), STORE_BUNDLE_DURABLE);
    w.says = 0; /* by chance, later */
    sum = (struct flow_prune_sum){0};
    unit_ok(flow_prune_challenge(&w.f, ask, &w, NULL, &sum, &e), &e);
    assert_int_equal(sum.doubts, 1);
    assert_int_equal(bundle_state(&w), STORE_BUNDLE_ACCEPTED);
    world_clear(&w);
}

static void test_flow_prune__i02_a_damaged_file_is_not_asked_for(void **state)
{
    struct world w;
    struct flow_prune_sum sum;
    AUTO_MEM char *path = NULL;
    struct err e = ERR_INIT;

    world_init(&w, state);
    path = object_path(store_objects(w.f.store), w.page.master);
    unit_ok(fs_write_file(path, "the scam", 8, &e), &e);
    prune(&w, &RULES, false, &sum);
    assert_int_equal(w.asked, 0);
    assert_int_equal(sum.kept[FLOW_PRUNE_DAMAGED], 1);
    assert_int_equal(sum.doubts, 0);
    assert_true(is_here(&w));
    world_clear(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_prune__i02_any_missing_condition_keeps_a_file),
        cmocka_unit_test(test_flow_prune__i02_a_clock_tells_nothing),
        unit_case(test_flow_prune__i02_goes_when_all_is_proven),
        unit_case(test_flow_prune__i02_stays_by_the_default),
        unit_case(test_flow_prune__i02_needs_a_receipt_of_the_trusted_key),
        unit_case(test_flow_prune__i02_the_newest_receipt_counts),
        unit_case(test_flow_prune__i02_a_lie_takes_durable_back),
        unit_case(test_flow_prune__i02_a_damaged_file_is_not_asked_for),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
