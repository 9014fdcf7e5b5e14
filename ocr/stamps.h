/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_STAMPS_H
#define SOHOA_OCR_STAMPS_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/secrecy.h"

struct Pix;
struct err;
struct tess;

/*
 * Secrecy stamps as pictures. Recognition works on the red channel, where a red stamp
 * vanishes, and its layout loses words in small frames. So stamps are looked for in the
 * small colour picture:
 *
 *      red     what is redder than the paper by STAMPS_RED; touching parts are one
 *              region. A round seal is left out (a circle of 26 to 50 mm with nothing
 *              in the corners of its box), and so are specks.
 *      dark    frames of ink: four straight sides of 12 to 75 by 5 to 26 mm, turned by
 *              20 degrees at most, connected to nothing else.
 *
 * A frame's angle is that at which its box has the least area. Each place is cut out of
 * a sharper picture (red: how much redder than the paper, so that black print over or
 * under it is not seen), turned level, its frame wiped out, and read by Tesseract; also
 * upside down, and on its side when it is higher than wide. What is read is judged by
 * secrecy_framed(). Other stamps (KHẨN, HỎA TỐC, CÔNG VĂN ĐẾN) read as other words.
 *
 * Cannot see: a dark stamp that touches other dark ink; letters under 2 mm.
 */
#define STAMPS_DPI       100 /* of the small picture, about */
#define STAMPS_SHARP_DPI 150 /* of the sharper one, at least */
#define STAMPS_RED       34  /* levels: red above the larger of green and blue */
#define STAMPS_REDS_MAX  12  /* regions of a page that are read, largest first */
#define STAMPS_DARKS_MAX 8

struct stamps_page {
    struct Pix *small; /* borrowed, 32 bits, upright as shown */
    int32_t width_px;  /* of the page as shown: boxes are in its pixels */
    int dpi;           /* of the page as shown */
    /** sharper - the same page, 32 bits, at least STAMPS_SHARP_DPI. @out: owned. */
    int (*sharper)(void *ctx, struct Pix **out, struct err *e);
    void *ctx;
};

struct stamps {
    enum secrecy_grade grade; /* of the first one that was found */
    int confidence;           /* of its words, 0 to 100 */
    int32_t x, y, w, h;       /* around it, pixels of the page */
    bool red;                 /* its ink */
    int places;               /* looked at closely */
    int seals;                /* round and red */
    int red_mm;               /* red that looks like lines of text, length in mm */
};

/**
 * stamps_find - @out is set also when there is none (grade SECRECY_NONE).
 * Return: 0, or -1 and @e: ERR_OCR_FAILED, ERR_LIMIT, ERR_MEMORY, or what
 * @p->sharper() failed with.
 */
MUST_CHECK int stamps_find(struct tess *t, const struct stamps_page *p,
                           struct stamps *out, struct err *e);

/** stamps_name - "mat", "toi-mat", "tuyet-mat", "none". static */
const char *stamps_name(enum secrecy_grade grade);

#endif
