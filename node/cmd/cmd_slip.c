/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/cmd/cmd_run.h"
#include "node/cmd/cmd_show.h"
#include "node/flow/flow_slip.h"

#define HTML_MAX ((size_t)16 << 20)

struct printing {
    struct cmd *c;
    struct str html;
};

static void on_line(void *to, const struct jdoc *line)
{
    struct printing *p = to;

    if (cmd_show_is(line, "slip"))
        flow_slip_sheet(line, &p->html);
    cmd_line(p->c, line);
    if (cmd_show_is(line, "summary"))
        cmd_print(p->c, _("%lld slips: print the file with a browser, on A4\n"),
                  cmd_show_int(line, "slips"));
}

int cmd_slip_print(struct cmd *c, struct err *e)
{
    AUTO_FLOW struct flow f = {0};
    struct printing p = {.c = c, .html = STR_INIT(HTML_MAX)};
    const struct flow_listener to = {on_line, &p};
    struct flow_slip_opts o = {.dossier = cmd_value(c, "dossier")};
    const char *file = cmd_value(c, "output");
    int rc = 0;

    if (!o.dossier)
        return cmd_usage(e, "--dossier ID");
    if (!file)
        return cmd_usage(e, "-o FILE");
    if (cmd_number(c, "from", 1, REGNO_NUMBER_MAX, 0, &o.from, e) < 0 ||
        cmd_number(c, "to", 1, REGNO_NUMBER_MAX, o.from, &o.to, e) < 0 ||
        flow_open(c->home, &f, e) < 0)
        return -1;
    flow_slip_begin(&p.html);
    rc = flow_slip_print(&f, &o, &to, e);
    flow_slip_end(&p.html);
    if (rc == 0 && (str_check(&p.html, file, e) < 0 ||
                    fs_write_file(file, str_text(&p.html), p.html.len, e) < 0))
        rc = -1;
    str_clear(&p.html);
    return rc < 0 ? -1 : EXIT_DONE;
}
