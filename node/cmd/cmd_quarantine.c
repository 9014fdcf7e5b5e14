/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_quarantine.h"

static void show_row(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");

    cmd_print(c, "%5lld  ", cmd_show_int(line, "id"));
    cmd_word_cell(c, 20, cmd_show_text(line, "code"));
    cmd_word_cell(c, 14, cmd_word_of(CMD_WORD_QUARANTINE, line, "state"));
    cmd_print(c, "%s\n", path);
}

static void show_one(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *why = cmd_show_safe(line, i18n_lang() == LANG_VI ? "vi" : "en");
    AUTO_MEM char *file = cmd_show_safe(line, "file");
    AUTO_MEM char *detail = cmd_show_safe(line, "detail");

    show_row(c, line);
    cmd_print(c, "  %s\n", why);
    if (file[0])
        cmd_print(c, "  %s\n", file);
    if (detail[0])
        cmd_print(c, "  (%s)\n", detail);
}

static int read_id(const struct cmd *c, int64_t *id, struct err *e)
{
    return num_parse(c->operands[0], 1, INT64_MAX, id)
               ? 0
               : cmd_usage(e, "%s", c->operands[0]);
}

static void end(struct cmd *c, const char *key, int64_t value, const char *path)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, key, value);
    if (path)
        jdoc_set_text(line, "path", path);
    cmd_line(c, line);
}

int cmd_quarantine_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_row};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t count = 0;

    if (flow_open(c->home, &f, e) < 0 || flow_quarantine_list(&f, &to, &count, e) < 0)
        return -1;
    end(c, "rows", count, NULL);
    return EXIT_DONE;
}

int cmd_quarantine_show(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_one};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t id = 0;

    if (read_id(c, &id, e) < 0 || flow_open(c->home, &f, e) < 0 ||
        flow_quarantine_show(&f, id, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_quarantine_release(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_MEM char *path = NULL;
    AUTO_MEM char *safe = NULL;
    int64_t id = 0;

    if (read_id(c, &id, e) < 0 || flow_open(c->home, &f, e) < 0 ||
        flow_quarantine_release(&f, id, c->operands[1], &path, e) < 0)
        return -1;
    safe = cmd_safe(path);
    cmd_print(c, "%s\n", safe);
    end(c, "released", id, path);
    return EXIT_DONE;
}

int cmd_quarantine_remove(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    int64_t id = 0;

    if (!cmd_has(c, "user"))
        return cmd_usage(e, "--user NAME");
    if (read_id(c, &id, e) < 0 || flow_open(c->home, &f, e) < 0 ||
        flow_quarantine_remove(&f, id, cmd_value(c, "user"), e) < 0)
        return -1;
    end(c, "removed", id, NULL);
    return EXIT_DONE;
}
