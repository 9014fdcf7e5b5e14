/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_RULES_H
#define SOHOA_OCR_RULES_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;

/*
 * Rules of a page: long thin straight lines that lie level or stand upright. Layout
 * takes them for letters ("|Nam", "___"), so they are painted over before reading.
 * Lengths are pixels of about 170 dpi (PREP_DPI): 80 are 12 mm.
 *
 * Method: leptonica morphology on black and white. Runs of RULES_RUN are kept, gaps of
 * RULES_GAP between them closed; what is then RULES_LENGTH long is a rule, also what is
 * shorter and goes from one long rule to another, unless its mean thickness is above
 * RULES_THICK (the dark edge of a scan, a bar, a photograph) or it is bent or lies
 * askew (a seal, a signature).
 */
#define RULES_RUN         35
#define RULES_RUN_UPRIGHT 25 /* a row of a table is lower than a column is wide */
#define RULES_GAP         25
#define RULES_GAP_UPRIGHT 15 /* less than between the stems of two lines */
#define RULES_LENGTH      80
#define RULES_THICK       7
#define RULES_RUNS_MAX    1000 /* in either direction; with more it is a picture */

/** One rule, or a piece of one. */
struct rules_line {
    int32_t x, y, w, h; /* what it covers */
    double from, to;    /* where it lies at its beginning and its end: y of a level
                         * rule at the left and right, x of an upright at top, bottom */
};

struct rules {
    struct rules_line *level, *upright; /* owned */
    size_t level_count, upright_count;
    struct Pix *level_mask, *upright_mask; /* their ink and other long runs, 1 bit, of
                                            * the page's size. owned */
};

void rules_clear(struct rules *r);
#define AUTO_RULES AUTO(rules_clear)

/**
 * rules_find - the rules of a page.
 * @pix: borrowed, 8-bit grey, deskewed, about PREP_DPI. @ground: its grey level.
 * @out: owned, rules_clear(). Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int rules_find(struct Pix *pix, int ground, struct rules *out,
                          struct err *e);

/**
 * rules_erase - the page without its rules.
 * A rule is painted over with @ground wherever it is no thicker than a rule; where a
 * letter crosses or touches it, it stays: a letter is never cut.
 * @out: owned, pixDestroy(). Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int rules_erase(struct Pix *pix, const struct rules *r, int ground,
                           struct Pix **out, struct err *e);

#endif
