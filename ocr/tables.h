/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TABLES_H
#define SOHOA_OCR_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct rules;

/*
 * Ruled tables, from the rules of a page alone. Rules that meet make a group; its rules
 * of one place make the lines of a grid, turned level by their own mean slope (a page
 * is deskewed to a tenth of a degree, which is four pixels over its width). Boxes of
 * the grid without a rule between them are one cell. A side that has no rule of its own
 * ends where the rules that run towards it end.
 *
 * A group that is no plausible table is refused:
 *     frame     a frame around something, or one row or column of boxes
 *     few       less than TABLES_CELLS_LEAST cells
 *     loose     the rules of the grid are not there for the most part
 *     small     boxes for single signs, not for words
 *     odd       cells that are no rectangles
 *     many      more than TABLES_CELLS_MAX boxes
 */
#define TABLES_CELLS_LEAST 4
#define TABLES_CELLS_MAX   4000 /* of a page */

/** The inside of a cell, pixels of the page. */
struct tables_cell {
    int32_t x, y, w, h;
    int row, column; /* of the grid, its upper left box. From 0 */
    int rows, columns;
    bool ink; /* something is written in it: part_divide() finds that */
};

struct tables_table {
    int32_t x, y, w, h;  /* with its outer rules */
    size_t first, count; /* its cells, row by row, from the left */
};

struct tables {
    struct tables_table *p; /* from above. owned */
    size_t count;
    struct tables_cell *cells; /* owned */
    size_t cell_count;
    const char *reason; /* static: found, none, or why the largest group was refused */
};

void tables_clear(struct tables *t);
#define AUTO_TABLES AUTO(tables_clear)

/**
 * tables_find - the tables that @r make.
 * @width, @height: of the page. @out: owned, tables_clear(). Nothing found is success.
 */
void tables_find(const struct rules *r, int width, int height, struct tables *out);

#endif
