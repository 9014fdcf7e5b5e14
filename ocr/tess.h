/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_TESS_H
#define SOHOA_OCR_TESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct Pix;
struct alts;
struct err;
struct result;

/*
 * Tesseract with the Vietnamese LSTM model, through its C API. One handle serves one
 * process for many pages; the model is read into memory once, hashed, and given to
 * Tesseract from there, so the hash is that of the bytes in use. Nothing is opened
 * after tess_open(): a sandbox may be entered.
 */
#define TESS_LANGUAGE  "vie"
#define TESS_MODEL_MAX ((size_t)64 << 20)

struct tess;

/**
 * tess_open - load the model.
 * @out: owned, tess_close(). Return: 0, or -1 and @e: ERR_OCR_MODEL (the detail names
 * the file), ERR_MEMORY.
 */
MUST_CHECK int tess_open(struct tess **out, struct err *e);
void tess_close(struct tess *t); /* NULL does nothing */
void tess_auto(struct tess **t);
#define AUTO_TESS AUTO(tess_auto)

/** tess_model_path - where the model is looked for: TESSDATA_PREFIX, else Debian's
 * place. owned, mem_free(). */
char *tess_model_path(void);
/** tess_model_sha256 - of the loaded model, 64 hex digits. view */
const char *tess_model_sha256(const struct tess *t);
/** tess_version - of the library. static */
const char *tess_version(void);

/**
 * tess_set_theirs - who runs the model's network from the next page on.
 * @theirs: Tesseract itself; false, as at the beginning: ours (ocr/tess_net.h) where it
 *      knows the model and the library. What is read is the same to the bit.
 */
void tess_set_theirs(struct tess *t, bool theirs);
/** tess_network - "AVX-512 VNNI", "AVX2", "C": ours, by its arithmetic; "Tesseract".
 * static */
const char *tess_network(const struct tess *t);

enum tess_thresholding { /* how layout gets its black and white; the LSTM reads grey */
                         TESS_OTSU = 0,
                         TESS_TILED_OTSU =
                             1, /* local: finds text on uneven ground, costs more */
};

enum tess_mode {
    TESS_PAGE,   /* layout finds blocks and lines */
    TESS_BLOCK,  /* one block of lines: a cell */
    TESS_LINE,   /* one line */
    TESS_SPARSE, /* words anywhere, in no order */
};

/** A part of the picture that is read by itself. */
struct tess_area {
    int32_t x, y, w, h; /* pixels; clipped to the picture */
    enum tess_mode mode;
    bool goes_on; /* its words belong to the block of the area before */
};
#define TESS_AREAS_MAX ((size_t)8000)

/**
 * tess_read - layout and recognition of one page.
 * @pix: borrowed, 8-bit grey, upright. @dpi: its resolution.
 * @areas: borrowed; what is read, in this order. Each begins a line, and a block unless
 *       it goes on. @area_count: 0: the whole page at once, and @areas may be NULL.
 * @alts: what each sign might have been, word by word of @out; an empty one that the
 *       caller clears. NULL: not wanted, which saves a tenth of the time.
 * @out: owned, result_clear(). width_px, height_px, text, words and confidence are
 *       set, boxes in pixels of @pix; the rest is 0.
 * Return: 0 (also when no word was found), or -1 and @e: ERR_OCR_FAILED, ERR_LIMIT.
 */
MUST_CHECK int tess_read(struct tess *t, struct Pix *pix, int dpi,
                         enum tess_thresholding how, const struct tess_area *areas,
                         size_t area_count, struct alts *alts, struct result *out,
                         struct err *e);

/**
 * tess_read_line - a picture that is one line, without layout. @pix: 8 bits; copied.
 * @out: as tess_read(). Return: as tess_read().
 */
MUST_CHECK int tess_read_line(struct tess *t, struct Pix *pix, int dpi,
                              struct result *out, struct err *e);

#endif
