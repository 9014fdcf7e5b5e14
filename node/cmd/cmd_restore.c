/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_restore.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "refused"))
        cmd_print(c, _("refused  %s  %s (%s)\n"), cmd_show_text(line, "class"),
                  cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en"),
                  cmd_show_text(line, "code"));
    if (cmd_show_is(line, "ask")) {
        cmd_print(c, _("Send this file to the province: %s\n"),
                  cmd_show_text(line, "key"));
        cmd_print(c, _("There: sohoa node replace %s --key FILE\n"),
                  cmd_show_text(line, "node"));
    }
    if (!cmd_show_is(line, "summary"))
        return;
    cmd_print(c, _("Node %s of unit %s is ready.\n"), cmd_show_text(line, "node"),
              cmd_show_text(line, "unit"));
    cmd_print(c,
              _("%lld records, %lld pages and %lld bundles are here again; every "
                "chain is whole.\n"),
              cmd_show_int(line, "items"), cmd_show_int(line, "pages"),
              cmd_show_int(line, "bundles"));
    cmd_print(c, _("Users and settings are not kept above: add them anew.\n"));
}

int cmd_restore_run(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_restore_opts opts = {
        .url = cmd_value(c, "from"),
        .key_file = cmd_value(c, "key"),
        .join_file = cmd_has(c, "join") ? cmd_value(c, "join") : NULL,
        .replaces = cmd_has(c, "replaces") ? cmd_value(c, "replaces") : NULL,
    };

    if (!opts.url)
        return cmd_usage(e, "--from URL");
    if (!opts.key_file == !opts.replaces)
        return cmd_usage(e, "--key KEYFILE | --replaces NODE");
    return flow_restore(c->home, &opts, &to, e) < 0 ? -1 : EXIT_DONE;
}
