/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_DOUBT_H
#define SOHOA_OCR_DOUBT_H

#include <stddef.h>

#include "node/base/auto.h"

struct result;

/*
 * Words a person should look at. Nothing is changed: a doubt is a flag beside the word,
 * found again at any time from what is stored (text, confidences, choices).
 *
 * Reasons (English keywords, translated by who shows them), the first that holds:
 *   two-readings      a number read twice and not twice the same, or not read twice
 *   low-confidence    recognition itself was unsure
 *   implausible-date  a date no calendar has (31/02/2019, ngày 32)
 *   digit-letter-mix  digits and letters in one word, where neither a number's suffix
 *                     (12a, 22bis) nor a notation would have them; words run together
 *   unknown-notation  behind a number stands no kind's abbreviation (16/NO-HĐND)
 *   foreign-letter    a letter that no language of the country is written with
 *   no-syllable       Vietnamese letters in an order that Vietnamese does not have
 * and of numbers what ocr/digits.h finds: cut-number, lost-number, odd-sign,
 * digit-letter-mix, out-of-row, odd-width.
 *
 * Ê Đê, M'nông, Gia Rai, K'ho and other names are written by rules of their own (Y Blô
 * Niê, H'Nuen, Krông Nô, M'Drắk, Đắk R'lấp, Kpă, Bŭk): nothing with a sign inside, with
 * a breve beyond Vietnamese, with a beginning or an end that Vietnamese does not have,
 * or with a capital beside such a word is ever called no syllable.
 */

#define DOUBT_NUMBER 51 /* numbers read with less confidence (ocr/second.h) */
#define DOUBT_WORD   40 /* other words */
#define DOUBT_SHORT  60 /* words of one to three letters: the least to be sure by */

struct doubt {
    size_t word;        /* its number, rising */
    const char *reason; /* static keyword */
};

struct doubts {
    struct doubt *p; /* owned */
    size_t count, cap;
};

/** doubt_find - the doubtful words of a page. @out: doubt_clear(). */
void doubt_find(const struct result *r, struct doubts *out);

void doubt_clear(struct doubts *d);
#define AUTO_DOUBTS AUTO(doubt_clear)

/** doubt_reason - of the word with that number; NULL: none. static */
const char *doubt_reason(const struct doubts *d, size_t word);

#endif
