/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_NGRAM_H
#define SOHOA_OCR_NGRAM_H

#include <stdbool.h>

/*
 * How probable a Vietnamese syllable is after the one before it. The table is
 * ocr/ngram.tsv, made by scripts/make-ngram from law text and prose (ocr/README.md
 * names the sources) and compiled in; nothing is read at run time.
 *
 * Costs are negative logarithms in 1/16 nat: 16 more is e times less probable.
 */
#define NGRAM_NAT       16
#define NGRAM_UNKNOWN   (-1) /* a syllable that the table has not */
#define NGRAM_COST_MOST 255
#define NGRAM_BREAK     "|" /* key of a full stop, a comma, the end of a part */
#define NGRAM_NUMBER    "#" /* key of anything with a digit */

/** ngram_find - number of the syllable with that key (ocr/syllable.h), or
 * NGRAM_UNKNOWN. */
int ngram_find(const char *key);

/** ngram_cost - of @id after @before; either may be NGRAM_UNKNOWN. */
int ngram_cost(int before, int id);

/** ngram_alone - of @id whatever is before. */
int ngram_alone(int id);

/** ngram_is_name - whether two syllables stand so in the name of a commune, district or
 * province (before or since July 2025). */
bool ngram_is_name(int first, int second);

#endif
