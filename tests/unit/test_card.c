/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/deflate.h"
#include "node/record/card.h"

#define PAGE "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static const char item_text[] =
    "{\"created\":1732406660,\"dossier\":\"1f3c07aa-d3\",\"fields\":{"
    "\"nguoiKy\":[\"Trần B\",41,\"low\"],\"nksHoTen\":[\"Nguyễn Văn A\",87],"
    "\"so\":\"22bis/2003\"},\"item\":\"1f3c07aa-17\",\"kind\":\"birth\","
    "\"level\":\"verified\",\"pages\":[\"" PAGE "\"],\"rev\":1,"
    "\"unit\":\"24133/2025-07-01\"}";

static const char dossier_text[] =
    "{\"closed\":199,\"created\":1732406660,\"dossier\":\"1f3c07aa-d3\",\"from\":1,"
    "\"gaps\":[[14,15,\"torn\"]],\"kind\":\"register\",\"record\":\"birth\",\"rev\":2,"
    "\"series\":\"year\",\"title\":\"Sổ khai sinh\",\"to\":200,"
    "\"unit\":\"24133/2025-07-01\",\"volume\":1,\"year\":2003}";

static void test_card__is_read_and_printed_alike(void **state)
{
    static const char *const texts[] = {item_text, dossier_text};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        AUTO_CARD struct card c;
        AUTO_STR struct str again = STR_INIT(CARD_BYTES_MAX);
        struct err e = ERR_INIT;

        card_init(&c, CARD_ITEM);
        unit_ok(card_parse(texts[i], strlen(texts[i]), &c, &e), &e);
        card_print(&c, &again);
        assert_string_equal(str_text(&again), texts[i]);
        assert_string_equal(c.source, texts[i]);
    }
}

static void test_card__says_what_it_holds(void **state)
{
    AUTO_CARD struct card c;
    struct err e = ERR_INIT;
    const struct field_value *v = NULL;

    (void)state;
    card_init(&c, CARD_ITEM);
    unit_ok(card_parse(item_text, sizeof item_text - 1, &c, &e), &e);
    assert_int_equal(c.type, CARD_ITEM);
    assert_string_equal(c.item.name, "1f3c07aa-17");
    assert_string_equal(c.item.dossier, "1f3c07aa-d3");
    assert_int_equal(c.item.level, ITEM_LEVEL_VERIFIED);
    assert_string_equal(c.item.unit_from, "2025-07-01");
    assert_int_equal(c.page_count, 1);
    v = field_list_find(&c.fields, "nguoiKy");
    assert_true(v->doubtful);
    assert_int_equal(v->confidence, 41);
    assert_int_equal(v->source, FIELD_OCR);
    assert_int_equal(field_list_find(&c.fields, "so")->source, FIELD_CLERK);
}

/* Replace the first @what of @text by @with. */
static char *changed(const char *text, const char *what, const char *with)
{
    const char *at = strstr(text, what);

    assert_non_null(at);
    return mem_printf("%.*s%s%s", (int)(at - text), text, with, at + strlen(what));
}

static void test_card__refuses_what_is_not_right(void **state)
{
    static const struct {
        const char *what, *with;
    } item[] = {
        {"1f3c07aa-17", "1f3c07aa-0"},
        {"1f3c07aa-d3", "1f3c07aa-3"},
        {"\"birth\"", "\"berth\""},
        {"\"verified\"", "\"none\""},
        {"\"rev\":1", "\"rev\":0"},
        {"\"rev\":1", "\"rev\":2"},
        {"\"rev\":1", "\"rev\":1,\"supersedes\":1"},
        {"24133/2025-07-01", "24133"},
        {"24133/2025-07-01", "24133/2025-13-01"},
        {"1732406660", "-1"},
        {"\"" PAGE "\"", "\"abc\""},
        {"\"" PAGE "\"", "7"},
        {"22bis/2003", ""},
        {"22bis/2003", "22bis/2003 "},
        {"22bis/2003", "zweiundzwanzig"},
        {",87", ",187"},
        {",87", ""},
        {",41,\"low\"", ",41,\"\""},
        {"{\"created\"", "{ \"created\""},
        {"\"kind\":\"birth\",", ""},
        {"[\"Trần B\",41,\"low\"]", "7"},
    };
    static const struct {
        const char *what, *with;
    } dossier[] = {
        {"[14,15,\"torn\"]", ""},
        {"[14,15,\"torn\"]", "[15,14,\"torn\"]"},
        {"\"torn\"", "\"eaten\""},
        {"\"series\":\"year\"", "\"series\":\"day\""},
        {"\"register\"", "\"shelf\""},
        {"\"year\":2003", "\"year\":20030"},
        {"\"to\":200", "\"to\":\"200\""},
        {"Sổ khai sinh", ""},
        {"\"record\":\"birth\"", "\"record\":\"x\""},
        {"1f3c07aa-d3", "d3"},
    };
    struct err e = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(item); i++) {
        AUTO_MEM char *text = changed(item_text, item[i].what, item[i].with);
        AUTO_CARD struct card c;

        card_init(&c, CARD_ITEM);
        unit_fails(card_parse(text, strlen(text), &c, &e), ERR_CARD, &e);
    }
    for (size_t i = 0; i < ARRAY_LEN(dossier); i++) {
        AUTO_MEM char *text = changed(dossier_text, dossier[i].what, dossier[i].with);
        AUTO_CARD struct card c;

        card_init(&c, CARD_ITEM);
        unit_fails(card_parse(text, strlen(text), &c, &e), ERR_CARD, &e);
    }
}

static void test_card__what_a_newer_program_adds_stays_in_the_source(void **state)
{
    AUTO_MEM char *text = changed(item_text, "\"so\":\"22bis/2003\"",
                                  "\"so\":\"22bis/2003\",\"zzNew\":[1]");
    AUTO_MEM char *both = changed(text, "\"unit\":\"24133/2025-07-01\"",
                                  "\"unit\":\"24133/2025-07-01\",\"zz\":true");
    AUTO_CARD struct card c;
    struct err e = ERR_INIT;

    (void)state;
    card_init(&c, CARD_ITEM);
    unit_ok(card_parse(both, strlen(both), &c, &e), &e);
    assert_int_equal(c.fields.count, 3);
    assert_string_equal(c.source, both);
}

static void test_card__costs_few_bytes_in_a_bundle(void **state)
{
    AUTO_STR struct str lines = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str packed = STR_INIT(STR_FILE_MAX);
    unsigned seed = 12345;
    int count = 1000;

    (void)state;
    for (int i = 1; i <= count; i++) {
        AUTO_CARD struct card c;
        char hex[IDENT_PAGE_MAX];
        char text[64];

        card_init(&c, CARD_ITEM);
        for (int k = 0; k < 64; k++) {
            seed = seed * 1103515245u + 12345u;
            hex[k] = "0123456789abcdef"[seed >> 16 & 15];
        }
        hex[64] = '\0';
        ident_item("1f3c07aa445566778899aabbccddeeff", i, c.item.name);
        (void)snprintf(c.item.kind, sizeof c.item.kind, "outgoing");
        (void)snprintf(c.item.unit_code, sizeof c.item.unit_code, "24133");
        (void)snprintf(c.item.unit_from, sizeof c.item.unit_from, "2025-07-01");
        c.item.created = 1732406660 + i * 7;
        c.item.rev = 1;
        c.item.level = ITEM_LEVEL_VERIFIED;
        (void)snprintf(text, sizeof text, "%d", i);
        (void)field_list_add(&c.fields, "CodeNumber", text, FIELD_OCR, 93, false, NULL);
        (void)field_list_add(&c.fields, "CodeNotation", "UBND-VP", FIELD_OCR, 90, false,
                             NULL);
        (void)snprintf(text, sizeof text, "2003-%02d-%02d", 1 + i % 12, 1 + i % 28);
        (void)field_list_add(&c.fields, "IssuedDate", text, FIELD_CLERK, 100, false,
                             NULL);
        (void)field_list_add(&c.fields, "OrganName", "Ủy ban nhân dân xã Ea Kao",
                             FIELD_OCR, 88, false, NULL);
        (void)snprintf(text, sizeof text, "V/v báo cáo tình hình thôn %u buôn %u",
                       seed % 977, seed % 83);
        (void)field_list_add(&c.fields, "Subject", text, FIELD_OCR, 80, false, NULL);
        card_add_page(&c, hex);
        card_print(&c, &lines);
        str_add_char(&lines, '\n');
    }
    deflate_pack(lines.p, lines.len, &packed);
    print_message("# %zu bytes a card, %zu packed\n", lines.len / (size_t)count,
                  packed.len / (size_t)count);
    assert_true(packed.len / (size_t)count <= 190);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_card__is_read_and_printed_alike),
        cmocka_unit_test(test_card__says_what_it_holds),
        cmocka_unit_test(test_card__refuses_what_is_not_right),
        cmocka_unit_test(test_card__what_a_newer_program_adds_stays_in_the_source),
        cmocka_unit_test(test_card__costs_few_bytes_in_a_bundle),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
