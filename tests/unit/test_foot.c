/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/foot.h"

#include "tests/unit/unit.h"

#include "ocr/surname.h"
#include "tests/unit/sheet.h"

#define RIGHT 1180 /* middle of the signer's block */

static void body(struct sheet *s)
{
    sheet_init(s);
    sheet_line(s, 230, 200, "Điều 3. Chủ tịch Ủy ban nhân dân xã chịu trách nhiệm");
    sheet_line(s, 230, 250, "thi hành Quyết định này kể từ ngày ký.");
}

static void places(struct sheet *s)
{
    sheet_line(s, 230, 1500, "Nơi nhận:");
    sheet_line(s, 230, 1540, "- Như Điều 3;");
    sheet_line(s, 230, 1580, "- Đảng ủy (b/cáo);");
    sheet_line(s, 230, 1620, "- Các thôn, buôn và các");
    sheet_line(s, 230, 1660, "đoàn thể xã;");
    sheet_line(s, 230, 1700, "- Lưu: VT.");
}

static bool find(const struct sheet *a, const struct sheet *b, struct foot *out)
{
    const struct result *pages[] = {&a->r, b ? &b->r : NULL};

    return foot_find(pages, b ? 2 : 1, 0, out);
}

static void expect(const struct foot_part *p, const char *value, const char *reason)
{
    if (strcmp(p->value, value) != 0 || strcmp(p->reason, reason) != 0)
        fail_msg("\"%s\" (%s) instead of \"%s\" (%s)", p->value, p->reason, value,
                 reason);
}

static void test_foot__signer_and_recipients(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    places(&s);
    sheet_centre(&s, RIGHT, 1500, "TM. ỦY BAN NHÂN DÂN");
    sheet_centre(&s, RIGHT, 1545, "KT. CHỦ TỊCH");
    sheet_centre(&s, RIGHT, 1590, "PHÓ CHỦ TỊCH");
    sheet_centre(&s, RIGHT, 1850, "Y Blô Niê Kdăm");
    assert_true(find(&s, NULL, &f));
    expect(&f.post, "PHÓ CHỦ TỊCH", "");
    expect(&f.name, "Y Blô Niê Kdăm", "");
    expect(&f.places,
           "Như Điều 3; Đảng ủy (b/cáo); Các thôn, buôn và các đoàn thể xã; Lưu: VT",
           "");
    assert_false(f.strip);
    assert_int_equal(f.name.box.y, 1850 - SHEET_HEIGHT / 2);
}

static void test_foot__doubts(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    sheet_centre(&s, RIGHT, 1500, "CHU TỊCH");
    sheet_centre(&s, RIGHT, 1850, "Nguyên Văn Ba");
    assert_true(find(&s, NULL, &f));
    expect(&f.post, "CHỦ TỊCH", "pattern-loose");
    expect(&f.name, "Nguyên Văn Ba", "surname-marks");
    expect(&f.places, "", "");
}

/* Who signs for another is his deputy: a word of the post is hidden. */
static void test_foot__post_without_its_first_word(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    sheet_centre(&s, RIGHT, 1500, "KT. CHÁNH VĂN PHÒNG");
    sheet_centre(&s, RIGHT, 1545, "CHÁNH VĂN PHÒNG");
    sheet_centre(&s, RIGHT, 1850, "Lê Văn Ba");
    assert_true(find(&s, NULL, &f));
    expect(&f.post, "CHÁNH VĂN PHÒNG", "pattern-loose");
}

static void test_foot__no_name_is_a_strip(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    places(&s);
    sheet_centre(&s, RIGHT, 1500, "GIÁM ĐỐC");
    sheet_centre(&s, RIGHT, 1700, "xz{50,20} w{60,12}");
    assert_true(find(&s, NULL, &f));
    expect(&f.post, "GIÁM ĐỐC", "");
    expect(&f.name, "", "handwritten");
    assert_true(f.strip);
    assert_true(f.name.box.y > 1500 && f.name.box.bottom <= SHEET_H);
    assert_true(f.name.box.x < RIGHT && f.name.box.right > RIGHT);
}

static void test_foot__broken_with_the_page(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_SHEET struct sheet next;
    struct foot f;

    (void)state;
    body(&s);
    sheet_line(&s, 230, 2100, "Nơi nhận:");
    sheet_line(&s, 230, 2140, "- Như trên;");
    sheet_centre(&s, RIGHT, 2100, "CHỦ TỊCH");
    sheet_init(&next);
    sheet_line(&next, 230, 150, "- Đảng ủy xã;");
    sheet_line(&next, 230, 190, "- Lưu: VT.");
    sheet_centre(&next, RIGHT, 350, "Bùi Thị Quỳnh");
    assert_true(find(&s, &next, &f));
    expect(&f.post, "CHỦ TỊCH", "");
    expect(&f.name, "Bùi Thị Quỳnh", "");
    assert_int_equal(f.name.page, 1);
    expect(&f.places, "Như trên; Đảng ủy xã; Lưu: VT", "not-first-page");
}

static void test_foot__post_below_the_seal(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    places(&s);
    sheet_centre(&s, RIGHT, 1850, "Trần Văn Ba");
    assert_true(find(&s, NULL, &f));
    expect(&f.post, "", "");
    expect(&f.name, "Trần Văn Ba", "pattern-loose");
}

static void test_foot__pages_without_one(void **state)
{
    AUTO_SHEET struct sheet s;
    struct foot f;

    (void)state;
    body(&s);
    sheet_centre(&s, 850, 500, "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ");
    sheet_line(&s, 1000, 700, "GIÁM ĐỐC");
    sheet_line(&s, 1000, 750, "12.000 đồng");
    assert_false(find(&s, NULL, &f));
    assert_false(f.strip);
}

static void test_foot__names_of_persons(void **state)
{
    static const char *const names[] = {
        "Nguyễn Văn Ba",  "H'Nuen Byă",     "Y Blô Niê",   "Thượng tá Lê Ba",
        "ThS. Võ Thị Tư", "Rơ Châm H'Phik", "Giàng A Páo", "K'Brôih Ha",
        "Võ Phiên",       "Bác sĩ Lê Tư",
    };
    static const char *const others[] = {
        "CHỦ TỊCH", "Nguyễn", "về việc", "Năm 2019", "Như trên", "Lưu: VT", "A B", "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const char *reason = "";

        if (!foot_is_name(names[i]))
            fail_msg("no name: %s", names[i]);
        foot_name_doubt(names[i], &reason);
        assert_string_equal(reason, "");
    }
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (foot_is_name(others[i]))
            fail_msg("a name: %s", others[i]);
}

static void test_foot__surnames(void **state)
{
    static const char *const known[] = {"nguye6n4", "tra6n2", "nie6", "siu",
                                        "d9ie6u3",  "thao2",  "ho72", "kpa8",
                                        "krong",    ""};
    static const char *const wrong[] = {"nguye6n", "nguyen", "tra6n", "pham",
                                        "bui",     "ho6",    "d9o6"};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        assert_false(surname_misread(known[i]));
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++)
        if (!surname_misread(wrong[i]))
            fail_msg("%s", wrong[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_foot__signer_and_recipients),
        cmocka_unit_test(test_foot__doubts),
        cmocka_unit_test(test_foot__post_without_its_first_word),
        cmocka_unit_test(test_foot__no_name_is_a_strip),
        cmocka_unit_test(test_foot__broken_with_the_page),
        cmocka_unit_test(test_foot__post_below_the_seal),
        cmocka_unit_test(test_foot__pages_without_one),
        cmocka_unit_test(test_foot__names_of_persons),
        cmocka_unit_test(test_foot__surnames),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
