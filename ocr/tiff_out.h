/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TIFF_OUT_H
#define SOHOA_OCR_TIFF_OUT_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;

/*
 * A picture as TIFF, row by row, without losing anything: deflate with horizontal
 * differences, or CCITT G4 for black and white. Its height need not be known before.
 */
struct tiff_out;

struct tiff_out_opts {
    int32_t width_px;
    int channels; /* 1 grey, 3 red green blue */
    int bits;     /* 8; or 1 with one channel: a set bit is black */
    int dpi;
    const char *device; /* what took it, NULL: not told */
    const char *note;   /* what it is, kept in the file, NULL: nothing */
};

/**
 * tiff_out_open - @fd: borrowed, an empty regular file open for reading and writing;
 * it must stay open until the close. @name: for errors.
 * @out: tiff_out_close(), or tiff_out_drop() on the way out.
 * Return: 0, or -1 and @e: ERR_WRITE, ERR_MEMORY.
 */
MUST_CHECK int tiff_out_open(int fd, const char *name, const struct tiff_out_opts *o,
                             struct tiff_out **out, struct err *e);

/** tiff_out_rows - @len bytes of whole rows. ERR_WRITE, ERR_DISK_FULL, ERR_LIMIT. */
MUST_CHECK int tiff_out_rows(struct tiff_out *t, const void *data, size_t len,
                             struct err *e);

/** tiff_out_close - complete the file and free @t, also on failure. At least one row.
 */
MUST_CHECK int tiff_out_close(struct tiff_out *t, struct err *e);
void tiff_out_drop(struct tiff_out **t);
#define AUTO_TIFF_OUT AUTO(tiff_out_drop)

#endif
