/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_GET_H
#define SOHOA_SYNC_GET_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct line;
struct rpush_sum;

/*
 * One object on demand: the reader's side of the verb `get` (README.md). What came of
 * it stays where the line broke, through a kill and a power cut, and the next call goes
 * on there:
 *
 *      HOME/spool/get/<sha256>.part
 */
#define GET_TRIES     4                  /* attempts without one byte */
#define GET_BYTES_MAX ((int64_t)4 << 30) /* of one object */

/**
 * get_object - fetch the object @sha256 that the tier above holds of @unit.
 * @path: owned, mem_free(): the whole file, hashed; the caller takes its bytes and
 * removes it (get_forget()).
 * @sum: bytes added.
 * Return: 0, or -1 and @e: ERR_URL (a folder cannot be asked), ERR_LINE, ERR_LINE_KEY,
 * ERR_LINE_HOST, ERR_GATE_READ (not for this node, or no such unit), ERR_OBJECT_MISSING
 * (it is not there, or not yet), ERR_GATE_VERB (the other end is older), ERR_UPSTREAM,
 * ERR_DISK_FULL.
 */
MUST_CHECK int get_object(const struct line *l, const char *unit, const char *sha256,
                          char **path, struct rpush_sum *sum, struct err *e);

/** get_forget - the file is no longer needed. */
MUST_CHECK int get_forget(const char *path, struct err *e);

#endif
