/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_key.h"
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

static void show_asked(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("The new key is %s. Send this file to the province: %s\n"),
              cmd_show_text(line, "fingerprint"), cmd_show_text(line, "file"));
    cmd_print(c, _("There: sohoa node rotate FILE. Until then the old key goes on.\n"));
}

int cmd_key_rotate(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_asked};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_MEM char *path = NULL;

    if (!cmd_has(c, "output"))
        return cmd_usage(e, "-o FILE");
    path = fs_absolute(cmd_value(c, "output"));
    if (flow_open(c->home, &f, e) < 0 || flow_key_rotate(&f, path, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_taken(struct cmd *c, const struct jdoc *line)
{
    if (!cmd_show_is(line, "summary"))
        return;
    cmd_print(c, _("The key of this node is %s now, from epoch %lld on.\n"),
              cmd_show_text(line, "fingerprint"), cmd_show_int(line, "epoch"));
    if (cmd_show_int(line, "resealed") > 0)
        cmd_print(c,
                  _("%lld bundles that had not arrived were sealed again with it.\n"),
                  cmd_show_int(line, "resealed"));
    cmd_print(c, _("Save HOME/keys anew: the old key opens nothing any more.\n"));
}

int cmd_key_take(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_taken};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_key_take(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
