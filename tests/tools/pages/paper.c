/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/pages/paper.h"

#include <math.h>
#include <string.h>

#include "node/base/mem.h"

struct wear {
    double skew_deg;
    double fade;    /* ink that is missing, 0..1 */
    double through; /* blackness of the other side */
    double light;   /* unevenness of the light */
    double blur_mm; /* deviation */
    double noise;   /* deviation, of 255 */
    double texture; /* paper fibres, of 255 */
    double tint[3][2];
    int dust; /* grains a page */
    int edge; /* chance of a dark strip at one side, percent */
};

static const struct wear WEAR[] = {
    [LEVEL_CLEAN] = {0.15,
                     0.00,
                     0.00,
                     0.01,
                     0.025,
                     1.2,
                     0.6,
                     {{252, 255}, {251, 254}, {248, 253}},
                     2,
                     0},
    [LEVEL_MODERATE] = {1.2,
                        0.16,
                        0.00,
                        0.05,
                        0.055,
                        4.5,
                        2.5,
                        {{236, 250}, {230, 244}, {212, 232}},
                        45,
                        25},
    [LEVEL_HARD] = {2.8,
                    0.46,
                    0.26,
                    0.10,
                    0.085,
                    8.0,
                    5.0,
                    {{216, 236}, {206, 224}, {176, 204}},
                    160,
                    60},
    /* The sheet alone; photo.c does the rest. */
    [LEVEL_PHONE] = {0.15,
                     0.10,
                     0.00,
                     0.02,
                     0.060,
                     1.0,
                     2.5,
                     {{240, 252}, {236, 248}, {222, 240}},
                     20,
                     0},
};

double paper_skew(enum level level)
{
    return WEAR[level].skew_deg;
}

void picture_turn(struct picture *p)
{
    unsigned char *made = mem_new((size_t)p->height, (size_t)p->width * 3);
    size_t w = (size_t)p->width, h = (size_t)p->height;

    for (size_t y = 0; y < h; y++)
        for (size_t x = 0; x < w; x++)
            for (size_t c = 0; c < 3; c++)
                made[(x * h + h - 1 - y) * 3 + c] = p->rgb[(y * w + x) * 3 + c];
    mem_free(p->rgb);
    p->rgb = made;
    p->width = (int)h;
    p->height = (int)w;
}

void picture_clear(struct picture *p)
{
    mem_free(p->rgb);
    p->rgb = NULL;
}

/* A smooth random field: a coarse grid between which we interpolate. */
#define GRID 4
struct field {
    double at[GRID + 1][GRID + 1];
};

static void field_init(struct field *f, struct rng *r, double swing)
{
    for (int y = 0; y <= GRID; y++)
        for (int x = 0; x <= GRID; x++)
            f->at[y][x] = 1 + swing * rng_range(r, -1, 1);
}

static double field_at(const struct field *f, double x, double y)
{
    int ix = (int)(x * GRID);
    int iy = (int)(y * GRID);
    double fx = 0;
    double fy = 0;

    ix = ix >= GRID ? GRID - 1 : ix;
    iy = iy >= GRID ? GRID - 1 : iy;
    fx = x * GRID - ix;
    fy = y * GRID - iy;
    return (f->at[iy][ix] * (1 - fx) + f->at[iy][ix + 1] * fx) * (1 - fy) +
           (f->at[iy + 1][ix] * (1 - fx) + f->at[iy + 1][ix + 1] * fx) * fy;
}

/* Gauss by a short kernel, first along rows, then along columns. */
#define KERNEL_MAX 12

static void blur(struct picture *p, double deviation)
{
    double kernel[KERNEL_MAX + 1];
    double sum = 0;
    int n = (int)ceil(deviation * 2.5);
    size_t row = (size_t)p->width * 3;
    unsigned char *copy = NULL;

    if (deviation < 0.2)
        return;
    n = n > KERNEL_MAX ? KERNEL_MAX : n;
    for (int i = 0; i <= n; i++) {
        kernel[i] = exp(-i * i / (2 * deviation * deviation));
        sum += i ? 2 * kernel[i] : kernel[i];
    }
    for (int i = 0; i <= n; i++)
        kernel[i] /= sum;
    copy = mem_new((size_t)p->height, row);
    for (int pass = 0; pass < 2; pass++) {
        ptrdiff_t step = pass ? (ptrdiff_t)row : 3;

        memcpy(copy, p->rgb, row * (size_t)p->height);
        for (int y = 0; y < p->height; y++)
            for (int x = 0; x < p->width; x++) {
                int at = pass ? y : x;
                int end = pass ? p->height - 1 : p->width - 1;
                size_t base = (size_t)y * row + (size_t)x * 3;

                if (at < n || at > end - n)
                    continue; /* the outermost pixels are paper anyway */
                for (size_t c = 0; c < 3; c++) {
                    const unsigned char *q = copy + base + c;
                    double v = kernel[0] * q[0];

                    for (int i = 1; i <= n; i++)
                        v += kernel[i] * (q[i * step] + q[-i * step]);
                    p->rgb[base + c] = (unsigned char)(v + 0.5);
                }
            }
    }
    mem_free(copy);
}

static void dust(struct picture *p, struct rng *r, int grains)
{
    for (int i = 0; i < grains; i++) {
        int cx = rng_int(r, 4, p->width - 5);
        int cy = rng_int(r, 4, p->height - 5);
        double radius = rng_range(r, 0.4, 1.6) * p->dpi / 300;
        int n = (int)ceil(radius);
        int dark = rng_int(r, 60, 150);

        for (int y = -n; y <= n; y++)
            for (int x = -n; x <= n; x++)
                if (x * x + y * y <= radius * radius)
                    for (int c = 0; c < 3; c++) {
                        size_t at =
                            ((size_t)(cy + y) * (size_t)p->width + (size_t)(cx + x)) *
                                3 +
                            (size_t)c;

                        if (p->rgb[at] > dark)
                            p->rgb[at] = (unsigned char)dark;
                    }
    }
}

/* ---- the other side ----------------------------------------------------------------
 */

#define BACK_MOVE_MM 3.0  /* of one scan against the other */
#define BACK_BLUR_MM 0.10 /* in the paper: radius of a box, twice */
#define BACK_SWING   0.25 /* paper is not everywhere as thick */

/* Rows, then columns: each pixel the mean of 2 @n + 1. @line: room for a column. */
static void box_line(unsigned char *p, ptrdiff_t step, int count, int n,
                     unsigned char *line)
{
    int sum = 0;

    for (int i = 0; i < count; i++)
        line[i] = p[i * step];
    for (int i = -n; i < count; i++) {
        sum += i + n < count ? line[i + n] : 0;
        sum -= i - n - 1 >= 0 ? line[i - n - 1] : 0;
        if (i >= 0)
            p[i * step] = (unsigned char)(sum / (2 * n + 1));
    }
}

/* Darkness of @other as it lies behind a picture of @p's size. owned, mem_free(). */
static unsigned char *back_of(const struct sheet *other, const struct picture *p,
                              enum level level, struct rng *r)
{
    int w = cairo_image_surface_get_width(other->surface);
    int h = cairo_image_surface_get_height(other->surface);
    size_t stride = (size_t)cairo_image_surface_get_stride(other->surface);
    const unsigned char *data = NULL;
    double most = WEAR[level].skew_deg;
    double turn = (rng_range(r, -most, most) + rng_range(r, -most, most)) * M_PI / 180;
    double move = BACK_MOVE_MM / 25.4 * p->dpi;
    double dx = rng_range(r, -move, move), dy = rng_range(r, -move, move);
    int n = (int)ceil(BACK_BLUR_MM / 25.4 * p->dpi);
    unsigned char *dark = mem_new((size_t)p->width, (size_t)p->height);
    unsigned char *line = mem_new((size_t)(p->width + p->height), 1);

    cairo_surface_flush(other->surface);
    data = cairo_image_surface_get_data(other->surface);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++) {
            double u = x - p->width / 2.0 - dx, v = y - p->height / 2.0 - dy;
            int sx = (int)floor(w / 2.0 - (u * cos(turn) + v * sin(turn)));
            int sy = (int)floor(h / 2.0 - u * sin(turn) + v * cos(turn));

            if (sx >= 0 && sx < w && sy >= 0 && sy < h)
                dark[(size_t)y * (size_t)p->width + (size_t)x] =
                    (unsigned char)(255 -
                                    data[(size_t)sy * stride + (size_t)sx * 4 + 1]);
        }
    for (int pass = 0; pass < 2; pass++) {
        for (int y = 0; y < p->height; y++)
            box_line(dark + (size_t)y * (size_t)p->width, 1, p->width, n, line);
        for (int x = 0; x < p->width; x++)
            box_line(dark + x, p->width, p->height, n, line);
    }
    mem_free(line);
    return dark;
}

#define GAUSS_TABLE 8192

struct picture paper_scan(const struct sheet *s, const struct sheet *other,
                          enum level level, int dpi, struct rng *r)
{
    const struct wear *wear = &WEAR[level];
    struct picture p = {.width = cairo_image_surface_get_width(s->surface),
                        .height = cairo_image_surface_get_height(s->surface),
                        .dpi = dpi};
    size_t stride = (size_t)cairo_image_surface_get_stride(s->surface);
    const unsigned char *data = NULL;
    struct field light = {0};
    struct field fade = {0};
    double tint[3];
    float *gauss = mem_new(GAUSS_TABLE, sizeof *gauss);
    int strip = rng_chance(r, wear->edge) ? rng_int(r, 4, 20) * dpi / 300 : 0;
    bool strip_left = rng_chance(r, 50);
    struct field thin = {0};
    unsigned char *behind = NULL;

    cairo_surface_flush(s->surface);
    data = cairo_image_surface_get_data(s->surface);
    p.rgb = mem_new((size_t)p.height, (size_t)p.width * 3);
    field_init(&light, r, wear->light);
    field_init(&fade, r, 0.35);
    for (int c = 0; c < 3; c++)
        tint[c] = rng_range(r, wear->tint[c][0], wear->tint[c][1]) / 255;
    for (int i = 0; i < GAUSS_TABLE; i++)
        gauss[i] = (float)rng_gauss(r);
    if (other && wear->through > 0) {
        field_init(&thin, r, BACK_SWING);
        behind = back_of(other, &p, level, r);
    }

    for (int y = 0; y < p.height; y++) {
        const unsigned char *line = data + (size_t)y * stride;
        unsigned char *to = p.rgb + (size_t)y * (size_t)p.width * 3;
        double v = (double)y / p.height;

        for (int x = 0; x < p.width; x++) {
            double u = (double)x / p.width;
            double lit = field_at(&light, u, v);
            double ink = 1 - wear->fade * field_at(&fade, u, v);
            double back =
                behind ? 1 - wear->through * field_at(&thin, u, v) *
                                 behind[(size_t)y * (size_t)p.width + (size_t)x] / 255.0
                       : 1;

            for (int c = 0; c < 3; c++) {
                double value =
                    1 - (255 - line[(size_t)x * 4 + (size_t)(2 - c)]) / 255.0 * ink;

                value *= tint[c] * lit * back * 255;
                to[(size_t)x * 3 + (size_t)c] =
                    (unsigned char)(value < 0     ? 0
                                    : value > 255 ? 255
                                                  : value + 0.5);
            }
        }
    }
    dust(&p, r, wear->dust);
    blur(&p, wear->blur_mm / 25.4 * dpi);
    for (int y = 0; y < p.height; y++) {
        unsigned char *to = p.rgb + (size_t)y * (size_t)p.width * 3;

        for (int x = 0; x < p.width; x++) {
            uint64_t bits = rng_next(r);
            double shared = gauss[bits % GAUSS_TABLE] * wear->texture;
            int from_edge = strip_left ? x : p.width - 1 - x;
            double shade = from_edge < strip ? 0.3 + 0.5 * from_edge / strip : 1;

            for (int c = 0; c < 3; c++) {
                double own = gauss[(bits >> (16 + 13 * c)) % GAUSS_TABLE] * wear->noise;
                double value = to[(size_t)x * 3 + (size_t)c] * shade + shared + own;

                to[(size_t)x * 3 + (size_t)c] =
                    (unsigned char)(value < 0     ? 0
                                    : value > 255 ? 255
                                                  : value + 0.5);
            }
        }
    }
    mem_free(gauss);
    mem_free(behind);
    return p;
}

/* ---- a book ------------------------------------------------------------------------
 */

#define FOLD_DARK    0.55 /* light that is lost in the fold */
#define FOLD_MM      7.0  /* the shadow's reach */
#define FOLD_DROP_MM 2.0  /* lines sink towards it */
#define FOLD_LINE_MM 0.7  /* where no light gets at all */

struct picture picture_spread(const struct picture *left, const struct picture *right)
{
    struct picture p = {.width = left->width + right->width,
                        .height =
                            left->height < right->height ? left->height : right->height,
                        .dpi = left->dpi};
    double per_mm = p.dpi / 25.4;

    p.rgb = mem_new((size_t)p.height, (size_t)p.width * 3);
    for (int x = 0; x < p.width; x++) {
        const struct picture *from = x < left->width ? left : right;
        int sx = x < left->width ? x : x - left->width;
        double mm = fabs(x - left->width + 0.5) / per_mm;
        double near = exp(-mm * mm / (FOLD_MM * FOLD_MM));
        double light = mm < FOLD_LINE_MM ? 0.25 : 1 - FOLD_DARK * near;
        int drop = (int)(FOLD_DROP_MM * exp(-mm / (2 * FOLD_MM)) * per_mm);

        for (int y = 0; y < p.height; y++) {
            size_t at = ((size_t)y * (size_t)p.width + (size_t)x) * 3;
            size_t of =
                ((size_t)(y > drop ? y - drop : 0) * (size_t)from->width + (size_t)sx) *
                3;

            for (size_t c = 0; c < 3; c++)
                p.rgb[at + c] = (unsigned char)(from->rgb[of + c] * light);
        }
    }
    return p;
}
