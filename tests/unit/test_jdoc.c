/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/jdoc.h"

static struct jdoc *parse(const char *text)
{
    struct jdoc *j = NULL;
    struct err e = ERR_INIT;

    unit_ok(jdoc_parse(text, strlen(text), &j, &e), &e);
    return j;
}

static void assert_prints(const struct jdoc *j, const char *wanted)
{
    AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);

    jdoc_print(j, &s);
    assert_string_equal(str_text(&s), wanted);
}

static void test_jdoc__builds_and_prints_canonically(void **state)
{
    AUTO_JDOC struct jdoc *o = jdoc_object();
    struct jdoc *a = jdoc_array();
    AUTO_JDOC struct jdoc *copy = NULL;

    (void)state;
    jdoc_add_int(a, -3);
    jdoc_add_text(a, "\"x\"");
    jdoc_add_text(a, NULL);
    jdoc_add(a, jdoc_object());
    jdoc_set(o, "list", a);
    jdoc_set_text(o, "b", "Đắk Lắk");
    jdoc_set_text(o, "a", "hoa\xCC\x80"); /* NFC from here on */
    jdoc_set_int(o, "Z", INT64_MIN);
    jdoc_set_bool(o, "yes", true);
    jdoc_set_bool(o, "no", false);
    jdoc_set_null(o, "nothing");
    jdoc_set_text(o, "none", NULL);
    copy = jdoc_copy(o);
    jdoc_set_int(o, "Z", 5); /* replaces */
    assert_prints(o, "{\"Z\":5,\"a\":\"hoà\",\"b\":\"Đắk Lắk\","
                     "\"list\":[-3,\"\\\"x\\\"\",null,{}],\"no\":false,"
                     "\"none\":null,\"nothing\":null,\"yes\":true}");
    assert_prints(jdoc_get(copy, "Z"), "-9223372036854775808");
    assert_prints(jdoc_get(copy, "list"), "[-3,\"\\\"x\\\"\",null,{}]");
}

static void test_jdoc__getters_answer_absent(void **state)
{
    AUTO_JDOC struct jdoc *o =
        parse("{\"t\":\"x\",\"n\":7,\"b\":true,\"l\":[1,\"y\",null],\"z\":null}");
    const struct jdoc *l = jdoc_get(o, "l");
    int64_t v = 99;

    (void)state;
    assert_string_equal(jdoc_text(o, "t"), "x");
    assert_null(jdoc_text(o, "n"));
    assert_null(jdoc_text(o, "absent"));
    assert_null(jdoc_text(NULL, "t"));
    assert_null(jdoc_text(l, "t"));
    assert_true(jdoc_int(o, "n", 0, 7, &v));
    assert_int_equal(v, 7);
    v = 99;
    assert_false(jdoc_int(o, "n", 0, 6, &v));
    assert_false(jdoc_int(o, "n", 8, 10, &v));
    assert_false(jdoc_int(o, "t", 0, 10, &v));
    assert_false(jdoc_int(NULL, "n", 0, 10, &v));
    assert_int_equal(v, 99);
    assert_true(jdoc_bool(o, "b", false));
    assert_false(jdoc_bool(o, "n", false));
    assert_true(jdoc_bool(o, "absent", true));
    assert_int_equal(jdoc_count(l), 3);
    assert_int_equal(jdoc_count(o), 5);
    assert_int_equal(jdoc_count(NULL), 0);
    assert_true(jdoc_int_at(l, 0, 0, 1, &v));
    assert_false(jdoc_int_at(l, 1, 0, 1, &v));
    assert_false(jdoc_int_at(l, 3, 0, 1, &v));
    assert_string_equal(jdoc_text_at(l, 1), "y");
    assert_null(jdoc_text_at(l, 3));
    assert_true(jdoc_is_null(jdoc_at(l, 2)));
    assert_null(jdoc_at(l, 3));
    assert_null(jdoc_at(NULL, 0));
    assert_true(jdoc_is_object(o) && jdoc_is_array(l));
    assert_false(jdoc_is_object(l) || jdoc_is_array(o) || jdoc_is_null(o));
    assert_false(jdoc_is_object(NULL) || jdoc_is_array(NULL) || jdoc_is_null(NULL));
    assert_true(jdoc_is_null(jdoc_get(o, "z")));
    assert_string_equal(jdoc_key(o, 0), "b");
    assert_string_equal(jdoc_key(o, 4), "z");
    assert_null(jdoc_key(o, 5));
    jdoc_free(NULL);
}

static void test_jdoc__texts_of_any_length(void **state)
{
    AUTO_MEM char *text = mem_new(3000001, 1);
    AUTO_JDOC struct jdoc *o = jdoc_object();

    (void)state;
    memset(text, 0xFF, 3000000); /* each becomes three bytes */
    jdoc_set_text(o, "t", text);
    assert_int_equal(strlen(jdoc_text(o, "t")), 9000000);
    jdoc_set_text(o, "t", "");
    assert_string_equal(jdoc_text(o, "t"), "");
}

static void test_jdoc__escapes_as_rfc_8785(void **state)
{
    AUTO_JDOC struct jdoc *o = parse(
        "[\"\\u0001\\b\\t\\n\\f\\r\\\"\\\\\\/\\u001F\\u007f\\u00e9\\ud834\\udd1e\"]");

    (void)state;
    assert_prints(o, "[\"\\u0001\\b\\t\\n\\f\\r\\\"\\\\/\\u001f\x7F"
                     "é"
                     "\xF0\x9D\x84\x9E\"]");
}

static void test_jdoc__refuses(void **state)
{
    static const char *const BAD[] = {
        "",
        " ",
        "{",
        "{}x",
        "{} {}",
        "[1,]",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "[1.0]",
        "[1e3]",
        "[0.5]",
        "{\"a\":{\"b\":[1.5]}}",
        "[NaN]",
        "[01]",
        "[+1]",
        "[9223372036854775808]",
        "[-9223372036854775809]",
        "{\"a\":1,\"a\":2}",
        "{\"a\":{\"b\":1,\"b\":1}}",
        "[\"\\u0000\"]",
        "{\"a\\u0000b\":1}",
        "[\"\xFF\"]",
        "[\"\xC0\xAF\"]",
        "[\"\\ud834\"]",
        "[\"a\nb\"]",
        "// x\n{}",
        "\xEF\xBB\xBF{}",
        "tru",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++) {
        struct jdoc *j = NULL;
        struct err e = ERR_INIT;

        if (jdoc_parse(BAD[i], strlen(BAD[i]), &j, &e) != -1 || e.code != ERR_JSON)
            fail_msg("%s", BAD[i]);
        assert_null(j);
    }
    {
        struct jdoc *j = NULL;
        struct err e = ERR_INIT;

        unit_fails(jdoc_parse("[\"a\0\"]", 6, &j, &e), ERR_JSON, &e);
    }
}

static void test_jdoc__takes(void **state)
{
    static const struct {
        const char *in;
        const char *out;
    } GOOD[] = {
        {" { \"b\" : 1 , \"a\" : [ ] } \r\n", "{\"a\":[],\"b\":1}"},
        {"[9223372036854775807,-9223372036854775808]",
         "[9223372036854775807,-9223372036854775808]"},
        {"-0", "0"},
        {"\"x\"", "\"x\""},
        {"null", "null"},
        {"{\"đ\":1}", "{\"đ\":1}"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++) {
        AUTO_JDOC struct jdoc *j = parse(GOOD[i].in);

        assert_prints(j, GOOD[i].out);
    }
}

static void test_jdoc__has_a_depth(void **state)
{
    (void)state;
    for (size_t depth = 1; depth <= 3000; depth += depth < 40 ? 1 : 700) {
        AUTO_STR struct str s = STR_INIT(STR_LINE_MAX);
        AUTO_JDOC struct jdoc *j = NULL;
        struct err e = ERR_INIT;

        for (size_t i = 0; i < depth; i++)
            str_add_char(&s, '[');
        for (size_t i = 0; i < depth; i++)
            str_add_char(&s, ']');
        if (depth <= 33) {
            unit_ok(jdoc_parse(s.p, s.len, &j, &e), &e);
            assert_prints(j, s.p);
        } else {
            unit_fails(jdoc_parse(s.p, s.len, &j, &e), ERR_JSON, &e);
        }
    }
}

static void test_jdoc__only_the_canonical_form(void **state)
{
    static const char GOOD[] =
        "{\"a\":[1,-2,\"Đắk \\\"Lắk\\\"\\n\"],\"b\":null,\"c\":{\"d\":true}}\n";
    static const char *const BAD[] = {
        "{}", /* no line feed */
        "{}\n\n",
        "{}\r\n",
        " {}\n",
        "{ }\n",
        "{\"b\":1,\"a\":2}\n", /* not sorted */
        "{\"a\": 1}\n",
        "{\"a\":\"\\u0041\"}\n", /* escaped without need */
        "{\"a\":\"\\/\"}\n",
        "{\"a\":\"\\u000A\"}\n",
        "{\"a\":\"\\u00e9\"}\n",
        "{\"a\":\"hoa\xCC\x80\"}\n", /* not NFC */
        "{\"a\":-0}\n",
        "{\"đ\":1}\n", /* a key beyond ASCII */
        "[{\"x\":{\"đ\":1}}]\n",
        "{\"a\":1.0}\n",
        "",
        "\n",
    };
    AUTO_JDOC struct jdoc *j = NULL;
    AUTO_JDOC struct jdoc *none = NULL;
    AUTO_STR struct str s = STR_INIT(1000);
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(jdoc_parse_canonical(GOOD, sizeof GOOD - 1, &j, &e), &e);
    jdoc_print(j, &s);
    str_add_char(&s, '\n');
    assert_string_equal(str_text(&s), GOOD);
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        if (jdoc_parse_canonical(BAD[i], strlen(BAD[i]), &none, &e) != -1)
            fail_msg("%s", BAD[i]);
    assert_null(none);
}

/* Every changed byte gives another document or none: the form has one spelling. */
static void test_jdoc__one_spelling(void **state)
{
    static const char GOOD[] = "{\"a\":[1,-2,\"x\\n\"],\"b\":null}\n";

    (void)state;
    for (size_t i = 0; i + 1 < sizeof GOOD; i++)
        for (int c = 1; c < 256; c++) {
            AUTO_JDOC struct jdoc *j = NULL;
            AUTO_STR struct str s = STR_INIT(1000);
            struct err e = ERR_INIT;
            char text[sizeof GOOD];

            memcpy(text, GOOD, sizeof GOOD);
            text[i] = (char)c;
            if (jdoc_parse_canonical(text, sizeof GOOD - 1, &j, &e) < 0)
                continue;
            jdoc_print(j, &s);
            str_add_char(&s, '\n');
            assert_string_equal(str_text(&s), text);
        }
}

static void test_jdoc__takes_texts_that_fit(void **state)
{
    AUTO_JDOC struct jdoc *j = parse("{\"long\":\"abcde\",\"none\":null,\"number\":4,"
                                     "\"void\":\"\",\"word\":\"abcd\"}");
    char out[5] = "old";

    (void)state;
    assert_false(jdoc_take_text(j, "long", out, sizeof out));
    assert_false(jdoc_take_text(j, "none", out, sizeof out));
    assert_false(jdoc_take_text(j, "number", out, sizeof out));
    assert_false(jdoc_take_text(j, "absent", out, sizeof out));
    assert_false(jdoc_take_text_or_null(j, "absent", out, sizeof out));
    assert_false(jdoc_take_text_or_null(j, "void", out, sizeof out));
    assert_string_equal(out, "old");
    assert_true(jdoc_take_text(j, "word", out, sizeof out));
    assert_string_equal(out, "abcd");
    assert_true(jdoc_take_text(j, "void", out, sizeof out));
    assert_string_equal(out, "");
    assert_true(jdoc_take_text_or_null(j, "word", out, sizeof out));
    assert_string_equal(out, "abcd");
    assert_true(jdoc_take_text_or_null(j, "none", out, sizeof out));
    assert_string_equal(out, "");
}

static void test_jdoc__documents_end_and_are_named(void **state)
{
    AUTO_JDOC struct jdoc *j = parse("{\"b\":1,\"a\":\"x\"}");
    AUTO_STR struct str out = STR_INIT(STR_LINE_MAX);
    char name[HASH_HEX];
    char want[HASH_HEX];
    struct err e = ERR_INIT;

    (void)state;
    unit_ok(jdoc_print_document(j, "thing", 100, &out, name, &e), &e);
    assert_string_equal(str_text(&out), "{\"a\":\"x\",\"b\":1}\n");
    hash_bytes(out.p, out.len, want);
    assert_string_equal(name, want);
    assert_int_equal(jdoc_print_document(j, "thing", 10, &out, NULL, &e), -1);
    assert_int_equal(e.code, ERR_LIMIT);
}

static void test_jdoc__files(void **state)
{
    AUTO_MEM char *path = fs_path(*state, "f.json");
    AUTO_JDOC struct jdoc *o = parse("{\"b\":[1],\"a\":\"đ\"}");
    AUTO_JDOC struct jdoc *back = NULL;
    AUTO_STR struct str text = STR_INIT(1000);
    AUTO_STR struct str large = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    unit_ok(jdoc_write_file(path, o, &e), &e);
    unit_ok(fs_read_file(path, &text, &e), &e);
    assert_string_equal(str_text(&text), "{\"a\":\"đ\",\"b\":[1]}\n");
    unit_ok(jdoc_read_file(path, &back, &e), &e);
    assert_prints(back, "{\"a\":\"đ\",\"b\":[1]}");
    jdoc_free(TAKE(back));
    unit_ok(fs_write_file(path, "{", 1, &e), &e);
    unit_fails(jdoc_read_file(path, &back, &e), ERR_JSON, &e);
    assert_non_null(strstr(e.subject, "f.json"));
    unit_fails(jdoc_read_file("/nonexistent", &back, &e), ERR_NOT_FOUND, &e);
    /* Above 16 MiB: neither written nor read. */
    str_addf(&large, "%0*d", (int)STR_JSON_MAX, 1);
    jdoc_set_text(o, "large", str_text(&large));
    unit_fails(jdoc_write_file(path, o, &e), ERR_LIMIT, &e);
    str_add(&large, "1");
    unit_ok(fs_write_file(path, large.p, large.len, &e), &e);
    unit_fails(jdoc_read_file(path, &back, &e), ERR_LIMIT, &e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jdoc__builds_and_prints_canonically),
        cmocka_unit_test(test_jdoc__getters_answer_absent),
        cmocka_unit_test(test_jdoc__texts_of_any_length),
        cmocka_unit_test(test_jdoc__escapes_as_rfc_8785),
        cmocka_unit_test(test_jdoc__refuses),
        cmocka_unit_test(test_jdoc__takes),
        cmocka_unit_test(test_jdoc__has_a_depth),
        cmocka_unit_test(test_jdoc__only_the_canonical_form),
        cmocka_unit_test(test_jdoc__one_spelling),
        cmocka_unit_test(test_jdoc__takes_texts_that_fit),
        cmocka_unit_test(test_jdoc__documents_end_and_are_named),
        unit_case(test_jdoc__files),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
