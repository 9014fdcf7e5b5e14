/* SPDX-License-Identifier: Apache-2.0 */
#include "node/base/mem.h"
#include "ocr/chain.h"
#include "ocr/ocr_body.h"
#include "ocr/tess.h"

/* A reader in this very process: no limits, no sandbox. */
struct ocr_direct {
    struct tess *tess;
    struct result result; /* of the page that was sent */
    struct ocr_pictures pictures;
    bool failed;
    struct err why;
};

static void direct_stop(void *self)
{
    struct ocr_direct *d = self;

    tess_close(d->tess);
    result_clear(&d->result);
    ocr_pictures_clear(&d->pictures);
    mem_free(d);
}

static int direct_start(const struct ocr_opts *o, const char *model, void **self,
                        struct err *e)
{
    struct ocr_direct *d = mem_new(1, sizeof *d);

    (void)o;
    (void)model;
    if (tess_open(&d->tess, e) < 0) {
        direct_stop(d);
        return -1;
    }
    *self = d;
    return 0;
}

static int direct_send(void *self, const struct ocr_job *job, struct err *e)
{
    struct ocr_direct *d = self;

    (void)e;
    result_clear(&d->result);
    ocr_pictures_clear(&d->pictures);
    err_clear(&d->why);
    d->failed = chain_read(d->tess, job, &d->result,
                           job->pictures ? &d->pictures : NULL, &d->why) < 0;
    return 0; /* what fails is the page, not the reader: take() tells it */
}

static int direct_socket(const void *self)
{
    (void)self;
    return -1;
}

static enum ocr_take direct_take(void *self, struct result *out,
                                 struct ocr_pictures *made, struct err *e)
{
    struct ocr_direct *d = self;

    if (d->failed) {
        *e = d->why;
        return OCR_TAKE_FAILED;
    }
    *out = d->result;
    d->result = (struct result){0};
    *made = d->pictures;
    d->pictures = (struct ocr_pictures){0};
    return OCR_TAKE_RESULT;
}

static bool direct_expired(void *self, struct err *e)
{
    (void)self;
    (void)e;
    return false;
}

static bool direct_worn(void *self)
{
    (void)self;
    return false;
}

const struct ocr_body ocr_direct_body = {
    .start = direct_start,
    .stop = direct_stop,
    .send = direct_send,
    .socket = direct_socket,
    .take = direct_take,
    .expired = direct_expired,
    .worn = direct_worn,
};
