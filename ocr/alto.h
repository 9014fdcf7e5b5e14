/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_ALTO_H
#define SOHOA_OCR_ALTO_H

#include <stddef.h>
#include <stdint.h>

struct result;
struct str;

/*
 * ALTO 4.4 (Library of Congress, namespace …/alto/ns-v4#): alto_begin(), alto_page()
 * for each page, alto_end(). Boxes are in pixels of the page picture as captured, WC is
 * the confidence divided by 100. All text is appended. What is written stays within the
 * elements and attributes of tests/data/alto-subset.xsd.
 */

/** alto_begin - @item: name of the record. @names: of its pages, 64 hex digits each.
 * @pipeline: what read it. All borrowed. */
void alto_begin(struct str *out, const char *item, const char *const *names,
                size_t count, const char *pipeline);
/** alto_page - @seq: from 1. @r: borrowed. */
void alto_page(struct str *out, int64_t seq, const struct result *r);
void alto_end(struct str *out);

#endif
