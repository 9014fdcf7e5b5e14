/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <unistd.h>

#include "node/base/fs.h"
#include "node/base/jdoc.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/cmd/cmd.h"
#include "node/cmd/cmd_run.h"
#include "node/flow/flow_receive.h"

static int run_fcgi(struct cmd *c, struct err *e)
{
    AUTO_MEM char *path = fs_absolute(cmd_value(c, "fcgi"));
    int64_t workers;

    if (c->operand_count || cmd_has(c, "piece"))
        return cmd_usage(e, "--fcgi SOCKET");
    if (cmd_number(c, "workers", 1, FCGI_WORKERS_MAX, FCGI_WORKERS, &workers, e) < 0)
        return -1;
    return flow_receive_fcgi(c->home, path, (int)workers, e) < 0 ? -1 : EXIT_DONE;
}

int cmd_receive_run(struct cmd *c, struct err *e)
{
    if (cmd_has(c, "fcgi"))
        return run_fcgi(c, e);
    if (!c->operand_count)
        return cmd_usage(e, "receive NODE");
    return flow_receive(c->home, c->operands[0], getenv("SSH_ORIGINAL_COMMAND"),
                        cmd_has(c, "piece"), STDIN_FILENO, STDOUT_FILENO, e) < 0
               ? -1
               : EXIT_DONE;
}

static char *path_of(struct cmd *c, const char *option, const char *otherwise)
{
    return fs_absolute(cmd_has(c, option) ? cmd_value(c, option) : otherwise);
}

int cmd_receive_nginx_config(struct cmd *c, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    AUTO_MEM char *path = path_of(c, "socket", "/run/sohoa/door.sock");
    AUTO_MEM char *certificate = path_of(c, "certificate", "/etc/sohoa/tls.pem");
    AUTO_MEM char *key = path_of(c, "key", "/etc/sohoa/tls.key");

    flow_receive_nginx_config(path, certificate, key, &text);
    if (str_check(&text, "nginx", e) < 0)
        return -1;
    jdoc_set_text(j, "type", "summary");
    jdoc_set_text(j, "text", str_text(&text));
    cmd_line(c, j);
    cmd_print(c, "%s", str_text(&text));
    return EXIT_DONE;
}

int cmd_receive_sshd_config(struct cmd *c, struct err *e)
{
    AUTO_STR struct str text = STR_INIT(STR_LINE_MAX);
    AUTO_JDOC struct jdoc *j = jdoc_object();
    const char *user = cmd_has(c, "user") ? cmd_value(c, "user") : "sohoa";

    if (flow_receive_sshd_config(c->home, user, &text, e) < 0)
        return -1;
    jdoc_set_text(j, "type", "summary");
    jdoc_set_text(j, "text", str_text(&text));
    cmd_line(c, j);
    cmd_print(c, "%s", str_text(&text));
    return EXIT_DONE;
}
