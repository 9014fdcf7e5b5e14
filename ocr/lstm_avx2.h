/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_AVX2_H
#define SOHOA_OCR_LSTM_AVX2_H

struct lstm_kernel;

/** lstm_avx2_kernel - the network's arithmetic for AVX2 (ocr/lstm_kernel.h).
 * static; NULL: this processor cannot. */
const struct lstm_kernel *lstm_avx2_kernel(void);

#endif
