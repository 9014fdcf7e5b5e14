/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_CMD_CMD_WORD_H
#define SOHOA_CMD_CMD_WORD_H

#include <stddef.h>

struct cmd;
struct jdoc;

/*
 * Keywords in words for people. A keyword of --json never changes and is English; on a
 * screen its label stands, in the language chosen. One table: a new keyword without a
 * row shows as it is, and test_cmd_word names it.
 */
enum cmd_word_set {
    CMD_WORD_ITEM,       /* states of items */
    CMD_WORD_PAGE,       /* states and gates of pages */
    CMD_WORD_BUNDLE,     /* where a bundle is */
    CMD_WORD_CLASS,      /* what a bundle carries */
    CMD_WORD_LEVEL,      /* how sure a sealed revision is */
    CMD_WORD_SOURCE,     /* where a value comes from */
    CMD_WORD_DOUBT,      /* why a value is doubtful */
    CMD_WORD_ADVICE,     /* what is wrong with a picture, and what to do */
    CMD_WORD_ACT,        /* acts of the audit chain */
    CMD_WORD_RETURN,     /* how far a return from above is */
    CMD_WORD_KEYING,     /* second keying: why, and how far */
    CMD_WORD_KIND,       /* kinds of records, "all" */
    CMD_WORD_DOSSIER,    /* kinds of dossiers */
    CMD_WORD_UNIT,       /* kinds of units */
    CMD_WORD_ROLE,       /* roles of users */
    CMD_WORD_TIER,       /* roles of nodes */
    CMD_WORD_INDICATOR,  /* what a rate counts */
    CMD_WORD_QUARANTINE, /* what became of a refused input */
    CMD_WORD_FAULT,      /* what fsck finds */
    CMD_WORD_CHECK,      /* what doctor looks at */
    CMD_WORD_FOUND,      /* and what it finds */
    CMD_WORD_KEPT,       /* why a file stays on this disk; how care went */
    CMD_WORD_MEASURE     /* what a limit counts */
};

/** cmd_word - label of @keyword in the language chosen. view: static, or @keyword
 * itself when it is none of the set. */
const char *cmd_word(enum cmd_word_set set, const char *keyword);
/** cmd_word_of - the same for the text of @key in @line. */
const char *cmd_word_of(enum cmd_word_set set, const struct jdoc *line,
                        const char *key);

/**
 * cmd_word_cell - print one cell of a table: @text, padded to @columns columns of the
 * screen (letters with marks are one column, composed or not), and one space. Nothing
 * with --json.
 */
void cmd_word_cell(struct cmd *c, int columns, const char *text);

#endif
