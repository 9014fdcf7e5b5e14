/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_export.h"
#include "node/flow/flow_search.h"
#include "node/store/store_search.h"

#define HITS 20

static void show_hit(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *snippet = cmd_show_safe(line, "snippet");

    if (cmd_show_is(line, "summary"))
        cmd_print(c, _("%lld hits in %lld ms\n"), cmd_show_int(line, "hits"),
                  cmd_show_int(line, "ms"));
    else
        cmd_print(c, _("%c %s  page %lld  %s\n"),
                  jdoc_bool(line, "exact", false) ? '=' : '~',
                  cmd_show_text(line, "item"), cmd_show_int(line, "seq"), snippet);
}

int cmd_search_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_hit};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_STR struct str query = STR_INIT(STORE_SEARCH_QUERY_MAX);
    int64_t limit = HITS;

    for (size_t i = 0; i < c->operand_count; i++)
        str_addf(&query, "%s%s", i ? " " : "", c->operands[i]);
    if (str_check(&query, "QUERY", e) < 0 ||
        cmd_number(c, "limit", 1, STORE_SEARCH_LIMIT_MAX, HITS, &limit, e) < 0 ||
        flow_open(c->home, &f, e) < 0 ||
        flow_search(&f, str_text(&query), limit, cmd_value(c, "unit"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_file(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");

    if (cmd_show_is(line, "file"))
        cmd_print(c, "%s\n", path);
}

int cmd_search_export(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_file};
    struct flow_listener to = cmd_show_listener(&s);
    const char *items[CMD_VALUES_MAX];
    size_t count = cmd_value_count(c, "item");
    const char *format = cmd_value(c, "format");
    struct flow_export_what what = {.dossier = cmd_value(c, "dossier")};
    AUTO_MEM char *dir = NULL;

    if (!format || !flow_export_format(format, &what.format))
        return cmd_usage(e, "--format json|txt|hocr|alto|pdf|csv");
    if ((what.format == FLOW_EXPORT_CSV) != cmd_has(c, "tables"))
        return cmd_usage(e, "--format csv --tables");
    if (!cmd_has(c, "output"))
        return cmd_usage(e, "-o DIR");
    if ((count > 0) + cmd_has(c, "dossier") + cmd_has(c, "all") != 1)
        return cmd_usage(e, "--item I… | --dossier D | --all");
    for (size_t i = 0; i < count; i++)
        items[i] = cmd_value_at(c, "item", i);
    dir = fs_absolute(cmd_value(c, "output"));
    what.items = items;
    what.count = count;
    what.dir = dir;
    if (flow_open(c->home, &f, e) < 0 || flow_export(&f, &what, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
