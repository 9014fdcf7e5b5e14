/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/syllable.h"

#include <stdint.h>
#include <string.h>

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

/* ---- spelling ------------------------------------------------------------------ */

/* Longest first. */
static const char *const BEGINNINGS[] = {
    "ngh", "ch", "d9", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c",
    "d",   "g",  "h",  "k",  "l",  "m",  "n",  "p",  "r",  "s",  "t",  "v",  "x", "",
};

static const char *const RIMES[] = {
    "a",     "ac",    "ach",   "ai",    "am",    "an",    "ang",    "anh",   "ao",
    "ap",    "at",    "au",    "ay",    "a8c",   "a8m",   "a8n",    "a8ng",  "a8p",
    "a8t",   "a6c",   "a6m",   "a6n",   "a6ng",  "a6p",   "a6t",    "a6u",   "a6y",
    "e",     "ec",    "em",    "en",    "eng",   "eo",    "ep",     "et",    "e6",
    "e6c",   "e6ch",  "e6m",   "e6n",   "e6ng",  "e6nh",  "e6p",    "e6t",   "e6u",
    "i",     "ia",    "ich",   "ie6c",  "ie6m",  "ie6n",  "ie6ng",  "ie6p",  "ie6t",
    "ie6u",  "im",    "in",    "inh",   "ip",    "it",    "iu",     "o",     "oa",
    "oac",   "oach",  "oai",   "oam",   "oan",   "oang",  "oanh",   "oao",   "oap",
    "oat",   "oay",   "oa8c",  "oa8m",  "oa8n",  "oa8ng", "oa8t",   "oc",    "oe",
    "oem",   "oen",   "oeo",   "oet",   "oi",    "om",    "on",     "ong",   "ooc",
    "oong",  "op",    "ot",    "o6",    "o6c",   "o6i",   "o6m",    "o6n",   "o6ng",
    "o6p",   "o6t",   "o7",    "o7i",   "o7m",   "o7n",   "o7ng",   "o7p",   "o7t",
    "u",     "ua",    "ua6n",  "ua6ng", "ua6t",  "ua6y",  "uc",     "ue",    "ue6",
    "ue6ch", "ue6nh", "ue6n",  "ue6t",  "ue6u",  "ui",    "um",     "un",    "ung",
    "uo6c",  "uo6i",  "uo6m",  "uo6n",  "uo6ng", "uo6p",  "uo6t",   "uo7",   "uo7n",
    "up",    "ut",    "uu",    "uy",    "uya",   "uych",  "uye6n",  "uye6t", "uyn",
    "uynh",  "uyp",   "uyt",   "uyu",   "u7",    "u7a",   "u7c",    "u7i",   "u7m",
    "u7n",   "u7ng",  "u7o7c", "u7o7i", "u7o7m", "u7o7n", "u7o7ng", "u7o7p", "u7o7t",
    "u7o7u", "u7t",   "u7u",   "y",     "ych",   "ye6m",  "ye6n",   "ye6ng", "ye6t",
    "ye6u",  "ynh",   "yt",
};

static bool is_tone(char c)
{
    return c >= '1' && c <= '5';
}

/* @a is the @len letters of @key, with @b's marks left out when @bare. */
static bool same_rime(const char *key, size_t len, const char *rime, bool bare)
{
    size_t i = 0;

    for (; *rime; rime++) {
        if (bare && *rime >= '6' && *rime <= '9')
            continue;
        if (i == len || key[i++] != *rime)
            return false;
    }
    return i == len;
}

/* c, g, ng are written k, gh, ngh before e, i and y. */
static bool fits(const char *beginning, char vowel)
{
    bool front = vowel == 'e' || vowel == 'i' || vowel == 'y';

    if (strcmp(beginning, "c") == 0 || strcmp(beginning, "ng") == 0)
        return !front;
    if (strcmp(beginning, "gh") == 0 || strcmp(beginning, "ngh") == 0)
        return front;
    return strcmp(beginning, "g") != 0 || vowel == 'i' || !front;
}

static bool stopped(const char *rime)
{
    size_t n = strlen(rime);
    char last = rime[n - 1];

    return last == 'c' || last == 'p' || last == 't' ||
           (last == 'h' && n > 1 && rime[n - 2] == 'c');
}

/* @bare: marks of the rimes and the tone do not matter; @key has none. */
static bool spelled(const char *key, bool bare)
{
    size_t len = strlen(key);
    char tone = 0;

    if (len > 0 && is_tone(key[len - 1]))
        tone = key[--len];
    for (size_t i = 0; i < ARRAY_LEN(BEGINNINGS); i++) {
        const char *beginning = BEGINNINGS[i];
        size_t n = strlen(beginning);

        if (bare && strcmp(beginning, "d9") == 0)
            continue;
        if (n >= len || memcmp(key, beginning, n) != 0 || !fits(beginning, key[n]))
            continue;
        for (size_t k = 0; k < ARRAY_LEN(RIMES); k++)
            if (same_rime(key + n, len - n, RIMES[k], bare) &&
                (bare || !stopped(RIMES[k]) || tone == '1' || tone == '5'))
                return true;
    }
    return false;
}

bool syllable_spelled(const char *key)
{
    return spelled(key, false);
}

bool syllable_like(const char *key)
{
    char bare[SYLLABLE_KEY_MAX] = "";
    size_t n = 0;

    for (size_t i = 0; key[i] && n + 1 < sizeof bare; i++)
        if (key[i] < '1' || key[i] > '9')
            bare[n++] = key[i];
    return spelled(bare, true);
}
