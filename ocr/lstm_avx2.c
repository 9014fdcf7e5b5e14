/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_avx2.h"

#include <stddef.h>

#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "ocr/lstm_kernel.h"
#include "ocr/lstm_model.h"

#define AVX2  __attribute__((target("avx2")))
#define BLOCK LSTM_KERNEL_BLOCK
#define HALF  8 /* units of a register */
#define LINE  (4 * BLOCK)

/* Four inputs for 8 units: their sizes, and themselves for their signs. The instruction
 * multiplies unsigned bytes by signed ones; of sizes to 127 the sum of two never
 * overflows 16 bits. */
struct four {
    __m256i size, sign;
};

AVX2 static inline struct four four(const void *x)
{
    struct four f;
    int v = 0;

    memcpy(&v, x, 4);
    f.sign = _mm256_set1_epi32(v);
    f.size = _mm256_abs_epi8(f.sign);
    return f;
}

AVX2 static inline __m256i ints(const void *p)
{
    return _mm256_loadu_si256((const __m256i *)p);
}

AVX2 static inline __m256i add(__m256i sum, struct four x, const int8_t *w)
{
    __m256i pairs = _mm256_maddubs_epi16(x.size, _mm256_sign_epi8(ints(w), x.sign));

    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

AVX2 static inline __m256 scaled(const struct lstm_model_layer *l, __m256i sum,
                                 int lane)
{
    __m256i all = _mm256_add_epi32(sum, ints(l->bias + lane));

    return _mm256_mul_ps(_mm256_cvtepi32_ps(all), _mm256_loadu_ps(l->scale + lane));
}

AVX2 static inline __m256 size_of(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), x);
}

/* Two pairs of a table side by side. */
AVX2 static inline __m128 two(const float (*pairs)[2], int a, int b)
{
    __m128 v = _mm_castsi128_ps(_mm_loadl_epi64((const __m128i *)pairs[a]));

    return _mm_loadh_pi(v, (const __m64 *)pairs[b]);
}

/* A table at x >= 0, between its entries in a straight line. Eight loads are faster
 * than gathering, which many processors do slowly. */
AVX2 static inline __m256 look(const float (*pairs)[2], __m256 x)
{
    __m256 at = _mm256_mul_ps(x, _mm256_set1_ps(256.0F));
    __m256 in = _mm256_cmp_ps(at, _mm256_set1_ps(LSTM_KERNEL_TABLE - 1), _CMP_LT_OQ);
    __m256i i = _mm256_cvttps_epi32(_mm256_and_ps(at, in));
    __m256 rest = _mm256_sub_ps(at, _mm256_cvtepi32_ps(i)), a, b, v;
    int n[HALF];

    _mm256_storeu_si256((__m256i *)n, i);
    a = _mm256_set_m128(two(pairs, n[4], n[5]), two(pairs, n[0], n[1]));
    b = _mm256_set_m128(two(pairs, n[6], n[7]), two(pairs, n[2], n[3]));
    /* low and difference of 0, 1, 2, 3 and of 4, 5, 6, 7 */
    v = _mm256_add_ps(_mm256_shuffle_ps(a, b, 0x88),
                      _mm256_mul_ps(_mm256_shuffle_ps(a, b, 0xDD), rest));
    return _mm256_blendv_ps(_mm256_set1_ps(1.0F), v, in);
}

AVX2 static inline __m256 negative(__m256 x)
{
    return _mm256_cmp_ps(x, _mm256_setzero_ps(), _CMP_LT_OQ);
}

AVX2 static inline __m256 tanh_of(const struct lstm_kernel_tables *t, __m256 x)
{
    __m256 v = look(t->tanh_pairs, size_of(x));

    return _mm256_blendv_ps(v, _mm256_sub_ps(_mm256_setzero_ps(), v), negative(x));
}

AVX2 static inline __m256 logistic_of(const struct lstm_kernel_tables *t, __m256 x)
{
    __m256 v = look(t->logistic_pairs, size_of(x));

    return _mm256_blendv_ps(v, _mm256_sub_ps(_mm256_set1_ps(1.0F), v), negative(x));
}

AVX2 static inline void to_bytes(__m256 v, int8_t *out)
{
    __m256 size = _mm256_mul_ps(size_of(v), _mm256_set1_ps(127.0F));
    __m256i n = _mm256_cvttps_epi32(_mm256_add_ps(size, _mm256_set1_ps(0.5F)));
    __m128i words;

    n = _mm256_sign_epi32(
        n, _mm256_or_si256(_mm256_castps_si256(negative(v)), _mm256_set1_epi32(1)));
    words = _mm_packs_epi32(_mm256_castsi256_si128(n), _mm256_extracti128_si256(n, 1));
    _mm_storel_epi64((__m128i *)out, _mm_packs_epi16(words, words));
}

AVX2 static void pool(const struct lstm_model_layer *l,
                      const struct lstm_kernel_tables *t,
                      const uint32_t window[LSTM_KERNEL_CELL], int8_t *out)
{
    for (int h = 0; h < 2; h++) {
        const int8_t *w = l->weights + (ptrdiff_t)h * 4 * HALF;
        __m256i best = _mm256_set1_epi32(INT32_MIN);

        for (int p = 0; p < LSTM_KERNEL_CELL; p += 3) {
            __m256i sum = add(_mm256_setzero_si256(), four(window + p), w);

            sum = add(sum, four(window + p + 1), w + LINE);
            sum = add(sum, four(window + p + 2), w + 2 * LINE);
            best = _mm256_max_epi32(best, sum);
        }
        to_bytes(tanh_of(t, scaled(l, best, h * HALF)), out + h * HALF);
    }
}

/* Half a block of an LSTM from its four sums. */
AVX2 static inline void gates(const struct lstm_model_layer *l,
                              const struct lstm_kernel_tables *t, const __m256i sum[4],
                              int lane, float *state, int8_t *out)
{
    __m256 s = _mm256_loadu_ps(state), more = s;

    s = _mm256_mul_ps(s, logistic_of(t, scaled(l, sum[2], lane + 2 * BLOCK)));
    more = _mm256_mul_ps(tanh_of(t, scaled(l, sum[0], lane)),
                         logistic_of(t, scaled(l, sum[1], lane + BLOCK)));
    s = _mm256_add_ps(s, more);
    s = _mm256_min_ps(_mm256_max_ps(s, _mm256_set1_ps(-100.0F)),
                      _mm256_set1_ps(100.0F));
    _mm256_storeu_ps(state, s);
    to_bytes(_mm256_mul_ps(tanh_of(t, s),
                           logistic_of(t, scaled(l, sum[3], lane + 3 * BLOCK))),
             out);
}

AVX2 static void step(const struct lstm_model_layer *l,
                      const struct lstm_kernel_tables *t, const int8_t *x, float *state,
                      int8_t *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++, state += BLOCK, out += BLOCK) {
        __m256i low[4], high[4];

        for (int gate = 0; gate < 4; gate++)
            low[gate] = high[gate] = _mm256_setzero_si256();
        for (int g = 0; g < l->groups; g++) {
            struct four v = four(x + g * 4);

#pragma GCC unroll 4
            for (int gate = 0; gate < 4; gate++, w += LINE) {
                low[gate] = add(low[gate], v, w);
                high[gate] = add(high[gate], v, w + LINE / 2);
            }
        }
        gates(l, t, low, b * LINE, state, out);
        gates(l, t, high, b * LINE + HALF, state + HALF, out + HALF);
    }
}

AVX2 static void full(const struct lstm_model_layer *l, const int8_t *x, float *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++, out += BLOCK) {
        __m256i low = _mm256_setzero_si256(), high = low;

        for (int g = 0; g < l->groups; g++, w += LINE) {
            struct four v = four(x + g * 4);

            low = add(low, v, w);
            high = add(high, v, w + LINE / 2);
        }
        _mm256_storeu_ps(out, scaled(l, low, b * BLOCK));
        _mm256_storeu_ps(out + HALF, scaled(l, high, b * BLOCK + HALF));
    }
}

const struct lstm_kernel *lstm_avx2_kernel(void)
{
    static const struct lstm_kernel KERNEL = {"AVX2", pool, step, full};

    return __builtin_cpu_supports("avx2") ? &KERNEL : NULL;
}

#else

const struct lstm_kernel *lstm_avx2_kernel(void)
{
    return NULL;
}

#endif
