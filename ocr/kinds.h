/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_KINDS_H
#define SOHOA_OCR_KINDS_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

/*
 * Words that stand in the head of administrative documents: kinds with their
 * abbreviations (Decree 30/2020, Appendix III; legal texts; papers of the Party), first
 * words of an agency's name, levels of administrative units. Asked with folded text
 * (utf8_fold, letters and digits only). Names of units are not in here and never
 * judged.
 */

struct kinds_kind {
    const char *name; /* "QUYẾT ĐỊNH" */
    const char *fold; /* "quyet dinh" */
    const char *code; /* "QĐ"; NULL: has none in a notation */
};

enum kinds_match { KINDS_NO, KINDS_LOOSE, KINDS_EXACT };

/**
 * kinds_find - the kind at the beginning of @fold.
 * @rest: NULL, or set to where the text behind the kind begins (view; "" when the whole
 *        line is the kind). NULL: only whole lines count.
 * KINDS_LOOSE: one letter of seven or more, two of ten or more are wrong; whole lines
 * only.
 */
MUST_CHECK enum kinds_match kinds_find(const char *fold, const struct kinds_kind **kind,
                                       const char **rest);

/** kinds_by_code - kind of "QĐ", "TTr"; folded comparison. NULL: none, or two kinds. */
const struct kinds_kind *kinds_by_code(const char *code);

/** kinds_letter - the kind of an official letter, which has no abbreviation. */
const struct kinds_kind *kinds_letter(void);

/** kinds_is_agency - does an agency's name begin here (UBND, SỞ, PHÒNG, ĐẢNG BỘ …)? */
bool kinds_is_agency(const char *fold);

/** kinds_level - 0 none, 1 province, 2 district, 3 commune: level word at the start. */
int kinds_level(const char *fold);

/**
 * kinds_marks - can the marks be right? False when a phrase that is spelled alike
 * everywhere (ỦY BAN NHÂN DÂN, sửa đổi, bổ sung …) bears other marks, or a syllable
 * bears none where one must be (quyêt). Names of units are not judged: only what is in
 * the table, and letters only Vietnamese has.
 */
bool kinds_marks(const char *text, bool name);

#endif
