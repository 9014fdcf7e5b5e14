/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_REPO_H
#define SOHOA_SYNC_REPO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "sync/names.h"

struct err;

/*
 * A bare git repository through libgit2. No system, global or user configuration is
 * read, objects are written with fsync, created strictly and checked when read.
 * Object ids are 40 hex digits in our interfaces: git2's types stay in this folder.
 *
 * At a node:        HOME/transport.git (can be made again from the database)
 * At an upper tier: HOME/communes/<code>-<valid_from>/repo.git (its archive copy)
 */
struct repo;

enum repo_kind {
    REPO_TRANSPORT, /* a node's: written by us alone */
    REPO_ARCHIVE,   /* an upper tier's: takes pushes through git receive-pack; has the
                       gate as its pre-receive hook */
};

/**
 * repo_create - make a bare repository, or complete one whose making was cut off.
 * All fan-out folders are made and synced now, so that later writes need not. The
 * configuration is written by us, byte for byte the same each time; one that is there
 * and whole is left as it is except for configuration and hook.
 * Return: 0, or -1 and @e: ERR_REPO, disk errors.
 */
MUST_CHECK int repo_create(const char *path, enum repo_kind kind, struct err *e);

/**
 * repo_gate - the gate of an archive repository is in its place and can be run; written
 * anew when it is not. git passes over a hook that is missing or not executable (a copy
 * or clone of a repository has none) and takes everything. ERR_REPO, disk errors.
 */
MUST_CHECK int repo_gate(const char *path, struct err *e);

/** repo_open - an existing one. @out: owned, repo_close(). ERR_REPO. */
MUST_CHECK int repo_open(const char *path, struct repo **out, struct err *e);

/** repo_open_env - the repository of the hook we run in, its quarantine included. */
MUST_CHECK int repo_open_env(struct repo **out, struct err *e);

void repo_close(struct repo *r);
void repo_auto(struct repo **r);
#define AUTO_REPO AUTO(repo_auto)

/** repo_path - where it lies. view valid until repo_close(). */
const char *repo_path(const struct repo *r);

/**
 * repo_sweep - remove what killed writers left in the repository.
 * @own: what nobody but the caller makes in this repository now, by a lock that it
 *     holds: removed at once. Everything else only when older than REPO_LITTER_S. Not
 *     NONE: only this program writes here, so locks of refs go too.
 */
#define REPO_LITTER_S INT64_C(86400)
enum repo_litter {
    REPO_LITTER_NONE,
    REPO_LITTER_LOOSE, /* single objects, by repo_write() */
    REPO_LITTER_PACKS, /* packs, by a fetch */
};
MUST_CHECK int repo_sweep(struct repo *r, enum repo_litter own, struct err *e);

/** repo_ref - commit that @ref points at. Return: 1 and @oid, 0 absent, -1. */
MUST_CHECK int repo_ref(struct repo *r, const char *ref, char oid[NAMES_OID_MAX],
                        struct err *e);

/**
 * repo_ref_move - compare and swap, under the repository's lock (sohoa.lock): @ref from
 * @old to @new, then read back; the folder of the ref is synced. For refs that only
 * this program writes: a lock file of git that is found there is one whose maker died.
 * @old NULL or "": it must not exist. Return: 0, or -1 and @e: ERR_REF_MOVED (another
 * value is there), ERR_REPO.
 */
MUST_CHECK int repo_ref_move(struct repo *r, const char *ref, const char *old,
                             const char *new, struct err *e);

/**
 * repo_refs - call @each for every ref whose name begins with @prefix, in byte order.
 * @each returns 0, or -1 and @e to stop. ERR_LIMIT above REPO_REFS_MAX.
 */
#define REPO_REFS_MAX ((size_t)100000)
typedef int repo_each_ref(void *ctx, const char *ref, const char *oid, struct err *e);
MUST_CHECK int repo_refs(struct repo *r, const char *prefix, repo_each_ref *each,
                         void *ctx, struct err *e);

/** repo_ref_drop - remove @ref when it is at @old; absent already is fine. Return: 0,
 * or -1 and @e: ERR_REF_MOVED, ERR_REPO. */
MUST_CHECK int repo_ref_drop(struct repo *r, const char *ref, const char *old,
                             struct err *e);

/**
 * repo_is_ancestor - whether @old is @tip or lies on its chain of first parents.
 * Return: 1, 0, -1 and @e. "" as @old is an ancestor of all.
 */
MUST_CHECK int repo_is_ancestor(struct repo *r, const char *old, const char *tip,
                                struct err *e);

#endif
