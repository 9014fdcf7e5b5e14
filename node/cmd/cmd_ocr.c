/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/clock.h"
#include "node/base/conf.h"
#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/cmd/cmd_word.h"
#include "node/flow/flow_explain.h"
#include "node/flow/flow_recognize.h"

#define JOBS_MAX 64

struct progress {
    struct cmd *c;
    int64_t started_ms, last_ms;
};

static void on_progress(void *to, int64_t done, int64_t all)
{
    struct progress *p = to;

    cmd_progress(p->c, _("pages"), (uint64_t)done, (uint64_t)all, p->started_ms,
                 &p->last_ms);
}

/* For people only what needs them is a line; the rest is in the progress. */
static void show(struct cmd *c, const struct jdoc *line)
{
    const struct jdoc *advice = jdoc_get(line, "advice");

    if (!cmd_show_is(line, "page"))
        return;
    if (cmd_show_text(line, "status")[0] == 'f' ||
        cmd_show_text(line, "status")[0] == 'h')
        cmd_print(c, "%.16s  %s  %s\n", cmd_show_text(line, "page"),
                  cmd_show_text(line, "item"),
                  cmd_word_of(CMD_WORD_PAGE, line, "status"));
    if (jdoc_count(advice) > 0)
        cmd_print(c, "%.16s  %s  %s\n", cmd_show_text(line, "page"),
                  cmd_show_text(line, "item"), _("Better scan it again:"));
    for (size_t i = 0; i < jdoc_count(advice); i++)
        cmd_print(c, "      - %s\n",
                  cmd_word(CMD_WORD_ADVICE, jdoc_text_at(advice, i)));
}

static void tell_sum(struct cmd *c, const struct flow_recognize_sum *sum)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "pages", sum->pages);
    jdoc_set_int(line, "recognized", sum->recognized);
    jdoc_set_int(line, "blank", sum->blank);
    jdoc_set_int(line, "held", sum->held);
    jdoc_set_int(line, "failed", sum->failed);
    cmd_line(c, line);
    cmd_print(c, _("%lld pages: %lld recognized, %lld blank, %lld held, %lld failed\n"),
              (long long)sum->pages, (long long)sum->recognized, (long long)sum->blank,
              (long long)sum->held, (long long)sum->failed);
}

int cmd_ocr_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_CONF struct conf *conf = NULL;
    struct cmd_show s = {.c = c, .human = show};
    struct flow_listener to = cmd_show_listener(&s);
    struct progress p = {.c = c, .started_ms = clock_mono_ms()};
    struct flow_recognize_opts opts = {.progress = on_progress, .to = &p};
    struct flow_recognize_sum sum = {0};
    int64_t jobs = 0;

    if (conf_load(c->home, &conf, e) < 0 ||
        cmd_number(c, "jobs", 1, JOBS_MAX, conf_get_int(conf, "ocr.jobs"), &jobs, e) <
            0 ||
        cmd_number(c, "limit", 1, INT32_MAX, 0, &opts.limit, e) < 0 ||
        flow_open(c->home, &f, e) < 0)
        return -1;
    opts.jobs = (int)jobs;
    opts.plain = strcmp(conf_get(conf, "ocr.choice"), "off") == 0;
    opts.tesseract = strcmp(conf_get(conf, "ocr.recognizer"), "tesseract") == 0;
    opts.duplex =
        cmd_has(c, "duplex") || strcmp(conf_get(conf, "ocr.duplex"), "on") == 0;
    if (flow_recognize(&f, &opts, &to, &sum, e) < 0)
        return -1;
    tell_sum(c, &sum);
    return sum.failed ? EXIT_PARTLY : EXIT_DONE;
}

static void show_file(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *path = cmd_show_safe(line, "path");

    cmd_print(c, "%s\n", path);
}

int cmd_ocr_explain(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_file};
    struct flow_listener to = cmd_show_listener(&s);
    AUTO_MEM char *dir = NULL;

    if (!cmd_has(c, "output"))
        return cmd_usage(e, "-o DIR");
    dir = fs_absolute(cmd_value(c, "output"));
    if (flow_open(c->home, &f, e) < 0 ||
        flow_explain(&f, c->operands[0], dir, &to, e) < 0)
        return -1;
    return EXIT_DONE;
}
