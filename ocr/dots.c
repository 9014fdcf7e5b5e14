/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/dots.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include <allheaders.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "ocr/prep.h"

#define INK_PERCENT 75   /* of the ground */
#define SIDE_LEAST  2    /* pixels: less is grain */
#define PITCH_LEAST 4    /* pixels */
#define LEVEL       2.0  /* pixels that a dot may stand above or below its neighbour */
#define PITCH_SLIP  2.0  /* pixels that a pitch may differ from the one before */
#define PHASE_SLIP  0.25 /* of a pitch, beyond a gap */
#define COLON_LEAN  1.5  /* pixels from one dot of a colon to the other, across */
#define COLON_LEAST 5    /* and from above */
#define COLON_MOST  16
#define EDGE        1 /* pixels of blurred edge that are painted over as well */

struct dot {
    struct dots_box box;
    double x, y; /* its middle */
    bool used;   /* in a row */
    bool colon;  /* one stands above the other: no row */
};

/* The specks of a page, from the left. */
struct specks {
    struct dot *p;
    size_t count;
};

/* A row while it grows: its two ends, and its pitch. */
struct row {
    size_t first, last;
    double pitch;
};

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

static void boxes_auto(struct Boxa **b)
{
    boxaDestroy(b);
}

void dots_clear(struct dots *d)
{
    mem_free(d->p);
    *d = (struct dots){0};
}

static int from_left(const void *a, const void *b)
{
    const struct dot *x = a, *y = b;

    return x->x != y->x ? (x->x < y->x ? -1 : 1) : (x->y > y->y) - (x->y < y->y);
}

/* A colon stands on the line as the dots behind it do. */
static void mark_colons(struct specks *s)
{
    for (size_t i = 0; i < s->count; i++)
        for (size_t k = i + 1; k < s->count; k++) {
            double apart = fabs(s->p[k].y - s->p[i].y);

            if (s->p[k].x - s->p[i].x > COLON_LEAN)
                break;
            if (apart >= COLON_LEAST && apart <= COLON_MOST)
                s->p[i].colon = s->p[k].colon = true;
        }
}

/* What is small enough for a dot; none when there is too much of it. */
static struct specks specks_of(struct Boxa *boxes)
{
    struct specks s = {.p = mem_new(DOTS_MAX, sizeof *s.p)};

    for (int i = 0; i < boxaGetCount(boxes); i++) {
        struct dots_box b = {0};

        if (boxaGetBoxGeometry(boxes, i, &b.x, &b.y, &b.w, &b.h) != 0 ||
            b.w < SIDE_LEAST || b.h < SIDE_LEAST || b.w > DOTS_SIDE || b.h > DOTS_SIDE)
            continue;
        if (s.count == DOTS_MAX) {
            s.count = 0;
            return s;
        }
        s.p[s.count++] =
            (struct dot){.box = b, .x = b.x + b.w / 2.0, .y = b.y + b.h / 2.0};
    }
    qsort(s.p, s.count, sizeof *s.p, from_left);
    mark_colons(&s);
    return s;
}

static bool is_free(const struct dot *d)
{
    return !d->used && !d->colon;
}

static bool same_size(const struct dot *a, const struct dot *b)
{
    return abs(a->box.w - b->box.w) <= 1 && abs(a->box.h - b->box.h) <= 1;
}

/* The nearest free dot right of @from at @pitch, 0: at any. SIZE_MAX: none. */
static size_t next_dot(const struct specks *s, size_t from, double pitch)
{
    for (size_t i = from + 1; i < s->count; i++) {
        double step = s->p[i].x - s->p[from].x;

        if (step > DOTS_PITCH)
            break;
        if (is_free(&s->p[i]) && step >= PITCH_LEAST &&
            fabs(s->p[i].y - s->p[from].y) <= LEVEL &&
            same_size(&s->p[i], &s->p[from]) &&
            (pitch == 0 || fabs(step - pitch) <= PITCH_SLIP))
            return i;
    }
    return SIZE_MAX;
}

/* The chain that begins at @first; @use: its dots are taken. Return: how many. */
static size_t follow(const struct specks *s, size_t first, bool use, struct row *out)
{
    size_t count = 1, at = first;

    *out = (struct row){.first = first, .last = first};
    while (at != SIZE_MAX) {
        size_t next = next_dot(s, at, out->pitch);

        s->p[at].used = use;
        if (next != SIZE_MAX) {
            out->last = next;
            out->pitch = (s->p[next].x - s->p[first].x) / (double)count++;
        }
        at = next;
    }
    return count;
}

/* The next dot of the row beyond a gap, right of @at (@way 1) or left of it (-1; left
 * of the first is SIZE_MAX, which ends the search). */
static size_t beyond(const struct specks *s, size_t at, double pitch, int way)
{
    for (size_t i = at + (size_t)way; i < s->count; i += (size_t)way) {
        double steps = fabs(s->p[i].x - s->p[at].x) / pitch;

        if (steps > DOTS_GAP)
            break;
        if (is_free(&s->p[i]) && steps > 0.5 &&
            fabs(steps - round(steps)) <= PHASE_SLIP &&
            fabs(s->p[i].y - s->p[at].y) <= LEVEL && same_size(&s->p[i], &s->p[at]))
            return i;
    }
    return SIZE_MAX;
}

static void go_on(struct specks *s, size_t from, double pitch, int way)
{
    for (size_t at = beyond(s, from, pitch, way); at != SIZE_MAX;
         at = beyond(s, at, pitch, way))
        s->p[at].used = true;
}

int dots_find(struct Pix *pix, int ground, struct dots *out, struct err *e)
{
    AUTO(pix_auto)
    struct Pix *ink = pixThresholdToBinary(pix, ground * INK_PERCENT / 100);
    AUTO(boxes_auto) struct Boxa *boxes = ink ? pixConnCompBB(ink, 8) : NULL;
    AUTO_DOTS struct dots d = {0};
    struct specks s = {0};

    if (!boxes)
        return err_set(e, ERR_MEMORY, "dots");
    s = specks_of(boxes);
    for (size_t i = 0; i < s.count; i++) {
        struct row row = {0};

        if (!is_free(&s.p[i]) || follow(&s, i, false, &row) < DOTS_LEAST)
            continue;
        (void)follow(&s, i, true, &row);
        go_on(&s, row.first, row.pitch, -1);
        go_on(&s, row.last, row.pitch, 1);
        d.rows++;
    }
    d.p = mem_new(s.count + 1, sizeof *d.p);
    for (size_t i = 0; i < s.count; i++)
        if (s.p[i].used)
            d.p[d.count++] = s.p[i].box;
    mem_free(s.p);
    *out = d;
    d = (struct dots){0};
    return 0;
}

int dots_erase(struct Pix *pix, const struct dots *d, int ground, struct Pix **out,
               struct err *e)
{
    AUTO(pix_auto) struct Pix *made = pixCopy(NULL, pix);

    if (!made)
        return err_set(e, ERR_MEMORY, "dots");
    for (size_t i = 0; i < d->count; i++) {
        const struct dots_box *b = &d->p[i];

        if (prep_blot(made, b->x - EDGE, b->y - EDGE, b->w + 2 * EDGE, b->h + 2 * EDGE,
                      ground, e) < 0)
            return -1;
    }
    *out = TAKE(made);
    return 0;
}
