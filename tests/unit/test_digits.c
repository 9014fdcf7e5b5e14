/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/digits.h"

#include "tests/unit/sheet.h"
#include "tests/unit/unit.h"

#include "ocr/docdate.h"

#define STEP 60 /* between lines */

/* The doubtful words and why: "Số251 digit-letter-mix; …" */
static void doubts_of(const struct sheet *s, struct str *out)
{
    AUTO_MEM const char **why = mem_new(s->r.word_count, sizeof *why);

    digits_find(&s->r, why);
    for (size_t i = 0; i < s->r.word_count; i++) {
        const struct result_word *w = &s->r.words[i];

        if (why[i])
            str_addf(out, "%s%.*s %s", out->len ? "; " : "", (int)w->len,
                     s->r.text + w->start, why[i]);
    }
}

static void check(const struct sheet *s, const char *wanted)
{
    AUTO_STR struct str got = STR_INIT(STR_LINE_MAX);

    doubts_of(s, &got);
    if (strcmp(str_text(&got), wanted) != 0)
        fail_msg("%s: %s, not %s", s->text.p, str_text(&got), wanted);
}

struct wanted {
    const char *text, *doubts;
};

static void check_lines(const struct wanted *w, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_SHEET struct sheet s;

        sheet_init(&s);
        sheet_line(&s, 200, 300, w[i].text);
        check(&s, w[i].doubts);
    }
}

/* Two words, @gap pixels apart. */
static void check_gap(const char *a, const char *b, int gap, const char *wanted)
{
    AUTO_SHEET struct sheet s;

    sheet_init(&s);
    sheet_line(&s, 200, 300, a);
    sheet_more(&s, 200 + SHEET_CHAR * sheet_chars(a, strlen(a)) + gap, 300, b);
    check(&s, wanted);
}

static void test_digits__pieces_of_one_number(void **state)
{
    (void)state;
    check_gap("22/1", "1/2019;", 6, "22/1 cut-number; 1/2019; cut-number");
    check_gap("92/201", "7/NĐ-CP", 8, "92/201 cut-number; 7/NĐ-CP cut-number");
    check_gap("02/2017/TT-", "VPCP", 16, "02/2017/TT- cut-number; VPCP cut-number");
    check_gap("12/QĐ", "-UBND", 12, "12/QĐ cut-number; -UBND cut-number");
    /* Cells of a table, two years, room left for a number, words. */
    check_gap("12/2003", "28.01.2003", 60, "");
    check_gap("2017", "2019", 14, "");
    check_gap("2017,", "2019", 8, "");
    check_gap("12", "/QĐ-UBND", 14, "");
    check_gap("năm", "2019", 4, "");
    check_gap("-", "UBND", 10, "");
}

static void test_digits__a_number_goes_on_in_the_next_line(void **state)
{
    AUTO_SHEET struct sheet s;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "số 02/2017/TT-");
    sheet_line(&s, 200, 340, "VPCP ngày");
    check(&s, "");
}

static void test_digits__signs_no_number_has(void **state)
{
    static const struct wanted w[] = {
        {"tăng 12.%5 và 12,,5", "12.%5 odd-sign; 12,,5 odd-sign"},
        {"mục §5 hay 3» và 7#", "§5 odd-sign; 3» odd-sign; 7# odd-sign"},
        {"thứ tự § mục", "§ odd-sign"},
        {"3] và 1]) và [4]", "3] odd-sign; 1]) odd-sign"},
        {"/7 và 12/ và ,5", "/7 odd-sign; 12/ odd-sign; ,5 odd-sign"},
        {"12,5%; (12.5), 1.000.000đ, 8h30, 12:30, \"12\", 1/2, -5, 5-10", ""},
        {"12/QĐ-UBND 31/12/2019. 1.2.3. a/ b/12 [3] và 5+6, 10%", ""},
    };

    (void)state;
    check_lines(w, ARRAY_LEN(w));
}

static void test_digits__words_run_into_numbers(void **state)
{
    static const struct wanted w[] = {
        {"Số251 và Số:106", "Số251 digit-letter-mix; Số:106 digit-letter-mix"},
        {"377/0Đ-BGDĐT 7/Q0Đ", "377/0Đ-BGDĐT digit-letter-mix; 7/Q0Đ digit-letter-mix"},
        {"QL14, A4, 12A, 12/3A, 22bis, m2, QH13, 77/2015/QH13, Đ5", ""},
    };

    (void)state;
    check_lines(w, ARRAY_LEN(w));
}

static void test_digits__where_a_number_must_be(void **state)
{
    static const struct wanted w[] = {
        {"ngày 07 tháng năm 2017", "tháng lost-number; năm lost-number"},
        {"ngày 07 tháng ồ năm 2017", "ồ digit-letter-mix"},
        {"ngày 07 tháng giêng{26,60} năm 2017", "giêng digit-letter-mix"},
        {"ngày 07 tháng giêng năm 2017, ngày 5 tháng 6 năm 2019", ""},
        {"ngày /# tháng 02năm, ngày ở tháng 5",
         "/# digit-letter-mix; ở digit-letter-mix"},
        {"|", "| digit-letter-mix"},
        {"l", "l digit-letter-mix"},
        {"a", ""},
        {"ngày này tháng 5, ngày tháng năm 2017 năm tháng, ngày 05 tháng 6", ""},
        {"Điều I. Bước l: Khoản I;",
         "I. digit-letter-mix; l: digit-letter-mix; I; digit-letter-mix"},
        {"Phần I. Chương I Phụ lục I Điều 1.", ""},
    };

    (void)state;
    check_lines(w, ARRAY_LEN(w));
}

static void list(struct sheet *s, const char *const items[], size_t count, int x)
{
    for (size_t i = 0; i < count; i++)
        sheet_line(s, x, 300 + (int)i * STEP, items[i]);
}

static void test_digits__rows_that_go_on(void **state)
{
    static const char *const bad[] = {"1. Một", "2. Hai", "8. Ba", "4. Bốn"};
    static const char *const lost[] = {"13/2003 a", "1472005 b", "15/2003 c"};
    static const char *const good[] = {"1. Một", "2. Hai", "3. Ba", "1. Bốn", "3. Năm"};
    AUTO_SHEET struct sheet a, b, c, d;

    (void)state;
    sheet_init(&a);
    list(&a, bad, ARRAY_LEN(bad), 200);
    check(&a, "8. out-of-row");
    sheet_init(&b);
    list(&b, lost, ARRAY_LEN(lost), 200);
    check(&b, "1472005 out-of-row");
    sheet_init(&c);
    list(&c, good, ARRAY_LEN(good), 200);
    check(&c, "");
    /* Not in one column: no row. */
    sheet_init(&d);
    sheet_line(&d, 200, 300, "1. Một");
    sheet_line(&d, 500, 360, "2019. Hai");
    sheet_line(&d, 200, 420, "3. Ba");
    check(&d, "");
}

static void test_digits__width_of_digits(void **state)
{
    AUTO_SHEET struct sheet s;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "2019 và 12 và 345 và 2020 và 31 và 50");
    check(&s, "");
    s.r.words[2].w = SHEET_CHAR; /* one digit's place for two */
    check(&s, "12 odd-width");
    s.r.words[2].w = SHEET_CHAR * 4;
    check(&s, "12 odd-width");
    s.r.words[2].h *= 2; /* more than the digits lies in that box */
    check(&s, "");
}

static void test_digits__few_numbers_tell_no_width(void **state)
{
    AUTO_SHEET struct sheet s;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "2019 và 12 và 345");
    s.r.words[2].w = SHEET_CHAR;
    check(&s, "");
}

static void test_digits__page_without_words(void **state)
{
    struct result r = {0};

    (void)state;
    digits_find(&r, NULL);
}

static void test_digits__dates_by_their_shape(void **state)
{
    static const char *const others[] = {"",          "1/2/19",    "1/2",
                                         "1/2/2019/", "/1/2/2019", "123/1/2019",
                                         "a/b/c",     "1//2/2019"};
    int v[3] = {0};

    (void)state;
    assert_true(docdate_numeric("31.2-2019", 9, v));
    assert_int_equal(v[0], 31);
    assert_int_equal(v[1], 2);
    assert_int_equal(v[2], 2019);
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        assert_false(docdate_numeric(others[i], strlen(others[i]), v));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_digits__pieces_of_one_number),
        cmocka_unit_test(test_digits__a_number_goes_on_in_the_next_line),
        cmocka_unit_test(test_digits__signs_no_number_has),
        cmocka_unit_test(test_digits__words_run_into_numbers),
        cmocka_unit_test(test_digits__where_a_number_must_be),
        cmocka_unit_test(test_digits__rows_that_go_on),
        cmocka_unit_test(test_digits__width_of_digits),
        cmocka_unit_test(test_digits__few_numbers_tell_no_width),
        cmocka_unit_test(test_digits__page_without_words),
        cmocka_unit_test(test_digits__dates_by_their_shape),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
