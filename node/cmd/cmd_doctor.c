/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_doctor.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    bool fine = jdoc_bool(line, "ok", false);
    bool warning = jdoc_bool(line, "warning", false);
    AUTO_MEM char *found = cmd_show_safe(line, "found");

    if (cmd_show_is(line, "summary")) {
        cmd_print(c, _("%lld checks, %lld to mend, %lld warnings\n"),
                  cmd_show_int(line, "checks"), cmd_show_int(line, "failed"),
                  cmd_show_int(line, "warnings"));
        return;
    }
    cmd_word_cell(c, 8, !fine ? _("MEND") : warning ? _("warning") : _("ok"));
    cmd_word_cell(c, 20, cmd_word_of(CMD_WORD_CHECK, line, "name"));
    cmd_print(c, "%s\n", cmd_word(CMD_WORD_FOUND, found));
    if (!fine || warning)
        cmd_print(c, "        %s\n",
                  cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en"));
}

int cmd_doctor_run(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t failed = 0;

    if (flow_doctor(c->home, &to, &failed, e) < 0)
        return -1;
    return failed ? EXIT_FAILED : EXIT_DONE;
}
