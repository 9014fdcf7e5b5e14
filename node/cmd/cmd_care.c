/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "node/base/conf.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_care.h"
#include "node/flow/flow_copy.h"
#include "node/flow/flow_limits.h"
#include "node/flow/flow_maintain.h"
#include "node/flow/flow_node.h"
#include "node/flow/flow_prune.h"
#include "node/web/web_limits.h"

static void show_fault(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *what = cmd_show_safe(line, "what");

    if (cmd_show_is(line, "fault")) {
        cmd_word_cell(c, 24, cmd_word_of(CMD_WORD_FAULT, line, "fault"));
        cmd_print(c, "%s%s\n", what,
                  jdoc_bool(line, "harmless", false) ? _("  (harmless)") : "");
    } else
        cmd_print(
            c,
            _("%lld objects, %lld bundles, %lld audit rows checked: %lld damaged, "
              "%lld harmless findings\n"),
            cmd_show_int(line, "objects"), cmd_show_int(line, "bundles"),
            cmd_show_int(line, "audit_rows"), cmd_show_int(line, "faults"),
            cmd_show_int(line, "harmless"));
}

int cmd_care_fsck(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_fault};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t found = 0;

    if (flow_care_fsck(c->home, cmd_has(c, "deep"), cmd_has(c, "repair"), &to, &found,
                       e) < 0)
        return -1;
    return found ? EXIT_DISCREPANCY : EXIT_DONE;
}

static void show_rebuilt(struct cmd *c, const struct jdoc *line)
{
    (void)line;
    cmd_print(c, _("Search index and counters are new.\n"));
}

int cmd_care_rebuild(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_rebuilt};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_care_rebuild(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_backup(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("%lld files and %lld objects, %lld bytes; %lld objects new\n"),
              cmd_show_int(line, "files"), cmd_show_int(line, "objects"),
              cmd_show_int(line, "bytes"), cmd_show_int(line, "objects_added"));
}

int cmd_care_backup(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_backup};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_CONF struct conf *conf = NULL;
    AUTO_MEM char *folder = NULL;

    if (conf_load(c->home, &conf, e) < 0)
        return -1;
    folder = fs_absolute(c->operand_count ? c->operands[0]
                                          : conf_get(conf, "backup.folder"));
    if (!c->operand_count && !conf_is_set(conf, "backup.folder"))
        return cmd_usage(e, "backup create DEST, config set backup.folder DEST");
    if (flow_open(c->home, &f, e) < 0 || flow_care_backup(&f, folder, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_care_backup_verify(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_backup};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_MEM char *folder = fs_absolute(c->operands[0]);

    return flow_care_backup_verify(folder, &to, e) < 0 ? -1 : EXIT_DONE;
}

int cmd_care_backup_restore(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_backup};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_MEM char *folder = fs_absolute(c->operands[0]);

    return flow_care_backup_restore(folder, c->home, &to, e) < 0 ? -1 : EXIT_DONE;
}

/* ---- upper tiers ------------------------------------------------------------------
 */

static void show_copy(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "failed"))
        cmd_print(c, _("no second copy  unit %s  %s (%s)\n"),
                  cmd_show_text(line, "unit"), cmd_show_text(line, "detail"),
                  cmd_show_text(line, "cause"));
    else if (cmd_show_is(line, "copy"))
        cmd_print(c, _("unit %s  %lld bytes copied\n"), cmd_show_text(line, "unit"),
                  cmd_show_int(line, "bytes"));
    else
        cmd_print(c, _("%lld files, %lld bytes copied\n"), cmd_show_int(line, "files"),
                  cmd_show_int(line, "bytes"));
}

int cmd_care_copy(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_copy};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_copy_run(&f, cmd_has(c, "new"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_maintained(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "repository"))
        cmd_print(
            c, _("unit %s  %lld packs, now %lld  %s %s\n"), cmd_show_text(line, "unit"),
            cmd_show_int(line, "packs_before"), cmd_show_int(line, "packs_after"),
            cmd_word_of(CMD_WORD_KEPT, line, "state"), cmd_show_text(line, "detail"));
    else if (cmd_show_is(line, "failed"))
        show_copy(c, line);
    else
        cmd_print(c, _("%lld repositories, %lld busy, %lld damaged\n"),
                  cmd_show_int(line, "communes"), cmd_show_int(line, "busy"),
                  cmd_show_int(line, "faults"));
}

int cmd_care_maintain(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_maintained};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_maintain_sum sum = {0};

    if (flow_open(c->home, &f, e) < 0 || flow_maintain(&f, &to, &sum, e) < 0)
        return -1;
    if (sum.faults)
        return EXIT_DISCREPANCY;
    return sum.busy ? EXIT_PARTLY : EXIT_DONE;
}

/* ---- what leaves this disk --------------------------------------------------------
 */

static void print_kept(struct cmd *c, const struct jdoc *line)
{
    for (int i = FLOW_PRUNE_NEVER; i < FLOW_PRUNE_REASONS; i++) {
        const char *name = flow_prune_why_name((enum flow_prune_why)i);
        int64_t n = 0;

        if (jdoc_int(jdoc_get(line, "kept"), name, 1, INT64_MAX, &n))
            cmd_print(c, "%7lld  %s\n", (long long)n, cmd_word(CMD_WORD_KEPT, name));
    }
}

static void show_prune(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "file"))
        cmd_print(c, "%.16s  %11lld\n", cmd_show_text(line, "sha256"),
                  cmd_show_int(line, "bytes"));
    else if (cmd_show_is(line, "doubt"))
        cmd_print(c, "%.16s  %s\n", cmd_show_text(line, "bundle"),
                  jdoc_bool(line, "over", false)
                      ? _("proven again")
                      : cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en"));
    else {
        cmd_print(c,
                  jdoc_bool(line, "dry", false)
                      ? _("%lld files, %lld bytes would be asked for and go\n")
                      : _("%lld files, %lld bytes gone\n"),
                  cmd_show_int(line, "files"), cmd_show_int(line, "bytes"));
        print_kept(c, line);
    }
}

int cmd_care_prune(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_prune};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_prune_sum sum = {0};

    if (flow_open(c->home, &f, e) < 0 ||
        flow_prune(&f, cmd_has(c, "dry-run"), &to, &sum, e) < 0)
        return -1;
    return sum.doubts ? EXIT_DISCREPANCY : EXIT_DONE;
}

/* ---- users ------------------------------------------------------------------------
 */

static void show_user(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *name = cmd_show_safe(line, "user");

    cmd_word_cell(c, 20, name);
    cmd_print(c, "%s\n", cmd_word_of(CMD_WORD_ROLE, line, "role"));
}

int cmd_care_user_add(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_user};
    struct flow_listener to = cmd_show_listener(&s);
    char password[512] = "";
    int rc = 0;

    if (!cmd_has(c, "role"))
        return cmd_usage(e, "--role clerk|verifier|district|admin|auditor");
    if (cmd_has(c, "password-stdin")) {
        if (!fgets(password, sizeof password, stdin))
            return cmd_usage(e, "--password-stdin");
        password[strcspn(password, "\r\n")] = '\0';
    }
    rc = flow_open(c->home, &f, e);
    if (rc == 0)
        rc = flow_node_user_add(&f, c->operands[0], cmd_value(c, "role"),
                                cmd_has(c, "password-stdin") ? password : NULL, &to, e);
    mem_wipe(password, sizeof password);
    return rc < 0 ? -1 : EXIT_DONE;
}

int cmd_care_user_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_user};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_node_user_list(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* ---- settings ---------------------------------------------------------------------
 */

static void tell_setting(struct cmd *c, const struct conf *conf,
                         const struct conf_key *key, bool explain)
{
    AUTO_JDOC struct jdoc *line = flow_line("setting");

    jdoc_set_text(line, "key", key->key);
    jdoc_set_text(line, "value", conf_get(conf, key->key));
    jdoc_set_bool(line, "set", conf_is_set(conf, key->key));
    cmd_line(c, line);
    if (explain) {
        cmd_word_cell(c, 26, key->key);
        cmd_word_cell(c, 16, conf_get(conf, key->key));
        cmd_print(c, "%s\n", _(key->help));
    } else
        cmd_print(c, "%s\n", conf_get(conf, key->key));
}

/* Settings belong to a node: without one there is nothing to show or change. */
static int open_settings(struct cmd *c, struct conf **out, struct err *e)
{
    AUTO_HOME struct home home = {0};

    return home_open(c->home, &home, e) < 0 ? -1 : conf_load(c->home, out, e);
}

int cmd_care_config_get(struct cmd *c, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    const struct conf_key *key = conf_find(c->operands[0], e);

    if (!key || open_settings(c, &conf, e) < 0)
        return -1;
    tell_setting(c, conf, key, false);
    return EXIT_DONE;
}

int cmd_care_config_set(struct cmd *c, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    AUTO_CONF struct conf *now = NULL;
    const struct conf_key *key = conf_find(c->operands[0], e);

    if (!key || open_settings(c, &conf, e) < 0 ||
        conf_set(c->home, key->key, c->operands[1], e) < 0 ||
        conf_load(c->home, &now, e) < 0)
        return -1;
    tell_setting(c, now, key, false);
    return EXIT_DONE;
}

int cmd_care_config_list(struct cmd *c, struct err *e)
{
    AUTO_CONF struct conf *conf = NULL;
    const struct conf_key *key = NULL;

    if (open_settings(c, &conf, e) < 0)
        return -1;
    for (size_t i = 0; (key = conf_list(i)); i++)
        tell_setting(c, conf, key, true);
    return EXIT_DONE;
}

/* ---- limits -----------------------------------------------------------------------
 */

static void tell_limits(struct cmd *c, const struct flow_limit *rows, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        AUTO_JDOC struct jdoc *line = flow_line("limit");

        jdoc_set_text(line, "name", rows[i].name);
        jdoc_set_int(line, "value", rows[i].value);
        jdoc_set_text(line, "unit", rows[i].unit);
        cmd_line(c, line);
        cmd_print(c, "%-28s %15lld %s\n", rows[i].name, (long long)rows[i].value,
                  cmd_word(CMD_WORD_MEASURE, rows[i].unit));
    }
}

int cmd_care_limits(struct cmd *c, struct err *e)
{
    size_t count = 0;
    const struct flow_limit *rows = flow_limits(&count);

    (void)e;
    tell_limits(c, rows, count);
    rows = web_limits(&count);
    tell_limits(c, rows, count);
    return EXIT_DONE;
}
