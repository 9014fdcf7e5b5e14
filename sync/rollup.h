/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_ROLLUP_H
#define SOHOA_SYNC_ROLLUP_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Care of an archive repository through stock git. Each push is a pack of its own, each
 * commit of receipts some single files: after years that is too many to look into.
 */
#define ROLLUP_GIT_MS INT64_C(14400000) /* TB are copied once */

/**
 * rollup_packs - one pack for many: "git repack --geometric=2 -d --write-midx" without
 * deltas, bitmaps or threads, everything synced; then "git prune-packed".
 * @path: the repository. Nobody may be reading its files by name (mirror.h, a backup);
 * who reads through git or libgit2 may. ERR_REPO, ERR_DISK_FULL.
 */
MUST_CHECK int rollup_packs(const char *path, struct err *e);

/** rollup_check - everything that refs lead to is there. @words: else what git said,
 * cut to @room. Return: 1, 0, -1. */
MUST_CHECK int rollup_check(const char *path, char *words, size_t room, struct err *e);

/** rollup_count - packs in the repository. */
MUST_CHECK int rollup_count(const char *path, int64_t *packs, struct err *e);

#endif
