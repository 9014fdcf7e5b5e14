/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_MODEL_H
#define SOHOA_OCR_LSTM_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;

/*
 * Tesseract's .traineddata of version 4 and 5, as far as one shape of it goes: a line
 * 36 pixels high; 3x3 convolution to tanh; 3x3 maximum; a summing LSTM down each
 * column; LSTMs forward, backward and forward along the line; softmax. Weights are
 * bytes, each letter has one code, there are a word, a number and a punctuation
 * dictionary, and words stand between spaces: vie, eng, script/Vietnamese. All else is
 * refused with a reason, so that Tesseract itself reads with it.
 *
 * The file is little-endian: u32 count, i64 offset[count] (-1: absent; a component ends
 * where the next present one begins). Components: 17 network, 18 punctuation, 19 words,
 * 20 numbers, 21 letters (text), 22 codes. A matrix: u8 0x85, u32 rows, u32 columns
 * (inputs and the bias), i8, rows x columns i8, u32 n >= rows, n doubles. Its result is
 * (weights x input + 127 x bias) x double / 127.
 */
#define LSTM_MODEL_SIZE_MAX    ((size_t)64 << 20)
#define LSTM_MODEL_HEIGHT      36
#define LSTM_MODEL_UNITS_MAX   1024 /* outputs of a layer */
#define LSTM_MODEL_LETTERS_MAX 4096
#define LSTM_MODEL_EDGES_MAX   ((size_t)8 << 20)
#define LSTM_MODEL_TEXT_MAX    32 /* bytes of a letter and NUL */
#define LSTM_MODEL_SPACE       0  /* letter 0 is the space */
#define LSTM_MODEL_NONE        (-1)

/*
 * A layer, packed for the kernels: blocks of 16 units; in a block, groups of 4 inputs;
 * in a group, @gates times 16 units of 4 weights. What is beyond rows and inputs is 0.
 */
struct lstm_model_layer {
    int units;  /* results, a gate */
    int inputs; /* of a unit, its own former result included */
    int gates;  /* 4 (cell, input, forget, output), else 1 */
    int blocks, groups;
    int8_t *weights; /* blocks x groups x gates x 16 x 4. owned */
    int32_t *bias;   /* blocks x gates x 16: 127 x bias. owned */
    int32_t *sum;    /* the same: of all weights. owned */
    float *scale;    /* the same. owned */
};

/* A dictionary as edges: letter, flags and the node it leads to (the number of that
 * node's first edge). Every node ends inside, every next node is inside. */
struct lstm_model_dawg {
    uint64_t *edges; /* owned */
    int32_t count;
    int32_t roots; /* edges of the first node, by letter */
    int letter_bits;
};

struct lstm_model_letter {
    char text[LSTM_MODEL_TEXT_MAX]; /* UTF-8 */
    bool digit;
};

struct lstm_model {
    char sha256[HASH_HEX];
    struct lstm_model_layer conv, down, first, back, last, out;
    uint64_t seed;  /* of the values beyond the picture's edge */
    int codes;      /* results of the softmax */
    int null_code;  /* "nothing here" */
    int code_range; /* largest code of a letter and one */
    int letter_count;
    struct lstm_model_letter *letters; /* owned */
    int *code_letter;                  /* codes: its letter or LSTM_MODEL_NONE. owned */
    int *code_rank;                    /* codes: in the order of letters; INT_MAX: none.
                                          owned */
    struct lstm_model_dawg punc, words, numbers;
};

/**
 * lstm_model_read - from the bytes of a model.
 * @data: borrowed. @len: at most LSTM_MODEL_SIZE_MAX.
 * @out: owned, lstm_model_free().
 * Return: 0, or -1 and @e: ERR_OCR_MODEL, the detail says what is not as known.
 */
MUST_CHECK int lstm_model_read(const void *data, size_t len, struct lstm_model **out,
                               struct err *e);
void lstm_model_free(struct lstm_model *m); /* NULL does nothing */
void lstm_model_auto(struct lstm_model **m);
#define AUTO_LSTM_MODEL AUTO(lstm_model_auto)

/** lstm_model_edge - the edge for a letter from a node; -1: there is none. */
int32_t lstm_model_edge(const struct lstm_model_dawg *d, int32_t node, int letter);
/** lstm_model_next - the node that an edge leads to; 0: there the words end. */
static inline int32_t lstm_model_next(const struct lstm_model_dawg *d, int32_t edge)
{
    return (int32_t)(d->edges[edge] >> (d->letter_bits + 3));
}
/** lstm_model_ends - does a word end with this edge? */
static inline bool lstm_model_ends(const struct lstm_model_dawg *d, int32_t edge)
{
    return (d->edges[edge] >> (d->letter_bits + 2)) & 1;
}

#endif
