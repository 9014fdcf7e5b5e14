/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/form.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/entries.h"
#include "ocr/foot.h"
#include "ocr/grid.h"
#include "ocr/result.h"
#include "ocr/upright.h"

#define TITLE_SHARE 0.45 /* of the page: above it the title stands */
#define LABELS_MAX  96
#define HEAD_LABELS 3    /* columns that are fields: then it is a heading of labels */
#define SAME_ROW    0.7  /* of the label's height */
#define HIGH_HAND   1.45 /* of the label's height: above, it is handwriting */
#define STRIP_ABOVE 0.7  /* of the label's height: room of a strip */
#define COLUMN_PART 0.25 /* of the width: labels so far apart are of two columns */

enum who { WHO_NONE, CHILD, MOTHER, FATHER, APPLICANT, DECEASED, HUSBAND, WIFE };
enum what {
    WHAT_NONE,
    FULL_NAME,
    SEX,
    BORN,
    BORN_WORDS,
    BIRTHPLACE,
    HOME,
    ETHNIC,
    NATION,
    RESIDENCE,
    PAPERS,
    RELATION,
    DIED,
    DIED_HOUR,
    DIED_AT,
    CAUSE,
    NUMBER,
    VOLUME,
    REGISTERED,
    REGISTERED_AT,
    REMARK,
};

/* Longer ones before those they begin with. */
static const struct {
    const char *words; /* folded */
    enum what what;
    enum who who; /* the label itself says whose */
} labels[] = {
    {"ho chu dem ten nguoi me", FULL_NAME, MOTHER},
    {"ho chu dem ten cua me", FULL_NAME, MOTHER},
    {"ho chu dem ten me", FULL_NAME, MOTHER},
    {"ho va ten me", FULL_NAME, MOTHER},
    {"ho ten me", FULL_NAME, MOTHER},
    {"ho chu dem ten nguoi cha", FULL_NAME, FATHER},
    {"ho chu dem ten cua cha", FULL_NAME, FATHER},
    {"ho chu dem ten cha", FULL_NAME, FATHER},
    {"ho va ten cha", FULL_NAME, FATHER},
    {"ho ten cha", FULL_NAME, FATHER},
    {"ho chu dem ten nguoi di khai sinh", FULL_NAME, APPLICANT},
    {"ho chu dem ten nguoi di khai tu", FULL_NAME, APPLICANT},
    {"ho chu dem ten nguoi di dang ky", FULL_NAME, APPLICANT},
    {"ho chu dem ten nguoi yeu cau", FULL_NAME, APPLICANT},
    {"ho va ten nguoi di khai sinh", FULL_NAME, APPLICANT},
    {"ho va ten nguoi di khai tu", FULL_NAME, APPLICANT},
    {"ho chu dem ten nguoi duoc khai sinh", FULL_NAME, CHILD},
    {"ho chu dem ten nguoi chet", FULL_NAME, DECEASED},
    {"ho chu dem ten chong", FULL_NAME, HUSBAND},
    {"ho chu dem ten ben nam", FULL_NAME, HUSBAND},
    {"ho va ten chong", FULL_NAME, HUSBAND},
    {"ho ten chong", FULL_NAME, HUSBAND},
    {"ho chu dem ten vo", FULL_NAME, WIFE},
    {"ho chu dem ten ben nu", FULL_NAME, WIFE},
    {"ho va ten vo", FULL_NAME, WIFE},
    {"ho ten vo", FULL_NAME, WIFE},
    {"ho chu dem va ten", FULL_NAME, WHO_NONE},
    {"ho chu dem ten", FULL_NAME, WHO_NONE},
    {"ho va ten", FULL_NAME, WHO_NONE},
    {"ho ten", FULL_NAME, WHO_NONE},
    {"gioi tinh", SEX, WHO_NONE},
    {"ngay thang nam sinh", BORN, WHO_NONE},
    {"ngay thang nam chet", DIED, WHO_NONE},
    {"ngay sinh", BORN, WHO_NONE},
    {"sinh ngay", BORN, WHO_NONE},
    {"nam sinh", BORN, WHO_NONE},
    {"ghi bang chu", BORN_WORDS, WHO_NONE},
    {"noi sinh", BIRTHPLACE, WHO_NONE},
    {"que quan", HOME, WHO_NONE},
    {"dan toc", ETHNIC, WHO_NONE},
    {"quoc tich", NATION, WHO_NONE},
    {"noi cu tru cuoi cung", RESIDENCE, WHO_NONE},
    {"noi cu tru", RESIDENCE, WHO_NONE},
    {"noi thuong tru", RESIDENCE, WHO_NONE},
    {"giay to tuy than", PAPERS, WHO_NONE},
    {"quan he voi", RELATION, WHO_NONE},
    {"da chet vao luc", DIED_HOUR, WHO_NONE},
    {"chet vao luc", DIED_HOUR, WHO_NONE},
    {"noi chet", DIED_AT, WHO_NONE},
    {"nguyen nhan chet", CAUSE, WHO_NONE},
    {"quyen so", VOLUME, WHO_NONE},
    {"so", NUMBER, WHO_NONE},
    {"ngay dang ky", REGISTERED, WHO_NONE},
    {"dang ky ngay", REGISTERED, WHO_NONE},
    {"noi dang ky", REGISTERED_AT, WHO_NONE},
    {"dang ky tai", REGISTERED_AT, WHO_NONE},
    {"ghi chu", REMARK, WHO_NONE},
};

static const struct {
    enum who who;
    enum what what;
    const char *name;
} names[] = {
    {WHO_NONE, NUMBER, "so"},
    {WHO_NONE, VOLUME, "quyenSo"},
    {WHO_NONE, REGISTERED, "ngayDangKy"},
    {WHO_NONE, REGISTERED_AT, "noiDangKy"},
    {WHO_NONE, REMARK, "ghiChu"},
    {CHILD, FULL_NAME, "nksHoTen"},
    {CHILD, SEX, "nksGioiTinh"},
    {CHILD, BORN, "nksNgaySinh"},
    {CHILD, BORN_WORDS, "nksNgaySinhBangChu"},
    {CHILD, BIRTHPLACE, "nksNoiSinh"},
    {CHILD, HOME, "nksQueQuan"},
    {CHILD, ETHNIC, "nksDanToc"},
    {CHILD, NATION, "nksQuocTich"},
    {MOTHER, FULL_NAME, "meHoTen"},
    {MOTHER, BORN, "meNgaySinh"},
    {MOTHER, ETHNIC, "meDanToc"},
    {MOTHER, NATION, "meQuocTich"},
    {MOTHER, RESIDENCE, "meNoiCuTru"},
    {FATHER, FULL_NAME, "chaHoTen"},
    {FATHER, BORN, "chaNgaySinh"},
    {FATHER, ETHNIC, "chaDanToc"},
    {FATHER, NATION, "chaQuocTich"},
    {FATHER, RESIDENCE, "chaNoiCuTru"},
    {APPLICANT, FULL_NAME, "nycHoTen"},
    {APPLICANT, RELATION, "nycQuanHe"},
    {APPLICANT, PAPERS, "nycSoGiayToTuyThan"},
    {DECEASED, FULL_NAME, "nktHoTen"},
    {DECEASED, SEX, "nktGioiTinh"},
    {DECEASED, BORN, "nktNgaySinh"},
    {DECEASED, ETHNIC, "nktDanToc"},
    {DECEASED, NATION, "nktQuocTich"},
    {DECEASED, RESIDENCE, "nktNoiCuTru"},
    {DECEASED, PAPERS, "nktSoGiayToTuyThan"},
    {DECEASED, DIED, "nktNgayChet"},
    {DECEASED, DIED_HOUR, "nktGioPhutChet"},
    {DECEASED, DIED_AT, "nktNoiChet"},
    {DECEASED, CAUSE, "nktNguyenNhanChet"},
    {HUSBAND, FULL_NAME, "chongHoTen"},
    {HUSBAND, BORN, "chongNgaySinh"},
    {HUSBAND, ETHNIC, "chongDanToc"},
    {HUSBAND, NATION, "chongQuocTich"},
    {HUSBAND, RESIDENCE, "chongNoiCuTru"},
    {HUSBAND, PAPERS, "chongSoGiayToTuyThan"},
    {WIFE, FULL_NAME, "voHoTen"},
    {WIFE, BORN, "voNgaySinh"},
    {WIFE, ETHNIC, "voDanToc"},
    {WIFE, NATION, "voQuocTich"},
    {WIFE, RESIDENCE, "voNoiCuTru"},
    {WIFE, PAPERS, "voSoGiayToTuyThan"},
};

/* A label on the page: words @from to @to (excluded) of a line. */
struct label {
    const struct cells_line *line;
    size_t from, to;
    enum what what;
    enum who who;
    int32_t x, right, top, height, mid;
};

struct form {
    struct cells c;
    enum who main; /* whose the form is; WHO_NONE: husband and wife */
    struct label label[LABELS_MAX];
    size_t count;
    bool *in_head; /* of each word of the result: it stands in such a heading. owned */
    bool table;    /* there is one */
};

static void form_clear(struct form *f)
{
    cells_clear(&f->c);
    mem_free(f->in_head);
}
#define AUTO_FORM AUTO(form_clear)

/* ---- title --------------------------------------------------------------------- */

static enum form_kind title_find(const struct cells *c)
{
    static const struct {
        const char *words;
        enum form_kind kind;
    } titles[] = {{"khai sinh", FORM_BIRTH},
                  {"khai tu", FORM_DEATH},
                  {"chung tu", FORM_DEATH},
                  {"bao tu", FORM_DEATH},
                  {"ket hon", FORM_MARRIAGE}};
    static const char *const starts[] = {"giay",    "trich luc", "ban sao",
                                         "so dang", "dang ky",   "to khai"};

    for (size_t i = 0; i < c->line_count; i++) {
        const struct cells_line *l = &c->lines[i];
        AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
        bool begun = false;

        if (l->mid > TITLE_SHARE * c->r->height_px)
            return FORM_NONE;
        if (!cells_line_caps(c, l) || l->count > 12)
            continue;
        cells_line_fold(c, l, &fold);
        for (size_t k = 0; k < ARRAY_LEN(starts); k++)
            begun = begun || str_starts(str_text(&fold), starts[k]);
        for (size_t k = 0; begun && k < ARRAY_LEN(titles); k++)
            if (strstr(str_text(&fold), titles[k].words))
                return titles[k].kind;
    }
    return FORM_NONE;
}

enum form_kind form_kind_of(const struct result *r)
{
    AUTO_UPRIGHT struct upright u = {0};
    AUTO(cells_clear) struct cells c = {0};

    upright_open(r, &u);
    cells_read(upright_page(&u), 1.0, &c);
    return title_find(&c);
}

/* Whose the fields of such a form are that do not say so. */
static enum who main_of(enum form_kind kind)
{
    return kind == FORM_BIRTH ? CHILD : kind == FORM_DEATH ? DECEASED : WHO_NONE;
}

/* ---- labels -------------------------------------------------------------------- */

/* The folded letters of a word, "ho," as "ho". */
static void bare(const struct form *f, const struct cells_line *l, size_t i,
                 struct str *out)
{
    for (const char *p = cells_fold(&f->c, l, i); *p; p++)
        if ((*p >= 'a' && *p <= 'z') || head_is_digit(*p))
            str_add_char(out, *p);
}

/* How many words from @i on are @words; 0: they are not. */
static size_t matches(const struct form *f, const struct cells_line *l, size_t i,
                      const char *words)
{
    size_t n = 0;

    if (f->in_head[cells_word(&f->c, l, i)->index])
        return 0;

    while (*words) {
        AUTO_STR struct str want = STR_INIT(STR_LINE_MAX);
        AUTO_STR struct str have = STR_INIT(STR_LINE_MAX);
        size_t len = strcspn(words, " ");

        if (i + n >= l->count)
            return 0;
        str_add_mem(&want, words, len);
        bare(f, l, i + n, &have);
        if (!cells_near(str_text(&have), str_text(&want), len >= 4 ? 1 : 0))
            return 0;
        n++;
        words += len;
        words += *words != '\0';
    }
    return n;
}

/* Does the word end with the sign behind a label? */
static bool has_colon(const struct form *f, const struct cells_line *l, size_t i)
{
    const struct result_word *w = &f->c.r->words[cells_word(&f->c, l, i)->index];
    const char *text = f->c.r->text + w->start;

    return memchr(text, ':', w->len) != NULL;
}

static void label_add(struct form *f, const struct cells_line *l, size_t from,
                      size_t to, size_t which)
{
    struct label *a = &f->label[f->count];
    const struct cells_word *first = cells_word(&f->c, l, from);
    const struct cells_word *last = NULL;

    /* "Quan hệ với người được khai sinh:" and all of a label in brackets. */
    for (size_t k = to; k < l->count && k < to + 6; k++)
        if (has_colon(f, l, k) && !has_colon(f, l, to - 1)) {
            to = k + 1;
            break;
        }
    last = cells_word(&f->c, l, to - 1);
    *a = (struct label){.line = l,
                        .from = from,
                        .to = to,
                        .what = labels[which].what,
                        .who = labels[which].who,
                        .x = first->x,
                        .right = last->x + last->w,
                        .top = first->y,
                        .height = first->h};
    a->mid = first->y + first->h / 2;
    f->count++;
}

static void labels_of(struct form *f, const struct cells_line *l)
{
    for (size_t i = 0; i < l->count && f->count < LABELS_MAX;) {
        size_t n = 0;

        for (size_t k = 0; k < ARRAY_LEN(labels) && n == 0; k++) {
            n = matches(f, l, i, labels[k].words);
            /* A label begins with a capital, or goes on behind one; a single word has
             * its colon. */
            if (n > 0 && !cells_word(&f->c, l, i)->n.first_capital &&
                labels[k].what != BORN_WORDS)
                n = 0;
            if (n == 1 && !has_colon(f, l, i))
                n = 0;
            if (n > 0)
                label_add(f, l, i, i + n, k);
        }
        i = n > 0 ? f->label[f->count - 1].to : i + 1;
    }
}

static bool is_own(enum what what)
{
    return what == NUMBER || what == VOLUME || what == REGISTERED ||
           what == REGISTERED_AT || what == REMARK;
}

/* Whose: what it says itself, else the last one above in its column. */
static enum who whose(const struct form *f, size_t i)
{
    const struct label *a = &f->label[i];

    if (is_own(a->what))
        return WHO_NONE;
    if (a->what == RELATION)
        return APPLICANT;
    for (size_t k = i + 1; k-- > 0;) {
        const struct label *b = &f->label[k];

        if (b->who != WHO_NONE &&
            (f->main != WHO_NONE || abs(b->x - a->x) < COLUMN_PART * f->c.r->width_px))
            return b->who;
    }
    return f->main;
}

/* ---- values -------------------------------------------------------------------- */

struct value {
    struct str text;
    struct head_box box;
    int32_t high; /* of the highest words, mean */
    size_t words;
};

static void value_clear(struct value *v)
{
    str_clear(&v->text);
}
#define AUTO_VALUE AUTO(value_clear)

static void value_add(const struct form *f, const struct cells_line *l, size_t from,
                      size_t to, struct value *v)
{
    for (size_t i = from; i < to; i++) {
        const struct cells_word *w = cells_word(&f->c, l, i);

        if (w->n.letters + w->n.digits == 0 && v->words == 0)
            continue;
        head_box_add(&v->box, &f->c, w);
        v->high += w->h;
        v->words++;
        cells_line_text(&f->c, l, i, i + 1, &v->text);
    }
}

/* The next label on the row, from the right end of @a. NULL: none. */
static const struct label *next_on_row(const struct form *f, const struct label *a)
{
    const struct label *best = NULL;

    for (size_t i = 0; i < f->count; i++) {
        const struct label *b = &f->label[i];

        if (b != a && b->x >= a->right && abs(b->mid - a->mid) < SAME_ROW * a->height &&
            (!best || b->x < best->x))
            best = b;
    }
    return best;
}

static int by_x(const void *a, const void *b)
{
    const struct cells_line *const *x = a;
    const struct cells_line *const *y = b;

    return ((*x)->x > (*y)->x) - ((*x)->x < (*y)->x);
}

/* Everything right of the label on its row, up to @end. */
static void value_read(const struct form *f, const struct label *a, int32_t end,
                       struct value *v)
{
    const struct cells_line *row[CELLS_LINES_MAX];
    size_t count = 0;

    for (size_t i = 0; i < f->c.line_count; i++)
        if (f->c.lines[i].count > 0 &&
            (&f->c.lines[i] == a->line ||
             abs(f->c.lines[i].mid - a->mid) < SAME_ROW * a->height))
            row[count++] = &f->c.lines[i];
    qsort(row, count, sizeof row[0], by_x);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < row[i]->count; k++) {
            const struct cells_word *w = cells_word(&f->c, row[i], k);

            if (w->x >= a->right && w->x + w->w / 2 < end)
                value_add(f, row[i], k, k + 1, v);
        }
}

static bool is_hand(const struct label *a, const struct value *v)
{
    return v->words == 0 || head_box_mean(&v->box) < FORM_SURE_HAND ||
           v->high > HIGH_HAND * a->height * (double)v->words;
}

/* The place a person looks at. */
static void strip_of(const struct form *f, const struct label *a, int32_t end,
                     struct head_box *box)
{
    const struct result *r = f->c.r;
    int32_t room = (int32_t)(STRIP_ABOVE * a->height);

    *box = (struct head_box){.count = 1, .x = a->right, .right = end};
    box->y = (int32_t)num_clamp(a->top - room, 0, r->height_px - 1);
    box->bottom = (int32_t)num_clamp(a->top + a->height + room, 1, r->height_px);
    box->x = (int32_t)num_clamp(box->x, 0, r->width_px - 1);
    box->right = (int32_t)num_clamp(box->right, box->x + 1, r->width_px);
}

/* Day, month and year out of "15/3/1987" or "ngày 15 tháng 3 năm 1987"; also less. */
static bool to_iso(const char *text, char out[16])
{
    int part[3] = {0}, digits = 0;
    size_t n = 0;

    for (const char *p = text;; p++) {
        if (head_is_digit(*p)) {
            if (n == 3 || ++digits > 4)
                return false;
            part[n] = part[n] * 10 + (*p - '0');
            continue;
        }
        n += digits > 0;
        digits = 0;
        if (*p == '\0')
            break;
    }
    if (n == 0 || part[n - 1] < 1800 || part[n - 1] > 2200)
        return false;
    if (n == 3 && clock_date_valid(part[2], part[1], part[0]))
        (void)snprintf(out, 16, "%04d-%02d-%02d", part[2], part[1], part[0]);
    else if (n == 2 && part[0] >= 1 && part[0] <= 12)
        (void)snprintf(out, 16, "%04d-%02d", part[1], part[0]);
    else if (n == 1)
        (void)snprintf(out, 16, "%04d", part[0]);
    else
        return false;
    return true;
}

/* "12", "12/2019", "22bis/2003" out of "12/2019"; not a notation. */
static bool is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    text += digits;
    if (digits == 0 || digits > 6)
        return false;
    if (strncmp(text, "bis", 3) == 0)
        text += 3;
    return *text == '\0' ||
           (*text == '/' && strspn(text + 1, "0123456789") == 4 && text[5] == '\0');
}

static void judge(enum what what, struct value *v, struct form_value *out, char iso[16])
{
    const char *text = out->value;

    if (what == BORN || what == DIED || what == REGISTERED) {
        bool known = to_iso(text, iso);

        out->value = known ? iso : "";
        head_doubt(&out->reason, !known, "implausible-date");
    } else if (what == NUMBER && !is_number(text)) {
        out->value = "";
        head_doubt(&out->reason, true, "unreadable");
    } else if (what == SEX) {
        head_doubt(&out->reason, strcmp(text, "Nam") != 0 && strcmp(text, "Nữ") != 0,
                   "pattern-loose");
    } else if (what == FULL_NAME) {
        foot_name_doubt(text, &out->reason);
    }
    head_doubt(&out->reason, v->box.conf_min < FORM_SURE_VALUE, "low-confidence");
}

/* "10 giờ 30 phút, ngày 05 tháng 3 năm 2019": the day is a field of its own. */
static void tell_day(struct str *hour, const struct head_box *box, form_put *put,
                     void *ctx)
{
    struct form_value day = {.name = "nktNgayChet", .box = *box, .reason = HEAD_SURE};
    AUTO_STR struct str rest = STR_INIT(HEAD_TEXT_MAX);
    AUTO_STR struct str left = STR_INIT(HEAD_TEXT_MAX);
    char *at = hour->p ? strstr(hour->p, "ngày") : NULL;
    char iso[16] = "";

    if (!at)
        return;
    str_add(&rest, at);
    if (to_iso(str_text(&rest), iso)) {
        day.value = iso;
        head_doubt(&day.reason, box->conf_min < FORM_SURE_VALUE, "low-confidence");
        put(ctx, &day);
    }
    *at = '\0';
    head_trim(&left, hour->p);
    str_reset(hour);
    str_add(hour, str_text(&left));
}

static void tell(const struct form *f, size_t i, const char *name, form_put *put,
                 void *ctx)
{
    const struct label *a = &f->label[i];
    const struct label *next = next_on_row(f, a);
    AUTO_VALUE struct value v = {.text = STR_INIT(HEAD_TEXT_MAX)};
    AUTO_STR struct str tidy = STR_INIT(HEAD_TEXT_MAX);
    struct form_value out = {.name = name, .reason = HEAD_SURE};
    char iso[16] = "";
    int32_t end = next ? next->x : f->c.r->width_px;

    value_read(f, a, end, &v);
    head_trim(&tidy, str_text(&v.text));
    if (is_hand(a, &v) || tidy.len == 0) {
        out.strip = true;
        out.value = "";
        out.reason = v.words == 0 ? "blank" : "handwritten";
        strip_of(f, a, next ? end : end - end / 20, &out.box);
    } else {
        if (a->what == DIED_HOUR)
            tell_day(&tidy, &v.box, put, ctx);
        out.value = str_text(&tidy);
        out.box = v.box;
        judge(a->what, &v, &out, iso);
        out.strip = out.value[0] == '\0';
    }
    put(ctx, &out);
}

/* ---- tables -------------------------------------------------------------------- */

/* @text folded, letters and digits alone, a space between words. */
static void plain(const char *text, struct str *out)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
    bool apart = false;

    utf8_fold(text, strlen(text), &fold);
    for (const char *p = str_text(&fold); *p; p++) {
        if ((*p < 'a' || *p > 'z') && !head_is_digit(*p)) {
            apart = true;
            continue;
        }
        if (apart && out->len > 0)
            str_add_char(out, ' ');
        apart = false;
        str_add_char(out, *p);
    }
}

/* The label that a column's name is. Return: its number, ARRAY_LEN(labels): none. */
static size_t label_of(const char *name)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    plain(name, &text);
    for (size_t k = 0; k < ARRAY_LEN(labels); k++)
        if (cells_near(str_text(&text), labels[k].words,
                       strlen(labels[k].words) >= 4 ? 1 : 0))
            return k;
    return ARRAY_LEN(labels);
}

/* Whose the columns below a name over several of them are. */
static enum who who_of(const char *name, size_t len)
{
    static const struct {
        const char *word;
        enum who who;
    } words[] = {{"me", MOTHER}, {"cha", FATHER}, {"chong", HUSBAND}, {"nam", HUSBAND},
                 {"vo", WIFE},   {"nu", WIFE},    {"chet", DECEASED}};
    AUTO_MEM char *above = mem_printf("%.*s", (int)len, name);
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    plain(above, &text);
    for (size_t k = 0; k < ARRAY_LEN(words); k++) {
        const char *end = strrchr(str_text(&text), ' ');

        if (strcmp(end ? end + 1 : str_text(&text), words[k].word) == 0)
            return words[k].who;
    }
    return WHO_NONE;
}

static const char *field_name(enum who who, enum what what)
{
    for (size_t k = 0; k < ARRAY_LEN(names); k++)
        if (names[k].who == who && names[k].what == what)
            return names[k].name;
    return "";
}

static size_t columns_of(enum who main, const struct entries *t, const char *fields[])
{
    enum who last = main;
    size_t count = 0;

    for (int k = 0; k < t->table->columns; k++) {
        const char *name = t->names[k], *tail = name, *bar = NULL;
        enum who who = WHO_NONE;
        size_t which = 0;

        while ((bar = strstr(tail, ENTRIES_UNDER)) != NULL)
            tail = bar + strlen(ENTRIES_UNDER);
        fields[k] = "";
        which = label_of(tail);
        if (tail > name)
            who = who_of(name, (size_t)(tail - name) - strlen(ENTRIES_UNDER));
        if (which == ARRAY_LEN(labels))
            continue;
        if (labels[which].who != WHO_NONE)
            who = labels[which].who;
        last = who != WHO_NONE ? who : last;
        who = is_own(labels[which].what)       ? WHO_NONE
              : labels[which].what == RELATION ? APPLICANT
                                               : last;
        fields[k] = field_name(who, labels[which].what);
        for (int i = 0; i < k; i++)
            if (strcmp(fields[i], fields[k]) == 0)
                fields[k] = "";
        count += fields[k][0] != '\0';
    }
    return count;
}

size_t form_columns(enum form_kind kind, const struct entries *t, const char *fields[])
{
    for (int k = 0; k < t->table->columns; k++)
        fields[k] = "";
    return kind == FORM_NONE || t->head == 0 ? 0 : columns_of(main_of(kind), t, fields);
}

/* Words in the headings of tables whose columns are fields. */
static void heads_find(struct form *f)
{
    const struct result *r = f->c.r;

    f->in_head = mem_new(r->word_count + 1, sizeof *f->in_head);
    for (size_t i = 0; i < r->grid.count; i++) {
        AUTO_ENTRIES struct entries t = {0};
        AUTO_MEM const char **fields =
            mem_new((size_t)r->grid.p[i].columns + 1, sizeof *fields);

        entries_read(r, &f->c.doubts, i, &t);
        if (t.head == 0 || columns_of(f->main, &t, fields) < HEAD_LABELS)
            continue;
        f->table = true;
        for (size_t k = 0; k < t.table->count; k++)
            for (size_t n = 0; n < t.cells[k].at->count; n++)
                f->in_head[r->grid.words[t.cells[k].at->first + n]] |=
                    t.cells[k].at->row < t.head;
    }
}

bool form_find(const struct result *r, form_put *put, void *ctx)
{
    AUTO_FORM struct form f = {0};
    bool told[ARRAY_LEN(names)] = {false};
    enum form_kind kind = FORM_NONE;

    cells_read(r, 1.0, &f.c);
    kind = title_find(&f.c);
    if (kind == FORM_NONE)
        return false;
    f.main = main_of(kind);
    heads_find(&f);
    for (size_t i = 0; i < f.c.line_count; i++)
        labels_of(&f, &f.c.lines[i]);
    if (f.count < 3 && !f.table)
        return false;
    for (size_t i = 0; i < f.count; i++)
        for (size_t k = 0; k < ARRAY_LEN(names); k++) {
            if (names[k].what != f.label[i].what || names[k].who != whose(&f, i) ||
                told[k])
                continue;
            told[k] = true;
            tell(&f, i, names[k].name, put, ctx);
        }
    return true;
}
