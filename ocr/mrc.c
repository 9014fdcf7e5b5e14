/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/mrc.h"

#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/jbig2.h"
#include "ocr/jpeg_out.h"
#include "ocr/mask.h"
#include "ocr/prep.h"

#define GROUND_QUALITY 50
#define INK_QUALITY    40
#define PLAIN_QUALITY  45
#define INK_CELLS      4  /* a cell of the ink layer is so many cells of the ground */
#define PAPER_TILE     24 /* cells */
#define GRAIN_TIMES    2  /* the spread of the middle half */
#define GRAIN_MIN      4
#define GRAIN_MAX      12
#define FILL_ROUNDS    12 /* from the border of the ink inwards, a cell each */
#define COLORED_SPREAD 48
#define COLORED_INK    200 /* of ten thousand cells with ink: then colours are kept */

void mrc_clear(struct mrc *m)
{
    str_clear(&m->ground.bytes);
    str_clear(&m->mask.bytes);
    str_clear(&m->ink.bytes);
    *m = (struct mrc){0};
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

/* ---- cells: pixels of the small picture ---------------------------------------- */

struct cells {
    int32_t w, h;
    uint16_t *ink;  /* owned: ink pixels below each cell */
    uint16_t *area; /* owned: all pixels below each cell */
    bool *known;    /* owned: no ink in it or beside it */
};

static void cells_clear(struct cells *c)
{
    mem_free(c->ink);
    mem_free(c->area);
    mem_free(c->known);
    *c = (struct cells){0};
}

/* Count the ink below each cell. */
static void count_ink(struct cells *c, struct Pix *mask)
{
    int32_t width = pixGetWidth(mask), height = pixGetHeight(mask);
    AUTO_MEM int32_t *col = mem_new((size_t)width + 32, sizeof *col);
    AUTO_MEM uint16_t *wide = mem_new((size_t)c->w, sizeof *wide);

    for (int32_t x = 0; x < width; x++)
        col[x] = (int32_t)((int64_t)x * c->w / width);
    for (int32_t y = 0; y < height; y++) {
        size_t at = (size_t)((int64_t)y * c->h / height) * (size_t)c->w;
        const uint32_t *row = pixGetData(mask) + (size_t)y * (size_t)pixGetWpl(mask);

        for (int32_t x = 0; x < width; x += 32)
            for (uint32_t bits = row[x / 32]; bits; bits &= bits - 1) {
                int32_t px = x + 31 - __builtin_ctz(bits);

                if (px < width)
                    c->ink[at + (size_t)col[px]]++;
            }
    }
    for (int32_t x = 0; x < c->w; x++)
        wide[x] =
            (uint16_t)((int64_t)(x + 1) * width / c->w - (int64_t)x * width / c->w);
    for (int32_t y = 0; y < c->h; y++) {
        uint16_t *area = c->area + (size_t)y * (size_t)c->w;
        int64_t rows = (int64_t)(y + 1) * height / c->h - (int64_t)y * height / c->h;

        for (int32_t x = 0; x < c->w; x++)
            area[x] = (uint16_t)(rows * wide[x]);
    }
}

static void find_known(struct cells *c)
{
    /* A cell, and those above and below it; one more on either side. */
    AUTO_MEM uint16_t *high = mem_new((size_t)c->w + 2, sizeof *high);

    for (int32_t y = 0; y < c->h; y++) {
        const uint16_t *row = c->ink + (size_t)y * (size_t)c->w;
        const uint16_t *up = y > 0 ? row - c->w : row;
        const uint16_t *down = y + 1 < c->h ? row + c->w : row;
        bool *known = c->known + (size_t)y * (size_t)c->w;

        for (int32_t x = 0; x < c->w; x++)
            high[x + 1] = up[x] | row[x] | down[x];
        for (int32_t x = 0; x < c->w; x++)
            known[x] = !(high[x] | high[x + 1] | high[x + 2]);
    }
}

static void cells_make(struct cells *c, struct Pix *small, struct Pix *mask)
{
    size_t n = 0;

    c->w = pixGetWidth(small);
    c->h = pixGetHeight(small);
    n = (size_t)c->w * (size_t)c->h;
    c->ink = mem_new(n, sizeof *c->ink);
    c->area = mem_new(n, sizeof *c->area);
    c->known = mem_new(n, sizeof *c->known);
    count_ink(c, mask);
    find_known(c);
}

/* ---- filling what is not known ------------------------------------------------- */

/* Mean of the known pixels around. Return: there are any. */
static bool mean_around(struct Pix *p, const bool *known, int32_t x, int32_t y,
                        uint32_t *out)
{
    int32_t w = pixGetWidth(p), h = pixGetHeight(p);
    uint32_t r = 0, g = 0, b = 0, n = 0;

    for (int32_t v = y > 0 ? y - 1 : 0; v <= y + 1 && v < h; v++) {
        const uint32_t *row = pixGetData(p) + (size_t)v * (size_t)pixGetWpl(p);

        for (int32_t u = x > 0 ? x - 1 : 0; u <= x + 1 && u < w; u++) {
            if (!known[(size_t)v * (size_t)w + (size_t)u])
                continue;
            r += row[u] >> 24;
            g += row[u] >> 16 & 0xFF;
            b += row[u] >> 8 & 0xFF;
            n++;
        }
    }
    if (n > 0)
        *out = r / n << 24 | g / n << 16 | b / n << 8;
    return n > 0;
}

static uint32_t mean_of_known(struct Pix *p, const bool *known)
{
    int32_t w = pixGetWidth(p), h = pixGetHeight(p);
    uint64_t r = 0, g = 0, b = 0, n = 0;

    for (int32_t y = 0; y < h; y++) {
        const uint32_t *row = pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);

        for (int32_t x = 0; x < w; x++) {
            if (!known[(size_t)y * (size_t)w + (size_t)x])
                continue;
            r += row[x] >> 24;
            g += row[x] >> 16 & 0xFF;
            b += row[x] >> 8 & 0xFF;
            n++;
        }
    }
    if (n == 0)
        return 0xFFFFFF00;
    return (uint32_t)(r / n) << 24 | (uint32_t)(g / n) << 16 | (uint32_t)(b / n) << 8;
}

/* From the known inwards, one ring a round; what is left takes the mean of all.
 * @known: changed. */
static void fill_in(struct Pix *p, bool *known)
{
    int32_t w = pixGetWidth(p), h = pixGetHeight(p);
    size_t all = (size_t)w * (size_t)h, count = 0;
    uint32_t mean = mean_of_known(p, known);
    AUTO_MEM uint32_t *unknown = NULL;
    AUTO_MEM uint32_t *ring = NULL;

    for (size_t i = 0; i < all; i++)
        count += !known[i];
    unknown = mem_new(count + 1, sizeof *unknown);
    ring = mem_new(count + 1, sizeof *ring);
    for (size_t i = 0, k = 0; i < all; i++)
        if (!known[i])
            unknown[k++] = (uint32_t)i;
    for (int round = 0; count > 0; round++) {
        size_t left = 0, filled = 0;

        for (size_t k = 0; k < count; k++) {
            int32_t x = (int32_t)(unknown[k] % (uint32_t)w);
            int32_t y = (int32_t)(unknown[k] / (uint32_t)w);
            uint32_t v = mean;

            if (round < FILL_ROUNDS && !mean_around(p, known, x, y, &v)) {
                unknown[left++] = unknown[k];
                continue;
            }
            pixGetData(p)[(size_t)y * (size_t)pixGetWpl(p) + (size_t)x] = v;
            ring[filled++] = unknown[k];
        }
        for (size_t k = 0; k < filled; k++)
            known[ring[k]] = true; /* only now: a round looks at the one before */
        count = left;
    }
}

/* ---- grain of the paper -------------------------------------------------------- */

/* Level of the paper in one channel of the ground, by tile. */
struct paper {
    uint8_t *rgb; /* owned: cols × rows × 3, the median of each tile */
    int32_t cols, rows;
    int grain; /* median over tiles of the middle half's spread */
};

static void look_at_paper(struct Pix *p, struct paper *out)
{
    int32_t w = pixGetWidth(p), h = pixGetHeight(p);
    uint32_t spreads[256] = {0};

    out->cols = (w + PAPER_TILE - 1) / PAPER_TILE;
    out->rows = (h + PAPER_TILE - 1) / PAPER_TILE;
    out->rgb = mem_new((size_t)out->cols * (size_t)out->rows, 3);
    for (int32_t i = 0; i < out->cols * out->rows; i++) {
        int32_t left = i % out->cols * PAPER_TILE, top = i / out->cols * PAPER_TILE;
        uint32_t hist[3][256] = {{0}}, n = 0;

        for (int32_t y = top; y < top + PAPER_TILE && y < h; y++) {
            const uint32_t *row = pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);

            for (int32_t x = left; x < left + PAPER_TILE && x < w; x++, n++)
                for (int c = 0; c < 3; c++)
                    hist[c][row[x] >> (24 - 8 * c) & 0xFF]++;
        }
        for (int c = 0; c < 3; c++)
            out->rgb[3 * i + c] = (uint8_t)prep_level(hist[c], n / 2);
        spreads[prep_level(hist[1], n * 3 / 4) - prep_level(hist[1], n / 4)]++;
    }
    out->grain = prep_level(spreads, (uint32_t)(out->cols * out->rows) / 2);
}

/* Between the centres of tiles: the tile at or before @at, and how far behind its
 * centre, in 256ths of a tile. */
static int32_t tile_of(int32_t at, int *part)
{
    int32_t behind = at - PAPER_TILE / 2;

    *part = behind < 0 ? 0 : (behind % PAPER_TILE) * 256 / PAPER_TILE;
    return behind < 0 ? 0 : behind / PAPER_TILE;
}

/* The paper along row @y times 256 at the centres of tiles, and the last once more. */
static void paper_row(const struct paper *p, int32_t y, int *out)
{
    int part = 0;
    int32_t r = tile_of(y, &part), next = r + 1 < p->rows ? r + 1 : r;
    const uint8_t *up = p->rgb + (ptrdiff_t)3 * r * p->cols;
    const uint8_t *down = p->rgb + (ptrdiff_t)3 * next * p->cols;

    for (int32_t i = 0; i < 3 * p->cols; i++)
        out[i] = up[i] * (256 - part) + down[i] * part;
    memcpy(out + (ptrdiff_t)3 * p->cols, out + (ptrdiff_t)3 * (p->cols - 1),
           3 * sizeof *out);
}

/* The pixel of paper that is @level times 256; no further from it by more than @limit:
 * this in its place. */
static void smooth(uint32_t *pixel, const int level[3], int limit)
{
    bool near = true;

    for (int i = 0; i < 3; i++) {
        int v = (int)(*pixel >> (24 - 8 * i) & 0xFF) * 256 - level[i];

        near = near && v <= limit * 256 && v >= -limit * 256;
    }
    if (near)
        *pixel = (uint32_t)(level[0] + 128) >> 8 << 24 |
                 (uint32_t)(level[1] + 128) >> 8 << 16 |
                 (uint32_t)(level[2] + 128) >> 8 << 8;
}

/* What is no further from the paper than its grain is made paper: grain costs more
 * bytes than seal and tint together. */
static void smooth_paper(struct Pix *ground)
{
    struct paper paper = {0};
    int limit = 0, *row = NULL;

    look_at_paper(ground, &paper);
    limit = paper.grain * GRAIN_TIMES;
    limit = limit < GRAIN_MIN ? GRAIN_MIN : limit > GRAIN_MAX ? GRAIN_MAX : limit;
    row = mem_new((size_t)paper.cols + 1, 3 * sizeof *row);
    for (int32_t y = 0; y < pixGetHeight(ground); y++) {
        uint32_t *to = pixGetData(ground) + (size_t)y * (size_t)pixGetWpl(ground);

        paper_row(&paper, y, row);
        for (int32_t x = 0; x < pixGetWidth(ground); x++) {
            int part = 0, level[3];
            const int *tile = row + (ptrdiff_t)3 * tile_of(x, &part);

            for (int i = 0; i < 3; i++)
                level[i] = (tile[i] * (256 - part) + tile[i + 3] * part) >> 8;
            smooth(&to[x], level, limit);
        }
    }
    mem_free(row);
    mem_free(paper.rgb);
}

/* ---- colour of the ink --------------------------------------------------------- */

struct ink_sum {
    int64_t rgb[3]; /* of the ink itself, times its area */
    int64_t area;
};

/*
 * A cell is ink and ground in parts known from the mask: what the mean of the cell owes
 * to the ground is taken off, what is left is the ink's.
 */
static void add_ink(const struct cells *c, struct Pix *small, struct Pix *ground,
                    struct ink_sum *sums, int32_t cols)
{
    size_t wpl = (size_t)pixGetWpl(small), ground_wpl = (size_t)pixGetWpl(ground);

    for (int32_t y = 0; y < c->h; y++)
        for (int32_t x = 0; x < c->w; x++) {
            size_t at = (size_t)y * (size_t)c->w + (size_t)x;
            struct ink_sum *s = &sums[y / INK_CELLS * cols + x / INK_CELLS];
            uint32_t mean = pixGetData(small)[(size_t)y * wpl + (size_t)x];
            uint32_t below = pixGetData(ground)[(size_t)y * ground_wpl + (size_t)x];
            int64_t area = c->area[at], ink = c->ink[at];

            if (ink * 3 < area)
                continue; /* a blurred edge only */
            for (int i = 0; i < 3; i++) {
                int shift = 24 - 8 * i;

                s->rgb[i] += (int64_t)(mean >> shift & 0xFF) * area -
                             (int64_t)(below >> shift & 0xFF) * (area - ink);
            }
            s->area += ink;
        }
}

static uint8_t level(int64_t sum, int64_t area)
{
    int64_t v = area > 0 ? sum / area : 0;

    return (uint8_t)(v < 0 ? 0 : v > 255 ? 255 : v);
}

static bool is_colored(const struct ink_sum *s)
{
    int low = 255, high = 0;

    for (int i = 0; i < 3; i++) {
        int v = level(s->rgb[i], s->area);

        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    return high - low > COLORED_SPREAD;
}

static int write_ink(const struct ink_sum *sums, int32_t cols, int32_t rows,
                     struct mrc *m, struct err *e)
{
    AUTO(pix_auto) struct Pix *p = pixCreate(cols, rows, 32);
    AUTO_MEM bool *known = mem_new((size_t)cols * (size_t)rows, sizeof *known);

    if (!p)
        return err_set(e, ERR_MEMORY, "ink");
    for (int32_t y = 0; y < rows; y++)
        for (int32_t x = 0; x < cols; x++) {
            const struct ink_sum *s = &sums[y * cols + x];

            known[y * cols + x] = s->area > 0;
            pixGetData(p)[(size_t)y * (size_t)pixGetWpl(p) + (size_t)x] =
                (uint32_t)level(s->rgb[0], s->area) << 24 |
                (uint32_t)level(s->rgb[1], s->area) << 16 |
                (uint32_t)level(s->rgb[2], s->area) << 8;
        }
    fill_in(p, known);
    m->ink.width = cols;
    m->ink.height = rows;
    return jpeg_out_write(p, INK_QUALITY, false, 0, &m->ink.bytes, e);
}

static int make_ink(const struct cells *c, const struct mrc_source *from,
                    struct Pix *ground, struct mrc *m, struct err *e)
{
    int32_t cols = (c->w + INK_CELLS - 1) / INK_CELLS;
    int32_t rows = (c->h + INK_CELLS - 1) / INK_CELLS;
    size_t n = (size_t)cols * (size_t)rows;
    AUTO_MEM struct ink_sum *sums = mem_new(n, sizeof *sums);
    struct ink_sum all = {0};
    int64_t colored = 0, inked = 0;

    add_ink(c, from->small, ground, sums, cols);
    for (size_t i = 0; i < n; i++) {
        for (int k = 0; k < 3; k++)
            all.rgb[k] += sums[i].rgb[k];
        all.area += sums[i].area;
        inked += sums[i].area > 0;
        colored += sums[i].area > 0 && is_colored(&sums[i]);
    }
    for (int k = 0; k < 3; k++)
        m->ink_rgb[k] = level(all.rgb[k], all.area);
    if (!from->color || colored * 10000 <= inked * COLORED_INK)
        return 0;
    return write_ink(sums, cols, rows, m, e);
}

/* ---- the whole ----------------------------------------------------------------- */

static int write_ground(struct Pix *p, int quality, bool color, struct mrc *m,
                        struct err *e)
{
    m->ground.width = pixGetWidth(p);
    m->ground.height = pixGetHeight(p);
    m->ground.grey = !color;
    return jpeg_out_write(p, quality, !color, 0, &m->ground.bytes, e);
}

static int make_layers(const struct mrc_source *from, struct Pix *mask, struct mrc *m,
                       struct err *e)
{
    AUTO(cells_clear) struct cells c = {0};
    AUTO(pix_auto) struct Pix *ground = pixCopy(NULL, from->small);

    if (!ground)
        return err_set(e, ERR_MEMORY, "ground");
    cells_make(&c, from->small, mask);
    fill_in(ground, c.known);
    if (make_ink(&c, from, ground, m, e) < 0)
        return -1;
    m->mask.width = pixGetWidth(mask);
    m->mask.height = pixGetHeight(mask);
    smooth_paper(ground);
    return write_ground(ground, GROUND_QUALITY, from->color, m, e);
}

int mrc_make(const struct mrc_source *from, struct mrc *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *mask = NULL;
    AUTO_MRC struct mrc m = {
        .width_px = from->width_px,
        .height_px = from->height_px,
        .dpi = from->dpi,
        .ground = {.bytes = STR_INIT(MRC_LAYER_MAX)},
        .mask = {.bytes = STR_INIT(MRC_MASK_MAX)},
        .ink = {.bytes = STR_INIT(MRC_LAYER_MAX)},
    };
    struct err too_much = ERR_INIT;
    int dpi = (int)((int64_t)from->dpi * pixGetWidth(from->grey) / from->width_px);

    if (mask_find(from->grey, from->small, dpi, &mask, e) < 0)
        return -1;
    if (jbig2_write(mask, &m.mask.bytes, &too_much) == 0) {
        if (make_layers(from, mask, &m, e) < 0)
            return -1;
    } else if (too_much.code != ERR_LIMIT) {
        *e = too_much;
        return -1;
    } else {
        str_clear(&m.mask.bytes);
        if (write_ground(from->small, PLAIN_QUALITY, from->color, &m, e) < 0)
            return -1;
    }
    *out = m;
    m = (struct mrc){0};
    return 0;
}

int mrc_thumb(const struct mrc_source *from, struct str *out, struct err *e)
{
    static const int QUALITIES[] = {60, 40, 25, 10};
    int32_t w = pixGetWidth(from->small), h = pixGetHeight(from->small);
    int32_t side = w > h ? w : h;
    float factor = side > MRC_THUMB_PX ? (float)MRC_THUMB_PX / (float)side : 1;
    AUTO(pix_auto) struct Pix *p = pixScaleAreaMap(from->small, factor, factor);

    if (!p)
        return err_set(e, ERR_MEMORY, "thumb");
    for (size_t i = 0; i < ARRAY_LEN(QUALITIES); i++) {
        AUTO_STR struct str one = STR_INIT(MRC_LAYER_MAX);

        if (jpeg_out_write(p, QUALITIES[i], !from->color, 0, &one, e) < 0)
            return -1;
        if (one.len > MRC_THUMB_MAX)
            continue;
        str_add_mem(out, one.p, one.len);
        return str_check(out, "thumb", e);
    }
    return err_set(e, ERR_LIMIT, "thumb");
}
