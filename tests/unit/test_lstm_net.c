/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_net.h"

#include "ocr/lstm_avx2.h"
#include "ocr/lstm_c.h"
#include "ocr/lstm_kernel.h"
#include "ocr/lstm_vnni.h"
#include "tests/unit/lstm_vie.h"

#define UNITS 96 /* in whole blocks */

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16;
}

static int8_t any_byte(unsigned *seed)
{
    return (int8_t)((int)(next_random(seed) % 255) - 127);
}

static size_t other_kernels(const struct lstm_kernel *out[2])
{
    const struct lstm_kernel *all[2] = {lstm_avx2_kernel(), lstm_vnni_kernel()};
    size_t count = 0;

    for (size_t i = 0; i < 2; i++)
        if (all[i])
            out[count++] = all[i];
    return count;
}

/* A layer of random weights: now and then all at their limit. */
static void fill_layer(struct lstm_model_layer *l, int units, int inputs, int gates,
                       unsigned *seed)
{
    size_t lanes = 0, bytes = 0;

    *l = (struct lstm_model_layer){.units = units,
                                   .inputs = inputs,
                                   .gates = gates,
                                   .blocks = (units + 15) / 16,
                                   .groups = (inputs + 3) / 4};
    lanes = (size_t)l->blocks * (size_t)gates * 16;
    bytes = lanes * (size_t)l->groups * 4;
    l->weights = mem_new(bytes, 1);
    l->bias = mem_new(lanes, sizeof *l->bias);
    l->sum = mem_new(lanes, sizeof *l->sum);
    l->scale = mem_new(lanes, sizeof *l->scale);
    for (int b = 0; b < l->blocks; b++)
        for (int g = 0; g < l->groups; g++)
            for (int lane = 0; lane < gates * 16; lane++)
                for (int k = 0; k < 4; k++) {
                    size_t at = (((size_t)b * (size_t)l->groups + (size_t)g) *
                                     (size_t)(gates * 16) +
                                 (size_t)lane) *
                                    4 +
                                (size_t)k;

                    l->weights[at] = *seed % 7 == 0 ? 127 : any_byte(seed);
                    l->sum[b * gates * 16 + lane] += l->weights[at];
                }
    for (size_t i = 0; i < lanes; i++) {
        l->bias[i] = 127 * any_byte(seed);
        l->scale[i] = (float)(1 + next_random(seed) % 1000) * 1e-7F;
    }
}

static void clear_layer(struct lstm_model_layer *l)
{
    mem_free(l->weights);
    mem_free(l->bias);
    mem_free(l->sum);
    mem_free(l->scale);
}

static const struct lstm_kernel_tables *tables(void)
{
    struct lstm_kernel_tables *t = mem_new(1, sizeof *t);

    for (int i = 0; i < LSTM_KERNEL_TABLE; i++) {
        t->tanh[i] = (float)i / LSTM_KERNEL_TABLE;
        t->logistic[i] = 0.5F + (float)i / (2 * LSTM_KERNEL_TABLE);
    }
    lstm_kernel_pair(t);
    return t;
}

static void test_lstm_net__kernels_agree_bit_by_bit_on_random_layers(void **state)
{
    const struct lstm_kernel *others[2] = {NULL}, *plain = lstm_c_kernel();
    const struct lstm_kernel_tables *t = tables();
    size_t count = other_kernels(others);
    unsigned seed = 7;

    (void)state;
    for (int round = 0; round < 60; round++) {
        struct lstm_model_layer l, f;
        int units = 1 + (int)(next_random(&seed) % UNITS);
        int inputs = 1 + (int)(next_random(&seed) % 200);
        int8_t x[256] = {0}, out[3][UNITS + 16] = {{0}};
        float memory[3][UNITS + 16] = {{0}}, sums[3][UNITS + 16] = {{0}};

        fill_layer(&l, units, inputs, 4, &seed);
        fill_layer(&f, units, inputs, 1, &seed);
        for (int i = 0; i < inputs; i++)
            x[i] = round % 5 == 0 ? -127 : any_byte(&seed);
        for (int again = 0; again < 3; again++) {
            plain->step(&l, t, x, memory[2], out[2]);
            plain->full(&f, x, sums[2]);
            for (size_t k = 0; k < count; k++) {
                others[k]->step(&l, t, x, memory[k], out[k]);
                others[k]->full(&f, x, sums[k]);
                assert_memory_equal(out[k], out[2], sizeof out[2]);
                assert_memory_equal(memory[k], memory[2], sizeof memory[2]);
                assert_memory_equal(sums[k], sums[2], sizeof sums[2]);
            }
            memcpy(x, out[2], (size_t)(units < inputs ? units : inputs));
        }
        clear_layer(&l);
        clear_layer(&f);
    }
    mem_free((void *)(uintptr_t)t);
}

static void test_lstm_net__kernels_agree_on_the_convolution(void **state)
{
    const struct lstm_kernel *others[2] = {NULL}, *plain = lstm_c_kernel();
    const struct lstm_kernel_tables *t = tables();
    size_t count = other_kernels(others);
    unsigned seed = 9;

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct lstm_model_layer l;
        uint32_t window[LSTM_KERNEL_CELL];
        int8_t bytes[sizeof window], out[3][16];

        fill_layer(&l, 16, 12, 1, &seed);
        for (size_t i = 0; i < sizeof window; i++)
            bytes[i] = any_byte(&seed);
        memcpy(window, bytes, sizeof window);
        plain->pool(&l, t, window, out[2]);
        for (size_t k = 0; k < count; k++) {
            others[k]->pool(&l, t, window, out[k]);
            assert_memory_equal(out[k], out[2], 16);
        }
        clear_layer(&l);
    }
    mem_free((void *)(uintptr_t)t);
}

/* Random pixels, drawn from the same seed for each net. */
static const struct lstm_net_column *read_random(struct lstm_net *n, int width,
                                                 unsigned seed, int *count)
{
    struct err e = ERR_INIT;
    int8_t *p = lstm_net_picture(n, width, &e);

    assert_non_null(p);
    for (int x = 0; x < width; x++)
        for (int y = 0; y < LSTM_MODEL_HEIGHT; y++)
            p[x * LSTM_NET_STRIDE + 1 + y] = any_byte(&seed);
    return lstm_net_run(n, count);
}

static void same_columns(const struct lstm_net_column *a,
                         const struct lstm_net_column *b, int count, int codes)
{
    for (int c = 0; c < count; c++) {
        assert_memory_equal(&a[c].null, &b[c].null, sizeof a->null);
        assert_memory_equal(a[c].prob, b[c].prob, sizeof a->prob);
        assert_memory_equal(a[c].code, b[c].code, sizeof a->code);
        assert_memory_equal(a[c].all, b[c].all, (size_t)codes * sizeof *a->all);
    }
}

static void test_lstm_net__all_ways_give_the_same_probabilities(void **state)
{
    const struct lstm_vie *v = *state;
    const struct lstm_kernel *others[2] = {NULL};
    struct lstm_net *plain = lstm_net_new(v->model, lstm_c_kernel());
    size_t kernels = other_kernels(others);
    static const int WIDTHS[] = {3, 4, 5, 6, 200, 37, 301};

    for (size_t k = 0; k < kernels; k++) {
        struct lstm_net *n = lstm_net_new(v->model, others[k]);

        for (size_t i = 0; i < ARRAY_LEN(WIDTHS); i++) {
            int count = 0, wanted = 0;
            const struct lstm_net_column *b =
                read_random(plain, WIDTHS[i], (unsigned)i, &wanted);
            const struct lstm_net_column *a =
                read_random(n, WIDTHS[i], (unsigned)i, &count);

            assert_int_equal(count, WIDTHS[i] / 3);
            assert_int_equal(count, wanted);
            same_columns(a, b, count, v->model->codes);
        }
        lstm_net_free(n);
    }
    lstm_net_free(plain);
}

static void test_lstm_net__a_line_is_not_changed_by_those_before(void **state)
{
    const struct lstm_vie *v = *state;
    struct lstm_net *fresh = lstm_net_new(v->model, lstm_c_kernel());
    struct lstm_net *used = lstm_net_new(v->model, lstm_c_kernel());
    const struct lstm_net_column *a = NULL, *b = NULL;
    int count = 0;

    (void)read_random(used, 90, 5, &count);
    (void)read_random(used, 240, 6, &count);
    a = read_random(used, 99, 8, &count);
    b = read_random(fresh, 99, 8, &count);
    same_columns(a, b, count, v->model->codes);
    lstm_net_free(used);
    lstm_net_free(fresh);
}

static void test_lstm_net__probabilities_fall_and_are_at_most_one(void **state)
{
    const struct lstm_vie *v = *state;
    struct lstm_net *n = lstm_net_new(v->model, lstm_c_kernel());
    int count = 0;
    const struct lstm_net_column *c = read_random(n, 120, 3, &count);

    for (int t = 0; t < count; t++) {
        float sum = 0;

        for (int i = 0; i < LSTM_NET_BEST; i++) {
            assert_true(c[t].code[i] >= 0 && c[t].code[i] < v->model->codes);
            assert_true(i == 0 || c[t].prob[i] <= c[t].prob[i - 1]);
            sum += c[t].prob[i];
        }
        assert_true(sum > 0.01F && sum < 1.0001F);
        assert_true(c[t].null <= c[t].prob[0]);
    }
    lstm_net_free(n);
}

static void test_lstm_net__refuses_lines_too_narrow_and_too_wide(void **state)
{
    const struct lstm_vie *v = *state;
    struct lstm_net *n = lstm_net_new(v->model, lstm_c_kernel());
    static const int WRONG[] = {-1, 0, 2, LSTM_NET_WIDTH_MAX + 1, INT32_MAX};

    for (size_t i = 0; i < ARRAY_LEN(WRONG); i++) {
        struct err e = ERR_INIT;

        assert_null(lstm_net_picture(n, WRONG[i], &e));
        assert_int_equal(e.code, ERR_LIMIT);
    }
    lstm_net_free(n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lstm_net__kernels_agree_bit_by_bit_on_random_layers),
        cmocka_unit_test(test_lstm_net__kernels_agree_on_the_convolution),
        cmocka_unit_test(test_lstm_net__all_ways_give_the_same_probabilities),
        cmocka_unit_test(test_lstm_net__a_line_is_not_changed_by_those_before),
        cmocka_unit_test(test_lstm_net__probabilities_fall_and_are_at_most_one),
        cmocka_unit_test(test_lstm_net__refuses_lines_too_narrow_and_too_wide),
    };

    return cmocka_run_group_tests(tests, lstm_vie_open, lstm_vie_close);
}
