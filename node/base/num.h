/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_BASE_NUM_H
#define SOHOA_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

/* Checked arithmetic on numbers that came from outside. True when the result fits. */
MUST_CHECK static inline bool num_add(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

MUST_CHECK static inline bool num_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/**
 * num_parse - decimal text to a number from @min to @max.
 * Nothing but digits and one leading '-' is taken; empty text is refused.
 * Return: true and *@out, or false.
 */
MUST_CHECK bool num_parse(const char *text, int64_t min, int64_t max, int64_t *out);

/** num_clamp - @v, not below @lo and not above @hi. */
static inline int64_t num_clamp(int64_t v, int64_t lo, int64_t hi)
{
    return v < lo ? lo : v > hi ? hi : v;
}

#endif
