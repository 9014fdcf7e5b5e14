/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_LAYER_H
#define SOHOA_OCR_LAYER_H

#include <stdbool.h>
#include <stddef.h>

#include "node/base/auto.h"

struct err;
struct result;

/*
 * The text that a PDF itself has on a page. A file made by a word processor has the
 * right one; one that came through a scanner's software may have anything, also text
 * without a single diacritic. So it stands in the place of our own reading only when
 * both agree.
 */
enum layer_use {
    LAYER_NONE,    /* the page has no text of its own */
    LAYER_USED,    /* agrees, and took the place of our reading */
    LAYER_REFUSED, /* does not agree, or a secrecy stamp was read on the page */
};
/** layer_name - "", "used", "refused". static */
const char *layer_name(enum layer_use use);

#define LAYER_AGREE         85  /* percent of words; of a page that was written */
#define LAYER_AGREE_SCANNED 97  /* of a page that is one picture: another's reading */
#define LAYER_CONFIDENCE    99  /* of its words */
#define LAYER_DOUBT         60  /* of its words with digits that we read otherwise */
#define LAYER_UNIT          100 /* steps of a point in which layer_parse() measures */

/**
 * layer_parse - what `pdftotext -bbox-layout` prints of one page.
 * @out: owned, result_clear(): size and boxes in 1/LAYER_UNIT point, no confidence.
 * Return: 1 there are words, 0 none, -1 and @e: ERR_WORKER_PROTOCOL (not of that form).
 */
MUST_CHECK int layer_parse(const char *text, size_t len, struct result *out,
                           struct err *e);

/**
 * layer_agreement - how far two texts have the same words: 2 × common / all, percent,
 * words being runs of letters and digits, lower case, as a bag.
 */
int layer_agreement(const char *a, const char *b);

/**
 * layer_choose - compare, and when both agree put the layer's words into @ours; boxes
 * in its pixels.
 * @scanned: the page is one picture.
 */
enum layer_use layer_choose(struct result *ours, const struct result *layer,
                            bool scanned);

#endif
