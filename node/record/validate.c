/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/validate.h"

#include <ctype.h>
#include <string.h>

#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "node/record/entry.h"
#include "node/record/field.h"
#include "node/record/regno.h"

#define REGISTERED "ngayDangKy"

/* Sex of those whose place in the form says it. */
enum sex { SEX_UNKNOWN, SEX_MALE, SEX_FEMALE };

/* People in records: names of their fields, NULL where the form has none. */
static const struct person {
    const char *name, *sex, *birth, *people, *paper, *number;
    enum sex is;
} persons[] = {
    {"nksHoTen", "nksGioiTinh", "nksNgaySinh", "nksDanToc", NULL, NULL, SEX_UNKNOWN},
    {"meHoTen", NULL, "meNgaySinh", "meDanToc", NULL, NULL, SEX_FEMALE},
    {"chaHoTen", NULL, "chaNgaySinh", "chaDanToc", NULL, NULL, SEX_MALE},
    {"nycHoTen", NULL, NULL, NULL, "nycLoaiGiayToTuyThan", "nycSoGiayToTuyThan",
     SEX_UNKNOWN},
    {"nktHoTen", "nktGioiTinh", "nktNgaySinh", "nktDanToc", "nktLoaiGiayToTuyThan",
     "nktSoGiayToTuyThan", SEX_UNKNOWN},
    {"chongHoTen", NULL, "chongNgaySinh", "chongDanToc", "chongLoaiGiayToTuyThan",
     "chongSoGiayToTuyThan", SEX_MALE},
    {"voHoTen", NULL, "voNgaySinh", "voDanToc", "voLoaiGiayToTuyThan",
     "voSoGiayToTuyThan", SEX_FEMALE},
    {"cmHoTen", NULL, "cmNgaySinh", "cmDanToc", "cmLoaiGiayToTuyThan",
     "cmSoGiayToTuyThan", SEX_UNKNOWN},
    {"ncHoTen", NULL, "ncNgaySinh", "ncDanToc", "ncLoaiGiayToTuyThan",
     "ncSoGiayToTuyThan", SEX_UNKNOWN},
    {"nxnHoTen", "nxnGioiTinh", "nxnNgaySinh", "nxnDanToc", "nxnLoaiGiayToTuyThan",
     "nxnSoGiayToTuyThan", SEX_UNKNOWN},
    {"nguoiKy", NULL, NULL, NULL, NULL, NULL, SEX_UNKNOWN},
    {"nguoiThucHien", NULL, NULL, NULL, NULL, NULL, SEX_UNKNOWN},
    {"FullName", NULL, NULL, NULL, NULL, NULL, SEX_UNKNOWN},
};

#define AFTER_REGISTRATION "date-after-registration"
#define ORDER              "date-order"

/* The first must not be after the second. */
static const struct {
    const char *first, *second, *code;
} orders[] = {
    {"nksNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"nktNgayChet", REGISTERED, AFTER_REGISTRATION},
    {"gbtNgay", REGISTERED, AFTER_REGISTRATION},
    {"chongNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"voNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"cmNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"ncNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"nxnNgaySinh", REGISTERED, AFTER_REGISTRATION},
    {"nycNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"nktNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"chongNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"voNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"cmNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"ncNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"nxnNgayCapGiayToTuyThan", REGISTERED, AFTER_REGISTRATION},
    {"nktNgaySinh", "nktNgayChet", ORDER},
    {"nktNgayChet", "gbtNgay", ORDER},
    {"nxnThoiGianCuTruTu", "nxnThoiGianCuTruDen", ORDER},
    {"IssuedDate", "ArrivalDate", ORDER},
    {"IssuedDate", "DueDate", ORDER},
};

/* Years from the first date to the second that a person can have. */
static const struct {
    const char *first, *second, *code;
    int min, max;
} ages[] = {
    {"meNgaySinh", "nksNgaySinh", "parent-age", 12, 60},
    {"chaNgaySinh", "nksNgaySinh", "parent-age", 12, 90},
    {"cmNgaySinh", "ncNgaySinh", "parent-age", 12, 90},
    {"nktNgaySinh", "nktNgayChet", "age-death", 0, 120},
    {"chongNgaySinh", REGISTERED, "age-marriage", 14, 110},
    {"voNgaySinh", REGISTERED, "age-marriage", 13, 110},
};

/* Dates that are written in full. */
static const char *const full[] = {REGISTERED, "IssuedDate", "ArrivalDate"};

/* The 54 peoples, and other names the list gives them; folded, letters only. */
static const char *const peoples[] = {
    "kinh",   "viet",   "tay",      "thai",      "hoa",        "khmer",   "khome",
    "khomer", "muong",  "nung",     "mong",      "hmong",      "meo",     "dao",
    "giarai", "jrai",   "ngai",     "ede",       "rade",       "bana",    "bahnar",
    "xodang", "xedang", "sedang",   "sanchay",   "caolan",     "sanchi",  "coho",
    "koho",   "cham",   "chamchau", "sandiu",    "hre",        "mnong",   "raglai",
    "raglay", "xtieng", "stieng",   "bru",       "bruvankieu", "vankieu", "tho",
    "giay",   "cotu",   "katu",     "gietrieng", "gie",        "trieng",  "ma",
    "khomu",  "co",     "cor",      "taoi",      "choro",      "khang",   "xinhmun",
    "hanhi",  "churu",  "lao",      "lachi",     "laha",       "phula",   "lahu",
    "lu",     "lolo",   "chut",     "mang",      "pathen",     "colao",   "cong",
    "boy",    "sila",   "pupeo",    "brau",      "odu",        "romam",
};

/* One sentence a code. */
static const struct {
    const char *code, *text;
    bool doubt;
} texts[] = {
    {"missing", N_("A whole record has this field."), true},
    {"date-future", N_("This day has not come yet."), true},
    {"date-partial", N_("Day, month and year are expected here."), false},
    {AFTER_REGISTRATION, N_("This date is after the date of registration."), true},
    {ORDER, N_("This date is after another one that it must come before."), true},
    {"parent-age", N_("The ages of parent and child do not fit together."), true},
    {"age-death", N_("The dates of birth and death do not fit together."), true},
    {"age-marriage", N_("The dates of birth and marriage do not fit together."), true},
    {"number-year", N_("The year in the number is not the year of registration."),
     true},
    {"number-range", N_("The number is not among those of this volume."), true},
    {"volume-form", N_("A volume is written NUMBER/YEAR."), false},
    {"name-sign", N_("There are digits or signs in the name."), true},
    {"surname-marks", N_("The surname may have other marks."), true},
    {"surname-unknown", N_("The surname stands in no list."), true},
    {"sex-form", N_("The sex is written Nam or Nữ."), true},
    {"id-form", N_("A personal number has 12 digits, an old card 9."), true},
    {"id-sex", N_("The fourth digit of the number says another sex."), true},
    {"id-birth", N_("The number says another year of birth."), true},
    {"people-unknown", N_("There is no people of that name in the official list."),
     true},
    {"place-unknown", N_("No unit of the table has this name."), false},
};

struct look {
    const struct field_list *present;
    const struct validate_ask *ask;
    struct validate_list *out;
};

/* ---- helpers ----------------------------------------------------------------------
 */

static void warn(struct look *l, const char *field, const char *code)
{
    for (size_t i = 0; i < l->out->count; i++)
        if (l->out->v[i].field == field && strcmp(l->out->v[i].code, code) == 0)
            return;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        if (strcmp(texts[i].code, code) != 0)
            continue;
        mem_grow(&l->out->v, &l->out->cap, l->out->count + 1, sizeof *l->out->v);
        l->out->v[l->out->count++] = (struct validate_found){.field = field,
                                                             .code = code,
                                                             .text = texts[i].text,
                                                             .doubt = texts[i].doubt};
    }
}

static bool warned(const struct look *l, const char *field)
{
    for (size_t i = 0; i < l->out->count; i++)
        if (strcmp(l->out->v[i].field, field) == 0)
            return true;
    return false;
}

static const char *value(const struct look *l, const char *field)
{
    return field ? field_list_text(l->present, field) : "";
}

static char *folded(const char *text)
{
    AUTO_STR struct str s = STR_INIT(FIELD_VALUE_MAX);

    utf8_fold(text, strlen(text), &s);
    return mem_dup(str_text(&s));
}

/* -1, 0, 1 as far as both dates go; 0 when one is no date. */
static int date_compare(const char *a, const char *b)
{
    size_t la = strlen(a);
    size_t lb = strlen(b);
    int c = 0;

    if (!field_date_valid(a) || !field_date_valid(b))
        return 0;
    c = strncmp(a, b, la < lb ? la : lb);
    return (c > 0) - (c < 0);
}

/* ---- dates and numbers ------------------------------------------------------------
 */

static void look_dates(struct look *l)
{
    for (size_t i = 0; i < ARRAY_LEN(orders); i++)
        if (date_compare(value(l, orders[i].first), value(l, orders[i].second)) > 0)
            warn(l, orders[i].first, orders[i].code);
    for (size_t i = 0; i < ARRAY_LEN(ages); i++) {
        int first = field_year(value(l, ages[i].first));
        int second = field_year(value(l, ages[i].second));
        int years = second - first;

        /* what is the wrong way round was told already, where there is a rule of it */
        if (first && second && !warned(l, ages[i].first) &&
            (years < ages[i].min || years > ages[i].max))
            warn(l, ages[i].first, ages[i].code);
    }
    for (size_t i = 0; i < ARRAY_LEN(full); i++) {
        const char *text = value(l, full[i]);

        if (field_date_valid(text) && strlen(text) < strlen("1987-09-05"))
            warn(l, full[i], "date-partial");
    }
}

static void look_future(struct look *l, const char *field)
{
    const struct field_def *def = field_find(field);

    if (def && (def->type == FIELD_DATE || def->type == FIELD_LIFE) && l->ask->today &&
        strcmp(field, "DueDate") != 0 &&
        date_compare(value(l, field), l->ask->today) > 0)
        warn(l, field, "date-future");
}

/* "01/2003" */
static bool volume_form(const char *text)
{
    struct regno r;

    return regno_parse(text, &r) && r.year && !r.suffix[0];
}

static void look_number(struct look *l)
{
    const char *volume = value(l, "quyenSo");
    int year = field_year(value(l, REGISTERED));
    struct regno r = {.number = 0};

    if (volume[0] && !volume_form(volume))
        warn(l, "quyenSo", "volume-form");
    if (!regno_parse(value(l, "so"), &r))
        return;
    if (r.year &&
        ((year && r.year != year) || (l->ask->year && r.year != l->ask->year)))
        warn(l, "so", "number-year");
    if ((l->ask->from && r.number < l->ask->from) ||
        (l->ask->to && r.number > l->ask->to))
        warn(l, "so", "number-range");
}

/* ---- people -----------------------------------------------------------------------
 */

static bool name_clean(const char *text)
{
    size_t len = strlen(text);

    while (len > 0) {
        unsigned cp = utf8_next(&text, &len);

        if (cp < 128 ? !isalpha((int)cp) && !strchr(" .'-(),", (int)cp)
                     : !utf8_is_letter_or_digit(cp) && !utf8_is_mark(cp) &&
                           cp != 0x2019 && cp != 0x02bc && cp != 0x02bb)
            return false;
    }
    return true;
}

/* Names of the Ê Đê and their neighbours begin with Y (men) or H' (women). */
static bool highland(const char *key)
{
    return strncmp(key, "y ", 2) == 0 || strncmp(key, "h'", 2) == 0 ||
           strncmp(key, "h ", 2) == 0;
}

static void look_name(struct look *l, const struct person *p)
{
    const char *name = value(l, p->name);
    AUTO_MEM char *key = folded(name);
    AUTO_MEM char *people = folded(value(l, p->people));
    AUTO_MEM char *first = mem_dup(name);
    enum validate_surname known = VALIDATE_KNOWN;

    if (!name[0])
        return;
    if (!name_clean(name))
        warn(l, p->name, "name-sign");
    if (!l->ask->surname || highland(key))
        return;
    first[strcspn(first, " ")] = '\0';
    known = l->ask->surname(first);
    if (known == VALIDATE_MARKS)
        warn(l, p->name, "surname-marks");
    else if (known == VALIDATE_UNKNOWN && (!people[0] || strcmp(people, "kinh") == 0))
        warn(l, p->name, "surname-unknown");
}

static enum sex sex_of(struct look *l, const struct person *p)
{
    const char *text = value(l, p->sex);
    AUTO_MEM char *key = folded(text);

    if (!text[0])
        return p->is;
    if (strcmp(key, "nam") == 0)
        return SEX_MALE;
    if (strcmp(key, "nu") == 0)
        return SEX_FEMALE;
    warn(l, p->sex, "sex-form");
    return SEX_UNKNOWN;
}

/*
 * Twelve digits: province of the birth registration (3), century and sex (1: even for
 * men; 0 and 1 the 20th century, 2 and 3 the 21st …), last digits of the year of birth
 * (2), six more. A passport has a form of its own.
 */
static void look_id(struct look *l, const struct person *p, enum sex sex)
{
    const char *number = value(l, p->number);
    AUTO_MEM char *paper = folded(value(l, p->paper));
    int birth = field_year(value(l, p->birth));
    char digits[13] = "";
    size_t n = 0;
    int year = 0;

    if (!number[0] || strstr(paper, "ho chieu") || strstr(paper, "passport"))
        return;
    for (const char *c = number; *c; c++) {
        if (*c == ' ' || *c == '.')
            continue;
        if (!isdigit((unsigned char)*c) || n == sizeof digits - 1) {
            warn(l, p->number, "id-form");
            return;
        }
        digits[n++] = *c;
    }
    if (n != 9 && n != 12)
        warn(l, p->number, "id-form");
    if (n != 12)
        return;
    year =
        1900 + (digits[3] - '0') / 2 * 100 + (digits[4] - '0') * 10 + digits[5] - '0';
    if (sex != SEX_UNKNOWN && ((digits[3] - '0') % 2 == 0) != (sex == SEX_MALE))
        warn(l, p->number, "id-sex");
    if (birth && birth != year)
        warn(l, p->number, "id-birth");
}

/* The list is short and asked rarely: walked as it stands. */
static void look_people(struct look *l, const struct person *p)
{
    AUTO_MEM char *key = folded(value(l, p->people));
    size_t n = 0;

    for (size_t i = 0; key[i]; i++)
        if (key[i] >= 'a' && key[i] <= 'z')
            key[n++] = key[i];
    key[n] = '\0';
    if (n == 0)
        return;
    for (size_t i = 0; i < ARRAY_LEN(peoples); i++)
        if (strcmp(key, peoples[i]) == 0)
            return;
    warn(l, p->people, "people-unknown");
}

static void look_person(struct look *l, const struct person *p)
{
    enum sex sex = sex_of(l, p);

    look_name(l, p);
    look_people(l, p);
    look_id(l, p, sex);
}

/* ---- the whole --------------------------------------------------------------------
 */

static void look_place(struct look *l, const char *field)
{
    const char *text = value(l, field);

    if (l->ask->place && text[0] && !l->ask->place(l->ask->ctx, text))
        warn(l, field, "place-unknown");
}

static size_t place_in(const struct entry_field *form, size_t count, const char *field)
{
    size_t i = 0;

    while (i < count && strcmp(form[i].name, field) != 0)
        i++;
    return i;
}

/* Insertion: there are few, and equal ones stay as they came. */
static void in_order(struct validate_list *out, const struct entry_field *form,
                     size_t count)
{
    for (size_t i = 1; i < out->count; i++) {
        struct validate_found one = out->v[i];
        size_t place = place_in(form, count, one.field);
        size_t k = i;

        for (; k > 0 && place_in(form, count, out->v[k - 1].field) > place; k--)
            out->v[k] = out->v[k - 1];
        out->v[k] = one;
    }
}

void validate_fields(const struct field_list *present, const struct validate_ask *ask,
                     struct validate_list *out)
{
    struct look l = {.present = present, .ask = ask, .out = out};
    size_t count = 0;
    const struct entry_field *form = entry_of(ask->kind, &count);

    for (size_t i = 0; i < count; i++) {
        const struct field_value *v = field_list_find(present, form[i].name);
        enum field_mark mark = v ? field_mark(v) : FIELD_UNMARKED;

        if (form[i].must && (!v || !v->value[0]) && mark == FIELD_UNMARKED)
            warn(&l, form[i].name, "missing");
        look_future(&l, form[i].name);
    }
    look_dates(&l);
    look_number(&l);
    for (size_t i = 0; i < ARRAY_LEN(persons); i++)
        look_person(&l, &persons[i]);
    look_place(&l, "noiDangKy");
    look_place(&l, "nksNoiSinhDVHC");
    in_order(out, form, count);
}

void validate_clear(struct validate_list *l)
{
    mem_free(TAKE(l->v));
    l->count = l->cap = 0;
}
