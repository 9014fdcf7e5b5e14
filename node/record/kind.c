/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/kind.h"

#include <string.h>

#include "node/base/auto.h"
#include "node/base/i18n.h"

static const struct kind kinds[] = {
    {"birth", N_("birth"), "KS", "so", "ngayDangKy", true, "nksHoTen"},
    {"death", N_("death"), "KT", "so", "ngayDangKy", true, "nktHoTen"},
    {"marriage", N_("marriage"), "KH", "so", "ngayDangKy", true, "chongHoTen"},
    {"parent-child", N_("recognition of parent or child"), "CMC", "so", "ngayDangKy",
     true, "ncHoTen"},
    {"marital-status", N_("marital status"), "HN", "so", "ngayDangKy", true,
     "nxnHoTen"},
    {"certification", N_("certification"), "CT", "so", "ngayDangKy", true, "nycHoTen"},
    {"incoming", N_("incoming document"), NULL, "ArrivalNumber", "ArrivalDate", false,
     "Subject"},
    {"outgoing", N_("outgoing document"), NULL, "CodeNumber", "IssuedDate", false,
     "Subject"},
    {"document", N_("document"), NULL, "CodeNumber", "IssuedDate", false, "Subject"},
    {"land", N_("land record"), NULL, "so", "ngayDangKy", true, "ghiChu"},
    {"other", N_("other record"), NULL, "so", "ngayDangKy", true, "ghiChu"},
};

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    }
    return NULL;
}

const struct kind *kind_at(size_t i)
{
    return i < ARRAY_LEN(kinds) ? &kinds[i] : NULL;
}
