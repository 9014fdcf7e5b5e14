/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_UTF8_H
#define SOHOA_BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/str.h"

/*
 * Vietnamese text. Three forms are kept apart: as written, NFC, and the folded key that
 * search and name comparison use. đ is a letter of its own and has no decomposition, so
 * folding it to d is an explicit rule here.
 */

/** utf8_valid - well-formed UTF-8 without NUL. */
bool utf8_valid(const char *text, size_t len);

/**
 * utf8_nfc - append @text in NFC to @out, control characters but TAB and LF dropped,
 * ill-formed bytes replaced by U+FFFD.
 */
void utf8_nfc(const char *text, size_t len, struct str *out);

/**
 * utf8_fold - append the folded key of @text to @out: lower case, all marks removed,
 * đ, Đ, ð and Ð to d, apostrophes (' ’ ʼ ʻ `) to ', invisible characters dropped, runs
 * of white space to one space, none at either end. NFC and NFD, both tone placements
 * (hoà, hòa) and missing marks fold alike.
 */
void utf8_fold(const char *text, size_t len, struct str *out);

/**
 * utf8_tone - append @text in lower-case NFC with the tone mark of oa, oe and uy moved
 * to one place (hoà → hòa, thuỷ → thủy): the form two exact spellings are compared in.
 * The stored original is never rewritten.
 */
void utf8_tone(const char *text, size_t len, struct str *out);

/** utf8_lower - append in lower-case NFC. */
void utf8_lower(const char *text, size_t len, struct str *out);

/**
 * utf8_next - decode one code point at @text and move on.
 * @len: bytes left, > 0. Ill-formed bytes give U+FFFD and advance by one.
 */
unsigned utf8_next(const char **text, size_t *len);

/** utf8_put - append one code point. */
void utf8_put(struct str *out, unsigned cp);

/** utf8_is_letter_or_digit - Unicode general category L* or N*. */
bool utf8_is_letter_or_digit(unsigned cp);
/** utf8_is_mark - Unicode general category M* (combining mark). */
bool utf8_is_mark(unsigned cp);

/** utf8_columns - columns of a screen that @text takes: letters with marks are one, as
 * one code point or decomposed; what is as wide as it is high, two. */
int utf8_columns(const char *text, size_t len);

/**
 * utf8_safe - append @text so that a terminal only shows it: control characters, bidi
 * overrides, other invisible characters and ill-formed bytes become \xNN or \u{NNNN}.
 */
void utf8_safe(const char *text, size_t len, struct str *out);

#endif
