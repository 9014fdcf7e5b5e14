/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/jbig2.h"

#include <stdint.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"

/* ---- MQ coder (annex E)
 * --------------------------------------------------------------
 */

/* Table E.1: probability of the less probable symbol, next states, switch. */
struct state {
    uint16_t qe;
    uint8_t more, less, swap;
};
static const struct state STATES[] = {
    {0x5601, 1, 1, 1},   {0x3401, 2, 6, 0},   {0x1801, 3, 9, 0},   {0x0AC1, 4, 12, 0},
    {0x0521, 5, 29, 0},  {0x0221, 38, 33, 0}, {0x5601, 7, 6, 1},   {0x5401, 8, 14, 0},
    {0x4801, 9, 14, 0},  {0x3801, 10, 14, 0}, {0x3001, 11, 17, 0}, {0x2401, 12, 18, 0},
    {0x1C01, 13, 20, 0}, {0x1601, 29, 21, 0}, {0x5601, 15, 14, 1}, {0x5401, 16, 14, 0},
    {0x5101, 17, 15, 0}, {0x4801, 18, 16, 0}, {0x3801, 19, 17, 0}, {0x3401, 20, 18, 0},
    {0x3001, 21, 19, 0}, {0x2801, 22, 19, 0}, {0x2401, 23, 20, 0}, {0x2201, 24, 21, 0},
    {0x1C01, 25, 22, 0}, {0x1801, 26, 23, 0}, {0x1601, 27, 24, 0}, {0x1401, 28, 25, 0},
    {0x1201, 29, 26, 0}, {0x1101, 30, 27, 0}, {0x0AC1, 31, 28, 0}, {0x09C1, 32, 29, 0},
    {0x08A1, 33, 30, 0}, {0x0521, 34, 31, 0}, {0x0441, 35, 32, 0}, {0x02A1, 36, 33, 0},
    {0x0221, 37, 34, 0}, {0x0141, 38, 35, 0}, {0x0111, 39, 36, 0}, {0x0085, 40, 37, 0},
    {0x0049, 41, 38, 0}, {0x0025, 42, 39, 0}, {0x0015, 43, 40, 0}, {0x0009, 44, 41, 0},
    {0x0005, 45, 42, 0}, {0x0001, 45, 43, 0}, {0x5601, 46, 46, 0},
};

#define CONTEXTS 65536  /* 16 pixels around */
#define TYPICAL  0x9B25 /* 6.2.5.7: context of "this row is as the one before" */

struct coder {
    struct str *out;
    uint32_t c, a;
    int ct;
    int held;       /* the last byte, which a carry may still change; -1: none yet */
    uint8_t *index; /* owned: of each context, state × 2 + more probable symbol */
};

/* The byte that cannot change any more goes out, @next is held. */
static void hold(struct coder *k, int next)
{
    if (k->held >= 0)
        str_add_char(k->out, (char)k->held);
    k->held = next;
}

/* After 0xFF seven bits follow, so that no carry ever runs through it. */
static void byte_out(struct coder *k)
{
    if (k->held != 0xFF && k->c >= 0x8000000) {
        k->held++;
        k->c &= 0x7FFFFFF;
    }
    if (k->held == 0xFF) {
        hold(k, (int)(k->c >> 20));
        k->c &= 0xFFFFF;
        k->ct = 7;
    } else {
        hold(k, (int)(k->c >> 19));
        k->c &= 0x7FFFF;
        k->ct = 8;
    }
}

static void renormalize(struct coder *k)
{
    do {
        k->a <<= 1;
        k->c <<= 1;
        if (--k->ct == 0)
            byte_out(k);
    } while (!(k->a & 0x8000));
}

static void encode(struct coder *k, uint32_t context, unsigned bit)
{
    uint8_t *index = &k->index[context];
    const struct state *s = &STATES[*index >> 1];
    unsigned probable = *index & 1;

    k->a -= s->qe;
    if (bit == probable) {
        if (k->a & 0x8000) {
            k->c += s->qe;
            return;
        }
        if (k->a < s->qe)
            k->a = s->qe;
        else
            k->c += s->qe;
        *index = (uint8_t)((unsigned)s->more << 1 | probable);
    } else {
        if (k->a < s->qe)
            k->c += s->qe;
        else
            k->a = s->qe;
        *index = (uint8_t)((unsigned)s->less << 1 | (probable ^ s->swap));
    }
    renormalize(k);
}

/* @count white pixels with nothing but white around, which is most of a page: what
 * encode() would do for each, together as long as no bit comes out. */
static void encode_white(struct coder *k, uint32_t count)
{
    while (count > 0) {
        const struct state *s = &STATES[k->index[0] >> 1];
        uint32_t steps = (k->a - 0x8000) / s->qe;

        if (k->index[0] & 1 || steps == 0) {
            encode(k, 0, 0);
            count--;
            continue;
        }
        steps = steps < count ? steps : count;
        k->a -= steps * s->qe;
        k->c += steps * s->qe;
        count -= steps;
    }
}

static void flush(struct coder *k)
{
    uint32_t most = k->c + k->a;

    k->c |= 0xFFFF;
    if (k->c >= most)
        k->c -= 0x8000;
    k->c <<= k->ct;
    byte_out(k);
    k->c <<= k->ct;
    byte_out(k);
    if (k->held != 0xFF)
        hold(k, 0xFF);
    hold(k, 0xAC);
    hold(k, -1);
}

/* ---- generic region (6.2)
 * ------------------------------------------------------------
 */

/* Three rows under way, one byte a pixel, white on both sides. */
#define SIDE 4
struct rows {
    uint8_t *bytes;             /* owned */
    uint8_t *now, *above, *top; /* of them, at pixel 0 */
    int32_t width;
};

static void unpack(const uint32_t *line, int32_t width, uint8_t *to)
{
    for (int32_t x = 0; x < width; x++)
        to[x] = (uint8_t)(line[x >> 5] >> (31 - (x & 31)) & 1);
}

static void next_row(struct rows *r, const uint32_t *line)
{
    uint8_t *free_row = r->top;

    r->top = r->above;
    r->above = r->now;
    r->now = free_row;
    unpack(line, r->width, r->now);
}

/* How many pixels from @x on are white with nothing but white in their context. */
static int32_t white_run(const struct rows *r, int32_t x)
{
    int32_t at = x;

    while (at + 8 <= r->width) { /* eight pixels and what their contexts see ahead */
        uint64_t now = 0, above = 0, top = 0;

        memcpy(&now, r->now + at, sizeof now);
        memcpy(&above, r->above + at + 3, sizeof above);
        memcpy(&top, r->top + at + 3, sizeof top);
        if (now | above | top)
            break;
        at += 8;
    }
    return at - x;
}

/* Figure 3 of T.88: four pixels before, seven of the row above, five of the one above
 * that. */
static void encode_row(struct coder *k, const struct rows *r)
{
    uint32_t before = 0, above = 0, top = 0;

    for (int i = 0; i < 3; i++)
        above = above << 1 | r->above[i];
    for (int i = 0; i < 2; i++)
        top = top << 1 | r->top[i];
    for (int32_t x = 0; x < r->width; x++) {
        unsigned bit = 0;

        above = (above << 1 | r->above[x + 3]) & 0x7F;
        top = (top << 1 | r->top[x + 2]) & 0x1F;
        if ((before | above | top) == 0) {
            int32_t run = white_run(r, x);

            encode_white(k, (uint32_t)run);
            x += run;
            if (x >= r->width)
                return;
            above = r->above[x + 3]; /* all else in the window was white */
            top = r->top[x + 2];
        }
        bit = r->now[x];
        encode(k, before | above << 4 | top << 11, bit);
        before = (before << 1 | bit) & 0xF;
    }
}

static void encode_rows(struct coder *k, struct Pix *pix)
{
    int32_t width = pixGetWidth(pix), height = pixGetHeight(pix);
    size_t stride = (size_t)width + (size_t)SIDE * 2 + 8;
    struct rows r = {.bytes = mem_new(stride, 3), .width = width};
    bool same_before = false;

    r.now = r.bytes + SIDE;
    r.above = r.now + stride;
    r.top = r.above + stride;
    for (int32_t y = 0; y < height && !k->out->over; y++) {
        bool same = false;

        next_row(&r, pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix));
        same = memcmp(r.now, r.above, (size_t)width) == 0;
        encode(k, TYPICAL, same != same_before);
        same_before = same;
        if (!same)
            encode_row(k, &r);
    }
    mem_free(r.bytes);
}

/* ---- segments (7.2)
 * ------------------------------------------------------------------
 */

#define PAGE_INFORMATION 48
#define GENERIC_REGION   39 /* immediate, lossless */
#define PAGE_BYTES       19
#define REGION_BYTES     26 /* before the coded data */

static void put(struct str *out, uint32_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        str_add_char(out, (char)(v >> (8 * i) & 0xFF));
}

static void put_head(struct str *out, uint32_t number, unsigned type, size_t len)
{
    put(out, number, 4);
    put(out, type, 1);
    put(out, 0, 1); /* refers to no segment */
    put(out, 1, 1); /* of page 1 */
    put(out, (uint32_t)len, 4);
}

static void put_page(struct str *out, uint32_t width, uint32_t height)
{
    put_head(out, 0, PAGE_INFORMATION, PAGE_BYTES);
    put(out, width, 4);
    put(out, height, 4);
    put(out, 0, 4); /* no resolution: the PDF has it */
    put(out, 0, 4);
    put(out, 1, 1); /* in the end lossless, white at first */
    put(out, 0, 2); /* not in stripes */
}

static void put_region(struct str *out, uint32_t width, uint32_t height,
                       const struct str *coded)
{
    static const uint8_t ADAPTIVE[8] = {0x03, 0xFF, 0xFD, 0xFF, 0x02, 0xFE, 0xFE, 0xFE};

    put_head(out, 1, GENERIC_REGION, REGION_BYTES + coded->len);
    put(out, width, 4);
    put(out, height, 4);
    put(out, 0, 4); /* at the corner of the page */
    put(out, 0, 4);
    put(out, 0, 1); /* laid over it by OR */
    put(out, 8, 1); /* template 0, typical prediction */
    str_add_mem(out, ADAPTIVE, sizeof ADAPTIVE);
    str_add_mem(out, coded->p, coded->len);
}

int jbig2_write(struct Pix *pix, struct str *out, struct err *e)
{
    AUTO_STR struct str coded = STR_INIT(out->max);
    struct coder k = {.out = &coded, .a = 0x8000, .ct = 12, .held = -1};
    uint32_t width = (uint32_t)pixGetWidth(pix), height = (uint32_t)pixGetHeight(pix);

    k.index = mem_new(CONTEXTS, sizeof *k.index);
    encode_rows(&k, pix);
    flush(&k);
    mem_free(k.index);
    if (str_check(&coded, "mask", e) < 0)
        return -1;
    put_page(out, width, height);
    put_region(out, width, height, &coded);
    return str_check(out, "mask", e);
}
