/* SPDX-License-Identifier: Apache-2.0 */
#include "node/record/reason.h"

#include <string.h>

#include "node/base/auto.h"
#include "node/base/i18n.h"

static const struct {
    const char *keyword;
    const char *label; /* msgid */
} reasons[] = {
    {"low-confidence", N_("recognition was unsure")},
    {"handwritten", N_("written by hand or stamped")},
    {"blank", N_("nothing stands there")},
    {"unreadable", N_("what stands there is unreadable")},
    {"digit-letter-mix", N_("letters among digits")},
    {"not-zero-padded", N_("one digit only: one may be lost")},
    {"implausible-date", N_("there is no such day")},
    {"pattern-loose", N_("the form is not quite as it should be")},
    {"from-notation", N_("concluded from the notation")},
    {"kind-differs", N_("kind and notation differ")},
    {"two-candidates", N_("another place says something else")},
    {"two-agencies", N_("issuer and its superior hard to tell apart")},
    {"columns-touch", N_("the two columns ran into each other")},
    {"not-first-page", N_("the header stood on a later page")},
    {"two-readings", N_("read twice, not twice the same")},
    {"chosen", N_("a mark in it was chosen by the words around")},
    {"foreign-letter", N_("a letter of no language used here")},
    {"no-syllable", N_("no Vietnamese syllable is spelled so")},
    {"unknown-notation", N_("no known abbreviation of a kind")},
    {"cut-number", N_("one number in two pieces")},
    {"lost-number", N_("a number must be here and is not")},
    {"odd-sign", N_("a sign that no number has")},
    {"out-of-row", N_("the numbers around go on without it")},
    {"odd-width", N_("too wide or too narrow for its digits")},
    {"merged", N_("perhaps several cells in one")},
    {"second-keying", N_("decided after it was keyed a second time")},
    {"surname-marks", N_("a surname with other marks")},
};

const char *reason_label(const char *keyword)
{
    for (size_t i = 0; i < ARRAY_LEN(reasons); i++)
        if (strcmp(reasons[i].keyword, keyword) == 0)
            return reasons[i].label;
    return NULL;
}
