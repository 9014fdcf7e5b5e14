/* SPDX-License-Identifier: Apache-2.0 */
#include "node/cmd/cmd_import.h"

#include <stdlib.h>
#include <string.h>

#include "node/base/clock.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/stop.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_import.h"
#include "node/record/role.h"

#include <string.h>

#define EXPECT_MAX       1000000
#define ADVICE_PAGES_MAX 20 /* named of a file */
#define WAIT_MAX_S       3600
#define WAIT_DEFAULT     (FLOW_IMPORT_WAIT_MS / 1000)

static const char *status_word(const char *status)
{
    if (strcmp(status, "stored") == 0)
        return _("stored");
    if (strcmp(status, "duplicate") == 0)
        return _("duplicate");
    return strcmp(status, "refused") == 0 ? _("refused") : _("waiting");
}

/* The paper still lies on the desk: what is better done anew, and why. */
static void show_advice(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *all = jdoc_get(line, "advice");
    const struct jdoc *pages = jdoc_get(line, "advice_pages");

    if (jdoc_count(all) == 0)
        return;
    cmd_print(c, "    %s", _("Better scan it again now, page"));
    for (size_t i = 0; i < jdoc_count(pages); i++) {
        int64_t n = 0;

        if (i < ADVICE_PAGES_MAX && jdoc_int_at(pages, i, 1, INT64_MAX, &n))
            cmd_print(c, "%s %lld", i ? "," : "", (long long)n);
    }
    cmd_print(c, "%s\n", jdoc_count(pages) > ADVICE_PAGES_MAX ? ", …:" : ":");
    for (size_t i = 0; i < jdoc_count(all); i++)
        cmd_print(c, "      - %s\n", cmd_word(CMD_WORD_ADVICE, jdoc_text_at(all, i)));
}

void cmd_import_show_input(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");
    const char *item = jdoc_text_at(jdoc_get(line, "items"), 0);
    const char *code = cmd_show_text(line, "code");
    AUTO_MEM char *why = cmd_show_safe(line, i18n_lang() == LANG_VI ? "vi" : "en");

    cmd_print(c, "%-10s %s", status_word(cmd_show_text(line, "status")), path);
    if (item)
        cmd_print(c, "  → %s", item);
    if (strcmp(cmd_show_text(line, "place"), "replace") == 0)
        cmd_print(c, "  %s", _("in the place of the former picture"));
    cmd_print(c, "\n");
    if (code[0])
        cmd_print(c, "    %s  [%s]\n", why, code);
    show_advice(c, line);
}

struct talk {
    struct cmd *c;
    int64_t started_ms, last_ms;
};

static void on_progress(void *to, uint64_t done, uint64_t all)
{
    struct talk *t = to;

    cmd_progress(t->c, _("importing"), done, all, t->started_ms, &t->last_ms);
}

void cmd_import_show_sum(struct cmd *c, int64_t expect,
                         const struct flow_import_sum *sum, struct jdoc *line)
{
    jdoc_set_int(line, "inputs", sum->inputs);
    jdoc_set_int(line, "stored", sum->stored);
    jdoc_set_int(line, "duplicate", sum->duplicate);
    jdoc_set_int(line, "refused", sum->refused);
    jdoc_set_int(line, "waiting", sum->waiting);
    jdoc_set_int(line, "pages", sum->pages);
    if (expect > 0) {
        jdoc_set_int(line, "expected", expect);
        jdoc_set_int(line, "found", sum->found);
    }
    cmd_line(c, line);
    cmd_print(c,
              _("%lld inputs: %lld stored (%lld pages), %lld duplicate, %lld refused, "
                "%lld waiting\n"),
              (long long)sum->inputs, (long long)sum->stored, (long long)sum->pages,
              (long long)sum->duplicate, (long long)sum->refused,
              (long long)sum->waiting);
    if (sum->unexpected)
        cmd_talk(c, _("%lld pages were expected, %lld are there\n"), (long long)expect,
                 (long long)sum->found);
    if (sum->unexpected)
        cmd_talk(c,
                 _("Nothing of this call is sealed until the same call with all files, "
                   "or with --why REASON.\n"));
}

int cmd_import_exit(const struct flow_import_sum *sum)
{
    return sum->refused > 0 || sum->waiting > 0 || sum->unexpected ? EXIT_PARTLY
                                                                   : EXIT_DONE;
}

const char *cmd_import_actor(void)
{
    const char *user = getenv("SOHOA_ACTOR");

    return user && user[0] && strlen(user) < USER_NAME_MAX ? user : NULL;
}

const char *cmd_import_via(void)
{
    return cmd_import_actor() ? "web" : "cli";
}

/* Into a record there is. */
int cmd_import_place(struct cmd *c, struct flow_import_opts *o, struct err *e)
{
    static const struct {
        const char *name;
        enum flow_import_place place;
    } PLACES[] = {{"replace", FLOW_IMPORT_REPLACE},
                  {"after", FLOW_IMPORT_AFTER},
                  {"before", FLOW_IMPORT_BEFORE}};

    for (size_t i = 0; i < ARRAY_LEN(PLACES); i++) {
        if (!cmd_has(c, PLACES[i].name))
            continue;
        if (o->page || cmd_has(c, "dossier") || cmd_has(c, "kind") ||
            cmd_has(c, "per-file") || cmd_has(c, "expect"))
            return cmd_usage(e, "--%s PAGE", PLACES[i].name);
        o->place = PLACES[i].place;
        o->page = cmd_value(c, PLACES[i].name);
    }
    return 0;
}

int cmd_import_opts(struct cmd *c, struct flow_import_opts *o, struct err *e)
{
    const char *per = cmd_value(c, "per-file");

    o->dossier = cmd_value(c, "dossier");
    o->kind = cmd_value(c, "kind");
    o->via = cmd_import_via();
    o->actor = cmd_value(c, "user") ? cmd_value(c, "user") : cmd_import_actor();
    o->why = cmd_value(c, "why");
    if (cmd_import_place(c, o, e) < 0)
        return -1;
    if (o->why &&
        ((!cmd_has(c, "expect") && o->place == FLOW_IMPORT_NEW) || !o->why[0]))
        return cmd_usage(e, "--expect N --why REASON");
    if (per && strcmp(per, "item") != 0 && strcmp(per, "page") != 0)
        return cmd_usage(e, "--per-file %s", per);
    o->per_page = per && strcmp(per, "page") == 0;
    if (o->per_page && !o->dossier)
        return cmd_usage(e, "%s", _("--per-file page needs --dossier ID"));
    return cmd_number(c, "expect", 1, EXPECT_MAX, 0, &o->expect, e);
}

int cmd_import_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = cmd_import_show_input};
    struct flow_listener to = cmd_show_listener(&s);
    struct talk t = {.c = c, .started_ms = clock_mono_ms()};
    struct flow_import_opts o = {.progress = on_progress, .to = &t};
    struct flow_import_sum sum = {0};
    int64_t wait_s = 0;
    int rc = 0;

    if (cmd_import_opts(c, &o, e) < 0 ||
        cmd_number(c, "wait", 0, WAIT_MAX_S, WAIT_DEFAULT, &wait_s, e) < 0)
        return -1;
    o.uploads = cmd_has(c, "uploads");
    /* An upload is whole: what is not complete stays so. */
    o.wait_ms = o.uploads ? 0 : wait_s * 1000;
    if (o.uploads)
        o.via = "web";
    if (flow_open(c->home, &f, e) < 0)
        return -1;
    rc = flow_import(&f, &o, c->operands, c->operand_count, &to, &sum, e);
    if (rc == 0 || sum.inputs > 0) {
        AUTO_JDOC struct jdoc *line = flow_line("summary");

        cmd_import_show_sum(c, o.expect, &sum, line);
    }
    return rc < 0 ? -1 : cmd_import_exit(&sum);
}
