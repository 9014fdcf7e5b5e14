/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_BEHIND_H
#define SOHOA_OCR_BEHIND_H

#include <stdbool.h>

#include "node/base/auto.h"
#include "ocr/dark.h"

struct err;

/*
 * How the other side of a sheet lies behind a page: where what shines through comes
 * from. Lengths in millimetres from the top left corner of each picture; the other side
 * is seen as through the sheet, mirrored left to right.
 *
 * Only the paper between the page's own letters is looked at: there the page must be
 * darker where the other side has ink. First the whole page at about 21 dpi, every turn
 * and every shift in turn; then tiles at about 85 dpi, each by itself, near what was
 * found. The back of another sheet also has a best shift for each tile, but those
 * shifts do not belong together: tiles must agree on one affine map.
 *
 * Cannot find: sides that lie more than BEHIND_MOVE_MM apart once their middles are
 * laid on each other, turned by more than BEHIND_TURN_DEG against each other, scanned
 * upside down, or of wrongly stated resolution.
 */
#define BEHIND_MOVE_MM  15.0
#define BEHIND_TURN_DEG 6.6

struct behind {
    double m[6]; /* x' = m0 + m1 x + m2 y, y' = m3 + m4 x + m5 y */
    int cols, rows;
    double tile_mm;
    float *local; /* owned: x, y to add before the map, at the middle of each tile */
    int tiles;    /* that could tell */
    int agreed;   /* of them */
};

/**
 * behind_find - @ink: of @front, as dark_ink() gives it.
 * @out: owned, behind_clear(); its counts are set in any case.
 * Return: 1 found, 0 the sides do not belong together, nothing shines through or there
 * is too little on them; -1 and @e: ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK int behind_find(const struct dark *front, const unsigned char *ink,
                           const struct dark *other, struct behind *out, struct err *e);

/**
 * behind_take - the other side laid behind the page.
 * Return: owned, mem_free(): darkness for each pixel of @front, 0 where there is
 * nothing; NULL and @e: ERR_MEMORY.
 */
unsigned char *behind_take(const struct behind *b, const struct dark *front,
                           const struct dark *other, struct err *e);

void behind_clear(struct behind *b);
#define AUTO_BEHIND AUTO(behind_clear)

#endif
