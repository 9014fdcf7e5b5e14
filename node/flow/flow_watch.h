/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_WATCH_H
#define SOHOA_FLOW_FLOW_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/flow/flow.h"
#include "node/flow/flow_import.h"

/*
 * Watched folders: what a scanner, a copier or a phone puts there is taken in when it
 * is finished, and moved aside so that the folder shows what is still to be done:
 *
 *   done/      stored, or stored before: may be thrown away
 *   refused/   could not be taken; NAME.txt beside it says why and what to do
 *
 * A file is finished when it is complete by its structure and was the same (inode,
 * size, time) for FLOW_WATCH_STILL_MS. Folders are looked through again and again: a
 * share of another computer tells nothing by itself; where the kernel does, it is only
 * sooner. What cannot be moved (a share that is read-only) is remembered until the end
 * of the call and not taken again unless it changes.
 */
#define FLOW_WATCH_STILL_MS    ((int64_t)5000)
#define FLOW_WATCH_SLIP_MS     600000 /* a slip holds so long after the last file */
#define FLOW_WATCH_POLL_MS     ((int64_t)2000)
#define FLOW_WATCH_FOLDERS_MAX ((size_t)16)
#define FLOW_WATCH_DONE        "done"
#define FLOW_WATCH_REFUSED     "refused"

struct flow_watch_opts {
    struct flow_import_opts import; /* per_page, expect and wait_ms are not looked at */
    bool once;                      /* what is there now, then end */
    int64_t still_ms;               /* 0: FLOW_WATCH_STILL_MS */
};

/**
 * flow_watch - until stop_requested(), or once.
 * @to: hears the lines of flow_import(), a file that waits only once, and a line "left"
 * for what could not be moved aside.
 * @sum: of all passes, also on failure. Return: 0, or -1 and @e: ERR_NOT_FOUND (a
 * folder that is not there at the start), ERR_USAGE (a folder within HOME, or too
 * many), as flow_import().
 */
MUST_CHECK int flow_watch(struct flow *f, const struct flow_watch_opts *o,
                          const char *const *folders, size_t count,
                          const struct flow_listener *to, struct flow_import_sum *sum,
                          struct err *e);

#endif
