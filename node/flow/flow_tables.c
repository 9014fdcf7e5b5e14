/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "node/base/csvfile.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/record/page.h"
#include "node/store/store_grid.h"
#include "ocr/doubt.h"
#include "ocr/entries.h"
#include "ocr/form.h"
#include "ocr/result.h"

_Static_assert((GRID_BYTES_MAX) <= (STORE_GRID_MAX), "what is made can be stored");

/* ---- keeping ------------------------------------------------------------------- */

int flow_tables_keep(struct flow *f, const struct page *p, const struct result *r,
                     bool held, struct err *e)
{
    AUTO_JDOC struct jdoc *tables = grid_to_jdoc(&r->grid);
    AUTO_STR struct str text = STR_INIT(STORE_GRID_MAX);

    if (!held && r->grid.count > 0)
        jdoc_print_line(tables, &text);
    if (str_check(&text, p->name, e) < 0)
        return -1;
    return store_grid_put(f->store, p->id, str_text(&text), e);
}

int flow_tables_get(struct flow *f, const struct page *p, struct result *r,
                    struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STORE_GRID_MAX);
    AUTO_JDOC struct jdoc *tables = NULL;
    struct err damaged = ERR_INIT; /* what is damaged has nothing to tell, as boxes */
    int rc = store_grid_get(f->store, p->id, &text, e);

    if (rc < 0)
        return -1;
    if (rc == 1 && (jdoc_parse(str_text(&text), text.len, &tables, &damaged) < 0 ||
                    grid_from_jdoc(tables, r, &damaged) < 0))
        err_clear(&damaged);
    return 0;
}

/* ---- showing ------------------------------------------------------------------- */

static struct jdoc *cell_jdoc(const struct entries_cell *c)
{
    struct jdoc *one = jdoc_object();

    jdoc_set_int(one, "row", c->at->row + 1);
    jdoc_set_int(one, "column", c->at->column + 1);
    if (c->at->rows > 1)
        jdoc_set_int(one, "rows", c->at->rows);
    if (c->at->columns > 1)
        jdoc_set_int(one, "columns", c->at->columns);
    jdoc_set_int(one, "x", c->at->x);
    jdoc_set_int(one, "y", c->at->y);
    jdoc_set_int(one, "w", c->at->w);
    jdoc_set_int(one, "h", c->at->h);
    jdoc_set_text(one, "kind", c->strip ? "strip" : c->text[0] ? "text" : "empty");
    jdoc_set_text(one, "value", c->text);
    jdoc_set_int(one, "confidence", c->confidence);
    jdoc_set_bool(one, "doubtful", c->reason[0] != '\0');
    if (c->reason[0])
        jdoc_set_text(one, "reason", c->reason);
    return one;
}

static struct jdoc *table_jdoc(enum form_kind kind, const struct entries *t)
{
    struct jdoc *one = jdoc_object(), *cells = jdoc_array(), *names = jdoc_array();
    struct jdoc *fields = jdoc_array();
    AUTO_MEM const char **known = mem_new((size_t)t->table->columns + 1, sizeof *known);
    size_t count = form_columns(kind, t, known);

    jdoc_set_int(one, "x", t->table->x);
    jdoc_set_int(one, "y", t->table->y);
    jdoc_set_int(one, "w", t->table->w);
    jdoc_set_int(one, "h", t->table->h);
    jdoc_set_int(one, "rows", t->table->rows);
    jdoc_set_int(one, "columns", t->table->columns);
    jdoc_set_int(one, "head", t->head);
    for (int k = 0; t->head > 0 && k < t->table->columns; k++)
        jdoc_add_text(names, t->names[k]);
    for (int k = 0; count > 0 && k < t->table->columns; k++)
        jdoc_add_text(fields, known[k]);
    jdoc_set(one, "names", names);
    jdoc_set(one, "fields", fields);
    for (size_t i = 0; i < t->table->count; i++)
        jdoc_add(cells, cell_jdoc(&t->cells[i]));
    jdoc_set(one, "cells", cells);
    return one;
}

struct jdoc *flow_tables_jdoc(const struct result *r)
{
    AUTO_DOUBTS struct doubts d = {0};
    struct jdoc *all = jdoc_array();
    enum form_kind kind = FORM_NONE;

    if (r->grid.count == 0)
        return all;
    doubt_find(r, &d);
    kind = form_kind_of(r);
    for (size_t i = 0; i < r->grid.count; i++) {
        AUTO_ENTRIES struct entries t = {0};

        entries_read(r, &d, i, &t);
        jdoc_add(all, table_jdoc(kind, &t));
    }
    return all;
}

/* ---- for a spreadsheet --------------------------------------------------------- */

void flow_tables_csv_clear(struct flow_tables_csv *t)
{
    for (size_t i = 0; i < t->count; i++)
        str_clear(&t->files[i]);
    mem_free(t->files);
    mem_free(t->head);
    *t = (struct flow_tables_csv){0};
}

static void put_int(struct str *line, int64_t v)
{
    char text[24];

    (void)snprintf(text, sizeof text, "%" PRId64, v);
    csvfile_put(line, text);
}

static void put_name(const struct entries *t, int column, struct str *line)
{
    if (t->head > 0)
        csvfile_put(line, t->names[column]);
    else
        put_int(line, column + 1);
}

static void put_head(const struct entries *t, struct str *line)
{
    csvfile_put(line, "page");
    csvfile_put(line, "table");
    csvfile_put(line, "row");
    for (int k = 0; k < t->table->columns; k++)
        put_name(t, k, line);
    csvfile_put(line, "doubtful");
    csvfile_end(line);
}

/* One entry; at its end the columns to be compared with the picture or keyed in. */
static void put_row(const struct entries *t, int64_t seq, size_t table, int row,
                    struct str *line)
{
    AUTO_STR struct str doubtful = STR_INIT(STR_LINE_MAX);

    put_int(line, seq);
    put_int(line, (int64_t)table + 1);
    put_int(line, row + 1);
    for (int k = 0; k < t->table->columns; k++) {
        const struct entries_cell *c = entries_at(t, row, k);
        bool begins = c && c->at->row == row && c->at->column == k;

        csvfile_put(line, begins ? c->text : "");
        if (begins && c->reason[0])
            str_addf(&doubtful, "%s%d: %s", doubtful.len ? "; " : "", k + 1, c->reason);
    }
    csvfile_put(line, str_text(&doubtful));
    csvfile_end(line);
}

/* The file that @head is the header of: the last one, or a new one. NULL: too many. */
static struct str *file_for(struct flow_tables_csv *t, const char *head)
{
    if (t->head && strcmp(t->head, head) == 0)
        return &t->files[t->count - 1];
    if (t->count == FLOW_TABLES_FILES_MAX)
        return NULL;
    mem_grow(&t->files, &t->cap, t->count + 1, sizeof *t->files);
    if (t->count > 0)
        t->bytes += t->files[t->count - 1].len;
    t->files[t->count] = (struct str)STR_INIT(FLOW_TABLES_CSV_MAX - t->bytes);
    str_add(&t->files[t->count], "\xEF\xBB\xBF");
    str_add(&t->files[t->count], head);
    mem_free(t->head);
    t->head = mem_dup(head);
    return &t->files[t->count++];
}

int flow_tables_csv_add(struct flow_tables_csv *t, int64_t seq, const struct result *r,
                        struct err *e)
{
    AUTO_DOUBTS struct doubts d = {0};

    doubt_find(r, &d);
    for (size_t i = 0; i < r->grid.count; i++) {
        AUTO_ENTRIES struct entries one = {0};
        AUTO_STR struct str head = STR_INIT(STR_LINE_MAX);
        struct str *file = NULL;

        entries_read(r, &d, i, &one);
        put_head(&one, &head);
        file = head.over ? NULL : file_for(t, str_text(&head));
        if (!file)
            return err_set(e, ERR_LIMIT, "tables of page %" PRId64, seq);
        for (int k = one.head; k < one.table->rows; k++)
            put_row(&one, seq, i, k, file);
        if (str_check(file, "tables", e) < 0)
            return -1;
    }
    return 0;
}
