/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RECEIVE_H
#define SOHOA_FLOW_FLOW_RECEIVE_H

#include "node/base/auto.h"

struct err;
struct str;

/**
 * flow_receive - serve one session of node @node over @in and @out: what sshd's forced
 * command runs. Opens no database. @command: SSH_ORIGINAL_COMMAND, may be NULL.
 */
MUST_CHECK int flow_receive(const char *home, const char *node, const char *command,
                            int in, int out, struct err *e);

/** flow_receive_sshd_config - append sshd's block for the login user @user. ERR_ROLE.
 */
MUST_CHECK int flow_receive_sshd_config(const char *home, const char *user,
                                        struct str *out, struct err *e);

#endif
