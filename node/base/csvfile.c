/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/csvfile.h"

#include <csv.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/utf8.h"

struct reading {
    struct csvfile *out;
    struct csvfile_faults faults;
    size_t column; /* in the present row */
    size_t row;    /* from 0, the header included */
    size_t line;   /* rows seen, empty ones too */
    bool any;      /* the present row has something in it */
    bool too_long;
};

void csvfile_clear(struct csvfile *f)
{
    str_clear(&f->text);
    mem_free(f->offsets);
    mem_free(f->lines);
    *f = (struct csvfile){0};
}

/* The n-th row of fields stands on line n: fields with line breaks in them shift that,
 * which a message may get wrong by as many lines. */
static void on_field(void *data, size_t len, void *to)
{
    struct reading *r = to;
    struct csvfile *f = r->out;
    const char *text = data;
    size_t at = f->text.len;

    if (r->column >= CSVFILE_COLUMNS_MAX || len > CSVFILE_FIELD_MAX) {
        r->too_long = true;
        return;
    }
    while (len > 0 && (text[len - 1] == ' ' || text[len - 1] == '\t'))
        len--;
    while (len > 0 && (*text == ' ' || *text == '\t')) {
        text++;
        len--;
    }
    mem_grow(&f->offsets, &f->offset_cap, r->row * f->columns + r->column + 1,
             sizeof *f->offsets);
    if (r->row == 0)
        f->columns = r->column + 1;
    if (r->column < f->columns)
        f->offsets[r->row * f->columns + r->column] = at;
    utf8_nfc(text, len, &f->text);
    str_add_mem(&f->text, "", 1);
    r->any = r->any || len > 0;
    r->column++;
}

static void on_row(int end, void *to)
{
    struct reading *r = to;
    struct csvfile *f = r->out;

    (void)end;
    r->line++;
    if (!r->any && r->row > 0) { /* ";;;" at the end of a spreadsheet */
        r->column = 0;
        return;
    }
    mem_grow(&f->lines, &f->line_cap, r->row + 1, sizeof *f->lines);
    f->lines[r->row] = r->line;
    if (r->column != f->columns)
        csvfile_fault(&r->faults, r->line, "columns");
    if (r->row < CSVFILE_ROWS_MAX + 1)
        r->row++;
    else
        r->too_long = true;
    r->column = 0;
    r->any = false;
}

static unsigned char separator(const char *text, size_t len)
{
    static const char CANDIDATES[] = ",;\t";
    const char *end = memchr(text, '\n', len);
    size_t line = end ? (size_t)(end - text) : len;
    size_t best = 0;
    char found = ',';

    for (size_t k = 0; CANDIDATES[k]; k++) {
        size_t n = 0;

        for (size_t i = 0; i < line; i++)
            n += text[i] == CANDIDATES[k];
        if (n > best) {
            best = n;
            found = CANDIDATES[k];
        }
    }
    return (unsigned char)found;
}

static int parse(const char *path, const char *text, size_t len, struct reading *r,
                 struct err *e)
{
    struct csv_parser p;
    size_t used = 0;
    int rc = 0;

    if (csv_init(&p, CSV_STRICT | CSV_STRICT_FINI) != 0)
        return err_set(e, ERR_MEMORY, "%s", path);
    csv_set_delim(&p, separator(text, len));
    used = csv_parse(&p, text, len, on_field, on_row, r);
    if (used != len || csv_fini(&p, on_field, on_row, r) != 0)
        rc = err_set(e, ERR_CSV, "%s, %zu", path, r->row + 1);
    csv_free(&p);
    return rc;
}

int csvfile_read(const char *path, struct csvfile *out, struct err *e)
{
    AUTO_STR struct str raw = STR_INIT(CSVFILE_BYTES_MAX);
    AUTO_CSVFILE struct csvfile f = {.text = STR_INIT(CSVFILE_BYTES_MAX * 2)};
    struct reading r = {.out = &f, .faults = CSVFILE_FAULTS_INIT};
    const char *text = NULL;
    size_t len = 0;

    if (fs_read_file(path, &raw, e) < 0)
        return -1;
    text = str_text(&raw);
    len = raw.len;
    if (len >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) {
        text += 3;
        len -= 3;
    }
    if (!utf8_valid(text, len))
        return err_set(e, ERR_CSV, "%s: UTF-8", path);
    if (parse(path, text, len, &r, e) < 0) {
        str_clear(&r.faults.text);
        return -1;
    }
    if (r.too_long || f.text.over) {
        str_clear(&r.faults.text);
        return err_set(e, ERR_LIMIT, "%s", path);
    }
    if (csvfile_refuse(&r.faults, path, e) < 0)
        return -1;
    if (r.row < 2)
        return err_set(e, ERR_CSV, "%s: 0", path);
    f.row_count = r.row - 1;
    *out = f;
    f = (struct csvfile){0};
    return 0;
}

static const char *cell(const struct csvfile *f, size_t row, size_t column)
{
    return f->text.p + f->offsets[row * f->columns + column];
}

int csvfile_column(const struct csvfile *f, const char *name)
{
    for (size_t i = 0; i < f->columns; i++)
        if (strcasecmp(cell(f, 0, i), name) == 0)
            return (int)i;
    return -1;
}

const char *csvfile_at(const struct csvfile *f, size_t row, int column)
{
    return column < 0 ? "" : cell(f, row + 1, (size_t)column);
}

size_t csvfile_line(const struct csvfile *f, size_t row)
{
    return f->lines[row + 1];
}

void csvfile_put(struct str *line, const char *text)
{
    if (line->len && line->p[line->len - 1] != '\n')
        str_add_char(line, ',');
    str_add_char(line, '"');
    if (text[0] && strchr("=+-@\t\r", text[0]))
        str_add_char(line, '\'');
    for (; *text; text++) {
        if (*text == '"')
            str_add_char(line, '"');
        str_add_char(line, *text);
    }
    str_add_char(line, '"');
}

void csvfile_end(struct str *line)
{
    str_add(line, "\r\n");
}

void csvfile_fault(struct csvfile_faults *f, size_t line, const char *what)
{
    if (f->count++ < CSVFILE_NAMED_MAX)
        str_addf(&f->text, "%s%zu: %s", f->text.len ? ", " : "", line, what);
}

int csvfile_refuse(struct csvfile_faults *f, const char *path, struct err *e)
{
    int rc = 0;

    if (f->count)
        rc = err_set(e, ERR_CSV, "%s: %s", path, str_text(&f->text));
    str_clear(&f->text);
    f->count = 0;
    return rc;
}
