/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/unit/unit.h"

#include "node/record/field.h"
#include "node/record/validate.h"

/* "NAME=VALUE" pairs, up to NULL, as a clerk wrote them. */
static void fill(struct field_list *l, const char *const *pairs)
{
    for (; *pairs; pairs++) {
        AUTO_MEM char *name = mem_dup(*pairs);
        char *equals = strchr(name, '=');

        *equals = '\0';
        (void)field_list_add(l, name, equals + 1, FIELD_CLERK, 100, false, "");
    }
}

static enum validate_surname surname(const char *word)
{
    if (strcmp(word, "NGUYÊN") == 0)
        return VALIDATE_MARKS;
    return strcmp(word, "Nguyễn") == 0 || strcmp(word, "Trần") == 0 ? VALIDATE_KNOWN
                                                                    : VALIDATE_UNKNOWN;
}

static bool place(void *ctx, const char *text)
{
    (void)ctx;
    return strstr(text, "Ea Kar") != NULL;
}

/* All warnings as "field:code field:code". */
static char *look(const char *kind, const char *const *pairs)
{
    AUTO_FIELDS struct field_list l = {0};
    AUTO_VALIDATE struct validate_list out = {0};
    AUTO_STR struct str s = STR_INIT(4096);
    struct validate_ask ask = {.kind = kind,
                               .today = "2026-11-30",
                               .year = 2003,
                               .from = 1,
                               .to = 200,
                               .surname = surname,
                               .place = place};

    fill(&l, pairs);
    validate_fields(&l, &ask, &out);
    for (size_t i = 0; i < out.count; i++) {
        str_addf(&s, "%s%s:%s", i ? " " : "", out.v[i].field, out.v[i].code);
        assert_true(out.v[i].text && out.v[i].text[0]);
    }
    return mem_dup(str_text(&s));
}

#define BIRTH                                                                          \
    "so=22/2003", "ngayDangKy=2003-09-20", "nksHoTen=Nguyễn Văn An",                   \
        "nksGioiTinh=Nam", "nksNgaySinh=2003-09-14"

static void expect(const char *kind, const char *const *pairs, const char *want)
{
    AUTO_MEM char *got = look(kind, pairs);

    assert_string_equal(got, want);
}

static void test_validate__what_fits_is_silent(void **state)
{
    (void)state;
    expect("birth", (const char *[]){BIRTH, NULL}, "");
    expect("birth",
           (const char *[]){BIRTH, "quyenSo=01/2003", "meHoTen=Trần Thị Bình",
                            "meNgaySinh=1978", "meDanToc=Ê-đê", "nksDanToc=Kinh",
                            "noiDangKy=UBND xã Ea Kar", NULL},
           "");
    /* words of an old book are compared with nothing */
    expect("death",
           (const char *[]){"so=3/2003", "ngayDangKy=2003-02-01", "nktHoTen=Y Blô Niê",
                            "nktNgaySinh=70 tuổi", "nktNgayChet=2003-01", NULL},
           "");
}

static void
test_validate__what_is_missing_is_named_unless_somebody_said_why(void **state)
{
    AUTO_FIELDS struct field_list l = {0};
    AUTO_VALIDATE struct validate_list out = {0};
    struct validate_ask ask = {.kind = "birth"};

    (void)state;
    expect(
        "birth", (const char *[]){"so=22/2003", NULL},
        "ngayDangKy:missing nksHoTen:missing nksGioiTinh:missing nksNgaySinh:missing");
    fill(&l, (const char *[]){"so=22/2003", "ngayDangKy=2003-09-20",
                              "nksHoTen=Nguyễn Văn An", NULL});
    (void)field_list_add(&l, "nksNgaySinh", "", FIELD_CLERK, 100, false,
                         "illegible: ink faded");
    (void)field_list_add(&l, "nksGioiTinh", "", FIELD_CLERK, 100, false, "blank");
    validate_fields(&l, &ask, &out);
    assert_int_equal(out.count, 0);
    validate_clear(&out);
    /* what recognition could not read is missing all the same */
    (void)field_list_add(&l, "nksGioiTinh", "", FIELD_OCR, 0, true, "blank");
    validate_fields(&l, &ask, &out);
    assert_int_equal(out.count, 1);
    assert_string_equal(out.v[0].field, "nksGioiTinh");
    assert_true(out.v[0].doubt);
}

static void test_validate__dates_in_the_wrong_order_are_found(void **state)
{
    static const struct {
        const char *pair, *want;
    } rows[] = {
        {"nksNgaySinh=2003-09-21", "nksNgaySinh:date-after-registration"},
        {"nksNgaySinh=2003-10", "nksNgaySinh:date-after-registration"},
        {"nksNgaySinh=2003-09", ""},
        {"nksNgaySinh=2003", ""},
        {"meNgaySinh=1993", "meNgaySinh:parent-age"},
        {"meNgaySinh=2004", "meNgaySinh:parent-age"},
        {"chaNgaySinh=1900", "chaNgaySinh:parent-age"},
        {"chaNgaySinh=1960", ""},
        {"ngayDangKy=2003-09", "ngayDangKy:date-partial"},
        {"ngayDangKy=2027-01-01", "so:number-year ngayDangKy:date-future"},
        {"nycNgayCapGiayToTuyThan=2020-01-01",
         "nycNgayCapGiayToTuyThan:date-after-registration"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect("birth", (const char *[]){BIRTH, rows[i].pair, NULL}, rows[i].want);
    expect("death",
           (const char *[]){"so=3/2003", "ngayDangKy=2003-02-01", "nktHoTen=Trần Văn B",
                            "nktNgaySinh=2003-01-09", "nktNgayChet=2003-01-05", NULL},
           "nktNgaySinh:date-order");
    expect("death",
           (const char *[]){"so=3/2003", "ngayDangKy=2003-02-01", "nktHoTen=Trần Văn B",
                            "nktNgaySinh=1870", "nktNgayChet=2003-01-05", NULL},
           "nktNgaySinh:age-death");
    expect("incoming",
           (const char *[]){"ArrivalNumber=7", "ArrivalDate=2003-02-01",
                            "CodeNumber=12", "CodeNotation=QĐ-UBND",
                            "IssuedDate=2003-02-05", "TypeName=QUYẾT ĐỊNH",
                            "OrganName=UBND", "Subject=x", "DueDate=2030-01-01", NULL},
           "IssuedDate:date-order");
}

static void test_validate__numbers_follow_book_and_year(void **state)
{
    static const struct {
        const char *pair, *want;
    } rows[] = {
        {"so=22/2004", "so:number-year"},
        {"so=22bis/2003", ""},
        {"so=22", ""},
        {"so=201/2003", "so:number-range"},
        {"so=0/2003", "so:number-range"},
        {"quyenSo=1", "quyenSo:volume-form"},
        {"quyenSo=01/2003", ""},
        {"quyenSo=I/2003", "quyenSo:volume-form"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect("birth", (const char *[]){BIRTH, rows[i].pair, NULL}, rows[i].want);
}

static void test_validate__names_are_looked_at_by_people(void **state)
{
    static const struct {
        const char *name, *people, *want;
    } rows[] = {
        {"NGUYÊN THỊ HỒNG", "", "nksHoTen:surname-marks"},
        {"Zyx Văn A", "", "nksHoTen:surname-unknown"},
        {"Zyx Văn A", "Kinh", "nksHoTen:surname-unknown"},
        {"Zyx Văn A", "Tày", ""}, /* lists know least of them */
        {"Y Minh Ayun", "", ""},
        {"H' Nhung Niê", "", ""},
        {"H’Nuen Mlô", "", ""},
        {"Nguyễn Văn 4n", "", "nksHoTen:name-sign"},
        {"Nguyễn Văn A|", "", "nksHoTen:name-sign"},
        {"Trần Thị B", "Ê Đê", ""},
        {"Trần Thị B", "Bru - Vân Kiều", ""},
        {"Trần Thị B", "Kính ngữ", "nksDanToc:people-unknown"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_MEM char *name = mem_printf("nksHoTen=%s", rows[i].name);
        AUTO_MEM char *people = mem_printf("nksDanToc=%s", rows[i].people);

        expect("birth", (const char *[]){BIRTH, name, people, NULL}, rows[i].want);
    }
    expect("birth", (const char *[]){BIRTH, "nksGioiTinh=nữ", NULL}, "");
    expect("birth", (const char *[]){BIRTH, "nksGioiTinh=N", NULL},
           "nksGioiTinh:sex-form");
    expect("birth", (const char *[]){BIRTH, "noiDangKy=UBND xã Ea Xxx", NULL},
           "noiDangKy:place-unknown");
}

static void test_validate__personal_numbers_say_sex_and_year(void **state)
{
    static const struct {
        const char *number, *paper, *want;
    } rows[] = {
        {"066178001234", "CCCD", ""},
        {"066 178 001234", "", ""},
        {"240123456", "CMND", ""},
        {"24012345", "CMND", "voSoGiayToTuyThan:id-form"},
        {"0661780012345", "CCCD", "voSoGiayToTuyThan:id-form"},
        {"B1234567", "CMND", "voSoGiayToTuyThan:id-form"},
        {"B1234567", "Hộ chiếu", ""},
        {"066078001234", "CCCD", "voSoGiayToTuyThan:id-sex"},
        {"066179001234", "CCCD", "voSoGiayToTuyThan:id-birth"},
        {"066378001234", "CCCD", "voSoGiayToTuyThan:id-birth"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        AUTO_MEM char *number = mem_printf("voSoGiayToTuyThan=%s", rows[i].number);
        AUTO_MEM char *paper = mem_printf("voLoaiGiayToTuyThan=%s", rows[i].paper);

        expect("marriage",
               (const char *[]){"so=5/2003", "ngayDangKy=2003-05-05",
                                "chongHoTen=Nguyễn A", "voHoTen=Trần B",
                                "voNgaySinh=1978-01-02", number, paper, NULL},
               rows[i].want);
    }
    expect("marriage",
           (const char *[]){"so=5/2003", "ngayDangKy=2003-05-05", "chongHoTen=Nguyễn A",
                            "voHoTen=Trần B", "voNgaySinh=1993", NULL},
           "voNgaySinh:age-marriage");
}

static void test_validate__nothing_known_beside_the_record_asks_nothing(void **state)
{
    AUTO_FIELDS struct field_list l = {0};
    AUTO_VALIDATE struct validate_list out = {0};
    struct validate_ask ask = {.kind = "no such kind"};

    (void)state;
    fill(&l, (const char *[]){"so=999/1850", "nksHoTen=Zyx", "noiDangKy=?", NULL});
    validate_fields(&l, &ask, &out);
    assert_int_equal(out.count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_validate__what_fits_is_silent),
        cmocka_unit_test(
            test_validate__what_is_missing_is_named_unless_somebody_said_why),
        cmocka_unit_test(test_validate__dates_in_the_wrong_order_are_found),
        cmocka_unit_test(test_validate__numbers_follow_book_and_year),
        cmocka_unit_test(test_validate__names_are_looked_at_by_people),
        cmocka_unit_test(test_validate__personal_numbers_say_sex_and_year),
        cmocka_unit_test(test_validate__nothing_known_beside_the_record_asks_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
