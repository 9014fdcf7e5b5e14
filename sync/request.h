/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_REQUEST_H
#define SOHOA_SYNC_REQUEST_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"

struct err;
struct repo;

/* Making request files (pack.h); what only this folder needs of them. */

/**
 * request_write - the request that moves @ref from @old to @new, as @folder/<name>.
 * Whole objects only, in the order of the library's walk: the same state gives the same
 * bytes. @old: "" for none. @name: NULL: the id is the name.
 * @id, @size: of the file; may be NULL.
 */
MUST_CHECK int request_write(struct repo *r, const char *ref, const char *old,
                             const char *new, const char *folder, const char *name,
                             char id[HASH_HEX], int64_t *size, struct err *e);

/** What its maker does meanwhile: called many times a second. */
struct request_tick {
    void (*tick)(void *ctx);
    void *ctx;
};

/** request_write_while - the same; the id is the name. @t: borrowed; NULL: nothing. */
MUST_CHECK int request_write_while(struct repo *r, const char *ref, const char *old,
                                   const char *new, const char *folder,
                                   const struct request_tick *t, char id[HASH_HEX],
                                   int64_t *size, struct err *e);

/**
 * request_unpack - put the objects of a request into @r; no ref moves.
 * @fd: at any position; pack_check() was passed. @at: where the pack begins.
 */
MUST_CHECK int request_unpack(struct repo *r, int fd, int64_t at, struct err *e);

/**
 * request_forward - move @ref to @new when that lies ahead of where it is.
 * Return: 1 moved, 0 it was there or beyond, -1 and @e: ERR_REF_MOVED (elsewhere).
 */
MUST_CHECK int request_forward(struct repo *r, const char *ref, const char *new,
                               struct err *e);

#endif
