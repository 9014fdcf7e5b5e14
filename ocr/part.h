/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PART_H
#define SOHOA_OCR_PART_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct tables;
struct tess_area;

/*
 * A page with tables, divided into areas to be read one by one, in reading order: what
 * stands above a table, what stands left of it, its cells row by row, what stands right
 * of it, what stands below. An area without ink is left out, so that nothing is read
 * where nothing is; the others end PART_PAD around their ink. Each row of a table is
 * one block. A page whose lines run up or down is not divided: only layout of the whole
 * page knows how to read it.
 */
#define PART_PAD 8

/**
 * part_divide - the areas of a page.
 * @pix: borrowed, 8-bit grey, without its rules (ocr/rules.h). @ground: its grey level.
 * @tables: borrowed; in its cells the ink is noted.
 * @areas: owned, mem_free(). @count: 0: the page is to be read whole, there are no
 *       tables or its lines do not run level.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int part_divide(struct Pix *pix, int ground, struct tables *tables,
                           struct tess_area **areas, size_t *count, struct err *e);

#endif
