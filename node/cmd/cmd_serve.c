/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "node/base/jdoc.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/flow/flow.h"
#include "node/web/web_server.h"

static void show_ready(void *to, const char *url, bool setup)
{
    AUTO_JDOC struct jdoc *line = flow_line("ready");
    struct cmd *c = to;

    jdoc_set_text(line, "url", url);
    jdoc_set_bool(line, "setup", setup);
    cmd_line(c, line);
    cmd_print(c, "%s\n", url);
    if (setup)
        cmd_talk(
            c, "%s\n",
            _("Nobody can log in yet: open this address to make the first user. It "
              "works once."));
    cmd_talk(c, "%s\n", _("Open the address in the browser; Ctrl-C ends."));
    if (fflush(stdout) != 0)
        c->output_failed = true;
}

int cmd_serve_run(struct cmd *c, struct err *e)
{
    struct web_server_opts o = {.home = c->home,
                                .listen = cmd_value(c, "listen"),
                                .ready = show_ready,
                                .to = c};

    c->until_stopped = true;
    return web_server_run(&o, e) < 0 ? -1 : EXIT_DONE;
}
