/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_RECORD_SAMPLE_H
#define SOHOA_RECORD_SAMPLE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/hash.h"

/*
 * A random sample that nobody could choose by hand, and what it says of the rest.
 *
 *   seed  = SHA-256("sohoa-sample\n" HEAD "\n" DOSSIER "\n"), all as text
 *   taken = first 8 hex digits of SHA-256(SEED "\n" ITEM "\n" FIELD "\n") as a number
 *           below RATE * 2^32 / 100
 *
 * HEAD is the hash that the chain of acts ended with before the draw; it stands in the
 * row of the draw itself, and in bundles. Whoever has the chain computes it again.
 * Each field is taken or not by itself, whatever other records there are.
 */

/** sample_seed - @dossier: name, "" of loose records. */
void sample_seed(const char head[HASH_HEX], const char *dossier, char seed[HASH_HEX]);

/** sample_takes - is this field in the sample? @rate: percent, 0 to 100. */
bool sample_takes(const char seed[HASH_HEX], const char *item, const char *field,
                  int rate);

/* Shares in hundredths of a percent: 125 is 1.25 %. */
struct sample_share {
    int share;     /* wrong / counted, rounded */
    int low, high; /* bounds of 95 %, rounded outwards */
};

/**
 * sample_wilson - what @wrong of @counted says of all fields that were not looked at.
 * Method: score interval of E. B. Wilson, "Probable inference, the law of succession,
 * and statistical inference", J. Amer. Stat. Assoc. 22 (1927) 209-212:
 *   (p + z²/2m ± z √(p(1-p)/m + z²/4m²)) / (1 + z²/m), z = 1.959964
 * It stays within 0 and 100 % and holds for few errors and small samples.
 * Return: false when nothing was counted (or more wrong than counted): nothing is
 * known, and 0 % would be a lie. @out is then untouched.
 */
bool sample_wilson(int64_t wrong, int64_t counted, struct sample_share *out);

/**
 * sample_equal - are two answers the same? Both NFC, spaces at the ends dropped, runs
 * of spaces taken as one. Case and marks count.
 */
bool sample_equal(const char *a, const char *b);

#endif
