/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_item.h"
#include "node/flow/flow_return.h"
#include "node/flow/flow_verify.h"
#include "node/store/store_item.h"

static void show_row(struct cmd *c, const struct jdoc *line)
{
    cmd_word_cell(c, 14, cmd_show_text(line, "item"));
    cmd_word_cell(c, 14, cmd_word_of(CMD_WORD_ITEM, line, "state"));
    cmd_word_cell(c, 20, cmd_word_of(CMD_WORD_KIND, line, "kind"));
    cmd_print(c, "%3lld  %s%s\n", cmd_show_int(line, "pages"),
              cmd_show_text(line, "dossier"),
              jdoc_bool(line, "count_differs", false)
                  ? _("  ⚠ another count of pages than expected")
                  : "");
}

int cmd_item_list(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_row};
    struct flow_listener to = cmd_show_listener(&s);
    struct store_item_query q = {.dossier = cmd_value(c, "dossier"), .state = -1};
    enum item_state state = ITEM_CAPTURED;

    if (cmd_has(c, "state")) {
        if (!item_state_find(cmd_value(c, "state"), &state))
            return cmd_usage(e, "--state %s", cmd_value(c, "state"));
        q.state = (int)state;
    }
    if (flow_open(c->home, &f, e) < 0 || flow_item_list(&f, &q, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static void show_fields(struct cmd *c, const struct jdoc *fields)
{
    for (size_t i = 0; i < jdoc_count(fields); i++) {
        const char *name = jdoc_key(fields, i);
        const struct jdoc *v = jdoc_get(fields, name);
        AUTO_MEM char *value = cmd_show_safe(v, "value");

        cmd_print(c, "  %-16s %s", name, value);
        if (jdoc_bool(v, "doubtful", false))
            cmd_print(c, _("   ⚠ doubtful: %s"),
                      cmd_word_of(CMD_WORD_DOUBT, v, "reason"));
        cmd_print(c, "\n");
    }
}

/* What a person keys in from the picture. */
static void show_strips(struct cmd *c, const struct jdoc *boxes)
{
    for (size_t i = 0; i < jdoc_count(boxes); i++) {
        const struct jdoc *b = jdoc_at(boxes, i);

        if (strcmp(cmd_show_text(b, "kind"), "strip") != 0)
            continue;
        cmd_print(
            c, _("  %-16s to be keyed in: page %lld, %lld × %lld px at %lld,%lld\n"),
            cmd_show_text(b, "field"), cmd_show_int(b, "page"), cmd_show_int(b, "w"),
            cmd_show_int(b, "h"), cmd_show_int(b, "x"), cmd_show_int(b, "y"));
    }
}

/* Held comes before what was read of it. */
static const char *page_word(const struct jdoc *p)
{
    bool held = strcmp(cmd_show_text(p, "gate"), "held") == 0;

    return cmd_word_of(CMD_WORD_PAGE, p, held ? "gate" : "state");
}

/* Words of a page that may have been read otherwise. */
static void show_choices(struct cmd *c, const struct jdoc *choices)
{
    for (size_t i = 0; i < jdoc_count(choices); i++) {
        const struct jdoc *one = jdoc_at(choices, i);
        AUTO_MEM char *word = cmd_show_safe(one, "word");
        AUTO_MEM char *other = cmd_show_safe(one, "other");

        if (jdoc_bool(one, "changed", false))
            cmd_print(c, _("   %s: first read as %s\n"), word, other);
        else
            cmd_print(c, _("   ⚠ %s: perhaps %s\n"), word, other);
    }
}

/* Words of a page to be compared with the picture. */
static void show_doubts(struct cmd *c, const struct jdoc *doubts)
{
    for (size_t i = 0; i < jdoc_count(doubts); i++) {
        const struct jdoc *one = jdoc_at(doubts, i);
        AUTO_MEM char *word = cmd_show_safe(one, "word");

        cmd_print(c, _("   ⚠ %s: doubtful, %s\n"), word,
                  cmd_word_of(CMD_WORD_DOUBT, one, "reason"));
    }
}

/* Cells of a table that a person keys in or compares. */
static void count_cells(const struct jdoc *cells, long long *strips, long long *doubts)
{
    *strips = *doubts = 0;
    for (size_t i = 0; i < jdoc_count(cells); i++) {
        const struct jdoc *one = jdoc_at(cells, i);
        bool strip = strcmp(cmd_show_text(one, "kind"), "strip") == 0;

        *strips += strip;
        *doubts += !strip && jdoc_bool(one, "doubtful", false);
    }
}

/* As show_strips(), of a table. */
static void show_cells(struct cmd *c, const struct jdoc *cells)
{
    for (size_t i = 0; i < jdoc_count(cells); i++) {
        const struct jdoc *one = jdoc_at(cells, i);

        if (strcmp(cmd_show_text(one, "kind"), "strip") != 0)
            continue;
        cmd_print(
            c,
            _("   row %lld, column %lld to be keyed in: %lld × %lld px at %lld,%lld\n"),
            cmd_show_int(one, "row"), cmd_show_int(one, "column"),
            cmd_show_int(one, "w"), cmd_show_int(one, "h"), cmd_show_int(one, "x"),
            cmd_show_int(one, "y"));
    }
}

static void show_tables(struct cmd *c, const struct jdoc *tables)
{
    for (size_t i = 0; i < jdoc_count(tables); i++) {
        const struct jdoc *t = jdoc_at(tables, i);
        const struct jdoc *names = jdoc_get(t, "names");
        long long strips = 0, doubts = 0;

        count_cells(jdoc_get(t, "cells"), &strips, &doubts);
        cmd_print(
            c,
            _("   table %zu: %lld entries of %lld columns, %lld cells to be keyed "
              "in, %lld doubtful\n"),
            i + 1, cmd_show_int(t, "rows") - cmd_show_int(t, "head"),
            cmd_show_int(t, "columns"), strips, doubts);
        for (size_t k = 0; k < jdoc_count(names); k++) {
            AUTO_MEM char *name = cmd_safe(jdoc_text_at(names, k));

            cmd_print(c, "%s%s", k ? " | " : "   ", name);
        }
        if (jdoc_count(names) > 0)
            cmd_print(c, "\n");
        show_cells(c, jdoc_get(t, "cells"));
    }
}

static void show_item(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *pages = jdoc_get(line, "pages");
    AUTO_MEM char *text = NULL;

    cmd_print(c, _("Item %s  %s  %s  revision %lld\n"), cmd_show_text(line, "item"),
              cmd_word_of(CMD_WORD_ITEM, line, "state"),
              cmd_word_of(CMD_WORD_KIND, line, "kind"), cmd_show_int(line, "rev"));
    show_fields(c, jdoc_get(line, "fields"));
    show_strips(c, jdoc_get(line, "boxes"));
    for (size_t i = 0; i < jdoc_count(pages); i++) {
        const struct jdoc *p = jdoc_at(pages, i);

        cmd_print(c, _("-- page %lld: %s, %lld × %lld px, confidence %lld\n"),
                  cmd_show_int(p, "seq"), page_word(p), cmd_show_int(p, "width_px"),
                  cmd_show_int(p, "height_px"), cmd_show_int(p, "confidence"));
        for (const char *at = cmd_show_text(p, "text"); *at;) {
            const char *end = at;

            while (*end && *end != '\n')
                end++;
            mem_free(TAKE(text));
            text = mem_printf("%.*s", (int)(end - at), at);
            cmd_print(c, "%s\n", text);
            at = *end ? end + 1 : end;
        }
        show_choices(c, jdoc_get(p, "choices"));
        show_doubts(c, jdoc_get(p, "doubts"));
        show_tables(c, jdoc_get(p, "tables"));
    }
}

int cmd_item_show(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_item};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 || flow_item_show(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

static const char *user_of(const struct cmd *c)
{
    return cmd_has(c, "user") ? cmd_value(c, "user") : "";
}

int cmd_item_set(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_row};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_item_set(&f, c->operands[0], user_of(c), c->operands + 1,
                      c->operand_count - 1, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* ---- checking ---------------------------------------------------------------------
 */

static void show_check(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *doubts = jdoc_get(line, "doubts");
    const char *lang = i18n_lang() == LANG_VI ? "vi" : "en";

    for (size_t i = 0; i < jdoc_count(doubts); i++) {
        const struct jdoc *one = jdoc_at(doubts, i);
        const char *field = cmd_show_text(one, "field");
        const struct jdoc *why = jdoc_get(one, "why");
        const struct jdoc *choices = jdoc_get(jdoc_get(line, "choices"), field);
        AUTO_MEM char *value =
            cmd_show_safe(jdoc_get(jdoc_get(line, "fields"), field), "value");

        cmd_print(c, "%-16s %s\n", field, value);
        for (size_t k = 0; k < jdoc_count(why); k++)
            cmd_print(c, "   ⚠ %s\n", cmd_show_text(jdoc_at(why, k), lang));
        for (size_t k = 0; k < jdoc_count(choices); k++) {
            AUTO_MEM char *other = cmd_safe(jdoc_text_at(choices, k));

            cmd_print(c, _("   or: %s\n"), other);
        }
    }
}

int cmd_item_check(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_check};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_verify_tell(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* What stands in a field now. */
static void show_field(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *value = cmd_show_safe(line, "value");

    cmd_print(c, "%s  %s = %s  %s\n", cmd_show_text(line, "item"),
              cmd_show_text(line, "field"), value, cmd_show_text(line, "mark"));
}

int cmd_item_mark(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_field};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_verify_change change = {.item = c->operands[0],
                                        .field = c->operands[1],
                                        .user = user_of(c),
                                        .why = cmd_value(c, "why")};

    if (!cmd_has(c, "as") || !field_mark_find(cmd_value(c, "as"), &change.mark))
        return cmd_usage(e, "--as illegible|blank");
    if (flow_open(c->home, &f, e) < 0 || flow_verify_change(&f, &change, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_item_undo(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_field};
    struct flow_listener to = cmd_show_listener(&s);

    if (!cmd_has(c, "user"))
        return cmd_usage(e, "--user NAME");
    if (flow_open(c->home, &f, e) < 0 ||
        flow_verify_undo(&f, c->operands[0], user_of(c), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

int cmd_item_verify(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_row};
    struct flow_listener to = cmd_show_listener(&s);

    if (!cmd_has(c, "user"))
        return cmd_usage(e, "--user NAME");
    if (flow_open(c->home, &f, e) < 0 ||
        flow_item_verify(&f, c->operands[0], user_of(c), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* What the tier above sent back. */
static void show_return(struct cmd *c, const struct jdoc *line)
{
    char when[CLOCK_ISO_MAX];
    AUTO_MEM char *why = cmd_show_safe(line, "why");

    clock_local(cmd_show_int(line, "at"), when);
    cmd_word_cell(c, 14, cmd_show_text(line, "item"));
    cmd_word_cell(c, 10, cmd_word_of(CMD_WORD_RETURN, line, "state"));
    cmd_print(c, _("%s  revision %lld: %s\n"), when, cmd_show_int(line, "rev"), why);
}

int cmd_item_returns(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_return};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_return_list(&f, cmd_has(c, "open"), &to, e) < 0)
        return -1;
    return EXIT_DONE;
}

/* At an upper tier: what a commune sealed. */
static int send_back(struct cmd *c, struct flow *f, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_return};
    struct flow_listener to = cmd_show_listener(&s);

    return flow_return_send(f, c->operands[0], user_of(c), cmd_value(c, "why"), &to,
                            e) < 0
               ? -1
               : EXIT_DONE;
}

int cmd_item_return(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_row};
    struct flow_listener to = cmd_show_listener(&s);

    if (!cmd_has(c, "why"))
        return cmd_usage(e, "--why TEXT");
    if (flow_open(c->home, &f, e) < 0)
        return -1;
    if (home_is_upper(&f.home))
        return send_back(c, &f, e);
    if (flow_item_return(&f, c->operands[0], user_of(c), cmd_value(c, "why"), &to, e) <
        0)
        return -1;
    return EXIT_DONE;
}

static void show_history(struct cmd *c, const struct jdoc *line)
{
    char when[CLOCK_ISO_MAX];
    AUTO_MEM char *actor = cmd_show_safe(line, "actor");
    AUTO_MEM char *value = cmd_show_safe(line, "value");

    clock_local(cmd_show_int(line, "at"), when);
    if (cmd_show_is(line, "event")) {
        cmd_print(c, "%s  ", when);
        cmd_word_cell(c, 14, cmd_word_of(CMD_WORD_ACT, line, "act"));
        cmd_print(c, "%s\n", actor);
    } else if (cmd_show_is(line, "value"))
        cmd_print(c, "%s  r%lld %s = %s  [%s %s]\n", when, cmd_show_int(line, "rev"),
                  cmd_show_text(line, "field"), value,
                  cmd_word_of(CMD_WORD_SOURCE, line, "source"), actor);
    else
        cmd_print(c, _("%s  revision %lld sealed as %s\n"), when,
                  cmd_show_int(line, "rev"),
                  cmd_word_of(CMD_WORD_LEVEL, line, "level"));
}

int cmd_item_history(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_history};
    struct flow_listener to = cmd_show_listener(&s);

    if (flow_open(c->home, &f, e) < 0 ||
        flow_item_history(&f, c->operands[0], &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
