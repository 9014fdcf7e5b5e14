/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/entries.h"

#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"
#include "ocr/cells.h"
#include "ocr/doubt.h"
#include "ocr/form.h"
#include "ocr/grid.h"
#include "ocr/head.h"
#include "ocr/result.h"

#define SIGN_MAX 4 /* bytes of one that numbers a column, without brackets */

void entries_clear(struct entries *t)
{
    for (size_t i = 0; t->cells && i < t->table->count; i++)
        mem_free(t->cells[i].text);
    for (int i = 0; t->names && i < t->table->columns; i++)
        mem_free(t->names[i]);
    mem_free(t->cells);
    mem_free((void *)t->of);
    mem_free(t->names);
    *t = (struct entries){0};
}

const struct entries_cell *entries_at(const struct entries *t, int row, int column)
{
    return t->of[row * t->table->columns + column];
}

static void place(struct entries *t)
{
    t->of =
        mem_new((size_t)t->table->rows * (size_t)t->table->columns + 1, sizeof *t->of);
    for (size_t i = 0; i < t->table->count; i++) {
        const struct grid_cell *c = t->cells[i].at;

        for (int k = c->row; k < c->row + c->rows; k++)
            for (int l = c->column; l < c->column + c->columns; l++)
                t->of[k * t->table->columns + l] = &t->cells[i];
    }
}

/* ---- cells --------------------------------------------------------------------- */

/* A number of digits alone, that bears the mark of its two readings, not a measure of
 * how sure either was. Handwriting is read as letters and digits mixed. */
static bool read_in_two_ways(const char *text, size_t len, const char *why)
{
    return why && strcmp(why, "two-readings") == 0 &&
           cells_count(text, len).letters == 0;
}

static void read_cell(const struct result *r, const struct doubts *d,
                      const struct grid_cell *c, struct entries_cell *out)
{
    AUTO_STR struct str text = STR_INIT(RESULT_TEXT_MAX);
    const char *doubt = NULL;
    bool chosen = false, unsure = false;
    int sum = 0, sure = 0, read = 0;

    for (size_t i = 0; i < c->count; i++) {
        size_t n = r->grid.words[c->first + i];
        const struct result_word *w = &r->words[n];
        const char *why = doubt_reason(d, n);

        if (i > 0)
            str_add_char(&text, ' ');
        str_add_mem(&text, r->text + w->start, w->len);
        sum += w->confidence;
        if (!read_in_two_ways(r->text + w->start, w->len, why)) {
            sure += w->confidence;
            read++;
        }
        unsure = unsure || w->confidence < FORM_SURE_VALUE;
        chosen = chosen || result_has_choice(r, n);
        doubt = doubt ? doubt : why;
    }
    *out = (struct entries_cell){.at = c, .reason = HEAD_SURE};
    head_doubt(&out->reason, doubt != NULL, doubt);
    head_doubt(&out->reason, unsure, "low-confidence");
    head_doubt(&out->reason, chosen, "chosen");
    if (c->count > 0)
        out->confidence = sum / (int)c->count;
    out->strip = c->count > 0 ? sure < FORM_SURE_HAND * read : c->ink;
    if (out->strip)
        out->reason = c->count > 0 ? "handwritten" : "unreadable";
    out->text = mem_dup(out->strip ? "" : str_text(&text));
}

/* ---- heading ------------------------------------------------------------------- */

static bool has_digit(const char *text)
{
    return strpbrk(text, "0123456789") != NULL;
}

/* Cells that begin in rows @from to @to (excluded): how many have text, how many have a
 * digit in it. */
static void count_texts(const struct entries *t, int from, int to, int *texts,
                        int *digits)
{
    *texts = *digits = 0;
    for (size_t i = 0; i < t->table->count; i++) {
        const struct entries_cell *c = &t->cells[i];

        if (c->at->row < from || c->at->row >= to || !c->text[0])
            continue;
        ++*texts;
        *digits += has_digit(c->text);
    }
}

/* Rows down to which the cells of the first one reach. */
static int depth(const struct entries *t)
{
    int rows = 0;

    for (size_t i = 0; i < t->table->count; i++) {
        const struct grid_cell *c = t->cells[i].at;

        if (c->row == 0 && c->rows > rows)
            rows = c->rows;
    }
    return rows;
}

/* "(1)", "2", "A": the sign alone; false: it is none. */
static bool numbers_a_column(const char *text, char sign[SIGN_MAX + 1])
{
    size_t len = strlen(text);

    if (len > 2 && text[0] == '(' && text[len - 1] == ')') {
        text++;
        len -= 2;
    }
    if (len == 0 || len > 2 ||
        (strspn(text, "0123456789") < len &&
         (len > 1 || strspn(text, "ABCDEFGHabcdefgh") < len)))
        return false;
    memcpy(sign, text, len);
    sign[len] = '\0';
    return true;
}

/* A row of numbers of columns: two at least, most columns, each only once. */
static bool is_numbering(const struct entries *t, int row)
{
    char seen[GRID_SIDE_MAX][SIGN_MAX + 1];
    int count = 0;

    for (int k = 0; k < t->table->columns; k++) {
        const struct entries_cell *c = entries_at(t, row, k);

        if (!c || c->at->column != k || !c->text[0])
            continue;
        if (c->at->rows > 1 || !numbers_a_column(c->text, seen[count]))
            return false;
        for (int i = 0; i < count; i++)
            if (strcmp(seen[i], seen[count]) == 0)
                return false;
        count++;
    }
    return count >= 2 && count * 2 > t->table->columns;
}

/* Has some column a digit in most rows from @from on? */
static bool has_figures(const struct entries *t, int from)
{
    for (int k = 0; k < t->table->columns; k++) {
        int rows = 0, figures = 0;

        for (int i = from; i < t->table->rows; i++) {
            const struct entries_cell *c = entries_at(t, i, k);

            rows++;
            figures += c && c->at->column == k && has_digit(c->text);
        }
        if (rows > 0 && figures * 2 > rows)
            return true;
    }
    return false;
}

/* What stands above column @k in @head rows, from above. owned */
static char *name_of(const struct entries *t, int k, int head)
{
    AUTO_STR struct str name = STR_INIT(STR_LINE_MAX);
    const struct entries_cell *before = NULL;

    for (int i = 0; i < head; i++) {
        const struct entries_cell *c = entries_at(t, i, k);

        if (!c || c == before || !c->text[0])
            continue;
        if (name.len > 0)
            str_add(&name, ENTRIES_UNDER);
        str_add(&name, c->text);
        before = c;
    }
    return mem_dup(name.len <= ENTRIES_NAME_MAX ? str_text(&name) : "");
}

/* Has every column a name of its own? */
static bool all_named(char *const *names, int columns)
{
    for (int i = 0; i < columns; i++) {
        if (cells_count(names[i], strlen(names[i])).letters == 0)
            return false;
        for (int k = 0; k < i; k++)
            if (strcmp(names[i], names[k]) == 0)
                return false;
    }
    return true;
}

static void find_head(struct entries *t)
{
    int rows = depth(t), texts = 0, digits = 0, below = rows;

    count_texts(t, 0, rows, &texts, &digits);
    if (rows < 1 || rows > ENTRIES_HEAD_MAX || rows >= t->table->rows || digits > 0 ||
        texts < t->table->columns)
        return;
    if (is_numbering(t, below))
        below++;
    else if (!has_figures(t, below))
        return;
    for (int k = 0; k < t->table->columns; k++) {
        mem_free(t->names[k]);
        t->names[k] = name_of(t, k, rows);
    }
    if (all_named(t->names, t->table->columns)) {
        t->head = below;
        return;
    }
    for (int k = 0; k < t->table->columns; k++)
        t->names[k][0] = '\0';
}

void entries_read(const struct result *r, const struct doubts *d, size_t n,
                  struct entries *out)
{
    const struct grid_table *table = &r->grid.p[n];

    *out = (struct entries){.table = table};
    out->cells = mem_new(table->count + 1, sizeof *out->cells);
    out->names = mem_new((size_t)table->columns + 1, sizeof *out->names);
    for (size_t i = 0; i < table->count; i++)
        read_cell(r, d, &r->grid.cells[table->first + i], &out->cells[i]);
    place(out);
    for (int k = 0; k < table->columns; k++)
        out->names[k] = mem_dup("");
    find_head(out);
    for (size_t i = 0; i < table->count; i++) {
        const struct grid_cell *c = out->cells[i].at;

        head_doubt(&out->cells[i].reason,
                   c->row >= out->head && (c->rows > 1 || c->columns > 1) &&
                       out->cells[i].text[0],
                   "merged");
    }
}
