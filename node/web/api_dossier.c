/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_ready.h"
#include "node/flow/flow_report.h"
#include "node/flow/flow_slip.h"
#include "node/record/regno.h"
#include "node/web/api_verbs.h"

/* Takes nothing. Rows as `dossier list --json`. */
int api_dossier_list(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);

    if (flow_item_dossier_list(c->flow, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes :dossier. The row with "next", "ready" and "missing" (flow_ready.h). */
int api_dossier_get(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);

    if (flow_ready_dossier(c->flow, api_arg(c, "dossier"), &to, e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

static int read_numbers(const struct api_call *c, struct dossier *d, struct err *e)
{
    int64_t year = 0;
    int64_t volume = 0;
    int64_t expect = 0;

    if (api_body_int(c, "year", 0, 2200, 0, &year, e) < 0 ||
        api_body_int(c, "volume", 0, DOSSIER_VOLUME_MAX, 0, &volume, e) < 0 ||
        api_body_int(c, "from", 0, REGNO_NUMBER_MAX, 0, &d->from, e) < 0 ||
        api_body_int(c, "to", 0, REGNO_NUMBER_MAX, 0, &d->to, e) < 0 ||
        api_body_int(c, "expect", 0, REGNO_NUMBER_MAX, 0, &expect, e) < 0)
        return -1;
    /* so many entries: the numbers from the first one on */
    if (expect && (d->to || d->kind != DOSSIER_REGISTER))
        return err_set(e, ERR_WEB_FIELD, "expect");
    if (expect) {
        d->from = d->from ? d->from : 1;
        d->to = d->from + expect - 1;
    }
    d->year = (int)year;
    d->volume = (int)volume;
    return 0;
}

/* Body: kind, title; of a register: register, year, volume?, from?, to?, series?,
 * expect? (entries). Answers the row. */
int api_dossier_add(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);
    const char *record = jdoc_text(api_body(c), "register");
    const char *series = jdoc_text(api_body(c), "series");
    const char *kind = NULL;
    const char *title = NULL;

    if (api_body_text(c, "kind", &kind, e) < 0 ||
        api_body_text(c, "title", &title, e) < 0)
        return -1;
    if (!dossier_kind_find(kind, &d.kind))
        return err_set(e, ERR_WEB_FIELD, "kind");
    if (record && !kind_find(record))
        return err_set(e, ERR_WEB_FIELD, "register");
    if (series && !dossier_series_find(series, &d.series))
        return err_set(e, ERR_WEB_FIELD, "series");
    if (read_numbers(c, &d, e) < 0)
        return -1;
    d.title = mem_dup(title);
    (void)snprintf(d.record, sizeof d.record, "%s", record ? record : "");
    if (flow_item_dossier_add(c->flow, &d, &to, e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

/* Takes :dossier; body: title?, from?, to? (0: not known). What is absent stays. */
int api_dossier_change(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);
    int64_t from = 0;
    int64_t last = 0;

    if (api_body_int(c, "from", 0, REGNO_NUMBER_MAX, -1, &from, e) < 0 ||
        api_body_int(c, "to", 0, REGNO_NUMBER_MAX, -1, &last, e) < 0 ||
        flow_item_dossier_change(c->flow, api_arg(c, "dossier"),
                                 jdoc_text(api_body(c), "title"), from, last, &to,
                                 e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

/* Takes :dossier; body: count, as the book itself says. */
int api_dossier_close(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);
    int64_t count = 0;

    if (api_body_int(c, "count", 0, REGNO_NUMBER_MAX, -1, &count, e) < 0)
        return -1;
    if (count < 0)
        return err_set(e, ERR_WEB_FIELD, "count");
    if (flow_item_dossier_close(c->flow, api_arg(c, "dossier"), count, &to, e) < 0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

/* Takes :dossier; body: from, to?, why (cancelled, torn, blank, other-book). */
int api_dossier_gap(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "dossier"};
    struct flow_listener to = api_listener(&lines);
    enum dossier_why why = DOSSIER_CANCELLED;
    const char *word = NULL;
    int64_t from = 0;
    int64_t last = 0;

    if (api_body_int(c, "from", 1, REGNO_NUMBER_MAX, 0, &from, e) < 0 ||
        api_body_int(c, "to", 1, REGNO_NUMBER_MAX, from, &last, e) < 0 ||
        api_body_text(c, "why", &word, e) < 0)
        return -1;
    if (!dossier_why_find(word, &why))
        return err_set(e, ERR_WEB_FIELD, "why");
    if (from == 0 || last < from)
        return err_set(e, ERR_WEB_FIELD, "from");
    if (flow_item_dossier_gap(c->flow, api_arg(c, "dossier"), from, last, why, &to, e) <
        0)
        return -1;
    api_json(r, jdoc_at(rows, 0));
    return 0;
}

/* Takes :dossier. Rows as `report gaps --json`: gap, duplicate, count; no sum. */
int api_dossier_gaps(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *all = jdoc_array();
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = all};
    struct flow_listener to = api_listener(&lines);
    int64_t found = 0;

    if (flow_report_gaps(c->flow, api_arg(c, "dossier"), NULL, &to, &found, e) < 0)
        return -1;
    for (size_t i = 0; i < jdoc_count(all); i++)
        if (strcmp(jdoc_text(jdoc_at(all, i), "type"), "summary") != 0)
            jdoc_add(rows, jdoc_copy(jdoc_at(all, i)));
    api_rows(r, TAKE(rows), NULL);
    return 0;
}

/* Takes :dossier; body: from?, to? (numbers; none: one slip of the register alone).
 * Rows: slip (flow_slip_print()). */
int api_dossier_slips(const struct api_call *c, struct api_reply *r, struct err *e)
{
    AUTO_JDOC struct jdoc *rows = jdoc_array();
    struct api_lines lines = {.rows = rows, .type = "slip"};
    struct flow_listener to = api_listener(&lines);
    struct flow_slip_opts o = {.dossier = api_arg(c, "dossier")};

    if (api_body_int(c, "from", 0, REGNO_NUMBER_MAX, 0, &o.from, e) < 0 ||
        api_body_int(c, "to", 0, REGNO_NUMBER_MAX, o.from, &o.to, e) < 0 ||
        flow_slip_print(c->flow, &o, &to, e) < 0)
        return -1;
    api_rows(r, TAKE(rows), NULL);
    return 0;
}
