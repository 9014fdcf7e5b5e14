/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/mask.h"

#include <stdint.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/prep.h"

#define TILE_INCH_PER_100 20 /* of an inch: a line of text and its gap */
#define TILE_MIN          16 /* pixels */
#define SAMPLE            2  /* every other pixel and row is looked at */
#define GROUND_RANK       75
#define INK_RANK          2
#define QUARTER_RANK      25
#define CONTRAST_MIN      36
#define CONTRAST_NOISE    5   /* times the spread of the ground */
#define CUT_PERCENT       50  /* between ground and ink */
#define CUT_HIGH_PERCENT  80  /* of the ground: lighter is bleed-through or tint */
#define CUT_BLIND_PERCENT 60  /* where no tile around has ink */
#define RED_SPREAD        48  /* red above the other channels by this: a seal */
#define RED_DARK          110 /* darker in the red channel is ink all the same */
#define RED_PER_1000      15  /* of a tile */
#define SPECK_DPI         250

struct tile {
    int ground, ink, spread;
    bool has_ink;
    int cut;
};

struct tiles {
    struct tile *t; /* owned */
    int32_t cols, rows, side;
};

static void look(struct Pix *grey, int32_t left, int32_t top, int32_t side,
                 struct tile *t)
{
    int32_t right = left + side, bottom = top + side;
    size_t wpl = (size_t)pixGetWpl(grey);
    uint32_t hist[256] = {0}, count = 0;
    int low = 0, high = 0;

    right = right < pixGetWidth(grey) ? right : pixGetWidth(grey);
    bottom = bottom < pixGetHeight(grey) ? bottom : pixGetHeight(grey);
    for (int32_t y = top; y < bottom; y += SAMPLE) {
        const uint32_t *line = pixGetData(grey) + (size_t)y * wpl;

        for (int32_t x = left; x < right; x += SAMPLE) {
            hist[GET_DATA_BYTE(line, x)]++;
            count++;
        }
    }
    low = prep_level(hist, count * QUARTER_RANK / 100);
    high = prep_level(hist, count * GROUND_RANK / 100);
    t->ground = high;
    t->ink = prep_level(hist, count * INK_RANK / 100);
    t->spread = high - low;
}

/* Is what is dark in this tile red? */
static bool is_red(struct Pix *small, double scale, int32_t left, int32_t top,
                   int32_t side)
{
    int32_t x0 = (int32_t)(left * scale), x1 = (int32_t)((left + side) * scale);
    int32_t y0 = (int32_t)(top * scale), y1 = (int32_t)((top + side) * scale);
    int32_t red = 0, all = 0;

    x1 = x1 < pixGetWidth(small) ? x1 : pixGetWidth(small);
    y1 = y1 < pixGetHeight(small) ? y1 : pixGetHeight(small);
    for (int32_t y = y0; y < y1; y++) {
        const uint32_t *line = pixGetData(small) + (size_t)y * (size_t)pixGetWpl(small);

        for (int32_t x = x0; x < x1; x++, all++) {
            int r = (int)(line[x] >> 24), g = line[x] >> 16 & 0xFF;
            int b = line[x] >> 8 & 0xFF;

            red += r - (g > b ? g : b) > RED_SPREAD;
        }
    }
    return red * 1000 > all * RED_PER_1000;
}

static void look_at_all(struct Pix *grey, struct Pix *small, struct tiles *all)
{
    double scale = (double)pixGetWidth(small) / pixGetWidth(grey);

    for (int32_t r = 0; r < all->rows; r++)
        for (int32_t c = 0; c < all->cols; c++) {
            struct tile *t = &all->t[r * all->cols + c];
            int32_t left = c * all->side, top = r * all->side;
            int noise = 0, contrast = 0;

            look(grey, left, top, all->side, t);
            noise = t->spread < 20 ? t->spread : 20; /* more is text, not grain */
            contrast = t->ground - t->ink;
            t->has_ink =
                contrast >= CONTRAST_MIN && contrast >= CONTRAST_NOISE * noise / 2 &&
                (t->ink < RED_DARK || !is_red(small, scale, left, top, all->side));
            t->cut = t->ground - contrast * CUT_PERCENT / 100;
            if (t->cut > t->ground * CUT_HIGH_PERCENT / 100)
                t->cut = t->ground * CUT_HIGH_PERCENT / 100;
        }
}

/* Tiles without ink take the border of those around them: a stroke may reach in. */
static void fill_blind(struct tiles *all)
{
    for (int32_t r = 0; r < all->rows; r++)
        for (int32_t c = 0; c < all->cols; c++) {
            struct tile *t = &all->t[r * all->cols + c];
            int sum = 0, n = 0;

            if (t->has_ink)
                continue;
            for (int32_t i = 0; i < 9; i++) {
                int32_t y = r + i / 3 - 1, x = c + i % 3 - 1;
                const struct tile *o = NULL;

                if (y < 0 || x < 0 || y >= all->rows || x >= all->cols)
                    continue;
                o = &all->t[y * all->cols + x];
                sum += o->has_ink ? o->cut : 0;
                n += o->has_ink;
            }
            t->cut = n > 0 ? sum / n : t->ground * CUT_BLIND_PERCENT / 100;
            if (t->cut > t->ground * CUT_HIGH_PERCENT / 100)
                t->cut = t->ground * CUT_HIGH_PERCENT / 100;
        }
}

/* The border in every pixel of a row, in 1/256 levels at tile centres, linear between.
 */
static void cut_row(const struct tiles *all, int32_t y, int32_t width, uint8_t *cut)
{
    int32_t half = all->side / 2;
    int32_t r = (y - half) / all->side, below = (y - half) % all->side;
    const struct tile *up = NULL, *down = NULL;
    int32_t c = 0;

    if (y < half)
        r = below = 0;
    if (r >= all->rows - 1) {
        r = all->rows - 1;
        below = 0;
    }
    up = &all->t[r * all->cols];
    down = below > 0 ? up + all->cols : up;
    for (int32_t x = 0; x < width;) {
        int32_t next = c + 1 < all->cols ? c + 1 : c;
        int32_t from = x < half ? 0 : c * all->side + half;
        int32_t end = x < half ? half : from + all->side;
        int32_t a = up[c].cut * (all->side - below) + down[c].cut * below;
        int32_t b = up[next].cut * (all->side - below) + down[next].cut * below;
        int32_t v = a * 256 / all->side;
        int32_t step = (b - a) * 256 / all->side / all->side;

        if (x < half || next == c)
            step = 0;
        if (next == c)
            end = width;
        if (end > width)
            end = width;
        for (; x < end; x++, v += step)
            cut[x] = (uint8_t)(v >> 8);
        if (from >= half && c + 1 < all->cols)
            c++;
    }
}

static void draw(struct Pix *grey, const struct tiles *all, struct Pix *mask)
{
    int32_t width = pixGetWidth(grey), height = pixGetHeight(grey);
    AUTO_MEM uint8_t *cut = mem_new((size_t)width + 32, 1);

    for (int32_t y = 0; y < height; y++) {
        const uint32_t *line = pixGetData(grey) + (size_t)y * (size_t)pixGetWpl(grey);
        uint32_t *out = pixGetData(mask) + (size_t)y * (size_t)pixGetWpl(mask);

        cut_row(all, y, width, cut);
        for (int32_t x = 0; x < width; x += 32) {
            uint32_t bits = 0;
            int32_t n = width - x < 32 ? width - x : 32;

            for (int32_t i = 0; i < n; i++)
                bits |= (uint32_t)(GET_DATA_BYTE(line, x + i) < cut[x + i]) << (31 - i);
            out[x / 32] = bits;
        }
    }
}

/* ---- specks and edges ---------------------------------------------------------- */

/* A row shifted by one pixel to either side. */
static uint32_t west(const uint32_t *row, size_t i)
{
    return row[i] >> 1 | (i > 0 ? row[i - 1] << 31 : 0);
}

static uint32_t east(const uint32_t *row, size_t i, size_t words)
{
    return row[i] << 1 | (i + 1 < words ? row[i + 1] >> 31 : 0);
}

/* Three bits added: sum and carry. */
static uint32_t add3(uint32_t a, uint32_t b, uint32_t c, uint32_t *carry)
{
    *carry = (a & b) | (c & (a ^ b));
    return a ^ b ^ c;
}

/*
 * Each pixel goes with the majority of its 3 × 3, 32 at once: five or more of nine.
 * What is one pixel thin stays when it is ink with at least two neighbours that are.
 */
static void vote(struct Pix *in, struct Pix *out)
{
    size_t words = (size_t)pixGetWpl(in);
    int32_t height = pixGetHeight(in);
    AUTO_MEM uint32_t *zero = mem_new(words, sizeof *zero);

    for (int32_t y = 0; y < height; y++) {
        const uint32_t *row = pixGetData(in) + (size_t)y * words;
        const uint32_t *up = y > 0 ? row - words : zero;
        const uint32_t *down = y + 1 < height ? row + words : zero;
        uint32_t *to = pixGetData(out) + (size_t)y * words;

        for (size_t i = 0; i < words; i++) {
            uint32_t c1 = 0, c2 = 0, c3 = 0, d1 = 0, d2 = 0;
            uint32_t s1 = 0, s2 = 0, s3 = 0, ones = 0, twos = 0, fours = 0, eights = 0;

            if ((up[i] | row[i] | down[i]) == 0) {
                to[i] = 0;
                continue;
            }
            s1 = add3(up[i], west(up, i), east(up, i, words), &c1);
            s2 = add3(row[i], west(row, i), east(row, i, words), &c2);
            s3 = add3(down[i], west(down, i), east(down, i, words), &c3);
            ones = add3(s1, s2, s3, &d1);
            twos = add3(c1, c2, c3, &d2);
            fours = (twos & d1) ^ d2;
            eights = twos & d1 & d2;
            twos ^= d1;
            to[i] =
                eights | (fours & (twos | ones)) | (row[i] & (fours | (twos & ones)));
        }
    }
}

/* What holds no 2 × 2 square anywhere goes. */
static struct Pix *without_specks(struct Pix *in)
{
    struct Pix *seed = pixErodeBrick(NULL, in, 2, 2);
    struct Pix *out = seed ? pixSeedfillBinary(NULL, seed, in, 8) : NULL;

    pixDestroy(&seed);
    return out;
}

int mask_find(struct Pix *grey, struct Pix *small, int dpi, struct Pix **out,
              struct err *e)
{
    struct tiles all = {0};
    struct Pix *raw = pixCreate(pixGetWidth(grey), pixGetHeight(grey), 1);
    struct Pix *voted = pixCreate(pixGetWidth(grey), pixGetHeight(grey), 1);
    struct Pix *clean = NULL;

    all.side =
        (int32_t)num_clamp((int64_t)dpi * TILE_INCH_PER_100 / 100, TILE_MIN, 1024);
    all.cols = (pixGetWidth(grey) + all.side - 1) / all.side;
    all.rows = (pixGetHeight(grey) + all.side - 1) / all.side;
    all.t = mem_new((size_t)all.cols * (size_t)all.rows, sizeof *all.t);
    if (raw && voted) {
        look_at_all(grey, small, &all);
        fill_blind(&all);
        draw(grey, &all, raw);
        vote(raw, voted);
        clean = dpi >= SPECK_DPI ? without_specks(voted) : pixClone(voted);
    }
    mem_free(all.t);
    pixDestroy(&raw);
    pixDestroy(&voted);
    if (!clean)
        return err_set(e, ERR_MEMORY, "mask");
    *out = clean;
    return 0;
}
