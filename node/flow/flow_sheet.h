/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SHEET_H
#define SOHOA_FLOW_FLOW_SHEET_H

#include <stdbool.h>

#include "node/flow/flow.h"
#include "node/record/page.h"

/*
 * What people do with single pages that are stored: two sides in the wrong order, a
 * warning that they let be. To replace or insert one is an import with a place
 * (flow_import.h). Every change is one commit with its row of the audit chain.
 */

/** flow_sheet_find - the page of that name, or of the one that begins so. Also a past
 * one. ERR_PAGE_ABSENT. */
MUST_CHECK int flow_sheet_find(struct flow *f, const char *name, struct page *out,
                               struct err *e);

/** flow_sheet_open - the pages of @item are about to change: what was verified,
 * returned or sealed is open again (a sealed one in its next revision). Transaction. */
MUST_CHECK int flow_sheet_open(struct flow *f, const char *item, struct err *e);

/**
 * flow_sheet_swap - two pages of one record change places. @with: NULL for the other
 * side of its sheet (pages 1 and 2, 3 and 4 …). Tells a line "page" for each: "page",
 * "item", "seq". ERR_PAGE_ABSENT, ERR_PAGE_PAST, ERR_PAGE_ALONE, ERR_USER_*.
 */
MUST_CHECK int flow_sheet_swap(struct flow *f, const char *page, const char *with,
                               const char *user, const struct flow_listener *to,
                               struct err *e);

/**
 * flow_sheet_keep - a person has looked at a marked or blank picture: it stays as it is
 * (@kept), or the marks hold again. Tells a line "page": "page", "item", "seq", "kept".
 * ERR_PAGE_ABSENT, ERR_PAGE_PAST, ERR_USER_*.
 */
MUST_CHECK int flow_sheet_keep(struct flow *f, const char *page, bool kept,
                               const char *user, const struct flow_listener *to,
                               struct err *e);

#endif
