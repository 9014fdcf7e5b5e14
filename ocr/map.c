/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/map.h"

#include <assert.h>
#include <math.h>

#include "node/base/num.h"

#define FLAT    1e-6 /* sine of a turn that is none */
#define CLEARLY 0.2  /* of the larger: sides of a turned box can be told apart */

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

bool map_inverse(const struct map *m, struct map *out)
{
    const double *a = m->m;
    struct map made = {{a[4] * a[8] - a[5] * a[7], a[2] * a[7] - a[1] * a[8],
                        a[1] * a[5] - a[2] * a[4], a[5] * a[6] - a[3] * a[8],
                        a[0] * a[8] - a[2] * a[6], a[2] * a[3] - a[0] * a[5],
                        a[3] * a[7] - a[4] * a[6], a[1] * a[6] - a[0] * a[7],
                        a[0] * a[4] - a[1] * a[3]}};
    double det = a[0] * made.m[0] + a[1] * made.m[3] + a[2] * made.m[6];

    if (!isnormal(det))
        return false;
    for (int i = 0; i < 9; i++)
        made.m[i] /= det;
    *out = made;
    return true;
}

/* How far (x, y) of the old picture goes for one pixel to the right, then down: without
 * signs, for the sides of boxes. */
static void spread_at(const struct map *m, double x, double y, double side[4])
{
    double z = m->m[6] * x + m->m[7] * y + m->m[8];
    double ox = 0, oy = 0;

    map_point(m, x, y, &ox, &oy);
    side[0] = fabs((m->m[0] - ox * m->m[6]) / z);
    side[1] = fabs((m->m[1] - ox * m->m[7]) / z);
    side[2] = fabs((m->m[3] - oy * m->m[6]) / z);
    side[3] = fabs((m->m[4] - oy * m->m[7]) / z);
}

void map_unbox(const struct map *m, const struct map *back, int32_t width,
               int32_t height, int32_t *x, int32_t *y, int32_t *w, int32_t *h)
{
    double mid_x = 0, mid_y = 0, s[4] = {0}, det = 0, wide = 0, high = 0;

    map_point(back, *x + *w / 2.0, *y + *h / 2.0, &mid_x, &mid_y);
    spread_at(m, mid_x, mid_y, s);
    det = s[0] * s[3] - s[1] * s[2];
    if (fabs(det) < CLEARLY * fmax(s[0] * s[3], s[1] * s[2])) {
        map_box(back, width, height, x, y, w, h);
        return;
    }
    wide = fmax((*w * s[3] - *h * s[1]) / det, 1);
    high = fmax((*h * s[0] - *w * s[2]) / det, 1);
    *x = (int32_t)num_clamp(lround(mid_x - wide / 2), 0, width - 1);
    *y = (int32_t)num_clamp(lround(mid_y - high / 2), 0, height - 1);
    *w = (int32_t)num_clamp(lround(wide), 1, width - *x);
    *h = (int32_t)num_clamp(lround(high), 1, height - *y);
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
