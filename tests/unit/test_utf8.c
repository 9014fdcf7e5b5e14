/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/base/utf8.h"

typedef void (*fn)(const char *text, size_t len, struct str *out);

struct pair {
    const char *in;
    const char *out;
};

static void check(fn f, const struct pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_STR struct str s = STR_INIT(10000);

        f(pairs[i].in, strlen(pairs[i].in), &s);
        assert_false(s.over);
        if (strcmp(str_text(&s), pairs[i].out) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", pairs[i].in, str_text(&s), pairs[i].out);
    }
}

static void test_utf8__valid(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        bool valid;
    } CASES[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"Đắk Lắk", 11, true},
        {"\xF0\x9D\x84\x9E", 4, true},
        {"\xF4\x8F\xBF\xBF", 4, true},
        {"a\0b", 3, false},
        {"\0", 1, false},
        {"\xFF", 1, false},
        {"\x80", 1, false},
        {"\xC4", 1, false},             /* cut */
        {"\xE1\xBA", 2, false},         /* cut */
        {"\xC0\xAF", 2, false},         /* "/" in two bytes */
        {"\xE0\x80\xAF", 3, false},     /* in three */
        {"\xED\xA0\x80", 3, false},     /* a surrogate */
        {"\xF4\x90\x80\x80", 4, false}, /* beyond U+10FFFF */
        {"\xF8\x88\x80\x80\x80", 5, false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        if (utf8_valid(CASES[i].text, CASES[i].len) != CASES[i].valid)
            fail_msg("case %zu", i);
}

static void test_utf8__nfc(void **state)
{
    static const struct pair PAIRS[] = {
        {"", ""},
        {"Đắk Lắk", "Đắk Lắk"},
        /* D with stroke has no parts; a, breve, acute in both orders of typing. */
        {"\xC4\x90\x61\xCC\x86\xCC\x81k", "Đắk"},
        {"\xC4\x83\xCC\x81", "ắ"},
        {"\xC3\xA2\xCC\xA3", "ậ"},     /* â and dot below */
        {"\xE1\xBA\xA1\xCC\x82", "ậ"}, /* ạ and circumflex */
        {"u\xCC\x9B\xCC\x81", "ứ"},    /* horn, then acute */
        {"u\xCC\x81\xCC\x9B", "ứ"},    /* acute, then horn */
        {"a\tb\nc", "a\tb\nc"},
        {"a\r\n\x1B[31mb\x7F\xC2\x85", "a\n[31mb"},
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},
        {"\xC4", "\xEF\xBF\xBD"},
        {"\xE1\xBA", "\xEF\xBF\xBD\xEF\xBF\xBD"},
    };

    (void)state;
    check(utf8_nfc, PAIRS, ARRAY_LEN(PAIRS));
}

static void test_utf8__nul_is_dropped(void **state)
{
    AUTO_STR struct str s = STR_INIT(100);

    (void)state;
    utf8_nfc("a\0b", 3, &s);
    assert_string_equal(str_text(&s), "ab");
}

static void test_utf8__lower(void **state)
{
    static const struct pair PAIRS[] = {
        {"", ""},
        {"ỦY BAN NHÂN DÂN", "ủy ban nhân dân"},
        {"ĐẮK LẮK", "đắk lắk"},
        {"A\xCC\x80", "à"},
        {"123 №", "123 №"},
    };

    (void)state;
    check(utf8_lower, PAIRS, ARRAY_LEN(PAIRS));
}

static void test_utf8__fold(void **state)
{
    static const struct pair PAIRS[] = {
        {"", ""},
        {"   ", ""},
        {"Đắk Lắk", "dak lak"},
        {"\xC4\x90\x61\xCC\x86\xCC\x81k L\x61\xCC\x86\xCC\x81k", "dak lak"},
        {"Ðắk", "dak"}, /* the Icelandic letter, as old keyboards gave it */
        {"ðắk", "dak"},
        {"hoà", "hoa"},
        {"hòa", "hoa"},
        {"HOÀ BÌNH", "hoa binh"},
        {"thuỷ", "thuy"},
        {"thủy", "thuy"},
        {"quý", "quy"},
        {"Nguyễn Thị Ánh Tuyết", "nguyen thi anh tuyet"},
        {"ướt ươm ưỡn", "uot uom uon"},
        {"  một \t\n hai\xC2\xA0"
         "ba ",
         "mot hai ba"},
        {"Krông H\xE2\x80\x99năng", "krong h'nang"},
        {"H\xCA\xBCn H\xCA\xBBn H`n H\xC2\xB4n", "h'n h'n h'n h'n"},
        {"Số: 12/QĐ-UBND", "so: 12/qd-ubnd"},
        {"so\xC2\xADhoa", "sohoa"}, /* soft hyphen */
        {"\xEF\xBB\xBFso\xE2\x80\x8Dhoa", "sohoa"},
    };

    (void)state;
    check(utf8_fold, PAIRS, ARRAY_LEN(PAIRS));
}

/* Every letter of the alphabet with every tone folds to a plain letter, however it is
 * composed. */
static void test_utf8__every_vietnamese_vowel_folds(void **state)
{
    static const char *const BASES[] = {"a", "ă", "â", "e", "ê", "i",
                                        "o", "ô", "ơ", "u", "ư", "y"};
    static const char PLAIN[] = "aaaeeiooouuy";
    static const char *const TONES[] = {"",         "\xCC\x80", "\xCC\x81",
                                        "\xCC\x89", "\xCC\x83", "\xCC\xA3"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(BASES); i++)
        for (size_t k = 0; k < ARRAY_LEN(TONES); k++) {
            AUTO_MEM char *open = mem_printf("%s%s", BASES[i], TONES[k]);
            AUTO_STR struct str nfc = STR_INIT(100);
            AUTO_STR struct str a = STR_INIT(100);
            AUTO_STR struct str b = STR_INIT(100);
            const char *p = NULL;
            size_t left = 0;

            utf8_nfc(open, strlen(open), &nfc);
            p = str_text(&nfc);
            left = nfc.len;
            (void)utf8_next(&p, &left);
            assert_int_equal(left, 0); /* one letter in NFC */
            utf8_fold(open, strlen(open), &a);
            utf8_fold(nfc.p, nfc.len, &b);
            assert_int_equal(a.len, 1);
            assert_int_equal(a.p[0], PLAIN[i]);
            assert_string_equal(a.p, b.p);
        }
}

static void test_utf8__fold_appends(void **state)
{
    AUTO_STR struct str s = STR_INIT(100);

    (void)state;
    str_add(&s, "x|");
    utf8_fold("  Á  ", 6, &s);
    assert_string_equal(str_text(&s), "x|a");
}

static void test_utf8__tone(void **state)
{
    static const struct pair PAIRS[] = {
        {"", ""},
        {"hoà", "hòa"},
        {"hòa", "hòa"},
        {"Hoà Bình", "hòa bình"},
        {"HOẠ, KHOẺ; THUỶ", "họa, khỏe; thủy"},
        {"tuỳ luỹ uỷ uý", "tùy lũy ủy úy"},
        {"xoá hoả loã", "xóa hỏa lõa"},
        {"loè choé khoẽ toẹt oẹ", "lòe chóe khõe toẹt ọe"},
        /* The u of qu belongs to the consonant. */
        {"quý quỳ quỷ Quỵ", "quý quỳ quỷ quỵ"},
        /* A final letter: every norm agrees. */
        {"toàn hoạt ngoài huỳnh khoẻn", "toàn hoạt ngoài huỳnh khoẻn"},
        {"thuế thuở của", "thuế thuở của"},
        {"hoa\xCC\x80", "hòa"}, /* decomposed */
    };

    (void)state;
    check(utf8_tone, PAIRS, ARRAY_LEN(PAIRS));
}

static void test_utf8__code_points(void **state)
{
    const char text[] = "aệ\xFF\xF0\x9D\x84\x9E\xC4";
    static const unsigned WANTED[] = {'a', 0x1EC7, 0xFFFD, 0x1D11E, 0xFFFD};
    AUTO_STR struct str s = STR_INIT(100);
    const char *p = text;
    size_t left = sizeof text - 1;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(WANTED); i++) {
        unsigned cp = utf8_next(&p, &left);

        assert_int_equal(cp, WANTED[i]);
        utf8_put(&s, cp);
    }
    assert_int_equal(left, 0);
    assert_string_equal(str_text(&s), "aệ\xEF\xBF\xBD\xF0\x9D\x84\x9E\xEF\xBF\xBD");
    str_reset(&s);
    utf8_put(&s, 0xD800); /* no character: nothing */
    utf8_put(&s, 0x110000);
    assert_int_equal(s.len, 0);
}

static void test_utf8__classes(void **state)
{
    (void)state;
    assert_true(utf8_is_letter_or_digit('a'));
    assert_true(utf8_is_letter_or_digit('7'));
    assert_true(utf8_is_letter_or_digit(0x0111));
    assert_true(utf8_is_letter_or_digit(0x1EC7));
    assert_false(utf8_is_letter_or_digit('-'));
    assert_false(utf8_is_letter_or_digit(' '));
    assert_false(utf8_is_letter_or_digit(0x0301));
    assert_true(utf8_is_mark(0x0301));
    assert_true(utf8_is_mark(0x031B));
    assert_false(utf8_is_mark('a'));
}

static void test_utf8__safe_on_a_terminal(void **state)
{
    static const struct pair PAIRS[] = {
        {"Tờ khai.pdf", "Tờ khai.pdf"},
        {"a\nb\tc", "a\\x0ab\\x09c"},
        {"\x1B[31m", "\\x1b[31m"},
        {"\xC2\x9B"
         "31m",
         "\\x9b31m"}, /* the one-character CSI */
        {"a\xFF", "a\\xff"},
        {"\xC4", "\\xc4"},
        {"gpj.\xE2\x80\xAE"
         "exe",
         "gpj.\\u{202e}exe"},
        {"\xE2\x81\xA6\xE2\x80\x8F\xEF\xBB\xBF", "\\u{2066}\\u{200f}\\u{feff}"},
        {"\xE2\x80\xA8", "\\u{2028}"},
    };

    (void)state;
    check(utf8_safe, PAIRS, ARRAY_LEN(PAIRS));
}

static void test_utf8__a_full_buffer_is_told(void **state)
{
    static const fn ALL[] = {utf8_nfc, utf8_lower, utf8_fold, utf8_tone, utf8_safe};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++) {
        AUTO_STR struct str s = STR_INIT(4);

        ALL[i]("abcde", 5, &s);
        assert_true(s.over);
    }
}

/* Random bytes: always an answer, always well-formed, the same again when repeated. */
static void test_utf8__noise(void **state)
{
    uint32_t seed = 12345;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        static const unsigned char MORE[] = {0xE1, 0xBA, 0xCC, 0x81, 0xC4, 0xA3};
        char text[24];
        AUTO_STR struct str a = STR_INIT(1000);
        AUTO_STR struct str b = STR_INIT(1000);
        AUTO_STR struct str f = STR_INIT(1000);
        AUTO_STR struct str g = STR_INIT(1000);
        AUTO_STR struct str safe = STR_INIT(1000);

        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] =
                (char)(seed & 0x100000 ? MORE[(seed >> 16) % sizeof MORE] : seed >> 24);
        }
        utf8_nfc(text, sizeof text, &a);
        assert_true(utf8_valid(str_text(&a), a.len));
        utf8_nfc(str_text(&a), a.len, &b);
        assert_string_equal(str_text(&a), str_text(&b));
        utf8_fold(text, sizeof text, &f);
        assert_true(utf8_valid(str_text(&f), f.len));
        utf8_fold(str_text(&a), a.len, &g);
        assert_string_equal(str_text(&f), str_text(&g));
        utf8_safe(text, sizeof text, &safe);
        assert_true(utf8_valid(str_text(&safe), safe.len));
    }
}

static void test_utf8__columns_of_a_screen(void **state)
{
    static const struct {
        const char *text;
        int columns;
    } ROWS[] = {
        {"", 0},
        {"so", 2},
        {"Sổ hộ tịch", 10},
        {"So\xcc\x82\xcc\x89", 2}, /* decomposed: two marks */
        {"Đắk Lắk", 7},
        {"⚠", 1},
        {"漢", 2},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_int_equal(utf8_columns(ROWS[i].text, strlen(ROWS[i].text)),
                         ROWS[i].columns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_utf8__valid),
        cmocka_unit_test(test_utf8__nfc),
        cmocka_unit_test(test_utf8__nul_is_dropped),
        cmocka_unit_test(test_utf8__lower),
        cmocka_unit_test(test_utf8__fold),
        cmocka_unit_test(test_utf8__every_vietnamese_vowel_folds),
        cmocka_unit_test(test_utf8__fold_appends),
        cmocka_unit_test(test_utf8__tone),
        cmocka_unit_test(test_utf8__code_points),
        cmocka_unit_test(test_utf8__classes),
        cmocka_unit_test(test_utf8__safe_on_a_terminal),
        cmocka_unit_test(test_utf8__columns_of_a_screen),
        cmocka_unit_test(test_utf8__a_full_buffer_is_told),
        cmocka_unit_test(test_utf8__noise),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
