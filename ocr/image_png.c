/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <string.h>

#include <png.h>

#include "node/base/deflate.h"
#include "node/base/mem.h"
#include "ocr/image_part.h"

/*
 * PNG by libpng (see image_jpeg.c about setjmp). The walk goes from chunk to chunk and
 * reads only IHDR, pHYs and eXIf. Of the ancillary chunks the decoder itself sees the
 * transparent colour (tRNS) and nothing else: no text, no profile is ever inflated.
 * Checksums of all other chunks are held, and image data ends where the picture ends.
 */
#define SIGNATURE_LEN 8
#define EXIF_MAX      65536

/* ---- walk ---------------------------------------------------------------------- */

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool bits_fit(unsigned color, unsigned bits)
{
    bool pow2 = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;

    switch (color) {
    case PNG_COLOR_TYPE_GRAY:
        return pow2;
    case PNG_COLOR_TYPE_PALETTE:
        return pow2 && bits <= 8;
    case PNG_COLOR_TYPE_RGB:
    case PNG_COLOR_TYPE_GRAY_ALPHA:
    case PNG_COLOR_TYPE_RGB_ALPHA:
        return bits == 8 || bits == 16;
    default:
        return false;
    }
}

static int read_header(const struct image_source *s, uint64_t at, uint32_t len,
                       struct image_entry *t, struct err *e)
{
    static const unsigned SAMPLES[] = {1, 0, 3, 1, 2, 0, 4};
    unsigned char h[13];

    if (len != sizeof h)
        return err_set(e, ERR_IMAGE_DAMAGED, "PNG head of %u bytes", len);
    if (image_source_read(s, at, h, sizeof h, e) < 0)
        return -1;
    if (!bits_fit(h[9], h[8]) || h[10] != 0 || h[11] != 0 || h[12] > 1)
        return err_set(e, ERR_IMAGE_DAMAGED, "PNG head: type %u, %u bits", h[9], h[8]);
    t->interlaced = h[12] == 1;
    return image_entry_size(t, be32(h), be32(h + 4), SAMPLES[h[9]], h[8], e);
}

static int read_note(const struct image_source *s, uint64_t at, uint32_t len,
                     const char *name, struct image_entry *t, struct err *e)
{
    AUTO_MEM unsigned char *p = NULL;

    if (strcmp(name, "pHYs") == 0 && len == 9) {
        unsigned char h[9];

        if (image_source_read(s, at, h, sizeof h, e) < 0)
            return -1;
        if (h[8] == 1) /* pixels a metre */
            image_entry_dpi(t, be32(h) * 0.0254);
    } else if (strcmp(name, "eXIf") == 0 && len <= EXIF_MAX) {
        p = mem_new(len, 1);
        if (image_source_read(s, at, p, len, e) < 0)
            return -1;
        image_exif_read(p, len, t);
    }
    return 0;
}

/* Where the packed part of a note begins: behind its keyword and, in iTXt, behind flag,
 * method, language and translated keyword. @len when there is none. */
static size_t packed_at(const unsigned char *p, size_t len, const char *name)
{
    size_t at = strnlen((const char *)p, len) + 1;

    if (strcmp(name, "iTXt") != 0)
        return at + 1 < len ? at + 1 : len; /* method */
    if (at + 2 >= len || p[at] == 0)
        return len; /* not packed */
    at += 2;
    for (int i = 0; i < 2 && at < len; i++)
        at += strnlen((const char *)p + at, len - at) + 1;
    return at < len ? at : len;
}

/*
 * What a packed note (zTXt, iTXt, iCCP) unpacks to counts too: the stored file goes on
 * to programs that unpack it. Nothing is kept of it; a damaged one ends where it
 * breaks.
 * @sum: grown. Return: 0, or -1 and @e: ERR_IMAGE_BOMB, ERR_READ.
 */
static int count_packed(const struct image_source *s, uint64_t at, uint32_t len,
                        const char *name, uint64_t *sum, struct err *e)
{
    AUTO_DEFLATE struct deflate_in *d = NULL;
    AUTO_MEM unsigned char *p = NULL;
    size_t i = 0;
    int rc = 0;

    if (strcmp(name, "zTXt") != 0 && strcmp(name, "iTXt") != 0 &&
        strcmp(name, "iCCP") != 0)
        return 0;
    p = mem_new(len + 1, 1); /* at most IMAGE_PNG_ANCILLARY_MAX */
    if (image_source_read(s, at, p, len, e) < 0)
        return -1;
    d = deflate_in_new();
    i = packed_at(p, len, name);
    while (rc == 0) {
        size_t used = 0;
        size_t made = 0;

        rc = deflate_in_step(d, p + i, len - i, &used, &made);
        i += used;
        *sum += made;
        if (*sum > IMAGE_PNG_ANCILLARY_MAX)
            return err_set(e, ERR_IMAGE_BOMB,
                           "PNG with a note that unpacks to too much");
        if (rc == 0 && used == 0 && made == 0)
            break;
    }
    return 0;
}

static bool is_chunk_name(const char *name)
{
    for (int i = 0; i < 4; i++)
        if (!((name[i] >= 'A' && name[i] <= 'Z') || (name[i] >= 'a' && name[i] <= 'z')))
            return false;
    return true;
}

int image_png_walk(struct image *im, struct err *e)
{
    const struct image_source *s = &im->source;
    struct image_entry *t = image_entry_add(im);
    uint64_t at = SIGNATURE_LEN, ancillary = 0, data = 0;

    for (int n = 0;; n++) {
        unsigned char h[8];
        char name[5] = "";
        uint32_t len = 0;

        if (n >= IMAGE_PNG_CHUNKS_MAX)
            return err_set(e, ERR_IMAGE_BOMB, "PNG with too many chunks");
        if (image_source_read(s, at, h, sizeof h, e) < 0)
            return -1;
        len = be32(h);
        memcpy(name, h + 4, 4);
        if (!is_chunk_name(name) || len > INT32_MAX)
            return err_set(e, ERR_IMAGE_DAMAGED, "PNG chunk");
        if ((n == 0) != (strcmp(name, "IHDR") == 0))
            return err_set(e, ERR_IMAGE_DAMAGED, "PNG chunks in a wrong order");
        if (at + 12 + len > s->size)
            return err_set(e, ERR_IMAGE_DAMAGED, "PNG ends too early");
        at += 8;
        if (n == 0 && read_header(s, at, len, t, e) < 0)
            return -1;
        if (strcmp(name, "IDAT") == 0)
            data += len;
        if (name[0] >= 'a') {
            ancillary += len;
            if (ancillary > IMAGE_PNG_ANCILLARY_MAX)
                return err_set(e, ERR_IMAGE_BOMB,
                               "PNG with too much beside the picture");
            if (read_note(s, at, len, name, t, e) < 0 ||
                count_packed(s, at, len, name, &ancillary, e) < 0)
                return -1;
        }
        at += (uint64_t)len + 4;
        if (strcmp(name, "IEND") == 0)
            break;
    }
    if (data == 0)
        return err_set(e, ERR_IMAGE_DAMAGED, "PNG without image data");
    return 0;
}

/* ---- decode -------------------------------------------------------------------- */

struct reader {
    png_structp png;
    png_infop info;
    const struct image_source *file;
    uint64_t at;
    jmp_buf out;
    struct err why;
    png_bytep row;
    png_bytep *rows; /* of an interlaced picture, all in @row */
    size_t row_bytes;
};

static NORETURN void leave(struct reader *r)
{
    longjmp(r->out, 1);
}

static NORETURN void on_error(png_structp png, png_const_charp text)
{
    struct reader *r = png_get_error_ptr(png);

    if (r->why.code == ERR_NONE)
        (void)err_set(&r->why, ERR_IMAGE_DAMAGED, "PNG");
    (void)err_detail(&r->why, "%s", text);
    leave(r);
}

/* Warnings are about what lies beside the picture. */
static void on_warning(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void on_read(png_structp png, png_bytep out, size_t len)
{
    struct reader *r = png_get_io_ptr(png);

    if (image_source_read(r->file, r->at, out, len, &r->why) < 0)
        leave(r);
    r->at += len;
}

static void set_up(struct reader *r)
{
    static png_const_charp FAILED = "out of memory";

    png_set_error_fn(r->png, r, on_error, on_warning);
    r->info = png_create_info_struct(r->png);
    if (!r->info)
        png_error(r->png, FAILED);
    png_set_read_fn(r->png, r, on_read);
    png_set_user_limits(r->png, IMAGE_SIDE_MAX, IMAGE_SIDE_MAX);
    png_set_chunk_malloc_max(r->png, IMAGE_PNG_ANCILLARY_MAX);
    png_set_crc_action(r->png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
    /* Drop all ancillary chunks, then take tRNS back. */
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_set_keep_unknown_chunks(r->png, PNG_HANDLE_CHUNK_AS_DEFAULT,
                                (png_const_bytep) "tRNS", 1);
}

static enum image_row row_kind(struct reader *r)
{
    switch (png_get_channels(r->png, r->info)) {
    case 1:
        return IMAGE_ROW_GREY;
    case 2:
        return IMAGE_ROW_GREY_ALPHA;
    case 3:
        return IMAGE_ROW_RGB;
    default:
        return IMAGE_ROW_RGBA;
    }
}

/* What may jump. */
static void decode(struct reader *r, const struct image_entry *t, struct image_sink *k)
{
    enum image_row kind = IMAGE_ROW_GREY;
    int passes = 1;

    set_up(r);
    png_read_info(r->png, r->info);
    png_set_expand(r->png); /* palette, few bits, tRNS: to 8 bits and alpha */
    png_set_scale_16(r->png);
    passes = png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->row_bytes = png_get_rowbytes(r->png, r->info);
    kind = row_kind(r);
    if (png_get_image_width(r->png, r->info) != (png_uint_32)k->width ||
        png_get_image_height(r->png, r->info) != (png_uint_32)k->rows ||
        (passes > 1) != t->interlaced) {
        (void)err_set(&r->why, ERR_IMAGE_DAMAGED, "PNG of another size");
        leave(r);
    }
    r->row = mem_try(passes > 1 ? (size_t)k->rows : 1, r->row_bytes,
                     (size_t)IMAGE_DECODED_MAX * 2, &r->why);
    if (!r->row)
        leave(r);
    if (passes > 1) {
        r->rows = mem_new((size_t)k->rows, sizeof *r->rows);
        for (int32_t y = 0; y < k->rows; y++)
            r->rows[y] = r->row + (size_t)y * r->row_bytes;
        png_read_image(r->png, r->rows);
        for (int32_t y = 0; y < k->rows; y++)
            image_sink_row(k, y, kind, r->rows[y]);
    } else {
        for (int32_t y = 0; y < k->rows; y++) {
            png_read_row(r->png, r->row, NULL);
            image_sink_row(k, y, kind, r->row);
        }
    }
    png_read_end(r->png, NULL);
}

static void reader_auto(struct reader **r)
{
    png_destroy_read_struct(&(*r)->png, &(*r)->info, NULL);
    mem_free((*r)->row);
    mem_free((*r)->rows);
    mem_free(*r);
}

static int run(struct reader *r, const struct image_entry *t, struct image_sink *k,
               struct err *e)
{
    if (setjmp(r->out)) {
        *e = r->why;
        return -1;
    }
    decode(r, t, k);
    return 0;
}

int image_png_decode(const struct image *im, const struct image_entry *t,
                     struct image_sink *k, struct err *e)
{
    AUTO(reader_auto) struct reader *r = mem_new(1, sizeof *r);

    r->file = &im->source;
    r->png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    if (!r->png)
        return err_set(e, ERR_MEMORY, "PNG");
    return run(r, t, k, e);
}
