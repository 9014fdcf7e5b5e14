/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/form.h"

#include "tests/unit/unit.h"

#include "ocr/doubt.h"
#include "ocr/entries.h"
#include "ocr/fields.h"
#include "ocr/tables.h"
#include "tests/unit/sheet.h"

static void heading(struct sheet *s, const char *title)
{
    sheet_init(s);
    sheet_centre(s, 440, 170, "ỦY BAN NHÂN DÂN");
    sheet_centre(s, 440, 215, "XÃ EA YÔNG");
    sheet_centre(s, 1130, 170, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    sheet_centre(s, 1130, 215, "Độc lập - Tự do - Hạnh phúc");
    sheet_line(s, 250, 290, "Số: 12/2019");
    sheet_centre(s, 850, 400, title);
}

static void find(const struct sheet *s, struct fields *f)
{
    const struct result *page = &s->r;
    struct err e = ERR_INIT;

    unit_ok(result_check(page, &e), &e);
    fields_find(&page, 1, 2026, f);
}

/* @value NULL: the field is absent; "": a strip. */
static void expect(const struct fields *f, const char *name, const char *value,
                   const char *reason)
{
    const struct field *got = fields_get(f, name);

    if (!got != !value)
        fail_msg("%s: %s", name, got ? got->value : "absent");
    if (!got)
        return;
    if (strcmp(got->value, value) != 0 || strcmp(got->reason, reason) != 0)
        fail_msg("%s: \"%s\" (%s) instead of \"%s\" (%s)", name, got->value,
                 got->reason, value, reason);
    assert_int_equal(got->doubtful, *reason != '\0');
    assert_int_equal(got->strip, *value == '\0');
}

static void test_form__birth(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    heading(&s, "GIẤY KHAI SINH");
    sheet_line(&s, 230, 500, "Họ, chữ đệm, tên: H'Nuen Byă Giới tính: Nữ");
    sheet_line(&s, 230, 560, "Ngày, tháng, năm sinh: 05/03/2019");
    sheet_line(&s, 230, 620, "Nơi sinh: Bệnh viện huyện Krông Pắc");
    sheet_line(&s, 230, 680, "Dân tộc: Ê Đê Quốc tịch: Việt Nam");
    sheet_line(&s, 230, 740, "Họ, chữ đệm, tên người mẹ: H'Yă Byă");
    sheet_line(&s, 230, 800, "Năm sinh: 1991 Dân tộc: Ê Đê Quốc tịch: Việt Nam");
    sheet_line(&s, 230, 860, "Nơi cư trú: Buôn Pok, xã Ea Yông");
    sheet_line(&s, 230, 920, "Họ, chữ đệm, tên người cha: Y Blô Niê");
    sheet_line(&s, 230, 980, "Năm sinh: 1988 Dân tộc: Ê Đê");
    sheet_line(&s, 230, 1040, "Họ, chữ đệm, tên người đi khai sinh: Nguyên Thị Ba");
    find(&s, &f);
    expect(&f, "so", "12/2019", "");
    expect(&f, "nksHoTen", "H'Nuen Byă", "");
    expect(&f, "nksGioiTinh", "Nữ", "");
    expect(&f, "nksNgaySinh", "2019-03-05", "");
    expect(&f, "nksNoiSinh", "Bệnh viện huyện Krông Pắc", "");
    expect(&f, "nksDanToc", "Ê Đê", "");
    expect(&f, "nksQuocTich", "Việt Nam", "");
    expect(&f, "meHoTen", "H'Yă Byă", "");
    expect(&f, "meNgaySinh", "1991", "");
    expect(&f, "meNoiCuTru", "Buôn Pok, xã Ea Yông", "");
    expect(&f, "chaHoTen", "Y Blô Niê", "");
    expect(&f, "chaNgaySinh", "1988", "");
    expect(&f, "chaDanToc", "Ê Đê", "");
    expect(&f, "chaQuocTich", NULL, NULL);
    expect(&f, "nycHoTen", "Nguyên Thị Ba", "surname-marks");
    expect(&f, FIELDS_KIND, NULL, NULL);
}

/* Nothing is made of handwriting: the place is told. */
static void test_form__handwriting_is_a_strip(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    const struct field *name, *sex, *place;

    (void)state;
    heading(&s, "GIẤY KHAI SINH");
    sheet_line(&s, 230, 500, "Họ, chữ đệm, tên: Nquyéx{26,31} Vgm{26,40} Giới tính:");
    sheet_line(&s, 230, 560, "Ngày, tháng, năm sinh: 05/03/1987{44,91}");
    sheet_line(&s, 230, 620, "Nơi sinh: ………………………");
    sheet_line(&s, 230, 680, "Dân tộc: Kinh Quốc tịch: Việt Nam");
    find(&s, &f);
    expect(&f, "nksHoTen", "", "handwritten");
    expect(&f, "nksGioiTinh", "", "blank");
    expect(&f, "nksNgaySinh", "", "handwritten");
    expect(&f, "nksNoiSinh", "", "blank");
    expect(&f, "nksDanToc", "Kinh", "");
    name = fields_get(&f, "nksHoTen");
    sex = fields_get(&f, "nksGioiTinh");
    place = fields_get(&f, "nksNoiSinh");
    /* From behind the label to the next one, a little higher than the line. */
    assert_true(name->x > 230 + 200 && name->x + name->w <= sex->x);
    assert_true(name->y < 500 - SHEET_HEIGHT / 2 && name->y + name->h > 500 + 13);
    assert_true(place->x + place->w > SHEET_W * 9 / 10 &&
                place->x + place->w <= SHEET_W);
}

static void test_form__marriage_in_two_columns(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    heading(&s, "TRÍCH LỤC KẾT HÔN");
    sheet_line(&s, 150, 500, "Họ, chữ đệm, tên vợ: Lê Thị Hoa");
    sheet_more(&s, 860, 500, "Họ, chữ đệm, tên chồng: Y Thịnh Êban");
    sheet_line(&s, 150, 560, "Ngày, tháng, năm sinh: 1990");
    sheet_line(&s, 860, 560, "Ngày, tháng, năm sinh: 17/11/1988");
    sheet_line(&s, 150, 620, "Dân tộc: Kinh");
    sheet_line(&s, 860, 620, "Dân tộc: Ê Đê");
    sheet_line(&s, 150, 680, "Đăng ký tại: xã Ea Yông");
    find(&s, &f);
    expect(&f, "voHoTen", "Lê Thị Hoa", "");
    expect(&f, "chongHoTen", "Y Thịnh Êban", "");
    expect(&f, "voNgaySinh", "1990", "");
    expect(&f, "chongNgaySinh", "1988-11-17", "");
    expect(&f, "voDanToc", "Kinh", "");
    expect(&f, "chongDanToc", "Ê Đê", "");
    expect(&f, "noiDangKy", "xã Ea Yông", "");
}

static void test_form__death(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    heading(&s, "TRÍCH LỤC KHAI TỬ");
    sheet_line(&s, 230, 500, "Họ, chữ đệm, tên: Trần Văn Tư Giới tính: Nan");
    sheet_line(&s, 230, 560, "Ngày, tháng, năm sinh: 31/02/1940");
    sheet_line(&s, 230, 620,
               "Đã chết vào lúc: 10 giờ 30 phút, ngày 05 tháng 3 năm 2019");
    sheet_line(&s, 230, 680, "Nơi chết: tại nhà{26,70}");
    sheet_line(&s, 230, 740, "Nguyên nhân chết: già yếu");
    find(&s, &f);
    expect(&f, "nktHoTen", "Trần Văn Tư", "");
    expect(&f, "nktGioiTinh", "Nan", "pattern-loose");
    expect(&f, "nktNgaySinh", "", "implausible-date");
    expect(&f, "nktNgayChet", "2019-03-05", "");
    expect(&f, "nktGioPhutChet", "10 giờ 30 phút", "");
    expect(&f, "nktNoiChet", "tại nhà", "low-confidence");
    expect(&f, "nktNguyenNhanChet", "già yếu", "");
}

/* Label and value in cells of their own, read as two lines. */
static void test_form__cells_of_a_table(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    heading(&s, "SỔ ĐĂNG KÝ KHAI SINH");
    sheet_line(&s, 230, 500, "Họ, chữ đệm, tên");
    sheet_line(&s, 230, 560, "Ngày sinh");
    sheet_line(&s, 230, 620, "Quê quán");
    sheet_line(&s, 900, 502, "Siu Blêt");
    sheet_line(&s, 900, 558, "12.01.2003");
    sheet_line(&s, 900, 622, "Ia Grai, Gia Lai");
    find(&s, &f);
    expect(&f, "nksHoTen", "Siu Blêt", "");
    expect(&f, "nksNgaySinh", "2003-01-12", "");
    expect(&f, "nksQueQuan", "Ia Grai, Gia Lai", "");
}

static void ignore(void *ctx, const struct form_value *v)
{
    (void)v;
    (*(int *)ctx)++;
}

static void test_form__other_papers_are_none(void **state)
{
    AUTO_SHEET struct sheet s;
    int told = 0;

    (void)state;
    heading(&s, "QUYẾT ĐỊNH");
    sheet_line(&s, 230, 500, "Về việc cấp lại giấy khai sinh cho công dân");
    sheet_line(&s, 230, 560, "Họ và tên: Lê Thị Hoa. Dân tộc: Kinh. Quốc tịch: Lào");
    assert_false(form_find(&s.r, ignore, &told));
    assert_int_equal(told, 0);
}

/* A register of five columns and two entries below @title. */
static void book(struct sheet *s, const char *title)
{
    static const char *const TEXTS[] = {
        "Số",      "Họ và tên", "Họ và tên mẹ", "Dân tộc", "Chữ ký", //
        "01/2003", "Y Bliu",    "Hà Thị Nga",   "Kinh",    "",       //
        "02/2003", "Y Kông",    "H'Bia",        "Ê Đê",    "",
    };
    struct tables_cell cells[15];
    struct tables_table table = {50, 480, 1500, 300, 0, 15};
    struct tables t = {.p = &table, .count = 1, .cells = cells, .cell_count = 15};

    sheet_init(s);
    sheet_centre(s, 850, 300, title);
    sheet_line(s, 600, 360, "Quyển số: 01/2003");
    for (int i = 0; i < 15; i++) {
        struct tables_cell c = {.x = 50 + i % 5 * 300,
                                .y = 480 + i / 5 * 100,
                                .w = 300,
                                .h = 100,
                                .row = i / 5,
                                .column = i % 5,
                                .rows = 1,
                                .columns = 1,
                                .ink = TEXTS[i][0] != '\0'};

        cells[i] = c;
        if (c.ink)
            sheet_line(s, c.x + 20, c.y + 30, TEXTS[i]);
    }
    grid_take(&t, &s->r);
}

static size_t columns(const struct sheet *s, const char *fields[5])
{
    AUTO_DOUBTS struct doubts d = {0};
    AUTO_ENTRIES struct entries t = {0};

    doubt_find(&s->r, &d);
    entries_read(&s->r, &d, 0, &t);
    return form_columns(form_kind_of(&s->r), &t, fields);
}

static void test_form__columns_of_a_register_are_fields(void **state)
{
    AUTO_SHEET struct sheet birth, other;
    const char *fields[5];

    (void)state;
    book(&birth, "SỔ ĐĂNG KÝ KHAI SINH");
    assert_int_equal(columns(&birth, fields), 4);
    assert_string_equal(fields[0], "so");
    assert_string_equal(fields[1], "nksHoTen");
    assert_string_equal(fields[2], "meHoTen");
    assert_string_equal(fields[3], "meDanToc"); /* as the column before */
    assert_string_equal(fields[4], "");
    book(&other, "DANH SÁCH HỘ NGHÈO");
    assert_int_equal(columns(&other, fields), 0);
    assert_string_equal(fields[0], "");
}

/* What stands beside a name of a column is the next name. */
static void test_form__a_heading_is_no_label(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    book(&s, "SỔ ĐĂNG KÝ KHAI SINH");
    find(&s, &f);
    expect(&f, "quyenSo", "01/2003", "");
    expect(&f, "nksHoTen", NULL, NULL);
    expect(&f, "meHoTen", NULL, NULL);
    expect(&f, "nksDanToc", NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form__birth),
        cmocka_unit_test(test_form__handwriting_is_a_strip),
        cmocka_unit_test(test_form__marriage_in_two_columns),
        cmocka_unit_test(test_form__death),
        cmocka_unit_test(test_form__cells_of_a_table),
        cmocka_unit_test(test_form__other_papers_are_none),
        cmocka_unit_test(test_form__columns_of_a_register_are_fields),
        cmocka_unit_test(test_form__a_heading_is_no_label),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
