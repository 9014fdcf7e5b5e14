/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_GRID_H
#define SOHOA_STORE_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct store;
struct str;

/*
 * The ruled tables of a page, as a JSON array (schema/0005-tables.sql). They name words
 * of the page's text by number: both are written in one transaction. A page that is
 * removed takes them along.
 */
#define STORE_GRID_MAX ((size_t)512 << 10) /* bytes of a page */

/**
 * store_grid_put - @text stands in place of what was found before. Transaction.
 * @page: its row. @text: borrowed; NULL or empty: the page has no tables (any more).
 * Return: 0, or -1 and @e: ERR_LIMIT, store errors.
 */
MUST_CHECK int store_grid_put(struct store *s, int64_t page, const char *text,
                              struct err *e);

/** store_grid_get - @out: appended. 1 found, 0 absent, -1. */
MUST_CHECK int store_grid_get(struct store *s, int64_t page, struct str *out,
                              struct err *e);

#endif
