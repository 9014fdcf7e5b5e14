/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_HEAD_H
#define SOHOA_OCR_HEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "ocr/cells.h"
#include "ocr/kinds.h"

struct result;

/*
 * The header of a document's page while its fields are read (method: fields.h): where
 * the columns part, where they begin and end, the line of the kind. Asked by docnumber,
 * docdate, issuer and fields.
 */

#define HEAD_TEXT_MAX 2000 /* bytes of a value */
#define HEAD_FLAT_MAX 400  /* bytes of a line without its spaces */

/* Digits printed in one go are so high beside the year's. */
#define HEAD_HEIGHT_LOW  0.85
#define HEAD_HEIGHT_HIGH 1.14
#define HEAD_GLUED_HIGH  1.50 /* when an accent or a tail is in the same word */

#define HEAD_SURE_TEXT 60 /* a word of a name read with less is in doubt */

#define HEAD_SURE "" /* reason of what is not doubtful */

/* Words a value came from: box in pixels as captured, confidences. */
struct head_box {
    size_t count;
    int32_t x, y, right, bottom;
    int conf_sum, conf_min;
    bool chosen;       /* a word has another reading among Tesseract's own */
    const char *doubt; /* static: why one of its words is doubtful; NULL: none is */
};

/* Words of a line without the spaces, each byte knowing its word. */
struct head_flat {
    char text[HEAD_FLAT_MAX + 1];
    uint8_t word[HEAD_FLAT_MAX + 1];
    size_t len;
};

struct head {
    struct cells c;
    size_t page;
    int this_year;
    bool titled; /* national title, motto or the Party's title stands there */
    bool party;
    int32_t border, top, title_mid, unit;
    int32_t text_left, text_right; /* 0: not known */
    int32_t bottom;                /* where the two cells end */
    const struct cells_line *kind_line;
    const struct cells_line *kinh_gui;
    const struct kinds_kind *kind;
    enum kinds_match kind_match;
    size_t kind_words; /* of kind_line that are the kind; the rest is abstract */
    const struct cells_line *number_line;
    const struct cells_line *date_line;
    int32_t digit_height; /* of the printed year; 0: not known */
};

/**
 * head_read - find title, kind and cells of a page.
 * @r: kept. @this_year: 0: not known. @out: head_clear().
 */
void head_read(const struct result *r, size_t page, int this_year, struct head *out);
void head_clear(struct head *h);
#define AUTO_HEAD AUTO(head_clear)

/** head_in_stamp - does the line lie in an incoming stamp (near ĐẾN in capitals)? */
bool head_in_stamp(const struct head *h, const struct cells_line *l);

/** head_line_begins - do the folded words of the line begin with @what? */
bool head_line_begins(const struct cells *c, const struct cells_line *l,
                      const char *what);

void head_box_add(struct head_box *b, const struct cells *c,
                  const struct cells_word *cw);
int head_box_mean(const struct head_box *b);

/** head_doubt - set @reason to @why (static) when @when, unless there is one already:
 * rules are asked in the order of what helps a clerk most. */
void head_doubt(const char **reason, bool when, const char *why);

/** head_box_doubt - what its words say against a value. */
void head_box_doubt(const struct head_box *b, const char **reason);

/** head_trim - append without the punctuation at both ends. */
void head_trim(struct str *out, const char *text);

/** head_flat_add - append bytes that belong to word @word of the line; what is beyond
 * HEAD_FLAT_MAX is left out. */
void head_flat_add(struct head_flat *f, const char *text, size_t len, size_t word);

static inline bool head_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Also any byte of a letter beyond ASCII. */
static inline bool head_is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (unsigned char)c >= 0x80;
}

#endif
