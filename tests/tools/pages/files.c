/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/tools/pages/files.h"

#include <cairo-pdf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>
#include <png.h>
#include <tiffio.h>

#include "node/base/mem.h"

static int complain(const char *path, const char *what)
{
    (void)fprintf(stderr, "make-pages: %s: %s\n", path, what);
    return -1;
}

static unsigned char grey(const unsigned char *rgb)
{
    return (unsigned char)((rgb[0] * 77 + rgb[1] * 150 + rgb[2] * 29) >> 8);
}

/* Samples a pixel, and one row in that form. */
static int samples(enum mode mode)
{
    return mode == MODE_COLOUR ? 3 : 1;
}

static void row_of(const struct picture *p, int y, enum mode mode, unsigned char *out)
{
    const unsigned char *in = p->rgb + (size_t)y * (size_t)p->width * 3;

    if (mode == MODE_COLOUR) {
        memcpy(out, in, (size_t)p->width * 3);
        return;
    }
    for (int x = 0; x < p->width; x++) {
        unsigned char v = grey(in + (size_t)x * 3);

        out[x] = mode == MODE_BW ? (unsigned char)(v > 150 ? 255 : 0) : v;
    }
}

/* A JPEG in memory. @size: set. Return: owned, free(). */
static unsigned char *jpeg_of(const struct picture *p, enum mode mode, int quality,
                              unsigned long *size)
{
    struct jpeg_compress_struct j = {0};
    struct jpeg_error_mgr errors = {0};
    unsigned char *out = NULL;
    unsigned char *row = mem_new((size_t)p->width, 3);

    j.err = jpeg_std_error(&errors); /* ends the program on failure: a tool may */
    jpeg_create_compress(&j);
    jpeg_mem_dest(&j, &out, size);
    j.image_width = (JDIMENSION)p->width;
    j.image_height = (JDIMENSION)p->height;
    j.input_components = samples(mode);
    j.in_color_space = samples(mode) == 3 ? JCS_RGB : JCS_GRAYSCALE;
    jpeg_set_defaults(&j);
    jpeg_set_quality(&j, quality, TRUE);
    j.density_unit = 1;
    j.X_density = (UINT16)p->dpi;
    j.Y_density = (UINT16)p->dpi;
    jpeg_start_compress(&j, TRUE);
    while (j.next_scanline < j.image_height) {
        row_of(p, (int)j.next_scanline, mode, row);
        (void)jpeg_write_scanlines(&j, &row, 1);
    }
    jpeg_finish_compress(&j);
    jpeg_destroy_compress(&j);
    mem_free(row);
    return out;
}

static int write_jpeg(const char *path, enum mode mode, int quality,
                      const struct picture *p)
{
    unsigned long size = 0;
    unsigned char *data = jpeg_of(p, mode, quality, &size);
    FILE *f = fopen(path, "wb");
    int rc = 0;

    if (!f || fwrite(data, 1, size, f) != size)
        rc = -1;
    if (f && fclose(f) != 0)
        rc = -1;
    free(data);
    return rc < 0 ? complain(path, strerror(errno)) : 0;
}

static int write_png(const char *path, enum mode mode, const struct picture *p)
{
    png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    unsigned char *row = mem_new((size_t)p->width, 3);
    FILE *f = fopen(path, "wb");

    if (!f) {
        mem_free(row);
        png_destroy_write_struct(&png, &info);
        return complain(path, strerror(errno));
    }
    png_init_io(png, f);
    png_set_IHDR(png, info, (png_uint_32)p->width, (png_uint_32)p->height, 8,
                 samples(mode) == 3 ? PNG_COLOR_TYPE_RGB : PNG_COLOR_TYPE_GRAY,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    png_set_pHYs(png, info, (png_uint_32)(p->dpi / 0.0254 + 0.5),
                 (png_uint_32)(p->dpi / 0.0254 + 0.5), PNG_RESOLUTION_METER);
    png_set_compression_level(png, 3);
    png_write_info(png, info);
    for (int y = 0; y < p->height; y++) {
        row_of(p, y, mode, row);
        png_write_row(png, row);
    }
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    mem_free(row);
    return fclose(f) == 0 ? 0 : complain(path, strerror(errno));
}

static int write_tiff(const char *path, enum mode mode, const struct picture *p,
                      int count)
{
    TIFF *t = TIFFOpen(path, "w");

    if (!t)
        return complain(path, "cannot be written");
    for (int i = 0; i < count; i++, p++) {
        unsigned char *row = mem_new((size_t)p->width, 3);
        unsigned char *bits = mem_new((size_t)p->width / 8 + 1, 1);

        TIFFSetField(t, TIFFTAG_IMAGEWIDTH, (uint32_t)p->width);
        TIFFSetField(t, TIFFTAG_IMAGELENGTH, (uint32_t)p->height);
        TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, samples(mode));
        TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, mode == MODE_BW ? 1 : 8);
        TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
        TIFFSetField(t, TIFFTAG_PHOTOMETRIC,
                     mode == MODE_COLOUR ? PHOTOMETRIC_RGB
                     : mode == MODE_GREY ? PHOTOMETRIC_MINISBLACK
                                         : PHOTOMETRIC_MINISWHITE);
        TIFFSetField(t, TIFFTAG_COMPRESSION,
                     mode == MODE_BW ? COMPRESSION_CCITTFAX4 : COMPRESSION_LZW);
        if (mode != MODE_BW)
            TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL);
        TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH);
        TIFFSetField(t, TIFFTAG_XRESOLUTION, (double)p->dpi);
        TIFFSetField(t, TIFFTAG_YRESOLUTION, (double)p->dpi);
        TIFFSetField(t, TIFFTAG_ROWSPERSTRIP,
                     mode == MODE_BW ? (uint32_t)p->height
                                     : TIFFDefaultStripSize(t, 0));
        if (count > 1)
            TIFFSetField(t, TIFFTAG_PAGENUMBER, i, count);
        for (int y = 0; y < p->height; y++) {
            row_of(p, y, mode, row);
            if (mode == MODE_BW) {
                memset(bits, 0, (size_t)p->width / 8 + 1);
                for (int x = 0; x < p->width; x++)
                    if (row[x] == 0)
                        bits[x / 8] |= (unsigned char)(0x80 >> x % 8);
            }
            if (TIFFWriteScanline(t, mode == MODE_BW ? bits : row, (uint32_t)y, 0) < 0)
                exit(complain(path, "write error"));
        }
        mem_free(row);
        mem_free(bits);
        if (!TIFFWriteDirectory(t))
            exit(complain(path, "write error"));
    }
    TIFFClose(t);
    return 0;
}

static int write_pdf(const char *path, enum mode mode, int quality,
                     const struct picture *p, int count)
{
    cairo_surface_t *pdf = cairo_pdf_surface_create(path, A4_SHORT, A4_LONG);
    cairo_t *cr = cairo_create(pdf);
    cairo_status_t status = CAIRO_STATUS_SUCCESS;

    for (int i = 0; i < count; i++, p++) {
        unsigned long size = 0;
        unsigned char *jpeg = jpeg_of(p, mode, quality, &size);
        cairo_surface_t *image =
            cairo_image_surface_create(CAIRO_FORMAT_RGB24, p->width, p->height);

        /* The JPEG itself is put in; the surface only carries it. */
        (void)cairo_surface_set_mime_data(image, CAIRO_MIME_TYPE_JPEG, jpeg, size, free,
                                          jpeg);
        cairo_pdf_surface_set_size(pdf, p->width * 72.0 / p->dpi,
                                   p->height * 72.0 / p->dpi);
        cairo_save(cr);
        cairo_scale(cr, 72.0 / p->dpi, 72.0 / p->dpi);
        cairo_set_source_surface(cr, image, 0, 0);
        cairo_paint(cr);
        cairo_restore(cr);
        cairo_show_page(cr);
        cairo_surface_destroy(image);
    }
    cairo_pdf_surface_set_metadata(pdf, CAIRO_PDF_METADATA_CREATE_DATE,
                                   "2020-01-01T00:00:00Z");
    cairo_destroy(cr);
    cairo_surface_finish(pdf);
    status = cairo_surface_status(pdf);
    cairo_surface_destroy(pdf);
    return status == CAIRO_STATUS_SUCCESS
               ? 0
               : complain(path, cairo_status_to_string(status));
}

int files_write(const char *path, enum format format, enum mode mode, int quality,
                const struct picture *pictures, int count)
{
    switch (format) {
    case FORMAT_PNG:
        return write_png(path, mode, pictures);
    case FORMAT_JPEG:
        return write_jpeg(path, mode, quality, pictures);
    case FORMAT_TIFF:
        return write_tiff(path, mode, pictures, count);
    case FORMAT_PDF:
        return write_pdf(path, mode, quality, pictures, count);
    }
    return -1;
}
