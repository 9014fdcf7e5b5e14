/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/store/sql.h"
#include "node/store/store_dossier.h"
#include "node/store/store_migrate.h"
#include "node/store/store_ready.h"
#include "node/store/store_tally.h"

/*
 * What is kept is what a walk through all records and pages says: the questions of the
 * walk stand here, as they were asked before anything was kept.
 */
#define WALK_ITEMS                                                                     \
    "SELECT count(*), coalesce(sum(state IN ('recognized', 'described', 'returned'))," \
    " 0), coalesce(sum(sealed_rev > 0 AND receipt_rev >= sealed_rev), 0),"             \
    " coalesce(sum(sealed_rev > receipt_rev AND EXISTS (SELECT 1 FROM item_rev r"      \
    " JOIN bundle b ON b.id = r.bundle WHERE r.item = item.id"                         \
    " AND r.rev = item.sealed_rev AND b.state IN ('sent', 'accepted'))), 0),"          \
    " coalesce(sum(sealed_rev > receipt_rev), 0) FROM item WHERE rev > 0"
#define WALK_PAGES                                                                     \
    "SELECT coalesce(sum(state = 'captured'), 0),"                                     \
    " coalesce(sum(state = 'recognized'), 0), coalesce(sum(state = 'blank'), 0),"      \
    " coalesce(sum(state = 'failed'), 0), coalesce(sum(gate = 'held'), 0)"             \
    " FROM page WHERE past = 0"
#define WALK_READY                                                                     \
    "WITH one AS (SELECT i.dossier, i.state, i.expected, i.expect_why,"                \
    "  count(p.id) AS pages,"                                                          \
    "  coalesce(max(p.state = 'captured' AND p.gate <> 'held'), 0) AS unread,"         \
    "  coalesce(max(p.state = 'failed'), 0) AS failed,"                                \
    "  coalesce(max(p.gate = 'held'), 0) AS held"                                      \
    " FROM item i LEFT JOIN page p ON p.item = i.id AND p.past = 0"                    \
    " WHERE i.rev > 0 AND i.sealed_rev < i.rev GROUP BY i.id),"                        \
    " fit AS (SELECT *, expected <> 0 AND expected <> pages AND expect_why = ''"       \
    "  AS counted FROM one)"                                                           \
    " SELECT coalesce(d.name, ''), count(*),"                                          \
    "  sum(fit.state = 'verified' AND NOT unread AND NOT failed AND NOT held"          \
    "      AND NOT counted AND pages > 0),"                                            \
    "  sum(unread), sum(failed), sum(held), sum(counted),"                             \
    "  sum(fit.state IN ('recognized', 'described')),"                                 \
    "  sum(fit.state = 'returned')"                                                    \
    " FROM fit LEFT JOIN dossier d ON d.id = fit.dossier"                              \
    " GROUP BY fit.dossier ORDER BY fit.dossier"
#define WALK_DOSSIERS                                                                  \
    "SELECT name, (SELECT count(*) FROM item WHERE item.dossier = dossier.id)"         \
    " FROM dossier ORDER BY id"

#define TEXT_MAX 8000

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

static void add(char out[TEXT_MAX], const char *text)
{
    size_t len = strlen(out);

    (void)snprintf(out + len, TEXT_MAX - len, "%s ", text);
}

static void add_n(char out[TEXT_MAX], int64_t n)
{
    char text[32];

    (void)snprintf(text, sizeof text, "%lld", (long long)n);
    add(out, text);
}

static void walk_one(struct store *s, const char *question, char out[TEXT_MAX])
{
    sqlite3_stmt *st = NULL;

    assert_int_equal(sqlite3_prepare_v2(s->db, question, -1, &st, NULL), SQLITE_OK);
    while (sqlite3_step(st) == SQLITE_ROW)
        for (int i = 0; i < sqlite3_column_count(st); i++)
            add(out, (const char *)sqlite3_column_text(st, i));
    assert_int_equal(sqlite3_finalize(st), SQLITE_OK);
    add(out, "\n");
}

static void walk(struct store *s, char out[TEXT_MAX])
{
    out[0] = '\0';
    walk_one(s, WALK_ITEMS, out);
    walk_one(s, WALK_PAGES, out);
    walk_one(s, WALK_READY, out);
    walk_one(s, WALK_DOSSIERS, out);
}

static int hear_ready(void *ctx, const struct store_ready *r, struct err *e)
{
    const int64_t n[] = {r->open, r->ready,   r->unread, r->failed,
                         r->held, r->counted, r->review, r->returned};

    (void)e;
    add(ctx, r->dossier);
    for (size_t i = 0; i < ARRAY_LEN(n); i++)
        add_n(ctx, n[i]);
    return 0;
}

static int hear_dossier(void *ctx, const struct dossier *d, struct err *e)
{
    (void)e;
    add(ctx, d->name);
    add_n(ctx, d->items);
    return 0;
}

static void kept(struct store *s, char out[TEXT_MAX])
{
    struct store_item_tally n;
    struct store_page_counts p;
    struct err e = ERR_INIT;

    out[0] = '\0';
    unit_ok(store_item_tally(s, &n, &e), &e);
    add_n(out, n.all);
    add_n(out, n.review);
    add_n(out, n.received);
    add_n(out, n.going);
    add_n(out, n.going + n.waiting);
    add(out, "\n");
    unit_ok(store_page_count(s, &p, &e), &e);
    add_n(out, p.captured);
    add_n(out, p.recognized);
    add_n(out, p.blank);
    add_n(out, p.failed);
    add_n(out, p.held);
    add(out, "\n");
    unit_ok(store_ready_each(s, NULL, hear_ready, out, &e), &e);
    add(out, "\n");
    unit_ok(store_dossier_each(s, hear_dossier, out, &e), &e);
    add(out, "\n");
}

/* Of each dossier by itself the same as of all. */
static void kept_of_each(struct store *s, const char *all)
{
    static const char *const names[] = {"", "00112233-d1", "00112233-d2"};
    char out[TEXT_MAX];
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        out[0] = '\0';
        unit_ok(store_ready_each(s, names[i], hear_ready, out, &e), &e);
        assert_non_null(strstr(all, out));
    }
}

static void compare(struct store *s, const char *after)
{
    char as_walked[TEXT_MAX];
    char as_kept[TEXT_MAX];
    struct err e = ERR_INIT;

    walk(s, as_walked);
    kept(s, as_kept);
    if (strcmp(as_walked, as_kept) != 0)
        fail_msg("%s: %s, not %s", after, as_kept, as_walked);
    kept_of_each(s, as_kept);
    if (store_tally_check(s, &e) < 0)
        fail_msg("%s: %s", after, e.subject);
}

/* ---- a store with all of it
 * -----------------------------------------------------------
 */

#define ITEMS 24

static void add_book(struct store *s, int year)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct err e = ERR_INIT;

    d.kind = DOSSIER_REGISTER;
    d.title = mem_dup("Khai sinh");
    d.year = year;
    d.created = HELP_NOW;
    (void)snprintf(d.record, sizeof d.record, "birth");
    (void)snprintf(d.unit_code, sizeof d.unit_code, "%s", HELP_UNIT);
    (void)snprintf(d.unit_from, sizeof d.unit_from, "%s", HELP_FROM);
    unit_ok(store_dossier_add(s, HELP_NODE, &d, &e), &e);
}

/* Records in two registers and loose ones, none to three pages each, some in bundles.
 */
static void fill(struct store *s)
{
    static const char *const dossiers[] = {"00112233-d1", "00112233-d2", ""};
    char bytes[32];

    add_book(s, 2003);
    add_book(s, 2004);
    for (int i = 0; i < ITEMS; i++) {
        struct item it = help_item(s, "birth", dossiers[i % 3]);

        for (int k = 0; k < i % 4; k++) {
            (void)snprintf(bytes, sizeof bytes, "%d %d", i, k);
            (void)help_page(s, it.name, bytes);
        }
    }
    for (int i = 1; i <= 4; i++) {
        static const char *const states[] = {"sealed", "sent", "accepted", "durable"};
        char *text = sqlite3_mprintf(
            "INSERT INTO bundle (id, node, epoch, class, seq, manifest, prev, "
            "commit_id,"
            " state, level, audit_head, objects, bytes)"
            " VALUES (%d, 'n', 1, 'meta', %d, 'm%d', '', '', '%s', '', '', 0, 0)",
            i, i, i, states[i - 1]);

        sql(s, text);
        sqlite3_free(text);
    }
    for (int i = 1; i <= ITEMS; i++) {
        char *text = sqlite3_mprintf(
            "INSERT INTO item_rev (item, rev, level, card, bundle, at)"
            " VALUES (%d, 1, 'verified', '', %d, 0), (%d, 2, 'verified', '', %d, 0)",
            i, 1 + i % 4, i, 1 + i % 3);

        sql(s, text);
        sqlite3_free(text);
    }
}

/* One of these, of one record or page drawn at random. */
static const char *const CHANGES[] = {
    "UPDATE item SET state = 'captured' WHERE id = %d",
    "UPDATE item SET state = 'recognized' WHERE id = %d",
    "UPDATE item SET state = 'described' WHERE id = %d",
    "UPDATE item SET state = 'returned' WHERE id = %d",
    "UPDATE item SET state = 'verified' WHERE id = %d",
    "UPDATE item SET state = 'verified', expected = 0 WHERE id = %d",
    "UPDATE item SET state = 'sealed', sealed_rev = rev WHERE id = %d",
    "UPDATE item SET sealed_rev = min(rev, 2) WHERE id = %d",
    "UPDATE item SET sealed_rev = 0, receipt_rev = 0 WHERE id = %d",
    "UPDATE item SET rev = 1 - (rev > 0) WHERE id = %d",
    "UPDATE item SET rev = 2 WHERE id = %d",
    "UPDATE item SET rev = rev + 1, state = 'described' WHERE id = %d",
    "UPDATE item SET receipt_rev = sealed_rev WHERE id = %d",
    "UPDATE item SET receipt_rev = 0 WHERE id = %d",
    "UPDATE item SET dossier = 1 WHERE id = %d",
    "UPDATE item SET dossier = 2 WHERE id = %d",
    "UPDATE item SET dossier = NULL WHERE id = %d",
    "UPDATE item SET expected = 2 WHERE id = %d",
    "UPDATE item SET expected = -1 WHERE id = %d",
    "UPDATE item SET expected = 0 WHERE id = %d",
    "UPDATE item SET expect_why = 'torn' WHERE id = %d",
    "UPDATE item SET expect_why = '' WHERE id = %d",
    "UPDATE item SET kind = 'death' WHERE id = %d",
    "UPDATE page SET state = 'captured' WHERE id = %d",
    "UPDATE page SET state = 'recognized', gate = 'clear' WHERE id = %d",
    "UPDATE page SET state = 'blank' WHERE id = %d",
    "UPDATE page SET state = 'failed' WHERE id = %d",
    "UPDATE page SET gate = 'held' WHERE id = %d",
    "UPDATE page SET gate = 'unchecked' WHERE id = %d",
    "UPDATE page SET past = 1, seq = 1000000 + id WHERE id = %d",
    "UPDATE page SET past = 0 WHERE id = %d",
    "UPDATE page SET seq = 500 + id, item = 1 + (item + 7) %% 24 WHERE id = %d",
    "UPDATE page SET confidence = 3 WHERE id = %d",
    "DELETE FROM page WHERE id = %d",
    "INSERT INTO page (name, node, master, media, idx, item, seq, width_px, height_px,"
    " dpi, state, gate) SELECT hex(randomblob(32)), node, master, media, 7, item,"
    " 2000 + (SELECT max(id) FROM page), 0, 0, 0, 'captured', 'unchecked' FROM page"
    " WHERE id = %d",
    "INSERT INTO page (name, node, master, media, idx, item, seq, width_px, height_px,"
    " dpi, state, gate) SELECT name, node, master, media, idx, item, seq, 0, 0, 0,"
    " state, gate FROM page WHERE id = %d ON CONFLICT DO NOTHING",
    "INSERT INTO item (name, node, dossier, kind, state, rev, supersedes, unit_code,"
    " unit_from, created, expected, expect_why) SELECT hex(randomblob(8)), node,"
    " dossier, kind, state, rev, 0, unit_code, unit_from, 0, expected, expect_why"
    " FROM item WHERE id = %d",
    "DELETE FROM item WHERE id = %d + 24",
    "UPDATE bundle SET state = 'sent' WHERE id = %d",
    "UPDATE bundle SET state = 'durable' WHERE id = %d",
};

static uint32_t draw(uint64_t *seed, uint32_t below)
{
    *seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (uint32_t)(*seed >> 33) % below;
}

static void test_store_tally__is_what_a_walk_says(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    uint64_t seed = 11;

    begin(s, &t);
    compare(s, "empty");
    fill(s);
    compare(s, "filled");
    for (int i = 0; i < 3000; i++) {
        const char *change = CHANGES[draw(&seed, ARRAY_LEN(CHANGES))];
        char *text = sqlite3_mprintf(change, (int)(1 + draw(&seed, ITEMS)));

        sql(s, text);
        compare(s, text);
        sqlite3_free(text);
    }
}

/* What takes a change back takes back what it counted. */
static void test_store_tally__goes_back_with_the_change(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    struct err e = ERR_INIT;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        begin(s, &t);
        fill(s);
        unit_ok(store_commit(&t, &e), &e);
    }
    kept(s, before);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        begin(s, &t);
        sql(s, "UPDATE item SET state = 'verified'");
        sql(s, "UPDATE page SET state = 'failed' WHERE id > 3");
        assert_int_not_equal(
            sqlite3_exec(s->db, "UPDATE item SET state = 'none'", NULL, NULL, NULL),
            SQLITE_OK);
        compare(s, "refused");
    }
    kept(s, after);
    assert_string_equal(before, after);
}

/* A store of the schema before counts what it has. */
static void test_store_tally__an_older_store_gets_it(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    char before[TEXT_MAX];
    char after[TEXT_MAX];
    struct err e = ERR_INIT;
    int version = 0;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        begin(s, &t);
        fill(s);
        sql(s, "UPDATE item SET state = 'verified' WHERE id % 2");
        sql(s, "UPDATE page SET state = 'recognized', gate = 'clear' WHERE id % 3");
        sql(s, "UPDATE page SET past = 1, seq = 1000000 + id WHERE id % 5 = 0");
        sql(s, "UPDATE item SET sealed_rev = 1 WHERE id % 7 = 0");
        unit_ok(store_commit(&t, &e), &e);
    }
    kept(s, before);
    for (int old = 7; old <= 10; old++) {
        sql_close_all(s);
        help_older(s->db, old);
        sql(s, "UPDATE item SET state = 'returned' WHERE id = 5");
        unit_ok(store_migrate_run(s, store_migrate_newest(), &e), &e);
        unit_ok(store_migrate_version(s, &version, &e), &e);
        assert_int_equal(version, store_migrate_newest());
        compare(s, "after the step");
        kept(s, after);
        assert_string_not_equal(before, after);
    }
}

static void test_store_tally__what_drifted_is_found_and_mended(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    static const char *const drifts[] = {
        "UPDATE tally SET open = open + 1 WHERE dossier = 2",
        "UPDATE tally SET items = items - 1 WHERE dossier = 0",
        "DELETE FROM tally WHERE dossier = 1",
        "INSERT INTO tally VALUES (77, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)",
        "UPDATE page_tally SET n = n + 1",
        "DELETE FROM page_tally",
        "INSERT INTO page_tally VALUES ('failed', 'clear', 3)",
        "UPDATE item SET pages = pages + 1 WHERE id = 4",
        "UPDATE item SET held = 1 WHERE id = 5",
    };
    struct err e = ERR_INIT;

    begin(s, &t);
    fill(s);
    for (size_t i = 0; i < ARRAY_LEN(drifts); i++) {
        sql(s, drifts[i]);
        unit_fails(store_tally_check(s, &e), ERR_SUMMARY, &e);
        unit_ok(store_tally_rebuild(s, &e), &e);
        compare(s, drifts[i]);
    }
    sql(s, "INSERT INTO tally VALUES (78, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)");
    sql(s, "INSERT INTO page_tally VALUES ('failed', 'held', 0)");
    unit_ok(store_tally_check(s, &e), &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_tally__is_what_a_walk_says),
        unit_case(test_store_tally__goes_back_with_the_change),
        unit_case(test_store_tally__an_older_store_gets_it),
        unit_case(test_store_tally__what_drifted_is_found_and_mended),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
