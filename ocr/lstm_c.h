/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_C_H
#define SOHOA_OCR_LSTM_C_H

struct lstm_kernel;

/** lstm_c_kernel - the network's arithmetic in plain C: for every processor
 * (ocr/lstm_kernel.h). static; NULL: this processor cannot. */
const struct lstm_kernel *lstm_c_kernel(void);

#endif
