/* SPDX-License-Identifier: Apache-2.0 */
/*
 * score TRUTH.txt READ.txt...: word recall of a reading. Words are maximal runs of
 * letters and digits, lower case, NFC, compared as a bag (order does not count). Prints
 * for each pair "recall true found read"; with several files they come in pairs and a
 * last line "mean". Precision is left out on purpose: what matters is what can be
 * found.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define WORDS_MAX 200000

struct bag {
    struct str text; /* words, each ended by NUL */
    const char **words;
    size_t count;
};

static void bag_clear(struct bag *b)
{
    str_clear(&b->text);
    mem_free(b->words);
    b->words = NULL;
}
#define AUTO_BAG AUTO(bag_clear)

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int bag_read(const char *path, struct bag *b)
{
    AUTO_STR struct str raw = STR_INIT(STR_FILE_MAX);
    AUTO_STR struct str low = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;
    const char *p = NULL;
    size_t left = 0;
    bool inside = false;

    if (fs_read_file(path, &raw, &e) < 0) {
        (void)fprintf(stderr, "score: %s: %s\n", path, err_code_what(e.code));
        return -1;
    }
    utf8_lower(str_text(&raw), raw.len, &low);
    b->words = mem_new(WORDS_MAX, sizeof *b->words);
    p = str_text(&low);
    left = low.len;
    while (left) {
        unsigned cp = utf8_next(&p, &left);

        if (utf8_is_letter_or_digit(cp) || (inside && utf8_is_mark(cp))) {
            utf8_put(&b->text, cp);
            inside = true;
        } else if (inside) {
            str_add_char(&b->text, '\0');
            inside = false;
        }
    }
    if (inside)
        str_add_char(&b->text, '\0');
    /* Pointers only now: the buffer moved while it grew. */
    for (p = str_text(&b->text); p < str_text(&b->text) + b->text.len;
         p += strlen(p) + 1)
        if (b->count < WORDS_MAX)
            b->words[b->count++] = p;
    qsort(b->words, b->count, sizeof *b->words, compare);
    return 0;
}

/* Words of @truth that @read has as well, each as often as in both. */
static size_t common(const struct bag *truth, const struct bag *read)
{
    size_t i = 0;
    size_t j = 0;
    size_t found = 0;

    while (i < truth->count && j < read->count) {
        int order = strcmp(truth->words[i], read->words[j]);

        if (order == 0)
            found++;
        if (order <= 0)
            i++;
        if (order >= 0)
            j++;
    }
    return found;
}

int main(int argc, char **argv)
{
    double sum = 0;
    int pairs = 0;

    if (argc < 3 || argc % 2 == 0) {
        (void)fputs("score TRUTH.txt READ.txt [TRUTH.txt READ.txt]...\n", stderr);
        return 2;
    }
    for (int i = 1; i + 1 < argc; i += 2) {
        AUTO_BAG struct bag truth = {.text = STR_INIT(STR_FILE_MAX)};
        AUTO_BAG struct bag read = {.text = STR_INIT(STR_FILE_MAX)};
        size_t found = 0;
        double recall = 0;

        if (bag_read(argv[i], &truth) < 0 || bag_read(argv[i + 1], &read) < 0)
            return 1;
        found = common(&truth, &read);
        recall = truth.count ? (double)found / (double)truth.count : 1.0;
        (void)printf("%.4f %zu %zu %zu\n", recall, truth.count, found, read.count);
        sum += recall;
        pairs++;
    }
    if (pairs > 1)
        (void)printf("mean %.4f\n", sum / pairs);
    return 0;
}
