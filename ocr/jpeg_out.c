/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/jpeg_out.h"

#include <setjmp.h>
#include <stdio.h>

#include <allheaders.h>
#include <jpeglib.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"

/* As in image_jpeg.c: longjmp stays within run(), which has nothing to release. */
#define PIECE ((size_t)1 << 14)

struct writer {
    struct jpeg_compress_struct jpeg;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr to;
    jmp_buf out;
    struct str *text;
    struct Pix *pix;
    unsigned char *row;
    int quality, dpi;
    bool grey;
    char why[JMSG_LENGTH_MAX];
    JOCTET buf[PIECE];
};

static NORETURN void on_error(j_common_ptr c)
{
    struct writer *w = c->client_data;

    c->err->format_message(c, w->why);
    longjmp(w->out, 1);
}

static void on_message(j_common_ptr c, int level)
{
    (void)c;
    (void)level;
}

static void on_output(j_common_ptr c)
{
    (void)c;
}

static void to_start(j_compress_ptr c)
{
    struct writer *w = c->client_data;

    w->to.next_output_byte = w->buf;
    w->to.free_in_buffer = PIECE;
}

static boolean to_flush(j_compress_ptr c)
{
    struct writer *w = c->client_data;

    str_add_mem(w->text, w->buf, PIECE);
    to_start(c);
    return TRUE;
}

static void to_end(j_compress_ptr c)
{
    struct writer *w = c->client_data;

    str_add_mem(w->text, w->buf, PIECE - w->to.free_in_buffer);
}

static void fill_row(struct writer *w, int32_t y)
{
    const uint32_t *line = pixGetData(w->pix) + (size_t)y * (size_t)pixGetWpl(w->pix);
    int32_t width = pixGetWidth(w->pix);
    bool deep = pixGetDepth(w->pix) == 32;
    unsigned char *p = w->row;

    for (int32_t x = 0; x < width; x++) {
        uint32_t v = deep ? line[x] : GET_DATA_BYTE(line, x);
        unsigned r = deep ? v >> 24 : v;
        unsigned g = deep ? v >> 16 & 0xFF : v;
        unsigned b = deep ? v >> 8 & 0xFF : v;

        if (w->grey) {
            *p++ = (unsigned char)((77 * r + 150 * g + 29 * b) >> 8);
        } else {
            *p++ = (unsigned char)r;
            *p++ = (unsigned char)g;
            *p++ = (unsigned char)b;
        }
    }
}

/*
 * Progressive: each component's DC by itself, then its AC in one scan, where a run of
 * blocks without any costs next to nothing; most blocks of paper are such. The usual
 * script sends the last bit of every DC apart, one bit a block whatever it is: on a
 * ground that is mostly paper a third of all bytes.
 */
static const jpeg_scan_info SCANS[] = {
    {1, {0}, 0, 0, 0, 0},  {1, {1}, 0, 0, 0, 0},  {1, {2}, 0, 0, 0, 0},
    {1, {0}, 1, 63, 0, 0}, {1, {1}, 1, 63, 0, 0}, {1, {2}, 1, 63, 0, 0},
};
static const jpeg_scan_info SCANS_GREY[] = {
    {1, {0}, 0, 0, 0, 0},
    {1, {0}, 1, 63, 0, 0},
};

/* What may jump. */
static void encode(struct writer *w)
{
    struct jpeg_compress_struct *c = &w->jpeg;

    jpeg_create_compress(c);
    c->client_data = w;
    w->to.init_destination = to_start;
    w->to.empty_output_buffer = to_flush;
    w->to.term_destination = to_end;
    c->dest = &w->to;
    c->image_width = (JDIMENSION)pixGetWidth(w->pix);
    c->image_height = (JDIMENSION)pixGetHeight(w->pix);
    c->input_components = w->grey ? 1 : 3;
    c->in_color_space = w->grey ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(c);
    jpeg_set_quality(c, w->quality, TRUE);
    c->comp_info[0].h_samp_factor = c->comp_info[0].v_samp_factor = 1;
    if (w->dpi > 0) {
        c->density_unit = 1;
        c->X_density = c->Y_density = (UINT16)w->dpi;
    }
    c->scan_info = w->grey ? SCANS_GREY : SCANS;
    c->num_scans = w->grey ? ARRAY_LEN(SCANS_GREY) : ARRAY_LEN(SCANS);
    jpeg_start_compress(c, TRUE);
    while (c->next_scanline < c->image_height) {
        fill_row(w, (int32_t)c->next_scanline);
        (void)jpeg_write_scanlines(c, &w->row, 1);
    }
    jpeg_finish_compress(c);
}

static void writer_auto(struct writer **w)
{
    jpeg_destroy_compress(&(*w)->jpeg);
    mem_free((*w)->row);
    mem_free(*w);
}

static int run(struct writer *w, struct err *e)
{
    if (setjmp(w->out)) {
        (void)err_set(e, ERR_MEMORY, "JPEG");
        return err_detail(e, "%s", w->why);
    }
    encode(w);
    return 0;
}

int jpeg_out_write(struct Pix *pix, int quality, bool grey, int dpi, struct str *out,
                   struct err *e)
{
    AUTO(writer_auto) struct writer *w = mem_new(1, sizeof *w);

    w->pix = pix;
    w->text = out;
    w->quality = quality;
    w->dpi = dpi;
    w->grey = grey || pixGetDepth(pix) == 8;
    w->row = mem_new((size_t)pixGetWidth(pix), 3);
    w->jpeg.err = jpeg_std_error(&w->errors);
    w->errors.error_exit = on_error;
    w->errors.emit_message = on_message;
    w->errors.output_message = on_output;
    w->jpeg.client_data = w;
    if (run(w, e) < 0)
        return -1;
    return str_check(out, "JPEG", e);
}
