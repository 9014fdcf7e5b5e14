/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_OBJECT_H
#define SOHOA_STORE_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/base/str.h"

struct err;
struct fs_tmp;

/*
 * Content-addressed files: AREA/xx/<64 hex>, the name being the SHA-256 of the bytes,
 * so that sha256sum, rsync and an auditor understand the folder without this program.
 * A file appears only complete: temporary file, fsync, rename that never replaces,
 * fsync of the folder. The 256 folders are made once, at set-up.
 *
 * These functions know no database. With a store, use store_object_*(), which also
 * latches the store when the disk fails to keep what was written.
 */
#define OBJECT_BYTES_MAX ((uint64_t)4 << 30)

/** object_area_create - make AREA and its 256 folders, durable. Again: fine. */
MUST_CHECK int object_area_create(const char *area, struct err *e);

/** object_area_sweep - remove temporary files left by a crash; those in use are held.
 */
MUST_CHECK int object_area_sweep(const char *area, struct err *e);

/** object_path - "AREA/xx/<hex>". owned, mem_free(). */
char *object_path(const char *area, const char *hex);

/**
 * object_put_fd - store what @fd holds from its position to the end.
 * @name: what to call it in errors. @max_bytes: ERR_INPUT_TOO_LARGE beyond.
 * @hex, @size: of the bytes. @existed: it was there already (compared by size and hash,
 * not assumed; a damaged one is replaced by the good bytes).
 * Return: 0, or -1 and @e: ERR_DISK_FULL, ERR_DISK_SYNC, ERR_READ, ERR_WRITE.
 */
MUST_CHECK int object_put_fd(const char *area, int fd, const char *name,
                             uint64_t max_bytes, char hex[HASH_HEX], uint64_t *size,
                             bool *existed, struct err *e);

/** object_put_mem - the same for bytes in memory. */
MUST_CHECK int object_put_mem(const char *area, const void *data, size_t len,
                              char hex[HASH_HEX], bool *existed, struct err *e);

/**
 * object_put_tmp - the same for a temporary file that was opened with
 * fs_tmp_open(t, AREA) and written; it is read back and hashed first.
 * @want: NULL, or the hash it must have, else ERR_OBJECT_HASH and nothing is stored.
 */
MUST_CHECK int object_put_tmp(const char *area, struct fs_tmp *t, const char *want,
                              char hex[HASH_HEX], uint64_t *size, bool *existed,
                              struct err *e);

/**
 * object_open - open for reading.
 * @check: read it all and compare the hash first; the descriptor then stands at 0.
 * @size: may be NULL.
 * Return: descriptor, or -1 and @e: ERR_OBJECT_MISSING, ERR_OBJECT_HASH.
 */
MUST_CHECK int object_open(const char *area, const char *hex, bool check,
                           uint64_t *size, struct err *e);

/** object_read - all bytes, checked, appended to @out (at most out->max). */
MUST_CHECK int object_read(const char *area, const char *hex, struct str *out,
                           struct err *e);

/** object_verify - re-read and re-hash. @size: may be NULL. Errors as object_open(). */
MUST_CHECK int object_verify(const char *area, const char *hex, uint64_t *size,
                             struct err *e);

/** object_has - there is a file of that name (content not looked at). */
bool object_has(const char *area, const char *hex);

/** object_remove - unlink, folder synced; one that is absent is fine. */
MUST_CHECK int object_remove(const char *area, const char *hex, struct err *e);

/**
 * object_each - every object in byte order, and every stranger.
 * @each: @hex is NULL for a file that is no object (left-over, foreign), @path always
 * given. Return 0 to go on, 1 to stop, -1 and @e.
 */
typedef int object_each_fn(void *ctx, const char *hex, const char *path, uint64_t size,
                           struct err *e);
MUST_CHECK int object_each(const char *area, object_each_fn *each, void *ctx,
                           struct err *e);

#endif
