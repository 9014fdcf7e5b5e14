/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_RETURN_H
#define SOHOA_STORE_RETURN_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"

struct err;
struct store;

/*
 * Records that the tier above sent back. A return is of one sealed revision; it is
 * answered by the next one that is sealed, whatever that changes.
 */
struct store_return {
    char item[IDENT_NAME_MAX];
    int64_t rev;        /* the sealed revision that was sent back, from 1 */
    const char *why;    /* UTF-8. view in callbacks */
    const char *issuer; /* node name of who sent it back. view in callbacks */
    int64_t at;         /* by the issuer's clock, seconds UTC */
    int64_t answer;     /* the newest sealed revision after @rev, 0: open */
};

/**
 * store_return_add - note a return; @r->answer is not read. Transaction.
 * Return: 1 noted, 0 this revision was sent back before: nothing changes, -1 and @e:
 * ERR_ITEM_ABSENT.
 */
MUST_CHECK int store_return_add(struct store *s, const struct store_return *r,
                                struct err *e);

typedef int store_return_fn(void *ctx, const struct store_return *r, struct err *e);
/**
 * store_return_each - oldest first. @item: NULL for all. @open: only what is not
 * answered.
 */
MUST_CHECK int store_return_each(struct store *s, const char *item, bool open,
                                 store_return_fn *each, void *ctx, struct err *e);

/** store_return_count - how many records were sent back and are not answered. */
MUST_CHECK int store_return_count(struct store *s, int64_t *out, struct err *e);

#endif
