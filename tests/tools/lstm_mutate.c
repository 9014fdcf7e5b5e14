/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lstm_mutate SEED ROUNDS MODEL - the reader of models under damage.
 *
 * Each round damages the model (bytes, numbers, offsets of its parts, its end), mostly
 * where sizes stand, and reads it from memory of just its size. What is still taken
 * reads a line of noise in every way this processor has. Prints how many were taken and
 * refused. Crashes and over-reads are for the sanitizers to find: V=asan.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/fs.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "node/base/str.h"
#include "ocr/lstm.h"
#include "ocr/lstm_model.h"

#define HEAD       2048 /* of a part: where its sizes are */
#define LINE_WIDTH 200

static uint64_t draw(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A place in the model: half of them in the head or the tail of a part. */
static size_t pick(const struct str *model, uint64_t *seed)
{
    uint64_t at = 0, part = 17 + draw(seed) % 6, tail = draw(seed) % 4;

    if (draw(seed) % 2 == 0)
        return (size_t)(draw(seed) % model->len);
    memcpy(&at, model->p + 4 + part * 8, 8);
    at = tail == 0 && at > 64 ? at - draw(seed) % 64 : at + draw(seed) % HEAD;
    return (size_t)(at % model->len);
}

static void damage(unsigned char *p, const struct str *model, uint64_t *seed)
{
    static const uint64_t NUMBERS[] = {
        0, 1, 127, 128, 255, INT32_MAX, UINT32_MAX, 0x80000000U, INT64_MAX, UINT64_MAX};
    uint64_t number = NUMBERS[draw(seed) % ARRAY_LEN(NUMBERS)];
    size_t at = pick(model, seed), part = draw(seed) % 24;

    switch (draw(seed) % 5) {
    case 0:
        p[at] ^= (unsigned char)(1 << draw(seed) % 8);
        break;
    case 1:
        p[at] = (unsigned char)draw(seed);
        break;
    case 2:
        memcpy(p + (at + 4 <= model->len ? at : 0), &number, 4);
        break;
    case 3:
        memcpy(p + (at + 8 <= model->len ? at : 0), &number, 8);
        break;
    default:
        number = draw(seed) % 2 ? number : draw(seed) % model->len;
        memcpy(p + 4 + part * 8, &number, 8);
    }
}

static struct Pix *noise(uint64_t *seed)
{
    struct Pix *pix = pixCreate(LINE_WIDTH, LSTM_MODEL_HEIGHT, 8);

    for (int y = 0; pix && y < LSTM_MODEL_HEIGHT; y++)
        for (int x = 0; x < LINE_WIDTH; x++)
            pixSetPixel(pix, x, y, (l_uint32)(draw(seed) % 256));
    return pix;
}

/* True when the model was taken. */
static bool try_model(const unsigned char *p, size_t len, struct Pix *pix)
{
    bool taken = false;

    for (int way = LSTM_C; way <= LSTM_VNNI; way++) {
        AUTO_LSTM struct lstm *l = NULL;
        struct err e = ERR_INIT;

        if (!lstm_has((enum lstm_path)way))
            continue;
        if (lstm_open(p, len, (enum lstm_path)way, &l, &e) < 0)
            break; /* what a damaged one is for */
        taken = true;
        if (!lstm_read(l, pix, &e))
            err_clear(&e); /* refused: as good */
    }
    return taken;
}

int main(int argc, char **argv)
{
    AUTO_STR struct str model = STR_INIT(LSTM_MODEL_SIZE_MAX);
    struct err e = ERR_INIT;
    int64_t seed = 0, rounds = 0, taken = 0;
    uint64_t state = 0;
    struct Pix *pix = NULL;

    if (argc != 4 || !num_parse(argv[1], 1, INT32_MAX, &seed) ||
        !num_parse(argv[2], 1, INT32_MAX, &rounds)) {
        fprintf(stderr, "lstm_mutate SEED ROUNDS MODEL\n");
        return 2;
    }
    if (fs_read_file(argv[3], &model, &e) < 0 || model.len < 4096) {
        fprintf(stderr, "lstm_mutate: %s\n", argv[3]);
        return 2;
    }
    state = (uint64_t)seed * 0x9e3779b97f4a7c15U;
    pix = noise(&state);
    for (int64_t i = 0; pix && i < rounds; i++) {
        size_t len = draw(&state) % 8 ? model.len : draw(&state) % model.len + 1;
        unsigned char *p = mem_new(model.len, 1), *tight = mem_new(len, 1);
        uint64_t count = 1 + draw(&state) % 3;

        memcpy(p, model.p, model.len);
        while (count-- > 0)
            damage(p, &model, &state);
        memcpy(tight, p, len);
        taken += try_model(tight, len, pix);
        mem_free(p);
        mem_free(tight);
    }
    pixDestroy(&pix);
    printf("%lld taken, %lld refused\n", (long long)taken, (long long)(rounds - taken));
    return 0;
}
