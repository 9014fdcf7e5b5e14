/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a page as it travels: printed, read back, and refused when bent. */
#include "tests/unit/unit.h"

#include "node/base/hash.h"
#include "node/base/str.h"
#include "node/flow/flow_page.h"

#define HEX64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static struct page a_page(void)
{
    struct page p = {
        .name = HEX64,
        .master = HEX64,
        .item = "1f3c07aa-17",
        .media = "image/jpeg",
        .index = 2,
        .seq = 3,
        .width_px = 2480,
        .height_px = 3508,
        .dpi = 300,
        .state = PAGE_RECOGNIZED,
        .gate = PAGE_CLEAR,
        .confidence = 91,
    };

    return p;
}

static void print(const struct page *p, bool with_text, struct str *out)
{
    char text[] = "CỘNG HÒA\nXÃ HỘI \"chủ nghĩa\"\n";
    char pipeline[] = "sohoa 0.1.0";
    char model[] = HEX64;
    struct store_text t = {
        .text = text,
        .words = 4,
        .confidence = 91,
        .pipeline = pipeline,
        .model = model,
    };

    flow_page_print(p, with_text ? &t : NULL, out);
}

static void test_flow_page__comes_back_as_it_went(void **state)
{
    AUTO_STR struct str out = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_STR struct str again = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_FLOW_PAGE struct flow_page got = {0};
    struct page p = a_page();
    struct err e = ERR_INIT;

    (void)state;
    print(&p, true, &out);
    unit_ok(flow_page_parse(out.p, out.len, &got, &e), &e);
    assert_true(got.has_text);
    assert_string_equal(got.text.text, "CỘNG HÒA\nXÃ HỘI \"chủ nghĩa\"\n");
    assert_int_equal(got.text.words, 4);
    assert_int_equal(got.text.confidence, 91);
    assert_string_equal(got.page.item, p.item);
    assert_int_equal(got.page.seq, 3);
    assert_int_equal(got.page.gate, PAGE_CLEAR);
    flow_page_print(&got.page, &got.text, &again);
    assert_string_equal(str_text(&again), str_text(&out));
}

static void test_flow_page__a_blank_page_has_no_text(void **state)
{
    AUTO_STR struct str out = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_FLOW_PAGE struct flow_page got = {0};
    struct page p = a_page();
    struct err e = ERR_INIT;

    (void)state;
    p.state = PAGE_BLANK;
    print(&p, false, &out);
    unit_ok(flow_page_parse(out.p, out.len, &got, &e), &e);
    assert_false(got.has_text);
    assert_null(got.text.text);
    assert_int_equal(got.page.state, PAGE_BLANK);
}

/* The first @from in the printed page becomes @into; what comes of it is refused. */
static void refuse_bent(const char *from, const char *into)
{
    AUTO_STR struct str out = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_STR struct str bent = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_FLOW_PAGE struct flow_page got = {0};
    struct page p = a_page();
    struct err e = ERR_INIT;
    const char *at = NULL;

    print(&p, true, &out);
    at = strstr(str_text(&out), from);
    if (!at)
        fail_msg("no %s in %s", from, str_text(&out));
    str_addf(&bent, "%.*s%s%s", (int)(at - str_text(&out)), str_text(&out), into,
             at + strlen(from));
    if (flow_page_parse(bent.p, bent.len, &got, &e) == 0)
        fail_msg("taken: %s for %s", into, from);
    if (e.code != ERR_PAGE && e.code != ERR_JSON)
        fail_msg("%s for %s: %s", into, from, err_code_name(e.code));
    assert_null(got.text.text);
}

static void test_flow_page__refuses_values_out_of_range(void **state)
{
    static const char *const ROWS[][2] = {
        {"\"schema\":1", "\"schema\":2"},
        {"\"schema\":1", "\"schema\":\"1\""},
        {"\"confidence\":91", "\"confidence\":101"},
        {"\"confidence\":91", "\"confidence\":-1"},
        {"\"index\":2", "\"index\":-1"},
        {"\"index\":2", "\"index\":100001"},
        {"\"seq\":3", "\"seq\":0"},
        {"\"width\":2480", "\"width\":1000001"},
        {"\"height\":3508", "\"height\":-5"},
        {"\"dpi\":300", "\"dpi\":10001"},
        {"\"dpi\":300", "\"dpi\":null"},
        {"\"words\":4", "\"words\":-1"},
        {"\"words\":4", "\"words\":2147483648"},
        {"\"state\":\"recognized\"", "\"state\":\"secret\""},
        {"\"state\":\"recognized\"", "\"state\":7"},
        {"\"item\":\"1f3c07aa-17\"", "\"item\":\"../../etc/passwd\""},
        {"\"item\":\"1f3c07aa-17\"", "\"item\":\"1f3c07aa-0\""},
        {"\"page\":\"0123", "\"page\":\"012"},
        {"\"page\":\"0123", "\"page\":\"0123Z"},
        {"\"page\":\"0123", "\"page\":\"X123"},
        {"\"master\":\"0123", "\"master\":\"G123"},
        {"\"model\":\"0123", "\"model\":\"012"},
        {"\"model\":\"0123", "\"model\":\"X123"},
        {"\"media\":\"image/jpeg\"",
         "\"media\":\"image/jpegjpegjpegjpegjpegjpegjpegjpegjpeg\""},
        {"\"pipeline\":\"sohoa", "\"pipeline\":3,\"x\":\"sohoa"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        refuse_bent(ROWS[i][0], ROWS[i][1]);
}

static void test_flow_page__refuses_what_is_left_out(void **state)
{
    static const char *const KEYS[] = {
        "page", "master", "item",  "media", "index",  "seq",      "width",     "height",
        "dpi",  "state",  "words", "model", "schema", "pipeline", "confidence"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(KEYS); i++) {
        AUTO_MEM char *key = mem_printf("\"%s\":", KEYS[i]);
        AUTO_MEM char *other = mem_printf("\"%sx\":", KEYS[i]);

        refuse_bent(key, other);
    }
}

static void test_flow_page__refuses_another_spelling(void **state)
{
    AUTO_STR struct str out = STR_INIT(FLOW_PAGE_BYTES_MAX);
    AUTO_FLOW_PAGE struct flow_page got = {0};
    AUTO_MEM char *pipeline = mem_printf("\"pipeline\":\"%0200d", 1);
    struct page p = a_page();
    struct err e = ERR_INIT;

    (void)state;
    refuse_bent(",\"dpi\"", ", \"dpi\"");
    refuse_bent("\"dpi\":300", "\"dpi\":300,\"dpi\":300");
    refuse_bent("}\n", "}");
    refuse_bent("}\n", "}\n\n");
    refuse_bent("\"dpi\":300", "\"dpi\":3e2");
    refuse_bent("\"pipeline\":\"", pipeline);
    refuse_bent("CỘNG", "C\xff");
    unit_fails(flow_page_parse("", 0, &got, &e), ERR_JSON, &e);
    print(&p, true, &out);
    /* Cut at any byte it is refused, never half taken. */
    for (size_t n = 1; n < out.len; n += 7) {
        err_clear(&e);
        assert_int_equal(flow_page_parse(out.p, n, &got, &e), -1);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_page__comes_back_as_it_went),
        cmocka_unit_test(test_flow_page__a_blank_page_has_no_text),
        cmocka_unit_test(test_flow_page__refuses_values_out_of_range),
        cmocka_unit_test(test_flow_page__refuses_what_is_left_out),
        cmocka_unit_test(test_flow_page__refuses_another_spelling),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
