/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/rival.h"

#include <stdbool.h>

#include "node/base/num.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/result.h"
#include "ocr/second.h"

#define STROKE_D 0x110 /* Đ */

static bool is_digit(unsigned cp)
{
    return cp >= '0' && cp <= '9';
}

/* The digit that a sign is most likely to be if it is not what was read. */
static const struct alts_other *digit_for(const struct alts *a,
                                          const struct alts_sign *s)
{
    const struct alts_other *best = NULL;

    for (size_t i = 0; i < s->count; i++) {
        const struct alts_other *o = &a->others[s->first + i];

        if (is_digit(o->cp) && o->cp != s->cp && (!best || o->cost < best->cost))
            best = o;
    }
    return best;
}

/* What a sign is that lost a stroke; 0: it has no such twin. */
static unsigned twin_of(unsigned cp)
{
    return cp == '1' ? '7' : cp == 'D' ? STROKE_D : cp == 'O' ? 'Q' : 0;
}

static const struct alts_other *twin_for(const struct alts *a,
                                         const struct alts_sign *s)
{
    unsigned twin = twin_of(s->cp);

    for (size_t i = 0; twin && i < s->count; i++)
        if (a->others[s->first + i].cp == twin)
            return &a->others[s->first + i];
    return NULL;
}

/* What a sign of a number might well have been instead; NULL: it stands. */
static const struct alts_other *rival(const struct alts *a, const struct alts_sign *s)
{
    const struct alts_other *twin = twin_for(a, s);
    const struct alts_other *near = is_digit(s->cp) ? digit_for(a, s) : NULL;

    if (twin && twin->cost < RIVAL_TWIN)
        return twin;
    return near && near->cost < RIVAL_DIGIT ? near : NULL;
}

/* A letter and a stroke that print as a 1 does. */
static bool like_one(const struct alts_sign *s, const struct alts_other *o)
{
    return o->cp == '1' && (s->cp == 'l' || s->cp == 'I');
}

/* The word with a digit for each letter that might be one. */
static bool word_as_number(const struct alts *a, const struct alts_word *w,
                           struct str *out)
{
    size_t letters = 0, each = 0;
    bool near = false;

    for (size_t i = 0; i < w->count; i++) {
        const struct alts_sign *s = &a->signs[w->first + i];
        const struct alts_other *o = digit_for(a, s);

        if (!utf8_is_letter_or_digit(s->cp)) {
            utf8_put(out, s->cp);
            continue;
        }
        letters++;
        if (!o || like_one(s, o) || o->cost >= RIVAL_EACH) {
            utf8_put(out, s->cp);
            continue;
        }
        each++;
        near = near || o->cost < RIVAL_LETTER;
        utf8_put(out, o->cp);
    }
    return letters > 0 && letters <= RIVAL_LETTERS &&
           (each == letters || (near && letters <= 2));
}

/* The number with the rivals of its signs. */
static bool other_number(const struct alts *a, const struct alts_word *w,
                         struct str *out)
{
    bool found = false;

    for (size_t i = 0; i < w->count; i++) {
        const struct alts_sign *s = &a->signs[w->first + i];
        const struct alts_other *o = rival(a, s);

        found = found || o;
        utf8_put(out, o ? o->cp : s->cp);
    }
    return found;
}

size_t rival_find(struct result *r, const struct alts *alts)
{
    size_t count = 0;

    for (size_t i = 0; i < r->word_count && i < alts->word_count; i++) {
        AUTO_STR struct str other = STR_INIT(STR_LINE_MAX);
        struct result_word *w = &r->words[i];
        bool number = second_is_number(r->text + w->start, w->len);

        if (!(number ? other_number : word_as_number)(alts, &alts->words[i], &other))
            continue;
        w->confidence =
            (int)num_clamp(w->confidence, 0, number ? SECOND_DIFFER : RIVAL_WORD_SURE);
        result_note(r, i, str_text(&other), false);
        count++;
    }
    result_mean(r);
    return count;
}
