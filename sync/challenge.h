/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_CHALLENGE_H
#define SOHOA_SYNC_CHALLENGE_H

#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;
struct line;

/*
 * Does the tier above still have an object? The lower node names it and a nonce, 32
 * bytes that nobody could know before; the tier above answers with SHA-256 over the
 * bytes of the nonce and those of the object, which it can only compute from them.
 *
 *      C  (ssh command)  prove <sha256> <nonce, 64 hex>
 *      S  wait                      every 5 s while it reads
 *      S  proof <64 hex> <copies>   or: absent
 *
 * <copies>: in how many places it holds the node's chains up to their tips.
 */

/** challenge_nonce - 32 new bytes, as hex. */
MUST_CHECK int challenge_nonce(char nonce[HASH_HEX], struct err *e);

/**
 * challenge_proof - what proves that one has the bytes that @fd gives from its position
 * to the end. @tick: called now and then; may be NULL. ERR_READ.
 */
typedef int challenge_tick(void *ctx, struct err *e);
MUST_CHECK int challenge_proof(int fd, const char *name, const char *nonce,
                               challenge_tick *tick, void *ctx, char proof[HASH_HEX],
                               struct err *e);

/**
 * challenge_ask - ask the upper tier at @l, and compare with what @fd gives, which is
 * the object @hex. @copies: as it says.
 * Return: 1 proven, 0 not (it says otherwise, or that it has none), -1 and @e: ERR_LINE
 * (nothing is known), ERR_GATE_VERB (it is too old to be asked), ERR_UPSTREAM.
 */
MUST_CHECK int challenge_ask(const struct line *l, const char *hex, int fd,
                             int64_t *copies, struct err *e);

#endif
