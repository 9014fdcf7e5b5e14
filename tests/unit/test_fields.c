/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include <math.h>

#include "node/base/jdoc.h"
#include "ocr/fields.h"
#include "ocr/map.h"
#include "ocr/upright.h"
#include "tests/unit/sheet.h"

#define LEFT   440  /* middle of the left cell */
#define RIGHT  1130 /* middle of the right cell */
#define MIDDLE 850

/* Title and motto, as most documents have them. */
static void title(struct sheet *s)
{
    sheet_centre(s, RIGHT, 170, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    sheet_centre(s, RIGHT, 215, "Độc lập - Tự do - Hạnh phúc");
}

/* A whole header; NULL leaves a line out. */
struct paper {
    const char *organ, *organ2, *number, *date, *kind, *subject, *subject2;
};

static void put(struct sheet *s, const struct paper *p)
{
    sheet_init(s);
    if (p->organ)
        sheet_centre(s, LEFT, 170, p->organ);
    if (p->organ2)
        sheet_centre(s, LEFT, 215, p->organ2);
    title(s);
    if (p->number)
        sheet_centre(s, LEFT, 290, p->number);
    if (p->date)
        sheet_centre(s, RIGHT, 292, p->date);
    if (p->kind)
        sheet_centre(s, MIDDLE, 400, p->kind);
    if (p->subject)
        sheet_centre(s, MIDDLE, 450, p->subject);
    if (p->subject2)
        sheet_centre(s, MIDDLE, 498, p->subject2);
    sheet_centre(s, MIDDLE, 620, "CHỦ TỊCH ỦY BAN NHÂN DÂN XÃ");
    sheet_line(s, 330, 720,
               "Căn cứ Luật Tổ chức chính quyền địa phương số 77/2015/QH13;");
    sheet_line(s, 230, 770, "Số 79/QĐ-UBND ngày 19 tháng 6 năm 2015 của xã;");
}

static const struct paper plain = {
    .organ = "ỦY BAN NHÂN DÂN",
    .organ2 = "XÃ EA YÔNG",
    .number = "Số: 12/QĐ-UBND",
    .date = "Ea Yông, ngày 05 tháng 9 năm 2019",
    .kind = "QUYẾT ĐỊNH",
    .subject = "Về việc công nhận hộ nghèo, hộ cận nghèo",
    .subject2 = "trên địa bàn xã năm 2019",
};

static void find(const struct sheet *s, struct fields *f)
{
    const struct result *page = &s->r;
    struct err e = ERR_INIT;

    unit_ok(result_check(page, &e), &e);
    fields_find(&page, 1, 2026, f);
}

/* @reason NULL: the field is absent; "": it is there and not doubtful. */
static void expect(const struct fields *f, const char *name, const char *value,
                   const char *reason)
{
    const struct field *got = fields_get(f, name);

    if (!got != !reason)
        fail_msg("%s: %s", name, got ? got->value : "absent");
    if (!got)
        return;
    if (strcmp(got->value, value) != 0 || strcmp(got->reason, reason) != 0)
        fail_msg("%s: \"%s\" (%s) instead of \"%s\" (%s)", name, got->value,
                 got->reason, value, reason);
    assert_int_equal(got->doubtful, *reason != '\0');
}

static void test_fields__reads_a_whole_header(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    const struct field *number;

    (void)state;
    put(&s, &plain);
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_NOTATION, "QĐ-UBND", "");
    expect(&f, FIELDS_DATE, "2019-09-05", "");
    expect(&f, FIELDS_PLACE, "Ea Yông", "");
    expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "");
    expect(&f, FIELDS_PARENT, NULL, NULL);
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
    expect(&f, FIELDS_SUBJECT,
           "Về việc công nhận hộ nghèo, hộ cận nghèo trên địa bàn xã năm 2019", "");
    number = fields_get(&f, FIELDS_NUMBER);
    assert_int_equal(number->confidence, SHEET_CONF);
    assert_int_equal(number->page, 0);
    assert_int_equal(number->y, 290 - SHEET_HEIGHT / 2);
    assert_int_equal(number->h, SHEET_HEIGHT);
}

/* The plain page, captured so that @map takes it to a page of @width × @height. */
static void find_captured(const struct map *map, int32_t width, int32_t height,
                          struct fields *f)
{
    AUTO_SHEET struct sheet s;

    put(&s, &plain);
    s.r.width_px = width;
    s.r.height_px = height;
    upright_note(map, 1, SHEET_W, SHEET_H, width, height, &s.r.upright);
    for (size_t i = 0; i < s.r.word_count; i++) {
        struct result_word *w = &s.r.words[i];

        map_box(map, width, height, &w->x, &w->y, &w->w, &w->h);
    }
    find(&s, f);
}

/* On its side, on its head, leaning, or as a photograph: the same fields. */
static void test_fields__a_page_may_be_captured_any_way(void **state)
{
    static const double QUAD[] = {300, 200, 1900, 320, 2000, 2800, 200, 2700};
    struct map ways[5];

    (void)state;
    map_quarters(&ways[0], 1, SHEET_H, SHEET_W);
    map_quarters(&ways[1], 2, SHEET_W, SHEET_H);
    map_quarters(&ways[2], 3, SHEET_H, SHEET_W);
    map_turned(&ways[3], 3 * M_PI / 180, 0, 0, SHEET_W / 2.0, SHEET_H / 2.0);
    assert_true(map_quad(&ways[4], QUAD, SHEET_W, SHEET_H));
    for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
        AUTO_FOUND struct fields f = {0};
        const struct field *number;
        double x = 0, y = 0;

        find_captured(&ways[i], i % 2 || i == 4 ? 2400 : SHEET_H,
                      i % 2 || i == 4 ? 3000 : SHEET_W, &f);
        expect(&f, FIELDS_NUMBER, "12", "");
        expect(&f, FIELDS_NOTATION, "QĐ-UBND", "");
        expect(&f, FIELDS_DATE, "2019-09-05", "");
        expect(&f, FIELDS_PLACE, "Ea Yông", "");
        expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "");
        expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
        expect(&f, FIELDS_SUBJECT,
               "Về việc công nhận hộ nghèo, hộ cận nghèo trên địa bàn xã năm 2019", "");
        /* Where it stands is told of the page as captured. */
        number = fields_get(&f, FIELDS_NUMBER);
        map_point(&ways[i], 461, 290, &x, &y);
        assert_in_range(lround(fabs(number->x + number->w / 2.0 - x)), 0, 4);
        assert_in_range(lround(fabs(number->y + number->h / 2.0 - y)), 0, 4);
    }
}

static void test_fields__cuts_lines_read_across_both_columns(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 170, "UBND TỈNH ĐẮK LẮK");
    sheet_more(&s, 760, 170, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    sheet_line(&s, 250, 215, "SỞ TƯ PHÁP");
    sheet_more(&s, 900, 215, "Độc lập - Tự do - Hạnh phúc");
    sheet_line(&s, 250, 290, "Số: 288/KH-STP");
    sheet_more(&s, 800, 290, "Đắk Lắk, ngày 18 tháng 12 năm 2017");
    sheet_centre(&s, MIDDLE, 400, "KẾ HOẠCH");
    sheet_centre(&s, MIDDLE, 450, "Tổ chức thực hiện Nghị quyết số 99/NQ-CP");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "288", "");
    expect(&f, FIELDS_NOTATION, "KH-STP", "");
    expect(&f, FIELDS_DATE, "2017-12-18", "");
    expect(&f, FIELDS_PLACE, "Đắk Lắk", "");
    expect(&f, FIELDS_ORGAN, "SỞ TƯ PHÁP", "");
    expect(&f, FIELDS_PARENT, "UBND TỈNH ĐẮK LẮK", "");
    expect(&f, FIELDS_KIND, "KẾ HOẠCH", "");
    expect(&f, FIELDS_SUBJECT, "Tổ chức thực hiện Nghị quyết số 99/NQ-CP", "");
}

/* A word with another reading makes its field doubtful, and no other one; the kind's
 * name does not hang on marks. */
static void test_fields__choices_make_a_field_doubtful(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    put(&s, &plain);
    s.r.choices = mem_new(2, sizeof *s.r.choices);
    for (size_t i = 0; i < s.r.word_count; i++) {
        const struct result_word *w = &s.r.words[i];
        bool kind = strncmp(s.r.text + w->start, "QUYẾT", w->len) == 0;
        bool subject = strncmp(s.r.text + w->start, "nghèo,", w->len) == 0;

        if ((kind || subject) && s.r.choice_count < 2)
            s.r.choices[s.r.choice_count++] = (struct result_choice){
                .word = i, .changed = true, .other = mem_dup("x")};
    }
    assert_int_equal(s.r.choice_count, 2);
    find(&s, &f);
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
    expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "");
    expect(&f, FIELDS_SUBJECT,
           "Về việc công nhận hộ nghèo, hộ cận nghèo trên địa bàn xã năm 2019",
           "chosen");
}

static void test_fields__urgency(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    AUTO_FOUND struct fields none = {0};

    (void)state;
    put(&s, &plain);
    sheet_line(&s, 300, 560, "HOẢ TỐC");
    find(&s, &f);
    expect(&f, FIELDS_URGENCY, "HỎA TỐC", "");
    sheet_clear(&s);
    put(&s, &plain);
    sheet_line(&s, 300, 560, "Công việc KHẨN CẤP");
    find(&s, &none);
    expect(&none, FIELDS_URGENCY, NULL, NULL);
}

static void test_fields__number_and_notation(void **state)
{
    static const struct {
        const char *line, *number, *why, *notation, *why_notation;
    } rows[] = {
        {"Số: 05/QĐ-UBND", "05", "", "QĐ-UBND", ""},
        {"Số 05/QĐ-UBND", "05", "", "QĐ-UBND", ""},
        {"SỐ: 05/QĐ-UBND", "05", "", "QĐ-UBND", ""},
        {"Sô: 05/QĐ-UBND", "05", "", "QĐ-UBND", ""},
        {"Só:05/QĐ-UBND", "05", "", "QĐ-UBND", ""},
        {"Số: 105 / QĐ - UBND", "105", "", "QĐ-UBND", ""},
        {"Số: 35/2025/QĐ-UBND", "35", "", "2025/QĐ-UBND", ""},
        {"Số: 12a/QĐ-UBND", "12a", "", "QĐ-UBND", ""},
        {"Số: 22bis/QĐ-UBND", "22bis", "", "QĐ-UBND", ""},
        {"Số: 12/QÐ-UBND", "12", "", "QĐ-UBND", ""},
        {"Số: 12/QĐÐ-UBND", "12", "", "QĐ-UBND", ""},
        {"Số: 12/QĐ-UB", "12", "", "QĐ-UB", ""},
        {"Số: 12/QD-UBND", "12", "", "QD-UBND", "pattern-loose"},
        {"Số: 5/QĐ-UBND", "5", "not-zero-padded", "QĐ-UBND", ""},
        {"Số: O5/QĐ-UBND", "O5", "digit-letter-mix", "QĐ-UBND", ""},
        {"Số: 1l5/QĐ-UBND", "1l5", "digit-letter-mix", "QĐ-UBND", ""},
        {"Số: 25I/QĐ-UBND", "25I", "digit-letter-mix", "QĐ-UBND", ""},
        {"Số: /QĐ-UBND", "", "blank", "QĐ-UBND", ""},
        {"Số: ....../QĐ-UBND", "", "blank", "QĐ-UBND", ""},
        {"Số: …… /QĐ-UBND", "", "blank", "QĐ-UBND", ""},
        {"Số: 43† /QĐ-UBND", "", "unreadable", "QĐ-UBND", ""},
        {"Số: bì) /QĐ-UBND", "", "unreadable", "QĐ-UBND", ""},
        {"Số: 44{36,91} /QĐ-UBND", "44", "handwritten", "QĐ-UBND", ""},
        {"Số: 44{20,91} /QĐ-UBND", "44", "handwritten", "QĐ-UBND", ""},
        {"Số: 44{26,70} /QĐ-UBND", "44", "low-confidence", "QĐ-UBND", ""},
        {"Số: 44{26,93} /QĐ-UBND", "44", "", "QĐ-UBND", ""},
        {"Số: 44/QĐ-UBND{33,20}", "44", "low-confidence", "QĐ-UBND", ""},
        {"Số: 97UBND-VHXH", "97", "pattern-loose", "UBND-VHXH", "pattern-loose"},
        {"Số: 120QĐ-UBND", "120", "pattern-loose", "QĐ-UBND", "pattern-loose"},
        {"12/QĐ-UBND", "12", "pattern-loose", "QĐ-UBND", "pattern-loose"},
        {"Số: 12/CT-UBND", "12", "", "CT-UBND", "kind-differs"},
        {"Số: 12/XYZ", "12", "", "XYZ", "pattern-loose"},
        {"Số: 12/QÐI-UBND", "12", "", "QĐI-UBND", "pattern-loose"},
        {"Số: 12/QĐ-ABC{26,50}", "12", "two-readings", "QĐ-ABC", "low-confidence"},
        {"Số: 12", NULL, NULL, NULL, NULL},
        {"Số: 12/2003", NULL, NULL, NULL, NULL},
        {"Quyển số: 01/2003", NULL, NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        struct paper p = plain;

        p.number = rows[i].line;
        put(&s, &p);
        find(&s, &f);
        print_message("%s\n", rows[i].line);
        expect(&f, FIELDS_NUMBER, rows[i].number, rows[i].why);
        expect(&f, FIELDS_NOTATION, rows[i].notation, rows[i].why_notation);
    }
}

static void test_fields__date_and_place(void **state)
{
    static const struct {
        const char *line, *date, *why, *place;
    } rows[] = {
        {"Ea Yông, ngày 05 tháng 9 năm 2019", "2019-09-05", "", "Ea Yông"},
        {"Ea Yông, ngày05 tháng 12năm 2019", "2019-12-05", "", "Ea Yông"},
        {"Ea Yông,ngày 05 tháng 12 năm 2019", "2019-12-05", "", "Ea Yông"},
        {"Ea Yông, ngay 05 thang 12 nam 2019", "2019-12-05", "", "Ea Yông"},
        {"Ea Yông, ngàv 05 thảng 12 năm 2019", "2019-12-05", "", "Ea Yông"},
        {"M'Drắk, ngày 05 tháng 12 năm 2019", "2019-12-05", "", "M'Drắk"},
        {"Bà Rịa - Vũng Tàu, ngày 31 tháng 12 năm 2019", "2019-12-31", "",
         "Bà Rịa - Vũng Tàu"},
        {"Quảng Ngãi, ngày 5 tháng 9 năm 1987", "1987-09-05", "", "Quảng Ngãi"},
        {"Quảng Nam, tháng 9 năm 1987", "1987-09", "", "Quảng Nam"},
        {"Ea Yông, ngày 05/9/1987", "1987-09-05", "", "Ea Yông"},
        {"Ea Yông, ngày 05.09.1987", "1987-09-05", "", "Ea Yông"},
        {"Ea Yông, ngày 5 tháng 9 năm 2019", "2019-09-05", "not-zero-padded",
         "Ea Yông"},
        {"Ea Yông, ngày 15 tháng 1 năm 2019", "2019-01-15", "not-zero-padded",
         "Ea Yông"},
        {"Ea Yông, ngày tháng 9 năm 2019", "2019-09", "blank", "Ea Yông"},
        {"Ea Yông, ngày ... tháng ... năm 2019", "2019", "blank", "Ea Yông"},
        {"Ea Yông, ngày tháng năm", "", "blank", "Ea Yông"},
        {"Ea Yông, ngày 5† tháng 9 năm 2019", "2019-09", "unreadable", "Ea Yông"},
        {"Ea Yông, ngày 2“tháng 9 năm 2019", "2019-09", "unreadable", "Ea Yông"},
        {"Ea Yông, ngày l5 tháng 9 năm 2019", "2019-09", "digit-letter-mix", "Ea Yông"},
        {"Ea Yông, ngày 15 tháng O9 năm 2019", "2019", "digit-letter-mix", "Ea Yông"},
        {"Ea Yông, ngày 15 tháng 09 năm 2O19", "", "digit-letter-mix", "Ea Yông"},
        {"Ea Yông, ngày 31 tháng 9 năm 2019", "2019-09", "implausible-date", "Ea Yông"},
        {"Ea Yông, ngày 29 tháng 02 năm 2020", "2020-02-29", "", "Ea Yông"},
        {"Ea Yông, ngày 29 tháng 02 năm 2019", "2019-02", "implausible-date",
         "Ea Yông"},
        {"Ea Yông, ngày 0 tháng 9 năm 2019", "2019-09", "implausible-date", "Ea Yông"},
        {"Ea Yông, ngày 18 tháng 22 năm 2019", "2019", "implausible-date", "Ea Yông"},
        {"Ea Yông, ngày 18 tháng 12 năm 2091", "2091-12-18", "implausible-date",
         "Ea Yông"},
        {"Ea Yông, ngày 18{36,95} tháng 12 năm 2019", "2019-12-18", "handwritten",
         "Ea Yông"},
        {"Ea Yông, ngày 18{26,60} tháng 12 năm 2019", "2019-12-18", "low-confidence",
         "Ea Yông"},
        {"Ea Yông, ngày 18 tháng 12 2019", "2019-12-18", "pattern-loose", "Ea Yông"},
        {"Ea Yông, một ngày đẹp trời", NULL, NULL, NULL},
        {"Ngày: 05/9/19", NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        struct paper p = plain;

        p.date = rows[i].line;
        put(&s, &p);
        find(&s, &f);
        print_message("%s\n", rows[i].line);
        expect(&f, FIELDS_DATE, rows[i].date, rows[i].why);
        expect(&f, FIELDS_PLACE, rows[i].place, rows[i].place ? "" : NULL);
    }
}

static void test_fields__issuer_and_parent(void **state)
{
    static const struct {
        const char *line, *line2, *organ, *why, *parent;
    } rows[] = {
        {"ỦY BAN NHÂN DÂN", "TỈNH ĐẮK LẮK", "ỦY BAN NHÂN DÂN TỈNH ĐẮK LẮK", "", NULL},
        {"UỶ BAN NHÂN DÂN", "HUYỆN CƯ M'GAR", "UỶ BAN NHÂN DÂN HUYỆN CƯ M'GAR", "",
         NULL},
        {"UBND HUYỆN EA H'LEO", "UBND XÃ DLIÊ YANG", "UBND XÃ DLIÊ YANG", "",
         "UBND HUYỆN EA H'LEO"},
        {"BỘ TÀI NGUYÊN", "VÀ MÔI TRƯỜNG", "BỘ TÀI NGUYÊN VÀ MÔI TRƯỜNG", "", NULL},
        {"UBND TỈNH ĐẮK LẮK", "SỞ Y TẾ", "SỞ Y TẾ", "", "UBND TỈNH ĐẮK LẮK"},
        {"NGÂN HÀNG CHÍNH SÁCH XÃ", "HỘI TỈNH ĐẮK LẮK",
         "NGÂN HÀNG CHÍNH SÁCH XÃ HỘI TỈNH ĐẮK LẮK", "", NULL},
        {"ỦY BAN NHÂN DÂN HUYỆN KRÔNG PẮC", "XÃ EA YÔNG",
         "ỦY BAN NHÂN DÂN HUYỆN KRÔNG PẮC XÃ EA YÔNG", "two-agencies", NULL},
        {"ỦY BAN NHẬN DÂN", "TỈNH ĐẮK LẮK", "ỦY BAN NHẬN DÂN TỈNH ĐẮK LẮK",
         "pattern-loose", NULL},
        {"ỦY BAN NHÂN DÂN", "TÍNH ĐẮK LẮK", "ỦY BAN NHÂN DÂN TÍNH ĐẮK LẮK",
         "pattern-loose", NULL},
        {"ỦY BAN NHÂN DÂN", "TỈNH ĐẮK LẮC{26,40}", "ỦY BAN NHÂN DÂN TỈNH ĐẮK LẮC",
         "low-confidence", NULL},
        {"|UBND XÃ", "_EA YÔNG_", "UBND XÃ EA YÔNG", "", NULL},
        {"LẠ LÙNG", NULL, "LẠ LÙNG", "pattern-loose", NULL},
        {"Sổ đăng ký", NULL, NULL, NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        struct paper p = plain;

        p.organ = rows[i].line;
        p.organ2 = rows[i].line2;
        put(&s, &p);
        find(&s, &f);
        print_message("%s\n", rows[i].line);
        expect(&f, FIELDS_ORGAN, rows[i].organ, rows[i].why);
        expect(&f, FIELDS_PARENT, rows[i].parent, rows[i].parent ? "" : NULL);
    }
}

static void test_fields__place_and_issuer_check_each_other(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.date = "Ea Yong, ngày 05 tháng 9 năm 2019";
    put(&s, &p);
    find(&s, &f);
    expect(&f, FIELDS_PLACE, "Ea Yong", "two-candidates");
    expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "two-candidates");
}

static void test_fields__kind(void **state)
{
    static const struct {
        const char *line, *number, *kind, *why;
    } rows[] = {
        {"QUYẾT ĐỊNH", "Số: 12/QĐ-UBND", "QUYẾT ĐỊNH", ""},
        {"QUYÉT ĐỊNH", "Số: 12/QĐ-UBND", "QUYẾT ĐỊNH", ""},
        {"CHI THỊ", "Số: 12/CT-UBND", "CHỈ THỊ", ""},
        {"T Ờ T R Ì N H", "Số: 12/TTr-UBND", "TỜ TRÌNH", ""},
        {"THÔNG BẢO", "Số: 12/TB-UBND", "THÔNG BÁO", ""},
        {"QUYÊT ĐLNH", "Số: 12/QĐ-UBND", "QUYẾT ĐỊNH", ""},
        {"QUYÊT ĐLNH", "Số: 12/ABC-UBND", "QUYẾT ĐỊNH", "pattern-loose"},
        {"QUYẾT ĐỊNH", "Số: 12/BC-UBND", "QUYẾT ĐỊNH", "kind-differs"},
        {"BÁO CÁO", "Số: 12-BC/HU", "BÁO CÁO", ""},
        {"@#", "Số: 12/BC-UBND", "BÁO CÁO", "from-notation"},
        {"Quyết định", "Số: 12/ABC-UBND", NULL, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        struct paper p = plain;

        p.kind = rows[i].line;
        p.number = rows[i].number;
        put(&s, &p);
        find(&s, &f);
        print_message("%s, %s\n", rows[i].line, rows[i].number);
        expect(&f, FIELDS_KIND, rows[i].kind, rows[i].why);
    }
}

static void test_fields__a_kind_with_its_abstract_on_one_line(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.number = "Số: 25/BC-UBND";
    p.kind = "BÁO CÁO TÌNH HÌNH KINH TẾ";
    p.subject = "SÁU THÁNG ĐẦU NĂM 2019";
    p.subject2 = NULL;
    put(&s, &p);
    find(&s, &f);
    expect(&f, FIELDS_KIND, "BÁO CÁO", "");
    expect(&f, FIELDS_SUBJECT, "TÌNH HÌNH KINH TẾ SÁU THÁNG ĐẦU NĂM 2019", "");
}

static void test_fields__a_decision_of_somebody(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.date = "Ea Yông, ngày 5 tháng 9 năm 1998";
    p.number = "Số: 5/QĐ-UB";
    p.kind = "QUYẾT ĐỊNH CỦA ỦY BAN NHÂN DÂN XÃ";
    put(&s, &p);
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "5", "");
    expect(&f, FIELDS_NOTATION, "QĐ-UB", "");
    expect(&f, FIELDS_DATE, "1998-09-05", "");
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
    expect(&f, FIELDS_SUBJECT,
           "Về việc công nhận hộ nghèo, hộ cận nghèo trên địa bàn xã năm 2019", "");
}

static void test_fields__an_abstract_in_doubt(void **state)
{
    static const struct {
        const char *line, *why;
    } rows[] = {
        {"Về việc công nhận hộ nghèo{26,70}", "low-confidence"},
        {"và việc công nhận hộ nghèo", "pattern-loose"},
        {"Về việc bố sung hộ nghèo", "pattern-loose"},
        {"Về việc thực hiện nghị quyêt", "pattern-loose"},
        {"Về việc câp giấy", "pattern-loose"},
        {"V/v công nhận hộ nghèo", ""},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        struct paper p = plain;

        p.subject = rows[i].line;
        p.subject2 = NULL;
        put(&s, &p);
        find(&s, &f);
        if (strcmp(fields_get(&f, FIELDS_SUBJECT)->reason, rows[i].why) != 0)
            fail_msg("%s: %s", rows[i].line, fields_get(&f, FIELDS_SUBJECT)->reason);
    }
}

static void test_fields__the_abstract_ends_where_the_body_begins(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_centre(&s, LEFT, 170, "UBND XÃ EA YÔNG");
    title(&s);
    sheet_centre(&s, LEFT, 290, "Số: 25/TB-UBND");
    sheet_centre(&s, MIDDLE, 400, "THÔNG BÁO");
    sheet_centre(&s, MIDDLE, 450, "Lịch tiếp công dân");
    /* Directly below, no wider gap: a paragraph, indented. */
    sheet_line(&s, 330, 498,
               "Ủy ban nhân dân xã Ea Yông thông báo lịch tiếp công dân năm 2019 của "
               "Chủ tịch xã và Phó");
    find(&s, &f);
    expect(&f, FIELDS_SUBJECT, "Lịch tiếp công dân", "");
}

static void test_fields__a_hidden_part_of_the_abstract_is_told(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.subject2 = NULL;
    put(&s, &p);
    sheet_line(&s, 1000, 498, "đất lâm nghiệp");
    find(&s, &f);
    expect(&f, FIELDS_SUBJECT,
           "Về việc công nhận hộ nghèo, hộ cận nghèo đất lâm nghiệp", "pattern-loose");
}

static void test_fields__a_stamp_beside_kind_and_abstract(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.kind = NULL;
    p.subject = NULL;
    p.subject2 = NULL;
    put(&s, &p);
    sheet_line(&s, 240, 400, "TRE{26,3}");
    sheet_more(&s, 770, 400, "QUYẾT ĐỊNH");
    sheet_line(&s, 240, 430, "ố. 394");
    sheet_line(&s, 240, 450, "ĐẾN |Ngày:23/7/2022{26,40}");
    sheet_more(&s, 600, 450, "Về việc công nhận hộ nghèo, hộ cận nghèo");
    sheet_line(&s, 240, 498, "Chuyển:");
    sheet_more(&s, 690, 498, "trên địa bàn xã năm 2019");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_DATE, "2019-09-05", "");
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
    expect(&f, FIELDS_SUBJECT,
           "Về việc công nhận hộ nghèo, hộ cận nghèo trên địa bàn xã năm 2019",
           "pattern-loose");
}

static void test_fields__a_typewriter_puts_the_abstract_as_a_paragraph(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.subject = NULL;
    p.subject2 = NULL;
    put(&s, &p);
    sheet_line(&s, 330, 450,
               "Về việc phòng, chống bệnh dịch trên đàn gia súc gia cầm ở các thôn của "
               "xã");
    sheet_line(&s, 230, 498, "buôn thuộc xã Ea Yông");
    for (int i = 0; i < 5; i++)
        sheet_line(&s, 230, 850 + 45 * i,
                   "văn bản hướng dẫn thi hành của các cơ quan cấp trên và các cơ quan "
                   "khác của tỉnh ta");
    find(&s, &f);
    expect(&f, FIELDS_SUBJECT,
           "Về việc phòng, chống bệnh dịch trên đàn gia súc gia cầm ở các thôn của xã "
           "buôn thuộc xã Ea Yông",
           "");
}

static void test_fields__about_inside_of_an_abstract_is_part_of_it(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.number = "Số: 12/TB-UBND";
    p.kind = "THÔNG BÁO";
    p.subject = "Kết luận của Chủ tịch xã về việc giao đất";
    p.subject2 = NULL;
    put(&s, &p);
    find(&s, &f);
    expect(&f, FIELDS_SUBJECT, "Kết luận của Chủ tịch xã về việc giao đất", "");
}

static void test_fields__a_letter_has_its_abstract_on_the_left(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 170, "UBND XÃ EA YÔNG");
    title(&s);
    sheet_line(&s, 250, 290, "Số: 507/UBND-VP");
    sheet_line(&s, 800, 290, "Ea Yông, ngày 24 tháng 01 năm 2025");
    sheet_line(&s, 250, 350, "V/v góp ý dự thảo");
    sheet_line(&s, 250, 390, "Quyết định số 2269/QĐ-TTg về");
    sheet_line(&s, 250, 430, "viễn thông công ích");
    sheet_centre(&s, MIDDLE, 560, "Kính gửi: Sở Thông tin và Truyền thông");
    sheet_line(&s, 330, 660, "Theo đề nghị của Bộ tại Công văn số 202/BTTTT-KHTC");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "507", "");
    expect(&f, FIELDS_NOTATION, "UBND-VP", "");
    expect(&f, FIELDS_DATE, "2025-01-24", "");
    expect(&f, FIELDS_KIND, "CÔNG VĂN", "");
    expect(&f, FIELDS_SUBJECT,
           "V/v góp ý dự thảo Quyết định số 2269/QĐ-TTg về viễn thông công ích", "");
}

static void test_fields__a_letter_without_a_number_still_has_the_rest(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 170, "UBND XÃ EA YÔNG");
    title(&s);
    sheet_line(&s, 800, 290, "Ea Yông, ngày 24 tháng 01 năm 2025");
    sheet_line(&s, 250, 350, "V/v góp ý dự thảo");
    sheet_line(&s, 250, 385, "UBND XÃ EA KAO");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, NULL, NULL);
    expect(&f, FIELDS_DATE, "2025-01-24", "");
    expect(&f, FIELDS_ORGAN, "UBND XÃ EA YÔNG", "");
    expect(&f, FIELDS_KIND, "CÔNG VĂN", "from-notation");
    expect(&f, FIELDS_SUBJECT, "V/v góp ý dự thảo", "pattern-loose");
}

static void test_fields__columns_that_touch_are_told(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 180, 170, "UBND THÀNH PHỐ BUÔN MA THUỘT XX");
    sheet_more(&s, 600, 170, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    sheet_line(&s, 250, 290, "Số: 507/UBND-VP");
    sheet_line(&s, 250, 350, "V/v góp ý dự thảo");
    find(&s, &f);
    assert_string_equal(fields_get(&f, FIELDS_ORGAN)->reason, "columns-touch");
}

static void test_fields__an_incoming_stamp_is_not_the_document(void **state)
{
    static const struct {
        int x, y;
    } places[] = {{240, 350}, {240, 560}, {900, 345}, {60, 40}, {240, 225}};

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(places); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};
        int x = places[i].x;
        int y = places[i].y;

        sheet_init(&s);
        sheet_line(&s, 250, 170, "SỞ Y TẾ");
        sheet_line(&s, x, y, "CÔNG VĂN ĐẾN");
        sheet_line(&s, x, y + 26, "Số: 2770");
        sheet_line(&s, x, y + 52, "Ngày: 04/4/2018");
        sheet_line(&s, x, y + 78, "Chuyển: Văn phòng");
        title(&s);
        sheet_line(&s, 250, 340, "Số: 08/CT-SYT");
        sheet_line(&s, 800, 290, "Đắk Lắk, ngày 03 tháng 4 năm 2018");
        sheet_centre(&s, MIDDLE, 480, "CHỈ THỊ");
        sheet_centre(&s, MIDDLE, 530, "Về việc tăng cường công tác phòng dịch");
        find(&s, &f);
        print_message("stamp at %d,%d\n", x, y);
        expect(&f, FIELDS_NUMBER, "08", "");
        expect(&f, FIELDS_DATE, "2018-04-03", "");
        expect(&f, FIELDS_ORGAN,
               i == 4 ? fields_get(&f, FIELDS_ORGAN)->value : "SỞ Y TẾ",
               i == 4 ? fields_get(&f, FIELDS_ORGAN)->reason : "");
    }
}

static void test_fields__only_a_stamp_gives_no_number_and_no_date(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    p.number = NULL;
    p.date = NULL;
    put(&s, &p);
    sheet_line(&s, 240, 270, "ĐẾN Số: 2770");
    sheet_line(&s, 240, 300, "Ngày: 04 tháng 4 năm 2018");
    sheet_line(&s, 900, 270, "ĐẾN Ngày: 04/4/2018");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, NULL, NULL);
    expect(&f, FIELDS_DATE, NULL, NULL);
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
}

static void test_fields__two_numbers_are_told(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    put(&s, &plain);
    sheet_centre(&s, LEFT, 335, "Số: 13/TB-UBND");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "two-candidates");
    expect(&f, FIELDS_NOTATION, "QĐ-UBND", "two-candidates");
}

static void test_fields__papers_of_the_party(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_centre(&s, LEFT, 170, "ĐẢNG BỘ TỈNH ĐẮK LẮK");
    sheet_centre(&s, LEFT, 210, "HUYỆN ỦY KRÔNG ANA");
    sheet_centre(&s, LEFT, 245, "*");
    sheet_centre(&s, RIGHT, 170, "ĐẢNG CỘNG SẢN VIỆT NAM");
    sheet_centre(&s, LEFT, 290, "Số 12-QĐ/HU");
    sheet_centre(&s, RIGHT, 290, "Krông Ana, ngày 14 tháng 3 năm 2008");
    sheet_centre(&s, MIDDLE, 400, "QUYẾT ĐỊNH");
    sheet_centre(&s, MIDDLE, 450, "về việc chuẩn y kết nạp đảng viên");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_NOTATION, "QĐ/HU", "");
    expect(&f, FIELDS_DATE, "2008-03-14", "");
    expect(&f, FIELDS_ORGAN, "HUYỆN ỦY KRÔNG ANA", "");
    expect(&f, FIELDS_PARENT, "ĐẢNG BỘ TỈNH ĐẮK LẮK", "");
}

static void test_fields__what_stands_above_the_title_is_not_read(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    struct paper p = plain;

    (void)state;
    put(&s, &p);
    sheet_line(&s, 240, 60, "SAO Y; VĂN PHÒNG ỦY BAN; 20/02/2025");
    sheet_line(&s, 240, 90, "Số: 99/SY-UBND");
    sheet_line(&s, 900, 60, "TRUNG TÂM CÔNG BÁO, ngày 01 tháng 01 năm 2001");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_DATE, "2019-09-05", "");
    expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "");
}

static void test_fields__a_turned_page(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    put(&s, &plain);
    /* As captured 3 degrees counter-clockwise: lines rise to the right. */
    s.r.skew_deg = 3;
    for (size_t i = 0; i < s.r.word_count; i++) {
        struct result_word *w = &s.r.words[i];
        int32_t x = w->x;

        w->x += w->y * 524 / 10000;
        w->y += 100 - x * 524 / 10000;
    }
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_DATE, "2019-09-05", "");
    expect(&f, FIELDS_ORGAN, "ỦY BAN NHÂN DÂN XÃ EA YÔNG", "");
    expect(&f, FIELDS_KIND, "QUYẾT ĐỊNH", "");
}

static void test_fields__a_misread_title_is_enough(void **state)
{
    static const char *const titles[] = {
        "CONG HÓA XA HOI CHÙ NGHIA VIET NAM",
        "CỘNGHÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "XX HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "",
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};

        sheet_init(&s);
        sheet_centre(&s, LEFT, 170, "UBND XÃ EA YÔNG");
        sheet_centre(&s, RIGHT, 170, titles[i][0] ? titles[i] : "zz");
        sheet_centre(&s, RIGHT, 215, "Độc lập - Tự do - Hạnh phúc");
        sheet_centre(&s, LEFT, 290, "Số: 12/BC-UBND");
        sheet_centre(&s, RIGHT, 290, "Ea Yông, ngày 14 tháng 3 năm 2008");
        sheet_centre(&s, MIDDLE, 400, "BÁO CÁO");
        find(&s, &f);
        print_message("%s\n", titles[i]);
        expect(&f, FIELDS_NUMBER, "12", "");
        expect(&f, FIELDS_DATE, "2008-03-14", "");
        expect(&f, FIELDS_ORGAN, "UBND XÃ EA YÔNG", "");
        expect(&f, FIELDS_KIND, "BÁO CÁO", "");
    }
}

static void test_fields__other_pages_give_nothing(void **state)
{
    AUTO_SHEET struct sheet register_page;
    AUTO_SHEET struct sheet second_page;
    AUTO_SHEET struct sheet form;
    AUTO_FOUND struct fields f = {0};
    const struct result *pages[3];
    struct result empty = {.width_px = 10, .height_px = 10};

    (void)state;
    sheet_init(&register_page);
    sheet_line(&register_page, 250, 170, "Số: 15/2003 Ngày 5 tháng 9 năm 2003");
    sheet_line(&register_page, 250, 220, "Họ và tên: Y MINH AYUN");
    sheet_line(&register_page, 250, 270,
               "Quyết định số 12/QĐ-UBND ngày 01 tháng 02 năm 2003");
    find(&register_page, &f);
    assert_int_equal(f.count, 0);

    sheet_init(&form);
    title(&form);
    sheet_centre(&form, MIDDLE, 300, "GIẤY KHAI SINH");
    sheet_line(&form, 250, 360, "Số: 15/2003");
    sheet_line(&form, 250, 400, "Ngày, tháng, năm sinh: ngày 05 tháng 9 năm 2003");
    find(&form, &f);
    assert_int_equal(f.count, 0);

    sheet_init(&second_page);
    sheet_line(&second_page, 800, 100, "2");
    sheet_centre(&second_page, MIDDLE, 200, "QUYẾT ĐỊNH:");
    sheet_line(&second_page, 250, 300, "Số 79/QĐ-UBND ngày 19 tháng 6 năm 2015;");
    pages[0] = NULL;
    pages[1] = &empty;
    pages[2] = &second_page.r;
    fields_find(pages, 3, 0, &f);
    assert_int_equal(f.count, 0);
    fields_find(pages, 0, 0, &f);
    assert_int_equal(f.count, 0);
}

static void test_fields__a_header_on_a_later_page_is_doubtful(void **state)
{
    AUTO_SHEET struct sheet blank;
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    const struct result *pages[2];

    (void)state;
    sheet_init(&blank);
    sheet_line(&blank, 100, 100, "PHIẾU TRÌNH");
    put(&s, &plain);
    pages[0] = &blank.r;
    pages[1] = &s.r;
    fields_find(pages, 2, 2026, &f);
    expect(&f, FIELDS_NUMBER, "12", "not-first-page");
    assert_int_equal(fields_get(&f, FIELDS_NUMBER)->page, 1);
}

static void test_fields__without_a_title_number_and_date_are_needed(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};

    (void)state;
    sheet_init(&s);
    sheet_line(&s, 250, 170, "UBND XÃ EA YÔNG");
    sheet_line(&s, 250, 290, "Số: 12/BC-UBND");
    sheet_line(&s, 800, 290, "Ea Yông, ngày 14 tháng 3 năm 2008");
    sheet_centre(&s, MIDDLE, 400, "BÁO CÁO");
    find(&s, &f);
    expect(&f, FIELDS_NUMBER, "12", "");
    expect(&f, FIELDS_KIND, "BÁO CÁO", "");
}

/* Words of any bytes anywhere: no rule may leave its arrays. */
static void test_fields__survives_any_words(void **state)
{
    static const char *const words[] = {"Số:",    "Số",          "S6:",
                                        "/",      "-",           "/QĐ-UBND",
                                        "12/QĐÐ", "QUYẾT",       "ĐỊNH",
                                        "CỘNG",   "HÒA",         "XÃ",
                                        "HỘI",    "CHỦ",         "NGHĨA",
                                        "VIỆT",   "NAM",         "ngày",
                                        "tháng",  "năm",         "2019",
                                        "05",     "ĐẾN",         "V/v",
                                        "Căn",    "cứ",          "Kính",
                                        "gửi:",   "ỦY",          "BAN",
                                        "…",      "ð",           "\xF0\x9F\x98\x80",
                                        "Ế",      "'",           "99999999999999999999",
                                        "a",      "ngàythángnăm"};
    unsigned x = 1;

    (void)state;
    for (int round = 0; round < 400; round++) {
        AUTO_SHEET struct sheet s;
        AUTO_FOUND struct fields f = {0};

        sheet_init(&s);
        for (int i = 0; i < 60; i++) {
            x = x * 1103515245u + 12345u;
            if (i == 0 || (x >> 16) % 4 == 0)
                sheet_line(&s, (int)(x >> 20) % 1200, 30 + (int)(x >> 8) % 900, "");
            x = x * 1103515245u + 12345u;
            sheet_more(&s, (int)(x >> 12) % 1300, 30 + (int)(x >> 8) % 900,
                       words[(x >> 16) % ARRAY_LEN(words)]);
        }
        fields_find(&(const struct result *){&s.r}, 1, 2026, &f);
        assert_true(f.count <= FIELDS_MAX);
        for (size_t i = 0; i < f.count; i++)
            assert_int_equal(f.item[i].doubtful, f.item[i].reason[0] != '\0');
    }
}

/* A line longer than any buffer. */
static void test_fields__survives_long_words(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    AUTO_STR struct str number = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str date = STR_INIT(STR_LINE_MAX);
    struct paper p = plain;

    (void)state;
    str_add(&number, "Số:12/QĐ-");
    str_add(&date, "Ea,ngày");
    for (int i = 0; i < 3000; i++) {
        str_add(&number, "ĐA-");
        str_add(&date, "0");
    }
    str_add(&date, "tháng1năm2019");
    p.number = str_text(&number);
    p.date = str_text(&date);
    p.organ = str_text(&number);
    p.kind = str_text(&number);
    p.subject = str_text(&number);
    put(&s, &p);
    fields_find(&(const struct result *){&s.r}, 1, 2026, &f);
    assert_true(f.count <= FIELDS_MAX);
}

static void test_fields__as_a_document(void **state)
{
    AUTO_SHEET struct sheet s;
    AUTO_FOUND struct fields f = {0};
    AUTO_JDOC struct jdoc *j = NULL;
    const struct jdoc *number;
    int64_t y = 0;

    (void)state;
    put(&s, &plain);
    find(&s, &f);
    j = fields_to_jdoc(&f);
    number = jdoc_get(j, FIELDS_NUMBER);
    assert_string_equal(jdoc_text(number, "value"), "12");
    assert_string_equal(jdoc_text(number, "source"), "ocr");
    assert_false(jdoc_bool(number, "doubtful", true));
    assert_true(jdoc_int(number, "y", 0, 9999, &y));
    assert_int_equal(y, 290 - SHEET_HEIGHT / 2);
    fields_clear(&f);
    assert_null(fields_get(&f, FIELDS_NUMBER));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields__reads_a_whole_header),
        cmocka_unit_test(test_fields__a_page_may_be_captured_any_way),
        cmocka_unit_test(test_fields__cuts_lines_read_across_both_columns),
        cmocka_unit_test(test_fields__choices_make_a_field_doubtful),
        cmocka_unit_test(test_fields__urgency),
        cmocka_unit_test(test_fields__number_and_notation),
        cmocka_unit_test(test_fields__date_and_place),
        cmocka_unit_test(test_fields__issuer_and_parent),
        cmocka_unit_test(test_fields__place_and_issuer_check_each_other),
        cmocka_unit_test(test_fields__kind),
        cmocka_unit_test(test_fields__a_kind_with_its_abstract_on_one_line),
        cmocka_unit_test(test_fields__a_decision_of_somebody),
        cmocka_unit_test(test_fields__an_abstract_in_doubt),
        cmocka_unit_test(test_fields__the_abstract_ends_where_the_body_begins),
        cmocka_unit_test(test_fields__a_hidden_part_of_the_abstract_is_told),
        cmocka_unit_test(test_fields__a_stamp_beside_kind_and_abstract),
        cmocka_unit_test(test_fields__a_typewriter_puts_the_abstract_as_a_paragraph),
        cmocka_unit_test(test_fields__about_inside_of_an_abstract_is_part_of_it),
        cmocka_unit_test(test_fields__a_letter_has_its_abstract_on_the_left),
        cmocka_unit_test(test_fields__a_letter_without_a_number_still_has_the_rest),
        cmocka_unit_test(test_fields__columns_that_touch_are_told),
        cmocka_unit_test(test_fields__an_incoming_stamp_is_not_the_document),
        cmocka_unit_test(test_fields__only_a_stamp_gives_no_number_and_no_date),
        cmocka_unit_test(test_fields__two_numbers_are_told),
        cmocka_unit_test(test_fields__papers_of_the_party),
        cmocka_unit_test(test_fields__what_stands_above_the_title_is_not_read),
        cmocka_unit_test(test_fields__a_turned_page),
        cmocka_unit_test(test_fields__a_misread_title_is_enough),
        cmocka_unit_test(test_fields__other_pages_give_nothing),
        cmocka_unit_test(test_fields__a_header_on_a_later_page_is_doubtful),
        cmocka_unit_test(test_fields__without_a_title_number_and_date_are_needed),
        cmocka_unit_test(test_fields__survives_any_words),
        cmocka_unit_test(test_fields__survives_long_words),
        cmocka_unit_test(test_fields__as_a_document),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
