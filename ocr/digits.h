/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DIGITS_H
#define SOHOA_OCR_DIGITS_H

#include <stddef.h>

struct result;

/*
 * Numbers that cannot stand as they were read, by what stands beside them, by the row
 * they are in and by their boxes. Recognition reads such numbers twice the same, for
 * both readings err alike: they are cut in two, run together with a word, lost, or a
 * letter or sign stands in their place. Nothing is changed (ocr/doubt.h).
 *
 *   cut-number        one number in two words: "22/1 1/2019", "02/2017/TT- VPCP" on one
 *                     line, nearer to each other than words are
 *   lost-number       "ngày 07 tháng năm 2017": no number where one must be
 *   odd-sign          signs that no number has: "12.%5", "§5", "12,,5", "/7"
 *   digit-letter-mix  run together with a word ("Số251", "Số:106"), or a letter in the
 *                     place of a digit or the other way round ("Điều I.", "tháng ồ
 *                     năm", "377/0Đ-BGDĐT")
 *   out-of-row        1. 2. 8. 4.: both neighbours go on, it does not
 *   odd-width         its digits are far narrower or wider than the page's
 */
#define DIGITS_CUT_GAP   0.4  /* words nearer than that part of their height */
#define DIGITS_CODE_GAP  1.0  /* the same behind a stroke: "TT- VPCP" */
#define DIGITS_WIDTH_MIN 0.62 /* of the usual width of a digit of that height */
#define DIGITS_WIDTH_MAX 1.5
#define DIGITS_HEIGHT    1.2 /* a number that much higher or lower is another size */
#define DIGITS_WIDTHS_MIN                                                              \
    6 /* numbers that tell what is usual; fewer: nothing is said */

/** digits_find - @why: one a word; set to a static keyword where there is a doubt, else
 * left as it is. Boxes of 0 by 0 tell nothing. */
void digits_find(const struct result *r, const char **why);

#endif
