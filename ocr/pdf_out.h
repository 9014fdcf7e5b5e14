/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PDF_OUT_H
#define SOHOA_OCR_PDF_OUT_H

#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct mrc;
struct result;
struct str;

/*
 * PDF of pages in layers with their text below, through libqpdf. PDF/A-2b is what it is
 * made for: XMP, an output intent with a profile of our own (srgb.h), the font of the
 * invisible text embedded (glyphless.h), no transparency, nothing encrypted. The same
 * pages give the same bytes.
 *
 *      page: /G Do   ground (DCT)
 *            /M Do   mask (JBIG2) painted in one colour, or /I Do: colours of the
 *                    ink (DCT) through the mask
 *            BT 3 Tr … ET   the words, each stretched over its box, line by line in the
 *                    order of the text; characters are CIDs that are their code points
 */
#define PDF_OUT_MAX       ((size_t)512 << 20) /* of a document */
#define PDF_OUT_PAGE_MAX  ((size_t)2 << 20)   /* of one page */
#define PDF_OUT_TITLE_MAX 400
#define PDF_OUT_MEDIA     "application/pdf"

struct pdf_out;

/**
 * pdf_out_new - an empty document.
 * @title: UTF-8, borrowed. Return: owned, pdf_out_free(). Never NULL.
 */
struct pdf_out *pdf_out_new(const char *title);
void pdf_out_free(struct pdf_out *p); /* NULL does nothing */
void pdf_out_auto(struct pdf_out **p);
#define AUTO_PDF_OUT AUTO(pdf_out_auto)

/**
 * pdf_out_page - one more page.
 * @m: borrowed. @r: borrowed; its boxes are in pixels of @m; NULL: no text.
 * Return: 0, or -1 and @e: ERR_LIMIT, ERR_INTERNAL.
 */
MUST_CHECK int pdf_out_page(struct pdf_out *p, const struct mrc *m,
                            const struct result *r, struct err *e);

/**
 * pdf_out_add - the pages of a document that was made here, layers untouched. Reads it
 * with libqpdf: in a worker.
 * @data: kept until pdf_out_write(). @name: of it, for errors; kept.
 * Return: 0, or -1 and @e: ERR_PDF_DAMAGED.
 */
MUST_CHECK int pdf_out_add(struct pdf_out *p, const void *data, size_t len,
                           const char *name, struct err *e);

/** pdf_out_write - append the file. Once. Return: 0, or -1 and @e: ERR_LIMIT,
 * ERR_INTERNAL. */
MUST_CHECK int pdf_out_write(struct pdf_out *p, struct str *out, struct err *e);

#endif
