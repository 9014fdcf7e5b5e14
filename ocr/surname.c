/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/surname.h"

#include <stddef.h>
#include <string.h>

#include "node/base/auto.h"

/* Many are ordinary words as well. Those of the Ê Đê, M'nông and Gia Rai that
 * Vietnamese spelling does not know need no place here: they are no syllables. */
static const char *const KNOWN[] = {
    "a6u",     "bach5",   "ban2",     "banh2",    "be61",     "bie6n5",   "bui2",
    "ca6m2",   "cao",     "cat1",     "cha6u",    "chang1",   "chu",      "cu2",
    "d9a8ng5", "d9am2",   "d9ao2",    "d9ie6u",   "d9inh",    "d9o64",    "d9o6ng2",
    "d9o7i1",  "d9oan2",  "danh",     "die6p5",   "doan4",    "du7o7ng",  "giang2",
    "giap1",   "ha2",     "ha5",      "ha6u2",    "ho62",     "hoa",      "hoang2",
    "hu7a1",   "huynh2",  "kho6ng3",  "khu7o7ng", "khua6t1",  "khuc1",    "kie6u2",
    "kim",     "kpa8",    "ksor",     "la",       "la4",      "la6m",     "la6u2",
    "lai5",    "le6",     "lo2",      "lo6c5",    "lu74",     "lu7o7ng",  "lu7u",
    "luc5",    "ly1",     "ma",       "ma4",      "mac5",     "mai",      "mo6ng",
    "nay",     "nghie6m", "ngo6",     "nguye6n4", "nie6",     "ninh",     "no6ng",
    "o6ng",    "pham5",   "phan",     "phi1",     "pho1",     "phu7o7ng", "phung2",
    "quach1",  "quan",    "quang2",   "siu",      "so7n",     "sung2",    "ta5",
    "ta8ng",   "tha6n",   "thach5",   "thai1",    "thao2",    "thie6u2",  "tie6u",
    "to6",     "to6n",    "to6ng1",   "tong2",    "tra6n2",   "trang",    "trang1",
    "trie6u5", "trinh5",  "tru7o7ng", "tu72",     "tu7o7ng3", "va8n",     "vang2",
    "vi",      "vie6n",   "vo4",      "vu4",      "vu7o7ng",
};

/* More of peoples whose names have the letters of a frequent one. */
static const char *const OTHERS[] = {
    "d9ie6u3", "ho72", "lu7o7ng2", "ly2", "phan2", "vo7", "vu72",
};

static const char *const FREQUENT[] = {
    "nguye6n4", "tra6n2", "le6",     "pham5",  "hoang2",  "huynh2", "phan",
    "vu4",      "vo4",    "d9a8ng5", "bui2",   "d9o64",   "ho62",   "ngo6",
    "du7o7ng",  "trinh5", "d9inh",   "d9oan2", "lu7o7ng",
};

static bool is_in(const char *key, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], key) == 0)
            return true;
    return false;
}

bool surname_known(const char *key)
{
    return is_in(key, KNOWN, ARRAY_LEN(KNOWN));
}

/* The same without the digits that stand for marks. */
static bool same_letters(const char *a, const char *b)
{
    for (;;) {
        while (*a >= '1' && *a <= '9')
            a++;
        while (*b >= '1' && *b <= '9')
            b++;
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

bool surname_misread(const char *key)
{
    if (surname_known(key) || is_in(key, OTHERS, ARRAY_LEN(OTHERS)))
        return false;
    for (size_t i = 0; i < ARRAY_LEN(FREQUENT); i++)
        if (same_letters(key, FREQUENT[i]))
            return true;
    return false;
}
