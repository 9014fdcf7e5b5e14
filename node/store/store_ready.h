/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_READY_H
#define SOHOA_STORE_READY_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/record/ident.h"

struct err;
struct store;

/* Records of one dossier whose present revision is not sealed: what keeps them from it.
 * One record can stand in several counts. */
struct store_ready {
    char dossier[IDENT_NAME_MAX]; /* "": loose ones */
    int64_t open;                 /* all of them */
    int64_t ready;                /* may be sealed as verified */
    int64_t unread;               /* a page still waits to be read */
    int64_t failed;               /* a page could not be read */
    int64_t held;                 /* a page is held */
    int64_t counted;  /* another count of pages than expected, unexplained */
    int64_t review;   /* read or described, not verified */
    int64_t returned; /* sent back */
};
typedef int store_ready_fn(void *ctx, const struct store_ready *r, struct err *e);
/** store_ready_each - of every dossier that has such records, in order of making, loose
 * ones first. @only: of that one (its name; "": loose ones); NULL: all. Read from what
 * is kept (store_tally.h). */
MUST_CHECK int store_ready_each(struct store *s, const char *only, store_ready_fn *each,
                                void *ctx, struct err *e);

/** store_ready_next - the number that the next entry of a register gets: one above the
 * highest of its series so far, else its first. 0: no register. ERR_DOSSIER_ABSENT. */
MUST_CHECK int store_ready_next(struct store *s, const char *dossier, int64_t *out,
                                struct err *e);

#endif
