/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/behind.h"

#include <math.h>
#include <string.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define MM_OF_INCH  25.4
#define FINE_DPI    85
#define COARSE      4   /* fine pixels in a coarse one, either way */
#define AROUND_MM   5.0 /* the mean within so much is taken off: layout is no match */
#define TURN_STEP   0.6 /* degrees */
#define TILE        80  /* fine pixels; a multiple of LANES */
#define REACH       8   /* fine pixels a tile looks around */
#define REACH_LATER 3
#define BLANK_SHARE 0.3 /* of a tile must be free of the page's own ink */
#define INK_POWER                                                                      \
    64 /* mean square of the other side's darkness: something is there                 \
        */
#define CLEAR       0.10 /* correlation below which a tile says nothing */
#define AGREE_MM    0.4
#define AGREE_LEAST 6   /* tiles */
#define AGREE_SHARE 0.4 /* of those that can tell */
#define LOCAL_MM    0.8 /* more than that beside the map is no local shift */
#define LOCAL_DOUBT                                                                    \
    0.2 /* as if a tile of that correlation had found no local shift                   \
         */
#define LANES 8
#define SPAN  16 /* pixels of a row between two evaluations of the map */

typedef float lanes __attribute__((vector_size(4 * sizeof(float))));

/* ---- planes -------------------------------------------------------------------- */

/* Darkness with the mean around taken off, times how much of it can be relied on. */
struct plane {
    int w, h, stride;
    double per_mm;
    float *p;      /* owned; beyond w and h: zeros */
    float *weight; /* owned, 0 to 1; NULL: all of it */
};

static void plane_clear(struct plane *p)
{
    mem_free(p->p);
    mem_free(p->weight);
}
#define AUTO_PLANE AUTO(plane_clear)

static int plane_make(struct plane *p, int w, int h, double per_mm, struct err *e)
{
    p->w = w;
    p->h = h;
    p->per_mm = per_mm;
    p->stride = (w + LANES - 1) / LANES * LANES;
    p->p = mem_try((size_t)p->stride * (size_t)h, sizeof *p->p,
                   DARK_PIXELS_MAX * sizeof *p->p, e);
    return p->p ? 0 : -1;
}

/* Sums over 2 @n + 1 along @count values @step apart. @line: room for them. */
static void sums(float *p, int step, int count, int n, float *line)
{
    float sum = 0;

    for (int i = 0; i < count; i++)
        line[i] = p[(ptrdiff_t)i * step];
    for (int i = -n; i < count; i++) {
        sum += i + n < count ? line[i + n] : 0;
        sum -= i - n - 1 >= 0 ? line[i - n - 1] : 0;
        if (i >= 0)
            p[(ptrdiff_t)i * step] = sum;
    }
}

static void box_sums(float *p, int w, int h, int n, float *line)
{
    for (int y = 0; y < h; y++)
        sums(p + (size_t)y * (size_t)w, 1, w, n, line);
    for (int x = 0; x < w; x++)
        sums(p + x, w, h, n, line);
}

/* Take off the mean around. p->p holds value × weight. The mean is that of squares of
 * COARSE pixels: it changes slowly. */
static int flatten(struct plane *p, struct err *e)
{
    int w = (p->w + COARSE - 1) / COARSE, h = (p->h + COARSE - 1) / COARSE;
    int reach = (int)lround(AROUND_MM * p->per_mm / COARSE);
    size_t n = (size_t)w * (size_t)h, most = DARK_PIXELS_MAX * sizeof(float);
    AUTO_MEM float *sum = mem_try(n, sizeof *sum, most, e);
    AUTO_MEM float *all = mem_try(n, sizeof *all, most, e);
    AUTO_MEM float *line = mem_new((size_t)(w + h), sizeof *line);

    if (!sum || !all)
        return -1;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            size_t at = (size_t)y * (size_t)p->stride + (size_t)x;
            size_t to = (size_t)(y / COARSE) * (size_t)w + (size_t)(x / COARSE);

            sum[to] += p->p[at];
            all[to] += p->weight ? p->weight[at] : 1;
        }
    box_sums(sum, w, h, reach, line);
    box_sums(all, w, h, reach, line);
    for (size_t i = 0; i < n; i++)
        sum[i] = all[i] > 0 ? sum[i] / all[i] : 0;
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            size_t at = (size_t)y * (size_t)p->stride + (size_t)x;

            p->p[at] -= sum[(size_t)(y / COARSE) * (size_t)w + (size_t)(x / COARSE)] *
                        (p->weight ? p->weight[at] : 1);
        }
    return 0;
}

/* The darkness @d at FINE_DPI or a little less, without the pixels of @ink (NULL: with
 * all), mirrored when it is the other side. */
static int plane_of(const struct dark *d, const unsigned char *ink, bool mirror,
                    struct plane *p, struct err *e)
{
    int n = (int)lround(d->per_mm * MM_OF_INCH / FINE_DPI);

    n = n < 1 ? 1 : n;
    if (plane_make(p, d->w / n, d->h / n, d->per_mm / n, e) < 0)
        return -1;
    if (ink) {
        p->weight = mem_try((size_t)p->stride * (size_t)p->h, sizeof *p->weight,
                            DARK_PIXELS_MAX * sizeof *p->weight, e);
        if (!p->weight)
            return -1;
    }
    for (int y = 0; y < p->h; y++)
        for (int x = 0; x < p->w; x++) {
            int sum = 0, count = 0;
            size_t at =
                (size_t)y * (size_t)p->stride + (size_t)(mirror ? p->w - 1 - x : x);

            for (int k = 0; k < n * n; k++) {
                size_t i = (size_t)(y * n + k / n) * (size_t)d->w +
                           (size_t)(x * n + k % n + (mirror ? d->w - p->w * n : 0));

                if (!ink || !ink[i]) {
                    sum += d->p[i];
                    count++;
                }
            }
            p->p[at] = (float)sum / (float)(n * n);
            if (ink)
                p->weight[at] = (float)count / (float)(n * n);
        }
    return flatten(p, e);
}

static int plane_shrink(const struct plane *from, struct plane *p, struct err *e)
{
    if (plane_make(p, from->w / COARSE, from->h / COARSE, from->per_mm / COARSE, e) < 0)
        return -1;
    for (int y = 0; y < p->h * COARSE; y++) {
        const float *in = from->p + (size_t)y * (size_t)from->stride;
        float *to = p->p + (size_t)(y / COARSE) * (size_t)p->stride;

        for (int x = 0; x < p->w * COARSE; x++)
            to[x / COARSE] += in[x] / (COARSE * COARSE);
    }
    return 0;
}

/* ---- correlation --------------------------------------------------------------- */

/* A piece of the other side as it lies behind the page: rows of w. */
struct patch {
    int w, h;
    float *p; /* owned */
};

/* Sample @from at m(x, y) for pixels of @per_mm that begin at (@x0, @y0). */
static void patch_take(const struct plane *from, const double m[6], double per_mm,
                       double x0, double y0, struct patch *out)
{
    double k = from->per_mm / per_mm;

    for (int y = 0; y < out->h; y++) {
        double px = (x0 + 0.5) / per_mm, py = (y0 + y + 0.5) / per_mm;
        double sx = (m[0] + m[1] * px + m[2] * py) * from->per_mm - 0.5;
        double sy = (m[3] + m[4] * px + m[5] * py) * from->per_mm - 0.5;
        float *to = out->p + (size_t)y * (size_t)out->w;

        for (int x = 0; x < out->w; x++, sx += m[1] * k, sy += m[4] * k) {
            int ix = (int)sx, iy = (int)sy;
            const float *q = NULL;
            float fx = 0, fy = 0;

            to[x] = 0;
            if (sx < 0 || sy < 0 || ix >= from->w - 1 || iy >= from->h - 1)
                continue;
            q = from->p + (size_t)iy * (size_t)from->stride + (size_t)ix;
            fx = (float)(sx - ix);
            fy = (float)(sy - iy);
            to[x] = (q[0] * (1 - fx) + q[1] * fx) * (1 - fy) +
                    (q[from->stride] * (1 - fx) + q[from->stride + 1] * fx) * fy;
        }
    }
}

/* Sum of products of @n values, a multiple of LANES. */
static float product(const float *a, const float *b, int n)
{
    lanes one = {0}, two = {0};

    for (int i = 0; i < n; i += LANES) {
        lanes w, x, y, z;

        memcpy(&w, a + i, sizeof w);
        memcpy(&x, b + i, sizeof x);
        memcpy(&y, a + i + LANES / 2, sizeof y);
        memcpy(&z, b + i + LANES / 2, sizeof z);
        one += w * x;
        two += y * z;
    }
    one += two;
    return one[0] + one[1] + one[2] + one[3];
}

/* ---- the whole page, coarsely -------------------------------------------------- */

struct guess {
    double turn; /* radians */
    int dx, dy;  /* coarse pixels */
    double score;
};

/* Point (x, y) of the page, moved, turned about the middles of both pictures. */
static void map_of(const struct plane *front, const struct plane *other, double turn,
                   double dx_mm, double dy_mm, double m[6])
{
    double cx = front->w / front->per_mm / 2, cy = front->h / front->per_mm / 2;
    double ox = other->w / other->per_mm / 2, oy = other->h / other->per_mm / 2;
    double c = cos(turn), s = sin(turn);

    m[1] = c;
    m[2] = -s;
    m[4] = s;
    m[5] = c;
    m[0] = ox + c * (dx_mm - cx) - s * (dy_mm - cy);
    m[3] = oy + s * (dx_mm - cx) + c * (dy_mm - cy);
}

static void try_turn(const struct plane *front, const struct patch *behind, int reach,
                     double turn, struct guess *best)
{
    for (int dy = -reach; dy <= reach; dy++)
        for (int dx = -reach; dx <= reach; dx++) {
            double score = 0;

            /* Every other row: letters are higher than that. */
            for (int y = 0; y < front->h; y += 2)
                score +=
                    product(front->p + (size_t)y * (size_t)front->stride,
                            behind->p + (size_t)(y + reach + dy) * (size_t)behind->w +
                                (size_t)(reach + dx),
                            front->stride);
            if (score > best->score)
                *best = (struct guess){turn, dx, dy, score};
        }
}

static int whole_page(const struct plane *fine_front, const struct plane *fine_other,
                      double m[6], struct err *e)
{
    AUTO_PLANE struct plane front = {0};
    AUTO_PLANE struct plane other = {0};
    AUTO_MEM float *room = NULL;
    struct patch behind = {0};
    struct guess best = {0};
    int reach = 0, steps = (int)(BEHIND_TURN_DEG / TURN_STEP + 0.5);

    if (plane_shrink(fine_front, &front, e) < 0 ||
        plane_shrink(fine_other, &other, e) < 0)
        return -1;
    reach = (int)ceil(BEHIND_MOVE_MM * front.per_mm);
    behind.w = front.stride + 2 * reach;
    behind.h = front.h + 2 * reach;
    room = mem_try((size_t)behind.w * (size_t)behind.h, sizeof *room,
                   DARK_PIXELS_MAX * sizeof *room, e);
    if (!room)
        return -1;
    behind.p = room;
    for (int i = -steps; i <= steps; i++) {
        double turn = i * TURN_STEP * M_PI / 180;

        map_of(&front, &other, turn, 0, 0, m);
        patch_take(&other, m, front.per_mm, -reach, -reach, &behind);
        try_turn(&front, &behind, reach, turn, &best);
    }
    map_of(&front, &other, best.turn, best.dx / front.per_mm, best.dy / front.per_mm,
           m);
    return 0;
}

/* ---- tiles --------------------------------------------------------------------- */

struct tile {
    double x, y;   /* its middle, mm of the page */
    double dx, dy; /* found: to add before the map, mm */
    double score;  /* correlation */
    bool tells;    /* there is paper in front and ink behind */
    bool agrees;
};

struct tiles {
    int cols, rows, count;
    struct tile *p; /* owned */
};

static void tiles_clear(struct tiles *t)
{
    mem_free(t->p);
}

/* The best place between three equally far ones. */
static double between(double left, double middle, double right)
{
    double bend = left - 2 * middle + right;

    return bend < 0 ? (left - right) / 2 / bend : 0;
}

static double score_at(const float *front, int stride, const struct patch *behind,
                       int dx, int dy)
{
    double sum = 0;

    for (int y = 0; y < TILE; y++)
        sum += product(front + (size_t)y * (size_t)stride,
                       behind->p + (size_t)(y + dy) * (size_t)behind->w + (size_t)dx,
                       TILE);
    return sum;
}

static double power(const float *p, int stride)
{
    double sum = 0;

    for (int y = 0; y < TILE; y++)
        sum += product(p + (size_t)y * (size_t)stride, p + (size_t)y * (size_t)stride,
                       TILE);
    return sum;
}

static bool mostly_free(const struct plane *front, size_t at)
{
    double sum = 0;

    for (int y = 0; y < TILE; y++)
        for (int x = 0; x < TILE; x++)
            sum += front->weight[at + (size_t)y * (size_t)front->stride + (size_t)x];
    return sum >= BLANK_SHARE * TILE * TILE;
}

/* One tile: where does it lie best, at most @reach from where the map has it? */
static void tile_look(const struct plane *front, const struct plane *other,
                      const double m[6], int x0, int y0, int reach,
                      const struct patch *room, struct tile *t)
{
    struct patch behind = {TILE + 2 * reach, TILE + 2 * reach, room->p};
    size_t at = (size_t)y0 * (size_t)front->stride + (size_t)x0;
    const float *f = front->p + at;
    double best = 0, own = power(f, front->stride), back = 0;
    int bx = -1, by = -1;

    t->tells = false;
    if (!mostly_free(front, at))
        return;
    patch_take(other, m, front->per_mm, x0 - reach, y0 - reach, &behind);
    for (int dy = 0; dy <= 2 * reach; dy++)
        for (int dx = 0; dx <= 2 * reach; dx++) {
            double score = score_at(f, front->stride, &behind, dx, dy);

            if (score > best) {
                best = score;
                bx = dx;
                by = dy;
            }
        }
    if (bx < 0)
        bx = by = reach;
    back = power(behind.p + (size_t)by * (size_t)behind.w + (size_t)bx, behind.w);
    t->tells = back >= (double)INK_POWER * TILE * TILE && own > 0;
    t->score = t->tells ? best / sqrt(own * back) : 0;
    t->dx = bx - reach;
    t->dy = by - reach;
    if (bx > 0 && bx < 2 * reach)
        t->dx += between(score_at(f, front->stride, &behind, bx - 1, by), best,
                         score_at(f, front->stride, &behind, bx + 1, by));
    if (by > 0 && by < 2 * reach)
        t->dy += between(score_at(f, front->stride, &behind, bx, by - 1), best,
                         score_at(f, front->stride, &behind, bx, by + 1));
    t->dx /= front->per_mm;
    t->dy /= front->per_mm;
}

static void look_all(const struct plane *front, const struct plane *other,
                     const double m[6], int reach, struct tiles *t)
{
    float *room =
        mem_new((size_t)(TILE + 2 * REACH) * (TILE + 2 * REACH), sizeof *room);
    struct patch patch = {.p = room};

    for (int i = 0; i < t->count; i++) {
        int x0 = i % t->cols * TILE, y0 = i / t->cols * TILE;

        t->p[i].x = (x0 + TILE / 2) / front->per_mm;
        t->p[i].y = (y0 + TILE / 2) / front->per_mm;
        tile_look(front, other, m, x0, y0, reach, &patch, &t->p[i]);
    }
    mem_free(room);
}

/* ---- what they agree on -------------------------------------------------------- */

/* dx = d0 + d1 x + d2 y, dy = d3 + d4 x + d5 y; x and y from the middle of the page. */
struct fit {
    double cx, cy;
    double d[6];
};

static void fit_at(const struct fit *f, const struct tile *t, double *dx, double *dy)
{
    double x = t->x - f->cx, y = t->y - f->cy;

    *dx = f->d[0] + f->d[1] * x + f->d[2] * y;
    *dy = f->d[3] + f->d[4] * x + f->d[5] * y;
}

static double off(const struct fit *f, const struct tile *t)
{
    double dx = 0, dy = 0;

    fit_at(f, t, &dx, &dy);
    return hypot(t->dx - dx, t->dy - dy);
}

/* Cramer's rule; a matrix that has no solution leaves @out as it is. */
static void solve(const double a[9], const double b[3], double out[3])
{
    double det = a[0] * (a[4] * a[8] - a[5] * a[7]) -
                 a[1] * (a[3] * a[8] - a[5] * a[6]) +
                 a[2] * (a[3] * a[7] - a[4] * a[6]);

    if (fabs(det) < 1e-9)
        return;
    for (int k = 0; k < 3; k++) {
        double c[9];

        memcpy(c, a, sizeof c);
        for (int i = 0; i < 3; i++)
            c[i * 3 + k] = b[i];
        out[k] =
            (c[0] * (c[4] * c[8] - c[5] * c[7]) - c[1] * (c[3] * c[8] - c[5] * c[6]) +
             c[2] * (c[3] * c[7] - c[4] * c[6])) /
            det;
    }
}

/* One round of least squares; tiles further off than @scale_mm count little. */
static void fit_round(struct fit *f, const struct tiles *t, double scale_mm)
{
    double a[9] = {0}, bx[3] = {0}, by[3] = {0};

    for (int i = 0; i < t->count; i++) {
        const struct tile *one = &t->p[i];
        double u[3] = {1, one->x - f->cx, one->y - f->cy};
        double far = off(f, one) / scale_mm;
        double w = one->tells && one->score >= CLEAR ? one->score / (1 + far * far) : 0;

        for (int k = 0; k < 9; k++)
            a[k] += w * u[k / 3] * u[k % 3];
        for (int k = 0; k < 3; k++) {
            bx[k] += w * u[k] * one->dx;
            by[k] += w * u[k] * one->dy;
        }
    }
    /* Little to go by: no turn and no stretch rather than a wild one. */
    a[4] += 1;
    a[8] += 1;
    solve(a, bx, f->d);
    solve(a, by, f->d + 3);
}

static void fit_all(struct fit *f, const struct tiles *t)
{
    static const double SCALES_MM[] = {2, 1.5, 1, 0.7, 0.5, 0.35, 0.25, 0.2, 0.2, 0.2};

    for (size_t i = 0; i < ARRAY_LEN(SCALES_MM); i++)
        fit_round(f, t, SCALES_MM[i]);
}

static void count(const struct fit *f, struct tiles *t, struct behind *out)
{
    out->tiles = out->agreed = 0;
    for (int i = 0; i < t->count; i++) {
        struct tile *one = &t->p[i];

        one->agrees = one->tells && one->score >= CLEAR && off(f, one) <= AGREE_MM;
        out->tiles += one->tells;
        out->agreed += one->agrees;
    }
}

/* @m becomes: first moved as @f says, then what @m was. */
static void compose(double m[6], const struct fit *f)
{
    /* x + dx = e0 + e1 x + e2 y */
    double e0 = f->d[0] - f->d[1] * f->cx - f->d[2] * f->cy, e1 = 1 + f->d[1],
           e2 = f->d[2];
    double e3 = f->d[3] - f->d[4] * f->cx - f->d[5] * f->cy, e4 = f->d[4],
           e5 = 1 + f->d[5];

    for (int i = 0; i < 6; i += 3) {
        double a = m[i], b = m[i + 1], c = m[i + 2];

        m[i] = a + b * e0 + c * e3;
        m[i + 1] = b * e1 + c * e4;
        m[i + 2] = b * e2 + c * e5;
    }
}

/* What tile @i and those around it found, the surer the more: paper is pulled
 * smoothly, and one tile alone may have taken the next stroke for its own. */
static void local_of(const struct tiles *t, int i, float out[2])
{
    int col = i % t->cols, row = i / t->cols;
    double x = 0, y = 0, all = LOCAL_DOUBT;

    for (int k = 0; k < 9; k++) {
        int c = col + k % 3 - 1, r = row + k / 3 - 1;
        const struct tile *one = NULL;

        if (c < 0 || c >= t->cols || r < 0 || r >= t->rows)
            continue;
        one = &t->p[r * t->cols + c];
        if (!one->tells || one->score < CLEAR || hypot(one->dx, one->dy) > LOCAL_MM)
            continue;
        x += one->score * one->dx;
        y += one->score * one->dy;
        all += one->score;
    }
    out[0] = (float)(x / all);
    out[1] = (float)(y / all);
}

static void keep_local(const struct tiles *t, const struct plane *front,
                       struct behind *out)
{
    out->cols = t->cols;
    out->rows = t->rows;
    out->tile_mm = TILE / front->per_mm;
    out->local = mem_new((size_t)t->count * 2, sizeof *out->local);
    for (int i = 0; i < t->count; i++)
        local_of(t, i, out->local + (ptrdiff_t)i * 2);
}

static int tiles_make(const struct plane *front, struct tiles *t)
{
    t->cols = front->w / TILE;
    t->rows = front->h / TILE;
    t->count = t->cols * t->rows;
    t->p = mem_new((size_t)t->count + 1, sizeof *t->p);
    return t->count;
}

int behind_find(const struct dark *front, const unsigned char *ink,
                const struct dark *other, struct behind *out, struct err *e)
{
    AUTO_PLANE struct plane f = {0};
    AUTO_PLANE struct plane o = {0};
    AUTO(tiles_clear) struct tiles t = {0};
    struct fit fit = {0};

    *out = (struct behind){0};
    if (plane_of(front, ink, false, &f, e) < 0 ||
        plane_of(other, NULL, true, &o, e) < 0)
        return -1;
    if (tiles_make(&f, &t) < AGREE_LEAST || o.w < TILE || o.h < TILE)
        return 0;
    if (whole_page(&f, &o, out->m, e) < 0)
        return -1;
    fit.cx = f.w / f.per_mm / 2;
    fit.cy = f.h / f.per_mm / 2;
    look_all(&f, &o, out->m, REACH, &t);
    fit_all(&fit, &t);
    count(&fit, &t, out);
    if (out->agreed < AGREE_LEAST || out->agreed < AGREE_SHARE * out->tiles)
        return 0;
    compose(out->m, &fit);
    look_all(&f, &o, out->m, REACH_LATER, &t);
    keep_local(&t, &f, out);
    return 1;
}

void behind_clear(struct behind *b)
{
    mem_free(b->local);
    b->local = NULL;
}

/* ---- laying it behind ---------------------------------------------------------- */

/* The local shift at (x, y) mm, between the middles of four tiles. */
static void local_at(const struct behind *b, double x, double y, double *dx, double *dy)
{
    double u = fmin(fmax(x / b->tile_mm - 0.5, 0), b->cols - 1);
    double v = fmin(fmax(y / b->tile_mm - 0.5, 0), b->rows - 1);
    int i = (int)u, j = (int)v, i1 = i + 1 < b->cols ? i + 1 : i,
        j1 = j + 1 < b->rows ? j + 1 : j;
    double fu = u - i, fv = v - j, got[2] = {0};

    for (int k = 0; k < 2; k++) {
        const float *l = b->local + k;

        got[k] =
            (l[(j * b->cols + i) * 2] * (1 - fu) + l[(j * b->cols + i1) * 2] * fu) *
                (1 - fv) +
            (l[(j1 * b->cols + i) * 2] * (1 - fu) + l[(j1 * b->cols + i1) * 2] * fu) *
                fv;
    }
    *dx = got[0];
    *dy = got[1];
}

/* Where pixel (x, y) of the page lies on @other, as that one was scanned. */
static void pixel_at(const struct behind *b, const struct dark *front,
                     const struct dark *other, int x, int y, double *ox, double *oy)
{
    double px = (x + 0.5) / front->per_mm, py = (y + 0.5) / front->per_mm;
    double dx = 0, dy = 0;

    local_at(b, px, py, &dx, &dy);
    px += dx;
    py += dy;
    *ox = other->w - (b->m[0] + b->m[1] * px + b->m[2] * py) * other->per_mm - 0.5;
    *oy = (b->m[3] + b->m[4] * px + b->m[5] * py) * other->per_mm - 0.5;
}

/* @n pixels from (@sx, @sy), in 1/256 of a pixel, a step of (@ux, @uy) apart. */
static void span(const struct dark *other, int sx, int sy, int ux, int uy, int n,
                 unsigned char *to)
{
    for (int i = 0; i < n; i++, sx += ux, sy += uy) {
        int ix = sx >> 8, iy = sy >> 8, fx = sx & 255, fy = sy & 255;
        const unsigned char *q = NULL;

        if (ix < 0 || iy < 0 || ix >= other->w - 1 || iy >= other->h - 1)
            continue;
        q = other->p + (size_t)iy * (size_t)other->w + (size_t)ix;
        to[i] =
            (unsigned char)(((q[0] * (256 - fx) + q[1] * fx) * (256 - fy) +
                             (q[other->w] * (256 - fx) + q[other->w + 1] * fx) * fy) >>
                            16);
    }
}

unsigned char *behind_take(const struct behind *b, const struct dark *front,
                           const struct dark *other, struct err *e)
{
    unsigned char *out =
        mem_try((size_t)front->w, (size_t)front->h, DARK_PIXELS_MAX, e);

    for (int y = 0; out && y < front->h; y++) {
        double ax = 0, ay = 0, bx = 0, by = 0;

        pixel_at(b, front, other, 0, y, &ax, &ay);
        for (int x = 0; x < front->w; x += SPAN, ax = bx, ay = by) {
            int n = front->w - x < SPAN ? front->w - x : SPAN;

            pixel_at(b, front, other, x + SPAN, y, &bx, &by);
            span(other, (int)(ax * 256), (int)(ay * 256), (int)((bx - ax) * 256 / SPAN),
                 (int)((by - ay) * 256 / SPAN), n,
                 out + (size_t)y * (size_t)front->w + (size_t)x);
        }
    }
    return out;
}
