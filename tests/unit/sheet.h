/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_SHEET_H
#define SOHOA_TESTS_SHEET_H

#include <stdlib.h>
#include <string.h>

#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

/*
 * A page of words made by hand: an A4 sheet at 200 dpi (1654 × 2339 pixels), lines put
 * where a test wants them. A character is 14 pixels wide, a space 10; words are 26
 * pixels high and read with confidence 95 unless "{height,confidence}" follows a word.
 */
#define SHEET_W      1654
#define SHEET_H      2339
#define SHEET_CHAR   14
#define SHEET_SPACE  10
#define SHEET_HEIGHT 26
#define SHEET_CONF   95

struct sheet {
    struct result r;
    struct str text;
    size_t cap;
    int line;
};

static inline void sheet_init(struct sheet *s)
{
    *s = (struct sheet){.text = STR_INIT(RESULT_TEXT_MAX), .line = -1};
    s->r.width_px = SHEET_W;
    s->r.height_px = SHEET_H;
    s->r.skew_reason = mem_dup("straight");
}

static inline void sheet_clear(struct sheet *s)
{
    s->r.text = NULL; /* view into s->text */
    result_clear(&s->r);
    str_clear(&s->text);
}
#define AUTO_SHEET AUTO(sheet_clear)

static inline int sheet_chars(const char *p, size_t len)
{
    int n = 0;

    for (; len > 0; n++)
        utf8_next(&p, &len);
    return n;
}

/* One word at @x. Return: its right edge. */
static inline int sheet_word(struct sheet *s, int x, int y, const char *word,
                             size_t len)
{
    const char *brace = memchr(word, '{', len);
    size_t letters = brace ? (size_t)(brace - word) : len;
    struct result_word w = {.x = x, .h = SHEET_HEIGHT, .confidence = SHEET_CONF};

    if (brace) {
        char *comma = NULL;

        w.h = (int32_t)strtol(brace + 1, &comma, 10);
        w.confidence = *comma == ',' ? (int)strtol(comma + 1, NULL, 10) : SHEET_CONF;
    }
    w.y = y - w.h / 2;
    w.w = SHEET_CHAR * sheet_chars(word, letters);
    w.start = s->text.len;
    w.len = letters;
    w.line = s->line;
    w.block = s->line;
    str_add_mem(&s->text, word, letters);
    mem_grow(&s->r.words, &s->cap, s->r.word_count + 1, sizeof *s->r.words);
    s->r.words[s->r.word_count++] = w;
    s->r.text = s->text.p;
    return w.x + w.w;
}

/* More words on the line begun last. */
static inline void sheet_more(struct sheet *s, int x, int y, const char *words)
{
    while (*words) {
        size_t len = strcspn(words, " ");

        if (len > 0) {
            str_add(&s->text,
                    s->text.len == 0 || s->text.p[s->text.len - 1] == '\n' ? "" : " ");
            x = sheet_word(s, x, y, words, len) + SHEET_SPACE;
        }
        words += len;
        words += *words != '\0';
    }
}

/* A line with its middle at height @y. */
static inline void sheet_line(struct sheet *s, int x, int y, const char *words)
{
    if (s->text.len > 0)
        str_add(&s->text, "\n\n");
    s->line++;
    sheet_more(s, x, y, words);
}

/* A line with @x as its middle. */
static inline void sheet_centre(struct sheet *s, int x, int y, const char *words)
{
    int width = 0;

    for (const char *p = words; *p;) {
        size_t len = strcspn(p, " ");
        size_t letters = strcspn(p, " {");

        width += SHEET_CHAR * sheet_chars(p, letters) + SHEET_SPACE;
        p += len;
        p += *p != '\0';
    }
    sheet_line(s, x - width / 2, y, words);
}

#endif
