/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_SCAN_H
#define SOHOA_FLOW_FLOW_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/flow/flow_import.h"
#include "node/scan/scanner.h"

/*
 * Scanning a stack of sheets. Each picture is a file in HOME/scans/<begin>/ (TIFF,
 * nothing lost), synced before it is told: from then on it is safe. When the stack is
 * complete its files are taken in as any other (flow_import()), and only then removed.
 * What the call was made with stands beside the pictures (stack.json), so that a stack
 * outlives a jam, a power cut or the end of the program: it is gone on with, taken in,
 * or dropped. There is one open stack at a time.
 *
 *   0001.tif 0002.tif …    pictures in their order
 *   0001b.tif …            backs of the sheets, when they were scanned in a second pass
 *
 * Backs: a feeder that takes one side gives the fronts; the stack is turned over as a
 * whole and put in again, so that the first picture of the second pass is the back of
 * the last sheet.
 */
#define FLOW_SCAN_FOLDER "scans"

struct flow_scan_opts {
    struct scanner_opts scanner;
    struct flow_import_opts import; /* of a new stack; with an open one its own hold */
    bool go_on;                     /* with the open stack */
    bool backs;                     /* this pass is of the backs; with go_on */
    bool keep_open;                 /* more is to come: not taken in at the end */
};

struct flow_scan_sum {
    int64_t scanned;       /* pictures of this call */
    int64_t fronts, backs; /* of the stack */
    bool finished;         /* the stack was taken in */
    struct flow_import_sum import;
};

/** flow_scan_devices - a line "device" each. Needs no home. As scanner_list(). */
MUST_CHECK int flow_scan_devices(const struct flow_listener *to, int64_t *count,
                                 struct err *e);

/**
 * flow_scan_run - scan, and take the stack in unless it is kept open.
 * @to: hears a line "scanned" for each picture, then those of flow_import().
 * @sum: also on failure. Return: 0, or -1 and @e: as scanner_run() (what was scanned
 * stays in the open stack), ERR_SCAN_OPEN (one is there, and go_on was not asked for),
 * ERR_SCAN_NO_STACK (go_on without one), ERR_SCAN_BACKS, ERR_DISK_FULL, as
 * flow_import().
 */
MUST_CHECK int flow_scan_run(struct flow *f, const struct flow_scan_opts *o,
                             const struct flow_listener *to, struct flow_scan_sum *sum,
                             struct err *e);

/** flow_scan_finish - take the open stack in. @o: progress, via and actor are looked
 * at, and place and page: another aim than the one it was begun with (which may be past
 * by now). @at_end: behind the last page of the record that it was aimed at.
 * ERR_SCAN_NO_STACK, ERR_SCAN_BACKS, ERR_PAGE_ABSENT (at_end of a stack without an
 * aim), as flow_import(). */
MUST_CHECK int flow_scan_finish(struct flow *f, const struct flow_import_opts *o,
                                bool at_end, const struct flow_listener *to,
                                struct flow_scan_sum *sum, struct err *e);

/**
 * flow_scan_stack - a line "stack" {"fronts","backs","dossier","kind"} of the open
 * stack that no run is at work on; with an aim also "aim", that page, and "past":
 * another picture took its place since. Return: 1, 0 there is none, or -1.
 */
MUST_CHECK int flow_scan_stack(struct flow *f, const struct flow_listener *to,
                               struct err *e);

/** flow_scan_drop - throw the open stack away; the audit chain says who did
 * (flow_user()). @count: pictures that were in it. ERR_SCAN_NO_STACK. */
MUST_CHECK int flow_scan_drop(struct flow *f, int64_t *count, struct err *e);

#endif
