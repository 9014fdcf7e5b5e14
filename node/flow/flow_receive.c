/* SPDX-License-Identifier: Apache-2.0 */
#include "node/flow/flow_receive.h"

#include "node/base/err.h"
#include "node/flow/flow_find.h"
#include "node/flow/home.h"
#include "sync/enrol.h"
#include "sync/receive.h"

static int open_upper(const char *path, struct home *h, struct err *e)
{
    if (home_open(path, h, e) < 0)
        return -1;
    return home_is_upper(h) ? 0 : err_set(e, ERR_ROLE, "%s", path);
}

int flow_receive(const char *home, const char *node, const char *command, bool piece,
                 int in, int out, struct err *e)
{
    AUTO_HOME struct home h = {0};

    if (open_upper(home, &h, e) < 0)
        return -1;
    return piece ? receive_piece(h.path, node, command, flow_find_files, in, out, e)
                 : receive_session(h.path, node, command, flow_find_files, in, out, e);
}

int flow_receive_fcgi(const char *home, const char *path, int workers, struct err *e)
{
    AUTO_HOME struct home h = {0};

    return open_upper(home, &h, e) < 0 ? -1 : fcgi_serve(h.path, path, workers, e);
}

void flow_receive_nginx_config(const char *path, const char *certificate,
                               const char *key, struct str *out)
{
    fcgi_nginx_config(path, certificate, key, out);
}

int flow_receive_sshd_config(const char *home, const char *user, struct str *out,
                             struct err *e)
{
    AUTO_HOME struct home h = {0};

    if (open_upper(home, &h, e) < 0)
        return -1;
    enrol_sshd_config(h.path, user, out);
    return 0;
}
