/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "node/base/mem.h"
#include "ocr/image_part.h"

/* P4 (bits, 1 is black), P5 (grey) and P6 (RGB) with a maximum of 255, one picture a
 * file, as poppler's pdftoppm writes it: no comments. */
#define HEAD_MAX 64

/* A decimal number behind white space. Return: false when there is none. */
static bool number(const char *head, size_t len, size_t *at, uint64_t *out)
{
    size_t start = 0;
    uint64_t v = 0;

    while (*at < len && (head[*at] == ' ' || head[*at] == '\n'))
        (*at)++;
    for (start = *at; *at < len && head[*at] >= '0' && head[*at] <= '9'; (*at)++)
        if (v < UINT32_MAX)
            v = v * 10 + (uint64_t)(head[*at] - '0');
    *out = v;
    return *at > start;
}

static uint64_t row_bytes(const struct image_entry *t)
{
    return t->page.bits == 1 ? ((uint64_t)t->raw_w + 7) / 8
                             : (uint64_t)t->raw_w * (uint64_t)t->page.samples;
}

int image_pnm_walk(struct image *im, struct err *e)
{
    struct image_entry *t = image_entry_add(im);
    char head[HEAD_MAX] = "";
    uint64_t width = 0, height = 0, top = 255;
    size_t at = 2;
    int64_t n = image_source_some(&im->source, 0, head, sizeof head, e);

    if (n < 0)
        return -1;
    if (!number(head, (size_t)n, &at, &width) ||
        !number(head, (size_t)n, &at, &height) ||
        (head[1] != '4' && !number(head, (size_t)n, &at, &top)) || top != 255 ||
        at >= (size_t)n)
        return err_set(e, ERR_IMAGE_DAMAGED, "PNM head");
    t->at = at + 1;
    if (image_entry_size(t, width, height, head[1] == '6' ? 3 : 1,
                         head[1] == '4' ? 1 : 8, e) < 0)
        return -1;
    if (im->source.size < t->at + row_bytes(t) * height)
        return err_set(e, ERR_IMAGE_DAMAGED, "PNM ends too early");
    return 0;
}

int image_pnm_decode(const struct image *im, const struct image_entry *t,
                     struct image_sink *k, struct err *e)
{
    size_t bytes = (size_t)row_bytes(t);
    AUTO_MEM unsigned char *row = mem_new(bytes, 1);
    enum image_row kind = t->page.bits == 1      ? IMAGE_ROW_BITS_BLACK
                          : t->page.samples == 3 ? IMAGE_ROW_RGB
                                                 : IMAGE_ROW_GREY;

    for (int32_t y = 0; y < t->raw_h; y++) {
        if (image_source_read(&im->source, t->at + (uint64_t)y * bytes, row, bytes, e) <
            0)
            return -1;
        image_sink_row(k, y, kind, row);
    }
    return 0;
}
