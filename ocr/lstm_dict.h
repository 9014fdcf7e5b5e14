/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_DICT_H
#define SOHOA_OCR_LSTM_DICT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lstm_model;

/*
 * Words of a model's dictionaries, letter by letter. A word is what the punctuation
 * dictionary allows around a word or a number: signs before, the word (its letter 0
 * stands for it), signs behind. Digits are letter 0 of the number dictionary. A place
 * is a set of positions, since a beginning may go on in several ways.
 */
#define LSTM_DICT_PLACES_MAX ((size_t)32) /* vie and eng need 3 */

enum lstm_dict_core { LSTM_DICT_NONE = -1, LSTM_DICT_WORD, LSTM_DICT_NUMBER };

struct lstm_dict_place {
    int32_t core, punc; /* edges; -1: not begun */
    int8_t which;       /* enum lstm_dict_core */
    bool with_punc;     /* the punctuation dictionary stands around it */
    bool after;         /* the word is over, signs follow */
};

/* What a word was found in; the larger one names it. Numbers as in Tesseract. */
enum lstm_dict_found {
    LSTM_DICT_NOT = 0,
    LSTM_DICT_PUNC = 1,
    LSTM_DICT_TOP = 2, /* without dictionary */
    LSTM_DICT_NUMBERS = 6,
    LSTM_DICT_WORDS = 8,
};

/** lstm_dict_start - where words begin. @out: LSTM_DICT_PLACES_MAX. Return: count. */
size_t lstm_dict_start(const struct lstm_model *m, struct lstm_dict_place *out);

/**
 * lstm_dict_next - on from @count places at @in with a letter.
 * @out: LSTM_DICT_PLACES_MAX, not @in; @out_count. @ends: a word may end here.
 * Return: what has it; LSTM_DICT_NOT: no word goes on like this.
 */
enum lstm_dict_found lstm_dict_next(const struct lstm_model *m,
                                    const struct lstm_dict_place *in, size_t count,
                                    int letter, struct lstm_dict_place *out,
                                    size_t *out_count, bool *ends);

#endif
