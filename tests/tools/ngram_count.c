/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ngram_count WEIGHT FILE [WEIGHT FILE]... NAMES - the table of ocr/ngram.h on stdout.
 *
 * WEIGHT: how much one occurrence in FILE counts; 2 is in full, 1 is half. NAMES: one
 * name of a place a line, without the word for its kind. The sources are counted
 * together: interpolated absolute discounting, the lower order half of occurrences and
 * half of different syllables before (Ney, Essen, Kneser 1994). Costs are in 1/16 nat.
 * Lines:
 *
 *      s KEY ALONE BACK_OFF [AFTER COST]...    a syllable and what follows it
 *      n KEY KEY                               two syllables of a name
 */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/ngram.h"
#include "ocr/syllable.h"

#define SLOTS    (1U << 17) /* of the table of syllables, a power of two */
#define DISCOUNT 1.5        /* taken off each pair, 3/4 of a full occurrence */
#define LEAST    2          /* a rarer syllable is unknown */
#define FLOOR    1e-7       /* probability of what was seen nowhere */
#define WORTH    4 /* a pair that gains less, a quarter of a nat, is left out */
#define FILE_MAX ((size_t)64 << 20)

struct syllable {
    char key[SYLLABLE_KEY_MAX];
    double count;      /* as a word */
    double before;     /* pairs it begins */
    uint32_t previous; /* different syllables before it */
    int number;        /* in the order of keys; -1: left out */
};

struct pair {
    uint32_t a, b; /* slots */
    double count;
};

static struct syllable table[SLOTS];
static struct pair *pairs;
static size_t pair_count, pair_cap;

static uint32_t slot(const char *key)
{
    uint32_t h = 2166136261U;

    for (const char *p = key; *p; p++)
        h = (h ^ (unsigned char)*p) * 16777619U;
    for (h &= SLOTS - 1; table[h].key[0]; h = (h + 1) & (SLOTS - 1))
        if (strcmp(table[h].key, key) == 0)
            return h;
    (void)snprintf(table[h].key, sizeof table[h].key, "%s", key);
    return h;
}

/* One token after another; NULL ends the connection to what follows. */
static void token(const char *key, double weight, uint32_t *before)
{
    uint32_t now = key ? slot(key) : SLOTS;

    if (key && *before < SLOTS && now == *before && strcmp(key, NGRAM_BREAK) == 0)
        return;
    if (key) {
        table[now].count += weight;
        if (*before < SLOTS) {
            mem_grow(&pairs, &pair_cap, pair_count + 1, sizeof *pairs);
            pairs[pair_count++] = (struct pair){*before, now, weight};
        }
    }
    *before = now;
}

static void word(const char *text, size_t len, double weight, uint32_t *before)
{
    char key[SYLLABLE_KEY_MAX];

    if (strcspn(text, "0123456789") < len)
        token(NGRAM_NUMBER, weight, before);
    else
        token(syllable_key(text, len, key) ? key : NULL, weight, before);
}

static int count_file(const char *path, double weight)
{
    AUTO_STR struct str raw = STR_INIT(FILE_MAX);
    AUTO_STR struct str text = STR_INIT(FILE_MAX);
    struct err e = ERR_INIT;
    const char *p = NULL;
    const char *start = NULL;
    size_t left = 0;
    uint32_t before = slot(NGRAM_BREAK);

    if (fs_read_file(path, &raw, &e) < 0) {
        (void)fprintf(stderr, "ngram_count: %s: %s\n", path, err_code_what(e.code));
        return -1;
    }
    utf8_nfc(str_text(&raw), raw.len, &text);
    p = str_text(&text);
    left = text.len;
    while (left) {
        const char *here = p;
        unsigned cp = utf8_next(&p, &left);

        if (utf8_is_letter_or_digit(cp) || utf8_is_mark(cp)) {
            start = start ? start : here;
            continue;
        }
        if (start)
            word(start, (size_t)(here - start), weight, &before);
        start = NULL;
        if (cp < 0x80 && strchr("\n.,;:!?()", (int)cp))
            token(NGRAM_BREAK, weight, &before);
    }
    if (start)
        word(start, (size_t)(p - start), weight, &before);
    return 0;
}

static int by_slots(const void *x, const void *y)
{
    const struct pair *a = x;
    const struct pair *b = y;

    return a->a != b->a   ? (a->a < b->a ? -1 : 1)
           : a->b != b->b ? (a->b < b->b ? -1 : 1)
                          : 0;
}

static int by_key(const void *x, const void *y)
{
    const struct syllable *const *a = x;
    const struct syllable *const *b = y;

    return strcmp((*a)->key, (*b)->key);
}

/* Equal pairs as one, with the sum of their counts. */
static void merge(void)
{
    size_t n = 0;

    qsort(pairs, pair_count, sizeof *pairs, by_slots);
    for (size_t i = 0; i < pair_count; i++)
        if (n > 0 && by_slots(&pairs[n - 1], &pairs[i]) == 0)
            pairs[n - 1].count += pairs[i].count;
        else
            pairs[n++] = pairs[i];
    pair_count = n;
}

static int cost(double probability)
{
    double c = -log(probability) * NGRAM_NAT;

    return c <= 0 ? 0 : c >= NGRAM_COST_MOST ? NGRAM_COST_MOST : (int)lround(c);
}

static double all_count;

static double alone(const struct syllable *s)
{
    return 0.5 * s->count / all_count + 0.5 * (double)s->previous / (double)pair_count +
           FLOOR;
}

static void print_syllable(const struct syllable *s, const struct pair *p,
                           const struct pair *end)
{
    double back = 1;
    double taken = 0;

    for (const struct pair *q = p; q < end; q++)
        taken += fmin(q->count, DISCOUNT);
    if (s->before > 0)
        back = fmax(taken / s->before, FLOOR);
    (void)printf("s\t%s\t%d\t%d", s->key, cost(alone(s)), cost(back));
    for (; p < end; p++) {
        const struct syllable *b = &table[p->b];
        double known = p->count - DISCOUNT;
        int together = cost(known / s->before + back * alone(b));

        if (known > 0 && b->number >= 0 && together + WORTH <= cost(back * alone(b)))
            (void)printf("\t%s %d", b->key, together);
    }
    (void)putchar('\n');
}

static void print_name(const char *line, size_t len)
{
    char before[SYLLABLE_KEY_MAX] = "";
    char key[SYLLABLE_KEY_MAX];

    while (len > 0) {
        size_t n = strcspn(line, " \n");

        n = n < len ? n : len;
        if (!syllable_key(line, n, key))
            key[0] = '\0';
        if (before[0] && key[0])
            (void)printf("n\t%s\t%s\n", before, key);
        (void)snprintf(before, sizeof before, "%s", key);
        line += n + (n < len);
        len -= n + (n < len);
    }
}

static void print_names(const char *text)
{
    while (*text) {
        size_t n = strcspn(text, "\n");

        print_name(text, n);
        text += n + (text[n] == '\n');
    }
}

int main(int argc, char **argv)
{
    AUTO_STR struct str names = STR_INIT(FILE_MAX);
    AUTO_STR struct str nfc = STR_INIT(FILE_MAX);
    struct syllable **order = NULL;
    size_t count = 0;
    struct err e = ERR_INIT;

    if (argc < 4 || argc % 2) {
        (void)fputs("ngram_count WEIGHT FILE [WEIGHT FILE]... NAMES\n", stderr);
        return 2;
    }
    for (int i = 1; i + 2 < argc; i += 2)
        if (count_file(argv[i + 1], strtod(argv[i], NULL)) < 0)
            return 1;
    if (fs_read_file(argv[argc - 1], &names, &e) < 0 || names.len == 0)
        return 1;
    merge();
    order = mem_new(SLOTS, sizeof(struct syllable *));
    for (uint32_t i = 0; i < SLOTS; i++) {
        table[i].number = -1;
        all_count += table[i].count;
        if (table[i].count >= LEAST)
            order[count++] = &table[i];
    }
    qsort(order, count, sizeof(struct syllable *), by_key);
    for (size_t i = 0; i < count; i++)
        order[i]->number = (int)i;
    for (size_t i = 0; i < pair_count; i++) {
        table[pairs[i].a].before += pairs[i].count;
        table[pairs[i].b].previous++;
    }
    for (size_t i = 0; i < count; i++) {
        struct pair wanted = {.a = (uint32_t)(order[i] - table)};
        size_t low = 0;
        size_t high = pair_count;

        while (low < high) {
            size_t middle = low + (high - low) / 2;

            if (pairs[middle].a < wanted.a)
                low = middle + 1;
            else
                high = middle;
        }
        for (high = low; high < pair_count && pairs[high].a == wanted.a; high++)
            ;
        print_syllable(order[i], pairs + low, pairs + high);
    }
    utf8_nfc(str_text(&names), names.len, &nfc);
    print_names(str_text(&nfc));
    mem_free(order);
    mem_free(pairs);
    return 0;
}
