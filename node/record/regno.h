/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_REGNO_H
#define SOHOA_RECORD_REGNO_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Number of a register entry as people write it: "22", "022/2003", "22bis/2003",
 * "12a/1998", "12 A / 1998". Parsed to (number, suffix, year); "22" and "022" are the
 * same number. The text as written stays in the field.
 */
#define REGNO_SUFFIX_MAX 9 /* letters, lower case, with NUL */
#define REGNO_NUMBER_MAX 9999999
#define REGNO_TEXT_MAX   40

struct regno {
    int64_t number; /* 0 to REGNO_NUMBER_MAX */
    char suffix[REGNO_SUFFIX_MAX];
    int year; /* 1800 to 2200; 0: not written */
};

/** regno_parse - false when @text is no such number; @out is then untouched. */
bool regno_parse(const char *text, struct regno *out);
/** regno_print - "22bis/2003", without the year when it is 0. */
void regno_print(const struct regno *r, char out[REGNO_TEXT_MAX]);
/** regno_range - "14-17" or "14" to two numbers, from <= to. */
bool regno_range(const char *text, int64_t *from, int64_t *to);

#endif
