/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/csvfile.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_reading.h"
#include "node/flow/flow_report.h"
#include "node/flow/flow_unit.h"

#define DAY_S         86400
#define READ_DAYS     31
#define READ_DAYS_MAX 3660

static void show_sum(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("%lld rows, %lld new, %lld changed.\n"), cmd_show_int(line, "rows"),
              cmd_show_int(line, "added"), cmd_show_int(line, "changed"));
}

int cmd_report_target_import(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_sum};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_report_targets(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_target(struct cmd *c, const struct jdoc *line)
{
    cmd_word_cell(c, 8, cmd_show_text(line, "unit"));
    cmd_word_cell(c, 12, cmd_word_of(CMD_WORD_INDICATOR, line, "indicator"));
    cmd_word_cell(c, 20, cmd_word_of(CMD_WORD_KIND, line, "kind"));
    cmd_word_cell(c, 8, cmd_show_text(line, "period"));
    cmd_print(c, "%9lld  %s\n", cmd_show_int(line, "denominator"),
              cmd_show_text(line, "target_percent"));
}

int cmd_report_target_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_target};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_report_target_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* ---- rates: on the screen, or the same rows as a file -------------------------------
 */

struct table {
    struct cmd_show show; /* first: the listener of the screen */
    struct str file;      /* CSV in the making */
    bool csv;
};

static void show_rate(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *name = cmd_show_safe(line, "name");
    bool total = cmd_show_is(line, "summary");

    cmd_word_cell(c, 8, cmd_show_text(line, "unit"));
    cmd_word_cell(c, 24, total ? _("Total") : name);
    cmd_word_cell(c, 20, cmd_word_of(CMD_WORD_KIND, line, "kind"));
    cmd_word_cell(c, 8, cmd_show_text(line, "period"));
    cmd_print(c, "%s", cmd_show_text(line, "text"));
    if (cmd_show_int(line, "unverified"))
        cmd_print(c, _("  (%lld of them not verified)"),
                  cmd_show_int(line, "unverified"));
    cmd_print(c, "\n");
}

static void put_number(struct str *line, const struct jdoc *j, const char *key)
{
    char text[32] = "";

    if (jdoc_get(j, key) && !jdoc_is_null(jdoc_get(j, key)))
        (void)snprintf(text, sizeof text, "%lld", cmd_show_int(j, key));
    csvfile_put(line, text);
}

static void put_rate(void *to, const struct jdoc *line)
{
    static const char *const TEXTS[] = {"unit", "name", "kind", "period"};
    struct table *t = to;

    for (size_t i = 0; i < ARRAY_LEN(TEXTS); i++)
        csvfile_put(&t->file, cmd_show_text(line, TEXTS[i]));
    put_number(&t->file, line, "numerator");
    put_number(&t->file, line, "denominator");
    csvfile_put(&t->file, cmd_show_text(line, "rate"));
    csvfile_put(&t->file, cmd_show_text(line, "text"));
    put_number(&t->file, line, "unverified");
    csvfile_end(&t->file);
}

static int read_query(struct cmd *c, struct store_rate_query *q, struct err *e)
{
    static const char *const BY[] = {"unit", "kind", "period"};
    static const enum store_rate_by VALUES[] = {STORE_BY_UNIT, STORE_BY_KIND,
                                                STORE_BY_PERIOD};
    const char *by = cmd_has(c, "by") ? cmd_value(c, "by") : "unit";
    bool known = false;
    int first = 0;
    int last = 0;

    for (size_t i = 0; i < ARRAY_LEN(BY); i++)
        if (strcmp(by, BY[i]) == 0) {
            q->by = VALUES[i];
            known = true;
        }
    if (!known)
        return cmd_usage(e, "--by unit|kind|period");
    if (cmd_has(c, "indicator") &&
        !store_target_indicator_find(cmd_value(c, "indicator"), &q->indicator))
        return cmd_usage(e, "--indicator received|verified|scanned");
    q->period = cmd_value(c, "period");
    if (q->period && !store_target_period(q->period, &first, &last))
        return cmd_usage(e, "--period %s", q->period);
    return 0;
}

int cmd_report_rates(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct table t = {.show = {.c = c, .human = show_rate},
                      .file = STR_INIT(STR_FILE_MAX)};
    struct flow_listener to = cmd_show_listener(&t.show);
    struct store_rate_query q = {.indicator = STORE_RECEIVED};
    const char *format = cmd_value(c, "format");
    int rc = 0;

    t.csv = format && strcmp(format, "csv") == 0;
    if (format && !t.csv && strcmp(format, "table") != 0)
        return cmd_usage(e, "--format table|csv");
    if (t.csv != cmd_has(c, "output"))
        return cmd_usage(e, "--format csv -o FILE");
    if (t.csv) {
        /* Spreadsheets take UTF-8 only with its mark. */
        str_add(&t.file, "\xEF\xBB\xBF"
                         "unit,name,kind,period,numerator,denominator,rate,text,"
                         "unverified\r\n");
        to = (struct flow_listener){.line = put_rate, .to = &t};
    }
    rc = read_query(c, &q, e);
    if (rc == 0)
        rc = flow_open(c->home, &f, e);
    if (rc == 0)
        rc = flow_report_rates(&f, &q, &to, e);
    if (rc == 0 && t.csv)
        rc = str_check(&t.file, "CSV", e);
    if (rc == 0 && t.csv)
        rc = fs_write_file(cmd_value(c, "output"), t.file.p, t.file.len, e);
    str_clear(&t.file);
    return rc < 0 ? -1 : EXIT_DONE;
}

/* ---- gaps -------------------------------------------------------------------------
 */

static void show_gap(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "gap"))
        cmd_print(c, _("missing    %s  %s %lld: %lld–%lld\n"),
                  cmd_show_text(line, "dossier"),
                  cmd_word_of(CMD_WORD_KIND, line, "kind"), cmd_show_int(line, "year"),
                  cmd_show_int(line, "from"), cmd_show_int(line, "to"));
    else if (cmd_show_is(line, "duplicate"))
        cmd_print(c, _("doubled    %s  %s: %s on %lld items\n"),
                  cmd_show_text(line, "dossier"),
                  cmd_word_of(CMD_WORD_KIND, line, "kind"),
                  cmd_show_text(line, "number"), cmd_show_int(line, "items"));
    else if (cmd_show_is(line, "count"))
        cmd_print(c, _("count      %s  closed with %lld, found %lld\n"),
                  cmd_show_text(line, "dossier"), cmd_show_int(line, "counted"),
                  cmd_show_int(line, "found"));
    else
        cmd_print(c, _("%lld findings: %lld numbers missing, %lld doubled\n"),
                  cmd_show_int(line, "gaps"), cmd_show_int(line, "missing"),
                  cmd_show_int(line, "duplicates"));
}

int cmd_report_gaps(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_gap};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t found = 0;

    if (flow_open(c->home, &f, e) < 0 ||
        flow_report_gaps(&f, cmd_value(c, "dossier"), cmd_value(c, "unit"), &to, &found,
                         e) < 0)
        return -1;
    return found ? EXIT_DISCREPANCY : EXIT_DONE;
}

/* ---- reads ------------------------------------------------------------------------
 */

static void show_reading(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *subject = cmd_show_safe(line, "subject");
    AUTO_MEM char *purpose = cmd_show_safe(line, "purpose");
    char when[CLOCK_ISO_MAX];

    if (cmd_show_is(line, "summary")) {
        cmd_print(c, _("%lld of %lld looks, %lld places where the list was changed\n"),
                  cmd_show_int(line, "rows"), cmd_show_int(line, "all"),
                  cmd_show_int(line, "broken"));
        return;
    }
    clock_local(cmd_show_int(line, "at"), when);
    cmd_print(c, "%s  ", when);
    cmd_word_cell(c, 14, cmd_show_text(line, "user"));
    cmd_print(c, "%-7s %s  (%s)\n", cmd_show_text(line, "act"), subject, purpose);
}

int cmd_report_reads(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_reading};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_reading_query q = {.user = cmd_value(c, "user"),
                                   .subject = cmd_value(c, "subject")};
    struct flow_reading_sum sum = {0};
    struct jdoc *line = NULL;
    int64_t days = 0;

    if (cmd_number(c, "days", 1, READ_DAYS_MAX, READ_DAYS, &days, e) < 0)
        return -1;
    q.since = clock_now() - days * DAY_S;
    if (flow_open(c->home, &f, e) < 0 || flow_reading_list(&f, &q, &to, &sum, e) < 0)
        return -1;
    line = flow_line("summary");
    jdoc_set_int(line, "rows", sum.rows);
    jdoc_set_int(line, "all", sum.all);
    jdoc_set_int(line, "broken", sum.broken);
    jdoc_set_int(line, "torn", sum.torn);
    jdoc_set_int(line, "back", sum.back);
    flow_tell(&to, line);
    return sum.broken ? EXIT_DISCREPANCY : EXIT_DONE;
}
