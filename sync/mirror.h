/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_MIRROR_H
#define SOHOA_SYNC_MIRROR_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct repo;

/*
 * The second copy of an upper tier's repository, on another disk: a bare repository of
 * its own, made file by file, so that stock git reads it and it can be put in the place
 * of one that was lost. Packs and single objects first, each written under another
 * name, synced, dropped from memory, read back and compared; then the refs, forward
 * only. So its refs are also the mark up to where it is complete: what a ref of the
 * copy reaches lies on that disk.
 *
 * The caller lets nobody take packs out of the repository meanwhile.
 */
/** mirror_place - FOLDER/communes/<code>-<valid_from>/repo.git. owned, mem_free(). */
char *mirror_place(const char *folder, const char *code, const char *valid_from);

struct mirror_sum {
    int64_t files, bytes; /* copied this time */
};

/**
 * mirror_update - bring the copy at @to up to @from; it is made when absent. @sum:
 * added to. Return: 0, or -1 and @e: ERR_COPY (it reads back otherwise; it has what
 * @from has not: never overwritten), ERR_REPO, disk errors.
 */
MUST_CHECK int mirror_update(struct repo *from, const char *to, struct mirror_sum *sum,
                             struct err *e);

/**
 * mirror_tidy - after a roll-up of @from, which was then found whole: bring its new
 * packs over, then remove packs and single objects of the copy that @from no longer has
 * (what they held lies in the new ones). @removed: files; may be NULL. Nothing is
 * removed unless the copy has every ref of @from where it is. ERR_COPY, disk errors.
 */
MUST_CHECK int mirror_tidy(struct repo *from, const char *to, struct mirror_sum *sum,
                           int64_t *removed, struct err *e);

/** mirror_holds - whether the copy at @to has the refs of @from that begin with @prefix
 * where they are now. Return: 1, 0 (also when there is no copy), -1. */
MUST_CHECK int mirror_holds(struct repo *from, const char *to, const char *prefix,
                            struct err *e);

/**
 * mirror_check - read both and compare, byte by byte. @each: a file that is missing in
 * the copy or differs there. Return: 0, or -1 and @e.
 */
typedef int mirror_differs(void *ctx, const char *name, struct err *e);
MUST_CHECK int mirror_check(struct repo *from, const char *to, mirror_differs *each,
                            void *ctx, struct err *e);

#endif
