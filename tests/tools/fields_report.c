/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fields_report EXPECTED.tsv DIR [-v] - how many header fields are right.
 *
 * EXPECTED: rows of file, field, value (field "-": no header); DIR holds for each file
 * the table Tesseract wrote of its first page: <name without folder and extension>.tsv.
 * A value counts as right when it is equal in utf8_tone() form; an abstract also when
 * at most one letter in 25 differs without marks ("near").
 */
#include <stdio.h>
#include <string.h>

#include "ocr/cells.h"
#include "ocr/fields.h"
#include "tests/tools/result_from_tsv.h"

static const char *const names[] = {FIELDS_NUMBER, FIELDS_NOTATION, FIELDS_DATE,
                                    FIELDS_PLACE,  FIELDS_ORGAN,    FIELDS_PARENT,
                                    FIELDS_KIND,   FIELDS_SUBJECT};

struct tally {
    int right, right_flagged, near, near_flagged, wrong_flagged, wrong, missing,
        invented;
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

    if (!f || (!f->value[0] && want[0])) {
        if (f)
            how = "empty, flagged";
        else
            how = "missing";
        t->missing++;
    } else if (!want[0]) {
        how = f->doubtful ? "invented, flagged" : "INVENTED";
        t->invented++;
    } else if (same(f->value, want)) {
        how = f->doubtful ? "right, flagged" : "right";
        f->doubtful ? t->right_flagged++ : t->right++;
    } else if (strcmp(name, FIELDS_SUBJECT) == 0 && nearly(f->value, want)) {
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

static void measure(const struct doc *d, const char *dir, struct tally *t, bool verbose)
{
    AUTO_STR struct str tsv = STR_INIT(STR_FILE_MAX);
    AUTO_RESULT struct result r = {0};
    AUTO_FOUND struct fields f = {0};
    const char *base = fs_basename(d->file);
    const char *dot = strrchr(base, '.');
    AUTO_MEM char *path = fs_pathf(dir, "%.*s.tsv", (int)(dot ? dot - base : 0), base);
    const struct result *page = &r;
    struct err e = ERR_INIT;

    if (fs_read_file(path, &tsv, &e) < 0) {
        fprintf(stderr, "no table for %s\n", d->file);
        return;
    }
    result_from_tsv(str_text(&tsv), &r);
    fields_find(&page, 1, 2026, &f);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        const struct field *got = fields_get(&f, names[i]);

        if (got || d->want[i][0])
            judge(&t[i], names[i], got, d->want[i], base, verbose);
    }
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
    printf("%zu files\n%-16s %5s %8s %5s %8s %8s %6s %8s %9s\n", docs, "field", "right",
           "+flagged", "near", "+flagged", "wrong fl", "WRONG", "missing", "invented");
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        printf("%-16s %5d %8d %5d %8d %8d %6d %8d %9d\n", names[i], t[i].right,
               t[i].right_flagged, t[i].near, t[i].near_flagged, t[i].wrong_flagged,
               t[i].wrong, t[i].missing, t[i].invented);
    return 0;
}
