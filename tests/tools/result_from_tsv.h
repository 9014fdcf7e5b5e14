/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TESTS_RESULT_FROM_TSV_H
#define SOHOA_TESTS_RESULT_FROM_TSV_H

#include <stdlib.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/str.h"
#include "node/base/utf8.h"
#include "ocr/result.h"

/*
 * A struct result from the table Tesseract writes (twelve columns a row: level, page,
 * block, paragraph, line, word, left, top, width, height, confidence, text), for tests
 * and measurements that need words of real pages without running recognition.
 */

/* Column @want of a row that ends at @end. Return: its length. */
static inline size_t tsv_column(const char *row, const char *end, int want,
                                const char **at)
{
    const char *p = row;

    for (int i = 0; i < want && p; i++) {
        p = memchr(p, '\t', (size_t)(end - p));
        p = p ? p + 1 : NULL;
    }
    if (!p)
        return 0;
    *at = p;
    p = memchr(p, '\t', (size_t)(end - p));
    return (size_t)((p ? p : end) - *at);
}

static inline int tsv_number(const char *row, const char *end, int want)
{
    const char *at = "";

    return tsv_column(row, end, want, &at) > 0 ? (int)strtod(at, NULL) : 0;
}

/* What read_pages writes in the text of the page's row. */
static inline void tsv_upright(const char *text, struct result_upright *out)
{
    char *end = NULL;
    int32_t v[10] = {0};

    for (size_t i = 0; i < 10; i++) {
        v[i] = (int32_t)strtol(text, &end, 10);
        if (end == text)
            return;
        text = end;
    }
    out->width_px = v[0];
    out->height_px = v[1];
    memcpy(out->corner, v + 2, sizeof out->corner);
}

/** result_from_tsv - @tsv: one page. @out: owned, result_clear(). */
static inline void result_from_tsv(const char *tsv, struct result *out)
{
    AUTO_STR struct str text = STR_INIT(RESULT_TEXT_MAX);
    size_t cap = 0;
    int line_key = -1;
    int block_key = -1;
    int line = -1;
    int block = -1;
    int sum = 0;

    *out = (struct result){0};
    for (const char *row = tsv; *row;) {
        const char *end = strchr(row, '\n');
        const char *word = NULL;
        size_t len;

        end = end ? end : row + strlen(row);
        len = tsv_column(row, end, 11, &word);
        if (tsv_number(row, end, 0) == 1) {
            out->width_px = tsv_number(row, end, 8);
            out->height_px = tsv_number(row, end, 9);
            if (len > 0)
                tsv_upright(word, &out->upright);
        }
        while (len > 0 && *word == ' ') {
            word++;
            len--;
        }
        if (tsv_number(row, end, 0) == 5 && len > 0 && !memchr(word, ' ', len)) {
            struct result_word w = {.confidence = tsv_number(row, end, 10)};
            int b = tsv_number(row, end, 2);
            int l =
                (b * 1000 + tsv_number(row, end, 3)) * 1000 + tsv_number(row, end, 4);

            if (l != line_key) {
                if (text.len > 0)
                    str_add(&text, b != block_key ? "\n\n" : "\n");
                line++;
                block += b != block_key;
            } else {
                str_add_char(&text, ' ');
            }
            line_key = l;
            block_key = b;
            w.start = text.len;
            utf8_nfc(word, len, &text);
            w.len = text.len - w.start;
            w.x = tsv_number(row, end, 6);
            w.y = tsv_number(row, end, 7);
            w.w = tsv_number(row, end, 8);
            w.h = tsv_number(row, end, 9);
            w.line = line;
            w.block = block;
            sum += w.confidence;
            mem_grow(&out->words, &cap, out->word_count + 1, sizeof *out->words);
            out->words[out->word_count++] = w;
        }
        row = *end ? end + 1 : end;
    }
    out->confidence = out->word_count > 0 ? sum / (int)out->word_count : 0;
    out->skew_reason = mem_dup("unknown");
    out->text = mem_dup(str_text(&text));
}

#endif
