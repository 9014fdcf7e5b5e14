/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/quad.h"

#include <assert.h>
#include <math.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/image.h"
#include "ocr/map.h"
#include "ocr/prep.h"

/* The frame of a picture. */
#define FRAME_STEP  7    /* every so many pixels are looked at */
#define FRAME_IN    0.01 /* from there ... */
#define FRAME_DEEP  0.03 /* ... so deep, of the side's length */
#define FRAME_LIGHT 0.86 /* of the middle's level: as light as paper */
#define FRAME_LEVEL 150  /* and no darker than this */

/* The small picture. */
#define SMALL_PX         400 /* its shorter side, at least */
#define SMALL_PIXELS_MAX 2000000
#define SMALL_IN         600 /* pixels of the shorter side that are needed at all */
#define CLOSE_PX         9   /* strokes of ink are narrower */

/* Edges and lines in it. */
#define EDGE_LEAST    10   /* levels across three pixels */
#define SLOPE_MAX     0.40 /* of a side against the picture's: 22 degrees */
#define SLOPES        81   /* steps from -SLOPE_MAX to SLOPE_MAX */
#define PLACE_PX      2    /* of one step of place */
#define LINES         6    /* candidates for a side */
#define LINE_LEAST    0.15 /* of the picture's length, votes */
#define APART_SLOPES  5
#define APART_PX      6
#define SIDE_REACH    3    /* pixels to both sides of the line */
#define SIDE_CONTRAST 0.07 /* of the level inside */
#define SIDE_LEVELS   7
#define SIDE_SEEN     0.4  /* of a side must be in the picture */
#define END_FROM      0.03 /* beyond the corner, of the side's length */
#define END_TO        0.13
#define ENDS_MAX      1    /* sides that may go on beyond a corner */
#define OUTSIDE       0.12 /* of the picture, by which a corner may be cut off */
#define CORNER_COS    0.42 /* 65 to 115 degrees */

/* Fitting a side anew. */
#define FIT_POINTS 64
#define FIT_SLIP   0.002 /* of the picture's shorter side: still on the line */
#define FIT_LEAST  0.4   /* of the points */
#define INSET      0.0012

#define A4_SHORT_IN 8.27
#define A4_ASPECT   1.41421356
#define FINE_RATIO  1.4 /* pixels of the photo to one made: four places each */
#define WHITE       255 /* what is not in the photo */
#define RUN         16  /* pixels between which places are taken as evenly spaced */

enum side { LEFT, RIGHT, TOP, BOTTOM, SIDES };

/* Upright sides: x = place + slope * (y - middle); the others with x and y exchanged.
 */
struct line {
    double place, slope;
};

struct view {
    const uint8_t *p; /* closed */
    int w, h;
};

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

/* ---- a light frame -----------------------------------------------------------------
 */

static int level_of(struct Pix *pix, double x0, double y0, double x1, double y1,
                    double rank)
{
    int w = pixGetWidth(pix), h = pixGetHeight(pix);
    uint32_t hist[256] = {0}, all = 0;

    for (int y = (int)(y0 * h); y < (int)(y1 * h); y += FRAME_STEP) {
        l_uint32 *row = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);

        for (int x = (int)(x0 * w); x < (int)(x1 * w); x += FRAME_STEP) {
            hist[GET_DATA_BYTE(row, x)]++;
            all++;
        }
    }
    return prep_level(hist, (uint32_t)(all * rank));
}

static bool light_frame(struct Pix *pix)
{
    static const double STRIPS[][4] = {
        {FRAME_IN, 0, FRAME_IN + FRAME_DEEP, 1},
        {1 - FRAME_IN - FRAME_DEEP, 0, 1 - FRAME_IN, 1},
        {0, FRAME_IN, 1, FRAME_IN + FRAME_DEEP},
        {0, 1 - FRAME_IN - FRAME_DEEP, 1, 1 - FRAME_IN},
    };
    int middle = level_of(pix, 0.2, 0.2, 0.8, 0.8, 0.75);

    for (size_t i = 0; i < ARRAY_LEN(STRIPS); i++) {
        int level =
            level_of(pix, STRIPS[i][0], STRIPS[i][1], STRIPS[i][2], STRIPS[i][3], 0.35);

        if (level < FRAME_LEVEL || level < middle * FRAME_LIGHT)
            return false;
    }
    return true;
}

/* ---- the small picture --------------------------------------------------------------
 */

/* Means of squares of @factor pixels, ink closed over. owned, or NULL. */
static struct Pix *small_of(struct Pix *pix, int factor)
{
    int w = pixGetWidth(pix) / factor, h = pixGetHeight(pix) / factor;
    AUTO(pix_auto) struct Pix *small = pixCreate(w, h, 8);
    uint32_t *sum = mem_new((size_t)w, sizeof *sum);
    uint32_t all = (uint32_t)(factor * factor);

    for (int y = 0; small && y < h; y++) {
        l_uint32 *to = pixGetData(small) + (size_t)y * (size_t)pixGetWpl(small);

        for (int x = 0; x < w; x++)
            sum[x] = 0;
        for (int k = 0; k < factor; k++) {
            l_uint32 *row =
                pixGetData(pix) + (size_t)(y * factor + k) * (size_t)pixGetWpl(pix);

            for (int x = 0, at = 0; x < w; x++)
                for (int i = 0; i < factor; i++)
                    sum[x] += GET_DATA_BYTE(row, at++);
        }
        for (int x = 0; x < w; x++)
            SET_DATA_BYTE(to, x, (uint8_t)(sum[x] / all));
    }
    mem_free(sum);
    return small ? pixCloseGray(small, CLOSE_PX, CLOSE_PX) : NULL;
}

/* Its bytes in rows without gaps. owned, mem_free() */
static uint8_t *bytes_of(struct Pix *pix)
{
    int w = pixGetWidth(pix), h = pixGetHeight(pix);
    uint8_t *p = mem_new((size_t)w, (size_t)h);

    for (int y = 0; y < h; y++) {
        l_uint32 *row = pixGetData(pix) + (size_t)y * (size_t)pixGetWpl(pix);

        for (int x = 0; x < w; x++)
            p[(size_t)y * (size_t)w + (size_t)x] = (uint8_t)GET_DATA_BYTE(row, x);
    }
    return p;
}

static int at(const struct view *v, int x, int y)
{
    return v->p[(size_t)y * (size_t)v->w + (size_t)x];
}

/* ---- lines ----------------------------------------------------------------------- */

/* Votes of one side: rows of slopes, columns of places. */
struct votes {
    uint32_t *p; /* owned */
    int places;
    double first; /* the place of column 0 */
    double middle, length;
};

static double slope_at(int step)
{
    return SLOPE_MAX * (2.0 * step / (SLOPES - 1) - 1);
}

static void votes_begin(struct votes *v, const struct view *view, enum side side)
{
    bool upright = side == LEFT || side == RIGHT;
    double across = upright ? view->w : view->h;

    v->length = upright ? view->h : view->w;
    v->middle = v->length / 2;
    v->first = -SLOPE_MAX * v->middle;
    v->places = (int)((across - 2 * v->first) / PLACE_PX) + 2;
    v->p = mem_new((size_t)v->places * SLOPES, sizeof *v->p);
}

/* One pixel for all lines through it. Which way its own edge runs says little: closing
 * leaves stairs. */
static void vote(struct votes *v, int across, int along)
{
    for (int s = 0; s < SLOPES; s++) {
        double place = across - slope_at(s) * (along - v->middle);
        int column = (int)((place - v->first) / PLACE_PX);

        if (column >= 0 && column < v->places)
            v->p[(size_t)s * (size_t)v->places + (size_t)column]++;
    }
}

/* Each pixel that is darker to one side votes for the lines through it. */
static void vote_all(const struct view *view, struct votes v[SIDES])
{
    for (int y = 2; y < view->h - 2; y++) {
        for (int x = 2; x < view->w - 2; x++) {
            int gx = at(view, x + 2, y) - at(view, x - 2, y);
            int gy = at(view, x, y + 2) - at(view, x, y - 2);

            if (abs(gx) < EDGE_LEAST && abs(gy) < EDGE_LEAST)
                continue;
            if (abs(gx) >= abs(gy))
                vote(&v[gx > 0 ? LEFT : RIGHT], x, y);
            else
                vote(&v[gy > 0 ? TOP : BOTTOM], y, x);
        }
    }
}

/* The best of what is left; what is near it is taken out. Return: is there one? */
static bool take_best(struct votes *v, struct line *out)
{
    size_t best = 0, all = (size_t)v->places * SLOPES;
    int step = 0, column = 0;

    for (size_t i = 1; i < all; i++)
        if (v->p[i] > v->p[best])
            best = i;
    if (v->p[best] < v->length * LINE_LEAST)
        return false;
    step = (int)(best / (size_t)v->places);
    column = (int)(best % (size_t)v->places);
    *out = (struct line){v->first + (column + 0.5) * PLACE_PX, slope_at(step)};
    for (int s = step - APART_SLOPES; s <= step + APART_SLOPES; s++)
        for (int c = column - APART_PX / PLACE_PX; c <= column + APART_PX / PLACE_PX;
             c++)
            if (s >= 0 && s < SLOPES && c >= 0 && c < v->places)
                v->p[(size_t)s * (size_t)v->places + (size_t)c] = 0;
    return true;
}

/* ---- quadrilaterals ---------------------------------------------------------------
 */

/* Where an upright and a level line meet. */
static void meet(const struct view *v, const struct line *up, const struct line *level,
                 double *x, double *y)
{
    double a = up->place - up->slope * v->h / 2;
    double b = level->place - level->slope * v->w / 2;

    *x = (a + up->slope * b) / (1 - up->slope * level->slope);
    *y = b + level->slope * *x;
}

static void corners_of(const struct view *v, const struct line side[SIDES],
                       double quad[8])
{
    meet(v, &side[LEFT], &side[TOP], &quad[0], &quad[1]);
    meet(v, &side[RIGHT], &side[TOP], &quad[2], &quad[3]);
    meet(v, &side[RIGHT], &side[BOTTOM], &quad[4], &quad[5]);
    meet(v, &side[LEFT], &side[BOTTOM], &quad[6], &quad[7]);
}

static double side_px(const double quad[8], int i)
{
    int k = (i + 1) % 4;

    return hypot(quad[k * 2] - quad[i * 2], quad[k * 2 + 1] - quad[i * 2 + 1]);
}

static double area_of(const double quad[8])
{
    double twice = 0;

    for (int i = 0; i < 4; i++) {
        int k = (i + 1) % 4;

        twice += quad[i * 2] * quad[k * 2 + 1] - quad[k * 2] * quad[i * 2 + 1];
    }
    return twice / 2;
}

static double aspect_of(const double quad[8])
{
    double a = side_px(quad, 0) + side_px(quad, 2);
    double b = side_px(quad, 1) + side_px(quad, 3);

    return fmax(a, b) / fmin(a, b);
}

/* Large, inside, with four corners that are nearly right angles. */
static bool shaped(const struct view *v, const double quad[8])
{
    double slip = OUTSIDE * fmax(v->w, v->h);

    if (area_of(quad) < QUAD_AREA_MIN * v->w * v->h)
        return false;
    for (int i = 0; i < 4; i++) {
        const double *a = &quad[(i + 3) % 4 * 2], *b = &quad[i * 2],
                     *c = &quad[(i + 1) % 4 * 2];
        double ux = a[0] - b[0], uy = a[1] - b[1], vx = c[0] - b[0], vy = c[1] - b[1];

        if (b[0] < -slip || b[1] < -slip || b[0] > v->w + slip || b[1] > v->h + slip)
            return false;
        if (fabs(ux * vx + uy * vy) > CORNER_COS * hypot(ux, uy) * hypot(vx, vy))
            return false;
    }
    return aspect_of(quad) <= QUAD_ASPECT_MAX;
}

static bool inside(const struct view *v, double x, double y)
{
    return x >= 0 && y >= 0 && x < v->w && y < v->h;
}

/* Is it, near (@x, @y), lighter towards (@nx, @ny) than away from it? */
static bool edge_at(const struct view *v, double x, double y, double nx, double ny)
{
    for (int d = -SIDE_REACH; d <= SIDE_REACH; d++) {
        double ix = x + nx * (d + 2), iy = y + ny * (d + 2);
        double ox = x + nx * (d - 2), oy = y + ny * (d - 2);
        int in = 0, drop = 0;

        if (!inside(v, ix, iy) || !inside(v, ox, oy))
            continue;
        in = at(v, (int)ix, (int)iy);
        drop = in - at(v, (int)ox, (int)oy);
        if (drop >= SIDE_LEVELS && drop >= in * SIDE_CONTRAST)
            return true;
    }
    return false;
}

/* Share of side @i, from @from to @to of its length, that is an edge. Of a side that
 * leaves the picture counts what is in it. */
static double edge_share(const struct view *v, const double quad[8], int i, double from,
                         double to)
{
    int k = (i + 1) % 4, yes = 0, seen = 0, all = 0;
    double dx = quad[k * 2] - quad[i * 2], dy = quad[k * 2 + 1] - quad[i * 2 + 1];
    double length = hypot(dx, dy), step = 2 / length;
    double nx = -dy / length, ny = dx / length, far = SIDE_REACH + 2;

    for (double u = from; u <= to; u += step, all++) {
        double x = quad[i * 2] + dx * u, y = quad[i * 2 + 1] + dy * u;

        /* Both sides of it. */
        if (!inside(v, x - nx * far, y - ny * far) ||
            !inside(v, x + nx * far, y + ny * far))
            continue;
        seen++;
        yes += edge_at(v, x, y, nx, ny);
    }
    return seen > 0 && seen >= all * SIDE_SEEN ? (double)yes / seen : 0;
}

/* How many sides go on beyond their corners? */
static int ends_open(const struct view *v, const double quad[8])
{
    int open = 0;

    for (int i = 0; i < 4; i++)
        open += (edge_share(v, quad, i, -END_TO, -END_FROM) > 0.6) +
                (edge_share(v, quad, i, 1 + END_FROM, 1 + END_TO) > 0.6);
    return open;
}

/* The weakest side; 0: it is no sheet. */
static double proof(const struct view *v, const double quad[8])
{
    double least = 1;

    for (int i = 0; i < 4; i++) {
        least = fmin(least, edge_share(v, quad, i, 0.03, 0.97));
        if (least < QUAD_EDGE_MIN)
            return 0;
    }
    return ends_open(v, quad) <= ENDS_MAX ? least : 0;
}

struct lines {
    struct line p[SIDES][LINES];
    int count[SIDES];
};

static void find_lines(const struct view *view, struct lines *out)
{
    struct votes v[SIDES] = {{0}};

    for (int side = 0; side < SIDES; side++)
        votes_begin(&v[side], view, (enum side)side);
    vote_all(view, v);
    for (int side = 0; side < SIDES; side++) {
        out->count[side] = 0;
        while (out->count[side] < LINES &&
               take_best(&v[side], &out->p[side][out->count[side]]))
            out->count[side]++;
        mem_free(v[side].p);
    }
}

/* The largest that is proved. Return: its weakest side, 0: none. */
static double best_quad(const struct view *v, const struct lines *l, double best[8])
{
    double area = 0, sure = 0;

    for (int n = 0; n < LINES * LINES * LINES * LINES; n++) {
        int pick[SIDES] = {n % LINES, n / LINES % LINES, n / (LINES * LINES) % LINES,
                           n / (LINES * LINES * LINES)};
        struct line side[SIDES];
        double quad[8], now = 0;
        bool all = true;

        for (int s = 0; s < SIDES; s++) {
            all = all && pick[s] < l->count[s];
            if (all)
                side[s] = l->p[s][pick[s]];
        }
        if (!all)
            continue;
        corners_of(v, side, quad);
        if (!shaped(v, quad) || area_of(quad) <= area)
            continue;
        now = proof(v, quad);
        if (now <= 0)
            continue;
        sure = now;
        area = area_of(quad);
        for (int i = 0; i < 8; i++)
            best[i] = quad[i];
    }
    return sure;
}

/* ---- sides fitted anew -------------------------------------------------------------
 */

static double grey_at(struct Pix *pix, double x, double y)
{
    int w = pixGetWidth(pix), h = pixGetHeight(pix);
    int ix = (int)fmin(fmax(x, 0), w - 1), iy = (int)fmin(fmax(y, 0), h - 1);
    l_uint32 *row = pixGetData(pix) + (size_t)iy * (size_t)pixGetWpl(pix);

    return GET_DATA_BYTE(row, ix);
}

/* How far inwards from (@x, @y) it becomes lighter most, within @reach. */
static double step_at(struct Pix *pix, double x, double y, double nx, double ny,
                      int reach, int window)
{
    double best = -1, at = 0;

    for (int d = -reach; d <= reach; d++) {
        double drop = 0;

        for (int k = 1; k <= window; k++)
            drop += grey_at(pix, x + nx * (d + k), y + ny * (d + k)) -
                    grey_at(pix, x + nx * (d - k), y + ny * (d - k));
        if (drop > best) {
            best = drop;
            at = d;
        }
    }
    return at;
}

/* The line d = a + b u that most points are near; then least squares of those. */
static bool fit(const double u[FIT_POINTS], const double d[FIT_POINTS], double slip,
                double *a, double *b)
{
    double n = 0, su = 0, sd = 0, suu = 0, sud = 0, det = 0;
    int most = 0;

    for (int i = 0; i < FIT_POINTS; i++) {
        for (int k = i + FIT_POINTS / 4; k < FIT_POINTS; k++) {
            double slope = (d[k] - d[i]) / (u[k] - u[i]), start = d[i] - slope * u[i];
            int near = 0;

            for (int m = 0; m < FIT_POINTS; m++)
                near += fabs(d[m] - start - slope * u[m]) <= slip;
            if (near > most) {
                most = near;
                *a = start;
                *b = slope;
            }
        }
    }
    if (most < FIT_POINTS * FIT_LEAST)
        return false;
    for (int m = 0; m < FIT_POINTS; m++) {
        if (fabs(d[m] - *a - *b * u[m]) > slip)
            continue;
        n++;
        su += u[m];
        sd += d[m];
        suu += u[m] * u[m];
        sud += u[m] * d[m];
    }
    det = n * suu - su * su;
    if (fabs(det) > 1e-9) {
        *b = (n * sud - su * sd) / det;
        *a = (sd - *b * su) / n;
    }
    return true;
}

/* Two points of side @i, moved onto the edge and a little inwards. */
static void fit_side(struct Pix *pix, const double quad[8], int i, int factor,
                     double out[4])
{
    int k = (i + 1) % 4;
    double dx = quad[k * 2] - quad[i * 2], dy = quad[k * 2 + 1] - quad[i * 2 + 1];
    double length = hypot(dx, dy), nx = -dy / length, ny = dx / length;
    double u[FIT_POINTS], d[FIT_POINTS], a = 0, b = 0;
    double shorter = fmin(pixGetWidth(pix), pixGetHeight(pix));

    for (int m = 0; m < FIT_POINTS; m++) {
        u[m] = 0.03 + 0.94 * m / (FIT_POINTS - 1);
        d[m] = step_at(pix, quad[i * 2] + dx * u[m], quad[i * 2 + 1] + dy * u[m], nx,
                       ny, (SIDE_REACH + 1) * factor, factor > 3 ? factor : 3);
    }
    if (!fit(u, d, fmax(shorter * FIT_SLIP, 1.5), &a, &b))
        a = b = 0; /* not straight: the middle of it, as it was found */
    a += shorter * INSET;
    out[0] = quad[i * 2] + nx * a;
    out[1] = quad[i * 2 + 1] + ny * a;
    out[2] = quad[k * 2] + nx * (a + b);
    out[3] = quad[k * 2 + 1] + ny * (a + b);
}

/* Where the lines through two points each meet. */
static bool cross(const double p[4], const double q[4], double *x, double *y)
{
    double px = p[2] - p[0], py = p[3] - p[1], qx = q[2] - q[0], qy = q[3] - q[1];
    double all = px * qy - py * qx, t = 0;

    if (fabs(all) < 1e-9)
        return false;
    t = ((q[0] - p[0]) * qy - (q[1] - p[1]) * qx) / all;
    *x = p[0] + px * t;
    *y = p[1] + py * t;
    return true;
}

static void fit_all(struct Pix *pix, double quad[8], int factor)
{
    double side[4][4], made[8];

    for (int i = 0; i < 4; i++)
        fit_side(pix, quad, i, factor, side[i]);
    for (int i = 0; i < 4; i++)
        if (!cross(side[(i + 3) % 4], side[i], &made[i * 2], &made[i * 2 + 1]))
            return;
    for (int i = 0; i < 8; i++)
        quad[i] = made[i];
}

/* ---- all of it ---------------------------------------------------------------------
 */

static void measure(struct quad_found *q)
{
    double level = (side_px(q->at, 0) + side_px(q->at, 2)) / 2;
    double upright = (side_px(q->at, 1) + side_px(q->at, 3)) / 2;

    q->short_px = fmin(level, upright);
    q->long_px = fmax(level, upright);
    q->a_sheet = q->long_px >= q->short_px * QUAD_A4_MIN &&
                 q->long_px <= q->short_px * QUAD_A4_MAX;
}

/* So small that its shorter side is about SMALL_PX, and a long strip no larger than a
 * few sheets: time goes with the pixels. */
static int factor_of(struct Pix *pix, int shorter)
{
    int64_t pixels = (int64_t)pixGetWidth(pix) * pixGetHeight(pix);
    int factor = shorter / SMALL_PX > 0 ? shorter / SMALL_PX : 1;

    while (pixels / factor / factor > SMALL_PIXELS_MAX)
        factor++;
    return factor;
}

int quad_find(struct Pix *pix, struct quad_found *out, struct err *e)
{
    int shorter =
        pixGetWidth(pix) < pixGetHeight(pix) ? pixGetWidth(pix) : pixGetHeight(pix);
    int factor = factor_of(pix, shorter);
    AUTO(pix_auto) struct Pix *small = NULL;
    AUTO_MEM uint8_t *bytes = NULL;
    struct view view = {0};
    struct lines lines = {0};
    struct quad_found q = {.reason = "no-sheet"};

    *out = (struct quad_found){.reason = "light-frame"};
    if (light_frame(pix))
        return 0;
    out->reason = "small";
    if (shorter < SMALL_IN)
        return 0;
    small = small_of(pix, factor);
    if (!small)
        return err_set(e, ERR_MEMORY, "quad");
    bytes = bytes_of(small);
    view = (struct view){bytes, pixGetWidth(small), pixGetHeight(small)};
    find_lines(&view, &lines);
    out->reason = "no-edges";
    for (int side = 0; side < SIDES; side++)
        if (lines.count[side] == 0)
            return 0;
    q.sure = (int)lround(best_quad(&view, &lines, q.at) * 100);
    if (q.sure > 0) {
        for (int i = 0; i < 8; i++)
            q.at[i] *= factor;
        fit_all(pix, q.at, factor);
        measure(&q);
        q.found = true;
        q.reason = "found";
    }
    *out = q;
    return 0;
}

double quad_dpi(const struct quad_found *q)
{
    return q->short_px / A4_SHORT_IN;
}

/* ---- cutting -----------------------------------------------------------------------
 */

/* A picture's bytes and the last place that has neighbours. */
struct bytes {
    const l_uint32 *data;
    int wpl;
    int32_t x_max, y_max; /* 1/65536 of a pixel */
};

/* Places are in 1/65536 of a pixel: whole ones are the middles of pixels. */
static int32_t place(double pixels)
{
    return (int32_t)lround(fmin(fmax(pixels, -2), IMAGE_SIDE_MAX) * 65536);
}

static int32_t within(int32_t at, int32_t max)
{
    return at < 0 ? 0 : at > max ? max : at;
}

/* Part of the sheet that is not in the photo: more than half a pixel beyond. */
static bool beyond(int32_t at, int32_t max)
{
    return at < -32768 || at > max + 32768;
}

static uint32_t between(const struct bytes *b, int32_t x, int32_t y)
{
    uint32_t fx = (x >> 8) & 255, fy = (y >> 8) & 255;
    const l_uint32 *row = b->data + (size_t)(y >> 16) * (size_t)b->wpl;
    const l_uint32 *next = row + b->wpl;
    int ix = x >> 16;

    return ((GET_DATA_BYTE(row, ix) * (256 - fx) + GET_DATA_BYTE(row, ix + 1) * fx) *
                (256 - fy) +
            (GET_DATA_BYTE(next, ix) * (256 - fx) + GET_DATA_BYTE(next, ix + 1) * fx) *
                fy) >>
           16;
}

/* Adds to @sum[0..w) what lies along a row of the picture to be made, @sub places to
 * a pixel; only every RUN places are mapped exactly. */
static void add_row(const struct bytes *b, const struct map *map, double y, int sub,
                    int w, uint32_t *sum)
{
    for (int from = 0; from < w * sub; from += RUN) {
        int count = from + RUN < w * sub ? RUN : w * sub - from;
        double x0 = 0, y0 = 0, x1 = 0, y1 = 0;
        int32_t px = 0, py = 0, dx = 0, dy = 0;

        map_point(map, (from + 0.5) / sub, y, &x0, &y0);
        map_point(map, (from + RUN + 0.5) / sub, y, &x1, &y1);
        px = place(x0 - 0.5);
        py = place(y0 - 0.5);
        dx = (place(x1 - 0.5) - px) / RUN;
        dy = (place(y1 - 0.5) - py) / RUN;
        for (int i = 0; i < count; i++, px += dx, py += dy)
            sum[(from + i) / sub] +=
                beyond(px, b->x_max) || beyond(py, b->y_max)
                    ? WHITE
                    : between(b, within(px, b->x_max), within(py, b->y_max));
    }
}

static void fill(struct Pix *pix, const struct map *map, int sub, struct Pix *made)
{
    int w = pixGetWidth(made), h = pixGetHeight(made);
    uint32_t *sum = mem_new((size_t)w, sizeof *sum);
    uint32_t all = (uint32_t)(sub * sub);
    struct bytes b = {pixGetData(pix), pixGetWpl(pix), place(pixGetWidth(pix) - 1) - 1,
                      place(pixGetHeight(pix) - 1) - 1};

    for (int y = 0; y < h; y++) {
        l_uint32 *to = pixGetData(made) + (size_t)y * (size_t)pixGetWpl(made);

        for (int x = 0; x < w; x++)
            sum[x] = 0;
        for (int k = 0; k < sub; k++)
            add_row(&b, map, y + (k + 0.5) / sub, sub, w, sum);
        for (int x = 0; x < w; x++)
            SET_DATA_BYTE(to, x, (uint8_t)((sum[x] + all / 2) / all));
    }
    mem_free(sum);
}

int quad_cut(struct Pix *pix, const struct quad_found *q, int dpi, struct Pix **out,
             struct map *map, struct err *e)
{
    double aspect = q->a_sheet ? A4_ASPECT : q->long_px / q->short_px;
    double shorter = A4_SHORT_IN * dpi, longer = shorter * aspect;
    bool wide =
        side_px(q->at, 0) + side_px(q->at, 2) > side_px(q->at, 1) + side_px(q->at, 3);
    int w = (int)lround(wide ? longer : shorter);
    int h = (int)lround(wide ? shorter : longer);
    struct Pix *made = NULL;

    assert(q->found);
    if (!map_quad(map, q->at, w, h))
        return err_set(e, ERR_LIMIT, "quad");
    made = pixCreate(w, h, 8);
    if (!made)
        return err_set(e, ERR_MEMORY, "quad");
    fill(pix, map, q->short_px > shorter * FINE_RATIO ? 2 : 1, made);
    *out = made;
    return 0;
}
