/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_BAG_H
#define SOHOA_TESTS_BAG_H

/* Words of a text as a bag: maximal runs of letters and digits, lower case, NFC. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"

#define BAG_WORDS_MAX 200000

struct bag {
    struct str text; /* words, each ended by NUL */
    const char **words;
    size_t count;
};
#define BAG_INIT                                                                       \
    {                                                                                  \
        .text = STR_INIT(STR_FILE_MAX)                                                 \
    }

static inline void bag_clear(struct bag *b)
{
    str_clear(&b->text);
    mem_free(b->words);
    b->words = NULL;
}
#define AUTO_BAG AUTO(bag_clear)

static inline int bag_compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* bag_fill - the words of @text, sorted. */
static inline void bag_fill(struct bag *b, const char *text, size_t len)
{
    AUTO_STR struct str low = STR_INIT(STR_FILE_MAX);
    const char *p = NULL;
    size_t left = 0;
    bool inside = false;

    utf8_lower(text, len, &low);
    b->words = mem_new(BAG_WORDS_MAX, sizeof *b->words);
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
        if (b->count < BAG_WORDS_MAX)
            b->words[b->count++] = p;
    qsort(b->words, b->count, sizeof *b->words, bag_compare);
}

static inline int bag_read(const char *path, struct bag *b)
{
    AUTO_STR struct str raw = STR_INIT(STR_FILE_MAX);
    struct err e = ERR_INIT;

    if (fs_read_file(path, &raw, &e) < 0) {
        (void)fprintf(stderr, "%s: %s\n", path, err_code_what(e.code));
        return -1;
    }
    bag_fill(b, str_text(&raw), raw.len);
    return 0;
}

/* bag_common - words of @truth that @read has as well, each as often as in both. */
static inline size_t bag_common(const struct bag *truth, const struct bag *read)
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

/* bag_times - how often it has @word. */
static inline size_t bag_times(const struct bag *b, const char *word)
{
    size_t n = 0;

    for (size_t i = 0; i < b->count; i++)
        n += strcmp(b->words[i], word) == 0;
    return n;
}

#endif
