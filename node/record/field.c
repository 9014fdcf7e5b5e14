/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/field.h"

#include <assert.h>
#include <ctype.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/err.h"
#include "node/base/i18n.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/utf8.h"
#include "node/record/regno.h"

/* A document, a register entry, a part of a person in a register. */
#define DOC(name, label, type, chars, must)                                            \
    {                                                                                  \
        name, label, NULL, type, chars, true, must                                     \
    }
#define REG(name, label, type, chars, must)                                            \
    {                                                                                  \
        name, label, NULL, type, chars, false, must                                    \
    }
#define OF(name, label, group, type, chars)                                            \
    {                                                                                  \
        name, label, group, type, chars, false, false                                  \
    }

/* What the registers say of every person. */
#define PERSON(who, group)                                                             \
    OF(who "HoTen", N_("full name"), group, FIELD_TEXT, 200),                          \
        OF(who "NgaySinh", N_("date of birth"), group, FIELD_LIFE, 60),                \
        OF(who "DanToc", N_("ethnicity"), group, FIELD_TEXT, 60),                      \
        OF(who "QuocTich", N_("nationality"), group, FIELD_TEXT, 100),                 \
        OF(who "LoaiCuTru", N_("kind of residence"), group, FIELD_TEXT, 60),           \
        OF(who "NoiCuTru", N_("residence"), group, FIELD_TEXT, 500)

#define PAPERS(who, group)                                                             \
    OF(who "LoaiGiayToTuyThan", N_("identity paper"), group, FIELD_TEXT, 60),          \
        OF(who "SoGiayToTuyThan", N_("number of the paper"), group, FIELD_TEXT, 30),   \
        OF(who "NgayCapGiayToTuyThan", N_("date of the paper"), group, FIELD_LIFE,     \
           60),                                                                        \
        OF(who "NoiCapGiayToTuyThan", N_("issuer of the paper"), group, FIELD_TEXT,    \
           200)

#define CHILD    N_("child")
#define MOTHER   N_("mother")
#define FATHER   N_("father")
#define APPLIED  N_("applicant")
#define DECEASED N_("deceased")
#define HUSBAND  N_("husband")
#define WIFE     N_("wife")
#define PARENT   N_("parent")
#define PERSON_  N_("person")
#define NOTICE   N_("death paper")

static const struct field_def fields[] = {
    DOC("TypeName", N_("kind of document"), FIELD_TEXT, 100, true),
    DOC("CodeNumber", N_("number"), FIELD_TEXT, 11, true),
    DOC("CodeNotation", N_("notation"), FIELD_TEXT, 30, true),
    DOC("IssuedDate", N_("date"), FIELD_DATE, 10, true),
    DOC("OrganName", N_("issuer"), FIELD_TEXT, 200, true),
    DOC("Subject", N_("subject"), FIELD_TEXT, 500, true),
    DOC("ParentOrganName", N_("superior of the issuer"), FIELD_TEXT, 200, false),
    DOC("PlaceName", N_("place"), FIELD_TEXT, 100, false),
    DOC("DocCode", N_("document code"), FIELD_TEXT, 30, false),
    DOC("Language", N_("language"), FIELD_TEXT, 100, false),
    DOC("PageAmount", N_("number of pages"), FIELD_NUMBER, 4, false),
    DOC("Description", N_("remark"), FIELD_TEXT, 500, false),
    DOC("InforSign", N_("information sign"), FIELD_TEXT, 30, false),
    DOC("Keyword", N_("keywords"), FIELD_TEXT, 100, false),
    DOC("Mode", N_("mode of use"), FIELD_TEXT, 20, false),
    DOC("ConfidenceLevel", N_("reliability"), FIELD_TEXT, 30, false),
    DOC("Format", N_("physical condition"), FIELD_TEXT, 50, false),
    DOC("Position", N_("signer's position"), FIELD_TEXT, 100, false),
    DOC("FullName", N_("signer"), FIELD_TEXT, 50, false),
    DOC("ArrivalDate", N_("date of arrival"), FIELD_DATE, 10, false),
    DOC("ArrivalNumber", N_("arrival number"), FIELD_TEXT, 10, false),
    DOC("ToPlaces", N_("recipients"), FIELD_TEXT, 1000, false),
    DOC("DueDate", N_("due date"), FIELD_DATE, 10, false),
    DOC("Priority", N_("urgency"), FIELD_TEXT, 30, false),

    REG("so", N_("number"), FIELD_REGNO, 30, true),
    REG("quyenSo", N_("volume"), FIELD_TEXT, 30, false),
    REG("trangSo", N_("page of the volume"), FIELD_NUMBER, 6, false),
    REG("ngayDangKy", N_("date of registration"), FIELD_DATE, 10, true),
    REG("loaiDangKy", N_("kind of registration"), FIELD_TEXT, 100, false),
    REG("noiDangKy", N_("place of registration"), FIELD_TEXT, 200, false),
    REG("nguoiKy", N_("signer"), FIELD_TEXT, 100, false),
    REG("chucVuNguoiKy", N_("signer's position"), FIELD_TEXT, 100, false),
    REG("nguoiThucHien", N_("registrar"), FIELD_TEXT, 100, false),
    REG("ghiChu", N_("remark"), FIELD_TEXT, 1000, false),

    OF("nksHoTen", N_("full name"), CHILD, FIELD_TEXT, 200),
    OF("nksGioiTinh", N_("sex"), CHILD, FIELD_TEXT, 20),
    OF("nksNgaySinh", N_("date of birth"), CHILD, FIELD_LIFE, 60),
    OF("nksNgaySinhBangChu", N_("date of birth in words"), CHILD, FIELD_TEXT, 300),
    OF("nksNoiSinh", N_("place of birth"), CHILD, FIELD_TEXT, 500),
    OF("nksNoiSinhDVHC", N_("unit of the place of birth"), CHILD, FIELD_TEXT, 200),
    OF("nksQueQuan", N_("home place"), CHILD, FIELD_TEXT, 500),
    OF("nksDanToc", N_("ethnicity"), CHILD, FIELD_TEXT, 60),
    OF("nksQuocTich", N_("nationality"), CHILD, FIELD_TEXT, 100),
    OF("nksLoaiKhaiSinh", N_("kind of birth registration"), CHILD, FIELD_TEXT, 100),
    PERSON("me", MOTHER),
    PERSON("cha", FATHER),
    OF("nycHoTen", N_("full name"), APPLIED, FIELD_TEXT, 200),
    OF("nycQuanHe", N_("relation"), APPLIED, FIELD_TEXT, 100),
    PAPERS("nyc", APPLIED),

    PERSON("nkt", DECEASED),
    OF("nktGioiTinh", N_("sex"), DECEASED, FIELD_TEXT, 20),
    PAPERS("nkt", DECEASED),
    OF("nktNgayChet", N_("date of death"), DECEASED, FIELD_LIFE, 60),
    OF("nktGioPhutChet", N_("hour of death"), DECEASED, FIELD_TEXT, 60),
    OF("nktNoiChet", N_("place of death"), DECEASED, FIELD_TEXT, 500),
    OF("nktNguyenNhanChet", N_("cause of death"), DECEASED, FIELD_TEXT, 500),
    OF("gbtLoai", N_("kind"), NOTICE, FIELD_TEXT, 100),
    OF("gbtSo", N_("number"), NOTICE, FIELD_TEXT, 60),
    OF("gbtNgay", N_("date"), NOTICE, FIELD_LIFE, 60),
    OF("gbtCoQuanCap", N_("issuer"), NOTICE, FIELD_TEXT, 200),

    PERSON("chong", HUSBAND),
    PAPERS("chong", HUSBAND),
    PERSON("vo", WIFE),
    PAPERS("vo", WIFE),
    REG("tinhTrangKetHon", N_("state of the marriage"), FIELD_TEXT, 100, false),

    REG("quyetDinhSo", N_("number of the decision"), FIELD_TEXT, 60, false),
    REG("loaiXacNhan", N_("kind of recognition"), FIELD_TEXT, 100, false),
    PERSON("cm", PARENT),
    OF("cmQueQuan", N_("home place"), PARENT, FIELD_TEXT, 500),
    PAPERS("cm", PARENT),
    PERSON("nc", CHILD),
    OF("ncQueQuan", N_("home place"), CHILD, FIELD_TEXT, 500),
    PAPERS("nc", CHILD),

    PERSON("nxn", PERSON_),
    OF("nxnGioiTinh", N_("sex"), PERSON_, FIELD_TEXT, 20),
    PAPERS("nxn", PERSON_),
    OF("nxnThoiGianCuTruTu", N_("residence since"), PERSON_, FIELD_LIFE, 60),
    OF("nxnThoiGianCuTruDen", N_("residence until"), PERSON_, FIELD_LIFE, 60),
    OF("nxnTinhTrangHonNhan", N_("marital status"), PERSON_, FIELD_TEXT, 300),
    OF("nxnLoaiMucDichSuDung", N_("purpose"), PERSON_, FIELD_TEXT, 300),
};

static const char *const sources[] = {"ocr", "clerk"};
static const char *const marks[] = {"", "illegible", "blank"};

const struct field_def *field_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    }
    return NULL;
}

const struct field_def *field_at(size_t i)
{
    return i < ARRAY_LEN(fields) ? &fields[i] : NULL;
}

/* Edit distance of two short texts without regard to case, cut at FIELD_NAME_MAX. */
static size_t distance(const char *a, const char *b)
{
    size_t row[FIELD_NAME_MAX + 1];
    size_t la = strnlen(a, FIELD_NAME_MAX);
    size_t lb = strnlen(b, FIELD_NAME_MAX);

    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; i <= la; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t up = row[j];
            size_t best = diagonal + (tolower((unsigned char)a[i - 1]) !=
                                      tolower((unsigned char)b[j - 1]));

            if (up + 1 < best)
                best = up + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            row[j] = best;
            diagonal = up;
        }
    }
    return row[lb];
}

const char *field_near(const char *name)
{
    const char *best = NULL;
    size_t least = strlen(name) / 3 + 1;

    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        size_t d = distance(name, fields[i].name);

        if (d <= least) {
            least = d > 0 ? d - 1 : 0;
            best = fields[i].name;
        }
    }
    return best;
}

/* "1987", "1987-09", "1987-09-05" to numbers; absent parts are 0. */
static bool date_parts(const char *text, int *year, int *month, int *day)
{
    static const char shape[] = "dddd-dd-dd";
    size_t len = strlen(text);

    if (len != 4 && len != 7 && len != 10)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (shape[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != '-')
            return false;
    }
    *year = (text[0] - '0') * 1000 + (text[1] - '0') * 100 + (text[2] - '0') * 10 +
            (text[3] - '0');
    *month = len > 4 ? (text[5] - '0') * 10 + (text[6] - '0') : 0;
    *day = len > 7 ? (text[8] - '0') * 10 + (text[9] - '0') : 0;
    return true;
}

bool field_date_valid(const char *text)
{
    int year = 0;
    int month = 0;
    int day = 0;

    if (!date_parts(text, &year, &month, &day))
        return false;
    return clock_date_valid(year, strlen(text) > 4 ? month : 1,
                            strlen(text) > 7 ? day : 1);
}

int field_year(const char *date)
{
    int year = 0;
    int month = 0;
    int day = 0;

    return date_parts(date, &year, &month, &day) ? year : 0;
}

static size_t count_chars(const char *text, size_t len)
{
    size_t n = 0;

    for (; len > 0; n++)
        (void)utf8_next(&text, &len);
    return n;
}

/* In an old book the place of a date can hold words ("25 tuổi"); what looks like a date
 * of another form is refused, so that dates stay comparable. */
static bool life_valid(const char *text)
{
    if (field_date_valid(text))
        return true;
    for (const char *p = text; *p; p++) {
        if (!isdigit((unsigned char)*p) && !strchr("-./ :", *p))
            return true;
    }
    return false;
}

static bool fits(const struct field_def *def, const char *value)
{
    struct regno ignored;
    int64_t number = 0;

    switch (def->type) {
    case FIELD_TEXT:
        return true;
    case FIELD_NUMBER:
        return num_parse(value, 0, INT64_MAX, &number);
    case FIELD_DATE:
        return field_date_valid(value);
    case FIELD_REGNO:
        return regno_parse(value, &ignored);
    case FIELD_LIFE:
        return life_valid(value);
    }
    return false;
}

int field_clean(const char *name, const char *value, struct str *out, struct err *e)
{
    const struct field_def *def = field_find(name);
    AUTO_STR struct str nfc = STR_INIT(FIELD_VALUE_MAX);
    const char *start = NULL;
    const char *near = NULL;
    size_t len = 0;

    if (!def) {
        (void)err_set(e, ERR_FIELD_NAME, "%s", name);
        near = field_near(name);
        return near ? err_detail(e, "nearest: %s", near) : -1;
    }
    if (!utf8_valid(value, strlen(value)))
        return err_set(e, ERR_FIELD_VALUE, "%s", name);
    utf8_nfc(value, strlen(value), &nfc);
    if (nfc.over)
        return err_set(e, ERR_FIELD_VALUE, "%s", name);
    start = str_text(&nfc);
    len = nfc.len;
    while (len > 0 && strchr(" \t\n", start[len - 1]))
        len--;
    while (len > 0 && strchr(" \t\n", start[0])) {
        start++;
        len--;
    }
    if (nfc.p)
        nfc.p[(size_t)(start - nfc.p) + len] = '\0';
    if (count_chars(start, len) > (size_t)def->chars_max ||
        (len > 0 && !fits(def, start)))
        return err_set(e, ERR_FIELD_VALUE, "%s", name);
    str_add_mem(out, start, len);
    return str_check(out, name, e);
}

const char *field_source_name(enum field_source s)
{
    assert((size_t)s < ARRAY_LEN(sources));
    return sources[s];
}

bool field_source_find(const char *name, enum field_source *out)
{
    for (size_t i = 0; i < ARRAY_LEN(sources); i++) {
        if (strcmp(sources[i], name) == 0) {
            *out = (enum field_source)i;
            return true;
        }
    }
    return false;
}

const char *field_mark_name(enum field_mark m)
{
    assert((size_t)m < ARRAY_LEN(marks));
    return marks[m];
}

bool field_mark_find(const char *name, enum field_mark *out)
{
    for (size_t i = 1; i < ARRAY_LEN(marks); i++) {
        if (strcmp(marks[i], name) == 0) {
            *out = (enum field_mark)i;
            return true;
        }
    }
    return false;
}

enum field_mark field_mark(const struct field_value *v)
{
    if (v->source != FIELD_CLERK || v->value[0])
        return FIELD_UNMARKED;
    for (size_t i = 1; i < ARRAY_LEN(marks); i++) {
        size_t len = strlen(marks[i]);

        if (strncmp(v->reason, marks[i], len) == 0 &&
            (!v->reason[len] || v->reason[len] == ':'))
            return (enum field_mark)i;
    }
    return FIELD_UNMARKED;
}

static char *copy(const char *text)
{
    return mem_dup(text ? text : "");
}

struct field_value *field_list_add(struct field_list *l, const char *name,
                                   const char *value, enum field_source source,
                                   int confidence, bool doubtful, const char *reason)
{
    struct field_value *v = NULL;

    mem_grow(&l->v, &l->cap, l->count + 1, sizeof *l->v);
    v = &l->v[l->count++];
    *v = (struct field_value){.name = copy(name),
                              .value = copy(value),
                              .reason = copy(reason),
                              .actor = copy(NULL),
                              .source = source,
                              .confidence = confidence,
                              .doubtful = doubtful};
    return v;
}

const struct field_value *field_list_find(const struct field_list *l, const char *name)
{
    for (size_t i = l->count; i > 0; i--) {
        if (strcmp(l->v[i - 1].name, name) == 0)
            return &l->v[i - 1];
    }
    return NULL;
}

const char *field_list_text(const struct field_list *l, const char *name)
{
    const struct field_value *v = field_list_find(l, name);

    return v ? v->value : "";
}

void field_list_clear(struct field_list *l)
{
    for (size_t i = 0; i < l->count; i++) {
        mem_free(l->v[i].name);
        mem_free(l->v[i].value);
        mem_free(l->v[i].reason);
        mem_free(l->v[i].actor);
    }
    mem_free(TAKE(l->v));
    l->count = l->cap = 0;
}
