/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_SHEET_H
#define SOHOA_OCR_SHEET_H

#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/deskew.h"
#include "ocr/image.h"
#include "ocr/map.h"
#include "ocr/prep.h"
#include "ocr/steps.h"

struct Pix;
struct ocr_watch;
struct result;

/* What all sheets of one page share. */
struct sheet_state {
    int secrecy;      /* enum secrecy_grade: the highest that any reading showed */
    int64_t began_ms; /* processor time of this process */
};

/*
 * A page, or one half of a spread, on its way to recognition: the picture as the last
 * step left it and how it lies over the page as shown. Whoever makes a new picture puts
 * it in its place with sheet_replace(), and boxes find back by themselves.
 */
struct sheet {
    struct Pix *pix;        /* owned: 8-bit grey */
    struct map map;         /* from pix to the page as shown */
    struct image_page page; /* as shown */
    int dpi;                /* of the page as shown */
    double scale;           /* pixels of pix to one of the page as shown, about */
    struct prep_ground ground;
    struct deskew_found skew;
    struct sheet_state *state;     /* borrowed */
    const struct ocr_watch *watch; /* borrowed; NULL: nobody */
};

/** sheet_begin - @pix: taken; the whole page. @scale: of it to the page as shown. */
void sheet_begin(struct sheet *s, struct Pix *pix, const struct image_page *page,
                 int dpi, double scale);
/** sheet_replace - @made: taken. @step: from it to the picture before. */
void sheet_replace(struct sheet *s, struct Pix *made, const struct map *step);
/** sheet_retouch - @made: taken; of the same size, every pixel in the same place. */
void sheet_retouch(struct sheet *s, struct Pix *made);
/** sheet_show - to who watches: pix as step @name left it. */
void sheet_show(const struct sheet *s, const char *name);
/** sheet_pix_dpi - resolution of pix. */
int sheet_pix_dpi(const struct sheet *s);
/** sheet_boxes_back - boxes of @r, words and tables, in pixels of pix, become pixels of
 * the page; how it was laid upright is kept with them. */
void sheet_boxes_back(const struct sheet *s, struct result *r);

void sheet_clear(struct sheet *s);
#define AUTO_SHEET AUTO(sheet_clear)

#endif
