/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/store/fold.h"

struct out {
    struct str keys;
    const char *text;
    bool parts;
};

static int add(void *ctx, const struct fold_token *t)
{
    struct out *o = ctx;

    if (o->keys.len)
        str_add_char(&o->keys, t->part ? '+' : ' ');
    str_add_mem(&o->keys, t->key, t->key_len);
    return 0;
}

static void words(const struct fold *f, const char *text, bool parts, struct out *o)
{
    str_reset(&o->keys);
    assert_int_equal(fold_words(f, text, strlen(text), parts, add, o), 0);
}

static void test_fold__words_and_keys(void **state)
{
    static const struct {
        const char *text, *keys;
    } table[] = {
        {"Quyết định số 12/QĐ-UBND", "quyet dinh so 12 qd ubnd"},
        {"Đắk Lắk", "dak lak"},
        {"Đặng Thế Ngữ Hộ", "dang the ngu ho"},
        /* the same in NFD */
        {"\xc4\x90\x61\xcc\xa3\xcc\x86ng The\xcc\x82\xcc\x81", "dang the"},
        {"QÐ", "qd"}, /* U+00D0, not Đ: OCR mixes them up */
        {"642.806", "642 806"},
        {"'Nguyễn'", "nguyen"},
        {"M'Drắk", "mdrak"},
        {"H’Nhung, Y Minh", "hnhung y minh"},
        {"", ""},
        {" \n.,;", ""},
        {"\xff\xfe", ""},
        {"a\xff"
         "b",
         "a b"},
        {"日本 ПРИВЕТ", "日本 привет"},
    };
    struct fold *f = fold_new();
    struct out o = {.keys = STR_INIT(STR_LINE_MAX)};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(table); i++) {
        words(f, table[i].text, false, &o);
        assert_string_equal(str_text(&o.keys), table[i].keys);
    }
    words(f, "M'Drắk xã H'Nhung'", true, &o);
    assert_string_equal(str_text(&o.keys), "mdrak+m+drak xa hnhung+h+nhung");
    str_clear(&o.keys);
    fold_free(f);
}

/* For every code point: the key is what utf8_fold() says of it. */
static void test_fold__agrees_with_the_folding_of_texts(void **state)
{
    struct fold *f = fold_new();
    struct out o = {.keys = STR_INIT(STR_LINE_MAX)};

    (void)state;
    for (unsigned cp = 0x21; cp < 0x2000; cp++) {
        AUTO_STR struct str text = STR_INIT(100);
        AUTO_STR struct str key = STR_INIT(100);

        if (!utf8_is_letter_or_digit(cp) || cp == 0x02BB || cp == 0x02BC)
            continue;
        utf8_put(&text, cp);
        utf8_fold(str_text(&text), text.len, &key);
        words(f, str_text(&text), false, &o);
        assert_string_equal(str_text(&o.keys), str_text(&key));
    }
    str_clear(&o.keys);
    fold_free(f);
}

static int check_place(void *ctx, const struct fold_token *t)
{
    struct out *o = ctx;
    const char *want[] = {"Xã", "M'Drắk", "M", "Drắk", "22bis"};

    for (size_t i = 0; i < ARRAY_LEN(want); i++) {
        if (strlen(want[i]) == t->len &&
            memcmp(o->text + t->start, want[i], t->len) == 0)
            return 0;
    }
    return 1;
}

static void test_fold__places_are_those_of_the_text(void **state)
{
    struct fold *f = fold_new();
    struct out o = {.text = "  Xã M'Drắk, 22bis."};

    (void)state;
    assert_int_equal(fold_words(f, o.text, strlen(o.text), true, check_place, &o), 0);
    fold_free(f);
}

static void test_fold__long_words_are_cut_alike(void **state)
{
    struct fold *f = fold_new();
    struct out o = {.keys = STR_INIT(STR_LINE_MAX)};
    char text[1001];

    (void)state;
    memset(text, 'a', 1000);
    text[1000] = '\0';
    words(f, text, false, &o);
    assert_int_equal(o.keys.len, FOLD_KEY_MAX);
    str_clear(&o.keys);
    fold_free(f);
    fold_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fold__words_and_keys),
        cmocka_unit_test(test_fold__agrees_with_the_folding_of_texts),
        cmocka_unit_test(test_fold__places_are_those_of_the_text),
        cmocka_unit_test(test_fold__long_words_are_cut_alike),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
