/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SCAN_PDF_H
#define SOHOA_SCAN_PDF_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/str.h"

/*
 * PDF through poppler's programs (pdfinfo, pdfimages, pdftotext, pdftoppm), each call a
 * child of its own: it may read /usr, the fonts and the one PDF, may write nothing but
 * the descriptor it is given, has limits on memory, processor time and file size, and
 * is killed by its pid when its time is over. What a PDF carries beyond its pages
 * (scripts, actions, attachments) is never run or opened; it stays in the stored file.
 */
#define PDF_PAGES_MAX     500
#define PDF_PIXELS_MAX    ((uint64_t)120000000) /* of a drawn page, from its box first */
#define PDF_SIDE_MAX      32767
#define PDF_PAGE_MS       20000 /* of one page */
#define PDF_PAGE_CPU_S    20
#define PDF_OUTPUT_MAX    ((uint64_t)512 << 20) /* RLIMIT_FSIZE */
#define PDF_ADDRESS_BYTES ((uint64_t)1536 << 20)
#define PDF_LOST_MAX      2 /* pages of one file that may cost their full time */
#define PDF_DPI_LOW       150
#define PDF_DPI_HIGH      300
#define PDF_DPI_VECTOR    200 /* of a page without pictures */
#define PDF_DPI_MIN       72  /* of very large pages; larger ones are refused */

struct pdf_page {
    double width_pt, height_pt; /* what is shown of it: 1/72 inch, before turning */
    enum err_code bad; /* ERR_NONE, ERR_PDF_PAGE_SIZE, ERR_PDF_BOMB, ERR_PDF_DAMAGED */
};

struct pdf_info {
    struct pdf_page *pages; /* owned; at least one */
    size_t count;
    size_t good;
};
void pdf_info_clear(struct pdf_info *i);
#define AUTO_PDF_INFO AUTO(pdf_info_clear)

struct pdf_opts {
    int64_t page_ms; /* 0: PDF_PAGE_MS */
};

/**
 * pdf_inspect - count the pages and draw each one small, so that a page that cannot be
 * drawn is known while the paper is at hand.
 * @path: a file of ours (its name is never one from outside). @opts: NULL: defaults.
 * @out:  pdf_info_clear().
 * Return: 0 (at least one page is good), or -1 and @e: ERR_PDF_DAMAGED,
 * ERR_PDF_ENCRYPTED, ERR_PDF_PAGES, ERR_PDF_PAGE_SIZE, ERR_PDF_BOMB, ERR_PDF_TOOLS.
 */
MUST_CHECK int pdf_inspect(const char *path, const char *name,
                           const struct pdf_opts *opts, struct pdf_info *out,
                           struct err *e);

/** A drawn page. */
struct pdf_picture {
    int fd;  /* owned: an unlinked file that holds one PNM picture; -1: none */
    int dpi; /* it was drawn with */
};
#define PDF_PICTURE_INIT                                                               \
    {                                                                                  \
        .fd = -1                                                                       \
    }
void pdf_picture_clear(struct pdf_picture *p);
#define AUTO_PDF_PICTURE AUTO(pdf_picture_clear)

/**
 * pdf_page_render - draw page @index (from 0) in colour with the resolution of the
 * pictures on it (PDF_DPI_LOW to PDF_DPI_HIGH).
 * @folder: where the unlinked file lies; nothing stays in it, also after a crash.
 * Return: 0, or -1 and @e: as pdf_inspect(), disk errors.
 */
MUST_CHECK int pdf_page_render(const char *path, const char *name, int index,
                               const char *folder, const struct pdf_opts *opts,
                               struct pdf_picture *out, struct err *e);

/**
 * pdf_page_text - what pdftotext prints of page @index with its boxes (-bbox-layout),
 * appended to @out.
 * Return: 0, or -1 and @e: as pdf_inspect().
 */
MUST_CHECK int pdf_page_text(const char *path, const char *name, int index,
                             const struct pdf_opts *opts, struct str *out,
                             struct err *e);

/**
 * pdf_dpi - resolution to draw a page of @width × @height points with, whose pictures
 * have @wanted dots an inch (0: it has none).
 * Return: PDF_DPI_MIN to PDF_DPI_HIGH, 0: no resolution keeps it within the limits.
 */
int pdf_dpi(double width_pt, double height_pt, double wanted);

#endif
