/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/kinds.h"

#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/cells.h"

/* Longer names before those they begin with. */
static const struct kinds_kind kinds[] = {
    {"NGHỊ QUYẾT LIÊN TỊCH", "nghi quyet lien tich", "NQLT"},
    {"THÔNG TƯ LIÊN TỊCH", "thong tu lien tich", "TTLT"},
    {"NGHỊ QUYẾT", "nghi quyet", "NQ"},
    {"QUYẾT ĐỊNH", "quyet dinh", "QĐ"},
    {"CHỈ THỊ", "chi thi", "CT"},
    {"QUY CHẾ", "quy che", "QC"},
    {"QUY ĐỊNH", "quy dinh", "QyĐ"},
    {"THÔNG CÁO", "thong cao", "TC"},
    {"THÔNG BÁO", "thong bao", "TB"},
    {"HƯỚNG DẪN", "huong dan", "HD"},
    {"CHƯƠNG TRÌNH", "chuong trinh", "CTr"},
    {"KẾ HOẠCH", "ke hoach", "KH"},
    {"PHƯƠNG ÁN", "phuong an", "PA"},
    {"ĐỀ ÁN", "de an", "ĐA"},
    {"DỰ ÁN", "du an", "DA"},
    {"BÁO CÁO", "bao cao", "BC"},
    {"BIÊN BẢN", "bien ban", "BB"},
    {"TỜ TRÌNH", "to trinh", "TTr"},
    {"HỢP ĐỒNG", "hop dong", "HĐ"},
    {"CÔNG ĐIỆN", "cong dien", "CĐ"},
    {"CÔNG VĂN", "cong van", "CV"},
    {"BẢN GHI NHỚ", "ban ghi nho", "BGN"},
    {"BẢN THỎA THUẬN", "ban thoa thuan", "BTT"},
    {"GIẤY ỦY QUYỀN", "giay uy quyen", "GUQ"},
    {"GIẤY MỜI", "giay moi", "GM"},
    {"GIẤY GIỚI THIỆU", "giay gioi thieu", "GGT"},
    {"GIẤY NGHỈ PHÉP", "giay nghi phep", "GNP"},
    {"PHIẾU GỬI", "phieu gui", "PG"},
    {"PHIẾU CHUYỂN", "phieu chuyen", "PC"},
    {"PHIẾU BÁO", "phieu bao", "PB"},
    {"THƯ CÔNG", "thu cong", NULL},
    {"NGHỊ ĐỊNH", "nghi dinh", "NĐ"},
    {"THÔNG TƯ", "thong tu", "TT"},
    {"PHÁP LỆNH", "phap lenh", "PL"},
    {"SẮC LỆNH", "sac lenh", "SL"},
    {"KẾT LUẬN", "ket luan", "KL"},
    {"THÔNG TRI", "thong tri", NULL},
};

/* First words of agencies' names. */
static const char *const agencies[] = {
    "uy ban",       "ubnd",          "hdnd",          "hoi dong",
    "so",           "phong",         "ban",           "dang bo",
    "dang uy",      "chi bo",        "tinh uy",       "thanh uy",
    "huyen uy",     "thi uy",        "quan uy",       "bo",
    "cuc",          "chi cuc",       "tong cuc",      "trung tam",
    "van phong",    "cong an",       "truong",        "toa an",
    "vien",         "thanh tra",     "doan",          "hoi",
    "lien doan",    "mat tran",      "kho bac",       "ngan hang",
    "bao hiem",     "cong ty",       "quoc hoi",      "chinh phu",
    "thu tuong",    "benh vien",     "tram",          "doi",
    "hat",          "nha",           "bao",           "dai",
    "hoc vien",     "chi nhanh",     "lien hiep",     "lien minh",
    "tong cong ty", "cong doan",     "thuong truc",   "hop tac xa",
    "bch",          "ttubmttqvn",    "uy ban mttq",   "ubmttq",
    "vp",           "ban chap hanh", "chu tich",      "vks",
    "chi doan",     "doan tncs",     "quan khu",      "bo chi huy",
    "ban chi huy",  "to cong tac",   "dang cong san",
};

static const struct {
    const char *fold;
    int level;
} levels[] = {
    {"tinh", 1}, {"thanh pho", 1}, {"huyen", 2},    {"quan", 2},    {"thi xa", 2},
    {"xa", 3},   {"phuong", 3},    {"thi tran", 3}, {"dac khu", 3},
};

/* Spelling of phrases that stand alike in heads and abstracts everywhere, the tone in
 * the place utf8_tone() gives. No phrase here can be read in another way. */
static const struct {
    const char *fold;
    const char *tone;
} spelled[] = {
    {"uy ban nhan dan", "ủy ban nhân dân"},
    {"hoi dong nhan dan", "hội đồng nhân dân"},
    {"nhan dan tinh", "nhân dân tỉnh"},
    {"nhan dan thanh pho", "nhân dân thành phố"},
    {"nhan dan huyen", "nhân dân huyện"},
    {"nhan dan quan", "nhân dân quận"},
    {"nhan dan xa", "nhân dân xã"},
    {"nhan dan phuong", "nhân dân phường"},
    {"nhan dan cap", "nhân dân cấp"},
    {"ubnd tinh", "ubnd tỉnh"},
    {"ubnd thanh pho", "ubnd thành phố"},
    {"ubnd huyen", "ubnd huyện"},
    {"ubnd xa", "ubnd xã"},
    {"ubnd phuong", "ubnd phường"},
    {"ubnd cap", "ubnd cấp"},
    {"thanh pho", "thành phố"},
    {"thi tran", "thị trấn"},
    {"dia ban tinh", "địa bàn tỉnh"},
    {"trung tam", "trung tâm"},
    {"van phong", "văn phòng"},
    {"giao duc va dao tao", "giáo dục và đào tạo"},
    {"ban chi dao", "ban chỉ đạo"},
    {"cong an", "công an"},
    {"tinh uy", "tỉnh ủy"},
    {"huyen uy", "huyện ủy"},
    {"thanh uy", "thành ủy"},
    {"dang uy", "đảng ủy"},
    {"dang bo", "đảng bộ"},
    {"ve viec", "về việc"},
    {"quyet dinh", "quyết định"},
    {"nghi quyet", "nghị quyết"},
    {"chi thi", "chỉ thị"},
    {"ke hoach", "kế hoạch"},
    {"bao cao", "báo cáo"},
    {"sua doi", "sửa đổi"},
    {"bo sung", "bổ sung"},
    {"thay the", "thay thế"},
    {"tham quyen", "thẩm quyền"},
    {"pham vi", "phạm vi"},
    {"giai quyet", "giải quyết"},
    {"thu tuc", "thủ tục"},
    {"ban hanh", "ban hành"},
    {"phe duyet", "phê duyệt"},
    {"dieu chinh", "điều chỉnh"},
    {"su dung", "sử dụng"},
    {"thuc hien", "thực hiện"},
    {"trien khai", "triển khai"},
    {"cong tac", "công tác"},
    {"ngan sach", "ngân sách"},
    {"de nghi", "đề nghị"},
    {"huong dan", "hướng dẫn"},
    {"bo nhiem", "bổ nhiệm"},
    {"dat dai", "đất đai"},
    {"ho tich", "hộ tịch"},
    {"quyen so huu", "quyền sở hữu"},
    {"quyen su dung", "quyền sử dụng"},
    {"cong nghe", "công nghệ"},
    {"kinh te", "kinh tế"},
    {"xa hoi", "xã hội"},
    {"to chuc", "tổ chức"},
};

/* The same for a name's first word. */
static const struct {
    const char *fold;
    const char *tone;
} headed[] = {
    {"so", "sở"}, {"tinh", "tỉnh"},     {"huyen", "huyện"},
    {"xa", "xã"}, {"phuong", "phường"}, {"phong", "phòng"},
};

/* Is @word the beginning of @fold, ending at a word's end? */
static bool begins(const char *fold, const char *word)
{
    size_t n = strlen(word);

    return strncmp(fold, word, n) == 0 && (fold[n] == '\0' || fold[n] == ' ');
}

/* The same letters, spaces left out: "q u y e t  d i n h" of a typewriter. */
static bool same_letters(const char *a, const char *b)
{
    while (*a || *b) {
        if (*a == ' ')
            a++;
        else if (*b == ' ')
            b++;
        else if (*a++ != *b++)
            return false;
    }
    return true;
}

enum kinds_match kinds_find(const char *fold, const struct kinds_kind **kind,
                            const char **rest)
{
    size_t len = strlen(fold);

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i].fold);

        if (!begins(fold, kinds[i].fold) || (!rest && len != n))
            continue;
        *kind = &kinds[i];
        if (rest)
            *rest = fold[n] == ' ' ? fold + n + 1 : fold + n;
        return KINDS_EXACT;
    }
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (same_letters(fold, kinds[i].fold)) {
            *kind = &kinds[i];
            if (rest)
                *rest = fold + len;
            return KINDS_EXACT;
        }
    }
    if (kinds_is_agency(fold))
        return KINDS_NO;
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        size_t n = strlen(kinds[i].fold);
        size_t wrong = n >= 10 ? 2 : n >= 7 ? 1 : 0;

        if (wrong == 0 || !cells_near(fold, kinds[i].fold, wrong))
            continue;
        *kind = &kinds[i];
        if (rest)
            *rest = fold + len;
        return KINDS_LOOSE;
    }
    return KINDS_NO;
}

const struct kinds_kind *kinds_by_code(const char *code)
{
    const struct kinds_kind *found = NULL;
    AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);

    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        if (kinds[i].code && strcmp(kinds[i].code, code) == 0)
            return &kinds[i];
    }
    utf8_fold(code, strlen(code), &want);
    for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
        AUTO_STR struct str have = STR_INIT(STR_LINE_MAX);

        if (!kinds[i].code)
            continue;
        utf8_fold(kinds[i].code, strlen(kinds[i].code), &have);
        if (strcmp(str_text(&have), str_text(&want)) != 0)
            continue;
        if (found)
            return NULL;
        found = &kinds[i];
    }
    return found;
}

const struct kinds_kind *kinds_letter(void)
{
    return kinds_by_code("CV");
}

bool kinds_is_agency(const char *fold)
{
    for (size_t i = 0; i < ARRAY_LEN(agencies); i++) {
        if (begins(fold, agencies[i]))
            return true;
    }
    return false;
}

int kinds_level(const char *fold)
{
    for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
        if (begins(fold, levels[i].fold))
            return levels[i].level;
    }
    return 0;
}

/* Where @phrase stands in @fold as whole words from @from on. NULL: nowhere. */
static const char *phrase_in(const char *fold, const char *from, const char *phrase)
{
    while ((from = strstr(from, phrase)) != NULL) {
        if ((from == fold || from[-1] == ' ') && begins(from, phrase))
            return from;
        from++;
    }
    return NULL;
}

static size_t times(const char *text, const char *phrase, bool whole)
{
    size_t n = 0;

    for (const char *p = text; p && *p; p += n > 0 ? strlen(phrase) : 0) {
        p = whole ? phrase_in(text, p, phrase) : strstr(p, phrase);
        if (!p)
            break;
        n++;
    }
    return n;
}

/* A syllable with a letter that only Vietnamese has, ending in c, ch, p or t, bears ´
 * or a dot below: "quyêt" and "câp" are none. */
static bool syllables_valid(const char *tone)
{
    static const char *const plain[] = {"â", "ê", "ô", "ơ", "ư", "ă"};
    static const char *const stops[] = {"c", "ch", "p", "t"};

    while (*tone) {
        size_t n = strcspn(tone, " ,.;:()/-");
        AUTO_STR struct str word = STR_INIT(STR_LINE_MAX);

        str_add_mem(&word, tone, n);
        for (size_t i = 0; i < ARRAY_LEN(plain); i++) {
            const char *at = strstr(str_text(&word), plain[i]);

            for (size_t k = 0; at && k < ARRAY_LEN(stops); k++) {
                if (strcmp(at + strlen(plain[i]), stops[k]) == 0)
                    return false;
            }
        }
        tone += n;
        tone += *tone != '\0';
    }
    return true;
}

/* utf8_tone and utf8_fold keep punctuation; phrases are looked for without it. */
static void without_signs(const char *text, struct str *out)
{
    for (const char *p = text; *p; p++) {
        if (strchr(",.;:()\"'", *p))
            continue;
        str_add_char(out, *p);
    }
}

bool kinds_marks(const char *text, bool name)
{
    AUTO_STR struct str plain = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str tone = STR_INIT(STR_LINE_MAX);

    without_signs(text, &plain);
    utf8_fold(str_text(&plain), plain.len, &fold);
    utf8_tone(str_text(&plain), plain.len, &tone);
    for (size_t i = 0; i < ARRAY_LEN(spelled); i++) {
        if (times(str_text(&fold), spelled[i].fold, true) >
            times(str_text(&tone), spelled[i].tone, false))
            return false;
    }
    for (size_t i = 0; name && i < ARRAY_LEN(headed); i++) {
        if (begins(str_text(&fold), headed[i].fold) &&
            !str_starts(str_text(&tone), headed[i].tone))
            return false;
    }
    return syllables_valid(str_text(&tone));
}
