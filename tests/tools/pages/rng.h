/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_TOOLS_RNG_H
#define SOHOA_TOOLS_RNG_H

#include <math.h>
#include <stdbool.h>
#include <stdint.h>

/* Repeatable random numbers: xoroshiro128+ seeded by splitmix64. */
struct rng {
    uint64_t a;
    uint64_t b;
};

static inline uint64_t rng_mix(uint64_t *x)
{
    uint64_t z = (*x += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

static inline struct rng rng_make(uint64_t seed, uint64_t stream)
{
    uint64_t x = seed * 0xd1342543de82ef95U + stream;
    struct rng r = {0};

    r.a = rng_mix(&x);
    r.b = rng_mix(&x);
    return r;
}

static inline uint64_t rng_next(struct rng *r)
{
    uint64_t a = r->a;
    uint64_t b = r->b;
    uint64_t sum = a + b;

    b ^= a;
    r->a = ((a << 24) | (a >> 40)) ^ b ^ (b << 16);
    r->b = (b << 37) | (b >> 27);
    return sum;
}

/* 0 .. n - 1 */
static inline uint32_t rng_below(struct rng *r, uint32_t n)
{
    return (uint32_t)(((rng_next(r) >> 32) * n) >> 32);
}

/* from .. to, both included */
static inline int rng_int(struct rng *r, int from, int to)
{
    return from + (int)rng_below(r, (uint32_t)(to - from + 1));
}

/* 0 <= x < 1 */
static inline double rng_unit(struct rng *r)
{
    return (double)(rng_next(r) >> 11) * 0x1.0p-53;
}

static inline double rng_range(struct rng *r, double from, double to)
{
    return from + (to - from) * rng_unit(r);
}

static inline bool rng_chance(struct rng *r, int percent)
{
    return rng_int(r, 1, 100) <= percent;
}

/* Normal distribution, mean 0, deviation 1 (twelve uniform ones). */
static inline double rng_gauss(struct rng *r)
{
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += rng_unit(r);
    return sum;
}

#endif
