/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_unit.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/csvfile.h"
#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/store/store_audit.h"
#include "node/store/store_unit.h"
#include "sync/enrol.h"

/* The columns, in files and in enrolment tables alike. */
static const char *const COLUMNS[] = {"code",       "name",     "kind",      "parent",
                                      "valid_from", "valid_to", "successors"};
enum column { CODE, NAME, KIND, PARENT, FROM, TO, SUCCESSORS, COLUMN_COUNT };

static bool put(char *out, size_t size, const char *text)
{
    size_t n = strlen(text);

    if (n >= size)
        return false;
    memcpy(out, text, n + 1);
    return true;
}

static int fill(struct unit *u, const char *const cell[COLUMN_COUNT], struct err *e)
{
    memset(u, 0, sizeof *u);
    if (!put(u->code, sizeof u->code, cell[CODE]) ||
        !put(u->name, sizeof u->name, cell[NAME]) ||
        !put(u->kind, sizeof u->kind, cell[KIND]) ||
        !put(u->parent, sizeof u->parent, cell[PARENT]) ||
        !put(u->valid_from, sizeof u->valid_from,
             cell[FROM][0] ? cell[FROM] : UNIT_FROM_DEFAULT) ||
        !put(u->valid_to, sizeof u->valid_to, cell[TO]) ||
        !put(u->successors, sizeof u->successors, cell[SUCCESSORS]))
        return err_set(e, ERR_LIMIT, "%s", cell[CODE]);
    return unit_check(u, e);
}

struct counts {
    int64_t rows, added, changed;
};

static int take(struct flow *f, const struct unit *u, struct counts *n, struct err *e)
{
    int changed = 0;

    if (store_unit_put(f->store, u, &changed, e) < 0)
        return -1;
    n->rows++;
    n->added += changed == 1;
    n->changed += changed == 2;
    return 0;
}

static int take_file(struct flow *f, const struct csvfile *csv, const char *path,
                     struct counts *n, struct err *e)
{
    struct csvfile_faults faults = CSVFILE_FAULTS_INIT;
    int column[COLUMN_COUNT];

    for (size_t k = 0; k < COLUMN_COUNT; k++)
        column[k] = csvfile_column(csv, COLUMNS[k]);
    if (column[CODE] < 0 || column[NAME] < 0)
        csvfile_fault(&faults, 1, "code,name");
    for (size_t i = 0; faults.count == 0 && i < csv->row_count; i++) {
        const char *cell[COLUMN_COUNT];
        struct unit u;
        struct err why = ERR_INIT;

        for (size_t k = 0; k < COLUMN_COUNT; k++)
            cell[k] = csvfile_at(csv, i, column[k]);
        if (fill(&u, cell, &why) < 0)
            csvfile_fault(&faults, csvfile_line(csv, i), why.subject);
        else if (take(f, &u, n, e) < 0)
            return -1;
    }
    return csvfile_refuse(&faults, path, e);
}

struct below {
    struct enrol_unit *rows; /* owned */
    size_t count, cap;
};

static void below_clear(struct below *b)
{
    mem_free(b->rows);
}

static int add_below(void *ctx, const struct unit *u, struct err *e)
{
    struct below *b = ctx;
    struct enrol_unit *row = NULL;

    /* Nodes and repositories are named by digits alone. */
    if (!names_is_code(u->code) || !names_is_code(u->parent))
        return 0;
    if (b->count == ENROL_UNITS_MAX)
        return err_set(e, ERR_LIMIT, "units");
    mem_grow(&b->rows, &b->cap, b->count + 1, sizeof *b->rows);
    row = &b->rows[b->count++];
    memcpy(row->code, u->code, strlen(u->code) + 1);
    memcpy(row->parent, u->parent, strlen(u->parent) + 1);
    memcpy(row->valid_from, u->valid_from, sizeof row->valid_from);
    return 0;
}

int flow_unit_publish(struct flow *f, struct err *e)
{
    AUTO(below_clear) struct below all = {.count = 0};

    if (!home_is_upper(&f->home))
        return 0;
    if (store_unit_each(f->store, NULL, add_below, &all, e) < 0)
        return -1;
    return enrol_units_set(f->home.path, all.rows, all.count, e);
}

int flow_unit_import(struct flow *f, const char *path, const struct flow_listener *to,
                     struct err *e)
{
    AUTO_CSVFILE struct csvfile csv = {0};
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct counts n = {0};
    struct jdoc *line = NULL;

    if (csvfile_read(path, &csv, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        take_file(f, &csv, path, &n, e) < 0 ||
        store_audit_add(f->store, "", "cli", "unit.import", "", NULL, clock_now(), e) <
            0 ||
        store_commit(&txn, e) < 0 || flow_unit_publish(f, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "rows", n.rows);
    jdoc_set_int(line, "added", n.added);
    jdoc_set_int(line, "changed", n.changed);
    flow_tell(to, line);
    return 0;
}

int flow_unit_take(struct flow *f, const struct jdoc *units, struct err *e)
{
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    struct counts n = {0};

    if (store_begin(f->store, &txn, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(units); i++) {
        const char *cell[COLUMN_COUNT];
        struct unit u;

        for (size_t k = 0; k < COLUMN_COUNT; k++) {
            const char *text = jdoc_text(jdoc_at(units, i), COLUMNS[k]);

            cell[k] = text ? text : "";
        }
        if (fill(&u, cell, e) < 0 || take(f, &u, &n, e) < 0)
            return -1;
    }
    return store_commit(&txn, e);
}

static struct jdoc *as_jdoc(const struct unit *u, struct jdoc *out)
{
    const char *const cell[COLUMN_COUNT] = {u->code,      u->name,       u->kind,
                                            u->parent,    u->valid_from, u->valid_to,
                                            u->successors};

    for (size_t k = 0; k < COLUMN_COUNT; k++)
        if (cell[k][0])
            jdoc_set_text(out, COLUMNS[k], cell[k]);
    return out;
}

static int add_row(void *ctx, const struct unit *u, struct err *e)
{
    (void)e;
    jdoc_add(ctx, as_jdoc(u, jdoc_object()));
    return 0;
}

int flow_unit_table(struct flow *f, struct jdoc **out, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();

    if (store_unit_each(f->store, NULL, add_row, rows, e) < 0)
        return -1;
    *out = TAKE(rows);
    return 0;
}

static int tell_row(void *ctx, const struct unit *u, struct err *e)
{
    (void)e;
    flow_tell(ctx, as_jdoc(u, flow_line("unit")));
    return 0;
}

int flow_unit_list(struct flow *f, const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;

    return store_unit_each(f->store, NULL, tell_row, &copy, e) < 0 ? -1 : 0;
}

int flow_unit_resolve(struct flow *f, const char *text, struct unit *out, struct err *e)
{
    char today[HOME_DATE_MAX];

    flow_today(today);
    return store_unit_resolve(f->store, text, today, out, e) < 0 ? -1 : 0;
}
