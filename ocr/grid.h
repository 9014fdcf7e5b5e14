/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_GRID_H
#define SOHOA_OCR_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct jdoc;
struct result;
struct tables;

/*
 * The ruled tables of a page as they were read (ocr/tables.h finds them): every cell
 * with its place and the words in it. No word stands here: a cell names words of the
 * result by number, so that what is kept of a table tells nothing without the text of
 * its page, and goes wherever the text may not be shown.
 *
 * What a cell says, and what the columns are called, is found from this at any time
 * (ocr/entries.h).
 */
#define GRID_CELLS_MAX 4000                /* of a page */
#define GRID_SIDE_MAX  200                 /* rows, and columns, of a table */
#define GRID_BYTES_MAX ((size_t)512 << 10) /* of a page, as JSON */

struct grid_cell {
    int32_t x, y, w, h;  /* its inside; pixels as those of the words */
    int row, column;     /* its upper left one, from 0 */
    int rows, columns;   /* that it spans, 1 and more */
    bool ink;            /* something is written in it, read or not */
    size_t first, count; /* its words: grid.words[first] and on, in order of the text */
};

struct grid_table {
    int32_t x, y, w, h;  /* with its outer rules */
    int rows, columns;   /* 1 to GRID_SIDE_MAX */
    size_t first, count; /* its cells, row by row, from the left */
};

struct grid {
    struct grid_table *p; /* in order of reading. owned */
    size_t count;
    struct grid_cell *cells; /* of all tables. owned */
    size_t cell_count;
    size_t *words; /* numbers of words of the result. owned */
    size_t word_count;
};

void grid_clear(struct grid *g);
#define AUTO_GRID AUTO(grid_clear)

/**
 * grid_take - the tables of @r's page, with its words.
 * @tables: borrowed; in pixels of @r's words. A word is in the cell in which its middle
 *       lies.
 * @r: its grid, that was empty, is set.
 */
void grid_take(const struct tables *tables, struct result *r);

/** grid_again - the words of @r have changed their number or their places, the cells
 * have not: each word to its cell anew. */
void grid_again(struct result *r);

/**
 * grid_append - tables of @more come after those of @g.
 * @words: of @g's page, before those of @more were appended. A table that is beyond
 * GRID_CELLS_MAX is left out with all after it. @more: taken; empty afterwards.
 */
void grid_append(struct grid *g, struct grid *more, size_t words);

/** grid_check - all that is said above holds for @r's grid, boxes are on the page, and
 * no word is in two cells. Return: 0, or -1 and @e: ERR_WORKER_PROTOCOL. */
MUST_CHECK int grid_check(const struct result *r, struct err *e);

/**
 * grid_to_jdoc - an array of tables, as a message and to be stored. owned, jdoc_free().
 *
 *      {"x":…,"y":…,"w":…,"h":…,"cells":[[row,column,rows,columns,x,y,w,h,ink,
 *        first word,how many, first word,how many …],…]}
 */
struct jdoc *grid_to_jdoc(const struct grid *g);

/**
 * grid_from_jdoc - the same back, into @r, whose words are there. @r: its grid, that
 * was empty, is set. Return: 0, or -1 and @e: ERR_WORKER_PROTOCOL; then it stays empty.
 */
MUST_CHECK int grid_from_jdoc(const struct jdoc *j, struct result *r, struct err *e);

#endif
