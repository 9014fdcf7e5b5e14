/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_STORE_BUNDLE_H
#define SOHOA_STORE_BUNDLE_H

#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "node/record/ident.h"
#include "node/record/item.h"

struct err;
struct store;

/*
 * Ledger of bundles: those a node sealed, and at an upper tier those it took in. Key:
 * (node, epoch, class, seq); seq counts from 1 in each chain.
 */
#define STORE_CLASS_MAX  8  /* "meta", "text", "thumb", "page", "master" */
#define STORE_COMMIT_MAX 65 /* git object name */

enum store_bundle_state {
    STORE_BUNDLE_SEALED,
    STORE_BUNDLE_SENT,
    STORE_BUNDLE_ACCEPTED,
    STORE_BUNDLE_DURABLE,
    STORE_BUNDLE_REFUSED
};
const char *store_bundle_state_name(enum store_bundle_state st);
bool store_bundle_state_find(const char *name, enum store_bundle_state *out);

struct store_bundle {
    int64_t id; /* row, set by add */
    char node[IDENT_NODE_MAX];
    int64_t epoch;
    char class[STORE_CLASS_MAX];
    int64_t seq;
    char manifest[HASH_HEX]; /* SHA-256 of the manifest: name of the bundle */
    char prev[HASH_HEX];     /* of the one before, "" for the first */
    char commit[STORE_COMMIT_MAX];
    enum store_bundle_state state;
    enum item_level level;
    char audit_head[HASH_HEX];
    int64_t objects, bytes;
    int64_t sealed_at, sent_at, accepted_at; /* seconds UTC here, 0: not yet */
    int64_t durable_at;                      /* province's time, 0: not yet */
    int64_t copies;                          /* as the newest receipt says */
    char code[32];                           /* why refused, "" */
};

/** store_bundle_add - ERR_BUNDLE_EXISTS when key or manifest is there. Transaction. */
MUST_CHECK int store_bundle_add(struct store *s, struct store_bundle *b, struct err *e);
/** store_bundle_item - revision @rev of @item went into it as @level; @card: what was
 * sealed (NULL for classes other than meta). The item's state becomes sealed when it is
 * still at that revision. Transaction. */
MUST_CHECK int store_bundle_item(struct store *s, const struct store_bundle *b,
                                 const char *item, int64_t rev, enum item_level level,
                                 const char *card, struct err *e);
/** store_bundle_object - the object @hex (page text: page name) is in it. Transaction.
 */
MUST_CHECK int store_bundle_object(struct store *s, const struct store_bundle *b,
                                   const char *hex, struct err *e);
/** store_bundle_has_object - 1: a bundle of that class carries @hex already, 0, -1. */
MUST_CHECK int store_bundle_has_object(struct store *s, const char *class,
                                       const char *hex, struct err *e);

/** store_bundle_taken - 1: one of them is accepted or durable, 0, -1. */
MUST_CHECK int store_bundle_taken(struct store *s, const char *class, const char *hex,
                                  struct err *e);

/** store_bundle_has_object_in, store_bundle_has_rev_in - whether bundles of @node and
 * @epoch carry it: the object, the card of a revision. 1, 0, -1. */
MUST_CHECK int store_bundle_has_object_in(struct store *s, const char *node,
                                          int64_t epoch, const char *class,
                                          const char *hex, struct err *e);
MUST_CHECK int store_bundle_has_rev_in(struct store *s, const char *node, int64_t epoch,
                                       const char *item, int64_t rev, struct err *e);

/** store_bundle_get - by manifest. store_bundle_at - by key. 1 found, 0 absent, -1. */
MUST_CHECK int store_bundle_get(struct store *s, const char *manifest,
                                struct store_bundle *out, struct err *e);
/**
 * store_bundle_find - by the first digits of its manifest.
 * @prefix: STORE_BUNDLE_PREFIX_MIN to 64 lower-case hex digits; else it is absent.
 * Return: 1 found, 0 absent, -1 and @e: ERR_BUNDLE_AMBIGUOUS when several begin so.
 */
#define STORE_BUNDLE_PREFIX_MIN 8
MUST_CHECK int store_bundle_find(struct store *s, const char *prefix,
                                 struct store_bundle *out, struct err *e);
MUST_CHECK int store_bundle_at(struct store *s, const char *node, int64_t epoch,
                               const char *class, int64_t seq, struct store_bundle *out,
                               struct err *e);
/** store_bundle_head - the one with the highest seq of a chain. 1, 0 none yet, -1. */
MUST_CHECK int store_bundle_head(struct store *s, const char *node, int64_t epoch,
                                 const char *class, struct store_bundle *out,
                                 struct err *e);
/** store_bundle_proven - the last one of a chain that has a receipt. 1, 0 none, -1. */
MUST_CHECK int store_bundle_proven(struct store *s, const char *node, int64_t epoch,
                                   const char *class, struct store_bundle *out,
                                   struct err *e);
typedef int store_bundle_fn(void *ctx, const struct store_bundle *b, struct err *e);
/** store_bundle_each - in order of class and seq. @state: -1 for all. */
MUST_CHECK int store_bundle_each(struct store *s, int state, store_bundle_fn *each,
                                 void *ctx, struct err *e);

/** store_bundle_stranded - bundles of @node, of epochs before @epoch, that the tier
 * above has not accepted, in order of their chains. */
MUST_CHECK int store_bundle_stranded(struct store *s, const char *node, int64_t epoch,
                                     store_bundle_fn *each, void *ctx, struct err *e);
/** store_bundle_unsent - the tier above has it no more (its disk is an older one): it
 * waits to be sent as when it was sealed. One with a receipt stays. Transaction. */
MUST_CHECK int store_bundle_unsent(struct store *s, const char *manifest,
                                   struct err *e);
/** store_bundle_withdraw - the receipts of @node do not hold any more and are read
 * anew: nothing of it was received until then. Transaction. */
MUST_CHECK int store_bundle_withdraw(struct store *s, const char *node, struct err *e);
/** store_bundle_drop - forget a bundle whose cards and objects are in another one now.
 * Transaction. */
MUST_CHECK int store_bundle_drop(struct store *s, int64_t id, struct err *e);

/**
 * store_bundle_owed - at most @limit bundles of @node that are accepted, or durable
 * with another count of copies than @copies: they are to get a receipt. In order of
 * their chains.
 */
MUST_CHECK int store_bundle_owed(struct store *s, const char *node, int64_t copies,
                                 int64_t limit, store_bundle_fn *each, void *ctx,
                                 struct err *e);

/** store_bundle_ahead - by how many seconds at most a bundle of @node was sealed (its
 * clock) after it was taken in (ours); of those taken in since @since; 0: none was. */
MUST_CHECK int store_bundle_ahead(struct store *s, const char *node, int64_t since,
                                  int64_t *out, struct err *e);

/**
 * store_bundle_state - move it on; never back (durable stays durable). Transaction.
 * @at: seconds UTC (durable: the province's time). @code: for refused, else NULL.
 * Durable: its items get the receipt time when they have none, so that rates count
 * them.
 */
MUST_CHECK int store_bundle_state(struct store *s, const char *manifest,
                                  enum store_bundle_state state, int64_t at,
                                  const char *code, struct err *e);

/* ---- receipts and other answers ----------------------------------------------------
 */

struct store_receipt {
    int64_t id;
    char type[12]; /* "receipt", "refusal", "return", "request" */
    char node[IDENT_NODE_MAX];
    int64_t epoch;
    char class[STORE_CLASS_MAX];
    int64_t seq;
    char manifest[HASH_HEX];
    int64_t province_at; /* seconds UTC by the province's clock */
    int64_t copies;
    const char *body; /* canonical JSON, exactly as signed. borrowed / view */
    size_t body_len;
    const char *signature; /* SSHSIG armour. borrowed / view */
    int64_t at;            /* taken in here */
};
/** store_bundle_receipt - keep a verified answer. The same body again: 0 and nothing.
 * Does not move the bundle: store_bundle_state() does. Transaction. */
MUST_CHECK int store_bundle_receipt(struct store *s, struct store_receipt *r,
                                    struct err *e);
typedef int store_receipt_fn(void *ctx, const struct store_receipt *r, struct err *e);
/** store_bundle_receipts - in order of taking in. @manifest: NULL for all. */
MUST_CHECK int store_bundle_receipts(struct store *s, const char *manifest,
                                     store_receipt_fn *each, void *ctx, struct err *e);
/** store_bundle_receipt_last - the newest of type "receipt", without its body and
 * signature (NULL). 1 found, 0 none yet, -1. */
MUST_CHECK int store_bundle_receipt_last(struct store *s, struct store_receipt *out,
                                         struct err *e);

#endif
