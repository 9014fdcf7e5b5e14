/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PDF_TEXT_H
#define SOHOA_OCR_PDF_TEXT_H

#include <stdbool.h>
#include <stdint.h>

struct result;
struct str;

/** Rows of 256 code points that occur, for the map back to Unicode. */
struct pdf_text_rows {
    bool used[256];
};

/**
 * pdf_text_write - append the operators that lay the words of a page invisibly over
 * their places, in the order of the text: font /F, one point a pixel, origin below
 * left. The words of a line stand on one base line, which leans as the page was
 * skewed; each by itself is level. A character beyond U+FFFF becomes U+FFFD.
 * @rows: rows that occur are set in it.
 */
void pdf_text_write(const struct result *r, int32_t height_px,
                    struct pdf_text_rows *rows, struct str *out);

/** pdf_text_map - append the ToUnicode CMap for these rows. */
void pdf_text_map(const struct pdf_text_rows *rows, struct str *out);

#endif
