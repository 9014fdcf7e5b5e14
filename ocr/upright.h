/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_UPRIGHT_H
#define SOHOA_OCR_UPRIGHT_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/map.h"

struct result;
struct result_upright;

/*
 * The words of a page as they lie on the upright page, for rules that ask what stands
 * beside, above or in the middle. Boxes of a result are those of the page as it was
 * captured: on its side, on its head, leaning, or as a photograph. What lies between is
 * one homography (ocr/map.h), kept with the words as the corners of the upright page.
 */
#define UPRIGHT_CORNER_MAX 16000000 /* 1/16 pixel; one farther away is not kept */

struct upright {
    const struct result *r; /* borrowed: as captured */
    struct result *page;    /* owned; text and choices are those of r. NULL: r itself */
    struct map map;         /* from page to r */
};

/**
 * upright_note - keep how a page was laid.
 * @map: from the picture that was read to the page as captured.
 * @scale: pixels of that picture to one of the page, about.
 * @pix_w, @pix_h: of the picture. @width, @height: of the page.
 * @out: set; all 0 when the two are the same but for size, give or take a pixel, or
 *       when a corner lies too far outside.
 */
void upright_note(const struct map *map, double scale, int32_t pix_w, int32_t pix_h,
                  int32_t width, int32_t height, struct result_upright *out);

/** upright_check - all 0, or a page that lies there. */
bool upright_check(const struct result_upright *u);

/**
 * upright_open - @r: borrowed, kept by @out. A page that was read as captured is its
 * own view; upright_page() tells which to look at.
 */
void upright_open(const struct result *r, struct upright *out);
/** upright_page - view; words upright, size of the upright page, no skew. */
const struct result *upright_page(const struct upright *u);
/** upright_back - a box of that page becomes one of the page as captured. */
void upright_back(const struct upright *u, int32_t *x, int32_t *y, int32_t *w,
                  int32_t *h);
void upright_close(struct upright *u);
#define AUTO_UPRIGHT AUTO(upright_close)

#endif
