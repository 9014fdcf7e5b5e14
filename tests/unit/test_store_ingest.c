/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/record/card.h"
#include "node/store/sql.h"
#include "node/store/store_audit.h"
#include "node/store/store_bundle.h"
#include "node/store/store_dossier.h"
#include "node/store/store_ingest.h"
#include "node/store/store_item.h"
#include "node/store/store_search.h"

#define OTHER "ffffffff000000000000000000000000"

static struct store_bundle bundle(const char *class, int64_t seq, int manifest)
{
    struct store_bundle b = {.epoch = 1,
                             .seq = seq,
                             .level = ITEM_LEVEL_VERIFIED,
                             .sealed_at = HELP_NOW,
                             .accepted_at = HELP_NOW + 10};

    (void)snprintf(b.node, sizeof b.node, "%s", HELP_NODE);
    (void)snprintf(b.class, sizeof b.class, "%s", class);
    (void)snprintf(b.manifest, sizeof b.manifest, "%064d", manifest);
    if (seq > 1)
        (void)snprintf(b.prev, sizeof b.prev, "%064d", manifest - 1);
    (void)snprintf(b.audit_head, sizeof b.audit_head, "%064d", 777);
    return b;
}

static void begin(struct store *s, struct store_txn *t)
{
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, t, &e), &e);
}

static void card(struct store *s, const struct store_bundle *b, const char *text)
{
    AUTO_CARD struct card c;
    struct err e = ERR_INIT;

    card_init(&c, CARD_ITEM);
    unit_ok(card_parse(text, strlen(text), &c, &e), &e);
    unit_ok(store_ingest_card(s, b, &c, &e), &e);
}

static char *item_card(int n, int rev, const char *so, const char *name,
                       const char *level)
{
    char supersedes[40] = "";

    if (rev > 1)
        (void)snprintf(supersedes, sizeof supersedes, ",\"supersedes\":%d", rev - 1);
    return mem_printf("{\"created\":5,\"dossier\":\"00112233-d1\",\"fields\":{%s%s%s"
                      "\"so\":\"%s\"},\"item\":\"00112233-%d\",\"kind\":\"birth\","
                      "\"level\":\"%s\",\"pages\":[],\"rev\":%d%s,"
                      "\"unit\":\"24133/2025-07-01\"}",
                      name[0] ? "\"nksHoTen\":\"" : "", name, name[0] ? "\"," : "", so,
                      n, level, rev, supersedes);
}

static const char dossier_card[] =
    "{\"created\":5,\"dossier\":\"00112233-d1\",\"from\":1,\"gaps\":[[3,3,\"torn\"]],"
    "\"kind\":\"register\",\"record\":\"birth\",\"rev\":1,\"series\":\"year\","
    "\"title\":\"Sổ\",\"to\":5,\"unit\":\"24133/2025-07-01\",\"year\":2003}";

/* ---- what is to get a receipt, and clocks -----------------------------------------
 */

static int count_rows(void *ctx, const struct store_bundle *b, struct err *e)
{
    int64_t *n = ctx;

    (void)b;
    (void)e;
    (*n)++;
    return 0;
}

static int64_t owed(struct store *s, int64_t copies, int64_t limit)
{
    struct err e = ERR_INIT;
    int64_t n = 0;

    unit_ok(store_bundle_owed(s, HELP_NODE, copies, limit, count_rows, &n, &e), &e);
    return n;
}

static void test_store_ingest__another_count_of_copies_is_owed(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle one = bundle("meta", 1, 10);
    struct store_bundle two = bundle("meta", 2, 11);
    struct err e = ERR_INIT;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &one, &e), 1);
    assert_int_equal(store_ingest_begin(s, &two, &e), 1);
    assert_int_equal(owed(s, 1, 10), 2);
    assert_int_equal(owed(s, 1, 1), 1);
    unit_ok(store_ingest_durable(s, &one, HELP_NOW, 1, &e), &e);
    assert_int_equal(owed(s, 1, 10), 1);
    assert_int_equal(owed(s, 2, 10), 2);
    unit_ok(store_ingest_durable(s, &one, HELP_NOW, 2, &e), &e);
    assert_int_equal(owed(s, 2, 10), 1);
    unit_ok(store_ingest_durable(s, &one, HELP_NOW, 1, &e), &e); /* given up */
    assert_int_equal(owed(s, 2, 10), 2);
    unit_ok(store_commit(&t, &e), &e);
}

static void test_store_ingest__a_clock_that_is_ahead_is_seen(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle one = bundle("meta", 1, 10);
    struct store_bundle two = bundle("meta", 2, 11);
    struct err e = ERR_INIT;
    int64_t ahead = -1;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &one, &e), 1);
    unit_ok(store_bundle_ahead(s, HELP_NODE, 0, &ahead, &e), &e);
    assert_int_equal(ahead, 0);
    two.sealed_at = HELP_NOW + 910;
    assert_int_equal(store_ingest_begin(s, &two, &e), 1);
    unit_ok(store_bundle_ahead(s, HELP_NODE, 0, &ahead, &e), &e);
    assert_int_equal(ahead, 900);
    unit_ok(store_bundle_ahead(s, HELP_NODE, HELP_NOW + 11, &ahead, &e), &e);
    assert_int_equal(ahead, 0);
    unit_ok(store_bundle_ahead(s, OTHER, 0, &ahead, &e), &e);
    assert_int_equal(ahead, 0);
    unit_ok(store_commit(&t, &e), &e);
}

/* ---- cards -------------------------------------------------------------------------
 */

static void test_store_ingest__a_bundle_is_taken_once_and_in_order(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle one = bundle("meta", 1, 10);
    struct store_bundle two = bundle("meta", 2, 11);
    struct store_bundle three = bundle("meta", 3, 12);
    struct store_bundle fork = bundle("meta", 1, 20);
    struct store_bundle strange = bundle("meta", 2, 30);
    struct err e = ERR_INIT;
    int64_t rows = 0;

    begin(s, &t);
    unit_fails(store_ingest_begin(s, &two, &e), ERR_INGEST_ORDER, &e);
    assert_int_equal(store_ingest_begin(s, &one, &e), 1);
    assert_int_equal(one.state, STORE_BUNDLE_ACCEPTED);
    assert_int_equal(store_ingest_begin(s, &one, &e), 0);
    unit_fails(store_ingest_begin(s, &fork, &e), ERR_INGEST_FORK, &e);
    unit_fails(store_ingest_begin(s, &three, &e), ERR_INGEST_ORDER, &e);
    unit_fails(store_ingest_begin(s, &strange, &e), ERR_INGEST_FORK, &e); /* prev */
    assert_int_equal(store_ingest_begin(s, &two, &e), 1);
    assert_int_equal(store_ingest_begin(s, &three, &e), 1);
    /* its audit head is of another chain than ours */
    unit_ok(store_audit_verify(s, &rows, &e), &e);
}

static void test_store_ingest__cards_become_records(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "Nguyễn A", "recognized");
    AUTO_MEM char *second = item_card(1, 2, "2/2003", "", "verified");
    AUTO_FIELDS struct field_list now = {.v = NULL};
    AUTO_FIELDS struct field_list all = {.v = NULL};
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct store_bundle b = bundle("meta", 1, 10);
    struct store_bundle b2 = bundle("meta", 2, 11);
    struct store_ingest_counts n;
    struct err e = ERR_INIT;
    struct item it;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    card(s, &b, first); /* before its dossier */
    card(s, &b, dossier_card);
    card(s, &b, dossier_card);
    card(s, &b, first); /* again: nothing */
    unit_ok(store_item_need(s, "00112233-1", &it, &e), &e);
    assert_int_equal(it.state, ITEM_SEALED);
    assert_int_equal(it.level, ITEM_LEVEL_RECOGNIZED);
    assert_string_equal(it.dossier, "00112233-d1");
    assert_int_equal(store_dossier_get(s, "00112233-d1", &d, &e), 1);
    assert_int_equal(d.kind, DOSSIER_REGISTER);
    assert_int_equal(d.to, 5);
    unit_ok(store_ingest_count(s, &b, &n, &e), &e);
    assert_int_equal(n.items, 1);

    assert_int_equal(store_ingest_begin(s, &b2, &e), 1);
    card(s, &b2, second);
    unit_ok(store_item_need(s, "00112233-1", &it, &e), &e);
    assert_int_equal(it.rev, 2);
    assert_int_equal(it.level, ITEM_LEVEL_VERIFIED);
    unit_ok(store_item_fields(s, "00112233-1", &now, &e), &e);
    assert_int_equal(now.count, 1); /* what the new revision has not is gone */
    assert_string_equal(field_list_text(&now, "so"), "2/2003");
    unit_ok(store_item_history(s, "00112233-1", &all, &e), &e);
    assert_int_equal(all.count, 3);
}

static void test_store_ingest__an_older_revision_is_history_only(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "", "verified");
    AUTO_MEM char *second = item_card(1, 2, "2/2003", "", "verified");
    AUTO_MEM char *other = item_card(1, 2, "7/2003", "", "verified");
    AUTO_FIELDS struct field_list now = {.v = NULL};
    AUTO_CARD struct card c;
    struct store_bundle b = bundle("meta", 1, 10);
    struct err e = ERR_INIT;

    card_init(&c, CARD_ITEM);
    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    card(s, &b, second);
    card(s, &b, first);
    unit_ok(store_item_fields(s, "00112233-1", &now, &e), &e);
    assert_string_equal(field_list_text(&now, "so"), "2/2003");
    unit_ok(card_parse(other, strlen(other), &c, &e), &e);
    unit_fails(store_ingest_card(s, &b, &c, &e), ERR_INGEST_FORK, &e);
}

static void test_store_ingest__nobody_writes_records_of_others(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "", "verified");
    AUTO_CARD struct card c;
    struct store_bundle b = bundle("meta", 1, 10);
    struct page p = {.item = "00112233-1", .media = "image/png", .seq = 1};
    struct store_reading r = {
        .state = PAGE_RECOGNIZED, .gate = PAGE_CLEAR, .text = "x", .code = ""};
    struct err e = ERR_INIT;

    card_init(&c, CARD_ITEM);
    (void)snprintf(b.node, sizeof b.node, "%s", OTHER);
    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    unit_ok(card_parse(first, strlen(first), &c, &e), &e);
    unit_fails(store_ingest_card(s, &b, &c, &e), ERR_INGEST_OWNER, &e);
    card_clear(&c);
    unit_ok(card_parse(dossier_card, strlen(dossier_card), &c, &e), &e);
    unit_fails(store_ingest_card(s, &b, &c, &e), ERR_INGEST_OWNER, &e);
    memset(p.name, 'a', 64);
    memset(p.master, 'b', 64);
    unit_fails(store_ingest_text(s, &b, &p, &r, &e), ERR_INGEST_OWNER, &e);
    mem_free(TAKE(c.source));
    unit_fails(store_ingest_card(s, &b, &c, &e), ERR_CARD, &e);
}

/* ---- texts -------------------------------------------------------------------------
 */

static int count_hit(void *ctx, const struct store_hit *h, struct err *e)
{
    (void)e;
    assert_string_equal(h->item, "00112233-1");
    ++*(int *)ctx;
    return 0;
}

static void test_store_ingest__a_text_may_come_before_its_card(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "", "verified");
    AUTO_TEXT struct store_text text = {.text = NULL};
    struct store_bundle b = bundle("text", 1, 50);
    struct store_bundle m = bundle("meta", 1, 10);
    struct page p = {.item = "00112233-1", .media = "image/png", .seq = 1, .dpi = 300};
    struct page second = p;
    struct page got;
    struct store_reading r = {.state = PAGE_RECOGNIZED,
                              .gate = PAGE_CLEAR,
                              .text = "Quyết định",
                              .boxes = "b",
                              .boxes_len = 1,
                              .code = ""};
    struct store_search_opts o = {.limit = 10};
    struct store_ingest_counts n;
    struct err e = ERR_INIT;
    struct item it;
    int hits = 0;

    memset(p.name, 'a', 64);
    memset(p.master, 'b', 64);
    memset(second.name, 'c', 64);
    memset(second.master, 'b', 64);
    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    unit_ok(store_ingest_text(s, &b, &p, &r, &e), &e);
    unit_ok(store_ingest_text(s, &b, &p, &r, &e), &e);
    unit_ok(store_ingest_text(s, &b, &second, &r, &e), &e); /* the same seq: after it */
    assert_int_equal(store_page_get(s, second.name, &got, &e), 1);
    assert_int_equal(got.seq, 2);
    unit_ok(store_ingest_count(s, &b, &n, &e), &e);
    assert_int_equal(n.items, 1);
    assert_int_equal(n.pages, 2);
    assert_int_equal(n.objects, 2);
    assert_int_equal(store_item_get(s, "00112233-1", &it, &e), 0); /* no card yet */
    assert_int_equal(store_ingest_begin(s, &m, &e), 1);
    card(s, &m, first);
    assert_int_equal(store_item_get(s, "00112233-1", &it, &e), 1);
    assert_int_equal(it.pages, 2);
    assert_int_equal(store_page_text(s, got.id, &text, &e), 1);
    assert_string_equal(text.text, "Quyết định");
    assert_int_equal(store_search(s, "quyet dinh", &o, count_hit, &hits, &e), 2);
    p.dpi = -1;
    unit_fails(store_ingest_text(s, &b, &p, &r, &e), ERR_PAGE, &e);
}

/* ---- states and receipts ------------------------------------------------------------
 */

static int64_t number(struct store *s, const char *text)
{
    sqlite3_stmt *st = NULL;
    int64_t n = -1;

    assert_int_equal(sqlite3_prepare_v2(s->db, text, -1, &st, NULL), SQLITE_OK);
    if (sqlite3_step(st) == SQLITE_ROW)
        n = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

static void test_store_ingest__durable_dates_the_items(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "", "recognized");
    AUTO_MEM char *second = item_card(1, 2, "1/2003", "", "verified");
    struct store_bundle b = bundle("meta", 1, 10);
    struct store_bundle b2 = bundle("meta", 2, 11);
    struct store_bundle got;
    struct err e = ERR_INIT;
    /* 2026-01-31T18:30:00Z is 1 February at +07:00 */
    int64_t at = 1769884200;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    card(s, &b, first);
    unit_ok(store_ingest_durable(s, &b, at, 2, &e), &e);
    assert_int_equal(number(s, "SELECT receipt_month FROM item"), 202602);
    assert_int_equal(store_bundle_get(s, b.manifest, &got, &e), 1);
    assert_int_equal(got.state, STORE_BUNDLE_DURABLE);
    assert_int_equal(got.copies, 2);
    assert_int_equal(got.durable_at, at);
    assert_int_equal(store_ingest_begin(s, &b2, &e), 1);
    card(s, &b2, second);
    unit_ok(store_ingest_durable(s, &b2, at + 90 * 86400, 1, &e), &e);
    assert_int_equal(number(s, "SELECT receipt_month FROM item"),
                     202602); /* the first */
    assert_int_equal(number(s, "SELECT receipt_rev FROM item"), 2);
    assert_int_equal(number(s, "SELECT receipt_level = 'verified' FROM item"), 1);
    assert_int_equal(number(s, "SELECT n FROM summary WHERE indicator = 'received'"),
                     1);
    assert_int_equal(number(s, "SELECT n FROM summary WHERE indicator = 'verified'"),
                     1);
}

static int count_bundle(void *ctx, const struct store_bundle *b, struct err *e)
{
    (void)b;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static int count_receipt(void *ctx, const struct store_receipt *r, struct err *e)
{
    (void)e;
    assert_int_equal(r->body_len, strlen(r->body));
    assert_string_equal(r->signature, "sig");
    ++*(int *)ctx;
    return 0;
}

static void test_store_bundle__moves_on_and_never_back(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle b = bundle("text", 1, 10);
    struct store_bundle again = bundle("text", 1, 11);
    struct store_bundle got;
    static const struct {
        enum store_bundle_state to, then;
    } steps[] = {
        {STORE_BUNDLE_SENT, STORE_BUNDLE_SENT},
        {STORE_BUNDLE_SEALED, STORE_BUNDLE_SENT},
        {STORE_BUNDLE_REFUSED, STORE_BUNDLE_REFUSED},
        {STORE_BUNDLE_SENT, STORE_BUNDLE_SENT},
        {STORE_BUNDLE_ACCEPTED, STORE_BUNDLE_ACCEPTED},
        {STORE_BUNDLE_SENT, STORE_BUNDLE_ACCEPTED},
        {STORE_BUNDLE_DURABLE, STORE_BUNDLE_DURABLE},
        {STORE_BUNDLE_REFUSED, STORE_BUNDLE_DURABLE},
        {STORE_BUNDLE_SENT, STORE_BUNDLE_DURABLE},
    };
    struct err e = ERR_INIT;
    enum store_bundle_state st = STORE_BUNDLE_SEALED;
    int n = 0;

    begin(s, &t);
    assert_int_equal(store_bundle_head(s, HELP_NODE, 1, "text", &got, &e), 0);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    unit_fails(store_bundle_add(s, &b, &e), ERR_BUNDLE_EXISTS, &e);
    unit_fails(store_bundle_add(s, &again, &e), ERR_BUNDLE_EXISTS, &e);
    for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
        unit_ok(store_bundle_state(s, b.manifest, steps[i].to, 100, "SH-X", &e), &e);
        assert_int_equal(store_bundle_get(s, b.manifest, &got, &e), 1);
        assert_int_equal(got.state, steps[i].then);
    }
    assert_int_equal(got.sent_at, 100);
    assert_int_equal(got.accepted_at, 100);
    unit_fails(store_bundle_state(s, again.manifest, STORE_BUNDLE_SENT, 1, NULL, &e),
               ERR_BUNDLE_ABSENT, &e);
    assert_int_equal(store_bundle_head(s, HELP_NODE, 1, "text", &got, &e), 1);
    assert_int_equal(store_bundle_at(s, HELP_NODE, 1, "text", 2, &got, &e), 0);
    unit_ok(store_bundle_each(s, STORE_BUNDLE_DURABLE, count_bundle, &n, &e), &e);
    unit_ok(store_bundle_each(s, -1, count_bundle, &n, &e), &e);
    unit_ok(store_bundle_each(s, STORE_BUNDLE_SEALED, count_bundle, &n, &e), &e);
    assert_int_equal(n, 2);
    unit_ok(store_bundle_object(s, &b, b.manifest, &e), &e);
    unit_ok(store_bundle_object(s, &b, b.manifest, &e), &e);
    assert_int_equal(store_bundle_has_object(s, "text", b.manifest, &e), 1);
    assert_int_equal(store_bundle_has_object(s, "meta", b.manifest, &e), 0);
    unit_fails(store_bundle_item(s, &b, "00112233-1", 1, ITEM_LEVEL_VERIFIED, NULL, &e),
               ERR_ITEM_ABSENT, &e);
    assert_true(store_bundle_state_find("refused", &st));
    assert_string_equal(store_bundle_state_name(st), "refused");
    assert_false(store_bundle_state_find("lost", &st));
}

/* A card that stranded in an epoch that is over is carried by a bundle of the next. */
static void test_store_bundle__a_later_epoch_carries_the_same_card(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *one = item_card(1, 1, "1/2003", "", "verified");
    AUTO_MEM char *other = item_card(1, 1, "2/2003", "", "verified");
    struct store_bundle stranded = bundle("meta", 1, 20);
    struct store_bundle later = bundle("meta", 1, 30);
    struct store_bundle beside = bundle("meta", 2, 21);
    struct err e = ERR_INIT;
    int n = 0;

    later.epoch = 2;
    begin(s, &t);
    unit_ok(store_bundle_add(s, &stranded, &e), &e);
    card(s, &stranded, one);
    unit_ok(store_bundle_object(s, &stranded, stranded.manifest, &e), &e);
    unit_ok(store_bundle_add(s, &beside, &e), &e);
    unit_ok(store_bundle_add(s, &later, &e), &e);
    unit_ok(store_bundle_stranded(s, HELP_NODE, 2, count_bundle, &n, &e), &e);
    assert_int_equal(n, 2);
    unit_ok(store_bundle_stranded(s, HELP_NODE, 1, count_bundle, &n, &e), &e);
    unit_ok(store_bundle_stranded(s, OTHER, 2, count_bundle, &n, &e), &e);
    assert_int_equal(n, 2);
    /* Not in the same epoch, not another card, not while it is carried there. */
    unit_fails(
        store_bundle_item(s, &beside, "00112233-1", 1, ITEM_LEVEL_VERIFIED, one, &e),
        ERR_BUNDLE_EXISTS, &e);
    unit_fails(
        store_bundle_item(s, &later, "00112233-1", 1, ITEM_LEVEL_VERIFIED, other, &e),
        ERR_BUNDLE_EXISTS, &e);
    assert_int_equal(store_bundle_has_rev_in(s, HELP_NODE, 2, "00112233-1", 1, &e), 0);
    unit_ok(store_bundle_item(s, &later, "00112233-1", 1, ITEM_LEVEL_VERIFIED, one, &e),
            &e);
    assert_int_equal(store_bundle_has_rev_in(s, HELP_NODE, 2, "00112233-1", 1, &e), 1);
    assert_int_equal(store_bundle_has_rev_in(s, HELP_NODE, 1, "00112233-1", 1, &e), 0);
    assert_int_equal(
        store_bundle_has_object_in(s, HELP_NODE, 1, "meta", stranded.manifest, &e), 1);
    assert_int_equal(
        store_bundle_has_object_in(s, HELP_NODE, 2, "meta", stranded.manifest, &e), 0);
    unit_ok(store_bundle_drop(s, stranded.id, &e), &e);
    assert_int_equal(store_bundle_get(s, stranded.manifest, &stranded, &e), 0);
    assert_int_equal(store_bundle_has_object(s, "meta", stranded.manifest, &e), 0);
    /* The receipt of the later bundle dates the record. */
    unit_ok(
        store_bundle_state(s, later.manifest, STORE_BUNDLE_DURABLE, HELP_NOW, NULL, &e),
        &e);
    {
        struct item it = {0};

        unit_ok(store_item_need(s, "00112233-1", &it, &e), &e);
        assert_int_equal(it.receipt_at, HELP_NOW);
    }
    unit_ok(store_commit(&t, &e), &e);
}

static void test_store_bundle__keeps_receipts_once(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle b = bundle("meta", 1, 10);
    struct store_bundle got;
    struct store_receipt r = {.type = "receipt",
                              .epoch = 1,
                              .class = "meta",
                              .seq = 1,
                              .province_at = 9,
                              .copies = 2,
                              .body = "{}\n",
                              .body_len = 3,
                              .signature = "sig",
                              .at = 10};
    struct err e = ERR_INIT;
    int n = 0;

    (void)snprintf(r.node, sizeof r.node, "%s", HELP_NODE);
    (void)snprintf(r.manifest, sizeof r.manifest, "%s", b.manifest);
    begin(s, &t);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    unit_ok(store_bundle_receipt(s, &r, &e), &e);
    unit_ok(store_bundle_receipt(s, &r, &e), &e);
    unit_ok(store_bundle_receipts(s, b.manifest, count_receipt, &n, &e), &e);
    unit_ok(store_bundle_receipts(s, NULL, count_receipt, &n, &e), &e);
    assert_int_equal(n, 2);
    assert_int_equal(store_bundle_get(s, b.manifest, &got, &e), 1);
    assert_int_equal(got.copies, 2);
    assert_int_equal(store_bundle_receipt_last(s, &r, &e), 1);
    assert_int_equal(r.province_at, 9);
    assert_string_equal(r.class, "meta");
}

static void check_tally(struct store *s, int64_t waiting, int64_t going,
                        int64_t received)
{
    struct store_item_tally n = {0};
    struct err e = ERR_INIT;

    unit_ok(store_item_tally(s, &n, &e), &e);
    assert_int_equal(n.all, 2);
    assert_int_equal(n.review, 0);
    assert_int_equal(n.waiting, waiting);
    assert_int_equal(n.going, going);
    assert_int_equal(n.received, received);
}

static void test_store_bundle__records_are_counted_where_they_stand(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle b = bundle("meta", 1, 10);
    struct store_receipt none;
    struct item it;
    struct err e = ERR_INIT;

    assert_int_equal(store_bundle_receipt_last(s, &none, &e), 0);
    begin(s, &t);
    it = help_item(s, "birth", "");
    (void)help_item(s, "birth", "");
    check_tally(s, 0, 0, 0);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    unit_ok(store_bundle_item(s, &b, it.name, 1, ITEM_LEVEL_VERIFIED, "{}", &e), &e);
    check_tally(s, 1, 0, 0);
    unit_ok(store_bundle_state(s, b.manifest, STORE_BUNDLE_SENT, HELP_NOW, NULL, &e),
            &e);
    check_tally(s, 0, 1, 0);
    unit_ok(store_bundle_state(s, b.manifest, STORE_BUNDLE_DURABLE, HELP_NOW, NULL, &e),
            &e);
    check_tally(s, 0, 0, 1);
}

/* ---- a node's own again -------------------------------------------------------------
 */

static int64_t next_of(struct store *s, const char *counter)
{
    struct err e = ERR_INIT;
    int64_t n = 0;

    unit_ok(store_counter(s, counter, &n, &e), &e);
    return n;
}

static void test_store_ingest__i12_a_restored_node_goes_on_counting(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *nine = item_card(9, 1, "1/2003", "Nguyễn A", "verified");
    AUTO_MEM char *ten = item_card(10, 1, "2/2003", "", "verified");
    struct store_bundle b = bundle("meta", 1, 10);
    struct store_ingest_counts n;
    struct err e = ERR_INIT;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    card(s, &b, nine);
    card(s, &b, ten);
    card(s, &b, dossier_card);
    for (int i = 0; i < 2; i++) /* again: nothing */
        unit_ok(store_ingest_own(s, HELP_NODE, &e), &e);
    unit_ok(store_ingest_own(s, OTHER, &e), &e); /* never back */
    assert_int_equal(next_of(s, STORE_COUNTER_ITEM), 11);
    assert_int_equal(next_of(s, STORE_COUNTER_DOSSIER), 2);
    unit_ok(store_counter_least(s, "x", 7, &e), &e);
    unit_ok(store_counter_least(s, "x", 5, &e), &e);
    assert_int_equal(next_of(s, "x"), 8);
    unit_ok(store_ingest_count_all(s, &n, &e), &e);
    assert_int_equal(n.items, 2);
    assert_int_equal(n.pages, 0);
    {
        AUTO_SQL struct sql q = SQL_INIT;

        unit_ok(
            SQL(s, &q, "SELECT count(*) FROM item WHERE scanned_month = 197001", &e),
            &e);
        assert_int_equal(sql_step(&q, &e), 1);
        assert_int_equal(sql_int(&q, 0), 2);
    }
}

/* What the card of item @n, made at second 5, meets. */
static int meets(struct store *s, int n, int rev, int64_t sealed_at)
{
    AUTO_MEM char *text = item_card(n, rev, "9/2003", "Lê C", "verified");
    AUTO_CARD struct card c;
    struct err e = ERR_INIT;

    card_init(&c, CARD_ITEM);
    unit_ok(card_parse(text, strlen(text), &c, &e), &e);
    return store_ingest_meets(s, &c, sealed_at, &e);
}

static void local_item(struct store *s, int64_t created, int64_t edited,
                       struct item *it)
{
    char name[] = "so", value[] = "7/2003", nothing[] = "";
    bool written = false;
    struct field_value v = {.name = name,
                            .value = value,
                            .reason = nothing,
                            .actor = nothing,
                            .source = FIELD_CLERK,
                            .confidence = 100,
                            .at = edited};
    struct err e = ERR_INIT;

    *it = (struct item){.created = created};
    (void)snprintf(it->kind, sizeof it->kind, "birth");
    (void)snprintf(it->unit_code, sizeof it->unit_code, "24133");
    (void)snprintf(it->unit_from, sizeof it->unit_from, "2025-07-01");
    unit_ok(store_item_add(s, HELP_NODE, it, &e), &e);
    unit_ok(store_item_field(s, it->name, &v, &written, &e), &e);
}

static void test_store_ingest__i12_only_the_same_record_gives_way(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *first = item_card(1, 1, "1/2003", "Nguyễn A", "verified");
    struct store_bundle b = bundle("meta", 1, 10);
    struct err e = ERR_INIT;
    struct item it;

    begin(s, &t);
    local_item(s, 5, 100, &it); /* 00112233-1, the same record */
    local_item(s, 6, 100, &it); /* 00112233-2, another one */
    assert_int_equal(meets(s, 3, 1, 200), STORE_MEETS_NOTHING);
    assert_int_equal(meets(s, 1, 1, 200), STORE_MEETS_OLDER);
    assert_int_equal(meets(s, 1, 2, 200), STORE_MEETS_NOTHING); /* behind the first */
    assert_int_equal(meets(s, 1, 1, 99), STORE_MEETS_NEWER);    /* changed since */
    assert_int_equal(meets(s, 2, 1, 200), STORE_MEETS_OTHER);
    assert_int_equal(meets(s, 2, 2, 200), STORE_MEETS_OTHER);
    unit_ok(store_ingest_yield(s, "00112233-1", 0, &e), &e);
    assert_int_equal(meets(s, 1, 1, 200), STORE_MEETS_NOTHING); /* cut off, and again */
    assert_int_equal(store_ingest_begin(s, &b, &e), 1);
    card(s, &b, first);
    assert_int_equal(meets(s, 1, 1, 200), STORE_MEETS_NOTHING); /* itself */
    unit_ok(store_item_need(s, "00112233-1", &it, &e), &e);
    assert_int_equal(it.rev, 1);
    assert_int_equal(it.state, ITEM_SEALED);
    {
        AUTO_FIELDS struct field_list now = {.v = NULL};

        unit_ok(store_item_fields(s, "00112233-1", &now, &e), &e);
        assert_int_equal(now.count, 2);
        assert_string_equal(now.v[1].value, "1/2003");
    }
}

static int count_name(void *ctx, const char *item, struct err *e)
{
    int *n = ctx;

    (void)e;
    assert_string_equal(item, "00112233-2");
    ++*n;
    return 0;
}

/* Two disks: what had not arrived is open again, what had stays sealed. */
static void test_store_ingest__i12_what_did_not_arrive_is_open_again(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_MEM char *one = item_card(1, 1, "1/2003", "", "verified");
    AUTO_MEM char *two = item_card(2, 1, "2/2003", "", "recognized");
    AUTO_MEM char *later = item_card(1, 2, "3/2003", "", "verified");
    struct store_bundle there = bundle("meta", 1, 10);
    struct store_bundle not = bundle("meta", 2, 11);
    struct store_bundle got;
    struct item it;
    struct err e = ERR_INIT;
    int n = 0;

    begin(s, &t);
    assert_int_equal(store_ingest_begin(s, &there, &e), 1);
    card(s, &there, one);
    not .state = STORE_BUNDLE_SEALED;
    unit_ok(store_bundle_add(s, &not, &e), &e);
    card(s, &not, two);
    unit_ok(store_bundle_object(s, &not, not .manifest, &e), &e);
    card(s, &not, later);
    unit_ok(store_item_act(s, "00112233-1", ITEM_SET, NULL, &e), &e); /* goes on */
    unit_ok(store_ingest_unseal(s, HELP_NODE, 1, count_name, &n, &e), &e);
    assert_int_equal(n, 1);
    assert_int_equal(store_bundle_get(s, not .manifest, &got, &e), 0);
    assert_int_equal(store_bundle_get(s, there.manifest, &got, &e), 1);
    assert_int_equal(store_bundle_has_object(s, "meta", not .manifest, &e), 0);
    unit_ok(store_item_need(s, "00112233-1", &it, &e), &e);
    assert_int_equal(it.sealed_rev, 1);
    assert_int_equal(it.rev, 3);
    unit_ok(store_item_need(s, "00112233-2", &it, &e), &e);
    assert_int_equal(it.sealed_rev, 0);
    assert_int_equal(it.state, ITEM_RECOGNIZED);
    unit_ok(store_ingest_unseal(s, HELP_NODE, 1, count_name, &n, &e), &e);
    assert_int_equal(n, 1); /* once */
    unit_ok(store_ingest_above(s, "00112233-2", 4, &e), &e);
    unit_ok(store_item_need(s, "00112233-2", &it, &e), &e);
    assert_int_equal(it.rev, 5);
    assert_int_equal(it.supersedes, 4);
    unit_ok(store_commit(&t, &e), &e);
}

static void test_store_ingest__i12_a_name_is_given_once(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    char name[IDENT_NAME_MAX];

    begin(s, &t);
    local_item(s, 5, 100, &it);
    unit_ok(store_counter_least(s, STORE_COUNTER_ITEM, 7, &e), &e);
    unit_ok(store_ingest_rename(s, HELP_NODE, "00112233-1", name, &e), &e);
    assert_string_equal(name, "00112233-8");
    unit_ok(store_item_need(s, name, &it, &e), &e);
    unit_fails(store_item_need(s, "00112233-1", &it, &e), ERR_ITEM_ABSENT, &e);
    unit_ok(store_counter_least(s, STORE_COUNTER_DOSSIER, 2, &e), &e);
    unit_ok(store_ingest_rename(s, HELP_NODE, "00112233-d1", name, &e), &e);
    assert_string_equal(name, "00112233-d3");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_ingest__another_count_of_copies_is_owed),
        unit_case(test_store_ingest__a_clock_that_is_ahead_is_seen),
        unit_case(test_store_ingest__a_bundle_is_taken_once_and_in_order),
        unit_case(test_store_ingest__cards_become_records),
        unit_case(test_store_ingest__an_older_revision_is_history_only),
        unit_case(test_store_ingest__nobody_writes_records_of_others),
        unit_case(test_store_ingest__a_text_may_come_before_its_card),
        unit_case(test_store_ingest__durable_dates_the_items),
        unit_case(test_store_bundle__moves_on_and_never_back),
        unit_case(test_store_bundle__a_later_epoch_carries_the_same_card),
        unit_case(test_store_bundle__keeps_receipts_once),
        unit_case(test_store_bundle__records_are_counted_where_they_stand),
        unit_case(test_store_ingest__i12_a_restored_node_goes_on_counting),
        unit_case(test_store_ingest__i12_only_the_same_record_gives_way),
        unit_case(test_store_ingest__i12_what_did_not_arrive_is_open_again),
        unit_case(test_store_ingest__i12_a_name_is_given_once),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
