/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_AUTO_H
#define SOHOA_BASE_AUTO_H

/*
 * Scope cleanup. A variable marked AUTO(fn) is handed to fn (by address) when its scope
 * ends, on every path. Initialise it on the line that declares it, and never jump over
 * that line with goto (gcc's -Wjump-misses-init refuses it). "unused": some exist only
 * for the end of their scope.
 */
#define AUTO(fn) __attribute__((cleanup(fn), unused))

/* TAKE - give a pointer away: the variable becomes NULL and its cleanup does nothing.
 */
#define TAKE(p)                                                                        \
    ({                                                                                 \
        __typeof__(p) taken_ = (p);                                                    \
        (p) = NULL;                                                                    \
        taken_;                                                                        \
    })

/* TAKE_FD - the same for a file descriptor; the variable becomes -1. */
#define TAKE_FD(fd)                                                                    \
    ({                                                                                 \
        int taken_ = (fd);                                                             \
        (fd) = -1;                                                                     \
        taken_;                                                                        \
    })

#define MUST_CHECK   __attribute__((warn_unused_result))
#define PRINTF(f, a) __attribute__((format(printf, f, a)))
#define NORETURN     __attribute__((noreturn))

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#endif
