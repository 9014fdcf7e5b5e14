/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SECOND_H
#define SOHOA_OCR_SECOND_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct result;
struct tess;

/*
 * A second reading of doubtful words. The same piece of a line at another scale is an
 * independent look at the same ink: where the two disagree, the surer one is right more
 * often than not, above all about the marks on vowels. Only doubtful words and their
 * neighbours are read again, about a fifth of a page, so the price is a part of one
 * reading.
 *
 * Numbers (words with a digit, and notations as QĐ-UBND) are all read twice, however
 * sure the first reading was, and never replaced: one is trusted only when both
 * readings are the same, signs at its ends aside: alone, or else with a neighbour on
 * either side, or else in the same two ways at a third scale. Small pieces lose strokes
 * ("23/42018") and run into what stands beside them ("ngày23/4/2018của"): where all
 * letters and digits are the same and the first reading is a whole date or notation, or
 * the second has the number between the same neighbours, it was read the same. Else the
 * first stays and its confidence is at most SECOND_DIFFER, so
 * that a person looks at it (ocr/doubt.h).
 */
#define SECOND_BELOW     80 /* a word below makes its line doubtful */
#define SECOND_DIFFER    50 /* a number read in two ways is not surer than this */
#define SECOND_NUMBER    39 /* nor a word that is a number in the other reading */
#define SECOND_FACTOR    0.88
#define SECOND_LARGER    1.15 /* for numbers that were not read the same at the first */
#define SECOND_SPANS_MAX 600

/**
 * second_reading - read doubtful words of @r again and take what is surer.
 * @pix: borrowed; the picture that @r's boxes lie on. @dpi: of it.
 * @settled: one a word, or NULL; those that are true stay as they are.
 * @r: changed in place; its boxes stay, its text is made anew.
 * Return: 0, or -1 and @e: ERR_OCR_FAILED, ERR_LIMIT, ERR_MEMORY.
 */
MUST_CHECK int second_reading(struct tess *t, struct Pix *pix, int dpi,
                              const bool *settled, struct result *r, struct err *e);

/** second_is_number - a word that is to be read twice. */
bool second_is_number(const char *text, size_t len);

/** second_distrust - nothing was read twice: no number of the page is trusted. */
void second_distrust(struct result *r);

#endif
