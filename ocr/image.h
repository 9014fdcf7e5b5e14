/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_IMAGE_H
#define SOHOA_OCR_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix; /* leptonica's PIX; released with image_pix_free() outside ocr/ */
struct err;

/*
 * Picture files from outside: JPEG, PNG, TIFF, HEIC, JPEG 2000, and PNM as renderers of
 * ours write it.
 *
 * Two steps. image_open_*() walks the file's own structure (markers, chunks,
 * directories) without decoding and without memory in proportion to what the file
 * claims: there every limit below is held, and a file that is cut off is found. Then a
 * page is decoded row by row into one grey channel; a colour picture is never held
 * whole.
 *
 * Run both in a worker: the decoders are libjpeg, libpng, libtiff, libheif with
 * libde265 (the boxes of a HEIC are read by libheif at opening) and OpenJPEG. None of
 * them opens a file or starts a thread.
 *
 * HEIC: turned and mirrored by its own properties; the EXIF orientation in it is left
 * alone. Pages are the main picture, then those of the same rank that have more than
 * half its area.
 */
#define IMAGE_PIXELS_MAX     ((uint64_t)120000000) /* A3 at 600 dpi is 69.6 million */
#define IMAGE_SIDE_MAX       32767
#define IMAGE_DECODED_MAX    ((uint64_t)384 << 20) /* all samples, as stored */
#define IMAGE_JPEG_SCANS_MAX 100
#define IMAGE_PNG_ANCILLARY_MAX                                                        \
    ((uint64_t)8 << 20) /* all ancillary chunks together                               \
                         */
#define IMAGE_PNG_CHUNKS_MAX  262144
#define IMAGE_TIFF_PAGES_MAX  2000
#define IMAGE_TIFF_TAGS_MAX   4096 /* of one directory */
#define IMAGE_TIFF_STRIPS_MAX 65536
#define IMAGE_SAMPLES_MAX     4
#define IMAGE_FILE_MAX        ((uint64_t)256 << 20)
#define IMAGE_TIFF_FILE_MAX   ((uint64_t)1 << 30)
#define IMAGE_HEIF_FILE_MAX   ((uint64_t)64 << 20)
#define IMAGE_HEIF_PIXELS_MAX ((uint64_t)64000000) /* some 9 bytes each at worst */
#define IMAGE_HEIF_PAGES_MAX  200
#define IMAGE_JP2_DECODED_MAX ((uint64_t)256 << 20) /* at 4 bytes a sample */
#define IMAGE_JP2_TILES_MAX   4096
#define IMAGE_JP2_LAYERS_MAX  1024
#define IMAGE_DPI_MIN         36 /* what a file says beyond these is not believed */
#define IMAGE_DPI_MAX         2400

enum image_kind {
    IMAGE_NONE = 0, /* none of ours */
    IMAGE_JPEG = 1,
    IMAGE_PNG = 2,
    IMAGE_TIFF = 4,
    IMAGE_PNM = 8, /* P4, P5, P6: only from our own renderer */
    IMAGE_HEIF = 16,
    IMAGE_JP2 = 32, /* with boxes, or the bare codestream */
};
#define IMAGE_KINDS_INPUT (IMAGE_JPEG | IMAGE_PNG | IMAGE_TIFF | IMAGE_HEIF | IMAGE_JP2)

/** image_sniff - kind by the first bytes (16 are enough). */
enum image_kind image_sniff(const void *head, size_t len);

struct image; /* an open picture file */

/** What the file says of one page. */
struct image_page {
    int32_t width_px, height_px; /* as shown, after @orientation */
    int dpi;                     /* 0: the file does not say, or nonsense */
    int orientation;             /* EXIF, 1 to 8 */
    int bits;                    /* per sample: 1, 2, 4, 8 or 16 */
    int samples;                 /* 1 to 4 */
};

/**
 * image_open_fd, image_open_mem - open and check the structure.
 * @fd:    kept, image_close() leaves it open. Read with pread(2): its position is
 *         neither used nor moved.
 * @data:  kept.
 * @kinds: which kinds are taken (IMAGE_KINDS_INPUT for files of users).
 * @out:   owned, image_close().
 * Return: 0, or -1 and @e: ERR_INPUT_TYPE (not a picture, or not of @kinds),
 * ERR_INPUT_TOO_LARGE, ERR_IMAGE_DAMAGED (cut off, bad structure), ERR_IMAGE_SIZE
 * (pixels, side, decoded bytes), ERR_IMAGE_BOMB (scans, chunks, too many pages),
 * ERR_IMAGE_FORMAT (a variety nobody decodes), ERR_READ, ERR_MEMORY.
 *
 * For TIFF what is wrong with one page is told by image_page_get() of that page, and
 * the others stay usable; a chain of directories that breaks off or bites its own tail
 * counts as one more, damaged page.
 */
MUST_CHECK int image_open_fd(int fd, unsigned kinds, struct image **out, struct err *e);
MUST_CHECK int image_open_mem(const void *data, size_t len, unsigned kinds,
                              struct image **out, struct err *e);
void image_close(struct image *im); /* NULL does nothing */
void image_auto(struct image **im);
#define AUTO_IMAGE AUTO(image_auto)

enum image_kind image_kind_of(const struct image *im);
int image_page_count(const struct image *im); /* at least 1 */

/**
 * image_page_get - what the file says of page @index (from 0), limits checked.
 * Return: 0, or -1 and @e as image_open_fd().
 */
MUST_CHECK int image_page_get(const struct image *im, int index, struct image_page *out,
                              struct err *e);

enum image_channel {
    IMAGE_RED,   /* red: seals and red stamps vanish, black and blue ink stay */
    IMAGE_LUMA,  /* (77 R + 150 G + 29 B) / 256 */
    IMAGE_LIGHT, /* the lightest of the three: inks of any colour fade, black stays */
};

struct image_want {
    enum image_channel channel;
    /* JPEG and JPEG 2000: the decoder may halve (nearly free) as long as the shown
     * width stays at or above this. 0: full size. Others are always full size; a JPEG
     * 2000 picture above IMAGE_JP2_DECODED_MAX is halved in any case. */
    int32_t width_min_px;
    /* A small colour picture on the side, of the same rows: each of its pixels is the
     * mean of a square of whole pixels, so that it is at least this wide. 0: none. */
    int32_t small_width_px;
    /* The sample of image_verify_bands() as well, when the picture is not halved. */
    bool bands;
};

/** A decoded page. */
struct image_shot {
    struct Pix *pix;   /* owned, image_shot_clear(): 8 bits, shown upright */
    struct Pix *small; /* owned: 32 bits, upright; NULL when not asked for */
    struct Pix *bands; /* owned: 8 bits, as stored; NULL: none */
    double scale;      /* pix width / image_page.width_px, at most 1 */
    bool color;        /* some pixel had really different channels (sampled) */
};
void image_shot_clear(struct image_shot *s);
#define AUTO_SHOT AUTO(image_shot_clear)

/**
 * image_decode - page @index as 8-bit grey, alpha laid over white, orientation undone.
 * A decoder's warning about JPEG data and any error about the others make the page
 * damaged: half a page is never given out.
 * @want: borrowed. NULL: red, full size.
 * Return: 0, or -1 and @e: as image_page_get(), ERR_IMAGE_DAMAGED, ERR_MEMORY.
 */
MUST_CHECK int image_decode(struct image *im, int index, const struct image_want *want,
                            struct image_shot *out, struct err *e);

/**
 * image_verify - decode page @index wholly and keep nothing: for the structural check
 * at import. Memory stays at a few rows except for progressive JPEG (coefficients) and
 * interlaced PNG (the decoded bytes).
 * Return: as image_decode().
 */
MUST_CHECK int image_verify(struct image *im, int index, struct err *e);

/**
 * image_verify_bands - the same, and a sample of the page that costs little: of every
 * IMAGE_BAND_EVERY rows the first IMAGE_BAND_ROWS, and the last IMAGE_BAND_ROWS of all,
 * below one another, as stored (not upright), green of colours.
 * @out: owned, pixDestroy(): 8 bits; NULL for pictures of 1 bit or fewer rows.
 */
#define IMAGE_BAND_ROWS  33
#define IMAGE_BAND_EVERY 128
MUST_CHECK int image_verify_bands(struct image *im, int index, struct Pix **out,
                                  struct err *e);

#endif
