/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_net.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/lstm_kernel.h"
#include "ocr/lstm_model.h"

#define HEIGHT  LSTM_MODEL_HEIGHT
#define STRIDE  LSTM_NET_STRIDE
#define POOL    3
#define ROWS    (HEIGHT / POOL)
#define UNITS   LSTM_MODEL_UNITS_MAX
#define MINSTD  INT32_MAX /* modulus of the generator */
#define EXP_MIN (-86.0F)  /* below, a probability is as small as it gets */

struct lstm_net {
    const struct lstm_model *model;
    const struct lstm_kernel *kernel;
    struct lstm_kernel_tables tables;
    int width, count;
    int8_t *picture; /* owned, as all below */
    int8_t *beyond;  /* values outside the picture, in the order they are drawn */
    int8_t *here, *there;
    struct lstm_net_column *columns;
    float *all; /* probabilities: of each column whole blocks */
    size_t all_cap, picture_cap, beyond_cap, here_cap, there_cap, column_cap,
        beyond_count;
    uint64_t random;
    float state[UNITS];
    int8_t x[3 * UNITS + 64], result[UNITS];
};

/* ---- memory ---------------------------------------------------------------------- */

static uint64_t draw(struct lstm_net *n)
{
    n->random = n->random * 48271 % MINSTD;
    return n->random;
}

struct lstm_net *lstm_net_new(const struct lstm_model *model,
                              const struct lstm_kernel *kernel)
{
    struct lstm_net *n = mem_new(1, sizeof *n);

    n->model = model;
    n->kernel = kernel;
    for (int i = 0; i < LSTM_KERNEL_TABLE; i++) {
        n->tables.tanh[i] = (float)tanh(i / 256.0);
        n->tables.logistic[i] = (float)(1.0 / (1.0 + exp(-i / 256.0)));
    }
    lstm_kernel_pair(&n->tables);
    n->random = model->seed % MINSTD;
    n->random = n->random ? n->random : 1;
    (void)draw(n);
    return n;
}

void lstm_net_free(struct lstm_net *n)
{
    if (!n)
        return;
    mem_free(n->picture);
    mem_free(n->beyond);
    mem_free(n->here);
    mem_free(n->there);
    mem_free(n->columns);
    mem_free(n->all);
    mem_free(n);
}

static int widest(const struct lstm_model *m)
{
    const struct lstm_model_layer *layers[] = {&m->down, &m->first, &m->back, &m->last};
    int most = 0;

    for (size_t i = 0; i < ARRAY_LEN(layers); i++)
        most = layers[i]->units > most ? layers[i]->units : most;
    return most;
}

int8_t *lstm_net_picture(struct lstm_net *n, int width, struct err *e)
{
    size_t line = 0, drawn = 0;

    if (width < LSTM_NET_WIDTH_MIN || width > LSTM_NET_WIDTH_MAX)
        return err_set(e, ERR_LIMIT, "a line %d pixels wide", width), NULL;
    n->width = width;
    n->count = width / POOL;
    line = (size_t)n->count * (size_t)widest(n->model);
    drawn = (size_t)6 * (size_t)width + 212;
    mem_grow(&n->picture, &n->picture_cap, (size_t)width * STRIDE, 1);
    mem_grow(&n->here, &n->here_cap, line, 1);
    mem_grow(&n->there, &n->there_cap, line, 1);
    mem_grow(&n->columns, &n->column_cap, (size_t)n->count, sizeof *n->columns);
    mem_grow(&n->all, &n->all_cap,
             (size_t)n->count * (size_t)n->model->out.blocks * LSTM_KERNEL_BLOCK,
             sizeof *n->all);
    mem_grow(&n->beyond, &n->beyond_cap, drawn, 1);
    for (; n->beyond_count < drawn; n->beyond_count++) {
        double v = 254.0 * (double)draw(n) / INT32_MAX - 127.0;

        n->beyond[n->beyond_count] =
            (int8_t)(v >= 0 ? (int)(v + 0.5) : -(int)(-v + 0.5));
    }
    return n->picture;
}

/* ---- convolution ----------------------------------------------------------------- */

/*
 * Outside the picture the network was trained to see noise: one value after the other
 * from a generator that starts anew with each line, pixel by pixel along the rows; in a
 * pixel's window column by column. So each value's place in the row of draws is known:
 * six a row, for the top and the bottom one three more for each column between.
 */
static size_t drawn_before(const struct lstm_net *n, int x, int y)
{
    size_t edge_row = (size_t)3 * (size_t)n->width + 4;
    bool edge = y == 0 || y == HEIGHT - 1;
    size_t at = y == 0 ? 0 : edge_row + (size_t)(y - 1) * 6;

    if (x > 0)
        at += edge ? 5 + (size_t)(x - 1) * 3 : 3;
    return at;
}

/* The window of a pixel at the edge. */
static void edge_window(const struct lstm_net *n, int x, int y, uint32_t out[3])
{
    const int8_t *next = n->beyond + drawn_before(n, x, y);

    for (int dx = -1; dx <= 1; dx++) {
        const int8_t *column = n->picture + (ptrdiff_t)(x + dx) * STRIDE + 1;
        bool outside = x + dx < 0 || x + dx >= n->width;
        int8_t v[4] = {0};

        for (int dy = -1; dy <= 1; dy++)
            v[dy + 1] =
                outside || y + dy < 0 || y + dy >= HEIGHT ? *next++ : column[y + dy];
        memcpy(&out[dx + 1], v, 4);
    }
}

static void window(const struct lstm_net *n, int x, int y, uint32_t out[3])
{
    const int8_t *p = n->picture + (ptrdiff_t)(x - 1) * STRIDE + y;

    if (x == 0 || y == 0 || x == n->width - 1 || y == HEIGHT - 1) {
        edge_window(n, x, y, out);
        return;
    }
    memcpy(&out[0], p, 4);
    memcpy(&out[1], p + STRIDE, 4);
    memcpy(&out[2], p + 2 * STRIDE, 4);
}

/* ---- layers ---------------------------------------------------------------------- */

/* One step: @in and what came out before, as @n->x; the result is behind it again. */
static void step(struct lstm_net *n, const struct lstm_model_layer *l, const int8_t *in)
{
    int own = l->inputs - l->units;

    memcpy(n->x, in, (size_t)own);
    n->kernel->step(l, &n->tables, n->x, n->state, n->result);
    memcpy(n->x + own, n->result, (size_t)l->units);
}

static void restart(struct lstm_net *n, const struct lstm_model_layer *l)
{
    memset(n->state, 0, (size_t)l->blocks * LSTM_KERNEL_BLOCK * sizeof *n->state);
    memset(n->x, 0, (size_t)l->inputs + 4);
}

/* Convolution, maximum and the LSTM down each column. */
static void run_columns(struct lstm_net *n, int8_t *out)
{
    const struct lstm_model *m = n->model;
    uint32_t cell[LSTM_KERNEL_CELL];
    int8_t pooled[LSTM_KERNEL_BLOCK];

    for (int c = 0; c < n->count; c++) {
        restart(n, &m->down);
        for (int r = 0; r < ROWS; r++) {
            for (int p = 0; p < 9; p++)
                window(n, c * POOL + p / 3, r * POOL + p % 3, cell + (ptrdiff_t)p * 3);
            n->kernel->pool(&m->conv, &n->tables, cell, pooled);
            step(n, &m->down, pooled);
        }
        memcpy(out + (ptrdiff_t)c * m->down.units, n->result, (size_t)m->down.units);
    }
}

/* An LSTM along the line. */
static void run_line(struct lstm_net *n, const struct lstm_model_layer *l,
                     bool backward, const int8_t *in, int8_t *out)
{
    int own = l->inputs - l->units;

    restart(n, l);
    for (int i = 0; i < n->count; i++) {
        ptrdiff_t c = backward ? n->count - 1 - i : i;

        step(n, l, in + c * own);
        memcpy(out + c * l->units, n->result, (size_t)l->units);
    }
}

/* ---- probabilities --------------------------------------------------------------- */

struct pair {
    float key;
    int16_t code;
};

/* The best few as Tesseract keeps them, a heap with the least on top: equal ones must
 * fall out in the same order. */
struct heap {
    struct pair p[LSTM_NET_BEST + 1];
    int count;
};

static void heap_push(struct heap *h, struct pair v)
{
    int hole = h->count++;

    while (hole > 0 && v.key < h->p[(hole - 1) / 2].key) {
        h->p[hole] = h->p[(hole - 1) / 2];
        hole = (hole - 1) / 2;
    }
    h->p[hole] = v;
}

static struct pair heap_pop(struct heap *h)
{
    struct pair top = h->p[0], last = h->p[--h->count];
    int hole = 0;

    for (int child = 1; child < h->count; child = 2 * hole + 1) {
        if (child + 1 < h->count && h->p[child + 1].key < h->p[child].key)
            child++;
        if (!(h->p[child].key < last.key))
            break;
        h->p[hole] = h->p[child];
        hole = child;
    }
    h->p[hole] = last;
    return top;
}

static void to_probabilities(float *v, int count)
{
    float most = v[0], sum = 0;

    for (int i = 1; i < count; i++)
        most = v[i] > most ? v[i] : most;
    for (int i = 0; i < count; i++) {
        float d = v[i] - most;

        v[i] = expf(d < EXP_MIN ? EXP_MIN : d);
        sum += v[i];
    }
    for (int i = 0; i < count; i++)
        v[i] /= sum;
}

void lstm_net_best(const float *all, int codes, int null_code, const bool *barred,
                   struct lstm_net_column *out)
{
    struct heap h = {.count = 0};

    for (int i = 0; i < codes; i++) {
        if ((h.count == LSTM_NET_BEST && !(all[i] > h.p[0].key)) ||
            (barred && barred[i]))
            continue;
        heap_push(&h, (struct pair){all[i], (int16_t)i});
        if (h.count > LSTM_NET_BEST)
            (void)heap_pop(&h);
    }
    for (int i = 0; i < LSTM_NET_BEST; i++) {
        out->prob[i] = 0;
        out->code[i] = -1;
    }
    while (h.count > 0) {
        struct pair p = heap_pop(&h);

        out->prob[h.count] = p.key;
        out->code[h.count] = p.code;
    }
    out->null = all[null_code];
}

static void forward(struct lstm_net *n)
{
    const struct lstm_model *m = n->model;

    run_columns(n, n->here);
    run_line(n, &m->first, false, n->here, n->there);
    run_line(n, &m->back, true, n->there, n->here);
    run_line(n, &m->last, false, n->here, n->there);
    memset(n->x, 0, sizeof n->x);
}

const struct lstm_net_column *lstm_net_run(struct lstm_net *n, int *count)
{
    const struct lstm_model *m = n->model;
    size_t row = (size_t)m->out.blocks * LSTM_KERNEL_BLOCK;

    forward(n);
    for (int c = 0; c < n->count; c++) {
        float *all = n->all + (size_t)c * row;

        memcpy(n->x, n->there + (ptrdiff_t)c * m->last.units, (size_t)m->last.units);
        n->kernel->full(&m->out, n->x, all);
        to_probabilities(all, m->codes);
        lstm_net_best(all, m->codes, m->null_code, NULL, &n->columns[c]);
        n->columns[c].all = all;
    }
    *count = n->count;
    return n->columns;
}
