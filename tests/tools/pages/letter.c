/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "tests/tools/pages/kinds.h"
#include "tests/tools/pages/words.h"

/* Administrative documents in the layout of Decree 30/2020 and its predecessors. */

struct office {
    const char *parent; /* printed above, NULL: none */
    const char *name;   /* printed, capitals */
    const char *prose;  /* inside sentences */
    const char *suffix; /* of the notation */
    const char *authority;
    const char *head;
    const char *deputy;
    const char *seal; /* inside the seal */
    const char *place;
};

static const struct office OFFICES[] = {
    {NULL, "ỦY BAN NHÂN DÂN\nXÃ {xa}", "Ủy ban nhân dân xã {xa}", "UBND",
     "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "XÃ {xa}", "{xa}"},
    {"UBND HUYỆN {huyen}", "ỦY BAN NHÂN DÂN\nXÃ {xa}", "Ủy ban nhân dân xã {xa}",
     "UBND", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "XÃ {xa}", "{xa}"},
    {"HUYỆN {huyen}", "ỦY BAN NHÂN DÂN XÃ\n{xa}", "Ủy ban nhân dân xã {xa}", "UBND",
     "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "XÃ {xa}", "{xa}"},
    {NULL, "HỘI ĐỒNG NHÂN DÂN\nXÃ {xa}", "Hội đồng nhân dân xã {xa}", "HĐND",
     "TM. HỘI ĐỒNG NHÂN DÂN", "CHỦ TỊCH", "PHÓ CHỦ TỊCH", "XÃ {xa}", "{xa}"},
    {"UBND HUYỆN {huyen}", "PHÒNG TƯ PHÁP", "Phòng Tư pháp huyện {huyen}", "PTP", NULL,
     "TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG", "PHÒNG TƯ PHÁP", "{huyen}"},
    {"UBND HUYỆN {huyen}", "PHÒNG NỘI VỤ", "Phòng Nội vụ huyện {huyen}", "PNV", NULL,
     "TRƯỞNG PHÒNG", "PHÓ TRƯỞNG PHÒNG", "PHÒNG NỘI VỤ", "{huyen}"},
    {"ỦY BAN NHÂN DÂN\nTỈNH ĐẮK LẮK", "ỦY BAN NHÂN DÂN\nHUYỆN {huyen}",
     "Ủy ban nhân dân huyện {huyen}", "UBND", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH",
     "PHÓ CHỦ TỊCH", "HUYỆN {huyen}", "{huyen}"},
    {"TRUNG TÂM Y TẾ\nHUYỆN {huyen}", "TRẠM Y TẾ XÃ {xa}", "Trạm Y tế xã {xa}", "TYT",
     NULL, "TRƯỞNG TRẠM", "PHÓ TRƯỞNG TRẠM", "TRẠM Y TẾ", "{xa}"},
    {"UBND TỈNH ĐẮK LẮK", "SỞ VĂN HÓA VÀ THÔNG TIN", "Sở Văn hóa và Thông tin", "SVHTT",
     NULL, "GIÁM ĐỐC", "PHÓ GIÁM ĐỐC", "SỞ VĂN HÓA", "Buôn Ma Thuột"},
};

struct doc_kind {
    const char *name;   /* as in TypeName */
    const char *caps;   /* printed; NULL: an official letter with "V/v" */
    const char *prefix; /* of the notation, NULL: the drafting unit follows instead */
    bool articles;      /* "Căn cứ", then "Điều" */
};

static const struct doc_kind KINDS[] = {
    {"Quyết định", "QUYẾT ĐỊNH", "QĐ", true}, {"Quyết định", "QUYẾT ĐỊNH", "QĐ", true},
    {"Nghị quyết", "NGHỊ QUYẾT", "NQ", true}, {"Thông báo", "THÔNG BÁO", "TB", false},
    {"Báo cáo", "BÁO CÁO", "BC", false},      {"Tờ trình", "TỜ TRÌNH", "TTr", false},
    {"Kế hoạch", "KẾ HOẠCH", "KH", false},    {"Công văn", NULL, NULL, false},
    {"Công văn", NULL, NULL, false},          {"Công văn", NULL, NULL, false},
};

static const char *const DRAFTERS[] = {"VP", "TP", "VHXH", "ĐCXD", "TC", "NV"};

/* Everything drawn at random for one document. */
struct letter {
    struct words_of of;
    const struct office *office;
    const struct doc_kind *kind;
    char unit[200];
    char number[16];
    char notation[64];
    int day, month, year;
    char subject[512];
    char signer[128];
    bool deputy;
    double left, right, bottom; /* margins */
    double size;                /* of the body */
};

static const struct pen BODY = {.family = SERIF,
                                .align = ALIGN_JUSTIFY,
                                .indent = 36,
                                .spacing = 1.12,
                                .r = 0.07,
                                .g = 0.07,
                                .b = 0.09};

static struct pen pen_of(double size, bool bold, bool italic, enum align align)
{
    struct pen p = BODY;

    p.size = size;
    p.bold = bold;
    p.italic = italic;
    p.align = align;
    p.indent = 0;
    p.spacing = 1.0;
    return p;
}

static void expand(struct rng *r, const char *text, const struct words_of *of,
                   char *out, size_t size)
{
    AUTO_STR struct str s = STR_INIT(4096);

    words_expand(r, text, of, &s);
    (void)snprintf(out, size, "%s", str_text(&s));
}

/* Capitals: what Vietnamese needs lies in Latin, Latin-1 and the extension block. */
static void capitals(const char *text, char *out, size_t size)
{
    AUTO_STR struct str s = STR_INIT(4096);
    size_t len = strlen(text);

    while (len) {
        unsigned cp = utf8_next(&text, &len);

        if ((cp >= 'a' && cp <= 'z') || (cp >= 0xe0 && cp <= 0xfe && cp != 0xf7))
            cp -= 32;
        else if (((cp >= 0x100 && cp <= 0x137) || (cp >= 0x1ea0 && cp <= 0x1ef9)) &&
                 cp % 2 == 1)
            cp--;
        else if (cp == 0x169 || cp == 0x1a1 || cp == 0x14f || cp == 0x16d)
            cp--;
        else if (cp == 0x1b0)
            cp = 0x1af;
        utf8_put(&s, cp);
    }
    (void)snprintf(out, size, "%s", str_text(&s));
}

static void expand_caps(struct rng *r, const char *text, const struct words_of *of,
                        char *out, size_t size)
{
    char plain[512];

    expand(r, text, of, plain, sizeof plain);
    capitals(plain, out, size);
}

static void one_line(char *text)
{
    for (; *text; text++)
        if (*text == '\n')
            *text = ' ';
}

static struct letter invent(struct rng *r)
{
    struct letter l = {0};
    int n = 0;

    l.of.commune = words_pick(r, "commune");
    l.of.district = words_pick(r, "district");
    l.year = rng_int(r, 1996, 2025);
    l.month = rng_int(r, 1, 12);
    l.day = rng_int(r, 1, 28);
    l.of.year = l.year;
    l.office = &OFFICES[rng_below(r, sizeof OFFICES / sizeof OFFICES[0])];
    l.kind = &KINDS[rng_below(r, sizeof KINDS / sizeof KINDS[0])];
    /* A council decides by resolution, nobody else does. */
    while ((strcmp(l.kind->name, "Nghị quyết") == 0) !=
               (strcmp(l.office->suffix, "HĐND") == 0) &&
           l.kind->articles)
        l.kind = &KINDS[rng_below(r, sizeof KINDS / sizeof KINDS[0])];
    expand(r, l.office->prose, &l.of, l.unit, sizeof l.unit);
    l.of.unit = l.unit;
    n = rng_int(r, 1, rng_chance(r, 30) ? 9 : 980);
    (void)snprintf(l.number, sizeof l.number, "%02d", n);
    if (l.kind->prefix)
        (void)snprintf(l.notation, sizeof l.notation, "%s-%s", l.kind->prefix,
                       l.office->suffix);
    else if (rng_chance(r, 80))
        (void)snprintf(l.notation, sizeof l.notation, "%s-%s", l.office->suffix,
                       DRAFTERS[rng_below(r, 6)]);
    else
        (void)snprintf(l.notation, sizeof l.notation, "CV-%s", l.office->suffix);
    expand(r, "{trich_yeu}", &l.of, l.subject, sizeof l.subject);
    l.deputy = rng_chance(r, 40);
    expand(r, rng_chance(r, 70) ? "{nam}" : "{nu}", &l.of, l.signer, sizeof l.signer);
    l.left = rng_range(r, 30, 35) * MM;
    l.right = rng_range(r, 15, 20) * MM;
    l.bottom = rng_range(r, 20, 25) * MM;
    l.size = rng_chance(r, 50) ? 13 : 14;
    return l;
}

/* The double column at the head. Return: y below it. */
static double head(struct sheet *s, struct rng *r, const struct letter *l,
                   struct jdoc *fields, bool stamped)
{
    struct pen normal = pen_of(12, false, false, ALIGN_CENTER);
    struct pen bold = pen_of(12, true, false, ALIGN_CENTER);
    struct pen italic = pen_of(l->size, false, true, ALIGN_CENTER);
    double inner = s->width - l->left - l->right;
    double wl = inner * 0.42;
    double xr = l->left + wl;
    double wr = inner - wl + 10;
    double yl = 20 * MM;
    double yr = yl;
    double y = 0;
    char text[700];

    if (l->office->parent) {
        expand_caps(r, l->office->parent, &l->of, text, sizeof text);
        yl += draw_text(s, &normal, l->left - 12, yl, wl + 12, text);
    }
    expand_caps(r, l->office->name, &l->of, text, sizeof text);
    yl += draw_text(s, &bold, l->left - 12, yl, wl + 12, text) + 3;
    draw_line(s, l->left + wl * 0.3, yl, l->left + wl * 0.62, yl, 0.7);
    one_line(text);
    jdoc_set_text(fields, "OrganName", text);

    yr += draw_text(s, &bold, xr, yr, wr,
                    rng_chance(r, 80) ? "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
                                      : "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM");
    bold.size = 13;
    yr += draw_text(s, &bold, xr, yr, wr, "Độc lập - Tự do - Hạnh phúc") + 2;
    draw_line(s, xr + wr * 0.22, yr, xr + wr * 0.78, yr, 0.7);

    y = (yl > yr ? yl : yr) + 9;
    normal.size = 13;
    (void)snprintf(text, sizeof text, rng_chance(r, 85) ? "Số: %s/%s" : "Số %s/%s",
                   l->number, l->notation);
    yl = y + draw_text(s, &normal, l->left - 12, y, wl + 12, text);
    {
        char place[100];

        expand(r, l->office->place, &l->of, place, sizeof place);
        (void)snprintf(text, sizeof text,
                       l->month < 3 ? "%s, ngày %02d tháng %02d năm %d"
                                    : "%s, ngày %02d tháng %d năm %d",
                       place, l->day, l->month, l->year);
    }
    yr = y + draw_text(s, &italic, xr, y, wr, text);
    if (!l->kind->caps) {
        struct pen about = pen_of(12, false, false, ALIGN_CENTER);

        (void)snprintf(text, sizeof text, "V/v %s", l->subject);
        yl += 3 + draw_text(s, &about, l->left - 12, yl + 3, wl + 8, text);
    }
    y = yl > yr ? yl : yr;
    if (stamped) {
        char office[120];
        char date[24];
        int day = l->day < 27 ? l->day + rng_int(r, 1, 2) : 28;
        int number = rng_int(r, 20, 1900);

        expand_caps(r, "UBND XÃ {commune}", &l->of, office, sizeof office);
        (void)snprintf(date, sizeof date, "%d/%d/%d", day, l->month, l->year);
        draw_incoming(s, l->left - 30, y + 6, office, number, date);
        {
            struct jdoc *in = jdoc_object();

            (void)snprintf(text, sizeof text, "%d", number);
            jdoc_set_text(in, "number", text);
            (void)snprintf(text, sizeof text, "%04d-%02d-%02d", l->year, l->month, day);
            jdoc_set_text(in, "date", text);
            jdoc_set(fields, "incoming", in);
        }
    } else {
        jdoc_set_null(fields, "incoming");
    }
    return y + 14;
}

/* Bottom of the last page: recipients at the left, signer at the right. */
static void foot(struct sheet *s, struct rng *r, const struct letter *l, double y)
{
    struct pen list = pen_of(11, false, false, ALIGN_LEFT);
    struct pen bold = pen_of(l->size, true, false, ALIGN_CENTER);
    struct pen to = pen_of(12, true, true, ALIGN_LEFT);
    double inner = s->width - l->left - l->right;
    double xr = l->left + inner * 0.48;
    double wr = inner * 0.52;
    double yr = y;
    int n = rng_int(r, 2, 3);
    char text[512];
    char ring[256];
    char middle[200];

    y += draw_text(s, &to, l->left, y, inner * 0.45, "Nơi nhận:");
    for (int i = 0; i < n; i++) {
        char one[300];

        expand(r, "{noi_nhan}", &l->of, one, sizeof one);
        (void)snprintf(text, sizeof text, "- %s;", one);
        y += draw_text(s, &list, l->left, y, inner * 0.45, text);
    }
    (void)snprintf(text, sizeof text, "- Lưu: VT%s.", rng_chance(r, 50) ? ", VP" : "");
    (void)draw_text(s, &list, l->left, y, inner * 0.45, text);

    if (l->office->authority)
        yr += draw_text(s, &bold, xr, yr, wr, l->office->authority);
    if (l->deputy) {
        (void)snprintf(text, sizeof text, "KT. %s", l->office->head);
        yr += draw_text(s, &bold, xr, yr, wr, text);
        yr += draw_text(s, &bold, xr, yr, wr, l->office->deputy);
    } else {
        yr += draw_text(s, &bold, xr, yr, wr, l->office->head);
    }
    draw_signature(s, xr + wr * 0.42, yr + 34);
    expand_caps(r, l->office->name, &l->of, text, sizeof text);
    one_line(text);
    (void)snprintf(ring, sizeof ring, "%.200s * ĐẮK LẮK", text);
    expand_caps(r, l->office->seal, &l->of, middle, sizeof middle);
    draw_seal(s, SEAL_RED, xr + wr * 0.33, yr + 32, ring, middle);
    (void)draw_text(s, &bold, xr, yr + 70, wr, l->signer);
}

/* Height that foot() needs. */
#define FOOT_HEIGHT 155.0

/* Continue on a new sheet; the page number stands in the middle of its top margin. */
static struct sheet *turn(struct drawn *out, struct rng *r, const struct wish *w,
                          struct str *truth, double *y)
{
    struct pen number = pen_of(13, false, false, ALIGN_CENTER);
    struct sheet *s = &out->sheets[out->count];
    char text[16];

    if (out->count > 0)
        str_add(truth, "\f");
    *s = sheet_open(A4_SHORT, A4_LONG, w->dpi,
                    rng_range(r, -w->skew_deg_max, w->skew_deg_max), r, truth);
    s->also = w->also;
    out->count++;
    *y = 20 * MM;
    if (out->count > 1) {
        (void)snprintf(text, sizeof text, "%d", out->count);
        (void)draw_text(s, &number, 0, 12 * MM, s->width, text);
        *y = 25 * MM;
    }
    return s;
}

/* Print a paragraph when there is room, on a further sheet if one is allowed. */
static bool para(struct sheet **s, struct drawn *out, struct rng *r,
                 const struct wish *w, const struct letter *l, struct str *truth,
                 const struct pen *p, double *y, double keep, const char *text)
{
    double width = (*s)->width - l->left - l->right;
    double h = draw_measure(*s, p, width, text);

    if (*y + h > (*s)->height - l->bottom - keep) {
        if (out->count >= w->pages || out->count >= KIND_PAGES_MAX)
            return false;
        *s = turn(out, r, w, truth, y);
    }
    *y += draw_text(*s, p, l->left, *y, width, text) + 4;
    return true;
}

static void body(struct sheet **s, struct drawn *out, struct rng *r,
                 const struct wish *w, const struct letter *l, struct str *truth,
                 double *y)
{
    struct pen text_pen = BODY;
    struct pen center = pen_of(l->size, true, false, ALIGN_CENTER);
    char text[3000];
    char part[2800];
    bool room = true;
    int count = rng_int(r, 5, 11) + 9 * (w->pages - 1);

    text_pen.size = l->size;
    if (l->kind->articles) {
        int bases = rng_int(r, 2, 4);
        char who[300];

        expand_caps(r, l->unit, &l->of, who, sizeof who);
        (void)para(s, out, r, w, l, truth, &center, y, FOOT_HEIGHT, who);
        text_pen.italic = rng_chance(r, 50);
        for (int i = 0; i < bases; i++) {
            expand(r, "{can_cu}", &l->of, text, sizeof text);
            (void)para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
        }
        expand(r, "{de_nghi}", &l->of, text, sizeof text);
        (void)para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
        text_pen.italic = false;
        (void)snprintf(text, sizeof text, "%s:", l->kind->caps);
        (void)para(s, out, r, w, l, truth, &center, y, FOOT_HEIGHT, text);
        (void)snprintf(text, sizeof text, "Điều 1. Thực hiện việc %s.", l->subject);
        room = para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
        for (int i = 2; room && i < count; i++) {
            expand(r, "{dieu_giua}", &l->of, part, sizeof part);
            (void)snprintf(text, sizeof text, "Điều %d. %s", i, part);
            room = para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT + 40, text);
        }
        (void)snprintf(text, sizeof text,
                       "Các ông, bà có tên trên và bộ phận liên quan chịu trách nhiệm "
                       "thi hành %s này kể từ ngày ký./.",
                       l->kind->name);
        (void)para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
        return;
    }
    if (!l->kind->caps || rng_chance(r, 40)) {
        struct pen to = pen_of(l->size, false, false, ALIGN_CENTER);

        expand(r, "Kính gửi: {kinh_gui}.", &l->of, text, sizeof text);
        (void)para(s, out, r, w, l, truth, &to, y, FOOT_HEIGHT, text);
        *y += 4;
    }
    expand(r, "{mo_dau}", &l->of, text, sizeof text);
    (void)para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
    for (int i = 1; room && i < count; i++) {
        expand(r, "{doan}", &l->of, part, sizeof part);
        if (rng_chance(r, 60))
            (void)snprintf(text, sizeof text, "%d. %s", i, part);
        else
            (void)snprintf(text, sizeof text, "- %s", part);
        room = para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT + 40, text);
    }
    expand(r, "{ket}", &l->of, text, sizeof text);
    (void)para(s, out, r, w, l, truth, &text_pen, y, FOOT_HEIGHT, text);
}

/* Seals anywhere over the text; all else of the letter is as without them. */
static void seals_over(struct sheet *s, struct rng *r, const struct wish *w,
                       const struct letter *l)
{
    struct rng before = *r;

    for (int i = 0; i < w->seals; i++)
        draw_seal(s, w->seal_ink, rng_range(r, l->left + 60, s->width - l->right - 60),
                  s->height * rng_range(r, 0.3, 0.75), "ỦY BAN NHÂN DÂN XÃ EA KAR",
                  "EA KAR");
    *r = before;
}

void kind_letter(struct rng *r, const struct wish *w, struct str *truth,
                 struct drawn *out)
{
    struct letter l = invent(r);
    struct jdoc *f = jdoc_object();
    bool stamped = rng_chance(r, w->incoming) && !w->secrecy;
    double y = 0;
    struct sheet *s = turn(out, r, w, truth, &y);
    char text[700];
    char date[32];

    out->fields = f;
    (void)snprintf(date, sizeof date, "%04d-%02d-%02d", l.year, l.month, l.day);
    jdoc_set_text(f, "kind", "letter");
    jdoc_set_text(f, "CodeNumber", l.number);
    jdoc_set_text(f, "CodeNotation", l.notation);
    jdoc_set_text(f, "IssuedDate", date);
    jdoc_set_text(f, "TypeName", l.kind->name);
    jdoc_set_text(f, "Signer", l.signer);
    if (w->secrecy)
        jdoc_set_text(f, "secrecy", w->secrecy);
    else
        jdoc_set_null(f, "secrecy");

    y = head(s, r, &l, f, stamped);
    if (w->secrecy) {
        draw_boxed(s, l.left + 20, w->stamp_over ? y + 60 : y, w->secrecy,
                   w->stamp_turn_deg, w->stamp_black);
        y += w->stamp_over ? 0 : 30;
    }
    if (l.kind->caps) {
        struct pen caps = pen_of(14, true, false, ALIGN_CENTER);
        struct pen about = pen_of(l.size, true, false, ALIGN_CENTER);
        double x = l.left + (stamped ? 100 : 20);
        double width = s->width - l.right - x - (stamped ? 0 : 20);

        y += draw_text(s, &caps, x, y, width, l.kind->caps) + 2;
        (void)snprintf(text, sizeof text, "Về việc %s", l.subject);
        y += draw_text(s, &about, x, y, width, text) + 3;
        draw_line(s, x + width * 0.36, y, x + width * 0.64, y, 0.7);
        jdoc_set_text(f, "SubjectPrinted", text);
        if (stamped)
            y += 26;
    } else {
        (void)snprintf(text, sizeof text, "V/v %s", l.subject);
        jdoc_set_text(f, "SubjectPrinted", text);
        if (stamped)
            y += 66;
    }
    jdoc_set_text(f, "Subject", l.subject);
    y += 10;
    body(&s, out, r, w, &l, truth, &y);
    foot(s, r, &l, y + 10);
    seals_over(s, r, w, &l);
    jdoc_set_int(f, "pages", out->count);
}
