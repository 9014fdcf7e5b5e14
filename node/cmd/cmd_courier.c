/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_courier.h"
#include "node/flow/flow_ingest.h"

static void show_written(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");

    if (cmd_show_is(line, "file"))
        cmd_print(c, _("written and read back  %s  %lld files, %lld bytes\n"), path,
                  cmd_show_int(line, "files"), cmd_show_int(line, "bytes"));
}

static void show_request(struct cmd *c, const struct jdoc *line)
{
    const char *why = cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en");
    const char *request = cmd_show_text(line, "request");

    if (!request[0])
        return;
    cmd_word_cell(c, 12, cmd_word_of(CMD_WORD_BUNDLE, line, "state"));
    cmd_word_cell(c, 8, cmd_word_of(CMD_WORD_CLASS, line, "class"));
    cmd_print(c, "%11lld  %.16s  %s\n", cmd_show_int(line, "size"), request, why);
}

static void show_read(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");

    if (cmd_show_is(line, "file"))
        cmd_print(c, _("read wholly  %s  %lld files, from node %s\n"), path,
                  cmd_show_int(line, "files"), cmd_show_text(line, "from"));
    else if (cmd_show_is(line, "receipt"))
        cmd_show_receipt(c, line);
    else if (cmd_show_is(line, "failed"))
        cmd_print(c, _("not read wholly  %s  %s (%s)\n"), path,
                  cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en"),
                  cmd_show_text(line, "code"));
    else if (cmd_show_is(line, "progress"))
        show_request(c, line);
    else if (cmd_show_is(line, "fork") || cmd_show_is(line, "renamed"))
        cmd_show_fork(c, line);
}

static void tell_sum(struct cmd *c, const struct flow_courier_sum *sum)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "pushed", sum->sync.pushed);
    jdoc_set_int(line, "accepted", sum->sync.accepted);
    jdoc_set_int(line, "durable", sum->sync.durable);
    jdoc_set_int(line, "refused", sum->sync.refused);
    jdoc_set_int(line, "waiting", sum->sync.waiting);
    jdoc_set_int(line, "bytes_up", sum->sync.bytes_up);
    jdoc_set_int(line, "bytes_down", sum->sync.bytes_down);
    jdoc_set_int(line, "files", sum->files);
    jdoc_set_int(line, "requests", sum->requests);
    jdoc_set_int(line, "remaining", sum->remaining);
    jdoc_set_bool(line, "full", sum->full);
    if (sum->up) {
        jdoc_set_int(line, "bundles", sum->bundles);
        jdoc_set_int(line, "items", sum->items);
    }
    cmd_line(c, line);
}

/* Only here, after every byte was read back from it. */
static void tell_safe(struct cmd *c)
{
    cmd_print(c, _("The stick can be taken out now.\n"));
}

static int write_file(struct cmd *c, struct flow *f,
                      const struct flow_courier_opts *opts,
                      struct flow_courier_sum *sum, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_written};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_courier_write(f, opts, &to, sum, e) < 0)
        return -1;
    tell_safe(c);
    return 0;
}

int cmd_courier_write(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_COURIER_SUM struct flow_courier_sum sum = {.files = 0};
    AUTO_MEM char *path = fs_absolute(c->operands[0]);
    struct flow_courier_opts opts = {.path = path,
                                     .key = cmd_value(c, "to"),
                                     .plain = cmd_has(c, "plain"),
                                     .chains = cmd_has(c, "chains"),
                                     .up = cmd_has(c, "up"),
                                     .pages = cmd_has(c, "pages")};

    if (cmd_number(c, "volume-mib", 1, FLOW_COURIER_VOLUME_MIB, 0, &opts.volume_mib,
                   e) < 0 ||
        flow_open(c->home, &f, e) < 0 || write_file(c, &f, &opts, &sum, e) < 0)
        return -1;
    if (!home_is_upper(&f.home) || sum.up)
        cmd_print(c, _("On it: %lld bundles in %lld requests.\n"),
                  (long long)sum.sync.pushed, (long long)sum.requests);
    tell_sum(c, &sum);
    if (!sum.full)
        return EXIT_DONE;
    if (sum.remaining > 0)
        cmd_talk(c, _("%lld bundles did not fit.\n"), (long long)sum.remaining);
    return err_set(e, ERR_COURIER_FULL, "%s", path);
}

/* What became of what was read, onto the same stick: for each node its own file. */
static int answer(struct cmd *c, struct flow *f, const char *path,
                  struct flow_courier_sum *sum, struct err *e)
{
    AUTO_MEM char *folder = fs_is_dir(path) ? mem_dup(path) : fs_dirname(path);
    struct cmd_show s = {.c = c, .human = show_read};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_take_sum taken = {0};

    if (flow_ingest(f, &to, &taken, e) < 0)
        return -1;
    cmd_print(c, _("%lld bundles, %lld records, %lld pages, %lld receipts\n"),
              (long long)taken.bundles, (long long)taken.items, (long long)taken.pages,
              (long long)taken.receipts);
    for (size_t i = 0; i < sum->node_count; i++) {
        AUTO_COURIER_SUM struct flow_courier_sum one = {.files = 0};
        const struct flow_courier_opts opts = {.path = folder, .node = sum->nodes[i]};
        struct cmd_show w = {.c = c, .human = show_written};
        struct flow_listener tell = cmd_show_listener(&w);

        if (flow_courier_write(f, &opts, &tell, &one, e) < 0)
            return -1;
        sum->full = sum->full || one.full;
        sum->sync.bytes_up += one.sync.bytes_up;
    }
    tell_safe(c);
    return 0;
}

int cmd_courier_read(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_COURIER_SUM struct flow_courier_sum sum = {.files = 0};
    AUTO_MEM char *path = fs_absolute(c->operands[0]);
    struct cmd_show s = {.c = c, .human = show_read};
    struct flow_listener to = cmd_show_listener(&s);
    struct err why = ERR_INIT;
    int rc;

    if (flow_open(c->home, &f, e) < 0)
        return -1;
    rc = flow_courier_read(&f, path, &to, &sum, &why);
    if (cmd_has(c, "answer") && flow_need_upper(&f, e) < 0)
        return -1;
    /* A damaged file is answered as far as it was whole. */
    if (cmd_has(c, "answer") && sum.node_count > 0 && answer(c, &f, path, &sum, e) < 0)
        return -1;
    if (rc < 0 && sum.files == 0 && sum.requests == 0) {
        *e = why;
        return -1;
    }
    if (sum.up)
        cmd_print(c,
                  _("Taken above: %lld bundles · waiting: %lld · refused: %lld · read "
                    "from above: %lld records\n"),
                  (long long)sum.sync.pushed, (long long)sum.sync.waiting,
                  (long long)sum.sync.refused, (long long)sum.items);
    if (!home_is_upper(&f.home))
        cmd_print(c,
                  _("Province has it: %lld · taken, receipt not here yet: %lld · "
                    "waiting: %lld · refused: %lld\n"),
                  (long long)sum.sync.durable, (long long)sum.sync.accepted,
                  (long long)sum.sync.waiting, (long long)sum.sync.refused);
    tell_sum(c, &sum);
    if (rc < 0 || sum.full) {
        *e = why;
        return rc < 0 ? -1 : err_set(e, ERR_COURIER_FULL, "%s", path);
    }
    return sum.sync.refused ? EXIT_PARTLY : EXIT_DONE;
}

int cmd_courier_verify(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_COURIER_SUM struct flow_courier_sum sum = {.files = 0};
    AUTO_MEM char *path = fs_absolute(c->operands[0]);
    struct cmd_show s = {.c = c, .human = show_read};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_courier_verify(&f, path, &to, &sum, e) < 0)
        return -1;
    cmd_print(c, _("Every byte is right, and the sender's signature holds.\n"));
    tell_sum(c, &sum);
    return EXIT_DONE;
}
