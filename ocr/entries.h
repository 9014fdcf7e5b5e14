/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_ENTRIES_H
#define SOHOA_OCR_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct doubts;
struct grid_cell;
struct grid_table;
struct result;

/*
 * What a table of a page says: the text of each cell with its doubt, what the columns
 * are called, and which rows are entries. Found anew each time from what is stored
 * (ocr/grid.h and the words), as doubts are (ocr/doubt.h).
 *
 * The first rows are headings when every column has words without a digit there, and
 * either a row of numbers or letters stands below, (1) (2) (3), or some column has
 * numbers in most of the rows that follow. A cell of the first row that is two rows
 * high makes the heading two rows high; the name of a column is then what stands above
 * it, from above: "Cha / Họ tên". When one of this does not hold there is no heading,
 * columns have no name and every row is an entry.
 *
 * A cell with ink in which nothing was read, or in which recognition was as unsure as
 * it is of handwriting (FORM_SURE_HAND), gives no text but a strip: its box,
 * in which a person finds what is to be keyed in. An empty cell is none. A number whose
 * two readings differ (ocr/second.h) is doubtful and stays. An entry's cell that spans
 * rows or columns is doubtful, "merged": a rule may have been lost.
 */
#define ENTRIES_HEAD_MAX 4     /* rows of a heading */
#define ENTRIES_UNDER    " / " /* between the names above a column */
#define ENTRIES_NAME_MAX 120   /* bytes of a column's name; a longer one is none */

struct entries_cell {
    const struct grid_cell *at; /* kept */
    char *text;                 /* "" with a strip and in an empty cell. owned */
    int confidence;             /* mean of its words, 0 to 100; 0: none */
    bool strip;
    const char *reason; /* why it is doubtful, as those of fields; "": it is not */
};

struct entries {
    const struct grid_table *table; /* kept */
    struct entries_cell *cells;     /* those of the table, in its order. owned */
    const struct entries_cell **of; /* of each row and column, see below. owned */
    int head;                       /* rows that are heading; 0: none is sure */
    char **names;                   /* of the columns; "": none. owned */
};

/**
 * entries_read - table @n of @r. @d: its doubts (doubt_find).
 * @r: kept. @out: entries_clear().
 */
void entries_read(const struct result *r, const struct doubts *d, size_t n,
                  struct entries *out);
void entries_clear(struct entries *t);
#define AUTO_ENTRIES AUTO(entries_clear)

/** entries_at - the cell that covers row and column; NULL: none does. */
const struct entries_cell *entries_at(const struct entries *t, int row, int column);

#endif
