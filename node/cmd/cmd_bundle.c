/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/conf.h"
#include "node/base/jdoc.h"
#include "node/cmd/cmd_import.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_ready.h"
#include "node/flow/flow_seal.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, "%.16s  ", cmd_show_text(line, "bundle"));
    cmd_word_cell(c, 8, cmd_word_of(CMD_WORD_CLASS, line, "class"));
    cmd_print(c, "%5lld  %5lld  %11lld  ", cmd_show_int(line, "seq"),
              cmd_show_int(line, "objects"), cmd_show_int(line, "bytes"));
    cmd_word_cell(c, 16, cmd_word_of(CMD_WORD_BUNDLE, line, "state"));
    cmd_print(c, "%s\n", cmd_show_text(line, "code"));
}

int cmd_bundle_seal(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_JDOC struct jdoc *line = flow_line("summary");
    const char *items[CMD_VALUES_MAX];
    struct flow_seal_opts opts = {
        .items = items,
        .count = cmd_value_count(c, "item"),
        .unverified = cmd_has(c, "unverified"),
    };
    struct flow_seal_sum sum = {0};
    AUTO_CONF struct conf *conf = NULL;

    if (conf_load(c->home, &conf, e) < 0)
        return -1;
    if (strcmp(conf_get(conf, "seal.level"), "recognized") == 0)
        opts.unverified = true;
    if (opts.count && cmd_has(c, "all"))
        return cmd_usage(e, "--all | --item I…");
    for (size_t i = 0; i < opts.count; i++)
        items[i] = cmd_value_at(c, "item", i);
    if (flow_open(c->home, &f, e) < 0)
        return -1;
    f.via = cmd_import_via();
    f.user = cmd_import_actor();
    if (flow_seal(&f, &opts, &to, &sum, e) < 0)
        return -1;
    jdoc_set_int(line, "bundles", sum.bundles);
    jdoc_set_int(line, "items", sum.items);
    jdoc_set_int(line, "objects", sum.objects);
    jdoc_set_int(line, "bytes", sum.bytes);
    cmd_line(c, line);
    cmd_print(c, _("%lld bundles sealed, %lld records\n"), (long long)sum.bundles,
              (long long)sum.items);
    return EXIT_DONE;
}

static void show_missing(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "missing"))
        cmd_show_missing(c, line);
    else
        cmd_print(c, _("%lld of %lld records can be sealed now\n"),
                  cmd_show_int(line, "ready"), cmd_show_int(line, "open"));
}

int cmd_bundle_missing(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_missing};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_ready_seal(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_bundle_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_seal_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_bundle_verify(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_seal_verify(&f, c->operands[0], &to, e) < 0)
        return -1;
    cmd_print(c, _("The bundle is whole and its signature is good.\n"));
    return EXIT_DONE;
}
