/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/choice.h"

#include "tests/unit/unit.h"

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/result.h"

/* A page as recognition would give it. After a sign, <ổ5ố30> says what else it might
 * have been and at which cost in rating units. */
struct page {
    struct result r;
    struct alts a;
    size_t cap;
};

static void page_clear(struct page *p)
{
    result_clear(&p->r);
    alts_clear(&p->a);
}
#define AUTO_PAGE AUTO(page_clear)

static void add_others(struct page *p, const char **at, size_t *left)
{
    unsigned cp = utf8_next(at, left);

    while (cp != '>') {
        char *end = NULL;
        long cost = strtol(*at, &end, 10);

        *left -= (size_t)(end - *at);
        *at = end;
        alts_add_other(&p->a, cp, (int)cost * ALTS_UNIT);
        cp = utf8_next(at, left);
    }
}

static void page_make(struct page *p, const char *spec)
{
    AUTO_STR struct str text = STR_INIT(STR_TEXT_MAX);
    size_t left = strlen(spec);
    bool inside = false;
    int line = 0;

    while (left > 0) {
        unsigned cp = utf8_next(&spec, &left);

        if (cp == ' ' || cp == '\n') {
            line += cp == '\n';
            inside = false;
            str_add_char(&text, (char)cp);
            continue;
        }
        if (cp == '<') {
            add_others(p, &spec, &left);
            continue;
        }
        if (!inside) {
            mem_grow(&p->r.words, &p->cap, p->r.word_count + 1, sizeof *p->r.words);
            p->r.words[p->r.word_count++] = (struct result_word){
                .start = text.len, .w = 1, .h = 1, .line = line, .confidence = 60};
            alts_add_word(&p->a);
        }
        inside = true;
        utf8_put(&text, cp);
        alts_add_sign(&p->a, cp);
        p->r.words[p->r.word_count - 1].len =
            text.len - p->r.words[p->r.word_count - 1].start;
    }
    p->r.width_px = p->r.height_px = 100;
    p->r.confidence = 60;
    p->r.skew_reason = mem_dup("");
    p->r.text = text.p ? str_take(&text) : mem_dup("");
}

/* What becomes of @spec; the number of choices noted besides. */
static void becomes(const char *spec, const char *text, size_t choices)
{
    AUTO_PAGE struct page p = {0};
    struct err e = ERR_INIT;

    page_make(&p, spec);
    unit_ok(result_check(&p.r, &e), &e);
    unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
    unit_ok(result_check(&p.r, &e), &e);
    assert_string_equal(p.r.text, text);
    if (p.r.choice_count != choices)
        fail_msg("%s: %zu choices, not %zu", spec, p.r.choice_count, choices);
}

static void test_choice__takes_the_mark_that_the_neighbours_want(void **state)
{
    (void)state;
    becomes("sửa đổi, bỗ<ổ6ố9> sung", "sửa đổi, bổ sung", 1);
    becomes("thẩm quyên<x40> của", "thẩm quyên của", 0);
    becomes("thẩm quyê<ề8ế20>n của", "thẩm quyền của", 1);
    becomes("và bỗ<ố3> sưng", "và bỗ sưng", 1); /* bố fits neither neighbour */
    becomes("THỦ TỤC HÀNH CHÍ<I9>NH", "THỦ TỤC HÀNH CHÍNH", 0);
    becomes("QUYÉ<Ế5>T ĐỊNH:", "QUYẾT ĐỊNH:", 1);
    becomes("Chính phú<ủ10ụ12> ban hành", "Chính phủ ban hành", 1);
    becomes("nhân d<đ9>â<ầ12>n.", "nhân dân.", 0);
}

static void test_choice__keeps_first_reading_and_both_scores(void **state)
{
    AUTO_PAGE struct page p = {0};
    struct err e = ERR_INIT;

    (void)state;
    page_make(&p, "sửa đổi,\n\"bỗ<ổ6> sung\"");
    unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
    assert_string_equal(p.r.text, "sửa đổi,\n\"bổ sung\"");
    assert_int_equal(p.r.choice_count, 1);
    assert_int_equal(p.r.choices[0].word, 2);
    assert_true(p.r.choices[0].changed);
    assert_string_equal(p.r.choices[0].other, "\"bỗ");
    assert_true(p.r.choices[0].score + CHOICE_MARGIN <= p.r.choices[0].score_other);
    assert_int_equal(p.r.words[2].confidence, 60);
    assert_int_equal(p.r.words[3].start, strlen("sửa đổi,\n\"bổ "));
}

/* Tesseract offered nothing of the kind: nothing is made up. */
static void test_choice__invents_nothing(void **state)
{
    (void)state;
    becomes("sửa đổi, bỗ sung", "sửa đổi, bỗ sung", 0);
    becomes("sửa đổi, bỗ<d0ä0x0> sung", "sửa đổi, bỗ sung", 0);
    becomes("", "", 0);
}

static void test_choice__letters_differ_by_marks_only(void **state)
{
    (void)state;
    becomes("quyết đinb<h1>", "quyết đinb", 0);
    becomes("quyết D<Đ3d1>ịnh", "quyết Định", 1); /* a capital stays one */
    becomes("ủy ban<ạ2> nhân", "ủy ban nhân", 0);
}

static void test_choice__digits_and_symbols_are_never_touched(void **state)
{
    (void)state;
    becomes("ngày 1<l0>0<ó0> tháng 5", "ngày 10 tháng 5", 0);
    becomes("số 12/QĐ<D0>-UBNĐ<D0>", "số 12/QĐ-UBNĐ", 0);
    becomes("bỗ<ổ0>/sung bỗ<ổ0>1", "bỗ/sung bỗ1", 0);
    becomes("a<á0>) Y<Ý0> kiến", "a) Y kiến", 0);
}

/* Each would be changed if it stood in small letters. */
static void test_choice__names_stay(void **state)
{
    (void)state;
    becomes("tỉnh Cà<ả1> Mau về", "tỉnh Cà Mau về", 0);
    becomes("tỉnh Lào<a1> Cai và", "tỉnh Lào Cai và", 0);
    becomes("TỈNH HẬU GIANG<À1Ả1>", "TỈNH HẬU GIANG", 0);
    becomes("ông Nguyễn Thị Quyê<ề0>n của", "ông Nguyễn Thị Quyên của", 1);
    becomes("Phạm Bô<ổ0> Sung", "Phạm Bô Sung", 1);
    becomes("của chị<ỉ0> Thị Mai", "của chị Thị Mai", 1);
    becomes("HỒ VĂN QUYÊ<Ề0>N", "HỒ VĂN QUYÊN", 1);
}

static void test_choice__names_of_the_highlands_stay(void **state)
{
    static const char *const NAMES[] = {
        "Y<Ý0> Bhi<ỉ0>ơ<o0> Niê<e0> ký", "H'Lê<e0> Mlô<o0> ký",
        "xã Krông<o0> Nô<o0> và",        "huyện M'Drắk<ă0a0> về",
        "buôn E<Ê0>a Tu<ụ0>l là",        "Ksor<ơ0> Phước",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++) {
        AUTO_PAGE struct page p = {0};
        AUTO_MEM char *before = NULL;
        struct err e = ERR_INIT;

        page_make(&p, NAMES[i]);
        before = mem_dup(p.r.text);
        unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
        assert_string_equal(p.r.text, before);
    }
}

/* Where a name begins, a surname is taken when Tesseract had it. */
static void test_choice__surnames_get_their_marks(void **state)
{
    (void)state;
    becomes("ông Nguyê<ễ4ề9>n Văn Quyê<ề0>n của", "ông Nguyễn Văn Quyên của", 2);
    becomes("gồm Trâ<ầ8>n Thị Hoa,", "gồm Trần Thị Hoa,", 1);
    becomes("bà Pha<ạ2>m Hoa về", "bà Phạm Hoa về", 1);
    becomes("ký\nNGUYÊ<Ễ3>N VĂN AN\nvà", "ký\nNGUYỄN VĂN AN\nvà", 1);
    /* Not offered, or hardly seen: noted at most. */
    becomes("ông Nguyên Văn An của", "ông Nguyên Văn An của", 0);
    becomes("ông Nguyê<ễ20>n Văn An của", "ông Nguyên Văn An của", 1);
    becomes("ông Nguyê<ễ38>n Văn An của", "ông Nguyên Văn An của", 0);
    /* No name begins there. */
    becomes("về Nguyê<ễ4>n tắc chung", "về Nguyên tắc chung", 0);
    becomes("Bộ Tài Nguyê<ễ4>n Môi Trường", "Bộ Tài Nguyên Môi Trường", 0);
    becomes("NGUYÊ<Ễ3>N TẮC CHUNG", "NGUYÊN TẮC CHUNG", 0);
    becomes("huyện Nguyê<ễ3>n Bình Đông", "huyện Nguyên Bình Đông", 0);
    becomes("một Nguyê<ễ4>n, Văn An", "một Nguyên, Văn An", 0);
    /* A surname as it is. */
    becomes("ông Phan<ạ0> Văn An", "ông Phan Văn An", 0);
    becomes("ông Lê<e0> Văn An", "ông Lê Văn An", 0);
}

static void test_choice__a_surname_that_was_taken_is_settled(void **state)
{
    AUTO_PAGE struct page p = {0};
    bool settled[5] = {false};
    struct err e = ERR_INIT;

    (void)state;
    page_make(&p, "ông Nguyê<ễ4>n Văn An của");
    unit_ok(choice_make(&p.r, &p.a, settled, &e), &e);
    assert_true(settled[1]);
    assert_int_equal(p.r.choice_count, 1);
    assert_true(p.r.choices[0].changed);
    assert_string_equal(p.r.choices[0].other, "Nguyên");
}

/* Beside another capital the margin must be far clearer, but it can be. */
static void test_choice__capitals_need_more(void **state)
{
    (void)state;
    becomes("theo Nghị Định<ị0> của Chính Phú<ủ1>", "theo Nghị Định của Chính Phủ", 1);
}

static void test_choice__a_reading_that_is_as_good_is_noted(void **state)
{
    AUTO_PAGE struct page p = {0};
    struct err e = ERR_INIT;

    (void)state;
    page_make(&p, "ông Nguyễn Văn Quyê<ề0>n của");
    unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
    assert_int_equal(p.r.choice_count, 1);
    assert_false(p.r.choices[0].changed);
    assert_int_equal(p.r.choices[0].word, 3);
    assert_string_equal(p.r.choices[0].other, "Quyền");
    assert_true(p.r.choices[0].score > p.r.choices[0].score_other);
}

/* The worse Tesseract saw the other letter, the less it is taken: first changed, then
 * only noted although it would be a little better, then not worth a word. */
static void test_choice__changes_only_with_a_clear_margin(void **state)
{
    int changed = 0, noted = 0;

    (void)state;
    for (int cost = 0; cost <= CHOICE_COST_MOST; cost++) {
        AUTO_PAGE struct page p = {0};
        AUTO_MEM char *spec = mem_printf("những vấ<ă%d>n bản", cost);
        struct err e = ERR_INIT;

        page_make(&p, spec);
        unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
        if (p.r.choice_count == 0)
            continue;
        if (p.r.choices[0].changed) {
            assert_int_equal(noted, 0);
            changed++;
        } else if (p.r.choices[0].score > p.r.choices[0].score_other) {
            noted++;
        }
    }
    assert_true(changed > 0);
    assert_in_range(noted, CHOICE_MARGIN / 4 - 2, CHOICE_MARGIN / 4 + 2);
}

static void test_choice__says_what_is_settled(void **state)
{
    AUTO_PAGE struct page p = {0};
    bool settled[6];
    struct err e = ERR_INIT;

    (void)state;
    page_make(&p, "sửa đổi, bỗ<ổ6ố9> sung UBND 1234");
    memset(settled, 0, sizeof settled);
    unit_ok(choice_make(&p.r, &p.a, settled, &e), &e);
    assert_true(settled[1]);
    assert_true(settled[2]);
    assert_true(settled[3]);
    assert_false(settled[4]);
    assert_false(settled[5]);
}

/* A word that all letters offer everything for ends in an answer, and soon. */
static void test_choice__many_options_end(void **state)
{
    AUTO_STR struct str spec = STR_INIT(STR_TEXT_MAX);

    (void)state;
    for (int i = 0; i < 300; i++)
        str_add(&spec, "u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1>u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1>"
                       "u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1>u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1>"
                       "u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1>u<ú1ù1ủ1ũ1ụ1ư1ứ1ừ1ử1> ");
    {
        AUTO_PAGE struct page p = {0};
        struct err e = ERR_INIT;

        page_make(&p, str_text(&spec));
        unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
        assert_int_equal(p.r.word_count, 300);
    }
}

/* Words of which nothing is known are context, no more. */
static void test_choice__unknown_words_are_passed_over(void **state)
{
    AUTO_PAGE struct page p = {0};
    struct err e = ERR_INIT;

    (void)state;
    page_make(&p, "bỗ<ổ6> sung");
    alts_clear(&p.a);
    alts_add_word(&p.a);
    alts_add_word(&p.a);
    unit_ok(choice_make(&p.r, &p.a, NULL, &e), &e);
    assert_string_equal(p.r.text, "bỗ sung");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_choice__takes_the_mark_that_the_neighbours_want),
        cmocka_unit_test(test_choice__keeps_first_reading_and_both_scores),
        cmocka_unit_test(test_choice__invents_nothing),
        cmocka_unit_test(test_choice__letters_differ_by_marks_only),
        cmocka_unit_test(test_choice__digits_and_symbols_are_never_touched),
        cmocka_unit_test(test_choice__names_stay),
        cmocka_unit_test(test_choice__names_of_the_highlands_stay),
        cmocka_unit_test(test_choice__surnames_get_their_marks),
        cmocka_unit_test(test_choice__a_surname_that_was_taken_is_settled),
        cmocka_unit_test(test_choice__capitals_need_more),
        cmocka_unit_test(test_choice__a_reading_that_is_as_good_is_noted),
        cmocka_unit_test(test_choice__changes_only_with_a_clear_margin),
        cmocka_unit_test(test_choice__says_what_is_settled),
        cmocka_unit_test(test_choice__many_options_end),
        cmocka_unit_test(test_choice__unknown_words_are_passed_over),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
