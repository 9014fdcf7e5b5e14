/* SPDX-License-Identifier: Apache-2.0 */
/* Checking one record: doubts, choices, changes against what was seen, taking back. */
#include "tests/unit/flow_help.h"

#include "node/base/i18n.h"
#include "node/flow/flow_verify.h"
#include "ocr/result.h"

#define BIRTH                                                                          \
    "so=22/2003", "ngayDangKy=2003-09-20", "nksHoTen=NGUYÊN VĂN AN",                   \
        "nksGioiTinh=Nam", "nksNgaySinh=?2003-09-14"

static const struct jdoc *show(struct node *n, const char *item)
{
    struct err e = ERR_INIT;

    unit_ok(flow_verify_tell(&n->f, item, node_listen(n), &e), &e);
    return node_told(n, 0);
}

/* "field:code,code field:code" of the doubts. */
static char *doubts(const struct jdoc *line)
{
    const struct jdoc *list = jdoc_get(line, "doubts");
    AUTO_STR struct str s = STR_INIT(4096);

    for (size_t i = 0; i < jdoc_count(list); i++) {
        const struct jdoc *why = jdoc_get(jdoc_at(list, i), "why");

        str_addf(&s, "%s%s:", i ? " " : "", jdoc_text(jdoc_at(list, i), "field"));
        for (size_t k = 0; k < jdoc_count(why); k++) {
            assert_true(jdoc_text(jdoc_at(why, k), "en")[0]);
            str_addf(&s, "%s%s", k ? "," : "", jdoc_text(jdoc_at(why, k), "code"));
        }
    }
    return mem_dup(str_text(&s));
}

static void expect_doubts(struct node *n, const char *item, const char *want)
{
    AUTO_MEM char *got = doubts(show(n, item));
    struct err e = ERR_INIT;
    int64_t count = 0;
    int64_t words = want[0] != '\0';

    assert_string_equal(got, want);
    for (const char *p = want; *p; p++)
        words += *p == ' ';
    unit_ok(flow_verify_doubtful(&n->f, item, &count, &e), &e);
    assert_int_equal(count, words);
}

static int change(struct node *n, const char *item, const char *field,
                  const char *value, const char *seen, const char *user, struct err *e)
{
    struct flow_verify_change c = {
        .item = item, .field = field, .user = user, .value = value, .seen = seen};

    return flow_verify_change(&n->f, &c, node_listen(n), e);
}

static int mark(struct node *n, const char *item, const char *field, enum field_mark as,
                const char *why, struct err *e)
{
    struct flow_verify_change c = {
        .item = item, .field = field, .user = "lan", .mark = as, .why = why};

    return flow_verify_change(&n->f, &c, node_listen(n), e);
}

static const char *value_of(struct node *n, const char *item, const char *field)
{
    return jdoc_text(jdoc_get(jdoc_get(show(n, item), "fields"), field), "value");
}

static void test_flow_verify__doubts_come_from_reading_and_from_rules(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    expect_doubts(n, item, "nksHoTen:surname-marks nksNgaySinh:low-confidence");
    {
        const struct jdoc *fields = jdoc_get(node_told(n, 0), "fields");

        assert_true(jdoc_bool(jdoc_get(fields, "nksHoTen"), "doubtful", false));
        assert_false(jdoc_bool(jdoc_get(fields, "so"), "doubtful", true));
    }
    /* looked at: the reading's doubt goes, a rule's stays until it fits */
    unit_ok(change(n, item, "nksNgaySinh", "2003-09-21", "2003-09-14", "lan", &e), &e);
    assert_string_equal(
        jdoc_text(jdoc_at(jdoc_get(node_told(n, 0), "warnings"), 0), "code"),
        "date-after-registration");
    expect_doubts(n, item,
                  "nksHoTen:surname-marks nksNgaySinh:date-after-registration");
    unit_ok(change(n, item, "nksNgaySinh", "2003-09-14", "2003-09-21", "lan", &e), &e);
    assert_int_equal(jdoc_count(jdoc_get(node_told(n, 0), "warnings")), 0);
    expect_doubts(n, item, "nksHoTen:surname-marks");
    assert_string_equal(jdoc_text_at(jdoc_get(show(n, item), "locked"), 0),
                        "nksNgaySinh");
}

static void
test_flow_verify__what_the_clerk_has_not_seen_is_not_overwritten(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    unit_ok(change(n, item, "so", "23/2003", "22/2003", "lan", &e), &e);
    unit_fails(change(n, item, "so", "24/2003", "22/2003", "minh", &e), ERR_FIELD_SEEN,
               &e);
    assert_string_equal(value_of(n, item, "so"), "23/2003");
    /* a field that was empty */
    unit_fails(change(n, item, "meHoTen", "Trần Thị B", "Trần", "minh", &e),
               ERR_FIELD_SEEN, &e);
    unit_ok(change(n, item, "meHoTen", "Trần Thị B", "", "minh", &e), &e);
    unit_fails(change(n, item, "meHoTen", "Trần Thị C", "", "lan", &e), ERR_FIELD_SEEN,
               &e);
    unit_fails(change(n, item, "noSuch", "x", "", "lan", &e), ERR_FIELD_NAME, &e);
    unit_fails(change(n, item, "ngayDangKy", "20/9/2003", NULL, "lan", &e),
               ERR_FIELD_VALUE, &e);
    unit_fails(change(n, item, "so", "25", NULL, "nobody", &e), ERR_USER_ABSENT, &e);
    unit_fails(change(n, "00000000-9", "so", "25", NULL, "lan", &e), ERR_ITEM_ABSENT,
               &e);
    assert_string_equal(value_of(n, item, "ngayDangKy"), "2003-09-20");
}

static void test_flow_verify__fields_can_be_illegible_or_blank(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;
    const struct jdoc *marks = NULL;

    node_item(
        n, "birth", "",
        (const char *[]){"so=22/2003", "ngayDangKy=2003-09-20", "nksHoTen=?Trân", NULL},
        item, NULL);
    expect_doubts(n, item,
                  "nksHoTen:low-confidence,surname-marks nksGioiTinh:missing"
                  " nksNgaySinh:missing");
    unit_fails(mark(n, item, "nksHoTen", FIELD_ILLEGIBLE, NULL, &e), ERR_WHY, &e);
    unit_ok(mark(n, item, "nksHoTen", FIELD_ILLEGIBLE, "ink faded", &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "mark"), "illegible");
    assert_string_equal(jdoc_text(node_told(n, 0), "value"), "");
    unit_ok(mark(n, item, "nksGioiTinh", FIELD_BLANK, NULL, &e), &e);
    unit_ok(mark(n, item, "nksGioiTinh", FIELD_BLANK, NULL, &e), &e); /* again: fine */
    expect_doubts(n, item, "nksNgaySinh:missing");
    marks = jdoc_get(node_told(n, 0), "marks");
    assert_string_equal(jdoc_text(jdoc_get(marks, "nksHoTen"), "why"), "ink faded");
    assert_string_equal(jdoc_text(jdoc_get(marks, "nksGioiTinh"), "mark"), "blank");
    /* what was read before is offered again */
    assert_string_equal(
        jdoc_text_at(jdoc_get(jdoc_get(node_told(n, 0), "choices"), "nksHoTen"), 0),
        "Trân");
    /* a value takes the place of a mark */
    unit_ok(change(n, item, "nksHoTen", "Trần", "", "lan", &e), &e);
    expect_doubts(n, item, "nksNgaySinh:missing");
    assert_null(jdoc_get(jdoc_get(node_told(n, 0), "marks"), "nksHoTen"));
}

static int undo(struct node *n, const char *item, const char *user, struct err *e)
{
    return flow_verify_undo(&n->f, item, user, node_listen(n), e);
}

static void test_flow_verify__undo_goes_back_step_by_step(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    unit_fails(undo(n, item, "lan", &e), ERR_UNDO, &e);
    unit_ok(change(n, item, "so", "23/2003", NULL, "lan", &e), &e);
    unit_ok(change(n, item, "so", "24/2003", NULL, "lan", &e), &e);
    unit_ok(change(n, item, "nksGioiTinh", "Nữ", NULL, "minh", &e), &e);
    unit_ok(undo(n, item, "lan", &e), &e);
    assert_string_equal(jdoc_text(node_told(n, 0), "field"), "so");
    assert_string_equal(jdoc_text(node_told(n, 0), "value"), "23/2003");
    /* after a new value, what was taken back does not come again */
    unit_ok(change(n, item, "so", "25/2003", "23/2003", "lan", &e), &e);
    unit_ok(undo(n, item, "lan", &e), &e);
    assert_string_equal(value_of(n, item, "so"), "23/2003");
    unit_ok(undo(n, item, "lan", &e), &e);
    assert_string_equal(value_of(n, item, "so"), "22/2003");
    assert_string_equal(
        jdoc_text(jdoc_get(jdoc_get(show(n, item), "fields"), "so"), "source"), "ocr");
    unit_fails(undo(n, item, "lan", &e), ERR_UNDO, &e); /* the other one is minh's */
    assert_string_equal(value_of(n, item, "nksGioiTinh"), "Nữ");
}

static void test_flow_verify__undo_takes_back_ones_own_verification(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    unit_ok(change(n, item, "so", "23/2003", NULL, "lan", &e), &e);
    unit_ok(flow_item_verify(&n->f, item, "minh", node_listen(n), &e), &e);
    unit_fails(undo(n, item, "lan", &e), ERR_UNDO, &e);
    unit_ok(undo(n, item, "minh", &e), &e);
    assert_true(jdoc_is_null(jdoc_get(node_told(n, 0), "field")));
    assert_string_equal(jdoc_text(node_told(n, 0), "state"), "described");
    unit_ok(undo(n, item, "lan", &e), &e);
    assert_string_equal(value_of(n, item, "so"), "22/2003");
}

static void test_flow_verify__records_follow_one_another(void **state)
{
    struct node *n = *state;
    char book[IDENT_NAME_MAX];
    char items[3][IDENT_NAME_MAX];
    char loose[IDENT_NAME_MAX];
    struct err e = ERR_INIT;
    const struct jdoc *line = NULL;

    node_register(n, "birth", 2003, 1, 120, book);
    node_item(n, "birth", book, (const char *[]){NULL}, items[0], NULL);
    node_item(n, "birth", "", (const char *[]){NULL}, loose, NULL);
    node_item(n, "birth", book, (const char *[]){NULL}, items[1], NULL);
    node_item(n, "birth", book, (const char *[]){NULL}, items[2], NULL);
    line = show(n, items[1]);
    assert_string_equal(jdoc_text(line, "prev"), items[0]);
    assert_string_equal(jdoc_text(line, "next"), items[2]);
    unit_ok(flow_item_verify(&n->f, items[2], "minh", node_listen(n), &e), &e);
    assert_true(jdoc_is_null(jdoc_get(show(n, items[1]), "next")));
    assert_true(jdoc_is_null(jdoc_get(show(n, loose), "prev")));
    assert_true(jdoc_is_null(jdoc_get(show(n, items[0]), "prev")));
    /* the volume bounds the numbers */
    unit_ok(change(n, items[0], "so", "121/2003", "", "lan", &e), &e);
    assert_string_equal(
        jdoc_text(jdoc_at(jdoc_get(node_told(n, 0), "warnings"), 0), "code"),
        "number-range");
}

/* A page of two words, the second of which has another reading. */
static void test_flow_verify__choices_come_from_the_readings_in_the_box(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct page p = {0};
    char other[] = "quyên";
    char none[] = "";
    char text[] = "Thẩm quyền";
    struct result_word words[] = {
        {.start = 0, .len = 5, .x = 10, .y = 10, .w = 50, .h = 20, .confidence = 90},
        {.start = 6, .len = 7, .x = 70, .y = 10, .w = 60, .h = 20, .confidence = 90}};
    struct result_choice choice = {
        .word = 1, .other = other, .score = 10, .score_other = 20};
    struct result r = {.width_px = 2480,
                       .height_px = 3508,
                       .text = text,
                       .skew_reason = none,
                       .words = words,
                       .word_count = 2,
                       .choices = &choice,
                       .choice_count = 1};
    AUTO_STR struct str blob = STR_INIT(4096);
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct store_box box = {.x = 0, .y = 0, .w = 200, .h = 40};
    struct err e = ERR_INIT;
    const struct jdoc *line = NULL;

    words[0].len = strlen("Thẩm");
    words[1].start = words[0].len + 1;
    words[1].len = strlen("quyền");
    node_item(n, "document", "", (const char *[]){"Subject=Thẩm quyền", NULL}, item,
              &p);
    result_pack(&r, &blob);
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    {
        struct store_reading reading = {.state = PAGE_RECOGNIZED,
                                        .gate = PAGE_CLEAR,
                                        .confidence = 90,
                                        .text = r.text,
                                        .boxes = str_text(&blob),
                                        .boxes_len = blob.len,
                                        .words = 2,
                                        .pipeline = "1",
                                        .model = "m",
                                        .code = "",
                                        .now = HELP_NOW};

        unit_ok(store_page_reading(n->f.store, p.id, &reading, &e), &e);
    }
    (void)snprintf(box.name, sizeof box.name, "Subject");
    box.page = p.id;
    unit_ok(store_box_add(n->f.store, item, &box, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    line = show(n, item);
    assert_string_equal(jdoc_text(jdoc_get(jdoc_get(line, "boxes"), "Subject"), "page"),
                        p.name);
    assert_string_equal(jdoc_text_at(jdoc_get(jdoc_get(line, "choices"), "Subject"), 0),
                        "Thẩm quyên");
    /* elsewhere on the page it is no choice of that field */
    box.y = 1000;
    unit_ok(store_begin(n->f.store, &txn, &e), &e);
    unit_ok(store_box_add(n->f.store, item, &box, &e), &e);
    unit_ok(store_commit(&txn, &e), &e);
    assert_null(jdoc_get(jdoc_get(show(n, item), "choices"), "Subject"));
}

static void test_flow_verify__the_log_of_acts_says_who_and_which_field(void **state)
{
    struct node *n = *state;
    char item[IDENT_NAME_MAX];
    struct err e = ERR_INIT;
    const struct jdoc *line = NULL;
    bool found = false;

    node_item(n, "birth", "", (const char *[]){BIRTH, NULL}, item, NULL);
    n->f.via = "web";
    unit_ok(change(n, item, "so", "23/2003", NULL, "lan", &e), &e);
    unit_ok(undo(n, item, "lan", &e), &e);
    unit_ok(flow_item_history(&n->f, item, node_listen(n), &e), &e);
    for (size_t i = 0; (line = node_told(n, i)) != NULL; i++) {
        if (jdoc_text(line, "act") &&
            strcmp(jdoc_text(line, "act"), "item.undo") == 0) {
            assert_string_equal(jdoc_text(line, "via"), "web");
            assert_string_equal(jdoc_text(line, "actor"), "lan");
            assert_string_equal(jdoc_text_at(jdoc_get(line, "detail"), 0), "so");
            found = true;
        }
        if (jdoc_text(line, "value") &&
            strcmp(jdoc_text(line, "value"), "23/2003") == 0)
            assert_true(jdoc_bool(line, "undone", false));
    }
    assert_true(found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        node_case(test_flow_verify__doubts_come_from_reading_and_from_rules),
        node_case(test_flow_verify__what_the_clerk_has_not_seen_is_not_overwritten),
        node_case(test_flow_verify__fields_can_be_illegible_or_blank),
        node_case(test_flow_verify__undo_goes_back_step_by_step),
        node_case(test_flow_verify__undo_takes_back_ones_own_verification),
        node_case(test_flow_verify__records_follow_one_another),
        node_case(test_flow_verify__choices_come_from_the_readings_in_the_box),
        node_case(test_flow_verify__the_log_of_acts_says_who_and_which_field),
    };

    i18n_init(LANG_EN, NULL);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
