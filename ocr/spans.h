/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SPANS_H
#define SOHOA_OCR_SPANS_H

#include <stddef.h>
#include <stdint.h>

struct result;
struct str;

/* Runs of words, for what is written of a page as nested boxes (hocr.c, alto.c). */

struct spans_box {
    int32_t x, y, w, h;
};

/** spans_line, spans_block - words of the same line or block as word @first.
 * Return: how many, at least 1. @box: around them all; may be NULL. */
size_t spans_line(const struct result *r, size_t first, struct spans_box *box);
size_t spans_block(const struct result *r, size_t first, struct spans_box *box);

/** spans_add_xml - append text with & < > " ' as entities; control characters and what
 * XML 1.0 forbids are left out. */
void spans_add_xml(struct str *out, const char *text, size_t len);

#endif
