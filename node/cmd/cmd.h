/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_CMD_CMD_H
#define SOHOA_CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/i18n.h"

struct jdoc;

/*
 * The command line. Every command is one row of the table in cmd_table.c: its words,
 * its options, its help and its function. Parsing, --help, completion and the error
 * line are made from the rows, so help cannot drift from what is parsed.
 *
 * stdout is data, stderr is talk. With --json each line of stdout is one object, "type"
 * first, the last one of type "summary".
 */

struct cmd_option {
    char letter;          /* short form, 0: none */
    const char *name;     /* long form */
    const char *argument; /* name of its value in help, NULL: a flag */
    const char *help;     /* msgid */
};

struct cmd;

struct command {
    const char *words;    /* "bundle seal" */
    const char *operands; /* "[--unverified] …" as shown in the usage line */
    const char *summary;  /* msgid, one line */
    const char *help;     /* msgid, paragraphs with examples */
    const struct cmd_option *options; /* ended by a row without a name; may be NULL */
    size_t operands_min, operands_max;
    int (*run)(struct cmd *c, struct err *e); /* exit code, or -1 and @e */
    bool internal;                            /* not listed, not completed */
};

#define CMD_ANY         ((size_t)-1)
#define CMD_OPTIONS_MAX 24
#define CMD_VALUES_MAX  256

struct cmd {
    const struct command *spec;
    char *home; /* owned */
    bool json, quiet, verbose;
    const char *const *operands; /* views into argv */
    size_t operand_count;
    struct {
        const char *name;
        const char *values[CMD_VALUES_MAX]; /* "" for a flag */
        size_t count;
    } given[CMD_OPTIONS_MAX];
    size_t given_count;
    int64_t told;       /* JSON lines but errors so far */
    bool ended;         /* the summary was told: nothing follows it */
    bool until_stopped; /* being stopped is its good end: exit code 0 */
    bool output_failed; /* stdout could not take a line: the command ends with 1 */
};

/** cmd_main - the whole program after i18n: parse, run, report. Return: exit code. */
int cmd_main(int argc, char **argv);

/** cmd_table - all commands. @count: rows. */
const struct command *cmd_table(size_t *count);

/* What was given. @name: long name. */
bool cmd_has(const struct cmd *c, const char *name);
const char *cmd_value(const struct cmd *c, const char *name); /* last one; NULL */
size_t cmd_value_count(const struct cmd *c, const char *name);
const char *cmd_value_at(const struct cmd *c, const char *name, size_t i);
/** cmd_number - value of @name from @min to @max, or @otherwise when not given. */
MUST_CHECK int cmd_number(const struct cmd *c, const char *name, int64_t min,
                          int64_t max, int64_t otherwise, int64_t *out, struct err *e);

/** cmd_usage - usage error with a reason for people (already translated). Return: -1.
 */
int cmd_usage(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/* Talking. Text from papers and file names goes through cmd_safe() first. */
void cmd_print(struct cmd *c, const char *fmt, ...)
    PRINTF(2, 3); /* stdout, not in JSON */
void cmd_talk(struct cmd *c, const char *fmt, ...) PRINTF(2, 3); /* stderr, not -q */
/** cmd_line - one JSON line on stdout; nothing without --json. @j: borrowed. */
void cmd_line(struct cmd *c, const struct jdoc *j);
/** cmd_end - with --json, the summary with the count of lines, unless one was told. */
void cmd_end(struct cmd *c);
/** cmd_safe - @text so that a terminal only shows it. owned, mem_free(). */
char *cmd_safe(const char *text);
/** cmd_error - three sentences on stderr, and the JSON line of type error. */
void cmd_error(struct cmd *c, const struct err *e);
/** cmd_progress - one line that is written over on a terminal, one every 10 s
 * elsewhere; with --json, only when SOHOA_PROGRESS is set (serve sets it), a line
 * "progress" {"done","total"}, at most two a second and the last.
 * @started_ms: clock_mono_ms at the start, for the time left. */
void cmd_progress(struct cmd *c, const char *what, uint64_t done, uint64_t all,
                  int64_t started_ms, int64_t *last_ms);

/** cmd_complete - print the bash completion script. */
void cmd_complete(void);

/** cmd_internal - run a command that people do not type (`receive`, `worker`): its row.
 */
int cmd_help(struct cmd *c);

#endif
