/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SECRECY_H
#define SOHOA_OCR_SECRECY_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct result;

/*
 * Does a secrecy stamp stand on the page? Law keeps state secrets off every machine
 * that is or was on a network, so such a page is held before its text is stored. A
 * stamp that is missed is the danger; a page held in vain costs a clerk one click.
 *
 * Looked for: the three grades MẬT, TỐI MẬT, TUYỆT MẬT, in capitals, alone on a line or
 * set apart from the rest of a line by a gap, as recognition may spell them: without
 * marks (MAT, TUYỆT MAT), with other marks (TÓI MẬT), letters apart (M Ậ T), digits for
 * letters (T0I MẬT), one or two letters of the longer grades wrong. A single "Mật" with
 * a capital counts only when nothing else is on its line.
 *
 * Not a stamp: the word in a sentence (bí mật), and MẶT (with breve) when it was read
 * with a confidence of at least SECRECY_SURE: another word, a usual heading.
 *
 * Cannot see: a stamp recognition gave no word for: ocr/stamps.h looks for those.
 */

#define SECRECY_SURE 85

enum secrecy_grade {
    SECRECY_NONE,
    SECRECY_MAT,
    SECRECY_TOI_MAT,
    SECRECY_TUYET_MAT,
};

struct secrecy_mark {
    enum secrecy_grade grade;
    int32_t x, y, w, h; /* box of its words, pixels of the page */
    int confidence;     /* lowest of its words */
};

/**
 * secrecy_find - the highest grade that stands on the page.
 * @r:   borrowed.
 * @out: set when found. NULL: not wanted.
 * Return: true when a stamp word stands there.
 */
MUST_CHECK bool secrecy_find(const struct result *r, struct secrecy_mark *out);

/**
 * secrecy_framed - the grade of words that stand alone in a frame or in red ink
 * (ocr/stamps.h). There the word is expected, so more ways of reading it badly count
 * (MAI, HAT, TOl MÂT), with any marks and in any case; the lines of @r are tried one by
 * one and all together.
 * @r: borrowed: nothing but what stands in the frame.
 */
enum secrecy_grade secrecy_framed(const struct result *r);

#endif
