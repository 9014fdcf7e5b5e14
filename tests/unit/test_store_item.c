/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/record/card.h"
#include "node/store/sql.h"
#include "node/store/store_bundle.h"
#include "node/store/store_dossier.h"

static struct dossier volume(struct store *s, int number)
{
    struct dossier d = {.kind = DOSSIER_REGISTER,
                        .title = mem_dup("Sổ khai sinh"),
                        .record = "birth",
                        .year = 2003,
                        .volume = number,
                        .closed_count = -1,
                        .unit_code = HELP_UNIT,
                        .unit_from = HELP_FROM,
                        .created = HELP_NOW};
    struct err e = ERR_INIT;

    unit_ok(store_dossier_add(s, HELP_NODE, &d, &e), &e);
    return d;
}

static void begin(struct store *s, struct store_txn *t)
{
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, t, &e), &e);
}

/* ---- making, listing, moving -------------------------------------------------------
 */

static int count_item(void *ctx, const struct item *it, struct err *e)
{
    (void)it;
    (void)e;
    return ++*(int *)ctx == 3 ? 1 : 0;
}

static int collect(void *ctx, const struct item *it, struct err *e)
{
    char *out = ctx;

    (void)e;
    (void)snprintf(out + strlen(out), 400 - strlen(out), "%s ",
                   strchr(it->name, '-') + 1);
    return 0;
}

static int refuse_item(void *ctx, const struct item *it, struct err *e)
{
    (void)ctx;
    return err_set(e, ERR_INTERNAL, "%s", it->name);
}

static void test_store_item__is_made_listed_and_moved(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;
    struct item it;
    struct item bad = help_new_item("nonsense", "");
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    char out[400] = "";
    int n = 0;

    begin(s, &t);
    d = volume(s, 1);
    for (int i = 0; i < 4; i++)
        it = help_item(s, i == 3 ? "outgoing" : "document", i == 1 ? d.name : "");
    assert_string_equal(it.name, "00112233-4");
    unit_fails(store_item_add(s, HELP_NODE, &bad, &e), ERR_KIND, &e);
    bad = help_new_item("document", "00112233-d9");
    unit_fails(store_item_add(s, HELP_NODE, &bad, &e), ERR_DOSSIER_ABSENT, &e);
    bad = help_new_item("document", "");
    bad.unit_code[0] = '\0';
    unit_fails(store_item_add(s, HELP_NODE, &bad, &e), ERR_UNIT, &e);
    assert_int_equal(store_item_get(s, "00112233-2", &it, &e), 1);
    assert_string_equal(it.kind, "birth"); /* an entry of a register is of its kind */
    assert_string_equal(it.dossier, d.name);
    assert_int_equal(it.state, ITEM_CAPTURED);
    assert_int_equal(it.rev, 1);
    assert_int_equal(store_item_get(s, "00112233-99", &it, &e), 0);
    unit_fails(store_item_need(s, "00112233-99", &it, &e), ERR_ITEM_ABSENT, &e);

    unit_ok(store_item_each(s, NULL, collect, out, &e), &e);
    assert_string_equal(out, "1 2 3 4 ");
    out[0] = '\0';
    unit_ok(store_item_each(s, &(struct store_item_query){.dossier = "", .state = -1},
                            collect, out, &e),
            &e);
    assert_string_equal(out, "1 3 4 ");
    out[0] = '\0';
    unit_ok(store_item_each(s,
                            &(struct store_item_query){.kind = "document", .state = -1},
                            collect, out, &e),
            &e);
    assert_string_equal(out, "1 3 ");
    out[0] = '\0';
    unit_ok(store_item_each(s,
                            &(struct store_item_query){
                                .state = ITEM_CAPTURED, .after = 1, .limit = 2},
                            collect, out, &e),
            &e);
    assert_string_equal(out, "2 3 ");
    unit_ok(store_item_each(s, NULL, count_item, &n, &e), &e);
    assert_int_equal(n, 3);
    unit_fails(store_item_each(s, NULL, refuse_item, NULL, &e), ERR_INTERNAL, &e);

    unit_ok(store_item_move(s, "00112233-1", d.name, &e), &e);
    unit_ok(store_item_move(s, "00112233-2", "", &e), &e);
    unit_fails(store_item_move(s, "00112233-2", "00112233-d9", &e), ERR_DOSSIER_ABSENT,
               &e);
    unit_ok(store_item_kind(s, "00112233-3", "incoming", &e), &e);
    unit_fails(store_item_kind(s, "00112233-3", "poem", &e), ERR_KIND, &e);
    assert_int_equal(store_item_get(s, "00112233-1", &it, &e), 1);
    assert_string_equal(it.kind, "birth");
    assert_int_equal(store_item_get(s, "00112233-2", &it, &e), 1);
    assert_string_equal(it.dossier, "");
    unit_ok(store_dossier_close(s, d.name, 1, &e), &e);
    unit_fails(store_item_move(s, "00112233-2", d.name, &e), ERR_DOSSIER_CLOSED, &e);
}

/* ---- fields ------------------------------------------------------------------------
 */

static void put(struct store *s, const char *item, const char *name, const char *value,
                enum field_source source, int confidence, bool want)
{
    AUTO_FIELDS struct field_list l = {.v = NULL};
    struct field_value *v =
        field_list_add(&l, name, value, source, confidence,
                       source == FIELD_OCR && confidence < 60, "low");
    struct err e = ERR_INIT;
    bool written = !want;

    v->at = HELP_NOW;
    unit_ok(store_item_field(s, item, v, &written, &e), &e);
    assert_int_equal(written, want);
}

static void test_store_item__fields_keep_their_history(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_FIELDS struct field_list now = {.v = NULL};
    AUTO_FIELDS struct field_list all = {.v = NULL};
    struct err e = ERR_INIT;
    struct item it;
    struct field_value bad = {.value = NULL};
    char name[] = "Subjct";
    char value[] = "x";

    begin(s, &t);
    it = help_item(s, "document", "");
    put(s, it.name, "Subject", "  đất  đai ", FIELD_OCR, 50, true);
    put(s, it.name, "Subject", "đất  đai", FIELD_OCR, 50, false); /* the same */
    put(s, it.name, "Subject", "Đất đai", FIELD_CLERK, 100, true);
    put(s, it.name, "Subject", "dat dai", FIELD_OCR, 99,
        false);                                                /* never over a clerk */
    put(s, it.name, "OrganName", "", FIELD_CLERK, 100, false); /* nothing to clear */
    put(s, it.name, "OrganName", "UBND", FIELD_OCR, 90, true);
    put(s, it.name, "OrganName", "", FIELD_CLERK, 100, true);
    bad.name = name;
    bad.value = value;
    unit_fails(store_item_field(s, it.name, &bad, NULL, &e), ERR_FIELD_NAME, &e);
    bad.confidence = 101;
    memcpy(name, "Format", 7);
    unit_fails(store_item_field(s, it.name, &bad, NULL, &e), ERR_FIELD_VALUE, &e);
    unit_fails(store_item_field(s, "00112233-9", &bad, NULL, &e), ERR_ITEM_ABSENT, &e);
    unit_ok(store_item_fields(s, it.name, &now, &e), &e);
    assert_int_equal(now.count, 1);
    assert_string_equal(now.v[0].value, "Đất đai");
    assert_int_equal(now.v[0].source, FIELD_CLERK);
    unit_ok(store_item_history(s, it.name, &all, &e), &e);
    assert_int_equal(all.count, 4);
    assert_string_equal(all.v[0].value, "đất  đai");
    assert_true(all.v[0].doubtful);
    assert_string_equal(all.v[0].reason, "low");
    assert_int_equal(all.v[0].rev, 1);
    assert_int_equal(all.v[0].at, HELP_NOW);
}

static void test_store_item__its_number_follows_its_fields(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_SQL struct sql q = SQL_INIT;
    struct err e = ERR_INIT;
    struct item it;

    begin(s, &t);
    it = help_item(s, "birth", "");
    put(s, it.name, "so", "22bis", FIELD_CLERK, 100, true);
    put(s, it.name, "ngayDangKy", "2003-05-01", FIELD_CLERK, 100, true);
    unit_ok(SQL(s, &q, "SELECT number, suffix, number_year FROM item", &e), &e);
    assert_int_equal(sql_step(&q, &e), 1);
    assert_int_equal(sql_int(&q, 0), 22);
    assert_string_equal(sql_text(&q, 1), "bis");
    assert_int_equal(sql_int(&q, 2), 2003);
    put(s, it.name, "so", "23/2004", FIELD_CLERK, 100, true); /* its own year counts */
    sql_again(&q);
    assert_int_equal(sql_step(&q, &e), 1);
    assert_int_equal(sql_int(&q, 0), 23);
    assert_int_equal(sql_int(&q, 2), 2004);
    put(s, it.name, "so", "", FIELD_CLERK, 100, true);
    sql_again(&q);
    assert_int_equal(sql_step(&q, &e), 1);
    assert_int_equal(sqlite3_column_type(q.st, 0), SQLITE_NULL);
    put(s, it.name, "CodeNumber", "7", FIELD_CLERK, 100, true);
    unit_ok(store_item_kind(s, it.name, "outgoing", &e), &e); /* another field counts */
    sql_again(&q);
    assert_int_equal(sql_step(&q, &e), 1);
    assert_int_equal(sql_int(&q, 0), 7);
}

/* ---- acts, cards, sealing -----------------------------------------------------------
 */

static void seal(struct store *s, const char *item, int64_t seq, enum item_level level)
{
    struct store_bundle b = {.epoch = 1, .seq = seq, .level = level, .sealed_at = 5};
    AUTO_CARD struct card c;
    AUTO_STR struct str text = STR_INIT(CARD_BYTES_MAX);
    struct err e = ERR_INIT;

    card_init(&c, CARD_ITEM);
    (void)snprintf(b.node, sizeof b.node, "%s", HELP_NODE);
    (void)snprintf(b.class, sizeof b.class, "meta");
    (void)snprintf(b.manifest, sizeof b.manifest, "%064d", (int)seq);
    unit_ok(store_bundle_add(s, &b, &e), &e);
    unit_ok(store_item_card(s, item, level, &c, &e), &e);
    card_print(&c, &text);
    unit_ok(store_bundle_item(s, &b, item, c.item.rev, level, str_text(&text), &e), &e);
}

static int revisions(void *ctx, const struct store_revision *r, struct err *e)
{
    char *out = ctx;

    (void)e;
    assert_non_null(strstr(r->card, "\"item\""));
    (void)snprintf(out + strlen(out), 100 - strlen(out), "%d:%s ", (int)r->rev,
                   item_level_name(r->level));
    return 0;
}

static void test_store_item__goes_through_its_life(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    AUTO_CARD struct card c;
    struct err e = ERR_INIT;
    struct item it;
    struct page p;
    char out[400] = "";

    card_init(&c, CARD_ITEM);
    begin(s, &t);
    it = help_item(s, "document", "");
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_PAGES, &e);
    p = help_page(s, it.name, "one");
    unit_fails(store_item_act(s, it.name, ITEM_VERIFY, NULL, &e), ERR_ITEM_STATE, &e);
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_PAGES, &e);
    help_read(s, p.id, "văn bản");
    unit_ok(store_item_act(s, it.name, ITEM_RECOGNIZE, &it, &e), &e);
    assert_int_equal(it.state, ITEM_RECOGNIZED);
    unit_fails(store_item_why_not(s, it.name, false, &e), ERR_ITEM_STATE, &e);
    unit_ok(store_item_why_not(s, it.name, true, &e), &e);
    unit_ok(store_item_sealable(s, false, collect, out, &e), &e);
    assert_string_equal(out, "");
    unit_ok(store_item_sealable(s, true, collect, out, &e), &e);
    assert_string_equal(out, "1 ");

    put(s, it.name, "Subject", "một", FIELD_CLERK, 100, true);
    unit_ok(store_item_act(s, it.name, ITEM_VERIFY, &it, &e), &e);
    unit_ok(store_item_why_not(s, it.name, false, &e), &e);
    seal(s, it.name, 1, ITEM_LEVEL_VERIFIED);
    unit_ok(store_item_need(s, it.name, &it, &e), &e);
    assert_int_equal(it.state, ITEM_SEALED);
    assert_int_equal(it.sealed_rev, 1);
    assert_int_equal(it.level, ITEM_LEVEL_VERIFIED);
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_STATE, &e);
    unit_fails(store_item_move(s, it.name, "", &e), ERR_ITEM_SEALED, &e);
    unit_fails(store_item_kind(s, it.name, "land", &e), ERR_ITEM_SEALED, &e);

    /* a correction after sealing */
    unit_ok(store_item_act(s, it.name, ITEM_SET, &it, &e), &e);
    assert_int_equal(it.rev, 2);
    assert_int_equal(it.supersedes, 1);
    put(s, it.name, "Subject", "hai", FIELD_CLERK, 100, true);
    unit_ok(store_item_act(s, it.name, ITEM_VERIFY, &it, &e), &e);
    unit_ok(store_item_card(s, it.name, ITEM_LEVEL_VERIFIED, &c, &e), &e);
    assert_int_equal(c.item.rev, 2);
    assert_string_equal(field_list_text(&c.fields, "Subject"), "hai");
    assert_int_equal(c.page_count, 1);
    seal(s, it.name, 2, ITEM_LEVEL_VERIFIED);
    out[0] = '\0';
    unit_ok(store_item_revisions(s, it.name, revisions, out, &e), &e);
    assert_string_equal(out, "1:verified 2:verified ");
}

static void test_store_item__is_not_sealed_with_a_wrong_page(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct store_reading failed = {
        .state = PAGE_FAILED, .gate = PAGE_UNCHECKED, .code = "SH-OCR-TIMEOUT"};
    struct err e = ERR_INIT;
    struct item it = help_new_item("document", "");
    struct page p;
    struct page second;

    begin(s, &t);
    it.pages_expected = 3;
    unit_ok(store_item_add(s, HELP_NODE, &it, &e), &e);
    p = help_page(s, it.name, "one");
    second = help_page(s, it.name, "two");
    assert_int_equal(second.seq, 2);
    help_read(s, p.id, "một");
    unit_ok(store_page_reading(s, second.id, &failed, &e), &e);
    unit_ok(store_item_act(s, it.name, ITEM_RECOGNIZE, NULL, &e), &e);
    unit_ok(store_item_act(s, it.name, ITEM_VERIFY, NULL, &e), &e);
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_PAGES, &e);
    unit_ok(store_page_gate(s, second.id, PAGE_HELD, &e), &e);
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_HELD, &e);
    help_read(s, second.id, "hai");
    unit_fails(store_item_why_not(s, it.name, true, &e), ERR_ITEM_PAGES,
               &e); /* 2 of 3 */
    unit_ok(store_item_expect(s, it.name, "tờ 3 mất", &e), &e);
    unit_ok(store_item_why_not(s, it.name, true, &e), &e);
    unit_fails(store_item_expect(s, it.name,
                                 "a reason far longer than the sixty-three bytes that "
                                 "are meant for one word",
                                 &e),
               ERR_LIMIT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_item__is_made_listed_and_moved),
        unit_case(test_store_item__fields_keep_their_history),
        unit_case(test_store_item__its_number_follows_its_fields),
        unit_case(test_store_item__goes_through_its_life),
        unit_case(test_store_item__is_not_sealed_with_a_wrong_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
