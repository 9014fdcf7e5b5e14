/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_QUOTA_H
#define SOHOA_SYNC_QUOTA_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;

/**
 * quota_check - whether a commune's repository may grow by @more bytes: the setting
 * commune.quota_gib of the upper tier (0: no limit) against what its packs take now.
 * One commune that sends without end must not fill the disk of all. Nothing is decided
 * for good: the limit may be raised, and the node goes on by itself.
 * @home: of the upper tier. @repo: the commune's repository.
 * Return: 0, or -1 and @e: ERR_GATE_QUOTA, ERR_CONFIG, disk errors.
 */
MUST_CHECK int quota_check(const char *home, const char *repo, int64_t more,
                           struct err *e);

#endif
