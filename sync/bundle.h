/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SOHOA_SYNC_BUNDLE_H
#define SOHOA_SYNC_BUNDLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "node/base/auto.h"
#include "node/base/hash.h"
#include "sync/manifest.h"
#include "sync/names.h"

struct err;
struct repo;
struct sign_public;
struct sign_secret;

/*
 * A bundle is one commit whose tree holds exactly
 *
 *      manifest.json                 manifest.h
 *      meta.jsonl                    when an object has the role "meta"
 *      obj/xx/<sha256>[.<part>]      its other objects
 *
 * The tree is not cumulative; the commit's only parent is the bundle before it. The
 * commit text follows from the manifest alone (author and committer "sohoa
 * <node@sohoa.invalid>", time = clock at +0000):
 *
 *      sohoa <class> <epoch>/<seq>
 *
 *      Node: <32 hex>
 *      Epoch: <n>
 *      Class: <class>
 *      Seq: <n>
 *      Manifest-SHA256: <64 hex>
 *      Prev-Manifest-SHA256: <64 hex>        (left out for the first)
 *
 * and it is signed as git does with gpg.format=ssh, so `git verify-commit` checks it.
 * Same manifest, same objects, same key: the same bytes.
 */

/** struct bundle_source - where the bytes of one object come from. All borrowed. */
struct bundle_source {
    const char *path; /* a file, or NULL: */
    const void *data; /* bytes in memory */
    size_t len;
};

struct bundle_made {
    char commit[NAMES_OID_MAX];
    char sha256[HASH_HEX]; /* of the manifest: the bundle's name */
    char ref[NAMES_REF_MAX];
    int64_t bytes; /* of objects */
    bool existed;  /* it was there already, whole */
};

/* ---- cutting into bundles ------------------------------------------------------- */

/**
 * struct bundle_cut - which objects and parts one bundle takes of a longer list.
 * From part @first_part of object @first up to, not including, part @end_part of object
 * @end - 1 (0: that object is complete).
 */
struct bundle_cut {
    size_t first, end;
    int64_t first_part, end_part;
};

/**
 * bundle_plan - cut a list of objects into bundles of at most @max_bytes.
 * @objects: borrowed; size and role count.
 * @max_bytes: BUNDLE_BYTES_MAX; a test may give less, never below BUNDLE_WHOLE_MAX.
 * @cuts: owned, mem_free(). At least one, also for an empty list.
 * Return: 0, or -1 and @e: ERR_MANIFEST (an object is too large).
 */
MUST_CHECK int bundle_plan(const struct manifest_object *objects, size_t count,
                           int64_t max_bytes, struct bundle_cut **cuts,
                           size_t *cut_count, struct err *e);

/**
 * bundle_take - append to @m the objects of one cut, with the numbers and sizes of
 * their parts; bundle_write() adds hashes and ids. The sources of @m's objects are then
 * sources[cut->first … cut->end - 1].
 */
void bundle_take(struct manifest *m, const struct manifest_object *objects,
                 const struct bundle_cut *cut);

/* ---- writing and checking ------------------------------------------------------- */

/**
 * bundle_write - make one bundle: the last step of its chain.
 * @r:       a REPO_TRANSPORT repository.
 * @m:       sha256, size, type, role of each object given (parts by bundle_take());
 *           git ids and part hashes are filled in.
 * @sources: one for each object of @m. Every object is hashed while it is read (the
 *           whole file also when only some parts are taken) and refused when it is not
 *           what the manifest says.
 * @key:     the node's first one: its name follows from it.
 *
 * Order: blobs, tree, commit, each synced; compare and swap of the ref; then the
 * repository is opened again, everything re-read and re-hashed, the signature verified
 * and the ref read back. After a crash the ref shows either the bundle before or this
 * one, whole; calling again with the same arguments goes on (@made->existed).
 *
 * Return: 0 and *@made, or -1 and @e: ERR_MANIFEST, ERR_BUNDLE_CHAIN (not the next one
 * of the chain), ERR_BUNDLE_DAMAGED (an object's bytes are not what they should be),
 * ERR_REF_MOVED, ERR_REPO, disk errors.
 */
MUST_CHECK int bundle_write(struct repo *r, struct manifest *m,
                            const struct bundle_source *sources,
                            const struct sign_secret *key, struct bundle_made *made,
                            struct err *e);
/** bundle_write_by - the same with any key: whether it is that of @m->node in this
 * epoch the caller knows (enrol_key_at()). */
MUST_CHECK int bundle_write_by(struct repo *r, struct manifest *m,
                               const struct bundle_source *sources,
                               const struct sign_secret *key, struct bundle_made *made,
                               struct err *e);

/**
 * bundle_verify - check one bundle wholly, reading every byte.
 * Form of commit and tree, canonical manifest, size and SHA-256 of every object and
 * part, signature of the commit. Not its place in the chain (manifest_check_next()).
 * @key: whose signature it has to be, and whose name.
 * @out: the manifest, manifest_clear(); may be NULL. @sha256: may be NULL.
 * Return: 0, or -1 and @e: ERR_BUNDLE_FORM, ERR_MANIFEST, ERR_BUNDLE_DAMAGED,
 * ERR_BUNDLE_SIZE, ERR_SIGNATURE, ERR_REPO.
 */
MUST_CHECK int bundle_verify(struct repo *r, const char *commit,
                             const struct sign_public *key, struct manifest *out,
                             char sha256[HASH_HEX], struct err *e);
/** bundle_verify_by - the same for a bundle of @node signed by @key, whatever name
 * follows from that. */
MUST_CHECK int bundle_verify_by(struct repo *r, const char *commit, const char *node,
                                const struct sign_public *key, struct manifest *out,
                                char sha256[HASH_HEX], struct err *e);

/**
 * bundle_read - manifest and parent of a commit, without reading its objects.
 * @parent: "" for the first. Return as bundle_verify().
 */
MUST_CHECK int bundle_read(struct repo *r, const char *commit, struct manifest *out,
                           char sha256[HASH_HEX], char parent[NAMES_OID_MAX],
                           struct err *e);

/**
 * bundle_walk - name every git object of a bundle: commit, trees, blobs, in tree order.
 * @each: returns 0, or -1 and @e to stop; the same id may come twice.
 */
typedef int bundle_each_oid(void *ctx, const char *oid, struct err *e);
MUST_CHECK int bundle_walk(struct repo *r, const char *commit, bundle_each_oid *each,
                           void *ctx, struct err *e);

/**
 * bundle_find - commit of bundle @seq in the chain that ends at @tip.
 * Return: 1 and @commit, 0 (no such one), -1 and @e.
 */
MUST_CHECK int bundle_find(struct repo *r, const char *tip, int64_t seq,
                           char commit[NAMES_OID_MAX], struct err *e);

#endif
