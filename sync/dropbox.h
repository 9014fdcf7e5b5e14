/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_DROPBOX_H
#define SOHOA_SYNC_DROPBOX_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"
#include "sync/receive.h"

struct err;
struct line;
struct repo;
struct rpush_request;

/*
 * A folder between two nodes, on a share or a stick. It is never a git remote: what
 * lies in it is taken in by the owner through the gate.
 *
 *   FOLDER/inbox/<node>/<id>.req          requests (pack.h), written *.part, fsync,
 *                                         rename
 *   FOLDER/outbox/<node>/<id>.answer      what became of them (receive.h)
 *   FOLDER/outbox/<node>/<unit>/<n>.req   refs of a unit for that node: requests too,
 *                                         one a ref
 *   FOLDER/inbox/<node>/restore           there while that node is being made again:
 * its own chains are wanted back FOLDER/outbox/<node>/restore.json     the answer: what
 * has been laid out, written when all of it lies there
 */

/** dropbox_put - write @q's file to the inbox unless it is there or answered. A damaged
 * answer is no answer. */
MUST_CHECK int dropbox_put(const struct line *l, const char *node,
                           const struct rpush_request *q, struct err *e);

/** dropbox_answer - the answer to a request. 1, 0 none yet (or a damaged one, which is
 * logged and removed), -1. */
MUST_CHECK int dropbox_answer(const struct line *l, const char *node, const char *id,
                              struct receive_answer *out, struct err *e);

#define DROPBOX_REF ".ref" /* a request of NAMES_STATEMENTS_REF */
/** dropbox_step_name - the file of a step of @ref from @old ("": its beginning). owned,
 * mem_free(). */
char *dropbox_step_name(const char *ref, const char *old, const char *new);

/**
 * dropbox_export - at the upper tier: write refs of @r to @folder as request files.
 * @refs: names, or prefixes that end in '/'. Files that say the same are left; of a
 * chain only the bundles after the last full step are looked at.
 */
MUST_CHECK int dropbox_export(struct repo *r, const char *folder,
                              const char *const *refs, size_t ref_count, struct err *e);

/**
 * dropbox_offer - at the upper tier, when the refs below @prefix were exported for a
 * node that is being made again: say so, with the tips. @box: its outbox folder. @unit:
 * where in it they lie. @r: NULL: nothing is wanted (any more).
 */
#define DROPBOX_WANT  "restore"
#define DROPBOX_OFFER "restore.json"
MUST_CHECK int dropbox_offer(struct repo *r, const char *box, const char *unit,
                             const char *prefix, struct err *e);

/**
 * dropbox_want_back - at a node that is being made again, or takes back what this disk
 * has not: ask for its own chains.
 * dropbox_offered - 1 and @unit: they lie in the box; 0 not yet, -1.
 * dropbox_came_back - 1: @r has all that was offered, 0, -1.
 * dropbox_thank - no longer needed: the upper tier takes them out of the box again. Who
 * asks once more does not get what was offered now.
 */
MUST_CHECK int dropbox_want_back(const struct line *l, const char *node, struct err *e);
MUST_CHECK int dropbox_offered(const struct line *l, const char *node,
                               char unit[NAMES_UNIT_MAX], struct err *e);
MUST_CHECK int dropbox_came_back(const struct line *l, const char *node, struct repo *r,
                                 struct err *e);
MUST_CHECK int dropbox_thank(const struct line *l, const char *node, struct err *e);

/**
 * dropbox_import - at the lower end: take the request files of @folder that move one of
 * @refs (names_ref_wanted()) into the repository at @path: walked by pack_check(),
 * unpacked, ref moved forward only. The others stay unread: what was not asked for does
 * not fill the disk.
 * What they say is believed by nobody yet: receipts and bundles are verified by their
 * signatures when they are read. @moved: refs that moved; may be NULL.
 */
MUST_CHECK int dropbox_import(const char *folder, const char *path,
                              const char *const *refs, size_t ref_count, size_t *moved,
                              struct err *e);

#endif
