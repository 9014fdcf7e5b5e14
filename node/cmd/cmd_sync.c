/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_get.h"
#include "node/flow/flow_ingest.h"
#include "node/flow/flow_relay.h"
#include "node/flow/flow_sync.h"

static void show(struct cmd *c, const struct jdoc *line)
{
    const char *why = cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en");

    if (cmd_show_is(line, "receipt"))
        cmd_show_receipt(c, line);
    else if (cmd_show_is(line, "doubt"))
        cmd_print(c, "%s %lld  %.16s  %s\n", cmd_word_of(CMD_WORD_CLASS, line, "class"),
                  cmd_show_int(line, "seq"), cmd_show_text(line, "bundle"),
                  jdoc_bool(line, "over", false) ? _("proven again") : why);
    else if (cmd_show_is(line, "refused") ||
             strcmp(cmd_show_text(line, "state"), "refused") == 0)
        cmd_print(c, _("refused  %s  %s (%s)\n"),
                  cmd_word_of(CMD_WORD_CLASS, line, "class"), why,
                  cmd_show_text(line, "code"));
    else if (cmd_show_is(line, "failed") &&
             strcmp(cmd_show_text(line, "code"), err_code_name(ERR_COPY)) == 0)
        cmd_print(c, _("no second copy  unit %s  %s (%s)\n"),
                  cmd_show_text(line, "unit"), cmd_show_text(line, "detail"),
                  cmd_show_text(line, "cause"));
    else if (cmd_show_is(line, "failed"))
        cmd_print(c, _("not taken in  unit %s  %s (%s): %s\n"),
                  cmd_show_text(line, "unit"), why, cmd_show_text(line, "code"),
                  cmd_show_text(line, "detail"));
    else if (cmd_show_is(line, "key"))
        cmd_print(c,
                  jdoc_bool(line, "revoked", false)
                      ? _("Node %s has no right any more, as the province stated.\n")
                      : _("Node %s has another key now, as the province stated.\n"),
                  cmd_show_text(line, "node"));
    else if (cmd_show_is(line, "lost"))
        cmd_print(c,
                  _("%s %lld–%lld: the province has lost them, its disk is an older "
                    "one. They are sent again.\n"),
                  cmd_word_of(CMD_WORD_CLASS, line, "class"),
                  cmd_show_int(line, "first_seq"), cmd_show_int(line, "last_seq"));
    else if (cmd_show_is(line, "fork") || cmd_show_is(line, "renamed"))
        cmd_show_fork(c, line);
    else if (cmd_show_is(line, "plan")) {
        cmd_word_cell(c, 8, cmd_word_of(CMD_WORD_CLASS, line, "class"));
        cmd_print(c, "%5lld  %11lld  %s\n", cmd_show_int(line, "seq"),
                  cmd_show_int(line, "bytes"),
                  cmd_word_of(CMD_WORD_BUNDLE, line, "state"));
    } else if (cmd_show_is(line, "progress"))
        cmd_talk(c, "%s %lld–%lld: %lld/%lld  %s\n",
                 cmd_word_of(CMD_WORD_CLASS, line, "class"),
                 cmd_show_int(line, "first_seq"), cmd_show_int(line, "last_seq"),
                 cmd_show_int(line, "bytes"), cmd_show_int(line, "size"),
                 cmd_word_of(CMD_WORD_BUNDLE, line, "state"));
}

/* When, in words: only the hour when it is today. */
static void local_time(int64_t utc_s, char out[CLOCK_ISO_MAX])
{
    char now[CLOCK_ISO_MAX];

    clock_local(utc_s, out);
    clock_local(clock_now(), now);
    if (strncmp(out, now, 10) == 0)
        memmove(out, out + 11, strlen(out + 11) + 1);
}

static void print_reason(struct cmd *c, const struct jdoc *line)
{
    const char *why = cmd_show_text(line, "reason");
    char until[CLOCK_ISO_MAX], since[CLOCK_ISO_MAX];

    local_time(cmd_show_int(line, "until"), until);
    local_time(cmd_show_int(line, "since"), since);
    if (strcmp(why, "window") == 0)
        cmd_print(c, _("waits for the hours of sending, from %s\n"), until);
    else if (strcmp(why, "night") == 0)
        cmd_print(c, _("goes at night, from %s\n"), until);
    else if (strcmp(why, "cap") == 0)
        cmd_print(c, _("the limit for today is reached; goes on from %s\n"), until);
    else if (strcmp(why, "stick") == 0)
        cmd_print(c, _("goes by stick alone\n"));
    else if (strcmp(why, "kept") == 0)
        cmd_print(c, _("stays at this node by its settings\n"));
    else if (strcmp(why, "box") == 0)
        cmd_print(c, _("lies in the drop box, not taken in yet\n"));
    else if (strcmp(why, "relay") == 0)
        cmd_print(c, _("at the tier between, on its way to the province\n"));
    else if (strcmp(why, "line") == 0)
        cmd_print(c, _("no line since %s\n"), since);
    else if (strcmp(why, "full") == 0)
        cmd_print(c, _("the disk of the upper tier is full since %s\n"), since);
    else if (strcmp(why, "upstream") == 0)
        cmd_print(c, _("the upper tier does not take it since %s (%s)\n"), since,
                  cmd_show_text(line, "code"));
    else
        cmd_print(c, _("goes with the next run; sealed %s\n"), since);
}

/* How far it is, in words. */
static const char *first_words(const char *state)
{
    if (strcmp(state, "sending") == 0)
        return _("on its way, before all other pictures");
    if (strcmp(state, "later") == 0)
        return _("the commune will send it within its hours of sending");
    if (strcmp(state, "night") == 0)
        return _("the commune will send it at night");
    if (strcmp(state, "stick") == 0)
        return _("the commune sends such files by stick alone");
    if (strcmp(state, "kept") == 0)
        return _("the commune keeps such files by its settings");
    if (strcmp(state, "absent") == 0)
        return _("the commune has nothing of it that may be sent");
    if (strcmp(state, "signed") == 0)
        return _("asked for; waits for the commune to call");
    return _("asked for; goes out with the next ingest");
}

static void show_first(struct cmd *c, const struct jdoc *line)
{
    char since[CLOCK_ISO_MAX];

    local_time(cmd_show_int(line, "since"), since);
    cmd_print(c, "%s  %s (%s)\n", cmd_show_text(line, "item"),
              first_words(cmd_show_text(line, "state")), since);
}

static void show_waiting(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "first")) {
        show_first(c, line);
        return;
    }
    cmd_word_cell(c, 8, cmd_word_of(CMD_WORD_CLASS, line, "class"));
    cmd_print(c, "%5lld  %11lld  ", cmd_show_int(line, "bundles"),
              cmd_show_int(line, "bytes"));
    print_reason(c, line);
}

static void tell_sum(struct cmd *c, const struct flow_sync_sum *sum)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "pushed", sum->pushed);
    jdoc_set_int(line, "accepted", sum->accepted);
    if (sum->accepted_since)
        jdoc_set_int(line, "accepted_since", sum->accepted_since);
    if (sum->doubted)
        jdoc_set_int(line, "doubted", sum->doubted);
    jdoc_set_int(line, "durable", sum->durable);
    jdoc_set_int(line, "refused", sum->refused);
    jdoc_set_int(line, "waiting", sum->waiting);
    jdoc_set_int(line, "bytes_up", sum->bytes_up);
    jdoc_set_int(line, "bytes_down", sum->bytes_down);
    cmd_line(c, line);
    cmd_print(c,
              _("Province has it: %lld · taken, receipt not here yet: %lld · waiting: "
                "%lld · refused: %lld\n"),
              (long long)sum->durable, (long long)sum->accepted,
              (long long)sum->waiting, (long long)sum->refused);
    if (sum->doubted)
        cmd_print(c, _("%lld that had a receipt could not be proven: %s\n"),
                  (long long)sum->doubted, _(err_code_todo(ERR_UNPROVEN)));
    if (sum->accepted_since) {
        char since[CLOCK_ISO_MAX];

        local_time(sum->accepted_since, since);
        cmd_print(c, _("The oldest without a receipt was taken %s.\n"), since);
    }
}

static void tell_relayed(struct cmd *c, const struct flow_relay_sum *sum)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "nodes", sum->nodes);
    jdoc_set_int(line, "pushed", sum->pushed);
    jdoc_set_int(line, "receipts", sum->receipts);
    jdoc_set_int(line, "waiting", sum->waiting);
    jdoc_set_int(line, "refused", sum->refused);
    jdoc_set_int(line, "failed", sum->failed);
    jdoc_set_int(line, "bytes_up", sum->bytes_up);
    jdoc_set_int(line, "bytes_down", sum->bytes_down);
    cmd_line(c, line);
    cmd_print(c,
              _("Handed on: %lld · receipts brought home: %lld · waiting: %lld · "
                "refused: %lld\n"),
              (long long)sum->pushed, (long long)sum->receipts, (long long)sum->waiting,
              (long long)sum->refused);
}

static int run_relay(struct cmd *c, struct flow *f, const struct flow_listener *to,
                     struct err *e)
{
    struct flow_relay_sum sum = {0};
    int rc = flow_relay(f, to, &sum, e);

    if (rc < 0 && e->code != ERR_LINE)
        return -1;
    tell_relayed(c, &sum);
    if (rc < 0)
        return -1;
    return sum.refused || sum.failed ? EXIT_PARTLY : EXIT_DONE;
}

int cmd_sync_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_sync_sum sum = {0};
    int rc = 0;

    if (flow_open(c->home, &f, e) < 0)
        return -1;
    if (home_is_upper(&f.home))
        return run_relay(c, &f, &to, e);
    rc = flow_sync(&f, &to, &sum, e);
    if (rc < 0 && e->code != ERR_LINE)
        return -1;
    tell_sum(c, &sum);
    if (rc < 0)
        return -1;
    return sum.refused ? EXIT_PARTLY : EXIT_DONE;
}

/* Against the clock of the tier above. */
static void tell_skew(struct cmd *c, int64_t seconds)
{
    AUTO_JDOC struct jdoc *line = flow_line("clock");

    if (seconds == 0)
        return;
    jdoc_set_int(line, "ahead_s", seconds);
    cmd_line(c, line);
    cmd_print(c,
              seconds > 0 ? _("This computer's clock is at least %lld minutes ahead of "
                              "the tier above.\n")
                          : _("This computer's clock is at least %lld minutes behind "
                              "the tier above.\n"),
              (long long)((seconds > 0 ? seconds : -seconds) / 60));
}

static void show_relayed(struct cmd *c, const struct jdoc *line)
{
    cmd_print(
        c, _("unit %s: waiting %lld · taken above %lld · proven %lld · refused %lld"),
        cmd_show_text(line, "unit"), cmd_show_int(line, "waiting"),
        cmd_show_int(line, "accepted"), cmd_show_int(line, "durable"),
        cmd_show_int(line, "refused"));
    if (cmd_show_int(line, "refused") > 0)
        cmd_print(c, "  %s (%s)",
                  cmd_show_text(line, i18n_lang() == LANG_VI ? "vi" : "en"),
                  cmd_show_text(line, "code"));
    cmd_print(c, "\n");
}

/* Of a hub; a tier that hands nothing on has nothing on its way. */
static int relay_status(struct cmd *c, struct flow *f, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_relayed};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_relay_sum sum = {0};
    struct flow_sync_sum all = {0};

    if (flow_relay_status(f, &to, &sum, e) < 0)
        return -1;
    all.waiting = sum.waiting;
    all.accepted = sum.accepted;
    all.durable = sum.durable;
    all.refused = sum.refused;
    tell_sum(c, &all);
    return EXIT_DONE;
}

int cmd_sync_status(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_waiting};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_sync_sum sum = {0};
    int64_t skew = 0;

    if (flow_open(c->home, &f, e) < 0)
        return -1;
    if (home_is_upper(&f.home))
        return relay_status(c, &f, e);
    if (flow_sync_status(&f, &sum, e) < 0 || flow_sync_waiting(&f, &to, e) < 0 ||
        flow_sync_skew(&f, &skew, e) < 0)
        return -1;
    tell_skew(c, skew);
    tell_sum(c, &sum);
    return EXIT_DONE;
}

int cmd_sync_plan(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_sync_sum sum = {0};

    if (flow_open(c->home, &f, e) < 0 || flow_sync_plan(&f, &to, &sum, e) < 0)
        return -1;
    tell_sum(c, &sum);
    return EXIT_DONE;
}

int cmd_sync_receipts(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_sync_receipts(&f, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_sync_check_receipt(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_sync_check_receipt(&f, c->operands[0], &to, e) < 0)
        return -1;
    cmd_print(c, _("The receipt is signed by the trusted key.\n"));
    return EXIT_DONE;
}

static void tell_taken(struct cmd *c, const struct flow_take_sum *sum, bool receipts)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "bundles", sum->bundles);
    jdoc_set_int(line, "items", sum->items);
    jdoc_set_int(line, "pages", sum->pages);
    if (receipts) {
        jdoc_set_int(line, "receipts", sum->receipts);
        jdoc_set_int(line, "failed", sum->failed);
        jdoc_set_bool(line, "copied", !sum->uncopied);
    }
    jdoc_set_int(line, "refused", sum->refused);
    cmd_line(c, line);
    cmd_print(c, _("%lld bundles, %lld records, %lld pages, %lld receipts\n"),
              (long long)sum->bundles, (long long)sum->items, (long long)sum->pages,
              (long long)sum->receipts);
}

int cmd_sync_ingest(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_take_sum sum = {0};

    if (flow_open(c->home, &f, e) < 0 || flow_ingest(&f, &to, &sum, e) < 0)
        return -1;
    tell_taken(c, &sum, true);
    return sum.refused || sum.failed || sum.uncopied ? EXIT_PARTLY : EXIT_DONE;
}

static void show_object(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "first")) {
        show_first(c, line);
        return;
    }
    cmd_print(c, "%s  %s\n", cmd_show_text(line, "item"), cmd_show_text(line, "path"));
}

/* Files of single records. */
static int get_items(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_object};
    struct flow_listener to = cmd_show_listener(&s);
    const char *items[CMD_VALUES_MAX];
    size_t count = cmd_value_count(c, "item");
    struct flow_get_sum sum = {0};
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    for (size_t i = 0; i < count; i++)
        items[i] = cmd_value_at(c, "item", i);
    if (flow_open(c->home, &f, e) < 0 ||
        flow_get_items(&f, items, count, cmd_has(c, "pages"), &to, &sum, e) < 0)
        return -1;
    jdoc_set_int(line, "items", sum.items);
    jdoc_set_int(line, "objects", sum.objects);
    jdoc_set_int(line, "asked", sum.asked);
    jdoc_set_int(line, "bytes_up", sum.bytes_up);
    jdoc_set_int(line, "bytes_down", sum.bytes_down);
    cmd_line(c, line);
    return sum.asked ? EXIT_PARTLY : EXIT_DONE;
}

int cmd_sync_pull(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    const char *units[CMD_VALUES_MAX];
    struct flow_pull_opts opts = {
        .units = units,
        .count = cmd_value_count(c, "unit"),
        .pages = cmd_has(c, "pages"),
    };
    struct flow_take_sum sum = {0};

    if (cmd_has(c, "item")) {
        if (opts.count)
            return cmd_usage(e, "--item");
        return get_items(c, e);
    }
    for (size_t i = 0; i < opts.count; i++)
        units[i] = cmd_value_at(c, "unit", i);
    if (flow_open(c->home, &f, e) < 0 || flow_ingest_pull(&f, &opts, &to, &sum, e) < 0)
        return -1;
    tell_taken(c, &sum, false);
    return sum.refused ? EXIT_PARTLY : EXIT_DONE;
}
