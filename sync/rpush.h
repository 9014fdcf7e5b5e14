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
 *      HOME/spool/out/<node>-<epoch>-<class>   its id, and that of the one after it:
 *                                              what is being sent
 */
#define RPUSH_REQUEST_MAX ((int64_t)96 << 20)
#define RPUSH_LINE_BYTES  ((int64_t)8 << 20) /* of objects in one, over a line */
#define RPUSH_COMMITS_MAX 500                /* bundles in one request */
#define RPUSH_OBJECTS_MAX 150000 /* of git in one request; the gate takes more */
#define RPUSH_TRIES       5      /* attempts without one byte of progress */

struct rpush_request {
    char id[HASH_HEX];
    int64_t size;
    char path[4096];
    struct names_chain chain;
    char old[NAMES_OID_MAX]; /* "": none */
    char new[NAMES_OID_MAX];
    int64_t first_seq, last_seq;
    bool fresh; /* made just now: upstream has no byte of it, and is not asked first */
};

/* What one request may hold: bounds of the bundles in it, by manifest_cost(). Well
 * below those of the gate: what it refuses once it refuses for good. */
struct rpush_limits {
    int64_t commits, objects, bytes;
};

/**
 * rpush_build - the request that brings upstream's chain forward: as many bundles as
 * the limits allow, one at least. The same state gives the same bytes; one that lies
 * there already is used again unless it has more objects than @max.
 * @max: borrowed. NULL: RPUSH_COMMITS_MAX, RPUSH_OBJECTS_MAX, BUNDLE_BYTES_MAX.
 * Return: 1 and *@out, 0 nothing is missing upstream, -1 and @e: ERR_REPO, disk errors.
 */
MUST_CHECK int rpush_build_within(struct repo *r, const char *home,
                                  const struct names_chain *chain,
                                  const struct rpush_limits *max,
                                  struct rpush_request *out, struct err *e);
/** rpush_build - the same within the limits of this program. */
MUST_CHECK int rpush_build(struct repo *r, const char *home,
                           const struct names_chain *chain, struct rpush_request *out,
                           struct err *e);

enum rpush_event {
    RPUSH_BEGIN,    /* a request is about to be sent (or written to a drop box) */
    RPUSH_PROGRESS, /* upstream has @have bytes of it */
    RPUSH_TURN,     /* many times a second while it is sent; @have as told last */
    RPUSH_ACCEPTED, /* upstream's ref is at its last bundle: state "accepted" */
    RPUSH_REFUSED,  /* @answer says why; the chain rests */
    RPUSH_WRITTEN,  /* lies in the drop box: state "sent" */
    RPUSH_LOST,     /* upstream had these bundles and has them no more: its disk is an
                       older one. They are sent again */
};

/** rpush_told - progress. Returns 0; -1 and @e stops as soon as it is safe. */
typedef int rpush_told(void *ctx, enum rpush_event what, const struct rpush_request *q,
                       int64_t have, const struct receive_answer *answer,
                       struct err *e);

struct rpush_sum {
    int64_t requests, bundles; /* accepted, or written to the drop box */
    int64_t refused;
    int64_t bytes_up, bytes_down; /* without what ssh adds and TCP repeats */
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

/** What a run sees when it has to choose. */
struct rpush_state {
    bool waiting[CLASS_COUNT]; /* has bundles that upstream lacks, and may be asked */
    bool sending; /* a request is under way: leave the line alone. Another class than
                   * its own, or none, pauses it at the byte. */
};

/**
 * rpush_next - what to send now: before each request and each RPUSH_LOOK_MS while one
 * is sent. Return: 1 and *@cls (one that waits), 0 no more in this run, -1 and @e.
 */
#define RPUSH_LOOK_MS 2000
typedef int rpush_next(void *ctx, const struct rpush_state *s, enum bundle_class *cls,
                       struct err *e);

/**
 * rpush_run - send what is missing of the chains of (node, epoch), request by request.
 * What is sealed meanwhile counts: its tip is looked at again before each request and
 * during one, so that a record waits for no picture. A paused request goes on at its
 * byte later, in this run or another.
 * A class of which a request is refused rests for this run.
 * @next: NULL: the order of enum bundle_class. Into a drop box each class goes as a
 *        whole: @next is asked once for each, and 0 leaves that class out.
 * @told: may be NULL. @ctx: of both. @sum: added to.
 * Return: 0, or -1 and @e: as rpush_send(), and ERR_UPSTREAM_AHEAD: upstream has
 * bundles of ours that we do not have (an old copy of the disk): they have to be taken
 * back first.
 */
MUST_CHECK int rpush_run(struct repo *r, const struct line *l, const char *node,
                         int64_t epoch, rpush_next *next, rpush_told *told, void *ctx,
                         struct rpush_sum *sum, struct err *e);

/*
 * How requests travel when no line does: a drop box, a stick. What was put and has no
 * answer yet is put again, so that a stick that was lost costs nothing but the way.
 *
 *      HOME/spool/out/<node>-<epoch>-<class>.open   ids on their way, oldest first
 */
struct rpush_carrier {
    /* 1 and the answer to @id, 0 none, -1. NULL: none is heard. */
    int (*answer)(void *ctx, const char *node, const char *id,
                  struct receive_answer *out, struct err *e);
    /* 1 it is there, 0 no more fits, -1. NULL: nothing is put. */
    int (*put)(void *ctx, const char *node, const struct rpush_request *q,
               struct err *e);
    void *ctx;
    bool whole; /* files are hashed before they are put; a damaged one is made anew */
    bool kept[CLASS_COUNT]; /* these stay here: only answers are heard */
};

/**
 * rpush_carry - hear the answers, then put what upstream has not got, chain by chain.
 * @told, @sum: as rpush_run(); RPUSH_BEGIN and RPUSH_WRITTEN of new requests only.
 * Return: 1, 0 not all fitted, -1 and @e.
 */
MUST_CHECK int rpush_carry(struct repo *r, const char *home, const char *node,
                           int64_t epoch, const struct rpush_carrier *c,
                           rpush_told *told, void *ctx, struct rpush_sum *sum,
                           struct err *e);

#endif
