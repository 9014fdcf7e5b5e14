/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_NOISE_H
#define SOHOA_OCR_NOISE_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct alts;
struct err;
struct result;

/*
 * Marks that recognition took for words: specks, remains of rules, pieces of seals and
 * signatures. Only words of signs or letters that recognition was not sure of, and
 * whose box no such sign or letter can have beside the text around (H: the median
 * height of words with two letters or digits near by):
 *
 *   specks     signs below NOISE_SPECK of H in both directions that stand apart
 *   misfits    a bracket, a bar or a letter lower than NOISE_LOW of H
 *   rules      dashes and underscores lower than NOISE_FLAT of H and longer than H
 *   large      signs higher than NOISE_LARGE of H; a letter, when it stands apart; two
 *              letters or more from NOISE_HUGE on, or when they are below NOISE_FLAT
 *
 * Never touched: anything with a digit, single dashes and other
 * marks of lists, rows of dots, signs beside a word, and pages with too few words to
 * tell what is usual. What goes is counted (steps "noise"); the ink stays in the
 * picture.
 */
#define NOISE_SURE        60 /* signs read with more confidence stay */
#define NOISE_SURE_LARGE  80 /* the same of signs that are too large */
#define NOISE_SURE_LETTER 50 /* the same of letters */
#define NOISE_SURE_WORD   45 /* the same of two letters or more */
#define NOISE_SURE_QUOTE  40 /* the same of quotes: a ditto mark stands apart */
#define NOISE_SPECK       0.5
#define NOISE_LOW         0.4
#define NOISE_FLAT        0.35
#define NOISE_LARGE       1.8
#define NOISE_HUGE        2.2
#define NOISE_APART       0.6 /* of H, to the next word of the line on either side */
#define NOISE_NEAR        20  /* words before and after tell what is usual */
#define NOISE_WORDS_MIN   5   /* of them, at least */

/** noise_find - @drop: one a word, set to true for marks. Return: how many there are.
 */
size_t noise_find(const struct result *r, bool *drop);

/**
 * noise_remove - take the marks out.
 * @r: changed in place; it must have no choices yet. @alts: of the same words, kept in
 *     step; NULL: there are none.
 * @count: how many went. Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int noise_remove(struct result *r, struct alts *alts, size_t *count,
                            struct err *e);

#endif
