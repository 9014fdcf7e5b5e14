/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/noise.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/result.h"

#define RULE_LONG   1.5 /* of H: dashes in a row */
#define RULE_LONG_1 2.5 /* the same of one alone */
#define BAR_LARGE   1.3 /* of H: no bar of a text is so high */
#define SURE_WORD   60  /* words that tell what is usual */

/* What a word consists of. */
struct look {
    size_t signs, letters, digits;
    bool list;   /* one mark of a list */
    bool dots;   /* dots alone */
    bool dashes; /* dashes and underscores alone, and dots beside them */
    bool tall;   /* brackets and bars alone */
    bool bar;    /* bars alone */
    bool quotes; /* quotes alone */
};

static bool is_one_of(unsigned cp, const uint_least32_t *list)
{
    for (size_t i = 0; list[i]; i++)
        if (list[i] == cp)
            return true;
    return false;
}

static struct look look_at(const struct result *r, size_t i)
{
    const char *p = r->text + r->words[i].start;
    struct look l = {
        .dots = true, .dashes = true, .tall = true, .bar = true, .quotes = true};
    bool dash = false;

    for (size_t left = r->words[i].len; left > 0;) {
        unsigned cp = utf8_next(&p, &left);

        if ((cp >= '0' && cp <= '9') || (cp >= 0xB2 && cp <= 0xBE)) /* ², ½ */
            l.digits++;
        else if (utf8_is_letter_or_digit(cp))
            l.letters++;
        else if (!utf8_is_mark(cp))
            l.signs++;
        l.list = is_one_of(cp, U"-–—+*•·▪◦●○■□►✓");
        l.dots = l.dots && is_one_of(cp, U".…");
        l.dashes = l.dashes && is_one_of(cp, U"_-–—=~¬.,…");
        l.tall = l.tall && is_one_of(cp, U"()[]{}|¦/\\");
        l.bar = l.bar && is_one_of(cp, U"|¦");
        l.quotes = l.quotes && is_one_of(cp, U"\"'“”„‘’`´″");
        dash = dash || is_one_of(cp, U"_-–—=~¬");
    }
    l.list = l.list && l.signs == 1 && l.letters + l.digits == 0;
    l.dots = l.dots && l.signs > 1;
    l.dashes = l.dashes && dash;
    return l;
}

static int rising(const void *a, const void *b)
{
    const int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

    return x < y ? -1 : x > y;
}

/* Median height of words within [from, to); 0: too few tell it. */
static int usual_height(const struct result *r, const struct look *all, size_t from,
                        size_t to, int32_t *heights)
{
    size_t n = 0;

    for (size_t i = from; i < to; i++)
        if (all[i].letters + all[i].digits >= 2 && r->words[i].confidence >= SURE_WORD)
            heights[n++] = r->words[i].h;
    if (n < NOISE_WORDS_MIN)
        return 0;
    qsort(heights, n, sizeof *heights, rising);
    return heights[n / 2];
}

/* No word of the line is near on either side. */
static bool is_apart(const struct result *r, size_t i, double usual)
{
    const struct result_word *w = &r->words[i];
    double least = usual * NOISE_APART;

    return (i == 0 || w[-1].line != w->line || w->x - w[-1].x - w[-1].w >= least) &&
           (i + 1 == r->word_count || w[1].line != w->line ||
            w[1].x - w->x - w->w >= least);
}

static bool is_odd_letter(const struct result *r, size_t i, double usual)
{
    const struct result_word *w = &r->words[i];

    if (w->confidence >= NOISE_SURE_LETTER)
        return false;
    return w->h < usual * NOISE_LOW ||
           (w->h > usual * NOISE_LARGE && is_apart(r, i, usual));
}

/* Letters that no print beside this one has: specks, strokes of a signature. */
static bool is_odd_word(const struct result *r, size_t i, double usual)
{
    const struct result_word *w = &r->words[i];

    return w->confidence < NOISE_SURE_WORD &&
           (w->h < usual * NOISE_FLAT ||
            (w->h > usual * NOISE_HUGE && is_apart(r, i, usual)));
}

static bool is_odd_sign(const struct result *r, const struct look *l, size_t i,
                        double usual)
{
    const struct result_word *w = &r->words[i];
    double high = w->h / usual, wide = w->w / usual;

    if (w->confidence < NOISE_SURE_LARGE &&
        (high > NOISE_LARGE || (l->bar && high > BAR_LARGE)))
        return true;
    if (w->confidence >= NOISE_SURE)
        return false;
    if (l->dashes && high < NOISE_FLAT &&
        wide > (l->signs > 1 ? RULE_LONG : RULE_LONG_1))
        return true;
    if (l->list || l->dots)
        return false;
    if (l->tall && high < NOISE_LOW)
        return true;
    return high < NOISE_SPECK && wide < NOISE_SPECK && is_apart(r, i, usual) &&
           (!l->quotes || w->confidence < NOISE_SURE_QUOTE);
}

size_t noise_find(const struct result *r, bool *drop)
{
    size_t n = r->word_count, found = 0;
    AUTO_MEM struct look *all = mem_new(n, sizeof *all);
    AUTO_MEM int32_t *heights = mem_new(n, sizeof *heights);
    int page = 0;

    for (size_t i = 0; i < n; i++)
        all[i] = look_at(r, i);
    page = usual_height(r, all, 0, n, heights);
    for (size_t i = 0; i < n; i++) {
        size_t from = i > NOISE_NEAR ? i - NOISE_NEAR : 0;
        size_t to = i + NOISE_NEAR + 1 < n ? i + NOISE_NEAR + 1 : n;
        int usual = 0;

        drop[i] = false;
        if (page == 0 || all[i].digits > 0)
            continue;
        usual = usual_height(r, all, from, to, heights);
        usual = usual ? usual : page;
        drop[i] = all[i].letters > 1    ? is_odd_word(r, i, usual)
                  : all[i].letters == 1 ? is_odd_letter(r, i, usual)
                                        : is_odd_sign(r, &all[i], i, usual);
        found += drop[i];
    }
    return found;
}

int noise_remove(struct result *r, struct alts *alts, size_t *count, struct err *e)
{
    AUTO_MEM bool *drop = mem_new(r->word_count, sizeof *drop);

    *count = noise_find(r, drop);
    if (*count == 0)
        return 0;
    if (alts)
        alts_remove(alts, drop);
    return result_remove(r, drop, e);
}
