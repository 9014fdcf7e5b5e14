/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_NET_H
#define SOHOA_OCR_LSTM_NET_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct lstm_kernel;
struct lstm_model;

/*
 * The network over one line: from 36 rows of bytes to probabilities of codes, one
 * column for three of the picture. Its memory grows with the widest line so far and is
 * kept: one net a worker, nothing is allocated for a line of a width that was there.
 */
#define LSTM_NET_WIDTH_MAX 32768 /* pixels of a line */
#define LSTM_NET_WIDTH_MIN 3
#define LSTM_NET_STRIDE    40 /* bytes of a column: one, 36 rows, three */
#define LSTM_NET_BEST      5

struct lstm_net_column {
    float null;                  /* probability that nothing is here */
    float prob[LSTM_NET_BEST];   /* of the most probable codes, falling */
    int16_t code[LSTM_NET_BEST]; /* -1: there are no more */
    const float *all;            /* of all codes. view, as long as the column */
};

struct lstm_net;

/** lstm_net_new - @model, @kernel: kept. owned, lstm_net_free(). */
struct lstm_net *lstm_net_new(const struct lstm_model *model,
                              const struct lstm_kernel *kernel);
void lstm_net_free(struct lstm_net *n); /* NULL does nothing */

/**
 * lstm_net_picture - room for a line.
 * @width: LSTM_NET_WIDTH_MIN to LSTM_NET_WIDTH_MAX.
 * Return: view, to be filled before lstm_net_run(): of column x the row y is at
 * x * LSTM_NET_STRIDE + 1 + y, -127 to 127. NULL and @e: ERR_LIMIT.
 */
MUST_CHECK int8_t *lstm_net_picture(struct lstm_net *n, int width, struct err *e);

/** lstm_net_run - reads what was filled in. Return: view until the next picture, one
 * for each three columns, the rest of the width left over. @count: how many. */
const struct lstm_net_column *lstm_net_run(struct lstm_net *n, int *count);

/**
 * lstm_net_best - the most probable codes of a column, where equal ones as Tesseract
 * takes them. @all: probabilities of @codes. @barred: codes that do not count; NULL:
 * all do. @out: all but @out->all is set.
 */
void lstm_net_best(const float *all, int codes, int null_code, const bool *barred,
                   struct lstm_net_column *out);

#endif
