/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_RPUSH_H
#define SOHOA_SYNC_RPUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/names.h"
#include "sync/receive.h"

struct err;
struct line;
struct repo;

/*
 * The sender. For a chain whose tip upstream has not got, a request is built as a file
 * (pack.h), uploaded with byte offsets, and asked for by its id when the answer was
 * lost: exactly once, whatever is cut where. refs/upstream/… in the transport
 * repository says what upstream has accepted; it is corrected by upstream's own answer.
 *
 *      HOME/spool/out/<id>          request, complete
 *      HOME/spool/out/<node>-<epoch>-<class>   its id: what is being sent
 */
#define RPUSH_REQUEST_MAX ((int64_t)96 << 20)
#define RPUSH_COMMITS_MAX 500 /* bundles in one request */
#define RPUSH_TRIES       5   /* attempts without one byte of progress */

struct rpush_request {
    char id[HASH_HEX];
    int64_t size;
    char path[4096];
    struct names_chain chain;
    char old[NAMES_OID_MAX]; /* "": none */
    char new[NAMES_OID_MAX];
    int64_t first_seq, last_seq;
};

/**
 * rpush_build - the request that brings upstream's chain forward, at most
 * BUNDLE_BYTES_MAX of objects (one bundle at least). The same state gives the same
 * bytes; one that lies there already is used again.
 * Return: 1 and *@out, 0 nothing is missing upstream, -1 and @e: ERR_REPO, disk errors.
 */
MUST_CHECK int rpush_build(struct repo *r, const char *home,
                           const struct names_chain *chain, struct rpush_request *out,
                           struct err *e);

enum rpush_event {
    RPUSH_BEGIN,    /* a request is about to be sent (or written to a drop box) */
    RPUSH_PROGRESS, /* upstream has @have bytes of it */
    RPUSH_ACCEPTED, /* upstream's ref is at its last bundle: state "accepted" */
    RPUSH_REFUSED,  /* @answer says why; the chain rests */
    RPUSH_WRITTEN,  /* lies in the drop box: state "sent" */
};

/** rpush_told - progress. Returns 0; -1 and @e stops as soon as it is safe. */
typedef int rpush_told(void *ctx, enum rpush_event what, const struct rpush_request *q,
                       int64_t have, const struct receive_answer *answer,
                       struct err *e);

struct rpush_sum {
    int64_t requests, bundles; /* accepted, or written to the drop box */
    int64_t refused;
    int64_t bytes_up, bytes_down;
};

/**
 * rpush_send - bring one request up: resumes, asks again, tries again after a cut while
 * there is progress.
 * Return: 0 and *@answer, or -1 and @e: ERR_LINE (try later; nothing is lost),
 * ERR_LINE_KEY, ERR_LINE_HOST, ERR_UPSTREAM (it answers nonsense).
 */
MUST_CHECK int rpush_send(const struct line *l, const struct rpush_request *q,
                          rpush_told *told, void *ctx, struct receive_answer *answer,
                          struct rpush_sum *sum, struct err *e);

/**
 * rpush_run - send all that is missing of the chains of (node, epoch), in the order of
 * enum bundle_class.
 * @told: may be NULL. @sum: added to.
 * Return: 0, or -1 and @e: as rpush_send(), and ERR_UPSTREAM_AHEAD: upstream has
 * bundles of ours that we do not have (an old copy of the disk): they have to be taken
 * back first.
 */
MUST_CHECK int rpush_run(struct repo *r, const struct line *l, const char *node,
                         int64_t epoch, rpush_told *told, void *ctx,
                         struct rpush_sum *sum, struct err *e);

#endif
