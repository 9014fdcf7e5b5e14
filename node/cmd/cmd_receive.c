/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/flow/flow_receive.h"

int cmd_receive_run(struct cmd *c, struct err *e)
{
    return flow_receive(c->home, c->operands[0], getenv("SSH_ORIGINAL_COMMAND"),
                        STDIN_FILENO, STDOUT_FILENO, e) < 0
               ? -1
               : EXIT_DONE;
}

int cmd_receive_sshd_config(struct cmd *c, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    const char *user = cmd_has(c, "user") ? cmd_value(c, "user") : "sohoa";

    if (flow_receive_sshd_config(c->home, user, &text, e) < 0)
        return -1;
    jdoc_set_text(j, "type", "summary");
    jdoc_set_text(j, "text", str_text(&text));
    cmd_line(c, j);
    cmd_print(c, "%s", str_text(&text));
    return EXIT_DONE;
}
