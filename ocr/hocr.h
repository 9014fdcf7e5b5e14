/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_HOCR_H
#define SOHOA_OCR_HOCR_H

#include <stdint.h>

struct result;
struct str;

/*
 * hOCR 1.2 as well-formed XHTML: hocr_begin(), hocr_page() for each page, hocr_end().
 * Boxes are in pixels of the page picture as captured, x_wconf is 0 to 100. All text is
 * appended.
 */

/** hocr_begin - @title: of the document. @pipeline: what read it. borrowed */
void hocr_begin(struct str *out, const char *title, const char *pipeline);
/** hocr_page - @name: of the page, 64 hex digits. @seq: from 1. @r: borrowed. */
void hocr_page(struct str *out, const char *name, int64_t seq, const struct result *r);
void hocr_end(struct str *out);

#endif
