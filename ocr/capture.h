/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_CAPTURE_H
#define SOHOA_OCR_CAPTURE_H

#include <stddef.h>

#include "node/base/auto.h"

struct Pix;
struct image_page;
struct jdoc;
struct str;

/*
 * Is the picture of a page good enough to be read? Asked while the paper still lies on
 * the desk: what is told is advice (scan it again now), never a refusal.
 *
 *      blur    edges of strokes are wider than CAPTURE_EDGE_MM and CAPTURE_EDGE_PX: in
 *              tiles with print, contrast over the steepest step between two pixels
 *      cut     print runs out of the picture at a side: many short pieces of ink touch
 *              it, as lines of text do, with more print behind them
 *      dark    the paper is darker than CAPTURE_DARK
 *      faint   the ink is less than CAPTURE_FAINT darker than the paper
 *      dpi     below CAPTURE_DPI_LOW; of the file, or of a sheet of that many pixels
 *      glare   a burnt-out patch within paper that is not white
 *
 * Judged on bands of rows (image_verify_bands()) that fall out of the decoding at
 * import. Black and white pictures are asked for their dpi only.
 * Cannot see: blur of a page with little print; glare that reaches into a margin.
 */
#define CAPTURE_EDGE_MM 0.5
#define CAPTURE_EDGE_PX 2.2
#define CAPTURE_DARK    80 /* grey level */
#define CAPTURE_FAINT   34
#define CAPTURE_DPI_LOW 150

enum capture_advice {
    CAPTURE_BLUR = 1,
    CAPTURE_CUT = 2,
    CAPTURE_DARK_PAPER = 4,
    CAPTURE_FAINT_INK = 8,
    CAPTURE_LOW_DPI = 16,
    CAPTURE_GLARE = 32,
};
#define CAPTURE_ALL 63

/** What was found; measures that could not be taken are 0. */
struct capture {
    unsigned advice;         /* enum capture_advice, or-ed */
    int dpi;                 /* of the page */
    double edge_mm, edge_px; /* width of an edge */
    int paper;               /* grey level of most of the page */
    int contrast;            /* from the paper to the ink */
    int glare;               /* burnt out, thousandths of the page */
    int cut;                 /* pieces of print at the worst side */
};

/**
 * capture_look - @bands: borrowed, of image_verify_bands(); NULL: only what @page says
 * is judged. @out: set in any case.
 */
void capture_look(const struct image_page *page, struct Pix *bands,
                  struct capture *out);

/** capture_keyword - of one kind of advice: "blur", …; NULL: no such one. static */
const char *capture_keyword(unsigned one);

/** capture_jdoc - array of the keywords of @advice. owned, jdoc_free(). */
struct jdoc *capture_jdoc(unsigned advice);

#endif
