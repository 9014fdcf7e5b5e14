/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_BOX_H
#define SOHOA_STORE_BOX_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/field.h"

struct err;
struct store;

/* Where on its page a field of an item was read, in pixels as captured. */
struct store_box {
    char name[FIELD_NAME_MAX];
    bool strip;   /* nothing was read there: a person keys it in from the picture */
    int64_t page; /* row of the page */
    int64_t seq;  /* its place in the item, from 1; set by store_box_each() */
    int32_t x, y, w, h;
};

/** store_box_clear - forget the boxes of an item that is read anew. Transaction. */
MUST_CHECK int store_box_clear(struct store *s, const char *item, struct err *e);
/** store_box_add - one a field; a second one takes its place. Transaction. */
MUST_CHECK int store_box_add(struct store *s, const char *item,
                             const struct store_box *b, struct err *e);

typedef int store_box_fn(void *ctx, const struct store_box *b, struct err *e);
/** store_box_each - of an item, in order of name. */
MUST_CHECK int store_box_each(struct store *s, const char *item, store_box_fn *each,
                              void *ctx, struct err *e);

#endif
