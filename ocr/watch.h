/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_WATCH_H
#define SOHOA_OCR_WATCH_H

struct Pix;
struct ocr_watch;
struct result;

/*
 * Pictures of the steps for `sohoa ocr explain`: what the chain had in hand, as PNG of
 * at most OCR_WATCH_BYTES_MAX (ocr.h); larger ones are halved until they fit. Without a
 * watch nothing is done, and one that cannot be made is left out.
 */

/** watch_show - @w: NULL: nobody watches. @name: keyword of the step. @pix: borrowed.
 */
void watch_show(const struct ocr_watch *w, const char *name, struct Pix *pix);

/** watch_words - "words": @pix with the boxes of @r's words, red where a word was read
 * with less than WATCH_DOUBT. */
#define WATCH_DOUBT 80
void watch_words(const struct ocr_watch *w, struct Pix *pix, const struct result *r);

#endif
