/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_PICTURE_H
#define SOHOA_FLOW_FLOW_PICTURE_H

#include <stdbool.h>

#include "node/flow/flow.h"
#include "node/record/page.h"
#include "ocr/result.h"

struct ocr_job;

/** struct flow_picture - the picture of one page, ready for recognition. */
struct flow_picture {
    int fd;        /* owned */
    int index;     /* page in that file */
    int dpi;       /* known better than the file says, else 0 */
    bool rendered; /* made by our own renderer */
    bool scanned;  /* of a PDF: the page is one picture, taken as it stands */
    bool is_signed;
    struct result layer; /* owned: the PDF's own text on that page; no words: none */
};
#define FLOW_PICTURE_INIT                                                              \
    {                                                                                  \
        .fd = -1                                                                       \
    }
void flow_picture_clear(struct flow_picture *p);
#define AUTO_PICTURE AUTO(flow_picture_clear)

/**
 * flow_picture_open - the master itself when it is a picture file (its hash is compared
 * first); of a PDF the one picture that the page is, else the page drawn by the
 * sandboxed child.
 * Return: 0, or -1 and @e: ERR_OBJECT_*, ERR_PDF_*.
 */
MUST_CHECK int flow_picture_open(struct flow *f, const struct page *page,
                                 struct flow_picture *out, struct err *e);

/**
 * flow_picture_verso - the other side of @page's sheet: pages 1 and 2, 3 and 4 … of an
 * item are the two sides of one.
 * @out: its picture; unchanged when the item has no such page.
 * @job: set to use it (duplex, verso).
 * Return: 0, or -1 and @e as flow_picture_open().
 */
MUST_CHECK int flow_picture_verso(struct flow *f, const struct page *page,
                                  struct flow_picture *out, struct ocr_job *job,
                                  struct err *e);

#endif
