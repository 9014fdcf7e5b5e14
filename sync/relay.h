/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_RELAY_H
#define SOHOA_SYNC_RELAY_H

#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"
#include "sync/rpush.h"

struct err;
struct line;
struct plan_rules;
struct repo;

/*
 * A hub between a commune and the province hands on what the commune sent: the very
 * commits, byte by byte, with the author's signature. It signs nothing and changes
 * nothing; the gate above looks at the author's key, not at the hub's. The way of the
 * bundles is that of any sender (rpush.h): resumed at the byte, exactly once. What the
 * tier above has of a chain stands in refs/upstream/… of the commune's repository here.
 * Receipts come from above alone and are fetched as they are.
 */
struct relay {
    const struct line *line;        /* the way up. kept */
    const struct plan_rules *rules; /* what may go now. kept */
    int64_t before;                 /* bytes that went up today before this run */
    int64_t over;                   /* epochs before this one have ended: their key was
                                       changed, nothing of them is taken any more */
    rpush_told *told;               /* NULL: nobody */
    void *ctx;                      /* of it */
    struct rpush_sum *sum;          /* added to. kept */
};

/**
 * relay_send - bring up what the tier above lacks of one commune's chains.
 * @r:    its repository here. @node: its name.
 * @upto: of the newest epoch only classes up to this one: the caller goes through all
 *        communes class by class, so that small things of all go before large ones.
 * A chain of an older epoch is refused once a newer one was begun: older epochs go
 * whole, whatever @upto says, and the newer ones wait for them as long as the rules
 * hold something back that they will let through later.
 * Return: 0, or -1 and @e: as rpush_run(). ERR_UPSTREAM_AHEAD: the tier above has
 * bundles that are not here (they went another way, or this disk is older).
 */
MUST_CHECK int relay_send(const struct relay *l, struct repo *r, const char *node,
                          enum bundle_class upto, struct err *e);

/**
 * relay_carry - the same onto a stick: what the tier above has not answered of class
 * @cls in the newest epoch. Older epochs go whole, with the first class.
 * @home: of the hub. @over: as in struct relay. @c: its put and kept. @told, @ctx,
 * @sum: as rpush_carry(). Return: 1, 0 not all fitted, -1 and @e.
 */
struct rpush_carrier;
MUST_CHECK int relay_carry(struct repo *r, const char *home, const char *node,
                           int64_t over, enum bundle_class cls,
                           const struct rpush_carrier *c, rpush_told *told, void *ctx,
                           struct rpush_sum *sum, struct err *e);

/**
 * relay_hear - what a stick brought home: the answers to all that was carried of @node.
 * @c: its answer. ERR_UPSTREAM_AHEAD: as relay_send().
 */
MUST_CHECK int relay_hear(struct repo *r, const char *home, const char *node,
                          const struct rpush_carrier *c, rpush_told *told, void *ctx,
                          struct rpush_sum *sum, struct err *e);

/** relay_lacks - how many bundles of @node the tier above has not taken yet; @all: of
 * how many; may be NULL. @over: as above; what did not get there in those epochs comes
 * again from the commune, in a later one. */
MUST_CHECK int relay_lacks(struct repo *r, const char *node, int64_t over,
                           int64_t *count, int64_t *all, struct err *e);

#endif
