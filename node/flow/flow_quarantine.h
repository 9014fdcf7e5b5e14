/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_FLOW_FLOW_QUARANTINE_H
#define SOHOA_FLOW_FLOW_QUARANTINE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/hash.h"
#include "node/flow/flow.h"

struct fs_tmp;

/*
 * HOME/quarantine: what was refused, each file under its SHA-256, with rows that say
 * where it came from and why. A row without a file stands for what must not be read, is
 * too large, or did not fit any more. Only an administrator removes a file.
 */
/* At most import.quarantine_percent of the disk … */
#define FLOW_QUARANTINE_MIN ((uint64_t)1 << 30) /* … but at least this */

/**
 * flow_quarantine_take - keep the bytes of @t, a temporary file on the home's disk.
 * @t:    moved into quarantine, or dropped when there is no room; closed in any case.
 * @kept: whether they lie there now.
 * Return: 0, or -1 and @e: disk errors.
 */
MUST_CHECK int flow_quarantine_take(struct flow *f, struct fs_tmp *t, const char *sha,
                                    uint64_t size, bool *kept, struct err *e);

/** flow_quarantine_list - a line "quarantine" each, newest first. */
MUST_CHECK int flow_quarantine_list(struct flow *f, const struct flow_listener *to,
                                    int64_t *count, struct err *e);
/** flow_quarantine_show - one of them, with the three sentences and the place of its
 * file. ERR_QUARANTINE_ABSENT. */
MUST_CHECK int flow_quarantine_show(struct flow *f, int64_t id,
                                    const struct flow_listener *to, struct err *e);
/**
 * flow_quarantine_release - copy the file into the folder @dir (made when absent) under
 * a name made from its old one; never replaces a file. The copy in quarantine stays.
 * @path: owned, where it lies now.
 * Return: 0, or -1 and @e: ERR_QUARANTINE_ABSENT (no row, or no file), disk errors.
 */
MUST_CHECK int flow_quarantine_release(struct flow *f, int64_t id, const char *dir,
                                       char **path, struct err *e);
/** flow_quarantine_remove - delete the file for good; @user must be an administrator.
 * The row stays, with the name. ERR_USER_ABSENT, ERR_USER_RIGHT. */
MUST_CHECK int flow_quarantine_remove(struct flow *f, int64_t id, const char *user,
                                      struct err *e);

#endif
