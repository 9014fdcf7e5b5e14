/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_CMD_CMD_IMPORT_H
#define SOHOA_CMD_CMD_IMPORT_H

#include <stdint.h>

#include "node/base/auto.h"

struct cmd;
struct err;
struct flow_import_opts;
struct flow_import_sum;
struct jdoc;

/* What commands that take in files share (import, scan). */

/** cmd_import_via, cmd_import_actor - "web" and who, when "serve" began this (it tells
 * it in SOHOA_ACTOR); else "cli" and NULL. */
const char *cmd_import_via(void);
const char *cmd_import_actor(void);
/** cmd_import_opts - --dossier, --kind, --per-file, --expect, --why. */
MUST_CHECK int cmd_import_opts(struct cmd *c, struct flow_import_opts *o,
                               struct err *e);
/** cmd_import_place - --replace, --after or --before PAGE, at most one. */
MUST_CHECK int cmd_import_place(struct cmd *c, struct flow_import_opts *o,
                                struct err *e);

/** cmd_import_show_input - a line "input" for people. */
void cmd_import_show_input(struct cmd *c, const struct jdoc *line);

/** cmd_import_show_sum - tell what was taken in. @expect: pages there should be, 0: not
 * told. @line: "summary", which may have keys already; told. */
void cmd_import_show_sum(struct cmd *c, int64_t expect,
                         const struct flow_import_sum *sum, struct jdoc *line);

/** cmd_import_exit - exit code of a call that came to its end: EXIT_PARTLY when an
 * input was refused or waits, or their count is not the expected one. */
int cmd_import_exit(const struct flow_import_sum *sum);

#endif
