/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_OCR_STEPS_H
#define SOHOA_OCR_STEPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct jdoc;

/*
 * What each step of the chain found on a page, how sure it was, and what it did or why
 * it did nothing. For support, for the clerk who wonders, and for `ocr explain`.
 */
#define STEPS_MAX     64
#define STEP_NAME_MAX 24  /* bytes, English keyword: a-z and '-' */
#define STEP_WHY_MAX  160 /* bytes, one line of English keywords and figures, ASCII */

struct step {
    char *name; /* owned */
    bool done;  /* true: the page was changed or marked by it; false: it refused */
    int sure;   /* 0 to 100; what that measures is the step's own matter */
    char *why;  /* owned: what was found ("angle 0.42"), or why not ("few-lines 3") */
    int64_t cpu_ms; /* processor time since the step before was noted */
};

struct steps {
    struct step *p; /* owned */
    size_t count, cap;
    int64_t cpu_us; /* of this process when the last one was noted */
};

/** steps_begin - time counts from now on. */
void steps_begin(struct steps *s);

/** steps_add - note one more; beyond STEPS_MAX nothing is noted, a long @fmt is cut. */
void steps_add(struct steps *s, const char *name, bool done, int sure, const char *fmt,
               ...) __attribute__((format(printf, 5, 6)));

/** steps_find - the last one of that name; NULL: there is none. view */
const struct step *steps_find(const struct steps *s, const char *name);

/** steps_to_jdoc, steps_from_jdoc - as an array of objects. owned. Of what came from
 * outside every limit above is held: 0, or -1 and @e: ERR_WORKER_PROTOCOL. */
struct jdoc *steps_to_jdoc(const struct steps *s);
MUST_CHECK int steps_from_jdoc(const struct jdoc *j, struct steps *out, struct err *e);

void steps_clear(struct steps *s);
#define AUTO_STEPS AUTO(steps_clear)

#endif
