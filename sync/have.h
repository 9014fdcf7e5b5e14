/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_HAVE_H
#define SOHOA_SYNC_HAVE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/str.h"
#include "sync/names.h"

struct err;
struct heads;

/*
 * What a reader has, told to the tier above by a stick: then the stick home begins
 * there and not at the first bundle. For each repository of its own
 *
 *      unit <code>-<valid_from>
 *      <tip> <ref>                     as in heads.h
 *
 * and a line with a dot at the end. It grants nothing and proves nothing: a tip that is
 * not in the chain is passed over, and the rights say what may be had at all. What does
 * not fit into HAVE_MAX is left out; it comes again and changes nothing.
 */
#define HAVE_MAX  ((size_t)8 << 20)
#define HAVE_NAME "have"              /* inbox/<node>/have on the stick */
#define HAVE_KEPT "spool/have/%s"     /* at the tier above, the newest of each node */
#define HAVE_COME "spool/have/%s.new" /* from a file whose end was not seen yet */

struct have {
    struct str text; /* owned */
};
#define HAVE_INIT                                                                      \
    {                                                                                  \
        .text = STR_INIT(HAVE_MAX)                                                     \
    }
void have_clear(struct have *h);
#define AUTO_HAVE AUTO(have_clear)

/** have_write - what lies in HOME/communes, as the file @path. Disk errors. */
MUST_CHECK int have_write(const char *home, const char *path, struct err *e);

/** have_load - what @node told last; nothing when it never did. */
MUST_CHECK int have_load(const char *home, const char *node, struct have *out,
                         struct err *e);

/** have_unit - its refs of @unit, added to @out. Lines that say nothing are passed
 * over. */
void have_unit(const struct have *h, const char *unit, struct heads *out);

/** have_tip - the tip of @ref among @heads. view; "" when it is not there. */
const char *have_tip(const struct heads *heads, const char *ref);

#endif
