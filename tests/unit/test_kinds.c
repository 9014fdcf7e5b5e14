/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ocr/kinds.h"

static void test_kinds__finds_whole_lines_and_beginnings(void **state)
{
    const struct kinds_kind *k = NULL;
    const char *rest = NULL;

    (void)state;
    assert_int_equal(kinds_find("quyet dinh", &k, NULL), KINDS_EXACT);
    assert_string_equal(k->name, "QUYẾT ĐỊNH");
    assert_int_equal(kinds_find("q u y e t d i n h", &k, NULL), KINDS_EXACT);
    assert_int_equal(kinds_find("nghi quyet lien tich", &k, NULL), KINDS_EXACT);
    assert_string_equal(k->code, "NQLT");
    assert_int_equal(kinds_find("bao cao tinh hinh", &k, NULL), KINDS_NO);
    assert_int_equal(kinds_find("bao cao tinh hinh", &k, &rest), KINDS_EXACT);
    assert_string_equal(k->name, "BÁO CÁO");
    assert_string_equal(rest, "tinh hinh");
    assert_int_equal(kinds_find("quyet djnh", &k, &rest), KINDS_LOOSE);
    assert_string_equal(rest, "");
    assert_int_equal(kinds_find("thong bac", &k, NULL), KINDS_LOOSE);
    assert_int_equal(kinds_find("to trinx", &k, NULL), KINDS_LOOSE);
    assert_int_equal(kinds_find("de am", &k, NULL), KINDS_NO);
    assert_int_equal(kinds_find("giay khai sinh", &k, &rest), KINDS_NO);
    assert_int_equal(kinds_find("", &k, &rest), KINDS_NO);
}

static void test_kinds__an_agency_is_no_misread_kind(void **state)
{
    const struct kinds_kind *k = NULL;

    (void)state;
    assert_int_equal(kinds_find("hoi dong", &k, NULL), KINDS_NO);
    assert_int_equal(kinds_find("hop dong", &k, NULL), KINDS_EXACT);
    assert_true(kinds_is_agency("so tu phap"));
    assert_true(kinds_is_agency("ubnd xa ea yong"));
    assert_false(kinds_is_agency("sokhoa"));
    assert_false(kinds_is_agency("y minh ayun"));
}

static void test_kinds__by_abbreviation(void **state)
{
    (void)state;
    assert_string_equal(kinds_by_code("TTr")->name, "TỜ TRÌNH");
    assert_string_equal(kinds_by_code("QD")->name, "QUYẾT ĐỊNH");
    assert_string_equal(kinds_by_code("HD")->name, "HƯỚNG DẪN");
    assert_string_equal(kinds_by_code("HĐ")->name, "HỢP ĐỒNG");
    assert_null(kinds_by_code("hd")); /* two kinds */
    assert_null(kinds_by_code("UBND"));
    assert_null(kinds_by_code(""));
    assert_string_equal(kinds_letter()->name, "CÔNG VĂN");
}

static void test_kinds__levels(void **state)
{
    (void)state;
    assert_int_equal(kinds_level("tinh dak lak"), 1);
    assert_int_equal(kinds_level("huyen ea h'leo"), 2);
    assert_int_equal(kinds_level("thi tran ea t'ling"), 3);
    assert_int_equal(kinds_level("tinhdaklak"), 0);
}

static void test_kinds__marks(void **state)
{
    static const struct {
        const char *text;
        bool name, right;
    } rows[] = {
        {"ỦY BAN NHÂN DÂN TỈNH ĐẮK LẮK", true, true},
        {"UỶ BAN NHÂN DÂN TỈNH ĐẮK LẮK", true, true},
        {"ÚY BAN NHÂN DÂN", true, false},
        {"ỦY BAN NHÂN DÂN TÍNH ĐẮK LẮK", true, false},
        {"UBND HUYỆN CƯ M'GAR", true, true},
        {"UBND XÃ DLIÊ YANG", true, true},
        {"UBND XA DLIÊ YANG", true, false},
        {"SỞ Y TẾ", true, true},
        {"SÓ Y TẾ", true, false},
        {"TÌNH HÌNH KINH TẾ", false, true},
        {"sửa đổi, bổ sung, thay thế", false, true},
        {"sửa đổi, bố sung", false, false},
        {"bổ sung và bố sung", false, false},
        {"Về việc cấp giấy", false, true},
        {"Về việc câp giấy", false, false},
        {"giải quyêt việc", false, false},
        {"xã Krông Pắc, buôn Ê Đê, M'nông", false, true},
        {"", true, true},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (kinds_marks(rows[i].text, rows[i].name) != rows[i].right)
            fail_msg("%s", rows[i].text);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds__finds_whole_lines_and_beginnings),
        cmocka_unit_test(test_kinds__an_agency_is_no_misread_kind),
        cmocka_unit_test(test_kinds__by_abbreviation),
        cmocka_unit_test(test_kinds__levels),
        cmocka_unit_test(test_kinds__marks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
