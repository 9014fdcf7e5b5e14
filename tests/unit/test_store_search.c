/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/store_help.h"

#include "node/store/sql.h"
#include "node/store/store_search.h"

static const char *const pages[] = {
    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nQuyết định số 12/QĐ-UBND\nvề việc cấp đất",
    "Tỉnh Đắk Lắk, huyện M'Drắk\nông Đặng Thế Ngữ",
    "quyet dinh so muoi hai, danh may khong dau",
    "Cộng hoà xã hội chủ nghĩa, thủy lợi Ea Kao\nbà H'Nhung Niê",
    "de\xcc\x82\xcc\x81 xu\xc3\xa2\xcc\x81t NFD", /* "dế xuất", decomposed */
};

/* One item per page of @texts, and fields on the last. */
static struct store *filled(void **state)
{
    struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(pages); i++) {
        struct item it = help_item(s, "document", "");
        struct page p = help_page(s, it.name, pages[i]);

        help_read(s, p.id, pages[i]);
    }
    help_field(s, "00112233-1", "Subject", "Giao rừng cho hộ gia đình");
    unit_ok(store_commit(&t, &e), &e);
    return s;
}

struct hits {
    char text[4000]; /* "<item counter>[!]": ! for exact */
    char snippet[4000];
    int stop_after;
    int n;
};

static int hear(void *ctx, const struct store_hit *h, struct err *e)
{
    struct hits *x = ctx;
    size_t len = strlen(x->text);
    AUTO_STR struct str snippet = STR_INIT(STORE_SEARCH_SNIPPET);

    assert_true(h->score >= 0);
    (void)snprintf(x->text + len, sizeof x->text - len, "%s%s%s%s", len ? " " : "",
                   strchr(h->item, '-') + 1, h->field ? "f" : "", h->exact ? "!" : "");
    if (!x->snippet[0]) {
        unit_ok(store_search_snippet(h, &snippet, e), e);
        (void)snprintf(x->snippet, sizeof x->snippet, "%s", str_text(&snippet));
    }
    return ++x->n == x->stop_after;
}

static struct hits find(struct store *s, const char *query, int64_t limit)
{
    struct store_search_opts o = {.limit = limit, .mark_begin = "[", .mark_end = "]"};
    struct hits x = {.n = 0};
    struct err e = ERR_INIT;
    int64_t n = store_search(s, query, &o, hear, &x, &e);

    if (n < 0)
        fail_msg("%s: %s %s", query, err_code_name(e.code), e.detail);
    assert_int_equal(n, x.n);
    return x;
}

static void test_store_search__finds_without_marks_exact_first(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    static const struct {
        const char *query, *hits;
    } table[] = {
        {"quyet dinh", "3! 1"}, {"quyết định", "1! 3"},
        {"QUYẾT ĐỊNH", "1! 3"}, {"Quye\xcc\x82\xcc\x81t", "1! 3"},
        {"dak lak", "2"},       {"đắk lắk", "2!"},
        {"dang", "2"},          {"Đặng", "2!"},
        {"cộng hòa", "1! 4!"},  {"cộng hoà", "1! 4!"},
        {"thuỷ lợi", "4!"},     {"drak", "2"},
        {"m'drak", "2"},        {"mdrak", "2"},
        {"M’Drắk", "2!"},       {"Drắk", "2!"},
        {"h'nhung", "4!"},      {"12/qd-ubnd", "1"},
        {"12/QĐ-UBND", "1!"},   {"\"dinh quyet\"", ""},
        {"dinh quyet", "3! 1"}, {"\"thế ngữ\"", "2!"},
        {"ngu*", "2"},          {"ngữ*", "2!"},
        {"ngh*", "1! 4!"},      {"rung ho", "1f"},
        {"giao rừng", "1f!"},   {"đế xuất", "5"},
        {"dế xuất", "5!"},      {"khongcogi", ""},
    };

    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct hits x = find(s, table[i].query, 20);
        char sorted[40] = "";

        /* pages of like rank may come in any order */
        if (strcmp(x.text, "4! 1!") == 0)
            (void)snprintf(sorted, sizeof sorted, "1! 4!");
        else if (strcmp(x.text, "4 1") == 0)
            (void)snprintf(sorted, sizeof sorted, "1 4");
        else
            (void)snprintf(sorted, sizeof sorted, "%.39s", x.text);
        if (strcmp(sorted, table[i].hits) != 0)
            fail_msg("%s: %s, not %s", table[i].query, sorted, table[i].hits);
    }
}

/* However a text spells a word, it is told exact when it is what was typed. */
static void test_store_search__exact_in_any_writing(void **state)
{
    static const struct {
        const char *text, *query;
        bool exact, found;
    } table[] = {
        {"Ng'uyen van An", "nguyen", true, true},
        {"NGUYEN", "nguyen", true, true},
        {"NGUYỄN", "nguyen", false, true},
        {"NGUYỄN", "nguyễn", true, true},
        {"\xe2\x84\xaaim", "kim", true, true}, /* the sign of kelvin is a K */
        {"\xe2\x84\xabn", "ån", true, true},   /* that of ångström an Å */
        {"A\xcc\x81n", "án", true, true},
        {"A\xcc\x81n", "an", false, true},
        {"Δελτα", "δελτα", true, true},
        {"ΔΕΛΤΑ", "δελτα", true, true},
        {"hoà", "hò*", true, true},
        {"hoà", "hòa", true, true},
        {"thuỷ", "thủy", true, true},
        {"THUỶ", "thủy", true, true},
        {"quý", "qúy", false, true},
        {"xuyên", "xuyến", false, true},
        {"XUYẾN", "xuyến", true, true},
        {"M’Drắk", "drắk", true, true},
        {"M’Drak", "drắk", false, true},
        {"17/1987", "17/1987", true, true},
        {"17 / 1987", "1987 17", true, true},
        {"văn Ăn", "van an", false, true},
        {"văn an", "văn \"an\"", true, true},
        {"đất", "\"cấp đất\"", false, false},
        {"cấp đất", "\"cấp đất\"", true, true},
        {"CẤP  ĐẤT", "\"cấp đất\"", true, true},
        {"câp đất", "\"cấp đất\"", false, true},
        {"straße", "STRAẞE", true, true},
    };
    AUTO_STORE struct store *s = help_store(state);
    AUTO_TXN struct store_txn t = STORE_TXN_INIT;
    struct err e = ERR_INIT;

    unit_ok(store_begin(s, &t, &e), &e);
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        struct item it = help_item(s, "document", "");
        AUTO_MEM char *bytes = mem_printf("%zu", i); /* a picture of its own */
        struct page p = help_page(s, it.name, bytes);
        struct hits x;
        char want[16];

        help_read(s, p.id, table[i].text);
        x = find(s, table[i].query, 1000);
        (void)snprintf(want, sizeof want, "%zu%s", i + 1, table[i].exact ? "!" : "");
        if (table[i].found && strcmp(x.text, want) != 0)
            fail_msg("%s in %s: %s", table[i].query, table[i].text, x.text);
        if (!table[i].found)
            assert_string_equal(x.text, "");
        unit_ok(store_page_gate(s, p.id, PAGE_HELD, &e), &e);
    }
    unit_ok(store_commit(&t, &e), &e);
}

static void test_store_search__takes_any_query(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    static const char *const odd[] = {"",
                                      " ",
                                      "\"",
                                      "\"\"",
                                      "*",
                                      "**",
                                      "a OR b",
                                      "NEAR(a b)",
                                      "body:x",
                                      "-a",
                                      "a AND",
                                      "NOT quyet",
                                      "^quyet",
                                      "\"quyet",
                                      "quyet\"",
                                      "(quyet",
                                      "{body}:a",
                                      "a+b",
                                      "'",
                                      "%",
                                      "\\",
                                      "quyet \"dinh\" so*",
                                      "\xff",
                                      "search MATCH",
                                      "a:*",
                                      "\"*\"",
                                      "quyet\"dinh\"so",
                                      "[x]",
                                      ";DROP TABLE doc",
                                      "rowid:1",
                                      "--",
                                      "/* */",
                                      "\t\n"};
    char longest[STORE_SEARCH_QUERY_MAX + 2];
    struct store_search_opts o = {.limit = 5};
    struct hits x = {.n = 0};
    struct err e = ERR_INIT;

    for (size_t i = 0; i < ARRAY_LEN(odd); i++)
        (void)find(s, odd[i], 5);
    assert_string_equal(find(s, "quyet\"dinh\"so", 5).text, "3! 1");
    memset(longest, 'a', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    unit_fails((int)store_search(s, longest, &o, hear, &x, &e), ERR_SEARCH, &e);
    for (size_t i = 0; i + 1 < sizeof longest - 1; i += 2)
        memcpy(longest + i, "a ", 2);
    longest[STORE_SEARCH_QUERY_MAX] = '\0';
    unit_fails((int)store_search(s, longest, &o, hear, &x, &e), ERR_SEARCH, &e);
}

static void test_store_search__snippets_show_what_was_found(void **state)
{
    AUTO_STORE struct store *s = filled(state);

    assert_string_equal(find(s, "Đặng", 5).snippet,
                        "Tỉnh Đắk Lắk, huyện M'Drắk ông [Đặng] Thế Ngữ");
    assert_string_equal(find(s, "drak", 5).snippet,
                        "Tỉnh Đắk Lắk, huyện [M'Drắk] ông Đặng Thế Ngữ");
    assert_string_equal(
        find(s, "\"quyết định\"", 5).snippet,
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM [Quyết] [định] số 12/QĐ-UBND về việc cấp "
        "đất");
}

static void test_store_search__snippets_of_long_texts_are_cut_at_words(void **state)
{
    AUTO_STORE struct store *s = help_store(state);
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    struct err e = ERR_INIT;
    struct hits x;

    for (int i = 0; i < 300; i++)
        str_addf(&text, "từ%d ", i);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;
        struct item it;
        struct page p;

        unit_ok(store_begin(s, &t, &e), &e);
        it = help_item(s, "document", "");
        p = help_page(s, it.name, "p");
        help_read(s, p.id, str_text(&text));
        unit_ok(store_commit(&t, &e), &e);
    }
    x = find(s, "từ150", 5);
    assert_non_null(strstr(x.snippet, "[từ150]"));
    assert_true(str_starts(x.snippet, "… từ"));
    assert_true(str_ends(x.snippet, " …"));
    assert_true(strlen(x.snippet) < 260);
}

static void test_store_search__limits_and_stops(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct store_search_opts o = {.limit = 20};
    struct hits x = {.stop_after = 1};
    struct err e = ERR_INIT;

    assert_int_equal(find(s, "quyet dinh", 1).n, 1);
    assert_int_equal(store_search(s, "quyet dinh", &o, hear, &x, &e), 1);
}

static void test_store_search__follows_what_changes(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct err e = ERR_INIT;
    struct page p;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        assert_int_equal(store_page_by_id(s, 1, &p, &e), 1);
        help_read(s, 1, "công văn hỏa tốc");
        help_field(s, "00112233-1", "Subject", "Thu hồi đất");
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_string_equal(find(s, "quyết định", 5).text, "3");
    assert_string_equal(find(s, "hoả tốc", 5).text, "1!");
    assert_string_equal(find(s, "giao rung", 5).text, "");
    assert_string_equal(find(s, "thu hồi", 5).text, "1f!");
    unit_ok(store_search_check(s, &e), &e);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_page_gate(s, 1, PAGE_HELD, &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    assert_string_equal(find(s, "hoả tốc", 5).text, "");
    unit_ok(store_search_check(s, &e), &e);
}

static void test_store_search__a_rotten_index_is_found_and_rebuilt(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct err e = ERR_INIT;

    assert_int_equal(sqlite3_exec(s->db,
                                  "UPDATE doc SET body = 'khác hẳn' WHERE id = 1", NULL,
                                  NULL, NULL),
                     SQLITE_OK);
    unit_fails(store_search_check(s, &e), ERR_INDEX, &e);
    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        unit_ok(store_search_rebuild(s, &e), &e);
        unit_ok(store_commit(&t, &e), &e);
    }
    unit_ok(store_search_check(s, &e), &e);
    assert_string_equal(find(s, "khac han", 5).text, "1");
    assert_string_equal(find(s, "giao rừng", 5).text, "1f!");
}

static void test_store_search__an_item_is_shown_by_its_page_first(void **state)
{
    AUTO_STORE struct store *s = filled(state);
    struct err e = ERR_INIT;

    {
        AUTO_TXN struct store_txn t = STORE_TXN_INIT;

        unit_ok(store_begin(s, &t, &e), &e);
        help_field(s, "00112233-1", "Keyword", "cấp đất");
        unit_ok(store_commit(&t, &e), &e);
    }
    /* once by the page, or by the field when that ranks higher, then by both */
    assert_true(find(s, "cấp đất", 5).n <= 2);
    assert_true(find(s, "cấp đất", 5).n >= 1);
    assert_string_equal(find(s, "rừng", 5).text, "1f!");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        unit_case(test_store_search__finds_without_marks_exact_first),
        unit_case(test_store_search__exact_in_any_writing),
        unit_case(test_store_search__takes_any_query),
        unit_case(test_store_search__snippets_show_what_was_found),
        unit_case(test_store_search__snippets_of_long_texts_are_cut_at_words),
        unit_case(test_store_search__limits_and_stops),
        unit_case(test_store_search__follows_what_changes),
        unit_case(test_store_search__a_rotten_index_is_found_and_rebuilt),
        unit_case(test_store_search__an_item_is_shown_by_its_page_first),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
