/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_H
#define SOHOA_OCR_LSTM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct Pix;
struct err;
struct lstm_beam;

/*
 * Our own recognizer of lines over Tesseract's model: the same text as Tesseract 5.3
 * from the same picture of a line, in a fraction of its time. Layout is not its work.
 * One handle serves one process for many lines; nothing is opened, and memory grows
 * only with a line that is wider than all before.
 */
enum lstm_path { LSTM_BEST, LSTM_C, LSTM_AVX2, LSTM_VNNI };

#define LSTM_OTHERS_MAX 4

struct lstm_other {
    const char *text; /* static while the handle lives */
    float prob;
};

struct lstm_sign {
    const char *text; /* UTF-8. static while the handle lives */
    int32_t x, w;     /* pixels of the picture that was given; half of the white on
                         either side is in it */
    float confidence; /* 0 to 100, as Tesseract tells it */
    float prob;       /* the largest in these columns */
    struct lstm_other others[LSTM_OTHERS_MAX]; /* what else was probable, falling */
    int other_count;
};

struct lstm_word {
    size_t start, len; /* bytes in text */
    int first, count;  /* signs */
    int32_t x, w;      /* pixels */
    float confidence;  /* as Tesseract tells it */
    bool known;        /* of the dictionary, or a number of its form */
};

struct lstm_line {
    struct str text; /* words, one space between them */
    struct lstm_word *words;
    struct lstm_sign *signs;
    int word_count, sign_count;
};

struct lstm;

/** lstm_has - can this processor go that way? */
bool lstm_has(enum lstm_path path);

/**
 * lstm_open - from the bytes of a model.
 * @data: borrowed. @path: LSTM_BEST is the fastest one here, or what
 *      SOHOA_ARITHMETIC in the environment says: "C", "AVX2".
 * @out: owned, lstm_close(). Return: 0, or -1 and @e: ERR_OCR_MODEL: a model of another
 * shape (the detail says in what), or @path is not for this processor.
 */
MUST_CHECK int lstm_open(const void *data, size_t len, enum lstm_path path,
                         struct lstm **out, struct err *e);
void lstm_close(struct lstm *l); /* NULL does nothing */
void lstm_auto(struct lstm **l);
#define AUTO_LSTM AUTO(lstm_auto)

/** lstm_path_name - "AVX-512 VNNI", "AVX2", "C". static */
const char *lstm_path_name(const struct lstm *l);
/** lstm_sha256 - of the model, 64 hex digits. view */
const char *lstm_sha256(const struct lstm *l);
/** lstm_columns - columns that were read so far, for measuring. */
int64_t lstm_columns(const struct lstm *l);

/**
 * lstm_read - a picture of one line, cut out as Tesseract cuts.
 * @line: borrowed, 8-bit grey; one of the height LSTM_MODEL_HEIGHT is read as it is.
 * Return: view until the next line; NULL and @e: ERR_OCR_FAILED, ERR_LIMIT (narrower
 * than 3 or wider than 32,768 pixels once scaled, more text than RESULT_TEXT_MAX).
 */
MUST_CHECK const struct lstm_line *lstm_read(struct lstm *l, struct Pix *line,
                                             struct err *e);

/**
 * lstm_search - the network and the search, for one who makes words himself.
 * @scaled: borrowed, 8-bit grey, LSTM_MODEL_HEIGHT high.
 * @beam: view until the next line: lstm_beam_step(), then lstm_beam_choose().
 * @columns: how many there are.
 * Return: 0, or -1 and @e: ERR_OCR_FAILED (another height or depth), ERR_LIMIT.
 */
MUST_CHECK int lstm_search(struct lstm *l, struct Pix *scaled, struct lstm_beam **beam,
                           int *columns, struct err *e);

#endif
