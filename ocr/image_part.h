/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_IMAGE_PART_H
#define SOHOA_OCR_IMAGE_PART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "ocr/image.h"

/* What image.c and its decoders (image_jpeg.c, image_png.c, image_tiff.c, image_heif.c,
 * image_jp2.c, image_pnm.c) share; nobody else includes this. */

/** Bytes of a file, in memory or behind a descriptor. */
struct image_source {
    int fd; /* -1: in memory */
    const unsigned char *data;
    uint64_t size;
};

/** image_source_read - exactly @len bytes from @at on. Beyond the end:
 * ERR_IMAGE_DAMAGED. */
MUST_CHECK int image_source_read(const struct image_source *s, uint64_t at, void *buf,
                                 size_t len, struct err *e);
/** image_source_some - up to @len bytes. Return: bytes, 0 at the end, -1. */
MUST_CHECK int64_t image_source_some(const struct image_source *s, uint64_t at,
                                     void *buf, size_t len, struct err *e);

/** A page as found in the file's structure. */
struct image_entry {
    struct image_page page; /* width and height as shown */
    int32_t raw_w, raw_h;   /* as stored */
    uint64_t at; /* TIFF: place of the directory; PNM: of the pixels; HEIC: item */
    bool interlaced;
    bool boxed;     /* JPEG 2000: a file of boxes, not the bare codestream */
    int halvings;   /* JPEG and JPEG 2000: so often the decoder may halve it */
    struct err bad; /* code ERR_NONE: fine so far */
};

struct image {
    enum image_kind kind;
    struct image_source source;
    struct image_entry *entries; /* owned */
    size_t count, cap;
};

/** image_entry_add - one more page, zeroed. view, valid until the next. */
struct image_entry *image_entry_add(struct image *im);

/**
 * image_entry_size - note width, height and samples as stored, and hold the limits.
 * Return: 0, or -1 and @e: ERR_IMAGE_SIZE, ERR_IMAGE_DAMAGED (a side of 0),
 * ERR_IMAGE_FORMAT.
 */
MUST_CHECK int image_entry_size(struct image_entry *t, uint64_t width, uint64_t height,
                                uint64_t samples, uint64_t bits, struct err *e);
/** image_entry_orient - note the orientation (nonsense: 1) and what is shown. */
void image_entry_orient(struct image_entry *t, uint64_t orientation);
/** image_entry_dpi - note the resolution when it can be believed. */
void image_entry_dpi(struct image_entry *t, double dpi);

/* ---- rows ---------------------------------------------------------------------- */

enum image_row {
    IMAGE_ROW_GREY,
    IMAGE_ROW_GREY_ALPHA,
    IMAGE_ROW_RGB,
    IMAGE_ROW_RGBA,
    IMAGE_ROW_CMYK,          /* 255: full ink */
    IMAGE_ROW_CMYK_INVERTED, /* 255: no ink (Adobe JPEG) */
    IMAGE_ROW_BITS_BLACK,    /* 1 bit, 1 is black */
    IMAGE_ROW_BITS_WHITE,    /* 1 bit, 1 is white */
};

/** A small picture that grows with the rows of the large one. */
struct image_small {
    int step;              /* side of the square that becomes one pixel */
    int32_t width, height; /* of the small one */
    uint16_t *sums;     /* owned: columns of the squares under way, 3 × large width */
    unsigned char *rgb; /* owned: one large row, 3 × large width */
    struct Pix *pix;    /* owned */
};

/** Bands of rows of a picture, see image_verify_bands(). */
struct image_bands {
    int32_t rows;    /* of the whole picture */
    struct Pix *pix; /* owned; 8 bits, bytes in the order of the file */
};
/** image_bands_row - row @y, when it belongs to a band: green of colours. */
void image_bands_row(struct image_bands *b, enum image_row kind,
                     const unsigned char *row, int32_t width, int32_t y);

/** Where decoded rows go: into a grey picture, or nowhere. */
struct image_sink {
    enum image_channel channel;
    unsigned char *bytes; /* row 0 of the grey picture; NULL: nothing is kept */
    size_t stride;        /* bytes from row to row */
    int32_t width, rows;
    uint64_t seen, colored;    /* pixels sampled */
    struct image_small *small; /* NULL: none */
    struct image_bands *bands; /* NULL: none */
};
void image_sink_row(struct image_sink *k, int32_t y, enum image_row kind,
                    const unsigned char *row);
/** image_sink_skip - how many rows from @y on need not be made: nobody looks at them.
 * The last one of the picture always does, so nothing before it goes unread. */
int32_t image_sink_skip(const struct image_sink *k, int32_t y);

/** image_small_begin - for a picture of @width × @rows. Return: 0, or -1: ERR_MEMORY.
 */
MUST_CHECK int image_small_begin(struct image_small *s, int32_t width, int32_t rows,
                                 int32_t small_width, struct err *e);
/** image_small_row - row @y of @rows, red, green and blue. */
void image_small_row(struct image_small *s, const unsigned char *rgb, int32_t width,
                     int32_t y, int32_t rows);
void image_small_clear(struct image_small *s);
#define AUTO_SMALL AUTO(image_small_clear)

/* ---- decoders ------------------------------------------------------------------ */

/* Walk: fills @im->entries. Decode: gives every row of one page to a sink, which
 * image_shot_begin() makes as soon as the size is known. */
MUST_CHECK int image_jpeg_walk(struct image *im, struct err *e);
MUST_CHECK int image_png_walk(struct image *im, struct err *e);
MUST_CHECK int image_tiff_walk(struct image *im, struct err *e);
MUST_CHECK int image_heif_walk(struct image *im, struct err *e);
MUST_CHECK int image_jp2_walk(struct image *im, struct err *e);
MUST_CHECK int image_pnm_walk(struct image *im, struct err *e);

/** @eighths: 1 to 8, size of the output in eighths. */
MUST_CHECK int image_jpeg_decode(const struct image *im, const struct image_entry *t,
                                 int eighths, struct image_sink *k, struct err *e);
MUST_CHECK int image_png_decode(const struct image *im, const struct image_entry *t,
                                struct image_sink *k, struct err *e);
MUST_CHECK int image_tiff_decode(const struct image *im, const struct image_entry *t,
                                 struct image_sink *k, struct err *e);
MUST_CHECK int image_heif_decode(const struct image *im, const struct image_entry *t,
                                 struct image_sink *k, struct err *e);
MUST_CHECK int image_jp2_decode(const struct image *im, const struct image_entry *t,
                                int halvings, struct image_sink *k, struct err *e);
/** image_jp2_halvings_min - so often it must be halved to stay within
 * IMAGE_JP2_DECODED_MAX. */
int image_jp2_halvings_min(const struct image_entry *t);
MUST_CHECK int image_pnm_decode(const struct image *im, const struct image_entry *t,
                                struct image_sink *k, struct err *e);

/** image_exif_read - orientation and resolution from an EXIF block ("II*..." or
 * "MM..."). Nonsense changes nothing. */
void image_exif_read(const unsigned char *p, size_t len, struct image_entry *t);

#endif
