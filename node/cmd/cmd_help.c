/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"

int cmd_help_completion(struct cmd *c, struct err *e)
{
    if (strcmp(c->operands[0], "bash") != 0)
        return cmd_usage(e, "%s", c->operands[0]);
    cmd_complete();
    c->ended = true; /* a script, with --json as without */
    return EXIT_DONE;
}

int cmd_help_version(struct cmd *c, struct err *e)
{
    AUTO_JDOC struct jdoc *j = jdoc_object();

    (void)e;
    jdoc_set_text(j, "type", "summary");
    jdoc_set_text(j, "version", SOHOA_VERSION);
    cmd_line(c, j);
    cmd_print(c, "sohoa %s\n", SOHOA_VERSION);
    return EXIT_DONE;
}
