/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_CSVFILE_H
#define SOHOA_BASE_CSVFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct err;

/*
 * Tables as people make them with a spreadsheet, read by libcsv: UTF-8 with or without
 * BOM, LF or CRLF, separator , ; or TAB as the header line has it. A file is taken as a
 * whole or not at all.
 */
#define CSVFILE_BYTES_MAX   ((size_t)32 << 20)
#define CSVFILE_FIELD_MAX   ((size_t)64 << 10)
#define CSVFILE_COLUMNS_MAX 64
#define CSVFILE_ROWS_MAX    1000000
#define CSVFILE_NAMED_MAX   20 /* bad lines that are named */

struct csvfile {
    struct str text;  /* all fields, NUL after each */
    size_t *offsets;  /* rows × columns into text */
    size_t *lines;    /* line of the file, from 1, for messages */
    size_t row_count; /* without the header */
    size_t columns;
    size_t offset_cap, line_cap;
};

/**
 * csvfile_read - the whole of @path. Text is NFC, surrounding spaces dropped.
 * Return: 0, or -1 and @e: ERR_CSV (ragged row, unbalanced quote, no UTF-8, no rows;
 * the subject names the lines), ERR_LIMIT, ERR_NOT_FOUND.
 */
MUST_CHECK int csvfile_read(const char *path, struct csvfile *out, struct err *e);
void csvfile_clear(struct csvfile *f);
#define AUTO_CSVFILE AUTO(csvfile_clear)

/** csvfile_column - index of the column of that name in the header, -1: none. */
int csvfile_column(const struct csvfile *f, const char *name);
/** csvfile_at - field of a row (from 0) and column. view. @column -1: "". */
const char *csvfile_at(const struct csvfile *f, size_t row, int column);
size_t csvfile_line(const struct csvfile *f, size_t row);

/** csvfile_put - append one field to a line in the making, quoted; texts that a
 * spreadsheet would run as a formula get a leading apostrophe. */
void csvfile_put(struct str *line, const char *text);
/** csvfile_end - end the line (CRLF). */
void csvfile_end(struct str *line);

/** struct csvfile_faults - bad lines, the first CSVFILE_NAMED_MAX named. */
struct csvfile_faults {
    struct str text;
    size_t count;
};
#define CSVFILE_FAULTS_INIT                                                            \
    {                                                                                  \
        .text = STR_INIT(STR_LINE_MAX)                                                 \
    }
void csvfile_fault(struct csvfile_faults *f, size_t line, const char *what);
/** csvfile_refuse - 0 when there were none, else -1 and ERR_CSV naming them. Clears. */
MUST_CHECK int csvfile_refuse(struct csvfile_faults *f, const char *path,
                              struct err *e);

#endif
