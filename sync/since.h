/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_SINCE_H
#define SOHOA_SYNC_SINCE_H

#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct line;
struct rpush_sum;

/*
 * The reader's side of the verb `since` (README.md): refs in steps, each a request file
 * that is kept as far as it came, so that a cut, a kill or a power cut costs no byte
 * that lies here:
 *
 *      HOME/spool/back/<id>.part
 */
#define SINCE_TRIES 4 /* attempts without one byte of a step */

/**
 * since_fetch - as ask_fetch(), over ssh. What is fetched is hashed, walked by
 * pack_check() and unpacked; each step moves its ref forward.
 * Return: 1 done, 0 the other end is older and knows no such verb, -1 and @e: ERR_LINE,
 * ERR_LINE_KEY, ERR_LINE_HOST, ERR_UPSTREAM, ERR_REF_MOVED (others were fetched),
 * ERR_GATE_* (also of a pack that is not allowed), ERR_DISK_FULL, ERR_REPO.
 */
MUST_CHECK int since_fetch(const struct line *l, const char *unit, const char *path,
                           const char *const *refs, size_t ref_count,
                           struct rpush_sum *sum, size_t *moved, struct err *e);

#endif
