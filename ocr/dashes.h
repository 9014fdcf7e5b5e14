/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DASHES_H
#define SOHOA_OCR_DASHES_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct result;

/*
 * Rows of dashes, as a typewriter sets them under a title: DASHES_LEAST or more flat
 * marks of one length and at one pitch, with nothing above or below them. Recognition
 * reads such a row as anything ("_——", "=—=") and draws the line beside it along, so
 * the row is painted over before, and is put into the text afterwards as one word, a
 * hyphen for each mark that was seen.
 *
 * Method: what becomes a flat bar when gaps are closed is looked at mark by mark. One
 * mark that is higher, or that lies askew, or two rows one above the other ("="), and
 * nothing is touched.
 */
#define DASHES_LEAST      5
#define DASHES_MAX        40 /* rows of a page */
#define DASHES_CONFIDENCE 90 /* of the word: it was counted, not recognized */

struct dashes_row {
    int32_t x, y, w, h; /* pixels */
    int count;          /* of marks */
};

struct dashes {
    struct dashes_row rows[DASHES_MAX];
    size_t count;
};

/**
 * dashes_find - the rows of dashes of a page.
 * @pix: borrowed, 8-bit grey, deskewed, about PREP_DPI. @ground: its grey level.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int dashes_find(struct Pix *pix, int ground, struct dashes *out,
                           struct err *e);

/**
 * dashes_erase - the page without them. @out: owned, pixDestroy().
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int dashes_erase(struct Pix *pix, const struct dashes *d, int ground,
                            struct Pix **out, struct err *e);

/**
 * dashes_put - as words into @r, each as a line of its own below the line it stands
 * under; boxes in pixels of the picture they were found in, as those of @r.
 * Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int dashes_put(const struct dashes *d, struct result *r, struct err *e);

#endif
