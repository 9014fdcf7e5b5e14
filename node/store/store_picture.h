/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_PICTURE_H
#define SOHOA_STORE_PICTURE_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;
struct store;

/*
 * Pictures derived of pages: "page" (the page in layers, a PDF) and "thumb" (a small
 * JPEG). Kept by the page's name; only of pages past the secrecy gate. They may be made
 * again: what is replaced and stands nowhere else is removed.
 */
#define STORE_PICTURE_PAGE        "page" /* also their roles in manifests */
#define STORE_PICTURE_THUMB       "thumb"
#define STORE_PICTURE_PAGE_MEDIA  "application/pdf"
#define STORE_PICTURE_THUMB_MEDIA "image/jpeg"

/** store_picture_put - @hex, an object that has its row, is the picture of @page.
 * Transaction. */
MUST_CHECK int store_picture_put(struct store *s, const char *page, const char *role,
                                 const char *hex, struct err *e);

/** store_picture_get - 1 found, 0 absent, -1. */
MUST_CHECK int store_picture_get(struct store *s, const char *page, const char *role,
                                 char hex[HASH_HEX], struct err *e);

/** store_picture_drop - all pictures of a page that is held now. Transaction. */
MUST_CHECK int store_picture_drop(struct store *s, const char *page, struct err *e);

/** store_picture_lacking - clear pages without a picture "page". */
MUST_CHECK int store_picture_lacking(struct store *s, int64_t *out, struct err *e);

#endif
