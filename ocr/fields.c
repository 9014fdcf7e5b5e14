/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/fields.h"

#include <stdio.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/docdate.h"
#include "ocr/docnumber.h"
#include "ocr/foot.h"
#include "ocr/form.h"
#include "ocr/head.h"
#include "ocr/issuer.h"
#include "ocr/kinds.h"
#include "ocr/result.h"
#include "ocr/upright.h"

#define SUBJECT_LINES 10
#define OFF_CENTRE    0.022 /* of the width: a line is not centred */
#define GAP_WIDE      1.5   /* of the height: another thing begins on the line */
#define SURE_ABSTRACT 80    /* any word of an abstract read with less is in doubt */

static struct field *field_put(struct fields *f, size_t page, const char *name,
                               const char *value, const struct head_box *b,
                               int confidence, const char *reason)
{
    AUTO_STR struct str nfc = STR_INIT(HEAD_TEXT_MAX);
    struct field *to;

    if (f->count == FIELDS_MAX)
        return NULL;
    utf8_nfc(value, strlen(value), &nfc);
    to = &f->item[f->count++];
    *to = (struct field){.name = name, .value = mem_dup(str_text(&nfc))};
    to->confidence = (int)num_clamp(confidence, 0, 100);
    if (b->count > 0)
        head_box_doubt(b, &reason);
    to->reason = reason;
    to->doubtful = *reason != '\0';
    to->page = page;
    if (b->count > 0) {
        to->x = b->x;
        to->y = b->y;
        to->w = b->right - b->x;
        to->h = b->bottom - b->y;
    }
    return to;
}

static void field_add(struct fields *f, const struct head *h, const char *name,
                      const char *value, const struct head_box *b, int confidence,
                      const char *reason)
{
    struct field *to = field_put(f, h->page, name, value, b, confidence, reason);

    if (to && !to->doubtful && h->page > 0) {
        to->reason = "not-first-page";
        to->doubtful = true;
    }
}

/* ---- abstract ----------------------------------------------------------------- */

struct subject {
    struct str text;
    struct head_box box;
    const char *reason;
};

static void subject_clear(struct subject *s)
{
    str_clear(&s->text);
}
#define AUTO_SUBJECT AUTO(subject_clear)

static void subject_add(const struct head *h, struct subject *s,
                        const struct cells_line *l, size_t from)
{
    for (size_t i = from; i < l->count; i++)
        head_box_add(&s->box, &h->c, cells_word(&h->c, l, i));
    cells_line_text(&h->c, l, from, l->count, &s->text);
    head_doubt(&s->reason, l->touching && l->side == CELLS_LEFT, "columns-touch");
}

/* Words a body or an addressee begins with. */
static bool begins_body(const struct head *h, const struct cells_line *l)
{
    static const char *const starts[] = {"can cu",   "kinh gui",       "kinh goi",
                                         "xet",      "thuc hien nghi", "dieu 1",
                                         "noi nhan", "kinh thua"};

    for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
        if (head_line_begins(&h->c, l, starts[i]))
            return true;
    }
    return false;
}

static double apart(double a, double b)
{
    return a > b ? a - b : b - a;
}

/* Offset of the line's middle from the kind's or the text's, in parts of the page's
 * width. A paragraph that begins with an indent is 0.03 off. */
static double off_centre(const struct head *h, const struct cells_line *l)
{
    double mid = l->x + l->w / 2.0;
    double kind = apart(mid, h->kind_line->x + h->kind_line->w / 2.0);
    double text = apart(mid, (h->text_left + h->text_right) / 2.0);

    return (h->text_right > 0 && text < kind ? text : kind) / h->c.r->width_px;
}

/* "V/v", "v/v", "V/V", "Về việc". Return: it is where the abstract of a letter begins.
 */
static bool begins_letter(const struct head *h, const struct cells_line *l)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);

    if (head_line_begins(&h->c, l, "ve viec"))
        return !l->touching;
    cells_line_text(&h->c, l, 0, l->count, &text);
    return (text.p && strncmp(text.p, "V/", 2) == 0) ||
           str_starts(str_text(&text), "v/");
}

/* Where "Về việc" or "V/v" begins in the line. Return: the word, or count. */
static size_t about_at(const struct head *h, const struct cells_line *l)
{
    for (size_t i = 0; i < l->count; i++) {
        struct cells_line tail;

        cells_range(&h->c, l, i, l->count, &tail);
        /* Inside of a sentence it has a small v. */
        if ((i == 0 || cells_word(&h->c, l, i)->n.first_capital) &&
            begins_letter(h, &tail))
            return i;
    }
    return l->count;
}

/*
 * The part of a line that is abstract: behind "Về việc" on the first line, behind a
 * wide gap on others when only the rest is centred. What is left out (a stamp beside
 * it) makes the abstract doubtful. Return: false when the line is none of it.
 */
static bool subject_part(const struct head *h, struct subject *s, struct cells_line *l,
                         bool first)
{
    size_t from = first ? about_at(h, l) : 0;
    struct cells_line tail;

    if (first && from < l->count) {
        /* With its own first word it need not be centred (typewriters). */
        head_doubt(&s->reason, from > 0, "pattern-loose");
        cells_range(&h->c, l, from, l->count, l);
        return true;
    }
    if (off_centre(h, l) <= OFF_CENTRE)
        return true;
    for (size_t i = 1; i < l->count; i++) {
        cells_range(&h->c, l, i, l->count, &tail);
        if (cells_gap(&h->c, l, i) < GAP_WIDE || off_centre(h, &tail) > OFF_CENTRE)
            continue;
        head_doubt(&s->reason, true, "pattern-loose");
        *l = tail;
        return true;
    }
    /* A paragraph begins with a capital; else the line goes on with the one above. At
     * the left end of the text it may do so; elsewhere part of it is hidden. */
    if (first || cells_word(&h->c, l, 0)->n.first_capital ||
        cells_word(&h->c, l, 0)->n.letters == 0)
        return false;
    head_doubt(&s->reason,
               h->text_right == 0 ||
                   apart(l->x, h->text_left) > OFF_CENTRE * h->c.r->width_px,
               "pattern-loose");
    return true;
}

/* A rule, a stain or part of a stamp: nothing that ends the abstract. */
static bool is_scrap(const struct head *h, const struct cells_line *l, bool first)
{
    if (l->count == 0 || cells_line_conf(&h->c, l) < 45)
        return true;
    if (l->count == 1 && cells_word(&h->c, l, 0)->conf < 50 &&
        cells_word(&h->c, l, 0)->n.letters < 3)
        return true;
    return first && l->x + l->w < h->kind_line->x;
}

static void subject_under_kind(const struct head *h, struct subject *s)
{
    int32_t last = h->kind_line->mid;
    int32_t pitch = 0;
    size_t lines = 0;
    bool caps = true;
    bool kind_long = h->kind_words < h->kind_line->count;

    if (kind_long && !head_line_begins(&h->c, h->kind_line, "quyet dinh cua")) {
        subject_add(h, s, h->kind_line, h->kind_words);
        lines++;
    }
    for (size_t i = 0; i < h->c.line_count && lines < SUBJECT_LINES; i++) {
        struct cells_line l = h->c.lines[i];
        int32_t gap = l.mid - last;
        bool line_caps;

        if (l.mid <= h->kind_line->mid + h->kind_line->h / 2)
            continue;
        cells_trim(&h->c, &l);
        if (is_scrap(h, &l, lines == 0) || gap < h->unit / 2)
            continue;
        if (lines == 0 ? gap > h->unit * 4
                       : gap > (pitch > 0 ? pitch * 8 / 5 : h->unit * 5 / 2))
            break;
        line_caps = cells_line_caps(&h->c, &l);
        if (begins_body(h, &l) || (lines > 0 && line_caps && !caps) ||
            !subject_part(h, s, &l, lines == 0))
            break;
        caps = lines == 0 ? line_caps : caps && line_caps;
        subject_add(h, s, &l, 0);
        if (lines > 0 && (pitch == 0 || gap < pitch))
            pitch = gap < h->unit ? h->unit : gap;
        last = l.mid;
        lines++;
    }
}

static void subject_of_letter(const struct head *h, struct subject *s)
{
    int32_t above = h->number_line ? h->number_line->mid : h->title_mid;
    int32_t last = 0;
    int32_t pitch = 0;
    bool begun = false;

    for (size_t i = 0; i < h->c.part_count; i++) {
        struct cells_line l = h->c.parts[i];
        int32_t gap = l.mid - last;

        if (l.side != CELLS_LEFT || l.mid <= above)
            continue;
        cells_trim(&h->c, &l);
        if (l.count == 0)
            continue;
        if (!begun && !begins_letter(h, &l))
            continue;
        if (begun &&
            (begins_body(h, &l) || gap > (pitch > 0 ? pitch * 8 / 5 : h->unit * 5 / 2)))
            break;
        if (begun && gap < h->unit / 3)
            continue;
        /* Capitals below: the agency of a stamp, not the abstract. */
        if (begun && cells_line_caps(&h->c, &l) && cells_line_letters(&h->c, &l) > 8) {
            head_doubt(&s->reason, true, "pattern-loose");
            break;
        }
        subject_add(h, s, &l, 0);
        if (begun && (pitch == 0 || gap < pitch))
            pitch = gap < h->unit ? h->unit : gap;
        last = l.mid;
        begun = true;
    }
}

/* ---- all together ------------------------------------------------------------- */

static void add_kind(struct fields *f, const struct head *h,
                     const struct docnumber_backing *b, bool letter,
                     const struct head_box *number)
{
    const char *reason = HEAD_SURE;
    struct head_box box = {0};

    if (h->kind) {
        for (size_t i = 0; i < h->kind_words && i < h->kind_line->count; i++)
            head_box_add(&box, &h->c, cells_word(&h->c, h->kind_line, i));
        head_doubt(&reason, b->kind && b->kind != h->kind, "kind-differs");
        head_doubt(&reason, h->kind_match == KINDS_LOOSE && b->kind != h->kind,
                   "pattern-loose");
        /* The name is the table's, whatever the marks of the words are. */
        box.chosen = false;
        box.doubt = NULL;
        field_add(f, h, FIELDS_KIND, h->kind->name, &box, head_box_mean(&box), reason);
    } else if (b->kind && b->issuer) {
        field_add(f, h, FIELDS_KIND, b->kind->name, number, number->conf_min,
                  b->kind == kinds_letter() ? HEAD_SURE : "from-notation");
    } else if (letter && !b->kind) {
        /* Without a notation to say so it is a guess from the form. */
        field_add(f, h, FIELDS_KIND, kinds_letter()->name, number, number->conf_min,
                  number->count > 0 ? HEAD_SURE : "from-notation");
    }
}

/* Written into a printed line: a person keys it in from the picture. */
static void by_hand(struct fields *f)
{
    static const char *const reasons[] = {"handwritten", "unreadable", "blank",
                                          "digit-letter-mix"};
    struct field *last = &f->item[f->count - 1];

    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        last->strip = last->strip || strcmp(last->reason, reasons[i]) == 0;
}

static void forget_letters(struct head_box *b)
{
    if (b->doubt && strcmp(b->doubt, "two-readings") != 0)
        b->doubt = NULL;
}

static void add_number(struct fields *f, const struct head *h, struct docnumber *n)
{
    /* Which letters stand in either, docnumber judges: one word may hold both. */
    forget_letters(&n->value_box);
    forget_letters(&n->notation_box);
    field_add(f, h, FIELDS_NUMBER, n->value, &n->value_box,
              n->value[0] ? n->value_box.conf_min : 0, n->value_reason);
    by_hand(f);
    if (n->notation[0])
        field_add(f, h, FIELDS_NOTATION, n->notation, &n->notation_box,
                  n->notation_box.conf_min, n->notation_reason);
}

static void add_date(struct fields *f, const struct head *h, struct docdate *d)
{
    char iso[40] = "";

    if (d->day > 0)
        snprintf(iso, sizeof iso, "%04d-%02d-%02d", d->year, d->month, d->day);
    else if (d->month > 0)
        snprintf(iso, sizeof iso, "%04d-%02d", d->year, d->month);
    else if (d->year > 0)
        snprintf(iso, sizeof iso, "%04d", d->year);
    forget_letters(&d->box);
    field_add(f, h, FIELDS_DATE, iso, &d->box, iso[0] ? d->box.conf_min : 0, d->reason);
    by_hand(f);
    if (d->day == 0)
        f->item[f->count - 1].strip = d->reason[0] != '\0';
    if (d->place[0] == '\0')
        return;
    head_doubt(&d->place_reason, d->place_box.conf_min < HEAD_SURE_TEXT,
               "low-confidence");
    head_doubt(&d->place_reason, h->date_line->touching, "columns-touch");
    field_add(f, h, FIELDS_PLACE, d->place, &d->place_box, head_box_mean(&d->place_box),
              d->place_reason);
}

static void add_organ(struct fields *f, const struct head *h, const struct issuer *o)
{
    field_add(f, h, FIELDS_ORGAN, o->name, &o->box, head_box_mean(&o->box), o->reason);
    if (o->parent[0])
        field_add(f, h, FIELDS_PARENT, o->parent, &o->parent_box,
                  head_box_mean(&o->parent_box), o->parent_reason);
}

static void add_subject(struct fields *f, const struct head *h, struct subject *s)
{
    AUTO_STR struct str tidy = STR_INIT(HEAD_TEXT_MAX);

    if (s->box.count == 0)
        return;
    head_trim(&tidy, str_text(&s->text));
    if (tidy.len == 0)
        return;
    /* One word badly read in a long abstract is enough. */
    head_doubt(&s->reason, s->box.conf_min < SURE_ABSTRACT, "low-confidence");
    head_doubt(&s->reason, !kinds_marks(str_text(&tidy), false), "pattern-loose");
    head_doubt(&s->reason,
               !cells_count(str_text(&tidy), tidy.len).first_capital &&
                   !str_starts(str_text(&tidy), "v/v"),
               "pattern-loose");
    field_add(f, h, FIELDS_SUBJECT, str_text(&tidy), &s->box, head_box_mean(&s->box),
              s->reason);
}

/* HỎA TỐC, THƯỢNG KHẨN, KHẨN: capitals with nothing else beside them. */
static void add_urgency(struct fields *f, const struct head *h)
{
    static const struct {
        const char *fold, *name;
    } grades[] = {
        {"hoa toc hen gio", "HỎA TỐC HẸN GIỜ"},
        {"hoa toc", "HỎA TỐC"},
        {"thuong khan", "THƯỢNG KHẨN"},
        {"khan", "KHẨN"},
    };

    for (size_t i = 0; i < h->c.line_count; i++) {
        const struct cells_line *l = &h->c.lines[i];

        for (size_t from = 0, k = 1; k <= l->count; k++) {
            AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);
            struct cells_line part;
            struct head_box box = {0};
            const char *reason = HEAD_SURE;

            if (k < l->count && cells_gap(&h->c, l, k) < GAP_WIDE)
                continue;
            cells_range(&h->c, l, from, k, &part);
            from = k;
            cells_line_fold(&h->c, &part, &fold);
            if (!cells_line_caps(&h->c, &part))
                continue;
            for (size_t g = 0; g < ARRAY_LEN(grades); g++) {
                if (strcmp(str_text(&fold), grades[g].fold) != 0)
                    continue;
                for (size_t w = 0; w < part.count; w++)
                    head_box_add(&box, &h->c, cells_word(&h->c, &part, w));
                head_doubt(&reason, box.conf_min < SURE_ABSTRACT, "low-confidence");
                field_add(f, h, FIELDS_URGENCY, grades[g].name, &box, box.conf_min,
                          reason);
                return;
            }
        }
    }
}

static void add_part(struct fields *f, const char *name, const struct foot_part *p)
{
    if (p->value[0])
        (void)field_put(f, p->page, name, p->value, &p->box, head_box_mean(&p->box),
                        p->reason);
}

static void add_foot(struct fields *f, const struct result *const *pages, size_t count,
                     size_t first)
{
    struct foot *foot = mem_new(1, sizeof *foot);

    if (foot_find(pages, count, first, foot)) {
        add_part(f, FIELDS_POST, &foot->post);
        add_part(f, FIELDS_SIGNER, &foot->name);
        add_part(f, FIELDS_TO, &foot->places);
    }
    if (foot->strip) {
        struct field *strip = field_put(f, foot->name.page, FIELDS_SIGNER, "",
                                        &foot->name.box, 0, foot->name.reason);

        if (strip)
            strip->strip = true;
    }
    mem_free(foot);
}

/* The header of one page. Return: true when there is one. */
static bool page_read(const struct result *r, size_t page, int this_year,
                      struct fields *out)
{
    AUTO_HEAD struct head h = {0};
    AUTO_SUBJECT struct subject s = {.text = STR_INIT(HEAD_TEXT_MAX),
                                     .reason = HEAD_SURE};
    struct docnumber n;
    struct docdate d;
    struct issuer o;
    struct docnumber_backing b = {0};
    bool number, date, organ, letter, known;

    head_read(r, page, this_year, &h);
    number = docnumber_find(&h, &n);
    date = docdate_find(&h, &d);
    organ = issuer_find(&h, &o);
    if (h.kind)
        subject_under_kind(&h, &s);
    else
        subject_of_letter(&h, &s);
    /* Forms and register pages may bear title and issuer too. */
    known = number || h.kind || (date && organ && s.box.count > 0);
    if (!(h.titled ? known : number && date))
        return false;
    if (date && organ)
        issuer_check_place(&d, &o);
    letter = s.box.count > 0 || h.kinh_gui != NULL;
    if (number) {
        b = docnumber_backing(n.notation, o.name, o.parent);
        docnumber_doubt(&h, &n, date ? d.year : 0);
        docnumber_notation_doubt(&n, &b, h.kind);
        /* Kind and issuer say the same: as good as a second reading. */
        if (b.kind && b.kind == h.kind && b.issuer)
            n.notation_box.doubt = NULL;
        add_number(out, &h, &n);
    }
    if (date)
        add_date(out, &h, &d);
    if (organ)
        add_organ(out, &h, &o);
    add_kind(out, &h, &b, letter, number ? &n.notation_box : &(struct head_box){0});
    add_subject(out, &h, &s);
    add_urgency(out, &h);
    return true;
}

struct form_page {
    struct fields *f;
    size_t page;
};

static void put_form(void *ctx, const struct form_value *v)
{
    struct form_page *to = ctx;
    struct field *one = field_put(to->f, to->page, v->name, v->value, &v->box,
                                  v->strip ? 0 : head_box_mean(&v->box), v->reason);

    if (one)
        one->strip = v->strip;
}

/* On upright pages. */
static void find(const struct result *const *pages, size_t count, int this_year,
                 struct fields *out)
{
    for (size_t i = 0; i < count && i < FIELDS_HEAD_MAX; i++) {
        struct form_page form = {out, i};

        if (!pages[i] || pages[i]->word_count == 0 || pages[i]->width_px == 0)
            continue;
        if (form_find(pages[i], put_form, &form))
            return;
        if (page_read(pages[i], i, this_year, out)) {
            add_foot(out, pages, count, i);
            return;
        }
    }
}

void fields_find(const struct result *const *pages, size_t count, int this_year,
                 struct fields *out)
{
    struct upright laid[FIELDS_PAGES_MAX] = {0};
    const struct result *views[FIELDS_PAGES_MAX] = {NULL};

    *out = (struct fields){0};
    if (count > FIELDS_PAGES_MAX)
        count = FIELDS_PAGES_MAX;
    for (size_t i = 0; i < count; i++) {
        if (!pages[i])
            continue;
        upright_open(pages[i], &laid[i]);
        views[i] = upright_page(&laid[i]);
    }
    find(views, count, this_year, out);
    for (size_t i = 0; i < out->count; i++) {
        struct field *f = &out->item[i];

        if (f->w > 0 && f->h > 0)
            upright_back(&laid[f->page], &f->x, &f->y, &f->w, &f->h);
    }
    for (size_t i = 0; i < count; i++)
        upright_close(&laid[i]);
}

void fields_clear(struct fields *f)
{
    for (size_t i = 0; i < f->count; i++)
        mem_free(f->item[i].value);
    *f = (struct fields){0};
}

const struct field *fields_get(const struct fields *f, const char *name)
{
    for (size_t i = 0; i < f->count; i++) {
        if (strcmp(f->item[i].name, name) == 0)
            return &f->item[i];
    }
    return NULL;
}

struct jdoc *fields_to_jdoc(const struct fields *f)
{
    struct jdoc *all = jdoc_object();

    for (size_t i = 0; i < f->count; i++) {
        const struct field *from = &f->item[i];
        struct jdoc *j = jdoc_object();

        jdoc_set_text(j, "value", from->value);
        jdoc_set_text(j, "source", FIELDS_SOURCE);
        jdoc_set_int(j, "confidence", from->confidence);
        jdoc_set_bool(j, "doubtful", from->doubtful);
        jdoc_set_text(j, "reason", from->reason);
        jdoc_set_int(j, "page", (int64_t)from->page);
        jdoc_set_int(j, "x", from->x);
        jdoc_set_int(j, "y", from->y);
        jdoc_set_int(j, "w", from->w);
        jdoc_set_int(j, "h", from->h);
        jdoc_set_bool(j, "strip", from->strip);
        jdoc_set(all, from->name, j);
    }
    return all;
}
