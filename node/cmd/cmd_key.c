/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/base/str.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/flow/home.h"

int cmd_key_show(struct cmd *c, struct err *e)
{
    AUTO_HOME struct home home = {0};
    AUTO_STR struct str line = STR_INIT(SIGN_LINE_MAX);
    AUTO_STR struct str comment = STR_INIT(SIGN_LINE_MAX);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    char fingerprint[SIGN_FINGERPRINT_MAX];

    if (home_open(c->home, &home, e) < 0)
        return -1;
    str_addf(&comment, "sohoa-%s", home.unit_code);
    sign_public_line(&home.key.pub, str_text(&comment), &line);
    sign_fingerprint(&home.key.pub, fingerprint);
    jdoc_set_text(j, "type", "summary");
    jdoc_set_text(j, "node", home.node);
    jdoc_set_text(j, "fingerprint", fingerprint);
    jdoc_set_text(j, "key", str_text(&line));
    cmd_line(c, j);
    cmd_print(c, "%s\n", str_text(&line));
    return EXIT_DONE;
}
