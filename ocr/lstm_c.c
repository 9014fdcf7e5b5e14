/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_c.h"

#include <string.h>

#include "ocr/lstm_kernel.h"
#include "ocr/lstm_model.h"

#define BLOCK LSTM_KERNEL_BLOCK

/* A table at x >= 0, between its entries in a straight line. */
static float look(const float *table, float x)
{
    float at = x * 256.0F, low = 0;
    int i = 0;

    if (!(at < LSTM_KERNEL_TABLE - 1))
        return 1.0F;
    i = (int)at;
    low = table[i];
    return low + (table[i + 1] - low) * (at - (float)i);
}

static float tanh_of(const struct lstm_kernel_tables *t, float x)
{
    return x < 0 ? -look(t->tanh, -x) : look(t->tanh, x);
}

static float logistic_of(const struct lstm_kernel_tables *t, float x)
{
    return x < 0 ? 1.0F - look(t->logistic, -x) : look(t->logistic, x);
}

static int8_t to_byte(float v)
{
    int n = v < 0 ? -(int)(-v * 127.0F + 0.5F) : (int)(v * 127.0F + 0.5F);

    return (int8_t)n;
}

/* Adds a group of four inputs to 16 sums. */
static void add_group(const int8_t *w, const int8_t *x, int32_t sum[BLOCK])
{
    for (int u = 0; u < BLOCK; u++, w += 4)
        sum[u] += w[0] * x[0] + w[1] * x[1] + w[2] * x[2] + w[3] * x[3];
}

static void pool(const struct lstm_model_layer *l, const struct lstm_kernel_tables *t,
                 const uint32_t window[LSTM_KERNEL_CELL], int8_t *out)
{
    int32_t best[BLOCK] = {0};

    for (int p = 0; p < 9; p++) {
        int32_t sum[BLOCK] = {0};

        for (int g = 0; g < 3; g++) {
            int8_t x[4] = {0};

            memcpy(x, &window[p * 3 + g], 4);
            add_group(l->weights + g * 4 * BLOCK, x, sum);
        }
        for (int u = 0; u < BLOCK; u++)
            best[u] = p == 0 || sum[u] > best[u] ? sum[u] : best[u];
    }
    for (int u = 0; u < BLOCK; u++)
        out[u] = to_byte(tanh_of(t, (float)(best[u] + l->bias[u]) * l->scale[u]));
}

static void step(const struct lstm_model_layer *l, const struct lstm_kernel_tables *t,
                 const int8_t *x, float *state, int8_t *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++, state += BLOCK, out += BLOCK) {
        const int32_t *bias = l->bias + b * 4 * BLOCK;
        const float *scale = l->scale + b * 4 * BLOCK;
        int32_t sum[4][BLOCK] = {{0}};

        for (int g = 0; g < l->groups; g++)
            for (int gate = 0; gate < 4; gate++, w += 4 * BLOCK)
                add_group(w, x + g * 4, sum[gate]);
        for (int u = 0; u < BLOCK; u++) {
            float v[4] = {0}, s = 0;

            for (int gate = 0; gate < 4; gate++)
                v[gate] = (float)(sum[gate][u] + bias[gate * BLOCK + u]) *
                          scale[gate * BLOCK + u];
            s = state[u] * logistic_of(t, v[2]);
            s += tanh_of(t, v[0]) * logistic_of(t, v[1]);
            s = s < -100.0F ? -100.0F : s > 100.0F ? 100.0F : s;
            state[u] = s;
            out[u] = to_byte(tanh_of(t, s) * logistic_of(t, v[3]));
        }
    }
}

static void full(const struct lstm_model_layer *l, const int8_t *x, float *out)
{
    const int8_t *w = l->weights;

    for (int b = 0; b < l->blocks; b++) {
        int32_t sum[BLOCK] = {0};

        for (int g = 0; g < l->groups; g++, w += 4 * BLOCK)
            add_group(w, x + g * 4, sum);
        for (int u = 0; u < BLOCK; u++)
            out[b * BLOCK + u] =
                (float)(sum[u] + l->bias[b * BLOCK + u]) * l->scale[b * BLOCK + u];
    }
}

const struct lstm_kernel *lstm_c_kernel(void)
{
    static const struct lstm_kernel KERNEL = {"C", pool, step, full};

    return &KERNEL;
}
