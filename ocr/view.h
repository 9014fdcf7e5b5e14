/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_VIEW_H
#define SOHOA_OCR_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"

struct err;
struct view;

/*
 * Pictures of pages for people at a screen: a page, or a piece of it, in colour and in
 * the size asked for, as JPEG. A locked worker decodes (image.h); it keeps the last
 * VIEW_KEPT pages, so that the next piece of a page costs no decoding.
 *
 *     if (!view_has(v, page))
 *         view_load(v, &picture, e);
 *     view_cut(v, page, &piece, &jpeg, e);
 */
#define VIEW_KEPT      2
#define VIEW_KEY_MAX   80                /* bytes with NUL */
#define VIEW_SIDE_MAX  4096              /* pixels, of an answer */
#define VIEW_BYTES_MAX ((size_t)6 << 20) /* of an answer */
#define VIEW_WIDE_PX   2600             /* kept at least so wide, where there is more */
#define VIEW_QUALITY   82               /* of the JPEG: letters have no halo */
#define VIEW_WALL_MS   ((int64_t)20000) /* of one call */
#define VIEW_CPU_S     ((uint64_t)20)
#define VIEW_ADDRESS   ((uint64_t)1536 << 20)

struct view *view_new(void);    /* owned, view_free(); starts nothing yet */
void view_free(struct view *v); /* NULL does nothing */

struct view_picture {
    const char *key; /* what it is called from now on */
    int fd;          /* borrowed: the picture file */
    int index;       /* page in the file */
    bool rendered;   /* made by our own renderer: PNM is taken as well */
};

/** view_has - the worker keeps this page. */
bool view_has(const struct view *v, const char *key);
/**
 * view_load - decode a page and keep it.
 * Return: 0, or -1 and @e: ERR_IMAGE_*, ERR_INPUT_*, ERR_OCR_TIMEOUT, ERR_OCR_CRASH,
 * ERR_WORKER_START.
 */
MUST_CHECK int view_load(struct view *v, const struct view_picture *p, struct err *e);

struct view_piece {
    /* of the page; in pixels of a page @page_w wide and @page_h high, whatever size it
     * is kept in. w 0: all of it. What lies outside is cut off. */
    int32_t x, y, w, h, page_w, page_h;
    int32_t width_px; /* of the answer, 1 to VIEW_SIDE_MAX; never larger than kept */
};

/**
 * view_cut - a piece of a page that is kept. @jpeg: appended.
 * Return: 0, or -1 and @e: ERR_NOT_FOUND (not kept), ERR_LIMIT (outside of the page, or
 * too large), ERR_OCR_*.
 */
MUST_CHECK int view_cut(struct view *v, const char *key, const struct view_piece *p,
                        struct str *jpeg, struct err *e);

/** view_worker_main - body of "sohoa worker view". Return: exit code. */
int view_worker_main(void);

#endif
