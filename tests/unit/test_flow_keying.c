/* SPDX-License-Identifier: Apache-2.0 */
/* Keying twice: who may, what agrees, what a third decides, what is left of errors. */
#include "tests/unit/flow_help.h"

#include "node/flow/flow_keyed.h"
#include "node/flow/flow_keying.h"
#include "node/flow/flow_ready.h"
#include "node/flow/flow_verify.h"
#include "node/record/sample.h"
#include "node/store/store_audit.h"
#include "node/store/store_keying.h"
#include "node/store/store_past.h"

#define ENTRY                                                                          \
    "so=22/2003", "ngayDangKy=2003-09-20", "nksHoTen=?NGUYỄN VĂN AN",                  \
        "nksGioiTinh=Nam", "nksNgaySinh=2003-09-14"

static int change(struct node *n, const char *item, const char *field,
                  const char *value, const char *user, struct err *e)
{
    struct flow_verify_change c = {
        .item = item, .field = field, .user = user, .value = value};

    return flow_verify_change(&n->f, &c, node_listen(n), e);
}

static void more_users(struct node *n)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_user_add(n->f.store, "hoa", ROLE_CLERK, "", 1, &e), &e);
    unit_ok(store_user_add(n->f.store, "tuan", ROLE_VERIFIER, "", 1, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
}

/* An entry of @book that lan is through with: she looked at the doubtful name. */
static void described(struct node *n, const char *book, char item[IDENT_NAME_MAX])
{
    static const char *const READ[] = {ENTRY, NULL};
    static const char *const REST[] = {"meHoTen",    "noiDangKy", "nguoiKy",
                                       "nksNoiSinh", "nksDanToc", "quyenSo"};
    struct err e = ERR_INIT;

    node_item(n, "birth", book, READ, item, NULL);
    unit_ok(change(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan", &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(REST); i++) {
        struct flow_verify_change c = {
            .item = item, .field = REST[i], .user = "lan", .mark = FIELD_BLANK};

        unit_ok(flow_verify_change(&n->f, &c, node_listen(n), &e), &e);
    }
}

/* A book with one such entry, of which all fields are drawn. */
static void drawn(struct node *n, int rate, char book[IDENT_NAME_MAX],
                  char item[IDENT_NAME_MAX])
{
    struct err e = ERR_INIT;

    more_users(n);
    node_register(n, "birth", 2003, 1, 0, book);
    described(n, book, item);
    unit_ok(flow_keying_draw(&n->f, book, rate, "minh", node_listen(n), &e), &e);
}

static int64_t told(struct node *n, size_t at, const char *key)
{
    int64_t v = -1;

    (void)jdoc_int(node_told(n, at), key, 0, INT64_MAX, &v);
    return v;
}

static int second(struct node *n, const char *item, const char *field,
                  const char *value, const char *user, struct err *e)
{
    struct flow_keying_answer a = {
        .item = item, .field = field, .user = user, .value = value};

    return flow_keying_second(&n->f, &a, node_listen(n), e);
}

static int settle(struct node *n, const char *item, const char *field,
                  enum flow_keying_take take, const char *value, const char *user,
                  struct err *e)
{
    struct flow_keying_answer a = {
        .item = item, .field = field, .user = user, .value = value};

    return flow_keying_settle(&n->f, &a, take, node_listen(n), e);
}

static void expect_state(struct node *n, const char *item, const char *field,
                         enum store_keying_state state, int wrong)
{
    AUTO_KEYING struct store_keying k = {0};
    struct err e = ERR_INIT;

    assert_int_equal(store_keying_get(n->f.store, item, field, &k, &e), 1);
    assert_int_equal(k.state, state);
    assert_int_equal(k.wrong, wrong);
}

static void expect_stands(struct node *n, const char *item, const char *field,
                          const char *value, const char *actor)
{
    AUTO_FIELDS struct field_list present = {0};
    struct err e = ERR_INIT;
    const struct field_value *v = NULL;

    unit_ok(store_item_present(n->f.store, item, &present, &e), &e);
    v = field_list_find(&present, field);
    assert_non_null(v);
    assert_string_equal(v->value, value);
    assert_string_equal(v->actor, actor);
    assert_int_equal(v->source, FIELD_CLERK);
}

/* The line "residual" of the book: one. */
static const struct jdoc *residual(struct node *n, const char *book)
{
    struct err e = ERR_INIT;

    unit_ok(flow_keyed_report(&n->f, book, node_listen(n), &e), &e);
    return node_told(n, jdoc_count(n->lines) - 1);
}

static int64_t figure(struct node *n, const char *book, const char *key)
{
    int64_t v = -1;

    assert_true(jdoc_int(residual(n, book), key, 0, INT64_MAX, &v));
    return v;
}

static void test_flow_keying__a_draw_can_be_proven(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    char head[HASH_HEX];
    char seed[HASH_HEX];
    struct err e = ERR_INIT;
    int64_t rows = 0;

    more_users(n);
    node_register(n, "birth", 2003, 1, 0, book);
    described(n, book, item);
    unit_ok(store_audit_head(n->f.store, &rows, head, &e), &e);
    unit_ok(flow_keying_draw(&n->f, book, 40, "minh", node_listen(n), &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "head"), head);
    sample_seed(head, book, seed);
    assert_string_equal(jdoc_text(node_told(n, 0), "seed"), seed);
    assert_int_equal(told(n, 0, "records"), 1);
    assert_int_equal(told(n, 0, "doubtful"), 1);
    assert_int_equal(told(n, 0, "fields"), 10);
    assert_int_equal(told(n, 0, "rate"), 40);
    assert_int_equal(told(n, 0, "sampled"),
                     sample_takes(seed, item, "so", 40) +
                         sample_takes(seed, item, "ngayDangKy", 40) +
                         sample_takes(seed, item, "nksGioiTinh", 40) +
                         sample_takes(seed, item, "nksNgaySinh", 40) +
                         sample_takes(seed, item, "meHoTen", 40) +
                         sample_takes(seed, item, "noiDangKy", 40) +
                         sample_takes(seed, item, "nguoiKy", 40) +
                         sample_takes(seed, item, "nksNoiSinh", 40) +
                         sample_takes(seed, item, "nksDanToc", 40) +
                         sample_takes(seed, item, "quyenSo", 40));
    unit_ok(store_audit_verify(n->f.store, &rows, &e), &e);
}

static void test_flow_keying__dice_are_thrown_once(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    char more[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_ok(flow_keying_draw(&n->f, book, 100, "minh", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 0);
    assert_int_equal(told(n, 0, "draw"), 0);
    described(n, book, more);
    unit_ok(flow_keying_draw(&n->f, book, 100, "minh", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 1);
    assert_int_equal(figure(n, book, "sampled"), 20);
    assert_int_equal(figure(n, book, "doubtful"), 2);
}

static void test_flow_keying__a_record_with_open_doubts_is_not_drawn(void **state)
{
    static const char *const READ[] = {ENTRY, NULL};
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_item(n, "birth", "", READ, item, NULL);
    unit_ok(change(n, item, "so", "23/2003", "lan", &e), &e);
    unit_ok(flow_keying_draw(&n->f, "none", 100, "", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 0);
    unit_fails(flow_keying_draw(&n->f, "00112233-d9", 1, "", &n->to, &e),
               ERR_DOSSIER_ABSENT, &e);
    unit_fails(flow_keying_draw(&n->f, "none", 101, "", &n->to, &e), ERR_USAGE, &e);
    unit_fails(flow_keying_draw(&n->f, "none", 1, "lan", &n->to, &e), ERR_USER_RIGHT,
               &e);
}

static void test_flow_keying__two_equal_answers_are_enough(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_ok(second(n, item, "nksHoTen", " NGUYỄN  VĂN AN", "hoa", &e), &e);
    assert_int_equal(jdoc_count(n->lines), 1); /* not whether it was the same */
    assert_null(jdoc_get(node_told(n, 0), "state"));
    expect_state(n, item, "nksHoTen", STORE_KEYING_AGREED, 0);
    expect_stands(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan");
    /* What was only read is a person's now, and the record as it was. */
    unit_ok(second(n, item, "nksNgaySinh", "2003-09-14", "hoa", &e), &e);
    expect_stands(n, item, "nksNgaySinh", "2003-09-14", "hoa");
}

static void test_flow_keying__who_wrote_or_verified_does_not_key_again(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan", &e), ERR_KEYER, &e);
    unit_ok(flow_item_verify(&n->f, item, "minh", node_listen(n), &e), &e);
    unit_fails(second(n, item, "so", "22/2003", "minh", &e), ERR_KEYER, &e);
    /* She wrote it, he verified it: neither has not seen it. */
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "minh", &e), ERR_KEYER, &e);
    unit_fails(second(n, item, "so", "22/2003", "", &e), ERR_USER_ABSENT, &e);
    unit_fails(second(n, item, "so", "22/2003", "nobody", &e), ERR_USER_ABSENT, &e);
    expect_state(n, item, "so", STORE_KEYING_OPEN, -1);
    /* Nobody hands a value over to slip past: who wrote it first stays named. */
    unit_ok(change(n, item, "nksHoTen", "NGUYỄN VĂN ANH", "hoa", &e), &e);
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan", &e), ERR_KEYER, &e);
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "hoa", &e), ERR_KEYER, &e);
}

static void test_flow_keying__a_second_answer_is_given_once(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_ok(second(n, item, "nksHoTen", "NGUYÊN VĂN AN", "hoa", &e), &e);
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "hoa", &e), ERR_KEYING, &e);
    unit_fails(second(n, item, "nksHoTen", "NGUYỄN VĂN AN", "tuan", &e), ERR_KEYING,
               &e);
    unit_fails(second(n, item, "chaHoTen", "X", "hoa", &e), ERR_KEYING, &e);
    unit_fails(second(n, "00112233-9", "so", "X", "hoa", &e), ERR_ITEM_ABSENT, &e);
    unit_ok(second(n, item, "so", "22/2003", "hoa", &e), &e);
    unit_fails(second(n, item, "so", "22/2003", "hoa", &e), ERR_KEYING, &e);
    unit_fails(second(n, item, "ngayDangKy", "hôm qua", "hoa", &e), ERR_FIELD_VALUE,
               &e);
    unit_fails(settle(n, item, "so", FLOW_KEYING_FIRST, NULL, "tuan", &e), ERR_KEYING,
               &e);
}

static void test_flow_keying__a_third_decides_and_is_neither_of_the_two(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_ok(second(n, item, "nksHoTen", "NGUYỄN VĂN ÂN", "tuan", &e), &e);
    unit_fails(settle(n, item, "nksHoTen", FLOW_KEYING_SECOND, NULL, "lan", &e),
               ERR_USER_RIGHT, &e);
    unit_fails(settle(n, item, "nksHoTen", FLOW_KEYING_SECOND, NULL, "tuan", &e),
               ERR_KEYER, &e);
    expect_state(n, item, "nksHoTen", STORE_KEYING_DIFFERS, -1);
    expect_stands(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan");
    unit_ok(settle(n, item, "nksHoTen", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "value"), "NGUYỄN VĂN ÂN");
    expect_stands(n, item, "nksHoTen", "NGUYỄN VĂN ÂN", "minh");
    expect_state(n, item, "nksHoTen", STORE_KEYING_SETTLED, 1);
    unit_fails(settle(n, item, "nksHoTen", FLOW_KEYING_FIRST, NULL, "admin", &e),
               ERR_KEYING, &e);

    unit_ok(second(n, item, "so", "23/2003", "hoa", &e), &e);
    unit_ok(settle(n, item, "so", FLOW_KEYING_FIRST, NULL, "minh", &e), &e);
    expect_stands(n, item, "so", "22/2003", "minh"); /* locked against re-reading */
    expect_state(n, item, "so", STORE_KEYING_SETTLED, 0);
    unit_ok(second(n, item, "ngayDangKy", "2003-09-21", "hoa", &e), &e);
    unit_ok(settle(n, item, "ngayDangKy", FLOW_KEYING_OTHER, "2003-09-22", "minh", &e),
            &e);
    expect_stands(n, item, "ngayDangKy", "2003-09-22", "minh");
    expect_state(n, item, "ngayDangKy", STORE_KEYING_SETTLED, 1);
}

static void test_flow_keying__who_verified_may_not_approve_his_own(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    /* minh vouches for what was only read: his word is the first answer then. */
    unit_ok(flow_item_verify(&n->f, item, "minh", node_listen(n), &e), &e);
    unit_ok(second(n, item, "nksNgaySinh", "2003-09-15", "hoa", &e), &e);
    unit_fails(settle(n, item, "nksNgaySinh", FLOW_KEYING_FIRST, NULL, "minh", &e),
               ERR_KEYER, &e);
    unit_ok(settle(n, item, "nksNgaySinh", FLOW_KEYING_SECOND, NULL, "tuan", &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "state"), "verified");
}

static void test_flow_keying__marks_are_answers_too(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;
    struct flow_keying_answer a = {.field = "meHoTen", .user = "hoa"};

    drawn(n, 100, book, item);
    a.item = item;
    a.mark = FIELD_ILLEGIBLE;
    unit_fails(flow_keying_second(&n->f, &a, node_listen(n), &e), ERR_WHY, &e);
    a.why = "faded";
    unit_ok(flow_keying_second(&n->f, &a, node_listen(n), &e), &e);
    expect_state(n, item, "meHoTen", STORE_KEYING_DIFFERS, -1);
    unit_ok(settle(n, item, "meHoTen", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    expect_state(n, item, "meHoTen", STORE_KEYING_SETTLED, 1);
    a.field = "nguoiKy";
    a.mark = FIELD_BLANK;
    a.why = NULL;
    unit_ok(flow_keying_second(&n->f, &a, node_listen(n), &e), &e);
    expect_state(n, item, "nguoiKy", STORE_KEYING_AGREED, 0);
}

static void test_flow_keying__a_field_changed_afterwards_is_keyed_anew(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    unit_ok(second(n, item, "so", "22/2003", "hoa", &e), &e);
    assert_int_equal(figure(n, book, "counted"), 1);
    assert_int_equal(figure(n, book, "open"), 10);
    unit_ok(change(n, item, "so", "25/2003", "lan", &e), &e);
    assert_int_equal(figure(n, book, "open"), 11);
    unit_fails(second(n, item, "so", "25/2003", "lan", &e), ERR_KEYER, &e);
    unit_ok(second(n, item, "so", "22/2003", "hoa", &e), &e);
    expect_state(n, item, "so", STORE_KEYING_DIFFERS, -1);
    unit_ok(settle(n, item, "so", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    /* What was found first is what counts: the sample is no better by it, nor worse. */
    assert_int_equal(figure(n, book, "sampled"), 10);
    assert_int_equal(figure(n, book, "counted"), 1);
    assert_int_equal(figure(n, book, "wrong"), 0);
}

static void test_flow_keying__errors_that_are_left_have_bounds(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    char other[IDENT_NAME_MAX];
    const struct jdoc *line = NULL;
    struct err e = ERR_INIT;
    AUTO_MEM char *move = NULL;

    drawn(n, 100, book, item);
    line = residual(n, book); /* m = 0: nothing is known */
    assert_true(jdoc_is_null(jdoc_get(line, "rate")));
    assert_true(jdoc_is_null(jdoc_get(line, "text")));
    unit_ok(second(n, item, "so", "22/2003", "hoa", &e), &e);
    unit_ok(second(n, item, "nksGioiTinh", "Nữ", "hoa", &e), &e);
    assert_int_equal(figure(n, book, "differs"), 1);
    assert_int_equal(figure(n, book, "counted"), 1);
    assert_int_equal(figure(n, book, "undecided"), 1);
    /* Whatever is decided: of two, none wrong (0.00-65.77) or one (9.45-90.55). */
    assert_string_equal(jdoc_text(residual(n, book), "text"),
                        "0/1 = 0.00% (0.00-90.55%)");
    unit_ok(settle(n, item, "nksGioiTinh", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    /* A doubtful field that was wrong says nothing of those that nobody doubts. */
    unit_ok(second(n, item, "nksHoTen", "X", "hoa", &e), &e);
    unit_ok(settle(n, item, "nksHoTen", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    line = residual(n, book);
    assert_string_equal(jdoc_text(line, "text"), "1/2 = 50.00% (9.45-90.55%)");
    assert_int_equal(figure(n, book, "doubtful_wrong"), 1);

    /* A record that leaves the book takes its part of the sample along, and it is told.
     */
    node_register(n, "birth", 2003, 2, 0, other);
    move = mem_printf("dossier=%s", other);
    unit_ok(flow_item_set(&n->f, item, "lan", (const char *const[]){move}, 1,
                          node_listen(n), &e),
            &e);
    assert_int_equal(figure(n, book, "sampled"), 10);
    assert_int_equal(figure(n, book, "removed"), 10);
    assert_int_equal(figure(n, book, "counted"), 0);
    unit_ok(flow_keying_draw(&n->f, other, 100, "minh", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 0); /* no second throw in another book */
}

/* Of a page that took another's place: drawn when it is read, and shown in its place.
 */
static void test_flow_keying__a_replaced_page_is_read_first(void **state)
{
    static const char *const READ[] = {ENTRY, NULL};
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct page old = {0};
    struct page next = {0};
    struct flow_keyed_query q = {.what = FLOW_KEYED_SECOND};
    struct err e = ERR_INIT;

    node_item(n, "birth", "", READ, item, &old);
    unit_ok(change(n, item, "nksHoTen", "NGUYỄN VĂN AN", "lan", &e), &e);
    unit_ok(flow_item_verify(&n->f, item, "minh", node_listen(n), &e), &e);
    {
        AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

        unit_ok(store_begin(n->f.store, &txn, &e), &e);
        unit_ok(store_past_shelve(n->f.store, &old, &e), &e);
        next = help_page(n->f.store, item, "a better picture");
        unit_ok(store_commit(&txn, &e), &e);
    }
    unit_ok(flow_keying_draw(&n->f, "none", 100, "", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 0);
    {
        AUTO_TXN struct store_txn txn = STORE_TXN_INIT;

        unit_ok(store_begin(n->f.store, &txn, &e), &e);
        help_read(n->f.store, next.id, "ba chữ khác");
        unit_ok(store_commit(&txn, &e), &e);
    }
    unit_ok(flow_keying_draw(&n->f, "none", 100, "", node_listen(n), &e), &e);
    assert_int_equal(told(n, 0, "records"), 1);
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    {
        const struct jdoc *pages = jdoc_get(node_told(n, 0), "pages");

        assert_int_equal(jdoc_count(pages), 1);
        assert_string_equal(jdoc_text(jdoc_at(pages, 0), "page"), next.name);
    }
}

/* What the second person is told: where to look, never what stands there. */
static void test_flow_keying__the_list_is_blind(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct flow_keyed_query q = {.what = FLOW_KEYED_SECOND, .user = "hoa"};
    struct err e = ERR_INIT;

    drawn(n, 100, book, item);
    q.dossier = book;
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    assert_int_equal(jdoc_count(n->lines), 12);
    for (size_t i = 0; i < 11; i++) {
        AUTO_STR struct str text = STR_INIT(STR_FILE_MAX);

        jdoc_print_line(node_told(n, i), &text);
        assert_null(strstr(str_text(&text), "NGUYỄN"));
        assert_null(strstr(str_text(&text), "2003-09"));
        assert_null(jdoc_get(node_told(n, i), "first"));
        assert_int_equal(jdoc_count(jdoc_get(node_told(n, i), "pages")), 1);
    }
    assert_int_equal(told(n, 11, "second"), 11);
    assert_int_equal(told(n, 11, "fresh"), 0);
    q.user = "lan"; /* what was only read she may key: she never wrote it */
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    assert_int_equal(jdoc_count(n->lines), 5);
    q = (struct flow_keyed_query){.what = FLOW_KEYED_THIRD, .user = "minh"};
    unit_ok(second(n, item, "nksHoTen", "NGUYỄN VĂN ÂN", "hoa", &e), &e);
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    assert_int_equal(jdoc_count(n->lines), 2);
    assert_string_equal(jdoc_text(jdoc_get(node_told(n, 0), "first"), "value"),
                        "NGUYỄN VĂN AN");
    assert_string_equal(jdoc_text(jdoc_get(node_told(n, 0), "second"), "value"),
                        "NGUYỄN VĂN ÂN");
    q.places = true;
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "state"), "differs");
    assert_null(jdoc_get(node_told(n, 0), "first"));
    assert_null(jdoc_get(node_told(n, 0), "second"));
    q = (struct flow_keyed_query){
        .what = FLOW_KEYED_SECOND, .item = item, .field = "so"};
    unit_ok(flow_keyed_list(&n->f, &q, node_listen(n), &e), &e);
    assert_int_equal(jdoc_count(n->lines), 2);
    q.item = "00112233-9";
    unit_fails(flow_keyed_list(&n->f, &q, &n->to, &e), ERR_ITEM_ABSENT, &e);
    q = (struct flow_keyed_query){.dossier = "00112233-d9"};
    unit_fails(flow_keyed_list(&n->f, &q, node_listen(n), &e), ERR_DOSSIER_ABSENT, &e);
}

/* The history has the answers when all is said, and not before. */
static void test_flow_keying__the_history_tells_it_afterwards(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;
    size_t open = 0;
    size_t done = 0;

    drawn(n, 100, book, item);
    unit_ok(second(n, item, "so", "23/2003", "hoa", &e), &e);
    unit_ok(second(n, item, "nksHoTen", "X", "hoa", &e), &e);
    unit_ok(settle(n, item, "so", FLOW_KEYING_SECOND, NULL, "minh", &e), &e);
    unit_ok(flow_item_history(&n->f, item, node_listen(n), &e), &e);
    for (size_t i = 0; i < jdoc_count(n->lines); i++) {
        const struct jdoc *line = node_told(n, i);

        if (strcmp(jdoc_text(line, "type"), "keying") != 0)
            continue;
        if (!jdoc_get(line, "first")) {
            open++;
            continue;
        }
        done++;
        assert_string_equal(jdoc_text(line, "field"), "so");
        assert_string_equal(jdoc_text(line, "approver"), "minh");
        assert_string_equal(jdoc_text(jdoc_get(line, "second"), "actor"), "hoa");
    }
    assert_int_equal(open, 10);
    assert_int_equal(done, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        node_case(test_flow_keying__a_draw_can_be_proven),
        node_case(test_flow_keying__dice_are_thrown_once),
        node_case(test_flow_keying__a_record_with_open_doubts_is_not_drawn),
        node_case(test_flow_keying__two_equal_answers_are_enough),
        node_case(test_flow_keying__who_wrote_or_verified_does_not_key_again),
        node_case(test_flow_keying__a_second_answer_is_given_once),
        node_case(test_flow_keying__a_third_decides_and_is_neither_of_the_two),
        node_case(test_flow_keying__who_verified_may_not_approve_his_own),
        node_case(test_flow_keying__marks_are_answers_too),
        node_case(test_flow_keying__a_field_changed_afterwards_is_keyed_anew),
        node_case(test_flow_keying__errors_that_are_left_have_bounds),
        node_case(test_flow_keying__a_replaced_page_is_read_first),
        node_case(test_flow_keying__the_list_is_blind),
        node_case(test_flow_keying__the_history_tells_it_afterwards),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
