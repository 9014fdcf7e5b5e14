/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/docdate.h"

#include <string.h>

#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

#define SURE_DAY 80 /* digits read with less confidence are in doubt */

bool docdate_numeric(const char *text, size_t len, int value[3])
{
    int v[3] = {0};
    size_t part = 0, digits = 0, lengths[3] = {0};

    for (size_t i = 0; i < len; i++) {
        char c = text[i];

        if (c >= '0' && c <= '9' && digits < 4) {
            v[part] = v[part] * 10 + (c - '0');
            lengths[part] = ++digits;
        } else if (c && strchr("/.-", c) && digits > 0 && part < 2) {
            part++;
            digits = 0;
        } else {
            return false;
        }
    }
    if (part != 2 || lengths[2] != 4 || lengths[0] > 2 || lengths[1] > 2)
        return false;
    memcpy(value, v, sizeof v);
    return true;
}

/* Folded letters, digits and date signs of a line; '?' for any other sign, '.' for
 * what fills a blank. */
static void flat_folded(const struct head *h, const struct cells_line *l,
                        struct head_flat *f)
{
    for (size_t i = 0; i < l->count; i++) {
        const char *p = cells_fold(&h->c, l, i);
        size_t left = strlen(p);

        while (left > 0) {
            unsigned cp = utf8_next(&p, &left);
            bool plain = (cp >= 'a' && cp <= 'z') || (cp >= '0' && cp <= '9') ||
                         (cp < 0x80 && strchr("/,.-:", (int)cp));
            char c = plain ? (char)cp : cp == '_' || cp == 0x2026 ? '.' : '?';

            head_flat_add(f, &c, 1, i);
        }
    }
}

/* Place of @word in [from, to), one letter may differ. @last: the last one. Exact ones
 * go first. Return: position or HEAD_FLAT_MAX. */
static size_t word_at(const struct head_flat *f, const char *word, size_t from,
                      size_t to, bool last)
{
    size_t n = strlen(word);
    size_t loose = HEAD_FLAT_MAX;
    size_t exact = HEAD_FLAT_MAX;

    for (size_t i = from; i + n <= to; i++) {
        size_t wrong = 0;

        for (size_t k = 0; k < n; k++)
            wrong += f->text[i + k] != word[k];
        if (wrong == 0 && (last || exact == HEAD_FLAT_MAX))
            exact = i;
        if (wrong == 1 && !head_is_digit(f->text[i]) &&
            (last || loose == HEAD_FLAT_MAX))
            loose = i;
    }
    return exact != HEAD_FLAT_MAX ? exact : loose;
}

/* A day, month or year between two words. Return: its value; 0 and a reason. */
static int part_value(const struct head_flat *f, size_t from, size_t to,
                      size_t digits_max, const char **reason)
{
    int value = 0;
    size_t digits = 0;
    size_t letters = 0;

    while (from < to && strchr(".,:-/", f->text[from]))
        from++;
    while (to > from && strchr(".,:-/", f->text[to - 1]))
        to--;
    if (from == to) {
        head_doubt(reason, true, "blank");
        return 0;
    }
    for (size_t i = from; i < to; i++) {
        if (head_is_digit(f->text[i])) {
            digits++;
            value = digits <= digits_max ? value * 10 + (f->text[i] - '0') : value;
        } else if (f->text[i] >= 'a' && f->text[i] <= 'z') {
            letters++;
        } else {
            digits = digits_max + 1;
        }
    }
    if (digits > 0 && digits <= digits_max && letters == 0) {
        head_doubt(reason, value == 0, "implausible-date"); /* a digit of it is lost */
        return value;
    }
    head_doubt(reason, digits > 0 && digits <= digits_max, "digit-letter-mix");
    head_doubt(reason, true, "unreadable");
    return 0;
}

static int month_days(int month, int year)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return days[month - 1] + (month == 2 && leap);
}

/* Words of [from, to): into the box; unsure or unlike printed ones into the reason. */
static void part_doubt(const struct head *h, const struct cells_line *l,
                       const struct head_flat *f, size_t from, size_t to,
                       struct docdate *d)
{
    for (size_t i = from; i < to; i++) {
        const struct cells_word *w = cells_word(&h->c, l, f->word[i]);
        double high = d->digit_height > 0 ? (double)w->h / d->digit_height : 1;
        bool alone = w->n.letters == 0 && w->n.others == 0;

        if (!head_is_digit(f->text[i]) || (i > from && f->word[i] == f->word[i - 1]))
            continue;
        head_box_add(&d->box, &h->c, w);
        head_doubt(&d->reason,
                   alone && (high > HEAD_HEIGHT_HIGH || high < HEAD_HEIGHT_LOW),
                   "handwritten");
        head_doubt(&d->reason, !alone && high > HEAD_GLUED_HIGH, "handwritten");
        head_doubt(&d->reason, w->conf < SURE_DAY, "low-confidence");
    }
}

/* Height of the printed digits: the year's, if it is a word of its own. */
static void digit_height(const struct head *h, const struct cells_line *l,
                         const struct head_flat *f, size_t from, struct docdate *d)
{
    const struct cells_word *w;

    if (from >= f->len)
        return;
    w = cells_word(&h->c, l, f->word[from]);
    if (w->n.digits == 4 && w->n.letters == 0)
        d->digit_height = w->h;
}

static void date_check(const struct head *h, struct docdate *d, bool day_padded,
                       bool month_padded)
{
    int last_year = h->this_year > 0 ? h->this_year : 2200;

    if (d->year != 0 && (d->year < 1900 || d->year > last_year)) {
        d->reason = "implausible-date";
        d->year = d->year < 1000 ? 0 : d->year;
    }
    if (d->month > 12) {
        d->reason = "implausible-date";
        d->month = 0;
    }
    if (d->month > 0 && d->day > month_days(d->month, d->year)) {
        d->reason = "implausible-date";
        d->day = 0;
    }
    /* Before 2005 nobody was told to write 05. */
    head_doubt(&d->reason,
               d->year >= 2005 && ((d->day > 0 && !day_padded) ||
                                   (d->month > 0 && d->month < 3 && !month_padded)),
               "not-zero-padded");
    if (d->month == 0)
        d->day = 0;
}

static bool padded(const struct head_flat *f, size_t from, size_t to)
{
    size_t digits = 0;

    for (size_t i = from; i < to; i++)
        digits += head_is_digit(f->text[i]);
    return digits >= 2;
}

/* Behind "ngày": 5/9/1987, 05.09.1987. */
static bool date_numeric(const struct head *h, const struct cells_line *l,
                         const struct head_flat *f, size_t from, struct docdate *d)
{
    int value[3] = {0};
    size_t at[4] = {from, from, from, from};
    size_t part = 0;
    size_t digits = 0;
    size_t i = from;

    for (; i < f->len && part < 3; i++) {
        if (head_is_digit(f->text[i])) {
            value[part] = value[part] * 10 + (f->text[i] - '0');
            if (++digits > 4)
                return false;
        } else if (digits > 0 && strchr("/.-", f->text[i])) {
            part++;
            at[part] = i + 1;
            digits = 0;
        } else if (digits == 0 && part == 0 && strchr(".:,", f->text[i])) {
            continue;
        } else {
            break;
        }
    }
    if (part != 2 || digits != 4)
        return false;
    d->day = value[0];
    d->month = value[1];
    d->year = value[2];
    part_doubt(h, l, f, from, i, d);
    head_doubt(&d->reason, d->day == 0 || d->month == 0, "implausible-date");
    date_check(h, d, padded(f, at[0], at[1]), padded(f, at[1], at[2]));
    return true;
}

/* What stands before "ngày" in the line. */
static void place_take(const struct head *h, const struct cells_line *l,
                       const struct head_flat *f, size_t end, struct docdate *d)
{
    AUTO_STR struct str text = STR_INIT(HEAD_FLAT_MAX);
    AUTO_STR struct str tidy = STR_INIT(HEAD_FLAT_MAX);
    size_t to = end < f->len ? f->word[end] : l->count;
    size_t from = 0;

    while (from < to && !cells_word(&h->c, l, from)->n.first_capital)
        from++;
    for (size_t i = from; i < to; i++)
        head_box_add(&d->place_box, &h->c, cells_word(&h->c, l, i));
    cells_line_text(&h->c, l, from, to, &text);
    if (end < f->len && end > 0 && f->word[end] == f->word[end - 1]) {
        /* "Lắk,ngày": the beginning of a word that holds both. */
        const struct result_word *w = &h->c.r->words[cells_word(&h->c, l, to)->index];
        const char *p = h->c.r->text + w->start;
        const char *start = p;
        size_t left = w->len;
        size_t first = end;

        while (first > 0 && f->word[first - 1] == f->word[end])
            first--;
        for (size_t i = first; i < end && left > 0; i++)
            utf8_next(&p, &left);
        if (text.len > 0)
            str_add_char(&text, ' ');
        str_add_mem(&text, start, (size_t)(p - start));
        head_box_add(&d->place_box, &h->c, cells_word(&h->c, l, to));
    }
    head_trim(&tidy, str_text(&text));
    memcpy(d->place, str_text(&tidy), tidy.len + 1);
}

/* One line as place and date. Return: true when it is a date line. */
static bool date_read(const struct head *h, const struct cells_line *l,
                      struct docdate *d)
{
    struct head_flat f = {.len = 0};
    size_t thang, nam, ngay, year_at;
    const char *year_reason = HEAD_SURE;
    const char *reason = HEAD_SURE;

    *d = (struct docdate){.reason = HEAD_SURE, .place_reason = HEAD_SURE};
    flat_folded(h, l, &f);
    thang = word_at(&f, "thang", 0, f.len, true);
    if (thang == HEAD_FLAT_MAX) {
        ngay = word_at(&f, "ngay", 0, f.len, true);
        if (ngay == HEAD_FLAT_MAX || !date_numeric(h, l, &f, ngay + 4, d))
            return false;
        place_take(h, l, &f, ngay, d);
        return d->place[0] != '\0';
    }
    nam = word_at(&f, "nam", thang + 5, f.len, true);
    ngay = word_at(&f, "ngay", 0, thang, true);
    year_at = nam != HEAD_FLAT_MAX ? nam + 3 : f.len;
    if (nam == HEAD_FLAT_MAX) {
        /* "tháng 9/1987", or năm misread: four digits at the end */
        size_t digits = 0;

        while (digits < 4 && f.len > digits &&
               head_is_digit(f.text[f.len - 1 - digits]))
            digits++;
        if (digits < 4)
            return false;
        year_at = f.len - 4;
        nam = year_at;
        while (nam > thang + 5 && (f.text[nam - 1] == '/' || f.text[nam - 1] == '?' ||
                                   head_is_letter(f.text[nam - 1])))
            nam--;
        head_doubt(&reason, f.text[year_at - 1] != '/', "pattern-loose");
    }
    digit_height(h, l, &f, year_at, d);
    d->year = part_value(&f, year_at, f.len, 4, &year_reason);
    if (d->year == 0 && head_is_digit(f.text[year_at])) {
        /* Scraps behind the year. */
        size_t digits = strspn(f.text + year_at, "0123456789");

        if (digits == 4)
            d->year = part_value(&f, year_at, year_at + 4, 4, &reason);
    }
    head_doubt(&reason, d->year == 0, year_reason);
    d->month = part_value(&f, thang + 5, nam, 2, &reason);
    if (ngay != HEAD_FLAT_MAX)
        d->day = part_value(&f, ngay + 4, thang, 2, &reason);
    else
        head_doubt(&reason, thang > 0 && f.text[thang - 1] != ',', "pattern-loose");
    d->reason = reason;
    if (ngay != HEAD_FLAT_MAX && d->day > 0)
        part_doubt(h, l, &f, ngay + 4, thang, d);
    if (d->month > 0)
        part_doubt(h, l, &f, thang + 5, nam, d);
    part_doubt(h, l, &f, year_at, f.len, d);
    if (d->box.count == 0)
        head_box_add(&d->box, &h->c, cells_word(&h->c, l, f.word[thang]));
    place_take(h, l, &f, ngay != HEAD_FLAT_MAX ? ngay : thang, d);
    date_check(h, d, ngay != HEAD_FLAT_MAX && padded(&f, ngay + 4, thang),
               padded(&f, thang + 5, nam));
    if (d->year == 0)
        d->month = d->day = 0;
    return true;
}

/* What stands before "Ngày" in a stamp: nothing, or ĐẾN itself. */
static bool is_stamp_word(const char *place)
{
    AUTO_STR struct str fold = STR_INIT(STR_LINE_MAX);

    utf8_fold(place, strlen(place), &fold);
    return fold.len == 0 || str_ends(str_text(&fold), "den");
}

bool docdate_find(struct head *h, struct docdate *d)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < h->c.part_count; i++) {
            const struct cells_line *l = &h->c.parts[i];

            if ((pass == 0) != (l->side == CELLS_RIGHT) || l->mid <= h->title_mid)
                continue;
            /* A stamp's date has no place before it. */
            if (!date_read(h, l, d) || (pass == 1 && d->place[0] == '\0') ||
                (head_in_stamp(h, l) && is_stamp_word(d->place)))
                continue;
            h->date_line = l;
            h->digit_height = d->digit_height;
            return true;
        }
    }
    return false;
}
