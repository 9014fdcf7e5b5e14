/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_keyed.h"
#include "node/flow/flow_keying.h"

static const char *user_of(const struct cmd *c)
{
    return cmd_has(c, "user") ? cmd_value(c, "user") : "";
}

static void show_draw(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_int(line, "records") == 0) {
        cmd_print(c, _("Nothing to draw: all records were drawn or are still open.\n"));
        return;
    }
    cmd_print(
        c,
        _("Draw %lld: %lld records, %lld doubtful fields, and %lld of %lld others "
          "drawn at random (%lld%%)\n"),
        cmd_show_int(line, "draw"), cmd_show_int(line, "records"),
        cmd_show_int(line, "doubtful"), cmd_show_int(line, "sampled"),
        cmd_show_int(line, "fields"), cmd_show_int(line, "rate"));
    cmd_print(c, _("  seed %s\n"), cmd_show_text(line, "seed"));
}

int cmd_keying_draw(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_draw};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t rate = -1;

    if (cmd_has(c, "rate") && !num_parse(cmd_value(c, "rate"), 0, 100, &rate))
        return cmd_usage(e, "--rate %s", cmd_value(c, "rate"));
    if (flow_open(c->home, &f, e) < 0 ||
        flow_keying_draw(&f, c->operands[0], (int)rate, user_of(c), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_answer(struct cmd *c, const struct jdoc *line, const char *key)
{
    const struct jdoc *a = jdoc_get(line, key);
    AUTO_MEM char *value = NULL;
    AUTO_MEM char *actor = NULL;

    if (!a)
        return;
    value = cmd_show_safe(a, "value");
    actor = cmd_show_safe(a, "actor");
    cmd_print(c, "   %s%s  %s\n", value, cmd_show_text(a, "mark"), actor);
}

static void show_list(struct cmd *c, const struct jdoc *line)
{
    if (cmd_show_is(line, "summary")) {
        cmd_print(c,
                  _("%lld fields wait for a second person, %lld for a third; %lld "
                    "records are not drawn yet.\n"),
                  cmd_show_int(line, "second"), cmd_show_int(line, "third"),
                  cmd_show_int(line, "fresh"));
        return;
    }
    cmd_word_cell(c, 14, cmd_show_text(line, "item"));
    cmd_word_cell(c, 16, cmd_show_text(jdoc_get(line, "form"), "field"));
    cmd_word_cell(c, 24, cmd_word_of(CMD_WORD_KEYING, line, "why"));
    cmd_print(c, "%s\n", cmd_word_of(CMD_WORD_KEYING, line, "state"));
    show_answer(c, line, "first");
    show_answer(c, line, "second");
    show_answer(c, line, "final");
}

int cmd_keying_list(struct cmd *c, struct err *e)
{
    static const char *const WHAT[] = {[FLOW_KEYED_SECOND] = "second",
                                       [FLOW_KEYED_THIRD] = "third",
                                       [FLOW_KEYED_ALL] = "all"};
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_list};
    struct flow_listener to = cmd_show_listener(&s);
    const char *what = cmd_has(c, "what") ? cmd_value(c, "what") : "all";
    struct flow_keyed_query q = {.dossier = cmd_value(c, "dossier"),
                                 .user = cmd_value(c, "user")};
    size_t at = 0;

    while (at < ARRAY_LEN(WHAT) && strcmp(WHAT[at], what) != 0)
        at++;
    if (at == ARRAY_LEN(WHAT))
        return cmd_usage(e, "--what second|third|all");
    q.what = (enum flow_keyed_what)at;
    if (flow_open(c->home, &f, e) < 0 || flow_keyed_list(&f, &q, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* What was answered: --value, or --as with --why. */
static int read_answer(struct cmd *c, struct flow_keying_answer *a, struct err *e)
{
    a->item = c->operands[0];
    a->field = c->operands[1];
    a->user = user_of(c);
    a->value = cmd_value(c, "value");
    a->why = cmd_value(c, "why");
    if (!cmd_has(c, "user"))
        return cmd_usage(e, "--user NAME");
    if (cmd_has(c, "as") && !field_mark_find(cmd_value(c, "as"), &a->mark))
        return cmd_usage(e, "--as illegible|blank");
    return 0;
}

static void show_keyed(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c, _("%s  %s: the second answer is kept.\n"), cmd_show_text(line, "item"),
              cmd_show_text(line, "field"));
}

int cmd_keying_answer(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_keyed};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_keying_answer a = {0};

    if (read_answer(c, &a, e) < 0)
        return -1;
    if (!a.value == !a.mark)
        return cmd_usage(e, "--value TEXT | --as MARK");
    if (flow_open(c->home, &f, e) < 0 || flow_keying_second(&f, &a, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_settled(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *value = cmd_show_safe(line, "value");

    cmd_print(c, "%s  %s = %s\n", cmd_show_text(line, "item"),
              cmd_show_text(line, "field"), value);
}

int cmd_keying_settle(struct cmd *c, struct err *e)
{
    static const char *const WORDS[] = {[FLOW_KEYING_FIRST] = "first",
                                        [FLOW_KEYING_SECOND] = "second",
                                        [FLOW_KEYING_OTHER] = "other"};
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_settled};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_keying_answer a = {0};
    const char *take = cmd_has(c, "take") ? cmd_value(c, "take") : "";
    size_t at = 0;

    if (read_answer(c, &a, e) < 0)
        return -1;
    while (at < ARRAY_LEN(WORDS) && strcmp(WORDS[at], take) != 0)
        at++;
    if (at == ARRAY_LEN(WORDS))
        return cmd_usage(e, "--take first|second|other");
    if ((at == FLOW_KEYING_OTHER) != (a.value || a.mark) || (a.value && a.mark))
        return cmd_usage(e, "--take other --value TEXT | --as MARK");
    if (flow_open(c->home, &f, e) < 0 ||
        flow_keying_settle(&f, &a, (enum flow_keying_take)at, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_residual(struct cmd *c, const struct jdoc *line)
{
    const char *dossier = cmd_show_text(line, "dossier");
    int64_t removed = cmd_show_int(line, "removed");

    if (cmd_show_is(line, "draw")) {
        show_draw(c, line);
        return;
    }
    cmd_print(c, "%s  ", dossier[0] ? dossier : _("loose records"));
    if (jdoc_is_null(jdoc_get(line, "text")))
        cmd_print(c, _("no sampled field is keyed twice yet (%lld drawn)\n"),
                  cmd_show_int(line, "sampled"));
    else
        cmd_print(c, _("errors left: %s, 95%% sure\n"), cmd_show_text(line, "text"));
    if (removed > 0)
        cmd_print(c, _("  %lld drawn fields left this book with their records\n"),
                  (long long)removed);
    cmd_print(c,
              _("  doubtful fields: %lld of %lld were wrong; %lld wait for a second "
                "person, %lld for a third\n"),
              cmd_show_int(line, "doubtful_wrong"), cmd_show_int(line, "doubtful"),
              cmd_show_int(line, "open"), cmd_show_int(line, "differs"));
}

int cmd_keying_report(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_residual};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_keyed_report(&f, cmd_value(c, "dossier"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
