/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "ocr/secrecy.h"
#include "tests/unit/sheet.h"

static enum secrecy_grade grade_of(const char *line, struct secrecy_mark *mark)
{
    AUTO_SHEET struct sheet s;
    struct err e = ERR_INIT;

    sheet_init(&s);
    sheet_line(&s, 200, 200, "ỦY BAN NHÂN DÂN");
    sheet_line(&s, 200, 300, line);
    sheet_line(&s, 200, 400, "Kính gửi: các phòng, ban");
    unit_ok(result_check(&s.r, &e), &e);
    *mark = (struct secrecy_mark){0};
    return secrecy_find(&s.r, mark) ? mark->grade : SECRECY_NONE;
}

static void test_secrecy__finds_stamps_however_they_are_read(void **state)
{
    static const struct {
        const char *line;
        enum secrecy_grade grade;
    } rows[] = {
        {"MẬT", SECRECY_MAT},
        {"MAT", SECRECY_MAT},
        {"MÂT", SECRECY_MAT},
        {"MẬT.", SECRECY_MAT},
        {"| MẬT |", SECRECY_MAT},
        {"[MẬT]", SECRECY_MAT},
        {"M Ậ T", SECRECY_MAT},
        {"MẬ T", SECRECY_MAT},
        {"Mật", SECRECY_MAT},
        {"MẬI", SECRECY_MAT},
        {"NẬT", SECRECY_MAT},
        {"HẬT", SECRECY_MAT},
        {"MẶT{26,60}", SECRECY_MAT},
        {"Độ mật: Mật", SECRECY_MAT},
        {"TỐI MẬT", SECRECY_TOI_MAT},
        {"TÓI MẬT", SECRECY_TOI_MAT},
        {"TOI MAT", SECRECY_TOI_MAT},
        {"T0I MẬT", SECRECY_TOI_MAT},
        {"TỐ1 MẬT", SECRECY_TOI_MAT},
        {"TỐIMẬT", SECRECY_TOI_MAT},
        {"T Ố I M Ậ T", SECRECY_TOI_MAT},
        {"TUYỆT MẬT", SECRECY_TUYET_MAT},
        {"TUYỆT MAT", SECRECY_TUYET_MAT},
        {"TUYẸT MẶT{26,95}", SECRECY_TUYET_MAT},
        {"TUYỆT. MẬI", SECRECY_TUYET_MAT},
        {"T U Y Ệ T M Ậ T", SECRECY_TUYET_MAT},
    };
    struct secrecy_mark mark;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (grade_of(rows[i].line, &mark) != rows[i].grade)
            fail_msg("%s: grade %d", rows[i].line, (int)mark.grade);
    }
}

static void test_secrecy__leaves_ordinary_text(void **state)
{
    static const char *const rows[] = {
        "bảo vệ bí mật nhà nước",
        "mật",
        "Danh mục bí mật nhà nước độ Mật",
        "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
        "MẶT",
        "MẶT TRẬN TỔ QUỐC",
        "MẶT SAU",
        "MAI",
        "NHẬT",
        "VẬT",
        "LUẬT",
        "MỤC",
        "CÔNG TÁC TUYỂN SINH",
        "-",
        "2",
    };
    struct secrecy_mark mark;

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        if (grade_of(rows[i], &mark) != SECRECY_NONE)
            fail_msg("%s: grade %d", rows[i], (int)mark.grade);
    }
}

static void test_secrecy__finds_a_stamp_set_apart_on_a_line_of_text(void **state)
{
    AUTO_SHEET struct sheet s;
    struct secrecy_mark mark;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "MẬT{40,55}");
    sheet_more(&s, 700, 300, "Đắk Lắk, ngày 05 tháng 9 năm 2019");
    assert_true(secrecy_find(&s.r, &mark));
    assert_int_equal(mark.grade, SECRECY_MAT);
    assert_int_equal(mark.confidence, 55);
    assert_int_equal(mark.x, 200);
    assert_int_equal(mark.y, 280);
    assert_int_equal(mark.w, 3 * SHEET_CHAR);
    assert_int_equal(mark.h, 40);
    assert_true(secrecy_find(&s.r, NULL));
}

static void test_secrecy__takes_the_highest_grade(void **state)
{
    AUTO_SHEET struct sheet s;
    struct secrecy_mark mark;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "MẬT");
    sheet_line(&s, 200, 400, "TUYỆT MẬT");
    sheet_line(&s, 200, 500, "TỐI MẬT");
    assert_true(secrecy_find(&s.r, &mark));
    assert_int_equal(mark.grade, SECRECY_TUYET_MAT);
    assert_int_equal(mark.y, 400 - SHEET_HEIGHT / 2);
}

static void test_secrecy__finds_two_lines_of_one_stamp(void **state)
{
    AUTO_SHEET struct sheet s;

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 200, 300, "TUYỆT");
    sheet_line(&s, 200, 340, "MẬT");
    assert_true(secrecy_find(&s.r, NULL));
}

static void test_secrecy__a_frame_allows_more(void **state)
{
    static const struct {
        const char *line;
        enum secrecy_grade grade;
    } CASES[] = {
        {"HAT", SECRECY_MAT},
        {"| MAI |", SECRECY_MAT},
        {"MÁT", SECRECY_MAT},
        {"TÓl MÂT", SECRECY_TOI_MAT},
        {"[ TUYẾT MẠT", SECRECY_TUYET_MAT},
        {"M Ậ T", SECRECY_MAT},
        {"KHẨN", SECRECY_NONE},
        {"HỎA TỐC", SECRECY_NONE},
        {"CÔNG VĂN ĐẾN", SECRECY_NONE},
        {"MẶT TRẬN TỔ QUỐC", SECRECY_NONE},
        {"TÓM TẮT", SECRECY_NONE},
        {"ĐẠT", SECRECY_NONE},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        AUTO_SHEET struct sheet s;

        sheet_init(&s);
        sheet_line(&s, 300, 400, CASES[i].line);
        if (secrecy_framed(&s.r) != CASES[i].grade)
            fail_msg("%s", CASES[i].line);
    }
}

static void test_secrecy__an_empty_page_has_none(void **state)
{
    struct result r = {.width_px = 10, .height_px = 10};

    (void)state;
    assert_false(secrecy_find(&r, NULL));
    assert_int_equal(secrecy_framed(&r), SECRECY_NONE);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrecy__finds_stamps_however_they_are_read),
        cmocka_unit_test(test_secrecy__leaves_ordinary_text),
        cmocka_unit_test(test_secrecy__finds_a_stamp_set_apart_on_a_line_of_text),
        cmocka_unit_test(test_secrecy__takes_the_highest_grade),
        cmocka_unit_test(test_secrecy__finds_two_lines_of_one_stamp),
        cmocka_unit_test(test_secrecy__a_frame_allows_more),
        cmocka_unit_test(test_secrecy__an_empty_page_has_none),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
