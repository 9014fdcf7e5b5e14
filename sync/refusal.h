/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_REFUSAL_H
#define SOHOA_SYNC_REFUSAL_H

#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct err;
struct line;
struct rpush_sum;
struct str;

/*
 * At a hub: what the tier above refused of a commune's chain, until it takes it after
 * all. The commune asks for it (verb `refused`, README.md), or finds it in its
 * drop box: it counts as the tier above's own answer to a request does, no more.
 *
 *      HOME/spool/refused/<node>/<epoch>-<class>     <first> <last> <code> LF
 */
#define REFUSAL_MAX  ((size_t)1000) /* chains of one node */
#define REFUSAL_FILE "refused"      /* in FOLDER/outbox/<node>/, when it is carried */

struct refusal {
    struct names_chain chain;
    int64_t first_seq, last_seq; /* of the request */
    char code[40];               /* SH-… */
};

/** refusal_set - keep it. refusal_drop - the chain goes on. */
MUST_CHECK int refusal_set(const char *home, const struct refusal *r, struct err *e);
MUST_CHECK int refusal_drop(const char *home, const struct names_chain *chain,
                            struct err *e);

/** refusal_each - those of @node. What cannot be understood is passed over. */
typedef int refusal_fn(void *ctx, const struct refusal *r, struct err *e);
MUST_CHECK int refusal_each(const char *home, const char *node, refusal_fn *each,
                            void *ctx, struct err *e);

/** refusal_print - append "refused <epoch> <class> <first> <last> <code>" LF. */
void refusal_print(const struct refusal *r, struct str *out);

/** refusal_put_out - at the hub: those of @node into its drop box
 * (HOME/outbox/<node>/refused, the lines of the verb); no file when there is none. */
MUST_CHECK int refusal_put_out(const char *home, const char *node, struct err *e);

/**
 * refusal_ask - at the commune @node: hear them from the hub at @l, or from the folder
 * that @l is. An older one has nothing to say. @sum: bytes added.
 * Return: 0, or -1 and @e: ERR_LINE*, ERR_UPSTREAM, what @each says.
 */
MUST_CHECK int refusal_ask(const struct line *l, const char *node, refusal_fn *each,
                           void *ctx, struct rpush_sum *sum, struct err *e);

#endif
