/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/tiff_out.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <tiffio.h>

#include "node/base/err.h"
#include "node/base/mem.h"

#define ROWS_MAX   32767
#define STRIP_ROWS 64
#define LEVEL      4 /* of deflate: a third of the time of 6 for two percent of size */

struct tiff_out {
    TIFF *tif;
    char *name;            /* owned */
    size_t row;            /* bytes of a row */
    uint32_t count;        /* rows that were written */
    uint32_t strip;        /* the next strip */
    unsigned char *buffer; /* owned: rows of that strip */
    size_t have;           /* bytes in it */
};

void tiff_out_drop(struct tiff_out **t)
{
    if (!*t)
        return;
    if ((*t)->tif)
        TIFFClose((*t)->tif);
    mem_free((*t)->name);
    mem_free((*t)->buffer);
    mem_free(*t);
    *t = NULL;
}

/* libtiff says of a write only that it failed. */
static int failed(const struct tiff_out *t, struct err *e)
{
    if (errno == ENOSPC || errno == EDQUOT)
        return err_set(e, ERR_DISK_FULL, "%s", t->name);
    return err_set(e, ERR_WRITE, "%s", t->name);
}

/* It would print what it has to say. */
static int silent(TIFF *t, void *to, const char *module, const char *format, va_list ap)
{
    (void)t;
    (void)to;
    (void)module;
    (void)format;
    (void)ap;
    return 1;
}

static TIFF *open_silent(int fd, const char *name)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    TIFF *t = NULL;

    if (!o)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(o, silent, NULL);
    TIFFOpenOptionsSetWarningHandlerExtR(o, silent, NULL);
    t = TIFFFdOpenExt(fd, name, "w", o);
    TIFFOpenOptionsFree(o);
    return t;
}

static bool set_tags(TIFF *t, const struct tiff_out_opts *o)
{
    bool bw = o->bits == 1;
    bool good = TIFFSetField(t, TIFFTAG_IMAGEWIDTH, (uint32_t)o->width_px) &&
                TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, o->bits) &&
                TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, o->channels) &&
                TIFFSetField(t, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG) &&
                TIFFSetField(t, TIFFTAG_ORIENTATION, ORIENTATION_TOPLEFT) &&
                TIFFSetField(t, TIFFTAG_RESOLUTIONUNIT, RESUNIT_INCH) &&
                TIFFSetField(t, TIFFTAG_XRESOLUTION, (double)o->dpi) &&
                TIFFSetField(t, TIFFTAG_YRESOLUTION, (double)o->dpi) &&
                TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, STRIP_ROWS) &&
                TIFFSetField(t, TIFFTAG_COMPRESSION,
                             bw ? COMPRESSION_CCITTFAX4 : COMPRESSION_ADOBE_DEFLATE) &&
                TIFFSetField(t, TIFFTAG_PHOTOMETRIC,
                             bw                 ? PHOTOMETRIC_MINISWHITE
                             : o->channels == 3 ? PHOTOMETRIC_RGB
                                                : PHOTOMETRIC_MINISBLACK);

    if (good && !bw)
        good = TIFFSetField(t, TIFFTAG_PREDICTOR, PREDICTOR_HORIZONTAL) &&
               TIFFSetField(t, TIFFTAG_ZIPQUALITY, LEVEL);
    if (good && o->device)
        good = TIFFSetField(t, TIFFTAG_MODEL, o->device);
    if (good && o->note)
        good = TIFFSetField(t, TIFFTAG_IMAGEDESCRIPTION, o->note);
    return good;
}

int tiff_out_open(int fd, const char *name, const struct tiff_out_opts *o,
                  struct tiff_out **out, struct err *e)
{
    AUTO_TIFF_OUT struct tiff_out *t = mem_new(1, sizeof *t);
    int own = dup(fd); /* libtiff closes its own */

    t->name = mem_dup(name);
    if (own < 0)
        return err_sys(e, ERR_OPEN, "%s", name);
    t->row = o->bits == 1 ? ((size_t)o->width_px + 7) / 8
                          : (size_t)o->width_px * (size_t)o->channels;
    t->buffer = mem_new(t->row * STRIP_ROWS, 1);
    errno = 0;
    t->tif = open_silent(own, name);
    if (!t->tif) {
        (void)close(own);
        return failed(t, e);
    }
    if (!set_tags(t->tif, o))
        return err_set(e, ERR_INTERNAL, "%s", name);
    *out = TAKE(t);
    return 0;
}

/* The height grows with each strip: nobody knows it before. */
static int write_strip(struct tiff_out *t, struct err *e)
{
    uint32_t rows = (uint32_t)(t->have / t->row);

    if (rows == 0)
        return 0;
    errno = 0;
    if (!TIFFSetField(t->tif, TIFFTAG_IMAGELENGTH, t->count + rows) ||
        TIFFWriteEncodedStrip(t->tif, t->strip, t->buffer, (tmsize_t)t->have) < 0)
        return failed(t, e);
    t->count += rows;
    t->strip++;
    t->have = 0;
    return 0;
}

int tiff_out_rows(struct tiff_out *t, const void *data, size_t len, struct err *e)
{
    const unsigned char *from = data;

    for (size_t at = 0; at + t->row <= len; at += t->row) {
        if (t->count + t->have / t->row >= ROWS_MAX)
            return err_set(e, ERR_LIMIT, "%s", t->name);
        memcpy(t->buffer + t->have, from + at, t->row);
        t->have += t->row;
        if (t->have == t->row * STRIP_ROWS && write_strip(t, e) < 0)
            return -1;
    }
    return 0;
}

int tiff_out_close(struct tiff_out *t, struct err *e)
{
    AUTO_TIFF_OUT struct tiff_out *own = t;

    if (write_strip(own, e) < 0)
        return -1;
    if (own->count == 0)
        return err_set(e, ERR_INTERNAL, "%s", own->name);
    errno = 0;
    /* TIFFClose() tells nothing: all is written before it. */
    return TIFFWriteDirectory(own->tif) ? 0 : failed(own, e);
}
