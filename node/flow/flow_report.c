/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_report.h"

#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/csvfile.h"
#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/flow/flow_take.h"
#include "node/flow/flow_unit.h"
#include "node/record/dossier.h"
#include "node/record/kind.h"
#include "node/store/store_audit.h"
#include "node/store/store_dossier.h"
#include "node/store/store_gap.h"
#include "node/store/store_target.h"
#include "node/store/store_unit.h"
#include "sync/enrol.h"
#include "sync/names.h"

#define DENOMINATOR_MAX INT64_C(1000000000000)
#define PERCENT_MAX     10000 /* 100.00 % in hundredths */

/* ---- targets ----------------------------------------------------------------------
 */

/* "80", "80.5" or "80,50" percent to hundredths. */
static bool percent(const char *text, int64_t *out)
{
    char digits[16];
    const char *point = strpbrk(text, ".,");
    size_t whole = point ? (size_t)(point - text) : strlen(text);
    int n = 0;

    if (whole == 0 || whole > 3 || (point && strlen(point + 1) > 2))
        return false;
    n = snprintf(digits, sizeof digits, "%.*s%s", (int)whole, text,
                 point ? point + 1 : "");
    for (size_t i = point ? strlen(point + 1) : 0; i < 2; i++)
        n += snprintf(digits + n, sizeof digits - (size_t)n, "0");
    return num_parse(digits, 0, PERCENT_MAX, out);
}

/* Why a row cannot be taken: the name of its column; NULL when it is fine. */
static const char *fill(struct flow *f, const struct csvfile *csv, size_t row,
                        struct store_target *t)
{
    const char *unit = csvfile_at(csv, row, csvfile_column(csv, "unit"));
    const char *indicator = csvfile_at(csv, row, csvfile_column(csv, "indicator"));
    const char *kind = csvfile_at(csv, row, csvfile_column(csv, "kind"));
    const char *period = csvfile_at(csv, row, csvfile_column(csv, "period"));
    const char *count = csvfile_at(csv, row, csvfile_column(csv, "denominator"));
    const char *target = csvfile_at(csv, row, csvfile_column(csv, "target_percent"));
    struct unit u = {0};
    struct err why = ERR_INIT;
    int first = 0;
    int last = 0;

    memset(t, 0, sizeof *t);
    if (flow_unit_resolve(f, unit, &u, &why) < 0)
        return "unit";
    if (!store_target_indicator_find(indicator, &t->indicator))
        return "indicator";
    if (strcmp(kind, "all") == 0)
        kind = "";
    if (kind[0] && !kind_find(kind))
        return "kind";
    if (!store_target_period(period, &first, &last))
        return "period";
    if (!num_parse(count, 0, DENOMINATOR_MAX, &t->denominator))
        return "denominator";
    t->percent_100 = -1;
    if (target[0] && !percent(target, &t->percent_100))
        return "target_percent";
    (void)snprintf(t->unit_code, sizeof t->unit_code, "%s", u.code);
    (void)snprintf(t->unit_from, sizeof t->unit_from, "%s", u.valid_from);
    (void)snprintf(t->kind, sizeof t->kind, "%s", kind);
    (void)snprintf(t->period, sizeof t->period, "%s", period);
    return NULL;
}

static int take_rows(struct flow *f, const struct csvfile *csv, const char *path,
                     struct jdoc *sum, struct err *e)
{
    static const char *const MUST[] = {"unit", "indicator", "kind", "period",
                                       "denominator"};
    struct csvfile_faults faults = CSVFILE_FAULTS_INIT;
    int64_t added = 0;
    int64_t altered = 0;

    for (size_t k = 0; k < ARRAY_LEN(MUST); k++)
        if (csvfile_column(csv, MUST[k]) < 0)
            csvfile_fault(&faults, 1, MUST[k]);
    if (csvfile_refuse(&faults, path, e) < 0)
        return -1;
    for (size_t i = 0; i < csv->row_count; i++) {
        struct store_target t;
        int changed = 0;
        const char *bad = fill(f, csv, i, &t);

        if (bad)
            csvfile_fault(&faults, csvfile_line(csv, i), bad);
        else if (store_target_put(f->store, &t, "", clock_now(), &changed, e) < 0)
            return -1;
        added += changed == 1;
        altered += changed == 2;
    }
    jdoc_set_int(sum, "rows", (int64_t)csv->row_count);
    jdoc_set_int(sum, "added", added);
    jdoc_set_int(sum, "changed", altered);
    return csvfile_refuse(&faults, path, e);
}

int flow_report_targets(struct flow *f, const char *path,
                        const struct flow_listener *to, struct err *e)
{
    AUTO_CSVFILE struct csvfile csv = {0};
    AUTO_TXN struct store_txn txn = STORE_TXN_INIT;
    AUTO_JDOC struct jdoc *sum = flow_line("summary");

    if (csvfile_read(path, &csv, e) < 0 || store_begin(f->store, &txn, e) < 0 ||
        take_rows(f, &csv, path, sum, e) < 0 ||
        store_audit_add(f->store, "", "cli", "target.import", "", sum, clock_now(), e) <
            0 ||
        store_commit(&txn, e) < 0)
        return -1;
    flow_tell(to, TAKE(sum));
    return 0;
}

static int tell_target(void *ctx, const struct store_target *t, struct err *e)
{
    struct jdoc *line = flow_line("target");
    char text[STORE_RATE_TEXT_MAX];

    (void)e;
    jdoc_set_text(line, "unit", t->unit_code);
    jdoc_set_text(line, "valid_from", t->unit_from);
    jdoc_set_text(line, "indicator", store_target_indicator_name(t->indicator));
    jdoc_set_text(line, "kind", t->kind[0] ? t->kind : "all");
    jdoc_set_text(line, "period", t->period);
    jdoc_set_int(line, "denominator", t->denominator);
    (void)snprintf(text, sizeof text, "%lld.%02lld", (long long)(t->percent_100 / 100),
                   (long long)(t->percent_100 % 100));
    jdoc_set_text(line, "target_percent", t->percent_100 < 0 ? NULL : text);
    flow_tell(ctx, line);
    return 0;
}

int flow_report_target_list(struct flow *f, const struct flow_listener *to,
                            struct err *e)
{
    struct flow_listener copy = *to;

    return store_target_each(f->store, tell_target, &copy, e) < 0 ? -1 : 0;
}

/* ---- rates ------------------------------------------------------------------------
 */

static void fill_rate(struct jdoc *line, const struct store_rate *r)
{
    char percent_text[STORE_RATE_TEXT_MAX];
    char text[STORE_RATE_TEXT_MAX];
    bool has = store_rate_percent(r, percent_text);

    jdoc_set_text(line, "unit", r->unit_code[0] ? r->unit_code : NULL);
    jdoc_set_text(line, "name", r->unit_name[0] ? r->unit_name : NULL);
    jdoc_set_text(line, "kind", r->kind[0] ? r->kind : NULL);
    jdoc_set_text(line, "period", r->period[0] ? r->period : NULL);
    jdoc_set_int(line, "numerator", r->numerator);
    if (r->denominator > 0)
        jdoc_set_int(line, "denominator", r->denominator);
    else
        jdoc_set_null(line, "denominator");
    jdoc_set_text(line, "rate", has ? percent_text : NULL);
    if (!store_rate_text(r, text))
        (void)snprintf(text, sizeof text, _("%lld, no target set"),
                       (long long)r->numerator);
    jdoc_set_text(line, "text", text);
    jdoc_set_int(line, "unverified", r->unverified);
    if (r->percent_100 >= 0) {
        (void)snprintf(text, sizeof text, "%lld.%02lld",
                       (long long)(r->percent_100 / 100),
                       (long long)(r->percent_100 % 100));
        jdoc_set_text(line, "target_percent", text);
    }
}

static int tell_rate(void *ctx, const struct store_rate *r, struct err *e)
{
    struct jdoc *line = flow_line("rate");

    (void)e;
    fill_rate(line, r);
    flow_tell(ctx, line);
    return 0;
}

int flow_report_rates(struct flow *f, const struct store_rate_query *q,
                      const struct flow_listener *to, struct err *e)
{
    struct flow_listener copy = *to;
    struct store_rate total = {0};
    struct jdoc *line = NULL;

    if (store_rate_each(f->store, q, tell_rate, &copy, &total, e) < 0)
        return -1;
    line = flow_line("summary");
    fill_rate(line, &total);
    jdoc_set_text(line, "indicator", store_target_indicator_name(q->indicator));
    jdoc_set_int(line, "untargeted", total.untargeted);
    flow_tell(to, line);
    return 0;
}

/* ---- catalogues -------------------------------------------------------------------
 */

/* "CODE" or "CODE-YYYY-MM-DD" names this one? */
static bool is_unit(const char *unit, const char *code, const char *from)
{
    AUTO_MEM char *full = mem_printf("%s-%s", code, from);

    return strcmp(unit, code) == 0 || strcmp(unit, full) == 0;
}

static int need_in_table(struct flow *f, const char *unit, struct err *e)
{
    char today[HOME_DATE_MAX];
    struct unit u = {0};
    int rc = 0;

    flow_today(today);
    rc = store_unit_resolve(f->store, unit, today, &u, e);
    if (rc == 0)
        return err_set(e, ERR_UNIT_ABSENT, "%s", unit);
    return rc < 0 ? -1 : 0;
}

/* Records of a node whose unit was changed lie with those of its first one. */
static bool moved_here(const struct enrol *all, const char *unit, const char *code,
                       const char *from)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct enrol_node *n = &all->nodes[i];
        struct enrol_place home = enrol_home(n);

        if (n->former_count == 0 || strcmp(home.code, code) != 0 ||
            strcmp(home.valid_from, from) != 0)
            continue;
        if (is_unit(unit, n->unit_code, n->unit_valid_from))
            return true;
        for (size_t k = 1; k < n->former_count; k++)
            if (is_unit(unit, n->former[k].code, n->former[k].valid_from))
                return true;
    }
    return false;
}

int flow_report_catalogs(struct flow *f, const char *unit, flow_report_each *each,
                         void *ctx, struct err *e)
{
    AUTO_ENROL struct enrol all = ENROL_INIT;
    AUTO_MEM char *root = home_place(&f->home, "communes");
    AUTO_LIST struct fs_list list = {0};
    bool known = !unit;

    if (!home_is_upper(&f->home)) {
        if (unit && !is_unit(unit, f->home.unit_code, f->home.unit_valid_from))
            return err_set(e, ERR_UNIT_ABSENT, "%s", unit);
        return each(ctx, f->store, f->home.unit_code, e);
    }
    if (fs_list(root, &list, e) < 0 || enrol_load(f->home.path, &all, e) < 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        AUTO_STORE struct store *catalog = NULL;
        AUTO_MEM char *db = fs_pathf(root, "%s/catalog.db", list.names[i]);
        char code[NAMES_CODE_MAX];
        char from[NAMES_DATE_MAX];

        if (!names_unit_parse(list.names[i], code, from) ||
            (unit && !is_unit(unit, code, from) && !moved_here(&all, unit, code, from)))
            continue;
        known = true;
        if (!fs_exists(db))
            continue;
        if (flow_take_catalog(&f->home, code, from, &catalog, e) < 0 ||
            each(ctx, catalog, code, e) < 0)
            return -1;
    }
    return known ? 0 : need_in_table(f, unit, e);
}

/* ---- gaps -------------------------------------------------------------------------
 */

struct gaps {
    const char *dossier;
    const struct flow_listener *to;
    int64_t missing; /* numbers */
    int64_t doubled, counts, found;
    bool seen; /* the dossier asked for */
};

static int tell_gap(void *ctx, const struct store_gap *g, struct err *e)
{
    static const char *const TYPES[] = {[STORE_GAP_MISSING] = "gap",
                                        [STORE_GAP_DOUBLE] = "duplicate",
                                        [STORE_GAP_COUNT] = "count"};
    struct gaps *all = ctx;
    struct jdoc *line = flow_line(TYPES[g->type]);
    char number[REGNO_TEXT_MAX];

    (void)e;
    jdoc_set_text(line, "dossier", g->dossier[0] ? g->dossier : NULL);
    jdoc_set_text(line, "unit", g->unit_code);
    jdoc_set_text(line, "kind", g->kind);
    jdoc_set_int(line, "year", g->year);
    switch (g->type) {
    case STORE_GAP_MISSING:
        jdoc_set_int(line, "from", g->from);
        jdoc_set_int(line, "to", g->to);
        all->missing += g->to - g->from + 1;
        break;
    case STORE_GAP_DOUBLE:
        regno_print(&g->number, number);
        jdoc_set_text(line, "number", number);
        jdoc_set_int(line, "items", g->items);
        all->doubled++;
        break;
    case STORE_GAP_COUNT:
        jdoc_set_int(line, "counted", g->from);
        jdoc_set_int(line, "found", g->to);
        all->counts++;
        break;
    }
    flow_tell(all->to, line);
    return 0;
}

static int gaps_of(void *ctx, struct store *catalog, const char *unit_code,
                   struct err *e)
{
    struct gaps *all = ctx;
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    int has = all->dossier ? store_dossier_get(catalog, all->dossier, &d, e) : 1;
    int64_t n = 0;

    (void)unit_code;
    if (has <= 0)
        return has; /* a volume is in one of the catalogues only */
    all->seen = true;
    n = store_gap_each(catalog, all->dossier, tell_gap, all, e);
    if (n < 0)
        return -1;
    all->found += n;
    return 0;
}

int flow_report_gaps(struct flow *f, const char *dossier, const char *unit,
                     const struct flow_listener *to, int64_t *found, struct err *e)
{
    struct gaps all = {.dossier = dossier, .to = to};
    struct jdoc *line = NULL;

    if (flow_report_catalogs(f, unit, gaps_of, &all, e) < 0)
        return -1;
    if (dossier && !all.seen)
        return err_set(e, ERR_DOSSIER_ABSENT, "%s", dossier);
    line = flow_line("summary");
    jdoc_set_int(line, "gaps", all.found);
    jdoc_set_int(line, "missing", all.missing);
    jdoc_set_int(line, "duplicates", all.doubled);
    jdoc_set_int(line, "counts", all.counts);
    flow_tell(to, line);
    *found = all.found;
    return 0;
}
