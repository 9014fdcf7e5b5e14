/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_vnni.h"

#include <stddef.h>

#ifdef __x86_64__
#include <immintrin.h>
#include <string.h>

#include "ocr/lstm_kernel.h"
#include "ocr/lstm_model.h"

#define VNNI  __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni")))
#define BLOCK LSTM_KERNEL_BLOCK
#define LINE  (4 * BLOCK) /* weights of a group of inputs */

/* Four inputs for all 16 units, made 0 to 255: the instruction multiplies unsigned
 * bytes by signed ones. start() takes 128 times the weights away again. */
VNNI static inline __m512i four(const void *x)
{
    int v = 0;

    memcpy(&v, x, 4);
    return _mm512_xor_si512(_mm512_set1_epi32(v), _mm512_set1_epi8(INT8_MIN));
}

VNNI static inline __m512i start(const struct lstm_model_layer *l, int lane)
{
    return _mm512_sub_epi32(_mm512_loadu_si512(l->bias + lane),
                            _mm512_slli_epi32(_mm512_loadu_si512(l->sum + lane), 7));
}

VNNI static inline __m512i add(__m512i sum, __m512i x, const int8_t *w)
{
    return _mm512_dpbusd_epi32(sum, x, _mm512_loadu_si512(w));
}

VNNI static inline __m512 scaled(const struct lstm_model_layer *l, __m512i sum,
                                 int lane)
{
    return _mm512_mul_ps(_mm512_cvtepi32_ps(sum), _mm512_loadu_ps(l->scale + lane));
}

/* A table at x >= 0, between its entries in a straight line. */
VNNI static inline __m512 look(const float *table, __m512 x)
{
    __m512 at = _mm512_mul_ps(x, _mm512_set1_ps(256.0F));
    __mmask16 in =
        _mm512_cmp_ps_mask(at, _mm512_set1_ps(LSTM_KERNEL_TABLE - 1), _CMP_LT_OQ);
    __m512i i = _mm512_maskz_cvttps_epi32(in, at);
    __m512 low = _mm512_i32gather_ps(i, table, 4);
    __m512 high = _mm512_i32gather_ps(i, table + 1, 4);
    __m512 rest = _mm512_sub_ps(at, _mm512_cvtepi32_ps(i));
    __m512 v = _mm512_add_ps(low, _mm512_mul_ps(_mm512_sub_ps(high, low), rest));

    return _mm512_mask_blend_ps(in, _mm512_set1_ps(1.0F), v);
}

VNNI static inline __mmask16 negative(__m512 x)
{
    return _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_LT_OQ);
}

VNNI static inline __m512 tanh_of(const struct lstm_kernel_tables *t, __m512 x)
{
    __m512 v = look(t->tanh, _mm512_abs_ps(x));

    return _mm512_mask_sub_ps(v, negative(x), _mm512_setzero_ps(), v);
}

VNNI static inline __m512 logistic_of(const struct lstm_kernel_tables *t, __m512 x)
{
    __m512 v = look(t->logistic, _mm512_abs_ps(x));

    return _mm512_mask_sub_ps(v, negative(x), _mm512_set1_ps(1.0F), v);
}

VNNI static inline void to_bytes(__m512 v, int8_t *out)
{
    __m512 size = _mm512_mul_ps(_mm512_abs_ps(v), _mm512_set1_ps(127.0F));
    __m512i n = _mm512_cvttps_epi32(_mm512_add_ps(size, _mm512_set1_ps(0.5F)));

    n = _mm512_mask_sub_epi32(n, negative(v), _mm512_setzero_si512(), n);
    _mm_storeu_si128((__m128i *)out, _mm512_cvtepi32_epi8(n));
}

VNNI static void pool(const struct lstm_model_layer *l,
                      const struct lstm_kernel_tables *t,
                      const uint32_t window[LSTM_KERNEL_CELL], int8_t *out)
{
    __m512i first = start(l, 0), best = _mm512_set1_epi32(INT32_MIN);

    for (int p = 0; p < LSTM_KERNEL_CELL; p += 3) {
        __m512i sum = add(first, four(window + p), l->weights);

        sum = add(sum, four(window + p + 1), l->weights + LINE);
        sum = add(sum, four(window + p + 2), l->weights + 2 * LINE);
        best = _mm512_max_epi32(best, sum);
    }
    to_bytes(tanh_of(t, scaled(l, best, 0)), out);
}

VNNI static void step(const struct lstm_model_layer *l,
                      const struct lstm_kernel_tables *t, const int8_t *x, float *state,
                      int8_t *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++, state += BLOCK, out += BLOCK) {
        int lane = b * LINE;
        __m512i cell = start(l, lane), in = start(l, lane + BLOCK),
                forget = start(l, lane + 2 * BLOCK), go = start(l, lane + 3 * BLOCK);
        __m512 s = _mm512_loadu_ps(state), more = s;

        for (int g = 0; g < l->groups; g++, w += (ptrdiff_t)4 * LINE) {
            __m512i v = four(x + g * 4);

            cell = add(cell, v, w);
            in = add(in, v, w + LINE);
            forget = add(forget, v, w + 2 * LINE);
            go = add(go, v, w + 3 * LINE);
        }
        s = _mm512_mul_ps(s, logistic_of(t, scaled(l, forget, lane + 2 * BLOCK)));
        more = _mm512_mul_ps(tanh_of(t, scaled(l, cell, lane)),
                             logistic_of(t, scaled(l, in, lane + BLOCK)));
        s = _mm512_add_ps(s, more);
        s = _mm512_min_ps(_mm512_max_ps(s, _mm512_set1_ps(-100.0F)),
                          _mm512_set1_ps(100.0F));
        _mm512_storeu_ps(state, s);
        to_bytes(_mm512_mul_ps(tanh_of(t, s),
                               logistic_of(t, scaled(l, go, lane + 3 * BLOCK))),
                 out);
    }
}

VNNI static void full(const struct lstm_model_layer *l, const int8_t *x, float *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++) {
        __m512i sum = start(l, b * BLOCK);

        for (int g = 0; g < l->groups; g++, w += LINE)
            sum = add(sum, four(x + g * 4), w);
        _mm512_storeu_ps(out + b * BLOCK, scaled(l, sum, b * BLOCK));
    }
}

const struct lstm_kernel *lstm_vnni_kernel(void)
{
    static const struct lstm_kernel KERNEL = {"AVX-512 VNNI", pool, step, full};

    return __builtin_cpu_supports("avx512vnni") && __builtin_cpu_supports("avx512bw") &&
                   __builtin_cpu_supports("avx512vl") &&
                   __builtin_cpu_supports("avx512dq")
               ? &KERNEL
               : NULL;
}

#else

const struct lstm_kernel *lstm_vnni_kernel(void)
{
    return NULL;
}

#endif
