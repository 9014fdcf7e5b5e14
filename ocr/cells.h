/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_CELLS_H
#define SOHOA_OCR_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "ocr/doubt.h"

struct result;

/*
 * The upper part of a page as lines and cells.
 *
 * An administrative document begins with a table without rules: issuer and number in
 * the left cell, national title, motto, place and date in the right one. Recognition
 * often reads a row of it as one line. Here the lines are cut at the border of the two
 * columns, and parts of one row in one cell that were read as two lines are joined.
 *
 * Coordinates are those of the upright page: result.skew_deg is taken out by shearing.
 * For boxes to be shown, go back to the words of the result by cells_word.index.
 */

#define CELLS_WORDS_MAX      1200
#define CELLS_LINES_MAX      240
#define CELLS_LINE_WORDS_MAX 40

/** How many letters, capitals and digits a text has. */
struct cells_count {
    size_t letters, capitals, digits, others;
    bool first_capital; /* the first letter is one */
};

struct cells_word {
    size_t index;       /* in result.words */
    size_t fold;        /* offset in cells.folds: folded key, NUL-terminated */
    int32_t x, y, w, h; /* upright */
    int conf;
    struct cells_count n;
};

enum cells_side { CELLS_ACROSS, CELLS_LEFT, CELLS_RIGHT };

struct cells_line {
    size_t word[CELLS_LINE_WORDS_MAX]; /* in cells.words, by x */
    size_t count;
    int32_t x, y, w, h;
    int32_t mid; /* median of the words' middles: steadier than the box */
    enum cells_side side;
    bool touching; /* cut where there was no real gap: words may be on the wrong side */
};

struct cells {
    const struct result *r; /* kept */
    struct cells_word *words;
    size_t word_count;
    struct cells_line *lines; /* by mid; as recognized */
    size_t line_count;
    struct cells_line *parts; /* by mid; cut into cells, see cells_split() */
    size_t part_count;
    struct str folds;
    struct doubts doubts; /* of all words of the result */
};

/**
 * cells_read - words with a letter, digit or sign of the upper @share of the page, and
 * their lines. @r: kept. @out: cells_clear().
 */
void cells_read(const struct result *r, double share, struct cells *out);
void cells_clear(struct cells *c);
#define AUTO_CELLS AUTO(cells_clear)

/** cells_split - fill parts: lines between @top and @bottom are cut at @border (x). */
void cells_split(struct cells *c, int32_t border, int32_t top, int32_t bottom);

/** cells_fold - folded key of word @i of @l. view */
const char *cells_fold(const struct cells *c, const struct cells_line *l, size_t i);
const struct cells_word *cells_word(const struct cells *c, const struct cells_line *l,
                                    size_t i);

/** cells_line_fold - append the folded words of @l, letters and digits only, a space
 * between words. */
void cells_line_fold(const struct cells *c, const struct cells_line *l,
                     struct str *out);

/** cells_line_text - append words @from to @to (excluded) as read, a space between; '_'
 * and '|' at their ends, which are rules of the form, are left out. */
void cells_line_text(const struct cells *c, const struct cells_line *l, size_t from,
                     size_t to, struct str *out);

/** cells_line_caps - at least four of five letters are capitals, and two letters. */
bool cells_line_caps(const struct cells *c, const struct cells_line *l);

/** cells_line_letters - how many letters its words have. */
size_t cells_line_letters(const struct cells *c, const struct cells_line *l);

/** cells_line_conf - mean confidence of its words. */
int cells_line_conf(const struct cells *c, const struct cells_line *l);

/** cells_trim - drop words at both ends that are scraps: no letter and no digit. */
void cells_trim(const struct cells *c, struct cells_line *l);

/** cells_range - words @from to @to (excluded) of @l as a line of its own. */
void cells_range(const struct cells *c, const struct cells_line *l, size_t from,
                 size_t to, struct cells_line *out);

/** cells_gap - white before word @i (> 0), in heights of the higher neighbour. */
double cells_gap(const struct cells *c, const struct cells_line *l, size_t i);

/** cells_count - of @len bytes of UTF-8. */
struct cells_count cells_count(const char *text, size_t len);

/** cells_near - at most @max letters differ (edit distance over bytes). */
bool cells_near(const char *a, const char *b, size_t max);

#endif
