/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_VIEW_H
#define SOHOA_FLOW_FLOW_VIEW_H

#include "node/flow/flow.h"
#include "ocr/view.h"

/**
 * flow_view_page - a page, or a piece of it, as JPEG for a screen. What is decoded
 * stays with @f for the next piece.
 * @page: SHA-256. @piece: page_w and page_h are not looked at: its pixels are those of
 *        the page as captured, as boxes of fields and words are.
 * @jpeg: appended.
 * Return: 0, or -1 and @e: ERR_PAGE_ABSENT, ERR_ITEM_HELD (a page that is held is shown
 * to nobody here), ERR_LIMIT, as flow_picture_open() and view_load().
 */
MUST_CHECK int flow_view_page(struct flow *f, const char *page,
                              const struct view_piece *piece, struct str *jpeg,
                              struct err *e);

/** flow_view_words - a line "word" for each word of a page: "text", "x", "y", "w", "h",
 * "confidence", "doubt" (keyword, absent when none). ERR_PAGE_ABSENT. A page without a
 * text has no words. */
MUST_CHECK int flow_view_words(struct flow *f, const char *page,
                               const struct flow_listener *to, struct err *e);

#endif
