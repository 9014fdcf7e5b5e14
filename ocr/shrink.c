/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/shrink.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define PART  16 /* of a pixel */
#define SHIFT 44 /* of a reciprocal: exact for all sums that there are */

/* What a pixel covers of a side: of the first and of the last source pixel so many
 * sixteenths, of those between all. */
struct span {
    int32_t from, to;
    uint16_t first, last;
    uint16_t all;
    bool edge; /* at the end of the source: its first pixel alone */
};

/* As leptonica rounds. */
static void find_spans(struct span *s, int32_t count, int32_t source)
{
    float step = (float)(16. * (float)source / (float)count);

    for (int32_t i = 0; i < count; i++) {
        int32_t low = (int32_t)(step * (float)i),
                high = (int32_t)((double)step * (i + 1.0));
        uint16_t first = (uint16_t)(PART - low % PART), last = (uint16_t)(high % PART);

        s[i] = (struct span){.from = low / PART,
                             .to = high / PART,
                             .first = first,
                             .last = last,
                             .all = (uint16_t)(high - low),
                             .edge = high / PART > source - 2};
    }
}

static void add_row(uint16_t *sums, const uint8_t *row, int weight, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        sums[i] = (uint16_t)(sums[i] + weight * row[i]);
}

static const uint8_t *row_of(struct Pix *pix, int32_t y)
{
    return (const uint8_t *)(pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix));
}

/* Bytes of a row lie in words, the first one highest. */
#define AT(x) ((x) ^ 3)

static void shrink_row(const struct span *x, int32_t count, const uint16_t *sums,
                       uint32_t rows, uint8_t *out)
{
    uint64_t part[3 * PART * PART] = {0}; /* reciprocals by area of a side */

    for (int32_t i = 0; i < count && !x[i].edge; i++) {
        const struct span *s = &x[i];
        uint32_t sum = (uint32_t)s->first * sums[AT(s->from)];

        for (int32_t k = s->from + 1; k < s->to; k++)
            sum += (uint32_t)PART * sums[AT(k)];
        sum += (uint32_t)s->last * sums[AT(s->to)];
        if (part[s->all] == 0)
            part[s->all] = (UINT64_C(1) << SHIFT) / (rows * s->all) + 1;
        out[AT(i)] = (uint8_t)(((sum + 128) * part[s->all]) >> SHIFT);
    }
}

static void shrink_all(struct Pix *pix, struct Pix *small)
{
    int32_t w = pixGetWidth(small), h = pixGetHeight(small);
    size_t bytes = (size_t)pixGetWpl(pix) * 4;
    AUTO_MEM struct span *x = mem_new((size_t)w, sizeof *x);
    AUTO_MEM struct span *y = mem_new((size_t)h, sizeof *y);
    AUTO_MEM uint16_t *sums = mem_new(bytes, sizeof *sums);

    find_spans(x, w, pixGetWidth(pix));
    find_spans(y, h, pixGetHeight(pix));
    for (int32_t i = 0; i < h; i++) {
        uint8_t *out =
            (uint8_t *)(pixGetData(small) + (size_t)i * (size_t)pixGetWpl(small));

        for (int32_t k = w - 1; k >= 0 && (y[i].edge || x[k].edge); k--)
            out[AT(k)] = row_of(pix, y[i].from)[AT(x[k].from)];
        if (y[i].edge)
            continue;
        memset(sums, 0, bytes * sizeof *sums);
        for (int32_t k = y[i].from; k <= y[i].to; k++)
            add_row(sums, row_of(pix, k),
                    k == y[i].from ? y[i].first
                    : k == y[i].to ? y[i].last
                                   : PART,
                    bytes);
        shrink_row(x, w, sums, y[i].all, out);
    }
}

int shrink(struct Pix *pix, float factor, struct Pix **out, struct err *e)
{
    int32_t w = (int32_t)(factor * (float)pixGetWidth(pix) + 0.5F);
    int32_t h = (int32_t)(factor * (float)pixGetHeight(pix) + 0.5F);
    struct Pix *small = w > 0 && h > 0 ? pixCreate(w, h, 8) : NULL;

    if (!small)
        return err_set(e, ERR_MEMORY, "smaller picture");
    pixCopyResolution(small, pix);
    pixScaleResolution(small, factor, factor);
    shrink_all(pix, small);
    *out = small;
    return 0;
}
