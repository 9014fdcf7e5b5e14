/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_PAGE_H
#define SOHOA_FLOW_FLOW_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "node/record/page.h"
#include "node/store/store_page.h"

struct err;

/*
 * How a page's text travels in a `text` bundle, for ever:
 *
 *   role "text", canonical JSON and LF:
 *     {"confidence":91,"dpi":300,"height":3508,"index":0,"item":"1f3c07aa-17",
 *      "master":"<64 hex>","media":"image/jpeg","model":"<64 hex>","page":"<64 hex>",
 *      "pipeline":"…","schema":1,"seq":1,"state":"recognized","text":"…","width":2480,
 *      "words":211}
 *   role "boxes": the packed boxes of its words (ocr/result.h), absent when none.
 */
#define FLOW_PAGE_TYPE        "application/json"
#define FLOW_PAGE_BOXES_TYPE  "application/octet-stream"
#define FLOW_PAGE_ROLE_TEXT   "text"
#define FLOW_PAGE_ROLE_BOXES  "boxes"
#define FLOW_PAGE_ROLE_MASTER "master"
#define FLOW_PAGE_BYTES_MAX   (2 * STR_TEXT_MAX)

/** flow_page_print - append it. @text: NULL when the page has none (blank). */
void flow_page_print(const struct page *p, const struct store_text *text,
                     struct str *out);

/** struct flow_page - one that came. flow_page_clear(). */
struct flow_page {
    struct page page;
    struct store_text text; /* boxes are added by the caller */
    bool has_text;
};
void flow_page_clear(struct flow_page *p);
#define AUTO_FLOW_PAGE AUTO(flow_page_clear)

/** flow_page_parse - read and check one from outside. ERR_PAGE. */
MUST_CHECK int flow_page_parse(const char *text, size_t len, struct flow_page *out,
                               struct err *e);

#endif
