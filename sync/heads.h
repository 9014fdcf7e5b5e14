/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_HEADS_H
#define SOHOA_SYNC_HEADS_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct repo;
struct str;

/*
 * What refs say, at both ends of `since`: a line "<tip> <ref>" for each, in order of
 * names. A chain of which its node has begun a newer epoch is closed: it will never
 * move again. So a reader says what it has as two sums, over all lines and over those
 * of closed chains, and hears only what may be news: refs that are closed are hidden
 * from whoever has them.
 */
struct heads_row {
    char tip[NAMES_OID_MAX];
    char ref[NAMES_REF_MAX];
    bool closed;
};

struct heads {
    struct heads_row *rows; /* owned */
    size_t count, cap;
};
void heads_clear(struct heads *h);
#define AUTO_HEADS AUTO(heads_clear)

/** heads_add - one more; a ref too long to be one of ours is left out. */
void heads_add(struct heads *h, const char *ref, const char *tip);

/** heads_close - when all were added: put them in order, and find what is closed. */
void heads_close(struct heads *h);

/** heads_load - all of @r that are among @refs (names_ref_wanted()), in order. */
MUST_CHECK int heads_load(struct repo *r, const char *const *refs, size_t count,
                          struct heads *out, struct err *e);

/** heads_sum - SHA-256 over the lines; @closed: of closed chains alone. */
void heads_sum(const struct heads *h, bool closed, char out[HASH_HEX]);

/** heads_print - append the lines; @open: only of what is not closed. */
void heads_print(const struct heads *h, bool open, struct str *out);

#endif
