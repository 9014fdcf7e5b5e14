/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/pages/photo.h"

#include <math.h>

#include "node/base/mem.h"
#include "ocr/map.h"

#define LONG_PX  4032
#define SHORT_PX 3024
#define SAYS_DPI 72
#define GAUSS    4096

/* How the photo is taken. Lengths in pixels of the photo. */
struct view {
    int width, height;
    struct map to_paper; /* from the photo */
    double desk[3];      /* colour, 0..255 */
    double grain, grain_dir, grain_px;
    double slope_x, slope_y;                   /* of the light, from -1 to 1 across */
    bool shaded;                               /* half of the view */
    double edge_x, edge_y, edge_at, edge_soft; /* the shadow's: normal, place */
    double shade;
};

/* The map that undoes @m. */
static struct map inverse(const struct map *m)
{
    const double *a = m->m;

    return (struct map){{a[4] * a[8] - a[5] * a[7], a[2] * a[7] - a[1] * a[8],
                         a[1] * a[5] - a[2] * a[4], a[5] * a[6] - a[3] * a[8],
                         a[0] * a[8] - a[2] * a[6], a[2] * a[3] - a[0] * a[5],
                         a[3] * a[7] - a[4] * a[6], a[1] * a[6] - a[0] * a[7],
                         a[0] * a[4] - a[1] * a[3]}};
}

/* The sheet fills 70 to 92 % of the view, turned by up to 5°, each corner pulled by up
 * to 3 % of its size. */
static void lay(struct view *v, const struct picture *paper, struct rng *r)
{
    static const double SIGN[] = {-1, -1, 1, -1, 1, 1, -1, 1};
    double fit =
        fmin((double)v->width / paper->width, (double)v->height / paper->height);
    double half_w = fit * rng_range(r, 0.70, 0.92) * paper->width / 2;
    double half_h = half_w * paper->height / paper->width;
    double turn = rng_range(r, -5, 5) * M_PI / 180, quad[8];
    double cx = v->width / 2.0 + rng_range(r, -0.02, 0.02) * v->width;
    double cy = v->height / 2.0 + rng_range(r, -0.02, 0.02) * v->height;
    struct map m;

    for (int i = 0; i < 4; i++) {
        double x = half_w * (SIGN[i * 2] + rng_range(r, -0.06, 0.06));
        double y = half_h * (SIGN[i * 2 + 1] + rng_range(r, -0.06, 0.06));

        quad[i * 2] = cx + x * cos(turn) - y * sin(turn);
        quad[i * 2 + 1] = cy + x * sin(turn) + y * cos(turn);
    }
    map_none(&m);
    (void)map_quad(&m, quad, paper->width, paper->height);
    v->to_paper = inverse(&m);
}

static void set_up(struct view *v, const struct picture *paper, struct rng *r)
{
    static const double DESKS[][3] = {
        {92, 62, 42}, {128, 92, 62}, {58, 58, 62}, {150, 122, 92}, {104, 110, 112}};
    int desk = rng_int(r, 0, (int)(sizeof DESKS / sizeof *DESKS) - 1);
    double angle = rng_range(r, 0, 2 * M_PI);

    v->width = paper->width > paper->height ? LONG_PX : SHORT_PX;
    v->height = paper->width > paper->height ? SHORT_PX : LONG_PX;
    lay(v, paper, r);
    for (int c = 0; c < 3; c++)
        v->desk[c] = DESKS[desk][c] * rng_range(r, 0.95, 1.05);
    v->grain = rng_range(r, 0.02, 0.12);
    v->grain_dir = rng_range(r, 0, M_PI);
    v->grain_px = rng_range(r, 30, 120);
    v->slope_x = rng_range(r, -0.16, 0.16);
    v->slope_y = rng_range(r, -0.16, 0.16);
    v->shaded = rng_chance(r, 70);
    v->edge_x = cos(angle);
    v->edge_y = sin(angle);
    v->edge_at = rng_range(r, -0.35, 0.35) * v->width;
    v->edge_soft = rng_range(r, 0.01, 0.10) * v->width;
    v->shade = rng_range(r, 0.50, 0.80);
}

static double light(const struct view *v, int x, int y)
{
    double u = 2.0 * x / v->width - 1, w = 2.0 * y / v->height - 1;
    double lit = 0.94 + v->slope_x * u + v->slope_y * w;
    double into = (x - v->width / 2.0) * v->edge_x + (y - v->height / 2.0) * v->edge_y -
                  v->edge_at;

    if (v->shaded)
        lit *= 1 - (1 - v->shade) / (1 + exp(-into / v->edge_soft * 4));
    return lit;
}

static void paper_at(const struct picture *p, double x, double y, double rgb[3])
{
    int ix = (int)fmin(fmax(x - 0.5, 0), p->width - 2);
    int iy = (int)fmin(fmax(y - 0.5, 0), p->height - 2);
    double fx = fmin(fmax(x - 0.5 - ix, 0), 1), fy = fmin(fmax(y - 0.5 - iy, 0), 1);
    const unsigned char *q = p->rgb + ((size_t)iy * (size_t)p->width + (size_t)ix) * 3;
    size_t row = (size_t)p->width * 3;

    for (size_t c = 0; c < 3; c++)
        rgb[c] = (q[c] * (1 - fx) + q[c + 3] * fx) * (1 - fy) +
                 (q[c + row] * (1 - fx) + q[c + row + 3] * fx) * fy;
}

/* What lies at a pixel, in even light. */
static void seen(const struct view *v, const struct picture *paper, int x, int y,
                 double rgb[3])
{
    double px = 0, py = 0, outside = 0, streak = 0;

    map_point(&v->to_paper, x + 0.5, y + 0.5, &px, &py);
    if (px >= 0 && py >= 0 && px <= paper->width && py <= paper->height) {
        paper_at(paper, px, py, rgb);
        return;
    }
    /* The desk, and on it the sheet's own narrow shadow. */
    outside = fmax(fmax(-px, px - paper->width), fmax(-py, py - paper->height));
    streak = sin((x * cos(v->grain_dir) + y * sin(v->grain_dir)) / v->grain_px +
                 2 * sin(y / 311.0) + sin(x / 173.0));
    for (int c = 0; c < 3; c++)
        rgb[c] = v->desk[c] * (1 + v->grain * streak) * (outside < 14 ? 0.75 : 1);
}

struct picture photo_take(const struct picture *paper, struct rng *r)
{
    struct view v = {0};
    struct picture p = {.dpi = SAYS_DPI};
    float *gauss = mem_new(GAUSS, sizeof *gauss);
    double noise = rng_range(r, 2.0, 5.0);

    set_up(&v, paper, r);
    p.width = v.width;
    p.height = v.height;
    p.rgb = mem_new((size_t)p.height, (size_t)p.width * 3);
    for (int i = 0; i < GAUSS; i++)
        gauss[i] = (float)rng_gauss(r);
    for (int y = 0; y < p.height; y++) {
        unsigned char *to = p.rgb + (size_t)y * (size_t)p.width * 3;

        for (int x = 0; x < p.width; x++) {
            double lit = light(&v, x, y), rgb[3] = {0};
            uint64_t bits = rng_next(r);

            seen(&v, paper, x, y, rgb);
            for (int c = 0; c < 3; c++) {
                double value =
                    rgb[c] * lit + gauss[(bits >> (16 + 12 * c)) % GAUSS] * noise;

                *to++ = (unsigned char)(fmin(fmax(value, 0), 255) + 0.5);
            }
        }
    }
    mem_free(gauss);
    return p;
}
