/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_ORIENT_H
#define SOHOA_OCR_ORIENT_H

#include <stdbool.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct tess;

/*
 * Pages that lie on a side or on their head. Two looks: a cheap one at every page,
 * which only ever says "upright" by itself, and a proof by reading, for pages that seem
 * turned or that read badly.
 */
#define ORIENT_LEVEL 2.0 /* line profiles across against along: lines are level */
#define ORIENT_ERECT 0.4 /* ... below: they stand */
#define ORIENT_UP    6.0 /* deviations by which ascenders outnumber descenders */
#define ORIENT_READ  24  /* letters that must be read well */
#define ORIENT_BEST  2   /* times as many as turned any other way */
#define ORIENT_GOOD  75  /* confidence of a word that is read well */

enum orient_turns { /* a set of quarter turns, clockwise */
                    ORIENT_0 = 1,
                    ORIENT_90 = 2,
                    ORIENT_180 = 4,
                    ORIENT_270 = 8,
                    ORIENT_ALL = 15,
};

struct orient_seen {
    unsigned turns;     /* those that would make it upright: more than one, unsure */
    double level;       /* profiles of lines, level against upright */
    double up;          /* ascenders against descenders, in deviations */
    const char *reason; /* static: upright, head-down, on-side, unclear, blank */
};

/**
 * orient_look - which way up does it seem to be? 8 ms of a page.
 * @pix: borrowed, 8-bit grey, 100 to 300 dpi, even ground. @threshold: darker is ink.
 * Method: differential square sums of the profiles, level against upright (as leptonica
 * skew.c), for lines; leptonica flipdetect.c, pixUpDownDetect, for up and down: marks
 * above letters outnumber those below in Vietnamese as ascenders do in English.
 * Return: 0, or -1 and @e: ERR_MEMORY.
 */
MUST_CHECK int orient_look(struct Pix *pix, int threshold, struct orient_seen *out,
                           struct err *e);

/**
 * orient_prove - turn it as it reads best, if that is clear.
 * A strip of the densest lines is read each way of @turns.
 * @quarters: set to the clockwise quarter turns to do; 0 also when nothing is clear.
 * @letters: of each way, how many were read well; others 0.
 * Return: 0, or -1 and @e: ERR_MEMORY, ERR_OCR_FAILED, ERR_LIMIT.
 */
MUST_CHECK int orient_prove(struct tess *t, struct Pix *pix, int dpi, int threshold,
                            unsigned turns, int *quarters, int letters[4],
                            struct err *e);

/** orient_turn - @out: owned, pixDestroy(). Return: 0, or -1 and @e: ERR_MEMORY. */
MUST_CHECK int orient_turn(struct Pix *pix, int quarters, struct Pix **out,
                           struct err *e);

#endif
