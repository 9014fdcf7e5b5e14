/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_held.h"

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
