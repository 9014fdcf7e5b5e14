/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/base/tlscert.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_cert.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *names = jdoc_get(line, "names");
    char grouped[TLSCERT_GROUPED];

    if (!cmd_show_is(line, "summary"))
        return;
    tlscert_grouped(cmd_show_text(line, "fingerprint"), grouped);
    cmd_print(c, _("Fingerprint (SHA-256): %s\n"), grouped);
    cmd_print(c, _("Key: %s\n"), cmd_show_text(line, "pin"));
    cmd_print(c, _("Good until: %s\n"), cmd_show_text(line, "until"));
    for (size_t i = 0; i < jdoc_count(names); i++)
        cmd_print(c, "%s\n", jdoc_text_at(names, i));
}

int cmd_certificate_show(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    return flow_cert_show(c->home, &to, e) < 0 ? -1 : EXIT_DONE;
}

int cmd_certificate_renew(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    return flow_cert_renew(c->home, cmd_has(c, "new-key"), &to, e) < 0 ? -1 : EXIT_DONE;
}
