/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_CHOICE_H
#define SOHOA_OCR_CHOICE_H

#include <stdbool.h>

#include "node/base/auto.h"

struct alts;
struct err;
struct result;

/*
 * Choosing among Tesseract's own alternatives. Recognition of Vietnamese errs most in
 * the marks on vowels (đỗi for đổi, quyên for quyền), and nearly always Tesseract had
 * the right letter as well. A word here is read again from what it had: only letters
 * that differ by marks, only syllables that Vietnamese text has, the best path through
 * the page by the ratings of the letters and by which syllable follows which
 * (ocr/ngram.h). Nothing is made up: every letter taken is one that Tesseract offered
 * in that place, and a syllable is taken only beside one that text has it beside.
 *
 * Never touched: anything with a digit or another sign inside, single capital letters
 * (Y, H), words that are no syllables (UBND, Krông), names: pairs that the list of
 * places has, and what follows a surname. One exception: the most frequent surnames
 * with other marks (Nguyên Văn A) where a name begins, two words with capitals or more,
 * one after "ông" or "bà": there the surname is taken when Tesseract had it and the
 * text has nothing else in that place (nguyên tắc). Words with capitals beside others
 * need a far clearer margin. Where a better path is refused for this reason, or is not
 * clear enough, the reading stays and the other one is noted.
 *
 * Figures: 1/16 nat, as in ocr/ngram.h.
 */
#define CHOICE_COST_MOST   40  /* rating units by which a word may be less well seen */
#define CHOICE_INK_PERCENT 25  /* weight of a unit of rating, of a nat */
#define CHOICE_MARGIN      40  /* change a word when the page gains so much */
#define CHOICE_MARGIN_NAME 80  /* the same beside another word with a capital */
#define CHOICE_SURNAME     128 /* what a surname gains where a name begins */
#define CHOICE_DOUBT       16  /* note another reading that is so near */

/**
 * choice_make - take the more probable readings.
 * @r: changed in place: text and choices; boxes and confidences stay. It must have no
 *     choices yet. @alts: borrowed, of the same words.
 * @settled: one a word, or NULL: set to true where the text of the neighbours speaks
 *     clearly for the reading that now stands.
 * Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int choice_make(struct result *r, const struct alts *alts, bool *settled,
                           struct err *e);

#endif
