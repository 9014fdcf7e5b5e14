/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_PDF_CONTENT_H
#define SOHOA_OCR_PDF_CONTENT_H

#include <stdbool.h>
#include <stddef.h>

#define PDF_CONTENT_NAME_MAX   64
#define PDF_CONTENT_STATES_MAX 4

/** What a page's content stream shows when it is one picture. */
struct pdf_content {
    char image[PDF_CONTENT_NAME_MAX]; /* name of the XObject, with its slash */
    double matrix[6];                 /* unit square to page */
    /* Names of the graphics states that are set, with their slash: whether they change
     * what is seen stands in the page's resources. */
    char states[PDF_CONTENT_STATES_MAX][PDF_CONTENT_NAME_MAX];
    size_t state_count;
    const char *reason; /* static; why it is not one picture, "" it is */
};

/**
 * pdf_content_read - walk through the operators of a content stream.
 * @box: left, bottom, right, top of the page, for clips.
 * Nothing but one Do, what sets state, clips that leave the page whole, and text of
 * render mode 3 is allowed; anything else is a reason.
 * Return: it is one picture.
 */
bool pdf_content_read(const char *data, size_t len, const double box[4],
                      struct pdf_content *out);

#endif
