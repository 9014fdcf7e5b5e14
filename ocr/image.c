/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/image.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <allheaders.h>

#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/image_part.h"

#define SAMPLE_STEP    16 /* every so many rows and pixels are looked at for colour */
#define COLOR_SPREAD   40 /* channels farther apart than this are a colour */
#define COLOR_PER_1000 1

/* ---- source -------------------------------------------------------------------- */

int64_t image_source_some(const struct image_source *s, uint64_t at, void *buf,
                          size_t len, struct err *e)
{
    ssize_t n = 0;

    if (at >= s->size)
        return 0;
    if (len > s->size - at)
        len = (size_t)(s->size - at);
    if (s->fd < 0) {
        memcpy(buf, s->data + at, len);
        return (int64_t)len;
    }
    do
        n = pread(s->fd, buf, len, (off_t)at);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return err_sys(e, ERR_READ, "picture file");
    return n;
}

int image_source_read(const struct image_source *s, uint64_t at, void *buf, size_t len,
                      struct err *e)
{
    unsigned char *p = buf;

    while (len > 0) {
        int64_t n = image_source_some(s, at, p, len, e);

        if (n < 0)
            return -1;
        if (n == 0)
            return err_set(e, ERR_IMAGE_DAMAGED, "picture file ends too early");
        p += n;
        at += (uint64_t)n;
        len -= (size_t)n;
    }
    return 0;
}

/* ---- entries ------------------------------------------------------------------- */

struct image_entry *image_entry_add(struct image *im)
{
    mem_grow(&im->entries, &im->cap, im->count + 1, sizeof *im->entries);
    im->entries[im->count].page.orientation = 1;
    return &im->entries[im->count++];
}

int image_entry_size(struct image_entry *t, uint64_t width, uint64_t height,
                     uint64_t samples, uint64_t bits, struct err *e)
{
    uint64_t pixels = 0, all = 0;

    if (width == 0 || height == 0)
        return err_set(e, ERR_IMAGE_DAMAGED, "picture without width or height");
    if (width > IMAGE_SIDE_MAX || height > IMAGE_SIDE_MAX)
        return err_set(e, ERR_IMAGE_SIZE, "%llu × %llu pixels",
                       (unsigned long long)width, (unsigned long long)height);
    if (samples == 0 || samples > IMAGE_SAMPLES_MAX ||
        (bits != 1 && bits != 2 && bits != 4 && bits != 8 && bits != 16))
        return err_set(e, ERR_IMAGE_FORMAT, "%llu samples of %llu bits",
                       (unsigned long long)samples, (unsigned long long)bits);
    if (!num_mul(width, height, &pixels) || pixels > IMAGE_PIXELS_MAX ||
        !num_mul(pixels, samples * bits, &all) || all / 8 > IMAGE_DECODED_MAX)
        return err_set(e, ERR_IMAGE_SIZE, "%llu × %llu pixels of %llu × %llu bits",
                       (unsigned long long)width, (unsigned long long)height,
                       (unsigned long long)samples, (unsigned long long)bits);
    t->raw_w = (int32_t)width;
    t->raw_h = (int32_t)height;
    t->page.samples = (int)samples;
    t->page.bits = (int)bits;
    image_entry_orient(t, (uint64_t)t->page.orientation);
    return 0;
}

void image_entry_orient(struct image_entry *t, uint64_t orientation)
{
    bool turned = false;

    t->page.orientation = orientation >= 1 && orientation <= 8 ? (int)orientation : 1;
    turned = t->page.orientation >= 5;
    t->page.width_px = turned ? t->raw_h : t->raw_w;
    t->page.height_px = turned ? t->raw_w : t->raw_h;
}

void image_entry_dpi(struct image_entry *t, double dpi)
{
    if (dpi >= IMAGE_DPI_MIN && dpi <= IMAGE_DPI_MAX)
        t->page.dpi = (int)(dpi + 0.5);
}

/* ---- EXIF ---------------------------------------------------------------------- */

struct exif {
    const unsigned char *p;
    size_t len;
    bool big; /* "MM": high byte first */
};

/* @n bytes (2 or 4) at @at as a number; 0 beyond the end. */
static uint32_t exif_get(const struct exif *x, size_t at, size_t n)
{
    uint32_t v = 0;

    if (at > x->len || n > x->len - at)
        return 0;
    for (size_t i = 0; i < n; i++)
        v = v << 8 | x->p[at + (x->big ? i : n - 1 - i)];
    return v;
}

static double exif_ratio(const struct exif *x, size_t entry)
{
    size_t at = exif_get(x, entry + 8, 4);
    uint32_t below = exif_get(x, at + 4, 4);

    return below == 0 ? 0 : (double)exif_get(x, at, 4) / below;
}

void image_exif_read(const unsigned char *p, size_t len, struct image_entry *t)
{
    struct exif x = {.p = p, .len = len};
    double resolution = 0;
    uint32_t unit = 2;
    size_t at = 0, count = 0;

    if (len < 8 || (memcmp(p, "II*\0", 4) != 0 && memcmp(p, "MM\0*", 4) != 0))
        return;
    x.big = p[0] == 'M';
    at = exif_get(&x, 4, 4);
    count = exif_get(&x, at, 2);
    for (size_t i = 0, entry = at + 2; i < count && entry < len; i++, entry += 12) {
        uint32_t tag = exif_get(&x, entry, 2);
        uint32_t type = exif_get(&x, entry + 2, 2);

        if (tag == 0x0112 && type == 3)
            image_entry_orient(t, exif_get(&x, entry + 8, 2));
        else if (tag == 0x011A && type == 5)
            resolution = exif_ratio(&x, entry);
        else if (tag == 0x0128 && type == 3)
            unit = exif_get(&x, entry + 8, 2);
    }
    if (t->page.dpi == 0 && (unit == 2 || unit == 3))
        image_entry_dpi(t, unit == 3 ? resolution * 2.54 : resolution);
}

/* ---- rows ---------------------------------------------------------------------- */

static unsigned over_white(unsigned v, unsigned alpha)
{
    return (v * alpha + 255 * (255 - alpha) + 127) / 255;
}

/* One pixel of @kind as red, green and blue. */
static void rgb_of(enum image_row kind, const unsigned char *p, unsigned rgb[3])
{
    switch (kind) {
    case IMAGE_ROW_RGB:
        for (int i = 0; i < 3; i++)
            rgb[i] = p[i];
        break;
    case IMAGE_ROW_RGBA:
        for (int i = 0; i < 3; i++)
            rgb[i] = over_white(p[i], p[3]);
        break;
    case IMAGE_ROW_CMYK:
        for (int i = 0; i < 3; i++)
            rgb[i] = (255u - p[i]) * (255u - p[3]) / 255;
        break;
    case IMAGE_ROW_CMYK_INVERTED:
        for (int i = 0; i < 3; i++)
            rgb[i] = (unsigned)p[i] * p[3] / 255;
        break;
    case IMAGE_ROW_GREY_ALPHA:
        rgb[0] = rgb[1] = rgb[2] = over_white(p[0], p[1]);
        break;
    case IMAGE_ROW_GREY:
    case IMAGE_ROW_BITS_BLACK:
    case IMAGE_ROW_BITS_WHITE:
        rgb[0] = rgb[1] = rgb[2] = p[0];
        break;
    }
}

static int bytes_per_pixel(enum image_row kind)
{
    switch (kind) {
    case IMAGE_ROW_RGB:
        return 3;
    case IMAGE_ROW_RGBA:
    case IMAGE_ROW_CMYK:
    case IMAGE_ROW_CMYK_INVERTED:
        return 4;
    case IMAGE_ROW_GREY_ALPHA:
        return 2;
    case IMAGE_ROW_GREY:
    case IMAGE_ROW_BITS_BLACK:
    case IMAGE_ROW_BITS_WHITE:
        break;
    }
    return 1;
}

static void sample_colors(struct image_sink *k, enum image_row kind,
                          const unsigned char *row)
{
    int bytes = bytes_per_pixel(kind);

    for (int32_t x = 0; x < k->width; x += SAMPLE_STEP) {
        unsigned c[3], low = 255, high = 0;

        rgb_of(kind, row + (size_t)x * (size_t)bytes, c);
        for (int i = 0; i < 3; i++) {
            low = c[i] < low ? c[i] : low;
            high = c[i] > high ? c[i] : high;
        }
        k->seen++;
        k->colored += high - low > COLOR_SPREAD;
    }
}

static void grey_from_bits(unsigned char *out, int32_t width, const unsigned char *row,
                           unsigned flip)
{
    for (int32_t x = 0; x < width; x++)
        out[x] = ((row[x >> 3] ^ flip) >> (7 - (x & 7))) & 1 ? 255 : 0;
}

static void small_from(struct image_sink *k, int32_t y, enum image_row kind,
                       const unsigned char *row)
{
    unsigned char *rgb = k->small->rgb;
    int bytes = bytes_per_pixel(kind);
    unsigned flip = kind == IMAGE_ROW_BITS_BLACK ? 0xFF : 0;

    if (kind == IMAGE_ROW_RGB) {
        image_small_row(k->small, row, k->width, y, k->rows);
        return;
    }
    for (int32_t x = 0; x < k->width; x++, rgb += 3) {
        unsigned c[3];

        if (kind == IMAGE_ROW_BITS_BLACK || kind == IMAGE_ROW_BITS_WHITE)
            c[0] = c[1] = c[2] = ((row[x >> 3] ^ flip) >> (7 - (x & 7))) & 1 ? 255 : 0;
        else
            rgb_of(kind, row + (size_t)x * (size_t)bytes, c);
        for (int i = 0; i < 3; i++)
            rgb[i] = (unsigned char)c[i];
    }
    image_small_row(k->small, k->small->rgb, k->width, y, k->rows);
}

/* The row of the bands that row @y of the picture is; -1: none. */
static int32_t band_row(const struct image_bands *b, int32_t y)
{
    int32_t last = b->rows - IMAGE_BAND_ROWS;

    if (y >= last)
        return pixGetHeight(b->pix) - b->rows + y;
    if (y % IMAGE_BAND_EVERY < IMAGE_BAND_ROWS &&
        y - y % IMAGE_BAND_EVERY + IMAGE_BAND_ROWS <= last)
        return y / IMAGE_BAND_EVERY * IMAGE_BAND_ROWS + y % IMAGE_BAND_EVERY;
    return -1;
}

int32_t image_sink_skip(const struct image_sink *k, int32_t y)
{
    int32_t from = y;

    if (k->bytes)
        return 0;
    /* The last row is wanted always: a decoder looks at all before it. */
    while (y < k->rows - 1 && !(k->bands && band_row(k->bands, y) >= 0))
        y++;
    return y - from;
}

void image_bands_row(struct image_bands *b, enum image_row kind,
                     const unsigned char *row, int32_t width, int32_t y)
{
    int32_t at = band_row(b, y), bytes = 0;
    unsigned char *out = NULL;

    if (at < 0)
        return;
    out = (unsigned char *)pixGetData(b->pix) +
          (size_t)at * (size_t)pixGetWpl(b->pix) * 4;
    bytes = bytes_per_pixel(kind);
    if (kind == IMAGE_ROW_GREY) {
        memcpy(out, row, (size_t)width);
    } else if (kind == IMAGE_ROW_RGB) {
        for (int32_t x = 0; x < width; x++)
            out[x] = row[(size_t)x * 3 + 1];
    } else if (kind != IMAGE_ROW_BITS_BLACK && kind != IMAGE_ROW_BITS_WHITE) {
        for (int32_t x = 0; x < width; x++, row += bytes) {
            unsigned c[3];

            rgb_of(kind, row, c);
            out[x] = (unsigned char)c[1];
        }
    }
}

static unsigned channel_of(enum image_channel channel, const unsigned c[3])
{
    unsigned light = c[0] > c[1] ? c[0] : c[1];

    switch (channel) {
    case IMAGE_LUMA:
        return (77 * c[0] + 150 * c[1] + 29 * c[2]) >> 8;
    case IMAGE_LIGHT:
        return light > c[2] ? light : c[2];
    case IMAGE_RED:
        break;
    }
    return c[0];
}

void image_sink_row(struct image_sink *k, int32_t y, enum image_row kind,
                    const unsigned char *row)
{
    unsigned char *out = k->bytes ? k->bytes + (size_t)y * k->stride : NULL;
    int bytes = bytes_per_pixel(kind);

    assert(y >= 0 && y < k->rows);
    if (k->bands)
        image_bands_row(k->bands, kind, row, k->width, y);
    if (!out)
        return;
    if (k->small)
        small_from(k, y, kind, row);
    if (bytes > 2 && y % SAMPLE_STEP == 0)
        sample_colors(k, kind, row);
    if (kind == IMAGE_ROW_BITS_BLACK || kind == IMAGE_ROW_BITS_WHITE) {
        grey_from_bits(out, k->width, row, kind == IMAGE_ROW_BITS_BLACK ? 0xFF : 0);
    } else if (kind == IMAGE_ROW_GREY) {
        memcpy(out, row, (size_t)k->width);
    } else if (kind == IMAGE_ROW_RGB && k->channel == IMAGE_RED) {
        for (int32_t x = 0; x < k->width; x++, row += 3)
            out[x] = row[0];
    } else {
        for (int32_t x = 0; x < k->width; x++, row += bytes) {
            unsigned c[3];

            rgb_of(kind, row, c);
            out[x] = (unsigned char)channel_of(k->channel, c);
        }
    }
}

/* ---- open ---------------------------------------------------------------------- */

/* ISO base media whose first brand is a still picture coded with HEVC, or any: then
 * what is in it decides. */
static bool is_heif(const unsigned char *p, size_t len)
{
    static const char BRANDS[][5] = {"heic", "heix", "hevc", "hevx",
                                     "heim", "heis", "mif1", "msf1"};

    if (len < 12 || memcmp(p + 4, "ftyp", 4) != 0)
        return false;
    for (size_t i = 0; i < ARRAY_LEN(BRANDS); i++)
        if (memcmp(p + 8, BRANDS[i], 4) == 0)
            return true;
    return false;
}

enum image_kind image_sniff(const void *head, size_t len)
{
    const unsigned char *p = head;

    if (len >= 3 && memcmp(p, "\xFF\xD8\xFF", 3) == 0)
        return IMAGE_JPEG;
    if (len >= 8 && memcmp(p, "\x89PNG\r\n\x1A\n", 8) == 0)
        return IMAGE_PNG;
    if (len >= 4 && (memcmp(p, "II*\0", 4) == 0 || memcmp(p, "MM\0*", 4) == 0 ||
                     memcmp(p, "II+\0", 4) == 0 || memcmp(p, "MM\0+", 4) == 0))
        return IMAGE_TIFF;
    if (is_heif(p, len))
        return IMAGE_HEIF;
    if ((len >= 12 && memcmp(p, "\0\0\0\x0CjP  \r\n\x87\n", 12) == 0) ||
        (len >= 4 && memcmp(p, "\xFF\x4F\xFF\x51", 4) == 0))
        return IMAGE_JP2;
    if (len >= 3 && p[0] == 'P' && p[1] >= '4' && p[1] <= '6' &&
        (p[2] == '\n' || p[2] == ' '))
        return IMAGE_PNM;
    return IMAGE_NONE;
}

static int walk(struct image *im, struct err *e)
{
    switch (im->kind) {
    case IMAGE_JPEG:
        return image_jpeg_walk(im, e);
    case IMAGE_PNG:
        return image_png_walk(im, e);
    case IMAGE_TIFF:
        return image_tiff_walk(im, e);
    case IMAGE_HEIF:
        return image_heif_walk(im, e);
    case IMAGE_JP2:
        return image_jp2_walk(im, e);
    case IMAGE_PNM:
        return image_pnm_walk(im, e);
    case IMAGE_NONE:
        break;
    }
    return err_set(e, ERR_INPUT_TYPE, "picture file");
}

static int open_source(const struct image_source *s, unsigned kinds, struct image **out,
                       struct err *e)
{
    AUTO_IMAGE struct image *im = mem_new(1, sizeof *im);
    unsigned char head[16];
    int64_t n = 0;

    im->source = *s;
    if (s->size > IMAGE_TIFF_FILE_MAX)
        return err_set(e, ERR_INPUT_TOO_LARGE, "picture file");
    n = image_source_some(s, 0, head, sizeof head, e);
    if (n < 0)
        return -1;
    im->kind = image_sniff(head, (size_t)n);
    if (im->kind == IMAGE_NONE || !(kinds & im->kind))
        return err_set(e, ERR_INPUT_TYPE, "picture file");
    if (s->size > IMAGE_FILE_MAX && im->kind != IMAGE_TIFF && im->kind != IMAGE_PNM)
        return err_set(e, ERR_INPUT_TOO_LARGE, "picture file");
    if (walk(im, e) < 0)
        return -1;
    assert(im->count > 0);
    *out = TAKE(im);
    return 0;
}

int image_open_fd(int fd, unsigned kinds, struct image **out, struct err *e)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_sys(e, ERR_READ, "picture file");
    if (!S_ISREG(st.st_mode))
        return err_set(e, ERR_INPUT_NOT_REGULAR, "picture file");
    return open_source(&(struct image_source){.fd = fd, .size = (uint64_t)st.st_size},
                       kinds, out, e);
}

int image_open_mem(const void *data, size_t len, unsigned kinds, struct image **out,
                   struct err *e)
{
    return open_source(&(struct image_source){.fd = -1, .data = data, .size = len},
                       kinds, out, e);
}

void image_close(struct image *im)
{
    if (!im)
        return;
    mem_free(im->entries);
    mem_free(im);
}

void image_auto(struct image **im)
{
    image_close(*im);
    *im = NULL;
}

enum image_kind image_kind_of(const struct image *im)
{
    return im->kind;
}

int image_page_count(const struct image *im)
{
    return (int)im->count;
}

int image_page_get(const struct image *im, int index, struct image_page *out,
                   struct err *e)
{
    const struct image_entry *t = NULL;

    if (index < 0 || (size_t)index >= im->count)
        return err_set(e, ERR_IMAGE_DAMAGED, "page %d of %zu", index + 1, im->count);
    t = &im->entries[index];
    if (t->bad.code != ERR_NONE) {
        *e = t->bad;
        return err_push(e, "page %d", index + 1);
    }
    *out = t->page;
    return 0;
}

/* ---- decode -------------------------------------------------------------------- */

static int decode(const struct image *im, const struct image_entry *t, int halvings,
                  struct image_sink *k, struct err *e)
{
    switch (im->kind) {
    case IMAGE_JPEG:
        return image_jpeg_decode(im, t, 8 >> halvings, k, e);
    case IMAGE_PNG:
        return image_png_decode(im, t, k, e);
    case IMAGE_TIFF:
        return image_tiff_decode(im, t, k, e);
    case IMAGE_HEIF:
        return image_heif_decode(im, t, k, e);
    case IMAGE_JP2:
        return image_jp2_decode(im, t, halvings, k, e);
    case IMAGE_PNM:
        return image_pnm_decode(im, t, k, e);
    case IMAGE_NONE:
        break;
    }
    return err_set(e, ERR_INTERNAL, "picture file");
}

/* A side halved so often, as libjpeg and OpenJPEG round it. */
static int32_t scaled_side(int32_t side, int halvings)
{
    return (int32_t)(((int64_t)side + (1 << halvings) - 1) >> halvings);
}

/* How often it is halved in any case. */
static int halvings_min(const struct image *im, const struct image_entry *t)
{
    return im->kind == IMAGE_JP2 ? image_jp2_halvings_min(t) : 0;
}

/* How often the decoder halves it. Halves only: the other sizes have no vector code in
 * libjpeg-turbo and take longer than the full size. */
static int halvings_for(const struct image *im, const struct image_entry *t,
                        const struct image_want *w)
{
    int n = halvings_min(im, t);

    while (w->width_min_px > 0 && n < t->halvings &&
           (int64_t)t->page.width_px >> (n + 1) >= w->width_min_px)
        n++;
    return n;
}

static void pix_auto(struct Pix **p)
{
    pixDestroy(p);
}

/* EXIF orientation undone: 5 and 7 are a quarter turn and a flip. */
static struct Pix *upright(struct Pix *taken, int orientation)
{
    AUTO(pix_auto) struct Pix *in = taken;
    AUTO(pix_auto) struct Pix *turned = NULL;

    if (orientation == 1)
        return TAKE(in);
    if (orientation == 2)
        return pixFlipLR(NULL, in);
    if (orientation == 4)
        return pixFlipTB(NULL, in);
    if (orientation == 3)
        return pixRotateOrth(in, 2);
    if (orientation == 8)
        return pixRotateOrth(in, 3);
    turned = pixRotateOrth(in, 1);
    if (!turned || orientation == 6)
        return TAKE(turned);
    return orientation == 5 ? pixFlipLR(NULL, turned) : pixFlipTB(NULL, turned);
}

void image_shot_clear(struct image_shot *s)
{
    pixDestroy(&s->pix);
    pixDestroy(&s->small);
    pixDestroy(&s->bands);
    *s = (struct image_shot){0};
}

static bool has_bands(const struct image_entry *t)
{
    return t->page.bits != 1 && t->raw_h >= IMAGE_BAND_ROWS;
}

static void bands_auto(struct image_bands *b)
{
    pixDestroy(&b->pix);
}

/* The bands of a picture of @rows: those that end before the last one, and that. */
static int bands_begin(struct image_bands *b, int32_t width, int32_t rows,
                       struct err *e)
{
    int32_t whole = 0;

    for (int32_t y = 0; y + 2 * IMAGE_BAND_ROWS <= rows; y += IMAGE_BAND_EVERY)
        whole++;
    b->rows = rows;
    b->pix = pixCreate(width, (whole + 1) * IMAGE_BAND_ROWS, 8);
    return b->pix ? 0 : err_set(e, ERR_MEMORY, "bands");
}

int image_decode(struct image *im, int index, const struct image_want *want,
                 struct image_shot *out, struct err *e)
{
    static const struct image_want FULL = {.channel = IMAGE_RED};
    AUTO(pix_auto) struct Pix *pix = NULL;
    AUTO(pix_auto) struct Pix *little = NULL;
    AUTO_SMALL struct image_small small = {0};
    AUTO(bands_auto) struct image_bands bands = {0};
    const struct image_want *w = want ? want : &FULL;
    const struct image_entry *t = NULL;
    struct image_page page = {0};
    struct image_sink k = {.channel = w->channel};
    int halvings = 0;

    if (image_page_get(im, index, &page, e) < 0)
        return -1;
    t = &im->entries[index];
    halvings = halvings_for(im, t, w);
    k.width = scaled_side(t->raw_w, halvings);
    k.rows = scaled_side(t->raw_h, halvings);
    pix = pixCreateNoInit(k.width, k.rows, 8);
    if (!pix)
        return err_set(e, ERR_MEMORY, "page %d", index + 1);
    k.bytes = (unsigned char *)pixGetData(pix);
    k.stride = (size_t)pixGetWpl(pix) * 4;
    if (w->small_width_px > 0) {
        /* On its side when the page is: the width that is shown counts. */
        int64_t wanted = (int64_t)w->small_width_px * t->raw_w / page.width_px;

        if (image_small_begin(&small, k.width, k.rows, (int32_t)wanted, e) < 0)
            return -1;
        k.small = &small;
    }
    if (w->bands && halvings == 0 && has_bands(t)) {
        if (bands_begin(&bands, k.width, k.rows, e) < 0)
            return -1;
        k.bands = &bands;
    }
    if (decode(im, t, halvings, &k, e) < 0)
        return err_push(e, "page %d", index + 1);
    pixEndianByteSwap(pix); /* leptonica keeps bytes in words, high byte first */
    pix = upright(TAKE(pix), page.orientation);
    if (small.pix)
        little = upright(TAKE(small.pix), page.orientation);
    if (!pix || (k.small && !little))
        return err_set(e, ERR_MEMORY, "page %d", index + 1);
    *out = (struct image_shot){
        .scale = (double)pixGetWidth(pix) / page.width_px,
        .color = k.colored * 1000 > k.seen * COLOR_PER_1000,
    };
    out->pix = TAKE(pix);
    out->small = TAKE(little);
    if (bands.pix)
        pixEndianByteSwap(bands.pix);
    out->bands = TAKE(bands.pix);
    return 0;
}

int image_verify_bands(struct image *im, int index, struct Pix **out, struct err *e)
{
    struct image_page page = {0};
    AUTO(bands_auto) struct image_bands bands = {0};
    struct image_sink k = {0};
    const struct image_entry *t = NULL;

    *out = NULL;
    if (image_page_get(im, index, &page, e) < 0)
        return -1;
    t = &im->entries[index];
    if (!has_bands(t) || halvings_min(im, t) > 0)
        return image_verify(im, index, e);
    k.width = t->raw_w;
    k.rows = t->raw_h;
    if (bands_begin(&bands, k.width, k.rows, e) < 0)
        return -1;
    k.bands = &bands;
    if (decode(im, t, 0, &k, e) < 0)
        return err_push(e, "page %d", index + 1);
    pixEndianByteSwap(bands.pix); /* as in image_decode() */
    *out = TAKE(bands.pix);
    return 0;
}

int image_verify(struct image *im, int index, struct err *e)
{
    struct image_page page = {0};
    struct image_sink k = {0};
    const struct image_entry *t = NULL;
    int halvings = 0;

    if (image_page_get(im, index, &page, e) < 0)
        return -1;
    t = &im->entries[index];
    halvings = halvings_min(im, t);
    k.width = scaled_side(t->raw_w, halvings);
    k.rows = scaled_side(t->raw_h, halvings);
    if (decode(im, t, halvings, &k, e) < 0)
        return err_push(e, "page %d", index + 1);
    return 0;
}
