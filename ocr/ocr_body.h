/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_OCR_BODY_H
#define SOHOA_OCR_OCR_BODY_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "ocr/ocr.h"

/*
 * What the pool asks of one reader of pages. ocr_client.c is a worker process and all
 * that is shipped; ocr_direct.c reads in this very process, for tests under sanitizers
 * and valgrind.
 *
 * A reader serves one page at a time: send, then take until it is not OCR_TAKE_WAIT.
 */
enum ocr_take {
    OCR_TAKE_WAIT,   /* nothing complete yet */
    OCR_TAKE_RESULT, /* *@out is set */
    OCR_TAKE_FAILED, /* the page failed, *@e says why; the reader goes on */
    OCR_TAKE_LOST,   /* the reader is lost over this page, *@e says why */
    OCR_TAKE_BROKEN, /* the reader never came up; no page is to blame */
};

struct ocr_body {
    /** start - @model: what the parent hashed, 64 hex digits. Return: 0, -1. */
    int (*start)(const struct ocr_opts *o, const char *model, void **self,
                 struct err *e);
    void (*stop)(void *self);
    /** send - begin a page. Return: 0, or -1: lost before it began. */
    int (*send)(void *self, const struct ocr_job *job, struct err *e);
    /** socket - readable when take() may have news; -1: ask at once. */
    int (*socket)(const void *self);
    enum ocr_take (*take)(void *self, struct result *out, struct ocr_pictures *made,
                          struct err *e);
    /** expired - limits of time and memory; @e: why it must be killed. */
    bool (*expired)(void *self, struct err *e);
    /** worn - at rest: better replaced. */
    bool (*worn)(void *self);
};

extern const struct ocr_body ocr_client_body; /* ocr_client.c */
extern const struct ocr_body ocr_direct_body; /* ocr_direct.c; never shipped in use */

/* Messages between ocr_client.c and ocr_worker.c. Payloads are JSON.
 *
 *      worker → parent   READY   {"model": 64 hex}, or BROKEN: an error
 *      parent → worker   VERSO   {"index", "dpi", "rendered"} and the descriptor of the
 *                             other side, of the page that follows; only when given
 *      parent → worker   PAGE    {"index", "dpi", "rendered", "plain", "tesseract",
 * "pictures", "scanned", "watch", "layer": result_to_jdoc()} and the descriptor worker
 * → parent   LAYERS  struct ocr_pictures' page, THUMB: its thumb; not JSON worker →
 * parent   WATCH   name of a step, NUL, a picture; only when it is wanted worker →
 * parent   RESULT  result_to_jdoc(), or FAILED: the error of the page
 */
enum ocr_msg {
    OCR_MSG_READY = 1,
    OCR_MSG_BROKEN,
    OCR_MSG_PAGE,
    OCR_MSG_RESULT,
    OCR_MSG_FAILED,
    OCR_MSG_LAYERS,
    OCR_MSG_THUMB,
    OCR_MSG_VERSO,
    OCR_MSG_WATCH,
};
#define OCR_MSG_RESULT_MAX ((size_t)16 << 20)

#endif
