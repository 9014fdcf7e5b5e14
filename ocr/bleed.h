/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_BLEED_H
#define SOHOA_OCR_BLEED_H

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * What shines through from the other side of the sheet, taken off when that side was
 * scanned as well.
 *
 * Light passes ink on both sides one after the other: page = paper × (1 - own ink) ×
 * (1 - k × ink behind). Where the other side lies is found by behind.h; how much of it
 * comes through (k) by regression over the paper between the page's own letters, for
 * the whole page and, where there is enough of it, for each place; how far paper blurs
 * it by trying. Then the page is divided by what the ink behind leaves of the light.
 * What the page itself leaves on the scan of its back is taken off that first, both
 * ways at once, so that no letter of the page thins itself out. Nothing is darkened:
 * where no ink lies behind, the page stays as it is.
 * After Moghaddam and Cheriet, Low quality document image modeling and enhancement
 * (2009), and Sharma, Show-through cancellation in scans of duplex printed documents
 * (2001), with one number for the blur in place of an adaptive filter.
 */
#define BLEED_LEAST 0.03 /* of the ink behind: less is not worth it */
#define BLEED_MOST  0.70 /* more is no paper */

struct bleed_found {
    const char *reason; /* static: removed, no-match, other-words (the same form,
                         * another sheet), nothing-through, too-large */
    double through;     /* k, 0 to 1 */
    int tiles, agreed;  /* pieces of the page that could tell where the back lies, and
                         * those that say the same */
};

/**
 * bleed_remove - @pix: borrowed, 8-bit grey, as scanned, 100 to 300 dpi.
 * @verso: borrowed, the other side in the same form, as scanned, not mirrored.
 * @out: owned, pixDestroy(): of the size of @pix; NULL: refused, @how says why.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int bleed_remove(struct Pix *pix, int dpi, struct Pix *verso, int verso_dpi,
                            struct Pix **out, struct bleed_found *how, struct err *e);

#endif
