/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/stamps.h"

#include <math.h>
#include <string.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/result.h"
#include "ocr/tess.h"

#define MM_PER_INCH 25.4

/* Red regions, millimetres. */
#define RED_JOIN_X    2.2 /* parts nearer than this are one region */
#define RED_JOIN_Y    1.2
#define RED_LONG_MIN  5.0   /* smaller: a speck, a dot of a pen */
#define RED_LONG_MAX  160.0 /* larger: no ink of a stamp */
#define RED_SHORT_MAX 90.0
#define RED_SHORT_MIN 2.0
#define RED_PAPER     22 /* above the paper's own tint: red in a yellowed or dark one */
#define RED_PART      0.16 /* of its brightness: red in the shade */
#define SEAL_MIN      26.0
#define SEAL_MAX      50.0
#define SEAL_ROUND    0.80 /* shorter side to longer side of its box */
#define SEALS_MAX     16   /* of a page; more are places like others */
#define SEAL_CORNER   0.02 /* part of its pixels beyond the circle */

/* Lines of text in red. */
#define LINE_HIGH_MIN 2.0
#define LINE_HIGH_MAX 9.0
#define LINE_LONG     5.0 /* so many times as long as high */

/* Frames. */
#define FRAME_LONG_MIN   12.0
#define FRAME_LONG_MAX   75.0
#define FRAME_SHORT_MIN  5.0
#define FRAME_SHORT_MAX  26.0
#define FRAME_TURN_MAX   20   /* degrees */
#define FRAME_LEVEL      60   /* darker than the ground by this is ink, as in prep.c */
#define FRAME_LONG_FULL  0.75 /* parts of a side that must have ink */
#define FRAME_SHORT_FULL 0.65
#define FRAME_EDGE_MM    0.9 /* as thick as a side may be, with its bend */
#define SIDE_PIECES_MAX  128

/* Reading. */
#define MARGIN_MM   1.5
#define LETTER_DPI  220  /* pieces are read at about this */
#define SIDE_PART   0.72 /* a part of a piece that is so long is a frame */
#define LINES_MM    14.0 /* higher: maybe two lines */
#define SURE        80   /* read with so much confidence: that is what stands there */
#define BORDER_PX   12   /* white around a piece */
#define TALL_PART   1.3  /* so many times as high as wide: it lies on its side */
#define LARGE_SHORT 20.0 /* mm */
#define LARGE_DPI   150

/* A place that may be a stamp, in pixels of the small picture. */
struct place {
    int x, y, w, h;    /* its upright box */
    double angle_rad;  /* by which it leans, clockwise positive */
    double cx, cy;     /* its middle */
    double wide, high; /* its sides, level */
    bool framed, red;
    int64_t area; /* for the order in which they are read */
};

struct places {
    struct place *p; /* owned */
    size_t count, cap;
};

struct hunt {
    struct tess *t;
    const struct stamps_page *page;
    double dpi; /* of the small picture */
    int paper_red;
    struct Pix *sharp;            /* owned, when it was needed */
    struct Box *seals[SEALS_MAX]; /* owned */
    struct stamps *out;
};

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void pixa_auto(struct Pixa **p)
{
    pixaDestroy(p);
}

static void boxa_auto(struct Boxa **p)
{
    boxaDestroy(p);
}

static void box_auto(struct Box **p)
{
    boxDestroy(p);
}

static void places_auto(struct places *p)
{
    mem_free(p->p);
}

static void hunt_auto(struct hunt *h)
{
    pixDestroy(&h->sharp);
    for (int i = 0; i < h->out->seals; i++)
        boxDestroy(&h->seals[i]);
}

const char *stamps_name(enum secrecy_grade grade)
{
    static const char *const NAMES[] = {"none", "mat", "toi-mat", "tuyet-mat"};

    return NAMES[grade];
}

static double mm(const struct hunt *h, double px)
{
    return px * MM_PER_INCH / h->dpi;
}

static int px(const struct hunt *h, double length_mm)
{
    return (int)fmax(1, round(length_mm * h->dpi / MM_PER_INCH));
}

static void add_place(struct places *all, const struct place *p)
{
    mem_grow(&all->p, &all->cap, all->count + 1, sizeof *all->p);
    all->p[all->count++] = *p;
}

/* ---- colours ------------------------------------------------------------------- */

static int redness(l_uint32 pixel)
{
    int r = (int)(pixel >> L_RED_SHIFT & 0xFF),
        g = (int)(pixel >> L_GREEN_SHIFT & 0xFF),
        b = (int)(pixel >> L_BLUE_SHIFT & 0xFF);
    int rest = g > b ? g : b;

    return r > rest ? r - rest : 0;
}

static int red_of(l_uint32 pixel)
{
    return (int)(pixel >> L_RED_SHIFT & 0xFF);
}

static int luma(l_uint32 pixel)
{
    return (int)((77 * (pixel >> L_RED_SHIFT & 0xFF) +
                  150 * (pixel >> L_GREEN_SHIFT & 0xFF) +
                  29 * (pixel >> L_BLUE_SHIFT & 0xFF)) >>
                 8);
}

static const l_uint32 *row_of(struct Pix *p, int y)
{
    return pixGetData(p) + (size_t)y * (size_t)pixGetWpl(p);
}

/* The middle one of what @of gives for the pixels. */
static int middle(struct Pix *p, int (*of)(l_uint32))
{
    uint32_t hist[256] = {0}, all = 0, seen = 0;

    for (int y = 0; y < pixGetHeight(p); y += 3) {
        const l_uint32 *row = row_of(p, y);

        for (int x = 0; x < pixGetWidth(p); x += 3, all++)
            hist[of(row[x])]++;
    }
    for (int i = 0; i < 256; i++) {
        seen += hist[i];
        if (seen * 2 > all)
            return i;
    }
    return 255;
}

static bool is_red(l_uint32 pixel, int paper_red)
{
    int red = redness(pixel);

    return red >= STAMPS_RED && red >= paper_red + RED_PAPER &&
           red >= paper_red + red_of(pixel) * RED_PART;
}

/* Return: pixels found, or -1. */
static int64_t mask_of(const struct hunt *h, bool red, int ground, struct Pix **out,
                       struct err *e)
{
    struct Pix *in = h->page->small;
    struct Pix *m = pixCreate(pixGetWidth(in), pixGetHeight(in), 1);
    int64_t count = 0;

    if (!m)
        return err_set(e, ERR_MEMORY, "stamps");
    for (int y = 0; y < pixGetHeight(in); y++) {
        const l_uint32 *row = row_of(in, y);
        l_uint32 *to = pixGetData(m) + (size_t)y * (size_t)pixGetWpl(m);

        for (int x = 0; x < pixGetWidth(in); x++)
            if (red ? is_red(row[x], h->paper_red)
                    : luma(row[x]) < ground - FRAME_LEVEL) {
                SET_DATA_BIT(to, x);
                count++;
            }
    }
    *out = m;
    return count;
}

/* ---- how a part lies --------------------------------------------------------------
 */

/* Where pixels of a part lie when the axes are turned by an angle. */
struct reach {
    double u0, u1, v0, v1;
};

struct points {
    double *x, *y; /* owned */
    size_t count;
};

static void points_auto(struct points *p)
{
    mem_free(p->x);
    mem_free(p->y);
}

/* Ends of the runs in each row: nothing inside can lie further out. For the sides of a
 * frame all pixels are wanted: @all. */
static void points_of(struct Pix *m, bool all, struct points *out)
{
    int width = pixGetWidth(m), height = pixGetHeight(m);
    size_t most = all ? (size_t)width * (size_t)height : (size_t)height * 2;

    out->x = mem_new(most, sizeof *out->x);
    out->y = mem_new(most, sizeof *out->y);
    for (int y = 0; y < height; y++) {
        const l_uint32 *row = row_of(m, y);
        int first = -1, last = -1;

        for (int x = 0; x < width; x++) {
            if (!GET_DATA_BIT(row, x))
                continue;
            first = first < 0 ? x : first;
            last = x;
            if (all) {
                out->x[out->count] = x;
                out->y[out->count++] = y;
            }
        }
        if (!all && first >= 0) {
            out->x[out->count] = first;
            out->y[out->count++] = y;
            out->x[out->count] = last;
            out->y[out->count++] = y;
        }
    }
}

static struct reach reach_of(const struct points *p, double angle_rad)
{
    struct reach r = {INFINITY, -INFINITY, INFINITY, -INFINITY};
    double c = cos(angle_rad), s = sin(angle_rad);

    for (size_t i = 0; i < p->count; i++) {
        double u = p->x[i] * c + p->y[i] * s, v = p->y[i] * c - p->x[i] * s;

        r.u0 = fmin(r.u0, u);
        r.u1 = fmax(r.u1, u);
        r.v0 = fmin(r.v0, v);
        r.v1 = fmax(r.v1, v);
    }
    return r;
}

static double best_angle(const struct points *p, struct reach *out)
{
    double best = 0, least = INFINITY;

    for (int half = -2 * FRAME_TURN_MAX; half <= 2 * FRAME_TURN_MAX; half++) {
        double angle = half * M_PI / 360;
        struct reach r = reach_of(p, angle);
        double area = (r.u1 - r.u0 + 1) * (r.v1 - r.v0 + 1) * (1 + fabs(angle) / 50);

        if (area < least) {
            least = area;
            best = angle;
            *out = r;
        }
    }
    return best;
}

/* One side of a frame, cut into pieces of two pixels. */
struct side {
    bool inked[SIDE_PIECES_MAX];
    double from, to; /* along it */
};

static int pieces_of(const struct side *s)
{
    return (int)num_clamp((int64_t)((s->to - s->from + 1) / 2), 1, SIDE_PIECES_MAX);
}

static void note_side(struct side *s, double along, double off, double edge)
{
    int count = pieces_of(s);
    int i = (int)((along - s->from) / (s->to - s->from + 1) * count);

    if (fabs(off) <= edge)
        s->inked[num_clamp(i, 0, count - 1)] = true;
}

/* The part of it that has ink. */
static double part_inked(const struct side *s)
{
    int count = pieces_of(s), inked = 0;

    for (int i = 0; i < count; i++)
        inked += s->inked[i];
    return (double)inked / count;
}

/* Four straight sides? */
static bool has_sides(const struct hunt *h, struct Pix *m, double angle_rad,
                      const struct reach *r)
{
    AUTO(points_auto) struct points p = {0};
    struct side top = {.from = r->u0, .to = r->u1}, bottom = top;
    struct side left = {.from = r->v0, .to = r->v1}, right = left;
    double c = cos(angle_rad), s = sin(angle_rad);
    double edge = fmax(2, FRAME_EDGE_MM * h->dpi / MM_PER_INCH);

    points_of(m, true, &p);
    for (size_t i = 0; i < p.count; i++) {
        double u = p.x[i] * c + p.y[i] * s, v = p.y[i] * c - p.x[i] * s;

        note_side(&top, u, v - r->v0, edge);
        note_side(&bottom, u, v - r->v1, edge);
        note_side(&left, v, u - r->u0, edge);
        note_side(&right, v, u - r->u1, edge);
    }
    return fmin(part_inked(&top), part_inked(&bottom)) >= FRAME_LONG_FULL &&
           fmin(part_inked(&left), part_inked(&right)) >= FRAME_SHORT_FULL;
}

/* How the part @m, whose corner lies at @x, @y, leans, and whether it is a frame. */
static struct place lie(const struct hunt *h, struct Pix *m, int x, int y, bool red)
{
    AUTO(points_auto) struct points p = {0};
    struct place out = {
        .x = x, .y = y, .w = pixGetWidth(m), .h = pixGetHeight(m), .red = red};
    struct reach r = {0};
    double u = 0, v = 0, longer = 0, shorter = 0;

    out.area = (int64_t)out.w * out.h;
    points_of(m, false, &p);
    out.angle_rad = best_angle(&p, &r);
    out.wide = r.u1 - r.u0 + 1;
    out.high = r.v1 - r.v0 + 1;
    u = (r.u0 + r.u1) / 2;
    v = (r.v0 + r.v1) / 2;
    out.cx = x + u * cos(out.angle_rad) - v * sin(out.angle_rad) + 0.5;
    out.cy = y + u * sin(out.angle_rad) + v * cos(out.angle_rad) + 0.5;
    longer = mm(h, fmax(out.wide, out.high));
    shorter = mm(h, fmin(out.wide, out.high));
    out.framed = longer >= FRAME_LONG_MIN && longer <= FRAME_LONG_MAX &&
                 shorter >= FRAME_SHORT_MIN && shorter <= FRAME_SHORT_MAX &&
                 has_sides(h, m, out.angle_rad, &r);
    return out;
}

/* ---- red ----------------------------------------------------------------------- */

static bool is_seal(const struct hunt *h, struct Pix *m)
{
    int w = pixGetWidth(m), high = pixGetHeight(m);
    double longer = fmax(w, high), shorter = fmin(w, high), radius = longer / 2 * 1.04;
    int64_t all = 0, beyond = 0;

    if (shorter / longer < SEAL_ROUND || mm(h, longer) < SEAL_MIN ||
        mm(h, longer) > SEAL_MAX)
        return false;
    for (int y = 0; y < high; y++) {
        const l_uint32 *row = row_of(m, y);

        for (int x = 0; x < w; x++) {
            double dx = x + 0.5 - w / 2.0, dy = y + 0.5 - high / 2.0;

            if (!GET_DATA_BIT(row, x))
                continue;
            all++;
            beyond += dx * dx + dy * dy > radius * radius;
        }
    }
    return (double)beyond <= (double)all * SEAL_CORNER;
}

static void note_line(struct hunt *h, const struct place *p)
{
    double high = mm(h, p->high), wide = mm(h, p->wide);

    if (!p->framed && high >= LINE_HIGH_MIN && high <= LINE_HIGH_MAX &&
        wide >= high * LINE_LONG)
        h->out->red_mm += (int)wide;
}

static bool within_seal(const struct hunt *h, const struct Box *box)
{
    l_int32 inside = 0;

    for (int i = 0; i < h->out->seals; i++)
        if (boxContains(h->seals[i], (struct Box *)(uintptr_t)box, &inside) == 0 &&
            inside)
            return true;
    return false;
}

static bool red_size(const struct hunt *h, int w, int high)
{
    return mm(h, w > high ? w : high) >= RED_LONG_MIN &&
           mm(h, w < high ? w : high) >= RED_SHORT_MIN;
}

/* The table under a photographed sheet, or a red cover. */
static bool too_large(const struct hunt *h, int w, int high)
{
    return mm(h, w > high ? w : high) > RED_LONG_MAX ||
           mm(h, w < high ? w : high) > RED_SHORT_MAX;
}

/* Seals first: what lies within one is its text and its star. */
static void find_seals(struct hunt *h, struct Boxa *boxes, struct Pixa *parts)
{
    for (int i = 0; i < boxaGetCount(boxes) && h->out->seals < SEALS_MAX; i++) {
        AUTO(pix_auto) struct Pix *part = pixaGetPix(parts, i, L_CLONE);

        if (is_seal(h, part))
            h->seals[h->out->seals++] = boxaGetBox(boxes, i, L_COPY);
    }
}

static int find_red(struct hunt *h, struct places *all, struct err *e)
{
    AUTO(pix_auto) struct Pix *mask = NULL;
    AUTO(pix_auto) struct Pix *joined = NULL;
    AUTO(pixa_auto) struct Pixa *parts = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    int64_t count = mask_of(h, true, 0, &mask, e);

    if (count <= 0)
        return (int)count;
    joined = pixCloseSafeBrick(NULL, mask, px(h, RED_JOIN_X), px(h, RED_JOIN_Y));
    boxes = joined ? pixConnComp(joined, &parts, 8) : NULL;
    if (!boxes)
        return err_set(e, ERR_MEMORY, "stamps");
    find_seals(h, boxes, parts);
    for (int i = 0; i < boxaGetCount(boxes); i++) {
        AUTO(pix_auto) struct Pix *part = NULL;
        AUTO(box_auto) struct Box *box = boxaGetBox(boxes, i, L_CLONE);
        l_int32 x = 0, y = 0, w = 0, high = 0;
        struct place p;

        (void)boxGetGeometry(box, &x, &y, &w, &high);
        if (!red_size(h, w, high) || too_large(h, w, high) || within_seal(h, box))
            continue;
        part = pixaGetPix(parts, i, L_CLONE);
        p = lie(h, part, x, y, true);
        note_line(h, &p);
        add_place(all, &p);
    }
    return 0;
}

/* ---- dark frames ----------------------------------------------------------------- */

/* The box of a part may be that of a frame, turned or not. */
static bool frame_size(const struct hunt *h, int w, int high)
{
    double longer = mm(h, w > high ? w : high), shorter = mm(h, w < high ? w : high);
    double rise = sin(FRAME_TURN_MAX * M_PI / 180) * longer;

    return longer >= FRAME_LONG_MIN && longer <= FRAME_LONG_MAX + FRAME_SHORT_MAX &&
           shorter >= FRAME_SHORT_MIN && shorter <= FRAME_SHORT_MAX + rise;
}

/* Red is dark as well: the same frame was seen as a red one. */
static bool seen_red(const struct places *reds, const struct place *p)
{
    for (size_t i = 0; i < reds->count; i++) {
        const struct place *q = &reds->p[i];

        if (q->framed && fabs(p->cx - q->cx) < q->high / 2 &&
            fabs(p->cy - q->cy) < q->high / 2)
            return true;
    }
    return false;
}

/* The part of @mask that fills this box; what else reaches into it is left out. A page
 * has thousands of parts, and few of the size of a frame. owned */
static struct Pix *part_of(struct Pix *mask, int x, int y, int w, int high)
{
    AUTO(pix_auto) struct Pix *piece = NULL;
    AUTO(pixa_auto) struct Pixa *parts = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    struct Box *box = boxCreate(x, y, w, high);

    piece = box ? pixClipRectangle(mask, box, NULL) : NULL;
    boxDestroy(&box);
    boxes = piece ? pixConnComp(piece, &parts, 8) : NULL;
    for (int i = 0; boxes && i < boxaGetCount(boxes); i++) {
        l_int32 wide = 0, tall = 0;

        (void)boxaGetBoxGeometry(boxes, i, NULL, NULL, &wide, &tall);
        if (wide == w && tall == high)
            return pixaGetPix(parts, i, L_CLONE);
    }
    return NULL;
}

static int find_dark(struct hunt *h, const struct places *reds, struct places *all,
                     struct err *e)
{
    AUTO(pix_auto) struct Pix *mask = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    int ground = middle(h->page->small, luma);

    if (mask_of(h, false, ground, &mask, e) < 0)
        return -1;
    boxes = pixConnCompBB(mask, 8);
    if (!boxes)
        return err_set(e, ERR_MEMORY, "stamps");
    for (int i = 0; i < boxaGetCount(boxes); i++) {
        AUTO(pix_auto) struct Pix *part = NULL;
        l_int32 x = 0, y = 0, w = 0, high = 0;
        struct place p;

        (void)boxaGetBoxGeometry(boxes, i, &x, &y, &w, &high);
        if (!frame_size(h, w, high))
            continue;
        part = part_of(mask, x, y, w, high);
        if (!part)
            return err_set(e, ERR_MEMORY, "stamps");
        p = lie(h, part, x, y, false);
        if (p.framed && !seen_red(reds, &p))
            add_place(all, &p);
    }
    return 0;
}

/* ---- reading ----------------------------------------------------------------------
 */

/* The strongest red of a piece, all but the topmost hundredth of what is red. */
static int strongest(struct Pix *p, int paper_red)
{
    uint32_t hist[256] = {0}, all = 0, seen = 0;

    for (int y = 0; y < pixGetHeight(p); y++) {
        const l_uint32 *row = row_of(p, y);

        for (int x = 0; x < pixGetWidth(p); x++)
            if (is_red(row[x], paper_red)) {
                hist[redness(row[x])]++;
                all++;
            }
    }
    for (int i = 255; i > 0; i--) {
        seen += hist[i];
        if (seen * 20 > all)
            return i;
    }
    return 0;
}

/* Red as dark ink, all else as paper; or just its luminance. owned, 8 bits */
static struct Pix *ink_of(const struct hunt *h, struct Pix *piece, bool red)
{
    struct Pix *out = pixCreate(pixGetWidth(piece), pixGetHeight(piece), 8);
    int full = red ? strongest(piece, h->paper_red) - h->paper_red : 0;

    full = full < STAMPS_RED ? STAMPS_RED : full;
    for (int y = 0; out && y < pixGetHeight(piece); y++) {
        const l_uint32 *row = row_of(piece, y);
        l_uint32 *to = pixGetData(out) + (size_t)y * (size_t)pixGetWpl(out);

        for (int x = 0; x < pixGetWidth(piece); x++) {
            int over = redness(row[x]) - h->paper_red;
            int level =
                red ? 255 - (int)num_clamp(over, 0, full) * 255 / full : luma(row[x]);

            SET_DATA_BYTE(to, x, (l_uint8)level);
        }
    }
    return out;
}

/* Larger than any secrecy stamp: one may lie in it, over a seal or other red. */
static bool is_large(const struct hunt *h, const struct place *p)
{
    return mm(h, fmax(p->wide, p->high)) > FRAME_LONG_MAX ||
           mm(h, fmin(p->wide, p->high)) > LARGE_SHORT;
}

/* What @place shows, level, as dark ink on white. owned */
static int cut_out(struct hunt *h, const struct place *place, struct Pix **out,
                   double *dpi, struct err *e)
{
    AUTO(pix_auto) struct Pix *piece = NULL;
    AUTO(pix_auto) struct Pix *ink = NULL;
    AUTO(pix_auto) struct Pix *level = NULL;
    AUTO(pix_auto) struct Pix *clipped = NULL;
    double k = (double)pixGetWidth(h->sharp) / pixGetWidth(h->page->small);
    double sharp_dpi = h->dpi * k, pad = MARGIN_MM * sharp_dpi / MM_PER_INCH;
    double half = hypot(place->wide, place->high) * k / 2 + pad;
    double left = floor(place->cx * k - half), top = floor(place->cy * k - half);
    struct Box *around =
        boxCreate((int)fmax(left, 0), (int)fmax(top, 0),
                  (int)(2 * half + fmin(left, 0)), (int)(2 * half + fmin(top, 0)));
    struct Box *inner = NULL, *clip = NULL;
    double cx = place->cx * k - fmax(left, 0), cy = place->cy * k - fmax(top, 0);
    double wide = place->wide * k + 2 * pad, high = place->high * k + 2 * pad;
    struct Pix *turned = NULL;

    piece = pixClipRectangle(h->sharp, around, &clip);
    boxDestroy(&around);
    boxDestroy(&clip);
    ink = piece ? ink_of(h, piece, place->red) : NULL;
    if (!ink)
        return err_set(e, ERR_MEMORY, "stamps");
    turned = fabs(place->angle_rad) > 0.005
                 ? pixRotateAMGray(ink, (l_float32)-place->angle_rad, 255)
                 : pixClone(ink);
    level = turned;
    /* It was turned about the middle of the piece, which near the edge of the page is
     * not the middle of the place. */
    if (level && level != ink) {
        double mx = pixGetWidth(ink) / 2.0, my = pixGetHeight(ink) / 2.0;
        double dx = cx - mx, dy = cy - my, c = cos(-place->angle_rad),
               s = sin(-place->angle_rad);

        cx = mx + dx * c - dy * s;
        cy = my + dx * s + dy * c;
    }
    inner = boxCreate((int)fmax(cx - wide / 2, 0), (int)fmax(cy - high / 2, 0),
                      (int)wide, (int)high);
    clipped = level ? pixClipRectangle(level, inner, NULL) : NULL;
    boxDestroy(&inner);
    *dpi = is_large(h, place) ? LARGE_DPI : LETTER_DPI;
    *out = clipped ? pixScale(clipped, (l_float32)(*dpi / sharp_dpi),
                              (l_float32)(*dpi / sharp_dpi))
                   : NULL;
    return *out ? 0 : err_set(e, ERR_MEMORY, "stamps");
}

/* Parts as long or as high as the piece are its frame: they become paper. */
static void wipe_frame(struct Pix *grey)
{
    AUTO(pix_auto) struct Pix *binary = NULL;
    AUTO(pixa_auto) struct Pixa *parts = NULL;
    AUTO(boxa_auto) struct Boxa *boxes = NULL;
    l_int32 level = 0;

    if (pixSplitDistributionFgBg(grey, 0.1f, 1, &level, NULL, NULL, NULL) != 0)
        return;
    binary = pixThresholdToBinary(grey, level);
    boxes = binary ? pixConnComp(binary, &parts, 8) : NULL;
    for (int i = 0; boxes && i < boxaGetCount(boxes); i++) {
        AUTO(pix_auto) struct Pix *part = NULL;
        AUTO(pix_auto) struct Pix *fat = NULL;
        l_int32 x = 0, y = 0, w = 0, high = 0;

        (void)boxaGetBoxGeometry(boxes, i, &x, &y, &w, &high);
        if (w < pixGetWidth(grey) * SIDE_PART && high < pixGetHeight(grey) * SIDE_PART)
            continue;
        part = pixaGetPix(parts, i, L_COPY);
        fat = part ? pixAddBorder(part, 3, 0) : NULL;
        if (fat && pixDilateBrick(fat, fat, 5, 5))
            (void)pixSetMaskedGeneral(grey, fat, 255, x - 3, y - 3);
    }
}

/* Only what lies within the frame, by measure. owned */
static struct Pix *within(const struct Pix *grey, double dpi)
{
    int in = (int)((MARGIN_MM + 1.1) * dpi / MM_PER_INCH);
    struct Pix *p = (struct Pix *)(uintptr_t)grey;
    struct Box *box =
        boxCreate(in, in, pixGetWidth(p) - 2 * in, pixGetHeight(p) - 2 * in);
    struct Pix *out = box ? pixClipRectangle(p, box, NULL) : NULL;

    boxDestroy(&box);
    return out;
}

/* What a way of reading gave. */
struct reading {
    enum secrecy_grade grade;
    int confidence; /* 0 also when there were no words */
};

static int read_piece(struct hunt *h, struct Pix *piece, double dpi, enum tess_mode how,
                      struct reading *out, struct err *e)
{
    AUTO_RESULT struct result r = {0};
    AUTO(pix_auto) struct Pix *padded = pixAddBorder(piece, BORDER_PX, 255);
    struct tess_area whole = {.w = pixGetWidth(piece) + 2 * BORDER_PX,
                              .h = pixGetHeight(piece) + 2 * BORDER_PX,
                              .mode = how};

    if (!padded)
        return err_set(e, ERR_MEMORY, "stamps");
    if (tess_read(h->t, padded, (int)dpi, TESS_OTSU, &whole, 1, NULL, &r, e) < 0)
        return -1;
    *out = (struct reading){secrecy_framed(&r), r.confidence};
    return 0;
}

static void note_hit(struct hunt *h, const struct place *p, const struct reading *r)
{
    double k = (double)h->page->width_px / pixGetWidth(h->page->small);

    if (r->grade <= h->out->grade)
        return;
    h->out->grade = r->grade;
    h->out->confidence = r->confidence;
    h->out->x = (int32_t)(p->x * k);
    h->out->y = (int32_t)(p->y * k);
    h->out->w = (int32_t)(p->w * k);
    h->out->h = (int32_t)(p->h * k);
    h->out->red = p->red;
}

static bool settled(const struct reading *r)
{
    return r->grade != SECRECY_NONE || r->confidence >= SURE;
}

/* One way of laying the piece, read in the ways that fit its size, until a stamp or
 * something else was read surely. */
static int read_laid(struct hunt *h, const struct place *p, struct Pix *laid,
                     double dpi, struct reading *out, struct err *e)
{
    AUTO(pix_auto) struct Pix *clean = pixCopy(NULL, laid);
    AUTO(pix_auto) struct Pix *inner = NULL;
    double high = pixGetHeight(laid) * MM_PER_INCH / dpi;
    bool line = high <= LINES_MM;

    if (!clean)
        return err_set(e, ERR_MEMORY, "stamps");
    wipe_frame(clean);
    if (line && read_piece(h, clean, dpi, TESS_LINE, out, e) < 0)
        return -1;
    if (!settled(out) && p->framed) {
        inner = within(laid, dpi);
        if (inner &&
            read_piece(h, inner, dpi, line ? TESS_LINE : TESS_BLOCK, out, e) < 0)
            return -1;
    }
    if (!settled(out) && (!line || p->framed) &&
        read_piece(h, clean, dpi, is_large(h, p) ? TESS_SPARSE : TESS_BLOCK, out, e) <
            0)
        return -1;
    note_hit(h, p, out);
    return 0;
}

static int read_place(struct hunt *h, const struct place *p, struct err *e)
{
    /* Quarter turns, the likely ones first. */
    static const int WIDE[] = {0, 2}, TALL[] = {1, 3, 0};
    AUTO(pix_auto) struct Pix *piece = NULL;
    double dpi = 0;
    bool tall = p->high > p->wide * TALL_PART;
    const int *turns = tall && !is_large(h, p) ? TALL : WIDE;
    size_t count = is_large(h, p) ? 1 : tall ? ARRAY_LEN(TALL) : p->framed ? 2 : 1;
    struct reading r = {.grade = SECRECY_NONE};

    if (!h->sharp && h->page->sharper(h->page->ctx, &h->sharp, e) < 0)
        return -1;
    if (cut_out(h, p, &piece, &dpi, e) < 0)
        return -1;
    h->out->places++;
    for (size_t i = 0; i < count && !settled(&r); i++) {
        AUTO(pix_auto) struct Pix *laid = pixRotateOrth(piece, turns[i]);

        if (!laid)
            return err_set(e, ERR_MEMORY, "stamps");
        if (read_laid(h, p, laid, dpi, &r, e) < 0)
            return -1;
    }
    return 0;
}

/* Frames first, then the larger ones: what is left when there are too many is small. */
static int by_promise(const void *a, const void *b)
{
    const struct place *p = a, *q = b;

    if (p->framed != q->framed)
        return p->framed ? -1 : 1;
    return p->area < q->area ? 1 : p->area > q->area ? -1 : 0;
}

static int read_places(struct hunt *h, struct places *all, size_t max, struct err *e)
{
    if (all->count > 1)
        qsort(all->p, all->count, sizeof *all->p, by_promise);
    /* One is enough to hold the page. */
    for (size_t i = 0; i < all->count && i < max && !h->out->grade; i++)
        if (read_place(h, &all->p[i], e) < 0)
            return -1;
    return 0;
}

int stamps_find(struct tess *t, const struct stamps_page *p, struct stamps *out,
                struct err *e)
{
    struct stamps found = {.grade = SECRECY_NONE};
    AUTO(hunt_auto) struct hunt h = {.t = t, .page = p, .out = &found};
    AUTO(places_auto) struct places reds = {0};
    AUTO(places_auto) struct places darks = {0};

    if (!p->small || pixGetDepth(p->small) != 32)
        return err_set(e, ERR_OCR_FAILED, "stamps");
    h.dpi = (double)p->dpi * pixGetWidth(p->small) / p->width_px;
    h.paper_red = middle(p->small, redness);
    if (find_red(&h, &reds, e) < 0 || read_places(&h, &reds, STAMPS_REDS_MAX, e) < 0 ||
        find_dark(&h, &reds, &darks, e) < 0 ||
        read_places(&h, &darks, STAMPS_DARKS_MAX, e) < 0)
        return -1;
    *out = found;
    return 0;
}
