/* SPDX-License-Identifier: Apache-2.0 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <tiffio.h>

#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/image_part.h"

/*
 * TIFF and BigTIFF by libtiff. The walk follows the chain of directories itself: each
 * place once, at most IMAGE_TIFF_PAGES_MAX, and of each directory it takes only the few
 * tags that say how large the picture is and where its strips lie. libtiff then sees
 * one directory, at the place the walk found.
 */
#define ALLOC_MAX ((tmsize_t)512 << 20)

/* The tags that are looked at, and their numbers. */
enum slot {
    WIDTH,
    HEIGHT,
    BITS,
    STRIP_AT,
    ORIENTATION,
    SAMPLES,
    STRIP_BYTES,
    X_RESOLUTION,
    RESOLUTION_UNIT,
    TILE_AT,
    TILE_BYTES,
    SLOT_COUNT
};
static const unsigned TAGS[SLOT_COUNT] = {256, 257, 258, 273, 274, 277,
                                          279, 282, 296, 324, 325};

/* ---- walk ---------------------------------------------------------------------- */

struct walk {
    const struct image_source *s;
    bool big_endian, big_tiff;
};

/* A tag of a directory. */
struct field {
    unsigned type;
    uint64_t count;
    uint64_t at; /* where its values lie, in the directory or elsewhere */
};

/* What one directory says. */
struct facts {
    struct field field[SLOT_COUNT];
    uint64_t next;
};

static uint64_t number(const struct walk *w, const unsigned char *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++)
        v = v << 8 | p[w->big_endian ? i : n - 1 - i];
    return v;
}

static size_t type_bytes(unsigned type)
{
    static const unsigned char BYTES[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4,
                                          8, 4, 8, 4, 0, 0, 8, 8, 8};

    return type < sizeof BYTES ? BYTES[type] : 0;
}

/* The @i-th value of a whole-number field. */
static int value(const struct walk *w, const struct field *f, uint64_t i, uint64_t *out,
                 struct err *e)
{
    unsigned char p[8];
    size_t bytes = type_bytes(f->type);

    if (i >= f->count || (bytes != 1 && bytes != 2 && bytes != 4 && bytes != 8) ||
        f->type == 5 || (f->type >= 10 && f->type <= 12))
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF tag of type %u", f->type);
    if (image_source_read(w->s, f->at + i * bytes, p, bytes, e) < 0)
        return -1;
    *out = number(w, p, bytes);
    return 0;
}

/* The same for a tag that may be missing. */
static int value_or(const struct walk *w, const struct field *f, uint64_t otherwise,
                    uint64_t *out, struct err *e)
{
    if (f->count == 0) {
        *out = otherwise;
        return 0;
    }
    return value(w, f, 0, out, e);
}

static struct field *find_field(struct facts *f, uint64_t tag)
{
    for (size_t i = 0; i < SLOT_COUNT; i++)
        if (TAGS[i] == tag)
            return &f->field[i];
    return NULL;
}

static int read_directory(const struct walk *w, uint64_t at, struct facts *f,
                          struct err *e)
{
    size_t head = w->big_tiff ? 8 : 2;
    size_t size = w->big_tiff ? 20 : 12;
    size_t word = w->big_tiff ? 8 : 4;
    AUTO_MEM unsigned char *p = NULL;
    unsigned char h[8];
    uint64_t count = 0;

    *f = (struct facts){0};
    if (image_source_read(w->s, at, h, head, e) < 0)
        return -1;
    count = number(w, h, head);
    if (count == 0 || count > IMAGE_TIFF_TAGS_MAX)
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF directory of %llu tags",
                       (unsigned long long)count);
    p = mem_new((size_t)count * size + word, 1);
    if (image_source_read(w->s, at + head, p, (size_t)count * size + word, e) < 0)
        return -1;
    for (uint64_t i = 0; i < count; i++) {
        const unsigned char *q = p + i * size;
        struct field *d = find_field(f, number(w, q, 2));
        uint64_t bytes = 0;

        if (!d)
            continue;
        d->type = (unsigned)number(w, q + 2, 2);
        d->count = number(w, q + 4, word);
        if (!num_mul(d->count, type_bytes(d->type), &bytes))
            return err_set(e, ERR_IMAGE_DAMAGED, "TIFF tag");
        d->at = bytes <= word ? at + head + i * size + 4 + word
                              : number(w, q + 4 + word, word);
    }
    f->next = number(w, p + count * size, word);
    return 0;
}

/* Every strip or tile lies inside the file. */
static int check_strips(const struct walk *w, const struct field *places,
                        const struct field *sizes, struct err *e)
{
    for (uint64_t i = 0; i < places->count; i++) {
        uint64_t at = 0, bytes = 0, end = 0;

        if (value(w, places, i, &at, e) < 0)
            return -1;
        if (i < sizes->count && value(w, sizes, i, &bytes, e) < 0)
            return -1;
        if (!num_add(at, bytes, &end) || end > w->s->size)
            return err_set(e, ERR_IMAGE_DAMAGED, "TIFF strip %llu beyond the end",
                           (unsigned long long)i);
    }
    return 0;
}

static void read_resolution(const struct walk *w, struct facts *f,
                            struct image_entry *t)
{
    const struct field *x = &f->field[X_RESOLUTION];
    struct err ignored = ERR_INIT; /* no resolution then: it is optional */
    unsigned char p[8];
    uint64_t unit = 0;

    if (x->type != 5 || x->count != 1 ||
        image_source_read(w->s, x->at, p, 8, &ignored) < 0 ||
        value_or(w, &f->field[RESOLUTION_UNIT], 2, &unit, &ignored) < 0 ||
        number(w, p + 4, 4) == 0 || (unit != 2 && unit != 3))
        return;
    image_entry_dpi(t, (double)number(w, p, 4) / (double)number(w, p + 4, 4) *
                           (unit == 3 ? 2.54 : 1));
}

static int read_page(const struct walk *w, struct facts *f, struct image_entry *t,
                     struct err *e)
{
    const struct field *strips = &f->field[STRIP_AT];
    const struct field *sizes = &f->field[STRIP_BYTES];
    uint64_t width = 0, height = 0, samples = 0, bits = 0, orientation = 0;

    if (value(w, &f->field[WIDTH], 0, &width, e) < 0 ||
        value(w, &f->field[HEIGHT], 0, &height, e) < 0 ||
        value_or(w, &f->field[SAMPLES], 1, &samples, e) < 0 ||
        value_or(w, &f->field[BITS], 1, &bits, e) < 0 ||
        value_or(w, &f->field[ORIENTATION], 1, &orientation, e) < 0)
        return -1;
    if (image_entry_size(t, width, height, samples, bits, e) < 0)
        return -1;
    image_entry_orient(t, orientation);
    read_resolution(w, f, t);
    if (f->field[TILE_AT].count > 0) {
        strips = &f->field[TILE_AT];
        if (f->field[TILE_BYTES].count > 0)
            sizes = &f->field[TILE_BYTES];
    }
    if (strips->count > IMAGE_TIFF_STRIPS_MAX)
        return err_set(e, ERR_IMAGE_BOMB, "TIFF of %llu strips",
                       (unsigned long long)strips->count);
    return check_strips(w, strips, sizes, e);
}

static bool was_here(const struct image *im, uint64_t at)
{
    for (size_t i = 0; i < im->count; i++)
        if (im->entries[i].at == at)
            return true;
    return false;
}

int image_tiff_walk(struct image *im, struct err *e)
{
    struct walk w = {.s = &im->source};
    unsigned char h[16];
    uint64_t at = 0;

    if (image_source_read(w.s, 0, h, 8, e) < 0)
        return -1;
    w.big_endian = h[0] == 'M';
    w.big_tiff = number(&w, h + 2, 2) == 43;
    if (w.big_tiff && image_source_read(w.s, 0, h, 16, e) < 0)
        return -1;
    at = w.big_tiff ? number(&w, h + 8, 8) : number(&w, h + 4, 4);
    if (at == 0)
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF without a directory");
    while (at != 0) {
        bool loop = was_here(im, at);
        struct image_entry *t = NULL;
        struct facts f = {0};

        if (im->count >= IMAGE_TIFF_PAGES_MAX)
            return err_set(e, ERR_IMAGE_BOMB, "TIFF of more than %d pages",
                           IMAGE_TIFF_PAGES_MAX);
        t = image_entry_add(im);
        t->at = at;
        if (loop) {
            (void)err_set(&t->bad, ERR_IMAGE_DAMAGED, "TIFF directories in a circle");
            break;
        }
        if (read_directory(&w, at, &f, &t->bad) < 0)
            break; /* where the chain would go on is not known */
        if (read_page(&w, &f, t, &t->bad) < 0 && t->bad.code == ERR_READ) {
            *e = t->bad;
            return -1;
        }
        at = f.next;
    }
    if (im->count == 1 && im->entries[0].bad.code != ERR_NONE) {
        *e = im->entries[0].bad;
        return -1;
    }
    return 0;
}

/* ---- decode -------------------------------------------------------------------- */

struct reader {
    const struct image_source *file;
    uint64_t at;
    struct err why; /* the first error libtiff told of */
};

PRINTF(4, 0)
static int on_error(TIFF *tif, void *user, const char *module, const char *fmt,
                    va_list ap)
{
    struct reader *r = user;
    char text[ERR_DETAIL_MAX / 2] = "";

    (void)tif;
    (void)module;
    (void)vsnprintf(text, sizeof text, fmt, ap);
    if (r->why.code == ERR_NONE)
        (void)err_set(&r->why, ERR_IMAGE_DAMAGED, "TIFF");
    (void)err_detail(&r->why, "%s", text);
    return 1;
}

static int on_warning(TIFF *tif, void *user, const char *module, const char *fmt,
                      va_list ap)
{
    (void)tif;
    (void)user;
    (void)module;
    (void)fmt;
    (void)ap;
    return 1;
}

static tmsize_t file_read(thandle_t h, void *buf, tmsize_t len)
{
    struct reader *r = h;
    tmsize_t all = 0;

    while (all < len) {
        int64_t n = image_source_some(r->file, r->at, (char *)buf + all,
                                      (size_t)(len - all), &r->why);

        if (n <= 0)
            break;
        r->at += (uint64_t)n;
        all += n;
    }
    return all;
}

static tmsize_t file_write(thandle_t h, void *buf, tmsize_t len)
{
    (void)h;
    (void)buf;
    (void)len;
    return -1;
}

static toff_t file_seek(thandle_t h, toff_t to, int whence)
{
    struct reader *r = h;

    r->at = whence == SEEK_SET   ? to
            : whence == SEEK_CUR ? r->at + to
                                 : r->file->size + to;
    return r->at;
}

static int file_close(thandle_t h)
{
    (void)h;
    return 0;
}

static toff_t file_size(thandle_t h)
{
    return ((struct reader *)h)->file->size;
}

static void tiff_auto(TIFF **t)
{
    if (*t)
        TIFFClose(*t);
}

static TIFF *open_at(struct reader *r, uint64_t at)
{
    AUTO(tiff_auto) TIFF *t = NULL;
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();

    if (!o)
        return NULL;
    TIFFOpenOptionsSetMaxSingleMemAlloc(o, ALLOC_MAX);
    TIFFOpenOptionsSetErrorHandlerExtR(o, on_error, r);
    TIFFOpenOptionsSetWarningHandlerExtR(o, on_warning, r);
    /* h: do not read the first directory, m: no mapping into memory. */
    t = TIFFClientOpenExt("page", "rhm", r, file_read, file_write, file_seek,
                          file_close, file_size, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    if (!t || !TIFFSetSubDirectory(t, at))
        return NULL;
    return TAKE(t);
}

/* The layouts that can be read row by row; all others go through RGBA. */
static bool row_layout(TIFF *t, const struct image_entry *p, enum image_row *kind)
{
    uint16_t planar = PLANARCONFIG_CONTIG, photometric = 0, compression = 0, extra = 0;
    uint16_t *extras = NULL;

    (void)TIFFGetFieldDefaulted(t, TIFFTAG_PLANARCONFIG, &planar);
    (void)TIFFGetFieldDefaulted(t, TIFFTAG_COMPRESSION, &compression);
    (void)TIFFGetFieldDefaulted(t, TIFFTAG_EXTRASAMPLES, &extra, &extras);
    if (!TIFFGetField(t, TIFFTAG_PHOTOMETRIC, &photometric) || TIFFIsTiled(t) ||
        extra > 0 || (planar != PLANARCONFIG_CONTIG && p->page.samples > 1))
        return false;
    if (p->page.samples == 1 && p->page.bits == 1 &&
        (photometric == PHOTOMETRIC_MINISWHITE ||
         photometric == PHOTOMETRIC_MINISBLACK)) {
        *kind = photometric == PHOTOMETRIC_MINISWHITE ? IMAGE_ROW_BITS_BLACK
                                                      : IMAGE_ROW_BITS_WHITE;
        return true;
    }
    if (p->page.samples == 1 && p->page.bits == 8 &&
        photometric == PHOTOMETRIC_MINISBLACK) {
        *kind = IMAGE_ROW_GREY;
        return true;
    }
    if (p->page.samples == 3 && p->page.bits == 8 &&
        (photometric == PHOTOMETRIC_RGB ||
         (photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG))) {
        if (photometric == PHOTOMETRIC_YCBCR)
            (void)TIFFSetField(t, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
        *kind = IMAGE_ROW_RGB;
        return true;
    }
    return false;
}

static int decode_rows(TIFF *t, enum image_row kind, struct image_sink *k,
                       struct err *e)
{
    size_t pixel_bits = kind == IMAGE_ROW_RGB ? 24 : kind == IMAGE_ROW_GREY ? 8 : 1;
    tmsize_t bytes = TIFFScanlineSize(t);
    AUTO_MEM unsigned char *row = NULL;

    if (bytes < (tmsize_t)(((size_t)k->width * pixel_bits + 7) / 8))
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF row of %lld bytes",
                       (long long)bytes);
    row = mem_try((size_t)bytes, 1, (size_t)ALLOC_MAX, e);
    if (!row)
        return -1;
    for (int32_t y = 0; y < k->rows; y++) {
        if (TIFFReadScanline(t, row, (uint32_t)y, 0) != 1)
            return err_set(e, ERR_IMAGE_DAMAGED, "TIFF row %d", y);
        image_sink_row(k, y, kind, row);
    }
    return 0;
}

/* libtiff's own conversion of everything it knows, as it stands in the file: it is not
 * asked to undo the orientation. */
static int decode_rgba(TIFF *t, struct image_sink *k, struct err *e)
{
    char text[1024] = "";
    AUTO_MEM uint32_t *raster = NULL;
    AUTO_MEM unsigned char *row = NULL;
    TIFFRGBAImage img;
    int ok = 0;

    raster = mem_try((size_t)k->width * (size_t)k->rows, sizeof *raster,
                     (size_t)IMAGE_PIXELS_MAX * 4, e);
    if (!raster)
        return -1;
    if (!TIFFRGBAImageOK(t, text) || !TIFFRGBAImageBegin(&img, t, 1, text))
        return err_set(e, ERR_IMAGE_FORMAT, "TIFF"), err_detail(e, "%s", text);
    img.req_orientation = img.orientation;
    ok = TIFFRGBAImageGet(&img, raster, (uint32_t)k->width, (uint32_t)k->rows);
    TIFFRGBAImageEnd(&img);
    if (!ok)
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF picture");
    row = mem_new((size_t)k->width, 4);
    for (int32_t y = 0; y < k->rows; y++) {
        const uint32_t *p = raster + (size_t)y * (size_t)k->width;

        for (int32_t x = 0; x < k->width; x++) {
            row[4 * x] = (unsigned char)TIFFGetR(p[x]);
            row[4 * x + 1] = (unsigned char)TIFFGetG(p[x]);
            row[4 * x + 2] = (unsigned char)TIFFGetB(p[x]);
            row[4 * x + 3] = 255;
        }
        image_sink_row(k, y, IMAGE_ROW_RGBA, row);
    }
    return 0;
}

int image_tiff_decode(const struct image *im, const struct image_entry *t,
                      struct image_sink *k, struct err *e)
{
    struct reader r = {.file = &im->source};
    AUTO(tiff_auto) TIFF *tif = open_at(&r, t->at);
    enum image_row kind = IMAGE_ROW_GREY;
    uint32_t width = 0, height = 0;
    int rc = -1;

    if (!tif)
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF"), err_detail(e, "%s", r.why.detail);
    if (!TIFFGetField(tif, TIFFTAG_IMAGEWIDTH, &width) ||
        !TIFFGetField(tif, TIFFTAG_IMAGELENGTH, &height) ||
        width != (uint32_t)k->width || height != (uint32_t)k->rows)
        return err_set(e, ERR_IMAGE_DAMAGED, "TIFF of another size");
    rc = row_layout(tif, t, &kind) ? decode_rows(tif, kind, k, e)
                                   : decode_rgba(tif, k, e);
    if (rc == 0 && r.why.code != ERR_NONE) {
        *e = r.why; /* it went on after damaged data */
        return -1;
    }
    if (rc < 0 && r.why.code != ERR_NONE)
        (void)err_detail(e, "%s", r.why.detail);
    return rc;
}
