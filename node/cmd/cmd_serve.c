/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/base/tlscert.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/flow/flow.h"
#include "node/web/web_server.h"

static void tell_line(struct cmd *c, const struct web_server_place *p)
{
    AUTO_JDOC struct jdoc *line = flow_line("ready");
    struct jdoc *lan = jdoc_array();

    jdoc_set_text(line, "url", p->url);
    jdoc_set_bool(line, "setup", p->setup);
    for (size_t i = 0; p->lan[i][0]; i++) {
        AUTO_STR struct str url = STR_INIT(STR_LINE_MAX);

        str_addf(&url, "https://%s/", p->lan[i]);
        jdoc_add_text(lan, str_text(&url));
    }
    jdoc_set(line, "lan", lan);
    if (p->cert) {
        jdoc_set_text(line, "fingerprint", p->cert->fingerprint);
        jdoc_set_text(line, "pin", p->cert->pin);
    }
    cmd_line(c, line);
}

static void show_lan(struct cmd *c, const struct web_server_place *p)
{
    char grouped[TLSCERT_GROUPED];

    for (size_t i = 0; p->lan[i][0]; i++)
        cmd_print(c, "https://%s/\n", p->lan[i]);
    if (!p->cert)
        return;
    tlscert_grouped(p->cert->fingerprint, grouped);
    cmd_talk(c,
             _("Other computers and phones: the browser asks once whether it may trust "
               "this certificate. Compare its SHA-256 fingerprint first:\n%s\n"),
             grouped);
}

static void show_ready(void *to, const struct web_server_place *p)
{
    struct cmd *c = to;

    tell_line(c, p);
    cmd_print(c, "%s\n", p->url);
    show_lan(c, p);
    if (p->setup)
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
                                .lan = cmd_value(c, "lan"),
                                .ready = show_ready,
                                .to = c};

    c->until_stopped = true;
    return web_server_run(&o, e) < 0 ? -1 : EXIT_DONE;
}
