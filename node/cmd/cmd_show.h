/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_CMD_CMD_SHOW_H
#define SOHOA_CMD_CMD_SHOW_H

#include "node/cmd/cmd.h"
#include "node/flow/flow.h"

struct jdoc;

/*
 * What a flow tells becomes lines on stdout: the object itself with --json, else what
 * the command's own function makes of it for a person.
 */
typedef void cmd_show_line(struct cmd *c, const struct jdoc *line);

struct cmd_show {
    struct cmd *c;
    cmd_show_line *human; /* NULL: nothing for people */
};

/** cmd_show_listener - to be handed to a flow; @s: kept while the flow runs. */
struct flow_listener cmd_show_listener(struct cmd_show *s);

/* Reading a line for people. Absent: "" and 0. */
const char *cmd_show_text(const struct jdoc *line, const char *key);
long long cmd_show_int(const struct jdoc *line, const char *key);
/** cmd_show_is - the line is of this type. */
bool cmd_show_is(const struct jdoc *line, const char *type);
/** cmd_show_safe - text of papers and people, safe for a terminal. owned, mem_free().
 */
char *cmd_show_safe(const struct jdoc *line, const char *key);
/** cmd_show_missing - a line "missing" (flow_ready.h). */
void cmd_show_missing(struct cmd *c, const struct jdoc *line);
/** cmd_show_receipt - a line "receipt": a receipt, or what the tier above sends back or
 * wants first. */
void cmd_show_receipt(struct cmd *c, const struct jdoc *line);
/** cmd_show_fork - lines "fork" and "renamed": two disks of this node were at work. */
void cmd_show_fork(struct cmd *c, const struct jdoc *line);

#endif
