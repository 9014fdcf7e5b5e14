/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_CHAIN_H
#define SOHOA_OCR_CHAIN_H

#include "node/base/auto.h"
#include "ocr/ocr.h"

struct err;
struct result;
struct tess;

/**
 * chain_read - the whole chain for one page of a picture file, in this process.
 * @job: borrowed; all but its id is used.
 * @out: owned, result_clear(). Boxes in pixels of the page as shown.
 * @made: owned, ocr_pictures_clear(); NULL: not wanted. One that cannot be made stays
 *        empty: it never costs the text.
 * Return: 0, or -1 and @e: ERR_INPUT_TYPE, ERR_INPUT_TOO_LARGE, ERR_IMAGE_*,
 * ERR_OCR_FAILED, ERR_MEMORY, ERR_LIMIT.
 */
MUST_CHECK int chain_read(struct tess *t, const struct ocr_job *job, struct result *out,
                          struct ocr_pictures *made, struct err *e);

#endif
