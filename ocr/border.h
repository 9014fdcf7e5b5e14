/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_BORDER_H
#define SOHOA_OCR_BORDER_H

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * What is dark at the edges of a scan and no writing: the black that a scanner adds
 * around a sheet, what lies behind it, punch holes. Recognition sees letters in it, and
 * layout takes it for frames.
 *
 * Method: at a quarter of the size, only where at least three of four pixels are dark,
 * twice over, so strokes are gone. What is left and hangs together with the picture's
 * edge is a strip, unless it reaches further in than BORDER_DEEP_MM or is as small as a
 * letter; a round spot of a punch's size near an edge is a hole. Each is painted over
 * with the ground's level unless ink comes too near.
 */
#define BORDER_DEEP_MM  16.0 /* from the nearest edge of the picture */
#define BORDER_LONG_MM  12.0 /* a strip is at least so long */
#define BORDER_HOLE_MIN 4.0  /* mm across */
#define BORDER_HOLE_MAX 9.0
#define BORDER_HOLE_IN  22.0 /* mm from the picture's edge to the hole's far side */
#define BORDER_NEAR     0.12 /* of what runs along a spot: so much ink is text */

struct border_found {
    int strips, holes;  /* painted over */
    int refused;        /* strips and holes that were left: text is near, or too deep */
    const char *reason; /* static: painted, clear, refused */
};

/**
 * border_clean - paint over strips and holes.
 * @pix: borrowed, 8-bit grey, ground even. @dpi: 100 to 300. @ground: its level.
 * @out: owned, pixDestroy(), of the same size; NULL when there is nothing to paint.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int border_clean(struct Pix *pix, int dpi, int ground, struct Pix **out,
                            struct border_found *how, struct err *e);

#endif
