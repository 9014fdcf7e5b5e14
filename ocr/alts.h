/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_ALTS_H
#define SOHOA_OCR_ALTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

/*
 * What Tesseract itself had instead of each sign it read (lstm_choice_mode 2): the
 * signs of a word one by one, each with others and what they cost. Costs are
 * differences of Tesseract's ratings to the sign that was read, in 1/16; negative when
 * the search preferred the other on its own but not in its word.
 */
#define ALTS_UNIT       16
#define ALTS_OTHERS_MAX ((size_t)1 << 20) /* of a page; what comes after has none */

struct alts_other {
    unsigned cp;
    int cost;
};

struct alts_sign {
    unsigned cp;  /* as read */
    size_t first; /* in others */
    size_t count;
};

struct alts_word {
    size_t first; /* in signs */
    size_t count; /* 0: nothing is known of this word */
};

struct alts {
    struct alts_word *words; /* owned; as many as the result has */
    struct alts_sign *signs;
    struct alts_other *others;
    size_t word_count, word_cap, sign_count, sign_cap, other_count, other_cap;
};

void alts_clear(struct alts *a);
#define AUTO_ALTS AUTO(alts_clear)

/** alts_add_word - the next word, without signs yet. */
void alts_add_word(struct alts *a);
/** alts_add_sign - the next sign of the last word. */
void alts_add_sign(struct alts *a, unsigned cp);
/** alts_add_other - one more of what the last sign might have been. */
void alts_add_other(struct alts *a, unsigned cp, int cost);
/** alts_remove - words with @drop, one a word, are none any longer. */
void alts_remove(struct alts *a, const bool *drop);
/** alts_insert - @count words before word @at, of which nothing is known. */
void alts_insert(struct alts *a, size_t at, size_t count);
/** alts_drop_word - nothing is known of the last word after all. */
void alts_drop_word(struct alts *a);

#endif
