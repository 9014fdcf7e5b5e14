/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_UNIT_H
#define SOHOA_RECORD_UNIT_H

#include <stdbool.h>

#include "node/base/auto.h"

struct err;

/*
 * An administrative unit. Codes are used again with another territory (1 July 2025:
 * 3,316 of 3,321), so the key is always (code, valid_from). CODE alone means the unit
 * that is valid today.
 */
#define UNIT_CODE_MAX       17  /* 1 to 16 of 0-9 A-Z ".", and NUL */
#define UNIT_DATE_MAX       11  /* "2025-07-01" and NUL */
#define UNIT_NAME_MAX       256 /* bytes with NUL */
#define UNIT_KIND_MAX       32
#define UNIT_SUCCESSORS_MAX 512 /* "code/valid_from" separated by one space */
#define UNIT_FROM_DEFAULT   "2025-07-01"

struct unit {
    char code[UNIT_CODE_MAX];
    char valid_from[UNIT_DATE_MAX];
    char name[UNIT_NAME_MAX];
    char kind[UNIT_KIND_MAX];     /* "xã", "phường", "tỉnh": as the table says */
    char parent[UNIT_CODE_MAX];   /* code, "" when there is none */
    char valid_to[UNIT_DATE_MAX]; /* last day, "" while it lasts */
    char successors[UNIT_SUCCESSORS_MAX];
};

bool unit_code_valid(const char *code);
/** unit_date_valid - a full ISO date, YYYY-MM-DD, of the calendar. */
bool unit_date_valid(const char *date);

/**
 * unit_check - all of one row. Return: 0, or -1 and @e: ERR_UNIT with the column named.
 */
MUST_CHECK int unit_check(const struct unit *u, struct err *e);

/** unit_split - "CODE" or "CODE-YYYY-MM-DD" to code and date ("" when only a code). */
MUST_CHECK bool unit_split(const char *text, char code[UNIT_CODE_MAX],
                           char valid_from[UNIT_DATE_MAX]);

#endif
