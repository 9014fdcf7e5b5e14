/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/lstm_line.h"

#include <allheaders.h>

#include "node/base/err.h"
#include "ocr/lstm_model.h"
#include "ocr/lstm_net.h"

#define HEIGHT LSTM_MODEL_HEIGHT
#define LEVELS 256

struct levels {
    int count[LEVELS];
    int total;
};

static void add(struct levels *l, int level)
{
    l->count[level]++;
    l->total++;
}

/* The level below which this share of all lies, between two in proportion. */
static float percentile(const struct levels *l, double share)
{
    double target = share * l->total;
    int sum = 0, i = 0;

    target = target < 1 ? 1 : target > l->total ? l->total : target;
    while (i < LEVELS && sum < target)
        sum += l->count[i++];
    return (float)(i - (sum - target) / l->count[i - 1]);
}

/* Where the middle row turns from darker to lighter and back. */
static void find_ink(struct Pix *pix, float *black, float *white)
{
    const l_uint32 *row = pixGetData(pix) + (ptrdiff_t)(HEIGHT / 2) * pixGetWpl(pix);
    struct levels dark = {.total = 0}, light = {.total = 0};
    int width = pixGetWidth(pix);

    for (int x = 1; x + 1 < width; x++) {
        int before = (int)GET_DATA_BYTE(row, x - 1), here = (int)GET_DATA_BYTE(row, x),
            behind = (int)GET_DATA_BYTE(row, x + 1);

        if ((here < before && here <= behind) || (here <= before && here < behind))
            add(&dark, here);
        if ((here > before && here >= behind) || (here >= before && here > behind))
            add(&light, here);
    }
    if (dark.total == 0)
        add(&dark, 0);
    if (light.total == 0)
        add(&light, LEVELS - 1);
    *black = percentile(&dark, 0.25);
    *white = percentile(&light, 0.75);
}

int lstm_line_scale(struct Pix *line, struct Pix **out, struct err *e)
{
    int width = pixGetWidth(line), height = pixGetHeight(line);
    float factor = 0;
    struct Pix *scaled = NULL;

    if (pixGetDepth(line) != 8 || height < 1)
        return err_set(e, ERR_OCR_FAILED, "a line of %d bits", pixGetDepth(line));
    factor = (float)HEIGHT / (float)height;
    if ((float)width * factor > LSTM_NET_WIDTH_MAX)
        return err_set(e, ERR_LIMIT, "a line %d by %d pixels", width, height);
    scaled = pixScale(line, factor, factor);
    if (!scaled)
        return err_set(e, ERR_OCR_FAILED, "a line %d by %d pixels", width, height);
    *out = scaled;
    return 0;
}

int lstm_line_fill(struct Pix *scaled, struct lstm_net *net, struct err *e)
{
    int8_t value[LEVELS] = {0}, *picture = NULL;
    int width = pixGetWidth(scaled);
    float black = 0, white = 0, half = 0;

    if (pixGetDepth(scaled) != 8 || pixGetHeight(scaled) != HEIGHT)
        return err_set(e, ERR_OCR_FAILED, "a line %d pixels high",
                       pixGetHeight(scaled));
    picture = lstm_net_picture(net, width, e);
    if (!picture)
        return -1;
    find_ink(scaled, &black, &white);
    half = (white - black) / 2.0F;
    half = half > 0 ? half : 1.0F;
    for (int i = 0; i < LEVELS; i++) {
        float v = 128.0F * (((float)i - black) / half - 1.0F);
        int n = v >= 0 ? (int)(v + 0.5F) : -(int)(-v + 0.5F);

        value[i] = (int8_t)(n < -127 ? -127 : n > 127 ? 127 : n);
    }
    for (int y = 0; y < HEIGHT; y++) {
        const l_uint32 *row = pixGetData(scaled) + (ptrdiff_t)y * pixGetWpl(scaled);

        for (int x = 0; x < width; x++)
            picture[(ptrdiff_t)x * LSTM_NET_STRIDE + 1 + y] =
                value[GET_DATA_BYTE(row, x)];
    }
    return 0;
}
