/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TWINS_H
#define SOHOA_OCR_TWINS_H

#include <stddef.h>

#include "node/base/auto.h"

struct alts;
struct err;
struct result;

/*
 * Letters that print the same. Recognition knows the signs of many scripts and gives
 * one for the other; the ink says nothing about which it was.
 *
 * Letters (twins_letters): Eth (U+00D0) is Đ (U+0110), the strokes of fractions and of
 * division (U+2044, U+2215) are "/", and Đ given under both numbers in a row is one.
 * Letters of Cyrillic or Greek that print as Latin ones become these where all other
 * letters of the word are Latin. That is another number for the same letter: the
 * confidence stays, and the readings that are compared later meet on one form.
 *
 * Digits (twins_digits): l, I and | for 1, O and o for 0, and 0 for the Q of QĐ, only
 * where the shape of the whole word leaves nothing else: a number before a stroke and a
 * year or a known kind's abbreviation ("l2/2019", "O5/QĐ-UBND", "7/0Đ-TTg"), a whole
 * date that the calendar has ("l5/9/2019"), a year ("2O19"). What was read is kept as
 * the word's other reading, and the confidence becomes SECOND_DIFFER at most, so that a
 * person looks at it. Everything else stays as it was read (ocr/doubt.h flags it).
 */

/**
 * twins_letters - bring letters to one form.
 * @r: changed in place; boxes and confidences stay. @alts: of the same words, kept in
 *     step; NULL: there are none.
 * @count: words changed. Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int twins_letters(struct result *r, struct alts *alts, size_t *count,
                             struct err *e);

/** twins_digits - the same for letters that stand for digits; after all other readings,
 * for it lowers confidences. Return: 0, or -1 and @e: ERR_LIMIT. */
MUST_CHECK int twins_digits(struct result *r, size_t *count, struct err *e);

#endif
