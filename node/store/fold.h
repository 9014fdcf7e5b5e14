/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_FOLD_H
#define SOHOA_STORE_FOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct fold;
struct str;
struct sqlite3;

/*
 * Words of Vietnamese text, and the tokenizer "sohoa" of FTS5 over them.
 *
 * A word is a run of letters, digits and marks; an apostrophe between two of them
 * (M'Drắk, H'Nhung, also ’ ʼ ` ´) does not end it. Its key is utf8_fold() of it without
 * the apostrophe: "mdrak". When a text is indexed, the parts ("m", "drak") stand at the
 * same place too, so that drak finds M'Drắk.
 */
#define FOLD_KEY_MAX 120 /* bytes; a longer word is cut, in text and query alike */

struct fold_token {
    size_t start, len; /* bytes in the text */
    const char *key;   /* view, valid in the call */
    size_t key_len;
    bool part; /* a part of the word before, at the same place */
};

struct fold *fold_new(void); /* owned, fold_free(). Never NULL. */
void fold_free(struct fold *f);

/**
 * fold_words - call @each for every word in order.
 * @parts: also for parts of words with an apostrophe, after the word.
 * @each: 0 to go on, anything else ends. Return: what @each returned last, 0.
 */
typedef int fold_fn(void *ctx, const struct fold_token *t);
int fold_words(const struct fold *f, const char *text, size_t len, bool parts,
               fold_fn *each, void *ctx);

/** fold_lower - append @text in lower-case NFC, apostrophes left out, other signs
 * beyond Latin as well. False, and @out is of no use: it has letters beyond Latin, or
 * marks that stand alone. */
bool fold_lower(const struct fold *f, const char *text, size_t len, struct str *out);

/** fold_register - make the tokenizer known to @db. @f: kept until @db is closed. */
MUST_CHECK int fold_register(const struct fold *f, struct sqlite3 *db, struct err *e);

#endif
