/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/clock.h"
#include "node/base/i18n.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/cmd/cmd_import.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_scan.h"

#include <string.h>

#define DPI_DEFAULT 300

static const struct {
    const char *name;
    int width_mm, height_mm;
} SIZES[] = {{"a4", 210, 297}, {"a3", 297, 420}, {"a5", 148, 210}, {"max", 0, 0}};

static void show_device(struct cmd *c, const struct jdoc *line)
{
    AUTO_MEM char *device = cmd_show_safe(line, "device");
    AUTO_MEM char *vendor = cmd_show_safe(line, "vendor");
    AUTO_MEM char *model = cmd_show_safe(line, "model");

    cmd_print(c, "%-40s %s %s\n", device, vendor, model);
}

int cmd_scan_devices(struct cmd *c, struct err *e)
{
    struct cmd_show s = {.c = c, .human = show_device};
    struct flow_listener to = cmd_show_listener(&s);
    int64_t count = 0;

    if (flow_scan_devices(&to, &count, e) < 0)
        return -1;
    if (count == 0)
        cmd_talk(c, "%s\n",
                 _("No scanner was found. Check its cable and its power switch."));
    return EXIT_DONE;
}

/* Pictures as they come, then what became of them. */
static void show_line(struct cmd *c, const struct jdoc *line)
{
    int64_t n = 0, width = 0, height = 0;

    if (strcmp(cmd_show_text(line, "type"), "scanned") != 0) {
        cmd_import_show_input(c, line);
        return;
    }
    if (jdoc_int(line, "n", 0, INT64_MAX, &n) &&
        jdoc_int(line, "width_px", 0, INT64_MAX, &width) &&
        jdoc_int(line, "height_px", 0, INT64_MAX, &height))
        cmd_print(c, _("sheet %lld saved (%lld × %lld)\n"), (long long)n,
                  (long long)width, (long long)height);
}

static void show_sum(struct cmd *c, const struct flow_import_opts *o,
                     const struct flow_scan_sum *sum)
{
    AUTO_JDOC struct jdoc *line = flow_line("summary");

    jdoc_set_int(line, "scanned", sum->scanned);
    jdoc_set_bool(line, "finished", sum->finished);
    cmd_import_show_sum(c, o->expect, &sum->import, line);
    if (!sum->finished)
        cmd_talk(c,
                 _("The stack is open: %lld fronts, %lld backs. Go on with --go-on, or "
                   "\"sohoa scan finish\".\n"),
                 (long long)sum->fronts, (long long)sum->backs);
}

static int read_size(struct cmd *c, struct scanner_opts *o, struct err *e)
{
    const char *size = cmd_value(c, "size");

    for (size_t i = 0; i < ARRAY_LEN(SIZES); i++)
        if (strcmp(size ? size : "a4", SIZES[i].name) == 0) {
            o->width_mm = SIZES[i].width_mm;
            o->height_mm = SIZES[i].height_mm;
            return 0;
        }
    return cmd_usage(e, "--size %s", size);
}

/* @extra: room for SCANNER_OPTIONS_MAX. */
static int read_opts(struct cmd *c, struct flow_scan_opts *o, const char **extra,
                     struct err *e)
{
    const char *source = cmd_value(c, "source"), *mode = cmd_value(c, "mode");
    int64_t dpi = 0, pages = 0;

    o->scanner.device = cmd_value(c, "device");
    if (source && !scanner_source_find(source, &o->scanner.source))
        return cmd_usage(e, "--source %s", source);
    if (mode && !scanner_mode_find(mode, &o->scanner.mode))
        return cmd_usage(e, "--mode %s", mode);
    if (cmd_number(c, "dpi", SCANNER_DPI_MIN, SCANNER_DPI_MAX, DPI_DEFAULT, &dpi, e) <
            0 ||
        cmd_number(c, "pages", 1, SCANNER_PAGES_MAX, 0, &pages, e) < 0 ||
        read_size(c, &o->scanner, e) < 0 || cmd_import_opts(c, &o->import, e) < 0)
        return -1;
    o->scanner.dpi = (int)dpi;
    o->scanner.pages = (int)pages;
    o->scanner.extra = extra;
    o->scanner.extra_count = cmd_value_count(c, "option");
    if (o->scanner.extra_count > SCANNER_OPTIONS_MAX)
        return cmd_usage(e, "--option");
    for (size_t i = 0; i < o->scanner.extra_count; i++)
        extra[i] = cmd_value_at(c, "option", i);
    o->go_on = cmd_has(c, "go-on");
    o->backs = cmd_has(c, "backs");
    o->keep_open = cmd_has(c, "keep-open");
    if (o->import.place == FLOW_IMPORT_REPLACE && o->scanner.pages == 0)
        o->scanner.pages = 1;
    if (o->backs && !o->go_on)
        return cmd_usage(e, "%s", _("--backs needs --go-on: fronts come first"));
    return 0;
}

int cmd_scan_run(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_line};
    struct flow_listener to = cmd_show_listener(&s);
    const char *extra[SCANNER_OPTIONS_MAX] = {NULL};
    struct flow_scan_opts o = {.scanner = {.source = SCANNER_FLATBED}};
    struct flow_scan_sum sum = {0};
    int rc = 0;

    if (read_opts(c, &o, extra, e) < 0 || flow_open(c->home, &f, e) < 0)
        return -1;
    rc = flow_scan_run(&f, &o, &to, &sum, e);
    if (rc == 0 || sum.scanned > 0)
        show_sum(c, &o.import, &sum);
    return rc < 0 ? -1 : cmd_import_exit(&sum.import);
}

int cmd_scan_finish(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_line};
    struct flow_listener to = cmd_show_listener(&s);
    struct flow_import_opts o = {.via = cmd_import_via(),
                                 .actor = cmd_import_actor(),
                                 .why = cmd_value(c, "why")};
    struct flow_scan_sum sum = {0};
    int rc = 0;

    if (cmd_value(c, "user"))
        o.actor = cmd_value(c, "user");
    if (cmd_import_place(c, &o, e) < 0)
        return -1;
    if (cmd_has(c, "at-end") && o.page)
        return cmd_usage(e, "--at-end");
    if (flow_open(c->home, &f, e) < 0)
        return -1;
    rc = flow_scan_finish(&f, &o, cmd_has(c, "at-end"), &to, &sum, e);
    if (rc == 0 || sum.import.inputs > 0)
        show_sum(c, &o, &sum);
    return rc < 0 ? -1 : cmd_import_exit(&sum.import);
}

static void show_stack(struct cmd *c, const struct jdoc *line)
{
    cmd_print(c,
              _("The stack is open: %lld fronts, %lld backs. Go on with --go-on, or "
                "\"sohoa scan finish\".\n"),
              cmd_show_int(line, "fronts"), cmd_show_int(line, "backs"));
}

int cmd_scan_stack(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct cmd_show s = {.c = c, .human = show_stack};
    struct flow_listener to = cmd_show_listener(&s);
    int there = 0;

    if (flow_open(c->home, &f, e) < 0)
        return -1;
    there = flow_scan_stack(&f, &to, e);
    if (there == 0)
        cmd_talk(c, "%s\n", _("No stack is open."));
    return there < 0 ? -1 : EXIT_DONE;
}

int cmd_scan_drop(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    AUTO_JDOC struct jdoc *line = flow_line("summary");
    int64_t count = 0;

    if (flow_open(c->home, &f, e) < 0 || flow_scan_drop(&f, &count, e) < 0)
        return -1;
    jdoc_set_int(line, "dropped", count);
    cmd_line(c, line);
    cmd_print(c, _("%lld pictures thrown away\n"), (long long)count);
    return EXIT_DONE;
}
