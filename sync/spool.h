/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_SPOOL_H
#define SOHOA_SYNC_SPOOL_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * Folders in which files lie that come over a line piece by piece, "<id>.part" each.
 * Only one is on its way at a time.
 */
#define SPOOL_PART ".part"

/** spool_keep - every other beginning in @folder goes. @keep: path of the one that
 * stays, there or not. Return: 0, or -1 and @e: errors of fs.h. */
MUST_CHECK int spool_keep(const char *folder, const char *keep, struct err *e);

/**
 * spool_room - is there room for a file of @size bytes, for the pack that is made of it
 * and for its copy while git looks at it, and something left over for others?
 * @name: what the error is to name. Return: 0, or -1 and @e: ERR_DISK_FULL.
 */
MUST_CHECK int spool_room(const char *folder, const char *name, int64_t size,
                          struct err *e);

#endif
