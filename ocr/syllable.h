/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SYLLABLE_H
#define SOHOA_OCR_SYLLABLE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A Vietnamese syllable as an ASCII key, in the manner of VNI typing: the letter, 6 for
 * a circumflex, 7 for a horn, 8 for a breve, 9 for the stroke of đ, and the tone last,
 * 1 to 5 (sắc, huyền, hỏi, ngã, nặng): "Quyết" is "quye6t1". Case and the place of the
 * tone mark (hoà, hòa) make no difference, nothing else is lost.
 */
#define SYLLABLE_KEY_MAX 24

struct syllable_letter {
    char base;  /* a to z */
    char shape; /* 0, or 6 to 9 */
    char tone;  /* 0, or 1 to 5 */
    bool upper;
};

/** syllable_letter - what one code point is made of. False: no letter a to z, with or
 * without Vietnamese marks. */
bool syllable_letter(unsigned cp, struct syllable_letter *out);

/**
 * syllable_key - @text in NFC to its key.
 * Return: false when it is empty, has a sign that is no such letter or two tones, or is
 * too long to be a syllable.
 */
bool syllable_key(const char *text, size_t len, char key[SYLLABLE_KEY_MAX]);

/** syllable_key_of - the same of code points. */
bool syllable_key_of(const unsigned *cps, size_t count, char key[SYLLABLE_KEY_MAX]);

/**
 * syllable_spelled - whether Vietnamese spelling has such a syllable: a beginning, a
 * rime with its marks, and behind c, ch, p and t only the tones sắc and nặng. It need
 * not be in use.
 */
bool syllable_spelled(const char *key);

/**
 * syllable_like - whether it would be one with other marks ("Quyét", "duoc"). What is
 * not like one (Krông, Đắk, Niê) follows another language's rules.
 */
bool syllable_like(const char *key);

#endif
