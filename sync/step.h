/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_STEP_H
#define SOHOA_SYNC_STEP_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct repo;

/*
 * A ref on its way to a reader, in steps: each is a request file (pack.h) that leads on
 * from what the reader has. A step is bounded, so that it can be checked, carried and
 * gone on with at any byte; the same step is the same file.
 */
#define STEP_COMMITS_MAX 500    /* bundles in one step */
#define STEP_OTHERS_MAX  64     /* commits of receipts or keys: many files each */
#define STEP_OBJECTS_MAX 150000 /* of git; well below what a reader takes */

struct step {
    char id[HASH_HEX];
    int64_t size;
    char path[4096];
};

/**
 * step_make - the step of @ref after @old, as a file in @folder (made when it is not
 * there). At most BUNDLE_BYTES_MAX of objects, one bundle at least. Files of other
 * steps in @folder are removed.
 * @old: "" from the beginning.
 * Return: 1 and *@out, 0 @ref is at @old or does not exist, -1 and @e: ERR_REF_MOVED
 * (@ref does not come from @old), ERR_REPO, disk errors.
 */
MUST_CHECK int step_make(struct repo *r, const char *ref, const char *old,
                         const char *folder, struct step *out, struct err *e);

#endif
