/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/syllable.h"

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/utf8.h"

#define TONES        6
#define LETTERS_MAX  12 /* of a word that can be a syllable; the longest has 7 */
#define STROKE_LOWER 0x111
#define STROKE_UPPER 0x110

/* Each vowel without tone, then with sắc, huyền, hỏi, ngã, nặng. */
static const struct {
    char base, shape;
    uint_least32_t lower[TONES + 1], upper[TONES + 1];
} VOWELS[] = {
    {'a', 0, U"aáàảãạ", U"AÁÀẢÃẠ"},   {'a', '8', U"ăắằẳẵặ", U"ĂẮẰẲẴẶ"},
    {'a', '6', U"âấầẩẫậ", U"ÂẤẦẨẪẬ"}, {'e', 0, U"eéèẻẽẹ", U"EÉÈẺẼẸ"},
    {'e', '6', U"êếềểễệ", U"ÊẾỀỂỄỆ"}, {'i', 0, U"iíìỉĩị", U"IÍÌỈĨỊ"},
    {'o', 0, U"oóòỏõọ", U"OÓÒỎÕỌ"},   {'o', '6', U"ôốồổỗộ", U"ÔỐỒỔỖỘ"},
    {'o', '7', U"ơớờởỡợ", U"ƠỚỜỞỠỢ"}, {'u', 0, U"uúùủũụ", U"UÚÙỦŨỤ"},
    {'u', '7', U"ưứừửữự", U"ƯỨỪỬỮỰ"}, {'y', 0, U"yýỳỷỹỵ", U"YÝỲỶỸỴ"},
};

bool syllable_letter(unsigned cp, struct syllable_letter *out)
{
    *out = (struct syllable_letter){0};
    if (cp < 0x80) {
        out->upper = cp >= 'A' && cp <= 'Z';
        out->base = (char)(out->upper ? cp + ('a' - 'A') : cp);
        return out->base >= 'a' && out->base <= 'z';
    }
    if (cp == STROKE_LOWER || cp == STROKE_UPPER) {
        *out = (struct syllable_letter){'d', '9', 0, cp == STROKE_UPPER};
        return true;
    }
    for (size_t i = 0; i < ARRAY_LEN(VOWELS); i++)
        for (int k = 0; k < TONES; k++)
            if (cp == VOWELS[i].lower[k] || cp == VOWELS[i].upper[k]) {
                *out = (struct syllable_letter){VOWELS[i].base, VOWELS[i].shape,
                                                (char)(k ? '0' + k : 0),
                                                cp == VOWELS[i].upper[k]};
                return true;
            }
    return false;
}

bool syllable_key_of(const unsigned *cps, size_t count, char key[SYLLABLE_KEY_MAX])
{
    char tone = 0;
    size_t n = 0;

    if (count == 0 || count > LETTERS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct syllable_letter l = {0};

        if (!syllable_letter(cps[i], &l) || (tone && l.tone) ||
            n + 4 > SYLLABLE_KEY_MAX)
            return false;
        key[n++] = l.base;
        if (l.shape)
            key[n++] = l.shape;
        if (l.tone)
            tone = l.tone;
    }
    if (tone)
        key[n++] = tone;
    key[n] = '\0';
    return true;
}

bool syllable_key(const char *text, size_t len, char key[SYLLABLE_KEY_MAX])
{
    unsigned cps[LETTERS_MAX + 1];
    size_t count = 0;

    while (len > 0 && count < ARRAY_LEN(cps))
        cps[count++] = utf8_next(&text, &len);
    return syllable_key_of(cps, count, key);
}
