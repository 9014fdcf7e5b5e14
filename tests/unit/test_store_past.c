/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/record/card.h"
#include "node/store/sql.h"
#include "node/store/store_bundle.h"
#include "node/store/store_job.h"
#include "node/store/store_past.h"
#include "node/store/store_search.h"

struct seen {
    char names[8][IDENT_PAGE_MAX];
    int64_t seqs[8];
    int count;
};

static int see(void *ctx, const struct page *p, struct err *e)
{
    struct seen *s = ctx;

    (void)e;
    assert_in_range(s->count, 0, 7);
    memcpy(s->names[s->count], p->name, sizeof p->name);
    s->seqs[s->count++] = p->seq;
    return 0;
}

static struct seen pages_of(struct store *s, const char *item)
{
    struct seen all = {.count = 0};
    struct err e = ERR_INIT;

    unit_ok(store_page_of_item(s, item, see, &all, &e), &e);
    return all;
}

static struct seen past_of(struct store *s, const char *item)
{
    struct seen all = {.count = 0};
    struct err e = ERR_INIT;

    unit_ok(store_past_each(s, item, see, &all, &e), &e);
    return all;
}

static struct page now(struct store *s, const struct page *p)
{
    struct page out;
    struct err e = ERR_INIT;

    assert_int_equal(store_page_by_id(s, p->id, &out, &e), 1);
    return out;
}

static int count_hit(void *ctx, const struct store_hit *h, struct err *e)
{
    (void)h;
    (void)e;
    ++*(int *)ctx;
    return 0;
}

static int hits(struct store *s, const char *word)
{
    struct store_search_opts o = {.limit = 10, .mark_begin = "", .mark_end = ""};
    struct err e = ERR_INIT;
    int n = 0;

    assert_true(store_search(s, word, &o, count_hit, &n, &e) >= 0);
    return n;
}

static void test_store_past__a_shelved_page_is_in_no_count_and_no_search(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_CARD struct card card = {0};
    struct store_page_counts counts;
    struct store_job_counts jobs;
    struct err e = ERR_INIT;
    struct item it;
    struct page a, b;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    a = help_page(s, it.name, "one");
    b = help_page(s, it.name, "two");
    help_read(s, a.id, "thửa đất");
    help_read(s, b.id, "giấy khai");
    unit_ok(store_job_add(s, a.id, "1", "", false, HELP_NOW, &e), &e);
    assert_int_equal(hits(s, "thửa"), 1);
    a = now(s, &a);
    unit_ok(store_past_shelve(s, &a, &e), &e);
    assert_int_equal(hits(s, "thửa"), 0);
    assert_int_equal(pages_of(s, it.name).count, 1);
    assert_string_equal(past_of(s, it.name).names[0], a.name);
    assert_int_equal(past_of(s, it.name).seqs[0], 1);
    unit_ok(store_item_need(s, it.name, &it, &e), &e);
    assert_int_equal(it.pages, 1);
    unit_ok(store_page_count(s, &counts, &e), &e);
    assert_int_equal(counts.recognized, 1);
    unit_ok(store_job_count(s, &jobs, &e), &e);
    assert_int_equal(jobs.queued, 0);
    unit_ok(store_item_card(s, it.name, ITEM_LEVEL_VERIFIED, &card, &e), &e);
    assert_int_equal(card.page_count, 1);
    assert_string_equal(card.pages[0], b.name);
    a = now(s, &a);
    assert_true(a.past);
    unit_fails(store_past_shelve(s, &a, &e), ERR_PAGE_PAST, &e);
}

static void test_store_past__it_comes_back_with_its_text(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_TEXT struct store_text text = {.text = NULL};
    struct err e = ERR_INIT;
    struct item it;
    struct page a;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    a = help_page(s, it.name, "one");
    help_read(s, a.id, "thửa đất");
    a = now(s, &a);
    unit_fails(store_past_restore(s, &a, 1, false, &e), ERR_PAGE_PAST, &e);
    unit_ok(store_past_shelve(s, &a, &e), &e);
    a = now(s, &a);
    unit_ok(store_past_restore(s, &a, 1, false, &e), &e);
    assert_int_equal(hits(s, "thửa"), 1);
    assert_int_equal(store_page_text(s, a.id, &text, &e), 1);
    assert_memory_equal(text.boxes.p, "boxes", 5);
    assert_int_equal(past_of(s, it.name).count, 0);
    a = now(s, &a);
    assert_int_equal(a.state, PAGE_RECOGNIZED);
    unit_ok(store_past_shelve(s, &a, &e), &e);
    a = now(s, &a);
    unit_ok(store_past_restore(s, &a, 1, true, &e), &e);
    a = now(s, &a);
    assert_int_equal(a.state, PAGE_CAPTURED);
    assert_int_equal(a.gate, PAGE_UNCHECKED);
    assert_int_equal(hits(s, "thửa"), 0);
}

static void test_store_past__pages_make_room_and_change_places(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct seen all;
    struct item it;
    struct page p[4];

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    p[0] = help_page(s, it.name, "one");
    p[1] = help_page(s, it.name, "two");
    p[2] = help_page(s, it.name, "three");
    unit_ok(store_past_shelve(s, &p[1], &e), &e); /* its place is far away */
    unit_ok(store_past_room(s, it.name, 2, 2, &e), &e);
    all = pages_of(s, it.name);
    assert_int_equal(all.count, 2);
    assert_int_equal(all.seqs[0], 1);
    assert_int_equal(all.seqs[1], 5);
    p[0] = now(s, &p[0]);
    p[2] = now(s, &p[2]);
    unit_ok(store_past_swap(s, &p[0], &p[2], &e), &e);
    all = pages_of(s, it.name);
    assert_string_equal(all.names[0], p[2].name);
    assert_int_equal(all.seqs[0], 1);
    assert_int_equal(all.seqs[1], 5);
    p[3] = help_page(s, it.name, "four"); /* behind the last one that is there */
    assert_int_equal(p[3].seq, 6);
    p[1] = now(s, &p[1]);
    unit_fails(store_past_swap(s, &p[0], &p[1], &e), ERR_PAGE_PAST, &e);
}

/* A card of revision @rev that names these pages, as one that was taken in. */
static void take_card(struct store *s, const struct item *it, int64_t rev,
                      const struct page *const *pages, size_t count)
{
    AUTO_MEM char *text = mem_dup("{\"pages\":[");
    AUTO_MEM char *sql = NULL;

    for (size_t i = 0; i < count; i++) {
        char *more = mem_printf("%s%s\"%s\"", text, i ? "," : "", pages[i]->name);

        mem_free(text);
        text = more;
    }
    sql = mem_printf("INSERT INTO item_rev (item, rev, level, card, bundle, at)"
                     " VALUES (%lld, %lld, 'verified', '%s]}', 1, 5)",
                     (long long)it->id, (long long)rev, text);
    assert_int_equal(sqlite3_exec(s->db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static void test_store_past__what_was_taken_in_follows_the_newest_card(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_bundle b = {.epoch = 1, .seq = 1};
    struct err e = ERR_INIT;
    struct seen all;
    struct item it;
    struct page p[4];

    unit_ok(store_begin(s, &t, &e), &e);
    (void)snprintf(b.node, sizeof b.node, "%s", HELP_NODE);
    (void)snprintf(b.class, sizeof b.class, "meta");
    (void)snprintf(b.manifest, sizeof b.manifest, "%064d", 1);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    it = help_item(s, "document", "");
    p[0] = help_page(s, it.name, "one");
    p[1] = help_page(s, it.name, "two");
    take_card(s, &it, 1, (const struct page *const[]){&p[0], &p[1]}, 2);
    unit_ok(store_past_arrange(s, it.id, &e), &e);
    assert_int_equal(pages_of(s, it.name).count, 2);

    /* The text of the new picture may come before the card that names it. */
    p[2] = help_page(s, it.name, "other");
    take_card(s, &it, 2, (const struct page *const[]){&p[2], &p[1]}, 2);
    unit_ok(store_past_arrange(s, it.id, &e), &e);
    all = pages_of(s, it.name);
    assert_int_equal(all.count, 2);
    assert_string_equal(all.names[0], p[2].name);
    assert_string_equal(all.names[1], p[1].name);
    assert_string_equal(past_of(s, it.name).names[0], p[0].name);

    /* One that no card names yet stays behind the others. */
    p[3] = help_page(s, it.name, "later");
    unit_ok(store_past_arrange(s, it.id, &e), &e);
    all = pages_of(s, it.name);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.names[2], p[3].name);

    /* And the former picture comes back. */
    take_card(s, &it, 3, (const struct page *const[]){&p[1], &p[0]}, 2);
    unit_ok(store_past_arrange(s, it.id, &e), &e);
    all = pages_of(s, it.name);
    assert_int_equal(all.count, 3);
    assert_string_equal(all.names[0], p[1].name);
    assert_string_equal(all.names[1], p[0].name);
    assert_string_equal(past_of(s, it.name).names[0], p[2].name);
    assert_int_equal(store_past_sealed(s, &p[2], &e), 1);
    assert_int_equal(store_past_sealed(s, &p[3], &e), 0);
}

static void test_store_past__a_mark_is_let_be(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct page a;

    unit_ok(store_begin(s, &t, &e), &e);
    it = help_item(s, "document", "");
    a = help_page(s, it.name, "one");
    assert_false(now(s, &a).kept);
    unit_ok(store_past_keep(s, a.id, true, &e), &e);
    assert_true(now(s, &a).kept);
    unit_ok(store_past_keep(s, a.id, false, &e), &e);
    assert_false(now(s, &a).kept);
}

/* A worker reads the page that is replaced meanwhile: its result is nobody else's. */
static void test_store_past__a_reading_under_way_ends_nobody_elses(void **state)
{
    struct store *s = help_store(state);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_TXN struct store_txn swap = STORE_TXN_INIT;
    AUTO_TXN struct store_txn end = STORE_TXN_INIT;
    struct store_job jobs[2];
    struct err e = ERR_INIT;
    struct item it;
    struct page before, after;
    char me[STORE_JOB_OWNER_MAX];
    int64_t count = 0;

    store_job_owner(me);
    unit_ok(store_begin(s, &txn, &e), &e);
    it = help_item(s, "birth", "");
    before = help_page(s, it.name, "before");
    unit_ok(store_job_add(s, before.id, "1", "m", false, 1, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    unit_ok(store_job_claim(s, me, 2, jobs, &count, &e), &e);
    assert_int_equal(count, 1);
    unit_ok(store_begin(s, &swap, &e), &e);
    unit_ok(store_past_shelve(s, &before, &e), &e);
    after = help_page(s, it.name, "after");
    unit_ok(store_job_add(s, after.id, "1", "m", false, 2, &e), &e);
    unit_ok(store_commit(&swap, &e), &e);
    unit_ok(store_begin(s, &end, &e), &e);
    assert_int_equal(store_job_done(s, jobs[0].id, me, &e), 0);
    unit_ok(store_commit(&end, &e), &e);
    unit_ok(store_job_claim(s, me, 2, jobs, &count, &e), &e);
    assert_int_equal(count, 1);
    assert_int_equal(jobs[0].page, after.id);
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_past__a_shelved_page_is_in_no_count_and_no_search),
        unit_case(test_store_past__it_comes_back_with_its_text),
        unit_case(test_store_past__pages_make_room_and_change_places),
        unit_case(test_store_past__what_was_taken_in_follows_the_newest_card),
        unit_case(test_store_past__a_mark_is_let_be),
        unit_case(test_store_past__a_reading_under_way_ends_nobody_elses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
