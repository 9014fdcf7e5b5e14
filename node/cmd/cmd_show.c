/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd_show.h"

#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_word.h"

static void on_line(void *to, const struct jdoc *line)
{
    struct cmd_show *s = to;

    if (s->c->json)
        cmd_line(s->c, line);
    else if (s->human)
        s->human(s->c, line);
}

struct flow_listener cmd_show_listener(struct cmd_show *s)
{
    return (struct flow_listener){.line = on_line, .to = s};
}

const char *cmd_show_text(const struct jdoc *line, const char *key)
{
    const char *text = jdoc_text(line, key);

    return text ? text : "";
}

long long cmd_show_int(const struct jdoc *line, const char *key)
{
    int64_t v = 0;

    return jdoc_int(line, key, INT64_MIN, INT64_MAX, &v) ? (long long)v : 0;
}

bool cmd_show_is(const struct jdoc *line, const char *type)
{
    return strcmp(cmd_show_text(line, "type"), type) == 0;
}

char *cmd_show_safe(const struct jdoc *line, const char *key)
{
    return cmd_safe(cmd_show_text(line, key));
}

void cmd_show_receipt(struct cmd *c, const struct jdoc *line)
{
    const char *kind = cmd_show_text(line, "kind");
    AUTO_MEM char *text = cmd_show_safe(line, "text");

    if (strcmp(kind, "return") == 0)
        cmd_print(c, _("sent back  %s revision %lld: %s\n"),
                  cmd_show_text(line, "item"), cmd_show_int(line, "rev"), text);
    else if (strcmp(kind, "request") == 0)
        cmd_print(c, _("wanted first  %s\n"), cmd_show_text(line, "item"));
    else
        cmd_print(c, _("receipt  %s %lld  %.16s\n"),
                  cmd_word_of(CMD_WORD_CLASS, line, "class"), cmd_show_int(line, "seq"),
                  cmd_show_text(line, "bundle"));
}

void cmd_show_fork(struct cmd *c, const struct jdoc *line)
{
    const char *item = cmd_show_text(line, "item");

    if (cmd_show_is(line, "renamed"))
        cmd_print(c,
                  _("%s is %s now: another disk of this node gave that number, too.\n"),
                  cmd_show_text(line, "was"),
                  item[0] ? item : cmd_show_text(line, "dossier"));
    else
        cmd_print(c,
                  _("Another disk of this node was at work. What it sent is here now, "
                    "and what was sealed here goes up. Use one of them only.\n"));
}

void cmd_show_missing(struct cmd *c, const struct jdoc *line)
{
    const char *why = cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en");

    cmd_print(c, "%s %-14s %5lld  %s\n", jdoc_bool(line, "blocks", false) ? "⚠" : " ",
              cmd_show_text(line, "dossier"), cmd_show_int(line, "count"), why);
}
