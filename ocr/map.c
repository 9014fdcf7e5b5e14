/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/map.h"

#include <assert.h>
#include <math.h>

#include "node/base/num.h"

#define FLAT 1e-6 /* sine of a turn that is none */

void map_none(struct map *m)
{
    *m = (struct map){{1, 0, 0, 0, 1, 0, 0, 0, 1}};
}

void map_scaled(struct map *m, double sx, double sy)
{
    *m = (struct map){{1 / sx, 0, 0, 0, 1 / sy, 0, 0, 0, 1}};
}

void map_cut(struct map *m, double x, double y)
{
    *m = (struct map){{1, 0, x, 0, 1, y, 0, 0, 1}};
}

void map_turned(struct map *m, double angle_rad, double pad_x, double pad_y, double cx,
                double cy)
{
    double c = cos(angle_rad), s = sin(angle_rad);

    *m = (struct map){{c, s, cx - cx * c - cy * s - pad_x, -s, c,
                       cy + cx * s - cy * c - pad_y, 0, 0, 1}};
}

void map_quarters(struct map *m, int quarters, double old_w, double old_h)
{
    assert(quarters >= 0 && quarters < 4);
    switch (quarters) {
    case 1:
        *m = (struct map){{0, 1, 0, -1, 0, old_h, 0, 0, 1}};
        break;
    case 2:
        *m = (struct map){{-1, 0, old_w, 0, -1, old_h, 0, 0, 1}};
        break;
    case 3:
        *m = (struct map){{0, -1, old_w, 1, 0, 0, 0, 0, 1}};
        break;
    default:
        map_none(m);
    }
}

/* Does the outline turn the same way at each corner, and nowhere go straight on? */
static bool convex(const double quad[8])
{
    int left = 0, right = 0;

    for (int i = 0; i < 4; i++) {
        const double *a = &quad[i * 2], *b = &quad[(i + 1) % 4 * 2],
                     *c = &quad[(i + 2) % 4 * 2];
        double ux = b[0] - a[0], uy = b[1] - a[1], vx = c[0] - b[0], vy = c[1] - b[1];
        double turn = ux * vy - uy * vx;
        double size = hypot(ux, uy) * hypot(vx, vy);

        left += turn > FLAT * size;
        right += turn < -FLAT * size;
    }
    return left == 4 || right == 4;
}

bool map_quad(struct map *m, const double quad[8], double w, double h)
{
    double dx1 = quad[2] - quad[4], dy1 = quad[3] - quad[5];
    double dx2 = quad[6] - quad[4], dy2 = quad[7] - quad[5];
    double sx = quad[0] - quad[2] + quad[4] - quad[6];
    double sy = quad[1] - quad[3] + quad[5] - quad[7];
    double all = dx1 * dy2 - dx2 * dy1;
    double g = 0, k = 0;

    if (!convex(quad) || w <= 0 || h <= 0)
        return false;
    g = (sx * dy2 - dx2 * sy) / all;
    k = (dx1 * sy - sx * dy1) / all;
    *m = (struct map){
        {(quad[2] - quad[0] + g * quad[2]) / w, (quad[6] - quad[0] + k * quad[6]) / h,
         quad[0], (quad[3] - quad[1] + g * quad[3]) / w,
         (quad[7] - quad[1] + k * quad[7]) / h, quad[1], g / w, k / h, 1}};
    return true;
}

void map_after(struct map *whole, const struct map *step)
{
    struct map made = {{0}};

    for (int row = 0; row < 3; row++)
        for (int col = 0; col < 3; col++)
            for (int k = 0; k < 3; k++)
                made.m[row * 3 + col] += whole->m[row * 3 + k] * step->m[k * 3 + col];
    *whole = made;
}

void map_point(const struct map *m, double x, double y, double *ox, double *oy)
{
    double z = m->m[6] * x + m->m[7] * y + m->m[8];

    *ox = (m->m[0] * x + m->m[1] * y + m->m[2]) / z;
    *oy = (m->m[3] * x + m->m[4] * y + m->m[5]) / z;
}

void map_box(const struct map *m, int32_t width, int32_t height, int32_t *x, int32_t *y,
             int32_t *w, int32_t *h)
{
    double left = INFINITY, top = INFINITY, right = -INFINITY, bottom = -INFINITY;

    for (int i = 0; i < 4; i++) {
        double px = 0, py = 0;

        map_point(m, *x + (i & 1 ? *w : 0), *y + (i & 2 ? *h : 0), &px, &py);
        left = fmin(left, px);
        right = fmax(right, px);
        top = fmin(top, py);
        bottom = fmax(bottom, py);
    }
    left = fmin(fmax(left, 0), width - 1);
    top = fmin(fmax(top, 0), height - 1);
    right = fmin(fmax(right, 0), width);
    bottom = fmin(fmax(bottom, 0), height);
    *x = (int32_t)num_clamp(lround(left), 0, width - 1);
    *y = (int32_t)num_clamp(lround(top), 0, height - 1);
    *w = (int32_t)num_clamp(lround(right) - *x, 1, width - *x);
    *h = (int32_t)num_clamp(lround(bottom) - *y, 1, height - *y);
}
