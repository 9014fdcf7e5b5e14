/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields_report EXPECTED.tsv DIR [-v] - how many header fields are right.
 *
 * EXPECTED: rows of file, field, value (field "-": no header); DIR holds for each file
 * the tables read_pages (or Tesseract) wrote of its pages: <name without folder and
 * extension>.tsv for a picture, <name>-1.tsv or <name>-01.tsv and so on for a document.
 * A value counts as right when it is equal in utf8_tone() form; an abstract and the
 * recipients also when at most one letter in 25 differs without marks ("near").
 * "strip": not read and handed over to be keyed in, which is what is wanted of
 * handwriting. The last lines are the bar: right (with near) and wrong without a flag,
 * per cent of the rest.
 */
#include <stdio.h>
#include <string.h>

#include "ocr/cells.h"
#include "ocr/fields.h"
#include "tests/tools/result_from_tsv.h"

static const char *const names[] = {FIELDS_NUMBER, FIELDS_NOTATION, FIELDS_DATE,
                                    FIELDS_PLACE,  FIELDS_ORGAN,    FIELDS_PARENT,
                                    FIELDS_KIND,   FIELDS_SUBJECT,  FIELDS_POST,
                                    FIELDS_SIGNER, FIELDS_URGENCY,  FIELDS_TO};

#define PAGES_MAX 40

struct tally {
    int right, right_flagged, near, near_flagged, wrong_flagged, wrong, missing,
        invented, strips;
};

static size_t distance(const char *a, const char *b)
{
    static size_t row[4096];
    size_t lb = strlen(b);

    for (size_t j = 0; j <= lb; j++)
        row[j] = j;
    for (size_t i = 1; a[i - 1]; i++) {
        size_t diagonal = row[0];

        row[0] = i;
        for (size_t j = 1; j <= lb; j++) {
            size_t above = row[j];
            size_t best = diagonal + (a[i - 1] != b[j - 1]);

            best = above + 1 < best ? above + 1 : best;
            best = row[j - 1] + 1 < best ? row[j - 1] + 1 : best;
            row[j] = best;
            diagonal = above;
        }
    }
    return row[lb];
}

static bool same(const char *a, const char *b)
{
    AUTO_STR struct str x = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str y = STR_INIT(STR_LINE_MAX);

    utf8_tone(a, strlen(a), &x);
    utf8_tone(b, strlen(b), &y);
    return strcmp(str_text(&x), str_text(&y)) == 0;
}

static bool nearly(const char *a, const char *b)
{
    AUTO_STR struct str x = STR_INIT(STR_LINE_MAX);
    AUTO_STR struct str y = STR_INIT(STR_LINE_MAX);

    utf8_fold(a, strlen(a), &x);
    utf8_fold(b, strlen(b), &y);
    if (x.len == 0 || y.len > 4000)
        return false;
    return distance(str_text(&x), str_text(&y)) * 25 <= y.len;
}

static void judge(struct tally *t, const char *name, const struct field *f,
                  const char *want, const char *file, bool verbose)
{
    const char *how;

    if (f && f->strip && want[0] && !same(f->value, want)) {
        how = "strip";
        t->strips++;
    } else if (!f || (!f->value[0] && want[0])) {
        if (f)
            how = "empty, flagged";
        else
            how = "missing";
        t->missing++;
    } else if (!want[0]) {
        how = f->doubtful ? "invented, flagged" : "INVENTED";
        t->invented += !f->doubtful;
    } else if (same(f->value, want)) {
        how = f->doubtful ? "right, flagged" : "right";
        f->doubtful ? t->right_flagged++ : t->right++;
    } else if ((strcmp(name, FIELDS_SUBJECT) == 0 || strcmp(name, FIELDS_TO) == 0) &&
               nearly(f->value, want)) {
        how = f->doubtful ? "near, flagged" : "near";
        f->doubtful ? t->near_flagged++ : t->near++;
    } else {
        how = f->doubtful ? "wrong, flagged" : "WRONG";
        f->doubtful ? t->wrong_flagged++ : t->wrong++;
    }
    if (verbose)
        printf("%-20.20s %-15s %-16s %-18s | %s | %s\n", file, name, how,
               f ? f->reason : "", f ? f->value : "", want);
}

struct doc {
    char file[512];
    char want[ARRAY_LEN(names)][2048];
};

static bool load(const char *path, struct result *r)
{
    AUTO_STR struct str tsv = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    if (fs_read_file(path, &tsv, &e) < 0)
        return false;
    result_from_tsv(str_text(&tsv), r);
    return true;
}

/* The tables of all its pages. Return: how many. */
static size_t load_all(const char *dir, const char *base, int len, struct result *r)
{
    AUTO_MEM char *single = fs_pathf(dir, "%.*s.tsv", len, base);
    size_t count = 0;

    if (load(single, &r[0]))
        return 1;
    for (size_t k = 0; k < 2 && count == 0; k++) {
        for (; count < PAGES_MAX; count++) {
            AUTO_MEM char *path =
                k == 0 ? fs_pathf(dir, "%.*s-%zu.tsv", len, base, count + 1)
                       : fs_pathf(dir, "%.*s-%02zu.tsv", len, base, count + 1);

            if (!load(path, &r[count]))
                break;
        }
    }
    return count;
}

static void measure(const struct doc *d, const char *dir, struct tally *t, bool verbose)
{
    AUTO_FOUND struct fields f = {0};
    struct result r[PAGES_MAX] = {0};
    const struct result *pages[PAGES_MAX] = {NULL};
    const char *base = fs_basename(d->file);
    const char *dot = strrchr(base, '.');
    size_t count = load_all(dir, base, dot ? (int)(dot - base) : (int)strlen(base), r);

    if (count == 0) {
        fprintf(stderr, "no table for %s\n", d->file);
        return;
    }
    for (size_t i = 0; i < count; i++)
        pages[i] = &r[i];
    fields_find(pages, count, 2026, &f);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct field *got = fields_get(&f, names[i]);

        if (got || d->want[i][0])
            judge(&t[i], names[i], got, d->want[i], base, verbose);
    }
    for (size_t i = 0; i < count; i++)
        result_clear(&r[i]);
}

static void bar(const char *what, const struct tally *t, size_t from, size_t to)
{
    int all = 0, right = 0, silent = 0, strips = 0;

    for (size_t i = from; i < to; i++) {
        int good = t[i].right + t[i].right_flagged + t[i].near + t[i].near_flagged;

        right += good;
        silent += t[i].wrong + t[i].invented;
        strips += t[i].strips;
        all += good + t[i].wrong + t[i].wrong_flagged + t[i].missing;
    }
    printf("%s: right %.1f %%, wrong and not flagged %.1f %% of %d in print; %d by "
           "hand, handed over as strips\n",
           what, all ? 100.0 * right / all : 0, all ? 100.0 * silent / all : 0, all,
           strips);
}

int main(int argc, char **argv)
{
    AUTO_STR struct str expected = STR_INIT(STR_FILE_MAX);
    struct tally t[ARRAY_LEN(names)] = {0};
    static struct doc d;
    struct err e = ERR_INIT;
    bool verbose = argc > 3;
    size_t docs = 0;

    if (argc < 3 || fs_read_file(argv[1], &expected, &e) < 0) {
        fprintf(stderr, "usage: fields_report EXPECTED.tsv DIR [-v]\n");
        return 2;
    }
    for (const char *row = str_text(&expected); *row;) {
        size_t len = strcspn(row, "\n");
        const char *end = row + len;
        const char *field = "";
        const char *value = "";
        const char *file = row;
        size_t file_len = tsv_column(row, end, 0, &file);
        size_t field_len = tsv_column(row, end, 1, &field);
        size_t value_len = tsv_column(row, end, 2, &value);

        row = *end ? end + 1 : end;
        if (*file == '#' || file_len == 0)
            continue;
        if (strncmp(d.file, file, file_len) != 0 || d.file[file_len] != '\0') {
            if (d.file[0])
                measure(&d, argv[2], t, verbose);
            d = (struct doc){0};
            memcpy(d.file, file, file_len);
            docs++;
        }
        for (size_t i = 0; i < ARRAY_LEN(names); i++) {
            if (strlen(names[i]) == field_len &&
                memcmp(names[i], field, field_len) == 0)
                memcpy(d.want[i], value, value_len);
        }
    }
    if (d.file[0])
        measure(&d, argv[2], t, verbose);
    printf("%zu files\n%-16s %5s %8s %5s %8s %8s %6s %8s %9s %6s\n", docs, "field",
           "right", "+flagged", "near", "+flagged", "wrong fl", "WRONG", "missing",
           "invented", "strip");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        printf("%-16s %5d %8d %5d %8d %8d %6d %8d %9d %6d\n", names[i], t[i].right,
               t[i].right_flagged, t[i].near, t[i].near_flagged, t[i].wrong_flagged,
               t[i].wrong, t[i].missing, t[i].invented, t[i].strips);
    bar("header", t, 0, 8);
    bar("signer", t, 8, 11);
    bar("recipients", t, 11, 12);
    return 0;
}
