/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PDF_IN_H
#define SOHOA_OCR_PDF_IN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct str;

/*
 * Is a page of a PDF one picture over the whole page, and nothing else? Then the
 * picture itself is what was scanned, and it is taken as it stands: nothing is drawn,
 * nothing coded anew. Read by libqpdf in "sohoa worker pdfpage", without files and
 * without network.
 *
 * Such a page paints once, upright, within 1.5 % of its box; besides there is only
 * text that is not shown (render mode 3), and states that change nothing. Visible
 * annotations, rotation, masks, other colour spaces or codings than JPEG, plain JPEG
 * 2000 and CCITT group 4: the page is drawn instead.
 */
#define PDF_IN_FILE_MAX      ((uint64_t)64 << 20) /* larger files are drawn */
#define PDF_IN_PICTURE_MAX   ((size_t)32 << 20)
#define PDF_IN_CONTENT_MAX   ((size_t)4 << 20)
#define PDF_IN_ADDRESS_BYTES ((uint64_t)1 << 30)
#define PDF_IN_CPU_S         10
#define PDF_IN_WALL_MS       20000
#define PDF_IN_REASON_MAX    32

struct pdf_in {
    bool is_signed;                 /* the document carries a signature */
    bool whole;                     /* the page is one picture: @bytes */
    char reason[PDF_IN_REASON_MAX]; /* why it is not, English keyword */
    double width_pt, height_pt;     /* that the picture covers */
    int dpi;                        /* of the picture, by that */
};

/**
 * pdf_in_page - look at page @index (from 0) of the file behind @fd.
 * @fd: borrowed, position not used. @size: of the file, at most PDF_IN_FILE_MAX.
 * @bytes: a JPEG, TIFF or JPEG 2000 file is appended when the page is one picture.
 * Return: 0, or -1 and @e: ERR_PDF_DAMAGED (also when the worker was lost over it),
 * ERR_WORKER_START.
 */
MUST_CHECK int pdf_in_page(int fd, uint64_t size, int index, struct pdf_in *out,
                           struct str *bytes, struct err *e);

/** pdf_in_direct - the same in this process, for tests. @data: the whole file. */
MUST_CHECK int pdf_in_direct(const void *data, size_t len, int index,
                             struct pdf_in *out, struct str *bytes, struct err *e);

/** pdf_in_worker_main - body of "sohoa worker pdfpage". Return: exit code. */
int pdf_in_worker_main(void);

#endif
