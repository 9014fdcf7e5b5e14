/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "node/base/mem.h"
#include "ocr/image_part.h"

/*
 * JPEG by libjpeg, whose only way out of an error is longjmp. It stays within
 * image_jpeg_decode(): what must be released lies in struct reader, which that function
 * does not change after setjmp, and no function with an AUTO variable is jumped over.
 *
 * The walk reads markers only. Between them the coded data is passed over by looking
 * for 0xFF, so that the number of scans and the end of the picture are known before
 * anything is decoded: a picture that is cut off or repeats its scans thousands of
 * times is found at the price of one read.
 */
#define READ_BYTES     ((size_t)1 << 16)
#define DECODER_MEMORY ((long)768 << 20) /* coefficients of a progressive picture */

enum {
    M_SOF0 = 0xC0,
    M_DHT = 0xC4,
    M_JPG = 0xC8,
    M_DAC = 0xCC,
    M_SOF15 = 0xCF,
    M_RST0 = 0xD0,
    M_RST7 = 0xD7,
    M_SOI = 0xD8,
    M_EOI = 0xD9,
    M_SOS = 0xDA,
    M_APP0 = 0xE0,
    M_APP1 = 0xE1,
    M_TEM = 0x01,
};

/* ---- walk ---------------------------------------------------------------------- */

/* Bytes of the file, one after the other. */
struct bytes {
    const struct image_source *s;
    uint64_t at; /* of buf[0] */
    size_t have, next;
    unsigned char buf[READ_BYTES];
};

/* Return: 1 there is a byte, 0 the end, -1. */
static int refill(struct bytes *b, struct err *e)
{
    int64_t n = 0;

    if (b->next < b->have)
        return 1;
    b->at += b->have;
    b->next = b->have = 0;
    n = image_source_some(b->s, b->at, b->buf, sizeof b->buf, e);
    if (n <= 0)
        return (int)n;
    b->have = (size_t)n;
    return 1;
}

static int cut_off(struct err *e)
{
    return err_set(e, ERR_IMAGE_DAMAGED, "JPEG ends too early");
}

static int get_byte(struct bytes *b, unsigned *out, struct err *e)
{
    int rc = refill(b, e);

    if (rc <= 0)
        return rc < 0 ? -1 : cut_off(e);
    *out = b->buf[b->next++];
    return 0;
}

static int get_word(struct bytes *b, unsigned *out, struct err *e)
{
    unsigned high = 0, low = 0;

    if (get_byte(b, &high, e) < 0 || get_byte(b, &low, e) < 0)
        return -1;
    *out = high << 8 | low;
    return 0;
}

static uint64_t position(const struct bytes *b)
{
    return b->at + b->next;
}

static void jump(struct bytes *b, uint64_t to)
{
    b->at = to;
    b->have = b->next = 0;
}

/* The next marker: fill bytes are allowed before it, nothing else. */
static int get_marker(struct bytes *b, unsigned *out, struct err *e)
{
    unsigned c = 0;

    if (get_byte(b, &c, e) < 0)
        return -1;
    if (c != 0xFF)
        return err_set(e, ERR_IMAGE_DAMAGED, "JPEG without a marker where one must be");
    while (c == 0xFF)
        if (get_byte(b, &c, e) < 0)
            return -1;
    *out = c;
    return 0;
}

/* Pass over coded data up to the marker that ends it. */
static int skip_coded(struct bytes *b, struct err *e)
{
    for (;;) {
        int rc = refill(b, e);
        unsigned char *ff = NULL;
        unsigned c = 0xFF;

        if (rc <= 0)
            return rc < 0 ? -1 : cut_off(e);
        ff = memchr(b->buf + b->next, 0xFF, b->have - b->next);
        if (!ff) {
            b->next = b->have;
            continue;
        }
        b->next = (size_t)(ff - b->buf) + 1;
        while (c == 0xFF)
            if (get_byte(b, &c, e) < 0)
                return -1;
        if (c == 0 || (c >= M_RST0 && c <= M_RST7))
            continue;
        jump(b, position(b) - 2); /* the marker is read again by the caller */
        return 0;
    }
}

static bool is_frame(unsigned marker)
{
    return marker >= M_SOF0 && marker <= M_SOF15 && marker != M_DHT &&
           marker != M_JPG && marker != M_DAC;
}

static int read_frame(struct bytes *b, unsigned marker, struct image_entry *t,
                      struct err *e)
{
    unsigned bits = 0, height = 0, width = 0, samples = 0;

    if (t->raw_w > 0)
        return err_set(e, ERR_IMAGE_DAMAGED, "JPEG with two frames");
    if (get_byte(b, &bits, e) < 0 || get_word(b, &height, e) < 0 ||
        get_word(b, &width, e) < 0 || get_byte(b, &samples, e) < 0)
        return -1;
    /* Baseline, extended, progressive, and the first two with arithmetic coding. */
    if (bits != 8 || height == 0 ||
        !(marker <= M_SOF0 + 2 || marker == 0xC9 || marker == 0xCA))
        return err_set(e, ERR_IMAGE_FORMAT, "JPEG frame %02X of %u bits", marker, bits);
    t->interlaced = marker == M_SOF0 + 2 || marker == 0xCA;
    return image_entry_size(t, width, height, samples, bits, e);
}

/* APP0 "JFIF" has a resolution, APP1 "Exif" an orientation. */
static int read_note(struct bytes *b, unsigned marker, size_t len,
                     struct image_entry *t, struct err *e)
{
    AUTO_MEM unsigned char *p = mem_new(len, 1);

    if (image_source_read(b->s, position(b), p, len, e) < 0)
        return cut_off(e);
    if (marker == M_APP0 && len >= 12 && memcmp(p, "JFIF", 5) == 0) {
        double density = p[8] << 8 | p[9];

        if (p[7] == 1 || p[7] == 2)
            image_entry_dpi(t, p[7] == 2 ? density * 2.54 : density);
    } else if (marker == M_APP1 && len > 6 && memcmp(p, "Exif\0\0", 6) == 0) {
        image_exif_read(p + 6, len - 6, t);
    }
    return 0;
}

/* One segment with a length. Return: 0, or -1. */
static int read_segment(struct bytes *b, unsigned marker, struct image_entry *t,
                        struct err *e)
{
    uint64_t start = position(b);
    unsigned len = 0;

    if (get_word(b, &len, e) < 0)
        return -1;
    if (len < 2)
        return err_set(e, ERR_IMAGE_DAMAGED, "JPEG segment of %u bytes", len);
    if (start + len > b->s->size)
        return cut_off(e);
    if (is_frame(marker)) {
        if (len < 8)
            return err_set(e, ERR_IMAGE_DAMAGED, "JPEG frame of %u bytes", len);
        if (read_frame(b, marker, t, e) < 0)
            return -1;
    } else if (marker == M_APP0 || marker == M_APP1) {
        if (read_note(b, marker, len - 2, t, e) < 0)
            return -1;
    }
    jump(b, start + len);
    return 0;
}

int image_jpeg_walk(struct image *im, struct err *e)
{
    AUTO_MEM struct bytes *b = mem_new(1, sizeof *b);
    struct image_entry *t = image_entry_add(im);
    unsigned marker = 0, scans = 0;

    b->s = &im->source;
    t->halvings = 3;
    jump(b, 2); /* SOI was seen when the kind was found */
    for (;;) {
        if (get_marker(b, &marker, e) < 0)
            return -1;
        if (marker == M_EOI)
            break;
        if (marker == M_TEM || (marker >= M_RST0 && marker <= M_RST7))
            continue;
        if (marker == M_SOI || marker == 0)
            return err_set(e, ERR_IMAGE_DAMAGED, "JPEG marker %02X", marker);
        if (read_segment(b, marker, t, e) < 0)
            return -1;
        if (marker != M_SOS)
            continue;
        if (t->raw_w == 0)
            return err_set(e, ERR_IMAGE_DAMAGED, "JPEG scan before its frame");
        if (++scans > IMAGE_JPEG_SCANS_MAX)
            return err_set(e, ERR_IMAGE_BOMB, "JPEG with more than %d scans",
                           IMAGE_JPEG_SCANS_MAX);
        if (skip_coded(b, e) < 0)
            return -1;
    }
    if (scans == 0)
        return err_set(e, ERR_IMAGE_DAMAGED, "JPEG without a scan");
    image_entry_orient(t, (uint64_t)t->page.orientation);
    return 0;
}

/* ---- decode -------------------------------------------------------------------- */

struct reader {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    const struct image_source *file;
    uint64_t at;
    jmp_buf out;
    struct err why;
    JSAMPLE *row;
    JOCTET buf[READ_BYTES];
};

static NORETURN void leave(struct reader *r)
{
    longjmp(r->out, 1);
}

static NORETURN void on_error(j_common_ptr c)
{
    struct reader *r = c->client_data;
    char text[JMSG_LENGTH_MAX] = "";
    enum err_code code = ERR_IMAGE_DAMAGED;

    c->err->format_message(c, text);
    if (c->err->msg_code == JERR_OUT_OF_MEMORY ||
        c->err->msg_code == JERR_NO_BACKING_STORE)
        code = ERR_MEMORY;
    if (r->why.code == ERR_NONE)
        (void)err_set(&r->why, code, "JPEG");
    (void)err_detail(&r->why, "%s", text);
    leave(r);
}

/* Level -1 is a warning about damaged data: the picture would be wrong from there. */
static void on_message(j_common_ptr c, int level)
{
    if (level < 0)
        on_error(c);
}

static void on_output(j_common_ptr c)
{
    (void)c;
}

static void source_init(j_decompress_ptr d)
{
    (void)d;
}

static boolean source_fill(j_decompress_ptr d)
{
    struct reader *r = d->client_data;
    int64_t n = image_source_some(r->file, r->at, r->buf, sizeof r->buf, &r->why);

    if (n == 0)
        (void)cut_off(&r->why);
    if (n <= 0)
        leave(r);
    r->at += (uint64_t)n;
    r->source.next_input_byte = r->buf;
    r->source.bytes_in_buffer = (size_t)n;
    return TRUE;
}

static void source_skip(j_decompress_ptr d, long count)
{
    struct reader *r = d->client_data;
    size_t n = count > 0 ? (size_t)count : 0;

    if (n <= r->source.bytes_in_buffer) {
        r->source.next_input_byte += n;
        r->source.bytes_in_buffer -= n;
    } else {
        r->at += n - r->source.bytes_in_buffer;
        r->source.bytes_in_buffer = 0;
    }
}

static void choose_output(struct jpeg_decompress_struct *d, enum image_row *kind)
{
    if (d->jpeg_color_space == JCS_GRAYSCALE) {
        d->out_color_space = JCS_GRAYSCALE;
        *kind = IMAGE_ROW_GREY;
    } else if (d->num_components == 4) {
        d->out_color_space = JCS_CMYK;
        *kind = d->saw_Adobe_marker ? IMAGE_ROW_CMYK_INVERTED : IMAGE_ROW_CMYK;
    } else {
        d->out_color_space = JCS_RGB;
        *kind = IMAGE_ROW_RGB;
    }
}

/* What may jump. */
static void decode(struct reader *r, int eighths, struct image_sink *k)
{
    struct jpeg_decompress_struct *d = &r->jpeg;
    enum image_row kind = IMAGE_ROW_GREY;

    jpeg_create_decompress(d);
    d->client_data = r;
    d->mem->max_memory_to_use = DECODER_MEMORY;
    r->source.init_source = source_init;
    r->source.fill_input_buffer = source_fill;
    r->source.skip_input_data = source_skip;
    r->source.resync_to_restart = jpeg_resync_to_restart;
    r->source.term_source = source_init;
    d->src = &r->source;
    (void)jpeg_read_header(d, TRUE);
    choose_output(d, &kind);
    d->scale_num = (unsigned)eighths;
    d->scale_denom = 8;
    (void)jpeg_start_decompress(d);
    if (d->output_width != (JDIMENSION)k->width ||
        d->output_height != (JDIMENSION)k->rows || d->output_components < 1) {
        (void)err_set(&r->why, ERR_IMAGE_DAMAGED, "JPEG of another size");
        leave(r);
    }
    r->row = mem_new(d->output_width, (size_t)d->output_components);
    while (d->output_scanline < d->output_height) {
        int32_t y = (int32_t)d->output_scanline, skip = image_sink_skip(k, y);

        /* What is skipped is still read bit for bit, but no pixel made of it. */
        if (skip > 0)
            (void)jpeg_skip_scanlines(d, (JDIMENSION)skip);
        else if (jpeg_read_scanlines(d, &r->row, 1) == 1)
            image_sink_row(k, y, kind, r->row);
    }
    (void)jpeg_finish_decompress(d);
}

static void reader_auto(struct reader **r)
{
    jpeg_destroy_decompress(&(*r)->jpeg);
    mem_free((*r)->row);
    mem_free(*r);
}

static int run(struct reader *r, int eighths, struct image_sink *k, struct err *e)
{
    if (setjmp(r->out)) {
        *e = r->why;
        return -1;
    }
    decode(r, eighths, k);
    return 0;
}

int image_jpeg_decode(const struct image *im, const struct image_entry *t, int eighths,
                      struct image_sink *k, struct err *e)
{
    AUTO(reader_auto) struct reader *r = mem_new(1, sizeof *r);

    (void)t;
    r->file = &im->source;
    r->jpeg.err = jpeg_std_error(&r->errors);
    r->errors.error_exit = on_error;
    r->errors.emit_message = on_message;
    r->errors.output_message = on_output;
    r->jpeg.client_data = r;
    return run(r, eighths, k, e);
}
