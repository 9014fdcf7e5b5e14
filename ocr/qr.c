/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/qr.h"

#include <dlfcn.h>
#include <math.h>
#include <string.h>

#include <allheaders.h>
#include <zbar.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define LIBRARY   "libzbar.so.0"
#define SIDE_MIN  100
#define BYTES_MAX ((size_t)256 << 20)
#define CODES     2     /* of one slip */
#define LOOK_PX   620   /* width at which ink is counted: A4 at 75 dpi */
#define EDGE      0.02  /* of the picture: shadows of the lid */
#define AROUND    0.10  /* of its side: a code and what its blurred edge takes */
#define STROKE    3     /* dark pixels of nine: no speck */
#define INK       0.25  /* of the way from paper to black */
#define STRAY     0.004 /* of a code's square: more than dirt, a short word */
#define WORDS     0.30  /* number, title and one sentence */

/* Where a code lies: its corners, in pixels of the picture. */
struct spot {
    double x[4], y[4];
};

/* What is called of it. The names of the members are those of the functions. */
struct qr {
    void *library;
    zbar_image_scanner_t *scanner;
    struct spot spots[CODES]; /* of the code that was found last */
    int spot_count;
    zbar_image_scanner_t *(*image_scanner_create)(void);
    void (*image_scanner_destroy)(zbar_image_scanner_t *);
    int (*image_scanner_set_config)(zbar_image_scanner_t *, zbar_symbol_type_t,
                                    zbar_config_t, int);
    int (*image_scanner_request_dbus)(zbar_image_scanner_t *, int);
    int (*scan_image)(zbar_image_scanner_t *, zbar_image_t *);
    zbar_image_t *(*image_create)(void);
    void (*image_destroy)(zbar_image_t *);
    void (*image_set_format)(zbar_image_t *, unsigned long);
    void (*image_set_size)(zbar_image_t *, unsigned, unsigned);
    void (*image_set_data)(zbar_image_t *, const void *, unsigned long,
                           zbar_image_cleanup_handler_t *);
    const zbar_symbol_t *(*image_first_symbol)(const zbar_image_t *);
    const zbar_symbol_t *(*symbol_next)(const zbar_symbol_t *);
    const char *(*symbol_get_data)(const zbar_symbol_t *);
    unsigned (*symbol_get_data_length)(const zbar_symbol_t *);
    unsigned (*symbol_get_loc_size)(const zbar_symbol_t *);
    int (*symbol_get_loc_x)(const zbar_symbol_t *, unsigned);
    int (*symbol_get_loc_y)(const zbar_symbol_t *, unsigned);
};

/* A function behind a name. POSIX lets an object pointer carry it. */
static bool bind(const struct qr *q, const char *name, void *member)
{
    void *found = dlsym(q->library, name);

    memcpy(member, &found, sizeof found);
    return found != NULL;
}

static bool bind_all(struct qr *q)
{
    return bind(q, "zbar_image_scanner_create", &q->image_scanner_create) &&
           bind(q, "zbar_image_scanner_destroy", &q->image_scanner_destroy) &&
           bind(q, "zbar_image_scanner_set_config", &q->image_scanner_set_config) &&
           bind(q, "zbar_image_scanner_request_dbus", &q->image_scanner_request_dbus) &&
           bind(q, "zbar_scan_image", &q->scan_image) &&
           bind(q, "zbar_image_create", &q->image_create) &&
           bind(q, "zbar_image_destroy", &q->image_destroy) &&
           bind(q, "zbar_image_set_format", &q->image_set_format) &&
           bind(q, "zbar_image_set_size", &q->image_set_size) &&
           bind(q, "zbar_image_set_data", &q->image_set_data) &&
           bind(q, "zbar_image_first_symbol", &q->image_first_symbol) &&
           bind(q, "zbar_symbol_next", &q->symbol_next) &&
           bind(q, "zbar_symbol_get_data", &q->symbol_get_data) &&
           bind(q, "zbar_symbol_get_data_length", &q->symbol_get_data_length) &&
           bind(q, "zbar_symbol_get_loc_size", &q->symbol_get_loc_size) &&
           bind(q, "zbar_symbol_get_loc_x", &q->symbol_get_loc_x) &&
           bind(q, "zbar_symbol_get_loc_y", &q->symbol_get_loc_y);
}

struct qr *qr_open(void)
{
    struct qr *q = mem_new(1, sizeof *q);

    q->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (q->library && bind_all(q))
        q->scanner = q->image_scanner_create();
    if (!q->scanner) {
        qr_close(q);
        return NULL;
    }
    (void)q->image_scanner_request_dbus(q->scanner, 0);
    (void)q->image_scanner_set_config(q->scanner, ZBAR_NONE, ZBAR_CFG_ENABLE, 0);
    (void)q->image_scanner_set_config(q->scanner, ZBAR_QRCODE, ZBAR_CFG_ENABLE, 1);
    return q;
}

void qr_close(struct qr *q)
{
    if (!q)
        return;
    if (q->scanner)
        q->image_scanner_destroy(q->scanner);
    if (q->library)
        (void)dlclose(q->library);
    mem_free(q);
}

void qr_auto(struct qr **q)
{
    qr_close(*q);
}

/* Rows without padding, as the library wants them. */
static unsigned char *rows_of(struct Pix *grey, unsigned *w, unsigned *h)
{
    struct err ignored = ERR_INIT; /* too large a picture has no slip on it */
    unsigned char *all = NULL;
    int width = pixGetWidth(grey);
    int height = pixGetHeight(grey);

    all = mem_try((size_t)width, (size_t)height, BYTES_MAX, &ignored);
    if (!all)
        return NULL;
    for (int y = 0; y < height; y++) {
        l_uint32 *line = pixGetData(grey) + (size_t)y * (size_t)pixGetWpl(grey);

        for (int x = 0; x < width; x++)
            all[(size_t)y * (size_t)width + (size_t)x] =
                (unsigned char)GET_DATA_BYTE(line, x);
    }
    *w = (unsigned)width;
    *h = (unsigned)height;
    return all;
}

static void note_spot(struct qr *q, const zbar_symbol_t *s, int scale)
{
    struct spot *spot = &q->spots[q->spot_count];

    if (q->spot_count == CODES || q->symbol_get_loc_size(s) != 4)
        return;
    for (unsigned i = 0; i < 4; i++) {
        spot->x[i] = scale * q->symbol_get_loc_x(s, i);
        spot->y[i] = scale * q->symbol_get_loc_y(s, i);
    }
    q->spot_count++;
}

/* @scale: of the picture to the one that was looked at. */
static bool take_text(struct qr *q, const zbar_image_t *image, const char *prefix,
                      int scale, char out[QR_TEXT_MAX])
{
    q->spot_count = 0;
    for (const zbar_symbol_t *s = q->image_first_symbol(image); s;
         s = q->symbol_next(s)) {
        unsigned len = q->symbol_get_data_length(s);
        const char *text = q->symbol_get_data(s);

        if (len >= QR_TEXT_MAX || len < strlen(prefix) ||
            memcmp(text, prefix, strlen(prefix)) != 0 || memchr(text, 0, len))
            continue;
        if (out[0] && (strlen(out) != len || memcmp(out, text, len) != 0)) {
            q->spot_count = 0; /* two different ones: not one slip */
            break;
        }
        memcpy(out, text, len);
        out[len] = '\0';
        note_spot(q, s, scale);
    }
    return out[0] != '\0';
}

static bool look(struct qr *q, struct Pix *grey, const char *prefix, int scale,
                 char out[QR_TEXT_MAX])
{
    zbar_image_t *image = NULL;
    unsigned w = 0;
    unsigned h = 0;
    AUTO_MEM unsigned char *rows = rows_of(grey, &w, &h);
    bool found = false;

    if (!rows)
        return false;
    image = q->image_create();
    q->image_set_format(image, zbar_fourcc('Y', '8', '0', '0'));
    q->image_set_size(image, w, h);
    q->image_set_data(image, rows, (unsigned long)w * h, NULL);
    found =
        q->scan_image(q->scanner, image) > 0 && take_text(q, image, prefix, scale, out);
    q->image_destroy(image);
    return found;
}

bool qr_find(struct qr *q, struct Pix *grey, const char *prefix, char out[QR_TEXT_MAX])
{
    struct Pix *half = NULL;
    struct Pix *soft = NULL;
    bool found = false;

    out[0] = '\0';
    if (q)
        q->spot_count = 0;
    if (!q || pixGetDepth(grey) != 8 || pixGetWidth(grey) < SIDE_MIN ||
        pixGetHeight(grey) < SIDE_MIN)
        return false;
    if (pixGetWidth(grey) > QR_WIDTH_MAX)
        half = pixScaleAreaMap2(grey);
    found = look(q, half ? half : grey, prefix, half ? 2 : 1, out);
    if (!found) {
        /* Specks hide the edges of the cells: once more without them. */
        soft = pixBlockconv(half ? half : grey, 1, 1);
        found = soft && look(q, soft, prefix, half ? 2 : 1, out);
    }
    pixDestroy(&soft);
    pixDestroy(&half);
    return found;
}

/* ---- nothing but a slip? ----------------------------------------------------------
 */

/* A code in the directions of the slip, in pixels of the small picture. */
struct square {
    double u0, u1, v0, v1;
};

struct sheet {
    struct Pix *pix;
    double cos, sin; /* of the slip against the picture */
    struct square codes[CODES];
    double side; /* of the larger code */
    int paper, black;
};

static double along(const struct sheet *s, double x, double y)
{
    return x * s->cos + y * s->sin;
}

static double across(const struct sheet *s, double x, double y)
{
    return y * s->cos - x * s->sin;
}

/* @scale: from the picture to the small one. */
static void place(struct sheet *s, const struct spot *spot, double scale,
                  struct square *out)
{
    *out = (struct square){1e9, -1e9, 1e9, -1e9};
    for (int i = 0; i < 4; i++) {
        double u = along(s, spot->x[i] * scale, spot->y[i] * scale);
        double v = across(s, spot->x[i] * scale, spot->y[i] * scale);

        out->u0 = fmin(out->u0, u);
        out->u1 = fmax(out->u1, u);
        out->v0 = fmin(out->v0, v);
        out->v1 = fmax(out->v1, v);
    }
    s->side = fmax(s->side, fmax(out->u1 - out->u0, out->v1 - out->v0));
}

static int level_at(const int counts[256], int share_of, int share)
{
    int64_t all = 0;
    int64_t sum = 0;
    int v = 0;

    for (int i = 0; i < 256; i++)
        all += counts[i];
    for (v = 0; v < 255; v++) {
        sum += counts[v];
        if (sum * share_of > all * share)
            break;
    }
    return v;
}

static bool in_code(const struct sheet *s, double u, double v, double around)
{
    for (int i = 0; i < CODES; i++) {
        const struct square *c = &s->codes[i];

        if (u >= c->u0 - around && u <= c->u1 + around && v >= c->v0 - around &&
            v <= c->v1 + around)
            return true;
    }
    return false;
}

/* Half of a sheet with a code is paper; half of the code is black. */
static void levels(struct sheet *s)
{
    int all[256] = {0};
    int code[256] = {0};

    for (int y = 0; y < pixGetHeight(s->pix); y++) {
        l_uint32 *line = pixGetData(s->pix) + (size_t)y * (size_t)pixGetWpl(s->pix);

        for (int x = 0; x < pixGetWidth(s->pix); x++) {
            int v = GET_DATA_BYTE(line, x);

            all[v]++;
            code[v] += in_code(s, along(s, x, y), across(s, x, y), 0);
        }
    }
    s->paper = level_at(all, 2, 1);
    s->black = level_at(code, 10, 1);
}

/* Between the two, seen along the line that joins them: one lies above the other. */
static bool between(const struct sheet *s, double u, double v)
{
    const struct square *a = &s->codes[0];
    const struct square *b = &s->codes[1];
    double du = fabs(a->u0 + a->u1 - b->u0 - b->u1);
    double dv = fabs(a->v0 + a->v1 - b->v0 - b->v1);

    if (dv >= du)
        return v > fmin(a->v1, b->v1) && v < fmax(a->v0, b->v0);
    return u > fmin(a->u1, b->u1) && u < fmax(a->u0, b->u0);
}

static bool is_dark(const struct sheet *s, int x, int y, int limit)
{
    l_uint32 *line = pixGetData(s->pix) + (size_t)y * (size_t)pixGetWpl(s->pix);

    return GET_DATA_BYTE(line, x) < limit;
}

/* Part of a stroke, not a speck. @x, @y: not at the edge. */
static bool is_ink(const struct sheet *s, int x, int y, int limit)
{
    int dark = 0;

    if (!is_dark(s, x, y, limit))
        return false;
    for (int dy = -1; dy <= 1; dy++)
        for (int dx = -1; dx <= 1; dx++)
            dark += is_dark(s, x + dx, y + dy, limit);
    return dark >= STROKE;
}

static bool is_bare(const struct sheet *s)
{
    int w = pixGetWidth(s->pix);
    int h = pixGetHeight(s->pix);
    int limit = s->paper - (int)(INK * (s->paper - s->black));
    int edge = 1 + (int)(EDGE * (w < h ? w : h));
    double stray = 0;
    double words = 0;

    for (int y = edge; y < h - edge; y++) {
        for (int x = edge; x < w - edge; x++) {
            double u = along(s, x, y);
            double v = across(s, x, y);

            if (!is_ink(s, x, y, limit) || in_code(s, u, v, AROUND * s->side))
                continue;
            if (between(s, u, v))
                words++;
            else
                stray++;
        }
    }
    return stray <= STRAY * s->side * s->side && words <= WORDS * s->side * s->side;
}

bool qr_alone(const struct qr *q, struct Pix *grey)
{
    struct sheet s = {.side = 0};
    double scale = 0;
    double turn = 0;
    bool bare = false;

    if (!q || q->spot_count < CODES)
        return false;
    scale =
        (double)LOOK_PX / (pixGetWidth(grey) < pixGetHeight(grey) ? pixGetWidth(grey)
                                                                  : pixGetHeight(grey));
    if (scale > 1)
        return false;
    turn =
        atan2(q->spots[0].y[1] - q->spots[0].y[0], q->spots[0].x[1] - q->spots[0].x[0]);
    turn -= M_PI_2 * round(turn / M_PI_2);
    s.cos = cos(turn);
    s.sin = sin(turn);
    for (int i = 0; i < CODES; i++)
        place(&s, &q->spots[i], scale, &s.codes[i]);
    s.pix = pixScaleAreaMap(grey, (float)scale, (float)scale);
    if (s.pix) {
        levels(&s);
        bare = s.paper > s.black && is_bare(&s);
    }
    pixDestroy(&s.pix);
    return bare;
}
