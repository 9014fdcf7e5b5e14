/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_CHALLENGE_H
#define SOHOA_SYNC_CHALLENGE_H

#include <stdbool.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"

struct err;
struct line;
struct sign_public;
struct sign_secret;
struct str;

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
 *
 * A hub, which has the object too and could answer by itself, hands the question on
 * with the name of the node, and the answer back as it is: signed by who keeps.
 *
 *      C  prove <sha256> <nonce> <node>
 *      S  signed <64 hex> <copies> <signature, 128 hex>
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

/** What is proven, and to whom. */
struct challenge {
    const char *node; /* who asks */
    const char *hex;  /* the object */
    const char *nonce;
};

/** challenge_sign - append the line "signed …". @key: of the tier that keeps. */
void challenge_sign(const struct challenge *c, const char *proof, int64_t copies,
                    const struct sign_secret *key, struct str *out);

/** challenge_signed - is @line such a one by @key, with @proof? */
bool challenge_signed(const struct challenge *c, const char *line, const char *proof,
                      const struct sign_public *key, int64_t *copies);

/** Whom to ask. */
struct challenge_way {
    const struct line *l;
    const char *node;              /* ourselves */
    const struct sign_public *key; /* of the tier whose receipts count */
    bool relayed;                  /* a hub is between: only a signed word counts */
};

/**
 * challenge_ask - ask the upper tier, and compare with what @fd gives, which is the
 * object @hex. @copies: as it says.
 * Return: 1 proven, 0 not (it says otherwise, or that it has none), -1 and @e: ERR_LINE
 * (nothing is known), ERR_GATE_VERB, ERR_GATE_READ (it is too old to be asked, or to
 * hand it on), ERR_UPSTREAM.
 */
MUST_CHECK int challenge_ask(const struct challenge_way *w, const char *hex, int fd,
                             int64_t *copies, struct err *e);

/**
 * challenge_relay - at a hub: put the question of @c->node to the tier at @l, and write
 * what it says to @out. Errors of the line, and what it says is wrong.
 */
MUST_CHECK int challenge_relay(const struct line *l, const struct challenge *c, int out,
                               struct err *e);

#endif
