/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_node.h"

static void show_added(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("Node %s is enrolled for unit %s.\n"), cmd_show_text(line, "node"),
              cmd_show_text(line, "unit"));
    cmd_print(c, _("Give this file to the office: %s\n"),
              cmd_show_text(line, "enrolment"));
}

int cmd_node_add(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_added};
    struct flow_listener to = cmd_show_listener(&s);
    const char *reads[CMD_VALUES_MAX];
    struct flow_node_opts opts = {
        .key_file = c->operands[0],
        .unit = cmd_value(c, "unit"),
        .name = cmd_value(c, "name"),
        .role = cmd_has(c, "role") ? cmd_value(c, "role") : "commune",
        .reads = reads,
        .read_count = cmd_value_count(c, "reads"),
        .relay = cmd_has(c, "relay"),
        .url = cmd_value(c, "url"),
        .host_key_file = cmd_value(c, "host-key"),
    };
    AUTO_MEM char *unit = NULL;

    if (!opts.unit)
        return cmd_usage(e, "--unit CODE");
    if (cmd_has(c, "valid-from")) {
        unit = mem_printf("%s-%s", opts.unit, cmd_value(c, "valid-from"));
        opts.unit = unit;
    }
    for (size_t i = 0; i < opts.read_count; i++)
        reads[i] = cmd_value_at(c, "reads", i);
    if (flow_open(c->home, &f, e) < 0 || flow_node_add(&f, &opts, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_node(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *name = cmd_show_safe(line, "name");

    cmd_word_cell(c, 33, cmd_show_text(line, "node"));
    cmd_word_cell(c, 9, cmd_show_text(line, "unit"));
    cmd_word_cell(c, 10, cmd_word_of(CMD_WORD_TIER, line, "role"));
    cmd_print(c, "%s%s%s", name, jdoc_bool(line, "relay", false) ? _("  (relay)") : "",
              jdoc_bool(line, "revoked", false) ? _("  (revoked)") : "");
    if (cmd_show_int(line, "ahead_s") > 0)
        cmd_print(c, _("  (its clock is %lld minutes ahead)"),
                  cmd_show_int(line, "ahead_s") / 60);
    cmd_print(c, "\n");
}

int cmd_node_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_node};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_node_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_revoked(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("Node %s may no longer send or read.\n"),
              cmd_show_text(line, "node"));
}

int cmd_node_revoke(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_revoked};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_node_revoke(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_replaced(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("The key %s counts for node %s now, from epoch %lld on.\n"),
              cmd_show_text(line, "fingerprint"), cmd_show_text(line, "node"),
              cmd_show_int(line, "epoch"));
    cmd_print(c, _("Give this file to the office: %s\n"),
              cmd_show_text(line, "enrolment"));
}

int cmd_node_replace(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_replaced};
    struct flow_listener to = cmd_show_listener(&s);

    if (!cmd_has(c, "key"))
        return cmd_usage(e, "--key KEYFILE");
    if (flow_open(c->home, &f, e) < 0 ||
        flow_node_replace(&f, c->operands[0], cmd_value(c, "key"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_node_rotate(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_replaced};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_node_rotate(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_key(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("Receipts signed by %s are trusted.\n"),
              cmd_show_text(line, "fingerprint"));
}

int cmd_node_key(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_key};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_node_trust_key(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_host(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("%lld host keys of %s are trusted.\n"), cmd_show_int(line, "keys"),
              cmd_show_text(line, "url"));
}

int cmd_node_trust_host(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_host};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_node_trust_host(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
