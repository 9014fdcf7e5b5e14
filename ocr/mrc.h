/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_MRC_H
#define SOHOA_OCR_MRC_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "ocr/ocr.h"

struct Pix;
struct err;

/*
 * A page in layers (mixed raster content): what is sharp at full resolution in black
 * and white, what is coloured at low resolution.
 *
 *      ground  JPEG at MRC_GROUND_DPI: paper, tint, seals; where ink lies over it, what
 *              is around continues below
 *      mask    JBIG2, generic region: where ink is
 *      ink     one colour, or when the page has coloured ink (a pen, a blue stamp) a
 *              JPEG of colours at a quarter of the ground's resolution
 *
 * Never glyph by glyph: nothing is replaced by something alike. When the mask grows
 * beyond MRC_MASK_MAX (a photograph, a map) the page is one JPEG and has no mask.
 */
#define MRC_GROUND_DPI 100
#define MRC_MASK_MAX   ((size_t)128 << 10)
#define MRC_LAYER_MAX  ((size_t)1 << 20)
#define MRC_THUMB_PX   320 /* long side */
#define MRC_THUMB_MAX  OCR_THUMB_MAX

struct mrc_layer {
    int32_t width, height; /* 0: there is none */
    bool grey;             /* JPEG without colour */
    struct str bytes;      /* owned */
};

struct mrc {
    int32_t width_px, height_px; /* of the page as shown */
    int dpi;
    struct mrc_layer ground, mask, ink;
    uint8_t ink_rgb[3]; /* when there is no layer of colours */
};
void mrc_clear(struct mrc *m);
#define AUTO_MRC AUTO(mrc_clear)

/** What it is made of: both from one decoding (struct image_shot). */
struct mrc_source {
    struct Pix *grey;  /* borrowed, 8 bits, red channel, the resolution of the mask */
    struct Pix *small; /* borrowed, 32 bits, about MRC_GROUND_DPI */
    bool color;
    int32_t width_px, height_px;
    int dpi;
};

/**
 * mrc_make - the layers of a page.
 * @out: owned, mrc_clear(). Return: 0, or -1 and @e: ERR_MEMORY, ERR_LIMIT.
 */
MUST_CHECK int mrc_make(const struct mrc_source *from, struct mrc *out, struct err *e);

/**
 * mrc_thumb - a small picture of the page as JPEG, at most MRC_THUMB_MAX bytes,
 * appended. Return: as mrc_make().
 */
MUST_CHECK int mrc_thumb(const struct mrc_source *from, struct str *out, struct err *e);

#endif
