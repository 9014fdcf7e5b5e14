/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_ready.h"
#include "node/record/regno.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *title = cmd_show_safe(line, "title");
    long long closed = cmd_show_int(line, "closed_count");

    cmd_word_cell(c, 14, cmd_show_text(line, "dossier"));
    cmd_word_cell(c, 9, cmd_word_of(CMD_WORD_DOSSIER, line, "kind"));
    cmd_print(c, "%4lld  %s", cmd_show_int(line, "items"), title);
    if (closed)
        cmd_print(c, _("  (closed with %lld)"), closed);
    cmd_print(c, "\n");
}

static int read_register(struct cmd *c, struct dossier *d, struct err *e)
{
    int64_t year = 0;
    int64_t volume = 0;
    const char *kind = cmd_value(c, "register");

    if (cmd_number(c, "year", 1800, 2200, 0, &year, e) < 0 ||
        cmd_number(c, "volume", 1, DOSSIER_VOLUME_MAX, 0, &volume, e) < 0 ||
        cmd_number(c, "from", 1, REGNO_NUMBER_MAX, 0, &d->from, e) < 0 ||
        cmd_number(c, "to", 1, REGNO_NUMBER_MAX, 0, &d->to, e) < 0)
        return -1;
    d->year = (int)year;
    d->volume = (int)volume;
    if (kind && strlen(kind) < sizeof d->record)
        (void)snprintf(d->record, sizeof d->record, "%s", kind);
    else if (kind)
        return cmd_usage(e, "--register %s", kind);
    if (cmd_has(c, "series") &&
        !dossier_series_find(cmd_value(c, "series"), &d->series))
        return cmd_usage(e, "--series year|volume");
    return 0;
}

int cmd_dossier_add(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_DOSSIER struct dossier d = DOSSIER_INIT;
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (!cmd_has(c, "kind") || !dossier_kind_find(cmd_value(c, "kind"), &d.kind))
        return cmd_usage(e, "--kind file|register");
    if (!cmd_has(c, "title"))
        return cmd_usage(e, "--title TITLE");
    if (read_register(c, &d, e) < 0)
        return -1;
    d.title = mem_dup(cmd_value(c, "title"));
    if (flow_open(c->home, &f, e) < 0 || flow_item_dossier_add(&f, &d, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_dossier_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_item_dossier_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_whole(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *missing = jdoc_get(line, "missing");
    int64_t next = 0;

    show(c, line);
    if (jdoc_int(line, "next", 1, INT64_MAX, &next))
        cmd_print(c, _("next number: %lld\n"), (long long)next);
    for (size_t i = 0; i < jdoc_count(missing); i++)
        cmd_show_missing(c, jdoc_at(missing, i));
    if (jdoc_text(jdoc_get(line, "residual"), "text"))
        cmd_print(c, _("errors left: %s, 95%% sure\n"),
                  cmd_show_text(jdoc_get(line, "residual"), "text"));
}

int cmd_dossier_show(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_whole};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_ready_dossier(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_dossier_close(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t count = 0;

    if (!cmd_has(c, "count"))
        return cmd_usage(e, "--count N");
    if (cmd_number(c, "count", 0, REGNO_NUMBER_MAX, 0, &count, e) < 0 ||
        flow_open(c->home, &f, e) < 0 ||
        flow_item_dossier_close(&f, c->operands[0], count, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_dossier_gap(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    enum dossier_why why = DOSSIER_CANCELLED;
    int64_t from = 0;
    int64_t last = 0;

    if (!regno_range(c->operands[1], &from, &last))
        return cmd_usage(e, "FROM-TO: %s", c->operands[1]);
    if (!cmd_has(c, "why") || !dossier_why_find(cmd_value(c, "why"), &why))
        return cmd_usage(e, "--why cancelled|torn|blank|other-book");
    if (flow_open(c->home, &f, e) < 0 ||
        flow_item_dossier_gap(&f, c->operands[0], from, last, why, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
