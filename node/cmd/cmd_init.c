/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_init.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("Node %s of unit %s is ready.\n"), cmd_show_text(line, "node"),
              cmd_show_text(line, "unit"));
    cmd_print(c, _("  data folder: %s\n  fingerprint: %s\n"),
              cmd_show_text(line, "home"), cmd_show_text(line, "fingerprint"));
}

int cmd_init_run(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    const char *role_name = cmd_value(c, "role");
    const char *unit = cmd_value(c, "unit");
    enum home_role role = HOME_COMMUNE;

    if (cmd_has(c, "join")) {
        if (role_name || unit)
            return cmd_usage(e, "--join FILE");
        return flow_init_join(c->home, cmd_value(c, "join"), &to, e) < 0 ? -1
                                                                         : EXIT_DONE;
    }
    if (!role_name || !home_role_parse(role_name, &role))
        return cmd_usage(e, "--role commune|district|province");
    if (!unit)
        return cmd_usage(e, "--unit CODE");
    if (flow_init(c->home, role, unit, cmd_value(c, "valid-from"), cmd_value(c, "name"),
                  cmd_value(c, "upstream"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
