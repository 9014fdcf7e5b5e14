/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_KERNEL_H
#define SOHOA_OCR_LSTM_KERNEL_H

#include <stdint.h>

struct lstm_model_layer;

/*
 * The arithmetic of the network, three times: in plain C, for AVX2 and for AVX-512 with
 * VNNI. Sums are of whole numbers and exact; what is done in floats is done in the same
 * order and never contracted (these files are compiled with -ffp-contract=off), so all
 * three give the same bits. Inputs are bytes of -127 to 127 (of 1/127); they may be
 * read to the next multiple of 4. Results go to whole blocks of 16.
 */
#define LSTM_KERNEL_TABLE 4096 /* of 1/256; beyond it both functions are 1 */
#define LSTM_KERNEL_BLOCK 16
#define LSTM_KERNEL_CELL  27 /* 3 columns around each of 9 pixels */

struct lstm_kernel_tables {
    float tanh[LSTM_KERNEL_TABLE];
    float logistic[LSTM_KERNEL_TABLE];
    /* Each value and what the next one is more: where gathering is slow, both are
     * fetched as one. */
    float tanh_pairs[LSTM_KERNEL_TABLE][2];
    float logistic_pairs[LSTM_KERNEL_TABLE][2];
};

/** lstm_kernel_pair - the pairs, when both tables are there. */
static inline void lstm_kernel_pair(struct lstm_kernel_tables *t)
{
    for (int i = 0; i < LSTM_KERNEL_TABLE; i++) {
        int next = i + 1 < LSTM_KERNEL_TABLE ? i + 1 : i;

        t->tanh_pairs[i][0] = t->tanh[i];
        t->tanh_pairs[i][1] = t->tanh[next] - t->tanh[i];
        t->logistic_pairs[i][0] = t->logistic[i];
        t->logistic_pairs[i][1] = t->logistic[next] - t->logistic[i];
    }
}

struct lstm_kernel {
    const char *name; /* static */
    /** pool - tanh of the largest of 9 convolutions. @window: three a pixel, each three
     * bytes of a column and one that does not count. @out: 16. */
    void (*pool)(const struct lstm_model_layer *l, const struct lstm_kernel_tables *t,
                 const uint32_t window[LSTM_KERNEL_CELL], int8_t *out);
    /** step - one step of an LSTM. @x: input and former result. @state: changed.
     * @out: the new result, not in @x. */
    void (*step)(const struct lstm_model_layer *l, const struct lstm_kernel_tables *t,
                 const int8_t *x, float *state, int8_t *out);
    /** full - the sums of a layer, scaled. */
    void (*full)(const struct lstm_model_layer *l, const int8_t *x, float *out);
};

#endif
