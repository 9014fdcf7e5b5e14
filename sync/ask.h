/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_ASK_H
#define SOHOA_SYNC_ASK_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"

struct err;
struct line;
struct rpush_sum;

/*
 * The way back: what a node asks its upper tier for. Nothing here blocks for good: each
 * read has an idle limit, the worker must say that it goes on (sync_worker.h), and a
 * wish to stop (stop.h) ends every wait within a second.
 */
#define ASK_UNITS_MAX ((size_t)10000)

/**
 * ask_list - units whose repositories we may read: "<code>-<valid_from>".
 */
typedef int ask_each_unit(void *ctx, const char *unit, struct err *e);
MUST_CHECK int ask_list(const struct line *l, ask_each_unit *each, void *ctx,
                        struct err *e);

/**
 * ask_fetch - fetch refs of the repository of @unit into the repository at @path.
 * @unit: "<code>-<valid_from>" or a code alone.
 * @refs: names, prefixes that end in '/', or patterns as of a shell in which a star
 * stands for one component; each ref is fetched to the same name. Refs
 * only go forward: one that does not is left and reported as ERR_REF_MOVED. In steps
 * that go on at the byte where the line broke (since.h). With an older province by git:
 * the parent runs ssh; a worker without exec and sockets speaks git and writes below
 * @path only; a cut begins it anew. @sum: bytes added.
 * @moved: how many refs moved; may be NULL.
 * However much there is to fetch: it goes on while there is progress.
 * Return: 0, or -1 and @e: ERR_LINE (also when told to stop), ERR_LINE_KEY,
 * ERR_LINE_HOST, ERR_UPSTREAM, ERR_TIMEOUT (the worker fell silent), ERR_WORKER_*,
 * ERR_REPO.
 */
MUST_CHECK int ask_fetch(const struct line *l, const char *unit, const char *path,
                         const char *const *refs, size_t ref_count,
                         struct rpush_sum *sum, size_t *moved, struct err *e);

#endif
