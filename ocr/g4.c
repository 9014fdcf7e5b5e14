/* SPDX-License-Identifier: Apache-2.0 */
#include "ocr/g4.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <allheaders.h>
#include <tiffio.h>

#include "node/base/err.h"
#include "node/base/mem.h"
#include "node/base/str.h"

/*
 * libtiff writes a whole TIFF file into memory; of it only the strip is kept. Its place
 * is told by the directory, so nothing of the file's layout is assumed.
 */
struct file {
    struct str bytes;
    uint64_t at;
};

static tmsize_t file_read(thandle_t h, void *buf, tmsize_t len)
{
    struct file *f = h;
    size_t left = f->at < f->bytes.len ? f->bytes.len - (size_t)f->at : 0;
    size_t n = (size_t)len < left ? (size_t)len : left;

    if (n > 0) /* else there may be no memory yet */
        memcpy(buf, f->bytes.p + f->at, n);
    f->at += n;
    return (tmsize_t)n;
}

static tmsize_t file_write(thandle_t h, void *buf, tmsize_t len)
{
    struct file *f = h;
    size_t over = 0;

    while (f->bytes.len < f->at && !f->bytes.over)
        str_add_char(&f->bytes, 0);
    if (f->bytes.over)
        return -1;
    over = f->bytes.len - (size_t)f->at;
    if (over > (size_t)len)
        over = (size_t)len;
    if (over > 0) /* else there may be no memory yet */
        memcpy(f->bytes.p + f->at, buf, over);
    str_add_mem(&f->bytes, (const char *)buf + over, (size_t)len - over);
    if (f->bytes.over)
        return -1;
    f->at += (uint64_t)len;
    return len;
}

static toff_t file_seek(thandle_t h, toff_t to, int whence)
{
    struct file *f = h;

    f->at = whence == SEEK_SET   ? to
            : whence == SEEK_CUR ? f->at + to
                                 : f->bytes.len + to;
    return f->at;
}

static int file_close(thandle_t h)
{
    (void)h;
    return 0;
}

static toff_t file_size(thandle_t h)
{
    return ((struct file *)h)->bytes.len;
}

static int quiet(TIFF *t, void *data, const char *module, const char *fmt, va_list ap)
{
    (void)t;
    (void)data;
    (void)module;
    (void)fmt;
    (void)ap;
    return 1;
}

static TIFF *open_file(struct file *f)
{
    TIFFOpenOptions *o = TIFFOpenOptionsAlloc();
    TIFF *t = NULL;

    if (!o)
        return NULL;
    TIFFOpenOptionsSetErrorHandlerExtR(o, quiet, NULL);
    TIFFOpenOptionsSetWarningHandlerExtR(o, quiet, NULL);
    t = TIFFClientOpenExt("mask", "w", f, file_read, file_write, file_seek, file_close,
                          file_size, NULL, NULL, o);
    TIFFOpenOptionsFree(o);
    return t;
}

static bool write_strip(TIFF *t, struct Pix *pix, uint64_t *at, uint64_t *len)
{
    int32_t w = pixGetWidth(pix), h = pixGetHeight(pix);
    size_t row_bytes = ((size_t)w + 7) / 8, wpl = (size_t)pixGetWpl(pix);
    AUTO_MEM unsigned char *rows = mem_new(row_bytes, (size_t)h);
    uint64_t *places = NULL, *sizes = NULL;

    for (int32_t y = 0; y < h; y++) {
        const uint32_t *line = pixGetData(pix) + (size_t)y * wpl;
        unsigned char *out = rows + (size_t)y * row_bytes;

        for (size_t i = 0; i < row_bytes; i++)
            out[i] = (unsigned char)GET_DATA_BYTE(line, i);
    }
    if (!TIFFSetField(t, TIFFTAG_IMAGEWIDTH, (uint32_t)w) ||
        !TIFFSetField(t, TIFFTAG_IMAGELENGTH, (uint32_t)h) ||
        !TIFFSetField(t, TIFFTAG_BITSPERSAMPLE, 1) ||
        !TIFFSetField(t, TIFFTAG_SAMPLESPERPIXEL, 1) ||
        !TIFFSetField(t, TIFFTAG_ROWSPERSTRIP, (uint32_t)h) ||
        !TIFFSetField(t, TIFFTAG_COMPRESSION, COMPRESSION_CCITTFAX4) ||
        !TIFFSetField(t, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISWHITE) ||
        TIFFWriteEncodedStrip(t, 0, rows, (tmsize_t)(row_bytes * (size_t)h)) < 0 ||
        !TIFFFlushData(t) || !TIFFGetField(t, TIFFTAG_STRIPOFFSETS, &places) ||
        !TIFFGetField(t, TIFFTAG_STRIPBYTECOUNTS, &sizes))
        return false;
    *at = places[0];
    *len = sizes[0];
    return true;
}

int g4_write(struct Pix *pix, struct str *out, struct err *e)
{
    struct file f = {.bytes = STR_INIT(out->max + 4096)};
    TIFF *t = open_file(&f);
    uint64_t at = 0, len = 0;
    bool done = t && write_strip(t, pix, &at, &len) && at <= f.bytes.len &&
                len <= f.bytes.len - at;

    if (t)
        TIFFClose(t);
    if (done)
        str_add_mem(out, f.bytes.p + at, (size_t)len);
    out->over = out->over || f.bytes.over;
    str_clear(&f.bytes);
    if (str_check(out, "mask", e) < 0)
        return -1;
    return done ? 0 : err_set(e, ERR_MEMORY, "mask");
}
