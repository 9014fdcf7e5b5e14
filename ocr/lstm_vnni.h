/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LSTM_VNNI_H
#define SOHOA_OCR_LSTM_VNNI_H

struct lstm_kernel;

/** lstm_vnni_kernel - the network's arithmetic for AVX-512 with VNNI
 * (ocr/lstm_kernel.h). static; NULL: this processor cannot. */
const struct lstm_kernel *lstm_vnni_kernel(void);

#endif
