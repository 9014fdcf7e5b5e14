/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PICTURES_H
#define SOHOA_OCR_PICTURES_H

#include "node/base/auto.h"
#include "ocr/ocr.h"

struct mrc_source;
struct result;

/**
 * pictures_make - what is derived of a page beside its text: the page in layers with
 * its text as a PDF of one page (mrc.h, pdf_out.h), and a small picture.
 * @from: borrowed. @r: borrowed, boxes in pixels of the page as shown.
 * @out: owned, ocr_pictures_clear(). Return: 0, or -1 and @e: ERR_MEMORY, ERR_LIMIT.
 */
MUST_CHECK int pictures_make(const struct mrc_source *from, const struct result *r,
                             struct ocr_pictures *out, struct err *e);

#endif
