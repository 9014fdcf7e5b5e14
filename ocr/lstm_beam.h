/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_BEAM_H
#define SOHOA_OCR_LSTM_BEAM_H

#include <stdbool.h>
#include <stddef.h>

struct lstm_model;
struct lstm_net_column;

/*
 * From columns of probabilities to words: the search for the best path that Tesseract
 * makes, with the model's dictionaries. In each column a path goes on with nothing, the
 * most probable code or the second one. Paths are kept apart by whether all their words
 * are in a dictionary and by what may follow; of each kind the five best. A path
 * outside the dictionaries pays 2.25 times for each column.
 */
#define LSTM_BEAM_OTHERS_MAX 4

struct lstm_beam_other {
    int letter;
    float prob;
};

struct lstm_beam_sign {
    int letter;
    float certainty; /* ln of the worst column, 0 or less */
    float rating;    /* minus the sum of all columns */
    int at;          /* the column in which it begins */
    int from, to;    /* columns it has to itself: half of what is left to neighbours */
    float prob;      /* the largest of its code in these columns */
    struct lstm_beam_other others[LSTM_BEAM_OTHERS_MAX]; /* of other letters, falling */
    int other_count;
};

struct lstm_beam_word {
    int first, count; /* signs; a space may be among them */
    float certainty;  /* the worst sign, or the space beside it */
    int found;        /* enum lstm_dict_found */
};

struct lstm_beam_line {
    struct lstm_beam_sign *signs;
    struct lstm_beam_word *words;
    int sign_count, word_count;
};

struct lstm_beam;

/** lstm_beam_new - @model: kept. owned, lstm_beam_free(). */
struct lstm_beam *lstm_beam_new(const struct lstm_model *model);
void lstm_beam_free(struct lstm_beam *b); /* NULL does nothing */

/**
 * lstm_beam_read - the words of a line.
 * @columns: borrowed, at least one. Words of spaces alone are left out.
 * Return: view until the next line. Memory grows to that of the longest line.
 */
const struct lstm_beam_line *
lstm_beam_read(struct lstm_beam *b, const struct lstm_net_column *columns, int count);

/** A column of the best path. */
struct lstm_beam_step {
    int code, letter; /* letter: LSTM_MODEL_NONE: none begins or goes on here */
    int found;        /* enum lstm_dict_found */
    bool first;       /* first letter of a word of a dictionary */
    bool duplicate;   /* the letter of the column before once more */
    float certainty;
};

/** A sign that a piece of the line may be. */
struct lstm_beam_chosen {
    int letter;   /* LSTM_MODEL_NONE: nothing was found */
    float rating; /* what it costs: 0 or more */
};

/**
 * lstm_beam_search - for one who makes words of the best path himself.
 * @columns: borrowed until the next line; each with all its probabilities.
 */
void lstm_beam_search(struct lstm_beam *b, const struct lstm_net_column *columns,
                      int count);
/** lstm_beam_step - of the line that was searched, before lstm_beam_choose(). */
struct lstm_beam_step lstm_beam_step(const struct lstm_beam *b, int column);

/**
 * lstm_beam_choose - what each piece of the line that was searched is by itself, as
 * Tesseract tells alternatives. The codes of what is found are barred from that piece:
 * the second call searches the line without them and gives what is next, and so on.
 * @bounds: @pieces and one columns, rising from 0 to the count: where pieces begin; in
 *      all calls for a line the same. @out: @pieces.
 */
void lstm_beam_choose(struct lstm_beam *b, const int *bounds, int pieces,
                      struct lstm_beam_chosen *out);

/** lstm_beam_confidence - 0 to 100 of a sign, as Tesseract tells it. A word's is
 * that of its certainty times LSTM_BEAM_WORD_SCALE. */
float lstm_beam_confidence(float certainty);
#define LSTM_BEAM_WORD_SCALE 7.0F

#endif
