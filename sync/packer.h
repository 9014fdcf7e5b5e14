/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_PACKER_H
#define SOHOA_SYNC_PACKER_H

#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct repo;

/*
 * A pack of whole objects, made by ourselves. libgit2's builder takes each into memory,
 * hashes it in the slow way and deflates scans anew at level 6: 0.05 s of processor
 * time a MB, on a computer that scans meanwhile. Here an object goes from its file to
 * the pack in pieces of 64 KiB, is proven by its name on the way, and what did not
 * shrink when it was kept is not tried again.
 *
 *      "PACK" 00000002 <count>      for each object:
 *      <type and size>              4 bits of size, then 7 at a time
 *      <zlib stream>
 *      <SHA-1 of all that>
 */

/* Bytes of the pack as they come. */
typedef int packer_sink(void *ctx, const void *data, size_t len, struct err *e);

/**
 * packer_write - what a repository that has @old needs for @new.
 * @old: "" for one that has nothing. The trees of each commit are compared with those
 * of its first parent: what did not change there is not taken again.
 * @sink: called for at most some 64 KiB at a time. Return: 0, or -1 and @e: ERR_REPO,
 * ERR_BUNDLE_DAMAGED (an object is not what its name says), ERR_LIMIT (more than
 * PACKER_OBJECTS_MAX), and what @sink says.
 */
#define PACKER_OBJECTS_MAX ((size_t)10000000)
MUST_CHECK int packer_write(struct repo *r, const char *old, const char *new,
                            packer_sink *sink, void *ctx, struct err *e);

#endif
