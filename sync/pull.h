/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_PULL_H
#define SOHOA_SYNC_PULL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/manifest.h"
#include "sync/names.h"

struct enrol;
struct err;
struct repo;

/*
 * The reader behind ingest (upper tier) and pull (district): what is new in a
 * repository, verified again, object by object. Knows no catalogue; the caller says up
 * to where it has taken each chain.
 */

/** struct pull_chain - one chain of a repository. */
struct pull_chain {
    struct names_chain name;
    char tip[NAMES_OID_MAX];
};

/** pull_chains - all chains below refs/sohoa/, by node, epoch and class order.
 * @out: owned, mem_free(). */
MUST_CHECK int pull_chains(struct repo *r, struct pull_chain **out, size_t *count,
                           struct err *e);

/** struct pulled - one new bundle. pull_bundle_clear(). */
struct pulled {
    struct manifest m;
    char sha256[HASH_HEX];
    char commit[NAMES_OID_MAX];
};
void pull_bundle_clear(struct pulled *p);
#define AUTO_PULLED AUTO(pull_bundle_clear)

struct pull; /* a walk along one chain */

/**
 * pull_open - walk the bundles of @chain after @after_seq, oldest first.
 * @keys: kept until pull_close(): the enrolled nodes; the chain's node must be among
 *        them (also a revoked one, up to its closed sequence).
 * @after_sha256: manifest SHA-256 of bundle @after_seq as known; NULL: not compared.
 * Return: 0, or -1 and @e: ERR_GATE_NODE, ERR_BUNDLE_CHAIN, ERR_REPO.
 */
MUST_CHECK int pull_open(struct repo *r, const struct enrol *keys,
                         const struct pull_chain *chain, int64_t after_seq,
                         const char *after_sha256, struct pull **out, struct err *e);
void pull_close(struct pull *p);
void pull_auto(struct pull **p);
#define AUTO_PULL AUTO(pull_auto)

/**
 * pull_next - the next bundle: every byte re-read and re-hashed, signature, key
 * validity and chain checked.
 * Return: 1 and *@out, 0 no more, -1 and @e: as bundle_verify(), ERR_BUNDLE_CHAIN.
 */
MUST_CHECK int pull_next(struct pull *p, struct pulled *out, struct err *e);

/** pull_write - gets the bytes of an object in order. Returns 0, or -1 and @e. */
typedef int pull_write(void *ctx, const void *data, size_t len, struct err *e);

/**
 * pull_object - stream object @index of @b, all parts in order, and check the whole.
 * Call it only when manifest_object_ends() holds for it; the parts that lie in earlier
 * bundles are found along the chain. The caller keeps what it wrote only when 0 came
 * back.
 * Return: 0, or -1 and @e: ERR_BUNDLE_DAMAGED, ERR_REPO, or the writer's.
 */
MUST_CHECK int pull_object(struct repo *r, const struct pulled *b, size_t index,
                           pull_write *write, void *ctx, struct err *e);

#endif
