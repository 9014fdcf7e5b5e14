/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_LOCK_H
#define SOHOA_BASE_LOCK_H

#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * One lock on one file, by an open-file-description lock: the kernel drops it when the
 * holder dies, so there is no stale lock to break by hand. The holder writes its pid
 * and name into the file for the message that others show.
 */
struct lock {
    int fd; /* -1: not held and not open */
};

#define LOCK_INIT                                                                      \
    {                                                                                  \
        .fd = -1                                                                       \
    }
#define LOCK_WAIT_MS 10000

/**
 * lock_take - hold @path exclusively, waiting at most @wait_ms.
 * The descriptor is O_CLOEXEC: children never inherit the lock.
 * Return: 0, or -1 and @e: ERR_LOCKED with the holder as subject, ERR_OPEN.
 */
MUST_CHECK int lock_take(struct lock *l, const char *path, int64_t wait_ms,
                         struct err *e);
void lock_drop(struct lock *l);
#define AUTO_LOCK AUTO(lock_drop)

#endif
