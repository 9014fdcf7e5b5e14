/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_OCR_H
#define SOHOA_OCR_OCR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "node/base/str.h"
#include "ocr/result.h"

/*
 * Recognition as flow sees it: a pool of worker processes, one page at a time each.
 *
 *      ocr_pool_open
 *      while (pages) {
 *          while (ocr_pool_room(p) > 0 && there is a page)
 *              ocr_pool_submit(p, &job, &e)
 *          ocr_pool_poll(p, wait_ms, &done, &e)
 *      }
 *      ocr_pool_close
 *
 * A page that crashes, hangs or blows up its worker costs that worker only: the page
 * comes back as failed with ERR_OCR_CRASH or ERR_OCR_TIMEOUT, a fresh worker takes its
 * place. Trying such a page once more is the caller's decision. Nothing is stored here.
 */
#ifdef SOHOA_SANITIZER /* it is slow, and so is all beside it */
#define OCR_WALL_MS_MAX ((int64_t)600000)
#define OCR_CPU_S_MAX   ((uint64_t)280)
#else
/* Of one page. A page that cannot be read is tried twice and told within a minute:
 * what burns or sleeps has 28 s a try. Only one that waits for a busy processor may
 * take longer. */
#define OCR_WALL_MS_MAX ((int64_t)120000)
#define OCR_CPU_S_MAX   ((uint64_t)28)
#endif
#define OCR_ASLEEP_MS_MAX ((int64_t)28000) /* without any work, of one page */
#define OCR_PAGES_MAX     50               /* of one worker, then a fresh one */
#define OCR_WORKERS_MAX   64
#define OCR_ADDRESS_BYTES ((uint64_t)1536 << 20) /* RLIMIT_AS */
#define OCR_RSS_KIB_MAX   ((uint64_t)1024 << 10) /* watched by the parent */
#define OCR_RSS_KIB_RENEW ((uint64_t)384 << 10)  /* an idle worker above: a new one */
#define OCR_MODEL_HEX     65

struct ocr_pool;
struct ocr_body;

struct ocr_opts {
    int workers;                 /* 0: as many as cores */
    bool low_priority;           /* yields to the clerk at the screen */
    int64_t wall_ms;             /* 0: OCR_WALL_MS_MAX */
    int64_t asleep_ms;           /* 0: OCR_ASLEEP_MS_MAX */
    uint64_t cpu_s;              /* 0: OCR_CPU_S_MAX */
    int pages_per_worker;        /* 0: OCR_PAGES_MAX */
    const struct ocr_body *body; /* NULL: worker processes (all that is shipped) */
    const char *program;         /* kept; worker program of a test, NULL: this one */
};

/* The other side of a sheet, scanned as well; fd, index, dpi, rendered as below. */
struct ocr_side {
    int fd, index, dpi;
    bool rendered;
};

/*
 * Who wants to see the pictures that the steps of the chain had in hand (`ocr
 * explain`). Of what a worker sends only the name's form, the first bytes and the size
 * are looked at.
 */
#define OCR_WATCH_BYTES_MAX ((size_t)4 << 20) /* of one picture, PNG */
#define OCR_WATCH_MAX       24                /* pictures of one page */
struct ocr_watch {
    /** picture - @name: keyword of the step, a-z and '-'. @png: borrowed. */
    void (*picture)(void *ctx, const char *name, const struct str *png);
    void *ctx;
};

struct ocr_job {
    int64_t id;            /* the caller's own, comes back with the answer */
    int fd;                /* borrowed: the picture file (duplicated when it is sent) */
    int index;             /* page in the file, from 0 */
    int dpi;               /* when the caller knows better than the file, else 0 */
    bool rendered;         /* made by our own renderer: PNM is taken as well */
    bool plain;            /* without choosing among alternatives (ocr/choice.h) */
    bool tesseract;        /* Tesseract's own network reads (ocr/tess_net.h) */
    bool pictures;         /* struct ocr_pictures is wanted, too */
    bool scanned;          /* of a PDF: the page is one picture */
    bool duplex;           /* verso is given */
    struct ocr_side verso; /* its file is of no account when it cannot be read */
    const struct ocr_watch *watch; /* kept until the answer; NULL: nobody */
    const struct result *layer;    /* kept until the answer: the file's own text, in any
                                    * unit (layer.h); NULL: none */
};

/*
 * What is derived of a page beside its text, from the same decoding. Bytes from a
 * worker: only their first ones and their number were looked at.
 */
#define OCR_PAGE_PICTURE_MAX ((size_t)2 << 20)
#define OCR_THUMB_MAX        ((size_t)12 << 10)
struct ocr_pictures {
    struct str page;  /* PDF of one page in layers, text below; empty: not made */
    struct str thumb; /* small JPEG; empty: not made */
};
void ocr_pictures_clear(struct ocr_pictures *p);
#define AUTO_PICTURES AUTO(ocr_pictures_clear)

struct ocr_done {
    int64_t id;
    bool failed;          /* @why says it: ERR_IMAGE_*, ERR_OCR_*, ERR_MEMORY */
    bool worker_lost;     /* the worker died or was killed over this page */
    struct err why;       /* when failed */
    struct result result; /* owned, ocr_done_clear(); checked by result_check() */
    struct ocr_pictures pictures; /* owned; empty when not asked for */
};
void ocr_done_clear(struct ocr_done *d);
#define AUTO_OCR_DONE AUTO(ocr_done_clear)

/**
 * ocr_pool_open - start nothing yet; workers start with their first page.
 * @opts: borrowed; NULL: all defaults.
 * @out: owned, ocr_pool_close(). Return: 0, or -1 and @e: ERR_OCR_MODEL.
 */
MUST_CHECK int ocr_pool_open(const struct ocr_opts *opts, struct ocr_pool **out,
                             struct err *e);
/** ocr_pool_close - kills what still runs; pages under way are simply not answered. */
void ocr_pool_close(struct ocr_pool *p); /* NULL does nothing */
void ocr_pool_auto(struct ocr_pool **p);
#define AUTO_OCR_POOL AUTO(ocr_pool_auto)

/** ocr_pool_room - pages that may be submitted now. */
int ocr_pool_room(const struct ocr_pool *p);
/** ocr_pool_busy - pages submitted and not answered yet. */
int ocr_pool_busy(const struct ocr_pool *p);

/**
 * ocr_pool_submit - hand over one page. There must be room.
 * Return: 0 (an answer with this id will come), or -1 and @e: ERR_WORKER_START,
 * ERR_SANDBOX, ERR_OCR_MODEL: no worker can be had, no page is to blame.
 */
MUST_CHECK int ocr_pool_submit(struct ocr_pool *p, const struct ocr_job *job,
                               struct err *e);

/**
 * ocr_pool_poll - wait at most @wait_ms for the next answer.
 * @out: set on 1; ocr_done_clear().
 * Return: 1 an answer, 0 none yet (also at once when nothing is under way), -1 and @e:
 * ERR_SANDBOX, ERR_OCR_MODEL, ERR_WORKER_START.
 */
MUST_CHECK int ocr_pool_poll(struct ocr_pool *p, int64_t wait_ms, struct ocr_done *out,
                             struct err *e);

/** ocr_pipeline_version - name of the chain, changes when its output may. static */
const char *ocr_pipeline_version(void);

/**
 * ocr_network - how the model's network is run here, unless a job wants Tesseract's.
 * @detail: owned, mem_free(): why it is Tesseract's; "" when it is ours.
 * Return: "AVX-512 VNNI", "AVX2", "C": ours, by its arithmetic; "Tesseract". static
 */
const char *ocr_network(char **detail);

/**
 * ocr_model_sha256 - which model file is used and its hash (read once a call).
 * @path: NULL or owned, mem_free().
 * Return: 0, or -1 and @e: ERR_OCR_MODEL (missing; the detail names the place).
 */
MUST_CHECK int ocr_model_sha256(char out[OCR_MODEL_HEX], char **path, struct err *e);

/** ocr_worker_main - body of "sohoa worker ocr", on PROC_WORKER_FD. Return: exit code.
 */
int ocr_worker_main(void);

#endif
