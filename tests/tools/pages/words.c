/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/pages/words.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/str.h"
#include "tests/tools/pages/rng.h"

struct list {
    const char *name;
    const char *const *entries; /* NULL-ended */
};

#define LIST(...)                                                                      \
    (const char *const[])                                                              \
    {                                                                                  \
        __VA_ARGS__, NULL                                                              \
    }

/* clang-format off */
static const struct list LISTS[] = {
    {"commune", LIST("Ea Tul", "Ea Kao", "Cư Êbur", "Hòa Thắng", "Hòa Phú", "Ea Drơng",
        "Cuôr Đăng", "Quảng Tiến", "Ea Kpam", "Krông Nô", "Đắk Liêng", "Yang Tao",
        "Bông Krang", "Đắk Phơi", "Ea Hu", "Ea Ning", "Dray Bhăng", "Ea Bhốk",
        "Krông Jing", "Cư M'ta", "Ea Trang", "Cư Prao", "Ea Riêng", "Tân Tiến",
        "Vụ Bổn", "Ea Kly", "Krông Búk", "Phú Xuân", "Ea Tam", "Dliê Ya", "Ea Tóh",
        "Cư Klông", "Ea Súp", "Ya Tờ Mốt", "Ea Lê", "Cư M'lan", "Thuận Mẫn", "Quảng Phú")},
    {"district", LIST("Cư M'gar", "Lắk", "Cư Kuin", "M'Đrắk", "Krông Pắc", "Krông Năng",
        "Ea Súp", "Krông Bông", "Ea Kar", "Buôn Đôn", "Krông Ana", "Ea H'leo")},
    {"buon", LIST("buôn Tría", "buôn Sah", "buôn Knia 1", "buôn Kô Tam", "buôn Ea Nao",
        "buôn Jun", "buôn Lê", "buôn Dơng Bắc", "buôn Cuôr", "buôn Đung", "buôn Ky",
        "thôn 3", "thôn 7", "thôn Tân Lập", "thôn Đoàn Kết", "thôn Thống Nhất",
        "thôn Hiệp Hưng", "tổ dân phố 5", "thôn Trung Hòa", "buôn Mliêng")},
    {"ho", LIST("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Huỳnh", "Phan", "Vũ", "Võ",
        "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô", "Dương", "Lý", "Nông", "Hà", "Đinh", "Lương")},
    {"dem_nam", LIST("Văn", "Hữu", "Đức", "Quốc", "Minh", "Xuân", "Thanh", "Công", "Ngọc",
        "Đình", "Bá", "Trọng")},
    {"dem_nu", LIST("Thị", "Thị", "Thị Ngọc", "Thị Thu", "Thị Kim", "Thị Bích", "Thanh",
        "Thùy", "Thị Mỹ", "Hoàng", "Thị Hồng")},
    {"ten_nam", LIST("An", "Bình", "Cường", "Dũng", "Đạt", "Hải", "Hùng", "Khánh", "Lâm",
        "Long", "Nam", "Phong", "Phúc", "Quân", "Sơn", "Thắng", "Tuấn", "Việt", "Vinh",
        "Hiếu", "Thịnh", "Duy", "Nghĩa", "Trường")},
    {"ten_nu", LIST("Anh", "Châu", "Dung", "Hạnh", "Hiền", "Hoa", "Hương", "Lan", "Linh",
        "Loan", "Mai", "Nga", "Nhung", "Oanh", "Phượng", "Quyên", "Thảo", "Thủy", "Trang",
        "Tuyết", "Vân", "Yến", "Xuân", "Thơm")},
    {"ede_nam", LIST("Y Blung", "Y Thih", "Y Bhiông", "Y Khương", "Y Duôn", "Y Siêk",
        "Y Wan", "Y Nguê", "Y Kông", "Y Ling", "Y Hoang", "Y Bliu", "Y Sơn", "Y Tuyn")},
    {"ede_nu", LIST("H'Bia", "H'Hương", "H'Linh", "H'Nguôm", "H'Yar", "H'Duyên", "H'Mlô",
        "H'Uyên", "H'Rin", "H'Wê", "H'Luyn", "H'Điệp", "H'Nhiên")},
    {"ede_ho", LIST("Niê", "Mlô", "Êban", "Kbuôr", "Ayŭn", "Byă", "Kpơr", "Ênuôl",
        "Hđơk", "Ktla", "Knul", "Niê Kđăm", "Bkrông", "Buôn Yă")},
    {"mnong_nam", LIST("Y Khem", "Y Mbăn", "Y Đim", "Y Rinh", "Y Chơn", "Điểu Krai",
        "Điểu Nhơn", "Y Kroang")},
    {"mnong_nu", LIST("H'Phin", "H'Đoan", "H'Ngrơn", "H'Mai", "H'Bril", "Thị Ngơn")},
    {"mnong_ho", LIST("Triêk", "Buôn Krông", "Rơ Lŭk", "Bing", "Ndu", "Pang Sur", "Je",
        "Liêng", "Cil")},
    {"nam", LIST("{ho} {dem_nam} {ten_nam}", "{ho} {dem_nam} {ten_nam}",
        "{ho} {ten_nam}", "{ede_nam} {ede_ho}", "{mnong_nam} {mnong_ho}")},
    {"nu", LIST("{ho} {dem_nu} {ten_nu}", "{ho} {dem_nu} {ten_nu}",
        "{ede_nu} {ede_ho}", "{mnong_nu} {mnong_ho}")},
    {"kinh_nam", LIST("{ho} {dem_nam} {ten_nam}")},
    {"kinh_nu", LIST("{ho} {dem_nu} {ten_nu}")},
    {"nguoi", LIST("ông {nam}", "bà {nu}", "ông {nam}", "chị {nu}", "anh {nam}")},

    /* What offices do. */
    {"linh_vuc", LIST("hộ tịch", "chứng thực", "đất đai", "nuôi con nuôi", "bảo trợ xã hội",
        "người có công", "dân số và trẻ em", "văn hóa cơ sở", "thủy lợi nội đồng",
        "phòng cháy chữa cháy rừng", "an toàn thực phẩm", "giáo dục mầm non", "thú y",
        "giao thông nông thôn", "khuyến nông", "dân tộc và tôn giáo", "lưu trữ", "thống kê",
        "cải cách hành chính", "vệ sinh môi trường", "lao động, việc làm", "tiếp công dân")},
    {"viec", LIST("tổng rà soát sổ {linh_vuc} lập trước năm {1990-2012}",
        "kiểm tra công tác {linh_vuc}", "sắp xếp, chỉnh lý tài liệu {linh_vuc} tồn đọng",
        "tập huấn nghiệp vụ {linh_vuc}", "triển khai nhiệm vụ {linh_vuc}",
        "tăng cường quản lý nhà nước về {linh_vuc}", "bàn giao hồ sơ {linh_vuc}",
        "cử cán bộ tham gia lớp bồi dưỡng về {linh_vuc}", "thống kê số liệu {linh_vuc}",
        "đề nghị hỗ trợ kinh phí {linh_vuc}", "kiện toàn Ban chỉ đạo {linh_vuc}",
        "xử lý vướng mắc trong lĩnh vực {linh_vuc}", "công khai kết quả {linh_vuc}",
        "sửa chữa tuyến đường liên thôn qua {buon}", "xây dựng nhà sinh hoạt cộng đồng {buon}",
        "nạo vét kênh mương nội đồng khu vực {buon}", "cấp phát gạo cứu đói giáp hạt",
        "trợ cấp khó khăn đột xuất cho hộ {nguoi}", "tổ chức ngày hội đại đoàn kết tại {buon}",
        "khảo sát nhu cầu nước sạch tại {buon} và {buon}", "di dời các hộ vùng sạt lở",
        "phòng, chống bệnh dịch trên đàn gia súc", "tiếp nhận đơn kiến nghị của {nguoi}",
        "điều chỉnh danh sách hộ nghèo, hộ cận nghèo", "thu hồi con dấu hết giá trị sử dụng",
        "trồng rừng phân tán và bảo vệ rừng đầu nguồn", "hỗ trợ cây giống cà phê tái canh")},
    {"khi", LIST("năm {nam_ct}", "quý {1-4} năm {nam_ct}", "6 tháng đầu năm {nam_ct}",
        "trong tháng {1-12} năm {nam_ct}", "giai đoạn {nam_ct} và các năm tiếp theo")},
    {"o_dau", LIST("trên địa bàn xã {xa}", "tại xã {xa}", "tại {buon}, xã {xa}",
        "ở các thôn, buôn thuộc xã {xa}")},
    {"trich_yeu", LIST("{viec} {o_dau}", "{viec} {khi}", "{viec}", "{viec} {o_dau} {khi}")},
    {"phong_ban", LIST("Phòng Tư pháp", "Phòng Nội vụ", "Phòng Tài chính - Kế hoạch",
        "Phòng Lao động - Thương binh và Xã hội", "Phòng Văn hóa và Thông tin",
        "Hạt Kiểm lâm", "Trung tâm Y tế huyện", "Công an huyện", "Kho bạc Nhà nước huyện",
        "Phòng Giáo dục và Đào tạo", "Phòng Tài nguyên và Môi trường", "Đội Thuế liên xã")},
    {"can_bo", LIST("công chức Tư pháp - Hộ tịch", "công chức Văn phòng - Thống kê",
        "công chức Địa chính - Xây dựng", "công chức Tài chính - Kế toán",
        "công chức Văn hóa - Xã hội", "Trưởng Công an xã", "Chỉ huy trưởng Quân sự xã",
        "Trưởng {buon}", "Bí thư Đoàn xã", "Chủ tịch Hội Nông dân xã",
        "Trưởng trạm Y tế xã", "Chủ tịch Hội Phụ nữ xã", "cán bộ thú y xã")},
    {"giay_to", LIST("bản sao trích lục", "biên bản họp thôn", "sổ theo dõi", "danh sách kèm theo",
        "tờ khai", "đơn đề nghị", "phiếu khảo sát", "bảng tổng hợp", "giấy xác nhận",
        "bản đồ thửa đất", "hồ sơ gốc", "báo cáo số liệu")},
    {"so_tien", LIST("{2-98}.{100-999}.000 đồng", "{105-990} triệu đồng", "{1-9}.{100-950}.000 đồng")},
    {"luat", LIST("Luật Tổ chức Hội đồng nhân dân và Ủy ban nhân dân ngày 26 tháng 11 năm 2003",
        "Luật Tổ chức chính quyền địa phương ngày 19 tháng 6 năm 2015",
        "Luật Hộ tịch ngày 20 tháng 11 năm 2014", "Luật Lưu trữ ngày 11 tháng 11 năm 2011",
        "Luật Ngân sách nhà nước ngày 25 tháng 6 năm 2015", "Luật Đất đai ngày 29 tháng 11 năm 2013",
        "Luật Khiếu nại ngày 11 tháng 11 năm 2011")},
    {"can_cu", LIST("Căn cứ {luat};", "Căn cứ {luat};",
        "Căn cứ Nghị quyết số {12-98}/NQ-HĐND ngày {ngay} của Hội đồng nhân dân xã {xa} về {viec};",
        "Căn cứ Kế hoạch số {12-190}/KH-UBND ngày {ngay} của Ủy ban nhân dân huyện {huyen} về {viec};",
        "Căn cứ Công văn số {105-988}/UBND-VP ngày {ngay} của Ủy ban nhân dân huyện {huyen};",
        "Xét {giay_to} của {can_bo} lập ngày {ngay};")},
    {"de_nghi", LIST("Theo đề nghị của {can_bo} tại Tờ trình ngày {ngay},",
        "Xét đề nghị của {can_bo},", "Theo đề nghị của {phong_ban},")},
    {"cau", LIST(
        "Qua kiểm tra thực tế ngày {ngay}, có {3-180} trường hợp chưa đủ {giay_to}, trong đó {2-40} trường hợp ở {buon}.",
        "Tổng kinh phí thực hiện là {so_tien}, trích từ nguồn chi thường xuyên của xã.",
        "Giao {can_bo} chủ trì, phối hợp với {can_bo} hoàn thành trước ngày {ngay}.",
        "Đến hết ngày {ngay}, toàn xã đã lập {20-480} hồ sơ, đạt {51-99},{1-9}% so với kế hoạch.",
        "Đề nghị {phong_ban} xem xét, hướng dẫn để xã có cơ sở thực hiện.",
        "Các hộ tại {buon} và {buon} đã thống nhất đóng góp {8-120} ngày công.",
        "Số liệu cụ thể được ghi trong {giay_to} gửi cùng văn bản này.",
        "Trường hợp mất {giay_to}, người dân làm lại tại bộ phận tiếp nhận và trả kết quả.",
        "Việc {viec} phải bảo đảm đúng quy định, tiết kiệm và công khai cho nhân dân biết.",
        "Thời gian từ {7-8} giờ {10-50} phút ngày {ngay}; địa điểm tại hội trường xã {xa}.",
        "Có {2-30} gia đình xin lùi thời hạn vì đang mùa thu hoạch cà phê, hồ tiêu.",
        "Hồ sơ của {nguoi}, sinh năm {1935-1996}, trú tại {buon}, còn thiếu {giay_to}.",
        "Trong kỳ, bộ phận chuyên môn đã tiếp {12-260} lượt công dân, giải quyết dứt điểm {5-88} vụ việc.",
        "Những vướng mắc phát sinh gửi về {can_bo} để tổng hợp, báo cáo.",
        "Diện tích đã đo đạc lại là {3-75},{10-95} ha, giảm {2-28} ha so với sổ cũ.",
        "Tài liệu lập trước năm {1980-2005} phần lớn bị ố vàng, một số trang rách mép hoặc mờ chữ.",
        "Ủy ban nhân dân xã đã niêm yết tại nhà sinh hoạt cộng đồng {buon} trong {7-30} ngày.",
        "Nếu có thay đổi, các thôn, buôn báo lại chậm nhất vào ngày {ngay}.",
        "{can_bo_hoa} chịu trách nhiệm về tính chính xác của {giay_to}.",
        "Mức hỗ trợ cho mỗi hộ là {so_tien}, chi một lần sau khi có xác nhận của trưởng thôn.",
        "Việc bàn giao được lập thành biên bản, có chữ ký của đại diện hai bên và {nguoi}.",
        "Sổ gốc gồm {2-9} quyển, đánh số từ 01 đến {80-420}, hiện lưu tại kho của xã.")},
    {"can_bo_hoa", LIST("Công chức Tư pháp - Hộ tịch", "Công chức Văn phòng - Thống kê",
        "Trưởng các thôn, buôn", "Ban Tài chính xã", "Cán bộ lưu trữ")},
    {"doan", LIST("{cau} {cau}", "{cau} {cau} {cau}", "{cau}")},
    {"mo_dau", LIST("Thực hiện chỉ đạo của cấp trên về {viec}, {donvi} thông báo nội dung như sau:",
        "Sau khi xem xét {giay_to} do {can_bo} lập ngày {ngay}, {donvi} có ý kiến:",
        "Ngày {ngay}, {donvi} nhận được {giay_to} của {nguoi} về {viec}. Sau khi kiểm tra, xin trả lời như sau:",
        "Để chuẩn bị cho việc {viec}, {donvi} đề nghị các đơn vị thực hiện những việc sau:",
        "Trong thời gian qua, công tác {linh_vuc} ở địa phương có chuyển biến nhưng còn nhiều hạn chế. {donvi} báo cáo cụ thể:")},
    {"ket", LIST("Trên đây là nội dung {viec}; đề nghị các đơn vị phối hợp thực hiện./.",
        "Rất mong được quý cơ quan quan tâm giải quyết./.",
        "{donvi} kính báo cáo để cấp trên biết và chỉ đạo./.",
        "Nhận được văn bản này, yêu cầu các bộ phận khẩn trương triển khai./.")},
    {"dieu_giua", LIST("{can_bo_hoa} có nhiệm vụ {viec}; thời gian thực hiện đến hết ngày {ngay}.",
        "Kinh phí {viec} là {so_tien}, do ngân sách xã bảo đảm. {cau}",
        "Cử {nguoi}, {can_bo}, phụ trách chung; {nguoi} làm thư ký. {cau}",
        "{cau} {cau}")},
    {"kinh_gui", LIST("Ủy ban nhân dân huyện {huyen}", "{phong_ban} huyện {huyen}",
        "Các ban, ngành, đoàn thể xã {xa}", "Trưởng các thôn, buôn trong xã",
        "Ông {nam}, {buon}", "Ủy ban nhân dân các xã, thị trấn")},
    {"noi_nhan", LIST("Như trên", "Như Điều {2-4}", "UBND huyện {huyen} (báo cáo)",
        "TT Đảng ủy, HĐND xã", "Các thôn, buôn", "{phong_ban}", "Đài Truyền thanh xã",
        "MTTQ và các đoàn thể xã")},
};
/* clang-format on */

static const struct list *find(const char *name, size_t len)
{
    for (size_t i = 0; i < sizeof LISTS / sizeof LISTS[0]; i++)
        if (strlen(LISTS[i].name) == len && memcmp(LISTS[i].name, name, len) == 0)
            return &LISTS[i];
    return NULL;
}

static const char *pick(struct rng *r, const struct list *l)
{
    uint32_t n = 0;

    while (l->entries[n])
        n++;
    return l->entries[rng_below(r, n)];
}

const char *words_pick(struct rng *r, const char *list)
{
    const struct list *l = find(list, strlen(list));

    assert(l);
    return pick(r, l);
}

static bool named(const char *name, size_t len, const char *want)
{
    return strlen(want) == len && memcmp(name, want, len) == 0;
}

static void expand_one(struct rng *r, const char *name, size_t len,
                       const struct words_of *of, struct str *out, int depth)
{
    const struct list *l = find(name, len);
    int from = 0;
    int to = 0;
    const char *text = NULL;

    if (sscanf(name, "%d-%d}", &from, &to) == 2) {
        str_addf(out, "%d", rng_int(r, from, to));
        return;
    }
    if (named(name, len, "xa"))
        str_add(out, of->commune);
    else if (named(name, len, "huyen"))
        str_add(out, of->district);
    else if (named(name, len, "donvi"))
        str_add(out, of->unit);
    else if (named(name, len, "nam_ct"))
        str_addf(out, "%d", of->year);
    else if (named(name, len, "ngay")) {
        int day = rng_int(r, 1, 28);
        int month = rng_int(r, 1, 12);
        int year = of->year - rng_int(r, 0, 1);

        str_addf(out, rng_chance(r, 60) ? "%02d/%02d/%d" : "%d/%d/%d", day, month,
                 year);
    } else if (!l) {
        (void)fprintf(stderr, "make-pages: no list {%.*s}\n", (int)len, name);
        abort();
    } else {
        assert(depth < 8);
        text = pick(r, l);
        for (const char *p = text; *p;) {
            const char *open = strchr(p, '{');
            const char *close = open ? strchr(open, '}') : NULL;

            if (!close) {
                str_add(out, p);
                break;
            }
            str_add_mem(out, p, (size_t)(open - p));
            expand_one(r, open + 1, (size_t)(close - open - 1), of, out, depth + 1);
            p = close + 1;
        }
    }
}

void words_expand(struct rng *r, const char *text, const struct words_of *of,
                  struct str *out)
{
    while (*text) {
        const char *open = strchr(text, '{');
        const char *close = open ? strchr(open, '}') : NULL;

        if (!close) {
            str_add(out, text);
            return;
        }
        str_add_mem(out, text, (size_t)(open - text));
        expand_one(r, open + 1, (size_t)(close - open - 1), of, out, 0);
        text = close + 1;
    }
}
