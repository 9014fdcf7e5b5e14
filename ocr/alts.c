/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/alts.h"

#include <assert.h>
#include <string.h>

#include "node/base/mem.h"

void alts_clear(struct alts *a)
{
    mem_free(a->words);
    mem_free(a->signs);
    mem_free(a->others);
    *a = (struct alts){0};
}

void alts_add_word(struct alts *a)
{
    mem_grow(&a->words, &a->word_cap, a->word_count + 1, sizeof *a->words);
    a->words[a->word_count++] = (struct alts_word){.first = a->sign_count};
}

void alts_add_sign(struct alts *a, unsigned cp)
{
    assert(a->word_count > 0);
    mem_grow(&a->signs, &a->sign_cap, a->sign_count + 1, sizeof *a->signs);
    a->signs[a->sign_count++] = (struct alts_sign){.cp = cp, .first = a->other_count};
    a->words[a->word_count - 1].count++;
}

void alts_add_other(struct alts *a, unsigned cp, int cost)
{
    assert(a->sign_count > 0);
    if (a->other_count >= ALTS_OTHERS_MAX)
        return;
    mem_grow(&a->others, &a->other_cap, a->other_count + 1, sizeof *a->others);
    a->others[a->other_count++] = (struct alts_other){cp, cost};
    a->signs[a->sign_count - 1].count++;
}

/* Their signs stay where they are, without a word. */
void alts_remove(struct alts *a, const bool *drop)
{
    size_t kept = 0;

    for (size_t i = 0; i < a->word_count; i++)
        if (!drop[i])
            a->words[kept++] = a->words[i];
    a->word_count = kept;
}

void alts_insert(struct alts *a, size_t at, size_t count)
{
    assert(at <= a->word_count);
    mem_grow(&a->words, &a->word_cap, a->word_count + count, sizeof *a->words);
    memmove(a->words + at + count, a->words + at,
            (a->word_count - at) * sizeof *a->words);
    memset(a->words + at, 0, count * sizeof *a->words);
    a->word_count += count;
}

void alts_drop_word(struct alts *a)
{
    struct alts_word *w = NULL;

    assert(a->word_count > 0);
    w = &a->words[a->word_count - 1];
    if (w->count > 0)
        a->other_count = a->signs[w->first].first;
    a->sign_count = w->first;
    w->count = 0;
}
