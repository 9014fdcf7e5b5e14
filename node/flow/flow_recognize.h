/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_RECOGNIZE_H
#define SOHOA_FLOW_FLOW_RECOGNIZE_H

#include <stdint.h>

#include "node/flow/flow.h"

struct flow_recognize_opts {
    int jobs;       /* workers, 0: as many as cores */
    int64_t limit;  /* pages, 0: until the queue is empty */
    bool plain;     /* as ocr_job.plain */
    bool tesseract; /* as ocr_job.tesseract */
    bool duplex;    /* pages 1 and 2, 3 and 4 … of an item are the sides of a sheet */
    /** told after each page. May be NULL. */
    void (*progress)(void *to, int64_t done, int64_t all);
    void *to;
};

struct flow_recognize_sum {
    int64_t pages, recognized, blank, held, failed;
};

/**
 * flow_recognize - work through the queue of pages.
 * Each page: claimed by a lease, read by a worker process, its result and the state of
 * its job written in one commit, then told as a line "page". A page that fails twice is
 * set aside with its reason. Stops between pages when asked to (stop.h); whatever kills
 * it, the next run goes on.
 */
MUST_CHECK int flow_recognize(struct flow *f, const struct flow_recognize_opts *opts,
                              const struct flow_listener *to,
                              struct flow_recognize_sum *sum, struct err *e);

#endif
