/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/entry.h"

#include <string.h>

#include "node/base/auto.h"

#define MUST(name)                                                                     \
    {                                                                                  \
        name, true                                                                     \
    }
#define MAY(name)                                                                      \
    {                                                                                  \
        name, false                                                                    \
    }

/* The first cells of every book, and its last ones. */
#define HEAD                                                                           \
    MUST("so"), MAY("quyenSo"), MAY("trangSo"), MUST("ngayDangKy"), MAY("loaiDangKy"), \
        MAY("noiDangKy")
#define END MAY("nguoiKy"), MAY("chucVuNguoiKy"), MAY("nguoiThucHien"), MAY("ghiChu")

#define PERSON(who)                                                                    \
    MAY(who "NgaySinh"), MAY(who "DanToc"), MAY(who "QuocTich"), MAY(who "LoaiCuTru"), \
        MAY(who "NoiCuTru")
#define PAPERS(who)                                                                    \
    MAY(who "LoaiGiayToTuyThan"), MAY(who "SoGiayToTuyThan"),                          \
        MAY(who "NgayCapGiayToTuyThan"), MAY(who "NoiCapGiayToTuyThan")
#define APPLICANT MAY("nycHoTen"), MAY("nycQuanHe"), PAPERS("nyc")

static const struct entry_field birth[] = {
    HEAD,
    MUST("nksHoTen"),
    MUST("nksGioiTinh"),
    MUST("nksNgaySinh"),
    MAY("nksNgaySinhBangChu"),
    MAY("nksNoiSinh"),
    MAY("nksNoiSinhDVHC"),
    MAY("nksQueQuan"),
    MAY("nksDanToc"),
    MAY("nksQuocTich"),
    MAY("nksLoaiKhaiSinh"),
    MAY("meHoTen"),
    PERSON("me"),
    MAY("chaHoTen"),
    PERSON("cha"),
    APPLICANT,
    END,
};

static const struct entry_field death[] = {
    HEAD,
    MUST("nktHoTen"),
    MAY("nktGioiTinh"),
    PERSON("nkt"),
    PAPERS("nkt"),
    MUST("nktNgayChet"),
    MAY("nktGioPhutChet"),
    MAY("nktNoiChet"),
    MAY("nktNguyenNhanChet"),
    MAY("gbtLoai"),
    MAY("gbtSo"),
    MAY("gbtNgay"),
    MAY("gbtCoQuanCap"),
    APPLICANT,
    END,
};

static const struct entry_field marriage[] = {
    HEAD,
    MUST("chongHoTen"),
    PERSON("chong"),
    PAPERS("chong"),
    MUST("voHoTen"),
    PERSON("vo"),
    PAPERS("vo"),
    MAY("tinhTrangKetHon"),
    END,
};

static const struct entry_field parent_child[] = {
    HEAD,         MAY("quyetDinhSo"), MAY("loaiXacNhan"), MUST("cmHoTen"),
    PERSON("cm"), MAY("cmQueQuan"),   PAPERS("cm"),       MUST("ncHoTen"),
    PERSON("nc"), MAY("ncQueQuan"),   PAPERS("nc"),       APPLICANT,
    END,
};

static const struct entry_field marital_status[] = {
    HEAD,
    MUST("nxnHoTen"),
    MAY("nxnGioiTinh"),
    PERSON("nxn"),
    PAPERS("nxn"),
    MAY("nxnThoiGianCuTruTu"),
    MAY("nxnThoiGianCuTruDen"),
    MUST("nxnTinhTrangHonNhan"),
    MAY("nxnLoaiMucDichSuDung"),
    APPLICANT,
    END,
};

static const struct entry_field certification[] = {HEAD, APPLICANT, END};
static const struct entry_field plain[] = {HEAD, END}; /* land, other */

/* The minimum document record; what else a register of documents says comes before. */
#define DOCUMENT                                                                       \
    MUST("CodeNumber"), MUST("CodeNotation"), MUST("IssuedDate"), MUST("TypeName"),    \
        MUST("OrganName"), MAY("ParentOrganName"), MAY("PlaceName"), MUST("Subject"),  \
        MAY("FullName"), MAY("Position"), MAY("ToPlaces"), MAY("Priority"),            \
        MAY("PageAmount"), MAY("Language"), MAY("Keyword"), MAY("Mode"),               \
        MAY("Format"), MAY("Description")

static const struct entry_field incoming[] = {
    MUST("ArrivalNumber"), MUST("ArrivalDate"), DOCUMENT, MAY("DueDate")};
static const struct entry_field document[] = {DOCUMENT};

static const struct {
    const char *kind;
    const struct entry_field *fields;
    size_t count;
} forms[] = {
    {"birth", birth, ARRAY_LEN(birth)},
    {"death", death, ARRAY_LEN(death)},
    {"marriage", marriage, ARRAY_LEN(marriage)},
    {"parent-child", parent_child, ARRAY_LEN(parent_child)},
    {"marital-status", marital_status, ARRAY_LEN(marital_status)},
    {"certification", certification, ARRAY_LEN(certification)},
    {"incoming", incoming, ARRAY_LEN(incoming)},
    {"outgoing", document, ARRAY_LEN(document)},
    {"document", document, ARRAY_LEN(document)},
    {"land", plain, ARRAY_LEN(plain)},
    {"other", plain, ARRAY_LEN(plain)},
};

const struct entry_field *entry_of(const char *kind, size_t *count)
{
    *count = 0;
    for (size_t i = 0; i < ARRAY_LEN(forms); i++) {
        if (strcmp(forms[i].kind, kind) != 0)
            continue;
        *count = forms[i].count;
        return forms[i].fields;
    }
    return NULL;
}
