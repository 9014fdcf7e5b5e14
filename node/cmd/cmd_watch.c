/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_import.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_watch.h"

#include <string.h>

#define STILL_MAX_S 3600

static void show_line(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");
    AUTO_MEM char *why = cmd_show_safe(line, i18n_lang() == LANG_VI ? "vi" : "en");

    if (strcmp(cmd_show_text(line, "type"), "left") == 0)
        cmd_print(c, _("%s: taken, but it cannot be moved aside. %s\n"), path, why);
    else
        cmd_import_show_input(c, line);
}

int cmd_watch_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_line};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_watch_opts o = {.import = {.via = "cli"}};
    struct flow_import_sum sum = {0};
    int64_t still_s = 0;
    int rc = 0;

    o.import.dossier = cmd_value(c, "dossier");
    o.import.kind = cmd_value(c, "kind");
    o.once = cmd_has(c, "once");
    if (cmd_number(c, "still", 1, STILL_MAX_S, FLOW_WATCH_STILL_MS / 1000, &still_s,
                   e) < 0 ||
        flow_open(c->home, &f, e) < 0)
        return -1;
    o.still_ms = still_s * 1000;
    if (!o.once)
        cmd_talk(c, "%s\n", _("Watching; Ctrl-C ends it."));
    rc = flow_watch(&f, &o, c->operands, c->operand_count, &to, &sum, e);
    if (rc == 0 || sum.inputs > 0) {
        AUTO_JDOC struct jdoc *line = flow_line("summary");

        cmd_import_show_sum(c, 0, &sum, line);
    }
    return rc < 0 ? -1 : cmd_import_exit(&sum);
}
