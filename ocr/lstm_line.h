/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_LINE_H
#define SOHOA_OCR_LSTM_LINE_H

#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct err;
struct lstm_net;

/**
 * lstm_line_scale - a line at the height that the network reads.
 * @line: borrowed, 8-bit grey, cut out with a rim. leptonica's pixScale() and what it
 *      sharpens is part of what the model was trained on.
 * @out: owned, pixDestroy(). Return: 0, or -1 and @e: ERR_OCR_FAILED, ERR_LIMIT (too
 * wide for its height).
 */
MUST_CHECK int lstm_line_scale(struct Pix *line, struct Pix **out, struct err *e);

/**
 * lstm_line_fill - a scaled line as the network's picture.
 * Black and white are the 25th and 75th percentile of the darkest and the lightest
 * places along its middle row.
 * Return: 0, or -1 and @e: ERR_OCR_FAILED (not 8 bits, not that height), ERR_LIMIT.
 */
MUST_CHECK int lstm_line_fill(struct Pix *scaled, struct lstm_net *net, struct err *e);

#endif
