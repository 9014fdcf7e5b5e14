/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <malloc.h>
#include <string.h>

#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include "node/base/mem.h"
#include "ocr/image_part.h"

/*
 * HEIC, what phones write: libheif takes the boxes apart, lays tiles together, turns
 * and mirrors as the file says (irot, imir, clap); libde265 decodes the HEVC in it.
 *
 * The decoder that libheif brings along starts a thread, which a locked worker may not.
 * So it is told of one of ours that stands above it and does the same in this thread,
 * with our limit on the size that the coded data claim for themselves, and which takes
 * every complaint about them for damage: half a page is never given out. A second one
 * stands above those for AV1 and refuses.
 *
 * The turn in EXIF is not looked at: the format says that irot and imir alone count,
 * and phones write both. Several pictures in one file are pages: the main one first,
 * then those of more than half its area. Smaller ones beside it are previews or parts
 * that were not marked as such; depth, alpha and gain maps never count.
 *
 * libheif does not ask whether the tiles cover the picture. So that what lies bare is
 * white, and not what was in memory before, glibc is told to fill what it hands out.
 */
#define EXIF_MAX  65536
#define PRIORITY  1000 /* libheif's own have 50 to 200 */
#define PAPER     1    /* its complement is what fresh memory is filled with */
#define NAL_BYTES 4    /* of the length before each piece of coded data */

/* ---- HEVC in this thread ------------------------------------------------------- */

struct hevc {
    de265_decoder_context *ctx;
    struct de265_image_allocation allocation;
};

static const struct heif_error FINE = {heif_error_Ok, heif_suberror_Unspecified, "ok"};

static struct heif_error hevc_bad(const char *why)
{
    return (struct heif_error){heif_error_Decoder_plugin_error,
                               heif_suberror_Unspecified, why};
}

static const char *hevc_name(void)
{
    return "libde265, one thread";
}

static int hevc_supports(enum heif_compression_format format)
{
    return format == heif_compression_HEVC ? PRIORITY : 0;
}

/* Called with the size in the coded data, which the boxes know nothing of. */
static int hevc_buffer(de265_decoder_context *ctx, struct de265_image_spec *spec,
                       struct de265_image *img, void *user)
{
    if (spec->width < 1 || spec->height < 1 || spec->width > IMAGE_SIDE_MAX ||
        spec->height > IMAGE_SIDE_MAX ||
        (uint64_t)spec->width * (uint64_t)spec->height > IMAGE_HEIF_PIXELS_MAX)
        return 0;
    return de265_get_default_image_allocation_functions()->get_buffer(ctx, spec, img,
                                                                      user);
}

static struct heif_error hevc_new(void **out)
{
    struct hevc *h = mem_new(1, sizeof *h);

    h->ctx = de265_new_decoder();
    if (!h->ctx) {
        mem_free(h);
        return hevc_bad("no decoder");
    }
    h->allocation = *de265_get_default_image_allocation_functions();
    h->allocation.get_buffer = hevc_buffer;
    de265_set_image_allocation_functions(h->ctx, &h->allocation, NULL);
    *out = h;
    return FINE;
}

static void hevc_free(void *of)
{
    struct hevc *h = of;

    (void)de265_free_decoder(h->ctx); /* says only that others are still open */
    mem_free(h);
}

static struct heif_error hevc_push(void *of, const void *data, size_t size)
{
    struct hevc *h = of;
    const unsigned char *p = data;

    while (size > 0) {
        size_t n = 0;

        if (size < NAL_BYTES)
            return hevc_bad("coded data end too early");
        n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
        p += NAL_BYTES;
        size -= NAL_BYTES;
        if (n > size || n > INT_MAX)
            return hevc_bad("coded data end too early");
        if (de265_push_NAL(h->ctx, p, (int)n, 0, NULL) != DE265_OK)
            return hevc_bad("coded data");
        p += n;
        size -= n;
    }
    return FINE;
}

static struct heif_error hevc_plane(const struct de265_image *from, int plane,
                                    enum heif_channel channel, struct heif_image *to)
{
    int bits = de265_get_bits_per_pixel(from, plane);
    int w = de265_get_image_width(from, plane), h = de265_get_image_height(from, plane);
    int from_stride = 0, to_stride = 0;
    const uint8_t *in = de265_get_image_plane(from, plane, &from_stride);
    struct heif_error err = FINE;
    uint8_t *out = NULL;

    if (w < 1 || h < 1 || bits != de265_get_bits_per_pixel(from, 0))
        return hevc_bad("planes that do not fit together");
    err = heif_image_add_plane(to, channel, w, h, bits);
    if (err.code != heif_error_Ok)
        return err;
    out = heif_image_get_plane(to, channel, &to_stride);
    for (int y = 0; y < h; y++)
        memcpy(out + (size_t)y * (size_t)to_stride,
               in + (size_t)y * (size_t)from_stride,
               (size_t)w * (size_t)((bits + 7) / 8));
    return FINE;
}

/* Which of YUV the numbers are, for who turns them into colours. */
static struct heif_error hevc_colors(const struct de265_image *from,
                                     struct heif_image *to)
{
    struct heif_color_profile_nclx *c = heif_nclx_color_profile_alloc();
    struct heif_error err = FINE;

    if (!c)
        return hevc_bad("no memory");
    c->color_primaries =
        (enum heif_color_primaries)de265_get_image_colour_primaries(from);
    c->transfer_characteristics =
        (enum heif_transfer_characteristics)de265_get_image_transfer_characteristics(
            from);
    c->matrix_coefficients =
        (enum heif_matrix_coefficients)de265_get_image_matrix_coefficients(from);
    c->full_range_flag = de265_get_image_full_range_flag(from) != 0;
    err = heif_image_set_nclx_color_profile(to, c);
    heif_nclx_color_profile_free(c);
    return err;
}

static struct heif_error hevc_take(const struct de265_image *from,
                                   struct heif_image **out)
{
    static const enum heif_channel CHANNELS[] = {heif_channel_Y, heif_channel_Cb,
                                                 heif_channel_Cr};
    enum de265_chroma chroma = de265_get_chroma_format(from);
    int planes = chroma == de265_chroma_mono ? 1 : 3;
    struct heif_image *made = NULL;
    struct heif_error err = heif_image_create(
        de265_get_image_width(from, 0), de265_get_image_height(from, 0),
        planes == 1 ? heif_colorspace_monochrome : heif_colorspace_YCbCr,
        (enum heif_chroma)chroma, &made);

    for (int i = 0; i < planes && err.code == heif_error_Ok; i++)
        err = hevc_plane(from, i, CHANNELS[i], made);
    if (err.code == heif_error_Ok)
        err = hevc_colors(from, made);
    if (err.code != heif_error_Ok) {
        if (made)
            heif_image_release(made);
        return err;
    }
    *out = made;
    return FINE;
}

/* The first picture; what follows it in the same data is not decoded. */
static struct heif_error hevc_decode(void *of, struct heif_image **out)
{
    struct hevc *h = of;
    const struct de265_image *found = NULL;
    int more = 1;

    *out = NULL;
    if (de265_flush_data(h->ctx) != DE265_OK)
        return hevc_bad("coded data");
    while (more && !found) {
        more = 0;
        if (de265_decode(h->ctx, &more) != DE265_OK ||
            de265_get_warning(h->ctx) != DE265_OK)
            return hevc_bad("coded data are damaged");
        found = de265_peek_next_picture(h->ctx);
    }
    return found ? hevc_take(found, out) : hevc_bad("no picture in the coded data");
}

static void hevc_strict(void *of, int flag)
{
    (void)of;
    (void)flag; /* always */
}

static const struct heif_decoder_plugin HEVC = {
    .plugin_api_version = 3,
    .get_plugin_name = hevc_name,
    .does_support_format = hevc_supports,
    .new_decoder = hevc_new,
    .free_decoder = hevc_free,
    .push_data = hevc_push,
    .decode_image = hevc_decode,
    .set_strict_decoding = hevc_strict,
    .id_name = "sohoa-hevc",
};

/* ---- AV1: not here ------------------------------------------------------------- */

static const char *av1_name(void)
{
    return "no AV1";
}

static int av1_supports(enum heif_compression_format format)
{
    return format == heif_compression_AV1 ? PRIORITY : 0;
}

static struct heif_error av1_new(void **out)
{
    (void)out;
    return (struct heif_error){heif_error_Unsupported_feature,
                               heif_suberror_Unsupported_codec, "AV1"};
}

static const struct heif_decoder_plugin AV1 = {
    .plugin_api_version = 3,
    .get_plugin_name = av1_name,
    .does_support_format = av1_supports,
    .new_decoder = av1_new,
    .id_name = "sohoa-av1",
};

/* ---- the file ------------------------------------------------------------------ */

struct input {
    const struct image_source *file;
    uint64_t at;
    struct err why; /* of reading */
};

static int64_t on_position(void *of)
{
    return (int64_t)((struct input *)of)->at;
}

static int on_read(void *buf, size_t len, void *of)
{
    struct input *in = of;

    if (image_source_read(in->file, in->at, buf, len, &in->why) < 0)
        return -1;
    in->at += len;
    return 0;
}

static int on_seek(int64_t at, void *of)
{
    struct input *in = of;

    if (at < 0 || (uint64_t)at > in->file->size)
        return -1;
    in->at = (uint64_t)at;
    return 0;
}

static enum heif_reader_grow_status on_wait(int64_t size, void *of)
{
    const struct input *in = of;

    return size >= 0 && (uint64_t)size <= in->file->size
               ? heif_reader_grow_status_size_reached
               : heif_reader_grow_status_size_beyond_eof;
}

static const struct heif_reader READER = {
    .reader_api_version = 1,
    .get_position = on_position,
    .read = on_read,
    .seek = on_seek,
    .wait_for_file_size = on_wait,
};

static int fail(const struct heif_error *err, const struct input *in, struct err *e)
{
    enum err_code code = ERR_IMAGE_DAMAGED;

    if (in->why.code == ERR_READ) {
        *e = in->why;
        return -1;
    }
    if (err->subcode == heif_suberror_Security_limit_exceeded)
        code = err->code == heif_error_Memory_allocation_error ? ERR_IMAGE_SIZE
                                                               : ERR_IMAGE_BOMB;
    else if (err->code == heif_error_Unsupported_filetype ||
             err->code == heif_error_Unsupported_feature)
        code = ERR_IMAGE_FORMAT;
    (void)err_set(e, code, "HEIC");
    return err_detail(e, "%s", err->message ? err->message : "");
}

static void context_auto(struct heif_context **c)
{
    if (*c)
        heif_context_free(*c);
}

static void handle_auto(struct heif_image_handle **h)
{
    if (*h)
        heif_image_handle_release(*h);
}

static void picture_auto(struct heif_image **p)
{
    if (*p)
        heif_image_release(*p);
}

static void options_auto(struct heif_decoding_options **o)
{
    if (*o)
        heif_decoding_options_free(*o);
}

/* @in must live as long as the context. */
static int read_boxes(struct input *in, struct heif_context **out, struct err *e)
{
    AUTO(context_auto) struct heif_context *c = heif_context_alloc();
    struct heif_error err = FINE;

    if (!c)
        return err_set(e, ERR_MEMORY, "HEIC");
    /* Known already: the same two stay. */
    err = heif_register_decoder_plugin(&HEVC);
    if (err.code == heif_error_Ok)
        err = heif_register_decoder_plugin(&AV1);
    if (err.code != heif_error_Ok)
        return err_set(e, ERR_INTERNAL, "HEIC");
    heif_context_set_maximum_image_size_limit(c, IMAGE_SIDE_MAX);
    heif_context_set_max_decoding_threads(c, 0);
    err = heif_context_read_from_reader(c, &READER, in, NULL);
    if (err.code != heif_error_Ok)
        return fail(&err, in, e);
    *out = TAKE(c);
    return 0;
}

/* ---- walk ---------------------------------------------------------------------- */

/* Resolution alone: see above. */
static void read_exif(const struct heif_image_handle *h, struct image_entry *t)
{
    AUTO_MEM unsigned char *p = NULL;
    struct image_entry found = *t;
    heif_item_id id = 0;
    size_t len = 0, at = 0;

    if (heif_image_handle_get_list_of_metadata_block_IDs(h, "Exif", &id, 1) != 1)
        return;
    len = heif_image_handle_get_metadata_size(h, id);
    if (len < NAL_BYTES || len > EXIF_MAX)
        return;
    p = mem_new(len, 1);
    if (heif_image_handle_get_metadata(h, id, p).code != heif_error_Ok)
        return;
    at = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
    if (at >= len - 4)
        return;
    image_exif_read(p + 4 + at, len - 4 - at, &found);
    t->page.dpi = found.page.dpi;
}

static int note_page(struct image_entry *t, const struct heif_image_handle *h,
                     heif_item_id id, struct err *e)
{
    int w = heif_image_handle_get_width(h), high = heif_image_handle_get_height(h);
    int bits = heif_image_handle_get_luma_bits_per_pixel(h);
    uint64_t samples = heif_image_handle_has_alpha_channel(h) ? 4 : 3;

    t->at = id;
    if (image_entry_size(t, w > 0 ? (uint64_t)w : 0, high > 0 ? (uint64_t)high : 0,
                         samples, bits > 8 ? 16 : 8, e) < 0)
        return -1;
    if ((uint64_t)w * (uint64_t)high > IMAGE_HEIF_PIXELS_MAX)
        return err_set(e, ERR_IMAGE_SIZE, "%d × %d pixels", w, high);
    read_exif(h, t);
    return 0;
}

static uint64_t area(const struct image_entry *t)
{
    return (uint64_t)t->raw_w * (uint64_t)t->raw_h;
}

/* Another picture beside the main one: a page when it is large enough. */
static int add_other(struct image *im, struct heif_context *c, heif_item_id id,
                     const struct input *in, struct err *e)
{
    AUTO(handle_auto) struct heif_image_handle *h = NULL;
    struct heif_error err = heif_context_get_image_handle(c, id, &h);
    struct image_entry *t = NULL;
    struct err why = ERR_INIT;

    if (err.code != heif_error_Ok)
        return fail(&err, in, e);
    t = image_entry_add(im);
    if (note_page(t, h, id, &why) < 0) {
        t->bad = why;
    } else if (area(t) * 2 <= area(&im->entries[0])) {
        *t = (struct image_entry){0}; /* what was noted is nobody's */
        im->count--;
    }
    return 0;
}

int image_heif_walk(struct image *im, struct err *e)
{
    AUTO(context_auto) struct heif_context *c = NULL;
    AUTO(handle_auto) struct heif_image_handle *h = NULL;
    struct input in = {.file = &im->source};
    heif_item_id ids[IMAGE_HEIF_PAGES_MAX], first = 0;
    struct heif_error err = FINE;
    int count = 0;

    if (im->source.size > IMAGE_HEIF_FILE_MAX)
        return err_set(e, ERR_INPUT_TOO_LARGE, "HEIC");
    if (read_boxes(&in, &c, e) < 0)
        return -1;
    err = heif_context_get_primary_image_ID(c, &first);
    if (err.code == heif_error_Ok)
        err = heif_context_get_primary_image_handle(c, &h);
    if (err.code != heif_error_Ok)
        return fail(&err, &in, e);
    if (note_page(image_entry_add(im), h, first, e) < 0)
        return -1;
    if (heif_context_get_number_of_top_level_images(c) > IMAGE_HEIF_PAGES_MAX)
        return err_set(e, ERR_IMAGE_BOMB, "HEIC with too many pictures");
    count = heif_context_get_list_of_top_level_image_IDs(c, ids, IMAGE_HEIF_PAGES_MAX);
    for (int i = 0; i < count; i++)
        if (ids[i] != first && add_other(im, c, ids[i], &in, e) < 0)
            return -1;
    return 0;
}

/* ---- decode -------------------------------------------------------------------- */

struct planes {
    const uint8_t *p[4]; /* red, green, blue, alpha */
    int stride[4];
    int bits[4];
    int count;
};

/* Return: whether all planes are as large as the sink. */
static bool take_planes(const struct heif_image *img, const struct image_sink *k,
                        struct planes *out)
{
    static const enum heif_channel CHANNELS[] = {heif_channel_R, heif_channel_G,
                                                 heif_channel_B, heif_channel_Alpha};

    out->count = heif_image_has_channel(img, heif_channel_Alpha) ? 4 : 3;
    for (int i = 0; i < out->count; i++) {
        out->p[i] = heif_image_get_plane_readonly(img, CHANNELS[i], &out->stride[i]);
        out->bits[i] = heif_image_get_bits_per_pixel_range(img, CHANNELS[i]);
        if (!out->p[i] || out->bits[i] < 8 || out->bits[i] > 16 ||
            heif_image_get_width(img, CHANNELS[i]) != k->width ||
            heif_image_get_height(img, CHANNELS[i]) != k->rows)
            return false;
    }
    return true;
}

/* Row @y of all planes, pixel after pixel, 8 bits. */
static void weave(const struct planes *s, int32_t y, int32_t width, unsigned char *row)
{
    for (int i = 0; i < s->count; i++) {
        const uint8_t *in = s->p[i] + (size_t)y * (size_t)s->stride[i];
        unsigned char *out = row + i;

        if (s->bits[i] == 8) {
            for (int32_t x = 0; x < width; x++, out += s->count)
                *out = in[x];
            continue;
        }
        for (int32_t x = 0; x < width; x++, out += s->count) {
            uint16_t v = 0;

            memcpy(&v, in + (size_t)x * 2, 2);
            *out = (unsigned char)(v >> (s->bits[i] - 8));
        }
    }
}

static int give_rows(const struct heif_image *img, struct image_sink *k, struct err *e)
{
    AUTO_MEM unsigned char *row = NULL;
    struct planes s = {0};

    if (!take_planes(img, k, &s))
        return err_set(e, ERR_IMAGE_DAMAGED, "HEIC of another size");
    row = mem_new((size_t)k->width, (size_t)s.count);
    for (int32_t y = 0; y < k->rows; y++) {
        weave(&s, y, k->width, row);
        image_sink_row(k, y, s.count == 4 ? IMAGE_ROW_RGBA : IMAGE_ROW_RGB, row);
    }
    return 0;
}

int image_heif_decode(const struct image *im, const struct image_entry *t,
                      struct image_sink *k, struct err *e)
{
    AUTO(context_auto) struct heif_context *c = NULL;
    AUTO(handle_auto) struct heif_image_handle *h = NULL;
    AUTO(picture_auto) struct heif_image *img = NULL;
    AUTO(options_auto) struct heif_decoding_options *o = heif_decoding_options_alloc();
    struct input in = {.file = &im->source};
    struct heif_error err = FINE;

    if (!o)
        return err_set(e, ERR_MEMORY, "HEIC");
    o->strict_decoding = 1;
    if (read_boxes(&in, &c, e) < 0)
        return -1;
    err = heif_context_get_image_handle(c, (heif_item_id)t->at, &h);
    (void)mallopt(M_PERTURB, PAPER);
    if (err.code == heif_error_Ok)
        err = heif_decode_image(h, &img, heif_colorspace_RGB, heif_chroma_444, o);
    (void)mallopt(M_PERTURB, 0);
    if (err.code != heif_error_Ok)
        return fail(&err, &in, e);
    return give_rows(img, k, e);
}
