/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_INSPECT_H
#define SOHOA_OCR_INSPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/err.h"
#include "ocr/image.h"
#include "ocr/qr.h"

/*
 * Is this picture file whole? Every page is decoded once in a worker ("sohoa worker
 * inspect": no files, no network, limits on memory and time), so that half a page is
 * found while the paper still lies on the desk. One worker serves many files; one that
 * crashes, hangs or grows is killed and replaced, and costs the page it was at.
 *
 * parent → worker   FILE   descriptor; JSON {"from": first page}
 * worker → parent   KIND   JSON {"kind", "pages"}
 *                   PAGE   JSON {"page", "width", "height", "dpi", "advice", "code",
 * "alone"}, or BAD    the error of that page FAIL   the error of the whole file
 */
#define INSPECT_ADDRESS_BYTES ((uint64_t)1536 << 20) /* RLIMIT_AS */
#define INSPECT_RSS_KIB_MAX   ((uint64_t)1024 << 10)
#define INSPECT_CPU_S         30        /* of one page */
#define INSPECT_WALL_MS       60000     /* of one page */
#define INSPECT_FILES_MAX     500       /* of one worker, then a fresh one */
#define INSPECT_LOST_MAX      3         /* workers one file may cost */
#define INSPECT_CODE          "SOHOA1:" /* codes that are asked for begin so */

struct inspect_page {
    int32_t width_px, height_px; /* 0 when bad */
    int dpi;
    unsigned advice;        /* enum capture_advice, or-ed: better captured anew */
    char code[QR_TEXT_MAX]; /* a QR code that was asked for, "" none */
    bool alone;             /* nothing but the sheet that bears it (qr_alone()) */
    enum err_code bad;      /* ERR_NONE: decodes wholly */
};

struct inspect_result {
    enum image_kind kind;
    struct inspect_page *pages; /* owned; at least one */
    size_t count;
    size_t good;
};
void inspect_result_clear(struct inspect_result *r);
#define AUTO_INSPECT_RESULT AUTO(inspect_result_clear)

struct inspect; /* starts its worker with the first file */

struct inspect_opts {
    /* QR codes are looked for whose text begins with INSPECT_CODE (a slip that goes
     * before the sheets of a record), by "sohoa worker inspect-codes". */
    bool codes;
    const char *program; /* worker program of a test, NULL: this one */
    int64_t wall_ms;     /* of one page, 0: INSPECT_WALL_MS */
    uint64_t cpu_s;      /* of one page, 0: INSPECT_CPU_S */
};

/** inspect_new - @opts: borrowed, NULL: defaults. owned, inspect_free(). */
struct inspect *inspect_new(const struct inspect_opts *opts);
void inspect_free(struct inspect *in);
void inspect_auto(struct inspect **in);
#define AUTO_INSPECT AUTO(inspect_auto)

/**
 * inspect_file - look through the picture file behind @fd (borrowed, position not
 * used).
 * @out: inspect_result_clear().
 * Return: 0 (at least one page is good), or -1 and @e: the error of the file or, when
 * no page is good, of its first page: ERR_IMAGE_*, ERR_INPUT_TYPE,
 * ERR_INPUT_TOO_LARGE; or of ours: ERR_WORKER_START, ERR_WORKER_PROTOCOL.
 */
MUST_CHECK int inspect_file(struct inspect *in, int fd, const char *name,
                            struct inspect_result *out, struct err *e);

/** inspect_direct - the same without a worker, for tests and fuzzing. */
MUST_CHECK int inspect_direct(int fd, const char *name, struct inspect_result *out,
                              struct err *e);

/** inspect_pid - the worker that runs, 0: none. For tests. */
int inspect_pid(const struct inspect *in);

/** inspect_worker_main - body of "sohoa worker inspect"; the other looks for codes as
 * well. Return: exit code. */
int inspect_worker_main(void);
int inspect_codes_worker_main(void);

#endif
