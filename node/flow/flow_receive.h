/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RECEIVE_H
#define SOHOA_FLOW_FLOW_RECEIVE_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "sync/fcgi.h"

struct err;
struct str;

/**
 * flow_receive - serve one session of node @node over @in and @out: what sshd's forced
 * command runs. Opens no database but to look up a record (find, first), and then only
 * to read.
 * @command: SSH_ORIGINAL_COMMAND, may be NULL. @piece:
 * it is one request of HTTPS.
 */
MUST_CHECK int flow_receive(const char *home, const char *node, const char *command,
                            bool piece, int in, int out, struct err *e);

/** flow_receive_fcgi - be the door behind a web server, at the socket @path, until told
 * to stop. ERR_ROLE, else as fcgi_serve(). */
MUST_CHECK int flow_receive_fcgi(const char *home, const char *path, int workers,
                                 struct err *e);

/** flow_receive_nginx_config - append nginx's block, as fcgi_nginx_config(). */
void flow_receive_nginx_config(const char *path, const char *certificate,
                               const char *key, struct str *out);

/** flow_receive_sshd_config - append sshd's block for the login user @user. ERR_ROLE.
 */
MUST_CHECK int flow_receive_sshd_config(const char *home, const char *user,
                                        struct str *out, struct err *e);

#endif
