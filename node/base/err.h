/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_ERR_H
#define SOHOA_BASE_ERR_H

#include "node/base/auto.h"

/*
 * One error type for the whole program. The caller owns it and passes it as the last
 * argument; it is never NULL and untouched on success.
 *
 * The module that knows what went wrong calls err_set() or err_sys() once. Callers
 * above add place only, with err_push(), and never change the code. People read three
 * sentences that belong to the code (what happened, what is safe, what to do), found in
 * err_table.h; the detail is for the log.
 */

enum err_code {
    ERR_NONE = 0,
#define ERR(name, text, exit_code, what, safe, todo) ERR_##name,
#include "node/base/err_table.h"
#undef ERR
    ERR_CODE_COUNT
};

/* Exit codes of the program, for ever (manual page sohoa(1)). */
enum err_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PARTLY = 3,
    EXIT_NO_NODE = 10,
    EXIT_LOCKED = 11,
    EXIT_REFUSED = 12,
    EXIT_DISCREPANCY = 20,
    EXIT_LATER = 75,
    EXIT_INTERRUPTED = 130
};

#define ERR_SUBJECT_MAX 320
#define ERR_DETAIL_MAX  512

struct err {
    enum err_code code;
    int sys_errno;                 /* errno at the time, 0 when none */
    char subject[ERR_SUBJECT_MAX]; /* "page 12 of item 0045": what it is about */
    char detail[ERR_DETAIL_MAX];   /* technical, for the log */
};

#define ERR_INIT                                                                       \
    {                                                                                  \
        .code = ERR_NONE                                                               \
    }

/**
 * err_set - record what went wrong.
 * @e:    set; a former content is overwritten.
 * @code: why.
 * @fmt:  the subject: which file, page, item. Cut at ERR_SUBJECT_MAX.
 * Return: always -1, so that "return err_set(...)" reads well.
 */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/**
 * err_sys - the same for a failed system call.
 * Keeps errno. ENOSPC and EDQUOT become ERR_DISK_FULL, ENOMEM becomes ERR_MEMORY,
 * EACCES and EPERM become ERR_DENIED, whatever @code says: a clerk has to do other
 * things about them. Return: -1.
 */
int err_sys(struct err *e, enum err_code code, const char *fmt, ...) PRINTF(3, 4);

/** err_detail - add technical detail (appended after "; "). Return: -1. */
int err_detail(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/** err_push - add the place above: the subject becomes "<place>: <subject>". Return:
 * -1. */
int err_push(struct err *e, const char *fmt, ...) PRINTF(2, 3);

/** err_clear - forget it. */
void err_clear(struct err *e);

/* What a code says. All texts are static. The three sentences are in English (msgids);
 * i18n_text() and i18n_text_in() translate them. */
const char *err_code_name(enum err_code code); /* "SH-DISK-FULL" */
int err_code_exit(enum err_code code);
const char *err_code_what(enum err_code code);
const char *err_code_safe(enum err_code code);
const char *err_code_todo(enum err_code code);

/** err_code_find - code of "SH-DISK-FULL"; ERR_NONE when there is none. */
enum err_code err_code_find(const char *name);

#endif
