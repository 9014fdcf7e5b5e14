/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_unit.h"

static void show_sum(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("%lld rows, %lld new, %lld changed.\n"), cmd_show_int(line, "rows"),
              cmd_show_int(line, "added"), cmd_show_int(line, "changed"));
}

int cmd_unit_import(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_sum};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_unit_import(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_unit(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *name = cmd_show_safe(line, "name");

    cmd_word_cell(c, 8, cmd_show_text(line, "code"));
    cmd_word_cell(c, 11, cmd_show_text(line, "valid_from"));
    cmd_word_cell(c, 10, cmd_word_of(CMD_WORD_UNIT, line, "kind"));
    cmd_print(c, "%s\n", name);
}

int cmd_unit_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_unit};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_unit_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
