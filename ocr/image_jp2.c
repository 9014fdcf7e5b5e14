/* SPDX-License-Identifier: Apache-2.0 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include <openjpeg.h>

#include "node/base/mem.h"
#include "node/base/num.h"
#include "ocr/image_part.h"

/*
 * JPEG 2000 by OpenJPEG: .jp2 (boxes around a codestream) and the bare codestream, as
 * scanners and PDF files hold it. ISO/IEC 15444-1, annexes A and I.
 *
 * The walk reads the boxes that say something about the picture, then the codestream
 * from marker to marker: size, tiles, levels, layers; every tile must have a part, and
 * the last part must end at the end mark. So a file that was cut off is known before
 * anything is decoded.
 *
 * OpenJPEG keeps the whole picture at 4 bytes a sample. One that would need more than
 * IMAGE_JP2_DECODED_MAX is decoded at a half or a quarter of its size, which the format
 * allows; its finest level is then not looked at, neither at import. (Bands of a single
 * tile would be allowed too, but cost more time and hardly less memory.) One thread,
 * strict.
 */
#define BOXES_MAX   4096
#define PARTS_MAX   65536
#define MARKERS_MAX 4096
#define SAMPLE      4 /* bytes OpenJPEG needs for one */
#define BUFFER      ((size_t)65536)

#define MARK_SOC 0xFF4F
#define MARK_SIZ 0xFF51
#define MARK_COD 0xFF52
#define MARK_SOT 0xFF90
#define MARK_EOC 0xFFD9

/* ---- walk: the codestream ------------------------------------------------------- */

struct walk {
    const struct image_source *s;
    struct image_entry *t;
    uint64_t at, end; /* of the codestream */
    uint64_t tiles;
    unsigned char *seen; /* owned: one byte a tile */
    uint64_t palette;    /* channels of it, 0: none */
    double shown_dpi;    /* as the file wants it displayed: second choice */
    bool offset;         /* does not begin at 0, 0 */
    bool sized;          /* has levels and layers */
};

static void walk_auto(struct walk *w)
{
    mem_free(w->seen);
}

static uint32_t be16(const unsigned char *p)
{
    return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t be32(const unsigned char *p)
{
    return be16(p) << 16 | be16(p + 2);
}

static int damaged(struct err *e, const char *what)
{
    return err_set(e, ERR_IMAGE_DAMAGED, "JPEG 2000: %s", what);
}

static int read_at(const struct walk *w, uint64_t at, void *buf, size_t len,
                   struct err *e)
{
    if (at > w->end || len > w->end - at)
        return damaged(e, "ends too early");
    return image_source_read(w->s, at, buf, len, e);
}

/* Precision and raster of the components; the first one is as large as the picture. */
static int read_components(const struct walk *w, uint64_t at, uint32_t count,
                           unsigned *bits, struct err *e)
{
    unsigned char c[3 * IMAGE_SAMPLES_MAX];

    if (count < 1 || count > IMAGE_SAMPLES_MAX)
        return err_set(e, ERR_IMAGE_FORMAT, "JPEG 2000 of %u components", count);
    if (read_at(w, at, c, 3 * (size_t)count, e) < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        unsigned prec = (c[3 * i] & 0x7Fu) + 1, dx = c[3 * i + 1], dy = c[3 * i + 2];

        if (dx == 0 || dy == 0)
            return damaged(e, "raster");
        if (prec > 16 || dx > 2 || dy > 2 || (i == 0 && (dx > 1 || dy > 1)))
            return err_set(e, ERR_IMAGE_FORMAT,
                           "JPEG 2000 of %u bits, every %u × %u pixels", prec, dx, dy);
        *bits = prec > *bits ? prec : *bits;
    }
    return 0;
}

static int read_size(struct walk *w, uint64_t at, uint32_t len, struct err *e)
{
    unsigned char h[36];
    uint32_t x1 = 0, y1 = 0, x0 = 0, y0 = 0, tw = 0, th = 0, tx = 0, ty = 0;
    uint32_t count = 0;
    unsigned bits = 8;

    if (read_at(w, at, h, sizeof h, e) < 0)
        return -1;
    x1 = be32(h + 2), y1 = be32(h + 6), x0 = be32(h + 10), y0 = be32(h + 14);
    tw = be32(h + 18), th = be32(h + 22), tx = be32(h + 26), ty = be32(h + 30);
    count = be16(h + 34);
    if (len != 38 + 3 * count || x0 >= x1 || y0 >= y1 || tw == 0 || th == 0 ||
        tx > x0 || ty > y0 || (uint64_t)tx + tw <= x0 || (uint64_t)ty + th <= y0)
        return damaged(e, "size");
    if (read_components(w, at + sizeof h, count, &bits, e) < 0 ||
        image_entry_size(w->t, x1 - x0, y1 - y0,
                         w->palette > count ? w->palette : count, bits > 8 ? 16 : 8,
                         e) < 0)
        return -1;
    w->offset = x0 != 0 || y0 != 0;
    w->tiles = ((uint64_t)x1 - tx + tw - 1) / tw * (((uint64_t)y1 - ty + th - 1) / th);
    if (w->tiles > IMAGE_JP2_TILES_MAX)
        return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 of %llu tiles",
                       (unsigned long long)w->tiles);
    w->seen = mem_new((size_t)w->tiles, 1);
    return 0;
}

static int read_coding(struct walk *w, uint64_t at, struct err *e)
{
    unsigned char h[6]; /* style, order, layers (2), colour transform, levels */
    uint32_t layers = 0;

    if (read_at(w, at, h, sizeof h, e) < 0)
        return -1;
    layers = be16(h + 2);
    if (layers == 0 || h[5] > 32)
        return damaged(e, "coding");
    if (layers > IMAGE_JP2_LAYERS_MAX)
        return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 of %u layers", layers);
    w->t->halvings = w->offset ? 0 : h[5] < 3 ? h[5] : 3;
    w->sized = true;
    return 0;
}

/* From the first marker to the first tile. */
static int walk_header(struct walk *w, struct err *e)
{
    unsigned char h[4];

    if (read_at(w, w->at, h, sizeof h, e) < 0)
        return -1;
    if (be16(h) != MARK_SOC || be16(h + 2) != MARK_SIZ)
        return damaged(e, "no codestream");
    w->at += 2;
    for (int i = 0; i < MARKERS_MAX; i++) {
        uint32_t mark = 0, len = 0;

        if (read_at(w, w->at, h, sizeof h, e) < 0)
            return -1;
        mark = be16(h), len = be16(h + 2);
        if (mark == MARK_SOT)
            return w->sized ? 0 : damaged(e, "coding is not told");
        if (mark < 0xFF00 || len < 2 || (mark == MARK_SIZ) != (i == 0))
            return damaged(e, "markers");
        if ((mark == MARK_SIZ && read_size(w, w->at + 4, len, e) < 0) ||
            (mark == MARK_COD && read_coding(w, w->at + 4, e) < 0))
            return -1;
        w->at += 2 + (uint64_t)len;
    }
    return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 with too many markers");
}

/* Part after part, each as long as it says. The last may run to the end mark. */
static int walk_parts(struct walk *w, struct err *e)
{
    uint64_t found = 0;

    for (int i = 0; i < PARTS_MAX; i++) {
        unsigned char h[12];
        uint32_t tile = 0, len = 0;

        if (read_at(w, w->at, h, 2, e) < 0)
            return -1;
        if (be16(h) == MARK_EOC)
            return found == w->tiles ? 0 : damaged(e, "tiles are missing");
        if (read_at(w, w->at, h, sizeof h, e) < 0)
            return -1;
        tile = be16(h + 4), len = be32(h + 6);
        if (be16(h) != MARK_SOT || be16(h + 2) != 10 || tile >= w->tiles ||
            (len != 0 && len < 14))
            return damaged(e, "tiles");
        found += w->seen[tile] == 0;
        w->seen[tile] = 1;
        w->at = len != 0 ? w->at + len : w->end - 2;
    }
    return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 with too many parts");
}

/* ---- walk: boxes ----------------------------------------------------------------- */

struct box {
    uint64_t at, end; /* of what is in it */
    char name[5];
};

/* The box at *@at, which moves behind it; 0 for a length: to @end. */
static int next_box(const struct image_source *s, uint64_t *at, uint64_t end,
                    struct box *out, struct err *e)
{
    unsigned char h[16];
    uint64_t len = 0, head = 8;

    if (end - *at < head)
        return damaged(e, "ends too early");
    if (image_source_read(s, *at, h, 8, e) < 0)
        return -1;
    len = be32(h);
    if (len == 1) {
        head = 16;
        if (end - *at < head)
            return damaged(e, "ends too early");
        if (image_source_read(s, *at + 8, h + 8, 8, e) < 0)
            return -1;
        len = (uint64_t)be32(h + 8) << 32 | be32(h + 12);
    }
    if (len == 0)
        len = end - *at;
    if (len < head || len > end - *at)
        return damaged(e, "ends too early");
    *out = (struct box){.at = *at + head, .end = *at + len};
    memcpy(out->name, h + 4, 4);
    *at += len;
    return 0;
}

static bool is(const struct box *b, const char *name)
{
    return memcmp(b->name, name, 4) == 0;
}

/* Pixels a metre: down, across as fractions, then a power of ten for each. */
static int read_resolution(struct walk *w, const struct box *b, struct err *e)
{
    unsigned char h[10];
    double dpi = 0;

    if (b->end - b->at < sizeof h)
        return 0;
    if (image_source_read(w->s, b->at, h, sizeof h, e) < 0)
        return -1;
    if (be16(h + 6) == 0)
        return 0;
    dpi = be16(h + 4) * pow(10, (int8_t)h[9]) / be16(h + 6) * 0.0254;
    if (is(b, "resc"))
        image_entry_dpi(w->t, dpi);
    else
        w->shown_dpi = dpi;
    return 0;
}

static int read_palette(struct walk *w, const struct box *b, struct err *e)
{
    unsigned char h[3]; /* entries (2), channels */

    if (b->end - b->at < sizeof h)
        return damaged(e, "palette");
    if (image_source_read(w->s, b->at, h, sizeof h, e) < 0)
        return -1;
    w->palette = h[2];
    return 0;
}

/* jp2h, and res in it. */
static int walk_inside(struct walk *w, const struct box *outer, struct err *e)
{
    uint64_t at = outer->at;

    for (int i = 0; at < outer->end; i++) {
        struct box b = {0};
        int rc = 0;

        if (i >= BOXES_MAX)
            return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 with too many boxes");
        if (next_box(w->s, &at, outer->end, &b, e) < 0)
            return -1;
        if (is(&b, "pclr"))
            rc = read_palette(w, &b, e);
        else if (is(outer, "res ") && (is(&b, "resc") || is(&b, "resd")))
            rc = read_resolution(w, &b, e);
        else if (is(outer, "jp2h") && is(&b, "res "))
            rc = walk_inside(w, &b, e);
        if (rc < 0)
            return -1;
    }
    return 0;
}

/* To the codestream; what lies behind it is nobody's concern. */
static int walk_boxes(struct walk *w, struct err *e)
{
    uint64_t at = 0;

    for (int i = 0; i < BOXES_MAX; i++) {
        struct box b = {0};

        if (next_box(w->s, &at, w->s->size, &b, e) < 0)
            return -1;
        if (is(&b, "jp2h") && walk_inside(w, &b, e) < 0)
            return -1;
        if (is(&b, "jp2c")) {
            w->at = b.at;
            w->end = b.end;
            return 0;
        }
    }
    return err_set(e, ERR_IMAGE_BOMB, "JPEG 2000 with too many boxes");
}

int image_jp2_walk(struct image *im, struct err *e)
{
    AUTO(walk_auto) struct walk w = {.s = &im->source, .end = im->source.size};

    unsigned char h[2];

    w.t = image_entry_add(im);
    if (image_source_read(w.s, 0, h, sizeof h, e) < 0)
        return -1;
    w.t->boxed = be16(h) != MARK_SOC;
    if (w.t->boxed && walk_boxes(&w, e) < 0)
        return -1;
    if (walk_header(&w, e) < 0 || walk_parts(&w, e) < 0)
        return -1;
    if (image_jp2_halvings_min(w.t) > w.t->halvings)
        return err_set(e, ERR_IMAGE_SIZE, "%d × %d pixels without smaller levels",
                       w.t->raw_w, w.t->raw_h);
    if (w.t->page.dpi == 0)
        image_entry_dpi(w.t, w.shown_dpi);
    return 0;
}

int image_jp2_halvings_min(const struct image_entry *t)
{
    uint64_t samples =
        (uint64_t)t->raw_w * (uint64_t)t->raw_h * (uint64_t)t->page.samples;
    int n = 0;

    while (samples >> (2 * n) > IMAGE_JP2_DECODED_MAX / SAMPLE)
        n++;
    return n;
}

/* ---- decode ---------------------------------------------------------------------- */

struct reader {
    const struct image_source *file;
    uint64_t at;
    struct err why; /* of reading */
    char text[256]; /* the first complaint of the decoder */
    opj_stream_t *stream;
    opj_codec_t *codec;
    opj_image_t *image;
    unsigned char *row; /* owned: 4 bytes a pixel */
};

static OPJ_SIZE_T on_read(void *buf, OPJ_SIZE_T len, void *of)
{
    struct reader *r = of;
    int64_t n = image_source_some(r->file, r->at, buf, len, &r->why);

    if (n <= 0)
        return (OPJ_SIZE_T)-1;
    r->at += (uint64_t)n;
    return (OPJ_SIZE_T)n;
}

static OPJ_BOOL on_seek(OPJ_OFF_T at, void *of)
{
    struct reader *r = of;

    if (at < 0 || (uint64_t)at > r->file->size)
        return OPJ_FALSE;
    r->at = (uint64_t)at;
    return OPJ_TRUE;
}

static OPJ_OFF_T on_skip(OPJ_OFF_T len, void *of)
{
    struct reader *r = of;

    return on_seek((OPJ_OFF_T)r->at + len, of) ? len : -1;
}

static void on_error(const char *text, void *of)
{
    struct reader *r = of;

    if (!r->text[0])
        (void)snprintf(r->text, sizeof r->text, "%.*s", (int)strcspn(text, "\n"), text);
}

static void reader_auto(struct reader *r)
{
    if (r->image)
        opj_image_destroy(r->image);
    if (r->codec)
        opj_destroy_codec(r->codec);
    if (r->stream)
        opj_stream_destroy(r->stream);
    mem_free(r->row);
}

static int fail(const struct reader *r, struct err *e)
{
    if (r->why.code == ERR_READ) {
        *e = r->why;
        return -1;
    }
    (void)damaged(e, "decoder");
    return r->text[0] ? err_detail(e, "%s", r->text) : -1;
}

static int begin(struct reader *r, bool boxed, int halvings, struct err *e)
{
    opj_dparameters_t p;

    r->stream = opj_stream_create(BUFFER, OPJ_TRUE);
    r->codec = opj_create_decompress(boxed ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
    if (!r->stream || !r->codec)
        return err_set(e, ERR_MEMORY, "JPEG 2000");
    opj_stream_set_read_function(r->stream, on_read);
    opj_stream_set_skip_function(r->stream, on_skip);
    opj_stream_set_seek_function(r->stream, on_seek);
    opj_stream_set_user_data(r->stream, r, NULL);
    opj_stream_set_user_data_length(r->stream, r->file->size);
    (void)opj_set_error_handler(r->codec, on_error, r);
    opj_set_default_decoder_parameters(&p);
    p.cp_reduce = (OPJ_UINT32)halvings;
    if (!opj_setup_decoder(r->codec, &p) ||
        !opj_decoder_set_strict_mode(r->codec, OPJ_TRUE) ||
        !opj_codec_set_threads(r->codec, 0) ||
        !opj_read_header(r->stream, r->codec, &r->image))
        return fail(r, e);
    return 0;
}

/* ---- pixels ---------------------------------------------------------------------- */

/* One sample as 8 bits. */
static unsigned sample(const opj_image_comp_t *c, uint32_t x, uint32_t y)
{
    uint32_t across = x / c->dx < c->w ? x / c->dx : c->w - 1;
    uint32_t down = y / c->dy < c->h ? y / c->dy : c->h - 1;
    int64_t v = c->data[(size_t)down * c->w + across];

    if (c->sgnd)
        v += (int64_t)1 << (c->prec - 1);
    v = num_clamp(v, 0, ((int64_t)1 << c->prec) - 1);
    return (unsigned)(c->prec >= 8 ? v >> (c->prec - 8)
                                   : v * 255 / (((int64_t)1 << c->prec) - 1));
}

/* Luma and two differences of colour, all of 0 to 255 (JFIF's), into @p. */
static void colors_of(unsigned char *p)
{
    double y = p[0], b = p[1] - 128.0, r = p[2] - 128.0;

    p[0] = (unsigned char)num_clamp(lround(y + 1.402 * r), 0, 255);
    p[1] = (unsigned char)num_clamp(lround(y - 0.344136 * b - 0.714136 * r), 0, 255);
    p[2] = (unsigned char)num_clamp(lround(y + 1.772 * b), 0, 255);
}

/* What the components are. Return: how many of them count, 0: nobody knows. */
static int choose_kind(const opj_image_t *im, enum image_row *kind)
{
    bool alpha = im->numcomps > 1 && im->comps[im->numcomps - 1].alpha != 0;

    if (im->numcomps < 3) {
        *kind = alpha ? IMAGE_ROW_GREY_ALPHA : IMAGE_ROW_GREY;
        return alpha ? 2 : 1;
    }
    *kind = alpha && im->numcomps == 4 ? IMAGE_ROW_RGBA : IMAGE_ROW_RGB;
    if (im->color_space == OPJ_CLRSPC_CMYK && im->numcomps == 4) {
        *kind = IMAGE_ROW_CMYK;
        return 4;
    }
    /* Four without a word about the fourth: ink or transparency, page or blackness. */
    if (im->color_space == OPJ_CLRSPC_EYCC ||
        (im->numcomps == 4 && !alpha && im->color_space != OPJ_CLRSPC_SRGB))
        return 0;
    return *kind == IMAGE_ROW_RGBA ? 4 : 3;
}

static bool is_yuv(const opj_image_t *im)
{
    return im->numcomps >= 3 &&
           (im->color_space == OPJ_CLRSPC_SYCC ||
            (im->color_space != OPJ_CLRSPC_CMYK && im->comps[1].dx > 1));
}

static int give_rows(struct reader *r, struct image_sink *k, struct err *e)
{
    const opj_image_t *im = r->image;
    enum image_row kind = IMAGE_ROW_GREY;
    int count = im->numcomps >= 1 && im->numcomps <= IMAGE_SAMPLES_MAX
                    ? choose_kind(im, &kind)
                    : 0;
    bool yuv = count >= 3 && is_yuv(im);

    if (count == 0)
        return err_set(e, ERR_IMAGE_FORMAT, "JPEG 2000: colours");
    for (int i = 0; i < count; i++)
        if (!im->comps[i].data || im->comps[i].w < 1 || im->comps[i].h < 1 ||
            im->comps[i].dx < 1 || im->comps[i].dy < 1 || im->comps[i].prec < 1 ||
            im->comps[i].prec > 16)
            return damaged(e, "components");
    if (im->comps[0].w != (OPJ_UINT32)k->width || im->comps[0].h != (OPJ_UINT32)k->rows)
        return damaged(e, "of another size");
    for (OPJ_UINT32 y = 0; y < im->comps[0].h; y++) {
        unsigned char *p = r->row;

        for (OPJ_UINT32 x = 0; x < im->comps[0].w; x++, p += count) {
            for (int i = 0; i < count; i++)
                p[i] = (unsigned char)sample(&im->comps[i], x, y);
            if (yuv)
                colors_of(p);
        }
        image_sink_row(k, (int32_t)y, kind, r->row);
    }
    return 0;
}

int image_jp2_decode(const struct image *im, const struct image_entry *t, int halvings,
                     struct image_sink *k, struct err *e)
{
    AUTO(reader_auto) struct reader r = {.file = &im->source};

    if (begin(&r, t->boxed, halvings, e) < 0)
        return -1;
    if (!opj_decode(r.codec, r.stream, r.image))
        return fail(&r, e);
    r.row = mem_new((size_t)k->width, IMAGE_SAMPLES_MAX);
    return give_rows(&r, k, e);
}
