/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SURNAME_H
#define SOHOA_OCR_SURNAME_H

#include <stdbool.h>

/*
 * Surnames, by their keys (ocr/syllable.h). The list knows those of the Kinh and of the
 * peoples of north and highlands that are written as Vietnamese syllables. It is never
 * complete: that a name is not in it means nothing.
 */

/** surname_known - whether @key is one. */
bool surname_known(const char *key);

/**
 * surname_misread - whether @key has the letters of one of the most frequent surnames
 * with other marks (Nguyên, Trân, Pham), and is no surname itself. A name of another
 * language has other letters, or stands in the list.
 */
bool surname_misread(const char *key);

#endif
