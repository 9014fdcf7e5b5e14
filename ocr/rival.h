/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_RIVAL_H
#define SOHOA_OCR_RIVAL_H

#include <stddef.h>

struct alts;
struct result;

/*
 * Digits that had a near rival. A digit can be misread in the same way at every scale,
 * and surely (22/7/1996 as 22/1/1996); what betrays it is the runner-up that
 * recognition had in that place. The same for a letter of a notation (HDND for HĐND),
 * and for a number that was read as a short word ("T;" for "7;", "Bì" for "3.").
 * Nothing is changed: the other reading is noted, and the confidence lowered, so that a
 * person looks at it (ocr/doubt.h).
 *
 *   a number or notation: one of its digits might have been another digit at
 *       RIVAL_DIGIT, or one of its signs its twin at RIVAL_TWIN: 7 for 1, Đ for D, Q
 * for O. A printed 1 hardly ever offers a 7 unless it is one. a word of at most
 * RIVAL_LETTERS letters: each might have been a digit at RIVAL_EACH, or one of at most
 * two at RIVAL_LETTER; l and I for 1 say nothing.
 *
 * Costs as in ocr/alts.h, found on 5,000 numbers of made pages: right ones below them
 * are one in two hundred.
 */
#define RIVAL_DIGIT     120
#define RIVAL_TWIN      400
#define RIVAL_LETTERS   3
#define RIVAL_EACH      420
#define RIVAL_LETTER    100
#define RIVAL_WORD_SURE 39 /* a word that might be a number is not surer than this */

/** rival_find - after all other readings. @alts: borrowed, of the same words, their
 * signs as they were read first. @r: confidences and notes are changed in place; a word
 * that has another reading already keeps that one. Return: how many words. */
size_t rival_find(struct result *r, const struct alts *alts);

#endif
