/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/choice.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/alts.h"
#include "ocr/ngram.h"
#include "ocr/result.h"
#include "ocr/surname.h"
#include "ocr/syllable.h"

#define LETTERS_MAX 8   /* of a syllable: nghiêng has 7 */
#define OPTIONS_MAX 8   /* of a letter */
#define READ_MAX    16  /* readings of a word that are kept */
#define LOOKS_MAX   400 /* of looking for readings of a word */
#define NAME_AFTER  4   /* words after a surname */
#define INK(cost)   ((cost)*CHOICE_INK_PERCENT * NGRAM_NAT / (100 * ALTS_UNIT))

/* One way to read a word. */
struct reading {
    unsigned letters[LETTERS_MAX];
    int ink;   /* what Tesseract's ratings say against it, 1/16 nat */
    int id;    /* in the n-gram; NGRAM_UNKNOWN */
    int ahead; /* cost of the best path from the beginning up to here */
    int all;   /* of the best path through this reading */
};

enum shape { SHAPE_LOWER, SHAPE_TITLE, SHAPE_CAPITALS, SHAPE_OTHER };

struct word {
    size_t first_sign, letters; /* of the syllable in the signs of the word */
    enum shape shape;
    bool open, close;         /* a new part begins before it, ends after it */
    bool guarded;             /* a name: as it is */
    size_t surname;           /* the reading that makes it one; 0: none */
    struct reading *readings; /* [0] is what was read. owned */
    size_t count;
    size_t best;
};

struct words {
    struct word *p;
    size_t count;
};

static void words_auto(struct words *w)
{
    for (size_t i = 0; i < w->count; i++)
        mem_free(w->p[i].readings);
    mem_free(w->p);
}

/* ---- what a word may be -------------------------------------------------------- */

static bool ends_part(unsigned cp)
{
    return cp < 0x80 && cp && strchr(".,;:!?()", (int)cp) != NULL;
}

/* Where the letters of a word lie: signs before, letters, signs after. False: letters
 * and other signs are mixed, or there are too many or none. */
static bool find_core(const struct alts_sign *s, size_t count, struct word *w)
{
    struct syllable_letter l = {0};
    size_t from = 0, to = count, capitals = 0;
    bool first = false;

    while (from < to && !utf8_is_letter_or_digit(s[from].cp))
        w->open |= ends_part(s[from++].cp);
    while (to > from && !utf8_is_letter_or_digit(s[to - 1].cp))
        w->close |= ends_part(s[--to].cp);
    if (from == to || to - from > LETTERS_MAX)
        return false;
    for (size_t i = from; i < to; i++) {
        if (!syllable_letter(s[i].cp, &l))
            return false;
        capitals += l.upper;
        first = i == from ? l.upper : first;
    }
    w->first_sign = from;
    w->letters = to - from;
    w->shape = capitals == w->letters   ? SHAPE_CAPITALS
               : capitals == 1 && first ? SHAPE_TITLE
               : capitals == 0          ? SHAPE_LOWER
                                        : SHAPE_OTHER;
    return true;
}

/* What one letter may be; [0] is what was read. */
struct options {
    struct alts_other p[OPTIONS_MAX];
    size_t count;
};

static void find_options(const struct alts *a, const struct alts_sign *s,
                         struct options *out)
{
    struct syllable_letter read = {0}, other = {0};

    out->p[0] = (struct alts_other){s->cp, 0};
    out->count = 1;
    if (!syllable_letter(s->cp, &read))
        return;
    for (size_t i = s->first; i < s->first + s->count; i++) {
        const struct alts_other *o = &a->others[i];

        if (out->count < OPTIONS_MAX && o->cost <= CHOICE_COST_MOST * ALTS_UNIT &&
            syllable_letter(o->cp, &other) && other.base == read.base &&
            other.upper == read.upper)
            out->p[out->count++] = *o;
    }
}

/* All readings of a word by going through the options of its letters. */
struct search {
    const struct options *options; /* one a letter */
    struct word *word;
    unsigned letters[LETTERS_MAX];
    int steps;
};

static int reading_worth(const struct reading *r)
{
    return r->ink + ngram_alone(r->id);
}

static void keep_reading(struct search *s, int cost)
{
    struct word *w = s->word;
    struct reading r = {.ink = INK(cost)};
    char key[SYLLABLE_KEY_MAX];
    size_t worst = 1;

    if (memcmp(s->letters, w->readings[0].letters, w->letters * sizeof *s->letters) ==
            0 ||
        !syllable_key_of(s->letters, w->letters, key))
        return;
    r.id = ngram_find(key);
    if (r.id == NGRAM_UNKNOWN)
        return;
    memcpy(r.letters, s->letters, sizeof r.letters);
    if (w->count < READ_MAX) {
        w->readings[w->count++] = r;
        return;
    }
    for (size_t i = 2; i < w->count; i++)
        if (reading_worth(&w->readings[i]) > reading_worth(&w->readings[worst]))
            worst = i;
    if (reading_worth(&r) < reading_worth(&w->readings[worst]))
        w->readings[worst] = r;
}

static void search(struct search *s, size_t at, int cost)
{
    if (s->steps++ > LOOKS_MAX)
        return;
    if (at == s->word->letters) {
        keep_reading(s, cost);
        return;
    }
    for (size_t i = 0; i < s->options[at].count; i++) {
        int sum = cost + s->options[at].p[i].cost;

        s->letters[at] = s->options[at].p[i].cp;
        if (sum <= CHOICE_COST_MOST * ALTS_UNIT)
            search(s, at + 1, sum);
    }
}

/* A word that is no syllable counts as a number, a break or something unknown. */
static int other_id(const struct result *r, size_t i)
{
    const char *p = r->text + r->words[i].start;
    size_t left = r->words[i].len;
    bool letter = false;

    while (left > 0) {
        unsigned cp = utf8_next(&p, &left);

        if (cp >= '0' && cp <= '9')
            return ngram_find(NGRAM_NUMBER);
        letter |= utf8_is_letter_or_digit(cp);
    }
    return letter ? NGRAM_UNKNOWN : ngram_find(NGRAM_BREAK);
}

static void read_word(const struct result *r, const struct alts *a, size_t i,
                      struct word *w)
{
    const struct alts_word *known = &a->words[i];
    const struct alts_sign *signs = known->count ? &a->signs[known->first] : NULL;
    struct options options[LETTERS_MAX];
    struct search s = {.options = options, .word = w};
    char key[SYLLABLE_KEY_MAX];

    w->readings = mem_new(READ_MAX, sizeof *w->readings);
    w->count = 1;
    if (known->count == 0 || !find_core(signs, known->count, w)) {
        w->letters = 0;
        w->shape = SHAPE_OTHER;
        w->readings[0].id = other_id(r, i);
        return;
    }
    for (size_t k = 0; k < w->letters; k++) {
        w->readings[0].letters[k] = signs[w->first_sign + k].cp;
        find_options(a, &signs[w->first_sign + k], &options[k]);
    }
    w->readings[0].id = syllable_key_of(w->readings[0].letters, w->letters, key)
                            ? ngram_find(key)
                            : NGRAM_UNKNOWN;
    if (w->shape != SHAPE_OTHER && (w->letters > 1 || w->shape == SHAPE_LOWER))
        search(&s, 0, 0);
}

/* Whether @b goes on what @a began: next to it, without a sign between them. */
static bool joined(const struct word *a, const struct word *b)
{
    return !a->close && !b->open;
}

/* Whether text has the syllable beside one of these neighbours. */
static bool seen_here(const struct words *w, size_t i, const struct reading *r)
{
    const struct word *b = &w->p[i];
    const struct word *a = i > 0 ? b - 1 : NULL;
    const struct word *c = i + 1 < w->count ? b + 1 : NULL;
    int id = c ? c->readings[c->best].id : NGRAM_UNKNOWN;

    if (r->id == NGRAM_UNKNOWN)
        return false;
    return (a && joined(a, b) &&
            ngram_cost(a->readings[a->best].id, r->id) < ngram_alone(r->id)) ||
           (id != NGRAM_UNKNOWN && joined(b, c) &&
            ngram_cost(r->id, id) < ngram_alone(id));
}

/* ---- names --------------------------------------------------------------------- */

/* Words that a person is called by; before a capital letter they are what they are. */
static const char *const CALLED[] = {"anh", "ba2", "chau1", "chi5",
                                     "co6", "cu5", "o6ng"};

static bool is_one_of(const struct word *w, const char *const *keys, size_t count)
{
    char key[SYLLABLE_KEY_MAX];

    if (w->letters == 0 || !syllable_key_of(w->readings[0].letters, w->letters, key))
        return false;
    for (size_t i = 0; i < count; i++)
        if (strcmp(keys[i], key) == 0)
            return true;
    return false;
}

static bool is_surname(const struct word *w)
{
    char key[SYLLABLE_KEY_MAX];

    return w->letters > 0 && syllable_key_of(w->readings[0].letters, w->letters, key) &&
           surname_known(key);
}

static bool has_capital(const struct word *w)
{
    return w->shape == SHAPE_TITLE || w->shape == SHAPE_CAPITALS;
}

/* How many words with the same capitals follow @i and go on what it began. */
static size_t name_length(const struct result *r, const struct words *w, size_t i)
{
    size_t end = i + 1;

    while (end < w->count && w->p[end].shape == w->p[i].shape &&
           r->words[end].line == r->words[i].line && joined(&w->p[end - 1], &w->p[end]))
        end++;
    return end - i - 1;
}

/* A name of a person: the surname and the words with a capital after it. Capitals
 * throughout only where a short line begins with it; a heading has them as well. */
static void guard_person(const struct result *r, struct words *w, size_t i)
{
    enum shape shape = w->p[i].shape;
    size_t follow = name_length(r, w, i);
    size_t end = i + 1 + (follow < NAME_AFTER ? follow : NAME_AFTER);

    if (!has_capital(&w->p[i]) || !is_surname(&w->p[i]))
        return;
    if (end == i + 1)
        return;
    if (shape == SHAPE_CAPITALS &&
        ((i > 0 && r->words[i - 1].line == r->words[i].line) ||
         (end < w->count && r->words[end].line == r->words[i].line)))
        return;
    for (; i < end; i++)
        w->p[i].guarded = true;
}

/* Whether a name may begin at @i: two or three words with a capital follow, one is
 * enough after "ông" or "bà", and none stands before it. Capitals throughout only on a
 * line of their own. */
static bool heads_name(const struct result *r, const struct words *w, size_t i)
{
    const struct word *b = &w->p[i], *a = i > 0 ? b - 1 : NULL;
    bool called = a && joined(a, b) && is_one_of(a, CALLED, ARRAY_LEN(CALLED));
    size_t follow = name_length(r, w, i), end = i + follow + 1;

    if (!has_capital(b) || follow > NAME_AFTER || follow + called < 2 || follow == 0)
        return false;
    if (a && !called && has_capital(a) && joined(a, b) &&
        r->words[i - 1].line == r->words[i].line)
        return false;
    return b->shape == SHAPE_TITLE ||
           ((i == 0 || r->words[i - 1].line != r->words[i].line) &&
            (end == w->count || r->words[end].line != r->words[i].line));
}

/* A frequent surname with other marks (Nguyên), where a name begins and Tesseract had
 * the right ones as well. What text has in that place ("Nguyên tắc") is none. */
static void find_surname(const struct result *r, struct words *w, size_t i)
{
    struct word *a = &w->p[i];
    char key[SYLLABLE_KEY_MAX];
    size_t length = 0;

    if (a->count < 2 || !syllable_key_of(a->readings[0].letters, a->letters, key) ||
        !surname_misread(key) || !heads_name(r, w, i) ||
        seen_here(w, i, &a->readings[0]))
        return;
    if (ngram_is_name(a->readings[0].id, a[1].readings[0].id))
        return;
    for (size_t k = 1; k < a->count; k++)
        if (syllable_key_of(a->readings[k].letters, a->letters, key) &&
            surname_known(key) &&
            (a->surname == 0 || a->readings[k].ink < a->readings[a->surname].ink))
            a->surname = k;
    length = a->surname ? name_length(r, w, i) : 0;
    for (size_t k = 1; k <= length; k++)
        a[k].guarded = true;
}

static void guard_names(const struct result *r, struct words *w)
{
    for (size_t i = 0; i < w->count; i++) {
        struct word *a = &w->p[i], *b = i + 1 < w->count ? a + 1 : NULL;

        guard_person(r, w, i);
        find_surname(r, w, i);
        if (b && b->shape == SHAPE_TITLE && joined(a, b) &&
            is_one_of(a, CALLED, ARRAY_LEN(CALLED)))
            a->guarded = true;
        if (b && has_capital(a) && has_capital(b) && joined(a, b) &&
            ngram_is_name(a->readings[0].id, b->readings[0].id))
            a->guarded = b->guarded = true;
    }
}

/* A word with a capital beside another one may be a name that no list has. */
static bool like_name(const struct words *w, size_t i)
{
    const struct word *a = &w->p[i];

    return a->shape == SHAPE_TITLE &&
           ((i > 0 && a[-1].shape == SHAPE_TITLE && joined(a - 1, a)) ||
            (i + 1 < w->count && a[1].shape == SHAPE_TITLE && joined(a, a + 1)));
}

/* ---- the best path ------------------------------------------------------------- */

/* Cost of reading @to right after @from, whose words are @a and @b. */
static int step(const struct word *a, const struct reading *from, const struct word *b,
                const struct reading *to)
{
    int before = a && joined(a, b) ? from->id : ngram_find(NGRAM_BREAK);

    return ngram_cost(before, to->id);
}

static int best_ahead(const struct word *a, const struct word *b,
                      const struct reading *to)
{
    int best = INT32_MAX;

    if (!a)
        return step(NULL, NULL, b, to);
    for (size_t i = 0; i < a->count; i++) {
        int cost = a->readings[i].ahead + step(a, &a->readings[i], b, to);

        best = cost < best ? cost : best;
    }
    return best;
}

static int best_behind(const struct word *a, const struct reading *from,
                       const struct word *b, const int *behind)
{
    int best = INT32_MAX;

    if (!b)
        return 0;
    for (size_t i = 0; i < b->count; i++) {
        int cost = behind[i] + b->readings[i].ink + step(a, from, b, &b->readings[i]);

        best = cost < best ? cost : best;
    }
    return best;
}

/* For each reading the cost of the best path that goes through it: forwards, then
 * backwards (max-product). At most RESULT_WORDS_MAX words of 2 * 255 and their ink. */
static void find_path(struct words *w)
{
    int behind[READ_MAX] = {0}, now[READ_MAX] = {0};

    for (size_t i = 0; i < w->count; i++)
        for (size_t k = 0; k < w->p[i].count; k++) {
            struct reading *to = &w->p[i].readings[k];

            to->ahead = to->ink + best_ahead(i ? &w->p[i - 1] : NULL, &w->p[i], to);
        }
    for (size_t i = w->count; i-- > 0;) {
        struct word *a = &w->p[i];

        a->best = 0;
        for (size_t k = 0; k < a->count; k++) {
            now[k] = best_behind(a, &a->readings[k], i + 1 < w->count ? a + 1 : NULL,
                                 behind);
            a->readings[k].all = a->readings[k].ahead + now[k];
            if (a->readings[k].all < a->readings[a->best].all)
                a->best = k;
        }
        memcpy(behind, now, sizeof behind);
    }
}

/* ---- the outcome --------------------------------------------------------------- */

/* The word's text with the letters of a reading. owned */
static char *spell(const struct alts *a, size_t i, const struct word *w,
                   const struct reading *reading)
{
    AUTO_STR struct str text = STR_INIT(RESULT_OTHER_MAX);
    const struct alts_word *known = &a->words[i];

    for (size_t k = 0; k < known->count; k++)
        utf8_put(&text, k >= w->first_sign && k < w->first_sign + w->letters
                            ? reading->letters[k - w->first_sign]
                            : a->signs[known->first + k].cp);
    return text.over ? NULL : str_take(&text);
}

/* The nearest reading to @at, by the cost of the page. At least two are there. */
static size_t runner_up(const struct word *w, size_t at)
{
    size_t best = at == 0 ? 1 : 0;

    for (size_t k = 0; k < w->count; k++)
        if (k != at && w->readings[k].all < w->readings[best].all)
            best = k;
    return best;
}

/* What stands against a reading here, as it is told: its ratings and its neighbours. */
static int score(const struct words *w, size_t i, const struct reading *r)
{
    const struct word *b = &w->p[i];
    const struct word *a = i > 0 ? b - 1 : NULL;
    const struct word *c = i + 1 < w->count ? b + 1 : NULL;
    int sum = r->ink + step(a, a ? &a->readings[a->best] : NULL, b, r) +
              (c ? step(b, r, c, &c->readings[c->best]) : 0);

    return sum > 0 ? sum : 0;
}

static void note(struct result *r, size_t *cap, const struct result_choice *c)
{
    mem_grow(&r->choices, cap, r->choice_count + 1, sizeof *r->choices);
    r->choices[r->choice_count++] = *c;
}

/* The second word on one word: take the better reading, or note it, or neither.
 * Return: the new text, owned; NULL: as it was. */
static char *decide(struct result *r, const struct alts *alts, const struct words *w,
                    size_t i, size_t *cap)
{
    struct word *one = &w->p[i];
    const struct reading *read = &one->readings[0];
    int margin = like_name(w, i) ? CHOICE_MARGIN_NAME : CHOICE_MARGIN;
    size_t other = one->count > 1 ? runner_up(one, 0) : 0;
    int gain = read->all - one->readings[other].all;
    bool may = !one->guarded && other > 0 && seen_here(w, i, &one->readings[other]);
    struct result_choice c = {.word = i};
    char *text = NULL;

    if (one->surname) {
        other = one->surname;
        gain = CHOICE_SURNAME - one->readings[other].ink;
        may = true;
    }
    if (other == 0 || gain < -CHOICE_DOUBT)
        return NULL;
    text = spell(alts, i, one, &one->readings[other]);
    if (!text)
        return NULL;
    one->best = 0;
    c.changed = gain >= margin && may;
    c.score = score(w, i, c.changed ? &one->readings[other] : read);
    c.score_other = score(w, i, c.changed ? read : &one->readings[other]);
    if (!c.changed) {
        c.other = text;
        note(r, cap, &c);
        return NULL;
    }
    one->best = other;
    c.other = mem_printf("%.*s", (int)r->words[i].len, r->text + r->words[i].start);
    note(r, cap, &c);
    return text;
}

/* No doubt is left: nothing was noted, or the text speaks for what was taken. */
static bool is_settled(const struct words *w, size_t i)
{
    const struct word *one = &w->p[i];
    const struct reading *best = &one->readings[one->best];

    if (one->surname && one->best == one->surname)
        return true; /* a second look has no better reason */
    if (one->letters == 0 || !seen_here(w, i, best))
        return false;
    return one->count < 2 ||
           one->readings[runner_up(one, one->best)].all - best->all >= CHOICE_MARGIN;
}

struct texts {
    char **p; /* one a word; NULL: as it was. owned */
    size_t count;
};

static void texts_auto(struct texts *t)
{
    for (size_t i = 0; i < t->count; i++)
        mem_free(t->p[i]);
    mem_free(t->p);
}

int choice_make(struct result *r, const struct alts *alts, bool *settled, struct err *e)
{
    AUTO(words_auto) struct words w = {0};
    AUTO(texts_auto) struct texts texts = {0};
    size_t cap = 0;

    assert(r->choice_count == 0);
    assert(alts->word_count == r->word_count);
    w.p = mem_new(r->word_count, sizeof *w.p);
    for (; w.count < r->word_count; w.count++)
        read_word(r, alts, w.count, &w.p[w.count]);
    guard_names(r, &w);
    find_path(&w);
    texts.p = mem_new(r->word_count, sizeof *texts.p);
    for (; texts.count < r->word_count; texts.count++)
        texts.p[texts.count] = decide(r, alts, &w, texts.count, &cap);
    for (size_t i = 0; settled && i < w.count; i++)
        settled[i] = is_settled(&w, i);
    return result_retext(r, texts.p, e);
}
