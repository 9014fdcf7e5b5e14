/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_RESULT_H
#define SOHOA_OCR_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "ocr/grid.h"
#include "ocr/steps.h"

struct err;
struct jdoc;

/*
 * What recognition found on one page.
 *
 * text: NFC; words of a line joined by one space, lines by LF, blocks by an empty line.
 * words: in the order of text, so that the i-th token between white space in text is
 * words[i]; result_check() holds this. Boxes are in pixels of the page picture as it
 * was captured (after EXIF orientation, before deskew and scaling).
 */
#define RESULT_WORDS_MAX 20000
#define RESULT_TEXT_MAX  STR_TEXT_MAX

struct result_word {
    size_t start, len;  /* bytes in text */
    int32_t x, y, w, h; /* pixels, w and h >= 1 */
    int confidence;     /* 0 to 100 */
    int line;           /* from 0, counted over the page */
    int block;          /* from 0 */
};

/*
 * A word that has a second reading among Tesseract's own alternatives (ocr/choice.h).
 * The text holds the one that was taken; the other one stands here. Scores are costs in
 * 1/16 nat, the lower one is the more probable.
 */
#define RESULT_OTHER_MAX ((size_t)64)       /* bytes of the other reading */
#define RESULT_SCORE_MAX INT64_C(100000000) /* of either score */

struct result_choice {
    size_t word;  /* its number, rising */
    bool changed; /* true: other is what Tesseract read first; false: it stayed */
    char *other;  /* the reading that was not taken. owned */
    int score;    /* of the word in the text */
    int score_other;
};

/*
 * How the page was laid to be read: the corners of an upright page of about the same
 * resolution (top left, top right, bottom right, bottom left; x and y), in 1/16 pixel
 * of the page as captured. ocr/upright.h goes to and fro.
 */
#define RESULT_CORNER_UNIT 16

struct result_upright {
    int32_t width_px, height_px; /* of the upright page; 0: it was read as captured */
    int32_t corner[8];
};

struct result {
    int32_t width_px, height_px; /* page picture as captured */
    int dpi;                     /* 0: not known */
    bool blank;                  /* no text found and nearly no ink */
    int layer;         /* enum layer_use: what became of the file's own text */
    int confidence;    /* mean of the words, 0 to 100; 0 when there are none */
    double skew_deg;   /* turned by this, clockwise positive; 0: not turned */
    char *skew_reason; /* why it was turned or not, English keyword. owned */
    char *text;        /* owned, never NULL after success */
    struct result_upright upright;
    struct result_word *words; /* owned */
    size_t word_count;
    struct result_choice *choices; /* owned */
    size_t choice_count;
    int stamp; /* enum secrecy_grade of a stamp seen as a picture; not in the blob */
    unsigned advice;  /* enum capture_advice, or-ed, of a picture in a PDF; nor this */
    struct grid grid; /* ruled tables and the words in their cells; not in the blob */
    struct steps steps;      /* how it came about; not in the blob */
    int64_t cpu_ms, wall_ms; /* of this page, decode to words */
    int64_t peak_kib;        /* largest resident set of the worker so far */
};

void result_clear(struct result *r);
#define AUTO_RESULT AUTO(result_clear)

/**
 * result_retext - give words another text; places of all words and the mean of the
 * confidences are made anew.
 * @texts: borrowed; one a word, NULL: as it is.
 * Return: 0, or -1 and @e: ERR_LIMIT; then nothing is changed.
 */
MUST_CHECK int result_retext(struct result *r, char *const texts[], struct err *e);

/**
 * result_remove - take words out; the text, places of all words and the mean are made
 * anew. @drop: one a word. @r must have no choices. Return: 0, or -1 and @e: ERR_LIMIT.
 */
MUST_CHECK int result_remove(struct result *r, const bool *drop, struct err *e);

/**
 * result_insert - @count words of another page from @first on come before word @at.
 * @like: @at or the word before it: in its block, and in its line unless @own.
 * @own: as a line of their own; @at is where a line begins. Always so on an empty page.
 * @from: borrowed. @r: changed in place; choices stay with their words.
 * Return: 0, or -1 and @e: ERR_LIMIT; then nothing is changed.
 */
MUST_CHECK int result_insert(struct result *r, size_t at, size_t like, bool own,
                             const struct result *from, size_t first, size_t count,
                             struct err *e);

/**
 * result_append - the words, choices and tables of @more come after those of @r: lines
 * and blocks are counted on, the mean is that of all words, blank is what both are.
 * @more: taken; empty afterwards. All else of @r stays as it is.
 * Return: 0, or -1 and @e: ERR_LIMIT; then @r is unchanged.
 */
MUST_CHECK int result_append(struct result *r, struct result *more, struct err *e);

/** result_has_choice - has that word a second reading? */
bool result_has_choice(const struct result *r, size_t word);

/** result_note - keep another reading of a word. @other: borrowed; what the word is
 * already, what is longer than RESULT_OTHER_MAX and a second note on a word are left
 * out. @changed: as in struct result_choice. */
void result_note(struct result *r, size_t word, const char *other, bool changed);

/** result_mean - the page's confidence from that of its words. */
void result_mean(struct result *r);

/** result_check - the invariants above, and every box inside the page. Asked of what
 * came from a worker and of what comes from a database. Return: 0, or -1 and @e:
 * ERR_WORKER_PROTOCOL. */
MUST_CHECK int result_check(const struct result *r, struct err *e);

/**
 * result_pack - boxes, confidences, line and block numbers, choices and the upright
 * page as one compressed blob (varint columns, zlib), appended. Text is not in it.
 */
void result_pack(const struct result *r, struct str *out);

/**
 * result_unpack - from such a blob and the page's text. Every number is checked.
 * @out: owned, result_clear(). Return: 0, or -1 and @e: ERR_WORKER_PROTOCOL.
 */
MUST_CHECK int result_unpack(const char *text, const void *blob, size_t len,
                             struct result *out, struct err *e);

/** result_to_jdoc, result_from_jdoc - as a message. owned, jdoc_free()/result_clear().
 */
struct jdoc *result_to_jdoc(const struct result *r);
MUST_CHECK int result_from_jdoc(const struct jdoc *j, struct result *out,
                                struct err *e);

#endif
