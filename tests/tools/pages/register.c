/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "tests/tools/pages/kinds.h"
#include "tests/tools/pages/words.h"

/* One page of a birth register: printed headings, entries put in with a typewriter. */

#define ROWS 11

struct column {
    const char *head;
    const char *field; /* name in the list of DOMAIN 4.1, kept in the true rows */
    double share;      /* of the table's width */
};

static const struct column COLUMNS[] = {
    {"Số", "so", 0.075},
    {"Ngày đăng ký", "ngayDangKy", 0.09},
    {"Họ và tên", "nksHoTen", 0.155},
    {"Giới tính", "nksGioiTinh", 0.05},
    {"Ngày sinh", "nksNgaySinh", 0.09},
    {"Nơi sinh", "nksNoiSinh", 0.15},
    {"Dân tộc", "nksDanToc", 0.07},
    {"Họ và tên mẹ", "meHoTen", 0.16},
    {"Họ và tên cha", "chaHoTen", 0.16},
};
#define COLUMN_COUNT (sizeof COLUMNS / sizeof COLUMNS[0])
#define HAND         7 /* the column that --hand and --blank mean */

static void expand(struct rng *r, const char *text, const struct words_of *of,
                   char *out, size_t size)
{
    AUTO_STR struct str s = STR_INIT(2048);

    words_expand(r, text, of, &s);
    (void)snprintf(out, size, "%s", str_text(&s));
}

static bool marked(const int *list, int count, int n)
{
    for (int i = 0; i < count; i++)
        if (list[i] == n)
            return true;
    return false;
}

/* Values of one entry, in the order of COLUMNS. */
static void entry(struct rng *r, const struct words_of *of, int number, int day_of_year,
                  char value[COLUMN_COUNT][128])
{
    static const char *const PEOPLE[][3] = {
        {"Kinh", "{kinh_nam}", "{kinh_nu}"},
        {"Kinh", "{kinh_nam}", "{kinh_nu}"},
        {"Ê Đê", "{ede_nam} {ede_ho}", "{ede_nu} {ede_ho}"},
        {"M'nông", "{mnong_nam} {mnong_ho}", "{mnong_nu} {mnong_ho}"},
    };
    uint32_t people = rng_below(r, 4);
    bool girl = rng_chance(r, 49);
    int month = day_of_year / 28 % 12 + 1;
    int day = day_of_year % 28 + 1;
    int born_month = month > 1 ? rng_int(r, month - 1, month) : 1;
    int born_day = born_month == month ? rng_int(r, 1, day) : rng_int(r, 1, 28);

    (void)snprintf(value[0], 128, "%02d/%d", number, of->year);
    (void)snprintf(value[1], 128, "%02d.%02d.%d", day, month, of->year);
    expand(r, PEOPLE[people][girl ? 2 : 1], of, value[2], 128);
    (void)snprintf(value[3], 128, "%s", girl ? "Nữ" : "Nam");
    (void)snprintf(value[4], 128, "%02d.%02d.%d", born_day, born_month, of->year);
    expand(r, rng_chance(r, 50) ? "{buon}, xã {xa}" : "Trạm y tế xã {xa}", of, value[5],
           128);
    (void)snprintf(value[6], 128, "%s", PEOPLE[people][0]);
    expand(r, PEOPLE[people][2], of, value[7], 128);
    expand(r, PEOPLE[people][1], of, value[8], 128);
}

void kind_register(struct rng *r, const struct wish *w, struct str *truth,
                   struct drawn *out)
{
    struct words_of of = {.commune = words_pick(r, "commune"),
                          .district = words_pick(r, "district"),
                          .unit = "",
                          .year = w->year};
    struct pen title = {.family = SERIF,
                        .size = 15,
                        .bold = true,
                        .align = ALIGN_CENTER,
                        .r = 0.06,
                        .g = 0.06,
                        .b = 0.08};
    struct pen head = title;
    struct pen cell = {.family = MONO,
                       .size = 8.6,
                       .align = ALIGN_LEFT,
                       .spacing = 1.0,
                       .r = 0.1,
                       .g = 0.1,
                       .b = 0.14};
    struct sheet *s = &out->sheets[0];
    struct jdoc *rows = jdoc_array();
    double left = 17 * MM;
    double width = A4_LONG - 32 * MM;
    double top = 34 * MM;
    double head_height = 30;
    double row_height = 0;
    int number = w->first;
    bool again = w->again;
    char text[200];
    double x = left;

    *s = sheet_open(A4_LONG, A4_SHORT, w->dpi,
                    rng_range(r, -w->skew_deg_max, w->skew_deg_max), r, truth);
    out->count = 1;
    out->fields = jdoc_object();
    row_height = (s->height - top - head_height - 24 * MM) / ROWS;

    (void)draw_text(s, &title, left, 15 * MM, width, "SỔ ĐĂNG KÝ KHAI SINH");
    title.size = 11.5;
    title.bold = false;
    (void)snprintf(text, sizeof text, "Xã %s, huyện %s - Quyển số: %02d/%d", of.commune,
                   of.district, w->volume, of.year);
    (void)draw_text(s, &title, left, 23.5 * MM, width, text);

    head.size = 10;
    for (size_t c = 0; c < COLUMN_COUNT; c++) {
        double cw = width * COLUMNS[c].share;

        (void)draw_text(s, &head, x + 2, top + 4, cw - 4, COLUMNS[c].head);
        draw_line(s, x, top, x, top + head_height + ROWS * row_height, 0.8);
        x += cw;
    }
    draw_line(s, x, top, x, top + head_height + ROWS * row_height, 0.8);
    draw_line(s, left, top, left + width, top, 1.2);

    for (int i = 0; i < ROWS; i++) {
        double y = top + head_height + i * row_height;
        char value[COLUMN_COUNT][128];
        struct jdoc *row = NULL;

        draw_line(s, left, y, left + width, y, i ? 0.6 : 1.2);
        while (!again && marked(w->gaps, w->gap_count, number))
            number++;
        entry(r, &of, number, number * 2 + 3, value);
        row = jdoc_object();
        x = left;
        for (size_t c = 0; c < COLUMN_COUNT; c++) {
            double cw = width * COLUMNS[c].share;

            cell.swell = rng_range(r, 0.2, 0.4);
            if (c == HAND && number == w->hand) {
                draw_hand(s, x + 8, y + row_height * 0.6, cw - 30);
                jdoc_set_null(row, COLUMNS[c].field);
            } else if (c == HAND && number == w->blank) {
                jdoc_set_text(row, COLUMNS[c].field, "");
            } else {
                (void)draw_text(s, &cell, x + 3.5 + rng_range(r, -0.6, 0.6),
                                y + 4 + rng_range(r, -1, 1), cw - 6, value[c]);
                jdoc_set_text(row, COLUMNS[c].field, value[c]);
            }
            x += cw;
        }
        jdoc_add(rows, row);
        if (!again && marked(w->doubles, w->double_count, number)) {
            again = true;
        } else {
            again = false;
            number++;
        }
    }
    draw_line(s, left, top + head_height + ROWS * row_height, left + width,
              top + head_height + ROWS * row_height, 1.2);
    out->next = number;
    out->again = again;
    title.align = ALIGN_RIGHT;
    (void)snprintf(text, sizeof text, "Trang %d", (w->first - 1) / ROWS + 1);
    (void)draw_text(s, &title, left, s->height - 14 * MM, width, text);

    jdoc_set_text(out->fields, "kind", "register");
    jdoc_set_text(out->fields, "register", "birth");
    jdoc_set_text(out->fields, "commune", of.commune);
    jdoc_set_int(out->fields, "year", of.year);
    (void)snprintf(text, sizeof text, "%02d/%d", w->volume, of.year);
    jdoc_set_text(out->fields, "quyenSo", text);
    jdoc_set(out->fields, "rows", rows);
    jdoc_set_int(out->fields, "pages", 1);
}
