/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_import.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_held.h"
#include "node/flow/flow_import.h"
#include "node/flow/flow_sheet.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *file = cmd_show_safe(line, "file");
    bool held = strcmp(cmd_show_text(line, "gate"), "held") == 0;

    if (cmd_show_is(line, "summary")) {
        cmd_print(c, _("%lld pages of %s were removed for good.\n"),
                  cmd_show_int(line, "purged"), cmd_show_text(line, "item"));
        return;
    }
    cmd_print(c, "%.16s  ", cmd_show_text(line, "page"));
    cmd_word_cell(c, 14, cmd_show_text(line, "item"));
    cmd_print(c, "%4lld  ", cmd_show_int(line, "seq"));
    cmd_word_cell(c, 14, cmd_word_of(CMD_WORD_PAGE, line, held ? "gate" : "state"));
    cmd_print(c, "%s\n", file);
}

int cmd_page_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_held_list(&f, cmd_has(c, "held"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* ---- one picture for another ------------------------------------------------------
 */

static int into_record(struct cmd *c, enum flow_import_place place, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_JDOC struct jdoc *line = flow_line("summary");
    struct cmd_show s = {.c = c, .human = cmd_import_show_input};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_import_opts o = {.place = place,
                                 .page = c->operands[0],
                                 .via = "cli",
                                 .actor = cmd_value(c, "user"),
                                 .why = cmd_value(c, "why"),
                                 .wait_ms = FLOW_IMPORT_WAIT_MS};
    struct flow_import_sum sum = {0};
    int rc = 0;

    if (flow_open(c->home, &f, e) < 0)
        return -1;
    rc = flow_import(&f, &o, c->operands + 1, c->operand_count - 1, &to, &sum, e);
    if (rc == 0 || sum.inputs > 0)
        cmd_import_show_sum(c, 0, &sum, line);
    return rc < 0 ? -1 : cmd_import_exit(&sum);
}

int cmd_page_replace(struct cmd *c, struct err *e)
{
    return into_record(c, FLOW_IMPORT_REPLACE, e);
}

int cmd_page_insert(struct cmd *c, struct err *e)
{
    return into_record(c, cmd_has(c, "before") ? FLOW_IMPORT_BEFORE : FLOW_IMPORT_AFTER,
                       e);
}

static void show_place(struct cmd *c, const struct jdoc *line)
{
    bool kept = false;

    cmd_print(c, "%.16s  ", cmd_show_text(line, "page"));
    cmd_word_cell(c, 14, cmd_show_text(line, "item"));
    cmd_print(c, "%4lld", cmd_show_int(line, "seq"));
    if (jdoc_get(line, "kept"))
        kept = jdoc_bool(line, "kept", false);
    cmd_print(c, "%s\n", kept ? _("  stays as it is") : "");
}

int cmd_page_swap(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_place};
    struct flow_listener to = cmd_show_listener(&s);
    const char *with = c->operand_count > 1 ? c->operands[1] : NULL;
    const char *user = cmd_value(c, "user");

    if (flow_open(c->home, &f, e) < 0 ||
        flow_sheet_swap(&f, c->operands[0], with, user ? user : "", &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_page_keep(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_place};
    struct flow_listener to = cmd_show_listener(&s);
    const char *user = cmd_value(c, "user");

    if (flow_open(c->home, &f, e) < 0 ||
        flow_sheet_keep(&f, c->operands[0], !cmd_has(c, "undo"), user ? user : "", &to,
                        e) < 0)
        return -1;
    return EXIT_DONE;
}

/* ---- pages held for a stamp -------------------------------------------------------
 */

/* Who decides, and why: both must be said. */
static int need_reason(const struct cmd *c, struct err *e)
{
    if (!cmd_has(c, "user"))
        return cmd_usage(e, "--user NAME");
    if (!cmd_has(c, "why") || !cmd_value(c, "why")[0])
        return cmd_usage(e, "--why TEXT");
    return 0;
}

int cmd_page_release(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (need_reason(c, e) < 0 || flow_open(c->home, &f, e) < 0 ||
        flow_held_release(&f, c->operands[0], cmd_value(c, "user"), cmd_value(c, "why"),
                          &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_page_purge(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (need_reason(c, e) < 0 || flow_open(c->home, &f, e) < 0 ||
        flow_held_purge(&f, c->operands[0], cmd_has(c, "file"), cmd_value(c, "user"),
                        cmd_value(c, "why"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
